"""Plans that were decided on paper before they came to the portal: stated by one person, compared by a director.

Four eyes hold here as everywhere: whoever brought the plan never records its decision. What the portal did not see,
the appraisal, is told as such.
"""

import hashlib

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from khuyencong.audit import record
from khuyencong.dates import short_date
from khuyencong.versions import save_moved
from programs.models import AnnualPlan, PastDecision
from programs.services import save_plan, set_budget
from projects import workflow
from projects.models import BeneficiaryAmount, FundingLine
from projects.services.locking import locked_plan, locked_projects_of
from projects.services.plan import approve_plan

WAITING = workflow.TAKE_OVER_PROJECT.sources
CHANGED = "Các dòng của kế hoạch vừa thay đổi sau khi ông/bà mở trang; xem lại rồi ghi nhận."


@transaction.atomic
def open_past_plan(plan: AnnualPlan, *, by, decision: dict) -> AnnualPlan:
    """Start a plan in draft that a decision on paper stands behind; `decision` has the fields of PastDecision.

    Raises PermissionDenied, ValidationError.
    """
    plan = save_plan(plan, by=by)
    past = PastDecision(plan=plan, **decision)
    past.full_clean()
    past.save()
    told = [("Quyết định đã ban hành", "", told_decision(past)), ("Cơ quan ban hành", "", past.decision_issuer)]
    record(by, "plan.state_decision", "Ghi quyết định đã ban hành", plan, changes=told)
    return plan


def told_decision(past) -> str:
    return f"{past.decision_number} ngày {short_date(past.decision_on)}"


@transaction.atomic
def submit_past_plan(plan, *, by):
    """Put the plan before a director; its envelopes are what its lines hold. Raises PermissionDenied, ValidationError.

    A plan without any line stays as it is.
    """
    plan = locked_plan(plan)
    lines = FundingLine.objects.filter(project__plan=plan, project__status__in=WAITING).select_related("source")
    if not lines.exists():
        return plan
    sums = {line.source: 0 for line in lines if line.source.is_support}
    for line in lines:
        if line.source in sums:
            sums[line.source] += line.requested_amount
    dropped = {budget.source: None for budget in plan.budgets.select_related("source") if budget.source not in sums}
    plan = locked_plan(set_budget(plan, by=by, amounts=sums | dropped))
    plan.submitted_by, plan.submitted_at = by, timezone.now()
    workflow.SUBMIT_PLAN.apply(plan, by=by)
    plan.returns.filter(resolved_at=None).update(resolved_at=timezone.now())
    return save_moved(plan)


def waiting_lines(plan):
    """The projects that the decision would take in, in the order of the plan."""
    rows = plan.projects.filter(status__in=WAITING).select_related("group", "content", "owner")
    return rows.order_by("group__number", "code")


def seen_of(projects) -> str:
    """What a person saw of these projects, to be compared when they are recorded."""
    told = ",".join(f"{project.pk}:{project.version}" for project in sorted(projects, key=lambda row: row.pk))
    return hashlib.sha256(told.encode()).hexdigest()


@transaction.atomic
def record_past_plan(plan, *, by, seen=None):
    """Take every line of a past plan in as its decision says, and approve the plan with that decision.

    `seen` is `seen_of` the projects that the person compared with the paper. All rules of `approve_plan` hold.
    Raises PermissionDenied, ValidationError.
    """
    plan = locked_plan(plan)
    if refusal := workflow.APPROVE_PLAN.why_not(by, plan):
        workflow.APPROVE_PLAN.apply(plan, by=by)
        raise ValidationError(refusal)
    past = plan.past_decision
    projects = locked_projects_of(plan, *WAITING)
    if seen not in (None, seen_of(projects)):
        raise ValidationError(CHANGED, code="stale")
    for project in projects:
        _take_over(project, past, by=by)
    return approve_plan(plan, by=by, **past.decision)


def _take_over(project, past, *, by):
    """As decided: what was asked for is what was appraised. The person who compares stands in for the reviewer."""
    shares = BeneficiaryAmount.objects.filter(beneficiary__project=project)
    for row in (*project.funding_lines.all(), *shares):
        row.appraised_amount = row.requested_amount
        row.save()
    opinion = f"Theo Quyết định {told_decision(past)}; thẩm định trước khi dùng cổng."
    workflow.TAKE_OVER_PROJECT.apply(project, by=by, reason=opinion)
    now = timezone.now()
    project.submitted_by, project.submitted_at = project.submitted_by or project.plan.submitted_by, now
    project.reviewer, project.appraised_at, project.appraisal_opinion = project.reviewer or by, now, opinion
    save_moved(project)


def total_of(projects) -> list:
    """[(source name, đồng)] over all lines."""
    rows = FundingLine.objects.filter(project__in=projects).order_by("source__position")
    return list(rows.values_list("source__name").annotate(sum=Sum("requested_amount")))
