"""A private link under which a person's deadlines are read by a calendar program."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class CalendarLink(models.Model):
    """Only the hash of the link's secret is kept; the link is shown once and can be revoked."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="của")
    token_sha256 = models.CharField("mã băm", max_length=64, unique=True)
    created_at = models.DateTimeField("lập lúc", auto_now_add=True)
    revoked_at = models.DateTimeField("thu hồi lúc", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "liên kết lịch"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(revoked_at=None), name="calendar_link_one_per_user"),
        ]

    def __str__(self):
        return str(self.user)
