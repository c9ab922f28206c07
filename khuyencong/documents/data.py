"""The data of a paper as it was printed: kept in one canonical form, so that the same data give the same bytes."""

import dataclasses
import hashlib
import json
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from khuyencong.dates import short_date
from khuyencong.documents.press import Document
from khuyencong.money import format_vnd

# What the portal puts on a paper beside its data.
MARKS = ("draft", "verify", "word_note")
# What names a row of a table, for people who read what changed in it.
NAMES = ("name", "label", "title", "code", "number")
MOST_DIFFERENCES = 200


class Difference(NamedTuple):
    """A place of the data, told by the nearest name above it, with the value printed and today's."""

    place: str
    printed: str
    now: str


def data_of(document: Document) -> dict:
    """The data of a paper, plain enough for JSON, without the marks of draft and verification."""
    return plain({key: value for key, value in document.context.items() if key not in MARKS})


def plain(value: Any) -> Any:
    """Dataclasses and mappings as dict, sequences as list, dates in ISO form, Decimal as its shortest digits.

    Raises TypeError for anything else: a float is no money, a model object no frozen data.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    raise TypeError(f"{type(value).__name__} cannot be frozen: {value!r}")


def canonical(data: Any) -> bytes:
    """Plain data as JSON whose bytes depend on the data alone: keys in order, UTF-8, no spaces."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest_of(data: Any) -> str:
    """SHA-256 of plain data in its canonical form."""
    return hashlib.sha256(canonical(data)).hexdigest()


def differences(printed: Any, now: Any) -> list[Difference]:
    """Where two plain data differ, the first MOST_DIFFERENCES places; what stands twice on the paper is told once."""
    return list(dict.fromkeys(_compared(printed, now, "")))[:MOST_DIFFERENCES]


def _compared(printed, now, place):
    if printed == now:
        return
    if isinstance(printed, dict) and isinstance(now, dict):
        place = _name_of(now) or _name_of(printed) or place
        for key in dict.fromkeys([*printed, *now]):
            yield from _compared(printed.get(key), now.get(key), place)
    elif isinstance(printed, list) and isinstance(now, list):
        for index in range(max(len(printed), len(now))):
            old, new = (rows[index] if index < len(rows) else None for rows in (printed, now))
            yield from _compared(old, new, place or f"dòng {index + 1}")
    else:
        yield Difference(place, *(_words(value) for value in (printed, now)))


def _name_of(data):
    return next((data[key] for key in NAMES if isinstance(data.get(key), str) and data[key]), "")


def _words(value):
    """A plain value as people read it; of a row that came or went, its texts and figures."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, int):
        return format_vnd(value)
    if isinstance(value, dict):
        return ", ".join(filter(None, map(_words, value.values())))
    if isinstance(value, list):
        return ", ".join(filter(None, map(_words, value)))
    return _day_words(value)


def _day_words(text):
    try:
        return short_date(date.fromisoformat(text)) if len(text) == 10 else text
    except ValueError:
        return text
