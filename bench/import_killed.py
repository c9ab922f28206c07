"""A long import whose worker is killed (SIGKILL) half-way, taken up by another, and sent again: nothing double, nothing
lost. `python -m bench.import_killed 50000`, in an installation of its own (var/killed), with the demo in it.

Prints what was found and ends with 1 where anything is wrong.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROWS = 50_000
LONGEST = 3600


def prepare():
    os.environ["VAR_DIR"] = os.environ.get("KILLED_VAR_DIR") or str(ROOT / "var" / "killed")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "khuyencong.settings")
    os.environ.setdefault("DEBUG", "1")
    Path(os.environ["VAR_DIR"]).mkdir(parents=True, exist_ok=True)
    if "--child" not in sys.argv:
        for command in (["migrate", "-v0"], ["load_demo"]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    import django  # noqa: PLC0415 -- the settings come first

    django.setup()


def work(pk):
    """What a worker does, in a process of its own."""
    return subprocess.Popen([sys.executable, "-m", "bench.import_killed", "--child", str(pk)], cwd=ROOT)


def main(count):
    from bench import sheet_imports  # noqa: PLC0415 -- models load only after prepare()
    from khuyencong.audit import first_broken_entry  # noqa: PLC0415
    from khuyencong.imports.writing import confirm  # noqa: PLC0415
    from khuyencong.models import AuditEntry, ImportStatus, SheetImport, Verdict  # noqa: PLC0415

    user, content = sheet_imports.officer(), sheet_imports.sheet_of(count)
    before = _facilities()
    taken = sheet_imports.previewed(content, user, f"{time.time_ns()}.xlsx")
    new = taken.lines.filter(verdict=Verdict.NEW).count()
    confirm(taken, mode="good", by=user)
    child, row = work(taken.pk), SheetImport.objects.filter(pk=taken.pk)
    started = time.monotonic()
    while row.get().done_count < count // 2 and child.poll() is None and time.monotonic() - started < LONGEST:
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    died = child.wait()
    half, written = _facilities() - before, taken.lines.exclude(written_at=None).count()
    row.update(claimed_until=None)  # another worker need not wait until the claim of the dead one is over
    finished = work(taken.pk).wait()
    taken.refresh_from_db()
    after = _facilities() - before
    history = AuditEntry.objects.filter(action="facility.import", reason__endswith=f"lần nhập {taken.pk}").count()
    again = sheet_imports.previewed(content, user, "again.xlsx")
    same = again.lines.filter(verdict=Verdict.UNCHANGED).count()
    found = {
        "killed by SIGKILL": died == -signal.SIGKILL,
        f"half-way: {half} facilities, {written} lines marked": 0 < half == written < new,
        f"taken up: {after} of {new} facilities": finished == 0 and after == new and taken.status == ImportStatus.DONE,
        f"history: {history} entries, chain whole": history == new and first_broken_entry() is None,
        f"sent again: {same} of {count} unchanged": same == count,
    }
    for told, is_good in found.items():
        print("ok  " if is_good else "BAD ", told)
    return all(found.values())


def _facilities():
    from beneficiaries.models import Facility  # noqa: PLC0415

    return Facility.objects.count()


if __name__ == "__main__":
    prepare()
    if "--child" in sys.argv:
        from khuyencong.imports.work import run_import

        run_import.call(int(sys.argv[-1]))
    else:
        sys.exit(not main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS))
