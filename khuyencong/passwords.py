"""Passwords: how they are hashed, and Django's rules for them told in the words of the portal.

As NIST SP 800-63B has it: long, on no list of known ones, unlike the person and the place; which kinds of characters it
is made of is nobody's business.
"""

import re

from django.contrib.auth import password_validation as rules
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError

from khuyencong.text import fold

# Words that a password of this place is guessed from, folded; longer ones first, so that the rest is really a rest.
LOCAL_WORDS = (
    "khuyencong", "congnghiep", "congthuong", "trungtam", "chuyenvien", "truongphong", "giamdoc", "lanhdao", "ketoan",
    "quantri", "matkhau", "vietnam", "administrator", "password", "welcome", "qwerty", "iloveyou", "anhyeuem",
    "emyeuanh", "toiyeuvietnam", "hanhphuc", "doclap", "tudo", "hanoi", "saigon", "vinhlong", "thainguyen", "soctrang",
    "travinh", "admin", "login", "user", "demo", "abc", "tinh", "so",
)  # fmt: skip
# Fewer different letters than this are a row of repetitions, however long.
LEAST_DIFFERENT = 5
# What is left beside guessable words has to be long enough by itself.
LEAST_OF_ONES_OWN = 6
RUNS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")


class Argon2(Argon2PasswordHasher):
    """Argon2id; 64 MB a time, since eight people may sign in at the same moment on a small server."""

    time_cost = 2
    memory_cost = 64 * 1024
    parallelism = 1


class LongEnough(rules.MinimumLengthValidator):
    def get_error_message(self):
        return f"Mật khẩu quá ngắn: cần ít nhất {self.min_length} ký tự, ví dụ bốn từ không liên quan với nhau."

    def get_help_text(self):
        return f"Mật khẩu có ít nhất {self.min_length} ký tự; dài dễ nhớ hơn rắc rối, được dùng dấu cách và chữ có dấu."


class UnlikeThePerson(rules.UserAttributeSimilarityValidator):
    def __init__(self):
        super().__init__(user_attributes=("username", "full_name", "email"))

    def get_error_message(self):
        return "Mật khẩu quá giống “%(verbose_name)s” của ông/bà."

    def get_help_text(self):
        return "Mật khẩu không được giống tên, thư điện tử của ông/bà."


class Uncommon(rules.CommonPasswordValidator):
    def get_error_message(self):
        return "Mật khẩu này nhiều người dùng, dễ bị đoán: đặt mật khẩu khác."

    def get_help_text(self):
        return "Mật khẩu không được là mật khẩu nhiều người dùng."


class NotGuessable:
    """Refuses what is made of names of the work and the place, of runs and repetitions: Khuyencong@2026, aaaabbbb."""

    def validate(self, password, user=None):
        if is_guessable(password):
            raise ValidationError(
                "Mật khẩu dễ đoán: chỉ gồm từ quen thuộc (tên ngành, tên tỉnh, “mật khẩu”), năm, dãy phím, ký tự "
                "lặp. Thêm vài từ không liên quan.",
                code="guessable",
            )

    def get_help_text(self):
        return "Mật khẩu không được chỉ gồm từ quen thuộc, năm, dãy phím hay ký tự lặp."


def is_guessable(password) -> bool:
    letters = re.sub(r"[^a-z0-9]", "", fold(password))
    if len(set(password)) < LEAST_DIFFERENT:
        return True
    if not letters:  # all of it is written with other signs
        return False
    rest = letters
    for word in sorted(LOCAL_WORDS, key=len, reverse=True):
        rest = rest.replace(word, " ")
    rest = re.sub(r"(19|20)\d\d", " ", rest)
    own = "".join(part for part in rest.split() if not _is_run(part))
    return len(own) < LEAST_OF_ONES_OWN


def _is_run(part):
    """Up to two letters left over, one letter again and again, or neighbours on the keyboard, either way round."""
    if len(part) <= 2 or len(set(part)) <= 2:
        return True
    return any(part in run or part[::-1] in run for run in RUNS)
