"""Starting a draft, opening its parts, saving fields; two people on one file."""

import pytest
from django.urls import reverse

from projects import services
from projects.models import Project
from tests import stories
from tests.factories import FacilityFactory, UserFactory, commune_of, content, source, thai_nguyen
from tests.projects.entries import PARTS, address, saved_by_another
from tests.projects.pages import fields_of, sent

CREATE = reverse("projects:create")


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
        with django_assert_max_num_queries(12):
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
