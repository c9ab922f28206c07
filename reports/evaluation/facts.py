"""The rows that a figure counts or adds up: planned, done, stopped, amended projects; money of four stages.

Never mixed: planned is what a decision gave, done what acceptance minutes in force say, paid what vouchers say (refunds
taken off), settled what an approved settlement says. Amounts in đồng. By plan year, a project's money belongs to the
year of its plan; by date of the event, to the day of the minutes, voucher or decision.
"""

from dataclasses import dataclass

from django.db.models import Case, F, Max, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce, ExtractYear

from programs.models import AmendmentKind
from projects.models import (
    APPROVED_PROJECT,
    Acceptance,
    AcceptanceAmount,
    Amendment,
    AmendmentStatus,
    Disbursement,
    DisbursementKind,
    FundingLine,
    PlanSnapshot,
    PlanSnapshotAmount,
    SettlementAmount,
    SettlementStatus,
    SnapshotPurpose,
)
from reports.evaluation.selection import Selection

PLANNED, DONE, STOPPED, AMENDED = "planned", "done", "stopped", "amended"
APPROVED, ACCEPTED, PAID, SETTLED = "approved", "accepted", "paid", "settled"


@dataclass(frozen=True)
class Money:
    """Rows of money: `amount` is the expression to add up, `project` and `source` the paths to what they belong to,
    `year` the year that a row counts in.
    """

    rows: QuerySet
    project: str
    source: str
    amount: str
    year: str


# Projects


def projects_of(selection: Selection, state: str) -> QuerySet:
    """Projects that were planned, done, stopped or amended in the period, with `fact_year` to group by.

    A project counts once in each. Raises KeyError for another state.
    """
    return {PLANNED: _planned, DONE: _done, STOPPED: _stopped, AMENDED: _amended}[state](selection)


def _planned(selection):
    decided = selection.projects().filter(status__in=APPROVED_PROJECT, plan__decision_on__lte=selection.until)
    if selection.by_plan_year:
        return _of_plan_years(decided, selection)
    decided = decided.filter(plan__decision_on__range=(selection.starts_on, selection.ends_on))
    return decided.annotate(fact_year=ExtractYear("plan__decision_on"))


def _done(selection):
    return _with_event(selection, _final_acceptances(selection), "accepted_on")


def _final_acceptances(selection):
    return _in_force(Acceptance.objects.filter(is_final=True), selection).filter(accepted_on__lte=selection.until)


def _stopped(selection):
    return _with_event(selection, _decided_amendments(selection).filter(kind=AmendmentKind.STOP), "decision_on")


def _amended(selection):
    return _with_event(selection, _decided_amendments(selection).exclude(kind=AmendmentKind.STOP), "decision_on")


def _decided_amendments(selection):
    return Amendment.objects.filter(status=AmendmentStatus.APPROVED, decision_on__lte=selection.until)


def _with_event(selection, events, day):
    """Planned projects with such an event; by date of the event, all projects whose event lies in the period."""
    if selection.by_plan_year:
        return _planned(selection).filter(pk__in=events.order_by().values("project"))
    events = events.filter(**{f"{day}__range": (selection.starts_on, selection.ends_on)})
    last = events.filter(project=OuterRef("pk")).order_by(f"-{day}").values(day)[:1]
    projects = selection.projects().filter(pk__in=events.order_by().values("project"))
    return projects.annotate(fact_year=ExtractYear(Subquery(last)))


def _of_plan_years(projects, selection):
    years = (selection.starts_on.year, selection.ends_on.year)
    return projects.filter(plan__year__range=years).annotate(fact_year=F("plan__year"))


# Money


def money_of(selection: Selection, stage: str) -> Money:
    """The rows of a stage of money in the period. Raises KeyError for another stage."""
    return {APPROVED: _approved, ACCEPTED: _accepted, PAID: _paid, SETTLED: _settled}[stage](selection)


def _approved(selection):
    if selection.is_of_the_past:
        return _approved_then(selection)
    lines = FundingLine.objects.filter(approved_amount__isnull=False)
    return _money(selection, lines, "project", "approved_amount")


def _approved_then(selection):
    """As the last snapshot of each plan says that was taken by a decision of that day or before."""
    decided = PlanSnapshot.objects.filter(
        purpose__in=(SnapshotPurpose.APPROVED, SnapshotPurpose.AMENDED), decision_on__lte=selection.until
    )
    last = decided.order_by().values("plan").annotate(last=Max("pk")).values("last")
    amounts = PlanSnapshotAmount.objects.filter(line__snapshot__in=last)
    return _money(selection, amounts, "line__project", "amount")


def _accepted(selection):
    amounts = _in_force(AcceptanceAmount.objects, selection, "acceptance__")
    return _money(selection, amounts, "acceptance__project", "amount", day="acceptance__accepted_on")


def _paid(selection):
    vouchers = _in_force(Disbursement.objects, selection).annotate(
        signed=Case(When(kind=DisbursementKind.REFUND, then=-F("amount")), default=F("amount"))
    )
    return _money(selection, vouchers, "project", "signed", day="paid_on")


def _settled(selection):
    amounts = SettlementAmount.objects.filter(settlement__status=SettlementStatus.APPROVED)
    return _money(selection, amounts, "project", "amount", day="settlement__approved_at__date")


def _money(selection, rows, project, amount, day=None):
    """`day` is when the money moved; approved money moves when its plan is decided."""
    by_day = day or f"{project}__plan__decision_on"
    if day:
        rows = rows.filter(**{f"{day}__lte": selection.until})
    if selection.by_plan_year or not day:
        rows = rows.filter(**{f"{project}__in": _planned(selection).values("pk")})
    else:
        rows = rows.filter(
            **{f"{day}__range": (selection.starts_on, selection.ends_on), f"{project}__in": selection.projects()}
        )
    year = f"{project}__plan__year" if selection.by_plan_year else f"{by_day.removesuffix('__date')}__year"
    return Money(rows.order_by(), project, "source", amount, year)


def _in_force(rows, selection, path=""):
    """Without what was reopened or struck out by that day."""
    voided = f"{path}voided_at"
    return rows.filter(Q(**{voided: None}) | Q(**{f"{voided}__date__gt": selection.until}))


def heading_path(project: str = "") -> Coalesce:
    """The content of Điều 4 that a project belongs to, as an expression: the parent of its kind of activity."""
    prefix = f"{project}__" if project else ""
    return Coalesce(f"{prefix}content__parent", f"{prefix}content")
