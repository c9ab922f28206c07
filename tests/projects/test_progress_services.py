"""Monthly progress reports, their confirmation, and inspection visits."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from khuyencong.models import AuditEntry, Role
from khuyencong.versions import StaleVersionError
from projects import services
from projects.models import (
    Contract,
    CostItem,
    Disbursement,
    DisbursementKind,
    Inspection,
    ProgressItem,
    ProgressReport,
    ProjectStatus,
)
from projects.services.inspections import resolve_inspection, save_inspection
from projects.services.progress_reports import (
    confirm_progress_report,
    doubts,
    prefilled_items,
    reportable_months,
    save_progress_report,
    withdraw_confirmation,
)
from tests import stories
from tests.factories import UserFactory, source, thai_nguyen

TODAY = date(2026, 6, 15)


@pytest.fixture(autouse=True)
def _mid_june(monkeypatch):
    for module in ("progress_reports", "inspections"):
        monkeypatch.setattr(f"projects.services.{module}.today", lambda: TODAY)


@pytest.fixture
def house(db):
    return stories.make_house()


@pytest.fixture
def project(house):
    return services.start_project(stories.approved_project(house), by=house.officer)


def report_of(project, month, percent=10, value=0, **fields):
    return ProgressReport(
        project=project, month=date(2026, month, 1), volume_percent=Decimal(percent), value_done=value, **fields
    )


def sign_contract(house, project, signed_on):
    contract = Contract(
        plan=project.plan, number="01/HĐ", signed_on=signed_on, ends_on=date(2026, 12, 1), party_a=house.department,
        party_b=house.centre, created_by=house.officer, updated_by=house.officer,
    )  # fmt: skip
    contract.save()
    return contract


def saved(project, house, month, percent=10, value=0, **kwargs):
    return save_progress_report(report_of(project, month, percent, value), by=house.officer, **kwargs)


def test_months_run_from_the_decision_or_the_contract_to_this_month(house, project):
    assert reportable_months(project) == [date(2026, month, 1) for month in range(1, 7)]
    project.contract = sign_contract(house, project, date(2026, 4, 20))
    assert reportable_months(project) == [date(2026, month, 1) for month in range(4, 7)]


def test_saving_tells_the_project_what_was_reported(house, project):
    report = saved(project, house, 5, 55, 200_000_000, items=[ProgressItem(name="Máy nấu", done_quantity=1)])
    assert (report.owner, report.province, report.is_confirmed) == (project.owner, project.province, False)
    entry = AuditEntry.objects.about(project).first()
    assert entry.label == "Lập Báo cáo tiến độ tháng 05/2026"
    assert ["khối lượng", "", "Máy nấu: 1"] in entry.changes
    assert ["giá trị đã thực hiện (đồng)", "", "200.000.000"] in entry.changes


@pytest.mark.parametrize(
    ("month", "words"),
    [
        (date(2026, 7, 1), "Tháng 7/2026 chưa đến, chưa báo cáo được."),
        (date(2025, 12, 1), "Chọn từ tháng 01/2026: quyết định 10/QĐ-UBND ký ngày 04/01/2026."),
    ],
)
def test_a_month_outside_the_work_is_refused(house, project, month, words):
    report = ProgressReport(project=project, month=month, volume_percent=1, value_done=0)
    with pytest.raises(ValidationError) as refusal:
        save_progress_report(report, by=house.officer)
    assert refusal.value.message_dict == {"month": [words]}


def test_the_first_month_counts_from_the_contract(house, project):
    project.contract = sign_contract(house, project, date(2026, 3, 10))
    project.save()
    with pytest.raises(ValidationError, match="Chọn từ tháng 3/2026: Hợp đồng 01/HĐ ký ngày 10/03/2026."):
        saved(project, house, 2)


def test_only_one_report_a_month(house, project):
    saved(project, house, 5)
    with pytest.raises(ValidationError, match="Đề án đã có báo cáo tiến độ của tháng này."):
        saved(project, house, 5)


def test_cumulative_figures_never_fall_and_the_refusal_names_the_months(house, project):
    machine = [ProgressItem(name="Máy nấu", done_quantity=3)]
    saved(project, house, 3, 40, 100_000_000, items=machine)
    fewer = [ProgressItem(name="máy nấu", done_quantity=2)]
    with pytest.raises(ValidationError) as refusal:
        saved(project, house, 5, 30, 90_000_000, items=fewer)
    rest = "số lũy kế không giảm; sửa một trong hai tháng."
    assert refusal.value.message_dict == {
        "volume_percent": [f"Khối lượng của tháng 5/2026 là 30%, thấp hơn 40% của tháng 3/2026: {rest}"],
        "value_done": [
            f"Giá trị của tháng 5/2026 là 90.000.000 đồng, thấp hơn 100.000.000 đồng của tháng 3/2026: {rest}"
        ],
        "__all__": [f"“Máy nấu” của tháng 5/2026 là 2, thấp hơn 3 của tháng 3/2026: {rest}"],
    }


def test_a_month_filled_in_later_stays_below_the_next_one(house, project):
    saved(project, house, 5, 40)
    with pytest.raises(ValidationError, match="Khối lượng của tháng 5/2026 là 40%, thấp hơn 50% của tháng 4/2026"):
        saved(project, house, 4, 50)
    assert saved(project, house, 4, 40).pk


@pytest.mark.parametrize("status", [ProjectStatus.APPROVED, ProjectStatus.ACCEPTED, ProjectStatus.STOPPED])
def test_only_projects_at_work_are_reported(house, project, status):
    type(project).objects.filter(pk=project.pk).update(status=status)
    with pytest.raises(ValidationError, match="báo cáo tiến độ lập khi đã ký hợp đồng hoặc đang thực hiện"):
        saved(project, house, 5)


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.ACCOUNTANT, Role.VIEWER, Role.ADMIN])
def test_other_roles_do_not_report(house, project, role):
    user = UserFactory(organisation=house.department, role=role)
    with pytest.raises(PermissionDenied, match="Việc “Báo cáo tiến độ” dành cho"):
        save_progress_report(report_of(project, 5), by=user)


def test_another_house_does_not_report(project):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    with pytest.raises(PermissionDenied, match="chỉ được xem"):
        save_progress_report(report_of(project, 5), by=north.officer)


def test_items_come_from_the_estimate_and_then_from_the_month_before(house, project):
    item = CostItem.objects.create(project=project, name="Máy nấu", unit_name="cái", quantity=2, unit_price=5_000_000)
    (first,) = prefilled_items(project)
    assert (first.cost_item, first.name, first.planned_quantity, first.done_quantity) == (item, "Máy nấu", 2, 0)
    first.done_quantity, first.done_amount = 1, 5_000_000
    saved(project, house, 5, items=[first])
    (second,) = prefilled_items(project)
    assert (second.pk, second.cost_item, second.done_quantity, second.done_amount) == (None, item, 1, 5_000_000)


def test_doubts_tell_figures_beyond_the_estimate(house, project):
    items = [ProgressItem(name="Máy", unit_name="cái", planned_quantity=2, done_quantity=3, done_amount=700_000_000)]
    report = saved(project, house, 5, 90, 650_000_000, items=items)
    assert doubts(report) == [
        "Giá trị đã thực hiện 650.000.000 đồng vượt tổng dự toán 640.000.000 đồng là 10.000.000 đồng.",
        "Các hạng mục cộng lại 700.000.000 đồng, lớn hơn giá trị đã thực hiện 650.000.000 đồng.",
        "Máy: đã làm 3 trên kế hoạch 2 cái.",
    ]
    assert doubts(saved(project, house, 6, 100, 650_000_000, items=[]))[1:] == []


def test_saving_over_somebody_else_is_refused(house, project):
    report = saved(project, house, 5)
    stale = ProgressReport.objects.get(pk=report.pk)
    save_progress_report(report, by=house.officer, expected_version=1)
    with pytest.raises(StaleVersionError):
        save_progress_report(stale, by=house.second_officer, expected_version=1)


# Confirmation


def test_a_confirmed_report_changes_no_more(house, project):
    report = confirm_progress_report(saved(project, house, 5), by=house.reviewer)
    assert (report.confirmed_by, report.is_confirmed) == (house.reviewer, True)
    with pytest.raises(ValidationError, match="không sửa được nữa"):
        save_progress_report(report, by=house.officer)
    with pytest.raises(ValidationError, match="không sửa được nữa"):
        confirm_progress_report(report, by=house.director)


def test_nobody_confirms_what_they_wrote_or_mended(house, project):
    report = save_progress_report(report_of(project, 5), by=house.reviewer)
    with pytest.raises(PermissionDenied, match="không tự xác nhận"):
        confirm_progress_report(report, by=house.reviewer)
    mended = save_progress_report(report, by=house.second_reviewer)
    for author in (house.reviewer, house.second_reviewer):
        with pytest.raises(PermissionDenied, match="không tự xác nhận"):
            confirm_progress_report(mended, by=author)
    assert confirm_progress_report(mended, by=house.director).is_confirmed


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ACCOUNTANT, Role.VIEWER])
def test_other_roles_do_not_confirm(house, project, role):
    user = UserFactory(organisation=house.department, role=role)
    with pytest.raises(PermissionDenied, match="dành cho: Lãnh đạo phòng"):
        confirm_progress_report(saved(project, house, 5), by=user)


def test_confirming_what_was_not_read_is_refused(house, project):
    report = saved(project, house, 5)
    save_progress_report(report, by=house.officer)
    with pytest.raises(StaleVersionError):
        confirm_progress_report(report, by=house.reviewer, expected_version=1)


def test_withdrawing_needs_a_reason_and_opens_the_report_again(house, project):
    report = confirm_progress_report(saved(project, house, 5), by=house.reviewer)
    with pytest.raises(ValidationError, match="Nêu lý do"):
        withdraw_confirmation(report, by=house.director, reason=" ")
    report = withdraw_confirmation(report, by=house.director, reason="Sai khối lượng.")
    assert (report.confirmed_by, report.confirmed_at) == (None, None)
    entry = AuditEntry.objects.about(project).first()
    assert (entry.action, entry.reason) == ("project.progress_withdraw", "Sai khối lượng.")
    report.volume_percent = 12
    assert save_progress_report(report, by=house.officer).volume_percent == 12


def test_a_confirmation_that_a_payment_rests_on_stays(house, project):
    report = confirm_progress_report(saved(project, house, 5), by=house.reviewer)
    contract = sign_contract(house, project, date(2026, 3, 10))
    paid = Disbursement(
        project=project, contract=contract, source=source("KCDP"), kind=DisbursementKind.ADVANCE, amount=210_000_000,
        voucher_number="UNC 12", paid_on=date(2026, 6, 1), budget_year=2026, progress_report=report,
        created_by=house.accountant, updated_by=house.accountant,
    )  # fmt: skip
    paid.save()
    with pytest.raises(ValidationError, match="Tạm ứng UNC 12 ngày 01/06/2026, 210.000.000 đồng, đã chi theo báo cáo"):
        withdraw_confirmation(report, by=house.director, reason="Sai.")
    Disbursement.objects.update(voided_at="2026-06-02T00:00Z", voided_by=house.accountant, void_reason="Nhầm")
    assert not withdraw_confirmation(report, by=house.director, reason="Sai.").is_confirmed


# Inspections


def visit(project, **fields):
    fields = {
        "visited_on": date(2026, 5, 20), "members": "Lê Văn Tám, Sở Công Thương", "findings": "Máy chưa lắp xong.",
        "demands": "Lắp xong máy.", "demands_due_on": date(2026, 6, 30), **fields,
    }  # fmt: skip
    return Inspection(project=project, **fields)


def test_a_visit_and_what_it_demanded_stand_on_the_project(house, project):
    inspection = save_inspection(visit(project), by=house.officer)
    assert AuditEntry.objects.about(project).first().label == "Kiểm tra ngày 20/05/2026"
    done = resolve_inspection(inspection, by=house.reviewer, resolved_on=date(2026, 6, 10), resolution="Đã lắp.")
    assert (done.resolved_on, done.resolution, done.version) == (date(2026, 6, 10), "Đã lắp.", 2)
    with pytest.raises(ValidationError, match="không sửa nữa"):
        save_inspection(done, by=house.officer)
    with pytest.raises(ValidationError, match="Đã ghi khắc phục ngày 10/06/2026"):
        resolve_inspection(done, by=house.reviewer, resolved_on=date(2026, 6, 10), resolution="Đã lắp.")


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"visited_on": date(2026, 6, 16)}, "visited_on"),
        ({"visited_on": date(2026, 1, 3)}, "visited_on"),
        ({"demands_due_on": None}, "demands_due_on"),
        ({"demands": ""}, "demands"),
        ({"demands_due_on": date(2026, 5, 1)}, "__all__"),
    ],
)
def test_visits_that_cannot_be_are_refused(house, project, fields, where):
    with transaction.atomic(), pytest.raises(ValidationError) as refusal:
        save_inspection(visit(project, **fields), by=house.officer)
    assert list(refusal.value.message_dict) == [where]


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"resolved_on": date(2026, 5, 19)}, "resolved_on"),
        ({"resolved_on": date(2026, 6, 16)}, "resolved_on"),
        ({"resolution": " "}, "resolution"),
    ],
)
def test_resolving_needs_a_day_and_words(house, project, given, where):
    inspection = save_inspection(visit(project), by=house.officer)
    given = {"resolved_on": date(2026, 6, 10), "resolution": "Đã lắp.", **given}
    with pytest.raises(ValidationError) as refusal:
        resolve_inspection(inspection, by=house.officer, **given)
    assert list(refusal.value.message_dict) == [where]


def test_accountants_and_other_houses_do_not_inspect(house, project):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    for user in (house.accountant, house.viewer, north.reviewer):
        with pytest.raises(PermissionDenied):
            save_inspection(visit(project), by=user)
