"""Forms of evaluation reports: head with a quickly chosen period, words of a part, figures known only as a sum."""

import calendar
from datetime import date

from django import forms
from django.core.exceptions import ValidationError

from khuyencong.dates import today
from khuyencong.filters import FilterForm
from khuyencong.forms import LONGEST_SEARCH, CleanTextMixin, UnitField, VersionedFormMixin, VnDateField
from khuyencong.permissions import family_q
from programs.forms import MONEY, QUANTITY, year_field
from programs.models import Indicator, Program
from reports.models import Basis, Evaluation, EvaluationKind, EvaluationPhrase, ManualFigure
from reports.services.evaluations import LONGEST_TEXT, NOT_WHOLE, is_whole_years, written

YEARS, FREE = "nam", "ngay"
# Stretch of a year: (first month, last month).
STRETCHES = {"6d": (1, 6), "6c": (7, 12), "q1": (1, 3), "q2": (4, 6), "q3": (7, 9), "q4": (10, 12)}
SPANS = [
    (YEARS, "Trọn năm"),
    ("6d", "6 tháng đầu năm"),
    ("6c", "6 tháng cuối năm"),
    ("q1", "Quý I"),
    ("q2", "Quý II"),
    ("q3", "Quý III"),
    ("q4", "Quý IV"),
    (FREE, "Ngày tự chọn"),
]


class EvaluationFilterForm(FilterForm):
    q = forms.CharField(
        label="Tìm", required=False, max_length=LONGEST_SEARCH, widget=forms.TextInput(attrs={"type": "search"}),
        help_text="Tên chương trình, số quyết định; không cần gõ dấu.",
    )  # fmt: skip
    loai = forms.ChoiceField(label="Loại", required=False, choices=[("", "Tất cả"), *EvaluationKind.choices])
    nam = forms.TypedChoiceField(label="Có năm", required=False, coerce=int, empty_value=None)

    SORTS = {
        "den-ngay": ("ends_on", "pk"),
        "chuong-trinh": ("program__name", "pk"),
        "loai": ("kind", "-ends_on", "pk"),
    }
    default_sort = "-den-ngay"

    def __init__(self, data=None, *, evaluations, **kwargs):
        """`evaluations` are those that the person sees."""
        super().__init__(data, **kwargs)
        self.evaluations = evaluations
        years = evaluations.order_by().values_list("starts_on__year", "ends_on__year").distinct()
        found = sorted({year for first, last in years for year in range(first, last + 1)}, reverse=True)
        self.fields["nam"].choices = [("", "Tất cả"), *((year, str(year)) for year in found)]

    def ordered(self, rows):
        if self.data.get("sap-xep", "").removeprefix("-") not in self.SORTS:
            return rows.order_by("-ends_on", "-pk")
        return super().ordered(rows)

    def rows(self):
        """The reports that the form asks for, in its order; none when a filter cannot be read."""
        if not self.is_valid():
            return self.evaluations.none()
        asked, rows = self.cleaned_data, self.evaluations
        if asked["q"]:
            rows = rows.matching(asked["q"])
        if asked["loai"]:
            rows = rows.filter(kind=asked["loai"])
        if asked["nam"]:
            rows = rows.filter(starts_on__year__lte=asked["nam"], ends_on__year__gte=asked["nam"])
        return self.ordered(rows)


class EvaluationForm(VersionedFormMixin, forms.ModelForm):
    """The period by quick choices: whole years, half a year, a quarter, or two days."""

    span = forms.ChoiceField(label="Thời gian đánh giá", choices=SPANS)
    year_from = year_field("Năm", required=False, help_text="Nhiều năm: năm đầu.")
    year_to = year_field("Đến năm", required=False, help_text="Để trống nếu chỉ một năm.")
    place = UnitField(
        label="Chỉ địa bàn",
        required=False,
        help_text="Trống: mọi nơi của chương trình. Gõ tên mới hay tên cũ đều được.",
    )

    class Meta:
        model = Evaluation
        fields = (
            "program", "counted_with", "kind", "starts_on", "ends_on", "basis", "until", "division", "scope", "place",
            "addressee",
        )  # fmt: skip
        field_classes = dict.fromkeys(("starts_on", "ends_on", "until"), VnDateField)
        widgets = {"counted_with": forms.CheckboxSelectMultiple}
        help_texts = {
            "starts_on": "Khi chọn “Ngày tự chọn”.",
            "ends_on": "Khi chọn “Ngày tự chọn”.",
            "addressee": "Trống: theo mẫu văn bản của cơ quan.",
        }

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        seen = Program.objects.visible_to(by)
        self.fields["program"].queryset = seen.filter(family_q(by))
        self.fields["program"].empty_label = "Chọn chương trình"
        self.fields["counted_with"].queryset = seen.exclude(pk=self.instance.program_id)
        self.fields["scope"].choices = [("", "Cả hai"), *list(self.fields["scope"].choices)[1:]]
        for name in ("starts_on", "ends_on"):
            self.fields[name].required = False
        if self.instance.starts_on:
            self.initial |= span_of(self.instance.starts_on, self.instance.ends_on)

    def clean(self):
        data = super().clean()
        if data.get("span") == FREE:
            self._need("starts_on", "ends_on")
        elif data.get("span"):
            self._need("year_from")
        if self.errors.keys() & {"span", "year_from", "year_to", "starts_on", "ends_on"}:
            return data
        if data["span"] != FREE:
            data["starts_on"], data["ends_on"] = days_of(data["span"], data["year_from"], data.get("year_to"))
        if data["starts_on"] > data["ends_on"]:
            name = "ends_on" if data["span"] == FREE else "year_to"
            self.add_error(name, "Kết thúc phải từ lúc bắt đầu trở đi.")
        elif data.get("basis") == Basis.PLAN_YEAR and not is_whole_years(data["starts_on"], data["ends_on"]):
            self.add_error("basis", NOT_WHOLE)
        return data

    def _need(self, *names):
        for name in names:
            if not self.cleaned_data.get(name) and name not in self.errors:
                self.add_error(name, "Nhập vào ô này.")


def days_of(span: str, year_from: int, year_to: int | None = None) -> tuple[date, date]:
    """First and last day of whole years or of a stretch of one year."""
    if span == YEARS:
        return date(year_from, 1, 1), date(year_to or year_from, 12, 31)
    first, last = STRETCHES[span]
    return date(year_from, first, 1), date(year_from, last, calendar.monthrange(year_from, last)[1])


def span_of(starts_on: date, ends_on: date) -> dict:
    """{span, year_from, year_to}: the quick choice that gives these days, else the days themselves."""
    first, last = starts_on.year, ends_on.year
    for span in (YEARS, *STRETCHES):
        if days_of(span, first, last) == (starts_on, ends_on):
            return {"span": span, "year_from": first, "year_to": last if last != first else None}
    return {"span": FREE, "year_from": None, "year_to": None}


class PartForm(CleanTextMixin, forms.Form):
    """A person's own words for a part, and the phrases picked for it, each with a note."""

    text = forms.CharField(
        label="Lời của phần này", required=False, max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 10}),
        help_text="Mỗi đoạn, mỗi ý một dòng. Để trống rồi lưu thì phần này không có lời.",
    )  # fmt: skip
    seen = forms.CharField(required=False, max_length=LONGEST_TEXT, widget=forms.HiddenInput)

    def __init__(self, *args, phrases=(), picked=None, **kwargs):
        """`phrases` to pick from; `picked` {phrase: note} as stored."""
        super().__init__(*args, **kwargs)
        self.phrases, picked = list(phrases), picked or {}
        for phrase in self.phrases:
            name = f"pick-{phrase.pk}"
            self.fields[name] = forms.BooleanField(label=phrase.text, required=False, initial=phrase in picked)
            self.fields[f"note-{phrase.pk}"] = forms.CharField(
                label=f"Nói rõ: {phrase.text}", required=False, max_length=1000, initial=picked.get(phrase, "")
            )

    @property
    def rows(self):
        """[(phrase, its box, its note)] for the page."""
        return [(phrase, self[f"pick-{phrase.pk}"], self[f"note-{phrase.pk}"]) for phrase in self.phrases]

    @property
    def picked(self) -> dict[EvaluationPhrase, str]:
        data = self.cleaned_data
        return {phrase: data.get(f"note-{phrase.pk}", "") for phrase in self.phrases if data.get(f"pick-{phrase.pk}")}


class ManualFigureForm(VersionedFormMixin, forms.ModelForm):
    """A figure as people write it: money as typed, anything else with a decimal comma."""

    value = forms.CharField(
        label="Số liệu", max_length=60, widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="Tiền gõ được 25 tỷ, 300tr hoặc 25.000.000.000; số khác dùng dấu phẩy cho phần lẻ.",
    )  # fmt: skip

    class Meta:
        model = ManualFigure
        fields = ("indicator", "starts_on", "ends_on", "value", "is_at_least", "source_note", "note")
        field_classes = dict.fromkeys(("starts_on", "ends_on"), VnDateField)
        help_texts = {"starts_on": "Ngày đầu mà số liệu tính. Ví dụ 01/01/2016.", "ends_on": "Ví dụ 31/12/2018."}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.compared.remove("value")
        self.fields["value"].show_hidden_initial = False
        self.fields["source_note"].required = True
        indicators = Indicator.objects.valid_on(today())
        if self.instance.pk:
            indicators |= Indicator.objects.filter(pk=self.instance.indicator_id)
            self.initial["value"] = written(self.instance).removeprefix("trên ")
        self.fields["indicator"].queryset = indicators
        self.fields["indicator"].label_from_instance = lambda row: f"{row.name} ({row.unit})"
        self.fields["indicator"].empty_label = "Chọn chỉ tiêu"

    def clean(self):
        data = super().clean()
        indicator, text = data.get("indicator"), data.get("value")
        if indicator and text:
            try:
                data["value"] = (MONEY if indicator.is_money else QUANTITY).clean(text)
            except ValidationError as refusal:
                self.add_error("value", refusal)
        return data
