"""What every answer tells the browser, and the settings of a portal that serves others."""

import json
import subprocess

import pytest
from django.db import connection

from khuyencong import headers
from tests.factories import UserFactory
from tests.portal import manage, run

PRODUCTION = {
    "SECRET_KEY": "8fQ2vZr7Lw0xN5tYbHk3mGd9sJc6pAe1uRi4oXnBqWzTgVhM-_",
    "ALLOWED_HOSTS": "khuyencong.tinh.gov.vn",
    "CSRF_TRUSTED_ORIGINS": "https://khuyencong.tinh.gov.vn",
    "PUBLIC_ADDRESS": "https://khuyencong.tinh.gov.vn",
    "HTTPS": "1",
}
SHOW_COOKIES = """
import json
from django.conf import settings
names = ("SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE",
         "CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE", "CSRF_COOKIE_HTTPONLY", "CSRF_COOKIE_SAMESITE",
         "SECURE_HSTS_SECONDS", "SECURE_SSL_REDIRECT")
print(json.dumps([getattr(settings, name) for name in names]))
"""


@pytest.mark.django_db
def test_every_answer_switches_off_what_pages_do_not_need(client):
    answer = client.get("/dang-nhap/")
    assert answer["Permissions-Policy"] == headers.PERMISSIONS_POLICY
    assert "camera=(), " in answer["Permissions-Policy"]
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"} <= {
        part.strip() for part in policy.split(";")
    }


@pytest.mark.django_db
def test_pages_of_a_person_are_kept_by_nobody_between(client):
    client.force_login(UserFactory())
    assert client.get("/doi-mat-khau/")["Cache-Control"] == "private, no-cache"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wanted", ["https://keo-xau.example/", "//keo-xau.example", "/\\keo-xau.example", "javascript:1"]
)
def test_sign_in_leads_nowhere_outside(client, wanted):
    UserFactory(username="hoa", password="ghe dua dem trang")
    answer = client.post("/dang-nhap/", {"username": "hoa", "password": "ghe dua dem trang", "next": wanted})
    assert (answer.status_code, answer["Location"]) == (302, "/")


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor == "postgresql", reason="The settings are the same, once is enough.")
def test_portal_that_serves_others_has_nothing_to_complain_of(tmp_path):
    """`manage.py check --deploy` in an environment as in production, warnings included."""
    migrated = f"sqlite:///{connection.settings_dict['NAME']}"
    environment = PRODUCTION | {"VAR_DIR": str(tmp_path), "DATABASE_URL": migrated}
    told = run("check", "--deploy", "--fail-level", "WARNING", **environment)
    assert "System check identified no issues (0 silenced)." in told


def test_cookies_of_a_portal_that_serves_others_are_its_own(tmp_path):
    shell = manage("shell", "--no-imports", "-c", SHOW_COOKIES, VAR_DIR=str(tmp_path), **PRODUCTION)
    told = subprocess.run(**shell).stdout
    assert json.loads(told.strip().splitlines()[-1]) == [
        *("__Host-phien", True, True, "Lax"),
        *("__Host-csrf", True, True, "Lax"),
        31_536_000,
        True,
    ]
