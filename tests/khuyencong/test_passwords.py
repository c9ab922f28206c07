import pytest
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError

from khuyencong.models import User


def test_rules_are_told_in_the_words_of_the_portal():
    assert password_validators_help_texts() == [
        "Mật khẩu không được giống tên, thư điện tử của ông/bà.",
        "Mật khẩu có ít nhất 9 ký tự.",
        "Mật khẩu không được là mật khẩu nhiều người dùng.",
        "Mật khẩu không được chỉ gồm chữ số.",
    ]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Kx7!qP2", ["Mật khẩu quá ngắn: cần ít nhất 9 ký tự."]),
        ("nguyenthihoa", ["Mật khẩu quá giống “Tên đăng nhập” của ông/bà."]),
        ("password123", ["Mật khẩu này nhiều người dùng, dễ bị đoán: đặt mật khẩu khác."]),
        ("4820571936", ["Mật khẩu không được chỉ gồm chữ số."]),
    ],
)
def test_password_is_refused_with_what_to_do(typed, said):
    with pytest.raises(ValidationError) as refusal:
        validate_password(typed, User(username="nguyenthihoa"))
    assert refusal.value.messages == said
