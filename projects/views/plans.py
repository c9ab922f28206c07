"""Plans: list, page of one, building it line by line, the approval desk, frozen versions."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django.views.generic import ListView

from khuyencong.models import AuditEntry
from khuyencong.permissions import belongs_to
from programs.models import AnnualPlan, PlanStatus
from programs.permissions import PLANNERS, can_create_plan, can_edit_plan
from projects import permissions, plan_lines, progress, services, workflow
from projects.forms.plans import DecisionForm, PlanFilterForm, PlanReturnForm, SubmitPlanForm
from projects.models import PlanSnapshot, Project, ProjectStatus
from projects.services.plan import COUNTED

RECENT = 8
PLAN_ITEMS = dict(PlanReturnForm.base_fields["items"].choices)


def visible_plan(request, pk):
    rows = AnnualPlan.objects.visible_to(request.user).select_related(
        "program", "owner", "created_by", "submitted_by", "approved_by"
    )
    return get_object_or_404(rows, pk=pk)


class PlanListView(ListView):
    paginate_by = 50
    page_kwarg = "trang"

    def get_queryset(self):
        self.filter_form = PlanFilterForm(self.request.GET, user=self.request.user)
        plans = self.filter_form.filter(AnnualPlan.objects.visible_to(self.request.user))
        counted = Project.objects.filter(plan=OuterRef("pk")).order_by().values("plan").annotate(
            all=Count("pk"), counted=Count("pk", filter=Q(status__in=COUNTED))
        )  # fmt: skip
        return plans.annotate(
            project_count=Coalesce(Subquery(counted.values("all")), 0),
            line_count=Coalesce(Subquery(counted.values("counted")), 0),
        ).select_related("program", "owner")

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            filter_form=self.filter_form,
            chips=self.filter_form.chips(),
            default_sort="-nam",
            can_create=can_create_plan(self.request.user),
            **kwargs,
        )

    def get_template_names(self):
        name = "_plan_table" if self.request.htmx else "plan_list"
        return [f"projects/{name}.html"]


def _plan_context(request, plan):
    projects = plan_lines.plan_projects(plan)
    for project in projects:
        project.plan = plan
        project.next_actor = progress.next_actor(project)
    places = plan_lines.by_place(projects, plan)
    user = request.user
    return {
        "plan": plan,
        "positions": services.budget_position(plan),
        "groups": plan_lines.grouped(places["in_plan"]),
        "totals": plan_lines.sums(places["in_plan"]),
        "places": places,
        "can_place": plan.is_open and user.role in PLANNERS and belongs_to(user, plan),
        "can_edit": can_edit_plan(user, plan),
    }


@require_GET
def plan_detail(request, pk):
    plan = visible_plan(request, pk)
    note = plan.returns.filter(resolved_at=None).select_related("returned_by").first()
    user = request.user
    context = _plan_context(request, plan) | {
        "note": note if plan.status == PlanStatus.RETURNED else None,
        "note_items": _note_items(plan, note),
        "submit_form": SubmitPlanForm(
            initial={"proposal_number": plan.proposal_number, "proposal_on": plan.proposal_on}
        ),
        "submit_why_not": workflow.SUBMIT_PLAN.why_not(user, plan),
        "may_submit": user.role in workflow.SUBMIT_PLAN.roles and plan.is_open,
        "approve_why_not": workflow.APPROVE_PLAN.why_not(user, plan),
        "may_decide": user.role in workflow.APPROVE_PLAN.roles and plan.status == PlanStatus.SUBMITTED,
        "may_close": workflow.CLOSE_PLAN.is_open_to(user, plan),
        "may_hand_over": permissions.can_hold_handover(user, plan),
        "may_add": plan.is_open and permissions.can_create_project(user) and belongs_to(user, plan),
        "snapshots": list(plan.snapshots.select_related("taken_by")),
        "entries": AuditEntry.objects.about(plan).select_related("actor")[:RECENT],
    }
    return render(request, "projects/plan_detail.html", context)


def _note_items(plan, note):
    if note is None:
        return []
    addresses = {"budget": "programs:plan_budget", "groups": "programs:plan_groups", "proposal": "programs:plan_edit"}
    return [
        (PLAN_ITEMS.get(item, item), reverse(addresses[item], args=[plan.pk]) if item in addresses else "#lines")
        for item in note.items
    ]


@require_POST
def plan_place(request, pk):
    """Move one line in, to the reserve or out; with htmx only the lines and the envelopes come back."""
    plan = visible_plan(request, pk)
    key = request.POST.get("project", "")
    if not (key.isascii() and key.isdigit()):
        raise Http404
    project = get_object_or_404(Project.objects.visible_to(request.user).filter(plan=plan), pk=key)
    try:
        services.place_project(project, by=request.user, status=request.POST.get("place", ""))
    except ValidationError as refusal:
        messages.error(request, f"{project.code}: {' '.join(refusal.messages)}")
    if request.htmx:
        return render(request, "projects/_plan_lines.html", _plan_context(request, plan))
    return redirect(f"{plan.get_absolute_url()}#lines")


@require_POST
def plan_submit(request, pk):
    plan = visible_plan(request, pk)
    form = SubmitPlanForm(request.POST)
    if not form.is_valid():
        for texts in form.errors.values():
            messages.error(request, " ".join(texts))
        return redirect(plan)
    try:
        plan = services.submit_plan(plan, by=request.user, **form.cleaned_data)
    except ValidationError as refusal:
        for text in refusal.messages:
            messages.error(request, text)
    else:
        messages.success(request, f"Đã trình {plan}.")
    return redirect(plan)


def plan_approve(request, pk):
    """The approval desk: every line, totals per source against the envelope, the decision."""
    plan = visible_plan(request, pk)
    why_not = workflow.APPROVE_PLAN.why_not(request.user, plan)
    if request.user.role not in workflow.APPROVE_PLAN.roles:
        workflow.APPROVE_PLAN.apply(plan, by=request.user)
    if why_not and request.method == "GET":
        messages.warning(request, why_not)
        return redirect(plan)
    projects = plan_lines.by_place(plan_lines.plan_projects(plan), plan)["in_plan"]
    form = DecisionForm(request.POST or None, projects=projects, initial=_last_decision(plan))
    if request.method == "POST" and request.POST.get("act") == "approve" and form.is_valid():
        try:
            services.approve_plan(plan, by=request.user, returned=form.returned, **form.decision)
        except ValidationError as refusal:
            form.add_error(None, refusal.messages)
        else:
            count, returned = len(projects) - len(form.returned), len(form.returned)
            messages.success(request, f"Đã phê duyệt {count} đề án, trả lại {returned} đề án.")
            return redirect(plan)
    context = _desk_context(plan, projects, form, checking=request.POST.get("act") == "count")
    template = "projects/_desk_sums.html" if request.htmx else "projects/plan_approve.html"
    return render(request, template, context)


def _last_decision(plan):
    """Issuer and signer as in the owner's latest decision, so that they are typed once."""
    last = AnnualPlan.objects.filter(owner=plan.owner_id, decision_on__isnull=False).order_by("-decision_on").first()
    names = ("decision_issuer", "signer_name", "signer_position")
    return {name: getattr(last, name) for name in names} if last else {}


def _desk_context(plan, projects, form, *, checking):
    returned = form.chosen_returns() if form.is_bound else []
    gone = plan_lines.mark_changes(projects, plan_lines.last_submitted(plan, before_latest=True))
    approved = [project for project in projects if project.pk not in returned]
    for project in projects:
        project.verdict = form[f"verdict-{project.pk}"]
        project.reason = form[f"reason-{project.pk}"]
        project.is_returned = project.pk in returned
    return {
        "plan": plan,
        "form": form,
        "groups": plan_lines.grouped(projects),
        "totals": plan_lines.sums(projects),
        "approved": plan_lines.sums(approved),
        "returned_count": len(returned),
        "positions": services.budget_position(plan, without=returned),
        "whole": {row.source.pk: row for row in services.budget_position(plan)},
        "gone": gone,
        "changed_count": sum(bool(project.change) for project in projects) + len(gone),
        "previous": plan_lines.last_submitted(plan, before_latest=True),
        "checking": checking,
        "return_form": PlanReturnForm(),
    }


def plan_return(request, pk):
    """Send the whole plan back with a reason and named items."""
    plan = visible_plan(request, pk)
    why_not = workflow.RETURN_PLAN.why_not(request.user, plan)
    if why_not and request.method == "GET":
        messages.warning(request, why_not)
        return redirect(plan)
    form = PlanReturnForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.return_plan(plan, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal.messages)
        else:
            messages.success(request, f"Đã trả lại {plan} cho {plan.submitted_by}.")
            return redirect(plan)
    return render(request, "projects/plan_return.html", {"plan": plan, "form": form})


@require_POST
def plan_close(request, pk):
    plan = visible_plan(request, pk)
    try:
        services.close_plan(plan, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"Đã kết thúc {plan}.")
    return redirect(plan)


@require_GET
def plan_snapshot(request, pk):
    """A frozen version of a plan: what was submitted or approved, as it stood then."""
    visible = AnnualPlan.objects.visible_to(request.user)
    rows = PlanSnapshot.objects.filter(plan__in=visible).select_related("plan", "taken_by")
    snapshot = get_object_or_404(rows, pk=pk)
    lines = list(snapshot.lines.select_related("project").prefetch_related("amounts__source"))
    for line in lines:
        line.total = sum(amount.amount for amount in line.amounts.all())
        line.status_label = ProjectStatus(line.status).label
    context = {"snapshot": snapshot, "lines": lines, "total": sum(line.total for line in lines)}
    return render(request, "projects/plan_snapshot.html", context)
