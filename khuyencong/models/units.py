"""Administrative units of both divisions: the old one up to 30 June 2025, the new one since."""

from django.db import models
from django.db.models import Case, Q, When

from khuyencong.text import fold, nfc, search_words, sort_key
from khuyencong.unit_names import asks_for_old, spelled_out, unit_search_key


class Division(models.TextChoices):
    OLD = "old", "trước 01/07/2025"
    NEW = "new", "từ 01/07/2025"


class UnitLevel(models.TextChoices):
    PROVINCE = "province", "cấp tỉnh"
    DISTRICT = "district", "cấp huyện"
    COMMUNE = "commune", "cấp xã"


class AdministrativeUnitQuerySet(models.QuerySet):
    def matching(self, text, near=()):
        """Units whose full name or other names have a word for each word of the text, best first.

        Words count from their beginning, in any order, with accents or not, "h." or "huyện". Best is the unit of
        just this full name; then units of just this name, those whose name begins so, and those of which the text
        holds the name beside that of a place around it ("tra cu tra vinh"). Among equals come the very accents that
        were typed, then the units of today (or, with "cũ" typed, of before), then the larger ones. Before all but the
        full name come units of just this name, or a longer one, that lie in the provinces of today in `near` (ids).
        """
        typed = spelled_out(text)
        words = search_words(typed)
        if not words:
            return self.none()
        units = self
        for word in words:
            units = units.filter(search_key__contains=f" {word}")
        by_level = Case(*(When(level=level, then=size) for size, level in enumerate(UnitLevel)))
        by_label = Case(When(label=nfc(text), then=0), default=1)
        nearest = [by_label, *elsewhere(near, typed, words), distance(words), *other_accents(typed)]
        by_age = "-has_ended" if asks_for_old(text) else "has_ended"
        return units.order_by(*nearest, by_age, by_level, "sort_key", "pk")

    def communes(self):
        return self.filter(level=UnitLevel.COMMUNE)

    def provinces(self):
        """The provinces of today (34), which decide who sees what."""
        return self.filter(level=UnitLevel.PROVINCE, division=Division.NEW)


def distance(words):
    """How far a unit's own names are from the words: 0 the same, 1 begins with them, more the fewer it shares."""
    phrase, count = f"; {' '.join(words)}", len(words)
    shorter = []
    for size in range(count - 1, 0, -1):
        head, tail = (f"; {' '.join(part)};" for part in (words[:size], words[-size:]))
        named_so = Q(search_key__contains=head) | Q(search_key__contains=tail)
        shorter.append(When(named_so, then=1 + count - size))
    same, begins = When(search_key__contains=f"{phrase};", then=0), When(search_key__contains=phrase, then=1)
    return Case(same, begins, *shorter, default=1 + count)


def elsewhere(provinces, typed, words):
    """An ordering that puts first the units in these provinces whose name, as typed, begins with the words."""
    if not provinces:
        return []
    name = accented(typed) or " ".join(words)
    return [Case(When(province__in=provinces, search_key__contains=f"; {name}", then=0), default=1)]


def other_accents(typed):
    """An ordering that puts last the units whose name has other accents; none when none were typed."""
    name = accented(typed)
    return [Case(When(search_key__contains=f"; {name}", then=0), default=1)] if name else []


def accented(typed):
    """The name that was typed, without the place behind its comma; "" when it has no accents."""
    name = typed.partition(",")[0].strip()
    return "" if fold(name) == name else name


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
        ordering = ["sort_key", "pk"]
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
        self.search_key = unit_search_key(
            self.name,
            self.label,
            aliases=known_names([self.pk]),
            aliases_above=known_names([self.parent_id, self.parent and self.parent.parent_id]),
        )
        super().save(*args, **kwargs)

    @property
    def is_current(self):
        return self.division == Division.NEW

    @property
    def place(self):
        """The full name without its own part: "huyện Trà Cú, tỉnh Trà Vinh"; "" for a province."""
        return self.label.partition(", ")[2]


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


class AliasRelation(models.TextChoices):
    EARLIER = "earlier", "tên trước"
    ABSORBED = "absorbed", "đã nhập vào"
    LATER = "later", "tên mới"


class UnitAlias(models.Model):
    """Another name that a unit had or has: before June 2025, or after a change of type since."""

    unit = models.ForeignKey(AdministrativeUnit, models.PROTECT, related_name="aliases", verbose_name="đơn vị")
    name = models.CharField("tên khác", max_length=80, help_text="Có từ chỉ loại, ví dụ “Huyện Đất Đỏ”.")
    relation = models.CharField("quan hệ", max_length=8, choices=AliasRelation)
    parent = models.ForeignKey(
        AdministrativeUnit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="khi đó thuộc"
    )  # fmt: skip
    valid_from = models.DateField("từ ngày", null=True, blank=True)
    valid_to = models.DateField("đến ngày", null=True, blank=True)
    act = models.CharField("văn bản", max_length=120, blank=True)
    source = models.CharField("nguồn", max_length=80)
    needs_check = models.BooleanField(
        "cần đối chiếu", default=False,
        help_text="Mới biết qua một nguồn, chưa xem văn bản: nơi nào hiện tên này cũng nói rõ như vậy.",
    )  # fmt: skip
    successors = models.ManyToManyField(
        AdministrativeUnit, blank=True, related_name="+", verbose_name="nay là",
        help_text="Khi đơn vị mang tên này chỉ gồm một phần đất của đơn vị mang tên sau.",
    )  # fmt: skip

    class Meta:
        verbose_name = verbose_name_plural = "tên khác của đơn vị"
        ordering = ["name", "pk"]

    def __str__(self):
        return f"{self.name} ({self.get_relation_display()} của {self.unit})"

    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
        self.unit.save()  # its search key holds this name


def known_names(unit_pks):
    """The other names of the units with these primary keys; None stands for no unit."""
    aliases = UnitAlias.objects.filter(unit__in=[pk for pk in unit_pks if pk is not None])
    return sorted(set(aliases.values_list("name", flat=True)))
