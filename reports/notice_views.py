"""News in the portal: read, unread, and which kinds come by letter; the numbers in the head of every page."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from khuyencong.desk.person import desk_of, keep
from khuyencong.lists import PER_PAGE, ListPaginator
from khuyencong.models import Notice
from reports import digest, notices


@require_GET
def notice_list(request):
    user = request.user
    rows = Notice.objects.visible_to(user)
    if request.GET.get("chua-doc"):
        rows = rows.unread()
    page = ListPaginator(rows, PER_PAGE).get_page(request.GET.get("trang"))
    muted = desk_of(user).muted_kinds
    context = {
        "page_obj": page,
        "notices": notices.still_seen(user, list(page.object_list)),
        "only_unread": bool(request.GET.get("chua-doc")),
        "kinds": [(key, label, key not in muted) for key, label in digest.KINDS],
    }
    return render(request, "reports/notices.html", context)


@require_POST
def notice_open(request, pk):
    """To what the news is about; from then on it is read."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    notices.mark(request.user, Notice.objects.filter(pk=notice.pk), is_read=True)
    is_own = notice.url.startswith("/") and url_has_allowed_host_and_scheme(notice.url, allowed_hosts=None)
    return redirect(notice.url if is_own else "notices")


@require_POST
def notice_mark(request):
    """One piece of news (`pk`) or all, as read or as unread."""
    rows = Notice.objects.visible_to(request.user)
    if key := request.POST.get("pk", ""):
        rows = rows.filter(pk=key if key.isascii() and key.isdigit() and len(key) < 19 else None)
    is_read = request.POST.get("read") != "0"
    notices.mark(request.user, rows.unread() if is_read else rows, is_read=is_read)
    return redirect("notices")


@require_POST
def notice_settings(request):
    wanted = request.POST.getlist("kind")
    keep(request.user, muted_kinds=[key for key, _label in digest.KINDS if key not in wanted])
    told = "Đã lưu. Thư tóm tắt gồm các loại đã chọn." if wanted else "Đã lưu. Ông/bà không nhận thư tóm tắt nữa."
    messages.success(request, told)
    return redirect("notices")


@require_POST
def desk_numbers(request):
    """The numbers in the head of the pages, counted anew where they are old. A post, since it gathers news."""
    desk = desk_of(request.user)
    if desk.is_stale:
        desk = notices.refresh(request.user)
    if not request.htmx:
        return redirect("notices")
    return render(request, "desk/_numbers.html", {"desk": desk})
