"""What the papers of a settlement's dossier share: their frame, names of files, gaps, words (Mẫu 7, 8a, 8b, 9).

Every figure is one of `final_accounts`, so that paper and screen agree to the đồng. Columns are proposals: the law
names the forms and what they are for, not their layout.
"""

from functools import partial

from django.utils.text import slugify

from khuyencong.dates import DOTS, short_date
from khuyencong.documents import Document
from khuyencong.documents.frame import day_of, frame
from khuyencong.documents.kinds import KINDS, Kind, Placeholder, Slot, register
from khuyencong.documents.letterheads import BLANK_SIGNATURE
from khuyencong.money import format_vnd, vnd, vnd_words
from khuyencong.text import fold
from projects import workflow
from projects.final_accounts import AccountTable
from projects.models import Contract, ContractKind, Settlement, SettlementStatus
from projects.services.settlement import accounts_of, may_settle, settlement_gaps

LAW = "Thông tư 36/2013/TT-BCT"
LONGEST_NAME = 60
ACCOUNTANT = Slot("accountant", "Họ tên kế toán", help="Để trống: chừa chỗ ghi tên.")
HEAD = Slot("head", "Ô ký của thủ trưởng", "Thủ trưởng đơn vị")
RETURNED = "Quyết toán bị trả lại: sửa theo lý do trả lại rồi trình lại, sau đó phát hành."
ATTACHED = Slot(
    "attached", "Kèm theo", "kèm theo Công văn số {so_cong_van} ngày {ngay_cong_van} của {ben_b}",
    help="Đứng sau số của mẫu, trong ngoặc dưới tên biểu.",
)  # fmt: skip


def dossier_of(settlement):
    """(contract, its accounts, vouchers of the dossier)."""
    contract = settlement.contract
    return contract, AccountTable(accounts_of(contract)), vouchers_of(settlement)


def vouchers_of(settlement):
    return list(settlement.vouchers.select_related("project__plan", "project__content", "source", "cost_item"))


def framed_for(key, settlement, imprint, form):
    """The context that the papers of a dossier share; `key` of the kind, `form` as the law counts it."""
    kind = KINDS[key]
    contract, day = settlement.contract, day_of(kind, settlement, imprint)
    framed = frame(kind, settlement, imprint)
    words = framed["words"]
    return {
        **framed,
        "subject": [title_of(contract)],
        "attached": f"({', '.join(filter(None, [f'Mẫu số {form}', words['attached']]))})",
        "implementer": contract.party_b.name_on(day),
        "principal": contract.party_a.name_on(day),
        "signatures": [
            BLANK_SIGNATURE | {"party": "Kế toán", "name": words["accountant"]},
            {**framed["signature"], "party": words["head"]},
        ],
    }


def title_of(contract):
    kind = "Hợp đồng" if contract.kind == ContractKind.IMPLEMENTATION else "Quyết định giao nhiệm vụ"
    return f"{kind} số {contract.number} ngày {short_date(contract.signed_on)}"


def put_up_of(table):
    """Khuyến công money that is settled, until then put up; None before."""
    totals = table.support.totals
    return totals["put_up"] if totals["settled"] is None else totals["settled"]


def widths_of(amounts):
    """{column: characters of the sum at its foot}, by which the sheet sets how wide it is."""
    return {name: width_of(amount) for name, amount in amounts.items()}


def width_of(amount):
    return len(format_vnd(amount)) if amount is not None else 1


def paper_of(name, filename, context, imprint, annexes=()):
    document = Document(f"documents/{name}.html", filename, context, annexes=annexes)
    return document.as_draft() if imprint.draft else document


def filename_of(contract, code, form=""):
    """2026_BKCT-8b_KC26-014_05-hd-sct: named after the first project and the contract."""
    codes = list(contract.projects.order_by("code").values_list("code", flat=True))
    more = f"-va-{len(codes) - 1}-de-an" if len(codes) > 1 else ""
    first = codes[0] if codes else "chua-co-de-an"
    kind = "-".join(filter(None, [code, form]))
    return f"{contract.plan.year}_{kind}_{first}{more}_{slug(contract.number.replace('/', '-'))}"


def slug(text):
    return slugify(fold(text))[:LONGEST_NAME].strip("-")


def _subjects(settlement):
    contract = settlement.contract
    return [settlement, contract, *contract.projects.order_by("code"), contract.plan]


def _refusal(name, user, settlement):
    if not may_settle(user, settlement.contract):
        return f"{name} do chuyên viên, kế toán của cơ quan quản lý hợp đồng phát hành."
    return None


def dossier_gaps(settlement, imprint):
    """Until the dossier is complete its figures may still change."""
    returned = [RETURNED] if settlement.status == SettlementStatus.RETURNED else []
    return returned + settlement_gaps(settlement)


def _dossiers(user):
    contracts = Contract.objects.visible_to(user)
    rows = Settlement.objects.filter(contract__in=contracts.values("pk"))
    return rows.select_related("contract__plan__program", "contract__party_a", "contract__party_b", "contract__owner")


def _asked_for(settlement):
    return put_up_of(AccountTable(accounts_of(settlement.contract))) or 0


CONTRACT_NAMES = (
    Placeholder("hop_dong", "số, ngày hợp đồng", lambda row: title_of(row.contract)),
    Placeholder("ben_b", "đơn vị thực hiện (bên B)", lambda row: str(row.contract.party_b)),
    Placeholder("ben_a", "cơ quan ký hợp đồng (bên A)", lambda row: str(row.contract.party_a)),
    Placeholder("nam", "năm kế hoạch", lambda row: str(row.contract.plan.year)),
    Placeholder("so_cong_van", "số công văn đề nghị quyết toán", lambda row: row.number or DOTS),
    Placeholder(
        "ngay_cong_van", "ngày công văn đề nghị",
        lambda row: short_date(row.dated_on) if row.dated_on else DOTS,
    ),
    Placeholder("so_tien", "kinh phí khuyến công đề nghị quyết toán", lambda row: vnd(_asked_for(row))),
    Placeholder("bang_chu", "số tiền đó bằng chữ", lambda row: vnd_words(_asked_for(row))),
)  # fmt: skip


def dossier_kind(key, label, **fields):
    """What is alike in the papers of a dossier: no number of their own, they go with a letter that has one."""
    return register(
        Kind(
            key=key,
            label=label,
            model=Settlement,
            records=_dossiers,
            issuer=lambda settlement: settlement.contract.party_b,
            subjects=_subjects,
            refusal=partial(_refusal, label),
            roles=workflow.SETTLERS,
            title=lambda settlement: f"{label}, {title_of(settlement.contract)}",
            day=lambda settlement: settlement.dated_on,
            by_day="dated_on",
            placeholders=CONTRACT_NAMES,
            **{"gaps": dossier_gaps, **fields},
        )
    )
