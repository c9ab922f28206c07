"""What scanners and injectors send, to every address: no failure, and nothing comes back as it went in.

One request carries all of the payloads, each under a name that some page reads, so that the walk stays short.
"""

import itertools
import re

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from khuyencong.models import Role
from tests import stories
from tests.factories import FacilityFactory, UserFactory

MARK = "zq7"
SCRIPT = f"\"'><script>{MARK}(1)</script>"
PAYLOADS = (
    SCRIPT,
    f"' OR 1=1; DROP TABLE x; -- {MARK}",
    "{{ 31337|add:31337 }}{% debug %}${31337*2}",
    f"a\r\nSet-Cookie: {MARK}=1",
    "../../../../etc/passwd",
    "a\x00b",
    "\U0001d4b3\u202e\ufffe" + "\u0301" * 50,
    "9" * 40,
    "-1",
    "1e309",
    "NaN",
    '{"a": [1, {"__proto__": 1}]}',
    f"javascript:{MARK}(1)",
    f"//evil.{MARK}.example/",
    "x" * 20_000,
)
# Names of the address that lists, filters, searches and forms read.
NAMES = (
    "q", "trang", "sap-xep", "xem", "tiep", "next", "lan", "nam", "nguon", "loai", "thang", "co-so", "phu-luc",
    "dia_ban", "nganh", "hinh_thuc", "trang_thai", "tu", "den", "cot", "ke-hoach", "de-an", "pk", "row", "act",
    "version", "amount",
)  # fmt: skip
HEADERS = {"X-Forwarded-For": f"1.2.3.4, {SCRIPT}", "Referer": f"https://evil.{MARK}.example/", "HX-Request": "true"}
PATHS = {"int": "99999999999999999999", "slug": "zq7", "str": "%22%3E%3Cscript%3Ezq7", "uuid": "0" * 36}
# As it went in, and as a template that was run would have it.
REFLECTED = (f"<script>{MARK}", f'href="javascript:{MARK}', "62674")
# Addresses that end the sign-in of whoever walks.
LEFT_OUT = ("logout",)


def patterns(resolver, before=""):
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, route)
        elif isinstance(pattern, URLPattern) and pattern.name not in LEFT_OUT:
            yield route


def address_of(route, keys):
    """The address of a route, its arguments as `keys` {converter: text} says."""
    plain = re.sub(r"\^|\$|\\Z|\(\?P<\w+>[^)]*\)", "", route)
    return "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda found: keys.get(found[1] or "str", keys["str"]), plain)


ROUTES = sorted({route for route in patterns(get_resolver()) if not route.startswith("admin/")})
FILLED = {"int": "1", "slug": "projects", "str": "x", "uuid": "0" * 36}


def turned(names, by):
    """{name: payload} with the payloads dealt out from another one on each time."""
    dealt = itertools.islice(itertools.cycle(PAYLOADS), by % len(PAYLOADS), None)
    return dict(zip(names, dealt, strict=False))


def fault_of(answer):
    if answer.status_code >= 500:
        return f"{answer.status_code}"
    told = [f"{name}: {value}" for name, value in answer.headers.items() if MARK in value and name != "Location"]
    if answer.headers.get("Location", "").startswith(("//", "http", "javascript")):
        told.append(f"leads to {answer.headers['Location']}")
    if MARK in answer.cookies:
        told.append("sets a cookie that was sent")
    if not answer.streaming and "html" in answer.headers.get("Content-Type", ""):
        text = answer.content.decode()
        told += [f"reflects {part}" for part in REFLECTED if part in text]
    return "; ".join(told)


@pytest.fixture
def officer(db):
    """With a facility, a plan and a project under the keys that the walk asks for first."""
    house = stories.make_house()
    stories.complete_project(house, stories.draft_plan(house), facility=FacilityFactory(created_by=house.officer))
    return house.officer


def tries_of(route, turn):
    """(method, address, what is sent, headers)."""
    yield "GET", address_of(route, FILLED), turned(NAMES, turn), HEADERS
    yield "GET", address_of(route, PATHS), {}, {}
    yield "POST", address_of(route, FILLED), turned(NAMES, turn + 5), HEADERS


def test_no_address_fails_or_gives_back_what_an_attacker_sends(officer):
    client = Client(raise_request_exception=False)
    client.force_login(officer)
    faults = {}
    for turn, route in enumerate(ROUTES):
        for method, address, sent, headers in tries_of(route, turn):
            with transaction.atomic():
                ask = client.get if method == "GET" else client.post
                answer = ask(address, sent, headers=headers)
                if fault := fault_of(answer):
                    faults[f"{method} {address}"] = fault
                if answer.streaming:
                    answer.getvalue()  # read to its end, which closes the file
                transaction.set_rollback(True)
    assert faults == {}


def test_no_form_of_another_site_is_taken(db):
    """Without the token of the portal's own form nothing is done, whatever the address."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory(role=Role.ADMIN, is_superuser=True))
    answers = {route: client.post(address_of(route, FILLED), {"act": "x"}).status_code for route in ROUTES}
    assert {route: status for route, status in answers.items() if status not in (403, 404, 405)} == {}
    assert sum(status == 403 for status in answers.values()) > 100


@pytest.mark.parametrize("host", ["evil.example", "localhost:8000@evil.example", "localhost\r\nX: 1", ""])
def test_foreign_host_is_refused(client, db, host):
    assert client.get("/dang-nhap/", headers={"Host": host}).status_code == 400
