"""Make many papers in the background: one PDF to print, one ZIP to keep.

Any number of workers take papers one at a time under a claim that runs out, so that whatever a killed worker held is
taken up by another; a paper that was issued before the kill is found again, never issued twice.
"""

import hashlib
import logging
import os
import zipfile
from contextlib import ExitStack
from io import BytesIO
from tempfile import TemporaryFile

import pikepdf
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from khuyencong.audit import record as audit
from khuyencong.claims import DATABASE_GONE, claim, held, offer
from khuyencong.documents.issuing import in_force, issue
from khuyencong.documents.kinds import KINDS, Imprint
from khuyencong.jobs import KEPT_FOR
from khuyencong.models import Batch, BatchItem, ItemStatus, StoredFile

# A task ends after so many papers and queues itself again, so that others get their turn and workers are renewed.
ITEMS_PER_TASK = 25
# A batch offers itself to so many workers at once; those that come too late find nothing to do.
WORKERS = 2
CHECKSUMS = "SHA256SUMS.txt"

logger = logging.getLogger(__name__)


@transaction.atomic
def start_batch(papers, *, by, title, issues=False, dated_on=None):
    """Queue papers, [(Kind, record, variant)], in the order of the printed pile, and return the Batch.

    Raises ValidationError when there is nothing to print.
    """
    if not papers:
        raise ValidationError("Chọn ít nhất một văn bản để in.")
    batch = Batch.objects.create(title=title[:200], issues=issues, dated_on=dated_on, requested_by=by)
    BatchItem.objects.bulk_create(
        BatchItem(
            batch=batch, position=position, kind=kind.key, record_id=record.pk, variant=variant,
            label=_label(kind, record, variant),
        )
        for position, (kind, record, variant) in enumerate(papers, 1)
    )  # fmt: skip
    transaction.on_commit(lambda: _offer(batch))
    return batch


def _label(kind, record, variant):
    names = dict(kind.variants(record))
    part = f" ({names[variant]})" if names.get(variant) else ""
    return f"{kind.label}: {kind.title(record)}{part}"[:300]


def _offer(batch):
    for _worker in range(WORKERS):
        offer(batch)


@transaction.atomic
def retry_failed(batch, *, by):
    """Have the failed papers made again. Raises ValidationError when none has failed."""
    batch = Batch.objects.select_for_update().visible_to(by).get(pk=batch.pk)
    again = batch.items.filter(status=ItemStatus.FAILED).update(
        status=ItemStatus.WAITING, attempts=0, error="", claimed_until=None
    )
    if not again:
        raise ValidationError("Không có văn bản nào bị lỗi.")
    for file in (batch.merged, batch.archive):
        file.delete(save=False)
    batch.finished_at = batch.expires_at = batch.claimed_until = None
    batch.attempts = 0
    batch.save()
    transaction.on_commit(lambda: _offer(batch))
    return batch


@task()
def run_batch(batch_pk):
    batch = Batch.objects.select_related("requested_by__organisation").filter(pk=batch_pk).first()
    drop_expired_batches()
    if batch is None or batch.is_over:
        return
    for _turn in range(ITEMS_PER_TASK):
        taken = claim(batch.items.order_by("position"))
        if not taken:
            break
        _make(*taken, batch)
    if batch.items.unfinished().exists():
        offer(batch, pause=batch.free_in)
    else:
        _finish(batch)


def _make(item, batch):
    """Make one paper; what goes wrong is told on it and stops no other."""
    try:
        _close_item(item, batch, _file_paper(item, batch))
    except (PermissionDenied, ValidationError) as refusal:
        _fail(item, " ".join(getattr(refusal, "messages", [str(refusal)])))
    except DATABASE_GONE:
        raise  # no fault of the paper: whoever holds its claim next makes it
    except Exception:
        logger.exception("Batch %s: %s", batch.pk, item.label)
        _fail(item, "Không dựng được văn bản này. Thử lại; nếu vẫn lỗi, báo người quản trị kèm thời điểm này.")


def _fail(item, message):
    item.status, item.error = ItemStatus.FAILED, message[:600]
    item.save(update_fields=["status", "error"])


def _file_paper(item, batch):
    """Fill the item's file or document and return its record. Rights are those of whoever asked, read again now."""
    kind, user = KINDS[item.kind], batch.requested_by
    record = kind.records(user).filter(pk=item.record_id).first()
    if record is None:
        raise ValidationError("Hồ sơ này không còn, hoặc ông/bà không còn được xem.")
    document = in_force(kind, record, item.variant)
    if document is None and batch.issues:
        document = issue(kind, record, user, variant=item.variant, dated_on=batch.dated_on)
    if document is not None:
        item.document, item.filename = document, document.file.name
        return record
    draft = kind.build(record, Imprint(variant=item.variant))
    item.filename = f"{draft.filename}.pdf"
    _keep(item.file, f"{batch.pk}-{item.position}.pdf", ContentFile(draft.render_pdf()))
    return record


@transaction.atomic
def _close_item(item, batch, record):
    """Done, and told as a single paper is: an issued one on itself, a draft on the record that it belongs to."""
    item.status, item.error = ItemStatus.DONE, ""
    item.save()
    if item.document:
        audit(batch.requested_by, "document.print", "In văn bản", item.document, reason=batch.title)
    else:
        told = [("Văn bản", "", item.label)]
        home = KINDS[item.kind].home(record)
        audit(batch.requested_by, "document.print", "In bản nháp", home, reason=batch.title, changes=told)


def _keep(file, name, content):
    """Write a file under a name of its own; what a killed worker left there goes first."""
    file.storage.delete(file.field.generate_filename(file.instance, name))
    file.save(name, File(content), save=False)


# The files of the whole pile


def _finish(batch):
    """Put the pile together, once."""
    for claimed in claim(Batch.objects.select_related("requested_by__organisation").filter(pk=batch.pk)):
        with held(claimed):
            _file_pile(claimed)


def _file_pile(batch):
    items = list(batch.items.filter(status=ItemStatus.DONE).select_related("document__file"))
    if items:
        with TemporaryFile() as stream:
            _merge(items, stream, batch.title)
            _keep(batch.merged, f"{batch.pk}.pdf", stream)
        with TemporaryFile() as stream:
            _pack(items, stream)
            _keep(batch.archive, f"{batch.pk}.zip", stream)
    batch.finished_at = timezone.now()
    batch.expires_at = batch.finished_at + KEPT_FOR
    batch.save(update_fields=["finished_at", "expires_at", "merged", "archive"])


def _files(item):
    """[(name, bytes)] of a paper and its annexes."""
    if item.document is None:
        return [(item.filename, _read(item.file))]
    annexes = [StoredFile.objects.get(pk=annex["file"]) for annex in item.document.attachments]
    return [(item.filename, _read(item.document.file.file)), *((file.name, _read(file.file)) for file in annexes)]


def _read(file):
    with file.open() as stream:
        return stream.read()


def _merge(items, stream, title):
    """One PDF in the order of the pile, an outline entry for each paper.

    For the printer: joined pages lose the tags and the claims of PDF/A, which the single files in the ZIP keep.
    """
    with ExitStack() as papers, pikepdf.new() as whole:
        with whole.open_outline() as outline:
            for item in items:
                outline.root.append(pikepdf.OutlineItem(item.label, len(whole.pages)))
                for _name, content in _files(item):
                    # Pages are copied when the whole is saved: until then their paper stays open.
                    paper = papers.enter_context(pikepdf.open(BytesIO(content)))
                    whole.pages.extend(paper.pages)
        whole.docinfo["/Title"] = title
        whole.save(stream, deterministic_id=True, min_version="1.7")
    stream.seek(0)


def _pack(items, stream):
    """The single files under names that no two share, and their SHA-256 for `sha256sum -c`."""
    taken, sums = set(), []
    with zipfile.ZipFile(stream, "w") as archive:
        for item in items:
            for filename, content in _files(item):
                name = free_name(filename, taken)
                archive.writestr(name, content)
                sums.append(f"{hashlib.sha256(content).hexdigest()}  {name}")
        archive.writestr(CHECKSUMS, "\n".join(sums) + "\n")
    stream.seek(0)


def free_name(name, taken):
    """The name, numbered when it is taken: ten.pdf, ten-2.pdf. Adds it to `taken`."""
    stem, ending = os.path.splitext(name)
    number = 1
    while name.casefold() in taken:
        number += 1
        name = f"{stem}-{number}{ending}"
    taken.add(name.casefold())
    return name


def drop_expired_batches():
    """Remove the files of piles whose week is over; the rows stay as a record of what was printed."""
    for batch in Batch.objects.filter(expires_at__lte=timezone.now()).exclude(archive=""):
        for file in (batch.merged, batch.archive, *(item.file for item in batch.items.exclude(file=""))):
            file.delete(save=False)
        batch.items.update(file="")
        Batch.objects.filter(pk=batch.pk).update(merged="", archive="")
