import pytest
from django.urls import reverse
from pytest_django.asserts import assertHTMLEqual

from khuyencong.views import read_amount


def answer(rf, **parameters):
    return read_amount(rf.get(reverse("read_amount"), parameters)).text


@pytest.mark.parametrize("name", ["total", "form-0-amount"])
def test_read_amount_writes_figures_and_words_whatever_the_field_is_called(rf, name):
    assertHTMLEqual(answer(rf, **{name: "300tr"}), "<b>300.000.000 đồng</b> – Ba trăm triệu đồng")


def test_read_amount_says_what_is_wrong(rf):
    html = answer(rf, total="ba <b>trăm")
    assert "Không đọc được số tiền" in html
    assert "<b>trăm" not in html


@pytest.mark.parametrize("parameters", [{}, {"total": ""}, {"total": "  "}])
def test_read_amount_of_nothing_is_empty(rf, parameters):
    assert answer(rf, **parameters).strip() == ""


def test_read_amount_only_reads(rf):
    assert read_amount(rf.post(reverse("read_amount"))).status_code == 405


@pytest.mark.django_db
def test_health_page_asks_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        response = client.get(reverse("healthz"))
    assert (response.status_code, response.text) == (200, "ok")
