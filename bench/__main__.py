"""Measure what people wait for, each figure beside its peer and its limit; writes var/bench.json and docs/toc-do.md.

The data is the demo, loaded once into var/bench; for lists, pages and reports the made-up country (`sets`). Seconds
depend on the machine and on what else it does; the ratios are taken in one run, ours and the peer in turn, so that both
see the same weather.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench import away, history

ROOT = Path(__file__).resolve().parent.parent


def prepare():
    """Settings of the bench's own installation, with the demo in it."""
    os.environ["VAR_DIR"] = str(ROOT / "var" / "bench")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
    # The portal's own settings: the bench's let every host in, and there the demo is refused.
    own = os.environ | {"DJANGO_SETTINGS_MODULE": "khuyencong.settings"}
    for command in (["migrate", "-v0"], ["load_demo"]):
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=own, check=True, stdout=subprocess.DEVNULL
        )
    import django  # noqa: PLC0415 -- the settings come first

    django.setup()


def timed(act):
    """What the act says of itself, or else its seconds."""
    started = time.perf_counter()
    told = act()
    return told if isinstance(told, float) else time.perf_counter() - started


def in_turn(ours, peer, rounds):
    """Median seconds of both, measured alternately; a single round, which takes long, begins cold."""
    if rounds > 1:
        ours(), peer()
    pairs = [(timed(ours), timed(peer)) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def measure(name):
    from bench import measures  # noqa: PLC0415 -- models load only after prepare()

    measure = measures.MEASURES[name]
    ours, peer = in_turn(measure.ours, measure.peer, measure.rounds)
    ratio = ours / peer
    return {
        "name": name,
        "unit": measure.unit,
        "ours": round(ours, 4),
        "peer": round(peer, 4),
        "peer_name": measure.peer_name,
        "limit": measure.limit,
        "ratio_to_peer": round(ratio, 3),
        "ratio_to_limit": round(ratio / measure.limit, 3),
        "budget": f"at most {measure.limit} × {measure.peer_name}",
        "within": ratio <= measure.limit,
    }


def main():
    if not set(sys.argv[1:]) or set(sys.argv[1:]) - set(away.NAMES):
        prepare()
        return measure_all()
    return report(away.measured(sys.argv[1:]))


def measure_all():
    from bench import load, measures  # noqa: PLC0415 -- models load only after prepare()

    usual = [*measures.MEASURES, *away.NAMES]
    # Takes ten minutes of the whole machine: only when asked for.
    known = [*usual, "load"]
    names = sys.argv[1:] or usual
    if unknown := [name for name in names if name not in known]:
        raise SystemExit(f"Unknown: {', '.join(unknown)}. Known: {', '.join(known)}")
    rows = []
    if "load" in names:
        rows.append(load.row())
    for name in (name for name in names if name in measures.MEASURES):
        try:
            rows.append(measure(name))
        except measures.Unavailable as reason:
            print(f"-    {name:14} not measured: {reason}")
    if asked := [name for name in names if name in away.NAMES]:
        rows += away.measured(asked)
    report(rows)


def report(rows):
    for row in rows:
        mark = "ok  " if row["within"] else "OVER"
        print(f"{mark} {row['name']:17} {row['ours']:8.4f} {row['unit']:2}  {row['ratio_to_peer']:6.2f} ×"
              f" {row['peer_name']}  (limit {row['limit']:.2f} ×)")  # fmt: skip
    keep(rows)
    history.write(rows)


def keep(rows):
    """What this run did not measure stays as it was."""
    path = ROOT / "var" / "bench.json"
    measured = {row["name"] for row in rows}
    earlier = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    kept = [row for row in earlier if row["name"] not in measured]
    path.write_text(json.dumps(kept + rows, indent=1), encoding="utf-8")


main()
