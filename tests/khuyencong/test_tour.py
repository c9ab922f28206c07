"""The tour of five steps, and training on a throw-away copy."""

import sqlite3
from contextlib import closing

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from khuyencong import practice
from khuyencong.desk import tour
from khuyencong.models import Desk, Role
from tests import stories
from tests.factories import UserFactory


@pytest.fixture
def house(db):
    return stories.make_house()


@pytest.mark.parametrize("role", Role)
def test_tour_has_five_steps_that_every_role_may_open(client, house, role):
    person = UserFactory(organisation=house.department, role=role)
    client.force_login(person)
    steps = tour.steps_of(person)
    assert len(steps) == 5
    page = client.get(reverse("tour")).text
    for number, step in enumerate(steps, start=1):
        assert f'href="{step.url(number)}"' in page
        shown = client.get(step.url(number))
        assert shown.status_code == 200
        assert f"bước {number} trên 5" in shown.text
        assert f'data-spot="{step.spot}"' in shown.text


def test_tour_is_offered_until_it_is_turned_off(client, house):
    client.force_login(house.officer)
    assert "Mới dùng cổng?" in client.get("/").text
    assert "Mới dùng cổng?" not in client.get("/tro-giup/").text
    assert client.post(reverse("tour_end")).url == "/"
    assert "Mới dùng cổng?" not in client.get("/").text
    assert Desk.objects.get().tour_ended_at is not None
    assert "bước 1 trên 5" in client.get("/?huong-dan=1").text


@pytest.mark.parametrize("text", ["0", "6", "x", "١", "11", ""])
def test_step_that_is_not_there_shows_the_page_alone(client, house, text):
    client.force_login(house.officer)
    page = client.get("/tro-giup/", {"huong-dan": text})
    assert "data-tour" not in page.text


def test_step_on_a_list_is_no_filter(client, house):
    client.force_login(house.officer)
    client.get("/de-an/?nam=2026")
    client.get("/de-an/?huong-dan=3")
    assert client.cookies["ds-projects"].value == ""


# Training


def test_training_says_so_on_every_page_and_its_reset_is_the_administrators(client, house, settings):
    settings.PRACTICE = True
    admin = UserFactory(organisation=house.department, role=Role.ADMIN)
    for person, has_button in ((house.officer, False), (admin, True)):
        client.force_login(person)
        page = client.get("/tro-giup/").text
        assert "Bản tập huấn: dữ liệu mẫu, xóa khi dừng." in page
        assert (">Đặt lại từ đầu</button>" in page) is has_button


def test_nothing_but_a_training_copy_is_put_back(client, house, settings):
    admin = UserFactory(organisation=house.department, role=Role.ADMIN)
    client.force_login(admin)
    assert client.post(reverse("practice_reset")).status_code == 403
    settings.PRACTICE = True  # the database lies elsewhere
    assert client.post(reverse("practice_reset")).status_code == 403
    with pytest.raises(PermissionDenied):
        practice.keep_start()


def test_start_of_the_training_comes_back(settings, tmp_path, monkeypatch):
    settings.PRACTICE, settings.VAR_DIR = True, tmp_path
    name = tmp_path / "khuyencong.sqlite3"
    monkeypatch.setattr(practice, "connection", Toy(name))
    with closing(sqlite3.connect(name)) as database:
        database.execute("CREATE TABLE t (word TEXT)")
        database.execute("INSERT INTO t VALUES ('đầu')")
        database.commit()
        practice.keep_start()
        database.execute("UPDATE t SET word = 'thử'")
        database.commit()
    practice.reset()
    with closing(sqlite3.connect(name)) as database:
        assert database.execute("SELECT word FROM t").fetchall() == [("đầu",)]


class Toy:
    """A connection to a file of its own."""

    vendor = "sqlite"

    def __init__(self, name):
        self.settings_dict = {"NAME": str(name)}

    def close(self):
        pass
