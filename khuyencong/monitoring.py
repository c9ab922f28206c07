"""What the machine's keeper and the web server in front ask: is this node fit to serve, and how is the portal.

`/readyz` is for the web server in front (take the node out while it answers 503), `/metrics` for Prometheus: asked on
this machine, or with the token of METRICS_TOKEN. Neither tells anything of a person.
"""

import hmac
from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult
from prometheus_client.core import CollectorRegistry, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from khuyencong.loopback import LOOPBACK_ADDRESSES
from khuyencong.models import AuditEntry, BackupKind, BackupRun, DocumentStatus, IssuedDocument
from khuyencong.store_check import has_store

DAY = timedelta(days=1)
# Between primary and replica, as the primary sees it; NULL while nothing is on its way.
LAG = "SELECT COALESCE(EXTRACT(EPOCH FROM MAX(replay_lag)), 0), COUNT(*) FROM pg_stat_replication"


@require_GET
def readyz(request):
    """200 “ok” when this node can serve; 503 with one word a line of what is not there."""
    missing = [name for name, is_there in (("database", _has_database), ("store", has_store)) if not is_there()]
    answer = "ok" if not missing else "\n".join(missing)
    return HttpResponse(answer, content_type="text/plain", status=503 if missing else 200)


def _has_database():
    """The database answers and every migration of this version was run."""
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False


@require_GET
def metrics(request):
    """The portal's gauges in Prometheus' text format; 404 to whoever may not ask."""
    if not _may_ask(request):
        raise Http404
    registry = CollectorRegistry()
    registry.register(PortalCollector())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_ask(request):
    token = settings.METRICS_TOKEN
    if token:
        return hmac.compare_digest(request.headers.get("Authorization", ""), f"Bearer {token}")
    # Behind a web server in front everybody seems to come from this machine: there, only the token counts.
    return "X-Forwarded-For" not in request.headers and request.META["REMOTE_ADDR"] in LOOPBACK_ADDRESSES


class PortalCollector:
    """Read anew at each question; every figure is one query."""

    def collect(self):
        for name, words, value in self.figures():
            yield GaugeMetricFamily(f"khuyencong_{name}", words, value=value)

    def figures(self):
        now = timezone.now()
        tasks = DBTaskResult.objects
        waiting = tasks.ready()
        oldest = waiting.order_by("enqueued_at").values_list("enqueued_at", flat=True).first()
        failed = tasks.filter(status=TaskResultStatus.FAILED, finished_at__gte=now - DAY)
        yield "tasks_waiting", "Background tasks that nobody has taken up", waiting.count()
        yield "tasks_oldest_seconds", "Age of the oldest waiting task", (now - oldest).total_seconds() if oldest else 0
        yield "tasks_running", "Background tasks at work", tasks.filter(status=TaskResultStatus.RUNNING).count()
        yield "tasks_failed_day", "Background tasks failed within a day", failed.count()
        yield "sessions", "Sessions that have not ended", Session.objects.filter(expire_date__gt=now).count()
        issued = IssuedDocument.objects.filter(status=DocumentStatus.ISSUED)
        yield "documents_in_force", "Issued papers in force", issued.count()
        yield "audit_last_id", "Number of the last entry of the trail", _last_entry()
        for kind in BackupKind.values:
            good = BackupRun.objects.filter(kind=kind, succeeded=True).first()
            if good:
                yield f"{kind}_age_seconds", f"Since the last good {kind}", (now - good.finished_at).total_seconds()
        yield from _of_the_engine()


def _last_entry():
    return AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _of_the_engine():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
            yield "database_bytes", "Size of the database", cursor.fetchone()[0]
            return
        cursor.execute("SELECT pg_database_size(current_database())")
        yield "database_bytes", "Size of the database", cursor.fetchone()[0]
        cursor.execute(LAG)
        lag, replicas = cursor.fetchone()
        yield "replicas", "Replicas that follow this server", replicas
        yield "replica_lag_seconds", "How far the slowest replica is behind", float(lag)
