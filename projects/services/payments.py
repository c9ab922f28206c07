"""Money advanced, paid and given back on a contract. Counted under lock; every change rechecks all vouchers."""

from collections import defaultdict
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from khuyencong.audit import field_changes, money_change, record
from khuyencong.dates import short_date, today
from khuyencong.money import vnd
from khuyencong.permissions import require
from khuyencong.text import nfc
from khuyencong.versions import StaleVersionError
from programs.models import PaperStep
from projects import permissions
from projects.models import (
    CarryOver,
    ContractStatus,
    Disbursement,
    DisbursementKind,
    FundingLine,
    ProjectStatus,
)
from projects.questions import FUNDING
from projects.services.locking import locked_project
from projects.services.papers import require_papers
from projects.services.payment_rules import MEASURES, REFUNDS, Limit, Terms

# When each kind of voucher may be entered.
OPEN_TO = {
    DisbursementKind.ADVANCE: (
        ProjectStatus.CONTRACTED, ProjectStatus.IN_PROGRESS, ProjectStatus.ACCEPTED, ProjectStatus.HANDED_OVER,
    ),
    DisbursementKind.PAYMENT: (
        ProjectStatus.IN_PROGRESS, ProjectStatus.ACCEPTED, ProjectStatus.HANDED_OVER, ProjectStatus.SETTLING,
        ProjectStatus.SETTLED,
    ),
    DisbursementKind.REFUND: (
        ProjectStatus.CONTRACTED, ProjectStatus.IN_PROGRESS, ProjectStatus.ACCEPTED, ProjectStatus.HANDED_OVER,
        ProjectStatus.SETTLING, ProjectStatus.SETTLED, ProjectStatus.STOPPED,
    ),
}  # fmt: skip
# Which papers of the dossier each kind of voucher rests on.
PAPERS = {DisbursementKind.ADVANCE: PaperStep.ADVANCE, DisbursementKind.PAYMENT: PaperStep.REMAINING}
FIELDS = ("amount", "voucher_number", "paid_on", "budget_year", "progress_report", "note", "source_note")
# A change of one of these is measured against the rules again.
MEASURED = ("amount", "paid_on", "budget_year", "progress_report_id")


@dataclass(frozen=True)
class SourcePosition:
    """One support source of a project, in đồng: the one home of what was paid and of what may be paid now.

    `advance` and `payable` are the limits of all that is paid, on this day and the best report at hand.
    """

    line: FundingLine
    paid: int
    refunded: int
    advance: Limit
    payable: Limit
    carried: CarryOver | None
    entries: tuple

    @property
    def source(self):
        return self.line.source

    @property
    def approved(self) -> int:
        return self.line.approved_amount or 0

    @property
    def contracted(self) -> int:
        return self.line.contracted_amount or 0

    @property
    def left(self) -> int:
        """Contracted and not paid out."""
        return max(self.contracted - self.paid, 0)

    @property
    def advance_left(self) -> int:
        return max(self.advance.amount - self.paid, 0)

    @property
    def payable_left(self) -> int:
        return max(self.payable.amount - self.paid, 0)

    @property
    def refundable(self) -> int:
        return self.paid

    @property
    def to_refund(self) -> int:
        """Paid beyond what was accepted: goes back."""
        return 0 if self.payable.refusal else max(self.paid - self.payable.amount, 0)


def payment_position(project, *, day=None) -> list[SourcePosition]:
    """Each support source of an approved project, with its vouchers in force by date."""
    day = day or today()
    terms = Terms(project)
    rows = project.disbursements.in_force().select_related("source", "progress_report", "created_by")
    vouchers = defaultdict(list)
    for row in rows:
        vouchers[row.source_id].append(row)
    return [
        _position(project, terms, line, vouchers[line.source_id], day)
        for line in FUNDING.of(project)
        if line.source.is_support and line.approved_amount is not None
    ]


@dataclass(frozen=True)
class Room:
    """What one more voucher may hold, in đồng, told before it is typed; `refusal` says what is missing first."""

    paid: int
    left: int
    why: str
    refusal: str = ""
    advice: str = ""


def room_for(project, line, kind, *, day=None, report=None, without=None) -> Room:
    """How much a voucher of a kind may hold on a day, on a report or else the best there is. Reads, locks nothing.

    `without` is the voucher being mended, which does not count.
    """
    day, terms = day or today(), Terms(project)
    paid = line.paid_amount - (without.signed_amount if without else 0)
    if refusal := kind_refusal(project, kind):
        return Room(paid, 0, "", refusal)
    if kind == DisbursementKind.REFUND:
        return Room(paid, paid, f"nhiều nhất bằng số đã chi {vnd(paid)} ({REFUNDS})")
    if kind == DisbursementKind.PAYMENT:
        limit = terms.payable(line)
    else:
        others = [row for row in _stored(project, line.source) if without is None or row.pk != without.pk]
        advanced = _advanced(others)
        limit = terms.advance_limit(line, day, report=report or _evidence(terms, day), advanced=advanced)
    left = min(limit.amount, line.contracted_amount or 0) - paid
    return Room(paid, max(left, 0), limit.why, limit.refusal, limit.advice)


def _position(project, terms, line, entries, day):
    refunded = sum(row.amount for row in entries if row.kind == DisbursementKind.REFUND)
    closed = {kind: kind_refusal(project, kind) for kind in (DisbursementKind.ADVANCE, DisbursementKind.PAYMENT)}
    advance = terms.advance_limit(line, day, report=terms.report_for(day), advanced=_advanced(entries))
    payable = terms.payable(line)
    return SourcePosition(
        line=line,
        paid=line.paid_amount,
        refunded=refunded,
        advance=_closed(advance, closed[DisbursementKind.ADVANCE]),
        payable=_closed(payable, closed[DisbursementKind.PAYMENT]),
        carried=terms.carried.get(line.source_id),
        entries=tuple(entries),
    )


def _closed(limit, refusal):
    """The state of the project goes before what the rules ask for."""
    return Limit(0, limit.why, refusal) if refusal else limit


def _advanced(entries):
    return sum(row.signed_amount for row in entries if row.kind != DisbursementKind.PAYMENT)


def kind_refusal(project, kind) -> str | None:
    """Why no voucher of a kind can be entered for a project as it stands, or None."""
    contract = project.contract
    if contract is None or not contract.is_binding:
        return "Chưa có hợp đồng: ký hợp đồng rồi mới chi được (Thông tư 36/2013/TT-BCT, Điều 13)."
    if contract.status == ContractStatus.LIQUIDATED:
        return f"{contract} đã thanh lý: không chi, không hoàn trả thêm được."
    if project.status in OPEN_TO[kind]:
        return None
    if project.status == ProjectStatus.STOPPED:
        return f"Đề án đã ngừng: chỉ ghi hoàn trả ({REFUNDS})."
    if project.status == ProjectStatus.CONTRACTED:
        return "Đề án chưa bắt đầu thực hiện: chỉ tạm ứng được."
    label = DisbursementKind(kind).label.lower()
    return f"Không ghi {label} được khi đề án “{project.get_status_display()}”."


@transaction.atomic
def pay(
    project, *, by, source, kind, amount, voucher_number, paid_on, progress_report=None, note="", budget_year=None,
    source_note="",
):  # fmt: skip
    """Enter one voucher of a source; refunds too. Returns the Disbursement.

    An advance that needs a progress report takes the latest confirmed one when none is given. Raises
    PermissionDenied; ValidationError, at amount, voucher_number, paid_on, kind, source, budget_year or progress_report.
    """
    project = locked_project(project)
    _require_payer(by, project)
    if refusal := kind_refusal(project, kind):
        raise ValidationError({"kind": refusal})
    if kind in PAPERS:
        require_papers(project, PAPERS[kind])
    line = _line(project, source)
    terms = Terms(project)
    stored = _stored(project, line.source)
    if kind == DisbursementKind.ADVANCE and progress_report is None:
        progress_report = _evidence(terms, paid_on)
    entry = Disbursement(
        project=project, contract=project.contract, source=line.source, kind=kind, amount=amount,
        voucher_number=nfc(voucher_number), paid_on=paid_on, progress_report=progress_report, note=note,
        round_no=max((row.round_no for row in stored if row.kind == kind), default=0) + 1,
        budget_year=budget_year or _budget_year(terms, line, stored, kind, amount, paid_on),
        source_note=source_note, owner=project.owner, province=project.province, created_by=by, updated_by=by,
    )  # fmt: skip
    _check_entry(entry)
    _check(terms, line, stored, [*stored, entry], subject=entry)
    entry.save()
    told = [(f"{entry.get_kind_display()} lần {entry.round_no}, {line.source}", "", _line_of(entry))]
    _count(line, [*stored, entry], project, by, "payment.pay", entry.get_kind_display(), told)
    return entry


@transaction.atomic
def change_payment(entry, *, by, expected_version=None, **fields):
    """Mend a voucher: any of amount, voucher_number, paid_on, budget_year, progress_report, note, source_note.

    Raises PermissionDenied, StaleVersionError; ValidationError like `pay`, also when a later voucher would break.
    """
    project, line, stored, entry = _opened(entry, by=by)
    if expected_version is not None and entry.version != expected_version:
        raise StaleVersionError(entry)
    before = Disbursement.objects.select_related("progress_report").get(pk=entry.pk)
    for name, value in fields.items():
        if name not in FIELDS:
            raise TypeError(f"Not to be changed in a voucher: {name}")
        setattr(entry, name, nfc(value) if name == "voucher_number" else value)
    entry.updated_by = by
    entry.version += 1
    _check_entry(entry)
    if any(getattr(before, name) != getattr(entry, name) for name in MEASURED):
        unchanged = [row for row in stored if row.pk != entry.pk]
        _check(Terms(project), line, [*unchanged, before], [*unchanged, entry], subject=entry)
    entry.save()
    told = field_changes(before, entry, FIELDS)
    if told:
        label = f"Sửa chứng từ {before.voucher_number}"
        _count(line, stored, project, by, "payment.change", label, told)
    return entry


@transaction.atomic
def void_payment(entry, *, by, reason, expected_version=None):
    """Strike a voucher out, with a reason; it stays to be read. Refused when a later voucher rests on it."""
    project, line, stored, entry = _opened(entry, by=by)
    if expected_version is not None and entry.version != expected_version:
        raise StaleVersionError(entry)
    if not reason.strip():
        raise ValidationError({"reason": "Nêu lý do bỏ chứng từ."})
    kept = [row for row in stored if row.pk != entry.pk]
    _check(Terms(project), line, stored, kept, subject=None)
    entry.voided_at, entry.voided_by, entry.void_reason = timezone.now(), by, nfc(reason)
    entry.updated_by = by
    entry.version += 1
    entry.full_clean(exclude=["owner", "province"])
    entry.save()
    label = f"Bỏ chứng từ {entry.voucher_number}"
    told = [(f"{entry.get_kind_display()} lần {entry.round_no}, {line.source}", _line_of(entry), "đã bỏ")]
    _count(line, kept, project, by, "payment.void", label, told, reason=reason)
    return entry


def recheck_line(project, line):
    """Whether the vouchers of a source hold after its contracted amount was changed, not yet saved.

    Raises ValidationError.
    """
    stored = _stored(project, line.source)
    if line.paid_amount > (line.contracted_amount or 0):
        raise ValidationError(f"Đã chi {vnd(line.paid_amount)}: giá trị hợp đồng không thể nhỏ hơn số đó.")
    if not stored:
        return
    terms = Terms(project)
    before = FundingLine.objects.get(pk=line.pk)
    known = {row.pk for row, _field, _sentence in terms.broken(before, stored) if row}
    for row, _field, sentence in terms.broken(line, stored):
        if row is None or row.pk not in known:
            raise ValidationError(_later(row, sentence))


def _require_payer(by, project):
    refusal = permissions.payment_refusal(by, project)
    require(refusal is None, refusal)


def _opened(entry, *, by):
    """Project and voucher as stored, locked, for someone who may change the voucher."""
    project = locked_project(entry.project)
    _require_payer(by, project)
    line = _line(project, entry.source)
    stored = _stored(project, line.source)
    found = next((row for row in stored if row.pk == entry.pk), None)
    if found is None:
        raise ValidationError("Chứng từ này đã được bỏ trước đó.", code="state")
    if refusal := _closed_refusal(project):
        raise ValidationError(refusal, code="state")
    return project, line, stored, found


def _closed_refusal(project):
    """Vouchers are mended until the accounts are put up; then they are what was put up."""
    if project.status in (ProjectStatus.SETTLING, ProjectStatus.LIQUIDATED):
        return f"Đề án “{project.get_status_display()}”: không sửa, không bỏ chứng từ được nữa."
    return None


def _line(project, source):
    line = project.funding_lines.select_for_update(of=("self",)).select_related("source").filter(source=source).first()
    if line is None or not line.source.is_support:
        raise ValidationError({"source": "Chỉ ghi chi từ nguồn khuyến công có trong hợp đồng của đề án."})
    return line


def _stored(project, source):
    rows = project.disbursements.in_force().filter(source=source)
    return list(rows.select_related("source", "progress_report", "project", "created_by"))


def _evidence(terms, day):
    rule, _cap = terms.rules_on(day)
    if (rule and rule.evidence in MEASURES) or terms.lasts_over_years:
        return terms.report_for(day)
    return None


def _budget_year(terms, line, stored, kind, amount, paid_on):
    """The year whose money it is: money carried over from its new year on, else the plan's."""
    carried = terms.carried.get(line.source_id)
    if carried is None or paid_on.year < carried.to_year:
        return terms.project.plan.year
    in_year = sum(row.signed_amount for row in stored if row.budget_year == carried.to_year)
    is_older = kind == DisbursementKind.REFUND and (amount or 0) > in_year
    return carried.from_year if is_older else carried.to_year


def _check_entry(entry):
    """What a voucher must be by itself."""
    signed_on, report = entry.contract.signed_on, entry.progress_report
    errors = {}
    if entry.paid_on and entry.paid_on > today():
        errors["paid_on"] = "Ngày chứng từ không thể ở tương lai."
    elif entry.paid_on and entry.paid_on < signed_on:
        errors["paid_on"] = f"Ngày chứng từ không thể trước ngày ký hợp đồng {short_date(signed_on)}."
    if report and (report.project_id != entry.project_id or not report.is_confirmed):
        errors["progress_report"] = "Chọn báo cáo tiến độ của đề án này, đã được Sở xác nhận."
    elif report and entry.paid_on and report.month > entry.paid_on:
        errors["progress_report"] = f"{report} sau ngày chứng từ: chọn báo cáo trước đó."
    if errors:
        raise ValidationError(errors)
    entry.full_clean(exclude=["owner", "province"])


def _check(terms, line, stored, entries, *, subject):
    """The vouchers as they would be: the one entered answers at its field, a later one by its name."""
    known = {row.pk for row, _field, _sentence in terms.broken(line, stored) if row}
    for row, field, sentence in terms.broken(line, entries, subject=subject):
        if subject is not None and row is subject:
            raise ValidationError({field: sentence})
        if row is None or row.pk not in known:
            raise ValidationError(_later(row, sentence))


def _later(row, sentence):
    if row is None:
        return sentence
    return f"Chứng từ khác sẽ không còn đúng: {row} ngày {short_date(row.paid_on)}, {vnd(row.amount)}. {sentence}"


def _count(line, entries, project, by, action, label, told, *, reason=""):
    """Write what is paid in all, and tell it on the project."""
    before, line.paid_amount = line.paid_amount, sum(row.signed_amount for row in entries)
    line.full_clean(validate_unique=False)
    line.save(update_fields=["paid_amount"])
    changes = [*told, *money_change(f"{line.source}: đã chi", before, line.paid_amount)]
    record(by, action, label, project, reason=reason, changes=changes)


def _line_of(entry):
    return f"{vnd(entry.amount)}, chứng từ {entry.voucher_number} ngày {short_date(entry.paid_on)}"
