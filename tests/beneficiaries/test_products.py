"""Certified products: what is kept, who enters it, the list and its sums."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from pytest_django.asserts import assertContains

from beneficiaries import services
from beneficiaries.forms import facility_label
from beneficiaries.models import CertifiedProduct
from khuyencong.models import AuditEntry
from khuyencong.versions import StaleVersionError
from tests import stories
from tests.beneficiaries.products import certified_product
from tests.factories import FacilityFactory, thai_nguyen


@pytest.fixture
def house(db):
    return stories.make_house()


@pytest.fixture
def facility(house):
    return FacilityFactory(created_by=house.officer)


def test_certificate_ends_with_its_third_year_unless_the_paper_says_otherwise(house, facility):
    assert certified_product(house, facility).valid_until == date(2027, 12, 31)
    told = certified_product(house, facility, name="Mật hoa dừa", valid_until=date(2026, 6, 30))
    assert told.valid_until == date(2026, 6, 30)
    alone = certified_product(house, facility, name="Dầu dừa", year=2024, decision_number="", decision_on=None)
    assert alone.valid_until == date(2026, 12, 31)
    assert list(CertifiedProduct.objects.valid_on(date(2027, 1, 1))) == [
        CertifiedProduct.objects.get(name="Kẹo dừa sáp")
    ]


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"decision_on": None}, "Quyết định cần cả số và ngày."),
        ({"valid_until": date(2025, 1, 1)}, "Ngày hết hiệu lực phải từ ngày quyết định trở đi."),
        ({"year": 1889}, "Năm bình chọn trong khoảng 1990-2100."),
    ],
)
def test_what_cannot_be_is_refused_in_words(house, facility, fields, refused):
    with pytest.raises(ValidationError, match=refused):
        certified_product(house, facility, **fields)


def test_same_product_level_and_year_stands_once(house, facility):
    certified_product(house, facility)
    certified_product(house, facility, level="region")
    with pytest.raises(ValidationError, match="Sản phẩm này của cơ sở đã ghi ở cấp và năm đó"):
        certified_product(house, facility)


def test_staff_of_the_province_enter_mend_and_take_back(house, facility):
    product = certified_product(house, facility)
    assert (product.owner, product.province) == (house.centre, house.province)
    for person in (house.director, house.viewer, stories.make_house(thai_nguyen(), "Thái Nguyên").officer):
        with pytest.raises(PermissionDenied):
            services.save_product(product, by=person)
        with pytest.raises(PermissionDenied):
            services.remove_product(product, by=person)
    product.name = "Kẹo dừa sáp Trà Vinh"
    services.save_product(product, by=house.reviewer, expected_version=1)
    product.name = "Kẹo"
    with pytest.raises(StaleVersionError):
        services.save_product(product, by=house.officer, expected_version=1)
    services.remove_product(product, by=house.reviewer)
    labels = AuditEntry.objects.order_by("pk").values_list("label", flat=True)
    assert list(labels)[-3:] == ["Ghi sản phẩm tiêu biểu", "Sửa sản phẩm tiêu biểu", "Bỏ sản phẩm tiêu biểu"]
    assert not CertifiedProduct.objects.exists()


# Pages


def test_officer_enters_a_product_and_finds_it(client, house, facility):
    client.force_login(house.officer)
    assertContains(client.get("/co-so/san-pham/"), "Chưa ghi sản phẩm nào")
    typed = {
        "facility": facility_label(facility), "name": "Kẹo dừa sáp", "group": "food", "level": "province",
        "year": "2025", "decision_number": "881/QĐ-UBND", "decision_on": "15/10/2025", "valid_until": "",
    }  # fmt: skip
    wrong = client.post("/co-so/san-pham/moi/", typed | {"level": ""})
    assert wrong.status_code == 200
    assertContains(wrong, "Kẹo dừa sáp")
    page = client.post("/co-so/san-pham/moi/", typed, follow=True)
    assertContains(page, "Đã ghi “Kẹo dừa sáp, cấp tỉnh năm 2025”.")
    product = CertifiedProduct.objects.get()
    for query in ("q=keo dua", "cap=province", "nam=2025", "nhom=food", "hieu-luc=con"):
        assert list(client.get(f"/co-so/san-pham/?{query}").context["page_obj"]) == [product]
    for query in ("q=gom", "cap=nation", "hieu-luc=het"):
        assert list(client.get(f"/co-so/san-pham/?{query}").context["page_obj"]) == []


def test_products_of_other_provinces_do_not_exist(client, house, facility):
    product = certified_product(house, facility)
    client.force_login(stories.make_house(thai_nguyen(), "Thái Nguyên").officer)
    assert client.get("/co-so/san-pham/").context["totals"]["count"] == 0
    for act in ("sua", "bo"):
        assert client.post(f"/co-so/san-pham/{product.pk}/{act}/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_a_fixed_number_of_queries_and_sums_up(client, house, facility, django_assert_num_queries, count):
    for number in range(count):
        certified_product(house, facility, name=f"Sản phẩm {number}")
    client.force_login(house.viewer)
    with django_assert_num_queries(6):
        totals = client.get("/co-so/san-pham/").context["totals"]
    assert totals == {"count": count, "facilities": 1, "valid": count}
