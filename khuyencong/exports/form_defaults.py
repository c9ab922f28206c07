"""The workbook that comes with the portal for a form, in the look of its lists: every named cell, sums in formulas."""

from io import BytesIO

import openpyxl
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.properties import PageSetupProperties

from khuyencong.exports.form_filling import GROUP, NUMBER
from khuyencong.xlsx.columns import KINDS

_EDGE = Side(style="thin")
_FRAME = Border(left=_EDGE, right=_EDGE, top=_EDGE, bottom=_EDGE)
_WIDTHS = {"text": 16, "vnd": 15, "integer": 9, "year": 8, "decimal": 12, "percent": 9, "date": 12, "datetime": 16}


def default_book(kind) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Biểu"
    last = len(kind.columns) + 1
    line = _default_head(book, sheet, kind, last)
    group, sample, total = line, line + 1, line + 2
    for place, column in enumerate(kind.columns, 2):
        letter = get_column_letter(place)
        _framed(sheet.cell(line - 1, place, column.header), bold=True, centre=True)
        cell = _framed(sheet.cell(sample, place))
        cell.number_format = KINDS[column.kind].number_format
        _framed(sheet.cell(group, place), bold=True)
        _framed(sheet.cell(total, place), bold=True)
        if column.total:
            for row, span in (
                (group, f"{letter}{sample}:{letter}{sample}"),
                (total, f"{letter}{group}:{letter}{sample}"),
            ):
                sheet.cell(row, place).value = f"=SUBTOTAL(9,{span})"
                sheet.cell(row, place).number_format = KINDS[column.kind].number_format
        sheet.column_dimensions[letter].width = column.width or _WIDTHS[column.kind]
        _name(book, sheet, kind.row_name(column), sample, place)
    sheet.row_dimensions[line - 1].height = 52  # heads of up to three lines
    for row, text in ((line - 1, "STT"), (group, None), (sample, None), (total, None)):
        _framed(sheet.cell(row, 1, text), bold=row != sample, centre=True)
    _name(book, sheet, NUMBER, sample, 1)
    _name(book, sheet, GROUP, group, 2)
    sheet.cell(total, 2).value = "Tổng cộng"
    # The words of group and total rows have the columns up to the first sum.
    last_label = next((place for place, column in enumerate(kind.columns, 1) if column.total), len(kind.columns) + 1)
    if last_label > 2:
        for row in (group, total):
            sheet.merge_cells(start_row=row, end_row=row, start_column=2, end_column=last_label)
    sheet.column_dimensions["A"].width = 6
    _default_foot(book, sheet, kind, total + 2, last)
    sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToHeight = "landscape", 9, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{line - 1}:{line - 1}"
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _default_head(book, sheet, kind, last):
    """Form number, body, title, what is said once; returns the row after the head of the table."""
    _text(sheet, 1, 1, "kc_co_quan", book, bold=True)
    sheet.cell(1, last, kind.form).font = Font(name="Times New Roman", size=12, italic=True)
    sheet.cell(1, last).alignment = Alignment(horizontal="right")
    sheet.cell(3, 1, kind.title.upper()).font = Font(name="Times New Roman", size=14, bold=True)
    line = 4
    for cell in kind.cells:
        if cell.name.startswith("kc_ky") or cell.name in ("kc_co_quan", "kc_noi_ngay"):
            continue
        sheet.cell(line, 1, f"{cell.label}:").font = Font(name="Times New Roman", size=12)
        _text(sheet, line, 3, cell.name, book)
        line += 1
    sheet.cell(line, last, "Đơn vị tính: đồng").font = Font(name="Times New Roman", size=12, italic=True)
    sheet.cell(line, last).alignment = Alignment(horizontal="right")
    return line + 2


def _default_foot(book, sheet, kind, line, last):
    names = {cell.name for cell in kind.cells}
    place = max(last - 2, 2)
    if "kc_noi_ngay" in names:
        _text(sheet, line, place, "kc_noi_ngay", book)
        sheet.cell(line, place).font = Font(name="Times New Roman", size=12, italic=True)
    signed = [cell for cell in kind.cells if cell.name.startswith("kc_ky")]
    for number, cell in enumerate(signed):
        _text(sheet, line + 1 + 4 * (number % 2), place, cell.name, book, bold=True)


def _text(sheet, line, column, name, book, *, bold=False):
    sheet.cell(line, column).font = Font(name="Times New Roman", size=12, bold=bold)
    _name(book, sheet, name, line, column)


def _framed(cell, *, bold=False, centre=False):
    cell.font = Font(name="Times New Roman", size=12, bold=bold)
    cell.border = _FRAME
    cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center" if centre else None)
    if bold:
        cell.fill = PatternFill("solid", fgColor="E4EAF1" if centre else "F3F6F9")
    return cell


def _name(book, sheet, name, line, column):
    book.defined_names[name] = DefinedName(name, attr_text=f"'{sheet.title}'!${get_column_letter(column)}${line}")
