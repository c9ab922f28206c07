"""What the files already say about a handover, so that nobody types it twice; people check, complete and save."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string

from beneficiaries.models import Facility
from projects.models import (
    Acceptance,
    AcceptanceResult,
    AcceptanceWork,
    Beneficiary,
    CopyKind,
    CostItem,
    HandoverContract,
    HandoverEvent,
    HandoverItem,
    HandoverMinutes,
    HandoverPaper,
    HandoverPerson,
    ItemKind,
    Paper,
    PaperCopy,
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
    # With the values per source: [(contract, {FundingSource: đồng})].
    contracts: list[tuple] = field(default_factory=list)
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


def grounds_held(grounds, event, projects) -> tuple[str, int]:
    """The grounds without what was offered of accepted projects that are not handed over, and how many lines went."""
    left_out = set(grounds_of(event.plan, ready_projects(event.plan)).splitlines())
    left_out -= set(grounds_of(event.plan, projects).splitlines())
    lines = grounds.splitlines()
    held = [line for line in lines if line.strip() not in left_out]
    return "\n".join(held), len(lines) - len(held)


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

    A facility gets its own machines as they were accepted, else as estimated, else what it was supported with; an
    organisation gets the results of every project, facility by facility, and what belongs to no facility. Contracts
    and papers are those of the facility, or of all.
    """
    projects = list(minutes.event.projects.select_related("plan", "unit").order_by("code"))
    facility = minutes.receiver_facility
    items = _items_of_facility(facility, projects) if facility else _items_of_all(projects)
    return Prefill(receiver_people(minutes), items, _contracts_of(projects, facility), _papers_of(projects, facility))


def reopened_since(event):
    """Acceptance minutes of the event's projects that were reopened after its papers were drawn up, or issued."""
    papers_from = event.updated_at if event.is_done else event.created_at
    rows = Acceptance.objects.filter(project__handovers=event, voided_at__gt=papers_from)
    return rows.select_related("project").order_by("voided_at", "pk")


def facilities_without_minutes(event):
    """The facilities that the event's projects support and that have no minutes in it yet."""
    told = event.minutes.exclude(receiver_facility=None).values("receiver_facility")
    supports = Beneficiary.objects.filter(project__handovers=event, withdrawn_by=None)
    return Facility.objects.filter(pk__in=supports.values("facility")).exclude(pk__in=told)


@transaction.atomic
def save_minutes_of_facilities(event, *, by) -> list[HandoverMinutes]:
    """Minutes for each facility that has none, with what the files hold. Raises PermissionDenied, ValidationError."""
    event, saved = open_event(event, by=by), []
    for facility in facilities_without_minutes(event).select_related("unit"):
        minutes = HandoverMinutes(event=event, receiver_facility=facility, **shared_texts(event))
        found = from_files(minutes)
        saved.append(
            save_minutes(
                minutes, by=by, people=found.people, items=found.items, contracts=found.contracts, papers=found.papers
            )
        )
    return saved


def _counting(projects):
    """The acceptance minutes of the projects that count."""
    return Acceptance.objects.filter(project__in=projects).in_force().exclude(result=AcceptanceResult.FAIL)


def _works(projects):
    """The works that the minutes accepted, with the facility of each."""
    works = AcceptanceWork.objects.filter(acceptance__in=_counting(projects)).select_related(
        "acceptance__project__unit", "acceptance__beneficiary", "cost_item__beneficiary"
    )  # fmt: skip
    return works.order_by("acceptance__project__code", "pk")


def _beneficiary_of(work):
    """Whose a work is: of the place where it was accepted, else of the facility that the estimate names."""
    if work.acceptance.beneficiary:
        return work.acceptance.beneficiary
    return work.cost_item.beneficiary if work.cost_item else None


def _items_of_facility(facility, projects):
    works = [work for work in _works(projects) if (row := _beneficiary_of(work)) and row.facility_id == facility.pk]
    told = {_beneficiary_of(work).pk for work in works}
    machines = CostItem.objects.filter(project__in=projects, beneficiary__facility=facility)
    machines = [cost for cost in machines.select_related("project") if cost.beneficiary_id not in told]
    told |= {cost.beneficiary_id for cost in machines}
    supports = _supports(projects).filter(facility=facility).exclude(pk__in=told)
    return [
        *_accepted(works, facility.unit),
        *[_machine(cost, facility.unit) for cost in machines],
        *[_support(row, ItemKind.EQUIPMENT, row.item or row.project.name) for row in supports],
    ]


def _items_of_all(projects):
    supports = list(_supports(projects))
    items = [_support(row, ItemKind.RESULT, f"{row.facility}: {row.item or row.project.name}") for row in supports]
    supported = {row.project_id for row in supports}
    items += [_result(project) for project in projects if project.pk not in supported]
    works = [work for work in _works(projects) if _beneficiary_of(work) is None]
    measured = {work.acceptance.project_id for work in works}
    items += _accepted(works, None)
    shared = CostItem.objects.filter(project__in=projects, beneficiary=None).select_related("project__unit")
    return items + [_machine(cost, cost.project.unit) for cost in shared if cost.project_id not in measured]


def _accepted(works, place):
    """Works as they were accepted; the same item of the estimate in several minutes is one line."""
    items = {}
    for work in works:
        project = work.acceptance.project
        key = ("item", work.cost_item_id) if work.cost_item_id else ("work", work.pk)
        item = items.get(key)
        if item is None:
            items[key] = HandoverItem(
                kind=ItemKind.EQUIPMENT, name=work.name, specification=work.specification, unit_name=work.unit_name,
                quantity=work.done_quantity, amount=work.amount, place=place or project.unit,
                condition="Mới 100%" if work.is_new else "", note=f"Đề án {project.code}",
            )  # fmt: skip
            continue
        item.quantity += work.done_quantity
        if work.amount is not None:
            item.amount = (item.amount or 0) + work.amount
    return [item for item in items.values() if item.quantity]


def _supports(projects):
    rows = Beneficiary.objects.filter(project__in=projects, withdrawn_by=None).select_related(
        "project", "facility__unit"
    )
    return rows.prefetch_related("amounts__source", "support_contracts").order_by("project__code", "pk")


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


def _contracts_of(projects, facility=None):
    """Contracts of support with the facilities, each worth the facility's share per source."""
    rows = _supports(projects)
    found, numbers = [], set()
    for row in rows.filter(facility=facility) if facility else rows:
        shares = {amount.source: amount.current_amount for amount in row.amounts.all() if amount.current_amount}
        for contract in row.support_contracts.all():
            number = contract.number if contract.number not in numbers else f"{contract.number} – {row.facility}"[:60]
            numbers.add(number)
            handed = HandoverContract(
                beneficiary=str(row.facility)[:250], number=number, signed_on=contract.signed_on,
                note=f"Đề án {row.project.code}",
            )  # fmt: skip
            found.append((handed, shares))
            # A share is counted once, also where a second contract goes with the first.
            shares = {}
    return found


# How a paper of the dossier stands in a handover; a facility keeps copies of what the bodies hold.
COPY_KINDS = {
    PaperCopy.ORIGINAL: CopyKind.ORIGINAL, PaperCopy.VALID_COPY: CopyKind.VALID_COPY, PaperCopy.COPY: CopyKind.COPY,
}  # fmt: skip


def _papers_of(projects, facility=None):
    minutes = _counting(projects).select_related("project", "beneficiary__facility").order_by("project__code", "pk")
    papers = Paper.objects.in_force().filter(project__in=projects, inspection=None).order_by("project__code", "pk")
    if facility:
        minutes = minutes.filter(Q(beneficiary=None) | Q(beneficiary__facility=facility))
        papers = papers.filter(beneficiary__facility=facility)
    found = [
        HandoverPaper(
            name=f"Biên bản nghiệm thu đề án {row.project.code}" + (f", {row.beneficiary}" if row.beneficiary else ""),
            number=row.number, dated_on=row.accepted_on, copy_kind=CopyKind.COPY if facility else CopyKind.ORIGINAL,
        )
        for row in minutes
    ]  # fmt: skip
    told = {(paper.number, paper.dated_on) for paper in found}
    return found + [
        HandoverPaper(
            name=paper.name, number=paper.number, dated_on=paper.dated_on,
            copy_kind=CopyKind.COPY if facility else COPY_KINDS[PaperCopy(paper.copy_kind)],
        )
        for paper in papers
        if not paper.number or (paper.number, paper.dated_on) not in told
    ]  # fmt: skip


def _copies(people):
    fields = ("side", "salutation", "name", "title", "body", "signs", "signing_mode", "signing_capacity")
    return [HandoverPerson(**{name: getattr(person, name) for name in fields}) for person in people]
