"""The moves of plans and projects. Buttons, guards, tests and the page “Ai được làm gì” read these tables."""

from khuyencong.models import Role
from khuyencong.permissions import outsider_refusal
from khuyencong.workflow import Transition
from programs.models import OPEN_PLAN, PlanStatus
from programs.permissions import plan_author_refusal
from projects import permissions
from projects.models import EDITABLE_PROJECT, ProjectStatus

SUBMIT_PROJECT = Transition(
    "project.submit", "Trình thẩm định", EDITABLE_PROJECT, ProjectStatus.SUBMITTED,
    (Role.OFFICER, Role.REVIEWER), outsider_refusal,
    note="Chỉ khi đã đủ các mục. Hồ sơ bị trả lại, sửa xong về đúng bước đã trả lại.",
)  # fmt: skip
APPRAISE_PROJECT = Transition(
    "project.appraise", "Thẩm định", (ProjectStatus.SUBMITTED,), ProjectStatus.APPRAISED,
    (Role.REVIEWER,), permissions.reviewer_refusal,
    note="Số thẩm định không vượt số đề nghị của từng nguồn.",
)  # fmt: skip
RETURN_PROJECT = Transition(
    "project.return", "Trả lại", (ProjectStatus.SUBMITTED, ProjectStatus.APPRAISED, ProjectStatus.RESERVE),
    ProjectStatus.RETURNED, (Role.REVIEWER,), permissions.reviewer_refusal, needs_reason=True,
    note="Nêu lý do và các mục cần sửa.",
)  # fmt: skip
REJECT_PROJECT = Transition(
    "project.reject", "Không phê duyệt",
    (ProjectStatus.SUBMITTED, ProjectStatus.APPRAISED, ProjectStatus.RESERVE), ProjectStatus.REJECTED,
    (Role.REVIEWER,), permissions.reviewer_refusal, needs_reason=True,
)  # fmt: skip
PUT_IN_PLAN = Transition(
    "project.put_in_plan", "Đưa vào kế hoạch", (ProjectStatus.APPRAISED, ProjectStatus.RESERVE),
    ProjectStatus.IN_PLAN, (Role.REVIEWER,), permissions.plan_open_refusal,
    note="Khi kế hoạch đang dự thảo hoặc bị trả lại.",
)  # fmt: skip
PUT_IN_RESERVE = Transition(
    "project.put_in_reserve", "Chuyển dự phòng", (ProjectStatus.APPRAISED, ProjectStatus.IN_PLAN),
    ProjectStatus.RESERVE, (Role.REVIEWER,), permissions.plan_open_refusal,
    note="Khi kế hoạch đang dự thảo hoặc bị trả lại.",
)  # fmt: skip
TAKE_OUT_OF_PLAN = Transition(
    "project.take_out", "Đưa ra khỏi kế hoạch", (ProjectStatus.IN_PLAN, ProjectStatus.RESERVE),
    ProjectStatus.APPRAISED, (Role.REVIEWER,), permissions.plan_open_refusal,
    note="Khi kế hoạch đang dự thảo hoặc bị trả lại.",
)  # fmt: skip
APPROVE_PROJECT = Transition(
    "project.approve", "Phê duyệt", (ProjectStatus.IN_PLAN,), ProjectStatus.APPROVED,
    (Role.DIRECTOR,), permissions.author_refusal,
    note="Cùng với kế hoạch, trong dự toán của từng nguồn.",
)  # fmt: skip
RETURN_LINE = Transition(
    "project.return_line", "Trả lại khi duyệt kế hoạch", (ProjectStatus.IN_PLAN,), ProjectStatus.RETURNED,
    (Role.DIRECTOR,), outsider_refusal, needs_reason=True,
    note="Đề án ra khỏi quyết định; sửa xong, xếp vào đợt sau.",
)  # fmt: skip
START_PROJECT = Transition(
    "project.start", "Bắt đầu thực hiện", (ProjectStatus.APPROVED,), ProjectStatus.IN_PROGRESS,
    (Role.OFFICER, Role.REVIEWER), permissions.unapproved_plan_refusal,
)  # fmt: skip
ACCEPT_PROJECT = Transition(
    "project.accept", "Ghi nhận nghiệm thu", (ProjectStatus.IN_PROGRESS,), ProjectStatus.ACCEPTED,
    (Role.REVIEWER, Role.DIRECTOR), permissions.acceptance_refusal,
    note="Theo biên bản nghiệm thu cơ sở; kinh phí hỗ trợ nghiệm thu không vượt số được duyệt.",
)  # fmt: skip
HAND_OVER_PROJECT = Transition(
    "project.hand_over", "Bàn giao", (ProjectStatus.ACCEPTED,), ProjectStatus.HANDED_OVER,
    (Role.OFFICER, Role.REVIEWER), permissions.unapproved_plan_refusal,
    note="Khi hoàn tất đợt bàn giao.",
)  # fmt: skip

PROJECT_TRANSITIONS = (
    SUBMIT_PROJECT, APPRAISE_PROJECT, RETURN_PROJECT, REJECT_PROJECT, PUT_IN_PLAN, PUT_IN_RESERVE, TAKE_OUT_OF_PLAN,
    APPROVE_PROJECT, RETURN_LINE, START_PROJECT, ACCEPT_PROJECT, HAND_OVER_PROJECT,
)  # fmt: skip

SUBMIT_PLAN = Transition(
    "plan.submit", "Trình phê duyệt", OPEN_PLAN, PlanStatus.SUBMITTED, (Role.REVIEWER,), outsider_refusal,
    note="Có ít nhất một đề án trong kế hoạch và dự toán của mọi nguồn ngân sách được dùng.",
)  # fmt: skip
RETURN_PLAN = Transition(
    "plan.return", "Trả lại kế hoạch", (PlanStatus.SUBMITTED,), PlanStatus.RETURNED, (Role.DIRECTOR,),
    outsider_refusal, needs_reason=True, note="Nêu lý do và các mục cần sửa; sửa xong trình lại cấp đã trả.",
)  # fmt: skip
APPROVE_PLAN = Transition(
    "plan.approve", "Phê duyệt kế hoạch", (PlanStatus.SUBMITTED,), PlanStatus.APPROVED, (Role.DIRECTOR,),
    plan_author_refusal, note="Với số, ngày quyết định; từng đề án duyệt hoặc trả lại kèm lý do.",
)  # fmt: skip
CLOSE_PLAN = Transition(
    "plan.close", "Kết thúc kế hoạch", (PlanStatus.APPROVED,), PlanStatus.CLOSED, (Role.DIRECTOR,),
    outsider_refusal, note="Khi không còn đề án nào dở dang.",
)  # fmt: skip

PLAN_TRANSITIONS = (SUBMIT_PLAN, RETURN_PLAN, APPROVE_PLAN, CLOSE_PLAN)
