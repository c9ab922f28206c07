"""Files that take too long for a request: queued, made by the background worker, kept for a week.

A room has a task of its own, `@task() def run_export(job_pk): make_file(job_pk, _write)`, and starts it by `queue`.
"""

from datetime import timedelta
from pathlib import PurePath
from tempfile import TemporaryFile

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.utils import timezone

from khuyencong.models import Job, JobStatus

KEPT_FOR = timedelta(days=7)


def queue(task, kind, *, title, params, by, count):
    """The Job that the worker will take up; `count` is how many rows or papers the file will hold."""
    job = Job.objects.create(kind=kind, title=title, params=params, requested_by=by, total_count=count)
    transaction.on_commit(lambda: task.enqueue(job.pk))
    return job


def make_file(job_pk, write):
    """Make the file of a queued job. Run twice, it does the work once; interrupted, it may be started again.

    `write(job, stream)` fills the stream and returns the name of the file; what it raises fails the job, a
    ValidationError with its own words.
    """
    drop_expired()
    job = Job.objects.select_related("requested_by__organisation").get(pk=job_pk)
    if job.is_over:
        return
    job.status, job.started_at = JobStatus.RUNNING, timezone.now()
    job.save(update_fields=["status", "started_at"])
    try:
        with TemporaryFile() as stream:
            job.filename = write(job, stream)
            stream.seek(0)
            job.file.save(f"{job.pk}{PurePath(job.filename).suffix}", File(stream), save=False)
    except ValidationError as refusal:
        _fail(job, " ".join(refusal.messages))
        return
    except Exception:
        _fail(job, "Không ghi được tệp. Thử lại; nếu vẫn lỗi, báo người quản trị kèm thời điểm này.")
        raise
    job.status, job.finished_at = JobStatus.DONE, timezone.now()
    job.expires_at = job.finished_at + KEPT_FOR
    job.done_count = job.total_count
    job.save()


def _fail(job, words):
    job.status, job.finished_at, job.error = JobStatus.FAILED, timezone.now(), words[:300]
    job.save(update_fields=["status", "finished_at", "error"])


def counted(rows, job, *, every):
    """The rows, with the job's progress written after so many of them."""
    for number, row in enumerate(rows, 1):
        yield row
        if number % every == 0:
            Job.objects.filter(pk=job.pk).update(done_count=number)


def drop_expired():
    """Remove the files of jobs whose week is over; the rows stay as a record of what was taken out."""
    for job in Job.objects.expired().exclude(file=""):
        job.file.delete(save=False)
        job.file = ""
        job.save(update_fields=["file"])
