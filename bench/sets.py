"""The made-up country, large and small, each in a database of its own: made once and kept.

SQLite files in var/bench; with a PostgreSQL DATABASE_URL two databases beside the one it names.
"""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "bench"
LARGE, SMALL = "large", "small"
# A smaller “large” set for a trial on PostgreSQL, whose server lives for one run: BENCH_PROJECTS=10000.
SIZES = {LARGE: int(os.environ.get("BENCH_PROJECTS") or 100_000), SMALL: 1_000}


def environment(name: str) -> dict[str, str]:
    """What a process needs to work on a set."""
    return os.environ | {
        "VAR_DIR": str(FOLDER),
        "MEDIA_ROOT": str(FOLDER / f"{name}-media"),
        "DATABASE_URL": _url(name),
        "DJANGO_SETTINGS_MODULE": "khuyencong.settings",
    }


def make(name: str) -> None:
    """Make the set, unless it is there; the command itself knows."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        _create_database(given, _database(given, name))
    for command in (["migrate", "-v0"], ["make_large", "--projects", str(SIZES[name])]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment(name), check=True)


def _url(name):
    given = os.environ.get("DATABASE_URL", "")
    if not given.startswith("postgres"):
        return f"sqlite:///{FOLDER / name}.sqlite3"
    return urlsplit(given)._replace(path=f"/{_database(given, name)}").geturl()


def _database(given, name):
    return f"{urlsplit(given).path.strip('/')}_{name}"


def _create_database(given, database):
    import psycopg2  # noqa: PLC0415 -- only where PostgreSQL is measured

    connection = psycopg2.connect(given)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        if cursor.fetchone() is None:
            cursor.execute(f'CREATE DATABASE "{database}"')
    connection.close()
