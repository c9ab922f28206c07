"""The papers that the law names, as loaded: national ones checked against the text, local ones as a proposal."""

import pytest
from django.urls import reverse

from khuyencong.models import AuditEntry, Role
from programs.models import PaperRule, PaperStep, RuleFigure, RuleFigureKey
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def names(step, scope="national", code=None):
    return list(PaperRule.objects.filter(step=step, scope=scope, content__code=code).values_list("name", flat=True))


def test_rules_follow_the_circular():
    assert names(PaperStep.ADVANCE, code="VOCATIONAL") == ["Kế hoạch triển khai đào tạo (Mẫu 11)"]
    assert names(PaperStep.REMAINING, code="FAIR_JOIN") == [
        "Danh sách cơ sở được hỗ trợ, Sở xác nhận", "Hợp đồng thuê gian hàng", "Hóa đơn của đơn vị tổ chức hội chợ",
    ]  # fmt: skip
    assert len(names(PaperStep.SETTLEMENT)) == 7


def test_local_rules_are_the_same_and_only_remind():
    national = PaperRule.objects.filter(scope="national").values_list("step", "content", "name", "position")
    local = PaperRule.objects.filter(scope="local").values_list("step", "content", "name", "position")

    assert sorted(national, key=str) == sorted(local, key=str)
    assert not PaperRule.objects.filter(scope="local", is_verified=True).exists()
    assert not PaperRule.objects.filter(is_verified=True).exclude(legal_source__contains="Điều").exists()


def test_size_of_uploads_is_a_figure_of_the_rules():
    assert RuleFigure.objects.get(key=RuleFigureKey.UPLOAD_MEGABYTES).value == 20


def test_administrator_changes_a_rule_and_the_trail_tells(client):
    client.force_login(UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True))
    rule = PaperRule.objects.filter(step=PaperStep.ADVANCE).first()
    address = reverse("admin:programs_paperrule_change", args=[rule.pk])
    data = {name: value for name, value in client.get(address).context["adminform"].form.initial.items() if value}

    response = client.post(address, data | {"name": "Hợp đồng đã ký", "position": 1})

    assert response.status_code == 302
    entry = AuditEntry.objects.get(action="rule.edit")
    assert ["giấy tờ", rule.name, "Hợp đồng đã ký"] in entry.changes
