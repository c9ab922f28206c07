"""Forms of the approval desk and of the acts on a plan."""

from django import forms

from khuyencong.dates import today
from khuyencong.forms import LONGEST_SEARCH, FilterForm, ReasonField, VnDateField
from programs.models import AnnualPlan, PlanStatus

APPROVE, RETURN = "approve", "return"


class PlanFilterForm(FilterForm):
    q = forms.CharField(
        label="Tìm", required=False, max_length=LONGEST_SEARCH, widget=forms.TextInput(attrs={"type": "search"}),
        help_text="Tên kế hoạch, năm, số quyết định, số tờ trình.",
    )  # fmt: skip
    nam = forms.TypedChoiceField(label="Năm", required=False, coerce=int, empty_value=None)
    trang_thai = forms.ChoiceField(label="Trạng thái", required=False, choices=[("", "Tất cả"), *PlanStatus.choices])

    SORTS = {
        "nam": ("year", "round_no", "pk"),
        "ten": ("name", "pk"),
        "trang-thai": ("status", "year", "pk"),
        "du-toan": ("budget_total", "pk"),
    }

    def __init__(self, data=None, *, user, **kwargs):
        super().__init__(data, **kwargs)
        plans = AnnualPlan.objects.visible_to(user)
        years = plans.order_by("-year").values_list("year", flat=True).distinct()
        self.fields["nam"].choices = [("", "Tất cả"), *((year, str(year)) for year in years)]

    @property
    def default_sort(self):
        return "-nam"

    def ordered(self, rows):
        if self.data.get("sap-xep", "").removeprefix("-") not in self.SORTS:
            return rows.order_by("-year", "round_no", "name")
        return super().ordered(rows)

    def filter(self, plans):
        """The plans that the form asks for, with their envelope's total, in its order."""
        if not self.is_valid():
            return plans.none()
        asked = self.cleaned_data
        if asked["q"]:
            plans = plans.matching(asked["q"])
        if asked["nam"]:
            plans = plans.in_year(asked["nam"])
        if asked["trang_thai"]:
            plans = plans.filter(status=asked["trang_thai"])
        return self.ordered(plans.with_budget_total())


class PlanReturnForm(forms.Form):
    """Why the whole plan goes back, and which of its parts are meant."""

    reason = ReasonField(label="Lý do trả lại kế hoạch", help_text="Người lập thấy lý do này trước tiên.")
    items = forms.MultipleChoiceField(
        label="Mục cần sửa", required=False, widget=forms.CheckboxSelectMultiple,
        choices=[
            ("budget", "Dự toán theo nguồn"), ("projects", "Danh sách đề án"), ("groups", "Nhóm đề án"),
            ("proposal", "Tờ trình"),
        ],
    )  # fmt: skip


class SubmitPlanForm(forms.Form):
    proposal_number = forms.CharField(
        label="Số tờ trình", required=False, max_length=60, help_text="Ví dụ 682/TTr-SCT; ghi sau cũng được."
    )
    proposal_on = VnDateField(label="Ngày tờ trình", required=False)


class DecisionForm(forms.Form):
    """The decision, and for each line whether it is approved or returned with a reason."""

    decision_number = forms.CharField(
        label="Số quyết định", max_length=60, help_text="Ví dụ 2310/QĐ-UBND",
        error_messages={"required": "Nhập số quyết định."},
    )  # fmt: skip
    decision_on = VnDateField(
        label="Ngày ký", help_text="Ngày/tháng/năm", error_messages={"required": "Nhập ngày ký quyết định."}
    )
    decision_issuer = forms.CharField(
        label="Cơ quan ban hành", max_length=200, error_messages={"required": "Nhập cơ quan ban hành quyết định."}
    )
    signer_name = forms.CharField(
        label="Người ký", max_length=120, error_messages={"required": "Nhập họ tên người ký quyết định."}
    )
    signer_position = forms.CharField(
        label="Chức vụ người ký", max_length=120, error_messages={"required": "Nhập chức vụ người ký."}
    )

    def __init__(self, data=None, *, projects, **kwargs):
        super().__init__(data, **kwargs)
        self.projects = projects
        for project in projects:
            self.fields[f"verdict-{project.pk}"] = forms.ChoiceField(
                label=f"Quyết định về {project.code}", choices=[(APPROVE, "Duyệt"), (RETURN, "Trả lại")],
                initial=APPROVE,
                error_messages={"required": "Chọn duyệt hoặc trả lại.", "invalid_choice": "Chọn duyệt hoặc trả lại."},
            )  # fmt: skip
            self.fields[f"reason-{project.pk}"] = forms.CharField(
                label=f"Vì sao trả lại {project.code}", required=False, max_length=2000
            )

    def clean_decision_on(self):
        day = self.cleaned_data["decision_on"]
        if day > today():
            raise forms.ValidationError("Ngày ký không thể ở tương lai.")
        return day

    def clean(self):
        data = super().clean()
        for project in self.projects:
            returned = data.get(f"verdict-{project.pk}") == RETURN
            if returned and not data.get(f"reason-{project.pk}", "").strip():
                self.add_error(f"reason-{project.pk}", f"Nêu lý do trả lại {project.code}.")
        return data

    @property
    def decision(self):
        names = ("decision_number", "decision_on", "decision_issuer", "signer_name", "signer_position")
        return {name: self.cleaned_data[name] for name in names}

    @property
    def returned(self):
        """{project pk: reason} of the lines that are left out."""
        data = self.cleaned_data
        return {
            project.pk: data[f"reason-{project.pk}"]
            for project in self.projects
            if data.get(f"verdict-{project.pk}") == RETURN
        }

    def chosen_returns(self):
        """Keys of the lines marked for return as typed so far, whatever else is still wrong."""
        return [project.pk for project in self.projects if self[f"verdict-{project.pk}"].value() == RETURN]
