"""Groups of the money: accounts to put up, to approve, to pay out or take back, contracts to liquidate."""

from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from khuyencong.money import vnd
from programs.models import SUPPORT_CATEGORIES, DeadlineKey
from projects.models import (
    BINDING_CONTRACT,
    Contract,
    ContractStatus,
    FundingLine,
    ProjectStatus,
    Settlement,
    SettlementStatus,
)
from projects.services.settlement import accounts_among
from reports.tasks.groups import SHOWN, SUBMISSION, Asked, Rows, Task, TaskGroup, about, group_of_dues, submission
from reports.tasks.named import CONTRACT, contract_of


def to_settle(desk):
    """Contracts of which all work is accepted; the accounts are due some days after."""
    dues = [due for due in desk.dues if due.key == DeadlineKey.SETTLEMENT]
    return group_of_dues("Hợp đồng chờ quyết toán", dues, "Lập quyết toán")


def settlements_returned(desk):
    def rows():
        found = desk.own(Settlement.objects).filter(status=SettlementStatus.RETURNED)
        return Rows(found, ("updated_at", "pk"), {"reason": "return_reason", **about(CONTRACT, "contract")})

    def task(facts):
        detail = f"Trả lại: “{facts.reason}”"
        return Task(str(contract_of(facts)), _page_of(facts), "Sửa", detail, is_urgent=True)

    return Asked("Quyết toán bị trả lại", rows, task)


def settlements_to_decide(desk):
    def rows():
        found = desk.of_others(Settlement.objects).filter(status=SettlementStatus.SUBMITTED)
        return Rows(found, ("submitted_at", "pk"), about(CONTRACT, "contract") | SUBMISSION)

    def task(facts):
        return Task(str(contract_of(facts)), _page_of(facts), "Xem và duyệt", submission(facts), is_urgent=True)

    return Asked("Quyết toán chờ duyệt", rows, task)


def _page_of(facts):
    return reverse("projects:settlement_detail", args=[facts.contract])


def _open_lines():
    """Support money of contracts that is not even: beside what was settled or accepted, or of stopped work."""
    is_uneven = (
        Q(settled_amount__isnull=False) & ~Q(settled_amount=F("paid_amount"))
        | Q(accepted_amount__isnull=False, paid_amount__gt=F("accepted_amount"))
        | Q(project__status=ProjectStatus.STOPPED, paid_amount__gt=0)
    )
    return FundingLine.objects.filter(
        is_uneven, source__category__in=SUPPORT_CATEGORIES, project__contract__status__in=BINDING_CONTRACT
    )


def _accounts(desk):
    """Read once for both groups."""
    if "accounts" not in desk.read:
        desk.read["accounts"] = accounts_among(_open_lines().filter(project__in=desk.own().order_by().values("pk")))
    return desk.read["accounts"]


def to_pay(desk):
    """What was settled and is not paid out yet."""
    rows = [(row, row.to_pay) for row in _accounts(desk) if row.to_pay and row.settled is not None]
    return _money("Còn phải chi", rows, "Chi tiền")


def to_refund(desk):
    """What was paid beyond what counts, of stopped work too (Thông tư 36/2013/TT-BCT, Điều 12 khoản 6)."""
    return _money(
        "Còn phải thu hồi", [(row, row.to_refund) for row in _accounts(desk) if row.to_refund], "Ghi hoàn trả"
    )


def _money(title, rows, button):
    tasks = [
        Task(
            str(row.project), reverse("projects:money", args=[row.project.pk]), button,
            f"{vnd(amount)} ({row.source}), {row.project.contract}",
        )
        for row, amount in rows[:SHOWN]
    ]  # fmt: skip
    return TaskGroup(title, tasks, len(rows))


def to_liquidate(desk):
    """Settled contracts whose money is even."""
    days = {due.uid: due for due in desk.dues if due.key == DeadlineKey.LIQUIDATION}

    def rows():
        uneven = _open_lines().filter(project__contract=OuterRef("pk"))
        found = desk.own(Contract.objects).filter(~Exists(uneven), status=ContractStatus.SETTLED)
        return Rows(found, ("plan__year", "pk"), CONTRACT)

    def task(facts):
        due = days.get(f"{DeadlineKey.LIQUIDATION}-contract-{facts.contract}")
        return Task(str(contract_of(facts)), _page_of(facts), "Thanh lý", due.clause if due else "", due and due.on)

    return Asked("Hợp đồng chờ thanh lý", rows, task)
