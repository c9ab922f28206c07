"""Holding a handover: who may, what is refused, what is numbered and moved, what the trail tells."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from khuyencong.dates import today
from khuyencong.models import AuditEntry
from khuyencong.versions import StaleVersionError
from projects import services
from projects.models import (
    HandoverContract,
    HandoverEvent,
    HandoverItem,
    HandoverMinutes,
    HandoverPaper,
    ItemKind,
    Project,
    ProjectStatus,
    Side,
)
from projects.services import prefill
from projects.services.handover import missing_for_handover
from tests.factories import FacilityFactory, OrganisationFactory, UserFactory, source, thai_nguyen
from tests.projects.handovers import (
    add_minutes,
    another_accepted_project,
    contracts,
    draft_handover,
    giver_people,
    machine,
    papers,
    person,
    receiver_people,
    works,
)
from tests.stories import accepted_project, approve, complete_project, draft_plan, make_house, planned_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return make_house()


def last_entry(event):
    return AuditEntry.objects.about(event).first()


def stored(event):
    return HandoverEvent.objects.get(pk=event.pk)


# The event


@pytest.mark.parametrize("role", ["director", "accountant", "viewer"])
def test_save_handover_is_for_officers_and_reviewers(house, role):
    event = draft_handover(house)
    with pytest.raises(PermissionDenied, match="Chỉ chuyên viên, lãnh đạo phòng"):
        services.save_handover(event, by=getattr(house, role))


def test_save_handover_is_not_for_another_province(house):
    event = draft_handover(house)
    other = make_house(thai_nguyen(), "Thái Nguyên")
    with pytest.raises(PermissionDenied):
        services.save_handover(event, by=other.officer)


def test_save_handover_needs_an_approved_plan(house):
    event = HandoverEvent(plan=draft_plan(house), subject="kết quả", venue="Sở", giver=house.centre)
    with pytest.raises(PermissionDenied, match="khi kế hoạch đã phê duyệt"):
        services.save_handover(event, by=house.officer)


def test_save_handover_refuses_projects_not_accepted_or_of_another_plan(house):
    plan = draft_plan(house)
    early, project = planned_project(house, plan), planned_project(house, plan)
    services.submit_plan(plan, by=house.reviewer)
    approve(house, plan)
    project = services.start_project(project, by=house.officer)
    project = services.accept_project(project, by=house.director, number="01/BBNT", accepted_on=date(2026, 11, 1))
    event = draft_handover(house, project)
    with pytest.raises(ValidationError, match=f"Chưa nghiệm thu: {early.code}; nghiệm thu rồi mới bàn giao."):
        services.save_handover(event, by=house.officer, projects=[Project.objects.get(pk=early.pk)])
    foreign = another_accepted_project(house)
    with pytest.raises(ValidationError, match=f"Không thuộc kế hoạch này: {foreign.code}."):
        services.save_handover(event, by=house.officer, projects=[foreign])
    assert list(event.projects.all()) == [project]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"held_on": None, "held_month_day": "02-30"}, "Ngày này không có thật"),
        ({"held_on": None, "held_month_day": "31-12"}, "Ghi tháng-ngày, ví dụ 12-31."),
        ({"held_month_day": "12-12"}, "Ghi ngày bàn giao trước khi hoàn tất."),
        ({"ended_at": "13:00"}, "Giờ kết thúc phải sau giờ bắt đầu."),
        ({"venue": ""}, "Trường này không được để trắng."),
    ],
)
def test_save_handover_refuses_what_cannot_be(house, fields, message):
    with pytest.raises(ValidationError, match=message):
        draft_handover(house, **fields)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"side": Side.GIVER, "signs": True, "signing_mode": "KT"}, "Ghi sau chữ “KT.”, ví dụ “Giám đốc”."),
        ({"side": Side.WITNESS}, "Ghi cơ quan của người chứng kiến."),
        ({"side": Side.RECEIVER}, "Người của bên nhận gắn với biên bản"),
    ],
)
def test_save_handover_refuses_people_who_do_not_fit(house, fields, message):
    event = draft_handover(house)
    people = [person(name="Người Lạ", title="", **fields)]
    with pytest.raises(ValidationError, match=message):
        services.save_handover(event, by=house.officer, people=people)
    assert event.people.count() == 3


def test_save_handover_tells_dates_people_and_projects(house):
    event = draft_handover(house)
    event.held_on = date(2026, 11, 21)
    people = [*giver_people()[:1], person(Side.GIVER, "Người Mới", "Phó Giám đốc")]
    services.save_handover(event, by=house.second_officer, projects=[], people=people)
    entry = last_entry(event)
    assert (entry.actor, entry.action) == (house.second_officer, "handover.edit")
    assert entry.changes == [
        ["ngày bàn giao", "20/11/2026", "21/11/2026"],
        ["đề án bàn giao", str(Project.objects.get()), ""],
        ["thành phần", "Ông Trần Thị Sổ, Kế toán trưởng", ""],
        [
            "thành phần",
            "Ông Lê Văn Chứng, Ủy viên thường trực, Ban Chỉ đạo, ký, TM. (thay mặt), Ban Chỉ đạo",
            "",
        ],
        ["thành phần", "", "Ông Người Mới, Phó Giám đốc"],
    ]  # fmt: skip


def test_save_handover_never_overwrites_another_version(house):
    event = draft_handover(house)
    services.save_handover(stored(event), by=house.second_officer, people=[])
    event.venue = "Nơi khác"
    with pytest.raises(StaleVersionError) as refusal:
        services.save_handover(event, by=house.officer, expected_version=1)
    assert refusal.value.current.updated_by == house.second_officer
    assert stored(event).venue == "Hội trường Sở Công Thương"


# The minutes


def test_save_minutes_numbers_receivers_in_the_order_they_come(house):
    event = draft_handover(house)
    first, second = (add_minutes(house, event, OrganisationFactory()) for _ in range(2))
    services.delete_minutes(first, by=house.officer)
    third = add_minutes(house, event, OrganisationFactory())
    assert [row.position for row in (second, third)] == [2, 3]
    assert list(event.minutes.all()) == [second, third]


def test_save_minutes_wants_one_receiver_and_each_once(house):
    event = draft_handover(house)
    receiver, facility = OrganisationFactory(), FacilityFactory(created_by=house.officer)
    for fields in ({}, {"receiver": receiver, "receiver_facility": facility}):
        with pytest.raises(ValidationError, match="Mỗi biên bản có đúng một bên nhận"):
            services.save_minutes(HandoverMinutes(event=event, **fields), by=house.officer)
    add_minutes(house, event, receiver)
    add_minutes(house, event, facility)
    with pytest.raises(ValidationError, match="Cơ quan này đã có biên bản trong đợt bàn giao."):
        add_minutes(house, event, receiver)
    with pytest.raises(ValidationError, match="Cơ sở này đã có biên bản trong đợt bàn giao."):
        add_minutes(house, event, facility)


@pytest.mark.parametrize(
    ("lists", "message"),
    [
        ({"items": [HandoverItem(kind=ItemKind.WORK, name="Cầu", quantity=Decimal(-1))]}, "Số lượng không thể âm."),
        ({"items": [HandoverItem(kind=ItemKind.WORK)]}, "Trường này không được để trắng."),
        ({"contracts": [(HandoverContract(beneficiary="A", number="1"), {})] * 2}, "Hợp đồng này đã có"),
        ({"papers": [HandoverPaper(name="x" * 301)]}, "300"),
    ],
)
def test_save_minutes_refuses_wrong_rows_and_keeps_the_old(house, lists, message):
    minutes = add_minutes(house, draft_handover(house), OrganisationFactory(), items=[machine()], papers=papers())
    with pytest.raises(ValidationError, match=message):
        services.save_minutes(minutes, by=house.officer, **lists)
    assert (minutes.items.count(), minutes.papers.count(), minutes.contracts.count()) == (1, 2, 0)


@pytest.mark.parametrize(("copies", "each"), [(0, 1), (100, 1), (2, 0), (2, 3)])
def test_save_minutes_wants_a_sensible_number_of_copies(house, copies, each):
    event = draft_handover(house)
    with pytest.raises(ValidationError, match="Số bản từ 1 đến 99"):
        add_minutes(house, event, OrganisationFactory(), copies=copies, copies_each=each)


def test_save_minutes_tells_every_row_that_comes_and_goes(house):
    event = draft_handover(house)
    receiver = OrganisationFactory(name="Sở Nhận")
    minutes = add_minutes(house, event, receiver, items=[machine()], contracts=contracts()[:1], copies=6)
    assert last_entry(event).changes == [
        ["Bên nhận", "", "Sở Nhận"],
        ["số bản", "", "6"],
        ["mỗi bên giữ", "", "2"],
        ["người đại diện", "", "Ông Phạm Thị Nhận, Phó Giám đốc, ký, KT. (ký thay), Giám đốc"],
        ["nội dung", "", "Tài sản, máy móc, thiết bị: Máy nấu chân không, Inox 304, 1 máy, 640.000.000 đồng, Mới 100%"],
        [
            "hợp đồng", "",
            "01/HĐHT, Doanh nghiệp số 1, 01/06/2019, Nguồn khác (tài trợ, lồng ghép): 520.000.000 đồng, "
            "Vốn đối ứng của đơn vị thụ hưởng: 640.000.000 đồng",
        ],
    ]  # fmt: skip
    minutes.finance = "Đã quyết toán."
    services.save_minutes(minutes, by=house.officer, items=[machine(amount=650_000_000)], contracts=contracts()[:1])
    changes = last_entry(event).changes
    assert [change[0] for change in changes] == ["Bên nhận", "tài chính", "nội dung", "nội dung"]
    assert [change[1:] for change in changes[2:]] == [
        ["Tài sản, máy móc, thiết bị: Máy nấu chân không, Inox 304, 1 máy, 640.000.000 đồng, Mới 100%", ""],
        ["", "Tài sản, máy móc, thiết bị: Máy nấu chân không, Inox 304, 1 máy, 650.000.000 đồng, Mới 100%"],
    ]


def test_save_minutes_without_a_change_leaves_no_entry(house):
    event = draft_handover(house)
    minutes = add_minutes(house, event, OrganisationFactory(), items=[machine()])
    before = AuditEntry.objects.count()
    services.save_minutes(minutes, by=house.officer, people=receiver_people(), items=[machine()])
    assert AuditEntry.objects.count() == before


def test_two_people_fill_different_minutes_undisturbed(house):
    event = draft_handover(house)
    one, two = (add_minutes(house, event, OrganisationFactory()) for _ in range(2))
    one.condition, two.condition = "Tốt", "Khá"
    services.save_minutes(one, by=house.officer, expected_version=1)
    services.save_minutes(two, by=house.second_officer, expected_version=1)
    assert [row.condition for row in event.minutes.all()] == ["Tốt", "Khá"]
    assert stored(event).version == 1


def test_save_minutes_never_overwrites_another_version(house):
    minutes = add_minutes(house, draft_handover(house), OrganisationFactory(), items=[machine()])
    theirs = HandoverMinutes.objects.get(pk=minutes.pk)
    services.save_minutes(theirs, by=house.second_officer, items=works(2), expected_version=1)
    with pytest.raises(StaleVersionError, match=f"{house.second_officer} đã lưu"):
        services.save_minutes(minutes, by=house.officer, items=[], expected_version=1)
    with pytest.raises(StaleVersionError):
        services.delete_minutes(minutes, by=house.officer, expected_version=1)
    assert minutes.items.count() == 2


def test_delete_minutes_keeps_what_it_said_in_the_trail(house):
    event = draft_handover(house)
    minutes = add_minutes(house, event, OrganisationFactory(name="Sở Nhận"), papers=papers()[:1])
    services.delete_minutes(minutes, by=house.officer)
    assert not event.minutes.exists()
    assert last_entry(event).changes == [
        ["Bên nhận", "Sở Nhận", ""],
        ["người đại diện", "Ông Phạm Thị Nhận, Phó Giám đốc, ký, KT. (ký thay), Giám đốc", ""],
        ["hồ sơ", "Hợp đồng hỗ trợ kèm phụ lục, 01 đến 11/HĐHT, 264 tờ, Bản chính", ""],
    ]


# The close


def closable(house, project=None, *, receivers=1, **fields):
    event = draft_handover(house, project, **fields)
    for _ in range(receivers):
        add_minutes(house, event, OrganisationFactory(kind="commune_pc"), items=[machine()])
    return event


def test_complete_handover_numbers_the_minutes_and_moves_the_projects(house):
    event = closable(house, receivers=3)
    done = services.complete_handover(event, by=house.reviewer)
    assert [row.number for row in event.minutes.all()] == [1, 2, 3]
    assert Project.objects.get().status == ProjectStatus.HANDED_OVER
    assert (done.is_done, stored(event).is_done, done.version, done.updated_by) == (True, True, 2, house.reviewer)
    assert last_entry(event).action == "handover.complete"
    assert [change[2] for change in last_entry(event).changes] == ["01", "02", "03"]
    moved = AuditEntry.objects.about(Project.objects.get()).first()
    assert (moved.before_label, moved.after_label) == ("Đã nghiệm thu", "Đã bàn giao")


def test_numbers_run_per_giver_and_year(house):
    project = accepted_project(house)
    events = [
        closable(house, project, receivers=2),
        closable(house, project),
        closable(house, project, giver=house.department),
        closable(house, project, held_on=date(2025, 12, 30)),
        closable(house, project, held_on=None, held_month_day="12-12"),  # counts in the plan's year
    ]
    for event in events:
        services.complete_handover(event, by=house.officer)
    assert [[row.number for row in event.minutes.all()] for event in events] == [[1, 2], [3], [1], [1], [4]]


def test_complete_handover_tells_everything_that_is_missing(house):
    event = draft_handover(house, held_on=None, people=False)
    services.save_handover(event, by=house.officer, projects=[])
    with pytest.raises(ValidationError) as refusal:
        services.complete_handover(event, by=house.officer)
    assert refusal.value.messages == [
        "Nhập ngày bàn giao.",
        "Chọn ít nhất một đề án đã nghiệm thu.",
        "Ghi người ký của bên giao.",
        "Thêm ít nhất một bên nhận.",
    ]
    minutes = add_minutes(house, event, OrganisationFactory(name="Sở Nhận"), people=[])
    assert [(gap.text, gap.part, gap.minutes) for gap in missing_for_handover(event)][3:] == [
        ("Sở Nhận: ghi người ký của bên nhận.", "people", minutes),
        ("Sở Nhận: ghi ít nhất một nội dung, hợp đồng hoặc hồ sơ bàn giao.", "items", minutes),
    ]
    assert not stored(event).is_done


def test_complete_handover_waits_for_the_day(house):
    event = closable(house, held_on=today() + timedelta(days=1))
    with pytest.raises(ValidationError, match="chưa đến: hoàn tất sau khi các bên đã ký, hoặc sửa ngày."):
        services.complete_handover(event, by=house.officer)
    HandoverEvent.objects.update(held_on=today())
    services.complete_handover(event, by=house.officer)
    assert stored(event).is_done


@pytest.mark.parametrize("role", ["director", "accountant", "viewer"])
def test_complete_handover_is_for_officers_and_reviewers(house, role):
    event = closable(house)
    with pytest.raises(PermissionDenied):
        services.complete_handover(event, by=getattr(house, role))
    assert not stored(event).is_done


def test_a_closed_handover_never_changes(house):
    event = closable(house)
    minutes = event.minutes.get()
    services.complete_handover(event, by=house.officer)
    acts = (
        lambda: services.save_handover(event, by=house.officer, people=[]),
        lambda: services.save_minutes(minutes, by=house.officer, items=[]),
        lambda: services.delete_minutes(minutes, by=house.officer),
        lambda: services.complete_handover(event, by=house.officer),
        lambda: add_minutes(house, event, OrganisationFactory()),
        lambda: prefill.save_minutes_of_facilities(event, by=house.officer),
    )
    for act in acts:
        with pytest.raises(ValidationError, match="Đợt bàn giao đã hoàn tất thì không sửa được nữa."):
            act()
    assert (event.minutes.get().items.count(), event.people.count(), event.minutes.get().number) == (1, 4, 1)


# Prefill


def supported_project(house, facility):
    """An accepted project of one facility with a machine of its own and one for all."""
    plan = draft_plan(house)
    project = complete_project(house, plan, facility=facility)
    rows = [
        {"name": "Máy nấu", "specification": "200 lít", "unit_name": "máy", "quantity": Decimal(2), "unit_price": 150}
        | {"beneficiary": project.beneficiaries.get()},
        {"name": "Tập huấn", "unit_name": "lớp", "quantity": Decimal(1), "unit_price": 40},
    ]  # fmt: skip
    project = services.set_cost_items(project, by=house.officer, rows=rows)
    project = services.submit_project(project, by=house.officer)
    project = services.appraise_project(project, by=house.reviewer, opinion="Đạt.")
    services.place_project(project, by=house.reviewer, status=ProjectStatus.IN_PLAN)
    services.submit_plan(plan, by=house.reviewer)
    approve(house, plan)
    project = services.start_project(Project.objects.get(pk=project.pk), by=house.officer)
    return services.accept_project(project, by=house.director, number="07/BBNT", accepted_on=date(2026, 11, 1))


def told(items):
    return [(item.kind, item.name, item.quantity, item.amount, item.place) for item in items]


def test_prefill_gives_a_facility_its_own_machines(house):
    facility = FacilityFactory(created_by=house.officer, representative="Bà Chủ", representative_position="Chủ hộ")
    event = draft_handover(house, supported_project(house, facility))
    found = prefill.from_files(HandoverMinutes(event=event, receiver_facility=facility))
    assert told(found.items) == [(ItemKind.EQUIPMENT, "Máy nấu", Decimal(2), 300, facility.unit)]
    assert [(row.name, row.title, row.signs) for row in found.people] == [("Bà Chủ", "Chủ hộ", True)]
    assert [(row.number, row.dated_on, row.copy_kind) for row in found.papers] == [
        ("07/BBNT", date(2026, 11, 1), "copy")
    ]


def test_prefill_gives_a_facility_without_machines_what_it_was_supported_with(house):
    facility = FacilityFactory(created_by=house.officer)
    event = draft_handover(house, accepted_project(house, facility=facility))
    found = prefill.from_files(HandoverMinutes(event=event, receiver_facility=facility))
    assert told(found.items) == [(ItemKind.EQUIPMENT, "Máy nấu chân không", None, 640_000_000, facility.unit)]
    assert found.people == []


def test_prefill_gives_an_organisation_the_results_and_what_is_shared(house):
    facility = FacilityFactory(name="Cơ sở A", created_by=house.officer)
    event = draft_handover(house, supported_project(house, facility))
    found = prefill.from_files(HandoverMinutes(event=event, receiver=house.department))
    assert told(found.items) == [
        (ItemKind.RESULT, "Cơ sở A: Máy nấu chân không", None, 640_000_000, facility.unit),
        (ItemKind.EQUIPMENT, "Tập huấn", Decimal(1), 40, None),
    ]
    assert [row.copy_kind for row in found.papers] == ["original"]


def test_prefill_takes_people_and_texts_from_the_papers_before(house):
    receiver = OrganisationFactory()
    event = draft_handover(house)
    add_minutes(house, event, receiver, people=receiver_people("Người Cũ"), condition="Tốt.", copies=6)
    next_event = draft_handover(house, event.projects.get())
    found = prefill.from_files(HandoverMinutes(event=next_event, receiver=receiver))
    assert [(row.name, row.signing_mode, row.pk) for row in found.people] == [("Người Cũ", "KT", None)]
    assert prefill.shared_texts(next_event) == {
        "condition": "Tốt.", "giver_duties": "", "receiver_duties": "", "copies": 6, "copies_each": 2,
    }  # fmt: skip
    assert [row.name for row in prefill.giver_people(house.centre)] == ["Nguyễn Văn Giao", "Trần Thị Sổ"]
    assert prefill.giver_people(house.department) == []
    assert prefill.shared_texts(HandoverEvent(giver=house.department)) == {}


def test_prefill_starts_an_event_from_the_decision_and_the_acceptance(house):
    project = accepted_project(house, name="Máy “mới” & <tốt>")
    event = prefill.new_handover(project.plan, [project])
    assert event.subject == "kết quả đề án Máy “mới” & <tốt>"
    assert event.grounds.splitlines() == [
        "Căn cứ Quyết định số 10/QĐ-UBND ngày 04 tháng 01 năm 2026 của UBND tỉnh Vĩnh Long phê duyệt Kế hoạch khuyến "
        "công địa phương năm 2026",
        "Căn cứ Biên bản nghiệm thu số 01/BBNT ngày 01 tháng 11 năm 2026 của đề án “Máy “mới” & <tốt>”",
    ]
    assert event.giver == house.centre


def test_save_minutes_of_facilities_makes_those_that_are_missing(house):
    facility = FacilityFactory(created_by=house.officer)
    event = draft_handover(house, supported_project(house, facility))
    with pytest.raises(PermissionDenied):
        prefill.save_minutes_of_facilities(event, by=UserFactory(organisation=house.centre, role="viewer"))
    [minutes] = prefill.save_minutes_of_facilities(event, by=house.officer)
    assert (minutes.receiver_facility, minutes.items.get().name) == (facility, "Máy nấu")
    assert prefill.save_minutes_of_facilities(event, by=house.officer) == []


def test_list_totals_count_what_the_papers_hold(house):
    event = closable(house, receivers=2)
    add_minutes(
        house, event, OrganisationFactory(), items=[HandoverItem(kind=ItemKind.RESULT, name="Lớp", amount=5)],
        contracts=[(HandoverContract(beneficiary="A", number="1"), {source("KCDP"): 7, source("OTHER"): 8})],
    )  # fmt: skip
    other = make_house(thai_nguyen(), "Thái Nguyên")
    closable(other, another_accepted_project(other))
    assert HandoverEvent.objects.visible_to(house.viewer).totals() == {
        "count": 1, "done_count": 0, "receiver_total": 3, "asset_amount": 1_280_000_000, "contract_amount": 15,
    }  # fmt: skip
    assert HandoverEvent.objects.totals()["count"] == 2
