import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from programs.models import AnnualPlan, PlanStatus
from projects import services
from projects.models import Project, ProjectStatus
from tests import stories
from tests.factories import thai_nguyen

DECISION = {
    "decision_number": "10/QĐ-UBND", "decision_on": "20/11/2026", "decision_issuer": "UBND tỉnh Vĩnh Long",
    "signer_name": "Lê Văn Tám", "signer_position": "Phó Chủ tịch", "act": "approve",
}  # fmt: skip


def page(name, plan):
    return reverse(f"projects:{name}", args=[plan.pk])


def verdicts(projects, *, returned=()):
    data = {f"verdict-{project.pk}": "return" if project in returned else "approve" for project in projects}
    return data | {f"reason-{project.pk}": "Bổ sung báo giá." for project in returned}


@pytest.fixture
def submitted(house):
    """A plan with two lines that together exceed its envelope by 100 million."""
    plan = stories.draft_plan(house, budgets={"KCDP": 500_000_000})
    projects = [stories.planned_project(house, plan) for _ in range(2)]
    return services.submit_plan(plan, by=house.reviewer), projects


@pytest.fixture
def director(client, house):
    client.force_login(house.director)
    return client


def test_plan_list_query_count_does_not_grow(director, house):
    counts = []
    for rows in (1, 3):
        while AnnualPlan.objects.count() < rows:
            stories.planned_project(house, stories.draft_plan(house))
        with CaptureQueriesContext(connection) as queries:
            response = director.get(reverse("projects:plan_list"))
        assert [plan.line_count for plan in response.context["page_obj"]] == [1] * rows
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 8


@pytest.mark.parametrize("person", ["officer", "reviewer", "director", "accountant", "viewer"])
def test_plan_page_opens_for_the_house(client, house, submitted, person):
    client.force_login(getattr(house, person))
    response = client.get(submitted[0].get_absolute_url())

    assert response.status_code == 200
    assert response.context["totals"]["support_amount"] == 600_000_000


@pytest.mark.parametrize("name", ["plan_detail", "plan_approve", "plan_return"])
def test_plan_of_another_province_does_not_exist(client, submitted, name):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    client.force_login(north.director)

    assert client.get(page(name, submitted[0])).status_code == 404


def test_place_moves_a_line_with_and_without_script(client, house, plan):
    project = stories.appraised_project(house, plan)
    client.force_login(house.reviewer)
    plain = client.post(page("plan_place", plan), {"project": project.pk, "place": "in_plan"})
    htmx = client.post(
        page("plan_place", plan), {"project": project.pk, "place": "reserve"}, headers={"HX-Request": "true"}
    )

    assert plain.status_code == 302
    assert 'id="lines-block"' in htmx.content.decode()
    assert Project.objects.get().status == ProjectStatus.RESERVE


@pytest.mark.parametrize(
    "data", [{}, {"project": "abc", "place": "in_plan"}, {"project": "999999", "place": "in_plan"}]
)
def test_place_of_an_unknown_line_does_not_exist(client, house, plan, data):
    client.force_login(house.reviewer)

    assert client.post(page("plan_place", plan), data).status_code == 404


def test_submit_keeps_the_proposal(client, house, plan):
    stories.planned_project(house, plan)
    client.force_login(house.reviewer)
    client.post(page("plan_submit", plan), {"proposal_number": "682/TTr-SCT", "proposal_on": "18/11/2026"})

    plan = AnnualPlan.objects.get()
    assert (plan.status, plan.proposal_number) == (PlanStatus.SUBMITTED, "682/TTr-SCT")


def test_desk_shows_lines_sums_and_what_is_over(director, submitted):
    plan, projects = submitted
    response = director.get(page("plan_approve", plan))

    text = response.content.decode()
    assert "Vượt 100.000.000 đồng" in text
    assert all(project.code in text for project in projects)


def test_desk_counts_again_without_deciding(director, submitted):
    plan, projects = submitted
    data = verdicts(projects, returned=projects[1:]) | {"act": "count"}
    text = director.post(page("plan_approve", plan), data, headers={"HX-Request": "true"}).content.decode()

    assert "Còn 200.000.000 đồng" in text
    assert AnnualPlan.objects.get().status == PlanStatus.SUBMITTED


def test_desk_refuses_over_the_envelope_and_keeps_everything(director, submitted):
    plan, projects = submitted
    response = director.post(page("plan_approve", plan), DECISION | verdicts(projects))

    [text] = response.context["form"].non_field_errors()
    assert text.startswith("Khuyến công địa phương: vượt 100.000.000 đồng")
    assert response.context["form"]["decision_number"].value() == "10/QĐ-UBND"
    assert AnnualPlan.objects.get().status == PlanStatus.SUBMITTED


def test_desk_approves_one_and_returns_one(director, submitted):
    plan, [first, second] = submitted
    response = director.post(page("plan_approve", plan), DECISION | verdicts([first, second], returned=[second]))

    first.refresh_from_db()
    second.refresh_from_db()
    assert response.url == plan.get_absolute_url()
    assert (first.status, second.status) == (ProjectStatus.APPROVED, ProjectStatus.RETURNED)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"decision_number": ""}, "decision_number"),
        ({"decision_on": "31/02/2026"}, "decision_on"),
        ({"decision_on": "01/01/2099"}, "decision_on"),
        ({"signer_name": ""}, "signer_name"),
    ],
)
def test_desk_says_what_is_wrong_with_the_decision(director, submitted, changes, field):
    plan, projects = submitted
    response = director.post(page("plan_approve", plan), DECISION | verdicts(projects, returned=projects[1:]) | changes)

    assert list(response.context["form"].errors) == [field]


def test_desk_shows_changes_since_the_last_submission(director, house, submitted):
    plan, [first, second] = submitted
    services.return_plan(plan, by=house.director, reason="Giảm bớt.")
    services.place_project(second, by=house.reviewer, status=ProjectStatus.RESERVE)
    plan.refresh_from_db()
    third = stories.planned_project(house, plan)
    services.submit_plan(plan, by=house.reviewer)
    response = director.get(page("plan_approve", plan))

    assert [line.project for line in response.context["gone"]] == [second]
    changes = {project: project.change for group in response.context["groups"] for project in group.projects}
    assert changes == {first: "", third: "new"}


@pytest.mark.parametrize("person", ["officer", "reviewer", "accountant", "viewer"])
def test_desk_is_closed_to_others(client, house, submitted, person):
    client.force_login(getattr(house, person))

    assert client.get(page("plan_approve", submitted[0])).status_code == 403


def test_return_page_sends_the_plan_back(director, submitted):
    plan, _projects = submitted
    empty = director.post(page("plan_return", plan), {"reason": ""})
    done = director.post(page("plan_return", plan), {"reason": "Xem lại dự toán.", "items": ["budget"]})

    assert empty.context["form"].errors == {"reason": ["Nêu lý do."]}
    assert done.url == plan.get_absolute_url()
    assert AnnualPlan.objects.get().status == PlanStatus.RETURNED


def test_snapshot_page_shows_what_was_frozen(director, house, submitted):
    plan, [first, _second] = submitted
    Project.objects.filter(pk=first.pk).update(name="Tên sửa sau")
    text = director.get(reverse("projects:plan_snapshot", args=[plan.snapshots.get().pk])).content.decode()

    assert "Ứng dụng máy móc tiên tiến" in text
    assert "1.280.000.000" in text
    assert plan.snapshots.get().sha256 in text
