"""What a project brings: indicators planned and done, and what remains of them after six and twelve months."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from khuyencong.models import CheckedRow
from programs.models import DeadlineKey, Indicator
from projects.models.project import Project


class ProjectIndicator(CheckedRow):
    """An indicator of the programme's catalogue, as planned and as done; money in đồng."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="indicators", verbose_name="đề án")
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+", verbose_name="chỉ tiêu")
    planned = models.DecimalField("kế hoạch", max_digits=20, decimal_places=2, null=True, blank=True)
    done = models.DecimalField("thực hiện", max_digits=20, decimal_places=2, null=True, blank=True)
    is_verified = models.BooleanField(
        "đã kiểm chứng", default=False, help_text="Đã đối chiếu chứng từ; để trống là cơ sở tự khai."
    )
    note = models.CharField("ghi chú", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "chỉ tiêu của đề án"
        ordering = ["indicator__position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "indicator"], name="project_indicator_unique",
                violation_error_message="Chỉ tiêu này đã có.",
            ),
            models.CheckConstraint(
                name="project_indicator_not_negative",
                condition=(Q(planned=None) | Q(planned__gte=0)) & (Q(done=None) | Q(done__gte=0)),
                violation_error_message="Chỉ tiêu không thể âm.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.project.code} {self.indicator}"


class IndicatorChange(models.Model):
    """What an indicator of a project said before it was changed, so that a past day can be read again.

    Who changed it stands in the trail of the project. Nothing before means that the project did not state it then.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="indicator_changes", verbose_name="đề án")
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+", verbose_name="chỉ tiêu")
    planned_before = models.DecimalField("kế hoạch trước đó", max_digits=20, decimal_places=2, null=True)
    done_before = models.DecimalField("thực hiện trước đó", max_digits=20, decimal_places=2, null=True)
    was_verified = models.BooleanField("trước đó đã kiểm chứng", default=False)
    changed_at = models.DateTimeField("sửa lúc", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "lần sửa chỉ tiêu của đề án"
        ordering = ["changed_at", "pk"]
        indexes = [models.Index(fields=["project", "indicator", "changed_at"], name="indicator_change_of_project")]

    def __str__(self):
        return f"{self.project.code} {self.indicator}"


class FollowUpRound(models.TextChoices):
    FIRST = DeadlineKey.FOLLOW_UP_FIRST.value, "Lần 1"
    SECOND = DeadlineKey.FOLLOW_UP_SECOND.value, "Lần 2"


class FollowUp(CheckedRow):
    """What the facility reports some months after acceptance: jobs, revenue, output."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="follow_ups", verbose_name="đề án")
    round = models.CharField("lần", max_length=20, choices=FollowUpRound)
    surveyed_on = models.DateField("ngày lấy số liệu")
    is_operating = models.BooleanField("kết quả còn được sử dụng", default=True)
    note = models.TextField("nhận xét", blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người ghi nhận"
    )
    recorded_at = models.DateTimeField("ghi nhận lúc", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "theo dõi sau nghiệm thu"
        ordering = ["round"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "round"], name="follow_up_round_unique",
                violation_error_message="Lần theo dõi này đã ghi.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.project.code}: theo dõi {self.get_round_display().lower()}"


class FollowUpValue(models.Model):
    follow_up = models.ForeignKey(FollowUp, models.CASCADE, related_name="values", verbose_name="lần theo dõi")
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+", verbose_name="chỉ tiêu")
    value = models.DecimalField("số liệu", max_digits=20, decimal_places=2)

    class Meta:
        verbose_name = verbose_name_plural = "số liệu theo dõi"
        ordering = ["indicator__position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["follow_up", "indicator"], name="follow_up_value_unique"),
            models.CheckConstraint(
                name="follow_up_value_not_negative", condition=Q(value__gte=0),
                violation_error_message="Số liệu không thể âm.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.follow_up} {self.indicator}"
