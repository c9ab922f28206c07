"""What stands in a workbook's archive: looked through before anything unpacks it as a whole.

Parts are read in pieces and thrown away, so a bomb costs neither memory nor the disk. A quick search tells
ordinary sheets; only where a cell lies far out are cells looked at one by one.
"""

import re
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from xml.etree import ElementTree

from khuyencong.file_kinds import CONTENT_TYPES, MACROS
from khuyencong.sheets.refusals import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, SENTENCES, refusal

CHUNK = 1024 * 1024
MOST_PARTS = 3_000
MOST_UNPACKED = 500 * 1024 * 1024
MOST_DIRECTORY = 1024 * 1024
# XML of real sheets shrinks to a tenth, blank formatted rows to a fiftieth.
MOST_SHRUNK, SHRUNK_FROM = 250, 10 * 1024 * 1024
MOST_SMALL_PART = 8 * 1024 * 1024
MOST_ERRORS = 10_000
WORKBOOK = "xl/workbook.xml"
# ECMA-376, and the same in its strict form.
_NAMESPACE = re.compile(r"\{[^}]*\}")

_ORDINARY_CELL = rb'(?:[A-Z]|A[A-Z])1?[0-9]{1,5}"'
_FAR_CELL = re.compile(rb'<c r="(?!' + _ORDINARY_CELL + rb")")
_ODD_CELL = re.compile(rb"<c(?![ A-Za-z])")
_FILLED_CELL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^<>]*(?<!/)>')
_ANY_CELL = re.compile(rb"<(?:\w+:)?(?:c|row)(?=[\s>/])([^<>]*)>")
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,3})([0-9]{1,9})["']""")
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\b(?=[^<>]*\bhidden="(?:1|true)")[^<>]*\br="([0-9]+)"')
_HIDDEN_COLUMN = re.compile(rb'<(?:\w+:)?col\b(?=[^<>]*\bhidden="(?:1|true)")([^<>]*)>')
_BOUND = re.compile(rb'\b(min|max)="([0-9]+)"')
_UNCALCULATED = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\b[^<>]*/>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_ERROR = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^<>]*\bt="e"[^<>]*>(?:<f\b[^<>]*/>|<f\b[^<>]*>[^<>]*</f>)?<v>([^<>]{1,20})</v>'
)


@dataclass
class Looks:
    """What calamine does not tell of one sheet. `rows`, `columns`: how far its filled cells reach, where some lie
    outside the first 52 columns and 200,000 rows; else 0."""

    hidden_rows: set = field(default_factory=set)
    hidden_columns: set = field(default_factory=set)
    errors: dict = field(default_factory=dict)
    uncalculated: int = 0
    size: int = 0
    rows: int = 0
    columns: int = 0

    def reach(self, cells):
        """Take in cells as (letters, row number), both bytes."""
        if cells:
            self.rows = max(self.rows, max(int(number) for _letters, number in cells))
            letters = {letters.upper() or b"A" for letters, _number in cells}
            self.columns = max(self.columns, max(column_index(name.decode()) + 1 for name in letters))

    def check_reach(self):
        """Refuse a sheet whose cells lie so far apart that it cannot be laid out."""
        if self.rows > MOST_ROWS or self.columns > MOST_COLUMNS or self.rows * self.columns > MOST_CELLS:
            cell = f"{column_letter(self.columns - 1)}{self.rows}"
            raise refusal("far", SENTENCES["far"].format(cell=cell))


def opened(stream):
    """The archive of an open file, its list of parts checked. Raises ValidationError."""
    _check_directory(stream)
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, struct.error):
        raise refusal("damaged") from None
    entries = archive.infolist()
    if len(entries) > MOST_PARTS or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise refusal("bomb")
    if any(_is_bomb(entry) for entry in entries):
        raise refusal("bomb")
    names = [entry.filename for entry in entries]
    if len(set(names)) < len(names) or any(_is_stray(name) for name in names):
        raise refusal("parts")
    if any(word in name.lower() for name in names for word in MACROS):
        raise refusal("macro")
    if any(entry.flag_bits & 1 for entry in entries):
        raise refusal("password")
    return archive


def looks_of_xlsx(archive):
    """{sheet name: Looks}, whether days count from 1904, and the number of other workbooks it draws on."""
    try:
        return _looks_of_xlsx(archive)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError, ValueError, KeyError, struct.error,
            ElementTree.ParseError):  # fmt: skip
        raise refusal("damaged") from None


def _looks_of_xlsx(archive):
    names = archive.namelist()
    if any(word in small_part(archive, CONTENT_TYPES).lower() for word in map(str.encode, MACROS)):
        raise refusal("macro")
    book = ElementTree.fromstring(small_part(archive, WORKBOOK))
    targets = _targets(archive, "xl/_rels/workbook.xml.rels")
    paths = {}
    for element in book.iter():
        if _local(element.tag) == "sheet":
            link = next((value for key, value in element.attrib.items() if key.endswith("}id")), "")
            paths[targets.get(link, "")] = element.get("name", "")
    looks = {}
    for entry in archive.infolist():
        if not entry.filename.endswith((".xml", ".rels")):
            continue
        found = Looks()
        is_sheet = entry.filename in paths
        for chunk in _chunks(archive, entry):
            if is_sheet:
                _look(chunk, found)
        if is_sheet:
            found.size = entry.file_size
            found.check_reach()
            if found.columns:
                _reach_of_all(archive, entry).check_reach()
            looks[paths[entry.filename]] = found
    since_1904 = any(
        _local(element.tag) == "workbookPr" and element.get("date1904") in ("1", "true") for element in book.iter()
    )
    links = [name for name in names if re.fullmatch(r"xl/externalLinks/externalLink\d+\.xml", name)]
    if any(re.search(rb"<(?:\w+:)?(?:dde|ole)Link\b", small_part(archive, name)) for name in links):
        raise refusal("links")
    return looks, since_1904, len(links)


def small_part(archive, name):
    if archive.getinfo(name).file_size > MOST_SMALL_PART:
        raise refusal("bomb")
    part = archive.read(name)
    _refuse_doctype(part)
    return part


def _chunks(archive, entry):
    """Pieces of a part, each ending before a tag; a doctype in any of them is refused."""
    rest = b""
    with archive.open(entry) as part:
        while piece := part.read(CHUNK):
            piece = rest + piece
            _refuse_doctype(piece)
            end = piece.rfind(b"<")
            # Behind the last beginning of a tag everything waits for its end; half a formula, too.
            end = max(piece.rfind(b"<c ", 0, end), piece.rfind(b"<row", 0, end), 0) or end
            if end <= 0 or len(piece) - end > 4 * CHUNK:
                end = len(piece)
            yield piece[:end]
            rest = piece[end:]
    yield rest


def _refuse_doctype(piece):
    if b"<!DOCTYPE" in piece or b"<!ENTITY" in piece:
        raise refusal("entities")
    if piece[:2] in (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<"):
        raise refusal("damaged")  # no program writes its parts in UTF-16; what stands there cannot be looked at


def _look(chunk, found):
    if _is_odd(chunk):
        found.reach(_REFERENCE.findall(b"\n".join(_ANY_CELL.findall(chunk))))
    elif _FAR_CELL.search(chunk):
        found.reach(_FILLED_CELL.findall(chunk))
    if b"hidden=" in chunk:
        found.hidden_rows.update(map(int, _HIDDEN_ROW.findall(chunk)))
        for attributes in _HIDDEN_COLUMN.findall(chunk):
            bounds = {key: int(value) for key, value in _BOUND.findall(attributes)}
            first, last = bounds.get(b"min", 1), min(bounds.get(b"max", 0), 16_384)
            found.hidden_columns.update(range(first - 1, last))
    if b"</f>" in chunk or b":f>" in chunk or b"<f " in chunk:
        found.uncalculated += len(_UNCALCULATED.findall(chunk))
    if b't="e"' in chunk and len(found.errors) < MOST_ERRORS:
        for letters, number, text in _ERROR.findall(chunk):
            found.errors[int(number), column_index(letters.decode())] = text.decode()


def _is_odd(chunk):
    """Whether cells are written otherwise than the programs that people use write them."""
    cells = chunk.count(b"<c ")
    if cells != chunk.count(b'<c r="') or b":c" in chunk:
        return True
    return chunk.count(b"<c") != cells and _ODD_CELL.search(chunk) is not None


def _reach_of_all(archive, entry):
    """How far the filled cells of a sheet reach, counted one by one."""
    found = Looks()
    for chunk in _chunks(archive, entry):
        cells = _REFERENCE.findall(b"\n".join(_ANY_CELL.findall(chunk))) if _is_odd(chunk) else None
        found.reach(_FILLED_CELL.findall(chunk) if cells is None else cells)
    return found


def column_index(letters):
    """The index of a column by its letters: "A" -> 0, "AA" -> 26."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


def column_letter(index):
    """The letters of a column as a spreadsheet shows them: 0 -> "A", 26 -> "AA"."""
    letters = ""
    while index >= 0:
        index, rest = divmod(index, 26)
        letters = chr(ord("A") + rest) + letters
        index -= 1
    return letters


def _targets(archive, name):
    """{relation id: part} of the workbook's relations."""
    relations = ElementTree.fromstring(small_part(archive, name))
    return {
        relation.get("Id"): "xl/" + target if not target.startswith("/") else target[1:]
        for relation in relations
        if (target := relation.get("Target", ""))
    }


def _local(tag):
    return _NAMESPACE.sub("", tag)


def _check_directory(stream):
    """Refuse a huge list of parts before it is read into memory, and archives beyond 4 GB."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - 22 - 65_535))
    tail = stream.read()
    end = tail.rfind(b"PK\x05\x06")
    record = tail[end : end + 22]
    if b"PK\x06\x07" in tail or (len(record) == 22 and struct.unpack("<4s4H2LH", record)[5] > MOST_DIRECTORY):
        raise refusal("bomb")
    stream.seek(0)


def _is_bomb(entry):
    return entry.file_size > SHRUNK_FROM and entry.file_size > MOST_SHRUNK * max(entry.compress_size, 1)


def _is_stray(name):
    return name.startswith(("/", "\\")) or "\\" in name or ":" in name or ".." in name.split("/") or "\0" in name
