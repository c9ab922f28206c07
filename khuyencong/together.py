"""Several small questions as one statement, for pages that would otherwise ask the database a dozen times."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.db import connections
from django.db.models import (
    Aggregate,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    DecimalField,
    Expression,
    JSONField,
    Model,
    QuerySet,
    Value,
    Window,
)
from django.db.models.functions import JSONArray, JSONObject, RowNumber
from django.utils.dateparse import parse_datetime

# Where a record keeps what was read together with it.
KEPT = "_read_together"
# SQLite joins no more than 500 questions in a statement.
MOST_RECORDS = 20


def know_json(sender, connection, **kwargs):
    """Spare a new connection to SQLite the three questions whether it knows JSON; for `connection_created`."""
    if connection.vendor == "sqlite":
        connection.features.supports_json_field = True


class JSONList(Aggregate):
    """The values of a column as one list; of a subquery, so that child rows come along without a query of their own."""

    function = "JSONB_AGG"
    allow_distinct = True
    output_field = JSONField()

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, function="JSON_GROUP_ARRAY", **context)


def together(questions: Mapping[str, tuple[QuerySet, Mapping]]) -> dict[str, list[SimpleNamespace]]:
    """{name: rows} of {name: (queryset, {fact: path or expression})}, asked at once.

    Each row has the facts as attributes: numbers exact, days and moments as text (`day_of`, `moment_of`). Rows come
    in no order; a question that needs its first rows only says so with a window (`RowNumber`), not with a slice.
    """
    parts = [
        rows.order_by()
        .annotate(of_question=Value(name, CharField()), facts_of_row=JSONObject(**facts))
        .values_list("of_question", "facts_of_row")
        for name, (rows, facts) in questions.items()
    ]
    found = {name: [] for name in questions}
    if parts:
        first, *others = parts
        for name, facts in first.union(*others, all=True) if others else first:
            found[name].append(SimpleNamespace(**facts))
    return found


@dataclass(frozen=True)
class Question:
    """Rows about a record that some service asks for; a page that needs many of them asks for all at once before.

    `ask(record)` gives the queryset: its select_related, its annotations (no aggregates of its own) and its order come
    along. The answer counts for this very object in memory: services that lock a row read it anew.
    """

    name: str
    ask: Callable[[Any], QuerySet]

    def of(self, record) -> list[Model]:
        kept = record.__dict__.get(KEPT, {})
        return kept[self.name] if self.name in kept else list(self.ask(record))

    def read(self, record) -> list[Model] | None:
        """The answer where the page has it already."""
        return record.__dict__.get(KEPT, {}).get(self.name)


def read_together(record, *questions: Question) -> None:
    """Ask in one statement; `Question.of` answers without asking from then on."""
    kept = record.__dict__.setdefault(KEPT, {})
    kept.update(rows_together({one.name: one.ask(record) for one in questions if one.name not in kept}))


def read_each_together(records: Iterable[Model], *questions: Question) -> None:
    """The same of several records of one model: a statement for every twenty of them."""
    records = list(records)
    for start in range(0, len(records), MOST_RECORDS):
        some = {record.pk: record for record in records[start : start + MOST_RECORDS]}
        asked = {(pk, one): one.ask(record) for pk, record in some.items() for one in questions}
        found = rows_together({f"{pk} {one.name}": rows for (pk, one), rows in asked.items()})
        for pk, one in asked:
            some[pk].__dict__.setdefault(KEPT, {})[one.name] = found[f"{pk} {one.name}"]


def rows_together(questions: Mapping[str, QuerySet]) -> dict[str, list[Model]]:
    """{name: objects} of {name: queryset}, in the order of each, asked at once."""
    shapes = {name: _Shape(rows) for name, rows in questions.items()}
    found = {name: [] for name in questions}
    if shapes:
        first, *others = [shape.part(name) for name, shape in shapes.items()]
        for name, place, facts in first.union(*others, all=True) if others else first:
            found[name].append((place, shapes[name].built(facts)))
    return {name: [row for _place, row in sorted(rows, key=lambda pair: pair[0])] for name, rows in found.items()}


class _Columns(Expression):
    """Columns of one table as a JSON list: as JSONArray writes it, without an expression to compile for each."""

    output_field = JSONField()

    def __init__(self, alias, columns):
        super().__init__()
        self.alias, self.columns = alias, columns

    def relabeled_clone(self, change_map):
        return type(self)(change_map.get(self.alias, self.alias), self.columns)

    def as_sql(self, compiler, connection, function="JSON_ARRAY"):
        table = compiler.quote_name_unless_alias(self.alias)
        columns = ", ".join(f"{table}.{connection.ops.quote_name(column)}" for column in self.columns)
        return f"{function}({columns})", []

    def as_postgresql(self, compiler, connection):
        return self.as_sql(compiler, connection, function="JSONB_BUILD_ARRAY")


class _Shape:
    """How the rows of a queryset travel as one JSON value each: a list of values per object, then the annotations."""

    def __init__(self, rows):
        self.rows = rows.all()
        self.query = self.rows.query
        self.order = self.query.order_by or rows.model._meta.ordering
        self.extras = {
            name: _reading_of(annotation.output_field, rows.db) for name, annotation in self.query.annotations.items()
        }
        self.objects = []
        self._add(rows.model, self.query.get_initial_alias(), self.query.select_related or {}, None, None)

    def part(self, name):
        columns = [_Columns(alias, tuple(field.column for field in fields)) for alias, fields, *_rest in self.objects]
        return (
            self.rows.order_by()
            .annotate(
                of_question=Value(name, CharField()),
                place_of_row=Window(RowNumber(), order_by=list(self.order) or None),
                facts_of_row=JSONArray(*columns, JSONArray(*self.extras)),
            )
            .values_list("of_question", "place_of_row", "facts_of_row")
        )

    def built(self, facts):
        made = []
        for values, (_alias, fields, readings, parent, link) in zip(facts, self.objects, strict=False):
            row = self._row(fields, readings, values)
            made.append(row)
            if link is not None and made[parent] is not None:
                link.set_cached_value(made[parent], row)
                if row is not None and not link.many_to_one:
                    link.remote_field.set_cached_value(row, made[parent])
        for (name, reading), value in zip(self.extras.items(), facts[-1], strict=True):
            setattr(made[0], name, value if reading is None or value is None else reading(value))
        for field, known in self.rows._known_related_objects.items():
            if owner := known.get(getattr(made[0], field.attname)):
                field.set_cached_value(made[0], owner)
        return made[0]

    def _row(self, fields, readings, values):
        if values[0] is None:
            return None
        read = [
            value if reading is None or value is None else reading(value)
            for value, reading in zip(values, readings, strict=True)
        ]
        return fields[0].model.from_db(self.rows.db, [field.attname for field in fields], read)

    def _add(self, model, alias, related, parent, link):
        """Objects with their key first; those of select_related after the one that they hang on."""
        fields = [model._meta.pk, *(field for field in model._meta.concrete_fields if not field.primary_key)]
        if parent is None:
            names, is_defer = self.query.deferred_loading
            fields = [field for field in fields if field.primary_key or (field.name in names) != is_defer]
        self.objects.append((alias, fields, [_reading_of(field, self.rows.db) for field in fields], parent, link))
        number = len(self.objects) - 1
        for name, inner in related.items():
            step = model._meta.get_field(name)
            joined = self.query.setup_joins([name], model._meta, alias).joins[-1]
            self._add(step.related_model, joined, inner, number, step)


def _reading_of(field, database):
    """How a value comes back out of JSON; None where it comes back as it was."""
    if isinstance(field, DateTimeField):
        return moment_of
    if isinstance(field, DateField):
        return day_of
    if isinstance(field, BooleanField):
        return bool
    if isinstance(field, DecimalField):
        exact = Decimal(1).scaleb(-field.decimal_places)
        return lambda value: Decimal(str(value)).quantize(exact)
    if isinstance(field, JSONField):
        # SQLite keeps JSON as text, and so it stands in the outer JSON.
        return _parsed if connections[database].vendor == "sqlite" else None
    return None


def _parsed(value):
    return json.loads(value) if isinstance(value, str) else value


def day_of(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def moment_of(text: str | None) -> datetime | None:
    """An aware moment; SQLite writes it in UTC without saying so."""
    if not text:
        return None
    moment = parse_datetime(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
