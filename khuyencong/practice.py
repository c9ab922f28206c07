"""Training on a throw-away copy of the demo (`make practice`): the start state is kept beside the database, and put
back by a button. Both are deleted when the training stops."""

import sqlite3
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection

PRISTINE = "nguyen-ban.sqlite3"
NOT_HERE = "Chỉ bản tập huấn (make practice) đặt lại dữ liệu được."


def pristine():
    return Path(settings.VAR_DIR) / PRISTINE


def is_resettable():
    """A training copy on SQLite in a folder of its own; nothing else is ever put back."""
    database = Path(str(connection.settings_dict["NAME"]))
    return settings.PRACTICE and connection.vendor == "sqlite" and database.parent == Path(settings.VAR_DIR)


def keep_start():
    """Keep the database as it is now as the start of the training."""
    if not is_resettable():
        raise PermissionDenied(NOT_HERE)
    with (
        closing(sqlite3.connect(connection.settings_dict["NAME"])) as own,
        closing(sqlite3.connect(pristine())) as kept,
    ):
        own.backup(kept)


def reset():
    """Put the start back under everybody's feet; all have to sign in again."""
    if not is_resettable() or not pristine().exists():
        raise PermissionDenied(NOT_HERE)
    connection.close()
    with (
        closing(sqlite3.connect(pristine())) as kept,
        closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=20)) as own,
    ):
        kept.backup(own)
