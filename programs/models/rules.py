"""Rules as data: levels of support, advances, papers, deadlines, authorities, each with its clause and its dates.

An administrator edits them; a change of law is a new row from its date, so that old records keep their rule.
"""

from datetime import date

from django.contrib import admin
from django.db import models
from django.db.models import F, Q

from khuyencong.models import AdministrativeUnit, Organisation
from programs.models.catalogues import ActivityContent, Scope


class RuleQuerySet(models.QuerySet):
    def in_force(self, day, owner=None):
        """Rules valid on a date: those of every province, and those of `owner` or the body above it."""
        bodies = [pk for pk in (owner.pk, owner.parent_id) if pk] if owner else []
        return self.valid_on(day).filter(Q(owner=None) | Q(owner__in=bodies))

    def valid_on(self, day):
        """Rules valid on a date, whosever they are; both border days count."""
        return self.filter(Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gte=day))


class Rule(models.Model):
    """What every rule says of itself. Empty `owner`: for every province; else that body's own, which goes before."""

    owner = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="riêng của cơ quan",
        help_text="Trống: áp dụng chung. Quy định riêng của tỉnh được dùng trước quy định chung.",
    )  # fmt: skip
    valid_from = models.DateField("có hiệu lực từ", null=True, blank=True)
    valid_to = models.DateField("hết hiệu lực sau", null=True, blank=True)
    legal_source = models.CharField("căn cứ", max_length=300, blank=True)
    is_verified = models.BooleanField(
        "đã đối chiếu văn bản", default=False, help_text="Chưa đối chiếu thì cổng chỉ nhắc, không từ chối."
    )
    note = models.CharField("ghi chú", max_length=500, blank=True)

    objects = RuleQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_dates_in_order",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_from__lte=F("valid_to")),
                violation_error_message="Ngày bắt đầu hiệu lực phải trước ngày hết hiệu lực.",
            ),
        ]

    def rank(self, owner):
        """To compare rules in force for a body with max(): its own before its parent's, that before everyone's.

        Among equals the latest one counts.
        """
        bodies = [None, owner.parent_id, owner.pk]
        return bodies.index(self.owner_id), self.valid_from or date.min, self.pk


class NormBasis(models.TextChoices):
    FACILITY = "facility", "Mỗi cơ sở thụ hưởng"
    PROJECT = "project", "Cả đề án"
    QUANTITY = "quantity", "Mỗi đơn vị tính (lớp, gian hàng, mô hình…)"


class Norm(Rule):
    """The highest support for a content: min(rate × cost, cap) per unit; an empty cap is “no fixed amount”.

    Amounts in đồng, rate in %. Sources: Thông tư 28/2018/TT-BTC; TTLT 26/2014/TTLT-BTC-BCT before it; levels of a
    province for its own money (TTLT 26/2014, Điều 6 khoản 3).
    """

    content = models.ForeignKey(
        ActivityContent, models.PROTECT, null=True, blank=True, related_name="norms", verbose_name="nội dung",
        help_text="Chọn nội dung của Điều 4 thì áp dụng cho mọi loại hoạt động chưa có mức riêng. "
        "Trống: chỉ nhắc ở nội dung chưa có mức nào.",
    )  # fmt: skip
    scope = models.CharField("nguồn áp dụng", max_length=8, choices=Scope)
    province = models.ForeignKey(
        AdministrativeUnit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="của tỉnh",
        limit_choices_to={"level": "province", "division": "new"},
        help_text="Mức do HĐND, UBND tỉnh quy định; được dùng trước mức chung.",
    )  # fmt: skip
    name = models.CharField("khoản hỗ trợ", max_length=300)
    rate_percent = models.DecimalField("tỷ lệ tối đa (%)", max_digits=5, decimal_places=2, null=True, blank=True)
    rate_of = models.CharField(
        "tỷ lệ tính trên", max_length=120, blank=True,
        help_text="Trống: chi phí của cơ sở hoặc đề án. Tính trên thứ khác (giá thuê gian hàng, lãi suất…) thì cổng "
        "chỉ nhắc, không tính.",
    )  # fmt: skip
    cap_amount = models.PositiveBigIntegerField("mức tối đa (đồng)", null=True, blank=True)
    per_unit = models.CharField("đơn vị của mức", max_length=120, blank=True, help_text="Ví dụ cơ sở, mô hình, lớp.")
    basis = models.CharField("tính theo", max_length=8, choices=NormBasis, default=NormBasis.PROJECT)
    priority_multiplier = models.DecimalField(
        "hệ số ưu tiên", max_digits=4, decimal_places=2, null=True, blank=True,
        help_text="Nhân với mức tối đa khi đề án thuộc địa bàn, ngành nghề ưu tiên.",
    )  # fmt: skip

    class Meta(Rule.Meta):
        verbose_name = verbose_name_plural = "mức hỗ trợ tối đa"
        ordering = ["content__position", "scope", F("valid_from").desc(nulls_last=True), "pk"]
        constraints = [
            *Rule.Meta.constraints,
            models.CheckConstraint(
                name="norm_rate_sensible",
                condition=Q(rate_percent=None) | Q(rate_percent__gt=0, rate_percent__lte=100),
                violation_error_message="Tỷ lệ trong khoảng trên 0 đến 100%.",
            ),
            models.CheckConstraint(
                name="norm_cap_positive",
                condition=Q(cap_amount=None) | Q(cap_amount__gt=0),
                violation_error_message="Mức tối đa phải lớn hơn 0; không có mức cố định thì để trống.",
            ),
            models.CheckConstraint(
                name="norm_multiplier_sensible",
                condition=Q(priority_multiplier=None) | Q(priority_multiplier__gte=1, priority_multiplier__lte=10),
                violation_error_message="Hệ số ưu tiên từ 1 đến 10.",
            ),
        ]

    def __str__(self):
        return self.name


class RuleFigureKey(models.TextChoices):
    DUPLICATE_YEARS = "duplicate_years", "Số năm xét trùng hỗ trợ"
    FOREIGN_FAIRS = "foreign_fairs", "Số lần tham gia hội chợ nước ngoài trong năm của một cơ sở"
    ADVANCE_CAP = "advance_cap", "Trần tạm ứng trước nghiệm thu (%)"
    UPLOAD_MEGABYTES = "upload_megabytes", "Dung lượng tối đa của một tệp (MB)"
    KEY_CONTENTS = "key_contents", "Số nội dung ít nhất của đề án điểm"
    KEY_MONTHS = "key_months", "Số tháng mà đề án điểm phải dài hơn"
    SME_LABOUR = "sme_labour", "Số lao động nhiều nhất của doanh nghiệp nhỏ và vừa"
    SME_CAPITAL_BILLIONS = "sme_capital_billions", "Tổng nguồn vốn nhiều nhất của doanh nghiệp nhỏ và vừa (tỷ đồng)"


class RuleFigure(Rule):
    """A single figure of a rule, e.g. the cap of advances before acceptance (TTLT 26/2014, Điều 8 khoản 2)."""

    key = models.CharField("quy định", max_length=30, choices=RuleFigureKey)
    value = models.PositiveIntegerField("giá trị")

    class Meta(Rule.Meta):
        verbose_name = verbose_name_plural = "con số của quy định"
        ordering = ["key", F("valid_from").desc(nulls_last=True), "pk"]

    def __str__(self):
        return f"{self.get_key_display()}: {self.value}"


class AdvanceEvidence(models.TextChoices):
    CONTRACT = "contract", "Hợp đồng"
    VOLUME = "volume", "Khối lượng hạng mục được hỗ trợ vượt mức"
    VALUE = "value", "Giá trị thực hiện trên tổng vốn đầu tư vượt mức"
    ACCEPTANCE = "acceptance", "Biên bản nghiệm thu"


class AdvanceRule(Rule):
    """How much may be advanced first and on what evidence (Thông tư 36/2013/TT-BCT, Điều 13)."""

    content = models.ForeignKey(
        ActivityContent, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="nội dung",
        help_text="Trống: mọi nội dung không có dòng riêng.",
    )  # fmt: skip
    first_percent = models.DecimalField("tạm ứng lần đầu (%)", max_digits=5, decimal_places=2)
    evidence = models.CharField("điều kiện", max_length=10, choices=AdvanceEvidence, default=AdvanceEvidence.CONTRACT)
    over_percent = models.DecimalField(
        "phải vượt (%)", max_digits=5, decimal_places=2, null=True, blank=True,
        help_text="Khối lượng hoặc giá trị thực hiện phải lớn hơn tỷ lệ này.",
    )  # fmt: skip

    class Meta(Rule.Meta):
        verbose_name = verbose_name_plural = "mức tạm ứng"
        ordering = ["content__position", F("valid_from").desc(nulls_last=True), "pk"]
        constraints = [
            *Rule.Meta.constraints,
            models.CheckConstraint(
                name="advance_rule_percent_sensible",
                condition=Q(first_percent__gt=0, first_percent__lte=100),
                violation_error_message="Tỷ lệ tạm ứng trong khoảng trên 0 đến 100%.",
            ),
            models.CheckConstraint(
                name="advance_rule_measure_given",
                condition=~Q(evidence__in=(AdvanceEvidence.VOLUME, AdvanceEvidence.VALUE))
                | Q(over_percent__gte=0, over_percent__lt=100),
                violation_error_message="Ghi tỷ lệ mà khối lượng hoặc giá trị phải vượt, từ 0 đến dưới 100%.",
            ),
        ]

    def __str__(self):
        return f"{self.content or 'Mọi nội dung'}: {self.first_percent.normalize():f}%"


class PaperStep(models.TextChoices):
    SUBMIT = "submit", "Trình thẩm định"
    CONTRACT = "contract", "Ký hợp đồng"
    ADVANCE = "advance", "Tạm ứng"
    ACCEPTANCE = "acceptance", "Nghiệm thu"
    REMAINING = "remaining", "Thanh toán phần còn lại"
    SETTLEMENT = "settlement", "Quyết toán"
    LIQUIDATION = "liquidation", "Thanh lý hợp đồng"


class CopyNeed(models.TextChoices):
    ORIGINAL = "original", "Bản chính"
    VALID_COPY = "valid_copy", "Bản sao hợp lệ"
    EITHER = "either", "Bản chính hoặc bản sao hợp lệ"


class PaperRecord(models.TextChoices):
    """What the portal itself holds in the place of a paper, so that nothing is typed twice."""

    CONTRACT = "contract", "Hợp đồng của đề án"
    SUPPORT_CONTRACTS = "support_contracts", "Hợp đồng hỗ trợ của mọi cơ sở"
    PROGRESS = "progress", "Báo cáo tiến độ đã được xác nhận"
    ACCEPTANCE = "acceptance", "Biên bản nghiệm thu"
    SETTLEMENT = "settlement", "Bảng quyết toán, bảng kê chứng từ"


class Invoicing(models.TextChoices):
    WITH = "with", "Bên B xuất hóa đơn"
    WITHOUT = "without", "Bên B không xuất hóa đơn"


class PaperRule(Rule):
    """A paper that a step needs (Thông tư 36/2013/TT-BCT, Điều 10, 13-15, 19)."""

    step = models.CharField("bước", max_length=12, choices=PaperStep)
    content = models.ForeignKey(
        ActivityContent, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="nội dung",
        help_text="Trống: mọi nội dung. Chọn nội dung của Điều 4 thì áp dụng cho mọi loại hoạt động của nó.",
    )  # fmt: skip
    scope = models.CharField("nguồn áp dụng", max_length=8, choices=Scope, blank=True)
    name = models.CharField("giấy tờ", max_length=300)
    copy_need = models.CharField("bản", max_length=10, choices=CopyNeed, default=CopyNeed.EITHER)
    is_mandatory = models.BooleanField(
        "bắt buộc", default=True, help_text="Thiếu giấy bắt buộc thì bước này chưa làm được."
    )
    met_by = models.CharField(
        "đã có trong cổng", max_length=20, choices=PaperRecord, blank=True,
        help_text="Hồ sơ trong cổng thay cho giấy này; trống: phải nhập giấy.",
    )  # fmt: skip
    invoicing = models.CharField(
        "chỉ khi", max_length=8, choices=Invoicing, blank=True,
        help_text="Hồ sơ quyết toán khác nhau khi bên B có hay không xuất hóa đơn (Thông tư 36/2013, Điều 19).",
    )  # fmt: skip
    position = models.PositiveSmallIntegerField("thứ tự", default=0)

    class Meta(Rule.Meta):
        verbose_name = verbose_name_plural = "giấy tờ phải có"
        ordering = ["step", "position", "pk"]

    def __str__(self):
        return self.name


class DeadlineKey(models.TextChoices):
    REGISTER_WITH_DEPARTMENT = "register_department", "Đăng ký kế hoạch với Sở"
    REGISTER_WITH_MINISTRY = "register_ministry", "Đăng ký kế hoạch khuyến công quốc gia"
    MONTHLY_REPORT = "monthly_report", "Báo cáo tiến độ tháng"
    CONTRACT_END = "contract_end", "Hết hạn hợp đồng"
    SETTLEMENT = "settlement", "Nộp hồ sơ quyết toán"
    LIQUIDATION = "liquidation", "Thanh lý hợp đồng"
    FOLLOW_UP_FIRST = "follow_up_first", "Theo dõi kết quả lần 1"
    FOLLOW_UP_SECOND = "follow_up_second", "Theo dõi kết quả lần 2"


class DeadlineKind(models.TextChoices):
    YEARLY = "yearly", "Ngày cố định trong năm"
    MONTHLY = "monthly", "Ngày trong mỗi tháng"
    AFTER = "after", "Sau một sự việc"


class DeadlineRule(Rule):
    """When an act is due (Thông tư 36/2013/TT-BCT, Điều 10, 18, 23). The rule valid on the day of the event counts."""

    key = models.CharField("việc", max_length=20, choices=DeadlineKey)
    scope = models.CharField("nguồn áp dụng", max_length=8, choices=Scope, blank=True)
    kind = models.CharField("cách tính", max_length=8, choices=DeadlineKind)
    month = models.PositiveSmallIntegerField("tháng", null=True, blank=True)
    day = models.PositiveSmallIntegerField("ngày", null=True, blank=True)
    year_offset = models.SmallIntegerField(
        "năm so với năm kế hoạch", default=0, help_text="-1: năm trước, 0: trong năm, 1: năm sau."
    )
    days_after = models.PositiveSmallIntegerField("sau (ngày)", null=True, blank=True)
    months_after = models.PositiveSmallIntegerField("sau (tháng)", null=True, blank=True)

    class Meta(Rule.Meta):
        verbose_name = verbose_name_plural = "thời hạn"
        ordering = ["key", F("valid_from").desc(nulls_last=True), "pk"]
        constraints = [
            *Rule.Meta.constraints,
            models.CheckConstraint(
                name="deadline_rule_complete",
                condition=Q(kind=DeadlineKind.YEARLY, month__gte=1, month__lte=12, day__gte=1, day__lte=31)
                | Q(kind=DeadlineKind.MONTHLY, day__gte=1, day__lte=28)
                | Q(kind=DeadlineKind.AFTER, days_after__isnull=False)
                | Q(kind=DeadlineKind.AFTER, months_after__isnull=False),
                violation_error_message=(
                    "Ngày cố định cần ngày và tháng; hằng tháng cần ngày 1-28; sau sự việc cần số ngày hoặc số tháng."
                ),
            ),
        ]

    def __str__(self):
        return self.get_key_display()

    @property
    @admin.display(description="hạn")
    def in_words(self):
        """“ngày 25 hằng tháng”, “ngày 22/01 năm sau”, “sau 6 tháng”, “đúng ngày”."""
        if self.kind == DeadlineKind.MONTHLY:
            return f"ngày {self.day} hằng tháng"
        if self.kind == DeadlineKind.YEARLY:
            years = {-1: "năm trước", 0: "trong năm", 1: "năm sau"}
            return f"ngày {self.day:02d}/{self.month:02d} {years.get(self.year_offset, f'{self.year_offset:+d} năm')}"
        spans = [(self.months_after, "tháng"), (self.days_after, "ngày")]
        words = " ".join(f"{count} {unit}" for count, unit in spans if count)
        return f"sau {words}" if words else "đúng ngày"


class AmendmentKind(models.TextChoices):
    FUNDING_UP = "funding_up", "Tăng tổng mức kinh phí hỗ trợ"
    FUNDING_DOWN = "funding_down", "Không đổi hoặc giảm tổng mức hỗ trợ"
    CONTENT = "content", "Thay đổi nội dung hoạt động"
    EXTEND = "extend", "Gia hạn sang năm sau"
    TIME = "time", "Thay đổi thời gian trong năm"
    PLACE = "place", "Thay đổi địa điểm"
    BENEFICIARY = "beneficiary", "Thay đổi đơn vị thụ hưởng"
    COORDINATOR = "coordinator", "Thay đổi đơn vị phối hợp"
    STOP = "stop", "Ngừng triển khai"


class Authority(models.TextChoices):
    MINISTRY = "ministry", "Bộ Công Thương"
    AGENCY = "agency", "Cục quản lý khuyến công"
    PROVINCE = "province", "Chủ tịch UBND tỉnh"
    DEPARTMENT = "department", "Giám đốc Sở Công Thương"


class AmendmentRule(Rule):
    """Who decides on a change of an approved project (Thông tư 36/2013/TT-BCT, Điều 11)."""

    kind = models.CharField("thay đổi", max_length=12, choices=AmendmentKind)
    scope = models.CharField("nguồn áp dụng", max_length=8, choices=Scope)
    target_mode = models.CharField(
        "cách lập đề án", max_length=8, blank=True,
        choices=[("specific", "Theo đối tượng cụ thể"), ("group", "Lập theo nhóm")],
    )  # fmt: skip
    authority = models.CharField("thẩm quyền", max_length=10, choices=Authority)
    form = models.CharField("hình thức", max_length=200, default="quyết định")

    class Meta(Rule.Meta):
        verbose_name = verbose_name_plural = "thẩm quyền điều chỉnh"
        ordering = ["scope", "kind", "target_mode", F("valid_from").desc(nulls_last=True), "pk"]

    def __str__(self):
        return f"{self.get_kind_display()} ({self.get_scope_display()})"
