"""Official forms as workbooks with named cells: what a form names, and the check of a workbook for it.

A workbook names single cells: `kc_…` for what is said once, `dong_…` for the cells of one sample row, which is repeated
for every line, and, if it likes, `dong_nhom` on the row just above for the title of a group. Everything else is the
workbook's own and stays: texts, styles, formulas. A range that ends in the sample row grows with the lines.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from zipfile import ZipFile

import openpyxl
from django.core.exceptions import ValidationError

from khuyencong.exports.form_filling import GROUP, NUMBER, fill, is_formula, named_cells
from khuyencong.sheets import open_workbook
from khuyencong.xlsx import Column

OPTIONAL = (GROUP, NUMBER)
MOST_SHOWN = 12
# Parts of a workbook that would run, ask for something from outside, or get lost on the way.
REFUSED_PARTS = {
    "externalLinks": "liên kết tới tệp khác",
    "embeddings": "tệp nhúng",
    "activeX": "điều khiển ActiveX",
    "ctrlProps": "nút bấm, điều khiển",
    "connections.xml": "kết nối dữ liệu",
}


@dataclass(frozen=True)
class FormCell:
    """What is said once; `name` is that of the cell, `label` what people call it."""

    name: str
    label: str
    sample: str = ""


@dataclass(frozen=True)
class FormKind:
    """One official form. `columns` are those of the rows; the cells of the sample row are named after their keys.

    `records(user)` are the rows of the database that it can be made for, `owner(record)` the body whose workbook
    counts, `filled(record)` gives ({cell name: value}, rows or Groups of rows) and `filename(record)` an ASCII slug.
    """

    key: str
    title: str
    form: str
    noun: str
    cells: tuple[FormCell, ...]
    columns: tuple[Column, ...]
    records: Callable
    owner: Callable
    filled: Callable
    filename: Callable

    def row_name(self, column):
        return f"dong_{column.key.replace('-', '_')}"

    @property
    def needed(self):
        """{cell name: label} of everything that a workbook has to name."""
        rows = {self.row_name(column): _label(column) for column in self.columns}
        return {cell.name: cell.label for cell in self.cells} | rows


def _label(column):
    return f"{column.group}: {column.header}" if column.group else column.header


@dataclass
class Check:
    """What is wrong with a workbook (then it is not taken), and what is worth knowing."""

    problems: list = field(default_factory=list)
    notes: list = field(default_factory=list)

    @property
    def is_good(self):
        return not self.problems


def check_book(content, name, kind) -> Check:
    """Look a workbook through, and fill it on trial. Raises ValidationError for what is no workbook at all."""
    if not name.lower().endswith(".xlsx"):
        raise ValidationError("Tệp mẫu phải là .xlsx. Mở bằng Excel hoặc LibreOffice, lưu lại thành .xlsx.")
    try:
        open_workbook(BytesIO(content), name)
    except ValidationError as refusal:
        if refusal.code != "empty":  # a form may well hold nothing yet
            raise
    check = Check()
    with ZipFile(BytesIO(content)) as parts:
        names = parts.namelist()
    for part, words in REFUSED_PARTS.items():
        if any(part in entry for entry in names):
            check.problems.append(f"Tệp có {words}: bỏ đi rồi lưu lại.")
    if any("drawings/" in entry for entry in names):
        check.notes.append("Tệp có hình vẽ, khung chữ hoặc biểu đồ: những thứ này có thể không giữ được khi điền.")
    book = openpyxl.load_workbook(BytesIO(content))
    _check_names(book, kind, check)
    if check.is_good:
        _check_trial(content, kind, check)
    return check


def _check_names(book, kind, check):
    found, broken = named_cells(book)
    lacking = [f"{name} ({label})" for name, label in kind.needed.items() if name not in found]
    if lacking:
        more = f" và {len(lacking) - MOST_SHOWN} ô khác" if len(lacking) > MOST_SHOWN else ""
        check.problems.append(f"Thiếu ô mang tên: {', '.join(lacking[:MOST_SHOWN])}{more}.")
    for name in sorted(broken & (kind.needed.keys() | set(OPTIONAL))):
        check.problems.append(f"Tên {name} phải chỉ đúng một ô của tệp.")
    rows = {name: found[name] for name in found if name.startswith("dong_") and name != GROUP and name in _known(kind)}
    if len({(sheet, line) for sheet, _column, line in rows.values()}) > 1:
        places = ", ".join(f"{name} ở dòng {line}" for name, (_sheet, _column, line) in list(rows.items())[:MOST_SHOWN])
        check.problems.append(f"Các ô dong_… phải nằm trên cùng một dòng của một trang: {places}.")
    elif rows and GROUP in found:
        sheet, _column, line = next(iter(rows.values()))
        if found[GROUP][0] != sheet or found[GROUP][2] != line - 1:
            check.problems.append(f"Ô {GROUP} phải ở dòng ngay trên dòng mẫu (dòng {line - 1}).")
    for name, (sheet, column, line) in found.items():
        if name in _known(kind) and is_formula(book[sheet].cell(line, column).value):
            check.problems.append(f"Ô {name} đang là công thức; ô mang tên là chỗ cổng ghi vào, để trống.")
    foreign = [name for name in found if name.startswith(("kc_", "dong_")) and name not in _known(kind)]
    if foreign:
        check.notes.append(f"Tên cổng không biết, để nguyên: {', '.join(foreign[:MOST_SHOWN])}.")


def _known(kind):
    return kind.needed.keys() | set(OPTIONAL)


def _check_trial(content, kind, check):
    """Filled with three lines, no formula may be lost or point at nothing."""
    before = _formulas(openpyxl.load_workbook(BytesIO(content)))
    values = {cell.name: cell.sample or cell.label for cell in kind.cells}
    filled = openpyxl.load_workbook(BytesIO(fill(content, kind, values, [None] * 3, blank=True)))
    after = _formulas(filled)
    broken = [text for text in after if "#REF!" in text.upper()]
    if broken:
        check.problems.append(f"Công thức trỏ vào ô không còn: {'; '.join(broken[:3])}.")
    if len(after) < len(before):
        check.problems.append(
            f"{len(before) - len(after)} công thức bị mất khi điền thử; xem lại các dòng quanh dòng mẫu."
        )
    check.notes.append(f"Điền thử 3 dòng: được. Công thức giữ lại: {len(before)}.")


def _formulas(book):
    return [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if is_formula(cell.value)]
