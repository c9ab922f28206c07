from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from khuyencong.dates import short_date, today
from programs import services as program_services
from programs.models import AnnualPlan, Norm, PlanStatus, Program
from projects import services
from projects.models import Project, ProjectReturn, ProjectStatus
from projects.services.plan import heading
from tests import stories
from tests.factories import FacilityFactory, content, source, thai_nguyen

HTMX = {"HX-Request": "true"}
MILLION = 1_000_000
DECISION = {
    "decision_number": "10/QĐ-UBND", "decision_on": "04/01/2026", "decision_issuer": "UBND tỉnh Vĩnh Long",
    "signer_name": "Lê Văn Tám", "signer_position": "Phó Chủ tịch",
}  # fmt: skip


def page(name, plan):
    return reverse(f"projects:{name}", args=[plan.pk])


def desk(plan, projects, act, *, returned=(), **changes):
    """What the desk posts; `returned` lines come with a reason."""
    data = DECISION | {"act": act, "version": plan.version}
    for project in projects:
        data[f"verdict-{project.pk}"] = "return" if project in returned else "approve"
        data[f"reason-{project.pk}"] = "Bổ sung báo giá." if project in returned else ""
    return data | changes


@pytest.fixture
def submitted(house):
    """A plan with two lines that together exceed its envelope by 100 million, and the lines."""
    plan = stories.draft_plan(house, budgets={"KCDP": 500 * MILLION})
    projects = [stories.planned_project(house, plan) for _ in range(2)]
    return services.submit_plan(plan, by=house.reviewer), projects


@pytest.fixture
def director(client, house):
    client.force_login(house.director)
    return client


@pytest.fixture
def reviewer(client, house):
    client.force_login(house.reviewer)
    return client


# The list


@pytest.mark.parametrize("count", [1, 3])
def test_list_query_count_is_constant(director, house, count, django_assert_num_queries):
    for _ in range(count):
        stories.planned_project(house, stories.draft_plan(house))

    with django_assert_num_queries(10):
        response = director.get(reverse("projects:plan_list"))

    assert [plan.line_count for plan in response.context["page_obj"]] == [1] * count


def test_list_says_what_is_planned_and_sums_it_up(director, house):
    plan = stories.draft_plan(house, budgets={"KCDP": 500 * MILLION, "KCQG": 200 * MILLION})
    stories.planned_project(house, plan, support=300 * MILLION)
    stories.appraised_project(house, plan)
    stories.draft_plan(house, budgets={"KCDP": 100 * MILLION})
    response = director.get(reverse("projects:plan_list"))

    [first, second] = response.context["page_obj"]
    assert (first.national_budget, first.local_budget) == (200 * MILLION, 500 * MILLION)
    assert (first.line_count, first.project_count, first.line_support) == (1, 2, 300 * MILLION)
    assert (second.national_budget, second.local_budget, second.line_count) == (0, 100 * MILLION, 0)
    assert response.context["totals"] == {
        "count": 2, "national_budget": 200 * MILLION, "local_budget": 600 * MILLION, "line_count": 1,
        "line_support": 300 * MILLION,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "years"),
    [
        ("", [2027, 2026]),
        ("nam=2026", [2026]),
        ("trang-thai=draft", [2027, 2026]),
        ("trang-thai=closed", []),
        ("q=ke hoach dia phuong 2027", [2027]),
        ("q=khong co", []),
        ("nam=1066", []),
        ("nam=abc", []),
        ("sap-xep=nam", [2026, 2027]),
        ("sap-xep=-kcdp", [2026, 2027]),
        ("sap-xep=password", [2027, 2026]),
        ("trang=99", [2027, 2026]),
        ("trang=x", [2027, 2026]),
        ("trang=last", [2027, 2026]),
    ],
)
def test_list_filters_sorts_and_pages(director, house, query, years):
    stories.draft_plan(house, year=2026, budgets={"KCDP": 200})
    stories.draft_plan(house, year=2027, budgets={"KCDP": 100})
    response = director.get(f"{reverse('projects:plan_list')}?{query}")

    assert [plan.year for plan in response.context["page_obj"]] == years


def test_list_filters_by_programme_and_tells_it(director, house):
    stories.draft_plan(house)
    other = program_services.save_program(
        Program(name="Khuyến công quốc gia", scope="national", area=house.province, period_start=2026, period_end=2030),
        by=house.reviewer,
    )
    plan = stories.draft_plan(house, program=other)
    response = director.get(reverse("projects:plan_list"), {"chuong-trinh": other.pk})

    assert list(response.context["page_obj"]) == [plan]
    assert [words for words, _query in response.context["chips"]] == ["Chương trình: Khuyến công quốc gia"]


def test_plan_leads_to_its_projects(director, plan):
    address = f"{reverse('projects:list')}?ke-hoach={plan.pk}"

    assert f'<a href="{address}">Đề án của kế hoạch</a>' in (director.get(plan.get_absolute_url()).content.decode())


def test_list_of_another_province_is_empty_and_teaches(client, plan):
    client.force_login(stories.make_house(thai_nguyen(), "Thái Nguyên").reviewer)
    response = client.get(reverse("projects:plan_list"))

    assertContains(response, "Chưa có kế hoạch nào")
    assertContains(response, "Chọn chương trình")


def test_list_swaps_only_the_table_with_script(director, plan):
    text = director.get(reverse("projects:plan_list"), headers=HTMX).content.decode()

    assert text.lstrip().startswith('<div id="plan-table">')


# The page


@pytest.mark.parametrize("person", ["officer", "reviewer", "director", "accountant", "viewer"])
def test_page_opens_for_the_house(client, house, submitted, person):
    client.force_login(getattr(house, person))
    response = client.get(submitted[0].get_absolute_url())

    assert response.status_code == 200
    assert response.context["tables"]["in_plan"].totals["support_amount"] == 600 * MILLION


@pytest.mark.parametrize("count", [1, 3])
def test_page_query_count_is_constant(reviewer, house, plan, count, django_assert_num_queries):
    for _ in range(count):
        stories.planned_project(house, plan)
        stories.appraised_project(house, plan)

    with django_assert_num_queries(7):
        reviewer.get(plan.get_absolute_url())


@pytest.mark.parametrize("name", ["plan_detail", "plan_approve", "plan_return"])
def test_plan_of_another_province_does_not_exist(client, submitted, name):
    client.force_login(stories.make_house(thai_nguyen(), "Thái Nguyên").director)

    assert client.get(page(name, submitted[0])).status_code == 404


@pytest.mark.parametrize("name", ["plan_place", "plan_submit", "plan_close", "plan_approve", "plan_return"])
def test_plan_of_another_province_takes_no_act(client, submitted, name):
    client.force_login(stories.make_house(thai_nguyen(), "Thái Nguyên").director)

    assert client.post(page(name, submitted[0]), {"reason": "Không."}).status_code == 404
    assert AnnualPlan.objects.get().status == PlanStatus.SUBMITTED


def test_page_groups_lines_under_roman_numerals_with_subtotals(reviewer, house, plan):
    stories.planned_project(house, plan, support=100 * MILLION)
    stories.planned_project(house, plan, support=50 * MILLION)
    stories.planned_project(house, plan, support=30 * MILLION, content=content("BRAND"))
    response = reviewer.get(plan.get_absolute_url())

    groups = response.context["tables"]["in_plan"].groups
    assert [(len(group.projects), group.totals["local_amount"]) for group in groups] == [
        (2, 150 * MILLION), (1, 30 * MILLION),
    ]  # fmt: skip
    assertContains(response, f"I. {groups[0].title}")
    assertContains(response, f"II. {groups[1].title}")


def test_group_of_the_plan_comes_before_the_content(house, plan):
    program_services.set_groups(plan, by=house.reviewer, groups=[(1, "Hỗ trợ máy móc", None, "")])
    project = stories.planned_project(house, plan, group=plan.groups.get())

    assert heading(project) == "Hỗ trợ máy móc"
    assert heading(stories.draft_project(house, plan)) == "Chưa xếp nội dung"


def test_page_shows_money_of_other_sources_only_where_there_is_some(reviewer, house, plan):
    project = stories.planned_project(house, plan)
    before = reviewer.get(plan.get_absolute_url()).context["tables"]["in_plan"]
    services.place_project(project, by=house.reviewer, status=ProjectStatus.APPRAISED)
    project.funding_lines.filter(source=source("COUNTERPART")).update(source=source("OTHER"))
    after = reviewer.get(plan.get_absolute_url()).context["tables"]["appraised"]

    assert [column.label for column in before.columns] == ["KCQG", "KCĐP", "Đối ứng"]
    assert [(cell.label, cell.amount) for cell in after.cells] == [
        ("KCQG", 0), ("KCĐP", 300 * MILLION), ("Đối ứng", 0), ("Khác", 340 * MILLION),
    ]  # fmt: skip


def test_page_offers_each_role_its_own_acts(client, house, submitted):
    plan, _projects = submitted
    seen = {}
    for person in ("officer", "reviewer", "director", "viewer"):
        client.force_login(getattr(house, person))
        text = client.get(plan.get_absolute_url()).content.decode()
        seen[person] = [name in text for name in (page("plan_approve", plan), page("plan_place", plan), "#submit")]

    assert seen == {
        "officer": [False, False, False],
        "reviewer": [False, False, False],
        "director": [True, False, False],
        "viewer": [False, False, False],
    }


def test_page_of_a_draft_lets_reviewers_place_and_submit(client, house, plan):
    stories.planned_project(house, plan)
    client.force_login(house.officer)
    assertNotContains(client.get(plan.get_absolute_url()), page("plan_place", plan))

    client.force_login(house.reviewer)
    response = client.get(plan.get_absolute_url())
    assertContains(response, page("plan_place", plan))
    assertContains(response, page("plan_submit", plan))


def test_page_says_why_an_empty_plan_cannot_be_submitted(reviewer, plan):
    assertContains(reviewer.get(plan.get_absolute_url()), "Trình được khi có ít nhất một đề án trong kế hoạch.")


def test_author_turned_director_is_told_on_the_page_and_kept_from_the_desk(client, house, submitted):
    plan, projects = submitted
    house.reviewer.role = house.director.role
    house.reviewer.save()
    client.force_login(house.reviewer)

    assertContains(client.get(plan.get_absolute_url()), "Người lập hoặc trình kế hoạch không được phê duyệt")
    assert client.get(page("plan_approve", plan)).status_code == 403
    assert client.post(page("plan_approve", plan), desk(plan, projects, "confirm")).status_code == 403


# Placing and submitting

SUBMIT_IS_OPEN = '<input type="hidden" name="submit_is_open" value="1">'


def test_place_moves_a_line_with_and_without_script(reviewer, house, plan):
    project = stories.appraised_project(house, plan)
    plain = reviewer.post(page("plan_place", plan), {"place": f"in_plan-{project.pk}"})
    htmx = reviewer.post(page("plan_place", plan), {"place": f"reserve-{project.pk}"}, headers=HTMX)

    assertRedirects(plain, f"{plan.get_absolute_url()}#lines")
    assertContains(htmx, 'id="lines-block"')
    assertContains(htmx, "dự phòng 300.000.000")
    assert Project.objects.get().status == ProjectStatus.RESERVE


def test_place_tells_the_page_what_moves_with_the_line(reviewer, house):
    """The panel, the way to submitting; what is typed there is not put anew, unless it opens or closes."""
    plan = stories.draft_plan(house, budgets={"KCDP": 500 * MILLION})
    first, second = (stories.appraised_project(house, plan, support=300 * MILLION) for _ in range(2))

    shown = reviewer.get(plan.get_absolute_url()).text

    def move(project, place):
        """As the page sends it: what it shows of submitting goes with it."""
        nonlocal shown
        data = {"place": f"{place}-{project.pk}"} | ({"submit_is_open": "1"} if SUBMIT_IS_OPEN in shown else {})
        answer = reviewer.post(page("plan_place", plan), data, headers=HTMX)
        assert answer.status_code == 200
        shown = answer.text
        return shown

    opened = move(first, "in_plan")
    assert "1 đề án đã thẩm định, chưa xếp" in opened
    assert 'href="#submit"' in opened
    assert 'name="proposal_number"' in opened

    over = move(second, "in_plan")
    assert "vượt 100.000.000" in over
    assert "Có nguồn đang vượt dự toán" in over
    assert 'name="proposal_number"' not in over

    assert "Có nguồn đang vượt dự toán" not in move(second, "reserve")
    closed = move(first, "appraised")
    assert 'href="#submit"' not in closed
    assert "Trình được khi có ít nhất một đề án trong kế hoạch." in closed


def test_place_opens_submitting_on_a_page_that_is_behind(reviewer, house, plan):
    """Lines that came in from another tab: this page did not offer to submit, and the plan has two lines now."""
    first, second, third = (stories.appraised_project(house, plan) for _ in range(3))
    assert SUBMIT_IS_OPEN not in reviewer.get(plan.get_absolute_url()).text
    services.place_project(first, by=house.reviewer, status=ProjectStatus.IN_PLAN)

    answer = reviewer.post(page("plan_place", plan), {"place": f"in_plan-{second.pk}"}, headers=HTMX)
    assertContains(answer, 'name="proposal_number"')

    data = {"place": f"in_plan-{third.pk}", "submit_is_open": "1"}
    assertNotContains(reviewer.post(page("plan_place", plan), data, headers=HTMX), 'name="proposal_number"')


@pytest.mark.parametrize(
    "data",
    [{}, {"place": "in_plan"}, {"place": "in_plan-abc"}, {"place": f"in_plan-{'9' * 30}"}, {"place": "in_plan-999999"}],
)
def test_place_of_an_unknown_line_does_not_exist(reviewer, plan, data):
    assert reviewer.post(page("plan_place", plan), data).status_code == 404


def test_place_of_a_line_of_another_plan_does_not_exist(reviewer, house, plan):
    project = stories.appraised_project(house, stories.draft_plan(house))

    assert reviewer.post(page("plan_place", plan), {"place": f"in_plan-{project.pk}"}).status_code == 404


@pytest.mark.parametrize("place", ["approved", "", "zzz"])
def test_state_never_comes_from_the_browser(reviewer, house, plan, place):
    project = stories.appraised_project(house, plan)
    response = reviewer.post(page("plan_place", plan), {"place": f"{place}-{project.pk}"}, follow=True)

    assertContains(response, "Chọn: trong kế hoạch, dự phòng hoặc ngoài kế hoạch.")
    assert Project.objects.get().status == ProjectStatus.APPRAISED


@pytest.mark.parametrize("name", ["plan_place", "plan_submit", "plan_close"])
def test_reading_an_act_changes_nothing(reviewer, plan, name):
    assert reviewer.get(page(name, plan)).status_code == 405


def test_place_is_not_for_officers(client, house, plan):
    project = stories.appraised_project(house, plan)
    client.force_login(house.officer)

    assert client.post(page("plan_place", plan), {"place": f"in_plan-{project.pk}"}).status_code == 403


def test_submit_keeps_the_proposal(reviewer, house, plan):
    stories.planned_project(house, plan)
    data = {"proposal_number": "682/TTr-SCT", "proposal_on": "18/11/2025"}
    response = reviewer.post(page("plan_submit", plan), data, follow=True)

    plan = AnnualPlan.objects.get()
    assert (plan.status, plan.proposal_number, short_date(plan.proposal_on)) == (
        PlanStatus.SUBMITTED, "682/TTr-SCT", "18/11/2025",
    )  # fmt: skip
    assertContains(response, "1 đề án")


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"proposal_number": "682/TTr-SCT", "proposal_on": "31/02/2026"}, "proposal_on"),
        ({"proposal_number": "682/TTr-SCT", "proposal_on": "01/01/2099"}, "proposal_on"),
        ({"proposal_number": "", "proposal_on": "18/11/2025"}, "proposal_number"),
        ({"proposal_number": "6" * 61, "proposal_on": ""}, "proposal_number"),
    ],
)
def test_submit_says_what_is_wrong_and_keeps_what_was_typed(reviewer, house, plan, data, field):
    stories.planned_project(house, plan)
    response = reviewer.post(page("plan_submit", plan), data)

    assert list(response.context["submit_form"].errors) == [field]
    assertContains(response, f'value="{data[field] or data["proposal_on"]}"')
    assert AnnualPlan.objects.get().status == PlanStatus.DRAFT


def test_submit_without_an_envelope_says_which(reviewer, house, plan):
    stories.planned_project(house, plan)
    program_services.set_budget(plan, by=house.reviewer, amounts={source("KCDP"): None})

    assertContains(reviewer.post(page("plan_submit", plan), {}), "Nhập dự toán cho: Khuyến công địa phương.")


def test_submitting_twice_says_where_the_plan_is(reviewer, submitted):
    plan, _projects = submitted
    response = reviewer.post(page("plan_submit", plan), {}, follow=True)

    assertContains(response, "hồ sơ đang “Chờ phê duyệt”")
    assert plan.snapshots.count() == 1


# The desk


def test_desk_shows_lines_sums_and_what_is_over(director, submitted):
    plan, projects = submitted
    response = director.get(page("plan_approve", plan))

    assertContains(response, "Vượt 100.000.000 đồng")
    assertContains(response, "Đang vượt dự toán.")
    for project in projects:
        assertContains(response, f"Trả lại {project.code}")


@pytest.mark.parametrize("count", [1, 3])
def test_desk_query_count_is_constant(director, house, plan, count, django_assert_num_queries):
    for _ in range(count):
        stories.planned_project(house, plan)
    services.submit_plan(plan, by=house.reviewer)

    with django_assert_num_queries(10):
        director.get(page("plan_approve", plan))


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_desk_counts_again_without_deciding(director, submitted, headers):
    plan, projects = submitted
    data = desk(plan, projects, "count", returned=projects[1:], decision_on="", decision_number="")
    response = director.post(page("plan_approve", plan), data, headers=headers)

    assertContains(response, "Còn 200.000.000 đồng")
    assertContains(response, "Duyệt cả sẽ vượt 100.000.000 đồng")
    assertContains(response, "Duyệt 1, trả lại 1")
    assertNotContains(response, "Nhập số quyết định")
    assert AnnualPlan.objects.get().status == PlanStatus.SUBMITTED


def test_desk_answers_a_changed_verdict_with_the_sums_alone(director, submitted):
    plan, projects = submitted
    text = director.post(page("plan_approve", plan), desk(plan, projects, "count"), headers=HTMX).content.decode()

    assert "<html" not in text
    assert text.count("hx-swap-oob") == 3


def test_desk_says_how_much_the_facilities_add(director, submitted):
    plan, _projects = submitted

    assertContains(director.get(page("plan_approve", plan)), "1,13 đồng trên 1 đồng hỗ trợ")  # 680 on 600 million


@pytest.mark.parametrize("act", ["approve", "confirm"])
def test_desk_refuses_over_the_envelope_and_keeps_everything(director, submitted, act):
    plan, projects = submitted
    response = director.post(page("plan_approve", plan), desk(plan, projects, act))

    [text] = response.context["form"].non_field_errors()
    assert text.startswith("Khuyến công địa phương: vượt 100.000.000 đồng so với dự toán 500.000.000 đồng")
    assertContains(response, 'value="10/QĐ-UBND"')
    assertContains(response, 'value="04/01/2026"')
    assert AnnualPlan.objects.get().status == PlanStatus.SUBMITTED


def test_desk_asks_before_it_decides(director, submitted):
    plan, [first, second] = submitted
    response = director.post(page("plan_approve", plan), desk(plan, [first, second], "approve", returned=[second]))

    assertContains(response, "Duyệt 1 đề án, trả lại 1?")
    assertContains(response, "“Bổ sung báo giá.”")
    assertContains(response, f'<input type="hidden" name="verdict-{second.pk}" value="return"')
    assert [(row.chosen.taken, row.returned) for row in response.context["envelopes"]] == [
        (300 * MILLION, 300 * MILLION), (340 * MILLION, 340 * MILLION),
    ]  # fmt: skip
    assert AnnualPlan.objects.get().status == PlanStatus.SUBMITTED


def test_confirmation_carries_everything_that_deciding_needs(director, submitted):
    plan, [first, second] = submitted
    asked = director.post(page("plan_approve", plan), desk(plan, [first, second], "approve", returned=[second]))
    hidden = {field.html_name: field.value() for field in asked.context["form"]}
    response = director.post(page("plan_approve", plan), hidden | {"act": "confirm"}, follow=True)

    first.refresh_from_db()
    second.refresh_from_db()
    assertContains(response, "Đã phê duyệt 1 đề án, trả lại 1 đề án.")
    assert (first.status, second.status) == (ProjectStatus.APPROVED, ProjectStatus.RETURNED)
    assert second.returns.get().reason == "Bổ sung báo giá."


def test_coming_back_from_the_confirmation_keeps_everything(director, submitted):
    plan, projects = submitted
    response = director.post(page("plan_approve", plan), desk(plan, projects, "review", returned=projects[1:]))

    assertContains(response, 'value="10/QĐ-UBND"')
    assertContains(response, "Duyệt 1, trả lại 1")
    assertContains(response, 'value="Bổ sung báo giá."', count=1)


@pytest.mark.parametrize("act", ["", "xyz"])
def test_unknown_act_decides_nothing(director, submitted, act):
    plan, projects = submitted
    director.post(page("plan_approve", plan), desk(plan, projects, act, returned=projects[1:]))

    assert AnnualPlan.objects.get().status == PlanStatus.SUBMITTED


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"decision_number": ""}, "decision_number"),
        ({"decision_number": "QĐ-UBND"}, "decision_number"),
        ({"decision_number": "1" * 61}, "decision_number"),
        ({"decision_on": ""}, "decision_on"),
        ({"decision_on": "31/02/2026"}, "decision_on"),
        ({"decision_on": "04/01/26"}, "decision_on"),
        ({"decision_on": "01/01/2099"}, "decision_on"),
        ({"decision_issuer": "  "}, "decision_issuer"),
        ({"signer_name": ""}, "signer_name"),
        ({"signer_position": ""}, "signer_position"),
    ],
)
def test_desk_says_what_is_wrong_with_the_decision(director, submitted, changes, field):
    plan, projects = submitted
    data = desk(plan, projects, "confirm", returned=projects[1:], **changes)
    response = director.post(page("plan_approve", plan), data)

    assert list(response.context["form"].errors) == [field]
    assertContains(response, "<title>Lỗi: ")
    assert AnnualPlan.objects.get().status == PlanStatus.SUBMITTED


def test_desk_wants_a_reason_for_each_returned_line(director, submitted):
    plan, projects = submitted
    data = desk(plan, projects, "confirm", returned=projects[1:]) | {f"reason-{projects[1].pk}": "  "}
    response = director.post(page("plan_approve", plan), data)

    assertContains(response, f"Nêu lý do trả lại {projects[1].code}.")
    assert not ProjectReturn.objects.exists()


@pytest.mark.parametrize("verdict", ["", "reject", "approved"])
def test_desk_wants_a_verdict_on_each_line(director, submitted, verdict):
    plan, projects = submitted
    name = f"verdict-{projects[1].pk}"
    response = director.post(page("plan_approve", plan), desk(plan, projects, "confirm") | {name: verdict})

    assert response.context["form"].errors == {name: ["Chọn duyệt hoặc trả lại."]}


def test_desk_refuses_to_return_every_line(director, submitted):
    plan, projects = submitted
    response = director.post(page("plan_approve", plan), desk(plan, projects, "confirm", returned=projects))

    [text] = response.context["form"].non_field_errors()
    assert "trả lại cả kế hoạch" in text


@pytest.mark.parametrize(("day", "is_doubtful"), [("04/01/2026", False), ("30/12/2025", True), ("04/01/2016", True)])
def test_confirmation_doubts_a_day_that_does_not_fit(director, house, submitted, day, is_doubtful):
    plan, projects = submitted
    AnnualPlan.objects.update(proposal_number="1/TTr-SCT", proposal_on="2026-01-02")
    data = desk(plan, projects, "approve", returned=projects[1:], decision_on=day)
    response = director.post(page("plan_approve", plan), data)

    assert bool(response.context["doubts"]) is is_doubtful
    assertContains(response, "Chưa có gì được ghi.")


def test_decision_of_today_is_taken_and_tomorrow_is_not(director, submitted):
    plan, projects = submitted
    tomorrow = short_date(today() + timedelta(days=1))
    refused = director.post(
        page("plan_approve", plan), desk(plan, projects, "confirm", returned=projects[1:], decision_on=tomorrow)
    )
    assert refused.context["form"].errors == {"decision_on": ["Ngày ký không thể ở tương lai."]}

    director.post(
        page("plan_approve", plan),
        desk(plan, projects, "confirm", returned=projects[1:], decision_on=short_date(today())),
    )
    assert AnnualPlan.objects.get().decision_on == today()


def test_decision_of_another_plan_cannot_be_used_again(director, house, submitted):
    stories.approved_project(house)
    plan, projects = submitted
    response = director.post(page("plan_approve", plan), desk(plan, projects, "approve", returned=projects[1:]))

    assert response.context["form"].non_field_errors() == ["Quyết định này đã dùng cho kế hoạch khác."]


def test_desk_offers_issuer_and_signer_of_the_last_decision(director, house, submitted):
    assert director.get(page("plan_approve", submitted[0])).context["form"]["signer_name"].value() is None
    stories.approved_project(house)
    form = director.get(page("plan_approve", submitted[0])).context["form"]

    assert (form["decision_issuer"].value(), form["signer_name"].value()) == ("UBND tỉnh Vĩnh Long", "Lê Văn Tám")


def test_second_director_finds_the_plan_decided(client, director, house, submitted):
    plan, projects = submitted
    data = desk(plan, projects, "confirm", returned=projects[1:])
    director.post(page("plan_approve", plan), data)
    client.force_login(house.second_director)
    response = client.post(page("plan_approve", plan), data | {"decision_number": "11/QĐ-UBND"}, follow=True)

    assertContains(response, "hồ sơ đang “Đã phê duyệt”")
    assert AnnualPlan.objects.get().decision_number == "10/QĐ-UBND"


def test_desk_refuses_once_what_was_submitted_anew_meanwhile(director, house, submitted):
    plan, projects = submitted
    old = desk(plan, projects, "confirm", returned=projects[1:])
    plan = services.return_plan(plan, by=house.second_director, reason="Bổ sung.")
    third = stories.planned_project(house, plan, support=10 * MILLION)
    services.submit_plan(plan, by=house.reviewer)
    response = director.post(page("plan_approve", plan), old)

    form = response.context["form"]
    assert [text[:26] for text in form.non_field_errors()] == ["Kế hoạch được trình lại lú"]
    assert form.errors[f"verdict-{third.pk}"] == ["Chọn duyệt hoặc trả lại."]

    fresh = {field.html_name: field.value() or "" for field in form} | {f"verdict-{third.pk}": "approve"}
    director.post(page("plan_approve", plan), fresh | {"act": "confirm"})
    assert AnnualPlan.objects.get().status == PlanStatus.APPROVED


def test_line_of_the_director_s_own_hand_can_only_be_returned(client, house, submitted):
    plan, [first, second] = submitted
    Project.objects.filter(pk=second.pk).update(created_by=house.director)
    client.force_login(house.director)
    shown = client.get(page("plan_approve", plan))
    refused = client.post(page("plan_approve", plan), desk(plan, [first, second], "confirm"))

    assertContains(shown, "Người lập hoặc trình đề án không được thẩm định, phê duyệt đề án đó.")
    assert shown.context["returned_count"] == 1
    assert list(refused.context["form"].errors) == [f"verdict-{second.pk}"]


def test_desk_shows_changes_since_the_last_submission(director, house, submitted):
    plan, [first, second] = submitted
    kept = director.get(page("plan_approve", plan))
    assert (kept.context["previous"], kept.context["changed_count"]) == (None, 0)

    plan = services.return_plan(plan, by=house.director, reason="Giảm bớt.")
    services.place_project(second, by=house.reviewer, status=ProjectStatus.RESERVE)
    third = stories.planned_project(house, plan)
    lowered(house, first, 200 * MILLION)
    services.submit_plan(plan, by=house.reviewer)
    response = director.get(page("plan_approve", plan))

    assert [line.project for line in response.context["gone"]] == [second]
    changes = {project: project.change for project in response.context["table"].projects}
    assert changes == {first: "changed", third: "new"}
    assertContains(response, '<del><span class="hidden-text">Lần trước: </span>300.000.000</del>')
    assertContains(response, "Mới so với lần trước", count=1)
    assertContains(response, "2 chỗ khác lần trình trước")


def lowered(house, project, support):
    """The line mended with less support, and back in the plan."""
    project = services.place_project(project, by=house.reviewer, status=ProjectStatus.APPRAISED)
    project = services.return_project(project, by=house.reviewer, reason="Giảm hỗ trợ.", items=["kinh-phi"])
    facility = project.beneficiaries.get().facility
    amounts = {source("KCDP"): support, source("COUNTERPART"): 340 * MILLION}
    services.set_funding(project, by=house.officer, total_cost=sum(amounts.values()), amounts=amounts)
    services.set_beneficiaries(project, by=house.officer, rows=[(facility, "Máy nấu", amounts)])
    services.submit_project(project, by=house.officer)
    project = services.appraise_project(project, by=house.reviewer, opinion="Đạt.")
    return services.place_project(project, by=house.reviewer, status=ProjectStatus.IN_PLAN)


@pytest.mark.parametrize("person", ["officer", "reviewer", "accountant", "viewer"])
@pytest.mark.parametrize("name", ["plan_approve", "plan_return"])
def test_desk_is_closed_to_others(client, house, submitted, person, name):
    plan, projects = submitted
    client.force_login(getattr(house, person))

    assert client.get(page(name, plan)).status_code == 403
    assert client.post(page(name, plan), desk(plan, projects, "confirm", reason="Không.")).status_code == 403


# Returning, closing, what stays


def test_return_page_sends_the_plan_back(director, submitted):
    plan, projects = submitted
    empty = director.post(page("plan_return", plan), {"reason": " ", "items": [projects[0].code]})
    assert empty.context["form"].errors == {"reason": ["Nêu lý do."]}
    assertContains(empty, f'value="{projects[0].code}" id="id_items_4" checked')

    director.post(page("plan_return", plan), {"reason": "Xem lại dự toán.", "items": ["budget", projects[0].code]})
    plan.refresh_from_db()
    assert (plan.status, plan.returns.get().items) == (PlanStatus.RETURNED, ["budget", projects[0].code])


def test_return_page_starts_from_what_was_typed_at_the_desk(director, submitted):
    plan, projects = submitted
    response = director.post(page("plan_return", plan), desk(plan, projects, "open", returned=projects[1:]))

    assert response.context["form"].initial == {
        "items": [projects[1].code], "reason": f"{projects[1].code}: Bổ sung báo giá.",
    }  # fmt: skip
    assert AnnualPlan.objects.get().status == PlanStatus.SUBMITTED


@pytest.mark.parametrize("items", [["everything"], ["KC99-001"]])
def test_return_page_knows_its_items(director, submitted, items):
    plan, _projects = submitted
    response = director.post(page("plan_return", plan), {"reason": "Xem lại.", "items": items})

    assert list(response.context["form"].errors) == ["items"]


def test_page_of_a_returned_plan_starts_with_the_reason_and_leads_to_what_is_meant(reviewer, house, submitted):
    plan, [first, _second] = submitted
    services.return_plan(plan, by=house.director, reason="Xem lại dự toán.", items=["budget", first.code, "projects"])
    response = reviewer.get(plan.get_absolute_url())

    assertContains(response, "“Xem lại dự toán.”")
    assert response.context["note_items"] == [
        ("Dự toán theo nguồn", reverse("programs:plan_budget", args=[plan.pk])),
        (str(first), first.get_absolute_url()),
        ("Danh sách đề án", "#lines"),
    ]


def test_page_of_an_approved_plan_tells_the_decision_and_what_was_left_out(director, house, submitted):
    plan, [first, second] = submitted
    stories.approve(house, plan, returned={second.pk: "Bổ sung báo giá."})
    second = services.submit_project(second, by=house.officer)
    services.move_project(second, by=house.reviewer, plan=stories.draft_plan(house))
    response = director.get(plan.get_absolute_url())

    [note] = response.context["left_out"]
    assert (note.project, note.reason) == (second, "Bổ sung báo giá.")
    assert response.context["places"]["in_plan"] == [first]
    assertContains(response, "Lê Văn Tám, Phó Chủ tịch")


def test_close_says_what_is_unfinished_and_then_closes(director, house):
    project = stories.approved_project(house)
    plan = project.plan
    assertContains(director.get(plan.get_absolute_url()), "Còn 1 đề án chưa nghiệm thu.")
    assertContains(director.post(page("plan_close", plan), follow=True), "Còn 1 đề án chưa nghiệm thu")

    services.start_project(project, by=house.officer)
    services.accept_project(project, by=house.director, number="01/BBNT", accepted_on=today())
    assertContains(director.get(plan.get_absolute_url()), page("plan_close", plan))
    director.post(page("plan_close", plan))
    assert AnnualPlan.objects.get(pk=plan.pk).status == PlanStatus.CLOSED


def test_close_is_for_directors(reviewer, house):
    plan = stories.approved_project(house).plan

    assert reviewer.post(page("plan_close", plan)).status_code == 403


def test_snapshot_page_shows_what_was_frozen(director, submitted):
    plan, [first, _second] = submitted
    Project.objects.filter(pk=first.pk).update(name="Tên sửa sau")
    snapshot = plan.snapshots.get()
    response = director.get(reverse("projects:plan_snapshot", args=[snapshot.pk]))

    assertNotContains(response, "Tên sửa sau")
    assertContains(response, snapshot.sha256)
    assertContains(response, "Nội dung khớp mã băm")
    assert [(cell.label, cell.amount) for cell in response.context["total_cells"]] == [
        ("KCQG", 0), ("KCĐP", 600 * MILLION), ("Đối ứng", 680 * MILLION),
    ]  # fmt: skip


def test_snapshot_of_another_province_does_not_exist(client, submitted):
    client.force_login(stories.make_house(thai_nguyen(), "Thái Nguyên").director)
    snapshot = submitted[0].snapshots.get()

    assert client.get(reverse("projects:plan_snapshot", args=[snapshot.pk])).status_code == 404


def test_line_over_its_norm_is_told_with_its_reason(reviewer, director, house, plan):
    norm = Norm.objects.create(
        content=content(), scope="local", name="Máy móc", per_unit="cơ sở", basis="facility", is_verified=True,
        cap_amount=250 * MILLION, legal_source="Nghị quyết 1/NQ-HĐND",
    )  # fmt: skip
    project = stories.submitted_project(house, plan)
    reason = "Dây chuyền đồng bộ."
    services.allow_over_norm(project, norm, project.beneficiaries.get(), by=house.reviewer, reason=reason)
    services.appraise_project(project, by=house.reviewer, opinion="Đạt.")
    services.place_project(project, by=house.reviewer, status=ProjectStatus.IN_PLAN)

    told = "Vượt 50.000.000 đ so với mức tối đa 250.000.000 đ/cơ sở (Nghị quyết 1/NQ-HĐND). Lý do: Dây chuyền đồng bộ."
    assertContains(reviewer.get(plan.get_absolute_url()), told)
    sheet = openpyxl.load_workbook(BytesIO(reviewer.get(reverse("plan_export", args=[plan.pk])).getvalue()))
    cells = [str(cell.value) for row in sheet.active.iter_rows() for cell in row if cell.value]
    assert any(told in text for text in cells)
    services.submit_plan(plan, by=house.reviewer)
    seen = director.get(page("plan_approve", plan))
    assertContains(seen, told)
    assertContains(seen, "1 đề án vượt mức hỗ trợ.")


def test_desk_warns_of_support_received_twice(director, house, plan):
    facility = FacilityFactory(created_by=house.officer)
    first, _second = (stories.planned_project(house, plan, facility=facility, name=name) for name in ("Một", "Hai"))
    services.submit_plan(plan, by=house.reviewer)

    seen = director.get(page("plan_approve", plan))

    assertContains(seen, "2 đề án có thể trùng hỗ trợ.")
    assertContains(seen, f"{reverse('projects:checks', args=[first.pk])}#twice")
