"""The official forms that are filled as workbooks: registration of a plan, list of vouchers, results by year.

The law names these forms and when they are used; the columns of the workbooks that come with the portal are
proposals, which a body replaces with the sheet it was given.
"""

from django.utils.text import slugify

from khuyencong.dates import long_date, short_date, today
from khuyencong.documents.letterheads import signer_of
from khuyencong.exports.form_books import FormCell, FormKind
from khuyencong.text import fold
from khuyencong.xlsx import Column, Group
from programs.models import AnnualPlan
from projects.final_accounts import VoucherList, support_vouchers
from projects.models import Settlement
from projects.plan_lines import mark_norms
from projects.services.plan import COUNTED, PLAN_ORDER
from reports.evaluation.content import selection_of
from reports.evaluation.money_tables import results_by_year
from reports.exporters import PlanExporter, decision_line, grouped
from reports.lists import for_export
from reports.models import Evaluation

LAW = "Thông tư 36/2013/TT-BCT"
BODY = FormCell("kc_co_quan", "Cơ quan lập", "TRUNG TÂM KHUYẾN CÔNG")
PLACE_DAY = FormCell("kc_noi_ngay", "Nơi, ngày lập", "Vĩnh Long, ngày 22 tháng 11 năm 2026")
SIGNED = (
    FormCell("kc_ky_chuc_vu", "Chức vụ người ký", "GIÁM ĐỐC"),
    FormCell("kc_ky_ho_ten", "Họ tên người ký", "Nguyễn Văn A"),
)


def _said(owner, kind):
    """What every form says of the body that makes it."""
    day = today()
    signer = signer_of(owner, kind, day)
    words = long_date(day)
    return {
        "kc_co_quan": owner.name.upper(),
        "kc_noi_ngay": f"{owner.place}, {words}" if owner.place else words,
        "kc_ky_chuc_vu": signer.post.upper() if signer else "",
        "kc_ky_ho_ten": signer.name if signer else "",
    }


# Mẫu số 2


def _registration(plan):
    projects = list(for_export(plan.projects.filter(status__in=COUNTED)).order_by(*PLAN_ORDER))
    for project in projects:
        project.plan, project.owner = plan, plan.owner
    mark_norms(projects)
    said = _said(plan.owner, "plan_registration")
    return said | {"kc_ke_hoach": str(plan), "kc_nam": plan.year, "kc_can_cu": decision_line(plan)}, grouped(projects)


REGISTRATION = FormKind(
    key="mau-2", title="Biểu tổng hợp đăng ký kế hoạch khuyến công", form="Mẫu số 2", noun="kế hoạch",
    cells=(
        BODY, FormCell("kc_ke_hoach", "Kế hoạch", "Kế hoạch khuyến công năm 2026"), FormCell("kc_nam", "Năm", "2026"),
        FormCell("kc_can_cu", "Căn cứ", "Theo Quyết định số …"), PLACE_DAY, *SIGNED,
    ),
    columns=PlanExporter.columns,
    records=lambda user: AnnualPlan.objects.visible_to(user).select_related("owner__parent", "program"),
    owner=lambda plan: plan.owner, filled=_registration,
    filename=lambda plan: f"mau-2_{plan.year}_{slugify(fold(plan.name))[:60]}",
)  # fmt: skip


# Mẫu số 8a, 8b


VOUCHER_COLUMNS = (
    Column("Số chứng từ", lambda row: row[0].number),
    Column("Ngày", lambda row: row[0].dated_on, "date"),
    Column("Nội dung chi", lambda row: row[0].content),
    Column("Hạng mục", lambda row: row[0].cost_item and row[0].cost_item.name),
    Column("Đơn vị bán, nhận", lambda row: row[0].payee),
    Column("Số tiền", lambda row: row[0].amount, "vnd", total=True),
    Column("Khuyến công", lambda row: row[1], "vnd", total=True, group="Trong đó"),
    Column("Đối ứng", lambda row: row[2], "vnd", total=True, group="Trong đó"),
    Column("Khác", lambda row: row[3], "vnd", total=True, group="Trong đó"),
    Column("Ghi chú", lambda row: row[0].note),
)


def _vouchers(settlement):
    rows = list(settlement.vouchers.select_related("project", "source", "cost_item"))
    listed = VoucherList(rows) if settlement.includes_other_sources else support_vouchers(rows)
    groups = [Group(f"{project.code} {project.name}", group.rows) for project, group in listed.groups]
    contract = settlement.contract
    said = _said(contract.party_b, "voucher_list") | {
        "kc_hop_dong": f"{contract} ngày {short_date(contract.signed_on)}",
        "kc_don_vi": str(contract.party_b),
        "kc_cong_van": f"{settlement.number or '…'} ngày {short_date(settlement.dated_on) or '…'}",
    }
    return said, groups


VOUCHERS = FormKind(
    key="mau-8", title="Bảng kê chứng từ đề nghị quyết toán", form="Mẫu số 8a, 8b", noun="quyết toán",
    cells=(
        BODY, FormCell("kc_hop_dong", "Hợp đồng", "Hợp đồng 01/HĐ ngày 01/03/2026"),
        FormCell("kc_don_vi", "Đơn vị thực hiện", "Trung tâm Khuyến công"),
        FormCell("kc_cong_van", "Kèm theo công văn số", "12/TTKC"), PLACE_DAY, *SIGNED,
    ),
    columns=VOUCHER_COLUMNS,
    records=lambda user: Settlement.objects.visible_to(user).select_related(
        "contract__plan", "contract__party_b__parent", "contract__party_a", "contract__owner"
    ),
    owner=lambda settlement: settlement.contract.party_b, filled=_vouchers,
    filename=lambda settlement: f"bang-ke-chung-tu_{slugify(fold(settlement.contract.number))[:60]}",
)  # fmt: skip


# Results by year, annex of an evaluation report


def _figure(key):
    return lambda row: row.figures.get(key)


class _Year:
    """A row of the table by year, its figures by the key of their column."""

    def __init__(self, table, row):
        self.label = row.label
        self.figures = {
            column.key: figure.value for column, figure in zip(table.columns, row.figures, strict=True)
        }  # fmt: skip


def _years(evaluation):
    table = results_by_year(selection_of(evaluation))
    said = _said(evaluation.owner, "evaluation_report") | {
        "kc_chuong_trinh": str(evaluation.program),
        "kc_thoi_ky": evaluation.period,
        "kc_so_lieu_den": short_date(evaluation.until or today()),
    }
    return said, [_Year(table, row) for row in table.rows if row.style != "total"]


YEARS = FormKind(
    key="phu-luc-danh-gia", title="Kết quả thực hiện chương trình khuyến công theo năm",
    form="Phụ lục báo cáo đánh giá", noun="báo cáo đánh giá",
    cells=(
        BODY, FormCell("kc_chuong_trinh", "Chương trình", "Chương trình khuyến công 2021-2025"),
        FormCell("kc_thoi_ky", "Thời kỳ", "giai đoạn 2021-2025"),
        FormCell("kc_so_lieu_den", "Số liệu đến", "31/12/2025"), PLACE_DAY, *SIGNED,
    ),
    columns=(
        Column("Năm", lambda row: row.label),
        Column("Quyết định kế hoạch", _figure("decisions")),
        Column("Giao", _figure("planned"), "integer", total=True, group="Đề án, nhiệm vụ"),
        Column("Hoàn thành", _figure("done"), "integer", total=True, group="Đề án, nhiệm vụ"),
        Column("Điều chỉnh", _figure("amended"), "integer", total=True, group="Đề án, nhiệm vụ"),
        Column("Ngừng", _figure("stopped"), "integer", total=True, group="Đề án, nhiệm vụ"),
        Column("Được duyệt", _figure("approved"), "vnd", total=True, group="Kinh phí khuyến công"),
        Column("Đã chi", _figure("paid"), "vnd", total=True, group="Kinh phí khuyến công"),
        Column("Quyết toán", _figure("settled"), "vnd", total=True, group="Kinh phí khuyến công"),
    ),
    records=lambda user: Evaluation.objects.visible_to(user).select_related(
        "program", "owner__parent", "place", "updated_by__organisation"
    ),
    owner=lambda evaluation: evaluation.owner, filled=_years,
    filename=lambda evaluation: f"phu-luc_{slugify(fold(str(evaluation)))[:60]}",
)  # fmt: skip

FORMS = {kind.key: kind for kind in (REGISTRATION, VOUCHERS, YEARS)}
