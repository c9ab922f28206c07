"""The portal as a process: it starts, refuses, and leaves nothing running behind."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from khuyencong.models import AuditEntry, User
from tests.portal import LIMIT, free_port, manage, serving, wait_until


@pytest.fixture(scope="module")
def installation(migrated, install):
    """A migrated, empty installation; its VAR_DIR."""
    return str(install(migrated.copied, "commands").folder)


@pytest.fixture
def portal(installation):
    with serving(VAR_DIR=installation) as portal:
        yield portal


def parents():
    """{process: its parent} of everything that runs here."""
    found = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            # The name, in parentheses, may hold spaces.
            found[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
    return found


def family(pid):
    """Processes started by a process, and by those."""
    listing = parents()
    found, fresh = set(), {pid}
    while fresh:
        fresh = {child for child, parent in listing.items() if parent in fresh}
        found |= fresh
    return found


def command_line(pid):
    """What a process was started with; empty when it runs no more."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""


def running(pids):
    return {pid for pid in pids if command_line(pid)}


def workers_of(process):
    return {pid for pid in family(process.pid) if "manage.py worker" in command_line(pid)}


@pytest.mark.parametrize("order", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_serve_stops_everything_when_told_to(portal, order):
    wait_until(lambda: len(workers_of(portal.process)) == 2)
    children = family(portal.process.pid)
    assert len(children) >= 4  # web server, its process, two background workers

    portal.process.send_signal(order)

    assert portal.process.wait(LIMIT) == 0
    assert running(children) == set()


def test_serve_leaves_no_orphans_when_killed(portal):
    children = family(portal.process.pid)
    portal.process.kill()
    wait_until(lambda: not running(children))


def test_serve_starts_a_dead_worker_again(portal):
    wait_until(lambda: len(workers_of(portal.process)) == 2)
    first, second = workers_of(portal.process)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: len(workers_of(portal.process) - {first}) == 2)
    assert portal.process.poll() is None


def test_serve_ends_with_its_web_server(portal):
    children = family(portal.process.pid)
    listing = parents()
    [web] = {pid for pid in children if listing[pid] == portal.process.pid and "gunicorn" in command_line(pid)}
    os.kill(web, signal.SIGKILL)
    assert portal.process.wait(LIMIT) == 1
    assert "Máy chủ web đã dừng" in portal.told
    wait_until(lambda: not running(children))


def test_serve_sends_strangers_to_the_login_page(portal):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", portal.port)) as request:
        request.request("GET", "/")
        answer = request.getresponse()
    assert (answer.status, answer.headers["Location"]) == (302, "/dang-nhap/?next=/")


def test_serve_says_that_the_port_is_taken(installation):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        answer = subprocess.run(**manage("serve", "--port", port, VAR_DIR=installation))
    assert answer.returncode == 1
    assert f"Không mở được cổng {port}" in answer.stdout


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["--host", "0.0.0.0"], {}),
        ([], {"ALLOWED_HOSTS": "khuyencong.tinh.gov.vn"}),
        ([], {"HTTPS": "1"}),
    ],
)
def test_serve_refuses_the_default_key_for_others(installation, arguments, environment):
    answer = subprocess.run(**manage("serve", "--port", free_port(), *arguments, VAR_DIR=installation, **environment))
    assert answer.returncode == 1
    assert "khóa bí mật mặc định" in answer.stdout


def test_serve_refuses_an_unmigrated_database(tmp_path):
    answer = subprocess.run(**manage("serve", "--port", free_port(), VAR_DIR=str(tmp_path)))
    assert answer.returncode == 1
    assert "python manage.py migrate" in answer.stdout


def test_another_server_refuses_the_same(installation):
    start = manage(VAR_DIR=installation, ALLOWED_HOSTS="khuyencong.tinh.gov.vn")
    answer = subprocess.run(**start | {"args": [sys.executable, "-c", "import khuyencong.wsgi"]})
    assert answer.returncode == 1
    assert "khóa bí mật mặc định" in answer.stdout


@pytest.mark.django_db
def test_remove_demo_accounts_shuts_them_for_good(client, capsys):
    demo = User(username="giamdoc", full_name="Lê Bình", is_demo=True, is_staff=True)
    demo.set_password("khuyencong")
    demo.save()
    real = User.objects.create(username="that", full_name="Trần Chi")
    client.login(username="giamdoc", password="khuyencong")

    call_command("remove_demo_accounts")

    demo.refresh_from_db()
    assert not client.login(username="giamdoc", password="khuyencong")
    assert (demo.is_demo, demo.is_active, demo.is_staff, demo.has_usable_password()) == (
        False,
        False,
        False,
        False,
    )
    assert User.objects.get(pk=real.pk).is_active
    assert AuditEntry.objects.about(demo).get().action == "user.remove_demo"
    assert "giamdoc" in capsys.readouterr().out


@pytest.mark.django_db
def test_remove_demo_accounts_ends_open_sessions(client):
    demo = User.objects.create(username="ketoan", full_name="Lê Bình", is_demo=True)
    client.force_login(demo)
    assert client.get("/doi-mat-khau/").status_code == 200

    call_command("remove_demo_accounts")

    assert client.get("/doi-mat-khau/").status_code == 302


@pytest.mark.django_db
def test_remove_demo_accounts_twice_changes_nothing_more(capsys):
    User.objects.create(username="ketoan", full_name="Lê Bình", is_demo=True)
    call_command("remove_demo_accounts")
    call_command("remove_demo_accounts")
    assert AuditEntry.objects.count() == 1
    assert capsys.readouterr().out.splitlines()[1] == "Đã khóa tài khoản dùng thử: không còn tài khoản nào."
