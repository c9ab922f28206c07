"""Two records of one facility become one, and two again."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from beneficiaries import merging
from beneficiaries.merging import merge_facilities, undo_merge
from beneficiaries.models import Facility, FacilityAlias, FacilityMerge
from khuyencong.audit import first_broken_entry
from khuyencong.models import AuditEntry
from projects.models import Beneficiary
from tests import stories
from tests.beneficiaries.products import certified_product
from tests.factories import FacilityFactory


@pytest.fixture
def house(db):
    return stories.make_house()


@pytest.fixture
def twice(house):
    """A facility that has two supports and a product under its other record, and one support of its own."""
    plan = stories.draft_plan(house, budgets={"KCDP": 3_000_000_000})
    gone, keeper = FacilityFactory(created_by=house.officer), FacilityFactory(created_by=house.officer)
    FacilityAlias.objects.create(facility=gone, name="Tên cũ hơn nữa")
    for facility in (gone, gone, keeper):
        stories.complete_project(house, plan, facility=facility)
    certified_product(house, gone)
    return gone, keeper


def told(moved):
    return dict(moved)


def supports(facility):
    return Beneficiary.objects.filter(facility=facility).count()


def test_merging_moves_every_record_and_keeps_the_name(house, twice):
    gone, keeper = twice
    assert told(merging.preview(gone)) == {
        "đơn vị thụ hưởng": 2, "tên, mã số thuế cũ của cơ sở": 1, "sản phẩm công nghiệp nông thôn tiêu biểu": 1,
    }  # fmt: skip
    merge_facilities(gone, keeper, by=house.reviewer, reason="Nhập hai lần.")

    assert (supports(gone), supports(keeper)) == (0, 3)
    assert keeper.certified_products.count() == 1
    assert set(keeper.aliases.values_list("name", flat=True)) == {"Tên cũ hơn nữa", gone.name}
    assert list(Facility.objects.visible_to(house.officer)) == [keeper]
    assert merging.preview(gone) == []
    entries = AuditEntry.objects.filter(action="facility.merge")
    assert {entry.subject_id for entry in entries} == {gone.pk, keeper.pk}
    assert first_broken_entry() is None


def test_undoing_brings_back_what_was_and_leaves_what_came_since(house, twice):
    gone, keeper = twice
    merge = merge_facilities(gone, keeper, by=house.reviewer, reason="Nhập hai lần.")
    certified_product(house, keeper, name="Mật hoa dừa")
    back, stay = merging.undo_preview(merge)
    assert told(back)["đơn vị thụ hưởng"] == 2
    assert told(stay) == {"đơn vị thụ hưởng": 1, "sản phẩm công nghiệp nông thôn tiêu biểu": 1}
    undo_merge(merge, by=house.reviewer)

    assert (supports(gone), supports(keeper)) == (2, 1)
    assert (gone.certified_products.count(), keeper.certified_products.count()) == (1, 1)
    assert [alias.name for alias in gone.aliases.all()] == ["Tên cũ hơn nữa"]
    assert keeper.aliases.count() == 0
    assert set(Facility.objects.visible_to(house.officer)) == {gone, keeper}
    assert AuditEntry.objects.filter(action="facility.unmerge").count() == 2
    with pytest.raises(ValidationError, match="đã được hoàn tác"):
        undo_merge(merge, by=house.reviewer)


def test_two_of_one_project_are_not_merged(house, twice):
    gone, keeper = twice
    project = Beneficiary.objects.filter(facility=gone).first().project
    Beneficiary.objects.create(project=project, facility=keeper)
    with pytest.raises(ValidationError, match="Cả hai cơ sở cùng có"):
        merge_facilities(gone, keeper, by=house.reviewer, reason="Nhập hai lần.")
    assert supports(gone) == 2


def test_undo_is_refused_late_and_after_what_contradicts(house, twice):
    gone, keeper = twice
    merge = merge_facilities(gone, keeper, by=house.reviewer, reason="Nhập hai lần.")
    merge.merged_at = timezone.now() - timedelta(days=merging.UNDO_DAYS + 1)
    assert "trong 30 ngày" in merging.undo_refusals(merge)[0]
    merge.refresh_from_db()
    Beneficiary.objects.filter(pk__in=merge.moved["projects.beneficiary.facility"]).first().delete()
    assert merging.undo_refusals(merge) == [
        "1 đơn vị thụ hưởng trong số đã chuyển nay đã bị bỏ hoặc đổi sang cơ sở khác."
    ]
    third = FacilityFactory(created_by=house.officer)
    merge_facilities(keeper, third, by=house.reviewer, reason="Lại trùng.")
    assert "hoàn tác lần gộp đó trước" in merging.undo_refusals(FacilityMerge.objects.get(pk=merge.pk))[0]


def test_only_heads_of_the_province_merge(house, twice):
    gone, keeper = twice
    for person in (house.officer, house.director, house.viewer):
        with pytest.raises(PermissionDenied):
            merge_facilities(gone, keeper, by=person, reason="Nhập hai lần.")
    with pytest.raises(ValidationError, match="chính nó"):
        merge_facilities(gone, gone, by=house.reviewer, reason="Nhập hai lần.")


def test_pages_name_the_consequence_in_numbers(client, house, twice):
    gone, keeper = twice
    client.force_login(house.reviewer)
    page = f"/co-so/{gone.pk}/gop/"
    answer = client.post(page, {"keeper": keeper.name, "reason": "Nhập hai lần.", "act": "look"})
    assert "<strong>2</strong> đơn vị thụ hưởng" in answer.text
    assert Facility.objects.get(pk=gone.pk).merged_into is None
    answer = client.post(page, {"keeper": keeper.name, "reason": "Nhập hai lần.", "act": "merge"})
    assert answer.headers["Location"] == keeper.get_absolute_url()
    assert client.get(gone.get_absolute_url()).headers["Location"] == keeper.get_absolute_url()

    merge = FacilityMerge.objects.get()
    assert f"/co-so/gop/{merge.pk}/hoan-tac/" in client.get(keeper.get_absolute_url()).text
    answer = client.get(f"/co-so/gop/{merge.pk}/hoan-tac/")
    assert "<strong>2</strong> đơn vị thụ hưởng" in answer.text
    client.post(f"/co-so/gop/{merge.pk}/hoan-tac/")
    assert client.get(gone.get_absolute_url()).status_code == 200
