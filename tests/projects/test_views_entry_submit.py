"""What is missing, submitting, and the file that came back."""

import re

import pytest

from khuyencong.models import AuditEntry
from projects import services
from projects.models import Project, ProjectStatus
from tests import stories
from tests.factories import FacilityFactory
from tests.projects.entries import PARTS, address, saved_by_another, told
from tests.projects.pages import fields_of, sent

# Check and submit


def test_check_lists_what_is_missing_with_links(officer, draft):
    response = officer.get(address(draft, "kiem-tra"))

    links = set(re.findall(r'href="([^"]+)#id_(\w+)"', response.content.decode()))
    assert {field for part, field in links if part == address(draft, "kinh-phi")} == {"total_cost"}
    assert len(links) == 10
    assert 'aria-disabled="true"' in response.content.decode()


@pytest.mark.parametrize("complete", [True, False])
def test_every_missing_item_points_at_something_on_its_page(officer, house, plan, complete):
    project = stories.complete_project(house, plan) if complete else stories.draft_project(house, plan)
    if complete:
        items = [{"name": "Máy", "quantity": 1, "unit_price": 10**9}]
        project = services.set_cost_items(project, by=house.officer, rows=items)
        project = services.set_funding(project, by=house.officer, total_cost=5, amounts={})
        services.set_beneficiaries(project, by=house.officer, rows=[(FacilityFactory(), "", {})])

    for item in services.missing_items(project):
        assert f'id="id_{item.field}"' in officer.get(address(project, item.part)).content.decode(), item


def test_check_submits_once(officer, house, plan):
    project = stories.complete_project(house, plan)
    page = fields_of(officer.get(address(project, "kiem-tra")))
    first = officer.post(address(project, "kiem-tra"), page)
    second = officer.post(address(project, "kiem-tra"), page)

    assert first.url == second.url == project.get_absolute_url()
    assert "không cần trình nữa" in told(second)[-1]
    assert AuditEntry.objects.about(project).filter(action="project.submit").count() == 1


def test_check_refuses_an_incomplete_file(officer, draft):
    response = officer.post(address(draft, "kiem-tra"))

    assert response.url == address(draft, "kiem-tra")
    assert told(response) == ["Chưa trình được: còn 10 mục ở danh sách bên dưới."]
    assert Project.objects.get().status == ProjectStatus.DRAFT


def test_check_asks_to_read_again_what_another_changed(officer, house, plan):
    project = stories.complete_project(house, plan)
    page = fields_of(officer.get(address(project, "kiem-tra")))
    saved_by_another(house, project, objective="Đã sửa sau khi đọc")
    response = officer.post(address(project, "kiem-tra"), page)

    assert str(house.second_officer) in told(response)[0]
    assert Project.objects.get().status == ProjectStatus.DRAFT


# A returned file


@pytest.fixture
def returned(house, plan):
    project = stories.submitted_project(house, plan)
    items = ["kinh-phi", "objective", "name"]
    return services.return_project(project, by=house.reviewer, reason="Sửa vốn đối ứng.", items=items)


@pytest.mark.parametrize("part", PARTS)
def test_returned_file_shows_reason_and_named_items_first_on_every_part(officer, returned, part):
    response = officer.get(address(returned, part))

    page = response.content.decode()
    assert page.index("Sửa vốn đối ứng.") < page.index("Các phần của đề án")
    assert response.context["note_items"] == [
        ("Kinh phí theo nguồn", address(returned, "kinh-phi")),
        ("Mục tiêu", f"{address(returned, 'noi-dung')}#id_objective"),
        ("Tên", f"{address(returned, 'thong-tin')}#id_name"),
    ]


def test_returned_file_marks_the_named_fields(officer, returned):
    pages = {part: officer.get(address(returned, part)).content.decode() for part in PARTS[:-1]}

    assert {part: page.count("Được nêu khi trả lại") for part, page in pages.items()} == {
        "thong-tin": 1, "kinh-phi": 2, "thu-huong": 0, "du-toan": 0, "noi-dung": 1, "hieu-qua": 0,
    }  # fmt: skip


def test_returned_file_counts_down_what_is_mended(officer, returned):
    def states():
        return {task.part.slug: task.label for task in officer.get(address(returned, "thong-tin")).context["tasks"]}

    before = states()
    sent(officer, address(returned, "noi-dung"), objective="Đã sửa mục tiêu")
    after = states()

    assert (before["noi-dung"], before["kinh-phi"], before["hieu-qua"]) == ("Cần sửa 1 mục", "Cần sửa 1 mục", "Xong")
    assert (after["noi-dung"], after["kinh-phi"]) == ("Đã sửa", "Cần sửa 1 mục")


def test_returned_file_goes_back_to_its_reviewer(officer, house, returned):
    page = officer.get(address(returned, "kiem-tra"))
    response = officer.post(address(returned, "kiem-tra"), fields_of(page))

    assert f"hồ sơ về lại {house.reviewer}" in page.content.decode()
    assert response.url == returned.get_absolute_url()
    assert (Project.objects.get().status, Project.objects.get().reviewer) == (ProjectStatus.SUBMITTED, house.reviewer)
