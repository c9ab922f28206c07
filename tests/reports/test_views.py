import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.asserts import assertContains, assertNotContains

from khuyencong.audit import record
from khuyencong.documents.kinds import KINDS
from khuyencong.models import AuditEntry, Role
from khuyencong.models.search import SearchEntry
from projects import services, workflow
from reports import guide
from tests import stories
from tests.factories import FacilityFactory, thai_nguyen

WHO_MAY = "/tro-giup/ai-duoc-lam-gi/"


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
    # session, person, state of the data, the index, the kinds found, places, their heirs
    with django_assert_num_queries(9):
        client.get("/tim-kiem/?q=vinh long")


def test_search_looks_words_up_once_in_each_state_of_the_data(client, house, plan, memory):
    stories.complete_project(house, plan, name="Máy sấy cau")
    client.force_login(house.officer)
    address, index = "/tim-kiem/?q=may say cau", SearchEntry._meta.db_table
    looked_up = []
    for _time in range(2):
        with CaptureQueriesContext(connection) as queries:
            assertContains(client.get(address), "Máy sấy cau")
        words = "khuyencong_searchwords" if connection.vendor == "sqlite" else index
        looked_up.append(sum(words in row["sql"] for row in queries.captured_queries))
    assert looked_up == [1, 0]
    other = stories.complete_project(house, plan, name="Máy sấy cau khô")
    record(house.officer, "project.create", "lập đề án", other)
    assertContains(client.get(address), "Máy sấy cau khô")
    # What is found is shown as it is now, and to those who may see it.
    client.force_login(stories.make_house(thai_nguyen(), "Thái Nguyên").officer)
    assertNotContains(client.get(address), other.code)


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
    mine = re.findall(r'<th scope="row">([^<]*) <span class="mark mark--new">', html)
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
