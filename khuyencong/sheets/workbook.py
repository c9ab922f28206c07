"""A spreadsheet file as plain rows: what every format comes down to."""

import contextlib
import os
import pickle
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from math import isfinite
from pathlib import Path
from typing import NamedTuple

from django.core.exceptions import ValidationError

from khuyencong.file_kinds import CONTENT_TYPES, ending_of
from khuyencong.sheets import calamine_reader, compound, opendocument
from khuyencong.sheets.archives import WORKBOOK, Looks, looks_of_xlsx, opened
from khuyencong.sheets.delimited import read_delimited
from khuyencong.sheets.encodings import NAMES, converted, elected, votes_for
from khuyencong.sheets.packed import PackedRows
from khuyencong.sheets.refusals import (
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_MEGABYTES,
    MOST_ROWS,
    MOST_SHEETS,
    SENTENCES,
    refusal,
)
from khuyencong.text import nfc, quoted

Cell = str | int | float | Decimal | date | datetime | bool | None

# A text file has no sheets; pages and forms need a name to speak of.
TEXT_SHEET = "Dữ liệu"
ENDINGS = {"xlsx": ("xlsx",), "xls": ("xls",), "ods": ("ods",), "csv": ("csv", "txt", "tsv")}
# Sheets of so much XML are read by a process of their own: it takes 200 MB for a moment.
LARGE_XML = 12 * 1024 * 1024
# The stream in which Excel keeps a workbook behind a password, whatever its ending.
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# So many marked words say in which encoding a sheet is; so many values are kept to be told again.
VOTES, VALUES_KEPT = 200, 50_000
COPIED = 1024 * 1024


class Merged(NamedTuple):
    """Cells that stand as one: rows by their number (from 1), columns by their index (from 0), ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Sheet:
    """One sheet. `rows[0]` is its row 1 and `row[0]` its column A, whatever stands empty before the table.

    Rows are as long as their last filled cell; blank rows behind the last filled one are left out. Of a merged
    range only the first cell has the value. `hidden_rows` are row numbers, `hidden_columns` column indices.
    `since_1904`: bare day numbers count from 1904, not 1900 (files of old Macintosh).
    `uncalculated`: cells with a formula that no program has reckoned yet; they read as empty. `remarks`: what a
    person should know of the file, Vietnamese sentences; `recognise` tells them, too.
    """

    name: str
    is_hidden: bool
    rows: Sequence[tuple[Cell, ...]]
    hidden_rows: frozenset[int] = frozenset()
    merged: tuple[Merged, ...] = ()
    hidden_columns: frozenset[int] = frozenset()
    since_1904: bool = False
    uncalculated: int = 0
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workbook:
    """An opened file. `kind`: "xlsx", "xls", "ods" or "csv"; `encoding`: of its text ("Unicode", "TCVN3 (ABC)",
    "VNI", "UTF-8" …). `remarks`: those that all of its sheets bear."""

    kind: str
    encoding: str
    sheets: tuple[Sheet, ...]
    remarks: tuple[str, ...] = ()


def open_workbook(stream, name: str) -> Workbook:
    """The sheets of an open binary file; `name` is what the person called it. The stream is left anywhere.

    Raises ValidationError, in Vietnamese, saying what to do; its code is one of `refusals.SENTENCES`, or "ending".
    """
    try:
        kind = _kind_of(stream)
        ending = ending_of(name)
        if ending and ending not in ENDINGS[kind]:
            raise refusal("ending", _wrong_ending(ending, kind))
        workbook = _READERS[kind](stream)
        if not any(sheet.rows for sheet in workbook.sheets):
            raise refusal("empty")
    except ValidationError as error:
        raise ValidationError(f"Tệp {quoted(name)} {error.messages[0]}", code=error.code) from None
    return workbook


def _wrong_ending(ending, kind):
    if ending in ("xlsm", "xltm", "xlam", "xlsb", "xltx"):
        return SENTENCES["binary" if ending == "xlsb" else "macro"]
    return (
        f"mang đuôi “.{ending}” nhưng nội dung là .{ENDINGS[kind][0]}: kiểm tra có đúng tệp cần tải, "
        f"đổi đuôi thành “.{ENDINGS[kind][0]}” rồi tải lại."
    )


def _kind_of(stream):
    """The kind by the content; raises ValidationError for what is no spreadsheet."""
    size = stream.seek(0, 2)
    if size == 0:
        raise refusal("empty")
    if size > MOST_MEGABYTES * 1024 * 1024:
        raise refusal("size")
    stream.seek(0)
    head = stream.read(4096)
    if head.startswith(b"PK"):
        return _kind_of_archive(stream)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        stream.seek(0)
        if ENCRYPTED in stream.read():
            raise refusal("password")
        return "xls"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise refusal("html")
    if head.startswith((b"%PDF", b"\xff\xd8\xff", b"\x89PNG", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"{\\rtf", b"GIF8")):
        raise refusal("kind")
    return "csv"


def _kind_of_archive(stream):
    names = opened(stream).namelist()
    if CONTENT_TYPES in names and WORKBOOK in names:
        return "xlsx"
    if opendocument.CONTENT in names and opendocument.MIME in names:
        return "ods"
    raise refusal("binary" if "xl/workbook.bin" in names else "kind")


def _read_xlsx(stream):
    archive = opened(stream)
    looks, since_1904, links = looks_of_xlsx(archive)
    is_large = sum(look.size for look in looks.values()) > LARGE_XML or any(look.columns for look in looks.values())
    found = [
        (name, is_shown, rows, [_merged(*first, *last) for first, last in merged], looks.get(name, Looks()))
        for name, is_shown, rows, merged in _sheets(stream, apart=is_large)
    ]
    remarks = (
        f"Tệp lấy số liệu từ {links} tệp khác; cổng đọc số đã lưu trong tệp này. "
        "Mở bằng Excel, cập nhật liên kết trước khi tải nếu số liệu kia đã đổi.",
    )
    return _workbook("xlsx", found, since_1904, remarks if links else ())


def _read_xls(stream):
    stream.seek(0)
    looks, since_1904 = compound.looks_of_xls(stream.read())
    found = [
        (name, is_shown, rows, [_merged(*first, *last) for first, last in merged], looks.get(name, Looks()))
        for name, is_shown, rows, merged in _sheets(stream, apart=True)
    ]
    return _workbook("xls", found, since_1904)


def _read_ods(stream):
    looks = {name: (look, merged) for name, look, merged in opendocument.looks_of_ods(opened(stream))}
    found = []
    for name, is_shown, rows, _none in _sheets(stream, apart=True):
        look, merged = looks.get(name, (Looks(), []))
        found.append((name, is_shown, rows, [_merged(*part) for part in merged], look))
    return _workbook("ods", found)


def _read_csv(stream):
    stream.seek(0)
    rows, encoding = read_delimited(stream.read())
    remarks = () if encoding.startswith("UTF") else (_converted_from(encoding),)
    return Workbook("csv", encoding, (Sheet(TEXT_SHEET, False, rows, remarks=remarks),), remarks)


_READERS = {"xlsx": _read_xlsx, "xls": _read_xls, "ods": _read_ods, "csv": _read_csv}


def _workbook(kind, found, since_1904=False, remarks=()):
    encodings = {intake.encoding for _name, _shown, intake, _merged_ranges, _look in found if intake.encoding}
    encoding = ", ".join(NAMES[encoding] for encoding in sorted(encodings))
    remarks = (*remarks, *([_converted_from(encoding)] if encoding else []))
    sheets = (
        Sheet(
            name=nfc(name),
            is_hidden=not is_shown,
            rows=intake.finished(look.errors),
            hidden_rows=frozenset(look.hidden_rows),
            merged=tuple(merged),
            hidden_columns=frozenset(look.hidden_columns),
            since_1904=since_1904,
            uncalculated=look.uncalculated,
            remarks=remarks,
        )
        for name, is_shown, intake, merged, look in found
    )
    return Workbook(kind, encoding or "Unicode", tuple(sheets), remarks)


def _converted_from(encoding):
    return f"Chữ viết bằng bảng mã {encoding}, đã chuyển sang Unicode; xem lại vài tên trước khi nhập."


def _sheets(stream, *, apart):
    """(name, is shown, Intake, merged ranges) of every sheet. Raises ValidationError."""
    read = _parts_apart if apart else calamine_reader.parts
    stream.seek(0)
    found, names, cells = [], iter(()), 0
    try:
        for what, content in read(stream, MOST_CELLS):
            if what == "refused":
                raise refusal(content)
            if what == "sheets":
                if len(content) > MOST_SHEETS:
                    raise refusal("sheets")
                names = iter(content)
            elif what == "sheet":
                found.append((*next(names), Intake(), content))
            else:
                cells += found[-1][2].take(content)
                if cells > MOST_CELLS:
                    raise refusal("large")
    except BaseException as error:
        # A panic of the reader is no Exception; what it stumbled over is a damaged file.
        if type(error).__name__ == "PanicException":
            raise refusal("damaged") from None
        raise
    return found


def _parts_apart(stream, most_cells):
    """The parts of `calamine_reader.parts`, read by a process of its own with limits on memory and time."""
    with tempfile.TemporaryFile() as copy:
        while piece := stream.read(COPIED):
            copy.write(piece)
        copy.flush()
        os.lseek(copy.fileno(), 0, os.SEEK_SET)
        command = [sys.executable, "-I", str(Path(calamine_reader.__file__)), str(most_cells)]
        pipes = {"stdin": copy, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(command, env={}, **pipes) as child:
            try:
                with contextlib.suppress(EOFError, pickle.UnpicklingError):  # its end, or its death
                    while True:
                        yield pickle.load(child.stdout)
            except GeneratorExit:  # refused meanwhile
                child.kill()
                raise
            if child.wait() != 0:
                raise refusal("damaged")


class Intake:
    """Rows of one sheet while they come in: values made plain, equal ones kept once, blank tails left out."""

    def __init__(self):
        self.rows, self.filled, self.encoding, self._votes = PackedRows(), 0, "", Counter()
        self._plain = _Plain("")

    def take(self, rows):
        """Take rows of calamine; the number of filled cells among them."""
        if not self.encoding and sum(self._votes.values()) < VOTES:
            self._vote(rows)
        cells = 0
        for row in rows:
            values = self._values(row)
            if len(values) > MOST_COLUMNS:
                raise refusal("large")
            if not values and len(self.rows) - self.filled > MOST_ROWS:
                continue  # a long blank tail
            self.rows.append(values)
            if values:
                self.filled = len(self.rows)
                cells += len(values)
        if self.filled > MOST_ROWS:
            raise refusal("large")
        return cells

    def finished(self, errors):
        """All rows up to the last filled one, with the errors of formulas, which calamine leaves out."""
        self._plain = None
        return self.rows.finish(self.filled, errors)

    def _vote(self, rows):
        marked = dict.fromkeys(cell for row in rows for cell in row if type(cell) is str and not cell.isascii())
        self._votes += votes_for(islice(marked, VOTES))
        self.encoding = elected(self._votes)
        self._plain = _Plain(self.encoding)

    def _values(self, row):
        if bool in map(type, row):  # True and 1 are one and the same to a dictionary
            values = [value if type(value) is bool else self._plain[value] for value in row]
        else:
            values = list(map(self._plain.__getitem__, row))
        while values and values[-1] is None:
            values.pop()
        if len(self._plain) > VALUES_KEPT:
            self._plain.clear()
        return tuple(values)


class _Plain(dict):
    """{value of calamine: value of a Cell}, equal ones the same object; found out when first asked for."""

    def __init__(self, encoding):
        super().__init__()
        self.encoding = encoding

    def __missing__(self, value):
        self[value] = plain = self._made(value)
        return plain

    def _made(self, value):
        if isinstance(value, str):
            text = nfc(converted(value, self.encoding) if self.encoding else value)
            return value if text == value and text else text or None
        if isinstance(value, float):
            if not isfinite(value):
                return "#NUM!"
            return int(value) if value.is_integer() and abs(value) < 1e15 else value
        if isinstance(value, datetime):
            return value.date() if value.time() == time() else value
        if isinstance(value, time):
            return f"{value:%H:%M}"
        if isinstance(value, timedelta):
            minutes = int(value.total_seconds()) // 60
            return f"{minutes // 60}:{minutes % 60:02d}"
        return value


def _merged(top, left, bottom, right):
    return Merged(top + 1, left, bottom + 1, right)
