"""Every night: is the trail whole, what is kept of sign-ins beyond its time is forgotten, tables are looked through."""

from datetime import datetime, time, timedelta

from django.core.management import call_command
from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from khuyencong import lockout, sign_ins
from khuyencong.audit import first_broken_entry
from khuyencong.dates import today
from khuyencong.models import AuditCheck, AuditEntry
from khuyencong.table_statistics import take_stock

# When nobody works, after the backup of the night has begun.
AT = time(1, 30)


@task()
def nightly():
    """Done once a night, by whichever worker comes first; the next night is planned by each."""
    check, is_first = AuditCheck.objects.get_or_create(night=today())
    if is_first:
        look_through(check)
        sign_ins.forget_old()
        lockout.forget_old()
        call_command("clearsessions")
        take_stock()
    plan_next()


def plan_next():
    """Put the next night's work into the queue, unless it is there."""
    if not nightly.get_backend().supports_defer:
        return
    if DBTaskResult.objects.filter(task_path=nightly.module_path, status="READY").exists():
        return
    nightly.using(run_after=next_night()).enqueue()


def next_night():
    now = timezone.localtime()
    planned = timezone.make_aware(datetime.combine(now.date(), AT))
    return planned if planned > now else planned + timedelta(days=1)


def look_through(check):
    """Verify the whole chain, and that the end which the last check saw is still in it."""
    last = AuditEntry.objects.order_by("-pk").first()
    check.fault = fault_found()
    check.entry_count = AuditEntry.objects.count()
    check.last_hash = last.hash if last else ""
    check.finished_at = timezone.now()
    check.save()
    return check


def fault_found() -> str:
    """Where the trail does not hold, in a sentence; "" when it is whole."""
    if broken := first_broken_entry():
        return f"Không khớp từ dòng {broken.pk} ({broken})."[:400]
    noted = AuditCheck.objects.exclude(finished_at=None).exclude(last_hash="").first()
    if noted and not AuditEntry.objects.filter(hash=noted.last_hash).exists():
        return f"Các dòng cuối đã bị xóa: không còn dòng mà lần kiểm tra {noted.started_at:%d/%m/%Y} ghi lại."
    return ""


def check_now():
    """A check asked for by a person or a command."""
    return look_through(AuditCheck.objects.create())


def last_check():
    return AuditCheck.objects.exclude(finished_at=None).first()
