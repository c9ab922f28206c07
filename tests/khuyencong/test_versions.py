import pytest
from django.core.exceptions import ValidationError

from beneficiaries.models import Facility
from khuyencong.models import AuditEntry
from khuyencong.versions import StaleVersionError, bump_version, save_record
from tests.factories import FacilityFactory, UserFactory

ACT = {"action": "facility.edit", "label": "Sửa cơ sở", "fields": ("name", "labour_count", "tax_code")}


@pytest.fixture
def facility():
    return FacilityFactory(name="Lò gốm", labour_count=5)


@pytest.fixture
def person():
    return UserFactory(full_name="Trần Thị Bé")


@pytest.mark.django_db
def test_new_record_starts_at_version_one(person):
    built = FacilityFactory.build(
        name="Lò mới", unit=FacilityFactory().unit, industry=None, owner=person.organisation, created_by=person
    )
    saved = save_record(built, by=person, **ACT)
    assert (saved.version, saved.created_by, saved.updated_by) == (1, person, person)
    assert AuditEntry.objects.about(saved).get().changes == [["tên cơ sở", "", "Lò mới"]]


@pytest.mark.django_db
def test_saving_raises_the_version_and_tells_the_change(facility, person):
    facility.labour_count = 9
    save_record(facility, by=person, expected_version=1, more_changes=[("Ghi thêm", "", "x")], **ACT)
    stored = Facility.objects.get()
    assert (stored.version, stored.labour_count, stored.updated_by) == (2, 9, person)
    assert stored.created_by != person
    [entry] = AuditEntry.objects.about(facility)
    assert (entry.actor, entry.changes) == (person, [["số lao động", "5", "9"], ["Ghi thêm", "", "x"]])


@pytest.mark.django_db
def test_saving_what_did_not_change_leaves_no_entry(facility, person):
    save_record(facility, by=person, expected_version=1, **ACT)
    assert (Facility.objects.get().version, AuditEntry.objects.count()) == (2, 0)


@pytest.mark.django_db
def test_stale_save_changes_nothing_and_knows_what_is_stored(facility, person):
    mine = Facility.objects.get()
    facility.labour_count = 7
    save_record(facility, by=person, expected_version=1, **ACT)
    mine.labour_count = 9

    with pytest.raises(StaleVersionError) as caught:
        save_record(mine, by=UserFactory(), expected_version=1, **ACT)

    assert caught.value.current == facility
    assert (caught.value.current.labour_count, caught.value.code) == (7, "stale")
    assert caught.value.messages[0].startswith("Trần Thị Bé đã lưu hồ sơ này sau khi ông/bà mở trang.")
    assert (Facility.objects.get().labour_count, AuditEntry.objects.count()) == (7, 1)


@pytest.mark.django_db
@pytest.mark.parametrize("seen", [0, 2, 99])
def test_version_that_was_never_stored_counts_as_stale(facility, person, seen):
    with pytest.raises(StaleVersionError):
        save_record(facility, by=person, expected_version=seen, **ACT)


@pytest.mark.django_db
def test_invalid_record_is_not_saved(facility, person):
    facility.name = ""
    with pytest.raises(ValidationError) as caught:
        save_record(facility, by=person, expected_version=1, **ACT)
    assert list(caught.value.message_dict) == ["name"]
    assert (Facility.objects.get().name, Facility.objects.get().version) == ("Lò gốm", 1)


@pytest.mark.django_db
def test_code_that_someone_else_saves_at_the_same_moment_is_told_as_taken(facility, person):
    facility.tax_code = "0100233488"

    def let_another_save(exclude):
        """The last check before the saving: meanwhile another row takes the code."""
        if not Facility.objects.filter(tax_code="0100233488").exists():
            FacilityFactory(tax_code="0100233488", legal_form="sme")

    facility.validate_constraints = let_another_save
    with pytest.raises(ValidationError, match="đã có ở một cơ sở khác"):
        save_record(facility, by=person, expected_version=1, **ACT)
    assert Facility.objects.get(pk=facility.pk).tax_code is None


@pytest.mark.django_db
def test_bump_version_locks_without_saving(facility, person):
    bumped = bump_version(facility, by=person, expected_version=1)
    assert (bumped.version, bumped.updated_by) == (2, person)
    assert Facility.objects.get().version == 1
    with pytest.raises(StaleVersionError):
        bump_version(facility, by=person, expected_version=7)
    assert bump_version(facility, by=person, expected_version=None).version == 2
