"""Uploads: what is taken, what is refused and how, what remains after a failure, how a file leaves again."""

import hashlib
import os
import re
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.management import CommandError, call_command
from django.db import transaction
from django.http import Http404
from PIL import Image, ImageFile

from khuyencong import file_kinds
from khuyencong.files import (
    LONGEST_NAME,
    atomic_with_files,
    clean_name,
    serve_file,
    serve_thumbnail,
    size_in_words,
    store_upload,
)
from khuyencong.models import AuditEntry, StoredFile
from tests.factories import UserFactory
from tests.khuyencong import uploads
from tests.khuyencong.uploads import PDF, archive, docx, picture, types, upload, xlsx

PLAIN_DOCX = docx()


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture(autouse=True)
def _as_the_pdf_engine_leaves_it(monkeypatch):
    """Once it is imported, Pillow takes pictures that are cut."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)


@pytest.fixture
def person(db):
    return UserFactory()


@atomic_with_files
def keep(taken, person, limit=20):
    return store_upload(taken, by=person, limit_megabytes=limit)


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("quyet-dinh.pdf", PDF, "application/pdf"),
        ("anh.png", picture("PNG"), "image/png"),
        ("bien-ban.docx", PLAIN_DOCX, file_kinds.DOCX.content_type),
        ("luu-tren-mang.docx", docx(main="word/document2.xml"), file_kinds.DOCX.content_type),
        ("bang-ke.xlsx", xlsx(), file_kinds.XLSX.content_type),
    ],
)
def test_sound_file_is_kept_under_a_name_of_chance(person, media, name, content, content_type):
    stored = keep(upload(content, name), person)

    [path] = files_in(media)
    assert path.read_bytes() == content
    assert re.fullmatch("[0-9a-f]{32}", path.name)
    assert (stored.name, stored.content_type, stored.size) == (name, content_type, len(content))
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert stored.uploaded_by == person


def test_photograph_is_kept_drawn_anew(person, media):
    content = picture() + b"<?php"
    stored = keep(upload(content, "ANH 1.JPEG"), person)

    [path] = files_in(media)
    kept = path.read_bytes()
    assert (stored.name, stored.content_type, stored.size) == ("ANH 1.JPEG", "image/jpeg", len(kept))
    assert stored.sha256 == hashlib.sha256(kept).hexdigest()
    assert b"<?php" not in kept


def test_large_upload_from_the_disk_is_kept(person, media):
    content = PDF[:20] + b"\n" * 3_000_000 + PDF[20:]
    taken = TemporaryUploadedFile("quet.pdf", "application/pdf", len(content), None)
    taken.write(content)

    stored = keep(taken, person)

    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert files_in(media)[0].stat().st_size == len(content)


REFUSED = [
    ("rong.pdf", b"", "rỗng (0 byte)"),
    ("trang.pdf", b"<!DOCTYPE html><script>alert(1)</script>", "trang web hoặc hình vẽ"),
    ("trang.pdf", b"\xef\xbb\xbf  \n<html>", "trang web hoặc hình vẽ"),
    ("hinh.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "trang web hoặc hình vẽ"),
    ("chuong-trinh.pdf", b"MZ\x90\x00" + b"\0" * 100, "không phải PDF, JPG, PNG, DOCX, XLSX"),
    ("sau.pdf", b"xx" + PDF, "không phải PDF"),
    ("cat.pdf", PDF[:40], "PDF bị cắt"),
    ("la.pdf", b"%PDF-x" + PDF, "phần đầu của PDF"),
    ("quyet-dinh.docx", PDF, "nội dung là PDF"),
    ("quyet-dinh.pdf.exe", PDF, "đổi đuôi thành “.pdf”"),
    ("anh.png", picture(), "nội dung là ảnh JPG"),
    ("cat.jpg", picture(size=(640, 480))[:900], "ảnh hỏng hoặc bị cắt"),
    ("cat.png", picture("PNG")[:-30], "ảnh hỏng hoặc bị cắt"),
    ("gia.jpg", b"\xff\xd8\xff\xe0<script>", "ảnh hỏng"),
    ("anh.heic", b"\0\0\0\x18ftypheic" + b"\0" * 50, "HEIC"),
    ("anh.gif", picture("GIF"), "JPG hoặc PNG"),
    ("cu.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "kiểu cũ"),
    ("nen.zip", archive({"a.txt": "a"}), "Giải nén"),
    ("nen.docx", archive({"a.txt": "a"}), "Giải nén"),
    ("macro.docx", docx(uploads.MACRO_WORD), "macro"),
    ("macro.docm", docx(uploads.MACRO_WORD), "macro"),
    ("macro.docx", docx(word__vbaProject_bin=b"x", **{"word__vbaProject.bin": b"x"}), "macro"),
    ("macro.docx", docx(uploads.WORD, "application/vnd.ms-office.vbaProject"), "macro"),
    (
        "macro.xlsm",
        archive({"[Content_Types].xml": types(uploads.MACRO_SHEET), "xl/workbook.xml": "<x/>"}),
        "macro",
    ),
    (
        "an.docx",
        archive({"[Content_Types].xml": types(uploads.MACRO_WORD).decode().encode("utf-16"), "word/document.xml": ""}),
        "macro",
    ),
    (
        "thuc-the.docx",
        archive(
            {
                "[Content_Types].xml": b'<!DOCTYPE T [<!ENTITY a "b">]>' + types(uploads.WORD)[21:],
                "word/document.xml": "",
            }
        ),
        "hỏng",
    ),
    ("mau.docx", docx("application/x-other"), "hỏng"),
    ("ngoai.docx", docx(**{"..__..__etc__cron": "x"}), "phần lạ"),
    ("cat.docx", PLAIN_DOCX[:-40], "tệp nén hoặc bị hỏng"),
    ("dai.docx", uploads.lying_directory(), "bên trong quá lớn"),
]


@pytest.mark.parametrize(("name", "content", "told"), REFUSED, ids=[f"{n}-{row[0]}" for n, row in enumerate(REFUSED)])
def test_other_content_is_refused_with_what_to_do(person, media, name, content, told):
    with pytest.raises(ValidationError) as refusal:
        keep(upload(content, name), person)

    assert told in refusal.value.messages[0]
    assert files_in(media) == []
    assert not StoredFile.objects.exists()


def test_bombs_are_refused_before_they_unpack(person, monkeypatch):
    monkeypatch.setattr(file_kinds, "MOST_UNPACKED", 1024 * 1024)
    monkeypatch.setattr(file_kinds, "MOST_ENTRIES", 50)
    many = docx(**{f"word__part{number}.xml": "" for number in range(60)})
    for content in (docx(**{"word__big.xml": b"\0" * 2_000_000}), many):
        with pytest.raises(ValidationError, match="bên trong quá lớn"):
            keep(upload(content, "bom.docx"), person)


def test_part_that_lies_about_its_length_is_refused(person):
    content = bytearray(docx(**{"word__big.xml": b"\0" * 500_000}))
    at = content.rfind(b"word/big.xml") - 46
    content[at + 24 : at + 28] = (5).to_bytes(4, "little")

    with pytest.raises(ValidationError, match="hỏng"):
        keep(upload(bytes(content), "bom.docx"), person)


@pytest.mark.parametrize("size", [(6001, 6000), (20_001, 2)])
def test_huge_picture_is_refused_by_its_head(person, size):
    written = BytesIO()
    Image.new("1", size).save(written, "PNG")

    with pytest.raises(ValidationError, match="quá lớn"):
        keep(upload(written.getvalue(), "anh.png"), person)


def test_limit_is_told_in_megabytes(person):
    with pytest.raises(ValidationError, match=r"nặng 1,4 MB, quá 1 MB"):
        keep(upload(PDF[:20] + b"\n" * 1_500_000 + PDF[20:]), person, limit=1)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\lan\\Quyết định.pdf", "Quyết định.pdf"),
        ("a\x00b\r\nc\u202efdp.pdf", "ab cfdp.pdf"),
        ('bảng "kê": 1|2?.pdf', "bảng -kê- 1-2-.pdf"),
        ("...", "tep"),
        ("", "tep"),
        (f"{'ấ' * 300}.pdf", f"{'ấ' * (LONGEST_NAME - 4)}.pdf"),
    ],
)
def test_name_keeps_no_path_and_nothing_invisible(given, kept):
    assert clean_name(given) == kept


def test_name_without_an_ending_gets_that_of_its_content(person):
    assert keep(upload(name="quyet dinh"), person).name == "quyet dinh.pdf"


def test_failure_after_storing_leaves_nothing(person, media):
    @atomic_with_files
    def two(person):
        keep(upload(), person)
        keep(upload(b"xx"), person)

    with pytest.raises(ValidationError):
        two(person)

    assert files_in(media) == []
    assert not StoredFile.objects.exists()


def test_full_disk_leaves_nothing(person, media, monkeypatch):
    def fail(*args, **kwargs):
        raise OSError("No space left on device")

    monkeypatch.setattr(StoredFile, "save", fail)
    with pytest.raises(OSError, match="No space"):
        keep(upload(), person)

    assert files_in(media) == []


def test_storing_outside_a_service_is_a_mistake_of_the_programmer(person):
    with pytest.raises(RuntimeError), transaction.atomic():
        store_upload(upload(), by=person, limit_megabytes=20)


def test_file_leaves_as_a_download_that_is_told(person):
    stored = keep(upload(name="Quyết định số 10.pdf"), person)

    response = serve_file(stored, by=person, about=person.organisation)

    assert response.getvalue() == PDF
    response.file_to_stream.close()
    assert response["Content-Type"] == "application/pdf"
    assert (
        response["Content-Disposition"]
        == "attachment; filename*=utf-8''Quy%E1%BA%BFt%20%C4%91%E1%BB%8Bnh%20s%E1%BB%91%2010.pdf"
    )
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    assert "sandbox" in response["Content-Security-Policy"]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.changes) == (
        "file.download",
        person,
        [["Tệp", "", "Quyết định số 10.pdf"]],
    )
    assert not AuditEntry.objects.of_changes().exists()


def test_file_that_is_gone_is_told_and_not_audited(person, caplog):
    stored = keep(upload(), person)
    default_storage.delete(stored.file.name)

    with pytest.raises(Http404, match="không còn trong kho tệp"):
        serve_file(stored, by=person, about=person.organisation)

    assert not AuditEntry.objects.exists()
    assert "is not in the store" in caplog.text


def test_thumbnail_is_small_and_only_of_pictures(person):
    photo = keep(upload(picture(size=(2000, 1000)), "anh.jpg"), person)

    response = serve_thumbnail(photo)

    with Image.open(BytesIO(response.content)) as image:
        assert (image.format, image.size) == ("JPEG", (360, 180))
    with pytest.raises(Http404):
        serve_thumbnail(keep(upload(), person))


@pytest.mark.parametrize(("size", "words"), [(1, "1 KB"), (1536, "2 KB"), (1024 * 1024, "1 MB"), (2_202_010, "2,1 MB")])
def test_size_is_told_in_words(size, words):
    assert size_in_words(size) == words


def test_store_is_checked_and_cleaned(person, media, capsys):
    whole, altered, lost = (keep(upload(PDF + b" " * number), person) for number in range(3))
    (media / altered.file.name).write_bytes(b"khac")
    default_storage.delete(lost.file.name)
    spare, fresh = media / "files/2020/01/thua", media / "files/2026/11/dang-ghi"
    for path in (spare, fresh):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    os.utime(spare, (0, 0))

    with pytest.raises(CommandError, match="2 tệp mất hoặc bị thay đổi"):
        call_command("check_files", "--clean")

    told = capsys.readouterr().out
    assert "Đã xóa tệp thừa: files/2020/01/thua" in told
    assert (altered.file.name in told, lost.file.name in told, whole.file.name in told) == (True, True, False)
    assert (spare.exists(), fresh.exists()) == (False, True)


def test_whole_store_is_told(person, capsys):
    keep(upload(), person)
    call_command("check_files")

    assert capsys.readouterr().out == "1 tệp nguyên vẹn, 0 tệp thừa.\n"
