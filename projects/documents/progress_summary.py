"""The table of Mẫu 3a over a plan: every project with what it had reported by the end of a month."""

from collections import defaultdict
from datetime import date

from django.db.models import Prefetch

from khuyencong.dates import month_label, short_date
from khuyencong.documents import Document
from khuyencong.documents.frame import day_of, frame
from khuyencong.documents.kinds import DRAFT, Imprint, Kind, Placeholder, Slot, register
from khuyencong.documents.numbers import symbol_of
from khuyencong.money import format_scaled
from programs.models import DECIDED_PLAN, AnnualPlan
from projects.documents import facts
from projects.documents.reporting import (
    FORM_HELP,
    advanced_until,
    department_above,
    head_block,
    in_words,
    last_day,
    refusal_of,
)
from projects.figures import share
from projects.models import (
    AcceptanceResult,
    ProgressReport,
    ProjectStatus,
)
from projects.permissions import DRAFTERS
from projects.plan_questions import months_told
from projects.services.plan import PLAN_ORDER, heading

SUMMARY_TEMPLATE = "documents/progress_summary.html"
# The four columns of money beside each other in the table of a plan.
MOST_CHARACTERS = 54
PLAN_RECIPIENTS = Slot("recipients", "Nơi nhận", "Như trên\nLưu: VT", is_list=True)


def progress_summary(plan: AnnualPlan, imprint: Imprint = DRAFT) -> Document:
    """All projects of a plan with what they had reported by the end of a month (`imprint.variant`, "2026-07")."""
    month = _month_of(plan, imprint)
    name = facts.file_name(month.year, f"BCTD-{month:%m}", [f"KH{plan.year}"], plan.name)
    document = Document(SUMMARY_TEMPLATE, name, _summary_context(plan, month, imprint))
    return document.as_draft() if imprint.draft else document


def months_of(plan: AnnualPlan) -> list[date]:
    """The months with a report, the latest first."""
    return months_told(plan)


def _month_of(plan, imprint):
    if imprint.variant:
        return date.fromisoformat(f"{imprint.variant}-01")
    return next(iter(months_of(plan)), date(plan.year, 1, 1))


def _summary_context(plan, month, imprint):
    day = day_of(PROGRESS_SUMMARY, plan, imprint)
    context = frame(PROGRESS_SUMMARY, plan, imprint, signature=head_block(plan.owner, PROGRESS_SUMMARY, imprint, day))
    groups = _summary_groups(plan, month)
    rows = [row for group in groups for row in group["rows"]]
    names = ("total_cost", "value_done", "support", "advanced")
    totals = {name: sum(row[name] or 0 for row in rows) for name in names}
    return {
        **context,
        "landscape": True,
        "subject": [f"Tổng hợp tiến độ thực hiện các đề án khuyến công {in_words(month)}", str(plan)],
        "addressees": context["words"]["addressees"],
        "month": month_label(month),
        "until": last_day(month),
        "groups": groups,
        "count": len(rows),
        "reported": sum(row["is_reported"] for row in rows),
        "totals": totals | {"value_percent": share(totals["value_done"], totals["total_cost"])},
        **_unit_of(totals),
    }


def _unit_of(totals):
    """đồng, or triệu when the sums would leave no room for the names of the projects."""
    widths = {name: facts.longest([amount]) for name, amount in totals.items()}
    if sum(widths.values()) <= MOST_CHARACTERS:
        return {"unit": "đồng", "unit_label": "đồng", "widths": widths}
    widths = {name: len(format_scaled(amount, "triệu")) for name, amount in totals.items()}
    return {"unit": "triệu", "unit_label": "triệu đồng", "widths": widths}


def _summary_groups(plan, month):
    """[{name, rows}] under the heads of the plan."""
    reports = ProgressReport.objects.filter(month__lte=month).order_by("-month")
    projects = list(
        plan.projects.approved()
        .select_related("group", "content__parent", "contract", "unit")
        .prefetch_related(
            Prefetch("progress_reports", reports), "funding_lines__source", "beneficiaries__facility__unit",
            "acceptances",
        )
        .order_by(*PLAN_ORDER)
    )  # fmt: skip
    advanced = defaultdict(int)
    for (project, _source), amount in advanced_until(projects, last_day(month)).items():
        advanced[project] += amount
    groups = {}
    for project in projects:
        groups.setdefault(heading(project), []).append(_summary_row(project, month, advanced[project.pk]))
    return [{"name": name, "rows": rows} for name, rows in groups.items()]


def _summary_row(project, month, advanced):
    """The latest report up to the month; an older one says of which month it is."""
    report = next(iter(project.progress_reports.all()), None)
    places = [row for row in project.beneficiaries.all() if row.withdrawn_by_id is None]
    value = report.value_done if report else None
    return {
        "name": project.name,
        "code": project.code,
        "contract": project.contract.number if project.contract else "",
        "activity": str(project.content or ""),
        "places": [f"{row.facility.name} ({facts.place_words(row.facility)})" for row in places]
        or list(filter(None, [facts.place_of(project)])),
        "total_cost": project.total_cost,
        "value_done": value,
        "volume_percent": report.volume_percent if report else None,
        "value_percent": None if report is None else share(value, project.total_cost or 0),
        "support": sum(line.approved_amount or 0 for line in project.funding_lines.all() if line.source.is_support),
        "advanced": advanced,
        "difficulties": facts.paragraphs(report.difficulties) if report else [],
        "remark": _summary_remark(project, report, month),
        "expected_end_on": (report.expected_end_on if report else None) or project.ends_on,
        "is_reported": bool(report and report.month == month),
    }  # fmt: skip


def _summary_remark(project, report, month):
    accepted = [
        row.accepted_on
        for row in project.acceptances.all()
        if row.is_final and row.voided_at is None and row.result != AcceptanceResult.FAIL
    ]
    if accepted and accepted[0] <= last_day(month):
        return f"Đã nghiệm thu ngày {short_date(accepted[0])}"
    if project.status == ProjectStatus.STOPPED:
        return "Đã ngừng"
    if report is None:
        return "Chưa có báo cáo"
    return "" if report.month == month else f"Theo báo cáo {month_label(report.month)}"


def _summary_variants(plan):
    months = months_of(plan) if plan.is_approved else []
    return [(f"{month:%Y-%m}", month_label(month).capitalize()) for month in months]


PROGRESS_SUMMARY = register(
    Kind(
        key="progress_summary",
        label="Tổng hợp tiến độ tháng của kế hoạch",
        form="Mẫu số 3a, Thông tư 36/2013/TT-BCT",
        model=AnnualPlan,
        build=progress_summary,
        records=lambda user: AnnualPlan.objects.visible_to(user).filter(status__in=DECIDED_PLAN),
        issuer=lambda plan: plan.owner,
        subjects=lambda plan: [plan],
        refusal=refusal_of(lambda plan: plan, "Phát hành báo cáo tiến độ"),
        roles=DRAFTERS,
        variants=_summary_variants,
        title=lambda plan: facts.one_line(f"Tổng hợp tiến độ thực hiện các đề án khuyến công, {plan}"),
        file_code="BCTD",
        symbol=lambda plan: symbol_of("BC", plan.owner),
        slots=(
            Slot("addressees", "Kính gửi", "{so_nhan_bao_cao}", help="Mỗi nơi nhận một dòng.", is_list=True),
            Slot(
                "opening", "Câu mở đầu",
                "{don_vi_bao_cao} tổng hợp tiến độ thực hiện các đề án của {ten_ke_hoach} như sau:",
                help=FORM_HELP,
            ),
            PLAN_RECIPIENTS,
        ),
        placeholders=(
            Placeholder("ten_ke_hoach", "Tên kế hoạch năm", str),
            Placeholder("don_vi_bao_cao", "Đơn vị báo cáo", lambda plan: str(plan.owner)),
            Placeholder(
                "so_nhan_bao_cao", "Sở nhận báo cáo", lambda plan: str(department_above(plan.owner, plan.owner) or "")
            ),
        ),
    )
)  # fmt: skip
