"""Names of administrative units: with and without type word, inside a sentence, as they are searched."""

import re
from collections.abc import Iterable
from functools import lru_cache

from khuyencong.text import nfc, search_words

KINDS = ("Thành phố", "Thị trấn", "Thị xã", "Đặc khu", "Tỉnh", "Quận", "Huyện", "Phường", "Xã")
LARGEST_CITY = "Thành phố Hồ Chí Minh"

_KIND_OF = {
    "tp": "thành phố", "tx": "thị xã", "tt": "thị trấn", "đk": "đặc khu", "dk": "đặc khu",
    "t": "tỉnh", "h": "huyện", "q": "quận", "p": "phường", "x": "xã",
}  # fmt: skip
_SHORT = "(" + "|".join(_KIND_OF) + ")"
_ABBREVIATIONS = (
    re.compile(rf"(?<![^\s,]){_SHORT}(?:\.\s?|(?=\d))"),  # "tp.", "q1"
    re.compile(rf"(?:^|(?<=,\s)){_SHORT}\s(?=\w)"),  # without a dot in front of a name only: "h trà cú"
)
_HCM = re.compile(r"\b(?:tp[.\s]{0,2})?hcm\b")
# What labels and people add to tell an old unit from a new one.
_REMARK = re.compile(r"\(.*?\)|\scũ\s*$")


def short_name_of(name: str) -> str:
    """The name without its type word: "Huyện Trà Cú" -> "Trà Cú"; a number keeps it: "Phường 1"."""
    for kind in KINDS:
        short_name = name.removeprefix(f"{kind} ")
        if short_name != name:
            return name if short_name.isdigit() else short_name
    return name


def name_in_sentence(name: str) -> str:
    """The name inside a sentence: "xã Trà Cú"; "Quận 1", "Thành phố Hồ Chí Minh" keep their capital letter.

    Nghị định 30/2020/NĐ-CP, Phụ lục II, mục III.1. Names after persons would keep it too, but cannot be told
    from the others.
    """
    if short_name_of(name) == name or name == LARGEST_CITY:
        return name
    return name[:1].lower() + name[1:]


def unit_search_key(name: str, label: str, *, aliases: Iterable[str] = (), aliases_above: Iterable[str] = ()) -> str:
    """What a search of units looks in: parts between semicolons, each word behind a space, own names first.

    "; tra cu; huyen tra cu; trà cú; huyện trà cú; huyen tra cu tinh tra vinh;": each own name stands by itself,
    with and without its type word, so that a query can ask for a whole name, for its beginning, or for the very
    accents; the last part is the full name, with the other names of the units above it.
    """
    own = [form for known in (name, *aliases) for form in (short_name_of(known), known)]
    folded = [" ".join(search_words(written)) for form in own for written in _apostrophes(form)]
    accented = [nfc(form).casefold() for form in own]
    place = [word for part in (*_REMARK.sub("", label).split(","), *aliases_above) for word in _place_words(part)]
    return " ".join(f"{part};" for part in ["", *dict.fromkeys([*folded, *accented]), " ".join(place)])


def spelled_out(text: str) -> str:
    """What was typed, ready for a search: lower case, abbreviations written out, without a remark such as "(cũ)".

    "TT. Trà Cú, H. Trà Cú" -> "thị trấn trà cú, huyện trà cú"; also "q1", "p.5", "TP.HCM".
    """
    spelled = _HCM.sub(LARGEST_CITY.casefold(), _REMARK.sub("", nfc(text).casefold()))
    for abbreviation in _ABBREVIATIONS:
        spelled = abbreviation.sub(lambda found: f"{_KIND_OF[found[1]]} ", spelled)
    return spelled


def asks_for_old(text: str) -> bool:
    """Whether a unit of before July 2025 is meant: "sóc trăng cũ", "Tỉnh Vĩnh Long (cũ)"."""
    return any("cũ" in remark for remark in _REMARK.findall(nfc(text).casefold()))


@lru_cache(maxsize=2048)
def _place_words(name):
    # The names of provinces and districts come again with every unit in them.
    return search_words(name)


def _apostrophes(name):
    """The ways in which a name such as "Ea H'Leo" is typed."""
    return (name, name.replace("'", " "), name.replace("'", "")) if "'" in name else (name,)
