"""Guards of the whole suite: databases that start clean, and stay as the migrations left them."""

import logging

import pytest
from django.db import connection
from django.test import TransactionTestCase

from tests.database import forget_all_but, last_rows


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb):
    """SQLite's test database is a new file for each run; only PostgreSQL's is worth keeping."""
    return django_db_keepdb and connection.vendor == "postgresql"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """After a test that commits, go back to the rows that the migrations loaded.

    Django would empty every table: units and catalogues with them, and the append-only tables refuse.
    """
    with django_db_blocker.unblock():
        loaded = last_rows()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda test: forget_all_but(loaded))
        yield


@pytest.fixture
def renderer_complaints(caplog):
    """What the PDF renderer warned of so far: a function without arguments."""

    def complaints():
        records = [*caplog.get_records("setup"), *caplog.get_records("call")]
        return [
            record.getMessage()
            for record in records
            if record.name.startswith(("weasyprint", "fontTools")) and record.levelno >= logging.WARNING
        ]

    return complaints


@pytest.fixture(autouse=True)
def _renderer_does_not_complain(renderer_complaints):
    """A dropped rule or a picture without description is no more than a log line: here it fails the test."""
    yield
    assert renderer_complaints() == []
