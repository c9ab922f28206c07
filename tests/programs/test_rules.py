"""Levels of support and figures of the rules: what the migration loads, and the administrator's changes."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from khuyencong.models import AuditEntry, Role
from programs.models import Norm, NormBasis, RuleFigure, RuleFigureKey
from tests.factories import UserFactory, content

pytestmark = pytest.mark.django_db


def test_norms_of_the_file_are_all_loaded():
    with Path(settings.BASE_DIR, "programs/data/norms.csv").open() as file:
        rows = list(csv.DictReader(file))

    # Machinery and transfer of technology share a row of the file.
    assert Norm.objects.exclude(content__code="TECH_TRANSFER").count() == len(rows) == 75
    assert Norm.objects.filter(is_verified=True).exclude(content__code="TECH_TRANSFER").count() == sum(
        row["verified"] == "yes" for row in rows
    )


def test_norm_of_machinery_keeps_its_periods():
    old, new = Norm.objects.filter(content=content(), scope="national").order_by("valid_from")

    assert (old.rate_percent, old.cap_amount, old.priority_multiplier) == (50, 200_000_000, Decimal("1.5"))
    assert (old.valid_from, old.valid_to) == (date(2014, 4, 8), date(2018, 5, 10))
    assert (new.rate_percent, new.cap_amount, new.priority_multiplier) == (50, 300_000_000, None)
    assert (new.valid_from, new.valid_to, new.basis) == (date(2018, 5, 11), None, NormBasis.FACILITY)
    assert new.note == "kiểm tra với TT 64/2024/TT-BTC"


@pytest.mark.parametrize(
    ("code", "basis", "rate_of"),
    [
        ("DEMO_NEW", "quantity", ""),
        ("FAIR_JOIN", "quantity", ""),
        ("MGMT_IMPLEMENTER", "project", ""),
        ("RELOCATION", "facility", ""),
    ],
)
def test_norm_basis_follows_the_unit_of_the_file(code, basis, rate_of):
    norm = Norm.objects.get(content__code=code, scope="national", valid_to=None)

    assert (norm.basis, norm.rate_of) == (basis, rate_of)


def test_blank_cell_is_no_amount():
    norm = Norm.objects.get(content__code="BRAND", valid_to=None)

    assert (norm.cap_amount, norm.rate_percent, norm.is_verified) == (None, None, False)


def test_resolutions_stand_at_their_provinces():
    rows = Norm.objects.exclude(province=None).order_by("province__name")

    assert [row.province.short_name for row in rows] == ["Phú Thọ", "Quảng Trị", "Tuyên Quang"]
    assert {row.content for row in rows} == {None}


def test_new_kinds_stand_behind_their_heading():
    kind = content("CONTEST_NATION")

    assert kind.heading.code == "C4"
    assert content("C4").position < kind.position < content("C5").position


def test_figures_of_the_rules_are_loaded():
    figures = {row.key: (row.value, row.is_verified) for row in RuleFigure.objects.all()}

    assert figures[RuleFigureKey.DUPLICATE_YEARS] == (3, False)
    assert figures[RuleFigureKey.FOREIGN_FAIRS] == (2, True)
    assert figures[RuleFigureKey.KEY_CONTENTS] == (2, True)
    assert figures[RuleFigureKey.KEY_MONTHS] == (12, True)


@pytest.fixture
def administrator(client):
    person = UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True)
    client.force_login(person)
    client.person = person
    return client


def typed(norm, **changed):
    fields = {name: getattr(norm, name) for name in ("name", "scope", "per_unit", "basis", "legal_source", "note")}
    fields |= {"content": norm.content_id, "rate_percent": norm.rate_percent, "cap_amount": norm.cap_amount}
    fields |= {"rate_of": norm.rate_of, "valid_from": "11/05/2018", "is_verified": "on"}
    return {name: "" if value is None else value for name, value in (fields | changed).items()}


def test_change_of_a_norm_is_kept_old_and_new(administrator):
    norm = Norm.objects.get(content=content(), scope="national", valid_to=None)
    address = reverse("admin:programs_norm_change", args=[norm.pk])

    answer = administrator.post(address, typed(norm, cap_amount="350000000"))

    assertRedirects(answer, reverse("admin:programs_norm_changelist"))
    entry = AuditEntry.objects.about(norm).get()
    assert (entry.actor, entry.label) == (administrator.person, "Sửa mức hỗ trợ tối đa")
    assert entry.changes == [["mức tối đa (đồng)", "300.000.000", "350.000.000"]]


def test_save_without_a_change_leaves_no_trace(administrator):
    norm = Norm.objects.get(content=content(), scope="national", valid_to=None)

    administrator.post(reverse("admin:programs_norm_change", args=[norm.pk]), typed(norm))

    assert not AuditEntry.objects.about(norm).exists()


def test_figure_is_never_removed(administrator):
    figure = RuleFigure.objects.get(key=RuleFigureKey.FOREIGN_FAIRS)

    answer = administrator.post(reverse("admin:programs_rulefigure_delete", args=[figure.pk]), {"post": "yes"})

    assert answer.status_code == 403


def test_norms_are_found_by_their_validity(administrator):
    page = administrator.get(
        reverse("admin:programs_norm_changelist"), {"hieu-luc": "het", "content__id__exact": content().pk}
    )

    assertContains(page, "200.000.000")
    assertNotContains(page, "300.000.000")


def test_norm_list_asks_constantly_many_questions(administrator, django_assert_max_num_queries):
    with django_assert_max_num_queries(10):
        administrator.get(reverse("admin:programs_norm_changelist"))
