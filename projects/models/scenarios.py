"""A draft plan that several people type like a sheet, and the ways in which it could be put together."""

from django.db import models
from django.db.models import Q
from django.urls import reverse

from khuyencong.models import Record, ScopedQuerySet
from khuyencong.text import nfc
from programs.models import AnnualPlan
from projects.models.project import Project, ProjectStatus


class Place(models.TextChoices):
    """Where a line of a draft plan stands; the values are the states that a project takes there."""

    IN_PLAN = ProjectStatus.IN_PLAN.value, "Trong kế hoạch"
    RESERVE = ProjectStatus.RESERVE.value, "Dự phòng"
    OUT = ProjectStatus.APPRAISED.value, "Ngoài kế hoạch"


class PlanScenario(Record):
    """One way of putting a draft plan together (phương án): its name and a place for each line. Holds no money.

    `owner` and `province` are those of the plan. A line without a place of its own stands outside.
    """

    concerns_home_alone = True
    plan = models.ForeignKey(AnnualPlan, models.PROTECT, related_name="scenarios", verbose_name="kế hoạch")
    name = models.CharField("tên phương án", max_length=120)
    note = models.CharField("ghi chú", max_length=500, blank=True)
    chosen_at = models.DateTimeField("lấy làm kế hoạch lúc", null=True, editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "phương án kế hoạch"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "name"], name="plan_scenario_name_unique",
                violation_error_message="Kế hoạch đã có phương án mang tên này.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.name = nfc(self.name)
        self.owner_id = self.plan.owner_id
        self.province_id = self.plan.province_id
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return reverse("projects:scenario_detail", args=[self.pk])


class ScenarioLine(models.Model):
    scenario = models.ForeignKey(PlanScenario, models.CASCADE, related_name="lines", verbose_name="phương án")
    project = models.ForeignKey(Project, models.CASCADE, related_name="+", verbose_name="đề án")
    place = models.CharField("xếp vào", max_length=10, choices=Place)

    class Meta:
        verbose_name = verbose_name_plural = "dòng của phương án"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["scenario", "project"], name="scenario_line_unique"),
            models.CheckConstraint(name="scenario_line_place_known", condition=Q(place__in=Place.values)),
        ]

    def __str__(self):
        return f"{self.scenario}: {self.project}"


class GridRow(models.Model):
    """The key under which the sheet sent a new line: sent again after a lost answer, it makes no second project."""

    plan = models.ForeignKey(AnnualPlan, models.PROTECT, related_name="+", verbose_name="kế hoạch")
    key = models.CharField("khóa", max_length=40)
    project = models.OneToOneField(Project, models.CASCADE, related_name="+", verbose_name="đề án")

    class Meta:
        verbose_name = verbose_name_plural = "dòng gõ trong bảng"
        constraints = [models.UniqueConstraint(fields=["plan", "key"], name="grid_row_key_unique")]

    def __str__(self):
        return self.key
