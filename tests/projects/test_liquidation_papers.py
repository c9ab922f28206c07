"""Liquidation minutes on paper: parties, figures of the accounts, what is to pay or to refund, gaps, refusals."""

import io
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from pypdf import PdfReader

from khuyencong.documents.kinds import DRAFT, Imprint
from khuyencong.models import Signer
from projects import services
from projects.documents import LIQUIDATION_MINUTES, liquidation_minutes
from projects.models import AcceptanceWork, Contract, ContractStatus, FundingLine, Liquidation, Project
from projects.services import settlement as accounting
from projects.services.acceptance import measured
from tests import stories
from tests.factories import OrganisationFactory, UserFactory, thai_nguyen
from tests.projects.settlements import LOCAL, OWN, PAID, approved, due_contract, pay_up

DAY = date(2026, 11, 20)
ISSUED = Imprint(draft=False)


@pytest.fixture
def contract(house):
    due = due_contract(house)
    Contract.objects.filter(pk=due.pk).update(party_a_signer="Lê Văn Tám, Phó Giám đốc", party_b_signer="Mai Tùng")
    return Contract.objects.get(pk=due.pk)


def liquidated(contract, house, **fields):
    approved(contract, house)
    pay_up(contract)
    values = {"number": "03/BBTL", "signed_on": DAY} | fields
    accounting.liquidate_contract(Liquidation(contract=contract, **values), by=house.accountant)
    return Contract.objects.get(pk=contract.pk)


def context_of(contract, imprint=DRAFT):
    return liquidation_minutes(contract, imprint).context


def html_of(contract, imprint=DRAFT):
    return " ".join(liquidation_minutes(contract, imprint).render_html().split())


def test_parties_and_who_signs_for_them(house, contract):
    house.centre.address = "12 Hùng Vương"
    house.centre.save()
    Signer.objects.create(organisation=house.centre, name="Trần Giám Đốc", post="Giám đốc", kind="liquidation_minutes")
    context = context_of(Contract.objects.get(pk=contract.pk))

    assert [(row["label"], row["name"], row["representative"], row["position"]) for row in context["parties"]] == [
        ("Bên A", house.department.name, "Lê Văn Tám", "Phó Giám đốc"),
        ("Bên B (đơn vị thực hiện)", house.centre.name, "Trần Giám Đốc", "Giám đốc"),
    ]
    assert context["parties"][1]["address"] == "12 Hùng Vương"
    assert [(row["party"], row["mode"], row["name"]) for row in context["signatures"]] == [
        (f"Đại diện bên B\n{house.centre.name}", "", "Trần Giám Đốc"),
        (f"Đại diện bên A\n{house.department.name}", "KT", "Lê Văn Tám"),
    ]


def test_grounds_name_contract_acceptance_and_request(house, contract):
    approved(contract, house)
    assert context_of(Contract.objects.get(pk=contract.pk))["grounds"][1:] == [
        "Căn cứ Hợp đồng số 05/HĐ-SCT ngày 01 tháng 02 năm 2026",
        "Căn cứ Biên bản nghiệm thu số 01/BBNT ngày 01 tháng 11 năm 2026",
        "Căn cứ Công văn đề nghị quyết toán số 12/CV ngày 10 tháng 11 năm 2026",
    ]


def test_figures_are_those_of_the_screen(client, house, contract):
    approved(contract, house)
    client.force_login(house.accountant)
    screen = client.get(reverse("projects:settlement_detail", args=[contract.pk])).context["table"].support
    context = context_of(contract)
    [group] = context["accounts"]

    assert {name: context["totals"][name] for name in screen.totals} == screen.totals
    names = ("contracted", "accepted", "paid", "to_pay", "to_refund")
    assert [tuple(row[name] for name in names) for row in group["rows"]] == [(LOCAL, LOCAL, PAID, LOCAL - PAID, 0)]
    assert context["own_accepted"] == OWN
    assert "Bên A còn thanh toán cho bên B: 90.000.000 đồng (bằng chữ: Chín mươi triệu đồng)." in html_of(contract)


def test_money_paid_too_much_goes_back_by_its_clause(house, contract):
    FundingLine.objects.filter(project__contract=contract, source__category="local").update(accepted_amount=LOCAL // 2)
    html = html_of(contract)
    assert "Bên B phải hoàn trả theo khoản 6 Điều 12 Thông tư số 36/2013/TT-BCT: 60.000.000 đồng" in html
    assert "(bằng chữ: Sáu mươi triệu đồng)." in html


def test_even_accounts_say_so(house, contract):
    html = html_of(liquidated(contract, house), ISSUED)
    assert "Hai bên không còn khoản phải thanh toán, phải hoàn trả." in html
    assert "BẢN NHÁP" not in html


def test_number_and_day_are_those_of_the_liquidation(house, contract):
    draft = context_of(contract)
    assert (draft["number_text"], draft["symbol"], draft["date"]) == ("", "BB-SCT", None)
    assert "Hôm nay, ngày ...... tháng ...... năm ......" in html_of(contract)

    done = liquidated(contract, house)
    assert (context_of(done)["number_text"], context_of(done)["date"]) == ("03/BBTL", DAY)
    assert liquidation_minutes(done, ISSUED).filename == "2026_BBTL_KC26-001_05-hd-sct"
    assert LIQUIDATION_MINUTES.title(done) == (
        "Thanh lý Hợp đồng số 05/HĐ-SCT ngày 01 tháng 02 năm 2026, thực hiện Đề án “Ứng dụng máy móc tiên tiến trong "
        "sản xuất kẹo dừa”"
    )


def test_force_majeure_is_explained(house, contract):
    done = liquidated(contract, house, is_force_majeure=True, explanation="Bão số 3.\nBiên bản 02/BB-UBND.")
    html = html_of(done)
    assert "Hợp đồng chưa đạt mục tiêu do bất khả kháng" in html
    assert "(khoản 4 Điều 18 Thông tư số 36/2013/TT-BCT)" in html
    assert "<p>Bão số 3.</p> <p>Biên bản 02/BB-UBND.</p>" in html


def test_gaps_tell_what_is_open(house, contract):
    assert LIQUIDATION_MINUTES.gaps(contract, ISSUED) == [
        "Ghi nhận thanh lý hợp đồng để biên bản có số, ngày.",
        "Hợp đồng đang “Đang thực hiện”; thanh lý sau khi duyệt quyết toán.",
    ]
    assert LIQUIDATION_MINUTES.gaps(liquidated(contract, house), ISSUED) == []


def test_settlers_of_the_body_issue(house, contract):
    stranger = UserFactory(organisation=OrganisationFactory(areas=[thai_nguyen()]))
    assert LIQUIDATION_MINUTES.refusal(house.accountant, contract) is None
    assert LIQUIDATION_MINUTES.refusal(house.director, contract).startswith("Việc “Phát hành biên bản thanh lý”")
    assert list(LIQUIDATION_MINUTES.records(house.viewer)) == [contract]
    assert list(LIQUIDATION_MINUTES.records(stranger)) == []
    project = contract.projects.get()
    facility = project.beneficiaries.get().facility
    assert list(LIQUIDATION_MINUTES.subjects(contract)) == [contract, project, facility, contract.plan]


def test_pages_of_the_contract_lead_to_the_minutes(client, house, contract):
    done = liquidated(contract, house)
    client.force_login(house.accountant)
    prepare = f'href="{reverse("document_prepare", args=["liquidation_minutes", done.pk])}"'
    for name in ("contract_detail", "liquidate"):
        assert prepare in client.get(reverse(f"projects:{name}", args=[done.pk])).content.decode()


def test_cancelled_contract_has_no_minutes(contract):
    contract.status = ContractStatus.CANCELLED
    assert LIQUIDATION_MINUTES.variants(contract) == []


@pytest.fixture
def contract_of_two(house):
    """Two projects of one plan under one contract, both accepted, the second without any work measured."""
    plan = stories.draft_plan(house)
    projects = [stories.planned_project(house, plan, name=name, support=LOCAL) for name in ("Sấy cá", "Nấu kẹo")]
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    projects = list(Project.objects.order_by("code"))
    contract = services.sign_contract(stories.contract_of(*projects), by=house.accountant, projects=projects)
    for number, project in enumerate(Project.objects.order_by("code"), 1):
        project = services.start_project(project, by=house.officer)
        services.accept_project(project, by=house.director, number=f"0{number}/BBNT", accepted_on=date(2026, 11, 1))
    AcceptanceWork.objects.create(
        acceptance=projects[0].acceptances.get(), name="Lò sấy", unit_name="lò", contracted_quantity=2,
        done_quantity=Decimal("1.50"), amount=OWN,
    )  # fmt: skip
    return contract


def test_contract_of_several_projects_names_each(contract_of_two):
    context = context_of(contract_of_two)
    first, second = Project.objects.order_by("code")

    assert context["subject"][1] == "thực hiện 2 đề án, nhiệm vụ khuyến công"
    assert [group["name"] for group in context["accounts"]] == [f"{row.code}: {row.name}" for row in (first, second)]
    assert context["totals"]["contracted"] == 2 * LOCAL
    assert [volume["name"] for volume in context["volumes"]] == [f"{first.code}: {first.name}"]
    [item] = context["volumes"][0]["items"]
    assert (item["done"], item["percent"]) == (measured(first)[0].done, 75)
    assert liquidation_minutes(contract_of_two, ISSUED).filename == "2026_BBTL_KC26-001-va-1-de-an_15-hd-kc"


def test_large_minutes_come_out_whole(contract_of_two):
    name = ("Ứng dụng máy móc thiết bị tiên tiến trong chế biến nông sản " * 4)[:200].strip()
    huge = 999_999 * 10**9
    Project.objects.update(name=name)
    stages = ("requested", "appraised", "approved", "contracted", "accepted")
    FundingLine.objects.update(**{f"{stage}_amount": huge for stage in stages})
    reader = PdfReader(io.BytesIO(liquidation_minutes(contract_of_two).render_pdf()))
    text = " ".join(" ".join(page.extract_text().split()) for page in reader.pages)

    assert "1.999.998.000.000.000" in text
    assert text.count("999.999.000.000.000") >= 4
    assert "ĐẠI DIỆN BÊN B" in text
    # The wide table turns its page.
    assert any(page.mediabox.width > page.mediabox.height for page in reader.pages)


def test_groups_are_numbered_on_one_line_each(contract_of_two):
    minutes = liquidation_minutes(contract_of_two)
    minutes.context["accounts"] = minutes.context["accounts"] * 9
    pages = PdfReader(io.BytesIO(minutes.render_pdf())).pages
    words = " ".join(page.extract_text() for page in pages).split()

    assert {"VIII", "XIII", "XVII", "XVIII"} <= set(words)
