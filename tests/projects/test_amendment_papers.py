"""The decision on an amendment: before and after per source, other changes, whose decision it is."""

import io
from datetime import date

import pytest
from django.urls import reverse
from pypdf import PdfReader

from khuyencong.dates import today
from khuyencong.documents.kinds import Imprint
from khuyencong.models import OrganisationKind
from programs.models import AmendmentRule
from projects import services
from projects.documents import AMENDMENT_DECISION, amendment_decision
from projects.models import Amendment
from tests.factories import FacilityFactory, OrganisationFactory, source, thai_nguyen
from tests.stories import (
    amendment,
    approved_project,
    contracted_project,
    decide_amendment,
    draft_plan,
    make_house,
    project_of_two_places,
    submitted_amendment,
)

pytestmark = pytest.mark.django_db
FINAL = Imprint(draft=False)
COMMITTEE = "Ủy ban nhân dân tỉnh Vĩnh Long"


@pytest.fixture
def house():
    return make_house()


@pytest.fixture
def project(house):
    return project_of_two_places(house, draft_plan(house))


def fewer(house, project, amount=150_000_000):
    """The first facility's 200 million of local money lowered."""
    cells = [(source("KCDP"), project.beneficiaries.first(), amount)]
    return submitted_amendment(
        house, project, "funding_down", amounts=cells, request_number="12/TTKC", request_on=date(2026, 3, 5)
    )


def fresh(row):
    return Amendment.objects.get(pk=row.pk)


def context_of(row, imprint=FINAL):
    return amendment_decision(fresh(row), imprint).context


def money(context):
    return [(row.name, row.before, row.after, row.difference) for row in context["money"]]


def words(document):
    return " ".join(document.render_html().split())


def test_money_stands_before_and_after_per_source(house, project):
    local, own = str(source("KCDP")), str(source("COUNTERPART"))
    expected = [(local, 300_000_000, 250_000_000, -50_000_000), (own, 340_000_000, 340_000_000, 0)]
    waiting = fewer(house, project)
    assert money(context_of(waiting)) == expected
    decided = decide_amendment(house, waiting)
    context = context_of(decided)
    assert money(context) == expected
    totals = context["totals"]
    assert (totals.before, totals.after, totals.difference) == (640_000_000, 590_000_000, -50_000_000)


def test_draft_and_decision_tell_the_same_changes(house, project):
    waiting = fewer(house, project)
    first = project.beneficiaries.first().facility.name
    before = context_of(waiting)["changes"]
    assert before == [{"item": f"{first}: {source('KCDP')}", "before": "200.000.000 đồng", "after": "150.000.000 đồng"}]
    assert context_of(decide_amendment(house, waiting))["changes"] == before


def test_each_decision_keeps_its_own_figures(house, project):
    one = decide_amendment(house, fewer(house, project))
    project.refresh_from_db()
    two = decide_amendment(house, fewer(house, project, 100_000_000), number="100/QĐ")
    assert [money(context_of(row))[0][1:3] for row in (one, two)] == [
        (300_000_000, 250_000_000), (250_000_000, 200_000_000),
    ]  # fmt: skip


def test_amendment_without_money_has_no_table_of_it(house, project):
    times = {"new_ends_on": date(2026, 12, 15)}
    decided = decide_amendment(house, submitted_amendment(house, project, "time", **times))
    context = context_of(decided)
    assert (context["money"], context["totals"]) == ([], None)
    assert context["changes"] == [{"item": "Hoàn thành", "before": "30/11/2026", "after": "15/12/2026"}]
    html = words(amendment_decision(fresh(decided), FINAL))
    assert "Kinh phí được duyệt" not in html
    assert "theo bảng dưới đây" in html


def test_replaced_facility_moves_its_money_without_a_difference_per_source(house, project):
    old, new = project.beneficiaries.last(), FacilityFactory(created_by=house.officer, name="Cơ sở Thay")
    waiting = submitted_amendment(house, project, "beneficiary", removed_beneficiary=old, added_facility=new)
    decided = decide_amendment(house, waiting)
    context = context_of(decided)
    assert context["money"] == []
    assert context["changes"][0] == {
        "item": "Đơn vị thụ hưởng", "before": old.facility.name, "after": "Cơ sở Thay",
    }  # fmt: skip
    assert {"item": f"Cơ sở Thay: {source('KCDP')}", "before": "0 đồng", "after": "100.000.000 đồng"} in context[
        "changes"
    ]


def test_contract_is_no_part_of_the_decision(house):
    project = contracted_project(house)
    row = project.beneficiaries.get()
    cells = [(source("KCDP"), row, 200_000_000)]
    waiting = submitted_amendment(house, project, "funding_down", amounts=cells)
    decided = decide_amendment(house, waiting, appendix_number="01/PLHĐ", appendix_on=date(2026, 3, 1))
    assert any(label.startswith("hợp đồng") for label, _old, _new in decided.changes)
    assert [row["item"] for row in context_of(decided)["changes"]] == [f"{row.facility}: {source('KCDP')}"]


def test_stopped_project_keeps_what_was_paid(house):
    project = approved_project(house)
    decided = decide_amendment(house, submitted_amendment(house, project, "stop"))
    context = context_of(decided)
    assert [(row.after, row.difference) for row in context["money"]] == [(0, -300_000_000), (0, -340_000_000)]
    assert {"item": "Trạng thái", "before": "Đã phê duyệt", "after": "Đã ngừng"} in context["changes"]


def test_decision_of_the_director_is_the_department_s(house, project):
    decided = decide_amendment(house, fewer(house, project), number="45/QĐ-SCT", on=today())
    context = context_of(decided)
    assert context["issuer"]["name"] == [house.department.name]
    assert context["authority"] == f"Giám đốc {house.department}"
    assert (context["number_text"], context["date"]) == ("45/QĐ-SCT", today())
    assert (context["signature"]["mode"], context["signature"]["name"]) == ("KT", "Lê Văn Tám")
    assert context["grounds"][-2:] == [
        f"Căn cứ Quyết định số 10/QĐ-UBND ngày 04 tháng 01 năm 2026 của Chủ tịch {COMMITTEE}",
        f"Theo đề nghị của {house.centre} tại văn bản số 12/TTKC ngày 05 tháng 3 năm 2026",
    ]


def test_decision_of_the_province_takes_the_body_of_the_plan(house, project):
    cells = [(source("KCDP"), project.beneficiaries.first(), 300_000_000)]
    row = amendment(house, project, "funding_up", amounts=cells)
    context = context_of(row, Imprint())
    assert context["issuer"]["name"] == ["Ủy ban nhân dân", "tỉnh Vĩnh Long"]
    assert (context["authority"], context["symbol"]) == (f"Chủ tịch {COMMITTEE}", "QĐ-UBND")
    assert (context["signature"]["post"], context["signature"]["name"]) == ("Chủ tịch", "")


@pytest.mark.parametrize(
    ("authority", "name", "line"),
    [
        ("ministry", "Bộ Công Thương", "Bộ trưởng Bộ Công Thương"),
        ("agency", "Cục Khuyến công", "Cục trưởng Cục Khuyến công"),
    ],
)
def test_national_authorities_have_their_own_head(house, project, authority, name, line):
    OrganisationFactory(kind=OrganisationKind.MINISTRY_DEPT, name="Cục Khuyến công")
    row = amendment(house, project)
    Amendment.objects.filter(pk=row.pk).update(authority=authority)
    context = context_of(row, Imprint())
    assert (context["issuer"]["name"], context["authority"]) == ([name], line)


def test_clause_of_the_authority_is_a_ground_when_there_is_one(house, project):
    AmendmentRule.objects.filter(scope="local").update(legal_source="Quyết định 05/2021/QĐ-UBND, Điều 7")
    row = amendment(house, project)
    assert "Căn cứ Quyết định 05/2021/QĐ-UBND, Điều 7" in context_of(row)["grounds"]
    AmendmentRule.objects.filter(scope="local").update(legal_source="")
    row = services.submit_amendment(row, by=house.officer)
    assert [ground for ground in context_of(row)["grounds"] if "Đề xuất" in ground] == []
    assert context_of(row, Imprint())["authority_note"].startswith(
        "Thẩm quyền quyết định: Giám đốc Sở Công Thương. Căn cứ xác định: Đề xuất"
    )
    assert context_of(row)["authority_note"] == ""


def test_draft_without_request_or_number_leaves_dots(house, project):
    html = words(amendment_decision(fresh(amendment(house, project))))
    assert "Vĩnh Long, ngày ...... tháng ...... năm ......" in html
    assert "</span>/QĐ-SCT" in html
    assert f"Theo đề nghị của {house.centre}." in html
    row = amendment(house, approved_project(house, draft_plan(house, year=2027)), request_number="7/CV")
    assert "tại văn bản số 7/CV ngày ...... tháng ...... năm ......" in words(amendment_decision(fresh(row)))


def test_decision_waits_for_itself(house, project):
    row = fewer(house, project)
    [gap] = AMENDMENT_DECISION.gaps(fresh(row), FINAL)
    assert gap.startswith("Điều chỉnh chưa được quyết định")
    decided = decide_amendment(house, row)
    assert AMENDMENT_DECISION.gaps(decided, FINAL) == []
    assert (AMENDMENT_DECISION.own_number(decided), AMENDMENT_DECISION.day(decided)) == ("99/QĐ-UBND", today())


def test_refused_amendment_has_no_paper(house, project):
    row = services.reject_amendment(fewer(house, project), by=house.director, reason="Chưa cần.")
    assert AMENDMENT_DECISION.variants(row) == []
    assert list(AMENDMENT_DECISION.records(house.director)) == []


def test_reviewers_and_directors_of_the_body_issue(house, project):
    row = fewer(house, project)
    people = (house.reviewer, house.director, house.officer, house.accountant)
    assert [AMENDMENT_DECISION.refusal(person, row) is None for person in people] == [True, True, False, False]
    stranger = make_house(thai_nguyen(), "Thái Nguyên").director
    assert AMENDMENT_DECISION.refusal(stranger, row).startswith("Hồ sơ do")
    assert list(AMENDMENT_DECISION.records(stranger)) == []


def test_decision_concerns_project_facilities_and_plan(house, project):
    row = fewer(house, project)
    facilities = [place.facility for place in project.beneficiaries.all()]
    assert list(AMENDMENT_DECISION.subjects(row)) == [row, project, *facilities, project.plan]
    assert AMENDMENT_DECISION.title(row) == (
        f"Điều chỉnh đề án “{project.name}” thuộc Kế hoạch khuyến công địa phương năm 2026"
    )
    assert amendment_decision(row).filename == (
        f"2026_QDDC_{project.code}_lan-1-ung-dung-may-moc-tien-tien-trong-san-xuat-keo-dua-ban-nhap"
    )


def test_paper_and_page_tell_the_same_money(client, house, project):
    decided = decide_amendment(house, fewer(house, project))
    client.force_login(house.viewer)
    page = client.get(reverse("projects:amendment_detail", args=[decided.pk])).content.decode()
    reader = PdfReader(io.BytesIO(amendment_decision(fresh(decided), FINAL).render_pdf()))
    text = " ".join(" ".join(part.extract_text().split()) for part in reader.pages)
    for amount in ("300.000.000", "250.000.000", "150.000.000"):
        assert (amount in page, amount in text) == (True, True)
    assert "Tổng cộng 640.000.000 590.000.000 -50.000.000" in text
    assert "Tổng kinh phí sau điều chỉnh: 590.000.000 đồng (bằng chữ: Năm trăm chín mươi triệu đồng)." in text
    assert "Lý do: Cơ sở đề nghị." in text
    assert "KT. CHỦ TỊCH PHÓ CHỦ TỊCH" in text


def test_paper_stands_on_the_page_of_the_amendment(client, house, project):
    row = fewer(house, project)
    client.force_login(house.reviewer)
    page = client.get(reverse("projects:amendment_detail", args=[row.pk])).content.decode()
    assert reverse("document_draft_pdf", args=[AMENDMENT_DECISION.key, row.pk]) in page
