"""What is due of a record, until when and by which clause; a rule that moves moves what follows."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from khuyencong.dates import today
from programs import services as program_services
from programs.models import AnnualPlan, DeadlineRule, Program
from projects import deadlines, services
from projects.models import Acceptance, Contract, Inspection, ProgressReport, Project
from tests import stories
from tests.factories import thai_nguyen


def days_of(project):
    """{key: (label, day)}."""
    return {due.key: (due.label, due.on) for due in deadlines.deadlines_of(project)}


def only_day(project, key):
    return days_of(project)[key][1]


@pytest.fixture
def running(house):
    project = stories.contracted_project(house)
    return services.start_project(project, by=house.officer)


@pytest.fixture
def accepted(house, running):
    project = services.accept_project(running, by=house.director, number="01/BBNT", accepted_on=date(2026, 11, 1))
    project.refresh_from_db()
    return project


def report(house, project, *months):
    for month in months:
        row = ProgressReport(project=project, month=date(2026, month, 1), volume_percent=10 * month, value_done=0)
        services.save_progress_report(row, by=house.officer)


def test_work_under_a_contract_has_its_end_its_reports_and_its_liquidation(house, running):
    found = deadlines.deadlines_of(running)

    assert [(due.label, due.on, due.clause) for due in found] == [
        ("Báo cáo tiến độ tháng 3/2026", date(2026, 3, 25), "Thông tư 36/2013/TT-BCT, Điều 23 khoản 3 điểm a"),
        ("Hoàn thành đề án", date(2026, 11, 30), "Quyết định 10/QĐ-UBND"),
        ("Hết hạn hợp đồng", date(2026, 12, 15), "Hợp đồng đã ký"),
        ("Thanh lý hợp đồng", date(2027, 1, 22), "Thông tư 36/2013/TT-BCT, Điều 18 khoản 2"),
    ]
    assert {due.subject for due in found} == {str(running), str(running.contract)}


def test_next_report_is_the_first_month_without_one(house, running):
    report(house, running, 3, 5)
    assert days_of(running)["monthly_report"] == ("Báo cáo tiến độ tháng 4/2026", date(2026, 4, 25))

    report(house, running, 4)
    assert only_day(running, "monthly_report") == date(2026, 6, 25)


def test_month_whose_day_was_over_at_signing_needs_no_report(house, running):
    Project.objects.update(starts_on=None)
    for signed_on, month in ((date(2026, 2, 25), 2), (date(2026, 2, 26), 3)):
        Contract.objects.update(signed_on=signed_on)
        assert only_day(running, "monthly_report") == date(2026, month, 25)


def test_accepted_work_is_settled_and_followed_up(house, accepted):
    assert days_of(accepted) == {
        "settlement": ("Nộp hồ sơ quyết toán", date(2026, 11, 16)),
        "liquidation": ("Thanh lý hợp đồng", date(2027, 1, 22)),
        "follow_up_first": ("Theo dõi kết quả lần 1", date(2027, 5, 1)),
        "follow_up_second": ("Theo dõi kết quả lần 2", date(2027, 11, 1)),
    }
    first = next(due for due in deadlines.deadlines_of(accepted) if due.key == "follow_up_first")
    assert first.clause == "Đề xuất, chưa có văn bản"


def test_settlement_waits_for_the_last_project_of_the_contract(house):
    plan = stories.draft_plan(house)
    first, second = (stories.planned_project(house, plan) for _number in range(2))
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    for project in (first, second):
        project.refresh_from_db()
    services.sign_contract(stories.contract_of(first, second), by=house.accountant, projects=[first, second])
    for number, (project, day) in enumerate([(first, date(2026, 10, 1)), (second, date(2026, 10, 20))], 1):
        assert "settlement" not in days_of(first)
        services.start_project(project, by=house.officer)
        services.accept_project(project, by=house.director, number=f"{number}/BBNT", accepted_on=day)

    assert only_day(first, "settlement") == only_day(second, "settlement") == date(2026, 11, 4)


def test_work_accepted_before_the_proposed_rule_is_not_asked_again(house, accepted):
    Acceptance.objects.update(accepted_on=date(2024, 12, 31))
    assert "follow_up_first" not in days_of(accepted)
    Acceptance.objects.update(accepted_on=date(2025, 1, 1))
    assert only_day(accepted, "follow_up_first") == date(2025, 7, 1)


def test_new_rule_moves_what_is_accepted_from_its_day_on_and_the_past_keeps_its_own(house, accepted):
    DeadlineRule.objects.filter(key="settlement").update(valid_to=date(2026, 11, 1))
    new = DeadlineRule.objects.create(
        key="settlement", kind="after", days_after=30, valid_from=date(2026, 11, 2), legal_source="Văn bản mới"
    )
    assert only_day(accepted, "settlement") == date(2026, 11, 16)

    DeadlineRule.objects.filter(key="settlement").update(valid_to=None)
    DeadlineRule.objects.filter(pk=new.pk).update(valid_from=date(2026, 11, 1))
    assert only_day(accepted, "settlement") == date(2026, 12, 1)
    assert next(due for due in deadlines.deadlines_of(accepted) if due.key == "settlement").source == "Văn bản mới"


def test_rule_of_the_own_house_goes_before_the_general_one(house, accepted):
    elsewhere = stories.make_house(thai_nguyen(), "Thái Nguyên")
    DeadlineRule.objects.create(key="settlement", kind="after", days_after=7, owner=elsewhere.department)
    assert only_day(accepted, "settlement") == date(2026, 11, 16)

    DeadlineRule.objects.create(key="settlement", kind="after", days_after=10, owner=house.department)
    assert only_day(accepted, "settlement") == date(2026, 11, 11)


def test_demand_of_a_visit_is_due_until_it_is_met(house, running):
    visit = Inspection(
        project=running, visited_on=date(2026, 6, 1), number="05/BB", members="Lê Văn A", findings="Chậm.",
        demands="Lắp xong máy.", demands_due_on=date(2026, 7, 1),
    )  # fmt: skip
    visit = services.save_inspection(visit, by=house.officer)
    due = next(due for due in deadlines.deadlines_of(running) if due.key == "demands")
    assert (due.label, due.on, due.source) == (
        "Khắc phục yêu cầu kiểm tra ngày 01/06/2026", date(2026, 7, 1), "Biên bản kiểm tra 05/BB",
    )  # fmt: skip

    services.resolve_inspection(visit, by=house.officer, resolved_on=date(2026, 7, 2), resolution="Đã lắp.")
    assert "demands" not in days_of(running)


def test_house_sees_what_its_role_acts_on_until_the_day(house, running):
    def keys(person, until=date(2030, 1, 1), **since):
        return {due.key for due in deadlines.due_items(person, until, **since)} - set(deadlines.REGISTRATIONS)

    assert keys(house.officer) == {"monthly_report", "project_end", "contract_end", "liquidation"}
    assert keys(house.reviewer) == {"monthly_report", "project_end", "contract_end"}
    assert keys(house.director) == {"project_end"}
    assert keys(house.accountant) == {"contract_end", "liquidation"}
    assert keys(house.viewer) == set()
    assert keys(house.officer, date(2026, 12, 15)) == {"monthly_report", "project_end", "contract_end"}
    assert keys(house.officer, since=date(2026, 12, 15)) == {"contract_end", "liquidation"}
    elsewhere = stories.make_house(thai_nguyen(), "Thái Nguyên")
    assert keys(elsewhere.officer) == keys(elsewhere.accountant) == set()


def test_deputy_sees_the_deadlines_of_the_director(house, accepted, running):
    Project.objects.filter(pk=accepted.pk).update(status="in_progress")
    deputy = type(house.officer).objects.get(pk=house.second_officer.pk)
    stories.delegation(house, deputy=deputy)
    assert deadlines.is_for(deputy, deadlines.deadlines_of(accepted)[0])


def test_follow_ups_of_long_ago_stay_out_of_what_comes(house, accepted):
    soon = [due.key for due in deadlines.due_items(house.officer, date(2027, 12, 1), since=date(2027, 6, 1))]
    assert "follow_up_second" in soon
    assert "follow_up_first" not in soon
    late = [due.key for due in deadlines.due_items(house.officer, date(2027, 12, 1))]
    assert "follow_up_first" in late


def test_registration_of_the_national_plan_comes_every_year_for_its_planners(house):
    until = today() + timedelta(days=366)
    year = today().year
    stories.draft_plan(house)
    assert deadlines.due_items(house.reviewer, until) == []

    national = Program(
        name="Chương trình quốc gia", scope="national", area=house.province, period_start=year, period_end=year + 3
    )
    program = program_services.save_program(national, by=house.reviewer)
    found = [due for due in deadlines.due_items(house.reviewer, until) if due.key == "register_ministry"]
    assert len(found) in (1, 2)
    assert {(due.on.month, due.on.day) for due in found} == {(6, 20)}
    labels = [f"Đăng ký kế hoạch khuyến công quốc gia năm {due.on.year + 1}" for due in found]
    assert [due.label for due in found] == labels
    assert deadlines.due_items(house.officer, until) == []

    plan = stories.draft_plan(house, year=found[0].on.year + 1, program=program)
    AnnualPlan.objects.filter(pk=plan.pk).update(
        status="submitted", submitted_by=house.reviewer, submitted_at=timezone.now()
    )
    left = [due for due in deadlines.due_items(house.reviewer, until) if due.key == "register_ministry"]
    assert left == found[1:]


@pytest.mark.parametrize("count", [1, 3])
def test_deadlines_ask_a_fixed_number_of_queries(house, django_assert_num_queries, count):
    plan = stories.draft_plan(house, budgets={"KCDP": 5_000_000_000})
    rows = [stories.planned_project(house, plan) for _number in range(2 * count)]
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    for number, project in enumerate(rows):
        project.refresh_from_db()
        contract = stories.contract_of(project, number=f"{number}/HĐ")
        services.sign_contract(contract, by=house.accountant, projects=[project])
        services.start_project(project, by=house.officer)
    for number, project in enumerate(rows[:count]):
        services.accept_project(project, by=house.director, number=f"{number}/BB", accepted_on=date(2026, 11, 1))
    person = type(house.officer).objects.get(pk=house.officer.pk)
    with django_assert_num_queries(7):
        found = deadlines.due_items(person, date(2027, 12, 1))
    assert len([due for due in found if due.key == "settlement"]) == count
    with django_assert_num_queries(3):
        deadlines.deadlines_of(rows[0])
