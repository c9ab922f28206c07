"""Final accounts of a contract: put up, returned, approved, liquidated; sums to the đồng."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from khuyencong.dates import today
from khuyencong.models import AuditEntry
from programs.models import AdvanceRule, PlanStatus
from projects.models import (
    Contract,
    ContractStatus,
    CostItem,
    Disbursement,
    FundingLine,
    Liquidation,
    Project,
    ProjectStatus,
    Settlement,
    SettlementStatus,
)
from projects.services import change_payment, close_plan, pay, void_payment
from projects.services import settlement as accounts
from tests.factories import source
from tests.projects.settlements import LOCAL, OWN, approved, due_contract, local_line, put_up, submitted, voucher
from tests.stories import accepted_project, make_house


@pytest.fixture
def house(db):
    return make_house()


@pytest.fixture
def contract(house):
    return due_contract(house)


def status_of(contract):
    contract.refresh_from_db()
    return contract.status, contract.projects.get().status


def test_accounts_say_what_is_still_to_pay(contract, house):
    submitted(contract, house, local=290_000_000)
    local, own = accounts.accounts_of(contract)

    assert (local.contracted, local.paid, local.accepted, local.put_up) == (LOCAL, 210_000_000, LOCAL, 290_000_000)
    assert (local.to_pay, local.to_refund) == (80_000_000, 0)
    assert (own.to_pay, own.to_refund) == (0, 0)


def test_accounts_say_what_is_to_give_back(contract, house):
    submitted(contract, house, local=200_000_000)

    assert [account.to_refund for account in accounts.accounts_of(contract)] == [10_000_000, 0]


def test_settlement_goes_from_put_up_to_liquidated(contract, house):
    settlement = submitted(contract, house)
    assert (settlement.status, status_of(contract)) == (
        SettlementStatus.SUBMITTED, (ContractStatus.SETTLING, ProjectStatus.SETTLING),
    )  # fmt: skip
    accounts.approve_settlement(settlement, by=house.director)
    assert status_of(contract) == (ContractStatus.SETTLED, ProjectStatus.SETTLED)
    assert local_line(contract).settled_amount == LOCAL

    FundingLine.objects.filter(pk=local_line(contract).pk).update(paid_amount=LOCAL)
    minutes = Liquidation(contract=contract, number="03/BBTL", signed_on=date(2026, 11, 20))
    accounts.liquidate_contract(minutes, by=house.accountant)
    assert status_of(contract) == (ContractStatus.LIQUIDATED, ProjectStatus.LIQUIDATED)
    told = AuditEntry.objects.filter(action="contract.liquidate").get()
    assert ["Số biên bản thanh lý", "", "03/BBTL"] in told.changes


@pytest.mark.parametrize(
    ("paid", "sentence"),
    [(210_000_000, "còn phải chi 90.000.000 đ"), (LOCAL, None)],
    ids=["to pay", "even"],
)
def test_nothing_closes_while_money_is_open(contract, house, paid, sentence):
    approved(contract, house)
    FundingLine.objects.filter(pk=local_line(contract).pk).update(paid_amount=paid)
    gaps = accounts.liquidation_gaps(contract := Contract.objects.get(pk=contract.pk))

    assert [sentence in gap for gap in gaps] == ([True] if sentence else [])
    if sentence:
        with pytest.raises(ValidationError):
            accounts.liquidate_contract(
                Liquidation(contract=contract, number="1", signed_on=today()), by=house.accountant
            )


def test_a_refund_is_asked_before_the_contract_closes(contract, house):
    approved(contract, house, local=200_000_000)

    assert accounts.liquidation_gaps(Contract.objects.get(pk=contract.pk)) == [
        f"{contract.projects.get().code}, {source('KCDP')}: còn phải thu hồi 10.000.000 đồng."
    ]


def test_vouchers_must_add_up_to_what_is_put_up(contract, house):
    settlement = put_up(contract, house, vouchers=[voucher(contract, LOCAL - 1)])

    assert accounts.settlement_gaps(settlement) == [
        f"{contract.projects.get().code}, {source('KCDP')}: bảng kê cộng 299.999.999 đồng, "
        "số đề nghị 300.000.000 đồng; hai số phải bằng nhau."
    ]
    with pytest.raises(ValidationError):
        accounts.submit_settlement(settlement, by=house.accountant)
    assert status_of(contract) == (ContractStatus.SIGNED, ProjectStatus.ACCEPTED)


def test_other_sources_are_listed_where_the_rate_is_of_the_whole_cost(contract, house):
    settlement = put_up(contract, house, includes_other_sources=True)
    assert [str(source("COUNTERPART")) in gap for gap in accounts.settlement_gaps(settlement)] == [True]

    rows = [voucher(contract, LOCAL), voucher(contract, OWN, source=source("COUNTERPART"))]
    assert accounts.settlement_gaps(put_up(contract, house, includes_other_sources=True, vouchers=rows)) == []


def test_more_than_was_accepted_is_never_settled(contract, house):
    settlement = put_up(contract, house, local=LOCAL + 1)

    assert "vượt số nghiệm thu 300.000.000 đ" in accounts.settlement_gaps(settlement)[0]


def test_number_and_day_are_asked_for(contract, house):
    settlement = put_up(contract, house, number="", dated_on=None)

    assert accounts.settlement_gaps(settlement) == ["Ghi số, ngày công văn đề nghị quyết toán."]


def test_a_project_at_work_keeps_the_contract_from_settling(contract, house):
    Project.objects.filter(contract=contract).update(status=ProjectStatus.IN_PROGRESS)

    assert "nghiệm thu hoặc ngừng trước đã" in accounts.settlement_gaps(put_up(contract, house))[0]


def test_a_returned_dossier_is_mended_and_put_up_again(contract, house):
    settlement = accounts.return_settlement(submitted(contract, house), by=house.director, reason="Thiếu hóa đơn.")
    assert (settlement.status, settlement.return_reason) == (SettlementStatus.RETURNED, "Thiếu hóa đơn.")
    assert status_of(contract) == (ContractStatus.SIGNED, ProjectStatus.ACCEPTED)

    again = submitted(contract, house, number="13/CV")
    assert (again.pk, again.status, again.return_reason) == (settlement.pk, SettlementStatus.SUBMITTED, "")


def test_a_dossier_put_up_does_not_change_any_more(contract, house):
    submitted(contract, house)

    with pytest.raises(ValidationError):
        put_up(contract, house, local=1)
    assert Settlement.objects.get().amounts.get(source=source("KCDP")).amount == LOCAL


def test_saving_tells_old_and_new_amounts(contract, house):
    put_up(contract, house)
    put_up(contract, house, local=290_000_000)
    told = AuditEntry.objects.filter(action="settlement.edit").latest("pk").changes
    first = AuditEntry.objects.filter(action="settlement.create").get().changes

    code = contract.projects.get().code
    assert [f"{code}, {source('KCDP')}: đề nghị quyết toán", "300.000.000", "290.000.000"] in told
    assert ["Tổng bảng kê chứng từ", "300.000.000", "290.000.000"] in told
    assert [f"{code}, {source('KCDP')}: đề nghị quyết toán", "", "300.000.000"] in first


@pytest.mark.parametrize("who", ["viewer", "director", "reviewer"])
def test_only_officers_and_accountants_put_up(contract, house, who):
    with pytest.raises(PermissionDenied):
        accounts.save_settlement(
            Settlement(contract=contract), by=getattr(house, who), amounts={}, vouchers=[]
        )  # fmt: skip


def test_vouchers_of_the_future_or_of_another_contract_are_refused(contract, house):
    with pytest.raises(ValidationError, match="tương lai"):
        put_up(contract, house, vouchers=[voucher(contract, 1, dated_on=today() + timedelta(days=1))])
    with pytest.raises(ValidationError, match="đề án của hợp đồng này"):
        put_up(contract, house, vouchers=[voucher(contract, 1, project=accepted_project(make_house(name="Khác")))])


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (date(2026, 1, 31), "trước ngày ký hợp đồng"), (date(2026, 11, 9), "trước ngày đề nghị quyết toán"),
        (timezone.localdate() + timedelta(days=2), "không thể ở tương lai"),  # a long run passes midnight
    ],
)  # fmt: skip
def test_liquidation_has_a_sensible_day(contract, house, day, sentence):
    approved(contract, house, local=210_000_000)
    contract = Contract.objects.get(pk=contract.pk)

    with pytest.raises(ValidationError, match=sentence):
        accounts.liquidate_contract(Liquidation(contract=contract, number="1", signed_on=day), by=house.accountant)


def test_force_majeure_is_explained(contract, house):
    approved(contract, house, local=210_000_000)
    minutes = Liquidation(
        contract=Contract.objects.get(pk=contract.pk), number="1", signed_on=date(2026, 11, 20), is_force_majeure=True
    )
    with pytest.raises(ValidationError, match="Bất khả kháng"):
        accounts.liquidate_contract(minutes, by=house.accountant)
    assert status_of(contract)[0] == ContractStatus.SETTLED


def stop(contract, **figures):
    Project.objects.filter(contract=contract).update(status=ProjectStatus.STOPPED)
    FundingLine.objects.filter(pk=local_line(contract).pk).update(**figures)


def test_a_stopped_project_gives_its_advance_back(contract, house):
    stop(contract, accepted_amount=None)
    local, own = accounts.accounts_of(contract)

    assert (local.due, local.to_refund, own.to_refund) == (0, 210_000_000, 0)
    assert accounts.open_money(contract.plan) == [
        f"{contract.projects.get().code}, {source('KCDP')}: còn phải thu hồi 210.000.000 đồng, đề án đã ngừng "
        "(Thông tư 36/2013/TT-BCT, Điều 12 khoản 6)."
    ]


def test_of_a_stopped_project_what_was_accepted_is_settled_but_no_more_is_paid(contract, house):
    stop(contract, accepted_amount=250_000_000)
    settlement = put_up(contract, house, local=250_000_000)

    assert [gap.text for gap in accounts.find_gaps(settlement)] == [
        f"{contract.projects.get().code}, {source('KCDP')}: đề án đã ngừng, không chi thêm được: "
        "đề nghị không quá số đã chi 210.000.000 đồng."
    ]
    assert accounts.settlement_gaps(put_up(contract, house, local=200_000_000)) == []


def test_without_acceptance_nothing_is_due_yet(contract, house):
    FundingLine.objects.filter(project__contract=contract).update(accepted_amount=None)

    assert [(row.due, row.to_pay, row.to_refund) for row in accounts.accounts_of(contract)] == [(None, 0, 0)] * 2


@pytest.mark.parametrize("other", ["source", "cost_item"])
def test_vouchers_name_a_source_and_an_item_of_their_project(contract, house, other):
    stranger = accepted_project(make_house(name="Khác"))
    item = CostItem.objects.create(project=stranger, name="Máy sấy", quantity=1, unit_price=1)
    fields = {"source": source("KCQG")} if other == "source" else {"cost_item": item}

    with pytest.raises(ValidationError, match="HD01"):
        put_up(contract, house, vouchers=[voucher(contract, LOCAL, **fields)])


@pytest.mark.parametrize(("second", "sentence"), [({}, "đã có trong bảng kê"), ({"amount": 0}, "lớn hơn 0")])
def test_vouchers_are_listed_once_and_say_an_amount(contract, house, second, sentence):
    rows = [voucher(contract, 1), voucher(contract, **{"amount": 1} | second)]
    rows[1].number += "b" * bool(second)
    with pytest.raises(ValidationError, match=sentence):
        put_up(contract, house, vouchers=rows)


def test_amounts_of_a_source_that_the_project_lacks_are_refused(contract, house):
    key = (contract.projects.get().pk, source("KCQG").pk)
    with pytest.raises(ValidationError, match="tải lại trang"):
        accounts.save_settlement(Settlement(contract=contract), by=house.officer, amounts={key: 1}, vouchers=[])


def test_a_project_taken_out_of_the_contract_leaves_its_dossier(contract, house):
    project = contract.projects.get()
    put_up(contract, house)
    Project.objects.filter(pk=project.pk).update(contract=None)
    settlement = Settlement.objects.get()
    accounts.save_settlement(settlement, by=house.accountant, amounts={}, vouchers=[])

    assert [settlement.amounts.count(), settlement.vouchers.count()] == [0, 0]
    assert accounts.accounts_of(contract) == []


def close(contract, house):
    return close_plan(contract.plan, by=house.director).status


def test_a_plan_stays_open_until_its_contracts_are_settled_and_even(contract, house):
    with pytest.raises(ValidationError, match="hợp đồng 300.000.000 đồng, chưa duyệt quyết toán"):
        close(contract, house)
    approved(contract, house)
    with pytest.raises(ValidationError, match="còn phải chi 90.000.000 đồng"):
        close(contract, house)
    FundingLine.objects.filter(pk=local_line(contract).pk).update(paid_amount=LOCAL)
    assert close(contract, house) == PlanStatus.CLOSED


def test_a_plan_stays_open_until_stopped_projects_gave_back(contract, house):
    stop(contract, accepted_amount=None)
    with pytest.raises(ValidationError, match="còn phải thu hồi 210.000.000 đồng, đề án đã ngừng"):
        close(contract, house)
    stop(contract, paid_amount=0)
    assert close(contract, house) == PlanStatus.CLOSED


def paid_by_voucher(contract, house, amount, number="UNC1", kind="payment"):
    project = contract.projects.get()
    return pay(
        project, by=house.accountant, source=source("KCDP"), kind=kind, amount=amount, voucher_number=number,
        paid_on=date(2026, 11, 15),
    )  # fmt: skip


@pytest.fixture
def paid_contract(contract, house):
    """The contract with its 210 triệu on one real voucher."""
    FundingLine.objects.filter(project__contract=contract).update(paid_amount=0)
    paid_by_voucher(contract, house, 210_000_000)
    return contract


def test_after_settlement_no_more_than_the_settled_amount_is_paid(paid_contract, house):
    approved(paid_contract, house, local=290_000_000)
    with pytest.raises(ValidationError, match="số quyết toán 290.000.000 đồng"):
        paid_by_voucher(paid_contract, house, 80_000_001, "UNC2")
    paid_by_voucher(paid_contract, house, 80_000_000, "UNC2")
    assert local_line(paid_contract).paid_amount == 290_000_000


def test_after_settlement_a_voucher_is_not_raised_beyond_the_settled_amount(paid_contract, house):
    approved(paid_contract, house, local=290_000_000)
    entry = Disbursement.objects.get()
    with pytest.raises(ValidationError, match="số quyết toán 290.000.000 đồng"):
        change_payment(entry, by=house.accountant, amount=290_000_001)
    assert local_line(paid_contract).paid_amount == 210_000_000


def test_after_settlement_advances_count_too(paid_contract, house):
    AdvanceRule.objects.all().delete()
    Disbursement.objects.update(kind="advance", paid_on=date(2026, 6, 5), amount=50_000_000)
    FundingLine.objects.filter(pk=local_line(paid_contract).pk).update(paid_amount=50_000_000)
    approved(paid_contract, house, local=60_000_000)
    entry = Disbursement.objects.get()
    with pytest.raises(ValidationError, match="số quyết toán 60.000.000 đồng"):
        change_payment(entry, by=house.accountant, amount=60_000_001)
    assert local_line(paid_contract).paid_amount == 50_000_000


def test_what_was_paid_too_much_is_given_back_in_parts(paid_contract, house):
    approved(paid_contract, house, local=200_000_000)
    for number, left in (("PT1", 6_000_000), ("PT2", 0)):
        amount = 4_000_000 if left else 6_000_000
        paid_by_voucher(paid_contract, house, amount, number, "refund")
        assert accounts.accounts_of(paid_contract)[0].to_refund == left
    with pytest.raises(ValidationError, match="số quyết toán"):
        void_payment(Disbursement.objects.get(voucher_number="PT2"), by=house.accountant, reason="Nhập nhầm.")
