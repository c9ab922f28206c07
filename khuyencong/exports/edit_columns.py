"""The columns of a list that is edited off-line: how a value stands in a cell, and how a cell comes back.

In between, values are compared and kept as a browser would post them to the form of the page, text throughout:
"" is empty, amounts and counts are digits, days are dd/mm/yyyy, a linked row is its key, a place its name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Model

from khuyencong.dates import parse_date, short_date
from khuyencong.money import format_vnd
from khuyencong.sheets import cells
from khuyencong.templatetags.vietnamese import quantity
from khuyencong.text import fold, nfc, quoted

YES, NO = "Có", "Không"
# Kinds and what a cell of theirs is shown with.
FORMATS = {
    "text": "@", "code": "@", "place": "@", "choice": "@", "flag": "@",
    "money": "#,##0", "count": "#,##0", "year": "0", "date": "dd/mm/yyyy",
}  # fmt: skip


@dataclass(frozen=True)
class EditColumn:
    """`field` is that of the form behind the page; `choices()` gives [(posted value, label)] of a "choice".

    With `is_locked` it only tells what the row is, and is not read back.
    """

    field: str
    label: str
    kind: str = "text"
    width: int = 16
    choices: Callable[[], list] | None = None
    is_locked: bool = False

    @property
    def number_format(self):
        return FORMATS[self.kind]

    def posted(self, value):
        """A stored value as the page would post it."""
        if value is None or value is False or value == "":
            return ""
        if isinstance(value, Model) and self.kind == "choice":
            return str(value.pk)
        if isinstance(value, datetime | date):
            return short_date(value)
        if isinstance(value, Decimal):
            return quantity(value)
        return nfc(str(value))

    def cell(self, posted, labels):
        """What is written into the cell: text, int or date; None where there is nothing."""
        if not posted:
            return None
        if self.kind in ("money", "count", "year"):
            return int(posted)
        if self.kind == "date":
            return parse_date(posted)
        if self.kind == "choice":
            return labels.get(posted, "")
        return YES if self.kind == "flag" else posted

    def read(self, cell, options):
        """The cell as the page would post it; `options` are the choices by folded label.

        Raises ValueError, in Vietnamese, quoting the cell.
        """
        if self.kind == "choice":
            return self._chosen(cell, options)
        if self.kind == "flag":
            return self._flag(cell)
        value = _READERS[self.kind](cell)
        return "" if value is None else short_date(value) if isinstance(value, date) else str(value)

    def _chosen(self, cell, options):
        text = cells.read_text(cell)
        if text is None:
            return ""
        found = options.get(fold(text), [])
        if len(found) == 1:
            return found[0]
        if found:
            raise ValueError(f"{quoted(text)} là tên của nhiều mục; chọn mục này trên trang của hồ sơ.")
        raise ValueError(f"{quoted(text)} không có trong danh mục “{self.label}”; chọn trong danh sách của ô.")

    def _flag(self, cell):
        text = fold(cells.shown(cell)) if cell is not None else ""
        if text in ("", "khong", "0", "false"):
            return ""
        if text in ("co", "x", "1", "true"):
            return "True"
        raise ValueError(f"{quoted(cells.shown(cell))}: ghi “{YES}” hoặc “{NO}”.")

    def readable(self, posted, labels):
        """A posted value as people read it."""
        if not posted:
            return NO if self.kind == "flag" else "để trống"
        if self.kind in ("money", "count"):
            return format_vnd(int(posted))
        if self.kind == "choice":
            return labels.get(posted, posted)
        return YES if self.kind == "flag" else posted


_READERS = {
    "text": cells.read_text,
    "place": cells.read_text,
    "code": cells.read_code,
    "money": cells.read_money,
    "count": cells.read_count,
    "year": cells.read_year,
    "date": cells.read_date,
}


class Lists:
    """The choices of the columns of one list, looked up once."""

    def __init__(self, columns):
        self.pairs = {column.field: list(column.choices()) for column in columns if column.choices}

    def labels(self, column):
        return {str(key): str(label) for key, label in self.pairs.get(column.field, [])}

    def options(self, column):
        options = {}
        for key, label in self.pairs.get(column.field, []):
            options.setdefault(fold(str(label)), []).append(str(key))
        return options
