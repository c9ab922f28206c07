"""The page with the rows behind a figure of an evaluation report, and its Excel file."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods

from khuyencong.lists import PER_PAGE, ListPaginator
from reports.evaluation.behind import asked, behind
from reports.evaluation.content import selection_of
from reports.evaluation.lines import lines_of
from reports.evaluation.selection import Selection
from reports.evaluation.words import narrowing_of, title_of
from reports.export_views import export
from reports.models import Evaluation


@require_GET
def evaluation_rows(request, pk):
    """404 for an address that names no figure."""
    reports = Evaluation.objects.visible_to(request.user).select_related("program", "place", "updated_by__organisation")
    evaluation = get_object_or_404(reports, pk=pk)
    selection, query = Selection.of(evaluation, request.user), asked(request.GET)
    try:
        found = behind(selection, query)
        title, unit = title_of(query)
    except (LookupError, ValueError) as unknown:
        raise Http404 from unknown
    page = ListPaginator(range(found.count), PER_PAGE).page(request.GET.get("trang"))
    lines = lines_of(found, page.start_index() - 1, page.end_index()) if found.count else []
    context = {
        "evaluation": evaluation,
        "title": title,
        "unit": unit,
        "narrowing": narrowing_of(query),
        "found": found,
        "page_obj": page,
        "lines": lines,
        # Columns that say nothing here are left out.
        "has_projects": any(line.project for line in lines),
        "has_sources": any(line.source for line in lines),
        "has_days": any(line.day for line in lines),
        "until": selection.until,
        "reported": _reported(evaluation, request.user, query, found),
    }
    return render(request, "reports/evaluation_rows.html", context)


def _reported(evaluation, user, query, found):
    """The report's own figure where it counts projects that this person does not see, or sees fewer; else None."""
    if _family(evaluation.updated_by) & _family(user):
        return None
    figure = behind(selection_of(evaluation), query).figure
    return figure if figure != found.figure else None


def _family(user):
    """A department and its centres see the same provinces."""
    body = user.organisation
    return {body.pk, body.parent_id} - {None} if body else set()


@require_http_methods(["GET", "POST"])
def evaluation_rows_export(request, pk):
    """As the page, all rows; a long file is left to the worker."""
    query = request.GET.copy()
    query["bao-cao"] = str(pk)
    return export(request, "figure_rows", query)
