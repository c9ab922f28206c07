"""What was typed into a search, asked of the index: the same words find the same records on both databases.

Words count from their beginning, in any order, without accents. "cty" finds "công ty" and the other way round.
"""

import re
from dataclasses import dataclass

from django.db import connection
from django.db.models.expressions import RawSQL

from khuyencong.models.search import KIND_SPAN
from khuyencong.search_index import ENTRIES, SEARCHED, WORDS
from khuyencong.text import SEARCH_WORD_LIMIT, fold

# What people write short, as it is folded.
SHORT = {
    "cty": "cong ty", "tnhh": "trach nhiem huu han", "mtv": "mot thanh vien", "ctcp": "cong ty co phan",
    "cp": "co phan", "dntn": "doanh nghiep tu nhan", "dnttn": "doanh nghiep tu nhan", "dn": "doanh nghiep",
    "htx": "hop tac xa", "tht": "to hop tac", "hkd": "ho kinh doanh", "xn": "xi nghiep", "cssx": "co so san xuat",
    "cs": "co so", "cnnt": "cong nghiep nong thon", "ccn": "cum cong nghiep", "ubnd": "uy ban nhan dan",
    "sct": "so cong thuong", "ttkc": "trung tam khuyen cong", "qd": "quyet dinh", "hd": "hop dong", "kh": "ke hoach",
    "bb": "bien ban", "tp": "thanh pho", "hcm": "ho chi minh", "tx": "thi xa", "tt": "thi tran", "p": "phuong",
    "q": "quan", "h": "huyen", "x": "xa", "t": "tinh", "sx": "san xuat", "tm": "thuong mai", "dv": "dich vu",
    "xnk": "xuat nhap khau", "xd": "xay dung", "mmtb": "may moc thiet bi", "kcqg": "khuyen cong quoc gia",
    "kcdp": "khuyen cong dia phuong",
}  # fmt: skip
_LONG = {tuple(words.split()): [short for short in SHORT if SHORT[short] == words] for words in SHORT.values()}
_LONGEST = max(map(len, _LONG))
_TOKEN = re.compile(r"[a-z0-9]+")
# A tax code that a spreadsheet took for a number has lost its zero.
_SHORTEST_TAX_CODE = 9


@dataclass(frozen=True)
class Token:
    """One word to be found, in full or by its beginning."""

    text: str
    is_whole: bool = False


def needs(text: str) -> list[list[list[Token]]]:
    """What a record must have: all of these needs, each met by one of its ways, a way being some tokens.

    "cty mỹ" -> [[[cty…], [cong…, ty…]], [[my…]]]; empty for a text without letters and digits.
    """
    numbers, words = [], []
    for part in fold(text).split():
        # "10/QĐ-UBND" is the number of a paper, letter for letter.
        is_number = "/" in part and any(map(str.isdigit, part))
        (numbers if is_number else words).extend(words_of(part))
    numbers, words = (list(dict.fromkeys(found))[:SEARCH_WORD_LIMIT] for found in (numbers, words))
    tokens = [Token(word, _is_whole(word)) for word in words]
    ways = [[[Token(word, is_whole=True)]] for word in numbers]
    while tokens:
        size = _phrase_at_the_beginning(tokens)
        if size:
            short = [[Token(word, is_whole=True)] for word in _LONG[tuple(token.text for token in tokens[:size])]]
            ways.append([tokens[:size], *short])
        else:
            ways.append(_ways_of(tokens[0]))
        tokens = tokens[size or 1 :]
    return ways


def words_of(text: str) -> list[str]:
    """The words of a folded key, as the index has them."""
    return _TOKEN.findall(text)


def matching(queryset, text):
    """Rows of a kind that can be found which have every word; all of them for a text without words."""
    ways = needs(text)
    if not ways:
        return queryset
    kind = SEARCHED[queryset.model]
    sql = f"SELECT {_entry()} - {kind.first} {hits(kind)}"
    return queryset.filter(pk__in=RawSQL(sql, [asked(ways)]))  # noqa: S611 -- the words are a parameter


def scope(user):
    """The need that records be the person's to see, as `ScopedQuerySet.visible_to` has it."""
    if user.sees_all_provinces:
        return []
    marks = [f"=p{pk}" for pk in user.province_ids] + ([f"=o{user.organisation_id}"] if user.organisation_id else [])
    return [[[Token(mark, is_whole=True)] for mark in marks or ["=nobody"]]]


def newest(kinds, ways, most):
    """{kind: ids of the records with these needs, the newest first, at the most so many}; one query."""
    found = {kind: [] for kind in kinds}
    by_number = {kind.number: kind for kind in kinds}
    if connection.vendor == "sqlite":
        part = f"SELECT * FROM (SELECT rowid {{hits}} ORDER BY rowid DESC LIMIT {most})"
        sql, times = " UNION ALL ".join(part.format(hits=hits(kind)) for kind in kinds), len(kinds)
    else:
        # The words are looked up in the index once, not once for each kind.
        numbers = ", ".join(str(number) for number in by_number)
        kind_of = f"id / {KIND_SPAN}"
        turn = f"ROW_NUMBER() OVER (PARTITION BY {kind_of} ORDER BY id DESC) AS turn"
        hit = f"tokens @@ %s::tsquery AND {kind_of} IN ({numbers})"
        sql = (
            f"SELECT id FROM (SELECT id, {turn} FROM {ENTRIES} WHERE {hit}) AS found WHERE turn <= {most} ORDER BY turn"
        )
        times = 1
    with connection.cursor() as cursor:
        cursor.execute(sql, [asked(ways)] * times)
        for [number] in cursor.fetchall():
            found[by_number[number // KIND_SPAN]].append(number % KIND_SPAN)
    return found


def hits(kind):
    """FROM and WHERE of a kind's entries, with one parameter, the answer of `asked`."""
    span = f"BETWEEN {kind.first} AND {kind.first + KIND_SPAN - 1}"
    if connection.vendor == "sqlite":
        return f"FROM {WORDS} WHERE {WORDS} MATCH %s AND rowid {span}"
    return f"FROM {ENTRIES} WHERE tokens @@ %s::tsquery AND id {span}"


def _entry():
    return "rowid" if connection.vendor == "sqlite" else "id"


def asked(ways):
    """The needs in the database's own words."""
    if connection.vendor == "sqlite":
        both, either, quote, beginning = " AND ", " OR ", '"', "*"
    else:
        both, either, quote, beginning = " & ", " | ", "'", ":*"

    def one(token):
        return f"{quote}{token.text}{quote}{'' if token.is_whole else beginning}"

    return both.join(f"({either.join(f'({both.join(map(one, way))})' for way in need)})" for need in ways)


def _is_whole(word):
    """One letter alone, or a number of two digits, would begin too many others."""
    return len(word) == 1 or (word.isdigit() and len(word) == 2)


def _phrase_at_the_beginning(tokens):
    words = [token.text for token in tokens]
    return next((size for size in range(_LONGEST, 1, -1) if tuple(words[:size]) in _LONG), 0)


def _ways_of(token):
    ways = [[token]]
    if token.text in SHORT:
        ways.append([Token(word) for word in SHORT[token.text].split()])
    if token.text.isdigit() and len(token.text) >= _SHORTEST_TAX_CODE and not token.text.startswith("0"):
        ways.append([Token(f"0{token.text}", token.is_whole)])
    return ways
