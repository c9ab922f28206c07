"""Progress of the work on paper (Thông tư 36/2013/TT-BCT, Điều 21, 23): monthly 3a, its table of a plan, 3b at the end.

Điều 23 khoản 3 asks for the monthly report “theo Mẫu số 3b”, yet the form attached to it is 3a, and 3b is the report of
completed work everywhere else: the portal prints 3a monthly and 3b at completion. That is our reading; the text of the
forms was not at hand either.
"""

from khuyencong.dates import long_date, month_label
from khuyencong.documents import Document
from khuyencong.documents.frame import day_of, frame
from khuyencong.documents.kinds import DRAFT, Imprint, Kind, Placeholder, Slot, register
from khuyencong.documents.letterheads import signature_of, signer_of
from khuyencong.documents.numbers import symbol_of
from programs.models import AdvanceEvidence, AdvanceRule
from projects.documents import facts
from projects.documents.issuers import department_of
from projects.documents.reporting import (
    ADDRESSEES,
    CONFIRMATION,
    FORM_HELP,
    RECIPIENTS,
    advanced_until,
    agency_of,
    department_above,
    head_block,
    implementer_of,
    in_words,
    item_facts,
    last_day,
    project_facts,
    refusal_of,
    work_of,
)
from projects.figures import share
from projects.models import (
    ProgressReport,
)
from projects.permissions import DRAFTERS
from projects.services.payment_rules import MEASURES, Terms

REPORT_TEMPLATE = "documents/progress_report.html"


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
    items = [item_facts(row) for row in report.items.all()]
    money = _report_money(report)
    return {
        **context,
        "subject": [f"Tiến độ thực hiện {work_of(project)} {in_words(report.month)}", facts.called(project)],
        "addressees": context["words"]["addressees"],
        "month": month_label(report.month),
        "until": last_day(report.month),
        "project": project_facts(project),
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
            head_block(issuer, PROGRESS_REPORT, imprint, day),
        ],
    }  # fmt: skip


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
    what = f"Tiến độ thực hiện {work_of(report.project)} {in_words(report.month)}"
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
        refusal=refusal_of(lambda report: report.project, "Phát hành báo cáo tiến độ"),
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
                lambda report: str(department_above(implementer_of(report.project), report.project.owner) or ""),
            ),
            Placeholder("cuc_ben_a", "Cục là bên A của hợp đồng", lambda report: agency_of(report.project)),
            Placeholder(
                "hop_dong", "Hợp đồng thực hiện đề án", lambda report: facts.contract_words(report.project.contract)
            ),
        ),
    )
)  # fmt: skip
