import time

import pytest

from khuyencong import view_as
from khuyencong.models import AuditEntry, Role
from tests import stories
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return stories.make_house()


def told():
    return list(AuditEntry.objects.order_by("pk").values_list("action", "actor", "changes"))


def test_list_taken_away_is_told_with_the_name_of_its_file(client, house):
    client.force_login(house.viewer)
    answer = client.get("/de-an/xuat-excel/")
    name = answer["Content-Disposition"].split('"')[1]
    answer.getvalue()
    assert told() == [("file.export", house.viewer.pk, [["Tệp", "", name]])]


def test_paper_shown_in_the_browser_is_told(client, house):
    client.force_login(house.officer)
    answer = client.get("/tro-giup/trinh-bay-van-ban/trang-mau/pdf/")
    answer.getvalue()
    [(action, _actor, _changes)] = told()
    assert action in ("file.print", "file.export")


def test_pages_and_refusals_are_not_told(client, house):
    client.force_login(house.viewer)
    for address in ("/", "/de-an/", "/khong-co/", "/de-an/moi/"):
        client.get(address)
    assert told() == []


def test_what_the_page_told_itself_is_not_told_again(client, house):
    chief = UserFactory(role=Role.ADMIN, is_superuser=True, organisation=house.department)
    client.force_login(chief)
    client.get("/dau-vet/xuat-excel/").getvalue()
    assert [action for action, _actor, _changes in told()] == ["trail.export"]


def test_file_taken_while_looking_on_is_the_doing_of_the_administrator(client, house):
    chief = UserFactory(role=Role.ADMIN, is_superuser=True, organisation=house.department)
    client.force_login(chief)
    session = client.session
    session[view_as.KEY] = {"user": house.viewer.pk, "until": int(time.time()) + 60}
    session.save()
    client.get("/de-an/xuat-excel/").getvalue()
    [entry] = AuditEntry.objects.all()
    assert (entry.action, entry.actor) == ("file.export", chief)
    assert entry.reason == f"Xem với quyền của {house.viewer}."
