"""Letters that ask to complete a dossier and that remind of papers: to whom, what for, by when, how often."""

import io
import re
from datetime import date

import pytest
from django.urls import reverse
from pypdf import PdfReader

from khuyencong.dates import today
from khuyencong.documents.issuing import gaps_of, issue
from khuyencong.documents.kinds import DRAFT, Imprint
from khuyencong.models import Organisation, Role, Signer
from programs.models import DeadlineRule, PaperRule
from projects import services
from projects.documents import DOSSIER_REQUEST, PAPER_REMINDER, dossier_request, paper_reminder
from projects.models import Paper, Project, ProjectStatus
from tests.factories import OrganisationFactory, UserFactory
from tests.projects.settlements import due_contract
from tests.stories import (
    accepted_project,
    approved_project,
    complete_project,
    draft_plan,
    project_of_two_places,
    submitted_project,
)

pytestmark = pytest.mark.django_db

SECOND = Imprint(draft=False, variant="2", number_text="112/SCT-KC", dated_on=date(2027, 3, 5))


def fresh(project):
    return Project.objects.get(pk=project.pk)


def returned(house, **fields):
    project = submitted_project(house, draft_plan(house))
    values = {"reason": "Chưa rõ nguồn đối ứng.", "items": ["total_cost", "noi-dung"]} | fields
    return fresh(services.return_project(project, by=house.reviewer, **values))


def text_of(document):
    html = document.render_html()
    return " ".join(re.sub(r"<[^>]+>", " ", html[html.index("<body") :]).split())


def names(document):
    return [paper["name"] for step in document.context["steps"] for paper in step["papers"]]


def give(house, project, rule, beneficiary=None, copy="original"):
    """A paper that answers a rule."""
    return Paper.objects.create(
        project=project, step=rule.step, rule=rule, name=rule.name, beneficiary=beneficiary, copy_kind=copy,
        added_by=house.officer,
    )  # fmt: skip


def rule_of(name, step):
    return PaperRule.objects.filter(name__startswith=name, step=step).first()


# Before the decision


def test_a_returned_file_is_asked_back_with_its_named_fields(house):
    project = returned(house)
    letter = dossier_request(project, Imprint(draft=False, number_text="12/SCT-KC", dated_on=date(2026, 2, 5)))

    assert DOSSIER_REQUEST.variants(project) == [("1", "Trả lại lần 1")]
    assert letter.context["items"] == ["Tổng dự toán", "Nội dung, tiến độ"]
    assert letter.context["receivers"] == [house.centre.name]
    assert letter.filename == f"2026_CVBS_{project.code}_trung-tam-khuyen-cong-tinh-vinh-long"
    text = text_of(letter)
    assert f"Số: 12/SCT-KC Vĩnh Long, ngày 05 tháng 02 năm 2026 V/v hoàn thiện hồ sơ đề án {project.code}" in text
    assert f"Kính gửi: {house.centre.name}" in text
    assert f"“{project.name}” (mã {project.code}) thuộc Kế hoạch khuyến công địa phương năm 2026" in text
    assert f"ngày {today():%d/%m/%Y}: Chưa rõ nguồn đối ứng. Tổng dự toán; Nội dung, tiến độ." in text
    assert text.index("để được hướng dẫn .") < text.index("Nơi nhận:")


def test_each_missing_paper_has_its_clause_and_the_file_its_deadline(house):
    DeadlineRule.objects.create(
        key="register_department", kind="yearly", month=6, day=30, year_offset=-1, legal_source="Quy chế của tỉnh",
        owner=house.department,
    )  # fmt: skip
    project = fresh(submitted_project(house, draft_plan(house)))
    letter = dossier_request(project, DRAFT)

    [step] = letter.context["steps"]
    assert (step["label"], step["due_on"], step["clause"]) == ("Trình thẩm định", date(2025, 6, 30), "Quy chế của tỉnh")
    assert [paper["number"] for paper in step["papers"]] == [1, 2, 3, 4, 5]
    assert step["papers"][0]["name"] == "Công văn đề nghị của đơn vị thực hiện"
    assert step["papers"][0]["clause"] == "Thông tư 36/2013/TT-BCT, Điều 10 khoản 1"
    assert f"Thời hạn: 30/06/2025, đã quá {(today() - date(2025, 6, 30)).days} ngày (Quy chế của tỉnh)" in text_of(
        letter
    )

    first = rule_of("Công văn đề nghị", "submit")
    give(house, project, first, copy="copy")
    assert first.name in names(dossier_request(project, DRAFT))
    give(house, project, first)
    assert first.name not in names(dossier_request(project, DRAFT))


def test_nothing_is_asked_of_a_complete_file_or_a_draft(house):
    plan = draft_plan(house)
    assert DOSSIER_REQUEST.variants(fresh(complete_project(house, plan))) == []
    project = fresh(submitted_project(house, plan))
    assert DOSSIER_REQUEST.variants(project) == [("", "")]
    for rule in PaperRule.objects.filter(step="submit", is_mandatory=True):
        give(house, project, rule)
    assert DOSSIER_REQUEST.variants(project) == []
    assert gaps_of(DOSSIER_REQUEST, project) == ["Chưa có số liệu để lập văn bản này."]


def test_a_second_return_is_a_letter_of_its_own(house):
    project = returned(house)
    services.submit_project(project, by=house.officer)
    services.return_project(fresh(project), by=house.reviewer, reason="Vẫn thiếu báo giá.")
    project = fresh(project)

    assert DOSSIER_REQUEST.variants(project) == [("2", "Trả lại lần 2")]
    letter = dossier_request(project, DRAFT).context
    assert (letter["reason"], letter["items"]) == ("Vẫn thiếu báo giá.", [])


def test_an_approved_project_is_asked_for_the_papers_of_its_contract(house):
    project = fresh(approved_project(house))
    assert names(dossier_request(project, DRAFT)) == ["Dự toán chi tiết kèm hợp đồng"]
    assert PAPER_REMINDER.variants(project) == []


# Reminders


def test_a_reminder_lists_papers_per_step_with_deadlines(house):
    project = due_contract(house).projects.get()
    letter = paper_reminder(project, Imprint(draft=False, variant="1", dated_on=date(2027, 3, 5)))

    remaining, settlement = letter.context["steps"]
    assert (remaining["label"], settlement["label"]) == ("Thanh toán phần còn lại", "Quyết toán")
    assert remaining["due_on"] == date(2027, 1, 22)
    assert remaining["days_late"] == 42
    assert [paper["number"] for paper in [*remaining["papers"], *settlement["papers"]]] == [1, 2, 3, 4, 5]
    assert "Biên bản nghiệm thu cơ sở (Mẫu 5a)" not in names(letter)
    assert letter.context["receivers"] == [house.centre.name]
    assert "theo Hợp đồng 05/HĐ-SCT ngày 01/02/2026" in text_of(letter)
    assert (letter.context["about"], letter.context["earlier"]) == (f"bổ sung giấy tờ của đề án {project.code}", [])


def test_a_later_reminder_follows_the_earlier_one(house):
    Signer.objects.create(organisation=house.department, name="Trần Thị Hoa", post="Giám đốc")
    project = due_contract(house).projects.get()
    assert PAPER_REMINDER.variants(project) == [("1", "Lần đầu")]

    first = issue(PAPER_REMINDER, project, house.accountant, variant="1", dated_on=date(2026, 11, 20))
    assert (first.number_text, first.signer_name) == ("01/SCT-KC", "Trần Thị Hoa")
    assert PAPER_REMINDER.variants(project) == [("1", "Lần đầu"), ("2", "Nhắc lần 2")]
    second = issue(PAPER_REMINDER, project, house.accountant, variant="2", dated_on=date(2026, 11, 22))
    assert second.number_text == "02/SCT-KC"
    with second.file.file.open() as stored:
        pages = PdfReader(io.BytesIO(stored.read())).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert f"V/v bổ sung giấy tờ của đề án {project.code} (nhắc lần 2)" in text
    assert "Công văn số 01/SCT-KC ngày 20 tháng 11 năm 2026; đến nay giấy tờ vẫn chưa đủ" in text
    assert text.count("Kính gửi") == 1
    assert [key for key, _label in PAPER_REMINDER.variants(project)] == ["1", "2", "3"]


def test_facilities_that_owe_their_own_paper_are_written_to(house):
    project = fresh(project_of_two_places(house))
    first, second = project.beneficiaries.all()
    rule = rule_of("Văn bản đề nghị nghiệm thu", "acceptance")
    assert rule.name in names(paper_reminder(project, DRAFT))
    give(house, project, rule, beneficiary=first)
    letter = paper_reminder(project, DRAFT)

    [row] = [row for step in letter.context["steps"] for row in step["papers"] if row["name"] == rule.name]
    assert row["facilities"] == [second.facility.name]
    assert letter.context["receivers"] == [house.centre.name, second.facility.name]
    assert f"Kính gửi: - {house.centre.name}; - {second.facility.name}." in text_of(letter)
    give(house, project, rule, beneficiary=second)
    assert rule.name not in names(paper_reminder(project, DRAFT))


def test_a_facility_with_six_missing_papers_and_a_long_name(house):
    project = due_contract(house).projects.get()
    facility = project.beneficiaries.get().facility
    facility.name = "Công ty trách nhiệm hữu hạn sản xuất " * 5 + "và thương mại Hết Tên"
    facility.save()
    PaperRule.objects.create(step="remaining", name="Ảnh chụp máy đã lắp", scope="local", position=99)
    Project.objects.filter(pk=project.pk).update(implementing_unit=house.department, name="Máy móc " * 24 + "cuối tên")
    project = fresh(project)
    letter = paper_reminder(project, SECOND)

    assert len(names(letter)) == 6
    assert letter.context["receivers"] == [facility.name]
    assert letter.filename.startswith(f"2026_CVNG_{project.code}_lan-2_cong-ty-trach-nhiem")
    [unfounded] = [row for row in letter.context["steps"][0]["papers"] if row["name"] == "Ảnh chụp máy đã lắp"]
    assert unfounded["clause"] == "Theo yêu cầu của cơ quan quản lý"
    pages = PdfReader(io.BytesIO(letter.render_pdf())).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert "Số: 112/SCT-KC" in text
    assert "Hết Tên" in text
    assert "cuối tên" in text


def test_support_contracts_are_missed_of_the_facilities_without_one(house):
    project = fresh(project_of_two_places(house))
    first, second = project.beneficiaries.all()
    PaperRule.objects.create(
        step="acceptance", name="Hợp đồng hỗ trợ", met_by="support_contracts", scope="local", legal_source="Điều 13"
    )
    first.support_contracts.create(number="01/HĐHT", signed_on=date(2026, 3, 1))
    letter = paper_reminder(project, DRAFT)

    [row] = [row for step in letter.context["steps"] for row in step["papers"] if row["name"] == "Hợp đồng hỗ trợ"]
    assert row["facilities"] == [second.facility.name]


def test_nothing_missing_is_no_letter(house):
    project = fresh(accepted_project(house))
    for rule in PaperRule.objects.filter(is_mandatory=True):
        give(house, project, rule)
    assert PAPER_REMINDER.variants(project) == []
    Project.objects.filter(pk=project.pk).update(status=ProjectStatus.LIQUIDATED)
    assert PAPER_REMINDER.variants(fresh(project)) == []


# Who, and when


def test_who_sends_letters(house):
    project = returned(house)
    stranger = UserFactory(role=Role.REVIEWER, organisation=OrganisationFactory(areas=[house.province]))
    allowed = {
        DOSSIER_REQUEST: (house.reviewer, house.director),
        PAPER_REMINDER: (house.officer, house.reviewer, house.accountant, house.director),
    }
    people = (house.officer, house.reviewer, house.accountant, house.director, house.viewer, stranger)
    for kind, may in allowed.items():
        assert [person for person in people if kind.refusal(person, project) is None] == list(may)
        assert kind.records(house.viewer).get() == project
    assert "chỉ được xem" in DOSSIER_REQUEST.refusal(stranger, project)
    assert DOSSIER_REQUEST.refusal(house.officer, project).startswith("Việc “Đề nghị hoàn thiện hồ sơ” dành cho")


def test_a_letter_needs_the_symbol_of_its_body(house):
    project = returned(house)
    assert DOSSIER_REQUEST.symbol(project) == "SCT-KC"
    assert gaps_of(DOSSIER_REQUEST, project, Imprint(variant="1")) == []
    Organisation.objects.filter(pk=house.department.pk).update(symbol="")
    [gap] = gaps_of(DOSSIER_REQUEST, fresh(project), Imprint(variant="1"))
    assert gap.startswith("Ghi ký hiệu văn bản của Sở Công Thương tỉnh Vĩnh Long")
    assert [type(record).__name__ for record in DOSSIER_REQUEST.subjects(project)] == [
        "Project",
        "Facility",
        "AnnualPlan",
    ]


def test_a_draft_leaves_number_and_day_to_fill_in(house):
    letter = dossier_request(returned(house), DRAFT)
    assert letter.filename.endswith("-ban-nhap")
    text = text_of(letter)
    assert "BẢN NHÁP" in text
    assert re.search(r"Số: \S*\.{6} ?/SCT-KC Vĩnh Long, ngày \.{6} tháng \.{6} năm \.{6}", text)


def test_the_page_of_papers_leads_to_the_letters(client, house):
    project = due_contract(house).projects.get()
    client.force_login(house.accountant)
    page = client.get(reverse("projects:papers", args=[project.pk]))
    assert [(paper.kind, paper.variant, paper.label) for paper in page.context["panel"]] == [
        (PAPER_REMINDER, "1", "Lần đầu")
    ]
    assert reverse("document_prepare", args=["paper_reminder", project.pk]) + "?lan=1" in page.content.decode()
