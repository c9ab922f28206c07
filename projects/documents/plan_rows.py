"""A plan as rows of a table on paper: lines of today, or as the decision froze them; groups and sums. Whole đồng.

`annex_rows` is the one list that the printed table, an annex file of its own and a sheet are made from.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from khuyencong.dates import parse_date
from khuyencong.templatetags.vietnamese import roman
from programs.models import SourceCategory
from projects import plan_columns as columns
from projects.models import Amendment, AmendmentStatus, FundingLine, PlanSnapshot, SnapshotPurpose
from projects.plan_lines import mark_norms
from projects.services.norms import over_norm_words
from projects.services.plan import COUNTED, PLAN_ORDER, heading

MOST_PLACES = 3
GROUP, LINE, TOTAL = "group", "line", "total"
CATEGORY_NAMES = {
    SourceCategory.NATIONAL: "Khuyến công quốc gia",
    SourceCategory.LOCAL: "Khuyến công địa phương",
    SourceCategory.COUNTERPART: "Đối ứng",
    SourceCategory.OTHER: "Khác",
}
# What an amendment may change and no snapshot keeps: the labels under which its changes tell the first value.
UNDONE = {"bắt đầu": "starts_on", "hoàn thành": "ends_on", "đơn vị phối hợp": "coordinating_units"}


@dataclass(frozen=True)
class PlanLine:
    """What a table may say of one project; `amounts` {category: đồng}, `sources` {name of the source: đồng}."""

    code: str
    name: str
    heading: str
    content: str
    form: str
    implementer: str
    coordinator: str
    places: list[str]
    industry: str
    priority: str
    aims: str
    period: str
    effect: str
    amounts: dict[str, int]
    sources: dict[str, int]
    appraisal: str = ""
    over_norm: str = ""
    # Last, so that a table sums what it shows.
    total: int = field(init=False)

    @property
    def has_many_places(self) -> bool:
        """More than its column can hold: they are told across the whole table."""
        return len(self.places) > MOST_PLACES

    def __post_init__(self):
        object.__setattr__(self, "total", sum(self.amounts.values()))


@dataclass(frozen=True)
class AnnexRow:
    """A row: the heading of a group with its sums, a line, or the total.

    `mark` is what stands in the first column, `label` the words of a group or of the total, `amounts` the sum of all
    money and then one figure per category, in the order of the columns; `count` how many lines it sums.
    """

    kind: str
    mark: str
    label: str
    amounts: list[int]
    count: int
    line: PlanLine | None = None


def annex_rows(lines: Iterable[PlanLine], categories: Iterable[str]) -> list[AnnexRow]:
    """Groups in the order of their first line, with Roman numbers and sums; lines numbered through; the total."""
    lines, categories = list(lines), list(categories)
    groups = {}
    for line in lines:
        groups.setdefault(line.heading, []).append(line)
    rows, number = [], 0
    for position, (title, members) in enumerate(groups.items(), 1):
        rows.append(AnnexRow(GROUP, roman(position), title, _sums(members, categories), len(members)))
        for line in members:
            number += 1
            rows.append(AnnexRow(LINE, str(number), line.name, _sums([line], categories), 1, line))
    return [*rows, AnnexRow(TOTAL, "", "Tổng cộng", _sums(lines, categories), len(lines))]


def _sums(lines, categories):
    return [sum(line.total for line in lines), *(sum(line.amounts[name] for line in lines) for name in categories)]


def used_categories(lines: Iterable[PlanLine]) -> list[SourceCategory]:
    """Kinds of money that any line holds; local money where there is none at all."""
    lines = list(lines)
    found = [category for category in SourceCategory if any(line.amounts[category] for line in lines)]
    return found or [SourceCategory.LOCAL]


def sums_by_source(lines: Iterable[PlanLine]) -> list[tuple[str, int]]:
    """[(source, đồng)] of all lines, in the order of the sources."""
    sums = {}
    for line in lines:
        for name, amount in line.sources.items():
            sums[name] = sums.get(name, 0) + amount
    return [(name, amount) for name, amount in sums.items() if amount]


# Lines of today: the projects that the page of the plan and its sheet show


def lines_of_today(plan) -> list[PlanLine]:
    """In the plan or its decision, at the stage of each project: what the .xlsx of the plan holds."""
    projects = list(
        plan.projects.filter(status__in=COUNTED).with_amounts()
        .select_related("group", "content__parent", "industry", "implementing_unit", "owner", "unit")
        .prefetch_related("beneficiaries__facility__unit").order_by(*PLAN_ORDER)
    )  # fmt: skip
    for project in projects:
        project.plan = plan
    mark_norms(projects)
    sources = _sources_of(projects)
    return [_line_of_today(project, sources.get(project.pk, {})) for project in projects]


def _sources_of(projects):
    """{project pk: {source: đồng}} at the stage of each line."""
    found = {}
    lines = FundingLine.objects.filter(project__in=[project.pk for project in projects]).select_related("source")
    for line in lines.order_by("source__position", "pk"):
        found.setdefault(line.project_id, {})[str(line.source)] = line.current_amount
    return found


def _line_of_today(project, sources):
    return PlanLine(
        code=project.code,
        name=project.name,
        heading=heading(project),
        content=str(project.content or ""),
        implementer=str(project.implementing_unit or ""),
        coordinator=project.coordinating_units,
        places=columns.facility_names(project) or _own_place(project),
        period=columns.period(project),
        amounts={category.value: getattr(project, f"{category}_amount") for category in SourceCategory},
        sources=sources,
        appraisal=project.appraisal_opinion,
        over_norm=over_norm_words(project.over_norm),
        **_dossier(project),
    )


def _own_place(project):
    place = ", ".join(filter(None, [project.place_note, str(project.unit or "")]))
    return [place] if place else []


def _dossier(project):
    """What nobody changes after approval."""
    return {
        "form": columns.form_of(project),
        "industry": str(project.industry.short_name or project.industry) if project.industry else "",
        "priority": columns.priorities(project),
        "aims": columns.aims(project),
        "effect": columns.effect(project),
    }


# Lines as decided: from the snapshot of the decision


def approved_snapshot(plan) -> PlanSnapshot | None:
    """What the decision approved; amendments have snapshots of their own."""
    return plan.snapshots.filter(purpose=SnapshotPurpose.APPROVED).order_by("number").last()


def lines_as_decided(snapshot: PlanSnapshot) -> list[PlanLine]:
    """Names, places and money as frozen; of the dossier, what later amendments changed is set back."""
    related = ("project__industry", "project__unit")
    lines = list(
        snapshot.lines.select_related(*related)
        .prefetch_related("amounts__source", "project__beneficiaries__facility__unit").order_by("pk")
    )  # fmt: skip
    first = _first_values([line.project_id for line in lines])
    return [_line_as_decided(line, first.get(line.project_id, {})) for line in lines]


def _first_values(projects):
    """{project pk: {label: what stood there before the first amendment}}."""
    found = {}
    decided = Amendment.objects.filter(project__in=projects, status=AmendmentStatus.APPROVED).order_by("number")
    for project, changes in decided.values_list("project", "changes"):
        for label, old, _new in changes:
            found.setdefault(project, {}).setdefault(label, old)
    return found


def _line_as_decided(line, first):
    project = line.project
    told = {name: first[label] for label, name in UNDONE.items() if label in first}
    days = [parse_date(told[name]) if told.get(name) else getattr(project, name) for name in ("starts_on", "ends_on")]
    amounts = dict.fromkeys((category.value for category in SourceCategory), 0)
    for row in line.amounts.all():
        amounts[row.source.category] += row.amount
    return PlanLine(
        code=line.code,
        name=line.name,
        heading=line.group_name,
        content=line.content_name,
        implementer=line.implementing_unit,
        coordinator=told.get("coordinating_units", project.coordinating_units),
        places=[f"{name} ({unit})" for name, unit in line.facilities] or _first_place(project, first),
        period=columns.period_between(*days),
        amounts=amounts,
        sources={str(row.source): row.amount for row in line.amounts.all()},
        **_dossier(project),
    )


def _first_place(project, first):
    unit = first.get("địa điểm", str(project.unit or ""))
    place = ", ".join(filter(None, [first.get("địa điểm chi tiết", project.place_note), unit]))
    return [place] if place else []


def decided_or_today(plan) -> list[PlanLine]:
    """The lines of the plan's decision; before it, those that are to be decided on."""
    snapshot = approved_snapshot(plan) if plan.is_approved else None
    return lines_as_decided(snapshot) if snapshot else lines_of_today(plan)


def count_decided_or_today(plan) -> int:
    """How many lines `decided_or_today` has, in two queries."""
    snapshot = approved_snapshot(plan) if plan.is_approved else None
    return snapshot.lines.count() if snapshot else plan.projects.filter(status__in=COUNTED).count()
