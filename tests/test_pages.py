"""Every page as every role: usable by everyone, valid, Vietnamese. Pages that look alike are looked at once."""

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.urls import reverse

from tests import pages as looks
from tests.test_access import ADMIN_LISTS, PAGES, addresses, house, opened, people, walked  # noqa: F401 -- fixtures

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="the same pages as on SQLite")
# Pages of what went wrong, which look like the rest.
REFUSALS = [f"{name}.html" for name in ("400", "403", "403_csrf", "404", "409", "413", "429", "500", "503")]
WALKED = set()
needs_nu = pytest.mark.skipif(not looks.nu_is_here(), reason="the Nu checker as var/vnu.jar, and Java")


@pytest.fixture
def walk(request, db):
    """{(role, address): HTML} of everything that the roles may open in a house where something of each kind stands."""
    if not WALKED:
        client, people, addresses = map(request.getfixturevalue, ("client", "people", "addresses"))
        # The walk of the table has read most of them, if it came first.
        if not PAGES:
            walked(client, people, addresses)
        client.force_login(people["admin"])
        for name in ["admin:index", *ADMIN_LISTS]:
            opened(client, reverse(name), "admin")
        client.logout()
        for name in ("login", "verify_ask", "verify", "verify_page"):
            opened(client, addresses.of[name], "nobody")
        PAGES.update(
            {("nobody", f"/{name}"): render_to_string(name, {"most": 100, "minutes": 15}) for name in REFUSALS}
        )
        WALKED.add(True)
    return PAGES


@pytest.fixture(autouse=True)
def _browser_beside_the_database(monkeypatch):
    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


def told(found):
    """The faults of pages, a line each, to read in the failure."""
    return "\n".join(f"{key}: {fault}" for key, faults in found.items() for fault in faults)


def test_pages_are_well_formed(walk):
    assert len(walk) > 600
    assert told({key: looks.reference_faults(html) for key, html in walk.items()}) == ""
    assert told({key: looks.markup_faults(html) for key, html in looks.of_new_shape(walk).items()}) == ""


@needs_nu
def test_pages_are_valid(walk):
    assert told(looks.nu_faults(walk)) == ""


def test_pages_are_in_vietnamese(walk):
    # Communes and districts of the highlands have names of other languages.
    pages = {key: html for key, html in walk.items() if not key[1].startswith("/quan-tri/khuyencong/")}
    assert told({key: looks.foreign_words(html) for key, html in pages.items()}) == ""


def test_pages_are_open_to_everyone_and_fit_a_narrow_window(walk):
    found = {}
    with looks.showing() as show:
        for key, html in looks.of_new_shape(walk).items():
            page = show(key[1], html)
            found[key] = looks.axe_faults(page) + looks.width_faults(page)
    assert told(found) == ""


BROKEN = """<!DOCTYPE html><html lang="vi"><head><title>Hỏng</title></head><body><main id="a"><h1 id="a">Hỏng</h1>
<p><div>Lồng</div></p><label for="nowhere">Tên</label><input><p style="color: #bbb">Nhạt</p>
<p>Save</p><p style="width: 900px">Rộng</p></main></body></html>"""


def test_looks_find_what_is_broken():
    assert "unexpected-end-tag" in " ".join(looks.markup_faults(BROKEN))
    assert looks.reference_faults(BROKEN) == ["id “a” 2 times", "for=“nowhere” leads nowhere"]
    assert looks.foreign_words(BROKEN) == ["“Save” in “Save”"]
    with looks.showing() as show:
        page = show("/", BROKEN)
        assert {fault.partition(":")[0] for fault in looks.axe_faults(page)} >= {"label", "color-contrast"}
        assert looks.width_faults(page) != []


@needs_nu
def test_nu_checker_finds_what_is_broken():
    assert "Duplicate ID “a”." in " ".join(looks.nu_faults({"broken": BROKEN})["broken"])
