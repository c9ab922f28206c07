"""A backup, a restoring and a drill, from beginning to end; backups and drills leave a row (`BackupRun`)."""

import io
import json
import os
import re
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from khuyencong.audit import first_broken_entry
from khuyencong.backups import archive
from khuyencong.backups.archive import FILES, BackupError
from khuyencong.backups.engines import engine
from khuyencong.backups.facts import differences, facts_of, row_count, tables_with_amounts
from khuyencong.files import damaged_files
from khuyencong.models import BackupKind, BackupRun
from khuyencong.table_statistics import take_stock

SETTINGS = "settings.json"
ENDING = ".khuyencong.zip"
# Names in .env.example whose values stay out of an archive: whoever restores brings them along.
SECRETS = re.compile(r"SECRET|PASS|TOKEN|ACCESS_KEY|DATABASE_URL|REPLICA_URL|PKCS11|SIGNING_PKCS12")


# -- backup -----------------------------------------------------------------------------------------------------------


def save(folder, *, keep=None):
    """Make one archive in `folder`, read it again from end to end, and drop older ones beyond `keep`; its BackupRun.

    People may work meanwhile: the database is copied as of one moment, files both before and after, so that none
    that the copy tells of is missing.
    """
    folder = Path(folder)
    with _noted(BackupKind.BACKUP) as run:
        _prepare(folder)
        path = folder / f"khuyencong-{timezone.localtime():%Y%m%d-%H%M%S}{ENDING}"
        unfinished = path.with_suffix(".part")
        try:
            _write(unfinished)
            manifest = archive.checked(unfinished)
            unfinished.chmod(0o600)
            unfinished.rename(path)
        except OSError as error:
            raise BackupError(f"Không ghi được bản sao lưu vào {folder}: {error.strerror}.") from error
        finally:
            unfinished.unlink(missing_ok=True)
        _tell(run, path, manifest)
        dropped = _drop_older(folder, keep)
        run.message = "Đã đọc lại toàn bộ, khớp mã băm." + (f" Đã bỏ {dropped} bản cũ." if dropped else "")
    return run


def _prepare(folder):
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise BackupError(f"Không tạo được thư mục {folder}: {error.strerror}.") from error


def _write(path):
    writer = archive.Writer(path)
    for name in stored_names():
        _add_file(writer, name)
    database = engine()
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        copy = Path(folder) / database.member
        facts = database.copy_to(copy, tables_with_amounts())
        with copy.open("rb") as stream:
            writer.add(database.member, stream)
    for name in stored_names():
        if FILES + name not in writer.members:
            _add_file(writer, name)
    writer.add(SETTINGS, io.BytesIO(json.dumps(plain_settings(), ensure_ascii=False, indent=1).encode()))
    writer.close({"made_at": timezone.localtime().isoformat(timespec="seconds"), "engine": connection.vendor, **facts})


def _add_file(writer, name):
    try:
        stream = default_storage.open(name)
    except FileNotFoundError:  # expired or taken back since the folder was read
        return
    with stream:
        writer.add(FILES + name, stream)


def stored_names(folder=""):
    """The names of all files of the store, whatever kind of store it is."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:  # nothing was stored yet
        return
    for name in sorted(files):
        yield f"{folder}/{name}" if folder else name
    for name in sorted(folders):
        yield from stored_names(f"{folder}/{name}" if folder else name)


def plain_settings():
    """What this portal was set to by its environment: values, and of secrets only that they were set."""
    documented = (settings.BASE_DIR / ".env.example").read_text(encoding="utf-8")
    names = re.findall(r"^#?([A-Z][A-Z0-9_]+)=", documented, re.MULTILINE)
    given = {name: os.environ[name] for name in names if os.environ.get(name)}
    return {
        "values": {name: value for name, value in given.items() if not SECRETS.search(name)},
        "secrets": [name for name in given if SECRETS.search(name)],
    }


def archives(folder):
    """The archives of a folder, oldest first."""
    return sorted(Path(folder).glob(f"khuyencong-*{ENDING}"))


def _drop_older(folder, keep):
    old = archives(folder)[:-keep] if keep else []
    for path in old:
        path.unlink()
    return len(old)


# -- restoring --------------------------------------------------------------------------------------------------------


def bring_back(path):
    """Restore an archive into this portal's empty database and store; what was checked, as a dict for people.

    {"made_at", "rows", "files", "faults": [sentences], "pending": whether migrations are to be run, "secrets"}
    """
    manifest = archive.checked(path)
    _refuse_unfit(manifest)
    database = engine()
    with archive.opened(path) as whole, tempfile.TemporaryDirectory(dir=settings.VAR_DIR) as folder:
        whole.extract(database.member, folder)
        database.bring_back(Path(folder) / database.member)
        take_stock()
        names = [name for name in manifest["members"] if name.startswith(FILES)]
        faults = [fault for name in names if (fault := _bring_back_file(whole, name))]
        told = json.loads(whole.read(SETTINGS))
    pending = sorted(map(tuple, manifest["migrations"])) != _known_migrations()
    return {
        "made_at": manifest["made_at"],
        "rows": row_count(manifest),
        "files": len(names),
        "faults": faults + _faults(manifest, pending),
        "pending": pending,
        "settings": told["values"],
        "secrets": told["secrets"],
    }


def _bring_back_file(whole, name):
    """Put one file back into the store; what went wrong, or None."""
    wanted = name.removeprefix(FILES)
    with whole.open(name) as stream:
        kept = default_storage.save(wanted, File(stream))
    return None if kept == wanted else f"Tệp {wanted} không giữ được tên."


def _refuse_unfit(manifest):
    if manifest["engine"] != connection.vendor:
        raise BackupError(
            f"Bản sao lưu của {manifest['engine']}, cổng này dùng {connection.vendor}; đặt lại DATABASE_URL."
        )
    newer = set(map(tuple, manifest["migrations"])) - set(_known_migrations())
    if newer:
        raise BackupError("Bản sao lưu do phiên bản mới hơn của cổng lập ra. Cài phiên bản ấy rồi khôi phục.")
    if connection.introspection.table_names():
        raise BackupError("Cơ sở dữ liệu đích không trống. Khôi phục vào cơ sở dữ liệu mới, rồi chuyển cổng sang đó.")
    if next(stored_names(), None):
        raise BackupError(f"Kho tệp {_store_name()} không trống. Khôi phục vào thư mục mới, hoặc S3_PREFIX mới.")


def _store_name():
    if not settings.S3_BUCKET:
        return settings.MEDIA_ROOT
    return f"{settings.S3_BUCKET}/{settings.S3_STORE['OPTIONS']['location']}"


def _known_migrations():
    return sorted(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def _faults(manifest, pending):
    """Sentences: what is not as the archive says; of an older version, what can be asked before it is migrated."""
    tables = {table: list(facts["sums"]) for table, facts in manifest["tables"].items()}
    with connection.cursor() as cursor:

        def ask(query):
            cursor.execute(query)
            return cursor.fetchall()

        faults = differences(manifest, facts_of(ask, tables))
    if pending:
        return faults
    if broken := first_broken_entry():
        faults.append(f"Dấu vết không khớp từ dòng {broken.pk}.")
    return faults + [f"Tệp {stored.file.name} mất hoặc bị thay đổi." for stored in damaged_files()]


# -- drill ------------------------------------------------------------------------------------------------------------


def drill(path):
    """Restore an archive aside, compare it with its manifest, throw it away; the BackupRun of the drill.

    A process of its own does it, set up for the place aside: exactly what a person would run after a fire.
    """
    path = Path(path)
    with _noted(BackupKind.DRILL) as run:
        manifest = archive.checked(path)
        _tell(run, path, manifest)
        with (
            tempfile.TemporaryDirectory(dir=settings.VAR_DIR, prefix="dien-tap-") as folder,
            engine().aside(Path(folder)) as address,
        ):
            result = _bring_back_aside(path, Path(folder), address)
        if result["faults"]:
            raise BackupError(" ".join(result["faults"]))
        run.message = f"Bản sao lưu lập {result['made_at']}: số dòng, tổng tiền, mã băm của tệp và dấu vết đều khớp."
    return run


def _bring_back_aside(path, folder, address):
    report = folder / "report.json"
    environment = os.environ | {
        "VAR_DIR": str(folder), "MEDIA_ROOT": str(folder / "media"), "DATABASE_URL": address,
        # Into a folder, whatever store the portal has, and without its replica or the files of its secrets.
        "S3_BUCKET": "", "REPLICA_URL": "", "REPLICA_URL_FILE": "", "CREDENTIALS_DIRECTORY": "",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "manage.py", "restore", str(path.resolve()), "--report", str(report)],
        cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if not report.exists():
        raise BackupError(f"Không khôi phục được bản sao lưu: {done.stderr.strip()[-500:]}")
    return json.loads(report.read_text(encoding="utf-8"))


# -- the row of a run -------------------------------------------------------------------------------------------------


@contextmanager
def _noted(kind):
    """The row of a run, told its end whatever that is; a run killed half-way stays without one."""
    run = BackupRun.objects.create(kind=kind)
    try:
        yield run
    except BaseException as error:
        run.succeeded = False
        run.message = str(error) if isinstance(error, BackupError) else "Bị ngắt giữa chừng."
        raise
    else:
        run.succeeded = True
    finally:
        run.finished_at = timezone.now()
        run.save()


def _tell(run, path, manifest):
    run.archive, run.size, run.sha256 = path.name, path.stat().st_size, archive.sha256_of(path)
    run.row_count = row_count(manifest)
    run.file_count = sum(name.startswith(FILES) for name in manifest["members"])
