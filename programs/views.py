"""Programmes: list, page, entry; heads, budgets and groups of annual plans. A plan's page belongs to the room above."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from khuyencong.alphabet import Alphabetical
from khuyencong.dates import today
from khuyencong.desk.once import once
from khuyencong.lists import PagedListView
from khuyencong.models import AuditEntry
from khuyencong.money import vnd
from khuyencong.permissions import require
from khuyencong.versions import StaleVersionError
from programs import permissions, services
from programs.forms import (
    BudgetForm,
    GroupFormSet,
    PlanForm,
    ProgramFilterForm,
    ProgramForm,
    RowsForm,
    TargetFormSet,
    content_choices,
    indicator_choices,
)
from programs.models import AnnualPlan, Program

RECENT = 8
ONLY_PLANNERS = "Chỉ lãnh đạo phòng, Giám đốc Trung tâm được lập chương trình, kế hoạch."
ONLY_OWN_PLANNERS = "Chỉ lãnh đạo phòng, Giám đốc Trung tâm của cơ quan lập chương trình được sửa."


class ProgramListView(PagedListView):
    def get_queryset(self):
        programs = Program.objects.visible_to(self.request.user)
        self.filter_form = ProgramFilterForm(self.request.GET, programs=programs)
        return self.filter_form.rows().select_related("area", "owner")

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            filter_form=self.filter_form,
            chips=self.filter_form.chips(),
            default_sort=self.filter_form.default_sort,
            can_create=permissions.can_create_program(self.request.user),
            **kwargs,
        )

    def get_template_names(self):
        name = "_program_table" if self.request.htmx else "program_list"
        return [f"programs/{name}.html"]


def visible_program(request, pk):
    programs = Program.objects.visible_to(request.user).select_related("area", "province", "owner", "updated_by")
    return get_object_or_404(programs, pk=pk)


@require_GET
def program_detail(request, pk):
    program = visible_program(request, pk)
    plans = AnnualPlan.objects.visible_to(request.user).filter(program=program).with_budget_total()
    beside = list(_beside(program, Program.objects.visible_to(request.user)))
    context = {
        "program": program,
        "targets": list(program.targets.select_related("indicator")),
        "plans": list(plans.order_by("-year", "round_no")),
        "entries": AuditEntry.objects.about(program).select_related("actor")[:RECENT],
        "can_edit": permissions.can_edit_program(request.user, program),
        "own_projects": projects_query([program]),
        "beside": beside,
        "all_projects": projects_query(
            [program, *beside], **{"tu-nam": program.period_start, "den-nam": program.period_end}
        ),
    }
    return render(request, "programs/program_detail.html", context)


def _beside(program, programs):
    """The body's other programmes with plans in the same years: the national one beside the local one, say."""
    overlapping = programs.filter(period_start__lte=program.period_end, period_end__gte=program.period_start)
    in_these_years = AnnualPlan.objects.filter(year__range=(program.period_start, program.period_end))
    with_plans = overlapping.filter(pk__in=in_these_years.order_by().values("program"))
    return with_plans.filter(owner=program.owner_id).exclude(pk=program.pk).order_by(Alphabetical("name"))


def projects_query(programs, **more):
    """The query string of the project list that shows what these programmes have had approved."""
    asked = {"chuong-trinh": [program.pk for program in programs], "trang-thai": "da-duyet"}
    return urlencode({**asked, **more}, doseq=True)


@once
def program_create(request):
    require(permissions.can_create_program(request.user), ONLY_PLANNERS)
    year = today().year
    return _edit_program(request, Program(period_start=year, period_end=year + 4), done="Đã lập {}.")


def program_edit(request, pk):
    program = visible_program(request, pk)
    require(permissions.can_edit_program(request.user, program), ONLY_OWN_PLANNERS)
    return _edit_program(request, program, done="Đã lưu {}.")


def _edit_program(request, program, *, done):
    name, is_new = program.name, program.pk is None  # as stored: a form that fails leaves what was typed on the row
    indicators = indicator_choices(program)
    form = ProgramForm(request.POST if request.method == "POST" else None, instance=program)
    formset = posted_rows(TargetFormSet, request, target_rows(program), indicators=indicators)
    stale_targets = None
    if saves(request) and all([form.is_valid(), formset.is_valid()]):
        try:
            saved = services.save_program(
                form.instance, by=request.user, targets=formset.rows, expected_version=form.expected_version
            )
        except StaleVersionError as stale:
            form.show_conflicts(stale.current)
            if formset.has_changed():
                stale_targets = other_targets(stale.current, formset)
            else:
                formset = stored_rows(TargetFormSet, target_rows(stale.current), indicators=indicators)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, done.format(f"“{saved}” với {len(formset.rows)} chỉ tiêu"))
            return redirect(saved)
    context = {
        "form": form, "formset": formset, "program": program, "name": name, "is_new": is_new,
        "stale_targets": stale_targets,
    }  # fmt: skip
    return render(request, "programs/program_form.html", context)


def target_rows(program):
    """The targets of a programme as the rows of its form."""
    targets = program.targets.select_related("indicator") if program.pk else []
    return [{"indicator": row.indicator_id, "value": row.figure, "source": row.source} for row in targets]


def other_targets(program, formset):
    """The stored targets where they are not those typed: what another save would replace."""
    stored = list(program.targets.select_related("indicator"))
    return stored if formset.rows != [(row.indicator, row.value, row.source) for row in stored] else None


def saves(request):
    """Whether the page was sent to be saved, and not for one more row."""
    return request.method == "POST" and request.POST.get("act") != "add"


def posted_rows(formset_class, request, initial, **kwargs):
    """The posted rows, one more of them when the “add a row” button was pressed; else the stored rows."""
    if request.method != "POST":
        return stored_rows(formset_class, initial, **kwargs)
    data = request.POST.copy()
    count = data.get("row-TOTAL_FORMS", "")
    if not saves(request) and count.isascii() and count.isdigit() and len(count) < 5:
        data["row-TOTAL_FORMS"] = int(count) + 1
    return formset_class(data, initial=initial, prefix="row", form_kwargs=kwargs)


def stored_rows(formset_class, initial, **kwargs):
    return formset_class(initial=initial, prefix="row", form_kwargs=kwargs)


def visible_plan(request, pk):
    plans = AnnualPlan.objects.visible_to(request.user).select_related("program", "owner", "updated_by")
    return get_object_or_404(plans, pk=pk)


def editable_plan(request, pk):
    plan = visible_plan(request, pk)
    refusal = permissions.plan_edit_refusal(request.user, plan)
    require(refusal is None, refusal)
    return plan


@once
def plan_create(request, pk):
    program = visible_program(request, pk)
    require(permissions.can_create_plan(request.user), ONLY_PLANNERS)
    require(permissions.can_edit_program(request.user, program), ONLY_OWN_PLANNERS)
    return _edit_plan(request, AnnualPlan(program=program, year=_next_year(program), round_no=None))


def _next_year(program):
    """The year that a new plan is most likely for: the one after the last plan, inside the period."""
    last = program.plans.aggregate(last=Max("year"))["last"]
    return min(max(last + 1 if last else today().year, program.period_start), program.period_end)


def plan_edit(request, pk):
    return _edit_plan(request, editable_plan(request, pk))


def _edit_plan(request, plan):
    is_new = plan.pk is None
    name = "" if is_new else str(plan)  # as stored: a form that fails leaves what was typed on the row
    form = PlanForm(request.POST if request.method == "POST" else None, instance=plan)
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.save_plan(form.instance, by=request.user, expected_version=form.expected_version)
        except StaleVersionError as stale:
            form.show_conflicts(stale.current)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"Đã lập “{saved}”; tiếp theo đặt dự toán." if is_new else f"Đã lưu “{saved}”.")
            return redirect(saved)
    context = {"form": form, "plan": plan, "program": plan.program, "name": name, "is_new": is_new}
    return render(request, "programs/plan_form.html", context)


def plan_budget(request, pk):
    """The envelope of each source, in đồng."""
    plan = editable_plan(request, pk)
    form = BudgetForm(request.POST if request.method == "POST" else None, plan=plan)
    stale = None
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.set_budget(
                plan, by=request.user, amounts=form.amounts, expected_version=form.expected_version
            )
        except StaleVersionError as refusal:
            stale = refusal.current
            form.take_version(stale)
        except ValidationError as refusal:
            form.add_error(None, refusal.messages)
        else:
            total = sum(filter(None, form.amounts.values()))
            messages.success(request, f"Đã đặt dự toán {vnd(total)} cho “{saved}”.")
            return redirect(saved)
    stored = list(stale.budgets.select_related("source")) if stale else []
    context = {"form": form, "plan": plan, "stale": stale, "stored": stored}
    return render(request, "programs/plan_budget.html", context)


def plan_groups(request, pk):
    """The groups of projects that the plan's lines stand under."""
    plan = editable_plan(request, pk)
    groups = list(plan.groups.all())
    initial = [
        {
            "group": group.pk, "number": group.number, "name": group.name, "content": group.content_id,
            "note": group.note,
        }
        for group in groups
    ]  # fmt: skip
    head = RowsForm(request.POST if request.method == "POST" else None, initial={"version": plan.version})
    stored = {group.pk: group for group in groups}
    formset = posted_rows(GroupFormSet, request, initial, groups=stored, contents=content_choices(plan))
    stale = None
    if saves(request) and all([head.is_valid(), formset.is_valid()]):
        try:
            saved = services.set_groups(
                plan, by=request.user, groups=formset.rows, expected_version=head.expected_version
            )
        except StaleVersionError as refusal:
            stale = refusal.current
            head.take_version(stale)
        except ValidationError as refusal:
            head.add_error(None, refusal.messages)
        else:
            messages.success(request, f"Đã lưu {len(formset.rows)} nhóm đề án của “{saved}”.")
            return redirect(saved)
    context = {
        "head": head, "formset": formset, "plan": plan, "stale": stale, "is_adding": not saves(request),
        "stored": list(stale.groups.all()) if stale else [],
    }  # fmt: skip
    return render(request, "programs/plan_groups.html", context)
