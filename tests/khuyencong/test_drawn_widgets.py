import re

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe

from khuyencong.drawn_widgets import INPUTS
from khuyencong.forms import PortalFormRenderer

NASTY = "Cơ sở \"A\" <b>& con</b> 'nhỏ'"
CHOICES = [("", "–"), (2026, NASTY), (NASTY, "hai"), ("Nhóm <1>", [(3, "ba"), ("4", mark_safe("<b>bốn</b>"))])]
ATTRS = {"id": "id_x", "class": "input", "title": NASTY, "data-guard": True, "disabled": False, "maxlength": 2000}
KINDS = {
    "checkbox": forms.CheckboxInput, "date": forms.DateInput, "email": forms.EmailInput, "file": forms.FileInput,
    "hidden": forms.HiddenInput, "number": forms.NumberInput, "password": forms.PasswordInput,
    "search": forms.SearchInput, "tel": forms.TelInput, "text": forms.TextInput, "url": forms.URLInput,
}  # fmt: skip


def _tight(html):
    """Without the line breaks that Django's templates leave between tags."""
    return re.sub(r">\s+<", "><", html.strip())


def _both(widget, value):
    """As the portal draws it, and as Django's own templates do."""
    renderers = PortalFormRenderer(), DjangoTemplates()
    return [_tight(widget.render("ten", value, ATTRS, renderer=renderer)) for renderer in renderers]


@pytest.mark.parametrize("value", [None, "", NASTY, 1234567, mark_safe("<i>đã thoát</i>"), "0"])
@pytest.mark.parametrize("kind", INPUTS)
def test_input_is_drawn_as_by_django(kind, value):
    ours, theirs = _both(KINDS[kind](), value)
    assert ours == theirs
    assert ours.startswith("<input type=")


@pytest.mark.parametrize("value", [None, "", NASTY, "\nhai\ndòng", mark_safe("<i>đã thoát</i>")])
def test_textarea_is_drawn_as_by_django(value):
    ours, theirs = (
        forms.Textarea().render("ten", value, ATTRS, renderer=renderer)
        for renderer in (PortalFormRenderer(), DjangoTemplates())
    )
    assert ours == theirs


@pytest.mark.parametrize("value", [None, "", 2026, NASTY, "4"])
@pytest.mark.parametrize("make", [forms.Select, forms.SelectMultiple])
def test_select_is_drawn_as_by_django(make, value):
    ours, theirs = _both(make(choices=CHOICES), [value] if make is forms.SelectMultiple else value)
    assert ours == theirs
    assert ours.count("<option") == 5


@pytest.mark.parametrize(("make", "kind"), [(forms.RadioSelect, "radio"), (forms.CheckboxSelectMultiple, "checkbox")])
def test_choices_stand_beside_their_labels_under_the_name_of_their_group(make, kind):
    html = make(choices=CHOICES).render("ten", ["4"], {"id": "id_x"}, renderer=PortalFormRenderer())
    assert html.count(f'<div class="choice"><input type="{kind}" name="ten" value="') == 5
    assert '<p class="label">Nhóm &lt;1&gt;</p>' in html
    assert '<label for="id_x_1">Cơ sở &quot;A&quot; &lt;b&gt;&amp; con&lt;/b&gt; &#x27;nhỏ&#x27;</label>' in html
    assert html.count("checked") == 1
