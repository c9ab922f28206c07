"""Cells read as what their column holds; what cannot be read for certain is refused in words."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from khuyencong.sheets import cells
from khuyencong.sheets.cells import (
    lost_zeros,
    read_cell,
    read_code,
    read_count,
    read_date,
    read_decimal,
    read_money,
    read_phone,
    read_tax_code,
    read_text,
    read_year,
)

MILLION = 1_000_000


@pytest.mark.parametrize("read", [read_text, read_code, read_tax_code, read_money, read_decimal, read_count, read_year,
                                  read_date])  # fmt: skip
def test_empty_cells_are_nothing_and_errors_of_formulas_are_told(read):
    assert [read(cell) for cell in (None, "", "-", " – ", "…", "...")] == [None] * 6
    with pytest.raises(ValueError, match="“#REF!” là lỗi của công thức"):
        read("#REF!")


@pytest.mark.parametrize(
    ("cell", "unit", "style", "amount"),
    [
        (181946.90000000002, MILLION, "", 181_946_900_000),
        (0.1 + 0.2, MILLION, "", 300_000),
        (33.333333, MILLION, "", 33_333_333),
        (25_000_000.0, 1, "", 25_000_000),
        (Decimal("12.5"), 1000, "", 12_500),
        ("1.234,5", MILLION, "", 1_234_500_000),
        ("1,234.5", MILLION, "", 1_234_500_000),
        ("1.234", MILLION, "", 1_234_000_000),
        ("1.234", MILLION, "en", 1_234_000),
        ("1,234", MILLION, "vi", 1_234_000),
        ("1,234", MILLION, "en", 1_234_000_000),
        ("1,234", 1, "", 1_234),
        ("0,5", MILLION, "", 500_000),
        ("1.5", MILLION, "", 1_500_000),
        ("12.345.678", 1, "", 12_345_678),
        ("12 345 678 đ", 1, "", 12_345_678),
        ("300.000.000 đồng", MILLION, "", 300_000_000),
        ("25 tr", MILLION, "", 25_000_000),
        ("1,2 tỷ", 1, "", 1_200_000_000),
        ("12 tỷ 500 triệu", MILLION, "", 12_500_000_000),
        (0, MILLION, "", 0),
    ],
)
def test_money_comes_out_in_whole_dong(cell, unit, style, amount):
    found = read_money(cell, unit, style=style)
    assert (found, type(found)) == (amount, int)


@pytest.mark.parametrize(
    ("cell", "unit", "told"),
    [
        ("1,234", MILLION, "“1,234” đọc được hai cách: 1234 hoặc 1,234"),
        (33.3333333333, MILLION, "“33,3333333333” có phần lẻ của đồng; làm tròn đến đồng"),
        ("12,5", 1, "“12,5” có phần lẻ của đồng"),
        ("(1.200)", 1, "Số tiền không được âm: “(1.200)”"),
        (-5, 1, "Số tiền không được âm: “-5”"),
        ("hai mươi", 1, "“hai mươi” không phải số"),
        ("20-30", 1, "“20-30” không phải số"),
        (date(2018, 3, 5), 1, "“05/03/2018” không phải số tiền"),
        (True, 1, "không phải số tiền"),
        (10**18, MILLION, "Số tiền quá lớn"),
        ("1.2.3", 1, "không phải số"),
    ],
)
def test_money_that_is_none_is_refused(cell, unit, told):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 -- every refusal is a ValueError
        read_money(cell, unit)
    assert str(refused.value).startswith(told) or told in str(refused.value)


def test_sums_below_nothing_are_read_where_they_may_be():
    assert [read_money(cell, negative=True) for cell in ("(1.200)", "-1.200", "−1.200", -1200)] == [-1200] * 4


@pytest.mark.parametrize(
    "cell",
    [date(2018, 3, 5), datetime(2018, 3, 5, 7, 30), 43164, 43164.25, "5/3/2018", "05.03.18", "5-3-2018 00:00:00",
     "2018-03-05", "2018-03-05T07:30:00", "Ngày 05 tháng 3 năm 2018", "5 tháng 03/2018", "05-Mar-18", "05 / 03 / 2018"],
)  # fmt: skip
def test_day_is_read_in_every_writing(cell):
    assert read_date(cell) == date(2018, 3, 5)


def test_day_numbers_may_count_from_1904():
    assert read_date(43164 - 1462, since_1904=True) == date(2018, 3, 5)


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("31/02/2025", "“31/02/2025” không phải ngày; ghi ngày/tháng/năm"),
        ("12/25/2018", "“12/25/2018” không phải ngày"),
        ("1/1/1800", "“1/1/1800” không phải ngày"),
        ("chưa rõ", "“chưa rõ” không phải ngày"),
        (250_000, "“250000” không phải ngày"),
        ("tháng 3/2018", "“tháng 3/2018” chỉ có tháng, thiếu ngày"),
        ("quý II/2018", "“quý II/2018” chỉ có quý, thiếu ngày"),
        (2018, "“2018” chỉ có năm, thiếu ngày và tháng"),
    ],
)
def test_day_that_is_none_is_refused(cell, told):
    with pytest.raises(ValueError, match="không phải ngày|chỉ có") as refused:
        read_date(cell)
    assert str(refused.value).startswith(told)


@pytest.mark.parametrize(
    ("cell", "first", "last"),
    [
        ("tháng 2/2020", date(2020, 2, 1), date(2020, 2, 29)),
        ("T12/2020", date(2020, 12, 1), date(2020, 12, 31)),
        ("03.2018", date(2018, 3, 1), date(2018, 3, 31)),
        ("Quý IV năm 2018", date(2018, 10, 1), date(2018, 12, 31)),
        ("Q2/2018", date(2018, 4, 1), date(2018, 6, 30)),
        ("năm 2018", date(2018, 1, 1), date(2018, 12, 31)),
        (2018, date(2018, 1, 1), date(2018, 12, 31)),
    ],
)
def test_month_quarter_and_year_stand_for_their_first_or_last_day(cell, first, last):
    assert (read_date(cell, spans="begin"), read_date(cell, spans="end")) == (first, last)


@pytest.mark.parametrize(
    ("cell", "code", "is_mended"),
    [
        ("0100233488", "0100233488", False),
        (100233488, "0100233488", True),
        (100233488.0, "0100233488", True),
        ("0314409058-002", "0314409058-002", False),
        (314409058002, "0314409058-002", True),
        ("001095012345", "001095012345", False),
        (109501234, None, None),
        (1095012345, None, None),
    ],
)
def test_tax_code_gets_the_zero_back_that_excel_dropped(cell, code, is_mended):
    if code is None:  # no check digit bears it out
        with pytest.raises(ValueError, match="so lại từng số|Nhập đủ"):
            read_tax_code(cell)
    else:
        assert (read_tax_code(cell), lost_zeros(cell, code)) == (code, is_mended)


def test_zeros_of_a_personal_number_are_only_proposed():
    with pytest.raises(ValueError, match="thì ghi đủ 001095012345"):
        read_tax_code(1095012345)


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        (912345678, "0912345678"),
        (2703812345.0, "02703812345"),
        ("912345678", "0912345678"),
        ("0912 345 678", "0912 345 678"),
        (84912345678, "84912345678"),
        (3812345, "3812345"),
        (None, None),
    ],
)
def test_phone_gets_the_zero_back_that_every_number_begins_with(cell, phone):
    assert read_phone(cell) == phone


def test_wrong_tax_code_is_quoted():
    with pytest.raises(ValueError, match="“1800123456”"):
        read_tax_code(1800123456)


def test_code_keeps_its_zeros_and_does_not_guess_lost_digits():
    assert [read_code(cell) for cell in ("0099", 99, 99.0, "DA - 01")] == ["0099", "99", "99", "DA - 01"]
    for cut in (1.23456789012345e18, "1,8E+09"):
        with pytest.raises(ValueError, match="bị Excel rút gọn"):
            read_code(cut)


@pytest.mark.parametrize(
    ("cell", "count"), [(25.0, 25), ("1.200", 1200), ("1,200", 1200), ("25 lao động", 25), ("01 máy", 1), (0, 0)]
)
def test_count_is_read(cell, count):
    assert read_count(cell) == count


@pytest.mark.parametrize("cell", ["12,5", -1, 2.5, "khoảng 20", date(2018, 1, 1)])
def test_count_that_is_none_is_refused(cell):
    with pytest.raises(ValueError, match="không phải số"):
        read_count(cell)


def test_years_decimals_and_texts_are_read():
    assert [read_year(cell) for cell in (2018, "2018", "năm 2018", date(2018, 5, 6))] == [2018] * 4
    assert [read_decimal(cell) for cell in ("12,5%", "(3)", 0.30000000000000004)] == [
        Decimal("12.5"),
        Decimal(-3),
        Decimal("0.3"),
    ]
    assert [read_text(cell) for cell in (5, 2.5, date(2018, 3, 5), " a\n b ")] == ["5", "2,5", "05/03/2018", "a b"]
    with pytest.raises(ValueError, match="“2016-2020” không phải năm"):
        read_year("2016-2020")


def test_reader_goes_by_the_kind_of_the_field():
    assert read_cell("1,234", "money", unit=MILLION, style="vi") == 1_234_000
    assert read_cell("tháng 3/2018", "date", spans="end") == date(2018, 3, 31)
    assert read_cell("x", "choice") == "x"
    assert {
        kind: cells.read_cell(None, kind) for kind in ("text", "code", "tax_code", "count", "year")
    } == dict.fromkeys(("text", "code", "tax_code", "count", "year"))
