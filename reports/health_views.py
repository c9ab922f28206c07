"""“Sức khỏe dữ liệu”: what does not fit together in the records that a person sees, and where to mend it."""

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from khuyencong.lists import PER_PAGE, ListPaginator
from reports.export_views import export
from reports.health.checks import CHECKS, counts_of


@require_GET
def health(request):
    """All checks with their numbers, or, with `loi`, the records of one."""
    asked = request.GET.get("loi", "")
    if not asked:
        counts = counts_of(request.user)
        context = {
            "checks": [(check, counts[key]) for key, check in CHECKS.items()],
            "total": sum(counts.values()),
            "counted_at": timezone.localtime(),
        }
        return render(request, "reports/health.html", context)
    if asked not in CHECKS:
        raise Http404
    check = CHECKS[asked]
    page = ListPaginator(check.rows(request.user), PER_PAGE).get_page(request.GET.get("trang"))
    findings = [check.tell(row) for row in page.object_list]
    return render(request, "reports/health_rows.html", {"check": check, "page_obj": page, "findings": findings})


@require_http_methods(["GET", "POST"])
def health_export(request):
    return export(request, "health")
