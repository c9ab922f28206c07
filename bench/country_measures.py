"""What is measured on the made-up country, each page and figure beside its peer."""

import io
import itertools
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.db.models import Count, F, Model, QuerySet
from django.db.models.functions import Abs
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench import peers, tables_sql
from bench.crowd import ACTS_EVERY, PEOPLE, Crowd
from beneficiaries.models import Facility
from khuyencong.models import IssuedDocument, User
from programs.models import AnnualPlan, Program
from projects.models import Contract, HandoverEvent, Project
from projects.resources import ProjectResource
from reports.evaluation.keeping import keep_figures
from reports.evaluation.selection import Selection
from reports.evaluation.tables import all_tables, table_of
from reports.lists import project_list
from reports.models import Basis, Evaluation, KeptFigures

ROUNDS = 5
LEAST_OF = 15
# Budgets of a page: questions, seconds with a crowd, growth from 1,000 projects to 100,000.
QUERIES, P95, GROWTH = 12, 0.1, 1.3
P95_OF_FIRST_PAGE = 0.15
REPORT = 1.0
# A page without figures yet promises them within a minute.
COUNTED = 60
SEARCHED = "may say my tho"
SEARCH = 0.05
FIRST_YEAR, LAST_YEAR = 2021, 2025
MEGABYTES = 80


@dataclass(frozen=True)
class Page:
    """`peer` is the page of Django's admin beside it; `address` is worked out from what the set holds.

    `sizes` are the records that the page may show, with their `size`: a page as long as its record has lines is the
    longest there is, and grows from the small set to the large by one with as many lines.
    """

    name: str
    username: str
    address: Callable[[], str] | None = None
    peer: Callable[[], str] | None = None
    sizes: Callable[[], QuerySet] | None = None
    of_record: Callable[[Model], str] = lambda record: record.get_absolute_url()
    reader_of: Callable[[Model], str] | None = None

    def longest(self) -> "Visit | None":
        """The longest page of its kind; None where the set has none (few plans wait for a decision in a small one)."""
        if self.sizes is None:
            return Visit(self.address(), self.username)
        return self._visit(_largest(self.sizes()))

    def as_long_as(self, lines: int) -> "Visit | None":
        """A page of its kind with as many lines, or next to it."""
        if self.sizes is None:
            return self.longest()
        return self._visit(self.sizes().annotate(off=Abs(F("size") - lines)).order_by("off", "pk").first())

    def _visit(self, record):
        if record is None:
            return None
        username = self.reader_of(record) if self.reader_of else self.username
        return Visit(self.of_record(record), username, record.size)


@dataclass(frozen=True)
class Visit:
    """An address, who opens it, and how many lines it has; 0 where all pages of the kind are alike."""

    address: str
    username: str
    lines: int = 0


def _largest(sizes):
    return sizes.order_by("-size", "pk").first()


def _with_sizes(model, path, **chosen):
    return model.objects.filter(**chosen).annotate(size=Count(path))


def _done_project():
    return Project.objects.filter(status="liquidated", plan__year=LAST_YEAR).order_by("pk").first()


def _last_page():
    return f"{reverse('projects:list')}?trang={Project.objects.count() // 50}"


def _submitted_plans():
    return _with_sizes(AnnualPlan, "projects", status="submitted").select_related("province")


def _desk_of(plan):
    return reverse("projects:plan_approve", args=[plan.pk])


def _director_of(plan):
    return f"giamdoc.{plan.province.code}"


def _admin(model, *, of=None):
    """The address of the admin's list of a model, or of its page of the record that `of` gives."""
    name = model._meta.label_lower.replace(".", "_")
    return lambda: reverse(f"admin:{name}_change", args=[of().pk]) if of else reverse(f"admin:{name}_changelist")


peers.register()
PAGES = {
    "list_page": (
        Page("list_page", "lanhdao", lambda: reverse("projects:list"), _admin(Project)),
        Page("list_page_last", "lanhdao", _last_page),
        Page("list_page_officer", "chuyenvien.38", lambda: reverse("projects:list"), _admin(Project)),
        Page("facility_list", "lanhdao", lambda: reverse("beneficiaries:list"), _admin(Facility)),
        Page("plan_list", "lanhdao", lambda: reverse("projects:plan_list"), _admin(AnnualPlan)),
        Page("contract_list", "lanhdao", lambda: reverse("projects:contract_list"), _admin(Contract)),
        Page("handover_list", "lanhdao", lambda: reverse("projects:handover_list"), _admin(HandoverEvent)),
        Page("register_list", "lanhdao", lambda: reverse("document_register"), _admin(IssuedDocument)),
    ),
    "detail_page": (
        Page(
            "detail_page", "chuyenvien.38", lambda: _done_project_of("38").get_absolute_url(),
            _admin(Project, of=lambda: _done_project_of("38")),
        ),
        Page(
            "facility_page", "lanhdao", peer=_admin(Facility, of=lambda: _largest(_with_sizes(Facility, "supports"))),
            sizes=lambda: _with_sizes(Facility, "supports"),
        ),
        Page(
            "plan_page", "lanhdao", peer=_admin(AnnualPlan, of=lambda: _largest(_with_sizes(AnnualPlan, "projects"))),
            sizes=lambda: _with_sizes(AnnualPlan, "projects"),
        ),
        Page("plan_desk", "", sizes=_submitted_plans, of_record=_desk_of, reader_of=_director_of),
    ),
    "search": (Page("search_page", "lanhdao", lambda: f"{reverse('search')}?q=may+say"),),
    "dashboard": (
        Page("dashboard", "chuyenvien.38", lambda: reverse("home")),
        Page("dashboard_all", "lanhdao", lambda: reverse("home")),
    ),
}  # fmt: skip


def _done_project_of(code):
    done = Project.objects.filter(status="liquidated", province__code=code, province__division="new")
    return done.order_by("-plan__year", "pk").first()


def row(name, ours, peer, peer_name, limit, *, unit="s"):
    ratio = ours / peer
    return {
        "name": name, "unit": unit, "ours": round(ours, 4), "peer": round(peer, 4), "peer_name": peer_name,
        "limit": limit, "ratio_to_peer": round(ratio, 3), "ratio_to_limit": round(ratio / limit, 3),
        "budget": f"at most {limit} × {peer_name}", "within": ratio <= limit,
    }  # fmt: skip


def timed(act):
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def in_turn(ours, peer, rounds=ROUNDS):
    """Median seconds of both, measured alternately, warm."""
    ours(), peer()
    pairs = [(timed(ours), timed(peer)) for _round in range(rounds)]
    return statistics.median(one for one, _other in pairs), statistics.median(other for _one, other in pairs)


def client_of(username):
    client = Client(headers={"Host": "127.0.0.1"})
    client.force_login(User.objects.get(username=username))
    return client


def reading(visit):
    client = client_of(visit.username)

    def read():
        answer = client.get(visit.address)
        if answer.status_code != 200:
            raise RuntimeError(f"{visit.address}: {answer.status_code}")

    return read


def seconds_of(visit):
    """The least of several readings, warm."""
    read = reading(visit)
    read()
    return min(timed(read) for _round in range(LEAST_OF))


def growth_of(page, beside):
    """The row of a page beside that of the small set, in turn, the least of each; of the same number of lines."""
    if (before := beside.read(page.name)) is None:
        return
    _seconds, lines = before
    read = reading(page.as_long_as(lines))
    read()
    pairs = [(timed(read), beside.read(page.name)[0]) for _round in range(LEAST_OF)]
    ours, peer = (min(seconds) for seconds in zip(*pairs, strict=True))
    told = f"a page of {lines} lines at 1,000 projects" if lines else "the same page at 1,000 projects"
    yield row(f"{page.name}_growth", ours, peer, told, GROWTH)


def of_pages(name):
    """Rows of each page: beside the admin's, its questions, its growth, and with a crowd that of the first."""

    def measure(beside):
        # A smaller set may hold no record of a page.
        visits = {page: visit for page in PAGES[name] if (visit := page.longest())}
        for page, visit in visits.items():
            read = reading(visit)
            if page.peer:
                admin = reading(Visit(page.peer(), "quantri"))
                yield row(page.name, *in_turn(read, admin), "admin page of the same rows", 1.5)
            if statements := peers.BY_HAND.get(page.name):
                ours, asked = in_turn(read, lambda statements=statements: _ask(statements))
                told = "s of the same rows and sums by hand, and 50 ms to draw them"
                yield row(f"{page.name}_beside_sql", ours, asked + peers.DRAWN, told, 1)
            yield from growth_of(page, beside)
            with CaptureQueriesContext(connection) as queries:
                read()
            yield row(f"{page.name}_queries", len(queries), QUERIES, "queries", 1, unit="")
        limit = P95_OF_FIRST_PAGE if name == "dashboard" else P95
        read_by = {page.name: _opened(visit) for page, visit in visits.items()}
        with Crowd() as crowd:
            for page_name, slow in crowd.p95([read_by] * PEOPLE).items():
                yield row(f"{page_name}_p95", slow, limit, "s, 95 of 100 answers to 20 people", 1)

    return measure


def _opened(visit):
    """(address, session) as the crowd sends them."""
    return visit.address, client_of(visit.username).cookies[settings.SESSION_COOKIE_NAME].value


def office(_beside):
    """Twenty people, each with an account and pages of their own, while their provinces act, one every ten seconds.

    Every act makes a new state of the data of its province, and what is kept of the one before is read anew by whoever
    comes first; whoever sees the country sees each act.
    """
    codes = _largest_provinces(PEOPLE // 2)
    yield from _at_work("office", _people_of_an_office(codes), codes)


def one_office(_beside):
    """The same where all twenty belong to one province, the one with most projects, and so do the acts.

    The set has as many accounts there as such an office has rôles; people of one rôle share its account.
    """
    codes = _largest_provinces(1)
    accounts = ("chuyenvien", "truongphong", "giamdoc", "ketoan")
    people = [_opened_pages(codes[0], accounts[number % len(accounts)]) for number in range(PEOPLE)]
    yield from _at_work("one_office", people, codes)


def _at_work(name, people, codes):
    told = f"s, 95 of 100 answers to {PEOPLE} people, an act every {ACTS_EVERY} s"
    with Crowd() as crowd:
        for page, slow in crowd.p95(people, _placing(codes)).items():
            limit = P95_OF_FIRST_PAGE if page.endswith("home") else P95
            yield row(f"{name}_{page}_p95", slow, limit, told, 1)


def _largest_provinces(count):
    """Codes of the provinces with most projects."""
    lines = _with_sizes(AnnualPlan, "projects").values("province__code").annotate(lines=Count("projects"))
    return [each["province__code"] for each in lines.order_by("-lines", "province__code")[:count]]


def _people_of_an_office(codes):
    """Officers of these provinces, those who decide there, and one who sees the country."""
    country = {name: Visit(reverse(name), "lanhdao") for name in ("projects:list", "beneficiaries:list", "home")}
    people = [{f"country_{name.replace(':', '_')}": _opened(visit) for name, visit in country.items()}]
    for number in range(PEOPLE - 1):
        people.append(_opened_pages(codes[number % len(codes)], ("chuyenvien", "giamdoc")[number // len(codes)]))
    return people


def _opened_pages(code, account):
    """What somebody of a province opens all day: {name: (address, session)}."""
    username = f"{account}.{code}"
    longest = _with_sizes(AnnualPlan, "projects", province__code=code).order_by("-size", "pk").first()
    pages = {
        "home": reverse("home"),
        "projects": reverse("projects:list"),
        "project": _done_project_of(code).get_absolute_url(),
        "plan": longest.get_absolute_url(),
        "search": f"{reverse('search')}?q=may+say",
    }
    return {name: _opened(Visit(address, username)) for name, address in pages.items()}


def _placing(codes):
    """An act of one province after the other: a line of a draft plan goes to the reserve, or comes back."""
    found = [_line_to_move(code) for code in codes]
    turns = itertools.cycle([(line, client_of(f"truongphong.{line.plan.province.code}")) for line in found if line])

    def place():
        line, client = next(turns)
        line.refresh_from_db(fields=["status"])
        there = "appraised" if line.status == "reserve" else "reserve"
        answer = client.post(reverse("projects:plan_place", args=[line.plan_id]), {"place": f"{there}-{line.pk}"})
        connection.close()
        if answer.status_code != 302:
            raise RuntimeError(f"{line}: {answer.status_code}")

    return place


def _line_to_move(code):
    """A line that may go to the reserve or come back; None where no plan of the province is a draft."""
    lines = Project.objects.filter(status__in=("appraised", "reserve"), plan__status="draft", province__code=code)
    return lines.select_related("plan__province").order_by("pk").first()


def search(beside):
    """The box itself beside a bare LIKE, and within its 50 ms."""
    projects = Project.objects.visible_to(User.objects.get(username="lanhdao"))
    ours, peer = in_turn(
        lambda: list(projects.matching(SEARCHED)[:50]), lambda: list(projects.filter(name__icontains="máy sấy")[:50])
    )
    yield row("search", ours, SEARCH, "s", 1)
    yield row("search_beside_like", ours, peer, "icontains on the name", 8)
    yield from of_pages("search")(beside)


def _evaluation():
    """A report of the whole country over five years, made once."""
    user = User.objects.get(username="lanhdao")
    first, *others = Program.objects.filter(period_start=FIRST_YEAR).order_by("pk")
    return _report(user, first, others), user


def _report(user, program, others=()):
    """The report of this person on the five years, made once."""
    fields = {"program": program, "starts_on": date(FIRST_YEAR, 1, 1), "ends_on": date(LAST_YEAR, 12, 31)}
    report = Evaluation.objects.filter(**fields, updated_by=user).first()
    if report is None:
        report = Evaluation.objects.create(**fields, basis=Basis.PLAN_YEAR, created_by=user, updated_by=user)
        report.counted_with.set(others)
    return report


def _province_report():
    """A report of one province."""
    user = User.objects.get(username="chuyenvien.38")
    programs = Program.objects.filter(period_start=FIRST_YEAR, province__code="38", province__division="new")
    return _report(user, programs.order_by("pk").first())


def evaluation(beside):
    report, user = _evaluation()
    selection = Selection.of(report, user)
    programs = [program.pk for program in selection.programs]
    for key in tables_sql.STATEMENTS:
        statements = tables_sql.statements(key, programs, FIRST_YEAR, LAST_YEAR, selection.until)
        ours, peer = in_turn(lambda key=key: table_of(selection, key), lambda asked=statements: _ask(asked), rounds=3)
        yield row(f"evaluation_{key}", ours, peer, "SQL by hand", 2)
    everything = [
        statement
        for key in tables_sql.STATEMENTS
        for statement in tables_sql.statements(key, programs, FIRST_YEAR, LAST_YEAR, selection.until)
    ]
    yield row(
        "evaluation", *in_turn(lambda: all_tables(selection), lambda: _ask(everything), rounds=3), "SQL by hand", 2
    )
    for kept in _kept(report):
        seconds = timed(lambda row=kept: keep_figures.func(row.pk))
        yield row("evaluation_counted", seconds, COUNTED, "s, by the worker beforehand", 1)
    for page in (
        Page("evaluation_page", "lanhdao", report.get_absolute_url),
        Page("evaluation_province", "chuyenvien.38", _province_report().get_absolute_url),
    ):
        read = reading(page.longest())
        # Of a server at work: modules and templates are loaded.
        read()
        caches["figures"].clear()
        yield row(f"{page.name}_first", timed(read), REPORT, "s, the first reader", 1)
        yield row(page.name, seconds_of(page.longest()), REPORT, "s, kept since the first", 1)


def _kept(report):
    """The figures of the report that the worker counts, to be counted anew; none where readers wait for them."""
    KeptFigures.objects.get_or_create(evaluation=report)
    KeptFigures.objects.update(tried="", tried_at=None)
    return KeptFigures.objects.unfinished().filter(evaluation=report)


def _ask(statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            cursor.fetchall()


def xlsx_export(beside):
    """All projects as the portal writes them, beside the stock export of the same rows; and its memory."""
    user = User.objects.get(username="lanhdao")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    exporter, _count = project_list(user, {})
    ours = timed(lambda: exporter.write(io.BytesIO()))
    grown_by = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    yield row("xlsx_memory", max(grown_by, 1), MEGABYTES, "MB", 1, unit="MB")
    peer = timed(lambda: ProjectResource(user=user).export(Project.objects.all()).export("xlsx"))
    yield row("xlsx_export_all", ours, peer, "django-import-export's own export", 1.5)


MEASURES = {
    "list_page": of_pages("list_page"),
    "detail_page": of_pages("detail_page"),
    "office": office,
    "one_office": one_office,
    "search": search,
    "dashboard": of_pages("dashboard"),
    "evaluation": evaluation,
    "xlsx_export_all": xlsx_export,
}
