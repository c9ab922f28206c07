"""A draft plan typed like a sheet: one page that works as a plain form, and what its script asks for."""

import json
import secrets
from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from khuyencong.permissions import outsider_refusal, require
from khuyencong.together import read_together
from projects import grid_lines, permissions
from projects.forms import grid
from projects.forms.grid import SheetReader, posted_rows, read_object
from projects.grid_lines import Sheet, envelopes_of, texts_of
from projects.models import Place
from projects.services.grid import LONGEST_KEY, PlanClosedError, closed_words, save_rows
from projects.views.plans import visible_plan

PAGE_LINES = 250
BLANK_LINES = 5
# A line saved by a transaction that was still open when the page asked is told the next time.
OVERLAP = timedelta(seconds=60)


def _own_plan(request, pk):
    """A visible plan that this person draws up; 404 and 403 otherwise."""
    plan = visible_plan(request, pk)
    require(request.user.role in permissions.DRAFTERS, "Chỉ chuyên viên, lãnh đạo phòng được sửa bảng kế hoạch.")
    refusal = outsider_refusal(request.user, plan)
    require(refusal is None, refusal)
    return plan


@require_http_methods(["GET", "POST"])
def plan_grid(request, pk):
    """Every line in a table of inputs; without script rows are added and saved by buttons of the form."""
    plan = _own_plan(request, pk)
    if not plan.is_open:
        messages.warning(request, closed_words(plan))
        return redirect(plan)
    if request.method == "GET":
        read_together(plan, *grid_lines.QUESTIONS, *grid.QUESTIONS)
    sheet = Sheet(plan, request.user)
    reader = SheetReader(plan, request.user, sheet.columns)
    if request.method != "POST":
        page = _page_of(sheet, request)
        lines = [sheet.line(project) for project in page]
        return _show(request, sheet, reader, [*lines, *_blanks(sheet, BLANK_LINES)], page)
    count = _count(request.POST)
    if request.POST.get("act") == "add":
        lines = _typed_lines(sheet, request.POST, count, {})
        return _show(request, sheet, reader, [*lines, *_blanks(sheet, BLANK_LINES)])
    rows = posted_rows(reader, request.POST, count)
    changed = [row for row in rows if row.cells]
    try:
        results = {row.key: row for row in save_rows(plan, by=request.user, rows=changed, texts_of=texts_of)}
    except PlanClosedError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return _show(request, sheet, reader, _typed_lines(sheet, request.POST, count, {}))
    saved = [row for row in results.values() if row.saved]
    if saved:
        messages.success(request, f"Đã lưu {len(saved)} dòng lúc {timezone.localtime():%H:%M}.")
    if not any(row.errors or row.conflicts for row in results.values()):
        if not saved:
            messages.info(request, "Không có ô nào thay đổi.")
        return redirect(request.get_full_path())
    sheet = Sheet(plan, request.user)
    return _show(request, sheet, reader, _typed_lines(sheet, request.POST, count, results))


def _page_of(sheet, request):
    return Paginator(sheet.projects, PAGE_LINES).get_page(request.GET.get("trang"))


def _blanks(sheet, count):
    return [sheet.blank(f"n{secrets.token_hex(8)}") for _ in range(count)]


def _count(data):
    text = data.get("rows", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _show(request, sheet, reader, lines, page=None):
    for line in lines:
        line.was = json.dumps(
            {"key": line.key, "pk": line.project.pk if line.project else None}
            | {cell.column.key: cell.seen for cell in line.cells if cell.is_open},
            ensure_ascii=False,
        )
    context = {
        "plan": sheet.plan,
        "columns": sheet.columns,
        "lines": lines,
        "blank": sheet.blank(""),
        "page": page,
        "problems": _problems(lines),
        "envelopes": envelopes_of(sheet.plan),
        "places": Place.choices,
        "lists": [
            ("grid-contents", [row.name for row in reader.contents]),
            ("grid-bodies", [row.name for row in reader.bodies]),
            ("grid-groups", [row.name for row in reader.groups]),
            ("grid-units", []),
            ("grid-facilities", []),
        ],
        "stamp": timezone.now().isoformat(),
    }
    return render(request, "projects/grid.html", context)


def _problems(lines):
    """[(id of the cell, text)] of what was refused, and of cells that two people changed."""
    found = []
    for number, line in enumerate(lines):
        if line.error:
            found.append((f"line-{number}", f"Dòng {number + 1}: {line.error}"))
        for cell in line.cells:
            where = f"Dòng {number + 1}, {cell.column.label[:1].lower()}{cell.column.label[1:]}"
            if cell.theirs is not None:
                cell.error = "hai người cùng sửa, chọn giá trị giữ lại ở dưới dòng."
            if cell.error:
                found.append((f"cell-{number}-{cell.column.key}", f"{where}: {cell.error}"))
    return found


def _typed_lines(sheet, data, count, results):
    """The lines as posted, with what became of them; a line that was saved whole shows what is stored."""
    stored = {project.pk: project for project in sheet.projects}
    lines = []
    for number in range(count):
        was = read_object(data.get(f"row-{number}-was", ""))
        told = results.get(str(was.get("key")))
        project = stored.get(told.pk if told else was.get("pk"))
        key = str(was.get("key") or f"n{number}")[:LONGEST_KEY]
        line = sheet.line(project, key) if project else sheet.blank(key)
        if told is None or told.errors or told.conflicts:
            _put_typed(line, data, number, was, told)
        lines.append(line)
    return lines


def _put_typed(line, data, number, was, told):
    line.error = told.errors.get("", "") if told else ""
    for cell in line.cells:
        name = cell.column.key
        typed = data.get(f"row-{number}-{name}")
        if typed is None or (told and name in told.saved):
            continue
        cell.text, cell.is_open = typed, True
        cell.seen = str(was.get(name, ""))
        if told and name in told.errors:
            cell.error = told.errors[name]
        if told and name in told.conflicts:
            cell.theirs = cell.seen = told.conflicts[name]


# What the script asks for


@require_POST
def plan_grid_save(request, pk):
    """Save what the script sent, or with `check` only tell what would be said of it; answers in JSON."""
    plan = _own_plan(request, pk)
    sent = read_object(request.body)
    if sent.get("user", request.user.pk) != request.user.pk:
        text = f"Thẻ khác đã đăng nhập bằng tài khoản {request.user}. Đăng nhập lại bằng tài khoản cũ rồi lưu."
        return JsonResponse({"refused": text}, status=409)
    columns = Sheet(plan, request.user).columns
    try:
        rows = SheetReader(plan, request.user, columns).rows(sent.get("rows", []))
        if sent.get("check") is True:
            with transaction.atomic():
                answer = _saved(request, plan, rows, sent)
                transaction.set_rollback(True)
        else:
            answer = _saved(request, plan, rows, sent)
    except PlanClosedError as refusal:
        return JsonResponse({"closed": " ".join(refusal.messages)}, status=409)
    except ValidationError as refusal:
        return JsonResponse({"refused": " ".join(refusal.messages)}, status=400)
    return JsonResponse(answer)


def _saved(request, plan, rows, sent):
    results = save_rows(plan, by=request.user, rows=rows, texts_of=texts_of)
    keys = {row.pk: row.key for row in results if row.pk is not None}
    told = [
        {
            "key": row.key, "pk": row.pk, "saved": row.saved, "errors": row.errors, "conflicts": row.conflicts,
            "gone": row.is_gone,
        }
        for row in results
    ]  # fmt: skip
    return _news(request, plan, sent.get("since"), keys) | {"results": told}


@require_GET
def plan_grid_news(request, pk):
    """What changed since the page last asked: other people's lines, deletions, envelopes, whether it is closed."""
    plan = _own_plan(request, pk)
    if not plan.is_open:
        return JsonResponse({"closed": closed_words(plan)}, status=409)
    return JsonResponse(_news(request, plan, request.GET.get("since"), {}) | {"user": request.user.pk})


def _news(request, plan, since, keys):
    """Lines of `keys` {pk: key on the page} and those saved since, every line's pk, the envelopes, the time."""
    now = timezone.now()
    moment = _moment(since)
    updated = dict(plan.projects.order_by("pk").values_list("pk", "updated_at"))
    changed = {pk for pk, at in updated.items() if pk in keys or (moment and at > moment - OVERLAP)}
    envelopes = render_to_string("projects/_grid_envelopes.html", {"envelopes": envelopes_of(plan)})
    return {
        "stamp": now.isoformat(),
        "at": f"{timezone.localtime(now):%H:%M}",
        "csrf": get_token(request),
        "lines": _lines_data(Sheet(plan, request.user), changed, keys) if changed else [],
        "all": list(updated),
        "envelopes": envelopes,
    }


def _lines_data(sheet, changed, keys):
    projects = [project for project in sheet.projects if project.pk in changed]
    return [_line_data(sheet.line(project, keys.get(project.pk, ""))) for project in projects]


def _moment(text):
    try:
        found = parse_datetime(text or "")
    except (TypeError, ValueError):
        return None
    return found if found and timezone.is_aware(found) else None


def _line_data(line):
    project = line.project
    return {
        "key": line.key, "pk": project.pk, "version": project.version, "code": project.code,
        "url": project.get_absolute_url(), "place": line.place, "locked": line.locked, "by": str(project.updated_by),
        "mine": bool(project.is_editable), "cells": line.texts,
        "open": [cell.column.key for cell in line.cells if cell.is_open],
        "notes": [[note.tone, note.text] for note in line.notes],
    }  # fmt: skip
