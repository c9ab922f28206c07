import io
from datetime import datetime

import openpyxl
import pytest
from django.db import connection
from python_calamine import CalamineWorkbook

from beneficiaries.models import Industry
from programs.models import ActivityContent
from programs.services import set_groups
from projects import services
from projects.models import Project
from projects.plan_columns import form_of, priorities
from tests import stories
from tests.factories import FacilityFactory, content, source, thai_nguyen

MONEY = ("Tổng số", "KCQG", "KCĐP", "Đối ứng", "Khác")


def sheet_of(client, url):
    """(lines above the head, heads of both levels as one, [rows below]) of a file, as its cells hold them."""
    response = client.get(url)
    assert response["Content-Type"].endswith("spreadsheetml.sheet"), response
    book = openpyxl.load_workbook(io.BytesIO(response.getvalue()))
    lines = [list(line) for line in book.active.values]
    top = next(number for number, line in enumerate(lines) if line[0] == "STT")
    heads = [lower or upper for upper, lower in zip(lines[top], lines[top + 1], strict=True)]
    return [line[0] for line in lines[:top]], heads, lines[top + 2 :]


def values_of(client, url):
    """All cells of a file as another program reads them: the cached values of formulas."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(url).getvalue()))
    return book.get_sheet_by_index(0).to_python(skip_empty_area=False)


def column(heads, rows, head):
    return [row[heads.index(head)] for row in rows]


# The list of projects


@pytest.fixture
def three(house, plan):
    """Three projects of one plan: 100, 200 and 300 million of local money, each with as much of its own."""
    for number in (1, 2, 3):
        facility = FacilityFactory(name=f"Lò gốm {number}", created_by=house.officer)
        stories.complete_project(
            house, plan, name=f"Đề án {number}", facility=facility,
            support=number * 100_000_000, own=number * 100_000_000,
        )  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [
        "",
        "sap-xep=-ten",
        "q=lo gom 2",
        "tu-nam=2025&den-nam=2026",
        "den-nam=2025",
        "trang-thai=draft",
        "nam=2026&nguon=local",
        "trang-thai=accepted",
    ],
)
@pytest.mark.usefixtures("three")
def test_project_file_holds_the_rows_and_sums_of_the_screen(client, house, query):
    client.force_login(house.viewer)
    shown = client.get(f"/de-an/?{query}").context
    names = [project.name for project in shown["page_obj"]]
    _above, heads, rows = sheet_of(client, f"/de-an/xuat-excel/?{query}")
    if not names:
        assert rows[0][0] == "Không có dòng nào."
        return
    assert column(heads, rows[:-1], "Tên đề án, nhiệm vụ") == names
    total = values_of(client, f"/de-an/xuat-excel/?{query}")[-1]
    screen = shown["totals"]
    amounts = ("total_amount", "national_amount", "local_amount", "counterpart_amount", "other_amount")
    assert [total[heads.index(head)] for head in MONEY] == [screen[amount] for amount in amounts]
    assert len(rows) - 1 == screen["count"]


@pytest.mark.usefixtures("three")
def test_project_file_says_what_was_asked_and_by_whom(client, house):
    client.force_login(house.officer)
    above, _heads, _rows = sheet_of(client, "/de-an/xuat-excel/?q=lo gom&nam=2026")
    assert above[0] == str(house.centre).upper()
    assert above[1] == "DANH MỤC ĐỀ ÁN, NHIỆM VỤ KHUYẾN CÔNG"
    assert above[2] == "Bộ lọc: Tìm: lo gom; Năm: 2026"
    assert above[3] == "Kết quả: 3 đề án"
    assert above[4].startswith("Xuất lúc ")
    assert above[4].endswith(f"– {house.officer}")
    assert above[5] == "Đơn vị tính: đồng"


def test_project_file_keeps_numbers_days_and_dangerous_text(client, house, plan):
    facility = FacilityFactory(name="=HYPERLINK(0)", created_by=house.officer)
    stories.complete_project(house, plan, name='=cmd|" /C calc"!A0', facility=facility)
    client.force_login(house.viewer)
    _above, heads, [row, total] = sheet_of(client, "/de-an/xuat-excel/")
    by_head = dict(zip(heads, row, strict=True))
    assert by_head["Tên đề án, nhiệm vụ"] == '=cmd|" /C calc"!A0'
    assert by_head["Đơn vị thụ hưởng, địa bàn"].startswith("=HYPERLINK(0) (")
    assert (by_head["Bắt đầu"], by_head["Hoàn thành"]) == (datetime(2026, 3, 1), datetime(2026, 11, 30))
    assert (by_head["KCĐP"], by_head["Đối ứng"], by_head["Tổng số"]) == (300_000_000, 340_000_000, 640_000_000)
    book = openpyxl.load_workbook(io.BytesIO(client.get("/de-an/xuat-excel/").getvalue()))
    kinds = {cell.data_type for line in book.active.iter_rows() for cell in line if "cmd|" in str(cell.value)}
    assert kinds == {"s"}
    assert str(total[heads.index("KCĐP")]).startswith("=SUBTOTAL(9,")


def test_project_file_stays_in_the_provinces_of_the_person(client, house, plan):
    stories.complete_project(house, plan)
    client.force_login(stories.make_house(thai_nguyen(), "Thái Nguyên").viewer)
    _above, _heads, rows = sheet_of(client, "/de-an/xuat-excel/")
    assert rows[0][0] == "Không có dòng nào."


@pytest.mark.parametrize("count", [1, 3])
def test_project_file_asks_the_same_number_of_queries(client, house, plan, django_assert_num_queries, count):
    for _number in range(count):
        stories.complete_project(house, plan, facility=FacilityFactory(created_by=house.officer))
    client.force_login(house.viewer)
    # Five of them tell the trail; PostgreSQL locks it first.
    with django_assert_num_queries(17 if connection.vendor == "postgresql" else 16):
        client.get("/de-an/xuat-excel/").getvalue()


# The summary of a plan


@pytest.fixture
def plan_url(house, plan):
    """Lines of two contents, 300 and 100 million of local money for machines, 200 million for another."""
    machines = content()
    other = ActivityContent.objects.filter(parent=None).exclude(pk=machines.heading.pk).last()
    rows = [(machines, 300_000_000), (other, 200_000_000), (machines, 100_000_000)]
    for number, (of_content, support) in enumerate(rows, 1):
        facility = FacilityFactory(name=f"Lò gốm {number}", created_by=house.officer)
        stories.planned_project(
            house, plan, name=f"Đề án {number}", facility=facility, support=support, own=support, content=of_content
        )
    stories.submitted_project(house, plan, facility=FacilityFactory(created_by=house.officer))  # not in the plan yet
    return f"/ke-hoach/{plan.pk}/xuat-excel/"


def test_plan_file_groups_by_content_with_subtotals(client, house, plan, plan_url):
    client.force_login(house.viewer)
    above, heads, rows = sheet_of(client, plan_url)
    assert above[2:4] == [str(plan), "Trạng thái: Dự thảo"]
    numerals = [row[0] for row in rows if str(row[0]).endswith(".")]
    assert numerals == ["I.", "II."]
    values = values_of(client, plan_url)
    money = heads.index("KCĐP")
    below = values[-len(rows) :]
    groups = [row[money] for row in below if str(row[0]).endswith(".")]
    assert sorted(groups) == [200_000_000, 400_000_000]
    assert below[-1][money] == 600_000_000
    assert all(str(row[money]).startswith("=SUBTOTAL(9,") for row in rows if str(row[0]).endswith("."))


def test_lines_without_a_group_stand_behind_those_with_one(client, house, plan, plan_url):
    """On every database: SQLite puts what is empty first, PostgreSQL last."""
    set_groups(plan, by=house.reviewer, groups=[(1, "Nhóm đề án sấy", None, "")])
    Project.objects.filter(name="Đề án 3").update(group=plan.groups.get())
    client.force_login(house.viewer)
    _above, _heads, rows = sheet_of(client, plan_url)
    names = [row[1].partition(" (")[0] for row in rows if isinstance(row[0], int)]
    assert names[0] == "Đề án 3"


def test_plan_file_comes_to_the_figures_of_the_screen(client, house, plan, plan_url):
    client.force_login(house.viewer)
    page = client.get(plan.get_absolute_url()).context["tables"]["in_plan"]
    _above, heads, rows = sheet_of(client, plan_url)
    below = values_of(client, plan_url)[-len(rows) :]
    names = [row[1] for row in below if isinstance(row[0], float | int)]
    assert names == [f"{project.name} ({project.code})" for group in page.groups for project in group.projects]
    assert below[-1][heads.index("Tổng số")] == page.totals["total_amount"]
    assert below[-1][heads.index("KCĐP")] == page.totals["local_amount"]
    taken = {row.source: row.taken for row in services.budget_position(plan)}
    assert below[-1][heads.index("KCĐP")] == taken[source("KCDP")]


def test_plan_file_rests_on_its_decision(client, house, plan, plan_url):
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    client.force_login(house.viewer)
    above, _heads, _rows = sheet_of(client, plan_url)
    assert above[3] == "Theo Quyết định số 10/QĐ-UBND ngày 04/01/2026 của UBND tỉnh Vĩnh Long"


def test_plan_file_of_another_province_does_not_exist(client, plan_url):
    client.force_login(stories.make_house(thai_nguyen(), "Thái Nguyên").director)
    assert client.get(plan_url).status_code == 404


def test_empty_plan_gives_an_empty_file(client, house, plan):
    client.force_login(house.viewer)
    _above, _heads, rows = sheet_of(client, f"/ke-hoach/{plan.pk}/xuat-excel/")
    assert rows[0][0] == "Không có dòng nào."


# Words of single cells


def test_priorities_are_those_that_the_facilities_meet(house, plan):
    facility = FacilityFactory(
        created_by=house.officer, labour_count=50, is_exporter=True, industry=Industry.objects.get(code="a")
    )
    project = stories.complete_project(house, plan, facility=facility)
    assert priorities(project) == "từ 50 lao động; hàng xuất khẩu"
    facility.labour_count, facility.is_exporter = 49, False
    facility.uses_local_material = facility.is_cleaner_production = True
    facility.save()
    assert priorities(Project.objects.get()) == "nguyên liệu trong tỉnh trên 50%; sản xuất sạch hơn"


def test_form_of_a_project_is_key_group_or_specific():
    assert form_of(Project(target_mode="group", is_key=True)) == "Điểm; Lập theo nhóm"
    assert form_of(Project()) == "Theo đối tượng cụ thể"
