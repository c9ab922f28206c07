"""Write a list to be edited off-line, and read it again: what is in it comes home signed, whatever the program did.

The sheet shows a line of heads and a row for each record; the first two columns, hidden and locked, hold its key and
its version. A second sheet, very hidden, holds every value as it went out under the portal's signature: what a person
changed is told by that, never by what the sheet says of itself.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO

import openpyxl
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils import timezone
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name

from khuyencong.exports.edit_columns import NO, YES, Lists
from khuyencong.sheets import open_workbook
from khuyencong.sheets.cells import shown
from khuyencong.text import nfc, quoted

KEY, VERSION = "Mã dòng (không sửa)", "Phiên bản (không sửa)"
LEDGER = "khuyencong"
SALT = "khuyencong.exports.edit_sheet"
CHUNK = 30_000
TITLE_ROW, HINT_ROW, HEAD_ROW = 0, 1, 2
FONT = {"font_name": "Times New Roman", "font_size": 12, "valign": "top"}
HINT = (
    "Sửa các ô nền trắng rồi lưu, đưa tệp lên lại ở trang “Sửa ngoài máy”. Cột, dòng thêm vào và công thức không được "
    "đọc; dòng bỏ đi không bị xóa trên cổng."
)
ROOM_TO_PASTE = 200  # rows below the last one that validation covers, too
LONGEST_LIST = 250  # letters that Excel takes for a list written out


class NotOursError(ValidationError):
    """The file is not one that the portal gave out for editing, or its ledger was touched."""


def write(edit_list, rows, stream, *, by, printed_at=None):
    """Write the rows to a binary stream; returns how many. `rows` are few enough to be held."""
    columns = edit_list.columns()
    lists = Lists(columns)
    labels = {column.field: lists.labels(column) for column in columns}
    workbook = Workbook(stream, {"default_format_properties": dict(FONT, font_scheme="none")})
    sheet = workbook.add_worksheet(edit_list.title[:31])
    formats = {
        column.field: workbook.add_format(
            dict(FONT, locked=column.is_locked, border=1, num_format=column.number_format,
                 bg_color="#EEF1F5" if column.is_locked else "#FFFFFF")
        ) for column in columns
    }  # fmt: skip
    _heads(workbook, sheet, edit_list, columns, by, timezone.localtime(printed_at))
    ledger, count = [], 0
    for count, row in enumerate(rows, 1):
        line = HEAD_ROW + count
        posted = edit_list.posted(row, columns)
        sheet.write_number(line, 0, row.pk)
        sheet.write_number(line, 1, row.version)
        for place, column in enumerate(columns, 2):
            value = column.cell(posted[column.field], labels[column.field])
            _write_cell(sheet, line, place, value, formats[column.field])
        ledger.append([row.pk, row.version, str(row)[:120], [posted[column.field] for column in columns]])
    _validations(workbook, sheet, columns, lists, HEAD_ROW + count + ROOM_TO_PASTE)
    _protect(sheet, HEAD_ROW + max(count, 1), len(columns) + 1)
    about = {
        "kind": edit_list.kind, "user": by.pk, "by": str(by), "at": timezone.now().isoformat(),
        "fields": [column.field for column in columns], "rows": ledger,
    }  # fmt: skip
    _write_ledger(workbook, about)
    workbook.close()
    return count


def _heads(workbook, sheet, edit_list, columns, by, moment):
    bold = workbook.add_format(dict(FONT, bold=True, font_size=14))
    soft = workbook.add_format(dict(FONT, italic=True))
    head = workbook.add_format(dict(FONT, bold=True, border=1, bg_color="#DCE3EC", text_wrap=True, align="center"))
    sheet.write_string(TITLE_ROW, 2, f"{edit_list.title} – để sửa ngoài máy", bold)
    sheet.write_string(HINT_ROW, 2, f"{HINT} Xuất lúc {moment:%H:%M %d/%m/%Y} – {by}.", soft)
    for place, label in enumerate([KEY, VERSION, *(column.label for column in columns)]):
        sheet.write_string(HEAD_ROW, place, label, head)
    sheet.set_column(0, 1, 10, None, {"hidden": True})
    for place, column in enumerate(columns, 2):
        sheet.set_column(place, place, column.width)


def _write_cell(sheet, line, place, value, cell_format):
    if value is None:
        sheet.write_blank(line, place, None, cell_format)
    elif isinstance(value, str):
        sheet.write_string(line, place, value, cell_format)
    elif isinstance(value, int):
        sheet.write_number(line, place, value, cell_format)
    else:
        sheet.write_datetime(line, place, datetime.combine(value, datetime.min.time()), cell_format)


def _validations(workbook, sheet, columns, lists, last_line):
    """Drop-downs of choices, from a hidden sheet where they are too long to be written out."""
    source = None
    for place, column in enumerate(columns, 2):
        labels = [YES, NO] if column.kind == "flag" else list(lists.labels(column).values())
        if not labels or column.is_locked:
            continue
        if len(",".join(labels)) > LONGEST_LIST or any("," in label for label in labels):
            source = source or workbook.add_worksheet("Danh mục")
            source.hide()
            for number, label in enumerate(labels):
                source.write_string(number, place, label)
            letter = xl_col_to_name(place)
            labels = f"='Danh mục'!${letter}$1:${letter}${len(labels)}"
        # A warning, not a stop: the portal reads what was typed and says what it makes of it.
        sheet.data_validation(
            HEAD_ROW + 1, place, last_line, place,
            {"validate": "list", "source": labels, "error_type": "warning", "error_title": column.label[:32],
             "error_message": "Giá trị này không có trong danh mục; cổng có thể không nhận."},
        )  # fmt: skip


def _protect(sheet, last_line, last_column):
    sheet.freeze_panes(HEAD_ROW + 1, 3)
    sheet.autofilter(HEAD_ROW, 0, last_line, last_column)
    sheet.protect("", {
        "format_cells": True, "format_columns": True, "format_rows": True, "insert_columns": True, "insert_rows": True,
        "sort": True, "autofilter": True, "select_locked_cells": True, "select_unlocked_cells": True,
    })  # fmt: skip


def _write_ledger(workbook, about):
    signed = signing.dumps(about, salt=SALT, compress=True)
    sheet = workbook.add_worksheet(LEDGER)
    sheet.very_hidden()
    sheet.protect("")
    for number, start in enumerate(range(0, len(signed), CHUNK)):
        sheet.write_string(number, 0, f"k:{signed[start : start + CHUNK]}")


@dataclass(frozen=True)
class Cell:
    """One changed cell, values as a browser would post them."""

    field: str
    cell: str
    base: str
    mine: str


@dataclass
class Returned:
    """What a sheet that came home says: rows that differ, cells that cannot be read, and what is only told."""

    about: dict
    sha256: str
    row_count: int = 0
    rows: list = field(default_factory=list)  # {"pk", "line", "name", "version", "cells": [Cell as dict]}
    refused: list = field(default_factory=list)  # [cell, sentence]
    remarks: list = field(default_factory=list)


def read(stream, name, lists_by_kind):
    """Read a sheet that came home; `lists_by_kind` are the EditLists there are. Raises ValidationError."""
    stream.seek(0)
    content = stream.read()
    book = open_workbook(BytesIO(content), name)
    if book.kind not in ("xlsx", "ods", "xls"):
        raise NotOursError("Đưa lên tệp .xlsx tải từ trang “Sửa ngoài máy”; tệp CSV không còn mã dòng và phiên bản.")
    about = _ledger(content)
    edit_list = lists_by_kind.get(about["kind"])
    if edit_list is None:
        raise NotOursError("Tệp này thuộc một danh sách mà cổng không còn nhận về.")
    found = _table(book)
    if found is None:
        raise NotOursError(
            f"Không thấy dòng tiêu đề có cột “{KEY}” (cột ẩn đầu tiên). Tải lại tệp từ cổng rồi sửa trên tệp đó."
        )
    sheet, head_row = found
    returned = Returned(about, hashlib.sha256(content).hexdigest())
    formulas = _formulas(content, sheet.name) if book.kind == "xlsx" else set()
    _Reader(edit_list, returned, formulas).read(sheet.rows, head_row)
    return returned


def _ledger(content):
    try:
        sheet = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_name(LEDGER)
        lines = [str(row[0]) for row in sheet.to_python(False) if row]
        return signing.loads("".join(line.removeprefix("k:") for line in lines), salt=SALT)
    except signing.BadSignature:
        raise NotOursError(
            "Dấu của cổng trong tệp không còn đúng: trang ẩn của tệp đã bị sửa. Tải lại tệp từ cổng rồi sửa trên đó."
        ) from None
    except Exception:
        raise NotOursError(
            "Tệp này không phải tệp “để sửa ngoài máy” của cổng, hoặc trang ẩn của nó đã mất. Tải tệp từ trang này, "
            "sửa rồi đưa lên chính tệp đó."
        ) from None


def _table(book):
    """(sheet, index of its head row) of the first sheet that has the hidden columns."""
    for sheet in book.sheets:
        for number, row in enumerate(sheet.rows[:30]):
            if KEY in row:
                return sheet, number
    return None


def _formulas(content, sheet_name):
    """References of the cells that hold a formula."""
    book = openpyxl.load_workbook(BytesIO(content), read_only=True)
    try:
        name = next(name for name in book.sheetnames if nfc(name) == sheet_name)
        return {
            cell.coordinate for row in book[name].iter_rows() for cell in row
            if isinstance(cell.value, str) and cell.data_type == "f"
        }  # fmt: skip
    finally:
        book.close()


class _Reader:
    def __init__(self, edit_list, returned, formulas):
        self.columns = {column.field: column for column in edit_list.columns()}
        self.lists = Lists(self.columns.values())
        self.options = {column.field: self.lists.options(column) for column in self.columns.values()}
        self.returned, self.formulas = returned, formulas
        self.went_out = {row[0]: row for row in returned.about["rows"]}
        self.came_home = {}

    def read(self, rows, head_row):
        places = self._places(rows[head_row])
        for number, row in enumerate(rows[head_row + 1 :], head_row + 2):
            self._row(number, row, places)
        gone = [row for key, row in self.went_out.items() if key not in self.came_home]
        if gone:
            names = "; ".join(name for _key, _version, name, _values in gone[:5])
            more = f" và {len(gone) - 5} dòng khác" if len(gone) > 5 else ""
            self.returned.remarks.append(
                f"{len(gone)} dòng không còn trong tệp ({names}{more}): trên cổng vẫn giữ nguyên, không xóa."
            )
        self.returned.row_count = len(self.came_home)

    def _places(self, heads):
        """{field: index of its column}; what is gone and what came is told."""
        at = {nfc(str(head)): place for place, head in enumerate(heads) if head not in (None, "")}
        places = {"": at[KEY]}
        by_label = {nfc(column.label): column for column in self.columns.values()}
        sent = [self.columns[name] for name in self.returned.about["fields"] if name in self.columns]
        gone = [column.label for column in sent if nfc(column.label) not in at and not column.is_locked]
        if gone:
            self.returned.remarks.append(f"Cột không còn trong tệp, giữ nguyên trên cổng: {', '.join(gone)}.")
        extra = [head for head in at if head not in by_label and head not in (KEY, VERSION)]
        if extra:
            self.returned.remarks.append(f"Cột thêm vào, không đọc: {', '.join(extra[:8])}.")
        for column in sent:
            if nfc(column.label) in at and not column.is_locked:
                places[column.field] = at[nfc(column.label)]
        return places

    def _row(self, number, row, places):
        def at(place):
            return row[place] if place < len(row) else None

        key = at(places[""])
        filled = [name for name, place in places.items() if name and at(place) not in (None, "")]
        if key in (None, ""):
            if filled:
                self._remark(f"Dòng {number} là dòng mới: không thêm từ tệp này; thêm trên trang, hoặc nhập từ Excel.")
            return
        reference = f"{xl_col_to_name(places[''])}{number}"
        sent = self.went_out.get(key) if isinstance(key, int) else None
        if sent is None:
            self._refuse(reference, f"Mã dòng {quoted(str(key))} không có trong tệp lúc xuất; không đọc dòng này.")
            return
        if key in self.came_home:
            self._refuse(
                reference,
                f"Dòng {number} trùng mã với dòng {self.came_home[key]}, có thể do chép, dán cả dòng: không đọc dòng "
                f"{number}.",
            )
            return
        self.came_home[key] = number
        cells = self._cells(number, at, places, sent)
        if cells:
            self.returned.rows.append(
                {
                    "pk": key,
                    "line": number,
                    "name": sent[2],
                    "version": sent[1],
                    "cells": [vars(cell) for cell in cells],
                }
            )

    def _cells(self, number, at, places, sent):
        cells = []
        base_of = dict(zip(self.returned.about["fields"], sent[3], strict=True))
        for name, place in places.items():
            if not name:
                continue
            column, reference, base = self.columns[name], f"{xl_col_to_name(place)}{number}", base_of[name]
            if reference in self.formulas:
                self._remark(f"{reference} ({column.label}) là công thức: không đọc, giữ nguyên trên cổng.")
                continue
            if nfc(shown(at(place))) == nfc(base):
                continue  # as it went out, even where a reader would take it for nothing ("-")
            try:
                mine = column.read(at(place), self.options[name])
            except ValueError as problem:
                self._refuse(reference, str(problem))
                continue
            if mine != base and not (column.kind in ("text", "place") and nfc(mine) == nfc(base)):
                cells.append(Cell(name, reference, base, mine))
        return cells

    def _refuse(self, reference, sentence):
        self.returned.refused.append([reference, sentence])

    def _remark(self, sentence):
        self.returned.remarks.append(sentence)
