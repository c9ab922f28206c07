"""Pages of final accounts: figures to the đồng, who sees which act, rows, conflicts, liquidation, the year's table."""

import re

import pytest
from django.urls import reverse

from projects.models import (
    ContractStatus,
    CostItem,
    Liquidation,
    Project,
    ProjectStatus,
    Settlement,
    SettlementStatus,
    Voucher,
)
from projects.services import settlement as accounting
from tests.factories import OrganisationFactory, source
from tests.projects.pages import fields_of, sent
from tests.projects.settlements import (
    LOCAL,
    approved,
    due_contract,
    pay_up,
    put_up,
    submitted,
    voucher,
)


@pytest.fixture
def contract(house):
    return due_contract(house)


@pytest.fixture
def accountant(client, house):
    client.force_login(house.accountant)
    return client


def url(name, contract):
    return reverse(f"projects:{name}", args=[contract.pk])


def page(client, name, contract):
    """What a person reads in the main part of a page, on one line."""
    text = client.get(url(name, contract)).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", text[text.index("<main") : text.index("</main>")]).split())


def state(contract):
    contract.refresh_from_db()
    return contract.status


# The page


def test_page_without_a_dossier_says_what_to_do(accountant, contract):
    text = page(accountant, "settlement_detail", contract)

    assert "Chưa lập hồ sơ" in text
    assert "Lập quyết toán" in text
    assert "Kinh phí khuyến công 300.000.000 210.000.000 300.000.000 – – 90.000.000 0" in text


def test_page_of_a_cancelled_contract_asks_for_nothing(accountant, contract):
    Project.objects.filter(contract=contract).update(contract=None)
    type(contract).objects.filter(pk=contract.pk).update(status=ContractStatus.CANCELLED)
    text = page(accountant, "settlement_detail", contract)

    assert "Không còn việc" in text
    assert "Còn thiếu để trình" not in text


def test_page_shows_figures_to_the_dong(accountant, contract, house):
    put_up(contract, house, local=299_999_999, vouchers=[voucher(contract, 299_999_998)])
    text = page(accountant, "settlement_detail", contract)

    assert "300.000.000 210.000.000 300.000.000 299.999.999 – 89.999.999 0" in text
    assert "bảng kê cộng 299.999.998 đồng, số đề nghị 299.999.999 đồng; hai số phải bằng nhau." in text
    assert "Cộng 300.000.000 299.999.998 – 2" in text
    assert "01/BBNT" in text


def test_page_links_what_is_missing_to_where_it_is_mended(accountant, contract, house):
    put_up(contract, house, number="", vouchers=[])
    links = re.findall(r'href="([^"]+)">Sửa<', accountant.get(url("settlement_detail", contract)).content.decode())

    assert links == [f"{url('settlement_edit', contract)}#{part}" for part in ("head", "vouchers")]


def test_lists_of_all_sources_have_a_column_for_each(accountant, contract, house):
    rows = [voucher(contract, LOCAL), voucher(contract, 340_000_000, source=source("COUNTERPART"), number="HD02")]
    put_up(contract, house, includes_other_sources=True, vouchers=rows)
    text = page(accountant, "settlement_detail", contract)

    assert "Tổng cộng 640.000.000 300.000.000 340.000.000 0" in text
    assert "46,9%" in text


def test_items_are_held_against_the_estimate_where_all_sources_are_listed(accountant, contract, house):
    project = contract.projects.get()
    item = CostItem.objects.create(project=project, name="Máy nấu", quantity=1, unit_price=500_000_000)
    rows = [
        voucher(contract, LOCAL, cost_item=item),
        voucher(contract, 340_000_000, source=source("COUNTERPART"), number="HD02"),
    ]
    put_up(contract, house, includes_other_sources=True, vouchers=rows)
    text = page(accountant, "settlement_detail", contract)

    assert "Máy nấu 500.000.000 300.000.000 – 200.000.000" in text
    assert "Nội dung khác 140.000.000 340.000.000 200.000.000 –" in text
    assert "Cộng 640.000.000 640.000.000 – –" in text


@pytest.mark.parametrize(
    ("who", "step", "seen"),
    [
        ("accountant", put_up, {"Sửa hồ sơ", "Trình quyết toán"}),
        ("officer", put_up, {"Sửa hồ sơ", "Trình quyết toán"}),
        ("director", put_up, set()),
        ("viewer", submitted, set()),
        ("accountant", submitted, set()),
        ("director", submitted, {"Duyệt quyết toán", "Trả lại quyết toán"}),
        ("accountant", approved, {"Thanh lý hợp đồng"}),
    ],
)
def test_acts_are_those_of_the_role_and_the_step(client, contract, house, who, step, seen):
    step(contract, house)
    client.force_login(getattr(house, who))
    text = page(client, "settlement_detail", contract)
    acts = {
        "Sửa hồ sơ", "Trình quyết toán", "Duyệt quyết toán", "Trả lại quyết toán", "Thanh lý hợp đồng",
    }  # fmt: skip

    buttons = re.findall(r"<(?:button|a class=\"button)[^>]*>(?:<svg.*?</svg>)?([^<]+)<", _html(client, contract))
    assert {act for act in acts if any(button.startswith(act) for button in buttons)} == seen
    assert text


def _html(client, contract):
    return client.get(url("settlement_detail", contract)).content.decode()


@pytest.mark.parametrize("name", ["settlement_detail", "settlement_edit", "reconciliation"])
def test_pages_cost_the_same_for_more_projects(
    accountant, contract, house, django_assert_num_queries, django_assert_max_num_queries, name
):
    put_up(contract, house)
    about = contract.plan if name == "reconciliation" else contract
    accountant.get(url(name, about))
    with django_assert_max_num_queries(12) as before:
        accountant.get(url(name, about))
    for number in (1, 2):
        _another_project(house, contract, f"0{number}/HĐ-KHAC")
    with django_assert_num_queries(len(before)):
        accountant.get(url(name, about))


def _another_project(house, contract, number):
    """One more accepted project in the same contract, and one in a contract of its own, both of the same plan."""
    plan = contract.plan
    for target in (contract, None):
        project = Project.objects.get(pk=contract.projects.order_by("pk").first().pk)
        lines = list(project.funding_lines.all())
        project.pk, project.code = None, f"DA-{number}-{bool(target)}"
        project.save(force_insert=True)
        for line in lines:
            line.pk, line.project = None, project
            line.save(force_insert=True)
        if target is None:
            due = due_contract(house, project, number=number)
            assert due.plan_id == plan.pk


# The dossier


def test_new_dossier_starts_from_what_was_accepted_and_is_saved(accountant, contract):
    project = contract.projects.get()
    local, own = (f"amount-{project.pk}-{source(code).pk}" for code in ("KCDP", "COUNTERPART"))
    fields = fields_of(accountant.get(url("settlement_edit", contract)))
    assert (fields[local], fields[own]) == ("300.000.000", "340.000.000")

    row = {
        "vouchers-0-number": "HD01", "vouchers-0-dated_on": "1/9/2026", "vouchers-0-content": "Mua máy",
        "vouchers-0-payee": "Cơ khí An Phát", "vouchers-0-amount": "0,29 tỷ",
    }  # fmt: skip
    answer = accountant.post(
        url("settlement_edit", contract), fields | row | {local: "290tr", "number": "12/CV", "dated_on": "10/11/2026"}
    )
    assert answer.url == url("settlement_detail", contract)
    listed = Voucher.objects.get()
    assert (listed.amount, listed.project, listed.source.code) == (290_000_000, project, "KCDP")
    assert accounting.settlement_gaps(Settlement.objects.get()) == []
    assert "đề nghị 630.000.000 đồng; 1 chứng từ cộng 290.000.000 đồng" in page(
        accountant, "settlement_detail", contract
    )


def test_rows_are_added_pasted_and_removed_without_script(accountant, contract, house):
    put_up(contract, house)
    address = url("settlement_edit", contract)
    pasted = "HD02\t05/09/2026\tLắp đặt\tCông ty B\t10.000.000\tđợt 2\nHD03\t06/09/2026\tThử máy\tCông ty B\t5tr"
    answer = sent(
        accountant, address, row="vouchers-paste", paste=pasted,
        **{"paste-project": contract.projects.get().pk, "paste-source": source("KCDP").pk},
    )  # fmt: skip
    fields = fields_of(answer)
    assert [fields[f"vouchers-{index}-number"] for index in range(3)] == ["HD01", "HD02", "HD03"]
    assert "Thừa 15.000.000" in answer.content.decode()
    assert Voucher.objects.count() == 1

    fields = fields_of(accountant.post(address, fields | {"row": "vouchers-remove-0"}))
    accountant.post(address, fields)
    assert [(row.number, row.amount) for row in Voucher.objects.all()] == [("HD02", 10_000_000), ("HD03", 5_000_000)]


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ({"amount": ""}, "Ghi số tiền lớn hơn 0."), ({"dated_on": ""}, "Ghi ngày chứng từ"),
        ({"payee": ""}, "Ghi đơn vị bán"), ({"amount": "abc"}, "Không đọc được số tiền"),
        ({"dated_on": "1/1/2099"}, "ở tương lai"),
    ],
)  # fmt: skip
def test_rows_say_what_they_lack(accountant, contract, house, cell, sentence):
    put_up(contract, house)
    changes = {f"vouchers-0-{name}": value for name, value in cell.items()}
    answer = sent(accountant, url("settlement_edit", contract), **changes)

    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert Voucher.objects.get().amount == LOCAL


def test_the_same_voucher_twice_is_told_at_the_second(accountant, contract, house):
    put_up(contract, house)
    fields = fields_of(accountant.get(url("settlement_edit", contract)))
    twice = {name.replace("-0-", "-1-"): value for name, value in fields.items() if name.startswith("vouchers-0-")}
    answer = accountant.post(url("settlement_edit", contract), fields | twice | {"vouchers-TOTAL_FORMS": "2"})

    assert "Chứng từ này đã kê ở dòng 1" in answer.content.decode()


def test_two_people_choose_what_stays(accountant, contract, house):
    put_up(contract, house)
    address, key = url("settlement_edit", contract), f"amount-{contract.projects.get().pk}-{source('KCDP').pk}"
    seen = fields_of(accountant.get(address))
    put_up(contract, house, local=280_000_000)
    answer = accountant.post(address, seen | {key: "270tr", "vouchers-0-note": "bản gốc"})
    text = answer.content.decode()

    assert "Có người vừa sửa hồ sơ này" in text
    assert "270.000.000" in text
    fields = fields_of(answer)
    assert (fields[f"keep-{key}"], fields["keep-vouchers"]) == ("mine", "mine")
    accountant.post(address, fields | {f"keep-{key}": "theirs"})
    settlement = Settlement.objects.get()
    assert settlement.amounts.get(source=source("KCDP")).amount == 280_000_000
    assert settlement.vouchers.get().note == "bản gốc"


def test_sums_follow_what_is_typed(accountant, contract, house):
    put_up(contract, house)
    fields = fields_of(accountant.get(url("settlement_edit", contract)))
    answer = accountant.post(url("settlement_sums", contract), fields | {"vouchers-0-amount": "299.999.990"})

    assert "Thiếu 10" in answer.content.decode()
    assert Voucher.objects.get().amount == LOCAL


def test_a_dossier_put_up_is_not_opened_for_editing(accountant, contract, house):
    submitted(contract, house)

    answer = accountant.get(url("settlement_edit", contract), follow=True)
    assert answer.redirect_chain == [(url("settlement_detail", contract), 302)]
    assert "không sửa được" in answer.content.decode()


# Moves


def version(contract):
    return {"version": Settlement.objects.get(contract=contract).version}


def test_dossier_goes_to_the_director_and_back(client, contract, house):
    put_up(contract, house)
    client.force_login(house.accountant)
    client.post(url("settlement_submit", contract), version(contract))
    assert state(contract) == ContractStatus.SETTLING

    client.force_login(house.director)
    empty = client.post(url("settlement_return", contract), {"reason": ""})
    assert "Nêu lý do." in empty.content.decode()
    client.post(url("settlement_return", contract), {"reason": "Thiếu hóa đơn số 5."})
    assert state(contract) == ContractStatus.SIGNED
    assert "Thiếu hóa đơn số 5." in page(client, "settlement_detail", contract)


@pytest.mark.parametrize(("read", "after"), [(0, ContractStatus.SETTLED), (-1, ContractStatus.SETTLING)])
def test_director_approves_what_was_read(client, contract, house, read, after):
    submitted(contract, house)
    client.force_login(house.director)
    answer = client.post(
        url("settlement_approve", contract), {"version": version(contract)["version"] + read}, follow=True
    )

    assert state(contract) == after
    told = "Đã duyệt quyết toán" if read == 0 else "đã thay đổi sau khi ông/bà mở trang"
    assert told in answer.content.decode()


def test_submitting_twice_does_it_once(accountant, contract, house):
    put_up(contract, house)
    body = version(contract)
    for _ in range(2):
        answer = accountant.post(url("settlement_submit", contract), body, follow=True)

    assert "đã thay đổi" in answer.content.decode()
    assert Settlement.objects.get().status == SettlementStatus.SUBMITTED


# Liquidation


def test_liquidation_waits_until_the_money_is_even(accountant, contract, house):
    approved(contract, house)
    text = page(accountant, "liquidate", contract)
    assert "còn phải chi 90.000.000 đồng." in text
    accountant.post(url("liquidate", contract), {"number": "03/BBTL", "signed_on": "20/11/2026"})
    assert Liquidation.objects.count() == 0

    pay_up(contract)
    sent(accountant, url("liquidate", contract), number="03/BBTL", signed_on="20/11/2026")
    assert state(contract) == ContractStatus.LIQUIDATED
    assert "Đã thanh lý: biên bản 03/BBTL ngày 20/11/2026." in page(accountant, "settlement_detail", contract)


def test_liquidation_without_a_number_takes_the_next_of_party_a(accountant, contract, house):
    approved(contract, house)
    pay_up(contract)
    assert "số tiếp theo trong dãy biên bản của bên A" in page(accountant, "liquidate", contract)

    sent(accountant, url("liquidate", contract), number="", signed_on="20/11/2026")
    assert Liquidation.objects.get().number == "01/BB-SCT"


def test_force_majeure_asks_for_an_explanation(accountant, contract, house):
    approved(contract, house, local=210_000_000)
    head = {"number": "03/BBTL", "signed_on": "20/11/2026", "is_force_majeure": "on"}
    answer = sent(accountant, url("liquidate", contract), **head)
    assert "Nêu giải trình và biên bản xác nhận khối lượng." in answer.content.decode()

    sent(accountant, url("liquidate", contract), **head, explanation="Bão số 3, biên bản xác nhận 02/BB-UBND.")
    assert "Bão số 3" in page(accountant, "settlement_detail", contract)


# Reconciliation


def test_year_table_adds_up_and_names_what_goes_back(accountant, contract, house):
    Project.objects.filter(contract=contract).update(status=ProjectStatus.STOPPED)
    contract.projects.get().funding_lines.update(accepted_amount=None)
    text = page(accountant, "reconciliation", contract.plan)

    assert "300.000.000 210.000.000 chưa 0 210.000.000 Đã ngừng, phải hoàn trả" in text
    assert "Tổng cộng 300.000.000 210.000.000 chưa 0 210.000.000" in text


def test_year_table_is_filtered_by_implementer(accountant, contract, house):
    approved(contract, house)
    other = OrganisationFactory(name="Trung tâm khác")
    address = url("reconciliation", contract.plan)
    found = accountant.get(address, {"don-vi": contract.party_b_id})
    assert found.context["year"].totals["settled"] == LOCAL
    assert accountant.get(address, {"don-vi": other.pk}).context["year"].totals["settled"] == LOCAL


def test_plan_page_says_which_money_keeps_it_open(client, contract, house):
    approved(contract, house)
    client.force_login(house.director)

    assert "còn phải chi 90.000.000 đồng." in page(client, "plan_detail", contract.plan)
    pay_up(contract)
    assert "còn phải chi" not in page(client, "plan_detail", contract.plan)
