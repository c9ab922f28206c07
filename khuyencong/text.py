"""Vietnamese text: one stored form, one form for search, one key for alphabetical order.

Databases and LIKE know nothing of Vietnamese letters (SQLite lowers ASCII only, the C collation sorts "Ă"
after "Z"), so the searched and the sorted form are computed here and stored in columns of their own.
"""

import re
import unicodedata
from functools import lru_cache

SHOWN_LENGTH = 40
SEARCH_WORD_LIMIT = 12

# Typed or pasted for one another; the acute accent and the grave stand in for an apostrophe ("H´Leo").
_LOOKALIKES = str.maketrans(
    {"đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "Ɖ": "d", "ɖ": "d", "₫": "d"}
    | dict.fromkeys("‘’‚‛′‹›ʼʹ´`", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―⁃−⁻﹘﹣－", "-")
)
_MARKS = re.compile("[\u0300-\u036f]+")
_SEARCH_WORD = re.compile(r"[^\s\-\"(),;:]+")

_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}  # huyền hỏi ngã sắc nặng
_LEVEL_TONE = "0"
_TONE_MARKS = re.compile(f"[{''.join(_TONES)}]")
_SORTED_PART = re.compile(r"[0-9]+|[^\W0-9_]+")
# Letters a-z stand for themselves up to y. A "z" behind a letter makes it the next one of the alphabet
# (a, ă = az, â = azz), so the foreign letter z itself moves behind y, and other scripts behind z.
_SORTED_LETTERS = {letter: letter for letter in "abcdefghijklmnopqrstuvwxy"} | {
    "ă": "az",
    "â": "azz",
    "đ": "dz",
    "ð": "dz",
    "ê": "ez",
    "ô": "oz",
    "ơ": "ozz",
    "ư": "uz",
    "z": "yz",
}


def nfc(text: str) -> str:
    """One line of text as it is stored: NFC, single spaces, no control or zero-width characters.

    Line breaks count as spaces. Two strings that look alike on screen become equal.
    """
    if not text.isprintable():
        text = "".join(character for character in text if not _is_invisible(character))
    return " ".join(unicodedata.normalize("NFC", text).split())


def fold(text: str) -> str:
    """The form in which text is searched: "Bà Rịa – Vũng Tàu" -> "ba ria - vung tau".

    Lower case without marks, đ as d, every dash as "-", every quotation mark as ' or ". Folding twice changes
    nothing; composed and decomposed input give the same.
    """
    # Lower case can bring back marks (İ), and decomposing brings back capitals, hence two rounds.
    lowered = _without_marks(nfc(text)).casefold()
    return " ".join(_without_marks(lowered).split())


def search_words(query: str) -> list[str]:
    """The folded words of a search, each to be looked for by itself: "Máy sấy (Mỹ Tho)" -> may, say, my, tho.

    Words part at spaces, dashes, commas and brackets, so that "Rịa–Vũng" finds "Rịa - Vũng". At most
    SEARCH_WORD_LIMIT of them: every word becomes one condition of a query.
    """
    found = (word.strip("'./") for word in _SEARCH_WORD.findall(fold(query)))
    words = [word for word in found if any(map(str.isalnum, word))]
    return list(dict.fromkeys(words))[:SEARCH_WORD_LIMIT]


def sort_key(text: str) -> str:
    """A key whose plain order is the Vietnamese alphabet: a ă â b c d đ e ê ..., syllable by syllable.

    Tones decide between syllables of the same letters (ngang huyền hỏi ngã sắc nặng), numbers count as
    numbers ("Phường 2" before "Phường 10"), case and punctuation do not count. Keys hold only 0-9 and a-z, so
    every collation of SQLite or PostgreSQL sorts them alike; they may be cut to the length of a column.
    """
    composed = unicodedata.normalize("NFKC", nfc(text))
    lowered = unicodedata.normalize("NFKC", composed.casefold())
    return "".join(map(_sorted_part, _SORTED_PART.findall(lowered)))


def western_digits(text: str) -> str:
    """Text with the full-width (or other script's) decimal digits as 0-9; ² or ½ stay what they are."""
    return "".join(str(unicodedata.decimal(character, character)) for character in text)


def quoted(text: str) -> str:
    """What the user typed, for use in a message: in Vietnamese quotation marks, cut when long."""
    shown = nfc(text)
    return f"“{shown[:SHOWN_LENGTH]}…”" if len(shown) > SHOWN_LENGTH else f"“{shown}”"


def _is_invisible(character: str) -> bool:
    # Controls, format characters (zero-width, direction, soft hyphen), lone surrogates; tabs and line
    # breaks are controls, too, but part words.
    return unicodedata.category(character) in {"Cc", "Cf", "Cs"} and not character.isspace()


def _without_marks(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.translate(_LOOKALIKES))
    return _MARKS.sub("", decomposed).translate(_LOOKALIKES)


# The syllables of a language are few, and sorting meets them again and again.
@lru_cache(maxsize=8192)
def _sorted_part(part: str) -> str:
    """Key of one number (digits behind their count) or one syllable (letters, then its tone)."""
    if part.isascii() and part.isdecimal():
        digits = part.lstrip("0") or "0"
        return f"{min(len(digits), 99):02d}{digits}"
    decomposed = unicodedata.normalize("NFD", part)
    tone = _TONE_MARKS.search(decomposed)
    letters = unicodedata.normalize("NFC", _TONE_MARKS.sub("", decomposed))
    return "".join(map(_sorted_letter, letters)) + (_TONES[tone[0]] if tone else _LEVEL_TONE)


def _sorted_letter(letter: str) -> str:
    if letter in _SORTED_LETTERS:
        return _SORTED_LETTERS[letter]
    base = unicodedata.normalize("NFD", letter)[0]  # a foreign mark (ü, ç) does not count
    return _SORTED_LETTERS.get(base) or f"yzz{ord(base):06x}"
