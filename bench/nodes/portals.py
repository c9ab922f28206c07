"""Web nodes and workers as separate processes: one database, one store of files, nothing else in common."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from bench.faults.installation import ROOT, children_of, kill, wait_until
from khuyencong.processes import die_with

# A busy machine takes its time.
START_LIMIT = 300


def manage(environment, *arguments):
    """Run a management command that has to succeed; what it said."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=os.environ | environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{arguments}: {done.stdout}")
    return done.stdout


class Node:
    """A machine of the portal: a process with all that it has started; killed, it can be started again."""

    def __init__(self, name, environment, *command):
        self.name, self.environment, self.command = name, environment, command
        self.log = Path(environment["VAR_DIR"], "node.log")
        self.process = None

    def start(self):
        parent = os.getpid()
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.command], cwd=ROOT, env=os.environ | self.environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=lambda: die_with(parent),
            )  # fmt: skip

    def kill(self):
        """SIGKILL to the head and to everything under it, as when the machine loses power."""
        if self.process and self.process.poll() is None:
            # Stopped first, so that it starts nothing meanwhile.
            self.process.send_signal(signal.SIGSTOP)
            for pid in reversed(family_of(self.process.pid)):
                kill(pid)
            self.process.wait()

    def is_alive(self):
        return self.process is not None and self.process.poll() is None


def family_of(pid):
    """A process and all under it, the head first."""
    found = [pid]
    for child in children_of(pid):
        found += family_of(child)
    return found


class Web(Node):
    def __init__(self, name, environment):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        super().__init__(
            name, environment, "-m", "gunicorn", "khuyencong.wsgi", "--bind", f"127.0.0.1:{self.port}",
            *("--workers", "1", "--threads", "4", "--timeout", "120", "--no-control-socket", "--log-level", "warning"),
        )  # fmt: skip

    def start(self):
        super().start()
        wait_until(self.is_ready, START_LIMIT, self.name)

    def is_ready(self):
        return self.asked("readyz") == 200

    def asked(self, path):
        """The status that an address answers; None when nobody does."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}", timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as refusal:
            return refusal.code
        except OSError:
            return None

    def listens(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


def worker(name, environment):
    return Node(name, environment, "manage.py", "worker", "--no-reload", "--verbosity", "0", "--interval", "0.5")
