"""Appraisal sheets 4a and 4b: the file as it was appraised, the five matters of Điều 9, money, signatures."""

import io

import pytest
from django.urls import reverse
from pypdf import PdfReader

from khuyencong.documents.kinds import Imprint
from khuyencong.models import Signer, Wording
from khuyencong.models.documents import WordingStatus
from programs.models import Norm, SourceCategory
from projects import services
from projects.documents import APPRAISAL_SHEET, appraisal_sheet
from projects.documents.appraisal import LATER, MATTERS, Appraised
from projects.models import ProjectStatus
from projects.services.eligibility import MET, NOT_MET, UNKNOWN, eligibility
from tests.factories import FacilityFactory, content, source, thai_nguyen
from tests.stories import (
    appraised_project,
    approved_project,
    complete_project,
    decide_amendment,
    draft_plan,
    make_house,
    norm_exception,
    submitted_amendment,
    submitted_project,
)

pytestmark = pytest.mark.django_db
FINAL = Imprint(draft=False)


@pytest.fixture
def house():
    return make_house()


@pytest.fixture
def project(house):
    """Asked for 300 million of local money, appraised at 250."""
    project = submitted_project(house, draft_plan(house))
    [share] = project.beneficiaries.get().amounts.filter(source__category=SourceCategory.LOCAL)
    return services.appraise_project(
        project, by=house.reviewer, opinion="Đạt, giảm phần lắp đặt.", shares={share.pk: 250_000_000}
    )


def fresh(project):
    return type(project).objects.get(pk=project.pk)


def context_of(project):
    return appraisal_sheet(fresh(project), FINAL).context


def words(document):
    return " ".join(document.render_html().split())


def test_sheet_tells_requested_appraised_and_difference(project):
    context = context_of(project)
    rows = [(row.name, row.requested, row.appraised, row.difference) for row in context["sources"]]
    assert rows == [
        (str(source("KCDP")), 300_000_000, 250_000_000, -50_000_000),
        (str(source("COUNTERPART")), 340_000_000, 340_000_000, 0),
    ]
    totals = context["totals"]
    assert (totals.requested, totals.appraised, totals.difference) == (640_000_000, 590_000_000, -50_000_000)
    assert (context["support"], context["opinion"]) == (250_000_000, "Đạt, giảm phần lắp đặt.")
    assert context["recommendation"] == (
        "Đề nghị cấp có thẩm quyền xem xét, đưa đề án vào Kế hoạch khuyến công địa phương năm 2026 với kinh phí khuyến "
        "công 250.000.000 đồng (bằng chữ: Hai trăm năm mươi triệu đồng)."
    )


def test_sheet_of_named_facilities_is_4b_and_of_a_group_4a(house, project):
    context = context_of(project)
    assert context["subject"] == ["Đề án khuyến công địa phương cấp cơ sở theo đối tượng cụ thể"]
    assert context["form"] == "(Mẫu số 4b kèm theo Thông tư số 36/2013/TT-BCT)"
    type(project).objects.filter(pk=project.pk).update(target_mode="group")
    context = context_of(project)
    assert context["subject"] == ["Đề án khuyến công địa phương cấp cơ sở"]
    assert context["form"] == "(Mẫu số 4a kèm theo Thông tư số 36/2013/TT-BCT)"


def test_every_condition_belongs_to_one_matter(house, project):
    heads = [head for _name, matter_heads in MATTERS for head in matter_heads]
    names = {check.name for check in eligibility(project)} - {LATER}
    assert names
    assert {name: sum(name.startswith(head) for head in heads) for name in names} == dict.fromkeys(names, 1)


def test_five_matters_stand_with_result_and_comment(project):
    matters = context_of(project)["matters"]
    assert [matter.result for matter in matters] == [MET, UNKNOWN, MET, NOT_MET, NOT_MET]
    assert matters[0].comments[-1].startswith("Quy mô – Hộ kinh doanh Kẹo dừa")
    assert matters[2].comments[1] == (
        "Vốn đối ứng: Đối ứng 340.000.000 đồng, đủ phần còn lại sau khi hỗ trợ 250.000.000 đồng."
    )
    assert matters[3].comments == ["Cam kết không trùng hỗ trợ: Chưa có giấy cam kết trong hồ sơ đề án."]
    assert "Cấp có thẩm quyền phê duyệt" not in str(matters)
    assert context_of(project)["conclusion"] == "Đạt, với điều kiện hoàn thiện nội dung ở mục 4, 5 nêu trên."
    html = words(appraisal_sheet(fresh(project), FINAL))
    assert html.count('<span class="check on"></span>') == 4
    assert "Mục chưa đánh dấu: người thẩm định đối chiếu rồi đánh dấu." in html


def test_levels_are_those_of_the_day_of_the_appraisal(house):
    plan = draft_plan(house)
    project = norm_exception(house, plan).project
    project = services.appraise_project(project, by=house.reviewer, opinion="Đạt.")
    [row] = context_of(project)["norms"]
    assert (row["support"], row["ceiling"], row["result"]) == (300_000_000, 250_000_000, "Vượt mức, có lý do")
    assert "Lý do: Dây chuyền đồng bộ." in str(context_of(project)["matters"][1].comments)
    later = Appraised(fresh(project)).day.replace(year=2027)
    Norm.objects.filter(owner=house.department).update(valid_from=later)
    assert [row["result"] for row in context_of(project)["norms"]] == ["Chưa có mức"]


def test_other_supports_of_the_facility_are_listed(house):
    plan = draft_plan(house)
    facility = FacilityFactory(created_by=house.officer, name="Cơ sở Hai Lần")
    other = appraised_project(house, plan, facility=facility)
    project = appraised_project(house, plan, facility=facility)
    [row] = context_of(project)["duplicates"]
    assert (row["facility"], row["project"], row["year"], row["support"]) == (
        "Cơ sở Hai Lần", f"{other.code}, {house.centre}", 2026, 300_000_000,
    )  # fmt: skip
    assert "Hỗ trợ khác cho cùng nội dung: 1 trường hợp, xem mục IV." in context_of(project)["matters"][3].comments


def test_sheet_stays_with_what_was_appraised_when_amendments_follow(house):
    project = approved_project(house)
    [row] = project.beneficiaries.all()
    before = context_of(project)
    new = FacilityFactory(created_by=house.officer)
    changed = submitted_amendment(house, project, "beneficiary", removed_beneficiary=row, added_facility=new)
    decide_amendment(house, changed)
    after = context_of(project)
    assert (after["facts"], after["sources"], after["norms"]) == (before["facts"], before["sources"], before["norms"])
    assert new.name not in str(after["facts"])


def test_sheet_is_of_the_day_of_the_appraisal_and_of_the_department(house, project):
    context = context_of(project)
    assert context["issuer"]["name"] == [house.department.name]
    assert (context["date"], context["place"]) == (Appraised(project).day, "Vĩnh Long")
    assert (context["number_text"], context["symbol"]) == ("", "")
    document = appraisal_sheet(project)
    assert document.filename == f"2026_PTD_{project.code}_ung-dung-may-moc-tien-tien-trong-san-xuat-keo-dua-ban-nhap"
    assert "Số:" not in document.render_html()


def test_signatures_are_blank_where_nobody_is_set(house, project):
    blocks = [(block["party"], block["post"], block["name"]) for block in context_of(project)["signatures"]]
    assert blocks == [("Người thẩm định", "", house.reviewer.full_name), ("", "Giám đốc", "")]


def test_council_and_head_sign_where_they_are_set(house, project):
    Signer.objects.create(
        organisation=house.department, name="Lê Thị Ba", post="Phó Giám đốc", mode="KT", capacity="Giám đốc"
    )
    Wording.objects.create(
        organisation=house.department, kind="appraisal_sheet", slot="members", text="Trần Văn Tư\nPhạm Văn Năm",
        valid_from="2026-01-01", status=WordingStatus.PUBLISHED, created_by=house.reviewer,
        published_by=house.reviewer, published_at="2026-01-01T00:00:00Z",
    )  # fmt: skip
    blocks = [(block["party"], block["mode"], block["name"]) for block in context_of(project)["signatures"]]
    assert blocks == [
        ("Người thẩm định", "", house.reviewer.full_name), ("Thành viên hội đồng", "", "Trần Văn Tư"),
        ("Thành viên hội đồng", "", "Phạm Văn Năm"), ("", "KT", "Lê Thị Ba"),
    ]  # fmt: skip


def test_sheet_exists_from_the_appraisal_on(house):
    plan = draft_plan(house)
    waiting, done = submitted_project(house, plan), appraised_project(house, plan)
    assert (APPRAISAL_SHEET.variants(waiting), APPRAISAL_SHEET.variants(done)) == ([], [("", "")])
    assert list(APPRAISAL_SHEET.records(house.viewer)) == [done]
    assert (len(APPRAISAL_SHEET.gaps(waiting, FINAL)), APPRAISAL_SHEET.gaps(done, FINAL)) == (1, [])
    assert list(APPRAISAL_SHEET.records(make_house(thai_nguyen(), "Thái Nguyên").viewer)) == []


def test_whoever_appraises_issues_the_sheet(house, project):
    people = (house.reviewer, house.second_reviewer, house.officer, house.director, house.viewer)
    assert [APPRAISAL_SHEET.refusal(person, project) is None for person in people] == [True, True] + [False] * 3
    type(project).objects.filter(pk=project.pk).update(reviewer=house.second_reviewer, created_by=house.reviewer)
    assert APPRAISAL_SHEET.refusal(house.reviewer, fresh(project)).startswith("Người lập hoặc trình đề án")


def test_sheet_concerns_project_facility_and_plan(project):
    [facility] = [row.facility for row in project.beneficiaries.all()]
    assert list(APPRAISAL_SHEET.subjects(project)) == [project, facility, project.plan]
    assert APPRAISAL_SHEET.title(project) == f"Thẩm định đề án “{project.name}” (mẫu số 4b)"


def test_title_fits_the_register(house):
    project = appraised_project(house, draft_plan(house), name="Hỗ trợ máy móc " * 26)
    assert len(APPRAISAL_SHEET.title(project)) <= 600


def test_hard_sheet_stays_whole_on_paper(house):
    """A name of 200 letters, 999.999 tỷ of the facility's own money, a task of six facilities."""
    plan = draft_plan(house)
    name = ("Ứng dụng máy móc thiết bị tiên tiến trong sản xuất " * 5)[:200].strip()
    project = complete_project(house, plan, name=name, content=content())
    own = 999_999_000_000_000
    amounts = {source("KCDP"): 300_000_000, source("COUNTERPART"): own}
    project = services.set_funding(project, by=house.officer, total_cost=own + 300_000_000, amounts=amounts)
    shares = [
        (
            FacilityFactory(created_by=house.officer, name=f"Cơ sở số {number}"), "Máy",
            {source("KCDP"): 50_000_000, source("COUNTERPART"): own // 6 + (own % 6 if number == 1 else 0)},
        )
        for number in range(1, 7)
    ]  # fmt: skip
    project = services.set_beneficiaries(project, by=house.officer, rows=shares)
    project = services.submit_project(project, by=house.officer)
    project = services.appraise_project(project, by=house.reviewer, opinion="Đạt.")
    services.place_project(project, by=house.reviewer, status=ProjectStatus.RESERVE)
    reader = PdfReader(io.BytesIO(appraisal_sheet(fresh(project), FINAL).render_pdf()))
    text = " ".join(" ".join(page.extract_text().split()) for page in reader.pages)
    assert name in text
    assert "999.999.300.000.000 999.999.300.000.000 0" in text
    assert [number for number in range(1, 7) if f"Cơ sở số {number}," not in text] == []
    assert "Địa bàn: đạt, 6 cơ sở." in text
    assert "NGƯỜI THẨM ĐỊNH" in text


def test_paper_stands_on_the_page_of_the_project(client, house, project):
    client.force_login(house.reviewer)
    page = client.get(reverse("projects:detail", args=[project.pk])).content.decode()
    assert reverse("document_prepare", args=[APPRAISAL_SHEET.key, project.pk]) in page
