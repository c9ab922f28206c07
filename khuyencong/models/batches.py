"""Many papers made in one go: shared by the workers, resumed after a kill, fetched as one PDF and one ZIP."""

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from khuyencong.models.claims import Claimable, ClaimQuerySet, LongWork
from khuyencong.models.documents import IssuedDocument


class BatchQuerySet(ClaimQuerySet):
    def visible_to(self, user):
        """A person follows and fetches only what they asked for: the files hold what that person may see."""
        return self.filter(requested_by=user)

    def unfinished(self):
        return self.filter(finished_at=None)

    def with_counts(self):
        """With item_count, done_count and failed_count of the items."""
        return self.annotate(
            item_count=Count("items"),
            done_count=Count("items", filter=Q(items__status=ItemStatus.DONE)),
            failed_count=Count("items", filter=Q(items__status=ItemStatus.FAILED)),
        )


class Batch(LongWork):
    """A pile of papers that one person asked for: drafts and frozen papers to print, or papers to issue.

    The papers are shared by the workers; the claim on the pile itself is that of whoever puts the files together.
    """

    task = "khuyencong.documents.batches.run_batch"

    title = models.CharField("tên", max_length=200)
    issues = models.BooleanField("phát hành", default=False, help_text="Phát hành văn bản nào chưa phát hành.")
    dated_on = models.DateField("ngày văn bản", null=True, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người yêu cầu"
    )
    created_at = models.DateTimeField("yêu cầu lúc", auto_now_add=True)
    finished_at = models.DateTimeField("xong lúc", null=True)
    expires_at = models.DateTimeField("giữ đến", null=True)
    merged = models.FileField("tệp in", upload_to="batches/", blank=True)
    archive = models.FileField("tệp nén", upload_to="batches/", blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "in hàng loạt"
        ordering = ["-pk"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("batch_detail", args=[self.pk])

    def give_up(self):
        self.finished_at = self.expires_at = timezone.now()

    @property
    def free_in(self):
        """How long until somebody can do something for it: make a paper, or put the files together."""
        waiting = self.items.unfinished()
        return min((item.free_in for item in waiting), default=super().free_in)

    @property
    def is_over(self):
        return self.finished_at is not None

    @property
    def is_expired(self):
        return self.is_over and self.expires_at is not None and self.expires_at <= timezone.now()


class ItemStatus(models.TextChoices):
    WAITING = "waiting", "Đang chờ"
    DONE = "done", "Xong"
    FAILED = "failed", "Không xong"


class BatchItemQuerySet(ClaimQuerySet):
    def unfinished(self):
        return self.filter(status=ItemStatus.WAITING)


class BatchItem(Claimable):
    """One paper of a batch, and what became of it."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="items", verbose_name="lần in")
    position = models.PositiveIntegerField("thứ tự")
    kind = models.CharField("loại văn bản", max_length=40)
    record_id = models.BigIntegerField("số hồ sơ")
    variant = models.CharField("lần, phần", max_length=40, blank=True)
    label = models.CharField("văn bản", max_length=300)
    status = models.CharField("trạng thái", max_length=8, choices=ItemStatus, default=ItemStatus.WAITING)
    error = models.CharField("lỗi", max_length=600, blank=True)
    filename = models.CharField("tên tệp", max_length=200, blank=True)
    # A draft's own file; an issued paper is kept once, with the paper.
    file = models.FileField("tệp", upload_to="batches/", blank=True)
    document = models.ForeignKey(
        IssuedDocument, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="văn bản phát hành"
    )

    objects = BatchItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "văn bản của lần in"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "position"], name="batch_item_position_unique"),
            models.UniqueConstraint(fields=["batch", "kind", "record_id", "variant"], name="batch_item_once"),
            models.CheckConstraint(
                name="batch_item_done_has_file",
                condition=~Q(status=ItemStatus.DONE) | ~Q(filename=""),
                violation_error_message="Văn bản đã xong phải có tệp.",
            ),
        ]

    def __str__(self):
        return self.label

    def give_up(self):
        self.status = ItemStatus.FAILED
        self.error = "Tiến trình nền dừng nhiều lần khi làm văn bản này. Báo người quản trị."
