from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from openpyxl import load_workbook

from khuyencong import accounts, calendar_links, personal_data, second_factor
from khuyencong.models import AuditEntry, CalendarLink, Role
from tests.factories import UserFactory
from tests.khuyencong.doors import browser, person, sign_in, with_app

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief():
    return UserFactory(role=Role.ADMIN, is_superuser=True, is_staff=True)


@pytest.fixture
def office(client, chief):
    client.force_login(chief)
    return client


def act(client, user, what, **typed):
    return client.post(f"/tai-khoan/{user.pk}/{what}/", typed)


def test_list_tells_who_lacks_a_second_factor_and_who_is_locked(office, settings, django_assert_num_queries):
    settings.AXES_ENABLED = True
    with_app(person("co-app"))
    person("khoa-tam")
    client = browser()
    for _turn in range(5):
        sign_in(client, "khoa-tam", "sai")
    page = office.get("/tai-khoan/").content.decode()
    assert page.count("Tạm khóa vì nhập sai") == 1
    assert page.count(" Đang bật") == 1
    locked = office.get("/tai-khoan/?state=tam-khoa").content.decode()
    assert "khoa-tam" in locked
    assert "co-app" not in locked
    assert "co-app" not in office.get("/tai-khoan/?state=khong-hai-lop").content.decode()


def test_list_asks_the_same_for_more_people(office, django_assert_max_num_queries):
    UserFactory.create_batch(3)
    with django_assert_max_num_queries(8):
        office.get("/tai-khoan/")


def test_administrator_unlocks_resets_and_ends_sessions(office, chief, settings):
    settings.AXES_ENABLED = True
    user = person()
    with_app(user)
    theirs = browser()
    for _turn in range(5):
        sign_in(theirs, password="sai")
    assert "Mở khóa đăng nhập" in office.get(f"/tai-khoan/{user.pk}/").content.decode()
    assert act(office, user, "mo-khoa").status_code == 302
    assert act(office, user, "dat-lai-xac-thuc").status_code == 302
    assert second_factor.app_of(user) is None

    sign_in(theirs)
    assert theirs.get("/phien-dang-nhap/").status_code == 200
    assert act(office, user, "ket-thuc-phien").status_code == 302
    assert theirs.get("/phien-dang-nhap/").status_code == 302
    acts = AuditEntry.objects.filter(actor=chief).values_list("action", flat=True).order_by("pk")
    assert list(acts) == ["user.unlock", "user.second_factor_reset", "user.end_session"]


def test_change_of_role_ends_the_sessions_of_the_person(chief):
    user = person()
    client = browser()
    sign_in(client)
    user.role = Role.REVIEWER
    accounts.save_user(user, by=chief)
    assert client.get("/phien-dang-nhap/").status_code == 302
    assert user.sign_ins.get().end == "account"


def test_person_gets_a_copy_of_what_is_kept(office, chief):
    user = person(full_name="Trần Thị Hoa", email="hoa@tinh.gov.vn")
    sign_in(browser())
    answer = act(office, user, "trich-du-lieu")
    book = load_workbook(BytesIO(answer.getvalue()))
    assert book.sheetnames == ["Tài khoản", "Phiên đăng nhập", "Việc đã làm"]
    account = " ".join(str(cell.value) for row in book["Tài khoản"] for cell in row)
    assert "hoa@tinh.gov.vn" in account
    assert user.password not in account
    assert "Chrome, Windows" in [cell.value for row in book["Phiên đăng nhập"] for cell in row]
    assert AuditEntry.objects.about(user).first().action == "user.export"


def test_erasure_forgets_what_only_the_account_needed(office, chief):
    user = person(full_name="Trần Thị Hoa", email="hoa@tinh.gov.vn")
    with_app(user)
    calendar_links.new_link(by=user)
    theirs = browser()
    sign_in(theirs)
    wrong = act(office, user, "xoa-du-lieu", **{"erase-reason": "Nghỉ việc", "erase-username": "hoa1"})
    assert wrong.status_code == 200
    assert "Gõ đúng “hoa”" in wrong.content.decode()

    typed = {"erase-reason": "Nghỉ việc", "erase-username": "hoa"}
    assert act(office, user, "xoa-du-lieu", **typed).status_code == 302
    user.refresh_from_db()
    assert (user.username, user.email, user.is_active, user.has_usable_password()) == (
        f"da-xoa-{user.pk}",
        "",
        False,
        False,
    )
    assert user.full_name == "Trần Thị Hoa"
    assert (user.sign_ins.count(), second_factor.app_of(user)) == (0, None)
    assert not CalendarLink.objects.filter(user=user).exists()
    assert theirs.get("/").status_code == 302
    assert AuditEntry.objects.about(user).first().reason == "Nghỉ việc"


def test_last_administrator_and_oneself_are_not_erased(chief):
    with pytest.raises(ValidationError, match="nhờ quản trị khác"):
        personal_data.erase(chief, by=chief, reason="thử")
    chief.refresh_from_db()
    assert chief.is_active
