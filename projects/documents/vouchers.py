"""Lists of vouchers for final accounts: Mẫu 8a and 8b (Thông tư 36/2013/TT-BCT, Điều 18-19)."""

from khuyencong.documents import Document
from khuyencong.documents.annex import ROWS_IN_PAPER
from khuyencong.documents.kinds import Imprint
from khuyencong.money import vnd
from programs.models import SUPPORT_CATEGORIES
from projects.documents.dossier import (
    dossier_gaps,
    dossier_of,
    filename_of,
    framed_for,
    paper_of,
    vouchers_of,
    width_of,
    widths_of,
)
from projects.documents.voucher_annex import voucher_annex
from projects.final_accounts import VoucherList, checked_sums, support_shares, support_vouchers
from projects.models import Settlement

SUPPORT, WHOLE = "8a", "8b"
VOUCHER_LISTS = {SUPPORT: "8a, kinh phí khuyến công", WHOLE: "8b, mọi nguồn kinh phí"}


# More vouchers than these are listed in an annex that is a file of its own.
VOUCHERS_IN_PAPER = ROWS_IN_PAPER


def voucher_list(settlement: Settlement, imprint: Imprint) -> Document:
    """Mẫu 8a (khuyến công money) or 8b (all money, in columns), by the imprint's variant; 8a without one."""
    form = imprint.variant or SUPPORT
    contract, table, vouchers = dossier_of(settlement)
    is_whole = form == WHOLE
    listed = VoucherList(vouchers) if is_whole else support_vouchers(vouchers)
    sums = checked_sums(table if is_whole else table.support, listed.vouchers)
    total = _listed(listed)
    shares = support_shares(listed.vouchers) if is_whole else []
    context = {
        **framed_for("voucher_list", settlement, imprint, form),
        "is_whole": is_whole,
        "groups": [
            {"name": str(project), "code": project.code, "rows": _vouchers(group), "total": _listed(group)}
            for project, group in listed.groups
        ],
        "count": len(listed.vouchers),
        "is_apart": len(listed.vouchers) > VOUCHERS_IN_PAPER,
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
        "widths": widths_of(total) | {"settled": width_of(sum(row.settled for row in sums))},
        "landscape": True,
    }
    name = filename_of(contract, "BKCT", form)
    annexes = (voucher_annex(name, context, imprint),) if context["is_apart"] else ()
    return paper_of("voucher_list", name, context, imprint, annexes)


def voucher_annex_count(settlement, imprint):
    """Whether it has an annex is told by the number of vouchers."""
    listed = settlement.vouchers.all()
    if imprint.variant != WHOLE:
        listed = listed.filter(source__category__in=SUPPORT_CATEGORIES)
    return int(listed.count() > VOUCHERS_IN_PAPER)


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


def voucher_variants(settlement):
    forms = (SUPPORT, WHOLE) if settlement.includes_other_sources else (SUPPORT,)
    return [(form, VOUCHER_LISTS[form]) for form in forms]


def voucher_gaps(settlement, imprint):
    gaps = dossier_gaps(settlement, imprint)
    if imprint.variant == WHOLE:
        gaps += [_over_rate(row) for row in support_shares(vouchers_of(settlement)) if _is_refused(row)]
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
