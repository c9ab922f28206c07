"""The first page, and the list behind its money."""

from dataclasses import dataclass

from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET

from khuyencong.dates import today
from khuyencong.desk.person import desk_of
from khuyencong.kept import kept
from khuyencong.lists import PER_PAGE, ListPaginator
from khuyencong.models import Role
from khuyencong.permissions import seen_by, sight_of
from khuyencong.templatetags.rows import draw_row
from programs.permissions import can_create_plan
from projects.models import ProjectStatus
from projects.permissions import can_create_project
from reports import tasks
from reports.dashboard import money, unspent
from reports.dashboard.figures import dashboard_of
from reports.dashboard.places import ByPlace
from reports.dashboard.plan_chart import plan_chart

PARTS = ("users", "states", "acts", "year", "money", "contents", "risk")


@dataclass(frozen=True)
class Work:
    """What waits for a person as asked at one moment: how many tasks, how many of them late, and their HTML."""

    waiting: int
    late: int
    groups: str


@require_GET
def home(request):
    """“Việc của tôi”: what waits for this person, then the plan year in figures."""
    user = request.user
    year = _chosen_year(request)
    # Administrators are told of accounts and failed jobs, too, which leave no act on a record.
    keep = _at_once if user.role == Role.ADMIN else kept
    work = keep(("work", user.pk, *seen_by(user)), lambda: _work_of(user), within=user)
    # Colleagues see the same figures.
    parts = keep(("year", *sight_of(user), year), lambda: _year_of(user, year), within=user)
    # The head of this page tells what the page tells, whenever the numbers were kept.
    desk = desk_of(user)
    desk.waiting_count, desk.late_count = work.waiting, work.late
    user.desk = desk
    context = {
        "work": work,
        "parts": parts,
        "can_create_project": can_create_project(user),
        "can_create_plan": can_create_plan(user),
        "is_admin": user.role == Role.ADMIN,
        "today": today(),
    }
    return render(request, "reports/home.html", context)


def _at_once(_question, make, **_sight):
    return make()


def _work_of(user):
    groups = tasks.task_groups(user)
    drawn = render_to_string("reports/_home_groups.html", {"groups": groups, "today": today()})
    return Work(sum(group.count for group in groups), sum(group.late for group in groups), drawn)


def _year_of(user, year):
    """{name: HTML} of what the page shows of a plan year."""
    counted_at, board = timezone.localtime(), dashboard_of(user, year)
    context = {
        "board": board,
        "today": today(),
        "year": year,
        "years": board.years if year in board.years else [year, *board.years],
        "counted_at": counted_at,
        "chart": plan_chart(board.contents, year),
        "rule": unspent.RULE,
    }
    by_place = ByPlace(tuple(board.places), year, board.by_province)
    return {name: render_to_string(f"reports/_home_{name}.html", context) for name in PARTS} | {
        "places": draw_row("reports/_home_places.html", by_place)
    }


def _chosen_year(request):
    text = request.GET.get("nam", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) == 4 else today().year


@require_GET
def money_rows(request):
    """Approved projects of a year with their money: what is paid, what is not, what may be lost at the year's end."""
    form = money.MoneyFilterForm(request.GET, user=request.user)
    lines = form.lines()
    page = ListPaginator(form.ordered(money.rows_of(lines)), PER_PAGE).get_page(request.GET.get("trang"))
    for row in page.object_list:
        row["label"], row["reason"] = ProjectStatus(row["status"]).label, money.reason_of(row["status"])
    context = {
        "filter_form": form,
        "chips": form.chips(),
        "page_obj": page,
        "totals": money.totals_of(lines),
        "year": form.year,
        "rule": unspent.RULE,
        "default_sort": form.default_sort,
    }
    return render(request, "reports/money_rows.html", context)
