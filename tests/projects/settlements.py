"""Final accounts told through the services: an accepted project under contract, its dossier at each step."""

from datetime import date

from projects.models import Contract, FundingLine, Project, Settlement, Voucher
from projects.services import settlement as accounts
from tests.factories import source
from tests.stories import accepted_project, contract_of

LOCAL, OWN, PAID = 300_000_000, 340_000_000, 210_000_000


def due_contract(house, project=None, *, number="05/HĐ-SCT"):
    """An accepted project under a contract of which 210 triệu of the 300 are paid."""
    project = project or accepted_project(house)
    contract = contract_of(project, number=number, created_by=house.officer, updated_by=house.officer)
    contract.save()
    Project.objects.filter(pk=project.pk).update(contract=contract)
    for line in FundingLine.objects.filter(project=project):
        line.contracted_amount = line.approved_amount
        line.paid_amount = PAID if line.source.is_support else 0
        line.save()
    return Contract.objects.get(pk=contract.pk)


def voucher(contract, amount, **fields):
    values = {
        "project": contract.projects.get(), "source": source("KCDP"), "number": "HD01", "dated_on": date(2026, 9, 1),
        "content": "Mua máy nấu kẹo", "payee": "Công ty Cơ khí An Phát", "amount": amount,
    }  # fmt: skip
    return Voucher(**values | fields)


def put_up(contract, house, *, local=LOCAL, own=OWN, vouchers=None, **fields):
    project = contract.projects.get()
    head = {"number": "12/CV", "dated_on": date(2026, 11, 10)} | fields
    settlement = Settlement.objects.filter(contract=contract).first() or Settlement(contract=contract)
    for name, value in head.items():
        setattr(settlement, name, value)
    amounts = {(project.pk, source("KCDP").pk): local, (project.pk, source("COUNTERPART").pk): own}
    rows = [voucher(contract, local)] if vouchers is None else vouchers
    return accounts.save_settlement(settlement, by=house.accountant, amounts=amounts, vouchers=rows)


def submitted(contract, house, **fields):
    return accounts.submit_settlement(put_up(contract, house, **fields), by=house.accountant)


def approved(contract, house, **fields):
    return accounts.approve_settlement(submitted(contract, house, **fields), by=house.director)


def local_line(contract):
    return FundingLine.objects.get(project__contract=contract, source=source("KCDP"))


def pay_up(contract, amount=LOCAL):
    """As if so much had been paid of the local money."""
    FundingLine.objects.filter(pk=local_line(contract).pk).update(paid_amount=amount)
