"""Workbooks with named cells: the one that comes along, the check of another, filling, validity."""

import io
from datetime import date, timedelta

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl.workbook.defined_name import DefinedName

from khuyencong.dates import today
from khuyencong.exports import form_templates
from khuyencong.exports.form_books import FormCell, FormKind, check_book
from khuyencong.exports.form_defaults import default_book
from khuyencong.exports.form_filling import fill
from khuyencong.models import AuditEntry, FormTemplate, Role
from khuyencong.xlsx import Column, Group
from tests import stories
from tests.factories import UserFactory

KIND = FormKind(
    key="toy", title="Biểu thử", form="Mẫu số 0", noun="dòng",
    cells=(FormCell("kc_co_quan", "Cơ quan"), FormCell("kc_ky_ho_ten", "Người ký")),
    columns=(
        Column("Tên", lambda row: row[0]), Column("Ngày", lambda row: row[1], "date"),
        Column("Số tiền", lambda row: row[2], "vnd", total=True),
    ),
    records=None, owner=None, filled=None, filename=None,
)  # fmt: skip
ROWS = [("=1+1", date(2026, 3, 5), 100), ("Máy sấy", None, 20), ("Gốm", date(2026, 1, 2), 3)]
GROUPS = [Group("Nhóm A", ROWS[:2]), Group("Nhóm B", ROWS[2:])]


def own_book(change=None):
    """A workbook as a province sends it: two sheets, the table in row 5, totals, a share and a signature below."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Mẫu tỉnh"
    sheet.merge_cells("A1:D1")
    sheet["A5"].number_format, sheet["C5"].number_format = "@", "#,##0"
    sheet["D5"] = "=C5/C7"
    sheet["C7"] = "=SUM(C5:C5)"
    sheet["C8"] = "=C7*2"
    sheet.merge_cells("A10:D10")
    other = book.create_sheet("Tóm tắt")
    other["A1"] = "='Mẫu tỉnh'!C7+SUM('Mẫu tỉnh'!C5:C5)"
    names = {
        "kc_co_quan": "$A$1", "kc_ky_ho_ten": "$A$10", "dong_ten": "$A$5", "dong_ngay": "$B$5", "dong_so_tien": "$C$5",
    }  # fmt: skip
    for name, place in names.items():
        book.defined_names[name] = DefinedName(name, attr_text=f"'Mẫu tỉnh'!{place}")
    if change:
        change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def filled(content, rows):
    return openpyxl.load_workbook(io.BytesIO(fill(content, KIND, {"kc_co_quan": "SỞ", "kc_ky_ho_ten": "Lê A"}, rows)))


def test_default_workbook_passes_its_own_check():
    check = check_book(default_book(KIND), "mau.xlsx", KIND)
    assert (check.problems, check.is_good) == ([], True)


def test_rows_take_the_place_of_the_sample_row_and_what_is_below_moves_down():
    sheet = filled(own_book(), ROWS)["Mẫu tỉnh"]
    assert [[sheet.cell(line, column).value for column in (1, 3)] for line in (5, 6, 7)] == [
        ["=1+1", 100], ["Máy sấy", 20], ["Gốm", 3],
    ]  # fmt: skip
    assert (sheet["A5"].data_type, sheet["A5"].quotePrefix) == ("s", True)
    assert (sheet["B5"].value.date(), sheet["B6"].value) == (date(2026, 3, 5), None)
    assert [sheet[f"D{line}"].value for line in (5, 6, 7)] == ["=C5/C9", "=C6/C9", "=C7/C9"]
    assert (sheet["C9"].value, sheet["C10"].value) == ("=SUM(C5:C7)", "=C9*2")
    assert (sheet["A1"].value, sheet["A12"].value) == ("SỞ", "Lê A")
    assert {str(run) for run in sheet.merged_cells.ranges} == {"A1:D1", "A12:D12"}
    assert sheet["C7"].number_format == "#,##0"


def test_formulas_of_other_sheets_and_names_follow():
    book = filled(own_book(), ROWS)
    assert book["Tóm tắt"]["A1"].value == "='Mẫu tỉnh'!C9+SUM('Mẫu tỉnh'!C5:C7)"
    assert book.defined_names["kc_ky_ho_ten"].attr_text == "'Mẫu tỉnh'!$A$12"


def test_groups_stand_in_their_own_line_with_their_sums_where_the_workbook_has_one():
    sheet = filled(default_book(KIND), GROUPS)["Biểu"]
    lines = [[cell.value for cell in row] for row in sheet.iter_rows()]
    top = next(number for number, line in enumerate(lines) if line[1] == "Nhóm A")
    first = top + 1
    assert [line[:4] for line in lines[top : top + 6]] == [
        [None, "Nhóm A", None, f"=SUBTOTAL(9,D{first + 1}:D{first + 2})"],
        [1, "=1+1", ROWS[0][1] and lines[first][2], 100],
        [2, "Máy sấy", None, 20],
        [None, "Nhóm B", None, f"=SUBTOTAL(9,D{first + 4}:D{first + 4})"],
        [1, "Gốm", lines[first + 3][2], 3],
        [None, "Tổng cộng", None, f"=SUBTOTAL(9,D{first}:D{first + 4})"],
    ]


def test_no_row_at_all_leaves_an_empty_line():
    assert filled(own_book(), [])["Mẫu tỉnh"]["C7"].value == "=SUM(C5:C5)"


def drop(name):
    return lambda book: book.defined_names.pop(name)


def elsewhere(book):
    book.defined_names["dong_ngay"].attr_text = "'Mẫu tỉnh'!$B$6"


def area(book):
    book.defined_names["dong_ngay"].attr_text = "'Mẫu tỉnh'!$B$5:$B$6"


def taken(book):
    book["Mẫu tỉnh"]["C5"] = "=1"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (drop("dong_ngay"), "Thiếu ô mang tên: dong_ngay (Ngày)"), (elsewhere, "phải nằm trên cùng một dòng"),
        (area, "phải chỉ đúng một ô"), (taken, "đang là công thức"),
    ],
)  # fmt: skip
def test_check_says_what_is_wrong(change, words):
    assert words in " ".join(check_book(own_book(change), "mau.xlsx", KIND).problems)


@pytest.mark.parametrize("name", ["mau.csv", "mau.xlsm"])
def test_another_kind_of_file_is_refused(name):
    content = b"a,b\n1,2\n" if name.endswith("csv") else own_book()
    with pytest.raises(ValidationError):
        check_book(content, name, KIND)


# Validity


@pytest.fixture
def house(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    house = stories.make_house()
    house.admin = UserFactory(organisation=house.department, role=Role.ADMIN, is_staff=True)
    return house


def upload(content=None):
    return SimpleUploadedFile("mau-tinh.xlsx", content or own_book())


def add(house, body, day, content=None):
    return form_templates.add_template(body, KIND, upload(content), by=house.admin, valid_from=day)[0]


def test_workbook_counts_from_its_day_for_the_body_and_those_below(house):
    later = today() + timedelta(days=10)
    first = add(house, house.department, date(2026, 1, 1))
    own = add(house, house.centre, later)
    assert form_templates.template_for(house.centre, KIND, date(2025, 12, 31)) is None
    assert form_templates.template_for(house.centre, KIND, today()) == first
    assert form_templates.template_for(house.centre, KIND, later) == own
    assert form_templates.template_for(house.department, KIND, later) == first


def test_sending_the_same_workbook_twice_keeps_one(house):
    content = own_book()
    first, again = (add(house, house.department, today(), content) for _time in range(2))
    assert first == again
    assert AuditEntry.objects.filter(action="form_template.add").count() == 1


def test_reverting_ends_with_yesterday_and_removes_what_never_counted(house):
    template = add(house, house.department, date(2026, 1, 1))
    form_templates.end_template(template, by=house.admin)
    form_templates.end_template(template, by=house.admin)
    template.refresh_from_db()
    assert template.valid_to == today() - timedelta(days=1)
    assert form_templates.book_for(house.department, KIND, date(2026, 2, 1)) == own_book_bytes(template)
    form_templates.end_template(add(house, house.department, today()), by=house.admin)
    assert FormTemplate.objects.count() == 1
    assert AuditEntry.objects.filter(action__startswith="form_template").count() == 4


def own_book_bytes(template):
    with template.file.file.open() as stream:
        return stream.read()


def test_others_may_not_bring_workbooks_and_bad_ones_are_not_kept(house):
    with pytest.raises(PermissionDenied):
        form_templates.add_template(house.centre, KIND, upload(), by=house.officer, valid_from=today())
    with pytest.raises(ValidationError, match="Thiếu ô"):
        form_templates.add_template(
            house.centre, KIND, upload(own_book(drop("dong_ten"))), by=house.admin, valid_from=today()
        )
    assert not FormTemplate.objects.exists()
