"""Signing in as people do: the form, the code of an app, another device."""

import re

from django_otp.oath import TOTP

from khuyencong import second_factor
from khuyencong.models import AuthenticatorApp
from tests.conftest import PortalClient
from tests.factories import UserFactory

PASSWORD = "ghe dua tra vinh dem trang"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"


def person(username="hoa", **values):
    return UserFactory(username=username, password=PASSWORD, **values)


def browser(agent=WINDOWS, address="203.0.113.7"):
    return PortalClient(headers={"User-Agent": agent}, REMOTE_ADDR=address)


def sign_in(client, username="hoa", password=PASSWORD, **typed):
    return client.post("/dang-nhap/", {"username": username, "password": password} | typed)


def code_at(secret, seconds, step=0):
    """What an app with this secret shows at a moment, or so many steps later."""
    totp = TOTP(bytes.fromhex(secret), drift=step)
    totp.time = seconds
    return f"{totp.token():06d}"


def with_app(user):
    """The secret of an app that the person has set up, and its recovery codes."""
    secret = "31323334353637383930" * 2
    app = AuthenticatorApp(user=user, confirmed=True)
    app.keep_secret(secret)
    app.save()
    return secret, second_factor.renew_codes(user)


def shown_codes(answer):
    return re.findall(r"<code>([0-9A-Z]{4}-[0-9A-Z]{4})</code>", answer.content.decode())
