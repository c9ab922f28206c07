"""Draw up programmes and plans. Submitting and approving a plan touches its projects: see projects.services."""

from copy import copy

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from khuyencong.audit import field_changes, money_change, record
from khuyencong.permissions import require
from khuyencong.text import nfc
from khuyencong.versions import bump_version, save_record
from programs import permissions
from programs.models import AnnualPlan, PlanBudget, Program, ProgramTarget, ProjectGroup

PROGRAM_FIELDS = (
    "name", "scope", "area", "period_start", "period_end", "goal", "decision_number", "decision_on",
    "decision_issuer", "source_note",
)  # fmt: skip
PLAN_FIELDS = ("name", "year", "round_no", "proposal_number", "proposal_on", "source_note")

# Above every number of a group, and with it still a small integer.
NUMBERS_ASIDE = 10_000


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
    _check_program(program, by=by)
    new = program.pk is None
    program = save_record(
        program, by=by, action="program.create" if new else "program.edit",
        label="Lập chương trình" if new else "Sửa chương trình",
        fields=PROGRAM_FIELDS, expected_version=expected_version,
    )  # fmt: skip
    if targets is not None:
        _replace_targets(program, targets, by=by)
    return program


def _check_program(program, *, by):
    """What the row alone cannot say: a name of its own, an area within reach, plans inside its period and province."""
    errors = {}
    twins = Program.objects.filter(owner=program.owner, name=nfc(program.name)).exclude(pk=program.pk)
    if twins.exists():
        errors["name"] = "Cơ quan đã có chương trình mang tên này."
    province = program.area.province if program.area else None
    if province and not by.sees_all_provinces and province.pk not in by.province_ids:
        errors["area"] = "Địa bàn này ở ngoài phạm vi hoạt động của cơ quan; chọn tỉnh, thành phố của cơ quan."
    plans = program.plans.all() if program.pk else []
    years = [plan.year for plan in plans]
    if years and program.period_start > min(years):
        errors["period_start"] = f"Đã có kế hoạch năm {min(years)}; giai đoạn phải gồm năm đó."
    if years and program.period_end < max(years):
        errors["period_end"] = f"Đã có kế hoạch năm {max(years)}; giai đoạn phải gồm năm đó."
    if any(plan.province_id != (province.pk if province else None) for plan in plans):
        errors["area"] = "Chương trình đã có kế hoạch, không chuyển sang tỉnh khác được."
    if errors:
        raise ValidationError(errors)


def _replace_targets(program, targets, *, by):
    old = {target.indicator_id: target for target in program.targets.select_related("indicator")}
    changes = []
    for indicator, value, source in targets:
        target = old.pop(indicator.pk, None) or ProgramTarget(program=program, indicator=indicator)
        before = (target.figure, target.source) if target.pk else ("", "")
        target.value, target.source = value, source
        target.full_clean()
        target.save()
        labels = (f"{indicator}: mục tiêu", f"{indicator}: nguồn")
        after = (target.figure, target.source)
        changes += [row for row in zip(labels, before, after, strict=True) if row[1] != row[2]]
    for target in old.values():
        changes.append((f"{target.indicator}: mục tiêu", target.figure, ""))
        target.delete()
    if changes:
        record(by, "program.set_targets", "Đặt mục tiêu", program, changes=changes)


@transaction.atomic
def save_plan(plan, *, by, expected_version=None):
    """Create or change the head of an annual plan. Raises PermissionDenied, ValidationError, StaleVersionError."""
    if plan.pk:
        _require_open(plan, by=by)
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
    _require_open(plan, by=by)
    return plan


def _require_open(plan, *, by):
    refusal = permissions.plan_edit_refusal(by, plan)
    require(refusal is None, refusal)


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

    A fifth item, the stored group or None for a new one, is the key instead: so a group can change its number.
    A group that still holds projects is not removed: ValidationError.
    """
    plan = _open_plan(plan, by=by, expected_version=expected_version)
    old = {group.number: group for group in plan.groups.select_related("content")}
    rows = [(*row, old.get(row[0])) if len(row) == 4 else row for row in groups]
    changes = _remove_groups([group for group in old.values() if group not in [row[4] for row in rows]])
    # Out of the way, so that two groups can exchange their numbers.
    plan.groups.update(number=F("number") + NUMBERS_ASIDE)
    for number, name, content, note, stored in rows:
        group = copy(stored) if stored else ProjectGroup(plan=plan)
        group.number, group.name, group.content, group.note = number, nfc(name), content, note
        group.full_clean()
        group.save()
        if stored:
            fields = ("number", "name", "content", "note")
            told = field_changes(stored, group, fields)
            changes += [(f"Nhóm {stored.number}: {label}", before, after) for label, before, after in told]
        else:
            changes.append((f"Nhóm {number}", "", name))
    plan.save()
    if changes:
        record(by, "plan.set_groups", "Đặt nhóm đề án", plan, changes=changes)
    return plan


def _remove_groups(groups):
    for group in groups:
        if group.projects.exists():
            raise ValidationError(f"Nhóm {group.number} “{group.name}” còn đề án; chuyển đề án sang nhóm khác trước.")
        group.delete()
    return [(f"Nhóm {group.number}", group.name, "") for group in groups]


def next_round(program, year) -> int:
    """The round that a new plan of the year would be."""
    taken = AnnualPlan.objects.filter(program=program, year=year).values_list("round_no", flat=True)
    return max(taken, default=0) + 1
