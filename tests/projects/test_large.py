"""The made-up country: every figure holds, the same seed gives the same rows, and nobody's data is touched."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Sum

from beneficiaries.models import Facility
from khuyencong.models import AuditEntry, IssuedDocument, Organisation
from projects.demo.large.checks import faults
from projects.management.commands.make_large import last_day, make
from projects.models import BeneficiaryAmount, Disbursement, FundingLine, Project, ProjectStatus
from projects.services.entry import take_code
from projects.services.plan import is_intact

pytestmark = pytest.mark.django_db
UNTIL = date(2026, 10, 31)


def summary():
    """What is in it, without the keys that a database gives."""
    projects = Project.objects.order_by("code", "name").values_list("code", "name", "status", "total_cost")
    money = FundingLine.objects.aggregate(Sum("approved_amount"), Sum("paid_amount"), Sum("settled_amount"))
    return list(projects), money, AuditEntry.objects.count(), IssuedDocument.objects.count()


def test_country_holds_in_all_its_states():
    make(600, 7, UNTIL, lambda line: None)
    assert Project.objects.count() == 600
    assert Organisation.objects.filter(kind="provincial_dept").count() == 34
    assert set(Project.objects.order_by().values_list("status", flat=True)) >= {
        "liquidated", "settling", "accepted", "in_progress", "submitted", "appraised", "draft",
    }  # fmt: skip
    plan = Project.objects.filter(status=ProjectStatus.LIQUIDATED).first().plan
    assert all(is_intact(snapshot) for snapshot in plan.snapshots.all())
    assert not Project.objects.filter(owner=plan.owner, code=take_code(plan)).exists()


def test_same_seed_gives_the_same_and_checks_find_what_does_not_hold():
    first = transaction.savepoint()
    make(60, 3, UNTIL, lambda line: None, check=False)
    told = summary()
    transaction.savepoint_rollback(first)
    make(60, 3, UNTIL, lambda line: None)
    assert summary() == told
    project = Project.objects.filter(status=ProjectStatus.LIQUIDATED, beneficiaries__isnull=False).first()
    Project.objects.filter(pk=project.pk).update(total_cost=project.total_cost + 1)
    Disbursement.objects.filter(project=project).update(amount=1)
    BeneficiaryAmount.objects.filter(beneficiary__project=project).update(approved_amount=1)
    found = " ".join(faults())
    for fault in ("Tổng dự toán", "Phần của các cơ sở khác dòng kinh phí (approved_amount)", "Đã chi"):
        assert fault in found


def test_command_refuses_a_portal_that_holds_data_or_serves_others(settings):
    settings.ALLOWED_HOSTS = ["khuyencong.vinhlong.gov.vn"]
    with pytest.raises(CommandError, match="phục vụ máy khác"):
        call_command("make_large", projects=60)
    settings.ALLOWED_HOSTS = []
    Organisation.objects.create(kind="provincial_dept", name="Sở Công Thương tỉnh Vĩnh Long")
    with pytest.raises(CommandError, match="trống"):
        call_command("make_large", projects=60)
    assert not Facility.objects.exists()


@pytest.mark.parametrize(("day", "last"), [("2026-11-22", "2026-10-31"), ("2026-10-30", "2025-10-31")])
def test_last_day_is_the_last_of_october(day, last):
    assert last_day(date.fromisoformat(day)) == date.fromisoformat(last)
