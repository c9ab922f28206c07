import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from projects import services
from projects.models import Project, ProjectStatus
from tests import stories
from tests.factories import FacilityFactory, commune_of, content, source, thai_nguyen, unit, vinh_long

LIST = reverse("projects:list")


def found(client, query=""):
    response = client.get(f"{LIST}{query}")
    return [project.name for project in response.context["page_obj"]]


@pytest.fixture
def viewer(client, house):
    client.force_login(house.viewer)
    return client


def test_list_query_count_does_not_grow(viewer, house, plan):
    counts = []
    for rows in (1, 3):
        while Project.objects.count() < rows:
            stories.complete_project(house, plan)
        with CaptureQueriesContext(connection) as queries:
            response = viewer.get(LIST)
        assert len(response.context["page_obj"]) == rows
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 14


def test_list_shows_only_the_own_province(viewer, house, plan):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    stories.draft_project(house, plan, name="Ở đây")
    stories.draft_project(north, stories.draft_plan(north), name="Nơi khác")

    assert found(viewer) == ["Ở đây"]


def test_list_sums_what_is_filtered(viewer, house, plan):
    stories.complete_project(house, plan, support=100_000_000, own=50_000_000)
    stories.complete_project(house, plan, support=200_000_000, own=70_000_000, content=content("BRAND"))
    totals = viewer.get(f"{LIST}?noi-dung=C4").context["totals"]

    assert (totals["count"], totals["local_amount"], totals["total_amount"]) == (1, 200_000_000, 270_000_000)


@pytest.mark.parametrize(
    "words", ["may say dua", "MÁY SẤY", "kc26-001", "an phu", "0100233488", "mo cay", "may%20%20dua", "thi tran mo cay"]
)
def test_list_is_searched_without_accents_by_all_that_people_know(viewer, house, plan, words):
    facility = FacilityFactory(
        name="Cơ sở An Phú", tax_code="0100233488", unit=unit("28903", division="old"), created_by=house.officer
    )
    stories.complete_project(house, plan, name="Máy sấy dừa", facility=facility)
    stories.draft_project(house, plan, name="Hội chợ")

    assert found(viewer, f"?q={words}") == ["Máy sấy dừa"]


def test_list_finds_places_by_old_and_new_names(viewer, house, plan):
    stories.draft_project(house, plan, name="Ở Trà Cú", unit=unit("29461", division="old"))
    stories.draft_project(house, plan, name="Nơi khác", unit=commune_of(vinh_long()))

    assert found(viewer, "?dia-ban=huyen tra cu") == ["Ở Trà Cú"]
    assert found(viewer, "?dia-ban=xã trà cú, tỉnh vĩnh long") == ["Ở Trà Cú"]


@pytest.mark.parametrize("query", ["?trang-thai=zzz", "?nam=abc", "?ke-hoach=999999", "?sap-xep=name'--", "?trang=abc"])
def test_list_survives_what_nobody_should_type(viewer, query):
    assert viewer.get(f"{LIST}{query}").status_code in (200, 404)


def test_list_answers_htmx_with_the_table_alone(viewer):
    page = viewer.get(LIST, headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in page
    assert 'id="project-table"' in page


def test_detail_query_count_does_not_grow(viewer, house, plan):
    project = stories.complete_project(house, plan)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            viewer.get(project.get_absolute_url())
        counts.append(len(queries))
        facilities = FacilityFactory.create_batch(3, created_by=house.officer)
        rows = [(facility, "", {source("KCDP"): 100_000_000}) for facility in facilities]
        services.set_beneficiaries(project, by=house.officer, rows=rows)

    assert counts[0] == counts[1]


def test_detail_of_another_province_does_not_exist(client, house, plan):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    client.force_login(north.officer)

    assert client.get(stories.draft_project(house, plan).get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    ("person", "labels"),
    [
        ("officer", []),
        ("reviewer", ["Thẩm định", "Trả lại", "Không phê duyệt"]),
        ("director", []),
        ("viewer", []),
    ],
)
def test_detail_offers_the_moves_of_the_role(client, house, plan, person, labels):
    project = stories.submitted_project(house, plan)
    client.force_login(getattr(house, person))
    acts = client.get(project.get_absolute_url()).context["acts"]

    assert [act.label for act, _url, why_not in acts if why_not is None] == labels


def test_appraise_page_reads_money_and_moves(client, house, plan):
    project = stories.submitted_project(house, plan)
    client.force_login(house.reviewer)
    page = reverse("projects:appraise", args=[project.pk])
    names = [name for name in client.get(page).context["form"].fields if name.startswith("share-")]
    response = client.post(page, {"opinion": "Đạt.", names[0]: "280tr", names[1]: "340.000.000"})

    assert response.url == project.get_absolute_url()
    assert Project.objects.get().status == ProjectStatus.APPRAISED


def test_appraise_page_refuses_more_than_requested_at_the_field(client, house, plan):
    project = stories.submitted_project(house, plan)
    client.force_login(house.reviewer)
    page = reverse("projects:appraise", args=[project.pk])
    names = [name for name in client.get(page).context["form"].fields if name.startswith("share-")]
    response = client.post(page, {"opinion": "Đạt.", names[0]: "301tr", names[1]: "340tr"})

    assert response.context["form"].errors == {names[0]: ["Số tiền tối đa là 300.000.000 đồng."]}


@pytest.mark.parametrize("name", ["appraise", "return", "reject"])
@pytest.mark.parametrize("person", ["officer", "viewer", "accountant", "director"])
def test_acts_of_the_reviewer_are_refused_to_others(client, house, plan, name, person):
    project = stories.submitted_project(house, plan)
    client.force_login(getattr(house, person))
    share = project.beneficiaries.get().amounts.first()
    data = {"opinion": "Đạt.", "reason": "Sai.", f"share-{share.pk}": "1"}
    response = client.post(reverse(f"projects:{name}", args=[project.pk]), data)

    assert response.status_code in (200, 403)
    assert Project.objects.get().status == ProjectStatus.SUBMITTED


def test_return_page_needs_a_reason_and_keeps_the_ticks(client, house, plan):
    project = stories.submitted_project(house, plan)
    client.force_login(house.reviewer)
    response = client.post(reverse("projects:return", args=[project.pk]), {"reason": "", "items": ["kinh-phi"]})

    assert response.context["form"].errors == {"reason": ["Nêu lý do."]}
    assert response.context["form"]["items"].value() == ["kinh-phi"]


def test_double_click_moves_once(client, house, plan):
    project = stories.submitted_project(house, plan)
    client.force_login(house.reviewer)
    page = reverse("projects:return", args=[project.pk])
    first = client.post(page, {"reason": "Thiếu báo giá."})
    second = client.post(page, {"reason": "Thiếu báo giá."})

    assert first.status_code == 302
    assert "hồ sơ đang “Bị trả lại”" in second.content.decode()
    assert project.returns.count() == 1


def test_accept_page_caps_support_at_the_field(client, house):
    project = services.start_project(stories.approved_project(house), by=house.officer)
    client.force_login(house.director)
    data = {"number": "01/BBNT", "accepted_on": "01/11/2026", f"source-{source('COUNTERPART').pk}": "400tr"}
    page = reverse("projects:accept", args=[project.pk])
    refused = client.post(page, {**data, f"source-{source('KCDP').pk}": "301tr"})
    accepted = client.post(page, {**data, f"source-{source('KCDP').pk}": "300tr"})

    assert list(refused.context["form"].errors) == [f"source-{source('KCDP').pk}"]
    assert accepted.url == project.get_absolute_url()


def test_acts_do_not_happen_by_reading(client, house, plan):
    project = stories.submitted_project(house, plan)
    client.force_login(house.reviewer)
    for name in ("start", "delete"):
        assert client.get(reverse(f"projects:{name}", args=[project.pk])).status_code == 405
