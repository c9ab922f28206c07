from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from khuyencong.dates import today
from khuyencong.lists import KeyedPaginator
from khuyencong.models import AuditEntry
from programs import services as programs_services
from programs.models import Program
from projects import services
from projects.forms.filters import ProjectFilterForm
from projects.models import Project, ProjectStatus
from tests import stories
from tests.factories import (
    FacilityFactory,
    OrganisationFactory,
    commune_of,
    content,
    source,
    thai_nguyen,
    unit,
    vinh_long,
)
from tests.projects.pages import fields_of, sent

LIST = reverse("projects:list")


def found(client, query=""):
    response = client.get(f"{LIST}{query}")
    return [project.name for project in response.context["page_obj"]]


def page_of(name, project):
    return reverse(f"projects:{name}", args=[project.pk])


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    return len(captured)


@pytest.fixture
def viewer(client, house):
    client.force_login(house.viewer)
    return client


@pytest.fixture
def reviewer(client, house):
    client.force_login(house.reviewer)
    return client


# List


@pytest.mark.parametrize("count", [1, 3])  # an N+1 cannot pass both
def test_list_query_count_is_constant(viewer, house, plan, count, django_assert_num_queries):
    for _ in range(count):
        stories.complete_project(house, plan)

    # session, person, plans, contents, state of the data, sums, kinds, years, keys, rows, amounts, facilities
    with django_assert_num_queries(12):
        response = viewer.get(LIST)

    assert len(response.context["page_obj"]) == count


def test_list_asks_no_more_under_every_filter(viewer, house, plan):
    stories.complete_project(house, plan)
    query = (
        f"?q=keo+dua&nam=2026&trang-thai=dang-lap&nguon=local&noi-dung=C3&ke-hoach={plan.pk}&pham-vi=local"
        f"&loai=project&mau=that&sap-xep=-tong&tu-nam=2026&den-nam=2026&chuong-trinh={plan.program_id}"
    )

    assert found(viewer, query) == ["Ứng dụng máy móc tiên tiến trong sản xuất kẹo dừa"]
    assert queries(viewer, f"{LIST}{query}") <= 13


def test_page_reaches_into_the_years_that_it_shows_alone(house):
    for year in (2027, 2028, 2026):
        plan = stories.draft_plan(house, year=year)
        for _ in range(3):
            stories.draft_project(house, plan)
    rows = Project.objects.order_by("-plan__year", "code", "pk")
    parts = [({"plan__year": year}, 3) for year in (2028, 2027, 2026)]
    for size in (2, 4, 9):
        plain = KeyedPaginator(rows, size, rows=Project.objects.all())
        parted = KeyedPaginator(rows, size, rows=Project.objects.all(), count=9, parts=parts)
        for number in plain.page_range:
            assert list(parted.page(number)) == list(plain.page(number))
        assert list(parted.page(99)) == list(plain.page(plain.num_pages))


def test_list_shows_only_the_own_province(viewer, house, plan):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    stories.draft_project(house, plan, name="Ở đây")
    stories.draft_project(north, stories.draft_plan(north), name="Nơi khác")

    assert found(viewer) == ["Ở đây"]


def test_list_sums_what_is_filtered(viewer, house, plan):
    stories.complete_project(house, plan, support=100_000_000, own=50_000_000)
    stories.complete_project(house, plan, support=200_000_000, own=70_000_000, content=content("BRAND"))
    response = viewer.get(f"{LIST}?noi-dung=C4")

    totals = response.context["totals"]
    assert (totals["count"], totals["local_amount"], totals["counterpart_amount"], totals["total_amount"]) == (
        1, 200_000_000, 70_000_000, 270_000_000,
    )  # fmt: skip
    assert "270.000.000" in response.content.decode()


def test_list_sums_and_export_are_of_all_pages(viewer, house, plan):
    stories.complete_project(house, plan)
    Project.objects.bulk_create(
        Project(
            plan=plan, owner=plan.owner, province=plan.province, code=f"X{number}", name="Dự thảo",
            created_by=house.officer, updated_by=house.officer, search_key="", sort_key="",
        )
        for number in range(60)
    )  # fmt: skip
    response = viewer.get(f"{LIST}?trang=2&nam=2026")

    assert len(response.context["page_obj"]) == 11
    assert response.context["totals"]["count"] == 61
    assert f'href="{reverse("projects_export")}?trang=2&amp;nam=2026"' in response.content.decode()


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


def test_list_takes_a_place_of_that_name_in_the_own_province(viewer, house, plan):
    stories.draft_project(house, plan, name="Ở Mỏ Cày", unit=unit("28903", division="old"))

    response = viewer.get(f"{LIST}?dia-ban=mo cay")
    assert [words for words, _query in response.context["chips"]] == ["Địa bàn: Xã Mỏ Cày, tỉnh Vĩnh Long"]
    assert [project.name for project in response.context["page_obj"]] == ["Ở Mỏ Cày"]


def test_list_takes_the_body_of_the_own_house(viewer, house, plan):
    OrganisationFactory(name="Trung tâm Khuyến công 1")
    stories.complete_project(house, plan, name="Của mình")

    assert found(viewer, "?don-vi=trung tam khuyen cong") == ["Của mình"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?trang-thai=draft", ["Bản nháp"]),
        ("?trang-thai=cho-quyet-dinh", ["Đã trình"]),
        ("?trang-thai=da-duyet", []),
        ("?noi-dung=C4", ["Bản nháp"]),
        ("?noi-dung=BRAND", ["Bản nháp"]),
        ("?noi-dung=CONTEST", []),
        ("?nguon=local", ["Đã trình"]),
        ("?nguon=national", []),
        ("?loai=task", ["Bản nháp"]),
        ("?pham-vi=local", ["Bản nháp", "Đã trình"]),
        ("?pham-vi=national", []),
        ("?diem=on", ["Bản nháp"]),
        ("?mau=mau", ["Đã trình"]),
        ("?mau=that", ["Bản nháp"]),
        ("?don-vi=trung tam khuyen cong", ["Đã trình"]),
        ("?nam=2026", ["Bản nháp", "Đã trình"]),
    ],
)
def test_list_filters(viewer, house, plan, query, names):
    stories.draft_project(house, plan, name="Bản nháp", kind="task", content=content("BRAND"), is_key=True)
    submitted = stories.submitted_project(house, plan, name="Đã trình")
    Project.objects.filter(pk=submitted.pk).update(is_sample=True)

    assert sorted(found(viewer, query)) == names


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("ma", ["B", "A"]), ("-ma", ["A", "B"]), ("ten", ["A", "B"]), ("-ten", ["B", "A"]), ("tong", ["A", "B"]),
        ("-tong", ["B", "A"]), ("-kcdp", ["B", "A"]), ("doi-ung", ["A", "B"]), ("han", ["B", "A"]),
        ("-han", ["B", "A"]), ("zzz", ["B", "A"]), ("name;drop", ["B", "A"]),
    ],
)  # fmt: skip
def test_list_sorts_by_a_whitelist(viewer, house, plan, sort, names):
    stories.complete_project(house, plan, name="B")
    stories.draft_project(house, plan, name="A")

    assert found(viewer, f"?sap-xep={sort}") == names


@pytest.mark.parametrize(
    "query",
    [
        "?trang-thai=zzz", "?nam=abc", "?nam=99999999999999999999", "?ke-hoach=999999", "?ke-hoach=x", "?trang=abc",
        "?q=%00", "?q=" + "x" * 300, "?dia-ban=%00", "?noi-dung=%00", "?don-vi=zzzz", "?diem=%00", "?mau=x",
    ],
)  # fmt: skip
def test_list_shows_nothing_for_a_filter_that_cannot_be_read(viewer, house, plan, query):
    stories.draft_project(house, plan)
    response = viewer.get(f"{LIST}{query}")

    assert response.status_code == 200
    if query not in ("?trang=abc", "?diem=%00"):
        assert response.context["totals"]["count"] == 0
        assert "chưa dùng được" in response.content.decode()


def test_list_takes_off_one_chip_at_a_time(viewer):
    chips = viewer.get(f"{LIST}?nam=&q=keo&trang-thai=da-duyet&trang=2").context["chips"]

    assert chips == [
        ("Tìm: keo", "nam=&trang-thai=da-duyet"), ("Trạng thái: Đã phê duyệt trở đi", "nam=&q=keo"),
    ]  # fmt: skip


def test_filter_tells_itself_in_words_for_the_excel_head(house, plan):
    query = QueryDict(f"nam=2026&noi-dung=BRAND&nguon=local&ke-hoach={plan.pk}&diem=on&mau=mau", mutable=True)
    form = ProjectFilterForm(query, user=house.viewer)

    assert [words for _name, words in form.describe()] == [
        "Năm: 2026", "Nguồn: KCĐP", "Nội dung: Xây dựng, đăng ký nhãn hiệu, thương hiệu",
        "Kế hoạch: Kế hoạch khuyến công địa phương năm 2026", "Dữ liệu mẫu: Chỉ dữ liệu mẫu", "Đề án điểm",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?tu-nam=2027", ["Năm 2027", "Năm 2028"]),
        ("?den-nam=2027", ["Năm 2026", "Năm 2027"]),
        ("?tu-nam=2027&den-nam=2027", ["Năm 2027"]),
        ("?tu-nam=+2026+&den-nam=2028", ["Năm 2026", "Năm 2027", "Năm 2028"]),
        ("?nam=2026&tu-nam=2027", []),
    ],
)
def test_list_filters_over_several_years(viewer, house, query, names):
    for year in (2026, 2027, 2028):
        stories.draft_project(house, stories.draft_plan(house, year=year), name=f"Năm {year}")

    assert sorted(found(viewer, query)) == names


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("tu-nam=2018&den-nam=2016", "den_nam", "Nhập năm từ 2018 trở đi, hoặc sửa “Từ năm”."),
        ("tu-nam=abc", "tu_nam", "Từ năm là số từ 1990 đến 2100."),
        ("den-nam=20180", "den_nam", "Đến năm là số từ 1990 đến 2100."),
        (
            "chuong-trinh=999999", "chuong_trinh",
            "Có chương trình không còn hoặc ông/bà không xem được; bỏ ra rồi lọc lại.",
        ),
    ],
)  # fmt: skip
def test_list_says_at_the_field_what_is_wrong_and_keeps_the_rest(viewer, house, plan, query, field, message):
    stories.draft_project(house, plan)
    response = viewer.get(f"{LIST}?q=keo&{query}")
    form = response.context["filter_form"]

    assert {name: list(errors) for name, errors in form.errors.items()} == {field: [message]}
    assert message in response.content.decode()
    assert form["q"].value() == "keo"
    for parameter, typed in QueryDict(query).items():
        assert f'value="{typed}"' in response.content.decode() or parameter == "chuong-trinh"
    assert '<details class="more section-end" open>' in response.content.decode()
    assert response.context["totals"]["count"] == 0


def test_list_opens_the_whole_page_where_htmx_would_hide_what_is_wrong(viewer):
    address = f"{LIST}?tu-nam=2018&den-nam=2016"
    answer = viewer.get(address, headers={"HX-Request": "true"})

    assert answer["HX-Redirect"] == address
    assert 'hx-target="#project-table"' in viewer.get(LIST).content.decode()
    assert 'hx-target="#project-table"' not in viewer.get(address).content.decode()


def test_list_takes_off_one_programme_at_a_time(viewer, house, plan):
    other = programs_services.save_program(
        Program(name="Chương trình cũ", area=house.province, period_start=2021, period_end=2025), by=house.reviewer
    )
    stories.draft_project(house, plan, name="Mới")
    stories.draft_project(house, stories.draft_plan(house, year=2025, program=other), name="Cũ")
    both = f"chuong-trinh={plan.program_id}&chuong-trinh={other.pk}"
    response = viewer.get(f"{LIST}?tu-nam=2024&{both}")

    assert [project.name for project in response.context["page_obj"]] == ["Mới", "Cũ"]
    assert response.context["chips"] == [
        ("Từ năm: 2024", both),
        (f"Chương trình: {plan.program}", f"tu-nam=2024&chuong-trinh={other.pk}"),
        ("Chương trình: Chương trình cũ", f"tu-nam=2024&chuong-trinh={plan.program_id}"),
    ]
    assert found(viewer, f"?chuong-trinh={other.pk}") == ["Cũ"]
    assert [words for words, _query in viewer.get(f"{LIST}?chuong-trinh=x").context["chips"]] == [
        "Chương trình: “x” chưa dùng được"
    ]


def test_list_counts_projects_and_tasks(viewer, house, plan):
    assert viewer.get(LIST).context["kinds"] == "0 đề án"
    stories.draft_project(house, plan, name="Hội chợ", kind="task")
    assert viewer.get(LIST).context["kinds"] == "1 nhiệm vụ"
    stories.draft_project(house, plan, name="Máy sấy")
    stories.draft_project(house, plan, name="Máy ép")
    assert "2 đề án, 1 nhiệm vụ" in viewer.get(LIST).content.decode()


def test_list_answers_htmx_with_the_table_alone(viewer):
    page = viewer.get(LIST, headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in page
    assert 'id="project-table"' in page


def test_list_teaches_when_it_is_empty(client, house):
    client.force_login(house.officer)

    assert reverse("projects:create") in client.get(LIST).content.decode()
    assert "Không có đề án nào khớp bộ lọc" in client.get(f"{LIST}?q=zzz").content.decode()


def test_list_says_who_acts_next_and_how_late_it_is(viewer, house):
    project = services.start_project(stories.approved_project(house), by=house.officer)
    Project.objects.filter(pk=project.pk).update(starts_on=None, ends_on=today() - timedelta(days=3))
    page = viewer.get(LIST).content.decode()

    assert "quá 3 ngày" in page
    assert "Lãnh đạo phòng hoặc Giám đốc Sở: ghi nhận nghiệm thu" in page


# Page of one


def test_detail_query_count_does_not_grow(viewer, house, plan):
    project = stories.complete_project(house, plan)
    before = queries(viewer, project.get_absolute_url())
    parts = {source("KCDP"): 100_000_000}
    services.set_beneficiaries(
        project, by=house.officer, rows=[(FacilityFactory(created_by=house.officer), "", parts) for _ in range(3)]
    )

    assert queries(viewer, project.get_absolute_url()) == before


def test_detail_of_another_province_does_not_exist(client, house, plan):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    client.force_login(north.officer)
    project = stories.submitted_project(house, plan)

    names = ("detail", "appraise", "return", "reject", "start", "accept", "move", "delete")
    assert {client.get(page_of(name, project)).status_code for name in names} == {404}
    assert {client.post(page_of(name, project)).status_code for name in names[1:]} == {404}


def test_detail_shows_money_of_every_stage_with_shares(viewer, house, plan):
    project = stories.submitted_project(house, plan)
    line = project.beneficiaries.get().amounts.get(source=source("KCDP"))
    services.appraise_project(project, by=house.reviewer, opinion="Hạ.", shares={line.pk: 160_000_000})
    response = viewer.get(project.get_absolute_url())

    funding = response.context["funding"]
    assert [(stage["label"], stage["sum"]) for stage in funding["stages"]] == [
        ("Đề nghị", 640_000_000), ("Thẩm định", 500_000_000),
    ]  # fmt: skip
    assert [row["share"] for row in funding["rows"]] == [32, 68]
    assert response.context["beneficiary_total"]["support_rate"] == 32


def test_detail_of_an_unfinished_draft_tells_what_is_missing_where(viewer, house, plan):
    project = stories.draft_project(house, plan)
    where, who, missing, by_when = viewer.get(project.get_absolute_url()).context["situation"]

    assert where[:3] == ("Đang ở đâu", "Bước 1 trên 7", "Dự thảo")
    assert who[1] == str(house.officer)
    assert missing[1] == "10 mục còn thiếu"
    edit = reverse("projects:edit", args=[project.pk, "thong-tin"])
    assert missing[3][0] == ("Chọn nội dung hoạt động.", f"{edit}#id_content")
    assert by_when[1] == "Chưa có hạn"


def test_detail_of_a_returned_file_tells_what_to_mend(viewer, house, plan):
    project = stories.submitted_project(house, plan)
    services.return_project(project, by=house.reviewer, reason="Sửa vốn.", items=["split", "objective"])
    response = viewer.get(project.get_absolute_url())

    assert "Sửa vốn." in response.content.decode()
    assert response.context["situation"][2][1] == "2 mục cần sửa"


def test_detail_of_a_rejected_file_says_why(viewer, house, plan):
    project = stories.submitted_project(house, plan)
    services.reject_project(project, by=house.reviewer, reason="Trùng hỗ trợ năm 2024.")
    response = viewer.get(project.get_absolute_url())

    assert "Trùng hỗ trợ năm 2024." in response.content.decode()
    assert response.context["situation"][3][1] == "Không còn hạn"


def test_detail_tells_the_last_ten_acts_and_leads_to_the_rest(viewer, house, plan):
    project = stories.draft_project(house, plan)
    for number in range(12):
        project.objective = f"Mục tiêu {number}"
        services.save_project(project, by=house.officer)
    response = viewer.get(project.get_absolute_url())

    assert len(response.context["entries"]) == 10
    assert reverse("history", args=["de-an", project.pk]) in response.content.decode()


@pytest.mark.parametrize(
    ("person", "status", "labels"),
    [
        ("officer", "draft", ["Trình thẩm định", "Sửa", "Xóa bản dự thảo"]),
        ("second_officer", "draft", ["Trình thẩm định", "Sửa"]),
        ("reviewer", "draft", ["Trình thẩm định", "Sửa", "Chuyển kế hoạch"]),
        ("officer", "submitted", []),
        ("reviewer", "submitted", ["Thẩm định", "Trả lại", "Không phê duyệt", "Chuyển kế hoạch"]),
        ("director", "submitted", []),
        ("viewer", "submitted", []),
        ("reviewer", "appraised", ["Đưa vào kế hoạch", "Trả lại", "Không phê duyệt", "Chuyển kế hoạch"]),
        ("director", "in_plan", ["Phê duyệt"]),
        ("reviewer", "in_plan", ["Đưa ra khỏi kế hoạch", "Chuyển kế hoạch"]),
    ],
)
def test_detail_offers_the_moves_of_the_role(client, house, plan, person, status, labels):
    story = {
        "draft": stories.draft_project, "submitted": stories.submitted_project,
        "appraised": stories.appraised_project, "in_plan": stories.planned_project,
    }[status]  # fmt: skip
    project = story(house, plan)
    client.force_login(getattr(house, person))
    buttons = client.get(project.get_absolute_url()).context["buttons"]

    assert [button.label for button in buttons if button.why_not is None] == labels


def test_detail_says_once_why_an_author_may_not_decide(client, house, plan):
    project = stories.submitted_project(house, plan)
    Project.objects.filter(pk=project.pk).update(created_by=house.reviewer)
    client.force_login(house.reviewer)
    buttons = client.get(project.get_absolute_url()).context["buttons"]

    assert [(button.label, button.why_not) for button in buttons if button.why_not] == [
        ("Thẩm định", "Người lập hoặc trình đề án không được thẩm định, phê duyệt đề án đó.")
    ]


# Acts


def shares_of(client, project):
    return [name for name in fields_of(client.get(page_of("appraise", project))) if name.startswith("share-")]


def test_appraise_page_reads_money_and_tells_the_figures(reviewer, house, plan):
    project = stories.submitted_project(house, plan)
    [support, _own] = shares_of(reviewer, project)
    response = sent(reviewer, page_of("appraise", project), opinion="Đạt.", **{support: "280tr"})

    assert response.url == project.get_absolute_url()
    assert told(response) == [f"Đã thẩm định {project.code}: KCĐP 280.000.000 đồng, Đối ứng 340.000.000 đồng."]
    assert Project.objects.get().status == ProjectStatus.APPRAISED


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("301tr", "Thẩm định không vượt đề nghị 300.000.000 đồng; muốn tăng thì trả lại để đề nghị lại."),
        ("", "Nhập số tiền thẩm định; không duyệt nguồn này thì ghi 0."),
        ("-1", "Số tiền không được âm"),
        ("abc", "Không đọc được số tiền"),
        ("9" * 20, "Số tiền quá lớn"),
    ],
)
def test_appraise_page_refuses_at_the_field_and_keeps_the_opinion(reviewer, house, plan, typed, text):
    project = stories.submitted_project(house, plan)
    [support, _own] = shares_of(reviewer, project)
    response = sent(reviewer, page_of("appraise", project), opinion="Ý kiến dài.", **{support: typed})

    assert list(response.context["form"].errors) == [support]
    assert response.context["form"].errors[support][0].startswith(text)
    assert fields_of(response)["opinion"] == "Ý kiến dài."
    assert Project.objects.get().status == ProjectStatus.SUBMITTED


@pytest.mark.parametrize("opinion", ["", "   ", "x" * 4001, "a\x00"])
def test_appraise_page_wants_an_opinion(reviewer, house, plan, opinion):
    project = stories.submitted_project(house, plan)
    response = sent(reviewer, page_of("appraise", project), opinion=opinion)

    assert list(response.context["form"].errors) == ["opinion"]


def test_appraise_page_asks_to_read_again_a_file_that_changed(reviewer, house, plan):
    project = stories.submitted_project(house, plan)
    page = fields_of(reviewer.get(page_of("appraise", project)))
    services.return_project(project, by=house.reviewer, reason="Sửa số.")
    parts = {source("KCDP"): 200_000_000, source("COUNTERPART"): 340_000_000}
    facility = project.beneficiaries.get().facility
    services.set_funding(project, by=house.officer, total_cost=540_000_000, amounts=parts)
    services.set_beneficiaries(project, by=house.officer, rows=[(facility, "", parts)])
    services.submit_project(project, by=house.officer)
    response = reviewer.post(page_of("appraise", project), page | {"opinion": "Đạt."})

    assert "xem lại rồi bấm lần nữa" in response.content.decode()
    assert fields_of(response)["opinion"] == "Đạt."
    assert Project.objects.get().status == ProjectStatus.SUBMITTED


@pytest.mark.parametrize("name", ["appraise", "return", "reject"])
@pytest.mark.parametrize("person", ["officer", "viewer", "accountant", "director"])
def test_acts_of_the_reviewer_are_refused_to_others(client, house, plan, name, person):
    project = stories.submitted_project(house, plan)
    client.force_login(getattr(house, person))
    answers = [client.get(page_of(name, project)), client.post(page_of(name, project), {"reason": "Sai."})]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert Project.objects.get().status == ProjectStatus.SUBMITTED


def test_return_page_needs_a_reason_and_keeps_the_ticks(reviewer, house, plan):
    project = stories.submitted_project(house, plan)
    data = {"reason": "", "items": ["kinh-phi", "objective"]}
    response = reviewer.post(page_of("return", project), data)

    assert response.context["form"].errors == {"reason": ["Nêu lý do."]}
    assert response.context["form"]["items"].value() == ["kinh-phi", "objective"]


def test_return_page_keeps_reason_and_named_items(reviewer, house, plan):
    project = stories.submitted_project(house, plan)
    response = reviewer.post(page_of("return", project), {"reason": "Sửa vốn.", "items": ["kinh-phi", "objective"]})

    note = project.returns.get()
    assert (note.reason, note.items) == ("Sửa vốn.", ["kinh-phi", "objective"])
    assert told(response) == [f"Đã trả lại {project.code} cho {house.officer}."]


def test_return_page_takes_no_item_that_is_none(reviewer, house, plan):
    project = stories.submitted_project(house, plan)
    response = reviewer.post(page_of("return", project), {"reason": "Sửa.", "items": ["<script>"]})

    assert list(response.context["form"].errors) == ["items"]
    assert not project.returns.exists()


@pytest.mark.parametrize(
    ("name", "data", "action"),
    [
        ("return", {"reason": "Thiếu báo giá."}, "project.return"),
        ("reject", {"reason": "Trùng hỗ trợ."}, "project.reject"),
        ("appraise", {"opinion": "Đạt."}, "project.appraise"),
    ],
)
def test_double_click_moves_once(reviewer, house, plan, name, data, action):
    project = stories.submitted_project(house, plan)
    page = fields_of(reviewer.get(page_of(name, project)))
    page.pop("items", None)
    first, second = (reviewer.post(page_of(name, project), page | data) for _ in range(2))

    assert (first.url, second.url) == (project.get_absolute_url(),) * 2
    assert "đã làm xong trước đó" in told(second)[-1]
    assert AuditEntry.objects.about(project).filter(action=action).count() == 1


def test_act_whose_time_is_over_keeps_what_was_typed(reviewer, house, plan):
    project = stories.submitted_project(house, plan)
    page = fields_of(reviewer.get(page_of("appraise", project)))
    services.reject_project(project, by=house.reviewer, reason="Trùng.")
    response = reviewer.post(page_of("appraise", project), page | {"opinion": "Ý kiến dài."})
    opened = reviewer.get(page_of("appraise", project))

    assert "hồ sơ đang “Không phê duyệt”" in response.content.decode()
    assert fields_of(response)["opinion"] == "Ý kiến dài."
    assert opened.url == project.get_absolute_url()


def test_start_is_confirmed_with_its_figures(client, house):
    project = stories.approved_project(house)
    client.force_login(house.officer)
    shown = client.get(page_of("start", project))
    kept = Project.objects.get().status
    response = sent(client, page_of("start", project))

    assert "KCĐP 300.000.000 đồng, Đối ứng 340.000.000 đồng" in shown.content.decode()
    assert (kept, Project.objects.get().status) == (ProjectStatus.APPROVED, ProjectStatus.IN_PROGRESS)
    assert response.url == project.get_absolute_url()


def test_start_waits_for_the_approved_plan(client, house, plan):
    project = stories.planned_project(house, plan)
    client.force_login(house.officer)

    assert client.get(page_of("start", project)).status_code == 403
    assert client.post(page_of("start", project)).status_code == 403
    assert Project.objects.get().status == ProjectStatus.IN_PLAN


def test_move_page_offers_open_plans_of_the_same_body_and_scope(reviewer, house, plan):
    project = stories.appraised_project(house, plan)
    later = stories.draft_plan(house, year=2027)
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    foreign = stories.draft_plan(north)
    offered = reviewer.get(page_of("move", project)).context["form"].fields["plan"].queryset
    refused = sent(reviewer, page_of("move", project), plan=foreign.pk)
    moved = sent(reviewer, page_of("move", project), plan=later.pk)
    again = reviewer.post(page_of("move", project), {"plan": later.pk})

    assert list(offered) == [later]
    assert list(refused.context["form"].errors) == ["plan"]
    assert moved.url == again.url == project.get_absolute_url()
    assert AuditEntry.objects.about(project).filter(action="project.move").count() == 1


@pytest.mark.parametrize("person", ["officer", "director", "viewer", "accountant"])
def test_move_page_is_for_heads_of_unit(client, house, plan, person):
    project = stories.appraised_project(house, plan)
    later = stories.draft_plan(house, year=2027)
    client.force_login(getattr(house, person))

    assert client.get(page_of("move", project)).status_code == 403
    assert client.post(page_of("move", project), {"plan": later.pk}).status_code == 403


def test_delete_asks_first_and_says_what_goes(client, house, plan):
    project = stories.complete_project(house, plan)
    client.force_login(house.officer)
    shown = client.get(page_of("delete", project)).content.decode()
    kept = Project.objects.exists()
    response = client.post(page_of("delete", project))

    assert "KCĐP 300.000.000 đồng, Đối ứng 340.000.000 đồng; 1 đơn vị thụ hưởng; 0 hạng mục" in shown
    assert kept
    assert response.url == LIST
    assert not Project.objects.exists()


@pytest.mark.parametrize("person", ["second_officer", "reviewer", "director", "viewer"])
def test_delete_is_for_the_author(client, house, plan, person):
    project = stories.draft_project(house, plan)
    client.force_login(getattr(house, person))

    assert client.post(page_of("delete", project)).status_code == 403
    assert Project.objects.exists()


def test_delete_is_not_for_what_was_submitted(client, house, plan):
    project = stories.submitted_project(house, plan)
    client.force_login(house.officer)

    assert client.post(page_of("delete", project)).status_code == 403


def test_acts_do_not_happen_by_reading(client, house, plan):
    projects = [stories.draft_project(house, plan), stories.submitted_project(house, plan)]
    before = list(Project.objects.order_by("pk").values_list("status", "version"))
    for person in (house.officer, house.reviewer, house.director):
        client.force_login(person)
        for project in projects:
            for name in ("detail", "appraise", "return", "reject", "start", "accept", "move", "delete"):
                client.get(page_of(name, project))

    assert list(Project.objects.order_by("pk").values_list("status", "version")) == before
