"""Who may do what with projects, and why not. Each refusal is a sentence for the screen, or None."""

from khuyencong.models import Role
from khuyencong.permissions import belongs_to, outsider_refusal
from programs.permissions import PLANNERS
from projects.models import DONE_PROJECT, ProjectStatus

DRAFTERS = (Role.OFFICER, Role.REVIEWER)
# Who enters contracts, and who pays on them.
CONTRACTORS = (Role.OFFICER, Role.REVIEWER, Role.ACCOUNTANT)
PAYERS = (Role.ACCOUNTANT,)
CONFIRMERS = (Role.REVIEWER, Role.DIRECTOR)
# Who keeps the dossier: whoever enters, appraises or pays.
PAPER_KEEPERS = (Role.OFFICER, Role.REVIEWER, Role.ACCOUNTANT)
INSPECTORS = (Role.OFFICER, Role.REVIEWER, Role.DIRECTOR)


def can_create_project(user) -> bool:
    return user.role in DRAFTERS and user.organisation is not None


def can_edit_project(user, project) -> bool:
    """Drafts and returned files are changed by the people of the body that keeps them."""
    return user.role in DRAFTERS and belongs_to(user, project) and project.is_editable


def can_delete_draft(user, project) -> bool:
    """Only what was never submitted disappears, and only by the hand that made it."""
    return can_edit_project(user, project) and project.submitted_at is None and user.pk == project.created_by_id


def can_hold_handover(user, plan) -> bool:
    return user.role in DRAFTERS and belongs_to(user, plan) and plan.is_approved


def can_follow_up(user, project) -> bool:
    """What facilities report after acceptance is written down by the people of the body that keeps the project."""
    is_accepted = project.status in DONE_PROJECT and project.acceptance is not None
    return is_accepted and user.role in DRAFTERS and belongs_to(user, project)


def author_refusal(user, project) -> str | None:
    """Four eyes: whoever drafted or submitted a project never decides on it."""
    if refusal := outsider_refusal(user, project):
        return refusal
    if user.pk in (project.created_by_id, project.submitted_by_id):
        return "Người lập hoặc trình đề án không được thẩm định, phê duyệt đề án đó."
    return None


def reviewer_refusal(user, project) -> str | None:
    """A file that came back goes to the reviewer who returned it, so that one person follows it through."""
    if refusal := author_refusal(user, project):
        return refusal
    if project.reviewer_id and user.pk != project.reviewer_id and user.role == Role.REVIEWER:
        return f"Đề án này do {project.reviewer} thẩm định."
    return None


def plan_open_refusal(user, project) -> str | None:
    """Lines move in and out only while the plan is being drawn up."""
    if refusal := outsider_refusal(user, project):
        return refusal
    if not project.plan.is_open:
        return f"{project.plan} đang “{project.plan.get_status_display().lower()}”, không xếp thêm, bớt đề án được."
    return None


def move_refusal(user, project) -> str | None:
    """A line goes to another plan until a decision holds it, and not while its plan waits for one."""
    if user.role not in PLANNERS:
        return "Chỉ lãnh đạo phòng, Giám đốc Trung tâm chuyển được đề án sang kế hoạch khác."
    if refusal := outsider_refusal(user, project):
        return refusal
    if project.is_approved:
        return "Đề án đã phê duyệt thì không chuyển kế hoạch được."
    if project.status == ProjectStatus.REJECTED:
        return "Đề án không được phê duyệt thì không chuyển kế hoạch được."
    if project.status == ProjectStatus.IN_PLAN and not project.plan.is_open:
        return f"Đề án đang trong {project.plan}; đợi quyết định của kế hoạch này."
    return None


def unapproved_plan_refusal(user, project) -> str | None:
    """Nothing under a plan that is not approved is carried out, paid or accepted."""
    if refusal := outsider_refusal(user, project):
        return refusal
    if not project.plan.is_approved:
        return "Chỉ thực hiện, nghiệm thu được sau khi kế hoạch được phê duyệt."
    return None


def taking_over_refusal(user, project) -> str | None:
    """Only what a decision of an earlier time holds becomes part of a plan without being appraised here."""
    if refusal := author_refusal(user, project):
        return refusal
    if not project.plan.is_past:
        return "Chỉ đề án của kế hoạch đã ban hành trước khi dùng cổng được ghi nhận không qua thẩm định trên cổng."
    return None


def acceptance_refusal(user, project) -> str | None:
    return author_refusal(user, project) or unapproved_plan_refusal(user, project)


def four_eyes_refusal(user, record) -> str | None:
    """Whoever drafted or submitted a record never decides on it."""
    if refusal := outsider_refusal(user, record):
        return refusal
    if user.pk in (record.created_by_id, record.submitted_by_id):
        return "Người lập hoặc trình hồ sơ không được quyết định hồ sơ đó."
    return None


def role_refusal(user, record, roles, act) -> str | None:
    """Why someone of another role or another body may not do what the roles do."""
    if user.role not in roles:
        names = ", ".join(Role(role).label for role in roles)
        return f"Việc “{act}” dành cho: {names}."
    return outsider_refusal(user, record)


def reporting_refusal(user, project) -> str | None:
    """Progress is reported under an approved plan alone."""
    return role_refusal(user, project, DRAFTERS, "Báo cáo tiến độ") or unapproved_plan_refusal(user, project)


def confirmation_refusal(user, report) -> str | None:
    """Whoever wrote the figures does not confirm them."""
    if refusal := role_refusal(user, report, CONFIRMERS, "Xác nhận báo cáo tiến độ"):
        return refusal
    if user.pk in (report.created_by_id, report.updated_by_id):
        return "Người lập hoặc sửa báo cáo không tự xác nhận báo cáo đó."
    return None


def withdrawal_refusal(user, report) -> str | None:
    return role_refusal(user, report, CONFIRMERS, "Rút xác nhận báo cáo tiến độ")


def inspection_refusal(user, project) -> str | None:
    return role_refusal(user, project, INSPECTORS, "Ghi nhận kiểm tra") or unapproved_plan_refusal(user, project)


def contract_refusal(user, plan) -> str | None:
    """Contracts are entered by the body that keeps the plan, once it is approved."""
    if user.role not in CONTRACTORS:
        names = ", ".join(Role(role).label for role in CONTRACTORS)
        return f"Việc “Ký hợp đồng” dành cho: {names}."
    if refusal := outsider_refusal(user, plan):
        return refusal
    if not plan.is_approved:
        return "Chỉ ký hợp đồng được sau khi kế hoạch được phê duyệt."
    return None


def payment_refusal(user, project) -> str | None:
    """Vouchers are the accountant's; nothing is paid under a plan that is not approved, or without a contract."""
    if user.role not in PAYERS:
        return f"Việc “Chi tiền” dành cho: {Role.ACCOUNTANT.label}."
    if refusal := outsider_refusal(user, project):
        return refusal
    if not project.plan.is_approved:
        return "Chỉ chi tiền được sau khi kế hoạch được phê duyệt."
    return None


def amending_refusal(user, project) -> str | None:
    """Changes are drafted by the body that keeps the project, once its plan is approved."""
    return role_refusal(user, project, DRAFTERS, "Lập điều chỉnh") or unapproved_plan_refusal(user, project)


def paper_refusal(user, project) -> str | None:
    """Papers are added, changed and taken back by the people of the body that keeps the project; others read."""
    return role_refusal(user, project, PAPER_KEEPERS, "Cập nhật giấy tờ")
