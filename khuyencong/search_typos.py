"""A word that nobody wrote is taken for one that is a slip of the finger away, and the person is told so."""

from collections.abc import Iterator
from itertools import islice, product
from string import ascii_lowercase

from django.db import connection

from khuyencong.search_index import ENTRIES, VOCABULARY
from khuyencong.search_query import Token, asked, words_of
from khuyencong.text import fold

# Shorter words are too near to one another; what holds a digit is a number, and numbers are not guessed.
SHORTEST = 3
TRIED = 12


def corrections(text: str) -> Iterator[str]:
    """The text with its unknown words replaced by near ones, the likeliest first; none when every word is known."""
    typed = words_of(fold(text))
    choices = [_choices(word, typed) for word in typed]
    if any(len(words) != 1 or is_new for words, is_new in choices):
        yield from (" ".join(words) for words in islice(product(*(words for words, _is_new in choices)), TRIED))


def slips(word: str) -> list[str]:
    """Words from which one slip makes this one: two letters swapped, one other, one left out, one too many."""
    parts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    swapped = [head + tail[1] + tail[0] + tail[2:] for head, tail in parts if len(tail) > 1]
    other = [head + letter + tail[1:] for head, tail in parts if tail for letter in ascii_lowercase]
    left_out = [head + letter + tail for head, tail in parts for letter in ascii_lowercase]
    too_many = [head + tail[1:] for head, tail in parts if tail]
    return [near for near in dict.fromkeys([*swapped, *other, *left_out, *too_many]) if near != word]


def _choices(word, typed):
    """([words to look for], whether they are others than the one that was typed)."""
    if len(word) < SHORTEST or not word.isalpha() or _begins_something(word):
        return [word], False
    near = [other for other in slips(word) if other not in typed]
    known = _known(near)
    return [other for other in near if other in known], True


def _begins_something(word):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"SELECT 1 FROM {VOCABULARY} WHERE term >= %s AND term < %s LIMIT 1", [word, f"{word}{{"])
        else:
            cursor.execute(f"SELECT 1 FROM {ENTRIES} WHERE tokens @@ %s::tsquery LIMIT 1", [asked([[[Token(word)]]])])
        return cursor.fetchone() is not None


def _known(words):
    """Those of the words that stand in some entry."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join(["%s"] * len(words))
            cursor.execute(f"SELECT term FROM {VOCABULARY} WHERE term IN ({marks})", words)
        else:
            sql = f"SELECT word FROM unnest(%s) word WHERE EXISTS (SELECT FROM {ENTRIES} WHERE tokens @@ word::tsquery)"
            cursor.execute(sql, [words])
        return {word for [word] in cursor.fetchall()}
