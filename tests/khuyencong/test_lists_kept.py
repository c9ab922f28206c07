"""Lists as one person likes them: filters under a name, hidden columns, the way back."""

import pytest
from django.urls import reverse

from khuyencong.models import Desk, SavedFilter
from tests import stories


@pytest.fixture
def house(db):
    return stories.make_house()


def save(client, **values):
    data = {"kind": "projects", "name": "Chờ tôi", "query": "trang-thai=draft&sap-xep=-tong&trang=3"} | values
    return client.post(reverse("filter_save"), data, follow=True)


def test_saved_filter_comes_back_by_its_name_without_the_page(client, house):
    client.force_login(house.officer)
    answer = save(client)
    assert answer.redirect_chain == [("/de-an/?trang-thai=draft&sap-xep=-tong", 302)]
    saved = SavedFilter.objects.get()
    assert (saved.user, saved.kind, saved.query) == (house.officer, "projects", "trang-thai=draft&sap-xep=-tong")
    assert '<a href="/de-an/?trang-thai=draft&amp;sap-xep=-tong" aria-current="true">Chờ tôi</a>' in answer.text

    save(client, query="nam=2026", default="on")
    saved.refresh_from_db()
    assert (saved.query, saved.is_default) == ("nam=2026", True)


def test_list_opens_with_the_default_filter_unless_another_is_asked(client, house):
    client.force_login(house.officer)
    assert client.get("/de-an/").status_code == 200
    save(client, query="nam=2026", default="on")
    assert client.get("/de-an/").url == "/de-an/?nam=2026"
    for asked in ("?tat-ca=1", "?trang-thai=draft", "?nam=2026"):
        assert client.get(f"/de-an/{asked}").status_code == 200
    assert client.get("/de-an/", headers={"HX-Request": "true"}).status_code == 200
    assert client.get("/co-so/").status_code == 200


def test_one_default_per_list_and_one_filter_per_name(client, house):
    client.force_login(house.officer)
    save(client, name="Một", default="on")
    save(client, name="Hai", default="on")
    assert list(SavedFilter.objects.values_list("name", "is_default")) == [("Hai", True), ("Một", False)]
    first = SavedFilter.objects.get(name="Một")
    answer = client.post(reverse("filter_change", args=[first.pk]), {"name": "Hai"}, follow=True)
    assert "Đã có bộ lọc “Hai” ở danh sách này: đặt tên khác." in answer.text
    client.post(reverse("filter_change", args=[first.pk]), {"name": "Ba", "default": "on"})
    assert list(SavedFilter.objects.values_list("name", "is_default")) == [("Ba", True), ("Hai", False)]
    client.post(reverse("filter_delete", args=[first.pk]))
    assert list(SavedFilter.objects.values_list("name", flat=True)) == ["Hai"]
    assert Desk.objects.get().filter_count == 1


def test_filters_are_their_owners_alone(client, house):
    client.force_login(house.officer)
    save(client)
    saved = SavedFilter.objects.get()
    client.force_login(house.reviewer)
    assert "Chờ tôi" not in client.get("/de-an/").text + client.get(reverse("filters")).text
    for name in ("filter_change", "filter_delete"):
        assert client.post(reverse(name, args=[saved.pk]), {"name": "Của tôi"}).status_code == 404
    assert SavedFilter.objects.get().name == "Chờ tôi"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": " "}, "Đặt tên cho bộ lọc"),
        ({"name": "a" * 81}, "dài tối đa 80 chữ"),
        ({"query": "q=" + "a" * 1600}, "Bộ lọc này dài quá"),
    ],
)
def test_what_cannot_be_saved_says_why(client, house, values, sentence):
    client.force_login(house.officer)
    assert sentence in save(client, **values).text
    assert not SavedFilter.objects.exists()


def test_saved_filter_of_no_list_is_not_found(client, house):
    client.force_login(house.officer)
    assert client.post(reverse("filter_save"), {"kind": "x", "name": "a"}).status_code == 404


def test_way_back_keeps_filter_page_and_row(client, house):
    project = stories.complete_project(house, stories.draft_plan(house))
    client.force_login(house.officer)
    client.get("/de-an/?trang-thai=draft&trang=1")
    page = client.get(project.get_absolute_url()).text
    assert f'href="/de-an/?trang-thai=draft&amp;trang=1#dong-{project.pk}"' in page
    assert f'<tr id="dong-{project.pk}">' in client.get("/de-an/").text


def test_hidden_columns_are_those_not_named(client, house):
    stories.complete_project(house, stories.draft_plan(house))
    client.force_login(house.officer)
    page = client.get("/de-an/?hien=1&hien=3&hien=6").text
    assert 'class="table-wrap table-wrap--page hide-4 hide-5 hide-7 hide-8"' in page
    assert '<input type="hidden" name="hien" value="6" form="list-filter">' in page
    assert 'class="table-wrap table-wrap--page"' in client.get("/de-an/").text
