"""Text, cells and rows as the XML of a worksheet, and the worksheet that takes them."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple
from unicodedata import is_normalized, normalize

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

MAX_TEXT = 32_767

_ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_MARKUP = re.compile("[&<>]|_x")
# What a text must not have to go into a cell as it is; most have none of it.
_SPECIAL = re.compile("[\x00-\x1f&<>\ud800-\udfff\ufffe\uffff]|_x")
# Excel reads "_x000D_" in text as an escaped character; with its first underscore escaped it stays as typed.
_ESCAPE_LOOKALIKE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


class Sum(NamedTuple):
    """A formula that adds rows up, and what it comes to."""

    formula: str
    value: int | Decimal


class RowSheet(Worksheet):
    """A worksheet that takes its rows as XML; XlsxWriter makes everything around them.

    XlsxWriter's own rows cost a multiple of the time, and its constant-memory mode takes a text "<r>…</r>"
    for mark-up. `rows` is read when the workbook is closed: after the styles, before the merged cells.
    """

    rows: Iterable[str] = ()

    def set_dimensions(self, last_row, last_column):
        self.dim_rowmin, self.dim_colmin, self.dim_rowmax, self.dim_colmax = 0, 0, last_row, last_column

    def _write_sheet_data(self):
        self._xml_start_tag("sheetData")
        for row in self.rows:
            self.fh.write(row)
        self._xml_end_tag("sheetData")


def clean(text):
    """NFC text that XML can hold, line breaks as \\n, cut with "…" where an Excel cell ends."""
    text = normalize("NFC", text)
    if _ILLEGAL.search(text):
        text = _ILLEGAL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text if len(text) < MAX_TEXT // 2 else cut(text, MAX_TEXT, "…")


def cut(text, limit, ending=""):
    """At most `limit` UTF-16 units, which is what Excel counts; what had to be cut ends with `ending`."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * limit:
        return text
    return units[: 2 * (limit - len(ending))].decode("utf-16-le", "ignore") + ending


def row_xml(line, cells, points):
    """A row of (position, style, content) cells, `points` high unless somebody makes Excel fit it anew."""
    content = "".join(cell_xml(f"{xl_col_to_name(position)}{line}", *cell) for position, *cell in cells)
    return f'<row r="{line}" ht="{points:g}">{content}</row>'


def cell_xml(reference, style, content):
    """A cell holding None, clean text, a number or a Sum."""
    if content is None or content == "":
        return f'<c r="{reference}" s="{style}"/>'
    if content.__class__ is str:
        return f'<c r="{reference}" s="{style}" t="inlineStr"><is>{_text_xml(content)}</is></c>'
    if content.__class__ is Sum:
        return f'<c r="{reference}" s="{style}"><f>{content.formula}</f><v>{content.value}</v></c>'
    return f'<c r="{reference}" s="{style}"><v>{content}</v></c>'


def is_plain(text):
    """Whether text, not empty, is clean and goes between tags as it is."""
    return (
        (text.isascii() or is_normalized("NFC", text))
        and not _SPECIAL.search(text)
        and text.strip() == text
        and len(text) < MAX_TEXT // 2
    )


def _text_xml(text):
    preserve = ' xml:space="preserve"' if text[0].isspace() or text[-1].isspace() else ""
    if _MARKUP.search(text):
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        text = _ESCAPE_LOOKALIKE.sub("_x005F_", text)
    return f"<t{preserve}>{text}</t>"
