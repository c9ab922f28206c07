"""Groups until the plan is approved: drafts, appraisal, plans."""

import json

from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse

from khuyencong.dates import short_date
from khuyencong.together import moment_of
from programs.models import AnnualPlan, PlanStatus
from projects.models import ProjectReturn, ProjectStatus
from projects.progress import next_step
from reports.tasks.groups import PLAN, PROJECT, SUBMISSION, Asked, Rows, Task, name_of, projects_with, submission
from reports.tasks.named import plan_of, project_of


def returned(desk):
    def rows():
        notes = ProjectReturn.objects.filter(project=OuterRef("pk")).order_by("-pk")
        note = {
            "reason": Subquery(notes.values("reason")[:1]),
            "returned_at": Subquery(notes.values("returned_at")[:1]),
            "who": Subquery(notes.values(who=name_of("returned_by"))[:1]),
            "items": Subquery(notes.values("items")[:1]),
        }
        made_by_them = Q(created_by=desk.user) | Q(submitted_by=desk.user)
        found = desk.own().filter(made_by_them, status=ProjectStatus.RETURNED)
        return Rows(found, ("updated_at", "pk"), PROJECT | note)

    def task(facts):
        project = project_of(facts)
        items = json.loads(facts.items) if isinstance(facts.items, str) else facts.items
        button = f"Sửa {len(items)} mục" if items else "Sửa"
        told = f"{facts.who}, {short_date(moment_of(facts.returned_at))}: “{facts.reason}”" if facts.who else ""
        return Task(str(project), project.get_absolute_url(), button, told, is_urgent=True)

    return Asked("Bị trả lại, cần sửa", rows, task, more_url=projects_with(ProjectStatus.RETURNED))


def drafts(desk):
    def rows():
        found = desk.own().filter(status=ProjectStatus.DRAFT, created_by=desk.user)
        return Rows(found, ("updated_at", "pk"), PROJECT | PLAN)

    def task(facts):
        url = reverse("projects:edit", args=[facts.key, "kiem-tra"])
        return Task(str(project_of(facts)), url, "Làm tiếp", str(plan_of(facts)))

    return Asked("Đang lập dở", rows, task, more_url=projects_with(ProjectStatus.DRAFT))


def to_appraise(desk):
    def rows():
        theirs = Q(reviewer=None) | Q(reviewer=desk.user)
        found = desk.of_others().filter(theirs, status=ProjectStatus.SUBMITTED)
        return Rows(found, ("submitted_at", "pk"), PROJECT | SUBMISSION)

    def task(facts):
        url = reverse("projects:appraise", args=[facts.key])
        return Task(str(project_of(facts)), url, "Thẩm định", submission(facts))

    return Asked("Chờ thẩm định", rows, task, more_url=projects_with(ProjectStatus.SUBMITTED))


def to_place(desk):
    def rows():
        found = desk.own().filter(status=ProjectStatus.APPRAISED)
        return Rows(found, ("appraised_at", "pk"), PROJECT | PLAN)

    def task(facts):
        plan = plan_of(facts)
        project = project_of(facts, plan=plan, status=ProjectStatus.APPRAISED)
        _who, what = next_step(project)
        detail = f"{plan}: {what}"
        if plan.is_open:
            return Task(str(project), plan.get_absolute_url(), "Xếp kế hoạch", detail)
        return Task(str(project), reverse("projects:move", args=[project.pk]), "Chuyển kế hoạch", detail)

    more_url = projects_with(ProjectStatus.APPRAISED)
    return Asked("Đã thẩm định, chưa xếp vào kế hoạch", rows, task, more_url=more_url)


# A plan tells of itself what a project tells of its plan.
ITSELF = {name: path.removeprefix("plan__") for name, path in PLAN.items()}


def plans_returned(desk):
    def rows():
        found = desk.own(AnnualPlan.objects).filter(status=PlanStatus.RETURNED)
        return Rows(found, ("updated_at", "pk"), ITSELF | SUBMISSION)

    def task(facts):
        plan = plan_of(facts)
        return Task(str(plan), plan.get_absolute_url(), "Sửa", submission(facts), is_urgent=True)

    return Asked("Kế hoạch bị trả lại", rows, task)


def plans_in_draft(desk):
    def rows():
        found = desk.own(AnnualPlan.objects).filter(status=PlanStatus.DRAFT)
        return Rows(found, ("year", "round_no", "pk"), ITSELF | {"program": "program__name"})

    def task(facts):
        plan = plan_of(facts)
        return Task(str(plan), plan.get_absolute_url(), "Xếp đề án", facts.program)

    return Asked("Kế hoạch đang lập", rows, task)


def plans_to_decide(desk):
    def rows():
        found = desk.of_others(AnnualPlan.objects).filter(status=PlanStatus.SUBMITTED)
        return Rows(found, ("submitted_at", "pk"), ITSELF | SUBMISSION)

    def task(facts):
        url = reverse("projects:plan_approve", args=[facts.key])
        return Task(str(plan_of(facts)), url, "Xem và quyết định", submission(facts), is_urgent=True)

    return Asked("Kế hoạch chờ phê duyệt", rows, task)
