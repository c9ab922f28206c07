"""What else happens to a machine: its disk is full or read-only, its clock jumps, its database goes away."""

import contextlib
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.faults.browser import Browser
from bench.faults.trial import Outcome

# How long people go on working in the middle of it.
LASTS = 20
GONE = 30
# Seconds; an hour and a half forward is still within a sign-in.
JUMPS = (-86_400, 0, 5_400, -600, 0)
BETWEEN_JUMPS = 8
BOTH = ("sqlite", "postgres")


@dataclass(frozen=True)
class Hardship:
    name: str
    run: Callable
    engines: tuple = BOTH
    # Whether something has to be acknowledged in the middle of it.
    works_on: bool = False

    def play(self, trial, engine):
        """The outcome, with the work after it: whoever tries again has to succeed."""
        before, seen = trial.told(), len(trial.book.faults)
        try:
            during = self.run(trial)
        except NotPlayed as reason:
            return Outcome(f"{engine}: {self.name}", 0, 0, 0, [], [f"not played: {reason}"])
        found = trial.look()
        told = trial.told()
        with trial.crew():
            time.sleep(LASTS / 2)
        found += trial.look()
        if trial.told() == told:
            found.append(f"{self.name}: nothing goes on afterwards")
        if self.works_on and not during:
            found.append(f"{self.name}: nothing was acknowledged in the middle of it")
        return Outcome(
            f"{engine}: {self.name}", 1, trial.told() - before, 0, found + trial.book.faults[seen:], []
        )  # fmt: skip


class NotPlayed(Exception):
    """This machine cannot do it."""


def acknowledged_while(trial, seconds):
    """How many acts were acknowledged while the crew worked for so long."""
    before = trial.told()
    with trial.crew():
        time.sleep(seconds)
    return trial.told() - before


@contextlib.contextmanager
def ballast(folder):
    """Fill the disk of a folder to the last block, and free it afterwards."""
    path = Path(folder, "ballast")
    with path.open("wb", buffering=0) as stream, contextlib.suppress(OSError):
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while True:
                    stream.write(bytes(size))
    try:
        yield
    finally:
        path.unlink()


def full_disk(trial):
    place = trial.place
    if not place.has_own_disks:
        raise NotPlayed("small file systems are mounted by root only")
    done = 0
    for disk in place.disks:
        with ballast(disk):
            done += acknowledged_while(trial, LASTS)
        place.keep_database_up()
        place.keep_up()
    return done


def read_only_disk(trial):
    """As after a restart of a machine whose disk is damaged; pages still answer, with a sentence."""
    place = trial.place
    if not place.has_own_disks:
        raise NotPlayed("file systems are mounted by root only")
    place.stop()
    subprocess.run(["mount", "-o", "remount,ro", place.var], check=True)
    told, done = len(place.told), 0
    try:
        place.start()
        done = acknowledged_while(trial, LASTS)
    except RuntimeError:
        # A portal that cannot keep files may refuse to start, in words.
        if "Traceback" in place.told[told:] or "Không khởi động" not in place.told[told:]:
            trial.book.faults.append(f"read-only disk: {place.told[told:][-300:]}")
    finally:
        place.stop()
        subprocess.run(["mount", "-o", "remount,rw", place.var], check=True)
    place.start()
    return done


def moved_clock(trial):
    """The wall clock jumps back and forth under running processes."""
    place, done = trial.place, 0
    library, clock = place.folder / "clock.so", place.folder / "clock"
    try:
        source = Path(__file__).with_name("clock.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    except (OSError, subprocess.CalledProcessError):
        raise NotPlayed("apt-get install gcc libc6-dev") from None
    clock.write_bytes(bytes(8))
    place.stop()
    place.start(LD_PRELOAD=str(library), CLOCK_OFFSET=str(clock))
    for jump in JUMPS:
        # Into the same file, which the processes have mapped.
        with clock.open("r+b") as stream:
            stream.write(jump.to_bytes(8, sys.byteorder, signed=True))
        done += acknowledged_while(trial, BETWEEN_JUMPS)
    place.stop()
    place.start()
    return done


def database_gone(trial):
    place = trial.place
    place.cluster.stop()
    with trial.crew():
        time.sleep(GONE)
        _expect_sentence(trial)
        place.cluster.start()
        time.sleep(LASTS / 4)
    return 0


def database_locked(trial):
    """Somebody's program holds the file of SQLite for as long."""
    holder = sqlite3.connect(trial.place.var / "khuyencong.sqlite3", isolation_level=None, timeout=30)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with trial.crew():
            time.sleep(GONE)
            holder.execute("ROLLBACK")
            time.sleep(LASTS / 4)
    finally:
        holder.close()
    return 0


def _expect_sentence(trial):
    """The page of maintenance, asked by somebody who is signed in."""
    session = trial.stage["people"]["officer"]
    answer = Browser(trial.place.port, session)._ask("GET", "/de-an/", None, {})
    if answer.status != 503 or "bảo trì" not in answer.text:
        trial.book.faults.append(f"without its database the portal says {answer.status}: {answer.text[:200]}")


HARDSHIPS = {
    "full": Hardship("full disk", full_disk),
    "readonly": Hardship("read-only disk", read_only_disk),
    "clock": Hardship("clock back and forth", moved_clock, works_on=True),
    "gone": Hardship("database gone for 30 s", database_gone, engines=("postgres",)),
    "locked": Hardship("database held for 30 s", database_locked, engines=("sqlite",)),
}
