"""The printed minutes: what the builder gives the template, and what stands on the paper."""

import io
import re
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from pypdf import PdfReader

from khuyencong.documents import merge
from khuyencong.documents.kinds import Imprint
from khuyencong.models import OrganisationName
from projects import services
from projects.documents import (
    Sums,
    Total,
    bundle_name,
    figures_of,
    handover_bundle,
    handover_minutes,
    number_of,
    sums_of,
)
from projects.models import HandoverContract, HandoverEvent, HandoverItem, HandoverMinutes, ItemKind, Project, Side
from tests.factories import FacilityFactory, OrganisationFactory, commune_of, source
from tests.projects.handovers import (
    CONTRACTS_TOTAL,
    NOTE,
    WORKS_TOTAL,
    add_minutes,
    contracts,
    draft_handover,
    machine,
    papers,
    person,
    receiver_people,
    sme_handover,
    works,
)
from tests.projects.settlements import due_contract
from tests.stories import approve, draft_plan, make_house, planned_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return make_house()


def fresh(minutes):
    return HandoverMinutes.objects.with_contents().get(pk=minutes.pk)


def context_of(minutes):
    return handover_minutes(fresh(minutes)).context


def texts(pdf):
    """The text of each page on one line."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


def test_figures_are_those_of_the_source(house):
    event = sme_handover(house)
    figures = [figures_of(minutes) for minutes in event.minutes.with_contents()]
    assert [len(row.works) for row in figures] == [0, 25, 0, 0, 0]
    assert figures[1].work_total == figures[1].asset_total == Total(WORKS_TOTAL)
    assert figures[0].result_total == Total(11_800_000_000, at_least=True)
    assert [len(row.contracts) for row in figures] == [11, 0, 0, 0, 0]
    assert figures[0].contract_amounts == {source("OTHER"): 5_368_000_000, source("COUNTERPART"): 6_452_000_000}
    assert figures[0].contract_total == CONTRACTS_TOTAL
    assert figures[0].sheet_count == 396
    assert Total.over(row.asset_total for row in figures) == Total(WORKS_TOTAL + 2 * 640_000_000)


def test_sums_are_those_of_the_figures(house):
    event = sme_handover(house)
    event.minutes.last().items.update(amount=None, is_at_least=True)
    figures = [figures_of(minutes) for minutes in event.minutes.with_contents()]
    sums = [sums_of(minutes) for minutes in event.minutes.with_sums()]
    assert [(row.result_count, row.asset_count, row.contract_count, row.paper_count) for row in sums] == [
        (len(row.results), row.asset_count, len(row.contracts), len(row.papers)) for row in figures
    ]
    assert [(row.result_total, row.asset_total, row.contract_total) for row in sums] == [
        (row.result_total, row.asset_total, row.contract_total) for row in figures
    ]
    whole = Sums.over(sums)
    assert (whole.result_total, whole.asset_total) == (
        Total(11_800_000_000, at_least=True), Total(WORKS_TOTAL + 640_000_000),
    )  # fmt: skip
    assert (whole.contract_count, whole.contract_total, whole.paper_count) == (11, CONTRACTS_TOTAL, 3)
    assert Sums.over([]).contract_total is None


def test_total_tells_nothing_from_zero():
    items = [HandoverItem(amount=None), HandoverItem(amount=None)]
    assert Total.of(items) is None
    assert Total.of([*items, HandoverItem(amount=0)]) == Total(0)
    assert Total.of([HandoverItem(amount=5), HandoverItem(amount=7, is_at_least=True)]) == Total(12, at_least=True)
    assert Total.over([None, None]) is None


def test_contract_of_the_portal_tells_what_is_paid_and_left(house):
    kept = due_contract(house)
    event = draft_handover(house, kept.projects.get())
    rows = [
        (HandoverContract(beneficiary="Bên B", number=kept.number, contract=kept), {source("KCDP"): 300_000_000}),
        (HandoverContract(beneficiary="Cơ sở A", number="09/HĐHT"), {source("OTHER"): 5}),
    ]
    minutes = add_minutes(house, event, OrganisationFactory(), contracts=rows)
    context = context_of(minutes)
    assert context["has_paid"]
    assert [(row["paid"], row["remaining"]) for row in context["contracts"]] == [
        (210_000_000, 90_000_000), (None, None),
    ]  # fmt: skip
    assert (context["contract_totals"]["paid"], context["contract_totals"]["remaining"]) == (None, None)
    assert len(re.findall(r"\.{12}\s*</td>", handover_minutes(minutes).render_html())) == 4
    minutes.contracts.filter(contract=None).delete()
    totals = context_of(minutes)["contract_totals"]
    assert (totals["paid"], totals["remaining"]) == (210_000_000, 90_000_000)


def test_context_holds_what_the_template_asks_for(house):
    event = draft_handover(house, note=NOTE)
    place = commune_of(house.province)
    facility = FacilityFactory(name="Cơ sở Nhận", created_by=house.officer, unit=place, address="Ấp 1")
    minutes = add_minutes(
        house, event, facility, items=[machine(place=place, source=source("KCDP"))], contracts=contracts()[:1],
        papers=papers()[:1], condition="Chạy tốt.", finance="Đã quyết toán.", copies=6, copies_each=3,
    )  # fmt: skip
    context = context_of(minutes)
    assert context["issuer"] == {"parent": house.department.name, "name": [house.centre.name]}
    assert (context["number_text"], context["symbol"]) == ("", "BB-TTKC")
    assert context["subject"] == ["kết quả, đầu ra Dự án", "Phát triển doanh nghiệp nhỏ và vừa"]
    assert context["started_at"] == "14 giờ 00 phút"
    assert (context["date"], context["month_day"]) == (date(2026, 11, 20), None)
    assert [(party["label"], party["name"], party["address"]) for party in context["parties"]] == [
        ("Bên giao", house.centre.name, ""),
        ("Bên nhận", "Cơ sở Nhận", f"Ấp 1, {place}"),
        ("Chứng kiến", "Ban Chỉ đạo", ""),
    ]
    assert context["parties"][1]["people"] == [
        {"title": "Ông", "name": "Phạm Thị Nhận", "position": "Phó Giám đốc"}
    ]  # fmt: skip
    assert context["equipment"] == [
        {
            "name": "Máy nấu chân không", "spec": "Inox 304", "unit": "máy", "quantity": Decimal(1),
            "amount": 640_000_000, "at_least": False, "source": "Khuyến công địa phương", "place": str(place),
            "condition": "Mới 100%", "note": "",
        }
    ]  # fmt: skip
    assert context["contract_sources"] == [str(source("COUNTERPART")), str(source("OTHER"))]
    assert context["contracts"][0]["total"] == context["contract_totals"]["total"] == 1_160_000_000
    assert context["papers"] == [
        {
            "name": "Hợp đồng hỗ trợ kèm phụ lục", "number": "01 đến 11/HĐHT", "dated_on": None, "sheets": 264,
            "copy": "Bản chính",
        }
    ]  # fmt: skip
    assert (context["condition"], context["finance"]) == ("Chạy tốt.", "Đã quyết toán.")
    assert context["conclusion"] == [
        "Các bên thống nhất nội dung trên. Biên bản kết thúc vào hồi 16 giờ 30 phút cùng ngày, được lập thành 06 bản "
        "có giá trị như nhau, mỗi bên giữ 03 bản, đã đọc lại cho mọi người cùng nghe, nhất trí và ký tên"
    ]
    assert (context["notes"], context["sample_note"]) == ([NOTE], "")


def test_signatures_stand_from_receiver_to_witness(house):
    minutes = add_minutes(house, draft_handover(house), OrganisationFactory())
    blocks = [
        (block["party"], block["mode"], block["capacity"], block["post"], block["name"])
        for block in context_of(minutes)["signatures"]
    ]
    assert blocks == [
        ("Đại diện bên nhận", "KT", "Giám đốc", "Phó Giám đốc", "Phạm Thị Nhận"),
        ("Đại diện bên giao", "", "", "Giám đốc", "Nguyễn Văn Giao"),
        ("Chứng kiến", "TM", "Ban Chỉ đạo", "Ủy viên thường trực", "Lê Văn Chứng"),
    ]


def test_signatures_leave_a_block_for_a_side_without_signer(house):
    minutes = add_minutes(house, draft_handover(house, people=False), OrganisationFactory(), people=[])
    blocks = [(block["party"], block["name"]) for block in context_of(minutes)["signatures"]]
    assert blocks == [("Đại diện bên nhận", ""), ("Đại diện bên giao", "")]


def test_witnesses_are_grouped_by_their_body(house):
    event = draft_handover(house)
    bodies = ("UBND xã", "Ban Chỉ đạo", "UBND xã")
    people = [person(Side.WITNESS, f"Người {number}", "", body=body) for number, body in enumerate(bodies)]
    services.save_handover(event, by=house.officer, people=people)
    parties = context_of(add_minutes(house, event, OrganisationFactory()))["parties"]
    assert [(party["name"], [row["name"] for row in party["people"]]) for party in parties[2:]] == [
        ("UBND xã", ["Người 0", "Người 2"]),
        ("Ban Chỉ đạo", ["Người 1"]),
    ]


def test_grounds_and_duties_lose_their_own_endings(house):
    minutes = add_minutes(
        house, draft_handover(house), OrganisationFactory(), giver_duties="Bàn giao hồ sơ;\n\n Giải trình. ",
        receiver_duties="Bảo quản máy;",
    )  # fmt: skip
    context = context_of(minutes)
    assert context["grounds"] == [
        "Căn cứ Quyết định số 10/QĐ-UBND ngày 04/01/2026",
        "Căn cứ Biên bản nghiệm thu số 01/BBNT",
    ]
    assert context["duties"] == [
        {"text": "Bên giao có trách nhiệm:", "points": ["Bàn giao hồ sơ", "Giải trình"]},
        {"text": "Bên nhận có trách nhiệm: Bảo quản máy.", "points": []},
    ]


def test_names_are_those_of_the_day(house):
    receiver = OrganisationFactory(name="Sở Công Thương tỉnh mới")
    OrganisationName.objects.create(organisation=receiver, name="Sở Công nghiệp tỉnh cũ", valid_to=date(2026, 11, 20))
    OrganisationName.objects.create(organisation=house.centre, name="Trung tâm cũ", valid_to=date(2026, 12, 31))
    house.centre.letterhead = "Tên trên giấy|ngày nay"
    house.centre.save()
    minutes = add_minutes(house, draft_handover(house), receiver)
    context = context_of(minutes)
    assert [party["name"] for party in context["parties"][:2]] == ["Trung tâm cũ", "Sở Công nghiệp tỉnh cũ"]
    assert context["issuer"]["name"] == ["Trung tâm cũ"]
    HandoverEvent.objects.update(held_on=date(2027, 1, 1))
    assert context_of(minutes)["issuer"]["name"] == ["Tên trên giấy", "ngày nay"]


def test_a_day_without_a_year_leaves_dots_for_it(house):
    event = draft_handover(house, held_on=None, held_month_day="12-12")
    html = handover_minutes(fresh(add_minutes(house, event, OrganisationFactory()))).render_html()
    assert "ngày 12 tháng 12 năm ......," in html


def test_unknown_time_and_day_leave_dots(house):
    event = draft_handover(house, held_on=None, started_at=None, ended_at=None)
    html = handover_minutes(fresh(add_minutes(house, event, OrganisationFactory()))).render_html()
    text = " ".join(html.split())
    assert "Hôm nay, hồi ...... giờ ...... phút, ngày ...... tháng ...... năm ......," in text
    assert "kết thúc vào hồi ...... giờ ...... phút cùng ngày" in text


def test_sample_events_say_so_at_the_foot(house):
    event = draft_handover(house)
    HandoverEvent.objects.filter(pk=event.pk).update(is_sample=True)
    html = handover_minutes(fresh(add_minutes(house, event, OrganisationFactory()))).render_html()
    assert "Dữ liệu mẫu: tên người, số hiệu và số liệu chi tiết là giả định." in html


def test_text_that_people_typed_is_escaped(house):
    typed = "Máy <b>ép</b> & <script>alert(1)</script>"
    event = draft_handover(house, note=typed, venue=typed)
    items = [machine(typed)]
    minutes = add_minutes(house, event, OrganisationFactory(name=typed), items=items, people=receiver_people(typed))
    html = handover_minutes(fresh(minutes)).render_html()
    assert "<b>" not in html
    assert "<script" not in html
    assert html.count("Máy &lt;b&gt;ép&lt;/b&gt; &amp; &lt;script&gt;alert(1)&lt;/script&gt;") >= 5


def test_file_names_are_plain_and_tell_what_is_inside(house):
    event = draft_handover(house)
    minutes = add_minutes(house, event, OrganisationFactory(name="Sở Công Thương tỉnh Đắk Lắk"))
    code = event.projects.get().code
    assert handover_minutes(fresh(minutes)).filename == (
        f"2026_BBBG_{code}_so-cong-thuong-tinh-dak-lak-ban-nhap"
    )  # fmt: skip
    assert (
        handover_minutes(fresh(minutes), Imprint(draft=False)).filename
        == f"2026_BBBG_{code}_so-cong-thuong-tinh-dak-lak"
    )
    assert bundle_name(event, 5) == f"2026_BBBG_{code}_5-ben-nhan-ban-nhap"
    assert (code + handover_minutes(fresh(minutes)).filename).isascii()


def test_file_of_a_facility_is_named_after_its_own_project(house):
    plan = draft_plan(house)
    facilities = [FacilityFactory(name=name, created_by=house.officer) for name in ("Cơ sở A", "Cơ sở B")]
    for facility in facilities:
        planned_project(house, plan, facility=facility, support=100_000_000)
    services.submit_plan(plan, by=house.reviewer)
    approve(house, plan)
    for number, project in enumerate(Project.objects.order_by("code"), 1):
        project = services.start_project(project, by=house.officer)
        services.accept_project(project, by=house.director, number=f"{number}", accepted_on=date(2026, 11, 1))
    event = draft_handover(house, Project.objects.first())
    services.save_handover(event, by=house.officer, projects=Project.objects.all())
    names = [
        handover_minutes(fresh(add_minutes(house, event, receiver)), Imprint(draft=False)).filename
        for receiver in (*facilities, OrganisationFactory(name="Sở Ba"))
    ]
    assert names == [
        "2026_BBBG_KC26-001_co-so-a",
        "2026_BBBG_KC26-002_co-so-b",
        "2026_BBBG_KC26-001-va-1-de-an_so-ba",
    ]


def test_draft_has_no_number_and_closing_gives_it(house):
    event = draft_handover(house)
    minutes = add_minutes(house, event, OrganisationFactory(), items=[machine()])
    draft = handover_minutes(fresh(minutes))
    assert (draft.context["draft"], draft.context["number_text"], number_of(fresh(minutes))) == (True, "", "")
    assert "Số: <span" in draft.render_html()
    services.complete_handover(event, by=house.officer)
    done = handover_minutes(fresh(minutes))
    assert (done.context["draft"], done.context["number_text"], number_of(fresh(minutes))) == (
        False,
        "01/BB-TTKC",
        "01/BB-TTKC",
    )
    assert "BẢN NHÁP" not in done.render_html()
    assert "Số: 01/BB-TTKC" in done.render_html()


def test_pdf_of_works_reads_as_the_paper_must(house):
    event = draft_handover(house, note=NOTE)
    minutes = add_minutes(house, event, OrganisationFactory(name="Ủy ban nhân dân huyện Trà Cú"), items=works())
    pages = texts(handover_minutes(fresh(minutes)).render_pdf())
    assert 3 <= len(pages) <= 5
    assert all("BẢN NHÁP" in page for page in pages)
    assert all("STT Tài sản, công trình ĐVT" in page for page in pages[:-1])
    text = " ".join(pages)
    assert "Bàn giao kết quả, đầu ra Dự án Phát triển doanh nghiệp nhỏ và vừa" in text
    assert "2. Bên nhận: Ủy ban nhân dân huyện Trà Cú" in text
    assert "76.080.000.000 đồng (bằng chữ: Bảy mươi sáu tỷ không trăm tám mươi triệu đồng)." in text
    assert f"Ghi chú: {NOTE}" in text
    assert "lập thành 04 bản có giá trị như nhau, mỗi bên giữ 02 bản" in text
    for words in ("KT. GIÁM ĐỐC PHÓ GIÁM ĐỐC", "TM. BAN CHỈ ĐẠO", "Nguyễn Văn Giao", "Phạm Thị Nhận"):
        assert words in pages[-1]


def test_pdf_of_contracts_puts_money_under_its_source(house):
    event = draft_handover(house)
    items = [
        HandoverItem(
            kind=ItemKind.RESULT, name="Doanh nghiệp được hỗ trợ vốn", amount=11_800_000_000, is_at_least=True
        )
    ]  # fmt: skip
    minutes = add_minutes(house, event, OrganisationFactory(), items=items, contracts=contracts())
    services.complete_handover(event, by=house.officer)
    text = " ".join(texts(handover_minutes(fresh(minutes)).render_pdf()))
    assert "BẢN NHÁP" not in text
    assert "Tổng cộng 11 hợp đồng 6.452.000.000 5.368.000.000 11.820.000.000" in text
    assert "11.820.000.000 đồng (bằng chữ: Mười một tỷ tám trăm hai mươi triệu đồng)." in text
    assert "trên 11.800.000.000 đồng (bằng chữ: Trên mười một tỷ tám trăm triệu đồng)." in text


def test_bundle_holds_every_paper_in_order(house):
    event = draft_handover(house)
    for name in ("Sở Một", "Sở Hai", "Sở Ba"):
        add_minutes(house, event, OrganisationFactory(name=name), papers=papers()[:1])
    papers_of_event = handover_bundle(event)
    pages = texts(merge(papers_of_event))
    assert len(pages) == sum(len(texts(paper.render_pdf())) for paper in papers_of_event)
    firsts = [page for page in pages if "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in page]
    found = [[name for name in ("Sở Một", "Sở Hai", "Sở Ba") if f"Bên nhận: {name}" in page] for page in firsts]
    assert found == [["Sở Một"], ["Sở Hai"], ["Sở Ba"]]


def test_screen_and_paper_show_the_same_sums(client, house):
    event = sme_handover(house)
    client.force_login(house.viewer)
    screen = client.get(reverse("projects:handover_detail", args=[event.pk])).content.decode()
    for minutes in event.minutes.with_contents():
        context = handover_minutes(minutes).context
        for total in (context["asset_total"], context["result_total"]):
            assert total is None or f"{total.amount:,}".replace(",", ".") in screen
    assert "77.360.000.000" in screen
    assert "11.820.000.000" in screen


@pytest.mark.parametrize("count", [1, 3])
def test_builder_asks_as_often_for_many_rows_as_for_one(house, count, django_assert_num_queries):
    event = draft_handover(house)
    minutes = add_minutes(
        house, event, OrganisationFactory(), items=works(count), contracts=contracts()[:count], papers=papers()[:count]
    )
    minutes = (
        HandoverMinutes.objects.with_contents().select_related("event__giver__parent", "event__plan").get(pk=minutes.pk)
    )
    with django_assert_num_queries(8):  # letterhead, wording, people of the event, codes, four names of that day
        handover_minutes(minutes)


def test_columns_without_anything_are_left_out(house):
    minutes = add_minutes(house, draft_handover(house), OrganisationFactory(), items=works(2))
    context = context_of(minutes)
    assert context["asset_columns"] == {"spec": "", "source": "c-source", "note": ""}
    html = handover_minutes(fresh(minutes)).render_html()
    assert [head in html for head in ("Nguồn vốn</th>", "Ký hiệu, quy cách", "Ghi chú")] == [True, False, False]
    minutes.items.update(note="Kèm hồ sơ hoàn công")
    assert context_of(minutes)["asset_columns"]["note"] == "c-remark"
    minutes.items.update(note="Theo HDHT-2020/DASME")
    assert context_of(minutes)["asset_columns"]["note"] == "c-spec"


def test_first_table_starts_on_the_first_page(house):
    event = draft_handover(house)
    minutes = add_minutes(house, event, OrganisationFactory(name="Ủy ban nhân dân huyện Trà Cú"), items=works())
    pages = texts(handover_minutes(fresh(minutes)).render_pdf())
    assert "tuyến số 1 " in pages[0]


def test_narrow_columns_hold_the_longest_syllables_whole(house):
    words = {"unit_name": "chương", "condition": "Nghiêng", "note": "Thưởng", "specification": "Phường"}
    minutes = add_minutes(house, draft_handover(house), OrganisationFactory(), items=[machine(amount=999_000_000_000)])
    minutes.items.update(**words)
    text = " ".join(texts(handover_minutes(fresh(minutes)).render_pdf()))
    assert [word for word in words.values() if word not in text] == []
