"""Re-read rows under lock, always plan before projects, so that two people never decide on stale figures."""

from programs.models import AnnualPlan
from projects.models import Project


def locked_project(project):
    rows = Project.objects.select_for_update(of=("self",)).select_related("plan__program", "owner", "reviewer", "unit")
    return rows.get(pk=project.pk)


def locked_plan(plan):
    rows = AnnualPlan.objects.select_for_update(of=("self",)).select_related("program", "owner")
    return rows.get(pk=plan.pk)


def locked_projects_of(plan, *statuses):
    rows = Project.objects.select_for_update(of=("self",)).select_related("owner", "reviewer", "unit", "content")
    projects = list(rows.filter(plan=plan, status__in=statuses).order_by("pk"))
    for project in projects:
        project.plan = plan
    return projects
