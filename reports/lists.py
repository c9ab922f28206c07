"""The project list as a file: the same filter form and rows as the screen, whoever writes it, request or worker."""

from projects.figures import kinds_in_words
from projects.forms.filters import ProjectFilterForm
from projects.models import Project
from reports.exporters import ProjectListExporter


def for_export(projects):
    """With everything that the columns read, in a constant number of queries."""
    related = projects.select_related("plan", "group", "content__parent", "industry", "implementing_unit")
    return related.with_amounts().prefetch_related("beneficiaries__facility__unit")


def project_list(user, query):
    """(exporter, number of rows) of what the person sees under a query string."""
    form = ProjectFilterForm(query, user=user)
    projects = form.filter(Project.objects.visible_to(user))
    described = "; ".join(words for _name, words in form.describe())
    exporter = ProjectListExporter(
        for_export(projects),
        subtitle_lines=[f"Bộ lọc: {described or 'không'}", f"Kết quả: {kinds_in_words(projects)}"],
        organisation=str(user.organisation or ""),
        printed_by=str(user),
    )
    return exporter, projects.count()
