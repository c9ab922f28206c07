"""Forms of the acts on a project: appraise, return, reject, move, accept."""

from django import forms

from khuyencong.forms import MAX_AMOUNT, ReasonField, VnDateField, VndField
from khuyencong.money import format_vnd
from programs.models import OPEN_PLAN, AnnualPlan
from projects.forms.parts import PARTS


class AppraisalForm(forms.Form):
    """Opinion, and the figure per source; where facilities have shares, per facility and source."""

    opinion = forms.CharField(
        label="Ý kiến thẩm định", widget=forms.Textarea(attrs={"rows": 4}), max_length=4000,
        help_text="Nguyên tắc; mục tiêu, sự cần thiết, hiệu quả; năng lực; lồng ghép; tính đầy đủ của hồ sơ "
        "(Thông tư 36/2013/TT-BCT, Điều 9).",
        error_messages={"required": "Ghi ý kiến thẩm định."},
    )  # fmt: skip

    def __init__(self, data=None, *, project, **kwargs):
        super().__init__(data, **kwargs)
        self.rows = []
        lines = list(project.funding_lines.select_related("source"))
        shares = [
            (beneficiary, amount)
            for beneficiary in project.beneficiaries.select_related("facility").prefetch_related("amounts__source")
            for amount in beneficiary.amounts.all()
        ]
        shared = {amount.source_id for _beneficiary, amount in shares}
        for beneficiary, amount in shares:
            self._add(f"share-{amount.pk}", f"{beneficiary}: {amount.source}", amount)
        for line in lines:
            if line.source_id not in shared:
                self._add(f"source-{line.source_id}", str(line.source), line)

    def _add(self, name, label, row):
        current = row.requested_amount if row.appraised_amount is None else row.appraised_amount
        self.fields[name] = VndField(
            label=label,
            initial=current,
            max_value=row.requested_amount,
            help_text=f"Đề nghị {format_vnd(row.requested_amount)}.",
        )
        self.rows.append((name, row.requested_amount))

    def _figures(self, prefix):
        return {
            int(name.removeprefix(prefix)): value
            for name, value in self.cleaned_data.items()
            if name.startswith(prefix)
        }

    @property
    def amounts(self):
        return self._figures("source-")

    @property
    def shares(self):
        return self._figures("share-")


class ReturnForm(forms.Form):
    reason = ReasonField(label="Lý do trả lại", help_text="Người lập thấy lý do này trước tiên; nói rõ cần sửa gì.")
    items = forms.MultipleChoiceField(
        label="Phần cần sửa", required=False, choices=[(part.slug, part.label) for part in PARTS if part.is_entry],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip


class RejectForm(forms.Form):
    reason = ReasonField(label="Lý do không phê duyệt")


class MoveForm(forms.Form):
    plan = forms.ModelChoiceField(
        label="Chuyển sang kế hoạch", queryset=AnnualPlan.objects.none(), empty_label="Chọn kế hoạch",
        error_messages={"required": "Chọn kế hoạch.", "invalid_choice": "Chọn kế hoạch đang dự thảo của cơ quan."},
    )  # fmt: skip

    def __init__(self, data=None, *, project, **kwargs):
        super().__init__(data, **kwargs)
        plans = AnnualPlan.objects.filter(owner=project.owner_id, status__in=OPEN_PLAN)
        self.fields["plan"].queryset = plans.filter(program__scope=project.plan.scope).exclude(pk=project.plan_id)


class AcceptanceForm(forms.Form):
    """Minutes and the money done per source; the default is what was approved."""

    number = forms.CharField(
        label="Số biên bản nghiệm thu", max_length=60, help_text="Ví dụ 05/BBNT-SCT.",
        error_messages={"required": "Nhập số biên bản nghiệm thu."},
    )  # fmt: skip
    accepted_on = VnDateField(label="Ngày nghiệm thu", error_messages={"required": "Nhập ngày nghiệm thu."})
    conclusion = forms.CharField(label="Kết luận", required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, data=None, *, project, **kwargs):
        super().__init__(data, **kwargs)
        for line in project.funding_lines.select_related("source"):
            # Support never exceeds what was approved; the facility may put in more of its own.
            ceiling = line.approved_amount if line.source.is_support else MAX_AMOUNT
            self.fields[f"source-{line.source_id}"] = VndField(
                label=f"{line.source}: nghiệm thu", initial=line.approved_amount, max_value=ceiling or 0,
                help_text=f"Được duyệt {format_vnd(line.approved_amount or 0)}.",
                error_messages={"required": "Nhập số tiền nghiệm thu; không có thì ghi 0."},
            )  # fmt: skip

    @property
    def amounts(self):
        return {
            int(name.removeprefix("source-")): value
            for name, value in self.cleaned_data.items()
            if name.startswith("source-")
        }
