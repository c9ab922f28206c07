"""Groups of the year's work: contracts, reports, visits, changes, acceptance, handover, follow-up."""

from datetime import timedelta

from django.db.models import Q
from django.urls import reverse

from khuyencong.dates import month_label, short_date, today
from khuyencong.templatetags.vietnamese import percent
from programs.deadlines import Deadlines
from programs.models import DeadlineKey, PlanStatus
from projects.deadlines import DEMANDS, REGISTRATIONS
from projects.models import (
    OPEN_AMENDMENT,
    Amendment,
    AmendmentStatus,
    HandoverEvent,
    ProgressReport,
    ProjectStatus,
)
from projects.services.follow_up import accepted_projects, due_by, follow_up_rules, rounds_of
from projects.services.progress_reports import REPORTED
from projects.situation import page_of
from projects.workflow import SIGN_CONTRACT
from reports.tasks.groups import SHOWN, SOON, Task, TaskGroup, group, group_of_dues


def ending(desk):
    rows = desk.own().filter(status=ProjectStatus.IN_PROGRESS, ends_on__lte=today() + SOON)

    def task(project):
        return Task(str(project), project.get_absolute_url(), "Mở", "Đang thực hiện, cần nghiệm thu", project.ends_on)

    return group(
        "Đến hạn hoàn thành", rows.order_by("ends_on", "pk"), task, status=ProjectStatus.IN_PROGRESS,
        late=Q(ends_on__lt=today()),
    )  # fmt: skip


def to_contract(desk):
    rows = desk.own().filter(status=ProjectStatus.APPROVED, plan__status=PlanStatus.APPROVED).select_related("plan")

    def task(project):
        detail = f"Theo Quyết định số {project.plan.decision_number} ngày {short_date(project.plan.decision_on)}"
        return Task(str(project), page_of(SIGN_CONTRACT, project), "Ký hợp đồng", detail)

    return group("Đã phê duyệt, chờ ký hợp đồng", rows.order_by("starts_on", "pk"), task, status=ProjectStatus.APPROVED)


def to_start(desk):
    rows = desk.own().filter(status=ProjectStatus.CONTRACTED, plan__status=PlanStatus.APPROVED)
    rows = rows.select_related("plan", "contract").order_by("contract__signed_on", "pk")

    def task(project):
        detail = f"{project.contract} ký ngày {short_date(project.contract.signed_on)}"
        return Task(str(project), project.get_absolute_url(), "Mở", detail)

    return group("Đã ký hợp đồng, chưa bắt đầu", rows, task, status=ProjectStatus.CONTRACTED)


def monthly_reports(desk):
    return group_of_dues("Báo cáo tiến độ phải lập", desk.due(DeadlineKey.MONTHLY_REPORT), "Lập báo cáo")


def reports_to_confirm(desk):
    rows = desk.own(ProgressReport.objects).filter(confirmed_at=None, project__status__in=REPORTED)
    rows = rows.exclude(created_by=desk.user).exclude(updated_by=desk.user)

    def task(report):
        detail = f"{month_label(report.month).capitalize()}: {percent(report.volume_percent)}% khối lượng"
        url = reverse("projects:progress_detail", args=[report.pk])
        return Task(str(report.project), url, "Xem và xác nhận", f"{detail}, {report.created_by} lập")

    rows = rows.select_related("project", "created_by").order_by("month", "pk")
    return group("Báo cáo tiến độ chờ xác nhận", rows, task)


def demands(desk):
    return group_of_dues("Yêu cầu kiểm tra chưa khắc phục", desk.due(DEMANDS), "Mở")


def amendments_open(desk):
    """Changes that the person is writing, or that came back."""
    rows = desk.own(Amendment.objects).filter(status__in=OPEN_AMENDMENT, created_by=desk.user)

    def task(amendment):
        is_returned = amendment.status == AmendmentStatus.RETURNED
        button = "Sửa" if is_returned else "Làm tiếp"
        detail = f"{amendment}. {amendment.get_status_display()}"
        return Task(str(amendment.project), amendment.get_absolute_url(), button, detail, is_urgent=is_returned)

    rows = rows.select_related("project").order_by("-status", "updated_at", "pk")
    return group("Điều chỉnh đang lập, bị trả lại", rows, task)


def amendments_to_decide(desk):
    rows = desk.own(Amendment.objects).filter(status=AmendmentStatus.SUBMITTED)
    rows = rows.exclude(created_by=desk.user).exclude(submitted_by=desk.user)

    def task(amendment):
        sent = f"{amendment.submitted_by} trình ngày {short_date(amendment.submitted_at)}"
        detail = f"{amendment.get_kind_display()}. {sent}"
        url = amendment.get_absolute_url()
        return Task(str(amendment.project), url, "Xem và quyết định", detail, is_urgent=True)

    rows = rows.select_related("project", "submitted_by").order_by("submitted_at", "pk")
    return group("Điều chỉnh chờ quyết định", rows, task)


def to_hand_over(desk):
    """Accepted projects of plans still open that no handover names yet."""
    rows = desk.own().filter(status=ProjectStatus.ACCEPTED, plan__status=PlanStatus.APPROVED, handovers=None)

    def task(project):
        accepted = project.acceptance
        detail = f"Biên bản nghiệm thu {accepted.number} ngày {short_date(accepted.accepted_on)}"
        return Task(str(project), project.get_absolute_url(), "Mở", detail)

    rows = rows.filter(acceptances__is_final=True, acceptances__voided_at=None)
    rows = rows.prefetch_related("acceptances").order_by("acceptances__accepted_on", "pk")
    return group("Đã nghiệm thu, chưa lập bàn giao", rows, task, status=ProjectStatus.ACCEPTED)


def open_handovers(desk):
    rows = desk.own(HandoverEvent.objects).filter(is_done=False).select_related("plan").order_by("held_on", "pk")

    def task(event):
        return Task(str(event), event.get_absolute_url(), "Làm tiếp", str(event.plan), event.held_on)

    return group("Đợt bàn giao chưa hoàn tất", rows, task, late=Q(held_on__lt=today()))


def follow_ups(desk):
    """Accepted projects of which a round is due within a fortnight, the longest waiting first."""
    deadlines = Deadlines()
    rules = follow_up_rules(deadlines)
    accepted = accepted_projects(desk.own())
    rows = due_by(accepted, today() + SOON, rules).select_related("plan__program", "owner")
    rows = list(rows.prefetch_related("acceptances", "follow_ups").order_by("accepted_on", "pk")[: SHOWN + 1])
    count = len(rows) if len(rows) <= SHOWN else due_by(accepted, today() + SOON, rules).count()
    late = due_by(accepted, today() - timedelta(days=1), rules).count() if rows else 0
    title = "Theo dõi kết quả sau nghiệm thu"
    more = reverse("projects:follow_ups") if count > SHOWN else ""
    return TaskGroup(title, [_follow_up(project, deadlines) for project in rows[:SHOWN]], count, late, more)


def _follow_up(project, deadlines):
    row = next(row for row in rounds_of(project, deadlines) if row.follow_up is None and row.due_on)
    url = reverse("projects:follow_up", args=[project.pk, row.slug])
    detail = f"{row.label}, nghiệm thu ngày {short_date(project.acceptance.accepted_on)}"
    return Task(str(project), url, "Ghi số liệu", detail, row.due_on)


def other_deadlines(desk):
    """What is due within a fortnight and has no group of its own."""
    keys = (DeadlineKey.CONTRACT_END, DeadlineKey.LIQUIDATION, *REGISTRATIONS)
    return group_of_dues("Hạn khác trong 14 ngày tới", desk.due(*keys), "Mở")
