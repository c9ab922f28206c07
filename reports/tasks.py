"""“Việc của tôi”: what waits for one person, grouped by act, oldest first. Reads only."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q
from django.urls import reverse

from khuyencong.dates import short_date, today
from khuyencong.models import Role
from khuyencong.permissions import family_q
from programs.models import AnnualPlan, PlanStatus
from projects.models import Project, ProjectStatus

# A list on the first page shows this many rows and links to the rest.
SHOWN = 8
SOON = timedelta(days=14)


@dataclass(frozen=True)
class Task:
    title: str
    url: str
    button: str
    detail: str = ""
    due: date | None = None

    @property
    def days_left(self):
        return None if self.due is None else (self.due - today()).days

    @property
    def days_late(self):
        return None if self.due is None else max((today() - self.due).days, 0)


@dataclass(frozen=True)
class TaskGroup:
    title: str
    tasks: list
    count: int
    more_url: str = ""


def task_groups(user):
    """The groups of a person's role that hold anything."""
    makers = {
        Role.OFFICER: (_returned, _drafts, _ending, _to_hand_over),
        Role.REVIEWER: (_to_appraise, _plans_returned, _to_place, _plans_in_draft, _returned, _ending),
        Role.DIRECTOR: (_plans_to_decide, _ending),
    }
    groups = [maker(user) for maker in makers.get(user.role, ())]
    return [group for group in groups if group.count]


def _own(user, rows=Project.objects):
    """Rows that the person's own body keeps: what they may act on, not all that they may read."""
    return rows.visible_to(user).filter(family_q(user))


def _own_plans(user):
    return _own(user, AnnualPlan.objects)


def _group(title, rows, make, more_url=""):
    shown = [make(row) for row in rows[:SHOWN]]
    count = len(shown) if len(shown) < SHOWN else rows.count()
    return TaskGroup(title, shown, count, more_url if count > SHOWN else "")


def _returned(user):
    rows = _own(user).filter(status=ProjectStatus.RETURNED, created_by=user).prefetch_related("returns__returned_by")

    def task(project):
        note = max(project.returns.all(), key=lambda row: row.pk, default=None)
        detail = f"{note.returned_by}, {short_date(note.returned_at)}: “{note.reason}”" if note else ""
        return Task(str(project), project.get_absolute_url(), "Sửa", detail)

    more = f"{reverse('projects:list')}?trang-thai={ProjectStatus.RETURNED}"
    return _group("Bị trả lại, cần sửa", rows.order_by("updated_at"), task, more)


def _drafts(user):
    rows = _own(user).filter(status=ProjectStatus.DRAFT, created_by=user).select_related("plan").order_by("updated_at")

    def task(project):
        return Task(
            str(project), reverse("projects:edit", args=[project.pk, "kiem-tra"]), "Làm tiếp", str(project.plan)
        )

    return _group("Đang lập dở", rows, task, f"{reverse('projects:list')}?trang-thai={ProjectStatus.DRAFT}")


def _ending(user):
    limit = today() + SOON
    rows = _own(user).filter(status=ProjectStatus.IN_PROGRESS, ends_on__lte=limit).order_by("ends_on", "pk")

    def task(project):
        return Task(str(project), project.get_absolute_url(), "Mở", "Đang thực hiện, cần nghiệm thu", project.ends_on)

    return _group(
        "Đến hạn hoàn thành", rows, task, f"{reverse('projects:list')}?trang-thai={ProjectStatus.IN_PROGRESS}"
    )


def _to_hand_over(user):
    rows = _own(user).filter(status=ProjectStatus.ACCEPTED, handovers=None).exclude(plan__status=PlanStatus.CLOSED)
    rows = rows.select_related("plan", "acceptance")

    def task(project):
        accepted = project.acceptance
        detail = f"Biên bản nghiệm thu {accepted.number} ngày {short_date(accepted.accepted_on)}"
        return Task(str(project), project.get_absolute_url(), "Mở", detail)

    more = f"{reverse('projects:list')}?trang-thai={ProjectStatus.ACCEPTED}"
    return _group("Đã nghiệm thu, chưa lập bàn giao", rows.order_by("acceptance__accepted_on", "pk"), task, more)


def _to_appraise(user):
    rows = _own(user).filter(Q(reviewer=None) | Q(reviewer=user), status=ProjectStatus.SUBMITTED)
    rows = rows.exclude(created_by=user).exclude(submitted_by=user)
    rows = rows.select_related("submitted_by").order_by("submitted_at")

    def task(project):
        detail = f"{project.submitted_by} trình ngày {short_date(project.submitted_at)}"
        return Task(str(project), reverse("projects:appraise", args=[project.pk]), "Thẩm định", detail)

    more = f"{reverse('projects:list')}?trang-thai={ProjectStatus.SUBMITTED}"
    return _group("Chờ thẩm định", rows, task, more)


def _to_place(user):
    rows = _own(user).filter(status=ProjectStatus.APPRAISED).select_related("plan").order_by("appraised_at")

    def task(project):
        return Task(str(project), project.plan.get_absolute_url(), "Xếp kế hoạch", str(project.plan))

    more = f"{reverse('projects:list')}?trang-thai={ProjectStatus.APPRAISED}"
    return _group("Đã thẩm định, chưa xếp vào kế hoạch", rows, task, more)


def _plan_task(button):
    def task(plan):
        detail = f"{plan.submitted_by} trình ngày {short_date(plan.submitted_at)}" if plan.submitted_by else ""
        return Task(str(plan), plan.get_absolute_url(), button, detail)

    return task


def _plans_returned(user):
    rows = _own_plans(user).filter(status=PlanStatus.RETURNED).select_related("submitted_by").order_by("updated_at")
    return _group("Kế hoạch bị trả lại", rows, _plan_task("Sửa"))


def _plans_in_draft(user):
    rows = _own_plans(user).filter(status=PlanStatus.DRAFT).select_related("submitted_by").order_by("year", "round_no")
    return _group("Kế hoạch đang lập", rows, _plan_task("Xếp đề án"))


def _plans_to_decide(user):
    rows = _own_plans(user).filter(status=PlanStatus.SUBMITTED).select_related("submitted_by").order_by("submitted_at")

    def task(plan):
        detail = f"{plan.submitted_by} trình ngày {short_date(plan.submitted_at)}"
        return Task(str(plan), reverse("projects:plan_approve", args=[plan.pk]), "Xem và quyết định", detail)

    return _group("Kế hoạch chờ phê duyệt", rows, task)
