import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from khuyencong import accounts
from khuyencong.models import AuditEntry, Role, User
from tests.factories import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

LAST = "Đây là người quản trị duy nhất còn hoạt động; giao vai trò Quản trị hệ thống cho người khác trước."


@pytest.fixture
def administrator():
    return UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True)


def told(user):
    return [(entry.action, entry.changes) for entry in AuditEntry.objects.about(user).order_by("pk")]


def changed(user, **values):
    for name, value in values.items():
        setattr(user, name, value)
    return user


def test_save_user_tells_who_was_let_in(administrator):
    body = OrganisationFactory(name="Sở Công Thương")
    user = User(username="moi", full_name="Trần Thị Mới", role=Role.OFFICER, organisation=body)
    accounts.save_user(user, by=administrator)

    [(action, changes)] = told(user)
    assert action == "user.create"
    assert [change for change in changes if change[0] in ("vai trò", "cơ quan")] == [
        ["vai trò", "", "Chuyên viên"],
        ["cơ quan", "", "Sở Công Thương"],
    ]


def test_save_user_tells_role_body_and_activity(administrator):
    user = UserFactory(role=Role.OFFICER)
    old = str(user.organisation)
    changed(user, role=Role.DIRECTOR, organisation=OrganisationFactory(name="Sở Công Thương"), is_active=False)
    accounts.save_user(user, by=administrator)

    [(action, changes)] = told(user)
    assert action == "user.edit"
    assert changes[:2] == [["vai trò", "Chuyên viên", "Giám đốc Sở"], ["cơ quan", old, "Sở Công Thương"]]
    assert [row[1:] for row in changes[2:]] == [["có", "không"]]


def test_save_user_without_change_tells_nothing(administrator):
    user = accounts.save_user(UserFactory(), by=administrator)

    assert told(user) == []


def test_role_of_administrator_brings_and_takes_the_rights(administrator):
    user = UserFactory()
    accounts.save_user(changed(user, role=Role.ADMIN), by=administrator)
    user.refresh_from_db()
    assert (user.is_staff, user.is_superuser) == (True, True)

    accounts.save_user(changed(user, role=Role.VIEWER), by=administrator)
    user.refresh_from_db()
    assert (user.is_staff, user.is_superuser) == (False, False)


@pytest.mark.parametrize("values", [{"role": Role.VIEWER}, {"is_active": False}])
def test_last_administrator_stays(administrator, values):
    UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True, is_active=False)
    with pytest.raises(ValidationError) as caught:
        accounts.save_user(changed(administrator, **values), by=administrator)

    assert caught.value.messages == [LAST]
    administrator.refresh_from_db()
    assert (administrator.role, administrator.is_active, administrator.is_superuser) == (Role.ADMIN, True, True)


@pytest.mark.parametrize("values", [{"role": Role.VIEWER}, {"is_active": False}])
def test_administrator_may_go_when_another_is_left(administrator, values):
    other = UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True)
    accounts.save_user(changed(administrator, **values), by=other)

    assert list(accounts.administrators()) == [other]


def test_save_user_is_for_administrators():
    with pytest.raises(PermissionDenied):
        accounts.save_user(UserFactory(), by=UserFactory(is_staff=True))


def test_groups_are_told_when_they_change(administrator):
    user = UserFactory()
    accounts.record_groups(user, by=administrator, before=["Danh mục"], after=["Danh mục"])
    accounts.record_groups(user, by=administrator, before=["Danh mục"], after=["Nhập liệu", "Danh mục"])

    assert told(user) == [("user.set_groups", [["nhóm quyền", "Danh mục", "Danh mục, Nhập liệu"]])]
