"""The columns of one sheet on their way through its rows, and the place where the rows wait."""

import math
import pickle
from tempfile import SpooledTemporaryFile

from xlsxwriter.utility import xl_col_to_name

from khuyencong.xlsx.cells import cell_xml, clean, is_plain
from khuyencong.xlsx.columns import KINDS, MAX_NUMBER, number_content

# Widths are in digits of the body font, of which a cell of ordinary text holds this many more letters.
LETTERS_PER_DIGIT = 1.1
NARROWEST, NARROWEST_TEXT, WIDEST_TEXT = 7, 8, 42
UNBROKEN_TEXT = 14  # letters; a tax code or a project's code stays on one line
LONG_TEXT = 120  # letters; longer text asks for no more room than this
SPOOL_BYTES = 4 * 1024 * 1024
WAITING_BYTES = 512 * 1024
ROWS_PER_CHUNK = 200


class Field:
    """One column of one sheet: its place, the sums and the widest content so far, and then its width."""

    def __init__(self, column, position):
        self.column = column
        self.kind = KINDS[column.kind]
        self.position = position
        self.letter = xl_col_to_name(position)
        self.header = clean(column.header)
        self.longest = self.highest = self.lowest = 0
        self.subtotal = self.total = 0
        self.is_text = column.kind == "text"

    def set_style(self, style):
        """The index of the format of its cells. Gives `cell(row, line, lengths)`: the XML of the cell of `row`; the
        length of a text is added to `lengths`, of each line when it has several. It raises ValueError for what the
        column cannot show.

        A function each for text and for numbers: lists have millions of cells, most of them plain.
        """
        self.style = style
        self.cell = self._text_maker() if self.is_text else self._number_maker()

    def _text_maker(self):
        value_of, other = self.column.value, self._other
        begin, blank = f'<c r="{self.letter}', f'" s="{self.style}"/>'
        middle, end = f'" s="{self.style}" t="inlineStr"><is><t>', "</t></is></c>"

        def cell(row, line, lengths):
            value = value_of(row)
            if value is None or value == "":
                lengths.append(0)
                return f"{begin}{line}{blank}"
            if value.__class__ is not str or not is_plain(value):
                return other(value, line, lengths)
            length = len(value)
            if length > self.longest:
                self.longest = length
            lengths.append(length)
            return f"{begin}{line}{middle}{value}{end}"

        return cell

    def _number_maker(self):
        value_of, other, is_whole, adds = self.column.value, self._other, self.kind.is_whole, self.column.total
        begin, blank, middle = f'<c r="{self.letter}', f'" s="{self.style}"/>', f'" s="{self.style}"><v>'

        def cell(row, line, lengths):
            value = value_of(row)
            if value is None or value == "":
                return f"{begin}{line}{blank}"
            if not is_whole or value.__class__ is not int or not -MAX_NUMBER <= value <= MAX_NUMBER:
                return other(value, line, lengths)
            if value > self.highest:
                self.highest = value
            elif value < self.lowest:
                self.lowest = value
            if adds:
                self.subtotal += value
            return f"{begin}{line}{middle}{value}</v></c>"

        return cell

    def _other(self, value, line, lengths):
        """A cell whose value needs a closer look."""
        content = self.kind.content(value)
        if content.__class__ is str:
            return self.text_cell(content, line, lengths)
        if content > self.highest:
            self.highest = content
        elif content < self.lowest:
            self.lowest = content
        if self.column.total:
            self.subtotal += content
        return cell_xml(f"{self.letter}{line}", self.style, content)

    def text_cell(self, text, line, lengths):
        """Text that needs a closer look, or stands in for a day that spreadsheets cannot hold."""
        if len(text) > self.longest:
            self.longest = len(text)
        if self.is_text:
            lengths.append(tuple(map(len, text.split("\n"))) if "\n" in text else len(text))
        return cell_xml(f"{self.letter}{line}", self.style, text)

    def close_group(self):
        """Return what has come in since the last call, and add it to the grand total."""
        subtotal, self.subtotal = self.subtotal, 0
        self.total += subtotal
        try:
            number_content(subtotal)
            number_content(self.total)
        except ValueError as error:
            raise ValueError(f"Sum of column “{self.header}”: {error}") from error
        return subtotal

    def head_width(self):
        """So wide that no word of the head breaks, and the head takes about three lines."""
        longest_word = max(map(len, self.header.split()), default=0)
        return max(NARROWEST, longest_word + 2, len(self.header) / 3 + 2)

    def width_for(self, lines):
        """The width at which the longest text takes about that many lines; any other content takes one."""
        if self.column.width is not None:
            return self.column.width
        if self.kind.width:
            return max(self.kind.width, self.head_width())
        if self.column.kind == "text":
            least = self.longest if self.longest <= UNBROKEN_TEXT else NARROWEST_TEXT
            width = min(self.longest, LONG_TEXT) / LETTERS_PER_DIGIT / lines
            return max(self.head_width(), min(max(width, least) + 2, WIDEST_TEXT))
        figures = [f"{figure:,.{self.kind.decimals}f}" for figure in (self.highest, self.lowest, self.total)]
        # A separator is half as wide as a digit.
        return max(self.head_width(), *(len(figure) - figure.count(",") / 2 + 1.25 for figure in figures))

    def is_elastic(self):
        return self.column.kind == "text" and self.column.width is None

    def set_width(self, width):
        self.width = width
        self.letters = width * LETTERS_PER_DIGIT

    def line_count(self, length):
        """Lines that text of this length takes at the column's width, rather one too many than one too few."""
        if length.__class__ is tuple:
            return sum(map(self.line_count, length))
        if length <= self.letters:
            return 1
        # A line loses about half a word at its end.
        return math.ceil(length / max(1, self.letters - 2))


class RowStore:
    """Rows as (XML of their cells, lengths of their texts), in a temporary file until widths and sums are known."""

    def __init__(self):
        self.file = SpooledTemporaryFile(max_size=WAITING_BYTES)  # noqa: SIM115 - __exit__ closes it
        self.chunk = []

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.file.close()

    def append(self, row):
        self.chunk.append(row)
        if len(self.chunk) == ROWS_PER_CHUNK:
            pickle.dump(self.chunk, self.file, pickle.HIGHEST_PROTOCOL)
            self.chunk = []

    def __iter__(self):
        end = self.file.tell()
        self.file.seek(0)
        while self.file.tell() < end:
            yield from pickle.load(self.file)
        yield from self.chunk
