"""How the work goes: monthly progress reports (Mẫu 3a) and inspection visits."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from khuyencong.models import CheckedRow, Record, ScopedQuerySet
from projects.models.funding import CostItem
from projects.models.project import Project


class ProgressReport(Record):
    """Work done up to the end of a month (Thông tư 36/2013/TT-BCT, Điều 23); figures are cumulative."""

    concerns_home_alone = True
    project = models.ForeignKey(Project, models.PROTECT, related_name="progress_reports", verbose_name="đề án")
    month = models.DateField("tháng", help_text="Ngày đầu của tháng báo cáo.")
    volume_percent = models.DecimalField(
        "khối lượng hạng mục được hỗ trợ (%)", max_digits=5, decimal_places=2, help_text="Lũy kế từ đầu."
    )
    value_done = models.PositiveBigIntegerField("giá trị đã thực hiện (đồng)", help_text="Lũy kế, mọi nguồn.")
    work_done = models.TextField("công việc đã làm", blank=True)
    difficulties = models.TextField("khó khăn, kiến nghị", blank=True)
    expected_end_on = models.DateField("dự kiến hoàn thành", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+",
        verbose_name="người xác nhận của Sở",
    )  # fmt: skip
    confirmed_at = models.DateTimeField("xác nhận lúc", null=True, editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "báo cáo tiến độ"
        ordering = ["-month"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "month"], name="progress_report_month_unique",
                violation_error_message="Đề án đã có báo cáo tiến độ của tháng này.",
            ),
            models.CheckConstraint(
                name="progress_report_percent_sensible",
                condition=Q(volume_percent__gte=0, volume_percent__lte=100),
                violation_error_message="Khối lượng trong khoảng 0-100%.",
            ),
            models.CheckConstraint(
                name="progress_report_first_day", condition=Q(month__day=1),
                violation_error_message="Tháng ghi bằng ngày đầu tháng.",
            ),
            models.CheckConstraint(
                name="progress_report_four_eyes",
                condition=Q(confirmed_by=None, confirmed_at=None)
                | Q(confirmed_at__isnull=False) & ~Q(confirmed_by=F("created_by")),
                violation_error_message="Người lập báo cáo không tự xác nhận.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"Báo cáo tiến độ tháng {self.month:%m/%Y}"

    def save(self, *args, **kwargs):
        self.owner_id = self.project.owner_id
        self.province_id = self.project.province_id
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return reverse("projects:progress_detail", args=[self.pk])

    @property
    def is_confirmed(self):
        return self.confirmed_at is not None


class ProgressItem(CheckedRow):
    """One piece of work in a report: quantity and money done so far."""

    report = models.ForeignKey(ProgressReport, models.CASCADE, related_name="items", verbose_name="báo cáo")
    cost_item = models.ForeignKey(
        CostItem, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="hạng mục dự toán"
    )
    name = models.CharField("nội dung", max_length=300)
    unit_name = models.CharField("đơn vị tính", max_length=30, blank=True)
    planned_quantity = models.DecimalField("kế hoạch", max_digits=14, decimal_places=2, null=True, blank=True)
    done_quantity = models.DecimalField("đã làm", max_digits=14, decimal_places=2)
    done_amount = models.PositiveBigIntegerField("giá trị (đồng)", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "khối lượng của báo cáo"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="progress_item_not_negative", condition=Q(done_quantity__gte=0),
                violation_error_message="Khối lượng không thể âm.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.name


class InspectionKind(models.TextChoices):
    PERIODIC = "periodic", "Định kỳ"
    UNPLANNED = "unplanned", "Đột xuất"


class Inspection(Record):
    """A visit by the department (TTLT 26/2014, Điều 9; Thông tư 46/2012, Điều 9); photos are papers of the visit."""

    concerns_home_alone = True
    project = models.ForeignKey(Project, models.PROTECT, related_name="inspections", verbose_name="đề án")
    kind = models.CharField("loại", max_length=9, choices=InspectionKind, default=InspectionKind.PERIODIC)
    number = models.CharField("số biên bản", max_length=60, blank=True)
    visited_on = models.DateField("ngày kiểm tra")
    members = models.TextField("thành phần", help_text="Mỗi người một dòng: họ tên, chức vụ, cơ quan.")
    findings = models.TextField("kết quả kiểm tra")
    demands = models.TextField("yêu cầu khắc phục", blank=True)
    demands_due_on = models.DateField("khắc phục trước ngày", null=True, blank=True)
    resolved_on = models.DateField("đã khắc phục ngày", null=True, blank=True)
    resolution = models.TextField("kết quả khắc phục", blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "kiểm tra"
        ordering = ["-visited_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="inspection_demands_dated",
                condition=Q(demands="") | Q(demands_due_on__isnull=False),
                violation_error_message="Có yêu cầu khắc phục thì ghi hạn.",
            ),
            models.CheckConstraint(
                name="inspection_dates_in_order",
                condition=(Q(demands_due_on=None) | Q(demands_due_on__gte=F("visited_on")))
                & (Q(resolved_on=None) | Q(resolved_on__gte=F("visited_on"))),
                violation_error_message="Hạn và ngày khắc phục phải sau ngày kiểm tra.",
            ),
        ]

    def __str__(self):
        return f"Kiểm tra ngày {self.visited_on:%d/%m/%Y}"

    def save(self, *args, **kwargs):
        self.owner_id = self.project.owner_id
        self.province_id = self.project.province_id
        super().save(*args, **kwargs)
