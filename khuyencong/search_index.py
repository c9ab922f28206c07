"""One folded key for each record that can be found, in one table, kept in step by triggers of the database.

Imports, the grid and corrections by hand write past `save()`; a trigger sees them all. Triggers are made after
`migrate` and taken away before it, since SQLite drops those of a table that a migration makes anew; their names carry
a digest of what they do, so that another definition is noticed and everything is written again.
"""

import contextlib
import hashlib
from dataclasses import dataclass

from django.db import connection, transaction

from khuyencong.models.search import KIND_SPAN, SearchEntry

ENTRIES = SearchEntry._meta.db_table
WORDS = "khuyencong_searchwords"  # SQLite's FTS5 table, which holds no text of its own
TRIGGER = "khuyencong_search_"
# Tables that SQLite keeps for the FTS5 table; made anew at will from the entries.
SHADOWS = tuple(f"{WORDS}{ending}" for ending in ("", "_config", "_data", "_docsize", "_idx"))
VOCABULARY = "khuyencong_searchvocabulary"
# On PostgreSQL, the column `tokens`: words of ASCII letters and digits as FTS5 has them; "=" belongs to the marks.
TOKENS = "array_to_tsvector(array_remove(regexp_split_to_array(words, '[^a-z0-9=]+'), ''))"

SEARCHED = {}


@dataclass(frozen=True)
class Link:
    """Rows whose words count for a record, too: `record` is the column that holds the record's id.

    `key` leads to the rows of `target` that have the words; without one, the rows of `table` have them.
    """

    table: str
    record: str
    key: str = ""
    target: str = ""

    @property
    def words(self):
        if not self.key:
            return f"SELECT {{join}}(l.search_key, ' ') FROM {self.table} l WHERE l.{self.record} = r.id"
        return (
            f"SELECT {{join}}(k.search_key, ' ') FROM {self.table} l JOIN {self.target} k ON k.id = l.{self.key} "
            f"WHERE l.{self.record} = r.id"
        )


@dataclass(frozen=True)
class Searched:
    """A kind of records that can be found. `number` stays the same for ever: it is part of the entries' ids."""

    number: int
    model: type
    links: tuple[Link, ...] = ()

    @property
    def table(self):
        return self.model._meta.db_table

    @property
    def first(self):
        """The entries of the kind have ids above this and below `first + KIND_SPAN`."""
        return self.number * KIND_SPAN

    @property
    def own_columns(self):
        columns = {field.column for field in self.model._meta.local_concrete_fields}
        return [column for column in ("search_key", "owner_id", "province_id") if column in columns]

    @property
    def tables(self):
        return {self.table, *(name for link in self.links for name in (link.table, link.target) if name)}


def register(number, model, *links):
    SEARCHED[model] = Searched(number, model, links)


def rebuild():
    """Write every entry anew and make the triggers; for a table of 300,000 entries some ten seconds."""
    with transaction.atomic(), connection.cursor() as cursor:
        _drop_triggers(cursor)
        cursor.execute(f"DELETE FROM {ENTRIES}")
        for kind in SEARCHED.values():
            cursor.execute(_written(kind, None))
        if connection.vendor == "sqlite":
            cursor.execute(f"INSERT INTO {WORDS} ({WORDS}) VALUES ('rebuild')")
            cursor.execute(f"INSERT INTO {WORDS} ({WORDS}) VALUES ('optimize')")
        for _name, statements in _triggers():
            for statement in statements:
                cursor.execute(statement)
        if connection.vendor == "postgresql":
            cursor.execute(f"ANALYZE {ENTRIES}")


@contextlib.contextmanager
def suspended():
    """For writing very many rows past the services: no entry is kept until the end, then all are written."""
    with connection.cursor() as cursor:
        _drop_triggers(cursor)
    yield
    rebuild()


def before_migrate(plan=(), **kwargs):
    """A trigger that names a table stands in the way of every migration that makes the table anew."""
    if plan:
        with connection.cursor() as cursor:
            _drop_triggers(cursor)


def after_migrate(**kwargs):
    """Triggers and entries as defined now, unless they are there already; nothing half-way through the migrations."""
    needed = {ENTRIES}.union(*(kind.tables for kind in SEARCHED.values()))
    with connection.cursor() as cursor:
        if not needed.issubset(connection.introspection.table_names(cursor)):
            return
        there = {name for name, _table in _known_triggers(cursor)}
    if there != {name for name, _statements in _triggers()}:
        rebuild()


def _written(kind, records):
    """SQL that writes the entries of these records (SQL of their ids; None for all)."""
    join = "group_concat" if connection.vendor == "sqlite" else "string_agg"
    marks = "'=o' || r.owner_id || COALESCE(' =p' || r.province_id, '')"
    own = "|| ' ' || r.search_key" if "search_key" in kind.own_columns else ""
    linked = "".join(f" || COALESCE(' ' || ({link.words.format(join=join)}), '')" for link in kind.links)
    return (
        f"INSERT INTO {ENTRIES} (id, words) "
        f"SELECT {kind.first} + r.id, {marks} {own}{linked} "
        f"FROM {kind.table} r WHERE {f'r.id IN ({records})' if records else 'TRUE'} "
        f"ON CONFLICT (id) DO UPDATE SET words = excluded.words WHERE {ENTRIES}.words <> excluded.words"
    )


def _triggers():
    """(name, its statements) of each trigger that keeps the entries."""
    acts = [act for kind in SEARCHED.values() for act in _acts(kind)]
    if connection.vendor == "sqlite":
        acts += _acts_of_words()
    digest = hashlib.sha256(repr(acts).encode()).hexdigest()[:8]
    return [_trigger(f"{TRIGGER}{digest}_{number}", *act) for number, act in enumerate(acts)]


def _acts(kind):
    """(table, event, columns, statement): what must happen when rows of a table change."""
    own = f"DELETE FROM {ENTRIES} WHERE id = {kind.first} + OLD.id"
    yield kind.table, "INSERT", (), _written(kind, "NEW.id")
    yield kind.table, "UPDATE", tuple(kind.own_columns), _written(kind, "NEW.id")
    yield kind.table, "DELETE", (), own
    for link in kind.links:
        columns = (link.record, link.key or "search_key")
        yield link.table, "INSERT", (), _written(kind, f"NEW.{link.record}")
        yield link.table, "UPDATE", columns, _written(kind, f"OLD.{link.record}, NEW.{link.record}")
        yield link.table, "DELETE", (), _written(kind, f"OLD.{link.record}")
        if link.target:
            holders = f"SELECT l.{link.record} FROM {link.table} l WHERE l.{link.key} = NEW.id"
            yield link.target, "INSERT", (), _written(kind, holders)  # rows loaded in another order
            yield link.target, "UPDATE", ("search_key",), _written(kind, holders)


def _acts_of_words():
    gone = f"INSERT INTO {WORDS} ({WORDS}, rowid, words) VALUES ('delete', OLD.id, OLD.words)"
    come = f"INSERT INTO {WORDS} (rowid, words) VALUES (NEW.id, NEW.words)"
    return [
        (ENTRIES, "INSERT", (), come),
        (ENTRIES, "UPDATE", ("words",), f"{gone}; {come}"),
        (ENTRIES, "DELETE", (), gone),
    ]


def _trigger(name, table, event, columns, statement):
    of = f" OF {', '.join(columns)}" if columns else ""
    differ = "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
    changed = " OR ".join(f"OLD.{column} {differ} NEW.{column}" for column in columns)
    head = f"CREATE TRIGGER {name} AFTER {event}{of} ON {table} FOR EACH ROW {f'WHEN ({changed})' if changed else ''}"
    if connection.vendor == "sqlite":
        return name, [f"{head} BEGIN {statement}; END"]
    function = (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN {statement}; RETURN NULL; END $$"
    )
    return name, [function, f"{head} EXECUTE FUNCTION {name}()"]


def _known_triggers(cursor):
    """(name, table) of the triggers in the database, whatever definition they are of."""
    if connection.vendor == "sqlite":
        sql = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s"
    else:
        sql = "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE %s"
    cursor.execute(sql, [f"{TRIGGER}%"])
    return cursor.fetchall()


def _drop_triggers(cursor):
    for name, table in _known_triggers(cursor):
        if connection.vendor == "sqlite":
            cursor.execute(f"DROP TRIGGER {name}")
        else:
            cursor.execute(f"DROP TRIGGER {name} ON {table}")
            cursor.execute(f"DROP FUNCTION {name}()")
