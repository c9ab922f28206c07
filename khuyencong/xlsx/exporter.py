"""The class that rooms subclass, and the workbook of one or several sheets."""

import datetime
import re
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import BinaryIO

from django.http import FileResponse
from django.utils import timezone
from xlsxwriter import Workbook

from khuyencong.xlsx.cells import RowSheet, clean, cut
from khuyencong.xlsx.columns import Column
from khuyencong.xlsx.fields import SPOOL_BYTES, RowStore
from khuyencong.xlsx.layout import COLUMN_PIXELS, FONT, ROW_PIXELS, Layout

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_SHEET_NAME = 31
_ILLEGAL_IN_SHEET_NAME = re.compile(r"[\[\]:*?/\\]+")


class SheetExporter:
    """One sheet: title lines, head, rows (or `Group`s of rows), "Tổng cộng", closing lines.

    Subclasses set the class attributes; `filename` is an ASCII slug. `rows` is read once, a queryset in
    portions. With `numbered` an STT column comes first, which starts at 1 again in every group. `printed_at`
    (aware; now, if left out) and `printed_by` stand above the head. A closing line is a text across the
    sheet, or a tuple of texts that stand side by side as signatures do; an empty text leaves room. A sheet comes
    with the columns that are there by default; `take` asks for others.
    """

    title: str
    filename: str
    columns: tuple[Column, ...]
    sheet_name = ""  # the title, if left empty
    landscape = True
    numbered = True
    unit_line = ""
    organisation = ""

    def __init__(self, rows, *, subtitle_lines=(), organisation="", printed_at=None, printed_by="", closing_lines=()):
        self.known = self.columns
        self.columns = tuple(column for column in self.columns if column.is_default)
        if self.columns[0].total and not self.numbered:
            raise ValueError("The first column holds the words of group and total rows, so it cannot be a sum.")
        self.rows = rows
        self.subtitle_lines = subtitle_lines
        self.organisation = organisation or self.organisation
        self.printed_at = timezone.localtime(printed_at)
        self.printed_by = printed_by
        self.closing_lines = closing_lines

    def take(self, keys: Iterable[str]):
        """Hold the columns of these keys, in this order, of all that are `known`."""
        columns = {column.key: column for column in self.known}
        self.columns = tuple(columns[key] for key in keys)

    def write(self, stream: BinaryIO):
        """Write a workbook of this one sheet to a binary stream. Raises as `write_workbook` does."""
        write_workbook(stream, [self])

    def as_response(self) -> FileResponse:
        """The workbook as an attachment named <filename>_<yyyy-mm-dd>.xlsx."""
        return workbook_response([self])

    def printed_line(self):
        line = f"Xuất lúc {self.printed_at:%H:%M} ngày {self.printed_at:%d/%m/%Y}"
        return f"{line} – {self.printed_by}" if self.printed_by else line


def write_workbook(
    stream: BinaryIO, exporters: Iterable[SheetExporter], *, leading: Callable[[Workbook], None] | None = None
):
    """Write one workbook with a sheet for each exporter; its title, author and date are those of the first.

    `leading` adds sheets of another make before them, through XlsxWriter.
    Raises ValueError, naming sheet, row and column, for a value that its column cannot show truthfully.
    """
    exporters = list(exporters)
    workbook = Workbook(
        stream,
        {
            "default_format_properties": dict(FONT),  # XlsxWriter adds to it
            "default_row_height": ROW_PIXELS,
            "default_column_width": COLUMN_PIXELS,
            "use_zip64": True,
        },
    )
    first = exporters[0]
    workbook.set_properties(
        {
            "title": clean(first.title),
            "author": clean(first.organisation),
            "created": first.printed_at.astimezone(datetime.UTC).replace(tzinfo=None),
        }
    )
    if leading:
        leading(workbook)
    taken = {sheet.name.casefold() for sheet in workbook.worksheets()}
    with ExitStack() as stores:
        for exporter in exporters:
            name = _unique_sheet_name(clean(exporter.sheet_name or exporter.title), taken)
            store = stores.enter_context(RowStore())
            Layout(workbook, workbook.add_worksheet(name, RowSheet), exporter, store).prepare()
        workbook.close()


def workbook_response(exporters: Iterable[SheetExporter]) -> FileResponse:
    """The workbook of `write_workbook` as an attachment named after its first sheet, streamed from a file."""
    exporters = list(exporters)
    stream = SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 - the response closes it
    try:
        write_workbook(stream, exporters)
    except BaseException:
        stream.close()
        raise
    stream.seek(0)
    filename = f"{exporters[0].filename}_{exporters[0].printed_at:%Y-%m-%d}.xlsx"
    return FileResponse(stream, as_attachment=True, filename=filename, content_type=CONTENT_TYPE)


def _unique_sheet_name(title, taken):
    """A name that Excel accepts and that is not yet in `taken`, to which it is added."""
    name = " ".join(_ILLEGAL_IN_SHEET_NAME.sub("-", title).split()).strip("'")
    number, unique = 1, cut(name, MAX_SHEET_NAME).strip(" '")
    while unique.casefold() in taken:
        number += 1
        ending = f" ({number})"
        unique = cut(name, MAX_SHEET_NAME - len(ending)).strip(" '") + ending
    taken.add(unique.casefold())
    return unique
