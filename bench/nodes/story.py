"""The order of kills: each part once, at moments of chance; then the database is away, then the replica takes over."""

import time
from dataclasses import dataclass

from bench.faults.browser import Cut
from bench.faults.installation import wait_until
from bench.nodes.line import Plain

# Commits wait for a replica that is gone, and nobody goes on; whoever is on duty comes after so many seconds.
DUTY = 4
AWAY = 30
READINESS = 60
# Seconds within which somebody gets something done after the fail-over, on a busy machine, too.
FIRST_ACT = 120


@dataclass(frozen=True)
class Row:
    what: str
    acts: int
    seconds: float


class Story:
    def __init__(self, ground, traffic, chance, seconds, tell):
        self.ground, self.traffic, self.chance, self.tell = ground, traffic, chance, tell
        self.rows, self.faults = [], []
        # Seven kills with a spell before and one after each; the time without a database comes on top.
        self.spell = max(2.0, (seconds - AWAY) / 16)

    def play(self):
        ground = self.ground
        self.pause("everything runs")
        acts = [*(lambda node=node: self.kill_node(node) for node in (*ground.webs, *ground.workers)),
                self.kill_replica, self.restart_primary]  # fmt: skip
        self.chance.shuffle(acts)
        for act in acts:
            act()
        self.take_database_away()
        self.fail_over()

    def pause(self, what):
        """Let people work for a while of chance; how much they did."""
        seconds = self.chance.uniform(0.5, 1.5) * self.spell
        before, started = self.traffic.count, time.monotonic()
        time.sleep(seconds)
        self._noted(what, before, started)

    def _noted(self, what, before, started):
        row = Row(what, self.traffic.count - before, time.monotonic() - started)
        self.rows.append(row)
        self.tell(f"{what}: {row.acts} acts in {row.seconds:.1f} s")

    def kill_node(self, node):
        node.kill()
        self.pause(f"{node.name} killed")
        node.start()
        self.pause(f"{node.name} back")

    def kill_replica(self):
        ground = self.ground
        ground.replica.kill()
        time.sleep(DUTY)
        ground.primary.wait_for_replica(False)
        self.pause("replica killed, primary alone")
        ground.replica.start()
        ground.primary.wait_for_replica(True)
        self.pause("replica back")

    def restart_primary(self):
        ground = self.ground
        ground.primary.kill()
        before, started = self.traffic.count, time.monotonic()
        time.sleep(self.chance.uniform(0.5, 3))
        ground.primary.start()
        wait_until(ground.primary.is_followed, what="The synchronous replica")
        self._noted("primary killed, started again", before, started)
        self.pause("primary back")

    def take_database_away(self):
        """Half a minute without a database: a sentence for people, the node not ready, workers that wait."""
        ground = self.ground
        workers = [node.process.pid for node in ground.workers]
        ground.primary.kill()
        before, started = self.traffic.count, time.monotonic()
        time.sleep(2)
        for node in ground.webs:
            self._expect(node.asked("readyz") == 503, f"{node.name} says it is ready without a database")
            self._see_sentence(node)
        time.sleep(max(0, AWAY - (time.monotonic() - started)))
        ground.primary.start()
        wait_until(ground.primary.is_followed, what="The synchronous replica")
        self._noted(f"database away for {AWAY} s", before, started)
        wait_until(lambda: all(node.is_ready() for node in ground.webs), READINESS, "Readiness of the web nodes")
        self._expect(
            [node.process.pid for node in ground.workers if node.is_alive()] == workers, "a worker did not wait"
        )
        self.pause("database back")

    def _see_sentence(self, node):
        """Whoever is signed in reads a page that says what to do."""
        try:
            answer = Plain(node.port, session="x" * 32).get("/de-an/")
        except Cut as cut:
            self.faults.append(f"{node.name} without a database: {cut}")
            return
        good = answer.status == 503 and "Cổng đang bảo trì" in answer.text and "retry-after" in answer.headers
        self._expect(good and not answer.fault, f"{node.name} without a database answers {answer.status}")

    def fail_over(self):
        """The primary dies for good; the replica, which has every acknowledged commit, takes over."""
        ground = self.ground
        self._expect(ground.primary.is_followed(), "the replica is not synchronous before the fail-over")
        ground.primary.kill()
        before, started = self.traffic.count, time.monotonic()
        time.sleep(self.chance.uniform(0.5, 2))
        ground.replica.promote()
        self._noted("primary killed, replica promoted", before, started)
        before, started = self.traffic.count, time.monotonic()
        wait_until(lambda: self.traffic.count > before, FIRST_ACT, "The first act on the new primary")
        self._noted("until the first act on the new primary", before, started)
        self.pause("on the new primary")

    def _expect(self, holds, words):
        if not holds:
            self.faults.append(words)
