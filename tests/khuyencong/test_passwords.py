import pytest
from django.contrib.auth.hashers import identify_hasher, make_password
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError

from khuyencong import settings as portal_settings
from khuyencong.models import User
from tests.factories import UserFactory

GOOD = "ghe dua tra vinh dem trang"


def test_rules_are_told_in_the_words_of_the_portal():
    assert password_validators_help_texts() == [
        "Mật khẩu không được giống tên, thư điện tử của ông/bà.",
        "Mật khẩu có ít nhất 12 ký tự; dài dễ nhớ hơn rắc rối, được dùng dấu cách và chữ có dấu.",
        "Mật khẩu không được là mật khẩu nhiều người dùng.",
        "Mật khẩu không được chỉ gồm từ quen thuộc, năm, dãy phím hay ký tự lặp.",
    ]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Kx7!qP2", "password_too_short"),
        ("nguyenthihoa1", "password_too_similar"),
        ("Nguyễn Thị Hoa 1", "password_too_similar"),
        ("9876543210987", "guessable"),
        ("manchesterunited", "password_too_common"),
        ("Khuyencong@2026", "guessable"),
        ("Khuyến công Vĩnh Long 2026!", "guessable"),
        ("Matkhau@123456", "guessable"),
        ("aaaaaaaaaaaa", "guessable"),
        ("abcdefghijkl", "guessable"),
        ("qwertyuiop[]", "password_too_common"),
    ],
)
def test_password_is_refused(typed, code):
    with pytest.raises(ValidationError) as refusal:
        validate_password(typed, User(username="nguyenthihoa", full_name="Nguyễn Thị Hoa"))
    assert code in [error.code for error in refusal.value.error_list]
    assert all(error.messages[0].startswith("Mật khẩu") for error in refusal.value.error_list)


@pytest.mark.parametrize(
    "typed",
    [GOOD, "480571936270518", "ĐÊM TRĂNG GHE DỪA", "khuyencong ghe dua dem trang", f"{GOOD} " * 4],
)
def test_any_kind_of_characters_will_do_when_there_are_enough(typed):
    assert validate_password(typed, User(username="nguyenthihoa")) is None


@pytest.fixture
def as_in_production(settings):
    settings.PASSWORD_HASHERS = portal_settings.PASSWORD_HASHERS


def test_passwords_are_hashed_by_argon2(as_in_production):
    kept = make_password(GOOD)
    assert kept.startswith("argon2$argon2id$v=19$m=65536,t=2,p=1$")
    assert identify_hasher(kept).verify(GOOD, kept)


@pytest.mark.django_db
def test_password_hashed_the_old_way_is_hashed_anew_at_sign_in(as_in_production, client):
    user = UserFactory(username="cu")
    User.objects.filter(pk=user.pk).update(password=make_password(GOOD, hasher="pbkdf2_sha256"))
    answer = client.post("/dang-nhap/", {"username": "cu", "password": GOOD})
    user.refresh_from_db()
    assert (answer.status_code, user.password.partition("$")[0]) == (302, "argon2")
