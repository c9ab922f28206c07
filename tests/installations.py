"""Installations of the portal that tests start from: what the migrations make and what the demo leaves, made once.

Migrating takes half a minute and loading the demo a whole one; copying the result takes a second.
"""

import contextlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
from django.db import connection

from tests.database import copy_to
from tests.portal import run


@dataclass
class Installation:
    """A folder and a database, each its own: the file in the folder, or the database of that name on PostgreSQL."""

    folder: Path
    name: str
    told: str = ""  # what loading the demo told

    @property
    def database(self):
        """As Django's settings name it."""
        return self.name if on_server() else str(self.folder / "khuyencong.sqlite3")

    @property
    def environment(self):
        """What a process of the portal has to be told."""
        own = {"VAR_DIR": str(self.folder)}
        if on_server():
            own["DATABASE_URL"] = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{self.name}").geturl()
        return own

    @property
    def media(self):
        return self.folder / "media"

    def copied(self, folder, name):
        """Another like this one; nobody may be connected to this one's database."""
        copy = Installation(folder, name, self.told)
        if on_server():
            copy_database(self.name, name)
            if self.media.exists():
                shutil.copytree(self.media, copy.media)
        else:
            shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return copy


def on_server():
    return connection.vendor == "postgresql"


def migrated_anew(folder, name):
    """What the migrations load, and nothing else."""
    installation = Installation(folder, name)
    if on_server():
        copy_database("template1", name)
    run("migrate", "--verbosity", "0", **installation.environment)
    return installation


def of_the_suite(folder, name):
    """The same, copied from the suite's own database between two tests."""
    installation = Installation(folder, name)
    if on_server():
        connection.close()
        copy_database(connection.settings_dict["NAME"], name)
    else:
        copy_to(installation.database)
    return installation


@contextlib.contextmanager
def connected_to(installation):
    """This process's connection leads to another database for a while."""
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = installation.database
    yield
    connection.close()
    connection.settings_dict["NAME"] = usual


def copy_database(source, target):
    with server() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{target}"')
        cursor.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')


def drop_database(name):
    with server() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextlib.contextmanager
def server():
    """A cursor of the PostgreSQL server itself, beside the suite's connection."""
    told = connection.settings_dict
    outside = psycopg2.connect(
        host=told["HOST"] or None,
        port=told["PORT"] or None,
        user=told["USER"] or None,
        password=told["PASSWORD"] or None,
        dbname="postgres",
    )
    outside.autocommit = True  # a database is not made inside a transaction
    with contextlib.closing(outside), outside.cursor() as cursor:
        yield cursor
