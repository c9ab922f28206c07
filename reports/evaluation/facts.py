"""The rows that a figure counts or adds up: planned, done, stopped, amended projects; money of four stages.

Never mixed: planned is what a decision gave, done what acceptance minutes in force say, paid what vouchers say (refunds
taken off), settled what an approved settlement says. Amounts in đồng. By plan year, a project's money belongs to the
year of its plan; by date of the event, to the day of the minutes, voucher or decision.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import BigIntegerField, Case, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, ExtractYear

from programs.models import AmendmentKind
from projects.models import (
    APPROVED_PROJECT,
    Acceptance,
    AcceptanceAmount,
    Amendment,
    AmendmentAmount,
    AmendmentStatus,
    Beneficiary,
    BeneficiaryAmount,
    Disbursement,
    DisbursementKind,
    FundingLine,
    PlanSnapshot,
    PlanSnapshotAmount,
    SettlementAmount,
    SettlementStatus,
    SnapshotPurpose,
)
from reports.evaluation.held import held, keys_of, once
from reports.evaluation.selection import Selection, end_of

PLANNED, DONE, STOPPED, AMENDED, UNFINISHED = "planned", "done", "stopped", "amended", "unfinished"
APPROVED, ACCEPTED, PAID, REFUNDED, SETTLED = "approved", "accepted", "paid", "refunded", "settled"


@dataclass(frozen=True)
class Rows:
    """Rows to count or to add up, with the paths to what they belong to: "" where a row is that itself or has none.

    `amount` is what to add up, `year` the year that a row counts in; `unit` its place, when it has one of its own.
    """

    rows: QuerySet
    project: str = ""
    source: str = ""
    amount: str = ""
    year: str = "fact_year"
    facility: str = ""
    unit: str = ""


# Projects


def projects_of(selection: Selection, state: str) -> QuerySet:
    """Projects that were planned, done, stopped or amended in the period, with `fact_year` to group by.

    Unfinished are those planned in the period and neither done nor stopped by the day of the selection.
    A project counts once in each. Raises KeyError for another state.
    """
    found = {PLANNED: _planned, DONE: _done, STOPPED: _stopped, AMENDED: _amended, UNFINISHED: _unfinished}
    return once((selection, state), lambda: found[state](selection))


def _planned(selection):
    projects = selection.projects().filter(status__in=APPROVED_PROJECT, plan__decision_on__lte=selection.until)
    if selection.by_plan_year:
        projects = projects.filter(plan__year__range=(selection.starts_on.year, selection.ends_on.year))
    else:
        projects = projects.filter(plan__decision_on__range=(selection.starts_on, selection.ends_on))
    return _with_year_of_plan(projects, selection)


def _with_year_of_plan(projects, selection):
    year = F("plan__year") if selection.by_plan_year else ExtractYear("plan__decision_on")
    return held(projects).annotate(fact_year=year)


def _done(selection):
    return _with_event(selection, _final_acceptances(selection), "accepted_on")


def _final_acceptances(selection):
    return _in_force(Acceptance.objects.filter(is_final=True), selection, ACCEPTANCES)


def year_done(selection: Selection, project: str):
    """The year in which a project that is done counts, as an expression; `project` is the path to it."""
    if selection.by_plan_year:
        return F(f"{project}__plan__year")
    days = _final_acceptances(selection).filter(project=OuterRef(project)).order_by("-accepted_on")
    return ExtractYear(Subquery(days.values("accepted_on")[:1]))


def _stopped(selection):
    return _with_event(selection, _decided_amendments(selection).filter(kind=AmendmentKind.STOP), "decision_on")


def _unfinished(selection):
    stops = _decided_amendments(selection).filter(kind=AmendmentKind.STOP)
    done, stopped = (Exists(_of_each(events)) for events in (_final_acceptances(selection), stops))
    return _with_year_of_plan(_planned(selection).filter(~done, ~stopped), selection)


def _amended(selection):
    return _with_event(selection, _decided_amendments(selection).exclude(kind=AmendmentKind.STOP), "decision_on")


def _decided_amendments(selection):
    return Amendment.objects.filter(status=AmendmentStatus.APPROVED, decision_on__lte=selection.until)


def _with_event(selection, events, day):
    """Planned projects with such an event; by date of the event, all projects whose event lies in the period."""
    if selection.by_plan_year:
        return _with_year_of_plan(_planned(selection).filter(Exists(_of_each(events))), selection)
    events = events.filter(**{f"{day}__range": (selection.starts_on, selection.ends_on)})
    last = _of_each(events).order_by(f"-{day}").values(day)[:1]
    projects = selection.projects().filter(pk__in=events.order_by().values("project"))
    return held(projects).annotate(fact_year=ExtractYear(Subquery(last)))


def _of_each(events):
    """The events of the project of the outer query."""
    return events.filter(project=OuterRef("pk"))


# Money


def money_of(selection: Selection, stage: str, projects: QuerySet | None = None) -> Rows:
    """The rows of a stage of money in the period; with `projects`, all of theirs up to the day of the selection.

    Raises KeyError for another stage.
    """
    found = {APPROVED: _approved, ACCEPTED: _accepted, PAID: _paid, REFUNDED: _refunded, SETTLED: _settled}
    return found[stage](selection, projects)


def _approved(selection, projects):
    """As decided by that day."""
    if not selection.is_of_the_past:
        lines = FundingLine.objects.filter(approved_amount__isnull=False)
        return _money(selection, projects, lines, "project", "approved_amount")
    decided = PlanSnapshot.objects.filter(
        purpose__in=(SnapshotPurpose.APPROVED, SnapshotPurpose.AMENDED), decision_on__lte=selection.until
    )
    last = decided.order_by().values("plan").annotate(last=Max("pk")).values("last")
    amounts = PlanSnapshotAmount.objects.filter(line__snapshot__in=last)
    return _money(selection, projects, amounts, "line__project", "amount")


def _accepted(selection, projects):
    amounts = AcceptanceAmount.objects.filter(acceptance__voided_at=None)
    if selection.is_of_the_past:
        minutes = _in_force(Acceptance.objects.all(), selection, ACCEPTANCES)
        amounts = AcceptanceAmount.objects.filter(acceptance__in=minutes.order_by().values("pk"))
    return _money(selection, projects, amounts, "acceptance__project", "amount", day="acceptance__accepted_on")


def _paid(selection, projects):
    refund = When(kind=DisbursementKind.REFUND, then=-F("amount"))
    signed = Case(refund, default=F("amount"), output_field=BigIntegerField())
    vouchers = _in_force(Disbursement.objects.all(), selection, VOUCHERS).annotate(signed=signed)
    return _money(selection, projects, vouchers, "project", "signed", day="paid_on")


def _refunded(selection, projects):
    vouchers = _in_force(Disbursement.objects.filter(kind=DisbursementKind.REFUND), selection, VOUCHERS)
    return _money(selection, projects, vouchers, "project", "amount", day="paid_on")


def _settled(selection, projects):
    amounts = SettlementAmount.objects.filter(settlement__status=SettlementStatus.APPROVED)
    return _money(selection, projects, amounts, "project", "amount", moment="settlement__approved_at")


def _money(selection, projects, rows, project, amount, day=None, moment=None):
    """`day` or `moment` is when the money moved; approved money moves when its plan is decided."""
    when = day or moment
    if when:
        rows = rows.filter(_between(None, selection.until, day, moment))
    if projects is not None:
        rows = rows.filter(**{f"{project}__in": only(projects)})
    elif selection.by_plan_year or not when:
        rows = rows.filter(**{f"{project}__in": only(_planned(selection))})
    else:
        in_period = _between(selection.starts_on, selection.ends_on, day, moment)
        rows = rows.filter(in_period, **{f"{project}__in": only(selection.projects())})
    of_event = when or f"{project}__plan__decision_on"
    year = f"{project}__plan__year" if selection.by_plan_year else f"{of_event}__year"
    return Rows(rows.order_by(), project, "source", amount, year)


def _between(first, last, day, moment):
    """From a day, or ever, to another. Moments are compared with midnight: turned into days, each row costs more."""
    if day:
        return Q(**{f"{day}__lte": last}) & (Q(**{f"{day}__gte": first}) if first else Q())
    midnight = end_of(first - timedelta(days=1)) if first else None
    return Q(**{f"{moment}__lt": end_of(last)}) & (Q(**{f"{moment}__gte": midnight}) if first else Q())


# Paths: the day of the event, when it was entered, and what tells rows apart that may replace each other.
ACCEPTANCES = ("accepted_on", "recorded_at", ("project",))
VOUCHERS = ("paid_on", "created_at", ("project", "source"))


def _in_force(rows, selection, paths):
    """What happened by that day, without what was taken back by then.

    Where something was taken back later, the project is read as it then stood: what replaced it was entered
    afterwards and would count a second time. All else counts by its own day, whenever it was entered.
    """
    day, entered, same = paths
    happened = rows.filter(**{f"{day}__lte": selection.until})
    if not selection.is_of_the_past:
        return happened.filter(voided_at=None)
    end = end_of(selection.until)
    as_it_stood = Q(voided_at__gte=end, **{f"{entered}__lt": end})
    taken_back_later = rows.model.objects.filter(as_it_stood, **{name: OuterRef(name) for name in same})
    still_in_force = Q(voided_at=None) & (Q(**{f"{entered}__lt": end}) | ~Exists(taken_back_later))
    return happened.filter(as_it_stood | still_in_force)


# Facilities


def beneficiaries_of(projects: QuerySet, selection: Selection) -> QuerySet:
    """The facilities of projects as beneficiaries, one row for each turn, as they stood on the day of the selection."""
    rows = Beneficiary.objects.filter(project__in=only(projects)).order_by()
    if not selection.is_of_the_past:
        return rows.filter(withdrawn_by=None)
    later = Amendment.objects.filter(
        status=AmendmentStatus.APPROVED, decision_on__gt=selection.until, project=OuterRef("project")
    )
    came_later = later.filter(kind=AmendmentKind.BENEFICIARY, added_facility=OuterRef("facility"))
    stayed = Q(withdrawn_by=None) | Q(withdrawn_by__decision_on__gt=selection.until)
    return rows.filter(stayed, ~Exists(came_later))


def counted_facilities(projects: QuerySet, selection: Selection) -> QuerySet:
    """Those of `beneficiaries_of` that count as facilities: one outside the province receives, but does not count."""
    return beneficiaries_of(projects, selection).filter(is_inside("facility", selection))


def is_inside(facility: str, selection: Selection) -> Q:
    """Whether the facility at a path stood in the province on the day of the selection."""
    then, inside = selection.formerly, Q(**{f"{facility}__is_outside_province": False})
    if then.was_outside:
        inside &= ~Q(**{f"{facility}__in": then.was_outside})
    return inside | Q(**{f"{facility}__in": then.was_inside}) if then.was_inside else inside


def shares_of(projects: QuerySet, selection: Selection) -> Rows:
    """What decisions gave each facility of these projects; `year` is that of the plan.

    Of a past day: before later changes of a facility's amount, which are kept with their decisions.
    """
    facilities = keys_of(beneficiaries_of(projects, selection).values("pk"))
    rows = BeneficiaryAmount.objects.filter(beneficiary__in=facilities, approved_amount__isnull=False).order_by()
    amount = F("approved_amount")
    if selection.is_of_the_past:
        changed = AmendmentAmount.objects.filter(
            amendment__status=AmendmentStatus.APPROVED, amendment__decision_on__gt=selection.until,
            beneficiary=OuterRef("beneficiary"), source=OuterRef("source"),
        ).order_by("amendment__number")  # fmt: skip
        amount = Coalesce(Subquery(changed.values("old_amount")[:1]), amount)
    project = "beneficiary__project"
    return Rows(
        rows.annotate(share=amount), project, "source", "share", f"{project}__plan__year", "beneficiary__facility"
    )


def without_facilities(projects: QuerySet) -> QuerySet:
    """Those of these projects that name no facility, such as fairs and trainings."""
    return projects.filter(~Exists(_of_each(Beneficiary.objects.order_by())))


def only(projects: QuerySet) -> QuerySet | RawSQL:
    """Their keys, for `project__in`."""
    return keys_of(projects.order_by().values("pk"))


def heading_path(project: str = "") -> Coalesce:
    """The content of Điều 4 that a project belongs to, as an expression: the parent of its kind of activity."""
    prefix = f"{project}__" if project else ""
    return Coalesce(f"{prefix}content__parent", f"{prefix}content")
