"""The life of two projects under one contract, played at random: legal acts go through, illegal ones leave no trace.

After every step sums, limits and states must agree, whatever was tried before (design invariants I1, I2, I3, I6, I7).
"""

from datetime import date, timedelta
from functools import cached_property
from random import Random

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Sum

from khuyencong.audit import first_broken_entry
from khuyencong.dates import today
from khuyencong.models import AuditEntry
from programs.models import AmendmentKind
from projects import services
from projects.models import (
    APPROVED_PROJECT,
    Acceptance,
    AcceptanceAmount,
    AcceptanceMember,
    Amendment,
    BeneficiaryAmount,
    Contract,
    ContractStatus,
    Disbursement,
    DisbursementKind,
    FundingLine,
    Liquidation,
    ProgressReport,
    Project,
    ProjectStatus,
    Settlement,
    Voucher,
)
from projects.services import acceptance, amendments, contracts, payments, progress_reports, settlement
from tests.factories import source
from tests.stories import approve, draft_plan, make_house, planned_project

ENVELOPE = 700_000_000
WORKED_ON = (
    ProjectStatus.IN_PROGRESS, ProjectStatus.ACCEPTED, ProjectStatus.HANDED_OVER, ProjectStatus.SETTLING,
    ProjectStatus.SETTLED, ProjectStatus.LIQUIDATED,
)  # fmt: skip


class Life:
    """What people may try. `n` is the chance in every act: which project, which amount, which person."""

    def __init__(self, house, plan, projects):
        self.house, self.plan, self.pks = house, plan, [project.pk for project in projects]
        self.count = 0

    @cached_property
    def people(self):
        house = self.house
        return [house.officer, house.reviewer, house.second_reviewer, house.director, house.accountant, house.viewer]

    def project(self, n):
        return Project.objects.select_related("plan", "contract").get(pk=self.pks[n % len(self.pks)])

    def amount(self, n, most=400_000_000):
        """Zero, a đồng, round sums and odd ones, up to beyond what is allowed."""
        return (0, 1, most, most // 2, most * n // 997)[n % 5]

    def number(self):
        self.count += 1
        return f"{self.count}/CT"

    def contract(self):
        return self._found(Contract.objects.exclude(status=ContractStatus.CANCELLED).order_by("pk").last())

    def _found(self, row):
        """What the page would not even offer counts as refused."""
        if row is None:
            raise ValidationError("Chưa có.")
        return row

    def _settlement(self):
        return self._found(Settlement.objects.filter(contract=self.contract()).first())

    def forward(self, who, n):
        """The next step of one project as the rules want it, done by whoever may."""
        project, house = self.project(n), self.house
        line = project.funding_lines.get(source__code="KCDP")
        if project.status == ProjectStatus.APPROVED:
            self.sign(house.officer, 1)
        elif project.status == ProjectStatus.CONTRACTED:
            services.start_project(project, by=house.officer)
        elif project.status == ProjectStatus.IN_PROGRESS:
            self._work(project, line, house)
        else:
            self._account(project, line, house)

    def _work(self, project, line, house):
        report = project.progress_reports.exclude(confirmed_at=None).first()
        if report is None:
            report = ProgressReport(
                project=project, month=date(2026, 9, 1), volume_percent=90, value_done=project.total_cost * 9 // 10
            )
            report = progress_reports.save_progress_report(report, by=house.officer, items=[])
            progress_reports.confirm_progress_report(report, by=house.reviewer)
        elif line.paid_amount == 0 and line.contracted_amount:
            self._pay(project, DisbursementKind.ADVANCE, line.contracted_amount // 2)
        else:
            minutes = Acceptance(project=project, form="", number=self.number(), accepted_on=date(2026, 10, 1))
            chair = AcceptanceMember(name="Lê Văn Tám", body="Sở Công Thương", is_chair=True)
            amounts = {line.source_id: line.contracted_amount or line.approved_amount}
            acceptance.accept(minutes, by=house.second_reviewer, members=[chair], amounts=amounts)

    def _account(self, project, line, house):
        if project.status in (ProjectStatus.ACCEPTED, ProjectStatus.HANDED_OVER):
            self.settle(house.accountant, 1)
        elif project.status == ProjectStatus.SETTLING:
            settlement.approve_settlement(self._settlement(), by=house.director)
        elif line.paid_amount < (line.settled_amount or 0):
            self._pay(project, DisbursementKind.PAYMENT, line.settled_amount - line.paid_amount)
        elif line.paid_amount > (line.settled_amount or 0):
            self._pay(project, DisbursementKind.REFUND, line.paid_amount - (line.settled_amount or 0))
        else:
            self.liquidate(house.accountant, 0)

    def _pay(self, project, kind, amount):
        payments.pay(
            project, by=self.house.accountant, source=source("KCDP"), kind=kind, amount=amount,
            voucher_number=self.number(), paid_on=date(2026, 11, 2),
        )  # fmt: skip

    # Acts of people who try: each takes the person and the chance

    def sign(self, who, n):
        contract = Contract(
            plan=self.plan, number=self.number(), signed_on=date(2026, 2, 1), ends_on=date(2026, 12, 1),
            party_a=self.house.department, party_b=self.house.centre,
        )  # fmt: skip
        chosen = Project.objects.filter(pk__in=self.pks if n % 3 else self.pks[:1])
        amounts = {} if n % 2 else {(chosen[0].pk, source("KCDP").pk): self.amount(n)}
        contracts.sign_contract(contract, by=who, projects=list(chosen), amounts=amounts)

    def change_contract(self, who, n):
        key = (self.project(n).pk, source("KCDP").pk)
        contracts.change_contract(self.contract(), by=who, amounts={key: self.amount(n)})

    def cancel(self, who, n):
        contracts.cancel_contract(self.contract(), by=who, reason="Ký lại.")

    def start(self, who, n):
        services.start_project(self.project(n), by=who)

    def report(self, who, n):
        project = self.project(n)
        report = ProgressReport(
            project=project, month=date(2026, 3 + n % 6, 1), volume_percent=n % 101, value_done=self.amount(n)
        )
        progress_reports.save_progress_report(report, by=who, items=[])

    def confirm(self, who, n):
        report = ProgressReport.objects.filter(project=self.project(n)).order_by("month").last()
        progress_reports.confirm_progress_report(self._found(report), by=who)

    def pay(self, who, n):
        kind = list(DisbursementKind)[n % 3]
        payments.pay(
            self.project(n // 3), by=who, source=source("KCDP"), kind=kind, amount=self.amount(n),
            voucher_number=self.number(), paid_on=date(2026, 9, 1) + timedelta(days=n % 60),
        )  # fmt: skip

    def strike_out(self, who, n):
        payments.void_payment(self._voucher(n), by=who, reason="Nhập nhầm.")

    def mend_payment(self, who, n):
        payments.change_payment(self._voucher(n), by=who, amount=self.amount(n))

    def _voucher(self, n):
        entries = list(Disbursement.objects.filter(project__in=self.pks))
        return self._found(entries[n % len(entries)] if entries else None)

    def accept(self, who, n):
        project = self.project(n)
        place = project.beneficiaries.first() if n % 2 else None
        minutes = Acceptance(
            project=project, form="", number=self.number(), accepted_on=date(2026, 10, 1), is_final=bool(n % 3),
            beneficiary=place,
        )  # fmt: skip
        amounts = {source("KCDP").pk: self.amount(n), source("COUNTERPART").pk: self.amount(n + 1)}
        chair = AcceptanceMember(name="Lê Văn Tám", body="Sở Công Thương", is_chair=True)
        acceptance.accept(minutes, by=who, members=[chair], amounts=amounts)

    def reopen(self, who, n):
        acceptance.reopen_acceptance(self.project(n), by=who, reason="Sai khối lượng.")

    def stop(self, who, n):
        self._amend(who, n, AmendmentKind.STOP)

    def raise_support(self, who, n):
        self._amend(who, n, AmendmentKind.FUNDING_UP)

    def lower_support(self, who, n):
        self._amend(who, n, AmendmentKind.FUNDING_DOWN)

    def _amend(self, who, n, kind):
        """Drafted and put up by the officer, decided by whoever comes along."""
        project = self.project(n)
        amendment = Amendment(project=project, kind=kind, reason="Giá máy thay đổi.")
        line = project.funding_lines.get(source__code="KCDP")
        share = BeneficiaryAmount.objects.get(beneficiary__project=project, source__code="KCDP")
        amounts = [(line.source, share.beneficiary, self.amount(n))]
        amendment = amendments.save_amendment(amendment, by=self.house.officer, amounts=amounts)
        amendments.submit_amendment(amendment, by=self.house.officer)
        amendments.approve_amendment(
            amendment, by=who, decision_number=self.number(), decision_on=today(), signer_name="Lê Văn Tám",
            signer_position="Giám đốc",
        )  # fmt: skip

    def settle(self, who, n):
        contract = self.contract()
        found = Settlement.objects.filter(contract=contract).first() or Settlement(contract=contract)
        found.number, found.dated_on = "1/CV", date(2026, 11, 1)
        amounts, vouchers = {}, []
        for line in FundingLine.objects.filter(project__contract=contract).select_related("source"):
            amount = line.accepted_amount or 0 if n % 4 else self.amount(n)
            amounts[line.project_id, line.source_id] = amount
            if amount and line.source.is_support:
                vouchers.append(
                    Voucher(
                        project_id=line.project_id, source=line.source, number=str(line.pk), content="Mua máy",
                        dated_on=date(2026, 10, 1), payee="Công ty An Phát", amount=amount,
                    )
                )  # fmt: skip
        settlement.save_settlement(found, by=self.house.accountant, amounts=amounts, vouchers=vouchers)
        settlement.submit_settlement(found, by=who)

    def return_settlement(self, who, n):
        settlement.return_settlement(self._settlement(), by=who, reason="Thiếu hóa đơn.")

    def approve_settlement(self, who, n):
        settlement.approve_settlement(self._settlement(), by=who)

    def liquidate(self, who, n):
        minutes = Liquidation(contract=self.contract(), number=self.number(), signed_on=date(2026, 11, 10))
        settlement.liquidate_contract(minutes, by=who)


ACTS = [name for name in vars(Life) if not name.startswith("_") and name not in (
    "people", "project", "amount", "number", "contract", "forward",
)]  # fmt: skip
# Half of the people are those who may, so that lives get far.
MAY = {
    "sign": 0, "change_contract": 0, "cancel": 1, "start": 0, "report": 0, "confirm": 2, "pay": 4, "strike_out": 4,
    "mend_payment": 4, "accept": 2, "reopen": 3, "stop": 3, "raise_support": 3, "lower_support": 3, "settle": 4,
    "return_settlement": 3, "approve_settlement": 3, "liquidate": 4, "forward": 0,
}  # fmt: skip
# Dice of their own: Hypothesis draws numbers that it has seen in the code, so that lives would change with any module.
LIVES = 20


def steps_of(number):
    """The steps (act, number, person) of a life, the same ones each time."""
    dice = Random(number)
    # Most steps go forward: a life of blind chance would never come to its accounts.
    acts = ("forward" if dice.random() < 0.7 else dice.choice(ACTS) for _ in range(dice.randint(16, 36)))
    return [(act, dice.randrange(997), dice.randrange(12)) for act in acts]


def picture(life):
    """Everything that an act may change, to compare before and after a refusal."""
    lines = (
        FundingLine.objects.filter(project__in=life.pks)
        .order_by("pk")
        .values_list("approved_amount", "contracted_amount", "paid_amount", "accepted_amount", "settled_amount")
    )
    states = Project.objects.filter(pk__in=life.pks).order_by("pk").values_list("status", "contract", "version")
    return [*lines], [*states], AuditEntry.objects.count()


# States that any of the lives came through.
reached = set()


def check(life):
    """The invariants, asked of the database alone."""
    taken = 0
    for project in Project.objects.filter(pk__in=life.pks).select_related("contract"):
        assert project.status in APPROVED_PROJECT
        reached.add(project.status)
        for line in project.funding_lines.select_related("source"):
            _check_line(project, line)
            taken += line.approved_amount if line.source.is_support else 0
        _check_state(project)
    assert taken <= ENVELOPE


def _check_line(project, line):
    where = (project.code, line.source.code)
    if not line.source.is_support:
        return
    assert line.paid_amount <= (line.contracted_amount or 0) <= line.approved_amount, where
    shares = BeneficiaryAmount.objects.filter(beneficiary__project=project, source=line.source)
    assert shares.aggregate(sum=Sum("approved_amount"))["sum"] == line.approved_amount, where
    entries = Disbursement.objects.in_force().filter(project=project, source=line.source)
    assert sum(entry.signed_amount for entry in entries) == line.paid_amount, where
    counted = AcceptanceAmount.objects.filter(
        acceptance__in=acceptance.counting(project), source=line.source
    ).aggregate(sum=Sum("amount"))["sum"]
    assert (counted or 0) == (line.accepted_amount or 0), where
    assert (line.accepted_amount or 0) <= line.approved_amount, where
    assert (line.settled_amount or 0) <= (line.accepted_amount or 0), where


def _check_state(project):
    contract, final = project.contract, project.acceptances.in_force().filter(is_final=True).count()
    assert final == (project.status in WORKED_ON[1:]), (project.code, project.status)
    if project.status == ProjectStatus.APPROVED:
        assert contract is None
    if project.status in (ProjectStatus.SETTLING, ProjectStatus.SETTLED, ProjectStatus.LIQUIDATED):
        same = {"settling": "settling", "settled": "settled", "liquidated": "liquidated"}
        assert contract.status == same[project.status]
    if contract is None:
        assert not Disbursement.objects.in_force().filter(project=project).exists()
    else:
        assert contract.status != ContractStatus.CANCELLED
    if project.status == ProjectStatus.LIQUIDATED:
        for line in project.funding_lines.filter(source__code="KCDP"):
            assert line.paid_amount == (line.settled_amount or 0)


@pytest.fixture
def life(db):
    house = make_house()
    plan = draft_plan(house, budgets={"KCDP": ENVELOPE})
    projects = [planned_project(house, plan) for _ in range(2)]
    services.submit_plan(plan, by=house.reviewer)
    approve(house, plan)
    plan.refresh_from_db()
    return Life(house, plan, projects)


def play(life, steps):
    with transaction.atomic():
        for act, n, person in steps:
            who = life.people[person if person < 6 else MAY[act]]
            before = picture(life)
            try:
                with transaction.atomic():
                    getattr(life, act)(who, n)
            except (ValidationError, PermissionDenied):
                assert picture(life) == before, (act, n, person)
            check(life)
        assert first_broken_entry() is None
        transaction.set_rollback(True)


def test_any_life_keeps_sums_limits_and_states(life):
    reached.clear()
    for number in range(LIVES):
        play(life, steps_of(number))

    assert {"in_progress", "accepted", "settling", "settled", "liquidated", "stopped"} <= reached
