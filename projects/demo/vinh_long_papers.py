"""Papers that the living province has issued, support contracts with facilities, and a scan among the papers."""

from datetime import date, timedelta
from io import BytesIO

from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFont

from khuyencong.dates import today
from khuyencong.documents.issuing import issue, revoke
from programs.models import AmendmentKind, PaperStep
from projects import documents, services
from projects.demo.vinh_long_handover import CLOSED as HANDED_OVER
from projects.demo.vinh_long_year import LATER, VISITED
from projects.demo.works import fresh
from projects.models import Acceptance, HandoverEvent, Paper, Project, SupportContract
from projects.services import papers

# Of the plan on the director's desk: appraised on the day of loading, like everything there.
APPRAISED = "Dây chuyền đóng hộp nước dừa tươi"
ACCEPTED = ("Máy cắt laser cho cơ khí nông nghiệp", "Máy tách vỏ, cán mỏng cốm dẹp Trà Cú")
REPORTED_MONTH = date(2026, 9, 1)
# Reminded of papers: the first letter was sent by mistake.
REMINDED = ("Đào tạo nghề đan đát lục bình", "Ứng dụng máy đóng gói tàu hũ ky")
# Several facilities, each with a contract of its own with the implementer.
SHARED = (
    "Ứng dụng máy móc tiên tiến trong sản xuất kẹo dừa",
    "Đánh giá sản xuất sạch hơn tại 3 cơ sở chế biến",
)
PAGE = (620, 877)
FONT = "documents/fonts/LiberationSerif-Regular.ttf"
QUOTE = "Báo giá máy móc của đề án"
QUOTE_LINES = (
    (30, "BÁO GIÁ"), (16, "Nồi nấu kẹo, máy cắt kẹo tự động"), (16, "Giá đã gồm vận chuyển, lắp đặt, chạy thử"),
    (16, "Bảo hành 12 tháng"), (22, "DỮ LIỆU MẪU, không phải báo giá thật"),
)  # fmt: skip


def tell(province, works):
    _sign_with_facilities(province, works)
    _scan(_named(province, SHARED[0]))
    _decisions(province)
    _work_of_the_year(province, works)
    _handover_of_2025(province)
    _reminders(province)


def _named(province, name, plan="2026-1"):
    [project] = [project for project, _sketch in province.projects(plan) if project.name == name]
    return fresh(project)


def _sign_with_facilities(province, works):
    for name in SHARED:
        project = _named(province, name)
        signed_on = project.contract.signed_on + timedelta(days=6)
        for number, row in enumerate(project.beneficiaries.select_related("facility"), 1):
            support = SupportContract(
                beneficiary=row, number=f"{number:02d}/{project.code}/HĐHT", signed_on=signed_on,
                ends_on=project.ends_on,
            )  # fmt: skip
            services.save_support_contract(support, by=works.accountant)


def _scan(project):
    upload = SimpleUploadedFile("bao-gia.jpg", picture_of(QUOTE_LINES), "image/jpeg")
    paper = Paper(project=project, step=PaperStep.SUBMIT, name=QUOTE, number="17/BG", dated_on=date(2025, 10, 20))
    paper.dated_on = min(paper.dated_on, today())
    papers.save_paper(paper, by=project.created_by, upload=upload)


def picture_of(lines) -> bytes:
    """A page with lines of (size, text), as a scanner would give it: a grey JPEG."""
    page = Image.new("L", PAGE, 244)
    draw, top = ImageDraw.Draw(page), 90
    for size, text in lines:
        draw.text((70, top), text, fill=40, font=ImageFont.truetype(finders.find(FONT), size))
        top += 3 * size
    stream = BytesIO()
    page.save(stream, "JPEG", quality=60)
    return stream.getvalue()


def _decisions(province):
    desk = province.desk
    for key in ("2025-1", "2026-1"):
        issue(documents.PLAN_DECISION, province.plans[key], desk.director)
    issue(documents.APPRAISAL_SHEET, _named(province, APPRAISED, "2027-1"), desk.reviewer)
    later = _named(province, LATER, "2026-2").amendments.get(kind=AmendmentKind.TIME)
    issue(documents.AMENDMENT_DECISION, later, desk.director)


def _work_of_the_year(province, works):
    project = _named(province, VISITED)
    report = project.progress_reports.get(month=REPORTED_MONTH)
    issue(documents.PROGRESS_REPORT, report, project.created_by, dated_on=min(date(2026, 10, 3), today()))
    for minutes in Acceptance.objects.filter(project__name__in=ACCEPTED, project__plan=project.plan):
        issue(documents.ACCEPTANCE_MINUTES, minutes, province.desk.reviewer)
    issue(documents.LIQUIDATION_MINUTES, _named(province, ACCEPTED[0]).contract, works.accountant)


def _handover_of_2025(province):
    """The minutes of each receiver; those of the first were issued again, with the same number."""
    officer = province.desk.officer
    projects = Project.objects.filter(name__in=HANDED_OVER)
    event = HandoverEvent.objects.filter(plan=province.plans["2025-1"], projects__in=projects).distinct().get()
    rows = list(event.minutes.all())
    for minutes in rows:
        issue(documents.HANDOVER_MINUTES, minutes, officer)
    issue(documents.HANDOVER_MINUTES, rows[0], officer, reason="Bản đầu in thiếu trang ký của bên nhận.")


def _reminders(province):
    """Of the papers that hold up the next step; one had come before the letter left."""
    day = min(date(2026, 11, 12), today())
    first, second = (_named(province, name) for name in REMINDED)
    sent = issue(documents.PAPER_REMINDER, first, first.created_by, variant="1", dated_on=day)
    revoke(sent, province.desk.director, "Đơn vị đã nộp đủ giấy tờ trước khi công văn được gửi.")
    issue(documents.PAPER_REMINDER, second, second.created_by, variant="1", dated_on=day)
