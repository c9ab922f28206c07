"""Spreadsheets that are being taken in: the file, what was read of each line, and what became of it."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from khuyencong.models.claims import ClaimQuerySet, LongWork
from khuyencong.models.organisations import Organisation


class ImportStatus(models.TextChoices):
    UPLOADED = "uploaded", "Chờ chọn cột"
    MAPPED = "mapped", "Đang đọc"
    PREVIEWED = "previewed", "Chờ xác nhận"
    WRITING = "writing", "Đang ghi"
    DONE = "done", "Đã nhập"
    REFUSED = "refused", "Không nhập được"
    EXPIRED = "expired", "Hết hạn giữ"


class ImportMode(models.TextChoices):
    GOOD = "good", "Ghi các dòng được, để lại các dòng có lỗi"
    ALL = "all", "Chỉ ghi khi mọi dòng đều được"


class SheetImportQuerySet(ClaimQuerySet):
    def visible_to(self, user):
        """A person sees only what they brought themselves: the lines hold what that person may see."""
        return self.filter(requested_by=user)

    def unfinished(self):
        """Those that a worker has to go on with."""
        return self.filter(status__in=(ImportStatus.MAPPED, ImportStatus.WRITING))

    def expired(self):
        return self.filter(expires_at__lte=timezone.now()).exclude(status=ImportStatus.EXPIRED)


class SheetImport(LongWork):
    """One file on its way in. Nothing of it counts before the person confirms what the preview shows."""

    task = "khuyencong.imports.work.run_import"

    kind = models.CharField("loại dữ liệu", max_length=40)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người nhập"
    )
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="cơ quan")
    file = models.FileField("tệp", upload_to="imports/%Y/%m/", max_length=200, blank=True)
    name = models.CharField("tên tệp", max_length=200)
    size = models.PositiveBigIntegerField("dung lượng (byte)")
    sha256 = models.CharField("mã băm", max_length=64, db_index=True)
    sheets = models.JSONField("các trang", default=list, help_text="[[tên, số dòng, bị ẩn], …]")
    sheet_name = models.CharField("trang", max_length=200, blank=True)
    layout = models.JSONField("bố cục nhận ra", default=dict, help_text="Cột, mẫu, dòng bỏ qua: để hiện trên trang.")
    mapping = models.JSONField("cột nào là gì", default=dict, help_text="{số thứ tự cột: ô}")
    money_unit = models.PositiveBigIntegerField("đơn vị tiền (đồng)", default=1)
    given = models.JSONField("giá trị chung", default=dict, help_text="Điều mà tệp không ghi, người nhập chọn.")
    totals = models.JSONField("cộng của tệp", default=list, help_text="[[dòng, ô, tên, tệp ghi, cổng cộng], …]")
    status = models.CharField("trạng thái", max_length=10, choices=ImportStatus, default=ImportStatus.UPLOADED)
    mode = models.CharField("cách ghi", max_length=4, choices=ImportMode, blank=True)
    done_count = models.PositiveIntegerField("đã làm", default=0)
    total_count = models.PositiveIntegerField("tổng số", default=0)
    error = models.CharField("lỗi", max_length=600, blank=True)
    created_at = models.DateTimeField("tải lên lúc", auto_now_add=True)
    finished_at = models.DateTimeField("xong lúc", null=True)
    expires_at = models.DateTimeField("giữ đến")

    objects = SheetImportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "lần nhập từ tệp"
        ordering = ["-pk"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("import_detail", args=[self.pk])

    def give_up(self):
        self.status = ImportStatus.REFUSED
        self.error = "Tiến trình nền dừng nhiều lần khi làm việc này. Báo người quản trị kèm thời điểm này."

    @property
    def is_working(self):
        return self.status in (ImportStatus.MAPPED, ImportStatus.WRITING)

    @property
    def is_open(self):
        """Whether the columns may still be chosen anew."""
        return self.status in (ImportStatus.UPLOADED, ImportStatus.PREVIEWED, ImportStatus.REFUSED)


class Verdict(models.TextChoices):
    NEW = "new", "Mới"
    CHANGED = "changed", "Thay đổi"
    UNCHANGED = "unchanged", "Không đổi"
    DOUBTFUL = "doubtful", "Cần chọn"
    REFUSED = "refused", "Có lỗi"
    LEFT_OUT = "left_out", "Bỏ qua"


class Decision(models.TextChoices):
    NONE = "", "Chưa chọn"
    NEW = "new", "Thêm mới"
    SAME = "same", "Là hồ sơ đã có"
    LEAVE = "leave", "Bỏ qua"


class ImportLine(models.Model):
    """One row of data: what was read, what it would do, and, once written, which record it became."""

    sheet_import = models.ForeignKey(SheetImport, models.CASCADE, related_name="lines", verbose_name="lần nhập")
    number = models.PositiveIntegerField("dòng", help_text="Số dòng trong tệp.")
    label = models.CharField("tên", max_length=300, blank=True)
    verdict = models.CharField("kết luận", max_length=9, choices=Verdict)
    values = models.JSONField("giá trị đọc được", default=dict)
    changes = models.JSONField("thay đổi", default=list, help_text="[[tên ô, giá trị cũ, giá trị mới], …]")
    errors = models.JSONField("lỗi", default=list, help_text="[[ô của trang tính, câu], …]")
    candidates = models.JSONField("hồ sơ giống", default=list, help_text="[[số, tên, vì sao], …]")
    decision = models.CharField("lựa chọn", max_length=5, choices=Decision, blank=True, default=Decision.NONE)
    chosen_id = models.BigIntegerField("hồ sơ được chọn", null=True)
    # Of the record as it stood in the preview: written only onto this version.
    matched_id = models.BigIntegerField("hồ sơ khớp", null=True)
    matched_version = models.PositiveIntegerField("phiên bản khớp", null=True)
    record_id = models.BigIntegerField("hồ sơ đã ghi", null=True)
    written_at = models.DateTimeField("ghi lúc", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "dòng nhập từ tệp"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["sheet_import", "number"], name="import_line_number_unique"),
        ]
        indexes = [models.Index(fields=["sheet_import", "verdict", "number"], name="import_line_by_verdict")]

    def __str__(self):
        return f"{self.sheet_import}, dòng {self.number}"


class ColumnMemory(models.Model):
    """Which column an organisation took a heading for, so that it is not asked twice."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+", verbose_name="cơ quan")
    kind = models.CharField("loại dữ liệu", max_length=40)
    heading = models.CharField("tiêu đề (không dấu)", max_length=300)
    field = models.CharField("ô", max_length=60, blank=True, help_text="Trống: cột không lấy.")
    remembered_at = models.DateTimeField("nhớ lúc", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "cột đã nhớ"
        ordering = ["heading"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind", "heading"], name="column_memory_unique"),
        ]

    def __str__(self):
        return f"{self.heading} → {self.field}"
