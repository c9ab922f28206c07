"""Twenty people at once: each reads a page, thinks for two seconds, reads the next; the portal runs as installed.

They go through their pages, each in an order of their own, as people do who have different work; where something is
done meanwhile, what is kept of the state before it is made anew.
"""

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import contextmanager

PEOPLE = 20
# How often each person reads each page; a single page more often.
TIMES_EACH, PAGES_EACH = 4, 12
THINKS = 2.0
# Seconds between two acts of all people together.
ACTS_EVERY = 10
START_LIMIT = 120


@contextmanager
def _done_meanwhile(act):
    """Do this again and again until the crowd has read; what goes wrong with it is raised then."""
    if act is None:
        yield
        return
    ended, wrong = threading.Event(), []

    def again_and_again():
        try:
            while not ended.wait(ACTS_EVERY):
                act()
        except Exception as error:
            wrong.append(error)

    acting = threading.Thread(target=again_and_again)
    acting.start()
    try:
        yield
    finally:
        ended.set()
        acting.join()
    if wrong:
        raise wrong[0]


class Crowd:
    """A portal of two processes on a port of its own, on the database of this process's environment."""

    def __enter__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = ["manage.py", "serve", "--port", str(self.port), "--workers", "2", "--jobs", "0"]
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "khuyencong.settings"}
        collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "-v0"]
        subprocess.run(collect, env=environment, check=True)
        self.portal = subprocess.Popen([sys.executable, *command], env=environment, stdout=subprocess.DEVNULL)
        until = time.monotonic() + START_LIMIT
        while time.monotonic() < until:
            try:
                self._read("/healthz", "")
                return self
            except OSError:
                time.sleep(0.3)
        raise RuntimeError("The portal does not start.")

    def __exit__(self, *_error):
        self.portal.send_signal(signal.SIGTERM)
        self.portal.wait()

    def p95(self, people: Sequence[dict[str, tuple[str, str]]], act: Callable | None = None) -> dict[str, float]:
        """{name: seconds within which 95 of 100 answers came}; each person has {name: (address, session)} to read."""
        taken, guard = defaultdict(list), threading.Lock()

        def one(number, pages):
            chance = random.Random(number)
            turns = list(pages) * max(TIMES_EACH, -(-PAGES_EACH // len(pages)))
            chance.shuffle(turns)
            time.sleep(chance.uniform(0, THINKS))
            for name in turns:
                started = time.perf_counter()
                self._read(*pages[name])
                with guard:
                    taken[name].append(time.perf_counter() - started)
                time.sleep(chance.uniform(0.5, 1.5) * THINKS)

        # Figures are kept by each process of its own; the first reader of the day is measured elsewhere.
        for address, session in {visit for pages in people for visit in pages.values()}:
            for _worker in range(4):
                self._read(address, session)
        readers = [threading.Thread(target=one, args=turn) for turn in enumerate(people)]
        for reader in readers:
            reader.start()
        with _done_meanwhile(act):
            for reader in readers:
                reader.join()
        return {name: sorted(seconds)[int(len(seconds) * 0.95)] for name, seconds in taken.items()}

    def _read(self, url, session):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", url, headers={"Cookie": f"sessionid={session}"})
            answer = connection.getresponse()
            answer.read()
        finally:
            connection.close()
        if session and answer.status != 200:
            raise RuntimeError(f"{url}: {answer.status}")
