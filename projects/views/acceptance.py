"""Acceptance of a project: its tab, new minutes, the paper to read and print, reopening."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from khuyencong.dates import today
from khuyencong.desk.once import once
from khuyencong.documents.panels import panel_of, panels_of
from khuyencong.forms import add_refusal
from khuyencong.money import format_vnd, vnd
from khuyencong.permissions import require
from khuyencong.rows import change_rows, posted_rows, tell
from khuyencong.versions import StaleVersionError
from projects import permissions, services, workflow
from projects.figures import indicators_of, minutes_money, share
from projects.forms.acceptance import MEMBERS, WORKS, MinutesForm, ReopenForm, SupplementForm
from projects.forms.indicators import DONE
from projects.forms.rows import cell_of
from projects.models import Acceptance, AcceptanceForm, AcceptanceResult, Project
from projects.questions import COST_ITEMS, FUNDING, INDICATORS, SUPPORTED
from projects.services import acceptance_prefill as prefill
from projects.services.acceptance import (
    TAKE_BACK,
    accepted_so_far,
    counting,
    done_percent,
    may_supplement,
    measured,
    over_contract,
    places_left,
    read_left,
    reopening_refusal,
    untold_of,
)
from projects.services.follow_up import rounds_of
from projects.services.indicators import indicator_rows, offered_indicators
from projects.tabs import tabs_of
from projects.views.projects import changed_since_read, visible_project

TAB = "projects:acceptances"


@require_GET
def acceptances(request, pk):
    """Minutes, what they add up to per source, works, indicators planned and done, what is followed up."""
    project = visible_project(request, pk)
    minutes = list(
        project.acceptances.select_related("beneficiary__facility", "organiser", "voided_by")
        .prefetch_related("amounts__source", "members")
        .order_by("voided_at", "accepted_on", "pk")
    )
    for row in minutes:
        row.support = sum(part.amount for part in row.amounts.all() if part.source.is_support)
        row.own = sum(part.amount for part in row.amounts.all() if not part.source.is_support)
        row.project = project
    papers = panels_of(minutes, request.user)
    for row in minutes:
        row.papers = papers[row.pk]
    move, has_begun = workflow.ACCEPT_PROJECT, project.status in workflow.ACCEPT_PROJECT.sources
    may_reopen = TAKE_BACK.is_for(request.user) and not TAKE_BACK.refusal(request.user, project)
    is_reopenable = may_reopen and any(row.voided_at is None for row in minutes)
    context = {
        "project": project,
        "tabs": tabs_of(project, TAB),
        "minutes": minutes,
        "money": _money_of(project),
        "works": measured(project),
        "left": places_left(project) if has_begun and counting(project).exists() else [],
        "can_accept": has_begun and move.is_for(request.user),
        "why_not": move.refusal(request.user, project),
        "for_others": move.why_not(request.user, project) if has_begun and not move.is_for(request.user) else "",
        "can_reopen": is_reopenable,
        "why_not_reopen": reopening_refusal(project) if is_reopenable else None,
        "indicators": indicators_of(project),
        "rounds": rounds_of(project),
        "can_follow_up": permissions.can_follow_up(request.user, project),
    }
    return render(request, "projects/acceptance_list.html", context)


def _money_of(project):
    """Per source: approved, contracted, accepted by the minutes in force, its percent of what was approved; sums."""
    accepted = accepted_so_far(project)
    rows = []
    for line in project.funding_lines.select_related("source"):
        amount = accepted.get(line.source_id, 0)
        rows.append((line, amount, share(amount, line.approved_amount or 0)))
    return {
        "rows": rows,
        "has_contract": project.contract_id is not None,
        "approved": sum(line.approved_amount or 0 for line, _amount, _share in rows),
        "contracted": sum(line.contracted_amount or 0 for line, _amount, _share in rows),
        "accepted": sum(amount for _line, amount, _share in rows),
    }


# New minutes


@once
def acceptance_create(request, pk):
    """Minutes of the whole project, or with `?co-so=` of one place; both filled in from the files."""
    project = visible_project(request, pk)
    move = workflow.ACCEPT_PROJECT
    if not move.is_for(request.user) or move.refusal(request.user, project):
        raise PermissionDenied(move.why_not(request.user, project))
    if project.status not in move.sources:
        return _closed(request, project)
    if request.method != "POST":
        read_left(project)
    places = SUPPORTED.of(project)
    tables = _tables(project)
    data = posted_rows(request, tables, {})
    if data is None:
        place = _asked_place(request, places)
        form = MinutesForm(
            project=project, places=places, instance=prefill.new_acceptance(project, place),
            initial=_money_left(project, place),
        )  # fmt: skip
        rows = _rows_of(project, place)
        return _minutes_page(request, project, form, {table.prefix: table.show(rows[table.prefix]) for table in tables})
    form = MinutesForm(data, project=project, places=places, instance=Acceptance(project=project))
    if twin := _twin(project, form, request.user):
        messages.info(request, f"Biên bản {twin.number} đã ghi trước đó.")
        return redirect(TAB, project.pk)
    act = data.get("row", "")
    if act:
        form.unread = True
        tell(request, _fill(form, project, tables, data) if act == "fill" else change_rows(tables, data, act))
    formsets = {table.prefix: table.read(data, unread=bool(act)) for table in tables}
    if not act and all([form.is_valid(), *(formset.is_valid() for formset in formsets.values())]):
        try:
            saved = services.accept(
                form.instance, by=request.user, members=formsets["members"].rows, works=formsets["works"].rows,
                amounts=form.amounts, indicators=formsets["results"].rows, expected_version=form.expected_version,
            )  # fmt: skip
        except StaleVersionError as stale:
            form.data["version"] = stale.current.version
            form.add_error(None, changed_since_read(stale.current))
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _saved_words(saved))
            for text in over_contract(saved):
                messages.warning(request, f"Vượt khối lượng theo hợp đồng: {text}.")
            return redirect(TAB, saved.project_id)
    return _minutes_page(request, project, form, formsets)


def _closed(request, project):
    """The second press of a button, or a page opened too early or too late."""
    if project.acceptance:
        text = f"{project.code} đang “{project.get_status_display()}”: việc này đã làm xong trước đó."
        messages.info(request, text)
    else:
        messages.warning(request, workflow.ACCEPT_PROJECT.why_not(request.user, project))
    return redirect(project)


def _asked_place(request, places):
    key = request.GET.get("co-so", "")
    return next((place for place in places if str(place.pk) == key), None)


def _tables(project):
    offered = offered_indicators(project, today())
    planned = {str(row.indicator_id): row for row in indicator_rows(project)}
    return [
        MEMBERS, WORKS.given(cost_items=COST_ITEMS.of(project)),
        DONE.given(indicators=offered, planned=planned),
    ]  # fmt: skip


def _rows_of(project, place):
    """{prefix of the table: unsaved rows}; indicators belong to the project, and are told with its last minutes."""
    return {
        "members": prefill.usual_members(project, place),
        "works": prefill.works_left(project, place),
        "results": indicator_rows(project),
    }


def _money_left(project, place):
    left = prefill.amounts_left(project, place)
    return {cell_of(line.source): left[line.source_id] for line in FUNDING.of(project)}


def _fill(form, project, tables, data):
    """Money and works of the place that is chosen, in the place of what stands there."""
    place = form.typed("beneficiary")
    for name, amount in _money_left(project, place).items():
        data[name] = format_vnd(amount)  # as it is typed and read
    works = next(table for table in tables if table.prefix == WORKS.prefix)
    rows = prefill.works_left(project, place)
    works.write(data, [works.values_of(row) for row in rows] or [{}])
    return f"Đã lấy số liệu còn lại của {place or 'cả đề án'}: {len(rows)} hạng mục. Kiểm tra rồi lưu."


def _twin(project, form, user):
    """The same minutes, recorded since this page was opened: the button was pressed twice.

    Without a number, which the first press has taken, those of the same person, day and place.
    """
    if form.typed("version") == project.version:
        return None
    given = {name: form.typed(name) for name in ("accepted_on", "beneficiary")}
    number = form.typed("number")
    given |= {"number": number} if number else {"recorded_by": user}
    return project.acceptances.in_force().filter(**given).first()


def _saved_words(saved):
    project = saved.project
    if saved.result == AcceptanceResult.FAIL:
        return f"Đã ghi biên bản {saved.number}, kết quả không đạt: {project.code} chưa được nghiệm thu."
    lines = project.funding_lines.select_related("source")
    money = ", ".join(f"{line.source.short_name} {vnd(line.accepted_amount or 0)}" for line in lines)
    if saved.is_final:
        return f"Đã ghi nhận nghiệm thu {project.code}: {money}."
    left = len(places_left(project))
    rest = f"Còn {left} cơ sở chưa nghiệm thu." if left else "Còn chờ biên bản lần cuối."
    return f"Đã ghi biên bản {saved.number}, mẫu {saved.form}. Cộng đến nay: {money}. {rest}"


def _minutes_page(request, project, form, formsets):
    context = {
        "project": project, "tabs": tabs_of(project, TAB), "form": form,
        "has_before": any(line.before for line, _field in form.figures), **formsets,
    }  # fmt: skip
    return render(request, "projects/acceptance_form.html", context)


# The paper


@require_GET
def acceptance_detail(request, pk):
    """The minutes as they are read and printed; those taken out of force say so."""
    rows = Acceptance.objects.filter(project__in=Project.objects.visible_to(request.user)).select_related(
        "beneficiary__facility__unit", "organiser", "recorded_by", "voided_by"
    )
    minutes = get_object_or_404(rows, pk=pk)
    project = minutes.project = visible_project(request, minutes.project_id, INDICATORS)
    works = list(minutes.works.all())
    for row in works:
        row.percent = done_percent(row.done_quantity, row.contracted_quantity)
    money = minutes_money(minutes)
    context = {
        "project": project,
        "tabs": tabs_of(project, TAB),
        "minutes": minutes,
        "form_label": AcceptanceForm(minutes.form).label,
        "members": minutes.members.all(),
        "works": works,
        "work_total": sum(row.amount or 0 for row in works),
        "money": money,
        "estimate_total": sum(row[1] for row in money),
        "done_total": sum(row[2] for row in money),
        "indicators": indicators_of(project) if minutes.is_final and minutes.voided_at is None else [],
        "facilities": project.beneficiaries.filter(withdrawn_by=None).select_related("facility__unit"),
        "panel": panel_of(minutes, request.user),
        "untold": untold_of(minutes) if may_supplement(request.user, project) else [],
    }
    return render(request, "projects/acceptance_detail.html", context)


def acceptance_supplement(request, pk):
    """Who took part, when, in how many copies: for minutes recorded by their number alone."""
    rows = Acceptance.objects.filter(project__in=Project.objects.visible_to(request.user))
    minutes = get_object_or_404(rows, pk=pk)
    project = minutes.project = visible_project(request, minutes.project_id)
    require(may_supplement(request.user, project), workflow.ACCEPT_PROJECT.why_not(request.user, project))
    untold = untold_of(minutes)
    if not untold:
        messages.info(request, f"Biên bản {minutes.number} không còn gì để bổ sung.")
        return redirect(minutes)
    tables = [MEMBERS] if "members" in untold else []
    data = posted_rows(request, tables, {})
    act = data.get("row", "") if data else ""
    form = SupplementForm(data, untold=untold)
    if act:
        form.unread = True
        tell(request, change_rows(tables, data, act))
    if data is None:
        members = MEMBERS.show(prefill.usual_members(project, minutes.beneficiary)) if tables else None
    else:
        members = MEMBERS.read(data, unread=bool(act)) if tables else None
    if data and not act and all([form.is_valid(), members is None or members.is_valid()]):
        try:
            services.supplement_acceptance(
                minutes, by=request.user, members=members.rows if members else (), **form.cleaned_data
            )
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"Đã bổ sung biên bản {minutes.number}.")
            return redirect(minutes)
    context = {
        "project": project, "tabs": tabs_of(project, TAB), "minutes": minutes, "form": form, "members": members,
    }  # fmt: skip
    return render(request, "projects/acceptance_supplement.html", context)


# Reopening


def acceptance_reopen(request, pk):
    project = visible_project(request, pk)
    if not TAKE_BACK.is_for(request.user) or TAKE_BACK.refusal(request.user, project):
        raise PermissionDenied(TAKE_BACK.why_not(request.user, project))
    if refusal := reopening_refusal(project):
        messages.warning(request, refusal)
        return redirect(TAB, project.pk)
    form = ReopenForm(request.POST if request.method == "POST" else None, project=project)
    if form.is_valid():
        try:
            reopened = services.reopen_acceptance(project, by=request.user, **form.given)
        except StaleVersionError as stale:
            form.data = form.data.copy()
            form.data["version"] = stale.current.version
            form.add_error(None, changed_since_read(stale.current))
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"Đã mở lại nghiệm thu {reopened.code}: biên bản cũ không còn hiệu lực.")
            return redirect(TAB, reopened.pk)
    context = {
        "project": project,
        "tabs": tabs_of(project, TAB),
        "form": form,
        "handovers": list(project.handovers.order_by("-held_on", "-pk")),
        "address": reverse(TAB, args=[project.pk]),
    }
    return render(request, "projects/acceptance_reopen.html", context)
