"""Rows found once while several tables ask about them, in temporary tables of the connection.

The projects that are planned, done, stopped stand behind every table: while they are held, a question is narrowed by
their keys instead of by the conditions that found them. A replica takes no tables, not even temporary ones: there the
conditions stay in each question.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections, router
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from projects.models import Project


@dataclass
class Holding:
    """Where the tables of a block lie; `tables` is {what is held: table}, `made` {what was made once: it}."""

    alias: str
    tables: dict = field(default_factory=dict)
    made: dict = field(default_factory=dict)

    @property
    def connection(self):
        return connections[self.alias]


@dataclass(frozen=True)
class Table:
    """What stands after FROM, with its parameters."""

    sql: str
    params: tuple = ()


_holding = ContextVar("holding", default=None)
_numbers = count(1)


@contextmanager
def holding():
    """Hold what is asked for until the end of the block; nothing may change in between.

    Query sets made inside are good for nothing after it.
    """
    if _holding.get() is not None:
        yield
        return
    found = Holding(router.db_for_read(Project))
    token = _holding.set(found)
    try:
        yield
    finally:
        _holding.reset(token)
        # A transaction that failed takes its tables along.
        if found.tables and takes_tables(found.alias) and not found.connection.needs_rollback:
            with found.connection.cursor() as cursor:
                for table in found.tables.values():
                    cursor.execute(f"DROP TABLE {table.sql}")


def takes_tables(alias: str) -> bool:
    return alias == DEFAULT_DB_ALIAS


def keys_of(rows: QuerySet) -> QuerySet | RawSQL:
    """The keys that a query set of one column gives, for `…__in`; held, while `holding`."""
    found = _holding.get()
    if found is None or not takes_tables(found.alias):
        return rows
    if known := _known(rows):
        return known
    rows = rows.order_by().distinct()
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return rows
    table = table_of((sql, tuple(map(str, params))), {"held": "bigint PRIMARY KEY"}, [rows])
    return RawSQL(f"SELECT held FROM {table.sql}", ())


def held(rows: QuerySet) -> QuerySet:
    """The same rows of a model, found by their held keys; without annotations, while `holding`."""
    keys = keys_of(rows.values("pk"))
    return rows.model.objects.filter(pk__in=keys).order_by() if isinstance(keys, RawSQL) else rows


def once(what: Hashable, make: Callable[[], QuerySet]) -> QuerySet:
    """The query set that `make` gives; made once for the same `what`, while `holding`: writing one takes its time."""
    found = _holding.get()
    if found is None:
        return make()
    if what not in found.made:
        found.made[what] = make()
    return found.made[what].all()


def table_of(what: Hashable, columns: Mapping[str, str], parts: Iterable[QuerySet]) -> Table:
    """The rows of these query sets, whose columns are those of the table, as something to select from.

    Made once for the same `what`, while `holding`; `columns` is {name: type}.
    """
    found = _holding.get()
    if what not in found.tables:
        make = _filled if takes_tables(found.alias) else _in_place
        found.tables[what] = make(f"held_{next(_numbers)}", columns, parts)
    return found.tables[what]


def ask(sql: str, params: Iterable = ()) -> list[tuple]:
    """Rows of a statement over such tables, while `holding`."""
    with _holding.get().connection.cursor() as cursor:
        cursor.execute(sql, list(params))
        return cursor.fetchall()


def _filled(name, columns, parts):
    with _holding.get().connection.cursor() as cursor:
        told = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        cursor.execute(f"CREATE TEMPORARY TABLE {name} ({told})")
        for sql, params in _questions(parts):
            cursor.execute(f"INSERT INTO {name} {sql}", params)
        cursor.execute(f"ANALYZE {name}")
    return Table(name)


def _in_place(name, columns, parts):
    """A subquery; its first part, which has no rows, names the columns and their types."""
    heads = [f"CAST(NULL AS {kind.partition(' ')[0]}) AS {column}" for column, kind in columns.items()]
    statements, values = [f"SELECT {', '.join(heads)} WHERE 1 = 0"], []
    for sql, params in _questions(parts):
        statements.append(sql)
        values += params
    return Table(f"({' UNION ALL '.join(statements)}) AS {name}", tuple(values))


def _questions(parts):
    for rows in parts:
        try:
            yield rows.query.sql_with_params()
        except EmptyResultSet:
            continue


def _known(rows):
    """The keys of rows that are just those of a held set."""
    conditions = rows.query.where.children
    if rows._fields != ("pk",) or len(conditions) != 1:
        return None
    keys = getattr(conditions[0], "rhs", None)
    is_key = getattr(conditions[0], "lhs", None) == rows.model._meta.pk.get_col(rows.model._meta.db_table)
    return keys if is_key and isinstance(keys, RawSQL) else None
