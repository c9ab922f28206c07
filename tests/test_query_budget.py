"""How often each page asks the database: at most twelve times, for the person who works there.

Session, person and body are counted with it. What a process keeps from one visit to the next (catalogues, kept
figures) is warm; what a page writes down, such as the trail of a file, is no question.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse

from projects.views.entry import HANDLERS
from tests.test_access import RULES, addresses, house, people  # noqa: F401 -- fixtures

MOST = 12
BUILT = "the paper is made from its record anew, and each part of it is read by itself"
TABLES = "every table of the report is worked out anew while nobody keeps its figures"
# {page: (most questions, why it may ask more)}; one that has come down leaves the table.
MORE = {
    "evaluation": (77, TABLES),
    "evaluation_part": (74, TABLES),
    "evaluation_excel": (90, TABLES),
    "document_detail": (31, f"{BUILT} to tell what changed since it was issued; kept afterwards, but not in tests"),
    "document_preview": (20, BUILT),
    "document_draft_pdf": (21, BUILT),
    "document_draft_word": (40, BUILT),
    "wording_preview": (13, BUILT),
    "wording_paper": (23, BUILT),
    "projects:handover_pdf": (20, BUILT),
    "projects:minutes_preview": (15, BUILT),
}


def worker(rule):
    """Who works on a page: whoever sends its form, before those who only read it; None where it opens for nobody."""
    readers = [role for role, status in rule.get.items() if status == 200]
    return next((role for role in readers if role in rule.senders), readers[0] if readers else None)


def pages_of(address_of):
    """[(name, role, address)] of every page that opens, and of every part of a project's entry."""
    for name, rule in RULES.items():
        if role := worker(rule):
            yield name, role, address_of[name]
    draft = resolve(address_of["projects:edit"]).kwargs["pk"]
    for part in HANDLERS:
        yield f"projects:edit {part}", "officer", reverse("projects:edit", args=[draft, part])


def questions_of(client, address):
    """How many questions a visit asks."""
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
        if answer.streaming:
            answer.getvalue()
    assert answer.status_code == 200, address
    return sum(query["sql"].startswith("SELECT") for query in asked.captured_queries)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the same questions as on SQLite")
def test_pages_ask_no_more_than_they_may(client, request, db):
    staff, address_of = request.getfixturevalue("people"), request.getfixturevalue("addresses").of
    counts = {}
    for name, role, address in pages_of(address_of):
        client.force_login(staff[role])
        counts[name] = questions_of(client, address)
        if counts[name] > MOST:  # the first visit may have found the process cold
            counts[name] = questions_of(client, address)

    over = [f"{name}: {count}" for name, count in counts.items() if count > MORE.get(name, (MOST, ""))[0]]
    assert "; ".join(over) == ""
    assert {name for name in MORE if counts[name] <= MOST} == set()
    assert len(counts) > 200
