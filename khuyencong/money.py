"""Amounts of money: whole đồng in integers, read as officers type them, written in figures and words."""

import re
from operator import index

from django.core.exceptions import ValidationError

from khuyencong.text import fold, quoted, western_digits

MAX_VND = 999_999_999_999_999_999
BILLION = 10**9
SCALES = {"đồng": 1, "nghìn": 10**3, "triệu": 10**6, "tỷ": BILLION}
SCALED_DECIMALS = 3

LARGEST_READ = 10**18
DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
ONES_AFTER_TEN = DIGITS[:5] + ("lăm",) + DIGITS[6:]
ONES_AFTER_TENS = ("", "mốt", "hai", "ba", "tư", "lăm") + DIGITS[6:]

EXAMPLES = "ví dụ 300tr, 1,5 tỷ hoặc 300.000.000"
TYPED_LENGTH = 100  # far beyond any amount; keeps a pasted page away from the patterns

# Units in folded text (khuyencong.text.fold), longest first.
_UNITS = {
    "nghin ty": 10**12,
    "nghin ti": 10**12,
    "ngan ty": 10**12,
    "ngan ti": 10**12,
    "trieu": 10**6,
    "nghin": 10**3,
    "ngan": 10**3,
    "ty": BILLION,
    "ti": BILLION,
    "tr": 10**6,
    "k": 10**3,
}
_CURRENCY = re.compile(r"[ .]*(?:dong|vnd|d)\.?$")
_PART = re.compile(rf" *(?P<number>[0-9](?:[0-9., ]*[0-9])?)(?: *(?P<unit>{'|'.join(_UNITS)})\.?)?")

_WHOLE = r"[0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+|[1-9][0-9]{0,2}(?: [0-9]{3})+"
_FOREIGN = r"[1-9][0-9]{0,2}(?:,[0-9]{3})"
_ALONE = re.compile(rf"(?P<whole>{_WHOLE}|{_FOREIGN}+)")
_WITH_UNIT = (
    re.compile(rf"(?P<whole>{_WHOLE})(?:,(?P<decimals>[0-9]+))?"),
    re.compile(r"(?P<whole>[0-9]+)\.(?P<decimals>[0-9]{1,2})"),
    re.compile(rf"(?P<whole>{_FOREIGN}{{2,}})"),
)


def parse_vnd(text: str) -> int:
    """Read a typed amount as whole đồng, 0 to MAX_VND: "300tr", "1,5 tỷ", "12 tỷ 500 triệu", "300.000.000".

    Without a unit every separator groups digits by three. With a unit a comma is the decimal comma, a dot
    before exactly three digits groups ("1.500 triệu"), a dot before one or two digits is a decimal dot
    ("1.5 tỷ"). What could mean two amounts ("1 tỷ 2") is refused, and so is any part of a đồng.
    Raises ValidationError with code empty, negative, unreadable, unclear, fraction or too_large.
    """
    typed = fold(western_digits(text))
    if not typed:
        raise ValidationError(f"Chưa nhập số tiền; gõ số đồng hoặc kèm đơn vị, {EXAMPLES}.", code="empty")
    if len(typed) > TYPED_LENGTH or any(map(_is_odd_number, text)):
        raise _unreadable(text)
    if re.match("- ?[0-9]", typed):
        raise ValidationError(
            f"Số tiền không được âm: {quoted(text)}; gõ lại không có dấu trừ, {EXAMPLES}.", code="negative"
        )
    amount = _sum_of_parts(_parts(_CURRENCY.sub("", typed), text), text)
    if amount > MAX_VND:
        raise ValidationError(
            f"Số tiền quá lớn: {quoted(text)}; nhiều nhất là {vnd(MAX_VND)}, "
            f"gõ lại đúng số chữ số và đơn vị, {EXAMPLES}.",
            code="too_large",
        )
    return amount


def format_vnd(amount: int) -> str:
    """Digits grouped by dots, without unit: 150000000 -> "150.000.000"."""
    return f"{index(amount):,}".replace(",", ".")


def vnd(amount: int) -> str:
    """150000000 -> "150.000.000 đồng"."""
    return f"{format_vnd(amount)} đồng"


def format_scaled(amount: int, scale: str) -> str:
    """The amount counted in a scale of SCALES, without unit: (181946900000, "triệu") -> "181.946,9".

    At most SCALED_DECIMALS decimals, rounded half up; reckoned in integers.
    """
    step = 10**SCALED_DECIMALS
    thousandths = (abs(index(amount)) * step + SCALES[scale] // 2) // SCALES[scale]
    whole, rest = divmod(thousandths, step)
    decimals = f"{rest:0{SCALED_DECIMALS}d}".rstrip("0")
    sign = "-" if amount < 0 and thousandths else ""
    return sign + format_vnd(whole) + (f",{decimals}" if decimals else "")


def words(number: int) -> str:
    """Read an integer of at most LARGEST_READ either way: 1005 -> "một nghìn không trăm linh năm"."""
    number = index(number)
    if abs(number) > LARGEST_READ:
        raise ValueError(f"Too large to read: {number}")
    if number < 0:
        return f"âm {words(-number)}"
    billions, rest = divmod(number, BILLION)
    spoken = [words(billions), "tỷ"] if billions else []
    for unit, size in (("triệu", 10**6), ("nghìn", 10**3), ("", 1)):
        group = rest // size % 1000
        if group:
            # Behind a higher unit the hundreds are named even when there are none: "không trăm linh năm".
            spoken += [_group_words(group, named_hundreds=bool(spoken)), unit]
    return " ".join(filter(None, spoken)) or DIGITS[0]


def vnd_words(amount: int) -> str:
    """The amount as a document spells it out: 300000000 -> "Ba trăm triệu đồng"."""
    text = f"{words(amount)} đồng"
    return text[0].upper() + text[1:]


def _parts(typed: str, text: str) -> list[tuple[str, str | None]]:
    """Number and unit of each part of "12 ty 500 trieu"."""
    parts, position = [], 0
    while position < len(typed):
        part = _PART.match(typed, position)
        if part is None:
            raise _unreadable(text)
        parts.append((part["number"], part["unit"]))
        position = part.end()
    return parts


def _sum_of_parts(parts: list[tuple[str, str | None]], text: str) -> int:
    """Add the parts; each behind the first needs a smaller unit and must stay below the unit before it."""
    if not parts:
        raise _unreadable(text)
    total, above = 0, None
    for position, (number, unit) in enumerate(parts, start=1):
        size = _UNITS[unit] if unit else 1
        whole, decimals = _read_number(number, unit, text)
        value, lost = divmod(int(whole + decimals) * size, 10 ** len(decimals))
        is_last = position == len(parts)
        if len(parts) > 1 and (unit is None or (decimals and not is_last) or (above and value >= above)):
            raise ValidationError(
                f"Chưa rõ số tiền {quoted(text)}; ghi đơn vị cho từng phần từ lớn đến nhỏ, "
                "ví dụ 1 tỷ 200 triệu, hoặc gõ 1,2 tỷ.",
                code="unclear",
            )
        if lost:
            raise _fraction(text)
        total += value
        above = size
    return total


def _read_number(number: str, unit: str | None, text: str) -> tuple[str, str]:
    """Bare digits before and after the decimal mark."""
    for pattern in _WITH_UNIT if unit else (_ALONE,):
        if match := pattern.fullmatch(number):
            return re.sub("[., ]", "", match["whole"]), match.groupdict().get("decimals") or ""
    if unit is None and any(pattern.fullmatch(number) for pattern in _WITH_UNIT):
        raise _fraction(text)
    raise ValidationError(
        f"Dấu ngăn cách trong {quoted(text)} đặt chưa đúng chỗ; gõ dấu chấm giữa từng nhóm ba chữ số, "
        f"dấu phẩy trước phần thập phân, {EXAMPLES}.",
        code="unreadable",
    )


def _is_odd_number(character: str) -> bool:
    return character.isnumeric() and not character.isdecimal()  # ² and ½, which folding makes 2 and 1/2


def _unreadable(text: str) -> ValidationError:
    return ValidationError(
        f"Không đọc được số tiền {quoted(text)}; gõ số đồng hoặc kèm đơn vị nghìn, triệu, tỷ, {EXAMPLES}.",
        code="unreadable",
    )


def _fraction(text: str) -> ValidationError:
    return ValidationError(
        f"Số tiền {quoted(text)} có phần lẻ của đồng; gõ số đồng tròn hoặc thêm đơn vị, {EXAMPLES}.",
        code="fraction",
    )


def _group_words(group: int, *, named_hundreds: bool) -> str:
    """Words of 1 to 999."""
    hundreds, rest = divmod(group, 100)
    if not hundreds and not named_hundreds:
        return _below_hundred(rest)
    joint = " linh " if 0 < rest < 10 else " "
    return f"{DIGITS[hundreds]} trăm{joint}{_below_hundred(rest)}".rstrip()


def _below_hundred(number: int) -> str:
    """Words of 1 to 99; nothing for 0."""
    tens, ones = divmod(number, 10)
    if tens == 0:
        return DIGITS[ones] if ones else ""
    if tens == 1:
        return f"mười {ONES_AFTER_TEN[ones]}" if ones else "mười"
    return f"{DIGITS[tens]} mươi {ONES_AFTER_TENS[ones]}".rstrip()
