"""Finding the table of a sheet: its head, what each column is, what each row is, the unit of its money."""

import re
from itertools import islice

from khuyencong.money import format_vnd
from khuyencong.sheets import cells
from khuyencong.sheets.archives import column_letter
from khuyencong.sheets.grid import Grid
from khuyencong.sheets.heads import ROWS_SEARCHED, head_at
from khuyencong.sheets.lines import REASONS, Roles, body_lines, is_number
from khuyencong.sheets.matching import number_style, propose, strength
from khuyencong.sheets.reading import Field, Line, Reading, SheetColumn
from khuyencong.sheets.words import is_serial_heading, marker_class, money_unit, sum_kind, unit_of_heading, unit_of_note
from khuyencong.sheets.workbook import Sheet
from khuyencong.text import quoted

ROWS_SAMPLED = 300
SAMPLES_SHOWN = 4
AMOUNT_KINDS = frozenset({"money", "count", "decimal"})
UNIT_NAMES = {1: "đồng", 1_000: "nghìn đồng", 1_000_000: "triệu đồng", 1_000_000_000: "tỷ đồng"}
# Where nothing states the unit: sums all below the first are in triệu, one above the second is in đồng.
SMALL_SUMS, LARGE_SUM = 20_000, 10_000_000
# From here on a row of headings is another table of the sheet.
OTHER_TABLE = 2
MOSTLY = 0.6
SELDOM = 0.15
_FIGURE = re.compile(r"(?!0\d)\d{1,3}(?:[.,]\d{3})*(?:[.,]\d{1,2})?|[1-9]\d*(?:[.,]\d+)?")


def recognise(
    sheet: Sheet, fields: tuple[Field, ...], remembered: dict[str, str] | None = None, head_row: int | None = None
) -> Reading:
    """Find the table of a sheet, its head, and what each column and row is.

    `remembered`: {folded heading: field key} of earlier imports, which count before every guess. `head_row`:
    the first row of the head, where the person chose another table of the sheet (one of `Reading.tables`).
    Never raises for odd content: what cannot be told is "unknown" and named in `remarks`.
    """
    fields, grid = tuple(fields), Grid(sheet)
    heads = _heads(grid)
    chosen = head_at(grid, head_row - 1) if head_row and head_row <= len(sheet.rows) else None
    head = chosen or _best(heads, grid, fields)
    if head is None:
        lines = tuple(Line(at + 1, "note", 0, grid, REASONS["above"]) for at in range(len(sheet.rows)))
        return Reading((), (), 1, lines, ("Không tìm thấy dòng tiêu đề của bảng; chọn trang khác hoặc thêm tiêu đề.",))
    return _Table(grid, fields, remembered or {}, head, heads).reading()


class _Table:
    """One table of a sheet while it is being read."""

    def __init__(self, grid, fields, remembered, head, heads):
        self.sheet, self.grid, self.head = grid.sheet, grid, head
        self.kinds = {field.key: field.kind for field in fields}
        self.repeats, self.others = _neighbours(heads, head, fields)
        self.end = min((other.top for other in self.others if other.top > head.bottom), default=len(grid.rows))
        sample = self._sample()
        self.samples = [[row[index] for row in sample] for index in range(grid.width)]
        self.proposed = propose(head.headings, self.samples, fields, remembered)
        self.roles = self._roles(sample)

    def reading(self):
        head = self.head
        self.grid.kept_single = self.roles.amounts
        lines = [self._line(at, "note", REASONS["above"]) for at in range(head.top)]
        lines += [self._line(at, "head", REASONS["head"]) for at in range(head.top, head.bottom + 1)]
        lines += body_lines(self.grid, head.bottom + 1, self.end, self.repeats, self.roles)
        lines += [self._line(at, "note", self._elsewhere()) for at in range(self.end, len(self.grid.rows))]
        columns = self._columns(lines)
        unit, certainty, source = self._unit(columns, lines)
        return Reading(
            head_rows=tuple(range(head.top + 1, head.bottom + 2)),
            columns=columns,
            money_unit=unit,
            lines=tuple(lines),
            remarks=tuple(self._remarks(columns, lines, certainty)),
            unit_certainty=certainty,
            unit_source=source,
            tables=tuple(sorted({head.top + 1, *(other.top + 1 for other in self.others)})),
            since_1904=self.sheet.since_1904,
            kinds=self.kinds,
        )

    def _line(self, at, kind, reason):
        row = self.grid.rows[at]
        if all(cell is None for cell in row):
            kind, reason = "blank", REASONS["blank"]
        return Line(at + 1, kind, 0, self.grid, reason)

    def _elsewhere(self):
        return f"Thuộc bảng khác, bắt đầu ở dòng {self.end + 1}."

    def _sample(self):
        """Rows below the head that are not obviously something else."""
        found = []
        for at in range(self.head.bottom + 1, self.end):
            row = self.grid.rows[at]
            words = [cell for cell in row if isinstance(cell, str)]
            if any(cell is not None for cell in row) and not any(map(sum_kind, words[:2])):
                found.append(row)
                if len(found) == ROWS_SAMPLED:
                    break
        return found

    def _roles(self, sample):
        serial = self._serial()
        amounts = frozenset(index for index in range(self.grid.width) if index != serial and self._is_amount(index))
        wordy = [index for index in range(self.grid.width) if index not in amounts and index != serial]
        words = next((index for index in wordy if _share(self.samples[index], _has_letters) >= MOSTLY), None)
        details = frozenset(
            index
            for index in wordy
            if index != words and sum(cell is not None for cell in self.samples[index]) > SELDOM * len(sample)
        )
        return Roles(serial, words, amounts, details)

    def _serial(self):
        named = [index for index, heading in enumerate(self.head.headings) if heading and is_serial_heading(heading)]
        if named:
            return named[0]
        first = next((index for index, heading in enumerate(self.head.headings) if heading), 0)
        unclaimed = first not in self.proposed and not self.head.headings[first].strip()
        return first if unclaimed and _share(self.samples[first], marker_class) >= MOSTLY else None

    def _is_amount(self, index):
        if index in self.proposed:
            return self.kinds[self.proposed[index][0]] in AMOUNT_KINDS
        filled = [cell for cell in self.samples[index] if not cells.is_empty(cell)]
        if not filled or _share(filled, _is_figure) < MOSTLY:
            return False
        return not all(is_number(cell) and 1900 <= cell <= 2100 and cell == int(cell) for cell in filled)

    def _columns(self, lines):
        data = [line.cells for line in islice((line for line in lines if line.kind == "data"), ROWS_SAMPLED)]
        found = []
        for index, heading in enumerate(self.head.headings):
            values = [row[index] for row in data if not cells.is_empty(row[index])]
            if not heading and not values:
                continue
            key, certainty = self.proposed.get(index, (None, "unknown"))
            is_hidden = index in self.sheet.hidden_columns
            if is_hidden and certainty == "sure":
                certainty = "likely"
            samples = tuple(dict.fromkeys(map(cells.shown, values)))[:SAMPLES_SHOWN]
            unit, style = unit_of_heading(heading), number_style(values)
            found.append(
                SheetColumn(index, column_letter(index), heading, key, certainty, samples, unit, style, is_hidden)
            )
        return tuple(found)

    def _unit(self, columns, lines):
        """đồng per 1, how certain, and from which words."""
        if noted := self._noted_unit():
            return noted
        money = [column for column in columns if self.kinds.get(column.field_key) == "money"]
        units = {column.unit for column in money if column.unit}
        if money and all(column.unit for column in money):
            return min(units), "sure", "tiêu đề cột"
        bare = [column.index for column in money if not column.unit]
        data = (line.cells for line in lines if line.kind == "data") if bare else ()
        sums = [row[index] for row in data for index in bare]
        sums = [abs(cell) for cell in sums if is_number(cell)]
        if sums and max(sums) < SMALL_SUMS:
            return 1_000_000, "likely", f"các số đều dưới {format_vnd(SMALL_SUMS)}"
        if sums and max(sums) >= LARGE_SUM:
            return 1, "likely", f"có số từ {format_vnd(LARGE_SUM)} trở lên"
        return 1, "unknown", ""

    def _noted_unit(self):
        """What a line around the table states, the nearest above first: "Đơn vị tính: triệu đồng"."""
        below = range(self.head.bottom + 1, min(self.end, self.head.bottom + 3))
        for at in (*range(self.head.top - 1, -1, -1), *below):
            for index, cell in enumerate(self.grid.rows[at]):
                if isinstance(cell, str) and len(cell) < 200 and (unit := unit_of_note(cell)):
                    return unit, "sure", f"ô {column_letter(index)}{at + 1}: {quoted(cell)}"
        heading = next(filter(None, (money_unit(heading) for heading in self.head.headings if heading)), None)
        return (heading, "likely", "tiêu đề bảng") if heading else None

    def _remarks(self, columns, lines, certainty):
        yield from self.sheet.remarks
        if not any(line.kind == "data" for line in lines):
            yield "Bảng không có dòng dữ liệu nào."
        hidden = [line.number for line in lines if line.kind == "hidden"]
        if hidden:
            yield f"{len(hidden)} dòng đang ẩn không được đọc (dòng {_listed(hidden)}); bỏ ẩn rồi tải lại nếu cần."
        hidden = [column.letter for column in columns if column.is_hidden]
        if hidden:
            yield f"Cột đang ẩn: {_listed(hidden)}."
        if self.others:
            rows = _listed([other.top + 1 for other in self.others])
            yield f"Trang có bảng khác, tiêu đề ở dòng {rows}; đang đọc bảng có tiêu đề ở dòng {self.head.top + 1}."
        if certainty == "unknown" and any(self.kinds.get(column.field_key) == "money" for column in columns):
            yield "Bảng không ghi đơn vị tính của tiền; chọn đơn vị trước khi nhập."
        yield from self._shared_amounts()
        if self.sheet.uncalculated:
            yield (
                f"{self.sheet.uncalculated} ô có công thức chưa được tính, đang coi là trống; "
                "mở bằng Excel, lưu lại rồi tải lên lại."
            )

    def _shared_amounts(self):
        for part in self.sheet.merged:
            if part.bottom > part.top > self.head.bottom + 1 and part.left in self.roles.amounts:
                letter = column_letter(part.left)
                yield (
                    f"Ô gộp {letter}{part.top}:{letter}{part.bottom} có một số cho nhiều dòng; "
                    f"chỉ tính ở dòng {part.top}."
                )


def _heads(grid):
    """Every row that could begin a head: any among the first rows, further down those with a serial heading."""
    found = []
    for at in range(len(grid.rows)):
        first = next((cell for cell in grid.rows[at] if cell is not None), None)
        begins = isinstance(first, str) and (at < ROWS_SEARCHED or (len(first) < 12 and is_serial_heading(first)))
        if begins and (head := head_at(grid, at)):
            found.append(head)
    return found


def _best(heads, grid, fields):
    """The head that names most of the fields; where none is known, the first that looks like a head."""
    rated = [(strength(head.headings, fields), head) for head in heads]
    best = max(rated, key=lambda item: (item[0], -item[1].top), default=(0, None))
    if best[0] >= 1:
        return best[1]
    wide = [head for head in heads if sum(map(bool, head.headings)) * 2 >= grid.width]
    return next(iter(wide), best[1] if best[0] else None)


def _neighbours(heads, head, fields):
    """Heads that say the same again, {position: rows}, and heads of other tables."""
    repeats, others, covered = {}, [], head.bottom
    for other in heads:
        if head.top <= other.top <= head.bottom:
            continue
        if other.words == head.words:
            if other.top > head.bottom:
                repeats[other.top] = other.bottom - other.top + 1
                covered = other.bottom
            continue
        is_own = other.top <= covered and other.top > head.bottom
        is_table = any(map(is_serial_heading, filter(None, other.headings))) or (
            strength(other.headings, fields) >= OTHER_TABLE
        )
        if is_table and not is_own and (not others or other.top > others[-1].bottom):
            others.append(other)
    return repeats, others


def _share(values, test):
    filled = [value for value in values if not cells.is_empty(value)]
    return sum(map(bool, map(test, filled))) / len(filled) if filled else 0


def _is_figure(cell):
    """A number, or text that writes one: "1.260,5"; neither a day (30.11.2022) nor a telephone."""
    return is_number(cell) or (isinstance(cell, str) and _FIGURE.fullmatch(cell.strip()) is not None)


def _has_letters(cell):
    return isinstance(cell, str) and any(map(str.isalpha, cell))


def _listed(items):
    shown = ", ".join(map(str, items[:8]))
    return f"{shown}…" if len(items) > 8 else shown
