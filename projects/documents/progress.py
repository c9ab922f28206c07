"""Progress of the work on paper (Thông tư 36/2013/TT-BCT, Điều 21, 23): monthly 3a, its table of a plan, 3b at the end.

Điều 23 khoản 3 asks for the monthly report “theo Mẫu số 3b”, yet the form attached to it is 3a, and 3b is the report of
completed work everywhere else: the portal prints 3a monthly and 3b at completion. That is our reading; the text of the
forms was not at hand either.
"""

from collections import defaultdict
from datetime import date, timedelta

from django.db.models import Prefetch

from khuyencong.dates import long_date, month_label, short_date
from khuyencong.documents import Document
from khuyencong.documents.frame import day_of, frame
from khuyencong.documents.kinds import DRAFT, Imprint, Kind, Placeholder, Slot, register
from khuyencong.documents.letterheads import signature_of, signer_of
from khuyencong.documents.numbers import symbol_of
from khuyencong.models import Organisation, OrganisationKind
from khuyencong.money import format_scaled
from programs.models import DECIDED_PLAN, AdvanceEvidence, AdvanceRule, AnnualPlan
from projects.documents import facts
from projects.documents.issuers import department_of
from projects.figures import share
from projects.models import (
    DONE_PROJECT,
    AcceptanceResult,
    Disbursement,
    FundingLine,
    ProgressReport,
    Project,
    ProjectStatus,
)
from projects.permissions import DRAFTERS, role_refusal
from projects.services.acceptance import counting, done_percent, measured
from projects.services.payment_rules import MEASURES, Terms
from projects.services.plan import PLAN_ORDER, heading
from projects.services.settlement import accounts_among

REPORT_TEMPLATE = "documents/progress_report.html"
SUMMARY_TEMPLATE = "documents/progress_summary.html"
COMPLETION_TEMPLATE = "documents/completion_report.html"
# Longer amounts turn the page on its side: "999.999.999.999" is the longest that a column upright holds.
LONGEST_UPRIGHT = 15
# The four columns of money beside each other in the table of a plan.
MOST_CHARACTERS = 54
COMPLETED = (ProjectStatus.IN_PROGRESS, *DONE_PROJECT, ProjectStatus.STOPPED)
CONFIRMATION = "Xác nhận của\nSở Công Thương"
FORM_HELP = (
    "Cổng in Mẫu 3a hằng tháng và Mẫu 3b khi hoàn thành. Điều 23 khoản 3 Thông tư 36/2013/TT-BCT ghi báo cáo tháng "
    "theo “Mẫu số 3b” nhưng mẫu gắn với điều đó là 3a; đây là cách hiểu của cổng."
)
ADDRESSEES = Slot(
    "addressees", "Kính gửi", "{so_nhan_bao_cao}\n{cuc_ben_a}", help="Mỗi nơi nhận một dòng.", is_list=True
)
RECIPIENTS = Slot("recipients", "Nơi nhận", "Như trên\nLưu: VT, hồ sơ đề án", is_list=True)
PLAN_RECIPIENTS = Slot("recipients", "Nơi nhận", "Như trên\nLưu: VT", is_list=True)


def last_day(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1) - timedelta(days=1)


def in_words(month: date) -> str:
    """“tháng 01 năm 2026”, “tháng 6 năm 2026”."""
    return month_label(month).replace("/", " năm ")


def implementer_of(project: Project) -> Organisation:
    """Who reports: the implementing unit, else the body that keeps the project."""
    return project.implementing_unit or project.owner


def _department(issuer, owner) -> Organisation | None:
    """The department that a report goes to; None when it reports itself."""
    department = department_of(owner)
    return None if department == issuer else department


def _agency(project):
    """The ministry's agency, where it is party A (Thông tư 36/2013/TT-BCT, Điều 23 khoản 3)."""
    party = project.contract.party_a if project.contract else None
    return str(party) if party and party.kind == OrganisationKind.MINISTRY_DEPT else ""


def _head_block(issuer, kind, imprint, day):
    """The head of the reporting body signs; until one is set the block says so."""
    signer = imprint.signer or signer_of(issuer, kind.key, day)
    return signature_of(signer) if signer else signature_of(None, post="Thủ trưởng đơn vị")


def advanced_until(projects, day: date) -> dict:
    """{(project pk, source pk): đồng} advanced and paid, refunds taken off, by vouchers in force up to a day."""
    paid = defaultdict(int)
    for row in Disbursement.objects.in_force().filter(project__in=projects, paid_on__lte=day):
        paid[row.project_id, row.source_id] += row.signed_amount
    return paid


def _project(project):
    return {
        "kind": project.get_kind_display(),
        "name": project.name,
        "code": project.code,
        "activity": facts.activity_of(project),
        "contract": facts.contract_words(project.contract),
        "beneficiaries": facts.served_by(project),
        "place": facts.place_of(project),
        "starts_on": project.starts_on,
        "ends_on": project.ends_on,
        "total_cost": project.total_cost,
    }


def _item(row):
    return {
        "name": row.name, "unit": row.unit_name, "planned": row.planned_quantity, "done": row.done_quantity,
        "percent": done_percent(row.done_quantity, row.planned_quantity), "amount": row.done_amount,
    }  # fmt: skip


def _refusal(project_of, act):
    return lambda user, record: role_refusal(user, project_of(record), DRAFTERS, act)


# Mẫu 3a: one project, one month


def progress_report(report: ProgressReport, imprint: Imprint = DRAFT) -> Document:
    """The monthly report of one project; figures add up from the beginning to the end of the month."""
    project = report.project
    name = facts.file_name(report.month.year, f"BCTD-{report.month:%m}", [project.code], project.name)
    document = Document(REPORT_TEMPLATE, name, _report_context(report, imprint))
    return document.as_draft() if imprint.draft else document


def _report_context(report, imprint):
    project = report.project
    issuer, day = implementer_of(project), day_of(PROGRESS_REPORT, report, imprint)
    context = frame(PROGRESS_REPORT, report, imprint)
    items = [_item(row) for row in report.items.all()]
    money = _report_money(report)
    return {
        **context,
        "subject": [f"Tiến độ thực hiện {_subject_of(project)} {in_words(report.month)}", facts.called(project)],
        "addressees": context["words"]["addressees"],
        "month": month_label(report.month),
        "until": last_day(report.month),
        "project": _project(project),
        "items": items,
        "item_total": sum(row["amount"] for row in items),
        "work_done": facts.paragraphs(report.work_done),
        "value_done": report.value_done,
        "measures": measures_of(report),
        "money": money,
        "money_total": {
            key: sum(row[key] for row in money) for key in ("approved", "contracted", "advanced", "left")
        },
        "difficulties": facts.paragraphs(report.difficulties),
        "expected_end_on": report.expected_end_on or project.ends_on,
        "confirmation": _confirmation(report),
        "signatures": [
            *([_confirming_block(report, day)] if needs_confirmation(report) else []),
            _head_block(issuer, PROGRESS_REPORT, imprint, day),
        ],
    }  # fmt: skip


def _subject_of(project):
    return "hợp đồng khuyến công" if project.contract else "đề án khuyến công"


def measures_of(report: ProgressReport) -> list[dict]:
    """The two figures on which advances rest (Thông tư 36/2013/TT-BCT, Điều 13), held against the rules of the month.

    [{name, percent, over: what must be exceeded or None, is_met, is_asked: whether of this project, source}]
    """
    project, day = report.project, last_day(report.month)
    own, _cap = Terms(project).rules_on(day)
    total = project.total_cost or 0
    figures = (
        (AdvanceEvidence.VOLUME, report.volume_percent, report.volume_percent, 1),
        (AdvanceEvidence.VALUE, share(report.value_done, total), report.value_done * 100, total),
    )
    found = []
    for evidence, percent, done, whole in figures:
        rules = AdvanceRule.objects.in_force(day, project.owner).filter(evidence=evidence, over_percent__isnull=False)
        rule = own if own and own.evidence == evidence else max(
            rules, key=lambda row: row.rank(project.owner), default=None
        )  # fmt: skip
        found.append(
            {
                "name": MEASURES[evidence][:1].upper() + MEASURES[evidence][1:],
                "percent": percent,
                "over": rule and rule.over_percent,
                "is_met": bool(rule and whole and done > rule.over_percent * whole),
                "is_asked": bool(own and own.evidence == evidence),
                "source": rule.legal_source if rule else "",
            }
        )
    return found


def _report_money(report):
    """Khuyến công money per source: approved, contracted, advanced by the month's end, what is left of the contract."""
    project = report.project
    advanced = advanced_until([project], last_day(report.month))
    rows = []
    for line in project.funding_lines.select_related("source"):
        if line.source.is_support:
            paid = advanced[project.pk, line.source_id]
            agreed = line.contracted_amount or 0
            rows.append(
                {
                    "source": str(line.source), "approved": line.approved_amount or 0, "contracted": agreed,
                    "advanced": paid, "left": max(agreed - paid, 0),
                }
            )  # fmt: skip
    return rows


def needs_confirmation(report: ProgressReport) -> bool:
    """Whether the department's block is printed: it confirmed, or an advance asks for it (Điều 21, 23)."""
    if report.is_confirmed:
        return True
    terms = Terms(report.project)
    rule, _cap = terms.rules_on(last_day(report.month))
    return bool(rule and rule.evidence in MEASURES) or terms.lasts_over_years


def _confirmation(report):
    if not report.is_confirmed:
        return ""
    return f"{report.confirmed_by} xác nhận trên cổng {long_date(report.confirmed_at)}"


def _confirming_block(report, day):
    department, party = department_of(report.owner), CONFIRMATION
    if signer := signer_of(department, PROGRESS_REPORT.key, day):
        return signature_of(signer, party=party)
    person = report.confirmed_by
    name, post = (person.full_name, person.position) if person else ("", "")
    return facts.signed_by(name, post, str(department), party=party, organisation=department, day=day)


def _report_gaps(report, imprint):
    if report.expected_end_on or report.project.ends_on:
        return []
    return ["Ghi ngày dự kiến hoàn thành vào báo cáo tiến độ."]


def _reports(user):
    rows = ProgressReport.objects.visible_to(user)
    return rows.select_related(
        "project__plan__program", "project__owner__parent", "project__implementing_unit", "project__contract__party_a",
        "project__content", "owner__parent", "confirmed_by",
    )  # fmt: skip


def _report_title(report):
    what = f"Tiến độ thực hiện {_subject_of(report.project)} {in_words(report.month)}"
    return facts.one_line(f"{what}, {facts.called(report.project)}")


PROGRESS_REPORT = register(
    Kind(
        key="progress_report",
        label="Báo cáo tiến độ tháng",
        form="Mẫu số 3a, Thông tư 36/2013/TT-BCT",
        model=ProgressReport,
        build=progress_report,
        records=_reports,
        issuer=lambda report: implementer_of(report.project),
        subjects=lambda report: [report, *facts.subjects_of(report.project)],
        refusal=_refusal(lambda report: report.project, "Phát hành báo cáo tiến độ"),
        roles=DRAFTERS,
        gaps=_report_gaps,
        title=_report_title,
        file_code="BCTD",
        symbol=lambda report: symbol_of("BC", implementer_of(report.project)),
        by_day="month",
        slots=(
            ADDRESSEES,
            Slot(
                "opening", "Câu mở đầu",
                "Thực hiện quy định về chế độ báo cáo, {don_vi_bao_cao} báo cáo tiến độ {thang} như sau:",
                help=FORM_HELP,
            ),
            Slot("closing", "Câu kết", "{don_vi_bao_cao} báo cáo để cơ quan quản lý theo dõi, chỉ đạo"),
            RECIPIENTS,
        ),
        placeholders=(
            Placeholder("ten_de_an", "Tên đề án", lambda report: report.project.name),
            Placeholder("thang", "Tháng báo cáo", lambda report: in_words(report.month)),
            Placeholder("don_vi_bao_cao", "Đơn vị báo cáo", lambda report: str(implementer_of(report.project))),
            Placeholder(
                "so_nhan_bao_cao", "Sở nhận báo cáo",
                lambda report: str(_department(implementer_of(report.project), report.project.owner) or ""),
            ),
            Placeholder("cuc_ben_a", "Cục là bên A của hợp đồng", lambda report: _agency(report.project)),
            Placeholder(
                "hop_dong", "Hợp đồng thực hiện đề án", lambda report: facts.contract_words(report.project.contract)
            ),
        ),
    )
)  # fmt: skip


# The table of 3a over a plan


def progress_summary(plan: AnnualPlan, imprint: Imprint = DRAFT) -> Document:
    """All projects of a plan with what they had reported by the end of a month (`imprint.variant`, "2026-07")."""
    month = _month_of(plan, imprint)
    name = facts.file_name(month.year, f"BCTD-{month:%m}", [f"KH{plan.year}"], plan.name)
    document = Document(SUMMARY_TEMPLATE, name, _summary_context(plan, month, imprint))
    return document.as_draft() if imprint.draft else document


def months_of(plan: AnnualPlan) -> list[date]:
    """The months with a report, the latest first."""
    return list(ProgressReport.objects.filter(project__plan=plan).order_by("-month").dates("month", "month", "DESC"))


def _month_of(plan, imprint):
    if imprint.variant:
        return date.fromisoformat(f"{imprint.variant}-01")
    return next(iter(months_of(plan)), date(plan.year, 1, 1))


def _summary_context(plan, month, imprint):
    day = day_of(PROGRESS_SUMMARY, plan, imprint)
    context = frame(PROGRESS_SUMMARY, plan, imprint, signature=_head_block(plan.owner, PROGRESS_SUMMARY, imprint, day))
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
        refusal=_refusal(lambda plan: plan, "Phát hành báo cáo tiến độ"),
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
                "so_nhan_bao_cao", "Sở nhận báo cáo", lambda plan: str(_department(plan.owner, plan.owner) or "")
            ),
        ),
    )
)  # fmt: skip


# Mẫu 3b: completed work and money


def completion_report(project: Project, imprint: Imprint = DRAFT) -> Document:
    """What was completed and what it cost, for the remaining money and the final accounts (Điều 13-15)."""
    name = facts.file_name(project.plan.year, "BCHT", [project.code], project.name)
    document = Document(COMPLETION_TEMPLATE, name, _completion_context(project, imprint))
    return document.as_draft() if imprint.draft else document


def _completion_context(project, imprint):
    issuer, day = implementer_of(project), day_of(COMPLETION_REPORT, project, imprint)
    context = frame(COMPLETION_REPORT, project, imprint)
    items, basis = volumes_of(project)
    money = money_of(project)
    names = ("planned", "contracted", "done", "advanced", "asked")
    totals = {name: facts.sum_known(row[name] for row in money) for name in names}
    department = _department(issuer, project.owner)
    report = project.progress_reports.first()
    return {
        **context,
        "subject": [f"Khối lượng hoàn thành và kinh phí thực hiện {_subject_of(project)}", facts.called(project)],
        "addressees": context["words"]["addressees"],
        "project": _project(project),
        "items": items,
        "basis": basis,
        "item_total": sum(row["amount"] or 0 for row in items),
        "money": money,
        "totals": totals,
        "widths": {name: facts.longest([totals[name]]) for name in names},
        "is_wide": max(facts.longest([amount]) for amount in totals.values()) > LONGEST_UPRIGHT,
        "asked": facts.sum_known(row["asked"] for row in money) or 0,
        "to_refund": sum(row["to_refund"] for row in money),
        "value_done": report.value_done if report else None,
        "value_month": month_label(report.month) if report else "",
        "signatures": [
            *([_department_block(department, day)] if department else []),
            _head_block(issuer, COMPLETION_REPORT, imprint, day),
        ],
    }  # fmt: skip


def volumes_of(project: Project) -> tuple[list[dict], str]:
    """(rows of table A, where they come from): the minutes that count, before them the latest monthly report."""
    minutes = list(counting(project))
    if minutes:
        rows = [
            {
                "name": row.name, "unit": row.unit_name, "planned": row.contracted, "done": row.done,
                "percent": row.percent, "amount": row.amount,
            }
            for row in measured(project)
        ]  # fmt: skip
        return rows, f"biên bản nghiệm thu số {', '.join(row.number for row in minutes)}"
    report = project.progress_reports.first()
    if report is None:
        return [], ""
    return [_item(row) for row in report.items.all()], f"báo cáo tiến độ {month_label(report.month)}"


def money_of(project: Project) -> list[dict]:
    """Table B per source: estimate, contract, done, advanced, asked and to be given back; đồng, None while not known.

    Until something was accepted, what is left of the contract is asked for.
    """
    approved = {line.source_id: line.approved_amount or 0 for line in project.funding_lines.all()}
    rows = []
    for account in accounts_among(FundingLine.objects.filter(project=project)):
        is_paid = account.source.is_support and project.contract_id is not None
        left = account.to_pay if account.due is not None else max(account.contracted - account.paid, 0)
        rows.append(
            {
                "source": str(account.source),
                "planned": approved[account.source.pk],
                "contracted": account.contracted if project.contract_id else None,
                "done": account.accepted,
                "advanced": account.paid if is_paid else None,
                "asked": left if is_paid else None,
                "to_refund": account.to_refund,
            }
        )
    return rows


def _department_block(department, day):
    signer = signer_of(department, COMPLETION_REPORT.key, day)
    return signature_of(signer, party=CONFIRMATION)


def _completion_gaps(project, imprint):
    items, _basis = volumes_of(project)
    if items:
        return []
    return ["Chưa có khối lượng: lập báo cáo tiến độ có từng hạng mục, hoặc ghi nhận nghiệm thu trước."]


def _completed(user):
    rows = Project.objects.visible_to(user).filter(status__in=COMPLETED)
    return rows.select_related(
        "plan__program", "owner__parent", "implementing_unit", "contract__party_a", "content", "unit"
    )


COMPLETION_REPORT = register(
    Kind(
        key="completion_report",
        label="Báo cáo khối lượng hoàn thành và kinh phí thực hiện",
        form="Mẫu số 3b, Thông tư 36/2013/TT-BCT",
        model=Project,
        build=completion_report,
        records=_completed,
        issuer=implementer_of,
        subjects=facts.subjects_of,
        refusal=_refusal(lambda project: project, "Phát hành báo cáo khối lượng hoàn thành"),
        roles=DRAFTERS,
        variants=lambda project: [("", "")] if project.status in COMPLETED else [],
        gaps=_completion_gaps,
        title=lambda project: facts.one_line(
            f"Khối lượng hoàn thành và kinh phí thực hiện {_subject_of(project)}, {facts.called(project)}"
        ),
        file_code="BCHT",
        symbol=lambda project: symbol_of("BC", implementer_of(project)),
        slots=(
            ADDRESSEES,
            Slot(
                "opening", "Câu mở đầu",
                "{don_vi_bao_cao} báo cáo khối lượng hoàn thành và kinh phí thực hiện như sau:", help=FORM_HELP,
            ),
            Slot("closing", "Câu kết", "Đề nghị cơ quan quản lý xem xét, nghiệm thu, thanh toán theo quy định"),
            RECIPIENTS,
        ),
        placeholders=(
            Placeholder("ten_de_an", "Tên đề án", lambda project: project.name),
            Placeholder("don_vi_bao_cao", "Đơn vị báo cáo", lambda project: str(implementer_of(project))),
            Placeholder(
                "so_nhan_bao_cao", "Sở nhận báo cáo",
                lambda project: str(_department(implementer_of(project), project.owner) or ""),
            ),
            Placeholder("cuc_ben_a", "Cục là bên A của hợp đồng", _agency),
            Placeholder(
                "hop_dong", "Hợp đồng thực hiện đề án", lambda project: facts.contract_words(project.contract)
            ),
        ),
    )
)  # fmt: skip
