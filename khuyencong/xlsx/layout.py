"""Where everything stands on a sheet: titles, head, rows, sums, closing lines; widths and page set-up."""

import textwrap
from itertools import chain, groupby, islice
from typing import NamedTuple

from django.db.models import QuerySet
from xlsxwriter.utility import xl_range

from khuyencong.xlsx.cells import Sum, cell_xml, clean, row_xml
from khuyencong.xlsx.columns import KINDS, Group
from khuyencong.xlsx.fields import LETTERS_PER_DIGIT, Field

MAX_ROWS = 1_048_576
MAX_POINTS = 409
ROWS_PER_QUERY = 2000
EMPTY_TEXT = "Không có dòng nào."
MIXED = "A sheet holds either rows or Groups of rows, not both."
TOTAL_TEXT = "Tổng cộng"

# Without the scheme entry Excel would put the theme's font in place of ours.
FONT = {"font_name": "Times New Roman", "font_size": 12, "font_scheme": "none"}
LINE_POINTS, PADDING_POINTS = 15, 3.75
ROW_PIXELS, COLUMN_PIXELS = 21, 72  # what Excel takes for rows and columns of its own accord with that font
HEAD_FILL, GROUP_FILL = "#E4EAF1", "#F3F6F9"
A4 = 9

# In digits of the body font: a table of these widths prints at about 8 points on one A4 page.
LANDSCAPE_WIDTH, PORTRAIT_WIDTH = 195, 128
NARROWEST_SHEET = 60
MOST_LINES = 8  # a page that is still too narrow is printed smaller
NUMBERING_WIDTH = 6


class Styles:
    """Cell formats of a workbook, as the indices by which cells name them."""

    def __init__(self, workbook):
        self.workbook = workbook
        self.organisation = self.index("left", bold=True)
        self.title = self.index("center", bold=True, font_size=14)
        self.subtitle = self.index("center", italic=True)
        self.unit = self.index("right", italic=True)
        self.head = self.index("center", bold=True, border=1, bg_color=HEAD_FILL)
        self.numbering = self.index("center", border=1)
        self.numeral = self.index("center", bold=True, border=1, bg_color=GROUP_FILL)
        self.group = self.index("left", bold=True, border=1, bg_color=GROUP_FILL)
        self.total = self.index("center", bold=True, border=1, bg_color=HEAD_FILL)
        self.empty = self.index("center", italic=True, border=1)
        self.closing = self.index("left", italic=True)
        self.signature = self.index("center", bold=True)
        self.values = {name: self.value(kind) for name, kind in KINDS.items()}
        self.group_values = {name: self.value(kind, bold=True, bg_color=GROUP_FILL) for name, kind in KINDS.items()}
        self.total_values = {name: self.value(kind, bold=True, bg_color=HEAD_FILL) for name, kind in KINDS.items()}

    def index(self, align, **properties):
        properties = {"valign": "vcenter", "align": align, "text_wrap": True} | properties
        return self.workbook.add_format(properties)._get_xf_index()

    def value(self, kind, **properties):
        # Numbers do not wrap; their column is as wide as the widest of them.
        wrap = kind.align == "left"
        return self.index(kind.align, num_format=kind.number_format, text_wrap=wrap, border=1, **properties)


class TitleLine(NamedTuple):
    text: str
    style: int
    letters_per_digit: float = LETTERS_PER_DIGIT
    points: float = LINE_POINTS


class Block(NamedTuple):
    """What the first reading learned about a group, or about all rows of a sheet without groups (no title)."""

    title: str | None
    row_count: int
    sums: list


class Layout:
    """Lays one exporter out on one sheet. Rows are numbered as in Excel, from 1; positions of columns from 0.

    The rows are read first, into `store`: only they tell how wide the columns are, how high a row has to be,
    and what a group, whose line stands above its rows, comes to.
    """

    def __init__(self, workbook, sheet, exporter, store):
        self.workbook = workbook
        self.sheet = sheet
        self.exporter = exporter
        self.store = store
        self.styles = Styles(workbook)
        self.offset = 1 if exporter.numbered else 0
        self.fields = [Field(column, position) for position, column in enumerate(exporter.columns, self.offset)]
        for field in self.fields:
            field.set_style(self.styles.values[field.column.kind])
        self.texts = [field for field in self.fields if field.is_text]
        self.totals = [field for field in self.fields if field.column.total]
        self.last_column = self.fields[-1].position
        # The words of group and total rows end where the sums begin.
        self.last_label = self.totals[0].position - 1 if self.totals else self.last_column
        self.titles = list(self.title_lines())
        self.two_levels = any(column.group for column in exporter.columns)
        self.head_row = len(self.titles) + 1
        self.first_row = self.head_row + 1 + self.two_levels
        self.row_count = 0

    def prepare(self):
        """Read the rows, set the sheet up, and leave it its rows, which are made when the workbook is closed."""
        self.blocks = list(self.read_blocks())
        self.grouped = any(block.title is not None for block in self.blocks)
        self.last_row = self.first_row + max(self.row_count, 1) - 1
        self.has_total = bool(self.totals and self.row_count)
        self.widths = self.fit_widths()
        closing = len(self.exporter.closing_lines)
        last_line = self.last_row + self.has_total + (closing + 1 if closing else 0)
        if last_line > MAX_ROWS:
            raise ValueError(f"{self.exporter.title}: more rows than the {MAX_ROWS:,} that Excel opens.")
        self.sheet.set_dimensions(last_line - 1, self.last_column)
        self.set_up_table()
        self.set_up_page()
        above, below = [*self.title_rows(), *self.head_rows()], [*self.closing_rows()]
        self.sheet.rows = chain(above, self.body_rows(), below)

    # First reading

    def read_blocks(self):
        rows = iter(_stream(self.exporter.rows))
        for entry in rows:
            if isinstance(entry, Group):
                self.row_count += 1
                yield self.read_block(clean(entry.title), _stream(entry.rows))
            elif self.row_count:
                raise TypeError(MIXED)
            else:
                yield self.read_block(None, chain([entry], rows))

    def read_block(self, title, rows):
        count = 0
        for count, row in enumerate(rows, 1):
            if isinstance(row, Group):
                raise TypeError(MIXED)
            line = self.first_row + self.row_count + count - 1
            lengths, cells = [], [cell_xml(f"A{line}", self.styles.numbering, count)] if self.offset else []
            for field in self.fields:
                try:
                    cells.append(field.cell(row, line, lengths))
                except ValueError as error:
                    place = f"{self.exporter.title}, row {line}, column “{field.header}”"
                    raise ValueError(f"{place}: {error}") from error
            self.store.append(("".join(cells), lengths))
        self.row_count += count
        return Block(title, count, [field.close_group() for field in self.totals])

    def fit_widths(self):
        """Widths by content: text takes the fewest lines at which the table fits the page, and fills a narrow one."""
        page_width = LANDSCAPE_WIDTH if self.exporter.landscape else PORTRAIT_WIDTH
        numbering = [NUMBERING_WIDTH] * self.offset
        for lines in range(1, MOST_LINES + 1):
            widths = [field.width_for(lines) for field in self.fields]
            if sum(numbering + widths) <= page_width:
                break
        elastic = [field for field in self.fields if field.is_elastic()]
        missing = max(0, NARROWEST_SHEET - sum(numbering + widths))
        for field, width in zip(self.fields, widths, strict=True):
            field.set_width(width + (missing / len(elastic) if field in elastic else 0))
        return numbering + [field.width for field in self.fields]

    # Rows from top to bottom

    def title_lines(self):
        exporter, styles = self.exporter, self.styles
        if exporter.organisation:
            yield TitleLine(exporter.organisation.upper(), styles.organisation, 0.8)
        yield TitleLine(exporter.title.upper(), styles.title, 0.68, 21)
        for text in (*exporter.subtitle_lines, exporter.printed_line()):
            yield TitleLine(text, styles.subtitle)
        if exporter.unit_line:
            yield TitleLine(exporter.unit_line, styles.unit)

    def title_rows(self):
        width = sum(self.widths)
        for line, title in enumerate(self.titles, 1):
            text = clean(title.text)
            lines = _line_count(text, width * title.letters_per_digit)
            cells = self.span(line, 0, self.last_column, title.style, text)
            yield row_xml(line, cells, _points(lines, title.points))

    def head_rows(self):
        style = self.styles.head
        headers = ["STT"] * self.offset + [field.header for field in self.fields]
        lines = [_line_count(header, width) for header, width in zip(headers, self.widths, strict=True)]
        cells = [(position, style, header) for position, header in enumerate(headers)]
        if not self.two_levels:
            yield row_xml(self.head_row, cells, _points(max(lines)) + PADDING_POINTS)
            return
        upper, lower = [], []
        upper_lines = lower_lines = whole_lines = 1
        groups = [None] * self.offset + [field.column.group for field in self.fields]
        for group, run in groupby(range(len(headers)), groups.__getitem__):
            run = list(run)
            here = slice(run[0], run[-1] + 1)
            if group:
                text = clean(group)
                upper += self.span(self.head_row, run[0], run[-1], style, text)
                lower += cells[here]
                upper_lines = max(upper_lines, _line_count(text, sum(self.widths[here])))
                lower_lines = max(lower_lines, *lines[here])
                continue
            upper += cells[here]
            lower += [(position, style, None) for position in run]
            whole_lines = max(whole_lines, *lines[here])
            for position in run:
                self.sheet.merge_range(self.head_row - 1, position, self.head_row, position, "")
        lower_lines = max(lower_lines, whole_lines - upper_lines)
        yield row_xml(self.head_row, upper, _points(upper_lines))
        yield row_xml(self.head_row + 1, lower, _points(lower_lines))

    def body_rows(self):
        line = self.first_row
        if not self.blocks:
            cells = self.span(line, 0, self.last_column, self.styles.empty, EMPTY_TEXT)
            yield row_xml(line, cells, _points(1))
        stored = iter(self.store)
        for position, block in enumerate(self.blocks, 1):
            if block.title is not None:
                yield self.group_row(line, f"{_roman(position)}.", block)
                line += 1
            yield from self.value_rows(line, islice(stored, block.row_count))
            line += block.row_count
        if self.has_total:
            yield self.total_row(line)

    def value_rows(self, line, rows):
        """As high as the text that takes the most lines; text within its column's width takes one."""
        texts = [(field.letters, field.line_count) for field in self.texts]
        plain = f'{_points(1):g}"'
        for number, (cells, lengths) in enumerate(rows, line):
            lines = 1
            for length, (letters, line_count) in zip(lengths, texts, strict=True):
                if length.__class__ is tuple or length > letters:
                    lines = max(lines, line_count(length))
            height = plain if lines == 1 else f'{_points(lines):g}"'
            yield f'<row r="{number}" ht="{height}>{cells}</row>'

    def group_row(self, line, numeral, block):
        if self.offset and self.last_label > 0:
            cells = [(0, self.styles.numeral, numeral)]
            cells += self.span(line, 1, self.last_label, self.styles.group, block.title)
            width = sum(self.widths[1 : self.last_label + 1])
        else:
            cells = self.span(line, 0, self.last_label, self.styles.group, f"{numeral} {block.title}")
            width = sum(self.widths[: self.last_label + 1])
        cells += self.sum_cells(block.sums, line + 1, line + block.row_count, self.styles.group_values)
        return row_xml(line, cells, _points(_line_count(block.title, width)))

    def total_row(self, line):
        cells = self.span(line, 0, self.last_label, self.styles.total, TOTAL_TEXT)
        sums = [field.total for field in self.totals]
        cells += self.sum_cells(sums, self.first_row, self.last_row, self.styles.total_values)
        label_lines = _line_count(TOTAL_TEXT, sum(self.widths[: self.last_label + 1]))
        return row_xml(line, cells, _points(label_lines) + PADDING_POINTS)

    def sum_cells(self, sums, first_row, last_row, styles):
        """The cells right of the words in a group or total row; a plain 0 where there is no row to add."""
        contents = {}
        for field, value in zip(self.totals, sums, strict=True):
            formula = f"SUBTOTAL(9,{field.letter}{first_row}:{field.letter}{last_row})"
            contents[field.position] = Sum(formula, value) if first_row <= last_row else value
        return [
            (field.position, styles[field.column.kind], contents.get(field.position))
            for field in self.fields
            if field.position > self.last_label
        ]

    def closing_rows(self):
        first_line = self.last_row + self.has_total + 2
        for line, entry in enumerate(self.exporter.closing_lines, first_line):
            if isinstance(entry, str):
                texts, style, letters_per_digit = [entry], self.styles.closing, LETTERS_PER_DIGIT
            else:
                texts, style, letters_per_digit = entry, self.styles.signature, 1
            cells, lines = [], 1
            for text, (first, last) in zip(map(clean, texts), self.shares(len(texts)), strict=True):
                cells += self.span(line, first, last, style, text)
                width = sum(self.widths[first : last + 1])
                lines = max(lines, _line_count(text, width * letters_per_digit))
            yield row_xml(line, cells, _points(lines))

    def shares(self, count):
        """The columns in `count` neighbouring blocks of about the same width: [(first, last), …]."""
        if count > len(self.widths):
            raise ValueError(f"{count} texts side by side do not fit under {len(self.widths)} columns.")
        shares, first = [], 0
        for later in reversed(range(count)):
            last = len(self.widths) - 1 - later
            share = sum(self.widths[first:]) / (later + 1)
            while later and last > first and sum(self.widths[first : last + 1]) > share * 1.2:
                last -= 1
            shares.append((first, last))
            first = last + 1
        return shares

    def span(self, line, first, last, style, text):
        """The cells of one merged run, each with its own border."""
        if first < last:
            self.sheet.merge_range(line - 1, first, line - 1, last, "")
        return [(first, style, text), *((position, style, None) for position in range(first + 1, last + 1))]

    # The sheet as a whole

    def set_up_table(self):
        sheet = self.sheet
        for position, width in enumerate(self.widths):
            sheet.set_column(position, position, width)
        if self.row_count and not self.grouped:
            sheet.autofilter(self.first_row - 2, 0, self.last_row - 1, self.last_column)
        top, bottom = self.first_row - 1, self.last_row - 1 + self.has_total
        whole = self.workbook.add_format({"num_format": "#,##0"})
        for field in self.fields:
            if field.column.kind == "decimal":
                # "#,##0.##" alone shows a whole 5 as "5,".
                cell = f"{field.letter}{self.first_row}"
                rule = {"type": "formula", "criteria": f"={cell}=INT({cell})", "format": whole}
                sheet.conditional_format(top, field.position, bottom, field.position, rule)
        # No green corners: tax codes are text on purpose, and a sum rightly stops where a group ends.
        area = xl_range(top, 0, bottom, self.last_column)
        sheet.ignore_errors({"number_stored_as_text": area, "formula_range": area, "formula_differs": area})

    def set_up_page(self):
        sheet = self.sheet
        sheet.freeze_panes(self.first_row - 1, 0)
        sheet.repeat_rows(self.head_row - 1, self.first_row - 2)
        if self.exporter.landscape:
            sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.6, right=0.4, top=0.6, bottom=0.7)
        sheet.center_horizontally()
        sheet.set_footer('&C&"Times New Roman,Regular"&11Trang &P/&N')


def _stream(rows):
    return rows.iterator(chunk_size=ROWS_PER_QUERY) if isinstance(rows, QuerySet) else rows


def _points(lines, line_points=LINE_POINTS):
    return min(lines * line_points + PADDING_POINTS, MAX_POINTS)


def _line_count(text, letters):
    """Lines that `text` takes in a merged cell, which no program fits by itself."""
    return sum(len(textwrap.wrap(line, max(1, int(letters)))) or 1 for line in text.split("\n"))


def _roman(number):
    numeral = ""
    for value, letters in _ROMAN.items():
        count, number = divmod(number, value)
        numeral += letters * count
    return numeral


_ROMAN = dict(
    zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"),
        strict=True,
    )
)
