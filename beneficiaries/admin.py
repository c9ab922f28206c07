"""Master data of this room; facilities go out and come back in through their resource."""

from django.contrib import admin
from import_export.admin import ImportExportModelAdmin

from beneficiaries.models import Facility, IndustrialCluster, Industry
from beneficiaries.resources import FacilityResource


@admin.register(Industry)
class IndustryAdmin(admin.ModelAdmin):
    list_display = ("code", "name", "legal_source", "valid_from", "valid_to")
    ordering = ("position",)


@admin.register(IndustrialCluster)
class IndustrialClusterAdmin(admin.ModelAdmin):
    list_display = ("name", "unit", "operator", "operated_from")
    search_fields = ("name",)
    autocomplete_fields = ("unit",)


@admin.register(Facility)
class FacilityAdmin(ImportExportModelAdmin):
    """Look up and exchange; entry is on the portal's own pages, where conflicts and look-alikes are shown."""

    resource_classes = (FacilityResource,)
    list_display = ("name", "tax_code", "legal_form", "unit", "owner")
    list_filter = ("legal_form", "industry")
    search_fields = ("search_key",)
    list_select_related = ("unit", "owner")
    show_full_result_count = False

    def get_queryset(self, request):
        return Facility.objects.visible_to(request.user)

    def get_resource_kwargs(self, request, *args, **kwargs):
        return {"user": request.user}

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_import_permission(self, request):
        return request.user.is_staff

    def has_export_permission(self, request):
        return request.user.is_staff
