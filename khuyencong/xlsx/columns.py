"""What a column shows, and how a value becomes the content of a cell."""

import datetime
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.text import slugify

from khuyencong.text import fold
from khuyencong.xlsx.cells import clean

MAX_NUMBER = 999_999_999_999_999
_DAY_ZERO = datetime.date(1899, 12, 30).toordinal()


def number_content(value):
    """An int or a Decimal within the digits that Excel keeps."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError(f"{value!r} is not a number.")
    if not isinstance(value, int):
        if not math.isfinite(value):
            raise ValueError(f"{value!r} cannot be shown.")
        value = Decimal(str(value))
    if not -MAX_NUMBER <= value <= MAX_NUMBER:
        raise ValueError(f"{value:,} has more than the 15 digits that Excel keeps exactly.")
    return value


def _whole_number_content(value):
    number = number_content(value)
    if number != int(number):
        raise ValueError(f"{value!r} is not a whole number.")
    return int(number)


def _text_content(value):
    if value.__class__ is str:
        return clean(value)
    if isinstance(value, bool):
        return "Có" if value else "Không"
    if isinstance(value, datetime.date | float | Decimal):
        raise ValueError(f"{value!r} is not text: choose the kind of column that formats it.")
    return clean(str(value))


def _date_content(value):
    """Days since Excel's day 0; text before 1 March 1900, where the calendars of spreadsheets disagree."""
    if isinstance(value, datetime.datetime):
        value = _local(value).date()
    if not isinstance(value, datetime.date):
        raise ValueError(f"{value!r} is not a date.")
    days = value.toordinal() - _DAY_ZERO
    return days if days > 60 else f"{value.day:02}/{value.month:02}/{value.year:04}"


def _datetime_content(value):
    if not isinstance(value, datetime.datetime):
        raise ValueError(f"{value!r} is not a date with a time.")
    value = _local(value)
    day = _date_content(value)
    if isinstance(day, str):
        return f"{day} {value:%H:%M}"
    return day + (value.hour * 3600 + value.minute * 60 + value.second) / 86_400


def _local(moment):
    """Wall-clock time in the portal's zone, which is all that Excel can hold."""
    return timezone.make_naive(moment) if timezone.is_aware(moment) else moment


class Kind(NamedTuple):
    number_format: str
    align: str
    content: Callable  # python value -> text or number; raises ValueError
    decimals: int = 0
    width: float | None = None  # in digits, where all values are equally wide
    is_whole: bool = False  # shows any int as it is


KINDS = {
    "text": Kind("@", "left", _text_content),
    "vnd": Kind("#,##0", "right", _whole_number_content, is_whole=True),
    "integer": Kind("#,##0", "right", _whole_number_content, is_whole=True),
    "year": Kind("0", "center", _whole_number_content, is_whole=True),
    "decimal": Kind("#,##0.##", "right", number_content, decimals=2),
    "percent": Kind("0.0", "right", number_content, decimals=1),
    "date": Kind("dd/mm/yyyy", "center", _date_content, width=11),
    "datetime": Kind("dd/mm/yyyy hh:mm", "center", _datetime_content, width=15.5),
}
SUMMABLE = ("vnd", "integer", "decimal", "percent")


@dataclass(frozen=True)
class Column:
    """One column: its head, how a row yields the value, and how the value is shown.

    `kind`: "text"; "vnd" (whole đồng); "integer"; "year" (digits not grouped); "decimal" (two decimals at
    most); "percent" (72.5 is shown as 72,5: the head says %); "date"; "datetime" (in local time). `width` in
    digits replaces the estimate. `total` adds the column up in group rows and in the last row. Neighbours
    with the same `group` stand under one merged head cell. `key` names the column in saved choices and links; it
    is made of group and head unless given. What is not `is_default` comes only when somebody asks for it.
    """

    header: str
    value: Callable[[Any], Any]
    kind: str = "text"
    width: float | None = None
    total: bool = False
    group: str | None = None
    key: str = ""
    is_default: bool = True

    def __post_init__(self):
        if not self.key:
            object.__setattr__(self, "key", slugify(fold(f"{self.group or ''} {self.header}")))
        if self.kind not in KINDS:
            raise ValueError(f"Column “{self.header}”: no kind {self.kind!r}; choose from {', '.join(KINDS)}.")
        if self.total and self.kind not in SUMMABLE:
            raise ValueError(f"Column “{self.header}”: {self.kind} values have no sum.")


@dataclass(frozen=True)
class Group:
    """Rows under one bold line "I. <title>" that carries their sums."""

    title: str
    rows: Iterable
