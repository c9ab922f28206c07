"""Money of a plan year that may not be spent by the year's end: the rule, and the funding lines that it holds of.

Khuyến công money not spent in its year may be spent in the next one only with leave, once (Nghị định 45/2012/NĐ-CP,
Điều 14 khoản 4); what is neither spent nor carried over is lost. Đồng.
"""

from django.db.models import BigIntegerField, Case, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest, Least

from khuyencong.kept import in_provinces
from khuyencong.models import User
from programs.models import SUPPORT_CATEGORIES
from projects.models import CarryOver, FundingLine, Project, ProjectStatus

RULE = (
    "Kinh phí khuyến công (quốc gia, địa phương) đã duyệt cho đề án của năm, trừ số đã chi; đã nghiệm thu thì tính "
    "theo số nghiệm thu, đã quyết toán thì theo số quyết toán. Trừ số đã được phép chuyển sang năm sau, cộng số năm "
    "trước chuyển sang mà chưa chi. Không tính đề án đã ngừng. Căn cứ: kinh phí chưa chi hết trong năm chỉ được "
    "chuyển sang năm sau một lần, khi có văn bản cho phép (Nghị định 45/2012/NĐ-CP, Điều 14 khoản 4)."
)
# Why the money of a project in this state is not spent, and what spends it.
REASONS = {
    ProjectStatus.APPROVED: "Chưa ký hợp đồng",
    ProjectStatus.CONTRACTED: "Đã ký hợp đồng, chưa bắt đầu",
    ProjectStatus.IN_PROGRESS: "Đang thực hiện, chưa nghiệm thu",
    ProjectStatus.ACCEPTED: "Đã nghiệm thu, chưa quyết toán",
    ProjectStatus.HANDED_OVER: "Đã bàn giao, chưa quyết toán",
    ProjectStatus.SETTLING: "Quyết toán chờ duyệt",
    ProjectStatus.SETTLED: "Đã quyết toán, còn phải chi",
    ProjectStatus.LIQUIDATED: "Đã thanh lý, số chi còn thiếu",
}


def lines_of_year(user: User, year: int, provinces: list | None = None) -> QuerySet:
    """Funding lines of the approved projects of a plan year, and of earlier ones whose money came over into it.

    Each with `at_risk`, đồng; 0 for money that the rule does not hold of. Of these provinces alone, where they are
    given (`khuyencong.kept.in_provinces`).
    """
    approved = Project.objects.approved().order_by()
    carried_over = CarryOver.objects.filter(to_year=year).order_by()
    carried = in_provinces(approved.visible_to(user), provinces).filter(pk__in=carried_over.values("project"))
    # A union: as one condition with OR, every project of every year would be tried.
    projects = approved.seen_in_year(user, year, provinces).values("pk").union(carried.values("pk"))
    moved = CarryOver.objects.filter(project=OuterRef("project"), source=OuterRef("source"))
    came, went = moved.filter(to_year=year), moved.filter(from_year=year)
    is_of_year = Q(project__plan__year=year)
    due = Coalesce("settled_amount", "accepted_amount", "approved_amount", Value(0))
    unpaid = Greatest(due - F("paid_amount"), Value(0), output_field=BigIntegerField())
    left = Greatest(unpaid - _sum(went), Value(0), output_field=BigIntegerField())
    counts = Q(source__category__in=SUPPORT_CATEGORIES) & ~Q(project__status=ProjectStatus.STOPPED)
    at_risk = Case(
        When(counts & is_of_year, then=left),
        When(counts, then=Least(unpaid, _sum(came), output_field=BigIntegerField())),
        default=Value(0), output_field=BigIntegerField(),
    )  # fmt: skip
    return FundingLine.objects.filter(project__in=projects).order_by().annotate(at_risk=at_risk)


def _sum(rows):
    sums = rows.order_by().values("project").annotate(sum=Sum("amount")).values("sum")
    return Coalesce(Subquery(sums), Value(0), output_field=BigIntegerField())
