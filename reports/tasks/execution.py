"""Groups of the year's work: contracts, reports, visits, changes, acceptance, handover, follow-up."""

import json
from datetime import timedelta
from decimal import Decimal
from functools import partial

from django.db.models import CharField, OuterRef, Q, Subquery
from django.db.models.functions import Cast
from django.urls import reverse

from khuyencong.dates import month_label, short_date, today
from khuyencong.models import Organisation
from khuyencong.templatetags.vietnamese import percent
from khuyencong.together import JSONList, day_of
from programs.models import DeadlineKey, PlanStatus
from projects.deadlines import DEMANDS, REGISTRATIONS
from projects.models import (
    OPEN_AMENDMENT,
    Amendment,
    AmendmentStatus,
    FollowUp,
    FollowUpRound,
    HandoverEvent,
    ProgressReport,
    ProjectStatus,
)
from projects.services.follow_up import SLUGS, accepted_projects, due_by, follow_up_rules, is_due_by
from projects.services.progress_reports import REPORTED
from projects.situation import page_of
from projects.workflow import SIGN_CONTRACT, START_PROJECT
from reports.tasks.groups import (
    PLAN,
    PROJECT,
    SOON,
    SUBMISSION,
    Asked,
    Rows,
    Task,
    about,
    group_of_dues,
    name_of,
    projects_with,
    submission,
)
from reports.tasks.named import CONTRACT, contract_of, plan_of, project_of


def ending(desk):
    def rows():
        found = desk.own().filter(status=ProjectStatus.IN_PROGRESS, ends_on__lte=today() + SOON)
        late = Q(ends_on__lt=today())
        return Rows(found, ("ends_on", "pk"), PROJECT | {"ends_on": "ends_on"}, late)

    def task(facts):
        project = project_of(facts)
        due_on = day_of(facts.ends_on)
        return Task(str(project), project.get_absolute_url(), "Mở", "Đang thực hiện, cần nghiệm thu", due_on)

    return Asked("Đến hạn hoàn thành", rows, task, more_url=projects_with(ProjectStatus.IN_PROGRESS))


def to_contract(desk):
    def rows():
        found = desk.own().filter(status=ProjectStatus.APPROVED, plan__status=PlanStatus.APPROVED)
        decision = {"plan": "plan__pk", "decision": "plan__decision_number", "decided_on": "plan__decision_on"}
        return Rows(found, ("starts_on", "pk"), PROJECT | decision)

    def task(facts):
        project = project_of(facts, plan_id=facts.plan)
        detail = f"Theo Quyết định số {facts.decision} ngày {short_date(day_of(facts.decided_on))}"
        return Task(str(project), page_of(SIGN_CONTRACT, project), "Ký hợp đồng", detail)

    return Asked("Đã phê duyệt, chờ ký hợp đồng", rows, task, more_url=projects_with(ProjectStatus.APPROVED))


def to_start(desk):
    def rows():
        found = desk.own().filter(status=ProjectStatus.CONTRACTED, plan__status=PlanStatus.APPROVED)
        contract = about(CONTRACT | {"signed_on": "signed_on"}, "contract")
        return Rows(found, ("contract__signed_on", "pk"), PROJECT | {"version": "version"} | contract)

    def task(facts):
        project = project_of(facts)
        detail = f"{contract_of(facts)} ký ngày {short_date(day_of(facts.signed_on))}"
        return Task(
            str(project), project.get_absolute_url(), START_PROJECT.label, detail,
            act=page_of(START_PROJECT, project), version=facts.version,
        )  # fmt: skip

    return Asked("Đã ký hợp đồng, chưa bắt đầu", rows, task, more_url=projects_with(ProjectStatus.CONTRACTED))


def monthly_reports(desk):
    return group_of_dues("Báo cáo tiến độ phải lập", desk.due(DeadlineKey.MONTHLY_REPORT), "Lập báo cáo")


def reports_to_confirm(desk):
    def rows():
        found = desk.own(ProgressReport.objects).filter(confirmed_at=None, project__status__in=REPORTED)
        found = found.exclude(created_by=desk.user).exclude(updated_by=desk.user)
        facts = {"month": "month", "volume": Cast("volume_percent", CharField()), "author": name_of("created_by")}
        return Rows(found, ("month", "pk"), about(PROJECT, "project") | facts)

    def task(facts):
        month = month_label(day_of(facts.month)).capitalize()
        detail = f"{month}: {percent(Decimal(facts.volume))}% khối lượng, {facts.author} lập"
        url = reverse("projects:progress_detail", args=[facts.key])
        return Task(str(project_of(facts)), url, "Xem và xác nhận", detail)

    return Asked("Báo cáo tiến độ chờ xác nhận", rows, task)


def demands(desk):
    return group_of_dues("Yêu cầu kiểm tra chưa khắc phục", desk.due(DEMANDS), "Mở")


AMENDMENT = {"number": "number", "kind": "kind", "status": "status", **about(PROJECT, "project")}


def amendments_open(desk):
    """Changes that the person is writing, or that came back."""

    def rows():
        found = desk.own(Amendment.objects).filter(status__in=OPEN_AMENDMENT, created_by=desk.user)
        return Rows(found, ("-status", "updated_at", "pk"), AMENDMENT)

    def task(facts):
        amendment = Amendment(pk=facts.key, number=facts.number, kind=facts.kind, status=facts.status)
        is_returned = amendment.status == AmendmentStatus.RETURNED
        button = "Sửa" if is_returned else "Làm tiếp"
        detail = f"{amendment}. {amendment.get_status_display()}"
        return Task(str(project_of(facts)), amendment.get_absolute_url(), button, detail, is_urgent=is_returned)

    return Asked("Điều chỉnh đang lập, bị trả lại", rows, task)


def amendments_to_decide(desk):
    def rows():
        found = desk.of_others(Amendment.objects).filter(status=AmendmentStatus.SUBMITTED)
        return Rows(found, ("submitted_at", "pk"), AMENDMENT | SUBMISSION)

    def task(facts):
        amendment = Amendment(pk=facts.key, kind=facts.kind)
        detail = f"{amendment.get_kind_display()}. {submission(facts)}"
        url = amendment.get_absolute_url()
        return Task(str(project_of(facts)), url, "Xem và quyết định", detail, is_urgent=True)

    return Asked("Điều chỉnh chờ quyết định", rows, task)


def to_hand_over(desk):
    """Accepted projects of plans still open that no handover names yet."""

    def rows():
        found = desk.own().filter(status=ProjectStatus.ACCEPTED, plan__status=PlanStatus.APPROVED, handovers=None)
        found = found.filter(acceptances__is_final=True, acceptances__voided_at=None)
        minutes = {"plan": "plan__pk", "number": "acceptances__number", "accepted_on": "acceptances__accepted_on"}
        return Rows(found, ("acceptances__accepted_on", "pk"), PROJECT | minutes)

    def task(facts):
        project = project_of(facts)
        detail = f"Biên bản nghiệm thu {facts.number} ngày {short_date(day_of(facts.accepted_on))}"
        return Task(str(project), reverse("projects:handover_create", args=[facts.plan]), "Lập bàn giao", detail)

    return Asked("Đã nghiệm thu, chưa lập bàn giao", rows, task, more_url=projects_with(ProjectStatus.ACCEPTED))


def open_handovers(desk):
    def rows():
        found = desk.own(HandoverEvent.objects).filter(is_done=False)
        facts = {"subject": "subject", "held_on": "held_on", **PLAN}
        return Rows(found, ("held_on", "pk"), facts, late=Q(held_on__lt=today()))

    def task(facts):
        event = HandoverEvent(pk=facts.key, subject=facts.subject)
        url, held_on = event.get_absolute_url(), day_of(facts.held_on)
        return Task(str(event), url, "Làm tiếp", str(plan_of(facts)), held_on)

    return Asked("Đợt bàn giao chưa hoàn tất", rows, task)


def follow_ups(desk):
    """Accepted projects of which a round is due within a fortnight, the longest waiting first."""

    def rows():
        rules = follow_up_rules(desk.deadlines)
        found = due_by(accepted_projects(desk.own()), today() + SOON, rules)
        answers = FollowUp.objects.filter(project=OuterRef("pk")).order_by().values("project")
        facts = {
            "accepted_on": "accepted_on", "scope": "plan__program__scope", "owner": "owner", "above": "owner__parent",
            "rounds": Subquery(answers.annotate(all=JSONList("round")).values("all")),
        }  # fmt: skip
        late = is_due_by(today() - timedelta(days=1), rules)
        return Rows(found, ("accepted_on", "pk"), PROJECT | facts, late)

    task = partial(_follow_up, deadlines=desk.deadlines)
    return Asked("Theo dõi kết quả sau nghiệm thu", rows, task, more_url=reverse("projects:follow_ups"))


def _follow_up(facts, deadlines):
    """The first round that nobody answered and that a rule gives a day."""
    accepted_on, owner = day_of(facts.accepted_on), Organisation(pk=facts.owner, parent_id=facts.above)
    told = json.loads(facts.rounds) if isinstance(facts.rounds, str) else facts.rounds or ()
    days = {key: deadlines.after(key.value, accepted_on, owner=owner, scope=facts.scope) for key in FollowUpRound}
    first, due_on = next((key, given[1]) for key, given in days.items() if given and key not in told)
    url = reverse("projects:follow_up", args=[facts.key, SLUGS[first]])
    detail = f"{first.label}, nghiệm thu ngày {short_date(accepted_on)}"
    return Task(str(project_of(facts)), url, "Ghi số liệu", detail, due_on)


def other_deadlines(desk):
    """What is due within a fortnight and has no group of its own."""
    keys = (DeadlineKey.CONTRACT_END, DeadlineKey.LIQUIDATION, *REGISTRATIONS)
    return group_of_dues("Hạn khác trong 14 ngày tới", desk.due(*keys), "Mở")
