"""Forms of the acts on a project: appraise, return, reject, move, start, delete."""

from django import forms

from khuyencong.forms import CleanTextMixin, ReasonField, VndField
from khuyencong.money import vnd
from programs.models import OPEN_PLAN, AnnualPlan
from projects.forms.parts import item_choices
from projects.questions import BENEFICIARIES, FUNDING, SHARES

LONGEST_OPINION = 4000


class ActForm(CleanTextMixin, forms.Form):
    """Carries the version of the file that the person read."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, project):
        super().__init__(data, initial={"version": project.version})

    @property
    def own_fields(self):
        """The fields beside the table of figures."""
        return [self[name] for name in self.declared_fields if name != "version"]

    @property
    def given(self):
        """What the service takes of it."""
        return {bound.name: self.cleaned_data[bound.name] for bound in self.own_fields}

    @property
    def expected_version(self):
        return self.cleaned_data.get("version")

    def is_about_another(self, project):
        """Whether the person read the file before it became what it is now."""
        return self["version"].value() not in (None, "", str(project.version))


class FigureField(VndField):
    """An amount of one source that may not exceed an earlier figure; `beyond` says so."""

    def __init__(self, *, ceiling, beyond, **kwargs):
        self.ceiling, self.beyond = ceiling, beyond
        super().__init__(with_words=False, **kwargs)

    def validate(self, value):
        super().validate(value)
        if value is not None and value > self.ceiling:
            raise forms.ValidationError(self.beyond, code="too_large")


class AppraisalForm(ActForm):
    """Opinion, and the figure per source; where facilities have shares, per facility and source."""

    opinion = forms.CharField(
        label="Ý kiến thẩm định", widget=forms.Textarea(attrs={"rows": 4}), max_length=LONGEST_OPINION,
        help_text="Nguyên tắc; mục tiêu, sự cần thiết, hiệu quả; năng lực; lồng ghép; tính đầy đủ của hồ sơ "
        "(Thông tư 36/2013/TT-BCT, Điều 9).",
        error_messages={"required": "Ghi ý kiến thẩm định."},
    )  # fmt: skip

    def __init__(self, data=None, *, project):
        super().__init__(data, project=project)
        shares = SHARES.of(project)
        self.rows = []
        for row in BENEFICIARIES.of(project):
            for share in shares:
                if share.beneficiary_id == row.pk:
                    self._add(f"share-{share.pk}", str(row.facility), share)
        shared = {share.source_id for share in shares}
        for line in FUNDING.of(project):
            if line.source_id not in shared:
                self._add(f"source-{line.source_id}", "Cả đề án", line)

    def _add(self, name, whose, row):
        current = row.requested_amount if row.appraised_amount is None else row.appraised_amount
        self.fields[name] = FigureField(
            label=f"{whose}, {row.source}", initial=current, ceiling=row.requested_amount,
            beyond=f"Thẩm định không vượt đề nghị {vnd(row.requested_amount)}; muốn tăng thì trả lại để đề nghị lại.",
            error_messages={"required": "Nhập số tiền thẩm định; không duyệt nguồn này thì ghi 0."},
        )  # fmt: skip
        self.rows.append((name, whose, row))

    @property
    def figures(self):
        """[(whose, source, requested amount, field)] in the order of the page."""
        return [(whose, row.source, row.requested_amount, self[name]) for name, whose, row in self.rows]

    @property
    def given(self):
        figures = {"amounts": {}, "shares": {}}
        for name, _whose, row in self.rows:
            kind, key = ("shares", row.pk) if name.startswith("share-") else ("amounts", row.source_id)
            figures[kind][key] = self.cleaned_data[name]
        return super().given | figures


class ReturnForm(ActForm):
    reason = ReasonField(label="Lý do trả lại", help_text="Người lập thấy lý do này trước tiên; nói rõ cần sửa gì.")
    items = forms.MultipleChoiceField(
        label="Mục cần sửa", required=False, choices=item_choices, widget=forms.CheckboxSelectMultiple,
        help_text="Mục được đánh dấu hiện nổi ở tờ khai của người lập.",
        error_messages={"invalid_choice": "Chọn trong các mục của đề án."},
    )  # fmt: skip

    @property
    def own_fields(self):
        return [self["reason"]]

    @property
    def given(self):
        return super().given | {"items": self.cleaned_data["items"]}

    @property
    def item_groups(self):
        """[(part, its boxes)] for the page, which sets them side by side."""
        boxes = iter(self["items"])
        return [(label, [next(boxes) for _choice in choices]) for label, choices in self.fields["items"].choices]


class RejectForm(ActForm):
    reason = ReasonField(label="Lý do không phê duyệt", help_text="Đề án dừng ở đây; lý do lưu trong diễn biến.")


class PlanChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, plan):
        return f"{plan} ({plan.get_status_display().lower()})"


class MoveForm(ActForm):
    plan = PlanChoiceField(
        label="Chuyển sang kế hoạch", queryset=AnnualPlan.objects.none(), empty_label="Chọn kế hoạch",
        help_text="Chỉ hiện kế hoạch đang dự thảo hoặc bị trả lại, cùng cơ quan, cùng phạm vi.",
        error_messages={"required": "Chọn kế hoạch.", "invalid_choice": "Chọn kế hoạch đang dự thảo của cơ quan."},
    )  # fmt: skip

    def __init__(self, data=None, *, project):
        super().__init__(data, project=project)
        plans = AnnualPlan.objects.filter(owner=project.owner_id, status__in=OPEN_PLAN).exclude(pk=project.plan_id)
        self.fields["plan"].queryset = plans.filter(program__scope=project.plan.scope)


class ConfirmForm(ActForm):
    """Nothing to fill in: the page says what will happen."""
