"""What a handover takes from the accepted files, so that nobody types it twice."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from programs.models import PaperStep
from projects import services
from projects.models import (
    Acceptance,
    AcceptanceMember,
    HandoverMinutes,
    Paper,
    PaperCopy,
    Project,
    ProjectStatus,
    SupportContract,
)
from projects.services import prefill
from projects.services.acceptance_prefill import amounts_left, works_left
from tests import stories
from tests.factories import OrganisationFactory, source
from tests.projects.handovers import add_minutes, draft_handover, machine

MILLION = 1_000_000


def accept(house, project, number, place=None, *, done=None):
    minutes = Acceptance(
        project=project, form="", number=number, accepted_on=date(2026, 11, 1), beneficiary=place,
        is_final=place is None,
    )  # fmt: skip
    works = works_left(project, place)
    for work in works:
        work.is_new = True
        if done is not None:
            work.done_quantity, work.amount = done, int(done * work.cost_item.unit_price)
    chair = AcceptanceMember(name="Lê Văn Chủ", body="Sở Công Thương", is_chair=True)
    services.accept(minutes, by=house.director, members=[chair], works=works, amounts=amounts_left(project, place))
    return Project.objects.get(pk=project.pk)


@pytest.fixture
def project(house):
    """Accepted at the first of its two places, one machine of two, then as a whole."""
    running = stories.project_of_two_places(house)
    running = accept(house, running, "01/BBNT", running.beneficiaries.first(), done=Decimal(1))
    return accept(house, running, "02/BBNT")


def found(event, receiver):
    kind = "receiver_facility" if hasattr(receiver, "tax_code") else "receiver"
    return prefill.from_files(HandoverMinutes(event=event, **{kind: receiver}))


def items(rows):
    return [(row.name, row.quantity, row.amount, row.condition) for row in rows.items]


def contracts(rows):
    return [
        (contract.number, {part.code: amount // MILLION for part, amount in amounts.items()})
        for contract, amounts in rows.contracts
    ]


def test_facility_gets_its_machines_as_accepted(house, project):
    event = draft_handover(house, project)
    first, second = (row.facility for row in project.beneficiaries.all())

    # One machine in each of two minutes is one line.
    assert items(found(event, first)) == [("Máy nấu chân không", 2, 400 * MILLION, "Mới 100%")]
    assert items(found(event, second)) == [("Máy sấy", 1, 240 * MILLION, "Mới 100%")]


def test_without_accepted_works_the_estimate_speaks(house):
    project = services.accept_project(
        stories.project_of_two_places(house), by=house.director, number="1", accepted_on=date(2026, 11, 1)
    )
    event = draft_handover(house, project)

    assert items(found(event, project.beneficiaries.first().facility)) == [
        ("Máy nấu chân không", 2, 400 * MILLION, ""),
    ]  # fmt: skip


def test_contracts_of_support_come_with_their_values_per_source(house, project):
    first, second = project.beneficiaries.all()
    SupportContract.objects.create(beneficiary=first, number="01/HĐHT", signed_on=date(2026, 3, 1))
    SupportContract.objects.create(beneficiary=second, number="01/HĐHT", signed_on=date(2026, 3, 2))
    event = draft_handover(house, project)
    both = contracts(found(event, OrganisationFactory()))

    assert contracts(found(event, first.facility)) == [("01/HĐHT", {"KCDP": 200, "COUNTERPART": 200})]
    assert both == [
        ("01/HĐHT", {"KCDP": 200, "COUNTERPART": 200}),
        (f"01/HĐHT – {second}", {"KCDP": 100, "COUNTERPART": 140}),
    ]


def test_papers_are_the_minutes_in_force_and_the_dossier(house, project):
    first = project.beneficiaries.first()

    def add(name, **fields):
        return Paper.objects.create(
            project=project, step=PaperStep.REMAINING, name=name, added_by=house.officer, **fields
        )

    add("Hóa đơn máy nấu", number="HĐ 7", beneficiary=first, copy_kind=PaperCopy.VALID_COPY)
    add("Quyết định giao", number="5/QĐ")
    add("Biên bản nghiệm thu quét", number="02/BBNT", dated_on=date(2026, 11, 1))
    gone = add("Nhập nhầm")
    gone.removed_at, gone.removed_by, gone.remove_reason = gone.added_at, house.officer, "Nhầm."
    gone.save()
    event = draft_handover(house, project)
    own, all_of_them = (found(event, receiver).papers for receiver in (first.facility, OrganisationFactory()))

    assert [(row.number, row.copy_kind) for row in own] == [
        ("01/BBNT", "copy"), ("02/BBNT", "copy"), ("HĐ 7", "copy"),
    ]  # fmt: skip
    assert [(row.number, row.copy_kind) for row in all_of_them] == [
        ("01/BBNT", "original"), ("02/BBNT", "original"), ("HĐ 7", "valid_copy"), ("5/QĐ", "original"),
    ]  # fmt: skip


def test_minutes_of_all_facilities_hold_their_contracts(house, project):
    SupportContract.objects.create(
        beneficiary=project.beneficiaries.first(), number="01/HĐHT", signed_on=date(2026, 3, 1)
    )
    saved = prefill.save_minutes_of_facilities(draft_handover(house, project), by=house.officer)

    assert [minutes.contracts.count() for minutes in saved] == [1, 0]
    assert saved[0].contracts.get().amounts.get(source=source("KCDP")).amount == 200 * MILLION


@pytest.mark.parametrize("status", [ProjectStatus.SETTLING, ProjectStatus.SETTLED])
def test_results_change_hands_while_accounts_are_made_up(house, project, status):
    Project.objects.filter(pk=project.pk).update(status=status)
    event = draft_handover(house, Project.objects.get())
    add_minutes(house, event, project.beneficiaries.first().facility, items=[machine()])
    services.complete_handover(event, by=house.officer)

    assert Project.objects.get().status == status


def test_nothing_is_handed_over_once_its_acceptance_was_reopened(house, project):
    event = draft_handover(house, project)
    add_minutes(house, event, project.beneficiaries.first().facility, items=[machine()])
    services.reopen_acceptance(project, by=house.director, reason="Sai khối lượng.")

    with pytest.raises(ValidationError, match="nghiệm thu lại rồi lấy lại số liệu"):
        services.complete_handover(event, by=house.officer)

    assert [row.number for row in prefill.reopened_since(event)] == ["01/BBNT", "02/BBNT"]
