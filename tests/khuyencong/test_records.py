"""What every record shares, shown on plans: many check constraints, asked of the database together."""

import pytest
from django.core.exceptions import ValidationError

from khuyencong.models import AdministrativeUnit
from programs.models import AnnualPlan
from tests.factories import AnnualPlanFactory, OrganisationFactory, ProgramFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_record_asks_once_for_all_its_check_constraints(django_assert_num_queries):
    plan = AnnualPlanFactory()
    excluded = {"program", "decision_issuer"}  # leaves the two unique constraints aside
    with django_assert_num_queries(3):  # the question, between its savepoint and the release
        plan.validate_constraints(exclude=excluded)


def test_record_names_each_broken_check_constraint():
    plan = AnnualPlanFactory()
    plan.year, plan.decision_number = 1066, "10/QĐ-UBND"
    with pytest.raises(ValidationError) as refusal:
        plan.validate_constraints()
    assert refusal.value.messages == [
        "Năm kế hoạch trong khoảng 1990-2100; đợt từ 1.",
        "Chỉ kế hoạch đã phê duyệt mới có, và phải có, quyết định.",
    ]


def test_record_leaves_out_checks_of_excluded_fields():
    plan = AnnualPlanFactory()
    plan.year, plan.decision_number = 1066, "10/QĐ-UBND"
    with pytest.raises(ValidationError) as refusal:
        plan.validate_constraints(exclude={"year"})
    assert refusal.value.messages == ["Chỉ kế hoạch đã phê duyệt mới có, và phải có, quyết định."]


def test_record_asks_for_none_of_the_rows_it_was_given(django_assert_num_queries):
    plan = AnnualPlanFactory.build(
        program=ProgramFactory(), owner=OrganisationFactory(), created_by=UserFactory(), updated_by=UserFactory()
    )
    with django_assert_num_queries(0):
        plan.clean_fields(exclude={"province"})


def test_stored_record_asks_once_for_all_that_it_points_to(django_assert_num_queries):
    plan = AnnualPlan.objects.get(pk=AnnualPlanFactory().pk)
    with django_assert_num_queries(1):
        plan.clean_fields()


def test_record_that_comes_to_point_to_nothing_is_refused():
    plan = AnnualPlan.objects.get(pk=AnnualPlanFactory().pk)
    plan.owner_id = plan.updated_by_id = 999_999_999
    with pytest.raises(ValidationError) as refusal:
        plan.clean_fields()
    assert set(refusal.value.message_dict) == {"owner", "updated_by"}


def test_record_given_a_row_that_is_not_saved_is_refused():
    plan = AnnualPlan.objects.get(pk=AnnualPlanFactory().pk)
    plan.program = ProgramFactory.build(id=999_999_999)
    with pytest.raises(ValidationError) as refusal:
        plan.clean_fields()
    assert set(refusal.value.message_dict) == {"program"}


def test_record_may_point_to_rows_of_one_kind_alone():
    program = ProgramFactory.build(
        owner=OrganisationFactory(), created_by=UserFactory(), updated_by=UserFactory(),
        area=AdministrativeUnit.objects.filter(level="commune").first(),
    )  # fmt: skip
    with pytest.raises(ValidationError) as refusal:
        program.clean_fields(exclude={"province"})
    assert set(refusal.value.message_dict) == {"area"}
