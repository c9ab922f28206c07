"""Tables as people read them: heads over heads, figures in words, tables that fit on a sheet of paper."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from urllib.parse import quote_plus

from khuyencong.money import format_scaled
from khuyencong.templatetags.vietnamese import percent, quantity
from reports.evaluation.figures import COUNT, PERCENT, RATIO, TEXT, VND, Figure, Table, TableRow
from reports.evaluation.parts import table_number

SCALE = "triệu"
UNIT_LINE = "Đơn vị tính kinh phí: triệu đồng"
# What a figure has none of: a share of nothing, a target that nobody set.
NOTHING = "–"
# Columns of the paper kit, with their width in millimetres.
MONEY, WORDS, SENTENCES, UNIT = ("c-money-s", 19), ("c-spec", 26), ("c-words", 56), ("c-unit", 17)
LONG = 40  # characters from which words get the room of a sentence
WIDTHS = {VND: MONEY, COUNT: ("c-qty", 16), PERCENT: ("c-pct", 15), RATIO: ("c-pct", 15)}
LABEL, UPRIGHT, ACROSS = 52, 165, 245
UNIT_COLUMN = "unit"
# Rows of a table on the page of a report; of a longer one only those that add up others, all on a page of its own.
MOST_ROWS = 600


@dataclass(frozen=True)
class Head:
    """A cell of the head, over `columns` columns and `rows` rows."""

    label: str
    columns: int = 1
    rows: int = 1

    @property
    def scope(self) -> str:
        return "colgroup" if self.columns > 1 else "col"


@dataclass(frozen=True)
class Cell:
    """`query` is the address of the rows behind it, "" for a derived figure."""

    text: str
    query: str
    is_number: bool

    @property
    def is_empty(self) -> bool:
        return self.text == NOTHING


@dataclass(frozen=True)
class Row:
    label: str
    cells: tuple[Cell, ...]
    style: str
    note: str


@dataclass(frozen=True)
class Shown:
    """One table on page or paper; `classes` are the columns of the paper kit, the first column without one."""

    key: str
    title: str
    head: str
    unit_line: str
    heads: tuple[tuple[Head, ...], ...]
    rows: tuple[Row, ...]
    classes: tuple[str, ...]
    note: str
    width: int

    @property
    def number(self) -> str:
        return table_number(self.key)

    @property
    def is_wide(self) -> bool:
        return self.width > UPRIGHT


@dataclass(frozen=True)
class Sheet:
    """Tables that follow each other on pages of one kind."""

    is_wide: bool
    tables: tuple[Shown, ...]


def words(figure: Figure) -> str:
    """“51.154” (triệu), “66”, “40,7”; a dash where nothing can be said."""
    if figure.value is None or figure.value == "":
        return NOTHING
    if figure.unit == VND:
        return format_scaled(int(figure.value), SCALE)
    if figure.unit == TEXT:
        return str(figure.value)
    return percent(figure.value) if figure.unit == PERCENT else quantity(figure.value)


def shown(table: Table) -> Shown:
    """The whole table, as wide as it is."""
    return Shown(
        key=table.key,
        title=table.title,
        head=table.head,
        unit_line=UNIT_LINE if table.has_money or _has_money(table.rows) else "",
        heads=_heads(table),
        rows=tuple(_row(row, table.columns) for row in table.rows),
        classes=tuple(_class_of(table, at)[0] for at in range(len(table.columns))),
        note=table.note,
        width=LABEL + sum(_width(table, at) for at in range(len(table.columns))),
    )


def brief(table: Table, is_whole: bool = False) -> Table:
    """The table; unless it is to be whole, of a very long one only the rows that add others up."""
    if is_whole or len(table.rows) <= MOST_ROWS:
        return table
    return replace(table, rows=tuple(row for row in table.rows if row.style))


def sheets(tables: Iterable[Table]) -> list[Sheet]:
    """The tables of a paper, each in pieces that fit across a page; what is split stays on wide pages."""
    fitted = [(piece, len(pieces) > 1) for pieces in map(pieces_of, tables) for piece in map(shown, pieces)]
    runs = groupby(fitted, lambda pair: pair[0].is_wide or pair[1])
    return [Sheet(is_wide, tuple(piece for piece, _is_split in run)) for is_wide, run in runs]


def pieces_of(table: Table, width: int = ACROSS) -> list[Table]:
    """The table itself where it fits, else several with the same rows and some of its columns; groups stay whole."""
    chunks, room = [[]], width - LABEL
    for _group, columns in groupby(range(len(table.columns)), lambda at: table.columns[at].group or at):
        group = list(columns)
        taken, needed = (sum(_width(table, at) for at in some) for some in (chunks[-1], group))
        if chunks[-1] and taken + needed > room:
            chunks.append([])
        chunks[-1] += group
    if len(chunks) == 1:
        return [table]
    return [_piece(table, chunk, number, len(chunks)) for number, chunk in enumerate(chunks, 1)]


def _piece(table, chunk, number, count):
    rows = tuple(
        replace(row, figures=tuple(row.figures[at] for at in chunk), note=row.note if number == 1 else "")
        for row in table.rows
    )
    title = table.title if number == 1 else f"{table.title} (tiếp)"
    note = table.note if number == count else ""
    return replace(table, title=title, columns=tuple(table.columns[at] for at in chunk), rows=rows, note=note)


def _width(table, at):
    return _class_of(table, at)[1]


def _class_of(table, at):
    """Column and width of the kit; a column of several units, one in each row, is as wide as money."""
    column = table.columns[at]
    if column.unit != TEXT:
        return WIDTHS[column.unit]
    if column.key == UNIT_COLUMN:
        return UNIT
    figures = [row.figures[at] for row in table.rows]
    longest = max((len(str(figure.value)) for figure in figures if figure.unit == TEXT and figure.value), default=0)
    if longest > LONG:
        return SENTENCES
    return WORDS if longest or not figures else MONEY


def _has_money(rows):
    return any(figure.unit == VND for row in rows for figure in row.figures)


def _heads(table):
    """One row of heads, or two where columns stand under a common one."""
    if not any(column.group for column in table.columns):
        return (tuple(Head(label) for label in (table.head, *(column.label for column in table.columns))),)
    upper, lower = [Head(table.head, rows=2)], []
    for group, found in groupby(table.columns, lambda column: column.group):
        columns = list(found)
        if not group:
            upper += [Head(column.label, rows=2) for column in columns]
            continue
        upper.append(Head(group, columns=len(columns)))
        lower += [Head(column.label) for column in columns]
    return tuple(upper), tuple(lower)


def _row(row: TableRow, columns):
    is_money = any(figure.unit == VND for figure in row.figures)
    cells = tuple(_cell(figure, column, is_money) for figure, column in zip(row.figures, columns, strict=True))
    return Row(row.label, cells, row.style, row.note)


def _cell(figure, column, is_money):
    text = words(figure)
    if column.key == UNIT_COLUMN and is_money and text == "đồng":
        text = "triệu đồng"
    return Cell(text, _address(figure.rows), figure.unit != TEXT or figure.value is None)


def _address(rows):
    """As `urlencode` writes it; a page has thousands of few words."""
    return "&".join(f"{_quoted(name)}={_quoted(str(value))}" for name, value in rows.items())


@lru_cache(maxsize=4096)
def _quoted(word):
    return quote_plus(word)
