"""The lists of programmes, plans and handovers as files, held against their pages."""

import io
from datetime import date, datetime

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.asserts import assertContains, assertNotContains

from khuyencong.models import Job, JobStatus
from projects import services
from tests import stories
from tests.factories import ProgramFactory, thai_nguyen
from tests.projects.handovers import draft_handover, sme_handover
from tests.reports.test_exporters import column, sheet_of, values_of

LISTS = ["chuong-trinh", "ke-hoach", "ban-giao"]


@pytest.fixture
def viewer(client, house):
    client.force_login(house.viewer)
    return client


@pytest.fixture
def officer(client, house):
    """Of the centre, which sees its own programmes of many provinces too."""
    client.force_login(house.officer)
    return client


def total_of(client, url, heads):
    """{head: value} of the last row, as another program reads it."""
    return dict(zip(heads, values_of(client, url)[-1], strict=True))


# Programmes


@pytest.fixture
def programs(house):
    """One programme with two plans, a later one of the nation with none."""
    plan = stories.draft_plan(house)
    stories.draft_plan(house, year=2027)
    national = ProgramFactory(
        owner=house.centre, created_by=house.reviewer, name="=Quốc gia", scope="national", area=None,
        period_start=2028, period_end=2030, decision_number="15/QĐ-TTg", decision_on=date(2027, 12, 31),
    )  # fmt: skip
    return plan.program, national


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 2), ("pham-vi=local", 1), ("giai-doan=2028", 2), ("sap-xep=ten", 2), ("sap-xep=-ke-hoach", 2), ("q=x", 0)],
)
@pytest.mark.usefixtures("programs")
def test_program_file_holds_the_rows_of_the_screen(officer, query, count):
    names = [program.name for program in officer.get(f"/chuong-trinh/?{query}").context["page_obj"]]
    above, heads, rows = sheet_of(officer, f"/chuong-trinh/xuat-excel/?{query}")
    assert len(names) == count
    assert above[3] == f"Kết quả: {count} chương trình"
    if not names:
        assert rows[0][0] == "Không có dòng nào."
        return
    assert column(heads, rows[:-1], "Chương trình") == names


def test_program_file_holds_years_days_and_sums_as_numbers(officer, programs):
    _above, heads, rows = sheet_of(officer, "/chuong-trinh/xuat-excel/?sap-xep=giai-doan")
    first, second, total = (dict(zip(heads, row, strict=True)) for row in rows)
    assert (first["Từ năm"], first["Đến năm"], first["Kế hoạch"]) == (2026, 2030, 2)
    assert (second["Chương trình"], second["Địa bàn"], second["Phạm vi"]) == (
        "=Quốc gia",
        "Trên nhiều tỉnh",
        "Quốc gia",
    )
    assert (second["Số"], second["Ngày"]) == ("15/QĐ-TTg", datetime(2027, 12, 31))
    assert str(total["Kế hoạch"]).startswith("=SUBTOTAL(9,")
    assert total_of(officer, "/chuong-trinh/xuat-excel/", heads)["Kế hoạch"] == 2


# Plans


@pytest.fixture
def plans(house):
    """A plan of 2026 with two lines of 300 and 100 million and a draft beside them; an empty one of 2027."""
    first = stories.draft_plan(house, budgets={"KCDP": 900_000_000, "KCQG": 200_000_000})
    for support in (300_000_000, 100_000_000):
        stories.planned_project(house, first, support=support)
    stories.draft_project(house, first)
    second = stories.draft_plan(house, year=2027, budgets={"KCDP": 500_000_000})
    return first, second


@pytest.mark.parametrize("query", ["", "nam=2026", "sap-xep=nam", "sap-xep=-kcqg", "trang-thai=draft&q=2027"])
@pytest.mark.usefixtures("plans")
def test_plan_list_file_holds_the_rows_and_sums_of_the_screen(viewer, query):
    shown = viewer.get(f"/ke-hoach/?{query}").context
    url = f"/ke-hoach/xuat-excel/?{query}"
    above, heads, rows = sheet_of(viewer, url)
    below = [dict(zip(heads, row, strict=True)) for row in rows[:-1]]
    asked = [
        (plan.year, plan.name, plan.national_budget, plan.local_budget, plan.project_count, plan.line_count,
         plan.line_support)
        for plan in shown["page_obj"]
    ]  # fmt: skip
    amounts = ("KCQG", "KCĐP", "Tất cả", "Xếp, được duyệt", "Hỗ trợ xếp, được duyệt")
    assert [tuple(row[head] for head in ("Năm", "Kế hoạch", *amounts)) for row in below] == asked
    assert above[3] == f"Kết quả: {len(asked)} kế hoạch"
    total, screen = total_of(viewer, url, heads), shown["totals"]
    sums = (screen["national_budget"], screen["local_budget"], screen["line_count"], screen["line_support"])
    assert tuple(total[head] for head in (*amounts[:2], *amounts[3:])) == sums


def test_plan_list_file_comes_to_known_figures(viewer, plans):
    url = "/ke-hoach/xuat-excel/"
    above, heads, rows = sheet_of(viewer, f"{url}?chuong-trinh={plans[0].program_id}")
    total = total_of(viewer, url, heads)
    assert above[2] == f"Bộ lọc: Chương trình: {plans[0].program}"
    assert (total["KCĐP"], total["KCQG"]) == (1_400_000_000, 200_000_000)
    assert (total["Tất cả"], total["Xếp, được duyệt"], total["Hỗ trợ xếp, được duyệt"]) == (3, 2, 400_000_000)
    assert str(rows[-1][heads.index("KCĐP")]).startswith("=SUBTOTAL(9,")


# Handovers


@pytest.fixture
def events(house):
    project = stories.accepted_project(house)
    plain = draft_handover(house, project, held_on=None, held_month_day="12-31")
    sme = sme_handover(house, project)
    services.complete_handover(sme, by=house.officer)
    return {"plain": plain, "sme": sme}


@pytest.mark.parametrize("query", ["", "trang-thai=hoan-tat", "sap-xep=-trich-yeu", "q=khong co"])
def test_handover_file_holds_the_rows_and_sums_of_the_screen(viewer, events, query):
    shown = viewer.get(f"/ban-giao/?{query}").context
    url = f"/ban-giao/xuat-excel/?{query}"
    above, heads, rows = sheet_of(viewer, url)
    screen = shown["totals"]
    assert above[3] == f"Kết quả: {screen['count']} đợt bàn giao, {screen['done_count']} đã hoàn tất"
    if not screen["count"]:
        assert rows[0][0] == "Không có dòng nào."
        return
    assert column(heads, rows[:-1], "Đợt bàn giao") == [str(event) for event in shown["page_obj"]]
    assert column(heads, rows[:-1], "Bên nhận") == [event.receiver_count for event in shown["page_obj"]]
    total = total_of(viewer, url, heads)
    sums = (screen["receiver_total"], screen["asset_amount"], screen["contract_amount"])
    assert tuple(total[head] for head in ("Bên nhận", "Công trình, tài sản", "Hợp đồng chuyển giao")) == sums


def test_handover_file_tells_day_place_projects_and_values(viewer, events):
    _above, heads, rows = sheet_of(viewer, "/ban-giao/xuat-excel/")
    plain, sme = (dict(zip(heads, row, strict=True)) for row in rows[:-1])
    project = events["sme"].projects.get()
    assert (plain["Ngày bàn giao"], plain["Ngày chưa rõ năm"], plain["Trạng thái"]) == (
        None, "31/12", "Đang chuẩn bị",
    )  # fmt: skip
    assert sme["Đề án"] == project.code
    assert (sme["Địa điểm"], sme["Bên giao"]) == (events["sme"].venue, str(events["sme"].giver))
    assert (sme["Ngày chưa rõ năm"], sme["Trạng thái"]) == (None, "Đã hoàn tất")
    assert (sme["Công trình, tài sản"], sme["Hợp đồng chuyển giao"]) == (77_360_000_000, 11_820_000_000)


# All three


@pytest.mark.parametrize("name", LISTS)
def test_list_file_of_another_province_is_empty(client, plans, events, programs, name):
    client.force_login(stories.make_house(thai_nguyen(), "Thái Nguyên").viewer)
    _above, _heads, rows = sheet_of(client, f"/{name}/xuat-excel/")
    assert rows[0][0] == "Không có dòng nào."
    assertNotContains(client.get(f"/{name}/"), "Xuất Excel")


@pytest.mark.parametrize("name", LISTS)
def test_list_page_leads_to_its_file_under_the_same_filter(viewer, plans, events, name):
    count = viewer.get(f"/{name}/").context["page_obj"].paginator.count
    button = f'href="/{name}/xuat-excel/?q=&amp;sap-xep="'
    response = viewer.get(f"/{name}/?q=&sap-xep=")
    assertContains(response, button, count=1)
    assertContains(response, f"Xuất Excel {count} dòng")


def fill(house, name):
    """One more row of a list."""
    if name == "chuong-trinh":
        ProgramFactory(owner=house.centre, created_by=house.reviewer)
    elif name == "ke-hoach":
        stories.draft_plan(house, program=house.program)
    else:
        draft_handover(house, house.project)


@pytest.mark.parametrize("name", LISTS)
def test_list_file_asks_the_same_number_of_queries(viewer, house, name):
    house.project = stories.accepted_project(house)
    house.program = house.project.plan.program
    asked = []
    for count in (1, 2):
        for _number in range(count):
            fill(house, name)
        with CaptureQueriesContext(connection) as captured:
            viewer.get(f"/{name}/xuat-excel/").getvalue()
        asked.append(len(captured))
    assert asked[0] == asked[1] <= 14


@pytest.mark.parametrize(
    ("name", "kind", "filename"),
    [
        ("chuong-trinh", "programs", "danh-muc-chuong-trinh"), ("ke-hoach", "plans", "danh-muc-ke-hoach"),
        ("ban-giao", "handovers", "danh-muc-ban-giao"),
    ],
)  # fmt: skip
def test_long_list_is_left_to_the_worker(
    client, house, plans, events, programs, settings, tmp_path, django_capture_on_commit_callbacks, name, kind, filename
):
    settings.EXPORT_ROWS_AT_ONCE, settings.MEDIA_ROOT = 0, tmp_path
    client.force_login(house.officer)
    url = f"/{name}/xuat-excel/?sap-xep="
    count = client.get(f"/{name}/").context["page_obj"].paginator.count
    assertContains(client.get(url), f"Ghi {count} dòng")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url)
    job = Job.objects.get()
    assert (job.kind, job.status, job.total_count, job.done_count) == (kind, JobStatus.DONE, count, count)
    assert job.filename.startswith(f"{filename}_")
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{job.get_absolute_url()}tep/").getvalue()))
    assert sum(isinstance(line[0], int) for line in book.active.values) == count
