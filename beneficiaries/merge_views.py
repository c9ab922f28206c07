"""Pages of making one facility out of two records, and of taking that back: first the consequence in numbers."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render

from beneficiaries import merging
from beneficiaries.forms import MergeForm
from beneficiaries.models import Facility, FacilityMerge
from beneficiaries.permissions import can_merge_facilities
from khuyencong.forms import add_refusal
from khuyencong.permissions import require


def facility_merge(request, pk):
    """Choose the one to keep, look at what will move (`act` “look”), merge (`act` “merge”)."""
    facilities = Facility.objects.visible_to(request.user).select_related("owner", "unit")
    gone = get_object_or_404(facilities, pk=pk)
    require(can_merge_facilities(request.user, gone), merging.ONLY_HEADS)
    data = request.POST if request.method == "POST" else None
    form, shown = MergeForm(data, user=request.user, gone=gone), None
    if form.is_valid():
        keeper, reason = form.cleaned_data["keeper"], form.cleaned_data["reason"]
        try:
            if request.POST.get("act") == "merge":
                merging.merge_facilities(gone, keeper, by=request.user, reason=reason)
                messages.success(
                    request, f"Đã gộp “{gone}” vào “{keeper}”. Hoàn tác được trong {merging.UNDO_DAYS} ngày."
                )
                return redirect(keeper)
            shown = {
                "keeper": keeper,
                "rows": merging.preview(gone),
                "refusals": merging.conflicts(gone, keeper),
            }
        except ValidationError as refusal:
            add_refusal(form, refusal)
    context = {"gone": gone, "form": form, "shown": shown, "days": merging.UNDO_DAYS}
    return render(request, "beneficiaries/facility_merge.html", context)


def merge_undo(request, pk):
    """What goes back and what stays, then undo."""
    seen = Facility.objects.visible_to(request.user)
    merges = FacilityMerge.objects.filter(keeper__in=seen).select_related("gone__owner", "keeper__owner", "merged_by")
    merge = get_object_or_404(merges, pk=pk)
    require(can_merge_facilities(request.user, merge.keeper), merging.ONLY_HEADS)
    refusals = merging.undo_refusals(merge)
    if request.method == "POST":
        try:
            merging.undo_merge(merge, by=request.user)
        except ValidationError as refusal:
            refusals = refusal.messages
        else:
            messages.success(request, f"Đã hoàn tác: “{merge.gone}” lại là một cơ sở riêng.")
            return redirect(merge.gone)
    back, stay = merging.undo_preview(merge)
    context = {"merge": merge, "refusals": refusals, "back": back, "stay": stay}
    return render(request, "beneficiaries/merge_undo.html", context)
