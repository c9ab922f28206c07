"""The sheet as it came, the refused cells marked and commented, to be mended and sent again."""

from collections import defaultdict
from copy import copy
from io import BytesIO

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

from khuyencong.imports.intake import sheet_of
from khuyencong.models import Verdict
from khuyencong.text import nfc
from khuyencong.xlsx.cells import clean

# A longer sheet is written anew, without its looks: loading it whole takes minutes.
MOST_STYLED = 5000
MARK = PatternFill("solid", fgColor="FFC7CE")
AUTHOR = "Cổng khuyến công"
WIDTH, HEIGHT = 320, 110


def error_workbook(taken):
    """A stream of the workbook, at its beginning."""
    marks = _marks(taken)
    longest = max(length for _name, length, _is_hidden in taken.sheets)
    styled = taken.name.lower().endswith(".xlsx") and longest <= MOST_STYLED
    stream = BytesIO()
    book = _marked_original(taken, marks) if styled else _rewritten(taken, marks)
    book.save(stream)
    stream.seek(0)
    return stream


def _marks(taken):
    """{row: {column letter: sentences}}; what belongs to no cell stands on the first column that is taken."""
    first = min((int(index) for index, key in taken.mapping.items() if key), default=0)
    letters = {column["index"]: column["letter"] for column in taken.layout["columns"]}
    marks = defaultdict(lambda: defaultdict(list))
    for number, errors in taken.lines.filter(verdict=Verdict.REFUSED).values_list("number", "errors"):
        for cell, sentence in errors:
            letter = coordinate_from_string(cell)[0] if cell else letters.get(first, "A")
            marks[number][letter].append(sentence)
    return marks


def _marked_original(taken, marks):
    with taken.file.open("rb") as stream:
        book = load_workbook(stream)
    sheet = next((sheet for sheet in book.worksheets if nfc(sheet.title) == taken.sheet_name), book.active)
    merged = {cell: area for area in sheet.merged_cells.ranges for cell in _cells_of(area)}
    for number, cells in marks.items():
        for letter, sentences in cells.items():
            cell = sheet[f"{letter}{number}"]
            if (cell.row, cell.column) in merged:
                area = merged[cell.row, cell.column]
                cell = sheet.cell(area.min_row, area.min_col)
            _mark(cell, sentences)
    book.active = sheet
    for other in book.worksheets:
        other.sheet_view.tabSelected = other is sheet
    return book


def _cells_of(area):
    return [(row, column) for row in range(area.min_row, area.max_row + 1)
            for column in range(area.min_col, area.max_col + 1)]  # fmt: skip


def _mark(cell, sentences):
    words = "\n".join(sentences)
    cell.fill = copy(MARK)
    cell.comment = Comment(words, AUTHOR, height=HEIGHT, width=WIDTH)


def _rewritten(taken, marks):
    """The cells of the sheet without its looks, row by row."""
    rows = sheet_of(taken, taken.sheet_name).rows
    book = Workbook(write_only=True)
    sheet = book.create_sheet(taken.sheet_name[:31] or "Dữ liệu")
    for number, values in enumerate(rows, 1):
        sheet.append(_cells(sheet, values, marks.get(number)))
    return book


def _cells(sheet, values, marks):
    if not marks:
        return [clean(value) if isinstance(value, str) else value for value in values]
    columns = {column_index_from_string(letter) - 1: sentences for letter, sentences in marks.items()}
    cells = []
    for at in range(max(len(values), *(at + 1 for at in columns))):
        value = values[at] if at < len(values) else None
        cell = WriteOnlyCell(sheet, clean(value) if isinstance(value, str) else value)
        if at in columns:
            _mark(cell, columns[at])
        cells.append(cell)
    return cells
