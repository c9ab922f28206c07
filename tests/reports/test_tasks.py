from datetime import timedelta

import pytest
from django.urls import reverse

from khuyencong.dates import today
from khuyencong.models import OrganisationKind, Role
from projects import services
from projects.models import HandoverEvent, Project
from reports.tasks import SHOWN, Task, task_groups
from tests import stories
from tests.factories import FacilityFactory, OrganisationFactory, UserFactory, thai_nguyen


def tasks_of(person):
    """{group: titles}."""
    return {group.title: [task.title for task in group.tasks] for group in task_groups(person)}


def group_of(person, title):
    return next(group for group in task_groups(person) if group.title == title)


def running(house, plan, ends_in):
    """A project under way that ends so many days from today."""
    project = services.start_project(stories.approved_project(house, plan), by=house.officer)
    Project.objects.filter(pk=project.pk).update(ends_on=today() + timedelta(days=ends_in))
    return project


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "left", "late"), [(3, 3, 0), (0, 0, 0), (-2, -2, 2)])
def test_task_counts_its_days(days, left, late):
    task = Task("Việc", "/", "Mở", due=today() + timedelta(days=days))
    assert (task.days_left, task.days_late) == (left, late)


def test_task_without_a_day_counts_none():
    assert (Task("Việc", "/", "Mở").days_left, Task("Việc", "/", "Mở").days_late) == (None, None)


# Officers


def test_officer_goes_on_with_own_drafts(house, plan):
    project = stories.draft_project(house, plan)
    assert tasks_of(house.officer) == {"Đang lập dở": [str(project)]}
    [task] = group_of(house.officer, "Đang lập dở").tasks
    assert (task.url, task.button, task.detail) == (
        reverse("projects:edit", args=[project.pk, "kiem-tra"]), "Làm tiếp", str(plan),
    )  # fmt: skip
    assert tasks_of(house.second_officer) == {}


def test_submitted_file_is_no_more_the_officers_task(house, plan):
    stories.submitted_project(house, plan)
    assert tasks_of(house.officer) == {}


def test_officer_reads_the_reason_of_a_return_first(house, plan):
    project = stories.submitted_project(house, plan)
    services.return_project(project, by=house.reviewer, reason="Thiếu báo giá.", items=["total_cost", "objective"])
    stories.draft_project(house, plan)
    first, second = task_groups(house.officer)
    assert (first.title, second.title) == ("Bị trả lại, cần sửa", "Đang lập dở")
    [task] = first.tasks
    assert (task.title, task.button, task.is_urgent) == (str(project), "Sửa 2 mục", True)
    assert task.detail.startswith(f"{house.reviewer}, ")
    assert task.detail.endswith(": “Thiếu báo giá.”")
    assert tasks_of(house.second_officer) == {}


def test_returned_file_shows_the_last_reason(house, plan):
    project = stories.submitted_project(house, plan)
    for reason in ("Lần đầu.", "Lần sau."):
        services.return_project(project, by=house.reviewer, reason=reason)
        project = services.submit_project(project, by=house.officer)
    services.return_project(project, by=house.reviewer, reason="Lần cuối.")
    [task] = group_of(house.officer, "Bị trả lại, cần sửa").tasks
    assert "Lần cuối." in task.detail
    assert task.button == "Sửa"


@pytest.mark.parametrize(("days", "listed"), [(-3, True), (0, True), (14, True), (15, False)])
def test_work_that_ends_within_a_fortnight_waits_for_everyone_of_the_body(house, plan, days, listed):
    project = running(house, plan, days)
    for person in (house.officer, house.second_officer, house.second_reviewer, house.director):
        assert ([str(project)] in tasks_of(person).values()) is listed
    if listed:
        group = group_of(house.director, "Đến hạn hoàn thành")
        assert (group.late, group.tasks[0].days_late) == (1 if days < 0 else 0, max(-days, 0))


def test_approved_project_waits_to_be_started(house, plan):
    project = stories.approved_project(house, plan)
    assert tasks_of(house.officer) == {"Đã phê duyệt, chưa bắt đầu": [str(project)]}
    [task] = group_of(house.officer, "Đã phê duyệt, chưa bắt đầu").tasks
    assert task.detail == "Theo Quyết định số 10/QĐ-UBND ngày 04/01/2026"


def test_accepted_project_waits_for_its_handover_until_one_names_it(house, plan):
    project = stories.accepted_project(house, plan)
    assert tasks_of(house.officer) == {"Đã nghiệm thu, chưa lập bàn giao": [str(project)]}
    event = HandoverEvent.objects.create(
        plan=project.plan, subject="kết quả đề án", venue="Hội trường", giver=house.department,
        created_by=house.officer, updated_by=house.officer,
    )  # fmt: skip
    event.projects.add(project)
    assert tasks_of(house.officer) == {"Đợt bàn giao chưa hoàn tất": ["Bàn giao kết quả đề án"]}
    HandoverEvent.objects.update(is_done=True, held_on=today())
    assert tasks_of(house.officer) == {}


def test_plan_that_is_closed_leaves_no_task(house, plan):
    stories.accepted_project(house, plan)
    services.close_plan(plan, by=house.director)
    assert tasks_of(house.officer) == {}


# Heads of unit


def test_submitted_files_wait_for_the_heads_of_the_body(house, plan):
    project = stories.submitted_project(house, plan)
    expected = {"Chờ thẩm định": [str(project)], "Kế hoạch đang lập": [str(plan)]}
    assert tasks_of(house.reviewer) == tasks_of(house.second_reviewer) == expected
    [task] = group_of(house.reviewer, "Chờ thẩm định").tasks
    assert task.url == reverse("projects:appraise", args=[project.pk])
    assert task.detail.startswith(f"{house.officer} trình ngày ")


def test_nobody_is_asked_to_appraise_their_own_file(house, plan):
    as_officer = type(house)(**vars(house) | {"officer": house.reviewer})
    project = stories.submitted_project(as_officer, plan)
    assert "Chờ thẩm định" not in tasks_of(house.reviewer)
    assert tasks_of(house.second_reviewer)["Chờ thẩm định"] == [str(project)]


def test_file_that_came_back_waits_for_the_one_who_returned_it(house, plan):
    project = services.return_project(
        stories.submitted_project(house, plan), by=house.second_reviewer, reason="Thiếu báo giá."
    )
    services.submit_project(project, by=house.officer)
    assert tasks_of(house.second_reviewer)["Chờ thẩm định"] == [str(project)]
    assert "Chờ thẩm định" not in tasks_of(house.reviewer)


def test_appraised_files_wait_for_their_place_in_the_plan(house, plan):
    project = stories.appraised_project(house, plan)
    [task] = group_of(house.reviewer, "Đã thẩm định, chưa xếp vào kế hoạch").tasks
    assert (task.title, task.url, task.button) == (str(project), plan.get_absolute_url(), "Xếp kế hoạch")


def test_appraised_file_of_a_plan_already_decided_goes_to_another(house, plan):
    late = stories.appraised_project(house, plan)
    stories.approved_project(house, plan)
    [task] = group_of(house.reviewer, "Đã thẩm định, chưa xếp vào kế hoạch").tasks
    assert (task.url, task.button) == (reverse("projects:move", args=[late.pk]), "Chuyển kế hoạch")


def test_returned_plan_comes_before_drafts(house, plan):
    stories.planned_project(house, plan)
    services.submit_plan(plan, by=house.reviewer)
    assert "Kế hoạch đang lập" not in tasks_of(house.reviewer)
    services.return_plan(plan, by=house.director, reason="Vượt khả năng ngân sách.")
    assert tasks_of(house.reviewer) == {"Kế hoạch bị trả lại": [str(plan)]}
    assert group_of(house.reviewer, "Kế hoạch bị trả lại").tasks[0].is_urgent is True


# Directors, readers, strangers


def test_submitted_plan_waits_for_the_directors(house, plan):
    stories.planned_project(house, plan)
    assert tasks_of(house.director) == {}
    services.submit_plan(plan, by=house.reviewer)
    assert tasks_of(house.director) == tasks_of(house.second_director) == {"Kế hoạch chờ phê duyệt": [str(plan)]}
    [task] = group_of(house.director, "Kế hoạch chờ phê duyệt").tasks
    assert (task.url, task.button) == (reverse("projects:plan_approve", args=[plan.pk]), "Xem và quyết định")


@pytest.mark.parametrize("field", ["created_by", "submitted_by"])
def test_director_is_not_asked_to_approve_their_own_plan(house, plan, field):
    stories.planned_project(house, plan)
    services.submit_plan(plan, by=house.reviewer)
    type(plan).objects.filter(pk=plan.pk).update(**{field: house.director})
    assert tasks_of(house.director) == {}
    assert tasks_of(house.second_director) == {"Kế hoạch chờ phê duyệt": [str(plan)]}


def test_readers_have_no_tasks(house, plan):
    stories.submitted_project(house, plan)
    stories.draft_project(house, plan)
    admin = UserFactory(organisation=None, is_superuser=True, role=Role.ADMIN)
    assert [task_groups(person) for person in (house.accountant, house.viewer, admin)] == [[], [], []]


def test_other_provinces_and_the_regional_centre_have_no_tasks_here(house, plan):
    stories.submitted_project(house, plan)
    stories.draft_project(house, plan)
    elsewhere = stories.make_house(thai_nguyen(), "Thái Nguyên")
    region = OrganisationFactory(kind=OrganisationKind.REGIONAL_CENTRE, areas=[house.province])
    for role in (Role.OFFICER, Role.REVIEWER, Role.DIRECTOR):
        assert task_groups(UserFactory(organisation=region, role=role)) == []
    assert task_groups(elsewhere.reviewer) == task_groups(elsewhere.director) == []
    assert task_groups(UserFactory(organisation=None)) == []


# Long groups


def test_group_shows_the_first_and_counts_all(house, plan):
    for number in range(SHOWN + 2):
        stories.draft_project(house, plan, name=f"Đề án {number}")
    group = group_of(house.officer, "Đang lập dở")
    assert (len(group.tasks), group.count) == (SHOWN, SHOWN + 2)
    assert group.more_url == "/de-an/?trang-thai=draft"
    stories.draft_project(house, plan)
    assert group_of(house.officer, "Đang lập dở").count == SHOWN + 3


def test_short_group_needs_no_link(house, plan):
    stories.draft_project(house, plan)
    assert group_of(house.officer, "Đang lập dở").more_url == ""


@pytest.mark.parametrize(("who", "queries"), [("officer", 9), ("reviewer", 8), ("director", 4)])
@pytest.mark.parametrize("count", [1, 3])
def test_tasks_ask_the_same_number_of_queries(house, plan, django_assert_num_queries, who, queries, count):
    for _number in range(count):
        facility = FacilityFactory(created_by=house.officer)
        returned = stories.submitted_project(house, plan, facility=facility)
        services.return_project(returned, by=house.reviewer, reason="Thiếu.")
        stories.submitted_project(house, plan, facility=FacilityFactory(created_by=house.officer))
        stories.appraised_project(house, plan, facility=FacilityFactory(created_by=house.officer))
        stories.draft_project(house, plan)
    person = type(house.officer).objects.get(pk=getattr(house, who).pk)
    with django_assert_num_queries(queries):
        task_groups(person)
