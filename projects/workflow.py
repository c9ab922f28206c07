"""The moves of plans and projects. Buttons, guards, tests and the page “Ai được làm gì” read these tables."""

from khuyencong.models import Role
from khuyencong.permissions import outsider_refusal
from khuyencong.workflow import Transition
from programs.models import OPEN_PLAN, PlanStatus
from programs.permissions import plan_author_refusal
from projects import permissions
from projects.models import (
    EDITABLE_PROJECT,
    OPEN_AMENDMENT,
    OPEN_SETTLEMENT,
    AmendmentStatus,
    ProjectStatus,
    SettlementStatus,
)

# Who puts up the accounts.
SETTLERS = (Role.OFFICER, Role.ACCOUNTANT)

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
TAKE_OVER_PROJECT = Transition(
    "project.take_over", "Ghi nhận theo quyết định đã ban hành",
    (ProjectStatus.DRAFT, ProjectStatus.RETURNED, ProjectStatus.SUBMITTED), ProjectStatus.IN_PLAN,
    (Role.DIRECTOR,), permissions.taking_over_refusal,
    note="Chỉ đề án của kế hoạch đã ban hành trước khi dùng cổng, cùng lúc phê duyệt kế hoạch đó.",
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
SIGN_CONTRACT = Transition(
    "project.sign_contract", "Ký hợp đồng", (ProjectStatus.APPROVED,), ProjectStatus.CONTRACTED,
    permissions.CONTRACTORS, permissions.unapproved_plan_refusal,
    note="Giá trị hợp đồng của từng nguồn không vượt số được duyệt.",
)  # fmt: skip
CANCEL_CONTRACT = Transition(
    "project.cancel_contract", "Hủy hợp đồng", (ProjectStatus.CONTRACTED,), ProjectStatus.APPROVED,
    (Role.REVIEWER, Role.ACCOUNTANT), permissions.unapproved_plan_refusal, needs_reason=True,
    note="Khi chưa chi đồng nào và chưa bắt đầu thực hiện.",
)  # fmt: skip
START_PROJECT = Transition(
    "project.start", "Bắt đầu thực hiện", (ProjectStatus.APPROVED, ProjectStatus.CONTRACTED),
    ProjectStatus.IN_PROGRESS, (Role.OFFICER, Role.REVIEWER), permissions.unapproved_plan_refusal,
    note="Chưa có hợp đồng thì chưa tạm ứng được.",
)  # fmt: skip
ACCEPT_PROJECT = Transition(
    "project.accept", "Ghi nhận nghiệm thu", (ProjectStatus.IN_PROGRESS,), ProjectStatus.ACCEPTED,
    (Role.REVIEWER, Role.DIRECTOR), permissions.acceptance_refusal,
    note="Theo biên bản nghiệm thu cơ sở; kinh phí hỗ trợ nghiệm thu không vượt số được duyệt.",
)  # fmt: skip
REOPEN_ACCEPTANCE = Transition(
    "project.reopen", "Mở lại nghiệm thu", (ProjectStatus.ACCEPTED, ProjectStatus.HANDED_OVER),
    ProjectStatus.IN_PROGRESS, (Role.DIRECTOR,), permissions.unapproved_plan_refusal, needs_reason=True,
    note="Biên bản đã in mất hiệu lực; phải nghiệm thu lại.",
)  # fmt: skip
HAND_OVER_PROJECT = Transition(
    "project.hand_over", "Bàn giao", (ProjectStatus.ACCEPTED,), ProjectStatus.HANDED_OVER,
    (Role.OFFICER, Role.REVIEWER), permissions.unapproved_plan_refusal,
    note="Khi hoàn tất đợt bàn giao.",
)  # fmt: skip
SETTLE_PROJECT = Transition(
    "project.settle", "Trình quyết toán", (ProjectStatus.ACCEPTED, ProjectStatus.HANDED_OVER), ProjectStatus.SETTLING,
    SETTLERS, permissions.unapproved_plan_refusal, note="Cùng hồ sơ quyết toán của hợp đồng.",
)  # fmt: skip
UNSETTLE_PROJECT = Transition(
    "project.return_settlement", "Trả lại quyết toán", (ProjectStatus.SETTLING,), ProjectStatus.ACCEPTED,
    (Role.DIRECTOR,), permissions.unapproved_plan_refusal, needs_reason=True,
)  # fmt: skip
APPROVE_SETTLED = Transition(
    "project.approve_settlement", "Duyệt quyết toán", (ProjectStatus.SETTLING,), ProjectStatus.SETTLED,
    (Role.DIRECTOR,), permissions.unapproved_plan_refusal, note="Cùng hồ sơ quyết toán của hợp đồng.",
)  # fmt: skip
LIQUIDATE_PROJECT = Transition(
    "project.liquidate", "Thanh lý", (ProjectStatus.SETTLED,), ProjectStatus.LIQUIDATED,
    SETTLERS, permissions.unapproved_plan_refusal, note="Khi số đã chi bằng số quyết toán của từng nguồn hỗ trợ.",
)  # fmt: skip
STOP_PROJECT = Transition(
    "project.stop", "Ngừng triển khai",
    (ProjectStatus.APPROVED, ProjectStatus.CONTRACTED, ProjectStatus.IN_PROGRESS), ProjectStatus.STOPPED,
    (Role.DIRECTOR,), permissions.unapproved_plan_refusal, needs_reason=True,
    note="Theo quyết định điều chỉnh; tạm ứng chưa có khối lượng phải hoàn trả.",
)  # fmt: skip

PROJECT_TRANSITIONS = (
    SUBMIT_PROJECT, APPRAISE_PROJECT, RETURN_PROJECT, REJECT_PROJECT, PUT_IN_PLAN, PUT_IN_RESERVE, TAKE_OUT_OF_PLAN,
    TAKE_OVER_PROJECT, APPROVE_PROJECT, RETURN_LINE, SIGN_CONTRACT, CANCEL_CONTRACT, START_PROJECT, ACCEPT_PROJECT,
    REOPEN_ACCEPTANCE, HAND_OVER_PROJECT, SETTLE_PROJECT, UNSETTLE_PROJECT, APPROVE_SETTLED, LIQUIDATE_PROJECT,
    STOP_PROJECT,
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

SUBMIT_AMENDMENT = Transition(
    "amendment.submit", "Trình điều chỉnh", OPEN_AMENDMENT, AmendmentStatus.SUBMITTED, (Role.OFFICER, Role.REVIEWER),
    outsider_refusal, note="Với lý do và nội dung thay đổi; cổng ghi sẵn thẩm quyền quyết định.",
)  # fmt: skip
RETURN_AMENDMENT = Transition(
    "amendment.return", "Trả lại điều chỉnh", (AmendmentStatus.SUBMITTED,), AmendmentStatus.RETURNED,
    (Role.DIRECTOR,), outsider_refusal, needs_reason=True,
)  # fmt: skip
REJECT_AMENDMENT = Transition(
    "amendment.reject", "Không đồng ý điều chỉnh", (AmendmentStatus.SUBMITTED,), AmendmentStatus.REJECTED,
    (Role.DIRECTOR,), permissions.four_eyes_refusal, needs_reason=True,
)  # fmt: skip
APPROVE_AMENDMENT = Transition(
    "amendment.approve", "Quyết định điều chỉnh", (AmendmentStatus.SUBMITTED,), AmendmentStatus.APPROVED,
    (Role.DIRECTOR,), permissions.four_eyes_refusal,
    note="Với số, ngày quyết định của cấp có thẩm quyền; tăng kinh phí chỉ trong dự toán còn lại.",
)  # fmt: skip

AMENDMENT_TRANSITIONS = (SUBMIT_AMENDMENT, RETURN_AMENDMENT, REJECT_AMENDMENT, APPROVE_AMENDMENT)

SUBMIT_SETTLEMENT = Transition(
    "settlement.submit", "Trình quyết toán", OPEN_SETTLEMENT, SettlementStatus.SUBMITTED, SETTLERS, outsider_refusal,
    note="Khi mọi đề án của hợp đồng đã nghiệm thu và bảng kê chứng từ khớp số đề nghị.",
)  # fmt: skip
RETURN_SETTLEMENT = Transition(
    "settlement.return", "Trả lại quyết toán", (SettlementStatus.SUBMITTED,), SettlementStatus.RETURNED,
    (Role.DIRECTOR,), outsider_refusal, needs_reason=True,
)  # fmt: skip
APPROVE_SETTLEMENT = Transition(
    "settlement.approve", "Duyệt quyết toán", (SettlementStatus.SUBMITTED,), SettlementStatus.APPROVED,
    (Role.DIRECTOR,), permissions.four_eyes_refusal, note="Số quyết toán của mỗi nguồn không vượt số nghiệm thu.",
)  # fmt: skip

SETTLEMENT_TRANSITIONS = (SUBMIT_SETTLEMENT, RETURN_SETTLEMENT, APPROVE_SETTLEMENT)
