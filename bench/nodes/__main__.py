"""`make nodes`: raise everything, let officers work, kill each part in turn, count what is left."""

import os
import random
import sys
import time

from bench.nodes.ground import Ground
from bench.nodes.officers import Officer, Traffic
from bench.nodes.story import Story

SECONDS = int(os.environ.get("SECONDS") or 150)
SEED = os.environ.get("SEED") or str(random.randrange(10_000))


def main():
    tell(f"seed {SEED}, about {SECONDS} s of traffic")
    with Ground(tell) as ground:
        work = ground.stage()
        officers = [Officer(name, work[name], ground.webs, SEED) for name in sorted(work)]
        tell(f"{len(officers)} officers begin")
        with Traffic(officers) as traffic:
            story = Story(ground, traffic, random.Random(SEED), SECONDS, tell)
            story.play()
        tell("counting, when the workers have done what is left")
        found = ground.verdict(promised(officers))
    return report(officers, traffic, story, found)


def promised(officers):
    """The promises of all, as JSON takes them."""
    together = {"projects": {}, "sent": {}, "saved": {}, "papers": {}, "submitted": [], "issued": [], "batches": [],
                "jobs": []}  # fmt: skip
    for officer in officers:
        for name, value in vars(officer.promises).items():
            if isinstance(value, dict):
                together[name] |= {str(key): kept for key, kept in value.items()}
            else:
                together[name] += sorted(value)
    return together


def report(officers, traffic, story, found):
    """Print the tables; the exit code."""
    tell("")
    for row in story.rows:
        tell(f"  {row.what:<46}{row.acts:>5} acts in {row.seconds:>5.1f} s")
    tell("")
    done = sum((officer.done for officer in officers), start=type(officers[0].done)())
    for name, count in sorted(done.items()):
        tell(f"  {name:<46}{count:>5} acknowledged")
    cuts, waits = (sum(getattr(officer.line, name) for officer in officers) for name in ("cuts", "waits"))
    tell(f"  {'answers cut off':<46}{cuts:>5}")
    tell(f"  {'answers “try again” (503), each a sentence':<46}{waits:>5}")
    tell(f"  {'longest time until an act was done':<46}{max(one.longest for one in officers):>5.0f} s")
    reads = sum((officer.readings for officer in officers), start=type(officers[0].readings)())
    tell(f"  {'report pages from replica / primary':<46}{reads['replica']:>5} / {reads['primary']}")
    tell("")
    faults = found | {
        "pages without a sentence, wrong files": sum(len(officer.faults) for officer in officers),
        "acts refused": sum(len(officer.refusals) for officer in officers),
        "checks of the story": len(story.faults),
        "officers who gave up": len(traffic.errors),
    }
    for name, count in faults.items():
        tell(f"  {name:<46}{count:>5}")
    for words in [*traffic.errors, *story.faults, *(f for one in officers for f in one.faults + one.refusals)][:40]:
        tell(f"  ! {words}")
    is_good = not any(faults.values()) and done.total() > 0
    tell("")
    tell("Work went on; nothing acknowledged is missing, nothing is double." if is_good else "FAULTS, see above.")
    return 0 if is_good else 1


def tell(words):
    sys.stdout.write(f"{time.strftime('%H:%M:%S')}  {words}\n" if words else "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
