"""Filters that write money, dates and numbers the Vietnamese way; built in to every template.

A missing value (None or an unknown variable) becomes an empty text, except for vn_date, which leaves dots.
Floats raise TypeError: what is shown is exact.
"""

from collections.abc import Sized
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from operator import index

from django import template

from khuyencong import dates, money

MISSING = (None, "")
ROMAN_STEPS = (
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
)
LARGEST_ROMAN = 3999
# VII is as wide as a column of numbers takes.
LAST_NARROW_ROMAN = 7

register = template.Library()


@register.filter
def lower_first(text: str) -> str:
    """ "Phụ lục 12/QĐ-UBND" inside a sentence: only the first letter becomes small; numbers, abbreviations stay."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


@register.filter
def vnd(amount: int | None) -> str:
    """150000000 -> "150.000.000"."""
    return "" if amount in MISSING else money.format_vnd(amount)


@register.filter
def vnd_or_dash(amount: int | None) -> str:
    """A cell of a list: grouped đồng, a dash for none."""
    return money.format_vnd(amount) if amount else "–"


@register.filter
def vnd_unit(amount: int | None) -> str:
    """150000000 -> "150.000.000 đồng"."""
    return "" if amount in MISSING else money.vnd(amount)


@register.filter
def vnd_words(amount: int | None) -> str:
    """300000000 -> "Ba trăm triệu đồng"."""
    return "" if amount in MISSING else money.vnd_words(amount)


@register.filter
def scaled(amount: int | None, scale: str) -> str:
    """With "triệu": 181946900000 -> "181.946,9"; scales are those of money.SCALES."""
    return "" if amount in MISSING else money.format_scaled(amount, scale)


@register.filter
def vn_date(value: date | str | None) -> str:
    """The long date of documents; also of "2016-01-04" and, without a year, "--12-31"; dots for no date."""
    if isinstance(value, str) and value.startswith("--"):
        return dates.long_date(None, month_day=value.removeprefix("--"))
    return dates.long_date(_exact_date(value))


@register.filter
def short_date(value: date | str | None) -> str:
    """05/06/2026, also of the text "2026-06-05"."""
    return "" if value in MISSING else dates.short_date(_exact_date(value))


@register.filter
def percent(value: Decimal | int | None) -> str:
    """A percentage without its sign, at most one decimal, rounded half up: 46.87 -> "46,9", 100 -> "100"."""
    return "" if value in MISSING else quantity(_exact_number(value).quantize(Decimal("0.1"), ROUND_HALF_UP))


@register.filter
def quantity(value: Decimal | int | str | None) -> str:
    """Every decimal that counts: 2.50 -> "2,5", 1875 -> "1.875"; also of a number frozen as text."""
    if value in MISSING:
        return ""
    text = f"{_exact_number(value):,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.translate(str.maketrans(",.", ".,"))


@register.filter
def roman(number: int | None) -> str:
    """1 -> "I", up to LARGEST_ROMAN; numbers the groups of statutory tables."""
    if number in MISSING:
        return ""
    if not 1 <= index(number) <= LARGEST_ROMAN:
        raise ValueError(f"No Roman numeral for {number}")
    numeral = ""
    for value, letters in ROMAN_STEPS:
        count, number = divmod(number, value)
        numeral += letters * count
    return numeral


@register.filter
def roman_column(rows: Sized) -> str:
    """The class of the first column of a table whose groups are numbered in Roman; from VIII on it is wider."""
    return "c-no c-roman" if len(rows) > LAST_NARROW_ROMAN else "c-no"


@register.filter
def rows_of(items: list, width: int) -> list[list]:
    """The items in rows of so many, the last one perhaps shorter."""
    return [items[start : start + width] for start in range(0, len(items), width)]


def _exact_number(value: Decimal | int | str) -> Decimal:
    if isinstance(value, float):
        raise TypeError(f"A float is not exact: {value}")
    return Decimal(value)


def _exact_date(value: date | str | None) -> date | None:
    """Data frozen with an issued document holds dates as ISO text."""
    return date.fromisoformat(value) if isinstance(value, str) and value else value or None
