import time

import pytest
from django.core.exceptions import PermissionDenied
from django_otp.plugins.otp_totp.models import TOTPDevice

from khuyencong import second_factor
from khuyencong.models import AuditEntry, Role
from tests.factories import UserFactory
from tests.khuyencong.doors import PASSWORD, browser, code_at, person, shown_codes, sign_in, with_app

pytestmark = pytest.mark.django_db

CODE, FIRST, SET_UP = "/dang-nhap/ma-xac-thuc/", "/dang-nhap/bat-xac-thuc/", "/xac-thuc-hai-lop/cai-dat/"


@pytest.fixture
def now(monkeypatch):
    """A clock that stands still until it is moved."""
    clock = [1_800_000_000.0]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    return clock


@pytest.fixture
def _forced(settings):
    settings.SECOND_FACTOR = True


def told(user):
    return list(AuditEntry.objects.about(user).order_by("pk").values_list("action", flat=True))


def is_in(client):
    return client.get("/phien-dang-nhap/").status_code == 200


def give(client, code, address=CODE):
    return client.post(address, {"code": code})


def test_code_comes_after_the_password_and_before_everything_else(now):
    user = person()
    secret, _codes = with_app(user)
    client = browser()
    answer = sign_in(client, next="/co-so/")
    assert (answer.status_code, answer["Location"]) == (302, CODE)
    assert not is_in(client)
    assert "Mã xác thực" in client.get(CODE).content.decode()

    waiting_under = client.session.session_key
    answer = give(client, code_at(secret, now[0]))
    assert (answer.status_code, answer["Location"]) == (302, "/co-so/")
    assert is_in(client)
    assert client.session.session_key != waiting_under
    assert user.sign_ins.get().with_code


@pytest.mark.parametrize(("step", "is_right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clock_of_the_telephone_may_be_half_a_minute_off(now, step, is_right):
    user = person()
    secret, _codes = with_app(user)
    assert second_factor.is_right(user, code_at(secret, now[0], step)) is is_right


def test_code_counts_once(now):
    user = person()
    secret, _codes = with_app(user)
    code = code_at(secret, now[0])
    assert [second_factor.is_right(user, code), second_factor.is_right(user, code)] == [True, False]


def test_recovery_code_counts_once_and_however_it_is_typed(now):
    user = person()
    _secret, codes = with_app(user)
    assert len(set(codes)) == 10
    client = browser()
    sign_in(client)
    assert give(client, codes[3].lower().replace("-", " ")).status_code == 302
    assert is_in(client)
    assert second_factor.codes_left(user) == 9
    assert second_factor.is_right(user, codes[3]) is False
    assert not any(code.replace("-", "") in str(list(user.recovery_codes.values())) for code in codes)


def test_codes_of_somebody_else_are_worth_nothing(now):
    mine, other = person(), person("lan")
    _secret, codes = with_app(other)
    secret, _own = with_app(mine)
    TOTPDevice.objects.filter(user=mine).update(key="00" * 20)
    assert second_factor.is_right(mine, codes[0]) is False
    assert second_factor.is_right(mine, code_at(secret, now[0])) is False


def test_wrong_codes_slow_down_and_then_ask_for_the_password_again(now):
    user = person()
    secret, _codes = with_app(user)
    client = browser()
    sign_in(client)
    assert give(client, "000000").status_code == 200
    slow = give(client, code_at(secret, now[0]))
    assert slow.status_code == 429
    assert "Chờ 1 giây" in slow.content.decode()

    for _turn in range(3):
        TOTPDevice.objects.update(throttling_failure_count=0)
        assert give(client, "000000").status_code == 200
    TOTPDevice.objects.update(throttling_failure_count=0)
    assert give(client, "000000")["Location"] == "/dang-nhap/"
    assert give(client, code_at(secret, now[0]))["Location"] == f"/dang-nhap/?next={CODE}"
    assert not is_in(client)
    assert told(user).count("user.code_failed") == 5


def test_waiting_ends_after_ten_minutes_and_with_the_password(now):
    user = person()
    secret, _codes = with_app(user)
    client = browser()
    sign_in(client)
    now[0] += 601
    assert give(client, code_at(secret, now[0]))["Location"].startswith("/dang-nhap/?next=")

    sign_in(client)
    user.set_password("mật khẩu khác hẳn trước")
    user.save()
    assert give(client, code_at(secret, now[0]))["Location"].startswith("/dang-nhap/?next=")
    assert not is_in(client)


@pytest.mark.usefixtures("_forced")
@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.ACCOUNTANT, Role.ADMIN])
def test_roles_that_decide_set_up_an_app_before_they_see_anything(now, role):
    user = person(role=role)
    client = browser()
    assert sign_in(client, next="/co-so/")["Location"] == FIRST
    page = client.get(FIRST).content.decode()
    secret = client.session[second_factor.SECRET]
    assert second_factor.shown_secret(secret) in page
    assert 'src="data:image/svg+xml' in page
    assert not is_in(client)

    assert "Mã không khớp" in give(client, "000000", FIRST).content.decode()
    assert not TOTPDevice.objects.exists()
    answer = give(client, code_at(secret, now[0]), FIRST)
    assert len(shown_codes(answer)) == 10
    assert 'href="/co-so/"' in answer.content.decode()
    assert is_in(client)
    assert told(user) == ["user.second_factor_on", "user.login"]
    assert client.get(FIRST).status_code == 302


@pytest.mark.usefixtures("_forced")
def test_other_roles_choose(now):
    client = browser()
    person(role=Role.OFFICER)
    assert sign_in(client)["Location"] == "/"
    assert is_in(client)


def test_session_without_a_code_ends_when_the_role_needs_one(settings):
    user = person(role=Role.OFFICER)
    client = browser()
    sign_in(client)
    settings.SECOND_FACTOR = True
    assert is_in(client)
    type(user).objects.filter(pk=user.pk).update(role=Role.DIRECTOR)
    assert client.get("/phien-dang-nhap/")["Location"] == "/dang-nhap/?next=/phien-dang-nhap/"


def test_demo_and_training_need_no_telephone(settings):
    assert settings.SECOND_FACTOR is False
    assert not second_factor.is_forced(UserFactory(role=Role.DIRECTOR))


def test_person_sets_up_an_app_renews_codes_and_turns_it_off(now):
    user = person()
    client = browser()
    sign_in(client)
    client.get(SET_UP)
    secret = client.session[second_factor.SECRET]
    code = code_at(secret, now[0])
    assert "Mật khẩu không đúng" in client.post(SET_UP, {"code": code, "password": "sai"}).content.decode()
    first = shown_codes(client.post(SET_UP, {"code": code, "password": PASSWORD}))
    assert len(first) == 10
    assert second_factor.SECRET not in client.session

    renewed = shown_codes(client.post("/xac-thuc-hai-lop/ma-du-phong/", {"password": PASSWORD}))
    assert len(renewed) == 10
    assert not set(first) & set(renewed)
    assert second_factor.is_right(user, first[0]) is False

    assert client.post("/xac-thuc-hai-lop/tat/", {"password": "sai"}).status_code == 200
    assert second_factor.app_of(user) is not None
    assert client.post("/xac-thuc-hai-lop/tat/", {"password": PASSWORD}).status_code == 302
    assert second_factor.app_of(user) is None
    assert told(user)[1:] == ["user.second_factor_on", "user.recovery_codes", "user.second_factor_off"]


@pytest.mark.usefixtures("_forced")
def test_forced_factor_is_not_turned_off():
    user = UserFactory(role=Role.DIRECTOR)
    with_app(user)
    with pytest.raises(PermissionDenied):
        second_factor.turn_off(user)
    assert second_factor.app_of(user) is not None


def test_another_administrator_resets_a_lost_telephone(now):
    user, chief = person(), UserFactory(role=Role.ADMIN, is_superuser=True)
    with_app(user)
    for nobody in (user, UserFactory()):
        with pytest.raises(PermissionDenied):
            second_factor.reset(user, by=nobody)
    with pytest.raises(PermissionDenied):
        second_factor.reset(chief, by=chief)
    second_factor.reset(user, by=chief)
    assert sign_in(browser())["Location"] == "/"
    assert "user.second_factor_reset" in told(user)


def test_door_of_the_administration_is_the_same_door(client):
    assert client.get("/quan-tri/login/?next=/quan-tri/")["Location"] == "/dang-nhap/?next=/quan-tri/"
    assert client.post("/quan-tri/login/", {"username": "a", "password": "b"})["Location"] == "/dang-nhap/"
