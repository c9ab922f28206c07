"""What is kept for people of one province: acts of another leave it alone, and change nothing that it shows."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from beneficiaries.services import save_facility
from khuyencong.audit import record, record_many
from khuyencong.documents.issuing import issue
from khuyencong.kept import state
from khuyencong.models import OrganisationKind, Role
from projects import services
from projects.documents import HANDOVER_MINUTES
from projects.models import Project, ProjectStatus
from tests import stories
from tests.factories import FacilityFactory, OrganisationFactory, UserFactory, commune_of, thai_nguyen
from tests.projects.handovers import add_minutes, draft_handover, receiver_people, works
from tests.projects.test_kept_pages import read
from tests.projects.test_views_plans import page

PAGES = ("home", "projects:list", "projects:plan_list", "projects:contract_list", "projects:handover_list",
         "document_register", "plan")  # fmt: skip


def live(house):
    """A year of a province: a plan with lines, a contract, a handover with its paper."""
    plan = stories.draft_plan(house)
    stories.planned_project(house, plan, facility=FacilityFactory(unit=commune_of(house.province)))
    stories.appraised_project(house, plan)
    stories.contracted_project(house, decision="11/QĐ-UBND")
    event = draft_handover(house)
    facility = FacilityFactory(unit=commune_of(house.province, 1))
    minutes = add_minutes(house, event, facility, people=receiver_people(), items=works(1))
    services.complete_handover(event, by=house.officer)
    issue(HANDOVER_MINUTES, minutes, house.officer)
    return plan


@pytest.fixture
def plan(house):
    return live(house)


@pytest.fixture
def neighbours(db):
    return stories.make_house(thai_nguyen(), "Thái Nguyên")


def addresses(plan):
    return {what: plan.get_absolute_url() if what == "plan" else reverse(what) for what in PAGES}


def test_province_reads_what_was_kept_while_another_works(client, house, plan, neighbours, memory):
    """And would read the same if everything were asked anew: nothing of the other province is in it."""
    client.force_login(house.officer)
    for address in addresses(plan).values():
        client.get(address)
    first = {what: read(client, address) for what, address in addresses(plan).items()}
    before, own = state(), state(house.officer)

    live(neighbours)
    assert state() != before
    # Facilities of anywhere, people and bodies are shown to everybody: those acts count here, too.
    assert state(house.officer) != own
    own = state(house.officer)
    for address in addresses(plan).values():
        client.get(address)
    line = Project.objects.get(owner=neighbours.centre, status=ProjectStatus.APPRAISED)
    services.place_project(line, by=neighbours.reviewer, status=ProjectStatus.IN_PLAN)
    assert state(house.officer) == own

    for what, address in addresses(plan).items():
        told, asked = read(client, address)
        assert (what, told) == (what, first[what][0])
        assert asked <= first[what][1]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("khuyencong.kept.state", lambda _within=None: None)
            assert (what, read(client, address)[0]) == (what, told)


def test_act_of_the_own_province_is_seen_at_once_by_its_people_and_by_the_country(client, house, plan, memory):
    country = UserFactory(organisation=OrganisationFactory(kind=OrganisationKind.MINISTRY_DEPT), role=Role.VIEWER)
    line = plan.projects.get(status=ProjectStatus.APPRAISED)
    address = f"{reverse('projects:list')}?trang-thai=in_plan"
    for person in (house.officer, country):
        client.force_login(person)
        assertNotContains(client.get(address), line.code)
    services.place_project(line, by=house.reviewer, status=ProjectStatus.IN_PLAN)
    for person in (house.officer, country):
        client.force_login(person)
        assertContains(client.get(address), line.code)


def test_facility_renamed_by_another_province_is_called_so_here(client, house, neighbours, memory):
    """A project may support a facility that stands elsewhere, and its row names it."""
    facility = FacilityFactory(
        name="Lò kẹo dừa An Khánh", unit=commune_of(neighbours.province), owner=neighbours.centre,
        created_by=neighbours.officer,
    )  # fmt: skip
    plan = stories.draft_plan(house)
    stories.planned_project(house, plan, facility=facility)
    client.force_login(house.officer)
    assertContains(client.get(plan.get_absolute_url()), "Lò kẹo dừa An Khánh")
    facility.name = "Lò kẹo dừa Bình Minh"
    save_facility(facility, by=neighbours.officer)
    assertContains(client.get(plan.get_absolute_url()), "Lò kẹo dừa Bình Minh")


def test_support_elsewhere_is_told_at_the_desk_at_once(client, house, neighbours, memory):
    """What a plan's desk says of other supports is of every province, so it is kept in no single one's sight."""
    facility = FacilityFactory(unit=commune_of(house.province))
    plan = stories.draft_plan(house)
    stories.planned_project(house, plan, facility=facility)
    services.submit_plan(plan, by=house.reviewer)
    client.force_login(house.director)
    theirs = stories.draft_plan(neighbours)
    assertNotContains(client.get(page("plan_approve", plan)), "1 lần hỗ trợ khác")
    own = state(house.director)
    stories.planned_project(neighbours, theirs, facility=facility)
    assert state(house.director) == own
    assertContains(client.get(page("plan_approve", plan)), "1 lần hỗ trợ khác")


def test_rows_of_a_body_count_for_it_wherever_they_lie(house, neighbours):
    """A row may lie in a province that its body does not see (any more); the body sees the row all the same."""
    project = stories.draft_project(house, stories.draft_plan(house))
    project.province, project.owner = neighbours.province, house.centre
    ours, theirs, country = state(house.officer), state(neighbours.officer), state()
    record(house.officer, "project.update", "Sửa đề án", project)
    assert ours != state(house.officer)
    assert theirs != state(neighbours.officer)
    assert country != state()


def test_many_acts_at_once_name_every_part_that_they_concern(house, neighbours):
    one, other = (
        stories.draft_project(house, stories.draft_plan(house)),
        stories.draft_project(neighbours, stories.draft_plan(neighbours)),
    )
    before = [state(person) for person in (house.officer, neighbours.officer)]
    record_many(house.officer, "project.update", "Sửa đề án", [(one, [])])
    assert state(house.officer) != before[0]
    assert state(neighbours.officer) == before[1]
    record_many(house.officer, "project.update", "Sửa đề án", [(one, []), (other, [])])
    assert state(neighbours.officer) != before[1]


def test_sign_in_is_no_new_state(client, house, plan):
    before = state(), state(house.officer)
    record(house.officer, "user.login", "Đăng nhập", house.officer)
    assert (state(), state(house.officer)) == before
