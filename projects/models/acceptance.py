"""That the work was done and accepted: minutes 5a, 5b or 5c with members, quantities and money by source."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from khuyencong.models import CheckedRow, Organisation, OrganisationKind
from programs.models import FundingSource
from projects.models.funding import Beneficiary, CostItem
from projects.models.project import Project


class AcceptanceForm(models.TextChoices):
    """Which form (TT 36/2013, Điều 19): 5a without an invoice, 5b with one, 5c when the ministry's agency accepts."""

    SITE = "5a", "Mẫu 5a: từng địa điểm"
    WHOLE = "5b", "Mẫu 5b: cả đề án"
    AGENCY = "5c", "Mẫu 5c: Cục nghiệm thu"


class AcceptanceResult(models.TextChoices):
    PASS = "pass", "Đạt"
    CONDITION = "condition", "Đạt có điều kiện"
    FAIL = "fail", "Không đạt"


class AcceptanceQuerySet(models.QuerySet):
    def in_force(self):
        """Minutes that count: not reopened."""
        return self.filter(voided_at=None)


class Acceptance(CheckedRow):
    """Base acceptance minutes of a project or of one of its places (Thông tư 36/2013/TT-BCT, Điều 14).

    Minutes of places add up; the last of them (`is_final`) accepts the project. What the minutes in force add up to
    per source is the `accepted_amount` of the funding lines, in đồng.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="acceptances", verbose_name="đề án")
    form = models.CharField("mẫu", max_length=2, choices=AcceptanceForm, default=AcceptanceForm.WHOLE)
    number = models.CharField("số biên bản nghiệm thu", max_length=60)
    accepted_on = models.DateField("ngày nghiệm thu")
    beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, null=True, blank=True, related_name="acceptances", verbose_name="tại cơ sở",
        help_text="Nghiệm thu từng địa điểm thì chọn cơ sở; trống là cả đề án.",
    )  # fmt: skip
    venue = models.CharField("địa điểm", max_length=250, blank=True)
    started_at = models.TimeField("bắt đầu lúc", null=True, blank=True)
    ended_at = models.TimeField("kết thúc lúc", null=True, blank=True)
    copies = models.PositiveSmallIntegerField("số bản", null=True, blank=True)
    organiser = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="cơ quan chủ trì"
    )
    is_final = models.BooleanField("lần cuối, nghiệm thu toàn bộ đề án", default=True)
    result = models.CharField("kết quả", max_length=9, choices=AcceptanceResult, default=AcceptanceResult.PASS)
    remarks = models.TextField("nhận xét", blank=True)
    shortcomings = models.TextField("tồn tại, kiến nghị", blank=True)
    conclusion = models.TextField("kết luận", blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người ghi nhận"
    )
    recorded_at = models.DateTimeField("ghi nhận lúc", auto_now_add=True)
    voided_at = models.DateTimeField("mở lại lúc", null=True, editable=False)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+",
        verbose_name="người mở lại",
    )  # fmt: skip
    void_reason = models.TextField("lý do mở lại", blank=True, editable=False)

    objects = AcceptanceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "nghiệm thu"
        ordering = ["accepted_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="acceptance_number_given",
                condition=~Q(number=""),
                violation_error_message="Nhập số biên bản nghiệm thu.",
            ),
            models.UniqueConstraint(
                fields=["project"], condition=Q(is_final=True, voided_at=None), name="acceptance_final_once",
                violation_error_message="Đề án đã được nghiệm thu toàn bộ.",
            ),
            models.UniqueConstraint(
                fields=["project", "number"], condition=Q(voided_at=None), name="acceptance_number_unique",
                violation_error_message="Đề án đã có biên bản nghiệm thu mang số này.",
            ),
            models.CheckConstraint(
                name="acceptance_void_explained",
                condition=Q(voided_at=None, voided_by=None, void_reason="")
                | Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason=""),
                violation_error_message="Mở lại nghiệm thu thì nêu lý do.",
            ),
        ]  # fmt: skip
        indexes = [
            # When a project was accepted, without its minutes: asked of every project of a province at once.
            models.Index(
                fields=["project", "accepted_on"], condition=Q(is_final=True, voided_at=None), name="acceptance_day"
            ),
        ]

    def __str__(self):
        return f"{self.number} ({self.project.code})"

    def get_absolute_url(self):
        return reverse("projects:acceptance_detail", args=[self.pk])

    @property
    def chair(self):
        """Whose minutes they are: the organiser, else the department of the project's body (TT 36/2013, Điều 21)."""
        owner = self.project.owner
        bodies = (body for body in (owner, owner.parent) if body and body.kind == OrganisationKind.PROVINCIAL_DEPT)
        return self.organiser or next(bodies, owner)


class AcceptanceMember(CheckedRow):
    acceptance = models.ForeignKey(Acceptance, models.CASCADE, related_name="members", verbose_name="biên bản")
    name = models.CharField("họ và tên", max_length=120)
    title = models.CharField("chức vụ", max_length=160, blank=True)
    body = models.CharField("cơ quan, đơn vị", max_length=200)
    is_chair = models.BooleanField("chủ trì", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "thành phần nghiệm thu"
        ordering = ["pk"]

    def __str__(self):
        return self.name


class AcceptanceWork(CheckedRow):
    """Table A: what was to be done and what was (quantity against contract)."""

    acceptance = models.ForeignKey(Acceptance, models.CASCADE, related_name="works", verbose_name="biên bản")
    cost_item = models.ForeignKey(
        CostItem, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="hạng mục dự toán"
    )
    name = models.CharField("nội dung, máy móc", max_length=400)
    specification = models.CharField("xuất xứ, quy cách", max_length=300, blank=True)
    unit_name = models.CharField("đơn vị tính", max_length=30, blank=True)
    contracted_quantity = models.DecimalField("theo hợp đồng", max_digits=14, decimal_places=2, null=True, blank=True)
    done_quantity = models.DecimalField("thực hiện", max_digits=14, decimal_places=2)
    amount = models.PositiveBigIntegerField("giá trị (đồng)", null=True, blank=True)
    is_new = models.BooleanField("mới 100%", default=False)
    note = models.CharField("ghi chú", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "khối lượng nghiệm thu"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="acceptance_work_not_negative",
                condition=Q(done_quantity__gte=0) & (Q(contracted_quantity=None) | Q(contracted_quantity__gte=0)),
                violation_error_message="Khối lượng không thể âm.",
            ),
        ]

    def __str__(self):
        return self.name


class AcceptanceAmount(models.Model):
    """Table B: money of one source that these minutes accept, the facility's own included; đồng."""

    acceptance = models.ForeignKey(Acceptance, models.CASCADE, related_name="amounts", verbose_name="biên bản")
    source = models.ForeignKey(FundingSource, models.PROTECT, related_name="+", verbose_name="nguồn kinh phí")
    amount = models.PositiveBigIntegerField("nghiệm thu (đồng)")

    class Meta:
        verbose_name = verbose_name_plural = "kinh phí nghiệm thu"
        ordering = ["source__position"]
        constraints = [
            models.UniqueConstraint(fields=["acceptance", "source"], name="acceptance_amount_source_unique"),
        ]

    def __str__(self):
        return f"{self.acceptance} {self.source}"
