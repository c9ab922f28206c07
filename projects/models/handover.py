"""Handover: one event, one minutes per receiver, with everything that changes hands."""

from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from beneficiaries.models import Facility
from khuyencong.addresses import address_of
from khuyencong.dates import short_date, today
from khuyencong.models import (
    FOR_ANOTHER,
    AdministrativeUnit,
    CheckedRow,
    FoundQuerySet,
    Organisation,
    Record,
    SigningMode,
)
from khuyencong.text import fold
from programs.models import AnnualPlan, FundingSource
from projects.models.project import Project


class HandoverEventQuerySet(FoundQuerySet):
    def in_year(self, year):
        return self.filter(plan__year=year)

    def with_receiver_count(self):
        minutes = HandoverMinutes.objects.filter(event=OuterRef("pk"))
        return self.annotate(receiver_count=_per_event(minutes, "event", Count("pk")))

    def totals(self):
        """Counts and values of exactly these events, for the head of a list; one query.

        Keys `count`, `done_count`, `receiver_total`; `asset_amount` (works, machines) and `contract_amount` in đồng.
        """
        items = HandoverItem.objects.filter(minutes__event=OuterRef("pk")).exclude(kind=ItemKind.RESULT)
        amounts = HandoverContractAmount.objects.filter(contract__minutes__event=OuterRef("pk"))
        events = self.order_by().with_receiver_count().annotate(
            assets=_per_event(items, "minutes__event", Sum("amount")),
            contracts=_per_event(amounts, "contract__minutes__event", Sum("amount")),
        )  # fmt: skip
        return events.aggregate(
            count=Count("pk"),
            done_count=Count("pk", filter=Q(is_done=True)),
            receiver_total=Coalesce(Sum("receiver_count"), 0),
            asset_amount=Coalesce(Sum("assets"), 0),
            contract_amount=Coalesce(Sum("contracts"), 0),
        )


def _per_event(rows, path, sum_up):
    """A subquery, not a join: joined sums would multiply."""
    return Coalesce(Subquery(rows.order_by().values(path).annotate(sum=sum_up).values("sum")), 0)


class HandoverEvent(Record):
    """A meeting at which the results of one or more projects of a plan are handed over."""

    concerns_home_alone = True
    plan = models.ForeignKey(AnnualPlan, models.PROTECT, related_name="handovers", verbose_name="kế hoạch")
    projects = models.ManyToManyField(Project, related_name="handovers", verbose_name="đề án bàn giao")
    subject = models.CharField(
        "trích yếu", max_length=300,
        help_text="Viết sau chữ “Bàn giao”, ví dụ “kết quả đề án Ứng dụng máy móc…”. Dấu | ngắt dòng.",
    )  # fmt: skip
    held_on = models.DateField("ngày bàn giao", null=True, blank=True)
    held_month_day = models.CharField(
        "ngày, tháng khi chưa rõ năm", max_length=5, blank=True,
        validators=[RegexValidator(r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$", "Ghi tháng-ngày, ví dụ 12-31.")],
    )  # fmt: skip
    started_at = models.TimeField("bắt đầu lúc", null=True, blank=True)
    ended_at = models.TimeField("kết thúc lúc", null=True, blank=True)
    venue = models.CharField("địa điểm", max_length=250)
    giver = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="bên giao")
    grounds = models.TextField("căn cứ", blank=True, help_text="Mỗi căn cứ một dòng.")
    is_done = models.BooleanField("đã bàn giao", default=False, editable=False)
    note = models.TextField("ghi chú về số liệu", blank=True, help_text="In nguyên văn trong biên bản.")
    search_key = models.TextField("khóa tìm kiếm", editable=False)

    objects = HandoverEventQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "đợt bàn giao"
        ordering = ["-held_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="handover_event_dated",
                condition=Q(held_on__isnull=False, held_month_day="")
                | Q(held_on=None) & ~Q(held_month_day="")
                | Q(held_on=None, held_month_day="", is_done=False),
                violation_error_message="Ghi ngày bàn giao trước khi hoàn tất.",
            ),
            models.CheckConstraint(
                name="handover_event_times_in_order",
                condition=Q(started_at=None) | Q(ended_at=None) | Q(started_at__lte=F("ended_at")),
                violation_error_message="Giờ kết thúc phải sau giờ bắt đầu.",
            ),
        ]

    def __str__(self):
        return f"Bàn giao {' '.join(self.subject_lines)}"

    def clean(self):
        if self.held_month_day and not _is_real_day(self.held_month_day):
            raise ValidationError({"held_month_day": "Ngày này không có thật; gõ lại ngày/tháng, ví dụ 12/12."})

    def save(self, *args, **kwargs):
        self.owner_id = self.plan.owner_id
        self.province_id = self.plan.province_id
        self.search_key = fold(f"{self.subject} {self.venue} {self.giver}")
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return address_of("projects:handover_detail", self.pk)

    @property
    def subject_lines(self):
        return [line.strip() for line in self.subject.split("|") if line.strip()]

    @property
    def year(self):
        """The year that the minutes are numbered in."""
        return self.held_on.year if self.held_on else self.plan.year

    @property
    def minutes_symbol(self):
        """The symbol behind the numbers of its minutes: BB-TTKC."""
        return f"BB-{self.giver.symbol}" if self.giver.symbol else "BB"

    @property
    def held_label(self):
        """The day as lists show it: 20/11/2026, or 12/12 when the year is not known."""
        if self.held_on:
            return short_date(self.held_on)
        month, _dash, day = self.held_month_day.partition("-")
        return f"{day}/{month}" if day else ""

    @property
    def reference_day(self):
        """The day whose names of organisations count; in the plan's year when the year is not told, else today."""
        if self.held_month_day:
            return date(self.plan.year, 12, 31)
        return self.held_on or today()


def _is_real_day(month_day):
    """Whether "02-29" and the like exist in any year."""
    try:
        date(2000, *map(int, month_day.split("-")))
    except ValueError:
        return False
    return True


class HandoverMinutesQuerySet(models.QuerySet):
    def with_contents(self):
        """Everything that changes hands and who signs, in a constant number of queries."""
        amounts = models.Prefetch("amounts", HandoverContractAmount.objects.select_related("source"))
        contracts = HandoverContract.objects.select_related("contract").prefetch_related(amounts)
        items = HandoverItem.objects.select_related("source", "place")
        return self.select_related("receiver", "receiver_facility__unit").prefetch_related(
            "people", "papers", models.Prefetch("items", items), models.Prefetch("contracts", contracts)
        )

    def with_sums(self):
        """Counts and sums of what changes hands, in the query itself; `projects.documents.sums_of` reads them.

        `result_…`, `asset_…` (works, machines) and `contract_…`: `_count`, `_amount` in đồng (None when no amount is
        given), `_at_least` (1 when an amount is told as “trên”); `paper_count`.
        """
        items = HandoverItem.objects.filter(minutes=OuterRef("pk"))
        kinds = {"result": items.filter(kind=ItemKind.RESULT), "asset": items.exclude(kind=ItemKind.RESULT)}
        told = Count("pk", filter=Q(is_at_least=True, amount__isnull=False))
        sums = {
            f"{name}_{what}": _of_minutes(rows, sum_up)
            for name, rows in kinds.items()
            for what, sum_up in (("count", Count("pk")), ("amount", Sum("amount")), ("at_least", told))
        }
        contracts = HandoverContract.objects.filter(minutes=OuterRef("pk"))
        papers = HandoverPaper.objects.filter(minutes=OuterRef("pk"))
        return self.select_related("receiver", "receiver_facility").annotate(
            contract_count=_of_minutes(contracts, Count("pk")),
            contract_amount=_of_minutes(contracts, Sum("amounts__amount")),
            paper_count=_of_minutes(papers, Count("pk")),
            **sums,
        )


def _of_minutes(rows, sum_up):
    return Subquery(rows.order_by().values("minutes").annotate(sum=sum_up).values("sum"))


class HandoverMinutes(CheckedRow):
    """Biên bản bàn giao to one receiver: an organisation or a facility."""

    event = models.ForeignKey(HandoverEvent, models.CASCADE, related_name="minutes", verbose_name="đợt bàn giao")
    position = models.PositiveSmallIntegerField("thứ tự", default=1)
    number = models.PositiveIntegerField("số biên bản", null=True, blank=True)
    receiver = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="cơ quan nhận"
    )
    receiver_facility = models.ForeignKey(
        Facility, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="cơ sở nhận"
    )
    condition = models.TextField("tình trạng khi bàn giao", blank=True)
    finance = models.TextField("tài chính", blank=True)
    giver_duties = models.TextField("trách nhiệm bên giao", blank=True, help_text="Mỗi ý một dòng.")
    receiver_duties = models.TextField("trách nhiệm bên nhận", blank=True, help_text="Mỗi ý một dòng.")
    copies = models.PositiveSmallIntegerField("số bản", default=4)
    copies_each = models.PositiveSmallIntegerField("mỗi bên giữ", default=2)
    version = models.PositiveIntegerField("phiên bản", default=1, editable=False)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+",
        verbose_name="người sửa cuối",
    )  # fmt: skip
    updated_at = models.DateTimeField("sửa cuối lúc", auto_now=True)

    objects = HandoverMinutesQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "biên bản bàn giao"
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="handover_minutes_one_receiver",
                condition=Q(receiver__isnull=False, receiver_facility=None)
                | Q(receiver=None, receiver_facility__isnull=False),
                violation_error_message="Mỗi biên bản có đúng một bên nhận: một cơ quan hoặc một cơ sở.",
            ),
            models.UniqueConstraint(
                fields=["event", "receiver"], condition=Q(receiver__isnull=False),
                name="handover_minutes_receiver_unique",
                violation_error_message="Cơ quan này đã có biên bản trong đợt bàn giao.",
            ),
            models.UniqueConstraint(
                fields=["event", "receiver_facility"], condition=Q(receiver_facility__isnull=False),
                name="handover_minutes_facility_unique",
                violation_error_message="Cơ sở này đã có biên bản trong đợt bàn giao.",
            ),
            models.CheckConstraint(
                name="handover_minutes_copies_sensible",
                condition=Q(copies__gte=1, copies__lte=99, copies_each__gte=1, copies_each__lte=F("copies")),
                violation_error_message="Số bản từ 1 đến 99; mỗi bên giữ ít nhất 1 và không quá số bản.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"Biên bản bàn giao cho {self.receiver_name}"

    @property
    def receiver_name(self):
        return str(self.receiver or self.receiver_facility)


class Side(models.TextChoices):
    GIVER = "giver", "Bên giao"
    RECEIVER = "receiver", "Bên nhận"
    WITNESS = "witness", "Chứng kiến"


class HandoverPerson(CheckedRow):
    """Someone who attends for a side; giver and witnesses belong to the event, receivers to their minutes."""

    event = models.ForeignKey(HandoverEvent, models.CASCADE, related_name="people", verbose_name="đợt bàn giao")
    minutes = models.ForeignKey(
        HandoverMinutes, models.CASCADE, null=True, blank=True, related_name="people", verbose_name="biên bản"
    )
    side = models.CharField("bên", max_length=8, choices=Side)
    salutation = models.CharField("xưng hô", max_length=5, blank=True, choices=[("Ông", "Ông"), ("Bà", "Bà")])
    name = models.CharField("họ và tên", max_length=120)
    title = models.CharField("chức vụ", max_length=160, blank=True)
    body = models.CharField("của cơ quan", max_length=200, blank=True, help_text="Chỉ cần cho người chứng kiến.")
    signs = models.BooleanField("ký biên bản", default=False)
    signing_mode = models.CharField("cách ký", max_length=3, blank=True, choices=SigningMode, default="")
    signing_capacity = models.CharField(
        "thay cho", max_length=120, blank=True, help_text="Chức vụ của người được ký thay, ví dụ “Giám đốc”."
    )

    class Meta:
        verbose_name = verbose_name_plural = "người tham dự bàn giao"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="handover_person_on_the_right_paper",
                condition=Q(side=Side.RECEIVER, minutes__isnull=False) | ~Q(side=Side.RECEIVER) & Q(minutes=None),
                violation_error_message="Người của bên nhận gắn với biên bản; bên giao và chứng kiến gắn với đợt.",
            ),
        ]

    def __str__(self):
        return self.name

    def clean(self):
        if self.signs and self.signing_mode in FOR_ANOTHER and not self.signing_capacity:
            raise ValidationError({"signing_capacity": f"Ghi sau chữ “{self.signing_mode}.”, ví dụ “Giám đốc”."})
        if self.side == Side.WITNESS and not self.body:
            raise ValidationError({"body": "Ghi cơ quan của người chứng kiến."})


class ItemKind(models.TextChoices):
    RESULT = "result", "Kết quả, sản phẩm"
    WORK = "work", "Công trình"
    EQUIPMENT = "equipment", "Tài sản, máy móc, thiết bị"


class HandoverItem(CheckedRow):
    minutes = models.ForeignKey(HandoverMinutes, models.CASCADE, related_name="items", verbose_name="biên bản")
    kind = models.CharField("loại", max_length=10, choices=ItemKind)
    name = models.CharField("nội dung, tài sản", max_length=400)
    specification = models.CharField("ký hiệu, quy cách", max_length=300, blank=True)
    unit_name = models.CharField("đơn vị tính", max_length=30, blank=True)
    quantity = models.DecimalField("số lượng", max_digits=14, decimal_places=2, null=True, blank=True)
    amount = models.PositiveBigIntegerField("giá trị (đồng)", null=True, blank=True)
    is_at_least = models.BooleanField("nguồn ghi “trên”", default=False)
    source = models.ForeignKey(
        FundingSource, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="nguồn vốn"
    )
    place = models.ForeignKey(
        AdministrativeUnit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="địa điểm"
    )
    condition = models.CharField("tình trạng", max_length=200, blank=True)
    note = models.CharField("ghi chú", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "nội dung bàn giao"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="handover_item_quantity_not_negative",
                condition=Q(quantity=None) | Q(quantity__gte=0),
                violation_error_message="Số lượng không thể âm.",
            ),
        ]

    def __str__(self):
        return self.name


class HandoverContract(CheckedRow):
    """A contract whose duties pass to the receiver, with its values by source."""

    minutes = models.ForeignKey(HandoverMinutes, models.CASCADE, related_name="contracts", verbose_name="biên bản")
    beneficiary = models.CharField("đơn vị thụ hưởng", max_length=250)
    number = models.CharField("số hợp đồng", max_length=60)
    signed_on = models.DateField("ngày ký", null=True, blank=True)
    # Of a contract that the portal keeps, what was paid and what is left come from its own figures.
    contract = models.ForeignKey(
        "projects.Contract", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="hợp đồng trên cổng"
    )
    note = models.CharField("ghi chú", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "hợp đồng chuyển giao"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["minutes", "number"], name="handover_contract_number_unique",
                violation_error_message="Hợp đồng này đã có trong biên bản.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.number


class HandoverContractAmount(models.Model):
    contract = models.ForeignKey(HandoverContract, models.CASCADE, related_name="amounts", verbose_name="hợp đồng")
    source = models.ForeignKey(FundingSource, models.PROTECT, related_name="+", verbose_name="nguồn vốn")
    amount = models.PositiveBigIntegerField("giá trị (đồng)")

    class Meta:
        verbose_name = verbose_name_plural = "giá trị hợp đồng theo nguồn"
        ordering = ["source__position"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "source"], name="handover_contract_source_unique"),
        ]

    def __str__(self):
        return f"{self.contract} {self.source}"


class CopyKind(models.TextChoices):
    ORIGINAL = "original", "Bản chính"
    VALID_COPY = "valid_copy", "Bản sao hợp lệ"
    COPY = "copy", "Bản sao"


class HandoverPaper(models.Model):
    minutes = models.ForeignKey(HandoverMinutes, models.CASCADE, related_name="papers", verbose_name="biên bản")
    name = models.CharField("tên hồ sơ, tài liệu", max_length=300)
    number = models.CharField("số, ký hiệu", max_length=80, blank=True)
    dated_on = models.DateField("ngày", null=True, blank=True)
    sheet_count = models.PositiveIntegerField("số tờ", null=True, blank=True)
    copy_kind = models.CharField("bản", max_length=10, choices=CopyKind, default=CopyKind.ORIGINAL)

    class Meta:
        verbose_name = verbose_name_plural = "hồ sơ bàn giao"
        ordering = ["pk"]

    def __str__(self):
        return self.name
