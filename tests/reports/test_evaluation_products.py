"""T9 out of the register of certified products, T11 by implementing body, with the rows behind each figure."""

from datetime import date

import pytest
from pytest_django.asserts import assertContains, assertNotContains

from projects import services
from projects.models import Project
from reports.evaluation.behind import behind
from reports.evaluation.tables import table_of
from reports.evaluation.words import narrowing_of, title_of
from reports.models import Basis
from tests import stories
from tests.beneficiaries.products import certified_product
from tests.factories import FacilityFactory, OrganisationFactory, thai_nguyen
from tests.reports.evaluation_reports import evaluation_of
from tests.reports.evaluations import selection_of


def values_of(table, key):
    """{column: value} of one row."""
    return {column.key: figure.value for column, figure in zip(table.columns, table.row(key).figures, strict=True)}


def differing(selection, table):
    """[figure] whose rows do not add up to it."""
    figures = [figure for row in table.rows for figure in row.figures if figure.rows]
    assert figures
    return [figure for figure in figures if behind(selection, figure.rows).figure != figure.value]


@pytest.fixture
def products(house):
    """One facility with two provincial products of 2025 and 2026, another with a regional one of 2026."""
    first, second = FacilityFactory(created_by=house.officer), FacilityFactory(created_by=house.officer)
    certified_product(house, first, year=2025, decision_on=date(2026, 1, 20), valid_until=date(2026, 3, 31))
    certified_product(house, first, name="Mật hoa dừa", year=2026, decision_on=date(2026, 9, 5))
    certified_product(house, second, level="region", year=2026, decision_number="", decision_on=None)
    return first, second


def test_products_are_counted_by_level_year_and_validity(house, plan, products):
    selection = selection_of(house.viewer, plan.program, until=date(2026, 10, 1))
    table = table_of(selection, "T9")
    assert values_of(table, "cap-province") == {"2026": 1, "products": 1, "facilities": 1, "valid": 1}
    assert values_of(table, "cap-region") == {"2026": 1, "products": 1, "facilities": 1, "valid": 1}
    assert values_of(table, "cap-moi-cap") == {"2026": 2, "products": 2, "facilities": 2, "valid": 2}
    assert values_of(table, "cap-nation")["products"] == 0
    assert differing(selection, table) == []


def test_by_date_of_the_event_the_day_of_the_decision_counts(house, plan, products):
    selection = selection_of(house.viewer, plan.program, basis=Basis.EVENT, until=date(2026, 10, 1))
    table = table_of(selection, "T9")
    assert values_of(table, "cap-province") == {"2026": 1, "products": 2, "facilities": 1, "valid": 1}
    assert differing(selection, table) == []


def test_what_was_decided_after_the_day_of_the_report_is_not_known_yet(house, plan, products):
    early = table_of(selection_of(house.viewer, plan.program, until=date(2026, 9, 4)), "T9")
    assert values_of(early, "cap-province")["products"] == 0
    on_the_day = table_of(selection_of(house.viewer, plan.program, until=date(2026, 9, 5)), "T9")
    assert values_of(on_the_day, "cap-province")["products"] == 1


def test_products_of_other_places_and_readers_do_not_count(house, plan, products):
    first, second = products
    place = selection_of(house.viewer, plan.program, place=first.unit, until=date(2026, 12, 31))
    expected = 2 if second.unit_id == first.unit_id else 1
    assert values_of(table_of(place, "T9"), "cap-moi-cap")["products"] == expected
    stranger = stories.make_house(thai_nguyen(), "Thái Nguyên").viewer
    assert values_of(table_of(selection_of(stranger, plan.program), "T9"), "cap-moi-cap")["products"] == 0


def test_rows_behind_products_open_with_words(client, house, plan, products):
    report = evaluation_of(house, plan.program)
    figure = table_of(selection_of(house.viewer, plan.program), "T9").figure("cap-province", "valid")
    assert title_of(figure.rows) == ("Sản phẩm tiêu biểu, cấp tỉnh", "sản phẩm")
    assert narrowing_of(figure.rows) == ["Còn hiệu lực"]
    client.force_login(house.viewer)
    page = client.get(f"/danh-gia/{report.pk}/dong/", figure.rows)
    assert [line.what for line in page.context["lines"]] == [
        f"Mật hoa dừa, cấp tỉnh năm 2026: {products[0]}, 881/QĐ-UBND"
    ]


def test_results_by_implementing_body_add_up(house):
    plan = stories.draft_plan(house, budgets={"KCDP": 5_000_000_000})
    other = OrganisationFactory(name="Công ty Cơ khí An Phú", parent=house.department)
    projects = [stories.planned_project(house, plan, implementing_unit=body) for body in (house.centre, other, other)]
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    for number, project in enumerate(projects, 1):
        project.refresh_from_db()
        services.start_project(project, by=house.officer)
        services.accept_project(project, by=house.director, number=f"{number}/BB", accepted_on=date(2026, 11, 1))
    Project.objects.filter(pk=projects[2].pk).update(implementing_unit=None)
    selection = selection_of(house.viewer, plan.program)
    table = table_of(selection, "T11")
    counts = {row.label: (row.figures[0].value, row.figures[3].value) for row in table.rows}
    assert counts == {
        house.centre.name: (1, 300_000_000), other.name: (1, 300_000_000),
        "Chưa ghi đơn vị thực hiện": (1, 300_000_000), "Tổng số": (3, 900_000_000),
    }  # fmt: skip
    assert differing(selection, table) == []


def test_facility_page_shows_its_products_and_where_to_enter_one(client, house, products):
    first, _second = products
    client.force_login(house.officer)
    page = client.get(first.get_absolute_url())
    assert [product.year for product in page.context["products"]] == [2026, 2025]
    assertContains(page, f"/co-so/san-pham/moi/?co-so={first.pk}")
    assertContains(page, "Mật hoa dừa")
    client.force_login(house.viewer)
    assertNotContains(client.get(first.get_absolute_url()), "/co-so/san-pham/moi/")
