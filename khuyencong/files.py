"""Keep uploaded files: checked, hashed, under names of chance, in a folder that no address leads to.

A service that stores files is decorated with `atomic_with_files` in the place of `transaction.atomic`: when it fails,
neither row nor file remains. A process killed between the two leaves a file without a row, which
`manage.py check_files` finds and removes.
"""

import functools
import hashlib
import logging
import re
import secrets
from contextlib import contextmanager
from contextvars import ContextVar
from io import BytesIO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.utils.http import content_disposition_header
from PIL import Image, ImageOps

from khuyencong import virus_scan
from khuyencong.audit import record
from khuyencong.file_kinds import KINDS, ending_of, kind_of
from khuyencong.models import StoredFile
from khuyencong.pictures import redrawn
from khuyencong.text import nfc, quoted

MEGABYTE = 1024 * 1024
LONGEST_NAME = 150
# What the file systems of offices refuse in a name.
UNFIT = re.compile(r'[<>:"|?*]+')
THUMBNAIL = (360, 270)
# Where StoredFile puts its files.
FOLDER = "files"

logger = logging.getLogger(__name__)
_written = ContextVar("written", default=None)


@contextmanager
def _removing_on_failure():
    if _written.get() is not None:  # inside another service, which answers for the files
        with transaction.atomic():
            yield
        return
    written = []
    token = _written.set(written)
    try:
        with transaction.atomic():
            yield
    except BaseException:
        for storage, name in written:
            storage.delete(name)
        raise
    finally:
        _written.reset(token)


def atomic_with_files(service):
    """Decorator: `transaction.atomic` that takes the stored files with it when the service fails."""

    @functools.wraps(service)
    def run(*args, **kwargs):
        with _removing_on_failure():
            return service(*args, **kwargs)

    return run


class _Hashed(File):
    """Hashes what passes through to the storage, so that the hash is that of the bytes written."""

    def __init__(self, upload):
        super().__init__(upload.file, name=upload.name)
        self.digest = hashlib.sha256()
        self.written = 0

    def chunks(self, chunk_size=None):
        self.seek(0)
        while chunk := self.read(chunk_size or self.DEFAULT_CHUNK_SIZE):
            self.digest.update(chunk)
            self.written += len(chunk)
            yield chunk


def store_upload(upload, *, by, limit_megabytes, as_is=False):
    """Check an UploadedFile by its content and keep it; only inside a service `atomic_with_files`.

    Pictures are drawn anew, unless they are kept `as_is` for the portal's own reading and never handed out.
    Raises ValidationError: empty, over `limit_megabytes`, of another kind, damaged, carrying programs, misnamed,
    infected.
    """
    _require_guard()
    name = clean_name(upload.name)
    _check_length(name, upload.size, limit_megabytes)
    kind = kind_of(upload.file, name)
    virus_scan.refuse_infected(upload.file, name)
    if kind.is_image and not as_is:
        upload = redrawn(upload, kind)
    if not ending_of(name):
        name = f"{name}.{kind.endings[0]}"
    return _keep(upload, StoredFile(name=name, content_type=kind.content_type, size=upload.size, uploaded_by=by))


def store_made(content, *, name, content_type, by):
    """Keep bytes that the portal made itself, such as an issued PDF; only inside a service `atomic_with_files`."""
    _require_guard()
    stored = StoredFile(name=clean_name(name), content_type=content_type, size=len(content), uploaded_by=by)
    return _keep(ContentFile(content, name), stored)


def _require_guard():
    if _written.get() is None:
        raise RuntimeError("Files are stored inside @atomic_with_files alone.")


def _keep(upload, stored):
    """Write the file under a name of chance, hashed on its way, and save its row."""
    written = _written.get()
    content = _Hashed(upload)
    # No ending either: whatever serves the folder by mistake has nothing to go by.
    path = stored.file.field.generate_filename(stored, secrets.token_hex(16))
    storage = stored.file.storage
    written.append((storage, path))
    kept = storage.save(path, content)
    written.append((storage, kept))
    stored.file.name = kept
    if content.written != stored.size:
        raise ValidationError(f"Tệp {quoted(stored.name)} tải lên chưa trọn. Tải lại.", code="cut")
    stored.sha256 = content.digest.hexdigest()
    stored.full_clean()
    stored.save()
    return stored


def clean_name(name):
    """The name for display and download: no folder, nothing invisible, no character that Windows refuses, not long."""
    last = re.split(r"[/\\]", name or "")[-1]
    words = UNFIT.sub("-", nfc(last)).strip(" .") or "tep"
    if len(words) <= LONGEST_NAME:
        return words
    ending = f".{ending_of(words)}" if 0 < len(ending_of(words)) <= 5 else ""
    return f"{words[: LONGEST_NAME - len(ending)].rstrip(' .')}{ending}"


def _check_length(name, size, limit_megabytes):
    if not size:
        raise ValidationError(f"Tệp {quoted(name)} rỗng (0 byte). Mở thử trên máy rồi chọn lại đúng tệp.", code="empty")
    if size > limit_megabytes * MEGABYTE:
        raise ValidationError(
            f"Tệp {quoted(name)} nặng {size_in_words(size)}, quá {limit_megabytes} MB. Quét ở 150-200 dpi, giảm cỡ ảnh "
            "hoặc tách thành nhiều tệp rồi tải lại.",
            code="size",
        )


def size_in_words(size):
    """1536 -> "2 KB", 2202009 -> "2,1 MB"; never 0."""
    if size < MEGABYTE:
        return f"{max(1, round(size / 1024))} KB"
    tenths = (size * 10 + MEGABYTE // 2) // MEGABYTE
    return f"{tenths // 10},{tenths % 10} MB" if tenths % 10 else f"{tenths // 10} MB"


# Serve


def serve_file(stored, *, by, about):
    """The file as a download. The caller has checked that the person sees `about`, on whose timeline it is told."""
    stream = _opened(stored)
    record(by, "file.download", "Tải tệp", about, changes=[("Tệp", "", stored.name)])
    response = FileResponse(stream, as_attachment=True, filename=stored.name, content_type=stored.content_type)
    return kept_private(response)


def bytes_of(stored, sha256):
    """All bytes of a stored file; None when they are gone or their hash is another one."""
    try:
        with stored.file.storage.open(stored.file.name) as stream:
            content = stream.read()
    except FileNotFoundError:
        return None
    return content if hashlib.sha256(content).hexdigest() == sha256 else None


def serve_thumbnail(stored):
    """A small copy of a picture, without what the camera wrote into it; 404 for anything else."""
    if not is_image(stored):
        raise Http404("Tệp này không phải ảnh.")
    with _opened(stored) as stream, Image.open(stream, formats=["JPEG", "PNG"]) as image:
        image.draft("RGB", THUMBNAIL)
        small = ImageOps.exif_transpose(image).convert("RGB")
        small.thumbnail(THUMBNAIL)
        written = BytesIO()
        small.save(written, "JPEG", quality=80)
    response = HttpResponse(written.getvalue(), content_type="image/jpeg")
    response["Content-Disposition"] = content_disposition_header(False, f"{stored.sha256[:12]}.jpg")
    return kept_private(response)


def is_image(stored):
    return stored.content_type in {kind.content_type for kind in KINDS if kind.is_image}


def _opened(stored):
    try:
        return stored.file.storage.open(stored.file.name)
    except FileNotFoundError:
        logger.error("Stored file %s (%s) is not in the store.", stored.pk, stored.file.name)
        raise Http404(f"Tệp “{stored.name}” không còn trong kho tệp: báo quản trị viên.") from None


def kept_private(response):
    """The response with headers under which neither browser nor proxy keeps or runs what it holds."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    # Should a browser open it after all, nothing in it runs.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


# Check


def damaged_files():
    """StoredFile rows whose bytes are gone or not those that were stored. Reads every file."""
    return [stored for stored in StoredFile.objects.order_by("pk").iterator() if not _is_whole(stored)]


def _is_whole(stored):
    digest = hashlib.sha256()
    try:
        with stored.file.storage.open(stored.file.name) as stream:
            while chunk := stream.read(MEGABYTE):
                digest.update(chunk)
    except FileNotFoundError:
        return False
    return digest.hexdigest() == stored.sha256


def files_without_rows(*, before):
    """Names in the store that no row knows and that were written before a moment; younger ones may be in the making."""
    storage = StoredFile._meta.get_field("file").storage
    known = set(StoredFile.objects.values_list("file", flat=True))
    return [name for name in _walk(storage, FOLDER) if name not in known and storage.get_modified_time(name) < before]


def _walk(storage, folder):
    try:
        folders, names = storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in sorted(names))
    for inner in sorted(folders):
        yield from _walk(storage, f"{folder}/{inner}")
