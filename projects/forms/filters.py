"""The filter of the project list: owned by the form, read by page, chips and Excel file alike."""

from django import forms
from django.db.models import Q
from django.forms.models import ModelChoiceIterator
from django.http import QueryDict

from khuyencong.filters import FilterForm
from khuyencong.forms import LONGEST_SEARCH, UnitField
from khuyencong.models import Organisation
from khuyencong.units import own_provinces
from programs.forms import year_field
from programs.models import ActivityContent, AnnualPlan, Program, Scope, SourceCategory
from projects.forms.handover import MOST_PLANS, organisation_field, own_house_first
from projects.models import APPROVED_PROJECT, DONE_PROJECT, EDITABLE_PROJECT, ProjectKind, ProjectStatus

ALL = ("", "Tất cả")
# States that people ask for together: word in the address, label, states.
STATUS_GROUPS = {
    "dang-lap": ("Đang lập, đang sửa", EDITABLE_PROJECT),
    "cho-quyet-dinh": (
        "Chờ thẩm định, xếp, phê duyệt",
        (ProjectStatus.SUBMITTED, ProjectStatus.APPRAISED, ProjectStatus.RESERVE, ProjectStatus.IN_PLAN),
    ),
    "trong-ke-hoach": ("Trong kế hoạch, trình và đã duyệt", (ProjectStatus.IN_PLAN, *APPROVED_PROJECT)),
    "da-duyet": ("Đã phê duyệt trở đi", APPROVED_PROJECT),
    "hoan-thanh": ("Đã nghiệm thu trở đi", DONE_PROJECT),
}
SAMPLES = {"that": ("Không lấy dữ liệu mẫu", False), "mau": ("Chỉ dữ liệu mẫu", True)}


class ContentIterator(ModelChoiceIterator):
    def choice(self, content):
        value, label = super().choice(content)
        return value, f"– {label}" if content.parent_id else label


class ContentField(forms.ModelChoiceField):
    """A content of Điều 4 with all its kinds of activity, or one kind; in the order of the law."""

    iterator = ContentIterator

    def __init__(self, **kwargs):
        super().__init__(queryset=ActivityContent.objects.all(), to_field_name="code", **kwargs)

    def label_from_instance(self, content):
        return content.name if content.parent_id else content.short_name or content.name


class ProgramsField(forms.TypedMultipleChoiceField):
    """Programmes by their keys: the national and the local one of a province together, say."""

    def __init__(self, **kwargs):
        refusal = "Có chương trình không còn hoặc ông/bà không xem được; bỏ ra rồi lọc lại."
        super().__init__(
            coerce=int, widget=forms.CheckboxSelectMultiple, error_messages={"invalid_choice": refusal}, **kwargs
        )


class ProjectFilterForm(FilterForm):
    q = forms.CharField(
        label="Tìm", required=False, max_length=LONGEST_SEARCH,
        widget=forms.TextInput(attrs={"type": "search", "aria-describedby": "q-hint"}),
    )  # fmt: skip
    nam = forms.TypedChoiceField(label="Năm kế hoạch", required=False, coerce=int, empty_value=None)
    tu_nam = year_field("Từ năm", required=False)
    den_nam = year_field("Đến năm", required=False)
    trang_thai = forms.ChoiceField(
        label="Trạng thái", required=False,
        choices=[ALL, *((word, label) for word, (label, _states) in STATUS_GROUPS.items()), *ProjectStatus.choices],
    )  # fmt: skip
    nguon = forms.ChoiceField(label="Có nguồn", required=False, choices=[ALL, *SourceCategory.choices])
    noi_dung = ContentField(label="Nội dung", required=False, empty_label="Tất cả")
    dia_ban = UnitField(label="Địa bàn", required=False, takes_best=True)
    ke_hoach = forms.TypedChoiceField(label="Kế hoạch", required=False, coerce=int, empty_value=None)
    pham_vi = forms.ChoiceField(label="Phạm vi", required=False, choices=[ALL, *Scope.choices])
    loai = forms.ChoiceField(label="Loại", required=False, choices=[ALL, *ProjectKind.choices])
    don_vi = organisation_field(label="Đơn vị thực hiện", required=False, takes_best=True)
    mau = forms.ChoiceField(
        label="Dữ liệu mẫu", required=False, choices=[ALL, *((word, label) for word, (label, _) in SAMPLES.items())]
    )
    diem = forms.BooleanField(label="Chỉ đề án điểm", required=False)
    chuong_trinh = ProgramsField(label="Chương trình", required=False)

    # The first rows of the filter; the others unfold.
    MAIN = ("q", "nam", "trang_thai", "nguon", "noi_dung", "dia_ban")
    LABELS = {"nam": "Năm", "nguon": "Nguồn", "diem": "Đề án điểm"}
    SORTS = {
        "ma": ("plan__year", "code"),
        "ten": ("sort_key", "pk"),
        "trang-thai": ("status", "code", "pk"),
        "han": ("ends_on", "code", "pk"),
        "kcqg": ("national_amount", "code", "pk"),
        "kcdp": ("local_amount", "code", "pk"),
        "doi-ung": ("counterpart_amount", "code", "pk"),
        "khac": ("other_amount", "code", "pk"),
        "tong": ("total_amount", "code", "pk"),
    }
    EMPTY_LAST = ("ends_on",)

    def __init__(self, data=None, *, user, **kwargs):
        super().__init__(data, user=user, **kwargs)
        self.fields["dia_ban"].put_first(own_provinces(user))
        self.fields["don_vi"].queryset = own_house_first(Organisation.objects.all(), user)
        self._offer_plans(AnnualPlan.objects.visible_to(user))

    def _offer_plans(self, visible):
        """Years, plans and programmes to choose from, worked out once in each state of the data.

        A reader of many provinces chooses among the plans of the year asked for, or the newest; an address may name
        any.
        """
        year, plan = (self.data.get(self.add_prefix(name), "") for name in ("nam", "ke_hoach"))
        asked = Q(year=year) if year.isascii() and year.isdigit() and len(year) == 4 else Q()
        asked |= Q(pk=plan) if plan.isascii() and plan.isdigit() and len(plan) < 19 else Q()
        years, plans, programs = self.kept_of(visible, f"offered beside {asked}", lambda: _offered(visible, asked))
        self.fields["nam"].choices = [ALL, *((year, str(year)) for year in years)]
        self.fields["ke_hoach"].choices = [ALL, *plans]
        self.fields["chuong_trinh"].choices = programs

    @property
    def default_sort(self):
        return "-ma"

    @property
    def more_fields(self):
        return [bound for bound in self.visible_fields() if bound.name not in self.MAIN]

    @property
    def uses_more(self):
        """Whether one of the unfolding filters is in use, so that it shows."""
        return any(bound.data for bound in self.more_fields)

    @property
    def sorts_by_year(self):
        """Whether one plan year follows the other, since no other order is asked for."""
        return self.data.get(self.add_prefix("sap_xep"), "").removeprefix("-") not in self.SORTS

    def ordered(self, rows):
        """As any list, newest plan year first without a wish; money is summed only when it orders."""
        if self.sorts_by_year:
            return rows.order_by("-plan__year", "code", "pk")
        word = self.data[self.add_prefix("sap_xep")].removeprefix("-")
        if self.SORTS[word][0].endswith("_amount"):
            rows = rows.with_amounts()
        return super().ordered(rows)

    def clean(self):
        data = super().clean()
        first, last = data.get("tu_nam"), data.get("den_nam")
        if first and last and first > last:
            self.add_error("den_nam", f"Nhập năm từ {first} trở đi, hoặc sửa “Từ năm”.")
        return data

    def chips(self):
        """As any list; of several programmes, one comes off at a time."""
        chips = []
        for name, words in self.describe():
            if name == "chuong-trinh" and "chuong_trinh" in self.cleaned_data:
                chips += self._program_chips(name)
            else:
                chips.append((words, self.query_without(name)))
        return chips

    def _program_chips(self, name):
        labels = dict(self.fields["chuong_trinh"].choices)
        asked = dict.fromkeys(self.cleaned_data["chuong_trinh"])
        for program in asked:
            query = QueryDict(self.query_without(), mutable=True)
            query.setlist(name, [other for other in asked if other != program])
            yield f"Chương trình: {labels[program]}", query.urlencode()

    def filter(self, projects):
        """The projects that the form asks for, in its order; none when a filter cannot be read."""
        if not self.is_valid():
            return projects.none()
        asked = self.cleaned_data
        plain = {
            "plan__year": asked["nam"],
            "plan__year__gte": asked["tu_nam"],
            "plan__year__lte": asked["den_nam"],
            "plan__program__in": asked["chuong_trinh"],
            "plan": asked["ke_hoach"],
            "plan__program__scope": asked["pham_vi"],
            "kind": asked["loai"],
            "implementing_unit": asked["don_vi"],
            "is_key": asked["diem"],
        }
        projects = projects.filter(**{field: value for field, value in plain.items() if value})
        if status := asked["trang_thai"]:
            _label, states = STATUS_GROUPS.get(status, ("", [status]))
            projects = projects.filter(status__in=states)
        if asked["mau"]:
            projects = projects.filter(is_sample=SAMPLES[asked["mau"]][1])
        if asked["q"]:
            projects = projects.matching(asked["q"])
        if content := asked["noi_dung"]:
            projects = projects.filter(Q(content=content) | Q(content__parent=content))
        if asked["nguon"]:
            projects = projects.with_source(asked["nguon"])
        if asked["dia_ban"]:
            projects = projects.in_place(asked["dia_ban"])
        return self.ordered(projects)


def _offered(visible, asked):
    """(years, choices of plans, choices of programmes), newest first: one query, three more for many provinces."""
    ordered = visible.select_related("program").order_by("-year", "round_no", "name")
    ordered = ordered.only("year", "round_no", "name", "program__name", "program__period_start")
    plans = list(ordered[: MOST_PLANS + 1])
    programs = {plan.program for plan in plans}
    years = list(dict.fromkeys(plan.year for plan in plans))
    if len(plans) > MOST_PLANS:
        years = list(visible.order_by("-year").values_list("year", flat=True).distinct())
        programs = Program.objects.filter(pk__in=visible.order_by().values("program"))
        plans = (list(ordered.filter(asked)[: 2 * MOST_PLANS]) if asked else []) or plans[:MOST_PLANS]
    programs = sorted(programs, key=lambda program: (-program.period_start, program.name))
    return years, [(plan.pk, str(plan)) for plan in plans], [(program.pk, str(program)) for program in programs]
