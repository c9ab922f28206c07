"""The working year of the living province: contracts, reports, vouchers, changes, acceptance, final accounts."""

from datetime import date, timedelta
from decimal import Decimal

from programs.models import AmendmentKind, Indicator, Scope
from projects import services
from projects.demo.vinh_long_handover import CLOSED as HANDED_OVER
from projects.demo.works import Works, fresh
from projects.models import FollowUp, FollowUpRound, Inspection, InspectionKind, Project

# Under a contract of their own, because their accounts are at different stages: name, how far.
ALONE = {
    "Máy cắt laser cho cơ khí nông nghiệp": "liquidated",
    "Máy tách vỏ, cán mỏng cốm dẹp Trà Cú": "approved",
    "Ứng dụng máy sấy bánh phồng Sơn Đốc": "submitted",
}
# Approved projects whose contract is signed and whose work has not begun.
SIGNED_ONLY = ("Ứng dụng máy phay đứng trong sản xuất máy phun thuốc",)
STOPPED = "Ứng dụng máy chưng cất rượu nếp"
LATER = "Ứng dụng máy nạo sấy cơm dừa"
NEXT_YEAR = "Lò nung gốm tiết kiệm năng lượng Mang Thít"
VISITED = "Xử lý nước thải cơ sở chế biến thạch dừa"
LATE_REPORT = "Hệ thống lọc bụi xưởng gỗ"
# What is under way has come so far by the end of this month.
REPORTED_UNTIL = date(2026, 10, 1)
DONE_PERCENT = 80
CONTRACTED_YEARS = ("2025-1", "2026-qg", "2026-1", "2026-2")


def carry_out(province, key, works: Works):
    """From decision to work, as the projects' stories tell, with what is advanced on the way; answers the contracts."""
    plan = province.plans[key]
    plan.refresh_from_db()
    rows = [(project, sketch) for project, sketch in province.projects(key) if sketch.fate != "line_returned"]
    rows = [(project, sketch) for project, sketch in rows if project.plan_id == plan.pk and project.is_approved]
    contracts = _contracts(works, plan, rows)
    for project, sketch in sorted(rows, key=lambda row: row[0].code):
        if sketch.fate in ("in_progress", "accepted"):
            works.desk.start(project)
        if sketch.fate == "in_progress":
            _under_way(works, project)
    return contracts


def finish(province, works: Works):
    """Accept what is done, day by day, so that the numbers of the minutes follow the days."""
    rows = [row for key in CONTRACTED_YEARS for row in province.projects(key) if row[1].fate == "accepted"]
    for project, sketch in sorted(rows, key=lambda row: (row[1].accepted_on, row[0].code)):
        _to_the_end(works, project, sketch)


def _contracts(works, plan, rows):
    """{project pk: Contract}: one for what is done, one for what goes on, and those that stand alone."""
    bundles = {}
    for project, sketch in rows:
        if sketch.fate == "approved" and project.name not in SIGNED_ONLY:
            continue
        bundles.setdefault(project.name if project.name in ALONE else sketch.fate, []).append(project)
    signed_on = max(plan.decision_on, date(plan.year, 1, 12)) + timedelta(days=7)
    contracts = {}
    for number, projects in enumerate(bundles.values(), 1):
        series = "QG" if plan.scope == Scope.NATIONAL else f"ĐP{plan.round_no}"
        name = f"{number:02d}/{plan.year}/HĐKC-{series}"
        contract = works.sign(plan, projects, name, signed_on)
        contracts |= {project.pk: contract for project in projects}
    return contracts


def _to_the_end(works, project, sketch):
    """Advanced where a report allows it, accepted, the rest paid; the closed year was paid on acceptance."""
    accepted_on, year = sketch.accepted_on, project.plan.year
    if year == 2026:
        month_before = accepted_on.replace(day=1) - timedelta(days=1)
        works.report(project, month_before.replace(day=1), 85)
        works.advance(project, accepted_on - timedelta(days=12))
    works.accept(project, accepted_on)
    if year == 2025 or ALONE.get(project.name) == "liquidated":
        works.pay_rest(project, accepted_on + timedelta(days=9))


def _under_way(works, project):
    """A report every month since the work began, each confirmed but for one that waits; then the advance."""
    months = months_between(max(fresh(project).contract.signed_on, project.starts_on), REPORTED_UNTIL)
    for number, month in enumerate(months, 1):
        waits = month == REPORTED_UNTIL and project.name == LATE_REPORT
        works.report(project, month, DONE_PERCENT * number // len(months), confirmed=not waits)
    if project.name != LATE_REPORT:
        works.advance(project, date(2026, 11, 9))


def months_between(first, last):
    """First days of the months from one day to another."""
    months, month = [], first.replace(day=1)
    while month <= last:
        months.append(month)
        month = (month + timedelta(days=31)).replace(day=1)
    return months


def settle_2025(province, contracts, works):
    """The closed year: put up, approved, liquidated; its plan is closed after that."""
    for contract in {contract.pk: contract for contract in contracts.values()}.values():
        works.settle(contract, "211/TTKC-QT", date(2025, 12, 26), until="approved")
        works.liquidate(contract, "07/2025/BBTL", date(2026, 1, 16))
    works.desk.close(province.plans["2025-1"])
    for project in Project.objects.filter(plan=province.plans["2025-1"], name__in=HANDED_OVER):
        _follow_up(works, project)


def _follow_up(works, project):
    row = FollowUp(
        project=project, round=FollowUpRound.FIRST, surveyed_on=date(2026, 6, 20),
        note="Máy chạy ổn định hai ca mỗi ngày.",
    )  # fmt: skip
    jobs = Indicator.objects.get(code="JOB_NEW")
    services.record_follow_up(row, by=works.desk.officer, values={jobs: Decimal(4)})


def settle_2026(contracts, works):
    """Three contracts of the year, each at another stage of its accounts."""
    projects = {project.name: project for project in Project.objects.filter(pk__in=contracts, name__in=ALONE)}
    for number, (name, until) in enumerate(ALONE.items(), 1):
        contract = contracts[projects[name].pk]
        works.settle(contract, f"{150 + number}/TTKC-QT", date(2026, 11, 5 + number), until=until)
        if until == "liquidated":
            works.liquidate(contract, "03/2026/BBTL", date(2026, 11, 16))


def change(province, works):
    """What the year brings beyond the plan: a later end, one into next year, a stop; visits to the places."""
    named = {project.name: project for project, _sketch in [*province.projects("2026-1"), *province.projects("2026-2")]}
    works.amend(
        fresh(named[LATER]), AmendmentKind.TIME, "Thiết bị nhập khẩu về chậm 20 ngày.",
        decision=("214/QĐ-SCT", date(2026, 11, 10), "Phạm Hữu Lộc", "Giám đốc"), new_ends_on=date(2026, 12, 28),
    )  # fmt: skip
    works.amend(
        fresh(named[STOPPED]), AmendmentKind.STOP, "Cơ sở chuyển nhượng, chủ mới không tiếp tục đầu tư.",
        decision=("1955/QĐ-UBND", date(2026, 11, 13), "Nguyễn Hoàng Nam", "Phó Chủ tịch"),
    )  # fmt: skip
    works.amend(
        fresh(named[NEXT_YEAR]), AmendmentKind.EXTEND, "Lò phải sấy khô qua mùa mưa, không kịp nghiệm thu trong năm.",
        new_ends_on=date(2027, 3, 31),
    )  # fmt: skip
    _visit(works, fresh(named[VISITED]))


def _visit(works, project):
    visit = Inspection(
        project=project, kind=InspectionKind.PERIODIC, number="05/BBKT", visited_on=date(2026, 10, 21),
        members="Phạm Thị Ngọc Lan, Phó Trưởng phòng, Sở Công Thương\nNguyễn Văn Út, công chức địa chính xã",
        findings="Đã xây xong bể điều hòa; chưa lắp máy thổi khí. Cơ sở lưu đủ chứng từ.",
        demands="Lắp máy thổi khí, gửi kết quả phân tích mẫu nước.", demands_due_on=date(2026, 11, 30), is_sample=True,
    )  # fmt: skip
    services.save_inspection(visit, by=project.created_by)
