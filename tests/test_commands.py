"""The portal as a process: it starts, refuses, and leaves nothing running behind."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from khuyencong.models import AuditEntry, User

READY = "đã sẵn sàng"
LIMIT = 90  # seconds after which a start or a stop counts as hanging


def manage(*arguments, **environment):
    """How `subprocess` runs a command on an installation of its own: SQLite, whatever the suite runs on."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    }
    return {
        "args": [sys.executable, "-u", "manage.py", *map(str, arguments)],
        "cwd": settings.BASE_DIR,
        "env": inherited | environment,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.STDOUT,
        "text": True,
    }


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    """A migrated, empty installation; its VAR_DIR."""
    folder = str(tmp_path_factory.mktemp("var"))
    subprocess.run(**manage("migrate", "--verbosity", "0", VAR_DIR=folder), check=True)
    subprocess.run(**manage("collectstatic", "--no-input", "--verbosity", "0", VAR_DIR=folder), check=True)
    return folder


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def portal(installation, port):
    """A started portal: the process of `serve`."""
    process = subprocess.Popen(**manage("serve", "--port", port, "--workers", 1, VAR_DIR=installation))
    told = ""
    while READY not in told and process.poll() is None:
        told += process.stdout.readline()
    assert f"http://127.0.0.1:{port}" in told
    yield process
    process.kill()
    process.communicate()


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


def wait_until(condition):
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def running(pids):
    return {pid for pid in pids if command_line(pid)}


def worker_of(process):
    return {pid for pid in family(process.pid) if "db_worker" in command_line(pid)}


@pytest.mark.parametrize("order", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_serve_stops_everything_when_told_to(portal, order):
    children = family(portal.pid)
    assert len(children) >= 3  # web server, its process, background worker

    portal.send_signal(order)

    assert portal.wait(LIMIT) == 0
    assert running(children) == set()


def test_serve_leaves_no_orphans_when_killed(portal):
    children = family(portal.pid)
    portal.kill()
    wait_until(lambda: not running(children))


def test_serve_starts_a_dead_worker_again(portal):
    [first] = worker_of(portal)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: worker_of(portal) - {first})
    assert portal.poll() is None


def test_serve_ends_with_its_web_server(portal):
    children = family(portal.pid)
    listing = parents()
    [web] = {pid for pid in children if listing[pid] == portal.pid and "gunicorn" in command_line(pid)}
    os.kill(web, signal.SIGKILL)
    told, _ = portal.communicate(timeout=LIMIT)
    assert portal.returncode == 1
    assert "Máy chủ web đã dừng" in told
    wait_until(lambda: not running(children))


def test_serve_answers_strangers_with_the_login_page(portal, port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
        assert answer.url == f"http://127.0.0.1:{port}/dang-nhap/?next=/"
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(
            urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Host": "example.vn"})
        )


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
def test_serve_refuses_the_default_key_for_others(installation, port, arguments, environment):
    answer = subprocess.run(
        **manage("serve", "--port", port, *arguments, VAR_DIR=installation, **environment)
    )
    assert answer.returncode == 1
    assert "khóa bí mật mặc định" in answer.stdout


def test_serve_refuses_an_unmigrated_database(tmp_path, port):
    answer = subprocess.run(**manage("serve", "--port", port, VAR_DIR=str(tmp_path)))
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
