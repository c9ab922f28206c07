"""Who is signed in where, and what the nightly look at the trail found."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class SignInEnd(models.TextChoices):
    LOGOUT = "logout", "Đăng xuất"
    OWNER = "owner", "Chủ tài khoản kết thúc"
    PASSWORD = "password", "Đổi mật khẩu"
    IDLE = "idle", "Không hoạt động"
    ADMIN = "admin", "Quản trị kết thúc"
    ACCOUNT = "account", "Đổi vai trò, khóa tài khoản"


class SignInQuerySet(models.QuerySet):
    def open(self):
        return self.filter(ended_at=None)


class SignIn(models.Model):
    """One sign-in on one device, from the password to its end; personal data, kept for ninety days after that."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="sign_ins", verbose_name="người dùng"
    )
    session_key = models.CharField("khóa phiên", max_length=40, db_index=True)
    address = models.GenericIPAddressField("địa chỉ mạng", null=True)
    device = models.CharField("thiết bị", max_length=120, blank=True)
    with_code = models.BooleanField("có mã xác thực", default=False)
    started_at = models.DateTimeField("đăng nhập lúc", auto_now_add=True)
    seen_at = models.DateTimeField("hoạt động lần cuối")
    ended_at = models.DateTimeField("kết thúc lúc", null=True)
    end = models.CharField("vì sao kết thúc", max_length=10, choices=SignInEnd, blank=True)

    objects = SignInQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "phiên đăng nhập"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="sign_in_end_told",
                condition=Q(ended_at__isnull=True, end="") | Q(ended_at__isnull=False) & ~Q(end=""),
            ),
        ]

    def __str__(self):
        return f"{self.user} – {self.device}"


class AuditCheck(models.Model):
    """One look through the whole trail; the night it was for is taken once, by whichever worker comes first."""

    night = models.DateField("đêm", unique=True, null=True, help_text="trống: kiểm tra theo yêu cầu")
    started_at = models.DateTimeField("bắt đầu lúc", auto_now_add=True)
    finished_at = models.DateTimeField("xong lúc", null=True)
    entry_count = models.PositiveBigIntegerField("số dòng", default=0)
    last_hash = models.CharField("mã của dòng cuối", max_length=64, blank=True)
    fault = models.CharField("chỗ không khớp", max_length=400, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "lần kiểm tra dấu vết"
        ordering = ["-pk"]

    def __str__(self):
        return self.fault or f"Nguyên vẹn: {self.entry_count} dòng"

    @property
    def is_whole(self):
        return self.finished_at is not None and not self.fault
