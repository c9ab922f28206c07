"""What the files already say about a handover, so that nobody types it twice; people check, complete and save."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction
from django.template.loader import render_to_string

from beneficiaries.models import Facility
from projects.models import (
    Beneficiary,
    CopyKind,
    CostItem,
    HandoverEvent,
    HandoverItem,
    HandoverMinutes,
    HandoverPaper,
    HandoverPerson,
    ItemKind,
    Project,
    Side,
)
from projects.services.handover import HANDOVER_READY, open_event, save_minutes

# What one paper of a body shares with the next; the rest is its own.
SHARED_FIELDS = ("condition", "giver_duties", "receiver_duties", "copies", "copies_each")


@dataclass(frozen=True)
class Prefill:
    """Unsaved rows for the minutes of one receiver."""

    people: list[HandoverPerson] = field(default_factory=list)
    items: list[HandoverItem] = field(default_factory=list)
    papers: list[HandoverPaper] = field(default_factory=list)


def ready_projects(plan):
    """The projects of a plan that may be handed over: accepted, or handed over to someone before."""
    return (
        plan.projects.filter(status__in=HANDOVER_READY)
        .select_related("plan")
        .prefetch_related("acceptances")
        .order_by("code")
    )


def new_handover(plan, projects) -> HandoverEvent:
    """An unsaved event with what the plan's decision and the acceptance minutes say."""
    subject = f"kết quả đề án {projects[0].name}" if len(projects) == 1 else f"kết quả các đề án thuộc {plan}"
    return HandoverEvent(plan=plan, giver=plan.owner, subject=subject[:300], grounds=grounds_of(plan, projects))


def grounds_of(plan, projects) -> str:
    """Grounds of a handover, one per line: the plan's decision, each project's acceptance minutes."""
    text = render_to_string("projects/handover_grounds.txt", {"plan": plan, "projects": projects})
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def giver_people(organisation) -> list[HandoverPerson]:
    """Who attended for the giver last time."""
    last = HandoverEvent.objects.filter(giver=organisation, people__side=Side.GIVER).order_by("-pk").first()
    return _copies(last.people.filter(side=Side.GIVER)) if last else []


def receiver_people(minutes) -> list[HandoverPerson]:
    """Who signs for the receiver: as on its last minutes, else the facility's own representative."""
    same = HandoverMinutes.objects.filter(
        receiver=minutes.receiver, receiver_facility=minutes.receiver_facility, people__isnull=False
    )
    last = same.exclude(pk=minutes.pk).order_by("-pk").first()
    if last:
        return _copies(last.people.all())
    facility = minutes.receiver_facility
    if facility is None or not facility.representative:
        return []
    return [
        HandoverPerson(
            side=Side.RECEIVER, name=facility.representative, title=facility.representative_position, signs=True
        )
    ]


def shared_texts(event) -> dict:
    """The texts that the giver's papers have in common, from the newest minutes of this event, else of the giver."""
    of_giver = HandoverMinutes.objects.filter(event__giver=event.giver).order_by("-pk")
    last = of_giver.filter(event=event.pk).first() or of_giver.first()
    return {name: getattr(last, name) for name in SHARED_FIELDS} if last else {}


def from_files(minutes) -> Prefill:
    """What the files of the event's projects hold for this receiver.

    A facility gets its own machines, else what it was supported with; an organisation gets the results of every
    project, facility by facility, and what belongs to no facility.
    """
    projects = list(
        minutes.event.projects.select_related("plan", "unit").prefetch_related("acceptances").order_by("code")
    )
    if minutes.receiver_facility:
        items = _items_of_facility(minutes.receiver_facility, projects)
    else:
        items = _items_of_all(projects)
    return Prefill(receiver_people(minutes), items, _papers_of(projects, minutes))


def facilities_without_minutes(event):
    """The facilities that the event's projects support and that have no minutes in it yet."""
    told = event.minutes.exclude(receiver_facility=None).values("receiver_facility")
    return Facility.objects.filter(supports__project__handovers=event).exclude(pk__in=told).distinct()


@transaction.atomic
def save_minutes_of_facilities(event, *, by) -> list[HandoverMinutes]:
    """Minutes for each facility that has none, with what the files hold. Raises PermissionDenied, ValidationError."""
    event, saved = open_event(event, by=by), []
    for facility in facilities_without_minutes(event).select_related("unit"):
        minutes = HandoverMinutes(event=event, receiver_facility=facility, **shared_texts(event))
        found = from_files(minutes)
        saved.append(save_minutes(minutes, by=by, people=found.people, items=found.items, papers=found.papers))
    return saved


def _items_of_facility(facility, projects):
    machines = CostItem.objects.filter(project__in=projects, beneficiary__facility=facility)
    items = [_machine(cost, facility.unit) for cost in machines.select_related("project")]
    told = {cost.beneficiary_id for cost in machines}
    supports = _supports(projects).filter(facility=facility).exclude(pk__in=told)
    return items + [_support(row, ItemKind.EQUIPMENT, row.item or row.project.name) for row in supports]


def _items_of_all(projects):
    supports = list(_supports(projects))
    items = [_support(row, ItemKind.RESULT, f"{row.facility}: {row.item or row.project.name}") for row in supports]
    supported = {row.project_id for row in supports}
    items += [_result(project) for project in projects if project.pk not in supported]
    shared = CostItem.objects.filter(project__in=projects, beneficiary=None).select_related("project__unit")
    return items + [_machine(cost, cost.project.unit) for cost in shared]


def _supports(projects):
    return Beneficiary.objects.filter(project__in=projects).select_related(
        "project", "facility__unit"
    ).prefetch_related("amounts")  # fmt: skip


def _machine(cost, place):
    return HandoverItem(
        kind=ItemKind.EQUIPMENT, name=cost.name, specification=cost.specification, unit_name=cost.unit_name,
        quantity=cost.quantity, amount=cost.amount, place=place, note=f"Đề án {cost.project.code}",
    )  # fmt: skip


def _support(row, kind, name):
    amount = sum(amount.current_amount for amount in row.amounts.all())
    return HandoverItem(
        kind=kind, name=name, amount=amount or None, place=row.facility.unit, note=f"Đề án {row.project.code}"
    )


def _result(project: Project):
    return HandoverItem(
        kind=ItemKind.RESULT, name=project.name, unit_name=project.get_kind_display().lower(), quantity=Decimal(1),
        place=project.unit, note=f"Đề án {project.code}",
    )  # fmt: skip


def _papers_of(projects, minutes):
    copy = CopyKind.COPY if minutes.receiver_facility else CopyKind.ORIGINAL
    return [
        HandoverPaper(
            name=f"Biên bản nghiệm thu đề án {project.code}", number=project.acceptance.number,
            dated_on=project.acceptance.accepted_on, copy_kind=copy,
        )
        for project in projects
    ]  # fmt: skip


def _copies(people):
    fields = ("side", "salutation", "name", "title", "body", "signs", "signing_mode", "signing_capacity")
    return [HandoverPerson(**{name: getattr(person, name) for name in fields}) for person in people]
