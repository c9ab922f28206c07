"""Contracts: list, page of one, sign, mend, appendix, cancel; contracts of a project's facilities."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from khuyencong.desk.once import once
from khuyencong.documents.panels import panel_of
from khuyencong.forms import add_refusal
from khuyencong.lists import SummedListView
from khuyencong.models import AuditEntry
from khuyencong.money import vnd
from khuyencong.permissions import family_q, require
from khuyencong.versions import StaleVersionError
from projects import permissions, services, workflow
from projects.forms.contracts import (
    AppendixForm,
    CancelForm,
    ContractFilterForm,
    ContractForm,
    SupportContractForm,
)
from projects.models import Contract, ContractStatus, Project, ProjectStatus, SupportContract
from projects.shown import contract_rows
from projects.views.plans import visible_plan
from projects.views.projects import visible_project

RECENT = 10
ONLY_REVIEWERS = "Việc “Hủy hợp đồng” dành cho: Lãnh đạo phòng, Kế toán."


class ContractListView(SummedListView):
    stays_within_sight = True

    def get_queryset(self):
        self.filter_form = ContractFilterForm(self.request.GET, user=self.request.user)
        filtered = self.filter_form.filter(Contract.objects.visible_to(self.request.user))
        return self.filter_form.ordered(filtered)

    def shown(self):
        rows = Contract.objects.with_amounts().select_related("plan", "party_a", "party_b")
        return rows.prefetch_related("projects")

    def values_of(self, page):
        return contract_rows(page)

    def values_rest_on(self):
        return None

    def get_context_data(self, **kwargs):
        return super().get_context_data(waiting=_plans_waiting(self.request.user), **kwargs)

    def get_template_names(self):
        name = "_contract_table" if self.request.htmx else "contract_list"
        return [f"projects/{name}.html"]


def _plans_waiting(user):
    """[(plan, how many approved projects of it no contract holds)] for those who enter contracts."""
    if user.role not in permissions.CONTRACTORS:
        return []
    rows = Project.objects.visible_to(user).filter(family_q(user), status=ProjectStatus.APPROVED, contract=None)
    counts = {}
    for project in rows.select_related("plan").order_by("-plan__year", "plan__round_no"):
        counts[project.plan] = counts.get(project.plan, 0) + 1
    return list(counts.items())


def visible_contract(request, pk):
    rows = Contract.objects.visible_to(request.user).select_related(
        "plan__program", "plan__owner", "party_a", "party_b", "owner", "created_by", "updated_by"
    )
    return get_object_or_404(rows, pk=pk)


@require_GET
def contract_detail(request, pk):
    contract = visible_contract(request, pk)
    projects = list(contract.projects.order_by("code").prefetch_related("funding_lines__source"))
    may_change = permissions.contract_refusal(request.user, contract.plan) is None
    is_open = may_change and contract.status == ContractStatus.SIGNED
    context = {
        "contract": contract,
        "rows": [(project, project.funding_lines.all()) for project in projects],
        "totals": _totals(projects),
        "appendices": list(contract.appendices.select_related("recorded_by", "amendment__project")),
        "entries": AuditEntry.objects.about(contract).select_related("actor")[:RECENT],
        "is_open": is_open,
        "may_cancel": is_open and workflow.CANCEL_CONTRACT.is_for(request.user),
        "panel": panel_of(contract, request.user),
    }
    return render(request, "projects/contract_detail.html", context)


def _totals(projects):
    """Support money of the contract: approved, contracted, paid, still to pay; đồng."""
    lines = [line for project in projects for line in project.funding_lines.all() if line.source.is_support]
    contracted, paid = sum(line.contracted_amount or 0 for line in lines), sum(line.paid_amount for line in lines)
    approved = sum(line.approved_amount or 0 for line in lines)
    return {"approved": approved, "contracted": contracted, "paid": paid, "left": contracted - paid}


@once
def contract_create(request, pk):
    """Sign for projects of one implementer; with several implementers waiting, ask which first."""
    plan = visible_plan(request, pk)
    refusal = permissions.contract_refusal(request.user, plan)
    require(refusal is None, refusal)
    waiting = list(services.projects_to_contract(plan).prefetch_related("funding_lines__source"))
    implementers = {}
    for project in waiting:
        if project.implementing_unit:
            implementers.setdefault(project.implementing_unit, []).append(project)
    chosen = _chosen_implementer(request, implementers)
    if chosen is None:
        context = {"plan": plan, "implementers": list(implementers.items()), "waiting": waiting}
        return render(request, "projects/contract_choose.html", context)
    contract = Contract(plan=plan, party_b=chosen)
    return _edit(request, contract, implementers[chosen], services.sign_contract, "Đã ký {contract}: {money}.")


def _chosen_implementer(request, implementers):
    """The one that the address names, by itself or by one of its projects; else the only one there is."""
    asked, project = request.GET.get("don-vi"), request.GET.get("de-an")
    for unit, projects in implementers.items():
        if asked == str(unit.pk) or project in [str(row.pk) for row in projects]:
            return unit
    return next(iter(implementers)) if len(implementers) == 1 else None


def contract_edit(request, pk):
    contract = visible_contract(request, pk)
    refusal = permissions.contract_refusal(request.user, contract.plan)
    require(refusal is None, refusal)
    if contract.status != ContractStatus.SIGNED:
        return _closed(request, contract)
    waiting = services.projects_to_contract(contract.plan).filter(implementing_unit=contract.party_b)
    held = contract.projects.select_related("implementing_unit")
    projects = [*held.prefetch_related("funding_lines__source"), *waiting.prefetch_related("funding_lines__source")]
    projects.sort(key=lambda project: project.code)

    def act(contract, **given):
        return services.change_contract(contract, expected_version=form_version(request), **given)

    return _edit(request, contract, projects, act, "Đã lưu {contract}: {money}.")


def form_version(request):
    """The version that the person read; a form that came without it counts as read long ago."""
    typed = request.POST.get("version", "")
    return int(typed) if typed.isdecimal() else 0


def _closed(request, contract):
    messages.warning(request, f"{contract} “{contract.get_status_display()}”: không sửa được nữa.")
    return redirect(contract)


def _edit(request, contract, projects, act, done):
    is_new = contract.pk is None
    initial = _proposed(contract, projects, request.GET.get("de-an")) if is_new else {}
    data = request.POST if request.method == "POST" else None
    form = ContractForm(data, instance=contract, projects=projects, initial=initial)
    if form.is_valid():
        try:
            saved = act(form.instance, by=request.user, projects=form.chosen, amounts=form.amounts)
        except StaleVersionError as stale:
            form.show_conflicts(stale.current)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            held = saved.projects.prefetch_related("funding_lines__source")
            money = f"{held.count()} đề án, hỗ trợ {vnd(_totals(held)['contracted'])}"
            messages.success(request, done.format(contract=saved, money=money))
            return redirect(saved)
    stored = None if is_new else get_object_or_404(Contract, pk=contract.pk)
    context = {"contract": stored, "plan": contract.plan, "party_b": contract.party_b, "form": form}
    return render(request, "projects/contract_form.html", context)


def _proposed(contract, projects, asked):
    """What the plan and the projects already say."""
    starts = [project.starts_on for project in projects if project.starts_on]
    ends = [project.ends_on for project in projects if project.ends_on]
    owner = contract.plan.owner
    wanted = [project.pk for project in projects if not asked or str(project.pk) == asked]
    return {
        "party_a": owner if owner != contract.party_b else owner.parent,
        "starts_on": min(starts, default=None),
        "ends_on": max(ends, default=None),
        "projects": wanted or [project.pk for project in projects],
    }


def contract_cancel(request, pk):
    contract = visible_contract(request, pk)
    refusal = permissions.contract_refusal(request.user, contract.plan)
    require(refusal is None, refusal)
    require(workflow.CANCEL_CONTRACT.is_for(request.user), ONLY_REVIEWERS)
    if contract.status != ContractStatus.SIGNED:
        return _closed(request, contract)
    form = CancelForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            services.cancel_contract(contract, by=request.user, reason=form.cleaned_data["reason"])
        except ValidationError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, f"Đã hủy {contract}; các đề án trở lại “Đã phê duyệt”.")
            return redirect(contract)
    context = {
        "contract": contract, "form": form, "projects": contract.projects.order_by("code"),
        "amount": Contract.objects.with_amounts().get(pk=contract.pk).contracted_total,
    }  # fmt: skip
    return render(request, "projects/contract_cancel.html", context)


def contract_appendix(request, pk):
    contract = visible_contract(request, pk)
    refusal = permissions.contract_refusal(request.user, contract.plan)
    require(refusal is None, refusal)
    if contract.status != ContractStatus.SIGNED:
        return _closed(request, contract)
    projects = list(contract.projects.order_by("code").prefetch_related("funding_lines__source"))
    form = AppendixForm(request.POST if request.method == "POST" else None, projects=projects)
    if form.is_valid():
        try:
            appendix = services.add_appendix(contract, by=request.user, **form.given)
        except ValidationError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, f"Đã ghi {appendix} của {contract}.")
            return redirect(contract)
    return render(request, "projects/contract_appendix.html", {"contract": contract, "form": form})


# Contracts of facilities


@once
def support_contract_create(request, pk):
    return _edit_support(request, visible_project(request, pk), None)


def support_contract_edit(request, pk):
    rows = SupportContract.objects.select_related("beneficiary__facility")
    visible = Project.objects.visible_to(request.user)
    support = get_object_or_404(rows.filter(beneficiary__project__in=visible), pk=pk)
    return _edit_support(request, visible_project(request, support.beneficiary.project_id), support)


def _edit_support(request, project, support):
    refusal = permissions.contract_refusal(request.user, project.plan)
    require(refusal is None, refusal)
    back = reverse("projects:money", args=[project.pk])
    if support and request.POST.get("act") == "drop":
        services.drop_support_contract(support, by=request.user)
        messages.success(request, f"Đã bỏ hợp đồng hỗ trợ số {support.number}.")
        return redirect(back)
    data = request.POST if request.method == "POST" else None
    form = SupportContractForm(data, instance=support, project=project)
    if form.is_valid():
        try:
            saved = services.save_support_contract(form.instance, by=request.user)
        except ValidationError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, f"Đã lưu hợp đồng hỗ trợ số {saved.number}: {saved.beneficiary}.")
            return redirect(back)
    context = {"project": project, "support": support, "form": form}
    return render(request, "projects/support_contract.html", context)
