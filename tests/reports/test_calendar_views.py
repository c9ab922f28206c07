"""The private link of the deadlines, and what is read under it."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from khuyencong import calendar_links
from khuyencong.dates import today
from khuyencong.models import AuditEntry, CalendarLink
from projects import services
from projects.models import Project
from tests import stories
from tests.factories import thai_nguyen
from tests.reports.test_icalendar import unfolded

PAGE = "/lich/"


@pytest.fixture
def running(house):
    project = services.start_project(stories.approved_project(house), by=house.officer)
    Project.objects.filter(pk=project.pk).update(ends_on=today() + timedelta(days=20), name="Kẹo dừa; bánh, mứt")
    project.refresh_from_db()
    return project


@pytest.fixture
def officer(client, house):
    client.force_login(house.officer)
    return client


def feed(secret):
    return reverse("calendar_feed", args=[secret])


def test_link_is_shown_once_and_only_its_hash_is_kept(officer, house):
    answer = officer.post("/lich/lien-ket-moi/")
    address = answer.context["address"]
    secret = re.fullmatch(r"http://testserver/lich/([\w-]{43})\.ics", address)[1]

    assert address in answer.text
    assert "no-store" in answer["Cache-Control"]
    again = officer.get(PAGE).text
    assert secret not in again
    assert "Đang có một liên kết" in again
    link = CalendarLink.objects.get()
    assert (link.user, len(link.token_sha256)) == (house.officer, 64)
    assert secret not in str(list(CalendarLink.objects.values())) + str(list(AuditEntry.objects.values()))
    assert AuditEntry.objects.latest("pk").label == "Lập liên kết lịch"


def test_feed_needs_no_sign_in_and_gives_no_cookie(client, house, running):
    answer = client.get(feed(calendar_links.new_link(by=house.officer)))

    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert not answer.cookies
    text = unfolded(answer.content.decode())
    assert f"UID:project_end-project-{running.pk}@testserver\r\n" in text
    assert f"DTSTART;VALUE=DATE:{today() + timedelta(days=20):%Y%m%d}\r\n" in text
    assert f"SUMMARY:Hoàn thành đề án: {running.code} Kẹo dừa\\; bánh\\, mứt\r\n" in text
    assert f"URL:http://testserver/de-an/{running.pk}/nghiem-thu/\r\n" in text
    assert str(house.officer) not in text
    assert max(map(len, answer.content.split(b"\r\n"))) <= 75


def test_entry_moves_with_its_day_instead_of_doubling(client, house, running):
    address = feed(calendar_links.new_link(by=house.officer))
    before = client.get(address).content.decode()
    Project.objects.filter(pk=running.pk).update(ends_on=today() + timedelta(days=30))
    after = client.get(address).content.decode()

    assert f"{today() + timedelta(days=20):%Y%m%d}" not in after
    assert re.findall("UID:project_end.*", before) == re.findall("UID:project_end.*", after) != []


def test_feed_follows_the_role_and_the_house(client, house, running):
    for person in (house.viewer, stories.make_house(thai_nguyen(), "Thái Nguyên").officer):
        text = client.get(feed(calendar_links.new_link(by=person))).content.decode()
        assert running.code not in text


def test_new_link_ends_the_old_one(client, house):
    old, new = calendar_links.new_link(by=house.officer), calendar_links.new_link(by=house.officer)

    assert [client.get(feed(secret)).status_code for secret in (old, new)] == [404, 200]
    assert CalendarLink.objects.filter(revoked_at=None).count() == 1


def test_link_taken_back_opens_nothing(officer, house):
    secret = calendar_links.new_link(by=house.officer)
    answer = officer.post("/lich/thu-hoi/", follow=True)

    assert "Đã thu hồi liên kết lịch" in answer.text
    assert "Chưa có liên kết." in answer.text
    assert officer.get(feed(secret)).status_code == 404
    count = AuditEntry.objects.count()
    officer.post("/lich/thu-hoi/")
    assert AuditEntry.objects.count() == count


def test_unknown_link_and_inactive_person_find_nothing(client, house):
    secret = calendar_links.new_link(by=house.officer)
    assert client.get(feed("a" * 43)).status_code == 404
    assert client.get(feed(CalendarLink.objects.get().token_sha256)).status_code == 404
    type(house.officer).objects.filter(pk=house.officer.pk).update(is_active=False)
    assert client.get(feed(secret)).status_code == 404


def test_link_is_made_and_ended_by_post_alone(officer):
    assert [officer.get(f"/lich/{act}/").status_code for act in ("lien-ket-moi", "thu-hoi")] == [405, 405]
    assert CalendarLink.objects.count() == 0


def test_page_lists_what_comes_with_its_clause(officer, running):
    text = officer.get(PAGE).text
    assert "Hoàn thành đề án" in text
    assert "Quyết định 10/QĐ-UBND" in text
    assert f"{today() + timedelta(days=20):%d/%m/%Y}" in text
