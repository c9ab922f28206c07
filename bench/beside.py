"""The small set beside the large: its pages are read by a process of its own, in turn with those of the large.

A reading of one set and then of the other, fifteen times: both have the same weather, which two runs have not.
"""

import json
import os
import subprocess
import sys

from bench import sets
from bench.country_measures import PAGES, reading, timed


class Beside:
    """A process that works on the small set, given what it needs beside this one's environment."""

    def __init__(self, settings: dict[str, str]):
        self.settings = settings

    def __enter__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.country", "--beside"], cwd=sets.ROOT, env=os.environ | self.settings,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        return self

    def __exit__(self, *_error):
        self.process.stdin.close()
        self.process.wait()

    def read(self, name: str) -> tuple[float, int] | None:
        """Seconds of a reading of the longest page of this name, and its lines; None where the set has none."""
        print(name, file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())


def read_on_demand(asked, told):
    """For each name on a line, the answer of `Beside.read` on a line."""
    pages = {page.name: page for group in PAGES.values() for page in group}
    visits = {}
    for line in asked:
        name = line.strip()
        if name not in visits:
            visit = pages[name].longest()
            visits[name] = visit and (reading(visit), visit.lines)
        read, lines = visits[name] or (None, 0)
        print(json.dumps(read and (timed(read), lines)), file=told, flush=True)
