"""Child processes that stop with their parent, and the order to stop."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time

from django.conf import settings

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Seconds that a request or a job under way gets to finish after the order to stop.
GRACE = 10
# A worker that dies at once again is not started in a tight loop.
RESTART_PAUSE = 2

LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


class Stop:
    """The order to stop, from Ctrl-C, `kill` or a closed terminal; it ends a wait at once."""

    def __init__(self):
        self.wanted = False

    def __enter__(self):
        self.listener, self.bell = socket.socketpair()
        self.previous = {number: signal.getsignal(number) for number in STOP_SIGNALS}
        for number, handler in self.previous.items():
            if handler != signal.SIG_IGN:  # as under nohup
                signal.signal(number, self.order)
        return self

    def __exit__(self, *error):
        for number, handler in self.previous.items():
            signal.signal(number, handler)
        self.listener.close()
        self.bell.close()

    def order(self, number, frame):
        self.wanted = True
        self.bell.send(b"!")

    def wait(self, seconds):
        self.listener.settimeout(seconds)
        with contextlib.suppress(TimeoutError):
            self.listener.recv(1)


class Child:
    """A Python process in a group of its own that never outlives this one, even if this one is killed."""

    def __init__(self, *arguments):
        self.arguments = arguments

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        """Ask to finish, wait, then end whatever is left of the group."""
        self.ask_to_finish()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE + 2)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def start(self):
        parent = os.getpid()
        # A group of its own: Ctrl-C in the terminal reaches this process alone, which stops the children.
        self.process = subprocess.Popen(
            [sys.executable, *self.arguments],
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            process_group=0,
            preexec_fn=lambda: die_with(parent),
        )

    def is_alive(self):
        return self.process.poll() is None

    def ask_to_finish(self):
        self.process.terminate()


class Worker(Child):
    """A child that is started again whenever it ends."""

    def start(self):
        self.started_at = time.monotonic()
        super().start()

    def keep_alive(self):
        if not self.is_alive() and time.monotonic() - self.started_at > RESTART_PAUSE:
            self.start()


def die_with(parent):
    """In a child, before it becomes another program: have the kernel stop it when its parent dies."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)
