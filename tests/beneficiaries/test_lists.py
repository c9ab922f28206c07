import io
from datetime import date, datetime

import openpyxl
import pytest
from django.http import QueryDict

from beneficiaries.lists import facility_list
from tests import stories
from tests.factories import FacilityFactory, commune_of, thai_nguyen

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return stories.make_house()


def rows_of(person, query):
    """(lines above the head, head, rows) of the file under a query string."""
    exporter, count = facility_list(person, QueryDict(query))
    stream = io.BytesIO()
    exporter.write(stream)
    lines = list(openpyxl.load_workbook(stream).active.values)
    head = next(number for number, line in enumerate(lines) if line[0] == "STT")
    return [line[0] for line in lines[:head]], lines[head], lines[head + 1 :], count


def test_file_holds_the_rows_of_the_screen_in_their_order(client, house):
    for name, workers in (("An Phú", 3), ("Lò gốm B", None), ("Lò gốm A", 9), ("Lò gốm C", 4)):
        FacilityFactory(name=name, labour_count=workers)
    FacilityFactory(name="Lò gốm Tân Cương", unit=commune_of(thai_nguyen()))
    query = "q=lo gom&sap-xep=-lao-dong"
    client.force_login(house.viewer)
    shown = client.get(f"/co-so/?{query}").context

    _above, head, rows, count = rows_of(house.viewer, query)

    names = [row[head.index("Tên cơ sở")] for row in rows[:-1]]
    assert names == [facility.name for facility in shown["page_obj"]] == ["Lò gốm A", "Lò gốm C", "Lò gốm B"]
    assert count == shown["totals"]["count"] == 3
    assert rows[-1][head.index("Lao động")].startswith("=SUBTOTAL")


def test_file_says_filter_body_and_person(house):
    above, _head, _rows, _count = rows_of(house.officer, "q=lo gom&hinh-thuc=artisan")
    assert above[0] == "TRUNG TÂM KHUYẾN CÔNG TỈNH VĨNH LONG"
    assert above[1] == "DANH SÁCH CƠ SỞ CÔNG NGHIỆP NÔNG THÔN"
    assert above[2] == "Bộ lọc: Tìm: lo gom; Hình thức: Nghệ nhân"
    assert above[3].endswith(f"– {house.officer}")
    assert rows_of(house.officer, "")[0][2] == "Bộ lọc: không"


def test_file_keeps_numbers_days_and_dangerous_text(house):
    FacilityFactory(
        name="=HYPERLINK(0)", license_on=date(2020, 6, 5), capital=1_500_000_000, labour_count=12,
        tax_code="0100233488", established_year=2011,
    )  # fmt: skip
    _above, head, [row, _total], _count = rows_of(house.officer, "")
    by_head = dict(zip(head, row, strict=True))
    assert by_head["Tên cơ sở"] == "=HYPERLINK(0)"
    assert by_head["Ngày cấp"] == datetime(2020, 6, 5)
    assert (by_head["Tổng nguồn vốn (đồng)"], by_head["Lao động"], by_head["Năm thành lập"]) == (
        1_500_000_000,
        12,
        2011,
    )
    assert by_head["Mã số thuế"] == "0100233488"


def test_file_of_a_filter_that_cannot_be_read_is_empty_and_says_so(house):
    FacilityFactory()
    above, _head, rows, count = rows_of(house.officer, "dia-ban=không đâu")
    assert above[2] == "Bộ lọc: Địa bàn: “không đâu” chưa dùng được"
    assert (count, rows[0][0]) == (0, "Không có dòng nào.")


@pytest.mark.parametrize("count", [1, 3])
def test_file_asks_the_same_number_of_queries(house, django_assert_num_queries, count):
    for _number in range(count):
        FacilityFactory()
    assert house.viewer.province_ids
    assert house.viewer.organisation
    with django_assert_num_queries(2):  # count, rows
        exporter, _count = facility_list(house.viewer, QueryDict(""))
        exporter.write(io.BytesIO())
