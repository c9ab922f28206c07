"""Tables of data as Word tables: fixed columns, a head on every page, rows in one piece, merged cells."""

from dataclasses import dataclass

from docx.oxml.ns import qn

from khuyencong.word import inline
from khuyencong.word.elements import millimetres, paragraph, points, w
from khuyencong.word.inline import classes, content, tag
from khuyencong.word.measures import lines_needed, text_length
from khuyencong.word.sheet import column_width
from khuyencong.word.styles import (
    CELL_SIDE,
    CELL_TOP,
    DATA_TABLE,
    LAYOUT_TABLE,
    SMALL_CELL_SIDE,
    SMALL_DATA_TABLE,
    STYLES,
)

PARAGRAPH, KEEP_NEXT = qn("w:p"), qn("w:keepNext")
# Head cells are narrower at the sides, so that a word of the head fits a column of figures.
HEAD_SIDE = millimetres(0.4)
# No column gets so narrow that a syllable breaks.
NARROWEST = millimetres(12)
# Room for the borders; and letters are not narrowed beyond reading, in per cent.
SPARE, NARROWEST_LETTERS = points(1), 50
ROW_KINDS = {"group": "Ô nhóm", "subtotal": "Ô cộng nhóm", "total": "Ô tổng"}
KEPT_WITH_THE_ROW_BEFORE = {"subtotal", "total"}
KEPT_WITH_THE_ROW_AFTER = {"group", "leads"}


@dataclass(frozen=True)
class Place:
    """A cell of the grid. `node` is None where no cell was given, and below a merged one (`goes_on`)."""

    node: object
    columns: int = 1
    rows: int = 1
    goes_on: bool = False


def data_table(node, around: set[str], width: int):
    """A `w:tbl`; `around` holds the classes of what the table stands in, `width` is that of the text."""
    small = "small" in classes(node)
    rows = list(_rows(node))
    grid = _grid([row for row, _ in rows])
    columns = max([1, *(sum(place.columns for place in places) for places in grid)])
    widths = _widths(node, columns, around | set(classes(node)), 11 if small else 12, width)
    heights = _head_heights([places for (_, in_head), places in zip(rows, grid, strict=True) if in_head], widths, small)
    table = layout(SMALL_DATA_TABLE if small else DATA_TABLE, widths)
    for position, ((row, in_head), places) in enumerate(zip(rows, grid, strict=True)):
        following = rows[position + 1][0] if position + 1 < len(rows) else None
        written = _row(row, places, widths, in_head, small, heights.get(position))
        if _keeps_next(row, in_head, following):
            keep_with_next([written])
        table.append(written)
    return table


def layout(style: str, widths: list[int]):
    """An empty `w:tbl` with fixed columns, their widths in twentieths of a point."""
    head = w("tblPr", w("tblStyle", val=style), w("tblW", w=sum(widths), type="dxa"), w("tblLayout", type="fixed"))
    return w("tbl", head, w("tblGrid", *(w("gridCol", w=width) for width in widths)))


def layout_row(widths: list[int], cells: list[list], *, at_foot: bool = False, **gaps: int):
    """A row of a layout table that stays whole, its cells filled with paragraphs.

    `gaps` are the sides of its cells (`top`, `bottom`; `right` for all but the last), in twentieths of a point.
    """
    row = w("tr", w("trPr", w("cantSplit")))
    for position, (width, blocks) in enumerate(zip(widths, cells, strict=True)):
        last = position == len(cells) - 1
        sides = [(side, gaps[side]) for side in ("top", "bottom", "right") if side in gaps]
        margins = [w(side, w=gap, type="dxa") for side, gap in sides if not (last and side == "right")]
        look = [w("tcMar", *margins)] if margins else []
        look += [w("vAlign", val="bottom")] if at_foot else []
        properties = w("tcPr", w("tcW", w=width, type="dxa"), *look)
        row.append(w("tc", properties, *(blocks or [paragraph("Normal")])))
    return row


def layout_table(widths: list[int]):
    return layout(LAYOUT_TABLE, widths)


def keep_with_next(blocks) -> None:
    """Let paragraphs (also those of table rows) stay on one page with what follows."""
    for block in blocks:
        for place in block.iter(PARAGRAPH):
            if place.pPr.find(KEEP_NEXT) is None:
                place.pPr._insert_keepNext(w("keepNext"))


def _rows(node):
    """Rows in order, each with whether it belongs to the head."""
    for child in node:
        if tag(child) == "tr":
            yield child, False
        elif tag(child) in {"thead", "tbody", "tfoot"}:
            yield from ((row, tag(child) == "thead") for row in child if tag(row) == "tr")


def _grid(rows):
    """Where each cell stands, the places below merged cells filled in."""
    grid, reaching = [], {}  # column: (rows that a merged cell takes from here on, its columns)
    for row in rows:
        cells = [cell for cell in row if tag(cell) in {"td", "th"}]
        places, column, opened = [], 0, {}
        while cells or any(below >= column for below in reaching):
            if column in reaching:
                place = Place(None, columns=reaching[column][1], goes_on=True)
            elif cells:
                cell = cells.pop(0)
                place = Place(cell, columns=_number(cell, "colspan"), rows=_number(cell, "rowspan"))
                opened[column] = (place.rows, place.columns)
            else:
                place = Place(None)
            places.append(place)
            column += place.columns
        reaching = {at: (rest - 1, columns) for at, (rest, columns) in (reaching | opened).items() if rest > 1}
        grid.append(places)
    return grid


def _number(cell, name):
    given = cell.get(name, "")
    return max(int(given), 1) if given.isdecimal() else 1


def _widths(node, count, around, font_size, width):
    """Of all columns, together as wide as the text."""
    given = [_given(column, around, font_size) for column in _columns(node)][:count]
    given += [None] * (count - len(given))
    free = given.count(None)
    fixed = sum(length for length in given if length is not None)
    if free:
        rest = max((width - fixed) // free, NARROWEST)
        given = [rest if length is None else length for length in given]
    return _fitted(given, width)


def _fitted(lengths, width):
    """Stretched or shrunk to the width; what rounding leaves goes to the widest."""
    total = sum(lengths)
    fitted = [length * width // total for length in lengths]
    fitted[fitted.index(max(fitted))] += width - sum(fitted)
    return fitted


def _columns(node):
    for column in node.iter():
        if tag(column) == "col":
            yield from [column] * _number(column, "span")


def _given(column, around, font_size):
    return column_width(classes(column), around, font_size)


def _keeps_next(row, in_head, following):
    follows = set(classes(following)) if following is not None else set()
    return in_head or bool(KEPT_WITH_THE_ROW_AFTER & set(classes(row))) or bool(follows & KEPT_WITH_THE_ROW_BEFORE)


def _head_heights(head, widths, small):
    """{position of a row: its least height}, where cells that are merged downwards need more than the rows beside them.

    Word finds that height by itself. LibreOffice does on the first page, and cuts the text off where the head is
    repeated.
    """
    style = STYLES[f"Đầu bảng{', nhỏ' if small else ''}"]
    needs = [[(place, _height(place.node, width, style)) for place, width in _placed(row, widths)] for row in head]
    heights = [max((need for place, need in row if place.rows == 1), default=0) for row in needs]
    lacking = {}
    for position, row in enumerate(needs):
        for place, need in row:
            last = min(position + place.rows, len(head)) - 1
            short = need - sum(heights[position : last + 1])
            if place.rows > 1 and short > 0:
                heights[last] += short
                lacking[last] = heights[last]
    return lacking


def _placed(places, widths):
    """Each place of a row with its width; a row that ends early is filled up."""
    column = 0
    for place in places:
        yield place, sum(widths[column : column + place.columns])
        column += place.columns
    if column < len(widths):
        yield Place(None, columns=len(widths) - column), sum(widths[column:])


def _height(node, width, style):
    """About what the text of a head cell takes, in twentieths of a point."""
    room = width - 2 * HEAD_SIDE - SPARE
    lines = sum(lines_needed(line, style, room) for text in _texts(node) for line in inline.lines(text))
    return points(lines * style.size * style.line) + 2 * CELL_TOP


def _row(row, places, widths, in_head, small, height):
    """A `w:tr`; `height` is the least it has, None for what its text needs."""
    properties = w("trPr", w("cantSplit"))
    if height:
        properties.append(w("trHeight", val=height, hRule="atLeast"))
    if in_head:
        properties.append(w("tblHeader"))
    return w("tr", properties, *(_cell(row, place, width, in_head, small) for place, width in _placed(places, widths)))


def _cell(row, place, width, in_head, small):
    style = STYLES[_style_name(row, place.node, in_head, small)]
    usual = SMALL_CELL_SIDE if small else CELL_SIDE
    left, right = (HEAD_SIDE, HEAD_SIDE) if in_head else (usual, usual)
    texts = _texts(place.node)
    if _stays_whole(place.node):
        left, texts = _on_one_line(texts, style, width - right, left)
    span = [w("gridSpan", val=place.columns)] if place.columns > 1 else []
    merge = [w("vMerge", val="continue" if place.goes_on else "restart")] if place.goes_on or place.rows > 1 else []
    sides = [w(name, w=side, type="dxa") for name, side in (("left", left), ("right", right)) if side != usual]
    margins = [w("tcMar", *sides)] if sides else []
    properties = w("tcPr", w("tcW", w=width, type="dxa"), *span, *merge, *margins, w("vAlign", val="center"))
    return w("tc", properties, *(paragraph(style.identifier, *inline.runs(text)) for text in texts or [[]]))


def _stays_whole(node):
    """An amount is never broken."""
    return node is not None and "amount" in classes(node) and "wrap" not in classes(node)


def _on_one_line(texts, style, width, left):
    """Left side and texts of an amount; one that is too long comes closer to that side, then its letters get narrow.

    In the PDF it would reach into the next cell, which Word does not let it do.
    """
    longest = max((text_length(line, style) for text in texts for line in inline.lines(text)), default=0) + SPARE
    if longest > width - left:
        left = HEAD_SIDE
    if longest > width - left:
        letters = max(100 * (width - left) // longest, NARROWEST_LETTERS)
        texts = [inline.narrowed(text, letters) for text in texts]
    return left, texts


def _texts(node):
    """What each paragraph of a cell says: one, or several where it holds blocks."""
    if node is None:
        return []
    look = inline.Look(whole=_stays_whole(node))
    return [inline.read(part, look) for part in _parts(node)]


def _parts(node):
    """Rows of inline nodes, divided by the blocks of the cell."""
    part = []
    for item in content(node):
        if isinstance(item, str) or inline.is_inline(item):
            part.append(item)
            continue
        if inline.read(part):
            yield part
        part = []
        yield from _parts(item)
    if inline.read(part):
        yield part


def _style_name(row, node, in_head, small):
    marks = set(classes(node)) if node is not None else set()
    if "column-numbers" in classes(row):
        return "Số cột"
    smaller = ", nhỏ" if small else ""
    if in_head:
        return f"Đầu bảng{smaller}"
    kind = next((ROW_KINDS[mark] for mark in classes(row) if mark in ROW_KINDS), "Ô bảng")
    if "changed" in marks and kind == "Ô bảng":
        kind = "Ô thay đổi"
    side = ", số" if "amount" in marks else ", giữa" if "centre" in marks else ""
    return f"{kind}{side}{smaller}"
