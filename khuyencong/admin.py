"""The admin of accounts, bodies and what the portal keeps for itself; master data only, never a state."""

import copy
from functools import partial

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import (
    AdminPasswordChangeForm,
    AdminUserCreationForm,
    ReadOnlyPasswordHashField,
    ReadOnlyPasswordHashWidget,
    UserChangeForm,
)
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_tasks_db.admin import DBTaskResult

from khuyencong import accounts
from khuyencong.models import (
    AdministrativeUnit,
    AuditEntry,
    Job,
    Letterhead,
    Organisation,
    OrganisationName,
    Role,
    Signer,
    UnitAlias,
    User,
    Wording,
)
from khuyencong.text import fold
from khuyencong.trailed_admin import TrailedAdmin

# Pages of others would show the secrets of everyone's second factor (ours resets one without showing it) and list
# background work in English, which “Vận hành” and each person's own work tell of.
for model in (TOTPDevice, StaticDevice, DBTaskResult, Group):
    admin.site.unregister(model)

admin.site.site_header = "Quản trị Khuyến công"
admin.site.site_title = "Quản trị Khuyến công"
admin.site.index_title = "Tài khoản, cơ quan, danh mục"


ONCE = (
    f"Mật khẩu tạm, từ 12 ký tự: trao tận tay. Dùng trong {accounts.GIVEN_FOR.days} ngày; người ấy phải đặt mật khẩu "
    "của mình ngay lần đăng nhập tới."
)


class FoldedSearch:
    """Searches a folded column, so that accents and đ do not count."""

    def get_search_results(self, request, queryset, search_term):
        return super().get_search_results(request, queryset, fold(search_term))


class ReadOnly:
    """Look, never touch: written by the portal itself."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class AccountFormMixin:
    """What role and body have to do with each other, and the rules of `accounts.save_user` said on the form."""

    def clean(self):
        data = super().clean()
        if data.get("role") != Role.ADMIN and not data.get("organisation") and "organisation" not in self.errors:
            self.add_error("organisation", "Chọn cơ quan: không thuộc cơ quan nào thì không xem được hồ sơ nào.")
        role, is_active = data.get("role", self.instance.role), data.get("is_active", self.instance.is_active)
        if refusal := accounts.last_administrator_refusal(self.instance.pk, role=role, is_active=is_active):
            raise ValidationError(refusal)
        return data


class PasswordWidget(ReadOnlyPasswordHashWidget):
    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs) | {"button_label": "Đặt mật khẩu mới"}
        context["widget"]["attrs"].pop("disabled", None)  # drawn as a paragraph, which cannot be disabled
        return context


class AccountForm(AccountFormMixin, UserChangeForm):
    password = ReadOnlyPasswordHashField(
        label="Mật khẩu", widget=PasswordWidget, help_text="Mật khẩu không xem lại được, chỉ đặt mới được."
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        told = {
            "is_active": ("Đang hoạt động", "Bỏ chọn thay vì xóa: người đã ký, đã duyệt vẫn còn tên trên hồ sơ."),
            "is_staff": ("Vào được trang quản trị", "Làm được gì tùy nhóm quyền; quản trị hệ thống thì mọi việc."),
        }  # fmt: skip
        for name, (label, help_text) in told.items():
            self.fields[name].label, self.fields[name].help_text = label, help_text


class PasswordAloneMixin:
    """Every account signs in with a password: there is no other way that a form could choose."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields.pop("usable_password", None)


class NewAccountForm(PasswordAloneMixin, AccountFormMixin, AdminUserCreationForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = ONCE


class PasswordForm(PasswordAloneMixin, AdminPasswordChangeForm):
    """A password for somebody else, good until its owner signs in with it."""

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.by = by
        self.fields["password1"].help_text = ONCE

    def save(self, commit=True):
        accounts.give_password(self.user, self.cleaned_data["password1"], by=self.by)
        return self.user


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    form = AccountForm
    add_form = NewAccountForm
    add_form_template = "admin/change_form.html"
    list_display = ("username", "full_name", "role", "position", "organisation", "is_active")
    list_filter = ("role", "is_active", "is_staff")
    list_select_related = ("organisation",)
    search_fields = ("username", "full_name", "email", "organisation__name")
    ordering = ("full_name",)
    autocomplete_fields = ("organisation", "groups")
    readonly_fields = ("is_demo", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Người", {"fields": ("salutation", "full_name", "position", "email")}),
        ("Vai trò, cơ quan", {"fields": ("role", "organisation", "is_active")}),
        ("Trang quản trị", {"fields": ("is_staff", "groups")}),
        ("Nhật ký", {"fields": ("is_demo", "last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "password1", "password2")}),
        ("Người", {"classes": ("wide",), "fields": ("salutation", "full_name", "position", "email")}),
        ("Vai trò, cơ quan", {"classes": ("wide",), "fields": ("role", "organisation")}),
    )

    def has_view_permission(self, request, obj=None):
        return request.user.is_superuser

    def has_add_permission(self, request):
        return request.user.is_superuser

    def has_change_permission(self, request, obj=None):
        return request.user.is_superuser

    def has_delete_permission(self, request, obj=None):
        return False  # whoever acted stays on record; an account is switched off instead

    def user_change_password(self, request, id, form_url=""):
        if id == str(request.user.pk):
            return redirect("password_change")
        # A copy, since others use this page at the same time.
        page = copy.copy(self)
        page.change_password_form = partial(PasswordForm, by=request.user)
        return super(UserAdmin, page).user_change_password(request, id, form_url)

    def save_model(self, request, obj, form, change):
        accounts.save_user(obj, by=request.user)

    def save_related(self, request, form, formsets, change):
        groups = form.instance.groups
        before = list(groups.values_list("name", flat=True))
        super().save_related(request, form, formsets, change)
        after = list(groups.values_list("name", flat=True))
        accounts.record_groups(form.instance, by=request.user, before=before, after=after)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin):
    """Groups of rights on this administration's pages; Django stores the names of rights in English."""

    filter_horizontal = ()  # the two boxes that Django's script makes have no names
    ACTS = {"add": "thêm", "change": "sửa", "delete": "xóa", "view": "xem"}

    def formfield_for_manytomany(self, db_field, request=None, **kwargs):
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "permissions":
            shown = {model._meta.label_lower for model in self.admin_site._registry}
            kinds = {kind.pk for kind in ContentType.objects.all() if f"{kind.app_label}.{kind.model}" in shown}
            field.queryset = field.queryset.filter(content_type__in=kinds)
            field.label_from_instance = self.permission_label
        return field

    def permission_label(self, permission):
        act = self.ACTS.get(permission.codename.partition("_")[0], permission.name)
        return f"{permission.content_type.name}: {act}"


class OrganisationNameInline(admin.TabularInline):
    model = OrganisationName
    extra = 0


@admin.register(Organisation)
class OrganisationAdmin(FoldedSearch, TrailedAdmin):
    list_display = ("name", "kind", "parent", "valid_from", "valid_to", "is_sample")
    list_filter = ("kind",)
    list_select_related = ("parent",)
    search_fields = ("search_key",)
    autocomplete_fields = ("parent", "areas")
    readonly_fields = ("is_sample",)
    inlines = (OrganisationNameInline,)


@admin.register(AdministrativeUnit)
class AdministrativeUnitAdmin(ReadOnly, admin.ModelAdmin):
    """The register comes with the portal; corrections arrive with a release, old records keep their units."""

    list_display = ("label", "code", "division", "valid_from", "valid_to")
    list_filter = ("division", "level")
    search_fields = ("search_key",)
    show_full_result_count = False
    fields = (
        "label", "division", "level", "code", "name", "short_name", "kind", "parent", "province", "valid_from",
        "valid_to", "has_ended",
    )  # fmt: skip

    def get_search_results(self, request, queryset, search_term):
        """As everywhere in the portal: by name old or new, best first."""
        return (queryset.matching(search_term) if search_term.strip() else queryset), False


@admin.register(UnitAlias)
class UnitAliasAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("name", "relation", "unit", "valid_from", "valid_to", "act")
    list_filter = ("relation", "needs_check")
    list_select_related = ("unit",)
    search_fields = ("name", "unit__label")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, admin.ModelAdmin):
    exclude = ("previous_hash", "hash")  # the chain is checked on its own page
    list_display = ("at", "actor", "label", "subject_name")
    list_select_related = ("actor",)
    search_fields = ("subject_name", "label", "actor__full_name", "actor__username")
    date_hierarchy = "at"
    show_full_result_count = False


@admin.register(Job)
class JobAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("title", "requested_by", "status", "created_at", "finished_at")
    list_filter = ("status",)
    list_select_related = ("requested_by",)


@admin.register(Letterhead)
class LetterheadAdmin(ReadOnly, admin.ModelAdmin):
    """To look through all bodies; changed on the pages of “Mẫu văn bản”, which keep issued papers as they are."""

    list_display = ("organisation", "parent_lines", "name_lines", "place", "valid_from", "valid_to")
    list_select_related = ("organisation",)
    search_fields = ("organisation__name", "name_lines")


@admin.register(Signer)
class SignerAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("organisation", "kind", "name", "post", "mode", "capacity", "valid_from", "valid_to")
    list_filter = ("mode",)
    list_select_related = ("organisation",)
    search_fields = ("organisation__name", "name", "post")


@admin.register(Wording)
class WordingAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("organisation", "__str__", "status", "published_by")
    list_filter = ("status",)
    list_select_related = ("organisation", "published_by")
    search_fields = ("organisation__name", "text")
