"""Acts that take something away say first what would happen, in figures; the first button alone does nothing."""

import re

import pytest
from django.conf import settings
from django.template import Context, Template

TAKES_AWAY = re.compile(
    r"<form[^>]*action=\"\{% url '(?:\w+:)?\w*"
    r"(?:delete|remove|revoke|drop|discard|close|reset|restore|renew|template_end|end_others|end_sessions)'"
)


def test_no_form_takes_away_at_the_first_press():
    folder = settings.BASE_DIR / "templates"
    found = {str(path.relative_to(folder)) for path in folder.rglob("*.html") if TAKES_AWAY.search(path.read_text())}
    assert found == set()


def shown(source, **context):
    return Template("{% load portal %}" + source).render(Context({"csrf_token": "abc"} | context))


def test_question_tells_the_figures_and_holds_the_act():
    page = shown(
        '{% confirm_act "/xoa/" "Xóa" "Xóa “{}” cùng {} dòng." name count of="phương án A" value="drop" %}',
        name="<b>A</b>",
        count=3,
    )
    summary, form = page.split("</summary>")
    assert "<form" not in summary
    assert "Xóa “&lt;b&gt;A&lt;/b&gt;” cùng 3 dòng." in form
    assert '<form class="confirm-box" method="post" action="/xoa/">' in form
    assert 'name="csrfmiddlewaretoken" value="abc"' in form
    assert 'name="act" value="drop"' in form
    assert page.count('<span class="hidden-text"> phương án A</span>') == 2  # both buttons, without their row


@pytest.mark.parametrize(("label", "act", "told"), [("Bỏ", "", "Bỏ"), ("Bỏ", "Bỏ hẳn", "Bỏ hẳn")])
def test_last_button_says_the_act(label, act, told):
    page = shown('{% confirm_act "" label "Mất {}." 2 act=act %}', label=label, act=act)
    assert re.search(r'button--danger">([^<]+)</button>', page).group(1) == told
    assert " action=" not in page


def test_the_way_back_goes_along():
    assert '<input type="hidden" name="next" value="/co-so/?a=1&amp;b">' in shown(
        '{% confirm_act "" "Bỏ" "Mất {}." 2 back=address %}', address="/co-so/?a=1&b"
    )
    assert 'name="next"' not in shown('{% confirm_act "" "Bỏ" "Mất {}." 2 %}')
