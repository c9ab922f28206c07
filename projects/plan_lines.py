"""The lines of a plan as people read them: grouped, summed, held against what was submitted before."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from khuyencong.dates import short_date
from khuyencong.kept import kept
from khuyencong.models import User
from khuyencong.money import vnd
from khuyencong.together import read_together, rows_together
from programs.models import (
    SUPPORT_CATEGORIES,
    ActivityContent,
    AnnualPlan,
    PlanBudget,
    PlanStatus,
    SourceCategory,
)
from projects import progress
from projects.figures import by_project, facility_names
from projects.models import (
    APPROVED_PROJECT,
    PlanSnapshotAmount,
    Project,
    ProjectStatus,
    SnapshotPurpose,
)
from projects.models.project import CURRENT_AMOUNT, read_amounts
from projects.plan_questions import (
    AMOUNTS_BEFORE,
    LEFT_OUT,
    LINES_BEFORE,
    OF_COMPARISON,
    OF_DESK,
    PROJECTS,
    SUBMITTED_BEFORE,
)
from projects.services.duplicates import duplicate_counts
from projects.services.norms import ALLOWED, NORMS, OVER, findings_of
from projects.services.plan import COUNTED, UNFINISHED, heading
from projects.shown import plan_line

AMOUNTS = tuple(f"{category.value}_amount" for category in SourceCategory) + ("support_amount", "total_amount")
ALWAYS_SHOWN = (SourceCategory.NATIONAL, SourceCategory.LOCAL, SourceCategory.COUNTERPART)
WAITING = (ProjectStatus.DRAFT, ProjectStatus.RETURNED, ProjectStatus.SUBMITTED)
# Who acts in a state of the plan, and how.
NEXT = {
    PlanStatus.DRAFT: ("Lãnh đạo phòng, Trung tâm", "Đặt dự toán, xếp đề án rồi trình"),
    PlanStatus.RETURNED: ("Lãnh đạo phòng, Trung tâm", "Sửa theo lý do trả lại rồi trình lại"),
    PlanStatus.SUBMITTED: ("Giám đốc Sở", "Duyệt, trả lại từng đề án hoặc cả kế hoạch"),
    PlanStatus.APPROVED: ("Chuyên viên, lãnh đạo phòng", "Thực hiện, nghiệm thu các đề án"),
    PlanStatus.CLOSED: ("Không còn việc", ""),
}


@dataclass(frozen=True)
class Cell:
    """An amount of one category in đồng; `old` is the one of the last submission where it differs.

    `is_new` marks the money of a line that the last submission did not have.
    """

    label: str
    amount: int
    old: int | None = None
    is_new: bool = False


@dataclass
class LineTable:
    """Projects with one column per category of money in use, under the headings of the plan, and their sums."""

    projects: list
    columns: tuple = ()
    title: str = ""

    def __post_init__(self):
        self.columns = self.columns or columns_of(self.projects)

    @cached_property
    def lines(self):
        """[(project, what its line shows)]."""
        return [(project, plan_line(project, tuple(self._cells(project)))) for project in self.projects]

    @cached_property
    def rows(self):
        """The lines without their projects."""
        return [line for _project, line in self.lines]

    def _cells(self, project):
        return (self._cell(project, column) for column in self.columns)

    def _cell(self, project, column):
        amount = getattr(project, f"{column}_amount")
        is_new = project.change == "new" and amount != 0
        return Cell(column.label, amount, project.old_amounts.get(column.value), is_new)

    @cached_property
    def totals(self):
        return sums(self.projects)

    @cached_property
    def cells(self):
        totals = self.totals
        return [Cell(column.label, totals[f"{column}_amount"]) for column in self.columns]

    def work_out(self, *names):
        """Ask for what is worked out once, so that it is kept with the projects."""
        for name in names:
            getattr(self, name)

    @cached_property
    def groups(self):
        """A LineTable per heading, in the order of first appearance."""
        groups = {}
        for project in self.projects:
            groups.setdefault(heading(project), []).append(project)
        return [LineTable(projects, self.columns, title) for title, projects in groups.items()]


def columns_of(projects):
    """Categories to show: those of every plan, and the others where a project has money of them."""
    return tuple(
        category
        for category in SourceCategory
        if category in ALWAYS_SHOWN or any(getattr(project, f"{category}_amount") for project in projects)
    )


def sums(projects):
    """{amount name: đồng} over projects read with `with_amounts`, their `count` and `support_percent`."""
    totals = {name: sum(getattr(project, name) for project in projects) for name in AMOUNTS}
    return totals | {"count": len(projects), "support_percent": percent_of(**totals)}


def percent_of(support_amount, total_amount, **_others):
    """The support as a percentage of the whole cost, None without cost."""
    return Decimal(100 * support_amount) / total_amount if total_amount else None


def tables_of(plan, user, *questions) -> dict[str, LineTable]:
    """{place: its lines} of a plan (`by_place`), to be shown.

    Read and counted once in each state of what the person may see; whoever asks has objects of their own. `questions`
    are what a page asks anyway, in one statement with what has to be read.
    """

    def read():
        read_together(plan, PROJECTS, NORMS, *questions)
        projects = plan_projects(plan)
        for project in projects:
            # What is placed waits for the plan, whose panel says for whom.
            is_placed = project.status in (ProjectStatus.IN_PLAN, ProjectStatus.RESERVE)
            project.next_actor = "" if is_placed else progress.next_actor(project)
        columns = columns_of(projects)
        tables = {name: LineTable(rows, columns) for name, rows in by_place(projects, plan).items()}
        _work_out(**tables)
        _apart(projects)
        return tables

    tables = kept(("lines of the plan", plan.pk, plan.status), read, within=user)
    for table in tables.values():
        _of_plan(plan, table.projects)
    return tables


def _work_out(in_plan, **others):
    """As the page shows them: the plan itself under its headings, with its sums; other places line by line."""
    in_plan.work_out("cells")
    for group in in_plan.groups:
        group.work_out("lines", "cells")
    for table in others.values():
        table.work_out("lines")


def lines_to_decide(plan):
    """(projects in the plan, lines of the submission before that are no longer there), kept like `tables_of`.

    Each project is held against other supports and against that submission.
    """

    def read():
        read_together(plan, *OF_COMPARISON, *OF_DESK)
        projects = by_place(plan_projects(plan), plan)["in_plan"]
        mark_duplicates(projects)
        gone = mark_changes(projects, plan)
        _apart(projects)
        return projects, gone

    projects, gone = kept(("lines to decide on", plan.pk, plan.status), read)
    read_together(plan, *OF_DESK)
    _of_plan(plan, projects)
    return projects, gone


def _of_plan(plan, projects):
    for project in projects:
        project.plan, project.owner = plan, plan.owner


def _apart(projects):
    """Without their plan, which each page reads for itself, with all that it asks of it."""
    for project in projects:
        for name in ("plan", "owner"):
            Project._meta.get_field(name).delete_cached_value(project)


def plan_projects(plan):
    """All projects of a plan with what a line shows, in the order of the plan; nothing compared yet."""
    projects = PROJECTS.of(plan)
    _of_plan(plan, projects)
    read_amounts(projects)
    facilities = _read_beside(projects)
    for project in projects:
        project.facilities = facilities[project.pk]
        project.old_amounts, project.change, project.repeated, project.next_actor = {}, "", 0, ""
        project.support_percent = percent_of(project.support_amount, project.total_amount)
    mark_norms(projects)
    return projects


def _read_beside(projects):
    """Give the projects their contents and people, each record read once for all; returns `facilities_of` them."""
    contents, people = _keys_of(projects, "content"), _keys_of(projects, "created_by", "submitted_by", "reviewer")
    found = rows_together(
        {
            "contents": ActivityContent.objects.filter(pk__in=contents).select_related("parent"),
            "people": User.objects.filter(pk__in=people),
            "facilities": facility_names(projects),
        }
    )
    _give(projects, found["contents"], "content")
    _give(projects, found["people"], "created_by", "submitted_by", "reviewer")
    return by_project(found["facilities"])


def _keys_of(projects, *names):
    return {getattr(project, f"{name}_id") for project in projects for name in names} - {None}


def _give(projects, rows, *names):
    by_key = {row.pk: row for row in rows}
    for project in projects:
        for name in names:
            Project._meta.get_field(name).set_cached_value(project, by_key.get(getattr(project, f"{name}_id")))


def mark_norms(projects):
    """Give each project of one plan `over_norm`: the findings above their norm, with or without a reason."""
    found = findings_of(projects)
    for project in projects:
        project.over_norm = [row for row in found[project.pk] if row.state in (OVER, ALLOWED)]


def mark_duplicates(projects):
    """Give each project of one plan `repeated`: how many other supports its facilities have for the same content."""
    counts = duplicate_counts(projects)
    for project in projects:
        project.repeated = counts[project.pk]


def by_place(projects, plan):
    """{place: projects}: in the plan or its decision, reserve, appraised and not placed, on the way, turned down."""
    in_plan = APPROVED_PROJECT if plan.is_approved else (ProjectStatus.IN_PLAN,)
    places = {
        "in_plan": in_plan,
        "reserve": (ProjectStatus.RESERVE,),
        "appraised": (ProjectStatus.APPRAISED,),
        "waiting": WAITING,
        "rejected": (ProjectStatus.REJECTED,),
    }
    return {name: [project for project in projects if project.status in states] for name, states in places.items()}


def submitted_before(plan):
    """The snapshot of the submission before the last one, or None."""
    return next(iter(SUBMITTED_BEFORE.of(plan)), None)


def mark_changes(projects, plan):
    """Give each project `change`: "new", "changed" or "", and `old_amounts` from the submission before the last.

    Returns the lines of that submission that are no longer among the projects.
    """
    if submitted_before(plan) is None:
        return []
    lines = {line.project_id: line for line in LINES_BEFORE.of(plan)}
    old = {pk: dict.fromkeys((category.value for category in SourceCategory), 0) for pk in lines}
    project_of = {line.pk: pk for pk, line in lines.items()}
    for row in AMOUNTS_BEFORE.of(plan):
        old[project_of[row.line_id]][row.category] += row.amount
    for project in projects:
        _mark(project, old.get(project.pk))
    present = {project.pk for project in projects}
    return [line for pk, line in lines.items() if pk not in present]


def _mark(project, old):
    if old is None:
        project.change = "new"
        return
    project.old_amounts = {
        category: amount for category, amount in old.items() if amount != getattr(project, f"{category}_amount")
    }
    project.change = "changed" if project.old_amounts else ""


def course_of(snapshots):
    """[(snapshot, support, total)] in đồng from the decision to the last amendment; [] while nothing was amended."""
    frozen = [row for row in reversed(snapshots) if row.purpose != SnapshotPurpose.SUBMITTED]
    if not any(row.purpose == SnapshotPurpose.AMENDED for row in frozen):
        return []
    amounts = PlanSnapshotAmount.objects.filter(line__snapshot__in=frozen).order_by().values("line__snapshot")
    is_support = Q(source__category__in=SUPPORT_CATEGORIES)
    found = amounts.annotate(support=Coalesce(Sum("amount", filter=is_support), 0), total=Sum("amount"))
    sums = {row["line__snapshot"]: row for row in found}
    return [(row, sums[row.pk]["support"], sums[row.pk]["total"]) for row in frozen if row.pk in sums]


def returned_at_approval(plan):
    """ProjectReturns of the lines that were submitted and left out of the decision, wherever they are now."""
    return LEFT_OUT.of(plan)


def frozen_lines(snapshot):
    """`groups` of (title, lines, cells), `total_cells` and `columns` of a snapshot; each line gets its `cells`."""
    lines = list(snapshot.lines.select_related("project").prefetch_related("amounts__source"))
    found = {amount.source.category for line in lines for amount in line.amounts.all()}
    columns = [column for column in SourceCategory if column in ALWAYS_SHOWN or column in found]
    groups = {}
    for line in lines:
        line.cells = _frozen_cells([line], columns)
        line.status_label = ProjectStatus(line.status).label
        groups.setdefault(line.group_name, []).append(line)
    return {
        "groups": [(title, rows, _frozen_cells(rows, columns)) for title, rows in groups.items()],
        "total_cells": _frozen_cells(lines, columns),
        "columns": columns,
        "line_count": len(lines),
    }


def _frozen_cells(lines, columns):
    amounts = [amount for line in lines for amount in line.amounts.all()]
    return [
        Cell(column.label, sum(amount.amount for amount in amounts if amount.source.category == column))
        for column in columns
    ]


def situation(plan, places, positions, open_money=()):
    """The four cells of the panel: where, who and what, what is missing (money still open, too), how much."""
    who, what = NEXT[plan.status]
    missing = _missing(plan, places, positions)
    if open_money:
        missing.append(f"{len(open_money)} khoản chưa quyết toán, chi hoặc thu hồi xong")
    totals = sums(places["in_plan"])
    return [
        ("Đang ở đâu", plan.get_status_display(), _since(plan)),
        ("Ai phải làm gì", who, what),
        ("Còn vướng gì", missing[0] if missing else "Không vướng gì", "; ".join(missing[1:])),
        (
            "Hỗ trợ được duyệt" if plan.is_approved else "Hỗ trợ trong kế hoạch",
            vnd(totals["support_amount"]),
            f"{totals['count']} đề án, nhiệm vụ",
        ),
    ]


def _since(plan):
    if plan.is_approved:
        return f"Quyết định {plan.decision_number} ngày {short_date(plan.decision_on)}"
    if plan.status == PlanStatus.DRAFT:
        return f"{plan.created_by} lập ngày {short_date(plan.created_at)}"
    return f"{plan.submitted_by} trình ngày {short_date(plan.submitted_at)}"


def _missing(plan, places, positions):
    """What keeps the plan from its next step, in words."""
    if plan.is_approved:
        count = unfinished_count(places)
        return [f"{count} đề án chưa nghiệm thu"] if count else []
    texts = [f"{row.source.short_name or row.source} vượt {vnd(row.over)}" for row in positions if row.is_over]
    if plan.is_open and not places["in_plan"]:
        texts.append("Chưa có đề án trong kế hoạch")
    if plan.is_open and places["appraised"]:
        texts.append(f"{len(places['appraised'])} đề án đã thẩm định, chưa xếp")
    return texts


def unfinished_count(places):
    """How many approved projects still keep the plan from being closed."""
    return sum(project.status in UNFINISHED for project in places["in_plan"])


def with_sums(plans):
    """Annotate plans with envelopes and lines: `national_budget`, `local_budget`, `budget_total`,
    `line_count` and `line_support` of what is in the plan or approved, `project_count` of all. In đồng.
    """
    budgets = PlanBudget.objects.filter(plan=OuterRef("pk")).order_by().values("plan")
    projects = Project.objects.filter(plan=OuterRef("pk")).order_by().values("plan")
    counted = projects.annotate(all=Count("pk"), counted=Count("pk", filter=Q(status__in=COUNTED)))
    lines = Project.funding_lines.rel.related_model.objects.filter(
        project__plan=OuterRef("pk"), project__status__in=COUNTED, source__category__in=SUPPORT_CATEGORIES
    )
    support = lines.order_by().values("project__plan").annotate(sum=Sum(CURRENT_AMOUNT))

    def budget_of(category):
        return Coalesce(
            Subquery(budgets.filter(source__category=category).annotate(sum=Sum("amount")).values("sum")), 0
        )

    return plans.with_budget_total().annotate(
        national_budget=budget_of(SourceCategory.NATIONAL),
        local_budget=budget_of(SourceCategory.LOCAL),
        project_count=Coalesce(Subquery(counted.values("all")), 0),
        line_count=Coalesce(Subquery(counted.values("counted")), 0),
        line_support=Coalesce(Subquery(support.values("sum")), 0),
    )


def plan_totals(plans):
    """Count, envelopes and lines of exactly these plans, for the head of their list. In đồng."""
    keys = plans.order_by().values("pk")
    budgets = dict(
        PlanBudget.objects.filter(plan__in=keys).order_by().values_list("source__category").annotate(Sum("amount"))
    )
    counts = AnnualPlan.objects.filter(pk__in=keys).aggregate(
        count=Count("pk", distinct=True), lines=Count("projects", filter=Q(projects__status__in=COUNTED))
    )
    lines = Project.objects.filter(plan__in=keys, status__in=COUNTED).totals(count=counts["lines"])
    return {
        "count": counts["count"],
        "national_budget": budgets.get(SourceCategory.NATIONAL, 0),
        "local_budget": budgets.get(SourceCategory.LOCAL, 0),
        "line_count": lines["count"],
        "line_support": lines["support_amount"],
    }
