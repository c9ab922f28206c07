"""A calendar file of whole days (RFC 5545): escaped, folded, UTF-8. Knows nothing of projects."""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime

LONGEST_LINE = 75  # octets, without the line break (RFC 5545, 3.1)
BREAK = "\r\n"
PRODUCT = "-//Cổng quản lý khuyến công//Lịch hạn việc//VI"
# How often a calendar program asks again.
READ_AGAIN = "PT6H"


@dataclass(frozen=True)
class Event:
    """One day. `uid` stays the same when day or words change, so that the entry moves instead of doubling."""

    uid: str
    on: date
    summary: str
    url: str
    description: str = ""


def calendar(name, events, stamp: datetime) -> str:
    """The file; `stamp` is when it was made, in UTC."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{escaped(PRODUCT)}", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(name)}", f"REFRESH-INTERVAL;VALUE=DURATION:{READ_AGAIN}",
        f"X-PUBLISHED-TTL:{READ_AGAIN}",
    ]  # fmt: skip
    for event in events:
        lines += _lines(event, stamp)
    lines.append("END:VCALENDAR")
    return "".join(folded(line) + BREAK for line in lines)


def _lines(event, stamp):
    yield "BEGIN:VEVENT"
    yield f"UID:{escaped(event.uid)}"
    yield f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{event.on:%Y%m%d}"
    yield f"SUMMARY:{escaped(event.summary)}"
    if event.description:
        yield f"DESCRIPTION:{escaped(event.description)}"
    yield f"URL:{event.url}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def escaped(text) -> str:
    """A TEXT value (RFC 5545, 3.3.11): backslash, semicolon, comma and line ends escaped, control characters gone."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(letter for letter in text if letter == "\n" or unicodedata.category(letter) != "Cc")
    for mark in "\\;,":
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\n", "\\n")


def folded(line) -> str:
    """A line in pieces of at most 75 octets, each further one behind a space; no letter is cut in two."""
    pieces, piece, room = [], "", LONGEST_LINE
    for letter in line:
        size = len(letter.encode())
        if size > room:
            pieces.append(piece)
            piece, room = "", LONGEST_LINE - 1  # the space before it counts
        piece += letter
        room -= size
    return f"{BREAK} ".join([*pieces, piece])
