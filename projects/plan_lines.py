"""The lines of a plan as people read them: grouped, summed, held against what was submitted before."""

from dataclasses import dataclass, field

from programs.models import SourceCategory
from projects.models import APPROVED_PROJECT, PlanSnapshotAmount, ProjectStatus, SnapshotPurpose

AMOUNTS = tuple(f"{category.value}_amount" for category in SourceCategory) + ("support_amount", "total_amount")
WAITING = (ProjectStatus.DRAFT, ProjectStatus.RETURNED, ProjectStatus.SUBMITTED)


@dataclass
class LineGroup:
    """Projects under one heading of the plan, with their sums in đồng per category."""

    title: str
    projects: list = field(default_factory=list)

    @property
    def totals(self):
        return sums(self.projects)


def sums(projects):
    """{amount name: đồng} over projects read with `with_amounts`, and their `count`."""
    totals = {name: sum(getattr(project, name) for project in projects) for name in AMOUNTS}
    totals["count"] = len(projects)
    return totals


def plan_projects(plan):
    """All projects of a plan with what a line shows, in the order of the plan."""
    return list(
        plan.projects.with_amounts()
        .select_related("group", "content__parent", "unit", "reviewer", "created_by", "submitted_by", "owner")
        .prefetch_related("beneficiaries__facility__unit")
        .order_by("group__number", "content__position", "code")
    )


def heading(project):
    """The group of the plan that holds the project, else its content of Điều 4."""
    if project.group:
        return project.group.name
    if project.content is None:
        return "Chưa xếp nội dung"
    content = project.content.heading
    return content.short_name or content.name


def grouped(projects):
    """[LineGroup] in the order of first appearance."""
    groups = {}
    for project in projects:
        title = heading(project)
        groups.setdefault(title, LineGroup(title)).projects.append(project)
    return list(groups.values())


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


def last_submitted(plan, *, before_latest=False):
    """The snapshot of the last submission, or of the one before it; None when there is none."""
    snapshots = list(plan.snapshots.filter(purpose=SnapshotPurpose.SUBMITTED).order_by("-number")[:2])
    index = 1 if before_latest else 0
    return snapshots[index] if len(snapshots) > index else None


def mark_changes(projects, snapshot):
    """Give each project `change`: "new", "changed" or "", and `old_<category>_amount` from an earlier submission.

    Returns the lines of the snapshot that are no longer among the projects.
    """
    if snapshot is None:
        for project in projects:
            project.change = ""
        return []
    lines = {line.project_id: line for line in snapshot.lines.filter(status=ProjectStatus.IN_PLAN)}
    old = {pk: dict.fromkeys((category.value for category in SourceCategory), 0) for pk in lines}
    amounts = PlanSnapshotAmount.objects.filter(line__in=lines.values())
    for project_id, category, amount in amounts.values_list("line__project", "source__category", "amount"):
        old[project_id][category] += amount
    for project in projects:
        _mark(project, old.get(project.pk))
    present = {project.pk for project in projects}
    return [line for pk, line in lines.items() if pk not in present]


def _mark(project, old):
    if old is None:
        project.change = "new"
        return
    project.change = ""
    for category, amount in old.items():
        if amount != getattr(project, f"{category}_amount"):
            project.change = "changed"
            setattr(project, f"old_{category}_amount", amount)
