"""Entries under way: kept while typing, offered, taken up after a session that ended, sent once."""

from urllib.parse import parse_qsl

import pytest
from django.conf import settings as portal_settings
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localtime

from beneficiaries.models import Facility
from khuyencong import sign_ins
from khuyencong.desk import drafts
from khuyencong.models import Desk, EntryDraft, SentForm
from tests import stories
from tests.factories import commune_of

PAGE = "/co-so/moi/"


@pytest.fixture
def house(db):
    return stories.make_house()


@pytest.fixture
def officer(client, house):
    client.force_login(house.officer)
    return client


def keep(client, tab="1", **values):
    data = {"draft-address": PAGE, "draft-title": "Cơ sở mới", "draft-tab": tab, "name": "Cơ sở Mây tre"} | values
    return client.post(reverse("draft_save"), data)


def test_draft_is_offered_on_its_page_and_dropped_on_request(officer, house):
    answer = keep(officer, csrfmiddlewaretoken="x", phone="0912")
    draft = EntryDraft.objects.get()
    assert answer.json() == {"saved": f"{localtime(draft.saved_at):%H:%M}"}
    assert (draft.user, draft.title, draft.data) == (
        house.officer, "Cơ sở mới", [["name", "Cơ sở Mây tre"], ["phone", "0912"]],
    )  # fmt: skip
    page = officer.get(PAGE).text
    assert "Ông/bà có bản đang nhập dở lúc" in page
    assert officer.get(reverse("draft_data", args=[draft.pk])).json() == {"pairs": draft.data}
    assert "bản đang nhập dở lúc" not in officer.get("/co-so/").text

    answer = officer.post(reverse("draft_drop", args=[draft.pk]), {"next": PAGE})
    assert answer.url == PAGE
    assert "bản đang nhập dở lúc" not in officer.get(PAGE).text
    assert Desk.objects.get().draft_count == 0


def test_two_windows_do_not_write_over_each_other(officer):
    keep(officer, tab="1", name="Cửa sổ một")
    answer = keep(officer, tab="2", name="Cửa sổ hai")
    assert answer.status_code == 409
    assert EntryDraft.objects.get().data == [["name", "Cửa sổ một"]]
    assert keep(officer, tab="2", name="Cửa sổ hai", **{"draft-over": "1"}).status_code == 200
    assert EntryDraft.objects.get().data == [["name", "Cửa sổ hai"]]


@pytest.mark.parametrize(
    "address", ["//evil.example/", "https://evil.example/", "", "/" + "a" * 300, "/\\evil.example"]
)
def test_draft_belongs_to_a_page_of_the_portal(officer, address):
    answer = keep(officer, **{"draft-address": address})
    assert (answer.status_code, answer.json()) == (422, {"told": "Trang này không tự lưu được."})


def test_too_much_text_says_what_to_do(officer):
    answer = keep(officer, name="a" * drafts.LARGEST)
    assert answer.json() == {"told": "Nhiều chữ quá, cổng không tự lưu được: bấm Lưu để ghi."}


def test_nobody_else_sees_a_draft(officer, house):
    keep(officer)
    draft = EntryDraft.objects.get()
    officer.force_login(house.reviewer)
    for name in ("draft", "draft_data"):
        assert officer.get(reverse(name, args=[draft.pk])).status_code == 404
    assert officer.post(reverse("draft_drop", args=[draft.pk])).status_code == 404
    assert "Cơ sở mới" not in officer.get(reverse("drafts")).text
    assert EntryDraft.objects.exists()


def test_draft_goes_when_its_page_is_saved(officer, house):
    keep(officer)
    answer = officer.post(PAGE, typed(house))
    assert answer.status_code == 302, answer.context["form"].errors
    assert not EntryDraft.objects.exists()
    keep(officer)
    assert officer.post(PAGE, {"name": ""}).status_code == 200
    assert EntryDraft.objects.exists()


def typed(house, **values):
    unit = str(commune_of(house.province))
    return {"name": "Cơ sở Mây tre", "legal_form": "household_business", "unit": unit} | values


def expire(client):
    """Longer idle than allowed."""
    session = client.session
    session[sign_ins.KEY] = session[sign_ins.KEY] | {"seen": 0}
    session.save()


def sign_in(client, user):
    return client.post(reverse("login"), {"username": user.username, "password": "mot mat khau rat dai", "next": "/"})


@pytest.fixture
def signed_in(client, house):
    house.officer.set_password("mot mat khau rat dai")
    house.officer.save()
    sign_in(client, house.officer)
    return client


@pytest.mark.parametrize("how", ["idle", "gone"])
def test_form_sent_after_the_session_ended_waits_for_its_person(signed_in, house, how):
    if how == "idle":
        expire(signed_in)
    else:
        del signed_in.cookies[portal_settings.SESSION_COOKIE_NAME]
    answer = signed_in.post(PAGE, typed(house, note="Từng chữ một"))
    assert answer.url.startswith(reverse("login"))
    assert "Những gì vừa gõ được giữ lại" in signed_in.get(answer.url).text
    assert not Facility.objects.filter(name="Cơ sở Mây tre").exists()

    sign_in(signed_in, house.officer)
    answer = signed_in.get("/")
    draft = EntryDraft.objects.get()
    assert answer.url == draft.get_absolute_url()
    assert (draft.address, draft.was_sent) == (PAGE, True)
    page = signed_in.get(answer.url).text
    assert "Từng chữ một" in page
    assert f'<form class="section-end" method="post" action="{PAGE}">' in page
    assert signed_in.post(PAGE, dict(draft.data)).status_code == 302
    assert Facility.objects.filter(name="Cơ sở Mây tre").count() == 1
    assert not EntryDraft.objects.exists()


def test_what_was_typed_is_not_shown_to_the_next_person(signed_in, house):
    expire(signed_in)
    signed_in.post(PAGE, typed(house))
    house.reviewer.set_password("mot mat khau rat dai")
    house.reviewer.save()
    sign_in(signed_in, house.reviewer)
    assert signed_in.get("/").status_code == 200
    assert not EntryDraft.objects.exists()


def test_post_of_another_site_is_not_kept(house):
    client = Client(enforce_csrf_checks=True)
    client.force_login(house.officer)
    client.get("/")
    del client.cookies[portal_settings.SESSION_COOKIE_NAME]
    client.post(PAGE, typed(house))
    assert "kept_post" not in client.session


def test_same_form_sent_twice_makes_one_record(officer, house):
    first = officer.post(PAGE, typed(house, csrfmiddlewaretoken="a"))
    second = officer.post(PAGE, typed(house, csrfmiddlewaretoken="a"), follow=True)
    assert second.redirect_chain == [(first.url, 302)]
    assert "lần này không ghi thêm" in second.text
    assert Facility.objects.filter(name="Cơ sở Mây tre").count() == 1
    assert officer.post(PAGE, {"name": "", "csrfmiddlewaretoken": "b"}).status_code == 200
    assert SentForm.objects.count() == 1


def test_address_of_a_draft_keeps_its_question(officer):
    address = f"{PAGE}?ten=X"
    keep(officer, **{"draft-address": address})
    assert dict(parse_qsl(EntryDraft.objects.get().address.partition("?")[2])) == {"ten": "X"}
    assert "bản đang nhập dở lúc" in officer.get(address).text
    assert "bản đang nhập dở lúc" not in officer.get(PAGE).text


def test_characters_that_no_database_takes_are_left_out(officer):
    keep(officer, tab="1\x00", name="Mây\x00 tre", **{"draft-title": "Cơ\x00 sở"})
    draft = EntryDraft.objects.get()
    assert (draft.data, draft.title, draft.tab) == ([["name", "Mây tre"]], "Cơ sở", "1")
