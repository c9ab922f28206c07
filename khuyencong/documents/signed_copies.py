"""The signed copy of a document: put together from its scanned pages, or brought in signed."""

import hashlib
from dataclasses import dataclass, field

from django.db import transaction
from django_tasks import task

from khuyencong.audit import record
from khuyencong.documents.scan_pictures import (
    Drawer,
    bind,
    to_jpeg,
    upright,
)
from khuyencong.file_kinds import PDF
from khuyencong.files import atomic_with_files, store_made
from khuyencong.models import (
    CopyOrigin,
    IssuedDocument,
    PageStatus,
    ScanPage,
    SignedCopy,
    User,
)


def put_together_later(documents, by):
    for pk in documents - {None}:
        transaction.on_commit(lambda pk=pk: run_put_together.enqueue(pk, by.pk))


@task()
def run_put_together(document_pk, user_pk):
    put_together(IssuedDocument.objects.get(pk=document_pk), by=User.objects.get(pk=user_pk))


@dataclass(frozen=True)
class Gathered:
    """Which pages of a document have come back."""

    document: IssuedDocument
    rows: list[ScanPage] = field(default_factory=list)

    @property
    def pages(self):
        return [row.page_number for row in self.rows]

    @property
    def missing(self):
        return sorted(set(range(1, self.document.page_count + 1)) - set(self.pages))

    @property
    def fingerprint(self):
        told = repr([(row.page_number, row.picture_hash, row.turned_by) for row in self.rows])
        return hashlib.sha256(told.encode()).hexdigest()


def gathered(document):
    rows = document.scan_pages.filter(status=PageStatus.MATCHED).select_related("file__file")
    return Gathered(document, list(rows.order_by("page_number")))


def put_together(document, *, by):
    """The signed copy of the pages that are there, upright and in order; None when there are none.

    The same pages make nothing new. The pages are drawn before the document is locked, since that takes seconds.
    """
    while True:
        pages = gathered(document)
        current = _current(document)
        if current and current.fingerprint == pages.fingerprint:
            return current
        kept = _replace_copy(pages, bind(_drawn(pages.rows)) if pages.rows else b"", by=by)
        if kept is not False:
            return kept


def _current(document):
    return document.signed_copies.filter(origin=CopyOrigin.SCANNED, is_current=True).first()


def _drawn(rows):
    """JPEGs of the pages, in their order; each file is opened once as long as its pages follow each other."""
    drawer, opened = None, None
    try:
        for row in rows:
            if row.file.file_id != opened:
                if drawer:
                    drawer.__exit__()
                drawer, opened = Drawer(row.file.file).__enter__(), row.file.file_id
            yield to_jpeg(upright(drawer.draw(row.index), row.turned_by))
    finally:
        if drawer:
            drawer.__exit__()


@atomic_with_files
def _replace_copy(pages, pdf, *, by):
    """File the copy in the place of the one before; False when the pages changed while it was being made."""
    document = IssuedDocument.objects.select_for_update(of=("self",)).get(pk=pages.document.pk)
    if gathered(document).fingerprint != pages.fingerprint:
        return False
    current = _current(document)
    if current and current.fingerprint == pages.fingerprint:
        return current
    document.signed_copies.filter(origin=CopyOrigin.SCANNED, is_current=True).update(is_current=False)
    copy = keep_copy(
        document, CopyOrigin.SCANNED, pdf, by=by, pages=pages.pages, missing_pages=pages.missing,
        fingerprint=pages.fingerprint,
    ) if pdf else None  # fmt: skip
    told = f"{len(pages.pages)}/{document.page_count} trang" if pdf else ""
    before = f"{len(current.pages)}/{document.page_count} trang" if current else ""
    record(by, "document.signed_copy", "Ghép bản đã ký", document, changes=[("Bản quét đã ký", before, told)])
    return copy


def keep_copy(document, origin, pdf, *, by, **columns):
    """File the bytes of a signed copy; only inside a service `atomic_with_files`."""
    name = f"{document.file.name.removesuffix('.pdf')}-{SUFFIXES[origin]}.pdf"
    stored = store_made(pdf, name=name, content_type=PDF.content_type, by=by)
    return SignedCopy.objects.create(document=document, origin=origin, file=stored, made_by=by, **columns)


SUFFIXES = {CopyOrigin.SCANNED: "da-ky", CopyOrigin.SIGNED_HERE: "ky-so", CopyOrigin.UPLOADED: "ky-so-tai-len"}
