"""Money contracted and not paid by the year's end: listed, and carried over into the next year, once."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, Sum

from khuyencong.audit import record
from khuyencong.dates import short_date, today
from khuyencong.money import vnd
from khuyencong.permissions import require
from khuyencong.text import nfc
from programs.models import SUPPORT_CATEGORIES, FundingSource
from projects import permissions
from projects.models import DONE_PROJECT, CarryOver, Disbursement, DisbursementKind, FundingLine, Project, ProjectStatus
from projects.services.locking import locked_project
from projects.services.payment_rules import CARRYING_OVER

# Nothing more is spent on these.
SPENT = (ProjectStatus.LIQUIDATED, ProjectStatus.STOPPED)


@dataclass(frozen=True)
class Unspent:
    """One source of a project at the end of its plan's year, in đồng.

    `paid` is what was paid of that year's money; `carried` the money taken into the next year, or None.
    """

    project: Project
    source: FundingSource
    contracted: int
    due: int
    paid: int
    carried: CarryOver | None
    paid_next_year: int

    @property
    def left(self) -> int:
        """Neither paid nor carried over."""
        return max(self.due - self.paid - (self.carried.amount if self.carried else 0), 0)


def unspent(plan) -> list[Unspent]:
    """Sources of the plan with contracted money that its year did not spend, carried over or not."""
    rows = [row for row in _rows(FundingLine.objects.filter(project__plan=plan)) if row.left or row.carried]
    return sorted(rows, key=lambda row: (row.project.code, row.source.position))


def unspent_total(plans) -> int:
    """Đồng contracted, not paid and not carried over, of several plans."""
    return sum(row.left for row in _rows(FundingLine.objects.filter(project__plan__in=plans)))


def spent_by_year(projects) -> dict:
    """{budget year: đồng paid, refunds taken off} of these projects; carried money counts in its new year alone."""
    paid = Disbursement.objects.in_force().filter(project__in=projects).order_by()
    is_refund = Q(kind=DisbursementKind.REFUND)
    sums = paid.values_list("budget_year").annotate(
        out=Sum("amount", filter=~is_refund, default=0), back=Sum("amount", filter=is_refund, default=0)
    )
    return {year: out - back for year, out, back in sorted(sums)}


def budget_by_year(projects) -> dict:
    """{budget year: đồng contracted for it} of these projects: carried money leaves its year and comes to the next."""
    lines = _support_lines(FundingLine.objects.filter(project__in=projects))
    found = {}
    for year, amount in lines.values_list("project__plan__year", "contracted_amount"):
        found[year] = found.get(year, 0) + amount
    moved = CarryOver.objects.filter(project__in=projects).values_list("from_year", "to_year", "amount")
    for from_year, to_year, amount in moved:
        found[from_year] = found.get(from_year, 0) - amount
        found[to_year] = found.get(to_year, 0) + amount
    return dict(sorted(found.items()))


@transaction.atomic
def carry_over(project, source, *, by, amount, decision_number, decision_on):
    """Take unspent money of one source into the year after the plan's, by the paper that allows it; once.

    Raises PermissionDenied; ValidationError at amount, decision_number, decision_on or source.
    """
    project = locked_project(project)
    _require_payer(by, project)
    if decision_on > today():
        raise ValidationError({"decision_on": "Ngày văn bản không thể ở tương lai."})
    signed_on = project.contract.signed_on if project.contract_id else project.plan.decision_on
    if signed_on and decision_on < signed_on:
        raise ValidationError(
            {"decision_on": f"Ngày văn bản không thể trước ngày {short_date(signed_on)} ký hợp đồng."}
        )
    found = next((row for row in _rows(project.funding_lines.all()) if row.source == source), None)
    if found is None:
        raise ValidationError({"source": "Nguồn này của đề án không còn tiền hợp đồng chưa chi."})
    if found.carried:
        moved = f"{vnd(found.carried.amount)} sang năm {found.carried.to_year} theo {found.carried.decision_number}"
        raise ValidationError(f"Đã chuyển {moved}: mỗi nguồn của đề án chỉ chuyển một lần ({CARRYING_OVER}).")
    if amount > found.left:
        raise ValidationError(
            {"amount": f"{vnd(amount)} vượt số chưa chi {vnd(found.left)} của năm {project.plan.year}."}
        )
    row = CarryOver(
        project=project, source=source, from_year=project.plan.year, to_year=project.plan.year + 1, amount=amount,
        decision_number=nfc(decision_number), decision_on=decision_on, recorded_by=by,
    )  # fmt: skip
    row.full_clean()
    row.save()
    told = (
        f"{vnd(amount)} từ năm {row.from_year} sang năm {row.to_year}, {row.decision_number} {short_date(decision_on)}"
    )
    record(by, "payment.carry_over", "Chuyển nguồn", project, changes=[(str(source), "", told)])
    return row


@transaction.atomic
def drop_carry_over(row, *, by, reason):
    """Take back an entry made by mistake, as long as nothing was paid of it. Raises ValidationError."""
    project = locked_project(row.project)
    _require_payer(by, project)
    if not reason.strip():
        raise ValidationError({"reason": "Nêu lý do bỏ."})
    paid = project.disbursements.in_force().filter(source=row.source_id, budget_year=row.to_year).first()
    if paid:
        raise ValidationError(f"{paid} ngày {short_date(paid.paid_on)} đã chi từ số này: bỏ chứng từ đó trước.")
    told = [(str(row.source), f"{vnd(row.amount)} sang năm {row.to_year}, {row.decision_number}", "đã bỏ")]
    record(by, "payment.drop_carry_over", "Bỏ chuyển nguồn", project, reason=nfc(reason), changes=told)
    row.delete()


def _require_payer(by, project):
    refusal = permissions.payment_refusal(by, project)
    require(refusal is None, refusal)


def _support_lines(lines):
    return lines.filter(contracted_amount__gt=0, source__category__in=SUPPORT_CATEGORIES)


def _rows(lines):
    """Unspent of each line that is still spent on; three queries."""
    lines = list(
        _support_lines(lines)
        .exclude(project__status__in=SPENT)
        .select_related("project__plan", "source")
        .order_by("pk")
    )
    keys = [line.project_id for line in lines]
    carried = {(row.project_id, row.source_id): row for row in CarryOver.objects.filter(project__in=keys)}
    paid = {}
    for row in Disbursement.objects.in_force().filter(project__in=keys):
        key = row.project_id, row.source_id, row.budget_year
        paid[key] = paid.get(key, 0) + row.signed_amount
    return [_row(line, paid, carried.get((line.project_id, line.source_id))) for line in lines]


def _row(line, paid, carried):
    year = line.project.plan.year
    # What was accepted limits what is due once all of the work was.
    accepted = line.accepted_amount if line.project.status in DONE_PROJECT else None
    figures = (line.contracted_amount, accepted, line.settled_amount)
    key = line.project_id, line.source_id
    return Unspent(
        project=line.project, source=line.source, contracted=line.contracted_amount,
        due=min(amount for amount in figures if amount is not None), paid=paid.get((*key, year), 0), carried=carried,
        paid_next_year=paid.get((*key, carried.to_year), 0) if carried else 0,
    )  # fmt: skip
