"""Tags of khuyencong.templatetags.portal."""

import re

import pytest
from django import forms
from django.apps import apps
from django.core.paginator import Paginator
from django.template import Context, Engine

from khuyencong.templatetags import portal

ROOMS_WITH_STATES = ("programs", "projects")


def render(source, **context):
    return Engine.get_default().from_string("{% load portal %}" + source).render(Context(context))


def rectangles(html):
    """(class or fill, x, width) of each rectangle."""
    found = [dict(re.findall(r'(\S+)="([^"]*)"', rect)) for rect in re.findall(r"<rect ([^>]*)>", html)]
    return [(rect.get("class") or rect["fill"], rect.get("x"), rect["width"]) for rect in found]


def test_tones_cover_every_state():
    states = {
        value
        for model in apps.get_models()
        if model._meta.app_label in ROOMS_WITH_STATES
        for field in model._meta.get_fields()
        if field.name == "status"
        for value, _label in field.choices or ()
    }
    assert "submitted" in states
    assert states - portal.TONES.keys() == set()


def test_status_badge_says_state_and_next_actor():
    html = render("{% status_badge 'submitted' 'Chờ thẩm định' 'Lê Hoàng Phúc: thẩm định' %}")
    assert '<span class="status status--waiting">' in html
    assert 'icons.svg#clock"></use></svg>Chờ thẩm định</span>' in html
    assert '<span class="next">Lê Hoàng Phúc: thẩm định</span>' in html


def test_icon_is_silent_for_screen_readers():
    assert render("{% icon 'print' %}") == (
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="/static/icons.svg#print"></use></svg>'
    )


TRACK = ("bar-track", "0", "100%")


@pytest.mark.parametrize(
    ("spent", "committed", "total", "drawn"),
    [
        (704, 256, 1000, [("bar-a", None, "70.4%"), ("url(#hatch)", "70.4%", "25.6%")]),
        (0, 250, 1000, [("url(#hatch)", "0", "25.0%")]),
        (1000, 0, 1000, [("bar-a", None, "100.0%")]),
        (1, 0, 3, [("bar-a", None, "33.3%")]),
        (900, 101, 1000, [("bar-over", None, "100%")]),
        (5, 0, 0, [("bar-over", None, "100%")]),
        (0, 0, 0, []),
        (None, None, None, []),
    ],
)
def test_bar_draws_shares(spent, committed, total, drawn):
    html = render("{% bar spent committed total %}", spent=spent, committed=committed, total=total)
    assert rectangles(html) == [TRACK, *drawn]


class LineForm(forms.Form):
    amount = forms.IntegerField(label="Số tiền")
    kind = forms.ChoiceField(label="Loại", choices=[("a", "A")], widget=forms.RadioSelect)

    def clean(self):
        raise forms.ValidationError("Tổng không khớp.")


def test_error_summary_links_fields_of_forms_and_formsets():
    formset = forms.formset_factory(LineForm, extra=0)(
        {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-amount": "x", "form-0-kind": "a"}
    )
    html = render("{% error_summary form formset nothing %}", form=LineForm({"amount": "1"}), formset=formset)
    assert "<h2>Còn 4 chỗ cần sửa</h2>" in html
    assert re.findall(r'<li>(?:<a href="#(.*?)">)?(\w[^:.]*)', html) == [
        ("", "Tổng không khớp"),
        ("id_kind", "Loại"),
        ("", "Tổng không khớp"),
        ("id_form-0-amount", "Số tiền"),
    ]


def test_error_summary_is_silent_when_all_is_well():
    assert render("{% error_summary form %}", form=LineForm()).strip() == ""


def sort_link(rf, address, default_sort=""):
    html = render("{% sort_head 'tong' 'Tổng' unit='đồng' %}", request=rf.get(address), default_sort=default_sort)
    [order] = re.findall(r'aria-sort="(\w+)"', html) or [""]
    [link] = re.findall(r'<a href="(.*?)"', html)
    return order, link.replace("&amp;", "&")


def test_sort_head_turns_the_order_and_keeps_the_filters(rf):
    assert sort_link(rf, "/?nam=2026&trang=3") == ("", "?nam=2026&sap-xep=tong")
    assert sort_link(rf, "/?sap-xep=tong") == ("ascending", "?sap-xep=-tong")
    assert sort_link(rf, "/?sap-xep=-tong") == ("descending", "?sap-xep=tong")
    assert sort_link(rf, "/", default_sort="tong") == ("ascending", "?sap-xep=-tong")


def test_pagination_keeps_the_filters(rf):
    page = Paginator(range(118), 25).page(2)
    html = render("{% pagination page 'đề án' %}", page=page, request=rf.get("/?nam=2026&trang=2"))
    assert "26–50 trong 118 đề án" in html
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(\?.*?)"', html)]
    assert links == [f"?nam=2026&trang={number}" for number in (1, 1, 3, 4, 5, 3)]
    assert re.findall(r'aria-current="page">(\d+)', html) == ["2"]


def test_pagination_of_one_page_is_not_shown(rf):
    page = Paginator(range(25), 25).page(1)
    assert render("{% pagination page 'đề án' %}", page=page, request=rf.get("/")).strip() == ""


class NarrowFilter(forms.Form):
    q = forms.CharField(required=False)
    nam = forms.IntegerField(required=False)
    sap_xep = forms.CharField(required=False, widget=forms.HiddenInput)


@pytest.mark.parametrize(
    ("asked", "is_open"),
    [({}, False), ({"q": "may", "sap_xep": "-ten"}, False), ({"nam": "2026"}, True), ({"nam": "không"}, True)],
)
def test_filter_unfolds_when_it_is_in_use_or_wrong(asked, is_open):
    html = render("{% filter_fold form %}", form=NarrowFilter(asked))
    assert (" open>" in html) == is_open
