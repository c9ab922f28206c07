"""The portal as a person installs it: own database, own processes, apart from the suite's."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from khuyencong.processes import die_with

LIMIT = 90
READY = "đã sẵn sàng"
# What the suite is set up for says nothing about the installation under test.
OF_THE_SUITE = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")


@dataclass
class Portal:
    process: subprocess.Popen
    port: int
    log: Path

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def told(self):
        """Everything that it has written so far."""
        return self.log.read_text()


def manage(*arguments, **environment):
    """Keyword arguments with which `subprocess` runs a management command; on SQLite unless told otherwise."""
    inherited = {name: value for name, value in os.environ.items() if name not in OF_THE_SUITE}
    parent = os.getpid()
    return {
        "args": [sys.executable, "-u", "manage.py", *map(str, arguments)],
        "cwd": settings.BASE_DIR,
        "env": inherited | environment,
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.STDOUT,
        "text": True,
        "preexec_fn": lambda: die_with(parent),
    }


def run(*arguments, **environment):
    """Run a management command that has to succeed; its output."""
    answer = subprocess.run(**manage(*arguments, **environment))
    assert answer.returncode == 0, answer.stdout
    return answer.stdout


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def serving(*, VAR_DIR, **environment):
    """A started portal, stopped at the end."""
    port = free_port()
    log = Path(VAR_DIR, f"serve-{port}.log")
    command = manage("serve", "--port", port, "--workers", 1, VAR_DIR=VAR_DIR, **environment)
    with log.open("w") as stream, subprocess.Popen(**command | {"stdout": stream}) as process:
        try:
            portal = Portal(process, port, log)
            wait_until(lambda: READY in portal.told or process.poll() is not None)
            assert f"{READY}: {portal.url}" in portal.told, portal.told
            yield portal
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(LIMIT)
            process.kill()


def wait_until(condition):
    """Come back when the condition holds; a start or a stop that takes LIMIT seconds hangs."""
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)
