"""Figures across rooms, summed in the database; screen, Excel and PDF read them here."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Sum

from programs.models import DECIDED_PLAN, AnnualPlan, PlanBudget, SourceCategory
from projects.models import APPROVED_PROJECT, FundingLine, Project, ProjectStatus


@dataclass(frozen=True)
class SourceRow:
    """One category of sources in a plan year, in đồng."""

    category: SourceCategory
    budget: int
    approved: int
    accepted: int

    @property
    def left(self):
        """Envelope not yet approved to projects; None for money that has no envelope."""
        return self.budget - self.approved if self.budget else None

    @property
    def whole(self):
        """What a bar of this row is drawn on: the envelope, or what is more than it."""
        return max(self.budget, self.approved, self.accepted)

    @property
    def pending(self):
        """Approved to projects and not accepted yet."""
        return max(self.approved - self.accepted, 0)

    @property
    def accepted_in_approved(self):
        """Percent of the approved money that was accepted; None when nothing is approved."""
        return Decimal(self.accepted * 100) / self.approved if self.approved else None


def projects_by_status(projects):
    """[(status, label, count)] in the order of the life of a project, only states that occur."""
    counts = dict(projects.order_by().values_list("status").annotate(Count("pk")))
    return [(status.value, status.label, counts[status]) for status in ProjectStatus if status in counts]


def money_by_source(user, year):
    """Budget of approved plans, approved and accepted money per category of source, for one plan year.

    `accepted` is what acceptance minutes hold; the facility's own money counts only once accepted.
    """
    plans = AnnualPlan.objects.visible_to(user).in_year(year).filter(status__in=DECIDED_PLAN)
    budgets = dict(
        PlanBudget.objects.filter(plan__in=plans.values("pk"))
        .order_by()
        .values_list("source__category")
        .annotate(Sum("amount"))
    )
    projects = Project.objects.visible_to(user).in_year(year).filter(status__in=APPROVED_PROJECT)
    lines = FundingLine.objects.filter(project__in=projects.order_by().values("pk")).order_by()
    sums = {
        category: (approved or 0, accepted or 0)
        for category, approved, accepted in lines.values("source__category")
        .annotate(approved=Sum("approved_amount"), accepted=Sum("accepted_amount"))
        .values_list("source__category", "approved", "accepted")
    }
    return [
        SourceRow(category, budgets.get(category.value, 0), *sums.get(category.value, (0, 0)))
        for category in SourceCategory
        if category.value in budgets or category.value in sums
    ]


def source_total(rows):
    """The sums of `money_by_source` over all categories, as a row of figures."""
    return {
        "budget": sum(row.budget for row in rows),
        "approved": sum(row.approved for row in rows),
        "accepted": sum(row.accepted for row in rows),
    }
