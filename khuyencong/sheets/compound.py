"""What stands in an old .xls (BIFF 8 in a compound file), looked at before it is read.

Sources: Microsoft's published [MS-CFB] (sectors, chains, directory) and [MS-XLS] (records headed by four bytes).
"""

import struct

from khuyencong.sheets.archives import Looks
from khuyencong.sheets.refusals import refusal

_ENDS = (0xFFFFFFFE, 0xFFFFFFFF)
_HEADER_FAT = 109  # sector numbers of the table that the header itself holds
_ROOT = 5
_SHEET_NAME, _PASSWORD, _DATES, _BEGIN, _END = 0x85, 0x2F, 0x22, 0x809, 0x0A
_ROW, _COLUMNS, _ERROR, _FORMULA = 0x208, 0x7D, 0x205, 0x06
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_MACRO_SHEET, _PROGRAM = 1, 6


def looks_of_xls(data: bytes):
    """({sheet name: Looks}, whether days count from 1904). Raises ValidationError: password, macros, damage."""
    try:
        file = _Compound(data)
        names = {name.lower() for name in file.entries}
        if any(name.startswith("_vba_project") or name in ("macros", "vba") for name in names):
            raise refusal("macro")
        stream = next((name for name in ("Workbook", "Book") if name in file.entries), None)
        if stream is None:
            raise refusal("kind")
        return _looks(file.read(stream))
    except (struct.error, IndexError, ValueError):
        raise refusal("damaged") from None


class _Compound:
    """A file of files: sectors chained by a table."""

    def __init__(self, data):
        self.data = data
        self.size, self.small_size = (1 << shift for shift in struct.unpack_from("<2H", data, 30))
        if self.size not in (512, 4096) or self.small_size != 64:
            raise ValueError
        first_entry, self.cutoff = struct.unpack_from("<I4xI", data, 48)
        self.table = self._numbers(b"".join(map(self._sector, self._table_sectors())))
        directory = self._chained(first_entry)
        self.entries = {}
        for at in range(0, len(directory), 128):
            entry = directory[at : at + 128]
            length, kind = struct.unpack_from("<HB", entry, 64)
            name = entry[: max(length - 2, 0)].decode("utf-16-le", errors="replace")
            if kind:
                self.entries[name] = (kind, *struct.unpack_from("<II", entry, 116))

    def read(self, name):
        _kind, start, size = self.entries[name]
        if size >= self.cutoff:
            return self._chained(start)[:size]
        root = next(start for kind, start, _size in self.entries.values() if kind == _ROOT)
        small = self._chained(root)
        small_table = self._numbers(self._chained(struct.unpack_from("<I", self.data, 60)[0]))
        parts = (small[at * 64 : at * 64 + 64] for at in _chain(start, small_table))
        return b"".join(parts)[:size]

    def _table_sectors(self):
        numbers = list(struct.unpack_from(f"<{_HEADER_FAT}I", self.data, 76))
        following, left = struct.unpack_from("<II", self.data, 68)
        while following not in _ENDS and left > 0:
            more = self._numbers(self._sector(following))
            numbers += more[:-1]
            following, left = more[-1], left - 1
        return [number for number in numbers if number not in _ENDS]

    def _sector(self, number):
        begin = (number + 1) * self.size
        if begin >= len(self.data):
            raise ValueError
        return self.data[begin : begin + self.size]

    def _chained(self, start):
        return b"".join(map(self._sector, _chain(start, self.table)))

    @staticmethod
    def _numbers(data):
        return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])


def _chain(start, table):
    """Numbers of a chain; one that bites its tail is damaged."""
    at, left = start, len(table)
    while at not in _ENDS:
        if left == 0:
            raise ValueError
        yield at
        at, left = table[at], left - 1


def _records(book, at):
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        yield kind, book[at + 4 : at + 4 + length]
        at += 4 + length


def _looks(book):
    sheets, since_1904 = {}, False
    for kind, content in _records(book, 0):
        if kind == _PASSWORD:
            raise refusal("password")
        if kind == _DATES:
            since_1904 = content[:2] == b"\x01\x00"
        elif kind == _SHEET_NAME:
            position, _visible, sort, length, is_wide = struct.unpack_from("<I4B", content)
            if sort in (_MACRO_SHEET, _PROGRAM):
                raise refusal("macro")
            name = content[8 : 8 + length * (2 if is_wide & 1 else 1)]
            sheets[name.decode("utf-16-le" if is_wide & 1 else "latin-1", errors="replace")] = position
        elif kind == _END:
            break
    return {name: _look(book, position) for name, position in sheets.items()}, since_1904


def _look(book, position):
    found, depth = Looks(), 0
    for kind, content in _records(book, position):
        depth += (kind == _BEGIN) - (kind == _END)
        if depth == 0:
            break
        if kind == _ROW and content[12] & 0x20:
            found.hidden_rows.add(struct.unpack_from("<H", content)[0] + 1)
        elif kind == _COLUMNS and content[8] & 1:
            first, last = struct.unpack_from("<HH", content)
            found.hidden_columns.update(range(first, min(last, 255) + 1))
        elif kind == _ERROR and content[7]:
            row, column = struct.unpack_from("<HH", content)
            found.errors[row + 1, column] = _ERRORS.get(content[6], "#N/A")
        elif kind == _FORMULA and content[12:14] == b"\xff\xff" and content[6] == 2:
            row, column = struct.unpack_from("<HH", content)
            found.errors[row + 1, column] = _ERRORS.get(content[8], "#N/A")
    return found
