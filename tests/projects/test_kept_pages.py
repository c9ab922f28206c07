"""Pages whose rows are read once in each state of the data: the same the second time, anew after every act."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from beneficiaries.services import save_facility
from khuyencong.documents.issuing import issue
from projects import services
from projects.documents import HANDOVER_MINUTES
from projects.models import ProjectStatus
from tests import stories
from tests.factories import FacilityFactory, UserFactory
from tests.projects.handovers import add_minutes, draft_handover, receiver_people, works
from tests.projects.test_views_plans import desk, page

# What is another at each reading: the token of the form, the minute.
OF_THE_MOMENT = re.compile(r'name="csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": "\w+"|In lúc [\d: /]+')


@pytest.fixture
def plan(house):
    plan = stories.draft_plan(house)
    stories.planned_project(house, plan, facility=FacilityFactory(name="Lò kẹo dừa Thanh Bình"))
    stories.appraised_project(house, plan)
    return plan


def read(client, address):
    """(page without what is of the moment, how much it asked of the database, in characters of SQL)."""
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    assert answer.status_code == 200
    return OF_THE_MOMENT.sub("", answer.text), sum(len(row["sql"]) for row in queries.captured_queries)


def address_of(what, plan):
    facility = plan.projects.exclude(beneficiaries=None).earliest("pk").beneficiaries.get().facility
    addresses = {
        "plan": plan.get_absolute_url(),
        "desk": page("plan_approve", plan),
        "facility": facility.get_absolute_url(),
    }
    return addresses.get(what) or reverse(what)


@pytest.mark.parametrize(
    "what", ["plan", "desk", "facility", "projects:list", "projects:plan_list", "beneficiaries:list"]
)
def test_page_says_the_same_when_nothing_was_done_and_asks_less(client, house, plan, memory, what):
    services.submit_plan(plan, by=house.reviewer)
    client.force_login(house.director)
    address = address_of(what, plan)
    client.get(address)  # of the session and of what waits for the person, once
    first, asked = read(client, address)
    assert (again := read(client, address))[0] == first
    assert again[1] <= asked

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("khuyencong.kept.state", lambda _within=None: None)
        direct, asked_directly = read(client, address)
    assert direct == first
    assert again[1] < asked_directly


@pytest.fixture
def everything(house, plan):
    """A row in every list."""
    stories.contracted_project(house, decision="11/QĐ-UBND")
    event = draft_handover(house)
    minutes = add_minutes(house, event, FacilityFactory(), people=receiver_people(), items=works(1))
    services.complete_handover(event, by=house.officer)
    issue(HANDOVER_MINUTES, minutes, house.officer)


LISTS = ("projects:list", "projects:plan_list", "projects:contract_list", "projects:handover_list",
         "beneficiaries:list", "document_register")  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_list_says_to_each_reader_what_it_says_without_anything_kept(client, house, everything, memory, name):
    """People of two bodies in turn, the second of whom finds what was kept for the first."""
    readers = [house.officer, UserFactory(organisation=house.department), house.director, house.officer]
    for person in readers:
        client.force_login(person)
        client.get(reverse(name))
        told, _asked = read(client, reverse(name))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("khuyencong.kept.state", lambda _within=None: None)
            assert read(client, reverse(name))[0] == told
        assert "<tbody" in told


def test_line_stands_in_its_new_place_as_soon_as_it_was_moved(client, house, plan, memory):
    client.force_login(house.reviewer)
    project = plan.projects.get(status=ProjectStatus.APPRAISED)
    before = client.get(plan.get_absolute_url())
    assertContains(before, "Trong kế hoạch (1)")
    assertContains(before, f'value="in_plan-{project.pk}"')

    moved = client.post(page("plan_place", plan), {"place": f"in_plan-{project.pk}"}, headers={"HX-Request": "true"})
    assertContains(moved, "Trong kế hoạch (2)")
    after = client.get(plan.get_absolute_url())
    assertContains(after, "Trong kế hoạch (2)")
    assertNotContains(after, f'value="in_plan-{project.pk}"')
    assertContains(client.get(f"{reverse('projects:list')}?trang-thai=in_plan"), project.code)


def test_each_reader_of_kept_lines_has_their_own_acts(client, house, plan, memory):
    seen = []
    for person in (house.reviewer, house.officer, house.reviewer):
        client.force_login(person)
        seen.append('name="place"' in client.get(plan.get_absolute_url()).text)
    assert seen == [True, False, True]


def test_list_of_plans_names_the_body_to_the_others_alone(client, house, plan, memory):
    """Officers of the department and of its centre see the same plans."""
    told = []
    for body in (house.centre, house.department, house.centre):
        client.force_login(UserFactory(organisation=body))
        told.append([row.owner for row in client.get(reverse("projects:plan_list")).context["rows"]])
    assert plan.owner == house.centre
    assert told == [[""], [str(house.centre)], [""]]


def test_renamed_facility_is_called_so_in_the_list_and_in_the_plan(client, house, plan, memory):
    client.force_login(house.officer)
    facility = plan.projects.get(status=ProjectStatus.IN_PLAN).beneficiaries.get().facility
    for address in (plan.get_absolute_url(), reverse("beneficiaries:list")):
        assertContains(client.get(address), "Lò kẹo dừa Thanh Bình")
    facility.name = "Lò kẹo dừa An Khánh"
    save_facility(facility, by=house.officer)
    for address in (plan.get_absolute_url(), reverse("beneficiaries:list")):
        answer = client.get(address)
        assertContains(answer, "Lò kẹo dừa An Khánh")
        assertNotContains(answer, "Lò kẹo dừa Thanh Bình")


def test_decision_on_kept_lines_holds_the_plan_that_was_seen(client, house, plan, memory):
    """A line taken out after the desk was opened: the decision is refused, and the new desk shows what there is."""
    plan = services.submit_plan(plan, by=house.reviewer)
    projects = list(plan.projects.filter(status=ProjectStatus.IN_PLAN))
    client.force_login(house.director)
    assertContains(client.get(page("plan_approve", plan)), projects[0].code)
    services.return_plan(plan, by=house.director, reason="Bổ sung báo giá.", items=[projects[0].code])
    services.place_project(projects[0], by=house.reviewer, status=ProjectStatus.APPRAISED)
    services.place_project(
        plan.projects.exclude(pk=projects[0].pk).get(), by=house.reviewer, status=ProjectStatus.IN_PLAN
    )
    services.submit_plan(plan, by=house.reviewer)

    refused = client.post(page("plan_approve", plan), desk(plan, projects, "confirm"))
    assert refused.status_code == 200
    assert refused.context["table"].projects == list(plan.projects.filter(status=ProjectStatus.IN_PLAN))
    assert [line.code for line in refused.context["gone"]] == [projects[0].code]
    plan.refresh_from_db()
    assert not plan.is_approved
