"""What one person keeps for their own comfort: filters, entries under way, notices, what they want to be told."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from khuyencong.models.organisations import Organisation

FRESH = timedelta(seconds=60)


class Desk(models.Model):
    """One row per person, read together with the account, so that what every page shows costs no question of its own.

    The numbers are those of `counted_at`; `draft_count` and `filter_count` say whether it is worth asking at all.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="desk", verbose_name="của")
    waiting_count = models.PositiveIntegerField("việc đang chờ", default=0)
    late_count = models.PositiveIntegerField("việc quá hạn", default=0)
    unread_count = models.PositiveIntegerField("thông báo chưa đọc", default=0)
    counted_at = models.DateTimeField("đếm lúc", null=True)
    last_entry = models.BigIntegerField("dấu vết đã đọc đến", default=0)
    draft_count = models.PositiveIntegerField("bản nhập dở", default=0)
    filter_count = models.PositiveIntegerField("bộ lọc đã lưu", default=0)
    muted_kinds = models.JSONField("loại tin không nhận qua thư", default=list)
    mailed_on = models.DateField("gửi thư ngày", null=True)
    tour_ended_at = models.DateTimeField("thôi hướng dẫn lúc", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "bàn làm việc"
        ordering = ["pk"]

    def __str__(self):
        return str(self.user)

    @property
    def is_stale(self):
        """The numbers are to be counted anew, beside the page that the person opens."""
        return self.counted_at is None or self.counted_at < timezone.now() - FRESH


class SavedFilter(models.Model):
    """A filter of one list under a name; `query` is the address behind the question mark, with order and columns."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="saved_filters", verbose_name="của")
    kind = models.CharField("danh sách", max_length=40)
    name = models.CharField("tên bộ lọc", max_length=80)
    query = models.TextField("bộ lọc", blank=True, max_length=4000)
    is_default = models.BooleanField("dùng khi mở danh sách", default=False)
    changed_at = models.DateTimeField("sửa lúc", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "bộ lọc đã lưu"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "name"], name="saved_filter_name_unique",
                violation_error_message="Đã có bộ lọc tên này.",
            ),
            models.UniqueConstraint(
                fields=["user", "kind"], condition=Q(is_default=True), name="saved_filter_one_default",
                violation_error_message="Mỗi danh sách có một bộ lọc mặc định.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.name


class EntryDraft(models.Model):
    """What a person has typed into the form at `address` and not sent yet.

    `data`: [[name of the field, text], …] as a browser would post it, without files. `tab` names the window that wrote
    it last. `was_sent`: the person pressed the button, and the session had ended.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="drafts", verbose_name="của")
    address = models.CharField("trang", max_length=300)
    title = models.CharField("tên trang", max_length=200, blank=True)
    data = models.JSONField("đã gõ", default=list)
    tab = models.CharField("cửa sổ", max_length=40, blank=True)
    was_sent = models.BooleanField("đã bấm gửi", default=False)
    saved_at = models.DateTimeField("lưu lúc")

    class Meta:
        verbose_name = verbose_name_plural = "bản đang nhập dở"
        ordering = ["-saved_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "address"], name="entry_draft_one_per_page")]

    def __str__(self):
        return self.title or self.address

    def get_absolute_url(self):
        return reverse("draft", args=[self.pk])


class SentForm(models.Model):
    """A form that was taken, so that the same one sent again writes nothing; kept for a day."""

    key = models.CharField("dấu của lần gửi", max_length=64, unique=True)
    answer = models.CharField("trang trả lời", max_length=500, blank=True)
    at = models.DateTimeField("lúc", auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "lần gửi"
        ordering = ["pk"]

    def __str__(self):
        return self.answer


class NoticeKind(models.TextChoices):
    RETURNED = "returned", "Hồ sơ bị trả lại, không được duyệt"
    APPROVED = "approved", "Hồ sơ được duyệt"
    DEADLINE = "deadline", "Hạn sắp đến"
    JOB = "job", "Việc chạy nền đã xong"


class NoticeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own, of the body one belongs to now: whoever moved leaves its news behind."""
        return self.filter(user=user, organisation=user.organisation_id)

    def unread(self):
        return self.filter(read_at=None)


class Notice(models.Model):
    """Something that happened to the work of a person. `key` says what, so that it is told once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notices", verbose_name="cho")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+", verbose_name="khi thuộc cơ quan"
    )
    kind = models.CharField("loại", max_length=10, choices=NoticeKind)
    key = models.CharField("việc", max_length=100)
    title = models.CharField("tin", max_length=500)
    detail = models.TextField("chi tiết", blank=True)
    url = models.CharField("trang", max_length=300, blank=True)
    at = models.DateTimeField("lúc")
    read_at = models.DateTimeField("đọc lúc", null=True)
    mailed_at = models.DateTimeField("gửi thư lúc", null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "thông báo"
        ordering = ["-at", "-pk"]
        indexes = [models.Index(F("user"), F("at").desc(), F("id").desc(), name="notice_of_person")]
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="notice_told_once")]

    def __str__(self):
        return self.title
