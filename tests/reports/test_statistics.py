from decimal import Decimal

import pytest

from programs.models import SourceCategory
from projects import services
from projects.models import Project
from reports.statistics import SourceRow, money_by_source, projects_by_status, source_total
from tests import stories
from tests.factories import FacilityFactory, source, thai_nguyen


def row_of(user, year, category):
    return next((row for row in money_by_source(user, year) if row.category == category), None)


@pytest.fixture
def decided(house):
    """A plan with 1 billion local and 500 million national; two lines of 300 and 200 million approved, one accepted."""
    plan = stories.draft_plan(house, budgets={"KCDP": 1_000_000_000, "KCQG": 500_000_000})
    first = stories.planned_project(house, plan, support=300_000_000, own=340_000_000)
    facility = FacilityFactory(created_by=house.officer)
    stories.planned_project(house, plan, support=200_000_000, own=100_000_000, facility=facility)
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    services.start_project(first, by=house.officer)
    services.accept_project(
        first, by=house.director, number="01/BBNT", accepted_on=plan.created_at.date(),
        amounts={source("KCDP").pk: 290_000_000, source("COUNTERPART").pk: 350_000_000},
    )  # fmt: skip
    return plan


def test_money_by_source_equals_the_sums_by_hand(house, decided):
    rows = {row.category: (row.budget, row.approved, row.accepted) for row in money_by_source(house.viewer, 2026)}
    assert rows == {
        SourceCategory.NATIONAL: (500_000_000, 0, 0),
        SourceCategory.LOCAL: (1_000_000_000, 500_000_000, 290_000_000),
        SourceCategory.COUNTERPART: (0, 440_000_000, 350_000_000),
    }
    assert source_total(money_by_source(house.viewer, 2026)) == {
        "budget": 1_500_000_000,
        "approved": 940_000_000,
        "accepted": 640_000_000,
    }


def test_approved_money_equals_the_lines_of_the_list_behind_it(house, decided):
    """The figure on the first page opens the project list; both show one sum."""
    listed = Project.objects.visible_to(house.viewer).in_year(2026).approved()
    assert listed.totals()["local_amount"] == row_of(house.viewer, 2026, SourceCategory.LOCAL).approved
    assert listed.totals()["counterpart_amount"] == row_of(house.viewer, 2026, SourceCategory.COUNTERPART).approved


def test_plans_not_decided_and_other_years_do_not_count(house, decided):
    stories.planned_project(house, stories.draft_plan(house, budgets={"KCDP": 7_000_000_000}))
    assert row_of(house.viewer, 2026, SourceCategory.LOCAL).budget == 1_000_000_000
    assert row_of(house.viewer, 2026, SourceCategory.LOCAL).approved == 500_000_000
    assert money_by_source(house.viewer, 2027) == []


def test_other_provinces_see_other_figures(house, decided):
    stranger = stories.make_house(thai_nguyen(), "Thái Nguyên").viewer
    assert money_by_source(stranger, 2026) == []
    assert projects_by_status(Project.objects.visible_to(stranger)) == []


def test_source_row_tells_what_is_left_and_what_waits():
    row = SourceRow(SourceCategory.LOCAL, budget=1_000, approved=600, accepted=150)
    assert (row.left, row.pending, row.whole, row.accepted_in_approved) == (400, 450, 1_000, Decimal(25))
    bare = SourceRow(SourceCategory.COUNTERPART, budget=0, approved=600, accepted=700)
    assert (bare.left, bare.pending, bare.whole) == (None, 0, 700)
    empty = SourceRow(SourceCategory.LOCAL, budget=500, approved=0, accepted=0)
    assert (empty.left, empty.accepted_in_approved) == (500, None)
    over = SourceRow(SourceCategory.LOCAL, budget=500, approved=600, accepted=0)
    assert (over.left, over.whole) == (-100, 600)


def test_projects_by_status_counts_in_the_order_of_their_life(house, plan):
    stories.draft_project(house, plan)
    stories.draft_project(house, plan)
    stories.appraised_project(house, plan)
    assert projects_by_status(Project.objects.visible_to(house.viewer)) == [
        ("draft", "Dự thảo", 2),
        ("appraised", "Đã thẩm định", 1),
    ]


def test_statistics_ask_three_queries(house, decided, django_assert_num_queries):
    assert house.viewer.province_ids
    assert house.viewer.organisation
    with django_assert_num_queries(3):
        money_by_source(house.viewer, 2026)
        projects_by_status(Project.objects.visible_to(house.viewer))
