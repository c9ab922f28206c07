from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from khuyencong.models import AuditEntry, Role, User
from tests.factories import OrganisationFactory, UserFactory
from tests.khuyencong.doors import PASSWORD, browser, person, sign_in

pytestmark = pytest.mark.django_db

GIVEN, OWN = "vịt chạy đồng chiều gió", "sáu quả na dai trên giàn"
CHANGE = "/doi-mat-khau/"


@pytest.fixture
def chief():
    return UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True, organisation=None)


def give(client, user):
    page = reverse("admin:auth_user_password_change", args=[user.pk])
    return client.post(page, {"password1": GIVEN, "password2": GIVEN})


def replace(client, old, new):
    return client.post(CHANGE, {"old_password": old, "new_password1": new, "new_password2": new})


def test_first_password_leads_to_the_page_where_it_is_replaced_and_nowhere_else(client, chief):
    client.force_login(chief)
    body = OrganisationFactory()
    typed = {
        "username": "moi", "password1": GIVEN, "password2": GIVEN, "full_name": "Trần Thị Mới", "role": "officer",
        "organisation": body.pk,
    }  # fmt: skip
    assert client.post(reverse("admin:khuyencong_user_add"), typed).status_code == 302

    theirs = browser()
    assert sign_in(theirs, "moi", GIVEN).status_code == 302
    for path in ("/", "/de-an/", "/phien-dang-nhap/", "/quan-tri/"):
        assert theirs.get(path)["Location"] == CHANGE
    assert theirs.post("/co-so/moi/", {"name": "x"})["Location"] == CHANGE
    assert "quản trị đặt" in theirs.get(CHANGE).content.decode()

    again = replace(theirs, GIVEN, GIVEN)
    assert "Đây là mật khẩu đang dùng" in again.content.decode()
    assert replace(theirs, GIVEN, OWN).status_code == 302
    assert theirs.get("/de-an/").status_code == 200
    assert sign_in(browser(), "moi", OWN)["Location"] == "/"


def test_reset_ends_the_sessions_and_is_told(client, chief):
    user = person()
    theirs = browser()
    sign_in(theirs)
    client.force_login(chief)
    assert give(client, user).status_code == 302

    assert theirs.get("/de-an/")["Location"] == "/dang-nhap/?next=/de-an/"
    entry = AuditEntry.objects.about(user).order_by("pk").last()
    assert (entry.action, entry.actor) == ("user.give_password", chief)
    assert not user.sign_ins.open().exists()
    sign_in(theirs, password=GIVEN)
    assert theirs.get("/de-an/")["Location"] == CHANGE
    assert sign_in(browser(), password=PASSWORD).status_code == 200


def test_given_password_runs_out(client, chief):
    user = person()
    client.force_login(chief)
    give(client, user)
    User.objects.filter(pk=user.pk).update(password_given_at=timezone.now() - timedelta(days=7, minutes=1))
    theirs = browser()
    answer = sign_in(theirs, password=GIVEN)
    assert "Mật khẩu tạm đã hết hạn" in answer.content.decode()
    assert theirs.get("/de-an/").status_code == 302
    assert AuditEntry.objects.about(user).order_by("pk").last().action == "user.login_failed"


def test_own_password_is_changed_where_the_old_one_is_asked_for(client, chief):
    client.force_login(chief)
    assert give(client, chief)["Location"] == CHANGE
    chief.refresh_from_db()
    assert not chief.check_password(GIVEN)


def test_nobody_else_gives_passwords(client):
    user = person()
    client.force_login(UserFactory(role=Role.DIRECTOR, is_staff=True))
    assert give(client, user).status_code == 403
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
