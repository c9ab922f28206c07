"""Deadlines as a calendar: the page of the private link, and the file that a calendar program reads under it."""

from datetime import UTC, datetime, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from khuyencong import calendar_links
from khuyencong.dates import today
from projects.deadlines import due_items
from reports.icalendar import Event, calendar

NAME = "Hạn việc khuyến công"
AHEAD = timedelta(days=365)


@require_GET
def calendar_page(request):
    return _page(request)


@require_POST
@never_cache
def calendar_renew(request):
    """Give a link and show it once, in this answer alone: nothing but its hash is kept."""
    secret = calendar_links.new_link(by=request.user)
    return _page(request, request.build_absolute_uri(reverse("calendar_feed", args=[secret])))


@require_POST
def calendar_revoke(request):
    if calendar_links.revoke_link(by=request.user):
        messages.success(request, "Đã thu hồi liên kết lịch: địa chỉ cũ không mở được nữa.")
    return redirect("calendar")


def _page(request, address=""):
    coming = due_items(request.user, today() + AHEAD, since=today())
    context = {"link": calendar_links.link_of(request.user), "address": address, "coming": coming}
    return render(request, "reports/calendar.html", context)


@login_not_required
@require_safe
@never_cache
def calendar_feed(request, secret):
    """What is due in the coming year for the person of the link; no sign-in, no cookie."""
    user = calendar_links.person_behind(secret)
    if user is None:
        raise Http404
    host = request.get_host()
    events = [
        Event(
            uid=f"{due.uid}@{host}", on=due.on, summary=": ".join(filter(None, [due.label, due.subject])),
            url=request.build_absolute_uri(due.url), description=due.clause,
        )
        for due in due_items(user, today() + AHEAD, since=today())
    ]  # fmt: skip
    answer = HttpResponse(calendar(NAME, events, datetime.now(UTC)), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="khuyen-cong.ics"'
    answer["X-Robots-Tag"] = "noindex"
    return answer
