"""Build a plan from appraised projects, submit it, decide on it line by line, freeze it."""

import hashlib
import json
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from khuyencong.audit import record
from khuyencong.money import vnd
from khuyencong.permissions import belongs_to, require
from khuyencong.text import nfc
from khuyencong.together import Question
from khuyencong.versions import save_moved
from programs.models import FundingSource, PlanReturn
from programs.permissions import PLANNERS
from projects import permissions, workflow
from projects.models import (
    APPROVED_PROJECT,
    BeneficiaryAmount,
    FundingLine,
    PlanSnapshot,
    PlanSnapshotAmount,
    PlanSnapshotLine,
    Project,
    ProjectReturn,
    ProjectStatus,
    SnapshotPurpose,
)
from projects.models.project import CURRENT_AMOUNT
from projects.services.locking import locked_plan, locked_project, locked_projects_of
from projects.services.norms import refuse_over_norm
from projects.services.settlement import open_money

MOVES = {
    ProjectStatus.IN_PLAN: workflow.PUT_IN_PLAN,
    ProjectStatus.RESERVE: workflow.PUT_IN_RESERVE,
    ProjectStatus.APPRAISED: workflow.TAKE_OUT_OF_PLAN,
}
COUNTED = (ProjectStatus.IN_PLAN, *APPROVED_PROJECT)
# Lines stand by group, else by content, then by code.
PLAN_ORDER = (F("group__number").asc(nulls_last=True), F("content__position").asc(nulls_last=True), "code")
# Keeps its plan from being closed.
UNFINISHED = (ProjectStatus.APPROVED, ProjectStatus.CONTRACTED, ProjectStatus.IN_PROGRESS)


@dataclass(frozen=True)
class Position:
    """One source of a plan, in đồng: envelope (None when the plan sets none), what lines take, what is in reserve."""

    source: FundingSource
    budget: int | None
    taken: int
    reserve: int

    @property
    def left(self) -> int | None:
        """What is left of the envelope, negative when over; None for a source without one that needs none."""
        if self.budget is None:
            return -self.taken if self.source.is_support and self.taken else None
        return self.budget - self.taken

    @property
    def over(self) -> int:
        """By how much the lines exceed the envelope, 0 when they do not."""
        return max(-(self.left or 0), 0)

    @property
    def is_over(self) -> bool:
        return self.left is not None and self.left < 0


def budget_position(plan, *, without=()) -> list[Position]:
    """Each source of the plan: envelope, lines in the plan, reserve. The one home of these sums.

    `without` are ids of projects that are about to be left out.
    """
    rows = POSITION.of(plan) if not without else positions_of(plan, without)
    return [Position(source=row, budget=row.budget, taken=row.taken, reserve=row.reserve) for row in rows]


def positions_of(plan, without=()):
    """The sources that the plan has money or lines of, with `budget`, `taken` and `reserve`."""
    projects = Project.objects.filter(plan=plan).exclude(pk__in=without).order_by()
    sources = FundingSource.objects.annotate(
        budget=Subquery(plan.budgets.filter(source=OuterRef("pk")).values("amount")),
        taken=_sum_of_source(projects.filter(status__in=COUNTED)),
        reserve=_sum_of_source(projects.filter(status=ProjectStatus.RESERVE)),
    )
    return sources.filter(Q(budget__isnull=False) | Exists(_lines_of_source(projects)))


def _lines_of_source(projects):
    # By the keys of the few projects: joined to them, every line of the source in the country would be read.
    return FundingLine.objects.filter(source=OuterRef("pk"), project__in=projects.values("pk")).order_by()


def _sum_of_source(projects):
    sums = _lines_of_source(projects).values("source").annotate(sum=Sum(CURRENT_AMOUNT)).values("sum")
    return Coalesce(Subquery(sums), 0)


POSITION = Question("position", positions_of)


@transaction.atomic
def place_project(project, *, by, status):
    """Put an appraised project in the plan (IN_PLAN), in reserve (RESERVE) or out of it (APPRAISED).

    Raises PermissionDenied, ValidationError.
    """
    plan = locked_plan(project.plan)
    project = locked_project(project)
    project.plan = plan
    if project.status == status:
        return project
    if status not in MOVES:
        raise ValidationError("Chọn: trong kế hoạch, dự phòng hoặc ngoài kế hoạch.")
    MOVES[status].apply(project, by=by)
    return save_moved(project)


@transaction.atomic
def move_project(project, *, by, plan):
    """Move a project that no decision holds to another plan that is still open (a later round, another year).

    Raises PermissionDenied, ValidationError.
    """
    plan = locked_plan(plan)
    project = locked_project(project)
    require(by.role in PLANNERS and belongs_to(by, project) and belongs_to(by, plan), "Chỉ lãnh đạo phòng chuyển được.")
    if refusal := permissions.move_refusal(by, project):
        raise ValidationError(refusal)
    if not plan.is_open or plan.owner_id != project.owner_id or plan.scope != project.plan.scope:
        raise ValidationError({"plan": "Chọn kế hoạch đang dự thảo, cùng cơ quan và cùng phạm vi."})
    old = project.plan
    before = project.status
    project.plan, project.group = plan, None
    if project.status in (ProjectStatus.IN_PLAN, ProjectStatus.RESERVE):
        project.status = ProjectStatus.APPRAISED
    record(
        by, "project.move", "Chuyển kế hoạch", project, before=before, after=project.status,
        changes=[("Kế hoạch", str(old), str(plan))],
    )  # fmt: skip
    return save_moved(project)


@transaction.atomic
def submit_plan(plan, *, by, proposal_number=None, proposal_on=None):
    """Submit the plan for approval, with its tờ trình where there is one, and freeze what was submitted.

    Raises PermissionDenied; ValidationError when it holds no project or a support source has no envelope.
    """
    plan = locked_plan(plan)
    if workflow.SUBMIT_PLAN.is_open_to(by, plan):
        projects = locked_projects_of(plan, ProjectStatus.IN_PLAN)
        if not projects:
            raise ValidationError("Kế hoạch chưa có đề án nào; đưa ít nhất một đề án đã thẩm định vào kế hoạch.")
        bare = [str(row.source) for row in budget_position(plan) if row.source.is_support and row.budget is None]
        if bare:
            raise ValidationError(f"Nhập dự toán cho: {', '.join(bare)}.")
    if proposal_number is not None:
        plan.proposal_number, plan.proposal_on = nfc(proposal_number), proposal_on
    plan.submitted_by, plan.submitted_at = by, timezone.now()
    workflow.SUBMIT_PLAN.apply(plan, by=by)
    plan.returns.filter(resolved_at=None).update(resolved_at=timezone.now())
    _save_plan(plan)
    take_snapshot(plan, SnapshotPurpose.SUBMITTED, by=by)
    return plan


@transaction.atomic
def return_plan(plan, *, by, reason, items=()):
    """Send the whole plan back with a reason and named items. Raises PermissionDenied, ValidationError."""
    plan = locked_plan(plan)
    level = plan.status
    workflow.RETURN_PLAN.apply(plan, by=by, reason=reason)
    PlanReturn.objects.create(plan=plan, returned_by=by, level=level, reason=reason.strip(), items=list(items))
    return _save_plan(plan)


@transaction.atomic
def approve_plan(
    plan, *, by, decision_number, decision_on, decision_issuer, signer_name, signer_position, returned=None,
    expected_version=None,
):  # fmt: skip
    """Approve the plan with its decision; `returned` is {project pk: reason} for the lines left out.

    All or nothing: the envelope of each source holds for what is approved (re-read under lock, so two directors
    cannot spend it twice), no line exceeds a verified norm of the decision's day without a reason, every line has
    another author than the approver. Freezes a snapshot.
    `expected_version` is the plan that the person saw: one that was returned and submitted anew meanwhile is
    looked at again first. Raises PermissionDenied, ValidationError.
    """
    plan = locked_plan(plan)
    returned = returned or {}
    if refusal := workflow.APPROVE_PLAN.why_not(by, plan):
        workflow.APPROVE_PLAN.apply(plan, by=by)
        raise ValidationError(refusal)
    if expected_version not in (None, plan.version):
        raise ValidationError(submitted_anew(plan), code="stale")
    projects = locked_projects_of(plan, ProjectStatus.IN_PLAN)
    if unknown := returned.keys() - {project.pk for project in projects}:
        raise ValidationError(f"{len(unknown)} đề án không còn trong kế hoạch; tải lại trang rồi duyệt lại.")
    approved = [project for project in projects if project.pk not in returned]
    if not approved:
        raise ValidationError("Chưa chọn đề án nào để duyệt; nếu không duyệt đề án nào thì trả lại cả kế hoạch.")
    _check_budget(plan, returned)
    refuse_over_norm(approved, on=decision_on)
    for project in projects:
        if project.pk in returned:
            _return_line(project, by=by, reason=returned[project.pk])
        else:
            _approve_line(project, by=by)
    plan.decision_number, plan.decision_issuer = nfc(decision_number), nfc(decision_issuer)
    plan.decision_on = decision_on
    plan.signer_name, plan.signer_position = nfc(signer_name), nfc(signer_position)
    plan.approved_by, plan.approved_at = by, timezone.now()
    changes = [("Số quyết định", "", plan.decision_number), ("Số đề án duyệt", "", str(len(approved)))]
    workflow.APPROVE_PLAN.apply(plan, by=by, changes=changes)
    _save_plan(plan)
    take_snapshot(plan, SnapshotPurpose.APPROVED, by=by)
    return plan


def submitted_anew(plan) -> str:
    return (
        f"Kế hoạch được trình lại lúc {timezone.localtime(plan.submitted_at):%H:%M %d/%m/%Y}, sau khi ông/bà mở trang; "
        "xem lại các dòng và số tiền rồi duyệt."
    )


def rehearse_approval(plan, **decision):
    """Raise what `approve_plan` would raise, and change nothing: asked before a director confirms."""
    with transaction.atomic():
        approve_plan(plan, **decision)
        transaction.set_rollback(True)


def _check_budget(plan, returned):
    over = [row for row in budget_position(plan, without=returned) if row.is_over]
    if over:
        raise ValidationError(
            [
                f"{row.source}: vượt {vnd(-row.left)} so với dự toán {vnd(row.budget or 0)}; "
                "trả lại bớt đề án hoặc trả lại kế hoạch để tăng dự toán."
                for row in over
            ],
            code="over_budget",
        )


def _approve_line(project, *, by):
    for rows in (project.funding_lines.all(), BeneficiaryAmount.objects.filter(beneficiary__project=project)):
        for row in rows:
            row.approved_amount = row.appraised_amount
            row.save()
    try:
        workflow.APPROVE_PROJECT.apply(project, by=by)
    except PermissionDenied as refusal:
        raise PermissionDenied(f"{project.code}: {refusal}") from refusal
    project.approved_by, project.approved_at = by, timezone.now()
    save_moved(project)


def _return_line(project, *, by, reason):
    level = project.status
    workflow.RETURN_LINE.apply(project, by=by, reason=reason)
    # The plan is decided without it: once mended it waits, appraised, for the next round.
    ProjectReturn.objects.create(
        project=project, returned_by=by, level=level, back_to=ProjectStatus.APPRAISED, reason=reason.strip()
    )
    save_moved(project)


@transaction.atomic
def close_plan(plan, *, by):
    """Close a plan none of whose projects is under way and none of whose contracts holds open money.

    Raises PermissionDenied, ValidationError.
    """
    plan = locked_plan(plan)
    if workflow.CLOSE_PLAN.is_open_to(by, plan):
        count = plan.projects.filter(status__in=UNFINISHED).count()
        if count:
            raise ValidationError(f"Còn {count} đề án chưa nghiệm thu; hoàn thành rồi mới kết thúc kế hoạch.")
        if told := open_money(plan):
            raise ValidationError(["Còn tiền chưa quyết toán xong, chưa kết thúc kế hoạch được.", *told])
    workflow.CLOSE_PLAN.apply(plan, by=by)
    return _save_plan(plan)


def take_snapshot(plan, purpose, *, by, decision=None):
    """Freeze the plan's lines as they stand: submitted, approved, or amended by `decision` (number, date)."""
    submitted = (ProjectStatus.IN_PLAN, ProjectStatus.RESERVE)
    statuses = submitted if purpose == SnapshotPurpose.SUBMITTED else APPROVED_PROJECT
    decision_number, decision_on = decision or (plan.decision_number, plan.decision_on)
    projects = (
        plan.projects.filter(status__in=statuses)
        .select_related("group", "content__parent", "implementing_unit")
        .prefetch_related("funding_lines__source", "beneficiaries__facility__unit")
        .order_by(*PLAN_ORDER)
    )
    number = plan.snapshots.filter(purpose=purpose).aggregate(count=Count("pk"))["count"] + 1
    snapshot = PlanSnapshot(
        plan=plan, purpose=purpose, number=number, taken_at=timezone.now(), taken_by=by,
        decision_number=decision_number, decision_on=decision_on,
        budgets=dict(plan.budgets.values_list("source__code", "amount")),
    )  # fmt: skip
    rows = [(_snapshot_line(project), _snapshot_amounts(project)) for project in projects]
    snapshot.sha256 = digest_of_snapshot(snapshot, rows)
    snapshot.save(force_insert=True)
    for line, amounts in rows:
        line.snapshot = snapshot
        line.save(force_insert=True)
        for amount in amounts:
            amount.line = line
        PlanSnapshotAmount.objects.bulk_create(amounts)
    return snapshot


def heading(project) -> str:
    """Under which head a project stands in its plan: the group that holds it, else its content of Điều 4."""
    if project.group:
        return project.group.name
    if project.content is None:
        return "Chưa xếp nội dung"
    content = project.content.heading
    return content.short_name or content.name


def _snapshot_line(project):
    return PlanSnapshotLine(
        project=project, status=project.status, code=project.code, name=project.name,
        group_name=heading(project), content_name=str(project.content or ""),
        implementing_unit=str(project.implementing_unit or ""),
        facilities=[
            [str(row.facility), str(row.facility.unit)]
            for row in project.beneficiaries.all()
            if row.withdrawn_by_id is None
        ],
    )  # fmt: skip


def _snapshot_amounts(project):
    return [
        PlanSnapshotAmount(source=row.source, requested_amount=row.requested_amount, amount=row.current_amount)
        for row in project.funding_lines.all()
    ]


def is_intact(snapshot) -> bool:
    """Whether the snapshot still reads as it did when it was taken."""
    lines = snapshot.lines.prefetch_related("amounts__source")
    return snapshot.sha256 == digest_of_snapshot(snapshot, [(line, line.amounts.all()) for line in lines])


def digest_of_snapshot(snapshot, rows) -> str:
    """SHA-256 over everything that the snapshot and its lines say, in a canonical form."""
    content = [snapshot.purpose, snapshot.number, snapshot.decision_number, str(snapshot.decision_on), snapshot.budgets]
    for line, amounts in rows:
        money = [[amount.source.code, amount.requested_amount, amount.amount] for amount in amounts]
        texts = [line.code, line.name, line.status, line.group_name, line.content_name, line.implementing_unit]
        content.append([*texts, line.facilities, sorted(money)])
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _save_plan(plan):
    plan.version += 1
    plan.full_clean(exclude=["province"])
    plan.save()
    return plan
