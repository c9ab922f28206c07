from datetime import date
from threading import Barrier, Thread

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction

from khuyencong.models import AuditEntry
from programs import services as program_services
from programs.models import AnnualPlan, PlanStatus
from projects import services
from projects.models import PlanSnapshot, PlanSnapshotAmount, PlanSnapshotLine, Project, ProjectStatus
from projects.services.plan import is_intact
from tests import stories
from tests.database import triggers_off
from tests.factories import source

OVER = "Khuyến công địa phương: vượt 100.000.000 đồng so với dự toán 500.000.000 đồng"


def submitted_plan(house, *, supports, budget=1_000_000_000):
    plan = stories.draft_plan(house, budgets={"KCDP": budget})
    projects = [stories.planned_project(house, plan, support=support) for support in supports]
    return services.submit_plan(plan, by=house.reviewer), projects


def test_place_project_moves_in_to_reserve_and_out(house, plan):
    project = stories.appraised_project(house, plan)
    seen = []
    for status in (ProjectStatus.IN_PLAN, ProjectStatus.RESERVE, ProjectStatus.IN_PLAN, ProjectStatus.APPRAISED):
        project = services.place_project(project, by=house.reviewer, status=status)
        seen.append(project.status)

    assert seen == ["in_plan", "reserve", "in_plan", "appraised"]


@pytest.mark.parametrize("status", [ProjectStatus.APPROVED, "", "zzz"])
def test_place_project_refuses_any_other_place(house, plan, status):
    project = stories.appraised_project(house, plan)

    with pytest.raises(ValidationError):
        services.place_project(project, by=house.reviewer, status=status)


def test_place_project_is_for_planners_while_the_plan_is_open(house):
    plan, [project] = submitted_plan(house, supports=[300_000_000])

    with pytest.raises(PermissionDenied):
        services.place_project(project, by=house.officer, status=ProjectStatus.RESERVE)
    with pytest.raises(PermissionDenied, match="chờ phê duyệt"):
        services.place_project(project, by=house.reviewer, status=ProjectStatus.RESERVE)


def test_budget_position_counts_lines_reserve_and_what_is_left(house, plan):
    stories.planned_project(house, plan, support=300_000_000)
    reserve = stories.appraised_project(house, plan, support=200_000_000)
    services.place_project(reserve, by=house.reviewer, status=ProjectStatus.RESERVE)
    stories.appraised_project(house, plan, support=100_000_000)

    [local, own] = services.budget_position(plan)
    assert (local.budget, local.taken, local.reserve, local.left) == (
        1_000_000_000,
        300_000_000,
        200_000_000,
        700_000_000,
    )
    assert (own.budget, own.taken, own.left) == (None, 340_000_000, None)


def test_submit_plan_needs_a_project(house, plan):
    with pytest.raises(ValidationError, match="chưa có đề án nào"):
        services.submit_plan(plan, by=house.reviewer)


def test_submit_plan_needs_an_envelope_for_each_support_source(house, plan):
    stories.planned_project(house, plan)
    program_services.set_budget(plan, by=house.reviewer, amounts={source("KCDP"): None})

    with pytest.raises(ValidationError, match="Nhập dự toán cho: Khuyến công địa phương"):
        services.submit_plan(plan, by=house.reviewer)


def test_submit_plan_freezes_what_was_submitted(house):
    plan, [project] = submitted_plan(house, supports=[300_000_000])

    snapshot = PlanSnapshot.objects.get()
    amounts = PlanSnapshotAmount.objects.filter(line__snapshot=snapshot).values_list("source__code", "amount")
    assert (snapshot.purpose, snapshot.number, snapshot.budgets) == ("submitted", 1, {"KCDP": 1_000_000_000})
    assert sorted(amounts) == [("COUNTERPART", 340_000_000), ("KCDP", 300_000_000)]


def test_approve_plan_approves_its_lines_with_their_figures(house):
    plan, [project] = submitted_plan(house, supports=[300_000_000])
    plan = stories.approve(house, plan)

    project.refresh_from_db()
    assert (plan.status, plan.decision_number) == (PlanStatus.APPROVED, "10/QĐ-UBND")
    assert (project.status, project.approved_by) == (ProjectStatus.APPROVED, house.director)
    assert sorted(project.funding_lines.values_list("approved_amount", flat=True)) == [300_000_000, 340_000_000]


def test_approve_plan_never_exceeds_the_envelope(house):
    plan, projects = submitted_plan(house, supports=[300_000_000, 300_000_000], budget=500_000_000)

    with pytest.raises(ValidationError, match=OVER):
        stories.approve(house, plan)

    assert AnnualPlan.objects.get().status == PlanStatus.SUBMITTED
    assert set(Project.objects.values_list("status", flat=True)) == {"in_plan"}


def test_approve_plan_takes_exactly_the_envelope(house):
    plan, _projects = submitted_plan(house, supports=[300_000_000, 200_000_000], budget=500_000_000)

    assert stories.approve(house, plan).status == PlanStatus.APPROVED


def test_approve_plan_returns_single_lines_with_reasons(house):
    plan, [first, second] = submitted_plan(house, supports=[300_000_000, 300_000_000], budget=500_000_000)
    stories.approve(house, plan, returned={second.pk: "Bổ sung báo giá thứ hai."})

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == (ProjectStatus.APPROVED, ProjectStatus.RETURNED)
    assert second.returns.get().reason == "Bổ sung báo giá thứ hai."
    assert PlanSnapshot.objects.get(purpose="approved").lines.count() == 1


def test_approve_plan_needs_a_reason_for_each_returned_line(house):
    plan, [_first, second] = submitted_plan(house, supports=[300_000_000, 300_000_000])

    with pytest.raises(ValidationError, match="Nêu lý do"):
        stories.approve(house, plan, returned={second.pk: " "})

    assert AnnualPlan.objects.get().status == PlanStatus.SUBMITTED


def test_approve_plan_refuses_to_return_everything(house):
    plan, [project] = submitted_plan(house, supports=[300_000_000])

    with pytest.raises(ValidationError, match="trả lại cả kế hoạch"):
        stories.approve(house, plan, returned={project.pk: "Không."})


def test_line_returned_at_approval_goes_to_a_later_round(house):
    plan, [_first, second] = submitted_plan(house, supports=[300_000_000, 300_000_000])
    stories.approve(house, plan, returned={second.pk: "Bổ sung báo giá."})
    second = services.submit_project(second, by=house.officer)
    assert second.status == ProjectStatus.APPRAISED

    later = stories.draft_plan(house)
    second = services.move_project(second, by=house.reviewer, plan=later)
    second = services.place_project(second, by=house.reviewer, status=ProjectStatus.IN_PLAN)

    assert (second.plan, second.status) == (later, ProjectStatus.IN_PLAN)


def test_line_returned_and_changed_is_appraised_again(house):
    plan, [_first, second] = submitted_plan(house, supports=[300_000_000, 300_000_000])
    stories.approve(house, plan, returned={second.pk: "Giảm hỗ trợ."})
    amounts = {source("KCDP"): 250_000_000, source("COUNTERPART"): 390_000_000}
    second = services.set_funding(second, by=house.officer, total_cost=640_000_000, amounts=amounts)
    facility = second.beneficiaries.get().facility
    second = services.set_beneficiaries(second, by=house.officer, rows=[(facility, "", amounts)])

    assert services.submit_project(second, by=house.officer).status == ProjectStatus.SUBMITTED


@pytest.mark.parametrize("person", ["officer", "reviewer", "accountant", "viewer"])
def test_approve_plan_is_for_directors(house, person):
    plan, _projects = submitted_plan(house, supports=[300_000_000])

    with pytest.raises(PermissionDenied):
        stories.approve(house, plan, by=getattr(house, person))


def test_approve_plan_is_not_for_its_author(house):
    plan, _projects = submitted_plan(house, supports=[300_000_000])
    house.reviewer.role = house.director.role
    house.reviewer.save()

    with pytest.raises(PermissionDenied, match="không được phê duyệt kế hoạch"):
        stories.approve(house, plan, by=house.reviewer)


def test_approve_plan_is_not_for_the_author_of_a_line(house):
    plan, [project] = submitted_plan(house, supports=[300_000_000])
    house.officer.role = house.director.role
    house.officer.save()

    with pytest.raises(PermissionDenied, match=project.code):
        stories.approve(house, plan, by=house.officer)

    assert AnnualPlan.objects.get().status == PlanStatus.SUBMITTED


def test_approve_plan_twice_is_refused(house):
    plan, _projects = submitted_plan(house, supports=[300_000_000])
    stories.approve(house, plan)

    with pytest.raises(ValidationError, match="hồ sơ đang “Đã phê duyệt”"):
        stories.approve(house, plan, by=house.second_director, number="11/QĐ-UBND")


def test_approve_plan_that_was_submitted_anew_meanwhile_is_looked_at_first(house):
    plan, _projects = submitted_plan(house, supports=[300_000_000])
    seen = plan.version
    services.return_plan(plan, by=house.second_director, reason="Xem lại.")
    plan = services.submit_plan(plan, by=house.reviewer)

    with pytest.raises(ValidationError, match="được trình lại") as refusal:
        stories.approve(house, plan, expected_version=seen)

    assert refusal.value.code == "stale"
    assert stories.approve(house, plan, expected_version=plan.version).status == PlanStatus.APPROVED


def test_rehearse_approval_raises_alike_and_changes_nothing(house):
    plan, [first, second] = submitted_plan(house, supports=[300_000_000, 300_000_000], budget=500_000_000)
    decision = {
        "by": house.director, "decision_number": "10/QĐ-UBND", "decision_on": date(2026, 1, 4),
        "decision_issuer": "UBND tỉnh Vĩnh Long", "signer_name": "Lê Văn Tám", "signer_position": "Phó Chủ tịch",
    }  # fmt: skip
    entries = AuditEntry.objects.count()

    services.rehearse_approval(plan, returned={second.pk: "Bổ sung báo giá."}, **decision)
    with pytest.raises(ValidationError, match=OVER):
        services.rehearse_approval(plan, **decision)

    assert AnnualPlan.objects.get().status == PlanStatus.SUBMITTED
    assert set(Project.objects.values_list("status", flat=True)) == {ProjectStatus.IN_PLAN}
    assert (PlanSnapshot.objects.count(), AuditEntry.objects.count()) == (1, entries)


def test_return_plan_goes_back_and_comes_again_to_the_same_level(house):
    plan, _projects = submitted_plan(house, supports=[300_000_000])
    plan = services.return_plan(plan, by=house.director, reason="Xem lại dự toán.", items=["budget"])
    assert (plan.status, plan.returns.get().items) == (PlanStatus.RETURNED, ["budget"])

    plan = services.submit_plan(plan, by=house.reviewer)

    assert plan.status == PlanStatus.SUBMITTED
    assert plan.returns.get().resolved_at is not None
    assert plan.snapshots.count() == 2


def test_approved_plan_keeps_its_money_and_its_lines(house):
    plan, [project] = submitted_plan(house, supports=[300_000_000])
    plan = stories.approve(house, plan)

    with pytest.raises(PermissionDenied):
        program_services.set_budget(plan, by=house.reviewer, amounts={source("KCDP"): 1})
    with pytest.raises(PermissionDenied):
        program_services.save_plan(plan, by=house.reviewer)
    with pytest.raises(ValidationError, match="đã phê duyệt"):
        services.move_project(project, by=house.reviewer, plan=stories.draft_plan(house))


@pytest.mark.parametrize("model", [PlanSnapshot, PlanSnapshotLine, PlanSnapshotAmount, AuditEntry])
def test_frozen_rows_cannot_be_changed_or_removed(house, model):
    submitted_plan(house, supports=[300_000_000])
    key = model.objects.values_list("pk", flat=True).first()

    with pytest.raises(DatabaseError, match="chỉ được thêm dòng"), transaction.atomic():
        model.objects.filter(pk=key)._raw_delete("default")
    with pytest.raises(DatabaseError, match="chỉ được thêm dòng"), transaction.atomic():
        model.objects.filter(pk=key).update(id=key)


def test_snapshot_is_intact_until_someone_reaches_behind_the_portal(house):
    plan, _projects = submitted_plan(house, supports=[300_000_000])
    snapshot = stories.approve(house, plan).snapshots.get(purpose="approved")
    assert is_intact(snapshot)

    connection.check_constraints()  # PostgreSQL alters no table with checks to come
    with connection.cursor() as cursor, triggers_off(cursor):
        cursor.execute("UPDATE projects_plansnapshotamount SET amount = amount + 1")
    assert not is_intact(snapshot)


def test_close_plan_waits_for_the_last_acceptance(house):
    project = stories.approved_project(house)
    with pytest.raises(ValidationError, match="Còn 1 đề án chưa nghiệm thu"):
        services.close_plan(project.plan, by=house.director)

    services.start_project(project, by=house.officer)
    services.accept_project(project, by=house.director, number="01/BBNT", accepted_on=date(2026, 11, 1))

    assert services.close_plan(project.plan, by=house.director).status == PlanStatus.CLOSED


@pytest.mark.django_db(transaction=True)
def test_two_directors_at_once_approve_once():
    house = stories.make_house()
    plan, _projects = submitted_plan(house, supports=[300_000_000], budget=300_000_000)
    start, outcomes = Barrier(2), []

    def decide(director, number):
        start.wait()
        try:
            stories.approve(house, plan, by=director, number=number)
            outcomes.append("approved")
        except (ValidationError, PermissionDenied) as refusal:
            outcomes.append(type(refusal).__name__)
        finally:
            connection.close()

    people = [Thread(target=decide, args=row) for row in ((house.director, "1/QĐ"), (house.second_director, "2/QĐ"))]
    for person in people:
        person.start()
    for person in people:
        person.join()

    assert sorted(outcomes) == ["ValidationError", "approved"]
    assert PlanSnapshot.objects.filter(purpose="approved").count() == 1
    assert AuditEntry.objects.filter(action="plan.approve").count() == 1
