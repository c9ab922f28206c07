"""Changes of an approved project: drafted, submitted, decided by the authority of the rule, and carried out.

The rule in force on the day says whose decision it takes (Thông tư 36/2013/TT-BCT, Điều 11); the portal records it.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from khuyencong.audit import field_changes, record, row_changes
from khuyencong.dates import short_date, today
from khuyencong.money import format_vnd
from khuyencong.permissions import require
from khuyencong.text import nfc
from khuyencong.versions import StaleVersionError, save_moved
from programs.models import AmendmentKind, AmendmentRule
from projects import permissions, workflow
from projects.models import (
    Amendment,
    AmendmentAmount,
    AmendmentStatus,
    Contract,
    ContractAppendix,
    ContractStatus,
    ProjectStatus,
    SnapshotPurpose,
)
from projects.services import amendment_effects as effects
from projects.services.locking import locked_plan, locked_project
from projects.services.norms import allow_over_norm, norm_findings
from projects.services.plan import take_snapshot

AMENDABLE = (ProjectStatus.APPROVED, ProjectStatus.CONTRACTED, ProjectStatus.IN_PROGRESS)
# Measured against the norms again: more money, another content, another facility.
MEASURED = (AmendmentKind.FUNDING_UP, AmendmentKind.CONTENT, AmendmentKind.BENEFICIARY)
UNDECIDED = (AmendmentStatus.DRAFT, AmendmentStatus.SUBMITTED, AmendmentStatus.RETURNED)
FIELDS = ("kind", "reason", "request_number", "request_on", *effects.OF_ONE_KIND)


def rules_of(project, day):
    """{kind: AmendmentRule in force on a day}: the body's own before the general one, the narrower before the wider."""
    rules = AmendmentRule.objects.in_force(day, project.owner).filter(
        scope=project.plan.scope, target_mode__in=("", project.target_mode)
    )

    def weight(rule):
        body, *latest = rule.rank(project.owner)
        return body, rule.target_mode, *latest

    return {rule.kind: rule for rule in sorted(rules, key=weight)}


def rule_for(project, kind, day):
    """Who decides on a kind of change on a day. Raises ValidationError when no rule says so."""
    rule = rules_of(project, day).get(kind)
    if rule is None:
        raise ValidationError(
            f"Chưa có quy định ai quyết định “{AmendmentKind(kind).label}” vào ngày {short_date(day)}; "
            "đề nghị quản trị hệ thống bổ sung ở mục thẩm quyền điều chỉnh.",
            code="no_rule",
        )
    return rule


def refusal_to_amend(user, project) -> str | None:
    """Why this person cannot draft an amendment of the project now, or None."""
    return permissions.amending_refusal(user, project) or _state_refusal(project) or _open_refusal(project)


def _state_refusal(project):
    if project.status in AMENDABLE:
        return None
    return f"Đề án đang “{project.get_status_display()}”: chỉ điều chỉnh từ khi phê duyệt đến trước nghiệm thu."


def _open_refusal(project):
    waiting = project.amendments.filter(status__in=UNDECIDED).first()
    return waiting and f"{waiting} còn “{waiting.get_status_display().lower()}”: giải quyết xong mới lập lần khác."


@transaction.atomic
def save_amendment(amendment, *, by, amounts=(), expected_version=None):
    """Create or change an amendment that is not submitted. Fields of other kinds are emptied.

    `amounts`, for the kinds about money: [(FundingSource, Beneficiary or None, đồng)], the figures that change.
    Raises PermissionDenied, ValidationError, StaleVersionError.
    """
    project = amendment.project = locked_project(amendment.project)
    refusal = permissions.amending_refusal(by, project)
    require(refusal is None, refusal)
    stored = None
    if amendment.pk:
        stored = _locked(amendment, project, expected_version)
        if not stored.is_open:
            raise ValidationError(f"{stored} đang “{stored.get_status_display()}”, không sửa được.", code="state")
        amendment.version = stored.version + 1
    else:
        if refusal := _open_refusal(project):
            raise ValidationError(refusal, code="state")
        amendment.created_by = by
        amendment.number = (project.amendments.aggregate(last=Max("number"))["last"] or 0) + 1
    amendment.updated_by = by
    if refusal := _state_refusal(project):
        raise ValidationError(refusal, code="state")
    _keep_own_fields(amendment)
    rows = _amount_rows(amendment, amounts)
    effects.check(amendment, project, rows)
    _set_authority(amendment, project, today())
    amendment.full_clean(exclude=["owner", "province"])
    old_lines = [amount_line(row) for row in stored.amounts.all()] if stored else []
    changes = field_changes(stored, amendment, FIELDS)
    changes += row_changes("số tiền điều chỉnh", old_lines, map(amount_line, rows))
    amendment.save()
    amendment.amounts.all().delete()
    for row in rows:
        row.amendment = amendment
        row.full_clean()
        row.save()
    if changes:
        action, label = ("edit", "Sửa điều chỉnh") if stored else ("create", "Lập điều chỉnh")
        record(by, f"amendment.{action}", label, amendment, changes=changes)
    return amendment


def _keep_own_fields(amendment):
    own = {*effects.FIELDS[amendment.kind].values()}
    if amendment.kind == AmendmentKind.BENEFICIARY:
        own |= {"removed_beneficiary", "added_facility"}
    for name in effects.OF_ONE_KIND:
        if name not in own:
            setattr(amendment, name, Amendment._meta.get_field(name).get_default())


def _amount_rows(amendment, amounts):
    """Unsaved AmendmentAmount rows of the figures that are another than now."""
    if amendment.kind not in effects.FUNDING:
        return []
    now = effects.Approved(amendment.project).figures
    rows = []
    for source, beneficiary, amount in amounts:
        old = now.get((source.pk, beneficiary and beneficiary.facility_id), 0)
        if amount != old:
            rows.append(
                AmendmentAmount(
                    amendment=amendment, source=source, beneficiary=beneficiary, old_amount=old, new_amount=amount
                )
            )
    return rows


def amount_line(row):
    """An AmendmentAmount as one line of text."""
    whose = f"{row.beneficiary}: " if row.beneficiary else ""
    return f"{whose}{row.source} {format_vnd(row.old_amount)} → {format_vnd(row.new_amount)}"


def _set_authority(amendment, project, day):
    rule = rule_for(project, amendment.kind, day)
    amendment.authority, amendment.authority_source = rule.authority, (rule.legal_source or rule.note)[:300]


def _locked(amendment, project, expected_version):
    """The stored row with its locked project. Raises StaleVersionError."""
    rows = Amendment.objects.select_for_update(of=("self",)).select_related(
        "owner", "removed_beneficiary__facility", "added_facility", "new_unit", "new_content", "updated_by"
    )
    stored = rows.get(pk=amendment.pk)
    stored.project = project
    if expected_version not in (None, stored.version):
        raise StaleVersionError(stored)
    return stored


def amounts_of(amendment):
    return list(amendment.amounts.select_related("source", "beneficiary__facility"))


@transaction.atomic
def delete_amendment(amendment, *, by):
    """Take back a draft that was never submitted. Raises PermissionDenied, ValidationError."""
    amendment = _locked(amendment, locked_project(amendment.project), None)
    require(amendment.created_by_id == by.pk, "Chỉ người lập xóa được bản dự thảo điều chỉnh.")
    if amendment.submitted_at or amendment.status != AmendmentStatus.DRAFT:
        raise ValidationError("Điều chỉnh đã trình thì không xóa được; Giám đốc Sở trả lại hoặc không đồng ý.")
    record(by, "project.amendment_delete", f"Xóa dự thảo {amendment}", amendment.project)
    amendment.amounts.all().delete()
    amendment.delete()


@transaction.atomic
def submit_amendment(amendment, *, by, expected_version=None):
    """Submit for decision, with the authority of the rule in force today.

    Raises PermissionDenied, ValidationError, StaleVersionError.
    """
    project = locked_project(amendment.project)
    amendment = _locked(amendment, project, expected_version)
    if workflow.SUBMIT_AMENDMENT.is_open_to(by, amendment):
        if refusal := _state_refusal(project):
            raise ValidationError(refusal, code="state")
        effects.check(amendment, project, amounts_of(amendment))
    _set_authority(amendment, project, today())
    amendment.submitted_by, amendment.submitted_at = by, timezone.now()
    workflow.SUBMIT_AMENDMENT.apply(amendment, by=by)
    return save_moved(amendment)


@transaction.atomic
def return_amendment(amendment, *, by, reason, expected_version=None):
    """Send it back to be mended, with a reason. Raises like `submit_amendment`."""
    amendment = _locked(amendment, locked_project(amendment.project), expected_version)
    workflow.RETURN_AMENDMENT.apply(amendment, by=by, reason=reason)
    amendment.answer = nfc(reason)
    return save_moved(amendment)


@transaction.atomic
def reject_amendment(amendment, *, by, reason, expected_version=None):
    """Turn it down for good, with a reason: the project stays as it is. Raises like `submit_amendment`."""
    amendment = _locked(amendment, locked_project(amendment.project), expected_version)
    workflow.REJECT_AMENDMENT.apply(amendment, by=by, reason=reason)
    asked_for = effects.planned_changes(amendment, amendment.project, amounts_of(amendment))
    amendment.changes = [list(change) for change in asked_for]
    amendment.answer = nfc(reason)
    return save_moved(amendment)


@transaction.atomic
def approve_amendment(
    amendment, *, by, decision_number, decision_on, signer_name, signer_position, appendix_number="",
    appendix_on=None, norm_reason="", expected_version=None,
):  # fmt: skip
    """Record the decision and carry it out: project, money, contract, and a new frozen version of the plan.

    Where contracted amounts or the contract's end change, the signed appendix is given with number and date; with
    one, added money goes into the contract, too. Budget and project are re-read under the plan's lock, so that two
    increases cannot spend the same money. Beyond a norm only with `norm_reason`, kept with the project.
    Raises PermissionDenied, ValidationError, StaleVersionError.
    """
    plan = locked_plan(amendment.project.plan)
    project = locked_project(amendment.project)
    project.plan = plan
    amendment = _locked(amendment, project, None)
    if refusal := workflow.APPROVE_AMENDMENT.why_not(by, amendment):
        workflow.APPROVE_AMENDMENT.apply(amendment, by=by)
        raise ValidationError(refusal)
    if expected_version not in (None, amendment.version):
        raise StaleVersionError(amendment)
    contract = _locked_contract(project)
    amounts = amounts_of(amendment)
    _check_decision(amendment, plan, decision_number, decision_on)
    _check_appendix(contract, appendix_number, appendix_on)
    _check_effects(amendment, project, amounts, has_appendix=bool(appendix_number.strip()))
    _set_authority(amendment, project, decision_on)
    changes = effects.planned_changes(amendment, project, amounts)
    appendix = (nfc(appendix_number), appendix_on)
    decision = (nfc(decision_number), decision_on)
    changes += _carry_out(amendment, project, amounts, contract, by=by, appendix=appendix, decision=decision)
    if amendment.kind in MEASURED:
        _hold_to_norms(project, by=by, day=decision_on, reason=norm_reason)
    amendment.changes = [list(change) for change in changes]
    amendment.decision_number, amendment.decision_on = decision
    amendment.signer_name, amendment.signer_position = nfc(signer_name), nfc(signer_position)
    amendment.approved_by, amendment.approved_at = by, timezone.now()
    workflow.APPROVE_AMENDMENT.apply(amendment, by=by, changes=changes)
    amendment = save_moved(amendment)
    record(by, "project.amend", f"{amendment}, {amendment.decision_number}", project, changes=changes)
    take_snapshot(plan, SnapshotPurpose.AMENDED, by=by, decision=decision)
    return amendment


def _check_decision(amendment, plan, number, day):
    if not number.strip():
        raise ValidationError({"decision_number": "Nhập số quyết định."})
    if day > today():
        raise ValidationError({"decision_on": "Ngày quyết định chưa đến."})
    first = max(filter(None, (plan.decision_on, amendment.request_on)))
    if day < first:
        what = "ngày đề nghị" if first == amendment.request_on else f"quyết định {plan.decision_number}"
        raise ValidationError({"decision_on": f"Không thể trước {what}, ngày {short_date(first)}."})


def _check_appendix(contract, number, day):
    if not number.strip() and day is None:
        return
    if contract is None:
        raise ValidationError({"appendix_number": "Đề án chưa có hợp đồng: bỏ trống phụ lục."})
    if not number.strip():
        raise ValidationError({"appendix_number": "Nhập số phụ lục hợp đồng."})
    if day is None:
        raise ValidationError({"appendix_on": "Nhập ngày ký phụ lục hợp đồng."})
    if not contract.signed_on <= day <= today():
        raise ValidationError({"appendix_on": f"Từ ngày ký hợp đồng {short_date(contract.signed_on)} đến hôm nay."})


def _check_effects(amendment, project, amounts, *, has_appendix):
    if refusal := _state_refusal(project):
        raise ValidationError(refusal, code="state")
    effects.check(amendment, project, amounts)
    now = effects.Approved(project).figures
    if moved := [row for row in amounts if now.get(effects.key_of(row), 0) != row.old_amount]:
        raise ValidationError(
            f"{amount_line(moved[0])}: số đang được duyệt đã khác lúc lập; trả lại để lập lại.", code="state"
        )
    if found := effects.hurdles(amendment, project, amounts, has_appendix=has_appendix):
        raise ValidationError(found, code="hurdle")


def _locked_contract(project):
    """The contract that binds the project, locked; None without one."""
    if project.contract_id is None:
        return None
    contract = Contract.objects.select_for_update(of=("self",)).get(pk=project.contract_id)
    if not contract.is_binding:
        return None
    if contract.status != ContractStatus.SIGNED:
        raise ValidationError(
            f"{contract} đang “{contract.get_status_display()}”: không điều chỉnh đề án được nữa.", code="state"
        )
    return contract


def _hold_to_norms(project, *, by, day, reason):
    """What the change takes over a verified norm needs the director's written reason."""
    over = [row for row in norm_findings(project, on=day) if row.is_refused]
    if over and not reason.strip():
        how = "giảm số điều chỉnh, hoặc ghi lý do vượt mức"
        texts = [f"{', '.join(filter(None, [project.code, row.subject]))}: {row.text}; {how}." for row in over]
        raise ValidationError({"norm_reason": texts})
    whose = {row.pk: row for row in project.beneficiaries.all()} if over else {}
    for row in over:
        allow_over_norm(project, row.norm, whose.get(row.beneficiary_id), by=by, reason=reason, on=day)


def _carry_out(amendment, project, amounts, contract, *, by, appendix, decision):
    """Change the project and its contract; returns the changes of the contract."""
    number, signed_on = appendix
    changes = effects.apply(amendment, project, amounts, by=by, raises_contract=bool(contract and number))
    project.version += 1
    project.full_clean(exclude=["owner", "province"])
    project.save()
    if contract is None:
        return changes
    ends_on = amendment.new_ends_on if "ends_on" in effects.FIELDS[amendment.kind] else None
    if number and ends_on and ends_on > contract.ends_on:
        changes.append(("hợp đồng, đến hết ngày", short_date(contract.ends_on), short_date(ends_on)))
        contract.ends_on = ends_on
    if number or changes:
        # A decision to stop lowers the contract by itself.
        number, signed_on = (number, signed_on) if number else (f"{project.code}, {decision[0]}"[:60], decision[1])
        _add_appendix(amendment, contract, by=by, number=number, signed_on=signed_on, changes=changes)
    return changes


def _add_appendix(amendment, contract, *, by, number, signed_on, changes):
    lines = [f"{label}: {old or '0'} → {new or '0'}" for label, old, new in changes] or [amendment.reason]
    appendix = ContractAppendix(
        contract=contract, amendment=amendment, number=number, signed_on=signed_on, content="\n".join(lines),
        recorded_by=by,
    )  # fmt: skip
    appendix.full_clean()
    appendix.save()
    contract.version += 1
    contract.updated_by = by
    contract.full_clean(exclude=["owner", "province"])
    contract.save()
    record(by, "contract.append", f"Phụ lục {number}, {amendment}", contract, changes=changes)


def approved_version(project):
    """What the decisions said first, beside the present: [(label, first, now)] of all that amendments changed."""
    course = {}
    for amendment in project.amendments.filter(status=AmendmentStatus.APPROVED).order_by("number"):
        for label, old, new in amendment.changes:
            course[label] = (course.get(label, (old,))[0], new)
    return [(label, old, new) for label, (old, new) in course.items() if old != new]
