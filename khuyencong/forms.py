"""Fields, widgets and mixins of every form: Vietnamese money and dates, look-ups by name, version conflicts."""

from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.urls import reverse_lazy
from django.utils.http import urlencode

from khuyencong.dates import parse_date, short_date
from khuyencong.models import AdministrativeUnit
from khuyencong.money import format_vnd, parse_vnd, vnd_words
from khuyencong.templatetags.vietnamese import quantity
from khuyencong.text import nfc, western_digits
from khuyencong.units import find_units

MAX_AMOUNT = 999_999_999_999_999


class PortalBoundField(BoundField):
    """Gives widgets their class and ties hint, words and errors to them for screen readers."""

    CLASSES = {
        "select": "select",
        "selectmultiple": "select",
        "textarea": "textarea",
        "checkbox": "",
        "radioselect": "",
    }

    def build_widget_attrs(self, attrs, widget=None):
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        kind = type(widget).__name__.lower().removesuffix("input") or "text"
        css = self.CLASSES.get(kind, "input")
        if css and "class" not in widget.attrs and "class" not in attrs:
            attrs["class"] = css
        # The browser's own bubbles speak another language and stop unfinished drafts from being saved.
        attrs.pop("required", None)
        return attrs

    @property
    def aria_describedby(self):
        parts = []
        if self.help_text:
            parts.append(f"{self.auto_id}_helptext")
        if self.shows_words:
            parts.append(f"{self.auto_id}_words")
        if self.errors:
            parts.append(f"{self.auto_id}_error")
        return " ".join(parts) or None

    @property
    def is_optional(self):
        """Optional fields say so; a field that submitting asks for is not called optional, nor are filters."""
        needed = getattr(self.form, "needed", ())
        return not self.field.required and self.name not in needed and not getattr(self.form, "hides_optional", False)

    @property
    def is_choice(self):
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def shows_words(self):
        return getattr(self.field, "shows_words", False)

    @property
    def words(self):
        """(grouped number, words) of a typed amount, or None."""
        try:
            amount = parse_vnd(str(self.value()))
        except ValidationError:
            return None
        return format_vnd(amount), vnd_words(amount)


class PortalFormRenderer(TemplatesSetting):
    form_template_name = "forms/form.html"
    formset_template_name = "forms/formset.html"
    field_template_name = "forms/field.html"
    bound_field_class = PortalBoundField


class VndInput(forms.TextInput):
    """Money as typed; the words beside it come from the server, which alone reads numbers."""

    def __init__(self, attrs=None):
        live = {
            "class": "input input--money",
            "inputmode": "decimal",
            "autocomplete": "off",
            "hx-get": reverse_lazy("read_amount"),
            "hx-trigger": "input changed delay:150ms, change",
            "hx-target": "next .words",
            "hx-sync": "this:replace",
        }
        super().__init__({**live, **(attrs or {})})

    def format_value(self, value):
        return format_vnd(value) if isinstance(value, int) else value


class VndField(forms.Field):
    """Whole đồng, typed as 300tr, 1,5 tỷ or 300.000.000; None when left empty."""

    widget = VndInput
    shows_words = True

    def __init__(self, *, max_value=MAX_AMOUNT, min_value=0, with_words=True, **kwargs):
        self.max_value, self.min_value = min(max_value, MAX_AMOUNT), min_value or 0
        self.shows_words = with_words
        super().__init__(**kwargs)

    def to_python(self, value):
        if value is None or isinstance(value, int):
            return value
        if not str(value).strip():
            return None
        return parse_vnd(str(value))

    def validate(self, value):
        super().validate(value)
        if value is None:
            return
        if value > self.max_value:
            raise ValidationError(f"Số tiền tối đa là {format_vnd(self.max_value)} đồng.", code="too_large")
        if value < self.min_value:
            raise ValidationError(f"Số tiền ít nhất là {format_vnd(self.min_value)} đồng.", code="too_small")

    def has_changed(self, initial, data):
        try:
            return initial != self.to_python(data)
        except ValidationError:
            return True


class VnDateField(forms.DateField):
    """A day typed as 05/06/2026, read day first."""

    widget = forms.TextInput(attrs={"class": "input input--date", "inputmode": "numeric", "autocomplete": "off"})

    def prepare_value(self, value):
        return value if value is None or isinstance(value, str) else short_date(value)

    def to_python(self, value):
        if value in self.empty_values:
            return None
        return parse_date(value) if isinstance(value, str) else value


class VnDecimalField(forms.DecimalField):
    """A quantity with a decimal comma: 2,5 or 1.875."""

    widget = forms.TextInput(attrs={"class": "input input--short", "inputmode": "decimal", "autocomplete": "off"})

    def prepare_value(self, value):
        return value if value is None or isinstance(value, str) else quantity(value)

    def to_python(self, value):
        if value in self.empty_values:
            return None
        text = western_digits(str(value)).strip().replace(" ", "")
        whole, comma, fraction = text.partition(",")
        groups = whole.lstrip("-").split(".")
        if len(groups) > 1 and not all(len(group) == 3 for group in groups[1:]):
            raise ValidationError("Dùng dấu phẩy cho phần lẻ, ví dụ 2,5.", code="invalid")
        if "e" in text.lower():
            raise ValidationError("Nhập một số, ví dụ 2,5.", code="invalid")
        return super().to_python(whole.replace(".", "") + (f".{fraction}" if comma else ""))


class LookupInput(forms.TextInput):
    """A text field with suggestions from the server; without script it is read as typed."""

    template_name = "forms/lookup_input.html"

    def __init__(self, search_url, attrs=None, query=""):
        self.search_url, self.query = search_url, query
        super().__init__({"autocomplete": "off", "spellcheck": "false", **(attrs or {})})

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["widget"]["search_url"] = f"{self.search_url}?{self.query}" if self.query else self.search_url
        return context


class LookupField(forms.CharField):
    """Text that names one row: its exact label, or words that only one row matches.

    `search(queryset, text)` gives candidates, default `queryset.matching(text)`; `label_of(row)` is
    what people read and what the suggestions put into the field, default `str`. A filter `takes_best`
    of several candidates and shows which; an entry asks.
    """

    def __init__(self, *, queryset, search_url, search=None, label_of=str, takes_best=False, **kwargs):
        self.queryset, self.label_of, self.takes_best = queryset, label_of, takes_best
        self.search = search or (lambda rows, text: rows.matching(text))
        super().__init__(widget=LookupInput(reverse_lazy(search_url)), **kwargs)

    def prepare_value(self, value):
        """The label, whether the initial value is a row, its key (as model forms give it) or typed text."""
        if isinstance(value, int):
            value = self.queryset.filter(pk=value).first()
        return value if value is None or isinstance(value, str) else self.label_of(value)

    def clean(self, value):
        text = nfc(super().clean(value) or "")
        if not text:
            return None
        candidates = list(self.search(self.queryset, text)[:50])
        exact = [row for row in candidates if self.label_of(row) == text]
        found = exact or candidates
        if len(found) == 1 or (found and self.takes_best):
            return found[0]
        if not found:
            raise ValidationError(f"Không tìm thấy “{text[:60]}”. Gõ vài chữ rồi chọn trong danh sách gợi ý.")
        names = "; ".join(self.label_of(row) for row in found[:5])
        raise ValidationError(f"Có nhiều kết quả: {names}. Gõ rõ hơn hoặc chọn trong danh sách gợi ý.")

    def has_changed(self, initial, data):
        return (self.prepare_value(initial) or "") != nfc(data or "")


class UnitField(LookupField):
    """A place by its name of today or of before July 2025; `levels` narrows to e.g. communes."""

    def __init__(self, *, levels=None, **kwargs):
        def search(_rows, text):
            return find_units(text, levels=levels, limit=50)

        super().__init__(queryset=AdministrativeUnit.objects.all(), search_url="unit_search", search=search, **kwargs)
        if levels:
            self.widget.query = urlencode({"cap": levels}, doseq=True)


class ReasonField(forms.CharField):
    """Why: a sentence that stays on record."""

    def __init__(self, *, label="Lý do", max_length=2000, **kwargs):
        kwargs.setdefault("error_messages", {"required": "Nêu lý do."})
        super().__init__(label=label, max_length=max_length, widget=forms.Textarea(attrs={"rows": 3}), **kwargs)


@dataclass(frozen=True)
class Conflict:
    """One field that two people changed: what this person typed, what is stored."""

    bound_field: BoundField
    mine: str
    theirs: str


class VersionedFormMixin:
    """A form on a Record that never overwrites what someone else saved meanwhile.

    It carries the version the person saw. When the service answers with StaleVersionError, the view calls
    `show_conflicts(current)`: the page is shown again with both values of each field that differs, and the
    choice (`keep-<field>` = mine or theirs) is applied on the next post.
    """

    def __init__(self, data=None, *args, instance=None, **kwargs):
        if data is not None and instance is not None:
            data = self._apply_choices(data, instance)
        self.conflicts = []
        self.conflict_with = None
        super().__init__(data, *args, instance=instance, **kwargs)
        self.fields["version"] = forms.IntegerField(
            required=False, widget=forms.HiddenInput, initial=instance.version if instance and instance.pk else None
        )

    def _apply_choices(self, data, instance):
        data = data.copy()
        for name, field in self.base_fields.items():
            if data.get(f"keep-{name}") == "theirs":
                value = field.prepare_value(stored_value(instance, name))
                data[name] = "" if value is None else value
        return data

    @property
    def expected_version(self):
        return self.cleaned_data.get("version")

    def show_conflicts(self, current):
        """Turn a refused save into a choice per field; the next post carries the version of `current`."""
        self.conflict_with = current
        self.data = self.data.copy()
        self.data[self.add_prefix("version")] = current.version
        for name, field in self.fields.items():
            if name == "version" or not hasattr(current, name):
                continue
            stored = stored_value(current, name)
            if self.cleaned_data.get(name) != getattr(current, name):
                bound = self[name]
                mine, theirs = readable(field, bound.value()), readable(field, stored)
                self.conflicts.append(Conflict(bound, mine, theirs))


def stored_value(instance, name):
    """The stored value as a form gives it initially: the key of a linked row, else the value itself."""
    value = getattr(instance, name, None)
    return value.pk if hasattr(value, "pk") else value


def readable(field, value):
    """A value as people read it in a conflict: the label of a choice, a date, a grouped amount."""
    if isinstance(field, forms.BooleanField):
        return "có" if value else "không"
    if isinstance(field, VndField) and isinstance(value, int):
        return format_vnd(value)
    if isinstance(field, forms.ChoiceField):
        return next((str(label) for key, label in field.choices if str(key) == str(value)), "để trống")
    prepared = field.prepare_value(value)
    return "để trống" if prepared in (None, "") else str(prepared)
