"""Administrative units of both divisions: the old one up to 30 June 2025, the new one since."""

from django.db import models
from django.db.models import Q

from khuyencong.text import search_words, sort_key


class Division(models.TextChoices):
    OLD = "old", "trước 01/07/2025"
    NEW = "new", "từ 01/07/2025"


class UnitLevel(models.TextChoices):
    PROVINCE = "province", "cấp tỉnh"
    DISTRICT = "district", "cấp huyện (đến 30/06/2025)"
    COMMUNE = "commune", "cấp xã"


class AdministrativeUnitQuerySet(models.QuerySet):
    def matching(self, text):
        """Units whose name, parents or other names hold every word of the text, accents or not."""
        units = self
        for word in search_words(text):
            units = units.filter(search_key__contains=word)
        return units

    def communes(self):
        return self.filter(level=UnitLevel.COMMUNE)

    def provinces(self):
        """The provinces of today (34), which decide who sees what."""
        return self.filter(level=UnitLevel.PROVINCE, division=Division.NEW)


class AdministrativeUnit(models.Model):
    """A province, district or commune of one division.

    Codes are those of the statistics office and collide between the divisions, so the key is
    (division, level, code). A record keeps the unit of its own date; the other division is
    reached through `successors`.
    """

    division = models.CharField("cách chia", max_length=3, choices=Division)
    level = models.CharField("cấp", max_length=8, choices=UnitLevel)
    code = models.CharField("mã", max_length=5)
    name = models.CharField("tên", max_length=80, help_text="Có từ chỉ loại, ví dụ “Xã Mỏ Cày”.")
    short_name = models.CharField("tên gọi", max_length=80)
    kind = models.CharField("loại", max_length=20)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children", verbose_name="thuộc")
    province = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="+", verbose_name="tỉnh ngày nay",
        help_text="Tỉnh, thành phố từ 01/07/2025 chứa đơn vị này.",
    )  # fmt: skip
    valid_from = models.DateField("có từ ngày", null=True)
    valid_to = models.DateField("có đến ngày", null=True)
    has_ended = models.BooleanField(
        "không còn", help_text="Đơn vị cũ có thể không rõ ngày kết thúc; khi đó ô “có đến ngày” để trống."
    )
    label = models.CharField("tên đầy đủ", max_length=200, unique=True)
    search_key = models.TextField("khóa tìm kiếm", editable=False)
    related_names = models.TextField(
        "tên các đơn vị trước, sau", editable=False,
        help_text="Tên đầy đủ của đơn vị đã nhập vào hoặc kế tiếp, để tìm được bằng tên cũ và mới.",
    )  # fmt: skip
    sort_key = models.CharField("khóa sắp xếp", max_length=200, editable=False)
    successors = models.ManyToManyField(
        "self", through="UnitSuccession", symmetrical=False, related_name="predecessors"
    )

    objects = AdministrativeUnitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "đơn vị hành chính"
        ordering = ["sort_key"]
        constraints = [
            models.UniqueConstraint(fields=["division", "level", "code"], name="administrative_unit_code_unique"),
        ]
        indexes = [
            models.Index(fields=["division", "level", "sort_key"], name="administrative_unit_listed"),
        ]

    def __str__(self):
        return self.label

    def save(self, *args, **kwargs):
        self.sort_key = sort_key(self.short_name)
        super().save(*args, **kwargs)

    @property
    def is_current(self):
        return self.division == Division.NEW

    def current_units(self):
        """Units of today on the same ground: itself, or its successors at the lowest level known."""
        if self.is_current:
            return [self]
        return list(self.successors.order_by("sort_key"))


class UnitPart(models.TextChoices):
    WHOLE = "whole", "toàn bộ"
    PARTIAL = "partial", "một phần"
    UNKNOWN = "unknown", "không rõ phần"


class UnitSuccession(models.Model):
    """An old unit went into a new one, whole or in part. No share of area is known: figures cannot be split."""

    predecessor = models.ForeignKey(
        AdministrativeUnit, models.PROTECT, related_name="later_links", verbose_name="đơn vị cũ"
    )
    successor = models.ForeignKey(
        AdministrativeUnit, models.PROTECT, related_name="earlier_links", verbose_name="đơn vị mới"
    )
    part = models.CharField("phần", max_length=7, choices=UnitPart)
    source = models.CharField("nguồn", max_length=80)

    class Meta:
        verbose_name = verbose_name_plural = "kế tiếp đơn vị"
        constraints = [
            models.UniqueConstraint(fields=["predecessor", "successor"], name="unit_succession_unique"),
            models.CheckConstraint(
                name="unit_succession_not_itself",
                condition=~Q(predecessor=models.F("successor")),
                violation_error_message="Một đơn vị không kế tiếp chính nó.",
            ),
        ]

    def __str__(self):
        return f"{self.predecessor} → {self.successor}"


class UnitAlias(models.Model):
    """Another name that a unit had or has: before June 2025, or after a change of type since."""

    unit = models.ForeignKey(AdministrativeUnit, models.PROTECT, related_name="aliases", verbose_name="đơn vị")
    name = models.CharField("tên khác", max_length=80)
    relation = models.CharField(
        "quan hệ",
        max_length=8,
        choices=[("earlier", "tên cũ"), ("absorbed", "đã nhập vào"), ("later", "tên mới")],
    )
    valid_from = models.DateField("từ ngày", null=True)
    act = models.CharField("văn bản", max_length=120, blank=True)
    source = models.CharField("nguồn", max_length=80)

    class Meta:
        verbose_name = verbose_name_plural = "tên khác của đơn vị"
        ordering = ["name"]

    def __str__(self):
        return f"{self.name} ({self.get_relation_display()} của {self.unit})"
