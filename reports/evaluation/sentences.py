"""What the figures say by themselves: a sentence for each part, offered until someone writes their own.

Every number comes from the tables of the report, so that words and tables cannot differ.
"""

from collections.abc import Sequence
from decimal import Decimal

from khuyencong.dates import short_date
from khuyencong.money import format_scaled, vnd
from khuyencong.templatetags.vietnamese import percent, quantity
from programs.models import Program, Scope
from projects.documents import grounds
from projects.documents.issuers import full_name
from reports.evaluation.figures import VND, Table, TableRow
from reports.evaluation.selection import Selection
from reports.models import Evaluation

BILLION = "tỷ"


class Tables:
    """The tables of a report by key; a figure that is not there is None."""

    def __init__(self, tables: Sequence[Table]):
        self.by_key = {table.key: table for table in tables}

    def value(self, table: str, row: str, column: str):
        try:
            return self.by_key[table].figure(row, column).value
        except KeyError:
            return None

    def rows(self, table: str) -> tuple[TableRow, ...]:
        return self.by_key[table].rows if table in self.by_key else ()


def suggestions(evaluation: Evaluation, selection: Selection, tables: Sequence[Table]) -> dict[str, str]:
    """{text part: what the figures say}; "" where they say nothing."""
    figures = Tables(tables)
    program = evaluation.program
    return {
        "basis": "\n".join(filter(None, [_legal_basis(selection, program), _decisions(figures)])),
        "direction": "\n".join(filter(None, [_plans_decided(figures), _changes(figures)])),
        "results": " ".join(filter(None, [_results(evaluation, figures), _reached(figures)])),
        "money": " ".join(filter(None, [_spent(figures), _raised(figures)])),
        "effect": "\n".join(_effects(figures)),
        "advantages": _fulfilled(figures),
        "shortcomings": _not_done(figures),
        "causes": "",
        "lessons": "",
        "tasks": "",
        "proposals": "",
    }


def billions(amount: int) -> str:
    """51154000000 -> “51,154 tỷ đồng”; small sums in full."""
    if abs(amount) < 10**6:
        return vnd(amount)
    return f"{format_scaled(amount, BILLION if abs(amount) >= 10**9 else 'triệu')} {_scale(amount)} đồng"


def _scale(amount):
    return BILLION if abs(amount) >= 10**9 else "triệu"


def period_words(evaluation: Evaluation) -> str:
    """“Giai đoạn 2016-2018”, at the head of a sentence."""
    return f"{evaluation.period[:1].upper()}{evaluation.period[1:]}"


def basis_words(selection: Selection) -> list[str]:
    """How the figures are counted: over which days, what, where, as known at the end of which day."""
    told = [
        f"Thời gian: từ {short_date(selection.starts_on)} đến {short_date(selection.ends_on)}, tính "
        f"{selection.basis.label.lower()}",
        f"Số liệu đến hết ngày {short_date(selection.until)}",
        f"Địa bàn theo đơn vị hành chính {selection.division.label}",
    ]
    if selection.scope:
        told.append(f"Chỉ đề án khuyến công {Scope(selection.scope).label.lower()}")
    if selection.place:
        told.append(f"Chỉ trên địa bàn {selection.place}")
    if len(selection.programs) > 1:
        told.append(f"Tính cùng: {'; '.join(str(program) for program in selection.programs[1:])}")
    return told


# I, II


def _legal_basis(selection: Selection, program: Program):
    day = selection.until
    told = f"{program.name} được thực hiện theo {grounds.in_force(grounds.DECREES, day)}"
    told += f" và {grounds.circular_on(program.scope)}"
    if program.decision_number:
        decision = grounds.decision_words(
            program.decision_number, program.decision_on, full_name(program.decision_issuer)
        )
        told += f"; Chương trình được phê duyệt tại {decision}"
    return f"{told}."


def _decided(figures):
    """[(year label, decisions)] of the years that have any."""
    rows = figures.rows("T4")
    told = [(row.label, figures.value("T4", row.key, "decisions")) for row in rows if row.style != "total"]
    return [(label, decisions) for label, decisions in told if decisions]


def _decisions(figures):
    decided = _decided(figures)
    if not decided:
        return ""
    years = "; ".join(f"{label[:1].lower()}{label[1:]}: {decisions}" for label, decisions in decided)
    return f"Kế hoạch khuyến công hằng năm được phê duyệt tại các quyết định: {years}."


def _plans_decided(figures):
    decided = _decided(figures)
    count = sum(len(decisions.split("; ")) for _label, decisions in decided)
    if not count:
        return ""
    return f"Đã có {count:02d} quyết định phê duyệt kế hoạch khuyến công trong giai đoạn"


def _changes(figures):
    amended, stopped = (figures.value("T4", "total", column) for column in ("amended", "stopped"))
    told = [f"điều chỉnh {amended:02d} đề án" if amended else "", f"ngừng {stopped:02d} đề án" if stopped else ""]
    words = ", ".join(filter(None, told))
    return f"{words[:1].upper()}{words[1:]} trong quá trình thực hiện" if words else ""


# III, IV


def _results(evaluation, figures):
    done = figures.value("T1", "PRJ_COUNT", "done")
    if done is None:
        return ""
    tasks = figures.value("T1", "PRJ_TASK", "done")
    told = f"{period_words(evaluation)} đã hoàn thành {done:02d} đề án"
    if tasks:
        told += f" và {tasks:02d} kế hoạch, nhiệm vụ"
    split = [
        f"{count:02d} đề án khuyến công {name}"
        for name, code in (("quốc gia", "PRJ_NATIONAL"), ("địa phương", "PRJ_LOCAL"))
        if (count := figures.value("T1", code, "done"))
    ]
    if len(split) > 1:
        told += f" ({', '.join(split)})"
    money = figures.value("T1", "MONEY_TOTAL", "done")
    return f"{told} với tổng kinh phí {billions(money)}." if money else f"{told}."


def _reached(figures):
    told = [
        f"{name} đạt {percent(reached)}%"
        for name, code in (
            ("số đề án", "PRJ_COUNT"), ("tổng kinh phí", "MONEY_TOTAL"),
            ("kinh phí khuyến công", "MONEY_SUPPORT"), ("vốn đối ứng", "MONEY_COUNTERPART"),
        )
        if (reached := figures.value("T1", code, "of_target")) is not None
    ]  # fmt: skip
    return f"So với mục tiêu của Chương trình, lũy kế {', '.join(told)}." if told else ""


def _spent(figures):
    given, paid, settled, rate = (
        figures.value("T4", "total", column) for column in ("approved", "paid", "settled", "rate")
    )
    if not given:
        return ""
    told = f"Kinh phí khuyến công được duyệt {billions(given)}"
    if not paid:
        # Vouchers of years before the portal are often not entered: that is no disbursement of nothing.
        return f"{told}; cổng chưa có chứng từ chi của các đề án này; đã quyết toán {billions(settled or 0)}."
    told += f", đã chi {billions(paid)}"
    if rate is not None:
        told += f", đạt tỷ lệ giải ngân {percent(rate)}%"
    return f"{told}; đã quyết toán {billions(settled or 0)}."


def _raised(figures):
    own, leverage = figures.value("T1", "MONEY_COUNTERPART", "done"), figures.value("T1", "LEVERAGE", "done")
    if not own:
        return ""
    told = f"Vốn đối ứng huy động được {billions(own)}"
    if leverage is not None:
        told += f", bình quân {quantity(leverage)} đồng trên 01 đồng kinh phí khuyến công"
    return f"{told}."


# V, VI


def _effects(figures):
    for row in figures.rows("T8"):
        found = [figures.value("T8", row.key, column) for column in ("declared", "verified")]
        known = [value for value in found if value is not None]
        if not any(known):
            continue
        unit = figures.value("T8", row.key, "unit") or ""
        is_money = any(figure.unit == VND for figure in row.figures)
        amount = sum(known, Decimal(0) if any(isinstance(value, Decimal) for value in known) else 0)
        yield f"{row.label}: {billions(int(amount)) if is_money else f'{quantity(amount)} {unit}'.strip()}"


def _fulfilled(figures):
    planned, done = (figures.value("T4", "total", column) for column in ("planned", "done"))
    if not planned or not done:
        return ""
    share = percent(Decimal(done) * 100 / Decimal(planned))
    return f"Đã hoàn thành {done:02d} trên {planned:02d} đề án, nhiệm vụ được giao, đạt {share}%"


def _not_done(figures):
    stopped, unfinished = (figures.value("T10", row, "count") for row in ("stopped", "unfinished"))
    told = [
        f"{stopped:02d} đề án phải ngừng thực hiện" if stopped else "",
        f"{unfinished:02d} đề án chưa hoàn thành đến ngày lấy số liệu" if unfinished else "",
    ]
    words = "; ".join(filter(None, told))
    return f"Còn {words}" if words else ""
