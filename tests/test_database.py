import pytest
from django.db import DatabaseError, connection, transaction

from khuyencong.audit import record
from khuyencong.models import AuditEntry, Organisation, User
from tests.database import forget_all_but, last_rows


@pytest.mark.django_db(transaction=True)
def test_forgetting_leaves_what_migrations_loaded_and_the_triggers():
    loaded = last_rows()
    user = User.objects.create(username="an", full_name="Nguyễn An")
    record(user, "user.try", "Thử", user)

    forget_all_but(loaded)

    assert last_rows() == loaded
    record(None, "user.try", "Thử", user)
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.update(reason="sửa")
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.all().delete()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["lần một", "lần hai"])
def test_a_test_that_commits_finds_nothing_of_the_one_before(name):
    assert not Organisation.objects.exists()
    assert not AuditEntry.objects.exists()
    organisation = Organisation.objects.create(name=name)
    record(None, "organisation.try", "Thử", organisation)


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its own order")
def test_ties_are_broken_the_other_way_round():
    for name in ("Một", "Hai"):
        Organisation.objects.create(name=name, short_name="Sở")
    assert [row.name for row in Organisation.objects.order_by()] == ["Hai", "Một"]
    assert [row.name for row in Organisation.objects.order_by("short_name")] == ["Hai", "Một"]
    assert [row.name for row in Organisation.objects.order_by("short_name", "pk")] == ["Một", "Hai"]
