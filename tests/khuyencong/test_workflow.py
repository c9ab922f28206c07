import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from khuyencong.models import AuditEntry, Role
from khuyencong.workflow import Transition, anyone
from programs.models import PlanStatus
from tests.factories import AnnualPlanFactory, UserFactory


def not_on_fridays(user, plan):
    return "Hôm nay không nhận hồ sơ." if plan.name == "thứ sáu" else None


SEND = Transition(
    "plan.send", "Gửi đi", (PlanStatus.DRAFT, PlanStatus.RETURNED), PlanStatus.SUBMITTED,
    (Role.REVIEWER, Role.OFFICER), not_on_fridays,
)  # fmt: skip
DROP = Transition("plan.drop", "Bỏ", (PlanStatus.DRAFT,), PlanStatus.CLOSED, (Role.REVIEWER,), needs_reason=True)


@pytest.fixture
def plan():
    return AnnualPlanFactory(name="Kế hoạch 2026")


@pytest.fixture
def reviewer(plan):
    return plan.created_by


@pytest.mark.django_db
def test_why_not_names_the_roles_first(plan):
    plan.name = "thứ sáu"
    expected = "Việc “Gửi đi” dành cho: Lãnh đạo phòng, Giám đốc Trung tâm, Chuyên viên."
    assert SEND.why_not(UserFactory(role=Role.DIRECTOR), plan) == expected


@pytest.mark.django_db
def test_why_not_tells_a_refusal_before_the_state(plan, reviewer):
    plan.name, plan.status = "thứ sáu", PlanStatus.APPROVED
    assert SEND.why_not(reviewer, plan) == "Hôm nay không nhận hồ sơ."
    plan.name = "thứ hai"
    assert SEND.why_not(reviewer, plan) == "Không thể gửi đi: hồ sơ đang “Đã phê duyệt”."


@pytest.mark.django_db
def test_open_move_has_no_why_not(plan, reviewer):
    assert SEND.why_not(reviewer, plan) is None
    assert SEND.is_open_to(reviewer, plan) is True
    assert SEND.is_open_to(UserFactory(role=Role.VIEWER), plan) is False
    assert anyone(reviewer, plan) is None


@pytest.mark.django_db
def test_apply_moves_and_leaves_a_trace(plan, reviewer):
    SEND.apply(plan, by=reviewer, reason="Đã đủ", changes=[("Số", "", "1")])
    entry = AuditEntry.objects.get()
    assert plan.status == PlanStatus.SUBMITTED
    assert (entry.action, entry.label, entry.actor) == ("plan.send", "Gửi đi", reviewer)
    assert (entry.before, entry.after, entry.reason, entry.changes) == (
        "draft", "submitted", "Đã đủ", [["Số", "", "1"]],
    )  # fmt: skip


@pytest.mark.django_db
def test_apply_goes_where_the_service_says(plan, reviewer):
    SEND.apply(plan, by=reviewer, target=PlanStatus.CLOSED)
    assert (plan.status, AuditEntry.objects.get().after) == (PlanStatus.CLOSED, "closed")


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "name"), [(Role.DIRECTOR, "thứ hai"), (Role.REVIEWER, "thứ sáu")])
def test_apply_forbids_the_wrong_role_or_person(plan, role, name):
    plan.name = name
    person = UserFactory(role=role)
    with pytest.raises(PermissionDenied) as caught:
        SEND.apply(plan, by=person)
    assert str(caught.value) == SEND.why_not(person, plan)
    assert (plan.status, AuditEntry.objects.count()) == (PlanStatus.DRAFT, 0)


@pytest.mark.django_db
def test_apply_refuses_the_wrong_state(plan, reviewer):
    plan.status = PlanStatus.SUBMITTED
    with pytest.raises(ValidationError) as caught:
        SEND.apply(plan, by=reviewer)
    assert (caught.value.code, caught.value.messages) == (
        "state", ["Không thể gửi đi: hồ sơ đang “Chờ phê duyệt”."],
    )  # fmt: skip
    assert AuditEntry.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["", "  \n"])
def test_apply_asks_for_a_reason_at_its_field(plan, reviewer, reason):
    with pytest.raises(ValidationError) as caught:
        DROP.apply(plan, by=reviewer, reason=reason)
    assert caught.value.message_dict == {"reason": ["Nêu lý do bỏ."]}
    assert (plan.status, AuditEntry.objects.count()) == (PlanStatus.DRAFT, 0)
    DROP.apply(plan, by=reviewer, reason="Trùng")
    assert plan.status == PlanStatus.CLOSED
