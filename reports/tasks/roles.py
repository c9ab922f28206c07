"""“Việc của tôi”: what waits for one person, by role, grouped by act, oldest and nearest first. Reads only."""

from khuyencong.delegations import DEPUTIES
from khuyencong.models import Role
from reports.tasks import accounts, execution, planning
from reports.tasks.groups import Desk, answered

# The groups of a role, in the order in which they stand.
GROUPS = {
    Role.OFFICER: (
        planning.returned, execution.amendments_open, planning.drafts, accounts.settlements_returned,
        execution.monthly_reports, execution.demands, execution.ending, accounts.to_settle, execution.to_contract,
        execution.to_start, execution.to_hand_over, execution.open_handovers, execution.follow_ups,
        execution.other_deadlines,
    ),
    Role.REVIEWER: (
        planning.to_appraise, planning.plans_returned, planning.to_place, planning.plans_in_draft, planning.returned,
        execution.amendments_open, execution.reports_to_confirm, execution.demands, execution.ending,
        execution.other_deadlines,
    ),
    Role.DIRECTOR: (
        planning.plans_to_decide, execution.amendments_to_decide, accounts.settlements_to_decide, execution.ending,
    ),
    Role.ACCOUNTANT: (
        accounts.settlements_returned, accounts.to_settle, accounts.to_pay, accounts.to_refund, accounts.to_liquidate,
        execution.to_contract, execution.other_deadlines,
    ),
}  # fmt: skip


def task_groups(user):
    """The groups that hold anything, of the person's role and of the director whom the person stands in for."""
    desk = Desk(user)
    makers = GROUPS.get(user.role, ())
    if user.role in DEPUTIES and user.standing_in:
        makers = (*(maker for maker in GROUPS[Role.DIRECTOR] if maker not in makers), *makers)
    groups = answered([maker(desk) for maker in makers], user)
    return [found for found in groups if found.count]
