"""The rows behind a figure: the same queries as the table, narrowed to the cell; they add up to the figure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db.models import Count, Sum

from beneficiaries.models import Facility
from reports.evaluation import axes, counted, product_table
from reports.evaluation.facts import PLANNED, Rows
from reports.evaluation.figures import plain
from reports.evaluation.selection import Selection

# Not axes.
HEAD = (counted.WHAT, counted.STEP, counted.OF, counted.STRETCH)
NAMES = {*HEAD, *axes.AXES, counted.STATING}


@dataclass(frozen=True)
class Behind:
    """Rows of one or two kinds, one after the other, `counts` of each; `figure` is their number, or their sum when
    they have amounts.
    """

    what: str
    parts: tuple[Rows, ...]
    counts: tuple[int, ...]
    figure: int | Decimal

    @property
    def has_amounts(self) -> bool:
        return any(part.amount for part in self.parts)

    @property
    def count(self) -> int:
        return sum(self.counts)


def asked(address: Mapping[str, str]) -> dict:
    """The parameters of a figure out of those of an address; without any, the projects that were planned."""
    query = {name: address[name] for name in address if name in NAMES}
    return {counted.WHAT: counted.PROJECTS, counted.STEP: PLANNED} | query


def behind(selection: Selection, query: dict) -> Behind:
    """The rows that the parameters of a figure name. Raises LookupError or ValueError where they name nothing."""
    what, step = query[counted.WHAT], query[counted.STEP]
    selection = _stretched(selection, query.get(counted.STRETCH, ""))
    path = {name: value for name, value in query.items() if name not in HEAD}
    if unknown := set(path) - {*axes.AXES, counted.STATING}:
        raise LookupError(unknown)
    try:
        parts = LISTS[what](selection, step, query.get(counted.OF, ""), path)
        totals = [_total(part) for part in parts]
    except ValidationError as wrong:
        raise ValueError(path) from wrong
    counts = tuple(count for count, _figure in totals)
    return Behind(what, tuple(parts), counts, plain(sum(figure for _count, figure in totals)))


def _stretched(selection, stretch):
    if not stretch:
        return selection
    found = {counted.BEFORE: selection.before, counted.SINCE_START: selection.since_start}[stretch]()
    if found is None:
        raise LookupError(stretch)
    return found


def _total(part):
    """Number and figure of the rows, one question."""
    if not part.amount:
        count = part.rows.count()
        return count, count
    found = part.rows.order_by().aggregate(count=Count("pk"), sum=Sum(part.amount))
    return found["count"], found["sum"] or 0


def _narrowed(rows, selection, path):
    return replace(rows, rows=counted.narrowed(rows, selection, path))


def _projects(selection, state, _of, path):
    rows = counted.projects(selection, state)
    own = {name: value for name, value in path.items() if name not in axes.OF_FACILITIES}
    found = counted.narrowed(rows, selection, own)
    if places := {name: value for name, value in path.items() if name in axes.OF_FACILITIES}:
        named, alone = counted.holders(selection, state)
        by_facility = counted.narrowed(named, selection, places).order_by().values("project")
        by_itself = counted.narrowed(alone, selection, places).order_by().values("pk")
        found = found.filter(pk__in=by_facility) | found.filter(pk__in=by_itself)
    return [replace(rows, rows=found)]


def _money(selection, stage, state, path):
    return [_narrowed(counted.money(selection, stage, state), selection, path)]


def _shares(selection, state, _of, path):
    return [_narrowed(rows, selection, path) for rows in counted.shares(selection, state)]


def _turns(selection, state, _of, path):
    return [_narrowed(counted.turns(selection, state), selection, path)]


def _facilities(selection, state, of, path):
    [rows] = _turns(selection, state, of, path)
    return [Rows(Facility.objects.filter(pk__in=rows.rows.order_by().values("facility")), year="")]


def _values(selection, column, _of, path):
    return [_narrowed(counted.values(selection, column), selection, path)]


def _answers(selection, _state, _of, path):
    return [_narrowed(counted.answers(selection), selection, path)]


def _only(path, *names):
    """Figures of these rows are narrowed by these axes alone."""
    if wrong := set(path) - set(names):
        raise LookupError(wrong)


def _provinces(selection, state, _of, path):
    _only(path)
    return [Rows(counted.provinces(selection, state), year="")]


def _groups(selection, state, _of, path):
    _only(path)
    return [Rows(counted.groups(selection, state), year="")]


def _works(selection, _state, _of, path):
    _only(path, axes.PROVINCE, axes.PLACE)
    return [_narrowed(counted.works(selection, "quantity"), selection, path)]


def _work_values(selection, _state, _of, path):
    _only(path, axes.PROVINCE, axes.PLACE)
    return [_narrowed(counted.works(selection, "amount"), selection, path)]


def _work_places(selection, level, _of, path):
    _only(path)
    return [Rows(counted.work_places(selection, level), year="")]


def _contracts(selection, _state, _of, path):
    _only(path)
    return [counted.contracts(selection)]


def _contract_values(selection, _state, _of, path):
    _only(path, axes.SOURCE, axes.CATEGORY)
    return [_narrowed(counted.contract_values(selection), selection, path)]


LISTS = {
    counted.PROJECTS: _projects,
    counted.MONEY: _money,
    counted.SHARES: _shares,
    counted.TURNS: _turns,
    counted.FACILITIES: _facilities,
    counted.VALUES: _values,
    counted.ANSWERS: _answers,
    counted.PROVINCES: _provinces,
    counted.GROUPS: _groups,
    counted.WORKS: _works,
    counted.WORK_VALUES: _work_values,
    counted.WORK_PLACES: _work_places,
    counted.CONTRACTS: _contracts,
    counted.CONTRACT_VALUES: _contract_values,
    product_table.PRODUCTS: lambda *asked: [product_table.product_rows(*asked)],
    product_table.HOLDERS: lambda *asked: [product_table.holder_rows(*asked)],
}
