"""Free text parts of papers as staff word them; placeholders are replaced as plain text, nothing is ever run."""

import re
from collections.abc import Mapping
from datetime import date

from django.db.models import Q

from khuyencong.documents.kinds import Kind
from khuyencong.models import Organisation, Wording, WordingStatus

PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)\}")


def wordings_for(kind: Kind, organisation: Organisation | None, day: date) -> dict[str, str]:
    """{slot: text in force, placeholders still in it}; at most one query.

    The body's own goes before its parent's, that before everyone's; without any the default counts.
    """
    texts = {slot.name: slot.default for slot in kind.slots}
    if not texts:
        return texts
    bodies = [None, organisation.parent_id, organisation.pk] if organisation else [None]
    published = Wording.objects.filter(
        Q(organisation=None) | Q(organisation__in=[pk for pk in bodies if pk]),
        kind=kind.key, slot__in=texts, status=WordingStatus.PUBLISHED, valid_from__lte=day,
    )  # fmt: skip
    for row in sorted(published, key=lambda row: (bodies.index(row.organisation_id), row.valid_from, row.pk)):
        texts[row.slot] = row.text
    return texts


def values_of(kind: Kind, record) -> dict[str, str]:
    """What each placeholder of the kind stands for in this record."""
    return {placeholder.name: placeholder.read(record) for placeholder in kind.placeholders}


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with every known `{name}` replaced; an unknown one stays as it is, for the eye to catch."""
    return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


def unknown_placeholders(kind: Kind, text: str) -> list[str]:
    known = {placeholder.name for placeholder in kind.placeholders}
    return sorted({name for name in PLACEHOLDER.findall(text) if name not in known})


def lines(text: str) -> list[str]:
    """The lines that hold anything, without a closing “;” or “.”, which the layout sets."""
    return [line.strip().rstrip(" ;.") for line in text.splitlines() if line.strip()]
