import unicodedata
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from khuyencong.text import fold, nfc, quoted, search_words, sort_key, western_digits

VOWELS = "aăâeêioôơuưy"
TONES = ["", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"]
LETTERS = [unicodedata.normalize("NFC", vowel + tone) for vowel, tone in product(VOWELS, TONES)] + ["đ", "Đ"]
ALPHABET = list("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")


def nfd(text):
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("", ""),
        ("  Trà \u00a0 Vinh\n", "Trà Vinh"),
        ("Trà\tVinh\r\nCầu Kè", "Trà Vinh Cầu Kè"),
        ("Trà\u3000Vinh", "Trà Vinh"),
        ("Trà\u200bVinh", "TràVinh"),
        ("\ufeffTrà Vinh\u200d", "Trà Vinh"),
        ("Trà\u00ad Vinh\u202e", "Trà Vinh"),
        ("Trà\x00 \x07Vinh", "Trà Vinh"),
        ("Trà \ud800Vinh", "Trà Vinh"),
        ("Tra\u0300 Vinh", "Trà Vinh"),
        ("Tra\u200b\u0300 Vinh", "Trà Vinh"),
        ("Điê\u0323n", "Điện"),
        ("Đie\u0323\u0302n", "Điện"),
    ],
)
def test_nfc_gives_one_line_of_visible_text(typed, stored):
    assert nfc(typed) == stored


@settings(deadline=None)
@given(st.text())
def test_nfc_is_idempotent(text):
    assert nfc(nfc(text)) == nfc(text)


@settings(deadline=None)
@given(st.text())
def test_nfc_is_the_same_for_decomposed_text(text):
    assert nfc(nfd(text)) == nfc(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("", ""),
        ("Máy Sấy MỸ THO", "may say my tho"),
        ("Bà Rịa – Vũng Tàu", "ba ria - vung tau"),
        ("Bà Rịa — Vũng Tàu", "ba ria - vung tau"),
        ("Bà Rịa \u2212 Vũng Tàu", "ba ria - vung tau"),
        ("Bà Rịa \u2011 Vũng Tàu", "ba ria - vung tau"),
        ("Đường Đồng Khởi", "duong dong khoi"),
        ("ĐƯỜNG ĐỒNG KHỞI", "duong dong khoi"),
        ("Ðồng Nai", "dong nai"),  # the Icelandic letter that old typing tools leave
        ("Ea H’Leo", "ea h'leo"),
        ("Ea H´Leo", "ea h'leo"),
        ("“Bánh pía”", '"banh pia"'),
        ("«Bánh pía»", '"banh pia"'),
        ("500 m²", "500 m2"),
        ("１２３ ＡＢＣ", "123 abc"),
        ("khoẻ hoà thuỷ", "khoe hoa thuy"),
        ("  a\u00a0\u00a0b\u200b ", "a b"),
        ("10/QĐ-UBND", "10/qd-ubnd"),
        ("İstanbul", "istanbul"),
        ("Straße", "strasse"),
    ],
)
def test_fold_takes_off_case_and_marks(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize("letter", LETTERS)
def test_fold_knows_every_vietnamese_letter(letter):
    plain = fold(letter)

    assert plain in "aeiouyd"
    assert fold(letter.upper()) == fold(nfd(letter)) == fold(nfd(letter.upper())) == plain


@settings(deadline=None)
@given(st.text())
@example("ŉ ʹ ´ ͅ İ ẞ ﬁ ℡ ½ ²")
def test_fold_is_idempotent(text):
    assert fold(fold(text)) == fold(text)


@settings(deadline=None)
@given(st.text())
def test_fold_is_the_same_for_decomposed_text(text):
    assert fold(nfd(text)) == fold(text)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", []),
        (" - ", []),
        ("Máy sấy (Mỹ Tho)", ["may", "say", "my", "tho"]),
        ("may say  may SẤY", ["may", "say"]),
        ("Rịa–Vũng", ["ria", "vung"]),
        ("10/QĐ-UBND", ["10/qd", "ubnd"]),
        ("0314409058-002", ["0314409058", "002"]),
        ("“H´Leo”, cty. & 'Út'", ["h'leo", "cty", "ut"]),
        ("100%", ["100%"]),
        ("số 10/", ["so", "10"]),
        ("máy\x00sấy", ["maysay"]),
    ],
)
def test_search_words_parts_a_query(query, words):
    assert search_words(query) == words


def test_search_words_are_limited_in_number():
    assert search_words(" ".join(map(str, range(1000)))) == [str(number) for number in range(12)]


@settings(deadline=None)
@given(st.text())
def test_search_words_all_occur_in_the_folded_query(query):
    assert [word for word in search_words(query) if word not in fold(query)] == []


@pytest.mark.parametrize(
    "ordered",
    [
        ALPHABET,
        ["ma", "mà", "mả", "mã", "má", "mạ"],
        ["a", "à", "ả", "ã", "á", "ạ", "ă", "ằ", "ẳ", "ẵ", "ắ", "ặ", "â", "ầ", "ẩ", "ẫ", "ấ", "ậ", "b"],
        ["e", "ẹ", "ê", "ề", "ể", "ễ", "ế", "ệ", "g"],
        ["o", "ọ", "ô", "ồ", "ổ", "ỗ", "ố", "ộ", "ơ", "ờ", "ở", "ỡ", "ớ", "ợ", "p"],
        ["u", "ụ", "ư", "ừ", "ử", "ữ", "ứ", "ự", "v"],
        ["an", "ang", "anh", "az", "ăn", "âm", "ba"],
        ["da", "dz", "đa", "e"],
        ["y", "yz", "z", "zz", "ж"],
        ["ba", "ba ba", "bà", "bà con", "bá", "ban"],
        ["Bà Rịa – Vũng Tàu", "Bạc Liêu", "Bắc Giang", "Bắc Kạn", "Bắc Ninh", "Bến Tre", "Bình Dương"],
        ["Bình Dương", "Bình Định", "Bình Phước", "Bình Thuận", "Cà Mau", "Cao Bằng", "Cần Thơ"],
        ["Đà Nẵng", "Đắk Lắk", "Đắk Nông", "Điện Biên", "Đồng Nai", "Đồng Tháp", "Gia Lai"],
        ["Hà Giang", "Hà Nam", "Hà Nội", "Hà Tĩnh", "Hải Dương", "Hải Phòng", "Hậu Giang", "Hòa Bình"],
        ["Thái Bình", "Thái Nguyên", "Thanh Hóa", "Thừa Thiên Huế", "Tiền Giang", "Trà Vinh", "Tuyên Quang"],
        ["Phường 1", "Phường 2", "Phường 10", "Phường An Bình"],
        ["KC-2025-010", "KC-2026-002", "KC-2026-010"],
        ["Điều 9", "Điều 009a", "Điều 10"],
    ],
)
def test_sort_key_follows_the_vietnamese_alphabet(ordered):
    keys = [sort_key(text) for text in ordered]

    assert sorted(set(keys)) == keys


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("TRÀ VINH", "trà vinh"),
        ("Bà Rịa – Vũng Tàu", "Bà Rịa-Vũng Tàu"),
        ("hoà", "hòa"),
        ("Ea H’Leo", "Ea H'Leo"),
        ("Phường 05", "Phường 5"),
        ("Ðồng Nai", "Đồng Nai"),
        ("３", "3"),
        ("Müller", "Muller"),
    ],
)
def test_sort_key_ignores_what_the_alphabet_ignores(one, other):
    assert sort_key(one) == sort_key(other)


@settings(deadline=None)
@given(st.text())
@example("ầ ế ữ 漢字 ខ្មែរ ١٢ ½ 00")
def test_sort_key_is_plain_ascii_and_the_same_for_decomposed_text(text):
    key = sort_key(text)

    assert key == sort_key(nfd(text))
    assert set(key) <= set("0123456789abcdefghijklmnopqrstuvwxyz")


@settings(deadline=None)
@given(st.text("abzăâđêôơưyz 019", min_size=1), st.text("abzăâđêôơưyz 019", min_size=1))
def test_sort_key_puts_a_beginning_before_what_continues_it(start, rest):
    assert sort_key(start) <= sort_key(f"{start} {rest}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("１２３", "123"), ("١٢", "12"), ("a1²½", "a1²½"), ("", "")],
)
def test_western_digits_changes_decimal_digits_only(text, expected):
    assert western_digits(text) == expected


def test_quoted_cuts_a_long_text():
    assert quoted(" 1 tỷ\n2 ") == "“1 tỷ 2”"
    assert quoted("x" * 40) == f"“{'x' * 40}”"
    assert quoted("x" * 41) == f"“{'x' * 40}…”"
