"""The parts of figures: money per source, facilities with their shares, cost items."""

import pytest
from django.urls import reverse

from projects import services
from projects.models import Project, TargetMode
from tests import stories
from tests.factories import FacilityFactory, commune_of, source, thai_nguyen
from tests.projects.entries import address, cell, funded_by_another, row, saved_by_another, shares, told
from tests.projects.pages import fields_of, sent

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

    assert '<span id="amount-0" data-hx-swap-oob="true">800.000.000</span>' in page
    assert '<span id="amount-1" data-hx-swap-oob="true"></span>' in page
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
