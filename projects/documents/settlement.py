"""Papers of final accounts: Mẫu 7, 8a and 8b, 9 of a contract, Mẫu 10 of a plan (Thông tư 36/2013/TT-BCT, Điều 18-19).

Every figure is one of `final_accounts`, so that paper and screen agree to the đồng. Columns are proposals: the law
names the forms and what they are for, not their layout.
"""

from functools import partial

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.text import slugify

from khuyencong.dates import DOTS, short_date
from khuyencong.documents import Document
from khuyencong.documents.frame import day_of, frame
from khuyencong.documents.kinds import Imprint, Kind, Placeholder, Slot, register
from khuyencong.documents.letterheads import BLANK_SIGNATURE, signature_of, signer_of
from khuyencong.money import format_vnd, vnd, vnd_words
from khuyencong.permissions import belongs_to
from khuyencong.text import fold
from programs.models import AnnualPlan
from projects import workflow
from projects.final_accounts import (
    AccountTable,
    VoucherList,
    checked_sums,
    payment_requests,
    reconciliation,
    spending_tables,
    support_shares,
    support_vouchers,
)
from projects.models import Contract, ContractKind, ContractStatus, Settlement, SettlementStatus
from projects.services.settlement import accounts_of, may_settle, settlement_gaps

LAW = "Thông tư 36/2013/TT-BCT"
LONGEST_NAME = 60
# Five columns of money stand beside a text on an upright page up to so many characters ("9.999.999.999").
UPRIGHT_AMOUNT = 13
SUPPORT, WHOLE = "8a", "8b"
VOUCHER_LISTS = {SUPPORT: "8a, kinh phí khuyến công", WHOLE: "8b, mọi nguồn kinh phí"}
ACCOUNTANT = Slot("accountant", "Họ tên kế toán", help="Để trống: chừa chỗ ghi tên.")
HEAD = Slot("head", "Ô ký của thủ trưởng", "Thủ trưởng đơn vị")
RETURNED = "Quyết toán bị trả lại: sửa theo lý do trả lại rồi trình lại, sau đó phát hành."
DONE_CONTRACT = (ContractStatus.SETTLED, ContractStatus.LIQUIDATED)


ATTACHED = Slot(
    "attached", "Kèm theo", "kèm theo Công văn số {so_cong_van} ngày {ngay_cong_van} của {ben_b}",
    help="Đứng sau số của mẫu, trong ngoặc dưới tên biểu.",
)  # fmt: skip


# Mẫu 7


def settlement_table(settlement: Settlement, imprint: Imprint) -> Document:
    """Mẫu 7: what was estimated and what was spent, per project and item."""
    contract, table, vouchers = _dossier(settlement)
    is_whole = settlement.includes_other_sources
    tables = spending_tables(table, vouchers, is_whole=is_whole)
    total = _sum_of([_spending(row.total) for row in tables])
    widths = _widest([total, *(_spending(line) for row in tables for line in [*row.lines, row.total])])
    context = {
        **_frame(SETTLEMENT_TABLE, settlement, imprint, "7"),
        "is_whole": is_whole,
        "projects": [
            {"name": str(row.project), "lines": [_spending(line) for line in row.lines], "total": _spending(row.total)}
            for row in tables
        ],
        "total": total,
        "widths": widths,
        "landscape": max(widths.values()) > UPRIGHT_AMOUNT,
        "put_up": _put_up(table),
    }
    return _paper("settlement_table", _filename(contract, "BQT"), context, imprint)


def _spending(line):
    return {
        "content": line.content,
        "estimate": line.estimate,
        "spent": line.spent,
        "increase": line.increase,
        "decrease": line.decrease,
    }


def _sum_of(rows):
    """Sums of the columns of money over rows; None in a column that no row fills."""
    sums = {}
    for name in ("estimate", "spent", "increase", "decrease"):
        given = [row[name] for row in rows if row[name] is not None]
        sums[name] = sum(given) if given else None
    return sums


def _widest(rows):
    """{column: characters of its longest amount}: what one item has too much may be more than the whole has."""
    return {name: max(_width(row[name]) for row in rows) for name in ("estimate", "spent", "increase", "decrease")}


# Mẫu 8a, 8b


def voucher_list(settlement: Settlement, imprint: Imprint) -> Document:
    """Mẫu 8a (khuyến công money) or 8b (all money, in columns), by the imprint's variant; 8a without one."""
    form = imprint.variant or SUPPORT
    contract, table, vouchers = _dossier(settlement)
    is_whole = form == WHOLE
    listed = VoucherList(vouchers) if is_whole else support_vouchers(vouchers)
    sums = checked_sums(table if is_whole else table.support, listed.vouchers)
    total = _listed(listed)
    shares = support_shares(listed.vouchers) if is_whole else []
    context = {
        **_frame(VOUCHER_LIST, settlement, imprint, form),
        "is_whole": is_whole,
        "groups": [
            {"name": str(project), "code": project.code, "rows": _vouchers(group), "total": _listed(group)}
            for project, group in listed.groups
        ],
        "count": len(listed.vouchers),
        "total": total,
        "columns": {
            "other": is_whole and total["other"] > 0,
            "note": any(voucher.note for voucher in listed.vouchers),
            "rate": any(share.norm for share in shares),
        },
        "sums": [_checked(row) for row in sums],
        "sum_total": _checked_total(sums),
        "shares": [_share(row) for row in shares],
        "share": listed.support_percent if is_whole else None,
        "widths": _widths(total) | {"settled": _width(sum(row.settled for row in sums))},
        "landscape": True,
    }
    return _paper("voucher_list", _filename(contract, "BKCT", form), context, imprint)


def _vouchers(group):
    return [
        {
            "number": voucher.number,
            "dated_on": voucher.dated_on,
            "content": voucher.content,
            "item": voucher.cost_item.name if voucher.cost_item else "",
            "payee": voucher.payee,
            "amount": voucher.amount,
            "support": support,
            "own": own,
            "other": other,
            "note": voucher.note,
        }
        for voucher, support, own, other in group.rows
    ]


def _listed(group):
    """What a list adds up to, in all and in its parts."""
    support, own, other = group.parts
    return {"amount": group.total, "support": support, "own": own, "other": other}


def _checked(row):
    return {"source": row.source.name, "listed": row.listed, "settled": row.settled, "difference": row.difference}


def _checked_total(sums):
    return {
        "listed": sum(row.listed for row in sums),
        "settled": sum(row.settled for row in sums),
        "difference": sum(row.difference for row in sums),
    }


def _share(row):
    return {
        "name": str(row.project),
        "spent": row.spent,
        "support": row.support,
        "percent": row.percent,
        "rate": row.rate,
        "source": row.norm.legal_source if row.norm else "",
    }


def _voucher_variants(settlement):
    forms = (SUPPORT, WHOLE) if settlement.includes_other_sources else (SUPPORT,)
    return [(form, VOUCHER_LISTS[form]) for form in forms]


def _voucher_gaps(settlement, imprint):
    gaps = _gaps(settlement, imprint)
    if imprint.variant == WHOLE:
        gaps += [_over_rate(row) for row in support_shares(_vouchers_of(settlement)) if _is_refused(row)]
    return gaps


def _is_refused(share):
    """Only a norm that somebody has checked against its text refuses."""
    return share.is_over and share.norm.is_verified


def _over_rate(share):
    allowed = f"{share.rate.normalize():f}".replace(".", ",")
    return (
        f"{share.project.code}: kinh phí khuyến công {vnd(share.support)} trên tổng chi {vnd(share.spent)} "
        f"vượt tỷ lệ {allowed}% ({share.norm.legal_source or share.norm}): sửa số đề nghị, bảng kê."
    )


# Mẫu 9


def payment_request(settlement: Settlement, imprint: Imprint) -> Document:
    """Mẫu 9: contracted, advanced, accepted, asked for and to give back, per project."""
    contract, table, _vouchers_listed = _dossier(settlement)
    framed = _frame(PAYMENT_REQUEST, settlement, imprint, "9")
    totals = table.support.totals
    confirmed = BLANK_SIGNATURE | {"party": framed["words"]["confirmation"]}
    context = {
        **framed,
        "contract": _title_of(contract),
        "rows": [_requested(request) for request in payment_requests(table)],
        "totals": totals,
        "widths": _widths(totals),
        "signatures": [confirmed, *framed["signatures"]],
        "landscape": True,
    }
    return _paper("payment_request", _filename(contract, "DNTT"), context, imprint)


def _requested(request):
    return {
        "name": str(request.project),
        "minutes": [{"number": row.number, "accepted_on": row.accepted_on} for row in request.minutes],
        "note": request.project.get_status_display(),
        **request.table.totals,
    }


# What the three papers of a dossier share


def _dossier(settlement):
    """(contract, its accounts, vouchers of the dossier)."""
    contract = settlement.contract
    return contract, AccountTable(accounts_of(contract)), _vouchers_of(settlement)


def _vouchers_of(settlement):
    return list(settlement.vouchers.select_related("project__plan", "project__content", "source", "cost_item"))


def _frame(kind, settlement, imprint, form):
    contract, day = settlement.contract, day_of(kind, settlement, imprint)
    framed = frame(kind, settlement, imprint)
    words = framed["words"]
    return {
        **framed,
        "subject": [_title_of(contract)],
        "attached": f"({', '.join(filter(None, [f'Mẫu số {form}', words['attached']]))})",
        "implementer": contract.party_b.name_on(day),
        "principal": contract.party_a.name_on(day),
        "signatures": [
            BLANK_SIGNATURE | {"party": "Kế toán", "name": words["accountant"]},
            {**framed["signature"], "party": words["head"]},
        ],
    }


def _title_of(contract):
    kind = "Hợp đồng" if contract.kind == ContractKind.IMPLEMENTATION else "Quyết định giao nhiệm vụ"
    return f"{kind} số {contract.number} ngày {short_date(contract.signed_on)}"


def _put_up(table):
    """Khuyến công money that is settled, until then put up; None before."""
    totals = table.support.totals
    return totals["put_up"] if totals["settled"] is None else totals["settled"]


def _widths(amounts):
    """{column: characters of the sum at its foot}, by which the sheet sets how wide it is."""
    return {name: _width(amount) for name, amount in amounts.items()}


def _width(amount):
    return len(format_vnd(amount)) if amount is not None else 1


def _paper(name, filename, context, imprint):
    document = Document(f"documents/{name}.html", filename, context)
    return document.as_draft() if imprint.draft else document


def _filename(contract, code, form=""):
    """2026_BKCT-8b_KC26-014_05-hd-sct: named after the first project and the contract."""
    codes = list(contract.projects.order_by("code").values_list("code", flat=True))
    more = f"-va-{len(codes) - 1}-de-an" if len(codes) > 1 else ""
    first = codes[0] if codes else "chua-co-de-an"
    kind = "-".join(filter(None, [code, form]))
    return f"{contract.plan.year}_{kind}_{first}{more}_{_slug(contract.number.replace('/', '-'))}"


def _slug(text):
    return slugify(fold(text))[:LONGEST_NAME].strip("-")


def _subjects(settlement):
    contract = settlement.contract
    return [settlement, contract, *contract.projects.order_by("code"), contract.plan]


def _refusal(name, user, settlement):
    if not may_settle(user, settlement.contract):
        return f"{name} do chuyên viên, kế toán của cơ quan quản lý hợp đồng phát hành."
    return None


def _gaps(settlement, imprint):
    """Until the dossier is complete its figures may still change."""
    returned = [RETURNED] if settlement.status == SettlementStatus.RETURNED else []
    return returned + settlement_gaps(settlement)


def _dossiers(user):
    contracts = Contract.objects.visible_to(user)
    rows = Settlement.objects.filter(contract__in=contracts.values("pk"))
    return rows.select_related("contract__plan__program", "contract__party_a", "contract__party_b", "contract__owner")


def _put_up_of(settlement):
    return _put_up(AccountTable(accounts_of(settlement.contract))) or 0


CONTRACT_NAMES = (
    Placeholder("hop_dong", "số, ngày hợp đồng", lambda row: _title_of(row.contract)),
    Placeholder("ben_b", "đơn vị thực hiện (bên B)", lambda row: str(row.contract.party_b)),
    Placeholder("ben_a", "cơ quan ký hợp đồng (bên A)", lambda row: str(row.contract.party_a)),
    Placeholder("nam", "năm kế hoạch", lambda row: str(row.contract.plan.year)),
    Placeholder("so_cong_van", "số công văn đề nghị quyết toán", lambda row: row.number or DOTS),
    Placeholder(
        "ngay_cong_van", "ngày công văn đề nghị",
        lambda row: short_date(row.dated_on) if row.dated_on else DOTS,
    ),
    Placeholder("so_tien", "kinh phí khuyến công đề nghị quyết toán", lambda row: vnd(_put_up_of(row))),
    Placeholder("bang_chu", "số tiền đó bằng chữ", lambda row: vnd_words(_put_up_of(row))),
)  # fmt: skip


def _dossier_kind(key, label, **fields):
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
            title=lambda settlement: f"{label}, {_title_of(settlement.contract)}",
            day=lambda settlement: settlement.dated_on,
            by_day="dated_on",
            placeholders=CONTRACT_NAMES,
            **{"gaps": _gaps, **fields},
        )
    )


SETTLEMENT_TABLE = _dossier_kind(
    "settlement_table", "Biểu chi tiết quyết toán kinh phí", build=settlement_table, file_code="BQT",
    form=f"Mẫu số 7, {LAW}", slots=(ATTACHED, ACCOUNTANT, HEAD),
)  # fmt: skip
VOUCHER_LIST = _dossier_kind(
    "voucher_list", "Bảng kê chứng từ đề nghị quyết toán", build=voucher_list, file_code="BKCT",
    form=f"Mẫu số 8a, 8b, {LAW}", variants=_voucher_variants, gaps=_voucher_gaps,
    slots=(ATTACHED, ACCOUNTANT, HEAD),
)  # fmt: skip
PAYMENT_REQUEST = _dossier_kind(
    "payment_request", "Biểu đề nghị thanh toán kinh phí thực hiện đề án", build=payment_request, file_code="DNTT",
    form=f"Mẫu số 9, {LAW}",
    slots=(
        ATTACHED, ACCOUNTANT, HEAD, Slot("confirmation", "Ô xác nhận", "Xác nhận của\nSở Công Thương"),
    ),
)  # fmt: skip


# Mẫu 10


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
        "widths": _widths(totals),
        "signatures": [*_signed_by(framed, body, day)],
        "landscape": True,
    }
    return _paper("reconciliation", _year_filename(plan, body), context, imprint)


def _implementer(variant):
    return int(variant) if variant else None


def _reconciled(row):
    return {
        "name": _title_of(row.contract),
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
    return f"{plan.year}_DCKP_{_slug(body.short_name or body.name) if body else 'moi-don-vi'}"


def _contracts(plan):
    """Binding contracts of a plan, the latest first, asked once for all its papers."""
    binding = Contract.objects.binding().select_related("party_a", "party_b")
    prefetch_related_objects([plan], Prefetch("contracts", binding, to_attr="binding_contracts"))
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
