from datetime import timedelta
from types import SimpleNamespace

import pytest

from khuyencong.dates import today
from projects import progress, workflow
from projects.deadlines import Due
from projects.models import Project, ProjectStatus


def project_in(status, *, plan_open=True, ends_on=None, **fields):
    """A project of that state with nothing behind it that would have to be fetched."""
    plan = SimpleNamespace(is_open=plan_open, decision_on=None)
    own = {
        "created_by": "Đỗ Thị Ngân",
        "reviewer": "Lê Hoàng Phúc",
        "reviewer_id": None,
        "ends_on": ends_on,
        "contract_id": None,
    }
    times = {"submitted_at": None, "appraised_at": None}
    return SimpleNamespace(
        status=status, plan=plan, is_editable=status in ("draft", "returned"),
        get_status_display=lambda: ProjectStatus(status).label, **own | times | fields,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "fields", "words"),
    [
        ("draft", {}, "Đỗ Thị Ngân: điền nốt rồi trình thẩm định"),
        ("returned", {}, "Đỗ Thị Ngân: sửa theo lý do trả lại rồi trình lại"),
        ("submitted", {}, "Lãnh đạo phòng, Trung tâm: thẩm định"),
        ("submitted", {"reviewer_id": 7}, "Lê Hoàng Phúc: thẩm định"),
        ("appraised", {}, "Lãnh đạo phòng, Trung tâm: xếp vào kế hoạch hoặc dự phòng"),
        ("appraised", {"plan_open": False}, "Lãnh đạo phòng, Trung tâm: chuyển sang kế hoạch đợt sau"),
        ("reserve", {"plan_open": False}, "Lãnh đạo phòng, Trung tâm: chuyển sang kế hoạch đợt sau"),
        ("in_plan", {}, "Lãnh đạo phòng, Trung tâm: trình kế hoạch"),
        ("in_plan", {"plan_open": False}, "Giám đốc Sở: phê duyệt cùng kế hoạch"),
        ("approved", {}, "Chuyên viên, Lãnh đạo phòng hoặc Kế toán: ký hợp đồng"),
        ("contracted", {"contract_id": 1}, "Chuyên viên hoặc Lãnh đạo phòng: bắt đầu thực hiện"),
        ("in_progress", {}, "Lãnh đạo phòng hoặc Giám đốc Sở: ghi nhận nghiệm thu"),
        ("accepted", {}, "Chuyên viên hoặc Lãnh đạo phòng: bàn giao"),
        ("accepted", {"contract_id": 1}, "Chuyên viên hoặc Kế toán: trình quyết toán"),
        ("handed_over", {}, ""),
        ("handed_over", {"contract_id": 1}, "Chuyên viên hoặc Kế toán: trình quyết toán"),
        ("settling", {"contract_id": 1}, "Giám đốc Sở: duyệt quyết toán"),
        ("settled", {"contract_id": 1}, "Chuyên viên hoặc Kế toán: thanh lý"),
        ("liquidated", {"contract_id": 1}, ""),
        ("stopped", {"contract_id": 1}, ""),
        ("rejected", {}, ""),
    ],
)
def test_next_actor_is_the_person_or_the_role(status, fields, words):
    assert progress.next_actor(project_in(status, **fields)) == words


@pytest.mark.parametrize("move", workflow.PROJECT_TRANSITIONS, ids=lambda move: move.action)
def test_every_next_move_stands_in_the_table_and_is_open_from_its_state(move):
    """What the panel tells after approval is what the guards allow."""
    for status in move.sources:
        told = progress.next_move(project_in(status, contract_id=1))
        assert told is None or status in told.sources


@pytest.mark.parametrize("status", ProjectStatus)
def test_every_state_has_a_step(status):
    """The bar has eight steps with a contract; nothing is left of a project that came to its end."""
    steps = progress.steps(project_in(status, contract_id=1))

    assert len(steps) == 8
    assert [state for _label, state, _note in steps].count("now") == (0 if status == "liquidated" else 1)


def test_without_a_contract_the_bar_ends_with_the_handover():
    steps = progress.steps(project_in("handed_over"))

    assert [(label, state) for label, state, _note in steps][-1] == ("Bàn giao", "done")
    assert len(steps) == 7


@pytest.mark.parametrize(
    ("status", "days", "answer"),
    [
        ("in_progress", -3, ("late", "quá 3 ngày")), ("in_progress", 0, ("soon", "hôm nay")),
        ("approved", 7, ("soon", "còn 7 ngày")), ("in_progress", 31, ("", "")), ("accepted", -3, ("", "")),
        ("draft", -3, ("", "")),
    ],
)  # fmt: skip
def test_due_counts_only_for_work_still_to_be_done(status, days, answer):
    assert progress.due(project_in(status, ends_on=today() + timedelta(days=days))) == answer


def test_due_of_work_without_an_end_is_nothing():
    assert progress.due(project_in("in_progress")) == ("", "")


def test_steps_carry_the_days_that_are_known():
    project = project_in("accepted", ends_on=today())
    steps = progress.steps(project, accepted_on=today())

    assert steps[5] == ("Nghiệm thu", "done", f"{today():%d/%m/%Y}")
    assert steps[6] == ("Bàn giao", "now", "")


def test_a_rejected_project_stops_where_it_was():
    project = project_in("rejected", ends_on=today())

    assert [state for _label, state, _note in progress.steps(project)] == ["done", "now", "", "", "", "", ""]
    assert progress.situation(project)[3] == ("Trước ngày nào", "Không còn hạn", "", ())


def test_situation_names_what_to_mend_before_what_is_missing():
    named, missing = [("Mục tiêu", "/a")], [("Nhập tổng dự toán.", "/b"), ("Nêu mục tiêu.", "/c")]
    cell = progress.situation(project_in("returned"), named=named, missing=missing)[2]

    assert cell == ("Còn thiếu gì", "1 mục cần sửa, 2 mục còn thiếu", "", named + missing)


def test_situation_tells_the_move_its_page_and_the_nearest_day_with_its_clause():
    day = today() + timedelta(days=3)
    deadline = Due(
        "settlement", "Nộp hồ sơ quyết toán", day, "Hợp đồng 15", "x", "projects:contract_list", source="TT 36, Điều 18"
    )
    cells = progress.situation(
        project_in("accepted", contract_id=1), missing=[("Bảng kê", "/k/")], acts=[("Trình quyết toán", "/q/")],
        deadline=deadline,
    )  # fmt: skip

    assert cells == [
        ("Đang ở đâu", "Bước 7 trên 8", "Đã nghiệm thu", ()),
        (
            "Ai phải làm gì", "Chuyên viên hoặc Kế toán", "Trình quyết toán. Cùng hồ sơ quyết toán của hợp đồng.",
            [("Trình quyết toán", "/q/")],
        ),
        ("Còn thiếu gì", "1 mục còn thiếu", "", [("Bảng kê", "/k/")]),
        ("Trước ngày nào", f"{day:%d/%m/%Y}", "Còn 3 ngày. TT 36, Điều 18", [("Nộp hồ sơ quyết toán", "/hop-dong/")]),
    ]  # fmt: skip


@pytest.mark.parametrize(("days", "words"), [(-2, "Quá 2 ngày"), (0, "Hôm nay"), (9, "Còn 9 ngày")])
def test_situation_tells_how_near_the_day_is(days, words):
    deadline = Due("project_end", "Hoàn thành", today() + timedelta(days=days), "", "x", "projects:list")
    assert progress.situation(project_in("in_progress"), deadline=deadline)[3][2] == words


def test_progress_asks_the_database_nothing(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        progress.next_actor(project_in("in_plan"))
        progress.steps(project_in("in_plan"))
        progress.next_actor(project_in("settled", contract_id=1))


def test_statuses_of_the_model_are_those_of_progress():
    known = {status for _label, states in progress.STEPS for status in states}

    assert known == {status for status, _label in Project._meta.get_field("status").choices} - {"rejected", "stopped"}
