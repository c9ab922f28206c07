import pytest

from khuyencong.alphabet import Alphabetical
from khuyencong.models import Organisation, User
from programs.models import AnnualPlan, Program
from tests.factories import OrganisationFactory

# As a dictionary has them: letters first, then tones; capitals and accents of the database's own order do not count.
NAMES = (
    "An Bình",
    "Ăn Khê",
    "Âu Cơ",
    "Cần Thơ",
    "Da Phước",
    "Đa Phước",
    "Mộc Châu",
    "Ô Môn",
    "Ơ Đu",
    "Tà Lài",
    "Tạ Bú",
)


@pytest.mark.django_db
def test_names_follow_the_vietnamese_alphabet():
    bodies = [OrganisationFactory(name=name) for name in reversed(NAMES)]
    own = Organisation.objects.filter(pk__in=[body.pk for body in bodies])

    assert [body.name for body in own] == list(NAMES)
    assert [body.name for body in own.reverse()] == list(reversed(NAMES))


@pytest.mark.parametrize("model", [Organisation, User, Program, AnnualPlan])
def test_lists_of_names_are_in_alphabetical_order(model):
    name = "full_name" if model is User else "name"
    assert Alphabetical(name) in model._meta.ordering
