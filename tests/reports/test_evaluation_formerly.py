"""Content, place, form of a past day: as they stood before later decisions and corrections, on tables and in rows."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from beneficiaries.models import Facility, Industry
from beneficiaries.services import save_facility
from khuyencong.dates import today
from khuyencong.models import Division
from projects.models import Project
from reports.evaluation import axes, facts, selection
from reports.evaluation.behind import behind
from reports.evaluation.tables import all_tables
from tests import stories
from tests.factories import commune_of, content, thai_nguyen
from tests.reports.evaluations import selection_of

pytestmark = pytest.mark.django_db
CHANGED = date(2026, 6, 15)
FACILITIES = "Số cơ sở được hỗ trợ"


@pytest.fixture
def accepted(house):
    return stories.accepted_project(house)


@pytest.fixture
def facility(accepted):
    return Facility.objects.get(supports__project=accepted)


def yesterday():
    return today() - timedelta(days=1)


def change(facility, house, **fields):
    stored = Facility.objects.get(pk=facility.pk)
    for name, value in fields.items():
        setattr(stored, name, value)
    save_facility(stored, by=house.officer)


def rows_of(table, column="projects"):
    """{row: figure} of what is not zero."""
    keys = [found.key for found in table.columns]
    values = {row.label: row.figures[keys.index(column)].value for row in table.rows}
    return {label: value for label, value in values.items() if value}


def tables_of(house, project, until, **more):
    chosen = selection_of(house.viewer, project.plan.program, until=until, **more)
    tables = all_tables(chosen)
    for table in (tables[key] for key in ("T3", "T5", "T6", "T7")):
        for row in table.rows:
            for figure in row.figures:
                if figure.rows:
                    assert behind(chosen, figure.rows).figure == (figure.value or 0), (table.key, row.label)
    return tables


def amended(house, project, kind, **fields):
    draft = stories.submitted_amendment(house, project, kind, **fields)
    stories.decide_amendment(house, draft, on=CHANGED)
    return Project.objects.get(pk=project.pk)


def test_content_is_that_before_the_decision_that_changed_it(house):
    project = stories.approved_project(house)
    was = project.content
    amended(house, project, "content", new_content=content("VOCATIONAL"))
    then, now = (rows_of(tables_of(house, project, day)["T3"], "planned") for day in (date(2026, 6, 14), CHANGED))
    headings = [row.parent or row for row in (was, content("VOCATIONAL"))]
    heading, another = (row.short_name or row.name for row in headings)
    assert heading in then
    assert another not in then
    assert another in now
    assert heading not in now


def test_place_of_a_project_is_that_before_the_decision_that_moved_it(house):
    here, there = (commune_of(house.province, at) for at in (3, 40))
    project = stories.approved_project(house)
    Project.objects.filter(pk=project.pk).update(unit=here)
    project.beneficiaries.all().delete()
    project.refresh_from_db()
    amended(house, project, "place", new_unit=there)
    counts = {
        (place.pk, day): facts.projects_of(
            selection_of(house.viewer, project.plan.program, place=place, until=day), facts.PLANNED
        ).count()
        for place in (here, there) for day in (date(2026, 6, 14), CHANGED)
    }  # fmt: skip
    assert list(counts.values()) == [1, 0, 0, 1]
    placed = {}
    for division in Division:
        chosen = selection_of(house.viewer, project.plan.program, until=date(2026, 6, 14), division=division)
        rows = facts.Rows(facts.projects_of(chosen, facts.PLANNED))
        lies = rows.rows.annotate(lies=axes.axis_of(axes.PLACE, rows, chosen))
        [placed[division]] = lies.values_list("lies", flat=True)
    districts = {link.parent_id for link in here.predecessors.filter(level="commune")}
    assert placed == {Division.NEW: here.pk, Division.OLD: districts.pop() if len(districts) == 1 else None}


def test_facility_is_what_it_was_before_it_was_corrected(house, accepted, facility):
    before = tables_of(house, accepted, yesterday())
    there = commune_of(house.province, 40)
    assert facility.unit != there
    other = Industry.objects.exclude(pk=facility.industry_id).first()
    change(facility, house, legal_form="cooperative_group", unit=there, industry=other)
    change(facility, house, legal_form="artisan", unit=commune_of(house.province, 41))
    then, now = (tables_of(house, accepted, day) for day in (yesterday(), today()))
    for key in ("T5", "T6", "T7"):
        assert then[key].rows == before[key].rows
        assert now[key].rows != before[key].rows


@pytest.mark.parametrize("was_outside", [False, True])
def test_facility_counts_where_it_stood_then(house, accepted, facility, was_outside):
    Facility.objects.filter(pk=facility.pk).update(is_outside_province=was_outside)
    change(facility, house, is_outside_province=not was_outside)
    tables = [tables_of(house, accepted, day) for day in (yesterday(), today())]
    for key, column, row in (("T1", "done", FACILITIES), ("T5", "facilities", "Tổng số")):
        counts = [rows_of(found[key], column).get(row, 0) for found in tables]
        assert counts == ([0, 1] if was_outside else [1, 0])


def test_facility_that_was_entered_later_counts_as_entered(house, accepted, facility):
    chosen = selection_of(house.viewer, accepted.plan.program, until=date(2026, 6, 14))
    assert chosen.formerly == selection.NOTHING_CHANGED


def test_place_that_lay_elsewhere_is_found_by_the_place_of_then(house, accepted, facility):
    here, there = facility.unit, commune_of(house.province, 40)
    change(facility, house, unit=there)
    found = [
        facts.projects_of(
            selection_of(house.viewer, accepted.plan.program, place=place, until=day), facts.PLANNED
        ).count()
        for place in (here, there) for day in (yesterday(), today())
    ]  # fmt: skip
    assert found == [1, 0, 0, 1]
    north = selection_of(house.viewer, accepted.plan.program, place=thai_nguyen(), until=yesterday())
    assert facts.projects_of(north, facts.PLANNED).count() == 0


@pytest.mark.parametrize("count", [1, 3])
def test_questions_about_the_past_do_not_grow_with_the_changes(house, accepted, facility, count):
    for number in range(count):
        change(facility, house, unit=commune_of(house.province, 40 + number), legal_form="artisan")
    chosen = selection_of(house.viewer, accepted.plan.program, until=yesterday())
    with CaptureQueriesContext(connection) as queries:
        assert chosen.formerly.units == {facility.pk: facility.unit_id}
        assert chosen.formerly.legal_forms == {facility.pk: facility.legal_form}
    assert len(queries) == 3
