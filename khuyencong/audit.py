"""Write the audit trail, read what changed, and prove that nobody edited it."""

import hashlib
import json
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import connection, models, transaction
from django.utils import timezone

from khuyencong.dates import short_date
from khuyencong.models import COMINGS, AuditEntry, LastAct, User
from khuyencong.money import format_vnd
from khuyencong.templatetags.vietnamese import quantity
from khuyencong.text import nfc

FIRST_HASH = "0" * 64
# Any fixed number will do; everyone who appends to the chain takes this one lock.
CHAIN_LOCK = 45_2012


@dataclass(frozen=True)
class Viewing:
    """An administrator who looks at pages as somebody else; what is told is the administrator's doing."""

    administrator: User
    person: User


VIEWING = ContextVar("viewing", default=None)
# Acts told during this request, so that an answer that is a file is told once.
TOLD = ContextVar("told", default=None)


def record(by, action, label, subject, *, before="", after="", reason="", changes=()):
    """Append one entry to the chain, inside the caller's transaction.

    `changes` is a list of (field label, old text, new text), see `field_changes`. `subject` is None for an act
    on no record, such as taking a list away.
    """
    entry = _entry(by, action, label, subject, before, after, reason, changes)
    with transaction.atomic():
        entry.previous_hash = _last_hash()
        entry.hash = entry_hash(entry)
        entry.save(force_insert=True)
        note_last([(entry, concerns_home_alone(subject))])
        return entry


def record_many(by, action, label, subjects, *, reason=""):
    """Append an entry for each of [(subject, changes)] to the chain, in one go and in their order.

    Inside the caller's transaction, at its end: everyone else who appends waits until it is over.
    """
    entries = [_entry(by, action, label, subject, "", "", reason, changes) for subject, changes in subjects]
    with transaction.atomic():
        previous = _last_hash()
        for entry in entries:
            entry.previous_hash = previous
            previous = entry.hash = entry_hash(entry)
        AuditEntry.objects.bulk_create(entries, batch_size=500)
        alone = (concerns_home_alone(subject) for subject, _changes in subjects)
        note_last(zip(entries, alone, strict=True))


def concerns_home_alone(subject) -> bool:
    """Whether people of other provinces and bodies see the same before and after an act; True of one on no record."""
    return subject is None or getattr(subject, "concerns_home_alone", False)


def note_last(acts):
    """Name the state of each part of the data anew after [(entry, `concerns_home_alone`)], in their order."""
    last = {}
    for entry, is_home_alone in acts:
        if entry.action in COMINGS:
            continue
        provinces = [] if entry.province_id is None else [entry.province_id]
        home = LastAct.parts_of(provinces=provinces, owner=entry.owner_id) if is_home_alone else []
        last |= dict.fromkeys([LastAct.ALL, *(home or [LastAct.EVERYBODYS])], entry.hash)
    name_states(last)


def name_states(last):
    """Store {part of the data: hash of the last act on it}, inside the transaction of that act."""
    rows = [LastAct(part=part, hash=digest) for part, digest in last.items()]
    LastAct.objects.bulk_create(rows, update_conflicts=True, unique_fields=["part"], update_fields=["hash"])


def _entry(by, action, label, subject, before, after, reason, changes):
    if (told := TOLD.get()) is not None:
        told.append(action)
    if (viewing := VIEWING.get()) and by is not None:
        by, reason = viewing.administrator, f"Xem với quyền của {viewing.person}. {reason}"
    return AuditEntry(
        at=timezone.now(),
        actor=by,
        action=action,
        label=label,
        subject_type=subject._meta.label_lower if subject else "",
        subject_id=subject.pk if subject else None,
        subject_name=str(subject)[:300] if subject else "",
        **_scope(subject, by),
        before=before,
        after=after,
        before_label=_state_label(subject, before),
        after_label=_state_label(subject, after),
        reason=nfc(reason),
        changes=[list(change) for change in changes],
    )


def _scope(subject, by):
    """Province and body that a record belongs to; an account, or an act on no record, belongs to the person's."""
    person = by if subject is None else subject
    if not isinstance(person, User):
        return {"province_id": getattr(subject, "province_id", None), "owner_id": getattr(subject, "owner_id", None)}
    provinces = person.province_ids
    return {"province_id": next(iter(provinces)) if len(provinces) == 1 else None, "owner_id": person.organisation_id}


def _last_hash():
    """The hash of the last entry, with the chain held until the transaction ends."""
    _lock_chain()
    return AuditEntry.objects.order_by("-pk").values_list("hash", flat=True).first() or FIRST_HASH


def field_changes(before, after, fields):
    """Old and new values as people read them: [(label, old, new)] for the fields that differ.

    `before` may be None (a new row): then every filled field is listed with an empty old value; a tick that was
    not set is no filled field.
    """
    changes = []
    for name in fields:
        field = after._meta.get_field(name)
        old = "" if before is None else _readable(before, field)
        new = "" if before is None and getattr(after, name) is False else _readable(after, field)
        if old != new:
            changes.append((str(field.verbose_name), old, new))
    return changes


def money_change(label, old, new):
    """[(label, old, new)] for an amount in đồng, empty when it did not change."""
    if old == new:
        return []
    return [(label, "" if old is None else format_vnd(old), "" if new is None else format_vnd(new))]


def row_changes(label, old, new):
    """[(label, line that went, "")] and [(label, "", line that came)] of two lists; lines in both are not told."""
    gone, come = list(old), []
    for line in new:
        if line in gone:
            gone.remove(line)
        else:
            come.append(line)
    return [(label, line, "") for line in gone] + [(label, "", line) for line in come]


def entry_hash(entry):
    """SHA-256 over the previous hash and everything the entry says, in a canonical form."""
    content = [
        entry.previous_hash,
        entry.at.astimezone(timezone.get_fixed_timezone(0)).isoformat(timespec="microseconds"),
        entry.actor_id,
        entry.action,
        entry.label,
        entry.subject_type,
        entry.subject_id,
        entry.subject_name,
        entry.province_id,
        entry.owner_id,
        entry.before,
        entry.after,
        entry.before_label,
        entry.after_label,
        entry.reason,
        entry.changes,
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def first_broken_entry():
    """The first entry whose hash or link does not hold, or None when the chain is whole."""
    previous = FIRST_HASH
    for entry in AuditEntry.objects.order_by("pk").iterator(chunk_size=2000):
        if entry.previous_hash != previous or entry.hash != entry_hash(entry):
            return entry
        previous = entry.hash
    return None


def _lock_chain():
    """Let one transaction at a time append; SQLite holds its only write lock already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])


def _state_label(subject, value):
    if not value:
        return ""
    return str(dict(subject._meta.get_field("status").flatchoices).get(value, value))


def _readable(instance, field):
    if field.flatchoices:
        return str(getattr(instance, f"get_{field.name}_display")())
    value = getattr(instance, field.name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(field, models.PositiveBigIntegerField):
        return format_vnd(value)
    if isinstance(field, models.DecimalField):
        return quantity(value)
    if isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
        return short_date(value)
    return str(value)
