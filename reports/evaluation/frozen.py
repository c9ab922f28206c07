"""What an issued report keeps of its figures, read back and held beside the figures of today."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from khuyencong.models import AdministrativeUnit, Division, User
from programs.models import Program
from reports.evaluation.figures import TEXT, Column, Figure, Table, TableRow
from reports.evaluation.selection import Selection
from reports.models import Basis


@dataclass(frozen=True)
class Change:
    """A figure that is no longer what was printed; None on a side where the row or column is not there."""

    table: Table
    row: TableRow
    column: Column
    was: Figure | None
    now: Figure | None

    @property
    def difference(self) -> Figure | None:
        """Today's less the printed one; None for words, and where either side says nothing."""
        sides = [figure.value if figure else None for figure in (self.was, self.now)]
        if any(value is None or isinstance(value, str) for value in sides):
            return None
        return Figure(sides[1] - sides[0], self.now.unit)

    @property
    def now_query(self) -> str:
        return urlencode(self.now.rows) if self.now else ""

    @property
    def figure(self) -> Figure:
        """The one that leads to its rows: today's, else the printed one."""
        return self.now or self.was


def data_of(selection: Selection) -> dict:
    """What the figures were counted over, plain; programmes and place by their keys."""
    return {
        "programs": [program.pk for program in selection.programs],
        "starts_on": selection.starts_on,
        "ends_on": selection.ends_on,
        "basis": selection.basis.value,
        "until": selection.until,
        "scope": selection.scope,
        "place": selection.place.pk if selection.place else None,
        "division": selection.division.value,
    }


def selection_from(data: Mapping, user: User) -> Selection:
    """The selection of an issued report. Raises KeyError or ValueError for other data."""
    programs = Program.objects.in_bulk(data["programs"])
    return Selection(
        user=user,
        programs=tuple(programs[key] for key in data["programs"] if key in programs),
        starts_on=date.fromisoformat(data["starts_on"]),
        ends_on=date.fromisoformat(data["ends_on"]),
        basis=Basis(data["basis"]),
        until=date.fromisoformat(data["until"]),
        scope=data["scope"],
        place=AdministrativeUnit.objects.filter(pk=data["place"]).first() if data["place"] else None,
        division=Division(data["division"]),
    )


def on_day(selection: Selection, day: date) -> Selection:
    """The same selection as known at the end of another day."""
    return replace(selection, until=day)


def tables_from(data: Mapping) -> dict[str, Table]:
    """{key: table} of an issued report, exactly as printed."""
    tables = [table_from(row) for chapter in data["chapters"] for row in chapter["tables"]]
    return {table.key: table for table in tables}


def table_from(data: Mapping) -> Table:
    """One table out of its frozen data."""
    return Table(
        data["key"], data["title"], data["head"],
        tuple(Column(**column) for column in data["columns"]),
        tuple(TableRow(**{**row, "figures": tuple(map(_figure, row["figures"]))}) for row in data["rows"]),
        data["note"],
    )  # fmt: skip


def _figure(data):
    value = data["value"]
    if isinstance(value, str) and data["unit"] != TEXT:
        value = Decimal(value)
    return Figure(value, data["unit"], data["rows"])


def changes(printed: Mapping[str, Table], now: Mapping[str, Table]) -> list[Change]:
    """Figure by figure what is no longer the same, in the order of the report."""
    found = []
    for key in dict.fromkeys([*printed, *now]):
        old, new = printed.get(key), now.get(key)
        found += _changes_of(new or old, _cells(old), _cells(new))
    return found


def _cells(table):
    """{(row key, column key): (row, column, figure)}."""
    if table is None:
        return {}
    return {
        (row.key, column.key): (row, column, figure)
        for row in table.rows
        for column, figure in zip(table.columns, row.figures, strict=True)
    }


def _changes_of(table, old, new):
    for key in dict.fromkeys([*old, *new]):
        was, now = (cells[key][2] if key in cells else None for cells in (old, new))
        if (was and was.value) == (now and now.value):
            continue
        row, column, _figure = new.get(key) or old[key]
        yield Change(table, row, column, was, now)
