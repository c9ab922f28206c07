"""Whole plans of earlier years out of spreadsheets: stated by one person, recorded by another."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from khuyencong.audit import first_broken_entry
from khuyencong.imports.writing import confirm, write_import
from khuyencong.models import Verdict
from programs import services as program_services
from programs.models import AnnualPlan, PlanStatus, Program
from projects import services
from projects.import_past_plans import FixedForm
from projects.models import Project, ProjectStatus
from projects.services.past_plans import record_past_plan, seen_of, waiting_lines
from tests import stories
from tests.factories import FacilityFactory, content
from tests.khuyencong.sheet_imports import book_of, previewed

HEAD = ("TT", "Nội dung", "Đơn vị thụ hưởng", "Kinh phí khuyến công", "Vốn cơ sở", "Tổng cộng")
BEFORE = [("KẾ HOẠCH KHUYẾN CÔNG NĂM 2023",), ("ĐVT: triệu đồng",)]
ROWS = (
    ("I", "Hỗ trợ ứng dụng máy móc", None, None, None, None),
    (1, "Ứng dụng máy nấu kẹo dừa", "Hợp tác xã Mỹ Long", "150,5", 200, "350,5"),
    (2, "Ứng dụng máy dệt thảm", None, 90, None, 90),
    ("II", "Tổ chức hội chợ", None, None, None, None),
    (1, "Hội chợ hàng công nghiệp nông thôn", None, 60, None, 60),
    (None, "Tổng cộng", None, "300,5", 200, "500,5"),
)
DECISION = {
    "decision_number": "15/QĐ-UBND", "decision_on": "2023-01-09", "decision_issuer": "UBND tỉnh Vĩnh Long",
    "signer_name": "Lê Văn Tám", "signer_position": "Phó Chủ tịch",
}  # fmt: skip


@pytest.fixture
def house(db):
    house = stories.make_house()
    FacilityFactory(name="Hợp tác xã Mỹ Long", created_by=house.officer)
    return house


@pytest.fixture
def program(house):
    program = Program(
        name="Chương trình khuyến công 2021-2025", area=house.province, period_start=2021, period_end=2025
    )
    return program_services.save_program(program, by=house.reviewer)


def taken_of(house, program, *rows, name="kế hoạch 2023.xlsx", **given):
    given = DECISION | {
        "program": program.pk, "year": 2023, "round_no": 1, "name": "", "kind": "project", "content": content().pk,
    } | given  # fmt: skip
    body = book_of(HEAD, *(rows or ROWS), before=BEFORE)
    return previewed(house.reviewer, body, kind="ke-hoach-cu", name=name, given=given)


def write(taken, mode="good"):
    confirm(taken, mode=mode, by=taken.requested_by)
    taken.refresh_from_db()
    write_import(taken)
    return taken


def test_a_past_plan_waits_for_a_director_who_records_it(house, program):
    taken = taken_of(house, program)
    assert [(line.number, line.verdict, line.errors) for line in taken.lines.all()] == [
        (5, Verdict.NEW, []), (6, Verdict.NEW, []), (8, Verdict.NEW, []),
    ]  # fmt: skip
    assert all(written == counted for *_about, written, counted in taken.totals)
    write(taken)
    plan = AnnualPlan.objects.get(year=2023)
    assert (plan.status, plan.name, plan.submitted_by) == (
        PlanStatus.SUBMITTED, "Kế hoạch khuyến công năm 2023", house.reviewer,
    )  # fmt: skip
    assert [(group.number, group.name, group.projects.count()) for group in plan.groups.all()] == [
        (1, "Hỗ trợ ứng dụng máy móc", 2), (2, "Tổ chức hội chợ", 1),
    ]  # fmt: skip
    assert dict(plan.budgets.values_list("source__code", "amount")) == {"KCDP": 300_500_000}
    with pytest.raises(PermissionDenied):
        record_past_plan(plan, by=house.reviewer)
    seen = seen_of(waiting_lines(plan))
    plan = record_past_plan(plan, by=house.director, seen=seen)
    assert (plan.status, plan.decision_number, plan.decision_on) == (
        PlanStatus.APPROVED, "15/QĐ-UBND", date(2023, 1, 9),
    )  # fmt: skip
    sweets = Project.objects.get(name="Ứng dụng máy nấu kẹo dừa")
    assert (sweets.status, sweets.created_by, sweets.reviewer, sweets.approved_by) == (
        ProjectStatus.APPROVED, house.reviewer, house.director, house.director,
    )  # fmt: skip
    assert {line.source.code: line.approved_amount for line in sweets.funding_lines.all()} == {
        "KCDP": 150_500_000, "COUNTERPART": 200_000_000,
    }  # fmt: skip
    assert plan.snapshots.get().lines.count() == 3
    assert first_broken_entry() is None
    again = taken_of(house, program, name="lại.xlsx")
    assert set(again.lines.values_list("verdict", flat=True)) == {Verdict.UNCHANGED}


def test_a_line_left_behind_comes_with_the_plan_that_was_returned(house, program):
    bad = (*ROWS[:2], (2, "Ứng dụng máy dệt thảm", None, 90, None, 95), *ROWS[3:5])
    taken = taken_of(house, program, *bad)
    refused = taken.lines.get(verdict=Verdict.REFUSED)
    assert refused.errors == [["F6", "Các nguồn cộng lại khác tổng 95.000.000 đồng là 5.000.000 đồng."]]
    write(taken)
    plan = AnnualPlan.objects.get(year=2023)
    assert (plan.status, plan.projects.count()) == (PlanStatus.SUBMITTED, 2)
    waiting = taken_of(house, program, name="sớm.xlsx")
    assert "không nhận thêm" in waiting.lines.get(verdict=Verdict.REFUSED).errors[0][1]
    services.return_plan(plan, by=house.director, reason="Thiếu một đề án.")
    write(taken_of(house, program, name="sửa.xlsx"))
    plan.refresh_from_db()
    assert (plan.status, plan.projects.count(), plan.groups.count()) == (PlanStatus.SUBMITTED, 3, 2)
    assert plan.budgets.get().amount == 300_500_000


def test_what_changed_since_it_was_compared_is_not_recorded(house, program):
    write(taken_of(house, program))
    plan = AnnualPlan.objects.get(year=2023)
    seen = seen_of(waiting_lines(plan))
    project = waiting_lines(plan).first()
    services.set_funding(project, by=house.reviewer, total_cost=1, amounts={})
    with pytest.raises(ValidationError, match="vừa thay đổi"):
        record_past_plan(plan, by=house.director, seen=seen)
    assert plan.projects.exclude(status=ProjectStatus.DRAFT).count() == 0


def test_plans_made_on_the_portal_are_not_taken_over(house, program):
    plan = stories.draft_plan(house, year=2023, program=program)
    with pytest.raises(ValidationError, match="lập trên cổng"):
        taken_of(house, program)
    data = DECISION | {
        "decision_on": "09/01/2023",
        "program": program.pk,
        "year": 2023,
        "round_no": 1,
        "kind": "project",
    }
    form = FixedForm(data, user=house.reviewer)
    assert list(form.errors) == ["round_no"]
    assert not plan.is_past


def test_the_page_of_recording_shows_every_line_and_takes_the_plan_over(house, program, client):
    write(taken_of(house, program))
    plan = AnnualPlan.objects.get(year=2023)
    client.force_login(house.director)
    assert client.get(reverse("projects:plan_approve", args=[plan.pk])).url == reverse(
        "projects:plan_record", args=[plan.pk]
    )
    page = client.get(reverse("projects:plan_record", args=[plan.pk]))
    assert "150.500.000" in page.text
    answer = client.post(reverse("projects:plan_record", args=[plan.pk]), {"seen": page.context["seen"]})
    plan.refresh_from_db()
    assert (answer.status_code, plan.status) == (302, PlanStatus.APPROVED)
