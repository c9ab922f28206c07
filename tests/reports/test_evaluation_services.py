"""Evaluation reports as people draw them up: head, words, phrases, figures known as a sum."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from khuyencong.dates import today
from khuyencong.models import AuditEntry
from khuyencong.versions import StaleVersionError
from reports import services
from reports.models import Basis, Evaluation, EvaluationPhrase, ManualFigure
from tests.factories import thai_nguyen
from tests.reports.evaluation_reports import evaluation_of, known_sum
from tests.stories import make_house

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(house, plan):
    return evaluation_of(house, plan.program)


def refused(act):
    with pytest.raises(ValidationError) as refusal:
        act()
    return refusal.value.messages


def test_report_belongs_to_its_programme_and_is_on_record(house, report):
    entry = AuditEntry.objects.about(report).get()
    assert (report.owner, report.province) == (house.centre, house.province)
    assert (entry.actor, entry.label) == (house.officer, "Lập báo cáo đánh giá")


@pytest.mark.parametrize("role", ["director", "accountant", "viewer"])
def test_others_than_drafters_write_nothing(house, report, role):
    person = getattr(house, role)
    for act in (
        lambda: services.save_evaluation(report, by=person),
        lambda: services.save_text(report, "results", "Tốt.", by=person),
        lambda: services.pick_phrases(report, "task", {}, by=person),
        lambda: services.restore_suggestion(report, "results", by=person),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_another_house_writes_nothing(report):
    north = make_house(thai_nguyen(), "Thái Nguyên")
    with pytest.raises(PermissionDenied):
        services.save_text(report, "results", "Tốt.", by=north.officer)


@pytest.mark.parametrize(
    ("fields", "place", "words"),
    [
        ({"starts_on": date(2031, 1, 1), "ends_on": date(2031, 12, 31)}, "starts_on", "2026-2030"),
        ({"ends_on": date(2026, 3, 31)}, "basis", "trọn năm"),
        ({"until": today() + timedelta(days=2)}, "until", "chưa đến"),  # a long run passes midnight
        ({"until": date(2025, 12, 31)}, "until", "01/01/2026"),
    ],
)
def test_head_that_does_not_fit_is_refused_with_its_field(house, plan, fields, place, words):
    with pytest.raises(ValidationError) as refusal:
        evaluation_of(house, plan.program, **fields)
    assert words in refusal.value.message_dict[place][0]


def test_quarter_is_counted_by_day(house, plan):
    report = evaluation_of(house, plan.program, ends_on=date(2026, 3, 31), basis=Basis.EVENT)
    assert report.period == "từ 01/01/2026 đến 31/03/2026"


def test_report_counts_only_with_other_programmes_in_sight(house, report):
    north = make_house(thai_nguyen(), "Thái Nguyên")
    foreign = evaluation_of(north).program
    for program in (foreign, report.program):
        [words] = refused(
            lambda program=program: services.save_evaluation(report, by=house.officer, counted_with=[program])
        )
        assert words == "Chọn trong các chương trình khác mà ông/bà xem được."


def test_head_saved_meanwhile_is_not_overwritten(house, report):
    services.save_evaluation(report, by=house.officer, expected_version=1)
    with pytest.raises(StaleVersionError):
        services.save_evaluation(Evaluation.objects.get(pk=report.pk), by=house.second_officer, expected_version=1)


def test_text_is_kept_with_what_the_figures_said_then(house, report):
    services.save_text(report, "results", " Kết quả tốt. \r\n", by=house.officer, suggestion="Đạt 40,7%.", seen="")
    row = report.texts.get()
    assert (row.part, row.text, row.suggestion, row.updated_by) == (
        "results", "Kết quả tốt.", "Đạt 40,7%.", house.officer,
    )  # fmt: skip
    assert AuditEntry.objects.about(report).first().changes == [["Kết quả chung", "", "Kết quả tốt."]]


def test_text_written_meanwhile_is_not_overwritten(house, report):
    services.save_text(report, "results", "Lời của tôi.", by=house.officer, seen="")
    [words] = refused(lambda: services.save_text(report, "results", "Lời khác.", by=house.second_officer, seen=""))
    assert str(house.officer) in words
    assert report.texts.get().text == "Lời của tôi."


def test_restored_part_follows_the_figures_again(house, report):
    services.save_text(report, "results", "Lời của tôi.", by=house.officer)
    services.restore_suggestion(report, "results", by=house.officer)
    services.restore_suggestion(report, "results", by=house.officer)
    assert not report.texts.exists()
    assert [entry.label for entry in AuditEntry.objects.about(report)] == [
        "Trả phần lời về câu theo số liệu", "Viết phần lời", "Lập báo cáo đánh giá",
    ]  # fmt: skip


def test_unknown_part_is_refused(house, report):
    assert refused(lambda: services.save_text(report, "annex", "x", by=house.officer)) == ["Báo cáo không có phần này."]


def test_phrases_to_pick_from_are_there_with_their_source():
    offered = EvaluationPhrase.objects.filter(is_offered=True).exclude(source="")
    assert [offered.filter(kind=kind).count() for kind in ("difficulty", "task")] == [6, 11]


def test_picks_are_replaced_with_their_notes(house, report):
    small, staff = EvaluationPhrase.objects.filter(code__in=("SMALL_SCALE", "STAFF")).order_by("code")
    services.pick_phrases(report, "difficulty", {small: "Nhất là nghề dệt.", staff: ""}, by=house.officer)
    services.pick_phrases(report, "difficulty", {staff: "Huyện chỉ có một người."}, by=house.officer)
    assert list(report.picks.values_list("phrase__code", "note")) == [("STAFF", "Huyện chỉ có một người.")]
    assert AuditEntry.objects.about(report).first().changes == [
        ["Câu đã chọn", f"{small}: Nhất là nghề dệt.", ""],
        ["Câu đã chọn", str(staff), ""],
        ["Câu đã chọn", "", f"{staff}: Huyện chỉ có một người."],
    ]


def test_phrase_of_another_list_or_no_longer_offered_is_refused(house, report):
    small = EvaluationPhrase.objects.get(code="SMALL_SCALE")
    assert refused(lambda: services.pick_phrases(report, "task", {small: ""}, by=house.officer))
    small.is_offered = False
    assert refused(lambda: services.pick_phrases(report, "difficulty", {small: ""}, by=house.officer))


def test_sum_is_kept_with_its_source(house, plan):
    figure = known_sum(house, plan.program)
    assert (figure.owner, AuditEntry.objects.about(figure).get().changes[-1]) == (
        house.centre, ["số liệu", "", "trên 51.154.000.000"],
    )  # fmt: skip
    with pytest.raises(ValidationError) as refusal:
        known_sum(house, plan.program, source_note=" ")
    assert "source_note" in refusal.value.message_dict


def test_sum_that_goes_is_on_record_of_the_programme(house, plan):
    figure = known_sum(house, plan.program)
    with pytest.raises(PermissionDenied):
        services.remove_manual_figure(figure, by=house.viewer)
    services.remove_manual_figure(figure, by=house.officer)
    assert not ManualFigure.objects.exists()
    assert AuditEntry.objects.about(plan.program).first().changes == [
        ["Tổng kinh phí thực hiện", "trên 51.154.000.000 (Báo cáo 45/BC-SCT)", ""]
    ]
