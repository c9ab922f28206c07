"""The columns of one sheet on their way through its rows, and the place where the rows wait."""

import math
import pickle
from tempfile import SpooledTemporaryFile

from xlsxwriter.utility import xl_col_to_name

from khuyencong.xlsx.cells import clean
from khuyencong.xlsx.columns import KINDS, number_content

# Widths are in digits of the body font, of which a cell of ordinary text holds this many more letters.
LETTERS_PER_DIGIT = 1.1
NARROWEST, NARROWEST_TEXT, WIDEST_TEXT = 7, 8, 42
UNBROKEN_TEXT = 14  # letters; a tax code or a project's code stays on one line
LONG_TEXT = 120  # letters; longer text asks for no more room than this
SPOOL_BYTES = 4 * 1024 * 1024
ROWS_PER_CHUNK = 500


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

    def content(self, row):
        """What the cell of `row` holds: None, text or a number. Raises ValueError for what it cannot show."""
        value = self.column.value(row)
        if value is None or value == "":
            return None
        content = self.kind.content(value)
        if content.__class__ is str:
            if len(content) > self.longest:
                self.longest = len(content)
            return content
        if content > self.highest:
            self.highest = content
        elif content < self.lowest:
            self.lowest = content
        if self.column.total:
            self.subtotal += content
        return content

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

    def line_count(self, text):
        """Lines that `text` takes at this column's width, rather one too many than one too few."""
        if "\n" in text:
            return sum(map(self.line_count, text.split("\n")))
        if len(text) <= self.letters:
            return 1
        # A line loses about half a word at its end.
        return math.ceil(len(text) / max(1, self.letters - 2))


class RowStore:
    """The contents of rows, kept in a temporary file until widths and sums are known, then read back once."""

    def __init__(self):
        self.file = SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 - __exit__ closes it
        self.chunk = []

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.file.close()

    def append(self, contents):
        self.chunk.append(contents)
        if len(self.chunk) == ROWS_PER_CHUNK:
            pickle.dump(self.chunk, self.file, pickle.HIGHEST_PROTOCOL)
            self.chunk = []

    def __iter__(self):
        end = self.file.tell()
        self.file.seek(0)
        while self.file.tell() < end:
            yield from pickle.load(self.file)
        yield from self.chunk
