"""Projects to read and to decide on: list, page of one, acts."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django.views.generic import ListView

from khuyencong.models import AuditEntry
from khuyencong.money import vnd
from projects import permissions, progress, services, workflow
from projects.forms.acts import AcceptanceForm, AppraisalForm, MoveForm, RejectForm, ReturnForm
from projects.forms.filters import ProjectFilterForm
from projects.forms.parts import BY_SLUG
from projects.models import Project, ProjectStatus

RECENT = 10
# Transitions that a page of their own stands behind, in the order of the buttons.
ACTS = (
    (workflow.APPRAISE_PROJECT, "projects:appraise"),
    (workflow.RETURN_PROJECT, "projects:return"),
    (workflow.REJECT_PROJECT, "projects:reject"),
    (workflow.START_PROJECT, "projects:start"),
    (workflow.ACCEPT_PROJECT, "projects:accept"),
)


def visible_project(request, pk):
    rows = Project.objects.visible_to(request.user).select_related(
        "plan__program", "plan__owner", "group", "content__parent", "industry", "implementing_unit", "unit__province",
        "owner", "reviewer", "created_by", "updated_by",
    )  # fmt: skip
    return get_object_or_404(rows, pk=pk)


class ProjectListView(ListView):
    paginate_by = 50
    page_kwarg = "trang"

    def get_queryset(self):
        self.filter_form = ProjectFilterForm(self.request.GET, user=self.request.user)
        self.filtered = self.filter_form.filter(Project.objects.visible_to(self.request.user))
        rows = self.filtered.with_amounts().select_related("plan", "content", "unit", "created_by", "reviewer")
        return rows.prefetch_related("beneficiaries__facility__unit")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        for project in context["page_obj"]:
            project.next_actor = progress.next_actor(project)
        return context | {
            "filter_form": self.filter_form,
            "totals": self.filtered.totals(),
            "chips": self.filter_form.chips(),
            "default_sort": "ma",
            "can_create": permissions.can_create_project(self.request.user),
        }

    def get_template_names(self):
        name = "_project_table" if self.request.htmx else "project_list"
        return [f"projects/{name}.html"]


@require_GET
def project_detail(request, pk):
    project = visible_project(request, pk)
    lines = list(project.funding_lines.select_related("source"))
    missing = services.missing_items(project) if project.is_editable else []
    context = {
        "project": project,
        "lines": lines,
        "line_totals": line_totals(lines),
        "beneficiaries": list(
            project.beneficiaries.with_amounts().select_related("facility__unit").prefetch_related("amounts__source")
        ),
        "cost_items": list(project.cost_items.select_related("beneficiary__facility")),
        "handovers": list(project.handovers.all()),
        "acceptance": getattr(project, "acceptance", None),
        "situation": progress.situation(project, missing=missing),
        "steps": progress.steps(project),
        "note": open_return(project),
        "acts": _acts(request.user, project),
        "can_edit": permissions.can_edit_project(request.user, project),
        "can_delete": permissions.can_delete_draft(request.user, project),
        "can_move": _can_move(request.user, project),
        "entries": AuditEntry.objects.about(project).select_related("actor")[:RECENT],
        "texts": _texts(project),
    }
    context["note_items"] = note_items(project, context["note"])
    return render(request, "projects/project_detail.html", context)


def line_totals(lines):
    """Sum per stage over the lines, None where no line has the stage, in đồng."""
    totals = {}
    for stage in ("requested", "appraised", "approved", "accepted"):
        amounts = [getattr(line, f"{stage}_amount") for line in lines]
        given = [amount for amount in amounts if amount is not None]
        totals[stage] = sum(given) if given else None
    return totals


def open_return(project):
    """The latest return that is not mended yet, while the file is with its author."""
    if project.status != ProjectStatus.RETURNED:
        return None
    return project.returns.filter(resolved_at=None).select_related("returned_by").first()


def note_items(project, note):
    """[(name of the part, its address)] of what a return names."""
    if note is None:
        return []
    parts = [BY_SLUG[slug] for slug in note.items if slug in BY_SLUG]
    return [(part.label, reverse("projects:edit", args=[project.pk, part.slug])) for part in parts]


def _acts(user, project):
    """[(transition, address, why not or None)] of the acts of this person's role."""
    return [
        (act, reverse(name, args=[project.pk]), act.why_not(user, project))
        for act, name in ACTS
        if user.role in act.roles and (project.status in act.sources or act.is_open_to(user, project))
    ]


def _can_move(user, project):
    movable = project.status in (ProjectStatus.APPRAISED, ProjectStatus.RESERVE, ProjectStatus.RETURNED)
    return movable and not workflow.RETURN_PROJECT.refusal(user, project) and user.role in workflow.PUT_IN_PLAN.roles


def _texts(project):
    names = (
        "necessity", "objective", "scale", "activities", "arrangement", "economic_effect", "social_effect",
        "environmental_effect", "lasting_effect", "appraisal_opinion",
    )  # fmt: skip
    return [
        (project._meta.get_field(name).verbose_name, getattr(project, name)) for name in names if getattr(project, name)
    ]


def _act(request, pk, transition, form_class, act, done):
    """One act with its form: refuse with 403 before showing it, keep what was typed when the service refuses."""
    project = visible_project(request, pk)
    reason = transition.why_not(request.user, project)
    if reason and request.method == "GET":
        messages.warning(request, reason)
        return redirect(project)
    form = (
        form_class(request.POST or None, project=project)
        if _takes_project(form_class)
        else form_class(request.POST or None)
    )
    if request.method == "POST" and form.is_valid():
        try:
            act(project, form)
        except ValidationError as refusal:
            form.add_error(None, refusal if "reason" not in getattr(refusal, "error_dict", {}) else refusal.messages)
        else:
            messages.success(request, done.format(project))
            return redirect(project)
    context = {
        "project": project,
        "form": form,
        "act": transition,
        "lines": list(project.funding_lines.select_related("source")),
    }
    return render(request, "projects/project_act.html", context)


def _takes_project(form_class):
    return form_class in (AppraisalForm, AcceptanceForm)


def project_appraise(request, pk):
    def act(project, form):
        opinion = form.cleaned_data["opinion"]
        services.appraise_project(project, by=request.user, opinion=opinion, amounts=form.amounts, shares=form.shares)

    return _act(request, pk, workflow.APPRAISE_PROJECT, AppraisalForm, act, "Đã thẩm định {}.")


def project_return(request, pk):
    def act(project, form):
        services.return_project(project, by=request.user, **form.cleaned_data)

    return _act(request, pk, workflow.RETURN_PROJECT, ReturnForm, act, "Đã trả lại {}.")


def project_reject(request, pk):
    def act(project, form):
        services.reject_project(project, by=request.user, **form.cleaned_data)

    return _act(request, pk, workflow.REJECT_PROJECT, RejectForm, act, "Đã ghi không phê duyệt {}.")


def project_accept(request, pk):
    def act(project, form):
        data = form.cleaned_data
        services.accept_project(
            project, by=request.user, number=data["number"], accepted_on=data["accepted_on"],
            conclusion=data["conclusion"], amounts=form.amounts,
        )  # fmt: skip

    return _act(request, pk, workflow.ACCEPT_PROJECT, AcceptanceForm, act, "Đã ghi nhận nghiệm thu {}.")


@require_POST
def project_start(request, pk):
    project = visible_project(request, pk)
    try:
        services.start_project(project, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"Đã bắt đầu thực hiện {project}.")
    return redirect(project)


def project_move(request, pk):
    project = visible_project(request, pk)
    form = MoveForm(request.POST or None, project=project)
    if request.method == "POST" and form.is_valid():
        try:
            services.move_project(project, by=request.user, plan=form.cleaned_data["plan"])
        except ValidationError as refusal:
            form.add_error(None, refusal.messages)
        else:
            messages.success(request, f"Đã chuyển {project} sang {form.cleaned_data['plan']}.")
            return redirect(project)
    context = {"project": project, "form": form, "lines": list(project.funding_lines.select_related("source"))}
    return render(request, "projects/project_move.html", context)


@require_POST
def project_delete(request, pk):
    project = visible_project(request, pk)
    services.delete_draft(project, by=request.user)
    messages.success(request, f"Đã xóa bản dự thảo {project}, tổng dự toán {vnd(project.total_cost or 0)}.")
    return redirect("projects:list")
