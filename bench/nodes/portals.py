"""Web nodes and workers as separate processes: the same database and store of files, nothing else in common."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from bench.nodes.servers import wait_for

ROOT = Path(__file__).resolve().parents[2]


def manage(environment, *arguments):
    """Run a management command that has to succeed."""
    subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=os.environ | environment, check=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


class Node:
    """A process of the portal in a group of its own; killed, it can be started again."""

    def __init__(self, name, environment, *command):
        self.name, self.environment, self.command = name, environment, command
        self.log = Path(environment["VAR_DIR"], f"{name}.log")
        self.start()

    def start(self):
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.command], cwd=ROOT, env=os.environ | self.environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, process_group=0,
            )  # fmt: skip

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Web(Node):
    def __init__(self, name, environment):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__(
            name, environment, "-m", "gunicorn", "khuyencong.wsgi", "--workers", "1",
            *("--bind", f"127.0.0.1:{self.port}"),
            *("--threads", "4", "--no-control-socket", "--log-level", "warning"),
        )  # fmt: skip

    def start(self):
        super().start()
        wait_for(self.answers, self.name)

    def answers(self):
        with (
            contextlib.suppress(OSError, urllib.error.URLError),
            urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer,
        ):
            return answer.status == 200
        return False


def worker(name, environment):
    return Node(name, environment, "manage.py", "worker", "--no-reload", "--verbosity", "0", "--interval", "0.2")
