"""The filter of a list: what it finds, how it orders, how its fields are drawn."""

from django import forms
from django.db.models import F
from django.forms.models import ModelChoiceIterator
from django.http import QueryDict

from khuyencong.alphabet import Alphabetical
from khuyencong.forms import PortalBoundField, readable
from khuyencong.kept import kept_of
from khuyencong.text import quoted

# Fields of filters as drawn before, by `FilterBoundField._look`.
_drawn_fields: dict[tuple, str] = {}
MOST_DRAWN = 512


class FilterBoundField(PortalBoundField):
    """A field of a filter: what it offers and holds decides what it looks like, so each look is drawn once.

    A filter is drawn with every page of its list, and its hundred choices are the same for months.
    """

    # Exactly these: a widget or a field of another class may ask for more than stands in `_look`.
    PLAIN = (forms.TextInput, forms.NumberInput, forms.CheckboxInput, forms.Select, forms.CheckboxSelectMultiple)

    def as_field_group(self):
        widget = self.field.widget
        if type(widget) not in self.PLAIN:
            return super().as_field_group()
        if isinstance(choices := getattr(self.field, "choices", None), ModelChoiceIterator):
            # Of this field: another with the same records may name them otherwise.
            asked = f"{type(self.form).__module__}.{type(self.form).__qualname__}.{self.name}"
            self.field.choices = self.form.kept_of(choices.queryset, asked, lambda: _plain(choices))
        look = self._look(widget)
        html = _drawn_fields.get(look)
        if html is None:
            html = super().as_field_group()
            # Another thread may be drawing, too: what is returned is never looked up again.
            if len(_drawn_fields) >= MOST_DRAWN:
                _drawn_fields.clear()
            _drawn_fields[look] = html
        return html

    def _look(self, widget):
        """All that the templates of a field and of its widget show."""
        return (
            type(self.form), type(widget), self.html_name, self.auto_id, str(self.label), str(self.help_text),
            repr(self.value()), tuple(map(str, self.errors)), self.is_optional, self.shows_words,
            tuple((str(name), str(given)) for name, given in widget.attrs.items()),
            repr(getattr(self.field, "choices", ())),
        )  # fmt: skip


def _plain(choices):
    """Choices as texts, those of a group one level down; of records they would be asked for with each page."""
    return [(str(key), _plain(told) if isinstance(told, list | tuple) else str(told)) for key, told in choices]


class FilterForm(forms.Form):
    """The filter of a list, read from the address: finds, orders, and tells itself in words.

    A field `hinh_thuc` stands as `hinh-thuc` in addresses. `LABELS` holds shorter names for chips and Excel heads.
    `SORTS` maps the words of `sap-xep` to fields, the first word is the order without one; a word behind a minus
    turns it. What is `EMPTY_LAST` comes last when it is empty, in either direction and on every database.
    Subclasses say in `filter(rows)` what their fields do, and return `self.ordered(rows)`. What the fields offer is
    read once in each state of the data; of what `user` may see, where it is given and nothing else is offered.
    """

    bound_field_class = FilterBoundField
    hides_optional = True
    LABELS = {}
    SORTS = {}
    EMPTY_LAST = ()

    sap_xep = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, user=None, **kwargs):
        super().__init__(data, **kwargs)
        self.reader = user

    def kept_of(self, rows, name, make):
        return kept_of(rows, name, make, within=self.reader)

    def add_prefix(self, field_name):
        return super().add_prefix(field_name).replace("_", "-")

    @property
    def default_sort(self):
        return next(iter(self.SORTS), "")

    def ordered(self, rows):
        """The rows in the order that the address asks for; an unknown one counts as none."""
        word = self.data.get(self.add_prefix("sap_xep"), "")
        names = self.SORTS.get(word.removeprefix("-")) or self.SORTS[self.default_sort]
        turned = word.startswith("-") and word[1:] in self.SORTS
        return rows.order_by(*[self._order(name, turned) for name in names])

    def _order(self, name, turned):
        if name.rpartition("__")[2] == "name":
            return Alphabetical(name).desc() if turned else Alphabetical(name).asc()
        if name not in self.EMPTY_LAST:
            return f"-{name}" if turned else name
        return F(name).desc(nulls_last=True) if turned else F(name).asc(nulls_last=True)

    def describe(self):
        """[(parameter, words)] of the filters in use, also of those that cannot be read."""
        if not self.is_bound:
            return []
        self.is_valid()
        return [(bound.html_name, words) for bound in self.visible_fields() if (words := self._words(bound))]

    def chips(self):
        """[(words, the query string without that filter and without the page number)]."""
        return [(words, self.query_without(name)) for name, words in self.describe()]

    def query_without(self, *names):
        query = self.data.copy() if isinstance(self.data, QueryDict) else QueryDict(mutable=True)
        for name in (*names, "trang"):
            query.pop(name, None)
        return query.urlencode()

    def _words(self, bound):
        label = self.LABELS.get(bound.name, bound.label)
        if bound.errors:
            typed = bound.value()
            typed = ", ".join(typed) if isinstance(typed, list) else str(typed)
            return f"{label}: {quoted(typed)} chưa dùng được"
        value = self.cleaned_data.get(bound.name)
        if value is False or (not value and value != 0):
            return ""
        return label if value is True else f"{label}: {readable(bound.field, value)}"
