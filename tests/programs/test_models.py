from datetime import date
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from programs.models import (
    ActivityContent,
    AnnualPlan,
    FundingSource,
    Indicator,
    PlanBudget,
    PlanReturn,
    PlanStatus,
    Program,
    ProgramTarget,
    ProjectGroup,
    RuleFigure,
)
from tests.factories import (
    AnnualPlanFactory,
    OrganisationFactory,
    PlanBudgetFactory,
    ProgramFactory,
    source,
    thai_nguyen,
    unit,
    vinh_long,
)

pytestmark = pytest.mark.django_db

PERIOD = "Năm bắt đầu phải trước hoặc bằng năm kết thúc, trong khoảng 1990-2100."
DECISION = "Quyết định cần cả số và ngày."
PLAN_YEAR = "Năm kế hoạch trong khoảng 1990-2100; đợt từ 1."
PLAN_DECISION = "Chỉ kế hoạch đã phê duyệt mới có, và phải có, quyết định."
SUBMITTER = "Kế hoạch đã trình phải có người trình."
FOUR_EYES = "Người lập hoặc trình kế hoạch không được phê duyệt kế hoạch đó."


def refusals(row):
    with pytest.raises(ValidationError) as caught:
        row.full_clean()
    return caught.value.messages


def database_refuses(row):
    """Past every check of ours, as a script would write."""
    rows = type(row).objects
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    write = partial(rows.filter(pk=row.pk).update, **values) if row.pk else partial(rows.bulk_create, [row])
    with pytest.raises(IntegrityError), transaction.atomic():
        write()


def changed(row, **values):
    for name, value in values.items():
        setattr(row, name, value)
    return row


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"period_start": 2031}, PERIOD),
        ({"period_start": 1989}, PERIOD),
        ({"period_end": 2101}, PERIOD),
        ({"decision_number": "12/QĐ-UBND"}, DECISION),
        ({"decision_on": date(2026, 1, 4)}, DECISION),
    ],
)
def test_program_refuses_what_its_constraints_forbid(values, message):
    program = changed(ProgramFactory(), **values)

    assert refusals(program) == [message]
    database_refuses(program)


def test_program_name_is_unique_per_owner():
    program = ProgramFactory()
    ProgramFactory(name=program.name)  # of another body
    twin = changed(ProgramFactory(created_by=program.created_by), name=program.name)

    assert refusals(twin) == ["Cơ quan đã có chương trình mang tên này."]
    database_refuses(twin)


def test_program_lies_in_the_province_of_today_of_its_area():
    program = ProgramFactory(area=unit("84", "province", "old"))  # Trà Vinh, before July 2025
    assert program.province == vinh_long()

    program.area = None
    program.save()
    assert program.province is None


def test_program_search_finds_without_accents():
    program = ProgramFactory(
        name="Chương trình đổi mới máy móc", decision_number="1288/QĐ-UBND", decision_on=date(2026, 1, 4)
    )
    ProgramFactory()
    found = [
        list(Program.objects.matching(text)) for text in ("doi moi", "1288 qd", "may moc vinh long", "thái nguyên")
    ]

    assert found == [[program], [program], [program], []]


def test_program_covers_the_years_of_its_period():
    program = ProgramFactory(period_start=2026, period_end=2030)

    covered = [year for year in range(2025, 2032) if Program.objects.covering(year).exists()]
    assert covered == [2026, 2027, 2028, 2029, 2030]
    assert program.period == "2026-2030"


def test_program_counts_its_own_plans():
    [first, second] = [ProgramFactory(), ProgramFactory()]
    for year in (2026, 2027):
        AnnualPlanFactory(program=first, year=year)

    assert dict(Program.objects.with_plan_count().values_list("pk", "plan_count")) == {first.pk: 2, second.pk: 0}


def test_program_is_seen_in_its_province_and_by_its_owner():
    program = ProgramFactory(area=vinh_long())
    owner, stranger = program.created_by, ProgramFactory(area=thai_nguyen()).created_by
    neighbour = ProgramFactory(area=thai_nguyen()).created_by
    neighbour.organisation.areas.add(vinh_long())

    seen = [program in Program.objects.visible_to(user) for user in (owner, neighbour, stranger)]
    assert seen == [True, True, False]


def target(**values):
    values = {"program": ProgramFactory(), "indicator": Indicator.objects.get(code="PRJ_COUNT"), "value": 162} | values
    return ProgramTarget(**values)


def test_program_target_refuses_a_negative_figure():
    row = target(value=-1)

    assert refusals(row) == ["Mục tiêu không thể âm."]
    database_refuses(row)


def test_program_target_has_each_indicator_once():
    first = target()
    first.save()
    twin = target(program=first.program)

    assert refusals(twin) == ["Chỉ tiêu này đã có mục tiêu."]
    database_refuses(twin)


@pytest.mark.parametrize(
    ("code", "value", "figure"),
    [("MONEY_SUPPORT", 25_000_000_000, "25.000.000.000"), ("PRJ_COUNT", 162, "162"), ("JOB_NEW", "1875.50", "1.875,5")],
)
def test_program_target_writes_its_figure(code, value, figure):
    row = target(indicator=Indicator.objects.get(code=code), value=value)
    row.save()
    row.refresh_from_db()

    assert row.figure == figure


@pytest.mark.parametrize(
    ("values", "messages"),
    [
        ({"year": 1989}, [PLAN_YEAR]),
        ({"year": 2101}, [PLAN_YEAR]),
        ({"round_no": 0}, [PLAN_YEAR]),
        ({"status": PlanStatus.SUBMITTED}, [SUBMITTER]),
        ({"decision_number": "10/QĐ-UBND"}, [PLAN_DECISION]),
        ({"decision_on": date(2026, 1, 4)}, [PLAN_DECISION]),
    ],
)
def test_annual_plan_refuses_what_its_constraints_forbid(values, messages):
    plan = changed(AnnualPlanFactory(), **values)

    assert refusals(plan) == messages
    database_refuses(plan)


def decided(plan, *, by, number="10/QĐ-UBND"):
    return changed(
        plan, status=PlanStatus.APPROVED, submitted_by=plan.created_by, submitted_at=timezone.now(), approved_by=by,
        approved_at=timezone.now(), decision_number=number, decision_on=date(2026, 1, 4),
        decision_issuer="UBND tỉnh Vĩnh Long",
    )  # fmt: skip


def other_person():
    return ProgramFactory().created_by


@pytest.mark.parametrize("name", ["decision_number", "decision_on", "approved_by", "approved_at"])
def test_approved_plan_needs_its_whole_decision(name):
    plan = decided(AnnualPlanFactory(), by=other_person())
    plan.full_clean()
    changed(plan, **{name: "" if name == "decision_number" else None})

    assert PLAN_DECISION in refusals(plan)
    database_refuses(plan)


def test_annual_plan_is_not_approved_by_its_author():
    plan = AnnualPlanFactory()
    plan = decided(plan, by=plan.created_by)

    assert refusals(plan) == [FOUR_EYES]
    database_refuses(plan)


def test_annual_plan_is_not_approved_by_who_submitted_it():
    submitter = other_person()
    plan = changed(decided(AnnualPlanFactory(), by=submitter), submitted_by=submitter)

    assert refusals(plan) == [FOUR_EYES]
    database_refuses(plan)


def test_annual_plan_round_is_unique_in_the_year():
    plan = AnnualPlanFactory()
    twin = changed(AnnualPlanFactory(program=plan.program), round_no=plan.round_no)

    assert refusals(twin) == ["Chương trình đã có kế hoạch của năm và đợt này."]
    database_refuses(twin)


def test_annual_plan_decision_is_used_once_by_a_body():
    first = decided(AnnualPlanFactory(), by=other_person())
    first.save()
    decided(AnnualPlanFactory(), by=other_person()).save()  # one decision for the plans of two bodies
    second = decided(AnnualPlanFactory(program=first.program), by=other_person())

    assert refusals(second) == ["Quyết định này đã dùng cho kế hoạch khác."]
    database_refuses(second)


def test_annual_plan_belongs_where_its_program_does():
    plan = AnnualPlanFactory()

    assert (plan.owner, plan.province) == (plan.program.owner, vinh_long())


def test_annual_plan_budget_total_sums_its_sources():
    plan, empty = AnnualPlanFactory(), AnnualPlanFactory()
    PlanBudgetFactory(plan=plan, amount=2_100_000_000)
    PlanBudgetFactory(plan=plan, source=source("KCQG"), amount=300_000_000)

    totals = dict(AnnualPlan.objects.with_budget_total().values_list("pk", "budget_total"))
    assert totals == {plan.pk: 2_400_000_000, empty.pk: 0}


def test_plan_budget_holds_a_source_once():
    budget = PlanBudgetFactory()
    twin = PlanBudget(plan=budget.plan, source=budget.source, amount=1)

    assert len(refusals(twin)) == 1
    database_refuses(twin)


def test_plan_budget_is_never_negative():
    budget = changed(PlanBudgetFactory(), amount=-1)

    assert len(refusals(budget)) == 1
    database_refuses(budget)


def test_project_group_number_is_unique_in_the_plan():
    plan = AnnualPlanFactory()
    ProjectGroup.objects.create(plan=plan, number=1, name="Máy móc tiên tiến")
    twin = ProjectGroup(plan=plan, number=1, name="Hội chợ")

    assert refusals(twin) == ["Kế hoạch đã có nhóm mang số này."]
    database_refuses(twin)


def test_plan_return_needs_a_reason():
    plan = AnnualPlanFactory()
    note = PlanReturn(plan=plan, returned_by=plan.created_by, level="submitted", reason="")

    with pytest.raises(ValidationError, match="Nêu lý do trả lại."):
        note.validate_constraints()
    database_refuses(note)


@pytest.mark.parametrize("model", [ActivityContent, FundingSource, Indicator])
def test_catalogue_entry_dates_are_in_order(model):
    entry = changed(model.objects.first(), valid_from=date(2026, 2, 1), valid_to=date(2026, 1, 31))

    assert refusals(entry) == ["Ngày bắt đầu hiệu lực phải trước ngày hết hiệu lực."]
    database_refuses(entry)


def test_catalogue_entry_counts_on_its_first_and_last_day():
    Indicator.objects.filter(code="WEB").update(valid_from=date(2016, 1, 1), valid_to=date(2020, 12, 31))

    days = [date(2015, 12, 31), date(2016, 1, 1), date(2020, 12, 31), date(2021, 1, 1)]
    valid = [Indicator.objects.valid_on(day).filter(code="WEB").exists() for day in days]
    assert valid == [False, True, True, False]


@pytest.mark.django_db
def test_of_rules_in_force_the_nearest_body_counts_then_the_latest():
    department = OrganisationFactory()
    centre = OrganisationFactory(parent=department)
    figures = [
        RuleFigure.objects.create(key="upload_megabytes", value=number, owner=owner, valid_from=start)
        for number, (owner, start) in enumerate(
            [(centre, date(2024, 1, 1)), (centre, date(2026, 1, 1)), (department, date(2026, 6, 1)), (None, None)]
        )
    ]

    assert [row.value for row in sorted(figures, key=lambda row: row.rank(centre))] == [3, 2, 0, 1]
    assert figures[3].rank(department) < figures[2].rank(department)
