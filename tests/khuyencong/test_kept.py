"""Figures kept while the data stand, and the state that a page asks for once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from khuyencong.audit import record
from khuyencong.kept import kept, state
from tests import stories
from tests.factories import AnnualPlanFactory, FacilityFactory


@pytest.fixture
def house(db):
    return stories.make_house()


def states_asked(queries):
    return sum("_lastact" in row["sql"] for row in queries.captured_queries)


def test_page_that_is_read_asks_for_the_state_once(client, house, memory):
    record(house.officer, "plan.created", "lập kế hoạch", stories.draft_plan(house))
    client.force_login(house.officer)
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/de-an/").status_code == 200
    assert states_asked(queries) == 1
    # Outside of a page every question sees what was done before it.
    before = state()
    record(house.officer, "plan.updated", "sửa kế hoạch", None)
    assert state() != before


def test_filter_offers_a_plan_from_the_act_that_made_it(client, house, memory):
    plan = stories.draft_plan(house)
    record(house.officer, "plan.created", "lập kế hoạch", plan)
    client.force_login(house.officer)
    assert f'<option value="{plan.pk}">' in client.get("/de-an/").text
    other = AnnualPlanFactory(program=plan.program, owner=plan.owner, round_no=2, created_by=house.reviewer)
    record(house.officer, "plan.created", "lập kế hoạch", other)
    assert f'<option value="{other.pk}">' in client.get("/de-an/").text


def test_figure_is_made_once_in_each_state(house, memory):
    made = []
    record(house.officer, "plan.created", "lập kế hoạch", None)
    for _time in range(2):
        kept("số", lambda: made.append(1) or len(made))
    assert len(made) == 1
    record(house.officer, "plan.updated", "sửa kế hoạch", None)
    assert kept("số", lambda: made.append(1) or len(made)) == 2


def test_those_who_ask_meanwhile_wait_for_the_first(house, memory, monkeypatch):
    """After an act all colleagues ask the same at once; it is worked out by one of them."""
    monkeypatch.setattr("khuyencong.kept.state", lambda _within: "tình trạng")
    begun, made = Barrier(3), []

    def ask():
        begun.wait()
        return kept("số", lambda: sleep(0.05) or made.append(1) or len(made))

    with ThreadPoolExecutor(3) as people:
        found = [future.result() for future in [people.submit(ask) for _person in range(3)]]
    assert (found, made) == ([1, 1, 1], [1])


def test_what_could_not_be_made_is_made_by_the_next(house, memory):
    record(house.officer, "plan.created", "lập kế hoạch", None)
    with pytest.raises(ZeroDivisionError):
        kept("số", lambda: 1 / 0)
    assert kept("số", lambda: 7) == 7


def test_post_that_changes_rows_and_leaves_no_act_is_found_out(client, house, monkeypatch):
    """The guard of the suite, on which keeping anything per state of the data rests."""
    facility = FacilityFactory(created_by=house.officer, name="Lò kẹo dừa")
    client.force_login(house.officer)
    form = client.get(facility_page := f"/co-so/{facility.pk}/sua/").context["form"]
    data = {name: form[name].value() or "" for name in form.fields}
    assert client.post(facility_page, data | {"phone": "0270 3823 000"}).status_code == 302
    monkeypatch.setattr("khuyencong.versions.record", lambda *args, **kwargs: None)
    data["version"] = int(data["version"]) + 1
    with pytest.raises(AssertionError, match="leaves no act"):
        client.post(facility_page, data | {"phone": "0270 3823 111"})
