"""Whether figures that services would keep hold in rows that came past them; each fault in words."""

from collections import Counter as Tally

from django.db import connection
from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from khuyencong.audit import first_broken_entry
from programs.models import DECIDED_PLAN, SUPPORT_CATEGORIES, PlanBudget
from projects.models import (
    APPROVED_PROJECT,
    DONE_PROJECT,
    AcceptanceAmount,
    BeneficiaryAmount,
    Disbursement,
    DisbursementKind,
    FundingLine,
    PlanSnapshot,
    PlanSnapshotAmount,
    Project,
    ProjectStatus,
    SettlementAmount,
    SettlementStatus,
)

STAGES = ("requested_amount", "appraised_amount", "approved_amount")


def faults() -> list[str]:
    """Empty when everything adds up, every link leads somewhere and nobody touched the trail."""
    connection.check_constraints()
    found = [words for words, wrong in _questions() if wrong]
    if broken := first_broken_entry():
        found.append(f"Dấu vết không khớp từ dòng {broken.pk}")
    return found


def _questions():
    yield "Tổng dự toán khác tổng các nguồn", _wrong_totals()
    for stage in STAGES:
        yield f"Phần của các cơ sở khác dòng kinh phí ({stage})", _wrong_shares(stage)
    yield "Được duyệt vượt dự toán của kế hoạch", _over_budget()
    yield "Đã chi khác tổng chứng từ", _differ(_by_line("paid_amount"), _paid())
    accepted = AcceptanceAmount.objects.filter(acceptance__voided_at=None)
    yield "Nghiệm thu khác biên bản", _differ(_by_line("accepted_amount"), _sums(accepted, "acceptance__project"))
    settled = SettlementAmount.objects.filter(settlement__status=SettlementStatus.APPROVED)
    yield "Quyết toán khác hồ sơ đã duyệt", _differ(_by_line("settled_amount"), _sums(settled, "project"))
    yield "Bản phê duyệt sau cùng khác số được duyệt", _wrong_snapshots()
    yield "Tạm ứng vượt 70%", _advanced_too_much()
    loose = Project.objects.filter(status__in=APPROVED_PROJECT).exclude(plan__status__in=DECIDED_PLAN)
    yield "Đề án được duyệt trong kế hoạch chưa duyệt", loose.exists()
    final = Q(acceptances__is_final=True, acceptances__voided_at=None)
    minutes = Project.objects.annotate(minutes=Count("acceptances", filter=final))
    yield "Đã nghiệm thu mà không có biên bản", minutes.filter(status__in=DONE_PROJECT).exclude(minutes=1).exists()
    yield "Có biên bản mà chưa nghiệm thu", minutes.exclude(status__in=DONE_PROJECT).exclude(minutes=0).exists()


def _by_line(amount):
    return _sums(FundingLine.objects.all(), "project", amount)


def _sums(rows: QuerySet, project: str, amount="amount") -> dict:
    """{(project, source): sum}, without those of nothing."""
    found = rows.order_by().values_list(project, "source").annotate(sum=Sum(amount))
    return {(project, source): total for project, source, total in found.iterator() if total}


def _differ(one, other):
    return one != other


def _paid():
    rows = Disbursement.objects.in_force()
    refunded = _sums(rows.filter(kind=DisbursementKind.REFUND), "project")
    return dict(+(Tally(_sums(rows.exclude(kind=DisbursementKind.REFUND), "project")) - Tally(refunded)))


def _wrong_totals():
    stopped = Q(status=ProjectStatus.STOPPED)
    sums = Project.objects.annotate(
        asked=Coalesce(Sum("funding_lines__requested_amount"), 0),
        left=Coalesce(Sum("funding_lines__approved_amount"), 0),
    ).order_by()
    return sums.exclude(~stopped & Q(total_cost=F("asked")) | stopped & Q(total_cost=F("left"))).exists()


def _wrong_shares(stage):
    shares = BeneficiaryAmount.objects.filter(**{f"{stage}__isnull": False})
    divided = _sums(shares, "beneficiary__project", stage)
    named = set(shares.order_by().values_list("beneficiary__project", flat=True).distinct())
    lines = {key: amount for key, amount in _by_line(stage).items() if key[0] in named}
    return _differ(lines, divided)


def _over_budget():
    envelopes = {(row.plan_id, row.source_id): row.amount for row in PlanBudget.objects.all()}
    lines = FundingLine.objects.filter(approved_amount__isnull=False, source__category__in=SUPPORT_CATEGORIES)
    spent = _sums(lines, "project__plan", "approved_amount")
    return any(amount > envelopes.get(key, 0) for key, amount in spent.items())


def _wrong_snapshots():
    last = PlanSnapshot.objects.order_by().values("plan").annotate(last=Max("pk")).values("last")
    frozen = _sums(PlanSnapshotAmount.objects.filter(line__snapshot__in=last), "line__project")
    return _differ(_by_line("approved_amount"), frozen)


def _advanced_too_much():
    """Of what a project was stopped with nothing but the advance is left in its contract."""
    advances = Disbursement.objects.in_force().filter(kind=DisbursementKind.ADVANCE)
    advances = advances.exclude(project__status=ProjectStatus.STOPPED)
    given = _by_line("contracted_amount")
    return any(amount * 100 > given[key] * 70 for key, amount in _sums(advances, "project").items() if key in given)
