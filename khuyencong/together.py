"""Several small questions as one statement, for pages that would otherwise ask the database a dozen times."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from operator import itemgetter
from types import SimpleNamespace
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections, router
from django.db.models import (
    Aggregate,
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    Expression,
    JSONField,
    Model,
    QuerySet,
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
    return put_into_sql(questions).answers()


@dataclass(frozen=True)
class Statements:
    """Questions put into SQL, {name: (statement, parameters), or None where no row can answer it}.

    To do so takes as long as to ask: who asks the same again and again keeps them (khuyencong.kept).
    """

    database: str | None
    asked: Mapping[str, tuple[str, tuple] | None]

    def answers(self) -> dict[str, list[SimpleNamespace]]:
        """What `together` gives."""
        found = _answers(self.asked, self.database)
        return {name: [SimpleNamespace(**facts) for facts in rows] for name, rows in found.items()}


def put_into_sql(questions: Mapping[str, tuple[QuerySet, Mapping]]) -> Statements:
    """The questions of `together`, to be asked later."""
    asked = {
        name: _compiled(rows.order_by().annotate(facts_of_row=JSONObject(**facts)).values_list("facts_of_row"))
        for name, (rows, facts) in questions.items()
    }
    return Statements(next((rows.db for rows, _facts in questions.values()), None), asked)


@dataclass(frozen=True)
class Question:
    """Rows about a record that some service asks for; a page that needs many of them asks for all at once before.

    `ask(record)` gives the queryset: its select_related, its annotations (no aggregates of its own) and its order come
    along. The answer counts for this very object in memory: services that lock a row read it anew.

    What is asked rests on `keys` of the record and on nothing else, so that it is put into SQL once and for all; None
    where it rests on more (a state, the day), and is put into SQL each time. The answer of a question that `points` is
    what that field of the record points to, and stands there from then on.
    """

    name: str
    ask: Callable[[Any], QuerySet]
    keys: tuple[str, ...] | None = ("pk",)
    points: str = ""

    def of(self, record) -> list[Model]:
        kept = record.__dict__.get(KEPT, {})
        return kept[self.name] if self.name in kept else list(self.ask(record))

    def read(self, record) -> list[Model] | None:
        """The answer where the page has it already."""
        return record.__dict__.get(KEPT, {}).get(self.name)


def pointing(model: type[Model], related: Mapping[str, tuple[str, ...]]) -> tuple[Question, ...]:
    """Questions for what these fields point to, {field: its own select_related}.

    Joined to the record, a dozen of them would keep PostgreSQL busy with the order of the joins for ten times as long
    as it takes to answer.
    """
    return tuple(_pointing(model._meta.get_field(name), joined) for name, joined in related.items())


def _pointing(field, joined):
    def ask(record):
        rows = field.related_model.objects.filter(pk=getattr(record, field.attname))
        return rows.select_related(*joined) if joined else rows

    return Question(f"its {field.name}", ask, (field.attname,), field.name)


def read_together(record, *questions: Question) -> None:
    """Ask in one statement; `Question.of` answers without asking from then on."""
    read_each_together([record], *questions)


def read_each_together(records: Iterable[Model], *questions: Question) -> None:
    """The same of several records of one model: a statement for every twenty of them."""
    # Who asks for several groups of questions may name one twice.
    records, questions = list(records), dict.fromkeys(questions)
    for start in range(0, len(records), MOST_RECORDS):
        some = records[start : start + MOST_RECORDS]
        keep = [(record.__dict__.setdefault(KEPT, {}), record) for record in some]
        asked = [
            (kept, one, record)
            for kept, record in keep
            for one in questions
            if one.name not in kept and not _points_nowhere(one, record)
        ]
        found = _objects([put(one, record) for _kept, one, record in asked])
        for (kept, one, record), rows in zip(asked, found, strict=True):
            kept[one.name] = rows
            # What went this very moment is missed by whoever looks at it, and not taken for nothing.
            if one.points and rows:
                setattr(record, one.points, rows[0])


def _points_nowhere(question, record):
    return bool(question.points) and getattr(record, question.keys[0]) is None


def rows_together(questions: Mapping[str, QuerySet]) -> dict[str, list[Model]]:
    """{name: objects} of {name: queryset}, in the order of each, asked at once."""
    return dict(zip(questions, _objects([Put.of(rows) for rows in questions.values()]), strict=True))


@dataclass(frozen=True)
class Put:
    """A question put into SQL, None where no row can answer it; `known` are records that its rows point to."""

    shape: "_Shape"
    statement: tuple[str, tuple] | None
    known: Mapping

    @classmethod
    def of(cls, rows: QuerySet) -> "Put":
        rows = rows.all()
        shape = _Shape(rows)
        return cls(shape, _compiled(shape.part(rows)), rows._known_related_objects)

    def about(self, record: Model, places: Mapping[int, str]) -> "Put":
        """The same about another record: its values in the `places` of those that stand for them."""
        if self.statement is None:
            return self
        sql, params = self.statement
        given = tuple(getattr(record, places[one]) if type(one) is int and one in places else one for one in params)
        return Put(self.shape, (sql, given), {field: {record.pk: record} for field in self.known})

    def objects(self, rows: list) -> list[Model]:
        """Of the facts of each row, in the order of their places; a record that many are joined to is one object."""
        joined = {}
        return [self.shape.built(facts, self.known, joined) for _place, facts in sorted(rows, key=itemgetter(0))]


# Questions of `keys`, about a record that there is not: its keys are these numbers, beyond any of a database.
_kept_in_sql: dict[tuple, Put] = {}
NO_RECORDS = 8_000_000_000_000_000_000


def put(question: Question, record: Model) -> Put:
    """The question about a record as SQL, from what was put into SQL for all records of its kind where it can be."""
    if question.keys is None or any(getattr(record, key) is None for key in question.keys):
        return Put.of(question.ask(record))
    database = router.db_for_read(type(record), instance=record)
    places = {NO_RECORDS + number: key for number, key in enumerate(question.keys)}
    asked = question, type(record), database
    if asked not in _kept_in_sql:
        names = [record._meta.pk.attname if key == "pk" else key for key in question.keys]
        _kept_in_sql[asked] = Put.of(question.ask(type(record).from_db(database, names, list(places))))
    return _kept_in_sql[asked].about(record, places)


def _compiled(rows):
    """(SQL, parameters) of a queryset; None where it knows that it has no rows."""
    try:
        sql, params = rows.query.get_compiler(rows.db).as_sql()
    except EmptyResultSet:
        return None
    return sql, tuple(params)


def _objects(questions):
    """For each question put into SQL its objects in order."""
    database = next((one.shape.database for one in questions), None)
    asked = {number: one.statement for number, one in enumerate(questions)}
    return [questions[number].objects(rows) for number, rows in _answers(asked, database).items()]


# The rows of one question as one value: a database hands over one row in the time of a hundred values of JSON.
GATHERED = {
    "sqlite": 'SELECT {number}, JSON_GROUP_ARRAY(JSON("facts_of_row")) FROM (',
    "postgresql": 'SELECT {number}, JSONB_AGG("facts_of_row")::text FROM (',
}


def _answers(asked, database):
    """{name: facts of each row} of {name: (SQL, parameters) or None}, asked as one statement."""
    found = {name: [] for name in asked}
    put_to = [(name, *statement) for name, statement in asked.items() if statement]
    if put_to:
        connection = connections[database]
        gathered = GATHERED[connection.vendor]
        parts = [f'{gathered.format(number=number)}{sql}) "answers"' for number, (_name, sql, _) in enumerate(put_to)]
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), [value for *_named, params in put_to for value in params])
            for number, rows in cursor.fetchall():
                found[put_to[number][0]] = json.loads(rows) if rows else []
    return found


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
        self.database = rows.db
        query = rows.query
        self.extras = {
            name: _reading_of(annotation.output_field, rows.db) for name, annotation in query.annotations.items()
        }
        self.objects = []
        self._add(query, rows.model, query.get_initial_alias(), query.select_related or {}, "")

    def part(self, rows):
        """The queryset of (place in the order, values) of each row."""
        columns = [_Columns(alias, tuple(field.column for field in fields)) for alias, fields, *_rest in self.objects]
        place = Window(RowNumber(), order_by=list(rows.query.order_by or rows.model._meta.ordering) or None)
        facts = JSONArray(place, JSONArray(*columns, JSONArray(*self.extras)))
        return rows.order_by().annotate(facts_of_row=facts).values_list("facts_of_row")

    def built(self, facts, known, joined):
        """The object of one row, with those joined to it; `known` are {field: {key: record}} that it may point to."""
        made = [self._row(*self.objects[0][1:3], facts[0])]
        for number, (_alias, fields, readings, parent, link) in enumerate(self.objects[1:], 1):
            values = facts[number]
            row = joined.get((number, values[0]))
            if row is None and values[0] is not None:
                row = joined[number, values[0]] = self._row(fields, readings, values)
            made.append(row)
            if made[parent] is not None:
                link.set_cached_value(made[parent], row)
                if row is not None and not link.many_to_one:
                    link.remote_field.set_cached_value(row, made[parent])
        for (name, reading), value in zip(self.extras.items(), facts[-1], strict=True):
            setattr(made[0], name, value if reading is None or value is None else reading(value))
        for field, records in known.items():
            if owner := records.get(getattr(made[0], field.attname)):
                field.set_cached_value(made[0], owner)
        return made[0]

    def _row(self, fields, readings, values):
        read = [
            value if reading is None or value is None else reading(value)
            for value, reading in zip(values, readings, strict=True)
        ]
        return fields[0].model.from_db(self.database, [field.attname for field in fields], read)

    def _add(self, query, model, alias, related, path, parent=None, link=None):
        """Objects with their key first; those of select_related after the one that they hang on."""
        fields = [model._meta.pk, *(field for field in model._meta.concrete_fields if not field.primary_key)]
        names, is_defer = query.deferred_loading
        # What hangs on a record of `only` comes whole: a page has more to say of it than the one who asked.
        if is_defer or parent is None:
            fields = [field for field in fields if field.primary_key or (f"{path}{field.name}" in names) != is_defer]
        self.objects.append((alias, fields, [_reading_of(field, self.database) for field in fields], parent, link))
        number = len(self.objects) - 1
        for name, inner in related.items():
            step = model._meta.get_field(name)
            joined = query.setup_joins([name], model._meta, alias).joins[-1]
            self._add(query, step.related_model, joined, inner, f"{path}{name}__", number, step)


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
