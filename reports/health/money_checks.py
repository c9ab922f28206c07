"""Checks of money: what has to add up, and payments with their vouchers. Đồng."""

from django.db.models import BigIntegerField, Case, Exists, F, OuterRef, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse

from khuyencong.money import vnd
from programs.models import DECIDED_PLAN, AnnualPlan, PlanBudget
from projects.models import (
    APPROVED_PROJECT,
    EDITABLE_PROJECT,
    BeneficiaryAmount,
    Disbursement,
    DisbursementKind,
    FundingLine,
    Project,
)
from reports.health.check import Check, Finding

CURRENT = Coalesce("approved_amount", "appraised_amount", "requested_amount")


def sum_of(rows, by, amount):
    """The sum of an amount over rows that a query's own row picks, as an expression; 0 of none."""
    sums = rows.order_by().values(by).annotate(of_rows=Sum(amount)).values("of_rows")
    return Coalesce(Subquery(sums), Value(0), output_field=BigIntegerField())


def _seen(user):
    return Project.objects.visible_to(user).order_by().values("pk")


def split_differs(user):
    """Once submitted; a decided amendment moves the total by what it changes, so those lines are left alone."""
    amended = FundingLine.objects.filter(project=OuterRef("pk"), amendment__isnull=False)
    lines = FundingLine.objects.filter(project=OuterRef("pk"))
    rows = Project.objects.visible_to(user).exclude(status__in=EDITABLE_PROJECT).filter(~Exists(amended))
    rows = rows.annotate(split=sum_of(lines, "project", "requested_amount"))
    return rows.exclude(total_cost=F("split")).order_by("-plan__year", "code", "pk")


def tell_split(project):
    apart = (project.total_cost or 0) - project.split
    detail = f"Tổng dự toán {vnd(project.total_cost or 0)}, các nguồn cộng lại {vnd(project.split)}: lệch {vnd(apart)}"
    return Finding(str(project), f"{project.get_absolute_url()}#kinh-phi", detail)


def shares_differ(user):
    """Lines whose facilities were given shares that do not add up to the line."""
    shares = BeneficiaryAmount.objects.filter(
        beneficiary__project=OuterRef("project"), source=OuterRef("source")
    ).annotate(current=CURRENT)
    any_shares = BeneficiaryAmount.objects.filter(beneficiary__project=OuterRef("project"))
    rows = FundingLine.objects.filter(Exists(any_shares), project__in=_seen(user))
    rows = rows.exclude(project__status__in=EDITABLE_PROJECT)
    rows = rows.annotate(line=CURRENT, shared=sum_of(shares, "source", "current"))
    rows = rows.exclude(line=F("shared")).select_related("project", "source")
    return rows.order_by("-project__plan__year", "project__code", "source__position", "pk")


def tell_shares(line):
    detail = f"{line.source}: cả đề án {vnd(line.line)}, các cơ sở cộng lại {vnd(line.shared)}"
    return Finding(str(line.project), f"{line.project.get_absolute_url()}#thu-huong", detail)


def _signed():
    refund = When(kind=DisbursementKind.REFUND, then=-F("amount"))
    return Case(refund, default=F("amount"), output_field=BigIntegerField())


def paid_without_voucher(user):
    vouchers = Disbursement.objects.in_force().filter(project=OuterRef("project"), source=OuterRef("source"))
    rows = FundingLine.objects.filter(project__in=_seen(user))
    rows = rows.annotate(vouchers=sum_of(vouchers.annotate(signed=_signed()), "source", "signed"))
    rows = rows.exclude(paid_amount=F("vouchers")).select_related("project", "source")
    return rows.order_by("-project__plan__year", "project__code", "source__position", "pk")


def tell_paid(line):
    detail = f"{line.source}: ghi đã chi {vnd(line.paid_amount)}, chứng từ có hiệu lực cộng lại {vnd(line.vouchers)}"
    return Finding(str(line.project), reverse("projects:money", args=[line.project_id]), detail)


def over_budget(user):
    approved = FundingLine.objects.filter(
        project__plan=OuterRef("plan"), source=OuterRef("source"), project__status__in=APPROVED_PROJECT
    )
    rows = PlanBudget.objects.filter(plan__status__in=DECIDED_PLAN)
    rows = rows.filter(plan__in=AnnualPlan.objects.visible_to(user).order_by().values("pk"))
    rows = rows.annotate(given=sum_of(approved, "source", "approved_amount")).filter(given__gt=F("amount"))
    return rows.select_related("plan", "source").order_by("-plan__year", "plan", "source__position")


def tell_over(budget):
    detail = f"{budget.source}: dự toán {vnd(budget.amount)}, đã duyệt cho đề án {vnd(budget.given)}"
    return Finding(str(budget.plan), budget.plan.get_absolute_url(), detail)


CHECKS = (
    Check(
        "chia-nguon", "Các nguồn không cộng đúng tổng dự toán",
        "Bảng kinh phí theo nguồn và tổng mức của đề án nói hai con số khác nhau.",
        "Mở đề án, đối chiếu tờ trình; cần sửa sau phê duyệt thì lập quyết định điều chỉnh.",
        split_differs, tell_split,
    ),
    Check(
        "thu-huong", "Phần của các cơ sở không cộng đúng dòng kinh phí",
        "Bảng theo loại hình, ngành nghề, địa bàn của báo cáo chia theo cơ sở sẽ lệch với tổng.",
        "Mở đề án, xem lại phần của từng cơ sở theo quyết định.",
        shares_differ, tell_shares,
    ),
    Check(
        "chung-tu", "Đã chi mà không có chứng từ, hoặc lệch chứng từ",
        "Giải ngân trong báo cáo tính theo chứng từ; tiền không có chứng từ không giải trình được.",
        "Mở trang Hợp đồng, chi tiền của đề án, nhập hoặc bỏ chứng từ.",
        paid_without_voucher, tell_paid,
    ),
    Check(
        "vuot-du-toan", "Đã duyệt cho đề án vượt dự toán của kế hoạch",
        "Kế hoạch không đủ tiền cho những gì đã phê duyệt.",
        "Mở kế hoạch, xem lại dự toán theo nguồn và các đề án của kế hoạch.",
        over_budget, tell_over,
    ),
)  # fmt: skip
