"""Saved filters of a person: saved from a list, named, passed on, dropped."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from khuyencong.desk import lists
from khuyencong.models import SavedFilter


@require_GET
def filter_list(request):
    """All filters of the person, by list, each with the link that can be passed on."""
    rows = {}
    for saved in SavedFilter.objects.filter(user=request.user):
        page = lists.BY_KEY.get(saved.kind)
        if page:
            link = request.build_absolute_uri(f"{page.url}?{saved.query}")
            rows.setdefault(page, []).append((saved, f"{page.url}?{saved.query}", link))
    groups = [(page, rows[page]) for page in lists.LISTS if page in rows]
    return render(request, "desk/filter_list.html", {"groups": groups, "lists": lists.LISTS})


@require_POST
def filter_save(request):
    page = lists.BY_KEY.get(request.POST.get("kind", ""))
    if page is None:
        raise Http404
    query = request.POST.get("query", "")
    try:
        saved, is_new = lists.save_filter(
            request.user, page, name=request.POST.get("name", ""), query=query,
            is_default=request.POST.get("default") == "on",
        )  # fmt: skip
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(f"{page.url}?{query or f'{lists.ALL}=1'}")
    told = "Đã lưu" if is_new else "Đã thay"
    messages.success(request, f"{told} bộ lọc “{saved}”. Mở lại ở nút “Bộ lọc của tôi” phía trên bảng.")
    return redirect(f"{page.url}?{saved.query or f'{lists.ALL}=1'}")


@require_POST
def filter_change(request, pk):
    saved = get_object_or_404(SavedFilter, pk=pk, user=request.user)
    try:
        lists.change_filter(
            saved, name=request.POST.get("name", ""), is_default=request.POST.get("default") == "on"
        )  # fmt: skip
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"Đã lưu “{saved}”.")
    return redirect("filters")


@require_POST
def filter_delete(request, pk):
    saved = get_object_or_404(SavedFilter, pk=pk, user=request.user)
    lists.delete_filter(saved)
    messages.success(request, f"Đã xóa bộ lọc “{saved}”. Danh sách và hồ sơ không đổi.")
    return redirect("filters")
