"""Final accounts of a contract: page, dossier with vouchers, approval, liquidation; reconciliation of a plan's year."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from khuyencong.documents.panels import ISSUED, panel_of
from khuyencong.forms import VersionForm, add_refusal
from khuyencong.models import AuditEntry
from khuyencong.money import vnd
from khuyencong.permissions import require
from khuyencong.rows import change_rows, posted_rows, show_conflicts, tell
from khuyencong.together import read_together
from khuyencong.versions import StaleVersionError
from programs.models import PaperStep
from projects import workflow
from projects.documents import LIQUIDATION_MINUTES, RECONCILIATION
from projects.final_accounts import (
    AccountTable,
    VoucherList,
    payment_requests,
    reconciliation,
    spending_tables,
    support_vouchers,
)
from projects.forms.settlement import (
    VOUCHERS,
    LiquidationForm,
    ReconciliationFilterForm,
    SettlementForm,
    SettlementReturnForm,
)
from projects.models import ContractStatus, CostItem, Liquidation, Settlement, SettlementStatus
from projects.services import settlement as accounting
from projects.services.papers import paper_refusals, read_dossiers
from projects.views.contracts import visible_contract
from projects.views.plans import visible_plan

RECENT = 10
SETTLERS = "Chuyên viên, kế toán"
# Who acts in a state of the dossier, and how.
NEXT = {
    SettlementStatus.DRAFT: (SETTLERS, "Lập hồ sơ quyết toán rồi trình"),
    SettlementStatus.RETURNED: (SETTLERS, "Sửa theo lý do trả lại rồi trình lại"),
    SettlementStatus.SUBMITTED: ("Giám đốc Sở", "Duyệt hoặc trả lại quyết toán"),
}


def dossier_of(contract):
    """The settlement dossier of a contract, a new unsaved one where there is none."""
    rows = Settlement.objects.filter(contract=contract)
    found = rows.select_related("owner", "created_by", "updated_by", "submitted_by", "approved_by").first()
    settlement = found or Settlement(owner=contract.owner, province_id=contract.province_id)
    settlement.contract = contract
    return settlement


def vouchers_of(settlement):
    if settlement.pk is None:
        return []
    return accounting.VOUCHERS.of(settlement)


@require_GET
def settlement_detail(request, pk):
    return _settlement_page(request, visible_contract(request, pk))


def _settlement_page(request, contract, return_form=None):
    settlement = dossier_of(contract)
    read_together(contract, accounting.LINES)
    if settlement.pk:
        read_together(settlement, accounting.VOUCHERS, ISSUED)
    accounts = accounting.accounts_of(contract)
    table, vouchers = AccountTable(accounts), vouchers_of(settlement)
    liquidation = Liquidation.objects.filter(contract=contract).select_related("recorded_by").first()
    gaps = _gaps(contract, settlement, accounts)
    context = {
        "contract": contract,
        "settlement": settlement,
        "table": table,
        "situation": _situation(contract, settlement, table, gaps),
        "gaps": gaps,
        "open_money": [account.open_money for account in accounts if account.open_money],
        "support_list": support_vouchers(vouchers),
        "whole_list": VoucherList(vouchers) if settlement.includes_other_sources else None,
        "spending": spending_tables(table, vouchers, is_whole=settlement.includes_other_sources),
        "requests": payment_requests(table),
        "liquidation": liquidation,
        "panel": panel_of(settlement, request.user) if settlement.pk else [],
        "return_form": return_form or SettlementReturnForm(),
        "version_form": VersionForm(initial={"version": settlement.version}),
        "entries": AuditEntry.objects.about(settlement).select_related("actor")[:RECENT] if settlement.pk else [],
    }
    return render(request, "projects/settlement_detail.html", context | _acts(request.user, contract, settlement, gaps))


def _gaps(contract, settlement, accounts):
    """[(what an open dossier lacks, papers too, where it is mended)]."""
    if not settlement.is_open or contract.status != ContractStatus.SIGNED:
        return []
    gaps = [(gap.text, _place_of(contract, gap)) for gap in accounting.find_gaps(settlement, accounts)]
    projects = [project for project, _rows in AccountTable(accounts).projects]
    waiting = [project for project in projects if project.status in workflow.SETTLE_PROJECT.sources]
    read_dossiers(waiting)
    for project in waiting:
        url = reverse("projects:papers", args=[project.pk])
        gaps += [(text, url) for text in paper_refusals(project, PaperStep.SETTLEMENT)]
    return gaps


def _place_of(contract, gap):
    """Where a gap is mended."""
    if gap.project:
        return gap.project.get_absolute_url()
    return f"{reverse('projects:settlement_edit', args=[contract.pk])}#{gap.part}"


def _situation(contract, settlement, table, gaps):
    """The four cells of the panel: where, who and what, what is missing, money still open."""
    totals = table.support.totals
    state = settlement.get_status_display() if settlement.pk else "Chưa lập hồ sơ"
    who, what = _next_of(contract, settlement, totals)
    missing = f"{len(gaps)} chỗ chưa đủ" if gaps else "Không thiếu gì"
    even = not totals["to_pay"] and not totals["to_refund"]
    return [
        ("Đang ở đâu", state, f"{contract}: {contract.get_status_display().lower()}"),
        ("Ai phải làm gì", who, what),
        ("Còn thiếu gì", missing, "Xem danh sách bên dưới" if gaps else ""),
        (
            "Còn phải chi, thu hồi",
            "Đã khớp" if even else f"Chi {vnd(totals['to_pay'] or 0)}",
            "" if even else f"Thu hồi {vnd(totals['to_refund'] or 0)}",
        ),
    ]


def _next_of(contract, settlement, totals):
    if contract.status in (ContractStatus.LIQUIDATED, ContractStatus.CANCELLED):
        return "Không còn việc", ""
    if settlement.status in NEXT:
        return NEXT[settlement.status]
    if totals["to_pay"] or totals["to_refund"]:
        return "Kế toán", "Chi, thu hồi cho khớp số quyết toán"
    return SETTLERS, "Thanh lý hợp đồng"


def _acts(user, contract, settlement, gaps):
    """Which moves this role makes in this state, and why one is closed now."""
    may_settle = accounting.may_settle(user, contract)
    can_edit = may_settle and settlement.is_open and contract.status == ContractStatus.SIGNED
    submit_why_not = workflow.SUBMIT_SETTLEMENT.why_not(user, settlement)
    if gaps and not submit_why_not:
        submit_why_not = f"Còn {len(gaps)} chỗ chưa đủ, xem danh sách bên dưới."
    is_waiting = settlement.status == SettlementStatus.SUBMITTED
    return {
        "can_edit": can_edit,
        "may_submit": can_edit and settlement.pk is not None,
        "submit_why_not": submit_why_not,
        "may_decide": workflow.APPROVE_SETTLEMENT.is_for(user) and is_waiting,
        "approve_why_not": workflow.APPROVE_SETTLEMENT.why_not(user, settlement),
        "return_why_not": workflow.RETURN_SETTLEMENT.why_not(user, settlement),
        "may_liquidate": may_settle and contract.status == ContractStatus.SETTLED,
    }


# The dossier


def settlement_edit(request, pk):
    """Head, amounts and vouchers of a dossier that is open."""
    contract = visible_contract(request, pk)
    require(accounting.may_settle(request.user, contract), accounting.WHO_SETTLES)
    settlement = dossier_of(contract)
    if request.method != "POST" and not (settlement.is_open and contract.status == ContractStatus.SIGNED):
        messages.warning(request, f"Hồ sơ quyết toán đang “{settlement.get_status_display()}”, không sửa được.")
        return redirect("projects:settlement_detail", contract.pk)
    accounts = accounting.accounts_of(contract)
    table, stored = _voucher_table(accounts), vouchers_of(settlement)
    data = posted_rows(request, [table], {table.prefix: stored})
    form = SettlementForm(data, instance=settlement, accounts=accounts)
    if data is None:
        return _edit_page(request, contract, form, table.show(stored), table.digest(stored))
    act = data.get("row", "")
    if act:
        form.unread = True
        tell(request, change_rows([table], data, act))
    formset = table.read(data, unread=bool(act))
    if not act and all([form.is_valid(), formset.is_valid()]):
        try:
            saved = accounting.save_settlement(
                form.instance, by=request.user, amounts=form.amounts, vouchers=formset.rows,
                expected_version=form.expected_version,
            )  # fmt: skip
        except StaleVersionError as stale:
            show_conflicts(form, stale.current, [(table, vouchers_of(stale.current), formset)])
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _saved(form, formset))
            return redirect(saved)
    return _edit_page(request, contract, form, formset, form.data.get(f"seen-{table.prefix}", ""))


def _voucher_table(accounts):
    """The rows with what their lists offer: projects, sources (khuyến công first) and items of the contract."""
    projects = [project for project, _rows in AccountTable(accounts).projects]
    sources = [source for source, _rows in AccountTable(accounts).sources]
    items = CostItem.objects.filter(project__in=projects).select_related("project").order_by("project__code", "pk")
    ordered = sorted(sources, key=lambda source: not source.is_support)
    return VOUCHERS.given(projects=projects, sources=ordered, cost_items=list(items))


def _saved(form, formset):
    put_up, listed = sum(form.amounts.values()), sum(row.amount for row in formset.rows)
    count = len(formset.rows)
    return f"Đã lưu hồ sơ quyết toán: đề nghị {vnd(put_up)}; {count} chứng từ cộng {vnd(listed)}."


def _edit_page(request, contract, form, formset, seen):
    shared = formset.form_kwargs
    context = {
        "contract": contract,
        "form": form,
        "formset": formset,
        "seen": seen,
        "running": _running(form, formset),
        "projects": shared["projects"],
        "sources": shared["sources"],
        "is_new": form.instance.pk is None,
    }
    return render(request, "projects/settlement_form.html", context)


def _running(form, formset):
    """[(Account, put up, listed, what the list lacks, what it has too much)] of what is being typed; đồng.

    Lack and excess are None where the vouchers need not be listed.
    """
    listed = formset.sums()
    is_whole = form.typed("includes_other_sources")
    rows = []
    for account, _field, put_up in form.figures:
        found, asked = listed.get((account.project.pk, account.source.pk), 0), put_up or 0
        is_checked = account.source.is_support or is_whole or found
        rows.append(
            (account, asked, found, *((max(asked - found, 0), max(found - asked, 0)) if is_checked else (None, None)))
        )
    return rows


@require_POST
def settlement_sums(request, pk):
    """What is being typed: vouchers against what is put up, per source of each project; nothing is saved."""
    contract = visible_contract(request, pk)
    accounts = accounting.accounts_of(contract)
    data = request.POST.copy()
    form = SettlementForm(data, instance=dossier_of(contract), accounts=accounts)
    formset = _voucher_table(accounts).read(data, unread=True)
    return render(request, "projects/_settlement_sums.html", {"running": _running(form, formset)})


# Approval


@require_POST
def settlement_submit(request, pk):
    return _move(request, pk, workflow.SUBMIT_SETTLEMENT, accounting.submit_settlement, "Đã trình quyết toán")


@require_POST
def settlement_approve(request, pk):
    return _move(request, pk, workflow.APPROVE_SETTLEMENT, accounting.approve_settlement, "Đã duyệt quyết toán")


def _move(request, pk, move, service, told):
    """Do a move of the dossier as the person read it, say what came of it, go back to the page."""
    contract = visible_contract(request, pk)
    settlement = _dossier_to_move(request.user, contract, move)
    form = VersionForm(request.POST)
    try:
        moved = service(settlement, by=request.user, expected_version=form.expected_version if form.is_valid() else 0)
    except ValidationError as refusal:
        for text in refusal.messages:
            messages.error(request, text)
    else:
        put_up = sum(row.amount for row in moved.amounts.select_related("source") if row.source.is_support)
        messages.success(request, f"{told} {contract}: kinh phí khuyến công {vnd(put_up)}.")
    return redirect("projects:settlement_detail", contract.pk)


def _dossier_to_move(user, contract, move):
    """The stored dossier for someone whose move it is; 403 for others, 404 where none was made."""
    settlement = dossier_of(contract)
    require(move.is_for(user) and not move.refusal(user, settlement), move.why_not(user, settlement))
    if settlement.pk is None:
        raise Http404
    return settlement


@require_POST
def settlement_return(request, pk):
    contract = visible_contract(request, pk)
    settlement = _dossier_to_move(request.user, contract, workflow.RETURN_SETTLEMENT)
    form = SettlementReturnForm(request.POST)
    if form.is_valid():
        try:
            accounting.return_settlement(settlement, by=request.user, reason=form.cleaned_data["reason"])
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"Đã trả lại quyết toán {contract} cho {settlement.submitted_by}.")
            return redirect("projects:settlement_detail", contract.pk)
    return _settlement_page(request, contract, form)


# Liquidation


def liquidate(request, pk):
    """What is still open; where nothing is, the minutes of liquidation."""
    contract = visible_contract(request, pk)
    require(accounting.may_settle(request.user, contract), accounting.WHO_SETTLES)
    liquidation = Liquidation.objects.filter(contract=contract).select_related("recorded_by").first()
    form = LiquidationForm(request.POST or None, instance=None)
    if request.method == "POST" and form.is_valid():
        form.instance.contract = contract
        try:
            done = accounting.liquidate_contract(form.instance, by=request.user)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"Đã thanh lý {contract}, biên bản {done.number}.")
            return redirect("projects:settlement_detail", contract.pk)
    table = AccountTable(accounting.accounts_of(contract))
    context = {
        "contract": contract,
        "form": form,
        "liquidation": liquidation,
        "gaps": [] if liquidation else accounting.liquidation_gaps(contract),
        "table": table.support,
        "panel": panel_of(contract, request.user, LIQUIDATION_MINUTES),
    }
    return render(request, "projects/liquidation.html", context)


# Reconciliation


@require_GET
def plan_reconciliation(request, pk):
    """Mẫu 10: contracted, advanced, settled, still to pay and to refund per contract of a plan."""
    plan = visible_plan(request, pk)
    whole = reconciliation(plan)
    form = ReconciliationFilterForm(request.GET, implementers=whole.implementers)
    chosen = form.cleaned_data["don_vi"] if form.is_valid() else None
    context = {
        "plan": plan,
        "filter_form": form,
        "chips": form.chips(),
        "year": whole.of(chosen),
        "panel": panel_of(plan, request.user, RECONCILIATION),
    }
    return render(request, "projects/reconciliation.html", context)
