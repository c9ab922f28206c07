"""Catalogues that an administrator edits and dates: contents, sources of money, indicators."""

from django.db import models
from django.db.models import F, Q


class Scope(models.TextChoices):
    NATIONAL = "national", "Quốc gia"
    LOCAL = "local", "Địa phương"


class CatalogueQuerySet(models.QuerySet):
    def valid_on(self, day):
        """Entries in force on a date; old records keep the entries of their own time."""
        return self.filter(Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gte=day))


class CatalogueEntry(models.Model):
    code = models.CharField("mã", max_length=30, unique=True)
    name = models.CharField("tên", max_length=300)
    short_name = models.CharField("tên gọn", max_length=80, blank=True)
    position = models.PositiveSmallIntegerField("thứ tự", default=0)
    legal_source = models.CharField("căn cứ", max_length=200, blank=True)
    valid_from = models.DateField("có hiệu lực từ", null=True, blank=True)
    valid_to = models.DateField("hết hiệu lực sau", null=True, blank=True)

    objects = CatalogueQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                name="%(class)s_dates_in_order",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_from__lte=F("valid_to")),
                violation_error_message="Ngày bắt đầu hiệu lực phải trước ngày hết hiệu lực.",
            ),
        ]

    def __str__(self):
        return self.name


class ActivityContent(CatalogueEntry):
    """A content of industry promotion (Nghị định 45/2012/NĐ-CP, Điều 4) or one of its kinds of activity."""

    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="kinds", verbose_name="thuộc nội dung"
    )

    class Meta(CatalogueEntry.Meta):
        verbose_name = verbose_name_plural = "nội dung hoạt động"

    @property
    def heading(self):
        """The content of Điều 4 itself: the parent of a kind of activity."""
        return self.parent or self


class SourceCategory(models.TextChoices):
    NATIONAL = "national", "KCQG"
    LOCAL = "local", "KCĐP"
    COUNTERPART = "counterpart", "Đối ứng"
    OTHER = "other", "Khác"


SUPPORT_CATEGORIES = (SourceCategory.NATIONAL, SourceCategory.LOCAL)


class FundingSource(CatalogueEntry):
    """Where money comes from; lists and sums show one column per category."""

    category = models.CharField("nhóm nguồn", max_length=12, choices=SourceCategory)

    class Meta(CatalogueEntry.Meta):
        verbose_name = verbose_name_plural = "nguồn kinh phí"

    @property
    def is_support(self):
        """Money of the State for industry promotion, which plans hold an envelope for."""
        return self.category in SUPPORT_CATEGORIES


class Indicator(CatalogueEntry):
    """What a programme sets targets for, e.g. projects, counterpart money, facilities; or what a project brings."""

    unit = models.CharField("đơn vị tính", max_length=30)
    is_of_projects = models.BooleanField(
        "ghi ở từng đề án", default=False, help_text="Đề án nêu kế hoạch khi lập, kết quả khi nghiệm thu."
    )
    is_followed = models.BooleanField(
        "theo dõi sau nghiệm thu", default=False, help_text="Cơ sở báo lại sau nghiệm thu, theo thời hạn của quy định."
    )

    class Meta(CatalogueEntry.Meta):
        verbose_name = verbose_name_plural = "chỉ tiêu"

    @property
    def is_money(self):
        return self.unit == "đồng"
