"""Papers of final accounts of a contract: Mẫu 7 and 9, and the kinds of its whole dossier.

Thông tư 36/2013/TT-BCT, Điều 18-19.
"""

from khuyencong.documents import Document
from khuyencong.documents.kinds import Imprint, Slot
from khuyencong.documents.letterheads import BLANK_SIGNATURE
from projects.documents.dossier import (
    ACCOUNTANT,
    ATTACHED,
    HEAD,
    LAW,
    dossier_kind,
    dossier_of,
    filename_of,
    framed_for,
    paper_of,
    put_up_of,
    title_of,
    width_of,
    widths_of,
)
from projects.documents.vouchers import voucher_annex_count, voucher_gaps, voucher_list, voucher_variants
from projects.final_accounts import payment_requests, spending_tables
from projects.models import Settlement

# Five columns of money stand beside a text on an upright page up to so many characters ("9.999.999.999").
UPRIGHT_AMOUNT = 13


# Mẫu 7


def settlement_table(settlement: Settlement, imprint: Imprint) -> Document:
    """Mẫu 7: what was estimated and what was spent, per project and item."""
    contract, table, vouchers = dossier_of(settlement)
    is_whole = settlement.includes_other_sources
    tables = spending_tables(table, vouchers, is_whole=is_whole)
    total = _sum_of([_spending(row.total) for row in tables])
    widths = _widest([total, *(_spending(line) for row in tables for line in [*row.lines, row.total])])
    context = {
        **framed_for("settlement_table", settlement, imprint, "7"),
        "is_whole": is_whole,
        "projects": [
            {"name": str(row.project), "lines": [_spending(line) for line in row.lines], "total": _spending(row.total)}
            for row in tables
        ],
        "total": total,
        "widths": widths,
        "landscape": max(widths.values()) > UPRIGHT_AMOUNT,
        "put_up": put_up_of(table),
    }
    return paper_of("settlement_table", filename_of(contract, "BQT"), context, imprint)


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
    return {name: max(width_of(row[name]) for row in rows) for name in ("estimate", "spent", "increase", "decrease")}


# Mẫu 9


def payment_request(settlement: Settlement, imprint: Imprint) -> Document:
    """Mẫu 9: contracted, advanced, accepted, asked for and to give back, per project."""
    contract, table, _vouchers_listed = dossier_of(settlement)
    framed = framed_for("payment_request", settlement, imprint, "9")
    totals = table.support.totals
    confirmed = BLANK_SIGNATURE | {"party": framed["words"]["confirmation"]}
    context = {
        **framed,
        "contract": title_of(contract),
        "rows": [_requested(request) for request in payment_requests(table)],
        "totals": totals,
        "widths": widths_of(totals),
        "signatures": [confirmed, *framed["signatures"]],
        "landscape": True,
    }
    return paper_of("payment_request", filename_of(contract, "DNTT"), context, imprint)


def _requested(request):
    return {
        "name": str(request.project),
        "minutes": [{"number": row.number, "accepted_on": row.accepted_on} for row in request.minutes],
        "note": request.project.get_status_display(),
        **request.table.totals,
    }


SETTLEMENT_TABLE = dossier_kind(
    "settlement_table", "Biểu chi tiết quyết toán kinh phí", build=settlement_table, file_code="BQT",
    form=f"Mẫu số 7, {LAW}", slots=(ATTACHED, ACCOUNTANT, HEAD),
)  # fmt: skip
VOUCHER_LIST = dossier_kind(
    "voucher_list", "Bảng kê chứng từ đề nghị quyết toán", build=voucher_list, file_code="BKCT",
    form=f"Mẫu số 8a, 8b, {LAW}", variants=voucher_variants, gaps=voucher_gaps, annex_count=voucher_annex_count,
    slots=(ATTACHED, ACCOUNTANT, HEAD),
)  # fmt: skip
PAYMENT_REQUEST = dossier_kind(
    "payment_request", "Biểu đề nghị thanh toán kinh phí thực hiện đề án", build=payment_request, file_code="DNTT",
    form=f"Mẫu số 9, {LAW}",
    slots=(
        ATTACHED, ACCOUNTANT, HEAD, Slot("confirmation", "Ô xác nhận", "Xác nhận của\nSở Công Thương"),
    ),
)  # fmt: skip
