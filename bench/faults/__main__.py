"""`python -m bench.faults`: see the package."""

import argparse
import json
import os
import sys

from bench.faults.hardships import HARDSHIPS
from bench.faults.installation import ROOT, Installation
from bench.faults.trial import Outcome, Trial

KILLS = {"web": ("sqlite", "postgres"), "worker": ("sqlite", "postgres"), "database": ("postgres",)}


def stage_of(place, plans):
    script = (ROOT / "bench" / "faults" / "stage.py").read_text()
    place.manage("shell", "-v0", "--command", script, FAULT_PLANS=str(plans))
    return json.loads((place.var / "stage.json").read_text())


def play(engine, wanted, kills, seed):
    """Outcomes of everything wanted on one engine."""
    place = Installation(engine)
    try:
        stage = stage_of(place, plans=max(12, kills))
        place.start()
        trial = Trial(place, stage, seed)
        if faults := trial.look():
            raise SystemExit(f"The demo itself is at fault: {faults}")
        for kind, engines in KILLS.items():
            if engine in engines and kind in wanted:
                yield trial.outcome(f"{engine}: kill -9 {kind}", getattr(trial, f"kill_{kind}"), kills)
        for name, hardship in HARDSHIPS.items():
            if name in wanted and engine in hardship.engines:
                yield hardship.play(trial, engine)
        yield Outcome(f"{engine}: work to its end", 1, 0, 0, trial.finish(), [])
        trial.close()
    finally:
        if os.environ.get("KEEP"):
            print(f"kept: {place.folder}", file=sys.stderr)
            place.stop()
        else:
            place.remove()


def main():
    known = [*KILLS, *HARDSHIPS]
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"what to play: {', '.join(known)}")
    parser.add_argument("--only", choices=("sqlite", "postgres"))
    parser.add_argument("--kills", type=int, default=50, help="of each kind of process (%(default)s)")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    if unknown := set(given.names) - set(known):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    failed = False
    for engine in [given.only] if given.only else ["sqlite", "postgres"]:
        for outcome in play(engine, given.names or known, given.kills, given.seed):
            print(outcome.line, flush=True)
            for fault in outcome.faults[:20]:
                print(f"      {fault}", flush=True)
            for refusal in sorted(set(outcome.refused))[:5]:
                print(f"      (refused) {refusal}", flush=True)
            failed = failed or bool(outcome.faults)
    raise SystemExit(1 if failed else 0)


main()
