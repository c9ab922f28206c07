"""Forms of vouchers and of money carried over."""

from django import forms

from khuyencong.dates import today
from khuyencong.forms import CleanTextMixin, ReasonField, VnDateField, VndField
from khuyencong.money import format_vnd
from khuyencong.templatetags.vietnamese import quantity
from programs.models import FundingSource
from projects.forms.rows import source_name
from projects.models import DisbursementKind


class SourceField(forms.ModelChoiceField):
    def label_from_instance(self, source):
        return source_name(source)


class ReportField(forms.ModelChoiceField):
    """Confirmed progress reports, with what they say."""

    def label_from_instance(self, report):
        volume, value = quantity(report.volume_percent), format_vnd(report.value_done)
        return f"{report}: khối lượng {volume}%, giá trị {value} đồng"


class PaymentForm(CleanTextMixin, forms.Form):
    """One voucher; the names of its fields are those of `services.pay`."""

    source = SourceField(label="Nguồn kinh phí", queryset=FundingSource.objects.none(), empty_label=None)
    paid_on = VnDateField(
        label="Ngày chứng từ",
        help_text="Ngày Kho bạc, ngân hàng ghi. Ví dụ 15/02/2026.",
        error_messages={"required": "Nhập ngày chứng từ."},
    )
    progress_report = ReportField(
        label="Theo báo cáo tiến độ", queryset=None, required=False, empty_label="Cổng lấy báo cáo gần nhất khi cần",
        help_text="Chỉ báo cáo đã được Sở xác nhận.",
    )  # fmt: skip
    amount = VndField(
        label="Số tiền", min_value=1, help_text="Ví dụ 210tr, 1,5 tỷ hoặc 210.000.000.",
        error_messages={"required": "Nhập số tiền."},
    )  # fmt: skip
    voucher_number = forms.CharField(
        label="Số chứng từ", max_length=60, help_text="Ủy nhiệm chi, giấy rút dự toán, phiếu thu.",
        error_messages={"required": "Nhập số chứng từ."},
    )  # fmt: skip
    budget_year = forms.TypedChoiceField(label="Năm ngân sách", coerce=int, required=False, empty_value=None)
    note = forms.CharField(label="Ghi chú", max_length=300, required=False)
    source_note = forms.CharField(
        label="Nguồn số liệu", max_length=500, required=False, help_text="Văn bản mà số liệu lấy từ đó, nếu có."
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, project, kind, lines, years, entry=None, initial=None):
        initial = {"paid_on": today(), "source": lines[0].source_id if lines else None} | (initial or {})
        if entry:
            initial = {name: getattr(entry, name) for name in self.declared_fields}
            initial |= {"source": entry.source_id, "progress_report": entry.progress_report_id}
        super().__init__(data, initial=initial)
        self.fields["source"].queryset = FundingSource.objects.filter(pk__in=[line.source_id for line in lines])
        if entry or len(lines) == 1:
            self.fields["source"].widget = forms.HiddenInput()
        if kind == DisbursementKind.ADVANCE:
            self.fields["progress_report"].queryset = project.progress_reports.exclude(confirmed_at=None)
        else:
            del self.fields["progress_report"]
        if len(years) > 1:
            self.fields["budget_year"].choices = [("", "Theo ngày chứng từ"), *((year, str(year)) for year in years)]
        else:
            del self.fields["budget_year"]

    @property
    def given(self):
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    @property
    def changed(self):
        """What `services.change_payment` takes; a year left to the date stays as it was."""
        given = {name: value for name, value in self.given.items() if name != "source"}
        return {name: value for name, value in given.items() if name != "budget_year" or value}


class VoidForm(forms.Form):
    reason = ReasonField(label="Lý do bỏ chứng từ", max_length=300)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class DropForm(forms.Form):
    reason = ReasonField(label="Lý do bỏ chuyển nguồn", max_length=300)


class CarryOverForm(CleanTextMixin, forms.Form):
    """For one source of one project; the names of its fields are those of `services.carry_over`."""

    amount = VndField(
        label="Số tiền chuyển", min_value=1, help_text="Gõ được 25tr hoặc 25.000.000; nhiều nhất là số chưa chi.",
        error_messages={"required": "Nhập số tiền chuyển."},
    )  # fmt: skip
    decision_number = forms.CharField(
        label="Số văn bản cho phép", max_length=60, help_text="Ví dụ 215/STC-HCSN.",
        error_messages={"required": "Nhập số văn bản cho phép chuyển."},
    )  # fmt: skip
    decision_on = VnDateField(
        label="Ngày văn bản", help_text="Ví dụ 20/01/2027.", error_messages={"required": "Nhập ngày văn bản."}
    )
