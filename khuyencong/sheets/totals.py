"""What a sheet's own totals say against what was read beneath them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from khuyencong.sheets.cells import read_decimal, read_money
from khuyencong.sheets.reading import Line, Reading, SheetColumn
from khuyencong.sheets.words import sum_kind


@dataclass(frozen=True)
class SheetTotal:
    """One sum that the sheet states. `number`: its row; `label`: the words of that row.

    `written` is what the sheet says, `counted` what the data rows it covers add up to: đồng for columns of money,
    else the plain number.
    """

    number: int
    key: str
    label: str
    written: int | Decimal
    counted: int | Decimal

    @property
    def agrees(self) -> bool:
        return self.written == self.counted


def own_totals(reading: Reading, keys: Iterable[str]) -> list[SheetTotal]:
    """The total, subtotal and group rows of the sheet with a figure in a column of `keys`, row by row.

    A group row is held against the data under it, a total against all data, a subtotal against the group it
    closes, an outer one, all since the last subtotal or all data: whichever it agrees with. Cells that cannot be
    read count as nothing, for their refusal is told elsewhere; hidden rows count in no sum of ours.
    """
    money = {key for key, kind in reading.kinds.items() if kind == "money"}
    columns = [(key, column) for key in keys if (column := reading.column_of(key))]
    everything = reading.data
    found = []
    for at, line in enumerate(reading.lines):
        if line.kind not in ("group", "subtotal", "total"):
            continue
        readers = [
            _Figure(key, column, (column.unit or reading.money_unit) if key in money else 1, key in money)
            for key, column in columns
        ]
        written = {figure: value for figure in readers if (value := figure.of(line)) is not None}
        if written:
            found += _sums(line, written, _covered(reading.lines, at, everything))
    return found


def _sums(line, written, candidates):
    """The sums of a row against that of the candidates (lists of data) with which it agrees most."""
    counts = [{figure: sum(figure.of(data) or 0 for data in covered) for figure in written} for covered in candidates]
    best = max(counts, key=lambda counted: sum(counted[figure] == value for figure, value in written.items()))
    return [SheetTotal(line.number, figure.key, _label(line), value, best[figure]) for figure, value in written.items()]


def _covered(lines, at, everything):
    """The data that a row of sums may speak for, the likeliest first."""
    line = lines[at]
    if line.kind == "total":
        return [everything]
    if line.kind == "group":
        following = range(at + 1, len(lines))
        return [_until(lines, following, lambda other: other.kind in ("group", "data") and other.level <= line.level)]
    above = range(at - 1, -1, -1)
    last = next((lines[place] for place in above if lines[place].kind == "data"), None)
    if last is None:
        return [everything]
    candidates = [
        _until(lines, above, lambda other, level=level: other.kind == "group" and other.level <= level)
        for level in range(last.level - 1, -1, -1)
    ]
    since_last_sum = _until(lines, above, lambda other: other.kind == "subtotal")
    return [*candidates, *([since_last_sum] if since_last_sum else []), everything]


def _until(lines, order, is_end):
    found = []
    for at in order:
        if is_end(lines[at]):
            break
        if lines[at].kind == "data":
            found.append(lines[at])
    return found


@dataclass(frozen=True)
class _Figure:
    """How the figures of one column are read."""

    key: str
    column: SheetColumn
    unit: int
    is_money: bool

    def of(self, line: Line) -> int | Decimal | None:
        cell = line.cells[self.column.index]
        try:
            if self.is_money:
                return read_money(cell, self.unit, style=self.column.style, negative=True)
            return read_decimal(cell, style=self.column.style)
        except ValueError:
            return None


def _label(line):
    words = [cell for cell in line.cells if isinstance(cell, str) and any(map(str.isalpha, cell))]
    named = next((cell for cell in words if sum_kind(cell)), None)
    return named or max(words, key=len, default="")
