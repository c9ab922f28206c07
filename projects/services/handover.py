"""Hold a handover: one event, one minutes per receiver, closed once everyone has signed."""

from django.core.exceptions import ValidationError
from django.db import transaction

from khuyencong.audit import record
from khuyencong.models import Counter
from khuyencong.permissions import require
from khuyencong.versions import bump_version, save_record
from projects import permissions, workflow
from projects.models import HandoverContractAmount, HandoverEvent, HandoverMinutes, ProjectStatus
from projects.services.locking import locked_project

EVENT_FIELDS = (
    "subject", "held_on", "held_month_day", "started_at", "ended_at", "venue", "giver", "grounds", "note",
    "source_note",
)  # fmt: skip
CLOSED = "Đợt bàn giao đã hoàn tất thì không sửa được nữa."


def _require_holder(event, *, by):
    allowed = permissions.can_hold_handover(by, event.plan)
    require(
        allowed, "Chỉ chuyên viên, lãnh đạo phòng của cơ quan quản lý, khi kế hoạch đã phê duyệt, lập được bàn giao."
    )
    require(not event.is_done, CLOSED)


@transaction.atomic
def save_handover(event, *, by, projects=None, people=None, expected_version=None):
    """Create or change an event. `projects` are accepted projects of the plan; `people` unsaved HandoverPerson rows
    of giver and witnesses that replace the old ones. Raises PermissionDenied, ValidationError, StaleVersionError.
    """
    _require_holder(event, by=by)
    new = event.pk is None
    event.owner, event.province = event.plan.owner, event.plan.province
    event = save_record(
        event, by=by, action="handover.create" if new else "handover.edit",
        label="Lập đợt bàn giao" if new else "Sửa đợt bàn giao", fields=EVENT_FIELDS, expected_version=expected_version,
    )  # fmt: skip
    if projects is not None:
        _set_projects(event, projects)
    if people is not None:
        _set_people(event, people, event.people.filter(minutes=None), minutes=None)
    return event


def _set_projects(event, projects):
    foreign = [project.code for project in projects if project.plan_id != event.plan_id]
    if foreign:
        raise ValidationError({"projects": f"Không thuộc kế hoạch này: {', '.join(foreign)}."})
    early = [project.code for project in projects if project.status not in HANDOVER_READY]
    if early:
        raise ValidationError({"projects": f"Chưa nghiệm thu: {', '.join(early)}; nghiệm thu rồi mới bàn giao."})
    event.projects.set(projects)


HANDOVER_READY = (ProjectStatus.ACCEPTED, ProjectStatus.HANDED_OVER)


def _set_people(event, people, old, *, minutes):
    old.delete()
    for person in people:
        person.pk, person.event, person.minutes = None, event, minutes
        person.full_clean()
        person.save()


@transaction.atomic
def save_minutes(minutes, *, by, people=None, items=None, contracts=None, papers=None, expected_version=None):
    """Create or change the minutes for one receiver; each given list replaces the old rows.

    `people`, `items`, `papers` are unsaved rows, `contracts` pairs of (unsaved contract, {FundingSource: đồng}).
    `expected_version` is the event's. Raises PermissionDenied, ValidationError, StaleVersionError.
    """
    event = bump_version(minutes.event, by=by, expected_version=expected_version)
    _require_holder(event, by=by)
    minutes.event = event
    new = minutes.pk is None
    if new:
        minutes.position = event.minutes.count() + 1
    minutes.full_clean()
    minutes.save()
    if people is not None:
        _set_people(event, people, minutes.people.all(), minutes=minutes)
    for rows, manager in ((items, minutes.items), (papers, minutes.papers)):
        if rows is not None:
            _replace(rows, manager, minutes)
    if contracts is not None:
        _set_contracts(minutes, contracts)
    event.save()
    label = "Lập biên bản" if new else "Sửa biên bản"
    action = "handover.create_minutes" if new else "handover.edit_minutes"
    record(by, action, label, event, changes=[("Bên nhận", "", minutes.receiver_name)])
    return minutes


def _replace(rows, manager, minutes):
    manager.all().delete()
    for row in rows:
        row.pk, row.minutes = None, minutes
        row.full_clean()
        row.save()


def _set_contracts(minutes, contracts):
    minutes.contracts.all().delete()
    for contract, amounts in contracts:
        contract.pk, contract.minutes = None, minutes
        contract.full_clean()
        contract.save()
        HandoverContractAmount.objects.bulk_create(
            HandoverContractAmount(contract=contract, source=source, amount=amount)
            for source, amount in amounts.items()
            if amount
        )


@transaction.atomic
def delete_minutes(minutes, *, by, expected_version=None):
    """Take a receiver out of an event that is not closed yet. Raises PermissionDenied, StaleVersionError."""
    event = bump_version(minutes.event, by=by, expected_version=expected_version)
    _require_holder(event, by=by)
    record(by, "handover.delete_minutes", "Bỏ biên bản", event, changes=[("Bên nhận", minutes.receiver_name, "")])
    minutes.delete()
    event.save()


@transaction.atomic
def complete_handover(event, *, by):
    """Close the event: number its minutes, and move its projects to “Đã bàn giao”.

    Raises PermissionDenied; ValidationError with everything that is missing.
    """
    event = (
        HandoverEvent.objects.select_for_update(of=("self",)).select_related("plan__program", "owner").get(pk=event.pk)
    )
    _require_holder(event, by=by)
    if missing := missing_for_handover(event):
        raise ValidationError(missing, code="incomplete")
    year = event.held_on.year if event.held_on else event.plan.year
    for minutes in event.minutes.filter(number=None):
        minutes.number = Counter.take(f"handover:{event.giver_id}:{year}")
        minutes.save(update_fields=["number"])
    for project in event.projects.order_by("pk"):
        project = locked_project(project)
        if project.status == ProjectStatus.ACCEPTED:
            workflow.HAND_OVER_PROJECT.apply(project, by=by)
            project.version += 1
            project.save()
    event.is_done = True
    event.version += 1
    event.updated_by = by
    event.full_clean(exclude=["owner", "province"])
    event.save()
    record(by, "handover.complete", "Hoàn tất bàn giao", event)
    return event


def missing_for_handover(event) -> list[str]:
    """What an event still needs before it can be closed."""
    found = []
    if not event.held_on and not event.held_month_day:
        found.append("Nhập ngày bàn giao.")
    if not event.projects.exists():
        found.append("Chọn ít nhất một đề án đã nghiệm thu.")
    if not event.people.filter(side="giver", signs=True).exists():
        found.append("Ghi người ký của bên giao.")
    minutes = list(
        HandoverMinutes.objects.filter(event=event).prefetch_related("people", "items", "contracts", "papers")
    )
    if not minutes:
        found.append("Thêm ít nhất một bên nhận.")
    for paper in minutes:
        if not any(person.signs for person in paper.people.all()):
            found.append(f"{paper.receiver_name}: ghi người ký của bên nhận.")
        if not (paper.items.all() or paper.contracts.all() or paper.papers.all()):
            found.append(f"{paper.receiver_name}: ghi ít nhất một nội dung, hợp đồng hoặc hồ sơ bàn giao.")
    return found
