"""The catalogues of this room: entries are closed by a date, since old records keep those of their own time."""

from django.contrib import admin

from programs.models import ActivityContent, FundingSource, Indicator


class CatalogueAdmin(admin.ModelAdmin):
    search_fields = ("code", "name", "short_name")
    ordering = ("position", "code")


@admin.register(ActivityContent)
class ActivityContentAdmin(CatalogueAdmin):
    list_display = ("code", "name", "parent", "legal_source", "valid_from", "valid_to")
    list_select_related = ("parent",)
    autocomplete_fields = ("parent",)


@admin.register(FundingSource)
class FundingSourceAdmin(CatalogueAdmin):
    list_display = ("code", "name", "short_name", "category", "legal_source", "valid_from", "valid_to")


@admin.register(Indicator)
class IndicatorAdmin(CatalogueAdmin):
    list_display = ("code", "name", "unit", "valid_from", "valid_to")
