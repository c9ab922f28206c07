"""The calendar file, read back by the rules of RFC 5545."""

from datetime import UTC, date, datetime

import pytest

from reports.icalendar import Event, calendar, escaped, folded

STAMP = datetime(2026, 11, 22, 3, 5, 9, tzinfo=UTC)
LONG = "Báo cáo tiến độ tháng 11/2026: Ứng dụng máy móc tiên tiến trong sản xuất kẹo dừa, chế biến bưởi Năm Roi"


def unfolded(text):
    return text.replace("\r\n ", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kẹo; bánh, mứt", "Kẹo\\; bánh\\, mứt"), (r"a\b", r"a\\b"), ("một\r\nhai\nba\rbốn", "một\\nhai\\nba\\nbốn"),
        ("chuông\x07, tab\t", "chuông\\, tab"),
    ],
)  # fmt: skip
def test_text_is_escaped(text, expected):
    assert escaped(text) == expected


@pytest.mark.parametrize("text", ["a" * 75, "a" * 76, "ế" * 60, f"SUMMARY:{LONG}", "a" * 74 + "ế" * 30, "🎉" * 40, ""])
def test_lines_are_folded_at_75_octets_and_no_letter_is_cut(text):
    pieces = folded(text).split("\r\n")

    assert max(len(piece.encode()) for piece in pieces) <= 75
    assert all(piece.startswith(" ") for piece in pieces[1:])
    assert unfolded(folded(text)) == text
    assert len(pieces) == 1 or len(text.encode()) > 75


def test_file_holds_its_events_as_whole_days():
    event = Event(
        uid="monthly_report-project-12-2026-11@khuyencong.example", on=date(2026, 11, 25), summary=LONG,
        url="https://khuyencong.example/de-an/12/", description="Thông tư 36/2013/TT-BCT, Điều 23",
    )  # fmt: skip
    text = calendar("Hạn việc", [event], STAMP)

    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert text.endswith("END:VEVENT\r\nEND:VCALENDAR\r\n")
    assert text.count("\r\n") == text.count("\n")
    lines = unfolded(text).split("\r\n")
    assert lines[lines.index("BEGIN:VEVENT") + 1 : -2] == [
        "UID:monthly_report-project-12-2026-11@khuyencong.example",
        "DTSTAMP:20261122T030509Z",
        "DTSTART;VALUE=DATE:20261125",
        "SUMMARY:" + LONG.replace(",", "\\,"),
        "DESCRIPTION:Thông tư 36/2013/TT-BCT\\, Điều 23",
        "URL:https://khuyencong.example/de-an/12/",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def test_empty_calendar_is_still_one():
    assert "BEGIN:VEVENT" not in calendar("Hạn việc", [], STAMP)
