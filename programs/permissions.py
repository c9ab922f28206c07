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


def plan_edit_refusal(user, plan) -> str | None:
    """Why a person may not change a plan now: its budget, groups and names are open as a draft or when returned."""
    if user.role not in PLANNERS or not belongs_to(user, plan):
        return "Chỉ lãnh đạo phòng, Giám đốc Trung tâm của cơ quan lập được sửa kế hoạch."
    if not plan.is_open:
        return "Kế hoạch đã trình hoặc đã phê duyệt thì không sửa được nữa."
    return None


def can_edit_plan(user, plan) -> bool:
    return plan_edit_refusal(user, plan) is None


def plan_author_refusal(user, plan) -> str | None:
    """Four eyes: whoever drew up or submitted a plan never approves it."""
    if refusal := outsider_refusal(user, plan):
        return refusal
    if user.pk in (plan.created_by_id, plan.submitted_by_id):
        return "Người lập hoặc trình kế hoạch không được phê duyệt kế hoạch đó."
    return None
