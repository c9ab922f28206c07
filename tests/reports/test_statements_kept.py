"""What the first page asks is kept as SQL: it may rest on the person, the year, the rules and the day, no record."""

import pytest

from khuyencong.kept import state
from khuyencong.models import OrganisationKind, Role
from khuyencong.together import put_into_sql
from projects import services
from reports.dashboard import figures
from reports.dashboard.figures import dashboard_of
from reports.tasks.groups import Asked, Desk
from reports.tasks.roles import GROUPS
from tests import stories
from tests.factories import OrganisationFactory, UserFactory, thai_nguyen

YEAR = 2026


@pytest.fixture
def country(db):
    return UserFactory(organisation=OrganisationFactory(kind=OrganisationKind.MINISTRY_DEPT), role=Role.VIEWER)


def statements(*people):
    """All that the first pages of these people ask, as it is put into SQL now."""
    found = []
    for person in people:
        person = type(person).objects.get(pk=person.pk)
        asked = [make(Desk(person)) for make in GROUPS.get(person.role, ())]
        asked = {group.title: group.rows().question for group in asked if isinstance(group, Asked)}
        found += [put_into_sql(asked), put_into_sql(figures._questions(person, YEAR))]
        found.append(put_into_sql(figures._long_questions(person, YEAR, [None, 1])))
    return found


def live(house):
    """A year from the first draft to the settlement, a change and a follow-up on the way."""
    plan = stories.draft_plan(house)
    stories.draft_project(house, plan)
    stories.planned_project(house, plan)
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    project = stories.contracted_project(house, decision="11/QĐ-UBND")
    stories.submitted_amendment(house, project)
    services.start_project(project, by=house.officer)
    stories.progress_report(house, project)
    stories.accepted_project(house, decision="12/QĐ-UBND")


def test_statements_rest_on_no_record(house, country):
    people = (house.officer, house.reviewer, house.director, house.accountant, country)
    before, everything = statements(*people), state()
    live(house)
    assert state() != everything
    assert statements(*people) == before


def test_country_counts_the_same_by_province_as_all_at_once(house, country, memory):
    neighbours = stories.make_house(thai_nguyen(), "Thái Nguyên")
    stories.accepted_project(house)
    for number, home in enumerate((neighbours, house, neighbours)):
        shown = dashboard_of(country, YEAR)
        stories.approved_project(home, decision=f"2{number}/QĐ-UBND")
        kept = dashboard_of(country, YEAR)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("khuyencong.kept.state", lambda _within=None: None)
            counted = dashboard_of(country, YEAR)
        for name in ("money", "places", "risk", "by_status", "contents"):
            assert getattr(kept, name) == getattr(counted, name)
        assert kept.support.approved > shown.support.approved
        assert kept.risk_total > shown.risk_total
