"""What was saved, when, and whether it could be brought back."""

from django.db import models
from django.db.models import Q


class BackupKind(models.TextChoices):
    BACKUP = "backup", "Sao lưu"
    DRILL = "drill", "Diễn tập khôi phục"


class BackupRun(models.Model):
    """One backup or one drill. Its own row is never in the archive that it tells of: it is written afterwards."""

    kind = models.CharField("loại", max_length=10, choices=BackupKind)
    started_at = models.DateTimeField("bắt đầu lúc", auto_now_add=True)
    finished_at = models.DateTimeField("xong lúc", null=True)
    succeeded = models.BooleanField("đạt", null=True)
    archive = models.CharField("tệp", max_length=200, blank=True)
    size = models.PositiveBigIntegerField("dung lượng (byte)", default=0)
    sha256 = models.CharField("mã băm SHA-256", max_length=64, blank=True)
    row_count = models.PositiveBigIntegerField("số dòng dữ liệu", default=0)
    file_count = models.PositiveIntegerField("số tệp", default=0)
    message = models.TextField("kết quả", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "lần sao lưu và diễn tập"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="backup_run_over_or_not",
                condition=Q(finished_at__isnull=True, succeeded__isnull=True)
                | Q(finished_at__isnull=False, succeeded__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.archive}"

    @property
    def seconds(self):
        """How long it took; None while it runs."""
        return self.finished_at and round((self.finished_at - self.started_at).total_seconds())
