import json
from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertRedirects

from beneficiaries.forms import facility_label
from khuyencong.models import AuditEntry
from projects import services
from projects.models import Project, ProjectStatus
from tests import stories
from tests.factories import FacilityFactory, content, source, thai_nguyen

MILLION = 1_000_000


@pytest.fixture
def house(db):
    return stories.make_house()


@pytest.fixture
def plan(house):
    return stories.draft_plan(house, budgets={"KCDP": 500 * MILLION})


@pytest.fixture
def officer(client, house):
    client.force_login(house.officer)
    return client


def address(name, plan):
    return reverse(f"projects:{name}", args=[plan.pk])


def column(code):
    return f"source-{source(code).pk}"


def save(client, user, plan, *rows, check=False, status=200, **more):
    """What the script sends; the answer as read."""
    body = {"user": user.pk, "rows": list(rows), "check": check, **more}
    response = client.post(address("plan_grid_save", plan), json.dumps(body), content_type="application/json")
    assert response.status_code == status, response.content
    return response.json()


def new(key, **cells):
    return {"key": key, "cells": {name: ["", text] for name, text in cells.items()}}


def change(project, **cells):
    """A stored line with {column: (seen, typed)}."""
    return {"key": f"p{project.pk}", "pk": project.pk, "cells": {name: list(pair) for name, pair in cells.items()}}


# Lines through the services


def test_new_line_is_saved_with_everything_typed(officer, house, plan):
    facility = FacilityFactory(created_by=house.officer)
    typed = {
        "name": "Máy sấy  thăng hoa", "content": "ung dung may moc", "facility": facility.name,
        "implementing_unit": house.centre.name, "starts_on": "1/3/2026", "ends_on": "30/11/2026",
        column("KCDP"): "300tr", column("COUNTERPART"): "340.000.000",
    }  # fmt: skip

    answer = save(officer, house.officer, plan, new("n1", **typed))

    project = Project.objects.get()
    assert (project.name, project.content.code) == ("Máy sấy thăng hoa", "MACHINERY")
    assert (project.starts_on, project.ends_on) == (date(2026, 3, 1), date(2026, 11, 30))
    assert project.total_cost == 640 * MILLION
    share = project.beneficiaries.get()
    assert share.facility == facility
    assert {row.source.code: row.requested_amount for row in share.amounts.all()} == {
        "KCDP": 300 * MILLION, "COUNTERPART": 340 * MILLION,
    }  # fmt: skip
    [result], [line] = answer["results"], answer["lines"]
    assert (result["errors"], result["conflicts"], sorted(result["saved"])) == ({}, {}, sorted(typed))
    assert (line["key"], line["code"], line["cells"][column("KCDP")]) == ("n1", project.code, "300.000.000")
    assert line["cells"]["facility"] == facility_label(facility)


def test_line_sent_again_after_a_lost_answer_makes_no_second_project(officer, house, plan):
    for name in ("Máy sấy", "Máy sấy bơm nhiệt"):
        answer = save(officer, house.officer, plan, new("n1", name=name))

    assert [project.name for project in Project.objects.all()] == ["Máy sấy bơm nhiệt"]
    assert answer["results"][0]["pk"] == Project.objects.get().pk


@pytest.mark.parametrize(
    ("name", "typed", "told"),
    [
        ("content", "khinh khí cầu", "Danh mục không có"),
        ("content", "hội chợ, triển lãm", "có thể là"),
        ("starts_on", "31/02/2026", "31/02/2026"),
        ("total_cost", "ba trăm", "ba trăm"),
        ("facility", "Không có cơ sở này", "Không tìm thấy"),
        ("place", "Trong kế hoạch", ""),
    ],
)
def test_cell_that_is_refused_keeps_no_other_from_being_saved(officer, house, plan, name, typed, told):
    answer = save(officer, house.officer, plan, new("n1", name="Máy sấy", **{name: typed}))

    [result] = answer["results"]
    assert told in result["errors"][name]
    assert result["saved"] == ["name"]
    assert Project.objects.get().name == "Máy sấy"


def test_line_without_a_name_waits_for_one(officer, house, plan):
    [result] = save(officer, house.officer, plan, new("n1", total_cost="300tr"))["results"]

    assert list(result["errors"]) == ["name"]
    assert not Project.objects.exists()


def test_total_follows_the_sources_until_another_is_typed(officer, house, plan):
    project = stories.draft_project(house, plan)
    local = column("KCDP")

    save(officer, house.officer, plan, change(project, **{local: ("", "200tr")}))
    save(officer, house.officer, plan, change(project, total_cost=("200.000.000", "500tr")))
    answer = save(officer, house.officer, plan, change(project, **{local: ("200.000.000", "300tr")}))

    project.refresh_from_db()
    assert project.total_cost == 500 * MILLION
    assert ["wait", "Còn 200.000.000 đồng chưa chia cho nguồn."] in answer["lines"][0]["notes"]


def test_one_facility_keeps_all_of_the_money_and_a_part_stays_a_part(officer, house, plan):
    whole, part = stories.complete_project(house, plan), stories.complete_project(house, plan)
    facility = part.beneficiaries.get().facility
    shares = {source("KCDP"): 100 * MILLION, source("COUNTERPART"): 0}
    services.set_beneficiaries(part, by=house.officer, rows=[(facility, "", shares)])
    rows = [change(project, **{column("KCDP"): ("300.000.000", "250tr")}) for project in (whole, part)]

    save(officer, house.officer, plan, *rows)

    held = {
        project: {row.source.code: row.requested_amount for row in project.beneficiaries.get().amounts.all()}
        for project in (whole, part)
    }
    assert held[whole] == {"KCDP": 250 * MILLION, "COUNTERPART": 340 * MILLION}
    assert held[part] == {"KCDP": 100 * MILLION}


def test_days_out_of_order_are_told_at_the_day_alone(officer, house, plan):
    typed = {"name": "Máy sấy", "starts_on": "01/06/2026", "ends_on": "01/03/2026"}

    [result] = save(officer, house.officer, plan, new("n1", **typed))["results"]

    assert result["errors"] == {"ends_on": "Ngày hoàn thành phải sau ngày bắt đầu."}
    assert Project.objects.get().starts_on == date(2026, 6, 1)


def test_three_hundred_lines_are_saved_in_one_request(officer, house, plan):
    rows = [new(f"n{i}", name=f"Máy số {i}", **{column("KCDP"): f"{i + 1} triệu"}) for i in range(300)]
    rows[7]["cells"]["starts_on"] = ["", "32/01/2026"]

    answer = save(officer, house.officer, plan, *rows)

    assert Project.objects.filter(plan=plan).count() == 300
    assert [row["key"] for row in answer["results"] if row["errors"]] == ["n7"]
    assert "Xếp hết sẽ vượt" in answer["envelopes"]


def test_more_lines_than_a_request_takes_are_refused(officer, house, plan):
    answer = save(officer, house.officer, plan, *[new(f"n{i}", name="Máy") for i in range(501)], status=400)

    assert "500 dòng" in answer["refused"]
    assert not Project.objects.exists()


# Two people


def test_different_cells_of_a_line_are_both_kept(client, house, plan):
    project = stories.draft_project(house, plan, name="Máy sấy")
    for user, cells in (
        (house.officer, {"name": ("Máy sấy", "Máy sấy khô")}),
        (house.reviewer, {"total_cost": ("", "300tr")}),
    ):
        client.force_login(user)
        [result] = save(client, user, plan, change(project, **cells))["results"]
        assert result["conflicts"] == {}

    project.refresh_from_db()
    assert (project.name, project.total_cost) == ("Máy sấy khô", 300 * MILLION)


def test_same_cell_is_not_overwritten_and_both_values_are_told(client, house, plan):
    project = stories.draft_project(house, plan, name="Máy sấy")
    client.force_login(house.reviewer)
    save(client, house.reviewer, plan, change(project, name=("Máy sấy", "Máy sấy lạnh")))
    client.force_login(house.officer)
    mine = change(project, name=("Máy sấy", "Máy sấy nóng"), total_cost=("", "300tr"))

    answer = save(client, house.officer, plan, mine)

    [result] = answer["results"]
    assert (result["conflicts"], result["saved"]) == ({"name": "Máy sấy lạnh"}, ["total_cost"])
    assert answer["lines"][0]["by"] == str(house.officer)
    # Having seen the other value, the person may still keep their own.
    save(client, house.officer, plan, change(project, name=("Máy sấy lạnh", "Máy sấy nóng")))
    project.refresh_from_db()
    assert project.name == "Máy sấy nóng"


def test_same_value_typed_by_two_is_no_conflict(officer, house, plan):
    project = stories.draft_project(house, plan, name="Máy sấy")

    [result] = save(officer, house.officer, plan, change(project, name=("Máy cũ", "Máy sấy")))["results"]

    assert (result["conflicts"], result["saved"]) == ({}, ["name"])
    assert AuditEntry.objects.about(project).count() == 1


def test_news_tell_other_lines_and_those_that_are_gone(officer, house, plan):
    stamp = save(officer, house.officer, plan)["stamp"]
    project = stories.draft_project(house, plan)
    # A story that is remembered comes back with the time at which it was told.
    Project.objects.filter(pk=project.pk).update(updated_at=timezone.now())

    news = officer.get(address("plan_grid_news", plan), {"since": stamp}).json()

    assert [line["pk"] for line in news["lines"]] == news["all"] == [project.pk]
    assert news["user"] == house.officer.pk


# Placing and deleting


def test_head_of_unit_places_and_officer_does_not(client, house, plan):
    project = stories.appraised_project(house, plan)
    row = change(project, place=("Ngoài kế hoạch", "Dự phòng"))
    client.force_login(house.officer)
    [refused] = save(client, house.officer, plan, row)["results"]
    client.force_login(house.reviewer)
    [placed] = save(client, house.reviewer, plan, row)["results"]

    assert list(refused["errors"]) == ["place"]
    assert placed["saved"] == ["place"]
    project.refresh_from_db()
    assert project.status == ProjectStatus.RESERVE


def test_amounts_of_an_appraised_line_stay(officer, house, plan):
    project = stories.appraised_project(house, plan)

    [result] = save(
        officer, house.officer, plan, change(project, **{column("KCDP"): ("300.000.000", "400tr")})
    )["results"]  # fmt: skip

    assert "không sửa được" in result["errors"][column("KCDP")]
    assert project.funding_lines.get(source=source("KCDP")).requested_amount == 300 * MILLION


def test_draft_is_deleted_but_not_one_with_more_than_the_sheet_shows(officer, house, plan):
    bare, full = stories.draft_project(house, plan), stories.complete_project(house, plan)
    rows = [{"key": f"p{row.pk}", "pk": row.pk, "drop": True, "version": row.version} for row in (bare, full)]

    first, second = save(officer, house.officer, plan, *rows)["results"]

    assert first["gone"] is True
    assert "ngoài bảng" in second["errors"][""]
    assert list(plan.projects.all()) == [full]


def test_line_changed_by_somebody_else_is_not_deleted(officer, house, plan):
    project = stories.draft_project(house, plan)
    row = {"key": "p", "pk": project.pk, "drop": True, "version": project.version}
    services.set_funding(project, by=house.reviewer, total_cost=MILLION, amounts={})

    [result] = save(officer, house.officer, plan, row)["results"]

    assert "vừa sửa dòng này" in result["errors"][""]
    assert plan.projects.count() == 1


# Who, and when


def test_check_tells_what_saving_would_and_writes_nothing(officer, house, plan):
    row = new("n1", name="Máy sấy", content="Ứng dụng máy móc, thiết bị tiên tiến", **{column("KCQG"): "900tr"})

    answer = save(officer, house.officer, plan, row, check=True)

    assert "900.000.000" in answer["envelopes"]
    assert any(tone == "bad" for tone, _text in answer["lines"][0]["notes"])
    assert not Project.objects.exists()


def test_closed_plan_takes_nothing(officer, house, plan):
    project = stories.draft_project(house, plan)
    stories.planned_project(house, plan)
    services.submit_plan(plan, by=house.reviewer)

    answer = save(officer, house.officer, plan, change(project, name=(project.name, "Máy khác")), status=409)

    assert "chờ phê duyệt" in answer["closed"]
    assert officer.get(address("plan_grid_news", plan)).status_code == 409
    assertRedirects(officer.get(address("plan_grid", plan)), plan.get_absolute_url())
    project.refresh_from_db()
    assert project.name != "Máy khác"


def test_another_account_in_the_same_browser_saves_nothing(officer, house, plan):
    answer = save(officer, house.reviewer, plan, new("n1", name="Máy sấy"), status=409)

    assert str(house.officer) in answer["refused"]
    assert not Project.objects.exists()


def test_line_of_another_plan_is_not_there(officer, house, plan):
    other = stories.draft_project(house, stories.draft_plan(house), name="Máy sấy")

    [result] = save(officer, house.officer, plan, change(other, name=("Máy sấy", "Máy khác")))["results"]

    assert result["gone"] is True
    other.refresh_from_db()
    assert other.name == "Máy sấy"


def test_people_of_another_province_find_no_sheet(client, plan):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    client.force_login(north.officer)

    assert client.get(address("plan_grid", plan)).status_code == 404
    assert client.post(address("plan_grid_save", plan), "{}", content_type="application/json").status_code == 404


@pytest.mark.parametrize("rows", [None, "x", [1], [{"cells": {"name": "x"}}], [{"pk": "1", "cells": {}}]])
def test_what_no_script_sends_is_refused(officer, house, plan, rows):
    body = json.dumps({"user": house.officer.pk, "rows": rows})

    response = officer.post(address("plan_grid_save", plan), body, content_type="application/json")

    assert response.status_code == 400


@pytest.mark.parametrize("count", [1, 3])
def test_page_query_count_is_constant(officer, house, count, django_assert_num_queries):
    plan = stories.draft_plan(house)
    for _ in range(count):
        stories.planned_project(house, plan, content=content())

    with django_assert_num_queries(10):
        response = officer.get(address("plan_grid", plan))

    assertContains(response, 'data-pk="', count=count)


# Without script


def posted(response, act="save", **changes):
    """The form of a page as a browser posts it, with cells changed: {"row-0-name": …}."""
    data = {"rows": len(response.context["lines"]), "act": act}
    for number, line in enumerate(response.context["lines"]):
        data[f"row-{number}-was"] = line.was
        for cell in line.cells:
            if cell.is_open:
                data[f"row-{number}-{cell.column.key}"] = cell.text
    return data | changes


def test_form_saves_without_script(officer, house, plan):
    stories.draft_project(house, plan, name="Máy sấy")
    page = officer.get(address("plan_grid", plan))
    changes = {"row-0-name": "Máy sấy khô", "row-1-name": "Máy ép", f"row-1-{column('KCDP')}": "200tr"}

    response = officer.post(address("plan_grid", plan), posted(page, **changes), follow=True)

    assertContains(response, "Đã lưu 2 dòng lúc")
    assert sorted(plan.projects.values_list("name", "total_cost")) == [("Máy sấy khô", None), ("Máy ép", 200 * MILLION)]


def test_form_adds_lines_and_keeps_what_was_typed(officer, plan):
    page = officer.get(address("plan_grid", plan))

    response = officer.post(address("plan_grid", plan), posted(page, "add", **{"row-0-name": "Máy sấy"}))

    lines = response.context["lines"]
    assert (len(lines), lines[0].texts["name"]) == (10, "Máy sấy")
    assert not plan.projects.exists()


def test_form_shows_errors_at_their_cells_and_keeps_what_was_typed(officer, plan):
    page = officer.get(address("plan_grid", plan))
    changes = {"row-0-name": "Máy sấy", "row-0-starts_on": "32/01/2026", "row-1-name": "Máy ép"}

    response = officer.post(address("plan_grid", plan), posted(page, **changes))

    assert [anchor for anchor, _text in response.context["problems"]] == ["cell-0-starts_on"]
    assertContains(response, 'value="32/01/2026"')
    assert plan.projects.count() == 2
    # Mended, the line is changed and not made again.
    officer.post(address("plan_grid", plan), posted(response, **{"row-0-starts_on": "31/01/2026"}))
    assert sorted(plan.projects.values_list("name", "starts_on")) == [
        ("Máy sấy", date(2026, 1, 31)), ("Máy ép", None),
    ]  # fmt: skip


@pytest.mark.parametrize(("keep", "kept"), [("mine", "Máy sấy nóng"), ("theirs", "Máy sấy lạnh")])
def test_form_lets_choose_between_two_values(officer, house, plan, keep, kept):
    project = stories.draft_project(house, plan, name="Máy sấy")
    page = officer.get(address("plan_grid", plan))
    project.name = "Máy sấy lạnh"
    services.save_project(project, by=house.reviewer)

    conflict = officer.post(address("plan_grid", plan), posted(page, **{"row-0-name": "Máy sấy nóng"}))
    assertContains(conflict, "Lấy của")
    officer.post(address("plan_grid", plan), posted(conflict, **{"keep-0-name": keep}))

    project.refresh_from_db()
    assert project.name == kept
