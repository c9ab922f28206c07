"""Lists that are edited off-line and come home: differences, conflicts, refusals, writing once."""

import io
from datetime import datetime

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from beneficiaries import services
from beneficiaries.models import Facility
from khuyencong.exports.edit_sheet import KEY, LEDGER
from khuyencong.models import AuditEntry, ReturnedSheet
from projects.forms.rows import cell_of
from projects.services import set_funding
from tests import stories
from tests.factories import FacilityFactory, source, thai_nguyen

PAGE = "/sua-ngoai-may/facilities/"
DRAFTS = "/sua-ngoai-may/projects/"


@pytest.fixture
def facilities(house):
    names = ("Cơ sở Kẹo dừa Hương", "Cơ sở Gốm Mang Thít", "Cơ sở Chằm nón")
    return [
        FacilityFactory(owner=house.centre, created_by=house.officer, name=name, labour_count=10 + number,
                        capital=1_000_000_000, phone="0901234567")
        for number, name in enumerate(names)
    ]  # fmt: skip


@pytest.fixture
def officer(client, house, facilities):
    client.force_login(house.officer)
    return client


class Sheet:
    """A downloaded file, edited by heads and rows as a person would, sent again."""

    def __init__(self, client, page=PAGE, query=""):
        self.client, self.page = client, page
        response = client.get(f"{page}tep/{query}")
        self.book = openpyxl.load_workbook(io.BytesIO(response.getvalue()))
        self.sheet = self.book.worksheets[0]
        self.head = next(row for row in self.sheet.iter_rows() if row[0].value == KEY)
        self.heads = {cell.value: cell.column for cell in self.head}

    def cell(self, row, head):
        key = row if isinstance(row, int) else row.pk
        line = next(line for line in self.sheet.iter_rows(min_row=self.head[0].row + 1) if line[0].value == key)
        return line[self.heads[head] - 1]

    def send(self, name="sua.xlsx"):
        stream = io.BytesIO()
        self.book.save(stream)
        upload = SimpleUploadedFile(name, stream.getvalue())
        return self.client.post(self.page, {"file": upload})


def confirm(client, sheet, rows, **more):
    page = client.get(sheet.get_absolute_url())
    data = {"row": [row.pk for row in rows], "seen": page.context["seen"], "act": "write"} | more
    return client.post(sheet.get_absolute_url(), data)


def test_file_holds_values_in_their_kinds_behind_hidden_keys(officer, facilities):
    sheet = Sheet(officer)
    assert sheet.sheet.column_dimensions["A"].hidden
    assert sheet.sheet.protection.sheet
    assert sheet.book[LEDGER].sheet_state == "veryHidden"
    first = facilities[0]
    assert (sheet.cell(first, KEY).value, sheet.cell(first, "Lao động").value) == (first.pk, 10)
    assert sheet.cell(first, "Điện thoại").value == "0901234567"
    assert (sheet.cell(first, "Mã số thuế").number_format, sheet.cell(first, KEY).protection.locked) == ("@", True)
    assert not sheet.cell(first, "Lao động").protection.locked


def test_untouched_file_differs_in_nothing(officer):
    assertRedirects(Sheet(officer).send(), (sheet := ReturnedSheet.objects.get()).get_absolute_url())
    assert (sheet.row_count, sheet.rows, sheet.refused, sheet.remarks) == (3, [], [], [])
    assertContains(officer.get(sheet.get_absolute_url()), "Không có gì để ghi")


def test_differences_are_shown_and_nothing_is_written_before_confirming(officer, facilities, house):
    sheet = Sheet(officer)
    sheet.cell(facilities[0], "Lao động").value = 25
    sheet.cell(facilities[0], "Tổng nguồn vốn (đồng)").value = "1.500.000.000"
    sheet.cell(facilities[1], "Ngày cấp").value = datetime(2020, 3, 5)
    sheet.cell(facilities[1], "Hàng xuất khẩu").value = "x"
    sheet.send()
    returned = ReturnedSheet.objects.get()
    page = officer.get(returned.get_absolute_url())
    assertContains(page, "1.500.000.000")
    told = {cell.label: (cell.base, cell.mine, cell.theirs) for row in page.context["rows"] for cell in row.cells}
    assert told == {
        "Lao động": ("10", "25", "10"),
        "Tổng nguồn vốn (đồng)": ("1.000.000.000", "1.500.000.000", "1.000.000.000"),
        "Ngày cấp": ("để trống", "05/03/2020", "để trống"),
        "Hàng xuất khẩu": ("Không", "Có", "Không"),
    }
    assert Facility.objects.get(pk=facilities[0].pk).labour_count == 10

    assertRedirects(confirm(officer, returned, [facilities[0]]), returned.get_absolute_url())
    first, second = (Facility.objects.get(pk=row.pk) for row in facilities[:2])
    assert (first.labour_count, first.capital, first.version) == (25, 1_500_000_000, facilities[0].version + 1)
    assert (second.license_on, second.is_exporter) == (None, False)
    returned.refresh_from_db()
    assert (returned.status, returned.written) == ("done", [[first.name, 2]])
    entry = AuditEntry.objects.get(action="sheet.return")
    assert returned.sha256 in entry.reason
    assert AuditEntry.objects.about(first).filter(action="facility.edit", actor=house.officer).count() == 1


def test_confirming_twice_writes_once(officer, facilities):
    sheet = Sheet(officer)
    sheet.cell(facilities[0], "Lao động").value = 25
    sheet.send()
    returned = ReturnedSheet.objects.get()
    seen = officer.get(returned.get_absolute_url()).context["seen"]
    data = {"row": [facilities[0].pk], "seen": seen, "act": "write"}
    officer.post(returned.get_absolute_url(), data)
    response = officer.post(returned.get_absolute_url(), data, follow=True)
    assertContains(response, "đã xử lý xong từ trước")
    assert Facility.objects.get(pk=facilities[0].pk).version == facilities[0].version + 1


def test_cells_changed_meanwhile_are_chosen_one_by_one(officer, facilities, house):
    sheet = Sheet(officer)
    row = facilities[0]
    for head, value in (("Lao động", 25), ("Điện thoại", "0999999999"), ("Người đại diện", "Trần Thị B")):
        sheet.cell(row, head).value = value
    sheet.send()
    current = Facility.objects.get(pk=row.pk)
    current.labour_count, current.phone, current.address = 40, "0911111111", "Ấp 1"
    services.save_facility(current, by=house.reviewer)
    returned = ReturnedSheet.objects.get()
    page = officer.get(returned.get_absolute_url())
    (told,) = page.context["rows"]
    assert {cell.label: cell.state for cell in told.cells} == {
        "Lao động": "conflict", "Điện thoại": "conflict", "Người đại diện": "plain",
    }  # fmt: skip
    assertContains(page, f"{house.reviewer} đã sửa hồ sơ này")

    refused = confirm(officer, returned, [row])
    assertContains(refused, "chưa chọn giữ bên nào")
    keep = {f"keep-{row.pk}-labour_count": "theirs", f"keep-{row.pk}-phone": "mine"}
    assertRedirects(confirm(officer, returned, [row], **keep), returned.get_absolute_url())
    stored = Facility.objects.get(pk=row.pk)
    assert (stored.labour_count, stored.phone, stored.representative, stored.address) == (
        40, "0999999999", "Trần Thị B", "Ấp 1",
    )  # fmt: skip


def test_change_between_page_and_confirmation_is_shown_not_overwritten(officer, facilities, house):
    sheet = Sheet(officer)
    sheet.cell(facilities[0], "Lao động").value = 25
    sheet.send()
    returned = ReturnedSheet.objects.get()
    seen = officer.get(returned.get_absolute_url()).context["seen"]
    current = Facility.objects.get(pk=facilities[0].pk)
    current.labour_count = 40
    services.save_facility(current, by=house.reviewer)
    data = {"row": [facilities[0].pk], "seen": seen, "act": "write"}
    page = officer.post(returned.get_absolute_url(), data)
    assertContains(page, "Có người vừa sửa các dòng này")
    assert page.context["rows"][0].cells[0].state == "conflict"
    assert Facility.objects.get(pk=facilities[0].pk).labour_count == 40


def test_what_cannot_be_read_is_told_with_its_cell(officer, facilities):
    sheet = Sheet(officer)
    cell = sheet.cell(facilities[0], "Ngày cấp")
    cell.value, other = "31/02/2025", sheet.cell(facilities[1], "Hình thức pháp lý")
    other.value = "Tập đoàn"
    sheet.send()
    page = officer.get(ReturnedSheet.objects.get().get_absolute_url())
    refused = dict(page.context["sheet"].refused)
    assert "31/02/2025" in refused[cell.coordinate]
    assert "không có trong danh mục" in refused[other.coordinate]


def test_rules_of_the_form_hold_and_one_bad_row_stops_all(officer, facilities):
    sheet = Sheet(officer)
    sheet.cell(facilities[0], "Lao động").value = 25
    bad = sheet.cell(facilities[1], "Mã số thuế")
    bad.value = "0100000000"
    sheet.send()
    returned = ReturnedSheet.objects.get()
    page = officer.get(returned.get_absolute_url())
    assertContains(page, bad.coordinate)
    assert {row.pk: row.is_bad for row in page.context["rows"]} == {facilities[0].pk: False, facilities[1].pk: True}
    answer = confirm(officer, returned, facilities[:2])
    assertContains(answer, "1 dòng không ghi được, nên chưa ghi dòng nào")
    assert Facility.objects.get(pk=facilities[0].pk).labour_count == 10
    assertRedirects(confirm(officer, returned, facilities[:1]), returned.get_absolute_url())
    assert Facility.objects.get(pk=facilities[0].pk).labour_count == 25


def test_rows_added_gone_or_doubled_columns_added_and_formulas_are_told_and_left_alone(officer, facilities):
    sheet = Sheet(officer)
    formula = sheet.cell(facilities[0], "Lao động")
    formula.value = "=5+5"
    page = sheet.sheet
    page.cell(sheet.head[0].row, page.max_column + 1).value = "Ghi chú của tôi"
    page.cell(sheet.head[0].row + 1, page.max_column).value = "=SUM(A1:A2)"
    gone = sheet.cell(facilities[1], KEY).row
    double = [cell.value for cell in page[sheet.cell(facilities[2], KEY).row]]
    page.append(double)
    page.append([None, None, "Cơ sở mới"])
    page.delete_rows(gone)
    sheet.send()
    returned = ReturnedSheet.objects.get()
    words = " ".join(returned.remarks)
    assert f"1 dòng không còn trong tệp ({facilities[1]})" in words
    assert "Cột thêm vào, không đọc: Ghi chú của tôi." in words
    assert "là công thức: không đọc" in words
    assert "là dòng mới: không thêm từ tệp này" in words
    assert "trùng mã với dòng" in returned.refused[0][1]
    assert returned.rows == []
    assert Facility.objects.count() == 3


def test_sorted_rows_and_moved_columns_still_find_their_record(officer, facilities):
    sheet = Sheet(officer)
    sheet.cell(facilities[2], "Lao động").value = 33
    page = sheet.sheet
    top = sheet.head[0].row
    lines = [[cell.value for cell in row] for row in page.iter_rows(min_row=top)]
    lines = [lines[0], *reversed(lines[1:])]
    for number, line in enumerate(lines):
        for place, value in enumerate(reversed(line), 1):
            page.cell(top + number, place).value = value
    sheet.send()
    (row,) = ReturnedSheet.objects.get().rows
    assert (row["pk"], [cell["mine"] for cell in row["cells"]]) == (facilities[2].pk, ["33"])


@pytest.mark.parametrize("harm", ["touched", "gone", "foreign"])
def test_file_whose_hidden_page_is_touched_or_gone_is_refused(officer, facilities, harm):
    sheet = Sheet(officer)
    if harm == "touched":
        cell = sheet.book[LEDGER]["A1"]
        cell.value = cell.value[:-3] + ("AAA" if cell.value[-3:] != "AAA" else "BBB")
    elif harm == "gone":
        del sheet.book[LEDGER]
    else:
        sheet.book = openpyxl.Workbook()
    page = sheet.send()
    assertContains(page, "Tải")
    assert page.context["form"].errors["file"]
    assert not ReturnedSheet.objects.exists()


def test_dropped_sheet_changes_nothing_ever(officer, facilities):
    sheet = Sheet(officer)
    sheet.cell(facilities[0], "Lao động").value = 25
    sheet.send()
    returned = ReturnedSheet.objects.get()
    seen = officer.get(returned.get_absolute_url()).context["seen"]
    officer.post(returned.get_absolute_url(), {"act": "drop"})
    officer.post(returned.get_absolute_url(), {"act": "write", "row": [facilities[0].pk], "seen": seen})
    assert Facility.objects.get(pk=facilities[0].pk).labour_count == 10


def test_others_neither_see_the_sheet_nor_take_lists_out(client, house, officer, facilities):
    Sheet(officer).send()
    address = ReturnedSheet.objects.get().get_absolute_url()
    client.force_login(house.reviewer)
    assert client.get(address).status_code == 404
    client.force_login(house.viewer)
    assert client.get(PAGE).status_code == client.get(f"{PAGE}tep/").status_code == 403
    stranger = stories.make_house(thai_nguyen(), "Thái Nguyên").officer
    client.force_login(stranger)
    assertContains(client.get(PAGE), "không có cơ sở nào")
    assertNotContains(client.get(PAGE), "Tải tệp để sửa")


def test_sheet_of_another_person_is_judged_by_the_rights_of_who_brings_it(client, house, officer, facilities):
    sheet = Sheet(officer)
    sheet.cell(facilities[0], "Lao động").value = 25
    client.force_login(stories.make_house(thai_nguyen(), "Thái Nguyên").officer)
    sheet.send()
    returned = ReturnedSheet.objects.get()
    page = client.get(returned.get_absolute_url())
    assertContains(page, "không còn được xem")
    assertContains(confirm(client, returned, [facilities[0]]), "chưa ghi dòng nào")
    assert Facility.objects.get(pk=facilities[0].pk).labour_count == 10


# Drafts of projects


@pytest.fixture
def drafts(house):
    plan = stories.draft_plan(house)
    return [stories.draft_project(house, plan), stories.draft_project(house, plan)]


def test_project_drafts_come_home_with_dates_names_and_money(client, house, drafts):
    client.force_login(house.officer)
    sheet = Sheet(client, DRAFTS)
    project = drafts[0]
    local = source("KCDP")
    sheet.cell(project, "Tên đề án, nhiệm vụ").value = "Đề án đổi tên ngoài máy"
    sheet.cell(project, "Bắt đầu").value = datetime(2026, 4, 1)
    sheet.cell(project, "Tổng dự toán (đồng)").value = 250_000_000
    head = next(head for head in sheet.heads if head and head.startswith("KCĐP"))
    sheet.cell(project, head).value = 250_000_000
    sheet.send()
    returned = ReturnedSheet.objects.get()
    page = client.get(returned.get_absolute_url())
    assert [row.is_bad for row in page.context["rows"]] == [False], page.context["rows"]
    assertRedirects(confirm(client, returned, [project]), returned.get_absolute_url())
    project.refresh_from_db()
    assert (project.name, project.total_cost) == ("Đề án đổi tên ngoài máy", 250_000_000)
    assert f"{project.starts_on:%d/%m/%Y}" == "01/04/2026"
    assert project.funding_lines.get(source=local).requested_amount == 250_000_000
    acts = AuditEntry.objects.about(project).values_list("action", flat=True)
    assert {"project.edit", "project.set_funding"} <= set(acts)


def test_submitted_project_neither_goes_out_nor_comes_home(client, house, drafts):
    client.force_login(house.officer)
    sheet = Sheet(client, DRAFTS)
    sheet.cell(drafts[0], "Tên đề án, nhiệm vụ").value = "Tên khác"
    type(drafts[0]).objects.filter(pk=drafts[0].pk).update(
        status="submitted", submitted_by=house.officer, submitted_at=timezone.now()
    )
    sheet.send()
    returned = ReturnedSheet.objects.get()
    assertContains(client.get(returned.get_absolute_url()), "đã trình thì không sửa được nữa")
    assertContains(confirm(client, returned, drafts[:1]), "chưa ghi dòng nào")
    assert drafts[0].pk not in {row[0].value for row in Sheet(client, DRAFTS).sheet.iter_rows()}


def test_money_changed_meanwhile_is_a_conflict(client, house, drafts):
    client.force_login(house.officer)
    sheet = Sheet(client, DRAFTS)
    sheet.cell(drafts[0], "Tổng dự toán (đồng)").value = 111_000_000
    sheet.send()
    set_funding(drafts[0], by=house.reviewer, total_cost=222_000_000, amounts={source("KCDP"): 1_000_000})
    (row,) = client.get(ReturnedSheet.objects.get().get_absolute_url()).context["rows"]
    assert [(cell.field, cell.state, cell.theirs) for cell in row.cells] == [("total_cost", "conflict", "222.000.000")]
    assert cell_of(source("KCDP")) not in {cell.field for cell in row.cells}


def test_page_asks_the_same_number_of_queries_whatever_the_rows(officer, facilities, django_assert_max_num_queries):
    with django_assert_max_num_queries(20):
        officer.get(f"{PAGE}tep/").getvalue()
