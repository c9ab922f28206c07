"""The table of a sheet is found among its titles, groups, sums, notes and signatures."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khuyencong.sheets import Field, Merged, Sheet, open_workbook, own_totals, recognise
from khuyencong.sheets.words import marker_class, money_unit, sum_kind, unit_of_heading, unit_of_note
from khuyencong.text import fold
from tests.khuyencong.province_sheets import FACILITY_FIELDS, PROJECT_FIELDS, PROVINCES, annex, two_tables

FEW = (Field("code", "Mã đề án", "code"), Field("name", "Tên đề án"), Field("local", "Kinh phí KCĐP", "money"))


def sheet_of(*rows, **parts):
    return Sheet("", False, [tuple(row) for row in rows], **parts)


def keys_of(reading):
    return {column.letter: column.field_key for column in reading.columns if column.field_key}


def numbers_of(reading, *kinds):
    return [line.number for line in reading.lines if line.kind in kinds]


@pytest.mark.parametrize("make", PROVINCES, ids=lambda make: make.__name__)
def test_province_sheet_is_read_as_an_officer_would(make):
    province = make()
    [sheet] = open_workbook(province.stream(), "bang.xlsx").sheets

    reading = recognise(sheet, province.fields)

    assert keys_of(reading) == province.keys
    assert numbers_of(reading, "data") == province.data
    assert numbers_of(reading, "group") == province.groups
    assert numbers_of(reading, "subtotal", "total") == province.sums
    assert [line.number for line in reading.lines] == list(range(1, len(sheet.rows) + 1))
    money = [column for column in reading.columns if column.field_key in ("local", "national", "own", "total")]
    if make.__name__ != "dates_and_floats":  # whose columns have units of their own
        assert {column.unit or reading.money_unit for column in money} <= {province.unit}
    totals = own_totals(reading, [column.field_key for column in money])
    assert [total for total in totals if not total.agrees] == []
    assert {total.number for total in totals} >= set(province.sums)


def test_annex_tells_what_everything_is():
    [sheet] = open_workbook(annex().stream(), "phu-luc.xlsx").sheets
    reading = recognise(sheet, PROJECT_FIELDS)

    assert reading.head_rows == (7, 8, 9)
    assert (reading.money_unit, reading.unit_certainty) == (1_000_000, "sure")
    assert reading.unit_source == "ô H6: “Đơn vị tính: triệu đồng”"
    local = reading.column_of("local")
    assert (local.heading, local.certainty, local.samples) == (
        "Kinh phí › Trong đó › KCĐP",
        "sure",
        ("300,5", "200", "150", "50"),
    )
    by_number = {line.number: line for line in reading.lines}
    assert {by_number[number].kind for number in (1, 4, 6, 19, 20, 21, 22, 24)} == {"note"}
    assert by_number[10].kind == "numbering"
    assert by_number[12].under == ("Hỗ trợ ứng dụng máy móc tiên tiến",)
    assert (by_number[12].level, by_number[16].level, by_number[16].under) == (1, 0, ())
    assert by_number[11].reason == "Dòng nhóm “Hỗ trợ ứng dụng máy móc tiên tiến”."
    assert by_number[17].reason == "Dòng cộng “Tổng cộng”."
    assert by_number[1].reason == "Nằm trên bảng."


def test_cells_merged_down_are_filled_but_a_sum_counts_once():
    rows = [["TT", "Mã đề án", "Tên đề án", "Kinh phí KCĐP"], [1, "DA-1", "May", 50], [None, None, "Thêu", None]]
    merged = (Merged(2, 0, 3, 0), Merged(2, 1, 3, 1), Merged(2, 3, 3, 3))
    reading = recognise(sheet_of(*rows, merged=merged), FEW)
    assert [line.cells for line in reading.data] == [(1, "DA-1", "May", 50), (1, "DA-1", "Thêu", None)]
    assert "Ô gộp D2:D3 có một số cho nhiều dòng; chỉ tính ở dòng 2." in reading.remarks


HEAD = ["TT", "Tên đề án", "Đơn vị thụ hưởng", "Địa điểm", "Tổng kinh phí", "Kinh phí KCĐP"]
FULL = ["Máy", "Cơ sở A", "xã A", 10, 5]


@pytest.mark.parametrize(
    ("rows", "data"),
    [
        pytest.param(
            [HEAD, ["I. Hỗ trợ máy móc"], [1, *FULL], ["II. Hội chợ"], [2, *FULL], ["Tổng cộng", None, None, None, 20],
             [None, "Trong đó:"], [None, "- Nguồn KCQG", None, None, 10], [None, "- Nguồn KCĐP", None, None, 10]],
            [3, 5], id="numbers of groups in their words, the total parted below",
        ),
        pytest.param(
            [HEAD, [1, *FULL], [None, "- Công suất 5 tấn/ngày"], [2, *FULL], [3, "Tên thôi"], ["Trang 2/3"],
             [4, *FULL]],
            [2, 4, 5, 7], id="explaining words, an unfinished row, a page number",
        ),
        pytest.param(
            [["TT", "Tên đề án", "Kinh phí KCĐP", None, None, "Ghi chú"], [None, None, 2021, 2022, 2023],
             [1, "a", 5, 6, 7, "x"], [2, "b", 5, 6, 7]], [3, 4], id="years as headings",
        ),
        pytest.param([["Tên đề án", "Tổng kinh phí"], ["Tổng số", 30], ["a", 10], ["c", 20]], [3, 4], id="total first"),
        pytest.param([["TT", "Tên đề án", "KCĐP"], [None, None, "ĐVT: trđ"], [1, "a", 5]], [3], id="unit below head"),
        pytest.param([["TT", "Tên đề án"], [1, "A"], [2, "B"]], [2, 3], id="names alone"),
        pytest.param([HEAD, ["I", *FULL], ["II", *FULL], ["III", *FULL]], [2, 3, 4], id="Roman numbers of data"),
        pytest.param([HEAD, [1, *FULL], [None, *FULL], [None, *FULL]], [2, 3, 4], id="number of the first alone"),
        pytest.param(
            [HEAD, [1, "Đề án nhóm", None, None, 20, 10], ["-", *FULL], ["-", *FULL], [2, *FULL]], [3, 4, 5],
            id="a project over its facilities",
        ),
        pytest.param(
            [HEAD, [1, *FULL], ["Cộng", None, None, None, 10, 5], [], [None, "NGƯỜI LẬP", None, None, "PHÒNG QLCN"], [],
             [None, "Lê A", None, None, "Trần B"]], [2], id="signatures without their usual words",
        ),
    ],
)  # fmt: skip
def test_odd_rows_are_told_from_data(rows, data):
    reading = recognise(sheet_of(*rows), PROJECT_FIELDS)
    assert numbers_of(reading, "data") == data
    assert [total for total in own_totals(reading, ["local", "total"]) if not total.agrees] == []


def test_groups_that_carry_their_sums_as_text_are_no_projects():
    """A plan as provinces annex it: the money to carry it out by source, groups with their sums, commas in text."""
    fields = (
        Field("name", "Tên đề án"),
        Field("total", "Tổng dự toán", "money", ("Tổng số", "Tổng kinh phí")),
        Field("local", "Khuyến công địa phương", "money", ("KCĐP",)),
    )
    sheet = sheet_of(
        ("STT", "Tên đề án/ nhiệm vụ", "Kinh phí thực hiện", None, "Thời gian"),
        (None, None, "Tổng số", "KCĐP", None),
        ("A", "KHUYẾN CÔNG ĐỊA PHƯƠNG", "1.260,5", "710,5", None),
        ("I", "Hỗ trợ máy móc", "1.060,5", "510,5", None),
        ("1.1", "Máy nấu kẹo dừa", "500,5", "250,5", "01/2022"),
        ("1.2", "Máy se chỉ xơ dừa", "560,0", "260,0", "30.11.2022"),
        ("II", "Hội chợ", 200, 200, None),
        ("1", "Hội chợ khu vực", 200, 200, "Quý II/2022"),
        merged=(Merged(1, 0, 2, 0), Merged(1, 1, 2, 1), Merged(1, 2, 1, 3), Merged(1, 4, 2, 4)),
    )
    reading = recognise(sheet, fields)
    assert {column.letter: column.field_key for column in reading.columns if column.field_key} == {
        "B": "name", "C": "total", "D": "local",
    }  # fmt: skip
    assert numbers_of(reading, "group") == [3, 4, 7]
    assert [line.under[-1] for line in reading.data] == ["Hỗ trợ máy móc", "Hỗ trợ máy móc", "Hội chợ"]


def test_own_totals_tell_what_does_not_add_up():
    rows = [["TT", "Tên đề án", "Kinh phí KCĐP (đồng)"], [1, "May", 50], [2, "Thêu", 60], [None, "Tổng cộng", 120]]
    [total] = own_totals(recognise(sheet_of(*rows), FEW), ["local"])
    assert (total.number, total.label, total.written, total.counted, total.agrees) == (4, "Tổng cộng", 120, 110, False)


def test_remembered_heading_comes_first_and_no_field_twice():
    sheet = sheet_of(["TT", "Tên đề án", "Tên gọi khác", "KCĐP"], [1, "May", "Máy may", 5])
    assert keys_of(recognise(sheet, FEW)) == {"B": "name", "D": "local"}
    reading = recognise(sheet, FEW, {fold("Tên gọi khác"): "name", fold("KCĐP"): "gone"})
    assert keys_of(reading) == {"C": "name", "D": "local"}
    assert reading.column_of("name").certainty == "sure"
    chosen = reading.assigned({1: "name", 2: None})
    assert keys_of(chosen) == {"B": "name", "D": "local"}


def test_heading_is_not_believed_against_its_cells():
    sheet = sheet_of(["TT", "Tên đề án", "Kinh phí KCĐP"], *([number, f"Máy {number}", "xã An"] for number in range(5)))
    assert recognise(sheet, FEW).column_of("local").certainty == "likely"
    sheet = sheet_of(["TT", "Tên", "Mã đề án KCĐP"], [1, "May", "DA-1"])
    assert recognise(sheet, FEW).column_of("code").certainty == "likely"


def test_hidden_rows_and_columns_are_left_out_and_told():
    rows = [["TT", "Mã đề án", "Tên đề án"], [1, "DA-1", "May"], [2, "DA-2", "Thêu"]]
    reading = recognise(sheet_of(*rows, hidden_rows=frozenset({3}), hidden_columns=frozenset({1})), FEW)
    assert numbers_of(reading, "data") == [2]
    assert numbers_of(reading, "hidden") == [3]
    assert reading.column_of("code").certainty == "likely"
    assert reading.remarks == (
        "1 dòng đang ẩn không được đọc (dòng 3); bỏ ẩn rồi tải lại nếu cần.",
        "Cột đang ẩn: B.",
    )


def test_another_table_of_the_sheet_can_be_chosen():
    [sheet] = open_workbook(two_tables().stream(), "hai-bang.xlsx").sheets
    assert recognise(sheet, PROJECT_FIELDS).tables == (2, 8)
    staff = (Field("person", "Họ và tên"), Field("post", "Chức vụ"))
    other = recognise(sheet, staff, head_row=8)
    assert (other.head_rows, keys_of(other), numbers_of(other, "data")) == ((8,), {"B": "person", "C": "post"}, [9, 10])


@pytest.mark.parametrize(
    "rows", [[], [()], [("một chữ",)], [(1, 2, 3), (4, 5, 6)], [("a", None), (None, "b")], [("x" * 500, "y" * 500)]]
)
def test_sheet_without_a_table_is_no_failure(rows):
    reading = recognise(sheet_of(*rows), FEW)
    assert keys_of(reading) == {}
    assert all(number in range(len(rows) + 1) for number in reading.head_rows)


def test_unknown_headings_still_give_a_table_to_choose_in():
    reading = recognise(sheet_of(["Danh mục"], ["TT", "Cột lạ", "Cột khác"], [1, "a", "b"], [2, "c", "d"]), FEW)
    assert (reading.head_rows, numbers_of(reading, "data")) == ((2,), [3, 4])
    assert [column.certainty for column in reading.columns] == ["unknown"] * 3


def test_unit_of_money_is_proposed_from_the_size_of_the_sums():
    def unit(*sums):
        rows = [[number, "Máy", amount] for number, amount in enumerate(sums, start=1)]
        reading = recognise(sheet_of(["TT", "Tên đề án", "KCĐP"], *rows), FEW)
        return reading.money_unit, reading.unit_certainty

    assert unit(120.5, 300) == (1_000_000, "likely")
    assert unit(120_500_000, 300_000) == (1, "likely")
    assert unit(120_500, 300_000) == (1, "unknown")


@pytest.mark.parametrize(
    ("words", "unit"),
    [("triệu đồng", 10**6), ("Tr.đ", 10**6), ("trđ", 10**6), ("1.000 đ", 1000), ("1000 đồng", 1000),
     ("ngàn đồng", 1000),     ("tỷ đồng", 10**9), ("Đồng", 1), ("VNĐ", 1), ("người", None), ("cái", None)],
)  # fmt: skip
def test_unit_is_read_in_its_writings(words, unit):
    assert money_unit(words) == unit
    assert unit_of_note(f"Đơn vị tính: {words}") == unit
    assert unit_of_note(f"(ĐVT: {words})") == unit
    assert unit_of_heading(f"Kinh phí ({words})") == unit


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Tổng cộng", "total"), ("TỔNG SỐ:", "total"), ("Tổng cộng (I+II)", "total"), ("Cộng (A+B)", "total"),
     ("Tổng", "total"), ("Cộng", "subtotal"), ("Cộng mục I", "subtotal"), ("Cộng nhóm hỗ trợ máy móc", "subtotal"),
     ("Cộng: 4 cơ sở", "total"),
     ("Tổng I", "subtotal"), ("Cộng mang sang", "carried"), ("Cộng tác viên khuyến công", ""), ("Cộng đồng", ""),
     ("Tổng công ty Mía đường", ""), ("Tổng hợp báo cáo", ""), ("Tổng kho Long Đức", "")],
)  # fmt: skip
def test_words_of_sums_are_told_from_names(text, kind):
    assert sum_kind(text) == kind


@pytest.mark.parametrize(
    ("cell", "kind"),
    [("I", "roman"), ("IV.", "roman"), ("A", "capital"), ("a)", "small"), ("đ)", "small"), (1, "1"), ("1.", "1"),
     (1.1, "1.1"), ("2.10.3", "1.1.1"), ("(2)", "1"), ("-", "dash-"), ("+", "dash+"), ("Máy", ""), (None, ""),
     (True, "")],
)  # fmt: skip
def test_numbers_of_rows_have_their_kinds(cell, kind):
    assert marker_class(cell) == kind


# Random tables, dressed up as provinces do.

NAMES = st.text("ABCĐaăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạốồổỗộ ", min_size=4, max_size=30).map(
    lambda text: f"Máy {text.strip() or 'x'}"
)
AMOUNTS = st.integers(1, 9_000_000).map(lambda thousands: thousands / 1000)
PLACES = st.sampled_from(["xã An Hòa", "phường 5", "thị trấn Mỹ Phước"])
ROW = st.tuples(NAMES, PLACES, AMOUNTS, AMOUNTS)
TITLES = st.lists(st.sampled_from(["UBND TỈNH AN BÌNH", "KẾ HOẠCH NĂM 2025", "(Kèm theo Tờ trình số 5/TTr-SCT)", None]))
NOTES = st.lists(
    st.sampled_from(
        ["Ghi chú: số liệu đến tháng 6.", "Nơi nhận:", "An Bình, ngày 5 tháng 6 năm 2025", "GIÁM ĐỐC", None]
    )
)
DECORATED = (
    Field("name", "Tên đề án"),
    Field("address", "Địa điểm"),
    Field("local", "Kinh phí KCĐP", "money"),
    Field("own", "Vốn đối ứng", "money"),
)


@settings(max_examples=60, deadline=None)
@given(
    groups=st.lists(st.lists(ROW, min_size=1, max_size=4), min_size=1, max_size=3),
    titles=TITLES,
    notes=NOTES,
    has_groups=st.booleans(),
    has_subtotals=st.booleans(),
    has_total=st.booleans(),
    has_numbering=st.booleans(),
    is_two_level=st.booleans(),
    margin=st.integers(0, 2),
    blanks=st.integers(0, 2),
)
def test_data_of_a_dressed_up_table_comes_out_exactly(
    groups, titles, notes, has_groups, has_subtotals, has_total, has_numbering, is_two_level, margin, blanks
):
    rows = [[title] for title in titles] + [["Đơn vị tính: triệu đồng"]]
    if is_two_level:
        rows += [["TT", "Tên đề án", "Địa điểm", "Nguồn vốn", None], [None, None, None, "KCĐP", "Đối ứng"]]
    else:
        rows += [["TT", "Tên đề án", "Địa điểm", "Kinh phí KCĐP", "Vốn đối ứng"]]
    if has_numbering:
        rows.append(["(1)", "(2)", "(3)", "(4)", "(5)"])
    wanted = []
    for number, group in enumerate(groups):
        sums = [round(sum(row[column] for row in group), 3) for column in (2, 3)]
        if has_groups:
            rows.append([("I", "II", "III")[number], "Hỗ trợ nhóm", None, *sums])
        for place, row in enumerate(group, start=1):
            rows.append([place, *row])
            wanted.append((" ".join(row[0].split()), *row[1:]))
        if has_subtotals:
            rows.append([None, f"Cộng mục {('I', 'II', 'III')[number]}", None, *sums])
        rows += [[]] * blanks
    if has_total:
        totals = [round(sum(row[column] for group in groups for row in group), 3) for column in (2, 3)]
        rows.append(["Tổng cộng", None, None, *totals])
        rows += [[note] for note in notes]
    cells = [
        [None] * margin + [" ".join(cell.split()) if isinstance(cell, str) else cell for cell in row] for row in rows
    ]

    reading = recognise(sheet_of(*cells), DECORATED)

    keys = {column.field_key: column.index for column in reading.columns}
    found = [tuple(line.cells[keys[key]] for key in ("name", "address", "local", "own")) for line in reading.data]
    assert found == wanted
    assert reading.money_unit == 1_000_000
    assert [total for total in own_totals(reading, ["local", "own"]) if not total.agrees] == []


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.lists(
            st.one_of(
                st.none(),
                st.integers(-5, 3000),
                st.floats(allow_nan=False, allow_infinity=False),
                st.dates(),
                st.booleans(),
                st.sampled_from(
                    ["TT", "Tên đề án", "KCĐP", "I", "1.1", "Cộng", "Tổng cộng", "Ghi chú: x", "(1)", "xã A"]
                ),
                st.text(max_size=5),
            ),
            max_size=5,
        ),
        max_size=12,
    ),
    st.lists(st.tuples(st.integers(1, 12), st.integers(0, 4), st.integers(0, 3), st.integers(0, 3)), max_size=3),
)
def test_no_sheet_makes_it_fail_or_lose_a_row(rows, spans):
    merged = tuple(Merged(top, left, top + down, left + across) for top, left, down, across in spans)
    sheet = sheet_of(*rows, merged=merged)
    for fields in (FEW, FACILITY_FIELDS):
        reading = recognise(sheet, fields)
        assert [line.number for line in reading.lines] == list(range(1, len(rows) + 1))
        own_totals(reading, ["local", "workers"])
