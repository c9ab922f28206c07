"""Tax codes (mã số thuế): 10 digits of an enterprise, 13 of its branch, 12 of a person.

Sources: check digit and parts of the 10 and 13 digit codes by stdnum.vn.mst; the 12 digits are the personal
number that serves as tax code: province 001-096, century with gender, two digits of the birth year.
"""

import re

from django.core.exceptions import ValidationError
from stdnum.exceptions import InvalidChecksum, InvalidComponent
from stdnum.vn import mst

from khuyencong import dates
from khuyencong.text import fold, quoted, western_digits

LAST_PROVINCE = 96


def clean_tax_code(text: str) -> str:
    """The code in its one stored form: "0100233488", "0314409058-002" or "001095012345".

    Spaces, dots and dashes between the digits do not matter. Raises ValidationError with code unreadable,
    length, checksum, component, province or birth_year.
    """
    digits = fold(western_digits(text)).translate({ord(mark): None for mark in " .-"})
    if not re.fullmatch("[0-9]*", digits):
        raise ValidationError(
            f"Mã số thuế chỉ gồm chữ số, không nhận {quoted(text)}; nhập 10, 12 hoặc 13 số, ví dụ 0314409058-002.",
            code="unreadable",
        )
    if len(digits) == 12:
        return _clean_personal(digits)
    if len(digits) not in (10, 13):
        raise ValidationError(f"Nhập đủ 10, 12 hoặc 13 số; đang có {len(digits)}.", code="length")
    return _clean_enterprise(digits)


def _clean_enterprise(digits: str) -> str:
    try:
        return mst.format(mst.validate(digits))
    except InvalidChecksum:
        raise ValidationError(
            f"Số kiểm tra không khớp: chữ số thứ 10 của {quoted(digits)} không ứng với chín số đầu; "
            "so lại từng số với giấy đăng ký.",
            code="checksum",
        ) from None
    except InvalidComponent:
        raise ValidationError(
            f"{quoted(digits)} có phần số thứ tự toàn số 0; so lại từng số với giấy đăng ký.",
            code="component",
        ) from None


def _clean_personal(digits: str) -> str:
    if not 1 <= int(digits[:3]) <= LAST_PROVINCE:
        raise ValidationError(
            f"Mã 12 số phải bắt đầu bằng mã tỉnh từ 001 đến 0{LAST_PROVINCE}; đang là {digits[:3]}.",
            code="province",
        )
    # The fourth digit counts half centuries by gender: 0 and 1 are the 1900s, 2 and 3 the 2000s.
    birth_year = 1900 + int(digits[3]) // 2 * 100 + int(digits[4:6])
    if birth_year > dates.today().year:
        raise ValidationError(
            f"Mã 12 số cho năm sinh {birth_year} chưa tới; so lại số thứ 4 đến thứ 6 với căn cước.",
            code="birth_year",
        )
    return digits
