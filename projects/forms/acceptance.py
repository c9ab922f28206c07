"""Forms of acceptance: the minutes with members, works and money per source; their reopening."""

from django import forms

from khuyencong.forms import (
    MAX_AMOUNT,
    CleanTextMixin,
    ListedField,
    ReasonField,
    TypedMixin,
    UnreadMixin,
    VnDateField,
    VnDecimalField,
    VndField,
)
from khuyencong.money import format_vnd, vnd
from khuyencong.rows import RowForm, RowFormSet, Table, formset_of
from projects.forms.acts import LONGEST_OPINION, FigureField
from projects.forms.handover import ClockField, count_field, organisation_field
from projects.forms.rows import cell_of
from projects.models import Acceptance, AcceptanceForm, AcceptanceMember, AcceptanceResult, AcceptanceWork
from projects.questions import FUNDING
from projects.services.acceptance import accepted_so_far, form_rule, limit_of, member_line, work_line

MOST_MEMBERS = 30
MOST_WORKS = 150
QUANTITY = {
    "required": False, "max_digits": 14, "decimal_places": 2, "min_value": 0,
    "error_messages": {
        "min_value": "Khối lượng không thể âm.",
        "max_digits": "Số quá lớn: tối đa 12 chữ số trước dấu phẩy.",
        "max_whole_digits": "Số quá lớn: tối đa 12 chữ số trước dấu phẩy.",
        "max_decimal_places": "Tối đa 2 chữ số sau dấu phẩy.",
    },
}  # fmt: skip


class MinutesForm(UnreadMixin, TypedMixin, CleanTextMixin, forms.ModelForm):
    """The head of acceptance minutes, and the money of each source with what is still open of it."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    accepted_on = VnDateField(
        label="Ngày nghiệm thu", help_text="Ví dụ 20/11/2026.", error_messages={"required": "Nhập ngày nghiệm thu."}
    )
    form = forms.ChoiceField(label="Mẫu", required=False)
    started_at = ClockField(label="Bắt đầu lúc", required=False, help_text="Ví dụ 14:00; để trống thì in chừa chỗ.")
    ended_at = ClockField(label="Kết thúc lúc", required=False, help_text="Ví dụ 16:30.")
    copies = count_field("Lập thành (bản)", required=False)
    organiser = organisation_field(
        label="Cơ quan chủ trì", required=False,
        help_text="Thường là Sở Công Thương; Cục chủ trì thì theo mẫu 5c. Gõ vài chữ của tên rồi chọn.",
    )  # fmt: skip

    class Meta:
        model = Acceptance
        fields = (
            "beneficiary", "is_final", "number", "accepted_on", "started_at", "ended_at", "copies", "venue",
            "organiser", "form", "result", "remarks", "shortcomings", "conclusion",
        )  # fmt: skip
        widgets = {name: forms.Textarea(attrs={"rows": 3}) for name in ("remarks", "shortcomings", "conclusion")}
        help_texts = {
            "number": "Để trống thì cổng lấy số tiếp theo trong dãy biên bản của cơ quan chủ trì; số đã gõ giữ nguyên.",
            "is_final": "Bỏ dấu khi còn nơi khác hoặc phần việc khác sẽ nghiệm thu sau.",
            "result": "Không đạt: biên bản được lưu, đề án chưa được nghiệm thu.",
            "remarks": "Mục tiêu, tiến độ, hiệu quả, môi trường.",
        }

    def __init__(self, data=None, *, project, places, **kwargs):
        super().__init__(data, **kwargs)
        self.project = project
        self.fields["version"].initial = project.version
        self.fields["number"].required = False
        self.fields["beneficiary"].queryset = project.beneficiaries.filter(pk__in=[place.pk for place in places])
        self.fields["beneficiary"].choices = [("", "Cả đề án, mọi nơi"), *((row.pk, str(row)) for row in places)]
        place = self.typed("beneficiary") if self.is_bound else self.instance.beneficiary
        organiser = self.typed("organiser") if self.is_bound else self.instance.organiser
        rule = form_rule(project, organiser=organiser, beneficiary=place)
        self.fields["form"].choices = [("", f"Theo quy định: mẫu {rule.default}"), *AcceptanceForm.choices]
        self.fields["form"].help_text = rule.why
        for name in ("remarks", "shortcomings", "conclusion"):
            self.fields[name].max_length = LONGEST_OPINION
        self._add_money()

    def _add_money(self):
        before = accepted_so_far(self.project)
        self.lines = FUNDING.of(self.project)
        for line in self.lines:
            line.before = before.get(line.source_id, 0)
            limit, words = limit_of(line, self.project.contract)
            # Support never exceeds what was approved; the facility may put in more of its own.
            ceiling = max(limit - line.before, 0) if line.source.is_support else MAX_AMOUNT
            rest = f", đã nghiệm thu {vnd(line.before)}, còn được {vnd(ceiling)}" if line.before else ""
            self.fields[cell_of(line.source)] = FigureField(
                label=str(line.source), ceiling=ceiling, beyond=f"Nghiệm thu không vượt {words}{rest}.",
                error_messages={"required": "Nhập số tiền nghiệm thu; không có thì ghi 0."},
            )  # fmt: skip

    @property
    def figures(self):
        """[(line with `before`, field)] in the order of the page."""
        return [(line, self[cell_of(line.source)]) for line in self.lines]

    @property
    def amounts(self):
        """{FundingSource pk: đồng}."""
        return {line.source_id: self.cleaned_data[cell_of(line.source)] for line in self.lines}

    @property
    def expected_version(self):
        return self.cleaned_data.get("version")

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("result") == AcceptanceResult.FAIL:
            # What failed is worth nothing, whatever stands in the cells.
            for line in self.lines:
                self.errors.pop(cell_of(line.source), None)
                cleaned[cell_of(line.source)] = 0
        return cleaned


class MemberForm(RowForm):
    telling = ("name", "title", "body")

    class Meta:
        model = AcceptanceMember
        fields = ("name", "title", "body", "is_chair")


class MemberFormSet(RowFormSet):
    noun = "Người"


class WorkForm(RowForm):
    telling = ("name", "specification", "unit_name", "contracted_quantity", "done_quantity", "amount", "note")
    contracted_quantity = VnDecimalField(label="Theo hợp đồng", **QUANTITY)
    done_quantity = VnDecimalField(label="Thực hiện", **QUANTITY)
    amount = VndField(label="Giá trị", required=False, with_words=False)
    cost_item = ListedField(label="Hạng mục dự toán", required=False, empty_label="Ngoài dự toán")

    class Meta:
        model = AcceptanceWork
        fields = (
            "name", "specification", "unit_name", "contracted_quantity", "done_quantity", "amount", "is_new",
            "cost_item", "note",
        )  # fmt: skip

    def __init__(self, *args, cost_items, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["cost_item"].offer(cost_items)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("done_quantity") is None and "done_quantity" not in self.errors:
            self.add_error("done_quantity", "Nhập khối lượng thực hiện; chưa làm thì ghi 0.")
        return cleaned


class WorkFormSet(RowFormSet):
    noun = "Khối lượng"


MEMBERS = Table("members", "Thành phần", formset_of(MemberForm, MemberFormSet, MOST_MEMBERS), member_line)
WORKS = Table("works", "Khối lượng", formset_of(WorkForm, WorkFormSet, MOST_WORKS), work_line)


class SupplementForm(UnreadMixin, CleanTextMixin, forms.Form):
    """What minutes do not tell yet; fields that they tell are left out."""

    started_at = ClockField(label="Bắt đầu lúc", required=False, help_text="Ví dụ 14:00.")
    ended_at = ClockField(label="Kết thúc lúc", required=False, help_text="Ví dụ 16:30.")
    copies = count_field("Lập thành (bản)", required=False)

    def __init__(self, data=None, *, untold):
        super().__init__(data)
        for name in set(self.fields) - set(untold):
            del self.fields[name]


class ReopenForm(CleanTextMixin, forms.Form):
    """Which minutes lose their force, and why."""

    needed = ("minutes",)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    minutes = forms.ModelMultipleChoiceField(
        label="Biên bản mở lại", queryset=None, required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Biên bản lần cuối luôn mở lại cùng; biên bản không chọn vẫn có hiệu lực.",
        error_messages={"invalid_choice": "Chọn trong các biên bản đang có hiệu lực."},
    )  # fmt: skip
    reason = ReasonField(label="Lý do mở lại", help_text="Lý do hiện trên biên bản cũ và trong diễn biến.")

    def __init__(self, data=None, *, project):
        minutes = project.acceptances.in_force().select_related("beneficiary__facility")
        super().__init__(data, initial={"version": project.version, "minutes": [row.pk for row in minutes]})
        self.fields["minutes"].queryset = minutes
        self.fields["minutes"].choices = [(row.pk, _minutes_label(row)) for row in minutes]

    @property
    def given(self):
        return {
            "minutes": list(self.cleaned_data["minutes"]),
            "reason": self.cleaned_data["reason"],
            "expected_version": self.cleaned_data["version"],
        }


def _minutes_label(minutes):
    where = minutes.beneficiary or "cả đề án"
    total = format_vnd(sum(minutes.amounts.values_list("amount", flat=True)))
    last = ", lần cuối" if minutes.is_final else ""
    return f"{minutes.number} ngày {minutes.accepted_on:%d/%m/%Y}, {where}{last}: {total} đồng"
