"""The reconciliation of a plan's khuyến công money, Mẫu 10 (Thông tư 36/2013/TT-BCT, Điều 18-19)."""

from khuyencong.documents import Document
from khuyencong.documents.frame import day_of, frame
from khuyencong.documents.kinds import Imprint, Kind, Placeholder, Slot, register
from khuyencong.documents.letterheads import BLANK_SIGNATURE, signature_of, signer_of
from khuyencong.permissions import belongs_to
from programs.models import AnnualPlan
from projects import workflow
from projects.documents.dossier import ACCOUNTANT, LAW, paper_of, slug, title_of, widths_of
from projects.final_accounts import reconciliation
from projects.models import Contract, ContractStatus
from projects.plan_questions import CONTRACTS

DONE_CONTRACT = (ContractStatus.SETTLED, ContractStatus.LIQUIDATED)


def reconciliation_table(plan: AnnualPlan, imprint: Imprint) -> Document:
    """Mẫu 10: khuyến công money per contract, of one implementer by its pk (the variant) or of all of them."""
    year = reconciliation(plan).of(_implementer(imprint.variant))
    day = day_of(RECONCILIATION, plan, imprint)
    framed = frame(RECONCILIATION, plan, imprint)
    totals = year.totals
    body = year.implementers[0] if imprint.variant and year.contracts else None
    context = {
        **framed,
        "year": plan.year,
        "principal": _principal(plan).name_on(day),
        "implementer": body.name_on(day) if body else "",
        "contracts": [_reconciled(row) for row in year.contracts],
        "totals": totals,
        "widths": widths_of(totals),
        "signatures": [*_signed_by(framed, body, day)],
        "landscape": True,
    }
    return paper_of("reconciliation", _year_filename(plan, body), context, imprint)


def _implementer(variant):
    return int(variant) if variant else None


def _reconciled(row):
    return {
        "name": title_of(row.contract),
        "implementer": row.contract.party_b.name,
        "note": row.contract.get_status_display(),
        "totals": row.table.totals,
        "projects": [
            {"name": str(project), "note": _note_of(project, accounts), "totals": accounts.totals}
            for project, accounts in row.table.projects
        ],
    }


def _note_of(project, accounts):
    refund = accounts.totals["to_refund"]
    return f"{project.get_status_display()}, phải hoàn trả" if refund else project.get_status_display()


def _signed_by(framed, body, day):
    """Accountants above, heads below, party B at the left; only party A signs for all implementers together."""
    words = framed["words"]
    own = [
        BLANK_SIGNATURE | {"party": "Kế toán bên A", "name": words["accountant"]},
        {**framed["signature"], "party": "Đại diện bên A"},
    ]
    if body is None:
        return own
    head = signature_of(signer_of(body, RECONCILIATION.key, day), party="Đại diện bên B")
    return [BLANK_SIGNATURE | {"party": "Kế toán bên B"}, own[0], head, own[1]]


def _year_filename(plan, body):
    return f"{plan.year}_DCKP_{slug(body.short_name or body.name) if body else 'moi-don-vi'}"


def _contracts(plan):
    """Binding contracts of a plan, the latest first, asked once for all its papers."""
    if not hasattr(plan, "binding_contracts"):
        plan.binding_contracts = CONTRACTS.of(plan)
    return plan.binding_contracts


def _principal(plan):
    """Party A of the plan's contracts, where there are several the one of the latest; without any the plan's body."""
    return next((contract.party_a for contract in _contracts(plan)), plan.owner)


def _year_variants(plan):
    held = {contract.party_b for contract in _contracts(plan)}
    bodies = [(str(body.pk), body.name) for body in sorted(held, key=str)]
    return [*bodies, ("", "Mọi đơn vị thực hiện")] if len(bodies) > 1 else bodies


def _year_gaps(plan, imprint):
    """Reconciled at the last liquidation of the year: nothing may still be on the way."""
    under_way = [row for row in _contracts(plan) if row.status not in DONE_CONTRACT]
    if imprint.variant:
        under_way = [row for row in under_way if row.party_b_id == _implementer(imprint.variant)]
    under_way.sort(key=lambda row: (row.signed_on, row.pk))
    return [f"{row} đang “{row.get_status_display()}”: duyệt quyết toán rồi đối chiếu." for row in under_way]


def _year_refusal(user, plan):
    if user.role in workflow.SETTLERS and belongs_to(user, plan):
        return None
    return "Bảng đối chiếu kinh phí do chuyên viên, kế toán của cơ quan quản lý kế hoạch phát hành."


def _plans_with_contracts(user):
    held = Contract.objects.binding().values("plan")
    return AnnualPlan.objects.visible_to(user).filter(pk__in=held).select_related("program", "owner__parent")


RECONCILIATION = register(
    Kind(
        key="reconciliation",
        label="Bảng đối chiếu kinh phí",
        model=AnnualPlan,
        build=reconciliation_table,
        records=_plans_with_contracts,
        issuer=_principal,
        subjects=lambda plan: [plan, *plan.contracts.binding().order_by("signed_on", "pk")],
        refusal=_year_refusal,
        roles=workflow.SETTLERS,
        title=lambda plan: f"Đối chiếu kinh phí khuyến công năm {plan.year}",
        file_code="DCKP",
        form=f"Mẫu số 10, {LAW}",
        variants=_year_variants,
        gaps=_year_gaps,
        slots=(
            Slot("attached", "Dưới tên bảng", "(Mẫu số 10, theo {ten_ke_hoach})"),
            Slot(
                "opening", "Lời dẫn",
                "Căn cứ hợp đồng, biên bản nghiệm thu, quyết toán được duyệt và chứng từ đã chi, kinh phí khuyến công "
                "năm {nam} được đối chiếu như sau:",
            ),
            Slot(
                "conclusion", "Lời kết",
                "Số liệu trên được đối chiếu, thống nhất làm cơ sở thanh lý, quyết toán năm {nam}.",
            ),
            ACCOUNTANT,
        ),
        placeholders=(
            Placeholder("ten_ke_hoach", "kế hoạch", str),
            Placeholder("nam", "năm kế hoạch", lambda plan: str(plan.year)),
            Placeholder("ben_a", "cơ quan ký hợp đồng (bên A)", lambda plan: str(_principal(plan))),
        ),
    )
)  # fmt: skip
