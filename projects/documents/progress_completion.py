"""Completed work and money, Mẫu 3b (Thông tư 36/2013/TT-BCT, Điều 13-15, 23)."""

from khuyencong.dates import month_label
from khuyencong.documents import Document
from khuyencong.documents.frame import day_of, frame
from khuyencong.documents.kinds import DRAFT, Imprint, Kind, Placeholder, Slot, register
from khuyencong.documents.letterheads import signature_of, signer_of
from khuyencong.documents.numbers import symbol_of
from projects.documents import facts
from projects.documents.reporting import (
    ADDRESSEES,
    CONFIRMATION,
    FORM_HELP,
    RECIPIENTS,
    agency_of,
    department_above,
    head_block,
    implementer_of,
    item_facts,
    project_facts,
    refusal_of,
    work_of,
)
from projects.models import (
    DONE_PROJECT,
    FundingLine,
    Project,
    ProjectStatus,
)
from projects.permissions import DRAFTERS
from projects.questions import REPORTS
from projects.services.acceptance import counting_rows, measured
from projects.services.settlement import accounts_among

COMPLETION_TEMPLATE = "documents/completion_report.html"
# Longer amounts turn the page on its side: "999.999.999.999" is the longest that a column upright holds.
LONGEST_UPRIGHT = 15
COMPLETED = (ProjectStatus.IN_PROGRESS, *DONE_PROJECT, ProjectStatus.STOPPED)


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
    department = department_above(issuer, project.owner)
    report = project.progress_reports.first()
    return {
        **context,
        "subject": [f"Khối lượng hoàn thành và kinh phí thực hiện {work_of(project)}", facts.called(project)],
        "addressees": context["words"]["addressees"],
        "project": project_facts(project),
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
            head_block(issuer, COMPLETION_REPORT, imprint, day),
        ],
    }  # fmt: skip


def volumes_of(project: Project) -> tuple[list[dict], str]:
    """(rows of table A, where they come from): the minutes that count, before them the latest monthly report."""
    minutes = counting_rows(project)
    if minutes:
        rows = [
            {
                "name": row.name, "unit": row.unit_name, "planned": row.contracted, "done": row.done,
                "percent": row.percent, "amount": row.amount,
            }
            for row in measured(project)
        ]  # fmt: skip
        return rows, f"biên bản nghiệm thu số {', '.join(row.number for row in minutes)}"
    report = next(iter(REPORTS.of(project)), None)
    if report is None:
        return [], ""
    return [item_facts(row) for row in report.items.all()], f"báo cáo tiến độ {month_label(report.month)}"


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
        refusal=refusal_of(lambda project: project, "Phát hành báo cáo khối lượng hoàn thành"),
        roles=DRAFTERS,
        variants=lambda project: [("", "")] if project.status in COMPLETED else [],
        gaps=_completion_gaps,
        title=lambda project: facts.one_line(
            f"Khối lượng hoàn thành và kinh phí thực hiện {work_of(project)}, {facts.called(project)}"
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
                lambda project: str(department_above(implementer_of(project), project.owner) or ""),
            ),
            Placeholder("cuc_ben_a", "Cục là bên A của hợp đồng", agency_of),
            Placeholder(
                "hop_dong", "Hợp đồng thực hiện đề án", lambda project: facts.contract_words(project.contract)
            ),
        ),
    )
)  # fmt: skip
