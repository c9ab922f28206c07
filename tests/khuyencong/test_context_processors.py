import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from khuyencong.context_processors import NAVIGATION, portal
from khuyencong.models import User
from tests.factories import UserFactory


def shell(rf, path, user):
    request = rf.get(path)
    request.user = user
    return portal(request)["portal"]


def test_stranger_gets_no_navigation(rf):
    assert shell(rf, "/dang-nhap/", AnonymousUser()) == {"organisation": None, "navigation": (), "is_demo": False}


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/", "Việc của tôi"),
        ("/de-an/", "Đề án"),
        ("/de-an/7/sua/kinh-phi/", "Đề án"),
        ("/ke-hoach/3/", "Kế hoạch"),
        ("/chuong-trinh/3/", "Chương trình"),
        ("/co-so/moi/", "Cơ sở CNNT"),
        ("/ban-giao/", "Bàn giao"),
        ("/danh-gia/3/thay-doi/", "Đánh giá"),
        ("/tim-kiem/", None),
    ],
)
def test_navigation_marks_where_one_is(rf, path, current):
    items = shell(rf, path, User())["navigation"]
    assert [item.label for item in items if item.is_current] == ([current] if current else [])
    assert [item.url for item in items] == [reverse(name) for _label, name, _starts in NAVIGATION]


@pytest.mark.django_db
def test_shell_asks_for_the_organisation_alone(rf, django_assert_num_queries):
    user = User.objects.get(pk=UserFactory(is_demo=True).pk)
    with django_assert_num_queries(1):
        shown = shell(rf, "/", user)
    assert (shown["organisation"], shown["is_demo"]) == (user.organisation, True)
