"""Abstract bases of the rows that people enter: who made them, where they belong, which version they are."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from khuyencong.models.checked import CheckedRow
from khuyencong.models.organisations import Organisation
from khuyencong.models.units import AdministrativeUnit
from khuyencong.search_query import matching


class ScopedQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Rows of the person's provinces and of the person's own organisation; the rest does not exist for them."""
        if user.sees_all_provinces:
            return self
        return self.filter(Q(province__in=user.province_ids) | Q(owner=user.organisation_id))


class FoundQuerySet(ScopedQuerySet):
    """Of a kind that can be found (`khuyencong.search_index.register`)."""

    def matching(self, text):
        """Rows that have every word, by its beginning, accents or not; all of them for a text without words."""
        return matching(self, text)


class Record(CheckedRow):
    """A row entered by people, seen by province, guarded against silent overwriting by `version`.

    A class sets `concerns_home_alone` where an act on its rows changes nothing that people of other provinces and
    bodies are shown from what is kept for them (`khuyencong.kept`).
    """

    concerns_home_alone = False

    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="cơ quan quản lý")
    province = models.ForeignKey(
        AdministrativeUnit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="tỉnh, thành phố",
        help_text="Theo địa giới từ 01/07/2025; trống khi trải trên nhiều tỉnh.",
    )  # fmt: skip
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người lập")
    created_at = models.DateTimeField("lập lúc", auto_now_add=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người sửa cuối"
    )
    updated_at = models.DateTimeField("sửa cuối lúc", auto_now=True)
    version = models.PositiveIntegerField("phiên bản", default=1, editable=False)
    source_note = models.CharField(
        "nguồn số liệu", max_length=500, blank=True, help_text="Văn bản hoặc bài viết mà số liệu lấy từ đó."
    )
    is_sample = models.BooleanField("dữ liệu mẫu", default=False, editable=False)

    class Meta:
        abstract = True


class ReturnNote(models.Model):
    """Why a file went back, and what is to be mended; kept for ever, shown first to whoever mends it."""

    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người trả lại"
    )
    returned_at = models.DateTimeField("trả lại lúc", auto_now_add=True)
    level = models.CharField("trả lại từ bước", max_length=20)
    reason = models.TextField("lý do")
    items = models.JSONField("mục cần sửa", default=list, blank=True)
    resolved_at = models.DateTimeField("sửa xong lúc", null=True, blank=True)

    class Meta:
        abstract = True
        ordering = ["-returned_at"]
        constraints = [
            models.CheckConstraint(
                name="%(class)s_reason_given",
                condition=~Q(reason=""),
                violation_error_message="Nêu lý do trả lại.",
            ),
        ]
