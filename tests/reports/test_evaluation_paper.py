"""The evaluation report on paper: parts, tables, words; what is missing, who issues it, what issuing keeps."""

from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from pypdf import PdfReader

from khuyencong.documents.data import data_of
from khuyencong.documents.issuing import gaps_of, issue
from khuyencong.documents.kinds import Imprint
from khuyencong.documents.wording import unknown_placeholders
from reports import services
from reports.documents import EVALUATION_REPORT, evaluation_report
from reports.evaluation import frozen
from reports.evaluation.content import selection_of
from reports.evaluation.figures import COUNT, TEXT, VND, Column, Figure, Table, TableRow
from reports.evaluation.sentences import billions
from reports.evaluation.shown import pieces_of, sheets, shown, words
from reports.evaluation.tables import all_tables
from reports.models import Evaluation, EvaluationPhrase
from tests import stories
from tests.reports.evaluation_reports import evaluation_of

pytestmark = pytest.mark.django_db
UNSAID = ("causes", "lessons", "proposals")


@pytest.fixture
def report(house, plan):
    return evaluation_of(house, plan.program)


def written(house, report):
    """The report with everything that the figures do not say by themselves."""
    for part in UNSAID:
        services.save_text(report, part, f"Lời của mục {part}.", by=house.officer)
    task = EvaluationPhrase.objects.get(code="WIDER")
    services.pick_phrases(report, "task", {task: ""}, by=house.officer)
    return report


def text_of(document):
    return " ".join(document.render_html().split())


# Tables on page and paper


def a_table(columns, rows=1):
    heads = tuple(Column(str(at), f"Cột {at}", VND, f"Nhóm {at // 2}") for at in range(columns))
    figures = tuple(Figure(at, VND) for at in range(columns))
    lines = tuple(TableRow(str(at), f"Dòng {at}", figures, note="Ghi chú dòng.") for at in range(rows))
    return Table("T2", "Kinh phí", "Nguồn", heads, lines, "Ghi chú bảng.")


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (Figure(51_154_000_000, VND), "51.154"),
        (Figure(300_500, VND), "0,301"),
        (Figure(0, VND), "0"),
        (Figure(66, COUNT), "66"),
        (Figure(None, COUNT), "–"),
        (Figure("", TEXT), "–"),
        (Figure("10/QĐ-UBND", TEXT), "10/QĐ-UBND"),
    ],
)
def test_figure_in_words(figure, text):
    assert words(figure) == text


def test_groups_of_columns_stand_under_a_common_head():
    upper, lower = shown(a_table(4)).heads
    assert [(head.label, head.columns, head.rows, head.scope) for head in upper] == [
        ("Nguồn", 1, 2, "col"), ("Nhóm 0", 2, 1, "colgroup"), ("Nhóm 1", 2, 1, "colgroup"),
    ]  # fmt: skip
    assert [head.label for head in lower] == ["Cột 0", "Cột 1", "Cột 2", "Cột 3"]


def test_table_too_wide_for_a_page_is_continued_with_whole_groups():
    first, second = pieces_of(a_table(14, rows=2))
    assert ([column.key for column in first.columns], [column.key for column in second.columns]) == (
        [str(at) for at in range(10)], ["10", "11", "12", "13"],
    )  # fmt: skip
    assert (first.title, second.title, first.note, second.note) == (
        "Kinh phí", "Kinh phí (tiếp)", "", "Ghi chú bảng.",
    )  # fmt: skip
    assert [row.note for row in second.rows] == ["", ""]
    assert [figure.value for figure in second.rows[1].figures] == [10, 11, 12, 13]


def test_upright_and_wide_tables_stand_on_sheets_of_their_own():
    narrow, wide, split = a_table(2), a_table(8), a_table(14)
    assert [(sheet.is_wide, len(sheet.tables)) for sheet in sheets([narrow, wide, split, narrow])] == [
        (False, 1), (True, 3), (False, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "text"),
    [(51_154_000_000, "51,154 tỷ đồng"), (300_000_000, "300 triệu đồng"), (0, "0 đồng"), (999_999, "999.999 đồng")],
)
def test_amount_in_a_sentence(amount, text):
    assert billions(amount) == text


# Paper


def test_draft_stands_in_eight_parts_and_leaves_dots(house, plan, report):
    stories.accepted_project(house, plan)
    document = evaluation_report(report)
    context = document.context
    assert (context["draft"], context["number_text"], context["symbol"]) == (True, "", "BC-SCT")
    assert [(chapter["numeral"], [table.key for table in chapter["tables"]]) for chapter in context["chapters"]] == [
        ("I", []), ("II", []), ("III", ["T1", "T2", "T3", "T4", "T5", "T6", "T7", "T11"]), ("IV", []),
        ("V", ["T8", "T9"]),
        ("VI", ["T10"]), ("VII", []), ("VIII", []),
    ]  # fmt: skip
    html = text_of(document)
    assert "BẢN NHÁP" in html
    assert "Kính gửi: Ủy ban nhân dân tỉnh Vĩnh Long" in html
    assert "<h2>VIII. Đề xuất, kiến nghị</h2> <p>......</p>" in html
    assert "Năm 2026 đã hoàn thành 01 đề án với tổng kinh phí 640 triệu đồng." in html
    assert "tính theo năm kế hoạch. Số liệu đến hết ngày" in html


def test_paper_holds_the_figures_of_the_page_in_dong(house, plan, report):
    stories.accepted_project(house, plan)
    chapters = evaluation_report(report).context["chapters"]
    printed = {table.key: table for chapter in chapters for table in chapter["tables"]}
    assert printed == all_tables(selection_of(report))
    assert printed["T2"].figure("total", "2026_done").value == 640_000_000


def test_words_and_picks_are_items_of_the_form(house, plan, report):
    services.save_text(report, "lessons", "Bám sát cơ sở.\nChọn đúng đề án;", by=house.officer)
    services.save_text(report, "causes", "", by=house.officer)
    html = text_of(evaluation_report(written_but(house, report, "lessons", "causes")))
    assert "<li>Bám sát cơ sở;</li> <li>Chọn đúng đề án.</li>" in html
    assert "Nguyên nhân" not in html
    assert "<li>Mở rộng địa bàn và ngành nghề hỗ trợ.</li>" in html


def written_but(house, report, *kept):
    own = {part: report.texts.get(part=part).text for part in kept}
    written(house, report)
    for part, text in own.items():
        services.save_text(report, part, text, by=house.officer)
    return report


def test_report_names_its_own_addressee(house, plan):
    report = evaluation_of(house, plan.program, addressee="Cục Đổi mới sáng tạo")
    assert "Kính gửi: Cục Đổi mới sáng tạo" in text_of(evaluation_report(report))


def test_paper_asks_for_what_figures_do_not_say(house, report):
    assert len(gaps_of(EVALUATION_REPORT, report)) == 4
    assert gaps_of(EVALUATION_REPORT, report)[0].startswith("Phần VI, mục “Nguyên nhân” chưa có lời")
    assert gaps_of(EVALUATION_REPORT, written(house, report)) == []


@pytest.mark.parametrize("role", ["officer", "accountant", "viewer"])
def test_who_drafts_does_not_issue(house, report, role):
    written(house, report)
    with pytest.raises(PermissionDenied):
        issue(EVALUATION_REPORT, report, getattr(house, role))


def test_incomplete_report_is_not_issued(house, report):
    with pytest.raises(ValidationError):
        issue(EVALUATION_REPORT, report, house.reviewer)


def test_issuing_keeps_figures_words_and_scope(house, plan, report):
    stories.accepted_project(house, plan)
    document = issue(EVALUATION_REPORT, written(house, report), house.director, dated_on=date(2026, 11, 22))
    assert document.number_text == "01/BC-SCT"
    assert frozen.tables_from(document.data) == all_tables(selection_of(report))
    selection = frozen.selection_from(document.data["selection"], report.updated_by)
    assert selection == selection_of(Evaluation.objects.get(pk=report.pk))
    with document.file.file.open() as kept:
        pages = PdfReader(BytesIO(kept.read())).pages
        told = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert "Lời của mục lessons" in told
    assert "Bảng 10. Đề án không hoàn thành" in told


def test_dots_are_for_drafts_alone(house, report):
    draft, final = (evaluation_report(report, Imprint(draft=is_draft)).context for is_draft in (True, False))
    assert [chapter["texts"] for chapter in draft["chapters"]][4] == [
        {"title": "Hiệu quả", "is_list": False, "lines": ["......"]}
    ]
    assert [chapter["texts"] for chapter in final["chapters"]][4] == []


def test_data_of_the_paper_can_be_frozen(report):
    document = evaluation_report(report, Imprint(draft=False))
    assert data_of(document)["selection"]["basis"] == "plan"


def test_selection_of_another_day_differs_in_that_alone(report):
    selection = selection_of(report)
    day = date(2026, 6, 30)
    assert frozen.on_day(selection, day) == replace(selection, until=day)


def test_slots_know_their_placeholders():
    unknown = {slot.name: unknown_placeholders(EVALUATION_REPORT, slot.default) for slot in EVALUATION_REPORT.slots}
    assert unknown == {"addressees": [], "opening": [], "closing": [], "recipients": []}


@pytest.mark.parametrize("name", ["document_preview", "document_draft_word"])
def test_draft_is_looked_at_and_taken_as_word(client, house, report, name):
    client.force_login(house.viewer)
    assert client.get(reverse(name, args=["evaluation_report", report.pk])).status_code == 200
