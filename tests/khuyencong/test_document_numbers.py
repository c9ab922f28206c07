from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction

from khuyencong.documents.numbers import (
    count_of,
    given_number,
    next_number,
    number_text,
    series_of,
    take_count,
    take_number,
)
from khuyencong.models import Counter
from tests.factories import IssuedDocumentFactory, OrganisationFactory
from tests.khuyencong.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    return OrganisationFactory()


def test_each_body_symbol_and_year_counts_by_itself_from_one(centre):
    department = OrganisationFactory(symbol="SCT")
    taken = [
        take_number(centre, "BB-TTKC", 2026), take_number(centre, "BB-TTKC", 2026),
        take_number(centre, "TTr-TTKC", 2026), take_number(centre, "BB-TTKC", 2027),
        take_number(department, "BB-TTKC", 2026),
    ]  # fmt: skip
    assert taken == ["01/BB-TTKC", "02/BB-TTKC", "01/TTr-TTKC", "01/BB-TTKC", "01/BB-TTKC"]


def test_zero_stands_before_numbers_below_ten_alone():
    assert [number_text(9, "BB"), number_text(10, "BB"), number_text(1234, "QĐ-UBND")] == [
        "09/BB", "10/BB", "1234/QĐ-UBND",
    ]  # fmt: skip
    assert [count_of("09/BB"), count_of("1234/QĐ-UBND"), count_of("TB-7")] == [9, 1234, None]


def test_next_number_takes_nothing(centre):
    assert [next_number(centre, "BB-TTKC", 2026), next_number(centre, "BB-TTKC", 2026)] == ["01/BB-TTKC"] * 2
    assert Counter.objects.count() == 0
    assert take_number(centre, "BB-TTKC", 2026) == "01/BB-TTKC"
    assert next_number(centre, "BB-TTKC", 2026) == "02/BB-TTKC"


def test_numbers_given_by_hand_are_passed_over_even_after_their_paper_was_revoked(centre):
    IssuedDocumentFactory(series=series_of(centre, "BB-TTKC"), year=2026, number=2)
    IssuedDocumentFactory(series=series_of(centre, "BB-TTKC"), year=2026, number=3, is_revoked=True)
    IssuedDocumentFactory(series=series_of(centre, "BB-TTKC"), year=2025, number=4)
    assert [take_count(centre, "BB-TTKC", 2026) for _turn in range(3)] == [1, 4, 5]


def test_number_of_an_act_that_failed_is_given_again(centre):
    with transaction.atomic():
        take_number(centre, "BB-TTKC", 2026)
        transaction.set_rollback(True)
    assert take_number(centre, "BB-TTKC", 2026) == "01/BB-TTKC"


@pytest.mark.parametrize("typed", ["7", "07", " 007 ", "７", "7/bb-ttkc", "07 / BB-TTKC"])
def test_number_by_hand_is_brought_into_the_form_of_the_series(centre, typed):
    assert given_number(typed, centre, "BB-TTKC", 2026) == "07/BB-TTKC"


@pytest.mark.parametrize(
    ("typed", "code"),
    [("", "form"), ("bảy", "form"), ("0", "form"), ("-3", "form"), ("123456", "form"), ("7/BB-SCT", "symbol")],
)
def test_number_by_hand_of_another_form_is_refused(centre, typed, code):
    with pytest.raises(ValidationError) as refusal:
        given_number(typed, centre, "BB-TTKC", 2026)
    assert refusal.value.code == code


def test_number_by_hand_that_was_given_is_refused_with_the_next_free_one(centre):
    take_number(centre, "BB-TTKC", 2026)
    IssuedDocumentFactory(series=series_of(centre, "BB-TTKC"), year=2026, number=2)
    for typed in ("1", "2"):
        with pytest.raises(ValidationError) as refusal:
            given_number(typed, centre, "BB-TTKC", 2026)
        assert refusal.value.messages == [
            f"Số 0{typed}/BB-TTKC của năm 2026 đã cấp. Số tiếp theo còn trống là 03/BB-TTKC."
        ]


def test_series_of_a_body_outside_the_portal_goes_by_its_name(centre):
    assert series_of("Ủy ban nhân dân tỉnh Vĩnh Long", "QĐ-UBND") == "uy ban nhan dan tinh vinh long:QĐ-UBND"
    assert len(series_of("ă" * 300, "QĐ-UBND")) <= 120


def test_series_that_minutes_had_before_goes_on(centre):
    nameless = OrganisationFactory(symbol="")
    Counter.objects.create(key=f"handover:{centre.pk}:2026", value=5)
    Counter.objects.create(key=f"handover:{nameless.pk}:2026", value=1)
    migration = import_module("khuyencong.migrations.0007_number_series")
    migration.to_series(apps, None)
    assert [take_number(centre, "BB-TTKC", 2026), take_number(nameless, "BB", 2026)] == ["06/BB-TTKC", "02/BB"]
    migration.back(apps, None)
    assert dict(Counter.objects.values_list("key", "value")) == {
        f"handover:{centre.pk}:2026": 6, f"handover:{nameless.pk}:2026": 2,
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_people_at_the_same_moment_never_share_a_number():
    centre = OrganisationFactory()
    taken = at_once(lambda _person: [take_count(centre, "BB-TTKC", 2026) for _turn in range(4)], range(3))
    assert sorted(number for numbers in taken for number in numbers) == list(range(1, 13))
