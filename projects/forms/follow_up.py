"""Forms of following up: the answers of one round, the filter of what is due."""

from django import forms
from django.core.exceptions import ValidationError

from khuyencong.dates import short_date, today
from khuyencong.filters import FilterForm
from khuyencong.forms import LONGEST_SEARCH, CleanTextMixin, VnDateField
from programs.deadlines import Deadlines
from projects.forms.acts import LONGEST_OPINION
from projects.forms.indicators import ValueField, read_value
from projects.models import FollowUp
from projects.services.follow_up import NEAR, accepted_projects, due_by, figures_before, follow_up_rules

STATES = (("den-han", "Đến hạn, chưa ghi"), ("sap-den", "Sắp đến hạn trong 30 ngày"), ("da-ghi", "Đã ghi"))


def name_of(indicator):
    return f"indicator-{indicator.pk}"


class FollowUpForm(CleanTextMixin, forms.ModelForm):
    """One round: the day, whether the result is still in use, a figure per indicator."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    surveyed_on = VnDateField(
        label="Ngày lấy số liệu", help_text="Ngày cơ sở cho số liệu. Ví dụ 30/06/2026.",
        error_messages={"required": "Nhập ngày lấy số liệu."},
    )  # fmt: skip

    class Meta:
        model = FollowUp
        fields = ("surveyed_on", "is_operating", "note")
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, data=None, *, instance, indicators):
        stored = {row.indicator_id: row.value for row in instance.values.all()} if instance.pk else {}
        initial = {name_of(indicator): stored.get(indicator.pk) for indicator in indicators}
        super().__init__(data, instance=instance, initial=initial | {"version": instance.project.version})
        self.indicators = indicators
        self.fields["note"].max_length = LONGEST_OPINION
        accepted_on = short_date(instance.project.acceptance.accepted_on)
        self.fields["surveyed_on"].help_text = f"Sau ngày nghiệm thu {accepted_on}, ví dụ 20/05/2027."
        for indicator in indicators:
            self.fields[name_of(indicator)] = ValueField(label=f"{indicator} ({indicator.unit})")

    @property
    def figures(self):
        """[(indicator, what was told before in words, field)] in the order of the page."""
        before = figures_before(self.instance)
        return [(indicator, before.get(indicator.pk, []), self[name_of(indicator)]) for indicator in self.indicators]

    @property
    def values(self):
        """{Indicator: Decimal, đồng or None}."""
        return {indicator: self.cleaned_data[name_of(indicator)] for indicator in self.indicators}

    @property
    def expected_version(self):
        return self.cleaned_data.get("version")

    def clean(self):
        cleaned = super().clean()
        for indicator in self.indicators:
            name = name_of(indicator)
            try:
                cleaned[name] = read_value(indicator, cleaned.get(name))
            except ValidationError as refusal:
                self.add_error(name, refusal)
        return cleaned


class FollowUpFilterForm(FilterForm):
    q = forms.CharField(
        label="Tìm", required=False, max_length=LONGEST_SEARCH, widget=forms.TextInput(attrs={"type": "search"}),
        help_text="Mã, tên đề án, cơ sở, địa danh; không cần gõ dấu.",
    )  # fmt: skip
    nam = forms.TypedChoiceField(label="Năm kế hoạch", required=False, coerce=int, empty_value=None)
    tinh_trang = forms.ChoiceField(label="Tình trạng", required=False, choices=[("", "Tất cả"), *STATES])

    LABELS = {"nam": "Năm"}
    SORTS = {"nghiem-thu": ("accepted_on", "code"), "ma": ("code",)}

    def __init__(self, data=None, *, user, projects, **kwargs):
        super().__init__(data, **kwargs)
        self.deadlines = Deadlines()
        self.rules = follow_up_rules(self.deadlines)
        self.projects = accepted_projects(projects)
        years = self.projects.order_by("-plan__year").values_list("plan__year", flat=True).distinct()
        self.fields["nam"].choices = [("", "Tất cả"), *((year, str(year)) for year in years)]

    def filtered(self):
        """Accepted projects that the form asks for, in its order; none when a filter cannot be read."""
        if not self.is_valid():
            return self.projects.none()
        asked, rows = self.cleaned_data, self.projects
        if asked["q"]:
            rows = rows.matching(asked["q"])
        if asked["nam"]:
            rows = rows.in_year(asked["nam"])
        if asked["tinh_trang"] == "den-han":
            rows = due_by(rows, today(), self.rules)
        elif asked["tinh_trang"] == "sap-den":
            due = due_by(self.projects, today(), self.rules).values("pk")
            rows = due_by(rows, today() + NEAR, self.rules).exclude(pk__in=due)
        elif asked["tinh_trang"] == "da-ghi":
            rows = rows.filter(pk__in=FollowUp.objects.values("project"))
        return self.ordered(rows)

    def due_count(self):
        return due_by(self.projects, today(), self.rules).count()
