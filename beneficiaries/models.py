"""Who receives support: rural industrial facilities, and the industrial clusters they stand in."""

from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from khuyencong.addresses import address_of
from khuyencong.alphabet import Alphabetical
from khuyencong.models import AdministrativeUnit, FoundQuerySet, Organisation, Record
from khuyencong.tax_code import clean_tax_code
from khuyencong.text import fold, nfc, sort_key
from khuyencong.unit_names import name_in_sentence


class Industry(models.Model):
    """A trade that may be supported (Nghị định 45/2012/NĐ-CP, Điều 5 khoản 1)."""

    code = models.CharField("mã", max_length=10, unique=True)
    name = models.CharField("tên", max_length=300)
    short_name = models.CharField("tên gọn", max_length=80)
    position = models.PositiveSmallIntegerField("thứ tự", default=0)
    legal_source = models.CharField("căn cứ", max_length=200, blank=True)
    exclusion_note = models.CharField("không hỗ trợ", max_length=300, blank=True)
    valid_from = models.DateField("có hiệu lực từ", null=True, blank=True)
    valid_to = models.DateField("hết hiệu lực sau", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "ngành, nghề"
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(
                name="industry_dates_in_order",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_from__lte=F("valid_to")),
                violation_error_message="Ngày bắt đầu hiệu lực phải trước ngày hết hiệu lực.",
            ),
        ]

    def __str__(self):
        return self.name


class IndustrialCluster(models.Model):
    """A cụm công nghiệp, with who runs its infrastructure."""

    name = models.CharField("tên cụm công nghiệp", max_length=200, unique=True)
    unit = models.ForeignKey(AdministrativeUnit, models.PROTECT, related_name="+", verbose_name="địa bàn")
    operator = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="clusters",
        verbose_name="đơn vị quản lý hạ tầng",
    )  # fmt: skip
    operated_from = models.DateField("quản lý từ", null=True, blank=True)
    source_note = models.CharField("nguồn số liệu", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "cụm công nghiệp"
        ordering = [Alphabetical("name"), "pk"]

    def __str__(self):
        return self.name


class LegalForm(models.TextChoices):
    SME = "sme", "Doanh nghiệp nhỏ và vừa"
    COOPERATIVE = "cooperative", "Hợp tác xã"
    COOPERATIVE_GROUP = "cooperative_group", "Tổ hợp tác"
    HOUSEHOLD = "household_business", "Hộ kinh doanh"
    CLUSTER_INVESTOR = "cluster_investor", "Doanh nghiệp đầu tư hạ tầng cụm công nghiệp"
    ARTISAN = "artisan", "Nghệ nhân"
    OTHER = "other", "Loại hình khác"


# Forms that may trade without a tax code of their own.
MAY_LACK_TAX_CODE = (LegalForm.HOUSEHOLD, LegalForm.COOPERATIVE_GROUP, LegalForm.ARTISAN, LegalForm.OTHER)


class FacilityQuerySet(FoundQuerySet):
    def visible_to(self, user):
        """Without those that were merged into another: their records are found at that one."""
        return super().visible_to(user).filter(merged_into=None)

    def looking_like(self, *, name, unit):
        """Near-duplicates: the same folded name in the same commune, or in one that it came from or went into."""
        same_ground = Q(unit=unit) | Q(unit__successors=unit) | Q(unit__predecessors=unit)
        return self.filter(same_ground, name_key=facility_name_key(name)).distinct()


# Legal-form words that people write, shorten or leave out at will.
FORM_WORDS = (
    "cong ty trach nhiem huu han mot thanh vien", "cong ty trach nhiem huu han", "cong ty tnhh mot thanh vien",
    "cong ty tnhh mtv", "cong ty tnhh", "cty tnhh mtv", "cty tnhh", "cong ty co phan", "cong ty cp", "cty cp", "ctcp",
    "doanh nghiep tu nhan", "dntn", "hop tac xa", "htx", "ho kinh doanh", "hkd", "to hop tac", "tht", "co so san xuat",
    "co so", "cssx", "cong ty", "cty",
)  # fmt: skip


@lru_cache(maxsize=4096)
def facility_name_key(name):
    """The name folded, without its legal-form words, so that “Cty TNHH An Phú” meets “Công ty TNHH An Phú”."""
    key = fold(name).replace("-", " ")
    for words in FORM_WORDS:
        if key.startswith(f"{words} "):
            key = key.removeprefix(f"{words} ")
            break
    return " ".join("".join(letter if letter.isalnum() else " " for letter in key).split())


class Facility(Record):
    """A rural industrial facility (cơ sở công nghiệp nông thôn, Nghị định 45/2012/NĐ-CP, Điều 1 khoản 2)."""

    name = models.CharField("tên cơ sở", max_length=250, help_text="Đúng như giấy đăng ký.")
    short_name = models.CharField("tên viết tắt", max_length=120, blank=True)
    legal_form = models.CharField("hình thức pháp lý", max_length=20, choices=LegalForm)
    tax_code = models.CharField(
        "mã số thuế", max_length=14, null=True, blank=True, unique=True,
        help_text="10, 12 hoặc 13 số. Hộ kinh doanh chưa có thì để trống.",
        error_messages={"unique": "Mã số thuế này đã có ở một cơ sở khác."},
    )  # fmt: skip
    license_number = models.CharField("số giấy đăng ký", max_length=60, blank=True)
    license_on = models.DateField("ngày cấp", null=True, blank=True)
    license_issuer = models.CharField("nơi cấp", max_length=200, blank=True)
    address = models.CharField("số nhà, đường, ấp", max_length=250, blank=True)
    unit = models.ForeignKey(
        AdministrativeUnit, models.PROTECT, related_name="facilities", verbose_name="xã, phường",
        help_text="Gõ tên xã, phường mới hoặc cũ, có dấu hay không đều được.",
    )  # fmt: skip
    cluster = models.ForeignKey(
        IndustrialCluster, models.PROTECT, null=True, blank=True, related_name="facilities",
        verbose_name="cụm công nghiệp",
    )  # fmt: skip
    industry = models.ForeignKey(
        Industry, models.PROTECT, null=True, blank=True, related_name="facilities", verbose_name="ngành, nghề"
    )
    products = models.CharField("sản phẩm chính", max_length=300, blank=True)
    established_year = models.PositiveSmallIntegerField("năm thành lập", null=True, blank=True)
    representative = models.CharField("người đại diện", max_length=120, blank=True)
    representative_position = models.CharField("chức vụ", max_length=120, blank=True)
    phone = models.CharField("điện thoại", max_length=40, blank=True)
    email = models.EmailField("thư điện tử", blank=True)
    labour_count = models.PositiveIntegerField("số lao động", null=True, blank=True)
    capital = models.PositiveBigIntegerField("tổng nguồn vốn (đồng)", null=True, blank=True)
    revenue = models.PositiveBigIntegerField("doanh thu năm gần nhất (đồng)", null=True, blank=True)
    is_cleaner_production = models.BooleanField("áp dụng sản xuất sạch hơn", default=False)
    is_exporter = models.BooleanField("có hợp đồng xuất khẩu hoặc sản xuất hàng xuất khẩu", default=False)
    uses_local_material = models.BooleanField("nguyên liệu trong tỉnh trên 50% giá trị", default=False)
    is_outside_province = models.BooleanField(
        "ngoài tỉnh", default=False, help_text="Cơ sở ngoài tỉnh không tính vào số cơ sở thụ hưởng của tỉnh."
    )
    note = models.TextField("ghi chú", blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="merged", verbose_name="đã gộp vào"
    )
    search_key = models.TextField("khóa tìm kiếm", editable=False)
    name_key = models.CharField("khóa tên", max_length=250, editable=False, db_index=True)
    sort_key = models.CharField("khóa sắp xếp", max_length=300, editable=False)

    objects = FacilityQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "cơ sở công nghiệp nông thôn"
        ordering = ["sort_key", "pk"]
        constraints = [
            models.CheckConstraint(
                name="facility_tax_code_given",
                condition=~Q(tax_code="") & (Q(tax_code__isnull=False) | Q(legal_form__in=MAY_LACK_TAX_CODE)),
                violation_error_message="Doanh nghiệp, hợp tác xã phải có mã số thuế.",
            ),
            models.CheckConstraint(
                name="facility_established_sensible",
                condition=Q(established_year=None) | Q(established_year__gte=1900, established_year__lte=2100),
                violation_error_message="Năm thành lập trong khoảng 1900-2100.",
            ),
        ]
        indexes = [
            models.Index(fields=["province", "sort_key"], name="facility_of_province"),
            models.Index(fields=["sort_key"], name="facility_sorted"),
        ]

    def __str__(self):
        return self.name

    def clean(self):
        if not self.tax_code:
            self.tax_code = None
        else:
            try:
                self.tax_code = clean_tax_code(self.tax_code)
            except ValidationError as refusal:
                raise ValidationError({"tax_code": refusal}) from refusal

    def save(self, *args, **kwargs):
        self.derive()
        super().save(*args, **kwargs)

    def derive(self):
        """Set the columns that follow from others: the province and the keys for searching and sorting."""
        self.name = nfc(self.name)
        self.tax_code = self.tax_code or None
        self.province_id = self.unit.province_id
        self.name_key = facility_name_key(self.name)
        self.sort_key = sort_key(self.name)[:300]
        places = f"{self.unit.label} {self.unit.related_names}"
        words = (self.name, self.short_name, self.tax_code, self.license_number, self.products, places)
        self.search_key = fold(" ".join(word for word in words if word))

    def get_absolute_url(self):
        return address_of("projects:facility_detail", self.pk)

    @property
    def full_address(self):
        """“ấp An Hòa, xã Đồng Khởi, tỉnh Vĩnh Long”, as inside a sentence where something stands before the unit."""
        return f"{self.address}, {name_in_sentence(str(self.unit))}" if self.address else str(self.unit)

    @property
    def traits(self):
        """What is ticked, in words; three of them give priority (Thông tư 46/2012/TT-BCT, Điều 6 khoản 2)."""
        names = ("is_cleaner_production", "is_exporter", "uses_local_material", "is_outside_province")
        return [str(self._meta.get_field(name).verbose_name) for name in names if getattr(self, name)]


class FacilityAlias(models.Model):
    """An earlier tax code or name, or those of a record merged into this one: old supports are found by it."""

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="aliases", verbose_name="cơ sở")
    tax_code = models.CharField("mã số thuế cũ", max_length=14, blank=True, db_index=True)
    name = models.CharField("tên cũ, tên khác", max_length=250, blank=True)
    note = models.CharField("ghi chú", max_length=200, blank=True)
    name_key = models.CharField("khóa tên", max_length=250, editable=False, db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "tên, mã số thuế cũ của cơ sở"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="facility_alias_says_something",
                condition=~Q(tax_code="") | ~Q(name=""),
                violation_error_message="Nhập mã số thuế cũ hoặc tên cũ.",
            ),
            models.UniqueConstraint(
                fields=["facility", "tax_code", "name"], name="facility_alias_unique",
                violation_error_message="Tên, mã số thuế cũ này đã ghi cho cơ sở.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return ", ".join(filter(None, [self.name, self.tax_code]))

    def save(self, *args, **kwargs):
        self.name = nfc(self.name)
        self.name_key = facility_name_key(self.name) if self.name else ""
        super().save(*args, **kwargs)

    def clean(self):
        self.name = nfc(self.name).strip()
        if self.tax_code:
            try:
                self.tax_code = clean_tax_code(self.tax_code)
            except ValidationError as refusal:
                raise ValidationError({"tax_code": refusal}) from refusal


class FacilityMerge(models.Model):
    """One record of a facility that went into another, with what was moved, so that it can be taken back."""

    keeper = models.ForeignKey(Facility, models.PROTECT, related_name="merges", verbose_name="cơ sở giữ lại")
    gone = models.ForeignKey(Facility, models.PROTECT, related_name="mergings", verbose_name="cơ sở gộp vào")
    moved = models.JSONField("đã chuyển", help_text="{bảng.cột: [khóa của các dòng]}")
    alias = models.ForeignKey(FacilityAlias, models.SET_NULL, null=True, related_name="+", verbose_name="tên cũ đã ghi")
    reason = models.CharField("lý do", max_length=300)
    merged_at = models.DateTimeField("gộp lúc", auto_now_add=True)
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người gộp")
    undone_at = models.DateTimeField("hoàn tác lúc", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "lần gộp cơ sở"
        ordering = ["-merged_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["gone"], condition=Q(undone_at=None), name="facility_merged_once"),
        ]

    def __str__(self):
        return f"{self.gone} vào {self.keeper}"


class CertificateLevel(models.TextChoices):
    """Levels of the vote; that of districts has no body since 1 July 2025, communes may hold one of their own."""

    COMMUNE = "commune", "Cấp huyện (trước 01/07/2025), cấp xã"
    PROVINCE = "province", "Cấp tỉnh"
    REGION = "region", "Cấp khu vực"
    NATION = "nation", "Cấp quốc gia"


class ProductGroup(models.TextChoices):
    """The four groups of the vote (Thông tư 26/2014/TT-BCT, Điều 5)."""

    CRAFT = "craft", "Thủ công mỹ nghệ"
    FOOD = "food", "Chế biến nông, lâm, thủy sản và thực phẩm"
    MACHINE = "machine", "Thiết bị, máy móc, dụng cụ, phụ tùng cơ khí"
    OTHER = "other", "Sản phẩm khác"


class CertifiedProductQuerySet(FoundQuerySet):
    def valid_on(self, day):
        return self.filter(valid_until__gte=day)


class CertifiedProduct(Record):
    """A product voted typical of rural industry at one level (sản phẩm công nghiệp nông thôn tiêu biểu).

    A certificate holds until 31 December of the third year, counting the year of issue (Thông tư 26/2014/TT-BCT,
    Điều 17 khoản 3). The same product at two levels has a row for each.
    """

    facility = models.ForeignKey(
        Facility, models.PROTECT, related_name="certified_products", verbose_name="cơ sở có sản phẩm"
    )
    name = models.CharField("tên sản phẩm, bộ sản phẩm", max_length=250)
    is_set = models.BooleanField("là bộ sản phẩm", default=False)
    group = models.CharField("nhóm sản phẩm", max_length=8, choices=ProductGroup)
    level = models.CharField("cấp chứng nhận", max_length=8, choices=CertificateLevel)
    year = models.PositiveSmallIntegerField("năm bình chọn")
    decision_number = models.CharField("số quyết định, giấy chứng nhận", max_length=60, blank=True)
    decision_on = models.DateField("ngày quyết định", null=True, blank=True)
    valid_until = models.DateField("có hiệu lực đến hết ngày")
    note = models.CharField("ghi chú", max_length=300, blank=True)
    search_key = models.CharField("khóa tìm kiếm", max_length=700, editable=False)

    objects = CertifiedProductQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "sản phẩm công nghiệp nông thôn tiêu biểu"
        ordering = ["-year", "facility__sort_key", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "name", "level", "year"], name="certified_product_unique",
                violation_error_message="Sản phẩm này của cơ sở đã ghi ở cấp và năm đó.",
            ),
            models.CheckConstraint(
                name="certified_product_year_sensible", condition=Q(year__gte=1990, year__lte=2100),
                violation_error_message="Năm bình chọn trong khoảng 1990-2100.",
            ),
            models.CheckConstraint(
                name="certified_product_decision_complete",
                condition=Q(decision_number="", decision_on=None)
                | ~Q(decision_number="") & Q(decision_on__isnull=False),
                violation_error_message="Quyết định cần cả số và ngày.",
            ),
            models.CheckConstraint(
                name="certified_product_valid_after_decision",
                condition=Q(decision_on=None) | Q(valid_until__gte=F("decision_on")),
                violation_error_message="Ngày hết hiệu lực phải từ ngày quyết định trở đi.",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["province", "-year"], name="certified_product_of_province")]

    def __str__(self):
        return f"{self.name}, {self.get_level_display().lower()} năm {self.year}"

    def save(self, *args, **kwargs):
        self.name = nfc(self.name)
        self.province_id = self.facility.province_id
        self.search_key = fold(f"{self.name} {self.facility.name} {self.decision_number} {self.facility.unit}")[:700]
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return reverse("beneficiaries:product_edit", args=[self.pk])
