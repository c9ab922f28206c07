"""A database as the migrations leave it: kept for the next run, and found again after a test that commits."""

import contextlib
import hashlib
import os
import shutil
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from khuyencong.search_index import SHADOWS, VOCABULARY, WORDS

# What an empty database is made of; the name of the kept file changes with it.
INGREDIENTS = (
    "*/migrations/*.py", "khuyencong/append_only.py", "khuyencong/text.py", "khuyencong/unit_names.py",
    "khuyencong/search_index.py", "*/searched.py", "khuyencong/data/units/*.*", "requirements.txt",
)  # fmt: skip


def kept_file():
    """Where the SQLite database that the migrations make is kept between runs."""
    found = sorted(path for pattern in INGREDIENTS for path in settings.BASE_DIR.glob(pattern))
    digest = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in found))
    return settings.BASE_DIR / "var" / f"migrated-{digest.hexdigest()[:16]}.sqlite3"


def copy_kept_file():
    """Give this run the kept database; whether there is one."""
    with contextlib.suppress(FileNotFoundError):
        shutil.copyfile(kept_file(), connection.settings_dict["TEST"]["NAME"])
        return True
    return False


def keep_file():
    """Keep this run's database for the next, in the place of older ones."""
    kept = kept_file()
    kept.parent.mkdir(exist_ok=True)
    fresh = kept.with_suffix(f".{os.getpid()}")
    copy_to(fresh)
    for old in set(kept.parent.glob("migrated-*.sqlite3")) - {kept}:
        old.unlink(missing_ok=True)
    fresh.replace(kept)


def is_made():
    """Whether this run has a database of its own; one without a test that reaches it has none."""
    told = connection.settings_dict
    return told["NAME"] == told["TEST"]["NAME"] or str(told["NAME"]).startswith("test_")


def copy_to(file):
    """Copy the SQLite database of the suite, whatever is still outside its file."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(file)])


def remove_file():
    """Remove this run's database."""
    connection.close()
    for ending in ("", "-wal", "-shm"):
        Path(f"{connection.settings_dict['TEST']['NAME']}{ending}").unlink(missing_ok=True)


def last_rows():
    """{table: highest id} of the tables that hold rows."""
    with connection.cursor() as cursor:
        rows = {}
        for table in own_tables(cursor):
            cursor.execute(f'SELECT * FROM "{table}" LIMIT 1')
            if cursor.fetchone():
                cursor.execute(f'SELECT MAX(id) FROM "{table}"')
                [rows[table]] = cursor.fetchone()
        return rows


@transaction.atomic
def forget_all_but(loaded):
    """Delete every row that is younger than `loaded`, the answer of `last_rows`, says."""
    with connection.cursor() as cursor:
        emptied = own_tables(cursor) - loaded.keys()
        if connection.vendor == "postgresql":
            # A thread that a test left inside a transaction would block this for ever.
            cursor.execute("SET LOCAL lock_timeout = '20s'")
        with triggers_off(cursor):
            if connection.vendor == "postgresql":
                # A table that kept rows may point to cannot be truncated without them.
                truncated = emptied - pointed_to(cursor, loaded)
                cursor.execute(f"TRUNCATE {', '.join(truncated)}")
                emptied -= truncated
            for table in emptied:
                cursor.execute(f'DELETE FROM "{table}"')
            for table, last in loaded.items():
                cursor.execute(f'DELETE FROM "{table}" WHERE id > %s', [last])
            if connection.vendor == "sqlite":
                cursor.execute(f"INSERT INTO {WORDS} ({WORDS}) VALUES ('rebuild')")


def own_tables(cursor):
    """All but those which SQLite keeps for its index of words."""
    return set(connection.introspection.table_names(cursor)) - {*SHADOWS, VOCABULARY}


def pointed_to(cursor, tables):
    """The tables that foreign keys of `tables` lead to, on PostgreSQL."""
    cursor.execute(
        "SELECT DISTINCT confrelid::regclass::text FROM pg_constraint "
        "WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)",
        [list(tables)],
    )
    return {table for [table] in cursor.fetchall()}


def reached_from(cursor, tables):
    """On PostgreSQL, the tables that foreign keys lead to from these, however far."""
    cursor.execute("SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'")
    keys, reached, new = cursor.fetchall(), set(), set(tables)
    while new:
        new = {target for source, target in keys if source in new} - reached
        reached |= new
    return reached


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
