"""/readyz takes a node out when something is not there; /metrics tells figures, and only to whoever may ask."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from khuyencong import audit_checks, store_check
from khuyencong.documents.batches import run_batch
from khuyencong.models import BackupKind, BackupRun
from tests.factories import IssuedDocumentFactory

pytestmark = pytest.mark.django_db


def gauges(answer):
    lines = [line for line in answer.content.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_node_is_ready(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "made" / "with the first file"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_node_without_its_store_or_migrations_is_not_ready(client, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(store_check.os, "access", lambda folder, mode: False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'reports'")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"database\nstore")


def test_metrics_tell_what_is_there(client, settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
    run_batch.enqueue(0)
    audit_checks.plan_next()
    IssuedDocumentFactory()
    run = BackupRun.objects.create(kind=BackupKind.BACKUP, succeeded=True, finished_at=timezone.now())
    BackupRun.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(hours=2))
    told = gauges(client.get("/metrics"))
    assert told["khuyencong_documents_in_force"] == 1
    assert told["khuyencong_tasks_waiting"] == 1  # the one without a time of its own; next night's waits for its own
    assert 7200 <= told["khuyencong_backup_age_seconds"] < 7300
    assert "khuyencong_drill_age_seconds" not in told  # there was none: no figure rather than a false one
    assert told["khuyencong_database_bytes"] > 1_000_000


@pytest.mark.parametrize(
    ("token", "asked", "status"),
    [
        ("", {}, 200),
        ("", {"REMOTE_ADDR": "10.0.0.9"}, 404),
        ("", {"HTTP_X_FORWARDED_FOR": "10.0.0.9"}, 404),
        ("a-token", {}, 404),
        ("a-token", {"HTTP_AUTHORIZATION": "Bearer another"}, 404),
        ("a-token", {"HTTP_AUTHORIZATION": "Bearer a-token", "REMOTE_ADDR": "10.0.0.9"}, 200),
    ],
)
def test_metrics_answer_whoever_may_ask(client, settings, token, asked, status):
    settings.METRICS_TOKEN = token
    assert client.get("/metrics", **asked).status_code == status
