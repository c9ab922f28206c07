"""A sheet squared off: every row as wide as the widest, merged cells known by place."""

from functools import cached_property

from khuyencong.sheets.workbook import Merged, Sheet


class Grid:
    """Rows by position (from 0), all of one `width`; rows of the whole sheet are not copied until asked for."""

    def __init__(self, sheet: Sheet):
        self.sheet = sheet
        self.width = max(map(len, sheet.rows), default=0)
        self.rows = _Padded(sheet.rows, self.width)
        # Columns of amounts: a sum merged over several rows counts once, in the first.
        self.kept_single: frozenset[int] = frozenset()

    @cached_property
    def _merged_by_row(self) -> dict[int, list[Merged]]:
        """Merged ranges by position of the row, both ends with positions from 0."""
        found = {}
        for part in self.sheet.merged:
            part = part._replace(top=part.top - 1, bottom=part.bottom - 1)
            if part.bottom - part.top > 2000 and part.right - part.left > 50:
                continue  # a whole page made one cell carries no table
            for at in range(part.top, min(part.bottom, len(self.rows)) + 1):
                found.setdefault(at, []).append(part)
        return found

    def merged_at(self, at: int) -> list[Merged]:
        return self._merged_by_row.get(at, [])

    def in_merged(self, at: int, index: int) -> bool:
        return any(part.left <= index <= part.right for part in self.merged_at(at))

    def spans_columns(self, at: int, index: int) -> bool:
        """Whether a place lies in a range merged over several columns."""
        return any(part.left <= index <= part.right and part.right > part.left for part in self.merged_at(at))

    def filled(self, at: int) -> tuple:
        """The row with what cells merged downwards lend it, but for columns of `kept_single`."""
        row = self.rows[at]
        for part in self.merged_at(at):
            if part.top < at and part.left not in self.kept_single and row[part.left] is None:
                lent = self.rows[part.top][part.left]
                row = (*row[: part.left], lent, *row[part.left + 1 :])
        return row


class _Padded:
    def __init__(self, rows, width):
        self._rows, self._width = rows, width

    def __len__(self):
        return len(self._rows)

    def __getitem__(self, at):
        row = self._rows[at]
        return row if len(row) == self._width else row + (None,) * (self._width - len(row))
