from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from khuyencong import sign_ins
from khuyencong.models import AuditEntry, SignIn, SignInEnd
from tests.conftest import PortalClient
from tests.khuyencong.doors import IPHONE, PASSWORD, browser, person, sign_in

pytestmark = pytest.mark.django_db

OTHER_PASSWORD = "thuyen thung bien lang trua"


def is_in(client):
    return client.get("/phien-dang-nhap/").status_code == 200


def told():
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_sign_in_is_listed_with_device_and_address():
    user = person()
    client = browser(address="203.0.113.7")
    sign_in(client)
    [row] = user.sign_ins.all()
    assert (row.device, row.address, row.with_code, row.ended_at) == ("Chrome, Windows", "203.0.113.7", False, None)
    page = client.get("/phien-dang-nhap/").content.decode()
    assert "Chrome, Windows" in page
    assert "Phiên này" in page


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (IPHONE, "Safari, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge, Windows"),
        ("", "Trình duyệt khác, máy khác"),
        ("<script>alert(1)</script>", "Trình duyệt khác, máy khác"),
    ],
)
def test_device_in_two_words(rf, agent, device):
    assert sign_ins.device_of(rf.get("/", headers={"User-Agent": agent})) == device


def test_address_that_is_none_is_not_kept(settings):
    user = person()
    settings.AXES_ENABLED = True
    client = PortalClient(headers={"X-Forwarded-For": "203.0.113.7, khong-phai-dia-chi"}, REMOTE_ADDR="127.0.0.1")
    sign_in(client, password="sai")
    sign_in(client)
    assert user.sign_ins.get().address is None


def test_session_key_planted_before_is_worth_nothing_after():
    person()
    client = browser()
    client.get("/dang-nhap/")
    client.session.save()
    planted = client.session
    planted["x"] = 1
    planted.save()
    client.cookies["sessionid"] = planted.session_key
    sign_in(client)
    assert client.session.session_key != planted.session_key
    assert not Session.objects.filter(session_key=planted.session_key).exists()


def test_owner_ends_another_session():
    user = person()
    office, telephone = browser(), browser(IPHONE)
    sign_in(office)
    sign_in(telephone)
    row = user.sign_ins.get(device="Safari, iPhone")
    refused = office.post(f"/phien-dang-nhap/{row.pk}/ket-thuc/", {"password": "sai"})
    assert "Mật khẩu không đúng" in refused.content.decode()
    assert is_in(telephone)
    answer = office.post(f"/phien-dang-nhap/{row.pk}/ket-thuc/", {"password": PASSWORD})
    assert answer.status_code == 302
    assert (is_in(office), is_in(telephone)) == (True, False)
    row.refresh_from_db()
    assert row.end == SignInEnd.OWNER
    assert told()[-1] == "user.end_session"


def test_session_of_somebody_else_is_not_there():
    person()
    other = person("lan")
    sign_in(browser(), "lan")
    client = browser()
    sign_in(client)
    assert client.post(f"/phien-dang-nhap/{other.sign_ins.get().pk}/ket-thuc/").status_code == 404


def test_owner_ends_all_others_at_once():
    person()
    here, there, elsewhere = browser(), browser(IPHONE), browser()
    for client in (here, there, elsewhere):
        sign_in(client)
    assert here.post("/phien-dang-nhap/ket-thuc-het/").status_code == 200
    assert is_in(there)
    assert here.post("/phien-dang-nhap/ket-thuc-het/", {"password": PASSWORD}).status_code == 302
    assert [is_in(client) for client in (here, there, elsewhere)] == [True, False, False]


def test_new_password_ends_the_others_and_gives_this_one_a_new_key():
    user = person()
    here, there = browser(), browser(IPHONE)
    sign_in(here)
    sign_in(there)
    key = here.session.session_key
    typed = {"old_password": PASSWORD, "new_password1": OTHER_PASSWORD, "new_password2": OTHER_PASSWORD}
    assert here.post("/doi-mat-khau/", typed)["Location"] == "/doi-mat-khau/xong/"
    assert (is_in(here), is_in(there)) == (True, False)
    assert here.session.session_key != key
    assert dict(user.sign_ins.values_list("device", "end")) == {"Chrome, Windows": "", "Safari, iPhone": "password"}
    assert user.sign_ins.get(end="").session_key == here.session.session_key
    assert "user.password" in told()


def test_signing_out_ends_the_session_and_clears_what_the_browser_kept():
    user = person()
    client = browser()
    sign_in(client)
    cookie = client.cookies["sessionid"].value
    answer = client.post("/dang-xuat/")
    assert (answer["Location"], answer["Clear-Site-Data"]) == ("/dang-nhap/", '"cache"')
    client.cookies["sessionid"] = cookie
    assert not is_in(client)
    assert user.sign_ins.get().end == SignInEnd.LOGOUT
    assert told() == ["user.login", "user.logout"]


@pytest.mark.parametrize(("what", "seconds"), [("seen", 120 * 60), ("began", 12 * 3600)])
def test_session_ends_when_nobody_clicks_and_after_a_working_day(what, seconds):
    user = person()
    client = browser()
    sign_in(client)
    session = client.session
    session[sign_ins.KEY] |= {what: session[sign_ins.KEY][what] - seconds - 1}
    session.save()
    answer = client.get("/co-so/")
    assert answer["Location"] == "/dang-nhap/?next=/co-so/"
    assert "Lâu không làm gì" in client.get("/dang-nhap/").content.decode()
    assert user.sign_ins.get().end == SignInEnd.IDLE


def test_click_is_noted_now_and_then():
    user = person()
    client = browser()
    sign_in(client)
    long_ago = timezone.now() - timedelta(minutes=30)
    user.sign_ins.update(seen_at=long_ago)
    assert is_in(client)
    assert user.sign_ins.get().seen_at == long_ago

    session = client.session
    session[sign_ins.KEY] |= {"seen": session[sign_ins.KEY]["seen"] - 400}
    session.save()
    assert is_in(client)
    assert user.sign_ins.get().seen_at > long_ago
    assert client.session[sign_ins.KEY]["seen"] > session[sign_ins.KEY]["seen"]


def test_old_sign_ins_are_forgotten():
    person()
    sign_in(browser())
    sign_ins.forget_old()
    assert SignIn.objects.count() == 1
    SignIn.objects.update(seen_at=timezone.now() - timedelta(days=91))
    sign_ins.forget_old()
    assert SignIn.objects.count() == 0
