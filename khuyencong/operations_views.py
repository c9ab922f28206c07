"""What the person who looks after the machine watches: is there a good backup, and was it brought back lately."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.db import connection
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from khuyencong import practice, replica
from khuyencong.models import BackupKind, BackupRun, Role
from khuyencong.permissions import require

ONLY_ADMINISTRATORS = "Chỉ Quản trị hệ thống xem trang Vận hành."
SHOWN = 20


@dataclass(frozen=True)
class Watch:
    """One kind of run: the last good one, and whether that is too long ago."""

    label: str
    command: str
    days: int
    last_good: BackupRun | None

    @property
    def is_due(self):
        limit = timezone.now() - timedelta(days=self.days)
        return self.last_good is None or self.last_good.finished_at < limit


def _watch(kind, command, days):
    good = BackupRun.objects.filter(kind=kind, succeeded=True).first()
    return Watch(BackupKind(kind).label, command, days, good)


@require_GET
def overview(request):
    """Backups and drills: the last good of each, and the runs before; how the replica stands."""
    require(request.user.role == Role.ADMIN, ONLY_ADMINISTRATORS)
    context = {
        "watches": [
            _watch(BackupKind.BACKUP, "manage.py backup", settings.BACKUP_DAYS),
            _watch(BackupKind.DRILL, "make drill", settings.DRILL_DAYS),
        ],
        "runs": BackupRun.objects.all()[:SHOWN],
        "folder": settings.BACKUP_DIR,
        "replica": replica.fitness() if settings.REPLICA_URL else None,
        "replica_limit": settings.REPLICA_LAG_SECONDS,
        "engine": {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor],
    }
    return render(request, "operations/overview.html", context)


@require_POST
def practice_reset(request):
    """The training begins anew for everybody; whatever was tried is gone."""
    require(request.user.role == Role.ADMIN, "Chỉ Quản trị hệ thống đặt lại bản tập huấn.")
    practice.reset()
    # The session went with the data: nothing of this one may be written back.
    request.session.flush()
    messages.success(request, "Bản tập huấn đã về lúc bắt đầu. Mọi người đăng nhập lại.")
    return redirect("login")
