"""Two people at the same thing in the same moment, over and over: nothing double, nothing lost, no limit passed."""

import random
from datetime import date
from itertools import count
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Sum

from khuyencong.audit import first_broken_entry
from programs.models import AmendmentKind
from projects import services
from projects.models import (
    Amendment,
    AmendmentStatus,
    Disbursement,
    DisbursementKind,
    FundingLine,
    PlanSnapshot,
    SnapshotPurpose,
)
from projects.services import payments
from projects.services.amendments import approve_amendment, save_amendment, submit_amendment
from tests import stories
from tests.factories import source
from tests.khuyencong.threads import at_once

MILLION = 1_000_000
ENVELOPE = 700 * MILLION
# SQLite takes writers one by one: there a few rounds show the same.
ROUNDS = 50 if connection.vendor == "postgresql" else 8


@pytest.fixture
def scene(transactional_db):
    """Two projects of one plan under contracts, at work, with the evidence for an advance."""
    house = stories.make_house()
    plan = stories.draft_plan(house, budgets={"KCDP": ENVELOPE})
    for _ in range(2):
        stories.planned_project(house, plan)
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    projects = list(plan.projects.order_by("pk"))
    services.sign_contract(
        stories.contract_of(*projects, party_a=house.department, party_b=house.centre), by=house.officer,
        projects=projects,
    )  # fmt: skip
    for project in projects:
        services.start_project(project, by=house.officer)
        stories.confirmed_report(house, project, volume="90", value=600 * MILLION)
    return SimpleNamespace(house=house, plan=plan, numbers=count(1), chance=random.Random())


def done(act):
    """Whether an act went through; a refusal is an answer, anything else an error of the test."""
    try:
        act()
    except ValidationError:
        return False
    return True


def line_of(project):
    return FundingLine.objects.get(project=project, source=source("KCDP"))


def pay(scene, project, amount, number):
    payments.pay(
        project, by=scene.house.accountant, source=source("KCDP"), kind=DisbursementKind.ADVANCE, amount=amount,
        voucher_number=number, paid_on=date(2026, 10, 1),
    )  # fmt: skip


def two_vouchers(scene, project):
    """Two accountants advance what is left but a little: one of them comes too late."""
    left = payments.payment_position(project)[0].advance_left
    amount = max(left * 2 // 3, 1)
    numbers = [f"PC {next(scene.numbers)}" for _ in range(2)]
    answers = at_once(lambda number: done(lambda: pay(scene, project, amount, number)), numbers)
    assert sum(answers) == (1 if left else 0)


def double_click(scene, project):
    """The same voucher pressed twice is one voucher."""
    number, left = f"PC {next(scene.numbers)}", payments.payment_position(project)[0].advance_left
    answers = at_once(lambda _press: done(lambda: pay(scene, project, 1, number)), range(2))
    assert sum(answers) == (1 if left else 0)


def strike_out_and_mend(scene, project):
    """One strikes a voucher out while another changes it: either the change was struck out, too, or came too late."""
    entries = list(Disbursement.objects.in_force().filter(project=project))
    if not entries:
        return
    entry, by = scene.chance.choice(entries), scene.house.accountant
    acts = [
        lambda: payments.void_payment(entry, by=by, reason="Nhập nhầm."),
        lambda: payments.change_payment(entry, by=by, amount=max(entry.amount - 1, 1)),
    ]
    answers = at_once(done, acts)
    assert answers[0] is True
    assert not Disbursement.objects.in_force().filter(pk=entry.pk).exists()


def increase(scene, project, amount):
    """An amendment put up that raises the support of a project's one facility."""
    amendment = Amendment(project=project, kind=AmendmentKind.FUNDING_UP, reason="Máy có thêm công đoạn.")
    figures = [(source("KCDP"), project.beneficiaries.get(), amount)]
    by = scene.house.officer
    return submit_amendment(save_amendment(amendment, by=by, amounts=figures), by=by)


def decide(scene, amendment, by):
    return done(
        lambda: approve_amendment(
            amendment, by=by, decision_number=f"{next(scene.numbers)}/QĐ-SCT", decision_on=date(2026, 11, 1),
            signer_name="Lê Văn Tám", signer_position="Giám đốc",
        )
    )  # fmt: skip


def two_directors(scene, project):
    """Both sign the same increase: it is decided, carried out and frozen once."""
    line, taken = line_of(project), envelope_taken(scene)
    if taken + 1 > ENVELOPE:
        return
    amendment = increase(scene, project, line.approved_amount + 1)
    frozen = PlanSnapshot.objects.filter(purpose=SnapshotPurpose.AMENDED).count()
    directors = [scene.house.director, scene.house.second_director]
    answers = at_once(lambda who: decide(scene, amendment, who), directors)
    assert sum(answers) == 1
    assert line_of(project).approved_amount == line.approved_amount + 1
    assert PlanSnapshot.objects.filter(purpose=SnapshotPurpose.AMENDED).count() == frozen + 1


def two_increases(scene, _project):
    """Two projects want what is left of the envelope: one gets it, the other waits and is turned down."""
    left = ENVELOPE - envelope_taken(scene)
    part = left * 2 // 3
    if not part:
        return
    wanted = [increase(scene, project, line_of(project).approved_amount + part) for project in scene.projects]
    answers = at_once(lambda amendment: decide(scene, amendment, scene.house.director), wanted)
    assert sum(answers) == 1
    for amendment in Amendment.objects.filter(status=AmendmentStatus.SUBMITTED):
        services.reject_amendment(amendment, by=scene.house.director, reason="Hết dự toán.")


def envelope_taken(scene):
    lines = FundingLine.objects.filter(project__plan=scene.plan, source=source("KCDP"))
    return lines.aggregate(sum=Sum("approved_amount"))["sum"]


def check(scene):
    assert envelope_taken(scene) <= ENVELOPE
    for project in scene.projects:
        line = line_of(project)
        entries = list(Disbursement.objects.in_force().filter(project=project))
        assert sum(entry.signed_amount for entry in entries) == line.paid_amount
        assert len({entry.voucher_number for entry in entries}) == len(entries)
        assert line.paid_amount <= line.contracted_amount * 7 // 10 <= line.approved_amount


MEETINGS = (two_vouchers, double_click, strike_out_and_mend, double_click, two_directors, strike_out_and_mend,
            two_vouchers, two_increases)  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
def test_two_people_meet_over_and_over(scene, seed):
    scene.chance.seed(seed)
    for number in range(ROUNDS):
        meeting = MEETINGS[number % len(MEETINGS)]
        scene.projects = list(scene.plan.projects.order_by("pk"))
        meeting(scene, scene.projects[number % 2])
        check(scene)

    assert first_broken_entry() is None
    assert PlanSnapshot.objects.filter(purpose=SnapshotPurpose.AMENDED).exists()
