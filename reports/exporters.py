"""Excel files of lists and plans: what the screen shows is what the file holds."""

from khuyencong.dates import short_date
from khuyencong.documents.codes import shown_code
from khuyencong.xlsx import Column, Group, SheetExporter
from projects.models import ProjectStatus
from projects.plan_columns import aims, effect, facility_lines, form_of, period, priorities
from projects.services.norms import over_norm_words
from projects.services.plan import heading
from reports.dashboard.money import reason_of

MONEY = (
    ("KCQG", "national_amount"),
    ("KCĐP", "local_amount"),
    ("Đối ứng", "counterpart_amount"),
    ("Khác", "other_amount"),
)


def _money_columns(group):
    def getter(name):
        return lambda project: getattr(project, name)

    columns = [Column("Tổng số", getter("total_amount"), "vnd", total=True, group=group)]
    columns += [Column(header, getter(name), "vnd", total=True, group=group) for header, name in MONEY]
    return columns


class ProjectListExporter(SheetExporter):
    title = "Danh mục đề án, nhiệm vụ khuyến công"
    filename = "danh-muc-de-an"
    unit_line = "Đơn vị tính: đồng"
    columns = (
        Column("Mã", lambda project: project.code),
        Column("Tên đề án, nhiệm vụ", lambda project: project.name),
        Column("Loại", lambda project: project.get_kind_display()),
        Column("Trạng thái", lambda project: project.get_status_display()),
        Column("Nội dung hoạt động", lambda project: project.content and str(project.content)),
        Column("Kế hoạch", lambda project: str(project.plan)),
        Column("Đơn vị thực hiện", lambda project: project.implementing_unit and str(project.implementing_unit)),
        Column("Đơn vị thụ hưởng, địa bàn", facility_lines),
        Column("Số cơ sở", lambda project: project.facility_count, "integer", total=True),
        Column("Bắt đầu", lambda project: project.starts_on, "date"),
        Column("Hoàn thành", lambda project: project.ends_on, "date"),
        *_money_columns("Kinh phí"),
        Column("Năm kế hoạch", lambda project: project.plan.year, "year", is_default=False),
        Column("Nhóm đề án", lambda project: project.group and str(project.group), is_default=False),
        Column("Ngành, nghề", lambda project: project.industry and project.industry.short_name, is_default=False),
        Column("Điểm, nhóm, cụ thể", form_of, is_default=False),
        Column("Đơn vị phối hợp", lambda project: project.coordinating_units, is_default=False),
        Column("Địa điểm", lambda project: project.place_note, is_default=False),
        Column("Tiêu chí ưu tiên", priorities, is_default=False),
        Column("Tổng dự toán", lambda project: project.total_cost, "vnd", total=True, is_default=False),
        Column("Sự cần thiết", lambda project: project.necessity, is_default=False),
        Column("Mục tiêu, quy mô, nội dung chính", aims, is_default=False),
        Column("Hiệu quả dự kiến", effect, is_default=False),
        Column("Kết quả thẩm định", lambda project: project.appraisal_opinion, is_default=False),
        Column("Trình lúc", lambda project: project.submitted_at, "datetime", is_default=False),
        Column("Nguồn số liệu", lambda project: project.source_note, is_default=False),
        Column("Sửa cuối lúc", lambda project: project.updated_at, "datetime", is_default=False),
    )


class ProgramListExporter(SheetExporter):
    title = "Danh mục chương trình khuyến công"
    filename = "danh-muc-chuong-trinh"
    columns = (
        Column("Chương trình", lambda program: program.name),
        Column("Địa bàn", lambda program: str(program.area or "Trên nhiều tỉnh")),
        Column("Phạm vi", lambda program: program.get_scope_display()),
        Column("Từ năm", lambda program: program.period_start, "year", group="Giai đoạn"),
        Column("Đến năm", lambda program: program.period_end, "year", group="Giai đoạn"),
        Column("Số", lambda program: program.decision_number, group="Quyết định phê duyệt"),
        Column("Ngày", lambda program: program.decision_on, "date", group="Quyết định phê duyệt"),
        Column("Cơ quan quản lý", lambda program: str(program.owner)),
        Column("Kế hoạch", lambda program: program.plan_count, "integer", total=True),
    )


class PlanListExporter(SheetExporter):
    title = "Danh mục kế hoạch khuyến công năm"
    filename = "danh-muc-ke-hoach"
    unit_line = "Đơn vị tính: đồng"
    columns = (
        Column("Năm", lambda plan: plan.year, "year"),
        Column("Đợt", lambda plan: plan.round_no, "year"),
        Column("Kế hoạch", lambda plan: plan.name),
        Column("Chương trình", lambda plan: str(plan.program)),
        Column("Cơ quan quản lý", lambda plan: str(plan.owner)),
        Column("Trạng thái", lambda plan: plan.get_status_display()),
        Column("Số", lambda plan: plan.decision_number, group="Quyết định"),
        Column("Ngày", lambda plan: plan.decision_on, "date", group="Quyết định"),
        Column("KCQG", lambda plan: plan.national_budget, "vnd", total=True, group="Dự toán"),
        Column("KCĐP", lambda plan: plan.local_budget, "vnd", total=True, group="Dự toán"),
        Column("Tất cả", lambda plan: plan.project_count, "integer", total=True, group="Số đề án, nhiệm vụ"),
        Column("Xếp, được duyệt", lambda plan: plan.line_count, "integer", total=True, group="Số đề án, nhiệm vụ"),
        Column("Hỗ trợ xếp, được duyệt", lambda plan: plan.line_support, "vnd", total=True),
    )


class ContractListExporter(SheetExporter):
    title = "Danh mục hợp đồng"
    filename = "danh-muc-hop-dong"
    unit_line = "Đơn vị tính: đồng"
    columns = (
        Column("Số", lambda contract: contract.number),
        Column("Loại", lambda contract: contract.get_kind_display()),
        Column("Ngày ký", lambda contract: contract.signed_on, "date"),
        Column("Thực hiện từ", lambda contract: contract.starts_on, "date"),
        Column("Đến hết ngày", lambda contract: contract.ends_on, "date"),
        Column("Trạng thái", lambda contract: contract.get_status_display()),
        Column("Bên A", lambda contract: str(contract.party_a)),
        Column("Người ký bên A", lambda contract: contract.party_a_signer, is_default=False),
        Column("Bên B (đơn vị thực hiện)", lambda contract: str(contract.party_b)),
        Column("Người ký bên B", lambda contract: contract.party_b_signer, is_default=False),
        Column("Kế hoạch", lambda contract: str(contract.plan)),
        Column("Đề án", lambda contract: ", ".join(project.code for project in contract.projects.all())),
        Column("Số đề án", lambda contract: contract.project_count, "integer", total=True),
        Column("Theo hợp đồng", lambda contract: contract.contracted_total, "vnd", total=True, group="Hỗ trợ"),
        Column("Đã chi", lambda contract: contract.paid_total, "vnd", total=True, group="Hỗ trợ"),
        Column("Còn lại", lambda contract: contract.contracted_total - contract.paid_total, "vnd", total=True,
               group="Hỗ trợ"),
        Column("Ghi chú", lambda contract: contract.note, is_default=False),
    )  # fmt: skip


class EvaluationListExporter(SheetExporter):
    title = "Danh mục báo cáo đánh giá"
    filename = "danh-muc-bao-cao-danh-gia"
    columns = (
        Column("Chương trình", lambda report: str(report.program)),
        Column("Loại", lambda report: report.get_kind_display()),
        Column("Thời gian", lambda report: report.period),
        Column("Từ ngày", lambda report: report.starts_on, "date"),
        Column("Đến ngày", lambda report: report.ends_on, "date"),
        Column("Địa bàn", lambda report: report.place and str(report.place)),
        Column("Tính theo", lambda report: report.get_basis_display()),
        Column("Số liệu đến", lambda report: report.until, "date"),
        Column("Cơ quan", lambda report: str(report.owner)),
    )


class HandoverListExporter(SheetExporter):
    """Receivers and values as on the page of each event: works, equipment and contracts, without results."""

    title = "Danh mục đợt bàn giao"
    filename = "danh-muc-ban-giao"
    unit_line = "Đơn vị tính: đồng"
    columns = (
        Column("Ngày bàn giao", lambda event: event.held_on, "date"),
        Column("Ngày chưa rõ năm", lambda event: "" if event.held_on else event.held_label),
        Column("Đợt bàn giao", str),
        Column("Địa điểm", lambda event: event.venue),
        Column("Bên giao", lambda event: str(event.giver)),
        Column("Kế hoạch", lambda event: str(event.plan)),
        Column("Đề án", lambda event: ", ".join(project.code for project in event.projects.all())),
        Column("Trạng thái", lambda event: "Đã hoàn tất" if event.is_done else "Đang chuẩn bị"),
        Column("Bên nhận", lambda event: event.receiver_count, "integer", total=True),
        Column("Công trình, tài sản", lambda event: event.asset_amount, "vnd", total=True, group="Giá trị"),
        Column("Hợp đồng chuyển giao", lambda event: event.contract_amount, "vnd", total=True, group="Giá trị"),
    )


class RegisterExporter(SheetExporter):
    title = "Sổ văn bản phát hành"
    filename = "so-van-ban"
    columns = (
        Column("Số, ký hiệu", lambda document: document.number_text),
        Column("Ngày văn bản", lambda document: document.dated_on, "date"),
        Column("Loại văn bản", lambda document: document.kind_label),
        Column("Trích yếu", lambda document: document.title),
        Column("Cơ quan ban hành", lambda document: document.issuer_name),
        Column("Người ký", lambda document: document.signer_name),
        Column("Bản", lambda document: document.version, "integer"),
        Column("Trạng thái", lambda document: document.get_status_display()),
        Column("Số trang", lambda document: document.page_count, "integer", total=True),
        Column("Hồ sơ", lambda document: document.subject_name),
        Column("Phát hành lúc", lambda document: document.issued_at, "datetime"),
        Column("Người phát hành", lambda document: str(document.issued_by)),
        Column("Lý do thay thế, thu hồi", lambda document: document.close_reason),
        Column("Mã tra cứu", lambda document: shown_code(document.code)),
        Column("SHA-256 của tệp PDF", lambda document: document.sha256),
    )


class PlanExporter(SheetExporter):
    """The registration table of a plan, in the columns of Mẫu số 2 (Thông tư 36/2013/TT-BCT, Điều 6)."""

    title = "Biểu tổng hợp đề án, nhiệm vụ khuyến công"
    filename = "ke-hoach-khuyen-cong"
    unit_line = "Đơn vị tính: đồng"
    columns = (
        Column("Tên đề án, nhiệm vụ", lambda project: f"{project.name} ({project.code})"),
        Column("Nội dung hoạt động", lambda project: project.content and str(project.content)),
        Column("Điểm, nhóm, cụ thể", form_of),
        Column("Đơn vị thực hiện", lambda project: project.implementing_unit and str(project.implementing_unit)),
        Column("Đơn vị phối hợp", lambda project: project.coordinating_units),
        Column("Đơn vị thụ hưởng, địa điểm", facility_lines),
        Column("Ngành, nghề", lambda project: project.industry and project.industry.short_name),
        Column("Tiêu chí ưu tiên", priorities),
        Column("Mục tiêu, quy mô, nội dung chính", aims),
        Column("Thời gian", period),
        *_money_columns("Kinh phí"),
        Column("Hiệu quả dự kiến", effect),
        Column("Kết quả thẩm định", lambda project: project.appraisal_opinion),
        Column("Vượt mức hỗ trợ, lý do", lambda project: over_norm_words(project.over_norm)),
    )


class TimelineSheet(SheetExporter):
    title = "Diễn biến"
    filename = "dien-bien"
    columns = (
        Column("Lúc", lambda entry: entry.at, "datetime"),
        Column("Người thực hiện", lambda entry: str(entry.actor or "Hệ thống")),
        Column("Việc", lambda entry: entry.label),
        Column("Hồ sơ", lambda entry: entry.subject_name),
        Column("Từ", lambda entry: entry.before_label),
        Column("Sang", lambda entry: entry.after_label),
        Column("Lý do", lambda entry: entry.reason),
        Column("Thay đổi", lambda entry: changes_in_words(entry)),
    )


def changes_in_words(entry):
    """“Quy mô: 2 máy → 3 máy; …”."""
    return "; ".join(f"{label}: {old} → {new or 'để trống'}" if old else f"{label}: {new}" for label, old, new in
                     entry.changes)  # fmt: skip


class MoneyListExporter(SheetExporter):
    """Money by project of a plan year; the rows are those of `reports.dashboard.money.rows_of`."""

    title = "Kinh phí theo đề án"
    filename = "kinh-phi-theo-de-an"
    unit_line = "Đơn vị tính: đồng"
    columns = (
        Column("Mã", lambda row: row["code"]),
        Column("Tên đề án, nhiệm vụ", lambda row: row["name"]),
        Column("Năm kế hoạch", lambda row: row["year"], "year"),
        Column("Trạng thái", lambda row: ProjectStatus(row["status"]).label),
        Column("Hoàn thành", lambda row: row["ends_on"], "date"),
        Column("Được duyệt", lambda row: row["approved_sum"] or 0, "vnd", total=True),
        Column("Hợp đồng", lambda row: row["contracted_sum"] or 0, "vnd", total=True),
        Column("Đã chi", lambda row: row["paid_sum"] or 0, "vnd", total=True),
        Column("Nghiệm thu", lambda row: row["accepted_sum"] or 0, "vnd", total=True),
        Column("Có thể không chi hết", lambda row: row["risk_sum"] or 0, "vnd", total=True),
        Column("Vì sao", lambda row: reason_of(row["status"]) if row["risk_sum"] else ""),
    )


class FigureRowsExporter(SheetExporter):
    """The rows behind a figure of an evaluation report; the rows are those of `reports.evaluation.lines`."""

    title = "Các dòng của số liệu"
    filename = "dong-cua-so-lieu"
    columns = (
        Column("Nội dung", lambda line: line.what),
        Column("Mã đề án", lambda line: line.project and line.project.code),
        Column("Tên đề án, nhiệm vụ", lambda line: line.project and line.project.name),
        Column("Nguồn", lambda line: line.source and line.source.short_name),
        Column("Ngày", lambda line: line.day, "date"),
        Column("Số liệu", lambda line: line.amount, "decimal", total=True),
    )


def grouped(projects):
    """Groups for the sheet: by nhóm đề án where the plan has them, else by content of Điều 4; order kept."""
    groups = {}
    for project in projects:
        groups.setdefault(heading(project), []).append(project)
    return [Group(title, rows) for title, rows in groups.items()]


def decision_line(plan):
    """Which paper the figures rest on, for the head of the sheet."""
    if plan.is_approved:
        return (
            f"Theo Quyết định số {plan.decision_number} ngày {short_date(plan.decision_on)} của {plan.decision_issuer}"
        )
    return f"Trạng thái: {plan.get_status_display()}"
