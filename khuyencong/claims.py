"""How workers share long work: whoever takes a row holds it under a claim, renews the claim while at it, and loses it
when killed; whoever starts takes up what was left. Jobs, piles to print and piles of scans all go this way.
"""

from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

from django.apps import apps
from django.db import InterfaceError, OperationalError, connection, connections, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from khuyencong.models.claims import CLAIM, LongWork

# A live worker renews its claim so often, though not for ever: one that turns in circles loses it in the end.
RENEWED_EVERY = timedelta(seconds=30)
LONGEST = timedelta(hours=2)
# What kills its worker does so each time.
MOST_ATTEMPTS = 3
# The database restarts, or another server has become the primary: whoever is at work lets go and comes again.
DATABASE_GONE = (OperationalError, InterfaceError)


@transaction.atomic
def claim(rows):
    """The first free row of the queryset, held for this worker: [row], or [] when there is none.

    A row that has lost its worker MOST_ATTEMPTS times is given up instead.
    """
    # SQLite has one writer at a time and knows no row locks.
    skips = connection.features.has_select_for_update_skip_locked
    free = rows.free().select_for_update(skip_locked=skips, of=("self",))
    while row := free.first():
        row.attempts += 1
        if row.attempts <= MOST_ATTEMPTS:
            row.claimed_until = timezone.now() + CLAIM
            row.save()
            return [row]
        row.give_up()
        row.save()
    return []


@contextmanager
def held(row):
    """Keep the claim on a row alive for as long as the block takes, from a thread of its own."""
    over = Event()
    beat = Thread(target=_renew, args=(row, over), daemon=True)
    beat.start()
    try:
        yield
    finally:
        over.set()
        beat.join()


def _renew(row, over):
    try:
        for _beat in range(LONGEST // RENEWED_EVERY):
            if over.wait(RENEWED_EVERY.total_seconds()):
                return
            try:
                type(row)._base_manager.filter(pk=row.pk).update(claimed_until=timezone.now() + CLAIM)
            except DATABASE_GONE:
                # Or whoever writes to SQLite at the moment keeps others from it; the next beat comes, on a new line.
                connections.close_all()
    finally:
        connections.close_all()


def offer(work, *, pause=timedelta(0)):
    """Queue the task of a LongWork, after a pause if need be; one too many finds nothing to do."""
    task = import_string(work.task)
    if pause:
        task = task.using(run_after=timezone.now() + pause)
    task.enqueue(work.pk)


def resume():
    """Queue all that killed workers have left, each when the claim on it has run out."""
    for model in apps.get_models():
        if issubclass(model, LongWork):
            for work in model.objects.unfinished():
                # A job of an earlier version of the portal does not know its task.
                if work.task:
                    offer(work, pause=work.free_in)


def resume_when_idle():
    """The same for a worker at work, whose neighbour on another machine may be gone for good.

    Only when nothing waits in the queue: what waits there is tried soon, and one task too many finds nothing to do.
    """
    waiting, soon = DBTaskResult.objects.filter(status=TaskResultStatus.READY), timezone.now() + CLAIM
    if not (DBTaskResult.objects.ready() | waiting.filter(run_after__lte=soon)).exists():
        resume()
