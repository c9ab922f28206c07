"""Charts of the tables T1-T10: the geometry of bars and points, drawn by `templates/evaluation/charts`.

One drawing serves page and paper. Coordinates are whole units of the drawing's own box, so that no locale spoils
them. What a bar is worth stands beside it, and fills differ in pattern and lightness, not in colour alone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from functools import cache, partial

from django.contrib.staticfiles import finders
from PIL import ImageFont

from khuyencong.money import format_scaled
from khuyencong.templatetags.vietnamese import percent, quantity
from reports.evaluation.counted import SUPPORT
from reports.evaluation.figures import Table, ratio_of
from reports.evaluation.parts import table_number

FACE = "documents/fonts/LiberationSerif-Regular.ttf"
# Text on screen is set in a wider face than on paper, and sums in bold: room for either.
SPARE = Decimal("1.12")
FONT, LINE, GAP, TICK_ROOM = 15, 18, 10, 24
FILLS = ("solid", "hatch", "blank", "dots", "cross", "light")
LEFT, MIDDLE, RIGHT = "start", "middle", "end"
SCALES = (("tỷ", 10**9), ("triệu", 10**6))
TOP_PLACES = 10
# More rows than these are set close, a line each.
FEW = 12


@dataclass(frozen=True)
class Size:
    """`width` of the drawing in its own units (text is 15 high); at most so many bars, so many lines for a name."""

    width: int = 760
    most: int = 30
    name_lines: int = 3


WHOLE, HALF = Size(), Size(width=400, most=6, name_lines=2)


@dataclass(frozen=True)
class Text:
    x: int
    y: int
    text: str
    anchor: str = LEFT
    tone: str = ""


@dataclass(frozen=True)
class Bar:
    """`fill` is one of FILLS."""

    x: int
    y: int
    width: int
    height: int
    fill: str


@dataclass(frozen=True)
class Line:
    """`kind` is "axis", "grid" or "goal"."""

    x1: int
    y1: int
    x2: int
    y2: int
    kind: str


@dataclass(frozen=True)
class Point:
    x: int
    y: int


@dataclass(frozen=True)
class Chart:
    """A drawing, or, where there is nothing to hold beside each other, the `sentence` that stands for it.

    `desc` says every figure in words; `source` is the number of the table that the figures come from.
    """

    key: str
    title: str
    unit: str
    source: str
    desc: str = ""
    sentence: str = ""
    width: int = 0
    height: int = 0
    lines: tuple[Line, ...] = ()
    bars: tuple[Bar, ...] = ()
    texts: tuple[Text, ...] = ()
    points: tuple[Point, ...] = ()
    paths: tuple[str, ...] = ()

    @property
    def fills(self) -> list[str]:
        return [fill for fill in FILLS if any(bar.fill == fill for bar in self.bars)]


@dataclass(frozen=True)
class Subject:
    """What a chart is about."""

    key: str
    title: str
    unit: str
    table: Table

    @property
    def source(self) -> str:
        return table_number(self.table.key)


@dataclass(frozen=True)
class Entry:
    """A row of bars: one value for each series, as numbers and in words."""

    label: str
    values: tuple[int | Decimal, ...]
    words: tuple[str, ...]
    total: str = ""


# What is drawn of which table


def charts_of(
    tables: Mapping[str, Table], counterpart: Collection[str], *, size: Size = WHOLE
) -> dict[str, list[Chart]]:
    """{table key: its charts}; `counterpart` are the codes of the sources that are counterpart money."""
    drawn = {
        "T3": [planned_and_done, shares_by_content],
        "T2": [money_by_year, partial(leverage_by_year, counterpart=counterpart, goal=_goal(tables))],
        "T6": [top_places],
    }
    return {key: [draw(tables[key], size=size) for draw in found] for key, found in drawn.items() if key in tables}


def planned_and_done(table: Table, *, size: Size = WHOLE) -> Chart:
    """Of T3: projects done against projects planned, by content."""
    subject = Subject("ke-hoach-thuc-hien", "Đề án, nhiệm vụ theo kế hoạch và đã thực hiện", "đề án, nhiệm vụ", table)
    entries = [
        _entry(row.label, [_value(table, row, name) for name in ("planned", "done")], quantity)
        for row in _plain_rows(table)
    ]
    return draw_bars(subject, _some(entries), ("Kế hoạch", "Thực hiện"), fills=("blank", "solid"), size=size)


def shares_by_content(table: Table, *, size: Size = WHOLE) -> Chart:
    """Of T3: what part of the accepted money went to which content."""
    subject = Subject("ty-trong-noi-dung", "Tỷ trọng kinh phí thực hiện theo nội dung", "% tổng kinh phí", table)
    entries = [_entry(row.label, [_value(table, row, "share")], percent) for row in _plain_rows(table)]
    return draw_bars(subject, _largest_first(_some(entries)), ("Tỷ trọng",), size=size)


def top_places(table: Table, *, size: Size = WHOLE) -> Chart:
    """Of T6: the places with most khuyến công money, communes or districts; provinces where none is named."""
    rows = [row for row in table.rows if row.style != "total" and not row.key.endswith("-khong")]
    found = [row for row in rows if not row.style] or rows
    amounts = [_value(table, row, "support") for row in found]
    scale = _scale_of(amounts)
    entries = [_entry(row.label, [amount], scale.words, scale.size) for row, amount in zip(found, amounts, strict=True)]
    entries = _largest_first(_some(entries))[:TOP_PLACES]
    told = f"{len(entries)} địa bàn" if len(entries) > 1 else "Địa bàn"
    subject = Subject("dia-ban", f"{told} được khuyến công hỗ trợ nhiều nhất", f"{scale.name} đồng được duyệt", table)
    return draw_bars(subject, entries, ("Khuyến công hỗ trợ",), size=size)


def money_by_year(table: Table, *, size: Size = WHOLE) -> Chart:
    """Of T2: accepted money, a bar for each year in parts by source."""
    years = _years(table, size)
    sources = [row for row in _plain_rows(table) if any(_value(table, row, f"{year}_done") for year in years)]
    sources, rest = (sources, []) if len(sources) <= len(FILLS) else (sources[: len(FILLS) - 1], sources[5:])
    sums = {year: [_value(table, row, f"{year}_done") for row in sources] for year in years}
    if rest:
        for year in years:
            sums[year].append(sum(_value(table, row, f"{year}_done") for row in rest))
    scale = _scale_of([sum(amounts) for amounts in sums.values()])
    entries = [
        _entry(year, amounts, scale.words, scale.size, total=scale.words(sum(amounts)))
        for year, amounts in sums.items()
    ]
    subject = Subject("nguon-nam", "Kinh phí thực hiện theo nguồn và năm", f"{scale.name} đồng", table)
    names = (*(row.label for row in sources), *(("Các nguồn còn lại",) if rest else ()))
    return draw_bars(subject, entries, names, stacked=True, size=size)


def leverage_by_year(
    table: Table, counterpart: Collection[str], *, goal: Decimal | None = None, size: Size = WHOLE
) -> Chart:
    """Of T2: accepted counterpart for one đồng of accepted khuyến công money; no point where there was none of it."""
    told = []
    for year in _years(table, size):
        own = sum(_value(table, row, f"{year}_done") for row in table.rows if row.key in counterpart)
        support = table.figure(SUPPORT, f"{year}_done").value
        told.append((year, ratio_of(own, support)))
    subject = Subject("don-bay", "Vốn đối ứng huy động trên 1 đồng khuyến công", "đồng", table)
    return draw_points(subject, told, goal=goal, size=size)


def _goal(tables):
    try:
        return tables["T1"].figure("LEVERAGE", "target").value
    except KeyError:
        return None


def _plain_rows(table):
    return [row for row in table.rows if not row.style]


def _value(table, row, column):
    """A figure to draw; where nothing is said, nothing is drawn."""
    keys = [found.key for found in table.columns]
    return row.figures[keys.index(column)].value or 0


def _years(table, size):
    """Those that have room, the last ones."""
    years = [column.key.removesuffix("_done") for column in table.columns if column.key.endswith("_done")]
    return years[-size.most :]


def _entry(label, values, words, size=1, total=""):
    told = tuple(words(value) for value in values)
    return Entry(label, tuple(Decimal(value) / size for value in values), told, total)


def _some(entries):
    return [entry for entry in entries if any(entry.values)]


def _largest_first(entries):
    return sorted(entries, key=lambda entry: -entry.values[0])


@dataclass(frozen=True)
class Scale:
    name: str
    size: int

    def words(self, amount: int) -> str:
        return format_scaled(int(amount), self.name)


def _scale_of(amounts):
    largest = max(amounts, default=0)
    return Scale(*next((scale for scale in SCALES if largest >= scale[1]), SCALES[-1]))


# Bars


def draw_bars(
    subject: Subject, entries: Sequence[Entry], series: Sequence[str], *, fills=FILLS, stacked=False, size: Size = WHOLE
) -> Chart:
    """Lying bars, a row for each entry: one bar, two inside each other (the first one hollow), or parts in a line."""
    refused = _sentence(subject, entries, series, stacked)
    if refused:
        return refused
    shown = _largest(entries, size.most)
    fonts = _name_lines(shown, size)
    names = [_wrapped(entry.label, size.width * 36 // 100, fonts) for entry in shown]
    left = max(_width(line) for name in names for line in name) + GAP
    ends = [_told(entry, stacked) for entry in shown]
    room = size.width - left - max(_width(words, bold=True) for words in ends) - 2 * GAP
    ticks = _ticks(max(_reach(entry, stacked) for entry in shown), 3 if size.width < WHOLE.width else 5)
    texts, bars = _legend(series, fills, size) if len(series) > 1 else ([], [])
    top = max((text.y for text in texts), default=0) + 14
    y, lines = top, []
    for entry, name, end in zip(shown, names, ends, strict=True):
        parts = _parts(entry, size.width - left) if stacked and len(shown) <= FEW else ""
        height = max(30, len(name) * LINE + 8)
        middle = y + height // 2
        first = middle - (len(name) - 1) * LINE // 2 + 5
        texts += [Text(left - GAP, first + number * LINE, line, RIGHT) for number, line in enumerate(name)]
        row, reach = _row(entry, left, middle, room, ticks[-1], fills, stacked)
        bars += row
        texts.append(Text(left + reach + 6, middle + 5, end, LEFT, "strong"))
        if parts:
            texts.append(Text(left + 2, middle + 9 + LINE - 3, parts, LEFT, "soft"))
        y += height + (LINE - 4 if parts else 0)
    for tick in ticks:
        x = left + int(room * tick / ticks[-1])
        lines.append(Line(x, top, x, y, "grid" if tick else "axis"))
        texts.append(Text(x, y + LINE, quantity(tick), MIDDLE, "soft"))
    return Chart(
        subject.key, _title(subject, entries, shown), subject.unit, subject.source, _desc(entries, series, stacked),
        width=size.width, height=y + TICK_ROOM, lines=tuple(lines), bars=tuple(bars), texts=tuple(texts),
    )  # fmt: skip


def _title(subject, entries, shown):
    return subject.title if len(shown) == len(entries) else f"{subject.title}: {len(shown)} mục lớn nhất"


def _largest(entries, most):
    """As many as there is room for, in their order."""
    by_size = sorted(range(len(entries)), key=lambda at: (-max(entries[at].values), at))
    chosen = set(by_size[:most])
    return [entry for at, entry in enumerate(entries) if at in chosen]


def _sentence(subject, entries, series, stacked):
    """Nothing to draw: no figure, a single one, or something that bars cannot show."""
    values = [value for entry in entries for value in entry.values]
    words = ""
    if not any(values):
        words = "Chưa có số liệu để vẽ biểu đồ."
    elif any(value < 0 for value in values):
        words = f"Có số âm nên không vẽ biểu đồ: {_desc(entries, series, stacked)}"
    elif len(entries) == 1 and not stacked:
        words = f"Chỉ có một mục nên không vẽ biểu đồ: {_desc(entries, series, stacked)}"
    return Chart(subject.key, subject.title, subject.unit, subject.source, words, words) if words else None


def _told(entry, stacked):
    if stacked:
        return entry.total
    return entry.words[0] if len(entry.words) == 1 else f"{entry.words[-1]} / {entry.words[0]}"


def _parts(entry, width):
    """What each part of a stacked bar is worth, in the order of the legend, where that fits in a line."""
    told = [words for words, value in zip(entry.words, entry.values, strict=True) if value]
    words = " + ".join(told) if len(told) > 1 else ""
    return words if _width(words) <= width else ""


def _reach(entry, stacked):
    return sum(entry.values) if stacked else max(entry.values)


def _row(entry, left, middle, room, most, fills, stacked):
    """The bars of one entry and how far they reach. A value that is not 0 can always be seen."""
    lengths = [max(1, int(room * value / most)) if value else 0 for value in entry.values]
    if stacked:
        starts = [left + sum(lengths[:number]) for number in range(len(lengths))]
        parts = zip(starts, lengths, fills, strict=False)
        return [Bar(x, middle - 9, length, 18, fill) for x, length, fill in parts if length], sum(lengths)
    thick = [20, 10] if len(lengths) > 1 else [18]
    parts = zip(lengths, thick, fills, strict=False)
    row = [Bar(left, middle - height // 2, length, height, fill) for length, height, fill in parts if length]
    return row, max(lengths)


def _legend(series, fills, size):
    """Names of the series with a piece of their fill, in as many lines as they need."""
    texts, bars, x, y = [], [], 0, LINE
    for name, fill in zip(series, fills, strict=False):
        name = _wrapped(name, size.width - 40, 1)[0]
        needed = 24 + _width(name) + 2 * GAP
        if x and x + needed > size.width:
            x, y = 0, y + LINE + 4
        bars.append(Bar(x, y - 12, 18, 14, fill))
        texts.append(Text(x + 24, y, name))
        x += needed
    return texts, bars


def _desc(entries, series, stacked):
    rows = []
    for entry in entries:
        parts = [
            words if len(series) == 1 else f"{name.lower()} {words}"
            for name, words in zip(series, entry.words, strict=True)
        ]
        total = f", tổng {entry.total}" if stacked and len(series) > 1 else ""
        rows.append(f"{entry.label}: {', '.join(parts)}{total}")
    return f"{'; '.join(rows)}."


# Points


def draw_points(
    subject: Subject, told: Sequence[tuple[str, Decimal | None]], *, goal: Decimal | None = None, size: Size = WHOLE
) -> Chart:
    """A point for each year, joined where years follow each other; a broken line at the goal."""
    known = [(label, value) for label, value in told if value is not None]
    desc = "; ".join(f"{label}: {'không có' if value is None else quantity(value)}" for label, value in told)
    desc += f". Mục tiêu: {quantity(goal)}." if goal else "."
    if len(known) < 2 or not any(value for _label, value in known):
        words = f"Không đủ hai năm để vẽ biểu đồ: {desc}" if known else "Chưa có số liệu để vẽ biểu đồ."
        return Chart(subject.key, subject.title, subject.unit, subject.source, words, words)
    ticks = _ticks(max([value for _label, value in known] + [goal or 0]), 5)
    left = max(_width(quantity(tick)) for tick in ticks) + GAP
    right = size.width - 24
    top, bottom = 34, 34 + (220 if size.width >= WHOLE.width else 170)
    step = (right - left - 40) / max(1, len(told) - 1)
    lines, texts = [], []
    for tick in ticks:
        y = bottom - int((bottom - top) * tick / ticks[-1])
        lines.append(Line(left, y, right, y, "grid" if tick else "axis"))
        texts.append(Text(left - 6, y + 5, quantity(tick), RIGHT, "soft"))
    aim = bottom - int((bottom - top) * goal / ticks[-1]) if goal else None
    points, paths, joined = [], [], []
    every = _every(told, step)
    for number, (label, value) in enumerate(told):
        x = left + 20 + int(number * step)
        if number % every == 0:
            texts.append(Text(x, bottom + LINE + 2, label, MIDDLE))
        if value is None:
            paths, joined = [*paths, joined], []
            continue
        y = bottom - int((bottom - top) * value / ticks[-1])
        points.append(Point(x, y))
        joined.append(points[-1])
        if number % every == 0:
            texts.append(Text(x, _beside_point(y, aim), quantity(value), MIDDLE, "strong"))
    paths.append(joined)
    if goal:
        lines.append(Line(left, aim, right, aim, "goal"))
        texts.append(Text(left, 14, f"- - -  Mục tiêu: {quantity(goal)}", LEFT, "soft"))
    return Chart(
        subject.key, subject.title, subject.unit, subject.source, desc, width=size.width, height=bottom + TICK_ROOM + 4,
        lines=tuple(lines), texts=tuple(texts), points=tuple(points),
        paths=tuple(_path(run) for run in paths if len(run) > 1),
    )  # fmt: skip


def _beside_point(y, aim):
    """Where its value stands: above the point, or below it when the line of the goal runs there."""
    return y + 22 if aim is not None and y - 26 <= aim <= y - 7 else y - 11


def _every(told, step):
    """Every which label has room; all of them where the years are few."""
    widest = max(max(_width(label), _width(quantity(value or 0), bold=True)) for label, value in told) + 8
    return max(1, int((Decimal(widest) / Decimal(step)).to_integral_value(ROUND_CEILING)))


def _path(points):
    return "M" + " L".join(f"{point.x} {point.y}" for point in points)


# Axes and names


def _ticks(most: int | Decimal, count: int) -> list[Decimal]:
    """0 and round steps (1, 2, 5 × a power of ten) up to at least `most`, about so many."""
    rough = Decimal(most) / count
    power = Decimal(10) ** rough.adjusted()
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    number = int((Decimal(most) / step).to_integral_value(ROUND_CEILING))
    return [step * at for at in range(number + 1)]


def _name_lines(entries, size):
    """Many entries have a line each, so that they fit on a sheet."""
    return size.name_lines if len(entries) <= FEW else 1


def _wrapped(name, width, most):
    """At most so many lines; what is left out ends with “…” and stands in full in the table and in `desc`."""
    lines, rest = [], name.split()
    while rest and len(lines) < most:
        line = rest.pop(0)
        while rest and _width(f"{line} {rest[0]}") <= width:
            line += f" {rest.pop(0)}"
        lines.append(line)
    if rest:
        lines[-1] += " …"
    return [_cut(line, width) for line in lines]


def _cut(line, width):
    if _width(line) <= width:
        return line
    words = line.removesuffix(" …").split()
    while len(words) > 1 and _width(f"{' '.join(words)} …") > width:
        words.pop()
    # A name without spaces is cut anywhere.
    cut = " ".join(words)
    while cut and _width(f"{cut} …") > width:
        cut = cut[:-1]
    return f"{cut} …"


def _width(text: str, *, bold: bool = False) -> int:
    """How wide a line of text may get, in the units of a drawing."""
    spare = SPARE * Decimal("1.06") if bold else SPARE
    return int(Decimal(sum(_letter(letter) for letter in text)) * FONT * spare / 1000) + 1


@cache
def _letter(letter):
    return round(_face().getlength(letter))


@cache
def _face():
    return ImageFont.truetype(finders.find(FACE), 1000, layout_engine=ImageFont.Layout.BASIC)
