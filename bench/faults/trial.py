"""Kill one kind of process over and over while a crew works; after each restart, ask the database."""

import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass

from bench.faults.acts import Book, Crew
from bench.faults.installation import ROOT, kill, wait_until
from khuyencong.processes import die_with

# Long enough for a claim of a killed worker to run out (two minutes), and for what it held to be made.
TO_THE_END = 300
# How often the head of the web processes is hit rather than one that serves.
HEADS = 0.12


class Questions:
    """The process that asks the database, started once."""

    def __init__(self, place):
        parent = os.getpid()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.faults.questions"], cwd=ROOT, env=place.environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=lambda: die_with(parent),
        )  # fmt: skip

    def ask(self, question):
        """Faults as sentences; asked again while the database comes back."""
        for _try in range(30):
            self.process.stdin.write(json.dumps(question) + "\n")
            self.process.stdin.flush()
            told = json.loads(self.process.stdout.readline())
            if "faults" in told:
                return told["faults"]
            time.sleep(1)
        return [f"the database does not answer: {told['gone']}"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


@dataclass
class Outcome:
    name: str
    count: int
    done: int
    unanswered: int
    faults: list
    refused: list

    @property
    def line(self):
        mark = "FAULT" if self.faults else "ok"
        return (
            f"{mark:5} {self.name:28} {self.count:4} times  {self.done:5} acts acknowledged  "
            f"{self.unanswered:4} without an answer  {len(self.refused):3} refused  {len(self.faults)} faults"
        )


class Trial:
    """An installation with its stage set, and everything that its people were ever told."""

    def __init__(self, place, stage, seed):
        self.place, self.stage = place, stage
        self.chance = random.Random(seed)
        self.book = Book()
        self.questions = Questions(place)

    def look(self):
        return self.questions.ask(self.book.copy())

    def crew(self):
        # What was approved is not approved again.
        left = [chosen for chosen in self.stage["plans"] if chosen["plan"] not in self._tried_plans()]
        crew = Crew(self.place.port, self.stage, self.book, self.chance.randrange(10**9))
        crew.plans = iter(left)
        return crew

    def _tried_plans(self):
        return {about["plan"] for about in self.book.tried.get("approve", {}).values()}

    def outcome(self, name, act, count):
        """Have the crew work while `act` is done so many times, and find what is wrong after each."""
        acts, cut, refused, seen = self.told(), self.book.cut, len(self.book.refused), len(self.book.faults)
        found = []
        with self.crew():
            for _number in range(count):
                time.sleep(self.chance.uniform(0.5, 3.0))
                try:
                    found += act() or []
                    found += self.look()
                except RuntimeError as error:
                    found.append(f"{name}: {error}")
                if found:
                    print(*found, sep="\n", file=sys.stderr, flush=True)
                    break
        found += self.look() + self.book.faults[seen:]
        return Outcome(
            name, _number + 1, self.told() - acts, self.book.cut - cut, found, self.book.refused[refused:]
        )  # fmt: skip

    def told(self):
        """How many acts were acknowledged so far."""
        return sum(map(len, self.book.done.values()))

    def kill_web(self):
        """One of the web processes, or now and then their head, which ends the service: it is started again."""
        self.place.keep_up()
        wait_until(lambda: len(self.place.processes("web")) > 1, what="A web process")
        head, *hands = self.place.processes("web")
        if self.chance.random() < HEADS:
            kill(head)
            self.place.portal.wait(timeout=60)
            self.place.start()
        else:
            kill(self.chance.choice(hands))
        wait_until(self.place.answers, what="The portal")

    def kill_worker(self):
        self.place.keep_up()
        wait_until(lambda: self.place.processes("worker"), what="A worker")
        kill(self.chance.choice(self.place.processes("worker")))

    def kill_database(self):
        self.place.cluster.kill()
        time.sleep(self.chance.uniform(0, 1.0))
        self.place.cluster.start()
        self.place.keep_up()

    def finish(self):
        """Wait for what the workers still have; what is never finished is a fault."""
        until = time.monotonic() + TO_THE_END
        while (left := self.questions.ask({"ask": "unfinished"})) and time.monotonic() < until:
            time.sleep(3)
        return left + self.look()

    def close(self):
        self.questions.close()
