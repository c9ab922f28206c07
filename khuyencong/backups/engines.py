"""The two databases: a consistent copy while people work, back into an empty place, and a place aside for drills."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg2
from django.db import connection
from psycopg2 import errors, sql

from khuyencong.backups.archive import BackupError
from khuyencong.backups.facts import facts_of

PROGRAMS = "/usr/lib/postgresql/*/bin"
# What of DATABASE_URL leads to the server, and the variable in which a program of PostgreSQL takes it.
LIBPQ = {
    "dbname": "PGDATABASE", "user": "PGUSER", "password": "PGPASSWORD", "host": "PGHOST", "port": "PGPORT",
    "target_session_attrs": "PGTARGETSESSIONATTRS", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY",
}  # fmt: skip
OF_QUERY = ("target_session_attrs", "sslmode", "sslrootcert", "sslcert", "sslkey")


class Sqlite:
    member = "database.sqlite3"

    def copy_to(self, path, tables):
        """Copy the database as it stands at one moment; the facts of that moment."""
        with (
            contextlib.closing(sqlite3.connect(self.path, timeout=20)) as source,
            contextlib.closing(sqlite3.connect(path)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            return facts_of(lambda query: copy.execute(query).fetchall(), tables)

    def bring_back(self, path):
        connection.close()
        for leftover in (f"{self.path}-wal", f"{self.path}-shm"):
            Path(leftover).unlink(missing_ok=True)
        shutil.copyfile(path, self.path)
        self.path.chmod(0o600)

    @contextlib.contextmanager
    def aside(self, folder):
        """The address of an empty database for a drill."""
        yield f"sqlite:///{folder / 'khuyencong.sqlite3'}"

    @property
    def path(self):
        return Path(connection.settings_dict["NAME"])


class Postgresql:
    member = "database.dump"

    def copy_to(self, path, tables):
        """As Sqlite's: what is counted and what is dumped are one snapshot."""
        with contextlib.closing(psycopg2.connect(**self._parameters())) as reader:
            reader.set_session(isolation_level="REPEATABLE READ", readonly=True)
            with reader.cursor() as cursor:
                cursor.execute("SELECT pg_export_snapshot()")
                snapshot = cursor.fetchone()[0]

                def ask(query):
                    cursor.execute(query)
                    return cursor.fetchall()

                facts = facts_of(ask, tables)
                self._run("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={path}")
        return facts

    def bring_back(self, path):
        connection.close()
        name = connection.settings_dict["NAME"]
        arguments = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", f"--dbname={name}")
        self._run("pg_restore", *arguments, str(path))

    @contextlib.contextmanager
    def aside(self, folder):
        settings, name = connection.settings_dict, f"khuyencong_dien_tap_{os.getpid()}"
        # One that no name of a portal's database can be; every server has it.
        with contextlib.closing(psycopg2.connect(**self._parameters(dbname="postgres"))) as server:
            server.autocommit = True  # a database is not made inside a transaction
            with server.cursor() as cursor:
                try:
                    cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
                except errors.InsufficientPrivilege:
                    raise BackupError(
                        f"Tài khoản {settings['USER']} không được tạo cơ sở dữ liệu để diễn tập. Nhờ người quản trị "
                        f'PostgreSQL chạy: ALTER ROLE "{settings["USER"]}" CREATEDB; rồi chạy lại.'
                    ) from None
                try:
                    yield self._address(name)
                finally:
                    cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _address(self, name):
        settings = connection.settings_dict
        people = quote(settings["USER"] or "", safe="")
        if settings["PASSWORD"]:
            people += f":{quote(settings['PASSWORD'], safe='')}"
        place = quote(settings["HOST"] or "", safe="") + (f":{settings['PORT']}" if settings["PORT"] else "")
        query = urlencode({key: value for key, value in settings["OPTIONS"].items() if key in OF_QUERY})
        return f"postgres://{people}@{place}/{name}" + (f"?{query}" if query else "")

    def _parameters(self, **changes):
        given = connection.get_connection_params()
        return {name: given[name] for name in LIBPQ if given.get(name)} | changes

    def _run(self, program, *arguments):
        """Run a program of PostgreSQL on the portal's database; the password travels in its environment."""
        environment = os.environ | {LIBPQ[name]: str(value) for name, value in self._parameters().items()}
        done = subprocess.run(
            [_program(program), "--no-password", *arguments],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise BackupError(f"{program} không xong: {done.stderr.strip()[-500:]}")


def _program(name):
    found = shutil.which(name)
    # Debian keeps them off the PATH, one folder a version; the newest reads what every older server writes.
    beside = sorted(Path("/").glob(f"{PROGRAMS.lstrip('/')}/{name}"), key=lambda path: int(path.parts[-3]))
    if not (found or beside):
        raise BackupError(f"Máy này chưa có {name}. Cài gói postgresql-client rồi chạy lại.")
    return str(beside[-1]) if beside else found


def engine():
    """The engine of this portal's database."""
    return {"sqlite": Sqlite, "postgresql": Postgresql}[connection.vendor]()
