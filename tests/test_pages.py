"""Every page as every role: usable by everyone, valid, Vietnamese. Pages that look alike are looked at once."""

import pytest
from django.db import connection
from django.urls import reverse

from tests import pages as looks
from tests.test_access import ADMIN_LISTS, ROLES, RULES, addresses, house, people  # noqa: F401 -- fixtures

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="the same pages as on SQLite")
KEPT = {}


@pytest.fixture
def walk(request, db):
    """{(role, address): HTML} of everything that the roles may open in a house where something of each kind stands."""
    if not KEPT:
        client, people, addresses = map(request.getfixturevalue, ("client", "people", "addresses"))
        for role in ROLES:
            client.force_login(people[role])
            for name, rule in RULES.items():
                if rule.get[role] == 200 and not looks.FILES.search(name):
                    keep(client.get(addresses.of[name]), role)
        for name in ["admin:index", *ADMIN_LISTS]:
            keep(client.get(reverse(name)), "admin")
        client.logout()
        for name in ("login", "verify_ask", "verify", "verify_page"):
            keep(client.get(addresses.of[name]), "nobody")
    return KEPT


def keep(answer, role):
    """Keep a page; files, parts of pages and refusals are none."""
    if answer.streaming:
        answer.getvalue()
    elif answer.status_code == 200 and b"<html" in answer.content:
        KEPT[role, answer.request["PATH_INFO"]] = answer.content.decode()


@pytest.fixture(autouse=True)
def _browser_beside_the_database(monkeypatch):
    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


def faults_of(pages, look):
    """{key: faults} of the pages that have any."""
    told = {key: look(html) for key, html in pages.items()}
    return {key: faults for key, faults in told.items() if faults}


def test_pages_are_well_formed(walk):
    assert len(walk) > 600
    assert faults_of(walk, looks.markup_faults) == {}


@pytest.mark.skipif(
    not looks.nu_is_here(), reason="Nu checker: `npm pack vnu-jar@26.9.27`, its jar as var/vnu.jar, and Java"
)
def test_pages_are_valid(walk):
    assert looks.nu_faults(walk) == {}


def test_pages_are_in_vietnamese(walk):
    assert faults_of(walk, looks.foreign_words) == {}


def test_pages_are_open_to_everyone(walk):
    found = {}
    with looks.showing() as show:
        for key, html in looks.of_new_shape(walk).items():
            if faults := looks.axe_faults(show(key[1], html)):
                found[key] = faults
    assert found == {}


def test_pages_fit_a_narrow_window(walk):
    found = {}
    with looks.showing(viewport={"width": 320, "height": 640}) as show:
        for key, html in looks.of_new_shape(walk).items():
            if faults := looks.width_faults(show(key[1], html)):
                found[key] = faults
    assert found == {}


BROKEN = """<!DOCTYPE html><html lang="vi"><head><title>Hỏng</title></head><body><main id="a"><h1 id="a">Hỏng</h1>
<p><div>Lồng</div></p><label for="nowhere">Tên</label><input><p style="color: #bbb">Nhạt</p>
<p>Save</p><p style="width: 900px">Rộng</p></main></body></html>"""


def test_looks_find_what_is_broken():
    faults = " ".join(looks.markup_faults(BROKEN))
    assert all(word in faults for word in ("unexpected-end-tag", "“a” 2 times", "“nowhere” leads nowhere"))
    assert looks.foreign_words(BROKEN) == {"Save": "Save"}
    with looks.showing(viewport={"width": 320, "height": 640}) as show:
        page = show("/", BROKEN)
        assert looks.width_faults(page) != []
        assert {fault.partition(":")[0] for fault in looks.axe_faults(page)} >= {"label", "color-contrast"}


@pytest.mark.skipif(not looks.nu_is_here(), reason="Nu checker")
def test_nu_checker_finds_what_is_broken():
    assert "Duplicate ID “a”." in " ".join(looks.nu_faults({"broken": BROKEN})["broken"])
