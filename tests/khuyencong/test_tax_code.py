import pytest
from django.core.exceptions import ValidationError
from stdnum.vn import mst

from khuyencong import dates
from khuyencong.tax_code import clean_tax_code
from tests.khuyencong.tax_codes import make_tax_code


@pytest.fixture
def in_2026(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: dates.date(2026, 6, 5))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("0100233488", "0100233488"),
        (" 01.00.233.488 ", "0100233488"),
        ("0100 233 488", "0100233488"),
        ("0100\u00a0233\u00a0488", "0100233488"),
        ("０１００２３３４８８", "0100233488"),
        ("0314409058-002", "0314409058-002"),
        ("0314409058002", "0314409058-002"),
        ("0314409058 – 002", "0314409058-002"),
        ("001095012345", "001095012345"),
        ("001 095 012 345", "001095012345"),
        ("096326000001", "096326000001"),
    ],
)
def test_clean_tax_code_gives_one_stored_form(in_2026, typed, stored):
    assert clean_tax_code(typed) == stored
    assert clean_tax_code(stored) == stored


@pytest.mark.parametrize(
    ("typed", "code", "message"),
    [
        ("", "length", "Nhập đủ 10, 12 hoặc 13 số; đang có 0."),
        ("123456", "length", "Nhập đủ 10, 12 hoặc 13 số; đang có 6."),
        ("01002334881", "length", "Nhập đủ 10, 12 hoặc 13 số; đang có 11."),
        ("03144090580021", "length", "Nhập đủ 10, 12 hoặc 13 số; đang có 14."),
        (
            "MST0100233488",
            "unreadable",
            "Mã số thuế chỉ gồm chữ số, không nhận “MST0100233488”; nhập 10, 12 hoặc 13 số, ví dụ 0314409058-002.",
        ),
        (
            "0100233480",
            "checksum",
            "Số kiểm tra không khớp: chữ số thứ 10 của “0100233480” không ứng với chín số đầu; "
            "so lại từng số với giấy đăng ký.",
        ),
        (
            "0314409059-002",
            "checksum",
            "Số kiểm tra không khớp: chữ số thứ 10 của “0314409059002” không ứng với chín số đầu; "
            "so lại từng số với giấy đăng ký.",
        ),
        (
            "0100000000",
            "component",
            "“0100000000” có phần số thứ tự toàn số 0; so lại từng số với giấy đăng ký.",
        ),
        (
            "0314409058-000",
            "component",
            "“0314409058000” có phần số thứ tự toàn số 0; so lại từng số với giấy đăng ký.",
        ),
        ("000095012345", "province", "Mã 12 số phải bắt đầu bằng mã tỉnh từ 001 đến 096; đang là 000."),
        ("097095012345", "province", "Mã 12 số phải bắt đầu bằng mã tỉnh từ 001 đến 096; đang là 097."),
        (
            "001227000001",
            "birth_year",
            "Mã 12 số cho năm sinh 2027 chưa tới; so lại số thứ 4 đến thứ 6 với căn cước.",
        ),
        (
            "001900000001",
            "birth_year",
            "Mã 12 số cho năm sinh 2300 chưa tới; so lại số thứ 4 đến thứ 6 với căn cước.",
        ),
    ],
)
def test_clean_tax_code_says_what_is_wrong(in_2026, typed, code, message):
    with pytest.raises(ValidationError) as refusal:
        clean_tax_code(typed)

    assert (refusal.value.code, refusal.value.message) == (code, message)


def test_clean_tax_code_finds_every_single_wrong_digit():
    right = "0100233488"
    wrong = [
        right[:place] + digit + right[place + 1 :]
        for place in range(10)
        for digit in "0123456789"
        if digit != right[place]
    ]

    for code in wrong:
        with pytest.raises(ValidationError):
            clean_tax_code(code)


def test_make_tax_code_is_valid_and_differs_by_seed():
    codes = [make_tax_code(seed) for seed in range(1, 500)]

    assert [clean_tax_code(code) for code in codes] == codes
    assert len(set(codes)) == len(codes)
    assert mst.is_valid(make_tax_code(999_999))


def test_make_tax_code_refuses_a_seed_that_does_not_fit():
    with pytest.raises(ValueError, match="1000000"):
        make_tax_code(1_000_000)
