"""Twenty people at once: each reads a page, thinks for two seconds, reads the next; the portal runs as installed.

They go through all pages of a group, each in an order of their own, as people do who have different work.
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

PEOPLE = 20
# How often each person reads each page; a single page more often.
TIMES_EACH, PAGES_EACH = 4, 12
THINKS = 2.0
START_LIMIT = 120


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

    def p95(self, pages: dict[str, tuple[str, str]]) -> dict[str, float]:
        """{name: seconds within which 95 of 100 answers came} of {name: (address, session)}."""
        taken, guard = {name: [] for name in pages}, threading.Lock()
        times = max(TIMES_EACH, -(-PAGES_EACH // len(pages)))

        def one(number):
            chance = random.Random(number)
            turns = list(pages) * times
            chance.shuffle(turns)
            time.sleep(chance.uniform(0, THINKS))
            for name in turns:
                started = time.perf_counter()
                self._read(*pages[name])
                with guard:
                    taken[name].append(time.perf_counter() - started)
                time.sleep(chance.uniform(0.5, 1.5) * THINKS)

        # Figures are kept by each process of its own; the first reader of the day is measured elsewhere.
        for address, session in pages.values():
            for _worker in range(4):
                self._read(address, session)
        people = [threading.Thread(target=one, args=[number]) for number in range(PEOPLE)]
        for person in people:
            person.start()
        for person in people:
            person.join()
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
