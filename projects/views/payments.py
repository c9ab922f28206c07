"""Money of a project: its contract, what was paid per source and what may be; vouchers; the year's end of a plan."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from khuyencong.desk.once import once
from khuyencong.forms import add_refusal
from khuyencong.money import vnd
from khuyencong.permissions import belongs_to, require
from khuyencong.versions import StaleVersionError
from projects import permissions, services
from projects.forms.payments import CarryOverForm, DropForm, PaymentForm, VoidForm
from projects.models import DONE_PROJECT, CarryOver, Disbursement, DisbursementKind, Project, SupportContract
from projects.questions import BENEFICIARIES, FUNDING, POINTED
from projects.services.papers import paper_refusals, read_dossier
from projects.services.payments import PAPERS, room_for
from projects.tabs import tabs_of
from projects.views.plans import visible_plan
from projects.views.projects import changed_since_read, project_alone, visible_project

# The word in the address, and what the button says.
KINDS = {
    "tam-ung": (DisbursementKind.ADVANCE, "Tạm ứng"),
    "thanh-toan": (DisbursementKind.PAYMENT, "Thanh toán phần còn lại"),
    "hoan-tra": (DisbursementKind.REFUND, "Hoàn trả"),
}
WORDS = {kind: word for word, (kind, _label) in KINDS.items()}


@require_GET
def project_money(request, pk):
    """The contract, the position of each source, the vouchers, the contracts of facilities."""
    project = project_alone(request, pk)
    read_dossier(project, *POINTED)
    positions = services.payment_position(project)
    vouchers = project.disbursements.select_related("source", "progress_report", "created_by", "voided_by")
    may_pay = permissions.payment_refusal(request.user, project) is None
    may_contract = permissions.contract_refusal(request.user, project.plan) is None
    supports = SupportContract.objects.filter(beneficiary__project=project).select_related("beneficiary__facility")
    context = {
        "project": project,
        "tabs": tabs_of(project, "projects:money"),
        "contract": project.contract,
        "positions": positions,
        "paid_total": sum(row.paid for row in positions),
        "vouchers": list(vouchers.order_by("-paid_on", "-pk")),
        "supports": list(supports),
        "acts": _acts(project, positions) if may_pay else [],
        "gaps": [text for kind in PAPERS if not services.kind_refusal(project, kind) for text in _gaps(project, kind)],
        "may_pay": may_pay,
        "may_contract": may_contract,
        "may_sign": may_contract and project.contract is None and project.status in services.SIGNABLE,
        "may_support": may_contract and any(row.withdrawn_by_id is None for row in BENEFICIARIES.of(project)),
    }
    return render(request, "projects/payments.html", context)


def _acts(project, positions):
    """[(label, address, why not)] of the kinds of voucher that make sense now; closed ones only where all are closed.

    Once the work is accepted, advances are over; nothing is given back where nothing was paid.
    """
    over = set()
    if project.status in DONE_PROJECT and all(row.advance.refusal for row in positions):
        over.add(DisbursementKind.ADVANCE)
    if not any(row.refundable for row in positions):
        over.add(DisbursementKind.REFUND)
    acts = [_act(project, word) for word, (kind, _label) in KINDS.items() if kind not in over]
    return [act for act in acts if act[2] is None] or acts[:1]


def _gaps(project, kind):
    """A sentence for each paper without which a voucher of this kind is refused now."""
    if kind == DisbursementKind.ADVANCE and project.status in DONE_PROJECT:
        return []
    return paper_refusals(project, PAPERS[kind]) if kind in PAPERS else []


def _act(project, word):
    kind, label = KINDS[word]
    return label, reverse("projects:payment_create", args=[project.pk, word]), services.kind_refusal(project, kind)


def _payer_of(request, project):
    refusal = permissions.payment_refusal(request.user, project)
    require(refusal is None, refusal)


def _lines(project):
    return [row for row in FUNDING.of(project) if row.contracted_amount is not None and row.source.is_support]


def _years(project, lines):
    """The budget years to choose from: the plan's, and the one that money was carried into."""
    carried = project.carry_overs.filter(source__in=[line.source_id for line in lines])
    return sorted({project.plan.year, *carried.values_list("to_year", flat=True)})


@once
def payment_create(request, pk, word):
    project = visible_project(request, pk)
    if word not in KINDS:
        raise Http404
    _payer_of(request, project)
    if request.method != "POST":
        read_dossier(project)
    kind, label = KINDS[word]
    lines = _lines(project)
    if why_not := services.kind_refusal(project, kind):
        messages.warning(request, why_not)
        return redirect("projects:money", project.pk)
    data = request.POST if request.method == "POST" else None
    asked = request.GET.get("nguon")
    initial = {"source": asked} if asked in [str(line.source_id) for line in lines] else {}
    form = PaymentForm(data, project=project, kind=kind, lines=lines, years=_years(project, lines), initial=initial)
    if form.is_valid():
        try:
            entry = services.pay(project, by=request.user, kind=kind, **form.given)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            return _done(request, entry, f"Đã ghi {label.lower()} {vnd(entry.amount)}")
    return _payment_page(request, project, kind, form)


def payment_edit(request, pk):
    entry = _visible_entry(request, pk)
    project = visible_project(request, entry.project_id)
    _payer_of(request, project)
    if request.method != "POST":
        read_dossier(project)
    lines = [line for line in _lines(project) if line.source_id == entry.source_id]
    data = request.POST if request.method == "POST" else None
    form = PaymentForm(data, project=project, kind=entry.kind, lines=lines, years=_years(project, lines), entry=entry)
    if form.is_valid():
        try:
            saved = services.change_payment(
                entry, by=request.user, expected_version=form.cleaned_data["version"] or 0, **form.changed
            )
        except StaleVersionError as stale:
            form.data = form.data.copy()
            form.data["version"] = stale.current.version
            form.add_error(None, changed_since_read(stale.current))
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            return _done(request, saved, f"Đã sửa chứng từ {saved.voucher_number}: {vnd(saved.amount)}")
    return _payment_page(request, project, entry.kind, form, entry)


def payment_void(request, pk):
    entry = _visible_entry(request, pk)
    project = visible_project(request, entry.project_id)
    _payer_of(request, project)
    form = VoidForm(request.POST if request.method == "POST" else None, initial={"version": entry.version})
    if form.is_valid():
        try:
            services.void_payment(
                entry, by=request.user, reason=form.cleaned_data["reason"],
                expected_version=form.cleaned_data["version"] or 0,
            )  # fmt: skip
        except StaleVersionError as stale:
            form.data = form.data.copy()
            form.data["version"] = stale.current.version
            form.add_error(None, changed_since_read(stale.current))
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            return _done(request, entry, f"Đã bỏ chứng từ {entry.voucher_number}")
    context = {"project": project, "entry": entry, "form": form, "tabs": tabs_of(project, "projects:money")}
    return render(request, "projects/payment_void.html", context)


def _visible_entry(request, pk):
    rows = Disbursement.objects.visible_to(request.user).select_related("source", "contract", "progress_report")
    return get_object_or_404(rows.in_force(), pk=pk)


def _done(request, entry, words):
    line = entry.project.funding_lines.get(source=entry.source)
    left = (line.contracted_amount or 0) - line.paid_amount
    messages.success(request, f"{words}; {entry.source} đã chi {vnd(line.paid_amount)}, còn {vnd(left)}.")
    return redirect("projects:money", entry.project_id)


def _payment_page(request, project, kind, form, entry=None):
    context = {
        "project": project,
        "kind": kind,
        "label": KINDS[WORDS[kind]][1],
        "word": WORDS[kind],
        "entry": entry,
        "form": form,
        "has_years": "budget_year" in form.fields,
        "gaps": [] if entry else _gaps(project, kind),
        "tabs": tabs_of(project, "projects:money"),
        **_room(project, kind, form, entry),
    }
    return render(request, "projects/payment_form.html", context)


@require_GET
def payment_room(request, pk, word):
    """What one more voucher may hold, as the form stands: swapped in while it is being filled."""
    project = visible_project(request, pk)
    if word not in KINDS:
        raise Http404
    _payer_of(request, project)
    kind, lines = KINDS[word][0], _lines(project)
    form = PaymentForm(request.GET, project=project, kind=kind, lines=lines, years=_years(project, lines))
    entry = Disbursement.objects.in_force().filter(project=project, pk=request.GET.get("chung-tu") or None).first()
    return render(request, "projects/_payment_room.html", _room(project, kind, form, entry))


def _room(project, kind, form, entry=None):
    """{line, room, over} by what is typed so far, as far as it can be read; `entry` is the one being mended."""
    lines = {line.source_id: line for line in _lines(project)}
    source = _typed(form, "source")
    line = lines.get(source.pk if source else None) or next(iter(lines.values()), None)
    if line is None:
        return {"line": None, "room": None, "over": 0}
    report = _typed(form, "progress_report") if "progress_report" in form.fields else None
    room = room_for(project, line, kind, day=_typed(form, "paid_on"), report=report, without=entry)
    amount = _typed(form, "amount") or 0
    return {"line": line, "room": room, "over": max(amount - room.left, 0)}


def _typed(form, name):
    try:
        return form.fields[name].clean(form[name].value())
    except ValidationError:
        return None


# The year's end


def plan_unspent(request, pk):
    """What the year of an approved plan did not spend; a row is carried over from here."""
    plan = visible_plan(request, pk)
    may_carry = request.user.role in permissions.PAYERS and belongs_to(request.user, plan)
    rows, asked, form = services.unspent(plan), None, None
    if request.method == "POST":
        require(may_carry, "Chỉ kế toán của cơ quan quản lý ghi chuyển nguồn.")
        asked = request.POST.get("row", "")
        form = CarryOverForm(request.POST, prefix=asked)
        row = next((row for row in rows if _key(row) == asked), None)
        if row is None:
            messages.error(request, "Dòng này không còn số chưa chi: xem lại danh sách.")
            return redirect("projects:unspent", plan.pk)
        if form.is_valid():
            try:
                moved = services.carry_over(row.project, row.source, by=request.user, **form.cleaned_data)
            except ValidationError as refusal:
                add_refusal(form, refusal)
            else:
                told = f"{moved.project.code}, {moved.source}: {vnd(moved.amount)} sang năm {moved.to_year}"
                messages.success(request, f"Đã ghi chuyển nguồn {told}.")
                return redirect("projects:unspent", plan.pk)
    context = {
        "plan": plan,
        "rows": [(row, _key(row), form if _key(row) == asked else _carry_form(row)) for row in rows],
        "form": form,
        "totals": _unspent_totals(rows),
        "may_carry": may_carry,
        "next_year": plan.year + 1,
    }
    return render(request, "projects/unspent.html", context)


def _key(row):
    return f"{row.project.pk}-{row.source.pk}"


def _carry_form(row):
    return CarryOverForm(prefix=_key(row), initial={"amount": row.left})


def _unspent_totals(rows):
    carried = sum(row.carried.amount for row in rows if row.carried)
    names = ("contracted", "due", "paid", "left")
    return {name: sum(getattr(row, name) for row in rows) for name in names} | {"carried": carried}


def carry_over_drop(request, pk):
    rows = CarryOver.objects.filter(project__in=Project.objects.visible_to(request.user))
    row = get_object_or_404(rows.select_related("source", "project__plan"), pk=pk)
    project = visible_project(request, row.project_id)
    _payer_of(request, project)
    form = DropForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            services.drop_carry_over(row, by=request.user, reason=form.cleaned_data["reason"])
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"Đã bỏ chuyển nguồn của {project.code}.")
            return redirect("projects:unspent", project.plan_id)
    return render(request, "projects/carry_over_drop.html", {"project": project, "row": row, "form": form})
