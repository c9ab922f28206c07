"""The pages of a handover: who gets in, what wrong input meets, what two tabs see, what print leaves behind."""

import io
import re
from datetime import date

import pytest
from django.urls import reverse
from pypdf import PdfReader

from khuyencong.models import AuditEntry, Batch, IssuedDocument
from projects import services
from projects.models import HandoverEvent, HandoverMinutes, ItemKind, Project, ProjectStatus, Side
from tests.factories import FacilityFactory, OrganisationFactory, UserFactory, commune_of, source, thai_nguyen
from tests.projects.handovers import (
    add_minutes,
    another_accepted_project,
    contracts,
    draft_handover,
    machine,
    papers,
    receiver_people,
    sme_handover,
    works,
)
from tests.stories import accepted_project, approve, approved_project, draft_plan, make_house, planned_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return make_house()


@pytest.fixture
def event(house):
    return draft_handover(house)


@pytest.fixture
def officer(client, house):
    client.force_login(house.officer)
    return client


def paper(name, minutes):
    """A page of the minutes as a paper."""
    return reverse(name, args=["handover_minutes", minutes.pk])


def url(name, *args):
    return reverse(f"projects:{name}", args=args)


def text_of(response):
    """What a person reads, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def table(prefix, rows, **more):
    """Posted rows of a table."""
    data = {f"{prefix}-TOTAL_FORMS": str(len(rows)), f"{prefix}-INITIAL_FORMS": "0"}
    for number, row in enumerate(rows):
        data |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return data | more


GIVER = {"side": "giver", "salutation": "Ông", "name": "Nguyễn Văn Giao", "title": "Giám đốc", "signs": "on"}
SIGNER = {"salutation": "Bà", "name": "Phạm Thị Nhận", "title": "Giám đốc", "signs": "on"}
ITEM = {"kind": "equipment", "name": "Máy sấy", "unit_name": "máy", "quantity": "1,5", "amount": "300tr"}


def event_data(house, project, people=(GIVER,), **changes):
    data = {
        "subject": "kết quả đề án", "projects": [project.pk], "held_on": "20/11/2026", "held_month_day": "",
        "started_at": "14:00", "ended_at": "16h30", "venue": "Hội trường", "giver": house.centre.name,
        "grounds": "Căn cứ Quyết định số 10", "note": "", "source_note": "",
    }  # fmt: skip
    return data | table("people", people) | changes


def minutes_data(receiver="", people=(SIGNER,), items=(ITEM,), contracts=(), papers=(), **changes):
    data = {
        "receiver": receiver, "receiver_facility": "", "condition": "", "finance": "", "giver_duties": "",
        "receiver_duties": "", "copies": "4", "copies_each": "2",
    }  # fmt: skip
    rows = {"people": people, "items": items, "contracts": contracts, "papers": papers}
    return data | {key: value for name, row in rows.items() for key, value in table(name, row).items()} | changes


# Who gets in


@pytest.mark.parametrize(
    ("role", "writes"),
    [
        ("officer", 200),
        ("second_officer", 200),
        ("reviewer", 200),
        ("second_reviewer", 200),
        ("director", 403),
        ("accountant", 403),
        ("viewer", 403),
    ],
)
def test_everyone_of_the_province_reads_and_only_its_drafters_write(client, house, event, role, writes):
    minutes = add_minutes(house, event, OrganisationFactory())
    client.force_login(getattr(house, role))
    reading = [
        url("handover_list"), url("handover_detail", event.pk), url("minutes_preview", minutes.pk),
        paper("document_draft_pdf", minutes), url("handover_pdf", event.pk),
    ]  # fmt: skip
    writing = [
        url("handover_create", event.plan.pk), url("handover_edit", event.pk), url("minutes_create", event.pk),
        url("minutes_edit", minutes.pk), url("minutes_delete", minutes.pk),
    ]  # fmt: skip
    assert [client.get(path).status_code for path in reading] == [200] * 5
    assert [client.get(path).status_code for path in writing] == [writes] * 5


def test_nobody_of_another_province_learns_that_it_exists(client, house, event):
    minutes = add_minutes(house, event, OrganisationFactory())
    client.force_login(make_house(thai_nguyen(), "Thái Nguyên").officer)
    paths = [
        url(name, event.pk)
        for name in ("handover_detail", "handover_edit", "handover_pdf", "minutes_create")
    ] + [
        url(name, minutes.pk) for name in ("minutes_edit", "minutes_delete", "minutes_preview")
    ] + [paper("document_draft_pdf", minutes)]  # fmt: skip
    assert [client.get(path).status_code for path in paths] == [404] * 8
    assert client.get(url("handover_create", event.plan.pk)).status_code == 404
    posts = [url("handover_complete", event.pk), url("minutes_fill", event.pk)]
    assert [client.post(path).status_code for path in posts] == [404, 404]
    assert "Chưa có đợt bàn giao nào" in text_of(client.get(url("handover_list")))
    assert not AuditEntry.objects.filter(action="handover.print").exists()


@pytest.mark.parametrize("role", ["director", "accountant", "viewer"])
def test_other_roles_post_in_vain(client, house, event, role):
    minutes = add_minutes(house, event, OrganisationFactory(), items=[machine()])
    client.force_login(getattr(house, role))
    posts = [url("handover_complete", event.pk), url("minutes_fill", event.pk), url("minutes_delete", minutes.pk)]
    assert [client.post(path).status_code for path in posts] == [403] * 3
    assert HandoverMinutes.objects.get().number is None


def test_acts_are_posts(officer, event):
    assert officer.get(url("handover_complete", event.pk)).status_code == 405
    assert officer.get(url("minutes_fill", event.pk)).status_code == 405


def test_other_roles_see_no_buttons(client, house, event):
    client.force_login(house.viewer)
    text = text_of(client.get(url("handover_detail", event.pk)))
    assert "Sửa đợt" not in text
    assert "Thêm bên nhận" not in text
    assert "ông/bà được xem và in" in text


# The list


def test_list_shows_filters_and_sums(officer, house, event):
    sme = sme_handover(house, event.projects.get())
    services.complete_handover(sme, by=house.officer)
    response = officer.get(url("handover_list"))
    assert [row.pk for row in response.context["page_obj"]] == [event.pk, sme.pk]
    assert response.context["totals"] == {
        "count": 2, "done_count": 1, "receiver_total": 5, "asset_amount": 77_360_000_000,
        "contract_amount": 11_820_000_000,
    }  # fmt: skip
    assert "77.360.000.000" in text_of(response)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=phat+trien+doanh+nghiep", ["sme", "plain"]),
        ("q=tra+cu", ["sme"]),
        ("q=dua+tan+binh+phu", ["sme"]),
        ("q=KC26-001", ["sme", "plain"]),
        ("q=kh%C3%B4ng+c%C3%B3", []),
        ("nam=2026", ["sme", "plain"]),
        ("nam=1990", []),
        ("nam=x", []),
        ("ke-hoach=999999", []),
        ("trang-thai=hoan-tat", ["sme"]),
        ("trang-thai=chuan-bi", ["plain"]),
        ("sap-xep=ngay", ["plain", "sme"]),
        ("sap-xep=-ngay", ["sme", "plain"]),
        ("sap-xep=trich-yeu&trang=99", ["plain", "sme"]),
        ("sap-xep=trich-yeu&trang=x", ["plain", "sme"]),
    ],
)
def test_list_filters_and_sorts(officer, house, query, found):
    project = accepted_project(house)
    plain = draft_handover(house, project, held_on=date(2026, 11, 1))
    events = {"plain": plain, "sme": sme_handover(house, project)}
    services.complete_handover(events["sme"], by=house.officer)
    response = officer.get(f"{url('handover_list')}?{query}")
    names = {row.pk: name for name, row in events.items()}
    shown = [names[row.pk] for row in response.context["page_obj"]]
    assert sorted(shown) == sorted(found)
    assert "sap-xep" not in query or shown == found


def test_list_answers_htmx_with_the_table_alone(officer, event):
    response = officer.get(url("handover_list"), headers={"HX-Request": "true"})
    assert response.content.decode().strip().startswith('<div id="handover-table">')


def test_list_points_to_plans_that_wait(officer, client, house):
    plan = accepted_project(house).plan
    assert f'href="{url("handover_create", plan.pk)}"' in officer.get(url("handover_list")).content.decode()
    client.force_login(house.viewer)
    assert "chưa lập bàn giao" not in text_of(client.get(url("handover_list")))


def test_list_offers_chips_that_come_off(officer, event):
    chips = officer.get(f"{url('handover_list')}?nam=2026&trang-thai=chuan-bi").context["chips"]
    assert chips == [("Năm: 2026", "trang-thai=chuan-bi"), ("Trạng thái: Đang chuẩn bị", "nam=2026")]


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_as_often_for_many_as_for_one(officer, house, count, django_assert_num_queries):
    project = accepted_project(house)
    for _ in range(count):
        add_minutes(house, draft_handover(house, project), OrganisationFactory(), items=[machine()])
    with django_assert_num_queries(9):
        officer.get(url("handover_list"))


# The event


@pytest.mark.parametrize("count", [1, 3])
def test_detail_asks_as_often_for_many_as_for_one(officer, house, event, count, django_assert_num_queries):
    for number in range(count):
        facility = FacilityFactory(created_by=house.officer)
        receiver = facility if number else OrganisationFactory()
        add_minutes(house, event, receiver, items=works(count), contracts=contracts()[:count], papers=papers()[:count])
    with django_assert_num_queries(9):
        officer.get(url("handover_detail", event.pk))


def test_detail_lists_what_is_missing_with_links(officer, house, event):
    minutes = add_minutes(house, event, OrganisationFactory(name="Sở Nhận"), people=[])
    services.save_handover(event, by=house.officer, people=[])
    html = officer.get(url("handover_detail", event.pk)).content.decode()
    assert f'<a href="{url("handover_edit", event.pk)}#people">' in html
    assert f'<a href="{url("minutes_edit", minutes.pk)}#people">' in html
    assert f'<a href="{url("minutes_edit", minutes.pk)}#items">' in html
    assert 'aria-disabled="true"' in html


def test_detail_tells_what_closing_does(officer, house):
    event = sme_handover(house)
    text = text_of(officer.get(url("handover_detail", event.pk)))
    assert "5 biên bản được đánh số tiếp trong dãy biên bản năm 2026" in text
    assert "1 đề án chuyển sang “Đã bàn giao”. Sau đó không sửa được nữa." in text
    assert "Hoàn tất bàn giao, đánh số 5 biên bản" in text
    assert "25 mục" in text
    assert "76.080.000.000" in text


def test_create_is_filled_from_the_files(officer, house):
    project = accepted_project(house)
    html = officer.get(url("handover_create", project.plan.pk)).content.decode()
    assert f"kết quả đề án {project.name}" in html
    assert "Căn cứ Biên bản nghiệm thu số 01/BBNT ngày 01 tháng 11 năm 2026" in html
    assert re.search(rf'value="{project.pk}"[^>]* checked', html)
    assert f'value="{house.centre.name}"' in html
    assert not HandoverEvent.objects.exists()


def test_create_saves_and_tells(officer, house):
    project = accepted_project(house)
    data = event_data(house, project, subject="kết quả\r\nđề án", held_on="", held_month_day="12/12")
    response = officer.post(url("handover_create", project.plan.pk), data, follow=True)
    event = HandoverEvent.objects.get()
    assert response.redirect_chain == [(event.get_absolute_url(), 302)]
    assert "Đã lưu đợt bàn giao: 1 đề án, ngày 12/12." in text_of(response)
    assert (event.subject_lines, event.held_month_day) == (["kết quả", "đề án"], "12-12")
    assert (event.started_at.hour, event.ended_at.minute) == (14, 30)
    assert [(row.name, row.signs) for row in event.people.all()] == [("Nguyễn Văn Giao", True)]
    assert list(event.projects.all()) == [project]


def test_minutes_of_a_project_that_is_not_handed_over_are_no_ground(officer, house):
    plan = draft_plan(house)
    first, second = (planned_project(house, plan, name=name) for name in ("Đề án đi", "Đề án ở lại"))
    services.submit_plan(plan, by=house.reviewer)
    approve(house, plan)
    for number, project in enumerate((first, second), 1):
        project.refresh_from_db()
        services.start_project(project, by=house.officer)
        project.refresh_from_db()
        day = date(2026, 11, number)
        services.accept_project(project, by=house.director, number=f"0{number}/BBNT", accepted_on=day)
    page = officer.get(url("handover_create", plan.pk))
    offered = page.context["form"]["grounds"].value()
    assert [name in offered for name in (first.name, second.name)] == [True, True]

    own = "Căn cứ thỏa thuận ngày 02/11/2026"
    sent = event_data(house, first, grounds=f"{offered}\n{own}")
    saved = officer.post(url("handover_create", plan.pk), sent, follow=True)
    event = HandoverEvent.objects.get()
    lines = event.grounds.splitlines()
    assert [len(lines), lines[-1], first.name in event.grounds, second.name in event.grounds] == [3, own, True, False]
    assert "Đã bỏ 1 căn cứ là biên bản nghiệm thu của đề án không bàn giao." in text_of(saved)


def test_create_without_an_accepted_project_says_what_to_do(officer, house):
    project = approved_project(house)
    text = text_of(officer.get(url("handover_create", project.plan.pk)))
    assert "chưa có đề án nào nghiệm thu" in text
    assert f"{project.code} {project.name} Đã phê duyệt Mở đề án" in text


def test_create_needs_an_approved_plan(officer, house):
    response = officer.get(url("handover_create", draft_plan(house).pk))
    assert response.status_code == 403
    assert "khi kế hoạch đã phê duyệt" in text_of(response)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"subject": ""}, "Trích yếu: Nhập vào ô này."),
        ({"subject": "x" * 301}, "Trích yếu: "),
        ({"held_on": "31/02/2026"}, "Ngày bàn giao: “31/02/2026” không phải ngày có thật"),
        ({"held_on": "20/11/26"}, "gõ đủ bốn chữ số của năm"),
        ({"held_on": "", "held_month_day": "31/02"}, "Gõ ngày/tháng có thật, ví dụ 12/12."),
        ({"held_month_day": "12/12"}, "Đã có ngày đủ năm thì để trống ô này."),
        ({"ended_at": "13:59"}, "Kết thúc lúc: Giờ kết thúc phải sau giờ bắt đầu."),
        ({"started_at": "25:00"}, "Gõ giờ và phút có thật, ví dụ 14:00 hoặc 14h30."),
        ({"venue": ""}, "Địa điểm: Nhập địa điểm"),
        ({"giver": "không có cơ quan này"}, "Bên giao: Không tìm thấy"),
        ({"projects": [999_999]}, "999999"),
        ({"people-0-name": ""}, "Người 1, họ và tên: Nhập vào ô này."),
        ({"people-0-signing_mode": "KT"}, "Người 1, thay cho: Ghi sau chữ “KT.”"),
        ({"people-0-side": "receiver"}, "Người 1, bên: "),
        ({"people-TOTAL_FORMS": "x"}, "Biểu mẫu gửi lên thiếu phần đếm dòng"),
    ],
)
def test_event_form_refuses_and_keeps_what_was_typed(officer, house, changes, message):
    project = accepted_project(house)
    data = event_data(house, project, note="Ghi chú đang gõ") | changes
    response = officer.post(url("handover_create", project.plan.pk), data)
    assert response.status_code == 200
    assert message in text_of(response)
    assert "Ghi chú đang gõ" in response.content.decode()
    assert "<title>Lỗi: " in response.content.decode()
    assert not HandoverEvent.objects.exists()


def test_rows_are_added_and_removed_without_script(officer, house):
    project = accepted_project(house)
    path = url("handover_create", project.plan.pk)
    people = [GIVER | {"name": f"Người {number}"} for number in range(3)]
    added = officer.post(path, event_data(house, project, people, venue="", row="people-add"))
    assert [row.initial or row["name"].value() for row in added.context["people"]][:3] == [
        f"Người {number}" for number in range(3)
    ]
    assert len(added.context["people"].forms) == 4
    assert "Lỗi" not in text_of(added)
    removed = officer.post(path, event_data(house, project, people, row="people-remove-1"))
    assert [row["name"].value() for row in removed.context["people"]] == ["Người 0", "Người 2"]
    for act in ("people-remove-99", "people-remove-", "x", "items-add", "people-add-1"):
        kept = officer.post(path, event_data(house, project, people, row=act))
        assert len(kept.context["people"].forms) == 3
    assert not HandoverEvent.objects.exists()


def test_two_tabs_on_one_event_show_both_values(officer, house, event):
    services.save_handover(
        HandoverEvent.objects.get(pk=event.pk),
        by=house.second_officer,
        people=[*event.people.filter(side=Side.WITNESS)],
    )
    HandoverEvent.objects.filter(pk=event.pk).update(venue="Nơi của người kia")
    page = officer.get(url("handover_edit", event.pk))
    people = list(table("people", [GIVER]).items())
    seen = "khac"  # what stood there when this tab was opened
    data = event_data(
        house, event.projects.get(), venue="Nơi của tôi", version="1", **{"initial-venue": "Hội trường cũ"},
        **{"seen-people": seen},
    ) | dict(people)  # fmt: skip
    response = officer.post(url("handover_edit", event.pk), data)
    text = text_of(response)
    assert page.status_code == response.status_code == 200
    assert f"{house.second_officer} lưu lúc" in text
    assert "Nơi của tôi – ông/bà vừa nhập" in text
    assert f"Nơi của người kia – {house.second_officer} đã lưu" in text
    assert "1 dòng, khác ở: Ông Nguyễn Văn Giao, Giám đốc, ký, Ký trực tiếp" in text
    assert HandoverEvent.objects.get().venue == "Nơi của người kia"
    again = data | {
        "version": response.context["form"]["version"].value(), "seen-people": response.context["seen"],
        "keep-venue": "mine", "keep-people": "theirs",
    }  # fmt: skip
    officer.post(url("handover_edit", event.pk), again)
    saved = HandoverEvent.objects.get()
    assert (saved.venue, [row.name for row in saved.people.all()]) == ("Nơi của tôi", ["Lê Văn Chứng"])


# The minutes


def test_minutes_are_saved_with_every_list(officer, house, event):
    receiver = OrganisationFactory(name="Sở Công Thương tỉnh Trà Vinh")
    place = commune_of(house.province)
    data = minutes_data(
        receiver.name,
        items=[ITEM | {"place": str(place), "source": str(source("KCDP").pk)}, {"kind": "work"}],
        contracts=[
            {"beneficiary": "Cơ sở A", "number": "01/HĐ", "signed_on": "5/6/2019"}
            | {f"source-{source('OTHER').pk}": "520tr", f"source-{source('COUNTERPART').pk}": "0,64 tỷ"}
        ],
        papers=[{"name": "Hồ sơ hoàn công", "sheet_count": "1.875".replace(".", ""), "copy_kind": "copy"}],
        receiver_duties="Bảo quản;\r\nBáo cáo.",
    )  # fmt: skip
    response = officer.post(url("minutes_create", event.pk), data, follow=True)
    assert (
        "Đã lưu biên bản cho Sở Công Thương tỉnh Trà Vinh: 1 công trình, tài sản trị giá 300.000.000 đồng, "
        "1 hợp đồng trị giá 1.160.000.000 đồng, 1 loại hồ sơ." in text_of(response)
    )
    minutes = HandoverMinutes.objects.get()
    item = minutes.items.get()
    assert (item.kind, item.quantity, item.amount, item.place) == (ItemKind.EQUIPMENT, 1.5, 300_000_000, place)
    assert item.source == source("KCDP")
    contract = minutes.contracts.get()
    assert (contract.signed_on, sorted(part.amount for part in contract.amounts.all())) == (
        date(2019, 6, 5),
        [520_000_000, 640_000_000],
    )
    assert (minutes.papers.get().sheet_count, minutes.people.get().side) == (1875, Side.RECEIVER)
    assert minutes.receiver_duties == "Bảo quản;\nBáo cáo."


def test_minutes_form_shows_what_is_stored_and_saves_it_unchanged(officer, house, event):
    minutes = add_minutes(
        house, event, OrganisationFactory(), items=works(3), contracts=contracts()[:2], papers=papers(), copies=6
    )
    page = officer.get(url("minutes_edit", minutes.pk))
    data = {}
    for form in (page.context["form"], *(page.context[name] for name in ("people", "items", "contracts", "papers"))):
        for part in [form] if hasattr(form, "fields") else [form.management_form, *form.forms]:
            for bound in part:
                value = bound.field.prepare_value(bound.value()) if bound.value() is not None else ""
                if value is not False and value != "":
                    data[bound.html_name] = "on" if value is True else value
    before = AuditEntry.objects.count()
    response = officer.post(url("minutes_edit", minutes.pk), data)
    assert response.status_code == 302
    assert AuditEntry.objects.count() == before
    assert sum(item.amount for item in minutes.items.all()) == 76_080_000_000


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"receiver": ""}, "Cơ quan nhận: Chọn một cơ quan nhận, hoặc một cơ sở nhận ở ô bên."),
        ({"receiver": "không có"}, "Cơ quan nhận: Không tìm thấy “không có”."),
        ({"receiver_facility": "Cơ sở A"}, "Chỉ một bên nhận cho mỗi biên bản"),
        ({"receiver": "Sở Hai"}, "Cơ quan này đã có biên bản trong đợt bàn giao."),
        ({"copies": "0"}, "Lập thành (bản): Ít nhất 1 bản."),
        ({"copies": "100"}, "Lập thành (bản): Nhiều nhất 99 bản."),
        ({"copies": "bốn"}, "Lập thành (bản): Nhập số bản, từ 1 đến 99."),
        ({"copies_each": "5"}, "Mỗi bên giữ không quá 4 bản đã lập."),
        ({"items-0-quantity": "-1"}, "Dòng 1, số lượng: Số lượng không thể âm."),
        ({"items-0-quantity": "abc"}, "Dòng 1, số lượng: Không đọc được số “abc”"),
        ({"items-0-quantity": "9" * 30}, "Dòng 1, số lượng: Số quá lớn"),
        ({"items-0-amount": "9" * 30}, "Dòng 1, giá trị: "),
        ({"items-0-amount": "-5"}, "Dòng 1, giá trị: Số tiền không được âm"),
        ({"items-0-amount": "nhiều"}, "Dòng 1, giá trị: Không đọc được số tiền “nhiều”"),
        ({"items-0-name": "x" * 401}, "Dòng 1, nội dung, tài sản: "),
        ({"items-0-name": ""}, "Dòng 1, nội dung, tài sản: Nhập vào ô này."),
        ({"items-0-kind": "gift"}, "Dòng 1, loại: "),
        ({"items-0-source": "999999"}, "Dòng 1, nguồn vốn: "),
        ({"items-0-place": "không có nơi này"}, "Dòng 1, địa điểm: Không tìm thấy"),
        ({"contracts-0-signed_on": "31/02/2020"}, "Hợp đồng 1, ngày ký: “31/02/2020” không phải ngày có thật"),
        ({"contracts-0-number": ""}, "Hợp đồng 1, số hợp đồng: Nhập vào ô này."),
        ({"contracts-1-number": "01/HĐ"}, "Hợp đồng 2, số hợp đồng: Đã ghi ở dòng 1: gộp hai dòng hoặc sửa lại."),
        ({"papers-0-sheet_count": "0"}, "Hồ sơ 1, số tờ: Số tờ từ 1."),
        ({"papers-0-sheet_count": "nhiều"}, "Hồ sơ 1, số tờ: Gõ một số nguyên, ví dụ 12."),
        ({"people-0-signing_mode": "TL"}, "Người 1, thay cho: Ghi sau chữ “TL.”"),
    ],
)
def test_minutes_form_refuses_and_keeps_what_was_typed(officer, house, event, changes, message):
    add_minutes(house, event, OrganisationFactory(name="Sở Hai"))
    OrganisationFactory(name="Sở Ba")
    FacilityFactory(name="Cơ sở A", created_by=house.officer)
    rows = [{"beneficiary": "A", "number": "01/HĐ"}, {"beneficiary": "B", "number": "02/HĐ"}]
    data = (
        minutes_data("Sở Ba", contracts=rows, papers=[{"name": "Hồ sơ", "copy_kind": "copy"}], condition="Đang gõ dở")
        | changes
    )
    response = officer.post(url("minutes_create", event.pk), data)
    assert response.status_code == 200
    assert message in text_of(response)
    assert "Đang gõ dở" in response.content.decode()
    assert f'value="{data["items-0-unit_name"]}"' in response.content.decode()
    assert event.minutes.count() == 1


def test_minutes_without_signer_or_content_may_be_saved_unfinished(officer, event):
    OrganisationFactory(name="Sở Ba")
    officer.post(url("minutes_create", event.pk), minutes_data("Sở Ba", people=[{}], items=[{"kind": "work"}]))
    minutes = HandoverMinutes.objects.get()
    assert (minutes.people.count(), minutes.items.count()) == (0, 0)


def test_400_pasted_rows_are_refused_and_kept(officer, event):
    OrganisationFactory(name="Sở Ba")
    lines = "\r\n".join(f"Cầu số {number}\t\tcây\t1\t{number}tr\tTốt" for number in range(400))
    data = minutes_data("Sở Ba", items=[{}], paste=lines, **{"paste-kind": "work", "row": "items-paste"})
    page = officer.post(url("minutes_create", event.pk), data)
    assert "Đã thêm 400 dòng dán vào, chưa lưu." in text_of(page)
    assert len(page.context["items"].forms) == 400
    rows = [{"kind": "work", "name": f"Cầu số {number}", "amount": f"{number}tr"} for number in range(400)]
    refused = officer.post(url("minutes_create", event.pk), minutes_data("Sở Ba", items=rows))
    assert "Tối đa 250 dòng: bớt dòng, hoặc gộp các dòng giống nhau." in text_of(refused)
    assert 'value="Cầu số 399"' in refused.content.decode()
    assert not event.minutes.exists()


def test_pasted_rows_read_like_typed_ones(officer, event):
    OrganisationFactory(name="Sở Ba")
    data = minutes_data("Sở Ba", paste="Máy ép\tM-5\tmáy\t2,5\t1,5 tỷ\tMới\tGhi chú\tthừa\n\nMáy hai")
    page = officer.post(url("minutes_create", event.pk), data | {"paste-kind": "equipment", "row": "items-paste"})
    names = ("kind", "name", "specification", "quantity", "amount", "note")
    assert [[row[name].value() for name in names] for row in page.context["items"]] == [
        ["equipment", "Máy sấy", None, "1,5", "300tr", None],
        ["equipment", "Máy ép", "M-5", "2,5", "1,5 tỷ", "Ghi chú"],
        ["equipment", "Máy hai", None, None, None, None],
    ]
    nothing = officer.post(url("minutes_create", event.pk), data | {"paste": " ", "row": "items-paste"})
    assert "Dán ít nhất một dòng vào ô trước khi thêm." in text_of(nothing)


def test_names_with_html_stay_text(officer, house, event):
    typed = "<script>alert(1)</script>"
    add_minutes(
        house, event, OrganisationFactory(name=typed), people=receiver_people(typed), items=[machine(typed)],
    )  # fmt: skip
    minutes = event.minutes.get()
    for path in (
        url("handover_detail", event.pk), url("minutes_edit", minutes.pk), url("minutes_delete", minutes.pk),
        url("minutes_preview", minutes.pk), f"{url('organisation_options')}?receiver=script",
    ):  # fmt: skip
        html = officer.get(path).content.decode()
        assert typed not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_rows_come_from_the_files_once(officer, house):
    facility = FacilityFactory(name="Cơ sở A", representative="Bà Chủ", created_by=house.officer)
    event = draft_handover(house, accepted_project(house, facility=facility))
    data = minutes_data(people=[{}], items=[ITEM], receiver_facility=f"Cơ sở A – {facility.unit}", row="fill")
    page = officer.post(url("minutes_create", event.pk), data)
    assert "Đã lấy 3 dòng từ hồ sơ đề án: kiểm tra rồi lưu." in text_of(page)
    assert [(row["name"].value(), row["amount"].value()) for row in page.context["items"]] == [
        ("Máy sấy", "300tr"),
        ("Máy nấu chân không", "640.000.000"),
    ]
    assert [row["name"].value() for row in page.context["people"]] == ["Bà Chủ"]
    filled = [row for name in ("people", "items", "papers") for row in page.context[name]]
    again = {bound.html_name: bound.value() or "" for row in filled for bound in row}
    counts = {f"{name}-TOTAL_FORMS": len(page.context[name].forms) for name in ("people", "items", "papers")}
    twice = officer.post(url("minutes_create", event.pk), data | again | counts)
    assert "Hồ sơ đề án không có gì thêm cho bên nhận này." in text_of(twice)
    assert not event.minutes.exists()


def test_rows_from_the_files_need_a_receiver_first(officer, event):
    page = officer.post(url("minutes_create", event.pk), minutes_data("", row="fill"))
    assert "Chọn một bên nhận trước" in text_of(page)
    assert page.context["items"].forms[0]["name"].value() == "Máy sấy"


def test_a_facility_named_in_the_address_is_filled_in(officer, house):
    facility = FacilityFactory(name="Cơ sở A", created_by=house.officer)
    event = draft_handover(house, accepted_project(house, facility=facility))
    add_minutes(house, event, OrganisationFactory(), condition="Máy chạy tốt.")
    detail = officer.get(url("handover_detail", event.pk)).content.decode()
    assert f'{url("minutes_create", event.pk)}?co-so={facility.pk}"' in detail
    page = officer.get(f"{url('minutes_create', event.pk)}?co-so={facility.pk}")
    assert [row["name"].value() for row in page.context["items"]] == ["Máy nấu chân không"]
    assert "Máy chạy tốt." in page.content.decode()
    for key in ("999999", "x", "٣", "9" * 30):
        assert officer.get(f"{url('minutes_create', event.pk)}?co-so={key}").status_code == 200


def test_minutes_of_all_facilities_are_made_at_once(officer, house):
    facility = FacilityFactory(name="Cơ sở A", created_by=house.officer)
    event = draft_handover(house, accepted_project(house, facility=facility))
    response = officer.post(url("minutes_fill", event.pk), follow=True)
    assert "Đã lập sẵn 1 biên bản từ hồ sơ đề án" in text_of(response)
    assert [row.receiver_facility for row in event.minutes.all()] == [facility]


def test_two_tabs_on_one_minutes_show_both_states_of_a_table(officer, house, event):
    minutes = add_minutes(house, event, OrganisationFactory(name="Sở Ba"), items=[machine("Máy cũ")], papers=papers())
    opened = dict(officer.get(url("minutes_edit", minutes.pk)).context["seen"])
    services.save_minutes(
        HandoverMinutes.objects.get(pk=minutes.pk), by=house.second_officer, items=[machine("Máy của người kia")]
    )
    mine = [ITEM | {"name": "Máy của tôi"}]
    kept = [{"name": row.name, "number": row.number, "sheet_count": row.sheet_count, "copy_kind": row.copy_kind,
             "dated_on": row.dated_on.strftime("%d/%m/%Y") if row.dated_on else ""} for row in papers()]  # fmt: skip
    data = minutes_data("Sở Ba", items=mine, papers=kept, version="1")
    data |= {f"seen-{name}": digest for name, digest in opened.items()}
    response = officer.post(url("minutes_edit", minutes.pk), data)
    text = text_of(response)
    conflicts = {conflict.bound_field.label: conflict.keep for conflict in response.context["form"].conflicts}
    assert conflicts == {"Nội dung bàn giao": "mine"}
    assert "Máy của tôi" in text
    assert f"Máy của người kia, Inox 304, 1 máy, 640.000.000 đồng, Mới 100% – {house.second_officer} đã lưu" in text
    assert minutes.items.get().name == "Máy của người kia"
    again = data | {"version": "2", "keep-items": "theirs"}
    again |= {f"seen-{name}": digest for name, digest in response.context["seen"]}
    assert officer.post(url("minutes_edit", minutes.pk), again).status_code == 302
    assert minutes.items.get().name == "Máy của người kia"
    final = again | {"version": "3", "keep-items": "mine"}
    assert officer.post(url("minutes_edit", minutes.pk), final).status_code == 302
    assert minutes.items.get().name == "Máy của tôi"


def test_minutes_are_dropped_after_a_look(officer, house, event):
    minutes = add_minutes(house, event, OrganisationFactory(name="Sở Ba"), items=works(2))
    path = url("minutes_delete", minutes.pk)
    assert "2 công trình, tài sản" in text_of(officer.get(path))
    services.save_minutes(HandoverMinutes.objects.get(), by=house.second_officer, items=[])
    stale = officer.post(path, {"version": "1"}, follow=True)
    assert f"{house.second_officer} vừa sửa biên bản này: xem lại rồi hãy bỏ." in text_of(stale)
    assert "Đã bỏ biên bản cho Sở Ba." in text_of(officer.post(path, {"version": "2"}, follow=True))
    assert not event.minutes.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_minutes_form_asks_as_often_for_many_rows_as_for_one(officer, house, event, count, django_assert_num_queries):
    place = commune_of(house.province)
    items = [machine(f"Máy {number}", place=place, source=source("KCDP")) for number in range(count)]
    minutes = add_minutes(
        house, event, OrganisationFactory(), items=items, contracts=contracts()[:count], papers=papers()[:count]
    )
    with django_assert_num_queries(13):
        officer.get(url("minutes_edit", minutes.pk))


# Print and close


def test_closing_numbers_the_papers_and_ends_all_changes(officer, house):
    event = sme_handover(house)
    minutes = event.minutes.first()
    response = officer.post(url("handover_complete", event.pk), follow=True)
    assert "Đã hoàn tất bàn giao: 5 biên bản số 01/BB-TTKC đến 05/BB-TTKC, 1 đề án đã bàn giao." in text_of(response)
    assert Project.objects.get().status == ProjectStatus.HANDED_OVER
    assert "Sửa đợt" not in text_of(response)
    for path in (
        url("handover_edit", event.pk), url("minutes_edit", minutes.pk), url("minutes_delete", minutes.pk),
        url("minutes_create", event.pk),
    ):  # fmt: skip
        page = officer.get(path, follow=True)
        assert page.redirect_chain == [(event.get_absolute_url(), 302)]
        assert "Đợt bàn giao đã hoàn tất thì không sửa được nữa." in text_of(page)
    again = officer.post(url("handover_complete", event.pk), follow=True)
    assert "Đợt bàn giao đã hoàn tất thì không sửa được nữa." in text_of(again)
    late = officer.post(url("minutes_create", event.pk), minutes_data(house.department.name))
    assert "Đợt bàn giao đã hoàn tất thì không sửa được nữa." in text_of(late)
    assert "Máy sấy" in late.content.decode()
    assert event.minutes.count() == 5


def test_closing_too_early_says_what_is_missing(officer, event):
    response = officer.post(url("handover_complete", event.pk), follow=True)
    assert "Thêm ít nhất một bên nhận." in text_of(response)


def test_preview_is_a_page_of_its_own_marked_as_draft(officer, house, event):
    minutes = add_minutes(house, event, OrganisationFactory(), items=[machine()])
    response = officer.get(url("minutes_preview", minutes.pk))
    assert response.content.decode().lstrip().startswith("<!DOCTYPE html>")
    assert "/static/documents/document.css" in response.content.decode()
    assert response.headers["X-Frame-Options"] == "DENY"
    assert "BẢN NHÁP" in text_of(response)
    services.complete_handover(event, by=house.officer)
    assert "BẢN NHÁP" not in text_of(officer.get(url("minutes_preview", minutes.pk)))


def test_pdf_is_a_draft_before_and_numbered_after_the_close(officer, house, event):
    minutes = add_minutes(house, event, OrganisationFactory(name="Sở Ba"), items=[machine()])
    code = event.projects.get().code
    draft = officer.get(paper("document_draft_pdf", minutes))
    assert draft.headers["Content-Disposition"] == f'inline; filename="2026_BBBG_{code}_so-ba-ban-nhap.pdf"'
    assert "Hoàn tất đợt bàn giao để biên bản có số" in text_of(officer.get(paper("document_prepare", minutes)))
    services.complete_handover(event, by=house.officer)
    issued = officer.post(paper("document_prepare", minutes), follow=True)
    assert "Đã phát hành biên bản bàn giao số 01/BB-TTKC: 2 trang, mã tra cứu " in text_of(issued)
    assert "Số 01/BB-TTKC, ngày 20/11/2026" in text_of(officer.get(event.get_absolute_url()))
    final = officer.get(f"{reverse('document_file', args=[IssuedDocument.objects.get().pk])}?tai-ve")
    assert final.headers["Content-Disposition"] == f'attachment; filename="2026_BBBG_{code}_so-ba.pdf"'
    first, second = (PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text() for pdf in (draft, final))
    assert ("BẢN NHÁP" in first, "BẢN NHÁP" in second) == (True, False)
    assert ("01/BB-TTKC" in first, "01/BB-TTKC" in second) == (False, True)


def test_all_papers_come_in_one_file(officer, house, event):
    for name in ("Sở Một", "Sở Hai"):
        add_minutes(house, event, OrganisationFactory(name=name), papers=papers()[:1])
    response = officer.get(url("handover_pdf", event.pk))
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages]
    assert response.headers["Content-Disposition"].endswith('_2-ben-nhan-ban-nhap.pdf"')
    assert [sum(f"Bên nhận: {name}" in page for page in pages) for name in ("Sở Một", "Sở Hai")] == [1, 1]


def test_many_papers_and_those_of_a_closed_event_go_to_the_workers(officer, client, house, event, monkeypatch):
    for name in ("Sở Một", "Sở Hai"):
        add_minutes(house, event, OrganisationFactory(name=name), papers=papers()[:1])
    path = url("handover_pdf", event.pk)
    monkeypatch.setattr("projects.views.handover.PAPERS_AT_ONCE", 1)
    before = AuditEntry.objects.count()
    page = officer.get(path)
    assert "Ghép 2 biên bản" in text_of(page)
    assert "Phát hành và in" not in text_of(page)
    assert (Batch.objects.count(), AuditEntry.objects.count()) == (0, before)
    monkeypatch.undo()
    services.complete_handover(event, by=house.officer)
    assert "Phát hành và in 2 biên bản" in text_of(officer.get(path))
    response = officer.post(path, {"act": "issue"})
    batch = Batch.objects.get()
    assert response.headers["Location"] == batch.get_absolute_url()
    assert (batch.issues, batch.items.count(), batch.requested_by) == (True, 2, house.officer)
    assert batch.title == f"Biên bản bàn giao, 2 bên nhận: {event}"
    client.force_login(house.viewer)
    assert "Phát hành và in" not in text_of(client.get(path))


def test_an_event_without_receivers_has_nothing_to_print(officer, event):
    response = officer.get(url("handover_pdf", event.pk), follow=True)
    assert "Chưa có biên bản nào để in: thêm bên nhận trước." in text_of(response)


def test_print_is_told_in_the_trail_and_changes_nothing_else(client, house, event):
    minutes = add_minutes(house, event, OrganisationFactory(name="Sở Ba"), papers=papers()[:1])
    client.force_login(house.viewer)
    rows = [HandoverEvent.objects.values().get(), HandoverMinutes.objects.values().get()]
    before = AuditEntry.objects.count()
    for path in (url("handover_detail", event.pk), url("minutes_preview", minutes.pk)):
        client.get(path)
    assert AuditEntry.objects.count() == before
    client.get(paper("document_draft_pdf", minutes))
    client.get(url("handover_pdf", event.pk))
    entries = list(AuditEntry.objects.about(event).order_by("-pk")[:2])
    title = "Biên bản bàn giao: Bàn giao kết quả, đầu ra Dự án Phát triển doanh nghiệp nhỏ và vừa cho Sở Ba"
    assert [(entry.action, entry.label, entry.actor, entry.changes) for entry in entries] == [
        ("handover.print", "In bản nháp biên bản", house.viewer, [["Bên nhận", "", "Sở Ba"]]),
        ("document.print", "In bản nháp", house.viewer, [["Văn bản", "", title]]),
    ]
    assert [HandoverEvent.objects.values().get(), HandoverMinutes.objects.values().get()] == rows


def test_organisation_options_offer_the_own_house_first(officer, house):
    OrganisationFactory(name="Cục Công Thương địa phương", kind="ministry_dept")
    text = text_of(officer.get(f"{url('organisation_options')}?giver=cong"))
    places = [text.index(str(body)) for body in (house.department, house.centre)]
    assert max(places) < text.index("Cục Công Thương địa phương")


def test_organisation_options_find_names_without_marks(officer):
    OrganisationFactory(name="Sở Công Thương tỉnh Trà Vinh", kind="provincial_dept")
    assert text_of(officer.get(f"{url('organisation_options')}?receiver=cong+thuong+tra+vinh")) == (
        "Sở Công Thương tỉnh Trà Vinh Sở"
    )
    assert "Không có kết quả" in text_of(officer.get(f"{url('organisation_options')}?giver=khong+co"))
    assert "Sở Công Thương" not in text_of(officer.get(url("organisation_options")))


def test_events_of_two_plans_stand_apart(officer, house, event):
    other = draft_handover(house, another_accepted_project(house))
    response = officer.get(f"{url('handover_list')}?ke-hoach={other.plan.pk}")
    assert [row.pk for row in response.context["page_obj"]] == [other.pk]
    stranger = UserFactory(organisation=house.department, role="viewer")
    officer.force_login(stranger)
    assert officer.get(url("handover_detail", other.pk)).status_code == 200
