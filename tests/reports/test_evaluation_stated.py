"""Results of projects on a past day: corrections made since do not count yet, what was entered late does."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from khuyencong.dates import today
from programs.models import Indicator
from programs.services import save_program
from projects.models import IndicatorChange, ProjectIndicator
from projects.services.indicators import keep_done
from reports.evaluation.behind import behind
from reports.evaluation.tables import table_of
from tests import stories
from tests.reports.evaluations import selection_of

YESTERDAY = today() - timedelta(days=1)


@pytest.fixture
def done(house):
    project = stories.accepted_project(house)
    project.acceptances.update(accepted_on=today() - timedelta(days=9))
    return project


def put_down(project, done, *, verified=False, days_ago=0):
    """As acceptance does, so many days ago."""
    jobs = Indicator.objects.get(code="JOB_NEW")
    row = ProjectIndicator(project=project, indicator=jobs, done=done, is_verified=verified)
    changes = keep_done(project, [row])
    last = IndicatorChange.objects.order_by("-pk").values("pk")[:1]
    IndicatorChange.objects.filter(pk__in=list(last.values_list("pk", flat=True))).update(
        changed_at=timezone.now() - timedelta(days=days_ago)
    )
    return changes


def jobs_of(house, project, until):
    """(declared, verified) of T8, whose rows add up to it."""
    selection = selection_of(house.viewer, project.plan.program, until=until)
    table = table_of(selection, "T8")
    if "JOB_NEW" not in {row.key for row in table.rows}:
        return None
    told = [table.figure("JOB_NEW", column) for column in ("declared", "verified")]
    for figure in told:
        if figure.rows:
            assert behind(selection, figure.rows).figure == figure.value
    return tuple(figure.value for figure in told)


def test_correction_counts_from_its_own_day(house, done):
    put_down(done, 12, days_ago=5)
    put_down(done, 10, verified=True)
    assert jobs_of(house, done, today()) == (None, 10)
    assert jobs_of(house, done, YESTERDAY) == (12, None)


def test_what_was_entered_late_counts_by_the_day_of_the_minutes(house, done):
    put_down(done, 12)
    put_down(done, 10)
    assert jobs_of(house, done, YESTERDAY) == (10, None)


def test_only_changes_are_kept_and_told(house, done):
    assert put_down(done, 12)
    assert not put_down(done, 12)
    [change] = IndicatorChange.objects.all()
    assert (change.done_before, change.planned_before, change.was_verified) == (None, None, False)
    [(label, before, after), *_rest] = put_down(done, 11, verified=True)
    assert label == "Chỉ tiêu"
    assert "12" in f"{before}{after}"
    assert IndicatorChange.objects.latest("pk").done_before == Decimal(12)


def targets_told(house, program, until):
    """{indicator: (target, note)} of T1 for those that have one."""
    table = table_of(selection_of(house.viewer, program, until=until), "T1")
    rows = [(row.key, row.figures[1].value, row.note) for row in table.rows]
    return {key: (target, note) for key, target, note in rows if target is not None and key != "LEVERAGE"}


def test_target_of_a_past_day_is_that_before_later_changes(house, plan):
    program = plan.program
    count, jobs, money = (Indicator.objects.get(code=code) for code in ("PRJ_COUNT", "JOB_NEW", "MONEY_TOTAL"))
    for indicator, value in ((count, 162), (money, 51_154_000_000)):
        program.targets.create(indicator=indicator, value=value, source="Quyết định 10/QĐ-UBND")
    later = [(count, Decimal("170.5"), "Quyết định 99/QĐ-UBND"), (jobs, 300, "")]
    save_program(program, by=house.reviewer, targets=later)
    assert targets_told(house, program, today()) == {
        "PRJ_COUNT": (Decimal("170.5"), "Mục tiêu: Quyết định 99/QĐ-UBND."), "JOB_NEW": (300, ""),
    }  # fmt: skip
    then = targets_told(house, program, YESTERDAY)
    assert then["PRJ_COUNT"] == (162, "Mục tiêu: Quyết định 10/QĐ-UBND.")
    assert then["MONEY_TOTAL"][0] == 51_154_000_000
    assert then["JOB_NEW"] == (300, "")
