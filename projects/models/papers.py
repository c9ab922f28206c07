"""Papers of a project's dossier, and the reasons for going over a norm."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from khuyencong.models import CheckedRow, StoredFile
from programs.models import Norm, PaperRule, PaperStep
from projects.models.contracts import Contract
from projects.models.funding import Beneficiary
from projects.models.progress import Inspection
from projects.models.project import Project


class PaperCopy(models.TextChoices):
    ORIGINAL = "original", "Bản chính"
    VALID_COPY = "valid_copy", "Bản sao hợp lệ"
    COPY = "copy", "Bản chụp"


class PaperQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Papers are seen with their project."""
        return self.filter(project__in=Project.objects.visible_to(user).values("pk"))

    def in_force(self):
        """Papers that count: not taken back."""
        return self.filter(removed_at=None)


class Paper(CheckedRow):
    """One paper: what it is, its number and date, its scan (Thông tư 36/2013/TT-BCT, Điều 10, 13-15, 19)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="papers", verbose_name="đề án")
    step = models.CharField("bước", max_length=12, choices=PaperStep)
    rule = models.ForeignKey(
        PaperRule, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="giấy tờ phải có"
    )
    beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="của cơ sở"
    )
    contract = models.ForeignKey(
        Contract, models.PROTECT, null=True, blank=True, related_name="papers", verbose_name="của hợp đồng"
    )
    inspection = models.ForeignKey(
        Inspection, models.PROTECT, null=True, blank=True, related_name="photos", verbose_name="của lần kiểm tra"
    )
    name = models.CharField("tên giấy tờ", max_length=300)
    number = models.CharField("số, ký hiệu", max_length=80, blank=True)
    dated_on = models.DateField("ngày", null=True, blank=True)
    copy_kind = models.CharField("bản", max_length=10, choices=PaperCopy, default=PaperCopy.ORIGINAL)
    file = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="bản quét"
    )
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người thêm")
    added_at = models.DateTimeField("thêm lúc", auto_now_add=True)
    removed_at = models.DateTimeField("bỏ lúc", null=True, editable=False)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name="người bỏ"
    )
    remove_reason = models.CharField("lý do bỏ", max_length=300, blank=True, editable=False)

    objects = PaperQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "giấy tờ"
        ordering = ["step", "rule__position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="paper_removal_explained",
                condition=Q(removed_at=None, removed_by=None, remove_reason="")
                | Q(removed_at__isnull=False, removed_by__isnull=False) & ~Q(remove_reason=""),
                violation_error_message="Bỏ giấy tờ thì nêu lý do.",
            ),
        ]

    def __str__(self):
        return self.name


class NormException(models.Model):
    """Support over a norm, with the reason of a reviewer or director; kept and shown (invariant I4). Đồng."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="norm_exceptions", verbose_name="đề án")
    norm = models.ForeignKey(Norm, models.PROTECT, related_name="+", verbose_name="mức hỗ trợ")
    # A returned file may drop the facility; the decision keeps its name.
    beneficiary = models.ForeignKey(
        Beneficiary, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="cơ sở"
    )
    facility_name = models.CharField("tên cơ sở khi đó", max_length=250, blank=True)
    support_amount = models.PositiveBigIntegerField("mức cho phép trong trường hợp này (đồng)")
    ceiling_amount = models.PositiveBigIntegerField("mức tối đa khi đó (đồng)")
    reason = models.TextField("lý do vượt mức")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người cho phép"
    )
    decided_at = models.DateTimeField("cho phép lúc", auto_now_add=True)
    withdrawn_at = models.DateTimeField("thôi cho phép lúc", null=True, editable=False)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+",
        verbose_name="người thôi cho phép",
    )  # fmt: skip

    class Meta:
        verbose_name = verbose_name_plural = "vượt mức hỗ trợ"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="norm_exception_reason_given", condition=~Q(reason=""),
                violation_error_message="Nêu lý do vượt mức hỗ trợ.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.project.code}: vượt {self.norm}"
