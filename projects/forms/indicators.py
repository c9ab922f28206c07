"""Rows of indicators: planned in the entry of a project, done and verified at acceptance."""

from django import forms
from django.core.exceptions import ValidationError

from khuyencong.forms import ListedField, VnDecimalField, VndField
from khuyencong.money import format_vnd
from khuyencong.rows import RowForm, RowFormSet, Table, formset_of
from khuyencong.templatetags.vietnamese import quantity
from khuyencong.text import nfc
from projects.models import ProjectIndicator
from projects.services.indicators import figure, indicator_line

MOST_INDICATORS = 40
LARGEST = 999_999_999_999
COUNT = VnDecimalField(
    required=False, min_value=0, max_value=LARGEST, decimal_places=2,
    error_messages={
        "min_value": "Chỉ tiêu không thể âm.",
        "max_value": f"Số quá lớn; nhiều nhất là {format_vnd(LARGEST)}.",
        "max_decimal_places": "Nhiều nhất hai chữ số sau dấu phẩy.",
    },
)  # fmt: skip
MONEY = VndField(required=False)


class ValueField(forms.CharField):
    """What an indicator counts, as typed; `read_value` reads it once the indicator is known."""

    def __init__(self, **kwargs):
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(required=False, max_length=60, widget=widget, **kwargs)

    def prepare_value(self, value):
        return value if value is None or isinstance(value, str) else quantity(value)


def read_value(indicator, text):
    """Đồng as people type money, anything else with a decimal comma; None of nothing. Raises ValidationError."""
    return (MONEY if indicator.is_money else COUNT).clean(text or "")


def offered_label(indicator):
    return f"{indicator} ({indicator.unit})"


class IndicatorRowForm(RowForm):
    """A row with one figure, `value_name`, of an indicator out of the list."""

    value_name = "planned"
    unlike = ("indicator",)
    indicator = ListedField(label="Chỉ tiêu", required=False, label_of=offered_label, empty_label="Chọn chỉ tiêu")

    class Meta:
        model = ProjectIndicator
        fields = ("indicator",)

    def __init__(self, *args, indicators, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["indicator"].offer(indicators)

    def clean(self):
        cleaned = super().clean()
        indicator = cleaned.get("indicator")
        if not indicator:
            if "indicator" not in self.errors:
                self.add_error("indicator", "Chọn chỉ tiêu, hoặc bỏ dòng này.")
            return cleaned
        try:
            cleaned[self.value_name] = read_value(indicator, cleaned.get(self.value_name))
        except ValidationError as refusal:
            self.add_error(self.value_name, refusal)
        return cleaned

    def _post_clean(self):
        # An unreadable row has no figures for the model to check; what is wrong is told already.
        if not self.errors:
            super()._post_clean()


class PlannedForm(IndicatorRowForm):
    telling = ("indicator", "planned", "note")
    planned = ValueField(label="Kế hoạch")

    class Meta(IndicatorRowForm.Meta):
        fields = ("indicator", "planned", "note")

    def clean(self):
        cleaned = super().clean()
        if not self.errors and cleaned["planned"] is None:
            self.add_error("planned", "Nhập số kế hoạch.")
        return cleaned


class DoneForm(IndicatorRowForm):
    value_name = "done"
    telling = ("indicator", "done", "note")
    done = ValueField(label="Thực hiện")

    class Meta(IndicatorRowForm.Meta):
        fields = ("indicator", "done", "is_verified", "note")

    def __init__(self, *args, planned, **kwargs):
        super().__init__(*args, **kwargs)
        self.planned = planned

    @property
    def planned_words(self):
        """What the project planned of the indicator chosen, with its unit."""
        row = self.planned.get(nfc(str(self["indicator"].value() or "")))
        return figure(row.indicator, row.planned) if row else ""

    def clean(self):
        cleaned = super().clean()
        if not self.errors and cleaned["is_verified"] and cleaned["done"] is None:
            self.add_error("done", "Nhập số thực hiện đã kiểm chứng.")
        return cleaned


class IndicatorFormSet(RowFormSet):
    noun = "Chỉ tiêu"


PLANNED = Table("targets", "Chỉ tiêu", formset_of(PlannedForm, IndicatorFormSet, MOST_INDICATORS), indicator_line)
DONE = Table(
    "results", "Kết quả theo chỉ tiêu", formset_of(DoneForm, IndicatorFormSet, MOST_INDICATORS), indicator_line
)
