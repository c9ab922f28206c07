"""Money of a project: lines per source, shares per facility, and what it buys. Whole đồng."""

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from beneficiaries.models import Facility
from khuyencong.models import CheckedRow
from programs.models import SUPPORT_CATEGORIES, FundingSource, SourceCategory
from projects.models.project import Project


class Stage(models.TextChoices):
    """The same line through its life; a later figure never exceeds an earlier one without an amendment."""

    REQUESTED = "requested", "Đề nghị"
    APPRAISED = "appraised", "Thẩm định"
    APPROVED = "approved", "Được duyệt"
    CONTRACTED = "contracted", "Hợp đồng"
    ACCEPTED = "accepted", "Nghiệm thu"
    SETTLED = "settled", "Quyết toán"


class StagedAmounts(CheckedRow):
    requested_amount = models.PositiveBigIntegerField("đề nghị (đồng)", default=0)
    appraised_amount = models.PositiveBigIntegerField("thẩm định (đồng)", null=True, editable=False)
    approved_amount = models.PositiveBigIntegerField("được duyệt (đồng)", null=True, editable=False)
    # The decision that last changed what was approved; without one an amount never rises.
    amendment = models.ForeignKey(
        "projects.Amendment",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="theo điều chỉnh",
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_never_rises",
                condition=(Q(appraised_amount=None) | Q(appraised_amount__lte=F("requested_amount")))
                & (
                    Q(approved_amount=None)
                    | Q(amendment__isnull=False)
                    | Q(appraised_amount__isnull=False, approved_amount__lte=F("appraised_amount"))
                ),
                violation_error_message=("Mỗi nguồn: thẩm định không vượt đề nghị, được duyệt không vượt thẩm định."),
            ),
        ]

    @property
    def current_amount(self):
        """The figure that counts now: approved, else appraised, else requested."""
        if self.approved_amount is not None:
            return self.approved_amount
        return self.requested_amount if self.appraised_amount is None else self.appraised_amount


class FundingLine(StagedAmounts):
    project = models.ForeignKey(Project, models.CASCADE, related_name="funding_lines", verbose_name="đề án")
    source = models.ForeignKey(FundingSource, models.PROTECT, related_name="+", verbose_name="nguồn kinh phí")
    contracted_amount = models.PositiveBigIntegerField("theo hợp đồng (đồng)", null=True, editable=False)
    paid_amount = models.PositiveBigIntegerField("đã chi, trừ hoàn trả (đồng)", default=0, editable=False)
    accepted_amount = models.PositiveBigIntegerField("nghiệm thu (đồng)", null=True, editable=False)
    settled_amount = models.PositiveBigIntegerField("quyết toán (đồng)", null=True, editable=False)

    class Meta(StagedAmounts.Meta):
        verbose_name = verbose_name_plural = "dòng kinh phí"
        ordering = ["source__position"]
        # All that lists add up, so that no row has to be opened for it.
        indexes = [
            models.Index(
                fields=["source", "project", "requested_amount", "appraised_amount", "approved_amount"],
                name="funding_line_added_up",
            )
        ]
        constraints = [
            *StagedAmounts.Meta.constraints,
            models.UniqueConstraint(fields=["project", "source"], name="funding_line_source_unique"),
            models.CheckConstraint(
                name="funding_line_accepted_after_approved",
                condition=Q(accepted_amount=None) | Q(approved_amount__isnull=False),
                violation_error_message="Chỉ nghiệm thu kinh phí đã được duyệt.",
            ),
            models.CheckConstraint(
                name="funding_line_contracted_within_approved",
                condition=Q(contracted_amount=None)
                | Q(approved_amount__isnull=False, contracted_amount__lte=F("approved_amount")),
                violation_error_message="Giá trị hợp đồng của mỗi nguồn không vượt số được duyệt.",
            ),
            models.CheckConstraint(
                name="funding_line_paid_within_contracted",
                condition=Q(paid_amount=0)
                | Q(contracted_amount__isnull=False, paid_amount__lte=F("contracted_amount")),
                violation_error_message="Số đã chi của mỗi nguồn không vượt giá trị hợp đồng.",
            ),
            models.CheckConstraint(
                name="funding_line_settled_within_accepted",
                condition=Q(settled_amount=None)
                | Q(accepted_amount__isnull=False, settled_amount__lte=F("accepted_amount")),
                violation_error_message="Số quyết toán của mỗi nguồn không vượt số nghiệm thu.",
            ),
        ]

    def __str__(self):
        return f"{self.project.code} {self.source}"

    @property
    def unpaid_amount(self):
        """Contracted and not paid out, đồng."""
        return (self.contracted_amount or 0) - self.paid_amount


class BeneficiaryQuerySet(models.QuerySet):
    def with_amounts(self):
        """Per facility of a project: `support_amount` (national and local), `counterpart_amount`, `total_amount`.

        In đồng at the project's own stage: approved where decided, else appraised, else requested.
        """
        amounts = BeneficiaryAmount.objects.filter(beneficiary=OuterRef("pk")).order_by().values("beneficiary")
        current = Sum(Coalesce("approved_amount", "appraised_amount", "requested_amount"))

        def total(**conditions):
            rows = amounts.filter(**conditions).annotate(sum=current).values("sum")
            return Coalesce(Subquery(rows), 0)

        return self.annotate(
            support_amount=total(source__category__in=SUPPORT_CATEGORIES),
            counterpart_amount=total(source__category=SourceCategory.COUNTERPART),
            total_amount=total(),
        )


class Beneficiary(models.Model):
    """A facility that a project serves, with its own part of the money."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="beneficiaries", verbose_name="đề án")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="supports", verbose_name="cơ sở thụ hưởng")
    item = models.CharField("hạng mục", max_length=250, blank=True)
    # A facility that a decision replaced stays, with nothing approved any more.
    withdrawn_by = models.ForeignKey(
        "projects.Amendment", models.PROTECT, null=True, editable=False, related_name="+",
        verbose_name="thôi thụ hưởng theo",
    )  # fmt: skip

    objects = BeneficiaryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "đơn vị thụ hưởng"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "facility"], name="beneficiary_facility_unique",
                violation_error_message="Cơ sở này đã có trong đề án.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return str(self.facility)


class BeneficiaryAmount(StagedAmounts):
    beneficiary = models.ForeignKey(
        Beneficiary, models.CASCADE, related_name="amounts", verbose_name="đơn vị thụ hưởng"
    )
    source = models.ForeignKey(FundingSource, models.PROTECT, related_name="+", verbose_name="nguồn kinh phí")

    class Meta(StagedAmounts.Meta):
        verbose_name = verbose_name_plural = "kinh phí của đơn vị thụ hưởng"
        ordering = ["source__position"]
        constraints = [
            *StagedAmounts.Meta.constraints,
            models.UniqueConstraint(fields=["beneficiary", "source"], name="beneficiary_amount_source_unique"),
        ]

    def __str__(self):
        return f"{self.beneficiary} {self.source}"


def cost_amount(quantity, unit_price):
    """Quantity × unit price in whole đồng: halves go up, as on paper."""
    return int((quantity * unit_price * 2 + 1) // 2)


class CostItem(models.Model):
    """A machine or piece of work of the estimate (Mẫu 1): quantity × unit price."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="cost_items", verbose_name="đề án")
    beneficiary = models.ForeignKey(
        Beneficiary, models.SET_NULL, null=True, blank=True, related_name="cost_items", verbose_name="của cơ sở"
    )
    name = models.CharField("máy móc, hạng mục", max_length=300)
    specification = models.CharField("quy cách, xuất xứ", max_length=300, blank=True)
    unit_name = models.CharField("đơn vị tính", max_length=30, blank=True)
    quantity = models.DecimalField("số lượng", max_digits=12, decimal_places=2)
    unit_price = models.PositiveBigIntegerField("đơn giá (đồng)")
    amount = models.PositiveBigIntegerField("thành tiền (đồng)", editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "hạng mục chi phí"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="cost_item_quantity_positive",
                condition=Q(quantity__gt=0),
                violation_error_message="Số lượng phải lớn hơn 0.",
            ),
        ]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.amount = cost_amount(self.quantity, self.unit_price)
        super().save(*args, **kwargs)
