from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from khuyencong.models import AuditEntry
from khuyencong.versions import StaleVersionError
from programs import services as program_services
from projects import services
from projects.models import BeneficiaryAmount, FundingLine, Project, ProjectStatus, TargetMode
from tests import stories
from tests.factories import FacilityFactory, content, source, thai_nguyen
from tests.khuyencong.threads import at_once


def texts(project):
    return [item.text for item in services.missing_items(project)]


def test_create_project_numbers_a_series_per_owner_and_year(house, plan):
    codes = [stories.draft_project(house, plan).code for _ in range(3)]
    later = stories.draft_project(house, stories.draft_plan(house, year=2027))

    assert codes == ["KC26-001", "KC26-002", "KC26-003"]
    assert later.code == "KC27-001"


def test_create_project_takes_scope_from_the_plan(house, plan):
    project = stories.draft_project(house, plan)

    assert (project.owner, project.province) == (house.centre, house.province)
    assert project.status == ProjectStatus.DRAFT


@pytest.mark.parametrize("person", ["accountant", "viewer", "director"])
def test_create_project_is_for_those_who_draft(house, plan, person):
    with pytest.raises(PermissionDenied):
        services.create_project(plan, by=getattr(house, person), name="Máy sấy")

    assert not Project.objects.exists()


def test_create_project_refuses_a_plan_of_another_house(house, plan):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")

    with pytest.raises(PermissionDenied):
        services.create_project(plan, by=north.officer, name="Máy sấy")


def test_create_project_refuses_a_plan_that_was_submitted(house, plan):
    stories.planned_project(house, plan)
    services.submit_plan(plan, by=house.reviewer)
    plan.refresh_from_db()

    with pytest.raises(ValidationError, match="chọn kế hoạch đang dự thảo"):
        stories.draft_project(house, plan)


def test_create_project_puts_a_facility_into_the_draft(house, plan):
    facility = FacilityFactory(created_by=house.officer)
    project = services.create_project(plan, by=house.officer, name="Máy sấy", facility=facility)

    assert project.beneficiaries.get().facility == facility


def test_create_project_refuses_a_twin_when_asked(house, plan):
    first = stories.draft_project(house, plan, name="Máy sấy dừa")

    with pytest.raises(ValidationError) as refusal:
        services.create_project(plan, by=house.officer, name="Máy  sấy dừa ", refuses_twin=True)

    assert refusal.value.message_dict == {"name": [f"Kế hoạch đã có {first.code} mang tên này."]}
    assert services.create_project(plan, by=house.officer, name="Máy sấy dừa").code == "KC26-002"


@pytest.mark.django_db(transaction=True)
def test_create_project_pressed_twice_at_once_makes_one_draft():
    house = stories.make_house()
    plan = stories.draft_plan(house)

    def press(_number):
        try:
            return services.create_project(plan, by=house.officer, name="Máy sấy", refuses_twin=True).code
        except ValidationError as refusal:
            return refusal.messages[0]

    assert sorted(at_once(press, [1, 2])) == ["KC26-001", "Kế hoạch đã có KC26-001 mang tên này."]


@pytest.mark.django_db(transaction=True)
def test_create_project_gives_no_code_twice_at_once():
    house = stories.make_house()
    plan = stories.draft_plan(house)

    codes = at_once(lambda name: services.create_project(plan, by=house.officer, name=name).code, ["A", "B", "C"])

    assert sorted(codes) == ["KC26-001", "KC26-002", "KC26-003"]


def test_draft_is_saved_unfinished(house, plan):
    project = stories.draft_project(house, plan)
    project.objective = "Tăng công suất."

    services.save_project(project, by=house.officer)

    assert Project.objects.get().objective == "Tăng công suất."


def test_missing_items_name_everything_a_bare_draft_lacks(house, plan):
    project = stories.draft_project(house, plan)

    assert texts(project) == [
        "Chọn nội dung hoạt động.",
        "Chọn đơn vị thực hiện.",
        "Nhập ngày bắt đầu.",
        "Nhập ngày hoàn thành.",
        "Thêm ít nhất một đơn vị thụ hưởng, hoặc chọn cách lập theo nhóm.",
        "Nêu sự cần thiết và căn cứ.",
        "Nêu mục tiêu.",
        "Nêu nội dung và tiến độ.",
        "Nêu hiệu quả kinh tế.",
        "Nhập tổng dự toán.",
    ]


def test_missing_items_is_empty_for_a_complete_project(house, plan):
    assert texts(stories.complete_project(house, plan)) == []


@pytest.mark.parametrize(
    ("total", "text"),
    [
        (650_000_000, "Phân bổ nốt 10.000.000 đồng còn lại của tổng dự toán 650.000.000 đồng."),
        (630_000_000, "Giảm 10.000.000 đồng: các nguồn cộng lại vượt tổng dự toán 630.000.000 đồng."),
    ],
)
def test_missing_items_says_by_how_much_the_split_is_off(house, plan, total, text):
    project = stories.complete_project(house, plan, support=300_000_000, own=340_000_000)
    project = services.set_funding(project, by=house.officer, total_cost=total, amounts={})

    assert texts(project) == [text]


def test_missing_items_compares_the_facilities_with_each_line(house, plan):
    project = stories.complete_project(house, plan)
    [row] = project.beneficiaries.all()
    parts = {source("KCDP"): 290_000_000, source("COUNTERPART"): 345_000_000}
    project = services.set_beneficiaries(project, by=house.officer, rows=[(row.facility, "", parts)])

    assert texts(project) == [
        "Khuyến công địa phương: thêm 10.000.000 đồng ở các đơn vị thụ hưởng để khớp 300.000.000 đồng của đề án.",
        "Vốn đối ứng của đơn vị thụ hưởng: bớt 5.000.000 đồng ở các đơn vị thụ hưởng để khớp 340.000.000 đồng "
        "của đề án.",
    ]


def test_missing_items_counts_cost_items_against_the_total(house, plan):
    project = stories.complete_project(house, plan)
    item = {"name": "Máy nấu", "quantity": 2, "unit_price": 400_000_000}
    project = services.set_cost_items(project, by=house.officer, rows=[item])

    assert texts(project) == ["Các hạng mục cộng lại vượt tổng dự toán 160.000.000 đồng."]


def test_missing_items_lets_a_group_project_name_no_facility(house, plan):
    project = stories.draft_project(house, plan, target_mode=TargetMode.GROUP)

    assert "Thêm ít nhất một đơn vị thụ hưởng, hoặc chọn cách lập theo nhóm." not in texts(project)


def test_missing_items_wants_a_key_project_to_last_over_a_year(house, plan):
    project = stories.complete_project(house, plan, is_key=True)

    assert texts(project) == ["Đề án điểm phải kéo dài hơn một năm: sửa thời gian hoặc bỏ dấu đề án điểm."]


def test_submit_project_refuses_and_lists_what_is_missing(house, plan):
    project = stories.draft_project(house, plan)

    with pytest.raises(ValidationError) as refusal:
        services.submit_project(project, by=house.officer)

    assert len(refusal.value.messages) == 10
    assert Project.objects.get().status == ProjectStatus.DRAFT


def test_submit_project_moves_and_tells(house, plan):
    project = stories.submitted_project(house, plan)

    entry = AuditEntry.objects.about(project).first()
    assert (project.status, project.submitted_by) == (ProjectStatus.SUBMITTED, house.officer)
    assert (entry.action, entry.before, entry.after) == ("project.submit", "draft", "submitted")


def test_submitted_project_is_locked(house, plan):
    project = stories.submitted_project(house, plan)

    with pytest.raises(PermissionDenied):
        services.save_project(project, by=house.officer)
    with pytest.raises(PermissionDenied):
        services.set_funding(project, by=house.officer, total_cost=1, amounts={})
    with pytest.raises(PermissionDenied):
        services.set_beneficiaries(project, by=house.officer, rows=[])
    with pytest.raises(PermissionDenied):
        services.set_cost_items(project, by=house.officer, rows=[])


def test_save_project_does_not_take_a_state_from_outside(house, plan):
    project = stories.draft_project(house, plan)
    project.status = ProjectStatus.APPROVED

    services.save_project(project, by=house.officer)

    assert Project.objects.get().status == ProjectStatus.DRAFT


def test_save_project_refuses_a_group_of_another_plan(house, plan):
    other = stories.draft_plan(house, year=2027)
    program_services.set_groups(other, by=house.reviewer, groups=[(1, "Máy móc", None, "")])
    project = stories.draft_project(house, plan)
    project.group = other.groups.get()

    with pytest.raises(ValidationError, match="Chọn nhóm của"):
        services.save_project(project, by=house.officer)


def test_save_project_refuses_an_end_before_the_start(house, plan):
    project = stories.draft_project(house, plan)
    project.starts_on, project.ends_on = date(2026, 5, 2), date(2026, 5, 1)

    with pytest.raises(ValidationError, match="Ngày hoàn thành phải sau ngày bắt đầu"):
        services.save_project(project, by=house.officer)


def test_save_project_tells_old_and_new_values(house, plan):
    project = stories.draft_project(house, plan, name="Tên cũ")
    project.name, project.ends_on = "Tên mới", date(2026, 11, 30)
    services.save_project(project, by=house.second_officer)

    entry = AuditEntry.objects.about(project).first()
    assert entry.actor == house.second_officer
    assert entry.changes == [["tên", "Tên cũ", "Tên mới"], ["hoàn thành", "", "30/11/2026"]]


def test_save_project_refuses_to_overwrite_a_later_save(house, plan):
    project = stories.draft_project(house, plan)
    seen = project.version
    mine, theirs = Project.objects.get(), Project.objects.get()
    theirs.objective = "Của người khác."
    services.save_project(theirs, by=house.second_officer, expected_version=seen)
    mine.objective = "Của tôi."

    with pytest.raises(StaleVersionError) as stale:
        services.save_project(mine, by=house.officer, expected_version=seen)

    assert stale.value.current.objective == "Của người khác."
    assert Project.objects.get().objective == "Của người khác."


def test_set_funding_refuses_to_overwrite_a_later_save(house, plan):
    project = stories.draft_project(house, plan)
    seen = project.version
    services.set_funding(project, by=house.second_officer, total_cost=5, amounts={}, expected_version=seen)

    with pytest.raises(StaleVersionError):
        services.set_funding(project, by=house.officer, total_cost=7, amounts={}, expected_version=seen)

    assert Project.objects.get().total_cost == 5


def test_set_funding_tells_old_and_new_money(house, plan):
    project = stories.complete_project(house, plan)
    services.set_funding(project, by=house.officer, total_cost=500_000_000, amounts={source("KCDP"): 200_000_000})

    entry = AuditEntry.objects.about(project).first()
    assert entry.changes == [
        ["Tổng dự toán", "640.000.000", "500.000.000"],
        ["Khuyến công địa phương", "300.000.000", "200.000.000"],
    ]


def test_set_funding_takes_a_source_out_with_nothing(house, plan):
    project = stories.complete_project(house, plan)
    services.set_funding(project, by=house.officer, total_cost=1, amounts={source("KCDP"): None})

    assert [line.source.code for line in project.funding_lines.all()] == ["COUNTERPART"]


def returned_by_director(house, plan):
    """An appraised project that the director left out of the plan."""
    project = stories.planned_project(house, plan)
    stories.planned_project(house, plan, name="Đề án khác")
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan, returned={project.pk: "Sửa tên cơ sở."})
    project.refresh_from_db()
    return project


def test_submit_project_goes_back_to_the_level_that_returned_it(house, plan):
    project = returned_by_director(house, plan)
    [row] = project.beneficiaries.all()
    parts = {source("KCDP"): 300_000_000, source("COUNTERPART"): 340_000_000}
    services.set_beneficiaries(project, by=house.officer, rows=[(row.facility, "Máy nấu chân không, 2 nồi", parts)])

    assert services.submit_project(project, by=house.officer).status == ProjectStatus.APPRAISED


@pytest.mark.parametrize("changed", ["line", "facility"])
def test_submit_project_is_appraised_again_once_a_figure_changed(house, plan, changed):
    project = returned_by_director(house, plan)
    [row] = project.beneficiaries.all()
    parts = {source("KCDP"): 300_000_000, source("COUNTERPART"): 340_000_000}
    if changed == "line":
        parts[source("KCDP")] = 290_000_000
        services.set_funding(project, by=house.officer, total_cost=630_000_000, amounts=parts)
    facility = row.facility if changed == "line" else FacilityFactory(created_by=house.officer)
    services.set_beneficiaries(project, by=house.officer, rows=[(facility, row.item, parts)])
    project = services.submit_project(project, by=house.officer)

    assert project.status == ProjectStatus.SUBMITTED
    amounts = BeneficiaryAmount.objects.filter(beneficiary__project=project)
    assert [*project.funding_lines.values_list("appraised_amount", flat=True)] == [None, None]
    assert [*amounts.values_list("appraised_amount", flat=True)] == [None, None]


def test_submit_project_refuses_a_file_changed_since_it_was_read(house, plan):
    project = stories.complete_project(house, plan)
    seen = project.version
    services.set_cost_items(project, by=house.second_officer, rows=[], expected_version=seen)

    with pytest.raises(StaleVersionError):
        services.submit_project(project, by=house.officer, expected_version=seen)

    assert Project.objects.get().status == ProjectStatus.DRAFT


def test_set_beneficiaries_tells_facilities_items_and_money(house, plan):
    project = stories.complete_project(house, plan, facility=FacilityFactory(name="Cơ sở A", created_by=house.officer))
    new = FacilityFactory(name="Cơ sở B", created_by=house.officer)
    [row] = project.beneficiaries.all()
    kept = {source("KCDP"): 200_000_000, source("COUNTERPART"): 340_000_000}
    rows = [(row.facility, "Máy ép", kept), (new, "", {source("KCDP"): 100_000_000})]
    services.set_beneficiaries(project, by=house.officer, rows=rows)

    assert AuditEntry.objects.about(project).first().changes == [
        ["Cơ sở A: Khuyến công địa phương", "300.000.000", "200.000.000"],
        ["Đơn vị thụ hưởng", "", "Cơ sở B"],
        ["Cơ sở B: Khuyến công địa phương", "", "100.000.000"],
        ["Cơ sở A: hạng mục", "Máy nấu chân không", "Máy ép"],
    ]


def test_set_beneficiaries_refuses_a_facility_twice(house, plan):
    project = stories.draft_project(house, plan)
    facility = FacilityFactory(created_by=house.officer)

    with pytest.raises(ValidationError, match="gộp các dòng trùng nhau"):
        services.set_beneficiaries(project, by=house.officer, rows=[(facility, "", {}), (facility, "", {})])

    assert not project.beneficiaries.exists()


def test_set_cost_items_tells_the_rows_that_changed(house, plan):
    project = stories.draft_project(house, plan)
    cable = {"name": "Dây cáp", "unit_name": "m", "quantity": 2, "unit_price": 3}
    pot = {"name": "Nồi", "quantity": 1, "unit_price": 10}
    services.set_cost_items(project, by=house.officer, rows=[cable, pot])
    services.set_cost_items(project, by=house.officer, rows=[cable, {**pot, "specification": "inox"}])

    entries = AuditEntry.objects.about(project).filter(action="project.set_cost_items")
    assert [entry.changes for entry in entries] == [
        [["Hạng mục chi phí", "Nồi; 1 × 10", ""], ["Hạng mục chi phí", "", "Nồi; inox; 1 × 10"]],
        [
            ["Hạng mục chi phí", "", "Dây cáp; 2 m × 3"],
            ["Hạng mục chi phí", "", "Nồi; 1 × 10"],
            ["Tổng hạng mục chi phí", "", "16"],
        ],
    ]


def test_set_cost_items_refuses_a_facility_of_another_project(house, plan):
    other = stories.complete_project(house, plan).beneficiaries.get()
    project = stories.draft_project(house, plan)
    row = {"name": "Nồi", "quantity": 1, "unit_price": 10, "beneficiary": other}

    with pytest.raises(ValidationError, match="đơn vị thụ hưởng của đề án này"):
        services.set_cost_items(project, by=house.officer, rows=[row])


@pytest.mark.parametrize(("quantity", "price"), [(0, 1), (-1, 1), (Decimal("0.001"), 1), (1, -1)])
def test_set_cost_items_refuses_senseless_figures(house, plan, quantity, price):
    project = stories.draft_project(house, plan)

    with pytest.raises(ValidationError):
        services.set_cost_items(
            project, by=house.officer, rows=[{"name": "Nồi", "quantity": quantity, "unit_price": price}]
        )

    assert not project.cost_items.exists()


def test_cost_item_amount_rounds_half_a_dong_up(house, plan):
    project = stories.draft_project(house, plan)
    row = {"name": "Dây cáp", "quantity": Decimal("2.5"), "unit_price": 3}
    services.set_cost_items(project, by=house.officer, rows=[row])

    assert project.cost_items.get().amount == 8


def test_delete_draft_is_for_its_author_before_submission(house, plan):
    project = stories.draft_project(house, plan)

    with pytest.raises(PermissionDenied):
        services.delete_draft(project, by=house.second_officer)
    services.delete_draft(project, by=house.officer)

    assert not Project.objects.exists()
    assert AuditEntry.objects.first().action == "project.delete_draft"


def test_delete_draft_refuses_what_was_ever_submitted(house, plan):
    project = stories.submitted_project(house, plan)
    services.return_project(project, by=house.reviewer, reason="Thiếu báo giá.")

    with pytest.raises(PermissionDenied):
        services.delete_draft(project, by=house.officer)


@pytest.mark.parametrize(
    "change",
    [
        {"appraised_amount": 300_000_001},
        {"appraised_amount": 200_000_000, "approved_amount": 200_000_001},
        {"approved_amount": 1},
        {"accepted_amount": 1},
    ],
)
def test_database_refuses_a_stage_above_the_one_before(house, plan, change):
    project = stories.complete_project(house, plan)
    lines = FundingLine.objects.filter(project=project, source=source("KCDP"))

    with pytest.raises(IntegrityError), transaction.atomic():
        lines.update(**change)


@pytest.mark.parametrize(
    "change",
    [
        {"status": ProjectStatus.SUBMITTED},
        {"status": ProjectStatus.APPROVED},
        {"starts_on": date(2026, 12, 2), "ends_on": date(2026, 12, 1)},
    ],
)
def test_database_refuses_a_project_that_contradicts_itself(house, plan, change):
    project = stories.draft_project(house, plan, content=content())

    with pytest.raises(IntegrityError), transaction.atomic():
        Project.objects.filter(pk=project.pk).update(**change)


@pytest.mark.parametrize("field", ["reviewer", "approved_by"])
def test_database_refuses_an_author_who_decides(house, plan, field):
    project = stories.approved_project(house, plan)

    with pytest.raises(IntegrityError), transaction.atomic():
        Project.objects.filter(pk=project.pk).update(**{field: project.created_by})
