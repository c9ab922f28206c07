"""Final accounts of a contract: put up, returned, approved, and the contract liquidated. Money in đồng."""

from collections import defaultdict
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, OuterRef, Subquery, Sum
from django.utils import timezone

from khuyencong.audit import money_change, record
from khuyencong.dates import short_date, today
from khuyencong.documents.numbers import symbol_of, take_number
from khuyencong.money import vnd
from khuyencong.permissions import belongs_to, require
from khuyencong.together import Question
from khuyencong.versions import save_moved, save_record
from programs.models import SUPPORT_CATEGORIES, FundingSource, PaperStep
from projects import workflow
from projects.models import (
    BINDING_CONTRACT,
    DONE_PROJECT,
    Contract,
    ContractStatus,
    FundingLine,
    Liquidation,
    Project,
    ProjectStatus,
    Settlement,
    SettlementAmount,
    SettlementStatus,
    Voucher,
)
from projects.services.locking import locked_plan
from projects.services.papers import require_papers

REFUNDS = "Thông tư 36/2013/TT-BCT, Điều 12 khoản 6"
WHO_SETTLES = "Chỉ chuyên viên, kế toán của cơ quan quản lý hợp đồng lập quyết toán, thanh lý."
SETTLEMENT_FIELDS = ("number", "dated_on", "includes_other_sources")


@dataclass(frozen=True)
class Account:
    """One source of one project of a contract: what was agreed, paid, accepted, put up, settled; đồng."""

    project: Project
    source: FundingSource
    contracted: int
    paid: int
    accepted: int | None
    put_up: int | None
    settled: int | None

    @property
    def is_stopped(self) -> bool:
        return self.project.status == ProjectStatus.STOPPED

    @property
    def due(self) -> int | None:
        """What counts in the end: settled, else put up, else accepted; None while nothing of it was accepted.

        Of a stopped project only what was accepted counts, the rest goes back (Thông tư 36/2013/TT-BCT, Điều 12).
        """
        known = next((amount for amount in (self.settled, self.put_up, self.accepted) if amount is not None), None)
        return 0 if known is None and self.is_stopped else known

    @property
    def to_pay(self) -> int:
        return max(self.due - self.paid, 0) if self.source.is_support and self.due is not None else 0

    @property
    def to_refund(self) -> int:
        return max(self.paid - self.due, 0) if self.source.is_support and self.due is not None else 0

    @property
    def where(self) -> str:
        return f"{self.project.code}, {self.source}"

    @property
    def open_money(self) -> str:
        """What keeps the money from being closed, in words with figures; empty when all is even."""
        if self.to_refund:
            clause = f", đề án đã ngừng ({REFUNDS})" if self.is_stopped else ""
            return f"{self.where}: còn phải thu hồi {vnd(self.to_refund)}{clause}."
        if self.to_pay and self.settled is not None:
            return f"{self.where}: còn phải chi {vnd(self.to_pay)}."
        is_settling = self.source.is_support and self.contracted and self.project.status in DONE_PROJECT
        if is_settling and self.settled is None:
            return f"{self.where}: hợp đồng {vnd(self.contracted)}, chưa duyệt quyết toán."
        return ""


@dataclass(frozen=True)
class Gap:
    """What a dossier lacks; `part` is where it is mended: head, amounts, vouchers, or the project itself."""

    text: str
    part: str
    project: Project | None = None


def accounts_of(contract) -> list[Account]:
    """Each project and source of a contract. The one home of what is still to pay or to refund."""
    return [_account_of(line) for line in LINES.of(contract)]


def accounts_of_plan(plan) -> list[Account]:
    """Each project and source of the plan that a contract holds, by contract."""
    return accounts_among(_held_lines(plan))


def _held_lines(plan):
    return FundingLine.objects.filter(project__plan=plan, project__contract__status__in=BINDING_CONTRACT)


def open_money(plan) -> list[str]:
    """Money of the plan's contracts that is still open, in words with figures; a plan is not closed before."""
    # Only the State's money is held to its account (Account.open_money).
    lines = _with_put_up(_held_lines(plan).filter(source__category__in=SUPPORT_CATEGORIES))
    # What was settled and paid alike is even, and in an old plan that is nearly every line.
    lines = lines.exclude(settled_amount=F("paid_amount"))
    accounts = map(_account_of, lines.select_related(None).select_related("project", "source"))
    return [told for account in accounts if (told := account.open_money)]


def accounts_among(lines) -> list[Account]:
    """Those of a query of funding lines that contracts hold, by contract."""
    return [_account_of(line) for line in _with_put_up(lines)]


def _with_put_up(lines):
    """With what was put up of each, by contract."""
    put_up = SettlementAmount.objects.filter(
        project=OuterRef("project"), source=OuterRef("source"), settlement__contract=OuterRef("project__contract")
    )
    lines = lines.select_related("project__contract__party_b", "source")
    lines = lines.annotate(put_up=Subquery(put_up.values("amount")[:1]))
    return lines.order_by("project__contract__signed_on", "project__contract__pk", "project__code", "source__position")


def _account_of(line):
    return Account(
        project=line.project, source=line.source, contracted=line.contracted_amount or 0, paid=line.paid_amount,
        accepted=line.accepted_amount, put_up=line.put_up, settled=line.settled_amount,
    )  # fmt: skip


def _lines(contract):
    rows = FundingLine.objects.filter(project__contract=contract)
    return _with_put_up(rows).select_related(
        "source", "project__contract__party_b", "project__plan__program", "project__content", "project__owner"
    )


# Of a contract.
LINES = Question("lines", _lines)
# Of a dossier that is saved.
VOUCHERS = Question(
    "vouchers", lambda settlement: settlement.vouchers.select_related("project", "source", "cost_item__project")
)


def voucher_sums(settlement) -> dict:
    """{(project pk, source pk): đồng} of the voucher list; nothing of a dossier not yet saved."""
    if settlement.pk is None:
        return {}
    sums = defaultdict(int)
    for voucher in VOUCHERS.of(settlement):
        sums[voucher.project_id, voucher.source_id] += voucher.amount
    return dict(sums)


@transaction.atomic
def save_settlement(settlement, *, by, amounts, vouchers, expected_version=None):
    """Write the settlement dossier of a contract while it is open.

    `amounts` is {(Project pk, FundingSource pk): đồng}; `vouchers` are unsaved Voucher rows. Both replace the old.
    Raises PermissionDenied, ValidationError, StaleVersionError.
    """
    contract = locked_contract(settlement.contract)
    settlement.contract = contract
    require(may_settle(by, contract), WHO_SETTLES)
    if contract.status != ContractStatus.SIGNED:
        raise ValidationError(f"Hợp đồng đang “{contract.get_status_display()}”, không lập quyết toán được.")
    if not settlement.is_open:
        raise ValidationError("Hồ sơ quyết toán đã trình; muốn sửa thì đề nghị Giám đốc Sở trả lại.")
    lines = FundingLine.objects.filter(project__contract=contract).select_related("project", "source")
    lines = {(line.project_id, line.source_id): line for line in lines}
    _check_amounts(amounts, lines)
    _check_vouchers(vouchers, lines)
    changes = _amount_changes(settlement, amounts, lines)
    is_new = settlement.pk is None
    settlement = save_record(
        settlement, by=by, action="settlement.create" if is_new else "settlement.edit",
        label="Lập quyết toán" if is_new else "Sửa quyết toán", fields=SETTLEMENT_FIELDS,
        expected_version=expected_version,
        more_changes=[*changes, *_voucher_changes(settlement, vouchers)],
    )  # fmt: skip
    settlement.amounts.all().delete()
    SettlementAmount.objects.bulk_create(
        SettlementAmount(settlement=settlement, project_id=project, source_id=source, amount=amount)
        for (project, source), amount in amounts.items()
    )
    settlement.vouchers.all().delete()
    for voucher in vouchers:
        voucher.settlement, voucher.pk = settlement, None
    Voucher.objects.bulk_create(vouchers)
    return settlement


def locked_contract(contract):
    """Re-read under lock, after its plan and before its projects."""
    locked_plan(contract.plan)
    rows = Contract.objects.select_for_update(of=("self",)).select_related("plan__program", "owner", "party_b")
    return rows.get(pk=contract.pk)


def may_settle(user, contract) -> bool:
    return user.role in workflow.SETTLERS and belongs_to(user, contract)


def _check_amounts(amounts, lines):
    for key, amount in amounts.items():
        if key not in lines:
            raise ValidationError("Chỉ quyết toán đề án và nguồn của hợp đồng này; tải lại trang.")
        if amount < 0:
            raise ValidationError("Số đề nghị quyết toán không thể âm.")


def _check_vouchers(vouchers, lines):
    projects = {project for project, _source in lines}
    seen = set()
    for voucher in vouchers:
        voucher.clean_fields(exclude=["settlement", "project", "source", "cost_item"])  # checked against the contract
        key = voucher.project_id, voucher.source_id, voucher.number, voucher.dated_on, voucher.payee
        if key in seen:
            raise ValidationError(f"Chứng từ {voucher.number} đã có trong bảng kê: gộp hai dòng hoặc sửa lại.")
        seen.add(key)
        if not voucher.amount:
            raise ValidationError(f"Chứng từ {voucher.number}: số tiền phải lớn hơn 0.")
        if voucher.project_id not in projects:
            raise ValidationError(f"Chứng từ {voucher.number}: chọn đề án của hợp đồng này.")
        if (voucher.project_id, voucher.source_id) not in lines:
            raise ValidationError(
                f"Chứng từ {voucher.number}: đề án {voucher.project.code} không có nguồn {voucher.source}."
            )
        if voucher.cost_item and voucher.cost_item.project_id != voucher.project_id:
            raise ValidationError(
                f"Chứng từ {voucher.number}: chọn hạng mục của đề án {voucher.project.code}, hoặc để trống."
            )
        if voucher.dated_on and voucher.dated_on > today():
            raise ValidationError(f"Chứng từ {voucher.number}: ngày {short_date(voucher.dated_on)} ở tương lai.")


def _amount_changes(settlement, amounts, lines):
    rows = settlement.amounts.select_related("project", "source") if settlement.pk else []
    stored = {(row.project_id, row.source_id): row for row in rows}
    changes = []
    for key in sorted({*stored, *amounts}):
        named, old = lines.get(key) or stored[key], stored.get(key)
        label = f"{named.project.code}, {named.source}: đề nghị quyết toán"
        changes += money_change(label, old and old.amount, amounts.get(key))
    return changes


def voucher_line(voucher) -> str:
    """A voucher in one line of text."""
    texts = [f"{voucher.number} ngày {short_date(voucher.dated_on) if voucher.dated_on else '…'}"]
    texts += [voucher.content, voucher.payee, vnd(voucher.amount or 0)]
    texts += [voucher.project.code if voucher.project_id else "", str(voucher.source) if voucher.source_id else ""]
    texts += [voucher.cost_item.name if voucher.cost_item_id else "", voucher.note]
    return ", ".join(filter(None, texts))


def _voucher_changes(settlement, vouchers):
    old = settlement.vouchers.aggregate(sum=Sum("amount"))["sum"] or 0 if settlement.pk else 0
    return money_change("Tổng bảng kê chứng từ", old or None, sum(row.amount for row in vouchers) or None)


def settlement_gaps(settlement) -> list[str]:
    """What keeps a dossier from being submitted, in words with figures; empty when it is complete."""
    return [gap.text for gap in find_gaps(settlement)]


def find_gaps(settlement, accounts=None) -> list[Gap]:
    """The gaps of a dossier with where each is mended; `accounts` are those of its contract where they are at hand."""
    gaps = []
    if not settlement.number or not settlement.dated_on:
        gaps.append(Gap("Ghi số, ngày công văn đề nghị quyết toán.", "head"))
    accounts = accounts_of(settlement.contract) if accounts is None else accounts
    for project in dict.fromkeys(account.project for account in accounts):
        if project.status not in (*DONE_PROJECT, ProjectStatus.STOPPED):
            state = project.get_status_display()
            text = f"Đề án {project.code} đang “{state}”: nghiệm thu hoặc ngừng trước đã."
            gaps.append(Gap(text, "project", project))
    sums = voucher_sums(settlement)
    for account in accounts:
        gaps += _gaps_of(account, sums.get((account.project.pk, account.source.pk), 0), settlement)
    return gaps


def _gaps_of(account, listed, settlement):
    """What does not fit in one source of one project: put up against accepted, vouchers against put up."""
    where, gaps = account.where, []
    put_up = account.put_up or 0
    is_due = not account.is_stopped or account.accepted
    if account.source.is_support and account.put_up is None and is_due:
        return [Gap(f"{where}: ghi số đề nghị quyết toán.", "amounts")]
    if put_up > (account.accepted or 0):
        text = f"{where}: đề nghị {vnd(put_up)} vượt số nghiệm thu {vnd(account.accepted or 0)}."
        gaps.append(Gap(text, "amounts"))
    if account.source.is_support and account.is_stopped and put_up > account.paid:
        text = f"{where}: đề án đã ngừng, không chi thêm được: đề nghị không quá số đã chi {vnd(account.paid)}."
        gaps.append(Gap(text, "amounts"))
    is_listed = account.source.is_support or settlement.includes_other_sources
    if is_listed and listed != put_up:
        text = f"{where}: bảng kê cộng {vnd(listed)}, số đề nghị {vnd(put_up)}; hai số phải bằng nhau."
        gaps.append(Gap(text, "vouchers"))
    return gaps


@transaction.atomic
def submit_settlement(settlement, *, by, expected_version=None):
    """Put the dossier up for approval, with every project of the contract.

    `expected_version` is the one that the person read. Raises PermissionDenied, ValidationError.
    """
    settlement, contract, projects = _locked(settlement, expected_version)
    workflow.SUBMIT_SETTLEMENT.apply(settlement, by=by)
    if gaps := settlement_gaps(settlement):
        raise ValidationError(gaps)
    for project in projects:
        if project.status != ProjectStatus.STOPPED:
            require_papers(project, PaperStep.SETTLEMENT)
            workflow.SETTLE_PROJECT.apply(project, by=by)
            save_moved(project)
    settlement.submitted_by, settlement.submitted_at, settlement.return_reason = by, timezone.now(), ""
    return _moved(settlement, contract, ContractStatus.SETTLING)


@transaction.atomic
def return_settlement(settlement, *, by, reason):
    """Send the dossier back; its projects are accepted, or handed over, as before. Raises like `submit_settlement`."""
    settlement, contract, projects = _locked(settlement)
    workflow.RETURN_SETTLEMENT.apply(settlement, by=by, reason=reason)
    for project in projects:
        if project.status == ProjectStatus.SETTLING:
            workflow.UNSETTLE_PROJECT.apply(project, by=by, reason=reason, target=_status_before(project))
            save_moved(project)
    settlement.return_reason = reason.strip()
    return _moved(settlement, contract, ContractStatus.SIGNED)


def _status_before(project):
    is_handed_over = project.handovers.filter(is_done=True).exists()
    return ProjectStatus.HANDED_OVER if is_handed_over else ProjectStatus.ACCEPTED


@transaction.atomic
def approve_settlement(settlement, *, by, expected_version=None):
    """Approve: what was put up becomes the settled amount of every funding line. Raises like `submit_settlement`."""
    settlement, contract, projects = _locked(settlement, expected_version)
    if settlement.status == SettlementStatus.SUBMITTED and (gaps := settlement_gaps(settlement)):
        raise ValidationError(gaps)
    changes = []
    for account in accounts_of(contract):
        if account.put_up is None:
            continue
        line = FundingLine.objects.get(project=account.project, source=account.source)
        line.settled_amount = account.put_up
        line.full_clean()
        line.save(update_fields=["settled_amount"])
        changes += money_change(f"{account.project.code}, {account.source}: quyết toán", None, account.put_up)
    workflow.APPROVE_SETTLEMENT.apply(settlement, by=by, changes=changes)
    for project in projects:
        if project.status == ProjectStatus.SETTLING:
            workflow.APPROVE_SETTLED.apply(project, by=by)
            save_moved(project)
    settlement.approved_by, settlement.approved_at = by, timezone.now()
    return _moved(settlement, contract, ContractStatus.SETTLED)


def liquidation_gaps(contract) -> list[str]:
    """Money still open: what is to be paid or given back before the contract can be liquidated."""
    if contract.status != ContractStatus.SETTLED:
        return [f"Hợp đồng đang “{contract.get_status_display()}”; thanh lý sau khi duyệt quyết toán."]
    return [told for account in accounts_of(contract) if (told := account.open_money)]


@transaction.atomic
def liquidate_contract(liquidation, *, by):
    """Record the liquidation minutes (Mẫu 6); nothing closes while money is open.

    Without a `number` they get the next of the series of party A's minutes.
    Force majeure: paid is what was accepted of the volume done, with an explanation (TT 36/2013, Điều 18 khoản 4).
    Raises PermissionDenied, ValidationError.
    """
    contract = locked_contract(liquidation.contract)
    require(may_settle(by, contract), WHO_SETTLES)
    if gaps := liquidation_gaps(contract):
        raise ValidationError(gaps)
    _check_liquidation_date(liquidation, contract)
    for project in _locked_projects(contract):
        if project.status == ProjectStatus.SETTLED:
            require_papers(project, PaperStep.LIQUIDATION)
            workflow.LIQUIDATE_PROJECT.apply(project, by=by)
            save_moved(project)
    liquidation.contract, liquidation.recorded_by = contract, by
    liquidation.full_clean(exclude=["number"])
    liquidation.number = liquidation.number.strip() or _next_number(liquidation)
    liquidation.full_clean()
    liquidation.save()
    _move_contract(contract, ContractStatus.LIQUIDATED)
    record(
        by, "contract.liquidate", "Thanh lý hợp đồng", contract, before=ContractStatus.SETTLED,
        after=ContractStatus.LIQUIDATED, reason=liquidation.explanation,
        changes=[("Số biên bản thanh lý", "", liquidation.number), ("Ngày", "", short_date(liquidation.signed_on))],
    )  # fmt: skip
    return liquidation


def _next_number(liquidation):
    """The next of the series of the body's minutes, past those that were typed by hand."""
    body, year = liquidation.contract.party_a, liquidation.signed_on.year
    typed = Liquidation.objects.filter(contract__party_a=body, signed_on__year=year)
    number = take_number(body, symbol_of("BB", body), year)
    while typed.filter(number=number).exists():
        number = take_number(body, symbol_of("BB", body), year)
    return number


def _check_liquidation_date(liquidation, contract):
    if liquidation.signed_on is None:
        return
    if liquidation.signed_on > today():
        raise ValidationError({"signed_on": "Ngày thanh lý không thể ở tương lai."})
    put_up_on = contract.settlement.dated_on
    if liquidation.signed_on < contract.signed_on:
        raise ValidationError({"signed_on": f"Ngày thanh lý trước ngày ký hợp đồng {short_date(contract.signed_on)}."})
    if put_up_on and liquidation.signed_on < put_up_on:
        raise ValidationError({"signed_on": f"Ngày thanh lý trước ngày đề nghị quyết toán {short_date(put_up_on)}."})


def _locked(settlement, expected_version=None):
    contract = locked_contract(settlement.contract)
    rows = Settlement.objects.select_for_update(of=("self",)).select_related("owner")
    settlement = rows.get(pk=settlement.pk)
    if expected_version not in (None, settlement.version):
        raise ValidationError("Hồ sơ quyết toán đã thay đổi sau khi ông/bà mở trang: xem lại số liệu rồi làm tiếp.")
    settlement.contract = contract
    return settlement, contract, _locked_projects(contract)


def _locked_projects(contract):
    rows = Project.objects.select_for_update(of=("self",)).select_related("plan", "owner", "unit")
    return list(rows.filter(contract=contract).order_by("pk"))


def _moved(settlement, contract, status):
    settlement.version += 1
    settlement.full_clean(exclude=["owner", "province"])
    settlement.save()
    _move_contract(contract, status)
    return settlement


def _move_contract(contract, status):
    contract.status = status
    contract.version += 1
    contract.save()
