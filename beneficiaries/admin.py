"""Master data of this room; facilities go out and come back in through their resource."""

from django import forms
from django.contrib import admin
from import_export.admin import ImportExportModelAdmin

from beneficiaries.models import CertifiedProduct, Facility, FacilityAlias, IndustrialCluster, Industry
from beneficiaries.resources import FacilityResource
from khuyencong.exchange import FileForm
from khuyencong.forms import UnitField
from khuyencong.text import fold
from khuyencong.trailed_admin import TrailedAdmin


@admin.register(Industry)
class IndustryAdmin(TrailedAdmin):
    list_display = ("code", "name", "legal_source", "valid_from", "valid_to")
    ordering = ("position",)


class IndustrialClusterForm(forms.ModelForm):
    """The place is typed by its name: a list of all units would be thousands long."""

    unit = UnitField(label="Địa bàn", help_text="Tên đầy đủ, ví dụ: Xã Mỏ Cày, tỉnh Vĩnh Long.")

    class Meta:
        model = IndustrialCluster
        fields = ("name", "unit", "operator", "operated_from", "source_note")


@admin.register(IndustrialCluster)
class IndustrialClusterAdmin(TrailedAdmin):
    form = IndustrialClusterForm
    list_display = ("name", "unit", "operator", "operated_from")
    list_select_related = ("unit", "operator")
    search_fields = ("name",)


@admin.register(Facility)
class FacilityAdmin(ImportExportModelAdmin):
    """Look up and exchange; entry is on the portal's own pages, where conflicts and look-alikes are shown."""

    resource_classes = (FacilityResource,)
    import_form_class = FileForm
    list_display = ("name", "tax_code", "legal_form", "unit", "owner")
    list_filter = ("legal_form", "industry")
    search_fields = ("search_key",)
    list_select_related = ("unit", "owner")
    show_full_result_count = False
    # At once as a spreadsheet: the page that asks first carries inline code, which the portal's policy refuses.
    skip_export_form = True

    def get_queryset(self, request):
        return Facility.objects.visible_to(request.user)

    def get_search_results(self, request, queryset, search_term):
        return queryset.matching(search_term), False

    def get_resource_kwargs(self, request, *args, **kwargs):
        return {"user": request.user}

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_import_permission(self, request):
        return request.user.has_perms(["beneficiaries.add_facility", "beneficiaries.change_facility"])

    def has_export_permission(self, request):
        return self.has_view_permission(request)


@admin.register(FacilityAlias)
class FacilityAliasAdmin(admin.ModelAdmin):
    """Look up only: entry is on the facility's page, where each change is kept."""

    list_display = ("facility", "name", "tax_code", "note")
    list_select_related = ("facility",)
    search_fields = ("name_key", "tax_code", "facility__search_key")

    def get_queryset(self, request):
        return FacilityAlias.objects.filter(facility__in=Facility.objects.visible_to(request.user))

    def get_search_results(self, request, queryset, search_term):
        return super().get_search_results(request, queryset, fold(search_term))

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(CertifiedProduct)
class CertifiedProductAdmin(admin.ModelAdmin):
    """Look up only: entry is on the portal's own pages, where each change is kept."""

    list_display = ("name", "facility", "level", "year", "decision_number", "valid_until")
    list_filter = ("level", "group")
    list_select_related = ("facility",)
    search_fields = ("search_key",)

    def get_queryset(self, request):
        return CertifiedProduct.objects.visible_to(request.user)

    def get_search_results(self, request, queryset, search_term):
        return queryset.matching(search_term), False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
