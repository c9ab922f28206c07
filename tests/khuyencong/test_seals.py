import os
import subprocess
import sys

import pytest
from django.apps import apps
from django.conf import settings as portal
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from khuyencong import second_factor
from khuyencong.models import AuthenticatorApp
from khuyencong.seals import seal, unseal
from tests.khuyencong.doors import code_at, person, with_app

SECRET = "31323334353637383930" * 2
NOW = 1_800_000_000.0


def test_sealed_text_opens_for_its_purpose_alone():
    sealed = seal(b"bi mat", purpose="totp:1")
    assert unseal(sealed, purpose="totp:1") == b"bi mat"
    assert unseal(sealed, purpose="totp:2") is None
    assert seal(b"bi mat", purpose="totp:1") != sealed
    assert len(seal(bytes(20), purpose="totp:1")) <= TOTPDevice._meta.get_field("key").max_length


@pytest.mark.parametrize("change", [lambda text: text[:-4] + "AAAA", lambda text: text[3:], lambda text: SECRET])
def test_altered_text_does_not_open(change):
    assert unseal(change(seal(b"bi mat", purpose="a")), purpose="a") is None


def test_key_before_still_opens(settings):
    sealed = seal(b"bi mat", purpose="a")
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "khoa-moi" * 8
    assert unseal(sealed, purpose="a") == b"bi mat"
    settings.SECRET_KEY_FALLBACKS = []
    assert unseal(sealed, purpose="a") is None


@pytest.mark.django_db
def test_database_holds_no_secret_that_opens_an_account(settings, monkeypatch):
    monkeypatch.setattr("time.time", lambda: NOW)
    user, thief = person(), person("lan")
    secret, codes = with_app(user)
    kept = AuthenticatorApp.objects.get(user=user)
    assert secret not in kept.key
    assert all(
        hashed.split("$")[0] in ("md5", "argon2") for hashed in user.recovery_codes.values_list("hash", flat=True)
    )

    # Moved to another account, the sealed secret is worth nothing there.
    AuthenticatorApp.objects.create(user=thief, key=kept.key, confirmed=True)
    assert second_factor.is_right(thief, code_at(secret, NOW)) is False

    # A new key: what was sealed under the one before is sealed anew by its first use.
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "khoa-moi" * 8
    assert second_factor.is_right(user, code_at(secret, NOW)) is True
    settings.SECRET_KEY_FALLBACKS = []
    assert second_factor.is_right(user, code_at(secret, NOW, 1)) is True

    # Restored where the key is lost, the paper still opens.
    settings.SECRET_KEY = "khoa-khac" * 8
    assert second_factor.is_right(user, code_at(secret, NOW, 1)) is False
    assert second_factor.is_right(user, codes[0]) is True


@pytest.mark.django_db
def test_secrets_kept_before_are_sealed(monkeypatch):
    monkeypatch.setattr("time.time", lambda: NOW)
    user = person()
    TOTPDevice.objects.create(user=user, key=SECRET, confirmed=True)
    StaticToken.objects.create(device=StaticDevice.objects.create(user=user), token="CU")
    migration = __import__(
        "khuyencong.migrations.0022_given_passwords_and_sealed_secrets", fromlist=["seal_secrets"]
    )  # fmt: skip
    for _again in range(2):
        migration.seal_secrets(apps, None)
    assert SECRET not in TOTPDevice.objects.get().key
    assert second_factor.is_right(user, code_at(SECRET, NOW)) is True
    assert not StaticToken.objects.exists()


ASK = "from khuyencong import settings; print(settings.SECRET_KEY)"


def key_with(tmp_path, **environment):
    """What SECRET_KEY is in a process of its own, and what it complained of."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SECRET_KEY")}
    told = subprocess.run(
        [sys.executable, "-c", ASK], cwd=portal.BASE_DIR, text=True, capture_output=True,
        env=kept | {"VAR_DIR": str(tmp_path)} | environment,
    )  # fmt: skip
    return told.stdout.strip(), told.stderr


def test_key_comes_from_a_file_or_from_the_service(tmp_path):
    (tmp_path / "secret_key").write_text("khoa-trong-tep\n")
    assert key_with(tmp_path, SECRET_KEY_FILE=str(tmp_path / "secret_key"))[0] == "khoa-trong-tep"
    assert key_with(tmp_path, CREDENTIALS_DIRECTORY=str(tmp_path))[0] == "khoa-trong-tep"
    assert key_with(tmp_path, CREDENTIALS_DIRECTORY=str(tmp_path), SECRET_KEY="khoa-bien")[0] == "khoa-bien"
    assert "SECRET_KEY_FILE: không đọc được" in key_with(tmp_path, SECRET_KEY_FILE="/khong/co")[1]


@pytest.mark.parametrize("altered", ["s1:", "s1:A", "s1:AAAA", "s1:é"])
def test_what_was_cut_short_or_overwritten_opens_nothing(altered):
    assert unseal(altered, purpose="totp:1") is None
