import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from beneficiaries.models import Facility, Industry, LegalForm
from beneficiaries.services import save_facility
from khuyencong.audit import first_broken_entry
from khuyencong.models import AuditEntry
from khuyencong.versions import StaleVersionError
from tests import stories
from tests.factories import FacilityFactory, commune_of, thai_nguyen

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return stories.make_house()


def new_facility(house, **fields):
    fields = {
        "name": "Lò gốm Mang Thít",
        "legal_form": LegalForm.HOUSEHOLD,
        "unit": commune_of(house.province),
    } | fields
    return Facility(**fields)


def test_new_facility_belongs_to_the_body_of_whoever_enters_it(house):
    facility = save_facility(new_facility(house, industry=Industry.objects.get(code="a")), by=house.officer)
    assert (facility.owner, facility.created_by, facility.province) == (house.centre, house.officer, house.province)
    entry = AuditEntry.objects.about(facility).get()
    assert (entry.action, entry.label, entry.actor) == ("facility.create", "Thêm cơ sở", house.officer)
    assert ["tên cơ sở", "", "Lò gốm Mang Thít"] in entry.changes


def test_changed_facility_keeps_its_body_and_tells_the_change(house):
    facility = save_facility(new_facility(house), by=house.officer)
    facility.labour_count, facility.capital = 12, 1_500_000_000
    save_facility(facility, by=house.second_reviewer, expected_version=1)
    stored = Facility.objects.get()
    assert (stored.owner, stored.updated_by, stored.version) == (house.centre, house.second_reviewer, 2)
    entry = AuditEntry.objects.about(facility).first()
    assert (entry.action, entry.changes) == (
        "facility.edit",
        [["số lao động", "", "12"], ["tổng nguồn vốn (đồng)", "", "1.500.000.000"]],
    )
    assert first_broken_entry() is None


@pytest.mark.parametrize("who", ["director", "viewer", "accountant"])
def test_other_roles_neither_add_nor_change(house, who):
    with pytest.raises(PermissionDenied, match="Chỉ chuyên viên"):
        save_facility(new_facility(house), by=getattr(house, who))
    with pytest.raises(PermissionDenied):
        save_facility(FacilityFactory(created_by=house.officer), by=getattr(house, who))
    assert AuditEntry.objects.count() == 0


def test_officer_of_another_province_does_not_change_it(house):
    stranger = stories.make_house(thai_nguyen(), "Thái Nguyên").officer
    facility = FacilityFactory(created_by=house.officer, name="Lò gốm")
    facility.name = "Của tôi"
    with pytest.raises(PermissionDenied, match="của tỉnh có cơ sở"):
        save_facility(facility, by=stranger)
    assert Facility.objects.get().name == "Lò gốm"


def test_moving_the_place_does_not_open_the_door(house):
    """Whoever may change a facility is decided on where it stands, not on where the form would put it."""
    stranger = stories.make_house(thai_nguyen(), "Thái Nguyên").officer
    facility = FacilityFactory(created_by=house.officer)
    facility.unit = commune_of(thai_nguyen())
    facility.province = thai_nguyen()
    with pytest.raises(PermissionDenied):
        save_facility(facility, by=stranger)
    assert Facility.objects.get().province == house.province


def test_nobody_overwrites_silently(house):
    facility = save_facility(new_facility(house), by=house.officer)
    mine = Facility.objects.get()
    facility.labour_count = 7
    save_facility(facility, by=house.second_officer, expected_version=1)
    mine.labour_count = 9
    with pytest.raises(StaleVersionError) as caught:
        save_facility(mine, by=house.officer, expected_version=1)
    assert caught.value.current.labour_count == 7


def test_invalid_facility_is_refused_in_vietnamese(house):
    with pytest.raises(ValidationError) as caught:
        save_facility(new_facility(house, legal_form=LegalForm.SME), by=house.officer)
    assert caught.value.messages == ["Doanh nghiệp, hợp tác xã phải có mã số thuế."]
    assert Facility.objects.count() == 0
