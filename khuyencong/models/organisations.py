"""Bodies that manage, carry out or receive: departments, centres, committees."""

from django.db import models
from django.db.models import F, Q

from khuyencong.alphabet import Alphabetical
from khuyencong.models.units import AdministrativeUnit
from khuyencong.text import fold, nfc


class OrganisationKind(models.TextChoices):
    MINISTRY_DEPT = "ministry_dept", "Cục thuộc Bộ"
    REGIONAL_CENTRE = "regional_centre", "Trung tâm khuyến công vùng"
    PROVINCE_PC = "province_pc", "Ủy ban nhân dân cấp tỉnh"
    PROVINCIAL_DEPT = "provincial_dept", "Sở"
    PROVINCIAL_CENTRE = "provincial_centre", "Trung tâm Khuyến công"
    DISTRICT_PC = "district_pc", "Ủy ban nhân dân cấp huyện (đến 30/06/2025)"
    COMMUNE_PC = "commune_pc", "Ủy ban nhân dân cấp xã"
    SERVICE_ORG = "service_org", "Tổ chức dịch vụ, dự án"


class Organisation(models.Model):
    kind = models.CharField("loại", max_length=20, choices=OrganisationKind)
    name = models.CharField("tên", max_length=200, unique=True)
    short_name = models.CharField("tên viết tắt", max_length=80, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="cơ quan chủ quản"
    )
    areas = models.ManyToManyField(
        AdministrativeUnit, blank=True, related_name="organisations", verbose_name="địa bàn hoạt động",
        limit_choices_to={"level": "province", "division": "new"},
        help_text="Người của cơ quan này xem được hồ sơ của các tỉnh, thành phố ở đây.",
    )  # fmt: skip
    letterhead = models.CharField(
        "tên trên văn bản", max_length=240, blank=True,
        help_text="Tên in ở đầu văn bản; dấu | ngắt dòng. Trống thì dùng tên.",
    )  # fmt: skip
    symbol = models.CharField("ký hiệu văn bản", max_length=20, blank=True, help_text="Ví dụ SCT, TTKC.")
    place = models.CharField("địa danh", max_length=80, blank=True, help_text="Ghi trước ngày tháng của văn bản.")
    address = models.CharField("địa chỉ", max_length=250, blank=True)
    valid_from = models.DateField("hoạt động từ", null=True, blank=True)
    valid_to = models.DateField("hoạt động đến", null=True, blank=True)
    note = models.CharField("ghi chú", max_length=300, blank=True)
    is_sample = models.BooleanField("dữ liệu mẫu", default=False)
    search_key = models.CharField("khóa tìm kiếm", max_length=300, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "cơ quan, tổ chức"
        ordering = [Alphabetical("name"), "pk"]
        constraints = [
            models.CheckConstraint(
                name="organisation_dates_in_order",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_from__lte=F("valid_to")),
                violation_error_message="Ngày bắt đầu phải trước ngày kết thúc.",
            ),
        ]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.name = nfc(self.name)
        self.search_key = fold(f"{self.name} {self.short_name}")
        super().save(*args, **kwargs)

    def name_on(self, day):
        """The official name valid on a date; today's name when no earlier one is kept for it."""
        earlier = self.names.filter(Q(valid_from=None) | Q(valid_from__lte=day), valid_to__gte=day).first()
        return earlier.name if earlier else self.name

    @property
    def letterhead_lines(self):
        return [line.strip() for line in (self.letterhead or self.name).split("|")]

    @property
    def sees_all_provinces(self):
        return self.kind == OrganisationKind.MINISTRY_DEPT

    @property
    def spans_provinces(self):
        """Works across provinces: reads their records, changes only its own."""
        return self.kind in (OrganisationKind.MINISTRY_DEPT, OrganisationKind.REGIONAL_CENTRE)


class OrganisationName(models.Model):
    """A former name with its dates, so that old documents keep it."""

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="names", verbose_name="cơ quan, tổ chức"
    )
    name = models.CharField("tên", max_length=200)
    valid_from = models.DateField("từ ngày", null=True, blank=True)
    valid_to = models.DateField("đến ngày")

    class Meta:
        verbose_name = verbose_name_plural = "tên cũ"
        ordering = ["-valid_to"]

    def __str__(self):
        return self.name
