"""Dates as officers type them and as documents write them; "today" is the day in Việt Nam."""

import re
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from khuyencong.text import nfc, quoted, western_digits

FIRST_YEAR = 1900
LAST_YEAR = 2100
EXAMPLE = "ví dụ 05/06/2026"
DOTS = "......"

_DAY_FIRST = re.compile(r"(?P<day>[0-9]{1,2})(?P<mark>[-/.])(?P<month>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4})")
_YEAR_FIRST = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})")
_SHORT_YEAR = re.compile(r"[0-9]{1,2}([-/.])[0-9]{1,2}\1[0-9]{2}")


def parse_date(text: str) -> date:
    """Read d/m/yyyy, d-m-yyyy, d.m.yyyy or yyyy-mm-dd, always day before month.

    Raises ValidationError with code empty, short_year, unreadable, unreal (31/02) or out_of_range
    (before FIRST_YEAR or after LAST_YEAR).
    """
    typed = western_digits(nfc(text))
    if not typed:
        raise ValidationError(f"Chưa nhập ngày; gõ ngày/tháng/năm, {EXAMPLE}.", code="empty")
    if _SHORT_YEAR.fullmatch(typed):
        raise ValidationError(
            f"Năm trong {quoted(text)} chỉ có hai chữ số; gõ đủ bốn chữ số của năm, {EXAMPLE}.",
            code="short_year",
        )
    match = _DAY_FIRST.fullmatch(typed) or _YEAR_FIRST.fullmatch(typed)
    if match is None:
        raise ValidationError(f"Không đọc được ngày {quoted(text)}; gõ ngày/tháng/năm, {EXAMPLE}.", code="unreadable")
    year, month, day = (int(match[name]) for name in ("year", "month", "day"))
    try:
        value = date(year, month, day)
    except ValueError:
        raise ValidationError(
            f"{quoted(text)} không phải ngày có thật; gõ ngày/tháng/năm, {EXAMPLE}.", code="unreal"
        ) from None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValidationError(
            f"Năm trong {quoted(text)} phải từ {FIRST_YEAR} đến {LAST_YEAR}; gõ ngày/tháng/năm, {EXAMPLE}.",
            code="out_of_range",
        )
    return value


def long_date(value: date | None, month_day: str | None = None) -> str:
    """A date as official papers write it: "ngày 04 tháng 01 năm 2016" (NĐ 30/2020/NĐ-CP, Phụ lục I).

    Days below 10 and the months 1 and 2 carry a leading zero, the months 3 to 9 do not. Without a date dots
    are left to be filled in by hand; with month_day ("12-31", month first as in ISO 8601) only for the year.
    """
    if value is not None:
        value = _local_day(value)
        return f"ngày {value.day:02d} tháng {_month(value)} năm {value.year}"
    if month_day is not None:
        month, day = map(int, month_day.split("-"))
        value = date(2000, month, day)  # a leap year, so that 29 February passes
        return f"ngày {value.day:02d} tháng {_month(value)} năm {DOTS}"
    return f"ngày {DOTS} tháng {DOTS} năm {DOTS}"


def short_date(value: date) -> str:
    """05/06/2026; of a moment, its day in Việt Nam."""
    return _local_day(value).strftime("%d/%m/%Y")


def month_label(value: date) -> str:
    """The month in headings and charts: "tháng 01/2026", "tháng 6/2026"."""
    value = _local_day(value)
    return f"tháng {_month(value)}/{value.year}"


def today() -> date:
    """The current day in the portal's time zone (Asia/Ho_Chi_Minh)."""
    return timezone.localdate()


def _local_day(value: date) -> date:
    """The day of a date, or of an aware moment; a naive moment raises ValueError."""
    return timezone.localdate(value) if isinstance(value, datetime) else value


def _month(value: date) -> str:
    return f"{value.month:02d}" if value.month < 3 else str(value.month)
