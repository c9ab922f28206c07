"""Accounts: who may sign in and in which role. Every change is on record, and someone can always administer."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from khuyencong import sign_ins
from khuyencong.audit import field_changes, record
from khuyencong.models import Role, SignInEnd, User
from khuyencong.permissions import require

ACCOUNT_FIELDS = (
    "username", "full_name", "salutation", "position", "email", "role", "organisation", "is_active", "is_staff",
    "is_superuser",
)  # fmt: skip

# A password that an administrator chose opens the portal so long, and only as far as the page where it is replaced.
GIVEN_FOR = timedelta(days=7)


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
    if stored is None and user.has_usable_password():
        user.password_given_at = timezone.now()
    user.save()
    changes = field_changes(stored, user, ACCOUNT_FIELDS)
    if stored and (stored.role, stored.is_active) != (user.role, user.is_active):
        sign_ins.end_all(user, SignInEnd.ACCOUNT)
    if changes:
        label = "Sửa tài khoản" if stored else "Lập tài khoản"
        record(by, "user.edit" if stored else "user.create", label, user, changes=changes)
    return user


@transaction.atomic
def give_password(user, password, *, by):
    """Set somebody's password, which they replace at their next sign-in; whoever was signed in as them is not."""
    require(by.is_superuser, "Chỉ quản trị hệ thống đặt mật khẩu cho người khác.")
    require(by != user, "Mật khẩu của mình thì đổi ở trang Đổi mật khẩu.")
    user.set_password(password)
    user.password_given_at = timezone.now()
    user.save(update_fields=["password", "password_given_at"])
    sign_ins.end_all(user, SignInEnd.PASSWORD)
    record(by, "user.give_password", "Đặt mật khẩu tạm", user)


def is_given_password_over(user) -> bool:
    """Whether the password is one that was given and not replaced in time."""
    return user.password_given_at is not None and timezone.now() - user.password_given_at > GIVEN_FOR


def record_groups(user, *, by, before, after):
    """Tell a change of the groups of rights that an account is in; both are names."""
    if set(before) != set(after):
        change = ("nhóm quyền", ", ".join(sorted(before)), ", ".join(sorted(after)))
        record(by, "user.set_groups", "Đổi nhóm quyền", user, changes=[change])
