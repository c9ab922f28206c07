"""Back to the rows that the migrations loaded, past the triggers that refuse to forget."""

import contextlib

from django.db import connection, transaction


def last_rows():
    """{table: highest id} of the tables that hold rows."""
    with connection.cursor() as cursor:
        rows = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}" LIMIT 1')
            if cursor.fetchone():
                cursor.execute(f'SELECT MAX(id) FROM "{table}"')
                [rows[table]] = cursor.fetchone()
        return rows


@transaction.atomic
def forget_all_but(loaded):
    """Delete every row that is younger than `loaded`, the answer of `last_rows`, says."""
    with connection.cursor() as cursor:
        emptied = set(connection.introspection.table_names(cursor)) - loaded.keys()
        if connection.vendor == "postgresql":
            # A thread that a test left inside a transaction would block this for ever.
            cursor.execute("SET LOCAL lock_timeout = '20s'")
        with triggers_off(cursor):
            if connection.vendor == "postgresql":
                cursor.execute(f"TRUNCATE {', '.join(emptied)}")
            else:
                for table in emptied:
                    cursor.execute(f'DELETE FROM "{table}"')
            for table, last in loaded.items():
                cursor.execute(f'DELETE FROM "{table}" WHERE id > %s', [last])


@contextlib.contextmanager
def triggers_off(cursor):
    """Inside the caller's transaction, suspend the triggers that the migrations made."""
    if connection.vendor == "postgresql":
        cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
        tables = [table for [table] in cursor.fetchall()]
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks to come cannot be altered
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    else:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        yield
        for _name, sql in triggers:
            cursor.execute(sql)
