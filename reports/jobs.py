"""Large Excel files, written by the background worker and fetched for a week."""

from datetime import timedelta
from tempfile import TemporaryFile

from django.core.files import File
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django_tasks import task

from beneficiaries.lists import facility_list
from khuyencong.models import Job, JobStatus
from reports.lists import project_list

KEPT_FOR = timedelta(days=7)
PROGRESS_EVERY = 500
# kind: builder(user, query) -> (exporter with its rows, number of rows)
EXPORTS = {"projects": project_list, "facilities": facility_list}


def start_export(kind, *, by, query):
    """Queue a list for the worker and return its Job; the query string is the list's own, filters and order."""
    exporter, count = EXPORTS[kind](by, QueryDict(query))
    job = Job.objects.create(
        kind=kind, title=f"Xuất Excel: {exporter.title}", params={"query": query}, requested_by=by, total_count=count
    )
    transaction.on_commit(lambda: run_export.enqueue(job.pk))
    return job


@task()
def run_export(job_pk):
    """Write the file of a queued job. Run twice, it does the work once; interrupted, it may be started again."""
    drop_expired()
    job = Job.objects.select_related("requested_by__organisation").get(pk=job_pk)
    if job.is_over:
        return
    job.status, job.started_at = JobStatus.RUNNING, timezone.now()
    job.save(update_fields=["status", "started_at"])
    try:
        _write(job)
    except Exception:
        job.status, job.finished_at = JobStatus.FAILED, timezone.now()
        job.error = "Không ghi được tệp. Thử lại; nếu vẫn lỗi, báo người quản trị kèm thời điểm này."
        job.save(update_fields=["status", "finished_at", "error"])
        raise


def _write(job):
    exporter, _count = EXPORTS[job.kind](job.requested_by, QueryDict(job.params["query"]))
    exporter.rows = _counted(exporter.rows, job)
    with TemporaryFile() as stream:
        exporter.write(stream)
        stream.seek(0)
        job.filename = f"{exporter.filename}_{exporter.printed_at:%Y-%m-%d}.xlsx"
        job.file.save(f"{job.pk}.xlsx", File(stream), save=False)
    job.status, job.finished_at = JobStatus.DONE, timezone.now()
    job.expires_at = job.finished_at + KEPT_FOR
    job.done_count = job.total_count
    job.save()


def _counted(rows, job):
    """The rows, with the job's progress written now and then."""
    for number, row in enumerate(rows.iterator(chunk_size=PROGRESS_EVERY), 1):
        if number % PROGRESS_EVERY == 0:
            Job.objects.filter(pk=job.pk).update(done_count=number)
        yield row


def drop_expired():
    """Remove the files of jobs whose week is over; the rows stay as a record of what was taken out."""
    for job in Job.objects.expired().exclude(file=""):
        job.file.delete(save=False)
        job.file = ""
        job.save(update_fields=["file"])
