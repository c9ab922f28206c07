"""Rows counted and added up along axes, in the database; what several tables ask about the same rows is asked once.

While all tables of a report are made (`together`), a sum by some axes is added up from the sums by all axes that any
table needs: one wide question in the place of several narrow ones, to the same đồng.
"""

from contextlib import contextmanager
from contextvars import ContextVar

from django.core.exceptions import EmptyResultSet
from django.db.models import Count, Sum

from reports.evaluation import axes
from reports.evaluation.facts import Rows
from reports.evaluation.held import holding
from reports.evaluation.selection import Selection

# Axes that go together: those of T1 … T4, those of facilities in T5 and T7, those of T8 and T9.
WIDE = (
    (axes.YEAR, axes.SOURCE, axes.CATEGORY, axes.CONTENT),
    (axes.LEGAL_FORM, axes.INDUSTRY, axes.PRIORITY, axes.CATEGORY),
    (axes.INDICATOR, axes.VERIFIED, axes.YEAR),
)
WIDE_OF_PROJECTS = (axes.YEAR, axes.CONTENT, axes.KIND, axes.SCOPE, axes.KEY_PROJECT)
_answers = ContextVar("answers", default=None)


@contextmanager
def together():
    """Remember every answer until the end of the block; nothing may change in between."""
    if _answers.get() is not None:
        yield
        return
    token = _answers.set({})
    try:
        with holding():
            yield
    finally:
        _answers.reset(token)


def is_together() -> bool:
    return _answers.get() is not None


def summed(rows: Rows, selection: Selection, *names: str) -> dict:
    """{(value of each axis): sum}"""
    return _added_up(rows, selection, names, WIDE, Sum(rows.amount))


def projects_by(rows: Rows, selection: Selection, *names: str) -> dict:
    """{(value of each axis): number of projects}; the rows are projects."""
    return _added_up(rows, selection, names, (WIDE_OF_PROJECTS,), Count("pk"))


def facilities(rows: Rows) -> tuple[int, int]:
    """(facilities, their turns) of beneficiaries."""
    found = figures(rows, facilities=Count("facility", distinct=True), turns=Count("pk"))
    return found["facilities"], found["turns"]


def figures(rows: Rows, **aggregates) -> dict:
    """{name: figure} of all rows."""
    return _once(rows.rows, (), aggregates, lambda: rows.rows.order_by().aggregate(**aggregates))


def by(rows: Rows, selection: Selection, names, **aggregates) -> dict:
    """{(value of each axis): [aggregates]}, one question."""
    if not names:
        found = figures(rows, **aggregates)
        return {(): [found[name] or 0 for name in aggregates]}
    return _once(rows.rows, names, aggregates, lambda: _asked(rows, selection, names, aggregates))


def _asked(rows, selection, names, aggregates):
    keys = {f"axis_{number}": axes.axis_of(name, rows, selection) for number, name in enumerate(names)}
    found = rows.rows.order_by().annotate(**keys).values(*keys).annotate(**aggregates)
    found = found.values_list(*keys, *aggregates)
    return {row[: len(keys)]: [figure or 0 for figure in row[len(keys) :]] for row in found}


def _added_up(rows, selection, names, wide, aggregate):
    """Straight from the database, or out of the sums by all axes of the first set that has these."""
    fitting = [every for every in wide if set(names) <= set(every)] if _answers.get() is not None else []
    if not fitting:
        return {key: figure for key, (figure,) in by(rows, selection, names, figure=aggregate).items()}
    every = fitting[0]
    places = [every.index(name) for name in names]
    sums = {}
    for key, (figure,) in by(rows, selection, every, figure=aggregate).items():
        narrow = tuple(key[place] for place in places)
        sums[narrow] = sums.get(narrow, 0) + figure
    return sums if sums or names else {(): 0}


def _once(queryset, names, aggregates, ask):
    answers = _answers.get()
    if answers is None:
        return ask()
    try:
        sql, params = queryset.order_by().query.sql_with_params()
    except EmptyResultSet:  # nothing can match: the database is not asked
        return ask()
    key = sql, tuple(map(str, params)), tuple(names), tuple((name, repr(value)) for name, value in aggregates.items())
    if key not in answers:
        answers[key] = ask()
    return answers[key]
