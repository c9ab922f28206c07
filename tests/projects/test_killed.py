"""The process dies in the middle of a step, after it wrote and before it was done: the old state stands."""

import os
import signal

import pytest
from django.db import connection

from khuyencong import audit
from khuyencong.audit import first_broken_entry
from projects import services
from projects.models import ProjectStatus
from tests import stories
from tests.projects.test_life import ENVELOPE, Life, check, picture

STEPS = 16


@pytest.fixture
def life(transactional_db):
    house = stories.make_house()
    plan = stories.draft_plan(house, budgets={"KCDP": ENVELOPE})
    project = stories.planned_project(house, plan)
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    plan.refresh_from_db()
    return Life(house, plan, [project])


def die_in_the_middle(act):
    """Run the act in a process of its own that is killed when it tells the trail; the signal that ended it."""
    connection.close()
    child = os.fork()
    if child == 0:
        audit.AuditEntry.save = lambda *_args, **_kwargs: os.kill(os.getpid(), signal.SIGKILL)
        try:
            act()
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else None


def test_every_step_killed_half_way_leaves_the_old_state(life):
    states = [life.project(0).status]
    for _number in range(STEPS):
        if states[-1] == ProjectStatus.LIQUIDATED:
            break
        before = picture(life)
        assert die_in_the_middle(lambda: life.forward(None, 0)) == signal.SIGKILL
        assert picture(life) == before
        check(life)
        life.forward(None, 0)
        assert picture(life) != before
        states.append(life.project(0).status)

    assert list(dict.fromkeys(states)) == [
        "approved", "contracted", "in_progress", "accepted", "settling", "settled", "liquidated",
    ]  # fmt: skip
    assert first_broken_entry() is None
