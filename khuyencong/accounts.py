"""Accounts: who may sign in and in which role. Every change is on record, and someone can always administer."""

from django.core.exceptions import ValidationError
from django.db import transaction

from khuyencong import sign_ins
from khuyencong.audit import field_changes, record
from khuyencong.models import Role, SignInEnd, User
from khuyencong.permissions import require

ACCOUNT_FIELDS = (
    "username", "full_name", "salutation", "position", "email", "role", "organisation", "is_active", "is_staff",
    "is_superuser",
)  # fmt: skip


def administrators():
    """Accounts that can administer the portal now."""
    return User.objects.filter(is_superuser=True, is_active=True)


def last_administrator_refusal(pk, *, role, is_active) -> str | None:
    """Why an account may not take this role or be switched off: nobody else is left to administer."""
    if role == Role.ADMIN and is_active:
        return None
    keys = set(administrators().values_list("pk", flat=True))
    if keys != {pk}:
        return None
    return "Đây là người quản trị duy nhất còn hoạt động; giao vai trò Quản trị hệ thống cho người khác trước."


@transaction.atomic
def save_user(user, *, by):
    """Create or change an account; the role of an administrator carries every right in the admin.

    Raises PermissionDenied, and ValidationError when nobody would be left to administer.
    """
    require(by.is_superuser, "Chỉ quản trị hệ thống được lập, sửa tài khoản.")
    # Locked, so that two administrators cannot switch each other off at once.
    list(administrators().select_for_update())
    if refusal := last_administrator_refusal(user.pk, role=user.role, is_active=user.is_active):
        raise ValidationError(refusal)
    stored = User.objects.filter(pk=user.pk).first()
    user.is_superuser = user.role == Role.ADMIN
    steps_down = stored is not None and stored.is_superuser
    user.is_staff = user.is_superuser or (user.is_staff and not steps_down)
    user.save()
    changes = field_changes(stored, user, ACCOUNT_FIELDS)
    if stored and (stored.role, stored.is_active) != (user.role, user.is_active):
        sign_ins.end_all(user, SignInEnd.ACCOUNT)
    if changes:
        label = "Sửa tài khoản" if stored else "Lập tài khoản"
        record(by, "user.edit" if stored else "user.create", label, user, changes=changes)
    return user


def record_groups(user, *, by, before, after):
    """Tell a change of the groups of rights that an account is in; both are names."""
    if set(before) != set(after):
        change = ("nhóm quyền", ", ".join(sorted(before)), ", ".join(sorted(after)))
        record(by, "user.set_groups", "Đổi nhóm quyền", user, changes=[change])
