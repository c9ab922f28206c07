from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.template import Context, Engine
from django.utils import formats, timezone

from khuyencong.templatetags.vietnamese import vnd_or_dash

engine = Engine(builtins=["khuyencong.templatetags.vietnamese"])
DOTS = "ngày ...... tháng ...... năm ......"


def rendered(expression, value):
    return engine.from_string(f"{{{{ value|{expression} }}}}").render(Context({"value": value}))


@pytest.mark.parametrize(
    ("expression", "value", "expected"),
    [
        ("vnd", 150_000_000, "150.000.000"),
        ("vnd", 0, "0"),
        ("vnd", -5_000, "-5.000"),
        ("vnd_unit", 150_000_000, "150.000.000 đồng"),
        ("vnd_unit", 0, "0 đồng"),
        ("vnd_words", 300_000_000, "Ba trăm triệu đồng"),
        ("vnd_words", 0, "Không đồng"),
        ("scaled:'tỷ'", 51_154_000_000, "51,154"),
        ("scaled:'triệu'", 181_946_900_000, "181.946,9"),
        ("vn_date", date(2016, 1, 4), "ngày 04 tháng 01 năm 2016"),
        ("vn_date", "2016-01-04", "ngày 04 tháng 01 năm 2016"),
        ("vn_date", "--12-12", "ngày 12 tháng 12 năm ......"),
        ("short_date", date(2026, 6, 5), "05/06/2026"),
        ("short_date", "2026-06-05", "05/06/2026"),
        ("short_date", datetime(2026, 6, 4, 23, 30, tzinfo=UTC), "05/06/2026"),
        ("percent", Decimal("46.87"), "46,9"),
        ("percent", Decimal("46.85"), "46,9"),
        ("percent", Decimal("46.849"), "46,8"),
        ("percent", Decimal("-0.04"), "0"),
        ("percent", Decimal("1234.5"), "1.234,5"),
        ("percent", 100, "100"),
        ("percent", 0, "0"),
        ("quantity", Decimal("2.50"), "2,5"),
        ("quantity", Decimal("2.00"), "2"),
        ("quantity", Decimal("1E+3"), "1.000"),
        ("quantity", Decimal("0.125"), "0,125"),
        ("quantity", Decimal("100"), "100"),
        ("quantity", 1875, "1.875"),
        ("quantity", 0, "0"),
        ("quantity", "1875.50", "1.875,5"),
    ],
)
def test_filter_writes_the_vietnamese_way(expression, value, expected):
    assert rendered(expression, value) == expected


@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize(
    "expression",
    ["vnd", "vnd_unit", "vnd_words", "scaled:'tỷ'", "short_date", "percent", "quantity", "roman"],
)
def test_filter_writes_nothing_for_a_missing_value(expression, value):
    assert rendered(expression, value) == ""


@pytest.mark.parametrize("value", [None, ""])
def test_vn_date_leaves_dots_for_a_missing_date(value):
    assert rendered("vn_date", value) == DOTS


def test_filters_take_an_unknown_variable_as_missing():
    template = engine.from_string("[{{ unknown|vnd }}][{{ unknown|vn_date }}]")

    assert template.render(Context()) == f"[][{DOTS}]"


@pytest.mark.parametrize("expression", ["vnd", "vnd_unit", "vnd_words", "scaled:'tỷ'", "percent", "quantity", "roman"])
def test_filter_refuses_floats(expression):
    with pytest.raises(TypeError):
        rendered(expression, 1.5)


@pytest.mark.parametrize(
    ("number", "numeral"),
    [
        (1, "I"),
        (2, "II"),
        (3, "III"),
        (4, "IV"),
        (5, "V"),
        (6, "VI"),
        (8, "VIII"),
        (9, "IX"),
        (10, "X"),
        (14, "XIV"),
        (19, "XIX"),
        (40, "XL"),
        (49, "XLIX"),
        (90, "XC"),
        (400, "CD"),
        (944, "CMXLIV"),
        (2026, "MMXXVI"),
        (3999, "MMMCMXCIX"),
    ],
)
def test_roman_writes_numerals(number, numeral):
    assert rendered("roman", number) == numeral


@pytest.mark.parametrize("number", [0, -1, 4000])
def test_roman_refuses_numbers_without_numeral(number):
    with pytest.raises(ValueError, match="No Roman numeral"):
        rendered("roman", number)


@pytest.mark.parametrize("typed", ["05/06/2026", "5/6/2026", "05-06-2026", "05.06.2026", "2026-06-05"])
def test_formats_read_day_before_month(typed):
    assert forms.DateField().clean(typed) == date(2026, 6, 5)


@pytest.mark.parametrize("typed", ["25/13/2026", "05/06/26", "06/25/2026"])
def test_formats_refuse_other_orders(typed):
    with pytest.raises(ValidationError):
        forms.DateField().clean(typed)


@pytest.mark.parametrize("typed", ["07:08 05/06/2026", "05/06/2026 07:08", "2026-06-05 07:08"])
def test_formats_read_moments(typed):
    moment = datetime(2026, 6, 5, 7, 8, tzinfo=timezone.get_default_timezone())

    assert forms.DateTimeField().clean(typed) == moment


def test_formats_write_numbers():
    assert formats.number_format(Decimal("1234567.5"), use_l10n=True, force_grouping=True) == "1.234.567,5"
    assert formats.get_format("FIRST_DAY_OF_WEEK") == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("DATE_FORMAT", "05/06/2026"),
        ("SHORT_DATE_FORMAT", "05/06/2026"),
        ("DATETIME_FORMAT", "07:08 05/06/2026"),
        ("SHORT_DATETIME_FORMAT", "07:08 05/06/2026"),
        ("TIME_FORMAT", "07:08"),
        ("YEAR_MONTH_FORMAT", "tháng 6/2026"),
        ("MONTH_DAY_FORMAT", "05/06"),
    ],
)
def test_formats_write_dates(name, expected):
    moment = datetime(2026, 6, 5, 7, 8, tzinfo=timezone.get_default_timezone())

    assert formats.date_format(moment, name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Phụ lục 12/QĐ-UBND", "phụ lục 12/QĐ-UBND"),
        ("Đưa vào kế hoạch", "đưa vào kế hoạch"),
        ("KCQG", "KCQG"),
        ("", ""),
    ],
)
def test_lower_first_leaves_numbers_of_papers(text, expected):
    assert rendered("lower_first", text) == expected


@pytest.mark.parametrize(("amount", "shown"), [(1_234_567, "1.234.567"), (0, "–"), (None, "–")])
def test_a_cell_of_a_list_has_a_dash_for_nothing(amount, shown):
    assert vnd_or_dash(amount) == shown
