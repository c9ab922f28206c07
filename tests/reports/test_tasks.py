from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from khuyencong.dates import today
from khuyencong.models import OrganisationKind, Role
from programs.deadlines import months_after
from projects import services
from projects.models import (
    Acceptance,
    Amendment,
    Contract,
    FundingLine,
    HandoverEvent,
    Inspection,
    ProgressReport,
    Project,
    Settlement,
)
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
        assert (tasks_of(person).get("Đến hạn hoàn thành") == [str(project)]) is listed
    if listed:
        group = group_of(house.director, "Đến hạn hoàn thành")
        assert (group.late, group.tasks[0].days_late) == (1 if days < 0 else 0, max(-days, 0))


def test_approved_project_waits_for_its_contract_then_to_be_started(house, plan):
    project = stories.approved_project(house, plan)
    expected = {"Đã phê duyệt, chờ ký hợp đồng": [str(project)]}
    assert tasks_of(house.officer) == tasks_of(house.accountant) == expected
    [task] = group_of(house.officer, "Đã phê duyệt, chờ ký hợp đồng").tasks
    assert task.detail == "Theo Quyết định số 10/QĐ-UBND ngày 04/01/2026"
    assert task.url == f"/ke-hoach/{plan.pk}/hop-dong-moi/?de-an={project.pk}"

    services.sign_contract(stories.contract_of(project), by=house.accountant, projects=[project])
    assert tasks_of(house.officer)["Đã ký hợp đồng, chưa bắt đầu"] == [str(project)]
    assert "Đã phê duyệt, chờ ký hợp đồng" not in tasks_of(house.officer) | tasks_of(house.accountant)


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


# The year's work


@pytest.fixture
def contracted(house):
    return stories.contracted_project(house)


@pytest.fixture
def at_work(house, contracted):
    return services.start_project(contracted, by=house.officer)


@pytest.fixture
def settling(house, at_work):
    """A contract whose work is accepted, its dossier and its one line of support."""
    services.accept_project(at_work, by=house.director, number="01/BBNT", accepted_on=date(2026, 11, 1))
    contract = Contract.objects.get()
    settlement = Settlement.objects.create(
        contract=contract, created_by=house.officer, updated_by=house.officer, submitted_by=house.officer,
        submitted_at=timezone.now(),
    )  # fmt: skip
    return contract, settlement, FundingLine.objects.get(project=at_work, source__code="KCDP")


def report_of(house, project, month=2):
    row = ProgressReport(project=project, month=date(2026, month, 1), volume_percent=20, value_done=0)
    return services.save_progress_report(row, by=house.officer)


def test_report_of_the_first_missing_month_waits_for_the_officer_with_its_clause(house, at_work):
    group = group_of(house.officer, "Báo cáo tiến độ phải lập")
    [task] = group.tasks
    assert (task.title, task.due, group.late) == (str(at_work), date(2026, 3, 25), 1)
    assert task.detail == "Báo cáo tiến độ tháng 3/2026. Thông tư 36/2013/TT-BCT, Điều 23 khoản 3 điểm a"

    report_of(house, at_work, 3)
    assert group_of(house.officer, "Báo cáo tiến độ phải lập").tasks[0].due == date(2026, 4, 25)
    assert "Báo cáo tiến độ phải lập" not in tasks_of(house.accountant)


def test_report_waits_for_the_confirmation_of_another_hand(house, at_work):
    report = report_of(house, at_work)
    [task] = group_of(house.reviewer, "Báo cáo tiến độ chờ xác nhận").tasks
    assert (task.title, task.url) == (str(at_work), f"/tien-do/{report.pk}/")
    assert task.detail == f"Tháng 02/2026: 20% khối lượng, {house.officer} lập"
    assert "Báo cáo tiến độ chờ xác nhận" not in tasks_of(house.officer)

    ProgressReport.objects.update(created_by=house.reviewer)
    assert "Báo cáo tiến độ chờ xác nhận" not in tasks_of(house.reviewer)
    assert "Báo cáo tiến độ chờ xác nhận" in tasks_of(house.second_reviewer)
    services.confirm_progress_report(report, by=house.second_reviewer)
    assert "Báo cáo tiến độ chờ xác nhận" not in tasks_of(house.second_reviewer)


def test_demand_of_a_visit_waits_once_its_day_is_near(house, at_work):
    visit = Inspection(
        project=at_work, visited_on=date(2026, 6, 1), members="Lê Văn A", findings="Chậm.", demands="Lắp xong.",
        demands_due_on=today() + timedelta(days=14),
    )  # fmt: skip
    visit = services.save_inspection(visit, by=house.officer)
    title = "Yêu cầu kiểm tra chưa khắc phục"
    assert tasks_of(house.officer)[title] == tasks_of(house.reviewer)[title] == [str(at_work)]
    Inspection.objects.update(demands_due_on=today() + timedelta(days=15))
    assert title not in tasks_of(house.officer)


@pytest.mark.parametrize(
    ("status", "who", "title"),
    [
        ("submitted", "director", "Điều chỉnh chờ quyết định"),
        ("returned", "officer", "Điều chỉnh đang lập, bị trả lại"),
        ("draft", "officer", "Điều chỉnh đang lập, bị trả lại"),
    ],
)
def test_change_waits_for_whoever_acts_next(house, at_work, status, who, title):
    Amendment.objects.create(
        project=at_work, number=1, kind="extend", reason="Mưa lũ.", authority="province", status=status,
        created_by=house.officer, updated_by=house.officer, submitted_by=house.officer, submitted_at=timezone.now(),
    )  # fmt: skip
    people = ("officer", "reviewer", "director", "accountant")
    assert [name for name in people if title in tasks_of(getattr(house, name))] == [who]
    assert tasks_of(getattr(house, who))[title] == [str(at_work)]


def test_accepted_contract_waits_for_its_accounts(house, at_work):
    title = "Hợp đồng chờ quyết toán"
    assert title not in tasks_of(house.accountant)
    services.accept_project(at_work, by=house.director, number="01/BBNT", accepted_on=date(2026, 11, 1))
    for person in (house.accountant, house.officer):
        [task] = group_of(person, title).tasks
        assert (task.title, task.due) == ("Hợp đồng 15/HĐ-KC", date(2026, 11, 16))
        assert task.detail == "Nộp hồ sơ quyết toán. Thông tư 36/2013/TT-BCT, Điều 18 khoản 1"
    assert title not in tasks_of(house.director)


@pytest.mark.parametrize(
    ("status", "who", "title"),
    [
        ("submitted", ["director"], "Quyết toán chờ duyệt"),
        ("returned", ["officer", "accountant"], "Quyết toán bị trả lại"),
    ],
)
def test_accounts_wait_for_whoever_acts_next(house, settling, status, who, title):
    contract, _settlement, _line = settling
    Settlement.objects.update(status=status)
    people = ("officer", "reviewer", "director", "accountant")
    assert [name for name in people if title in tasks_of(getattr(house, name))] == who
    [task] = group_of(getattr(house, who[0]), title).tasks
    assert (task.title, task.url) == (str(contract), f"/hop-dong/{contract.pk}/quyet-toan/")
    assert "Quyết toán chờ duyệt" not in tasks_of(house.officer)


@pytest.mark.parametrize(
    ("settled", "paid", "title", "detail"),
    [
        (280_000_000, 210_000_000, "Còn phải chi", "70.000.000 đồng"),
        (200_000_000, 210_000_000, "Còn phải thu hồi", "10.000.000 đồng"),
        (210_000_000, 210_000_000, "Hợp đồng chờ thanh lý", None),
    ],
)
def test_money_of_a_settled_contract_waits_for_the_accountant(house, settling, settled, paid, title, detail):
    contract, _settlement, line = settling
    Contract.objects.update(status="settled")
    FundingLine.objects.filter(pk=line.pk).update(settled_amount=settled, paid_amount=paid)
    money = {"Còn phải chi", "Còn phải thu hồi", "Hợp đồng chờ thanh lý"}
    assert money & set(tasks_of(house.accountant)) == {title}
    [task] = group_of(house.accountant, title).tasks
    if detail:
        assert task.detail.startswith(f"{detail} (")
        assert task.url == f"/de-an/{line.project_id}/hop-dong/"
    else:
        assert (task.title, task.due) == (str(contract), date(2027, 1, 22))
    assert not money & set(tasks_of(house.officer))


def test_stopped_work_gives_its_advance_back(house, at_work):
    FundingLine.objects.filter(project=at_work, source__code="KCDP").update(paid_amount=50_000_000)
    assert "Còn phải thu hồi" not in tasks_of(house.accountant)
    Project.objects.filter(pk=at_work.pk).update(status="stopped")
    [task] = group_of(house.accountant, "Còn phải thu hồi").tasks
    assert task.detail.startswith("50.000.000 đồng (")


def test_follow_up_waits_once_its_day_is_near(house, at_work):
    def set_day(day):
        Acceptance.objects.update(accepted_on=day)
        return group_of(house.officer, title) if title in tasks_of(house.officer) else None

    title = "Theo dõi kết quả sau nghiệm thu"
    services.accept_project(at_work, by=house.director, number="01/BBNT", accepted_on=date(2026, 11, 1))
    assert set_day(months_after(today(), -5)) is None
    near = set_day(months_after(today(), -6) + timedelta(days=7))
    assert (near.count, near.late, near.tasks[0].button) == (1, 0, "Ghi số liệu")
    late = set_day(months_after(today(), -8))
    assert (late.count, late.late, late.tasks[0].title) == (1, 1, str(at_work))
    assert title not in tasks_of(house.accountant)


def test_end_of_a_contract_is_told_a_fortnight_before(house, at_work):
    title = "Hạn khác trong 14 ngày tới"
    Contract.objects.update(ends_on=today() + timedelta(days=15))
    assert title not in tasks_of(house.officer)
    Contract.objects.update(ends_on=today() + timedelta(days=14))
    for person in (house.officer, house.reviewer, house.accountant):
        assert tasks_of(person)[title] == ["Hợp đồng 15/HĐ-KC"]
    assert group_of(house.officer, title).tasks[0].detail == "Hết hạn hợp đồng. Hợp đồng đã ký"


def test_deputy_sees_what_waits_for_the_director_beside_the_own_work(house, plan):
    stories.planned_project(house, plan)
    services.submit_plan(plan, by=house.reviewer)
    stories.delegation(house, deputy=house.second_officer)
    deputy = type(house.officer).objects.get(pk=house.second_officer.pk)
    stories.draft_project(type(house)(**vars(house) | {"officer": deputy}), stories.draft_plan(house))

    assert list(tasks_of(deputy)) == ["Kế hoạch chờ phê duyệt", "Đang lập dở"]
    assert "Kế hoạch chờ phê duyệt" not in tasks_of(house.officer)


def test_work_of_another_province_waits_for_nobody_here(house, settling):
    Settlement.objects.update(status="submitted")
    elsewhere = stories.make_house(thai_nguyen(), "Thái Nguyên")
    people = (elsewhere.officer, elsewhere.reviewer, elsewhere.director, elsewhere.accountant)
    assert [task_groups(person) for person in people] == [[], [], [], []]


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


@pytest.mark.parametrize(("who", "queries"), [("officer", 10), ("reviewer", 10), ("director", 5), ("accountant", 11)])
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


@pytest.mark.parametrize("count", [1, 3])
def test_tasks_of_the_year_ask_the_same_number_of_queries(house, count):
    plan = stories.draft_plan(house, budgets={"KCDP": 5_000_000_000})
    rows = [stories.planned_project(house, plan) for _number in range(2 * count)]
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    for number, project in enumerate(rows, 1):
        project.refresh_from_db()
        contract = stories.contract_of(project, number=f"{number}/HĐ")
        services.sign_contract(contract, by=house.accountant, projects=[project])
        services.start_project(project, by=house.officer)
        report_of(house, project)
    for number, project in enumerate(rows[:count], 1):
        services.accept_project(project, by=house.director, number=f"{number}/BB", accepted_on=date(2026, 3, 1))
    asked = {}
    for who in ("officer", "reviewer", "director", "accountant"):
        person = type(house.officer).objects.get(pk=getattr(house, who).pk)
        with CaptureQueriesContext(connection) as queries:
            task_groups(person)
        asked[who] = len(queries)

    assert asked == {"officer": 10, "reviewer": 10, "director": 5, "accountant": 11}


def test_act_that_asks_for_nothing_is_done_from_the_first_page(client, house):
    project = stories.contracted_project(house)
    client.force_login(house.officer)
    page = client.get("/").text
    assert f'form="at-once" formaction="/de-an/{project.pk}/bat-dau/"' in page
    assert f'name="version" value="{project.version}"' in page
    answer = client.post(f"/de-an/{project.pk}/bat-dau/", {"version": project.version}, follow=True)
    assert f"Đã bắt đầu thực hiện {project.code}" in answer.text
    assert "/bat-dau/" not in client.get("/").text


def test_colleagues_share_what_is_due_and_keep_their_own_work(client, house, plan, memory):
    """Two officers of one body see the same days, and each only their own drafts; an act shows at once."""
    project = stories.contracted_project(house)
    stories.draft_project(house, plan)
    colleague = UserFactory(organisation=house.officer.organisation, role=house.officer.role)
    shown = {}
    for person in (house.officer, colleague):
        client.force_login(person)
        shown[person] = client.get("/").text
    assert all(f"/de-an/{project.pk}/bat-dau/" in text for text in shown.values())
    assert ["Đang lập dở" in shown[person] for person in (house.officer, colleague)] == [True, False]

    client.post(f"/de-an/{project.pk}/bat-dau/", {"version": project.version})
    for person in (house.officer, colleague):
        client.force_login(person)
        assert f"/de-an/{project.pk}/bat-dau/" not in client.get("/").text
