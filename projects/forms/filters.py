"""The filter of the project list: owned by the form, read by page, chips and Excel file alike."""

from django import forms

from khuyencong.forms import LONGEST_SEARCH, FilterForm, UnitField
from programs.models import ActivityContent, AnnualPlan, SourceCategory
from projects.models import ProjectKind, ProjectStatus


class ContentField(forms.ModelChoiceField):
    """One of the nine contents of Điều 4 by its short name, with all its kinds of activity."""

    def __init__(self, **kwargs):
        super().__init__(queryset=ActivityContent.objects.filter(parent=None), **kwargs)

    def label_from_instance(self, content):
        return content.short_name or content.name


class ProjectFilterForm(FilterForm):
    q = forms.CharField(
        label="Tìm", required=False, max_length=LONGEST_SEARCH, widget=forms.TextInput(attrs={"type": "search"}),
        help_text="Mã, tên, mã số thuế, số quyết định, địa danh cũ hoặc mới; không cần gõ dấu: “may say my tho”.",
    )  # fmt: skip
    nam = forms.TypedChoiceField(label="Năm kế hoạch", required=False, coerce=int, empty_value=None)
    trang_thai = forms.ChoiceField(label="Trạng thái", required=False, choices=[("", "Tất cả"), *ProjectStatus.choices])
    loai = forms.ChoiceField(label="Loại", required=False, choices=[("", "Tất cả"), *ProjectKind.choices])
    nguon = forms.ChoiceField(label="Có nguồn", required=False, choices=[("", "Tất cả"), *SourceCategory.choices])
    noi_dung = ContentField(label="Nội dung", required=False, empty_label="Tất cả", to_field_name="code")
    dia_ban = UnitField(label="Địa bàn", required=False, takes_best=True)
    ke_hoach = forms.ModelChoiceField(label="Kế hoạch", required=False, queryset=None, empty_label="Tất cả")

    LABELS = {"nam": "Năm", "nguon": "Nguồn"}
    SORTS = {
        "ma": ("plan__year", "code"),
        "ten": ("sort_key", "pk"),
        "trang-thai": ("status", "code"),
        "han": ("ends_on", "code"),
        "kcqg": ("national_amount", "code"),
        "kcdp": ("local_amount", "code"),
        "doi-ung": ("counterpart_amount", "code"),
        "tong": ("total_amount", "code"),
    }
    EMPTY_LAST = ("ends_on",)

    def __init__(self, data=None, *, user, **kwargs):
        super().__init__(data, **kwargs)
        plans = AnnualPlan.objects.visible_to(user).order_by("-year", "round_no", "name")
        self.fields["ke_hoach"].queryset = plans
        years = plans.order_by("-year").values_list("year", flat=True).distinct()
        self.fields["nam"].choices = [("", "Tất cả"), *((year, str(year)) for year in years)]

    @property
    def default_sort(self):
        return "-ma"

    def ordered(self, rows):
        """As any list, newest plan year first without a wish; money is summed only when it orders."""
        word = self.data.get(self.add_prefix("sap_xep"), "")
        if self.SORTS.get(word.removeprefix("-"), ("",))[0].endswith("_amount"):
            rows = rows.with_amounts()
        elif word.removeprefix("-") not in self.SORTS:
            return rows.order_by("-plan__year", "code")
        return super().ordered(rows)

    def filter(self, projects):
        """The projects that the form asks for, in its order; none when a filter cannot be read."""
        if not self.is_valid():
            return projects.none()
        asked = self.cleaned_data
        plain = {
            "plan__year": asked["nam"], "status": asked["trang_thai"], "kind": asked["loai"], "plan": asked["ke_hoach"],
        }  # fmt: skip
        projects = projects.filter(**{field: value for field, value in plain.items() if value})
        if asked["q"]:
            projects = projects.matching(asked["q"])
        if content := asked["noi_dung"]:
            projects = projects.filter(content__in=[content.pk, *content.kinds.values_list("pk", flat=True)])
        if asked["nguon"]:
            projects = projects.with_source(asked["nguon"])
        if asked["dia_ban"]:
            projects = projects.in_place(asked["dia_ban"])
        return self.ordered(projects)
