"""Groups until the plan is approved: drafts, appraisal, plans."""

from django.db.models import Prefetch, Q
from django.urls import reverse

from khuyencong.dates import short_date
from programs.models import AnnualPlan, PlanStatus
from projects.models import ProjectReturn, ProjectStatus
from projects.progress import next_step
from reports.tasks.groups import Task, group


def returned(desk):
    notes = Prefetch("returns", ProjectReturn.objects.select_related("returned_by").order_by("-pk"))
    made_by_them = Q(created_by=desk.user) | Q(submitted_by=desk.user)
    rows = desk.own().filter(made_by_them, status=ProjectStatus.RETURNED).prefetch_related(notes)

    def task(project):
        note = next(iter(project.returns.all()), None)
        button = f"Sửa {len(note.items)} mục" if note and note.items else "Sửa"
        detail = f"{note.returned_by}, {short_date(note.returned_at)}: “{note.reason}”" if note else ""
        return Task(str(project), project.get_absolute_url(), button, detail, is_urgent=True)

    return group("Bị trả lại, cần sửa", rows.order_by("updated_at", "pk"), task, status=ProjectStatus.RETURNED)


def drafts(desk):
    rows = desk.own().filter(status=ProjectStatus.DRAFT, created_by=desk.user).select_related("plan")

    def task(project):
        url = reverse("projects:edit", args=[project.pk, "kiem-tra"])
        return Task(str(project), url, "Làm tiếp", str(project.plan))

    return group("Đang lập dở", rows.order_by("updated_at", "pk"), task, status=ProjectStatus.DRAFT)


def to_appraise(desk):
    rows = desk.own().filter(Q(reviewer=None) | Q(reviewer=desk.user), status=ProjectStatus.SUBMITTED)
    rows = rows.exclude(created_by=desk.user).exclude(submitted_by=desk.user).select_related("submitted_by")

    def task(project):
        detail = f"{project.submitted_by} trình ngày {short_date(project.submitted_at)}"
        return Task(str(project), reverse("projects:appraise", args=[project.pk]), "Thẩm định", detail)

    return group("Chờ thẩm định", rows.order_by("submitted_at", "pk"), task, status=ProjectStatus.SUBMITTED)


def to_place(desk):
    rows = desk.own().filter(status=ProjectStatus.APPRAISED).select_related("plan").order_by("appraised_at", "pk")

    def task(project):
        _who, what = next_step(project)
        detail = f"{project.plan}: {what}"
        if project.plan.is_open:
            return Task(str(project), project.plan.get_absolute_url(), "Xếp kế hoạch", detail)
        return Task(str(project), reverse("projects:move", args=[project.pk]), "Chuyển kế hoạch", detail)

    return group("Đã thẩm định, chưa xếp vào kế hoạch", rows, task, status=ProjectStatus.APPRAISED)


def _submission(plan):
    return f"{plan.submitted_by} trình ngày {short_date(plan.submitted_at)}" if plan.submitted_by else ""


def plans_returned(desk):
    rows = desk.own(AnnualPlan.objects).filter(status=PlanStatus.RETURNED).select_related("submitted_by")

    def task(plan):
        return Task(str(plan), plan.get_absolute_url(), "Sửa", _submission(plan), is_urgent=True)

    return group("Kế hoạch bị trả lại", rows.order_by("updated_at", "pk"), task)


def plans_in_draft(desk):
    rows = desk.own(AnnualPlan.objects).filter(status=PlanStatus.DRAFT).select_related("program")

    def task(plan):
        return Task(str(plan), plan.get_absolute_url(), "Xếp đề án", str(plan.program))

    return group("Kế hoạch đang lập", rows.order_by("year", "round_no", "pk"), task)


def plans_to_decide(desk):
    rows = (
        desk.own(AnnualPlan.objects)
        .filter(status=PlanStatus.SUBMITTED)
        .exclude(created_by=desk.user)
        .exclude(submitted_by=desk.user)
    )

    def task(plan):
        url = reverse("projects:plan_approve", args=[plan.pk])
        return Task(str(plan), url, "Xem và quyết định", _submission(plan), is_urgent=True)

    rows = rows.select_related("submitted_by").order_by("submitted_at", "pk")
    return group("Kế hoạch chờ phê duyệt", rows, task)
