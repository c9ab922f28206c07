from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from khuyencong.dates import today
from programs.models import Indicator
from projects import services
from projects.documents import acceptance_minutes
from projects.models import (
    Acceptance,
    AcceptanceMember,
    AcceptanceResult,
    FollowUp,
    Project,
    ProjectIndicator,
    ProjectStatus,
)
from tests import stories
from tests.factories import source, thai_nguyen
from tests.projects.handovers import draft_handover
from tests.projects.pages import fields_of, sent

LIST = reverse("projects:follow_ups")
CHAIR = {"members-TOTAL_FORMS": "1", "members-0-name": "Lê Văn Chủ", "members-0-body": "Sở", "members-0-is_chair": "on"}
MINUTES = {"number": "01/BBNT", "accepted_on": "01/11/2026", **CHAIR}


@pytest.fixture
def running(house):
    return stories.project_of_two_places(house)


@pytest.fixture
def director(client, house):
    client.force_login(house.director)
    return client


def page_of(name, project, *args):
    return reverse(f"projects:{name}", args=[project.pk, *args])


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def cell(code):
    return f"source-{source(code).pk}"


def queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    return len(captured)


# Recording


def test_page_is_filled_in_from_the_estimate(director, running):
    fields = fields_of(director.get(page_of("accept", running)))

    assert (fields[cell("KCDP")], fields[cell("COUNTERPART")]) == ("300.000.000", "340.000.000")
    assert [fields[f"works-{number}-name"] for number in range(2)] == ["Máy nấu chân không", "Máy sấy"]
    assert [fields[f"works-{number}-done_quantity"] for number in range(2)] == ["2", "1"]
    assert fields["is_final"] == "on"


def test_page_of_a_place_is_filled_in_with_its_share(director, running):
    place = running.beneficiaries.last()
    response = director.get(page_of("accept", running), {"co-so": place.pk})
    fields = fields_of(response)

    assert (fields[cell("KCDP")], fields[cell("COUNTERPART")]) == ("100.000.000", "140.000.000")
    assert fields["works-0-name"] == "Máy sấy"
    assert "is_final" not in fields
    assert response.context["form"].fields["form"].choices[0] == ("", "Theo quy định: mẫu 5a")


def test_places_are_accepted_one_by_one(director, running):
    first, second = running.beneficiaries.all()
    part = director.post(
        page_of("accept", running), fields_of(director.get(page_of("accept", running), {"co-so": first.pk})) | MINUTES
    )
    page = director.get(page_of("acceptances", running)).content.decode()
    address = f"{page_of('accept', running)}?co-so={second.pk}"
    last = director.post(address, fields_of(director.get(address)) | MINUTES | {"number": "02/BBNT"})
    running.refresh_from_db()

    assert told(part) == [
        "Đã ghi biên bản 01/BBNT, mẫu 5a. Cộng đến nay: KCĐP 200.000.000 đồng, Đối ứng 200.000.000 đồng. "
        "Còn 1 cơ sở chưa nghiệm thu."
    ]
    assert f"?co-so={second.pk}" in page
    assert last.url == page_of("acceptances", running)
    assert told(last)[-1].endswith("nghiệm thu KC26-001: KCĐP 300.000.000 đồng, Đối ứng 340.000.000 đồng.")
    assert running.status == ProjectStatus.ACCEPTED


def test_minutes_without_a_number_take_the_next_of_the_series(director, running, house):
    first, second = running.beneficiaries.all()
    for place, number in ((first, "01/BB-SCT"), (second, "")):
        address = f"{page_of('accept', running)}?co-so={place.pk}"
        response = director.post(address, fields_of(director.get(address)) | MINUTES | {"number": number})
        assert response.status_code == 302

    # The number typed by hand stays, and the series passes it over.
    assert [row.number for row in running.acceptances.order_by("pk")] == ["01/BB-SCT", "02/BB-SCT"]


def test_second_press_without_a_number_records_nothing_more(director, running):
    fields = fields_of(director.get(page_of("accept", running))) | MINUTES | {"number": ""}
    fields.pop("is_final")
    for _press in range(2):
        response = director.post(page_of("accept", running), fields)

    assert told(response)[-1] == "Biên bản 01/BB-SCT đã ghi trước đó."
    assert Acceptance.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({"number": "x" * 61}, "number", "60"),
        ({"accepted_on": ""}, "accepted_on", "Nhập ngày nghiệm thu."),
        ({"accepted_on": "31/02/2026"}, "accepted_on", "không phải ngày có thật"),
        ({"accepted_on": "01/01/2099"}, "accepted_on", "không thể ở tương lai"),
        ({"accepted_on": "03/01/2026"}, "accepted_on", "không thể trước ngày phê duyệt kế hoạch 04/01/2026"),
        ({"form": "5c"}, "form", "Chọn mẫu 5b hoặc mẫu 5a."),
        ({"KCDP": "301tr"}, "KCDP", "Nghiệm thu không vượt số được duyệt 300.000.000 đồng."),
        ({"KCDP": ""}, "KCDP", "không có thì ghi 0"),
        ({"COUNTERPART": "-5"}, "COUNTERPART", "không được âm"),
        ({"members-0-is_chair": ""}, "__all__", "ít nhất một người chủ trì"),
    ],
)
def test_page_says_what_is_wrong_at_the_field(director, running, changes, field, text):
    def named(name):
        return cell(name) if name in ("KCDP", "COUNTERPART") else name

    typed = MINUTES | {named(name): value for name, value in changes.items()}
    typed = {name: value for name, value in typed.items() if not (name.endswith("is_chair") and not value)}
    response = sent(director, page_of("accept", running), **typed)
    errors = response.context["form"].errors

    assert list(errors) == [named(field)]
    assert text in errors[named(field)][0]
    assert {name: fields_of(response)[name] for name in typed} == typed
    assert not Acceptance.objects.exists()


def test_facility_puts_in_more_and_quantities_over_the_contract_are_told(director, running):
    typed = MINUTES | {cell("COUNTERPART"): "400tr", "works-0-done_quantity": "3", "conclusion": "Đạt."}
    response = sent(director, page_of("accept", running), **typed)

    assert told(response) == [
        "Đã ghi nhận nghiệm thu KC26-001: KCĐP 300.000.000 đồng, Đối ứng 400.000.000 đồng.",
        "Vượt khối lượng theo hợp đồng: Máy nấu chân không: 3 trên 2 máy (150%).",
    ]
    assert Project.objects.get().acceptance.conclusion == "Đạt."


def test_pressing_twice_records_once(director, running):
    first = running.beneficiaries.first()
    address = f"{page_of('accept', running)}?co-so={first.pk}"
    typed = fields_of(director.get(address)) | MINUTES
    answers = [director.post(address, typed) for _ in range(2)]

    assert [answer.url for answer in answers] == [page_of("acceptances", running)] * 2
    assert told(answers[1])[-1] == "Biên bản 01/BBNT đã ghi trước đó."
    assert Acceptance.objects.count() == 1


def test_rows_are_added_without_losing_what_was_typed(director, running):
    response = sent(director, page_of("accept", running), **MINUTES, row="works-add")
    fields = fields_of(response)

    assert (fields["number"], fields["works-TOTAL_FORMS"], fields["members-0-name"]) == ("01/BBNT", "3", "Lê Văn Chủ")
    assert not response.context["form"].errors


def test_figures_of_the_chosen_place_are_taken_in(director, running):
    place = running.beneficiaries.last()
    fields = fields_of(sent(director, page_of("accept", running), **MINUTES, beneficiary=place.pk, row="fill"))

    assert (fields[cell("KCDP")], fields["works-TOTAL_FORMS"], fields["works-0-name"]) == (
        "100.000.000", "1", "Máy sấy",
    )  # fmt: skip


def test_page_of_a_project_not_begun_sends_back(director, house):
    project = stories.approved_project(house)
    response = director.get(page_of("accept", project))

    assert response.url == project.get_absolute_url()


# Indicators


def indicator(code):
    return Indicator.objects.get(code=code)


def test_indicators_are_planned_in_the_entry_and_kept(client, house, plan):
    project = stories.complete_project(house, plan)
    client.force_login(house.officer)
    jobs, revenue = indicator("JOB_NEW"), indicator("REVENUE")
    address = page_of("edit", project, "hieu-qua")
    typed = {
        "act": "save", "targets-TOTAL_FORMS": "2", "targets-0-indicator": jobs.pk, "targets-0-planned": "12,5",
        "targets-1-indicator": revenue.pk, "targets-1-planned": "1,5 tỷ",
    }  # fmt: skip
    response = sent(client, address, **typed)
    rows = [(row.indicator, row.planned) for row in project.indicators.all()]
    shown = fields_of(client.get(address))

    assert response.status_code == 302
    assert rows == [(jobs, Decimal("12.50")), (revenue, Decimal(1_500_000_000))]
    assert (shown["targets-0-planned"], shown["targets-1-planned"]) == ("12,5", "1.500.000.000")
    assert Project.objects.get().economic_effect == "Doanh thu tăng 30%."


@pytest.mark.parametrize(
    ("code", "value", "text"),
    [
        ("JOB_NEW", "nhiều", "Không đọc được số"),
        ("JOB_NEW", "-1", "không thể âm"),
        ("JOB_NEW", "1,234", "hai chữ số"),
        ("JOB_NEW", "", "Nhập số kế hoạch."),
        ("REVENUE", "1,5", "phần lẻ của đồng"),
    ],
)
def test_indicator_that_cannot_be_read_is_told_in_its_cell(client, house, plan, code, value, text):
    project = stories.complete_project(house, plan)
    client.force_login(house.officer)
    typed = {"act": "save", "targets-0-indicator": indicator(code).pk, "targets-0-planned": value}
    response = sent(client, page_of("edit", project, "hieu-qua"), **typed)

    assert text in response.context["targets"].forms[0].errors["planned"][0]
    assert not ProjectIndicator.objects.exists()


def test_two_people_who_change_indicators_are_asked(client, house, plan):
    project = stories.complete_project(house, plan)
    client.force_login(house.officer)
    address = page_of("edit", project, "hieu-qua")
    seen = fields_of(client.get(address))
    row = ProjectIndicator(indicator=indicator("JOB_NEW"), planned=Decimal(9))
    services.save_project(Project.objects.get(), by=house.reviewer, indicators=[row])
    typed = {"act": "save", "targets-0-indicator": indicator("JOB_NEW").pk, "targets-0-planned": "12"}
    response = client.post(address, seen | typed)

    assert [conflict.bound_field.label for conflict in response.context["form"].conflicts] == ["Chỉ tiêu"]
    assert ProjectIndicator.objects.get().planned == 9


def test_indicators_are_shown_planned_done_and_in_percent(director, house, running):
    ProjectIndicator.objects.create(project=running, indicator=indicator("JOB_NEW"), planned=Decimal(12))
    typed = {"results-0-done": "9", "results-0-is_verified": "on"}
    sent(director, page_of("accept", running), **MINUTES, **typed)
    [(row, planned, done, percent)] = director.get(page_of("acceptances", running)).context["indicators"]

    assert (planned, done, percent, row.is_verified) == ("12 người", "9 người", 75, True)


# Reading and reopening


def accepted(house, running, **fields):
    minutes = Acceptance(project=running, form="", number="01/BBNT", accepted_on=date(2026, 11, 1), **fields)
    chair = AcceptanceMember(name="Lê Văn Chủ", body="Sở Công Thương", is_chair=True)
    amounts = {source("KCDP").pk: 300_000_000, source("COUNTERPART").pk: 340_000_000}
    return services.accept(minutes, by=house.director, members=[chair], amounts=amounts)


def test_minutes_are_read_with_money_in_words(director, house, running):
    minutes = accepted(house, running)
    page = director.get(reverse("projects:acceptance_detail", args=[minutes.pk])).content.decode()

    assert "Sáu trăm bốn mươi triệu đồng" in page
    assert "Sở Công Thương (chủ trì)" in page
    assert "ĐÃ MỞ LẠI" not in page


def test_minutes_known_by_number_are_completed_once(client, house):
    project = stories.accepted_project(house)
    minutes = project.acceptance
    address = page_of("acceptance_supplement", minutes)
    client.force_login(house.officer)
    assert client.get(address).status_code == 403
    client.force_login(house.reviewer)
    assert address in client.get(minutes.get_absolute_url()).text
    assert {"members-0-name", "started_at", "copies"} <= set(fields_of(client.get(address)))
    data = CHAIR | {"members-INITIAL_FORMS": "0", "started_at": "14h", "ended_at": "13:00", "copies": "5"}
    assert "Giờ kết thúc phải sau giờ bắt đầu." in client.post(address, data).text
    client.post(address, data | {"ended_at": "16h30"})
    minutes.refresh_from_db()
    assert [row.name for row in minutes.members.all()] == ["Lê Văn Chủ"]
    assert (minutes.started_at, minutes.ended_at, minutes.copies) == (time(14), time(16, 30), 5)
    page = acceptance_minutes(minutes).render_html()
    assert "Hôm nay, hồi 14 giờ 00 phút," in page
    assert "kết thúc vào hồi 16 giờ 30 phút cùng ngày, được lập thành 05 bản" in page
    again = client.post(address, data, follow=True)
    assert "không còn gì để bổ sung" in again.text
    assert minutes.members.count() == 1


def test_reopening_keeps_the_old_minutes_readable(director, house, running):
    minutes = accepted(house, running)
    event = draft_handover(house, Project.objects.get())
    response = sent(director, page_of("acceptance_reopen", running), minutes=minutes.pk, reason="Sai khối lượng.")
    page = director.get(reverse("projects:acceptance_detail", args=[minutes.pk])).content.decode()
    handover = director.get(event.get_absolute_url())

    assert told(response) == ["Đã mở lại nghiệm thu KC26-001: biên bản cũ không còn hiệu lực."]
    assert "ĐÃ MỞ LẠI, KHÔNG CÒN HIỆU LỰC." in page
    assert "Sai khối lượng." in page
    assert [row.number for row in handover.context["reopened"]] == ["01/BBNT"]
    assert any("đang “đang thực hiện”" in text for text, _place in handover.context["gaps"])


def test_reopening_asks_for_a_reason(director, house, running):
    minutes = accepted(house, running)
    response = sent(director, page_of("acceptance_reopen", running), minutes=minutes.pk, reason=" ")

    assert response.context["form"].errors["reason"] == ["Nêu lý do."]
    assert Acceptance.objects.in_force().count() == 1


def test_failed_minutes_say_that_they_do_not_count(director, house, running):
    minutes = accepted(house, running, result=AcceptanceResult.FAIL)
    page = director.get(reverse("projects:acceptance_detail", args=[minutes.pk])).content.decode()

    assert "không tính vào số nghiệm thu" in page


def test_another_province_sees_nothing(client, house, running):
    minutes = accepted(house, running)
    client.force_login(stories.make_house(thai_nguyen(), "Thái Nguyên").director)
    pages = [
        page_of("acceptances", running), page_of("acceptance_reopen", running), page_of("follow_up", running, "lan-1"),
        reverse("projects:acceptance_detail", args=[minutes.pk]),
    ]  # fmt: skip

    assert [client.get(page).status_code for page in pages] == [404] * 4
    assert list(client.get(LIST).context["page_obj"]) == []


def test_tab_query_count_does_not_grow(director, house, running):
    first, second = running.beneficiaries.all()
    address = page_of("acceptances", running)
    chair = AcceptanceMember(name="Lê Văn Chủ", body="Sở", is_chair=True)

    def add(number, place):
        minutes = Acceptance(
            project=running, form="", number=number, accepted_on=date(2026, 11, 1), beneficiary=place, is_final=False
        )
        services.accept(minutes, by=house.director, members=[chair], amounts={source("COUNTERPART").pk: 1})
        chair.pk = None

    add("1", first)
    before = queries(director, address)
    for number, place in (("2", second), ("3", first), ("4", second)):
        add(number, place)

    assert queries(director, address) == before


# Following up


@pytest.fixture
def done(house, running):
    accepted(house, running)
    Acceptance.objects.update(accepted_on=today() - timedelta(days=200))
    return Project.objects.get(pk=running.pk)


def test_round_is_due_six_and_twelve_months_after_acceptance(client, house, done):
    client.force_login(house.officer)
    rounds = next(iter(client.get(LIST).context["page_obj"])).rounds

    assert [row.is_due for row in rounds] == [True, False]
    assert [row.late_days > 0 for row in rounds] == [True, False]
    assert client.get(LIST).context["due_count"] == 1


def test_answers_are_recorded_and_mended(client, house, done):
    client.force_login(house.officer)
    jobs, revenue = (f"indicator-{indicator(code).pk}" for code in ("JOB_NEW", "REVENUE"))
    address = page_of("follow_up", done, "lan-1")
    response = sent(client, address, surveyed_on=f"{today():%d/%m/%Y}", **{jobs: "11", revenue: "1,5 tỷ"})
    mended = sent(client, address, **{jobs: "12"})
    row = FollowUp.objects.get()

    assert told(response) == ["Đã ghi theo dõi lần 1: 2 số liệu."]
    assert mended.status_code == 302
    assert {value.indicator.code: value.value for value in row.values.all()} == {
        "JOB_NEW": 12, "REVENUE": 1_500_000_000,
    }  # fmt: skip
    assert client.get(LIST).context["due_count"] == 0


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({"surveyed_on": ""}, "surveyed_on", "Nhập ngày lấy số liệu."),
        ({"surveyed_on": "01/01/2026"}, "surveyed_on", "không thể trước ngày nghiệm thu"),
        ({"surveyed_on": "01/01/2099"}, "surveyed_on", "không thể ở tương lai"),
        ({"JOB_NEW": ""}, "__all__", "Ghi ít nhất một số liệu"),
        ({"JOB_NEW": "mười"}, "JOB_NEW", "Không đọc được số"),
    ],
)
def test_answers_that_do_not_hold_are_told(client, house, done, changes, field, text):
    client.force_login(house.officer)

    def named(name):
        return f"indicator-{indicator(name).pk}" if name == "JOB_NEW" else name

    typed = {"surveyed_on": f"{today():%d/%m/%Y}", "JOB_NEW": "11"} | changes
    response = sent(client, page_of("follow_up", done, "lan-1"), **{named(name): typed[name] for name in typed})
    errors = response.context["form"].errors

    assert list(errors) == [named(field)]
    assert text in errors[named(field)][0]
    assert not FollowUp.objects.exists()


def test_result_no_longer_in_use_says_why(client, house, done):
    client.force_login(house.officer)
    typed = fields_of(client.get(page_of("follow_up", done, "lan-2"))) | {"surveyed_on": f"{today():%d/%m/%Y}"}
    typed.pop("is_operating")
    refused = client.post(page_of("follow_up", done, "lan-2"), typed)
    taken = client.post(page_of("follow_up", done, "lan-2"), typed | {"note": "Cơ sở giải thể."})

    assert list(refused.context["form"].errors) == ["note"]
    assert taken.status_code == 302
    assert FollowUp.objects.get().is_operating is False


@pytest.mark.parametrize(("days", "found"), [(10, []), (170, ["sap-den"]), (200, ["den-han"]), (360, ["den-han"])])
def test_list_is_filtered_by_what_is_due(client, house, done, days, found):
    Acceptance.objects.update(accepted_on=today() - timedelta(days=days))
    client.force_login(house.viewer)
    states = ("den-han", "sap-den", "da-ghi")
    shown = {state: len(client.get(LIST, {"tinh-trang": state}).context["page_obj"]) for state in states}

    assert [state for state in states if shown[state]] == found


def test_list_query_count_does_not_grow(client, house, done):
    client.force_login(house.officer)
    before = queries(client, LIST)
    for number in (11, 12):
        project = stories.project_of_two_places(house, stories.draft_plan(house), number=f"{number}/QĐ-UBND")
        accepted(house, project)

    assert len(client.get(LIST).context["page_obj"]) == 3
    assert queries(client, LIST) == before
