"""All figures of the first page in one statement, whoever asks and however much there is."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import Count, F, Q, Sum, Value
from django.db.models.functions import Coalesce, NullIf

from khuyencong.dates import today
from khuyencong.kept import EVERYBODY, kept, kept_by_province
from khuyencong.models import AuditEntry, Job, JobStatus, Role, User
from khuyencong.permissions import sight_of
from khuyencong.together import moment_of, put_into_sql
from programs.models import DECIDED_PLAN, SUPPORT_CATEGORIES, ActivityContent, AnnualPlan, PlanBudget, SourceCategory
from projects.models import APPROVED_PROJECT, DONE_PROJECT, FundingLine, Project, ProjectStatus
from projects.progress import AT_WORK
from reports.dashboard import places
from reports.dashboard.unspent import REASONS, lines_of_year
from reports.records import pages_of

RECENT, RECENT_READ = 6, 40
NEAR = timedelta(days=30)
FAILED_SINCE = timedelta(days=7)


@dataclass(frozen=True)
class SourceRow:
    """One category of sources in a plan year, in đồng: the envelopes of decided plans, and money of approved projects.

    `accepted` is what acceptance minutes hold; the facility's own money counts only once accepted.
    """

    category: SourceCategory | None
    budget: int = 0
    approved: int = 0
    contracted: int = 0
    paid: int = 0
    accepted: int = 0

    @property
    def left(self):
        """Envelope not yet approved to projects; None for money that has no envelope."""
        return self.budget - self.approved if self.budget else None

    @property
    def whole(self):
        """What a bar of this row is drawn on: the envelope, or what is more than it."""
        return max(self.budget, self.approved, self.paid)

    @property
    def unpaid(self):
        """Approved to projects and not paid yet."""
        return max(self.approved - self.paid, 0)

    @property
    def paid_in_approved(self):
        """Percent of the approved money that was paid; None when nothing is approved."""
        return Decimal(self.paid * 100) / self.approved if self.approved else None


def total_of(rows):
    """The sums over rows, as a row of no category."""
    names = ("budget", "approved", "contracted", "paid", "accepted")
    return SourceRow(None, **{name: sum(getattr(row, name) for row in rows) for name in names})


@dataclass(frozen=True)
class Risk:
    """Money at risk at the year's end of projects in one state, and why."""

    status: str
    reason: str
    projects: int
    amount: int


@dataclass(frozen=True)
class ContentRow:
    """A content of Điều 4 with its projects: planned are those approved, done those accepted."""

    code: str
    name: str
    planned: int
    done: int


@dataclass(frozen=True)
class Act:
    """Something that somebody did; the same act again is told once."""

    entry: AuditEntry
    actor: str
    page: str


@dataclass(frozen=True)
class Dashboard:
    """Figures of one plan year in what the person sees; money in đồng."""

    years: list
    by_status: list
    contents: list
    money: list
    places: list
    by_province: bool
    acts: list
    risk: list
    late_count: int
    near_count: int
    users: dict | None

    @property
    def project_count(self):
        return sum(count for _status, _label, count in self.by_status)

    @property
    def planned(self):
        return sum(count for status, _label, count in self.by_status if status in APPROVED_PROJECT)

    @property
    def done(self):
        return sum(count for status, _label, count in self.by_status if status in DONE_PROJECT)

    @property
    def money_total(self):
        return total_of(self.money)

    @property
    def support(self):
        """The sums of khuyến công money, national and local."""
        return total_of([row for row in self.money if row.category in SUPPORT_CATEGORIES])

    @property
    def risk_total(self):
        return sum(row.amount for row in self.risk)

    @property
    def risk_count(self):
        return sum(row.projects for row in self.risk)


def _spans(user):
    return user.sees_all_provinces or len(user.province_ids) != 1


def dashboard_of(user: User, year: int) -> Dashboard:
    """The plan year in figures."""
    spans = _spans(user)
    found = _found(user, year)
    by_status = _by_status(found["states"])
    counts = {status: count for status, _label, count in by_status}
    planned = sum(counts.get(status, 0) for status in APPROVED_PROJECT)
    done = sum(counts.get(status, 0) for status in DONE_PROJECT)
    located = _part(found, PLACE)
    days = next(iter(found["days"]), None)
    return Dashboard(
        years=sorted({row.year for row in found["years"]}, reverse=True),
        by_status=by_status,
        contents=_contents(found["states"], found["headings"]),
        money=_sources(found["budgets"], found["lines"]),
        places=(places.provinces if spans else places.communes)(located, planned, done),
        by_province=spans,
        acts=_told({row.pk: row for rows in _part(found, ACT).values() for row in rows}),
        risk=_risks(found["risk"]),
        late_count=days.late if days else 0,
        near_count=days.near if days else 0,
        users=_people(found) if user.role == Role.ADMIN else None,
    )


# What is asked: it rests on what the person sees, the year and the day, and is kept as SQL.

# Questions of which there are as many as it takes begin with one of these.
PLACE, ACT = "place ", "act "
PROVINCE = {"province": "project__province"}
# Of the whole country these take long.
LONG = ("lines", "risk", *(PLACE + name for name in places.OF_PROVINCES))


def _found(user, year):
    """{name: rows}; of the whole country what takes long is kept by province."""
    asked = ("statements of a year", *sight_of(user), user.role == Role.ADMIN, year)
    found = kept(asked, lambda: put_into_sql(_questions(user, year)), within=EVERYBODY).answers()
    if not user.sees_all_provinces:
        return found
    found |= {name: [] for name in LONG}
    of_provinces = kept_by_province(("a year", year), lambda provinces: _of_provinces(user, year, provinces))
    for rows_of in of_provinces.values():
        for name, rows in rows_of.items():
            found[name] += rows
    return found


def _of_provinces(user, year, provinces):
    """{province: {name: rows}} of what takes long."""
    asked = ("statements of a year by province", year, provinces)
    found = kept(asked, lambda: put_into_sql(_long_questions(user, year, provinces)), within=EVERYBODY).answers()
    by_province = {}
    for name, rows in found.items():
        for row in rows:
            by_province.setdefault(row.province, {key: [] for key in LONG})[name].append(row)
    return by_province


def _questions(user, year):
    return {
        **_plans(user, year),
        **_projects(Project.objects.seen_in_year(user, year).order_by()),
        **{ACT + name: question for name, question in _acts(user).items()},
        **(_users() if user.role == Role.ADMIN else {}),
        **({} if user.sees_all_provinces else _long_questions(user, year)),
    }


def _long_questions(user, year, provinces=None):
    """Money and places; of a country each row says which `province` it is of."""
    projects = Project.objects.seen_in_year(user, year, provinces).order_by()
    approved = projects.filter(status__in=APPROVED_PROJECT)
    by_place = places.province_questions if _spans(user) else places.commune_questions
    asked = _money(approved, lines_of_year(user, year, provinces))
    return asked | {PLACE + name: question for name, question in by_place(approved).items()}


def _part(found, prefix):
    return {name.removeprefix(prefix): rows for name, rows in found.items() if name.startswith(prefix)}


def _plans(user, year):
    plans = AnnualPlan.objects.visible_to(user).order_by()
    decided = plans.in_year(year).filter(status__in=DECIDED_PLAN)
    budgets = PlanBudget.objects.filter(plan__in=decided.values("pk")).order_by().values("source__category")
    return {
        "years": (plans.values("year").distinct(), {"year": "year"}),
        "budgets": (
            budgets.annotate(budget_sum=Sum("amount")), {"category": "source__category", "budget": "budget_sum"}
        ),
    }  # fmt: skip


def _projects(projects):
    heading = {name: Coalesce(f"parent__{name}", name) for name in ("code", "position")}
    heading["label"] = Coalesce(
        NullIf("parent__short_name", Value("")), "parent__name", NullIf("short_name", Value("")), "name"
    )
    states = projects.values("status", "content").annotate(project_count=Count("pk"))
    facts = {"status": "status", "content": "content", "count": "project_count"}
    at_work = projects.filter(status__in=AT_WORK, ends_on__lte=today() + NEAR).values("plan__year")
    at_work = at_work.annotate(
        late_count=Count("pk", filter=Q(ends_on__lt=today())), near_count=Count("pk", filter=Q(ends_on__gte=today()))
    )
    return {
        "headings": (ActivityContent.objects.order_by(), {"key": F("pk"), **heading}),
        "states": (states, facts),
        "days": (at_work, {"late": "late_count", "near": "near_count"}),
    }


def _money(approved, of_year):
    names = ("approved", "contracted", "paid", "accepted")
    lines = FundingLine.objects.filter(project__in=approved.values("pk")).order_by()
    lines = lines.values("project__province", "source__category")
    lines = lines.annotate(**{f"{name}_sum": Sum(f"{name}_amount") for name in names})
    facts = {"category": "source__category", **{name: f"{name}_sum" for name in names}, **PROVINCE}
    risk = of_year.filter(at_risk__gt=0).values("project__province", "project__status")
    risk = risk.annotate(risk_sum=Sum("at_risk"), project_count=Count("project", distinct=True))
    return {
        "lines": (lines, facts),
        "risk": (risk, {"status": "project__status", "amount": "risk_sum", "projects": "project_count", **PROVINCE}),
    }


def _acts(user):
    # Who signed in, and other acts on accounts, have pages of their own.
    entries = AuditEntry.objects.of_changes().exclude(subject_type=User._meta.label_lower).order_by("-pk")
    seen = {"all": entries}
    if not user.sees_all_provinces:
        # Each by its own index: asked with OR, the whole trail would be read to find the last.
        seen = {
            "of_province": entries.filter(province__in=user.province_ids),
            "of_body": entries.filter(owner=user.organisation_id),
        }
    names = ("pk", "at", "action", "label", "subject_type", "subject_id", "subject_name", "after", "actor_id")
    facts = {name: F(name) for name in names} | {"full_name": "actor__full_name", "username": "actor__username"}
    last = {name: AuditEntry.objects.filter(pk__in=rows.values("pk")[:RECENT_READ]) for name, rows in seen.items()}
    return {name: (rows, facts) for name, rows in last.items()}


def _users():
    people = User.objects.filter(is_active=True).values("is_active")
    people = people.annotate(
        all_count=Count("pk"), loose_count=Count("pk", filter=Q(organisation=None, is_superuser=False))
    )
    failed = Job.objects.filter(status=JobStatus.FAILED, created_at__date__gte=today() - FAILED_SINCE)
    failed = failed.values("status").annotate(failed_count=Count("pk"))
    return {
        "people": (people, {"all": "all_count", "loose": "loose_count"}),
        "failed": (failed, {"count": "failed_count"}),
    }


# What is told


def _by_status(states):
    counts = defaultdict(int)
    for row in states:
        counts[row.status] += row.count
    return [(status.value, status.label, counts[status]) for status in ProjectStatus if status in counts]


def _contents(states, headings):
    planned, done, names = defaultdict(int), defaultdict(int), {}
    heading_of = {row.key: row for row in headings}
    for row in states:
        if row.status in APPROVED_PROJECT and row.content:
            heading = heading_of[row.content]
            names[heading.code] = (heading.position, heading.label)
            planned[heading.code] += row.count
            done[heading.code] += row.count if row.status in DONE_PROJECT else 0
    codes = sorted(names, key=lambda code: names[code])
    return [ContentRow(code, names[code][1], planned[code], done[code]) for code in codes]


def _sources(budgets, lines):
    given = {row.category: row.budget for row in budgets}
    names, sums = ("approved", "contracted", "paid", "accepted"), {}
    for row in lines:
        before = sums.get(row.category, (0,) * len(names))
        sums[row.category] = tuple(
            amount + (getattr(row, name) or 0) for amount, name in zip(before, names, strict=True)
        )
    return [
        SourceRow(category, given.get(category, 0), *sums.get(category, ()))
        for category in SourceCategory
        if category in given or category in sums
    ]


def _risks(rows):
    found = []
    for status, reason in REASONS.items():
        of_it = [row for row in rows if row.status == status]
        if of_it:
            projects, amount = sum(row.projects for row in of_it), sum(row.amount for row in of_it)
            found.append(Risk(status.value, reason, projects, amount))
    return found


def _told(found):
    """Of {key: facts of an act}."""
    rows = [found[key] for key in sorted(found, reverse=True)]
    acts = {}
    for row in rows:
        acts.setdefault((row.actor_id, row.label, row.subject_type, row.subject_id), row)
    shown = []
    names = ("pk", "action", "label", "subject_type", "subject_id", "subject_name", "after")
    for row in list(acts.values())[:RECENT]:
        entry = AuditEntry(**{name: getattr(row, name) for name in names}, at=moment_of(row.at))
        shown.append((entry, row.full_name or row.username or ""))
    # A draft deleted since has no page: its end is among what was read.
    ends = [AuditEntry(pk=row.pk, action=row.action, subject_type=row.subject_type, subject_id=row.subject_id)
            for row in rows]  # fmt: skip
    pages = pages_of([*ends, *(entry for entry, _actor in shown)])
    return [Act(entry, actor, pages.get(entry, "")) for entry, actor in shown]


def _people(found):
    people = next(iter(found["people"]), None)
    failed = next(iter(found["failed"]), None)
    return {
        "all": people.all if people else 0,
        "loose": people.loose if people else 0,
        "failed": failed.count if failed else 0,
    }
