"""Cells of the files that the admin gives out and takes back, written and read as on the portal's own pages.

Each widget raises ValueError, in Vietnamese, for a cell that it cannot read.
"""

from datetime import date

from django.core.exceptions import ValidationError
from import_export.forms import ImportForm
from import_export.widgets import Widget

from khuyencong.text import fold, nfc, quoted

# What spreadsheets take for the beginning of a formula.
FORMULA_BEGINNINGS = ("=", "+", "-", "@")


class FileForm(ImportForm):
    """The file to take in, asked for in Vietnamese."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        labels = {"resource": "Loại dữ liệu", "import_file": "Tệp", "format": "Định dạng"}
        for name, label in labels.items():
            self.fields[name].label = label


class TextWidget(Widget):
    """Text that stays text: what a spreadsheet would run as a formula goes out, and comes back, behind a '.

    An empty cell is read as `empty`.
    """

    def __init__(self, empty=""):
        super().__init__()
        self.empty = empty

    def clean(self, value, row=None, **kwargs):
        text = nfc("" if value is None else str(value))
        is_guarded = text.startswith("'") and text[1:].startswith(FORMULA_BEGINNINGS)
        return (text[1:] if is_guarded else text) or self.empty

    def render(self, value, obj=None, **kwargs):
        text = "" if value is None else str(value)
        return f"'{text}" if text.startswith(FORMULA_BEGINNINGS) else text


class FieldWidget(Widget):
    """What a form field reads: dates day first, money as typed, a place by its name old or new.

    Numbers and days of a spreadsheet come and go as such.
    """

    def __init__(self, field):
        super().__init__()
        self.field = field

    def clean(self, value, row=None, **kwargs):
        try:
            return self.field.clean(_typed(value))
        except ValidationError as refusal:
            raise ValueError(" ".join(refusal.messages)) from None

    def render(self, value, obj=None, **kwargs):
        if kwargs.get("force_native_type") and isinstance(value, int | date):
            return value
        shown = self.field.prepare_value(value)
        return "" if shown is None else str(shown)


class NameWidget(Widget):
    """One of a few rows or choices by its name; `choices` yields (value, name)."""

    def __init__(self, noun, choices):
        super().__init__()
        self.noun, self.choices = noun, choices

    def clean(self, value, row=None, **kwargs):
        wanted = fold("" if value is None else str(value))
        if not wanted:
            return None
        pairs = list(self.choices())
        for choice, name in pairs:
            if fold(name) == wanted:
                return choice
        names = "; ".join(name for _choice, name in pairs[:10])
        raise ValueError(f"Không có {self.noun} {quoted(str(value))}. Ghi đúng tên, ví dụ: {names}.")

    def render(self, value, obj=None, **kwargs):
        return next((name for choice, name in self.choices() if choice == value), "")


def _typed(value):
    """A cell as a person would type it; a spreadsheet holds whole numbers as 5.0 and days with a time."""
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
