"""Checks of what reports group by: places, trades, facilities once, results; and of reports already issued."""

from django.db.models import Exists, OuterRef, Q, Subquery
from django.urls import reverse

from beneficiaries.models import Facility
from khuyencong.dates import short_date
from khuyencong.models import AuditEntry, DocumentStatus, IssuedDocument
from projects.models import APPROVED_PROJECT, DONE_PROJECT, Beneficiary, Project, ProjectIndicator, TargetMode
from reports.health.check import Check, Finding
from reports.models import Evaluation


def without_place(user):
    """Those drawn up for a group need none when they are submitted (Thông tư 36/2013/TT-BCT, Điều 10)."""
    facilities = Beneficiary.objects.filter(project=OuterRef("pk"))
    rows = Project.objects.visible_to(user).filter(~Exists(facilities), unit=None, status__in=APPROVED_PROJECT)
    return rows.exclude(target_mode=TargetMode.GROUP).order_by("-plan__year", "code", "pk")


def tell_place(project):
    return Finding(str(project), project.get_absolute_url(), "Không ghi xã, phường và không có cơ sở thụ hưởng")


def without_industry(user):
    rows = Project.objects.visible_to(user).filter(status__in=APPROVED_PROJECT, industry=None)
    known = Beneficiary.objects.filter(project=OuterRef("pk"), facility__industry__isnull=False)
    return rows.filter(~Exists(known), beneficiaries__isnull=False).distinct().order_by("-plan__year", "code", "pk")


def tell_industry(project):
    return Finding(str(project), project.get_absolute_url(), "Đề án và cơ sở thụ hưởng đều chưa ghi ngành, nghề")


def without_results(user):
    told = ProjectIndicator.objects.filter(project=OuterRef("pk"), done__isnull=False)
    rows = Project.objects.visible_to(user).filter(~Exists(told), status__in=DONE_PROJECT)
    return rows.order_by("-plan__year", "code", "pk")


def tell_results(project):
    page = reverse("projects:acceptances", args=[project.pk])
    return Finding(str(project), page, "Đã nghiệm thu, chưa ghi chỉ tiêu nào đã đạt")


def facility_doubles(user):
    """Facilities of one folded name in one commune, or in one that it came from or went into; the later ones."""
    other = Facility.objects.filter(name_key=OuterRef("name_key"), pk__lt=OuterRef("pk"), merged_into=None)
    unit = OuterRef("unit")
    same_ground = Q(unit=unit) | Q(unit__successors=unit) | Q(unit__predecessors=unit)
    found = other.filter(same_ground).order_by("pk")
    rows = Facility.objects.visible_to(user).exclude(name_key="").select_related("unit")
    rows = rows.annotate(twin=Subquery(found.values("name")[:1]), twin_code=Subquery(found.values("tax_code")[:1]))
    return rows.filter(twin__isnull=False).order_by("sort_key", "pk")


def tell_double(facility):
    codes = " và ".join(code or "không có" for code in (facility.tax_code, facility.twin_code))
    detail = f"{facility.unit}: trùng tên với “{facility.twin}”; mã số thuế {codes}"
    return Finding(str(facility), facility.get_absolute_url(), detail)


def changed_since_issued(user):
    """Reports in force with a project, of the plans of those years, that was touched since the paper was issued."""
    papers = IssuedDocument.objects.filter(
        subject_type=Evaluation._meta.label_lower, subject_id=OuterRef("pk"), status=DocumentStatus.ISSUED
    ).order_by("-issued_at")
    report = {name: OuterRef(OuterRef(name)) for name in ("program", "starts_on__year", "ends_on__year")}
    others = Evaluation.counted_with.through.objects.filter(evaluation=OuterRef(OuterRef(OuterRef("pk")))).values(
        "program"
    )
    projects = Project.objects.filter(
        Q(plan__program=report["program"]) | Q(plan__program__in=others),
        plan__year__gte=report["starts_on__year"], plan__year__lte=report["ends_on__year"],
    )  # fmt: skip
    touched = AuditEntry.objects.of_changes().filter(
        subject_type=Project._meta.label_lower, at__gt=OuterRef("issued_at"),
        subject_id__in=projects.order_by().values("pk"),
    )  # fmt: skip
    rows = Evaluation.objects.visible_to(user).annotate(
        issued_at=Subquery(papers.values("issued_at")[:1]), paper=Subquery(papers.values("number_text")[:1])
    )
    rows = rows.filter(Exists(touched), issued_at__isnull=False)
    return rows.select_related("program").order_by("-ends_on", "pk")


def tell_changed(evaluation):
    detail = f"Ban hành số {evaluation.paper} ngày {short_date(evaluation.issued_at)}; sau đó có đề án trong kỳ bị sửa"
    return Finding(str(evaluation), reverse("evaluation_changes", args=[evaluation.pk]), detail)


CHECKS = (
    Check(
        "dia-ban", "Đề án không có địa bàn",
        "Bảng theo địa bàn không biết kể đề án này ở đâu.",
        "Mở đề án, chọn xã, phường hoặc thêm cơ sở thụ hưởng.",
        without_place, tell_place,
    ),
    Check(
        "nganh-nghe", "Đề án có cơ sở thụ hưởng mà không rõ ngành, nghề",
        "Bảng theo ngành, nghề xếp vào dòng “Chưa rõ”.",
        "Mở cơ sở hoặc đề án, chọn ngành, nghề.",
        without_industry, tell_industry,
    ),
    Check(
        "ket-qua", "Đã nghiệm thu mà chưa có kết quả",
        "Phần hiệu quả của báo cáo (việc làm, doanh thu, thiết bị…) thiếu đề án này.",
        "Kết quả ghi cùng biên bản nghiệm thu toàn bộ: mở trang Nghiệm thu, bỏ biên bản rồi lập lại với số đã đạt.",
        without_results, tell_results,
    ),
    Check(
        "co-so-trung", "Cơ sở có thể bị nhập hai lần",
        "Một cơ sở được kể thành hai trong số cơ sở thụ hưởng, và không thấy hỗ trợ trùng.",
        "So hai cơ sở; đúng là một thì dùng một hồ sơ, ghi tên và mã cũ ở “Tên, mã số thuế cũ”.",
        facility_doubles, tell_double,
    ),
    Check(
        "sau-bao-cao", "Hồ sơ bị sửa sau khi báo cáo đánh giá ban hành",
        "Báo cáo đã ban hành có thể nói khác với số liệu hiện nay.",
        "Xem trang “Có gì thay đổi từ khi ban hành”; cần thì lập báo cáo thay thế.",
        changed_since_issued, tell_changed,
    ),
)  # fmt: skip
