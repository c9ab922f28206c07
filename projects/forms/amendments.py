"""Forms of an amendment: the fields of its kind beside what they are now, and what the director answers."""

from django import forms

from beneficiaries.forms import FacilityField
from beneficiaries.models import Facility
from khuyencong.forms import (
    CleanTextMixin,
    PlaceField,
    ReasonField,
    VersionedFormMixin,
    VersionForm,
    VnDateField,
    VndField,
    readable,
)
from programs.models import ActivityContent, AmendmentKind
from projects.forms.entry import content_choices, in_force
from projects.forms.rows import source_name
from projects.models import Amendment, Beneficiary
from projects.services.amendment_effects import FIELDS, FUNDING, Approved

HEAD = ("reason", "request_number", "request_on")
OF_KIND = {kind: tuple(fields.values()) for kind, fields in FIELDS.items()} | {
    AmendmentKind.BENEFICIARY: ("removed_beneficiary", "added_facility"),
}
# What a new amendment starts from: the project's own value.
PRESENT = {new: old for fields in FIELDS.values() for old, new in fields.items()}


def present_values(project, kind):
    """{field of the amendment: what the project has now}."""
    return {name: getattr(project, PRESENT[name]) for name in OF_KIND[kind] if name in PRESENT}


class AmendmentForm(CleanTextMixin, VersionedFormMixin, forms.ModelForm):
    """Only the fields of the amendment's kind; figures of money as cells per source and facility."""

    new_starts_on = VnDateField(label="Ngày bắt đầu mới", required=False, help_text="Ví dụ 01/07/2026.")
    new_ends_on = VnDateField(label="Ngày hoàn thành mới", required=False, help_text="Ví dụ 31/10/2026.")
    new_unit = PlaceField(
        label="Địa điểm mới", required=False, levels=("commune",),
        help_text="Gõ tên xã, phường mới hay cũ rồi chọn; không cần gõ dấu.",
    )  # fmt: skip
    added_facility = FacilityField(
        label="Cơ sở thụ hưởng thay", queryset=Facility.objects.none(), required=False,
        help_text="Gõ tên hoặc mã số thuế rồi chọn; nhận toàn bộ kinh phí của cơ sở thôi thụ hưởng.",
    )  # fmt: skip
    request_on = VnDateField(label="Ngày đề nghị", required=False, help_text="Ví dụ 15/06/2026.")

    class Meta:
        model = Amendment
        fields = (
            "new_starts_on", "new_ends_on", "new_unit", "new_place_note", "new_content", "new_coordinating_units",
            "removed_beneficiary", "added_facility", *HEAD,
        )  # fmt: skip
        widgets = {"reason": forms.Textarea(attrs={"rows": 3})}
        labels = {
            "reason": "Lý do điều chỉnh", "new_place_note": "Địa điểm chi tiết mới",
            "new_coordinating_units": "Đơn vị phối hợp mới", "new_content": "Nội dung mới",
            "removed_beneficiary": "Cơ sở thôi thụ hưởng",
        }  # fmt: skip
        help_texts = {
            "reason": "Phải nêu rõ (Thông tư 36/2013/TT-BCT, Điều 11 khoản 1).",
            "new_place_note": "Ví dụ: số 12, ấp Phước Hậu.",
            "new_coordinating_units": "Cách nhau bằng dấu chấm phẩy. Ví dụ: UBND xã Mỏ Cày; Hội Nông dân xã.",
            "request_number": "Của đơn vị thực hiện. Ví dụ 18/CV-TTKC.",
        }
        error_messages = {"reason": {"required": "Nêu lý do điều chỉnh."}}

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.project, self.kind = self.instance.project, self.instance.kind
        for name in set(self.fields) - {*OF_KIND[self.kind], *HEAD, "version"}:
            del self.fields[name]
        self.compared = [name for name in self.compared if name in self.fields]
        if "new_content" in self.fields:
            contents = in_force(ActivityContent.objects.all(), self.project.plan, kept=self.project.content_id)
            self.fields["new_content"].choices = content_choices(contents)
        if "removed_beneficiary" in self.fields:
            current = Beneficiary.objects.filter(project=self.project, withdrawn_by=None).select_related("facility")
            self.fields["removed_beneficiary"].queryset = current
            self.fields["removed_beneficiary"].empty_label = "Chọn cơ sở"
            self.fields["added_facility"].queryset = Facility.objects.visible_to(user)
        self.cells = []
        if self.kind in FUNDING:
            self._add_cells()

    def _add_cells(self):
        stored = {}
        if self.instance.pk:
            stored = {(row.source_id, row.beneficiary_id): row.new_amount for row in self.instance.amounts.all()}
        for source, row, amount in Approved(self.project).cells():
            name = f"money-{source.pk}-{row.pk if row else 0}"
            whose = str(row) if row else "Cả đề án"
            self.fields[name] = VndField(
                label=f"{whose}, {source_name(source)}", with_words=False,
                initial=stored.get((source.pk, row and row.pk), amount),
                error_messages={"required": "Nhập số tiền; không còn thì ghi 0."},
            )  # fmt: skip
            self.cells.append((name, source, row, amount))

    @property
    def figures(self):
        """[(whose, source, đồng approved now, field)] in the order of the page."""
        return [(str(row) if row else "Cả đề án", source, now, self[name]) for name, source, row, now in self.cells]

    @property
    def amounts(self):
        """What the service takes: [(source, Beneficiary or None, đồng)]."""
        return [(source, row, self.cleaned_data[name]) for name, source, row, _now in self.cells]

    @property
    def kind_fields(self):
        """[(field, what the project has now in words)] of the kind."""
        return [(self[name], self._present(name)) for name in OF_KIND[self.kind]]

    def _present(self, name):
        if name not in PRESENT:
            return ""
        value = getattr(self.project, PRESENT[name])
        if name == "new_content":
            return str(value or "để trống")
        return readable(self.fields[name], value)

    @property
    def head_fields(self):
        return [self[name] for name in HEAD]


class AnswerForm(CleanTextMixin, VersionForm):
    """Why an amendment goes back or is turned down."""

    reason = ReasonField(label="Ý kiến trả lời", help_text="Người lập thấy ý kiến này trước tiên.")


class DecisionForm(CleanTextMixin, VersionForm):
    """The decision on paper, and the signed appendix where the contract changes."""

    decision_number = forms.CharField(
        label="Số quyết định, văn bản", max_length=60, help_text="Ví dụ 99/QĐ-UBND.",
        error_messages={"required": "Nhập số quyết định."},
    )  # fmt: skip
    decision_on = VnDateField(
        label="Ngày quyết định", help_text="Ví dụ 15/06/2026.", error_messages={"required": "Nhập ngày quyết định."}
    )
    signer_name = forms.CharField(label="Người ký", max_length=120, error_messages={"required": "Nhập người ký."})
    signer_position = forms.CharField(
        label="Chức vụ người ký", max_length=120, error_messages={"required": "Nhập chức vụ."}
    )
    appendix_number = forms.CharField(
        label="Số phụ lục hợp đồng", max_length=60, required=False, help_text="Ví dụ 01/PLHĐ-KC."
    )
    appendix_on = VnDateField(label="Ngày ký phụ lục", required=False, help_text="Ví dụ 20/06/2026.")
    norm_reason = ReasonField(
        label="Lý do vượt mức hỗ trợ", required=False,
        help_text="Chỉ khi sau điều chỉnh vượt mức hỗ trợ tối đa; lý do lưu và hiện ở đề án.",
    )  # fmt: skip

    def __init__(self, *args, has_contract, is_measured, **kwargs):
        super().__init__(*args, **kwargs)
        if not is_measured:
            del self.fields["norm_reason"]
        if not has_contract:
            del self.fields["appendix_number"], self.fields["appendix_on"]

    @property
    def has_appendix(self):
        return "appendix_number" in self.fields

    @property
    def is_measured(self):
        return "norm_reason" in self.fields

    @property
    def given(self):
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}
