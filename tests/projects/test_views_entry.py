import re

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from khuyencong.models import AuditEntry
from projects import services
from projects.models import Project, ProjectStatus, TargetMode
from tests import stories
from tests.factories import FacilityFactory, UserFactory, commune_of, content, source, thai_nguyen
from tests.projects.pages import fields_of, sent

PARTS = ("thong-tin", "kinh-phi", "thu-huong", "du-toan", "noi-dung", "hieu-qua", "kiem-tra")
CREATE = reverse("projects:create")


@pytest.fixture
def officer(client, house):
    client.force_login(house.officer)
    return client


@pytest.fixture
def draft(house, plan):
    return stories.draft_project(house, plan)


def address(project, part):
    return reverse("projects:edit", args=[project.pk, part])


def cell(code):
    return f"source-{source(code).pk}"


def row(number, **values):
    """Posted fields of a row; money by source code in capitals."""
    return {f"row-{number}-{cell(name) if name.isupper() else name}": value for name, value in values.items()}


def shares(number, facility, **values):
    return row(number, facility=facility, **values)


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


# A draft


def new_draft(plan, changes=()):
    return {"plan": plan.pk, "kind": "project", "name": "Máy sấy dừa", "content": content().pk} | dict(changes)


def test_create_starts_a_draft_and_opens_its_first_part(officer, house, plan):
    response = officer.post(CREATE, new_draft(plan))

    project = Project.objects.get()
    assert response.url == address(project, "thong-tin")
    assert (project.code, project.created_by, project.plan) == ("KC26-001", house.officer, plan)


def test_create_takes_the_facility_it_was_called_for(officer, house, plan):
    facility = FacilityFactory(name="Cơ sở An Phú", created_by=house.officer)
    page = f"{CREATE}?co-so={facility.pk}&ke-hoach={plan.pk}"
    shown = officer.get(page)
    officer.post(page, new_draft(plan))

    assert "Cơ sở An Phú" in shown.content.decode()
    assert fields_of(shown)["plan"] == str(plan.pk)
    assert Project.objects.get().beneficiaries.get().facility == facility


@pytest.mark.parametrize(
    "query", ["?co-so=abc", "?co-so=99999999999999999999", "?co-so=-1", "?ke-hoach=abc", "?co-so=²"]
)
def test_create_survives_an_address_that_nobody_should_type(officer, plan, query):
    assert officer.get(f"{CREATE}{query}").context["facility"] is None


def test_create_does_not_take_a_facility_of_another_province(officer, plan):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    foreign = FacilityFactory(unit=commune_of(thai_nguyen()), created_by=north.officer)
    officer.post(f"{CREATE}?co-so={foreign.pk}", new_draft(plan))

    assert not Project.objects.get().beneficiaries.exists()


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({"name": ""}, "name", "Nhập tên đề án."),
        ({"name": "  \n "}, "name", "Nhập tên đề án."),
        ({"name": "x" * 401}, "name", "400"),
        ({"name": "Máy\x00sấy"}, "name", "ký tự không đọc được"),
        ({"plan": ""}, "plan", "Chọn kế hoạch."),
        ({"plan": "99999999999999999999"}, "plan", "Chọn kế hoạch đang dự thảo của cơ quan."),
        ({"kind": "zzz"}, "kind", "zzz"),
        ({"content": "99999999999999999999"}, "content", ""),
    ],
)
def test_create_keeps_what_was_typed_when_something_is_wrong(officer, plan, changes, field, text):
    response = officer.post(CREATE, new_draft(plan, changes))

    errors = response.context["form"].errors
    assert list(errors) == [field]
    assert text in errors[field][0]
    assert response.context["form"]["name"].value() == changes.get("name", "Máy sấy dừa")
    assert not Project.objects.exists()


def test_create_does_not_offer_plans_of_another_house(officer):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    response = officer.post(CREATE, new_draft(stories.draft_plan(north)))

    assert response.context["form"].errors == {"plan": ["Chọn kế hoạch đang dự thảo của cơ quan."]}


def test_create_does_not_offer_a_plan_that_was_submitted(officer, house, plan):
    stories.planned_project(house, plan)
    services.submit_plan(plan, by=house.reviewer)

    assert list(officer.get(CREATE).context["form"].fields["plan"].queryset) == []
    assert "Chưa có kế hoạch nào đang dự thảo" in officer.get(CREATE).content.decode()


def test_create_sent_twice_makes_one_draft_and_asks(officer, plan):
    officer.post(CREATE, new_draft(plan))
    second = officer.post(CREATE, new_draft(plan))
    confirmed = officer.post(CREATE, fields_of(second) | {"is_another": "on"})

    assert second.context["form"].errors == {"name": ["Kế hoạch đã có KC26-001 mang tên này."]}
    assert "Đây là đề án khác, vẫn lập" in second.content.decode()
    assert confirmed.url == address(Project.objects.get(code="KC26-002"), "thong-tin")


@pytest.mark.parametrize("person", ["viewer", "accountant", "director"])
def test_create_is_for_those_who_draft(client, house, plan, person):
    client.force_login(getattr(house, person))

    assert client.get(CREATE).status_code == 403
    assert client.post(CREATE, new_draft(plan)).status_code == 403


# Who may open a part


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("person", ["officer", "second_officer", "reviewer"])
def test_part_opens_for_those_who_draft(client, house, draft, part, person):
    client.force_login(getattr(house, person))

    assert client.get(address(draft, part)).context["part"].slug == part


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("person", ["viewer", "accountant", "director"])
def test_part_is_closed_to_readers(client, house, draft, part, person):
    client.force_login(getattr(house, person))

    assert client.get(address(draft, part)).status_code == 403
    assert client.post(address(draft, part), {"name": "Tên khác"}).status_code == 403


def test_part_is_read_only_for_a_regional_centre(client, house, draft):
    centre = UserFactory(organisation__kind="regional_centre", organisation__areas=[house.province])
    client.force_login(centre)

    assert client.get(draft.get_absolute_url()).status_code == 200
    assert "ông/bà chỉ được xem" in client.get(address(draft, "kinh-phi")).content.decode()


def test_part_of_another_province_does_not_exist(client, draft):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    client.force_login(north.officer)

    assert client.get(address(draft, "kinh-phi")).status_code == 404
    assert client.post(reverse("projects:sums", args=[draft.pk, "kinh-phi"])).status_code == 404


@pytest.mark.parametrize("path", ["/de-an/1/sua/khac/", "/de-an/99999999999999999999/sua/kinh-phi/"])
def test_part_that_is_none_does_not_exist(officer, draft, path):
    assert officer.get(path).status_code == 404


@pytest.mark.parametrize("part", PARTS[:-1])
def test_part_of_a_submitted_file_leads_back_and_loses_nothing_typed(officer, house, plan, part):
    project = stories.complete_project(house, plan)
    page = fields_of(officer.get(address(project, part)))
    services.submit_project(project, by=house.officer)
    opened, saved = officer.get(address(project, part)), officer.post(address(project, part), page)

    form = saved.context.get("head") or saved.context["form"]
    assert opened.url == project.get_absolute_url()
    assert form.non_field_errors() == [services.entry.NOT_EDITABLE]
    assert {key: value for key, value in fields_of(saved).items() if key != "version"} == {
        key: value for key, value in page.items() if key != "version"
    }


def test_part_query_count_does_not_grow_with_rows(officer, house, draft, django_assert_max_num_queries):
    facilities = [FacilityFactory(created_by=house.officer) for _ in range(4)]
    parts = {source("KCDP"): 1_000_000}
    services.set_beneficiaries(draft, by=house.officer, rows=[(facility, "", parts) for facility in facilities])
    items = [{"name": "Máy", "quantity": 1, "unit_price": 1}] * 4
    services.set_cost_items(draft, by=house.officer, rows=items)

    for part in PARTS:
        with django_assert_max_num_queries(30):
            officer.get(address(draft, part))


# Fields


def test_general_saves_incomplete_and_moves_on(officer, draft):
    response = sent(officer, address(draft, "thong-tin"), name="Tên mới", content="", act="next")

    assert response.url == address(draft, "kinh-phi")
    assert (Project.objects.get().name, Project.objects.get().content) == ("Tên mới", None)


def test_general_saves_and_stays(officer, draft):
    response = sent(officer, address(draft, "thong-tin"), starts_on="01/03/2026", unit="", act="save")

    assert response.url == address(draft, "thong-tin")
    assert f"{Project.objects.get().starts_on:%Y-%m-%d}" == "2026-03-01"


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({"ends_on": "31/02/2026"}, "ends_on", "không phải ngày có thật"),
        ({"ends_on": "01/13/2026"}, "ends_on", "không phải ngày có thật"),
        ({"ends_on": "30/11/26"}, "ends_on", "chỉ có hai chữ số"),
        ({"ends_on": "mai"}, "ends_on", "Không đọc được ngày"),
        ({"starts_on": "01/03/2026", "ends_on": "01/02/2026"}, "ends_on", "Ngày hoàn thành phải sau ngày bắt đầu."),
        ({"unit": "không có xã này"}, "unit", "Không tìm thấy"),
        ({"unit": "x" * 700}, "unit", ""),
        ({"name": ""}, "name", "Nhập tên đề án."),
        ({"coordinating_units": "x" * 401}, "coordinating_units", "400"),
        ({"implementing_unit": "99999999999999999999"}, "implementing_unit", ""),
        ({"group": "1"}, "group", ""),
        ({"place_note": "a\x00b"}, "place_note", "ký tự không đọc được"),
    ],
)
def test_general_says_what_is_wrong_at_the_field_and_keeps_it(officer, draft, changes, field, text):
    response = sent(officer, address(draft, "thong-tin"), **changes)

    form = response.context["form"]
    assert list(form.errors) == [field]
    assert text in form.errors[field][0]
    assert f'href="#id_{field}"' in response.content.decode()
    assert {name: form[name].value() for name in changes} == changes
    assert "<title>Lỗi:" in response.content.decode()


def test_general_shows_stored_name_in_the_head_while_the_typed_one_is_wrong(officer, draft):
    response = sent(officer, address(draft, "thong-tin"), name="Tên chưa lưu", ends_on="31/02/2026")

    assert response.context["project"].name == draft.name


def test_general_does_not_offer_bodies_and_groups_of_others(officer, house, draft):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    form = officer.get(address(draft, "thong-tin")).context["form"]

    assert north.centre not in form.fields["implementing_unit"].queryset
    assert house.centre in form.fields["implementing_unit"].queryset


def test_text_is_shown_as_text(officer, draft):
    evil = "<script>alert('x')</script> & <b>đậm</b>"
    sent(officer, address(draft, "noi-dung"), objective=evil)
    pages = [officer.get(address(draft, part)).content.decode() for part in ("noi-dung", "kiem-tra")]
    pages.append(officer.get(draft.get_absolute_url()).content.decode())

    assert Project.objects.get().objective == evil
    assert [("<script>alert" in page, "&lt;script&gt;alert" in page) for page in pages] == [(False, True)] * 3


def test_text_keeps_its_paragraphs(officer, draft):
    sent(officer, address(draft, "noi-dung"), objective="Dòng một\r\n\r\nDòng   hai  ")

    assert Project.objects.get().objective == "Dòng một\n\nDòng hai"


def test_text_has_an_end(officer, draft):
    response = sent(officer, address(draft, "hieu-qua"), economic_effect="a" * 20_001)

    assert list(response.context["form"].errors) == ["economic_effect"]
    assert response.context["form"]["economic_effect"].value() == "a" * 20_001


# Two people, two tabs


def saved_by_another(house, project, **changes):
    current = Project.objects.get(pk=project.pk)
    for name, value in changes.items():
        setattr(current, name, value)
    services.save_project(current, by=house.second_officer)


def test_fields_show_both_values_when_two_people_save(officer, house, draft):
    page = fields_of(officer.get(address(draft, "thong-tin")))
    saved_by_another(house, draft, name="Tên của người khác")
    response = officer.post(address(draft, "thong-tin"), page | {"name": "Tên của tôi"})

    [conflict] = response.context["form"].conflicts
    assert (conflict.mine, conflict.theirs, conflict.keep) == ("Tên của tôi", "Tên của người khác", "mine")
    assert Project.objects.get().name == "Tên của người khác"


@pytest.mark.parametrize(("choice", "name"), [("mine", "Tên của tôi"), ("theirs", "Tên của người khác")])
def test_fields_save_the_value_that_was_chosen(officer, house, draft, choice, name):
    page = fields_of(officer.get(address(draft, "thong-tin")))
    saved_by_another(house, draft, name="Tên của người khác")
    conflict = officer.post(address(draft, "thong-tin"), page | {"name": "Tên của tôi", "place_note": "Ấp 3"})
    officer.post(address(draft, "thong-tin"), fields_of(conflict) | {"keep-name": choice})

    assert (Project.objects.get().name, Project.objects.get().place_note) == (name, "Ấp 3")


def test_fields_save_at_once_when_another_part_was_changed(officer, house, draft):
    page = fields_of(officer.get(address(draft, "noi-dung")))
    saved_by_another(house, draft, social_effect="Của người khác")
    response = officer.post(address(draft, "noi-dung"), page | {"objective": "Của tôi"})

    project = Project.objects.get()
    assert response.status_code == 302
    assert (project.objective, project.social_effect) == ("Của tôi", "Của người khác")


def test_fields_sent_without_their_version_overwrite_nothing(officer, house, draft):
    saved_by_another(house, draft, objective="Của người khác")
    response = officer.post(address(draft, "noi-dung"), {"objective": "Của tôi"})

    assert response.context["form"].conflict_with == draft
    assert Project.objects.get().objective == "Của người khác"


@pytest.mark.parametrize("version", ["abc", "-1", "99999999999999999999", "0"])
@pytest.mark.parametrize("part", ["noi-dung", "kinh-phi", "thu-huong", "du-toan"])
def test_version_that_was_never_given_overwrites_nothing(officer, draft, part, version):
    response = sent(officer, address(draft, part), version=version, **{"initial-objective": "x", "seen-row": "x"})

    assert response.status_code in (200, 302)
    assert Project.objects.get().objective == ""


# Money


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("300tr", 300_000_000), ("0,3 tỷ", 300_000_000), ("300.000.000", 300_000_000), ("300 000 000 đ", 300_000_000)],
)
def test_funding_reads_money_as_people_type_it(officer, draft, typed, stored):
    sent(officer, address(draft, "kinh-phi"), **{"total_cost": typed, cell("KCDP"): typed})

    assert Project.objects.get().total_cost == stored
    assert draft.funding_lines.get().requested_amount == stored


@pytest.mark.parametrize(
    "typed",
    ["-5", "1.5.5", "abc", "1e9", "9" * 20, "300000,5 đồng", "<b>1</b>", "½", "1 tỷ 2", "0x10", "1000000000 triệu"],
)
def test_funding_refuses_what_is_no_amount_and_keeps_it(officer, draft, typed):
    response = sent(officer, address(draft, "kinh-phi"), **{"total_cost": typed, cell("KCDP"): typed})

    form = response.context["form"]
    assert list(form.errors) == ["total_cost", cell("KCDP")]
    assert (form["total_cost"].value(), form[cell("KCDP")].value()) == (typed, typed)
    assert Project.objects.get().total_cost is None


def test_funding_shows_words_shares_and_what_is_left(officer, draft):
    sent(officer, address(draft, "kinh-phi"), **{"total_cost": "640tr", cell("KCDP"): "300tr"})
    response = officer.get(address(draft, "kinh-phi"))

    page = response.content.decode()
    assert "Sáu trăm bốn mươi triệu đồng" in page
    assert "Ba trăm triệu đồng" in page
    assert "Còn 340.000.000 đồng chưa phân bổ" in page
    assert [f"{share:.1f}" for _s, _f, amount, share in response.context["form"].source_fields if amount] == ["46.9"]


def test_funding_puts_the_rest_into_the_facilitys_own_money(officer, draft):
    typed = {"total_cost": "640tr", cell("KCDP"): "300tr", cell("COUNTERPART"): "40tr", "act": "rest"}
    response = sent(officer, address(draft, "kinh-phi"), **typed)

    assert fields_of(response)[cell("COUNTERPART")] == "340.000.000"
    assert response.context["allocation"]["left"] == 0
    assert told(response) == ["Đã dồn 300.000.000 đồng vào Vốn đối ứng của đơn vị thụ hưởng, chưa lưu."]
    assert not draft.funding_lines.exists()


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ({"total_cost": ""}, "Nhập tổng dự toán trước"),
        ({"total_cost": "abc"}, "Nhập tổng dự toán trước"),
        ({"total_cost": "100tr", "KCDP": "200tr"}, "Không còn gì để dồn"),
    ],
)
def test_funding_says_why_there_is_nothing_to_put(officer, draft, typed, answer):
    typed = {cell(name) if name.isupper() else name: value for name, value in typed.items()}
    response = sent(officer, address(draft, "kinh-phi"), **typed, act="rest")

    assert told(response)[0].startswith(answer)
    assert {name: response.context["form"][name].value() for name in typed} == typed


def test_funding_takes_the_sums_of_the_facilities(officer, house, draft):
    parts = {source("KCDP"): 100_000_000, source("COUNTERPART"): 120_000_000}
    rows = [(FacilityFactory(created_by=house.officer), "", parts) for _ in range(2)]
    services.set_beneficiaries(draft, by=house.officer, rows=rows)
    response = sent(officer, address(draft, "kinh-phi"), act="sum")
    officer.post(address(draft, "kinh-phi"), fields_of(response))

    assert Project.objects.get().total_cost == 440_000_000
    assert dict(draft.funding_lines.values_list("source__code", "requested_amount")) == {
        "KCDP": 200_000_000, "COUNTERPART": 240_000_000,
    }  # fmt: skip


def test_sums_of_the_split_answer_without_saving(officer, draft):
    typed = {"total_cost": "640tr", cell("KCDP"): "700tr"}
    page = officer.post(reverse("projects:sums", args=[draft.pk, "kinh-phi"]), typed).content.decode()

    assert "Vượt 60.000.000 đồng" in page
    assert "Bảy trăm triệu đồng" in page
    assert 'hx-swap-oob="true"' in page
    assert Project.objects.get().total_cost is None


@pytest.mark.parametrize("typed", [{}, {"total_cost": "abc"}, {"total_cost": "9" * 40}, {"total_cost": "0"}])
def test_sums_of_the_split_survive_what_cannot_be_read(officer, draft, typed):
    answer = officer.post(reverse("projects:sums", args=[draft.pk, "kinh-phi"]), typed)

    assert "chưa nhập tổng dự toán" in answer.content.decode()


@pytest.mark.parametrize("part", ["thong-tin", "kiem-tra", "khac"])
def test_sums_are_only_for_parts_of_figures(officer, draft, part):
    assert officer.post(reverse("projects:sums", args=[draft.pk, part])).status_code == 404


def test_sums_are_asked_for_by_post(officer, draft):
    assert officer.get(reverse("projects:sums", args=[draft.pk, "kinh-phi"])).status_code == 405


def funded_by_another(house, project, total, **amounts):
    amounts = {source(code): amount for code, amount in amounts.items()}
    services.set_funding(project, by=house.second_officer, total_cost=total, amounts=amounts)


@pytest.mark.parametrize(("choice", "total"), [("mine", 600_000_000), ("theirs", 500_000_000)])
def test_funding_lets_people_choose_between_two_saves(officer, house, draft, choice, total):
    page = fields_of(officer.get(address(draft, "kinh-phi")))
    funded_by_another(house, draft, 500_000_000, KCDP=200_000_000)
    conflict = officer.post(address(draft, "kinh-phi"), page | {"total_cost": "600tr"})
    shown = [(row.mine, row.theirs, row.keep) for row in conflict.context["form"].conflicts]
    kept = Project.objects.get().total_cost
    officer.post(address(draft, "kinh-phi"), fields_of(conflict) | {"keep-total_cost": choice})

    assert shown == [("600.000.000", "500.000.000", "mine"), ("để trống", "200.000.000", "theirs")]
    assert kept == 500_000_000
    assert Project.objects.get().total_cost == total
    assert draft.funding_lines.get().requested_amount == 200_000_000


def test_funding_saves_at_once_when_another_part_was_changed(officer, house, draft):
    page = fields_of(officer.get(address(draft, "kinh-phi")))
    saved_by_another(house, draft, objective="Của người khác")
    officer.post(address(draft, "kinh-phi"), page | {"total_cost": "600tr"})

    assert (Project.objects.get().total_cost, Project.objects.get().objective) == (600_000_000, "Của người khác")


# Facilities


def test_beneficiaries_add_and_remove_rows_without_saving_or_scolding(officer, draft):
    page = address(draft, "thu-huong")
    added = sent(officer, page, **row(0, facility="abc", item="Máy"), row="row-add")
    removed = officer.post(page, fields_of(added) | row(1, item="Nồi") | {"row": "row-remove-0"})

    assert [form["item"].value() for form in added.context["formset"]] == ["Máy", None]
    assert added.context["formset"].total_error_count() == 0
    assert [form["item"].value() for form in removed.context["formset"]] == ["Nồi"]
    assert not draft.beneficiaries.exists()


def test_beneficiaries_are_found_by_words_and_saved_with_their_part(officer, house, draft):
    facility = FacilityFactory(name="Cơ sở Bánh tráng Mỹ Lồng", created_by=house.officer)
    sent(officer, address(draft, "thu-huong"), **shares(0, "banh trang my long", item="Máy tráng", KCDP="30tr"))

    saved = draft.beneficiaries.get()
    assert (saved.facility, saved.item) == (facility, "Máy tráng")
    assert saved.amounts.get().requested_amount == 30_000_000


@pytest.mark.parametrize(
    ("typed", "field", "text"),
    [
        ({"item": "Máy tráng"}, "facility", "Chọn cơ sở, hoặc bỏ dòng này."),
        ({"KCDP": "30tr"}, "facility", "Chọn cơ sở, hoặc bỏ dòng này."),
        ({"facility": "không có cơ sở này"}, "facility", "Không tìm thấy"),
        ({"facility": "an phu", "item": "x" * 251}, "item", "250"),
        ({"facility": "an phu", "KCDP": "-1"}, "KCDP", "không được âm"),
        ({"facility": "an phu", "KCDP": "9" * 20}, "KCDP", ""),
        ({"facility": "an phu", "item": "a\x00b"}, "item", "ký tự không đọc được"),
    ],
)
def test_beneficiaries_say_what_is_wrong_at_the_field_and_keep_it(officer, house, draft, typed, field, text):
    FacilityFactory(name="Cơ sở An Phú", created_by=house.officer)
    response = sent(officer, address(draft, "thu-huong"), **row(0, **typed))

    [form] = response.context["formset"].forms
    name = cell(field) if field.isupper() else field
    assert list(form.errors) == [name]
    assert text in form.errors[name][0]
    assert f'href="#id_row-0-{name}"' in response.content.decode()
    assert not draft.beneficiaries.exists()


def test_beneficiaries_ask_when_several_facilities_match(officer, house, draft):
    for name in ("Cơ sở An Phú 1", "Cơ sở An Phú 2"):
        FacilityFactory(name=name, created_by=house.officer)
    response = sent(officer, address(draft, "thu-huong"), **row(0, facility="an phu"))

    assert "Có nhiều kết quả: Cơ sở An Phú 1" in response.context["formset"].forms[0].errors["facility"][0]


def test_beneficiaries_refuse_the_same_facility_twice_at_the_second(officer, house, draft):
    FacilityFactory(name="Cơ sở An Phú", created_by=house.officer)
    first = sent(officer, address(draft, "thu-huong"), **row(0, facility="an phu", KCDP="1tr"), row="row-add")
    response = officer.post(address(draft, "thu-huong"), fields_of(first) | row(1, facility="An Phú", KCDP="2tr"))

    assert [form.errors for form in response.context["formset"]] == [
        {}, {"facility": ["Đã ghi ở dòng 1: gộp hai dòng hoặc sửa lại."]},
    ]  # fmt: skip
    assert not draft.beneficiaries.exists()


def test_beneficiaries_of_another_province_are_not_found(officer, draft):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    FacilityFactory(name="Hợp tác xã Chè Tân Cương", unit=commune_of(thai_nguyen()), created_by=north.officer)
    response = sent(officer, address(draft, "thu-huong"), **row(0, facility="che tan cuong"))

    assert "Không tìm thấy" in response.context["formset"].forms[0].errors["facility"][0]


@pytest.mark.parametrize("total", ["201", "999999", "-1", "abc", ""])
def test_beneficiaries_survive_a_number_of_rows_that_nobody_posts(officer, draft, total):
    response = sent(officer, address(draft, "thu-huong"), **{"row-TOTAL_FORMS": total})

    assert response.status_code in (200, 302)
    assert not draft.beneficiaries.exists()


@pytest.mark.parametrize("act", ["", "row-add"])
def test_beneficiaries_show_no_row_that_has_no_cell(officer, draft, act):
    typed = row(0, facility="khong co", item="Nồi nấu") | {"row-TOTAL_FORMS": "999999", "row": act}
    formset = sent(officer, address(draft, "thu-huong"), **typed).context["formset"]

    assert [form["item"].value() for form in formset] == ["Nồi nấu", *([None] if act else [])]
    assert formset.data["row-TOTAL_FORMS"] == str(len(formset.forms))


def test_beneficiaries_are_held_against_the_lines(officer, house, plan):
    project = stories.complete_project(house, plan)
    sums = officer.get(address(project, "thu-huong")).context["sums"]
    typed = row(0, KCDP="310tr", COUNTERPART="40tr") | {"row-TOTAL_FORMS": 1, "row-INITIAL_FORMS": 0}
    live = officer.post(reverse("projects:sums", args=[project.pk, "thu-huong"]), typed).content.decode()

    assert [(row["source"].code, row["line"], row["left"]) for row in sums] == [
        ("KCDP", 300_000_000, 0), ("COUNTERPART", 340_000_000, 0),
    ]  # fmt: skip
    assert "Vượt 10.000.000" in live
    assert "Còn 300.000.000 chưa chia" in live


def test_beneficiaries_offer_every_source_until_the_split_is_made(officer, house, draft):
    def codes():
        formset = officer.get(address(draft, "thu-huong")).context["formset"]
        return [source.code for source in formset.form_kwargs["sources"]]

    before = codes()
    funded_by_another(house, draft, 5, KCDP=5)

    assert before == ["KCQG", "KCDP", "COUNTERPART", "OTHER"]
    assert codes() == ["KCDP"]


def test_beneficiaries_keep_showing_money_whose_line_was_taken_out(officer, house, plan):
    project = stories.complete_project(house, plan)
    services.set_funding(project, by=house.officer, total_cost=5, amounts={source("COUNTERPART"): 0})
    sums = officer.get(address(project, "thu-huong")).context["sums"]

    assert [(row["source"].code, row["left"]) for row in sums] == [("KCDP", 0), ("COUNTERPART", -340_000_000)]


def test_beneficiaries_take_what_is_left_into_one_row(officer, house, plan):
    project = stories.complete_project(house, plan)
    page = address(project, "thu-huong")
    added = sent(officer, page, **row(0, KCDP="100tr"), row="row-add")
    filled = officer.post(page, fields_of(added) | row(1, KCDP="50tr") | {"row": "row-fill-1"})
    again = officer.post(page, fields_of(filled) | {"row": "row-fill-0"})

    assert fields_of(filled)[f"row-1-{cell('KCDP')}"] == "200.000.000"
    assert told(filled) == ["Đã điền phần còn lại, chưa lưu."]
    assert told(again)[0].startswith("Không còn gì để điền")


@pytest.mark.parametrize("act", ["row-fill-9", "row-fill-x", "row-fill-", "row-remove-99", "zzz-add", "row-drop"])
def test_beneficiaries_survive_a_button_that_is_none(officer, house, plan, act):
    project = stories.complete_project(house, plan)
    before = list(project.beneficiaries.values_list("pk", "item"))
    response = sent(officer, address(project, "thu-huong"), row=act)

    assert response.status_code == 200
    assert list(project.beneficiaries.values_list("pk", "item")) == before


def test_beneficiaries_drop_a_row_once_saved(officer, house, plan):
    project = stories.complete_project(house, plan)
    emptied = sent(officer, address(project, "thu-huong"), row="row-remove-0")
    kept = project.beneficiaries.count()
    officer.post(address(project, "thu-huong"), fields_of(emptied))

    assert kept == 1
    assert not project.beneficiaries.exists()


@pytest.mark.parametrize(("choice", "item"), [("mine", "Máy của tôi"), ("theirs", "Máy của người khác")])
def test_beneficiaries_let_people_choose_between_two_saves(officer, house, plan, choice, item):
    project = stories.complete_project(house, plan)
    page = fields_of(officer.get(address(project, "thu-huong")))
    [stored] = project.beneficiaries.all()
    parts = {source("KCDP"): 300_000_000, source("COUNTERPART"): 340_000_000}
    services.set_beneficiaries(project, by=house.second_officer, rows=[(stored.facility, "Máy của người khác", parts)])
    conflict = officer.post(address(project, "thu-huong"), page | row(0, item="Máy của tôi"))
    [shown] = conflict.context["head"].conflicts
    kept = project.beneficiaries.get().item
    officer.post(address(project, "thu-huong"), fields_of(conflict) | {"keep-row": choice})

    assert "Máy của tôi" in shown.mine
    assert "Máy của người khác" in shown.theirs
    assert kept == "Máy của người khác"
    assert project.beneficiaries.get().item == item


def test_beneficiaries_save_at_once_when_another_part_was_changed(officer, house, plan):
    project = stories.complete_project(house, plan)
    page = fields_of(officer.get(address(project, "thu-huong")))
    saved_by_another(house, project, objective="Của người khác")
    officer.post(address(project, "thu-huong"), page | row(0, item="Máy của tôi"))

    assert project.beneficiaries.get().item == "Máy của tôi"


def test_beneficiaries_of_a_group_project_are_not_asked_for(officer, house, plan):
    project = stories.draft_project(house, plan, target_mode=TargetMode.GROUP)

    assert "chưa cần nêu đơn vị thụ hưởng" in officer.get(address(project, "thu-huong")).content.decode()


# Cost items


def test_cost_items_multiply_and_add_up(officer, draft):
    first = row(0, name="Máy nấu", unit_name="cái", quantity="2,5", unit_price="10tr")
    sent(officer, address(draft, "du-toan"), **first)

    item = draft.cost_items.get()
    assert (item.amount, item.unit_name) == (25_000_000, "cái")


def test_cost_items_belong_to_a_facility_of_the_project(officer, house, plan):
    project = stories.complete_project(house, plan)
    [owner] = project.beneficiaries.all()
    other = stories.complete_project(house, plan, name="Đề án khác").beneficiaries.get()
    typed = row(0, name="Máy nấu", quantity="1", unit_price="1")
    refused = sent(officer, address(project, "du-toan"), **typed, **row(0, beneficiary=other.pk))
    sent(officer, address(project, "du-toan"), **typed, **row(0, beneficiary=owner.pk))

    assert list(refused.context["formset"].forms[0].errors) == ["beneficiary"]
    assert project.cost_items.get().beneficiary == owner


@pytest.mark.parametrize(
    ("typed", "field", "text"),
    [
        ({"name": "Máy", "quantity": "0", "unit_price": "1tr"}, "quantity", "Nhập số lượng lớn hơn 0."),
        ({"name": "Máy", "quantity": "-1", "unit_price": "1tr"}, "quantity", "Số lượng phải lớn hơn 0."),
        ({"name": "Máy", "quantity": "abc", "unit_price": "1tr"}, "quantity", "Không đọc được số"),
        ({"name": "Máy", "quantity": "1.5", "unit_price": "1tr"}, "quantity", "dùng dấu phẩy"),
        ({"name": "Máy", "quantity": "0,001", "unit_price": "1tr"}, "quantity", "Tối đa 2 chữ số"),
        ({"name": "Máy", "quantity": "9" * 20, "unit_price": "1"}, "quantity", "Số quá lớn"),
        ({"name": "Máy", "quantity": "1"}, "unit_price", "Nhập đơn giá."),
        ({"name": "Máy", "quantity": "1", "unit_price": "-3"}, "unit_price", "không được âm"),
        ({"name": "Máy", "quantity": "9999999999", "unit_price": "1 tỷ"}, "unit_price", "Thành tiền quá lớn"),
        ({"quantity": "1", "unit_price": "1tr"}, "name", "Nhập tên máy móc, hạng mục."),
        ({"name": "x" * 301, "quantity": "1", "unit_price": "1tr"}, "name", "300"),
        ({"name": "a\x00", "quantity": "1", "unit_price": "1tr"}, "name", "ký tự không đọc được"),
    ],
)
def test_cost_items_say_what_is_wrong_at_the_field_and_keep_it(officer, draft, typed, field, text):
    response = sent(officer, address(draft, "du-toan"), **row(0, **typed))

    [form] = response.context["formset"].forms
    assert list(form.errors) == [field]
    assert text in form.errors[field][0]
    assert {name: form[name].value() for name in typed} == typed
    assert not draft.cost_items.exists()


def test_cost_items_are_summed_while_typed(officer, house, plan):
    project = stories.complete_project(house, plan)
    typed = row(0, name="Máy", quantity="2", unit_price="400tr") | row(1, name="Nồi", quantity="abc", unit_price="1")
    typed |= {"row-TOTAL_FORMS": 2, "row-INITIAL_FORMS": 0}
    page = officer.post(reverse("projects:sums", args=[project.pk, "du-toan"]), typed).content.decode()

    assert '<span id="amount-0" hx-swap-oob="true">800.000.000</span>' in page
    assert '<span id="amount-1" hx-swap-oob="true"></span>' in page
    assert "Vượt tổng dự toán" in page


def test_cost_items_show_what_another_saved_beside(officer, house, draft):
    page = fields_of(officer.get(address(draft, "du-toan")))
    items = [{"name": "Máy của người khác", "quantity": 1, "unit_price": 5}]
    services.set_cost_items(draft, by=house.second_officer, rows=items)
    response = officer.post(address(draft, "du-toan"), page | row(0, name="Máy của tôi", quantity="1", unit_price="5"))

    [conflict] = response.context["head"].conflicts
    assert conflict.mine == "1 dòng, khác ở: Máy của tôi; 1 × 5"
    assert conflict.theirs == "1 dòng, khác ở: Máy của người khác; 1 × 5"
    assert fields_of(response)["row-0-name"] == "Máy của tôi"
    assert draft.cost_items.get().name == "Máy của người khác"


# Check and submit


def test_check_lists_what_is_missing_with_links(officer, draft):
    response = officer.get(address(draft, "kiem-tra"))

    links = set(re.findall(r'href="([^"]+)#id_(\w+)"', response.content.decode()))
    assert {field for part, field in links if part == address(draft, "kinh-phi")} == {"total_cost"}
    assert len(links) == 10
    assert 'aria-disabled="true"' in response.content.decode()


@pytest.mark.parametrize("complete", [True, False])
def test_every_missing_item_points_at_something_on_its_page(officer, house, plan, complete):
    project = stories.complete_project(house, plan) if complete else stories.draft_project(house, plan)
    if complete:
        items = [{"name": "Máy", "quantity": 1, "unit_price": 10**9}]
        project = services.set_cost_items(project, by=house.officer, rows=items)
        project = services.set_funding(project, by=house.officer, total_cost=5, amounts={})
        services.set_beneficiaries(project, by=house.officer, rows=[(FacilityFactory(), "", {})])

    for item in services.missing_items(project):
        assert f'id="id_{item.field}"' in officer.get(address(project, item.part)).content.decode(), item


def test_check_submits_once(officer, house, plan):
    project = stories.complete_project(house, plan)
    page = fields_of(officer.get(address(project, "kiem-tra")))
    first = officer.post(address(project, "kiem-tra"), page)
    second = officer.post(address(project, "kiem-tra"), page)

    assert first.url == second.url == project.get_absolute_url()
    assert "không cần trình nữa" in told(second)[-1]
    assert AuditEntry.objects.about(project).filter(action="project.submit").count() == 1


def test_check_refuses_an_incomplete_file(officer, draft):
    response = officer.post(address(draft, "kiem-tra"))

    assert response.url == address(draft, "kiem-tra")
    assert told(response) == ["Chưa trình được: còn 10 mục ở danh sách bên dưới."]
    assert Project.objects.get().status == ProjectStatus.DRAFT


def test_check_asks_to_read_again_what_another_changed(officer, house, plan):
    project = stories.complete_project(house, plan)
    page = fields_of(officer.get(address(project, "kiem-tra")))
    saved_by_another(house, project, objective="Đã sửa sau khi đọc")
    response = officer.post(address(project, "kiem-tra"), page)

    assert str(house.second_officer) in told(response)[0]
    assert Project.objects.get().status == ProjectStatus.DRAFT


# A returned file


@pytest.fixture
def returned(house, plan):
    project = stories.submitted_project(house, plan)
    items = ["kinh-phi", "objective", "name"]
    return services.return_project(project, by=house.reviewer, reason="Sửa vốn đối ứng.", items=items)


@pytest.mark.parametrize("part", PARTS)
def test_returned_file_shows_reason_and_named_items_first_on_every_part(officer, returned, part):
    response = officer.get(address(returned, part))

    page = response.content.decode()
    assert page.index("Sửa vốn đối ứng.") < page.index("Các phần của đề án")
    assert response.context["note_items"] == [
        ("Kinh phí theo nguồn", address(returned, "kinh-phi")),
        ("Mục tiêu", f"{address(returned, 'noi-dung')}#id_objective"),
        ("Tên", f"{address(returned, 'thong-tin')}#id_name"),
    ]


def test_returned_file_marks_the_named_fields(officer, returned):
    pages = {part: officer.get(address(returned, part)).content.decode() for part in PARTS[:-1]}

    assert {part: page.count("Được nêu khi trả lại") for part, page in pages.items()} == {
        "thong-tin": 1, "kinh-phi": 2, "thu-huong": 0, "du-toan": 0, "noi-dung": 1, "hieu-qua": 0,
    }  # fmt: skip


def test_returned_file_counts_down_what_is_mended(officer, returned):
    def states():
        return {task.part.slug: task.label for task in officer.get(address(returned, "thong-tin")).context["tasks"]}

    before = states()
    sent(officer, address(returned, "noi-dung"), objective="Đã sửa mục tiêu")
    after = states()

    assert (before["noi-dung"], before["kinh-phi"], before["hieu-qua"]) == ("Cần sửa 1 mục", "Cần sửa 1 mục", "Xong")
    assert (after["noi-dung"], after["kinh-phi"]) == ("Đã sửa", "Cần sửa 1 mục")


def test_returned_file_goes_back_to_its_reviewer(officer, house, returned):
    page = officer.get(address(returned, "kiem-tra"))
    response = officer.post(address(returned, "kiem-tra"), fields_of(page))

    assert f"hồ sơ về lại {house.reviewer}" in page.content.decode()
    assert response.url == returned.get_absolute_url()
    assert (Project.objects.get().status, Project.objects.get().reviewer) == (ProjectStatus.SUBMITTED, house.reviewer)
