"""“Sửa ngoài máy”: take a list out to edit, bring it home, look at what differs, confirm."""

from tempfile import TemporaryFile

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from beneficiaries.edit_lists import FACILITIES
from beneficiaries.permissions import can_create_facility
from khuyencong.dates import today
from khuyencong.exports import edit_sheet, returning
from khuyencong.forms import FilesField, add_refusal
from khuyencong.models import ReturnedSheet
from khuyencong.permissions import require
from khuyencong.xlsx.exporter import CONTENT_TYPE
from projects.edit_lists import PROJECTS
from projects.permissions import can_create_project

EDIT_LISTS = {edit_list.kind: edit_list for edit_list in (FACILITIES, PROJECTS)}
EDITORS = {"facilities": can_create_facility, "projects": can_create_project}
LIST_PAGES = {"facilities": "beneficiaries:list", "projects": "projects:list"}
ONLY_EDITORS = "Chỉ chuyên viên, lãnh đạo phòng sửa được danh sách này."
MOST_MEGABYTES = 10
RECENT = 5


class ReturnForm(forms.Form):
    file = FilesField(label="Tệp đã sửa", accept=".xlsx,.ods", multiple=False,
                      help_text="Chính tệp đã tải từ trang này, giữ nguyên các cột và trang ẩn.")  # fmt: skip

    def clean_file(self):
        upload = self.cleaned_data["file"][0]
        if upload.size > MOST_MEGABYTES * 1024 * 1024:
            raise ValidationError(f"Tệp quá {MOST_MEGABYTES} MB; lọc bớt danh sách rồi xuất lại.")
        return upload


def _edit_list(request, kind):
    if kind not in EDIT_LISTS:
        raise Http404
    require(EDITORS[kind](request.user), ONLY_EDITORS)
    return EDIT_LISTS[kind]


@require_http_methods(["GET", "POST"])
def round_trip(request, kind):
    """Say what the file is, give it, take it back. The query is that of the list."""
    edit_list = _edit_list(request, kind)
    form = ReturnForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            returned = returning.receive(form.cleaned_data["file"], EDIT_LISTS, by=request.user)
        except ValidationError as refusal:
            add_refusal(form, ValidationError({"file": refusal.messages}))
        else:
            return redirect(returned)
    rows = edit_list.rows(request.user, request.GET)
    context = {
        "list": edit_list,
        "form": form,
        "count": len(rows),
        "too_many": len(rows) > settings.EXPORT_ROWS_AT_ONCE,
        "most": settings.EXPORT_ROWS_AT_ONCE,
        "columns": [column for column in edit_list.columns() if not column.is_locked],
        "list_url": reverse(LIST_PAGES[kind]),
        "recent": ReturnedSheet.objects.visible_to(request.user).filter(kind=kind)[:RECENT],
    }
    return render(request, "exports/round_trip.html", context)


@require_GET
def round_trip_file(request, kind):
    """The rows of the filter that the person may change, to be edited."""
    edit_list = _edit_list(request, kind)
    rows = edit_list.rows(request.user, request.GET)
    if not rows or len(rows) > settings.EXPORT_ROWS_AT_ONCE:
        return redirect(f"{reverse('round_trip', args=[kind])}?{request.GET.urlencode()}")
    stream = TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        edit_sheet.write(edit_list, rows, stream, by=request.user)
    except BaseException:
        stream.close()
        raise
    stream.seek(0)
    filename = f"{edit_list.filename}_{today():%Y-%m-%d}.xlsx"
    return FileResponse(stream, as_attachment=True, filename=filename, content_type=CONTENT_TYPE)


@require_http_methods(["GET", "POST"])
def returned_sheet(request, pk):
    """What differs, cell by cell; a POST confirms the ticked rows, or leaves it at that."""
    returned = get_object_or_404(ReturnedSheet.objects.visible_to(request.user), pk=pk)
    edit_list = _edit_list(request, returned.kind)
    if request.method == "POST":
        return _confirm(request, returned, edit_list)
    rows = returning.differences(returned, edit_list, request.user) if returned.is_open else []
    returning.check(rows, edit_list, request.user)
    return _page(request, returned, edit_list, rows, chosen={row.pk for row in rows if not row.is_bad})


def _confirm(request, returned, edit_list):
    if request.POST.get("act") == "drop":
        returning.drop(returned)
        messages.success(request, f"Đã bỏ tệp {returned}; trên cổng không có gì thay đổi.")
        return redirect("round_trip", returned.kind)
    was_open = returned.is_open
    chosen, keep = _chosen(request.POST)
    try:
        written = returning.confirm(
            returned, edit_list, by=request.user, chosen=chosen, keep=keep, seen=request.POST.get("seen", "")
        )
    except returning.ChangedMeanwhileError as refusal:
        rows = returning.differences(returned, edit_list, request.user, keep=keep)
        returning.check(rows, edit_list, request.user)
        return _page(request, returned, edit_list, rows, chosen=chosen, refusal=refusal)
    except ValidationError as refusal:
        return _page(request, returned, edit_list, refusal.rows, chosen=chosen, refusal=refusal)
    if was_open and written:
        cells = sum(count for _name, count in written)
        messages.success(request, f"Đã ghi {len(written)} dòng, {cells} ô.")
    else:
        messages.info(request, "Tệp này đã xử lý xong từ trước; không ghi thêm gì.")
    return redirect(returned)


def _chosen(data):
    """(keys of the ticked rows, {(key, field): "mine" or "theirs"})."""
    keep = {}
    for name, value in data.items():
        word, _dash, rest = name.partition("-")
        key, _dash, column = rest.partition("-")
        if word == "keep" and key.isdecimal() and value in (returning.MINE, returning.THEIRS):
            keep[int(key), column] = value
    return {int(key) for key in data.getlist("row") if key.isascii() and key.isdecimal()}, keep


def _page(request, returned, edit_list, rows, *, chosen, refusal=None):
    left = [row for row in rows if not row.is_done]
    context = {
        "sheet": returned,
        "list": edit_list,
        "rows": left,
        "same_count": len(rows) - len(left),
        "chosen": chosen,
        "conflict_count": sum(row.has_conflict for row in left),
        "bad_count": sum(row.is_bad for row in left),
        "cell_count": sum(cell.state != "same" for row in left for cell in row.cells),
        "seen": returning.digest_of(rows),
        "refusal": refusal.messages if refusal else [],
    }
    return render(request, "exports/returned_sheet.html", context)
