"""What the portal keeps about a person who works with it: handed out as a file, erased as far as the law lets it.

The person may have a copy. Erasure stops where another law has the record kept: papers and decisions are archived with
the names of those who made them, and the trail of acts is never rewritten.
"""

from django.core.exceptions import ValidationError
from django.db import transaction

from khuyencong import lockout, second_factor, sign_ins
from khuyencong.accounts import ACCOUNT_FIELDS, administrators, last_administrator_refusal
from khuyencong.audit import field_changes, record
from khuyencong.models import (
    AuditEntry,
    CalendarLink,
    Desk,
    EntryDraft,
    Notice,
    Role,
    SavedFilter,
    SignInEnd,
    User,
)
from khuyencong.permissions import require
from khuyencong.xlsx import Column, SheetExporter

ONLY_ADMINISTRATORS = "Chỉ quản trị hệ thống trích, xóa dữ liệu cá nhân của tài khoản."
# Rows of the trail that one file takes; older ones are found on the page of the trail.
MOST_ACTS = 20_000


class AccountSheet(SheetExporter):
    title = "Dữ liệu cá nhân của tài khoản"
    sheet_name = "Tài khoản"
    filename = "du-lieu-ca-nhan"
    landscape = False
    columns = (Column("Mục", lambda row: row[0]), Column("Nội dung", lambda row: row[1]))


class SignInSheet(SheetExporter):
    title = "Phiên đăng nhập (giữ 90 ngày)"
    sheet_name = "Phiên đăng nhập"
    filename = "phien-dang-nhap"
    columns = (
        Column("Đăng nhập lúc", lambda row: row.started_at, "datetime"),
        Column("Hoạt động lần cuối", lambda row: row.seen_at, "datetime"),
        Column("Kết thúc lúc", lambda row: row.ended_at, "datetime"),
        Column("Vì sao kết thúc", lambda row: row.get_end_display()),
        Column("Thiết bị", lambda row: row.device),
        Column("Địa chỉ mạng", lambda row: row.address or ""),
    )


class ActSheet(SheetExporter):
    title = "Việc đã làm trên cổng"
    sheet_name = "Việc đã làm"
    filename = "viec-da-lam"
    columns = (
        Column("Lúc", lambda entry: entry.at, "datetime"),
        Column("Việc", lambda entry: entry.label),
        Column("Hồ sơ", lambda entry: entry.subject_name),
        Column("Lý do", lambda entry: entry.reason),
    )


def sheets_of(user, *, by):
    """Everything kept about a person, as sheets of one workbook; that it was taken out is in the trail."""
    require(by.is_superuser, ONLY_ADMINISTRATORS)
    record(by, "user.export", "Trích dữ liệu cá nhân", user)
    told = [
        (label, new) for label, _old, new in field_changes(None, user, (*ACCOUNT_FIELDS, "last_login", "date_joined"))
    ]
    app = second_factor.app_of(user)
    told += [
        ("Xác thực hai lớp", "đang bật" if app else "không"),
        ("Liên kết lịch", "có" if CalendarLink.objects.filter(user=user, revoked_at=None).exists() else "không"),
        ("Bộ lọc đã lưu", "; ".join(user.saved_filters.values_list("name", flat=True))),
        ("Bản đang nhập dở", "; ".join(str(draft) for draft in user.drafts.all())),
        ("Thông báo đang giữ", str(user.notices.count())),
        ("Mật khẩu", "chỉ giữ mã băm, không đọc lại được"),
    ]
    head = {"organisation": str(user.organisation or ""), "printed_by": str(by)}
    acts = AuditEntry.objects.filter(actor=user)[:MOST_ACTS]
    return [AccountSheet(told, **head), SignInSheet(user.sign_ins.all(), **head), ActSheet(acts, **head)]


def erasure_refusal(user, by) -> str | None:
    """Why a person's data cannot be erased now."""
    if not by.is_superuser:
        return ONLY_ADMINISTRATORS
    if user == by:
        return "Không xóa dữ liệu của chính mình: nhờ quản trị khác."
    return last_administrator_refusal(user.pk, role=user.role, is_active=False)


@transaction.atomic
def erase(user, *, by, reason):
    """Shut an account for good and forget what only the account needed: address, sign-ins, devices, links, attempts.

    The name stays on the papers and acts that the law has kept. Raises ValidationError where it may not be.
    """
    require(by.is_superuser, ONLY_ADMINISTRATORS)
    list(administrators().select_for_update())
    if refusal := erasure_refusal(user, by):
        raise ValidationError(refusal)
    sign_ins.end_all(user, SignInEnd.ACCOUNT)
    user.sign_ins.all().delete()
    second_factor.forget(user)
    lockout.forget(user)
    CalendarLink.objects.filter(user=user).delete()
    for kept in (Notice, EntryDraft, SavedFilter, Desk):
        kept.objects.filter(user=user).delete()
    user.groups.clear()
    user.set_unusable_password()
    user.email = user.salutation = ""
    user.last_login, user.role = None, Role.VIEWER
    user.is_active = user.is_staff = user.is_superuser = False
    # A name to sign in with is often the person's own.
    user.username = f"da-xoa-{user.pk}"
    user.save()
    record(by, "user.erase", "Xóa dữ liệu cá nhân của tài khoản", user, reason=reason)
    return User.objects.get(pk=user.pk)
