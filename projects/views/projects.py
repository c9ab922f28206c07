"""Projects to read and to decide on: list, page of one, acts."""

from collections import Counter
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseClientRedirect

from khuyencong.documents.panels import panel_of
from khuyencong.forms import add_refusal
from khuyencong.kept import kept_of
from khuyencong.lists import PER_PAGE, KeyedPaginator
from khuyencong.models import AuditEntry
from khuyencong.money import vnd
from khuyencong.permissions import require
from khuyencong.together import read_together
from khuyencong.versions import StaleVersionError
from programs.models import AnnualPlan
from projects import deadlines, permissions, progress, services, workflow
from projects.figures import (
    beneficiaries_of,
    beneficiary_total,
    funding_table,
    indicators_of,
    kinds_told,
    texts_of,
)
from projects.forms.acts import (
    AppraisalForm,
    ConfirmForm,
    MoveForm,
    RejectForm,
    ReturnForm,
)
from projects.forms.filters import ProjectFilterForm
from projects.models import Project, ProjectStatus
from projects.models.project import read_amounts
from projects.questions import BENEFICIARIES, COST_ITEMS, ENTRIES, FUNDING, HANDOVERS, JOINED, POINTED, read_file
from projects.services import papers
from projects.services.eligibility import read_checks
from projects.shown import OF_A_ROW, project_rows
from projects.situation import situation_of
from projects.tabs import tabs_of
from projects.task_list import changed_since, missing_links, named_links, open_return

ONLY_OWN_DRAFTS = "Chỉ người lập xóa được bản dự thảo chưa từng trình."


def visible_project(request, pk, *questions):
    """The project with all that it points to, and what the page is going to ask."""
    project = project_alone(request, pk)
    read_together(project, *POINTED, *questions)
    return project


def project_alone(request, pk):
    """The project for a page that asks for what it points to (POINTED) with all the rest."""
    return get_object_or_404(Project.objects.visible_to(request.user).select_related(*JOINED), pk=pk)


@require_GET
def project_list(request):
    """Filter, sums and page; htmx gets the table alone, or the page anew where a field has something to say."""
    form = ProjectFilterForm(request.GET, user=request.user)
    if request.htmx and not form.is_valid():
        return HttpResponseClientRedirect(request.get_full_path())
    filtered = form.filter(Project.objects.visible_to(request.user))
    totals, kinds, years = kept_of(filtered, "head", lambda: _head(filtered), within=request.user)
    rows = Project.objects.select_related("plan", "content", "unit", "created_by", "reviewer").only(*OF_A_ROW)
    parts = [({"plan__year": year}, count) for year, count in years] if form.sorts_by_year else ()
    paginator = KeyedPaginator(filtered, PER_PAGE, rows=rows, count=totals["count"], parts=parts)
    page = paginator.page(request.GET.get("trang"))
    context = {
        "filter_form": form,
        "totals": totals,
        "kinds": kinds,
        "chips": form.chips(),
        "page_obj": page,
        "rows": paginator.kept_values(page, "projects", lambda: _rows(page, totals), within=request.user),
        "default_sort": form.default_sort,
        "can_create": permissions.can_create_project(request.user),
    }
    name = "_project_table" if request.htmx else "project_list"
    return render(request, f"projects/{name}.html", context)


def _rows(page, totals):
    projects = list(page)
    read_amounts(projects)
    return project_rows(projects, with_other=bool(totals["other_amount"]))


def _head(projects):
    """(sums, how many of each kind in words, [(plan year, how many)] with the newest first) of a list."""
    # By plan, and rows instead of keys: an index holds all of it.
    rows = projects.order_by().values_list("plan", "kind").annotate(row_count=Count("*"))
    year_of = dict(AnnualPlan.objects.values_list("pk", "year").order_by())
    kinds, years = Counter(), Counter()
    for plan, kind, count in rows:
        kinds[kind] += count
        years[year_of[plan]] += count
    return projects.totals(count=kinds.total()), kinds_told(kinds), sorted(years.items(), reverse=True)


@require_GET
def project_detail(request, pk):
    project = project_alone(request, pk)
    read_file(project, *POINTED, *_questions_of_state(project))
    missing = services.missing_items(project) if project.is_editable else []
    note = open_return(project)
    acceptance = project.acceptance
    beneficiaries = beneficiaries_of(project)
    items = COST_ITEMS.of(project)
    context = {
        "project": project,
        "funding": funding_table(project),
        "beneficiaries": beneficiaries,
        "beneficiary_total": beneficiary_total(beneficiaries),
        "cost_items": items,
        "cost_total": sum(item.amount for item in items),
        "indicators": indicators_of(project),
        "handovers": HANDOVERS.of(project),
        "acceptance": acceptance,
        "situation": situation_of(
            project, user=request.user, missing=missing_links(project, missing), named=_unmended(project, note)
        ),
        "steps": progress.steps(project, accepted_on=acceptance and acceptance.accepted_on),
        "note": note,
        "note_items": named_links(project, note),
        "rejection": _rejection(project),
        "buttons": buttons_for(request.user, project),
        "can_copy": permissions.can_create_project(request.user),
        "entries": ENTRIES.of(project),
        "texts": texts_of(project),
        "panel": panel_of(project, request.user),
        "tabs": tabs_of(project, "projects:detail"),
    }
    return render(request, "projects/project_detail.html", context)


def _questions_of_state(project):
    """Days are counted once a project is approved; a draft owes no papers yet."""
    if project.is_approved:
        return *deadlines.QUESTIONS, *papers.QUESTIONS
    return () if project.status == ProjectStatus.DRAFT else papers.QUESTIONS


def _unmended(project, note):
    return named_links(project, note, mended=changed_since(project, note)) if note else []


def _rejection(project):
    """Who turned the project down and why, as the trail tells it."""
    if project.status != ProjectStatus.REJECTED:
        return None
    entries = AuditEntry.objects.about(project).filter(action=workflow.REJECT_PROJECT.action)
    return entries.select_related("actor").first()


# Acts


@dataclass(frozen=True)
class Button:
    """An act as the page offers it: open with its address, or closed with the reason."""

    key: str
    label: str
    address: str
    css: str = ""
    why_not: str | None = None


MAIN, DANGER = "button--main", "button--danger"
# Where each move of the table is made, in the order of the buttons, and their look.
PLACES = (
    (workflow.SUBMIT_PROJECT, "projects:edit", MAIN),
    (workflow.APPRAISE_PROJECT, "projects:appraise", MAIN),
    (workflow.PUT_IN_PLAN, "projects:plan_detail", MAIN),
    (workflow.TAKE_OUT_OF_PLAN, "projects:plan_detail", ""),
    (workflow.APPROVE_PROJECT, "projects:plan_detail", MAIN),
    (workflow.SIGN_CONTRACT, "projects:contract_create", MAIN),
    (workflow.START_PROJECT, "projects:start", MAIN),
    (workflow.ACCEPT_PROJECT, "projects:accept", MAIN),
    (workflow.HAND_OVER_PROJECT, "projects:handover_create", MAIN),
    (workflow.RETURN_PROJECT, "projects:return", ""),
    (workflow.REJECT_PROJECT, "projects:reject", DANGER),
)


def buttons_for(user, project):
    """The moves that this role makes from the present state, then edits; a reason in the way is told once."""
    buttons, reasons = [], set()
    for move, name, css in PLACES:
        if not move.is_for(user) or project.status not in move.sources:
            continue
        why_not = move.why_not(user, project)
        if why_not not in reasons:
            buttons.append(Button(move.action, move.label, _address(name, project), css, why_not))
            reasons.add(why_not or move.action)
    if permissions.can_edit_project(user, project):
        buttons.append(Button("edit", "Sửa", reverse("projects:edit", args=[project.pk, "thong-tin"])))
    if permissions.move_refusal(user, project) is None:
        buttons.append(Button("move", "Chuyển kế hoạch", reverse("projects:move", args=[project.pk])))
    if permissions.can_delete_draft(user, project):
        buttons.append(Button("delete", "Xóa bản dự thảo", reverse("projects:delete", args=[project.pk]), DANGER))
    return buttons


def _address(name, project):
    if name == "projects:edit":
        return reverse(name, args=[project.pk, "kiem-tra"])
    if name == "projects:contract_create":
        return f"{reverse(name, args=[project.plan_id])}?de-an={project.pk}"
    if name in ("projects:plan_detail", "projects:handover_create"):
        return reverse(name, args=[project.plan_id])
    return reverse(name, args=[project.pk])


def project_appraise(request, pk):
    def act(project, form):
        return services.appraise_project(project, by=request.user, expected_version=form.expected_version, **form.given)

    return _act(request, pk, workflow.APPRAISE_PROJECT, AppraisalForm, act, "Đã thẩm định {project.code}: {money}.")


def project_return(request, pk):
    def act(project, form):
        return services.return_project(project, by=request.user, **form.given)

    done = "Đã trả lại {project.code} cho {project.created_by}."
    return _act(request, pk, workflow.RETURN_PROJECT, ReturnForm, act, done)


def project_reject(request, pk):
    def act(project, form):
        return services.reject_project(project, by=request.user, **form.given)

    return _act(request, pk, workflow.REJECT_PROJECT, RejectForm, act, "Đã ghi không phê duyệt {project.code}.")


def project_start(request, pk):
    def act(project, form):
        return services.start_project(project, by=request.user)

    done = "Đã bắt đầu thực hiện {project.code}: được duyệt {money}."
    return _act(request, pk, workflow.START_PROJECT, ConfirmForm, act, done)


def _act(request, pk, move, form_class, act, done):
    """The page of one move: closed to other people (403), kept as typed when refused, done once when pressed twice."""
    project = visible_project(request, pk)
    if not move.is_for(request.user) or move.refusal(request.user, project):
        raise PermissionDenied(move.why_not(request.user, project))
    if project.status == move.target:
        return _done_before(request, project)
    if request.method != "POST":
        if project.status not in move.sources:
            messages.warning(request, move.why_not(request.user, project))
            return redirect(project)
        if move is workflow.APPRAISE_PROJECT:
            read_checks(project, BENEFICIARIES)
        return _act_page(request, project, move, form_class(project=project))
    form = form_class(request.POST, project=project)
    if project.status in move.sources and form.is_about_another(project):
        form = _read_again(form_class, request.POST, project)
    elif form.is_valid():
        try:
            project = act(project, form)
        except StaleVersionError as stale:
            project = stale.current
            form = _read_again(form_class, request.POST, project)
        except ValidationError as refusal:
            project.refresh_from_db(fields=["status"])
            if project.status == move.target:
                return _done_before(request, project)
            add_refusal(form, refusal)
        else:
            messages.success(request, done.format(project=project, money=_money_words(project)))
            return redirect(project)
    return _act_page(request, project, move, form)


def _done_before(request, project):
    """The second press of a button, or somebody quicker."""
    messages.info(request, f"{project.code} đang “{project.get_status_display()}”: việc này đã làm xong trước đó.")
    return redirect(project)


def _act_page(request, project, move, form):
    context = {"project": project, "form": form, "move": move, "money": _money_words(project)}
    if move is workflow.APPRAISE_PROJECT:
        context |= {
            "findings": services.norm_findings(project),
            "checks": services.eligibility(project),
            "duplicates": services.duplicates(project, user=request.user),
        }
    return render(request, "projects/project_act.html", context)


def _read_again(form_class, data, project):
    """The form with what was typed, over the file as someone else left it."""
    data = data.copy()
    data["version"] = project.version
    form = form_class(data, project=project)
    form.add_error(None, changed_since_read(project))
    return form


def changed_since_read(project):
    when = timezone.localtime(project.updated_at)
    return (
        f"{project.updated_by} đã sửa hồ sơ lúc {when:%H:%M %d/%m/%Y}, sau khi ông/bà mở trang. Trang này đã lấy "
        "số liệu mới; xem lại rồi bấm lần nữa."
    )


def _money_words(project):
    """“KCĐP 300.000.000 đồng, Đối ứng 340.000.000 đồng”: what the lines hold now."""
    amounts = [
        (line.source.short_name, line.current_amount if line.accepted_amount is None else line.accepted_amount)
        for line in FUNDING.of(project)
    ]
    return ", ".join(f"{name} {vnd(amount)}" for name, amount in amounts) or "chưa có kinh phí"


def project_move(request, pk):
    project = visible_project(request, pk)
    if request.POST.get("plan") == str(project.plan_id):
        messages.info(request, f"{project.code} đã ở {project.plan}.")
        return redirect(project)
    refusal = permissions.move_refusal(request.user, project)
    require(refusal is None, refusal)
    form = MoveForm(request.POST if request.method == "POST" else None, project=project)
    if form.is_valid():
        try:
            project = services.move_project(project, by=request.user, **form.given)
        except ValidationError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, f"Đã chuyển {project.code} ({_money_words(project)}) sang {project.plan}.")
            return redirect(project)
    context = {"project": project, "form": form, "money": _money_words(project)}
    return render(request, "projects/project_move.html", context)


def project_delete(request, pk):
    """Ask before a draft disappears, saying what goes with it."""
    project = visible_project(request, pk)
    require(permissions.can_delete_draft(request.user, project), ONLY_OWN_DRAFTS)
    if request.method == "POST":
        services.delete_draft(project, by=request.user)
        messages.success(request, f"Đã xóa bản dự thảo {project.code} “{project.name}”.")
        return redirect("projects:list")
    context = {
        "project": project,
        "money": _money_words(project),
        "facility_count": project.beneficiaries.count(),
        "item_count": project.cost_items.count(),
        "paper_count": project.papers.count(),
    }
    return render(request, "projects/project_delete.html", context)
