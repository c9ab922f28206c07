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

from khuyencong.claims import DATABASE_GONE, claim, held
from khuyencong.models import Job, JobStatus

KEPT_FOR = timedelta(days=7)


def queue(task, kind, *, title, params, by, count):
    """The Job that the worker will take up; `count` is how many rows or papers the file will hold.

    `task` is the room's own, found again by its name when a worker was killed.
    """
    job = Job.objects.create(
        task=task.module_path, kind=kind, title=title, params=params, requested_by=by, total_count=count
    )
    transaction.on_commit(lambda: task.enqueue(job.pk))
    return job


def make_file(job_pk, write):
    """Make the file of a queued job. Run twice, it does the work once; interrupted, a worker that starts does it again.

    `write(job, stream)` fills the stream and returns the name of the file; what it raises fails the job, a
    ValidationError with its own words. It may be called again after a kill: what it changes in the database has to
    bear that.
    """
    drop_expired()
    for job in claim(Job.objects.select_related("requested_by__organisation").filter(pk=job_pk)):
        job.status, job.started_at, job.done_count = JobStatus.RUNNING, timezone.now(), 0
        job.save()
        with held(job):
            _write_file(job, write)


def _write_file(job, write):
    try:
        with TemporaryFile() as stream:
            job.filename = write(job, stream)
            stream.seek(0)
            job.file.save(f"{job.pk}{PurePath(job.filename).suffix}", File(stream), save=False)
    except ValidationError as refusal:
        _fail(job, " ".join(refusal.messages))
        return
    except DATABASE_GONE:
        raise  # no fault of the job: whoever holds its claim next does it
    except Exception:
        _fail(job, "Không ghi được tệp. Thử lại; nếu vẫn lỗi, báo người quản trị kèm thời điểm này.")
        raise
    job.status, job.finished_at = JobStatus.DONE, timezone.now()
    job.expires_at = job.finished_at + KEPT_FOR
    job.done_count = job.total_count
    job.save()


def _fail(job, words):
    job.fail(words)
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
