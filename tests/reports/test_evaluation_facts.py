"""Which projects and money a period holds: by plan year and by day, as known at the end of a day."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.utils import timezone

from programs import services as program_services
from programs.models import Program
from projects import services
from projects.models import Acceptance, Disbursement, Settlement
from reports.evaluation import axes, counted, facts, sums
from reports.evaluation.figures import percent_of, ratio_of, shares_of
from reports.evaluation.selection import Selection
from reports.models import Basis, Evaluation
from tests import stories
from tests.factories import FacilityFactory, commune_of, content, source, thai_nguyen, vinh_long
from tests.projects import settlements
from tests.reports.evaluations import selection_of

LOCAL, OWN = 300_000_000, 340_000_000
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


def by_day(user, program, first, last, **more):
    return selection_of(user, program, starts_on=first, ends_on=last, basis=Basis.EVENT, **more)


def count(selection, state):
    return facts.projects_of(selection, state).count()


def money(selection, stage):
    """{source code: đồng}"""
    rows = facts.money_of(selection, stage)
    code = f"{rows.source}__code"
    return dict(rows.rows.values_list(code).annotate(sum=Sum(rows.amount)).order_by())


def moment(*day):
    return timezone.make_aware(datetime(*day))


@pytest.fixture
def approved(house):
    return stories.approved_project(house)


@pytest.fixture
def accepted(house):
    return stories.accepted_project(house)


def test_draft_and_undecided_projects_are_in_no_period(house):
    plan = stories.draft_plan(house)
    stories.planned_project(house, plan)
    selection = selection_of(house.viewer, plan.program)
    assert [count(selection, state) for state in (facts.PLANNED, facts.DONE, facts.STOPPED, facts.AMENDED)] == [0] * 4
    assert money(selection, facts.APPROVED) == {}


def test_stages_are_not_mixed(house, accepted):
    selection = selection_of(house.viewer, accepted.plan.program)
    assert (count(selection, facts.PLANNED), count(selection, facts.DONE)) == (1, 1)
    both = {"KCDP": LOCAL, "COUNTERPART": OWN}
    assert money(selection, facts.APPROVED) == money(selection, facts.ACCEPTED) == both
    assert money(selection, facts.PAID) == money(selection, facts.SETTLED) == {}


def test_accepted_after_the_day_is_planned_only(house, accepted):
    selection = selection_of(house.viewer, accepted.plan.program, until=date(2026, 10, 31))
    assert (count(selection, facts.PLANNED), count(selection, facts.DONE)) == (1, 0)
    assert money(selection, facts.ACCEPTED) == {}
    assert count(selection_of(house.viewer, accepted.plan.program, until=date(2026, 11, 1)), facts.DONE) == 1


@pytest.mark.parametrize(
    ("first", "last", "planned", "done"),
    [
        (date(2026, 1, 4), date(2026, 1, 4), 1, 0),
        (date(2026, 1, 5), date(2026, 10, 31), 0, 0),
        (date(2026, 11, 1), date(2026, 11, 1), 0, 1),
        (FIRST, LAST, 1, 1),
    ],
)
def test_by_day_each_act_counts_on_its_own_day(house, accepted, first, last, planned, done):
    selection = by_day(house.viewer, accepted.plan.program, first, last)
    assert (count(selection, facts.PLANNED), count(selection, facts.DONE)) == (planned, done)
    assert sum(money(selection, facts.APPROVED).values()) == planned * (LOCAL + OWN)
    assert sum(money(selection, facts.ACCEPTED).values()) == done * (LOCAL + OWN)


@pytest.mark.parametrize(("accepted_on", "year"), [(date(2025, 12, 31), 2025), (date(2026, 1, 1), 2026)])
def test_carried_over_project_is_done_in_the_year_of_its_day_or_of_its_plan(house, accepted_on, year):
    period = {"period_start": 2021, "period_end": 2026}
    program = Program(name="Chương trình 2021-2026", area=house.province, **period)
    program = program_services.save_program(program, by=house.reviewer)
    plan = stories.draft_plan(house, year=2025, program=program)
    project = services.start_project(stories.approved_project(house, plan), by=house.officer)
    services.accept_project(project, by=house.director, number="01/BBNT", accepted_on=accepted_on)
    of_year = [by_day(house.viewer, plan.program, date(there, 1, 1), date(there, 12, 31)) for there in (2025, 2026)]
    assert [count(selection, facts.DONE) for selection in of_year] == [int(year == 2025), int(year == 2026)]
    assert [count(selection, facts.PLANNED) for selection in of_year] == [1, 0]
    by_plan = [
        selection_of(house.viewer, plan.program, starts_on=date(there, 1, 1), ends_on=date(there, 12, 31))
        for there in (2025, 2026)
    ]
    assert [count(selection, facts.DONE) for selection in by_plan] == [1, 0]
    [both] = facts.projects_of(by_day(house.viewer, plan.program, date(2025, 1, 1), LAST), facts.DONE)
    assert both.fact_year == year


def test_reopened_acceptance_no_longer_counts_but_did_before(house, accepted):
    services.reopen_acceptance(accepted, by=house.director, reason="Sai số tiền.")
    program = accepted.plan.program
    assert count(selection_of(house.viewer, program), facts.DONE) == 0
    Acceptance.objects.update(recorded_at=moment(2026, 11, 1, 9), voided_at=moment(2026, 11, 10, 9))
    assert count(selection_of(house.viewer, program, until=date(2026, 11, 9)), facts.DONE) == 1
    assert count(selection_of(house.viewer, program, until=date(2026, 11, 10)), facts.DONE) == 0


def test_replaced_acceptance_counts_once_on_any_day(house, accepted):
    services.reopen_acceptance(accepted, by=house.director, reason="Sai số tiền.")
    Acceptance.objects.update(recorded_at=moment(2026, 11, 1, 9), voided_at=moment(2026, 11, 10, 9))
    accepted.refresh_from_db()
    amounts = {source("KCDP").pk: LOCAL - 1}
    services.accept_project(
        accepted, by=house.director, number="02/BBNT", accepted_on=date(2026, 11, 1), amounts=amounts
    )
    Acceptance.objects.filter(number="02/BBNT").update(recorded_at=moment(2026, 11, 12, 9))
    then, now = (
        selection_of(house.viewer, accepted.plan.program, until=day) for day in (date(2026, 11, 9), date(2026, 11, 20))
    )
    assert [money(selection, facts.ACCEPTED)["KCDP"] for selection in (then, now)] == [LOCAL, LOCAL - 1]


def test_vouchers_add_up_without_refunds_and_without_what_was_struck_out(house):
    project = stories.contracted_project(house, content=content("VOCATIONAL"))
    stories.pay(house, project, 100_000_000)
    stories.pay(house, project, 30_000_000, kind="refund", number="PT 02", on=date(2026, 7, 1))
    wrong = stories.pay(house, project, 20_000_000, number="PC 03", on=date(2026, 8, 1))
    services.void_payment(wrong, by=house.accountant, reason="Ghi nhầm.")
    program = project.plan.program
    assert money(selection_of(house.viewer, program), facts.PAID) == {"KCDP": 70_000_000}
    assert money(selection_of(house.viewer, program, until=date(2026, 6, 30)), facts.PAID) == {"KCDP": 100_000_000}
    refund_only = by_day(house.viewer, program, date(2026, 7, 1), date(2026, 9, 30))
    assert money(refund_only, facts.PAID) == {"KCDP": -30_000_000}


def test_struck_out_voucher_and_the_one_instead_count_once(house):
    project = stories.contracted_project(house, content=content("VOCATIONAL"))
    wrong = stories.pay(house, project, 100_000_000)
    services.void_payment(wrong, by=house.accountant, reason="Ghi nhầm số.")
    Disbursement.objects.update(created_at=moment(2026, 6, 5, 9), voided_at=moment(2026, 8, 1, 9))
    stories.pay(house, project, 90_000_000)
    program = project.plan.program
    sums = [
        money(selection_of(house.viewer, program, until=day), facts.PAID)
        for day in (date(2026, 6, 4), date(2026, 7, 31), date(2026, 8, 1))
    ]
    assert sums == [{}, {"KCDP": 100_000_000}, {"KCDP": 90_000_000}]


def test_settlement_counts_from_the_day_of_its_approval(house):
    contract = settlements.due_contract(house)
    settlements.pay_up(contract)
    settlement = settlements.submitted(contract, house)
    program = contract.plan.program
    assert money(selection_of(house.viewer, program), facts.SETTLED) == {}
    settlements.accounts.approve_settlement(settlement, by=house.director)
    Settlement.objects.update(approved_at=moment(2026, 11, 15, 9))
    assert money(selection_of(house.viewer, program, until=date(2026, 11, 14)), facts.SETTLED) == {}
    after = selection_of(house.viewer, program, until=date(2026, 11, 15))
    assert money(after, facts.SETTLED) == {"KCDP": LOCAL, "COUNTERPART": OWN}


@pytest.fixture
def reduced(house, approved):
    """A decision of June takes 50 million off."""
    amounts = [(source("KCDP"), approved.beneficiaries.get(), LOCAL - 50_000_000)]
    draft = stories.submitted_amendment(house, approved, "funding_down", amounts=amounts)
    stories.decide_amendment(house, draft, on=date(2026, 6, 15))
    return approved


def test_approved_money_of_a_past_day_is_that_of_the_last_snapshot(house, reduced):
    program = reduced.plan.program
    before, after, now = (
        selection_of(house.viewer, program, until=day) for day in (date(2026, 6, 14), date(2026, 6, 15), None)
    )
    assert [money(selection, facts.APPROVED)["KCDP"] for selection in (before, after, now)] == [
        LOCAL, LOCAL - 50_000_000, LOCAL - 50_000_000,
    ]  # fmt: skip
    assert [count(selection, facts.AMENDED) for selection in (before, after, now)] == [0, 1, 1]


def test_shares_of_a_past_day_are_those_before_the_later_decision(house, reduced):
    program = reduced.plan.program
    before, now = (selection_of(house.viewer, program, until=day) for day in (date(2026, 6, 14), None))
    shares = [facts.shares_of(facts.projects_of(selection, facts.PLANNED), selection) for selection in (before, now)]
    sums = [share.rows.filter(source__code="KCDP").aggregate(sum=Sum(share.amount))["sum"] for share in shares]
    assert sums == [LOCAL, LOCAL - 50_000_000]


def test_stopped_project_is_planned_and_stopped_but_not_done(house, approved):
    draft = stories.submitted_amendment(house, approved, "stop")
    stories.decide_amendment(house, draft, on=date(2026, 9, 1))
    selection = selection_of(house.viewer, approved.plan.program)
    states = (facts.PLANNED, facts.DONE, facts.STOPPED, facts.AMENDED)
    assert [count(selection, state) for state in states] == [1, 0, 1, 0]
    assert sum(money(selection, facts.APPROVED).values()) == 0
    earlier = selection_of(house.viewer, approved.plan.program, until=date(2026, 8, 31))
    assert count(earlier, facts.STOPPED) == 0
    assert money(earlier, facts.APPROVED) == {"KCDP": LOCAL, "COUNTERPART": OWN}


def test_replaced_facility_counts_until_the_decision(house, approved):
    old, new = approved.beneficiaries.get(), FacilityFactory(created_by=house.officer)
    draft = stories.submitted_amendment(house, approved, "beneficiary", removed_beneficiary=old, added_facility=new)
    stories.decide_amendment(house, draft, on=date(2026, 6, 15))
    facilities = []
    for day in (date(2026, 6, 14), date(2026, 6, 15), None):
        selection = selection_of(house.viewer, approved.plan.program, until=day)
        rows = facts.beneficiaries_of(facts.projects_of(selection, facts.PLANNED), selection)
        facilities.append(list(rows.values_list("facility", flat=True)))
    assert facilities == [[old.facility_id], [new.pk], [new.pk]]


def test_facility_of_three_projects_is_one_facility_and_three_turns(house):
    plan = stories.draft_plan(house)
    facility, stranger = FacilityFactory(created_by=house.officer), FacilityFactory(is_outside_province=True)
    for holder in (facility, facility, facility, stranger):
        stories.planned_project(house, plan, support=100_000_000, own=1_000_000, facility=holder)
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    selection = selection_of(house.viewer, plan.program)
    turns = counted.turns(selection, facts.PLANNED).rows
    assert (turns.values("facility").distinct().count(), turns.count()) == (1, 3)


def test_several_programmes_and_scope(house):
    local = stories.approved_project(house)
    program = program_services.save_program(
        Program(name="Chương trình quốc gia", area=house.province, period_start=2026, period_end=2030),
        by=house.reviewer,
    )
    plan = stories.draft_plan(house, program=program, budgets={"KCQG": 1_000_000_000})
    national = stories.draft_project(house, plan)
    selection = selection_of(house.viewer, local.plan.program, program)
    assert set(selection.projects()) == {local, national}
    services.set_funding(national, by=house.officer, total_cost=5, amounts={source("KCQG"): 5})
    by_scope = {
        scope: list(selection_of(house.viewer, local.plan.program, program, scope=scope).projects())
        for scope in ("national", "local")
    }
    assert by_scope == {"national": [national], "local": [local]}


def test_place_old_and_new(house, approved):
    place = approved.beneficiaries.get().facility.unit
    here = selection_of(house.viewer, approved.plan.program, place=place)
    elsewhere = selection_of(house.viewer, approved.plan.program, place=commune_of(vinh_long(), 40))
    predecessor = place.predecessors.filter(level="commune").first()
    before = selection_of(house.viewer, approved.plan.program, place=predecessor)
    assert [count(selection, facts.PLANNED) for selection in (here, elsewhere, before)] == [1, 0, 1]


def test_person_of_another_province_counts_nothing_of_others(house, accepted):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    selection = selection_of(north.director, accepted.plan.program)
    assert [count(selection, state) for state in (facts.PLANNED, facts.DONE)] == [0, 0]
    assert [money(selection, stage) for stage in (facts.APPROVED, facts.ACCEPTED, facts.PAID, facts.SETTLED)] == [
        {}
    ] * 4


def test_sums_along_axes(house, accepted):
    selection = selection_of(house.viewer, accepted.plan.program)
    rows = counted.money(selection, facts.ACCEPTED)
    assert sums.summed(rows, selection) == {(): LOCAL + OWN}
    assert sums.summed(rows, selection, axes.SOURCE, axes.YEAR) == {
        ("KCDP", 2026): LOCAL, ("COUNTERPART", 2026): OWN,
    }  # fmt: skip


def test_before_is_the_same_stretch_of_time_with_the_programmes_of_then(house, plan):
    selection = selection_of(
        house.viewer, plan.program, starts_on=date(2028, 1, 1), ends_on=date(2028, 12, 31), until=date(2028, 2, 29)
    )
    before = selection.before()
    assert (before.starts_on, before.ends_on, before.until) == (date(2027, 1, 1), date(2027, 12, 31), date(2027, 2, 28))
    assert before.programs == (plan.program,)
    assert selection_of(house.viewer, plan.program).before() is None
    assert selection.since_start().starts_on == date(2026, 1, 1)


def test_selection_reads_the_report(house, plan):
    evaluation = Evaluation.objects.create(
        program=plan.program, starts_on=FIRST, ends_on=LAST, created_by=house.reviewer, updated_by=house.reviewer,
        division="old", until=date(2026, 6, 30),
    )  # fmt: skip
    selection = Selection.of(evaluation, house.viewer)
    assert (selection.programs, selection.division, selection.until) == ((plan.program,), "old", date(2026, 6, 30))
    assert selection.is_of_the_past


@pytest.mark.parametrize(
    ("part", "whole", "percent"), [(66, 162, "40.7"), (0, 162, "0.0"), (5, 0, None), (None, 5, None)]
)
def test_percent_is_empty_without_a_plan(part, whole, percent):
    assert percent_of(part, whole) == (percent and Decimal(percent))


@pytest.mark.parametrize(
    ("own", "support", "ratio"),
    [
        (125_920_000_000, 25_000_000_000, "5.04"), (3_316, 1_695, "1.96"), (390, 300, "1.30"), (370, 200, "1.85"),
        (1, 0, None),
    ],
)  # fmt: skip
def test_ratio_of_counterpart_to_support(own, support, ratio):
    assert ratio_of(own, support) == (ratio and Decimal(ratio))


@pytest.mark.parametrize("values", [[1, 1, 1], [1] * 7, [2, 1], [10**15, 1, 1], [0, 5]])
def test_shares_add_up_to_one_hundred(values):
    assert sum(shares_of(values)) == Decimal(100)


def test_shares_of_nothing_are_empty():
    assert shares_of([0, 0]) == [None, None]
    assert shares_of([1, 1, 1]) == [Decimal("33.4"), Decimal("33.3"), Decimal("33.3")]
