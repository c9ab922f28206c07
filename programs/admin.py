"""The catalogues of this room: entries are closed by a date, since old records keep those of their own time."""

from django.contrib import admin
from django.utils import timezone

from khuyencong.money import format_vnd
from khuyencong.trailed_admin import TrailedAdmin
from programs.models import (
    ActivityContent,
    AdvanceRule,
    AmendmentRule,
    DeadlineRule,
    FundingSource,
    Indicator,
    Norm,
    PaperRule,
    RuleFigure,
)


class CatalogueAdmin(TrailedAdmin):
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
    list_display = ("code", "name", "unit", "is_of_projects", "is_followed", "valid_from", "valid_to")


class ValidityFilter(admin.SimpleListFilter):
    title = "hiệu lực"
    parameter_name = "hieu-luc"

    def lookups(self, request, model_admin):
        return [("nay", "Đang có hiệu lực"), ("het", "Đã hết hiệu lực"), ("sau", "Sắp có hiệu lực")]

    def queryset(self, request, queryset):
        today = timezone.localdate()
        chosen = {
            "nay": queryset.valid_on(today),
            "het": queryset.filter(valid_to__lt=today),
            "sau": queryset.filter(valid_from__gt=today),
        }
        return chosen.get(self.value(), queryset)


class RuleAdmin(TrailedAdmin):
    """Rules change with their history: a new text of law is a new row, the old one is closed by a date."""

    noun = "rule"

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(AdvanceRule)
class AdvanceRuleAdmin(RuleAdmin):
    list_display = (
        "__str__", "evidence", "over_percent", "owner", "valid_from", "valid_to", "legal_source", "is_verified",
    )  # fmt: skip
    list_filter = ("evidence", "is_verified")
    list_select_related = ("content", "owner")
    search_fields = ("content__name", "legal_source", "note")
    autocomplete_fields = ("content", "owner")


@admin.register(AmendmentRule)
class AmendmentRuleAdmin(RuleAdmin):
    list_display = (
        "kind", "scope", "target_mode", "authority", "owner", "valid_from", "valid_to", "legal_source", "is_verified",
    )  # fmt: skip
    list_filter = ("scope", "kind", "authority", "is_verified")
    list_select_related = ("owner",)
    search_fields = ("form", "legal_source", "note")
    autocomplete_fields = ("owner",)


@admin.register(DeadlineRule)
class DeadlineRuleAdmin(RuleAdmin):
    list_display = (
        "key", "in_words", "scope", "owner", "valid_from", "valid_to", "legal_source", "is_verified",
    )  # fmt: skip
    list_filter = (ValidityFilter, "key", "kind", "scope", "is_verified")
    list_select_related = ("owner",)
    search_fields = ("legal_source", "note")
    autocomplete_fields = ("owner",)


@admin.register(Norm)
class NormAdmin(RuleAdmin):
    list_display = (
        "name", "kind", "scope", "rate_percent", "cap", "per_unit", "valid_from", "valid_to", "whose", "is_verified",
    )  # fmt: skip
    list_filter = (
        ValidityFilter, "scope", "is_verified", "basis", ("content", admin.RelatedOnlyFieldListFilter),
    )  # fmt: skip
    list_select_related = ("content", "province", "owner")
    search_fields = ("name", "legal_source", "content__name", "content__code", "note")
    raw_id_fields = ("province",)
    autocomplete_fields = ("content", "owner")
    fieldsets = (
        (None, {"fields": ("name", "content", "scope")}),
        ("Mức", {"fields": ("rate_percent", "rate_of", "cap_amount", "per_unit", "basis", "priority_multiplier")}),
        ("Áp dụng", {"fields": ("province", "owner", "valid_from", "valid_to")}),
        ("Nguồn", {"fields": ("legal_source", "is_verified", "note")}),
    )

    @admin.display(description="nội dung", ordering="content__position")
    def kind(self, norm):
        return norm.content and norm.content.code

    @admin.display(description="mức tối đa (đồng)", ordering="cap_amount")
    def cap(self, norm):
        return norm.cap_amount and format_vnd(norm.cap_amount)

    @admin.display(description="riêng của")
    def whose(self, norm):
        return norm.owner or norm.province


@admin.register(PaperRule)
class PaperRuleAdmin(RuleAdmin):
    list_display = (
        "name", "step", "content", "scope", "copy_need", "is_mandatory", "met_by", "owner", "valid_from", "valid_to",
        "legal_source", "is_verified",
    )  # fmt: skip
    list_filter = (ValidityFilter, "step", "scope", "is_mandatory", "is_verified", "content")
    list_select_related = ("content", "owner")
    search_fields = ("name", "legal_source", "note", "content__name", "content__code")
    autocomplete_fields = ("content", "owner")
    fieldsets = (
        (None, {"fields": ("step", "name", "content", "scope", "copy_need", "is_mandatory", "position")}),
        ("Đã có trong cổng", {"fields": ("met_by", "invoicing")}),
        ("Áp dụng", {"fields": ("owner", "valid_from", "valid_to")}),
        ("Nguồn", {"fields": ("legal_source", "is_verified", "note")}),
    )


@admin.register(RuleFigure)
class RuleFigureAdmin(RuleAdmin):
    list_display = ("key", "value", "owner", "valid_from", "valid_to", "is_verified", "legal_source")
    list_filter = (ValidityFilter, "key", "is_verified")
    list_select_related = ("owner",)
    search_fields = ("legal_source", "note")
    autocomplete_fields = ("owner",)
