"""Changes of an approved project, decided by the authority of the rule; the approved version stays readable."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from beneficiaries.models import Facility
from khuyencong.models import AdministrativeUnit, Record, ScopedQuerySet
from programs.models import ActivityContent, AmendmentKind, Authority, FundingSource
from projects.models.funding import Beneficiary
from projects.models.project import Project


class AmendmentStatus(models.TextChoices):
    DRAFT = "draft", "Dự thảo"
    SUBMITTED = "submitted", "Chờ quyết định"
    RETURNED = "returned", "Bị trả lại"
    APPROVED = "approved", "Đã quyết định"
    REJECTED = "rejected", "Không đồng ý"


OPEN_AMENDMENT = (AmendmentStatus.DRAFT, AmendmentStatus.RETURNED)


class Amendment(Record):
    """A typed change with old and new, reason, authority and decision (Thông tư 36/2013/TT-BCT, Điều 11)."""

    concerns_home_alone = True
    project = models.ForeignKey(Project, models.PROTECT, related_name="amendments", verbose_name="đề án")
    number = models.PositiveSmallIntegerField("lần", editable=False)
    kind = models.CharField("loại điều chỉnh", max_length=12, choices=AmendmentKind)
    reason = models.TextField("lý do")
    request_number = models.CharField("số văn bản đề nghị", max_length=60, blank=True)
    request_on = models.DateField("ngày đề nghị", null=True, blank=True)
    authority = models.CharField("thẩm quyền", max_length=10, choices=Authority, editable=False)
    authority_source = models.CharField("căn cứ thẩm quyền", max_length=300, blank=True, editable=False)
    status = models.CharField(
        "trạng thái", max_length=10, choices=AmendmentStatus, default=AmendmentStatus.DRAFT, editable=False
    )

    new_starts_on = models.DateField("bắt đầu (mới)", null=True, blank=True)
    new_ends_on = models.DateField("hoàn thành (mới)", null=True, blank=True)
    new_unit = models.ForeignKey(
        AdministrativeUnit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="địa điểm (mới)"
    )
    new_place_note = models.CharField("địa điểm chi tiết (mới)", max_length=250, blank=True)
    new_content = models.ForeignKey(
        ActivityContent, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="nội dung (mới)"
    )
    new_coordinating_units = models.CharField("đơn vị phối hợp (mới)", max_length=400, blank=True)
    removed_beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="thôi thụ hưởng"
    )
    added_facility = models.ForeignKey(
        Facility, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="thụ hưởng thay"
    )
    # What was changed, as it stood at the decision: [[tên, cũ, mới]]; the record of the amendment itself.
    changes = models.JSONField("thay đổi", default=list, editable=False)

    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+",
        verbose_name="người trình",
    )  # fmt: skip
    submitted_at = models.DateTimeField("trình lúc", null=True, editable=False)
    decision_number = models.CharField("số quyết định", max_length=60, blank=True, editable=False)
    decision_on = models.DateField("ngày quyết định", null=True, editable=False)
    signer_name = models.CharField("người ký", max_length=120, blank=True, editable=False)
    signer_position = models.CharField("chức vụ người ký", max_length=120, blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+",
        verbose_name="người quyết định trên cổng",
    )  # fmt: skip
    approved_at = models.DateTimeField("quyết định lúc", null=True, editable=False)
    answer = models.TextField("ý kiến trả lời", blank=True, editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "điều chỉnh"
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="amendment_number_unique"),
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(status__in=(AmendmentStatus.DRAFT, AmendmentStatus.SUBMITTED, AmendmentStatus.RETURNED)),
                name="amendment_one_at_a_time",
                violation_error_message="Đề án còn một lần điều chỉnh chưa quyết định xong.",
            ),
            models.CheckConstraint(
                name="amendment_reason_given", condition=~Q(reason=""),
                violation_error_message="Nêu lý do điều chỉnh.",
            ),
            models.CheckConstraint(
                name="amendment_decision_follows_status",
                condition=Q(
                    status=AmendmentStatus.APPROVED, decision_on__isnull=False, approved_by__isnull=False,
                    approved_at__isnull=False,
                ) & ~Q(decision_number="")
                | ~Q(status=AmendmentStatus.APPROVED)
                & Q(decision_number="", decision_on=None, approved_by=None, approved_at=None),
                violation_error_message="Chỉ điều chỉnh đã quyết định mới có, và phải có, số và ngày quyết định.",
            ),
            models.CheckConstraint(
                name="amendment_four_eyes",
                condition=Q(approved_by=None) | ~Q(approved_by=F("created_by")) & ~Q(approved_by=F("submitted_by")),
                violation_error_message="Người lập hoặc trình điều chỉnh không được quyết định.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"Điều chỉnh lần {self.number}: {self.get_kind_display()}"

    def save(self, *args, **kwargs):
        self.owner_id = self.project.owner_id
        self.province_id = self.project.province_id
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return reverse("projects:amendment_detail", args=[self.pk])

    @property
    def is_open(self):
        return self.status in OPEN_AMENDMENT


class AmendmentAmount(models.Model):
    """The new approved amount of one source, of the whole project or of one facility's share; đồng."""

    amendment = models.ForeignKey(Amendment, models.CASCADE, related_name="amounts", verbose_name="điều chỉnh")
    source = models.ForeignKey(FundingSource, models.PROTECT, related_name="+", verbose_name="nguồn kinh phí")
    beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="đơn vị thụ hưởng"
    )
    old_amount = models.PositiveBigIntegerField("đang được duyệt (đồng)")
    new_amount = models.PositiveBigIntegerField("điều chỉnh thành (đồng)")

    class Meta:
        verbose_name = verbose_name_plural = "số tiền điều chỉnh"
        ordering = ["source__position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["amendment", "source"], condition=Q(beneficiary=None), name="amendment_amount_of_line_unique"
            ),
            models.UniqueConstraint(
                fields=["amendment", "source", "beneficiary"], condition=Q(beneficiary__isnull=False),
                name="amendment_amount_of_facility_unique",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.amendment} {self.source}"
