"""Start many drafts of one plan at once, as `create_project` starts one: a block pasted out of a spreadsheet."""

from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction

from khuyencong.audit import field_changes, money_change, record_many
from khuyencong.permissions import belongs_to, require
from projects import permissions
from projects.models import Beneficiary, BeneficiaryAmount, FundingLine, Project
from projects.services.entry import PROJECT_FIELDS, take_codes
from projects.services.locking import locked_plan

# Rows that stand already, so that nobody asks the database again whether they do.
GIVEN = ("plan", "group", "content", "unit", "implementing_unit", "owner", "province", "created_by", "updated_by")


@dataclass
class Draft:
    """A project to be started: fields, {FundingSource: đồng}, the one facility that receives all of it, or None.

    Once started it holds `project`; one that is refused holds `refusal` instead.
    """

    fields: dict
    amounts: dict = field(default_factory=dict)
    facility: object = None
    project: Project | None = None
    refusal: ValidationError | None = None


@transaction.atomic
def create_drafts(plan, *, by, drafts: list[Draft]):
    """Start each draft that holds by itself; the others keep their refusal. A constant number of queries.

    Raises PermissionDenied, and ValidationError when the plan takes no lines any more.
    """
    plan = locked_plan(plan)
    require(permissions.can_create_project(by), "Chỉ chuyên viên, lãnh đạo phòng được lập đề án.")
    require(belongs_to(by, plan), f"Kế hoạch do {plan.owner} quản lý; ông/bà chỉ được xem.")
    if not plan.is_open:
        raise ValidationError({"plan": f"{plan} đã trình hoặc đã phê duyệt; chọn kế hoạch đang dự thảo."})
    for draft in drafts:
        _build(plan, by, draft)
    good = [draft for draft in drafts if draft.refusal is None]
    if not good:
        return
    for draft, code in zip(good, take_codes(plan, len(good)), strict=True):
        draft.project.code = code
        draft.project.fill_keys()
    Project.objects.bulk_create([draft.project for draft in good], batch_size=200)
    _add_money(good)
    record_many(by, "project.create", "Lập đề án", [(draft.project, _changes(draft)) for draft in good])


def _build(plan, by, draft):
    total = draft.fields.get("total_cost") or sum(filter(None, draft.amounts.values())) or None
    given = draft.fields | {"total_cost": total}
    draft.project = Project(
        plan=plan, owner=plan.owner, province=plan.province, created_by=by, updated_by=by, code="-", **given
    )
    try:
        draft.project.clean_fields(exclude=GIVEN)
    except ValidationError as refusal:
        draft.project, draft.refusal = None, refusal


def _add_money(drafts):
    lines, holders, shares = [], [], []
    for draft in drafts:
        split = {source: amount for source, amount in draft.amounts.items() if amount}
        lines += [FundingLine(project=draft.project, source=row, requested_amount=split[row]) for row in split]
        if draft.facility:
            holder = Beneficiary(project=draft.project, facility=draft.facility)
            holders.append(holder)
            shares += [BeneficiaryAmount(beneficiary=holder, source=row, requested_amount=split[row]) for row in split]
    FundingLine.objects.bulk_create(lines, batch_size=500)
    Beneficiary.objects.bulk_create(holders, batch_size=500)
    BeneficiaryAmount.objects.bulk_create(shares, batch_size=500)


def _changes(draft):
    changes = field_changes(None, draft.project, PROJECT_FIELDS)
    for source, amount in draft.amounts.items():
        changes += money_change(str(source), None, amount or None)
    if draft.facility:
        changes.append(("Đơn vị thụ hưởng", "", str(draft.facility)))
    return changes
