"""Draw up programmes and plans. Submitting and approving a plan touches its projects: see projects.services."""

from django.core.exceptions import ValidationError
from django.db import transaction

from khuyencong.audit import field_changes, money_change, record
from khuyencong.permissions import require
from khuyencong.versions import bump_version, save_record
from programs import permissions
from programs.models import AnnualPlan, PlanBudget, ProgramTarget, ProjectGroup

PROGRAM_FIELDS = (
    "name", "scope", "area", "period_start", "period_end", "goal", "decision_number", "decision_on",
    "decision_issuer", "source_note",
)  # fmt: skip
PLAN_FIELDS = ("name", "year", "round_no", "proposal_number", "proposal_on", "source_note")


@transaction.atomic
def save_program(program, *, by, targets=None, expected_version=None):
    """Create or change a programme. `targets` is a list of (indicator, value, source) that replaces the old ones.

    Raises PermissionDenied, ValidationError, StaleVersionError.
    """
    if program.pk:
        require(permissions.can_edit_program(by, program), "Chỉ lãnh đạo phòng, Trung tâm của cơ quan lập được sửa.")
    else:
        require(permissions.can_create_program(by), "Chỉ lãnh đạo phòng, Giám đốc Trung tâm được lập chương trình.")
        program.owner = by.organisation
    new = program.pk is None
    program = save_record(
        program, by=by, action="program.create" if new else "program.edit",
        label="Lập chương trình" if new else "Sửa chương trình",
        fields=PROGRAM_FIELDS, expected_version=expected_version,
    )  # fmt: skip
    if targets is not None:
        _replace_targets(program, targets, by=by)
    return program


def _replace_targets(program, targets, *, by):
    old = {target.indicator_id: target for target in program.targets.select_related("indicator")}
    changes = []
    for indicator, value, source in targets:
        target = old.pop(indicator.pk, None) or ProgramTarget(program=program, indicator=indicator)
        before = ProgramTarget.objects.filter(pk=target.pk).first()
        target.value, target.source = value, source
        target.full_clean()
        target.save()
        changes += [(f"{indicator}: {label}", a, b) for label, a, b in field_changes(before, target, ["value"])]
    for target in old.values():
        changes.append((f"{target.indicator}: mục tiêu", str(target.value), ""))
        target.delete()
    if changes:
        record(by, "program.set_targets", "Đặt mục tiêu", program, changes=changes)


@transaction.atomic
def save_plan(plan, *, by, expected_version=None):
    """Create or change the head of an annual plan. Raises PermissionDenied, ValidationError, StaleVersionError."""
    if plan.pk:
        require(permissions.can_edit_plan(by, plan), "Kế hoạch đã trình hoặc đã phê duyệt thì không sửa được nữa.")
    else:
        require(permissions.can_create_plan(by), "Chỉ lãnh đạo phòng, Giám đốc Trung tâm được lập kế hoạch.")
        require(permissions.can_edit_program(by, plan.program), "Chương trình do cơ quan khác quản lý.")
        plan.owner, plan.province = plan.program.owner, plan.program.province
    if not plan.program.period_start <= plan.year <= plan.program.period_end:
        raise ValidationError({"year": f"Năm kế hoạch phải trong giai đoạn {plan.program.period} của chương trình."})
    new = plan.pk is None
    return save_record(
        plan, by=by, action="plan.create" if new else "plan.edit",
        label="Lập kế hoạch" if new else "Sửa kế hoạch", fields=PLAN_FIELDS, expected_version=expected_version,
    )  # fmt: skip


def _open_plan(plan, *, by, expected_version):
    """The plan, locked, for someone who may change it now."""
    plan = bump_version(plan, by=by, expected_version=expected_version)
    require(permissions.can_edit_plan(by, plan), "Kế hoạch đã trình hoặc đã phê duyệt thì không sửa được nữa.")
    return plan


@transaction.atomic
def set_budget(plan, *, by, amounts, expected_version=None):
    """Set the envelope of each source: {FundingSource: đồng or None}; None or 0 removes the source's envelope."""
    plan = _open_plan(plan, by=by, expected_version=expected_version)
    old = {budget.source_id: budget for budget in plan.budgets.all()}
    changes = []
    for source, amount in amounts.items():
        budget = old.get(source.pk)
        changes += money_change(f"Dự toán {source}", budget.amount if budget else None, amount or None)
        if amount:
            PlanBudget.objects.update_or_create(plan=plan, source=source, defaults={"amount": amount})
        elif budget:
            budget.delete()
    plan.save()
    if changes:
        record(by, "plan.set_budget", "Đặt dự toán theo nguồn", plan, changes=changes)
    return plan


@transaction.atomic
def set_groups(plan, *, by, groups, expected_version=None):
    """Set the groups of projects: [(number, name, content or None, note)], keyed by number.

    A group that still holds projects is not removed: ValidationError.
    """
    plan = _open_plan(plan, by=by, expected_version=expected_version)
    old = {group.number: group for group in plan.groups.all()}
    changes = []
    for number, name, content, note in groups:
        before = old.pop(number, None)
        group = before or ProjectGroup(plan=plan, number=number)
        if before and before.name != name or before is None:
            changes.append((f"Nhóm {number}", before.name if before else "", name))
        group.name, group.content, group.note = name, content, note
        group.full_clean()
        group.save()
    for group in old.values():
        if group.projects.exists():
            raise ValidationError(f"Nhóm {group.number} “{group.name}” còn đề án; chuyển đề án sang nhóm khác trước.")
        changes.append((f"Nhóm {group.number}", group.name, ""))
        group.delete()
    plan.save()
    if changes:
        record(by, "plan.set_groups", "Đặt nhóm đề án", plan, changes=changes)
    return plan


def next_round(program, year) -> int:
    """The round that a new plan of the year would be."""
    taken = AnnualPlan.objects.filter(program=program, year=year).values_list("round_no", flat=True)
    return max(taken, default=0) + 1
