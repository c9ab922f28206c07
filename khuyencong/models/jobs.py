"""Work that is too long for a request: done by the background worker, followed on a page, fetched as a file."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from khuyencong.models.claims import ClaimQuerySet, LongWork


class JobStatus(models.TextChoices):
    QUEUED = "queued", "Đang chờ"
    RUNNING = "running", "Đang làm"
    DONE = "done", "Xong"
    FAILED = "failed", "Không xong"


# What the jobs of a kind count; the others write the rows of a list.
COUNTED = {"evaluation_pdf": "bước", "issue_paper": "bước", "project_bundle": "tệp", "plan_bundle": "tệp"}


class JobQuerySet(ClaimQuerySet):
    def visible_to(self, user):
        """A person follows and fetches only what they asked for: the file holds what that person may see."""
        return self.filter(requested_by=user)

    def unfinished(self):
        return self.filter(status__in=(JobStatus.QUEUED, JobStatus.RUNNING))

    def expired(self):
        return self.filter(expires_at__lte=timezone.now())


class Job(LongWork):
    task = models.CharField("hàm làm việc", max_length=120, blank=True, editable=False)
    kind = models.CharField("loại việc", max_length=40)
    title = models.CharField("việc", max_length=200)
    params = models.JSONField("tham số", default=dict)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người yêu cầu"
    )
    status = models.CharField("trạng thái", max_length=10, choices=JobStatus, default=JobStatus.QUEUED)
    created_at = models.DateTimeField("yêu cầu lúc", auto_now_add=True)
    started_at = models.DateTimeField("bắt đầu lúc", null=True)
    finished_at = models.DateTimeField("xong lúc", null=True)
    expires_at = models.DateTimeField("giữ đến", null=True)
    done_count = models.PositiveIntegerField("đã làm", default=0)
    total_count = models.PositiveIntegerField("tổng số", default=0)
    file = models.FileField("tệp", upload_to="jobs/", blank=True)
    filename = models.CharField("tên tệp", max_length=200, blank=True)
    error = models.CharField("lỗi", max_length=300, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "việc nền"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="job_done_has_file",
                condition=~Q(status=JobStatus.DONE) | ~Q(filename="") & Q(expires_at__isnull=False),
                violation_error_message="Việc đã xong phải có tệp và hạn giữ.",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("job", args=[self.pk])

    def give_up(self):
        self.fail("Tiến trình nền dừng nhiều lần khi làm việc này. Báo người quản trị kèm thời điểm này.")

    def fail(self, words):
        """Close it with the reason; whoever calls saves it."""
        self.status, self.finished_at, self.error = JobStatus.FAILED, timezone.now(), words[:300]

    @property
    def noun(self):
        return COUNTED.get(self.kind, "dòng")

    @property
    def is_over(self):
        return self.status in (JobStatus.DONE, JobStatus.FAILED)
