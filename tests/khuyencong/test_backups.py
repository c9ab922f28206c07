"""Backups: whole, refused when touched, brought back aside with the same rows, sums, files and trail."""

import hashlib
import json
import os
import zipfile
from datetime import timedelta
from types import SimpleNamespace

import dj_database_url
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db.backends.postgresql.base import DatabaseWrapper
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from khuyencong.backups import BackupError, archive, bring_back, drill, engines, save
from khuyencong.backups.engines import Postgresql, engine
from khuyencong.backups.facts import differences, facts_of
from khuyencong.backups.runs import archives, plain_settings
from khuyencong.models import BackupKind, BackupRun, Role
from tests import stories
from tests.factories import StoredFileFactory, UserFactory
from tests.khuyencong.uploads import PDF


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.VAR_DIR = tmp_path


@pytest.fixture(scope="module")
def whole(tmp_path_factory, django_db_setup, django_db_blocker):
    """An archive of the portal as the migrations left it, with one file."""
    folder = tmp_path_factory.mktemp("backup")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=folder / "media"):
        default_storage.save("files/a.pdf", ContentFile(PDF))
        save(folder)
        BackupRun.objects.all().delete()
    return archives(folder)[0]


def rewritten(path, target, *, change=None, manifest=None, add=None):
    """A copy of an archive with whole checksums of its own: one member changed, the manifest changed, one added."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == change:
                content = content[:-1] + bytes([content[-1] ^ 1])
            if name == archive.MANIFEST and manifest:
                content = json.dumps(json.loads(content) | manifest)
            new.writestr(name, content)
        if add:
            new.writestr(add, b"x")
    return target


@pytest.mark.django_db(transaction=True)
def test_backup_of_a_working_portal_passes_its_drill(tmp_path, monkeypatch):
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE")  # the place aside is a portal, not a suite
    stories.approved_project(stories.make_house())
    StoredFileFactory(file=ContentFile(PDF, "quyet-dinh.pdf"), sha256=hashlib.sha256(PDF).hexdigest())
    saved = save(tmp_path / "backups")
    done = drill(tmp_path / "backups" / saved.archive)
    assert (saved.succeeded, saved.file_count, saved.sha256) == (True, 1, done.sha256)
    assert (done.kind, done.succeeded, done.row_count) == (BackupKind.DRILL, True, saved.row_count)
    assert "đều khớp" in done.message
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("dien-tap")] == []


@pytest.mark.django_db(transaction=True)
def test_file_stored_while_the_backup_runs_is_in_it(tmp_path, monkeypatch):
    kind = type(engine())
    copy_to = kind.copy_to

    def meanwhile(self, path, tables):
        default_storage.save("files/late.pdf", ContentFile(PDF))
        return copy_to(self, path, tables)

    monkeypatch.setattr(kind, "copy_to", meanwhile)
    run = save(tmp_path)
    assert "files/files/late.pdf" in archive.checked(tmp_path / run.archive)["members"]


@pytest.mark.every_database
def test_programs_of_the_database_show_the_certificate_that_the_portal_shows(monkeypatch):
    query = "sslmode=verify-full&sslrootcert=%2Fe%2Fca.pem&sslcert=%2Fe%2Fnut.pem&sslkey=%2Fe%2Fnut.key"
    given = dj_database_url.parse(f"postgres://khuyencong@10.0.0.11:5432/khuyencong?{query}")
    node = DatabaseWrapper(given | {"TIME_ZONE": None})
    asked = []

    def run(command, *, env, **_how):
        asked.append(env)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(engines, "connection", node)
    monkeypatch.setattr(engines.subprocess, "run", run)
    Postgresql()._run("pg_dump")
    [environment] = asked
    assert (environment["PGSSLCERT"], environment["PGSSLKEY"]) == ("/e/nut.pem", "/e/nut.key")
    assert Postgresql()._address("dien_tap") == f"postgres://khuyencong@10.0.0.11:5432/dien_tap?{query}"


@pytest.mark.parametrize("kept", [0, 1000, 0.5, -1])
def test_archive_cut_short_is_refused(whole, tmp_path, kept):
    content = whole.read_bytes()
    size = int(len(content) * kept) if isinstance(kept, float) else kept
    (tmp_path / "cut.zip").write_bytes(content[:size])
    with pytest.raises(BackupError, match="bị cắt cụt"):
        archive.checked(tmp_path / "cut.zip")


@pytest.mark.every_database
@pytest.mark.parametrize("member", ["files/files/a.pdf", "settings.json", "database"])
def test_exchanged_member_is_refused_and_named(whole, tmp_path, member):
    name = engine().member if member == "database" else member
    with pytest.raises(BackupError, match=f"{name} không khớp mã băm"):
        archive.checked(rewritten(whole, tmp_path / "other.zip", change=name))


@pytest.mark.every_database
def test_flipped_byte_is_refused(whole, tmp_path):
    content = bytearray(whole.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "flipped.zip").write_bytes(content)
    with pytest.raises(BackupError, match="đã bị thay đổi"):
        archive.checked(tmp_path / "flipped.zip")


@pytest.mark.every_database
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"add": "files/../../evil"}, "thừa hoặc thiếu files/../../evil"),
        ({"manifest": {"members": {}}}, "thừa hoặc thiếu"),
        ({"manifest": {"layout": 99}}, "phiên bản khác"),
    ],
)
def test_archive_of_another_making_is_refused(whole, tmp_path, changes, words):
    with pytest.raises(BackupError, match=words):
        archive.checked(rewritten(whole, tmp_path / "other.zip", **changes))


@pytest.mark.every_database
def test_plain_zip_and_missing_file_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "plain.zip", "w") as plain:
        plain.writestr("a.txt", "a")
    with pytest.raises(BackupError, match="không phải bản sao lưu"):
        archive.checked(tmp_path / "plain.zip")
    with pytest.raises(BackupError, match="Không có tệp"):
        archive.checked(tmp_path / "none.zip")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ({}, "Cơ sở dữ liệu đích không trống"),
        ({"engine": "oracle"}, "Bản sao lưu của oracle"),
        ({"migrations": [["khuyencong", "9999_later"]]}, "phiên bản mới hơn"),
    ],
)
def test_restore_refuses_a_place_that_is_not_for_it(whole, tmp_path, manifest, words):
    path = rewritten(whole, tmp_path / "other.zip", manifest=manifest)
    with pytest.raises(BackupError, match=words):
        bring_back(path)


@pytest.mark.every_database
def test_differences_name_table_and_figures():
    wanted = {
        "tables": {"t": {"rows": 2, "sums": {"paid": 5}}}, "audit": [[7, "abc"]], "migrations": [["a", "1"]],
    }  # fmt: skip
    answers = iter([[(1, 4)], [(6, "abb")], [("a", "2")]])
    assert differences(wanted, facts_of(lambda query: next(answers), {"t": ["paid"]})) == [
        "Bảng t: 1 dòng, bản sao lưu ghi 2.",
        "Bảng t, tổng cột paid: 4, bản sao lưu ghi 5.",
        "Dòng cuối của dấu vết không phải dòng cuối lúc sao lưu.",
        "Danh sách bước nâng cấp cơ sở dữ liệu khác lúc sao lưu.",
    ]
    same = iter([[(2, 5)], [(7, "abc")], [("a", "1")]])
    assert differences(wanted, facts_of(lambda query: next(same), {"t": ["paid"]})) == []


@pytest.mark.django_db
def test_failed_run_says_why_and_command_ends_with_it(tmp_path):
    (tmp_path / "no-folder").write_text("a file")
    with pytest.raises(CommandError, match="Không tạo được thư mục"):
        call_command("backup", tmp_path / "no-folder" / "backups")
    run = BackupRun.objects.get()
    assert (run.succeeded, run.archive) == (False, "")
    assert "Không tạo được thư mục" in run.message


@pytest.mark.django_db
def test_drill_without_a_backup_says_what_to_do(settings, tmp_path):
    settings.BACKUP_DIR = tmp_path
    with pytest.raises(CommandError, match="Chạy manage.py backup trước"):
        call_command("drill")


@pytest.mark.django_db
def test_drill_of_a_damaged_archive_fails_and_is_noted(tmp_path):
    (tmp_path / "cut.zip").write_bytes(b"PK")
    with pytest.raises(BackupError, match="cắt cụt"):
        drill(tmp_path / "cut.zip")
    assert BackupRun.objects.get().succeeded is False


@pytest.mark.django_db(transaction=True)
def test_only_the_newest_archives_are_kept(tmp_path):
    older = [tmp_path / f"khuyencong-2026010{day}-000000.khuyencong.zip" for day in (1, 2)]
    for path in older:
        path.write_bytes(b"old")
    run = save(tmp_path, keep=2)
    assert [path.name for path in archives(tmp_path)] == [older[1].name, run.archive]
    assert "Đã bỏ 1 bản cũ" in run.message
    assert os.stat(tmp_path / run.archive).st_mode & 0o777 == 0o600


def test_settings_in_the_archive_hold_no_secret(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "rất bí mật")
    monkeypatch.setenv("SIGNING_PASSPHRASE", "mở khóa")
    hidden = ("REPLICA_URL", "S3_ACCESS_KEY", "S3_SECRET_KEY", "METRICS_TOKEN")
    for name in hidden:
        monkeypatch.setenv(name, f"bí mật của {name}")
    monkeypatch.setenv("PUBLIC_ADDRESS", "https://khuyencong.example.vn")
    told = plain_settings()
    assert told["values"]["PUBLIC_ADDRESS"] == "https://khuyencong.example.vn"
    assert {"SECRET_KEY", "SIGNING_PASSPHRASE", *hidden} <= {*told["secrets"]}
    assert "bí mật" not in json.dumps(told, ensure_ascii=False)
    assert "mở khóa" not in json.dumps(told, ensure_ascii=False)


@pytest.mark.django_db
@pytest.mark.parametrize(("age", "words"), [(1, "Còn trong hạn 2 ngày"), (3, "Quá hạn: cần một lần trong 2 ngày")])
def test_page_tells_whether_the_backup_is_due(client, age, words):
    client.force_login(UserFactory(role=Role.ADMIN))
    run = BackupRun.objects.create(kind=BackupKind.BACKUP, succeeded=True, finished_at=timezone.now(), archive="a.zip")
    BackupRun.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(days=age))
    page = client.get(reverse("operations")).content.decode()
    assert words in page
    assert "Chưa có lần nào" in page  # of a drill
