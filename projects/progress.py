"""Where a project stands: its step, and who acts next. One home for lists, pages and task lists; no queries."""

from projects.models import ProjectStatus

STEPS = (
    ("Lập đề án", (ProjectStatus.DRAFT, ProjectStatus.RETURNED)),
    ("Thẩm định", (ProjectStatus.SUBMITTED,)),
    ("Xếp kế hoạch", (ProjectStatus.APPRAISED, ProjectStatus.RESERVE)),
    ("Phê duyệt", (ProjectStatus.IN_PLAN,)),
    ("Thực hiện", (ProjectStatus.APPROVED, ProjectStatus.IN_PROGRESS)),
    ("Nghiệm thu", (ProjectStatus.ACCEPTED,)),
    ("Bàn giao", (ProjectStatus.HANDED_OVER,)),
)
# What is still to be done in a state, and by whom.
NEXT = {
    ProjectStatus.DRAFT: ("Người lập", "điền nốt rồi trình thẩm định"),
    ProjectStatus.RETURNED: ("Người lập", "sửa theo lý do trả lại rồi trình lại"),
    ProjectStatus.SUBMITTED: ("Lãnh đạo phòng, Trung tâm", "thẩm định"),
    ProjectStatus.APPRAISED: ("Lãnh đạo phòng, Trung tâm", "xếp vào kế hoạch hoặc dự phòng"),
    ProjectStatus.RESERVE: ("Lãnh đạo phòng, Trung tâm", "đưa vào kế hoạch khi còn dự toán"),
    ProjectStatus.IN_PLAN: ("Lãnh đạo phòng trình, Giám đốc Sở", "phê duyệt cùng kế hoạch"),
    ProjectStatus.APPROVED: ("Chuyên viên", "bắt đầu thực hiện"),
    ProjectStatus.IN_PROGRESS: ("Lãnh đạo phòng hoặc Giám đốc Sở", "ghi nhận nghiệm thu"),
    ProjectStatus.ACCEPTED: ("Chuyên viên", "lập đợt bàn giao, nếu có sản phẩm bàn giao"),
}


def next_actor(project):
    """“Lê Hoàng Phúc: thẩm định”, or "" when nothing is left to do. Reads `created_by` and `reviewer`."""
    if project.status not in NEXT:
        return ""
    who, what = next_step(project)
    return f"{who}: {what}"


def next_step(project):
    """(who, what): the person where the file is bound to one, else the role."""
    who, what = NEXT.get(project.status, ("Không còn việc", ""))
    if project.status in (ProjectStatus.DRAFT, ProjectStatus.RETURNED):
        return str(project.created_by), what
    if project.status == ProjectStatus.SUBMITTED and project.reviewer_id:
        return str(project.reviewer), what
    return who, what


def steps(project):
    """[(label, "done" | "now" | "", note)] for the bar of steps; a rejected project stops where it was."""
    current = step_number(project)
    marked = []
    for number, (label, _states) in enumerate(STEPS, 1):
        is_last_done = number == len(STEPS) and project.status == ProjectStatus.HANDED_OVER
        state = "done" if number < current or is_last_done else "now" if number == current else ""
        marked.append((label, state, ""))
    return marked


def step_number(project):
    """1 to 7, in the order of STEPS; a rejected project was turned down at appraisal."""
    for number, (_label, states) in enumerate(STEPS, 1):
        if project.status in states:
            return number
    return 2


def situation(project, *, missing):
    """The four cells of the panel: where, who and what, what is missing, by when."""
    number = step_number(project)
    where = "Không phê duyệt" if project.status == ProjectStatus.REJECTED else f"Bước {number} trên {len(STEPS)}"
    who, what = next_step(project)
    lacking = f"{len(missing)} mục" if missing else "Không thiếu mục nào"
    ends = project.ends_on.strftime("%d/%m/%Y") if project.ends_on else "Chưa có hạn"
    return [
        ("Đang ở đâu", where, project.get_status_display()),
        ("Ai phải làm gì", who, what),
        ("Còn thiếu gì", lacking, missing[0].text if missing else ""),
        ("Hoàn thành trước", ends, ""),
    ]
