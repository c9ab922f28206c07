"""Printed papers: what stands on them for each body, and the register of those that were issued.

Numbers follow Nghị định 30/2020/NĐ-CP, Điều 15: one series per body and kind of paper, from 01 each year.
"""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce

from khuyencong.addresses import address_of
from khuyencong.alphabet import Alphabetical
from khuyencong.models.files import StoredFile
from khuyencong.models.organisations import Organisation
from khuyencong.models.records import FoundQuerySet
from khuyencong.models.units import AdministrativeUnit


class SigningMode(models.TextChoices):
    """How one signs (Nghị định 30/2020/NĐ-CP, Điều 13)."""

    DIRECT = "", "Ký trực tiếp"
    ON_BEHALF = "TM", "TM. (thay mặt)"
    DEPUTY = "KT", "KT. (ký thay)"
    BY_ORDER = "TL", "TL. (thừa lệnh)"
    BY_DELEGATION = "TUQ", "TUQ. (thừa ủy quyền)"
    ACTING = "Q", "Q. (quyền)"


# Modes that name whom one signs for: "KT. GIÁM ĐỐC", "TM. ỦY BAN NHÂN DÂN".
FOR_ANOTHER = (SigningMode.ON_BEHALF, SigningMode.DEPUTY, SigningMode.BY_ORDER, SigningMode.BY_DELEGATION)


class SettingQuerySet(models.QuerySet):
    def in_force(self, day, organisation):
        """Settings of a body valid on a date; both border days count."""
        return self.filter(
            Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gte=day),
            organisation=organisation,
        )  # fmt: skip

    def latest(self, day, organisation):
        """The one that began last among those in force; None when there is none."""
        found = self.in_force(day, organisation)
        return max(found, key=lambda row: (row.valid_from or date.min, row.pk), default=None)


class PrintSetting(models.Model):
    """What a body prints between two dates; either may be open."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="%(class)ss", verbose_name="cơ quan, tổ chức"
    )
    valid_from = models.DateField("có hiệu lực từ", null=True, blank=True)
    valid_to = models.DateField("hết hiệu lực sau", null=True, blank=True)

    objects = SettingQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_dates_in_order",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_from__lte=F("valid_to")),
                violation_error_message="Ngày bắt đầu hiệu lực phải trước ngày hết hiệu lực.",
            ),
        ]


class Letterhead(PrintSetting):
    """The left half of a head (Nghị định 30/2020/NĐ-CP, Phụ lục I, ô 2, 4); without one, the names of the body."""

    parent_lines = models.CharField(
        "cơ quan chủ quản", max_length=240, blank=True, help_text="Dấu | ngắt dòng; trống thì không in."
    )
    name_lines = models.CharField("cơ quan ban hành", max_length=240, help_text="Dấu | ngắt dòng.")
    place = models.CharField("địa danh", max_length=80, help_text="Ghi trước ngày, tháng, năm, ví dụ Vĩnh Long.")

    class Meta(PrintSetting.Meta):
        verbose_name = verbose_name_plural = "phần đầu văn bản"
        ordering = [Alphabetical("organisation__name"), F("valid_from").desc(nulls_last=True), "-pk"]

    def __str__(self):
        return f"{self.organisation}: {self.name_lines}"


class Signer(PrintSetting):
    """Who signs for a body, and in which capacity (Nghị định 30/2020/NĐ-CP, Điều 13)."""

    kind = models.CharField(
        "loại văn bản", max_length=40, blank=True, help_text="Trống: mọi loại chưa có người ký riêng."
    )
    name = models.CharField("họ và tên", max_length=120, help_text="Không ghi học hàm, học vị.")
    post = models.CharField("chức vụ", max_length=160, help_text="Ví dụ Giám đốc, Phó Giám đốc.")
    mode = models.CharField("hình thức ký", max_length=3, choices=SigningMode, blank=True, default=SigningMode.DIRECT)
    capacity = models.CharField(
        "ký thay, thừa lệnh của", max_length=160, blank=True, help_text="Ví dụ Giám đốc, Ủy ban nhân dân."
    )

    class Meta(PrintSetting.Meta):
        verbose_name = verbose_name_plural = "người ký văn bản"
        ordering = [Alphabetical("organisation__name"), "kind", F("valid_from").desc(nulls_last=True), "-pk"]
        constraints = [
            *PrintSetting.Meta.constraints,
            models.CheckConstraint(
                name="signer_capacity_follows_mode",
                condition=Q(mode__in=FOR_ANOTHER) & ~Q(capacity="") | ~Q(mode__in=FOR_ANOTHER) & Q(capacity=""),
                violation_error_message="Ký TM., KT., TL., TUQ. thì ghi thay cho ai; ký trực tiếp thì bỏ trống.",
            ),
        ]

    def __str__(self):
        return f"{self.name}, {self.post}"


# {(kind, slot): words for people}; filled where kinds of papers are registered, which knows these models.
SLOT_NAMES = {}


class WordingStatus(models.TextChoices):
    DRAFT = "draft", "Bản soạn"
    PUBLISHED = "published", "Đang dùng"


class Wording(models.Model):
    """A free text part of a paper as a body words it, from a date on; `{name}` stands for a figure or name.

    An empty `organisation` is for every body; a body's own goes before its parent's, that before everyone's.
    A published version never changes: a new one follows it.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="wordings", verbose_name="riêng của cơ quan"
    )
    kind = models.CharField("loại văn bản", max_length=40)
    slot = models.CharField("phần", max_length=40)
    text = models.TextField("lời văn", blank=True)
    # From its date on the body has no words of its own again; `text` tells which ones counted then.
    follows_default = models.BooleanField("trở về mặc định", default=False, editable=False)
    valid_from = models.DateField("dùng từ ngày")
    status = models.CharField("trạng thái", max_length=9, choices=WordingStatus, default=WordingStatus.DRAFT)
    version = models.PositiveIntegerField("phiên bản", default=1, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+", verbose_name="người soạn"
    )
    created_at = models.DateTimeField("soạn lúc", auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+",
        verbose_name="người đưa vào dùng",
    )  # fmt: skip
    published_at = models.DateTimeField("đưa vào dùng lúc", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "lời văn của mẫu"
        ordering = ["kind", "slot", "-valid_from", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="wording_published_by_someone",
                condition=Q(status=WordingStatus.PUBLISHED, published_by__isnull=False, published_at__isnull=False)
                | Q(status=WordingStatus.DRAFT, published_by=None, published_at=None),
                violation_error_message="Chỉ lời văn đang dùng mới có, và phải có, người đưa vào dùng.",
            ),
            models.UniqueConstraint(
                fields=["organisation", "kind", "slot"],
                condition=Q(status=WordingStatus.DRAFT),
                name="wording_one_draft",
                violation_error_message="Phần này đang có một bản soạn; mở bản đó để sửa.",
            ),
            models.UniqueConstraint(
                fields=["kind", "slot"],
                condition=Q(status=WordingStatus.DRAFT, organisation=None),
                name="wording_one_common_draft",
                violation_error_message="Phần này đang có một bản soạn; mở bản đó để sửa.",
            ),
        ]

    def __str__(self):
        return f"{SLOT_NAMES.get((self.kind, self.slot), self.kind)}, từ {self.valid_from:%d/%m/%Y}"

    @property
    def is_draft(self):
        return self.status == WordingStatus.DRAFT


class DocumentStatus(models.TextChoices):
    ISSUED = "issued", "Đang hiệu lực"
    SUPERSEDED = "superseded", "Đã thay thế"
    REVOKED = "revoked", "Đã thu hồi"


class IssuedDocumentQuerySet(FoundQuerySet):
    def about(self, record):
        """Papers made of a record, the newest first."""
        return self.filter(subject_type=record._meta.label_lower, subject_id=record.pk)

    def linked_to(self, record):
        """Papers that concern a record: of its project, facility, plan, contract."""
        return self.filter(links__subject_type=record._meta.label_lower, links__subject_id=record.pk)

    def totals(self):
        """Counts of exactly these papers, for the head of a list; one query. Keys `count`, `pages` and the states."""
        states = {state.value: Count("pk", filter=Q(status=state)) for state in DocumentStatus}
        return self.order_by().aggregate(count=Count("pk"), pages=Coalesce(Sum("page_count"), 0), **states)


class IssuedDocument(models.Model):
    """A paper as it left the portal: number, date, frozen PDF and data, SHA-256. Only its state ever changes.

    `code` is what the QR of every page leads to. A superseding version of the same paper points back by `supersedes`.
    """

    concerns_home_alone = True

    kind = models.CharField("loại văn bản", max_length=40)
    kind_label = models.CharField("tên loại văn bản", max_length=160)
    title = models.CharField("trích yếu", max_length=600)
    subject_type = models.CharField("loại hồ sơ", max_length=60)
    subject_id = models.BigIntegerField("số hồ sơ")
    subject_name = models.CharField("hồ sơ", max_length=300)
    # Tells papers of one kind and record apart, such as the second reminder; empty when there is one alone.
    variant = models.CharField("lần, phần", max_length=40, blank=True)
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="cơ quan quản lý hồ sơ")
    province = models.ForeignKey(
        AdministrativeUnit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="tỉnh, thành phố"
    )
    issuer_name = models.CharField("cơ quan ban hành", max_length=250)
    series = models.CharField("dãy số", max_length=120, blank=True, help_text="Cơ quan và ký hiệu; trống: không số.")
    year = models.PositiveSmallIntegerField("năm")
    number = models.PositiveIntegerField("số", null=True, blank=True)
    number_text = models.CharField("số, ký hiệu", max_length=80, blank=True)
    version = models.PositiveSmallIntegerField("bản", default=1)
    dated_on = models.DateField("ngày văn bản", null=True, blank=True)
    signer_name = models.CharField("người ký", max_length=300, blank=True)
    status = models.CharField(
        "trạng thái", max_length=10, choices=DocumentStatus, default=DocumentStatus.ISSUED, editable=False
    )
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by", verbose_name="thay thế"
    )
    code = models.CharField("mã tra cứu", max_length=16, unique=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="tệp PDF")
    sha256 = models.CharField("mã băm của PDF", max_length=64, db_index=True)
    data = models.JSONField("số liệu của văn bản", default=dict)
    page_count = models.PositiveIntegerField("số trang")
    # Further files that belong to the paper, such as an annex of many rows: [{name, file, sha256, pages}].
    attachments = models.JSONField("tệp kèm theo", default=list)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người phát hành"
    )
    issued_at = models.DateTimeField("phát hành lúc", auto_now_add=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+",
        verbose_name="người thu hồi, thay thế",
    )  # fmt: skip
    closed_at = models.DateTimeField("thu hồi, thay thế lúc", null=True, editable=False)
    close_reason = models.TextField("lý do thu hồi, thay thế", blank=True, editable=False)
    is_sample = models.BooleanField("dữ liệu mẫu", default=False, editable=False)
    search_key = models.TextField("khóa tìm kiếm", editable=False)

    objects = IssuedDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "văn bản phát hành"
        ordering = ["-issued_at", "-pk"]
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="issued_document_of_subject"),
            models.Index(fields=["-issued_at", "-id"], name="issued_document_newest"),
            models.Index(fields=["year"], name="issued_document_of_year"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "year", "number_text", "version"], condition=~Q(number_text=""),
                name="issued_document_number_unique",
                violation_error_message="Số này đã có văn bản khác trong năm.",
            ),
            models.UniqueConstraint(
                fields=["kind", "subject_type", "subject_id", "variant"], condition=Q(status=DocumentStatus.ISSUED),
                name="issued_document_one_in_force",
                violation_error_message="Hồ sơ đã có văn bản loại này đang hiệu lực; thu hồi hoặc thay thế bản đó.",
            ),
            models.CheckConstraint(
                name="issued_document_closing_explained",
                condition=Q(status=DocumentStatus.ISSUED, closed_by=None, closed_at=None, close_reason="")
                | ~Q(status=DocumentStatus.ISSUED) & Q(closed_by__isnull=False, closed_at__isnull=False)
                & ~Q(close_reason=""),
                violation_error_message="Thu hồi, thay thế văn bản thì nêu lý do.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.kind_label} {self.number_text}".strip()

    def get_absolute_url(self):
        return address_of("document_detail", self.pk)

    @property
    def told(self):
        """Its kind and title in one line; a title that begins with its kind says it once."""
        return self.title if self.title.startswith(self.kind_label) else f"{self.kind_label}: {self.title}"

    @property
    def is_in_force(self):
        return self.status == DocumentStatus.ISSUED


class DocumentLink(models.Model):
    """What an issued paper concerns, so that it is found by project, facility, plan or contract."""

    document = models.ForeignKey(IssuedDocument, models.CASCADE, related_name="links", verbose_name="văn bản")
    subject_type = models.CharField("loại hồ sơ", max_length=60)
    subject_id = models.BigIntegerField("số hồ sơ")
    subject_name = models.CharField("hồ sơ", max_length=300)

    class Meta:
        verbose_name = verbose_name_plural = "hồ sơ liên quan của văn bản"
        ordering = ["pk"]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="document_link_of_subject")]
        constraints = [
            models.UniqueConstraint(fields=["document", "subject_type", "subject_id"], name="document_link_unique"),
        ]

    def __str__(self):
        return self.subject_name
