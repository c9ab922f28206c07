"""Papers of final accounts (mẫu 7, 8a, 8b, 9, 10): the screen's figures, every voucher, who signs, what is missing."""

import io
import re
from datetime import date

import pytest
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from khuyencong.documents.issuing import gaps_of
from khuyencong.documents.kinds import DRAFT, Imprint, kinds_of
from khuyencong.models import Role, Signer
from khuyencong.money import format_vnd
from programs.models import AnnualPlan, Norm
from projects import services
from projects.documents import (
    PAYMENT_REQUEST,
    RECONCILIATION,
    SETTLEMENT_TABLE,
    VOUCHER_LIST,
    payment_request,
    reconciliation_table,
    settlement_table,
    voucher_list,
)
from projects.models import CostItem, FundingLine, Project, Settlement, SettlementStatus, Voucher
from projects.services import settlement as accounts
from tests.factories import OrganisationFactory, UserFactory, content, source
from tests.projects.settlements import LOCAL, OWN, PAID, approved, due_contract, put_up, voucher
from tests.stories import approve, draft_plan, planned_project

pytestmark = pytest.mark.django_db

ISSUED = Imprint(draft=False)
WHOLE = Imprint(draft=False, variant="8b")
LARGEST = 999_999_000_000_000
DOSSIER_KINDS = (SETTLEMENT_TABLE, VOUCHER_LIST, PAYMENT_REQUEST)


@pytest.fixture
def contract(house):
    return due_contract(house)


def stored(settlement):
    return Settlement.objects.get(pk=settlement.pk)


def whole_dossier(contract, house, *, support=3, own=2, **fields):
    """Khuyến công vouchers and own ones that add up to what is put up; all sources are listed."""
    rows = [voucher(contract, LOCAL // support, number=f"HD{number:03}") for number in range(support)]
    counterpart = source("COUNTERPART")
    rows += [voucher(contract, OWN // own, number=f"TC{number:03}", source=counterpart) for number in range(own)]
    return stored(put_up(contract, house, vouchers=rows, includes_other_sources=True, **fields))


def dossier_of_two(house):
    """One contract of two projects: 300 and 100 triệu contracted, 300 and 90 put up, 210 of the first paid."""
    plan = draft_plan(house)
    projects = [planned_project(house, plan), planned_project(house, plan, support=100_000_000, name="Hội chợ")]
    services.submit_plan(plan, by=house.reviewer)
    approve(house, plan)
    for number, project in enumerate(projects):
        project.refresh_from_db()
        started = services.start_project(project, by=house.officer)
        services.accept_project(
            started, by=house.director, number=f"0{number}/BBNT", accepted_on=date(plan.year, 11, 1)
        )
    contract = due_contract(house, Project.objects.get(pk=projects[0].pk))
    Project.objects.filter(pk=projects[1].pk).update(contract=contract)
    for line in FundingLine.objects.filter(project=projects[1]):
        line.contracted_amount = line.approved_amount
        line.save()
    first, second = contract.projects.order_by("code")
    local = source("KCDP")
    rows = [row_of(first, LOCAL, "HD01"), row_of(second, 60_000_000, "HC01"), row_of(second, 30_000_000, "HC02")]
    draft = Settlement(contract=contract, number="12/CV", dated_on=date(2026, 11, 10))
    amounts = {(first.pk, local.pk): LOCAL, (second.pk, local.pk): 90_000_000}
    return stored(accounts.save_settlement(draft, by=house.accountant, amounts=amounts, vouchers=rows))


def row_of(project, amount, number):
    return Voucher(
        project=project, source=source("KCDP"), number=number, dated_on=date(2026, 9, 1), content="Thuê gian hàng",
        payee="Công ty Hội chợ", amount=amount,
    )  # fmt: skip


def text_of(document):
    """What is read on the paper, on one line."""
    html = document.render_html()
    return " ".join(re.sub(r"<[^>]+>", " ", html[html.index("<body") :]).split())


def rows_of(document):
    """The cells of each row of the first table."""
    html = document.render_html()
    table = html[html.index("<tbody") : html.index("</tbody>")]
    rows = re.findall(r"<tr.*?</tr>", table, re.S)
    return [
        [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<td.*?</td>", row, re.S)]
        for row in rows
    ]


def pages_of(document):
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(document.render_pdf())).pages]


def screen(client, user, name, record):
    client.force_login(user)
    return client.get(reverse(f"projects:{name}", args=[record.pk])).context


# Mẫu 7


def test_the_settlement_table_prints_the_figures_of_the_screen(client, house, contract):
    project = contract.projects.get()
    cooking = CostItem.objects.create(
        project=project, name="Máy nấu", quantity=1, unit_price=500_000_000, amount=500_000_000
    )
    settlement = whole_dossier(contract, house)
    settlement.vouchers.filter(number__startswith="HD").update(cost_item=cooking)
    paper = settlement_table(settlement, ISSUED)
    [table] = screen(client, house.accountant, "settlement_detail", contract)["spending"]

    assert [(row["content"], row["estimate"], row["spent"], row["increase"], row["decrease"])
            for row in paper.context["projects"][0]["lines"]] == [
        (line.content, line.estimate, line.spent, line.increase, line.decrease) for line in table.lines
    ]  # fmt: skip
    assert rows_of(paper) == [
        ["I", str(project)],
        ["1", "Máy nấu", "500.000.000", "300.000.000", "0", "200.000.000", ""],
        ["2", "Nội dung khác", "140.000.000", "340.000.000", "200.000.000", "0", ""],
        ["", "Cộng", "640.000.000", "640.000.000", "0", "0", ""],
    ]
    assert paper.context["landscape"] is False
    text = text_of(paper)
    assert f"(Mẫu số 7, kèm theo Công văn số 12/CV ngày 10/11/2026 của {house.centre.name})" in text
    assert "Kinh phí khuyến công đề nghị quyết toán: 300.000.000 đồng (bằng chữ: Ba trăm triệu đồng)." in text


def test_items_have_no_estimate_when_only_the_support_is_listed(house, contract):
    project = contract.projects.get()
    CostItem.objects.create(project=project, name="Máy nấu", quantity=1, unit_price=OWN, amount=OWN)
    paper = settlement_table(stored(put_up(contract, house, local=290_000_000)), ISSUED)

    assert rows_of(paper)[1:] == [
        ["1", "Máy nấu", "-", "0", "-", "-", ""],
        ["2", "Nội dung khác", "-", "290.000.000", "-", "-", ""],
        ["", "Cộng", "300.000.000", "290.000.000", "0", "10.000.000", ""],
    ]
    assert "tăng, giảm tính trên cả đề án" in text_of(paper)


def test_several_projects_of_a_contract_add_up(house):
    paper = settlement_table(dossier_of_two(house), ISSUED)

    assert paper.context["total"] == {
        "estimate": 400_000_000, "spent": 390_000_000, "increase": 0, "decrease": 10_000_000,
    }  # fmt: skip
    assert rows_of(paper)[-1] == ["", "Tổng cộng 2 đề án", "400.000.000", "390.000.000", "0", "10.000.000", ""]
    assert re.fullmatch(r"2026_BQT_[\w-]+-va-1-de-an_05-hd-sct", paper.filename)


def test_the_widest_amounts_turn_the_page_and_stay_whole(house, contract):
    FundingLine.objects.filter(project__contract=contract).update(
        requested_amount=LARGEST, appraised_amount=LARGEST, approved_amount=LARGEST, contracted_amount=LARGEST,
        accepted_amount=LARGEST,
    )  # fmt: skip
    Project.objects.filter(contract=contract).update(name="Ứng dụng máy móc tiên tiến " * 7 + "hết tên")
    settlement = stored(put_up(contract, house, local=LARGEST, own=LARGEST, includes_other_sources=True, vouchers=[
        voucher(contract, LARGEST), voucher(contract, LARGEST, source=source("COUNTERPART"), number="TC1"),
    ]))  # fmt: skip
    paper = settlement_table(settlement, ISSUED)

    assert paper.context["landscape"] is True
    text = " ".join(pages_of(voucher_list(settlement, WHOLE)))
    assert text.count(format_vnd(2 * LARGEST)) >= 2
    assert "hết tên" in text


# Mẫu 8a, 8b


def test_voucher_lists_add_up_to_what_is_settled(client, house, contract):
    settlement = whole_dossier(contract, house)
    shown = screen(client, house.accountant, "settlement_detail", contract)
    support, whole = voucher_list(settlement, ISSUED).context, voucher_list(settlement, WHOLE).context

    assert [context["attached"][:12] for context in (support, whole)] == ["(Mẫu số 8a, ", "(Mẫu số 8b, "]
    assert (support["count"], support["total"]["amount"]) == (3, shown["support_list"].total) == (3, LOCAL)
    assert (whole["count"], whole["total"]) == (5, {"amount": LOCAL + OWN, "support": LOCAL, "own": OWN, "other": 0})
    assert tuple(whole["total"][part] for part in ("support", "own", "other")) == shown["whole_list"].parts
    assert whole["share"] == shown["whole_list"].support_percent
    assert whole["sums"] == [
        {"source": "Khuyến công địa phương", "listed": LOCAL, "settled": LOCAL, "difference": 0},
        {"source": "Vốn đối ứng của đơn vị thụ hưởng", "listed": OWN, "settled": OWN, "difference": 0},
    ]
    assert [row["source"] for row in support["sums"]] == ["Khuyến công địa phương"]
    assert whole["columns"] == {"other": False, "note": False, "rate": False}


def test_a_voucher_list_stands_per_project(house):
    paper = voucher_list(dossier_of_two(house), ISSUED)

    first, second = paper.context["groups"]
    assert [len(group["rows"]) for group in (first, second)] == [1, 2]
    assert [group["total"]["amount"] for group in (first, second)] == [LOCAL, 90_000_000]
    assert [row[0] for row in rows_of(paper)] == ["I", "1", "II", "1", "2", ""]
    assert rows_of(paper)[-1] == ["", "Tổng cộng 3 chứng từ", "390.000.000"]


def test_a_difference_is_told_on_the_draft(house, contract):
    settlement = stored(put_up(contract, house, vouchers=[voucher(contract, 310_000_000)]))
    paper = voucher_list(settlement, DRAFT)

    assert paper.context["sum_total"] == {"listed": 310_000_000, "settled": LOCAL, "difference": 10_000_000}
    assert paper.filename.endswith("-ban-nhap")
    assert any("hai số phải bằng nhau" in gap for gap in gaps_of(VOUCHER_LIST, settlement, Imprint(variant="8a")))


def test_a_list_without_vouchers_says_so(house, contract):
    settlement = stored(put_up(contract, house, vouchers=[]))
    paper = voucher_list(settlement, DRAFT)

    assert rows_of(paper) == [["", "Chưa kê chứng từ nào."]]
    assert paper.context["total"] == {"amount": 0, "support": 0, "own": 0, "other": 0}


def test_long_list_is_an_annex_of_its_own_with_the_same_figures(house, contract, monkeypatch):
    settlement = whole_dossier(contract, house)
    whole = voucher_list(settlement, WHOLE)
    assert (whole.annexes, VOUCHER_LIST.annex_count(settlement, WHOLE)) == ((), 0)
    monkeypatch.setattr("projects.documents.vouchers.VOUCHERS_IN_PAPER", 3)
    paper = voucher_list(settlement, WHOLE)
    (annex,) = paper.annexes
    assert [VOUCHER_LIST.annex_count(settlement, variant) for variant in (ISSUED, WHOLE)] == [0, 1]
    page = paper.render_html()
    assert "Danh mục 5 chứng từ: theo Phụ lục kèm theo, lập thành tệp riêng." in page
    assert "HD001" not in page
    total = format_vnd(paper.context["total"]["amount"])
    assert total in page
    assert [cell.text for cell in annex.rows[-1].cells][:3] == ["", "Tổng cộng 5 chứng từ", total]
    [text] = [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(annex.print_out()[0])).pages]
    assert all(part in text for part in ("HD001", "TC001", f"Tổng số tiền theo bảng kê: {total} đồng"))
    [(_name, sheet)] = annex.files
    cells = [cell for row in load_workbook(io.BytesIO(sheet)).active.values for cell in row]
    assert {"HD001", "TC001"} <= set(cells)


def test_forty_vouchers_keep_the_head_on_every_page(house, contract):
    pages = pages_of(voucher_list(whole_dossier(contract, house, support=40, own=1), ISSUED))

    assert len(pages) > 2
    with_rows = [page for page in pages if "HD0" in page]
    assert all("Số chứng từ" in page and "Đơn vị bán, nhận" in page for page in with_rows)
    assert [f"HD{number:03}" for number in range(40)] == re.findall(r"HD\d{3}", " ".join(pages))


def test_hundreds_of_vouchers_are_all_listed(house, contract):
    rows = [voucher(contract, 759_000, number=f"HD{number:03}") for number in range(394)]
    rows.append(voucher(contract, LOCAL - 394 * 759_000, number="HD394"))
    paper = voucher_list(stored(put_up(contract, house, vouchers=rows)), ISSUED)

    rows = [[cell.text for cell in row.cells] for row in paper.annexes[0].rows]
    assert rows[-1] == ["", "Tổng cộng 395 chứng từ", "300.000.000"]
    assert len(rows) == 395 + 2


def test_the_wider_list_is_there_only_where_all_sources_are_listed(house, contract):
    settlement = stored(put_up(contract, house))
    assert [key for key, _label in VOUCHER_LIST.variants(settlement)] == ["8a"]
    settlement.includes_other_sources = True
    assert [key for key, _label in VOUCHER_LIST.variants(settlement)] == ["8a", "8b"]


@pytest.mark.parametrize(("rate", "is_verified", "refused"), [(40, True, 1), (40, False, 0), (50, True, 0)])
def test_a_share_over_the_rate_is_not_issued(house, contract, rate, is_verified, refused):
    Norm.objects.create(
        content=content(), scope="local", name="Máy móc", rate_percent=rate, owner=house.department,
        is_verified=is_verified, legal_source="Quyết định 20/QĐ-UBND",
    )  # fmt: skip
    settlement = whole_dossier(contract, house)
    gaps = gaps_of(VOUCHER_LIST, settlement, Imprint(variant="8b"))

    assert len([gap for gap in gaps if "vượt tỷ lệ" in gap]) == refused
    [share] = voucher_list(settlement, WHOLE).context["shares"]
    assert (share["support"], share["spent"], share["rate"]) == (LOCAL, LOCAL + OWN, rate)
    if refused:
        [gap] = gaps
        assert "300.000.000 đồng trên tổng chi 640.000.000 đồng vượt tỷ lệ 40% (Quyết định 20/QĐ-UBND)" in gap


# Mẫu 9


def test_the_request_of_payment_prints_the_figures_of_the_screen(client, house, contract):
    Signer.objects.create(organisation=house.centre, name="Nguyễn Văn Bình", post="Giám đốc")
    settlement = stored(put_up(contract, house, local=290_000_000))
    paper = payment_request(settlement, ISSUED)
    [request] = screen(client, house.accountant, "settlement_detail", contract)["requests"]

    [row] = paper.context["rows"]
    assert {name: row[name] for name in request.table.totals} == request.table.totals
    assert (row["contracted"], row["paid"], row["to_pay"], row["to_refund"]) == (LOCAL, PAID, 80_000_000, 0)
    assert row["minutes"] == [{"number": "01/BBNT", "accepted_on": date(2026, 11, 1)}]
    assert [(block["party"], block["name"]) for block in paper.context["signatures"]] == [
        ("Xác nhận của\nSở Công Thương", ""), ("Kế toán", ""), ("Thủ trưởng đơn vị", "Nguyễn Văn Bình"),
    ]  # fmt: skip
    assert "Số tiền đề nghị thanh toán: 80.000.000 đồng (bằng chữ: Tám mươi triệu đồng)." in text_of(paper)


def test_money_to_give_back_is_told(house, contract):
    text = text_of(payment_request(stored(put_up(contract, house, local=200_000_000)), ISSUED))
    assert "Số tiền phải hoàn trả: 10.000.000 đồng" in text


# Mẫu 10


def test_the_reconciliation_prints_the_figures_of_the_screen(client, house):
    settlement = dossier_of_two(house)
    plan = settlement.contract.plan
    [(variant, name)] = RECONCILIATION.variants(plan)
    paper = reconciliation_table(plan, Imprint(draft=False, variant=variant))
    year = screen(client, house.accountant, "reconciliation", plan)["year"]

    assert (variant, name) == (str(house.centre.pk), house.centre.name)
    assert paper.context["totals"] == year.totals
    assert [(row["totals"], [part["totals"] for part in row["projects"]]) for row in paper.context["contracts"]] == [
        (row.table.totals, [rows.totals for _project, rows in row.table.projects]) for row in year.contracts
    ]
    assert rows_of(paper)[-1][1:] == ["Tổng cộng 1 hợp đồng", "400.000.000", "210.000.000", "-", "180.000.000", "0", ""]
    assert [block["party"] for block in paper.context["signatures"]] == [
        "Kế toán bên B", "Kế toán bên A", "Đại diện bên B", "Đại diện bên A",
    ]  # fmt: skip


def test_each_implementer_reconciles_its_own_contracts(house, contract, django_assert_num_queries):
    plan, other = contract.plan, OrganisationFactory(name="Công ty Tư vấn Cửu Long")
    contract.pk, contract.number, contract.party_b = None, "06/HĐ-SCT", other
    contract.save()
    project = Project.objects.get(contract__number="05/HĐ-SCT")
    project.pk, project.code, project.contract = None, "KC26-099", contract
    project.save()
    FundingLine.objects.create(
        project=project, source=source("KCDP"), requested_amount=5, appraised_amount=5, approved_amount=5,
        contracted_amount=5,
    )  # fmt: skip

    keys = dict(RECONCILIATION.variants(plan))
    with django_assert_num_queries(0):
        assert [len(RECONCILIATION.gaps(plan, Imprint(variant=key))) for key in keys] == [1, 1, 2]
    assert list(keys) == [str(other.pk), str(house.centre.pk), ""]
    own = reconciliation_table(plan, Imprint(variant=str(other.pk))).context
    both = reconciliation_table(plan, Imprint(variant="")).context
    assert (own["totals"]["contracted"], both["totals"]["contracted"]) == (5, LOCAL + 5)
    assert [block["party"] for block in both["signatures"]] == ["Kế toán bên A", "Đại diện bên A"]


def test_a_year_is_reconciled_once_everything_is_settled(house, contract):
    plan = contract.plan
    imprint = Imprint(variant=str(house.centre.pk))
    assert gaps_of(RECONCILIATION, plan, imprint) == [
        "Hợp đồng 05/HĐ-SCT đang “Đang thực hiện”: duyệt quyết toán rồi đối chiếu."
    ]
    approved(contract, house)
    plan = AnnualPlan.objects.get(pk=plan.pk)
    assert gaps_of(RECONCILIATION, plan, imprint) == []
    assert RECONCILIATION.variants(draft_plan(house, year=2027)) == []


# Who, and when


def test_accountants_and_officers_of_the_body_issue(house, contract):
    settlement = stored(put_up(contract, house))
    stranger = UserFactory(role=Role.ACCOUNTANT, organisation=OrganisationFactory(areas=[house.province]))
    for kind, record in [*((kind, settlement) for kind in DOSSIER_KINDS), (RECONCILIATION, contract.plan)]:
        assert [kind.refusal(user, record) is None for user in (house.accountant, house.officer)] == [True, True]
        for user in (house.reviewer, house.director, stranger):
            assert kind.refusal(user, record).startswith(kind.label if record == settlement else "Bảng đối chiếu")
        assert kind.records(house.viewer).get() == record
        assert not kind.records(UserFactory(organisation=OrganisationFactory(areas=[]))).exists()


def test_what_is_open_is_not_issued(house, contract):
    settlement = stored(put_up(contract, house, number="", dated_on=None))
    assert gaps_of(SETTLEMENT_TABLE, settlement) == ["Ghi số, ngày công văn đề nghị quyết toán."]
    assert "Công văn số ...... ngày ......" in text_of(settlement_table(settlement, DRAFT))

    Settlement.objects.filter(pk=settlement.pk).update(number="12/CV", dated_on=date(2026, 11, 10))
    assert gaps_of(PAYMENT_REQUEST, stored(settlement)) == []
    Settlement.objects.filter(pk=settlement.pk).update(status=SettlementStatus.RETURNED)
    assert [gap[:24] for gap in gaps_of(PAYMENT_REQUEST, stored(settlement))] == ["Quyết toán bị trả lại: s"]


def test_papers_of_a_dossier_carry_its_day_and_no_number(house, contract):
    settlement = stored(put_up(contract, house))
    assert kinds_of(settlement) == list(DOSSIER_KINDS)
    for kind in DOSSIER_KINDS:
        context = kind.build(settlement, ISSUED).context
        assert (context["number_text"], context["symbol"], context["date"]) == ("", "", date(2026, 11, 10))
        assert [type(record).__name__ for record in kind.subjects(settlement)] == [
            "Settlement", "Contract", "Project", "AnnualPlan",
        ]  # fmt: skip
        assert kind.title(settlement) == f"{kind.label}, Hợp đồng số 05/HĐ-SCT ngày 01/02/2026"


def test_pages_lead_to_their_papers(client, house, contract):
    settlement = whole_dossier(contract, house)
    on_dossier = screen(client, house.accountant, "settlement_detail", contract)["panel"]
    assert [(paper.kind.key, paper.variant, paper.gaps) for paper in on_dossier] == [
        ("settlement_table", "", []), ("voucher_list", "8a", []), ("voucher_list", "8b", []),
        ("payment_request", "", []),
    ]  # fmt: skip
    [on_year] = screen(client, house.accountant, "reconciliation", contract.plan)["panel"]
    assert (on_year.kind, on_year.variant, len(on_year.gaps)) == (RECONCILIATION, str(house.centre.pk), 1)
    html = client.get(reverse("projects:settlement_detail", args=[contract.pk])).content.decode()
    assert reverse("document_prepare", args=["voucher_list", settlement.pk]) + "?lan=8b" in html


@pytest.mark.parametrize(
    ("paper", "groups"), [(settlement_table, "projects"), (voucher_list, "groups"), (reconciliation_table, "contracts")]
)
def test_many_groups_are_numbered_on_one_line_each(house, paper, groups):
    settlement = stored(dossier_of_two(house))
    made = paper(settlement.contract.plan if paper is reconciliation_table else settlement, DRAFT)
    made.context[groups] = (list(made.context[groups]) * 18)[:18]
    pages = PdfReader(io.BytesIO(made.render_pdf())).pages

    assert {"VIII", "XIII", "XVII", "XVIII"} <= set(" ".join(page.extract_text() for page in pages).split())
