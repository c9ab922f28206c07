"""What stands in an .ods archive (OpenDocument 1.2), looked through before it is read as a whole.

A cell may stand for many by a count of repetitions: what is filled is counted as if written out.
"""

import zipfile
import zlib
from xml.parsers import expat

from khuyencong.sheets.archives import CHUNK, Looks, small_part
from khuyencong.sheets.refusals import refusal

CONTENT, MANIFEST, MIME = "content.xml", "META-INF/manifest.xml", "mimetype"
MIME_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
HIDDEN = ("collapse", "filter")
MOST_REPEATED = 1 << 24


def looks_of_ods(archive):
    """[(sheet name, Looks, merged ranges as (top, left, bottom, right) from 0)]; raises ValidationError."""
    names = archive.namelist()
    if any(name.startswith(("Basic/", "Scripts/")) for name in names):
        raise refusal("macro")
    try:
        if MANIFEST in names and b"encryption-data" in small_part(archive, MANIFEST):
            raise refusal("password")
        look = _Look()
        with archive.open(CONTENT) as part:
            while piece := part.read(CHUNK):
                look.parser.Parse(piece, False)
        look.parser.Parse(b"", True)
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, RuntimeError, OSError, EOFError, ValueError, KeyError):
        raise refusal("damaged") from None
    return look.sheets


class _Look:
    def __init__(self):
        self.sheets = []
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.row = self.column = 0
        self.error = None

    def _doctype(self, *declared):
        raise refusal("entities")

    def _start(self, tag, attributes):
        if tag == "table:table":
            self.sheets.append((attributes.get("table:name", ""), Looks(), []))
            self.row = self.columns = self.width = self.filled_rows = 0
        elif not self.sheets:
            return
        elif tag == "table:table-column":
            count = _count(attributes, "table:number-columns-repeated")
            if attributes.get("table:visibility") in HIDDEN:
                self.sheets[-1][1].hidden_columns.update(range(self.columns, self.columns + min(count, 1_024)))
            self.columns += count
        elif tag == "table:table-row":
            self._start_row(attributes)
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            self._start_cell(attributes)
        elif tag == "text:p" and self.cell_ends is not None:
            self._fill()

    def _start_row(self, attributes):
        self.repeated, self.column, self.cell_ends = _count(attributes, "table:number-rows-repeated"), 0, None
        self.row_filled = False
        if attributes.get("table:visibility") in HIDDEN:
            last = min(self.row + self.repeated, 1_048_576)
            self.sheets[-1][1].hidden_rows.update(range(self.row + 1, last + 1) if self.repeated < 200_000 else ())

    def _start_cell(self, attributes):
        count = _count(attributes, "table:number-columns-repeated")
        down = _count(attributes, "table:number-rows-spanned")
        across = _count(attributes, "table:number-columns-spanned")
        if down > 1 or across > 1:
            self.sheets[-1][2].append((self.row, self.column, self.row + down - 1, self.column + across - 1))
        if attributes.get("calcext:value-type") == "error":
            self.error = []
            self.parser.CharacterDataHandler = self.error.append
        self.column += count
        self.cell_ends = self.column
        if "office:value-type" in attributes:
            self._fill()

    def _fill(self):
        self.width, self.row_filled = max(self.width, self.cell_ends), True

    def _end(self, tag):
        if tag == "table:table-cell" and self.error is not None:
            self.sheets[-1][1].errors[self.row + 1, self.column - 1] = "".join(self.error).strip() or "#N/A"
            self.error = self.parser.CharacterDataHandler = None
        if tag == "table:table-row" and self.sheets:
            self.row += self.repeated
            if self.row_filled:
                self.filled_rows = self.row
            self.cell_ends = None
        elif tag == "table:table":
            look = self.sheets[-1][1]
            look.rows, look.columns = self.filled_rows, self.width
            look.check_reach()


def _count(attributes, name):
    return min(max(int(attributes.get(name, 1)), 1), MOST_REPEATED)
