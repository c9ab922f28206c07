"""The rows below a head told apart: data, groups, sums, notes, repeated heads."""

import itertools
import re
from dataclasses import dataclass
from decimal import Decimal

from khuyencong.sheets.heads import is_numbering_row
from khuyencong.sheets.reading import Line
from khuyencong.sheets.words import is_note, leading_marker, marker_class, sum_kind
from khuyencong.text import quoted

REASONS = {
    "blank": "Dòng trống.",
    "hidden": "Dòng đang ẩn trong bảng tính.",
    "numbering": "Dòng đánh số cột.",
    "head": "Dòng tiêu đề của bảng.",
    "above": "Nằm trên bảng.",
    "below": "Ghi chú, nơi nhận hoặc chữ ký dưới bảng.",
    "carried": "Số mang sang hoặc tách ra từ số cộng.",
    "words": "Dòng chữ không có số thứ tự, không có số liệu.",
    "breakdown": "Số tách ra từ số cộng bên trên.",
}
# A row of notes or signatures names few columns.
MOST_NOTE_CELLS = 4
_AMOUNT = re.compile(r"[-−(+ ]*\d[\d.,' ]*\)?\s*[^\W\d]{0,6}\.?(?: [^\W\d]{1,4})?")


@dataclass(frozen=True)
class Roles:
    """What columns are to their rows: `serial` numbers them (None without), `words` names them, `amounts` are
    summed up, `details` are filled in rows of data alone."""

    serial: int | None
    words: int | None
    amounts: frozenset[int]
    details: frozenset[int]


@dataclass(slots=True)
class _Row:
    at: int
    filled: int
    kind: str = ""
    mark: str = ""
    text: str = ""
    has_amounts: bool = False
    details: int = 0
    depth: int = 0
    reason: str = ""


def is_number(cell) -> bool:
    return isinstance(cell, int | float | Decimal) and not isinstance(cell, bool)


def body_lines(grid, first, last, heads, roles: Roles) -> list[Line]:
    """Lines of the rows from position `first` up to before `last`, below a head.

    `heads`: {position: number of rows} of heads repeated in between.
    """
    rows = [_first_look(grid, at, roles) for at in range(first, last)]
    _mark_heads(rows, heads, grid)
    _mark_numbering(rows, grid)
    _mark_tail(rows)
    _mark_breakdown(rows)
    body = [row for row in rows if not row.kind]
    _set_depths(body)
    _mark_groups(body, roles)
    _mark_loose_words(rows)
    return _with_levels(rows, grid)


def _first_look(grid, at, roles):
    own, cells = grid.rows[at], grid.filled(at)
    row = _Row(at, sum(cell is not None for cell in cells))
    if all(cell is None for cell in own):
        row.kind = "blank"
    elif at + 1 in grid.sheet.hidden_rows:
        row.kind = "hidden"
    else:
        _describe(row, own, cells, roles)
    return row


def _describe(row, own, cells, roles):
    """`own`: the cells without what merged ones lend from above."""
    if roles.serial is not None:
        row.mark = marker_class(own[roles.serial])
    row.has_amounts = any(_is_amount(own[index]) for index in roles.amounts)
    row.details = sum(cells[index] is not None for index in roles.details)
    if row.details and row.mark.startswith("1"):  # a sum or a note carries no number of its own
        row.text = next((cell for cell in own if isinstance(cell, str)), "")
        return
    words = [cell for cell in own if isinstance(cell, str)]
    beginning = [cell for cell in words[:3] if not marker_class(cell) and any(map(str.isalpha, cell))]
    row.text = next(iter(beginning), next(iter(words), ""))
    if not row.mark and not row.details and not row.has_amounts:
        row.mark = leading_marker(row.text)
    kind = next(filter(None, map(sum_kind, beginning)), "")
    if kind == "carried":
        row.kind, row.reason = "note", REASONS["carried"]
    elif kind:
        row.kind = kind
    elif not row.mark and not row.has_amounts and len(words) <= MOST_NOTE_CELLS and is_note(row.text):
        row.kind = "note"


def _is_amount(cell):
    return is_number(cell) or (isinstance(cell, str) and _AMOUNT.fullmatch(cell) is not None)


def _mark_heads(rows, heads, grid):
    first = rows[0].at if rows else 0
    for at, count in heads.items():
        for row in rows[at - first : at - first + count]:
            row.kind = "head"
        following = at - first + count
        if following < len(rows) and is_numbering_row(grid.rows[rows[following].at]):
            rows[following].kind = "numbering"


def _mark_numbering(rows, grid):
    row = next((row for row in rows if row.kind != "blank"), None)
    if row is not None and row.kind not in ("hidden", "head") and is_numbering_row(grid.rows[row.at]):
        row.kind = "numbering"


def _mark_tail(rows):
    """Below the last row with a number or a sum, notes begin with their words or with a row of one cell."""
    solid = max((at for at, row in enumerate(rows) if _is_solid(row)), default=-1)
    begun = solid >= 0 and rows[solid].kind == "total"
    for row in rows[solid + 1 :]:
        is_sparse = solid >= 0 and not row.kind and row.filled == 1
        begun = begun or row.kind == "note" or is_sparse
        if begun and not row.kind:
            row.kind = "note"


def _is_solid(row):
    if row.kind:
        return row.kind in ("total", "subtotal", "head")
    return row.has_amounts or (row.mark != "" and row.filled > 1)


def _set_depths(body):
    """How deep each numbered row stands: a kind of number seen above closes what was opened since."""
    open_marks = []
    for row in body:
        mark = row.mark or ("words" if not row.has_amounts and not row.details else "")
        if not mark:
            row.depth = len(open_marks) + 1
            continue
        if mark in open_marks:
            del open_marks[open_marks.index(mark) + 1 :]
        else:
            open_marks.append(mark)
        row.depth = len(open_marks)


def _mark_groups(body, roles):
    details_wanted = any(row.details for row in body)
    figures_wanted = any(row.has_amounts for row in body)
    own_marks = {row.mark for row in body if row.details}
    for row, following in itertools.pairwise([*body, None]):
        is_parent = following is not None and following.depth > row.depth
        says_little = not row.details and (details_wanted or (figures_wanted and not row.has_amounts))
        is_numbered_parent = row.mark and is_parent and (says_little or not roles.details)
        is_bare = says_little and not row.has_amounts
        if is_numbered_parent or (is_bare and (is_parent or (following and row.mark and row.mark not in own_marks))):
            row.kind = "group"
        elif is_bare and not row.mark and roles.serial is not None:
            row.kind, row.reason = "note", REASONS["words"]


def _mark_breakdown(rows):
    """Below the last total, figures without a number and without details part that total."""
    last = max((at for at, row in enumerate(rows) if row.kind == "total"), default=0)
    if not any(not row.kind for row in rows[:last]):
        return
    for row in rows[last + 1 :]:
        if not row.kind and not row.details and (not row.mark or row.mark.startswith("dash")):
            row.kind, row.reason = "note", REASONS["breakdown"]


def _mark_loose_words(rows):
    """Words alone at the very end belong to no row of data."""
    for row in reversed(rows):
        if row.kind in ("blank", "note", "hidden"):
            continue
        if row.kind != "group":
            return
        row.kind = "note"


def _with_levels(rows, grid):
    lines, groups = [], []  # of groups: (depth, words)
    for row in rows:
        kind = row.kind or "data"
        if kind == "group":
            groups = [group for group in groups if group[0] < row.depth]
        elif kind == "data":
            groups = [group for group in groups if group[0] < row.depth] if row.mark else groups
        under = tuple(words for _depth, words in groups) if kind in ("data", "group", "subtotal") else ()
        lines.append(Line(row.at + 1, kind, len(under), grid, row.reason or _reason(kind, row), under))
        if kind == "group":
            groups.append((row.depth, row.text))
    return lines


def _reason(kind, row):
    if kind == "data":
        return ""
    if kind == "group":
        return f"Dòng nhóm {quoted(row.text)}."
    if kind in ("subtotal", "total"):
        return f"Dòng cộng {quoted(row.text)}."
    return REASONS.get(kind, REASONS["below"])
