"""The project (đề án) or task (nhiệm vụ): one line of an annual plan."""

from django.conf import settings
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.functional import cached_property

from beneficiaries.models import Industry
from khuyencong.addresses import address_of
from khuyencong.kept import in_provinces
from khuyencong.models import AdministrativeUnit, FoundQuerySet, Organisation, Record, ReturnNote
from khuyencong.text import fold, nfc, sort_key
from khuyencong.units import units_within
from programs.models import ActivityContent, AnnualPlan, FundingSource, ProjectGroup, SourceCategory


class ProjectKind(models.TextChoices):
    PROJECT = "project", "Đề án"
    TASK = "task", "Nhiệm vụ"


class TargetMode(models.TextChoices):
    SPECIFIC = "specific", "Theo đối tượng cụ thể"
    GROUP = "group", "Lập theo nhóm"


class ProjectStatus(models.TextChoices):
    DRAFT = "draft", "Dự thảo"
    SUBMITTED = "submitted", "Chờ thẩm định"
    RETURNED = "returned", "Bị trả lại"
    APPRAISED = "appraised", "Đã thẩm định"
    IN_PLAN = "in_plan", "Trong kế hoạch trình"
    RESERVE = "reserve", "Dự phòng"
    REJECTED = "rejected", "Không phê duyệt"
    APPROVED = "approved", "Đã phê duyệt"
    CONTRACTED = "contracted", "Đã ký hợp đồng"
    IN_PROGRESS = "in_progress", "Đang thực hiện"
    ACCEPTED = "accepted", "Đã nghiệm thu"
    HANDED_OVER = "handed_over", "Đã bàn giao"
    SETTLING = "settling", "Chờ duyệt quyết toán"
    SETTLED = "settled", "Đã quyết toán"
    LIQUIDATED = "liquidated", "Đã thanh lý"
    STOPPED = "stopped", "Đã ngừng"


# The person who drafts may change the file.
EDITABLE_PROJECT = (ProjectStatus.DRAFT, ProjectStatus.RETURNED)
# Holds money of an approved plan.
APPROVED_PROJECT = (
    ProjectStatus.APPROVED, ProjectStatus.CONTRACTED, ProjectStatus.IN_PROGRESS, ProjectStatus.ACCEPTED,
    ProjectStatus.HANDED_OVER, ProjectStatus.SETTLING, ProjectStatus.SETTLED, ProjectStatus.LIQUIDATED,
    ProjectStatus.STOPPED,
)  # fmt: skip
# Work was accepted, whatever came after.
DONE_PROJECT = (
    ProjectStatus.ACCEPTED, ProjectStatus.HANDED_OVER, ProjectStatus.SETTLING, ProjectStatus.SETTLED,
    ProjectStatus.LIQUIDATED,
)  # fmt: skip
APPRAISED_OR_LATER = (
    ProjectStatus.APPRAISED, ProjectStatus.IN_PLAN, ProjectStatus.RESERVE, *APPROVED_PROJECT,
)  # fmt: skip


# Approved where decided, else appraised, else requested.
CURRENT_AMOUNT = Coalesce("approved_amount", "appraised_amount", "requested_amount")


class ProjectQuerySet(FoundQuerySet):
    def editable(self):
        return self.filter(status__in=EDITABLE_PROJECT)

    def approved(self):
        return self.filter(status__in=APPROVED_PROJECT)

    def in_year(self, year):
        return self.filter(plan__year=year)

    def seen_in_year(self, user, year, provinces=None):
        """Of a plan year those that the person sees, found by its plans: a year is a small part of a province.

        Of these provinces alone, where they are given (`khuyencong.kept.in_provinces`).
        """
        plans = in_provinces(AnnualPlan.objects.visible_to(user).in_year(year).order_by(), provinces)
        return self.visible_to(user).filter(plan__in=plans.values("pk"))

    def without_texts(self):
        """Without what no list shows and what makes up most of a row: the long texts of the dossier."""
        return self.defer(*TEXTS_OF_PROJECT)

    def in_place(self, unit):
        """Projects that lie in a unit, old or new, by their own place or by a facility's."""
        places = units_within(unit)
        holders = Project.objects.filter(beneficiaries__facility__unit__in=places).values("pk")
        return self.filter(Q(unit__in=places) | Q(pk__in=holders))

    def with_source(self, category):
        """Projects that hold money of a category of sources."""
        line = Project.funding_lines.rel.related_model
        return self.filter(pk__in=line.objects.filter(source__category=category).values("project"))

    def with_amounts(self):
        """Per source category the amount at the project's own stage, their sum, and the number of facilities.

        Annotates `national_amount`, `local_amount`, `counterpart_amount`, `other_amount`,
        `support_amount` and `total_amount` in đồng: approved where decided, else appraised, else requested.
        """
        lines = self._funding_lines()
        sums = {
            f"{category.value}_amount": Coalesce(Subquery(lines.filter(source__category=category).values("sum")), 0)
            for category in SourceCategory
        }
        beneficiaries = Project.beneficiaries.rel.related_model.objects.filter(project=OuterRef("pk"))
        counted = beneficiaries.order_by().values("project").annotate(count=Count("pk")).values("count")
        return self.annotate(**sums, facility_count=Coalesce(Subquery(counted), 0)).annotate(
            support_amount=F("national_amount") + F("local_amount"),
            total_amount=F("national_amount") + F("local_amount") + F("counterpart_amount") + F("other_amount"),
        )

    @staticmethod
    def _funding_lines():
        line = Project.funding_lines.rel.related_model
        lines = line.objects.filter(project=OuterRef("pk")).order_by().values("project")
        return lines.annotate(sum=Sum(CURRENT_AMOUNT))

    def totals(self, count=None):
        """Count and sums per category of exactly these projects, for the head of a list and of its Excel file.

        Keys as the annotations of `with_amounts`, and `count`, asked for where it is not known already. Three
        queries at the most, whatever the number of rows.
        """
        sums = self._sums_of_all() if not self.query.where else self._sums_by_category()
        totals = {f"{category.value}_amount": sums.get(category.value, 0) for category in SourceCategory}
        totals["count"] = self.count() if count is None else count
        return totals | _support_and_total(totals)

    def _sums_by_category(self):
        line = Project.funding_lines.rel.related_model
        lines = line.objects.filter(project__in=self.order_by().values("pk")).order_by()
        return dict(lines.values_list("source__category").annotate(sum=Sum(CURRENT_AMOUNT)))

    @staticmethod
    def _sums_of_all():
        """Of all projects there are, by the index that holds the amounts: source by source, no project looked up."""
        line = Project.funding_lines.rel.related_model
        by_source = dict(line.objects.order_by().values_list("source").annotate(sum=Sum(CURRENT_AMOUNT)))
        sums = dict.fromkeys(SourceCategory, 0)
        for source, category in FundingSource.objects.values_list("pk", "category"):
            sums[category] += by_source.get(source, 0)
        return sums


class Project(Record):
    """A đề án or nhiệm vụ, with the eight parts of its dossier (Thông tư 36/2013/TT-BCT, Điều 5).

    `owner` and `province` are those of the plan. Money is in funding lines, in đồng; `total_cost`
    is the estimate that the requested lines must add up to.
    """

    concerns_home_alone = True
    plan = models.ForeignKey(AnnualPlan, models.PROTECT, related_name="projects", verbose_name="kế hoạch năm")
    group = models.ForeignKey(
        ProjectGroup, models.PROTECT, null=True, blank=True, related_name="projects", verbose_name="nhóm đề án"
    )
    code = models.CharField("mã", max_length=20, editable=False)
    kind = models.CharField("loại", max_length=8, choices=ProjectKind, default=ProjectKind.PROJECT)
    name = models.CharField("tên", max_length=400)
    content = models.ForeignKey(
        ActivityContent, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="nội dung hoạt động"
    )
    industry = models.ForeignKey(
        Industry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="ngành, nghề"
    )
    target_mode = models.CharField(
        "cách lập", max_length=8, choices=TargetMode, default=TargetMode.SPECIFIC,
        help_text="Lập theo nhóm: chưa cần nêu địa điểm, đơn vị thụ hưởng khi trình (Thông tư 36/2013, Điều 10).",
    )  # fmt: skip
    is_key = models.BooleanField(
        "đề án điểm",
        default=False,
        help_text="Từ 2 nội dung trở lên và kéo dài hơn một năm (Thông tư 36/2013, Điều 2).",
    )
    implementing_unit = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="đơn vị thực hiện"
    )
    is_priority = models.BooleanField(
        "thuộc địa bàn, ngành nghề ưu tiên", default=False,
        help_text="Thông tư 46/2012/TT-BCT, Điều 6; mức hỗ trợ nhân với hệ số ưu tiên nếu có.",
    )  # fmt: skip
    priority_note = models.CharField("căn cứ ưu tiên", max_length=200, blank=True)
    norm_quantity = models.PositiveIntegerField(
        "số đơn vị tính mức hỗ trợ", null=True, blank=True,
        help_text="Số lớp, gian hàng, mô hình… khi mức hỗ trợ tính theo đơn vị đó.",
    )  # fmt: skip
    coordinating_units = models.CharField("đơn vị phối hợp", max_length=400, blank=True)
    investor = models.CharField("chủ đầu tư", max_length=250, blank=True)
    unit = models.ForeignKey(
        AdministrativeUnit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="địa điểm",
        help_text="Xã, phường; để trống khi ở nhiều nơi và đã nêu ở đơn vị thụ hưởng.",
    )  # fmt: skip
    place_note = models.CharField("địa điểm chi tiết", max_length=250, blank=True)
    starts_on = models.DateField("bắt đầu", null=True, blank=True)
    ends_on = models.DateField("hoàn thành", null=True, blank=True)
    total_cost = models.PositiveBigIntegerField("tổng dự toán (đồng)", null=True, blank=True)

    necessity = models.TextField("sự cần thiết và căn cứ", blank=True)
    objective = models.TextField("mục tiêu", blank=True)
    scale = models.TextField("quy mô", blank=True)
    activities = models.TextField("nội dung và tiến độ", blank=True)
    arrangement = models.TextField("tổ chức thực hiện", blank=True)
    economic_effect = models.TextField("hiệu quả kinh tế", blank=True)
    social_effect = models.TextField("hiệu quả xã hội", blank=True)
    environmental_effect = models.TextField("hiệu quả môi trường", blank=True)
    lasting_effect = models.TextField("tính bền vững, nhân rộng", blank=True)

    status = models.CharField(
        "trạng thái", max_length=20, choices=ProjectStatus, default=ProjectStatus.DRAFT, editable=False
    )
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+",
        verbose_name="người trình",
    )  # fmt: skip
    submitted_at = models.DateTimeField("trình lúc", null=True, editable=False)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+",
        verbose_name="người thẩm định",
    )  # fmt: skip
    appraised_at = models.DateTimeField("thẩm định lúc", null=True, editable=False)
    appraisal_opinion = models.TextField("ý kiến thẩm định", blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+",
        verbose_name="người phê duyệt",
    )  # fmt: skip
    approved_at = models.DateTimeField("phê duyệt lúc", null=True, editable=False)
    contract = models.ForeignKey(
        "projects.Contract", models.PROTECT, null=True, editable=False, related_name="projects",
        verbose_name="hợp đồng",
    )  # fmt: skip
    search_key = models.TextField("khóa tìm kiếm", editable=False)
    sort_key = models.CharField("khóa sắp xếp", max_length=450, editable=False)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "đề án, nhiệm vụ"
        ordering = ["-plan__year", "code"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "code"], name="project_code_unique_per_owner"),
            models.CheckConstraint(
                name="project_dates_in_order",
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(starts_on__lte=F("ends_on")),
                violation_error_message="Ngày hoàn thành phải sau ngày bắt đầu.",
            ),
            models.CheckConstraint(
                name="project_approval_follows_status",
                condition=Q(status__in=APPROVED_PROJECT, approved_by__isnull=False, approved_at__isnull=False)
                | ~Q(status__in=APPROVED_PROJECT) & Q(approved_by=None, approved_at=None),
                violation_error_message="Chỉ đề án đã phê duyệt mới có, và phải có, người phê duyệt.",
            ),
            models.CheckConstraint(
                name="project_appraised_by_someone",
                condition=~Q(status__in=APPRAISED_OR_LATER) | Q(reviewer__isnull=False, appraised_at__isnull=False),
                violation_error_message="Đề án phải được thẩm định trước.",
            ),
            models.CheckConstraint(
                name="project_submitted_by_someone",
                condition=Q(status=ProjectStatus.DRAFT) | Q(submitted_by__isnull=False, submitted_at__isnull=False),
                violation_error_message="Đề án đã trình phải có người trình.",
            ),
            models.CheckConstraint(
                name="project_four_eyes_appraisal",
                condition=Q(reviewer=None) | ~Q(reviewer=F("created_by")) & ~Q(reviewer=F("submitted_by")),
                violation_error_message="Người lập hoặc trình đề án không được thẩm định đề án đó.",
            ),
            models.CheckConstraint(
                name="project_four_eyes_approval",
                condition=Q(approved_by=None)
                | ~Q(approved_by=F("created_by")) & ~Q(approved_by=F("submitted_by")),
                violation_error_message="Người lập hoặc trình đề án không được phê duyệt đề án đó.",
            ),
            models.CheckConstraint(
                name="project_total_given_once_submitted",
                # Of a project that was stopped before any money moved nothing is left.
                condition=Q(status__in=EDITABLE_PROJECT)
                | Q(total_cost__gt=0)
                | Q(status=ProjectStatus.STOPPED, total_cost=0),
                violation_error_message="Đề án đã trình phải có tổng dự toán lớn hơn 0.",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["province", "status"], name="project_of_province"),
            # Whoever asks what waits for a person asks by body or writer, and by state.
            models.Index(fields=["owner", "status"], name="project_of_body"),
            models.Index(fields=["created_by", "status"], name="project_of_writer"),
            models.Index(fields=["submitted_by", "status"], name="project_of_submitter"),
            models.Index(fields=["plan", "status"], name="project_of_plan"),
            models.Index(fields=["plan", "kind"], name="project_counted"),
        ]

    def __str__(self):
        return f"{self.code} {self.name}"

    def save(self, *args, **kwargs):
        self.fill_keys()
        super().save(*args, **kwargs)

    def fill_keys(self):
        """What follows from the other fields: whose it is, where, and the keys by which it is found and sorted."""
        self.name = nfc(self.name)
        self.owner_id = self.plan.owner_id
        self.province_id = self.plan.province_id
        place = f"{self.unit.label} {self.unit.related_names}" if self.unit else ""
        self.search_key = fold(f"{self.code} {self.name} {place} {self.place_note} {self.plan.decision_number}")
        self.sort_key = sort_key(self.name)[:450]

    def get_absolute_url(self):
        return address_of("projects:detail", self.pk)

    @cached_property
    def acceptance(self):
        """The minutes in force that accepted the whole project, or None."""
        return next((row for row in self.acceptances.all() if row.is_final and row.voided_at is None), None)

    @property
    def is_editable(self):
        return self.status in EDITABLE_PROJECT

    @property
    def is_approved(self):
        return self.status in APPROVED_PROJECT


TEXTS_OF_PROJECT = tuple(field.name for field in Project._meta.concrete_fields if isinstance(field, models.TextField))


def _support_and_total(amounts):
    """What `with_amounts` adds up, of amounts per category that are read already."""
    support = amounts["national_amount"] + amounts["local_amount"]
    return {
        "support_amount": support,
        "total_amount": support + amounts["counterpart_amount"] + amounts["other_amount"],
    }


def read_amounts(projects: list["Project"]) -> None:
    """Give projects that are read already the amounts of `with_amounts`, by one plain question.

    Quicker for the rows of a page than a subquery for each category.
    """
    line = Project.funding_lines.rel.related_model
    lines = line.objects.filter(project__in=[project.pk for project in projects]).order_by()
    sums = dict.fromkeys(((project.pk, category.value) for project in projects for category in SourceCategory), 0)
    for pk, category, amount in lines.values_list("project", "source__category").annotate(sum=Sum(CURRENT_AMOUNT)):
        sums[pk, category] = amount
    for project in projects:
        for category in SourceCategory:
            setattr(project, f"{category.value}_amount", sums[project.pk, category.value])
        vars(project).update(_support_and_total(vars(project)))


class ProjectReturn(ReturnNote):
    project = models.ForeignKey(Project, models.PROTECT, related_name="returns", verbose_name="đề án")
    # Where the file goes once mended: the level that returned it.
    back_to = models.CharField("sửa xong về bước", max_length=20, choices=ProjectStatus)

    class Meta(ReturnNote.Meta):
        verbose_name = verbose_name_plural = "lần trả lại đề án"

    def __str__(self):
        return f"{self.project}: {self.reason}"
