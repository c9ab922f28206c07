import csv
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from khuyencong.money import MAX_VND, SCALES, format_scaled, format_vnd, parse_vnd, vnd, vnd_words, words

with Path(__file__).with_name("number_words.csv").open(encoding="utf-8", newline="") as stream:
    NUMBER_WORDS = [(int(row["number"]), row["words"]) for row in csv.DictReader(stream)]

AMOUNTS = st.integers(0, MAX_VND)
EXAMPLES = "ví dụ 300tr, 1,5 tỷ hoặc 300.000.000."


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("0", 0),
        ("300000000", 300_000_000),
        ("300.000.000", 300_000_000),
        ("300,000,000", 300_000_000),
        ("300,000", 300_000),
        ("300 000 000", 300_000_000),
        ("300\u00a0000\u202f000", 300_000_000),
        ("３００．０００．０００", 300_000_000),
        ("３００ｔｒ", 300_000_000),
        (" 300.000.000 đ ", 300_000_000),
        ("300.000.000đ.", 300_000_000),
        ("300.000.000 đồng", 300_000_000),
        ("300.000.000 ĐỒNG", 300_000_000),
        ("300.000.000 VND", 300_000_000),
        ("300.000.000 VNĐ", 300_000_000),
        ("300.000.000₫", 300_000_000),
        ("300tr", 300_000_000),
        ("300 tr", 300_000_000),
        ("300Tr.", 300_000_000),
        ("300 trđ", 300_000_000),
        ("300 tr. đồng", 300_000_000),
        ("300 triệu", 300_000_000),
        ("300 trie\u0323\u0302u", 300_000_000),
        ("300 trieu", 300_000_000),
        ("300 triệu đồng", 300_000_000),
        ("1.500 triệu", 1_500_000_000),
        ("1.500,5 triệu", 1_500_500_000),
        ("1 500 triệu", 1_500_000_000),
        ("1,000,000 nghìn", 1_000_000_000),
        ("1,5 tỷ", 1_500_000_000),
        ("1,5 tỉ", 1_500_000_000),
        ("1.5 tỷ", 1_500_000_000),
        ("1.05 tỷ", 1_050_000_000),
        ("1.500 tỷ", 1_500_000_000_000),
        ("1,500 tỷ", 1_500_000_000),
        ("0,3 ty", 300_000_000),
        ("51,154 tỷ đồng", 51_154_000_000),
        ("181.946,9 triệu", 181_946_900_000),
        ("1,23456789 tỷ", 1_234_567_890),
        ("500 nghìn", 500_000),
        ("500 ngàn", 500_000),
        ("500k", 500_000),
        ("500 K", 500_000),
        ("2 nghìn tỷ", 2_000_000_000_000),
        ("2 nghìn tỉ", 2_000_000_000_000),
        ("1,2 ngàn tỷ", 1_200_000_000_000),
        ("1,2 ngàn tỉ", 1_200_000_000_000),
        ("12 tỷ 500 triệu", 12_500_000_000),
        ("12tỷ500triệu", 12_500_000_000),
        ("1 tỷ 200,5 triệu", 1_200_500_000),
        ("1 nghìn tỷ 500 tỷ 3 triệu 250 nghìn đồng", 1_500_003_250_000),
        ("0 tỷ 5 triệu", 5_000_000),
        ("999.999.999.999.999.999", MAX_VND),
        ("999.999.999,999999999 tỷ", MAX_VND),
    ],
)
def test_parse_vnd_reads_what_officers_type(typed, amount):
    assert parse_vnd(typed) == amount


def refusal_of(typed):
    with pytest.raises(ValidationError) as refusal:
        parse_vnd(typed)
    return refusal.value


@pytest.mark.parametrize("typed", ["", "  ", "\u00a0", "\u200b"])
def test_parse_vnd_asks_for_an_amount(typed):
    refusal = refusal_of(typed)

    assert refusal.code == "empty"
    assert refusal.message == f"Chưa nhập số tiền; gõ số đồng hoặc kèm đơn vị, {EXAMPLES}"


@pytest.mark.parametrize("typed", ["-300tr", "- 300tr", "−300.000", "–5", "-1,5 tỷ"])
def test_parse_vnd_refuses_negative_amounts(typed):
    refusal = refusal_of(typed)

    assert refusal.code == "negative"
    assert refusal.message == f"Số tiền không được âm: “{typed}”; gõ lại không có dấu trừ, {EXAMPLES}"


@pytest.mark.parametrize(
    "typed",
    [
        "ba trăm triệu",
        "abc",
        "đồng",
        "tr",
        "nan",
        "NaN",
        "inf",
        "3e8",
        "3E+8",
        "1_000",
        "0x10",
        "+5",
        "(300)",
        "300 trăm",
        "300 kg",
        "300 m",
        "1 tỷ rưỡi",
        "300.",
        ",5 tỷ",
        "100%",
        "300-400 tr",
        "300²",
        "½ tỷ",
        "①",
        "9" * 5000,
        "=1+1",
    ],
)
def test_parse_vnd_refuses_what_is_no_amount(typed):
    refusal = refusal_of(typed)

    assert refusal.code == "unreadable"
    assert refusal.message.startswith("Không đọc được số tiền “")
    assert refusal.message.endswith(f"gõ số đồng hoặc kèm đơn vị nghìn, triệu, tỷ, {EXAMPLES}")


@pytest.mark.parametrize(
    "typed",
    [
        "30.00.000",
        "300.0000",
        "3000.000",
        "0.300.000",
        "300..000",
        "300,000.000",
        "300.000 000",
        "0.300 tỷ",
        "1.2345 tỷ",
        "1.5,5 tỷ",
        "1,5,5 tỷ",
        "20 00 triệu",
    ],
)
def test_parse_vnd_refuses_separators_out_of_place(typed):
    refusal = refusal_of(typed)

    assert refusal.code == "unreadable"
    assert refusal.message == (
        f"Dấu ngăn cách trong “{typed}” đặt chưa đúng chỗ; gõ dấu chấm giữa từng nhóm ba chữ số, "
        f"dấu phẩy trước phần thập phân, {EXAMPLES}"
    )


@pytest.mark.parametrize(
    "typed",
    [
        "300000.5",
        "300000,5",
        "1,5",
        "1.5",
        "1.25 đồng",
        "300.000,000",
        "300.000.000,00",
        "0,0005 nghìn",
        "1,2345678901 tỷ",
    ],
)
def test_parse_vnd_refuses_parts_of_a_dong(typed):
    refusal = refusal_of(typed)

    assert refusal.code == "fraction"
    assert refusal.message == (f"Số tiền “{typed}” có phần lẻ của đồng; gõ số đồng tròn hoặc thêm đơn vị, {EXAMPLES}")


@pytest.mark.parametrize(
    "typed",
    [
        "1 tỷ 2",
        "1tỷ2",
        "1tr5",
        "1 tỷ 2 đồng",
        "1 tỷ 500.000 đồng",
        "1 tỷ 1500 triệu",
        "1 tỷ 1 tỷ",
        "500 triệu 12 tỷ",
        "1,5 tỷ 200 triệu",
    ],
)
def test_parse_vnd_refuses_what_could_mean_two_amounts(typed):
    refusal = refusal_of(typed)

    assert refusal.code == "unclear"
    assert refusal.message == (
        f"Chưa rõ số tiền “{typed}”; ghi đơn vị cho từng phần từ lớn đến nhỏ, ví dụ 1 tỷ 200 triệu, hoặc gõ 1,2 tỷ."
    )


@pytest.mark.parametrize("typed", ["1.000.000.000.000.000.000", "1.000.000.000 tỷ", "9" * 60])
def test_parse_vnd_refuses_more_than_the_largest_amount(typed):
    refusal = refusal_of(typed)

    assert refusal.code == "too_large"
    assert "nhiều nhất là 999.999.999.999.999.999 đồng" in refusal.message
    assert refusal.message.endswith(EXAMPLES)


@settings(deadline=None)
@given(AMOUNTS)
@example(0)
@example(MAX_VND)
def test_parse_vnd_reads_what_format_vnd_writes(amount):
    assert parse_vnd(format_vnd(amount)) == amount
    assert parse_vnd(vnd(amount)) == amount
    assert parse_vnd(str(amount)) == amount
    assert parse_vnd(f"{amount:,}") == amount


@settings(deadline=None)
@given(st.integers(0, MAX_VND // 10**9 * 1000), st.sampled_from(["triệu", "tỷ"]))
def test_parse_vnd_reads_what_format_scaled_writes(thousandths, scale):
    amount = thousandths * SCALES[scale] // 1000

    assert parse_vnd(f"{format_scaled(amount, scale)} {scale}") == amount


@settings(deadline=None)
@given(st.text() | st.text("0123456789.,- tyỷrệiuđkngh"))
def test_parse_vnd_gives_an_amount_or_a_refusal(typed):
    try:
        answer = parse_vnd(typed)
    except ValidationError as refusal:
        answer = refusal.message

    assert 0 <= answer <= MAX_VND if type(answer) is int else "gõ" in answer


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.000"),
        (150_000_000, "150.000.000"),
        (-150_000_000, "-150.000.000"),
        (MAX_VND, "999.999.999.999.999.999"),
    ],
)
def test_format_vnd_groups_by_dots(amount, written):
    assert format_vnd(amount) == written
    assert vnd(amount) == f"{written} đồng"


@pytest.mark.parametrize("write", [format_vnd, vnd, vnd_words, words, lambda amount: format_scaled(amount, "tỷ")])
@pytest.mark.parametrize("amount", [1.5, 150_000_000.0, Decimal("1.5"), "150", None])
def test_money_is_written_from_integers_only(write, amount):
    with pytest.raises(TypeError):
        write(amount)


@pytest.mark.parametrize(
    ("amount", "scale", "written"),
    [
        (0, "tỷ", "0"),
        (150_000_000, "đồng", "150.000.000"),
        (150_000_000, "nghìn", "150.000"),
        (150_000_000, "triệu", "150"),
        (150_000_000, "tỷ", "0,15"),
        (181_946_900_000, "triệu", "181.946,9"),
        (51_154_000_000, "tỷ", "51,154"),
        (76_080_000_000, "tỷ", "76,08"),
        (1_234_567_000_000_000, "tỷ", "1.234.567"),
        (1_500, "triệu", "0,002"),
        (1_499, "triệu", "0,001"),
        (999_999_999, "tỷ", "1"),
        (499, "triệu", "0"),
        (-499, "triệu", "0"),
        (-2_500_000, "triệu", "-2,5"),
        (MAX_VND, "triệu", "1.000.000.000.000"),
        (999_999_999_999_999_499, "triệu", "999.999.999.999,999"),
    ],
)
def test_format_scaled_rounds_half_up_to_three_decimals(amount, scale, written):
    assert format_scaled(amount, scale) == written


def test_format_scaled_refuses_an_unknown_scale():
    with pytest.raises(KeyError):
        format_scaled(1, "trieu")


def test_number_words_has_enough_cases():
    assert len(NUMBER_WORDS) >= 60


@pytest.mark.parametrize(("number", "spoken"), NUMBER_WORDS)
def test_words_reads_numbers(number, spoken):
    assert words(number) == spoken


@pytest.mark.parametrize("number", [10**18 + 1, -(10**18) - 1])
def test_words_refuses_numbers_beyond_its_range(number):
    with pytest.raises(ValueError, match="Too large to read"):
        words(number)


def number_of(spoken):
    """The number that words() has read: units multiply what stands before them."""
    digits = {"không": 0, "một": 1, "hai": 2, "ba": 3, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7, "tám": 8}
    digits |= {"chín": 9, "mốt": 1, "tư": 4, "lăm": 5}
    above, below, group = 0, 0, 0
    for word in spoken.split():
        if word in digits:
            group += digits[word]
        elif word == "mười":
            group += 10
        elif word == "mươi":
            group += group % 10 * 9
        elif word == "trăm":
            group *= 100
        elif word in ("nghìn", "triệu"):
            below, group = below + group * {"nghìn": 10**3, "triệu": 10**6}[word], 0
        elif word == "tỷ":
            above, below, group = (above + below + group) * 10**9, 0, 0
    return above + below + group


@settings(deadline=None)
@given(st.integers(0, 10**18) | st.integers(0, 10**6))
@example(10**18)
@example(10**9 + 5)
def test_words_can_be_read_back(number):
    assert number_of(words(number)) == number


@settings(deadline=None)
@given(st.integers(0, 10**18))
def test_words_are_parted_by_single_spaces(number):
    assert " ".join(words(number).split()) == words(number)


@pytest.mark.parametrize(
    ("amount", "spoken"),
    [
        (300_000_000, "Ba trăm triệu đồng"),
        (0, "Không đồng"),
        (1_005, "Một nghìn không trăm linh năm đồng"),
        (-1, "Âm một đồng"),
        (4, "Bốn đồng"),
    ],
)
def test_vnd_words_begins_with_a_capital(amount, spoken):
    assert vnd_words(amount) == spoken
