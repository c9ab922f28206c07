import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from pytest_django.asserts import assertContains, assertRedirects

from khuyencong.models import Role
from programs.models import ActivityContent, FundingSource, Indicator
from tests.factories import UserFactory

MODELS = {"activitycontent": ActivityContent, "fundingsource": FundingSource, "indicator": Indicator}


def page(model, act, *keys):
    return reverse(f"admin:programs_{model}_{act}", args=keys)


@pytest.fixture
def administrator(client, db):
    client.force_login(UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize("model", MODELS)
def test_catalogue_lists_and_opens(administrator, model):
    entry = MODELS[model].objects.last()

    assertContains(administrator.get(page(model, "changelist"), {"q": entry.name}), entry.code)
    assertContains(administrator.get(page(model, "change", entry.pk)), entry.name)


@pytest.mark.parametrize("model", MODELS)
def test_catalogue_list_query_count_does_not_grow(administrator, django_assert_max_num_queries, model):
    with django_assert_max_num_queries(8):
        administrator.get(page(model, "changelist"))


def entry_of(indicator, **typed):
    names = ("code", "name", "short_name", "position", "legal_source", "unit")
    return {name: getattr(indicator, name) for name in names} | {"valid_from": "", "valid_to": ""} | typed


def test_catalogue_entry_is_closed_by_a_date(administrator):
    indicator = Indicator.objects.get(code="WEB")
    typed = entry_of(indicator, valid_from="01/02/2016", valid_to="31/12/2020")
    assertRedirects(
        administrator.post(page("indicator", "change", indicator.pk), typed), page("indicator", "changelist")
    )

    indicator.refresh_from_db()
    assert (indicator.valid_from.isoformat(), indicator.valid_to.isoformat()) == ("2016-02-01", "2020-12-31")


def test_catalogue_entry_refuses_dates_the_wrong_way_round(administrator):
    indicator = Indicator.objects.get(code="WEB")
    typed = entry_of(indicator, valid_from="01/02/2021", valid_to="31/12/2020")
    response = administrator.post(page("indicator", "change", indicator.pk), typed)

    assertContains(response, "Ngày bắt đầu hiệu lực phải trước ngày hết hiệu lực.")


def test_catalogue_is_for_staff_with_the_right(client, db):
    staff = UserFactory(is_staff=True)
    client.force_login(staff)
    assert client.get(page("indicator", "changelist")).status_code == 403

    staff.user_permissions.add(Permission.objects.get(codename="view_indicator"))
    assert client.get(page("indicator", "changelist")).status_code == 200
    assert client.get(page("indicator", "add")).status_code == 403


def test_catalogue_is_closed_to_others(client, db):
    client.force_login(UserFactory(role=Role.DIRECTOR))

    assert client.get(page("indicator", "changelist")).status_code == 302
