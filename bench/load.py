"""Fifty people at once, reading and writing, against the portal as it serves on PostgreSQL with the demo.

`python -m bench.load --minutes 3`; `make bench NAMES=load` plays ten minutes. Each person reads a page, thinks, reads
the next; every sixth act writes (a facility, a change of one, a voucher). An answer that is no page, a refused act, a
cut line is an error; the figure is the time within which 95 of 100 answers came.
"""

import argparse
import json
import random
import statistics
import sys
import threading
import time
from collections import defaultdict

from bench.faults.acts import Book, Crew
from bench.faults.browser import Browser, Cut, Refused
from bench.faults.installation import ROOT, Installation

PEOPLE, MINUTES = 50, 10
# Seconds within which 95 of 100 answers have to come.
LIMIT = 1.0
# Seconds between two clicks of one person, on average: reading a list, filling a form.
THINKS = 8.0
WRITES = 1 / 6
PAGES = (
    "/", "/de-an/", "/de-an/?q=dua", "/co-so/", "/co-so/?q=keo", "/ke-hoach/", "/chuong-trinh/", "/van-ban/",
    "/tim-kiem/?q=may+say", "/ban-giao/", "/hop-dong/", "/kinh-phi/",
)  # fmt: skip


class Timed(Browser):
    """A browser with a watch: seconds of every answer, and what was no page."""

    def __init__(self, port, session, watch):
        super().__init__(port, session)
        self.watch = watch

    def _ask(self, method, address, body, headers):
        started = time.perf_counter()
        answer = super()._ask(method, address, body, headers)
        self.watch.note("write" if method == "POST" else "read", time.perf_counter() - started)
        if answer.status >= 400:
            self.watch.fault(f"{method} {address}: {answer.status}")
        return answer


class Watch:
    def __init__(self):
        self.seconds, self.faults, self.guard = defaultdict(list), [], threading.Lock()

    def note(self, kind, seconds):
        with self.guard:
            self.seconds[kind].append(seconds)

    def fault(self, words):
        with self.guard:
            self.faults.append(words)

    @property
    def p95(self):
        return p95([one for kind in self.seconds.values() for one in kind])


def p95(taken):
    return sorted(taken)[int(len(taken) * 0.95)] if taken else 0.0


class Office(Crew):
    """Fifty people who share the acts of the crew; everybody has a sign-in of their own."""

    def __init__(self, port, stage, watch, seed, until):
        super().__init__(port, stage, Book(), seed)
        self.watch, self.until = watch, until

    def browser(self, name):
        return Timed(self.port, self.stage["people"][name], self.watch)

    def person(self, number):
        chance = random.Random(number)
        me = Timed(self.port, chance.choice(self.stage["crowd"]), self.watch)
        time.sleep(chance.uniform(0, THINKS))
        while time.monotonic() < self.until:
            try:
                if chance.random() < WRITES:
                    chance.choice((self.save, self.pay))()
                else:
                    me.get(chance.choice(PAGES))
            except (Cut, Refused) as error:
                self.watch.fault(str(error))
            time.sleep(chance.uniform(0.5, 1.5) * THINKS)


def played(minutes, *, engine="postgres", people=PEOPLE):
    """The Watch after so many minutes of so many people."""
    place = Installation(engine)
    try:
        script = (ROOT / "bench" / "faults" / "stage.py").read_text()
        place.manage("shell", "-v0", "--command", script, FAULT_PLANS="1", CROWD=str(people))
        stage = json.loads((place.var / "stage.json").read_text())
        place.start(jobs=1)
        watch = Watch()
        office = Office(place.port, stage, watch, 1, time.monotonic() + 60 * minutes)
        crowd = [threading.Thread(target=office.person, args=[number]) for number in range(people)]
        for person in crowd:
            person.start()
        for person in crowd:
            person.join()
        return watch
    finally:
        place.remove()


def row():
    """The row of var/bench.json; an error fails it whatever the seconds."""
    watch = played(MINUTES)
    print(*watch.faults[:10], sep="\n", file=sys.stderr)
    return {
        "name": "load", "unit": "s", "ours": round(watch.p95, 4), "peer": LIMIT, "limit": 1.0,
        "peer_name": f"a second, p95, {PEOPLE} people for {MINUTES} minutes, {len(watch.faults)} errors",
        "ratio_to_peer": round(watch.p95 / LIMIT, 3), "ratio_to_limit": round(watch.p95 / LIMIT, 3),
        "budget": "p95 of a second, no error", "within": watch.p95 <= LIMIT and not watch.faults,
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--only", dest="engine", choices=("sqlite", "postgres"), default="postgres")
    given = parser.parse_args()
    watch = played(given.minutes, engine=given.engine, people=given.people)
    for kind, taken in sorted(watch.seconds.items()):
        print(f"{kind:6} {len(taken):6} answers  median {statistics.median(taken):.3f} s  p95 {p95(taken):.3f} s")
    print(f"all    p95 {watch.p95:.3f} s, {len(watch.faults)} errors")
    for fault in watch.faults[:10]:
        print(f"       {fault}")
    sys.exit(1 if watch.faults else 0)


if __name__ == "__main__":
    main()
