"""Forms of the list of plans, the approval desk and the acts on a plan."""

from django import forms
from django.core.exceptions import ValidationError

from khuyencong.dates import today
from khuyencong.filters import FilterForm
from khuyencong.forms import LONGEST_SEARCH, ReasonField, VnDateField
from programs.models import DECIDED_PLAN, AnnualPlan, PlanStatus, Program
from projects.plan_lines import with_sums
from projects.services.plan import submitted_anew
from projects.shown import TypedField

APPROVE, RETURN = "approve", "return"
# Letters of why a line is returned.
LONGEST_REASON = 2000
PARTS = {
    "projects": "Danh sách đề án",
    "budget": "Dự toán theo nguồn",
    "groups": "Nhóm đề án",
    "proposal": "Tờ trình",
}


# Plans with a decision, whatever came after.
DECIDED = "da-quyet-dinh"


def _offered(plans, programs):
    """The years of plans, the newest first, and [(key, label)] of their programmes."""
    years = list(plans.order_by("-year").values_list("year", flat=True).distinct())
    return years, [(program.pk, str(program)) for program in programs]


class PlanFilterForm(FilterForm):
    q = forms.CharField(
        label="Tìm", required=False, max_length=LONGEST_SEARCH, widget=forms.TextInput(attrs={"type": "search"}),
        help_text="Tên kế hoạch, năm, số quyết định, số tờ trình; không cần gõ dấu.",
    )  # fmt: skip
    nam = forms.TypedChoiceField(label="Năm", required=False, coerce=int, empty_value=None)
    chuong_trinh = forms.ModelChoiceField(
        label="Chương trình", required=False, queryset=Program.objects.none(), empty_label="Tất cả"
    )
    trang_thai = forms.ChoiceField(
        label="Trạng thái", required=False,
        choices=[("", "Tất cả"), (DECIDED, "Đã phê duyệt hoặc đã kết thúc"), *PlanStatus.choices],
    )  # fmt: skip

    SORTS = {
        "nam": ("year", "round_no", "pk"),
        "ten": ("name", "pk"),
        "trang-thai": ("status", "year", "pk"),
        "kcqg": ("national_budget", "pk"),
        "kcdp": ("local_budget", "pk"),
        "de-an": ("line_count", "pk"),
        "ho-tro": ("line_support", "pk"),
    }
    default_sort = "-nam"

    def __init__(self, data=None, *, user, **kwargs):
        super().__init__(data, user=user, **kwargs)
        self.plans = AnnualPlan.objects.visible_to(user)
        programs = Program.objects.filter(pk__in=self.plans.order_by().values("program"))
        years, labels = self.kept_of(self.plans, "offered", lambda: _offered(self.plans, programs))
        self.fields["nam"].choices = [("", "Tất cả"), *((year, str(year)) for year in years)]
        self.fields["chuong_trinh"].queryset = programs
        self.fields["chuong_trinh"].choices = [("", "Tất cả"), *labels]

    def ordered(self, rows):
        """As any list; sums are worked out for all rows only when they order."""
        word = self.data.get("sap-xep", "").removeprefix("-")
        if word not in self.SORTS:
            return rows.order_by("-year", "round_no", "name", "pk")
        return super().ordered(with_sums(rows) if word in ("kcqg", "kcdp", "de-an", "ho-tro") else rows)

    def rows(self):
        """The plans that the form asks for, not yet in order; none when a filter cannot be read."""
        if not self.is_valid():
            return self.plans.none()
        asked, plans = self.cleaned_data, self.plans
        if asked["q"]:
            plans = plans.matching(asked["q"])
        if asked["nam"]:
            plans = plans.in_year(asked["nam"])
        if asked["chuong_trinh"]:
            plans = plans.filter(program=asked["chuong_trinh"])
        if status := asked["trang_thai"]:
            plans = plans.filter(status__in=DECIDED_PLAN if status == DECIDED else [status])
        return plans


class PlaceForm(forms.Form):
    """Which line goes where, as its button says it: “reserve-12”; the service knows the places.

    `submit_is_open` is whether the page offers to submit the plan.
    """

    place = forms.RegexField(r"^[a-z_]*-\d{1,18}$")
    submit_is_open = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean_place(self):
        """(place, key of the project)."""
        place, _, project = self.cleaned_data["place"].rpartition("-")
        return place, int(project)


class SubmitPlanForm(forms.Form):
    proposal_number = forms.CharField(
        label="Số tờ trình", required=False, max_length=60, help_text="Ví dụ 682/TTr-SCT; ghi sau cũng được."
    )
    proposal_on = VnDateField(label="Ngày tờ trình", required=False, help_text="Ngày/tháng/năm")

    def clean_proposal_on(self):
        return not_in_future(self.cleaned_data["proposal_on"], "Ngày tờ trình")

    def clean(self):
        data = super().clean()
        if data.get("proposal_on") and not data.get("proposal_number") and "proposal_number" not in self.errors:
            self.add_error("proposal_number", "Nhập số của tờ trình, hoặc bỏ ngày.")
        return data


class PlanReturnForm(forms.Form):
    """Why the whole plan goes back, and which of its parts and lines are meant."""

    reason = ReasonField(label="Lý do trả lại kế hoạch", help_text="Người lập thấy lý do này trước tiên.")
    items = forms.MultipleChoiceField(label="Mục cần sửa", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, data=None, *, projects, **kwargs):
        super().__init__(data, **kwargs)
        lines = [(project.code, f"{project.code} {project.name}") for project in projects]
        self.fields["items"].choices = [*PARTS.items(), *lines]


class DecisionFieldsForm(forms.Form):
    """Number, day, issuer and signer of the decision on a plan."""

    decision_number = forms.CharField(
        label="Số quyết định", max_length=60, help_text="Ví dụ 2310/QĐ-UBND",
        error_messages={"required": "Nhập số quyết định."},
    )  # fmt: skip
    decision_on = VnDateField(
        label="Ngày ký", help_text="Ngày/tháng/năm", error_messages={"required": "Nhập ngày ký quyết định."}
    )
    decision_issuer = forms.CharField(
        label="Cơ quan ban hành", max_length=200, help_text="Ví dụ UBND tỉnh",
        error_messages={"required": "Nhập cơ quan ban hành quyết định."},
    )  # fmt: skip
    signer_name = forms.CharField(
        label="Người ký", max_length=120, error_messages={"required": "Nhập họ tên người ký quyết định."}
    )
    signer_position = forms.CharField(
        label="Chức vụ người ký", max_length=120, error_messages={"required": "Nhập chức vụ người ký."}
    )

    def clean_decision_number(self):
        number = self.cleaned_data["decision_number"]
        if not any(map(str.isdigit, number)):
            raise ValidationError("Số quyết định phải có chữ số, ví dụ 2310/QĐ-UBND.")
        return number

    def clean_decision_on(self):
        return not_in_future(self.cleaned_data["decision_on"], "Ngày ký")


class DecisionForm(DecisionFieldsForm):
    """The decision, and for each line whether it is approved or returned with a reason.

    `closed` is {project pk: why this person cannot approve the line}. The form carries the version of the plan
    that the person saw; a plan submitted anew meanwhile is refused once, with its new lines still to be judged.
    """

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, plan, projects, closed=(), initial=None, **kwargs):
        self.plan, self.projects, self.closed = plan, projects, dict(closed)
        verdicts = {verdict_name(project): RETURN if project.pk in self.closed else APPROVE for project in projects}
        super().__init__(data, initial={**verdicts, **(initial or {}), "version": plan.version}, **kwargs)
        # As long as nothing is to be judged, what stands in the lines is all that there is of them (`typed`).
        for project in projects if self.is_bound else ():
            self.fields[verdict_name(project)] = forms.ChoiceField(
                label=f"Quyết định về {project.code}", choices=[(APPROVE, "Duyệt"), (RETURN, "Trả lại")],
                error_messages=dict.fromkeys(("required", "invalid_choice"), "Chọn duyệt hoặc trả lại."),
            )  # fmt: skip
            self.fields[reason_name(project)] = forms.CharField(
                label=f"Vì sao trả lại {project.code}", required=False, max_length=LONGEST_REASON
            )

    def clean(self):
        data = super().clean()
        for project in self.projects:
            verdict = data.get(verdict_name(project))
            if verdict == RETURN and not data.get(reason_name(project), "").strip():
                self.add_error(reason_name(project), f"Nêu lý do trả lại {project.code}.")
            if verdict == APPROVE and project.pk in self.closed:
                self.add_error(verdict_name(project), self.closed[project.pk])
        if data.get("version") != self.plan.version:
            self.add_error(None, submitted_anew(self.plan))
            self.data = self.data.copy()
            self.data["version"] = self.plan.version
        return data

    @property
    def decision(self):
        """Keyword arguments of `approve_plan`."""
        names = ("decision_number", "decision_on", "decision_issuer", "signer_name", "signer_position")
        return {name: self.cleaned_data[name] for name in names} | {
            "returned": {project.pk: self.cleaned_data[reason_name(project)] for project in self.returned},
            "expected_version": self.cleaned_data["version"],
        }

    @property
    def returned(self):
        """The lines marked for return so far, whatever else is still wrong."""
        return [project for project in self.projects if self.typed(verdict_name(project)).value == RETURN]

    def typed(self, name) -> TypedField:
        """The verdict or the reason of a line as it stands now."""
        given = self.data if self.is_bound else self.initial
        return TypedField(name, self.auto_id % name, given.get(name) or "", tuple(self.errors.get(name, ())))


def verdict_name(project):
    return f"verdict-{project.pk}"


def reason_name(project):
    return f"reason-{project.pk}"


def not_in_future(day, label):
    if day and day > today():
        raise ValidationError(f"{label} không thể ở tương lai.")
    return day
