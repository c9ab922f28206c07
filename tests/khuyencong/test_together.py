from datetime import date

import pytest
from django.db import connection
from django.db.models import Count, F, OuterRef, Subquery, Sum, Window
from django.db.models.functions import RowNumber

from khuyencong import together as together_module
from khuyencong.models import AdministrativeUnit, AuditEntry, Organisation
from khuyencong.together import (
    NO_RECORDS,
    JSONList,
    Question,
    day_of,
    moment_of,
    pointing,
    read_together,
    rows_together,
    together,
)
from projects.models import Project
from tests import stories
from tests.factories import OrganisationFactory


@pytest.fixture
def house(db):
    return stories.make_house()


def test_questions_of_different_tables_are_one_statement(django_assert_num_queries, house):
    OrganisationFactory(name="Sở A", parent=house.department)
    assert connection.features.supports_json_field  # asked of SQLite once
    turn = Window(RowNumber(), order_by=F("name").asc())
    with django_assert_num_queries(1):
        found = together(
            {
                "bodies": (Organisation.objects.filter(parent=house.department), {"name": "name", "key": "pk"}),
                "first": (Organisation.objects.annotate(turn=turn).filter(turn__lte=2), {"name": "name"}),
                "sums": (
                    AdministrativeUnit.objects.values("level").annotate(count=Count("pk"), last=Sum("pk")),
                    {"level": "level", "count": "count"},
                ),
                "none": (Organisation.objects.filter(name="?"), {"name": "name"}),
            }
        )
    assert {row.name for row in found["bodies"]} == {"Sở A", house.centre.name}
    assert {row.name for row in found["first"]} == set(
        Organisation.objects.order_by("name").values_list("name", flat=True)[:2]
    )
    assert {row.level: row.count for row in found["sums"]} == dict(
        AdministrativeUnit.objects.order_by().values_list("level").annotate(Count("pk"))
    )
    assert found["none"] == []


def test_one_question_and_none_need_no_union(django_assert_num_queries, house):
    with django_assert_num_queries(1):
        found = together({"body": (Organisation.objects.filter(pk=house.centre.pk), {"name": "name"})})
    assert [row.name for row in found["body"]] == [house.centre.name]
    with django_assert_num_queries(0):
        assert together({}) == {}


def test_child_rows_come_as_a_list(house):
    children = Organisation.objects.filter(parent=OuterRef("pk")).order_by().values("parent")
    bodies = Organisation.objects.filter(pk__in=[house.department.pk, house.centre.pk])
    bodies = bodies.annotate(held=Subquery(children.annotate(all=JSONList("name")).values("all")))
    assert {body.pk: body.held for body in bodies} == {house.department.pk: [house.centre.name], house.centre.pk: None}


def test_days_moments_and_large_numbers_come_back_as_they_were(house):
    stories.draft_plan(house)
    entry = AuditEntry.objects.order_by("pk").last()
    facts = {"at": "at", "year": "pk", "amount": F("pk") + 9_007_199_254_740_993}
    [row] = together({"entry": (AuditEntry.objects.filter(pk=entry.pk), facts)})["entry"]
    assert moment_of(row.at) == entry.at
    assert row.amount == entry.pk + 9_007_199_254_740_993
    assert (day_of("2026-11-22"), day_of(None), moment_of(None)) == (date(2026, 11, 22), None, None)


def test_rows_of_different_tables_come_as_the_objects_that_they_are(django_assert_num_queries, house):
    project = stories.submitted_project(house, stories.draft_plan(house))
    asked = {
        "lines": project.funding_lines.select_related("source"),
        "shares": project.beneficiaries.with_amounts().select_related("facility__unit"),
        "entries": AuditEntry.objects.about(project).select_related("actor").order_by("-pk"),
        "bodies": Organisation.objects.order_by("-name"),
        "none": project.papers.none(),
    }
    with django_assert_num_queries(1):
        found = rows_together(asked)
    for name, rows in asked.items():
        assert [told(row) for row in found[name]] == [told(row) for row in rows], name
        assert name == "none" or found[name]
    with django_assert_num_queries(0):
        assert {line.project for line in found["lines"]} == {project}


def told(row):
    """Every value that came with a row, with those of the rows joined to it."""
    values = {name: value for name, value in row.__dict__.items() if name != "_state"}
    joined = {name: told(one) for name, one in row._state.fields_cache.items() if one and name != "project"}
    return type(row), values, joined


def test_an_answer_read_together_is_not_asked_again_of_that_record_alone(django_assert_num_queries, house):
    bodies = Question("bodies", lambda body: Organisation.objects.filter(parent=body))
    read_together(house.department, bodies)
    with django_assert_num_queries(0):
        assert bodies.of(house.department) == [house.centre]
    other = Organisation.objects.get(pk=house.department.pk)
    with django_assert_num_queries(1):
        assert bodies.of(other) == [house.centre]


def test_a_question_is_put_into_sql_once_for_all_records_of_its_kind(django_assert_num_queries, house):
    asked = []
    below = Question("below", lambda body: asked.append(body.pk) or Organisation.objects.filter(parent=body))
    for body in (house.department, house.centre):
        together_module.put(below, body)
    # The guard of the suite asks once more about each, to hold it beside.
    assert len([key for key in asked if key >= NO_RECORDS]) == 1
    lines = Question("lines", lambda project: project.funding_lines.all())
    first, second = (stories.submitted_project(house, stories.draft_plan(house)) for _one in range(2))
    for project in (first, second):
        with django_assert_num_queries(1):
            read_together(project, lines)
        with django_assert_num_queries(0):
            assert {line.project for line in lines.of(project)} == {project}


def test_a_question_named_twice_is_asked_once(house, django_assert_num_queries):
    plan = stories.draft_plan(house)
    projects = Question("projects", lambda plan: plan.projects.all())
    with django_assert_num_queries(1) as asked:
        read_together(plan, projects, projects)
    assert asked.captured_queries[0]["sql"].count("answers") == 1


def test_a_question_that_rests_on_more_than_its_keys_is_found_out(house):
    plan = stories.draft_plan(house)
    by_state = Question("by_state", lambda plan: plan.projects.filter(status=plan.status))
    with pytest.raises(type(plan).DoesNotExist):
        together_module.put(by_state, plan)
    calls = []
    by_turn = Question("by_turn", lambda plan: plan.projects.filter(code=str(len(calls))))
    together_module.put(by_turn, plan)
    calls.append(1)
    plan.name = "Kế hoạch gọi khác"  # the guard holds a record beside itself once in each state
    with pytest.raises(AssertionError, match="rests on more"):
        together_module.put(by_turn, plan)


def test_a_record_without_the_key_is_asked_about_as_it_is(house):
    body = Question("body", lambda one: Organisation.objects.filter(pk=one.parent_id), keys=("parent_id",))
    assert house.department.parent_id is None
    read_together(house.department, body)
    assert body.of(house.department) == []
    read_together(house.centre, body)
    assert body.of(house.centre) == [house.department]


def test_a_question_that_nothing_can_answer_is_kept_as_well(django_assert_num_queries, house):
    nothing = Question("nothing", lambda body: Organisation.objects.filter(parent=body, pk__in=[]))
    for body in (house.department, house.centre):
        with django_assert_num_queries(0):
            read_together(body, nothing)
        assert nothing.of(body) == []


def test_what_fields_point_to_stands_there_after_one_statement(django_assert_num_queries, house):
    project = stories.submitted_project(house, stories.draft_plan(house))
    pointed = pointing(Project, {"plan": ("program",), "owner": (), "submitted_by": (), "reviewer": (), "contract": ()})
    for _time in range(2):  # put into SQL for the first, and asked of the same statement for the next
        [row] = Project.objects.filter(pk=project.pk)
        with django_assert_num_queries(1):
            read_together(row, *pointed)
        with django_assert_num_queries(0):
            assert (row.plan, row.owner, row.submitted_by) == (project.plan, project.owner, house.officer)
            assert row.plan.program == project.plan.program
            assert row.reviewer is row.contract is None
    other = stories.draft_project(house, stories.draft_plan(house, year=2027))
    [row] = Project.objects.filter(pk=other.pk)
    read_together(row, *pointed)
    assert (row.plan, row.submitted_by) == (other.plan, None)
