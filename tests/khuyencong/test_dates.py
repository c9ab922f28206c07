from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from khuyencong.dates import long_date, month_label, parse_date, short_date, today

# 23:30 in Greenwich on 4 June is 6:30 of 5 June in Việt Nam.
LATE_IN_LONDON = datetime(2026, 6, 4, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed",
    [
        "05/06/2026",
        "5/6/2026",
        " 5/06/2026 ",
        "05-06-2026",
        "5.6.2026",
        "2026-06-05",
        "2026-6-5",
        "０５/０６/２０２６",
        "05/06/2026\u200b",
        "\u00a005/06/2026",
    ],
)
def test_parse_date_reads_day_before_month(typed):
    assert parse_date(typed) == date(2026, 6, 5)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("29/02/2024", date(2024, 2, 29)),
        ("01/01/1900", date(1900, 1, 1)),
        ("31/12/2100", date(2100, 12, 31)),
    ],
)
def test_parse_date_reads_the_edges(typed, expected):
    assert parse_date(typed) == expected


@pytest.mark.parametrize(
    ("typed", "code", "message"),
    [
        ("", "empty", "Chưa nhập ngày; gõ ngày/tháng/năm, ví dụ 05/06/2026."),
        (" \u00a0", "empty", "Chưa nhập ngày; gõ ngày/tháng/năm, ví dụ 05/06/2026."),
        (
            "31/02/2025",
            "unreal",
            "“31/02/2025” không phải ngày có thật; gõ ngày/tháng/năm, ví dụ 05/06/2026.",
        ),
        (
            "29/02/2025",
            "unreal",
            "“29/02/2025” không phải ngày có thật; gõ ngày/tháng/năm, ví dụ 05/06/2026.",
        ),
        (
            "06/25/2026",
            "unreal",
            "“06/25/2026” không phải ngày có thật; gõ ngày/tháng/năm, ví dụ 05/06/2026.",
        ),
        (
            "00/06/2026",
            "unreal",
            "“00/06/2026” không phải ngày có thật; gõ ngày/tháng/năm, ví dụ 05/06/2026.",
        ),
        (
            "05/06/26",
            "short_year",
            "Năm trong “05/06/26” chỉ có hai chữ số; gõ đủ bốn chữ số của năm, ví dụ 05/06/2026.",
        ),
        (
            "5-6-26",
            "short_year",
            "Năm trong “5-6-26” chỉ có hai chữ số; gõ đủ bốn chữ số của năm, ví dụ 05/06/2026.",
        ),
        (
            "05/06/0206",
            "out_of_range",
            "Năm trong “05/06/0206” phải từ 1900 đến 2100; gõ ngày/tháng/năm, ví dụ 05/06/2026.",
        ),
        (
            "01/01/2101",
            "out_of_range",
            "Năm trong “01/01/2101” phải từ 1900 đến 2100; gõ ngày/tháng/năm, ví dụ 05/06/2026.",
        ),
        (
            "hôm nay",
            "unreadable",
            "Không đọc được ngày “hôm nay”; gõ ngày/tháng/năm, ví dụ 05/06/2026.",
        ),
        (
            "05/06-2026",
            "unreadable",
            "Không đọc được ngày “05/06-2026”; gõ ngày/tháng/năm, ví dụ 05/06/2026.",
        ),
        (
            "05/06/20266",
            "unreadable",
            "Không đọc được ngày “05/06/20266”; gõ ngày/tháng/năm, ví dụ 05/06/2026.",
        ),
        ("06/2026", "unreadable", "Không đọc được ngày “06/2026”; gõ ngày/tháng/năm, ví dụ 05/06/2026."),
        ("²/06/2026", "unreadable", "Không đọc được ngày “²/06/2026”; gõ ngày/tháng/năm, ví dụ 05/06/2026."),
    ],
)
def test_parse_date_says_what_to_do(typed, code, message):
    with pytest.raises(ValidationError) as refusal:
        parse_date(typed)

    assert (refusal.value.code, refusal.value.message) == (code, message)


@settings(deadline=None)
@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_parse_date_reads_what_short_date_writes(value):
    assert parse_date(short_date(value)) == value
    assert parse_date(value.isoformat()) == value


@settings(deadline=None)
@given(st.text())
def test_parse_date_gives_a_date_or_a_refusal(typed):
    try:
        answer = parse_date(typed)
    except ValidationError as refusal:
        answer = refusal.message

    assert type(answer) is date or answer.endswith("ví dụ 05/06/2026.")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (date(2016, 1, 4), "ngày 04 tháng 01 năm 2016"),
        (date(2016, 2, 29), "ngày 29 tháng 02 năm 2016"),
        (date(2026, 3, 9), "ngày 09 tháng 3 năm 2026"),
        (date(2026, 9, 10), "ngày 10 tháng 9 năm 2026"),
        (date(2026, 10, 1), "ngày 01 tháng 10 năm 2026"),
        (date(2026, 12, 31), "ngày 31 tháng 12 năm 2026"),
        (LATE_IN_LONDON, "ngày 05 tháng 6 năm 2026"),
        (None, "ngày ...... tháng ...... năm ......"),
    ],
)
def test_long_date_follows_the_rule_of_leading_zeros(value, written):
    assert long_date(value) == written


@pytest.mark.parametrize(
    ("month_day", "written"),
    [
        ("12-12", "ngày 12 tháng 12 năm ......"),
        ("02-29", "ngày 29 tháng 02 năm ......"),
        ("05-03", "ngày 03 tháng 5 năm ......"),
    ],
)
def test_long_date_leaves_dots_for_an_unknown_year(month_day, written):
    assert long_date(None, month_day=month_day) == written


@pytest.mark.parametrize(
    ("month_day", "reason"), [("13-01", "month"), ("02-30", "day"), ("12", "values"), ("a-b", "literal")]
)
def test_long_date_refuses_a_day_that_no_year_has(month_day, reason):
    with pytest.raises(ValueError, match=reason):
        long_date(None, month_day=month_day)


@pytest.mark.parametrize(
    ("value", "written"),
    [(date(2026, 6, 5), "05/06/2026"), (date(2025, 12, 31), "31/12/2025"), (LATE_IN_LONDON, "05/06/2026")],
)
def test_short_date_has_two_digits_each(value, written):
    assert short_date(value) == written


def test_short_date_refuses_a_moment_without_time_zone():
    with pytest.raises(ValueError, match="naive"):
        short_date(datetime(2026, 6, 5, 1, 0))


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (date(2026, 1, 31), "tháng 01/2026"),
        (date(2026, 6, 5), "tháng 6/2026"),
        (date(2026, 11, 5), "tháng 11/2026"),
        (datetime(2026, 6, 30, 20, 0, tzinfo=UTC), "tháng 7/2026"),
    ],
)
def test_month_label_names_month_and_year(value, label):
    assert month_label(value) == label


def test_today_is_the_day_in_viet_nam(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: LATE_IN_LONDON)

    assert today() == date(2026, 6, 5)
