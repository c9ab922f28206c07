"""Where a project stands: its step, who acts next, by when. One home for lists, pages and task lists; no queries."""

from khuyencong.dates import short_date, today
from khuyencong.models import Role
from projects import workflow
from projects.models import ProjectStatus

# Each step with the states in which it is under way; a file under way is accepted without a state in between.
STEPS = (
    ("Lập đề án", (ProjectStatus.DRAFT, ProjectStatus.RETURNED)),
    ("Thẩm định", (ProjectStatus.SUBMITTED,)),
    ("Xếp kế hoạch", (ProjectStatus.APPRAISED, ProjectStatus.RESERVE)),
    ("Phê duyệt", (ProjectStatus.IN_PLAN,)),
    ("Thực hiện", (ProjectStatus.APPROVED, ProjectStatus.CONTRACTED, ProjectStatus.IN_PROGRESS)),
    ("Nghiệm thu", ()),
    ("Bàn giao", (ProjectStatus.ACCEPTED, ProjectStatus.HANDED_OVER)),
    ("Quyết toán", (ProjectStatus.SETTLING, ProjectStatus.SETTLED, ProjectStatus.LIQUIDATED)),
)
HEADS = "Lãnh đạo phòng, Trung tâm"
# What is still to be done before approval, and by whom; after it the transition table says so.
NEXT = {
    ProjectStatus.DRAFT: ("Người lập", "điền nốt rồi trình thẩm định"),
    ProjectStatus.RETURNED: ("Người lập", "sửa theo lý do trả lại rồi trình lại"),
    ProjectStatus.SUBMITTED: (HEADS, "thẩm định"),
    ProjectStatus.APPRAISED: (HEADS, "xếp vào kế hoạch hoặc dự phòng"),
    ProjectStatus.RESERVE: (HEADS, "đưa vào kế hoạch khi còn dự toán"),
    ProjectStatus.IN_PLAN: ("Giám đốc Sở", "phê duyệt cùng kế hoạch"),
}
# How a role is named where it stands beside others.
SHORT = {Role.REVIEWER: "Lãnh đạo phòng"}
AT_WORK = (ProjectStatus.APPROVED, ProjectStatus.CONTRACTED, ProjectStatus.IN_PROGRESS)
# Days before the end from which a list warns.
SOON = 30


def place(status):
    """Where a state stands in the course of a project, (step, state within it); None for those that end it early."""
    return next(((step, states.index(status)) for step, (_label, states) in enumerate(STEPS) if status in states), None)


def next_move(project):
    """The move of the table that takes an approved project on, or None at its end.

    A contract leads to its accounts, handed over or not; without one the handover is the last.
    """
    here = place(project.status)
    if here is None or project.status in NEXT:
        return None
    skipped = workflow.HAND_OVER_PROJECT if project.contract_id else workflow.SETTLE_PROJECT
    for move in workflow.PROJECT_TRANSITIONS:
        if project.status in move.sources and move is not skipped and (place(move.target) or here) > here:
            return move
    return None


def next_actor(project):
    """“Lê Hoàng Phúc: thẩm định”, or "" when nothing is left to do. Reads `plan`, `created_by` and `reviewer`."""
    who, what = next_step(project)
    return f"{who}: {what}" if what else ""


def next_step(project):
    """(who, what): the person where the file is bound to one, else the roles that may; ("Không còn việc", "")."""
    if project.status not in NEXT:
        move = next_move(project)
        return (_roles(move), _lower(move.label)) if move else ("Không còn việc", "")
    who, what = NEXT[project.status]
    if project.is_editable:
        return str(project.created_by), what
    if project.status == ProjectStatus.SUBMITTED and project.reviewer_id:
        return str(project.reviewer), what
    if project.status == ProjectStatus.IN_PLAN and project.plan.is_open:
        return HEADS, "trình kế hoạch"
    if project.status in (ProjectStatus.APPRAISED, ProjectStatus.RESERVE) and not project.plan.is_open:
        return who, "chuyển sang kế hoạch đợt sau"
    return who, what


def _roles(move):
    names = [SHORT.get(role, Role(role).label) for role in move.roles]
    return " hoặc ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _lower(label):
    return label[:1].lower() + label[1:]


def due(project):
    """(tone of portal.css, words) of the end of work still to be done: ("late", "quá 3 ngày"), else ("", "")."""
    if project.ends_on is None or project.status not in AT_WORK:
        return "", ""
    days = (project.ends_on - today()).days
    if days < 0:
        return "late", f"quá {-days} ngày"
    if days > SOON:
        return "", ""
    return "soon", f"còn {days} ngày" if days else "hôm nay"


def steps_of(project):
    """The steps that this project goes through: without a contract there is nothing to settle."""
    return STEPS if project.contract_id else STEPS[:-1]


def step_number(project):
    """1 to 8, in the order of STEPS; a rejected project was turned down at appraisal, a stopped one while at work."""
    if project.status == ProjectStatus.STOPPED:
        return 5
    return next((number for number, (_label, states) in enumerate(STEPS, 1) if project.status in states), 2)


def steps(project, *, accepted_on=None):
    """[(label, "done" | "now" | "", note)] for the bar of steps; a rejected project stops where it was."""
    current = step_number(project)
    path = steps_of(project)
    is_over = project.status == ProjectStatus.LIQUIDATED or (
        project.status == ProjectStatus.HANDED_OVER and path != STEPS
    )
    done_on = (
        project.submitted_at, project.appraised_at, None, project.plan.decision_on, None, accepted_on, None, None,
    )  # fmt: skip
    marked = []
    for number, ((label, _states), day) in enumerate(zip(path, done_on, strict=False), 1):
        is_done = number < current or is_over
        state = "done" if is_done else "now" if number == current else ""
        marked.append((label, state, short_date(day) if is_done and day else _plan_of(project, label, is_done)))
    return marked


def _plan_of(project, label, is_done):
    """Until when a step that is not done is to last, where that is known."""
    if label != "Thực hiện" or is_done or project.ends_on is None or project.status == ProjectStatus.REJECTED:
        return ""
    return f"đến {short_date(project.ends_on)}"


def situation(project, *, missing=(), named=(), acts=(), deadline=None):
    """The four cells of the panel: where, who and what, what is missing, by when.

    Each is (question, answer, detail, [(words, address)]); `named` are the words and addresses of what a return
    names and nobody mended yet, `missing` of what the file lacks, `acts` of the page where the next move is made;
    `deadline` is the nearest one, see `projects.deadlines`.
    """
    status = project.get_status_display()
    where = (
        status
        if project.status == ProjectStatus.REJECTED
        else f"Bước {step_number(project)} trên {len(steps_of(project))}"
    )
    who, what = next_step(project)
    move = next_move(project)
    does = [f"{what[:1].upper()}{what[1:]}", *([move.note] if move and move.note else [])]
    lacking = [f"{len(named)} mục cần sửa"] if named else []
    lacking += [f"{len(missing)} mục còn thiếu"] if missing else []
    return [
        ("Đang ở đâu", where, "" if where == status else status, ()),
        ("Ai phải làm gì", who, ". ".join(does), acts),
        ("Còn thiếu gì", ", ".join(lacking) or "Không thiếu gì", "", [*named, *missing]),
        ("Trước ngày nào", *(_day_of(deadline) if deadline else _end_of(project))),
    ]


def _day_of(deadline):
    """(day, how near and by which clause, its page) of an act that is due."""
    left = deadline.days_left
    near = f"quá {-left} ngày" if left < 0 else f"còn {left} ngày" if left else "hôm nay"
    detail = ". ".join(filter(None, [near[:1].upper() + near[1:], deadline.clause]))
    return short_date(deadline.on), detail, [(deadline.label, deadline.url)]


def _end_of(project):
    """(day, how near, no page) of the end of work; only what is known."""
    if project.status not in NEXT:
        return "Không còn hạn", "", ()
    _tone, words = due(project)
    return (short_date(project.ends_on) if project.ends_on else "Chưa có hạn"), words.capitalize(), ()
