"""The same portal on an S3-compatible store: an offline one on 127.0.0.1, and one that is gone."""

import hashlib
import logging
import socket
from datetime import timedelta

import boto3
import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone
from moto.server import ThreadedMotoServer

from khuyencong import checks
from khuyencong.backups import BackupError, archive, drill, save
from khuyencong.backups.runs import _bring_back_file, archives, stored_names
from khuyencong.files import (
    atomic_with_files,
    bytes_of,
    damaged_files,
    files_without_rows,
    serve_file,
    serve_thumbnail,
    store_made,
    store_upload,
)
from khuyencong.models import AuditEntry, Job, JobStatus, StoredFile
from khuyencong.store_check import StoreGoneError, has_store, store_fault
from reports.jobs import run_export
from tests.factories import UserFactory
from tests.khuyencong.uploads import PDF, picture, upload

BUCKET = "khuyencong"
EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"


def use(settings, address, **options):
    """Point the portal at a store, as the environment would."""
    settings.S3_BUCKET = BUCKET
    given = {"endpoint_url": address, "access_key": "ai-do", "secret_key": "bi-mat", "location": "tinh-a"}
    kept = settings.S3_STORE["OPTIONS"] | {"bucket_name": BUCKET} | given | options
    settings.STORAGES = settings.STORAGES | {"default": settings.S3_STORE | {"OPTIONS": kept}}


@pytest.fixture(scope="module")
def server():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line a request
    served = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    served.start()
    yield "http://{}:{}".format(*served.get_host_and_port())
    served.stop()


@pytest.fixture
def bucket(server, settings):
    """The client of whoever runs the store, to look behind the portal's back."""
    client = boto3.client(
        "s3", endpoint_url=server, region_name="us-east-1", aws_access_key_id="chu", aws_secret_access_key="kho"
    )
    client.create_bucket(Bucket=BUCKET)
    use(settings, server)
    yield client
    for entry in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=entry["Key"])
    client.delete_bucket(Bucket=BUCKET)


@pytest.fixture
def gone(settings):
    """A port of this machine at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    use(settings, f"http://127.0.0.1:{port}", client_config=None)


def keys(client):
    return [entry["Key"] for entry in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


@atomic_with_files
def keep(taken, person):
    return store_upload(taken, by=person, limit_megabytes=20)


@pytest.mark.django_db
def test_upload_is_kept_private_and_leaves_through_the_portal_alone(bucket):
    person = UserFactory()
    stored = keep(upload(PDF, "Quyết định.pdf"), person)
    assert keys(bucket) == [f"tinh-a/{stored.file.name}"]
    assert stored.sha256 == hashlib.sha256(PDF).hexdigest()
    grants = bucket.get_object_acl(Bucket=BUCKET, Key=keys(bucket)[0])["Grants"]
    assert [grant for grant in grants if grant["Grantee"].get("URI") == EVERYBODY] == []
    with pytest.raises(NotImplementedError):
        stored.file.url  # noqa: B018
    answer = serve_file(stored, by=person, about=person)
    assert b"".join(answer.streaming_content) == PDF
    answer.file_to_stream.close()
    assert answer["Content-Length"] == str(len(PDF))
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "private, no-store")
    assert AuditEntry.objects.filter(action="file.download").count() == 1


@pytest.mark.django_db
def test_pictures_are_drawn_anew_and_shown_small(bucket):
    stored = keep(upload(picture(size=(900, 600)), "anh.jpg"), UserFactory())
    assert bytes_of(stored, stored.sha256) is not None
    assert serve_thumbnail(stored).content[:3] == b"\xff\xd8\xff"


@pytest.mark.django_db
def test_service_that_fails_leaves_no_object(bucket):
    person = UserFactory()

    @atomic_with_files
    def fails():
        store_upload(upload(PDF, "a.pdf"), by=person, limit_megabytes=20)
        raise ValidationError("Không được.")

    with pytest.raises(ValidationError):
        fails()
    assert (keys(bucket), StoredFile.objects.count()) == ([], 0)


@pytest.mark.django_db
def test_issued_bytes_that_were_changed_in_the_bucket_are_found(bucket):
    made = atomic_with_files(store_made)(PDF, name="bb.pdf", content_type="application/pdf", by=UserFactory())
    assert (bytes_of(made, made.sha256), damaged_files()) == (PDF, [])
    bucket.put_object(Bucket=BUCKET, Key=keys(bucket)[0], Body=PDF + b" ")
    assert (bytes_of(made, made.sha256), damaged_files()) == (None, [made])
    bucket.delete_object(Bucket=BUCKET, Key=keys(bucket)[0])
    assert (bytes_of(made, made.sha256), damaged_files()) == (None, [made])
    bucket.put_object(Bucket=BUCKET, Key="tinh-a/files/thua", Body=b"x")
    assert files_without_rows(before=timezone.now() + timedelta(hours=1)) == ["files/thua"]


@pytest.mark.django_db
def test_export_of_the_worker_is_fetched_from_the_store(bucket, client):
    person = UserFactory()
    job = Job.objects.create(
        task=run_export.module_path, kind="facilities", title="Cơ sở", params={"query": ""}, requested_by=person
    )
    run_export.func(job.pk)
    job.refresh_from_db()
    assert (job.status, keys(bucket)) == (JobStatus.DONE, [f"tinh-a/{job.file.name}"])
    client.force_login(person)
    answer = client.get(reverse("job_file", args=[job.pk]))
    assert b"".join(answer.streaming_content)[:2] == b"PK"


@pytest.mark.django_db(transaction=True)
def test_backup_holds_the_files_of_the_bucket_and_brings_them_back(bucket, settings, tmp_path):
    keep(upload(PDF, "a.pdf"), UserFactory())
    name = next(stored_names())
    saved = save(tmp_path)
    assert (saved.succeeded, saved.file_count) == (True, 1)
    [path] = archives(tmp_path)
    use(settings, settings.STORAGES["default"]["OPTIONS"]["endpoint_url"], location="tinh-b")
    assert list(stored_names()) == []
    with archive.opened(path) as whole:
        assert _bring_back_file(whole, f"files/{name}") is None
    with default_storage.open(name) as stream:
        assert stream.read() == PDF


@pytest.mark.django_db(transaction=True)
def test_drill_reads_every_file_that_came_out_of_the_bucket(bucket, tmp_path, monkeypatch):
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE")  # the place aside is a portal, not a suite
    person = UserFactory()
    keep(upload(PDF, "a.pdf"), person)
    lost = keep(upload(PDF, "b.pdf"), person)
    bucket.delete_object(Bucket=BUCKET, Key=f"tinh-a/{lost.file.name}")
    assert save(tmp_path).file_count == 1
    with pytest.raises(BackupError, match=rf"^Tệp {lost.file.name} mất hoặc bị thay đổi.$"):
        drill(archives(tmp_path)[0])


def test_start_finds_that_the_store_takes_files(bucket):
    assert (store_fault(), has_store(), checks.store_faults()) == ("", True, [])
    assert keys(bucket) == []  # what was tried is gone again


def test_start_is_refused_by_a_bucket_that_is_not_there(bucket, settings):
    use(settings, settings.STORAGES["default"]["OPTIONS"]["endpoint_url"], bucket_name="khac-bucket")
    [fault] = checks.store_faults()
    assert (fault.id, "S3_BUCKET" in fault.hint) == ("khuyencong.E007", True)
    assert "bi-mat" not in fault.msg


def test_start_is_refused_by_a_folder_that_takes_nothing(settings, tmp_path):
    (tmp_path / "tep").write_text("không phải thư mục")
    settings.MEDIA_ROOT = tmp_path / "tep"
    [fault] = checks.store_faults()
    assert (fault.id, str(settings.MEDIA_ROOT) in fault.hint) == ("khuyencong.E007", True)


@pytest.mark.django_db
def test_store_that_is_gone_is_told_in_a_sentence(gone, client):
    assert not has_store()
    assert client.get("/readyz").content == b"store"
    person = UserFactory()
    with pytest.raises(StoreGoneError):
        keep(upload(PDF, "a.pdf"), person)
    job = Job.objects.create(
        kind="facilities", title="Cơ sở", requested_by=person, status=JobStatus.DONE, file="jobs/1.xlsx",
        filename="a.xlsx", expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    client.force_login(person)
    client.raise_request_exception = False
    answer = client.get(reverse("job_file", args=[job.pk]))
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "Kho tệp đang không trả lời" in answer.content.decode()
