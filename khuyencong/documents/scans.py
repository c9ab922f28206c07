"""Signed papers come back as piles of scanned pages: each page goes to its document, each document gets its copy.

The worker takes a pile page by page; every page is kept as soon as it is read, so that a pile which was interrupted
goes on where it stood, and the same picture is never taken twice.
"""

import hashlib
import logging

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_tasks import task

from khuyencong.audit import record
from khuyencong.claims import CLAIM, DATABASE_GONE, claim, held, offer
from khuyencong.documents.scan_pictures import (
    Drawer,
    Reading,
    count_pages,
    picture_hash,
    read_page,
)
from khuyencong.documents.signed_copies import put_together
from khuyencong.file_kinds import JPEG, PDF, PNG, kind_of
from khuyencong.files import atomic_with_files, clean_name, store_upload
from khuyencong.models import (
    FOR_A_PERSON,
    IssuedDocument,
    JobStatus,
    PageStatus,
    Role,
    ScanBatch,
    ScanFile,
    ScanPage,
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
    except DATABASE_GONE:
        raise  # whoever holds its claim next reads on
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
