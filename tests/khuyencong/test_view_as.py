import time

import pytest

from khuyencong import view_as
from khuyencong.models import AuditEntry, Role
from tests import stories
from tests.factories import UserFactory
from tests.khuyencong.doors import browser, person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return stories.make_house()


@pytest.fixture
def chief(house):
    return person("quantri", role=Role.ADMIN, is_superuser=True, is_staff=True, organisation=house.department)


@pytest.fixture
def support(chief):
    client = browser()
    sign_in(client, "quantri")
    return client


def look_as(client, user, reason="Không thấy nút trình"):
    return client.post(f"/tai-khoan/{user.pk}/xem-nhu/", {"view-reason": reason})


def told():
    return list(AuditEntry.objects.order_by("pk").values_list("action", "actor", "subject_id", "reason"))[1:]


def test_administrator_sees_the_pages_as_the_person_and_a_banner(house, support, chief):
    assert look_as(support, house.officer)["Location"] == "/"
    page = support.get("/").content.decode()
    assert f"{chief} đang xem như {house.officer}." in page
    assert support.get("/de-an/moi/").status_code == 200
    assert support.get("/tai-khoan/").status_code == 403
    assert support.get("/quan-tri/").status_code == 302
    assert told() == [("user.view_as", chief.pk, house.officer.pk, "Không thấy nút trình")]


def test_nothing_is_done_in_the_place_of_the_person(house, support):
    draft = stories.draft_project(house, stories.draft_plan(house))
    look_as(support, house.officer)
    before = AuditEntry.objects.count()
    answer = support.post(f"/de-an/{draft.pk}/xoa/")
    assert answer.status_code == 403
    assert "chỉ xem, không làm thay" in answer.content.decode()
    assert support.post("/phien-dang-nhap/ket-thuc-het/").status_code == 403
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize(
    "page", ["/phien-dang-nhap/", "/xac-thuc-hai-lop/", "/xac-thuc-hai-lop/cai-dat/", "/doi-mat-khau/"]
)
def test_affairs_of_the_person_stay_private(house, support, page):
    look_as(support, house.officer)
    assert support.get(page).status_code == 403


def test_button_ends_it(house, support, chief):
    look_as(support, house.officer)
    assert support.post("/thoi-xem-nhu/")["Location"] == f"/tai-khoan/{house.officer.pk}/"
    assert support.get("/tai-khoan/").status_code == 200
    assert [row[:3] for row in told()][-1] == ("user.view_as_end", chief.pk, house.officer.pk)


def test_time_ends_it(house, support):
    look_as(support, house.officer)
    session = support.session
    session[view_as.KEY] |= {"until": int(time.time()) - 1}
    session.save()
    assert support.get("/de-an/")["Location"] == "/tai-khoan/"
    assert view_as.KEY not in support.session
    assert told()[-1][0] == "user.view_as_end"


def test_signing_out_signs_out_the_administrator(house, support):
    look_as(support, house.officer)
    assert support.post("/dang-xuat/")["Location"] == "/dang-nhap/"
    assert support.get("/").status_code == 302
    assert told()[-1][0] == "user.logout"


@pytest.mark.parametrize("values", [{"is_superuser": True, "role": Role.ADMIN}, {"is_active": False}])
def test_nobody_looks_as_an_administrator_or_as_a_closed_account(support, values):
    assert look_as(support, UserFactory(**values)).status_code == 403
    assert view_as.KEY not in support.session


def test_reason_is_asked_for(house, support):
    answer = look_as(support, house.officer, reason="")
    assert answer.status_code == 200
    assert view_as.KEY not in support.session


def test_others_cannot_look_as_anybody(house, client):
    client.force_login(house.director)
    assert look_as(client, house.officer).status_code == 404


def test_session_with_a_forged_mark_shows_nothing_without_the_role(house, client):
    client.force_login(house.officer)
    session = client.session
    session[view_as.KEY] = {"user": house.director.pk, "until": int(time.time()) + 60}
    session.save()
    assert client.get("/")["Location"] == "/tai-khoan/"
    assert view_as.KEY not in client.session
