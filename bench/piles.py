"""A pile of minutes made by workers that run already and have their fonts: seconds, CPU time, memory."""

import itertools
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from khuyencong.documents import batches
from khuyencong.models import Batch, ItemStatus, User
from projects import documents

PAPERS = 100
PILES = 5
WARM_UP = 12
KINDS = (documents.ACCEPTANCE_MINUTES, documents.HANDOVER_MINUTES, documents.PROGRESS_REPORT)
WORKER = ("manage.py", "worker", "--no-startup-delay", "--no-reload", "--verbosity", "0", "--interval", "0.05")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Run:
    """What a pile took: seconds until its files lay there, CPU seconds of each worker."""

    seconds: float
    cpu: tuple[float, ...]


@cache
def run_by(workers):
    with _crew(workers) as crew:
        _make(WARM_UP, crew)
        before = [_cpu(worker) for worker in crew]
        seconds = _make(PAPERS, crew)
        return Run(seconds, tuple(_cpu(worker) - spent for worker, spent in zip(crew, before, strict=True)))


@cache
def memory():
    """Megabytes that one worker holds after each of the piles."""
    found = []
    with _crew(1) as crew:
        for _pile in range(PILES):
            _make(PAPERS, crew)
            found += [_resident(worker) for worker in crew]
    return found


@contextmanager
def _crew(workers):
    crew = [subprocess.Popen([sys.executable, *WORKER]) for _worker in range(workers)]
    try:
        yield crew
    finally:
        for worker in crew:
            worker.terminate()
        for worker in crew:
            worker.wait()


def _make(count, crew):
    """Have so many papers made, and return the seconds that it took."""
    officer = User.objects.get(username="chuyenvien")
    started = time.perf_counter()
    batch = batches.start_batch(_papers(officer, count), by=officer, title="Đo tốc độ")
    while not Batch.objects.filter(pk=batch.pk).exclude(finished_at=None).exists():
        if any(worker.poll() is not None for worker in crew):
            raise RuntimeError("A worker died.")
        time.sleep(0.05)
    seconds = time.perf_counter() - started
    if batch.items.exclude(status=ItemStatus.DONE).exists():
        raise RuntimeError("A paper of the pile was not made.")
    return seconds


def _papers(officer, count):
    every = (
        (kind, record, variant)
        for kind in KINDS
        for record in kind.records(officer).order_by("pk")
        for variant, _name in kind.variants(record) or [("", "")]
    )
    papers = list(itertools.islice(every, count))
    if len(papers) < count:
        raise RuntimeError(f"The bench has data for {len(papers)} papers only.")
    return papers


def _cpu(worker):
    # The name of the program, in brackets, may hold spaces.
    fields = Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _resident(worker):
    told = Path(f"/proc/{worker.pid}/status").read_text()
    return int(next(line for line in told.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024
