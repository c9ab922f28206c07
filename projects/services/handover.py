"""Hold a handover: one event, one minutes per receiver, closed once everyone has signed."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch, prefetch_related_objects

from khuyencong.audit import field_changes, record, row_changes
from khuyencong.dates import short_date, today
from khuyencong.documents.numbers import take_count
from khuyencong.money import vnd
from khuyencong.permissions import require
from khuyencong.templatetags.vietnamese import quantity
from khuyencong.versions import bump_version, save_record
from projects import permissions, workflow
from projects.models import HandoverContractAmount, HandoverEvent, HandoverMinutes, ProjectStatus, Side
from projects.services.locking import locked_project

EVENT_FIELDS = (
    "subject", "held_on", "held_month_day", "started_at", "ended_at", "venue", "giver", "grounds", "note",
    "source_note",
)  # fmt: skip
MINUTES_FIELDS = (
    "receiver", "receiver_facility", "condition", "finance", "giver_duties", "receiver_duties", "copies", "copies_each",
)  # fmt: skip
# Results may change hands while the accounts are made up; only an accepted project moves on by it.
HANDOVER_READY = (
    ProjectStatus.ACCEPTED, ProjectStatus.HANDED_OVER, ProjectStatus.SETTLING, ProjectStatus.SETTLED,
)  # fmt: skip
HOLDERS = "Chỉ chuyên viên, lãnh đạo phòng của cơ quan quản lý, khi kế hoạch đã phê duyệt, lập được bàn giao."
CLOSED = "Đợt bàn giao đã hoàn tất thì không sửa được nữa."


@dataclass(frozen=True)
class HandoverGap:
    """Something an event still needs before it can be closed: what to do, and where.

    `part` is the part of the form; `minutes` the one to mend, None for the event's own form.
    """

    text: str
    part: str
    minutes: HandoverMinutes | None = None


def open_event(event, *, by):
    """The event as stored, locked, for someone who may change it."""
    stored = HandoverEvent.objects.select_for_update(of=("self",)).select_related("plan__owner", "owner", "giver")
    stored = stored.get(pk=event.pk)
    require(permissions.can_hold_handover(by, stored.plan), HOLDERS)
    if stored.is_done:
        raise ValidationError(CLOSED, code="state")
    return stored


@transaction.atomic
def save_handover(event, *, by, projects=None, people=None, expected_version=None):
    """Create or change an event. `projects` are accepted projects of the plan; `people` unsaved HandoverPerson rows
    of giver and witnesses that replace the old ones. Raises PermissionDenied, ValidationError, StaleVersionError.
    """
    new = event.pk is None
    require(permissions.can_hold_handover(by, event.plan), HOLDERS)
    if not new:
        open_event(event, by=by)
    event.owner, event.province = event.plan.owner, event.plan.province
    changes = []
    if projects is not None:
        projects = list(projects)
        _check_projects(event, projects)
        old = [] if new else event.projects.all()
        changes += row_changes("đề án bàn giao", map(str, old), map(str, projects))
    if people is not None:
        old = [] if new else event.people.filter(minutes=None)
        changes += row_changes("thành phần", map(person_line, old), map(person_line, people))
    event = save_record(
        event, by=by, action="handover.create" if new else "handover.edit",
        label="Lập đợt bàn giao" if new else "Sửa đợt bàn giao", fields=EVENT_FIELDS,
        expected_version=expected_version, more_changes=changes,
    )  # fmt: skip
    if projects is not None:
        event.projects.set(projects)
    if people is not None:
        _replace_people(event, people, event.people.filter(minutes=None), minutes=None)
    return event


def _check_projects(event, projects):
    foreign = [project.code for project in projects if project.plan_id != event.plan_id]
    if foreign:
        raise ValidationError({"projects": f"Không thuộc kế hoạch này: {', '.join(foreign)}."})
    early = [project.code for project in projects if project.status not in HANDOVER_READY]
    if early:
        raise ValidationError({"projects": f"Chưa nghiệm thu: {', '.join(early)}; nghiệm thu rồi mới bàn giao."})


def _replace_people(event, people, old, *, minutes):
    old.delete()
    for person in people:
        person.pk, person.event, person.minutes = None, event, minutes
        person.full_clean()
        person.save()


@transaction.atomic
def save_minutes(minutes, *, by, people=None, items=None, contracts=None, papers=None, expected_version=None):
    """Create or change the minutes for one receiver; each given list replaces the old rows.

    `people`, `items`, `papers` are unsaved rows, `contracts` pairs of (unsaved contract, {FundingSource: đồng}).
    `expected_version` is the minutes' own, so that two people fill different minutes of one event undisturbed.
    Raises PermissionDenied, ValidationError, StaleVersionError.
    """
    event = open_event(minutes.event, by=by)
    new = minutes.pk is None
    stored = None if new else bump_version(minutes, by=by, expected_version=expected_version)
    changes = [("Bên nhận", "" if new else stored.receiver_name, minutes.receiver_name)]
    changes += field_changes(stored, minutes, MINUTES_FIELDS[2:])
    changes += _content_changes(minutes, people=people, items=items, contracts=contracts, papers=papers)
    minutes.event, minutes.updated_by = event, by
    if new:
        last = event.minutes.order_by("-position").values_list("position", flat=True).first()
        minutes.position = (last or 0) + 1
    else:
        minutes.version, minutes.number = stored.version, stored.number
    minutes.full_clean()
    minutes.save()
    if people is not None:
        _replace_people(event, people, minutes.people.all(), minutes=minutes)
    for rows, manager in ((items, minutes.items), (papers, minutes.papers)):
        if rows is not None:
            _replace(rows, manager, minutes)
    if contracts is not None:
        _replace_contracts(minutes, contracts)
    if new:
        record(by, "handover.create_minutes", "Lập biên bản", event, changes=changes)
    elif len(changes) > 1 or stored.receiver_name != minutes.receiver_name:
        record(by, "handover.edit_minutes", "Sửa biên bản", event, changes=changes)
    return minutes


def _replace(rows, manager, minutes):
    manager.all().delete()
    for row in rows:
        row.pk, row.minutes = None, minutes
        row.full_clean()
        row.save()


def _replace_contracts(minutes, contracts):
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


def _content_changes(minutes, *, people, items, contracts, papers):
    """What comes and goes in the lists that are given, each row as one line."""
    stored = HandoverMinutes.objects.with_contents().filter(pk=minutes.pk).first()
    lists = (
        ("người đại diện", people, "people", person_line),
        ("nội dung", items, "items", item_line),
        ("hồ sơ", papers, "papers", paper_line),
    )
    changes = []
    for label, rows, name, line in lists:
        if rows is not None:
            old = getattr(stored, name).all() if stored else []
            changes += row_changes(label, map(line, old), map(line, rows))
    if contracts is not None:
        old = [(row, {part.source: part.amount for part in row.amounts.all()}) for row in _contracts_of(stored)]
        changes += row_changes("hợp đồng", map(contract_line, old), map(contract_line, contracts))
    return changes


def _contracts_of(stored):
    return stored.contracts.all() if stored else []


def _line(*parts):
    return ", ".join(str(part) for part in parts if part)


def person_line(person):
    signs = person.signs and _line("ký", person.get_signing_mode_display(), person.signing_capacity)
    name = f"{person.salutation} {person.name}".strip()
    return _line(name, person.title, person.body, signs)


def item_line(item):
    amount = item.amount is not None and f"{'trên ' if item.is_at_least else ''}{vnd(item.amount)}"
    return f"{item.get_kind_display()}: " + _line(
        item.name, item.specification, f"{quantity(item.quantity)} {item.unit_name}".strip(), amount, item.source,
        item.place, item.condition, item.note,
    )  # fmt: skip


def paper_line(paper):
    day = paper.dated_on and short_date(paper.dated_on)
    sheets = paper.sheet_count is not None and f"{paper.sheet_count} tờ"
    return _line(paper.name, paper.number, day, sheets, paper.get_copy_kind_display())


def contract_line(pair):
    contract, amounts = pair
    day = contract.signed_on and short_date(contract.signed_on)
    money = [f"{source}: {vnd(amount)}" for source, amount in amounts.items() if amount]
    kept = contract.contract and f"trên cổng: {contract.contract}"
    return _line(contract.number, contract.beneficiary, day, *sorted(money), kept, contract.note)


@transaction.atomic
def delete_minutes(minutes, *, by, expected_version=None):
    """Take a receiver out of an event that is not closed yet.

    Raises PermissionDenied, ValidationError, StaleVersionError.
    """
    event = open_event(minutes.event, by=by)
    bump_version(minutes, by=by, expected_version=expected_version)
    changes = [("Bên nhận", minutes.receiver_name, "")]
    changes += _content_changes(minutes, people=[], items=[], contracts=[], papers=[])
    record(by, "handover.delete_minutes", "Bỏ biên bản", event, changes=changes)
    minutes.delete()


@transaction.atomic
def complete_handover(event, *, by):
    """Close the event: number its minutes, and move its projects to “Đã bàn giao”.

    Raises PermissionDenied; ValidationError with everything that is missing, or when it is closed already.
    """
    event = open_event(event, by=by)
    if gaps := missing_for_handover(event):
        raise ValidationError([gap.text for gap in gaps], code="incomplete")
    # Everything is locked before the first entry of the trail is written.
    projects = [locked_project(project) for project in event.projects.order_by("pk")]
    if gaps := [_reopened_gap(project) for project in projects if project.status not in HANDOVER_READY]:
        raise ValidationError([gap.text for gap in gaps], code="incomplete")
    changes = []
    for minutes in event.minutes.all():
        minutes.number = take_count(event.giver, event.minutes_symbol, event.year)
        minutes.save(update_fields=["number"])
        changes.append((f"Số biên bản cho {minutes.receiver_name}", "", f"{minutes.number:02d}"))
    for project in projects:
        if project.status == ProjectStatus.ACCEPTED:
            workflow.HAND_OVER_PROJECT.apply(project, by=by)
            project.version += 1
            project.save()
    event.is_done = True
    event.version += 1
    event.updated_by = by
    event.full_clean(exclude=["owner", "province"])
    event.save()
    record(by, "handover.complete", "Hoàn tất bàn giao", event, changes=changes)
    return event


def missing_for_handover(event) -> list[HandoverGap]:
    """What an event still needs before it can be closed, in the order of its forms.

    Reads the related rows of the event, fetching those that are not there yet.
    """
    prefetch_related_objects([event], "projects", "people", Prefetch("minutes", HandoverMinutes.objects.with_sums()))
    gaps = []
    if not event.held_on and not event.held_month_day:
        gaps.append(HandoverGap("Nhập ngày bàn giao.", "meeting"))
    elif event.held_on and event.held_on > today():
        text = f"Ngày bàn giao {short_date(event.held_on)} chưa đến: hoàn tất sau khi các bên đã ký, hoặc sửa ngày."
        gaps.append(HandoverGap(text, "meeting"))
    if not event.projects.all():
        gaps.append(HandoverGap("Chọn ít nhất một đề án đã nghiệm thu.", "projects"))
    gaps += [_reopened_gap(project) for project in event.projects.all() if project.status not in HANDOVER_READY]
    if not any(person.signs and person.side == Side.GIVER for person in event.people.all()):
        gaps.append(HandoverGap("Ghi người ký của bên giao.", "people"))
    if not event.minutes.all():
        gaps.append(HandoverGap("Thêm ít nhất một bên nhận.", "minutes"))
    signed = {person.minutes_id for person in event.people.all() if person.signs}
    for minutes in event.minutes.all():
        name = minutes.receiver_name
        if minutes.pk not in signed:
            gaps.append(HandoverGap(f"{name}: ghi người ký của bên nhận.", "people", minutes))
        if not (minutes.result_count or minutes.asset_count or minutes.contract_count or minutes.paper_count):
            text = f"{name}: ghi ít nhất một nội dung, hợp đồng hoặc hồ sơ bàn giao."
            gaps.append(HandoverGap(text, "items", minutes))
    return gaps


def _reopened_gap(project):
    status = project.get_status_display().lower()
    return HandoverGap(
        f"{project.code} đang “{status}”: nghiệm thu lại rồi lấy lại số liệu, hoặc bỏ khỏi đợt bàn giao.", "projects"
    )
