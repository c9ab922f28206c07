"""An evaluation report as files: an Excel workbook, and its draft PDF made by the worker."""

from tempfile import TemporaryFile

from django.conf import settings
from django.http import FileResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from khuyencong.dates import today
from khuyencong.xlsx.exporter import CONTENT_TYPE
from reports import jobs
from reports.evaluation import workbook
from reports.evaluation_views import visible_evaluation


@require_http_methods(["GET", "POST"])
def evaluation_excel(request, pk):
    """Tables and projects behind them; a long file is left to the worker, which asks for a word first."""
    report = visible_evaluation(request, pk)
    if request.method == "POST":
        return redirect(jobs.start_workbook(report, by=request.user))
    count = workbook.project_count(report, request.user)
    if count > settings.EXPORT_ROWS_AT_ONCE:
        return render(request, "reports/export_long.html", {"title": str(report), "count": count})
    stream = TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        workbook.write(report, request.user, stream)
    except BaseException:
        stream.close()
        raise
    stream.seek(0)
    filename = f"{workbook.filename_of(report)}_{today():%Y-%m-%d}.xlsx"
    return FileResponse(stream, as_attachment=True, filename=filename, content_type=CONTENT_TYPE)


@require_POST
def evaluation_pdf(request, pk):
    """The draft on paper takes seconds and more with its charts and tables: followed on the page of the work."""
    return redirect(jobs.start_report_pdf(visible_evaluation(request, pk), by=request.user))
