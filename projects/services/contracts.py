"""Contracts with the implementers of approved projects (Thông tư 36/2013/TT-BCT, Điều 12), and with facilities."""

from django.core.exceptions import ValidationError
from django.db import transaction

from khuyencong.audit import field_changes, money_change, record
from khuyencong.dates import short_date, today
from khuyencong.money import vnd
from khuyencong.permissions import require
from khuyencong.text import nfc
from khuyencong.versions import StaleVersionError, save_moved, save_record
from programs.models import PaperStep
from projects import permissions, workflow
from projects.models import (
    AmendmentStatus,
    Contract,
    ContractAppendix,
    ContractStatus,
    Project,
    ProjectStatus,
    SupportContract,
)
from projects.services.locking import locked_plan
from projects.services.papers import require_papers
from projects.services.payments import recheck_line

CONTRACT_FIELDS = (
    "kind", "number", "signed_on", "starts_on", "ends_on", "party_a", "party_a_signer", "party_b", "party_b_signer",
    "issues_invoice", "note", "source_note",
)  # fmt: skip
SUPPORT_FIELDS = ("number", "signed_on", "ends_on", "note")
# Begun before its contract was entered: the contract is added, the project stays at its step.
BEGUN = (ProjectStatus.IN_PROGRESS, ProjectStatus.ACCEPTED, ProjectStatus.HANDED_OVER)
SIGNABLE = (ProjectStatus.APPROVED, *BEGUN)


def amount_key(project_pk, source_pk):
    """The field of a form, and of a refusal, that holds the contracted amount of a project and source."""
    return f"amount-{project_pk}-{source_pk}"


def projects_to_contract(plan):
    """Approved projects of a plan that no contract holds yet."""
    rows = plan.projects.filter(status__in=SIGNABLE, contract=None).select_related("implementing_unit")
    return rows.order_by("code")


@transaction.atomic
def sign_contract(contract, *, by, projects, amounts=None):
    """Enter a signed contract for approved projects of one plan that party B carries out.

    `amounts` is {(project pk, source pk): đồng}; what is left out is contracted as approved. Raises PermissionDenied,
    and ValidationError at the contract's fields, `projects`, or the `amount_key` of a figure.
    """
    contract.plan = locked_plan(contract.plan)
    refusal = permissions.contract_refusal(by, contract.plan)
    require(refusal is None, refusal)
    projects = _locked(projects)
    _check(contract, projects)
    contract.owner, contract.province = contract.plan.owner, contract.plan.province
    told = [("đề án", "", "; ".join(project.code for project in projects))]
    contract = save_record(
        contract, by=by, action="contract.sign", label="Ký hợp đồng", fields=CONTRACT_FIELDS, more_changes=told
    )
    _take_in(contract, projects, by=by)
    _set_amounts(contract, projects, amounts or {}, by=by, action=workflow.SIGN_CONTRACT)
    return contract


@transaction.atomic
def change_contract(contract, *, by, projects=None, amounts=None, expected_version=None):
    """Mend a contract that is still carried out, its projects and amounts too; never below what was paid.

    Raises PermissionDenied, StaleVersionError, ValidationError like `sign_contract`.
    """
    stored = _opened(contract, by=by)
    if expected_version is not None and stored.version != expected_version:
        raise StaleVersionError(stored)
    held = _locked(stored.projects.all())
    projects = held if projects is None else _locked(projects)
    contract.plan = stored.plan
    _check(contract, projects)
    added = [project for project in projects if project not in held]
    dropped = [project for project in held if project not in projects]
    codes = ["; ".join(project.code for project in rows) for rows in (held, projects)]
    told = [("đề án", *codes)] if codes[0] != codes[1] else []
    contract = save_record(
        contract, by=by, action="contract.change", label="Sửa hợp đồng", fields=CONTRACT_FIELDS,
        expected_version=expected_version, more_changes=told,
    )  # fmt: skip
    _let_go(contract, dropped, by=by, reason=f"Đưa ra khỏi {contract}")
    _take_in(contract, added, by=by)
    _set_amounts(contract, added, amounts or {}, by=by, action=workflow.SIGN_CONTRACT)
    kept = [project for project in projects if project in held]
    _set_amounts(contract, kept, amounts or {}, by=by, label="Sửa giá trị hợp đồng", keeps=True)
    return contract


@transaction.atomic
def cancel_contract(contract, *, by, reason):
    """Undo a contract on which nothing was paid and whose projects have not begun; they may be contracted anew.

    Raises PermissionDenied, ValidationError.
    """
    contract = _opened(contract, by=by)
    _let_go(contract, _locked(contract.projects.all()), by=by, reason=reason)
    before, contract.status = contract.status, ContractStatus.CANCELLED
    contract.version += 1
    contract.updated_by = by
    contract.save()
    record(by, "contract.cancel", "Hủy hợp đồng", contract, before=before, after=contract.status, reason=reason.strip())
    return contract


@transaction.atomic
def add_appendix(contract, *, by, number, signed_on, content, amendment=None, amounts=None):
    """Add a phụ lục, on a decided amendment of one of its projects or by agreement, with new amounts where it has any.

    Raises PermissionDenied, ValidationError like `change_contract`.
    """
    contract = _opened(contract, by=by)
    if signed_on < contract.signed_on or signed_on > today():
        since = f"từ ngày ký hợp đồng {short_date(contract.signed_on)} đến hôm nay"
        raise ValidationError({"signed_on": f"Ngày ký phụ lục phải trong khoảng {since}."})
    projects = _locked(contract.projects.all())
    if amendment and (amendment.status != AmendmentStatus.APPROVED or amendment.project not in projects):
        raise ValidationError({"amendment": "Chọn điều chỉnh đã quyết định của đề án trong hợp đồng này."})
    appendix = ContractAppendix(
        contract=contract, amendment=amendment, number=nfc(number), signed_on=signed_on, content=content.strip(),
        recorded_by=by,
    )  # fmt: skip
    appendix.full_clean()
    appendix.save()
    label = f"Ký phụ lục {appendix.number}"
    _set_amounts(contract, projects, amounts or {}, by=by, label=label, keeps=True)
    told = [(str(appendix), "", f"ngày {short_date(signed_on)}: {appendix.content}")]
    record(by, "contract.appendix", label, contract, changes=told)
    return appendix


@transaction.atomic
def save_support_contract(support, *, by):
    """Enter or change the contract with a facility or investor (Thông tư 36/2013/TT-BCT, Điều 13).

    Its value is the facility's share. Raises PermissionDenied, ValidationError.
    """
    project = _locked([support.beneficiary.project])[0]
    refusal = permissions.contract_refusal(by, project.plan)
    require(refusal is None, refusal)
    if not project.is_approved:
        raise ValidationError("Chỉ ghi hợp đồng hỗ trợ của đề án đã phê duyệt.")
    _check_support_dates(support, project)
    stored = SupportContract.objects.filter(pk=support.pk).first()
    support.number = nfc(support.number)
    support.full_clean()
    support.save()
    changes = field_changes(stored, support, SUPPORT_FIELDS)
    if changes:
        label = "Sửa hợp đồng hỗ trợ" if stored else "Ký hợp đồng hỗ trợ"
        whose = [] if stored else [("đơn vị thụ hưởng", "", str(support.beneficiary))]
        record(by, "contract.support", label, project, changes=[*whose, *changes])
    return support


@transaction.atomic
def drop_support_contract(support, *, by):
    """Take out a support contract that was entered by mistake; the trail keeps it."""
    project = _locked([support.beneficiary.project])[0]
    refusal = permissions.contract_refusal(by, project.plan)
    require(refusal is None, refusal)
    told = [(str(support.beneficiary), f"{support}, ngày {short_date(support.signed_on)}", "đã bỏ")]
    record(by, "contract.drop_support", "Bỏ hợp đồng hỗ trợ", project, changes=told)
    support.delete()


def _locked(projects):
    """The projects anew under lock, in one order for everybody."""
    rows = Project.objects.select_for_update(of=("self",)).select_related("plan__program", "owner", "contract", "unit")
    return list(rows.filter(pk__in=[project.pk for project in projects]).order_by("pk"))


def _opened(contract, *, by):
    """The contract as stored, locked behind its plan, for someone who may change it."""
    plan = locked_plan(contract.plan)
    refusal = permissions.contract_refusal(by, plan)
    require(refusal is None, refusal)
    rows = Contract.objects.select_for_update(of=("self",)).select_related("party_a", "party_b", "owner")
    stored = rows.get(pk=contract.pk)
    stored.plan = plan
    if stored.status != ContractStatus.SIGNED:
        raise ValidationError(f"{stored} “{stored.get_status_display()}”: không sửa được nữa.", code="state")
    return stored


def _check(contract, projects):
    errors = {}
    if not projects:
        errors["projects"] = "Chọn ít nhất một đề án."
    foreign = [project.code for project in projects if project.plan_id != contract.plan_id]
    others = [project.code for project in projects if project.implementing_unit_id != contract.party_b_id]
    if foreign:
        errors["projects"] = f"Không thuộc kế hoạch này: {', '.join(foreign)}."
    elif contract.party_b_id and others:
        codes = ", ".join(others)
        errors["projects"] = f"Bên B không phải đơn vị thực hiện của {codes}: mỗi đơn vị thực hiện một hợp đồng."
    if contract.party_a_id and contract.party_a_id == contract.party_b_id:
        errors["party_a"] = "Bên A và bên B phải là hai cơ quan."
    errors |= _date_errors(contract)
    if contract.signed_on and (other := _same_number(contract)):
        signed = f"{other}, ngày {short_date(other.signed_on)}, {other.party_b}"
        errors["number"] = f"Số này đã dùng trong năm {contract.signed_on.year}: {signed}."
    if errors:
        raise ValidationError(errors)


def _date_errors(contract):
    if contract.signed_on is None:
        return {}
    decided_on = contract.plan.decision_on
    if contract.signed_on > today():
        return {"signed_on": "Ngày ký không thể ở tương lai."}
    if decided_on and contract.signed_on < decided_on:
        decided = f"{short_date(decided_on)} ({contract.plan.decision_number})"
        return {"signed_on": f"Ngày ký không thể trước ngày phê duyệt kế hoạch {decided}."}
    paid = contract.disbursements.in_force().order_by("paid_on").first() if contract.pk else None
    if paid and paid.paid_on < contract.signed_on:
        return {"signed_on": f"Đã chi ngày {short_date(paid.paid_on)} ({paid}): ngày ký không thể sau đó."}
    return {}


def _same_number(contract):
    """Another contract of the body under the same number in the same year."""
    same = Contract.objects.binding().filter(
        owner=contract.plan.owner_id, number=nfc(contract.number), signed_on__year=contract.signed_on.year
    )
    return same.exclude(pk=contract.pk).select_related("party_b").first()


def _take_in(contract, projects, *, by):
    """Tie projects to the contract; `_set_amounts` moves and tells them."""
    for project in projects:
        if project.contract_id:
            raise ValidationError({"projects": f"{project.code} đã có {project.contract}."})
        if project.status not in SIGNABLE:
            raise ValidationError({"projects": f"{project.code} đang “{project.get_status_display()}”, không ký được."})
        require_papers(project, PaperStep.CONTRACT)
        project.contract = contract


def _let_go(contract, projects, *, by, reason):
    for project in projects:
        if project.disbursements.in_force().exists():
            paid = sum(line.paid_amount for line in project.funding_lines.all())
            told = f"đã chi {vnd(paid)}" if paid else "đã có chứng từ chi"
            raise ValidationError(f"{project.code} {told}: bỏ chứng từ hoặc hoàn trả theo đúng quy định trước.")
        changes = []
        for line in project.funding_lines.select_related("source"):
            changes += money_change(f"{line.source}: hợp đồng", line.contracted_amount, None)
            line.contracted_amount = None
            line.save(update_fields=["contracted_amount"])
        workflow.CANCEL_CONTRACT.apply(project, by=by, reason=reason, changes=changes)
        project.contract = None
        save_moved(project)


def _set_amounts(contract, projects, amounts, *, by, action=None, label="", keeps=False):
    """Write what each source of each project is contracted for. `keeps`: what is left out stays as it was."""
    errors, total, told = {}, 0, {}
    for project in projects:
        told[project] = []
        for line in project.funding_lines.select_related("source"):
            default = line.contracted_amount if keeps else line.approved_amount
            amount = amounts.get((project.pk, line.source_id), default)
            total += amount or 0
            try:
                told[project] += _set_amount(project, line, amount)
            except ValidationError as refusal:
                errors[amount_key(project.pk, line.source_id)] = refusal.messages
    if errors:
        raise ValidationError(errors)
    if projects and not total:
        raise ValidationError({"projects": "Hợp đồng chưa có giá trị: nhập số tiền của ít nhất một nguồn."})
    for project in projects:
        _tell(contract, project, told[project], by=by, action=action, label=label)


def _set_amount(project, line, amount):
    """Contract one source for an amount; returns what changed. Raises ValidationError."""
    before, line.contracted_amount = line.contracted_amount, amount
    if before == amount:
        return []
    if amount is not None and amount > (line.approved_amount or 0):
        approved = f"số được duyệt {vnd(line.approved_amount or 0)}"
        raise ValidationError(f"{vnd(amount)} vượt {approved}: muốn tăng thì phải có quyết định điều chỉnh.")
    accepted = line.accepted_amount
    if line.source.is_support and accepted is not None and amount is not None and amount < accepted:
        raise ValidationError(f"Đã nghiệm thu {vnd(accepted)}: giá trị hợp đồng không thể nhỏ hơn số đó.")
    recheck_line(project, line)
    line.save(update_fields=["contracted_amount"])
    return money_change(f"{line.source}: hợp đồng", before, amount)


def _tell(contract, project, changes, *, by, action, label):
    if action and project.status == ProjectStatus.APPROVED:
        action.apply(project, by=by, changes=[("hợp đồng", "", contract.number), *changes])
    elif action:
        record(by, action.action, action.label, project, changes=[("hợp đồng", "", contract.number), *changes])
    elif changes:
        record(by, "project.contract_amounts", label, project, changes=changes)
    else:
        return
    save_moved(project)


def _check_support_dates(support, project):
    decided_on = project.plan.decision_on
    if support.signed_on and support.signed_on > today():
        raise ValidationError({"signed_on": "Ngày ký không thể ở tương lai."})
    if support.signed_on and decided_on and support.signed_on < decided_on:
        raise ValidationError({"signed_on": f"Không thể trước ngày phê duyệt kế hoạch {short_date(decided_on)}."})
