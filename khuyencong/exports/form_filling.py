"""Fill a workbook with named cells: what is said once, and a sample row repeated for every line.

Everything else is the workbook's own and stays. A range that ends in the sample row grows with the lines; in the row of
a group, the sample row stands for the rows of that group.
"""

import re
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from math import ceil

import openpyxl
from openpyxl.formula import Tokenizer
from openpyxl.utils import get_column_letter

from khuyencong.xlsx import Group
from khuyencong.xlsx.cells import clean
from khuyencong.xlsx.columns import KINDS
from khuyencong.xlsx.fields import LETTERS_PER_DIGIT
from khuyencong.xlsx.layout import LINE_POINTS, MAX_POINTS, PADDING_POINTS

GROUP, NUMBER = "dong_nhom", "dong_stt"
_REFERENCE = re.compile(r"(\$?[A-Z]{1,3}\$?)([0-9]+)")
_PLAIN_CELL = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]+)")


def is_formula(value):
    return isinstance(value, str) and value.startswith("=")


def named_cells(book):
    """({name: (sheet title, column, row)} of names of one cell, names of anything else)."""
    found, broken = {}, set()
    scopes = [book.defined_names, *(sheet.defined_names for sheet in book.worksheets)]
    for names in scopes:
        for name, defined in names.items():
            places = []
            try:
                places = list(defined.destinations)
            except Exception:
                broken.add(name)
            cell = len(places) == 1 and _PLAIN_CELL.fullmatch(places[0][1])
            if not cell or places[0][0] not in book.sheetnames or name in found:
                broken.add(name)
                continue
            found[name] = (places[0][0], openpyxl.utils.column_index_from_string(cell[1]), int(cell[2]))
    return found, broken


def fill(content, kind, values, rows: Iterable, *, blank=False) -> bytes:
    """The workbook with the values and rows (or Groups of rows) of `FormKind.filled` in it.

    `blank` leaves the cells of the lines empty: rows may then be anything. Raises ValueError for a value that its
    column cannot show truthfully.
    """
    book = openpyxl.load_workbook(BytesIO(content))
    found, _broken = named_cells(book)
    sheet_name, _column, sample = next(found[kind.row_name(column)] for column in kind.columns)
    block = _Block(book[sheet_name], sample, found.get(GROUP), found.get(NUMBER))
    lines = block.plan(rows)
    block.open(len(lines))
    block.shift_formulas(book)
    for name, (sheet, column, line) in found.items():
        if name in values:
            line = line + block.extra if sheet == sheet_name and line > sample else line
            _put(book[sheet].cell(line, column), values[name])
    fields = [] if blank else [(found[kind.row_name(column)][1], column) for column in kind.columns]
    block.write(lines, fields)
    block.shift_names(book)
    book.calculation.fullCalcOnLoad = True
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _put(cell, value):
    if isinstance(value, str):
        value = clean(value)
    cell.value = value
    if cell.data_type == "f":
        # Text that begins like a formula stays text, also after somebody has edited the cell.
        cell.data_type, cell.quotePrefix = "s", True


def _content(column, row):
    """A value as openpyxl takes it; checked by the column's kind."""
    value = column.value(row)
    if value is None or value == "":
        return None
    checked = KINDS[column.kind].content(value)
    return value if column.kind in ("date", "datetime") else checked


@dataclass
class _Line:
    """A line of the block: the title of a group with its first and last row, or a row with its number."""

    row: object = None
    number: int = 0
    title: str | None = None
    first: int = 0
    last: int = 0


class _Block:
    """The sample row, the group row above it if there is one, and what becomes of both."""

    def __init__(self, sheet, sample, group, number):
        self.sheet, self.sample = sheet, sample
        self.group_column = group[1] if group else None
        self.number_column = number[1] if number else None
        self.top = sample - 1 if group else sample
        self.extra = 0
        self.patterns = {line: self._pattern(line) for line in range(self.top, sample + 1)}

    def _pattern(self, line):
        """[(column, value, style)] of a row, and its merged runs of columns."""
        cells = [(cell.column, cell.value, copy(cell._style)) for cell in self.sheet[line]]
        merged = [run for run in self.sheet.merged_cells.ranges if run.min_row == run.max_row == line]
        return cells, [(run.min_col, run.max_col) for run in merged]

    def plan(self, rows):
        lines, number = [], 0
        for entry in rows:
            if isinstance(entry, Group):
                members = list(entry.rows)
                at = self.top + len(lines)
                if self.group_column:
                    lines.append(_Line(title=entry.title, first=at + 1, last=at + len(members)))
                    number = 0
                for member in members:
                    number += 1
                    lines.append(_Line(row=member, number=number))
            else:
                number += 1
                lines.append(_Line(row=entry, number=number))
        if self.group_column and not any(line.title is not None for line in lines):
            lines.insert(0, _Line(title="", first=self.top + 1, last=self.top + max(len(lines), 1)))
        return lines if any(line.title is None for line in lines) else [*lines, _Line()]

    def open(self, count):
        """Make room for so many lines: what stands below moves down."""
        sheet, below = self.sheet, self.sample + 1
        self.extra = count - (self.sample - self.top + 1)
        for run in [run for run in sheet.merged_cells.ranges if self.top <= run.min_row <= self.sample]:
            sheet.unmerge_cells(str(run))
        moved = [run for run in sheet.merged_cells.ranges if run.min_row >= below]
        kept = [(run.min_row, run.max_row, run.min_col, run.max_col) for run in moved]
        for run in moved:
            sheet.unmerge_cells(str(run))
        heights = {line: sheet.row_dimensions[line].height for line in range(below, sheet.max_row + 1)}
        if self.extra and sheet.max_row >= below:
            sheet.move_range(f"A{below}:{get_column_letter(sheet.max_column)}{sheet.max_row}", rows=self.extra)
        for line, height in heights.items():
            sheet.row_dimensions[line + self.extra].height = height
        for line in range(self.top, self.top + count):
            sheet.row_dimensions[line].height = None
        for first, last, left, right in kept:
            sheet.merge_cells(
                start_row=first + self.extra, end_row=last + self.extra, start_column=left, end_column=right
            )

    def shift_formulas(self, book):
        """Formulas outside the block follow: what is below is further down, what spans the sample row spans all."""
        last = self.sample + self.extra
        for sheet in book.worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    inside = sheet is self.sheet and self.top <= cell.row <= last
                    if is_formula(cell.value) and cell.data_type == "f" and not inside:
                        cell.value = _mapped(cell.value, self.sheet.title, sheet is self.sheet, self._moved)

    def _moved(self, first, last):
        if last is None:
            return (first + self.extra if first > self.sample else first), None
        spans = first <= self.sample <= last
        first = first + self.extra if first > self.sample else first
        return first, last + self.extra if spans or last > self.sample else last

    def write(self, lines, fields):
        for at, line in enumerate(lines, self.top):
            if line.title is not None:
                self._write_pattern(
                    at, self.top, lambda first, last, line=line, at=at: self._of_group(first, last, line, at)
                )
                _put(self.sheet.cell(at, self.group_column), line.title)
                continue
            self._write_pattern(at, self.sample, partial(self._of_row, at=at))
            if self.number_column and line.number:
                self.sheet.cell(at, self.number_column).value = line.number
            for column, source in fields if line.row is not None else ():
                _put(self.sheet.cell(at, column), _content(source, line.row))
            self._fit(at)

    def _fit(self, at):
        """So high that the longest text shows: no program fits rows by itself when it opens a file."""
        lines = 1
        for cell in self.sheet[at]:
            if isinstance(cell.value, str) and cell.alignment.wrap_text:
                width = self.sheet.column_dimensions[get_column_letter(cell.column)].width
                letters = max(1, width * LETTERS_PER_DIGIT - 2)
                lines = max(lines, sum(ceil(len(part) / letters) or 1 for part in cell.value.split("\n")))
        if lines > 1:
            self.sheet.row_dimensions[at].height = min(lines * LINE_POINTS + PADDING_POINTS, MAX_POINTS)

    def _write_pattern(self, at, pattern, moved):
        cells, merged = self.patterns[pattern]
        for column, value, style in cells:
            cell = self.sheet.cell(at, column)
            cell._style = copy(style)
            is_own = is_formula(value)
            cell.value = _mapped(value, self.sheet.title, True, moved) if is_own else value
        for left, right in merged:
            self.sheet.merge_cells(start_row=at, end_row=at, start_column=left, end_column=right)

    def _of_row(self, first, last, at):
        """A reference in the sample row, for the line that it became: the row itself, else as outside."""
        if last is None:
            return (at, None) if first == self.sample else self._moved(first, None)
        return (at, at) if first == last == self.sample else self._moved(first, last)

    def _of_group(self, first, last, line, at):
        """A reference in the group row: the sample row stands for the rows of the group."""
        if last is None:
            return (at, None) if first == self.top else self._moved(first, None)
        if first == last == self.sample:
            return line.first, max(line.last, line.first)
        return self._moved(first, last)

    def shift_names(self, book):
        if not self.extra:
            return
        for names in (book.defined_names, *(sheet.defined_names for sheet in book.worksheets)):
            for defined in names.values():
                if defined.attr_text and not defined.attr_text.startswith("#"):
                    moved = _mapped(f"={defined.attr_text}", self.sheet.title, False, self._moved)
                    defined.attr_text = moved.removeprefix("=")


def _mapped(formula, title, is_same_sheet, moved):
    """A formula with the rows of its references to the sheet put through `moved(first, last or None)`."""
    tokens = Tokenizer(formula)
    for token in tokens.items:
        if token.type != "OPERAND" or token.subtype != "RANGE":
            continue
        sheet, mark, reference = token.value.rpartition("!")
        if mark and sheet.strip("'").replace("''", "'") != title or not (mark or is_same_sheet):
            continue
        token.value = f"{sheet}{mark}{_moved_reference(reference, moved)}"
    return tokens.render()


def _moved_reference(reference, moved):
    ends = [_REFERENCE.fullmatch(end) for end in reference.split(":")]
    if not all(ends) or len(ends) > 2:
        return reference  # whole columns, names
    rows = [int(end[2]) for end in ends]
    first, last = moved(rows[0], rows[1] if len(rows) == 2 else None)
    places = [(ends[0][1], first)] + ([(ends[1][1], last)] if len(ends) == 2 else [])
    return ":".join(f"{column}{row}" for column, row in places)
