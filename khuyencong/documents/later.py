"""Issue a paper that takes long in the background: asked for on a page, made by the worker, followed like other work.

The worker calls `issue_order`, which does all or nothing. The code that the paper will carry is drawn when it is asked
for: whoever takes up the work of a killed worker finds by it whether the paper stands already.
"""

import shutil
from datetime import date
from functools import partial

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from khuyencong.documents.codes import new_code
from khuyencong.documents.issuing import Order, check, in_force, issue_order, lock_home
from khuyencong.documents.kinds import KINDS
from khuyencong.documents.letterheads import deputies_signing
from khuyencong.jobs import make_file, queue
from khuyencong.models import IssuedDocument, Job

# As counted on the page of the work: data, pages, register.
ISSUE, STEPS = "issue_paper", 3


@transaction.atomic
def issue_later(order: Order) -> Job:
    """Queue the issuing of an order; the job under way when the same person asks again.

    Raises PermissionDenied; ValidationError with what is missing, or when somebody else is having it issued.
    """
    lock_home(order)
    paper = {"paper": order.kind.key, "record": order.record_pk, "variant": order.variant}
    if job := _under_way(paper):
        if job.requested_by_id == order.by.pk:
            return job
        asked_at = timezone.localtime(job.created_at)
        raise ValidationError(
            f"{job.requested_by} đang phát hành văn bản này (yêu cầu lúc {asked_at:%H:%M %d/%m/%Y}); đợi xong rồi xem "
            "lại."
        )
    code = new_code()
    draft = check(order, code)
    params = paper | {
        "number_text": order.number_text, "dated_on": order.dated_on and order.dated_on.isoformat(),
        "reason": order.reason, "signer": order.signer.name if order.signer else "", "counts_on": order.counts_on,
        "code": code, "current": draft.current and draft.current.pk,
    }  # fmt: skip
    title = f"Phát hành {order.kind.label.lower()}: {draft.record}"[:200]
    return queue(run_issue, ISSUE, title=title, params=params, by=order.by, count=STEPS)


def _under_way(paper):
    jobs = Job.objects.unfinished().filter(kind=ISSUE, **{f"params__{name}": value for name, value in paper.items()})
    return jobs.select_related("requested_by").first()


@task()
def run_issue(job_pk):
    make_file(job_pk, _write)


def _write(job, stream):
    """The file of the work is a copy of what was issued, which the register keeps."""
    document = IssuedDocument.objects.filter(code=job.params["code"]).first() or _issue(job)
    job.params = job.params | {"document": document.pk}
    with document.file.file.open() as kept:
        shutil.copyfileobj(kept, stream)
    return document.file.name


def _issue(job):
    asked, kind = job.params, KINDS[job.params["paper"]]
    record = kind.records(job.requested_by).filter(pk=asked["record"]).first()
    if record is None:
        raise ValidationError("Hồ sơ này không còn, hoặc ông/bà không còn được xem.")
    _require_same(job, kind, record)
    dated_on = date.fromisoformat(asked["dated_on"]) if asked["dated_on"] else None
    order = Order.of(
        kind, record, job.requested_by, variant=asked["variant"], number_text=asked["number_text"],
        dated_on=dated_on, reason=asked["reason"], signer=_signer(kind, record, asked["signer"], dated_on),
        counts_on=asked["counts_on"],
    )  # fmt: skip
    try:
        return issue_order(order, code=asked["code"], progress=partial(_tell_step, job.pk))
    except PermissionDenied as refusal:
        raise ValidationError(str(refusal)) from None


def _require_same(job, kind, record):
    """Somebody issued or revoked the paper while this work waited: its words were meant for another state."""
    current = in_force(kind, record, job.params["variant"])
    if (current and current.pk) != job.params["current"]:
        raise ValidationError("Trong lúc chờ, văn bản này đã được phát hành hoặc thu hồi. Mở lại hồ sơ rồi quyết định.")


def _signer(kind, record, name, dated_on):
    if not name:
        return None
    day = dated_on or kind.day(record) or timezone.localdate()
    found = [signer for signer in deputies_signing(kind.issuer(record), day) if signer.name == name]
    if not found:
        raise ValidationError(f"{name} không còn quyền ký thay văn bản này. Mở lại trang phát hành và chọn người ký.")
    return found[0]


def _tell_step(job_pk, step):
    Job.objects.filter(pk=job_pk).update(done_count=step)
