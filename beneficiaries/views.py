"""The register of facilities: list, entry, suggestions. The page of one facility belongs to the room above."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from beneficiaries import permissions, services
from beneficiaries.forms import AliasForm, FacilityFilterForm, FacilityForm, facility_label, facility_totals
from beneficiaries.models import Facility, FacilityAlias
from beneficiaries.shown import facility_rows
from khuyencong.desk.once import once
from khuyencong.forms import LONGEST_SEARCH, add_refusal
from khuyencong.lists import SummedListView
from khuyencong.models import UnitSuccession
from khuyencong.permissions import require
from khuyencong.versions import StaleVersionError

ONLY_EDITORS = "Chỉ chuyên viên, lãnh đạo phòng được thêm cơ sở."
ONLY_OWN_STAFF = "Chỉ chuyên viên của tỉnh có cơ sở được sửa."


class FacilityListView(SummedListView):
    def get_queryset(self):
        self.filter_form = FacilityFilterForm(self.request.GET, user=self.request.user)
        return self.filter_form.filter(Facility.objects.visible_to(self.request.user))

    def shown(self):
        heirs = Prefetch("unit__later_links", UnitSuccession.objects.select_related("successor"))
        return Facility.objects.select_related("unit__province", "industry").prefetch_related(heirs)

    def values_of(self, page):
        return facility_rows(page)

    def values_rest_on(self):
        return None

    def totals(self):
        return facility_totals(self.object_list)

    def get_context_data(self, **kwargs):
        return super().get_context_data(can_create=permissions.can_create_facility(self.request.user), **kwargs)

    def get_template_names(self):
        name = "_facility_table" if self.request.htmx else "facility_list"
        return [f"beneficiaries/{name}.html"]


@require_GET
def facility_options(request):
    """Suggestions for a look-up field; the field's own name is the parameter."""
    text = next(iter(request.GET.values()), "")[:LONGEST_SEARCH]
    rows = Facility.objects.visible_to(request.user).matching(text).select_related("unit") if text.strip() else []
    options = [(facility_label(row), row.get_legal_form_display()) for row in rows[:12]]
    return render(request, "components/options.html", {"options": options})


@require_GET
def facility_check(request):
    """Facilities that already have the tax code, or the name in the place, being typed."""
    require(permissions.can_create_facility(request.user), ONLY_EDITORS)
    facility = Facility.objects.visible_to(request.user).filter(pk=_key(request.GET.get("pk"))).first()
    form = FacilityForm(request.GET, instance=facility, user=request.user)
    form.full_clean()
    return render(request, "beneficiaries/_look_alikes.html", {"form": form})


def _key(text):
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


@once
def facility_create(request):
    require(permissions.can_create_facility(request.user), ONLY_EDITORS)
    return _edit(request, Facility(), done="Đã thêm cơ sở “{}”.")


def facility_edit(request, pk):
    facilities = Facility.objects.visible_to(request.user).select_related("owner", "unit", "updated_by")
    facility = get_object_or_404(facilities, pk=pk)
    require(permissions.can_edit_facility(request.user, facility), ONLY_OWN_STAFF)
    return _edit(request, facility, done="Đã lưu cơ sở “{}”.")


def _edit(request, facility, *, done):
    name = facility.name  # as stored: a form that fails leaves what was typed on the row
    form = FacilityForm(request.POST if request.method == "POST" else None, instance=facility, user=request.user)
    if form.is_valid():
        try:
            services.save_facility(form.instance, by=request.user, expected_version=form.expected_version)
        except StaleVersionError as stale:
            form.show_conflicts(stale.current)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, done.format(form.instance))
            return redirect(_page_after(request, form.instance))
    context = {"form": form, "facility": facility, "name": name, "next": _next_page(request)}
    return render(request, "beneficiaries/facility_form.html", context)


def _page_after(request, facility):
    """Back to where the person came from, on to the next entry, or to the facility, unless it moved out of sight."""
    if request.POST.get("luu") == "them":
        return reverse("beneficiaries:create")
    if Facility.objects.visible_to(request.user).filter(pk=facility.pk).exists():
        return _next_page(request) or facility.get_absolute_url()
    return reverse("beneficiaries:list")


def _next_page(request):
    """Where the person came from, when that is a page of the portal (e.g. a project that needs a new facility)."""
    target = request.POST.get("tiep", request.GET.get("tiep", ""))
    is_ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if target and is_ours else ""


def facility_aliases(request, pk):
    """Earlier tax codes and names of a facility; a POST adds one."""
    facilities = Facility.objects.visible_to(request.user).select_related("owner")
    facility = get_object_or_404(facilities, pk=pk)
    require(permissions.can_edit_facility(request.user, facility), ONLY_OWN_STAFF)
    form = AliasForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            alias = services.add_alias(facility, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"Đã ghi “{alias}” cho {facility}.")
            return redirect("beneficiaries:aliases", facility.pk)
    context = {"facility": facility, "form": form, "aliases": facility.aliases.all()}
    return render(request, "beneficiaries/facility_aliases.html", context)


@require_POST
def alias_remove(request, pk):
    seen = Facility.objects.visible_to(request.user)
    alias = get_object_or_404(FacilityAlias.objects.filter(facility__in=seen).select_related("facility__owner"), pk=pk)
    require(permissions.can_edit_facility(request.user, alias.facility), ONLY_OWN_STAFF)
    services.remove_alias(alias, by=request.user)
    messages.success(request, f"Đã bỏ “{alias}” của {alias.facility}.")
    return redirect("beneficiaries:aliases", alias.facility_id)
