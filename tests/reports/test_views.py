import re

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from khuyencong.dates import today
from khuyencong.documents.kinds import KINDS
from khuyencong.models import AuditEntry, Role
from projects import services, workflow
from projects.models import Project
from reports import guide
from tests import stories
from tests.factories import FacilityFactory, UserFactory, thai_nguyen

WHO_MAY = "/tro-giup/ai-duoc-lam-gi/"


@pytest.fixture
def admin(db):
    return UserFactory(role=Role.ADMIN, organisation=None, is_staff=True, is_superuser=True)


def many_tasks(house, plan, count):
    for _number in range(count):
        returned = stories.submitted_project(house, plan, facility=FacilityFactory(created_by=house.officer))
        services.return_project(returned, by=house.reviewer, reason="Thiếu báo giá.")
        stories.appraised_project(house, plan, facility=FacilityFactory(created_by=house.officer))
        stories.draft_project(house, plan)


# First page


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


def test_home_shows_the_money_of_decided_plans_and_opens_the_rows_behind(client, house, plan):
    stories.approved_project(house, plan)
    client.force_login(house.viewer)
    response = client.get("/?nam=2026")
    assertContains(response, '<td class="number" data-label="Dự toán">1.000.000.000</td>', html=True)
    link = "/de-an/?nam=2026&amp;nguon=local&amp;trang-thai=da-duyet"
    assertContains(response, f'<a href="{link}">300.000.000</a>', html=True)
    listed = client.get(link.replace("&amp;", "&"))
    assertContains(listed, "300.000.000")
    assert listed.context["totals"]["local_amount"] == 300_000_000


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
    recent = client.get("/").context["recent"]
    assert [(entry.label, page) for entry, page in recent][:2] == [
        ("Sửa đề án", project.get_absolute_url()),
        ("Lập đề án", project.get_absolute_url()),
    ]


def test_home_shows_nothing_of_other_provinces(client, house, plan):
    stories.approved_project(house, plan)
    stranger = stories.make_house(thai_nguyen(), "Thái Nguyên").officer
    client.force_login(stranger)
    context = client.get("/?nam=2026").context
    assert (context["recent"], context["by_status"], context["money"]) == ([], [], [])


@pytest.mark.parametrize(("who", "most"), [("officer", 26), ("reviewer", 22), ("director", 14), ("viewer", 10)])
def test_home_asks_the_same_number_of_queries(client, house, plan, django_assert_max_num_queries, who, most):
    client.force_login(getattr(house, who))
    asked = []
    for _turn in range(2):
        many_tasks(house, plan, 1)
        with django_assert_max_num_queries(most) as captured:
            client.get("/?nam=2026")
        asked.append(len(captured))
    assert asked[0] == asked[1]


# Search


def test_search_page_shows_records_and_places(client, house, plan):
    stories.approved_project(house, plan, facility=FacilityFactory(name="HTX Trà Cú", tax_code=None))
    client.force_login(house.viewer)
    response = client.get("/tim-kiem/?q=tra cu")
    assertContains(response, "HTX Trà Cú")
    assertContains(response, "Huyện Trà Cú, tỉnh Trà Vinh")
    assertContains(response, "Nay thuộc tỉnh Vĩnh Long:")
    assertContains(response, 'value="tra cu"', count=2)  # in the masthead, and on the page


def test_search_page_teaches_when_asked_for_nothing(client, house):
    client.force_login(house.viewer)
    assertContains(client.get("/tim-kiem/"), "Tìm được gì ở đây")
    assertContains(client.get("/tim-kiem/?q=khong-co-gi-nhu-the"), "Không tìm thấy “khong-co-gi-nhu-the”")


@pytest.mark.parametrize("text", ["%", "_", "'", "\x00", "<script>alert(1)</script>", "a" * 60_000, " ", "“”", "🙂"])
def test_search_page_stands_whatever_is_typed(client, house, text):
    FacilityFactory()
    client.force_login(house.viewer)
    response = client.get("/tim-kiem/", {"q": text})
    assert response.status_code == 200
    assertNotContains(response, "<script>alert")
    assertNotContains(response, "Kẹo dừa")


@pytest.mark.parametrize("count", [1, 3])
def test_search_page_asks_the_same_number_of_queries(client, house, plan, django_assert_num_queries, count):
    for number in range(count):
        facility = FacilityFactory(name=f"Kẹo dừa {number}", created_by=house.officer)
        stories.complete_project(house, plan, facility=facility)
    client.force_login(house.viewer)
    with django_assert_num_queries(14):  # session, person, body, provinces, eight kinds, places, their heirs
        client.get("/tim-kiem/?q=vinh long")


# Timeline


def test_history_shows_every_act_on_the_record(client, house, plan):
    project = stories.submitted_project(house, plan)
    services.return_project(project, by=house.reviewer, reason="Thiếu <b>báo giá</b>.")
    client.force_login(house.viewer)
    response = client.get(f"/lich-su/de-an/{project.pk}/")
    for words in ("lập đề án", "trình thẩm định", "trả lại", "Thiếu &lt;b&gt;báo giá&lt;/b&gt;.", str(house.reviewer)):
        assertContains(response, words)
    assertContains(response, "<del>Chờ thẩm định</del> → <ins>Bị trả lại</ins>", html=True)
    assert response.context["page_obj"].paginator.count == AuditEntry.objects.about(project).count()


def test_history_of_every_kind_opens(client, house, plan):
    project = stories.accepted_project(house, plan)
    facility = project.beneficiaries.get().facility
    client.force_login(house.viewer)
    for word, pk in (
        ("de-an", project.pk), ("co-so", facility.pk), ("ke-hoach", plan.pk), ("chuong-trinh", plan.program_id),
    ):  # fmt: skip
        assert client.get(f"/lich-su/{word}/{pk}/").status_code == 200


def test_history_of_other_provinces_does_not_exist(client, house, plan):
    project = stories.draft_project(house, plan)
    client.force_login(stories.make_house(thai_nguyen(), "Thái Nguyên").director)
    for address in (f"de-an/{project.pk}", f"ke-hoach/{plan.pk}", "de-an/999999", f"nguoi-dung/{house.officer.pk}"):
        assert client.get(f"/lich-su/{address}/").status_code == 404


def test_history_pages_what_is_long(client, house, plan):
    project = stories.draft_project(house, plan)
    for turn in range(101):
        project.name = f"Tên {turn}"
        services.save_project(project, by=house.officer)
    client.force_login(house.viewer)
    response = client.get(f"/lich-su/de-an/{project.pk}/")
    assertContains(response, "1–100 trong 102 việc")
    assertContains(client.get(f"/lich-su/de-an/{project.pk}/?trang=2"), "lập đề án")


# Who may do what

TRANSITIONS = (
    workflow.PLAN_TRANSITIONS, workflow.PROJECT_TRANSITIONS, workflow.AMENDMENT_TRANSITIONS,
    workflow.SETTLEMENT_TRANSITIONS,
)  # fmt: skip


@pytest.mark.parametrize(
    ("number", "rules"), list(enumerate(TRANSITIONS)), ids=["plans", "projects", "amendments", "settlements"]
)
def test_who_may_shows_every_move_once(client, house, number, rules):
    client.force_login(house.officer)
    _title, rows = client.get(WHO_MAY).context["tables"][number]
    assert [row["label"] for row in rows] == [rule.label for rule in rules]
    for row, rule in zip(rows, rules, strict=True):
        assert row["roles"] == [Role(role).label for role in rule.roles]
        assert (row["needs_reason"], row["note"], row["is_mine"]) == (
            rule.needs_reason, rule.note, Role.OFFICER in rule.roles,
        )  # fmt: skip
        assert len(row["sources"]) == len(rule.sources)


def test_every_transition_of_the_workflow_stands_in_a_table():
    named = {value for value in vars(workflow).values() if isinstance(value, workflow.Transition)}
    told = [rule for rules in TRANSITIONS for rule in rules]
    assert named == set(told)
    assert len(told) == len(named)


def test_who_may_page_marks_the_moves_of_ones_own_role(client, house):
    client.force_login(house.director)
    html = client.get(WHO_MAY).text
    mine = re.findall(r'<th scope="row">([^<]*) <span class="mark">', html)
    rules = [*(rule for rules in TRANSITIONS for rule in rules), *KINDS.values()]
    assert mine == [row.label for row in rules if Role.DIRECTOR in row.roles]


def test_who_may_names_every_paper_with_the_roles_that_issue_it(client, house):
    client.force_login(house.officer)
    papers = client.get(WHO_MAY).context["papers"]
    told = {(row["label"], *row["roles"]) for row in papers}
    assert told == {(kind.label, *(Role(role).label for role in kind.roles)) for kind in KINDS.values()}
    assert [row["label"] for row in papers if not row["roles"]] == []


# Help


@pytest.mark.parametrize(
    ("url", "title"), [("/tro-giup/", "Trợ giúp"), ("/co-gi-moi/", "Có gì mới"), (WHO_MAY, "Ai được làm gì")]
)
def test_help_pages_open_for_everyone(client, house, url, title):
    for who in ("officer", "viewer"):
        client.force_login(getattr(house, who))
        assertContains(client.get(url), f"<title>{title} – Khuyến công</title>", html=True)


def test_help_page_has_one_main_heading_and_no_code(client, house):
    client.force_login(house.officer)
    for url in ("/tro-giup/", "/co-gi-moi/"):
        html = client.get(url).text
        assert len(re.findall(r"<h1\b", html)) == 1
        assert re.findall(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", html) == []


def test_missing_picture_costs_the_picture_alone(client, house, monkeypatch):
    def refuse(path):
        raise ValueError(path)

    guide.page.cache_clear()
    monkeypatch.setattr(guide, "static", refuse)
    client.force_login(house.viewer)
    response = client.get("/tro-giup/")
    guide.page.cache_clear()
    assertContains(response, "<em>Việc của tôi của chuyên viên</em>")
    assertNotContains(response, "<img")
