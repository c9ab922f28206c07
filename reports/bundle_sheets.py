"""Excel files inside a bundle: money, contracts, payments, vouchers, timeline, list of files, frozen plans."""

from dataclasses import dataclass
from datetime import date

from khuyencong.xlsx import Column, Group, SheetExporter, write_workbook
from programs.models import FundingSource
from projects.final_accounts import reconciliation
from projects.models import PlanSnapshotAmount, Project, Stage, SupportContract, Voucher
from projects.services.plan import is_intact
from reports.exporters import ProjectListExporter, TimelineSheet
from reports.lists import for_export

UNIT = "Đơn vị tính: đồng"


def _amount(name):
    return lambda row: getattr(row, name)


class MoneySheet(SheetExporter):
    title = "Kinh phí theo nguồn"
    filename = "kinh-phi"
    sheet_name = "Kinh phí"
    unit_line = UNIT
    columns = (
        Column("Nguồn kinh phí", lambda line: line.source.name),
        *(Column(stage.label, _amount(f"{stage.value}_amount"), "vnd", total=True) for stage in Stage),
        Column("Đã chi", _amount("paid_amount"), "vnd", total=True),
    )


@dataclass(frozen=True)
class Agreement:
    """A contract, its appendix or a contract of support, as one line."""

    kind: str
    number: str
    signed_on: date
    ends_on: date | None
    between: str
    note: str = ""


class ContractSheet(SheetExporter):
    title = "Hợp đồng, phụ lục, hợp đồng hỗ trợ"
    filename = "hop-dong"
    sheet_name = "Hợp đồng"
    columns = (
        Column("Loại", lambda row: row.kind),
        Column("Số", lambda row: row.number),
        Column("Ngày ký", lambda row: row.signed_on, "date"),
        Column("Đến hết ngày", lambda row: row.ends_on, "date"),
        Column("Các bên", lambda row: row.between),
        Column("Ghi chú", lambda row: row.note),
    )


class PaymentSheet(SheetExporter):
    """Vouchers that were taken back stand beside the others, without a part in the sum."""

    title = "Tạm ứng, thanh toán, hoàn trả"
    filename = "chi"
    sheet_name = "Chi"
    unit_line = UNIT
    columns = (
        Column("Chứng từ", lambda row: row.voucher_number),
        Column("Ngày", lambda row: row.paid_on, "date"),
        Column("Loại", lambda row: f"{row.get_kind_display()} lần {row.round_no}"),
        Column("Nguồn", lambda row: row.source.name),
        Column("Số tiền", lambda row: None if row.voided_at else row.signed_amount, "vnd", total=True),
        Column("Năm ngân sách", lambda row: row.budget_year, "year"),
        Column("Ghi chú", lambda row: row.note),
        Column("Số tiền của chứng từ đã bỏ", lambda row: row.signed_amount if row.voided_at else None, "vnd"),
        Column("Bỏ lúc", lambda row: row.voided_at, "datetime"),
        Column("Lý do bỏ", lambda row: row.void_reason),
    )


class VoucherSheet(SheetExporter):
    title = "Bảng kê chứng từ quyết toán"
    filename = "chung-tu"
    sheet_name = "Chứng từ quyết toán"
    unit_line = UNIT
    columns = (
        Column("Số chứng từ", lambda row: row.number),
        Column("Ngày", lambda row: row.dated_on, "date"),
        Column("Nội dung chi", lambda row: row.content),
        Column("Hạng mục", lambda row: row.cost_item and row.cost_item.name),
        Column("Đơn vị bán, người nhận", lambda row: row.payee),
        Column("Nguồn", lambda row: row.source.name),
        Column("Số tiền", lambda row: row.amount, "vnd", total=True),
        Column("Ghi chú", lambda row: row.note),
    )


class FileSheet(SheetExporter):
    title = "Mục lục"
    filename = "muc-luc"
    columns = (
        Column("Tệp", lambda piece: piece.path),
        Column("Loại", lambda piece: piece.kind),
        Column("Nội dung", lambda piece: piece.title),
        Column("Số, ký hiệu", lambda piece: piece.number),
        Column("Ngày", lambda piece: piece.dated_on, "date"),
        Column("Số trang", lambda piece: piece.pages, "integer", total=True),
        Column("Dung lượng (byte)", lambda piece: piece.size, "integer", total=True),
        Column("SHA-256", lambda piece: piece.sha256),
        Column("Ghi chú", lambda piece: piece.note),
    )


class SnapshotSheet(SheetExporter):
    title = "Bản giữ nguyên của kế hoạch"
    filename = "ban-giu-nguyen"
    unit_line = UNIT
    columns = (
        Column("Mã", lambda row: row.line.code),
        Column("Tên đề án, nhiệm vụ", lambda row: row.line.name),
        Column("Nhóm", lambda row: row.line.group_name or row.line.content_name),
        Column("Đơn vị thực hiện", lambda row: row.line.implementing_unit),
        Column("Đơn vị thụ hưởng, địa bàn", lambda row: "; ".join(": ".join(pair) for pair in row.line.facilities)),
        Column("Nguồn", lambda row: row.source.name),
        Column("Đề nghị", lambda row: row.requested_amount, "vnd", total=True),
        Column("Trong kế hoạch", lambda row: row.amount, "vnd", total=True),
    )


class ReconciliationSheet(SheetExporter):
    """Mẫu số 10, Thông tư 36/2013/TT-BCT, in the columns of the page."""

    title = "Đối chiếu kinh phí khuyến công"
    filename = "doi-chieu"
    sheet_name = "Đối chiếu"
    unit_line = UNIT
    columns = (
        Column("Đề án", lambda row: str(row[0])),
        Column("Kinh phí theo hợp đồng", lambda row: row[1]["contracted"], "vnd", total=True),
        Column("Đã tạm ứng, chi", lambda row: row[1]["paid"], "vnd", total=True),
        Column("Được quyết toán", lambda row: row[1]["settled"], "vnd", total=True),
        Column("Còn phải cấp", lambda row: row[1]["to_pay"], "vnd", total=True),
        Column("Phải hoàn trả", lambda row: row[1]["to_refund"], "vnd", total=True),
    )


def write_money(stream, project, terms):
    """Money per source and stage, contracts, payments and vouchers of one project, a sheet each."""
    payments = project.disbursements.select_related("source").order_by("paid_on", "pk")
    vouchers = Voucher.objects.filter(project=project).select_related("source", "cost_item").order_by("dated_on", "pk")
    sheets = (
        (MoneySheet, project.funding_lines.select_related("source")), (ContractSheet, agreements(project)),
        (PaymentSheet, payments), (VoucherSheet, vouchers),
    )  # fmt: skip
    write_workbook(stream, [sheet(rows, subtitle_lines=[str(project)], **terms) for sheet, rows in sheets])


def agreements(project):
    """[Agreement] of a project: its contract, the appendices, the contracts of support with its facilities."""
    rows = []
    if contract := project.contract:
        between = f"{contract.party_a} – {contract.party_b}"
        rows.append(Agreement(contract.get_kind_display(), contract.number, contract.signed_on, contract.ends_on,
                              between, contract.get_status_display()))  # fmt: skip
        rows += [
            Agreement("Phụ lục", row.number, row.signed_on, None, between, str(row.amendment or ""))
            for row in contract.appendices.select_related("amendment__project").order_by("signed_on", "pk")
        ]
    supported = SupportContract.objects.filter(beneficiary__project=project).select_related("beneficiary__facility")
    rows += [
        Agreement("Hợp đồng hỗ trợ", row.number, row.signed_on, row.ends_on, str(row.beneficiary.facility), row.note)
        for row in supported.order_by("signed_on", "pk")
    ]
    return rows


def write_timeline(stream, entries, subtitle, terms):
    TimelineSheet(entries, subtitle_lines=[subtitle], **terms).write(stream)


def write_files(stream, pieces, subtitle, terms):
    FileSheet(pieces, subtitle_lines=[subtitle], **terms).write(stream)


def write_plan(stream, plan, projects, terms):
    """The projects of a plan as the list shows them, and the reconciliation of the year."""
    rows = for_export(Project.objects.filter(pk__in=[project.pk for project in projects])).order_by("code")
    contracts = [Group(f"{row.contract}, {row.contract.party_b}", _reconciled(row)) for row in
                 reconciliation(plan).contracts]  # fmt: skip
    sheets = [ProjectListExporter(rows, subtitle_lines=[str(plan)], **terms)]
    if contracts:
        sheets.append(ReconciliationSheet(contracts, subtitle_lines=[str(plan)], **terms))
    write_workbook(stream, sheets)


def _reconciled(row):
    return [(project, table.totals) for project, table in row.table.projects]


def write_snapshot(stream, snapshot, terms):
    """One frozen version with its own hash, and whether it still reads as it did."""
    rows = PlanSnapshotAmount.objects.filter(line__snapshot=snapshot).select_related("line", "source")
    intact = "còn nguyên" if is_intact(snapshot) else "KHÔNG CÒN NHƯ LÚC GIỮ"
    budgets = dict(FundingSource.objects.in_bulk(list(snapshot.budgets), field_name="code")) if snapshot.budgets else {}
    envelope = "; ".join(f"{budgets.get(code, code)} {amount:,}".replace(",", ".") for code, amount in
                         snapshot.budgets.items())  # fmt: skip
    SnapshotSheet(
        rows.order_by("line__code", "source__position", "pk"),
        subtitle_lines=[str(snapshot), f"Dự toán (đồng): {envelope or 'chưa đặt'}",
                        f"SHA-256 của bản giữ nguyên: {snapshot.sha256} ({intact})"],
        **terms,
    ).write(stream)  # fmt: skip
