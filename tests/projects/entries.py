"""The entry form of a project in tests: addresses of its parts, posted rows, and what others did meanwhile."""

from django.contrib.messages import get_messages
from django.urls import reverse

from projects import services
from projects.models import Project
from tests.factories import source

PARTS = ("thong-tin", "kinh-phi", "thu-huong", "du-toan", "noi-dung", "hieu-qua", "kiem-tra")


def address(project, part):
    return reverse("projects:edit", args=[project.pk, part])


def cell(code):
    return f"source-{source(code).pk}"


def row(number, **values):
    """Posted fields of a row; money by source code in capitals."""
    return {f"row-{number}-{cell(name) if name.isupper() else name}": value for name, value in values.items()}


def shares(number, facility, **values):
    return row(number, facility=facility, **values)


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def saved_by_another(house, project, **changes):
    current = Project.objects.get(pk=project.pk)
    for name, value in changes.items():
        setattr(current, name, value)
    services.save_project(current, by=house.second_officer)


def funded_by_another(house, project, total, **amounts):
    amounts = {source(code): amount for code, amount in amounts.items()}
    services.set_funding(project, by=house.second_officer, total_cost=total, amounts=amounts)
