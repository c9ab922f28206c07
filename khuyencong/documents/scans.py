"""Signed papers come back as piles of scanned pages: each page goes to its document, each document gets its copy.

The worker takes a pile page by page; every page is kept as soon as it is read, so that a pile which was interrupted
goes on where it stood, and the same picture is never taken twice.
"""

import hashlib
import logging
from dataclasses import dataclass, field

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_tasks import task

from khuyencong.audit import record
from khuyencong.claims import CLAIM, claim, held, offer
from khuyencong.documents.codes import shown_code, typed_code
from khuyencong.documents.scan_pictures import (
    Drawer,
    Reading,
    bind,
    count_pages,
    picture_hash,
    read_page,
    to_jpeg,
    upright,
)
from khuyencong.file_kinds import JPEG, PDF, PNG, kind_of
from khuyencong.files import atomic_with_files, clean_name, store_made, store_upload
from khuyencong.models import (
    FOR_A_PERSON,
    CopyOrigin,
    IssuedDocument,
    JobStatus,
    PageStatus,
    Role,
    ScanBatch,
    ScanFile,
    ScanPage,
    SignedCopy,
    User,
)
from khuyencong.permissions import belongs_to, require
from khuyencong.text import quoted

SCANNERS = (Role.OFFICER, Role.REVIEWER, Role.ACCOUNTANT)
KINDS = (PDF, JPEG, PNG)
# The page was dealt with before: the same picture again says nothing new.
SETTLED = (PageStatus.MATCHED, *FOR_A_PERSON)

logger = logging.getLogger(__name__)


def scan_refusal(user) -> str | None:
    """Why the person may not bring scans in, or None."""
    if user.role not in SCANNERS:
        return "Chuyên viên, lãnh đạo phòng, Trung tâm và kế toán mới nhận bản đã ký về."
    return None if user.organisation_id else "Tài khoản chưa gắn với cơ quan nào: báo người quản trị."


def keeps(user, document) -> bool:
    """Whether the person may put signed pages to a document that they see."""
    return user.role in SCANNERS and belongs_to(user, document)


# Take in


@atomic_with_files
def start_batch(uploads, *, by):
    """Keep a pile of UploadedFiles (PDF, JPG, PNG) in the given order, queue its reading, return the ScanBatch.

    Raises PermissionDenied; ValidationError: nothing, too many files or pages, not a picture or PDF, damaged. A pile
    is taken whole or not at all.
    """
    refusal = scan_refusal(by)
    require(refusal is None, refusal)
    _check_count(uploads)
    counts, faults = [], []
    for upload in uploads:
        try:
            counts.append(_pages_of(upload))
        except ValidationError as fault:
            faults.append(fault)
    if faults:
        raise ValidationError(faults)
    if sum(counts) > settings.SCAN_MOST_PAGES:
        raise ValidationError(
            f"Lượt này có {sum(counts)} trang, quá {settings.SCAN_MOST_PAGES} trang. Chia thành nhiều lượt."
        )
    batch = ScanBatch.objects.create(owner=by.organisation, uploaded_by=by, page_count=sum(counts))
    for position, (upload, count) in enumerate(zip(uploads, counts, strict=True), 1):
        file = _known_file(upload, by) or store_upload(
            upload, by=by, limit_megabytes=settings.REQUEST_MEGABYTES, as_is=True
        )
        ScanFile.objects.create(batch=batch, position=position, file=file, page_count=count)
    record(
        by, "scan.upload", "Tải lên lượt quét", batch,
        changes=[("Tệp", "", str(len(uploads))), ("Trang", "", str(batch.page_count))],
    )  # fmt: skip
    _queue(batch)
    return batch


def _queue(batch):
    transaction.on_commit(lambda: offer(batch))


def _check_count(uploads):
    if not uploads:
        raise ValidationError("Chọn ít nhất một tệp.")
    if len(uploads) > settings.SCAN_MOST_FILES:
        raise ValidationError(
            f"Mỗi lượt tối đa {settings.SCAN_MOST_FILES} tệp, đang chọn {len(uploads)}. Chia thành nhiều lượt, "
            "hoặc quét nhiều trang vào một PDF."
        )


def _pages_of(upload):
    name = clean_name(upload.name)
    if not upload.size:
        raise ValidationError(f"Tệp {quoted(name)} rỗng (0 byte). Quét lại hoặc chọn lại đúng tệp.", code="empty")
    kind = kind_of(upload.file, name)
    if kind not in KINDS:
        raise ValidationError(f"Tệp {quoted(name)} là {kind.label}: chỉ nhận PDF, JPG, PNG.", code="kind")
    count = count_pages(upload.file, kind.content_type, name)
    upload.file.seek(0)
    return count


def _known_file(upload, by):
    """The very same bytes, when the person's body has brought them in before: they are kept once."""
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    found = ScanFile.objects.filter(batch__owner=by.organisation, file__sha256=digest.hexdigest())
    known = found.select_related("file").first()
    return known.file if known else None


# Read


@task()
def run_scan_batch(batch_pk):
    """Read what is left of a pile, then put together the copies of the documents that it touched."""
    piles = ScanBatch.objects.select_related("uploaded_by__organisation", "owner")
    for batch in claim(piles.filter(pk=batch_pk)):
        _close(batch, JobStatus.RUNNING)
        with held(batch):
            _read(batch)


def _read(batch):
    try:
        for file in batch.files.select_related("file"):
            _read_file(batch, file)
        touched = IssuedDocument.objects.filter(scan_pages__batch=batch, scan_pages__status=PageStatus.MATCHED)
        for document in touched.distinct().order_by("pk"):
            put_together(document, by=batch.uploaded_by)
    except Exception:
        _close(batch, JobStatus.FAILED)
        raise
    _close(batch, JobStatus.DONE)


def _close(batch, status):
    batch.status = status
    batch.finished_at = timezone.now() if batch.is_over else None
    batch.save(update_fields=["status", "finished_at"])


def _read_file(batch, file):
    done = set(file.pages.values_list("index", flat=True))
    left = [index for index in range(file.page_count) if index not in done]
    if not left:
        return
    with Drawer(file.file) as drawer:
        for index in left:
            _read_one(batch, file, index, drawer)


def _read_one(batch, file, index, drawer):
    try:
        seen = picture_hash(drawer.draw(index))
        page = ScanPage(batch=batch, file=file, index=index, picture_hash=seen)
        reading = None if _repeated(page) else read_page(lambda dpi: drawer.draw(index, dpi))
    except OSError:
        logger.exception("Scan batch %s, %s, page %s", batch.pk, file.pk, index)
        page, reading = ScanPage(batch=batch, file=file, index=index), Reading()
    try:
        _keep(page, reading, by=batch.uploaded_by)
    except IntegrityError:  # another worker was at the same pile, or the same page came in another one
        if not file.pages.filter(index=index).exists():
            _keep(page, reading, by=batch.uploaded_by)


def _repeated(page):
    """The same picture in a pile of the same body, already with its document or waiting for a person; else None."""
    earlier = ScanPage.objects.filter(
        batch__owner=page.batch.owner_id, picture_hash=page.picture_hash, status__in=SETTLED
    )
    return earlier.order_by("pk").first()


@transaction.atomic
def _keep(page, reading, *, by):
    """Settle a page that was read, once; only documents that the person sees are told of."""
    page.pk = None
    page.repeats = _repeated(page) if page.picture_hash else None
    if page.repeats:
        page.status, page.turned_by = PageStatus.REPEATED, page.repeats.turned_by
    else:
        page.turned_by = reading.turned_by
        page.status, page.document, page.page_number = _where(reading, by)
    page.save(force_insert=True)


def _where(reading, by):
    """(status, document, page number) of a reading."""
    if not reading.code:
        return _without_code(reading), None, None
    # Locked, so that two piles with the same page come one after the other.
    documents = IssuedDocument.objects.visible_to(by).select_for_update(of=("self",)).select_related("owner")
    document = documents.filter(code=reading.code).first()
    if document is None:
        return PageStatus.UNKNOWN, None, None
    if not keeps(by, document):
        return PageStatus.OTHER_BODY, document, reading.page
    if reading.page is None or reading.page > document.page_count:
        return PageStatus.UNNUMBERED, document, None
    if not document.is_in_force:
        return PageStatus.CLOSED, document, reading.page
    taken = document.scan_pages.filter(status=PageStatus.MATCHED, page_number=reading.page).exists()
    return (PageStatus.DOUBLED if taken else PageStatus.MATCHED), document, reading.page


def _without_code(reading):
    if reading.is_blank:
        return PageStatus.BLANK
    return PageStatus.NOT_OURS if reading.has_other_code else PageStatus.UNREADABLE


def is_stalled(batch):
    """Whether the worker that had the pile is gone, or gave up, or none came to it."""
    if batch.status == JobStatus.FAILED:
        return True
    return not batch.is_over and (batch.claimed_until or batch.uploaded_at + CLAIM) < timezone.now()


def resume_batch(batch, *, by):
    """Have a pile that stands still taken up again. Raises PermissionDenied; ValidationError while it moves."""
    refusal = scan_refusal(by)
    require(refusal is None, refusal)
    if not is_stalled(batch):
        raise ValidationError("Lượt quét này đang chạy hoặc đã xong.")
    batch.attempts, batch.claimed_until = 0, None
    batch.save(update_fields=["attempts", "claimed_until"])
    _close(batch, JobStatus.QUEUED)
    _queue(batch)


# By hand


@transaction.atomic
def place_page(page, *, by, document, page_number, turned_by, replace=False):
    """Put a page to a page of a document, whatever the portal made of it; the copies are put together anew.

    Raises PermissionDenied; ValidationError: no such page, taken by another scan (unless `replace`), or moved by
    somebody else at this moment.
    """
    page, left, document = _locked(page, by, document)
    if not 1 <= page_number <= document.page_count:
        raise ValidationError({"page_number": f"{document} có {document.page_count} trang: ghi từ 1 đến số đó."})
    holders = document.scan_pages.filter(status=PageStatus.MATCHED, page_number=page_number).exclude(pk=page.pk)
    if holders.exists() and not replace:
        raise ValidationError(
            f"Trang {page_number} của {document} đã có bản quét khác. Đánh dấu “Thay bản quét đang có” nếu trang này "
            "mới đúng.",
            code="taken",
        )
    now = f"trang {page_number}"
    changes = [(str(other), now, PageStatus.DOUBLED.label) for other in holders.select_related("file__file")]
    changes.append((str(page), place_of(page), now))
    holders.update(status=PageStatus.DOUBLED)
    if left and left != document:
        _tell_gone(page, left, str(document), by)
    page.status, page.document, page.page_number = PageStatus.MATCHED, document, page_number
    page.turned_by, page.repeats = turned_by, None
    page.placed_by, page.placed_at = by, timezone.now()
    page.full_clean()
    page.save()
    record(by, "document.scan_place", "Xếp trang quét vào văn bản", document, changes=changes)
    _put_together_later({document.pk, left and left.pk}, by)
    return page


@transaction.atomic
def discard_page(page, *, by):
    """Leave a page out: it belongs to no document of the portal. Its picture stays with the pile.

    Raises PermissionDenied; ValidationError when somebody else moves it at this moment.
    """
    page, left, _none = _locked(page, by)
    discarded = PageStatus.DISCARDED.label
    if left:
        _tell_gone(page, left, discarded, by)
        _put_together_later({left.pk}, by)
    else:
        changes = [(str(page), page.get_status_display(), discarded)]
        record(by, "scan.discard", "Bỏ trang quét", page.batch, changes=changes)
    page.status, page.document, page.page_number, page.repeats = PageStatus.DISCARDED, None, None, None
    page.placed_by, page.placed_at = by, timezone.now()
    page.save()
    return page


def _tell_gone(page, document, where, by):
    changes = [(str(page), f"trang {page.page_number}", where)]
    record(by, "document.scan_gone", "Lấy trang quét khỏi văn bản", document, changes=changes)


def _locked(page, by, document=None):
    """(page, the document that has it now, the one that is to have it), all locked.

    Documents before pages and in one order, so that people who swap pages never wait for each other.
    """
    refusal = scan_refusal(by)
    require(refusal is None, refusal)
    held = ScanPage.objects.values_list("document", flat=True).get(pk=page.pk)
    rows = IssuedDocument.objects.select_for_update(of=("self",)).select_related("owner").order_by("pk")
    documents = {row.pk: row for row in rows.filter(pk__in={held, document and document.pk} - {None})}
    pages = ScanPage.objects.select_for_update(of=("self",)).select_related("batch", "file__file", "document__owner")
    page = pages.get(pk=page.pk)
    if page.document_id != held:
        raise ValidationError("Có người vừa xếp lại trang này: tải lại trang để xem.", code="stale")
    left = documents[held] if page.status == PageStatus.MATCHED else None
    document = documents[document.pk] if document else None
    for touched in filter(None, (left, document)):
        require(keeps(by, touched), f"Văn bản do {touched.owner} quản lý; ông/bà chỉ được xem.")
    return page, left, document


def place_of(page):
    """“Biên bản nghiệm thu 03/BB-TTKC, trang 2”, or what became of the page."""
    if page.status == PageStatus.MATCHED:
        return f"{page.document}, trang {page.page_number}"
    return page.get_status_display()


def find_document(text, *, by):
    """The document that a person means by its code or its number, among those they see. Raises ValidationError."""
    documents = IssuedDocument.objects.visible_to(by)
    code = typed_code(text)
    found = list(documents.filter(code=code) if code else [])
    # SQLite knows no capital Đ.
    found = found or list(documents.filter(number_text__in=(text.strip(), text.strip().upper()))[:6])
    if not found:
        raise ValidationError("Không có văn bản nào mang mã hoặc số này trong phạm vi ông/bà được xem.")
    if len(found) > 1:
        told = "; ".join(f"{shown_code(document.code)} ({document.issuer_name}, {document.year})" for document in found)
        raise ValidationError(f"Nhiều văn bản mang số này: ghi mã tra cứu thay cho số. {told}.")
    return found[0]


# Put together


def _put_together_later(documents, by):
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
