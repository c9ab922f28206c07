from contextlib import contextmanager
from datetime import date

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from khuyencong.models import Organisation
from khuyencong.search_index import WORDS
from projects.models import Project
from tests import stories
from tests.factories import FacilityFactory, OrganisationFactory, StoredFileFactory
from tests.memory import MEMORY, _values, remembered

# The tests below begin and undo their own transactions, as a test does that does not commit.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _new_memory(monkeypatch):
    monkeypatch.setattr(MEMORY, "chapters", {})
    yield
    MEMORY.forget()


@contextmanager
def like_a_test():
    with transaction.atomic():
        MEMORY.begin()
        yield
        transaction.set_rollback(True)


def everything():
    """{table: its rows}; of SQLite's index of words the vocabulary, not the pages that it keeps them in."""
    with connection.cursor() as cursor:
        found = {}
        for table in sorted(connection.introspection.table_names(cursor)):
            if not table.startswith(WORDS):
                cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')
                found[table] = cursor.fetchall()
    return found


def told(story):
    """What a story leaves in the database, what it answers, and how many queries it takes."""
    with like_a_test():
        with CaptureQueriesContext(connection) as queries:
            answer = story()
        return everything(), _values(answer), len(queries)


def year():
    """Stories that add rows, change them and put others in their place."""
    house = stories.make_house()
    plan = stories.draft_plan(house)
    project = stories.contracted_project(house, plan)
    entry = stories.confirmed_report(house, project)
    other = stories.project_of_two_places(house, stories.draft_plan(house), number="11/QĐ-UBND")
    return house, plan, project, entry, other


def test_remembered_story_leaves_the_rows_and_the_answer_of_the_acted_one():
    rows, answer, queries = told(year)
    assert queries > 300
    # The keys of catalogues, asked for between the stories, and nothing else.
    remembered_rows, remembered_answer, few = told(year)
    assert few <= 10
    assert remembered_rows == rows
    assert remembered_answer == answer


def test_told_otherwise_it_is_another_story():
    for amount in (200_000_000, 300_000_000, 200_000_000):
        with like_a_test():
            house = stories.make_house()
            project = stories.complete_project(house, stories.draft_plan(house), support=amount)
            assert project.funding_lines.get(source__code="KCDP").requested_amount == amount
            assert Project.objects.count() == 1


def test_after_rows_of_the_test_itself_a_story_is_acted_out():
    names = set()
    for _time in range(2):
        with like_a_test():
            OrganisationFactory()
            names.add(stories.make_house().officer.username)
    assert len(names) == 2


def test_after_a_savepoint_was_undone_a_story_is_acted_out():
    with like_a_test():
        stories.make_house()
    with like_a_test():
        with transaction.atomic():
            house = stories.make_house()
            transaction.set_rollback(True)
        assert not Organisation.objects.exists()
        assert stories.make_house().officer.username != house.officer.username


def test_a_story_of_another_day_is_acted_out(monkeypatch):
    with like_a_test():
        yesterday = stories.make_house().officer.username
    monkeypatch.setattr("projects.services.payments.today", lambda: date(2026, 6, 15))
    with like_a_test():
        assert stories.make_house().officer.username != yesterday


def test_what_a_story_does_to_its_arguments_is_done_again():
    @remembered
    def renamed(project):
        project.name = "Máy sấy"
        project.save()
        return project

    for _time in range(2):
        with like_a_test():
            house = stories.make_house()
            project = stories.draft_project(house, stories.draft_plan(house))
            assert renamed(project) is project
            assert (project.name, Project.objects.get().name) == ("Máy sấy", "Máy sấy")


def test_a_story_that_leaves_work_for_after_the_commit_is_acted_out():
    @remembered
    def busy():
        transaction.on_commit(lambda: None)
        return FacilityFactory().name

    assert told(busy)[1] != told(busy)[1]


def test_a_story_that_stores_a_file_is_acted_out():
    @remembered
    def filed():
        return StoredFileFactory()

    assert told(filed)[1] != told(filed)[1]


def test_foreign_keys_are_asked_where_rows_or_what_they_point_to_have_changed():
    with like_a_test():
        OrganisationFactory()
        asked = MEMORY.tables_in_question()
        assert {"khuyencong_organisation", "khuyencong_user"} <= set(asked)
        assert "khuyencong_administrativeunit" not in asked
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM programs_program")
        assert MEMORY.tables_in_question() is None
