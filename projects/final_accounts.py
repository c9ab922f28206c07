"""Final accounts as their papers show them: vouchers (8a, 8b), settlement (7), reconciliation of a year (10)."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from khuyencong.models import Organisation
from programs.models import SUPPORT_CATEGORIES, FundingSource, Norm, SourceCategory
from projects.models import Acceptance, Contract, CostItem, Project, Voucher
from projects.services.norms import NORMS, SCOPES, NormBook
from projects.services.settlement import Account, accounts_of_plan

FIGURES = ("contracted", "paid", "accepted", "put_up", "settled", "to_pay", "to_refund")


@dataclass(frozen=True)
class AccountTable:
    """Accounts and what they add up to, đồng; a figure that no row has yet is None."""

    accounts: list[Account]

    @cached_property
    def totals(self) -> dict:
        return {name: _sum(getattr(account, name) for account in self.accounts) for name in FIGURES}

    @property
    def support(self) -> "AccountTable":
        return AccountTable([account for account in self.accounts if account.source.is_support])

    @property
    def projects(self) -> list:
        """[(Project, AccountTable)] in the order of the accounts."""
        found = {}
        for account in self.accounts:
            found.setdefault(account.project, []).append(account)
        return [(project, AccountTable(rows)) for project, rows in found.items()]

    @property
    def sources(self) -> list:
        """[(FundingSource, AccountTable)], in the order of the sources."""
        found = {}
        for account in sorted(self.accounts, key=lambda row: row.source.position):
            found.setdefault(account.source, []).append(account)
        return [(source, AccountTable(rows)) for source, rows in found.items()]


def _sum(amounts):
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


@dataclass(frozen=True)
class VoucherList:
    """Vouchers of one form: 8a lists khuyến công money, 8b all money, with its parts in columns. Đồng."""

    vouchers: list[Voucher]

    @property
    def rows(self) -> list:
        """[(voucher, khuyến công, own money of the beneficiaries, other money)]."""
        return [(voucher, *_parts(voucher)) for voucher in self.vouchers]

    @property
    def total(self) -> int:
        return sum(voucher.amount for voucher in self.vouchers)

    @property
    def parts(self) -> tuple:
        """(khuyến công, own money, other money) of all."""
        return tuple(sum(column) for column in zip(*map(_parts, self.vouchers), strict=True)) or (0, 0, 0)

    @property
    def support_percent(self) -> Decimal | None:
        """Khuyến công money in all that was spent."""
        return Decimal(100 * self.parts[0]) / self.total if self.total else None

    @property
    def groups(self) -> list:
        """[(Project, VoucherList)]."""
        found = {}
        for voucher in self.vouchers:
            found.setdefault(voucher.project, []).append(voucher)
        return [(project, VoucherList(rows)) for project, rows in found.items()]

    @property
    def sources(self) -> list:
        """[(FundingSource, đồng)]."""
        found: dict[FundingSource, int] = {}
        for voucher in sorted(self.vouchers, key=lambda row: row.source.position):
            found[voucher.source] = found.get(voucher.source, 0) + voucher.amount
        return list(found.items())


def _parts(voucher):
    category = voucher.source.category
    is_support, is_own = category in SUPPORT_CATEGORIES, category == SourceCategory.COUNTERPART
    amount = voucher.amount
    return amount * is_support, amount * is_own, amount * (not is_support and not is_own)


def support_vouchers(vouchers) -> VoucherList:
    return VoucherList([voucher for voucher in vouchers if voucher.source.is_support])


@dataclass(frozen=True)
class CheckedSum:
    """What the vouchers of one source add up to, beside what is settled of it, until then put up. Đồng."""

    source: FundingSource
    listed: int
    settled: int

    @property
    def difference(self) -> int:
        """Above 0 when the list has too much."""
        return self.listed - self.settled


def checked_sums(table, vouchers) -> list[CheckedSum]:
    """Each source of the accounts, or of the list, that holds anything, in the order of the sources."""
    listed = dict(VoucherList(vouchers).sources)
    settled = {source: sum(map(_settled, rows.accounts)) for source, rows in table.sources}
    sources = sorted({**settled, **listed}, key=lambda source: source.position)
    sums = [CheckedSum(source, listed.get(source, 0), settled.get(source, 0)) for source in sources]
    return [row for row in sums if row.listed or row.settled]


def _settled(account):
    return next((amount for amount in (account.settled, account.put_up) if amount is not None), 0)


@dataclass(frozen=True)
class SupportShare:
    """Khuyến công money in all that was spent on a project, beside the highest rate that a norm allows. Đồng."""

    project: Project
    spent: int
    support: int
    norm: Norm | None

    @property
    def percent(self) -> Decimal | None:
        return Decimal(100 * self.support) / self.spent if self.spent else None

    @property
    def rate(self) -> Decimal | None:
        return self.norm and self.norm.rate_percent

    @property
    def is_over(self) -> bool:
        """Held against the rate exactly, before any rounding."""
        return self.rate is not None and 100 * self.support > self.rate * self.spent


def support_shares(vouchers) -> list[SupportShare]:
    """Mẫu 8b per project (Thông tư 36/2013/TT-BCT, Điều 19 khoản 1): `vouchers` are those of all sources."""
    groups = VoucherList(vouchers).groups
    books = {}
    for project, _group in groups:
        books.setdefault(project.plan_id, NormBook(NORMS.of(project.plan)))
    return [
        SupportShare(project, group.total, group.parts[0], _rate_norm(project, group, books[project.plan_id]))
        for project, group in groups
    ]


def _rate_norm(project, group, book):
    """The norm with the lowest rate of cost among those of the money that was spent; None without any."""
    if project.content is None:
        return None
    spent = {source.category for source, _amount in group.sources}
    norms = [norm for scope, category in SCOPES.items() if category in spent for norm in book.norms_for(project, scope)]
    rated = [norm for norm in norms if norm.rate_percent is not None and not norm.rate_of]
    return min(rated, key=lambda norm: norm.rate_percent, default=None)


@dataclass(frozen=True)
class PaymentRequest:
    """Mẫu 9 of one project: its khuyến công money and the minutes in force that accepted its work."""

    project: Project
    table: AccountTable
    minutes: list[Acceptance]


def payment_requests(table) -> list[PaymentRequest]:
    """Mẫu 9 per project of the accounts of a contract. One query."""
    projects = table.support.projects
    minutes = {}
    for row in Acceptance.objects.in_force().filter(project__in=[project for project, _table in projects]):
        minutes.setdefault(row.project_id, []).append(row)
    return [PaymentRequest(project, rows, minutes.get(project.pk, [])) for project, rows in projects]


@dataclass(frozen=True)
class SpendingLine:
    """A line of the settlement table: what was estimated (None where only the whole is known), what was spent."""

    content: str
    estimate: int | None
    spent: int

    @property
    def increase(self) -> int | None:
        return None if self.estimate is None else max(self.spent - self.estimate, 0)

    @property
    def decrease(self) -> int | None:
        return None if self.estimate is None else max(self.estimate - self.spent, 0)


@dataclass(frozen=True)
class SpendingTable:
    """Mẫu 7 of one project: its cost items and the rest, against what its vouchers say. Đồng."""

    project: Project
    lines: list[SpendingLine]
    total: SpendingLine


def spending_tables(table, vouchers, *, is_whole) -> list[SpendingTable]:
    """Mẫu 7 per project. `is_whole`: the vouchers list all sources.

    The estimate of an item is of all sources together: without the others' vouchers only the contracted khuyến công
    money of the project can be held against what was spent of it.
    """
    items = {}
    for item in CostItem.objects.filter(project__in=[project for project, _accounts in table.projects]):
        items.setdefault(item.project_id, []).append(item)
    found = []
    for project, accounts in table.projects:
        listed = [row for row in vouchers if row.project_id == project.pk and (is_whole or row.source.is_support)]
        contracted = (accounts if is_whole else accounts.support).totals["contracted"] or 0
        found.append(_spending_of(project, items.get(project.pk, []), listed, contracted, is_whole=is_whole))
    return found


def _spending_of(project, items, listed, contracted, *, is_whole):
    spent = dict.fromkeys([None, *(item.pk for item in items)], 0)
    for voucher in listed:
        spent[voucher.cost_item_id] += voucher.amount
    lines = [SpendingLine(item.name, item.amount if is_whole else None, spent[item.pk]) for item in items]
    rest = max(contracted - sum(item.amount for item in items), 0) if is_whole else None
    if spent[None] or rest:
        lines.append(SpendingLine("Nội dung khác" if items else "Chi thực hiện đề án", rest, spent[None]))
    total = SpendingLine("Cộng", contracted, sum(spent.values()))
    return SpendingTable(project, lines, total)


# Reconciliation at the year's end


@dataclass(frozen=True)
class ReconciledContract:
    """A contract in Mẫu 10 with the khuyến công money of its projects. Đồng."""

    contract: Contract
    table: AccountTable


@dataclass(frozen=True)
class Reconciliation:
    """Mẫu 10 of a plan (Thông tư 36/2013/TT-BCT, Điều 19 khoản 3): its contracts and what they add up to. Đồng."""

    contracts: list[ReconciledContract]

    @property
    def implementers(self) -> list[Organisation]:
        return sorted({row.contract.party_b for row in self.contracts}, key=str)

    @property
    def totals(self) -> dict:
        return AccountTable([account for row in self.contracts for account in row.table.accounts]).totals

    def of(self, implementer) -> "Reconciliation":
        """The contracts of one party B by its pk; all of them for None."""
        return Reconciliation([row for row in self.contracts if implementer in (None, row.contract.party_b_id)])


def reconciliation(plan) -> Reconciliation:
    """Khuyến công money per contract and project of a plan. Two queries."""
    found = {}
    for account in AccountTable(accounts_of_plan(plan)).support.accounts:
        found.setdefault(account.project.contract, []).append(account)
    return Reconciliation([ReconciledContract(contract, AccountTable(rows)) for contract, rows in found.items()])
