"""Fields, widgets and mixins of every form: Vietnamese money and dates, look-ups by name, version conflicts."""

import re
from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.forms.utils import ErrorDict
from django.urls import reverse_lazy
from django.utils.http import urlencode

from khuyencong.dates import parse_date, short_date
from khuyencong.drawn_widgets import drawn
from khuyencong.models import AdministrativeUnit
from khuyencong.money import format_vnd, parse_vnd, vnd_words
from khuyencong.templatetags.vietnamese import quantity
from khuyencong.text import fold, nfc, quoted, search_words, western_digits

MAX_AMOUNT = 999_999_999_999_999
# The longest text that a look-up or a search reads: a longer pattern breaks the database's LIKE.
LONGEST_SEARCH = 200
DECIMAL = re.compile(r"-?(?:[0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+)(?:,[0-9]+)?")


class PortalBoundField(BoundField):
    """Gives widgets their class, ties hint, words and errors to them, and says what to do about an empty one."""

    # By the widget's input_type, which a textarea lacks; every other kind is an .input.
    CLASSES = {"select": "select", "textarea": "textarea", "checkbox": "", "radio": "", "hidden": ""}
    # What to do about an empty field, where it is not typed into.
    CHOOSE = {"select": "Chọn một mục.", "radio": "Chọn một mục.", "checkbox": "Chọn một mục.", "file": "Chọn tệp."}

    def __init__(self, form, field, name):
        super().__init__(form, field, name)
        if field.error_messages["required"] is forms.Field.default_error_messages["required"]:
            kind = getattr(field.widget, "input_type", "textarea")
            field.error_messages["required"] = self.CHOOSE.get(kind, "Nhập vào ô này.")
        # Django's own sentence is not translated.
        field.error_messages.setdefault("null_characters_not_allowed", "Có ký tự không đọc được: xóa rồi gõ lại.")

    def build_widget_attrs(self, attrs, widget=None):
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        css = self.CLASSES.get(getattr(widget, "input_type", "textarea"), "input")
        if css and "class" not in widget.attrs and "class" not in attrs:
            attrs["class"] = css
        # The browser's own bubbles speak another language and stop unfinished drafts from being saved.
        attrs.pop("required", None)
        if widget.is_hidden:
            # The value that the person saw, beside the field itself: nothing describes it.
            attrs.pop("aria-describedby", None)
        return attrs

    @property
    def aria_describedby(self):
        if not self.auto_id or self.is_hidden:
            return None
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

    def render(self, template_name, context, request=None):
        """Plain widgets are drawn in Python, everything else by its template."""
        return drawn(template_name, context) or super().render(template_name, context, request)


class VndInput(forms.TextInput):
    """Money as typed; the words beside it come from the server, which alone reads numbers."""

    def __init__(self, attrs=None, *, live=True):
        shown = {"class": "input input--money", "inputmode": "decimal", "autocomplete": "off"}
        if live:
            shown |= {
                "data-hx-get": reverse_lazy("read_amount"),
                "data-hx-trigger": "input changed delay:150ms, change",
                "data-hx-target": "next .words",
                "data-hx-sync": "this:replace",
            }
        super().__init__({**shown, **(attrs or {})})

    def format_value(self, value):
        return format_vnd(value) if isinstance(value, int) else value


class VndField(forms.Field):
    """Whole đồng, typed as 300tr, 1,5 tỷ or 300.000.000; None when left empty.

    `with_words` shows the grouped number and the words under the field while it is typed.
    """

    widget = VndInput
    shows_words = True

    def __init__(self, *, max_value=MAX_AMOUNT, min_value=0, with_words=True, **kwargs):
        self.max_value, self.min_value = min(max_value, MAX_AMOUNT), min_value or 0
        self.shows_words = with_words
        kwargs.setdefault("widget", VndInput(live=with_words))
        super().__init__(**kwargs)

    def to_python(self, value):
        if value is None or isinstance(value, int):
            return value
        return parse_vnd(str(value)) if nfc(str(value)) else None

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
        if not isinstance(value, str):
            return super().to_python(value)
        return parse_date(value) if nfc(value) else None


class VnDecimalField(forms.DecimalField):
    """A quantity with a decimal comma: 2,5 or 1.875."""

    widget = forms.TextInput(attrs={"class": "input input--short", "inputmode": "decimal", "autocomplete": "off"})

    def prepare_value(self, value):
        return value if value is None or isinstance(value, str) else quantity(value)

    def to_python(self, value):
        if not isinstance(value, str):
            return super().to_python(value)
        text = western_digits(nfc(value)).replace(" ", "")
        if not text:
            return None
        if not DECIMAL.fullmatch(text):
            # "0.5" is refused rather than read as 5 or as a half: a dot groups thousands here.
            raise ValidationError(
                f"Không đọc được số {quoted(value)}; dùng dấu phẩy cho phần lẻ, ví dụ 2,5 hoặc 1.875.", code="invalid"
            )
        return super().to_python(text.replace(".", "").replace(",", "."))


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
        super().__init__(widget=LookupInput(reverse_lazy(search_url)), **{"max_length": LONGEST_SEARCH * 3} | kwargs)

    def prepare_value(self, value):
        """The label, whether the initial value is a row, its key (as model forms give it) or typed text."""
        if isinstance(value, int):
            value = self.queryset.filter(pk=value).first()
        return value if value is None or isinstance(value, str) else self.label_of(value)

    def clean(self, value):
        text = nfc(super().clean(value) or "")
        if not text:
            return None
        candidates = list(self.search(self.queryset, text)[:50]) if search_words(text) else []
        found = self._exact(candidates, text) or candidates
        if len(found) == 1 or (found and self.takes_best):
            return found[0]
        if not found:
            raise ValidationError(f"Không tìm thấy “{text[:60]}”. Gõ vài chữ rồi chọn trong danh sách gợi ý.")
        names = "; ".join(self.label_of(row) for row in found[:5])
        raise ValidationError(f"Có nhiều kết quả: {names}. Gõ rõ hơn hoặc chọn trong danh sách gợi ý.")

    def _exact(self, rows, text):
        """The rows whose label was typed in full, best with its very accents."""
        very = [row for row in rows if nfc(self.label_of(row)) == text]
        return very or [row for row in rows if fold(self.label_of(row)) == fold(text)]

    def has_changed(self, initial, data):
        return (self.prepare_value(initial) or "") != nfc(data or "")


class UnitField(LookupField):
    """A place by its name of today or of before July 2025; `levels` narrows to e.g. communes."""

    def __init__(self, *, levels=None, **kwargs):
        units = AdministrativeUnit.objects.filter(level__in=levels) if levels else AdministrativeUnit.objects.all()
        super().__init__(queryset=units, search_url="unit_search", **kwargs)
        if levels:
            self.widget.query = urlencode({"cap": levels}, doseq=True)

    def put_first(self, provinces):
        """Of equal names take those in these provinces of today (ids) first, as the suggestions do."""
        self.search = lambda units, text: units.matching(text, provinces)


class PlaceField(UnitField):
    """A place; the full label, as suggestions give it, is read without a search."""

    def clean(self, value):
        found = self.queryset.filter(label=nfc(value or "")).first()
        return found or super().clean(value)


class ListedField(forms.ChoiceField):
    """One of a list that all rows of a table share, so that rows cost no query: each form `offer`s it the list."""

    def __init__(self, *, label_of=str, empty_label="–", **kwargs):
        self.label_of, self.empty_label = label_of, empty_label
        super().__init__(**kwargs)

    def offer(self, listed):
        self.listed = {str(row.pk): row for row in listed}
        self.choices = [("", self.empty_label), *((key, self.label_of(row)) for key, row in self.listed.items())]

    def clean(self, value):
        key = super().clean(value)
        return self.listed[key] if key else None

    def prepare_value(self, value):
        return getattr(value, "pk", value)


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files as a list. What is in them, and whether it is anything, the service says."""

    def __init__(self, *, accept, multiple=True, **kwargs):
        super().__init__(widget=FilesInput(attrs={"accept": accept, "multiple": multiple}), **kwargs)

    def clean(self, data, initial=None):
        found = [upload for upload in (data if isinstance(data, list | tuple) else [data]) if upload]
        if self.required and not found:
            raise ValidationError("Chọn ít nhất một tệp.")
        return found


class ReasonField(forms.CharField):
    """Why: a sentence that stays on record."""

    def __init__(self, *, label="Lý do", max_length=2000, **kwargs):
        kwargs.setdefault("error_messages", {"required": "Nêu lý do."})
        super().__init__(label=label, max_length=max_length, widget=forms.Textarea(attrs={"rows": 3}), **kwargs)


class UnreadMixin:
    """A form that is shown again as typed, without being read and without errors, when `unread` is set."""

    unread = False

    def full_clean(self):
        if not self.unread:
            return super().full_clean()
        self._errors, self.cleaned_data = ErrorDict(), {}
        return None


class CleanTextMixin:
    """Text is stored as Vietnamese is composed, without what cannot be seen; paragraphs keep their lines."""

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        for name, value in cleaned.items():
            if isinstance(value, str):
                cleaned[name] = "\n".join(map(nfc, value.splitlines())) if "\n" in value else nfc(value)
        return cleaned


class TypedMixin:
    def typed(self, name):
        """What stands in a field, typed or stored, read without saying what is wrong; None where it cannot be read."""
        try:
            return self.fields[name].clean(self[name].value())
        except ValidationError:
            return None


@dataclass(frozen=True)
class Conflict:
    """One field that someone else changed meanwhile: what this person has, what is stored, which is proposed."""

    bound_field: BoundField
    mine: str
    theirs: str
    keep: str


class VersionedFormMixin:
    """A model form on a Record that never overwrites what someone else saved meanwhile.

    It carries the version and the values that the person saw. When the service answers with StaleVersionError,
    the view calls `show_conflicts(current)`: the page is shown again with both values of each field that the
    other person changed, and the choice (`keep-<field>` = mine or theirs) is applied on the next post.
    """

    def __init__(self, *args, **kwargs):
        self.conflicts = []
        self.conflict_with = None
        super().__init__(*args, **kwargs)
        seen = self.instance.pk is not None
        columns = {column.name for column in self.instance._meta.concrete_fields}
        self.compared = [name for name in self.fields if name in columns]
        for name in self.compared:
            self.fields[name].show_hidden_initial = seen
        self.fields["version"] = forms.IntegerField(
            required=False, widget=forms.HiddenInput, initial=self.instance.version if seen else None
        )
        if seen and self.is_bound:
            self._take_theirs()

    def _take_theirs(self):
        names = [name for name in self.compared if self.data.get(f"keep-{self.add_prefix(name)}") == "theirs"]
        if names:
            self.data = self.data.copy()
            for name in names:
                self.data[self.add_prefix(name)] = posted(self.fields[name], stored_value(self.instance, name))

    @property
    def expected_version(self):
        return self.cleaned_data.get("version")

    def show_conflicts(self, current):
        """Turn a refused save into a choice per field; the next post carries the version of `current`.

        A field that only this person changed keeps what they typed; one that only the other person changed
        proposes the stored value; one that both changed proposes what this person typed.
        """
        changed = set(self.changed_data)
        self.conflict_with = current
        self.data = self.data.copy()
        self.data[self.add_prefix("version")] = current.version
        for name in self.compared:
            field, bound, stored = self.fields[name], self[name], stored_value(current, name)
            seen, now = self.data.get(bound.html_initial_name), posted(field, stored)
            self.data[bound.html_initial_name] = now
            if same_lines(seen, now) or getattr(self.instance, name) == getattr(current, name):
                continue
            mine, theirs = readable(field, self.cleaned_data.get(name)), readable(field, stored)
            self.conflicts.append(Conflict(bound, mine, theirs, "mine" if name in changed else "theirs"))


class VersionForm(forms.Form):
    """Carries the version that the person saw, and what to keep when two people saved."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        self.conflicts, self.conflict_with = [], None
        super().__init__(*args, **kwargs)

    @property
    def expected_version(self):
        """A form that came without its version counts as read long ago."""
        return self.cleaned_data.get("version") or 0

    def show_conflicts(self, current):
        self.conflict_with = current
        self.data = self.data.copy()
        self.data["version"] = current.version


def add_refusal(form, refusal):
    """A refusal of the service at its field; what belongs to no field of the form stands on top."""
    errors = refusal.error_dict if hasattr(refusal, "error_dict") else {None: refusal.error_list}
    for name, found in errors.items():
        form.add_error(name if name in form.fields else None, found)


def stored_value(instance, name):
    """The stored value as a form gives it initially: the key of a linked row, else the value itself."""
    value = getattr(instance, name, None)
    return value.pk if isinstance(value, Model) else value


def posted(field, value):
    """A stored value as the browser would post it."""
    value = field.prepare_value(value)
    return "" if value is None else str(value)


def same_lines(text, other):
    """Whether two posted texts are the same; browsers post other line ends than the database may hold."""
    return text is not None and text.splitlines() == other.splitlines()


def readable(field, value):
    """A value as people read it in a chip or a conflict: the label of a choice, a date, a grouped amount."""
    if isinstance(value, list | tuple | set | QuerySet):
        return ", ".join(readable(field, item) for item in value)
    if isinstance(field, forms.BooleanField):
        return "có" if value and value != "False" else "không"
    if isinstance(field, VndField) and isinstance(value, int):
        return format_vnd(value)
    if isinstance(field, forms.ModelChoiceField) and isinstance(value, Model):
        return field.label_from_instance(value)
    if isinstance(field, forms.ChoiceField):
        return next((str(label) for key, label in field.choices if key and str(key) == str(value)), "để trống")
    prepared = field.prepare_value(value)
    return "để trống" if prepared in (None, "") else str(prepared)
