"""Tables of data in a Word file."""

import pytest
from docx.oxml.ns import qn

from khuyencong.word.elements import millimetres
from khuyencong.word.sheet import column_width
from tests.khuyencong.word_files import find, texts, value, word

TEXT_WIDTH = millimetres(210) - millimetres(30) - millimetres(15)
PLAN = """
<table class="data">
  <colgroup><col class="c-no"><col><col class="c-money-m"><col class="c-money-m"></colgroup>
  <thead>
    <tr><th rowspan="2">STT</th><th rowspan="2">Nội dung</th><th colspan="2">Kinh phí</th></tr>
    <tr><th>Hỗ trợ</th><th>Đối ứng</th></tr>
    <tr class="column-numbers"><td>(1)</td><td>(2)</td><td>(3)</td><td>(4)</td></tr>
  </thead>
  <tbody>
    <tr class="group"><td class="centre">I</td><td colspan="2">Nhóm đầu</td><td class="amount">5</td></tr>
    <tr><td class="centre">1</td><td>Máy sấy<span class="detail">Địa điểm: xã An</span></td>
      <td class="amount">1.500.000</td><td class="amount changed">trên 2.000.000</td></tr>
    <tr class="subtotal"><td></td><td>Cộng</td><td class="amount">1.500.000</td><td class="amount">2.000.000</td></tr>
    <tr class="total"><td></td><td>Tổng cộng</td><td class="amount">1.500.000</td><td class="amount">2.000.000</td></tr>
  </tbody>
</table>"""


@pytest.fixture(scope="module")
def plan():
    return word(f'<div class="body">{PLAN}</div>')


def widths(table):
    return [round(column.width.mm, 1) for column in table.columns]


def of(columns, css="data", around="body"):
    """The table of a row with these columns."""
    row = "".join("<td>1</td>" for _ in columns)
    group = "".join(f'<col class="{column}">' if column else "<col>" for column in columns)
    html = f'<table class="{css}"><colgroup>{group}</colgroup><tbody><tr>{row}</tr></tbody></table>'
    return word(f'<section class="{around}">{html}</section>').tables[0]


def test_cells_keep_their_texts_and_merges(plan):
    assert texts(plan.tables[0]) == [
        ["STT", "Nội dung", "Kinh phí", "Kinh phí"],
        ["STT", "Nội dung", "Hỗ trợ", "Đối ứng"],
        ["(1)", "(2)", "(3)", "(4)"],
        ["I", "Nhóm đầu", "Nhóm đầu", "5"],
        ["1", "Máy sấy\nĐịa điểm: xã An", "1.500.000", "trên\u00a02.000.000"],
        ["", "Cộng", "1.500.000", "2.000.000"],
        ["", "Tổng cộng", "1.500.000", "2.000.000"],
    ]


def test_head_is_repeated_and_no_row_is_torn(plan):
    rows = plan.tables[0]._tbl.tr_lst
    assert [row.trPr.find(qn("w:tblHeader")) is not None for row in rows] == [True] * 3 + [False] * 4
    assert all(row.trPr.find(qn("w:cantSplit")) is not None for row in rows)


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("Kinh phí", "Đầu bảng"),
        ("(3)", "Số cột"),
        ("Nhóm đầu", "Ô nhóm"),
        ("5", "Ô nhóm, số"),
        ("Máy sấy", "Ô bảng"),
        ("1", "Ô bảng, giữa"),
        ("1.500.000", "Ô bảng, số"),
        ("trên\u00a02.000.000", "Ô thay đổi, số"),
        ("Cộng", "Ô cộng nhóm"),
        ("Tổng cộng", "Ô tổng"),
    ],
)
def test_cell_has_the_style_of_its_row_and_kind(plan, text, style):
    lines = [line for row in plan.tables[0].rows for cell in row.cells for line in cell.paragraphs]
    assert next(line for line in lines if line.text.split("\n")[0] == text).style.name == style


def test_head_is_as_high_as_its_merged_cells_need():
    columns = '<colgroup><col class="c-no"><col class="c-state"><col><col></colgroup>'
    top = "<th rowspan=2>STT</th><th rowspan=2>Đơn vị thực hiện; đơn vị phối hợp</th><th colspan=2>Tiền</th>"
    head = f"<thead><tr>{top}</tr><tr><th>A</th><th>B</th></tr></thead>"
    table = word(f'<table class="data">{columns}{head}<tbody><tr><td>1</td></tr></tbody></table>').tables[0]
    heights = [value(row._tr, "w:trPr/w:trHeight") for row in table.rows]
    line, sides = 12 * 1.15 * 20, 2 * millimetres(1)
    # Three lines of the merged cell, less the row above.
    assert heights == [None, str(round(3 * line) + sides - (round(line) + sides)), None]


def test_head_without_merged_cells_finds_its_height_itself(plan):
    assert [value(row._tr, "w:trPr/w:trHeight") for row in plan.tables[0].rows] == [None] * 7


def test_small_table_has_small_styles():
    table = of(["c-no", ""], "data small")
    assert table.cell(0, 0).paragraphs[0].style.name == "Ô bảng, nhỏ"
    assert table.style.name == "Bảng số liệu, nhỏ"


def test_group_stays_with_its_first_row_and_the_total_with_its_last(plan):
    rows = [row.cells[1].paragraphs[0].paragraph_format.keep_with_next for row in plan.tables[0].rows]
    assert rows == [True, True, True, True, True, True, None]


def test_widths_are_those_of_the_sheet_and_together_the_text(plan):
    assert widths(plan.tables[0]) == [10, 99, 28, 28]
    assert value(plan.tables[0]._tbl, "w:tblPr/w:tblW", "w") == str(TEXT_WIDTH)
    assert value(plan.tables[0]._tbl, "w:tblPr/w:tblLayout", "type") == "fixed"


@pytest.mark.parametrize(
    ("columns", "css", "around", "expected"),
    [
        (["c-no", "", ""], "data", "body", [10, 77.5, 77.5]),
        (["c-no", "c-unit", ""], "data small", "body", [9.5, 15, 140.5]),
        (["c-no", "c-unit", ""], "data small roomy", "body", [9.5, 17, 138.5]),
        (["c-no", "c-spec", ""], "data", "wide body", [10, 27, 215]),
        (["c-vnd c-vnd-13", ""], "data", "body", [27.3, 137.7]),
        (["c-vnd c-vnd-13", ""], "data small", "body", [25, 140]),
        (["c-vnd c-vnd-3", ""], "data", "body", [24.1, 140.9]),
        (["c-no", "c-no"], "data", "body", [82.5, 82.5]),
        (["c-money"] * 6 + [""], "data", "body", [25.9] * 6 + [9.9]),
    ],
)
def test_columns_are_as_wide_as_in_the_pdf(columns, css, around, expected):
    assert widths(of(columns, css, around)) == pytest.approx(expected, abs=0.3)


def test_later_and_closer_rules_of_the_sheet_count():
    assert column_width(["c-spec"], {"data"}, 12) == millimetres(26)
    assert column_width(["c-spec"], {"data", "small"}, 11) == millimetres(20)
    assert column_width(["c-spec"], {"data", "small", "wide"}, 11) == millimetres(27)
    assert column_width(["c-nowhere"], {"data"}, 12) is None


def test_row_of_too_few_cells_is_filled_up():
    html = '<table class="data"><tbody><tr><td>a</td><td>b</td><td>c</td></tr><tr><td>d</td></tr></tbody></table>'
    assert texts(word(html).tables[0]) == [["a", "b", "c"], ["d", "", ""]]


def test_cell_in_the_middle_can_reach_down():
    rows = ("<td>a</td><td rowspan=3>b</td><td>c</td>", "<td>d</td><td>e</td>", "<td>f</td><td>g</td>")
    html = f'<table class="data"><tbody><tr>{"</tr><tr>".join(rows)}</tr></tbody></table>'
    assert texts(word(html).tables[0]) == [["a", "b", "c"], ["d", "b", "e"], ["f", "b", "g"]]


def test_merged_cell_beyond_a_short_row_reaches_down():
    rows = ("<td>a</td><td>b</td><td rowspan=3>c</td>", "<td>d</td>", "<td>e</td><td>f</td>", "<td>g</td>")
    html = f'<table class="data"><tbody><tr>{"</tr><tr>".join(rows)}</tr></tbody></table>'
    assert texts(word(html).tables[0]) == [["a", "b", "c"], ["d", "", "c"], ["e", "f", "c"], ["g", "", ""]]


def test_blocks_of_a_cell_become_paragraphs():
    table = word(
        '<table class="data"><tbody><tr><td>a<p>b</p><ul class="dashes"><li>c</li></ul></td></tr></tbody></table>'
    ).tables[0]
    assert [line.text for line in table.cell(0, 0).paragraphs] == ["a", "b", "c"]


def test_amount_stays_on_one_line_unless_it_may_wrap():
    row = '<td class="amount">trên 1</td><td class="amount wrap">trên 2</td>'
    html = f'<table class="data"><tbody><tr>{row}</tr></tbody></table>'
    assert texts(word(html).tables[0]) == [["trên\u00a01", "trên 2"]]


@pytest.mark.parametrize(
    ("amount", "left", "letters"),
    [
        ("99.999.999.999", None, None),
        ("999.999.999.999", "23", None),
        ("999.999.000.000.000", "23", "80"),
        ("9" * 60, "23", "50"),
    ],
)
def test_amount_too_long_for_its_column_is_narrowed_not_broken(amount, left, letters):
    columns = '<colgroup><col><col class="c-money"></colgroup>'
    html = f'<table class="data">{columns}<tbody><tr><td>a</td><td class="amount">{amount}</td></tr></tbody></table>'
    cell = word(html).tables[0].cell(0, 1)
    assert value(cell._tc, "w:tcPr/w:tcMar/w:left", "w") == left
    assert value(cell._tc, "w:tcPr/w:tcMar/w:right", "w") is None  # figures stay below each other
    assert value(cell._tc, "w:p/w:r/w:rPr/w:w") == letters
    assert cell.text == amount


def test_two_tables_in_a_row_stay_two():
    html = '<table class="data"><tbody><tr><td>a</td></tr></tbody></table>'
    document = word(html + html)
    assert len(document.tables) == 2
    assert [line.style.name for line in document.paragraphs] == ["Dòng trống", "Dòng trống"]


def test_table_stands_off_the_heading_above_it():
    html = '<h3>Hồ sơ</h3><table class="data"><tbody><tr><td>a</td></tr></tbody></table>'
    assert find(word(f'<div class="body">{html}</div>'), "Hồ sơ").paragraph_format.space_after.pt == 4
