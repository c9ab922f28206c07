"""What services ask about one plan, each by itself; its page and the approval desk ask for all of it at once.

Every answer is a list of rows in the order of the page (`khuyencong.together.Question`).
"""

from django.db.models import Exists, F, OuterRef, Subquery

from khuyencong.documents.panels import ISSUED
from khuyencong.models import AuditEntry
from khuyencong.together import JSONList, Question, day_of
from programs.models import AnnualPlan
from projects.models import (
    PlanSnapshotAmount,
    PlanSnapshotLine,
    ProgressReport,
    Project,
    ProjectReturn,
    ProjectStatus,
    SnapshotPurpose,
)
from projects.services.norms import NORMS
from projects.services.plan import COUNTED, PLAN_ORDER, POSITION

RECENT = 8


def _left_out(plan):
    """Between submission and decision a line of the plan is returned by nothing but the decision."""
    if not plan.is_approved:
        return ProjectReturn.objects.none()
    notes = ProjectReturn.objects.filter(
        level=ProjectStatus.IN_PLAN, returned_at__range=(plan.submitted_at, plan.approved_at),
        project__in=PlanSnapshotLine.objects.filter(snapshot__plan=plan).values("project"),
    )  # fmt: skip
    return notes.select_related("project").order_by("project__code")


def _submitted_before(plan):
    """The snapshot of the submission before the last one, at the most one."""
    submitted = plan.snapshots.filter(purpose=SnapshotPurpose.SUBMITTED).order_by("-number")
    return plan.snapshots.filter(pk__in=submitted.values("pk")[1:2])


def _lines_before(plan):
    lines = PlanSnapshotLine.objects.filter(snapshot__in=_submitted_before(plan).order_by().values("pk"))
    return lines.filter(status=ProjectStatus.IN_PLAN)


def _last_decided(plan):
    decided = AnnualPlan.objects.filter(owner=plan.owner_id, decision_on__isnull=False).order_by("-decision_on", "-pk")
    return AnnualPlan.objects.filter(pk__in=decided.values("pk")[:1])


def _facts(plan):
    """The plan again, with `months_told` of its projects' reports and whether it `has_lines`."""
    reports = ProgressReport.objects.filter(project__plan=OuterRef("pk")).order_by().values("project__plan")
    return AnnualPlan.objects.filter(pk=plan.pk).only("pk").annotate(
        months_told=Subquery(reports.annotate(all=JSONList("month", distinct=True)).values("all")),
        has_lines=Exists(Project.objects.filter(plan=OuterRef("pk"), status__in=COUNTED)),
    )  # fmt: skip


PROJECTS = Question(
    "projects",
    lambda plan: plan.projects.without_texts().select_related("group", "unit").order_by(*PLAN_ORDER),
)
SNAPSHOTS = Question("snapshots", lambda plan: plan.snapshots.select_related("taken_by"))
HANDOVERS = Question("handovers", lambda plan: plan.handovers.order_by("-held_on", "-pk"))
ENTRIES = Question("entries", lambda plan: AuditEntry.objects.about(plan).newest(RECENT))
LEFT_OUT = Question("left_out", _left_out, keys=None)
CONTRACTS = Question("contracts", lambda plan: plan.contracts.binding().select_related("party_a", "party_b"))
FACTS = Question("facts", _facts)
SUBMITTED_BEFORE = Question("submitted_before", _submitted_before)
LINES_BEFORE = Question("lines_before", _lines_before)
AMOUNTS_BEFORE = Question(
    "amounts_before",
    lambda plan: PlanSnapshotAmount.objects.filter(line__in=_lines_before(plan).order_by().values("pk"))
    .annotate(category=F("source__category"))
    .order_by("pk"),
)  # fmt: skip
# The latest plan of the body that a decision was given on, at the most one.
LAST_DECISION = Question("last_decision", _last_decided, keys=("owner_id",))
OF_PAGE = (SNAPSHOTS, HANDOVERS, ENTRIES, LEFT_OUT, CONTRACTS, FACTS, ISSUED)
OF_DESK = (LAST_DECISION, SUBMITTED_BEFORE, POSITION)
# The lines of a plan and what they are compared with.
OF_COMPARISON = (PROJECTS, SUBMITTED_BEFORE, LINES_BEFORE, AMOUNTS_BEFORE, NORMS)


def months_told(plan) -> list:
    """The months of which a project of the plan has a report, the latest first."""
    [facts] = FACTS.of(plan)
    return sorted(map(day_of, facts.months_told or ()), reverse=True)
