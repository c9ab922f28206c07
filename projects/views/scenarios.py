"""Scenarios of a draft plan, and two versions of a plan side by side."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from khuyencong.forms import add_refusal
from khuyencong.permissions import require
from khuyencong.versions import StaleVersionError
from projects import plan_compare
from projects.forms.scenarios import CompareForm, NewScenarioForm, ScenarioForm
from projects.models import Place, PlanScenario
from projects.services import scenarios as services
from projects.services.plan import PLAN_ORDER, Position
from projects.views.plans import visible_plan


def _visible(request, pk):
    rows = PlanScenario.objects.visible_to(request.user).select_related("plan__program", "plan__owner", "updated_by")
    return get_object_or_404(rows, pk=pk)


def scenario_list(request, pk):
    """All scenarios of a plan with what each takes of every envelope, and the form for a new one."""
    plan = visible_plan(request, pk)
    why_not = services.scenario_refusal(request.user, plan)
    form = NewScenarioForm(request.POST if request.method == "POST" else None, plan=plan)
    if request.method == "POST":
        require(why_not is None or not plan.is_open, why_not)
        if form.is_valid():
            try:
                scenario = services.start_scenario(plan, by=request.user, **form.given)
            except ValidationError as refusal:
                add_refusal(form, refusal)
            else:
                messages.success(request, f"Đã lập phương án “{scenario}”.")
                return redirect(scenario)
    projects = _projects(plan)
    rows = [
        (row, _positions(plan, projects, services.places_of(row)))
        for row in plan.scenarios.select_related("updated_by")
    ]
    context = {"plan": plan, "form": form, "rows": rows, "why_not": why_not}
    return render(request, "projects/scenario_list.html", context)


def _projects(plan):
    rows = plan.projects.select_related("group", "content__parent").prefetch_related("funding_lines__source")
    return list(rows.order_by(*PLAN_ORDER))


def _positions(plan, projects, places):
    """What the lines would take of each envelope, as `budget_position` tells it of the plan itself."""
    budgets = {row.source: row.amount for row in plan.budgets.select_related("source")}
    taken = {source: {Place.IN_PLAN: 0, Place.RESERVE: 0} for source in budgets}
    for project in projects:
        place = places.get(project.pk, Place.OUT)
        for line in project.funding_lines.all():
            sums = taken.setdefault(line.source, {Place.IN_PLAN: 0, Place.RESERVE: 0})
            if place in sums:
                sums[place] += line.current_amount
    return [
        Position(source, budgets.get(source), taken[source][Place.IN_PLAN], taken[source][Place.RESERVE])
        for source in sorted(taken, key=lambda row: row.position)
    ]


def scenario_detail(request, pk):
    """Place every line in the scenario; the plan itself stays as it is."""
    scenario = _visible(request, pk)
    plan = scenario.plan
    why_not = services.scenario_refusal(request.user, plan)
    projects, places = _projects(plan), services.places_of(scenario)
    data = request.POST if request.method == "POST" else None
    form = ScenarioForm(data, scenario=scenario, projects=projects, places=places)
    if data is not None:
        require(why_not is None or not plan.is_open, why_not)
        if form.is_valid() and _save(request, scenario, form):
            messages.success(request, f"Đã lưu phương án “{form.cleaned_data['name']}”.")
            return redirect(scenario)
        places = form.places
    context = {
        "scenario": scenario, "plan": plan, "form": form, "why_not": why_not, "project_count": len(projects),
        "choose_why_not": services.choice_refusal(request.user, plan),
        "positions": _positions(plan, projects, places),
    }  # fmt: skip
    return render(request, "projects/scenario_detail.html", context)


def _save(request, scenario, form):
    stored = scenario
    scenario = PlanScenario.objects.select_related("plan__program").get(pk=stored.pk)
    scenario.name, scenario.note = form.cleaned_data["name"], form.cleaned_data["note"]
    try:
        services.save_scenario(scenario, by=request.user, places=form.places, expected_version=form.expected_version)
    except StaleVersionError as stale:
        form.show_conflicts(stale.current)
    except ValidationError as refusal:
        add_refusal(form, refusal)
    else:
        return True
    return False


@require_POST
def scenario_sums(request, pk):
    """The envelopes for the places as chosen on the page; nothing is saved."""
    scenario = _visible(request, pk)
    projects = _projects(scenario.plan)
    form = ScenarioForm(request.POST, scenario=scenario, projects=projects, places={})
    context = {"positions": _positions(scenario.plan, projects, form.places), "taken_word": "Trong phương án"}
    return render(request, "projects/_envelopes.html", context)


@require_POST
def scenario_choose(request, pk):
    """Make the scenario the plan."""
    scenario = _visible(request, pk)
    try:
        moved, stay = services.choose_scenario(scenario, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(scenario)
    messages.success(request, f"Đã lấy phương án “{scenario}” làm kế hoạch: chuyển chỗ {len(moved)} đề án.")
    if stay:
        names = "; ".join(f"{project.code} {why}" for project, why in stay[:10])
        messages.warning(request, f"{len(stay)} đề án chưa xếp được: {names}. Thẩm định xong rồi lấy lại phương án.")
    return redirect(scenario.plan)


@require_POST
def scenario_delete(request, pk):
    scenario = _visible(request, pk)
    plan = scenario.plan
    try:
        services.delete_scenario(scenario, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"Đã xóa phương án “{scenario}”.")
    return redirect("projects:scenario_list", plan.pk)


# Two versions side by side


def _comparison(request, plan):
    """(form, Comparison or None): without an address the two that people ask for first."""
    choices = plan_compare.choices_of(plan)
    data = request.GET.copy()
    left, right = plan_compare.default_keys(choices)
    data.setdefault("trai", left)
    data.setdefault("phai", right)
    form = CompareForm(data, choices=choices)
    if not form.is_valid():
        return form, None
    return form, plan_compare.compare(plan, form.cleaned_data["trai"], form.cleaned_data["phai"], choices)


def _rows(form, comparison):
    return comparison.pairs if form.cleaned_data["tat_ca"] else comparison.different


@require_GET
def plan_compare_page(request, pk):
    plan = visible_plan(request, pk)
    form, comparison = _comparison(request, plan)
    context = {"plan": plan, "form": form, "comparison": comparison}
    if comparison:
        context["rows"] = _rows(form, comparison)
    return render(request, "projects/plan_compare.html", context)


@require_GET
def plan_compare_export(request, pk):
    plan = visible_plan(request, pk)
    form, comparison = _comparison(request, plan)
    if comparison is None:
        messages.error(request, "Chọn hai bản để so sánh.")
        return redirect("projects:plan_compare", plan.pk)
    sheet = plan_compare.ComparisonSheet(
        comparison, plan=plan, rows=_rows(form, comparison), printed_by=str(request.user)
    )
    return sheet.as_response()
