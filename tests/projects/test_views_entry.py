import re

import pytest
from django.urls import reverse

from projects import services
from projects.models import Project, ProjectStatus
from tests import stories
from tests.factories import FacilityFactory, commune_of, content, source, thai_nguyen

PARTS = ("thong-tin", "kinh-phi", "thu-huong", "du-toan", "noi-dung", "hieu-qua", "kiem-tra")


@pytest.fixture
def officer(client, house):
    client.force_login(house.officer)
    return client


def address(project, part):
    return reverse("projects:edit", args=[project.pk, part])


def general(house, project, **changes):
    return {
        "name": project.name, "kind": "project", "content": content().pk, "target_mode": "specific",
        "implementing_unit": house.centre.pk, "starts_on": "01/03/2026", "ends_on": "30/11/2026",
        "version": project.version, **changes,
    }  # fmt: skip


def money(project, total, **amounts):
    fields = {f"source-{source(code).pk}": text for code, text in amounts.items()}
    return {"total_cost": total, "version": project.version, **fields}


def rows(project, *filled):
    data = {"row-TOTAL_FORMS": len(filled), "row-INITIAL_FORMS": 0, "version": project.version}
    for number, row in enumerate(filled):
        data |= {f"row-{number}-{name}": value for name, value in row.items()}
    return data


def test_create_starts_a_draft_and_opens_its_first_part(officer, house, plan):
    data = {"plan": plan.pk, "kind": "project", "name": "Máy sấy dừa", "content": content().pk}
    response = officer.post(reverse("projects:create"), data)

    project = Project.objects.get()
    assert response.url == address(project, "thong-tin")
    assert (project.code, project.created_by) == ("KC26-001", house.officer)


def test_create_takes_the_facility_it_was_called_for(officer, house, plan):
    facility = FacilityFactory(created_by=house.officer)
    data = {"plan": plan.pk, "kind": "project", "name": "Máy sấy dừa", "content": content().pk}
    officer.post(f"{reverse('projects:create')}?co-so={facility.pk}", data)

    assert Project.objects.get().beneficiaries.get().facility == facility


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"name": ""}, "name"), ({"plan": ""}, "plan"), ({"name": "x" * 401}, "name"), ({"kind": "zzz"}, "kind")],
)
def test_create_keeps_what_was_typed_when_something_is_wrong(officer, plan, changes, field):
    data = {"plan": plan.pk, "kind": "project", "name": "Máy sấy dừa", "content": content().pk, **changes}
    response = officer.post(reverse("projects:create"), data)

    assert list(response.context["form"].errors) == [field]
    assert not Project.objects.exists()


def test_create_does_not_offer_plans_of_another_house(officer):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    foreign = stories.draft_plan(north)
    data = {"plan": foreign.pk, "kind": "project", "name": "Máy sấy dừa"}

    assert list(officer.post(reverse("projects:create"), data).context["form"].errors) == ["plan"]


@pytest.mark.parametrize("part", PARTS)
def test_part_opens_for_those_who_draft(officer, house, plan, part):
    project = stories.draft_project(house, plan)

    assert officer.get(address(project, part)).status_code == 200


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(("person", "status"), [("viewer", 403), ("accountant", 403), ("director", 403)])
def test_part_is_closed_to_readers(client, house, plan, part, person, status):
    client.force_login(getattr(house, person))
    project = stories.draft_project(house, plan)

    assert client.get(address(project, part)).status_code == status


def test_part_of_another_province_does_not_exist(client, house, plan):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    client.force_login(north.officer)

    assert client.get(address(stories.draft_project(house, plan), "kinh-phi")).status_code == 404


def test_unknown_part_does_not_exist(officer, house, plan):
    assert officer.get(address(stories.draft_project(house, plan), "khac")).status_code == 404


def test_general_saves_incomplete_and_moves_on(officer, house, plan):
    project = stories.draft_project(house, plan)
    data = {"name": "Tên mới", "kind": "project", "target_mode": "specific", "version": project.version, "act": "next"}
    response = officer.post(address(project, "thong-tin"), data)

    assert response.url == address(project, "kinh-phi")
    assert Project.objects.get().name == "Tên mới"


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({"ends_on": "31/02/2026"}, "ends_on", "không phải ngày có thật"),
        ({"ends_on": "01/02/2026"}, "__all__", "Ngày hoàn thành phải sau ngày bắt đầu."),
        ({"unit": "không có xã này"}, "unit", "Không tìm thấy"),
        ({"name": ""}, "name", ""),
    ],
)
def test_general_says_what_is_wrong_at_the_field(officer, house, plan, changes, field, text):
    project = stories.draft_project(house, plan)
    response = officer.post(address(project, "thong-tin"), general(house, project, **changes))

    errors = response.context["form"].errors
    assert list(errors) == [field]
    assert text in errors[field][0]


def test_general_shows_both_values_when_two_people_save(officer, house, plan):
    project = stories.draft_project(house, plan)
    seen = officer.get(address(project, "thong-tin")).context["form"]
    theirs = Project.objects.get()
    theirs.name = "Tên của người khác"
    services.save_project(theirs, by=house.second_officer)

    hidden = {field.html_name: field.value() for field in seen.hidden_fields()}
    data = general(house, project, name="Tên của tôi") | {key: value for key, value in hidden.items() if value}
    response = officer.post(address(project, "thong-tin"), data)

    page = response.content.decode()
    assert response.status_code == 200
    assert "Tên của tôi" in page
    assert "Tên của người khác" in page
    assert Project.objects.get().name == "Tên của người khác"


@pytest.mark.parametrize(
    ("typed", "stored"), [("300tr", 300_000_000), ("0,3 tỷ", 300_000_000), ("300.000.000", 300_000_000)]
)
def test_funding_reads_money_as_people_type_it(officer, house, plan, typed, stored):
    project = stories.draft_project(house, plan)
    officer.post(address(project, "kinh-phi"), money(project, typed, KCDP=typed))

    assert Project.objects.get().total_cost == stored
    assert project.funding_lines.get().requested_amount == stored


@pytest.mark.parametrize("typed", ["-5", "1.5.5", "abc", "1e9", "99999999999999999999", "300000,5 đồng"])
def test_funding_refuses_what_is_no_amount_and_keeps_it(officer, house, plan, typed):
    project = stories.draft_project(house, plan)
    response = officer.post(address(project, "kinh-phi"), money(project, typed))

    assert list(response.context["form"].errors) == ["total_cost"]
    assert typed in response.content.decode()
    assert Project.objects.get().total_cost is None


def test_funding_puts_the_rest_into_the_facilitys_own_money(officer, house, plan):
    project = stories.draft_project(house, plan)
    response = officer.post(address(project, "kinh-phi"), money(project, "640tr", KCDP="300tr") | {"act": "rest"})

    assert response.context["allocation"]["left"] == 0
    assert "340.000.000" in response.content.decode()
    assert not project.funding_lines.exists()


def test_split_answers_the_sums_without_saving(officer, house, plan):
    project = stories.draft_project(house, plan)
    response = officer.post(reverse("projects:split", args=[project.pk]), money(project, "640tr", KCDP="700tr"))

    assert "Vượt 60.000.000 đồng" in response.content.decode()
    assert not project.funding_lines.exists()


def test_funding_does_not_overwrite_what_another_tab_saved(officer, house, plan):
    project = stories.draft_project(house, plan)
    officer.post(address(project, "kinh-phi"), money(project, "500tr", KCDP="500tr"))
    response = officer.post(address(project, "kinh-phi"), money(project, "600tr", KCDP="600tr"))

    page = response.content.decode()
    assert "500.000.000" in page
    assert "600.000.000" in page
    assert Project.objects.get().total_cost == 500_000_000


def test_beneficiaries_add_a_row_without_saving(officer, house, plan):
    project = stories.draft_project(house, plan)
    response = officer.post(address(project, "thu-huong"), rows(project, {"facility": "abc"}) | {"act": "add"})

    assert len(response.context["formset"].forms) == 2
    assert not project.beneficiaries.exists()


def test_beneficiaries_are_found_by_words_and_saved_with_their_part(officer, house, plan):
    project = stories.draft_project(house, plan)
    facility = FacilityFactory(name="Cơ sở Bánh tráng Mỹ Lồng", created_by=house.officer)
    row = {"facility": "banh trang my long", "item": "Máy tráng", f"source-{source('KCDP').pk}": "30tr"}
    officer.post(address(project, "thu-huong"), rows(project, row))

    saved = project.beneficiaries.get()
    assert (saved.facility, saved.item) == (facility, "Máy tráng")
    assert saved.amounts.get().requested_amount == 30_000_000


def test_beneficiaries_ask_for_the_facility_of_a_filled_row(officer, house, plan):
    project = stories.draft_project(house, plan)
    response = officer.post(address(project, "thu-huong"), rows(project, {"item": "Máy tráng"}))

    assert response.context["formset"].forms[0].errors["facility"] == ["Chọn cơ sở, hoặc xóa hết dòng này."]


def test_beneficiaries_of_another_province_are_not_found(officer, house, plan):
    project = stories.draft_project(house, plan)
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    FacilityFactory(name="Hợp tác xã Chè Tân Cương", unit=commune_of(thai_nguyen()), created_by=north.officer)
    response = officer.post(address(project, "thu-huong"), rows(project, {"facility": "che tan cuong"}))

    assert "Không tìm thấy" in response.context["formset"].forms[0].errors["facility"][0]


def test_cost_items_multiply_and_add_up(officer, house, plan):
    project = stories.draft_project(house, plan)
    row = {"name": "Máy nấu", "unit_name": "cái", "quantity": "2,5", "unit_price": "10tr"}
    officer.post(address(project, "du-toan"), rows(project, row))

    assert project.cost_items.get().amount == 25_000_000


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"name": "Máy", "quantity": "0", "unit_price": "1tr"}, "quantity"),
        ({"name": "Máy", "quantity": "-1", "unit_price": "1tr"}, "quantity"),
        ({"name": "Máy", "quantity": "abc", "unit_price": "1tr"}, "quantity"),
        ({"name": "Máy", "quantity": "1"}, "unit_price"),
        ({"quantity": "1", "unit_price": "1tr"}, "name"),
    ],
)
def test_cost_items_say_what_is_wrong_at_the_field(officer, house, plan, row, field):
    project = stories.draft_project(house, plan)
    response = officer.post(address(project, "du-toan"), rows(project, row))

    assert list(response.context["formset"].forms[0].errors) == [field]
    assert not project.cost_items.exists()


def test_check_lists_what_is_missing_with_links(officer, house, plan):
    project = stories.draft_project(house, plan)
    response = officer.get(address(project, "kiem-tra"))

    links = re.findall(r'href="([^"]+)#id_(\w+)"', response.content.decode())
    assert (address(project, "kinh-phi"), "total_cost") in links
    assert len(links) == 10


def test_check_submits_once(officer, house, plan):
    project = stories.complete_project(house, plan)
    first = officer.post(address(project, "kiem-tra"))
    second = officer.post(address(project, "kiem-tra"))

    assert (first.url, second.status_code) == (project.get_absolute_url(), 403)
    assert Project.objects.get().status == ProjectStatus.SUBMITTED


def test_returned_file_shows_reason_and_named_parts_first(officer, house, plan):
    project = stories.submitted_project(house, plan)
    services.return_project(project, by=house.reviewer, reason="Sửa vốn đối ứng.", items=["kinh-phi"])
    page = officer.get(address(project, "thong-tin")).content.decode()

    assert "Sửa vốn đối ứng." in page
    assert "Được nêu khi trả lại" in page
    assert page.index("Sửa vốn đối ứng.") < page.index('id="part"')
