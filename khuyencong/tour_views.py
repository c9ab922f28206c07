"""The tour of a role as a page, and its end, which is remembered."""

from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from khuyencong.desk import tour
from khuyencong.desk.person import keep


@require_GET
def tour_page(request):
    steps = [(number, step, step.url(number)) for number, step in enumerate(tour.steps_of(request.user), start=1)]
    return render(request, "desk/tour.html", {"steps": steps})


@require_POST
def tour_end(request):
    """Not offered again; the page of the tour stays."""
    keep(request.user, tour_ended_at=timezone.now())
    return redirect("home")
