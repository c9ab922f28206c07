"""What leaders judge a period by: evaluation reports, their text parts, figures known only as a sum."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery, Value
from django.urls import reverse
from django.utils import timezone

from khuyencong.dates import short_date, today
from khuyencong.kept import state
from khuyencong.models import AdministrativeUnit, Division, FoundQuerySet, Record, ScopedQuerySet
from khuyencong.models.claims import ClaimQuerySet, LongWork
from khuyencong.text import nfc
from programs.models import AnnualPlan, Indicator, Program, Scope


class Basis(models.TextChoices):
    """Which projects belong to a period."""

    PLAN_YEAR = "plan", "Theo năm kế hoạch"
    EVENT = "event", "Theo ngày diễn ra"


class EvaluationKind(models.TextChoices):
    INTERIM = "interim", "Sơ kết"
    FINAL = "final", "Tổng kết"


class Evaluation(Record):
    """A report on a period of a programme (bố cục phần I-VIII; Nghị định 30/2020/NĐ-CP, Mẫu 1.4).

    Its figures are counted anew each time; issuing freezes them with text and PDF in the register of papers.
    """

    program = models.ForeignKey(Program, models.PROTECT, related_name="evaluations", verbose_name="chương trình")
    counted_with = models.ManyToManyField(
        Program, blank=True, related_name="+", verbose_name="tính cùng chương trình",
        help_text="Đề án của các chương trình này được tính cùng, ví dụ khuyến công quốc gia trên địa bàn tỉnh.",
    )  # fmt: skip
    kind = models.CharField("loại", max_length=7, choices=EvaluationKind, default=EvaluationKind.INTERIM)
    starts_on = models.DateField("từ ngày")
    ends_on = models.DateField("đến ngày")
    basis = models.CharField(
        "tính theo", max_length=5, choices=Basis, default=Basis.PLAN_YEAR,
        help_text="Theo năm kế hoạch: mọi đề án của kế hoạch các năm đó. Theo ngày: việc phê duyệt, nghiệm thu, chi, "
        "quyết toán diễn ra trong thời gian đó.",
    )  # fmt: skip
    until = models.DateField(
        "số liệu đến hết ngày", null=True, blank=True, help_text="Trống: tính đến hôm nay, cho đến khi phát hành."
    )
    division = models.CharField(
        "địa bàn theo", max_length=3, choices=Division, default=Division.NEW,
        help_text="Đơn vị hành chính trước hoặc từ 01/07/2025.",
    )  # fmt: skip
    scope = models.CharField("phạm vi nguồn", max_length=8, choices=Scope, blank=True, help_text="Trống: cả hai.")
    place = models.ForeignKey(
        AdministrativeUnit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="chỉ địa bàn"
    )
    addressee = models.CharField("kính gửi", max_length=300, blank=True)

    objects = FoundQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "báo cáo đánh giá"
        ordering = ["-ends_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="evaluation_dates_in_order",
                condition=Q(ends_on__gte=F("starts_on")),
                violation_error_message="Ngày kết thúc phải sau ngày bắt đầu.",
            ),
            models.CheckConstraint(
                name="evaluation_plan_years_whole",
                condition=~Q(basis=Basis.PLAN_YEAR)
                | Q(starts_on__month=1, starts_on__day=1, ends_on__month=12, ends_on__day=31),
                violation_error_message="Tính theo năm kế hoạch thì lấy trọn năm: từ 01/01 đến 31/12.",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.program}, {self.period}"

    def save(self, *args, **kwargs):
        self.addressee = nfc(self.addressee)
        self.owner_id = self.program.owner_id
        self.province_id = self.program.province_id
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return reverse("evaluation", args=[self.pk])

    @property
    def period(self):
        """“giai đoạn 2016-2018”, “năm 2026”, or the days when it is no whole year."""
        first, last = self.starts_on, self.ends_on
        if (first.month, first.day, last.month, last.day) != (1, 1, 12, 31):
            return f"từ {short_date(first)} đến {short_date(last)}"
        return f"năm {first.year}" if first.year == last.year else f"giai đoạn {first.year}-{last.year}"


# More projects than are counted while a reader waits.
MOST_WHILE_WAITED = 4_000
# Acts come one after the other; a long count is not begun again for each.
PAUSE = timedelta(minutes=5)


class KeptFiguresQuerySet(ClaimQuerySet):
    def large(self):
        """Of reports on programmes with more projects than are counted while a reader waits."""
        along = Evaluation.counted_with.through.objects.filter(evaluation=OuterRef(OuterRef("evaluation")))
        plans = AnnualPlan.objects.filter(
            Q(program=OuterRef("evaluation__program")) | Q(program__in=along.values("program"))
        )
        count = plans.order_by().values(all=Value(1)).annotate(count=Count("projects")).values("count")
        return self.annotate(project_count=Subquery(count)).filter(project_count__gt=MOST_WHILE_WAITED)

    def unfinished(self):
        """Large ones behind the state of the data, not those that were counted a moment ago."""
        rested = Q(tried_at=None) | Q(tried_at__lte=timezone.now() - PAUSE)
        return self.large().exclude(tried=state_today()).filter(rested)


def state_today() -> str:
    """Names the state of the data and the day: figures “to this day” are others tomorrow."""
    return f"{state() or ''} {today():%Y-%m-%d}"


class KeptFigures(LongWork):
    """The tables of a large report as they were counted at a moment, beforehand: readers find them and their time.

    What leaves the portal (paper, workbook, issued data) is counted anew. `tables` is None while nothing was counted.
    """

    task = "reports.evaluation.keeping.keep_figures"

    evaluation = models.OneToOneField(Evaluation, models.CASCADE, related_name="kept", verbose_name="báo cáo")
    tables = models.JSONField("bảng", null=True, help_text="{khóa: bảng}, như dữ liệu đóng băng khi phát hành")
    counted_at = models.DateTimeField("đếm lúc", null=True)
    counted = models.CharField("trạng thái dữ liệu khi đếm", max_length=80, blank=True)
    # Of the last try, which may have been given up.
    tried_at = models.DateTimeField("thử lúc", null=True)
    tried = models.CharField("trạng thái dữ liệu khi thử", max_length=80, blank=True)

    objects = KeptFiguresQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "số liệu đếm sẵn"

    def __str__(self):
        return f"Số liệu đếm sẵn: {self.evaluation}"

    def give_up(self):
        """Until something changes; what was counted before stays, with its time."""
        self.tried, self.tried_at = state_today(), timezone.now()
        self.attempts, self.claimed_until = 0, None


class EvaluationText(models.Model):
    """A text part that someone has written; parts without a row say what the data say, and follow the figures."""

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="texts", verbose_name="báo cáo")
    part = models.CharField("phần", max_length=20)
    text = models.TextField("nội dung", blank=True)
    # What the data said when the text was written, to tell that figures have moved since.
    suggestion = models.TextField("câu gợi ý khi đó", blank=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người viết"
    )
    updated_at = models.DateTimeField("viết lúc", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "phần lời của báo cáo"
        ordering = ["part"]
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "part"], name="evaluation_text_part_unique"),
        ]

    def __str__(self):
        return f"{self.evaluation}: {self.part}"


class PhraseKind(models.TextChoices):
    DIFFICULTY = "difficulty", "Khó khăn, tồn tại"
    TASK = "task", "Nhiệm vụ, giải pháp"


class EvaluationPhrase(models.Model):
    """What reports say again and again, to pick from; an administrator adds to the list."""

    kind = models.CharField("loại", max_length=10, choices=PhraseKind)
    code = models.CharField("mã", max_length=30, unique=True)
    text = models.CharField("câu", max_length=400)
    position = models.PositiveSmallIntegerField("thứ tự", default=0)
    is_offered = models.BooleanField("còn dùng", default=True)
    source = models.CharField("nguồn", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "câu mẫu của báo cáo"
        ordering = ["kind", "position", "pk"]

    def __str__(self):
        return self.text


class EvaluationPick(models.Model):
    """A phrase chosen for a report, with what this period adds to it."""

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="picks", verbose_name="báo cáo")
    phrase = models.ForeignKey(EvaluationPhrase, models.PROTECT, related_name="+", verbose_name="câu mẫu")
    note = models.TextField("nói rõ", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "câu đã chọn"
        ordering = ["phrase__kind", "phrase__position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation", "phrase"], name="evaluation_pick_once",
                violation_error_message="Câu này đã chọn.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return str(self.phrase)


class ManualFigure(Record):
    """A figure known only as a sum, such as one of an article or of a year before the portal; đồng for money.

    It stands beside what is counted, with its source; nothing ever adds the two.
    """

    program = models.ForeignKey(Program, models.PROTECT, related_name="manual_figures", verbose_name="chương trình")
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+", verbose_name="chỉ tiêu")
    starts_on = models.DateField("từ ngày")
    ends_on = models.DateField("đến ngày")
    value = models.DecimalField("số liệu", max_digits=20, decimal_places=2)
    is_at_least = models.BooleanField("“trên” (ít nhất)", default=False)
    note = models.CharField("ghi chú", max_length=500, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "số liệu nhập tổng"
        ordering = ["indicator__position", "starts_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "indicator", "starts_on", "ends_on"], name="manual_figure_unique",
                violation_error_message="Chỉ tiêu này đã có số liệu nhập cho thời gian đó.",
            ),
            models.CheckConstraint(
                name="manual_figure_dates_in_order", condition=Q(ends_on__gte=F("starts_on")),
                violation_error_message="Ngày kết thúc phải sau ngày bắt đầu.",
            ),
            models.CheckConstraint(
                name="manual_figure_not_negative", condition=Q(value__gte=0),
                violation_error_message="Số liệu không thể âm.",
            ),
            models.CheckConstraint(
                name="manual_figure_sourced", condition=~Q(source_note=""),
                violation_error_message="Ghi nguồn của số liệu: văn bản, bài viết, báo cáo nào.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.indicator}: {self.value}"

    def save(self, *args, **kwargs):
        self.owner_id = self.program.owner_id
        self.province_id = self.program.province_id
        super().save(*args, **kwargs)
