"""Widths of table columns, read from the sheet of the PDF: both have one home."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import tinycss2
from django.contrib.staticfiles import finders

from khuyencong.word.elements import millimetres, points

STYLESHEET = "documents/document.css"
COLUMN = re.compile(r"(?:\.(?P<around>[\w-]+)\s+)?\.(?P<column>c-[\w-]+)")


@dataclass(frozen=True)
class Width:
    """One rule such as `.small .c-no { width: 9.5mm }`; `around` is "" when it holds everywhere."""

    around: str
    column: str
    value: float
    unit: str

    def twips(self, font_size: float) -> int:
        return points(self.value * font_size) if self.unit == "em" else millimetres(self.value)


def column_width(classes: list[str], around: set[str], font_size: float) -> int | None:
    """Of a `<col>` in twentieths of a point; None for a column that takes what is left.

    `around` holds the classes of the table and of what it stands in, `font_size` (pt) is what an em
    is counted by. As in the sheet, a rule with two classes beats one, the later beats the earlier.
    """
    fitting = [width for width in _widths() if width.column in classes and width.around in around | {""}]
    strongest = sorted(fitting, key=lambda width: bool(width.around))
    return strongest[-1].twips(font_size) if strongest else None


@cache
def _widths() -> tuple[Width, ...]:
    css = Path(finders.find(STYLESHEET)).read_text()
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    return tuple(width for rule in rules if rule.type == "qualified-rule" for width in _widths_of(rule))


def _widths_of(rule):
    for selector in tinycss2.serialize(rule.prelude).split(","):
        match = COLUMN.fullmatch(selector.strip())
        for value in _declared_widths(rule) if match else ():
            yield Width(match["around"] or "", match["column"], value.value, value.unit)


def _declared_widths(rule):
    for declaration in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True):
        if declaration.type == "declaration" and declaration.lower_name == "width":
            yield from (value for value in declaration.value if value.type == "dimension")
