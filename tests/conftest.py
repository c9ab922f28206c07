"""Guards of the whole suite: databases that start clean, and stay as the migrations left them."""

import contextlib
import gc
import inspect
import logging

import pytest
from django.contrib.auth import user_logged_in
from django.contrib.auth.models import update_last_login
from django.core.cache import caches
from django.db import connection
from django.db.models import Model
from django.db.models.sql.compiler import SQLCompiler
from django.test import Client, TransactionTestCase
from xdist.scheduler import LoadScopeScheduling

from khuyencong import together
from tests.database import copy_kept_file, forget_all_but, is_made, keep_file, last_rows, remove_file
from tests.installations import drop_database, migrated_anew, of_the_suite
from tests.memory import MEMORY
from tests.portal import run
from tests.ties import against_the_order, asked_by_itself
from tests.trail_guard import watching

DEMO = "tests/projects/test_demo.py"
WALK = "tests/test_access.py"
# Begun first, so that nobody waits for them at the end.
LONGEST = (DEMO, WALK)


def pytest_collection_modifyitems(config, items):
    """On PostgreSQL, leave out what SQLite has answered already: tests that never reach the suite's database.

    pytest-django lets no other test reach it, so that none can slip through. A test that takes PostgreSQL by a way
    of its own says so with the mark `every_database`.
    """
    items.sort(key=lambda item: workload(item.nodeid) not in LONGEST)
    if connection.vendor == "sqlite":
        return
    left_out = [item for item in items if not reaches_a_database(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if reaches_a_database(item)]


def pytest_collection_finish():
    """What stands now stands until the end: looking through it for garbage again and again costs a seventh of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


class WholeFiles(LoadScopeScheduling):
    """A file is the work of one worker: what its tests share is made once, and its stories are remembered."""

    def _split_scope(self, nodeid):
        return workload(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    config.option.loadscopereorder = False  # the order of the collection, see above
    return WholeFiles(config, log)


def workload(nodeid):
    """What a worker takes over at a time: a file, all that needs the demo, or all that walks every address."""
    path = nodeid.partition("::")[0]
    return DEMO if path.startswith("tests/browser/") else WALK if path == "tests/test_pages.py" else path


def reaches_a_database(item):
    asked_for = {"db", "transactional_db"}.intersection(item.fixturenames)
    return bool(asked_for) or any(map(item.get_closest_marker, ("django_db", "every_database")))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Stories are remembered where a rollback ends the test, and where they do what they always do."""
    marker = item.get_closest_marker("django_db")
    committing = "transactional_db" in item.fixturenames or (marker and marker.kwargs.get("transaction"))
    if committing or "monkeypatch" in inspect.signature(item.function).parameters:
        MEMORY.forget()
    else:
        MEMORY.begin()


@pytest.fixture
def memory(settings):
    """Figures are kept while the data stand, as in the portal; other tests count each anew."""
    settings.CACHES = settings.CACHES | {
        "figures": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "test-of-kept"}
    }
    caches["figures"].clear()


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb, django_db_createdb, django_db_modify_db_settings):
    """Whether a database of an earlier run serves again. SQLite's is a copy, so that runs may overlap."""
    if connection.vendor == "sqlite":
        return django_db_keepdb and not django_db_createdb and copy_kept_file()
    return django_db_keepdb


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker, django_db_keepdb, django_db_createdb):
    """After a test that commits, go back to the rows that the migrations loaded.

    Django would empty every table: units and catalogues with them, and the append-only tables refuse.
    """
    with django_db_blocker.unblock(), contextlib.ExitStack() as ending:
        if is_made():
            ending.enter_context(_starting_anew(keeps=not django_db_keepdb and not django_db_createdb))
        with django_db_blocker.block():
            yield
        if connection.vendor == "sqlite" and django_db_keepdb:
            remove_file()


@contextlib.contextmanager
def _starting_anew(*, keeps):
    loaded = last_rows()
    if connection.vendor == "sqlite" and keeps:
        keep_file()
    MEMORY.watch(loaded)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda test: forget_all_but(loaded))
        if connection.vendor == "sqlite":
            check_all = connection.check_constraints
            # At the end of each test; reading the whole register of units for it takes 10 ms.
            patch.setattr(connection, "check_constraints", lambda: check_all(MEMORY.tables_in_question()))
        yield


# When a record was written says nothing of what is asked about it.
OF_THE_MOMENT = {"created_at", "updated_at"}


def _as_it_stands(record, steps=2):
    """What is stored of a record and of those read with it, so far."""
    values = record.__dict__
    names = [field.attname for field in record._meta.concrete_fields if field.attname not in OF_THE_MOMENT]
    around = record._state.fields_cache.values() if steps else ()
    near = [_as_it_stands(row, steps - 1) for row in around if isinstance(row, Model)]
    return type(record), tuple(repr(values.get(name)) for name in names), tuple(near)


@pytest.fixture(autouse=True, scope="session")
def questions_rest_on_their_keys():
    """What was put into SQL for all records of a kind is, for each, what would be put into SQL for it alone.

    Held beside each other once for each question and record as it stands, with all that it points to: most pages of
    the suite ask the same again.
    """
    put, seen = together.put, set()

    def held_beside(question, record):
        kept = put(question, record)
        about = question, _as_it_stands(record)
        if about not in seen:
            anew = together.Put.of(question.ask(record))
            assert kept.statement == anew.statement, f"{question.name}: rests on more than {question.keys}"
            seen.add(about)
        return kept

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(together, "put", held_beside)
        yield


@pytest.fixture(autouse=True, scope="session")
def posts_leave_an_act():
    """Whoever changes rows says so in the trail (tests/trail_guard.py)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "request", watching(Client.request))
        yield


@pytest.fixture(autouse=True, scope="session")
def ties_are_broken_the_other_way_round():
    """What no ordering decides is not relied on (tests/ties.py)."""
    with pytest.MonkeyPatch.context() as patch:
        if connection.vendor == "sqlite":
            patch.setattr(SQLCompiler, "get_order_by", against_the_order(SQLCompiler.get_order_by))
            patch.setattr(SQLCompiler, "execute_sql", asked_by_itself(SQLCompiler.execute_sql))
        yield


@pytest.fixture(scope="session")
def install(tmp_path_factory, worker_id):
    """`install(made, purpose)`: a folder and a name for what `made(folder, name)` installs there, gone at the end."""
    installed = []

    def begin(made, purpose):
        installed.append(made(tmp_path_factory.mktemp(purpose), f"khuyencong_{purpose}_{worker_id}"))
        return installed[-1]

    yield begin
    if connection.vendor == "postgresql":
        for installation in installed:
            drop_database(installation.name)


@pytest.fixture(scope="session")
def migrated(django_db_setup, django_db_blocker, install):
    """An installation as the migrations leave it, for copies."""
    with django_db_blocker.unblock():
        return install(of_the_suite if is_made() else migrated_anew, "migrated")


@pytest.fixture(scope="session")
def with_demo(migrated, install):
    """An installation with the demo in it, for copies."""
    installation = install(migrated.copied, "demo")
    installation.told = run("load_demo", **installation.environment)
    return installation


class PortalClient(Client):
    def force_login(self, user, backend=None):
        """As Django's, but the person's row stays as it is: stories told afterwards are still remembered."""
        user_logged_in.disconnect(dispatch_uid="update_last_login")
        try:
            super().force_login(user, backend)
        finally:
            user_logged_in.connect(update_last_login, dispatch_uid="update_last_login")


@pytest.fixture
def client():
    return PortalClient()


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
