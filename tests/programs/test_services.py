from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from khuyencong.models import AuditEntry
from khuyencong.versions import StaleVersionError
from programs import services
from programs.models import AnnualPlan, Indicator, Program
from projects import services as project_services
from tests import stories
from tests.factories import content, source, thai_nguyen, unit, vinh_long


def indicator(code):
    return Indicator.objects.get(code=code)


def new_program(**values):
    values = {"name": "Chương trình 2021-2025", "area": vinh_long(), "period_start": 2021, "period_end": 2025} | values
    return Program(**values)


def refusal_of(act, *args, **kwargs):
    with pytest.raises(ValidationError) as caught:
        act(*args, **kwargs)
    return caught.value.message_dict if hasattr(caught.value, "error_dict") else caught.value.messages


def told(subject, action):
    return [entry.changes for entry in AuditEntry.objects.about(subject).filter(action=action).order_by("pk")]


def test_save_program_puts_targets_and_history_beside_it(house):
    targets = [(indicator("MONEY_SUPPORT"), 25_000_000_000, "QĐ 1288"), (indicator("PRJ_COUNT"), 162, "")]
    program = services.save_program(new_program(), by=house.reviewer, targets=targets)

    assert (program.owner, program.province, program.version) == (house.centre, house.province, 1)
    assert sorted(row.figure for row in program.targets.all()) == ["162", "25.000.000.000"]
    assert told(program, "program.set_targets") == [
        [
            ["Kinh phí khuyến công hỗ trợ: mục tiêu", "", "25.000.000.000"],
            ["Kinh phí khuyến công hỗ trợ: nguồn", "", "QĐ 1288"],
            ["Số đề án: mục tiêu", "", "162"],
        ]
    ]
    assert ["tên chương trình", "", "Chương trình 2021-2025"] in told(program, "program.create")[0]


def test_save_program_replaces_targets(house):
    first = [(indicator("PRJ_COUNT"), 162, ""), (indicator("WEB"), 4, "")]
    program = services.save_program(new_program(), by=house.reviewer, targets=first)
    second = [(indicator("PRJ_COUNT"), 170, ""), (indicator("FAIR"), 3, "")]
    program = services.save_program(program, by=house.reviewer, targets=second, expected_version=1)

    assert {row.indicator.code: row.figure for row in program.targets.all()} == {"PRJ_COUNT": "170", "FAIR": "3"}
    assert told(program, "program.set_targets")[1] == [
        ["Số đề án: mục tiêu", "162", "170"],
        ["Cơ sở tham gia hội chợ, triển lãm: mục tiêu", "", "3"],
        ["Cơ sở xây dựng trang thông tin điện tử: mục tiêu", "4", ""],
    ]


def test_save_program_without_targets_keeps_them(house):
    program = services.save_program(new_program(), by=house.reviewer, targets=[(indicator("WEB"), 4, "")])
    services.save_program(program, by=house.reviewer)

    assert program.targets.count() == 1


@pytest.mark.parametrize("person", ["officer", "director", "accountant", "viewer"])
def test_save_program_is_for_heads_of_unit(house, person):
    with pytest.raises(PermissionDenied):
        services.save_program(new_program(), by=getattr(house, person))

    assert Program.objects.count() == 0


def test_save_program_of_another_house_is_refused(house, program):
    other = stories.make_house(thai_nguyen(), name="Thái Nguyên")

    with pytest.raises(PermissionDenied):
        services.save_program(program, by=other.reviewer)


def test_save_program_refuses_a_name_twice(house):
    services.save_program(new_program(), by=house.reviewer)

    twin = new_program(name="Chương trình  2021-2025 ")
    assert refusal_of(services.save_program, twin, by=house.reviewer) == {
        "name": ["Cơ quan đã có chương trình mang tên này."]
    }


def test_save_program_refuses_an_area_out_of_reach(house):
    program = new_program(area=thai_nguyen())

    assert list(refusal_of(services.save_program, program, by=house.reviewer)) == ["area"]


def test_save_program_takes_an_area_by_its_name_of_then(house):
    program = services.save_program(new_program(area=unit("84", "province", "old")), by=house.reviewer)

    assert (str(program.area), program.province) == ("Tỉnh Trà Vinh (cũ)", house.province)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"period_start": 2027}, {"period_start": ["Đã có kế hoạch năm 2026; giai đoạn phải gồm năm đó."]}),
        (
            {"period_start": 2024, "period_end": 2025},
            {"period_end": ["Đã có kế hoạch năm 2026; giai đoạn phải gồm năm đó."]},
        ),
        ({"area": None}, {"area": ["Chương trình đã có kế hoạch, không chuyển sang tỉnh khác được."]}),
    ],
)
def test_save_program_keeps_its_plans_inside(house, program, values, message):
    for name, value in values.items():
        setattr(program, name, value)

    assert refusal_of(services.save_program, program, by=house.reviewer) == message


def test_save_program_never_overwrites_another_save(house, program):
    seen = program.version
    first = Program.objects.get(pk=program.pk)
    first.goal = "Mục tiêu một"
    services.save_program(first, by=house.second_reviewer, expected_version=seen)
    program.goal = "Mục tiêu hai"

    with pytest.raises(StaleVersionError) as caught:
        services.save_program(program, by=house.reviewer, targets=[(indicator("WEB"), 4, "")], expected_version=seen)

    stored = Program.objects.get(pk=program.pk)
    assert (stored.goal, stored.targets.count()) == ("Mục tiêu một", 0)
    assert caught.value.current.updated_by == house.second_reviewer


def test_save_plan_takes_owner_and_province_of_the_program(house, program):
    plan = services.save_plan(AnnualPlan(program=program, year=2027, name="Kế hoạch 2027"), by=house.reviewer)

    assert (plan.owner, plan.province, plan.status) == (program.owner, program.province, "draft")


@pytest.mark.parametrize("year", [2025, 2031])
def test_save_plan_stays_in_the_period(house, program, year):
    plan = AnnualPlan(program=program, year=year, name="Kế hoạch")

    assert refusal_of(services.save_plan, plan, by=house.reviewer) == {
        "year": ["Năm kế hoạch phải trong giai đoạn 2026-2030 của chương trình."]
    }


def test_save_plan_refuses_a_round_twice(house, plan):
    twin = AnnualPlan(program=plan.program, year=2026, round_no=1, name="Kế hoạch")

    assert refusal_of(services.save_plan, twin, by=house.reviewer) == {
        "__all__": ["Chương trình đã có kế hoạch của năm và đợt này."]
    }


def submit(house, plan):
    stories.planned_project(house, plan)
    return project_services.submit_plan(plan, by=house.reviewer)


@pytest.mark.parametrize(
    "act",
    [
        lambda plan, by: services.save_plan(plan, by=by),
        lambda plan, by: services.set_budget(plan, by=by, amounts={source("KCDP"): 1}),
        lambda plan, by: services.set_groups(plan, by=by, groups=[]),
    ],
)
def test_submitted_plan_does_not_change(house, plan, act):
    plan = submit(house, plan)

    with pytest.raises(PermissionDenied, match="đã trình"):
        act(plan, house.reviewer)


@pytest.mark.parametrize("person", ["officer", "director", "accountant", "viewer"])
def test_plan_head_is_for_heads_of_unit(house, plan, person):
    with pytest.raises(PermissionDenied, match="Chỉ lãnh đạo phòng"):
        services.set_budget(plan, by=getattr(house, person), amounts={source("KCDP"): 1})


def test_set_budget_sets_changes_and_removes(house, plan):
    amounts = {source("KCDP"): None, source("KCQG"): 300_000_000, source("OTHER"): 0}
    plan = services.set_budget(plan, by=house.reviewer, amounts=amounts, expected_version=plan.version)

    assert list(plan.budgets.values_list("source__code", "amount")) == [("KCQG", 300_000_000)]
    assert told(plan, "plan.set_budget")[-1] == [
        ["Dự toán Khuyến công địa phương", "1.000.000.000", ""],
        ["Dự toán Khuyến công quốc gia", "", "300.000.000"],
    ]


def test_set_budget_keeps_sources_that_are_not_named(house, plan):
    services.set_budget(plan, by=house.reviewer, amounts={source("KCQG"): 1})

    assert plan.budgets.count() == 2


def test_set_budget_never_overwrites_another_save(house, plan):
    services.set_budget(plan, by=house.second_reviewer, amounts={source("KCDP"): 5}, expected_version=plan.version)

    with pytest.raises(StaleVersionError):
        services.set_budget(plan, by=house.reviewer, amounts={source("KCDP"): 6}, expected_version=plan.version)
    assert plan.budgets.get().amount == 5


def set_two_groups(house, plan):
    groups = [(1, "Máy móc tiên tiến", content(), ""), (2, "Hội chợ", None, "Ghi chú")]
    return services.set_groups(plan, by=house.reviewer, groups=groups)


def names(plan):
    return list(plan.groups.values_list("number", "name"))


def test_set_groups_is_keyed_by_number(house, plan):
    set_two_groups(house, plan)
    kept = plan.groups.get(number=1)
    services.set_groups(plan, by=house.reviewer, groups=[(1, "Máy móc, thiết bị", content(), ""), (3, "Mới", None, "")])

    assert names(plan) == [(1, "Máy móc, thiết bị"), (3, "Mới")]
    assert plan.groups.get(number=1).pk == kept.pk
    assert told(plan, "plan.set_groups")[-1] == [
        ["Nhóm 2", "Hội chợ", ""],
        ["Nhóm 1: tên nhóm đề án", "Máy móc tiên tiến", "Máy móc, thiết bị"],
        ["Nhóm 3", "", "Mới"],
    ]


def test_set_groups_can_exchange_numbers_with_projects_in_them(house, plan):
    set_two_groups(house, plan)
    [machines, fair] = plan.groups.all()
    project = stories.draft_project(house, plan)
    type(project).objects.filter(pk=project.pk).update(group=machines)
    rows = [(2, machines.name, machines.content, "", machines), (1, fair.name, None, fair.note, fair)]
    services.set_groups(plan, by=house.reviewer, groups=rows)

    assert names(plan) == [(1, "Hội chợ"), (2, "Máy móc tiên tiến")]
    project.refresh_from_db()
    assert project.group.name == "Máy móc tiên tiến"


def test_set_groups_keeps_a_group_with_projects(house, plan):
    set_two_groups(house, plan)
    project = stories.draft_project(house, plan)
    type(project).objects.filter(pk=project.pk).update(group=plan.groups.get(number=2))

    assert refusal_of(services.set_groups, plan, by=house.reviewer, groups=[(1, "Khác", None, "")]) == [
        "Nhóm 2 “Hội chợ” còn đề án; chuyển đề án sang nhóm khác trước."
    ]
    assert names(plan) == [(1, "Máy móc tiên tiến"), (2, "Hội chợ")]


def test_set_groups_that_change_nothing_leave_no_entry(house, plan):
    set_two_groups(house, plan)
    set_two_groups(house, plan)

    assert len(told(plan, "plan.set_groups")) == 1


def test_next_round_follows_the_highest(house, program):
    before = [services.next_round(program, year) for year in (2026, 2027)]
    stories.draft_plan(house, program=program, round_no=4)

    assert [*before, services.next_round(program, 2026)] == [2, 1, 5]


def test_decision_of_a_program_is_told_with_its_date(house):
    program = new_program(decision_number="1288/QĐ-UBND", decision_on=date(2021, 2, 3))
    program = services.save_program(program, by=house.reviewer)

    assert ["ngày quyết định", "", "03/02/2021"] in told(program, "program.create")[0]
