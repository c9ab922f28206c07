import pytest
from django.http import QueryDict

from beneficiaries.forms import FacilityFilterForm, FacilityForm, facility_totals
from beneficiaries.models import Facility, LegalForm
from khuyencong.models import UnitSuccession
from tests import stories
from tests.factories import FacilityFactory, commune_of, thai_nguyen, vinh_long

pytestmark = pytest.mark.django_db
TAX_CODE = "0100233488"


@pytest.fixture
def house():
    return stories.make_house()


@pytest.fixture
def typed(house):
    """What an officer types for a household business, by itself enough to save."""
    return {"name": "Lò gốm Mang Thít", "legal_form": "household_business", "unit": str(commune_of(house.province))}


def form_of(house, typed, instance=None):
    return FacilityForm(typed, instance=instance, user=house.officer)


# Entry


def test_form_reads_what_officers_type(house, typed):
    typed |= {"capital": "1,5 tỷ", "license_on": "5/6/2026", "labour_count": "12", "tax_code": "0100 233 488"}
    form = form_of(house, typed)
    assert form.is_valid(), form.errors
    facility = form.instance
    assert (facility.capital, facility.license_on.isoformat(), facility.labour_count, facility.tax_code) == (
        1_500_000_000, "2026-06-05", 12, TAX_CODE,
    )  # fmt: skip
    assert facility.unit == commune_of(house.province)


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("name", "", "Nhập vào ô này"),
        ("name", "!!!", "Nhập tên cơ sở đúng như giấy đăng ký."),
        ("name", "A" * 401, "250"),
        ("name", "Lò\x00gốm", "ký tự không đọc được"),
        ("legal_form", "vua", "vua"),
        ("legal_form", "", "Chọn một mục"),
        ("unit", "", "Nhập vào ô này"),
        ("unit", "không đâu", "Không tìm thấy"),
        ("unit", "vinh", "Có nhiều kết quả"),
        ("tax_code", "123", "đang có 3"),
        ("tax_code", "0100233480", "Số kiểm tra không khớp"),
        ("tax_code", "abc", "chỉ gồm chữ số"),
        ("capital", "-5", "không được âm"),
        ("capital", "1e9", "Không đọc được"),
        ("revenue", "9" * 20, "quá lớn"),
        ("capital", "1.000.000.000.000.000", "tối đa"),
        ("license_on", "31/02/2025", "không phải ngày có thật"),
        ("license_on", "02/2025", "Không đọc được ngày"),
        ("established_year", "1066", "1900-2100"),
        ("established_year", "99999", "1900-2100"),
        ("labour_count", "-1", "lớn hơn hoặc bằng"),
        ("labour_count", "9999999999999999999", "nhỏ hơn hoặc bằng"),
        ("email", "không phải thư", "email"),
        ("industry", "99999", "lựa chọn"),
        ("cluster", "x", "lựa chọn"),
    ],
)
def test_form_says_what_is_wrong_at_the_field(house, typed, field, text, words):
    form = form_of(house, typed | {field: text})
    assert not form.is_valid()
    said = " ".join(form.errors.get(field) or form.non_field_errors())
    assert words.lower() in said.lower()


def test_enterprise_needs_a_tax_code_and_is_told_once(house, typed):
    form = form_of(house, typed | {"legal_form": "sme"})
    assert form.errors == {"tax_code": ["Nhập mã số thuế: doanh nghiệp, hợp tác xã phải có."]}
    form = form_of(house, typed | {"legal_form": "sme", "tax_code": "123"})
    assert list(form.errors) == ["tax_code"]
    assert len(form.errors["tax_code"]) == 1


def test_taken_tax_code_names_the_facility_that_has_it(house, typed):
    twin = FacilityFactory(name="Gạch Cái Nhum", tax_code=TAX_CODE, legal_form=LegalForm.SME)
    form = form_of(house, typed | {"tax_code": "0100 233 488"})
    assert form.errors == {"tax_code": ["Mã số thuế này đã có ở cơ sở “Gạch Cái Nhum”; so lại với giấy đăng ký."]}
    assert form.same_code == twin


def test_taken_tax_code_of_another_province_keeps_its_name_to_itself(house, typed):
    FacilityFactory(name="Trà Tân Cương", tax_code=TAX_CODE, legal_form=LegalForm.SME, unit=commune_of(thai_nguyen()))
    form = form_of(house, typed | {"tax_code": TAX_CODE})
    assert form.errors == {
        "tax_code": ["Mã số thuế này đã có ở một cơ sở ngoài địa bàn của ông/bà; so lại với giấy đăng ký."]
    }
    assert form.same_code is None


def test_own_tax_code_is_no_duplicate(house, typed):
    own = FacilityFactory(tax_code=TAX_CODE)
    assert form_of(house, typed | {"tax_code": TAX_CODE}, instance=own).is_valid()


def test_look_alike_asks_before_saving_and_takes_a_word(house, typed):
    twin = FacilityFactory(name="Cơ sở Lò Gốm Mang Thít")
    form = form_of(house, typed)
    assert list(form.errors) == ["confirmed"]
    assert form.look_alikes == [twin]
    assert not form["confirmed"].is_hidden
    confirmed = form_of(house, typed | {"confirmed": "on"})
    assert confirmed.is_valid(), confirmed.errors
    assert confirmed.look_alikes == [twin]


def test_look_alike_in_the_commune_of_before_is_met(house, typed):
    rows = UnitSuccession.objects.filter(part="whole", predecessor__level="commune", successor__province=vinh_long())
    link = rows.select_related("predecessor", "successor").first()
    twin = FacilityFactory(name="Lò gốm Mang Thít", unit=link.predecessor)
    assert form_of(house, typed | {"unit": str(link.successor)}).look_alikes == []  # not looked for yet
    form = form_of(house, typed | {"unit": str(link.successor)})
    assert not form.is_valid()
    assert form.look_alikes == [twin]


def test_look_alike_is_silent_about_other_provinces_and_oneself(house, typed):
    own = FacilityFactory(name="Lò gốm Mang Thít")
    assert form_of(house, typed, instance=own).is_valid()
    FacilityFactory(name="Lò gốm Mang Thít", unit=commune_of(thai_nguyen()))
    assert form_of(house, typed, instance=own).is_valid()


def seen(facility):
    return {"initial-name": facility.name, "initial-unit": str(facility.unit)}


def test_facility_kept_beside_its_look_alike_is_not_asked_about_again(house, typed):
    own = FacilityFactory(name="Lò gốm Mang Thít")
    FacilityFactory(name="Lò gốm Mang Thít")
    assert form_of(house, typed | seen(own), instance=own).is_valid()
    renamed = FacilityFactory(name="Tên khác")
    assert list(form_of(house, typed | seen(renamed), instance=renamed).errors) == ["confirmed"]


def test_form_calls_the_tax_code_neither_optional_nor_required(house):
    form = FacilityForm(user=house.officer)
    assert (form["tax_code"].is_optional, form["short_name"].is_optional, form["name"].is_optional) == (
        False, True, False,
    )  # fmt: skip


# Filter


def found(query):
    form = FacilityFilterForm(QueryDict(query))
    return [facility.name for facility in form.filter(Facility.objects.all())]


@pytest.fixture
def three():
    FacilityFactory(name="An Phú", labour_count=9, legal_form="sme", tax_code=TAX_CODE)
    FacilityFactory(name="Đan lát", labour_count=3, unit=commune_of(vinh_long(), 7))
    FacilityFactory(name="Trà Tân Cương", unit=commune_of(thai_nguyen()))


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["An Phú", "Đan lát", "Trà Tân Cương"]),
        ("q=dan+lat", ["Đan lát"]),
        ("q=0100233488", ["An Phú"]),
        ("hinh-thuc=sme", ["An Phú"]),
        ("nganh=a", ["An Phú", "Đan lát", "Trà Tân Cương"]),
        ("nganh=b", []),
        ("dia-ban=Tỉnh Vĩnh Long", ["An Phú", "Đan lát"]),
        ("dia-ban=thai nguyen", ["Trà Tân Cương"]),
        ("dia-ban=khong co dau", []),
        ("hinh-thuc=vua", []),
        ("nganh=zz", []),
        ("q=tan+cuong&hinh-thuc=household_business", ["Trà Tân Cương"]),
        ("sap-xep=-ten", ["Trà Tân Cương", "Đan lát", "An Phú"]),
        ("sap-xep=lao-dong", ["Đan lát", "An Phú", "Trà Tân Cương"]),
        ("sap-xep=-lao-dong", ["An Phú", "Đan lát", "Trà Tân Cương"]),
        ("sap-xep=-mst", ["An Phú", "Trà Tân Cương", "Đan lát"]),
        ("sap-xep=name", ["An Phú", "Đan lát", "Trà Tân Cương"]),
        ("q=" + "a" * 500, []),
        ("q=%00", []),
    ],
)
def test_filter_finds_and_orders(query, names):
    assert found(query) == names


@pytest.mark.usefixtures("three")
def test_filter_by_an_old_place_finds_what_stands_there_today():
    link = UnitSuccession.objects.filter(
        part="whole", predecessor__level="commune", successor=commune_of(vinh_long(), 7)
    ).first()
    assert found(f"dia-ban={link.predecessor}") == ["Đan lát"]
    district = link.predecessor.parent
    assert "Đan lát" in found(f"dia-ban={district}")
    assert "Trà Tân Cương" not in found(f"dia-ban={district}")


def test_filter_tells_the_trade_by_its_short_name_and_the_place_it_took():
    form = FacilityFilterForm(QueryDict("nganh=a&dia-ban=tinh vinh long&hinh-thuc=artisan"))
    assert [words for _name, words in form.describe()][0] == "Hình thức: Nghệ nhân"
    assert [words for _name, words in form.describe()][2] == "Địa bàn: Tỉnh Vĩnh Long"


@pytest.mark.usefixtures("three")
def test_totals_count_facilities_and_workers():
    assert facility_totals(Facility.objects.all()) == {"count": 3, "labour": 12}
    assert facility_totals(Facility.objects.none()) == {"count": 0, "labour": 0}
