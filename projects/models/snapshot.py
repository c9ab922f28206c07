"""A plan as it stood when it was submitted or approved; rows are added, never changed."""

from django.conf import settings
from django.db import models

from programs.models import AnnualPlan, FundingSource
from projects.models.project import Project


class SnapshotPurpose(models.TextChoices):
    SUBMITTED = "submitted", "Bản trình"
    APPROVED = "approved", "Bản phê duyệt"
    AMENDED = "amended", "Bản điều chỉnh"


class PlanSnapshot(models.Model):
    plan = models.ForeignKey(AnnualPlan, models.PROTECT, related_name="snapshots", verbose_name="kế hoạch")
    purpose = models.CharField("bản", max_length=10, choices=SnapshotPurpose)
    number = models.PositiveSmallIntegerField("lần")
    taken_at = models.DateTimeField("lúc")
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người thực hiện"
    )
    decision_number = models.CharField("số quyết định", max_length=60, blank=True)
    decision_on = models.DateField("ngày quyết định", null=True)
    budgets = models.JSONField("dự toán theo nguồn", help_text="{mã nguồn: đồng}")
    sha256 = models.CharField("mã băm", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "bản chụp kế hoạch"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "purpose", "number"], name="plan_snapshot_number_unique"),
        ]

    def __str__(self):
        return f"{self.plan}: {self.get_purpose_display()} lần {self.number}"


class PlanSnapshotLine(models.Model):
    """One project of the plan at that moment."""

    snapshot = models.ForeignKey(PlanSnapshot, models.PROTECT, related_name="lines", verbose_name="bản chụp")
    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="đề án")
    status = models.CharField("trạng thái", max_length=20)
    code = models.CharField("mã", max_length=20)
    name = models.CharField("tên", max_length=400)
    group_name = models.CharField("nhóm đề án", max_length=300, blank=True)
    content_name = models.CharField("nội dung", max_length=300, blank=True)
    implementing_unit = models.CharField("đơn vị thực hiện", max_length=200, blank=True)
    facilities = models.JSONField("đơn vị thụ hưởng", help_text="[[tên, địa bàn], …]")

    class Meta:
        verbose_name = verbose_name_plural = "dòng của bản chụp"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "project"], name="plan_snapshot_line_unique"),
        ]

    def __str__(self):
        return f"{self.code} {self.name}"


class PlanSnapshotAmount(models.Model):
    line = models.ForeignKey(PlanSnapshotLine, models.PROTECT, related_name="amounts", verbose_name="dòng")
    source = models.ForeignKey(FundingSource, models.PROTECT, related_name="+", verbose_name="nguồn kinh phí")
    requested_amount = models.PositiveBigIntegerField("đề nghị (đồng)")
    amount = models.PositiveBigIntegerField("số trong kế hoạch (đồng)")

    class Meta:
        verbose_name = verbose_name_plural = "số tiền của bản chụp"
        ordering = ["source__position"]
        constraints = [
            models.UniqueConstraint(fields=["line", "source"], name="plan_snapshot_amount_unique"),
        ]

    def __str__(self):
        return f"{self.line.code} {self.source}: {self.amount}"
