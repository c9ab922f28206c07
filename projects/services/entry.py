"""Enter a project: save it unfinished, say what is missing, submit it."""

from collections import defaultdict
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from khuyencong.audit import money_change, record
from khuyencong.models import Counter
from khuyencong.money import format_vnd, vnd
from khuyencong.permissions import belongs_to, require
from khuyencong.templatetags.vietnamese import quantity
from khuyencong.text import nfc
from khuyencong.versions import StaleVersionError, bump_version, save_record
from programs.models import Scope
from projects import permissions, workflow
from projects.models import (
    Beneficiary,
    BeneficiaryAmount,
    CostItem,
    FundingLine,
    Project,
    ProjectKind,
    ProjectStatus,
    TargetMode,
)
from projects.questions import BENEFICIARIES, COST_ITEMS, FUNDING, SHARES
from projects.services.indicators import keep_planned
from projects.services.locking import locked_project
from projects.services.papers import discard_papers

NOT_EDITABLE = "Đề án đã trình thì không sửa được nữa; muốn sửa, đề nghị người thẩm định trả lại."
PROJECT_FIELDS = (
    "plan", "group", "kind", "name", "content", "industry", "target_mode", "is_key", "implementing_unit",
    "coordinating_units", "investor", "unit", "place_note", "is_priority", "priority_note", "norm_quantity",
    "starts_on", "ends_on", "total_cost", "necessity", "objective", "scale", "activities", "arrangement",
    "economic_effect", "social_effect", "environmental_effect", "lasting_effect", "source_note",
)  # fmt: skip


@dataclass(frozen=True)
class Missing:
    """Something a project still needs before it can be submitted: which part and field of the form, and what to do."""

    part: str
    field: str
    text: str


def take_code(plan) -> str:
    """The next code of the owner's series for the plan year: KC26-014, KCQG26-003 for national money."""
    return take_codes(plan, 1)[0]


def take_codes(plan, count) -> list[str]:
    """The next `count` codes of the series."""
    prefix = "KCQG" if plan.scope == Scope.NATIONAL else "KC"
    year = plan.year % 100
    last = Counter.take(f"project:{plan.owner_id}:{prefix}{plan.year}", count)
    return [f"{prefix}{year:02d}-{number:03d}" for number in range(last - count + 1, last + 1)]


@transaction.atomic
def create_project(plan, *, by, facility=None, refuses_twin=False, **fields):
    """Start a draft in a plan that is still open, with its code from a locked counter; `facility` is put into it.

    With `refuses_twin` a name that the plan already holds is refused (code "twin"): most often it is the same form
    sent twice. Raises PermissionDenied, ValidationError.
    """
    require(permissions.can_create_project(by), "Chỉ chuyên viên, lãnh đạo phòng được lập đề án.")
    require(belongs_to(by, plan), f"Kế hoạch do {plan.owner} quản lý; ông/bà chỉ được xem.")
    if not plan.is_open:
        raise ValidationError({"plan": f"{plan} đã trình hoặc đã phê duyệt; chọn kế hoạch đang dự thảo."})
    project = Project(plan=plan, owner=plan.owner, province=plan.province, **fields)
    # The counter is locked from here on: a second press of the button waits, and finds the first draft.
    project.code = take_code(plan)
    if refuses_twin and (twin := plan.projects.filter(name=nfc(project.name)).first()):
        raise ValidationError({"name": ValidationError(f"Kế hoạch đã có {twin.code} mang tên này.", code="twin")})
    project = save_record(project, by=by, action="project.create", label="Lập đề án", fields=PROJECT_FIELDS)
    if facility:
        project = set_beneficiaries(project, by=by, rows=[(facility, "", {})])
    return project


@transaction.atomic
def save_project(project, *, by, indicators=None, expected_version=None):
    """Save the fields of a draft or returned project, complete or not.

    `indicators` are unsaved ProjectIndicator rows with what is planned; they replace the old ones.
    Raises PermissionDenied, ValidationError, StaleVersionError.
    """
    stored = locked_project(project)
    require(permissions.can_edit_project(by, stored), NOT_EDITABLE)
    project.status = stored.status
    if project.group and project.group.plan_id != stored.plan_id:
        raise ValidationError({"group": f"Chọn nhóm của {stored.plan}."})
    if expected_version not in (None, stored.version):
        raise StaleVersionError(stored)
    return save_record(
        project, by=by, action="project.edit", label="Sửa đề án", fields=PROJECT_FIELDS,
        more_changes=() if indicators is None else keep_planned(stored, indicators),
    )  # fmt: skip


def _editable(project, *, by, expected_version):
    stored = bump_version(project, by=by, expected_version=expected_version)
    require(permissions.can_edit_project(by, stored), NOT_EDITABLE)
    return stored


@transaction.atomic
def set_funding(project, *, by, total_cost, amounts, expected_version=None):
    """Set the estimate and its split: `amounts` is {FundingSource: đồng}; 0 or None removes a line.

    A draft may be saved before the split adds up; submitting may not. Raises like `save_project`.
    """
    project = _editable(project, by=by, expected_version=expected_version)
    changes = money_change("Tổng dự toán", project.total_cost, total_cost)
    project.total_cost = total_cost
    old = {line.source_id: line for line in project.funding_lines.all()}
    for source, amount in amounts.items():
        line = old.get(source.pk)
        changes += money_change(str(source), line.requested_amount if line else None, amount or None)
        if not amount:
            if line:
                line.delete()
            continue
        line = line or FundingLine(project=project, source=source)
        if line.requested_amount != amount:
            line.requested_amount, line.appraised_amount = amount, None
            line.save()
    project.save()
    if changes:
        _forget_appraisal(project)
        record(by, "project.set_funding", "Sửa kinh phí", project, changes=changes)
    return project


def _forget_appraisal(project):
    """Once a figure changed, no earlier appraisal of the file's money stands."""
    project.funding_lines.update(appraised_amount=None)
    BeneficiaryAmount.objects.filter(beneficiary__project=project).update(appraised_amount=None)


@transaction.atomic
def set_beneficiaries(project, *, by, rows, expected_version=None):
    """Replace the facilities and their parts: rows of (Facility, item text, {FundingSource: đồng}).

    Raises ValidationError when a facility stands twice; else like `save_project`.
    """
    project = _editable(project, by=by, expected_version=expected_version)
    facilities = [facility.pk for facility, _item, _amounts in rows]
    if len(set(facilities)) < len(facilities):
        raise ValidationError("Một cơ sở chỉ ghi một dòng; gộp các dòng trùng nhau.")
    old = {row.facility_id: row for row in project.beneficiaries.select_related("facility")}
    texts, money = [], []
    for facility, item, amounts in rows:
        row = old.pop(facility.pk, None)
        if row is None:
            row = Beneficiary(project=project, facility=facility)
            money.append(("Đơn vị thụ hưởng", "", str(facility)))
        if row.item != item:
            texts.append((f"{row}: hạng mục", row.item, item))
        row.item = item
        row.save()
        money += _set_amounts(row, amounts)
    for row in old.values():
        money.append(("Đơn vị thụ hưởng", str(row), ""))
        row.delete()
    project.save()
    if money:
        _forget_appraisal(project)
    if changes := money + texts:
        record(by, "project.set_beneficiaries", "Sửa đơn vị thụ hưởng", project, changes=changes)
    return project


def _set_amounts(row, amounts):
    old = {amount.source_id: amount for amount in row.amounts.all()}
    changes = []
    for source, value in amounts.items():
        amount = old.get(source.pk)
        changes += money_change(f"{row}: {source}", amount.requested_amount if amount else None, value or None)
        if not value:
            if amount:
                amount.delete()
            continue
        amount = amount or BeneficiaryAmount(beneficiary=row, source=source)
        if amount.requested_amount != value:
            amount.requested_amount, amount.appraised_amount = value, None
            amount.save()
    return changes


def beneficiary_line(row):
    """A row of `set_beneficiaries` as one line of text: facility, item, its money."""
    facility, item, amounts = row
    money = ", ".join(f"{source.short_name} {format_vnd(value)}" for source, value in amounts.items() if value)
    return "; ".join(filter(None, [str(facility), item, money]))


def cost_line(item):
    """A CostItem as one line of text: name, specification, quantity × unit price, whose."""
    count = f"{quantity(item.quantity)} {item.unit_name}".strip()
    parts = (item.name, item.specification, f"{count} × {format_vnd(item.unit_price)}", item.beneficiary)
    return "; ".join(str(part) for part in parts if part)


@transaction.atomic
def set_cost_items(project, *, by, rows, expected_version=None):
    """Replace the estimate's items: dicts of name, specification, unit_name, quantity, unit_price, beneficiary.

    Raises like `save_project`.
    """
    project = _editable(project, by=by, expected_version=expected_version)
    old = [cost_line(item) for item in project.cost_items.select_related("beneficiary__facility")]
    old_total = project.cost_items.aggregate(sum=Sum("amount"))["sum"]
    project.cost_items.all().delete()
    items = [CostItem(project=project, **row) for row in rows]
    for item in items:
        if item.beneficiary and item.beneficiary.project_id != project.pk:
            raise ValidationError("Chọn cơ sở trong các đơn vị thụ hưởng của đề án này.")
        item.full_clean(exclude=["amount"])
        item.save()
    project.save()
    new = [cost_line(item) for item in items]
    if new != old:
        changes = [("Hạng mục chi phí", line, "") for line in old if line not in new]
        changes += [("Hạng mục chi phí", "", line) for line in new if line not in old]
        changes += money_change("Tổng hạng mục chi phí", old_total, sum(item.amount for item in items) or None)
        record(by, "project.set_cost_items", "Sửa hạng mục chi phí", project, changes=changes)
    return project


def missing_items(project) -> list[Missing]:
    """What stands between a draft and its submission, in the order of the form."""
    return [
        *_missing_general(project),
        *_missing_beneficiaries(project),
        *_missing_text(project),
        *_missing_money(project),
    ]


def _missing_general(project):
    part = "thong-tin"
    required = {
        "name": "Nhập tên đề án.",
        "content": "Chọn nội dung hoạt động.",
        "implementing_unit": "Chọn đơn vị thực hiện.",
        "starts_on": "Nhập ngày bắt đầu.",
        "ends_on": "Nhập ngày hoàn thành.",
    }
    found = [Missing(part, field, text) for field, text in required.items() if not getattr(project, field)]
    if project.is_key and project.starts_on and project.ends_on and (project.ends_on - project.starts_on).days <= 365:
        found.append(
            Missing(part, "ends_on", "Đề án điểm phải kéo dài hơn một năm: sửa thời gian hoặc bỏ dấu đề án điểm.")
        )
    return found


def _missing_beneficiaries(project):
    part = "thu-huong"
    specific = project.kind == ProjectKind.PROJECT and project.target_mode == TargetMode.SPECIFIC
    if not specific:
        return []
    if not BENEFICIARIES.of(project):
        return [Missing(part, "beneficiaries", "Thêm ít nhất một đơn vị thụ hưởng, hoặc chọn cách lập theo nhóm.")]
    return []


def _missing_text(project):
    texts = {
        "necessity": ("noi-dung", "Nêu sự cần thiết và căn cứ."),
        "objective": ("noi-dung", "Nêu mục tiêu."),
        "activities": ("noi-dung", "Nêu nội dung và tiến độ."),
        "economic_effect": ("hieu-qua", "Nêu hiệu quả kinh tế."),
    }
    return [Missing(part, field, text) for field, (part, text) in texts.items() if not getattr(project, field).strip()]


def _missing_money(project):
    """Sum of lines = total cost; sum of the facilities' amounts per source = the line; items within the total."""
    part = "kinh-phi"
    total = project.total_cost
    if not total:
        return [Missing(part, "total_cost", "Nhập tổng dự toán.")]
    lines = {line.source: line.requested_amount for line in FUNDING.of(project)}
    found = []
    difference = total - sum(lines.values())
    if difference > 0:
        found.append(Missing(part, "split", f"Phân bổ nốt {vnd(difference)} còn lại của tổng dự toán {vnd(total)}."))
    elif difference < 0:
        found.append(
            Missing(part, "split", f"Giảm {vnd(-difference)}: các nguồn cộng lại vượt tổng dự toán {vnd(total)}.")
        )
    found += _missing_shares(project, lines)
    items = sum(item.amount for item in COST_ITEMS.of(project))
    if items > total:
        found.append(Missing("du-toan", "items", f"Các hạng mục cộng lại vượt tổng dự toán {vnd(items - total)}."))
    return found


def _missing_shares(project, lines):
    if not BENEFICIARIES.of(project):
        return []
    shares = defaultdict(int)
    for amount in SHARES.of(project):
        shares[amount.source] += amount.requested_amount
    found = []
    for source in {**lines, **shares}:
        difference = lines.get(source, 0) - shares[source]
        if difference:
            act = f"thêm {vnd(difference)}" if difference > 0 else f"bớt {vnd(-difference)}"
            text = f"{source}: {act} ở các đơn vị thụ hưởng để khớp {vnd(lines.get(source, 0))} của đề án."
            found.append(Missing("thu-huong", "amounts", text))
    return found


@transaction.atomic
def submit_project(project, *, by, expected_version=None):
    """Submit for appraisal; a returned file goes back to the level that returned it.

    `expected_version` is the one that the person read through. Raises PermissionDenied; StaleVersionError when
    someone changed the file since; ValidationError listing everything that is missing.
    """
    project = locked_project(project)
    if expected_version not in (None, project.version) and workflow.SUBMIT_PROJECT.is_open_to(by, project):
        raise StaleVersionError(project)
    if workflow.SUBMIT_PROJECT.is_open_to(by, project) and (missing := missing_items(project)):
        raise ValidationError([item.text for item in missing], code="incomplete")
    note = project.returns.filter(resolved_at=None).first()
    target = _target_of(project, note)
    project.submitted_by, project.submitted_at = by, timezone.now()
    workflow.SUBMIT_PROJECT.apply(project, by=by, target=target)
    if note:
        project.returns.filter(resolved_at=None).update(resolved_at=timezone.now())
    project.version += 1
    project.full_clean(exclude=["owner", "province"])
    project.save()
    return project


def _target_of(project, note):
    """The level that returned the file; figures changed since then are appraised again first."""
    if note is None or project.funding_lines.filter(appraised_amount=None).exists():
        return ProjectStatus.SUBMITTED
    return note.back_to


@transaction.atomic
def delete_draft(project, *, by):
    """Remove a draft that was never submitted. Raises PermissionDenied."""
    project = locked_project(project)
    require(permissions.can_delete_draft(by, project), "Chỉ người lập xóa được bản dự thảo chưa từng trình.")
    record(by, "project.delete_draft", "Xóa bản dự thảo", project, before=project.status)
    discard_papers(project)
    project.delete()
