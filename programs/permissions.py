"""Who may do what with programmes and plans."""

from khuyencong.models import Role
from khuyencong.permissions import belongs_to, outsider_refusal

PLANNERS = (Role.REVIEWER,)


def can_create_program(user) -> bool:
    """Heads of unit draw up programmes and plans for their own body."""
    return user.role in PLANNERS and user.organisation is not None


def can_edit_program(user, program) -> bool:
    return user.role in PLANNERS and belongs_to(user, program)


def can_create_plan(user) -> bool:
    return can_create_program(user)


def can_edit_plan(user, plan) -> bool:
    """Budget, groups and names change only while the plan is a draft or was returned."""
    return user.role in PLANNERS and belongs_to(user, plan) and plan.is_open


def plan_author_refusal(user, plan) -> str | None:
    """Four eyes: whoever drew up or submitted a plan never approves it."""
    if refusal := outsider_refusal(user, plan):
        return refusal
    if user.pk in (plan.created_by_id, plan.submitted_by_id):
        return "Người lập hoặc trình kế hoạch không được phê duyệt kế hoạch đó."
    return None
