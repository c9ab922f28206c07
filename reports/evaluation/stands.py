"""Where finished projects stand by their facilities, and their money there: laid out once, then divided along axes.

A row for each facility of each project, and one for each project that names none; facilities outside the province
receive money and do not count.
"""

from dataclasses import dataclass, field

from django.db.models import BigIntegerField, Case, ExpressionWrapper, F, Q, Sum, Value, When

from programs.models import SUPPORT_CATEGORIES, SourceCategory
from reports.evaluation import axes, counted, facts, held, sums
from reports.evaluation.facts import Rows
from reports.evaluation.selection import Selection

KINDS = {
    counted.SUPPORT: SUPPORT_CATEGORIES,
    SourceCategory.COUNTERPART.value: (SourceCategory.COUNTERPART,),
    SourceCategory.OTHER.value: (SourceCategory.OTHER,),
}
# The axes of the tables of a report, with the type of their column.
AXES = {
    axes.CONTENT: "bigint", axes.LEGAL_FORM: "text", axes.INDUSTRY: "text", axes.PRIORITY: "boolean",
    axes.ORGANISATION: "bigint", axes.PROVINCE: "bigint", axes.PLACE: "bigint",
}  # fmt: skip
NUMBER = BigIntegerField()


@dataclass
class Divided:
    """What stands at one place of the axes; money in đồng by kind, as approved."""

    projects: int = 0
    facilities: int = 0
    turns: int = 0
    money: dict = field(default_factory=lambda: dict.fromkeys(KINDS, 0))

    def add(self, other):
        """All but projects: one with facilities in both counts once."""
        self.facilities += other.facilities
        self.turns += other.turns
        for kind, amount in other.money.items():
            self.money[kind] += amount


def divide(selection: Selection, state: str, *names: str) -> dict[tuple, Divided]:
    """{(value of each axis): what stands there}, of the projects of a state."""
    with held.holding():
        stands, money = _stands(selection, state, names), _money(selection, state)
        amounts = ", ".join(f"SUM({_column(number)})" for number in range(len(KINDS)))
        joined = held.Table(f"{stands.sql} LEFT JOIN {money.sql} ON stand = of_stand", stands.params + money.params)
        rows = _grouped(joined, names, f", {amounts}")
    found = {}
    for key, (projects, facilities, turns, *sums_) in rows.items():
        given = {kind: int(amount or 0) for kind, amount in zip(KINDS, sums_, strict=True)}
        found[key] = Divided(projects, facilities, turns, given)
    return found


def count(selection: Selection, state: str, *names: str) -> dict[tuple, Divided]:
    """The same without money."""
    with held.holding():
        rows = _grouped(_stands(selection, state, names), names)
    return {key: Divided(*counts) for key, counts in rows.items()}


def _grouped(stands, names, more=""):
    columns = [_axis(name) for name in names]
    told = ", ".join([*columns, "COUNT(DISTINCT project), COUNT(DISTINCT facility), COUNT(facility)"])
    grouped = f" GROUP BY {', '.join(columns)}" if columns else ""
    rows = held.ask(f"SELECT {told}{more} FROM {stands.sql}{grouped}", stands.params)
    return {row[: len(names)]: row[len(names) :] for row in rows}


def _stands(selection, state, names):
    """The table of rows, along all axes while all tables of a report are made."""
    wanted = tuple(AXES) if sums.is_together() else tuple(names)
    columns = {"stand": "bigint", "project": "bigint", "facility": "bigint"}
    columns |= {_axis(name): AXES[name] for name in wanted}
    parts = (_laid_out(rows, selection, wanted) for rows in counted.holders(selection, state))
    return held.table_of(("stands", selection, state, wanted), columns, parts)


def _laid_out(rows: Rows, selection, names):
    found = {"stand": _stand(rows), "in_project": F(rows.project or "pk"), "in_facility": Value(None, NUMBER)}
    if rows.facility:
        counts = When(facts.is_inside(rows.facility, selection), then=F(rows.facility))
        found["in_facility"] = Case(counts, default=Value(None, NUMBER), output_field=NUMBER)
    found |= {_axis(name): axes.axis_of(name, rows, selection) for name in names}
    return rows.rows.order_by().annotate(**found).values_list(*found)


def _stand(rows):
    """The key of a beneficiary; of a project that names none its own, below zero."""
    return F("pk") if rows.facility else ExpressionWrapper(F(rows.project or "pk") * -1, NUMBER)


def _money(selection, state):
    """The table of what was approved for each row."""
    columns = {"of_stand": "bigint PRIMARY KEY"} | {_column(number): "bigint" for number in range(len(KINDS))}
    named, alone = counted.shares(selection, state)
    parts = [_amounts(named, F("beneficiary")), _amounts(alone, _stand(alone))]
    return held.table_of(("money", selection, state), columns, parts)


def _amounts(rows, stand):
    amounts = {
        _column(number): Sum(rows.amount, filter=Q(**{f"{rows.source}__category__in": categories}))
        for number, categories in enumerate(KINDS.values())
    }
    found = rows.rows.order_by().annotate(of_stand=stand).values("of_stand").annotate(**amounts)
    return found.values_list("of_stand", *amounts)


def _axis(name):
    return f"axis_{list(AXES).index(name)}"


def _column(number):
    return f"money_{number}"
