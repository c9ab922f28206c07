"""One cell read as what its column holds. Every reader gives None for an empty cell (also "-", "…") and raises
ValueError, a Vietnamese sentence that quotes the cell and says what to do, for what it cannot read for certain.

Numbers that a spreadsheet keeps are binary: 181946,9 comes as 181946.90000000002. They count with the 15
significant digits that Excel itself keeps and shows, so every figure that a person typed comes back exactly.
"""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError

from khuyencong import dates
from khuyencong.money import MAX_VND, parse_vnd, vnd
from khuyencong.tax_code import clean_tax_code
from khuyencong.text import fold, nfc, quoted, western_digits

EXACT_DIGITS = 15
# What long sums of binary numbers leave behind, in đồng; nobody writes thousandths of a đồng.
RESIDUE = Decimal("0.001")
LONGEST_NUMBER = 60
# Day numbers taken for dates: 01/01/1950 to 31/12/2099. Below stand years and plain counts.
FIRST_SERIAL, LAST_SERIAL = 18_264, 73_050
EPOCH_1900, EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
# Years of two digits: 49 is 2049, 50 is 1950.
SHORT_YEAR_PIVOT = 50

_NOTHING = re.compile(r"[-–—_.…\s]*")
_ERROR = re.compile(
    r"#(REF!|VALUE!|DIV/0!|N/A|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)|Err:[0-9]{3}", re.IGNORECASE
)
_MONEY_NAME = re.compile(r"\s*(đồng|đ|₫|vnđ|vnd)\.?$", re.IGNORECASE)
_SCALED = re.compile(r"[0-9][\s.]*(ty|ti|trieu|tr|nghin|ngan|k)\b")
_GROUPED_VI = re.compile(r"[0-9]{1,3}(\.[0-9]{3})+(,[0-9]+)?")
_GROUPED_EN = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_DECIMAL = re.compile(r"[0-9]*[.,][0-9]+|[0-9]+")
_COUNTED = re.compile(r"(?P<number>[0-9][0-9.,]*)\s*[^\W\d_][^\d]*")
# Mobile numbers and fixed lines without their zero.
_ZEROLESS_PHONE = re.compile(r"[35789][0-9]{8}|2[0-9]{9}")
_POWER = re.compile(r"[0-9]+([.,][0-9]+)?E[+-]?[0-9]+", re.IGNORECASE)

_DAY = re.compile(r"(?P<day>[0-9]{1,2})\s*[-/. ]\s*(?P<month>[0-9]{1,2})\s*[-/. ]\s*(?P<year>[0-9]{4}|[0-9]{2})")
_ISO = re.compile(r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})")
_SPOKEN = re.compile(
    r"(?:ngay\s*)?(?P<day>[0-9]{1,2})[\s,]*thang\s*(?P<month>[0-9]{1,2})[\s,/]*(?:nam\s*)?(?P<year>[0-9]{4})"
)
_NAMED = re.compile(r"(?P<day>[0-9]{1,2})[- ](?P<name>[a-z]{3})[a-z]*[- ](?P<year>[0-9]{4}|[0-9]{2})")
_MONTH = re.compile(r"(?:thang|t)?\s*(?P<month>[0-9]{1,2})\s*(?:[-/.]|nam|\s)\s*(?P<year>[0-9]{4})")
_QUARTER = re.compile(r"(?:quy|q)\s*(?P<quarter>iv|i{1,3}|[1-4])\s*(?:[-/.,]|nam|\s)?\s*(?P<year>[0-9]{4})")
_YEAR = re.compile(r"(?:nam\s*)?(?P<year>[0-9]{4})")
_CLOCK = re.compile(r"[T ]+[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?( ?[AP]M)?$", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_QUARTERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


def read_cell(cell, kind, *, unit=1, style="", spans="", since_1904=False):
    """The cell as the kind of its `Field` has it; the other arguments as of the readers that take them."""
    if kind == "money":
        return read_money(cell, unit, style=style)
    if kind == "decimal":
        return read_decimal(cell, style=style)
    if kind == "date":
        return read_date(cell, spans=spans, since_1904=since_1904)
    return _READERS[kind](cell)


def shown(cell) -> str:
    """The cell as a person would write it: days as dd/mm/yyyy, a decimal comma, "" for nothing."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "Có" if cell else "Không"
    if isinstance(cell, datetime):
        return f"{cell:%d/%m/%Y}" if cell.time() == time() else f"{cell:%d/%m/%Y %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, float | Decimal):
        return _plain_digits(exact(cell)).replace(".", ",")
    return str(cell)


def exact(number) -> Decimal:
    """A number of a cell with the digits that a spreadsheet keeps: 181946.90000000002 -> 181946.9."""
    if isinstance(number, float):
        return Decimal(f"{number:.{EXACT_DIGITS}g}")
    return Decimal(number)


def is_empty(cell) -> bool:
    """Whether a cell says nothing: blank, "-", "…"."""
    return cell is None or (isinstance(cell, str) and _NOTHING.fullmatch(cell) is not None)


def read_text(cell) -> str | None:
    """One line of text; a number as its digits, a date as dd/mm/yyyy."""
    _refuse_error(cell)
    if is_empty(cell):
        return None
    return nfc(shown(cell)) or None


def read_code(cell) -> str | None:
    """A code or number that is a name: "0100233488", "DA-014". Leading zeros of text stay.

    A number of more than 15 digits is refused, for Excel has lost its end.
    """
    _refuse_error(cell)
    if is_empty(cell):
        return None
    if isinstance(cell, bool | date):
        raise ValueError(f"{quoted(shown(cell))} không phải mã; định dạng ô là Văn bản (Text) rồi gõ lại.")
    if isinstance(cell, str):
        if _POWER.fullmatch(cell):
            raise _cut_code(cell)
        return nfc(cell) or None
    if abs(cell) >= 10**EXACT_DIGITS:
        raise _cut_code(shown(cell))
    return shown(cell)


def read_phone(cell) -> str | None:
    """A telephone number. Every Vietnamese one begins with 0, which Excel drops from a number: 912345678 (mobile) and
    2703812345 (fixed line) are given it back; a number of another length stays as it stands.
    """
    typed = read_code(cell)
    return f"0{typed}" if typed and _ZEROLESS_PHONE.fullmatch(typed) else typed


def read_tax_code(cell) -> str | None:
    """A tax code in its stored form. A zero in front that Excel dropped from a number comes back where the check
    digit bears it out: 301234567 -> "0301234567" if that is a code. `lost_zeros` tells that it happened. A personal
    number has no check digit: there the zeros are only proposed, in the refusal.
    """
    typed = read_code(cell)
    if typed is None:
        return None
    digits = re.sub("[ .-]", "", typed)
    try:
        return clean_tax_code(typed)
    except ValidationError as error:
        refusal = error
    # 9 digits are an enterprise without its zero, 12 its branch; 10 and 11 may be a person.
    if len(digits) in (9, 12) and (code := _code_or_none(f"0{digits}")):
        return code
    sentence = _with_cell(typed, refusal.messages[0])
    if len(digits) in (10, 11) and (code := _code_or_none(digits.zfill(12))):
        sentence += f" Nếu là số căn cước bị Excel bỏ số 0 đầu thì ghi đủ {code}, ô định dạng Văn bản (Text)."
    raise ValueError(sentence)


def _code_or_none(digits):
    try:
        return clean_tax_code(digits)
    except ValidationError:
        return None


def lost_zeros(cell, code: str | None) -> bool:
    """Whether `read_tax_code` put zeros in front of what stands in the cell."""
    typed = "" if cell is None else re.sub("[ .-]", "", shown(cell))
    return code is not None and typed != code.replace("-", "") and code.startswith("0") and not typed.startswith("0")


def read_money(cell, unit: int = 1, *, style: str = "", negative: bool = False) -> int | None:
    """Whole đồng, exactly: "1.234,5" in triệu (unit 1_000_000) -> 1_234_500_000.

    `style` is how the column writes numbers as text ("vi" 1.234,5 or "en" 1,234.5, "" unknown): what reads
    differently either way is refused while it is unknown. Text with a unit of its own ("25 tr", "1,2 tỷ") goes by
    that. Parts of a đồng are refused; a number of a spreadsheet may be off by a thousandth, which sums leave.
    """
    _refuse_error(cell)
    if is_empty(cell):
        return None
    if isinstance(cell, bool | date):
        raise ValueError(f"{quoted(shown(cell))} không phải số tiền; gõ lại bằng chữ số.")
    if isinstance(cell, str):
        amount = _typed_money(cell, unit, style)
    else:
        amount = exact(cell) * unit
        if isinstance(cell, float) and abs(amount - round(amount)) <= RESIDUE:
            amount = Decimal(round(amount))
    if amount != int(amount):
        raise ValueError(f"{quoted(shown(cell))} có phần lẻ của đồng; làm tròn đến đồng rồi gõ lại.")
    if amount < 0 and not negative:
        raise ValueError(f"Số tiền không được âm: {quoted(shown(cell))}; gõ lại không có dấu trừ.")
    if abs(amount) > MAX_VND:
        raise ValueError(f"Số tiền quá lớn: {quoted(shown(cell))}; nhiều nhất là {vnd(MAX_VND)}. Xem lại đơn vị tính.")
    return int(amount)


def read_decimal(cell, *, style: str = "") -> Decimal | None:
    """A number with decimals; "12,5%" is 12.5, "(3)" and "-3" are negative. `style` as of `read_money`."""
    _refuse_error(cell)
    if is_empty(cell):
        return None
    if isinstance(cell, bool | date):
        raise ValueError(f"{quoted(shown(cell))} không phải số; gõ lại bằng chữ số.")
    if isinstance(cell, str):
        return _number(cell.rstrip("% "), style, cell)
    return exact(cell)


def read_count(cell) -> int | None:
    """A whole number of things, 0 or more: 12, "1.200", "25 lao động"."""
    _refuse_error(cell)
    if is_empty(cell):
        return None
    typed = shown(cell)
    if isinstance(cell, str):
        counted = _COUNTED.fullmatch(western_digits(nfc(cell)))
        number = _number(counted["number"] if counted else cell, "", cell, whole=True)
    elif isinstance(cell, bool | date):
        raise ValueError(f"{quoted(typed)} không phải số lượng; gõ một số nguyên.")
    else:
        number = exact(cell)
    if number != int(number) or number < 0:
        raise ValueError(f"{quoted(typed)} không phải số lượng; gõ một số nguyên từ 0 trở lên.")
    return int(number)


def read_year(cell) -> int | None:
    """A year: 2018, "năm 2018", or the year of a date."""
    _refuse_error(cell)
    if is_empty(cell):
        return None
    if isinstance(cell, date):
        return cell.year
    match = _YEAR.fullmatch(fold(western_digits(shown(cell))).strip())
    if isinstance(cell, bool) or match is None or not dates.FIRST_YEAR <= int(match["year"]) <= dates.LAST_YEAR:
        raise ValueError(f"{quoted(shown(cell))} không phải năm; gõ bốn chữ số, ví dụ 2026.")
    return int(match["year"])


def read_date(cell, *, spans: str = "", since_1904: bool = False) -> date | None:
    """A day, always day before month: 5/3/2018, 05.03.18, "ngày 5 tháng 3 năm 2018", 2018-03-05, 43164.

    `spans` "begin" or "end" takes also "tháng 3/2018", "quý II/2018", "năm 2018" as their first or last day.
    `since_1904`: bare day numbers count from 1904 (`Sheet.since_1904`).
    """
    _refuse_error(cell)
    if is_empty(cell):
        return None
    if isinstance(cell, datetime):
        return _within(cell.date(), cell)
    if isinstance(cell, date):
        return _within(cell, cell)
    if isinstance(cell, bool):
        raise _no_date(cell)
    if not isinstance(cell, str) and FIRST_SERIAL <= cell <= LAST_SERIAL:
        return (EPOCH_1904 if since_1904 else EPOCH_1900) + timedelta(days=int(cell))
    typed = fold(western_digits(_CLOCK.sub("", shown(cell)))).strip(" .,")
    day = _day_of(typed, cell)
    return day or _span_of(typed, spans, cell)


def _day_of(typed, cell):
    for pattern in (_DAY, _ISO, _SPOKEN, _NAMED):
        match = pattern.fullmatch(typed)
        if match is None:
            continue
        parts = match.groupdict()
        if "name" in parts and parts["name"] not in _MONTHS:
            continue
        month = _MONTHS.index(parts["name"]) + 1 if "name" in parts else int(parts["month"])
        try:
            return _within(date(_full_year(parts["year"]), month, int(parts["day"])), cell)
        except ValueError:
            raise _no_date(cell) from None
    return None


def _span_of(typed, spans, cell):
    """First or last day of a month, quarter or year."""
    if match := _QUARTER.fullmatch(typed):
        quarter = _QUARTERS.get(match["quarter"]) or int(match["quarter"])
        first, last, told = quarter * 3 - 2, quarter * 3, "quý, thiếu ngày"
    elif match := _MONTH.fullmatch(typed):
        first = last = int(match["month"])
        told = "tháng, thiếu ngày"
    elif match := _YEAR.fullmatch(typed):
        first, last, told = 1, 12, "năm, thiếu ngày và tháng"
    else:
        raise _no_date(cell)
    year = int(match["year"])
    if not 1 <= first <= 12 or not dates.FIRST_YEAR <= year <= dates.LAST_YEAR:
        raise _no_date(cell)
    if not spans:
        raise ValueError(f"{quoted(shown(cell))} chỉ có {told}; ghi đủ ngày/tháng/năm, {dates.EXAMPLE}.")
    if spans == "begin":
        return date(year, first, 1)
    return date(year + last // 12, last % 12 + 1, 1) - timedelta(days=1)


def _full_year(year):
    if len(year) == 4:
        return int(year)
    return int(year) + (2000 if int(year) < SHORT_YEAR_PIVOT else 1900)


def _within(day, cell):
    if not dates.FIRST_YEAR <= day.year <= dates.LAST_YEAR:
        raise _no_date(cell)
    return day


def _no_date(cell):
    return ValueError(f"{quoted(shown(cell))} không phải ngày; ghi ngày/tháng/năm, {dates.EXAMPLE}.")


def _typed_money(cell, unit, style):
    """Đồng of text, as a Decimal that may still be negative or have a part of a đồng."""
    if _SCALED.search(fold(western_digits(cell))):
        try:
            return Decimal(parse_vnd(cell))
        except ValidationError as refusal:
            raise ValueError(refusal.messages[0]) from None
    bare, named = _MONEY_NAME.subn("", nfc(cell))
    unit = 1 if named else unit  # "300.000.000 đồng" in a column of triệu
    return _number(bare, style, cell, whole=unit == 1) * unit


def _number(text, style, cell, *, whole=False):
    """The Decimal that text writes. `whole`: no decimals can be meant, so every separator groups."""
    typed = western_digits(nfc(text)).replace("−", "-").strip()
    is_negative = typed.startswith(("-", "(")) and typed.strip("-() ") != ""
    typed = re.sub(r"(?<=[0-9])[ ' ](?=[0-9]{3}(?![0-9]))", "", typed.lstrip("-(+ ").rstrip(") "))
    if len(typed) > LONGEST_NUMBER or not re.fullmatch(r"[0-9.,]+", typed):
        raise _no_number(cell)
    vietnamese, english = _GROUPED_VI.fullmatch(typed), _GROUPED_EN.fullmatch(typed)
    if vietnamese and (whole or style != "en" or typed.count(".") > 1 or "," in typed):
        plain = typed.replace(".", "").replace(",", ".")
    elif english and (whole or style == "en" or typed.count(",") > 1 or "." in typed):
        plain = typed.replace(",", "")
    elif english and style != "vi" and not typed.startswith("0,"):
        as_decimal = typed.lstrip("0") or typed
        raise ValueError(
            f"{quoted(cell)} đọc được hai cách: {typed.replace(',', '')} hoặc {as_decimal} (dấu phẩy thập phân); "
            f"gõ lại không có dấu ngăn cách, hoặc để Excel giữ ô dạng số."
        )
    elif _DECIMAL.fullmatch(typed):
        plain = typed.replace(",", ".")
    else:
        raise _no_number(cell)
    try:
        number = Decimal(plain)
    except InvalidOperation:
        raise _no_number(cell) from None
    return -number if is_negative else number


def _no_number(cell):
    return ValueError(f"{quoted(shown(cell))} không phải số; gõ lại bằng chữ số, ví dụ 1.234,5.")


def _cut_code(typed):
    return ValueError(
        f"{quoted(typed)} đã bị Excel rút gọn, mất các số cuối; định dạng ô là Văn bản (Text) rồi gõ lại đủ số."
    )


def _with_cell(typed, message):
    return message if quoted(typed) in message else f"{quoted(typed)}: {message}"


def _refuse_error(cell):
    if isinstance(cell, str) and cell[:1] in "#E" and _ERROR.fullmatch(cell.strip()):
        raise ValueError(f"{quoted(cell)} là lỗi của công thức; sửa công thức trong bảng tính rồi tải lại.")


def _plain_digits(number):
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_READERS = {
    "text": read_text,
    "choice": read_text,
    "code": read_code,
    "phone": read_phone,
    "tax_code": read_tax_code,
    "year": read_year,
    "count": read_count,
}
