import pytest
from django.core.exceptions import PermissionDenied

from beneficiaries.models import Facility
from khuyencong.models import OrganisationKind, Role
from khuyencong.permissions import belongs_to, family_q, outsider_refusal, require
from tests import stories
from tests.factories import FacilityFactory, OrganisationFactory, UserFactory, thai_nguyen


@pytest.fixture
def house():
    return stories.make_house()


@pytest.fixture
def people(house):
    """People of the department, its centre and a sister body, and of bodies that are no kin."""
    sister = OrganisationFactory(name="Phòng Quản lý công nghiệp", parent=house.department)
    region = OrganisationFactory(
        kind=OrganisationKind.REGIONAL_CENTRE, name="Trung tâm 2", areas=[house.province, thai_nguyen()]
    )
    return {
        "centre": house.officer,
        "department": house.director,
        "sister": UserFactory(organisation=sister),
        "region": UserFactory(organisation=region),
        "elsewhere": stories.make_house(thai_nguyen(), "Thái Nguyên").officer,
        "nobody": UserFactory(organisation=None, role=Role.ADMIN),
    }


KIN = {
    ("centre", "centre"), ("centre", "department"), ("centre", "sister"),
    ("department", "centre"), ("department", "department"), ("department", "sister"),
    ("sister", "centre"), ("sister", "department"), ("sister", "sister"),
    ("region", "region"), ("elsewhere", "elsewhere"),
}  # fmt: skip


@pytest.mark.django_db
def test_records_belong_to_a_body_its_parent_and_its_sisters(people):
    keepers = {name: person for name, person in people.items() if person.organisation}
    records = {name: FacilityFactory(created_by=keeper) for name, keeper in keepers.items()}
    kin = {(who, whose) for who in people for whose in records if belongs_to(people[who], records[whose])}
    assert kin == KIN


@pytest.mark.django_db
def test_family_filter_says_the_same_as_the_predicate(people):
    for person in people.values():
        if person.organisation:
            FacilityFactory(created_by=person)
    for person in people.values():
        allowed = {row for row in Facility.objects.all() if belongs_to(person, row)}
        assert set(Facility.objects.filter(family_q(person))) == allowed


@pytest.mark.django_db
def test_outsider_is_told_whose_record_it_is(people):
    record = FacilityFactory(created_by=people["centre"])
    assert outsider_refusal(people["department"], record) is None
    assert outsider_refusal(people["region"], record) == (
        "Hồ sơ do Trung tâm Khuyến công tỉnh Vĩnh Long quản lý; ông/bà chỉ được xem."
    )


def test_require_raises_with_its_sentence():
    require(True, "không hiện")
    with pytest.raises(PermissionDenied, match="Việc của người khác"):
        require(False, "Việc của người khác")
