import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from khuyencong.checks import database_faults, refuse_unfit, settings_faults, unproven_hosts
from khuyencong.models import User

OTHERS = ["khuyencong.tinh.gov.vn"]


def ids(faults):
    return [fault.id.removeprefix("khuyencong.") for fault in faults]


@pytest.fixture
def demo_account():
    return User.objects.create(username="chuyenvien", full_name="Nguyễn An", is_demo=True)


@pytest.mark.parametrize(
    ("own_key", "debug", "allowed_hosts", "expected"),
    [
        (False, True, ["localhost"], []),
        (True, False, OTHERS, []),
        (False, False, OTHERS, ["E001"]),
        (True, True, OTHERS, ["E002"]),
        (False, True, OTHERS, ["E001", "E002"]),
    ],
)
def test_settings_faults(settings, own_key, debug, allowed_hosts, expected):
    settings.PUBLIC_ADDRESS = "https://khuyencong.tinh.gov.vn"
    settings.SECRET_KEY = "của riêng tỉnh" if own_key else settings.DEFAULT_SECRET_KEY
    settings.DEBUG = debug
    settings.ALLOWED_HOSTS = allowed_hosts
    assert ids(settings_faults()) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://khuyencong.tinh.gov.vn", []),
        ("https://khuyencong.tinh.gov.vn:8443", []),
        ("http://khuyencong.tinh.gov.vn", ["E006"]),
        ("https://localhost:8000", ["E006"]),
        ("https://127.0.0.1", ["E006"]),
        ("https://[::1]", ["E006"]),
        ("https://khuyencong.tinh.gov.vn/cong", ["E006"]),
        ("khuyencong.tinh.gov.vn", ["E006"]),
        ("https://", ["E006"]),
    ],
)
def test_codes_on_papers_lead_to_an_address_that_others_reach(settings, address, expected):
    settings.PUBLIC_ADDRESS = address
    settings.ALLOWED_HOSTS = ["localhost"]
    assert ids(settings_faults()) == []
    settings.ALLOWED_HOSTS = OTHERS
    assert ids(settings_faults()) == expected


@pytest.mark.parametrize(
    ("host", "sslmode", "expected"),
    [
        ("", None, []),
        ("/run/postgresql", None, []),
        ("127.0.0.1", None, []),
        ("10.0.0.11", None, ["10.0.0.11"]),
        ("10.0.0.11", "require", ["10.0.0.11"]),
        ("127.0.0.1,10.0.0.12", None, ["10.0.0.12"]),
        ("10.0.0.11,10.0.0.12", "verify-full", []),
    ],
)
def test_database_on_another_machine_has_to_prove_who_it_is(monkeypatch, settings, host, sslmode, expected):
    database = {"HOST": host, "OPTIONS": {"sslmode": sslmode} if sslmode else {}}
    assert unproven_hosts(database) == expected
    settings.PUBLIC_ADDRESS = "https://khuyencong.tinh.gov.vn"
    settings.SECRET_KEY, settings.ALLOWED_HOSTS = "của riêng tỉnh", OTHERS
    monkeypatch.setattr("khuyencong.checks.unproven_hosts", lambda _default: expected)
    assert ids(settings_faults()) == (["E008"] if expected else [])


@pytest.mark.django_db
def test_demo_accounts_are_for_this_machine_only(settings, demo_account):
    settings.ALLOWED_HOSTS = ["localhost"]
    assert ids(database_faults()) == []
    assert ids(database_faults("0.0.0.0")) == ["E005"]
    settings.ALLOWED_HOSTS = OTHERS
    assert ids(database_faults()) == ["E005"]


@pytest.mark.django_db
def test_unmigrated_database_is_refused_even_on_this_machine():
    MigrationRecorder(connection).migration_qs.filter(app="khuyencong").last().delete()
    assert ids(database_faults("127.0.0.1")) == ["E003"]


@pytest.mark.django_db
def test_refusal_names_every_fault_and_its_remedy(settings, demo_account):
    settings.SECRET_KEY = settings.DEFAULT_SECRET_KEY
    settings.ALLOWED_HOSTS = OTHERS
    with pytest.raises(ImproperlyConfigured) as refusal:
        refuse_unfit()
    told = str(refusal.value)
    assert "khóa bí mật mặc định" in told
    assert "chuyenvien" in told
    assert "manage.py remove_demo_accounts" in told


@pytest.mark.django_db
def test_deploy_check_finds_what_serve_refuses(settings, demo_account):
    settings.ALLOWED_HOSTS = OTHERS
    settings.SECRET_KEY = settings.DEFAULT_SECRET_KEY
    with pytest.raises(SystemCheckError) as refusal:
        call_command("check", "--deploy", "--database", "default")
    assert "khuyencong.E001" in str(refusal.value)
    assert "khuyencong.E005" in str(refusal.value)
