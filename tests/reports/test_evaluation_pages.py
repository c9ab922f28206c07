"""Pages of evaluation reports: list, head, report with its tables, words, figures known as a sum."""

from datetime import date
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from khuyencong.models import AuditEntry
from programs.models import Indicator
from reports import services
from reports.evaluation import shown
from reports.evaluation.content import selection_of
from reports.evaluation.tables import table_of
from reports.evaluation_forms import days_of, span_of
from reports.models import Basis, Evaluation, EvaluationPhrase, ManualFigure
from tests import stories
from tests.factories import thai_nguyen
from tests.reports.evaluation_reports import evaluation_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(house, plan):
    return evaluation_of(house, plan.program)


def open_page(client, person, name, *args, **query):
    client.force_login(person)
    return client.get(reverse(name, args=args), query)


def text_of(response):
    return " ".join(response.content.decode().split())


def head_of(program, **fields):
    values = {
        "program": program.pk, "kind": "interim", "span": "nam", "year_from": "2026", "year_to": "", "basis": "plan",
        "division": "new", "scope": "", "starts_on": "", "ends_on": "", "until": "", "place": "", "addressee": "",
    }  # fmt: skip
    return values | fields


# Head


@pytest.mark.parametrize(
    ("span", "years", "days"),
    [
        ("nam", (2016, 2018), (date(2016, 1, 1), date(2018, 12, 31))),
        ("nam", (2026, None), (date(2026, 1, 1), date(2026, 12, 31))),
        ("6d", (2026, None), (date(2026, 1, 1), date(2026, 6, 30))),
        ("6c", (2026, None), (date(2026, 7, 1), date(2026, 12, 31))),
        ("q1", (2024, None), (date(2024, 1, 1), date(2024, 3, 31))),
        ("q4", (2026, None), (date(2026, 10, 1), date(2026, 12, 31))),
    ],
)
def test_quick_choice_gives_the_days_and_is_found_again(span, years, days):
    assert days_of(span, *years) == days
    assert span_of(*days) == {"span": span, "year_from": years[0], "year_to": years[1]}


def test_days_of_no_quick_choice_stay_days():
    assert span_of(date(2026, 2, 3), date(2026, 3, 4))["span"] == "ngay"


def test_report_is_drawn_up_from_its_programme(client, house, plan):
    page = open_page(client, house.officer, "evaluation_create", **{"chuong-trinh": plan.program_id})
    assert [page.context["form"][name].value() for name in ("program", "year_from", "year_to")] == [
        plan.program_id, 2026, 2030,
    ]  # fmt: skip
    answer = client.post(reverse("evaluation_create"), head_of(plan.program, year_to="2028"))
    report = Evaluation.objects.get()
    assert answer.url == reverse("evaluation", args=[report.pk])
    assert (report.period, report.created_by) == ("giai đoạn 2026-2028", house.officer)


@pytest.mark.parametrize(
    ("fields", "place", "words"),
    [
        ({"year_from": ""}, "year_from", "Nhập vào ô này."),
        ({"span": "ngay"}, "starts_on", "Nhập vào ô này."),
        ({"span": "ngay", "starts_on": "02/03/2026", "ends_on": "01/03/2026"}, "ends_on", "từ lúc bắt đầu"),
        ({"year_to": "2025"}, "year_to", "từ lúc bắt đầu"),
        ({"span": "q1"}, "basis", "trọn năm"),
        ({"year_from": "2035"}, None, "2026-2030"),
    ],
)
def test_head_that_does_not_fit_keeps_what_was_typed(client, house, plan, fields, place, words):
    client.force_login(house.officer)
    page = client.post(reverse("evaluation_create"), head_of(plan.program, addressee="UBND tỉnh", **fields))
    assert not Evaluation.objects.exists()
    errors = page.context["form"].errors
    assert any(words in text for name in ([place] if place else errors) for text in errors[name])
    assert "UBND tỉnh" in text_of(page)


def test_two_who_change_the_head_choose(client, house, report):
    client.force_login(house.officer)
    services.save_evaluation(Evaluation.objects.get(pk=report.pk), by=house.second_officer, expected_version=1)
    page = client.post(reverse("evaluation_edit", args=[report.pk]), head_of(report.program, version="1", kind="final"))
    assert page.context["form"].conflict_with.version == 2
    assert Evaluation.objects.get().kind == "interim"


def test_programmes_of_another_house_are_not_offered(client, house, plan):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    other = stories.draft_plan(north).program
    page = open_page(client, house.officer, "evaluation_create")
    assert list(page.context["form"].fields["program"].queryset) == [plan.program]
    assert list(page.context["form"].fields["counted_with"].queryset) == [plan.program]
    client.post(reverse("evaluation_create"), head_of(other))
    assert not Evaluation.objects.exists()


# List


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_the_same_whatever_the_number(client, house, plan, count, django_assert_num_queries):
    for _number in range(count):
        evaluation_of(house, plan.program)
    client.force_login(house.viewer)
    with django_assert_num_queries(5):
        page = client.get(reverse("evaluations"))
    assert len(page.context["page_obj"]) == count


def test_list_is_filtered_by_words_kind_and_year(client, house, report):
    client.force_login(house.viewer)
    found = {
        query: len(client.get(reverse("evaluations") + query).context["page_obj"])
        for query in ("?q=khuyen+cong", "?q=dien+luc", "?loai=interim", "?loai=final", "?nam=2026", "?nam=x")
    }
    assert found == {
        "?q=khuyen+cong": 1, "?q=dien+luc": 0, "?loai=interim": 1, "?loai=final": 0, "?nam=2026": 1, "?nam=x": 0,
    }  # fmt: skip


def test_empty_list_teaches(client, house):
    assert "Lập báo cáo" in text_of(open_page(client, house.officer, "evaluations"))
    assert "Lập báo cáo" not in text_of(open_page(client, house.viewer, "evaluations"))


# Report


def test_report_of_another_house_does_not_exist(client, report):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    assert open_page(client, north.officer, "evaluation", report.pk).status_code == 404


def test_report_stands_in_eight_parts_with_ten_tables(client, house, plan, report):
    stories.accepted_project(house, plan)
    page = open_page(client, house.viewer, "evaluation", report.pk)
    html = text_of(page)
    assert [content.chapter.numeral for content in page.context["chapters"]] == [
        "I", "II", "III", "IV", "V", "VI", "VII", "VIII",
    ]  # fmt: skip
    positions = [html.index(f'id="bang-{number}"') for number in range(1, 11)]
    assert positions == sorted(positions)
    assert "Năm 2026 đã hoàn thành 01 đề án với tổng kinh phí 640 triệu đồng." in html
    assert "Đã hoàn thành 01 trên 01 đề án, nhiệm vụ được giao, đạt 100%" in html
    assert "Sửa phạm vi" not in html


def test_figure_opens_its_rows(client, house, plan, report):
    stories.accepted_project(house, plan)
    html = text_of(open_page(client, house.viewer, "evaluation", report.pk))
    rows_url = reverse("evaluation_rows", args=[report.pk])
    assert f'<a href="{rows_url}?dem=de-an&amp;buoc=done' in html


def test_empty_figure_is_a_dash_that_is_spoken(client, house, report):
    html = text_of(open_page(client, house.viewer, "evaluation", report.pk))
    assert '<span aria-hidden="true">–</span><span class="hidden-text">không có số liệu</span>' in html


def test_report_page_asks_the_same_whatever_the_number(client, house, plan, report):
    client.force_login(house.viewer)
    asked = []
    for count, decision in ((1, "10/QĐ-UBND"), (2, "11/QĐ-UBND")):
        next_plan = stories.draft_plan(house)
        for _number in range(count):
            stories.planned_project(house, next_plan)
        stories.services.submit_plan(next_plan, by=house.reviewer)
        stories.approve(house, next_plan, number=decision)
        with CaptureQueriesContext(connection) as page:
            client.get(reverse("evaluation", args=[report.pk]))
        asked.append(len(page))
    assert asked[0] == asked[1]
    assert asked[0] <= 140


# Words


def post_part(client, person, report, part, **fields):
    client.force_login(person)
    return client.post(reverse("evaluation_part", args=[report.pk, part]), {"seen": "", "text": "", **fields})


def accept(house, project):
    stories.services.start_project(project, by=house.officer)
    stories.services.accept_project(project, by=house.director, number="01/BBNT", accepted_on=date(2026, 11, 1))


def test_suggested_sentence_is_offered_and_followed_until_someone_writes(client, house, plan, report):
    project = stories.approved_project(house, plan)
    page = open_page(client, house.officer, "evaluation_part", report.pk, "results")
    offered = page.context["form"]["text"].value()
    assert offered == page.context["suggestion"] == "Năm 2026 đã hoàn thành 00 đề án."
    post_part(client, house.officer, report, "results", text=offered)
    assert not report.texts.exists()
    accept(house, project)
    html = text_of(open_page(client, house.viewer, "evaluation", report.pk))
    assert "Năm 2026 đã hoàn thành 01 đề án với tổng kinh phí 640 triệu đồng." in html


def test_own_words_stay_and_say_when_figures_moved(client, house, plan, report):
    post_part(client, house.officer, report, "results", text="Kết quả rất tốt.")
    html = text_of(open_page(client, house.viewer, "evaluation", report.pk))
    assert "Kết quả rất tốt." in html
    assert "Số liệu đã đổi sau khi" not in html
    stories.accepted_project(house, plan)
    html = text_of(open_page(client, house.viewer, "evaluation", report.pk))
    assert f"Số liệu đã đổi sau khi {house.officer} viết phần này" in html
    assert "Kết quả rất tốt." in html
    client.force_login(house.officer)
    client.post(reverse("evaluation_part_restore", args=[report.pk, "results"]))
    html = text_of(client.get(reverse("evaluation", args=[report.pk])))
    assert "Kết quả rất tốt." not in html.replace("Viết phần lời", "").split('id="history"')[0]


def test_empty_part_is_a_choice(client, house, report):
    post_part(client, house.officer, report, "lessons")
    assert report.texts.get().text == ""
    assert "Phần này để trống." in text_of(open_page(client, house.viewer, "evaluation", report.pk))


def test_two_who_write_a_part_see_each_other(client, house, report):
    post_part(client, house.officer, report, "lessons", text="Bài học một.")
    page = post_part(client, house.second_officer, report, "lessons", text="Bài học hai.")
    html = text_of(page)
    assert "Bài học một." in html
    assert "Bài học hai." in html
    assert report.texts.get().text == "Bài học một."
    post_part(
        client, house.second_officer, report, "lessons", text="Bài học hai.", seen=page.context["form"]["seen"].value()
    )
    assert report.texts.get().text == "Bài học hai."


def test_picked_phrase_stands_in_the_part_with_its_note(client, house, report):
    phrase = EvaluationPhrase.objects.get(code="STAFF")
    post_part(
        client, house.officer, report, "shortcomings",
        **{f"pick-{phrase.pk}": "on", f"note-{phrase.pk}": "Huyện chỉ có một người"},
    )  # fmt: skip
    assert not report.texts.exists()
    html = text_of(open_page(client, house.viewer, "evaluation", report.pk))
    assert f"<li>{phrase.text}: Huyện chỉ có một người</li>" in html


def test_readers_do_not_write(client, house, report):
    assert post_part(client, house.viewer, report, "results", text="x").status_code == 403
    assert post_part(client, house.officer, report, "khong-co", text="x").status_code == 404


def test_words_of_people_are_shown_as_text(client, house, report):
    post_part(client, house.officer, report, "results", text="<b>đậm</b> {{ x }}")
    html = text_of(open_page(client, house.viewer, "evaluation", report.pk))
    assert "&lt;b&gt;đậm&lt;/b&gt; {{ x }}" in html


# Figures known as a sum


def post_figure(client, person, report, **fields):
    values = {
        "indicator": Indicator.objects.get(code="MONEY_TOTAL").pk, "starts_on": "01/01/2026", "ends_on": "31/12/2026",
        "value": "51,154 tỷ", "is_at_least": "on", "source_note": "Báo cáo 45/BC-SCT", "note": "",
    }  # fmt: skip
    client.force_login(person)
    return client.post(reverse("evaluation_figures", args=[report.pk]), values | fields)


def test_sum_is_entered_as_people_write_it_and_stands_beside(client, house, report):
    post_figure(client, house.officer, report)
    assert ManualFigure.objects.get().value == 51_154_000_000
    html = text_of(open_page(client, house.viewer, "evaluation_figures", report.pk))
    assert "trên 51.154.000.000" in html
    assert "Báo cáo 45/BC-SCT" in html
    table = text_of(client.get(reverse("evaluation", args=[report.pk])))
    assert "51.154" in table
    assert "Năm 2026 đã hoàn thành" not in table


@pytest.mark.parametrize(
    ("fields", "place"),
    [({"value": "mười"}, "value"), ({"source_note": ""}, "source_note"), ({"ends_on": "31/12/2025"}, "ends_on")],
)
def test_sum_that_does_not_fit_is_refused(client, house, report, fields, place):
    page = post_figure(client, house.officer, report, **fields)
    assert place in page.context["form"].errors or "__all__" in page.context["form"].errors
    assert not ManualFigure.objects.exists()


def test_sum_is_changed_and_dropped_with_a_trace(client, house, report):
    post_figure(client, house.officer, report)
    figure = ManualFigure.objects.get()
    address = reverse("evaluation_figure_edit", args=[report.pk, figure.pk])
    assert client.get(address).context["form"]["value"].value() == "51.154.000.000"
    client.post(
        address,
        {
            "version": figure.version, "indicator": figure.indicator_id, "starts_on": "01/01/2026",
            "ends_on": "31/12/2026", "value": "52 tỷ", "source_note": "Báo cáo 45/BC-SCT", "note": "",
        },
    )  # fmt: skip
    figure.refresh_from_db()
    assert (figure.value, figure.is_at_least) == (52_000_000_000, False)
    client.post(reverse("evaluation_figure_remove", args=[report.pk, figure.pk]))
    assert not ManualFigure.objects.exists()
    assert AuditEntry.objects.about(report.program).first().label == "Bỏ số liệu tổng"


def test_quarter_by_day_is_drawn_up(client, house, plan):
    client.force_login(house.officer)
    client.post(reverse("evaluation_create"), head_of(plan.program, span="q1", basis="event"))
    assert (Evaluation.objects.get().basis, Evaluation.objects.get().ends_on) == (Basis.EVENT, date(2026, 3, 31))


# Very long tables


def test_long_table_shows_its_sums_and_leads_to_all_its_rows(client, house, plan, report):
    stories.accepted_project(house, plan)
    with mock.patch.object(shown, "MOST_ROWS", 2):
        page = open_page(client, house.viewer, "evaluation", report.pk)
        whole = open_page(client, house.viewer, "evaluation", report.pk, bang="T6")
    commune = next(row.label for row in table_of(selection_of(report), "T6").rows if not row.style)
    link = f'<a href="{report.get_absolute_url()}?bang=T6">'
    assert link in text_of(page)
    assert f"{commune}</th>" not in text_of(page)
    assert f"{commune}</th>" in text_of(whole)
    assert link not in text_of(whole)
    assert open_page(client, house.viewer, "evaluation", report.pk, bang="T99").status_code == 200
