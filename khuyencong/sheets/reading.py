"""What a sheet holds: where its table stands, which column is what, which rows are data and which are not."""

from dataclasses import dataclass, replace
from typing import Literal

from khuyencong.sheets.workbook import Cell, Sheet
from khuyencong.text import fold

Kind = Literal["text", "code", "tax_code", "money", "date", "year", "count", "decimal", "choice"]
Certainty = Literal["sure", "likely", "unknown"]
LineKind = Literal["data", "group", "subtotal", "total", "note", "blank", "numbering", "hidden", "head"]


@dataclass(frozen=True)
class Field:
    """A column that an import can take.

    `names`: other headings that people write for it. `spans`: a date that may be written as a month, a quarter
    or a year: "begin" takes its first day, "end" its last, "" refuses it. `choices`: what cells of a choice say.
    """

    key: str
    label: str
    kind: Kind = "text"
    names: tuple[str, ...] = ()
    spans: Literal["", "begin", "end"] = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class SheetColumn:
    """A column of the table and the field proposed for it.

    `heading` joins the levels of the head: "Kinh phí › Nguồn KCĐP". `samples`: the first cells of its data as
    shown. `unit`: đồng per 1 of its money where the heading says so, else None (then `Reading.money_unit`).
    `style`: how its text writes numbers, "vi" (1.234,5), "en" (1,234.5) or "" (nothing proves either).
    """

    index: int
    letter: str
    heading: str
    field_key: str | None
    certainty: Certainty
    samples: tuple[str, ...] = ()
    unit: int | None = None
    style: Literal["", "vi", "en"] = ""
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the sheet. `cells` reach over the whole width of the table, merged ones filled in.

    `level`: of a group or a data row, how many groups it stands under. `reason`: why it is not data, a
    Vietnamese sentence; "" for data. A group's own words are in `reason`'s sentence and in its cells.
    """

    number: int
    kind: LineKind
    level: int
    cells: tuple[Cell, ...]
    reason: str = ""


@dataclass(frozen=True)
class Reading:
    """A recognised table. `head_rows`: numbers of the rows of the head; () where none was found.

    `money_unit`: đồng per 1 written in money columns without a unit of their own; `unit_certainty` says how far
    it is known, `unit_source` from which words. `remarks`: what a person should know, Vietnamese sentences.
    `tables`: the first head row of every table on the sheet, to be read by `recognise(..., head_row=…)`.
    """

    head_rows: tuple[int, ...]
    columns: tuple[SheetColumn, ...]
    money_unit: int
    lines: tuple[Line, ...]
    remarks: tuple[str, ...] = ()
    unit_certainty: Certainty = "unknown"
    unit_source: str = ""
    tables: tuple[int, ...] = ()
    since_1904: bool = False

    @property
    def data(self) -> list[Line]:
        return [line for line in self.lines if line.kind == "data"]

    def column_of(self, key: str) -> SheetColumn | None:
        return next((column for column in self.columns if column.field_key == key), None)

    def assigned(self, fields_by_index: dict[int, str | None]) -> "Reading":
        """The reading with the person's own choice of fields: {column index: field key or None}."""
        columns = (
            replace(column, field_key=fields_by_index[column.index], certainty="sure")
            if column.index in fields_by_index
            else column
            for column in self.columns
        )
        return replace(self, columns=tuple(columns))


def recognise(
    sheet: Sheet, fields: tuple[Field, ...], remembered: dict[str, str] | None = None, head_row: int | None = None
) -> Reading:
    """Find the table of a sheet, its head, and what each column and row is.

    `remembered`: {folded heading: field key} of earlier imports, which count before every guess. `head_row`:
    the first row of the head, where the person chose another table of the sheet.
    Never raises for odd content: what cannot be told is "unknown" and named in `remarks`.
    """
    at = next((at for at, row in enumerate(sheet.rows) if sum(isinstance(cell, str) for cell in row) > 1), None)
    if at is None:
        return Reading((), (), 1, (), ("Không tìm thấy dòng tiêu đề của bảng.",))
    width = max(map(len, sheet.rows))
    rows = [row + (None,) * (width - len(row)) for row in sheet.rows]
    names = {fold(name): field.key for field in fields for name in (field.label, *field.names)}
    names |= remembered or {}
    columns = []
    for index, cell in enumerate(rows[at]):
        heading = "" if cell is None else str(cell)
        key = names.get(fold(heading))
        columns.append(SheetColumn(index, letter_of(index), heading, key, "sure" if key else "unknown"))
    lines = [Line(number, "data", 0, row) for number, row in enumerate(rows[at + 1 :], start=at + 2) if any(row)]
    return Reading((at + 1,), tuple(columns), 1, tuple(lines), tables=(at + 1,))


def letter_of(index: int) -> str:
    """The letter of a column as a spreadsheet shows it: 0 -> "A", 26 -> "AA"."""
    letters = ""
    while index >= 0:
        index, rest = divmod(index, 26)
        letters = chr(ord("A") + rest) + letters
        index -= 1
    return letters
