"""“Việc của tôi”: what waits for one person, grouped by act, oldest first. Reads only."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Prefetch, Q, Window
from django.urls import reverse

from khuyencong.dates import short_date, today
from khuyencong.models import Role
from khuyencong.permissions import family_q
from programs.models import AnnualPlan, PlanStatus
from projects.models import HandoverEvent, Project, ProjectReturn, ProjectStatus
from projects.progress import next_step

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


def task_groups(user):
    """The groups of a person's role that hold anything; one query each."""
    makers = {
        Role.OFFICER: (_returned, _drafts, _ending, _to_start, _to_hand_over, _open_handovers),
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


def _group(title, rows, make, *, status="", late=None):
    """The first rows as tasks, with the number of all and of the late ones; `status` names the list of the rest."""
    is_late = Q(pk=None) if late is None else late
    rows = rows.annotate(row_count=Window(Count("pk")), late_count=Window(Count("pk", filter=is_late)))
    shown = list(rows[:SHOWN])
    count, late_count = (shown[0].row_count, shown[0].late_count) if shown else (0, 0)
    more = f"{reverse('projects:list')}?trang-thai={status}" if status and count > SHOWN else ""
    return TaskGroup(title, [make(row) for row in shown], count, late_count, more)


def _returned(user):
    notes = Prefetch("returns", ProjectReturn.objects.select_related("returned_by").order_by("-pk"))
    made_by_them = Q(created_by=user) | Q(submitted_by=user)
    rows = _own(user).filter(made_by_them, status=ProjectStatus.RETURNED).prefetch_related(notes)

    def task(project):
        note = next(iter(project.returns.all()), None)
        button = f"Sửa {len(note.items)} mục" if note and note.items else "Sửa"
        detail = f"{note.returned_by}, {short_date(note.returned_at)}: “{note.reason}”" if note else ""
        return Task(str(project), project.get_absolute_url(), button, detail, is_urgent=True)

    return _group("Bị trả lại, cần sửa", rows.order_by("updated_at", "pk"), task, status=ProjectStatus.RETURNED)


def _drafts(user):
    rows = _own(user).filter(status=ProjectStatus.DRAFT, created_by=user).select_related("plan")

    def task(project):
        url = reverse("projects:edit", args=[project.pk, "kiem-tra"])
        return Task(str(project), url, "Làm tiếp", str(project.plan))

    return _group("Đang lập dở", rows.order_by("updated_at", "pk"), task, status=ProjectStatus.DRAFT)


def _ending(user):
    rows = _own(user).filter(status=ProjectStatus.IN_PROGRESS, ends_on__lte=today() + SOON)

    def task(project):
        return Task(str(project), project.get_absolute_url(), "Mở", "Đang thực hiện, cần nghiệm thu", project.ends_on)

    return _group(
        "Đến hạn hoàn thành", rows.order_by("ends_on", "pk"), task, status=ProjectStatus.IN_PROGRESS,
        late=Q(ends_on__lt=today()),
    )  # fmt: skip


def _to_start(user):
    rows = _own(user).filter(status=ProjectStatus.APPROVED, plan__status=PlanStatus.APPROVED).select_related("plan")

    def task(project):
        detail = f"Theo Quyết định số {project.plan.decision_number} ngày {short_date(project.plan.decision_on)}"
        return Task(str(project), project.get_absolute_url(), "Mở", detail)

    return _group("Đã phê duyệt, chưa bắt đầu", rows.order_by("starts_on", "pk"), task, status=ProjectStatus.APPROVED)


def _to_hand_over(user):
    """Accepted projects of plans still open that no handover names yet."""
    rows = _own(user).filter(status=ProjectStatus.ACCEPTED, plan__status=PlanStatus.APPROVED, handovers=None)

    def task(project):
        accepted = project.acceptance
        detail = f"Biên bản nghiệm thu {accepted.number} ngày {short_date(accepted.accepted_on)}"
        return Task(str(project), project.get_absolute_url(), "Mở", detail)

    rows = rows.filter(acceptances__is_final=True, acceptances__voided_at=None)
    rows = rows.prefetch_related("acceptances").order_by("acceptances__accepted_on", "pk")
    return _group("Đã nghiệm thu, chưa lập bàn giao", rows, task, status=ProjectStatus.ACCEPTED)


def _open_handovers(user):
    rows = _own(user, HandoverEvent.objects).filter(is_done=False).select_related("plan").order_by("held_on", "pk")

    def task(event):
        return Task(str(event), event.get_absolute_url(), "Làm tiếp", str(event.plan), event.held_on)

    return _group("Đợt bàn giao chưa hoàn tất", rows, task, late=Q(held_on__lt=today()))


def _to_appraise(user):
    rows = _own(user).filter(Q(reviewer=None) | Q(reviewer=user), status=ProjectStatus.SUBMITTED)
    rows = rows.exclude(created_by=user).exclude(submitted_by=user).select_related("submitted_by")

    def task(project):
        detail = f"{project.submitted_by} trình ngày {short_date(project.submitted_at)}"
        return Task(str(project), reverse("projects:appraise", args=[project.pk]), "Thẩm định", detail)

    return _group("Chờ thẩm định", rows.order_by("submitted_at", "pk"), task, status=ProjectStatus.SUBMITTED)


def _to_place(user):
    rows = _own(user).filter(status=ProjectStatus.APPRAISED).select_related("plan").order_by("appraised_at", "pk")

    def task(project):
        _who, what = next_step(project)
        detail = f"{project.plan}: {what}"
        if project.plan.is_open:
            return Task(str(project), project.plan.get_absolute_url(), "Xếp kế hoạch", detail)
        return Task(str(project), reverse("projects:move", args=[project.pk]), "Chuyển kế hoạch", detail)

    return _group("Đã thẩm định, chưa xếp vào kế hoạch", rows, task, status=ProjectStatus.APPRAISED)


def _submission(plan):
    return f"{plan.submitted_by} trình ngày {short_date(plan.submitted_at)}" if plan.submitted_by else ""


def _plans_returned(user):
    rows = _own_plans(user).filter(status=PlanStatus.RETURNED).select_related("submitted_by")

    def task(plan):
        return Task(str(plan), plan.get_absolute_url(), "Sửa", _submission(plan), is_urgent=True)

    return _group("Kế hoạch bị trả lại", rows.order_by("updated_at", "pk"), task)


def _plans_in_draft(user):
    rows = _own_plans(user).filter(status=PlanStatus.DRAFT).select_related("program")

    def task(plan):
        return Task(str(plan), plan.get_absolute_url(), "Xếp đề án", str(plan.program))

    return _group("Kế hoạch đang lập", rows.order_by("year", "round_no", "pk"), task)


def _plans_to_decide(user):
    rows = _own_plans(user).filter(status=PlanStatus.SUBMITTED).exclude(created_by=user).exclude(submitted_by=user)

    def task(plan):
        url = reverse("projects:plan_approve", args=[plan.pk])
        return Task(str(plan), url, "Xem và quyết định", _submission(plan), is_urgent=True)

    rows = rows.select_related("submitted_by").order_by("submitted_at", "pk")
    return _group("Kế hoạch chờ phê duyệt", rows, task)
