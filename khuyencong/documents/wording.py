"""Free text parts of papers as staff word them; placeholders are replaced as plain text, nothing is ever run."""

import re
from collections import Counter
from collections.abc import Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from types import MappingProxyType

from django.db.models import Q

from khuyencong.documents.kinds import Kind
from khuyencong.models import Organisation, Wording, WordingStatus

PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)\}")

# {(kind, slot): text} that a preview puts in the place of what is in force; builders know nothing of it.
_tried: ContextVar[Mapping[tuple[str, str], str]] = ContextVar("tried wording", default=MappingProxyType({}))


def wordings_for(kind: Kind, organisation: Organisation | None, day: date) -> dict[str, str]:
    """{slot: text in force, placeholders still in it}; at most one query.

    The body's own goes before its parent's, that before everyone's; without any the default counts.
    """
    rows = rows_in_force(kind, organisation, day)
    texts = {slot.name: rows[slot.name].text if slot.name in rows else slot.default for slot in kind.slots}
    return texts | {slot: _tried.get()[kind.key, slot] for slot in tried_slots(kind)}


def rows_in_force(kind: Kind, organisation: Organisation | None, day: date) -> dict[str, Wording]:
    """{slot: the published wording that counts}; slots that go by the portal's default are left out. One query."""
    slots = [slot.name for slot in kind.slots]
    if not slots:
        return {}
    bodies = [None, organisation.parent_id, organisation.pk] if organisation else [None]
    published = Wording.objects.filter(
        Q(organisation=None) | Q(organisation__in=[pk for pk in bodies if pk]),
        kind=kind.key, slot__in=slots, status=WordingStatus.PUBLISHED, valid_from__lte=day,
    )  # fmt: skip
    latest = {}
    for row in sorted(published, key=lambda row: (row.valid_from, row.pk)):
        latest[row.slot, row.organisation_id] = row
    own = [latest.get((slot, body)) for body in bodies for slot in slots]
    return {row.slot: row for row in own if row and not row.follows_default}


def own_parts(bodies, day: date) -> Counter:
    """{(body id, kind): how many slots the body words itself on that day}; None stands for everyone. One query."""
    published = Wording.objects.filter(status=WordingStatus.PUBLISHED, valid_from__lte=day)
    published = published.filter(Q(organisation__in=[pk for pk in bodies if pk]) | Q(organisation=None))
    latest = {}
    for row in published.order_by("valid_from", "pk").defer("text"):
        latest[row.organisation_id, row.kind, row.slot] = row
    counted = [key[:2] for key, row in latest.items() if not row.follows_default and key[0] in bodies]
    return Counter(counted)


@contextmanager
def trying(kind: Kind, texts: Mapping[str, str]):
    """Within it papers of the kind are worded with these texts {slot: text}, whatever is in force."""
    token = _tried.set({**_tried.get(), **{(kind.key, slot): text for slot, text in texts.items()}})
    try:
        yield
    finally:
        _tried.reset(token)


def tried_slots(kind: Kind) -> list[str]:
    return [slot for key, slot in _tried.get() if key == kind.key]


def values_of(kind: Kind, record) -> dict[str, str]:
    """What each placeholder of the kind stands for in this record."""
    return {placeholder.name: placeholder.read(record) for placeholder in kind.placeholders}


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with every known `{name}` replaced; an unknown one stays as it is, for the eye to catch."""
    return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


def unknown_placeholders(kind: Kind, text: str) -> list[str]:
    known = {placeholder.name for placeholder in kind.placeholders}
    return sorted({name for name in PLACEHOLDER.findall(text) if name not in known})


def has_stray_braces(text: str) -> bool:
    """Whether a brace is left over when every `{name}` is taken out: `{{x}}`, `{% if %}`, `{tên}`, `}`."""
    return bool(re.search(r"[{}]", PLACEHOLDER.sub("", text)))


def lines(text: str) -> list[str]:
    """The lines that hold anything, without a closing “;” or “.”, which the layout sets."""
    return [words for line in text.splitlines() if (words := _unclosed(line.strip()))]


def _unclosed(line):
    """Dots at the end of a draft's line, to be filled in by hand, are no closing mark."""
    closed = line.rstrip(" ;.")
    return line if closed and line.endswith("...") else closed
