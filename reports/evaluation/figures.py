"""The one shape of figures: page, PDF, Excel, charts and comparisons read these tables and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

VND, COUNT, PERCENT, RATIO, TEXT = "vnd", "count", "percent", "ratio", "text"
TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Figure:
    """A value and the way to its rows: `rows` are the query parameters of the page that lists them; {} for a derived
    figure. `value` is None where nothing can be said, such as the percent of an empty plan; đồng are int.
    """

    value: int | Decimal | str | None
    unit: str = COUNT
    rows: dict = field(default_factory=dict)


EMPTY = Figure(None, TEXT)


@dataclass(frozen=True)
class Column:
    """`group` is the head over several columns, such as a year."""

    key: str
    label: str
    unit: str = COUNT
    group: str = ""


@dataclass(frozen=True)
class TableRow:
    """`figures` stand under the columns; `style` "", "group" or "total"; `note` in words, at the end of the row."""

    key: str
    label: str
    figures: tuple[Figure, ...]
    style: str = ""
    note: str = ""


@dataclass(frozen=True)
class Table:
    """T1 … T10 of the report. `head` names the first column; `note` says what is counted and how."""

    key: str
    title: str
    head: str
    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    note: str = ""

    @property
    def has_money(self) -> bool:
        return any(column.unit == VND for column in self.columns)

    def row(self, key: str) -> TableRow:
        """Raises KeyError for a row that is not there."""
        return {row.key: row for row in self.rows}[key]

    def figure(self, row: str, column: str) -> Figure:
        """Raises KeyError for a cell that is not there."""
        keys = [column.key for column in self.columns]
        if column not in keys:
            raise KeyError(column)
        return self.row(row).figures[keys.index(column)]


def plain(value: int | Decimal | None) -> int | Decimal | None:
    """A whole number as int: 162, not 162.00."""
    if value is None:
        return None
    value = Decimal(value)
    return int(value) if value == int(value) else value


def percent_of(part: int | Decimal | None, whole: int | Decimal | None) -> Decimal | None:
    """part / whole × 100 to one decimal; None when there is no whole: neither 0 % nor 100 %."""
    if not whole or part is None:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(TENTH, ROUND_HALF_UP)


def ratio_of(part: int | None, whole: int | None) -> Decimal | None:
    """part / whole to two decimals, such as counterpart for one đồng of support; None when there is no whole."""
    if not whole or part is None:
        return None
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def shares_of(values: Sequence[int]) -> list[Decimal | None]:
    """What each is of all, in percent to one decimal, adding up to exactly 100,0.

    Each share is rounded down, then the tenths that are missing go to those cut most. All None when the sum is 0.
    """
    total = sum(values)
    if not total:
        return [None] * len(values)
    tenths = [divmod(value * 1000, total) for value in values]
    missing = 1000 - sum(whole for whole, _rest in tenths)
    # Among equals the larger value, then the earlier one.
    order = sorted(range(len(values)), key=lambda at: (-tenths[at][1], -values[at], at))
    raised = set(order[:missing])
    return [Decimal(whole + (at in raised)) / 10 for at, (whole, _rest) in enumerate(tenths)]
