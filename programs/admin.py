"""The catalogues of this room: entries are closed by a date, since old records keep those of their own time."""

from django.contrib import admin

from khuyencong.audit import field_changes, record
from programs.models import ActivityContent, AdvanceRule, FundingSource, Indicator


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


class RuleAdmin(admin.ModelAdmin):
    """Rules change with their history: a new text of law is a new row, the old one is closed by a date."""

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        stored = type(obj).objects.filter(pk=obj.pk).first()
        super().save_model(request, obj, form, change)
        changes = field_changes(stored, obj, [field.name for field in obj._meta.fields if field.editable])
        if changes:
            name = obj._meta.verbose_name
            label = f"Sửa {name}" if stored else f"Thêm {name}"
            record(request.user, "rule.edit" if stored else "rule.create", label, obj, changes=changes)


@admin.register(AdvanceRule)
class AdvanceRuleAdmin(RuleAdmin):
    list_display = (
        "__str__", "evidence", "over_percent", "owner", "valid_from", "valid_to", "legal_source", "is_verified",
    )  # fmt: skip
    list_filter = ("evidence", "is_verified")
    list_select_related = ("content", "owner")
    search_fields = ("content__name", "legal_source", "note")
    autocomplete_fields = ("content", "owner")
