from decimal import Decimal

import pytest
from django.urls import reverse

from khuyencong.models import AuditEntry, Role
from programs.models import AdvanceRule, RuleFigure
from tests.factories import UserFactory, content

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("code", "percent", "evidence", "beyond"),
    [
        ("CCN_INFRA", 30, "volume", 50),
        ("VOCATIONAL", 70, "contract", None),
        ("MACHINERY", 70, "value", 70),
        ("ENTERPRISE_SETUP", 100, "acceptance", None),
    ],
)
def test_rules_hold_the_rates_of_the_circular(code, percent, evidence, beyond):
    rule = AdvanceRule.objects.get(content__code=code)

    assert (rule.first_percent, rule.evidence, rule.over_percent) == (percent, evidence, beyond)
    assert rule.legal_source.startswith("Thông tư 36/2013/TT-BCT, Điều 13 khoản")
    assert rule.is_verified


def test_rules_hold_a_row_for_the_rest_and_a_cap():
    rest = AdvanceRule.objects.get(content=None)

    assert (rest.first_percent, rest.is_verified) == (70, False)
    assert RuleFigure.objects.get(key="advance_cap").value == 70


def test_admin_records_who_changed_a_rule(client):
    admin = UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True)
    rule = AdvanceRule.objects.get(content=content("CCN_INFRA"))
    client.force_login(admin)
    page = client.get(reverse("admin:programs_advancerule_change", args=[rule.pk]))
    fields = {name: value for name, value in page.context["adminform"].form.initial.items() if value is not None}
    answer = client.post(reverse("admin:programs_advancerule_change", args=[rule.pk]), fields | {"first_percent": "40"})

    rule.refresh_from_db()
    assert answer.status_code == 302
    assert rule.first_percent == Decimal("40")
    entry = AuditEntry.objects.latest("pk")
    assert (entry.actor, entry.label, entry.changes) == (
        admin, "Sửa mức tạm ứng", [["tạm ứng lần đầu (%)", "30", "40"]],
    )  # fmt: skip
    assert client.post(reverse("admin:programs_advancerule_delete", args=[rule.pk])).status_code == 403
