"""The first page: what waits, and the figures of the year, each beside the list that it opens."""

import re
from dataclasses import astuple
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from khuyencong.audit import record
from khuyencong.dates import today
from khuyencong.models import AdministrativeUnit, OrganisationKind, Role
from programs.models import SourceCategory
from projects import services
from projects.models import CarryOver, FundingLine, Project
from reports.dashboard.figures import SourceRow, dashboard_of
from tests import stories
from tests.factories import FacilityFactory, OrganisationFactory, UserFactory, source, thai_nguyen
from tests.reports.test_exporters import values_of


@pytest.fixture
def admin(db):
    return UserFactory(role=Role.ADMIN, organisation=None, is_staff=True, is_superuser=True)


@pytest.fixture
def decided(house):
    """A plan with 1 billion local and 500 million national; two lines of 300 and 200 million approved, one accepted."""
    plan = stories.draft_plan(house, budgets={"KCDP": 1_000_000_000, "KCQG": 500_000_000})
    first = stories.planned_project(house, plan, support=300_000_000, own=340_000_000)
    facility = FacilityFactory(created_by=house.officer)
    stories.planned_project(house, plan, support=200_000_000, own=100_000_000, facility=facility)
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    services.start_project(first, by=house.officer)
    services.accept_project(
        first, by=house.director, number="01/BBNT", accepted_on=plan.created_at.date(),
        amounts={source("KCDP").pk: 290_000_000, source("COUNTERPART").pk: 350_000_000},
    )  # fmt: skip
    return plan


def many_tasks(house, plan, count):
    for _number in range(count):
        returned = stories.submitted_project(house, plan, facility=FacilityFactory(created_by=house.officer))
        services.return_project(returned, by=house.reviewer, reason="Thiếu báo giá.")
        stories.appraised_project(house, plan, facility=FacilityFactory(created_by=house.officer))
        stories.draft_project(house, plan)


def test_home_greets_and_counts_what_waits(client, house, plan):
    many_tasks(house, plan, 1)
    type(house.officer).objects.filter(pk=house.officer.pk).update(salutation="Bà", full_name="Đỗ Thị Bích Ngân")
    client.force_login(house.officer)
    response = client.get("/")
    assertContains(response, "Có <strong>2 việc</strong> chờ bà Ngân.")
    assertContains(response, "Bị trả lại, cần sửa (1)")
    assertContains(response, "“Thiếu báo giá.”")
    assertContains(response, "Đang lập dở (1)")


def test_home_says_how_many_are_late(client, house, plan):
    project = services.start_project(stories.approved_project(house, plan), by=house.officer)
    Project.objects.filter(pk=project.pk).update(starts_on="2026-01-04", ends_on="2026-01-05")
    client.force_login(house.officer)
    # The work itself and its monthly report.
    assertContains(client.get("/"), "chờ ông/bà, <strong>2 việc quá hạn</strong>.")


@pytest.mark.parametrize("who", ["officer", "reviewer", "director", "accountant", "viewer"])
def test_home_without_anything_says_where_to_look(client, house, who):
    client.force_login(getattr(house, who))
    response = client.get("/")
    assertContains(response, "Không có việc nào đang chờ ông/bà.")
    assertContains(response, f'href="{reverse("projects:list")}"')
    assertContains(response, f"Chưa có đề án nào của kế hoạch {today().year}.")


def test_home_of_the_administrator_leads_to_the_admin(client, admin, house, plan):
    stories.draft_project(house, plan)
    client.force_login(admin)
    response = client.get("/")
    assertContains(response, "Quản trị người dùng, cơ quan, danh mục; không quyết định đề án, kế hoạch.")
    assertContains(response, "Mở trang quản trị")
    assertNotContains(response, "Đề án mới")


@pytest.mark.parametrize(
    ("who", "buttons"),
    [
        ("officer", {"Cơ sở mới", "Đề án mới"}),
        ("reviewer", {"Chương trình, kế hoạch", "Cơ sở mới", "Đề án mới"}),
        ("director", set()),
        ("viewer", set()),
    ],
)
def test_home_offers_the_acts_of_the_role(client, house, who, buttons):
    client.force_login(getattr(house, who))
    html = client.get("/").text.split('class="columns')[0]
    assert {text for text in ("Chương trình, kế hoạch", "Cơ sở mới", "Đề án mới") if f"{text}</a>" in html} == buttons


@pytest.mark.parametrize("year", ["", "abc", "99999", "-1", "0000", "2020", "２０２６"])
def test_home_stands_whatever_year_is_asked(client, house, plan, year):
    stories.approved_project(house, plan)
    client.force_login(house.viewer)
    assert client.get("/", {"nam": year}).status_code == 200


def test_home_shows_each_act_once_with_a_link(client, house, plan):
    project = stories.draft_project(house, plan)
    for turn in range(3):
        project.name = f"Tên {turn}"
        services.save_project(project, by=house.officer)
    client.force_login(house.viewer)
    acts = client.get("/").context["board"].acts
    assert [(act.entry.label, act.page) for act in acts][:2] == [
        ("Sửa đề án", project.get_absolute_url()),
        ("Lập đề án", project.get_absolute_url()),
    ]


def test_files_that_were_taken_out_push_no_change_off_the_page(client, house, plan):
    stories.draft_project(house, plan)
    client.force_login(house.viewer)
    before = [act.entry for act in client.get("/").context["board"].acts]
    for action in ("file.export", "file.print", "file.download", "trail.export"):
        record(house.officer, action, "Xuất tệp", None)
    assert [act.entry for act in client.get("/").context["board"].acts] == before
    # What changes without a record of its own is told without a dangling dash.
    record(house.officer, "import.done", "Nhập từ tệp", None)
    assertContains(client.get("/"), "nhập từ tệp</p>")


def test_home_shows_nothing_of_other_provinces(client, house, plan):
    stories.approved_project(house, plan)
    stranger = stories.make_house(thai_nguyen(), "Thái Nguyên").officer
    client.force_login(stranger)
    board = client.get("/?nam=2026").context["board"]
    assert (board.acts, board.by_status, board.money, board.places, board.risk) == ([], [], [], [], [])


# Money


def money_of(user, year=2026):
    return {row.category: (row.budget, row.approved, row.accepted) for row in dashboard_of(user, year).money}


def test_money_by_source_equals_the_sums_by_hand(house, decided):
    assert money_of(house.viewer) == {
        SourceCategory.NATIONAL: (500_000_000, 0, 0),
        SourceCategory.LOCAL: (1_000_000_000, 500_000_000, 290_000_000),
        SourceCategory.COUNTERPART: (0, 440_000_000, 350_000_000),
    }
    assert astuple(dashboard_of(house.viewer, 2026).money_total)[1:] == (1_500_000_000, 940_000_000, 0, 0, 640_000_000)


def test_plans_not_decided_and_other_years_do_not_count(house, decided):
    stories.planned_project(house, stories.draft_plan(house, budgets={"KCDP": 7_000_000_000}))
    assert money_of(house.viewer)[SourceCategory.LOCAL][:2] == (1_000_000_000, 500_000_000)
    assert money_of(house.viewer, 2027) == {}


def test_source_row_tells_what_is_left_and_what_waits():
    row = SourceRow(SourceCategory.LOCAL, budget=1_000, approved=600, paid=150)
    assert (row.left, row.unpaid, row.whole, row.paid_in_approved) == (400, 450, 1_000, Decimal(25))
    bare = SourceRow(SourceCategory.COUNTERPART, approved=600, paid=700)
    assert (bare.left, bare.unpaid, bare.whole) == (None, 0, 700)
    empty = SourceRow(SourceCategory.LOCAL, budget=500)
    assert (empty.left, empty.paid_in_approved) == (500, None)
    assert SourceRow(SourceCategory.LOCAL, budget=500, approved=600).left == -100


# Money at risk at the year's end


def risk_of(user, year=2026):
    return [(row.status, row.projects, row.amount) for row in dashboard_of(user, year).risk]


def test_money_not_spent_is_at_risk_with_its_reason(house, decided):
    assert risk_of(house.viewer) == [("approved", 1, 200_000_000), ("accepted", 1, 290_000_000)]
    line = FundingLine.objects.get(project__status="accepted", source__code="KCDP")
    FundingLine.objects.filter(pk=line.pk).update(contracted_amount=300_000_000, paid_amount=210_000_000)
    assert risk_of(house.viewer)[1] == ("accepted", 1, 80_000_000)
    FundingLine.objects.filter(pk=line.pk).update(settled_amount=210_000_000)
    assert risk_of(house.viewer) == [("approved", 1, 200_000_000)]
    Project.objects.filter(status="approved").update(status="stopped")
    assert risk_of(house.viewer) == []


def test_money_carried_over_is_at_risk_in_the_year_that_it_went_to(house, decided):
    line = FundingLine.objects.get(project__status="approved", source__code="KCDP")
    CarryOver.objects.create(
        project=line.project, source=line.source, from_year=2026, to_year=2027, amount=150_000_000,
        decision_number="5/STC", decision_on=date(2026, 12, 20), recorded_by=house.accountant,
    )  # fmt: skip
    assert risk_of(house.viewer)[0] == ("approved", 1, 50_000_000)
    assert risk_of(house.viewer, 2027) == [("approved", 1, 150_000_000)]


# Every figure opens a list with the same number


def links_of(html):
    """{(address of a list, figure)} of the page's links that show a number."""
    found = re.findall(r'href="([^"]+)"[^>]*>([0-9.]+)</a>', html)
    links = {(address.replace("&amp;", "&"), int(figure.replace(".", ""))) for address, figure in found}
    return {(address, figure) for address, figure in links if "?nam=" in address}


def wrong_links(client, html):
    return {(address, figure) for address, figure in links_of(html) if figure not in listed(client, address)}


def listed(client, address):
    """What the list behind an address counts and sums up."""
    totals = client.get(address).context["totals"]
    return {value for value in totals.values() if isinstance(value, int)}


def test_every_figure_of_the_page_opens_a_list_with_the_same_number(client, house, decided):
    Project.objects.filter(status="approved").update(ends_on=today() - timedelta(days=1))
    stories.draft_project(house, stories.draft_plan(house))
    client.force_login(house.viewer)
    page = client.get("/?nam=2026").text
    assert len(links_of(page)) > 25
    assert wrong_links(client, page) == set()


def test_project_in_several_places_counts_in_each_as_the_list_does(client, house):
    plan = stories.draft_plan(house)
    old = AdministrativeUnit.objects.filter(
        division="old", level="commune", province=house.province, later_links__part="partial"
    ).first()
    old = old or AdministrativeUnit.objects.filter(division="old", level="commune", province=house.province).first()
    first = stories.planned_project(house, plan, facility=FacilityFactory(unit=old, created_by=house.officer))
    place = first.beneficiaries.get().facility.unit.successors.filter(level="commune").first()
    Project.objects.filter(pk=first.pk).update(unit=place)
    task = stories.planned_project(house, plan, facility=FacilityFactory(created_by=house.officer))
    task.beneficiaries.all().delete()
    services.submit_plan(plan, by=house.reviewer)
    Project.objects.filter(pk=task.pk).update(status="rejected")
    board = dashboard_of(house.viewer, 2026)
    assert board.places == []
    Project.objects.filter(pk__in=[first.pk, task.pk]).update(
        status="approved", approved_by=house.director, approved_at="2026-01-04T00:00:00Z"
    )
    board = dashboard_of(house.viewer, 2026)
    client.force_login(house.viewer)
    assert board.places[-1].key is None
    assert board.places[-1].planned == 1
    for found in board.places[:-1]:
        query = {"nam": 2026, "dia-ban": found.label, "trang-thai": "da-duyet"}
        assert client.get("/de-an/", query).context["totals"]["count"] == found.planned
    assert {found.key for found in board.places[:-1]} >= {place.pk}


def test_those_of_many_provinces_see_a_row_for_each(client, house, decided):
    ministry = OrganisationFactory(kind=OrganisationKind.MINISTRY_DEPT, name="Cục Công Thương địa phương")
    region = OrganisationFactory(kind=OrganisationKind.REGIONAL_CENTRE, areas=[house.province, thai_nguyen()])
    for body in (ministry, region):
        leader = UserFactory(organisation=body, role=Role.VIEWER)
        board = dashboard_of(leader, 2026)
        assert [(place.name, place.planned, place.done) for place in board.places] == [("Tỉnh Vĩnh Long", 2, 1)]
        client.force_login(leader)
        assert wrong_links(client, client.get("/?nam=2026").text) == set()


# Queries


@pytest.mark.parametrize("who", ["officer", "reviewer", "director", "accountant", "viewer", "admin", "ministry"])
def test_first_page_asks_at_most_twelve_queries_whatever_there_is(client, house, admin, who):
    ministry = OrganisationFactory(kind=OrganisationKind.MINISTRY_DEPT, name="Cục Công Thương địa phương")
    people = vars(house) | {"admin": admin, "ministry": UserFactory(organisation=ministry, role=Role.VIEWER)}
    client.force_login(people[who])
    client.get("/")
    asked = []
    for turn in range(2):
        plan = stories.draft_plan(house, budgets={"KCDP": 5_000_000_000})
        rows = [stories.planned_project(house, plan) for _number in range(2 + turn)]
        services.submit_plan(plan, by=house.reviewer)
        stories.approve(house, plan, number=f"{turn}/QĐ")
        for number, project in enumerate(rows):
            project.refresh_from_db()
            contract = stories.contract_of(project, number=f"{turn}-{number}/HĐ")
            services.sign_contract(contract, by=house.accountant, projects=[project])
            services.start_project(project, by=house.officer)
        services.accept_project(project, by=house.director, number=f"{turn}/BB", accepted_on=date(2026, 3, 1))
        many_tasks(house, stories.draft_plan(house), 1)
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/?nam=2026").status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1]
    assert asked[1] <= 12


@pytest.mark.parametrize("count", [1, 3])
def test_money_list_asks_a_fixed_number_of_queries(client, house, django_assert_num_queries, count):
    plan = stories.draft_plan(house, budgets={"KCDP": 5_000_000_000})
    for _number in range(count):
        stories.planned_project(house, plan)
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    client.force_login(house.viewer)
    with django_assert_num_queries(6):
        response = client.get("/kinh-phi/?nam=2026&xem=rui-ro")
    assert response.context["totals"]["count"] == count


def test_money_list_is_empty_and_teaches_for_others(client, house, decided):
    client.force_login(stories.make_house(thai_nguyen(), "Thái Nguyên").viewer)
    response = client.get("/kinh-phi/?nam=2026")
    assertContains(response, "Không có đề án nào")
    assert response.context["totals"]["count"] == 0
    assert client.get("/kinh-phi/?nam=abc&xem=x&trang-thai=y").status_code == 200


def test_money_leaves_as_it_is_filtered(client, house, decided):
    client.force_login(house.viewer)
    page = client.get("/kinh-phi/?nam=2026&xem=rui-ro&sap-xep=ma")
    assertContains(page, "/kinh-phi/xuat-excel/?nam=2026&amp;xem=rui-ro&amp;sap-xep=ma")
    lines = values_of(client, "/kinh-phi/xuat-excel/?nam=2026&xem=rui-ro&sap-xep=ma")
    top = next(number for number, line in enumerate(lines) if line[0] == "STT")
    heads, rows = lines[top], [line for line in lines[top + 1 :] if line[0] and isinstance(line[0], float)]
    at = heads.index("Có thể không chi hết")
    shown = [(row["code"], row["risk_sum"]) for row in page.context["page_obj"]]
    assert [(row[heads.index("Mã")], row[at]) for row in rows] == shown
    assert sum(row[at] for row in rows) == page.context["totals"]["at_risk"] == 490_000_000
    assert "năm 2026, 2 đề án, nhiệm vụ" in " ".join(str(line[0]) for line in lines[:top])
