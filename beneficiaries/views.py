"""The register of facilities: list, entry, suggestions, Excel. The page of one facility belongs to the room above."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET
from django.views.generic import ListView

from beneficiaries import permissions, services
from beneficiaries.forms import FacilityFilterForm, FacilityForm, facility_totals
from beneficiaries.models import Facility, facility_name_key
from khuyencong.permissions import require
from khuyencong.tax_code import clean_tax_code
from khuyencong.units import find_units
from khuyencong.versions import StaleVersionError


def facility_label(facility):
    """What a look-up field shows and reads back: name, tax code, place."""
    return " – ".join(filter(None, [facility.name, facility.tax_code, str(facility.unit)]))


class FacilityListView(ListView):
    paginate_by = 50
    page_kwarg = "trang"

    def get_queryset(self):
        self.filter_form = FacilityFilterForm(self.request.GET)
        facilities = Facility.objects.visible_to(self.request.user)
        return self.filter_form.filter(facilities).select_related("unit__province", "industry")

    def get_context_data(self, **kwargs):
        chips = [(words, without(self.request.GET, name)) for name, words in self.filter_form.describe()]
        return super().get_context_data(
            filter_form=self.filter_form,
            totals=facility_totals(self.object_list),
            chips=chips,
            default_sort="ten",
            can_create=permissions.can_create_facility(self.request.user),
            **kwargs,
        )

    def get_template_names(self):
        name = "_facility_table" if self.request.htmx else "facility_list"
        return [f"beneficiaries/{name}.html"]


def without(query, *names):
    """The query string without some filters and without the page number."""
    rest = query.copy() if isinstance(query, QueryDict) else QueryDict(mutable=True)
    for name in (*names, "trang"):
        rest.pop(name, None)
    return rest.urlencode()


@require_GET
def facility_options(request):
    """Suggestions for a look-up field; the field's own name is the parameter."""
    text = next(iter(request.GET.values()), "")
    rows = Facility.objects.visible_to(request.user).matching(text).select_related("unit") if text.strip() else []
    options = [(facility_label(row), row.get_legal_form_display()) for row in rows[:12]]
    return render(request, "components/options.html", {"options": options})


@require_GET
def facility_check(request):
    """Facilities that already have the tax code, or the name in the place, being typed."""
    facilities = (
        Facility.objects.visible_to(request.user).select_related("unit").exclude(pk=_key(request.GET.get("pk")))
    )
    return render(request, "beneficiaries/_look_alikes.html", {"look_alikes": _twins(facilities, request.GET)})


def _twins(facilities, typed):
    try:
        tax_code = clean_tax_code(typed.get("tax_code", ""))
    except ValidationError:
        tax_code = None
    same_code = facilities.filter(tax_code=tax_code) if tax_code else facilities.none()
    name, place = typed.get("name", ""), typed.get("unit", "")
    units = find_units(place, levels=("commune",), limit=1) if place.strip() else []
    same_name = facilities.looking_like(name=name, unit=units[0]) if units and facility_name_key(name) else []
    return list({row.pk: row for row in [*same_code, *same_name[:5]]}.values())


def _key(text):
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def facility_create(request):
    require(permissions.can_create_facility(request.user), "Chỉ chuyên viên, lãnh đạo phòng được thêm cơ sở.")
    return _edit(request, Facility(), done="Đã thêm cơ sở “{}”.")


def facility_edit(request, pk):
    facility = get_object_or_404(Facility.objects.visible_to(request.user).select_related("owner", "unit"), pk=pk)
    require(permissions.can_edit_facility(request.user, facility), "Chỉ chuyên viên của tỉnh có cơ sở được sửa.")
    return _edit(request, facility, done="Đã lưu cơ sở “{}”.")


def _edit(request, facility, *, done):
    form = FacilityForm(request.POST or None, instance=facility, user=request.user)
    if form.is_valid():
        try:
            services.save_facility(form.instance, by=request.user, expected_version=form.expected_version)
        except StaleVersionError as stale:
            form.show_conflicts(stale.current)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, done.format(form.instance))
            return redirect(_next_page(request) or form.instance)
    context = {"form": form, "facility": facility, "look_alikes": form.look_alikes, "next": _next_page(request)}
    return render(request, "beneficiaries/facility_form.html", context)


def _next_page(request):
    """Where the person came from, when that is a page of the portal (e.g. a project that needs a new facility)."""
    target = request.POST.get("tiep", request.GET.get("tiep", ""))
    is_ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if target and is_ours else ""
