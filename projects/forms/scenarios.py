"""Name a scenario, place its lines, choose two versions to compare."""

from django import forms

from khuyencong.forms import CleanTextMixin, VersionForm
from projects.models import Place, PlanScenario

NAME_LENGTH = PlanScenario._meta.get_field("name").max_length


class NewScenarioForm(CleanTextMixin, forms.Form):
    name = forms.CharField(label="Tên phương án", max_length=NAME_LENGTH, help_text="Ví dụ: Ưu tiên máy móc.")
    source = forms.ChoiceField(label="Bắt đầu từ", required=False)

    def __init__(self, data=None, *, plan):
        super().__init__(data)
        self.scenarios = {str(row.pk): row for row in plan.scenarios.all()}
        copies = [(key, f"Chép phương án “{row.name}”") for key, row in self.scenarios.items()]
        self.fields["source"].choices = [("", "Kế hoạch hiện tại"), *copies]

    @property
    def given(self):
        return {"name": self.cleaned_data["name"], "source": self.scenarios.get(self.cleaned_data["source"])}


class ScenarioForm(CleanTextMixin, VersionForm):
    """The name, and one field of place per project of the plan."""

    name = forms.CharField(label="Tên phương án", max_length=NAME_LENGTH)
    note = forms.CharField(label="Ghi chú", max_length=500, required=False)

    def __init__(self, data=None, *, scenario, projects, places):
        initial = {"version": scenario.version, "name": scenario.name, "note": scenario.note}
        super().__init__(data, initial=initial)
        self.projects = projects
        for project in projects:
            self.fields[f"place-{project.pk}"] = forms.ChoiceField(
                label=f"{project.code}: xếp vào", choices=Place.choices, required=False,
                initial=places.get(project.pk, Place.OUT.value),
            )  # fmt: skip

    @property
    def rows(self):
        """[(project, field of its place, the place in words)]."""
        fields = [self[f"place-{project.pk}"] for project in self.projects]
        labels = dict(Place.choices)
        return [(row, cell, labels.get(cell.value(), "")) for row, cell in zip(self.projects, fields, strict=True)]

    @property
    def places(self):
        """{project pk: place} as typed; a line that was not sent stands outside."""
        self.is_valid()
        return {row.pk: self.cleaned_data.get(f"place-{row.pk}") or Place.OUT.value for row in self.projects}


class CompareForm(forms.Form):
    hides_optional = True
    trai = forms.ChoiceField(label="Bản thứ nhất")
    phai = forms.ChoiceField(label="Bản thứ hai")
    tat_ca = forms.BooleanField(label="Hiện cả dòng không đổi", required=False)

    def __init__(self, data, *, choices):
        super().__init__(data)
        self.fields["trai"].choices = self.fields["phai"].choices = choices
