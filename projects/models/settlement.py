"""Final accounts of a contract: vouchers (8a, 8b), settlement (7), payment request (9), liquidation (6)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from khuyencong.models import CheckedRow, Record, ScopedQuerySet
from programs.models import FundingSource
from projects.models.contracts import Contract
from projects.models.funding import CostItem
from projects.models.project import Project


class SettlementStatus(models.TextChoices):
    DRAFT = "draft", "Đang lập"
    SUBMITTED = "submitted", "Chờ duyệt"
    RETURNED = "returned", "Bị trả lại"
    APPROVED = "approved", "Đã duyệt"


OPEN_SETTLEMENT = (SettlementStatus.DRAFT, SettlementStatus.RETURNED)


class Settlement(Record):
    """The settlement dossier of one contract (Thông tư 36/2013/TT-BCT, Điều 18-19)."""

    concerns_home_alone = True
    contract = models.OneToOneField(Contract, models.PROTECT, related_name="settlement", verbose_name="hợp đồng")
    number = models.CharField("số công văn đề nghị quyết toán", max_length=60, blank=True)
    dated_on = models.DateField("ngày đề nghị", null=True, blank=True)
    includes_other_sources = models.BooleanField(
        "kê cả nguồn khác (mẫu 8b)", default=False,
        help_text="Khi hỗ trợ theo tỷ lệ trên tổng chi phí (Thông tư 36/2013, Điều 19 khoản 1).",
    )  # fmt: skip
    status = models.CharField(
        "trạng thái", max_length=10, choices=SettlementStatus, default=SettlementStatus.DRAFT, editable=False
    )
    return_reason = models.TextField("lý do trả lại", blank=True, editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+",
        verbose_name="người trình",
    )  # fmt: skip
    submitted_at = models.DateTimeField("trình lúc", null=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+",
        verbose_name="người duyệt",
    )  # fmt: skip
    approved_at = models.DateTimeField("duyệt lúc", null=True, editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "quyết toán"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="settlement_decided_by_someone",
                condition=Q(status=SettlementStatus.APPROVED, approved_by__isnull=False, approved_at__isnull=False)
                | ~Q(status=SettlementStatus.APPROVED) & Q(approved_by=None, approved_at=None),
                violation_error_message="Chỉ quyết toán đã duyệt mới có, và phải có, người duyệt.",
            ),
            models.CheckConstraint(
                name="settlement_four_eyes",
                condition=Q(approved_by=None) | ~Q(approved_by=F("created_by")) & ~Q(approved_by=F("submitted_by")),
                violation_error_message="Người lập hoặc trình quyết toán không được duyệt.",
            ),
        ]

    def __str__(self):
        return f"Quyết toán {self.contract}"

    def save(self, *args, **kwargs):
        self.owner_id = self.contract.owner_id
        self.province_id = self.contract.province_id
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return reverse("projects:settlement_detail", args=[self.contract_id])

    @property
    def is_open(self):
        return self.status in OPEN_SETTLEMENT


class SettlementAmount(models.Model):
    """What is put up for settlement per project and source; the vouchers must add up to it. Đồng."""

    settlement = models.ForeignKey(Settlement, models.CASCADE, related_name="amounts", verbose_name="quyết toán")
    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="đề án")
    source = models.ForeignKey(FundingSource, models.PROTECT, related_name="+", verbose_name="nguồn kinh phí")
    amount = models.PositiveBigIntegerField("đề nghị quyết toán (đồng)")

    class Meta:
        verbose_name = verbose_name_plural = "số đề nghị quyết toán"
        ordering = ["project__code", "source__position"]
        constraints = [
            models.UniqueConstraint(fields=["settlement", "project", "source"], name="settlement_amount_unique"),
        ]

    def __str__(self):
        return f"{self.settlement} {self.source}"


class Voucher(CheckedRow):
    """A line of the voucher list 8a (khuyến công money) or 8b (all sources)."""

    settlement = models.ForeignKey(Settlement, models.CASCADE, related_name="vouchers", verbose_name="quyết toán")
    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="đề án")
    source = models.ForeignKey(FundingSource, models.PROTECT, related_name="+", verbose_name="nguồn kinh phí")
    cost_item = models.ForeignKey(
        CostItem, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="hạng mục dự toán"
    )
    number = models.CharField("số chứng từ", max_length=60)
    dated_on = models.DateField("ngày chứng từ")
    content = models.CharField("nội dung chi", max_length=300)
    payee = models.CharField("đơn vị bán, người nhận", max_length=250)
    amount = models.PositiveBigIntegerField("số tiền (đồng)")
    note = models.CharField("ghi chú", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "chứng từ quyết toán"
        ordering = ["project__code", "dated_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["settlement", "project", "source", "number", "dated_on", "payee"], name="voucher_unique",
                violation_error_message="Chứng từ này đã có trong bảng kê.",
            ),
            models.CheckConstraint(
                name="voucher_amount_positive", condition=Q(amount__gt=0),
                violation_error_message="Số tiền phải lớn hơn 0.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.number} {self.content}"


class Liquidation(CheckedRow):
    """Biên bản thanh lý hợp đồng (Mẫu 6; Thông tư 36/2013/TT-BCT, Điều 18); nothing closes while money is open."""

    contract = models.OneToOneField(Contract, models.PROTECT, related_name="liquidation", verbose_name="hợp đồng")
    number = models.CharField("số biên bản thanh lý", max_length=60)
    signed_on = models.DateField("ngày thanh lý")
    is_force_majeure = models.BooleanField(
        "do bất khả kháng", default=False,
        help_text="Chưa đạt mục tiêu: trả theo khối lượng đã làm (Thông tư 36/2013, Điều 18 khoản 4).",
    )  # fmt: skip
    explanation = models.TextField("giải trình", blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người ghi nhận"
    )
    recorded_at = models.DateTimeField("ghi nhận lúc", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "thanh lý hợp đồng"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="liquidation_force_majeure_explained",
                condition=Q(is_force_majeure=False) | ~Q(explanation=""),
                violation_error_message="Bất khả kháng thì giải trình và nêu biên bản xác nhận khối lượng.",
            ),
        ]

    def __str__(self):
        return f"Thanh lý {self.contract}"
