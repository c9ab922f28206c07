from io import BytesIO

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from pytest_django.asserts import assertContains, assertRedirects

from khuyencong.models import AuditEntry
from projects import services
from projects.models import Place, PlanScenario, ProjectStatus
from projects.plan_compare import choices_of, compare
from projects.services.scenarios import (
    choose_scenario,
    delete_scenario,
    place_now,
    places_of,
    save_scenario,
    start_scenario,
)
from tests import stories
from tests.factories import content, thai_nguyen

MILLION = 1_000_000


@pytest.fixture
def house(db):
    return stories.make_house()


@pytest.fixture
def plan(house):
    return stories.draft_plan(house, budgets={"KCDP": 500 * MILLION})


@pytest.fixture
def lines(house, plan):
    """One line in the plan, one appraised and not placed, one draft."""
    return [
        stories.planned_project(house, plan, support=300 * MILLION),
        stories.appraised_project(house, plan, support=200 * MILLION, content=content("BRAND")),
        stories.draft_project(house, plan),
    ]


def address(name, pk):
    return reverse(f"projects:{name}", args=[pk])


def turned(house, plan, lines):
    """A scenario that takes the planned line out and the two others in."""
    scenario = start_scenario(plan, by=house.officer, name="Ưu tiên nhãn hiệu")
    first, second, third = (line.pk for line in lines)
    places = {first: Place.OUT.value, second: Place.IN_PLAN.value, third: Place.IN_PLAN.value}
    return save_scenario(scenario, by=house.officer, places=places, expected_version=scenario.version)


def test_scenario_begins_as_the_plan_stands_or_as_another(house, plan, lines):
    now = start_scenario(plan, by=house.officer, name="Như hiện tại")
    other = turned(house, plan, lines)
    copy = start_scenario(plan, by=house.officer, name="Bản chép", source=other)

    assert list(places_of(now).values()) == [Place.IN_PLAN, Place.OUT, Place.OUT]
    assert places_of(copy) == places_of(other)
    with pytest.raises(ValidationError, match="đã có phương án"):
        start_scenario(plan, by=house.officer, name="Bản chép")


def test_choosing_moves_what_is_appraised_and_says_what_stays(house, plan, lines):
    scenario = turned(house, plan, lines)

    moved, stay = choose_scenario(scenario, by=house.reviewer)

    for line in lines:
        line.refresh_from_db()
    assert [line.status for line in lines] == [ProjectStatus.APPRAISED, ProjectStatus.IN_PLAN, ProjectStatus.DRAFT]
    assert [project.code for project in moved] == [lines[0].code, lines[1].code]
    assert [(project, why) for project, why in stay] == [(lines[2], "đang “dự thảo”")]
    assert AuditEntry.objects.about(scenario).filter(action="scenario.choose").count() == 1


def test_officer_draws_up_but_does_not_choose(house, plan, lines):
    with pytest.raises(PermissionDenied, match="Lấy phương án"):
        choose_scenario(turned(house, plan, lines), by=house.officer)
    with pytest.raises(PermissionDenied, match="Lập phương án"):
        start_scenario(plan, by=house.viewer, name="Khác")
    assert place_now(lines[0]) == Place.IN_PLAN


@pytest.mark.parametrize("act", [choose_scenario, delete_scenario])
def test_submitted_plan_keeps_its_scenarios_as_they_are(house, plan, lines, act):
    scenario = turned(house, plan, lines)
    services.submit_plan(plan, by=house.reviewer)

    with pytest.raises(ValidationError, match="chờ phê duyệt"):
        act(scenario, by=house.reviewer)
    assert PlanScenario.objects.count() == 1


def test_page_places_lines_and_shows_what_they_take(client, house, plan, lines):
    scenario = start_scenario(plan, by=house.officer, name="Thử")
    client.force_login(house.officer)
    data = {"name": "Thử", "version": scenario.version, f"place-{lines[1].pk}": "in_plan"}

    assertContains(client.post(address("scenario_sums", scenario.pk), data), "Trong phương án 200.000.000")
    assert places_of(scenario)[lines[1].pk] == Place.OUT
    assertRedirects(client.post(address("scenario_detail", scenario.pk), data), address("scenario_detail", scenario.pk))
    assert places_of(scenario) == {
        lines[0].pk: Place.OUT, lines[1].pk: Place.IN_PLAN, lines[2].pk: Place.OUT,
    }  # fmt: skip
    # What somebody else saved meanwhile is not overwritten.
    stale = client.post(address("scenario_detail", scenario.pk), data | {"name": "Khác"})
    assertContains(stale, "Có người vừa sửa hồ sơ này")


def test_choosing_from_the_page_tells_what_stays(client, house, plan, lines):
    scenario = turned(house, plan, lines)
    client.force_login(house.reviewer)

    response = client.post(address("scenario_choose", scenario.pk), follow=True)

    assertContains(response, "chuyển chỗ 2 đề án")
    assertContains(response, f"1 đề án chưa xếp được: {lines[2].code} đang “dự thảo”")


def test_other_provinces_find_no_scenario(client, house, plan, lines):
    scenario = turned(house, plan, lines)
    client.force_login(stories.make_house(thai_nguyen(), "Thái Nguyên").reviewer)

    assert client.get(address("scenario_detail", scenario.pk)).status_code == 404
    assert client.post(address("scenario_choose", scenario.pk)).status_code == 404
    assert client.get(address("plan_compare", plan.pk)).status_code == 404


# Side by side


def test_scenario_is_held_against_the_plan_per_row_and_source(house, plan, lines):
    scenario = turned(house, plan, lines)

    found = compare(plan, "hien-tai", f"phuong-an-{scenario.pk}")

    local = {cell.label: (cell.left, cell.right, cell.change) for cell in found.totals}
    assert local["Khuyến công địa phương"] == (300 * MILLION, 200 * MILLION, -100 * MILLION)
    assert [(pair.line.code, *pair.places) for pair in found.different] == [
        (lines[0].code, "Trong kế hoạch", "Ngoài kế hoạch"),
        (lines[1].code, "Ngoài kế hoạch", "Trong kế hoạch"),
        (lines[2].code, "Ngoài kế hoạch", "Trong kế hoạch"),
    ]
    for place, total in enumerate(found.totals):
        assert sum(pair.cells[place].change for pair in found.pairs) == total.change


def test_submitted_version_is_held_against_the_approved_one(client, house):
    plan = stories.draft_plan(house)
    kept, left_out = (stories.planned_project(house, plan, support=300 * MILLION) for _ in range(2))
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan, returned={left_out.pk: "Bổ sung báo giá."})
    keys = [key for key, _label in choices_of(plan)]

    [approved, submitted] = keys[1:]
    found = compare(plan, submitted, approved)

    assert [(pair.line.code, *pair.places) for pair in found.different] == [
        (left_out.code, "Trong kế hoạch", "Không có"),
    ]
    assert found.total.change == -640 * MILLION
    client.force_login(house.director)
    query = {"trai": submitted, "phai": approved}
    assertContains(client.get(address("plan_compare", plan.pk), query), "1 đề án khác nhau")
    sheet = client.get(address("plan_compare_export", plan.pk), query)
    workbook = openpyxl.load_workbook(BytesIO(b"".join(sheet.streaming_content)))
    rows = [[cell.value for cell in row] for row in workbook.active.iter_rows()]
    [row] = [row for row in rows if left_out.code in row]
    assert row[3:5] == ["Trong kế hoạch", "Không có"]
    assert -300 * MILLION in row
    assert not any(kept.code in row for row in rows)


def test_unknown_version_is_told(client, house, plan):
    client.force_login(house.officer)

    response = client.get(address("plan_compare", plan.pk), {"trai": "ban-999"})

    assert response.status_code == 200
    assert response.context["comparison"] is None
    assertRedirects(
        client.get(address("plan_compare_export", plan.pk), {"trai": "ban-999"}), address("plan_compare", plan.pk)
    )


@pytest.mark.parametrize("count", [1, 3])
def test_comparison_asks_a_constant_number_of_queries(client, house, plan, count, django_assert_num_queries):
    for _ in range(count):
        stories.planned_project(house, plan, support=MILLION)
    client.force_login(house.viewer)

    with django_assert_num_queries(8):
        client.get(address("plan_compare", plan.pk), {"tat_ca": "on"})
