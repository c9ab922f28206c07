"""The second factor: a code from an app on the telephone (TOTP), or one of ten recovery codes on paper.

A person whose password was right waits in the session, signed in to nothing, until the code is right, too.
"""

import base64
import secrets
import time
from datetime import timedelta

import segno
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django_otp.plugins.otp_static.models import StaticDevice

from khuyencong.audit import record
from khuyencong.models import AuthenticatorApp, RecoveryCode, User
from khuyencong.permissions import require

# In the session: who waits for the code; the secret that is being set up.
WAITING = "waiting_for_code"
SECRET = "second_factor_secret"
# So long, and so many wrong codes, until the password is asked for again.
WAITS = 600
MOST_WRONG = 5
RECOVERY_CODES = 10
# Letters that are not taken for one another, four and four: 40 bits, tried a few times at most.
LETTERS = "34679ACDEFGHJKMNPQRTWXY"
NAME = "Ứng dụng mã xác thực"
NAME_OF_PAPER = "Mã dự phòng"


def is_forced(user) -> bool:
    """Whether this person's role may not work without a second factor."""
    return settings.SECOND_FACTOR and user.role in settings.SECOND_FACTOR_ROLES


def app_of(user):
    """The person's app in use, or None."""
    return AuthenticatorApp.objects.filter(user=user, confirmed=True).first()


def next_step(user) -> str | None:
    """The address where a person goes on after the password; None when it is enough."""
    if app_of(user):
        return "second_factor_code"
    return "second_factor_first" if is_forced(user) else None


# Waiting for the code


def wait_for_code(request, user, wanted):
    """Remember that this person's password was right, under a new session key; nobody is signed in."""
    request.session.cycle_key()
    request.session[WAITING] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "at": int(time.time()),
        "wrong": 0,
        "next": wanted,
    }


def waiting(request):
    """The person who waits, or None: nobody, too long, or the password has changed meanwhile."""
    state = request.session.get(WAITING)
    if not state or time.time() - state["at"] > WAITS:
        request.session.pop(WAITING, None)
        return None
    user = User.objects.select_related("organisation").filter(pk=state["user"], is_active=True).first()
    if user is None or not constant_time_compare(user.get_session_auth_hash(), state["hash"]):
        return None
    return user


def wanted_page(request):
    return (request.session.get(WAITING) or {}).get("next") or settings.LOGIN_REDIRECT_URL


def count_wrong(request) -> bool:
    """One more wrong code of the person who waits; False when the password has to be given again."""
    state = request.session[WAITING]
    state["wrong"] += 1
    request.session[WAITING] = state
    if state["wrong"] < MOST_WRONG:
        return True
    del request.session[WAITING]
    return False


@transaction.atomic
def is_right(user, typed) -> bool:
    """Whether this is the app's code of now, or a recovery code, which it uses up. Each code counts once.

    Wrong ones slow down: one, two, four … seconds, during which ValidationError says how long to wait.
    """
    code = "".join(typed.split()).replace("-", "").upper()
    # Locked, so that the same code sent twice at once is right once.
    apps = AuthenticatorApp.objects.select_for_update().filter(user=user, confirmed=True)
    papers = StaticDevice.objects.select_for_update().filter(user=user, confirmed=True)
    device = (apps if code.isdigit() else papers).first()
    if device is None:
        return False
    allowed, refusal = device.verify_is_allowed()
    if not allowed:
        seconds = max(1, round((refusal["locked_until"] - timezone.now()) / timedelta(seconds=1)))
        raise ValidationError(f"Vừa nhập sai mã. Chờ {seconds} giây rồi nhập mã đang hiện.", code="slow")
    return device.verify_token(code) if code.isdigit() else _uses_up(device, code)


def _uses_up(paper, code):
    """Whether it is one of the codes on this paper, which is crossed out then; the paper counts wrong ones."""
    fitting = next((kept for kept in paper.user.recovery_codes.all() if kept.fits(code)), None)
    if fitting is None:
        paper.throttle_increment()
        return False
    fitting.delete()
    paper.throttle_reset()
    return True


def tell_wrong(user):
    record(None, "user.code_failed", "Sai mã xác thực", user)


# Setting up


def new_secret(request) -> str:
    """The secret being set up, the same until it is used or thrown away; hexadecimal."""
    if SECRET not in request.session:
        request.session[SECRET] = secrets.token_hex(20)
    return request.session[SECRET]


def shown_secret(secret) -> str:
    """The secret as it is typed into an app: four letters and four letters."""
    letters = base64.b32encode(bytes.fromhex(secret)).decode()
    return " ".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def picture_of(user, secret) -> str:
    """The QR that the app reads, as a data: URL."""
    address = _app_with(user, secret).config_url
    return segno.make_qr(address, error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff")


@transaction.atomic
def set_up(user, secret, typed) -> list[str]:
    """Take an app into use once it shows the right code; the recovery codes, which nobody can read again.

    Raises ValidationError when the code is another one. An app used before is replaced.
    """
    User.objects.select_for_update().get(pk=user.pk)
    device = _app_with(user, secret)
    code = "".join(typed.split())
    if not code.isdigit() or len(code) != device.digits or not _fits(device, code):
        raise ValidationError(
            {"code": "Mã không khớp. Kiểm tra giờ của điện thoại (đặt tự động), nhập mã 6 số đang hiện."}
        )
    AuthenticatorApp.objects.filter(user=user).exclude(pk=device.pk).delete()
    codes = _new_codes(user)
    record(user, "user.second_factor_on", "Bật xác thực hai lớp", user)
    return codes


def _app_with(user, secret):
    app = AuthenticatorApp(user=user, name=NAME, confirmed=True)
    app.keep_secret(secret)
    return app


def _fits(device, code):
    """As `verify_token`, of an app not yet kept: it writes, so the row is kept only when the code is right."""
    device.save()
    return device.verify_token(code)


@transaction.atomic
def renew_codes(user) -> list[str]:
    """Ten new recovery codes; the old ones are worth nothing."""
    codes = _new_codes(user)
    record(user, "user.recovery_codes", "Lập mã dự phòng mới", user)
    return codes


def codes_left(user) -> int:
    return user.recovery_codes.count()


@transaction.atomic
def turn_off(user):
    """Without a second factor again; not for roles that need one."""
    require(not is_forced(user), "Vai trò của ông/bà bắt buộc xác thực hai lớp, không tắt được.")
    forget(user)
    record(user, "user.second_factor_off", "Tắt xác thực hai lớp", user)


@transaction.atomic
def reset(user, *, by):
    """Take a lost telephone out of use: another administrator does it, the person sets up anew at the next sign-in."""
    require(by.is_superuser, "Chỉ quản trị hệ thống được đặt lại xác thực hai lớp.")
    require(by != user, "Không tự đặt lại xác thực hai lớp của mình: nhờ quản trị khác.")
    forget(user)
    record(by, "user.second_factor_reset", "Đặt lại xác thực hai lớp", user)


def forget(user):
    """No app, no recovery codes."""
    AuthenticatorApp.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()
    user.recovery_codes.all().delete()


def _new_codes(user):
    StaticDevice.objects.filter(user=user).delete()
    user.recovery_codes.all().delete()
    StaticDevice.objects.create(user=user, name=NAME_OF_PAPER, confirmed=True)
    codes = [_recovery_code() for _code in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, hash=make_password(code)) for code in codes)
    return [f"{code[:4]}-{code[4:]}" for code in codes]


def _recovery_code():
    """Eight letters that begin with no digit, unlike a code of the app."""
    first = secrets.choice(LETTERS.lstrip("0123456789"))
    return first + "".join(secrets.choice(LETTERS) for _letter in range(7))
