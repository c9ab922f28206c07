"""`make nodes`: raise two web nodes, two workers, a primary and a replica; kill each in turn; count what is left."""

import os
import secrets
import shutil
import sys
import tempfile
import time
from pathlib import Path

from bench.nodes.portals import Web, manage, worker
from bench.nodes.servers import Server, wait_for
from bench.nodes.traffic import Officer, Traffic

# Seconds of traffic before and after each kill.
SPELL = 6
PASSWORD = "khuyencong"  # of the demo's accounts, which serve this machine alone
PAPERS = 24


def main():
    folder = Path(tempfile.mkdtemp(prefix="khuyencong-nodes-", dir="/tmp"))
    folder.chmod(0o711)  # the database's account passes through
    parts = []
    try:
        return story(folder, parts)
    finally:
        for part in reversed(parts):
            part.kill()
        shutil.rmtree(folder, ignore_errors=True)


def story(folder, parts):
    """Everything in order; the exit code: 0 when nothing acknowledged was lost and nothing is there twice."""
    primary, replica = Server(folder / "a"), Server(folder / "b")
    parts += [primary, replica]
    tell("primary and replica")
    primary.create()
    environment = environment_of(folder)
    tell("demo")
    manage(environment, "migrate", "--verbosity", "0")
    manage(environment, "load_demo", "--verbosity", "0")
    manage(environment, "collectstatic", "--no-input", "--verbosity", "0")
    replica.follow(primary)
    primary.wait_for_replica(True)
    webs, workers = nodes_of(folder, environment)
    parts += [*webs, *workers]
    os.environ.update(environment)
    place, batch = start_pile()
    # Two officers, who begin at different nodes.
    officers = [
        Officer(letter, "chuyenvien", PASSWORD, place, order)
        for letter, order in zip("AB", (webs[:], webs[::-1]), strict=True)
    ]
    with Traffic(officers) as traffic:
        spell(traffic, "everything runs")
        for part in (*webs, *workers):
            part.kill()
            spell(traffic, f"{part.name} killed")
            part.start()
            spell(traffic, f"{part.name} back")
        replica.kill()
        # Commits wait for a replica that is gone; whoever watches lets them go on without.
        primary.wait_for_replica(False)
        spell(traffic, "replica killed")
        replica.start()
        primary.wait_for_replica(True)
        spell(traffic, "replica back")
        primary.kill()
        replica.promote()
        spell(traffic, "primary killed, replica promoted")
    return verdict(officers, batch)


def environment_of(folder):
    """One database by the sockets of both servers, the one that takes writes is asked; one store of files."""
    sockets = "%2C".join(str(folder / name).replace("/", "%2F") for name in "ab")
    return {
        "DATABASE_URL": f"postgres://postgres@{sockets}/khuyencong?target_session_attrs=read-write",
        "SECRET_KEY": secrets.token_urlsafe(40),
        "VAR_DIR": str(folder / "var"),
        "MEDIA_ROOT": str(folder / "media"),
    }


def nodes_of(folder, environment):
    """Each node has its own folder: what is not in the database or the store of files is not shared."""
    own = []
    for name in "1234":
        var = folder / f"node-{name}"
        shutil.copytree(folder / "var" / "static", var / "static")
        own.append(environment | {"VAR_DIR": str(var)})
    webs = [Web(f"web-{number}", own[number - 1]) for number in (1, 2)]
    return webs, [worker(f"worker-{number}", own[number + 1]) for number in (1, 2)]


def start_pile():
    """Have the workers print a pile while they are killed; the place where facilities are entered, and the pile."""
    import django  # noqa: PLC0415 -- the settings come first

    django.setup()
    from beneficiaries.models import Facility  # noqa: PLC0415
    from khuyencong.documents import batches  # noqa: PLC0415
    from khuyencong.models import User  # noqa: PLC0415
    from projects.documents import HANDOVER_MINUTES  # noqa: PLC0415

    officer = User.objects.get(username="chuyenvien")
    minutes = HANDOVER_MINUTES.records(officer).order_by("pk")[:PAPERS]
    papers = [(HANDOVER_MINUTES, record, "") for record in minutes]
    batch = batches.start_batch(papers, by=officer, title="Thử nút")
    facility = Facility.objects.visible_to(officer).exclude(unit=None).order_by("pk").first()
    return str(facility.unit), batch.pk


def spell(traffic, what):
    before = traffic.count
    time.sleep(SPELL)
    tell(f"{what}: {traffic.count - before} facilities acknowledged in {SPELL} s")


def verdict(officers, batch_pk):
    """Count in the database that is left."""
    from django.db import connection  # noqa: PLC0415

    from beneficiaries.models import Facility  # noqa: PLC0415
    from khuyencong.audit import first_broken_entry  # noqa: PLC0415
    from khuyencong.models import Batch, ItemStatus  # noqa: PLC0415

    connection.close()
    wait_for(lambda: Batch.objects.filter(pk=batch_pk).exclude(finished_at=None).exists(), "pile", seconds=900)
    promised = [name for officer in officers for name in officer.acknowledged]
    kept = list(Facility.objects.filter(name__startswith="Cơ sở thử nút").values_list("name", flat=True))
    items = Batch.objects.get(pk=batch_pk).items
    faults = {
        "acknowledged and lost": len({*promised} - {*kept}),
        "there twice": len(kept) - len({*kept}),
        "papers not made": items.exclude(status=ItemStatus.DONE).count(),
        "trail broken at": first_broken_entry() or 0,
    }
    silence = max(officer.longest_silence for officer in officers)
    tell(f"{len(promised)} facilities acknowledged, {sum(officer.refused for officer in officers)} attempts refused")
    tell(f"longest time without an answer {silence:.1f} s; {items.count()} papers of the pile")
    for name, count in faults.items():
        tell(f"{name}: {count}")
    return 1 if any(faults.values()) or not promised else 0


def tell(words):
    sys.stdout.write(f"{time.strftime('%H:%M:%S')}  {words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
