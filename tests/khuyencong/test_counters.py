import pytest
from django.db import transaction

from khuyencong.models import Counter
from tests.khuyencong.threads import at_once


@pytest.mark.django_db
def test_each_series_counts_by_itself_from_one():
    assert [Counter.take("a"), Counter.take("a"), Counter.take("b"), Counter.take("a")] == [1, 2, 1, 3]
    assert str(Counter.objects.get(key="a")) == "a: 3"


@pytest.mark.django_db
def test_number_of_an_act_that_failed_is_given_again():
    Counter.take("a")
    with transaction.atomic():
        Counter.take("a")
        transaction.set_rollback(True)
    assert Counter.take("a") == 2


@pytest.mark.django_db(transaction=True)
def test_people_at_the_same_moment_never_share_a_number():
    taken = at_once(lambda _person: [Counter.take("a") for _turn in range(5)], range(4))
    assert sorted(number for numbers in taken for number in numbers) == list(range(1, 21))
