"""Reports come from a copy of the database only where that is safe; the copy here is another line to the same rows."""

import subprocess
import sys

import pytest
from django.conf import settings as portal
from django.db import OperationalError, connections, transaction
from django.urls import reverse

from khuyencong import replica
from khuyencong.audit import record
from khuyencong.models import AuditEntry, Role, User
from khuyencong.replica import PAGES, Fitness, ReplicaMiddleware, Router, reading
from tests.factories import UserFactory
from tests.stories import make_house

on_postgresql = pytest.mark.skipif(
    portal.DATABASES["default"]["ENGINE"].endswith("sqlite3"), reason="SQLite has no replica"
)


def started(**environment):
    """What an interpreter says that reads the settings in this environment."""
    command = [sys.executable, "-c", "import khuyencong.settings"]
    return subprocess.run(command, env=environment, cwd=portal.BASE_DIR, capture_output=True, text=True, check=False)


def test_sqlite_refuses_a_replica_at_the_start(tmp_path):
    told = started(VAR_DIR=str(tmp_path), REPLICA_URL="postgres://ai@10.0.0.12/khuyencong").stderr
    assert "chỉ PostgreSQL có bản sao để đọc" in told


def test_replica_of_another_kind_is_refused(tmp_path):
    told = started(VAR_DIR=str(tmp_path), DATABASE_URL="postgres://ai@10.0.0.11/khuyencong", REPLICA_URL="sqlite:///x")
    assert "REPLICA_URL phải là địa chỉ PostgreSQL" in told.stderr


@pytest.mark.django_db(transaction=True)
def test_only_reads_outside_transactions_go_to_the_copy():
    router = Router()
    assert router.db_for_read(User) == "default"
    with reading():
        assert router.db_for_read(User) == "replica"
        assert router.db_for_write(User) == "default"
        with transaction.atomic():
            assert router.db_for_read(User) == "default"
    assert router.db_for_read(User) == "default"
    assert (router.allow_migrate("default", "khuyencong"), router.allow_migrate("replica", "khuyencong")) == (
        True,
        False,
    )


def test_pages_of_the_copy_are_there():
    ids = {"contracts_export": [], "evaluation": [1], "history": ["de-an", 1]}
    for name in PAGES:
        with_one = name in {"evaluation", "evaluation_changes", "evaluation_excel", "evaluation_rows",
                            "evaluation_rows_export", "plan_export"}  # fmt: skip
        assert reverse(name, args=ids.get(name, [1] if with_one else []))


@pytest.mark.parametrize(
    ("lag", "words"), [(None, ""), (0.0, "trễ dưới 1 giây"), (1.0, "trễ 1 giây"), (2.1, "trễ 3 giây")]
)
def test_lag_in_words(lag, words):
    assert Fitness(lag).words == words


@pytest.fixture(scope="module", autouse=True)
def alias(django_db_setup):
    """A second line to the test database, one that refuses to write."""
    if connections["default"].vendor == "sqlite":
        yield
        return
    given = connections["default"].settings_dict
    options = given["OPTIONS"] | {"options": "-c default_transaction_read_only=on"}
    connections.settings["replica"] = given | {"OPTIONS": options, "TEST": given["TEST"] | {"MIRROR": "default"}}
    yield
    del connections.settings["replica"]


@pytest.fixture
def copy(settings, monkeypatch):
    """The portal with a copy to read from; how it stands is told by the test. The lines that were chosen, in order."""
    monkeypatch.setitem(settings.DATABASES, "replica", connections.settings["replica"])
    settings.DATABASE_ROUTERS = ["khuyencong.replica.Router"]
    settings.REPLICA_URL = "postgres://ban-sao"
    monkeypatch.setattr(ReplicaMiddleware, "shunned_until", 0.0)
    monkeypatch.setattr(replica, "fitness", lambda user=None: Fitness(2.4))
    asked = []
    monkeypatch.setattr(Router, "db_for_read", counted(asked, Router.db_for_read))
    yield asked
    connections["replica"].close()
    del connections["replica"]


def counted(asked, choose):
    def told(self, model, **hints):
        asked.append(choose(self, model, **hints))
        return asked[-1]

    return told


@on_postgresql
@pytest.mark.django_db(transaction=True, databases=["default", "replica"])
def test_report_pages_are_read_from_the_copy_and_say_how_late_it_is(copy, client):
    house = make_house()
    client.force_login(house.officer)
    for address in ("/danh-gia/", "/du-lieu/", "/kinh-phi/"):
        copy.clear()
        answer = client.get(address)
        assert (address, answer.status_code, "Số liệu trễ 3 giây (đọc từ bản sao)" in answer.content.decode()) == (
            address, 200, True,
        )  # fmt: skip
        assert "replica" in copy
    answer = client.get("/co-so/xuat-excel/")
    assert answer.getvalue()[:2] == b"PK"
    answer.close()
    assert AuditEntry.objects.latest("pk").actor == house.officer  # told on the primary, once
    copy.clear()
    assert "bản sao" not in client.get("/co-so/").content.decode()
    assert set(copy) == {"default"}


@on_postgresql
@pytest.mark.django_db(transaction=True, databases=["default", "replica"])
def test_primary_answers_when_the_copy_is_behind_or_dies_in_the_middle(copy, client, monkeypatch):
    client.force_login(make_house().officer)
    monkeypatch.setattr(replica, "fitness", lambda user=None: Fitness(99, "Bản sao trễ quá 30 giây."))
    assert "bản sao" not in client.get("/danh-gia/").content.decode()

    def dies(self, model, **hints):
        if replica._reading.get():
            raise OperationalError("server closed the connection unexpectedly")
        return "default"

    monkeypatch.setattr(replica, "fitness", lambda user=None: Fitness(0))
    monkeypatch.setattr(Router, "db_for_read", dies)
    answer = client.get("/danh-gia/")
    assert (answer.status_code, "bản sao" in answer.content.decode()) == (200, False)
    assert ReplicaMiddleware.shunned_until > 0  # and is not tried again at once


@on_postgresql
@pytest.mark.django_db(transaction=True, databases=["default", "replica"])
def test_a_server_that_follows_nobody_is_no_copy(copy, monkeypatch):
    monkeypatch.undo()
    assert replica.fitness().lag is None
    assert "không theo máy chính nào" in replica.fitness().why_not


@pytest.mark.django_db
def test_what_a_person_did_last_has_to_be_in_the_copy():
    person = UserFactory()
    assert replica._last_act(person, replica.MARGIN) is None
    record(person, "user.note", "Ghi", person)
    record(UserFactory(), "user.note", "Ghi", person)
    own = AuditEntry.objects.filter(actor=person).latest("pk")
    assert replica._last_act(person, replica.MARGIN) == own.pk


@on_postgresql
@pytest.mark.django_db(transaction=True, databases=["default", "replica"])
def test_operations_page_tells_of_the_copy(copy, client, monkeypatch):
    client.force_login(UserFactory(role=Role.ADMIN, organisation=None, is_superuser=True, is_staff=True))
    assert "Bản sao theo kịp máy chính, trễ 3 giây" in client.get("/van-hanh/").content.decode()
    monkeypatch.setattr(replica, "fitness", lambda user=None: Fitness(None, "Bản sao không trả lời: hết giờ"))
    assert "Bản sao không trả lời: hết giờ" in client.get("/van-hanh/").content.decode()
