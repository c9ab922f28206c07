"""That the work was done and accepted: minutes with number and date."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from projects.models.project import Project


class Acceptance(models.Model):
    """Base acceptance of a whole project (Thông tư 36/2013/TT-BCT, Điều 14); money done is on the funding lines."""

    project = models.OneToOneField(Project, models.PROTECT, related_name="acceptance", verbose_name="đề án")
    number = models.CharField("số biên bản nghiệm thu", max_length=60)
    accepted_on = models.DateField("ngày nghiệm thu")
    conclusion = models.TextField("kết luận", blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người ghi nhận"
    )
    recorded_at = models.DateTimeField("ghi nhận lúc", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "nghiệm thu"
        constraints = [
            models.CheckConstraint(
                name="acceptance_number_given",
                condition=~Q(number=""),
                violation_error_message="Nhập số biên bản nghiệm thu.",
            ),
        ]

    def __str__(self):
        return f"{self.number} ({self.project.code})"
