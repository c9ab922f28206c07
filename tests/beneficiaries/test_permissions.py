import pytest

from beneficiaries.permissions import can_create_facility, can_edit_facility
from khuyencong.models import OrganisationKind, Role
from tests import stories
from tests.factories import FacilityFactory, OrganisationFactory, UserFactory, commune_of, thai_nguyen

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return stories.make_house()


@pytest.mark.parametrize("role", Role)
def test_officers_and_heads_of_unit_keep_the_register(house, role):
    person = UserFactory(role=role, organisation=house.centre)
    expected = role in (Role.OFFICER, Role.REVIEWER)
    assert can_create_facility(person) is expected
    assert can_edit_facility(person, FacilityFactory(created_by=house.officer)) is expected


def test_nobody_without_a_body_keeps_the_register():
    person = UserFactory(organisation=None)
    assert can_create_facility(person) is False
    assert can_edit_facility(person, FacilityFactory()) is False


def test_every_body_of_the_province_mends_its_facilities(house):
    entered_by_others = FacilityFactory()
    assert can_edit_facility(house.officer, entered_by_others) is True
    assert can_edit_facility(stories.make_house(thai_nguyen(), "Thái Nguyên").officer, entered_by_others) is False


def test_regional_centre_mends_only_what_it_entered(house):
    region = OrganisationFactory(kind=OrganisationKind.REGIONAL_CENTRE, areas=[house.province, thai_nguyen()])
    person = UserFactory(organisation=region)
    assert can_edit_facility(person, FacilityFactory(created_by=house.officer)) is False
    own = FacilityFactory(created_by=person, unit=commune_of(thai_nguyen()))
    assert can_edit_facility(person, own) is True
