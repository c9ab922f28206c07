"""The archive: a ZIP of the database, the files and the settings, and a manifest with the hash of each.

The manifest is written last, so that an archive cut short has none; ZIP's own checksums find a changed byte,
the manifest finds a member that was exchanged, added or taken away.
"""

import hashlib
import json
import zipfile
from contextlib import contextmanager

MANIFEST = "manifest.json"
FILES = "files/"
LAYOUT = 1
CHUNK = 1024 * 1024
# Of what the database gives: SQLite's pages shrink, PostgreSQL's own format is compressed already.
COMPRESSION = {"database.sqlite3": zipfile.ZIP_DEFLATED}


class BackupError(Exception):
    """What hinders a backup, a restoring or a drill, as a sentence in Vietnamese."""


class Writer:
    """Members one after another, hashed as they pass."""

    def __init__(self, path):
        self.zip = zipfile.ZipFile(path, "w", allowZip64=True)
        self.members = {}

    def add(self, name, stream):
        """Copy a stream of bytes into the archive under `name`."""
        digest, size = hashlib.sha256(), 0
        member = zipfile.ZipInfo(name)
        member.compress_type = COMPRESSION.get(name, zipfile.ZIP_STORED)
        with self.zip.open(member, "w", force_zip64=True) as target:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                target.write(chunk)
        self.members[name] = {"size": size, "sha256": digest.hexdigest()}

    def close(self, facts):
        """Write the manifest, with `facts` (JSON-able) in it, and end the archive."""
        manifest = {"layout": LAYOUT, **facts, "members": self.members}
        self.zip.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
        self.zip.close()


@contextmanager
def opened(path):
    """The archive for reading; what is no whole ZIP is refused."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except FileNotFoundError:
        raise BackupError(f"Không có tệp {path}.") from None
    except (zipfile.BadZipFile, EOFError, zipfile.zlib.error):
        raise BackupError(
            f"Tệp {path} bị cắt cụt hoặc đã bị thay đổi, không dùng được. Dùng bản sao lưu khác."
        ) from None


def checked(path):
    """The manifest of an archive of which every byte was read and agrees with it. Raises BackupError."""
    with opened(path) as archive:
        names = archive.namelist()
        if MANIFEST not in names:
            raise BackupError(f"Tệp {path} không phải bản sao lưu của cổng, hoặc bị cắt cụt.")
        manifest = json.loads(archive.read(MANIFEST))
        if manifest.get("layout") != LAYOUT:
            raise BackupError(f"Tệp {path} do phiên bản khác của cổng lập ra; khôi phục bằng đúng phiên bản ấy.")
        wanted = manifest["members"]
        strange = {*names} - {*wanted, MANIFEST} or {*wanted} - {*names}
        if strange or len(names) != len({*names}):
            raise BackupError(f"Tệp {path} đã bị thay đổi: thừa hoặc thiếu {', '.join(sorted(strange)) or 'một phần'}.")
        for name, member in wanted.items():
            if hash_of(archive, name) != member["sha256"]:
                raise BackupError(f"Tệp {path} đã bị thay đổi: {name} không khớp mã băm trong bản kê.")
    return manifest


def hash_of(archive, name):
    digest = hashlib.sha256()
    with archive.open(name) as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def sha256_of(path):
    """SHA-256 of a whole file, to be noted on paper or kept elsewhere."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
