"""The list behind the money of the first page: approved projects of a year with what of theirs is paid and is not."""

from django import forms
from django.db.models import Count, F, QuerySet, Sum

from khuyencong.dates import today
from khuyencong.filters import FilterForm
from programs.models import SUPPORT_CATEGORIES, AnnualPlan, SourceCategory
from projects.models import APPROVED_PROJECT, ProjectStatus
from projects.progress import AT_WORK
from reports.dashboard.figures import NEAR
from reports.dashboard.unspent import REASONS, lines_of_year

SUPPORT, RISK, LATE, SOON = "khuyen-cong", "rui-ro", "qua-han", "sap-den-han"
AMOUNTS = ("approved", "contracted", "paid", "accepted", "at_risk")


class MoneyFilterForm(FilterForm):
    nam = forms.TypedChoiceField(label="Năm kế hoạch", required=False, coerce=int, empty_value=None)
    nguon = forms.ChoiceField(
        label="Nguồn", required=False,
        choices=[("", "Tất cả"), (SUPPORT, "Khuyến công (quốc gia, địa phương)"), *SourceCategory.choices],
    )  # fmt: skip
    xem = forms.ChoiceField(
        label="Chỉ xem", required=False,
        choices=[
            ("", "Mọi đề án đã phê duyệt"), (RISK, "Có nguy cơ không chi hết trong năm"),
            (LATE, "Quá ngày hoàn thành, chưa nghiệm thu"), (SOON, f"Hoàn thành trong {NEAR.days} ngày tới"),
        ],
    )  # fmt: skip
    trang_thai = forms.ChoiceField(
        label="Trạng thái", required=False,
        choices=[("", "Tất cả"), *((state.value, state.label) for state in APPROVED_PROJECT)],
    )  # fmt: skip

    LABELS = {"nam": "Năm"}
    SORTS = {
        "chua-chi": ("-risk_sum", "project__code", "project"),
        "ma": ("project__code", "project"),
        "han": ("project__ends_on", "project__code", "project"),
        "duoc-duyet": ("approved_sum", "project__code", "project"),
        "da-chi": ("paid_sum", "project__code", "project"),
    }
    EMPTY_LAST = ("project__ends_on",)

    def __init__(self, data=None, *, user, **kwargs):
        super().__init__(data, **kwargs)
        self.user = user
        years = AnnualPlan.objects.visible_to(user).order_by("-year").values_list("year", flat=True).distinct()
        years = dict.fromkeys([*years, today().year])
        self.fields["nam"].choices = [("", "Năm nay"), *((year, str(year)) for year in years)]

    @property
    def year(self):
        return (self.is_valid() and self.cleaned_data["nam"]) or today().year

    def lines(self) -> QuerySet:
        """The funding lines that the form asks for; those of an earlier year only where their money is at risk."""
        lines = lines_of_year(self.user, self.year)
        if not self.is_valid():
            return lines.none()
        asked = self.cleaned_data
        if asked["nguon"]:
            lines = lines.filter(
                source__category__in=SUPPORT_CATEGORIES if asked["nguon"] == SUPPORT else [asked["nguon"]]
            )
        if asked["trang_thai"]:
            lines = lines.filter(project__status=asked["trang_thai"])
        if asked["xem"] == RISK:
            return lines.filter(at_risk__gt=0)
        lines = lines.filter(project__plan__year=self.year)
        if asked["xem"] == LATE:
            return lines.filter(project__status__in=AT_WORK, project__ends_on__lt=today())
        if asked["xem"] == SOON:
            coming = (today(), today() + NEAR)
            return lines.filter(project__status__in=AT_WORK, project__ends_on__range=coming)
        return lines


def rows_of(lines: QuerySet) -> QuerySet:
    """A dict for each project: key, code, name, status, ends_on, is_sample, year of its plan, and sums in đồng."""
    named = {
        name: F(f"project__{path}")
        for name, path in (
            ("key", "pk"), ("code", "code"), ("name", "name"), ("status", "status"), ("ends_on", "ends_on"),
            ("is_sample", "is_sample"), ("year", "plan__year"),
        )
    }  # fmt: skip
    rows = lines.annotate(**named).values(*named)
    return rows.annotate(
        approved_sum=Sum("approved_amount"), contracted_sum=Sum("contracted_amount"), paid_sum=Sum("paid_amount"),
        accepted_sum=Sum("accepted_amount"), risk_sum=Sum("at_risk"),
    )  # fmt: skip


def totals_of(lines: QuerySet) -> dict:
    """Of exactly these lines: `count` of projects, and sums in đồng."""
    sums = {f"{name}_sum": Sum(name if name == "at_risk" else f"{name}_amount", default=0) for name in AMOUNTS}
    found = lines.aggregate(count=Count("project", distinct=True), **sums)
    return {name.removesuffix("_sum"): value for name, value in found.items()}


def reason_of(status: str) -> str:
    return REASONS.get(ProjectStatus(status), "")
