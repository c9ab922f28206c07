"""Large Excel files, written by the background worker."""

from django.http import QueryDict
from django_tasks import task

from beneficiaries.lists import facility_list
from khuyencong.jobs import counted, make_file, queue
from reports.lists import handover_list, plan_list, program_list, project_list, register_list

PROGRESS_EVERY = 500
# kind: builder(user, query) -> (exporter with its rows, number of rows)
EXPORTS = {
    "projects": project_list,
    "facilities": facility_list,
    "programs": program_list,
    "plans": plan_list,
    "handovers": handover_list,
    "register": register_list,
}


def start_export(kind, *, by, query):
    """Queue a list for the worker and return its Job; the query string is the list's own, filters and order."""
    exporter, count = EXPORTS[kind](by, QueryDict(query))
    return queue(
        run_export, kind, title=f"Xuất Excel: {exporter.title}", params={"query": query}, by=by, count=count
    )  # fmt: skip


@task()
def run_export(job_pk):
    make_file(job_pk, _write)


def _write(job, stream):
    exporter, _count = EXPORTS[job.kind](job.requested_by, QueryDict(job.params["query"]))
    rows = exporter.rows.iterator(chunk_size=PROGRESS_EVERY)
    exporter.rows = counted(rows, job, every=PROGRESS_EVERY)
    exporter.write(stream)
    return f"{exporter.filename}_{exporter.printed_at:%Y-%m-%d}.xlsx"
