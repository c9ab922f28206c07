"""Two versions of a plan side by side: as submitted, as approved, as it stands, or as a scenario would have it."""

from dataclasses import dataclass, field
from functools import cached_property

from khuyencong.dates import short_date
from khuyencong.xlsx import Column, SheetExporter
from projects.grid_lines import sources_for
from projects.models import APPROVED_PROJECT, FundingLine, Place, ProjectStatus
from projects.services.scenarios import place_now, places_of

NOW = "hien-tai"
SNAPSHOT, SCENARIO = "ban-", "phuong-an-"


@dataclass(frozen=True)
class VersionLine:
    """A project in one version: where it stands, {source pk: đồng}."""

    code: str
    name: str
    place: Place
    amounts: dict

    def counted(self, source):
        """What it takes of the envelope: nothing outside the plan."""
        return self.amounts.get(source.pk, 0) if self.place == Place.IN_PLAN else 0


@dataclass
class Version:
    key: str
    label: str
    lines: dict = field(default_factory=dict)  # {project pk: VersionLine}


@dataclass(frozen=True)
class Difference:
    """One source: what counts on the left and on the right, in đồng."""

    label: str
    left: int
    right: int

    @property
    def change(self):
        return self.right - self.left

    @property
    def grows(self):
        return self.change > 0

    @property
    def size(self):
        return abs(self.change)


@dataclass(frozen=True)
class Pair:
    """One project in both versions; either side is None where the version does not know it."""

    pk: int
    left: VersionLine | None
    right: VersionLine | None
    cells: list

    @property
    def line(self):
        return self.right or self.left

    @property
    def places(self):
        return [side.place.label if side else "Không có" for side in (self.left, self.right)]

    @property
    def moved(self):
        return _standing(self.left) != _standing(self.right)

    @property
    def renamed(self):
        return bool(self.left and self.right and self.left.name != self.right.name)

    @property
    def differs(self):
        return self.moved or self.renamed or any(cell.change for cell in self.cells)


def _standing(line):
    """A line outside the plan and one that is not there are alike for the plan."""
    return line.place if line else Place.OUT


@dataclass
class Comparison:
    left: Version
    right: Version
    sources: list
    pairs: list
    totals: list
    total: Difference

    @property
    def different(self):
        return [pair for pair in self.pairs if pair.differs]


def choices_of(plan):
    """[(key, label)] of every version, newest first, the plan as it stands on top."""
    stand = "Kế hoạch hiện tại" if plan.is_open else "Các đề án hiện nay"
    scenarios = [(f"{SCENARIO}{row.pk}", f"Phương án “{row.name}”") for row in plan.scenarios.order_by("-pk")]
    snapshots = [(f"{SNAPSHOT}{row.pk}", _snapshot_label(row)) for row in plan.snapshots.order_by("-pk")]
    return [(NOW, stand), *scenarios, *snapshots]


def _snapshot_label(row):
    return f"{row.get_purpose_display()} lần {row.number}, {short_date(row.taken_at)}"


def default_keys(choices):
    """The two versions that people ask for first: what came before, and what stands now."""
    keys = [key for key, _label in choices]
    return (keys[1] if len(keys) > 1 else keys[0]), keys[0]


def compare(plan, left_key, right_key, choices=None) -> Comparison:
    """The keys are those of `choices_of`, which may be given. A constant number of queries."""
    labels, reader = dict(choices or choices_of(plan)), Reader(plan)
    left, right = (reader.read(key, labels[key]) for key in (left_key, right_key))
    sources = list(sources_for(plan))
    keys = sorted({**left.lines, **right.lines}, key=lambda pk: (left.lines.get(pk) or right.lines.get(pk)).code)
    pairs = [_pair(pk, left.lines.get(pk), right.lines.get(pk), sources) for pk in keys]
    totals = [_sum(source.name, [pair.cells[place] for pair in pairs]) for place, source in enumerate(sources)]
    total = _sum("Tổng", totals)
    return Comparison(left, right, sources, pairs, totals, total)


def _sum(label, cells):
    return Difference(label, sum(cell.left for cell in cells), sum(cell.right for cell in cells))


def _pair(pk, left, right, sources):
    cells = [
        Difference(source.name, *(side.counted(source) if side else 0 for side in (left, right))) for source in sources
    ]
    return Pair(pk, left, right, cells)


class Reader:
    """Versions of one plan; its lines of today are read once, however many versions place them."""

    def __init__(self, plan):
        self.plan = plan

    def read(self, key, label) -> Version:
        if key.startswith(SNAPSHOT):
            return Version(key, label, _frozen(self.plan.snapshots.get(pk=key.removeprefix(SNAPSHOT))))
        places = None
        if key.startswith(SCENARIO):
            places = places_of(self.plan.scenarios.get(pk=key.removeprefix(SCENARIO)))
        return Version(key, label, self._placed(places))

    def _placed(self, places):
        projects, amounts = self._today
        return {
            row.pk: VersionLine(
                row.code, row.name, place_now(row) if places is None else Place(places.get(row.pk, Place.OUT)),
                amounts.get(row.pk, {}),
            )
            for row in projects
        }  # fmt: skip

    @cached_property
    def _today(self):
        amounts = {}
        for line in FundingLine.objects.filter(project__plan=self.plan).order_by():
            amounts.setdefault(line.project_id, {})[line.source_id] = line.current_amount
        return list(self.plan.projects.exclude(status=ProjectStatus.REJECTED)), amounts


def _frozen(snapshot):
    amounts = {}
    for line, source, amount in snapshot.lines.values_list("project", "amounts__source", "amounts__amount"):
        amounts.setdefault(line, {})[source] = amount
    return {
        row.project_id: VersionLine(row.code, row.name, _frozen_place(row.status), amounts[row.project_id])
        for row in snapshot.lines.all()
    }


def _frozen_place(status):
    return Place.IN_PLAN if status in APPROVED_PROJECT else Place(status)


class ComparisonSheet(SheetExporter):
    """The rows that differ, or all of them; per source what counts on both sides and the difference."""

    title = "So sánh hai bản của kế hoạch"
    filename = "so-sanh-ke-hoach"
    unit_line = "Đơn vị tính: đồng"

    def __init__(self, comparison, *, plan, rows, printed_by):
        names = (comparison.left.label, comparison.right.label)
        self.columns = (
            Column("Mã", lambda pair: pair.line.code),
            Column("Tên đề án, nhiệm vụ", lambda pair: pair.line.name),
            Column("Bản thứ nhất", lambda pair: pair.places[0], group="Xếp vào"),
            Column("Bản thứ hai", lambda pair: pair.places[1], group="Xếp vào"),
            *(column for place, source in enumerate(comparison.sources) for column in _columns(place, source)),
        )
        lines = [str(plan), f"Bản thứ nhất: {names[0]}", f"Bản thứ hai: {names[1]}"]
        super().__init__(rows, subtitle_lines=lines, organisation=str(plan.owner), printed_by=printed_by)


def _columns(place, source):
    heads = (("Bản thứ nhất", "left"), ("Bản thứ hai", "right"), ("Chênh lệch", "change"))
    return [
        Column(head, lambda pair, name=name: getattr(pair.cells[place], name), "vnd", total=True, group=source.name)
        for head, name in heads
    ]
