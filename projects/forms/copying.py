"""Which plan a copy goes into, and under which name."""

from django import forms

from khuyencong.permissions import family_q
from khuyencong.text import nfc
from programs.models import AnnualPlan


class CopyForm(forms.Form):
    plan = forms.ModelChoiceField(
        label="Vào kế hoạch", queryset=AnnualPlan.objects.none(), empty_label="Chọn kế hoạch",
        help_text="Chỉ hiện kế hoạch đang dự thảo hoặc bị trả lại của cơ quan ông/bà.",
        error_messages={"required": "Chọn kế hoạch."},
    )  # fmt: skip
    name = forms.CharField(
        label="Tên đề án mới", max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Mỗi tên một lần trong một kế hoạch.", error_messages={"required": "Nhập tên đề án."},
    )  # fmt: skip
    with_facilities = forms.BooleanField(label="Chép cả đơn vị thụ hưởng", required=False)

    def __init__(self, data=None, *, user, **kwargs):
        super().__init__(data, **kwargs)
        plans = AnnualPlan.objects.visible_to(user).open().filter(family_q(user))
        self.fields["plan"].queryset = plans.order_by("-year", "round_no")

    def clean_name(self):
        return nfc(self.cleaned_data["name"])
