"""Uploaded files: kept privately, named by their content, served only through the permission check of their record."""

from django.conf import settings
from django.db import models


class StoredFile(models.Model):
    """One uploaded file. `name` is what the person called it; the path on disk never comes from it."""

    file = models.FileField("tệp", upload_to="files/%Y/%m/", max_length=200)
    name = models.CharField("tên tệp", max_length=200)
    content_type = models.CharField("loại nội dung", max_length=100)
    size = models.PositiveBigIntegerField("dung lượng (byte)")
    sha256 = models.CharField("mã băm", max_length=64, db_index=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người tải lên"
    )
    uploaded_at = models.DateTimeField("tải lên lúc", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "tệp đã tải lên"
        ordering = ["-pk"]

    def __str__(self):
        return self.name
