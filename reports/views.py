"""Search, help, timelines, packed records and the work of the worker."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from khuyencong.documents.kinds import KINDS
from khuyencong.forms import LONGEST_SEARCH
from khuyencong.kept import EVERYBODY, kept
from khuyencong.lists import ListPaginator
from khuyencong.models import AdministrativeUnit, AuditEntry, Job, JobStatus, Role, UnitSuccession
from khuyencong.text import search_words
from khuyencong.units import describe_today, own_provinces
from programs.models import AnnualPlan
from projects import workflow
from projects.models import Amendment, Project, Settlement
from projects.plan_lines import mark_norms
from projects.services.plan import COUNTED, PLAN_ORDER
from reports import exporters, guide, jobs, records
from reports.lists import for_export

HISTORY_PAGE = 100
UNITS_FOUND = 3


@require_GET
def search(request):
    """Records of every kind that match the words, and places of that name with where they are today."""
    text = request.GET.get("q", "")[:LONGEST_SEARCH].strip()
    context = {"text": text, "results": [], "units": [], "meant": ""}
    if search_words(text):
        context["results"] = records.found(request.user, text)
        if not context["results"]:
            context["meant"], context["results"] = records.found_nearly(request.user, text)
        near = sorted(own_provinces(request.user))
        context["units"] = kept(("units named", text, near), lambda: _units_named(text, near), within=EVERYBODY)
    return render(request, "reports/search.html", context)


def _units_named(text, near):
    heirs = Prefetch("later_links", UnitSuccession.objects.select_related("successor"))
    units = AdministrativeUnit.objects.matching(text, near).select_related("province").prefetch_related(heirs)
    return [(unit, describe_today(unit)) for unit in units[:UNITS_FOUND]]


@require_GET
def history(request, kind, pk):
    """The whole timeline of one record, for those who see the record."""
    if kind not in records.KINDS:
        raise Http404
    word, kind = kind, records.KINDS[kind]
    record = get_object_or_404(kind.model.objects.visible_to(request.user), pk=pk)
    entries = AuditEntry.objects.about(record).select_related("actor")
    page = ListPaginator(entries, HISTORY_PAGE).get_page(request.GET.get("trang"))
    return render(request, "reports/history.html", {"record": record, "kind": kind, "word": word, "page_obj": page})


@require_GET
def who_may(request):
    """The transition tables, as people read them, with the moves of the reader's own role marked."""
    tables = [
        ("Kế hoạch", AnnualPlan, workflow.PLAN_TRANSITIONS),
        ("Đề án, nhiệm vụ", Project, workflow.PROJECT_TRANSITIONS),
        ("Điều chỉnh đề án", Amendment, workflow.AMENDMENT_TRANSITIONS),
        ("Quyết toán hợp đồng", Settlement, workflow.SETTLEMENT_TRANSITIONS),
    ]
    rows = [(title, [_rule_row(model, rule, request.user) for rule in rules]) for title, model, rules in tables]
    papers = [_paper_row(kind, request.user) for kind in KINDS.values()]
    return render(request, "reports/who_may.html", {"tables": rows, "papers": papers})


def _paper_row(kind, user):
    """Who issues a kind of paper, as its `refusal` has it; whoever may issue one may replace and revoke it."""
    return {
        "label": kind.label,
        "form": kind.form,
        "roles": [Role(role).label for role in kind.roles],
        "is_mine": user.role in kind.roles,
        "note": kind.issuing_note,
    }


def _rule_row(model, rule, user):
    labels = dict(model._meta.get_field("status").flatchoices)
    return {
        "label": rule.label,
        "sources": [labels[state] for state in rule.sources],
        "target": labels[rule.target],
        "roles": [Role(role).label for role in rule.roles],
        "is_mine": rule.is_for(user),
        "note": rule.note,
        "needs_reason": rule.needs_reason,
    }


@require_GET
def help_page(request):
    return render(request, "reports/guide.html", {"title": "Trợ giúp", "html": guide.page("docs/huong-dan-su-dung.md")})


@require_GET
def changelog(request):
    return render(request, "reports/guide.html", {"title": "Có gì mới", "html": guide.page("CHANGELOG.md")})


def _bundle(request, model, kind, pk):
    """Have everything about a record packed for whoever sees it, and follow the work."""
    record = get_object_or_404(model.objects.visible_to(request.user), pk=pk)
    try:
        return redirect(jobs.start_bundle(kind, record.pk, by=request.user))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(record)


@require_POST
def project_bundle(request, pk):
    return _bundle(request, Project, "project_bundle", pk)


@require_POST
def plan_bundle(request, pk):
    return _bundle(request, AnnualPlan, "plan_bundle", pk)


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
    projects = list(for_export(plan.projects.filter(status__in=COUNTED)).order_by(*PLAN_ORDER))
    for project in projects:
        project.plan, project.owner = plan, plan.owner
    mark_norms(projects)
    exporter = exporters.PlanExporter(
        exporters.grouped(projects),
        subtitle_lines=[str(plan), exporters.decision_line(plan)],
        organisation=str(plan.owner),
        printed_by=str(request.user),
    )
    return exporter.as_response()
