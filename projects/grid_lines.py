"""The lines of a draft plan as a sheet: columns, the text of every cell, what is to be said of each line."""

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Case, OuterRef, Prefetch, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce

from beneficiaries.forms import facility_label
from khuyencong.dates import short_date
from khuyencong.money import format_vnd, vnd
from khuyencong.text import fold
from khuyencong.together import Question
from programs.models import FundingSource
from programs.permissions import PLANNERS
from projects import permissions, plan_lines
from projects.models import Beneficiary, FundingLine, Place, ProjectStatus
from projects.services.duplicates import duplicates_of
from projects.services.grid import FACILITY, PLACE, TOTAL, source_column
from projects.services.norms import ALLOWED, NORMS, OVER
from projects.services.plan import MOVES, Position, positions_of

UNPLACED = (ProjectStatus.DRAFT, ProjectStatus.RETURNED, ProjectStatus.SUBMITTED, ProjectStatus.APPRAISED)
PLACES = dict(Place.choices)
MANY = "{} cơ sở"


@dataclass(frozen=True)
class Column:
    """A column of the sheet; `kind` is text, list, place, facility, date, money or mark."""

    key: str
    label: str
    kind: str
    short: str = ""
    options: str = ""

    @property
    def head(self):
        return self.short or self.label

    @property
    def is_money(self):
        return self.kind == "money"


@dataclass(frozen=True)
class Note:
    """Something to know of a line; `tone` is bad, wait or info."""

    tone: str
    text: str


@dataclass
class SheetCell:
    column: Column
    text: str
    is_open: bool
    error: str = ""
    theirs: str | None = None
    seen: str = ""


@dataclass
class Line:
    """One line; `key` names it on the page, `project` is None for one that is not stored yet."""

    key: str
    cells: list[SheetCell]
    project: object = None
    notes: list[Note] = field(default_factory=list)
    error: str = ""
    locked: str = ""

    @property
    def has_trouble(self):
        return bool(self.error) or any(cell.error for cell in self.cells)

    @property
    def texts(self):
        return {cell.column.key: cell.text for cell in self.cells}

    @property
    def place(self):
        return self.project.status if self.project and self.project.status in PLACES else ""


def columns_for(sources):
    """The columns of a plan whose lines take money of these sources."""
    money = [Column(source_column(row), row.name, "money", row.short_name or row.name) for row in sources]
    return (
        Column("name", "Tên đề án", "text"),
        Column("content", "Nội dung", "list", options="grid-contents"),
        Column(FACILITY, "Cơ sở thụ hưởng", "facility", "Cơ sở", options="grid-facilities"),
        Column(TOTAL, "Tổng dự toán", "money", "Tổng"),
        *money,
        Column(PLACE, "Xếp vào", "mark"),
        Column("unit", "Địa điểm", "place", options="grid-units"),
        Column("implementing_unit", "Đơn vị thực hiện", "list", options="grid-bodies"),
        Column("starts_on", "Ngày bắt đầu", "date", "Bắt đầu"),
        Column("ends_on", "Ngày hoàn thành", "date", "Hoàn thành"),
        Column("group", "Nhóm đề án", "list", "Nhóm", options="grid-groups"),
    )


def sources_for(plan):
    """Sources in force at some time of the plan year, and those that its lines have already."""
    first, last = date(plan.year, 1, 1), date(plan.year, 12, 31)
    used = FundingLine.objects.filter(project__plan=plan).values("source")
    sources = FundingSource.objects.valid_on(first) | FundingSource.objects.valid_on(last)
    return sources | FundingSource.objects.filter(Q(pk__in=used))


def _envelopes(plan):
    """The sources of `budget_position` with what their lines would take that nobody has placed, as `unplaced`."""
    projects = plan.projects.filter(status__in=UNPLACED).order_by().values("pk")
    lines = FundingLine.objects.filter(source=OuterRef("pk"), project__in=projects).order_by()
    # What an earlier appraisal said counts no more once the file went back.
    is_appraised = Q(project__status=ProjectStatus.APPRAISED, appraised_amount__isnull=False)
    amount = Case(When(is_appraised, then="appraised_amount"), default="requested_amount")
    sums = lines.values("source").annotate(sum=Sum(amount)).values("sum")
    return positions_of(plan).annotate(unplaced=Coalesce(Subquery(sums), 0))


SOURCES = Question("sources of sheet", sources_for, keys=None)
ENVELOPES = Question("envelopes of sheet", _envelopes)
QUESTIONS = (SOURCES, ENVELOPES, NORMS)


def stored_lines(plan):
    """The projects of a plan with all that a line of the sheet shows, in the order in which they were entered."""
    projects = list(
        plan.projects.with_amounts()
        .select_related("group", "content__parent", "unit", "implementing_unit", "owner", "updated_by")
        .prefetch_related(
            Prefetch("beneficiaries", Beneficiary.objects.select_related("facility__unit")),
            Prefetch("funding_lines", FundingLine.objects.select_related("source")),
        )
        .order_by("pk")
    )
    for project in projects:
        project.plan = plan
    return projects


def texts_of(project):
    """{column: text} of a stored line, the one way in which its cells are shown, sent and compared."""
    facilities = [row.facility for row in project.beneficiaries.all()]
    alone = facility_label(facilities[0]) if facilities else ""
    texts = {
        "name": project.name,
        "content": _name(project.content),
        FACILITY: alone if len(facilities) < 2 else MANY.format(len(facilities)),
        "unit": project.unit.label if project.unit else "",
        "implementing_unit": _name(project.implementing_unit),
        "group": _name(project.group),
        "starts_on": short_date(project.starts_on) if project.starts_on else "",
        "ends_on": short_date(project.ends_on) if project.ends_on else "",
        TOTAL: _money(project.total_cost),
        PLACE: PLACES.get(project.status, project.get_status_display()),
    }
    for line in project.funding_lines.all():
        amount = line.requested_amount if project.is_editable else line.current_amount
        texts[source_column(line.source)] = _money(amount)
    return texts


def _name(row):
    return row.name if row else ""


def _money(amount):
    return format_vnd(amount) if amount else ""


class Sheet:
    """A plan's lines as one person may change them now."""

    def __init__(self, plan, user):
        self.plan, self.user = plan, user
        self.columns = columns_for(SOURCES.of(plan))
        self.projects = stored_lines(plan)
        plan_lines.mark_norms(self.projects)
        self.repeated = duplicates_of(self.projects)
        self.names = {}
        for project in self.projects:
            self.names.setdefault(fold(project.name), []).append(project)

    def line(self, project, key=""):
        texts = texts_of(project)
        opens = self._open_columns(project)
        cells = [SheetCell(column, texts.get(column.key, ""), column.key in opens) for column in self.columns]
        for cell in cells:
            cell.seen = cell.text
        return Line(key or f"p{project.pk}", cells, project, self.notes(project), locked=self._locked_words(project))

    def blank(self, key):
        """A line to type into: everything but its place, which takes an appraised project."""
        cells = [SheetCell(column, "", column.key != PLACE) for column in self.columns]
        return Line(key, cells)

    def _open_columns(self, project):
        if permissions.can_edit_project(self.user, project):
            several = len(project.beneficiaries.all()) > 1
            shut = {PLACE, FACILITY} if several else {PLACE}
            return {column.key for column in self.columns} - shut
        can_place = project.status in MOVES and self.user.role in PLANNERS
        return {PLACE} if can_place and permissions.plan_open_refusal(self.user, project) is None else set()

    def _locked_words(self, project):
        if project.is_editable:
            return ""
        return f"{project.get_status_display()}: chỉ xem" if project.status not in MOVES else "Đã thẩm định: chỉ xếp"

    def notes(self, project):
        """Norms, repeated support, twin names, a split that does not add up."""
        found = [
            Note("bad" if row.state == OVER else "wait", f"{row.subject}: {row.text}" if row.subject else row.text)
            for row in project.over_norm
            if row.state in (OVER, ALLOWED)
        ]
        found += [Note("wait", _repeated_words(row)) for row in self.repeated[project.pk][:3]]
        twins = [row.code for row in self.names[fold(project.name)] if row.pk != project.pk]
        if twins:
            found.append(Note("wait", f"Trùng tên với {', '.join(twins[:3])}."))
        return found + _split_notes(project)


def _repeated_words(row):
    other = row.project
    whose = f" ở {other.code}, năm {other.plan.year}" if other else ""
    return f"Có thể hỗ trợ trùng: {row.facility.name} đã có cùng nội dung{whose} ({row.why})."


def _split_notes(project):
    if not project.is_editable or not project.total_cost:
        return []
    left = project.total_cost - sum(line.requested_amount for line in project.funding_lines.all())
    if not left:
        return []
    return [Note("wait", f"Còn {vnd(left)} chưa chia cho nguồn." if left > 0 else f"Các nguồn vượt tổng {vnd(-left)}.")]


@dataclass(frozen=True)
class Envelope(Position):
    """A source of the plan with what its lines would take that nobody has placed yet."""

    unplaced: int = 0

    @property
    def waiting(self):
        """What of it the envelope still holds, for the hatched part of the bar."""
        return max(min(self.unplaced, (self.budget or 0) - self.taken), 0)

    @property
    def would_exceed(self):
        """By how much the envelope is exceeded once everything is placed, 0 when it is not, or is already."""
        if self.budget is None or self.is_over:
            return 0
        return max(self.taken + self.unplaced - self.budget, 0)


def envelopes_of(plan):
    return [Envelope(row, row.budget, row.taken, row.reserve, row.unplaced) for row in ENVELOPES.of(plan)]
