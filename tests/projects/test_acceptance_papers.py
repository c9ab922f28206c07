"""Acceptance minutes on paper: wording, figures as on the screen, who signs, gaps, refusals, history."""

import io
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from pypdf import PdfReader

from beneficiaries.models import Facility
from khuyencong.documents.kinds import DRAFT, Imprint
from khuyencong.models import Letterhead, OrganisationKind, Signer, Wording, WordingStatus
from programs.models import Indicator
from projects import services
from projects.documents import ACCEPTANCE_MINUTES, acceptance_minutes, parties_of
from projects.models import (
    Acceptance,
    AcceptanceMember,
    AcceptanceResult,
    AcceptanceWork,
    Project,
    ProjectIndicator,
)
from projects.services.acceptance import accepted_so_far
from projects.services.acceptance_prefill import works_left
from tests import stories
from tests.factories import OrganisationFactory, UserFactory, source, thai_nguyen

DAY = date(2026, 11, 1)
MILLION = 1_000_000
ISSUED = Imprint(draft=False)


@pytest.fixture
def running(house):
    return stories.project_of_two_places(house)


def member(name, title, body, **fields):
    return AcceptanceMember(name=name, title=title, body=body, **fields)


def members_of(project, house):
    facility = project.beneficiaries.first().facility
    return [
        member("Lê Thị Viên", "Chuyên viên", "Sở Công Thương"),
        member("Trương Mỹ Hạnh", "Chủ cơ sở", facility.name),
        member("Danh Sóc Kha", "Phó Chủ tịch", "UBND xã An Hòa"),
        member("Mai Thanh Tùng", "Giám đốc", house.centre.name),
        member("Trần Hữu Nghĩa", "Phó Giám đốc", "Sở Công Thương tỉnh Vĩnh Long", is_chair=True),
    ]


def accept(project, house, *, support=300, own=340, members=None, works=None, **fields):
    minutes = Acceptance(project=project, **{"form": "", "number": "01/BBNT", "accepted_on": DAY, **fields})
    place = fields.get("beneficiary")
    amounts = {source("KCDP").pk: support * MILLION, source("COUNTERPART").pk: own * MILLION}
    return services.accept(
        minutes, by=house.director, amounts=amounts, works=works_left(project, place) if works is None else works,
        members=members_of(project, house) if members is None else members,
    )  # fmt: skip


def stored(minutes):
    return Acceptance.objects.get(pk=minutes.pk)


def context_of(minutes, imprint=DRAFT):
    return acceptance_minutes(stored(minutes), imprint).context


def html_of(minutes, imprint=DRAFT):
    return " ".join(acceptance_minutes(stored(minutes), imprint).render_html().split())


def signers(minutes):
    return [
        (block["party"], block["mode"], block["post"], block["name"]) for block in context_of(minutes)["signatures"]
    ]


# What it says


def test_minutes_are_the_departments_who_chairs(house, running):
    Letterhead.objects.create(
        organisation=house.department,
        parent_lines="UBND tỉnh Vĩnh Long",
        name_lines="Sở Công Thương",
        place="Vĩnh Long",
    )
    minutes = accept(running, house)
    context = context_of(minutes)

    assert context["issuer"] == {"parent": "UBND tỉnh Vĩnh Long", "name": ["Sở Công Thương"]}
    assert (context["number_text"], context["symbol"], context["place"]) == ("01/BBNT", "BB-SCT", "")
    assert context["subject"] == ["Đề án “Ứng dụng máy móc tiên tiến trong sản xuất kẹo dừa”"]
    assert ACCEPTANCE_MINUTES.title(minutes) == (
        "Nghiệm thu cơ sở Đề án “Ứng dụng máy móc tiên tiến trong sản xuất kẹo dừa”"
    )
    assert acceptance_minutes(minutes, ISSUED).filename == (
        "2026_BBNT_KC26-001_ung-dung-may-moc-tien-tien-trong-san-xuat-keo-dua"
    )
    assert acceptance_minutes(minutes).filename.endswith("-ban-nhap")


def test_grounds_name_every_paper_and_leave_out_what_is_not_there(house, running):
    minutes = accept(running, house)
    bare = context_of(minutes)["grounds"]
    assert [ground.split(" ngày ")[0] for ground in bare] == [
        "Căn cứ Thông tư số 46/2012/TT-BCT", "Căn cứ Quyết định số 10/QĐ-UBND",
    ]  # fmt: skip
    assert bare[1] == (
        "Căn cứ Quyết định số 10/QĐ-UBND ngày 04 tháng 01 năm 2026 của UBND tỉnh Vĩnh Long về việc phê duyệt "
        "Kế hoạch khuyến công địa phương năm 2026"
    )


def test_grounds_of_a_project_under_contract(house):
    project = stories.contracted_project(house)
    stories.support_contract(house, project)
    stories.decide_amendment(house, stories.submitted_amendment(house, project), on=date(2026, 6, 1))
    project = services.start_project(Project.objects.get(pk=project.pk), by=house.officer)
    grounds = context_of(accept(project, house, works=[]))["grounds"]

    assert grounds[2:] == [
        "Căn cứ Quyết định số 99/QĐ-UBND ngày 01 tháng 6 năm 2026 về việc điều chỉnh đề án",
        "Căn cứ Hợp đồng số 15/HĐ-KC ngày 01 tháng 02 năm 2026",
        "Căn cứ Hợp đồng hỗ trợ số 02/HĐHT ngày 10 tháng 02 năm 2026",
    ]


def test_wording_of_the_body_counts_from_its_day(house, running):
    minutes = accept(running, house)
    Wording.objects.create(
        organisation=house.department, kind="acceptance_minutes", slot="closing", valid_from=date(2026, 10, 1),
        text="Lập thành {so_ban} bản về {ten_de_an}.", status=WordingStatus.PUBLISHED, created_by=house.director,
        published_by=house.director, published_at=minutes.recorded_at,
    )  # fmt: skip
    assert context_of(minutes)["words"]["closing"] == f"Lập thành 04 bản về {running.name}."


def test_members_stand_by_body_with_the_chair_first(house, running):
    parties = parties_of(accept(running, house))
    told = [(party.role, party.name, [person.name for person in party.people]) for party in parties]
    facility = running.beneficiaries.first().facility.name

    # The department is one body, though it was spelled in two ways.
    assert told == [
        ("chair", "Sở Công Thương tỉnh Vĩnh Long", ["Trần Hữu Nghĩa", "Lê Thị Viên"]),
        ("implementer", house.centre.name, ["Mai Thanh Tùng"]),
        ("beneficiary", facility, ["Trương Mỹ Hạnh"]),
        ("commune", "UBND xã An Hòa", ["Danh Sóc Kha"]),
    ]


def test_facilities_whose_names_begin_alike_stay_apart(house, running):
    for place, name in zip(running.beneficiaries.all(), ("Cơ sở An", "Cơ sở An Phú"), strict=True):
        Facility.objects.filter(pk=place.facility_id).update(name=name)
    members = [member("Một", "Chủ", "Cơ sở An"), member("Hai", "Chủ", "Cơ sở An Phú"), *members_of(running, house)[-1:]]
    parties = parties_of(accept(running, house, members=members))[1:]
    assert [(party.role, party.name) for party in parties] == [
        ("beneficiary", "Cơ sở An"), ("beneficiary", "Cơ sở An Phú"),
    ]  # fmt: skip


def test_each_party_signs_and_deputies_sign_for_their_head(house, running):
    assert signers(accept(running, house)) == [
        ("Đơn vị thụ hưởng", "", "Chủ cơ sở", "Trương Mỹ Hạnh"),
        ("Đơn vị thực hiện", "", "Giám đốc", "Mai Thanh Tùng"),
        ("UBND xã An Hòa", "KT", "Phó Chủ tịch", "Danh Sóc Kha"),
        ("Sở Công Thương tỉnh Vĩnh Long\n(chủ trì)", "KT", "Phó Giám đốc", "Trần Hữu Nghĩa"),
    ]


def test_signer_of_the_settings_signs_as_set_there(house, running):
    Signer.objects.create(
        organisation=house.department, name="Trần Hữu Nghĩa", post="Trưởng phòng", mode="TL", capacity="Giám đốc"
    )
    assert signers(accept(running, house))[-1][1:] == ("TL", "Trưởng phòng", "Trần Hữu Nghĩa")


def test_parties_that_sent_nobody_leave_a_block(house, running):
    chair = [member("Trần Hữu Nghĩa", "Giám đốc", "Sở Công Thương", is_chair=True)]
    blocks = signers(accept(running, house, members=chair))
    assert [block[0] for block in blocks if not block[3]] == [
        "Đơn vị thụ hưởng", "Đơn vị thực hiện", "Ủy ban nhân dân cấp xã",
    ]  # fmt: skip


def test_agency_of_the_ministry_chairs_form_5c(house, running):
    agency = OrganisationFactory(kind=OrganisationKind.MINISTRY_DEPT, name="Cục Công Thương địa phương", symbol="CTĐP")
    members = [member("Vũ Văn Cục", "Cục trưởng", agency.name, is_chair=True), *members_of(running, house)[:-1]]
    minutes = accept(running, house, organiser=agency, members=members)
    context = context_of(minutes)

    assert minutes.form == "5c"
    assert context["issuer"]["name"] == ["Cục Công Thương địa phương"]
    assert (context["symbol"], ACCEPTANCE_MINUTES.issuer(minutes)) == ("BB-CTĐP", agency)
    assert "cơ quan của Bộ Công Thương nghiệm thu (Mẫu số 5c)" in context["how"]
    assert signers(minutes)[-1] == ("Cục Công Thương địa phương\n(chủ trì)", "", "Cục trưởng", "Vũ Văn Cục")


# Figures


def test_figures_are_those_of_the_screen(client, house, running):
    minutes = accept(running, house, own=400)
    context = context_of(minutes)
    client.force_login(house.viewer)
    screen = client.get(reverse("projects:acceptance_detail", args=[minutes.pk])).context

    assert [(row["source"], row["planned"], row["done"], row["percent"]) for row in context["money"]] == [
        (str(source), *rest) for source, *rest in screen["money"]
    ]
    assert context["money_total"]["planned"] == screen["estimate_total"] == 640 * MILLION
    assert context["money_total"]["done"] == screen["done_total"] == 700 * MILLION
    assert (context["support_amount"], context["own_amount"]) == (300 * MILLION, 400 * MILLION)
    assert context["machine_total"] == screen["work_total"] == 640 * MILLION
    assert [row["percent"] for row in context["works"]] == [row.percent for row in screen["works"]] == [100, 100]


def test_paper_says_the_sum_in_words_and_the_committed_money(house, running):
    html = html_of(accept(running, house))
    assert "Tổng kinh phí được nghiệm thu: 640.000.000 đồng (bằng chữ: Sáu trăm bốn mươi triệu đồng)." in html
    assert "kinh phí khuyến công: 300.000.000 đồng (bằng chữ: Ba trăm triệu đồng)." in html
    assert "được nghiệm thu theo số thực chi: 340.000.000 đồng." in html


def test_percent_stays_empty_where_nothing_was_planned(house, running):
    works = [
        AcceptanceWork(name="Đào tạo vận hành", unit_name="người", done_quantity=Decimal("8.50"), note="Tại chỗ"),
        AcceptanceWork(name="Máy sấy", unit_name="máy", contracted_quantity=2, done_quantity=3, is_new=True),
    ]
    context = context_of(accept(running, house, works=works))
    assert [row["percent"] for row in context["works"]] == [None, 150]
    assert [row["name"] for row in context["machines"]] == ["Máy sấy"]
    html = html_of(Acceptance.objects.get())
    assert '<td class="amount wrap"></td> <td class="amount wrap">8,5</td> <td class="amount wrap"></td>' in html


def test_places_add_up_to_the_project(house):
    project = stories.project_of_two_places(house)
    first, second = project.beneficiaries.all()
    own = accept(project, house, beneficiary=first, is_final=False, support=200, own=200)
    other = accept(project, house, beneficiary=second, is_final=True, number="02/BBNT", support=100, own=140)
    papers = [context_of(row) for row in (own, other)]

    assert [paper["subject"][1] for paper in papers] == [f"(tại {row.facility.name})" for row in (first, second)]
    assert [len(paper["project"]["beneficiaries"]) for paper in papers] == [1, 1]
    assert [paper["money_total"]["planned"] for paper in papers] == [400 * MILLION, 240 * MILLION]
    assert [[row["name"] for row in paper["works"]] for paper in papers] == [["Máy nấu chân không"], ["Máy sấy"]]
    sums = accepted_so_far(project)
    assert sum(paper["support_amount"] for paper in papers) == sums[source("KCDP").pk] == 300 * MILLION
    assert sum(paper["own_amount"] for paper in papers) == sums[source("COUNTERPART").pk] == 340 * MILLION
    assert [paper["how"].startswith("nghiệm thu từng địa điểm (Mẫu số 5a)") for paper in papers] == [True, True]


def test_indicators_are_told_with_the_last_minutes(house, running):
    indicator = Indicator.objects.filter(is_of_projects=True).first()
    ProjectIndicator.objects.create(project=running, indicator=indicator, planned=10, done=12, is_verified=True)
    minutes = accept(running, house)
    [row] = context_of(minutes)["indicators"]
    assert (row["name"], row["planned"].split()[0], row["done"].split()[0], row["percent"]) == (
        str(indicator), "10", "12", 120,
    )  # fmt: skip
    assert "Đã kiểm chứng" in html_of(minutes)


@pytest.mark.parametrize(("result", "ticked"), [("pass", [True, False, False]), ("condition", [False, True, False])])
def test_conclusion_ticks_one_box(house, running, result, ticked):
    minutes = accept(running, house, result=result, shortcomings="Thiếu nhãn.\nThiếu sổ.", conclusion="Đạt.")
    context = context_of(minutes)
    assert [row["on"] for row in context["conclusions"]] == ticked
    assert (context["shortcomings"], context["conclusion"]) == (["Thiếu nhãn.", "Thiếu sổ."], ["Đạt."])


def test_minutes_that_failed_accept_no_money(house, running):
    minutes = accept(running, house, result=AcceptanceResult.FAIL)
    context = context_of(minutes)
    assert [row["on"] for row in context["conclusions"]] == [False, False, True]
    assert (context["money_total"]["done"], context["support_amount"]) == (0, 0)


# Who issues, and when


def test_gaps_name_what_is_missing(house):
    bare = stories.accepted_project(house).acceptance
    assert ACCEPTANCE_MINUTES.gaps(bare, ISSUED) == [
        "Biên bản chưa ghi thành phần nghiệm thu: bổ sung thành phần vào biên bản."
    ]
    assert [party["label"] for party in context_of(bare)["parties"]] == [
        "Cơ quan chủ trì nghiệm thu", "Đơn vị thực hiện", "Đơn vị thụ hưởng",
    ]  # fmt: skip
    assert "tại ................................, chúng tôi gồm" in html_of(bare)


def test_complete_minutes_have_no_gap(house, running):
    assert ACCEPTANCE_MINUTES.gaps(accept(running, house), ISSUED) == []


def test_reopened_minutes_print_as_history_alone(house, running):
    minutes = accept(running, house)
    services.reopen_acceptance(running, by=house.director, reason="Ghi nhầm số máy.")
    [gap] = ACCEPTANCE_MINUTES.gaps(stored(minutes), ISSUED)
    html = html_of(minutes, ISSUED)

    assert "đã mở lại" in gap
    assert "không còn hiệu lực: Ghi nhầm số máy." in html
    assert "BẢN NHÁP" in html


def test_only_people_of_the_body_issue_and_all_who_see_it_print(house, running):
    minutes = accept(running, house)
    stranger = UserFactory(organisation=OrganisationFactory(areas=[thai_nguyen()]))
    may = {
        role: ACCEPTANCE_MINUTES.refusal(getattr(house, role), minutes) for role in ("officer", "director", "viewer")
    }

    assert (may["officer"], may["director"]) == (None, None)
    assert may["viewer"].startswith("Việc “Phát hành biên bản nghiệm thu” dành cho: ")
    assert list(ACCEPTANCE_MINUTES.records(house.viewer)) == [minutes]
    assert list(ACCEPTANCE_MINUTES.records(stranger)) == []


def test_paper_is_found_by_project_facility_and_plan(house, running):
    minutes = accept(running, house)
    facilities = [row.facility for row in running.beneficiaries.all()]
    assert list(ACCEPTANCE_MINUTES.subjects(minutes)) == [minutes, running, *facilities, running.plan]


def test_pages_of_acceptance_lead_to_the_paper(client, house, running):
    minutes = accept(running, house)
    client.force_login(house.officer)
    prepare = f'href="{reverse("document_prepare", args=["acceptance_minutes", minutes.pk])}"'
    for address in (reverse("projects:acceptances", args=[running.pk]), minutes.get_absolute_url()):
        assert prepare in client.get(address).content.decode()

    services.reopen_acceptance(running, by=house.director, reason="Nhầm.")
    page = client.get(reverse("projects:acceptances", args=[running.pk])).content.decode()
    assert prepare not in page
    assert reverse("document_preview", args=["acceptance_minutes", minutes.pk]) in page


# Hard cases


def test_text_that_people_typed_is_escaped(house, running):
    html = html_of(accept(running, house, venue="<b>Xưởng</b>", remarks="<script>1</script>"))
    assert "&lt;b&gt;Xưởng&lt;/b&gt;" in html
    assert "<script" not in html


def test_large_paper_comes_out_whole(house, running):
    """A name of 200 letters, 999.999 tỷ, 40 works, 12 bodies that sign, no day of the beginning."""
    name = ("Ứng dụng máy móc thiết bị tiên tiến trong chế biến nông sản " * 4)[:200].strip()
    Project.objects.filter(pk=running.pk).update(name=name, starts_on=None, ends_on=None)
    members = members_of(running, house)
    members += [member(f"Nguyễn Văn {number}", "Ủy viên", f"Hội ngành nghề {number}") for number in range(8)]
    works = [
        AcceptanceWork(
            name=f"Máy chế biến số {number}", specification="Việt Nam, TB-200, 2026", unit_name="máy", done_quantity=1,
            contracted_quantity=1, amount=999_999 * 10**9 if number == 0 else MILLION, is_new=True, note="Chạy thử đạt",
        )
        for number in range(40)
    ]  # fmt: skip
    minutes = accept(Project.objects.get(), house, members=members, works=works, own=999_999_000)
    document = acceptance_minutes(stored(minutes), ISSUED)
    pages = [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(document.render_pdf())).pages]
    text = " ".join(pages)

    assert len(document.context["signatures"]) == 12
    assert name in text
    assert "từ ngày ...... tháng ...... năm ...... đến ngày ...... tháng ...... năm ......" in text
    assert "999.999.000.000.000" in text
    assert "999.999.300.000.000" in text
    assert "40 Máy chế biến số 39" in text
    assert all(person.name in pages[-1] + pages[-2] for person in members if person.name != "Lê Thị Viên")
