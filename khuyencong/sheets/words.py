"""Words of Vietnamese sheets, folded: units of money, abbreviations, sums, notes, numbers of groups."""

import re
import unicodedata

from khuyencong.text import fold, nfc

# What heads abbreviate, by whole folded words.
ABBREVIATIONS = {
    "kp": "kinh phi",
    "kcdp": "khuyen cong dia phuong",
    "kcqg": "khuyen cong quoc gia",
    "kc": "khuyen cong",
    "dp": "dia phuong",
    "qg": "quoc gia",
    "tw": "trung uong",
    "dv": "don vi",
    "dvth": "don vi thuc hien",
    "cs": "co so",
    "cssx": "co so san xuat",
    "cnnt": "cong nghiep nong thon",
    "cn": "cong nghiep",
    "ttcn": "tieu thu cong nghiep",
    "cty": "cong ty",
    "dn": "doanh nghiep",
    "htx": "hop tac xa",
    "hkd": "ho kinh doanh",
    "tgth": "thoi gian thuc hien",
    "tg": "thoi gian",
    "th": "thuc hien",
    "xd": "xay dung",
    "da": "de an",
    "ds": "danh sach",
    "dc": "dia chi",
    "sdt": "so dien thoai",
    "mst": "ma so thue",
    "msdn": "ma so doanh nghiep",
    "dkkd": "dang ky kinh doanh",
    "gcn": "giay chung nhan",
    "ld": "lao dong",
    "slld": "so luong lao dong",
    "sl": "so luong",
    "hd": "hop dong",
    "qd": "quyet dinh",
    "nd": "noi dung",
    "ht": "ho tro",
    "mmtb": "may moc thiet bi",
    "tb": "thiet bi",
    "mm": "may moc",
    "nt": "nghiem thu",
    "bbnt": "bien ban nghiem thu",
    "kh": "ke hoach",
    "ptcn": "phat trien cong nghiep",
    "ubnd": "uy ban nhan dan",
    "tp": "thanh pho",
    "tt": "so thu tu",
    "stt": "so thu tu",
    "sott": "so thu tu",
    "dvt": "don vi tinh",
    "nskcdp": "ngan sach khuyen cong dia phuong",
    "nskcqg": "ngan sach khuyen cong quoc gia",
    "nstw": "ngan sach trung uong",
    "nsdp": "ngan sach dia phuong",
    "ns": "ngan sach",
    "nsnn": "ngan sach nha nuoc",
    "tmdt": "tong muc dau tu",
    "gtsxcn": "gia tri san xuat cong nghiep",
    "ghichu": "ghi chu",
}
# Written for one another in heads: the left becomes the right.
EQUALS = (
    ("so thu tu", "so tt", "s tt", "thu tu"),
    ("don vi thu huong", "doi tuong thu huong", "co so thu huong", "don vi huong thu", "doi tuong duoc ho tro",
     "don vi duoc ho tro", "co so duoc ho tro", "co so cong nghiep nong thon thu huong", "doi tuong ho tro"),
    ("dia chi", "noi dat tru so", "tru so"),
    ("thoi gian bat dau", "bat dau", "tu ngay", "ngay bat dau", "khoi cong"),
    ("thoi gian ket thuc", "ket thuc", "den ngay", "ngay ket thuc", "hoan thanh"),
    ("doi ung", "von doi ung", "don vi thu huong dong gop", "don vi thu huong doi ung", "von cua don vi thu huong"),
    ("khuyen cong dia phuong", "ngan sach khuyen cong dia phuong", "nguon khuyen cong dia phuong",
     "kinh phi khuyen cong dia phuong", "von khuyen cong dia phuong"),
    ("khuyen cong quoc gia", "ngan sach khuyen cong quoc gia", "nguon khuyen cong quoc gia",
     "kinh phi khuyen cong quoc gia", "von khuyen cong quoc gia"),
    ("tong kinh phi", "tong von", "tong so kinh phi", "tong muc kinh phi"),
    ("nguoi dai dien", "dai dien phap luat", "nguoi dai dien phap luat", "chu co so", "giam doc", "ho ten chu co so"),
    ("dien thoai", "so dien thoai", "sdt", "so dt", "dien thoai lien he"),
    ("ma so thue", "ma so doanh nghiep", "ma so thue doanh nghiep"),
    ("nganh nghe", "linh vuc", "nganh nghe san xuat", "nganh nghe kinh doanh", "san pham"),
    ("nam thanh lap", "nam tl"),
    ("so lao dong", "lao dong", "so luong lao dong", "tong so lao dong"),
)  # fmt: skip
# Words of a head that tell nothing of its column.
IDLE_WORDS = frozenset(["cua", "va", "cac", "theo", "duoc", "nhu", "trong"])

_UNIT_WORDS = (
    (10**9, r"t[yi](?: ?dong| ?d)?"),
    (10**6, r"trieu(?: ?dong| ?d)?|tr\.? ?d(?:ong)?|trd|1[., ]?000[., ]?000 ?(?:dong|d)?|10\^?6 ?(?:dong|d)?"),
    (10**3, r"(?:nghin|ngan)(?: ?dong| ?d)?|1[., ]?000 ?(?:dong|d|vnd)?|10\^?3 ?(?:dong|d)|ng\.? ?d(?:ong)?"),
    (1, r"dong(?: viet nam)?|vnd|d"),
)
_UNIT = re.compile("|".join(f"(?P<u{size}>{words})" for size, words in _UNIT_WORDS))
_UNIT_NOTE = re.compile(r"(?:don vi(?: tinh| tien)?|d\.? ?v\.? ?t)\s*[:=\-]?\s*\(?\s*(?P<unit>[^():;]+?)\s*\)?\s*\.?$")
_UNIT_LOOSE = re.compile(r"(?:don vi(?: tinh| tien)?|d\.?v\.?t)\s*[:=\-]\s*\(?\s*(?P<unit>[^():;,]+)")
_HEAD_UNIT = re.compile(
    r"[(\[,;:/-]\s*(?:don vi(?: tinh)?|dvt|tinh bang)?\s*:?\s*(?P<unit>[a-z0-9.,^ ]+?)\s*(?:[)\]]|$)"
)
_LAST_WORDS = re.compile(r"\b(?P<unit>(?:trieu|ty|nghin|ngan) ?dong|tr\.d|trd)\s*$")

_SUM = r"(?:tong so|tong cong|tong|cong)"
_SUM_OF = r"(?:muc|nhom|phan|khoan|nguon|chuong|trang|huyen|tinh|thanh pho|tieu muc|don vi|loai|dot|nam|quy|xa|bang)"
_TOTAL = re.compile(
    r"tong cong(?! ty\b)\b.{0,50}"
    r"|(?:tong so|tong|toan tinh|cong tat ca|grand total|total)"
    r"(?: ?\([^)]*\)| (?:toan tinh|toan bang|chung|kinh phi|cac nguon|ca nam|so tien|so|cac de an|so de an))?"
)
_SUBTOTAL = re.compile(
    rf"(?:{_SUM} {_SUM_OF}\b.{{0,60}}|cong|tieu cong|sub ?total"
    rf"|{_SUM} (?:\(?[ivx]+\)?|\(?[a-d]\)?|\d{{1,2}}(?:\.\d+)*))"
    r"(?: \([^)]*\))?"
)
_SUM_OF_GROUPS = re.compile(rf"{_SUM} ?(?:cac muc )?\(?[ivxa-e0-9]+(?: ?\+ ?[ivxa-e0-9]+)+\)?")
# "Cộng: 4 cơ sở", "Tổng số 12 đề án": how many, not which.
_SUM_COUNTED = re.compile(rf"{_SUM} ?:? ?\d[\d.]* [a-z].{{0,40}}")
# Seen before anything is folded, for most cells are no sums; "Công ty" is none, "Cộng" or "Cong" may be.
_SUM_BEGINS = re.compile(
    r"[\s:.*(-]*(?:t[ổo]ng|c[ộo]ng|to[àa]n t[ỉi]nh|mang|chuy[ểe]n|trong|bao g|g[ồo]m|trang|ti[ểe]u|total|sub|grand)",
    re.I,
)
LONGEST_SUM = 90
_BREAKDOWN = re.compile(r"(?:trong do|bao gom|gom)\b.{0,60}")
_CARRIED = re.compile(r"(?:cong )?(?:mang sang|chuyen sang|chuyen trang|cong chuyen|trang truoc chuyen sang).{0,30}")

_NOTE = re.compile(
    r"(?:ghi chu|luu y|chu thich|noi nhan|nguoi lap|lap bieu|ke toan|thu truong|giam doc|pho giam doc|truong phong"
    r"|xac nhan cua|tm\.|kt\.|tl\.|\(?ky,? (?:ten|ghi ro)|\(?ky va ghi|dai dien|chu tich|bang chu"
    r"|so tien bang chu|viet bang chu)\b.*|\(?ky\)?|\(?\*+\)? ?[a-z(].*|- (?:luu|nhu tren|so |ubnd).*"
)
_PAGE = re.compile(r"-? ?(?:trang|page)? ?\d+ ?(?:/ ?\d+)? ?-?")
_PLACE_DATE = re.compile(
    r"(?:[a-z .'-]{2,40}, ?)?ngay[ .…]*\d{0,2}[ .…]*thang[ .…]*\d{0,2}[ .…]*nam[ .…]*(?:\d{2,4})?.*"
)

_ROMAN = re.compile(r"(?=[IVXL])(?:X{0,3}|X?L)(?:IX|IV|V?I{0,3})")
_MARKER = re.compile(r"(?P<mark>[A-Za-zĐđ]{1,5}|\d{1,3}(?:\.\d{1,3})*|[-+*•])\s*[.)/:]?")
_MARKED_WORDS = re.compile(
    r"(?P<mark>[IVXL]{1,5}|[A-ZĐ]|\d{1,2}(?:\.\d{1,2})*)\s?[.)/:-]\s+\S.*|(?P<small>[a-zđ])[)]\s+\S.*"
)
_BRACKETED = re.compile(r"\((?P<mark>[^()]+)\)")
_NUMBERING = re.compile(r"[(\[]?\s*(?:[a-zđ]|\d{1,2})\s*[)\]]?(?:\s*[=:].*)?")
_WORD = re.compile(r"[^\W_]+")
_NOT_WORDS = re.compile(r"[^a-z0-9]+")


def money_unit(words: str) -> int | None:
    """Đồng per 1 of a unit in words: "triệu đồng", "tr.đ", "1.000 đ" -> 1000; None for anything else."""
    match = _UNIT.fullmatch(fold(words).strip(" .:()"))
    return int(match.lastgroup[1:]) if match else None


def unit_of_note(text: str) -> int | None:
    """The unit that a line of its own states: "Đơn vị tính: triệu đồng", "ĐVT: 1.000 đ", "(Đơn vị: Đồng)"."""
    folded = fold(text).strip(" ()[]*")
    for pattern in (_UNIT_NOTE, _UNIT_LOOSE):
        match = pattern.search(folded)
        if match and (unit := money_unit(match["unit"].split("/")[0])):
            return unit
    return money_unit(folded) if folded.endswith("dong") else None


def unit_of_heading(heading: str) -> int | None:
    """The unit of money inside a heading: "Kinh phí (triệu đồng)", "Vốn, tr.đ"."""
    folded = fold(heading)
    for pattern in (_HEAD_UNIT, _LAST_WORDS):
        for match in pattern.finditer(folded):
            if unit := money_unit(match["unit"]):
                return unit
    return None


def plain_heading(heading: str) -> str:
    """A heading for comparison: folded, without units and marks, abbreviations written out."""
    folded = _WORD.sub(_written_out, nfc(heading))
    folded = _HEAD_UNIT.sub(lambda match: " " if money_unit(match["unit"]) else match[0], folded)
    return " ".join(filter(None, _NOT_WORDS.split(_LAST_WORDS.sub(" ", folded))))


def same_words(plain: str) -> str:
    """A plain heading with the words that stand for one another made one."""
    return _EQUAL.get(plain, plain)


def telling_words(plain: str) -> frozenset[str]:
    words = plain.split()
    return frozenset(word for word in words if word not in IDLE_WORDS) or frozenset(words)


def is_serial_heading(heading: str) -> bool:
    """Whether a column numbers its rows: "TT", "STT", "Số thứ tự", "Số TT"."""
    return same_words(plain_heading(heading)) == "so thu tu" or fold(heading) in {"#", "no", "no.", "tt/stt"}


def sum_kind(text: str) -> str:
    """ "total" for "Tổng cộng", "subtotal" for "Cộng mục I" or "Cộng", "carried" for what adds nothing: "Mang sang",
    "Trong đó: …"; else ""."""
    if len(text) > LONGEST_SUM or not _SUM_BEGINS.match(text):
        return ""
    folded = fold(text).strip(" :.-*")
    if _CARRIED.fullmatch(folded) or _BREAKDOWN.fullmatch(folded):
        return "carried"
    if _SUBTOTAL.fullmatch(folded) and not _SUM_OF_GROUPS.fullmatch(folded):
        return "subtotal"
    return "total" if any(pattern.fullmatch(folded) for pattern in (_TOTAL, _SUM_OF_GROUPS, _SUM_COUNTED)) else ""


def is_note(text: str) -> bool:
    """Whether a line begins like a note, a signature or a place and date below a table."""
    folded = fold(text)
    return any(pattern.fullmatch(folded) for pattern in (_NOTE, _PLACE_DATE, _PAGE))


def is_numbering(text: str) -> bool:
    """Whether a cell is one of a row of column numbers: "(1)", "A", "5=3+4"."""
    return _NUMBERING.fullmatch(fold(text)) is not None


def marker_class(cell) -> str:
    """What kind of number a row carries: "roman", "capital", "small", "dash-", or "1", "1.1" by its depth; else ""."""
    if isinstance(cell, bool) or cell is None:
        return ""
    text = str(cell).strip()
    bracketed = _BRACKETED.fullmatch(text)
    match = _MARKER.fullmatch(bracketed["mark"].strip() if bracketed else text)
    if match is None:
        return ""
    mark = match["mark"]
    if mark[0].isdigit():
        return ".".join("1" * (mark.count(".") + 1))
    if mark in "-+*•":
        return f"dash{mark}"
    if _ROMAN.fullmatch(mark):
        return "roman"
    if len(mark) > 1:
        return ""
    return "capital" if mark.isupper() else "small"


def _written_out(match):
    # Only a word without vowel marks can be an abbreviation: "ĐA" is "đề án", "đã" is not.
    word, folded = match[0], fold(match[0])
    has_marks = any(unicodedata.combining(mark) for mark in unicodedata.normalize("NFD", word))
    return folded if has_marks else ABBREVIATIONS.get(folded, folded)


def leading_marker(text: str) -> str:
    """The kind of number that words begin with: "II. Hỗ trợ máy móc" -> "roman"; "" without one."""
    match = _MARKED_WORDS.fullmatch(text)
    return marker_class(match["mark"] or match["small"]) if match else ""


def unmarked(text: str) -> str:
    """Words without the number in front of them: "II. Hỗ trợ máy móc" -> "Hỗ trợ máy móc"."""
    match = _MARKED_WORDS.fullmatch(text) if leading_marker(text) else None
    return text[match.end("mark") if match["mark"] else match.end("small") :].lstrip(" .)/:-–") if match else text


_EQUAL = {other: names[0] for names in EQUALS for other in names}
