"""A project, or those of last year's plan, taken over as drafts."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from projects import services
from projects.models import Project, ProjectStatus
from projects.services.copying import COPIED, copy_project
from tests import stories


@pytest.fixture
def house(db):
    return stories.make_house()


@pytest.fixture
def source(house):
    return stories.complete_project(house, stories.draft_plan(house))


@pytest.fixture
def plan(house, source):
    return stories.draft_plan(house)


def money(project):
    return dict(project.funding_lines.values_list("source__code", "requested_amount"))


def items(project):
    return list(project.cost_items.values_list("name", "quantity", "unit_price").order_by("pk"))


def test_copy_takes_the_work_and_leaves_the_year(house, source, plan):
    project = copy_project(source, plan, by=house.officer, name="Làm tiếp năm sau")
    assert (project.plan, project.name, project.status) == (plan, "Làm tiếp năm sau", ProjectStatus.DRAFT)
    assert project.code != source.code
    assert {field: getattr(project, field) for field in COPIED} == {field: getattr(source, field) for field in COPIED}
    assert (project.starts_on, project.ends_on, project.group) == (None, None, None)
    assert (money(project), items(project)) == (money(source), items(source))
    assert not project.beneficiaries.exists()


def test_copy_takes_the_facilities_when_asked(house, source, plan):
    project = copy_project(source, plan, by=house.officer, name="Cùng cơ sở", with_facilities=True)
    names = [row.facility for row in project.beneficiaries.all()]
    assert names == [row.facility for row in source.beneficiaries.all()] != []


def test_copy_is_refused_under_a_name_that_the_plan_has(house, source, plan):
    copy_project(source, plan, by=house.officer, name=source.name)
    with pytest.raises(ValidationError, match="mang tên này"):
        copy_project(source, plan, by=house.officer, name=source.name)


def test_copy_is_for_drafters(house, source, plan):
    with pytest.raises(PermissionDenied):
        copy_project(source, plan, by=house.accountant, name="Khác")


def test_page_copies_and_keeps_what_was_typed(client, house, source, plan):
    client.force_login(house.officer)
    address = reverse("projects:copy", args=[source.pk])
    assert f'href="{address}"' in client.get(source.get_absolute_url()).text
    answer = client.post(address, {"plan": "", "name": "Tên mới"})
    assert "Chọn kế hoạch." in answer.text
    assert "Tên mới" in answer.text
    answer = client.post(address, {"plan": plan.pk, "name": "Tên mới"})
    copy = Project.objects.get(name="Tên mới")
    assert answer.url == reverse("projects:edit", args=[copy.pk, "thong-tin"])


def test_plan_takes_over_the_chosen_projects_once(client, house, source, plan):
    client.force_login(house.officer)
    address = f"{reverse('projects:plan_copy', args=[plan.pk])}?tu={source.plan_id}"
    assert source.code in client.get(address).text
    assert "Chọn ít nhất một đề án." in client.post(address).text
    for told in ("Đã chép 1 đề án", "Đã chép 0 đề án thành bản dự thảo. 1 đề án cùng tên đã có"):
        assert told in client.post(address, {"chon": [source.pk]}, follow=True).text
    assert plan.projects.count() == 1


def test_plan_that_was_submitted_takes_no_copies(client, house, source, plan):
    stories.planned_project(house, plan)
    services.submit_plan(plan, by=house.reviewer)
    client.force_login(house.officer)
    assert client.get(reverse("projects:plan_copy", args=[plan.pk])).status_code == 403
