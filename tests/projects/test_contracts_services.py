"""Contracts: one per implementer, several projects, never more than approved, never less than paid."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from khuyencong.dates import today
from khuyencong.models import AuditEntry
from khuyencong.versions import StaleVersionError
from projects import services
from projects.models import Contract, ContractStatus, ProjectStatus, SupportContract
from projects.services.contracts import amount_key
from tests import stories
from tests.factories import OrganisationFactory, content, source

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return stories.make_house()


@pytest.fixture
def pair(house):
    """Two approved projects of one plan and one implementer."""
    plan = stories.draft_plan(house)
    projects = [stories.planned_project(house, plan, content=content("VOCATIONAL")) for _ in range(2)]
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    for project in projects:
        project.refresh_from_db()
    return projects


def contracted(project):
    return {line.source.code: line.contracted_amount for line in project.funding_lines.select_related("source")}


def refusal(call, *args, **kwargs):
    with pytest.raises(ValidationError) as caught:
        call(*args, **kwargs)
    error = caught.value
    return error.message_dict if hasattr(error, "error_dict") else error.messages


def test_contract_ties_several_projects_as_approved(house, pair):
    contract = services.sign_contract(stories.contract_of(*pair), by=house.officer, projects=pair)

    for project in pair:
        project.refresh_from_db()
        assert (project.status, project.contract) == (ProjectStatus.CONTRACTED, contract)
        assert contracted(project) == {"KCDP": 300_000_000, "COUNTERPART": 340_000_000}
    told = AuditEntry.objects.about(pair[0]).latest("pk")
    assert (told.label, told.changes[:2]) == (
        "Ký hợp đồng", [["hợp đồng", "", "15/HĐ-KC"], ["Khuyến công địa phương: hợp đồng", "", "300.000.000"]],
    )  # fmt: skip


def test_contract_takes_less_and_refuses_more_than_approved(house, pair):
    first, second = pair
    local = source("KCDP")
    amounts = {(first.pk, local.pk): 250_000_000, (second.pk, local.pk): 300_000_001}

    told = refusal(services.sign_contract, stories.contract_of(*pair), by=house.officer, projects=pair, amounts=amounts)

    assert told == {
        amount_key(second.pk, local.pk): [
            "300.000.001 đồng vượt số được duyệt 300.000.000 đồng: muốn tăng thì phải có quyết định điều chỉnh."
        ]
    }
    assert Contract.objects.count() == 0
    first.refresh_from_db()
    assert (first.status, first.contract) == (ProjectStatus.APPROVED, None)


def test_contract_is_with_the_implementer_of_every_project(house, pair):
    other = OrganisationFactory(name="Công ty Tư vấn")

    told = refusal(services.sign_contract, stories.contract_of(*pair, party_b=other), by=house.officer, projects=pair)

    assert told == {
        "projects": [
            f"Bên B không phải đơn vị thực hiện của {pair[0].code}, {pair[1].code}: mỗi đơn vị thực hiện một hợp đồng."
        ]
    }


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (date(2026, 1, 3), "Ngày ký không thể trước ngày phê duyệt kế hoạch 04/01/2026 (10/QĐ-UBND)."),
        (today() + timedelta(days=2), "Ngày ký không thể ở tương lai."),  # a long run passes midnight
    ],
)
def test_contract_is_signed_between_decision_and_today(house, pair, day, sentence):
    contract = stories.contract_of(*pair, signed_on=day, ends_on=day)

    assert refusal(services.sign_contract, contract, by=house.officer, projects=pair) == {"signed_on": [sentence]}


def test_contract_number_is_used_once_in_a_year(house, pair):
    first, second = pair
    services.sign_contract(stories.contract_of(first), by=house.officer, projects=[first])

    told = refusal(
        services.sign_contract, stories.contract_of(second, signed_on=date(2026, 3, 1)), by=house.officer,
        projects=[second],
    )  # fmt: skip

    assert told == {
        "number": [f"Số này đã dùng trong năm 2026: Hợp đồng 15/HĐ-KC, ngày 01/02/2026, {house.centre.name}."]
    }


def test_nothing_is_contracted_under_a_plan_that_is_not_approved(house):
    plan = stories.draft_plan(house)
    project = stories.planned_project(house, plan)

    with pytest.raises(PermissionDenied, match="sau khi kế hoạch được phê duyệt"):
        services.sign_contract(
            stories.contract_of(project, party_a=house.department), by=house.officer, projects=[project]
        )


def test_project_has_one_contract_at_a_time(house, pair):
    first, _second = pair
    services.sign_contract(stories.contract_of(first), by=house.officer, projects=[first])

    told = refusal(
        services.sign_contract, stories.contract_of(first, number="16/HĐ-KC"), by=house.officer, projects=[first]
    )

    assert told == {"projects": [f"{first.code} đã có Hợp đồng 15/HĐ-KC."]}


def test_project_that_has_begun_gets_its_contract_and_stays(house):
    project = services.start_project(stories.approved_project(house), by=house.officer)

    services.sign_contract(stories.contract_of(project), by=house.officer, projects=[project])

    project.refresh_from_db()
    assert (project.status, contracted(project)["KCDP"]) == (ProjectStatus.IN_PROGRESS, 300_000_000)


def test_change_takes_projects_in_and_out_and_moves_amounts(house, pair):
    first, second = pair
    contract = services.sign_contract(stories.contract_of(first), by=house.officer, projects=[first])

    services.change_contract(
        contract, by=house.reviewer, projects=[second], amounts={(second.pk, source("KCDP").pk): 200_000_000},
        expected_version=contract.version,
    )  # fmt: skip

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.contract, contracted(first)["KCDP"]) == (ProjectStatus.APPROVED, None, None)
    assert (second.status, contracted(second)["KCDP"]) == (ProjectStatus.CONTRACTED, 200_000_000)


def test_change_never_goes_below_what_was_paid(house, pair):
    first, _second = pair
    contract = services.sign_contract(stories.contract_of(first), by=house.officer, projects=[first])
    stories.pay(house, first, 140_000_000)
    key = first.pk, source("KCDP").pk

    told = refusal(services.change_contract, contract, by=house.reviewer, amounts={key: 139_999_999})
    assert told == {amount_key(*key): ["Đã chi 140.000.000 đồng: giá trị hợp đồng không thể nhỏ hơn số đó."]}
    # The advance would stand above 70 % of the smaller contract.
    told = refusal(services.change_contract, contract, by=house.reviewer, amounts={key: 199_999_999})
    assert "Chứng từ khác sẽ không còn đúng: Tạm ứng PC 01 ngày 05/06/2026" in told[amount_key(*key)][0]
    services.change_contract(contract, by=house.reviewer, amounts={key: 200_000_000})
    assert contracted(first)["KCDP"] == 200_000_000


def test_change_on_a_stale_page_is_told(house, pair):
    first, _second = pair
    contract = services.sign_contract(stories.contract_of(first), by=house.officer, projects=[first])
    contract.note = "Sửa"

    with pytest.raises(StaleVersionError):
        services.change_contract(contract, by=house.reviewer, expected_version=contract.version - 1)


def test_cancelled_contract_frees_its_projects_and_its_number(house, pair):
    contract = services.sign_contract(stories.contract_of(*pair), by=house.officer, projects=pair)

    services.cancel_contract(contract, by=house.reviewer, reason="Đơn vị xin rút")

    contract.refresh_from_db()
    assert contract.status == ContractStatus.CANCELLED
    for project in pair:
        project.refresh_from_db()
        assert (project.status, project.contract) == (ProjectStatus.APPROVED, None)
        assert set(contracted(project).values()) == {None}
    services.sign_contract(stories.contract_of(*pair), by=house.officer, projects=pair)


def test_contract_with_money_paid_is_not_cancelled(house, pair):
    contract = services.sign_contract(stories.contract_of(*pair), by=house.officer, projects=pair)
    stories.pay(house, pair[1], 10_000_000)

    told = refusal(services.cancel_contract, contract, by=house.reviewer, reason="Đơn vị xin rút")

    code = pair[1].code
    assert told == [f"{code} đã chi 10.000.000 đồng: bỏ chứng từ hoặc hoàn trả theo đúng quy định trước."]
    contract.refresh_from_db()
    assert contract.status == ContractStatus.SIGNED


def test_appendix_changes_amounts_and_keeps_its_words(house, pair):
    first, _second = pair
    contract = services.sign_contract(stories.contract_of(first), by=house.officer, projects=[first])
    key = first.pk, source("KCDP").pk

    appendix = services.add_appendix(
        contract, by=house.accountant, number="PL01", signed_on=date(2026, 5, 4), content="Giảm 50 triệu đồng.",
        amounts={key: 250_000_000},
    )  # fmt: skip

    assert (str(appendix), contracted(first)["KCDP"]) == ("Phụ lục PL01", 250_000_000)
    assert contracted(first)["COUNTERPART"] == 340_000_000
    assert AuditEntry.objects.about(first).latest("pk").changes == [
        ["Khuyến công địa phương: hợp đồng", "300.000.000", "250.000.000"]
    ]
    told = refusal(
        services.add_appendix, contract, by=house.accountant, number="PL02", signed_on=date(2026, 1, 31), content="x"
    )
    assert list(told) == ["signed_on"]


def test_support_contract_of_a_facility(house):
    project = stories.contracted_project(house)
    beneficiary = project.beneficiaries.get()
    support = SupportContract(beneficiary=beneficiary, number="02/HĐHT", signed_on=date(2026, 2, 10))

    services.save_support_contract(support, by=house.officer)

    assert beneficiary.support_contracts.get() == support
    again = SupportContract(beneficiary=beneficiary, number="02/HĐHT", signed_on=date(2026, 2, 11))
    told = refusal(services.save_support_contract, again, by=house.officer)
    assert "Cơ sở đã có hợp đồng hỗ trợ mang số này." in str(told)
    services.drop_support_contract(support, by=house.officer)
    assert not beneficiary.support_contracts.exists()


@pytest.mark.parametrize("role", ["director", "viewer"])
def test_contracts_are_not_for_everyone(house, pair, role):
    with pytest.raises(PermissionDenied):
        services.sign_contract(stories.contract_of(*pair), by=getattr(house, role), projects=pair)
