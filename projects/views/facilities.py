"""The page of one facility: what it is, and every support that it ever received."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from beneficiaries.models import Facility
from beneficiaries.permissions import can_edit_facility
from khuyencong.models import AuditEntry
from khuyencong.units import describe_today, with_relatives
from projects.models import Beneficiary, Project
from projects.permissions import can_create_project

RECENT = 8


@require_GET
def facility_detail(request, pk):
    facilities = Facility.objects.visible_to(request.user).select_related("unit", "industry", "cluster", "owner")
    facility = get_object_or_404(facilities, pk=pk)
    supports = Beneficiary.objects.support_history(facility)
    place = with_relatives(type(facility.unit).objects.filter(pk=facility.unit_id)).get()
    visible = set(
        Project.objects.visible_to(request.user)
        .filter(pk__in=[row.project_id for row in supports])
        .values_list("pk", flat=True)
    )
    context = {
        "facility": facility,
        "supports": supports,
        "totals": support_totals(supports),
        "visible": visible,
        "place_today": describe_today(place),
        "entries": AuditEntry.objects.about(facility).select_related("actor")[:RECENT],
        "can_edit": can_edit_facility(request.user, facility),
        "can_create_project": can_create_project(request.user),
    }
    return render(request, "projects/facility_detail.html", context)


def support_totals(supports):
    """Sums over projects that a decision holds: turns, support and counterpart in đồng, first and last year."""
    counted = [row for row in supports if row.project.is_approved]
    support = sum(row.support_amount for row in counted)
    counterpart = sum(row.counterpart_amount for row in counted)
    years = [row.project.plan.year for row in counted]
    return {
        "turns": len(counted),
        "support": support,
        "counterpart": counterpart,
        "first_year": min(years, default=None),
        "last_year": max(years, default=None),
    }
