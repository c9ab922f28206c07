"""What a sheet holds, once recognised: its head, its columns, its lines."""

from dataclasses import dataclass, field, replace
from typing import Literal

from khuyencong.sheets.grid import Grid
from khuyencong.sheets.workbook import Cell

Kind = Literal["text", "code", "phone", "tax_code", "money", "date", "year", "count", "decimal", "choice"]
Certainty = Literal["sure", "likely", "unknown"]
LineKind = Literal["data", "group", "subtotal", "total", "note", "blank", "numbering", "hidden", "head"]


@dataclass(frozen=True)
class Field:
    """A column that an import can take.

    `names`: other headings that people write for it. `spans`: a date that may be written as a month, a quarter
    or a year: "begin" takes its first day, "end" its last, "" refuses it.
    """

    key: str
    label: str
    kind: Kind = "text"
    names: tuple[str, ...] = ()
    spans: Literal["", "begin", "end"] = ""


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
    """A row of the sheet. `level`: how many groups the line stands under. `reason`: why it is not data, a
    Vietnamese sentence; "" for data. `under`: the words of the groups above it, outermost first.
    """

    number: int
    kind: LineKind
    level: int
    grid: Grid = field(repr=False)
    reason: str = ""
    under: tuple[str, ...] = ()

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells over the whole width of the table, merged ones filled in; fetched anew each time."""
        return self.grid.filled(self.number - 1)


@dataclass(frozen=True)
class Reading:
    """A recognised table. `head_rows`: numbers of the rows of the head; () where none was found.

    `money_unit`: đồng per 1 written in money columns without a unit of their own; `unit_certainty` says how far
    it is known, `unit_source` from which words. `remarks`: what a person should know, Vietnamese sentences.
    `kinds`: {field key: kind} of the fields asked for.
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
    kinds: dict[str, Kind] = field(default_factory=dict)

    @property
    def data(self) -> list[Line]:
        return [line for line in self.lines if line.kind == "data"]

    def column_of(self, key: str) -> SheetColumn | None:
        return next((column for column in self.columns if column.field_key == key), None)

    def assigned(self, keys: dict[int, str | None]) -> "Reading":
        """The reading with the person's own choice: {column index: field key, or None to leave it out}."""
        columns = (
            replace(column, field_key=keys[column.index], certainty="sure") if column.index in keys else column
            for column in self.columns
        )
        return replace(self, columns=tuple(columns))
