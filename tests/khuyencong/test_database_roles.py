"""The portal's own role on PostgreSQL: what it may, and what it may not even when it tries."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from khuyencong.audit import record
from khuyencong.database_roles import RoleError, grant
from khuyencong.models import AuditEntry
from tests.factories import UserFactory

on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="roles of PostgreSQL")
ROLE = "cong_thu"


def run(statement):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def _as_the_portal(db):
    run(f"CREATE ROLE {ROLE}")
    assert "khuyencong_auditentry" in grant(ROLE)
    run(f"SET LOCAL ROLE {ROLE}")
    yield
    run("RESET ROLE")


@on_postgresql
@pytest.mark.usefixtures("_as_the_portal")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE khuyencong_auditentry SET label = 'x'",
        "DELETE FROM khuyencong_auditentry",
        "TRUNCATE khuyencong_auditentry CASCADE",
        "ALTER TABLE khuyencong_auditentry DISABLE TRIGGER ALL",
        "DROP TRIGGER khuyencong_auditentry_append_only ON khuyencong_auditentry",
        "DROP TABLE khuyencong_auditentry CASCADE",
        "CREATE TABLE anything (id int)",
        "DELETE FROM django_migrations",
    ],
)
def test_role_of_the_portal_cannot_rewrite_the_trail_or_its_guards(statement):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        run(statement)


@on_postgresql
@pytest.mark.usefixtures("_as_the_portal")
def test_role_of_the_portal_works():
    user = UserFactory()
    record(user, "user.edit", "Sửa tài khoản", user)
    type(user).objects.filter(pk=user.pk).update(position="Chuyên viên")
    assert AuditEntry.objects.about(user).count() == 1


@on_postgresql
@pytest.mark.django_db
@pytest.mark.parametrize(("role", "words"), [("khong_co", "Chưa có tài khoản"), ("postgres", "sở hữu các bảng")])
def test_unfit_role_is_refused(role, words):
    with pytest.raises(RoleError, match=words):
        grant(role)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite has no roles")
@pytest.mark.django_db
def test_sqlite_says_that_it_has_no_roles():
    with pytest.raises(CommandError, match="Chỉ PostgreSQL"):
        call_command("grant_role", ROLE)
