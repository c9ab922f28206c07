"""Many rows of one table at a time: COPY on PostgreSQL, executemany on SQLite."""

import json
from datetime import UTC
from io import StringIO

from django.db import connection, models

AT_ONCE = 5000
CACHE_KILOBYTES = 2_000_000
ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
# Never back: rows that are gone had numbers, too.
_COUNT_ON = """
SELECT setval(counter, GREATEST((SELECT MAX(id) FROM "{table}"), nextval(counter)))
FROM CAST(pg_get_serial_sequence('"{table}"', 'id') AS regclass) AS counter
"""


class Sheet:
    """Rows on their way into the table of a model.

    `fields` names what `add` is given, in that order; `fixed` is the same in every row; the rest takes its default.
    Primary keys are given here, one after the other, so that rows may point at each other before they are written.
    """

    def __init__(self, model, *fields, **fixed):
        self.model = model
        by_name = {field.name: field for field in model._meta.local_concrete_fields}
        key = model._meta.pk.name
        rest = [name for name in by_name if name not in fields and name != key]
        self.columns = [by_name[name] for name in (key, *fields, *rest)]
        self.fixed = tuple(_stored(by_name[name], fixed.get(name, _default(by_name[name]))) for name in rest)
        turned = ((place, _turn(by_name[name])) for place, name in enumerate(fields))
        self.turns = [(place, turn) for place, turn in turned if turn]
        self.rows = []
        self.last = model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0

    def reserve(self) -> int:
        """A primary key to point at before its row is put in."""
        self.last += 1
        return self.last

    def add(self, *values) -> int:
        """The primary key that the row is going to have."""
        return self.put(self.reserve(), *values)

    def put(self, pk, *values) -> int:
        if self.turns:
            values = list(values)
            for place, turn in self.turns:
                if values[place] is not None:
                    values[place] = turn(values[place])
        self.rows.append((pk, *values, *self.fixed))
        if len(self.rows) == AT_ONCE:
            self.write()
        return pk

    def write(self):
        if self.rows:
            write = _copy if connection.vendor == "postgresql" else _insert
            write(self.model._meta.db_table, [field.column for field in self.columns], self.rows)
            self.rows = []


def make_room():
    """Let SQLite keep what it writes to in memory: its two megabytes would be read and written again for each row."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = -{CACHE_KILOBYTES}")


def finish(sheets):
    """Write what is left, and let the database count on from there."""
    for sheet in sheets:
        sheet.write()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for sheet in sheets:
                cursor.execute(_COUNT_ON.format(table=sheet.model._meta.db_table))


def _default(field):
    if field.has_default():
        return field.get_default()
    return None if field.null else field.get_default()


def _stored(field, value):
    turn = _turn(field)
    return turn(value) if turn and value is not None else value


def _turn(field):
    """How a value of this field is written, None for as it is."""
    if isinstance(field, models.JSONField):
        return json.dumps
    if connection.vendor == "postgresql":
        return None
    if isinstance(field, models.DateTimeField):
        return lambda moment: str(moment.astimezone(UTC).replace(tzinfo=None))
    return str if isinstance(field, models.DateField | models.DecimalField) else None


def _insert(table, columns, rows):
    names = ", ".join(f'"{column}"' for column in columns)
    marks = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', rows)


def _copy(table, columns, rows):
    names = ", ".join(f'"{column}"' for column in columns)
    lines = ("\t".join(map(_text, row)) for row in rows)
    with connection.cursor() as cursor:
        cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN', StringIO("\n".join(lines)))


def _text(value):
    return r"\N" if value is None else str(value).translate(ESCAPED)
