"""The papers of a record beside each other: what stands, what is issued, what may be done."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Model
from django.urls import reverse

from khuyencong.documents.kinds import Imprint, Kind, kinds_of
from khuyencong.models import IssuedDocument
from khuyencong.together import Question

# Papers made of a record, of every version, the oldest first.
ISSUED = Question(
    "issued", lambda record: IssuedDocument.objects.about(record).order_by("version").defer("data", "search_key")
)


@dataclass(frozen=True)
class PanelPaper:
    """One paper of a record.

    `document` is the one in force, or the last one when none is; `is_open` says whether the person may issue it,
    `gaps` what is missing before that: empty for someone who may not, and of a paper in force.
    """

    kind: Kind
    record: Model
    variant: str
    label: str
    document: IssuedDocument | None
    is_open: bool
    gaps: list[str]

    @property
    def id(self) -> str:
        """For the ids of the page."""
        return f"{self.kind.key}-{self.record.pk}-{self.variant}".rstrip("-")

    @property
    def is_issued(self) -> bool:
        return self.document is not None and self.document.is_in_force

    @property
    def prepare_url(self) -> str:
        return self._url("document_prepare")

    @property
    def preview_url(self) -> str:
        return self._url("document_preview")

    @property
    def pdf_url(self) -> str:
        return self._url("document_draft_pdf")

    @property
    def word_url(self) -> str:
        return self._url("document_draft_word")

    def _url(self, name):
        query = f"?{urlencode({'lan': self.variant})}" if self.variant else ""
        return reverse(name, args=[self.kind.key, self.record.pk]) + query


def panel_of(record: Model, user, *kinds: Kind) -> list[PanelPaper]:
    """Every paper that the record has, in the order of the kinds; empty when there is nothing to print yet.

    With `kinds` those alone. One query, whatever the number of papers, beside what the kinds themselves ask.
    """
    return panels_of([record], user, *kinds)[record.pk]


def panels_of(records: Iterable[Model], user, *kinds: Kind) -> dict[int, list[PanelPaper]]:
    """{key: papers} of records of one model, for a list of them; one query for all beside what the kinds ask."""
    records = list(records)
    issued = _last_issued(records)
    return {record.pk: list(_papers_of(record, user, issued, kinds or kinds_of(record))) for record in records}


def _papers_of(record, user, issued, kinds):
    for kind in kinds:
        is_open = kind.refusal(user, record) is None
        for variant, label in kind.variants(record):
            paper = PanelPaper(kind, record, variant, label, issued.get((kind.key, record.pk, variant)), is_open, [])
            if is_open and not paper.is_issued:
                paper.gaps.extend(kind.gaps(record, Imprint(variant=variant)))
            yield paper


def _last_issued(records):
    """{(kind, record, variant): the one in force, else the last}."""
    found, in_force = {}, {}
    for row in _issued_about(records):
        key = row.kind, row.subject_id, row.variant
        found[key] = row
        if row.is_in_force:
            in_force[key] = row
    return found | in_force


def _issued_about(records):
    """Oldest first; of a single record what its page may have read already."""
    if len(records) < 2:
        return [row for record in records for row in ISSUED.of(record)]
    about = {"subject_type": records[0]._meta.label_lower, "subject_id__in": [record.pk for record in records]}
    return IssuedDocument.objects.filter(**about).order_by("version").defer("data", "search_key")
