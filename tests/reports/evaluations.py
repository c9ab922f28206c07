"""Selections for tests: one programme of a house, a year of it by plan year or by day."""

from datetime import date

from khuyencong.dates import today
from khuyencong.models import Division
from reports.evaluation.selection import Selection
from reports.models import Basis


def selection_of(
    user, *programs, starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31), basis=Basis.PLAN_YEAR, until=None, **more
):
    values = {"division": Division.NEW, "until": until or today()} | more
    return Selection(user=user, programs=programs, starts_on=starts_on, ends_on=ends_on, basis=basis, **values)
