"""“Ai được làm gì”, as it is published, beside the table that every address is walked by.

A move without an address here fails, so that somebody decides where it is made and by whom.
"""

import pytest
from django.urls import reverse

from khuyencong.models import Role
from projects import workflow
from tests import stories
from tests.test_access import RULES

TRANSITIONS = {
    rule.action: rule
    for rules in (
        workflow.PLAN_TRANSITIONS,
        workflow.PROJECT_TRANSITIONS,
        workflow.AMENDMENT_TRANSITIONS,
        workflow.SETTLEMENT_TRANSITIONS,
    )
    for rule in rules
}
# The address at which a move is sent. Several moves share an address, and a move of a project comes with its plan's.
SENT_AT = {
    "plan.submit": "projects:plan_submit",
    "plan.return": "projects:plan_return",
    "plan.approve": "projects:plan_approve",
    "plan.close": "projects:plan_close",
    "project.submit": "projects:edit",
    "project.appraise": "projects:appraise",
    "project.return": "projects:return",
    "project.reject": "projects:reject",
    "project.put_in_plan": "projects:plan_place",
    "project.put_in_reserve": "projects:plan_place",
    "project.take_out": "projects:plan_place",
    "project.take_over": "projects:plan_record",
    "project.approve": "projects:plan_approve",
    "project.return_line": "projects:plan_approve",
    "project.sign_contract": "projects:contract_create",
    "project.cancel_contract": "projects:contract_cancel",
    "project.start": "projects:start",
    "project.accept": "projects:accept",
    "project.reopen": "projects:acceptance_reopen",
    "project.hand_over": "projects:handover_complete",
    "project.settle": "projects:settlement_submit",
    "project.return_settlement": "projects:settlement_return",
    "project.approve_settlement": "projects:settlement_approve",
    "project.liquidate": "projects:liquidate",
    "project.stop": "projects:amendment_approve",
    "amendment.submit": "projects:amendment_submit",
    "amendment.return": "projects:amendment_return",
    "amendment.reject": "projects:amendment_reject",
    "amendment.approve": "projects:amendment_approve",
    "settlement.submit": "projects:settlement_submit",
    "settlement.return": "projects:settlement_return",
    "settlement.approve": "projects:settlement_approve",
}


def test_every_published_move_has_its_address():
    assert set(SENT_AT) == set(TRANSITIONS)


@pytest.mark.parametrize("action", SENT_AT)
def test_roles_that_are_published_are_those_that_are_heard(action):
    assert {str(role) for role in TRANSITIONS[action].roles} == RULES[SENT_AT[action]].senders


def test_inspectors_see_every_address_with_its_roles(client, db):
    house = stories.make_house()
    client.force_login(house.viewer)
    rows = client.get(reverse("who_may_open")).context["rows"]
    assert len(rows) == len(RULES)
    [approval] = [row for row in rows if row["address"] == "/ke-hoach/<int:pk>/duyet/"]
    told = {label for label, _opens, sends in approval["cells"] if sends}
    assert told == {Role.DIRECTOR.label}
    client.force_login(house.officer)
    assert client.get(reverse("who_may_open")).status_code == 403
