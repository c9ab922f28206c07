"""The heads of tables: where they begin and end on a sheet, and what each column is called."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from khuyencong.sheets.words import is_note, is_numbering, sum_kind, unit_of_note
from khuyencong.text import fold, nfc

DEEPEST_HEAD = 4
LONGEST_HEADING = 160
# Years that stand as headings.
FIRST_YEAR, LAST_YEAR = 2000, 2100
# A row of a head names at least so many columns, unless the sheet is narrower.
LEAST_HEADINGS = 2
# Rows looked at for the first head; a sheet may have a whole decision above its table.
ROWS_SEARCHED = 200
SEPARATOR = " › "


@dataclass(frozen=True)
class Head:
    """A head on rows `top` to `bottom` (positions from 0), `headings` by column index ("" without one)."""

    top: int
    bottom: int
    headings: tuple[str, ...]

    @property
    def words(self):
        """What the head says, for comparing heads."""
        return tuple(map(fold, self.headings))


def head_at(grid, top):
    """The head that would begin at a row of the grid, None where that row cannot be one."""
    row = grid.rows[top]
    names = [index for index, cell in enumerate(row) if cell is not None]
    if len(names) < min(LEAST_HEADINGS, grid.width) or not _is_head_row(row) or sum_kind(row[names[0]]):
        return None
    bottom = top
    while bottom + 1 < len(grid.rows) and bottom - top + 1 < DEEPEST_HEAD and _goes_on(grid, top, bottom):
        bottom += 1
    return Head(top, bottom, _headings(grid, top, bottom))


def _is_head_row(row, least=0.5):
    """Only short words, or years, and not those of a note or a row of column numbers; more than `least` are words."""
    filled = [cell for cell in row if cell is not None]
    texts = [cell for cell in filled if isinstance(cell, str)]
    if len(texts) + sum(map(_is_year, filled)) < len(filled) or any(len(text) > LONGEST_HEADING for text in texts):
        return False
    if texts and (all(map(is_numbering, texts)) or unit_of_note(texts[0]) or (is_note(texts[0]) and len(texts) < 4)):
        return False
    return sum(any(map(str.isalpha, text)) for text in texts) > least * len(filled)


def _is_year(cell):
    return isinstance(cell, int) and not isinstance(cell, bool) and FIRST_YEAR <= cell <= LAST_YEAR


def _goes_on(grid, top, bottom):
    """Whether the row below belongs to the same head: merged into it, or naming parts of the columns above."""
    below = bottom + 1
    if any(top <= part.top <= bottom for part in grid.merged_at(below)):
        return True
    row = grid.rows[below]
    names = [index for index, cell in enumerate(row) if cell is not None]
    if not names or not _is_head_row(row, least=-1) or names[0] <= _first_name(grid.rows[top]):
        return False
    # A row of data has words below columns that are named already; one word alone is a group of rows.
    is_merged = bool(grid.merged_at(bottom))
    return (is_merged or len(names) > 1) and all(_is_open(grid, top, bottom, index) for index in names)


def _is_open(grid, top, bottom, index):
    """Whether what stands above a place is a group over several columns, or nothing."""
    if grid.in_merged(bottom, index):
        return grid.spans_columns(bottom, index)
    named = [at for at in range(top, bottom + 1) if grid.rows[at][index] is not None]
    if not named:
        return True
    at = named[-1]
    return not grid.merged_at(at) and index + 1 < grid.width and grid.rows[at][index + 1] is None


def _first_name(row):
    return next(index for index, cell in enumerate(row) if cell is not None)


def _headings(grid, top, bottom):
    """The levels of every column joined; a group reaches right over the empty places beside it."""
    levels = []
    for at in range(top, bottom + 1):
        level, group = [], ""
        for index in range(grid.width):
            cell = grid.rows[at][index]
            if cell is not None:
                group = nfc(str(cell))
            elif not _under_group(grid, top, at, bottom, index):
                group = ""
            level.append(group)
        levels.append(level)
    return tuple(_joined([level[index] for level in levels]) for index in range(grid.width))


def _under_group(grid, top, at, bottom, index):
    """Whether an empty place of a head belongs to the group on its left."""
    if grid.spans_columns(at, index):
        return True
    if at == bottom or grid.merged_at(at):
        return False
    own_above = any(grid.rows[above][index] is not None for above in range(top, at))
    named_below = any(grid.rows[below][index] is not None for below in range(at + 1, bottom + 1))
    # In the row of the outermost groups a column of its own stands below nothing but has words in a lower row.
    return named_below and not own_above


def _joined(levels):
    kept = []
    for level in levels:
        if level and (not kept or fold(level) != fold(kept[-1])):
            kept.append(level)
    return SEPARATOR.join(kept)


def is_numbering_row(row):
    """Whether a row numbers the columns: (1) (2) (3)=(1)+(2), or A B 1 2."""
    texts = [str(cell) for cell in row if cell is not None and not isinstance(cell, date)]
    if len(texts) < 3 or not all(map(is_numbering, texts)):
        return False
    digits = [int(found) for found in (_leading_number(text) for text in texts) if found]
    return len(digits) >= 2 and all(right == left + 1 for left, right in pairwise(digits))


def _leading_number(text):
    kept = ""
    for character in text.strip("([ "):
        if not character.isdecimal():
            break
        kept += character
    return kept
