"""Figures with the way to their rows: the parameters of `counted` as one builder for each thing that is counted."""

from reports.evaluation import axes, counted
from reports.evaluation.facts import DONE
from reports.evaluation.figures import COUNT, PERCENT, RATIO, VND, Figure, percent_of, ratio_of


def _way(what, step, **more):
    return {counted.WHAT: what, counted.STEP: step, **{name: value for name, value in more.items() if value}}


def _along(path):
    """Axis values as in an address: text, `khong` for none."""
    return {name: _word(value) for name, value in path.items()}


def _word(value):
    if value is None:
        return axes.NONE
    if type(value) in (int, str):  # nearly all of them, and a table has tens of thousands
        return str(value)
    return str(int(value) if isinstance(value, bool) else getattr(value, "value", value))


def project_count(value: int, state: str, path=None) -> Figure:
    """`path` is {axis: value}, as below."""
    return Figure(value, COUNT, _way(counted.PROJECTS, state) | _along(path or {}))


def facility_count(value: int, state: str, path=None) -> Figure:
    return Figure(value, COUNT, _way(counted.FACILITIES, state) | _along(path or {}))


def turn_count(value: int, state: str, path=None) -> Figure:
    return Figure(value, COUNT, _way(counted.TURNS, state) | _along(path or {}))


def money(value: int, stage: str, path=None, *, of: str = "") -> Figure:
    """`of` names the state of the projects whose money it is, when not all of the period."""
    return Figure(value, VND, _way(counted.MONEY, stage, **{counted.OF: of}) | _along(path or {}))


def share(value: int, state: str, path=None) -> Figure:
    """What was approved for the projects of a state, divided among their facilities."""
    return Figure(value, VND, _way(counted.SHARES, state) | _along(path or {}))


def percent(part, whole) -> Figure:
    return Figure(percent_of(part, whole), PERCENT)


def ratio(part, whole) -> Figure:
    return Figure(ratio_of(part, whole), RATIO)


def province_count(value: int, state: str) -> Figure:
    return Figure(value, COUNT, _way(counted.PROVINCES, state))


def value(number, column: str, path, *, unit=COUNT) -> Figure:
    """What projects state of an indicator, `planned` or `done`."""
    return Figure(number, unit, _way(counted.VALUES, column) | _along(path))


def answer(number, path, *, unit=COUNT) -> Figure:
    """What facilities answered after acceptance."""
    return Figure(number, unit, _way(counted.ANSWERS, DONE) | _along(path))


def way(number, what: str, step: str, *, unit=COUNT, path=None, of: str = "") -> Figure:
    """Of anything else that is counted."""
    return Figure(number, unit, _way(what, step, **{counted.OF: of}) | _along(path or {}))
