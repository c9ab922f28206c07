"""Signed papers that come back: piles of scanned pages, and the signed copies put together from them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from khuyencong.models.claims import ClaimQuerySet, LongWork
from khuyencong.models.documents import IssuedDocument
from khuyencong.models.files import StoredFile
from khuyencong.models.jobs import JobStatus
from khuyencong.models.organisations import Organisation


class ScanBatchQuerySet(ClaimQuerySet):
    def visible_to(self, user):
        """Piles of the person's own house: what a pile holds, nobody knows before it is read."""
        body = user.organisation
        if body is None:
            return self.none()
        family = [pk for pk in (body.pk, body.parent_id) if pk]
        return self.filter(Q(owner__in=family) | Q(owner__parent__in=family))

    def unfinished(self):
        return self.filter(status__in=(JobStatus.QUEUED, JobStatus.RUNNING))


class ScanBatch(LongWork):
    """One pile of scanned pages as a person dropped it; the worker sends each page to its document."""

    task = "khuyencong.documents.scans.run_scan_batch"

    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="cơ quan quản lý")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người tải lên"
    )
    uploaded_at = models.DateTimeField("tải lên lúc", auto_now_add=True)
    status = models.CharField("trạng thái", max_length=10, choices=JobStatus, default=JobStatus.QUEUED)
    page_count = models.PositiveIntegerField("số trang")
    finished_at = models.DateTimeField("xong lúc", null=True)

    objects = ScanBatchQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "lượt quét"
        ordering = ["-pk"]

    def __str__(self):
        return f"Lượt quét {self.pk}"

    def get_absolute_url(self):
        return reverse("scan_batch", args=[self.pk])

    def give_up(self):
        self.status, self.finished_at = JobStatus.FAILED, timezone.now()

    @property
    def is_over(self):
        return self.status in (JobStatus.DONE, JobStatus.FAILED)


class ScanFile(models.Model):
    """One picture or PDF of a pile, in the order in which it was dropped."""

    batch = models.ForeignKey(ScanBatch, models.CASCADE, related_name="files", verbose_name="lượt quét")
    position = models.PositiveIntegerField("thứ tự")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="tệp")
    page_count = models.PositiveIntegerField("số trang")

    class Meta:
        verbose_name = verbose_name_plural = "tệp của lượt quét"
        ordering = ["batch", "position"]
        constraints = [models.UniqueConstraint(fields=["batch", "position"], name="scan_file_position_unique")]

    def __str__(self):
        return self.file.name


class PageStatus(models.TextChoices):
    MATCHED = "matched", "Đã vào văn bản"
    UNREADABLE = "unreadable", "Không đọc được mã"
    UNNUMBERED = "unnumbered", "Chưa rõ là trang mấy"
    BLANK = "blank", "Trang trắng"
    NOT_OURS = "not_ours", "Mã khác, không phải của cổng"
    UNKNOWN = "unknown", "Không thuộc văn bản ông/bà được xem"
    OTHER_BODY = "other_body", "Văn bản của cơ quan khác"
    CLOSED = "closed", "Văn bản đã thu hồi, thay thế"
    DOUBLED = "doubled", "Trùng trang đã có"
    REPEATED = "repeated", "Đã nhận trước đó"
    DISCARDED = "discarded", "Bỏ qua"


# A person has to look at these: the portal could not tell where they belong.
FOR_A_PERSON = (PageStatus.UNREADABLE, PageStatus.UNNUMBERED, PageStatus.DOUBLED, PageStatus.CLOSED)


class ScanPage(models.Model):
    """One page of a pile and where it went. A page that belongs elsewhere carries no document."""

    batch = models.ForeignKey(ScanBatch, models.CASCADE, related_name="pages", verbose_name="lượt quét")
    file = models.ForeignKey(ScanFile, models.CASCADE, related_name="pages", verbose_name="tệp")
    index = models.PositiveIntegerField("trang trong tệp", help_text="Từ 0.")
    # Of the pixels, so that the same page is known again in another file.
    picture_hash = models.CharField("mã băm của ảnh", max_length=64, blank=True, db_index=True)
    status = models.CharField("kết quả", max_length=10, choices=PageStatus)
    document = models.ForeignKey(
        IssuedDocument, models.PROTECT, null=True, blank=True, related_name="scan_pages", verbose_name="văn bản"
    )
    page_number = models.PositiveIntegerField("trang của văn bản", null=True, blank=True)
    turned_by = models.PositiveSmallIntegerField(
        "xoay (độ)", default=0, choices=[(n, f"{n}°") for n in range(0, 360, 90)]
    )
    repeats = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="giống trang"
    )
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="người xếp"
    )
    placed_at = models.DateTimeField("xếp lúc", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "trang quét"
        ordering = ["file__position", "index"]
        constraints = [
            models.UniqueConstraint(fields=["file", "index"], name="scan_page_once"),
            models.UniqueConstraint(
                fields=["document", "page_number"], condition=Q(status=PageStatus.MATCHED), name="scan_page_one_a_page",
                violation_error_message="Văn bản đã có trang này từ một bản quét khác.",
            ),
            models.CheckConstraint(
                name="scan_page_matched_somewhere",
                condition=~Q(status=PageStatus.MATCHED)
                | Q(document__isnull=False, page_number__isnull=False, page_number__gte=1),
                violation_error_message="Trang đã khớp phải có văn bản và số trang.",
            ),
            models.CheckConstraint(
                name="scan_page_placed_by_someone",
                condition=Q(placed_by=None, placed_at=None) | Q(placed_by__isnull=False, placed_at__isnull=False),
                violation_error_message="Trang xếp tay phải có người xếp và lúc xếp.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"Trang {self.index + 1} của {self.file}"

    @property
    def needs_a_person(self):
        return self.status in FOR_A_PERSON


class CopyOrigin(models.TextChoices):
    SCANNED = "scanned", "Bản quét có chữ ký, dấu"
    SIGNED_HERE = "signed_here", "Bản ký số của cơ quan"
    UPLOADED = "uploaded", "Bản ký số tải lên"


class SignedCopyQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(document__in=IssuedDocument.objects.visible_to(user))


class SignedCopy(models.Model):
    """An issued paper as it was signed. The paper itself stays as it left the portal; earlier copies are kept."""

    document = models.ForeignKey(IssuedDocument, models.PROTECT, related_name="signed_copies", verbose_name="văn bản")
    origin = models.CharField("nguồn", max_length=11, choices=CopyOrigin)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="tệp PDF")
    pages = models.JSONField("các trang", default=list, help_text="Số trang của văn bản, theo thứ tự.")
    missing_pages = models.JSONField("trang còn thiếu", default=list, blank=True)
    # What it was made of, so that making it again from the same makes nothing.
    fingerprint = models.CharField("mã băm của nguồn", max_length=64)
    # What the check of its signatures said, a sentence each: [{tone, text}].
    findings = models.JSONField("kết quả kiểm tra chữ ký số", default=list, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người nhận, ký"
    )
    made_at = models.DateTimeField("lúc", auto_now_add=True)
    is_current = models.BooleanField("bản mới nhất", default=True)

    objects = SignedCopyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "bản đã ký"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "origin"], condition=Q(is_current=True), name="signed_copy_one_current",
                violation_error_message="Văn bản đã có bản này; tải lại trang.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.get_origin_display()}: {self.document}"
