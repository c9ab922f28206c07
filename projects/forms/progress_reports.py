"""Forms of the page “Tiến độ, kiểm tra”: a month's report with its items, an inspection, what was mended."""

from datetime import date

from django import forms

from khuyencong.dates import month_label
from khuyencong.forms import (
    CleanTextMixin,
    ListedField,
    ReasonField,
    UnreadMixin,
    VersionedFormMixin,
    VersionForm,
    VnDateField,
    VnDecimalField,
    VndField,
)
from khuyencong.rows import RowForm, RowFormSet, Table, formset_of
from projects.models import Inspection, ProgressItem, ProgressReport
from projects.services.progress_reports import item_line, reportable_months

MOST_ITEMS = 60
QUANTITY_ERRORS = {
    "min_value": "Số lượng không thể âm.",
    "max_digits": "Số quá lớn: tối đa 12 chữ số trước dấu phẩy.",
    "max_whole_digits": "Số quá lớn: tối đa 12 chữ số trước dấu phẩy.",
    "max_decimal_places": "Tối đa 2 chữ số sau dấu phẩy.",
}


class ProgressReportForm(UnreadMixin, CleanTextMixin, VersionedFormMixin, forms.ModelForm):
    """The head of a report; offers the months of the work that have none yet."""

    month = forms.TypedChoiceField(label="Tháng báo cáo", coerce=date.fromisoformat, empty_value=None)
    volume_percent = VnDecimalField(
        label="Khối lượng hạng mục được hỗ trợ (%)", max_digits=5, decimal_places=2, min_value=0, max_value=100,
        help_text="Lũy kế từ đầu đến hết tháng, từ 0 đến 100.",
        error_messages={
            "min_value": "Từ 0 đến 100.", "max_value": "Từ 0 đến 100.", "max_digits": "Từ 0 đến 100.",
            "max_whole_digits": "Từ 0 đến 100.", "max_decimal_places": "Tối đa 2 chữ số sau dấu phẩy.",
        },
    )  # fmt: skip
    value_done = VndField(
        label="Giá trị đã thực hiện", help_text="Lũy kế, mọi nguồn, kể cả vốn của cơ sở; chưa có thì ghi 0.",
        error_messages={"required": "Nhập số tiền; chưa có thì ghi 0."},
    )  # fmt: skip
    expected_end_on = VnDateField(
        label="Dự kiến hoàn thành", required=False, help_text="Khi nào xong nếu khác hợp đồng. Ví dụ 30/11/2026."
    )

    class Meta:
        model = ProgressReport
        fields = ("month", "volume_percent", "value_done", "expected_end_on", "work_done", "difficulties")
        widgets = {"work_done": forms.Textarea(attrs={"rows": 3}), "difficulties": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "month": "Mỗi tháng một báo cáo cho một đề án.",
            "work_done": "Ví dụ: đã lắp máy, chạy thử hai ca.",
            "difficulties": "Ví dụ: máy nhập về chậm 20 ngày; đề nghị gia hạn.",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        project = self.instance.project
        others = project.progress_reports.exclude(pk=self.instance.pk).values_list("month", flat=True)
        taken = set(others)
        months = [month for month in reversed(reportable_months(project)) if month not in taken]
        if self.instance.month and self.instance.month not in months:
            months.append(self.instance.month)
        self.fields["month"].choices = [(month.isoformat(), month_label(month).capitalize()) for month in months]


class ProgressItemForm(RowForm):
    telling = ("name", "unit_name", "planned_quantity", "done_quantity", "done_amount")
    unlike = ("name",)
    cost_item = ListedField(label="Hạng mục dự toán", required=False, widget=forms.HiddenInput)
    planned_quantity = VnDecimalField(
        label="Kế hoạch", required=False, max_digits=14, decimal_places=2, min_value=0, error_messages=QUANTITY_ERRORS
    )
    done_quantity = VnDecimalField(
        label="Đã làm", required=False, max_digits=14, decimal_places=2, min_value=0, error_messages=QUANTITY_ERRORS
    )
    done_amount = VndField(label="Giá trị", required=False, with_words=False)

    class Meta:
        model = ProgressItem
        fields = ("cost_item", "name", "unit_name", "planned_quantity", "done_quantity", "done_amount")

    def __init__(self, *args, cost_items, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["cost_item"].offer(cost_items)

    def clean_done_quantity(self):
        return self.cleaned_data["done_quantity"] or 0

    def clean_done_amount(self):
        return self.cleaned_data["done_amount"] or 0


class ProgressItemFormSet(RowFormSet):
    noun = "Nội dung"


ITEMS = Table("items", "Khối lượng đã làm", formset_of(ProgressItemForm, ProgressItemFormSet, MOST_ITEMS), item_line)


class ConfirmReportForm(VersionForm):
    """Nothing to fill in: whoever confirms has the figures on the page."""


class WithdrawForm(CleanTextMixin, forms.Form):
    reason = ReasonField(label="Lý do rút xác nhận", help_text="Lưu trong diễn biến của đề án.")


class InspectionForm(CleanTextMixin, VersionedFormMixin, forms.ModelForm):
    visited_on = VnDateField(label="Ngày kiểm tra", help_text="Ví dụ 20/11/2026.")
    demands_due_on = VnDateField(
        label="Khắc phục trước ngày", required=False, help_text="Phải có khi nêu yêu cầu khắc phục."
    )

    class Meta:
        model = Inspection
        fields = ("kind", "visited_on", "number", "members", "findings", "demands", "demands_due_on")
        widgets = {name: forms.Textarea(attrs={"rows": 3}) for name in ("members", "findings", "demands")}
        help_texts = {
            "number": "Ví dụ 05/BB-KT.",
            "findings": "Thấy gì tại chỗ, so với báo cáo. Ví dụ: máy đã lắp, chưa đấu điện.",
            "demands": "Ai làm gì, trước ngày nào; để trống khi không có.",
        }


class ResolveForm(CleanTextMixin, VersionForm):
    resolved_on = VnDateField(
        label="Đã khắc phục ngày", help_text="Ví dụ 30/10/2026.", error_messages={"required": "Nhập ngày đã khắc phục."}
    )
    resolution = forms.CharField(
        label="Kết quả khắc phục", max_length=4000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Đã làm gì, ai xác nhận. Ví dụ: đã lắp hệ thống hút bụi, đoàn kiểm tra lại ngày 30/10.",
        error_messages={"required": "Ghi đã khắc phục ra sao."},
    )  # fmt: skip
