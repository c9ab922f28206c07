"""Tables of a report are kept until somebody acts; asked together they say the same, to the đồng."""

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from khuyencong.audit import record
from projects.models import ProjectIndicator
from reports.evaluation import counted, sums
from reports.evaluation.facts import APPROVED, DONE
from reports.evaluation.kept import kept_tables
from reports.evaluation.tables import TABLES, all_tables, table_of
from tests import stories
from tests.reports.evaluations import selection_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def accepted_project(house):
    return stories.accepted_project(house)


@pytest.fixture
def memory(settings):
    settings.CACHES = settings.CACHES | {
        "figures": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "test-of-kept-tables"}
    }
    caches["figures"].clear()


def count_of(tables):
    return tables["T3"].figure("total", "planned").value


def test_kept_tables_are_counted_anew_after_an_act_and_for_another_reader(memory, house, accepted_project):
    selection = selection_of(house.viewer, accepted_project.plan.program)
    assert count_of(kept_tables(selection)) == 1
    assert kept_tables(selection) == all_tables(selection)
    with CaptureQueriesContext(connection) as queries:
        kept_tables(selection)
    assert len(queries) == 1
    accepted_project.funding_lines.update(approved_amount=1)
    record(house.director, "project.amend", "Điều chỉnh", accepted_project)
    assert kept_tables(selection)["T2"].figure("KCDP", "planned").value == 1


def test_tables_asked_together_say_what_each_says_alone(house, accepted_project):
    ProjectIndicator.objects.filter(project=accepted_project).update(done=3)
    selection = selection_of(house.viewer, accepted_project.plan.program)
    assert all_tables(selection) == {key: table_of(selection, key) for key in TABLES}


def test_wide_sums_are_asked_once(house, accepted_project):
    selection = selection_of(house.viewer, accepted_project.plan.program)
    money, done = counted.money(selection, APPROVED), counted.projects(selection, DONE)
    alone = [sums.summed(money, selection, "nhom-nguon"), sums.summed(money, selection, "nguon", "nam")]
    with sums.together(), CaptureQueriesContext(connection) as queries:
        assert [sums.summed(money, selection, "nhom-nguon"), sums.summed(money, selection, "nguon", "nam")] == alone
        assert sums.projects_by(done, selection, "nam") == {(2026,): 1}
        assert sums.projects_by(done, selection) == {(): 1}
    assert len(queries) == 2
