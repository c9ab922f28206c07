"""What a province intends to do, and with what money: programmes, annual plans, budgets."""

from django.conf import settings
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from khuyencong.addresses import address_of
from khuyencong.alphabet import Alphabetical
from khuyencong.models import AdministrativeUnit, FoundQuerySet, Record, ReturnNote
from khuyencong.money import format_vnd, vnd
from khuyencong.templatetags.vietnamese import quantity
from khuyencong.text import fold, nfc
from programs.models.catalogues import ActivityContent, FundingSource, Indicator, Scope


class ProgramQuerySet(FoundQuerySet):
    def covering(self, year):
        """Programmes whose period holds the year."""
        return self.filter(period_start__lte=year, period_end__gte=year)

    def with_plan_count(self):
        plans = AnnualPlan.objects.filter(program=OuterRef("pk")).order_by().values("program")
        return self.annotate(plan_count=Coalesce(Subquery(plans.annotate(count=Count("pk")).values("count")), 0))


class Program(Record):
    """A programme of usually five years (Nghị định 45/2012/NĐ-CP, Điều 2 khoản 1)."""

    name = models.CharField("tên chương trình", max_length=300)
    scope = models.CharField("phạm vi", max_length=8, choices=Scope, default=Scope.LOCAL)
    area = models.ForeignKey(
        AdministrativeUnit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="địa bàn",
        limit_choices_to={"level": "province"},
        help_text="Tỉnh, thành phố theo tên gọi vào thời gian của chương trình; trống khi trên nhiều tỉnh.",
    )  # fmt: skip
    period_start = models.PositiveSmallIntegerField("từ năm")
    period_end = models.PositiveSmallIntegerField("đến năm")
    goal = models.TextField("mục tiêu chung", blank=True)
    decision_number = models.CharField("số quyết định phê duyệt", max_length=60, blank=True)
    decision_on = models.DateField("ngày quyết định", null=True, blank=True)
    decision_issuer = models.CharField("cơ quan phê duyệt", max_length=200, blank=True)
    search_key = models.CharField("khóa tìm kiếm", max_length=700, editable=False)

    objects = ProgramQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "chương trình khuyến công"
        ordering = ["-period_start", Alphabetical("name"), "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"], name="program_name_unique_per_owner",
                violation_error_message="Cơ quan đã có chương trình mang tên này.",
            ),
            models.CheckConstraint(
                name="program_period_in_order",
                condition=Q(period_start__gte=1990, period_end__lte=2100, period_start__lte=F("period_end")),
                violation_error_message="Năm bắt đầu phải trước hoặc bằng năm kết thúc, trong khoảng 1990-2100.",
            ),
            models.CheckConstraint(
                name="program_decision_complete",
                condition=Q(decision_number="", decision_on=None)
                | ~Q(decision_number="") & Q(decision_on__isnull=False),
                violation_error_message="Quyết định cần cả số và ngày.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.name = nfc(self.name)
        self.province = self.area.province if self.area else None
        self.search_key = fold(f"{self.name} {self.decision_number} {self.area or ''}")[:700]
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return address_of("programs:detail", self.pk)

    @property
    def period(self):
        return f"{self.period_start}-{self.period_end}"


class ProgramTarget(models.Model):
    """A figure that the programme sets out to reach; money in đồng."""

    program = models.ForeignKey(Program, models.CASCADE, related_name="targets", verbose_name="chương trình")
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+", verbose_name="chỉ tiêu")
    value = models.DecimalField("mục tiêu", max_digits=20, decimal_places=2)
    source = models.CharField("nguồn", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "mục tiêu của chương trình"
        ordering = ["indicator__position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "indicator"], name="program_target_indicator_unique",
                violation_error_message="Chỉ tiêu này đã có mục tiêu.",
            ),
            models.CheckConstraint(
                name="program_target_not_negative",
                condition=Q(value__gte=0),
                violation_error_message="Mục tiêu không thể âm.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.indicator}: {self.value}"

    @property
    def amount(self):
        """The figure of a money indicator in whole đồng."""
        return int(self.value)

    @property
    def figure(self):
        """As people write it: đồng in groups of three, else with a decimal comma."""
        return format_vnd(self.amount) if self.indicator.is_money else quantity(self.value)


class PlanStatus(models.TextChoices):
    DRAFT = "draft", "Dự thảo"
    SUBMITTED = "submitted", "Chờ phê duyệt"
    RETURNED = "returned", "Bị trả lại"
    APPROVED = "approved", "Đã phê duyệt"
    CLOSED = "closed", "Đã kết thúc"


OPEN_PLAN = (PlanStatus.DRAFT, PlanStatus.RETURNED)
DECIDED_PLAN = (PlanStatus.APPROVED, PlanStatus.CLOSED)


class AnnualPlanQuerySet(FoundQuerySet):
    def open(self):
        """Plans that still take lines."""
        return self.filter(status__in=OPEN_PLAN)

    def in_year(self, year):
        return self.filter(year=year)

    def with_budget_total(self):
        budgets = PlanBudget.objects.filter(plan=OuterRef("pk")).order_by().values("plan")
        return self.annotate(budget_total=Coalesce(Subquery(budgets.annotate(sum=Sum("amount")).values("sum")), 0))


class AnnualPlan(Record):
    """The projects and tasks of one year, approved in one or more rounds (NĐ 45/2012, Điều 2 khoản 2)."""

    concerns_home_alone = True
    program = models.ForeignKey(Program, models.PROTECT, related_name="plans", verbose_name="chương trình")
    year = models.PositiveSmallIntegerField("năm kế hoạch")
    round_no = models.PositiveSmallIntegerField("đợt", default=1)
    name = models.CharField("tên kế hoạch", max_length=300)
    status = models.CharField("trạng thái", max_length=20, choices=PlanStatus, default=PlanStatus.DRAFT, editable=False)
    proposal_number = models.CharField("số tờ trình", max_length=60, blank=True)
    proposal_on = models.DateField("ngày tờ trình", null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+",
        verbose_name="người trình",
    )  # fmt: skip
    submitted_at = models.DateTimeField("trình lúc", null=True, editable=False)
    decision_number = models.CharField("số quyết định", max_length=60, blank=True, editable=False)
    decision_on = models.DateField("ngày ký quyết định", null=True, editable=False)
    decision_issuer = models.CharField("cơ quan ban hành", max_length=200, blank=True, editable=False)
    signer_name = models.CharField("người ký", max_length=120, blank=True, editable=False)
    signer_position = models.CharField("chức vụ người ký", max_length=120, blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+",
        verbose_name="người phê duyệt trên cổng",
    )  # fmt: skip
    approved_at = models.DateTimeField("phê duyệt lúc", null=True, editable=False)
    search_key = models.CharField("khóa tìm kiếm", max_length=700, editable=False)

    objects = AnnualPlanQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "kế hoạch khuyến công năm"
        ordering = ["-year", "round_no", Alphabetical("name"), "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "year", "round_no"], name="annual_plan_round_unique",
                violation_error_message="Chương trình đã có kế hoạch của năm và đợt này.",
            ),
            models.UniqueConstraint(
                fields=["owner", "decision_issuer", "decision_number", "decision_on"], condition=~Q(decision_number=""),
                name="annual_plan_decision_unique",
                violation_error_message="Quyết định này đã dùng cho kế hoạch khác.",
            ),
            models.CheckConstraint(
                name="annual_plan_year_sensible", condition=Q(year__gte=1990, year__lte=2100, round_no__gte=1),
                violation_error_message="Năm kế hoạch trong khoảng 1990-2100; đợt từ 1.",
            ),
            models.CheckConstraint(
                name="annual_plan_decision_follows_status",
                condition=Q(
                    status__in=DECIDED_PLAN, decision_on__isnull=False, approved_by__isnull=False,
                    approved_at__isnull=False,
                ) & ~Q(decision_number="")
                | ~Q(status__in=DECIDED_PLAN)
                & Q(decision_number="", decision_on=None, approved_by=None, approved_at=None),
                violation_error_message="Chỉ kế hoạch đã phê duyệt mới có, và phải có, quyết định.",
            ),
            models.CheckConstraint(
                name="annual_plan_submitted_by_someone",
                condition=Q(status=PlanStatus.DRAFT) | Q(submitted_by__isnull=False, submitted_at__isnull=False),
                violation_error_message="Kế hoạch đã trình phải có người trình.",
            ),
            models.CheckConstraint(
                name="annual_plan_four_eyes",
                condition=Q(approved_by=None)
                | ~Q(approved_by=F("created_by")) & ~Q(approved_by=F("submitted_by")),
                violation_error_message="Người lập hoặc trình kế hoạch không được phê duyệt kế hoạch đó.",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["province", "-year"], name="annual_plan_of_province")]

    def __str__(self):
        return f"{self.name}, đợt {self.round_no}" if self.round_no > 1 else self.name

    def save(self, *args, **kwargs):
        self.name = nfc(self.name)
        self.owner_id = self.program.owner_id
        self.province_id = self.program.province_id
        self.search_key = fold(f"{self.name} {self.year} {self.decision_number} {self.proposal_number}")[:700]
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return address_of("projects:plan_detail", self.pk)

    @property
    def scope(self):
        return self.program.scope

    @property
    def is_open(self):
        return self.status in OPEN_PLAN

    @property
    def is_approved(self):
        return self.status in DECIDED_PLAN

    @property
    def is_past(self):
        """Whether the plan was decided on paper before it came to the portal."""
        return hasattr(self, "past_decision")


class PastDecision(models.Model):
    """The decision on paper that a plan of an earlier time is taken over from, until a director has compared it.

    Whoever brought the plan states it; the plan itself has a decision only once it is approved on the portal.
    """

    plan = models.OneToOneField(AnnualPlan, models.CASCADE, related_name="past_decision", verbose_name="kế hoạch")
    decision_number = models.CharField("số quyết định", max_length=60)
    decision_on = models.DateField("ngày ký quyết định")
    decision_issuer = models.CharField("cơ quan ban hành", max_length=200)
    signer_name = models.CharField("người ký", max_length=120)
    signer_position = models.CharField("chức vụ người ký", max_length=120)

    class Meta:
        verbose_name = verbose_name_plural = "quyết định đã ban hành trước khi dùng cổng"

    def __str__(self):
        return f"{self.plan}: Quyết định {self.decision_number}"

    @property
    def decision(self):
        """As `approve_plan` takes it."""
        names = ("decision_number", "decision_on", "decision_issuer", "signer_name", "signer_position")
        return {name: getattr(self, name) for name in names}


class PlanBudget(models.Model):
    """The envelope of one source in a plan, in đồng."""

    plan = models.ForeignKey(AnnualPlan, models.CASCADE, related_name="budgets", verbose_name="kế hoạch")
    source = models.ForeignKey(FundingSource, models.PROTECT, related_name="+", verbose_name="nguồn kinh phí")
    amount = models.PositiveBigIntegerField("dự toán (đồng)")

    class Meta:
        verbose_name = verbose_name_plural = "dự toán theo nguồn"
        ordering = ["source__position"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "source"], name="plan_budget_source_unique"),
        ]

    def __str__(self):
        return f"{self.source}: {vnd(self.amount)}"


class ProjectGroup(models.Model):
    """A line of the plan that bundles projects (nhóm đề án), e.g. the eleven of Vĩnh Long 2016."""

    plan = models.ForeignKey(AnnualPlan, models.CASCADE, related_name="groups", verbose_name="kế hoạch")
    number = models.PositiveSmallIntegerField("số thứ tự")
    name = models.CharField("tên nhóm đề án", max_length=300)
    content = models.ForeignKey(
        ActivityContent, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="nội dung hoạt động"
    )
    note = models.CharField("ghi chú", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "nhóm đề án"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "number"], name="project_group_number_unique",
                violation_error_message="Kế hoạch đã có nhóm mang số này.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.name


class PlanReturn(ReturnNote):
    plan = models.ForeignKey(AnnualPlan, models.PROTECT, related_name="returns", verbose_name="kế hoạch")

    class Meta(ReturnNote.Meta):
        verbose_name = verbose_name_plural = "lần trả lại kế hoạch"

    def __str__(self):
        return f"{self.plan}: {self.reason}"
