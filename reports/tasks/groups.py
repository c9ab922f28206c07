"""What a group of “Việc của tôi” is made of: tasks, their number, how many are late; of rows or of deadlines."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from django.db.models import Count, Q, Window
from django.urls import reverse

from khuyencong.dates import today
from khuyencong.permissions import family_q
from projects.deadlines import due_items
from projects.models import Project

# A group on the first page shows this many rows and links to the rest.
SHOWN = 8
SOON = timedelta(days=14)


@dataclass(frozen=True)
class Task:
    title: str
    url: str
    button: str
    detail: str = ""
    due: date | None = None
    is_urgent: bool = False

    @property
    def days_left(self):
        """Days until it is due, negative when late; None without a day."""
        return None if self.due is None else (self.due - today()).days

    @property
    def days_late(self):
        return None if self.due is None else max(-self.days_left, 0)


@dataclass(frozen=True)
class TaskGroup:
    """`count` is that of all rows, of which `tasks` are the first; `late` of them are past their day."""

    title: str
    tasks: list
    count: int
    late: int = 0
    more_url: str = ""


class Desk:
    """One person's desk: whose rows they are, and what is due of them, read once for all groups."""

    def __init__(self, user):
        self.user = user

    def own(self, rows=None):
        """Rows that the person's own body keeps: what they may act on, not all that they may read."""
        rows = Project.objects if rows is None else rows
        return rows.visible_to(self.user).filter(family_q(self.user))

    @cached_property
    def dues(self):
        """Everything that is due of the body's work, however far; follow-ups have a list of their own."""
        return due_items(self.user, date.max, with_follow_ups=False)

    def due(self, *keys):
        """What is due of these acts within a fortnight, or late."""
        return [row for row in self.dues if row.key in keys and row.on <= today() + SOON]


def group(title, rows, make, *, status="", late=None):
    """The first rows as tasks, with the number of all and of the late ones; `status` names the list of the rest."""
    is_late = Q(pk=None) if late is None else late
    rows = rows.annotate(row_count=Window(Count("pk")), late_count=Window(Count("pk", filter=is_late)))
    shown = list(rows[:SHOWN])
    count, late_count = (shown[0].row_count, shown[0].late_count) if shown else (0, 0)
    more = f"{reverse('projects:list')}?trang-thai={status}" if status and count > SHOWN else ""
    return TaskGroup(title, [make(row) for row in shown], count, late_count, more)


def group_of_dues(title, dues, button):
    """Deadlines as tasks, nearest first; each says by which clause."""
    tasks = [
        Task(due.subject or due.label, due.url, button, _told(due, title), due.on, is_urgent=due.days_left < 0)
        for due in dues[:SHOWN]
    ]
    return TaskGroup(title, tasks, len(dues), sum(due.days_left < 0 for due in dues))


def _told(due, title):
    parts = [due.label if due.subject and due.label != title else "", due.clause]
    return ". ".join(filter(None, parts))
