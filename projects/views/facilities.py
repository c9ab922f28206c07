"""The page of one facility: what it is, and every support that it ever received."""

from decimal import Decimal

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from beneficiaries.models import Facility
from beneficiaries.permissions import can_create_facility, can_edit_facility, can_merge_facilities
from khuyencong.dates import today
from khuyencong.kept import EVERYBODY, kept
from khuyencong.models import AdministrativeUnit
from khuyencong.units import describe_today, other_names, with_relatives
from projects import facility_questions as questions
from projects.facility_questions import read_facility
from projects.models import Project
from projects.permissions import can_create_project
from projects.shown import support_rows


@require_GET
def facility_detail(request, pk):
    facilities = Facility.objects.visible_to(request.user).select_related("unit", "industry", "cluster", "owner")
    facility = facilities.filter(pk=pk).first()
    if facility is None:
        left = get_object_or_404(facilities, pk__in=Facility.objects.filter(pk=pk).values("merged_into"))
        messages.info(request, f"Cơ sở này đã được gộp vào “{left}”.")
        return redirect(left)
    supports = read_facility(facility)
    place_today, place_names = kept(("place", facility.unit_id), lambda: _told_of(facility.unit_id), within=EVERYBODY)
    visible = Project.objects.visible_to(request.user).filter(pk__in=[row.project_id for row in supports])
    context = {
        "facility": facility,
        "aliases": questions.ALIASES.of(facility),
        "products": questions.PRODUCTS.of(facility),
        "entries": questions.ENTRIES.of(facility),
        "merges": questions.MERGES.of(facility),
        "today": today(),
        "can_enter_product": can_create_facility(request.user),
        "supports": supports,
        "totals": support_totals(supports),
        "repeated": repeated_contents(supports),
        "support_rows": support_rows(supports, set(visible.values_list("pk", flat=True))),
        "place_today": place_today,
        "place_names": place_names,
        "can_merge": can_merge_facilities(request.user, facility),
        "can_edit": can_edit_facility(request.user, facility),
        "can_create_project": can_create_project(request.user),
    }
    return render(request, "projects/facility_detail.html", context)


def _told_of(unit):
    """(what a place is today, how else it was called)."""
    place = with_relatives(AdministrativeUnit.objects.filter(pk=unit)).get()
    return describe_today(place), other_names(place)


def support_totals(supports):
    """Sums over the turns that a decision holds, in đồng: all support, each of its sources, counterpart, years.

    `ratio` is counterpart per đồng of support, None without support.
    """
    counted = [row for row in supports if row.project.is_approved]
    by_source = {}
    for amount in (amount for row in counted for amount in row.amounts_read if amount.source.is_support):
        by_source[amount.source.short_name] = by_source.get(amount.source.short_name, 0) + amount.current_amount
    support = sum(row.support_amount for row in counted)
    counterpart = sum(row.counterpart_amount for row in counted)
    years = [row.project.plan.year for row in counted]
    return {
        "turns": len(counted),
        "support": support,
        "by_source": sorted(by_source.items()),
        "counterpart": counterpart,
        "ratio": (Decimal(counterpart) / support).quantize(Decimal("0.01")) if support else None,
        "first_year": min(years, default=None),
        "last_year": max(years, default=None),
    }


def repeated_contents(supports):
    """[(content, years)] that a decision supported more than once: a further project must not repeat the item."""
    years = {}
    for row in reversed(supports):
        if row.project.is_approved and row.project.content:
            years.setdefault(row.project.content, []).append(row.project.plan.year)
    return [(content, turns) for content, turns in years.items() if len(turns) > 1]
