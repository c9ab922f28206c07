"""The one-page summary and the slides of an evaluation."""

from datetime import date
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from pypdf import PdfReader

from khuyencong.documents.issuing import issue
from programs.models import Indicator, ProgramTarget
from projects import services
from reports.documents import evaluation_report
from reports.documents_of_meetings import EVALUATION_SLIDES, EVALUATION_SUMMARY, evaluation_slides, evaluation_summary
from reports.models import EvaluationPhrase, EvaluationPick
from reports.services import save_text
from tests import stories
from tests.factories import FacilityFactory
from tests.reports.evaluation_reports import evaluation_of

pytestmark = pytest.mark.django_db
MILLIMETRE = 72 / 25.4


@pytest.fixture
def report(house):
    """Two projects of two places' facilities, accepted; a target for the counterpart."""
    plan = stories.draft_plan(house, budgets={"KCDP": 5_000_000_000})
    facilities = [FacilityFactory(created_by=house.officer) for _number in range(2)]
    projects = [stories.planned_project(house, plan, facility=facility) for facility in facilities]
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    for number, project in enumerate(projects, 1):
        project.refresh_from_db()
        services.start_project(project, by=house.officer)
        services.accept_project(project, by=house.director, number=f"0{number}/BBNT", accepted_on=date(2026, 11, 1))
    indicator = Indicator.objects.get(code="MONEY_SUPPORT")
    ProgramTarget.objects.create(program=plan.program, indicator=indicator, value=1_200_000_000, source="QĐ 1")
    plan.program.refresh_from_db()
    return evaluation_of(house, plan.program)


def pages_of(document):
    return PdfReader(BytesIO(document.render_pdf())).pages


def text_of(page):
    return " ".join(page.extract_text().split())


def test_summary_is_one_page_with_key_figures_and_sentences(report):
    [page] = pages_of(evaluation_summary(report))
    told = text_of(page)
    assert "TÓM TẮT SƠ KẾT" in told
    assert "Năm 2026 đã hoàn thành 02 đề án" in told
    assert "Đề án hoàn thành 2" in told
    assert "Khuyến công hỗ trợ 600 triệu đồng" in told
    assert "Vốn đối ứng trên 1 đồng khuyến công 1,13 đồng" in told
    assert "Số liệu đến hết ngày" in told


def test_summary_stays_one_page_with_a_name_of_300_letters(report):
    report.program.name = ("Chương trình khuyến công trên địa bàn tỉnh và các vùng lân cận " * 5)[:300]
    report.program.save()
    assert len(pages_of(evaluation_summary(report))) == 1


def test_slides_lie_on_their_side_a_matter_each(house, report):
    save_text(
        report, "shortcomings", "Cơ sở nhỏ, manh mún\n" + "Kinh phí còn ít " * 30, by=house.officer, suggestion=""
    )
    phrase = EvaluationPhrase.objects.filter(kind="task").first()
    EvaluationPick.objects.create(evaluation=report, phrase=phrase)
    pages = pages_of(evaluation_slides(report))
    assert {(round(page.mediabox.width / MILLIMETRE), round(page.mediabox.height / MILLIMETRE)) for page in pages} == {
        (339, 190)
    }
    told = [text_of(page) for page in pages]
    assert len(told) == 8
    assert told[0].startswith("Sơ kết Chương trình")
    assert "Kết quả chung" in told[1]
    assert "Đề án, nhiệm vụ theo kế hoạch và đã thực hiện" in told[2]
    assert str(phrase) in told[-1]
    # A long line is cut between words.
    assert "Kinh phí còn ít …" in told[-1]


@pytest.mark.parametrize("build", [evaluation_summary, evaluation_slides])
def test_paper_has_a_word_copy(report, build):
    assert build(report).render_docx()[:2] == b"PK"


@pytest.mark.parametrize("kind", [EVALUATION_SUMMARY, EVALUATION_SLIDES])
def test_draft_is_shown_as_every_other_paper(client, house, report, kind):
    client.force_login(house.viewer)
    page = client.get(reverse("document_preview", args=[kind.key, report.pk])).content.decode()
    assert "<svg viewBox" in page or "không vẽ biểu đồ" in page
    assert "BẢN NHÁP" in page


def test_summary_is_issued_without_a_number_by_who_issues_the_report(house, report):
    with pytest.raises(PermissionDenied):
        issue(EVALUATION_SUMMARY, report, house.viewer)
    document = issue(EVALUATION_SUMMARY, report, house.director)
    assert (document.number_text, document.page_count) == ("", 1)
    assert [table["key"] for table in document.data["chapters"][0]["tables"]] == ["T1", "T2", "T3", "T4", "T6"]


def test_report_has_its_charts_on_page_and_paper(client, house, report):
    client.force_login(house.viewer)
    page = client.get(report.get_absolute_url()).content.decode()
    paper = evaluation_report(report).render_html()
    assert page.count('<figure class="chart-figure">') == 5
    # One year and one content: sentences stand for all but the money, which has two sources.
    assert [source.count("<svg viewBox=") for source in (page, paper)] == [1, 1]
    assert "Không đủ hai năm để vẽ biểu đồ: 2026: 1,13." in page
    assert "Không đủ hai năm để vẽ biểu đồ: 2026: 1,13." in paper
