"""News for one person: what others did to the work they had a hand in, days that come near, files that are ready.

Gathered from the trail, the deadlines and the background work when the person's numbers are counted anew, so that no
act has to think of whom to tell. Each piece of news is told once (`Notice.key`).
"""

from datetime import datetime, time, timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from khuyencong.dates import short_date, today
from khuyencong.desk.person import desk_of, keep
from khuyencong.models import AuditEntry, Desk, Job, JobStatus, Notice, NoticeKind
from projects.deadlines import due_items
from reports.records import pages_of
from reports.tasks import task_groups

# Acts of others that concern whoever worked on the record before.
RETURNED = (
    "project.return", "project.return_line", "project.reject", "project.return_settlement", "plan.return",
    "amendment.return", "amendment.reject", "settlement.return", "project.stop",
)  # fmt: skip
APPROVED = (
    "project.appraise", "project.approve", "project.approve_settlement", "project.accept", "project.progress_confirm",
    "plan.approve", "amendment.approve", "settlement.approve",
)  # fmt: skip
AHEAD = timedelta(days=7)
LOOK_BACK = timedelta(days=14)
MOST_AT_ONCE = 200
# Whoever is new here is not met by a heap of old news.
MOST_AT_FIRST = 20


def refresh(user):
    """Gather the news of a person, count what waits for them, keep the numbers; the Desk row."""
    desk, _is_new = Desk.objects.get_or_create(user=user)
    last = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    found = [*_from_trail(user, desk.last_entry), *_from_deadlines(user), *_from_jobs(user)]
    Notice.objects.bulk_create(found, ignore_conflicts=True)
    groups = task_groups(user)
    keep(
        user,
        waiting_count=sum(group.count for group in groups),
        late_count=sum(group.late for group in groups),
        unread_count=Notice.objects.visible_to(user).unread().count(),
        counted_at=timezone.now(),
        last_entry=last,
    )
    return desk_of(user)


def _notice(user, kind, key, **values):
    return Notice(user=user, organisation_id=user.organisation_id, kind=kind, key=key, **values)


def _from_trail(user, after):
    """What others decided on records that the person had changed before, in the person's own area."""
    own = AuditEntry.objects.of_changes().filter(
        actor=user, subject_type=OuterRef("subject_type"), subject_id=OuterRef("subject_id"), pk__lt=OuterRef("pk")
    )
    entries = AuditEntry.objects.visible_to(user).filter(
        Exists(own), pk__gt=after, at__gte=timezone.now() - LOOK_BACK, action__in=RETURNED + APPROVED
    )
    entries = list(
        entries.exclude(actor=user).select_related("actor").order_by("-pk")[: MOST_AT_ONCE if after else MOST_AT_FIRST]
    )
    pages = pages_of(entries)
    for entry in entries:
        kind = NoticeKind.RETURNED if entry.action in RETURNED else NoticeKind.APPROVED
        who = f"{entry.actor}: " if entry.actor else ""
        detail = f"{who}“{entry.reason}”" if entry.reason else who.removesuffix(": ")
        yield _notice(
            user, kind, f"entry:{entry.pk}", title=f"{entry.label}: {entry.subject_name}", detail=detail,
            url=pages.get(entry, ""), at=entry.at,
        )  # fmt: skip


def _from_deadlines(user):
    """Days within a week. Late ones stand in “Việc của tôi” and are no news."""
    morning = timezone.make_aware(datetime.combine(today(), time(6)))
    for due in due_items(user, today() + AHEAD, since=today())[:MOST_AT_ONCE]:
        title = f"{due.label}: {due.subject}" if due.subject else due.label
        detail = f"Hạn {short_date(due.on)}. {due.clause}".strip()
        yield _notice(
            user, NoticeKind.DEADLINE, f"due:{due.uid}:{due.on:%Y%m%d}"[:100], title=title[:500],
            detail=detail, url=due.url[:300], at=min(morning, timezone.now()),
        )  # fmt: skip


def _from_jobs(user):
    jobs = Job.objects.visible_to(user).filter(finished_at__gte=timezone.now() - LOOK_BACK)
    for job in jobs[:MOST_AT_ONCE]:
        told = "Đã xong" if job.status == JobStatus.DONE else "Không làm được"
        yield _notice(
            user, NoticeKind.JOB, f"job:{job.pk}", title=f"{told}: {job.title}", detail=job.error,
            url=job.get_absolute_url(), at=job.finished_at,
        )  # fmt: skip


def still_seen(user, notices):
    """Without news of records that the person may not read any more."""
    keys = {int(row.key.removeprefix("entry:")) for row in notices if row.key.startswith("entry:")}
    seen = set(AuditEntry.objects.visible_to(user).filter(pk__in=keys).values_list("pk", flat=True)) if keys else set()
    return [row for row in notices if not row.key.startswith("entry:") or int(row.key.removeprefix("entry:")) in seen]


def mark(user, rows, *, is_read):
    """Read or unread again; keeps the number in the head of the pages."""
    rows.update(read_at=timezone.now() if is_read else None)
    keep(user, unread_count=Notice.objects.visible_to(user).unread().count())
