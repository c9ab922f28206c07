"""Figures kept while the data stand, and the state that a page asks for once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from khuyencong.audit import record
from khuyencong.kept import EVERYBODY, in_provinces, kept, kept_by_province, state
from projects.models import Project
from tests import stories
from tests.factories import AnnualPlanFactory, FacilityFactory, thai_nguyen


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


def test_what_rests_on_what_everybody_may_see_outlives_acts_on_records(house, memory):
    plan = stories.draft_plan(house)
    made = []

    def make():
        made.append(1)
        return len(made)

    assert kept("câu hỏi", make, within=EVERYBODY) == 1
    record(house.officer, "plan.updated", "sửa kế hoạch", plan)
    assert kept("câu hỏi", make, within=EVERYBODY) == 1
    record(house.officer, "organisation.update", "sửa cơ quan", house.centre)
    assert kept("câu hỏi", make, within=EVERYBODY) == 2


def test_page_that_shows_what_is_kept_both_ways_asks_for_the_states_at_the_most_twice(client, house, memory):
    record(house.officer, "plan.created", "lập kế hoạch", stories.draft_plan(house))
    client.force_login(house.officer)
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/").status_code == 200
    assert states_asked(queries) <= 2


def test_of_a_country_only_the_province_that_acted_is_counted_anew(house, memory):
    neighbours = stories.make_house(thai_nguyen(), "Thái Nguyên")
    plans = {each.province.pk: stories.draft_plan(each) for each in (house, neighbours)}
    ours, theirs = plans
    asked = []

    def count(provinces):
        asked.append(provinces)
        rows = in_provinces(Project.objects.order_by(), provinces).values_list("province", flat=True)
        return {province: list(rows).count(province) for province in set(rows)}

    stories.draft_project(house, plans[ours])
    assert kept_by_province("đề án", count) == {ours: 1}
    assert asked == [None]
    # What lies in no province belongs to every act.
    stories.draft_project(neighbours, plans[theirs])
    record(neighbours.officer, "project.create", "lập đề án", plans[theirs])
    assert kept_by_province("đề án", count) == {ours: 1, theirs: 1}
    assert asked == [None, [None, theirs]]
    assert kept_by_province("đề án", count) == {ours: 1, theirs: 1}
    assert len(asked) == 2
    Project.objects.filter(province=theirs).delete()
    record(neighbours.officer, "project.delete", "xóa đề án", plans[theirs])
    assert kept_by_province("đề án", count) == {ours: 1}
    # A facility, a body, a rule may be shown with every province's figures.
    record(house.officer, "organisation.update", "sửa cơ quan", house.centre)
    kept_by_province("đề án", count)
    assert asked[-1] is None


def test_what_lies_in_no_province_is_asked_for_by_none(house):
    project = stories.draft_project(house, stories.draft_plan(house))
    nowhere = stories.draft_project(house, project.plan)
    Project.objects.filter(pk=nowhere.pk).update(province=None)
    rows = Project.objects.order_by("pk")
    assert list(in_provinces(rows, None)) == [project, nowhere]
    assert list(in_provinces(rows, [None])) == [nowhere]
    assert list(in_provinces(rows, [project.province_id])) == [project]
    assert list(in_provinces(rows, [None, project.province_id])) == [project, nowhere]


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
