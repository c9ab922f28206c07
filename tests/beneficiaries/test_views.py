import re

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from beneficiaries.models import Facility, LegalForm
from khuyencong.models import AdministrativeUnit, AuditEntry, OrganisationKind, Role
from tests import stories
from tests.factories import FacilityFactory, OrganisationFactory, UserFactory, commune_of, thai_nguyen, vinh_long

pytestmark = pytest.mark.django_db
LIST = "/co-so/"
TAX_CODE = "0100233488"


@pytest.fixture
def house():
    return stories.make_house()


@pytest.fixture
def officer(client, house):
    client.force_login(house.officer)
    return client


@pytest.fixture
def typed(house):
    return {"name": "Lò gốm Mang Thít", "legal_form": "household_business", "unit": str(commune_of(house.province))}


def names_on(response):
    return [facility.name for facility in response.context["page_obj"]]


def opened(client, url):
    """Every field of the form as the browser would post it back untouched."""
    data = {}
    for bound in client.get(url).context["form"]:
        value = bound.value()
        shown = bound.field.widget.format_value(value) if hasattr(bound.field.widget, "format_value") else value
        if not isinstance(value, bool):
            data[bound.html_name] = "" if shown in (None, [""]) else shown if isinstance(shown, str) else shown[0]
        if bound.field.show_hidden_initial:
            data[bound.html_initial_name] = "" if value is None else str(value)
    return data


# List


def test_list_shows_the_register_of_the_province(officer, house):
    facility = FacilityFactory(name="Lò gốm Mang Thít", labour_count=1234, tax_code=TAX_CODE, legal_form="sme")
    FacilityFactory(name="Trà Tân Cương", unit=commune_of(thai_nguyen()))
    response = officer.get(LIST)
    assert names_on(response) == ["Lò gốm Mang Thít"]
    assertContains(response, f'<a class="title" href="/co-so/{facility.pk}/">Lò gốm Mang Thít</a>', html=True)
    assertContains(response, TAX_CODE)
    assertContains(response, "Doanh nghiệp nhỏ và vừa")
    assertContains(response, "<dd>1.234 người</dd>", html=True)
    assertContains(response, "<dd>1 cơ sở</dd>", html=True)


@pytest.mark.parametrize("count", [1, 3])  # an N+1 cannot pass both
@pytest.mark.parametrize("query", ["", "?q=gom&dia-ban=vinh long&nganh=a&sap-xep=-lao-dong"])
def test_list_asks_the_same_number_of_queries(officer, django_assert_max_num_queries, count, query):
    for number in range(count):
        FacilityFactory(name=f"Lò gốm {number}", unit=commune_of(vinh_long(), number))
    with django_assert_max_num_queries(12) as captured:
        response = officer.get(LIST + query)
    assert len(names_on(response)) == count
    assert len(captured) == (10 if query else 8)


def test_list_pages_by_fifty_and_keeps_the_filter(officer, house):
    unit = commune_of(house.province)
    for number in range(51):
        FacilityFactory(name=f"Lò gốm {number:02d}", unit=unit, created_by=house.officer)
    response = officer.get(LIST + "?q=lo gom&sap-xep=-ten")
    assert len(names_on(response)) == 50
    assertContains(response, "1–50 trong 51 cơ sở")
    assertContains(response, "?q=lo+gom&amp;sap-xep=-ten&amp;trang=2")
    assert names_on(officer.get(LIST + "?q=lo gom&sap-xep=-ten&trang=2")) == ["Lò gốm 00"]
    assert names_on(officer.get(LIST + "?q=lo gom&sap-xep=-ten&trang=99")) == ["Lò gốm 00"]


def test_list_heads_sort_and_say_the_order(officer):
    FacilityFactory()
    response = officer.get(LIST + "?q=keo")
    assertContains(response, '<th scope="col" aria-sort="ascending"><a href="?q=keo&amp;sap-xep=-ten">')
    response = officer.get(LIST + "?sap-xep=-lao-dong")
    assertContains(response, 'aria-sort="descending"', count=1)
    assertContains(response, '<input type="hidden" name="sap-xep" value="-lao-dong"')


def test_list_shows_filters_as_chips(officer):
    FacilityFactory(name="Lò gốm")
    response = officer.get(LIST + "?q=lo gom&hinh-thuc=artisan&trang=2")
    html = response.text
    assert re.findall(r'class="chip" href="([^"]*)"', html) == ["?hinh-thuc=artisan", "?q=lo+gom"]
    assertContains(response, "Không có cơ sở nào khớp bộ lọc")
    assertNotContains(response, "Xuất Excel")


def test_list_says_which_filter_it_cannot_use(officer):
    FacilityFactory()
    response = officer.get(LIST + "?dia-ban=không đâu")
    assertContains(response, "Địa bàn: “không đâu” chưa dùng được")
    assertContains(response, "Không tìm thấy “không đâu”")
    assert names_on(response) == []


def test_empty_register_teaches_those_who_may_fill_it(officer, client, house):
    response = officer.get(LIST)
    assertContains(response, "Chưa có cơ sở nào")
    assertContains(response, "Thêm cơ sở</a>")
    client.force_login(house.viewer)
    response = client.get(LIST)
    assertContains(response, "Chưa có cơ sở nào")
    assertNotContains(response, reverse("beneficiaries:create"))


@pytest.mark.parametrize(
    "query",
    [
        "q=%00", "q=" + "a" * 900, "q=<script>alert(1)</script>", "q='--", "dia-ban=" + "b" * 900, "trang=0",
        "trang=-1", "sap-xep=password", "hinh-thuc=%00", "nganh=%00", "q=%25", "dia-ban=%25",
    ],
)  # fmt: skip
def test_list_stands_whatever_the_address_says(officer, query):
    FacilityFactory()
    response = officer.get(f"{LIST}?{query}")
    assert response.status_code == 200
    assertNotContains(response, "<script>alert")


def test_list_takes_a_place_of_that_name_in_the_own_province(officer):
    response = officer.get(LIST + "?dia-ban=mo cay")
    assert [words for words, _query in response.context["chips"]] == ["Địa bàn: Xã Mỏ Cày, tỉnh Vĩnh Long"]


def test_list_without_a_page_number_shows_the_first_page(officer):
    facility = FacilityFactory()
    assert names_on(officer.get(LIST + "?trang=abc")) == [facility.name]


def test_list_answers_htmx_with_the_table_alone(officer):
    FacilityFactory(name="Lò gốm")
    response = officer.get(LIST + "?q=gom", headers={"HX-Request": "true"})
    html = response.text.strip()
    assert html.startswith('<div id="facility-table">')
    assert html.endswith("</div>")
    assert 'id="id_q"' not in html  # the filter stays where it is
    assertContains(response, "Lò gốm")


def test_list_says_where_an_old_place_is_today(officer):
    old = AdministrativeUnit.objects.communes().filter(
        label="Thị trấn Trà Cú, huyện Trà Cú, tỉnh Trà Vinh", division="old"
    )
    FacilityFactory(unit=old.get())
    assertContains(officer.get(LIST), "Nay thuộc xã Trà Cú, tỉnh Vĩnh Long.")


# Entry


def test_officer_adds_a_facility(officer, house, typed):
    response = officer.post("/co-so/moi/", typed | {"capital": "1,5 tỷ", "tax_code": TAX_CODE})
    facility = Facility.objects.get()
    assertContains(officer.get(response.url), "Đã thêm cơ sở “Lò gốm Mang Thít”.")
    assertRedirects(response, f"/co-so/{facility.pk}/")
    assert (facility.capital, facility.owner, facility.created_by) == (1_500_000_000, house.centre, house.officer)
    assert AuditEntry.objects.about(facility).get().action == "facility.create"


def test_officer_goes_on_to_the_next_facility(officer, typed):
    response = officer.post("/co-so/moi/", typed | {"luu": "them"})
    assertRedirects(response, "/co-so/moi/")
    assert Facility.objects.count() == 1


def test_officer_comes_back_to_where_the_facility_was_needed(officer, typed):
    assertContains(officer.get("/co-so/moi/?tiep=/de-an/7/sua/thu-huong/"), 'value="/de-an/7/sua/thu-huong/"')
    response = officer.post("/co-so/moi/", typed | {"tiep": "/tro-giup/"})
    assertRedirects(response, "/tro-giup/", fetch_redirect_response=False)


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil"])
def test_the_way_back_leads_nowhere_else(officer, typed, target):
    response = officer.post("/co-so/moi/", typed | {"tiep": target})
    assertRedirects(response, Facility.objects.get().get_absolute_url(), fetch_redirect_response=False)


def test_wrong_entry_keeps_everything_typed_and_links_to_the_fields(officer, typed):
    response = officer.post(
        "/co-so/moi/", typed | {"capital": "-5", "note": "ghi <b>chú</b>", "license_on": "31/02/2026"}
    )
    assert response.status_code == 200
    assertContains(response, "<title>Lỗi: Cơ sở mới – Khuyến công</title>", html=True)
    assertContains(response, "Còn 2 chỗ cần sửa")
    assertContains(response, '<a href="#id_capital">')
    assertContains(response, 'value="31/02/2026"')
    assertContains(response, "ghi &lt;b&gt;chú&lt;/b&gt;")
    assert Facility.objects.count() == 0


def test_entry_without_anything_says_what_is_needed(officer):
    response = officer.post("/co-so/moi/", {})
    assert set(response.context["form"].errors) == {"name", "legal_form", "unit"}


def test_taken_tax_code_shows_the_facility_with_a_link(officer, typed):
    twin = FacilityFactory(name="Gạch Cái Nhum", tax_code=TAX_CODE, legal_form=LegalForm.SME)
    response = officer.post("/co-so/moi/", typed | {"tax_code": TAX_CODE})
    assertContains(response, "Mã số thuế này đã có ở cơ sở “Gạch Cái Nhum”")
    assertContains(response, f'href="/co-so/{twin.pk}/" target="_blank"')


def test_look_alike_is_shown_and_saved_only_with_a_word(officer, typed):
    twin = FacilityFactory(name="Lò Gốm Mang Thít")
    response = officer.post("/co-so/moi/", typed)
    assertContains(response, "Có thể cơ sở này đã được nhập.")
    assertContains(response, f'href="/co-so/{twin.pk}/" target="_blank"')
    assertContains(response, '<input type="checkbox" name="confirmed"')
    assert Facility.objects.count() == 1
    officer.post("/co-so/moi/", typed | {"confirmed": "on"})
    assert Facility.objects.count() == 2


def test_confirmed_look_alike_with_another_mistake_stays_confirmed(officer, typed):
    FacilityFactory(name="Lò Gốm Mang Thít")
    response = officer.post("/co-so/moi/", typed | {"confirmed": "on", "capital": "-5"})
    assert set(response.context["form"].errors) == {"capital"}
    assertContains(response, 'id="id_confirmed" checked')


def test_officer_mends_a_facility(officer, house):
    facility = FacilityFactory(name="Lò gốm", labour_count=5, capital=1_000_000, created_by=house.officer)
    url = f"/co-so/{facility.pk}/sua/"
    response = officer.post(url, opened(officer, url) | {"labour_count": "9"})
    assertRedirects(response, f"/co-so/{facility.pk}/")
    entry = AuditEntry.objects.about(facility).get()
    assert entry.changes == [["số lao động", "5", "9"]]


def test_heads_name_the_facility_as_stored_while_its_name_is_wrong(officer, house):
    facility = FacilityFactory(name="Lò gốm", created_by=house.officer)
    url = f"/co-so/{facility.pk}/sua/"
    response = officer.post(url, opened(officer, url) | {"name": "???"})
    assertContains(response, "<title>Lỗi: Sửa Lò gốm – Khuyến công</title>", html=True)


def test_two_tabs_meet_in_a_choice(officer, client, house):
    facility = FacilityFactory(name="Lò gốm", labour_count=5, phone="0270 3 822 000", created_by=house.officer)
    url = f"/co-so/{facility.pk}/sua/"
    first, second = opened(officer, url), opened(officer, url)
    officer.post(url, first | {"labour_count": "7", "phone": "0903 000 000"})

    response = officer.post(url, second | {"labour_count": "9", "products": "Gạch tàu"})
    assert response.status_code == 200
    rows = [(row.bound_field.name, row.mine, row.theirs, row.keep) for row in response.context["form"].conflicts]
    assert rows == [
        ("phone", "0270 3 822 000", "0903 000 000", "theirs"),
        ("labour_count", "9", "7", "mine"),
    ]
    assertContains(response, "Có người vừa sửa hồ sơ này")
    stored = Facility.objects.get()
    assert (stored.labour_count, stored.products, stored.version) == (7, "", 2)

    again = second | {"labour_count": "9", "products": "Gạch tàu", "version": "2"}
    again |= {"keep-labour_count": "mine", "keep-phone": "theirs"}
    assertRedirects(officer.post(url, again), f"/co-so/{facility.pk}/")
    stored = Facility.objects.get()
    assert (stored.labour_count, stored.phone, stored.products) == (9, "0903 000 000", "Gạch tàu")


def test_choosing_the_stored_value_gives_it_back(officer, house):
    facility = FacilityFactory(labour_count=5, created_by=house.officer)
    url = f"/co-so/{facility.pk}/sua/"
    first, second = opened(officer, url), opened(officer, url)
    officer.post(url, first | {"labour_count": "7"})
    officer.post(url, second | {"labour_count": "9", "version": "2", "keep-labour_count": "theirs"})
    assert Facility.objects.get().labour_count == 7


def test_facility_moved_out_of_sight_leads_to_the_list(client, house):
    client.force_login(house.second_reviewer)  # of the department; the centre keeps the record
    facility = FacilityFactory(created_by=house.officer)
    url = f"/co-so/{facility.pk}/sua/"
    response = client.post(url, opened(client, url) | {"unit": str(commune_of(thai_nguyen()))})
    assertRedirects(response, LIST)


# Who


@pytest.mark.parametrize("who", ["director", "accountant", "viewer"])
def test_readers_find_no_way_in_and_no_door(client, house, who):
    client.force_login(getattr(house, who))
    facility = FacilityFactory(created_by=house.officer)
    assertNotContains(client.get(LIST), "/co-so/moi/")
    for url in ("/co-so/moi/", f"/co-so/{facility.pk}/sua/", "/co-so/kiem-tra/?name=a"):
        assertContains(client.get(url), "Chỉ chuyên viên", status_code=403)
    assert client.post("/co-so/moi/", {"name": "Lò gốm"}).status_code == 403
    assert client.post(f"/co-so/{facility.pk}/sua/", {"name": "Lò gốm"}).status_code == 403
    assert AuditEntry.objects.count() == 0


def test_rows_of_other_provinces_do_not_exist(client, house):
    facility = FacilityFactory(created_by=house.officer)
    client.force_login(stories.make_house(thai_nguyen(), "Thái Nguyên").officer)
    for url in (f"/co-so/{facility.pk}/sua/", f"/co-so/{facility.pk}/"):
        assert client.get(url).status_code == 404
    assert client.post(f"/co-so/{facility.pk}/sua/", {"name": "Của tôi"}).status_code == 404
    assert names_on(client.get(LIST)) == []


@pytest.mark.parametrize("pk", ["0", "99999999999999999999999999"])
def test_numbers_that_no_facility_has_are_not_found(officer, pk):
    assert officer.get(f"/co-so/{pk}/sua/").status_code == 404


def test_regional_centre_reads_but_does_not_mend(client, house):
    region = OrganisationFactory(kind=OrganisationKind.REGIONAL_CENTRE, areas=[house.province])
    client.force_login(UserFactory(organisation=region, role=Role.OFFICER))
    facility = FacilityFactory(created_by=house.officer)
    assert names_on(client.get(LIST)) == [facility.name]
    assert client.get(f"/co-so/{facility.pk}/sua/").status_code == 403


def test_entry_needs_the_token_of_its_session(house, typed):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(house.officer)
    assertContains(strict.post("/co-so/moi/", typed), "Trang đã mở quá lâu", status_code=403)
    token = strict.get("/co-so/moi/").context["csrf_token"]
    assert strict.post("/co-so/moi/", typed | {"csrfmiddlewaretoken": str(token)}).status_code == 302


def test_reading_changes_nothing(officer, house):
    facility = FacilityFactory(created_by=house.officer)
    for url in (LIST, "/co-so/moi/", f"/co-so/{facility.pk}/sua/", "/co-so/chon/?q=a", "/co-so/kiem-tra/?name=a"):
        officer.get(url)
    assert (AuditEntry.objects.count(), Facility.objects.get().version) == (0, 1)


# Partials


def test_options_suggest_with_code_and_place(officer):
    facility = FacilityFactory(name="Lò gốm Mang Thít", tax_code=TAX_CODE, legal_form="sme")
    FacilityFactory(name="Lò gốm Tân Cương", unit=commune_of(thai_nguyen()))
    response = officer.get("/co-so/chon/?form-0-facility=lo gom")
    label = f"Lò gốm Mang Thít – {TAX_CODE} – {facility.unit}"
    assertContains(response, f'data-value="{label}"', count=1)
    assertContains(response, 'role="option"', count=1)
    assertContains(response, "Doanh nghiệp nhỏ và vừa")


@pytest.mark.parametrize("query", ["", "?q=", "?q=khong-co", "?q=%00", "?q=" + "x" * 60_000])
def test_options_of_nothing_teach(officer, query):
    assertContains(officer.get("/co-so/chon/" + query), "Không có kết quả")


def test_options_never_end(officer, house):
    for number in range(14):
        FacilityFactory(name=f"Lò gốm {number}", created_by=house.officer)
    assertContains(officer.get("/co-so/chon/?q=lo gom"), 'role="option"', count=12)


def test_check_shows_the_twins_while_typing(officer, typed):
    same_name = FacilityFactory(name="Cơ sở lò gốm Mang Thít")
    same_code = FacilityFactory(name="Gạch Cái Nhum", tax_code=TAX_CODE, legal_form="sme")
    response = officer.get("/co-so/kiem-tra/", typed | {"tax_code": TAX_CODE, "pk": ""})
    assertContains(response, f'href="/co-so/{same_name.pk}/"')
    assertContains(response, f'href="/co-so/{same_code.pk}/"')


def test_check_of_a_facility_does_not_meet_itself(officer, typed):
    own = FacilityFactory(name="Lò gốm Mang Thít", tax_code=TAX_CODE)
    response = officer.get("/co-so/kiem-tra/", typed | {"tax_code": TAX_CODE, "pk": own.pk})
    assert response.text.strip() == ""


@pytest.mark.parametrize(
    "typed",
    [{}, {"name": "Lò"}, {"pk": "abc"}, {"pk": "9" * 30}, {"name": "\x00", "unit": "\x00"}, {"unit": "%" * 900}],
)
def test_check_of_half_an_entry_is_quiet(officer, typed):
    response = officer.get("/co-so/kiem-tra/", typed)
    assert (response.status_code, response.text.strip()) == (200, "")


def test_old_tax_code_is_added_shown_and_taken_back(officer, house):
    facility = FacilityFactory(created_by=house.officer)
    address = reverse("beneficiaries:aliases", args=[facility.pk])

    assertContains(officer.post(address, {"tax_code": "", "name": ""}), "Nhập mã số thuế cũ hoặc tên cũ.")
    assertContains(officer.post(address, {"tax_code": "0100233489"}), "Mã số thuế")
    assertRedirects(officer.post(address, {"tax_code": "0100 233 488", "note": "Trước 2021"}), address)

    alias = facility.aliases.get()
    assert (alias.tax_code, alias.note) == (TAX_CODE, "Trước 2021")
    assertContains(officer.get(facility.get_absolute_url()), TAX_CODE)
    assertContains(officer.post(address, {"tax_code": TAX_CODE}), "đã ghi cho cơ sở")
    assertRedirects(officer.post(reverse("beneficiaries:alias_remove", args=[alias.pk])), address)
    assert not facility.aliases.exists()
