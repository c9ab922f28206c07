import pytest

from khuyencong.documents.codes import (
    ALPHABET,
    CODE,
    code_text,
    new_code,
    qr_of,
    qr_url,
    read_code,
    shown_code,
    typed_code,
)

CODE_OF_PAPER = "7K4MPQ6XTC"


@pytest.fixture(autouse=True)
def address(settings):
    settings.PUBLIC_ADDRESS = "https://khuyencong.vinhlong.gov.vn"


def test_code_is_of_letters_that_nobody_takes_for_one_another():
    codes = {new_code() for _turn in range(200)}
    assert len(codes) == 200
    assert all(CODE.fullmatch(code) for code in codes)
    assert not set("01258BILOSUVZ") & set(ALPHABET)


def test_text_of_a_page_is_read_back_whatever_the_host():
    text = code_text(CODE_OF_PAPER, 12)
    assert text == "HTTPS://KHUYENCONG.VINHLONG.GOV.VN/KT/7K4MPQ6XTC/12"
    assert read_code(text) == (CODE_OF_PAPER, 12)
    assert read_code("http://dia-chi-cu.vn:8000/kt/7k4mpq6xtc/3\n") == (CODE_OF_PAPER, 3)


@pytest.mark.parametrize(
    "text",
    [
        "", "7K4MPQ6XTC", "https://vietqr.net/pay/7K4MPQ6XTC/1", "https://x.vn/KT/7K4MPQ6XTC", "https://x.vn/KT/7K4MPQ6XTC/0",
        "https://x.vn/KT/7K4MPQ6XTC/1/2", "https://x.vn/KT/7K4MPQ6XT0/1", "https://x.vn/KT/7K4MPQ6XTC/12345",
        "ftp://x.vn/KT/7K4MPQ6XTC/1",
    ],
)  # fmt: skip
def test_other_codes_are_no_page_of_ours(text):
    assert read_code(text) is None


@pytest.mark.parametrize("typed", ["7K4MP-Q6XTC", "7k4mpq6xtc", " 7K4MP Q6XTC ", "7K4M.PQ6X.TC"])
def test_code_may_be_typed_as_one_likes(typed):
    assert typed_code(typed) == CODE_OF_PAPER
    assert shown_code(CODE_OF_PAPER) == "7K4MP-Q6XTC"


@pytest.mark.parametrize("typed", ["", "7K4MP", "7K4MPQ6XTCC", "7K4MPQ6XT0", "' OR 1=1"])
def test_what_cannot_be_a_code_is_told(typed):
    assert typed_code(typed) is None


def test_qr_is_coarse_enough_for_a_grey_scan_and_always_the_same():
    qr = qr_of(code_text(CODE_OF_PAPER, 999))
    assert qr.mode == "alphanumeric"
    assert qr.symbol_size(border=0) == (29, 29)
    assert qr.error in ("M", "Q")
    assert qr_url("A") == qr_url("A")
    assert qr_url("A").startswith("data:image/png;base64,")
