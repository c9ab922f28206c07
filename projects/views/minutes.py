"""The minutes of one receiver: fill in, drop, look at, print."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from beneficiaries.models import Facility
from khuyencong.desk.once import once
from khuyencong.forms import add_refusal
from khuyencong.money import vnd
from khuyencong.permissions import require
from khuyencong.rows import change_rows, posted_rows, show_conflicts, tell
from khuyencong.versions import StaleVersionError
from programs.models import FundingSource
from projects import permissions, services
from projects.documents import figures_of, handover_minutes
from projects.forms.handover import MinutesForm
from projects.forms.handover_rows import CONTRACTS, ITEMS, PAPERS, PEOPLE
from projects.models import FundingLine, HandoverContractAmount, HandoverEvent, HandoverItem, HandoverMinutes, ItemKind
from projects.services import prefill
from projects.services.handover import HOLDERS
from projects.views.handover import back_to, visible_event


def visible_minutes(request, pk):
    minutes = HandoverMinutes.objects.with_contents().select_related(
        "event__plan__owner", "event__plan__program", "event__giver__parent", "event__owner", "receiver",
        "receiver_facility__unit",
    )  # fmt: skip
    return get_object_or_404(minutes.filter(event__in=HandoverEvent.objects.visible_to(request.user)), pk=pk)


@once
def minutes_create(request, pk):
    """A new receiver; `?co-so=` names a facility, whose people and machines are filled in from the files."""
    event = visible_event(request, pk)
    require(permissions.can_hold_handover(request.user, event.plan), HOLDERS)
    if event.is_done and request.method != "POST":
        return back_to(request, event)
    minutes = HandoverMinutes(event=event, **prefill.shared_texts(event))
    rows = {}
    if facility := _asked_facility(request):
        minutes.receiver_facility = facility
        rows = _prefilled(minutes)
    return _edit_minutes(request, minutes, rows)


def _asked_facility(request):
    key = request.GET.get("co-so", "")
    if request.method == "POST" or not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    return Facility.objects.visible_to(request.user).select_related("unit").filter(pk=key).first()


@require_POST
def minutes_fill(request, pk):
    """Minutes for every supported facility that has none yet, filled in from the files."""
    event = visible_event(request, pk)
    try:
        saved = prefill.save_minutes_of_facilities(event, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"Đã lập sẵn {len(saved)} biên bản từ hồ sơ đề án: mở từng biên bản để kiểm tra.")
    return redirect(event)


def minutes_edit(request, pk):
    minutes = visible_minutes(request, pk)
    require(permissions.can_hold_handover(request.user, minutes.event.plan), HOLDERS)
    if minutes.event.is_done and request.method != "POST":
        return back_to(request, minutes.event)
    return _edit_minutes(request, minutes, _stored_rows(minutes))


def _stored_rows(minutes):
    """{prefix of the table: rows as the service takes them}."""
    contracts = [
        (contract, {part.source: part.amount for part in contract.amounts.all()})
        for contract in minutes.contracts.all()
    ]
    return {
        "people": list(minutes.people.all()),
        "items": list(minutes.items.all()),
        "contracts": contracts,
        "papers": list(minutes.papers.all()),
    }


def _prefilled(minutes):
    found = prefill.from_files(minutes)
    return {"people": found.people, "items": found.items, "contracts": found.contracts, "papers": found.papers}


def _edit_minutes(request, minutes, rows):
    tables = _tables(minutes)
    data = posted_rows(request, tables, rows)
    form = MinutesForm(data, instance=minutes, user=request.user)
    if data is None:
        formsets = {table.prefix: table.show(rows.get(table.prefix, [])) for table in tables}
        seen = {table.prefix: table.digest(rows.get(table.prefix, [])) for table in tables} if minutes.pk else {}
        return _minutes_page(request, minutes, form, formsets, seen)
    act = data.get("row", "")
    if act:
        form.unread = True
        tell(request, _fill(form, tables, data) if act == "fill" else change_rows(tables, data, act))
    formsets = {table.prefix: table.read(data, unread=bool(act)) for table in tables}
    if not act and all([form.is_valid(), *(formset.is_valid() for formset in formsets.values())]):
        try:
            saved = services.save_minutes(
                form.instance, by=request.user, expected_version=form.expected_version,
                **{prefix: formset.rows for prefix, formset in formsets.items()},
            )  # fmt: skip
        except StaleVersionError as stale:
            stored = _stored_rows(stale.current)
            show_conflicts(
                form, stale.current, [(table, stored[table.prefix], formsets[table.prefix]) for table in tables]
            )
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _saved_words(saved))
            if data.get("act") == "preview":
                return redirect("projects:minutes_preview", saved.pk)
            return redirect(saved.event)
    seen = {table.prefix: form.data.get(f"seen-{table.prefix}", "") for table in tables}
    return _minutes_page(request, minutes, form, formsets, seen)


def _tables(minutes):
    """The tables of the page, with the sources in force on the day and those that rows or the projects have."""
    used = Q(pk__in=HandoverItem.objects.filter(minutes=minutes.pk).values("source"))
    used |= Q(pk__in=HandoverContractAmount.objects.filter(contract__minutes=minutes.pk).values("source"))
    used |= Q(pk__in=FundingLine.objects.filter(project__handovers=minutes.event).values("source"))
    in_force = FundingSource.objects.valid_on(minutes.event.reference_day).values("pk")
    sources = list(FundingSource.objects.filter(Q(pk__in=in_force) | used))
    contracts = list(minutes.event.plan.contracts.binding().select_related("party_b"))
    return [PEOPLE, ITEMS.given(sources=sources), CONTRACTS.given(sources=sources, contracts=contracts), PAPERS]


def _fill(form, tables, data):
    """Add what the files of the projects hold for the receiver that is typed."""
    organisation, facility = form.typed_receiver()
    if (organisation is None) == (facility is None):
        return "Chọn một bên nhận trước, rồi bấm “Lấy từ hồ sơ đề án”."
    minutes = HandoverMinutes(
        pk=form.instance.pk, event=form.instance.event, receiver=organisation, receiver_facility=facility
    )
    rows = _prefilled(minutes)
    count = sum(table.add(data, rows.get(table.prefix, [])) for table in tables)
    if not count:
        return "Hồ sơ đề án không có gì thêm cho bên nhận này."
    return f"Đã lấy {count} dòng từ hồ sơ đề án: kiểm tra rồi lưu."


def _saved_words(minutes):
    figures = figures_of(HandoverMinutes.objects.with_contents().get(pk=minutes.pk))
    parts = [f"{len(figures.results)} kết quả"] if figures.results else []
    for count, noun, total in (
        (figures.asset_count, "công trình, tài sản", figures.asset_total and figures.asset_total.amount),
        (len(figures.contracts), "hợp đồng", figures.contract_total),
    ):
        if count:
            parts.append(f"{count} {noun}" + (f" trị giá {vnd(total)}" if total else ""))
    if figures.papers:
        parts.append(f"{len(figures.papers)} loại hồ sơ")
    return f"Đã lưu biên bản cho {minutes.receiver_name}: {', '.join(parts) or 'chưa có nội dung bàn giao'}."


def _stored(minutes):
    rows = HandoverMinutes.objects.select_related("event", "receiver", "receiver_facility")
    return rows.filter(pk=minutes.pk).first()


def _minutes_page(request, minutes, form, formsets, seen):
    context = {
        "event": minutes.event,
        "minutes": _stored(minutes),
        "form": form,
        "kinds": ItemKind.choices,
        "sources": next(iter(formsets["contracts"].form_kwargs.values())),
        # As pairs, because a template would read `seen.items` as the table of items.
        "seen": list(seen.items()),
        **formsets,
    }
    return render(request, "projects/minutes_form.html", context)


def minutes_delete(request, pk):
    minutes = visible_minutes(request, pk)
    require(permissions.can_hold_handover(request.user, minutes.event.plan), HOLDERS)
    event = minutes.event
    if event.is_done and request.method != "POST":
        return back_to(request, event)
    if request.method == "POST":
        return _delete(request, minutes)
    context = {"event": event, "minutes": minutes, "figures": figures_of(minutes)}
    return render(request, "projects/minutes_delete.html", context)


def _delete(request, minutes):
    version = request.POST.get("version", "")
    seen = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None
    try:
        services.delete_minutes(minutes, by=request.user, expected_version=seen)
    except StaleVersionError as stale:
        messages.warning(request, f"{stale.current.updated_by} vừa sửa biên bản này: xem lại rồi hãy bỏ.")
        return redirect("projects:minutes_delete", minutes.pk)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"Đã bỏ biên bản cho {minutes.receiver_name}.")
    return redirect(minutes.event)


@require_GET
def minutes_preview(request, pk):
    """The paper as a page of its own, set by the sheet of the PDF."""
    return HttpResponse(handover_minutes(visible_minutes(request, pk)).render_html())
