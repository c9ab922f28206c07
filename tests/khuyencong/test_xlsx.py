import datetime
import io
import tracemalloc
import zipfile
from decimal import Decimal
from types import SimpleNamespace

import openpyxl
import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from python_calamine import CalamineWorkbook

from khuyencong.xlsx import MAX_NUMBER, Column, Group, SheetExporter, workbook_response, write_workbook

PRINTED_AT = datetime.datetime(2026, 11, 22, 2, 41, tzinfo=datetime.UTC)  # 09:41 in Vietnam
FIRST_ROW = 6  # organisation, title, printed line, unit line, head


class PaymentExporter(SheetExporter):
    title = "Danh mục đề án"
    filename = "danh-muc-de-an"
    unit_line = "Đơn vị tính: đồng"
    organisation = "Sở Công Thương"
    columns = (
        Column("Tên đề án", lambda row: row.name),
        Column("Kinh phí", lambda row: row.amount, "vnd", total=True),
        Column("Số lao động", lambda row: row.workers, "integer", total=True),
        Column("Ngày", lambda row: row.day, "date"),
    )


def payment(name="Đề án", amount=150_000_000, workers=None, day=None):
    return SimpleNamespace(name=name, amount=amount, workers=workers, day=day)


def exporter_of(*columns, **attributes):
    return type(
        "OneOffExporter", (SheetExporter,), {"title": "Biểu", "filename": "bieu", "columns": columns} | attributes
    )


def stream_of(exporter):
    stream = io.BytesIO()
    exporter.write(stream)
    return stream


def sheet_of(exporter, *, cached=False):
    return openpyxl.load_workbook(stream_of(exporter), data_only=cached).active


def written(value, kind="text", **options):
    """The one data cell of a sheet whose only column shows `value`; numbering is off, titles take two rows."""
    exporter = exporter_of(Column("Cột", lambda row: row, kind, **options), numbered=False)
    return sheet_of(exporter([value], printed_at=PRINTED_AT))["A4"]


def row_values(sheet, line):
    return tuple(cell.value for cell in sheet[line])


# Layout


def test_sheet_reads_from_title_to_total():
    rows = [payment("Sấy lạnh", 150_000_000, 25, datetime.date(2026, 11, 2)), payment("Cơm dừa", 0)]
    sheet = sheet_of(PaymentExporter(rows, printed_at=PRINTED_AT, printed_by="Đỗ Thị Bích Ngân"))

    assert list(sheet.values) == [
        ("SỞ CÔNG THƯƠNG", None, None, None, None),
        ("DANH MỤC ĐỀ ÁN", None, None, None, None),
        ("Xuất lúc 09:41 ngày 22/11/2026 – Đỗ Thị Bích Ngân", None, None, None, None),
        ("Đơn vị tính: đồng", None, None, None, None),
        ("STT", "Tên đề án", "Kinh phí", "Số lao động", "Ngày"),
        (1, "Sấy lạnh", 150_000_000, 25, datetime.datetime(2026, 11, 2)),
        (2, "Cơm dừa", 0, None, None),
        ("Tổng cộng", None, "=SUBTOTAL(9,C6:C7)", "=SUBTOTAL(9,D6:D7)", None),
    ]


def test_sheet_shows_filter_lines_and_closing_lines():
    exporter = exporter_of(Column("A", str), Column("B", str), Column("C", str), numbered=False)(
        ["x"],
        organisation="Trung tâm Khuyến công",
        subtitle_lines=["Năm 2026", "Nguồn: KCĐP"],
        printed_at=PRINTED_AT,
        closing_lines=["Ghi chú", ("Người lập", "Giám đốc"), ("", "Lê Văn Phúc")],
    )
    sheet = sheet_of(exporter)

    assert [row[0] for row in sheet.iter_rows(max_row=5, values_only=True)] == [
        "TRUNG TÂM KHUYẾN CÔNG",
        "BIỂU",
        "Năm 2026",
        "Nguồn: KCĐP",
        "Xuất lúc 09:41 ngày 22/11/2026",
    ]
    assert list(sheet.iter_rows(min_row=8, values_only=True)) == [
        (None, None, None),
        ("Ghi chú", None, None),
        ("Người lập", "Giám đốc", None),
        (None, "Lê Văn Phúc", None),
    ]
    assert "B10:C10" in sheet.merged_cells


def test_more_signatures_than_columns_are_refused():
    exporter = exporter_of(Column("A", str), numbered=False)(["x"], closing_lines=[("Bên A", "Bên B")])
    with pytest.raises(ValueError, match="2 texts side by side do not fit under 1 columns"):
        exporter.write(io.BytesIO())


def test_head_stands_still_repeats_and_filters():
    sheet = sheet_of(PaymentExporter([payment(), payment()], printed_at=PRINTED_AT))

    assert sheet.freeze_panes == "A6"
    assert sheet.print_title_rows == "$5:$5"
    assert sheet.auto_filter.ref == "A5:E7"  # without the total below
    head = sheet["B5"]
    assert (head.font.b, head.alignment.wrap_text, head.fill.patternType, head.border.top.style) == (
        True,
        True,
        "solid",
        "thin",
    )
    assert {cell.border.bottom.style for cell in sheet[6]} == {"thin"}


def test_page_is_a4_landscape_and_one_page_wide():
    sheet = sheet_of(PaymentExporter([payment()]))
    setup = sheet.page_setup

    assert (setup.orientation, setup.paperSize, setup.fitToWidth, setup.fitToHeight) == ("landscape", 9, None, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage is True
    assert sheet.oddFooter.center.text == "Trang &P/&N"


def test_portrait_sheet_keeps_the_paper_upright():
    sheet = sheet_of(exporter_of(Column("A", str), landscape=False)(["x"]))
    assert sheet.page_setup.orientation == "portrait"


def test_two_level_head_merges_groups_across_and_others_down():
    exporter = exporter_of(
        Column("Tên", lambda row: "x"),
        Column("KCQG", lambda row: 1, "vnd", group="Nguồn"),
        Column("KCĐP", lambda row: 2, "vnd", group="Nguồn"),
        Column("Bắt đầu", lambda row: None, "date", group="Thời gian"),
        Column("Ghi chú", lambda row: None),
    )
    sheet = sheet_of(exporter([1], printed_at=PRINTED_AT))

    assert row_values(sheet, 3) == ("STT", "Tên", "Nguồn", None, "Thời gian", "Ghi chú")
    assert row_values(sheet, 4) == (None, None, "KCQG", "KCĐP", "Bắt đầu", None)
    assert {str(area) for area in sheet.merged_cells if area.max_row in (3, 4)} == {
        "A3:A4",
        "B3:B4",
        "C3:D3",
        "F3:F4",
    }
    assert (sheet.freeze_panes, sheet.print_title_rows, sheet.auto_filter.ref) == ("A5", "$3:$4", "A4:F5")


def test_body_font_is_not_replaced_by_the_theme():
    styles = zipfile.ZipFile(stream_of(PaymentExporter([payment()]))).read("xl/styles.xml").decode()
    assert "Times New Roman" in styles
    assert "<scheme" not in styles


def test_document_properties_carry_title_author_and_print_time():
    properties = openpyxl.load_workbook(stream_of(PaymentExporter([], printed_at=PRINTED_AT))).properties
    assert (properties.title, properties.creator, properties.created) == (
        "Danh mục đề án",
        "Sở Công Thương",
        datetime.datetime(2026, 11, 22, 2, 41),
    )


def test_same_rows_and_time_give_the_same_bytes():
    first, second = (stream_of(PaymentExporter([payment()], printed_at=PRINTED_AT)).getvalue() for _ in range(2))
    assert first == second


# Widths and heights


def widths_of(exporter):
    return {letter: dimension.width for letter, dimension in sheet_of(exporter).column_dimensions.items()}


def test_number_column_is_as_wide_as_its_total():
    amount = Column("Tiền", lambda row: row, "vnd", total=True)
    narrow = widths_of(exporter_of(Column("A", str), amount)([1, 2]))["C"]
    wide = widths_of(exporter_of(Column("A", str), amount)([500_000_000_000_000, 499_999_999_999_999]))["C"]
    assert narrow < 10
    assert wide > len("999999999999999") + 3


def test_text_column_is_bounded_and_explicit_width_is_kept():
    columns = (Column("Dài", lambda row: "chữ " * 200), Column("Ngắn", lambda row: "x", width=30))
    widths = widths_of(exporter_of(*columns)([1]))
    assert widths["B"] == pytest.approx(42, abs=1)
    assert widths["C"] == pytest.approx(30, abs=1)


def test_crowded_page_takes_room_from_text_only():
    columns = [Column(f"Nội dung {n}", lambda row: "nội dung chính của đề án " * 4) for n in range(8)]
    columns += [Column("Kinh phí", lambda row: 123_456_789_012_345, "vnd")]
    crowded = widths_of(exporter_of(*columns)([1]))
    roomy = widths_of(exporter_of(columns[0], columns[-1])([1]))
    assert crowded["J"] == roomy["C"]
    assert crowded["B"] < roomy["B"]
    assert sum(crowded.values()) < 205


def test_crowded_page_does_not_break_codes():
    columns = [Column(f"Nội dung {n}", lambda row: "nội dung chính của đề án " * 4) for n in range(15)]
    exporter = exporter_of(*columns, Column("Mã", lambda row: "1500000000-001"), numbered=False)
    assert widths_of(exporter([1]))["P"] > len("1500000000-001")


def test_long_text_makes_its_row_high():
    sheet = sheet_of(
        exporter_of(Column("Nội dung", str))(["ngắn", "chữ " * 100, "một\nhai\nba"], printed_at=PRINTED_AT)
    )
    heights = [sheet.row_dimensions[line].height for line in (4, 5, 6)]
    assert heights[0] < heights[2] < heights[1]


# Groups and sums


def grouped_exporter():
    return PaymentExporter(
        [
            Group("Chuyển giao công nghệ", [payment(amount=100, workers=3), payment(amount=250)]),
            Group("Hội chợ", []),
            Group("Truyền thông", (payment(amount=amount) for amount in (7, None))),
        ],
        printed_at=PRINTED_AT,
    )


def test_groups_carry_numerals_and_sums_and_restart_the_numbering():
    sheet = sheet_of(grouped_exporter())

    assert [row[:4] for row in sheet.iter_rows(min_row=FIRST_ROW, values_only=True)] == [
        ("I.", "Chuyển giao công nghệ", "=SUBTOTAL(9,C7:C8)", "=SUBTOTAL(9,D7:D8)"),
        (1, "Đề án", 100, 3),
        (2, "Đề án", 250, None),
        ("II.", "Hội chợ", 0, 0),
        ("III.", "Truyền thông", "=SUBTOTAL(9,C11:C12)", "=SUBTOTAL(9,D11:D12)"),
        (1, "Đề án", 7, None),
        (2, "Đề án", None, None),
        ("Tổng cộng", None, "=SUBTOTAL(9,C6:C12)", "=SUBTOTAL(9,D6:D12)"),
    ]
    assert sheet["B6"].font.b is True
    assert sheet.auto_filter.ref is None


def test_cached_sums_are_the_sums_of_the_rows():
    stream = stream_of(grouped_exporter())
    cached = openpyxl.load_workbook(stream, data_only=True).active
    stream.seek(0)
    calamine = CalamineWorkbook.from_filelike(stream).get_sheet_by_index(0).to_python()

    assert [cached.cell(line, 3).value for line in range(6, 14)] == [350, 100, 250, 0, 7, 7, None, 357]
    assert [row[2] for row in calamine[5:]] == [350, 100, 250, 0, 7, 7, "", 357]
    assert [cached.cell(line, 4).value for line in (6, 9, 10, 13)] == [3, 0, 0, 3]


def test_group_title_spans_up_to_the_first_sum():
    columns = [Column(name, str) for name in "AB"] + [Column("Tiền", lambda row: 1, "vnd", total=True)]
    sheet = sheet_of(exporter_of(*columns)([Group("Nhóm", ["x"])], printed_at=PRINTED_AT))
    assert {"B4:C4", "A6:C6"} <= {str(area) for area in sheet.merged_cells}


def test_group_title_and_numeral_share_a_cell_without_numbering():
    exporter = exporter_of(Column("Tên", str), Column("Tiền", lambda row: 1, "vnd", total=True), numbered=False)
    sheet = sheet_of(exporter([Group("Nhóm", ["x"])], printed_at=PRINTED_AT))
    assert row_values(sheet, 4) == ("I. Nhóm", "=SUBTOTAL(9,B5:B5)")
    assert row_values(sheet, 5) == ("x", 1)


def test_hundred_groups_keep_counting_in_roman():
    sheet = sheet_of(PaymentExporter([Group("Nhóm", []) for _ in range(100)], printed_at=PRINTED_AT))
    numerals = [sheet.cell(line, 1).value for line in range(FIRST_ROW, FIRST_ROW + 100)]
    assert [numerals[n - 1] for n in (4, 9, 14, 40, 49, 88, 90, 100)] == [
        "IV.",
        "IX.",
        "XIV.",
        "XL.",
        "XLIX.",
        "LXXXVIII.",
        "XC.",
        "C.",
    ]


@pytest.mark.parametrize(
    "rows",
    [[Group("I", []), payment()], [payment(), Group("I", [])], [Group("I", [Group("A", [])])]],
)
def test_rows_and_groups_do_not_mix(rows):
    with pytest.raises(TypeError, match="either rows or Groups"):
        PaymentExporter(rows).write(io.BytesIO())


def test_empty_sheet_says_so_and_has_no_sums():
    sheet = sheet_of(PaymentExporter([], printed_at=PRINTED_AT))
    assert row_values(sheet, FIRST_ROW) == ("Không có dòng nào.", None, None, None, None)
    assert sheet.max_row == FIRST_ROW
    assert sheet.auto_filter.ref is None


def test_sheet_without_sums_has_no_total_row():
    sheet = sheet_of(exporter_of(Column("Tên", str))(["x"], printed_at=PRINTED_AT))
    assert sheet.max_row == 4


def test_decimal_sum_is_exact():
    exporter = exporter_of(Column("Tên", str), Column("Tấn", lambda row: row, "decimal", total=True))
    sheet = sheet_of(exporter([0.1, Decimal("0.2"), 1], printed_at=PRINTED_AT), cached=True)
    assert sheet["C7"].value == 1.3


# Values


@pytest.mark.parametrize(
    ("kind", "value", "shown", "number_format"),
    [
        ("text", "0237044662", "0237044662", "@"),
        ("text", 2026, "2026", "@"),
        ("text", True, "Có", "@"),
        ("vnd", 150_000_000, 150_000_000, "#,##0"),
        ("vnd", Decimal("150000000.00"), 150_000_000, "#,##0"),
        ("vnd", -5, -5, "#,##0"),
        ("vnd", 0, 0, "#,##0"),
        ("integer", 12, 12, "#,##0"),
        ("year", 2026, 2026, "0"),
        ("decimal", Decimal("2.50"), 2.5, "#,##0.##"),
        ("percent", 72.5, 72.5, "0.0"),
        ("date", datetime.date(2026, 2, 5), datetime.datetime(2026, 2, 5), "dd/mm/yyyy"),
        ("date", PRINTED_AT, datetime.datetime(2026, 11, 22), "dd/mm/yyyy"),
        (
            "date",
            datetime.datetime(2026, 11, 21, 18, tzinfo=datetime.UTC),
            datetime.datetime(2026, 11, 22),
            "dd/mm/yyyy",
        ),
        ("datetime", PRINTED_AT, datetime.datetime(2026, 11, 22, 9, 41), "dd/mm/yyyy hh:mm"),
        ("date", datetime.date(1899, 5, 1), "01/05/1899", "dd/mm/yyyy"),
        ("date", datetime.date(1900, 3, 1), datetime.datetime(1900, 3, 1), "dd/mm/yyyy"),
    ],
)
def test_value_is_written_as_its_kind(kind, value, shown, number_format):
    cell = written(value, kind)
    assert (cell.value, cell.number_format) == (shown, number_format)


@pytest.mark.parametrize("kind", ["text", "vnd", "date"])
@pytest.mark.parametrize("value", [None, ""])
def test_nothing_is_a_blank_cell_with_a_border(kind, value):
    cell = written(value, kind)
    assert (cell.value, cell.border.left.style) == (None, "thin")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("vnd", 1.5),
        ("vnd", "150"),
        ("vnd", True),
        ("integer", Decimal("0.1")),
        ("decimal", float("nan")),
        ("decimal", Decimal("Infinity")),
        ("text", datetime.date(2026, 1, 1)),
        ("text", 1.5),
        ("date", "22/11/2026"),
        ("datetime", datetime.date(2026, 1, 1)),
    ],
)
def test_value_that_is_not_of_its_kind_is_refused_with_its_place(kind, value):
    with pytest.raises(ValueError, match=r"^Biểu, row 4, column “Cột”: .*"):
        written(value, kind)


@pytest.mark.parametrize("sign", [1, -1])
def test_fifteen_digits_are_exact_and_sixteen_refused(sign):
    assert written(sign * MAX_NUMBER, "vnd").value == sign * 999_999_999_999_999
    for value in (sign * (MAX_NUMBER + 1), sign * (2**53 + 1)):
        with pytest.raises(ValueError, match="15 digits"):
            written(value, "vnd")


def test_sum_beyond_fifteen_digits_is_refused():
    with pytest.raises(ValueError, match="Sum of column “Kinh phí”.*15 digits"):
        PaymentExporter([payment(amount=MAX_NUMBER), payment(amount=1)]).write(io.BytesIO())


def test_column_of_unknown_kind_or_without_sum_is_refused():
    with pytest.raises(ValueError, match="no kind 'money'"):
        Column("A", str, "money")
    with pytest.raises(ValueError, match="date values have no sum"):
        Column("A", str, "date", total=True)
    with pytest.raises(ValueError, match="first column"):
        exporter_of(Column("A", int, "vnd", total=True), numbered=False)([])


# Text


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+84 270 3822",
        "-5",
        "@SUM(A1)",
        "\t=1+1",
        "\n=1+1",
        '=HYPERLINK("http://example.invalid","x")',
        "=cmd|' /C calc'!A0",
        "<r><t>chữ</t></r>",
        "<r>a & b</r>",
        "http://example.invalid",
        "1e5",
        "TRUE",
        "  hai đầu trống  ",
        "Cần Thơ – “Đặc sản” ② 🥥 ₫",
    ],
)
def test_text_stays_exactly_that_text(text):
    cell = written(text)
    assert (cell.value, cell.data_type, cell.number_format) == (text, "s", "@")


def test_text_of_titles_groups_and_heads_stays_text_too():
    exporter = exporter_of(Column("=1+1", str, group="<r>&</r>"), title="=A1", unit_line="@x", organisation="+x")
    rows = [Group("<r><b/></r>", ["x"])]
    sheet = sheet_of(exporter(rows, printed_at=PRINTED_AT, subtitle_lines=["<r>Lọc: <b></r>"]))
    assert [sheet.cell(line, 1).value for line in (1, 2, 3, 5)] == ["+X", "=A1", "<r>Lọc: <b></r>", "@x"]
    assert [sheet.cell(line, 2).value for line in (6, 7, 8)] == ["<r>&</r>", "=1+1", "<r><b/></r>"]
    assert {cell.data_type for row in sheet for cell in row} == {"s", "n"}


def test_text_is_composed_and_freed_of_forbidden_characters():
    assert written("Tra\u0300\x00 Vinh\x0b\ud800\uffff").value == "Trà Vinh"


def test_line_breaks_are_kept_as_one_kind():
    assert written("một\r\nhai\rba").value == "một\nhai\nba"


def test_escape_lookalike_is_protected():
    xml = zipfile.ZipFile(stream_of(exporter_of(Column("A", str))(["_x000D_ _xyz"]))).read("xl/worksheets/sheet1.xml")
    assert b"<t>_x005F_x000D_ _xyz</t>" in xml


@pytest.mark.parametrize(
    ("text", "kept"),
    [("ă" * 32_767, "ă" * 32_767), ("ă" * 32_768, "ă" * 32_766 + "…"), ("🥥" * 16_384, "🥥" * 16_383 + "…")],
)
def test_text_longer_than_a_cell_ends_with_an_ellipsis(text, kept):
    assert written(text).value == kept


# Workbooks, responses, rows


def test_workbook_holds_a_sheet_for_each_exporter():
    stream = io.BytesIO()
    long_title = exporter_of(Column("A", str), title="Biểu tổng hợp [đăng ký] kế hoạch 2026/2027")
    named = exporter_of(Column("A", str), sheet_name="'KCQG: 2026'")
    write_workbook(stream, [long_title(["a"]), long_title(["b"]), named(["c"])])
    workbook = openpyxl.load_workbook(stream)

    assert workbook.sheetnames == [
        "Biểu tổng hợp -đăng ký- kế hoạch"[:31],
        "Biểu tổng hợp -đăng ký- kế (2)",
        "KCQG- 2026",
    ]
    assert [sheet["B4"].value for sheet in workbook] == ["a", "b", "c"]


def test_response_is_a_dated_attachment():
    response = PaymentExporter([payment()], printed_at=PRINTED_AT).as_response()
    body = response.getvalue()
    response.file_to_stream.close()

    assert response["Content-Disposition"] == 'attachment; filename="danh-muc-de-an_2026-11-22.xlsx"'
    assert response["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert int(response["Content-Length"]) == len(body)
    assert openpyxl.load_workbook(io.BytesIO(body)).active["C6"].value == 150_000_000


def test_response_is_dated_by_the_day_in_vietnam():
    late = datetime.datetime(2026, 11, 22, 17, 30, tzinfo=datetime.UTC)
    response = workbook_response([PaymentExporter([], printed_at=late)])
    response.file_to_stream.close()
    assert response["Content-Disposition"] == 'attachment; filename="danh-muc-de-an_2026-11-23.xlsx"'


def test_print_time_is_now_unless_told():
    before = timezone.now()
    assert before <= PaymentExporter([]).printed_at <= timezone.now()


def test_rows_are_read_once_and_from_any_iterable():
    rows = iter([payment("a"), payment("b")])
    sheet = sheet_of(PaymentExporter(rows, printed_at=PRINTED_AT))
    assert [sheet["B6"].value, sheet["B7"].value, next(rows, None)] == ["a", "b", None]


@pytest.mark.django_db
def test_queryset_is_read_in_portions(django_assert_num_queries):
    User = get_user_model()
    rows = User.objects.order_by("username")
    with django_assert_num_queries(1):
        stream_of(exporter_of(Column("Tài khoản", lambda user: user.username))(rows))
    assert rows._result_cache is None


def test_memory_does_not_grow_with_the_rows(tmp_path):
    def peak(count):
        rows = (payment(f"Đề án số {n}", n, n, datetime.date(2026, 1, 1)) for n in range(count))
        tracemalloc.start()
        try:
            with (tmp_path / "large.xlsx").open("wb") as stream:
                PaymentExporter([Group("Tất cả", rows)]).write(stream)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)  # what the first workbook imports and caches
    assert peak(12_000) < 2 * 1024 * 1024
