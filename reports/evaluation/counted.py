"""What a figure counts, named by the parameters of its address: tables and the page with the rows read the same.

`dem` is what is counted, `buoc` in which state or stage, `cua` the projects whose money it is when not all of the
period, `neu` an indicator that their projects state as done; every other parameter is an axis with its value.
"""

from django.db.models import Q, QuerySet

from khuyencong.models import AdministrativeUnit, Division, UnitLevel
from programs.models import SUPPORT_CATEGORIES, ProjectGroup
from projects.models import (
    FollowUp,
    FollowUpValue,
    HandoverContract,
    HandoverContractAmount,
    HandoverEvent,
    HandoverItem,
    ItemKind,
)
from reports.evaluation import axes, facts
from reports.evaluation.facts import Rows
from reports.evaluation.selection import Selection
from reports.evaluation.stated import stated

WHAT, STEP, OF, STRETCH, STATING = "dem", "buoc", "cua", "ky", "neu"
BEFORE, SINCE_START = "truoc", "luy-ke"
PROJECTS, MONEY, SHARES, FACILITIES, TURNS, VALUES, ANSWERS, PROVINCES, GROUPS = (
    "de-an",
    "tien",
    "phan",
    "co-so",
    "luot",
    "ket-qua",
    "theo-doi",
    "tinh-thanh",
    "nhom",
)
WORKS, WORK_VALUES, WORK_PLACES, CONTRACTS, CONTRACT_VALUES = (
    "cong-trinh", "gia-tri-cong-trinh", "noi-co-cong-trinh", "hop-dong", "gia-tri-hop-dong",
)  # fmt: skip
# National and local money together.
SUPPORT = "ho-tro"


def projects(selection: Selection, state: str) -> Rows:
    return Rows(facts.projects_of(selection, state))


def turns(selection: Selection, state: str) -> Rows:
    """A row for each facility of each project, as they count."""
    found = facts.counted_facilities(facts.projects_of(selection, state), selection)
    return Rows(found, "project", facility="facility", year="project__plan__year")


def money(selection: Selection, stage: str, state: str = "") -> Rows:
    """Of a state: money of those projects up to the day, whatever the period that it moved in."""
    return facts.money_of(selection, stage, facts.projects_of(selection, state) if state else None)


def shares(selection: Selection, state: str) -> list[Rows]:
    """What was approved for the projects of a state: shares of facilities, and money of projects that name none."""
    found = facts.projects_of(selection, state)
    alone = facts.without_facilities(found)
    return [facts.shares_of(found, selection), facts.money_of(selection, facts.APPROVED, alone)]


def holders(selection: Selection, state: str) -> list[Rows]:
    """Rows that say where projects stand by an axis of facilities: beneficiaries, and projects that name none."""
    found = facts.projects_of(selection, state)
    named = facts.beneficiaries_of(found, selection)
    return [
        Rows(named, "project", facility="facility", year="project__plan__year"),
        Rows(facts.without_facilities(found)),
    ]


def values(selection: Selection, column: str) -> Rows:
    """What projects state of their indicators: `planned` of planned projects, `done` of those done."""
    found = facts.projects_of(selection, {"planned": facts.PLANNED, "done": facts.DONE}[column])
    rows, amount = stated(selection, column)
    rows = rows.filter(project__in=facts.only(found), **{f"{amount}__isnull": False})
    if column == "done":
        rows = rows.annotate(fact_year=facts.year_done(selection, "project"))
    year = "fact_year" if column == "done" else "project__plan__year"
    return Rows(rows.order_by(), "project", amount=amount, year=year)


def follow_ups(selection: Selection) -> QuerySet:
    done = facts.only(facts.projects_of(selection, facts.DONE))
    return FollowUp.objects.filter(project__in=done, surveyed_on__lte=selection.until).order_by()


def answers(selection: Selection) -> Rows:
    """What facilities answered some months after acceptance of the projects that are done."""
    rows = FollowUpValue.objects.filter(follow_up__in=follow_ups(selection).values("pk")).order_by()
    return Rows(rows, "follow_up__project", amount="value", year="follow_up__project__plan__year")


def provinces(selection: Selection, state: str) -> QuerySet:
    """The provinces of the chosen division in which projects stand."""
    found = AdministrativeUnit.objects.none()
    for rows in holders(selection, state):
        keys = rows.rows.annotate(key=axes.axis_of(axes.PROVINCE, rows, selection)).filter(key__isnull=False)
        found |= AdministrativeUnit.objects.filter(pk__in=keys.order_by().values("key"))
    return found


def groups(selection: Selection, state: str) -> QuerySet:
    """The groups of plans that projects stand in."""
    return ProjectGroup.objects.filter(pk__in=facts.projects_of(selection, state).order_by().values("group"))


# What was handed over of projects that are done, in meetings that took place by the day


def handovers(selection: Selection) -> QuerySet:
    done = facts.only(facts.projects_of(selection, facts.DONE))
    events = HandoverEvent.objects.filter(is_done=True, projects__in=done)
    held = events.filter(Q(held_on=None) | Q(held_on__lte=selection.until))
    return HandoverEvent.objects.filter(pk__in=held.order_by().values("pk")).order_by()


def works(selection: Selection, amount: str) -> Rows:
    """Works handed over; `amount` is “quantity” or “amount” (đồng)."""
    events = handovers(selection).values("pk")
    rows = HandoverItem.objects.filter(kind=ItemKind.WORK, minutes__event__in=events).order_by()
    return Rows(rows, "", amount=amount, year="", unit="place")


def work_places(selection: Selection, level: str) -> QuerySet:
    """Units with works: of a level of before 07/2025, or communes of today where the works can be told to lie."""
    rows = works(selection, "quantity")
    if level == UnitLevel.DISTRICT or selection.division == Division.NEW:
        keys = rows.rows.annotate(key=axes.axis_of(axes.PLACE, rows, selection)).values("key")
    else:
        keys = rows.rows.values("place")
    return AdministrativeUnit.objects.filter(pk__in=keys, level=level)


def contracts(selection: Selection) -> Rows:
    """Contracts whose duties passed on."""
    events = handovers(selection).values("pk")
    return Rows(HandoverContract.objects.filter(minutes__event__in=events).order_by(), year="")


def contract_values(selection: Selection) -> Rows:
    events = handovers(selection).values("pk")
    rows = HandoverContractAmount.objects.filter(contract__minutes__event__in=events).order_by()
    return Rows(rows, "", "source", "amount", "")


def narrowed(rows: Rows, selection: Selection, wanted: dict) -> QuerySet:
    """The rows that have these values on these axes; values as in addresses, `khong` for none.

    Raises KeyError for what is no axis.
    """
    found = rows.rows
    for number, (name, value) in enumerate(wanted.items()):
        if name == STATING:
            states, amount = stated(selection, "done")
            states = states.filter(indicator__code=value, **{f"{amount}__gt": 0}).order_by().values("project")
            found = found.filter(**{f"{rows.project or 'pk'}__in": states})
            continue
        alias = f"axis_{number}"
        found = found.annotate(**{alias: axes.axis_of(name, rows, selection)})
        found = found.filter(_having(alias, name, value))
    return found


def _having(alias, name, value):
    if value == axes.NONE:
        return Q(**{alias: None})
    if (name, value) == (axes.CATEGORY, SUPPORT):
        return Q(**{f"{alias}__in": SUPPORT_CATEGORIES})
    return Q(**{alias: value})
