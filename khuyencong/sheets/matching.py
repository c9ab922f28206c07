"""Which column is which field: by what earlier imports remembered, by the heading, by what the cells hold."""

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

from khuyencong.sheets import cells
from khuyencong.sheets.heads import SEPARATOR
from khuyencong.sheets.reading import Field
from khuyencong.sheets.words import is_serial_heading, plain_heading, same_words, telling_words
from khuyencong.text import fold

SURE, LIKELY = 0.88, 0.5
# Two proposals nearer than this are a toss-up.
CLEAR_LEAD = 0.06
# Share of the cells that must read as the field's kind, else the heading is not believed.
FITTING = 0.5
# Of these, a heading that says one is not a field that says another.
RIVALS = (
    ("dia phuong", "quoc gia", "trung uong", "doi ung", "thu huong", "khac", "tong"),
    ("bat dau", "ket thuc", "hoan thanh", "khoi cong", "ky", "nghiem thu", "cap", "thanh ly"),
    ("de nghi", "tham dinh", "phe duyet", "duoc duyet", "thuc hien", "quyet toan", "tam ung", "nghiem thu", "du toan",
     "giai ngan", "thanh toan", "hop dong", "ke hoach", "con lai", "luy ke", "da cap"),
    ("so", "ngay", "ten", "ma", "dia chi", "dien thoai", "email", "thu dien tu", "ma so thue", "ghi chu", "nam",
     "kinh phi"),
    ("truoc", "sau"),
    ("nam", "nu"),
    ("xa", "huyen", "tinh", "ap"),
)  # fmt: skip
# Above the sources of a plan, "Kinh phí thực hiện" is the money to carry it out, not what was carried out.
CARRYING_OUT = ("kinh phi thuc hien", "kinh phi")
_PARTS = re.compile(r"\s*[/,;]\s*|\s+hoặc\s+|\s+và\s+")
_NUMERIC = ("money", "count", "decimal")


def propose(headings, samples, fields: tuple[Field, ...], remembered: dict[str, str]) -> dict[int, tuple[str, str]]:
    """{column index: (field key, certainty)}, no field twice.

    `headings` and `samples` (cells of the data) by column index. What was remembered counts first and is sure.
    """
    found, by_key = {}, {field.key: field for field in fields}
    for index, heading in enumerate(headings):
        key = remembered.get(fold(heading)) if heading else None
        if key in by_key and key not in {key for key, _certainty in found.values()}:
            found[index] = (key, "sure")
    taken = {key for key, _certainty in found.values()}
    scores = {
        (index, field.key): score
        for index, heading in enumerate(headings)
        if heading and index not in found and not is_serial_heading(heading)
        for field in fields
        if field.key not in taken and (score := _score(heading, field, samples[index])) >= LIKELY
    }
    for (index, key), score in sorted(scores.items(), key=lambda item: (-item[1], item[0][0])):
        if index not in found and key not in taken:
            found[index] = (key, "sure" if score >= SURE and not _is_tossup(scores, index, key, score) else "likely")
            taken.add(key)
    return found


def strength(headings, fields) -> float:
    """How much a row of headings looks like the fields asked for; 0 for words that none of them knows."""
    best = {}
    for heading in headings:
        for field in fields if heading else ():
            score = heading_score(heading, field)
            if score >= LIKELY:
                best[field.key] = max(best.get(field.key, 0), score)
    return sum(best.values()) + any(map(is_serial_heading, filter(None, headings)))


def heading_score(heading: str, field: Field) -> float:
    """0 to 1: how far a heading of one or more levels says the name of a field."""
    levels = heading.split(SEPARATOR)
    above = plain_heading(" ".join(levels[:-1])).replace(*CARRYING_OUT)
    whole = f"{above} {plain_heading(levels[-1])} {same_words(plain_heading(levels[-1]))}"
    names = _names(field)
    if _contradict(names, whole):
        return 0
    variants = [(same_words(plain_heading(" ".join(levels[at:]))), 1 - 0.04 * at) for at in range(len(levels))]
    # "Mã số thuế/mã số DN", "Đơn vị thụ hưởng, địa điểm": one of several things that the column holds.
    parts = _PARTS.split(levels[-1])
    variants += [(same_words(plain_heading(part)), 0.84) for part in parts if len(parts) > 1]
    return max(weight * _likeness(variant, name, whole) for variant, weight in variants for name in names)


@lru_cache(maxsize=2_000)
def _names(field):
    return tuple(same_words(plain_heading(name)) for name in (field.label, *field.names))


def number_style(values) -> str:
    """How the text of a column writes numbers: "vi" (1.234,5), "en" (1,234.5), "" where nothing or both is proved."""
    styles = set()
    for value in values:
        if isinstance(value, str):
            styles |= {style for style, pattern in _STYLES if pattern.fullmatch(value.strip(" -()"))}
    return styles.pop() if len(styles) == 1 else ""


def _score(heading, field, values):
    score = heading_score(heading, field)
    if score < LIKELY:
        return 0
    filled = [value for value in values if not cells.is_empty(value)]
    if not filled:
        return score
    fitting = sum(_fits(value, field.kind) for value in filled) / len(filled)
    return score if fitting >= FITTING else score * 0.6


def _fits(value, kind):
    if kind == "text":
        return isinstance(value, str) and any(map(str.isalpha, value))
    if kind in ("code", "phone", "choice"):
        return not isinstance(value, date)
    if kind == "tax_code":
        return 8 <= len(re.sub(r"\D", "", cells.shown(value))) <= 14
    if kind in _NUMERIC and isinstance(value, int | float | Decimal):
        return True
    try:
        cells.read_cell(value, kind, unit=10**6, style="vi", spans="begin")
    except ValueError:
        return False
    return True


def _likeness(variant, name, whole):
    if not name:
        return 0
    if variant == name:
        return 1
    ours, theirs = telling_words(name), telling_words(variant)
    common = len(ours & theirs)
    if not common or _contradict((name,), whole):
        return 0
    dice = 2 * common / (len(ours) + len(theirs))
    if ours <= theirs and len(ours) > 1:
        dice = max(dice, 0.5 + 0.3 * len(ours) / len(theirs))
    return 0.87 * dice


def _contradict(names, heading):
    """Whether a heading says a rival of what the names say."""
    for family in RIVALS:
        said = {phrase for name in names for phrase in _said(name, family)}
        if said and (other := _said(heading, family)) and not said & other:
            return True
    return False


@lru_cache(maxsize=20_000)
def _said(plain, family):
    spoken = f" {plain} ".replace(" co so ", " cs ").replace(" so cong thuong ", " ")
    return frozenset(phrase for phrase in family if f" {phrase} " in spoken)


def _is_tossup(scores, index, key, score):
    return any(other >= score - CLEAR_LEAD and (at == index) != (of == key) for (at, of), other in scores.items())


_STYLES = (
    ("vi", re.compile(r"\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,}|0,\d+|\d+,\d{1,2}|\d+,\d{4,}|\d{4,},\d+")),
    ("en", re.compile(r"\d{1,3}(,\d{3})+\.\d+|\d{1,3}(,\d{3}){2,}|0\.\d+|\d+\.\d{1,2}|\d+\.\d{4,}|\d{4,}\.\d+")),
)
