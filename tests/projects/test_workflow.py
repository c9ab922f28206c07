"""Every role × every move × every state: who may, where it leads, and that a refusal leaves nothing behind."""

from itertools import product

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from khuyencong.models import AuditEntry, Role
from programs.models import AmendmentKind, PastDecision, PlanStatus
from projects import workflow
from projects.models import (
    Amendment,
    AmendmentStatus,
    Contract,
    ProjectStatus,
    Settlement,
    SettlementStatus,
)
from tests.factories import OrganisationFactory, UserFactory
from tests.stories import approved_project, make_house

# What the law and the house rules say, written down once more: action: (roles, states it starts from, where it leads).
# O officer, R head of unit, D director, A accountant.
PLAN_MOVES = {
    "plan.submit": ("R", "draft returned", "submitted"),
    "plan.return": ("D", "submitted", "returned"),
    "plan.approve": ("D", "submitted", "approved"),
    "plan.close": ("D", "approved", "closed"),
}
PROJECT_MOVES = {
    "project.submit": ("OR", "draft returned", "submitted"),
    "project.appraise": ("R", "submitted", "appraised"),
    "project.return": ("R", "submitted appraised reserve", "returned"),
    "project.reject": ("R", "submitted appraised reserve", "rejected"),
    "project.put_in_plan": ("R", "appraised reserve", "in_plan"),
    "project.put_in_reserve": ("R", "appraised in_plan", "reserve"),
    "project.take_out": ("R", "in_plan reserve", "appraised"),
    "project.take_over": ("D", "draft returned submitted", "in_plan"),
    "project.approve": ("D", "in_plan", "approved"),
    "project.return_line": ("D", "in_plan", "returned"),
    "project.sign_contract": ("ORA", "approved", "contracted"),
    "project.cancel_contract": ("RA", "contracted", "approved"),
    "project.start": ("OR", "approved contracted", "in_progress"),
    "project.accept": ("RD", "in_progress", "accepted"),
    "project.reopen": ("D", "accepted handed_over", "in_progress"),
    "project.hand_over": ("OR", "accepted", "handed_over"),
    "project.settle": ("OA", "accepted handed_over", "settling"),
    "project.return_settlement": ("D", "settling", "accepted"),
    "project.approve_settlement": ("D", "settling", "settled"),
    "project.liquidate": ("OA", "settled", "liquidated"),
    "project.stop": ("D", "approved contracted in_progress", "stopped"),
}
AMENDMENT_MOVES = {
    "amendment.submit": ("OR", "draft returned", "submitted"),
    "amendment.return": ("D", "submitted", "returned"),
    "amendment.reject": ("D", "submitted", "rejected"),
    "amendment.approve": ("D", "submitted", "approved"),
}
SETTLEMENT_MOVES = {
    "settlement.submit": ("OA", "draft returned", "submitted"),
    "settlement.return": ("D", "submitted", "returned"),
    "settlement.approve": ("D", "submitted", "approved"),
}
TABLES = {
    "plan": (workflow.PLAN_TRANSITIONS, PLAN_MOVES, PlanStatus),
    "project": (workflow.PROJECT_TRANSITIONS, PROJECT_MOVES, ProjectStatus),
    "amendment": (workflow.AMENDMENT_TRANSITIONS, AMENDMENT_MOVES, AmendmentStatus),
    "settlement": (workflow.SETTLEMENT_TRANSITIONS, SETTLEMENT_MOVES, SettlementStatus),
}
LETTERS = {Role.OFFICER: "O", Role.REVIEWER: "R", Role.DIRECTOR: "D", Role.ACCOUNTANT: "A"}
# Lines move in and out of a plan only while it is drawn up; everything after approval, only under one decided on.
WHILE_DRAWN_UP = {"project.put_in_plan", "project.put_in_reserve", "project.take_out"}


@pytest.fixture
def house(db):
    return make_house()


@pytest.fixture
def records(house):
    """One record of each kind, drafted and put up by people who are not asked below."""
    project = approved_project(house)
    amendment = Amendment(
        project=project, number=1, kind=AmendmentKind.TIME, reason="Thiết bị về chậm.", authority="department",
        created_by=house.second_officer, updated_by=house.second_officer, submitted_by=house.second_officer,
    )  # fmt: skip
    amendment.save()
    contract = Contract(
        plan=project.plan, number="01/HĐ", signed_on="2026-02-01", ends_on="2026-12-01", party_a=house.department,
        party_b=house.centre, created_by=house.officer, updated_by=house.officer,
    )  # fmt: skip
    contract.save()
    settlement = Settlement(
        contract=contract, created_by=house.second_officer, updated_by=house.second_officer,
        submitted_by=house.second_officer,
    )  # fmt: skip
    settlement.save()
    return {"plan": project.plan, "project": project, "amendment": amendment, "settlement": settlement}


def people_of(house):
    """One person per role who had no hand in the records."""
    return {role: UserFactory(organisation=house.department, role=role) for role in Role}


def prepare(kind, action, record):
    """What the move needs besides a state: an appraiser not bound to another, a plan in the right stage."""
    if kind != "project":
        return
    record.reviewer = None
    record.plan.status = PlanStatus.DRAFT if action in WHILE_DRAWN_UP else PlanStatus.APPROVED
    if action == "project.take_over":
        PastDecision(plan=record.plan)  # the plan knows of it from here on


def outcome(rule, record, user):
    """Where the move led, or the class of the refusal; nothing is kept."""
    with transaction.atomic():
        try:
            rule.apply(record, by=user, reason="Theo quyết định của cấp trên.")
            return record.status
        except (PermissionDenied, ValidationError) as refusal:
            return type(refusal)
        finally:
            transaction.set_rollback(True)


@pytest.mark.parametrize("kind", TABLES)
def test_the_tables_hold_the_moves_of_the_house_rules(kind):
    rules, moves, _states = TABLES[kind]

    assert [rule.action for rule in rules] == list(moves)


@pytest.mark.parametrize("kind", TABLES)
def test_every_role_in_every_state_gets_what_the_rules_say(house, records, kind):
    rules, moves, states = TABLES[kind]
    people = people_of(house)
    record = records[kind]
    told = AuditEntry.objects.count()
    for rule, role, state in product(rules, people, states):
        roles, sources, target = moves[rule.action]
        prepare(kind, rule.action, record)
        record.status = state.value
        if LETTERS.get(role, "-") not in roles:
            expected = PermissionDenied
        elif state.value not in sources.split():
            expected = ValidationError
        else:
            expected = target
        why_not = rule.why_not(people[role], record)
        assert outcome(rule, record, people[role]) == expected, (rule.action, role, state)
        assert bool(why_not) == (expected != target), (rule.action, role, state, why_not)
    assert AuditEntry.objects.count() == told


@pytest.mark.parametrize("kind", TABLES)
def test_nobody_of_another_body_moves_anything(house, records, kind):
    body = OrganisationFactory(areas=[house.province])
    strangers = {role: UserFactory(organisation=body, role=role) for role in Role}
    record = records[kind]
    for rule in TABLES[kind][0]:
        prepare(kind, rule.action, record)
        record.status = rule.sources[0].value
        assert outcome(rule, record, strangers[rule.roles[0]]) is PermissionDenied, rule.action


@pytest.mark.parametrize("kind", TABLES)
def test_a_reason_is_asked_wherever_a_move_takes_something_back(records, house, kind):
    rules, _moves, _states = TABLES[kind]
    people = people_of(house)
    record = records[kind]
    for rule in rules:
        prepare(kind, rule.action, record)
        record.status = rule.sources[0].value
        if not rule.needs_reason:
            continue
        with pytest.raises(ValidationError) as refused:
            rule.apply(record, by=people[rule.roles[0]], reason="  ")
        assert list(refused.value.message_dict) == ["reason"]
        assert record.status == rule.sources[0].value


def test_the_hand_that_drafted_or_put_up_never_decides(house, records):
    deciding = {
        "plan": ("plan.approve",), "project": ("project.appraise", "project.reject", "project.approve"),
        "amendment": ("amendment.reject", "amendment.approve"), "settlement": ("settlement.approve",),
    }  # fmt: skip
    for kind, actions in deciding.items():
        rules, record = TABLES[kind][0], records[kind]
        for rule, hand in product(rules, ("created_by", "submitted_by")):
            if rule.action not in actions:
                continue
            author = UserFactory(organisation=house.department, role=rule.roles[0])
            prepare(kind, rule.action, record)
            record.status = rule.sources[0].value
            before = getattr(record, hand)
            setattr(record, hand, author)
            assert outcome(rule, record, author) is PermissionDenied, (rule.action, hand)
            setattr(record, hand, before)
