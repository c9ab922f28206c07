"""Numbers of papers: one series per body, symbol and year, from 01 each year (Nghị định 30/2020/NĐ-CP, Điều 15).

A series counts up by itself. A number given by hand may run ahead of it; the count then passes over that number.
A number that was given once is never given again, whatever became of its paper.
"""

import re

from django.core.exceptions import ValidationError
from django.db import transaction

from khuyencong.models import Counter, IssuedDocument, Organisation
from khuyencong.text import fold, quoted, western_digits

LARGEST = 99_999
NUMBER = re.compile(r"0*(\d{1,5})(?:/(.+))?")


def series_of(body: Organisation | str, symbol: str) -> str:
    """The name of a series in `IssuedDocument.series`; `body` is the name where it is no body of the portal."""
    return f"{body.pk if isinstance(body, Organisation) else fold(body)[: 118 - len(symbol)]}:{symbol}"


def symbol_of(kind: str, organisation: Organisation) -> str:
    """“BB-SCT”: the kind of paper and the body that issues it; the kind alone when the body has no symbol."""
    return "-".join(filter(None, [kind, organisation.symbol]))


def number_text(number: int, symbol: str) -> str:
    """“03/BB-TTKC”: a zero before a number below 10 (Nghị định 30/2020/NĐ-CP, Phụ lục I)."""
    return f"{number:02d}/{symbol}"


@transaction.atomic
def take_count(organisation: Organisation, symbol: str, year: int) -> int:
    """The next free number of a series, as a count; holds the series until the caller's transaction ends."""
    counter = Counter.locked(_key(organisation, symbol, year))
    counter.value = _following(counter.value, _given(organisation, symbol, year))
    counter.save(update_fields=["value"])
    return counter.value


def take_number(organisation: Organisation, symbol: str, year: int) -> str:
    """The next free number of a series, “03/BB-TTKC”; holds the series until the caller's transaction ends."""
    return number_text(take_count(organisation, symbol, year), symbol)


def next_number(organisation: Organisation, symbol: str, year: int) -> str:
    """The number that `take_number` would give now; nothing is held, somebody may be faster."""
    last = _last(organisation, symbol, year)
    return number_text(_following(last, _given(organisation, symbol, year)), symbol)


def lock_series(organisation: Organisation, symbol: str, year: int) -> None:
    """Nobody else takes a number of the series until the caller's transaction ends."""
    Counter.locked(_key(organisation, symbol, year))


@transaction.atomic
def count_on(organisation: Organisation, symbol: str, year: int, number: int) -> None:
    """Let the series go on behind a number given by hand, where the ones before it were given outside the portal."""
    counter = Counter.locked(_key(organisation, symbol, year))
    counter.value = max(counter.value, number)
    counter.save(update_fields=["value"])


def given_number(text: str, organisation: Organisation, symbol: str, year: int) -> str:
    """A number typed by hand, “7”, “07” or “07/BB-TTKC”, in the form of the series.

    Raises ValidationError when it is no number of the series, or was given already.
    """
    number = _read(text, symbol)
    if number <= _last(organisation, symbol, year) or number in _given(organisation, symbol, year):
        raise ValidationError(
            f"Số {number_text(number, symbol)} của năm {year} đã cấp. Số tiếp theo còn trống là "
            f"{next_number(organisation, symbol, year)}.",
            code="taken",
        )
    return number_text(number, symbol)


def count_of(text: str) -> int | None:
    """3 for “03/BB-TTKC”; None when a number does not begin with digits."""
    found = re.match(r"\d{1,9}", text)
    return int(found[0]) if found else None


def _read(text, symbol):
    typed = western_digits("".join(text.split()))
    found = NUMBER.fullmatch(typed)
    if not found or int(found[1]) == 0:
        raise ValidationError(
            f"{quoted(text)} không phải số văn bản: gõ một số từ 1 đến {LARGEST}, ví dụ {number_text(7, symbol)}.",
            code="form",
        )
    if found[2] and found[2].casefold() != "".join(symbol.split()).casefold():
        raise ValidationError(
            f"Ký hiệu của loại văn bản này là {symbol}, không phải {quoted(found[2])}: chỉ cần gõ số {int(found[1])}.",
            code="symbol",
        )
    return int(found[1])


def _key(organisation, symbol, year):
    return f"document:{organisation.pk}:{symbol}:{year}"


def _last(organisation, symbol, year):
    found = Counter.objects.filter(key=_key(organisation, symbol, year)).values_list("value", flat=True).first()
    return found or 0


def _given(organisation, symbol, year):
    """The counts of every paper of the series that was ever issued."""
    issued = IssuedDocument.objects.filter(series=series_of(organisation, symbol), year=year, number__isnull=False)
    return set(issued.values_list("number", flat=True))


def _following(last, given):
    number = last + 1
    while number in given:
        number += 1
    return number
