"""First page, search, help, timelines and Excel files."""

from django.conf import settings
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from khuyencong.dates import today
from khuyencong.models import AuditEntry, Job, JobStatus, Role
from programs.models import AnnualPlan
from programs.permissions import can_create_plan
from projects import workflow
from projects.models import Project
from projects.permissions import can_create_project
from projects.services.plan import COUNTED
from reports import exporters, guide, jobs, records, statistics, tasks
from reports.lists import for_export

RECENT = 6
HISTORY_PAGE = 200


@require_GET
def home(request):
    """“Việc của tôi”: what waits for this person, then the state of the plan year."""
    user = request.user
    year = _chosen_year(request)
    projects = Project.objects.visible_to(user).in_year(year)
    rows = statistics.money_by_source(user, year)
    groups = tasks.task_groups(user)
    context = {
        "groups": groups,
        "waiting": sum(group.count for group in groups),
        "year": year,
        "years": _plan_years(user, year),
        "by_status": statistics.projects_by_status(projects),
        "project_count": projects.count(),
        "money": rows,
        "money_total": statistics.source_total(rows),
        "recent": _recent(user),
        "can_create_project": can_create_project(user),
        "can_create_plan": can_create_plan(user),
        "is_admin": user.role == Role.ADMIN,
        "today": today(),
    }
    return render(request, "reports/home.html", context)


def _plan_years(user, year):
    """Plan years that the person sees, newest first, and the one on show."""
    years = AnnualPlan.objects.visible_to(user).order_by().values_list("year", flat=True).distinct()
    return sorted({year, *years}, reverse=True)


def _chosen_year(request):
    text = request.GET.get("nam", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) == 4 else today().year


def _recent(user):
    """The last acts on records that the person sees."""
    entries = AuditEntry.objects.select_related("actor").order_by("-pk")
    if not user.sees_all_provinces:
        entries = entries.filter(province__in=user.province_ids) | entries.filter(owner=user.organisation_id)
    return entries[:RECENT]


@require_GET
def search(request):
    text = request.GET.get("q", "").strip()
    results = records.found(request.user, text) if text else []
    return render(request, "reports/search.html", {"text": text, "results": results})


@require_GET
def history(request, kind, pk):
    """The whole timeline of one record, for those who see the record."""
    if kind not in records.KINDS:
        raise Http404
    model, noun, _list_name = records.KINDS[kind]
    record = get_object_or_404(model.objects.visible_to(request.user), pk=pk)
    entries = AuditEntry.objects.about(record).select_related("actor")[:HISTORY_PAGE]
    return render(request, "reports/history.html", {"record": record, "noun": noun, "entries": entries})


@require_GET
def who_may(request):
    """The transition tables, as people read them."""
    tables = [("Kế hoạch", workflow.PLAN_TRANSITIONS), ("Đề án, nhiệm vụ", workflow.PROJECT_TRANSITIONS)]
    rows = [(title, [_rule_row(title, rule) for rule in rules]) for title, rules in tables]
    return render(request, "reports/who_may.html", {"tables": rows, "roles": Role.choices})


def _rule_row(title, rule):
    model = AnnualPlan if title == "Kế hoạch" else Project
    labels = dict(model._meta.get_field("status").flatchoices)
    return {
        "label": rule.label,
        "sources": [labels[state] for state in rule.sources],
        "target": labels[rule.target],
        "roles": [Role(role).label for role in rule.roles],
        "note": rule.note,
        "needs_reason": rule.needs_reason,
    }


@require_GET
def help_page(request):
    return render(request, "reports/guide.html", {"title": "Trợ giúp", "html": guide.page("docs/huong-dan-su-dung.md")})


@require_GET
def changelog(request):
    return render(request, "reports/guide.html", {"title": "Có gì mới", "html": guide.page("CHANGELOG.md")})


def export(request, kind):
    """A list with the filters and the order of the page it was called from: at once, or by the worker when long."""
    exporter, count = jobs.EXPORTS[kind](request.user, request.GET)
    if count <= settings.EXPORT_ROWS_AT_ONCE:
        return exporter.as_response()
    return redirect(jobs.start_export(kind, by=request.user, query=request.GET.urlencode()))


@require_GET
def projects_export(request):
    return export(request, "projects")


@require_GET
def facilities_export(request):
    return export(request, "facilities")


@require_GET
def job(request, pk):
    """How far the worker is; htmx asks again until it is over."""
    found = get_object_or_404(Job.objects.visible_to(request.user), pk=pk)
    name = "reports/_job.html" if request.htmx else "reports/job.html"
    return render(request, name, {"job": found, "is_expired": found.status == JobStatus.DONE and not found.file})


@require_GET
def job_file(request, pk):
    found = get_object_or_404(Job.objects.visible_to(request.user).exclude(file=""), pk=pk, status=JobStatus.DONE)
    return FileResponse(found.file.open(), as_attachment=True, filename=found.filename)


@require_GET
def plan_export(request, pk):
    """The summary of one plan, grouped, with what it rests on."""
    plan = get_object_or_404(AnnualPlan.objects.visible_to(request.user).select_related("owner"), pk=pk)
    lines = plan.projects.filter(status__in=COUNTED).order_by("group__number", "content__position", "code")
    exporter = exporters.PlanExporter(
        exporters.grouped(for_export(lines)),
        subtitle_lines=[str(plan), exporters.decision_line(plan)],
        organisation=str(plan.owner),
        printed_by=str(request.user),
    )
    return exporter.as_response()
