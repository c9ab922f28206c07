"""Forms of programmes and of the heads, budgets and groups of annual plans."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Max, Min

from khuyencong.dates import today
from khuyencong.filters import FilterForm
from khuyencong.forms import LONGEST_SEARCH, UnitField, VersionedFormMixin, VnDateField, VnDecimalField, VndField
from khuyencong.money import format_vnd
from programs.models import ActivityContent, AnnualPlan, FundingSource, Indicator, Program, Scope
from programs.services import next_round

# The bounds that the database sets to periods and plan years.
FIRST_YEAR, LAST_YEAR = 1990, 2100
LARGEST_QUANTITY = 999_999_999
MAX_ROWS = 100


class ProgramFilterForm(FilterForm):
    q = forms.CharField(
        label="Tìm", required=False, max_length=LONGEST_SEARCH, widget=forms.TextInput(attrs={"type": "search"}),
        help_text="Tên chương trình, số quyết định, địa bàn; không cần gõ dấu.",
    )  # fmt: skip
    pham_vi = forms.ChoiceField(label="Phạm vi", required=False, choices=[("", "Tất cả"), *Scope.choices])
    giai_doan = forms.TypedChoiceField(label="Giai đoạn có năm", required=False, coerce=int, empty_value=None)

    SORTS = {
        "ten": ("name", "pk"),
        "pham-vi": ("scope", "-period_start", "name", "pk"),
        "giai-doan": ("period_start", "name", "pk"),
        "quyet-dinh": ("decision_on", "pk"),
        "ke-hoach": ("plan_count", "pk"),
    }
    EMPTY_LAST = ("decision_on",)
    default_sort = "-giai-doan"

    def __init__(self, data=None, *, programs, **kwargs):
        """`programs` are those that the person sees; their periods are the years to choose from."""
        super().__init__(data, **kwargs)
        self.programs = programs
        ends = programs.order_by().aggregate(first=Min("period_start"), last=Max("period_end"))
        years = range(ends["last"], ends["first"] - 1, -1) if ends["first"] else ()
        self.fields["giai_doan"].choices = [("", "Tất cả"), *((year, str(year)) for year in years)]

    def ordered(self, rows):
        if self.data.get("sap-xep", "").removeprefix("-") not in self.SORTS:
            return rows.order_by("-period_start", "name", "pk")
        return super().ordered(rows)

    def rows(self):
        """The programmes that the form asks for, in its order; none when a filter cannot be read."""
        if not self.is_valid():
            return self.programs.none()
        asked, programs = self.cleaned_data, self.programs
        if asked["q"]:
            programs = programs.matching(asked["q"])
        if asked["pham_vi"]:
            programs = programs.filter(scope=asked["pham_vi"])
        if asked["giai_doan"]:
            programs = programs.covering(asked["giai_doan"])
        return self.ordered(programs.with_plan_count())


def whole_number(*, label, lowest, highest, **kwargs):
    """A field for a small whole number such as a year."""
    refusal = f"{label} là số từ {lowest} đến {highest}."
    messages = dict.fromkeys(("invalid", "min_value", "max_value"), refusal)
    return forms.IntegerField(
        label=label, min_value=lowest, max_value=highest, error_messages=messages,
        widget=forms.TextInput(attrs={"class": "input input--short", "inputmode": "numeric", "autocomplete": "off"}),
        **kwargs,
    )  # fmt: skip


def year_field(label, **kwargs):
    return whole_number(label=label, lowest=FIRST_YEAR, highest=LAST_YEAR, **kwargs)


def named(text, refusal):
    """The text, refused when it holds no letter or digit."""
    if not any(character.isalnum() for character in text):
        raise ValidationError(refusal)
    return text


class ProgramForm(VersionedFormMixin, forms.ModelForm):
    area = UnitField(
        label="Địa bàn", required=False, levels=("province",),
        help_text="Tỉnh, thành phố theo tên gọi vào thời gian của chương trình; trống khi trên nhiều tỉnh.",
    )  # fmt: skip
    period_start = year_field("Từ năm")
    period_end = year_field("Đến năm")

    class Meta:
        model = Program
        fields = (
            "name", "scope", "area", "period_start", "period_end", "goal", "decision_number", "decision_on",
            "decision_issuer", "source_note",
        )  # fmt: skip
        field_classes = {"decision_on": VnDateField}
        widgets = {"goal": forms.Textarea(attrs={"rows": 4})}
        help_texts = {
            "name": "Như trong quyết định. Ví dụ: Chương trình khuyến công tỉnh Vĩnh Long giai đoạn 2026-2030.",
            "scope": "Theo nguồn: kinh phí khuyến công quốc gia, hoặc kinh phí khuyến công địa phương.",
            "goal": "Chép mục tiêu chung của quyết định; chỉ tiêu có số ghi ở bảng dưới.",
            "decision_number": "Ví dụ 1288/QĐ-UBND",
            "decision_on": "Ngày/tháng/năm",
            "decision_issuer": "Ví dụ: UBND tỉnh Vĩnh Long.",
        }

    def clean_name(self):
        return named(self.cleaned_data["name"], "Nhập tên chương trình.")

    def clean(self):
        data = super().clean()
        start, end = data.get("period_start"), data.get("period_end")
        if start and end and start > end:
            self.add_error("period_end", f"Năm kết thúc phải từ {start} trở đi.")
        number, day = data.get("decision_number"), data.get("decision_on")
        if number and not day and "decision_on" not in self.errors:
            self.add_error("decision_on", "Nhập ngày của quyết định.")
        if day and not number and "decision_number" not in self.errors:
            self.add_error("decision_number", "Nhập số của quyết định.")
        return data


# How a figure is read, depending on what the indicator counts.
QUANTITY = VnDecimalField(
    min_value=0, max_value=LARGEST_QUANTITY, decimal_places=2,
    error_messages={
        "required": "Nhập mục tiêu.",
        "min_value": "Mục tiêu không thể âm.",
        "max_value": f"Mục tiêu quá lớn; nhiều nhất là {format_vnd(LARGEST_QUANTITY)}.",
        "max_decimal_places": "Nhiều nhất hai chữ số sau dấu phẩy.",
    },
)  # fmt: skip
MONEY = VndField(error_messages={"required": "Nhập mục tiêu."})


class TargetForm(forms.Form):
    """An indicator with the figure to reach: money as people type it, anything else with a decimal comma."""

    hides_optional = True
    indicator = forms.ModelChoiceField(
        label="Chỉ tiêu", queryset=Indicator.objects.all(), required=False, empty_label="Chọn chỉ tiêu"
    )
    value = forms.CharField(
        label="Mục tiêu", required=False, max_length=60,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip
    source = forms.CharField(label="Nguồn", required=False, max_length=300)

    def __init__(self, *args, indicators, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["indicator"].choices = indicators
        for name in ("indicator", "value", "source"):
            self.fields[name].show_hidden_initial = True  # tells what the person changed from what another did

    def clean(self):
        data = super().clean()
        indicator, value = data.get("indicator"), data.get("value")
        if indicator:
            self._read_value(indicator, value or "")
        elif (value or data.get("source")) and "indicator" not in self.errors:
            self.add_error("indicator", "Chọn chỉ tiêu, hoặc xóa hết dòng này.")
        return data

    def _read_value(self, indicator, text):
        reader = MONEY if indicator.is_money else QUANTITY
        try:
            self.cleaned_data["value"] = reader.clean(text)
        except ValidationError as refusal:
            self.add_error("value", refusal)

    @property
    def row(self):
        """(indicator, value, source), or None for an empty or dropped row."""
        data = self.cleaned_data
        if not data.get("indicator") or data.get("DELETE"):
            return None
        return data["indicator"], data["value"], data["source"]


class RowFormSet(forms.BaseFormSet):
    """Rows of which no two may name the same thing in `UNIQUE`, a field of the row form."""

    UNIQUE = ""
    TWICE = ""

    @property
    def rows(self):
        return [form.row for form in self.forms if form.row]

    def clean(self):
        seen = set()
        for form in self.forms:
            key = form.cleaned_data.get(self.UNIQUE) if form.is_valid() else None
            if key is None or form.row is None:
                continue
            if key in seen:
                form.add_error(self.UNIQUE, self.TWICE)
            seen.add(key)


class BaseTargetFormSet(RowFormSet):
    UNIQUE = "indicator"
    TWICE = "Chỉ tiêu này đã có ở dòng trên."


TargetFormSet = forms.formset_factory(
    TargetForm,
    formset=BaseTargetFormSet,
    extra=1,
    can_delete=True,
    max_num=MAX_ROWS,
    validate_max=True,
    absolute_max=MAX_ROWS + 1,
)


def indicator_choices(program):
    """Indicators in force today, and those that the programme uses already, each with its unit."""
    used = program.targets.values("indicator") if program.pk else []
    entries = Indicator.objects.valid_on(today()) | Indicator.objects.filter(pk__in=used)
    return [("", "Chọn chỉ tiêu"), *((entry.pk, f"{entry.name} ({entry.unit})") for entry in entries)]


class PlanForm(VersionedFormMixin, forms.ModelForm):
    """The head of a plan; round and name that are left empty take the next round and the usual name."""

    year = year_field("Năm kế hoạch")
    round_no = whole_number(
        label="Đợt", lowest=1, highest=99, required=False, help_text="Để trống thì lấy đợt tiếp theo của năm."
    )

    class Meta:
        model = AnnualPlan
        fields = ("year", "round_no", "name", "proposal_number", "proposal_on", "source_note")
        field_classes = {"proposal_on": VnDateField}
        help_texts = {"proposal_number": "Ví dụ 682/TTr-SCT", "proposal_on": "Ngày/tháng/năm"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["year"].help_text = f"Trong giai đoạn {self.instance.program.period} của chương trình."
        self.fields["name"].required = False
        self.fields["name"].help_text = f"Để trống thì lấy tên “{self._usual_name('…')}”."

    def _usual_name(self, year):
        return f"Kế hoạch khuyến công {self.instance.program.get_scope_display().lower()} năm {year}"

    def clean(self):
        data = super().clean()
        year = data.get("year")
        if year and not data.get("round_no") and "round_no" not in self.errors:
            data["round_no"] = next_round(self.instance.program, year)
        if year and not data.get("name") and "name" not in self.errors:
            data["name"] = self._usual_name(year)
        return data

    def clean_name(self):
        name = self.cleaned_data["name"]
        return named(name, "Nhập tên kế hoạch.") if name else name


class RowsForm(forms.Form):
    """Carries the version that the person saw, for pages made of rows."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    @property
    def expected_version(self):
        return self.cleaned_data.get("version")

    def take_version(self, current):
        """Let the next post overwrite `current`, which the page then shows beside what was typed."""
        self.data = self.data.copy()
        self.data[self.add_prefix("version")] = current.version


class BudgetForm(RowsForm):
    """The envelope of each source in force, or in the plan already."""

    def __init__(self, data=None, *, plan, **kwargs):
        amounts = {budget.source_id: budget.amount for budget in plan.budgets.all()}
        in_force = FundingSource.objects.valid_on(today()) | FundingSource.objects.filter(pk__in=amounts)
        self.sources = list(in_force)
        initial = {"version": plan.version} | {field_name(source): amounts.get(source.pk) for source in self.sources}
        super().__init__(data, initial=initial, **kwargs)
        for source in self.sources:
            self.fields[field_name(source)] = VndField(label=source.name, required=False)

    @property
    def source_fields(self):
        return [(source, self[field_name(source)]) for source in self.sources]

    @property
    def amounts(self):
        """{source: đồng or None}"""
        return {source: self.cleaned_data[field_name(source)] for source in self.sources}


def field_name(source):
    return f"source-{source.pk}"


class GroupForm(forms.Form):
    """A group of projects; `group` says which of the stored `groups`, {key: group}, it is: its number may change.

    A stored group that someone else removed meanwhile counts as a new one.
    """

    hides_optional = True
    group = forms.IntegerField(required=False, widget=forms.HiddenInput)
    number = whole_number(label="Số", lowest=1, highest=999, required=False)
    name = forms.CharField(label="Tên nhóm đề án", required=False, max_length=300)
    content = forms.ModelChoiceField(label="Nội dung hoạt động", queryset=ActivityContent.objects.all(), required=False)
    note = forms.CharField(label="Ghi chú", required=False, max_length=300)

    def __init__(self, *args, groups, contents, **kwargs):
        super().__init__(*args, **kwargs)
        self.groups = groups
        self.fields["content"].choices = contents

    def clean(self):
        data = super().clean()
        if not any(data.get(name) for name in ("group", "number", "name", "content", "note")):
            return data
        if not data.get("number") and "number" not in self.errors:
            self.add_error("number", "Nhập số thứ tự.")
        if not any(map(str.isalnum, data.get("name", ""))) and "name" not in self.errors:
            self.add_error("name", "Nhập tên nhóm đề án.")
        return data

    @property
    def row(self):
        """(number, name, content, note, stored group or None), or None for an empty or dropped row."""
        data = self.cleaned_data
        if not data.get("name") or data.get("DELETE"):
            return None
        return data["number"], data["name"], data["content"], data["note"], self.groups.get(data["group"])


class BaseGroupFormSet(RowFormSet):
    UNIQUE = "number"
    TWICE = "Số này đã có ở nhóm trên."


GroupFormSet = forms.formset_factory(
    GroupForm,
    formset=BaseGroupFormSet,
    extra=1,
    can_delete=True,
    max_num=MAX_ROWS,
    validate_max=True,
    absolute_max=MAX_ROWS + 1,
)


def content_choices(plan):
    """Contents of Điều 4 in force in the plan's year or used in it, each heading with its kinds of activity."""
    used = ActivityContent.objects.filter(pk__in=plan.groups.values("content"))
    entries = ActivityContent.objects.valid_on(date(plan.year, 12, 31)) | used
    groups = {}
    for entry in entries.select_related("parent"):
        name = entry.name if entry.parent else f"{entry.name} (chung)"
        groups.setdefault(entry.heading.short_name or entry.heading.name, []).append((entry.pk, name))
    return [("", "Chưa chọn"), *groups.items()]
