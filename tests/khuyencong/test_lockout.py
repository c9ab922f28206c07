import re
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from khuyencong import lockout
from khuyencong.models import AuditEntry, Role
from tests.factories import UserFactory
from tests.khuyencong.doors import browser, person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _locking(settings):
    settings.AXES_ENABLED = True


def wrong(client, username="hoa", times=1):
    return [sign_in(client, username, f"sai {turn}").status_code for turn in range(times)]


def told():
    return list(AuditEntry.objects.order_by("pk").values_list("action", "actor", "subject_id"))


def test_fifth_wrong_password_shuts_the_account_for_that_address_alone():
    person()
    client = browser()
    assert wrong(client, times=5) == [200, 200, 200, 200, 429]
    right = sign_in(client)
    assert (right.status_code, right["Retry-After"]) == (429, "900")
    assert "Thử quá nhiều lần" in right.content.decode()
    assert "15 phút" in right.content.decode()
    assert sign_in(browser(address="198.51.100.4")).status_code == 302


def told_alike(page, name):
    """The page without what differs from request to request, and without the name that was typed."""
    text = re.sub(r'value="[\w-]{64}"|báo mã .*?</p>', "", page.content.decode())
    return text.replace(name, "")


def test_answers_do_not_tell_whether_the_account_exists():
    person("hoa")
    person("khoa", is_active=False)
    answers = {}
    for name in ("hoa", "khoa", "khong-co"):
        client = browser()
        pages = [sign_in(client, name, "sai") for _turn in range(6)]
        answers[name] = [(page.status_code, told_alike(page, name)) for page in pages]
    assert [code for code, _text in answers["hoa"]] == [200, 200, 200, 200, 429, 429]
    assert answers["hoa"] == answers["khoa"] == answers["khong-co"]


def test_unknown_name_costs_one_hashing_as_a_known_one_does(monkeypatch):
    person()
    hashed = []
    hasher = "django.contrib.auth.hashers.MD5PasswordHasher.encode"
    monkeypatch.setattr(hasher, lambda self, password, salt: hashed.append(password) or f"md5${salt}$x")
    counts = []
    for name in ("hoa", "khong-co"):
        sign_in(browser(), name, "sai")
        counts.append(len(hashed))
        hashed.clear()
    assert counts == [1, 1]


def test_time_opens_the_account_again():
    person()
    client = browser()
    wrong(client, times=5)
    # Trying on does not make it longer.
    wrong(client, times=3)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15, seconds=1))
    assert sign_in(client).status_code == 302
    assert AccessAttempt.objects.count() == 0


def test_administrator_opens_the_account():
    user, chief = person(), UserFactory(role=Role.ADMIN, is_superuser=True)
    client = browser()
    wrong(client, times=5)
    assert lockout.locked_names() == {"hoa"}
    with pytest.raises(PermissionDenied):
        lockout.unlock(user, by=user)
    lockout.unlock(user, by=chief)
    assert lockout.locked_names() == set()
    assert sign_in(client).status_code == 302
    assert ("user.unlock", chief.pk, user.pk) in told()


def test_account_tried_from_everywhere_is_shut_for_everyone():
    person()
    for turn in range(10):
        AccessAttempt.objects.create(
            username="hoa", ip_address=f"198.51.100.{turn}", user_agent="x", failures_since_start=5
        )
    assert sign_in(browser()).status_code == 429


def test_right_password_forgets_the_wrong_ones():
    person()
    client = browser()
    assert wrong(client, times=4) == [200] * 4
    assert sign_in(client).status_code == 302
    client.post("/dang-xuat/")
    assert wrong(client, times=4) == [200] * 4


def test_address_that_tries_many_names_is_slowed_down(monkeypatch):
    monkeypatch.setattr("khuyencong.sign_in_views.TRIES_PER_MINUTE", 3)
    client = browser()
    answers = [sign_in(client, f"ten{turn}", "sai") for turn in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1]["Retry-After"] == "60"
    assert sign_in(browser(address="198.51.100.4"), "ten9", "sai").status_code == 200


def test_failures_are_in_the_trail_without_what_was_typed():
    user = person()
    wrong(browser(), times=7)
    wrong(browser(), "matkhau-go-nham-o-ten", times=1)
    assert told() == [
        *[("user.login_failed", None, user.pk)] * 5,
        ("user.login_locked", None, user.pk),
        ("user.login_failed", None, None),
    ]
    assert "matkhau" not in str(list(AuditEntry.objects.values()))


def test_attempts_keep_no_password_and_are_forgotten():
    wrong(browser(), times=1)
    [attempt] = AccessAttempt.objects.all()
    assert "sai" not in attempt.post_data
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(days=1))
    lockout.forget_old()
    assert AccessAttempt.objects.count() == 0
