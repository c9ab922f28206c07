"""Rows found once while several tables ask about them, in temporary tables of the connection.

The projects that are planned, done, stopped stand behind every table: while they are held, a question is narrowed by
their keys instead of by the conditions that found them.
"""

from collections.abc import Hashable, Iterable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

# {what is held: name of its table}
_tables = ContextVar("tables", default=None)
_numbers = count(1)


@contextmanager
def holding():
    """Hold what is asked for until the end of the block; nothing may change in between.

    Query sets made inside are good for nothing after it.
    """
    if _tables.get() is not None:
        yield
        return
    token = _tables.set({})
    try:
        yield
    finally:
        names = list(_tables.get().values())
        _tables.reset(token)
        # A transaction that failed takes its tables along.
        if names and not connection.needs_rollback:
            with connection.cursor() as cursor:
                for name in names:
                    cursor.execute(f"DROP TABLE {name}")


def keys_of(rows: QuerySet) -> QuerySet | RawSQL:
    """The keys that a query set of one column gives, for `…__in`; held, while `holding`."""
    if _tables.get() is None:
        return rows
    if known := _known(rows):
        return known
    rows = rows.order_by().distinct()
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return rows
    name = table_of((sql, tuple(map(str, params))), {"held": "bigint PRIMARY KEY"}, [rows])
    return RawSQL(f"SELECT held FROM {name}", ())


def held(rows: QuerySet) -> QuerySet:
    """The same rows of a model, found by their held keys; without annotations, while `holding`."""
    keys = keys_of(rows.values("pk"))
    return rows.model.objects.filter(pk__in=keys).order_by() if isinstance(keys, RawSQL) else rows


def table_of(what: Hashable, columns: Mapping[str, str], parts: Iterable[QuerySet]) -> str:
    """The name of the temporary table that holds the rows of these query sets, whose columns are those of the table.

    Made once for the same `what`, while `holding`; `columns` is {name: type}.
    """
    tables = _tables.get()
    if what not in tables:
        name = f"held_{next(_numbers)}"
        with connection.cursor() as cursor:
            told = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            cursor.execute(f"CREATE TEMPORARY TABLE {name} ({told})")
            tables[what] = name
            for rows in parts:
                _fill(cursor, name, rows)
            cursor.execute(f"ANALYZE {name}")
    return tables[what]


def _fill(cursor, name, rows):
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return
    cursor.execute(f"INSERT INTO {name} {sql}", params)


def _known(rows):
    """The keys of rows that are just those of a held set."""
    conditions = rows.query.where.children
    if rows._fields != ("pk",) or len(conditions) != 1:
        return None
    keys = getattr(conditions[0], "rhs", None)
    is_key = getattr(conditions[0], "lhs", None) == rows.model._meta.pk.get_col(rows.model._meta.db_table)
    return keys if is_key and isinstance(keys, RawSQL) else None
