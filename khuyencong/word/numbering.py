"""Numbers that Word counts by itself: "1." of a khoản, "I." and "1." of the parts of minutes, "-" of a list.

The letters of a điểm are typed. Word counts in the Latin alphabet or not at all: it has no đ between d and e, and
would go on with f, j, w and z, which the decree leaves out. A letter that stands there as text stays what the paper
says when a clerk mends a sentence; a counted one would be wrong from the fifth điểm on.
"""

from dataclasses import dataclass

from khuyencong.word.elements import w
from khuyencong.word.styles import FIRST_LINE

POINT_LETTERS = "abcdđeghiklmnopqrstuvxy"


@dataclass(frozen=True)
class Level:
    """One level of a kind of list. `shown` is "%1.", with the count of the first level in it, or a sign."""

    counted: str
    shown: str


CLAUSES = (Level("decimal", "%1."),)
DASHES = (Level("bullet", "-"),)
HEADINGS = (Level("upperRoman", "%1."), Level("decimal", "%2."))
KINDS = (CLAUSES, DASHES, HEADINGS)


def point_label(position: int) -> str:
    """0 -> "a)", 4 -> "đ)"; behind "y)" two letters: "aa)"."""
    label, rest = "", position + 1
    while rest:
        rest, letter = divmod(rest - 1, len(POINT_LETTERS))
        label = POINT_LETTERS[letter] + label
    return f"{label})"


class Numbering:
    """The lists of one file. `root` is an emptied `w:numbering` element."""

    def __init__(self, root):
        self._root = root
        self._count = 0
        root.extend(_abstract(number, levels) for number, levels in enumerate(KINDS))

    def new_list(self, kind: tuple[Level, ...]) -> int:
        """The number of a list that begins anew."""
        self._count += 1
        restarts = [
            w("lvlOverride", w("startOverride", val=1), ilvl=level) for level in range(len(kind)) if kind is not DASHES
        ]
        self._root.append(w("num", w("abstractNumId", val=KINDS.index(kind)), *restarts, numId=self._count))
        return self._count


def count(paragraph, number: int, level: int = 0) -> None:
    """Let a paragraph take part in a list."""
    place = w("numPr", w("ilvl", val=level), w("numId", val=number))
    paragraph.pPr._insert_numPr(place)


def _abstract(number, levels):
    kind = "multilevel" if len(levels) > 1 else "singleLevel"
    return w(
        "abstractNum",
        w("multiLevelType", val=kind),
        *(_level(position, level) for position, level in enumerate(levels)),
        abstractNumId=number,
    )


def _level(position, level):
    return w(
        "lvl",
        w("start", val=1),
        w("numFmt", val=level.counted),
        w("suff", val="space"),
        w("lvlText", val=level.shown),
        w("lvlJc", val="left"),
        w("pPr", w("ind", left=0, firstLine=FIRST_LINE)),
        ilvl=position,
    )
