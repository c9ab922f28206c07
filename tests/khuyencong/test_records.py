"""What every record shares, shown on plans: many check constraints, asked of the database together."""

import pytest
from django.core.exceptions import ValidationError

from tests.factories import AnnualPlanFactory

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
