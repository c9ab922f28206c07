"""Pages of contracts, vouchers and the year's end: who may, what is kept as typed, constant queries."""

from datetime import date

import pytest
from django.urls import reverse

from programs.models import PaperRule, PaperStep
from projects import services
from projects.models import Contract, ContractStatus, Disbursement, SupportContract
from projects.services.contracts import amount_key
from tests import stories
from tests.factories import OrganisationFactory, content, source, thai_nguyen

pytestmark = pytest.mark.django_db
MILLION = 1_000_000


@pytest.fixture
def house():
    return stories.make_house()


@pytest.fixture
def project(house):
    return stories.contracted_project(house, content=content("VOCATIONAL"))


def text_of(answer):
    return " ".join(answer.content.decode().split())


def typed(project, **fields):
    """A contract as the page posts it."""
    amounts = {
        amount_key(project.pk, line.source_id): str(line.approved_amount) for line in project.funding_lines.all()
    }
    return {
        "kind": "implementation", "number": "15/HĐ-KC", "signed_on": "01/02/2026", "ends_on": "15/12/2026",
        "party_a": str(project.implementing_unit.parent), "projects": [project.pk], **amounts, **fields,
    }  # fmt: skip


def voucher(**fields):
    return {"source": source("KCDP").pk, "paid_on": "05/06/2026", "amount": "100tr", "voucher_number": "PC 01"} | fields


def test_contract_is_signed_from_the_plan_with_what_was_approved(client, house):
    project = stories.approved_project(house)
    client.force_login(house.officer)
    address = reverse("projects:contract_create", args=[project.plan_id])

    page = client.get(address)
    answer = client.post(address, typed(project))

    form = page.context["form"]
    assert form[amount_key(project.pk, source("KCDP").pk)].value() == 300 * MILLION
    contract = Contract.objects.get()
    assert answer.url == contract.get_absolute_url()
    detail = text_of(client.get(answer.url))
    assert "Đã ký Hợp đồng 15/HĐ-KC: 1 đề án, hỗ trợ 300.000.000 đồng." in detail


def test_refused_contract_keeps_what_was_typed_at_its_field(client, house):
    project = stories.approved_project(house)
    client.force_login(house.officer)
    key = amount_key(project.pk, source("KCDP").pk)

    answer = client.post(
        reverse("projects:contract_create", args=[project.plan_id]), typed(project, **{key: "301tr", "note": "Giữ lại"})
    )

    form = answer.context["form"]
    assert answer.status_code == 200
    assert form.errors[key] == [
        "301.000.000 đồng vượt số được duyệt 300.000.000 đồng: muốn tăng thì phải có quyết định điều chỉnh."
    ]
    assert "301tr" in text_of(answer)
    assert "Giữ lại" in text_of(answer)
    assert not Contract.objects.exists()


def test_contract_asks_which_implementer(client, house):
    plan = stories.draft_plan(house)
    other = OrganisationFactory(name="Trung tâm Tư vấn", parent=house.department)
    first = stories.planned_project(house, plan)
    stories.planned_project(house, plan, implementing_unit=other)
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    client.force_login(house.officer)
    address = reverse("projects:contract_create", args=[plan.pk])

    asked = client.get(address)
    chosen = client.get(address, {"don-vi": other.pk})
    of_project = client.get(address, {"de-an": first.pk})

    assert [unit for unit, _projects in asked.context["implementers"]] == [first.implementing_unit, other]
    assert chosen.context["party_b"] == other
    assert of_project.context["party_b"] == first.implementing_unit


def test_contract_is_edited_and_a_stale_page_shows_the_conflict(client, house, project):
    contract = project.contract
    client.force_login(house.reviewer)
    address = reverse("projects:contract_edit", args=[contract.pk])
    key = amount_key(project.pk, source("KCDP").pk)

    client.post(address, typed(project, version=contract.version, **{key: "250tr"}))
    stale = client.post(address, typed(project, version=contract.version, number="16/HĐ-KC"))

    assert project.funding_lines.get(source__code="KCDP").contracted_amount == 250 * MILLION
    assert stale.status_code == 200
    assert stale.context["form"].conflict_with == contract


def test_contract_is_cancelled_with_a_reason(client, house, project):
    client.force_login(house.accountant)
    address = reverse("projects:contract_cancel", args=[project.contract_id])

    assert client.post(address, {"reason": ""}).context["form"].errors["reason"] == ["Nêu lý do."]
    assert client.post(address, {"reason": "Đơn vị xin rút"}).status_code == 302
    assert Contract.objects.get().status == ContractStatus.CANCELLED


def test_appendix_stands_on_the_contract(client, house, project):
    client.force_login(house.officer)
    key = amount_key(project.pk, source("KCDP").pk)
    own = amount_key(project.pk, source("COUNTERPART").pk)
    data = {"number": "PL01", "signed_on": "04/05/2026", "content": "Giảm giá trị", key: "290tr", own: "340tr"}

    answer = client.post(reverse("projects:contract_appendix", args=[project.contract_id]), data)

    page = text_of(client.get(answer.url))
    assert "Phụ lục PL01" in page
    assert "290.000.000" in page


def test_list_filters_and_totals_what_it_shows(client, house, project):
    stories.pay(house, project, 90 * MILLION)
    client.force_login(house.viewer)
    address = reverse("projects:contract_list")

    found = client.get(address, {"q": project.code, "nam": 2026, "trang-thai": "signed", "don-vi": house.centre.name})
    none = client.get(address, {"q": "khong co"})

    assert found.context["totals"] == {
        "count": 1, "contracted": 300 * MILLION, "paid": 90 * MILLION, "left": 210 * MILLION,
    }  # fmt: skip
    assert list(found.context["page_obj"]) == [project.contract]
    assert none.context["totals"]["count"] == 0


def test_list_costs_the_same_with_one_and_three_contracts(client, house, django_assert_max_num_queries):
    plan = stories.draft_plan(house)
    projects = [stories.planned_project(house, plan) for _ in range(3)]
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    client.force_login(house.viewer)
    counts = []
    for number, project in enumerate(projects):
        project.refresh_from_db()
        services.sign_contract(
            stories.contract_of(project, number=f"{number}/HĐ"), by=house.officer, projects=[project]
        )
        with django_assert_max_num_queries(12) as seen:
            client.get(reverse("projects:contract_list"))
        counts.append(len(seen))

    assert counts[0] == counts[2]


# Money


def test_accountant_pays_and_reads_the_position(client, house, project):
    client.force_login(house.accountant)
    address = reverse("projects:payment_create", args=[project.pk, "tam-ung"])

    page = text_of(client.get(address))
    answer = client.post(address, voucher())

    assert "lần này tối đa 210.000.000 đồng" in page
    assert "Thông tư 36/2013/TT-BCT, Điều 13 khoản 2 điểm a" in page
    assert answer.url == reverse("projects:money", args=[project.pk])
    position = text_of(client.get(answer.url))
    assert "Đã ghi tạm ứng 100.000.000 đồng; Khuyến công địa phương đã chi 100.000.000 đồng" in position
    assert "Tạm ứng được 110.000.000 đồng" in position


def test_double_press_is_told_and_pays_once(client, house, project):
    client.force_login(house.accountant)
    address = reverse("projects:payment_create", args=[project.pk, "tam-ung"])

    client.post(address, voucher())
    again = client.post(address, voucher())

    assert again.status_code == 200
    assert "Chứng từ số này, ngày này đã được nhập cho đề án và nguồn này." in text_of(again)
    assert Disbursement.objects.count() == 1


def test_refused_payment_says_why_at_the_amount_and_keeps_it(client, house, project):
    client.force_login(house.accountant)

    answer = client.post(
        reverse("projects:payment_create", args=[project.pk, "tam-ung"]), voucher(amount="211tr", note="Đợt 1")
    )

    assert answer.status_code == 200
    assert "còn tạm ứng được 210.000.000 đồng" in answer.context["form"].errors["amount"][0]
    page = text_of(answer)
    assert "211tr" in page
    assert "số đang nhập vượt 1.000.000 đồng" in page
    assert "Đợt 1" in page


@pytest.mark.parametrize("amount", ["", "abc", "0", "-5", "99.999.999.999.999.999"])
def test_amount_that_cannot_be_read_pays_nothing(client, house, project, amount):
    client.force_login(house.accountant)

    answer = client.post(reverse("projects:payment_create", args=[project.pk, "tam-ung"]), voucher(amount=amount))

    assert answer.status_code == 200
    assert "amount" in answer.context["form"].errors
    assert not Disbursement.objects.exists()


def test_room_is_told_while_typing(client, house, project):
    client.force_login(house.accountant)
    address = reverse("projects:payment_room", args=[project.pk, "tam-ung"])

    within, beyond, unread = (client.get(address, voucher(amount=amount)) for amount in ("210tr", "215tr", "?"))

    assert "vượt" not in text_of(within)
    assert "số đang nhập vượt 5.000.000 đồng" in text_of(beyond)
    assert "lần này tối đa 210.000.000 đồng" in text_of(unread)


def test_voucher_is_mended_and_struck_out(client, house, project):
    entry = stories.pay(house, project, 100 * MILLION)
    client.force_login(house.accountant)
    edit, void = (reverse(f"projects:payment_{act}", args=[entry.pk]) for act in ("edit", "void"))

    page = client.get(edit)
    client.post(edit, voucher(amount="90tr", version=entry.version))
    stale = client.post(void, {"reason": "Nhập nhầm", "version": entry.version})
    client.post(void, {"reason": "Nhập nhầm", "version": entry.version + 1})

    assert page.context["room"].left == 210 * MILLION
    assert stale.status_code == 200
    assert "đã sửa hồ sơ" in text_of(stale)
    entry.refresh_from_db()
    assert (entry.amount, entry.void_reason) == (90 * MILLION, "Nhập nhầm")
    assert "Nhập nhầm" in text_of(client.get(reverse("projects:money", args=[project.pk])))


def test_payment_that_the_state_closes_leads_back_with_the_reason(client, house, project):
    client.force_login(house.accountant)

    answer = client.get(reverse("projects:payment_create", args=[project.pk, "thanh-toan"]), follow=True)

    assert "chỉ tạm ứng được" in text_of(answer)
    assert client.get(reverse("projects:payment_create", args=[project.pk, "cho-vay"])).status_code == 404


@pytest.mark.parametrize("role", ["officer", "reviewer", "director", "viewer"])
def test_everyone_reads_and_only_the_accountant_pays(client, house, project, role):
    client.force_login(getattr(house, role))

    read = client.get(reverse("projects:money", args=[project.pk]))
    sent = client.post(reverse("projects:payment_create", args=[project.pk, "tam-ung"]), voucher())

    assert read.status_code == 200
    assert "tam-ung" not in text_of(read)
    assert sent.status_code == 403
    assert not Disbursement.objects.exists()


def test_other_provinces_find_nothing(client, house, project):
    entry = stories.pay(house, project, 10 * MILLION)
    client.force_login(stories.make_house(thai_nguyen(), "Thái Nguyên").accountant)
    rows = [
        ("projects:money", project.pk), ("projects:contract_detail", project.contract_id),
        ("projects:payment_edit", entry.pk), ("projects:payment_void", entry.pk),
        ("projects:unspent", project.plan_id), ("projects:contract_edit", project.contract_id),
    ]  # fmt: skip

    answers = {name: client.get(reverse(name, args=[pk])).status_code for name, pk in rows}

    assert answers == dict.fromkeys(answers, 404)
    assert client.get(reverse("projects:contract_list")).context["totals"]["count"] == 0


def test_support_contract_is_kept_beside_the_project(client, house, project):
    client.force_login(house.officer)
    beneficiary = project.beneficiaries.get()
    address = reverse("projects:support_contract_create", args=[project.pk])

    client.post(address, {"beneficiary": beneficiary.pk, "number": "02/HĐHT", "signed_on": "10/02/2026"})
    again = client.post(address, {"beneficiary": beneficiary.pk, "number": "02/HĐHT", "signed_on": "10/02/2026"})

    assert "Số 02/HĐHT" in text_of(client.get(reverse("projects:money", args=[project.pk])))
    assert "Cơ sở đã có hợp đồng hỗ trợ mang số này." in text_of(again)
    support = SupportContract.objects.get()
    client.post(reverse("projects:support_contract_edit", args=[support.pk]), {"act": "drop"})
    assert not SupportContract.objects.exists()


def test_unspent_money_is_carried_over_from_the_list(client, house, project):
    stories.pay(house, project, 200 * MILLION)
    client.force_login(house.accountant)
    address = reverse("projects:unspent", args=[project.plan_id])
    key = f"{project.pk}-{source('KCDP').pk}"
    data = {"row": key, f"{key}-amount": "101tr", f"{key}-decision_number": "9/STC", f"{key}-decision_on": "15/11/2026"}

    beyond = client.post(address, data)
    client.post(address, data | {f"{key}-amount": "100tr"})

    assert beyond.context["form"].errors["amount"] == [
        "101.000.000 đồng vượt số chưa chi 100.000.000 đồng của năm 2026."
    ]
    row = project.carry_overs.get()
    assert (row.amount, row.to_year, row.decision_on) == (100 * MILLION, 2027, date(2026, 11, 15))
    assert "Đã chuyển 100.000.000 đồng từ năm 2026 sang năm 2027" in text_of(client.get(address))
    dropped = client.post(reverse("projects:carry_over_drop", args=[row.pk]), {"reason": "Ghi nhầm"})
    assert dropped.url == address
    assert not project.carry_overs.exists()


def test_money_page_costs_the_same_with_one_and_three_vouchers(client, house, project, django_assert_max_num_queries):
    client.force_login(house.accountant)
    counts = []
    for number in range(3):
        stories.pay(house, project, MILLION, number=f"PC {number}")
        with django_assert_max_num_queries(12) as seen:
            client.get(reverse("projects:money", args=[project.pk]))
        counts.append(len(seen))

    assert counts[0] == counts[2]


def test_accountant_walks_from_contract_to_the_last_payment(client, house):
    """Contract, advance refused without a report, advance, second advance refused until accepted, the rest."""
    project = stories.approved_project(house)  # machinery: 70 % once more than 70 % of the cost is spent
    client.force_login(house.accountant)
    client.post(reverse("projects:contract_create", args=[project.plan_id]), typed(project))
    advance, rest = (reverse("projects:payment_create", args=[project.pk, word]) for word in ("tam-ung", "thanh-toan"))

    early = client.post(advance, voucher(amount="210tr"))
    stories.confirmed_report(house, project, month=5, volume="80", value=450 * MILLION)
    first = client.post(advance, voucher(amount="210tr"))
    second = client.post(advance, voucher(amount="10tr", voucher_number="PC 02"))
    services.start_project(project, by=house.officer)
    unaccepted = client.post(rest, voucher(amount="90tr", voucher_number="PC 03", paid_on="05/11/2026"))
    services.accept_project(project, by=house.director, number="01/BBNT", accepted_on=date(2026, 11, 1))
    last = client.post(rest, voucher(amount="90tr", voucher_number="PC 03", paid_on="05/11/2026"))

    assert "cần báo cáo tiến độ được Sở xác nhận" in early.context["form"].errors["progress_report"][0]
    assert first.status_code == 302
    assert "còn tạm ứng được 0 đồng" in second.context["form"].errors["amount"][0]
    assert "Chưa có biên bản nghiệm thu" in text_of(unaccepted)
    assert last.status_code == 302
    line = project.funding_lines.get(source__code="KCDP")
    assert (line.paid_amount, line.unpaid_amount) == (300 * MILLION, 0)


def test_contract_is_found_by_the_search_box_and_has_its_timeline(client, house, project):
    client.force_login(house.viewer)

    found = client.get("/tim-kiem/", {"q": "15/hd-kc"})
    history = client.get(f"/lich-su/hop-dong/{project.contract_id}/")

    assert project.contract.get_absolute_url() in text_of(found)
    assert "ký hợp đồng" in text_of(history)


def test_missing_papers_are_told_before_anything_is_typed(client, house, project):
    PaperRule.objects.create(
        step=PaperStep.ADVANCE, name="Kế hoạch đào tạo", is_verified=True, legal_source="Điều 13 khoản 2 điểm a"
    )
    client.force_login(house.accountant)

    page = text_of(client.get(reverse("projects:money", args=[project.pk])))
    form = text_of(client.get(reverse("projects:payment_create", args=[project.pk, "tam-ung"])))

    assert "thiếu Kế hoạch đào tạo (Điều 13 khoản 2 điểm a)" in page
    assert "thiếu Kế hoạch đào tạo (Điều 13 khoản 2 điểm a)" in form
