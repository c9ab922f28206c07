"""Large Excel files and bundles, written by the background worker."""

from functools import partial

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import QueryDict
from django.urls import reverse
from django_tasks import task

from beneficiaries.lists import facility_list, product_list
from khuyencong.claims import offer
from khuyencong.dates import today
from khuyencong.exports import columns
from khuyencong.jobs import counted, make_file, queue
from khuyencong.models import Job, JobStatus
from reports.bundles import BUNDLES, record_bundle, require_room, write_bundle
from reports.documents import evaluation_report
from reports.evaluation import workbook
from reports.health.files import health_list
from reports.lists import (
    contract_list,
    evaluation_list,
    figure_rows,
    handover_list,
    money_list,
    plan_list,
    program_list,
    project_list,
    register_list,
    timeline,
)
from reports.models import Evaluation

PROGRESS_EVERY = 500
PROGRESS_EVERY_FILES = 5
REPORT_PDF, PDF_STEPS = "evaluation_pdf", 2
# kind: builder(user, query) -> (exporter with its rows, number of rows)
EXPORTS = {
    "projects": project_list,
    "facilities": facility_list,
    "products": product_list,
    "programs": program_list,
    "plans": plan_list,
    "handovers": handover_list,
    "contracts": contract_list,
    "evaluations": evaluation_list,
    "money": money_list,
    "timeline": timeline,
    "register": register_list,
    "figure_rows": figure_rows,
    "health": health_list,
}


def exporter_of(kind, user, query):
    """(exporter, number of rows) of a list as `query`, a QueryDict, filters it, in the columns that it or the person
    asks for."""
    exporter, count = EXPORTS[kind](user, query)
    exporter.take(columns.keys_for(user, kind, exporter.known, query))
    return exporter, count


def start_export(kind, *, by, query):
    """Queue a list for the worker and return its Job; the query string is the list's own, filters and order.

    The columns are those of now, whatever the person chooses while the file waits.
    """
    asked = QueryDict(query, mutable=True)
    exporter, count = exporter_of(kind, by, asked)
    asked[columns.PARAMETER] = ",".join(column.key for column in exporter.columns)
    query = asked.urlencode()
    return queue(
        run_export, kind, title=f"Xuất Excel: {exporter.title}", params={"query": query}, by=by, count=count
    )  # fmt: skip


@task()
def run_export(job_pk):
    make_file(job_pk, _write)


def _write(job, stream):
    exporter, _count = exporter_of(job.kind, job.requested_by, QueryDict(job.params["query"]))
    rows = exporter.rows.iterator(chunk_size=PROGRESS_EVERY)
    exporter.rows = counted(rows, job, every=PROGRESS_EVERY)
    exporter.write(stream)
    return f"{exporter.filename}_{exporter.printed_at:%Y-%m-%d}.xlsx"


def start_workbook(evaluation, *, by):
    """Queue the workbook of an evaluation, with its projects, and return its Job."""
    return queue(
        run_workbook, "evaluation_workbook", title=f"Xuất Excel: {evaluation}"[:200], params={"pk": evaluation.pk},
        by=by, count=workbook.project_count(evaluation, by),
    )  # fmt: skip


@task()
def run_workbook(job_pk):
    make_file(job_pk, _write_workbook)


def _write_workbook(job, stream):
    evaluation = Evaluation.objects.visible_to(job.requested_by).filter(pk=job.params["pk"]).first()
    if evaluation is None:
        raise ValidationError("Báo cáo này không còn, hoặc ông/bà không còn được xem.")
    progress = partial(counted, job=job, every=PROGRESS_EVERY)
    workbook.write(evaluation, job.requested_by, stream, progress)
    return f"{workbook.filename_of(evaluation)}_{today():%Y-%m-%d}.xlsx"


def start_report_pdf(evaluation, *, by):
    """Queue the draft PDF of an evaluation report and return its Job; the same one pressed twice, while under way."""
    params = {"pk": evaluation.pk}
    job = Job.objects.unfinished().filter(kind=REPORT_PDF, params=params, requested_by=by).first()
    if job is None:
        return queue(
            run_report_pdf, REPORT_PDF, title=f"PDF nháp: {evaluation}"[:200], params=params, by=by, count=PDF_STEPS
        )
    return job


@task()
def run_report_pdf(job_pk):
    make_file(job_pk, _write_report_pdf)


def _write_report_pdf(job, stream):
    """Two steps: the figures with their words, then the pages."""
    evaluation = Evaluation.objects.visible_to(job.requested_by).filter(pk=job.params["pk"]).first()
    if evaluation is None:
        raise ValidationError("Báo cáo này không còn, hoặc ông/bà không còn được xem.")
    document = evaluation_report(evaluation)
    Job.objects.filter(pk=job.pk).update(done_count=1)
    stream.write(document.render_pdf())
    return f"{document.filename}.pdf"


def start_bundle(kind, pk, *, by):
    """Queue the bundle of a project or a plan and return its Job; pressed twice, the one that is under way.

    One whose worker was killed is taken up again.

    `kind` is a key of BUNDLES. Raises ObjectDoesNotExist for what the person does not see, ValidationError when it is
    too large for one file.
    """
    params = {"pk": pk}
    bundle = BUNDLES[kind](by, pk)
    count = require_room(bundle)
    open_jobs = Job.objects.filter(status__in=(JobStatus.QUEUED, JobStatus.RUNNING))
    job = open_jobs.filter(kind=kind, params=params, requested_by=by).first()
    if job is None:
        return queue(run_bundle, kind, title=bundle.title[:200], params=params, by=by, count=count)
    if job.started_at and not job.free_in:
        offer(job)
    return job


@task()
def run_bundle(job_pk):
    make_file(job_pk, _write_bundle)


def _write_bundle(job, stream):
    try:
        bundle = BUNDLES[job.kind](job.requested_by, job.params["pk"])
    except ObjectDoesNotExist:
        raise ValidationError("Hồ sơ này không còn, hoặc ông/bà không còn được xem.") from None
    require_room(bundle)
    address = settings.PUBLIC_ADDRESS + reverse("verify_ask")
    progress = partial(counted, job=job, every=PROGRESS_EVERY_FILES)
    sha256 = write_bundle(bundle, stream, address=address, progress=progress)
    filename = f"{bundle.name}.zip"
    record_bundle(bundle, filename, sha256)
    return filename
