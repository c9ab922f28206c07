"""How often an address asked the public pages, so that nobody tries all codes."""

from django.db import models


class VisitCount(models.Model):
    """The questions of one address in one minute. `address` is a keyed hash: who asked is not kept."""

    address = models.CharField("địa chỉ (băm)", max_length=64)
    minute = models.DateTimeField("phút", db_index=True)
    count = models.PositiveIntegerField("số lần", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "lượt xem trang công khai"
        ordering = ["-minute"]
        constraints = [models.UniqueConstraint(fields=["address", "minute"], name="visit_count_unique")]

    def __str__(self):
        return f"{self.minute:%d/%m/%Y %H:%M}: {self.count}"
