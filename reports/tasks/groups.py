"""What a group of “Việc của tôi” is made of: tasks, their number, how many are late; of rows or of deadlines.

Groups of rows are asked of the database in one statement, whatever their number (`answered`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from django.db.models import Count, F, Q, QuerySet, Value, Window
from django.db.models.functions import Coalesce, NullIf, RowNumber
from django.urls import reverse

from khuyencong.dates import short_date, today
from khuyencong.kept import EVERYBODY, kept
from khuyencong.models import User
from khuyencong.permissions import family_q, seen_by, sight_of
from khuyencong.together import moment_of, put_into_sql
from programs.deadlines import Deadlines
from projects.deadlines import dues_of_body, is_for
from projects.models import Project

# A group on the first page shows this many rows and links to the rest.
SHOWN = 8
SOON = timedelta(days=14)


@dataclass(frozen=True)
class Task:
    """One line of work. `act` is where its button sends `version` at once, for an act that asks for nothing more."""

    title: str
    url: str
    button: str
    detail: str = ""
    due: date | None = None
    is_urgent: bool = False
    act: str = ""
    version: int | None = None

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


@dataclass(frozen=True)
class Rows:
    """The rows of a group in their `order`, of each the `facts` {name: path or expression}.

    Those that are `late` are past their day.
    """

    of: QuerySet
    order: tuple[str, ...]
    facts: Mapping
    late: Q | None = None

    @property
    def question(self):
        """The first rows, each with the number of all and of the late ones."""
        is_late = Q(pk=None) if self.late is None else self.late
        order = [F(name[1:]).desc() if name.startswith("-") else F(name).asc() for name in self.order]
        rows = self.of.order_by().annotate(
            row_count=Window(Count("pk")),
            late_count=Window(Count("pk", filter=is_late)),
            turn=Window(RowNumber(), order_by=order),
        )
        facts = {"key": "pk", "turn": "turn", "row_count": "row_count", "late_count": "late_count", **self.facts}
        return rows.filter(turn__lte=SHOWN), facts


@dataclass(frozen=True)
class Asked:
    """A group that waits to be asked for its `rows()`.

    These rest on the person, the rules and the day, and on nothing else: what asks for them is kept as SQL. `make`
    turns the facts of a row, with its `key`, into a Task; `more_url` is the list with the rest.
    """

    title: str
    rows: Callable[[], Rows]
    make: Callable
    more_url: str = ""

    def answer(self, found) -> TaskGroup:
        shown = sorted(found, key=lambda facts: facts.turn)
        count, late = (shown[0].row_count, shown[0].late_count) if shown else (0, 0)
        more = self.more_url if count > SHOWN else ""
        return TaskGroup(self.title, [self.make(facts) for facts in shown], count, late, more)


def answered(groups: list[Asked | TaskGroup], user: User) -> list[TaskGroup]:
    """All groups of a person in their order; those of rows come with one statement."""
    asked = {group.title: group for group in groups if isinstance(group, Asked)}
    statements = kept(
        ("statements", user.pk, seen_by(user), *asked),
        lambda: put_into_sql({title: group.rows().question for title, group in asked.items()}),
        within=EVERYBODY,
    )
    found = statements.answers()
    return [group.answer(found[group.title]) if group.title in asked else group for group in groups]


def projects_with(status):
    """The list of projects of a state."""
    return f"{reverse('projects:list')}?trang-thai={status}"


def name_of(person):
    """How `str(user)` names the person at a path, as an expression."""
    return Coalesce(NullIf(F(f"{person}__full_name"), Value("")), F(f"{person}__username"))


PROJECT = {"code": "code", "name": "name"}
PLAN = {"plan": "plan__pk", "plan_name": "plan__name", "round": "plan__round_no", "plan_status": "plan__status"}
SUBMISSION = {"submitter": name_of("submitted_by"), "submitted_at": "submitted_at"}


def about(facts, path):
    """Facts of what stands at a path: {"code": "project__code"}."""
    return {name: f"{path}__{field}" for name, field in facts.items()}


def submission(facts):
    """“Lê Hoàng Phúc trình ngày 20/11/2026”, nothing where nobody did."""
    return f"{facts.submitter} trình ngày {short_date(moment_of(facts.submitted_at))}" if facts.submitter else ""


class Desk:
    """One person's desk: whose rows they are, and what is due of them, read once for all groups."""

    def __init__(self, user):
        self.user = user
        # What groups have read and share.
        self.read = {}

    def own(self, rows=None):
        """Rows that the person's own body keeps: what they may act on, not all that they may read."""
        rows = Project.objects if rows is None else rows
        return rows.visible_to(self.user).filter(family_q(self.user))

    def of_others(self, rows=None):
        """Of these what somebody else wrote and put forward, for nobody decides on their own."""
        return self.own(rows).exclude(created_by=self.user).exclude(submitted_by=self.user)

    @cached_property
    def deadlines(self):
        return Deadlines()

    @cached_property
    def dues(self):
        """Everything due of the body's work that the person acts on, however far; follow-ups have their own list."""
        found = kept(("dues", *sight_of(self.user)), self._of_body, within=self.user)
        return [due for due in found if is_for(self.user, due)]

    def _of_body(self):
        return dues_of_body(self.user, date.max, with_follow_ups=False, deadlines=self.deadlines)

    def due(self, *keys):
        """What is due of these acts within a fortnight, or late."""
        last = today() + SOON
        return [row for row in self.dues if row.key in keys and row.on <= last]


def group_of_dues(title, dues, button):
    """Deadlines as tasks, nearest first; each says by which clause."""
    day = today()
    tasks = [
        Task(due.subject or due.label, due.url, button, _told(due, title), due.on, is_urgent=due.on < day)
        for due in dues[:SHOWN]
    ]
    return TaskGroup(title, tasks, len(dues), sum(due.on < day for due in dues))


def _told(due, title):
    parts = [due.label if due.subject and due.label != title else "", due.clause]
    return ". ".join(filter(None, parts))
