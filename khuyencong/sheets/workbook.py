"""A spreadsheet file as plain rows: what every format comes down to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.core.exceptions import ValidationError
from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from khuyencong.file_kinds import ending_of
from khuyencong.text import nfc, quoted

Cell = str | int | float | Decimal | date | datetime | bool | None


class Merged(NamedTuple):
    """Cells that stand as one: rows by their number (from 1), columns by their index (from 0), ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Sheet:
    """One sheet. `rows[0]` is its row 1 and `row[0]` its column A, whatever stands empty before the table.

    Rows are as long as their last filled cell; blank rows behind the last filled one are left out. Of a merged
    range only the first cell has the value. `hidden_rows` are row numbers, `hidden_columns` column indices.
    `since_1904`: bare day numbers count from 1904, not 1900 (files of old Macintosh).
    `uncalculated`: cells with a formula that no program has reckoned yet; they read as empty.
    """

    name: str
    is_hidden: bool
    rows: Sequence[tuple[Cell, ...]]
    hidden_rows: frozenset[int] = frozenset()
    merged: tuple[Merged, ...] = ()
    hidden_columns: frozenset[int] = frozenset()
    since_1904: bool = False
    uncalculated: int = 0


@dataclass(frozen=True)
class Workbook:
    """An opened file. `kind`: "xlsx", "xls", "ods" or "csv"; `encoding`: of its text, as one tells a person."""

    kind: str
    encoding: str
    sheets: tuple[Sheet, ...]


def open_workbook(stream, name: str) -> Workbook:
    """The sheets of an open binary file; `name` is what the person called it.

    Raises ValidationError, in Vietnamese, saying what to do: not a spreadsheet, damaged, locked by a password,
    carrying macros, too large.
    """
    stream.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(stream)
    except CalamineError:
        raise ValidationError(
            f"Tệp {quoted(name)} hỏng hoặc không phải bảng tính. Mở bằng Excel, lưu lại thành .xlsx rồi tải lại.",
            code="damaged",
        ) from None
    sheets = tuple(_sheet(book, about) for about in book.sheets_metadata)
    return Workbook(ending_of(name), "UTF-8", sheets)


def _sheet(book, about):
    sheet = book.get_sheet_by_name(about.name)
    return Sheet(
        name=nfc(about.name),
        is_hidden=about.visible != SheetVisibleEnum.Visible,
        rows=[tuple(map(_plain, row)) for row in sheet.to_python(False)],
        merged=tuple(
            Merged(top + 1, left, bottom + 1, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
        ),
    )


def _plain(value):
    if isinstance(value, str):
        return nfc(value) or None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
