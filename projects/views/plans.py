"""Plans: list, page of one, building it line by line, submitting, returning, closing, frozen versions."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from khuyencong.documents.panels import panel_of
from khuyencong.kept import kept
from khuyencong.lists import SummedListView
from khuyencong.permissions import belongs_to, require
from khuyencong.together import read_together
from programs.models import AnnualPlan, FundingSource, PlanStatus
from programs.permissions import PLANNERS, can_create_plan, can_edit_plan
from projects import permissions, plan_lines, plan_questions, services, workflow
from projects.documents import PLAN_DECISION
from projects.forms.plans import PARTS, PlaceForm, PlanFilterForm, PlanReturnForm, SubmitPlanForm
from projects.models import PlanSnapshot, Project, ProjectStatus, SnapshotPurpose
from projects.services.plan import POSITION, is_intact
from projects.shown import plan_rows

# Where each part of a plan is mended.
PART_PAGES = {"budget": "programs:plan_budget", "groups": "programs:plan_groups", "proposal": "programs:plan_edit"}


def visible_plan(request, pk):
    rows = AnnualPlan.objects.visible_to(request.user).select_related(
        "program", "owner", "created_by", "submitted_by", "approved_by", "past_decision"
    )
    return get_object_or_404(rows, pk=pk)


def refused(request, plan, transition):
    """None where the act is open; a way back with the reason where the plan has moved on meanwhile.

    Raises PermissionDenied for the wrong role or person.
    """
    why_not = transition.why_not(request.user, plan)
    if why_not is None:
        return None
    require(transition.is_for(request.user) and plan.status not in transition.sources, why_not)
    messages.warning(request, why_not)
    return redirect(plan)


class PlanListView(SummedListView):
    stays_within_sight = True

    def get_queryset(self):
        self.filter_form = PlanFilterForm(self.request.GET, user=self.request.user)
        return self.filter_form.ordered(self.filter_form.rows())

    def shown(self):
        return plan_lines.with_sums(AnnualPlan.objects.select_related("program", "owner"))

    def values_of(self, page):
        return plan_rows(page, self.request.user)

    def values_rest_on(self):
        return self.request.user.organisation_id

    def totals(self):
        return plan_lines.plan_totals(self.object_list)

    def get_context_data(self, **kwargs):
        return super().get_context_data(can_create=can_create_plan(self.request.user), **kwargs)

    def get_template_names(self):
        name = "_plan_table" if self.request.htmx else "plan_list"
        return [f"projects/{name}.html"]


def _lines_context(request, plan, *questions):
    """What the swapped part of the page shows: envelopes, and the lines by place; `questions` are asked with them."""
    questions = POSITION, *questions
    tables = plan_lines.tables_of(plan, request.user, *questions)
    read_together(plan, *questions)
    return {
        "plan": plan,
        "positions": services.budget_position(plan),
        "places": {name: table.projects for name, table in tables.items()},
        "tables": tables,
        "can_edit_lines": plan.is_open and request.user.role in permissions.DRAFTERS and belongs_to(request.user, plan),
        "can_place": plan.is_open and request.user.role in PLANNERS and belongs_to(request.user, plan),
    }


@require_GET
def plan_detail(request, pk):
    return _plan_page(request, visible_plan(request, pk))


def _plan_page(request, plan, submit_form=None):
    lines = _lines_context(request, plan, *plan_questions.OF_PAGE)
    snapshots = plan_questions.SNAPSHOTS.of(plan)
    open_money = _open_money(request.user, plan)
    context = (
        lines
        | _standing(request.user, plan, lines, open_money)
        | {
            "course": plan_lines.course_of(snapshots),
            "left_out": plan_lines.returned_at_approval(plan),
            "submit_form": submit_form or _submit_form(plan),
            "snapshots": snapshots,
            "handovers": plan_questions.HANDOVERS.of(plan) if plan.is_approved else [],
            "entries": plan_questions.ENTRIES.of(plan),
            "panel": panel_of(plan, request.user),
        }
    )
    return render(request, "projects/plan_detail.html", context | _note(plan))


def _open_money(user, plan):
    """Where money of an approved plan is not accounted for yet, in words."""
    if not plan.is_approved:
        return []
    return kept(("open money", plan.pk), lambda: services.open_money(plan), within=user)


def _submit_form(plan):
    return SubmitPlanForm(initial={"proposal_number": plan.proposal_number, "proposal_on": plan.proposal_on})


def _standing(user, plan, lines, open_money=()):
    """What the page says of the plan beside its lines, and what moves with them: where it stands, what may be done."""
    return _acts(user, plan, lines, open_money) | {
        "situation": plan_lines.situation(plan, lines["places"], lines["positions"], open_money),
        "is_over": any(row.is_over for row in lines["positions"]),
    }


def _acts(user, plan, lines, open_money):
    """Which moves this role makes in this state, and why one is closed now."""
    unfinished = plan_lines.unfinished_count(lines["places"])
    close_why_not = workflow.CLOSE_PLAN.why_not(user, plan)
    if unfinished and not close_why_not:
        close_why_not = f"Còn {unfinished} đề án chưa nghiệm thu."
    if open_money and not close_why_not:
        more = f" Và {len(open_money) - 1} chỗ nữa." if open_money[1:] else ""
        close_why_not = f"{open_money[0]}{more}"
    submit_why_not = workflow.SUBMIT_PLAN.why_not(user, plan)
    if not lines["places"]["in_plan"] and not submit_why_not:
        submit_why_not = "Trình được khi có ít nhất một đề án trong kế hoạch."
    return {
        "can_edit": can_edit_plan(user, plan),
        "may_add": plan.is_open and permissions.can_create_project(user) and belongs_to(user, plan),
        "may_submit": workflow.SUBMIT_PLAN.is_for(user) and plan.is_open,
        "submit_why_not": submit_why_not,
        "may_decide": workflow.APPROVE_PLAN.is_for(user) and plan.status == PlanStatus.SUBMITTED,
        "approve_why_not": workflow.APPROVE_PLAN.why_not(user, plan),
        "may_close": workflow.CLOSE_PLAN.is_for(user) and plan.status == PlanStatus.APPROVED,
        "close_why_not": close_why_not,
        "may_hand_over": permissions.can_hold_handover(user, plan),
        "may_contract": permissions.contract_refusal(user, plan) is None and _awaits_contract(lines["places"]),
    }


def _awaits_contract(places):
    """Whether an approved line has no contract yet."""
    return any(row.status in services.SIGNABLE and row.contract_id is None for rows in places.values() for row in rows)


def _note(plan):
    """The reason of the last return, and the addresses of what it names, while the plan is being mended."""
    if plan.status != PlanStatus.RETURNED:
        return {"note": None}
    note = plan.returns.filter(resolved_at=None).select_related("returned_by").latest("returned_at")
    lines = {project.code: project for project in Project.objects.filter(plan=plan, code__in=note.items)}
    return {"note": note, "note_items": [_note_item(plan, item, lines) for item in note.items]}


def _note_item(plan, item, lines):
    if item in lines:
        return str(lines[item]), lines[item].get_absolute_url()
    page = PART_PAGES.get(item)
    return PARTS.get(item, item), reverse(page, args=[plan.pk]) if page else "#lines"


@require_POST
def plan_place(request, pk):
    """Move one line in, to the reserve or out; with htmx only what moves with it comes back."""
    plan = visible_plan(request, pk)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        raise Http404
    place, key = form.cleaned_data["place"]
    project = get_object_or_404(Project.objects.visible_to(request.user).filter(plan=plan), pk=key)
    try:
        project = services.place_project(project, by=request.user, status=place)
    except ValidationError as refusal:
        messages.error(request, f"{project.code}: {' '.join(refusal.messages)}")
    else:
        if not request.htmx:  # there the line says it in its new place
            messages.success(request, f"{project.code}: {project.get_status_display()}.")
    if request.htmx:
        return render(request, "projects/_plan_moved.html", _moved_context(request, plan, project, form))
    return redirect(f"{plan.get_absolute_url()}#lines")


def _moved_context(request, plan, project, form):
    lines = _lines_context(request, plan)
    standing = _standing(request.user, plan, lines)
    # What is typed beside the button stays, unless submitting has opened or closed since the page was drawn.
    turned = form.cleaned_data["submit_is_open"] == bool(standing["submit_why_not"])
    return lines | standing | {"moved": project, "submit_turned": turned, "submit_form": _submit_form(plan)}


@require_POST
def plan_submit(request, pk):
    plan = visible_plan(request, pk)
    if way_back := refused(request, plan, workflow.SUBMIT_PLAN):
        return way_back
    form = SubmitPlanForm(request.POST)
    if form.is_valid():
        try:
            plan = services.submit_plan(plan, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal.messages)
        else:
            count = plan.projects.filter(status=ProjectStatus.IN_PLAN).count()
            messages.success(request, f"Đã trình {plan}: {count} đề án.")
            return redirect(plan)
    return _plan_page(request, plan, form)


def plan_return(request, pk):
    """Send the whole plan back with a reason and named items, its parts and lines.

    The desk posts what was typed there (`act` is "open") to start from.
    """
    plan = visible_plan(request, pk)
    if way_back := refused(request, plan, workflow.RETURN_PLAN):
        return way_back
    projects = plan_lines.tables_of(plan, request.user)["in_plan"].projects
    if request.POST.get("act") == "open":
        form = PlanReturnForm(projects=projects, initial=_typed_at_desk(request.POST, projects))
        return render(request, "projects/plan_return.html", {"plan": plan, "form": form, "projects": projects})
    form = PlanReturnForm(request.POST or None, projects=projects)
    if request.method == "POST" and form.is_valid():
        try:
            services.return_plan(plan, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal.messages)
        else:
            messages.success(request, f"Đã trả lại {plan} cho {plan.submitted_by}.")
            return redirect(plan)
    return render(request, "projects/plan_return.html", {"plan": plan, "form": form, "projects": projects})


def _typed_at_desk(data, projects):
    """The lines marked for return at the desk and their reasons, as a first reason for the whole plan."""
    marked = [project for project in projects if data.get(f"verdict-{project.pk}") == "return"]
    reasons = [(project.code, data.get(f"reason-{project.pk}", "").strip()) for project in marked]
    return {
        "items": [project.code for project in marked],
        "reason": "\n".join(f"{code}: {reason}" for code, reason in reasons if reason),
    }


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


def decision_panel(snapshot, user):
    """The decision stands beside what it approved; other versions of the plan have no paper of their own."""
    if snapshot.purpose != SnapshotPurpose.APPROVED:
        return []
    return panel_of(snapshot.plan, user, PLAN_DECISION)


@require_GET
def plan_snapshot(request, pk):
    """A frozen version of a plan: what was submitted or approved, as it stood then."""
    visible = AnnualPlan.objects.visible_to(request.user)
    rows = PlanSnapshot.objects.filter(plan__in=visible).select_related("plan", "taken_by")
    snapshot = get_object_or_404(rows, pk=pk)
    names = dict(FundingSource.objects.values_list("code", "name"))
    context = {
        "snapshot": snapshot,
        "is_intact": is_intact(snapshot),
        "panel": decision_panel(snapshot, request.user),
        "budgets": [(names.get(code, code), amount) for code, amount in snapshot.budgets.items()],
    }
    return render(request, "projects/plan_snapshot.html", context | plan_lines.frozen_lines(snapshot))
