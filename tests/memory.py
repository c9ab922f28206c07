"""Stories that were told once are remembered: their rows are put in again instead of acted out again.

`make_house()` and then `approved_project(house)` pass through some hundred queries of the services. The next test of
the same process that begins in the same way finds the rows of the first: the same ids, the same trail, inserted
as they stood. No test sees another's rows: each still begins with an empty database and ends with a rollback.

A story is remembered by what it was told with: the values of its arguments, the stories before it in the test, and
today as each module of the portal has it. It must depend on nothing else, settings least of all. It is acted out as
ever

- once the test has written rows of its own (signing in with `client.force_login` is none), or undone a savepoint;
- over a connection that is not watched: a thread of its own, or one in which an event loop runs, has another;
- in a test that commits (`transaction=True`) or asks for `monkeypatch` itself; a fixture may change the day only;
- when it stores a file, leaves work for after the commit or changes rows that the migrations loaded.
"""

import functools
import io
import pickle
import sys
from contextlib import closing
from itertools import chain
from types import SimpleNamespace

from django.apps import apps
from django.db import connection
from django.db.models import AutoField, FileField, Model

ROOMS = ("khuyencong", "programs", "beneficiaries", "projects", "reports")


def remembered(story):
    """Decorator of a story that depends on its arguments, the rows and the day alone."""

    @functools.wraps(story)
    def tell(*args, **kwargs):
        return MEMORY.tell(story, args, kwargs)

    return tell


class Chapter:
    """The rows as a story left them, how to get there from the chapter before, and what the story returned."""

    def __init__(self, rows, before=None, told=None):
        self.rows = rows  # {table: {id: row}}, without the rows of the migrations
        self.told = told
        self.steps = list(_steps(before.rows, rows)) if before else []

    def put_in(self):
        # Past Django: nothing of this is a query of the test.
        with closing(connection.connection.cursor()) as cursor:
            for sql, values in self.steps:
                cursor.execute(sql, values)


class Memory:
    """What this process remembers, and where in it the running test stands."""

    def __init__(self):
        self.first = Chapter({})
        self.chapters = {}
        self.loaded = {}
        self.forget()

    def watch(self, loaded):
        """Begin to remember; `loaded` is the answer of `tests.database.last_rows`, before the first test."""
        self.loaded = loaded
        connection.execute_wrappers.append(self._note)

    def begin(self):
        """A test begins, in a database that holds what the migrations loaded."""
        self.forget()
        self.at = self.first

    def forget(self):
        """Until the next test begins, act everything out."""
        self.at = None  # the chapter that tells every row of the database; None when there is none
        self.written = set()  # the tables written to since the test began

    def tables_in_question(self):
        """Those whose foreign keys the test may have broken; None, as to Django, for all."""
        if not self.written <= _references().keys():
            return None
        return [table for table, others in _references().items() if self.written & {table, *others}]

    def tell(self, story, args, kwargs):
        # Inside a savepoint, the rows may go before the test ends.
        if self.at is None or not connection.in_atomic_block or connection.savepoint_ids:
            return story(*args, **kwargs)
        if self._note not in connection.execute_wrappers:
            return story(*args, **kwargs)
        actors = list(_actors((args, kwargs)))
        key = (id(self.at), story.__module__, story.__qualname__, _values((args, kwargs)), _days())
        if key in self.chapters:
            self.at = self.chapters[key]
            self.at.put_in()
            self.written.update(self.at.rows)
            return _tell_again(self.at.told, actors)
        before, waiting = self.at, len(connection.run_on_commit)
        outcome = story(*args, **kwargs)
        if self.written <= _known_tables() and len(connection.run_on_commit) == waiting:
            self.at = self.chapters[key] = Chapter(self._rows(), before, _telling(outcome, actors))
        return outcome

    def _note(self, execute, sql, params, many, context):
        """Every query of the suite passes here."""
        verb, _space, words = sql.partition(" ")
        if '"django_session"' in words[:40]:  # stories know nothing of who is signed in
            return execute(sql, params, many, context)
        if verb in ("BEGIN", "SELECT", "SAVEPOINT", "RELEASE"):
            return execute(sql, params, many, context)
        self.at = None
        table = words.partition('"')[2].partition('"')[0]
        if verb == "INSERT" or (verb in ("UPDATE", "DELETE") and table not in self.loaded):
            self.written.add(table)
        elif verb not in ("ROLLBACK", "PRAGMA"):
            self.written.add(sql)  # no table: what it did to the migrations' rows, or at all, is not known
        return execute(sql, params, many, context)

    def _rows(self):
        with closing(connection.connection.cursor()) as cursor:
            return {table: _young_rows(cursor, table, self.loaded.get(table, 0)) for table in self.written}


MEMORY = Memory()


@functools.cache
def _known_tables():
    """Whose rows can be put in again: numbered ones, without files."""
    models = apps.get_models(include_auto_created=True)
    return frozenset(model._meta.db_table for model in models if _is_known(model._meta))


def _is_known(meta):
    return isinstance(meta.pk, AutoField) and not any(isinstance(field, FileField) for field in meta.fields)


@functools.cache
def _references():
    """{table: the tables that its foreign keys lead to}"""
    return {
        model._meta.db_table: {
            field.related_model._meta.db_table for field in model._meta.concrete_fields if field.is_relation
        }
        for model in apps.get_models(include_auto_created=True)
    }


def _young_rows(cursor, table, last):
    cursor.execute(f'SELECT * FROM "{table}" LIMIT 0')
    columns = [column[0] for column in cursor.description]
    # As they are stored: SQLite's driver makes objects of a column's dates and times, but not of an expression's.
    sign = "" if connection.vendor == "postgresql" else "+"
    wanted = ", ".join(f'{sign}"{name}"' for name in columns)
    cursor.execute(f'SELECT {wanted} FROM "{table}" WHERE id > {last}')
    place = columns.index("id")
    return {row[place]: row for row in cursor.fetchall()}


def _steps(before, after):
    """(SQL, values) that lead from one {table: {id: row}} to another. Foreign keys are asked at the end only."""
    mark = "%s" if connection.vendor == "postgresql" else "?"
    for table, rows in after.items():
        old = before.get(table, {})
        changed = [row for key, row in rows.items() if old.get(key) != row]
        gone = [key for key, row in old.items() if rows.get(key) != row]
        if gone:
            yield f'DELETE FROM "{table}" WHERE id IN ({", ".join([mark] * len(gone))})', gone
        if changed:
            row = f"({', '.join([mark] * len(changed[0]))})"
            yield f'INSERT INTO "{table}" VALUES {", ".join([row] * len(changed))}', list(chain(*changed))


def _days():
    """Today, as every module of the portal has it: some tests have given theirs another day."""
    return tuple(module.today() for module in _modules_with_today(len(sys.modules)))


@functools.lru_cache(maxsize=1)
def _modules_with_today(count):
    modules = [module for name, module in sys.modules.items() if name.partition(".")[0] in ROOMS]
    return [module for module in modules if hasattr(module, "today")]


def _values(value):
    """What two calls must have in common, as a key: of records the columns, without what they have looked up."""
    if isinstance(value, Model):
        return type(value), tuple(_values(value.__dict__.get(field.attname)) for field in value._meta.concrete_fields)
    if isinstance(value, SimpleNamespace):
        return _values(vars(value))
    if isinstance(value, dict):
        return tuple((_values(key), _values(part)) for key, part in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(_values, value))
    return type(value), value


def _actors(value):
    """The records that a story was given: it may change them, and what it returns may be one of them."""
    if isinstance(value, Model):
        yield value
    elif isinstance(value, SimpleNamespace):
        yield from _actors(vars(value))
    elif isinstance(value, dict):
        yield from _actors([*value.keys(), *value.values()])
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _actors(part)


def _telling(outcome, actors):
    numbers = {id(actor): number for number, actor in enumerate(actors)}
    stream = io.BytesIO()
    pickler = pickle.Pickler(stream, pickle.HIGHEST_PROTOCOL)
    pickler.persistent_id = lambda thing: numbers.get(id(thing))
    pickler.dump((outcome, list(map(vars, actors))))
    return stream.getvalue()


def _tell_again(told, actors):
    unpickler = pickle.Unpickler(io.BytesIO(told))
    unpickler.persistent_load = actors.__getitem__
    outcome, memories = unpickler.load()
    for actor, memory in zip(actors, memories, strict=True):
        vars(actor).clear()
        vars(actor).update(memory)
    return outcome
