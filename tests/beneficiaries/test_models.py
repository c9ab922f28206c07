from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from beneficiaries.models import (
    MAY_LACK_TAX_CODE,
    Facility,
    IndustrialCluster,
    Industry,
    LegalForm,
    facility_name_key,
)
from khuyencong.models import UnitSuccession
from tests.factories import FacilityFactory, OrganisationFactory, UserFactory, commune_of, thai_nguyen, vinh_long

TAX_CODE = "0100233488"


def refused(facility):
    """{field: messages} of what the model says against the row."""
    with pytest.raises(ValidationError) as caught:
        facility.full_clean()
    return caught.value.message_dict


@pytest.fixture
def link():
    """An old commune that went whole into one of today's."""
    rows = UnitSuccession.objects.filter(part="whole", predecessor__level="commune", successor__province=vinh_long())
    return rows.select_related("predecessor", "successor").first()


# Constraints


@pytest.mark.django_db
def test_facility_of_the_factory_is_valid():
    FacilityFactory().full_clean()


@pytest.mark.django_db
@pytest.mark.parametrize("legal_form", LegalForm.values)
def test_only_small_forms_of_trade_may_lack_a_tax_code(legal_form):
    facility = FacilityFactory(legal_form=LegalForm.HOUSEHOLD)
    facility.legal_form = legal_form
    if legal_form in MAY_LACK_TAX_CODE:
        facility.full_clean()
    else:
        assert refused(facility) == {"__all__": ["Doanh nghiệp, hợp tác xã phải có mã số thuế."]}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"established_year": 1899}, "Năm thành lập trong khoảng 1900-2100."),
        ({"established_year": 2101}, "Năm thành lập trong khoảng 1900-2100."),
    ],
)
def test_facility_says_what_its_constraints_hold(values, message):
    facility = FacilityFactory()
    for name, value in values.items():
        setattr(facility, name, value)
    assert refused(facility) == {"__all__": [message]}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values",
    [
        {"legal_form": LegalForm.SME, "tax_code": None},
        {"tax_code": ""},
        {"established_year": 1066},
        {"capital": -1},
        {"labour_count": -1},
    ],
)
def test_database_holds_the_constraints_by_itself(values):
    facility = FacilityFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Facility.objects.filter(pk=facility.pk).update(**values)


@pytest.mark.django_db
def test_tax_code_is_one_facilitys_own():
    FacilityFactory(tax_code=TAX_CODE, legal_form=LegalForm.SME)
    second = FacilityFactory()
    second.tax_code = " 0100 233 488"
    assert refused(second) == {"tax_code": ["Mã số thuế này đã có ở một cơ sở khác."]}
    with pytest.raises(IntegrityError), transaction.atomic():
        Facility.objects.filter(pk=second.pk).update(tax_code=TAX_CODE)


@pytest.mark.django_db
def test_many_facilities_may_lack_a_tax_code():
    FacilityFactory(tax_code="")
    FacilityFactory(tax_code=None)
    assert list(Facility.objects.values_list("tax_code", flat=True)) == [None, None]


@pytest.mark.django_db
def test_tax_code_is_checked_and_kept_in_one_form():
    facility = FacilityFactory()
    facility.tax_code = "0314409058 002"
    facility.full_clean()
    assert facility.tax_code == "0314409058-002"
    facility.tax_code = "0100233480"
    assert list(refused(facility)) == ["tax_code"]


@pytest.mark.django_db
def test_industry_is_valid_from_before_it_ends():
    industry = Industry.objects.get(code="a")
    industry.valid_from, industry.valid_to = date(2026, 1, 2), date(2026, 1, 1)
    assert refused(industry) == {"__all__": ["Ngày bắt đầu hiệu lực phải trước ngày hết hiệu lực."]}


@pytest.mark.django_db
def test_people_places_and_bodies_of_a_facility_stay():
    facility = FacilityFactory(created_by=UserFactory())
    cluster = IndustrialCluster.objects.create(name="Cụm Phú Long", unit=facility.unit)
    Facility.objects.update(cluster=cluster)
    for row in (facility.created_by, facility.owner, facility.unit, facility.industry, cluster):
        with pytest.raises(ProtectedError):
            row.delete()


# What saving derives


@pytest.mark.django_db
def test_saving_derives_province_and_keys(link):
    facility = FacilityFactory(
        name=" Cơ  sở Bánh Phồng ", unit=link.predecessor, tax_code="", products="Bánh phồng tôm", license_number="12A"
    )
    assert (facility.name, facility.tax_code, facility.province) == ("Cơ sở Bánh Phồng", None, vinh_long())
    assert facility.name_key == "banh phong"
    for word in ("banh phong tom", "12a", "vinh long"):
        assert word in facility.search_key
    assert str(facility) == "Cơ sở Bánh Phồng"
    assert facility.get_absolute_url() == f"/co-so/{facility.pk}/"


@pytest.mark.django_db
def test_facilities_come_in_vietnamese_order():
    for name in ("Đan lát", "Dệt chiếu", "Ấp Bắc", "An Phú", "Ăn Vặt"):
        FacilityFactory(name=name)
    names = ["An Phú", "Ăn Vặt", "Ấp Bắc", "Dệt chiếu", "Đan lát"]
    assert [facility.name for facility in Facility.objects.all()] == names


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Công ty TNHH Kẹo dừa Hương Quê", "keo dua huong que"),
        ("Cty TNHH MTV Kẹo Dừa Hương Quê", "keo dua huong que"),
        ("CÔNG TY TRÁCH NHIỆM HỮU HẠN MỘT THÀNH VIÊN Kẹo dừa “Hương Quê”", "keo dua huong que"),
        ("HTX Bánh tráng Mỹ Lồng", "banh trang my long"),
        ("Hợp tác xã Bánh tráng - Mỹ Lồng", "banh trang my long"),
        ("DNTN Ba-Son", "ba son"),
        ("Cơ sở", "co so"),
        ("Costa", "costa"),
        ("Hộ kinh doanh Nguyễn Văn Đ.", "nguyen van d"),
        ("!!!", ""),
    ],
)
def test_name_key_leaves_out_the_legal_form(name, key):
    assert facility_name_key(name) == key


# Finding


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    ["lo gom", "LÒ GỐM", "gốm mang", "mang thit gom", "0100233488", "12/dkkd", "gach tau", "vinh long", "lò-gốm"],
)
def test_matching_finds_by_name_code_licence_product_and_place(text):
    wanted = FacilityFactory(
        name="Lò gốm Mang Thít",
        legal_form=LegalForm.SME,
        tax_code=TAX_CODE,
        license_number="12/ĐKKD",
        products="Gạch tàu",
    )
    FacilityFactory(name="Trà Tân Cương", unit=commune_of(thai_nguyen()))
    assert list(Facility.objects.matching(text)) == [wanted]


@pytest.mark.django_db
def test_matching_asks_for_every_word():
    FacilityFactory(name="Lò gốm Mang Thít")
    assert not Facility.objects.matching("lo gom xanh").exists()
    assert Facility.objects.matching("").count() == 1


@pytest.mark.django_db
def test_matching_finds_by_the_place_of_before_and_of_after(link):
    at_old, at_new = FacilityFactory(unit=link.predecessor), FacilityFactory(unit=link.successor)
    for unit in (link.predecessor, link.successor):
        found = set(Facility.objects.matching(unit.name))
        assert {at_old, at_new} <= found


@pytest.mark.django_db
def test_looking_like_meets_the_same_name_in_the_same_commune(link):
    first = FacilityFactory(name="Công ty TNHH An Phú", unit=link.successor, legal_form="sme", tax_code=TAX_CODE)
    FacilityFactory(name="Công ty TNHH An Phú", unit=commune_of(vinh_long(), 50), legal_form="other")
    FacilityFactory(name="Công ty TNHH An Phú Hưng", unit=link.successor, legal_form="other")
    for unit in (link.successor, link.predecessor):
        assert list(Facility.objects.looking_like(name="cty tnhh AN PHU", unit=unit)) == [first]


@pytest.mark.django_db
def test_looking_like_at_an_old_commune_meets_what_stands_in_its_heir_and_the_reverse(link):
    old = FacilityFactory(name="Lò rèn Ba Tơ", unit=link.predecessor)
    assert list(Facility.objects.looking_like(name="LO REN BA TO", unit=link.successor)) == [old]


# Who sees


@pytest.mark.django_db
def test_visible_are_the_rows_of_ones_provinces_and_of_ones_own_body():
    centre = OrganisationFactory(areas=[vinh_long()])
    person = UserFactory(organisation=centre)
    here = FacilityFactory()
    entered_elsewhere = FacilityFactory(unit=commune_of(thai_nguyen()), created_by=person)
    FacilityFactory(unit=commune_of(thai_nguyen()))
    assert set(Facility.objects.visible_to(person)) == {here, entered_elsewhere}


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "count"), [("ministry_dept", 2), ("regional_centre", 0)])
def test_a_ministry_department_sees_every_province(kind, count):
    FacilityFactory()
    FacilityFactory(unit=commune_of(thai_nguyen()))
    person = UserFactory(organisation=OrganisationFactory(kind=kind))
    assert Facility.objects.visible_to(person).count() == count


@pytest.mark.django_db
def test_a_person_without_a_body_sees_nothing_but_the_superuser():
    FacilityFactory()
    nobody = UserFactory(organisation=None)
    assert Facility.objects.visible_to(nobody).count() == 0
    assert Facility.objects.visible_to(UserFactory(organisation=None, is_superuser=True)).count() == 1
