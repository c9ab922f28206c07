from datetime import date

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from beneficiaries.models import Industry
from khuyencong.audit import record
from khuyencong.models import (
    AdministrativeUnit,
    AuditEntry,
    Job,
    Letterhead,
    Organisation,
    OrganisationKind,
    Role,
    Signer,
    UnitAlias,
    User,
    Wording,
)
from programs.models import ActivityContent, FundingSource, Indicator
from tests.factories import OrganisationFactory, UserFactory, vinh_long

READ_ONLY = (AdministrativeUnit, UnitAlias, AuditEntry, Job, Letterhead, Signer, Wording)
PASSWORD = "ghe-dua-tra-vinh-26"


def page(model, act, *keys):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{act}", args=keys)


@pytest.fixture
def chief(db):
    return UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True, organisation=None)


@pytest.fixture
def administrator(client, chief):
    client.force_login(chief)
    return client


@pytest.fixture
def rows(chief):
    """One row of each kind that is only looked at."""
    record(chief, "user.edit", "Sửa tài khoản", chief, changes=[("vai trò", "", "Quản trị hệ thống")])
    Job.objects.create(kind="projects", title="Danh mục đề án", requested_by=chief)
    body = OrganisationFactory()
    Letterhead.objects.create(organisation=body, name_lines="Sở Công Thương", place="Vĩnh Long")
    Signer.objects.create(organisation=body, name="Lê Văn Ký", post="Giám đốc")
    Wording.objects.create(organisation=body, kind="a", slot="b", valid_from=date(2026, 1, 1), created_by=chief)
    return {model: model.objects.first() for model in READ_ONLY}


def account(user, **typed):
    names = ("username", "salutation", "full_name", "position", "email", "role")
    data = {name: getattr(user, name) for name in names} | {"organisation": user.organisation_id or ""}
    data |= {"is_active": "on", "is_staff": "on"} if user.is_staff else {"is_active": "on"}
    return {name: value for name, value in (data | typed).items() if value is not None}


def test_admin_is_called_by_its_name(administrator):
    response = administrator.get(reverse("admin:index"))

    assertContains(response, "Quản trị Khuyến công")
    assertContains(response, "Tài khoản, cơ quan, danh mục")


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMIN])
def test_admin_is_closed_to_every_other_role(client, db, role):
    client.force_login(UserFactory(role=role))

    assert client.get(reverse("admin:index")).status_code == 302


@pytest.mark.parametrize("model", [User, Organisation, *READ_ONLY])
def test_lists_open_and_find(administrator, rows, model):
    assert administrator.get(page(model, "changelist"), {"q": "vinh long"}).status_code == 200


@pytest.mark.parametrize("model", READ_ONLY)
def test_what_the_portal_writes_is_only_looked_at(administrator, rows, model):
    row = rows[model]

    assert administrator.get(page(model, "change", row.pk)).status_code == 200
    assert administrator.post(page(model, "change", row.pk), {}).status_code == 403
    assert administrator.get(page(model, "add")).status_code == 403
    assert administrator.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_every_act_is_offered_read_only_by_its_admin(chief, rf):
    request = rf.get("/")
    request.user = chief
    for model in READ_ONLY:
        entry = admin.site.get_model_admin(model)
        may = entry.get_model_perms(request)
        assert may == {"add": False, "change": False, "delete": False, "view": True}
        assert list(entry.get_actions(request)) == []


def test_units_are_found_by_their_names_old_and_new(administrator):
    query = {
        "app_label": "beneficiaries",
        "model_name": "industrialcluster",
        "field_name": "unit",
        "term": "mỏ cày vĩnh long",
    }
    found = administrator.get(reverse("admin:autocomplete"), query).json()["results"]

    assert found[0]["text"] == "Xã Mỏ Cày, tỉnh Vĩnh Long"


def test_organisations_are_found_without_accents(administrator):
    OrganisationFactory(name="Trung tâm Khuyến công Đồng Nai")
    response = administrator.get(page(Organisation, "changelist"), {"q": "ĐỒNG nai"})

    assert [row.name for row in response.context["cl"].result_list] == ["Trung tâm Khuyến công Đồng Nai"]


def test_areas_are_the_provinces_of_today(administrator):
    form = administrator.get(page(Organisation, "add")).context["adminform"].form

    assert set(form.fields["areas"].queryset) == set(AdministrativeUnit.objects.provinces())


def test_organisation_keeps_its_earlier_name(administrator):
    typed = {
        "kind": OrganisationKind.PROVINCIAL_DEPT, "name": "Sở Công Thương tỉnh Vĩnh Long", "short_name": "",
        "areas": [vinh_long().pk], "names-TOTAL_FORMS": "1", "names-INITIAL_FORMS": "0",
        "names-0-name": "Sở Công nghiệp tỉnh Vĩnh Long", "names-0-valid_to": "31/03/2008",
    }  # fmt: skip
    assertRedirects(administrator.post(page(Organisation, "add"), typed), page(Organisation, "changelist"))

    body = Organisation.objects.get()
    assert [(row.name, row.valid_to.isoformat()) for row in body.names.all()] == [
        ("Sở Công nghiệp tỉnh Vĩnh Long", "2008-03-31")
    ]
    assert list(body.areas.all()) == [vinh_long()]


def test_account_is_made_with_role_and_body(administrator, chief):
    body = OrganisationFactory()
    typed = {
        "username": "moi", "password1": PASSWORD, "password2": PASSWORD, "full_name": "Trần Thị Mới", "role": "officer",
        "organisation": body.pk,
    }  # fmt: skip
    administrator.post(page(User, "add"), typed)

    user = User.objects.get(username="moi")
    assert (user.role, user.organisation, user.is_staff, user.check_password(PASSWORD)) == (
        Role.OFFICER, body, False, True,
    )  # fmt: skip
    assert AuditEntry.objects.about(user).get().actor == chief


def test_account_outside_the_admin_needs_a_body(administrator):
    typed = {"username": "moi", "password1": PASSWORD, "password2": PASSWORD, "full_name": "Mới", "role": "officer"}
    response = administrator.post(page(User, "add"), typed)

    assertContains(response, "Chọn cơ quan: không thuộc cơ quan nào thì không xem được hồ sơ nào.")
    assert not User.objects.filter(username="moi").exists()


def test_change_of_an_account_is_on_record(administrator, chief):
    user = UserFactory()
    typed = account(user, role=Role.DIRECTOR, is_active=None)
    assertRedirects(administrator.post(page(User, "change", user.pk), typed), page(User, "changelist"))

    user.refresh_from_db()
    entry = AuditEntry.objects.about(user).get()
    assert (user.role, user.is_active, entry.actor) == (Role.DIRECTOR, False, chief)
    assert entry.changes[0] == ["vai trò", "Chuyên viên", "Giám đốc Sở"]


def test_groups_of_an_account_are_on_record(administrator):
    user, group = UserFactory(), Group.objects.create(name="Danh mục")
    administrator.post(page(User, "change", user.pk), account(user, groups=[group.pk]))

    assert list(user.groups.all()) == [group]
    assert AuditEntry.objects.about(user).get().changes == [["nhóm quyền", "", "Danh mục"]]


@pytest.mark.parametrize("typed", [{"role": Role.VIEWER}, {"is_active": None}])
def test_last_administrator_cannot_lock_everyone_out(administrator, chief, typed):
    body = OrganisationFactory()
    response = administrator.post(page(User, "change", chief.pk), account(chief, organisation=body.pk, **typed))

    assertContains(response, "Đây là người quản trị duy nhất còn hoạt động")
    chief.refresh_from_db()
    assert (chief.role, chief.is_active) == (Role.ADMIN, True)


def test_account_is_never_deleted(administrator):
    user = UserFactory()

    assert administrator.post(page(User, "delete", user.pk), {"post": "yes"}).status_code == 403


def test_account_for_trial_is_only_shown(administrator):
    user = UserFactory()
    administrator.post(page(User, "change", user.pk), account(user, is_demo="on"))

    user.refresh_from_db()
    assert user.is_demo is False


def test_accounts_are_not_for_other_staff(client, chief):
    client.force_login(UserFactory(is_staff=True))

    assert client.get(page(User, "changelist")).status_code == 403
    assertNotContains(client.get(reverse("admin:index")), page(User, "changelist"))


# Catalogues in the trail


def sent(client, address, **changes):
    """The admin's form at the address, sent back with changes."""
    form = client.get(address).context["adminform"].form
    return client.post(address, {name: value for name, value in form.initial.items() if value} | changes)


@pytest.mark.parametrize("model", [ActivityContent, FundingSource, Indicator, Industry])
def test_change_of_a_catalogue_stands_in_the_trail(administrator, chief, model):
    row = model.objects.order_by("pk").first()
    old = row.name

    assert sent(administrator, page(model, "change", row.pk), name="Tên sửa lại").status_code == 302

    entry = AuditEntry.objects.get(action="catalogue.edit")
    assert (entry.actor, entry.subject_type, entry.subject_id) == (chief, model._meta.label_lower, row.pk)
    assert [old, "Tên sửa lại"] in [change[1:] for change in entry.changes]


def test_new_and_deleted_entries_of_a_catalogue_stand_in_the_trail(administrator):
    data = {"code": "MOI", "name": "Nghề mới", "short_name": "Nghề mới", "position": 99}
    assert administrator.post(page(Industry, "add"), data).status_code == 302
    row = Industry.objects.get(code="MOI")
    assert administrator.post(page(Industry, "delete", row.pk), {"post": "yes"}).status_code == 302
    acts = AuditEntry.objects.filter(action__startswith="catalogue.").order_by("pk")
    assert list(acts.values_list("action", flat=True)) == ["catalogue.create", "catalogue.delete"]


def test_areas_of_a_body_stand_in_the_trail(administrator):
    body = OrganisationFactory()
    names = {
        "names-TOTAL_FORMS": 1,
        "names-INITIAL_FORMS": 0,
        "names-0-name": "Sở Công nghiệp",
        "names-0-valid_to": "01/07/2025",
    }
    areas = [vinh_long().pk]

    answer = sent(administrator, page(Organisation, "change", body.pk), areas=areas, **names)

    assert answer.status_code == 302, answer.context["errors"]
    changes = [change for entry in AuditEntry.objects.filter(action="catalogue.edit") for change in entry.changes]
    assert any("Vĩnh Long" in new for _label, _old, new in changes)
    assert any("Sở Công nghiệp" in new for _label, _old, new in changes)


def test_saving_without_a_change_leaves_no_trail(administrator):
    row = Industry.objects.order_by("pk").first()
    assert sent(administrator, page(Industry, "change", row.pk)).status_code == 302
    assert not AuditEntry.objects.filter(action__startswith="catalogue.").exists()
