"""Contracts of approved projects and the money paid on them. Whole đồng."""

from django.conf import settings
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from khuyencong.addresses import address_of
from khuyencong.models import CheckedRow, FoundQuerySet, Organisation, Record, ScopedQuerySet
from khuyencong.text import fold, nfc
from programs.models import SUPPORT_CATEGORIES, AnnualPlan, FundingSource
from projects.models.funding import Beneficiary, FundingLine
from projects.models.progress import ProgressReport
from projects.models.project import Project


class ContractKind(models.TextChoices):
    IMPLEMENTATION = "implementation", "Hợp đồng thực hiện đề án"
    ASSIGNMENT = "assignment", "Quyết định giao nhiệm vụ"


def contract_title(kind, number) -> str:
    """How a contract is called in lists and papers."""
    return f"Hợp đồng {number}" if kind == ContractKind.IMPLEMENTATION else f"Quyết định {number}"


class ContractStatus(models.TextChoices):
    SIGNED = "signed", "Đang thực hiện"
    SETTLING = "settling", "Chờ duyệt quyết toán"
    SETTLED = "settled", "Đã quyết toán"
    LIQUIDATED = "liquidated", "Đã thanh lý"
    CANCELLED = "cancelled", "Đã hủy"


# Ties its projects and their money.
BINDING_CONTRACT = (
    ContractStatus.SIGNED, ContractStatus.SETTLING, ContractStatus.SETTLED, ContractStatus.LIQUIDATED,
)  # fmt: skip


class ContractQuerySet(FoundQuerySet):
    def binding(self):
        return self.filter(status__in=BINDING_CONTRACT)

    def with_amounts(self):
        """Support money of its projects, in đồng: `contracted_total`, `paid_total`; and `project_count`."""
        lines = FundingLine.objects.filter(
            project__contract=OuterRef("pk"), source__category__in=SUPPORT_CATEGORIES
        ).order_by()
        sums = lines.values("project__contract")
        projects = Project.objects.filter(contract=OuterRef("pk")).order_by().values("contract")
        return self.annotate(
            contracted_total=Coalesce(Subquery(sums.annotate(sum=Sum("contracted_amount")).values("sum")), 0),
            paid_total=Coalesce(Subquery(sums.annotate(sum=Sum("paid_amount")).values("sum")), 0),
            project_count=Coalesce(Subquery(projects.annotate(count=Count("pk")).values("count")), 0),
        )

    def totals(self):
        """Of exactly these contracts: `count`, and support money `contracted`, `paid`, `left` in đồng."""
        lines = FundingLine.objects.filter(
            project__contract__in=self.order_by().values("pk"), source__category__in=SUPPORT_CATEGORIES
        )
        sums = lines.order_by().aggregate(
            contracted=Sum("contracted_amount", default=0), paid=Sum("paid_amount", default=0)
        )
        return sums | {"count": self.count(), "left": sums["contracted"] - sums["paid"]}


class Contract(Record):
    """Between the managing body and the implementer, for one or more projects of a plan (TT 36/2013, Điều 12).

    Its value per source is the `contracted_amount` of its projects' funding lines: one home for the figure.
    """

    concerns_home_alone = True
    plan = models.ForeignKey(AnnualPlan, models.PROTECT, related_name="contracts", verbose_name="kế hoạch")
    kind = models.CharField("loại", max_length=14, choices=ContractKind, default=ContractKind.IMPLEMENTATION)
    number = models.CharField("số hợp đồng", max_length=60)
    signed_on = models.DateField("ngày ký")
    starts_on = models.DateField("thực hiện từ", null=True, blank=True)
    ends_on = models.DateField("đến hết ngày")
    party_a = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="bên A")
    party_a_signer = models.CharField("người ký bên A", max_length=160, blank=True)
    party_b = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="bên B (đơn vị thực hiện)")
    party_b_signer = models.CharField("người ký bên B", max_length=160, blank=True)
    issues_invoice = models.BooleanField(
        "bên B xuất hóa đơn", default=False,
        help_text="Có hóa đơn: nghiệm thu mẫu 5b hoặc 5c; không: mẫu 5a (Thông tư 36/2013, Điều 19).",
    )  # fmt: skip
    status = models.CharField(
        "trạng thái", max_length=10, choices=ContractStatus, default=ContractStatus.SIGNED, editable=False
    )
    note = models.TextField("ghi chú", blank=True)
    search_key = models.CharField("khóa tìm kiếm", max_length=500, editable=False)

    objects = ContractQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "hợp đồng"
        ordering = ["-signed_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "number", "signed_on"], condition=~Q(status=ContractStatus.CANCELLED),
                name="contract_number_unique", violation_error_message="Hợp đồng số này, ngày này đã được nhập.",
            ),
            models.CheckConstraint(
                name="contract_dates_in_order",
                condition=Q(ends_on__gte=F("signed_on")) & (Q(starts_on=None) | Q(starts_on__lte=F("ends_on"))),
                violation_error_message="Ngày kết thúc phải sau ngày ký và ngày bắt đầu.",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["province", "status"], name="contract_of_province"),
            models.Index(fields=["owner", "status"], name="contract_of_body"),
            models.Index(fields=["-signed_on", "-id"], name="contract_signed"),
        ]

    def __str__(self):
        return contract_title(self.kind, self.number)

    def save(self, *args, **kwargs):
        self.number = nfc(self.number)
        self.owner_id = self.plan.owner_id
        self.province_id = self.plan.province_id
        self.search_key = fold(f"{self.number} {self.party_a} {self.party_b}")[:500]
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return address_of("projects:contract_detail", self.pk)

    @property
    def is_binding(self):
        return self.status in BINDING_CONTRACT


class ContractAppendix(CheckedRow):
    """Phụ lục hợp đồng: what a decided amendment, or the parties, changed in the contract."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="appendices", verbose_name="hợp đồng")
    amendment = models.ForeignKey(
        "projects.Amendment", models.PROTECT, null=True, blank=True, related_name="appendices",
        verbose_name="theo quyết định điều chỉnh",
    )  # fmt: skip
    number = models.CharField("số phụ lục", max_length=60)
    signed_on = models.DateField("ngày ký")
    content = models.TextField("nội dung")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người ghi nhận"
    )
    recorded_at = models.DateTimeField("ghi nhận lúc", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "phụ lục hợp đồng"
        ordering = ["signed_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "number"], name="contract_appendix_number_unique",
                violation_error_message="Hợp đồng đã có phụ lục mang số này.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"Phụ lục {self.number}"


class SupportContract(CheckedRow):
    """Between the implementer and a facility or investor (TT 36/2013, Điều 13); its value is the facility's share."""

    beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, related_name="support_contracts", verbose_name="đơn vị thụ hưởng"
    )
    number = models.CharField("số hợp đồng hỗ trợ", max_length=60)
    signed_on = models.DateField("ngày ký")
    ends_on = models.DateField("đến hết ngày", null=True, blank=True)
    note = models.CharField("ghi chú", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "hợp đồng hỗ trợ"
        ordering = ["signed_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["beneficiary", "number"], name="support_contract_number_unique",
                violation_error_message="Cơ sở đã có hợp đồng hỗ trợ mang số này.",
            ),
            models.CheckConstraint(
                name="support_contract_dates_in_order",
                condition=Q(ends_on=None) | Q(ends_on__gte=F("signed_on")),
                violation_error_message="Ngày kết thúc phải sau ngày ký.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"Hợp đồng hỗ trợ {self.number}"


class DisbursementKind(models.TextChoices):
    ADVANCE = "advance", "Tạm ứng"
    PAYMENT = "payment", "Thanh toán phần còn lại"
    REFUND = "refund", "Hoàn trả"


class DisbursementQuerySet(ScopedQuerySet):
    def in_force(self):
        """Entries that count: not struck out."""
        return self.filter(voided_at=None)


class Disbursement(Record):
    """One voucher: money advanced, paid or given back, of one source and one project (TT 36/2013, Điều 12-16).

    `FundingLine.paid_amount` is what the entries in force add up to, refunds taken off; kept under lock with them.
    """

    concerns_home_alone = True
    project = models.ForeignKey(Project, models.PROTECT, related_name="disbursements", verbose_name="đề án")
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="disbursements", verbose_name="hợp đồng")
    source = models.ForeignKey(FundingSource, models.PROTECT, related_name="+", verbose_name="nguồn kinh phí")
    kind = models.CharField("loại", max_length=8, choices=DisbursementKind)
    round_no = models.PositiveSmallIntegerField("lần", default=1)
    amount = models.PositiveBigIntegerField("số tiền (đồng)")
    voucher_number = models.CharField("số chứng từ", max_length=60)
    paid_on = models.DateField("ngày chứng từ")
    budget_year = models.PositiveSmallIntegerField("năm ngân sách")
    progress_report = models.ForeignKey(
        ProgressReport, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="theo báo cáo tiến độ"
    )
    note = models.CharField("ghi chú", max_length=300, blank=True)
    voided_at = models.DateTimeField("bỏ lúc", null=True, editable=False)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name="người bỏ"
    )
    void_reason = models.CharField("lý do bỏ", max_length=300, blank=True, editable=False)

    objects = DisbursementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "chứng từ chi"
        ordering = ["paid_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "source", "kind", "voucher_number", "paid_on"], condition=Q(voided_at=None),
                name="disbursement_voucher_unique",
                violation_error_message="Chứng từ số này, ngày này đã được nhập cho đề án và nguồn này.",
            ),
            models.CheckConstraint(
                name="disbursement_amount_positive", condition=Q(amount__gt=0),
                violation_error_message="Số tiền phải lớn hơn 0.",
            ),
            models.CheckConstraint(
                name="disbursement_void_explained",
                condition=Q(voided_at=None, voided_by=None, void_reason="")
                | Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason=""),
                violation_error_message="Bỏ chứng từ thì nêu lý do.",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["province", "-paid_on"], name="disbursement_of_province")]

    def __str__(self):
        return f"{self.get_kind_display()} {self.voucher_number}"

    def save(self, *args, **kwargs):
        self.voucher_number = nfc(self.voucher_number)
        self.owner_id = self.project.owner_id
        self.province_id = self.project.province_id
        super().save(*args, **kwargs)

    @property
    def signed_amount(self):
        """What it adds to the money paid out: negative for a refund."""
        return -self.amount if self.kind == DisbursementKind.REFUND else self.amount


class CarryOver(CheckedRow):
    """Money not spent by the year's end that may be spent in the next, once (Nghị định 45/2012, Điều 14 khoản 4)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="carry_overs", verbose_name="đề án")
    source = models.ForeignKey(FundingSource, models.PROTECT, related_name="+", verbose_name="nguồn kinh phí")
    from_year = models.PositiveSmallIntegerField("của năm")
    to_year = models.PositiveSmallIntegerField("sang năm")
    amount = models.PositiveBigIntegerField("số tiền (đồng)")
    decision_number = models.CharField("số văn bản cho phép", max_length=60)
    decision_on = models.DateField("ngày văn bản")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người ghi nhận"
    )
    recorded_at = models.DateTimeField("ghi nhận lúc", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "chuyển nguồn"
        ordering = ["from_year", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "source"], name="carry_over_once",
                violation_error_message="Nguồn này của đề án đã chuyển sang năm sau một lần, không chuyển nữa được.",
            ),
            models.CheckConstraint(
                name="carry_over_to_the_next_year", condition=Q(to_year=F("from_year") + 1),
                violation_error_message="Chỉ chuyển sang năm liền sau.",
            ),
            models.CheckConstraint(
                name="carry_over_amount_positive", condition=Q(amount__gt=0),
                violation_error_message="Số tiền phải lớn hơn 0.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.project.code} {self.source}: {self.from_year} → {self.to_year}"
