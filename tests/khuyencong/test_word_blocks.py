"""Letterhead, title and signatures of a Word file."""

import pytest
from docx.oxml.ns import qn

from khuyencong.word.elements import millimetres
from khuyencong.word.measures import text_length
from khuyencong.word.styles import STYLES
from tests.khuyencong.word_files import find, texts, told, value, word

LETTERHEAD = """
<header class="letterhead">
  <div class="issuer"><p class="parent">UBND tỉnh<br>Vĩnh Long</p>
    <p class="agency"><span class="ruled">Sở Công Thương</span></p></div>
  <div class="nation"><p class="country">Cộng hòa xã hội chủ nghĩa Việt Nam</p>
    <p class="motto"><span class="ruled-full">Độc lập - Tự do - Hạnh phúc</span></p></div>
  <p class="number">Số: <span class="blank">&nbsp;......</span>/TB-SCT</p>
  <p class="dateline">Vĩnh Long, ngày 05 tháng 01 năm 2026</p>
  <p class="subject">V/v bổ sung hồ sơ</p>
</header>"""
TEXT_WIDTH = millimetres(165)


def signature(name, *heads, party=""):
    lines = "".join(f'<p class="capacity">{head}</p>' for head in heads)
    first = f'<p class="party">{party}</p>' if party else ""
    return f'<div class="signature">{first}{lines}<p class="name">{name}</p></div>'


def parties(count, css=""):
    blocks = "".join(signature(f"Người {number}", "Giám đốc", party=f"Bên {number}") for number in range(1, count + 1))
    return word(f'<div class="parties {css}">{blocks}</div>').tables[0]


def rule(line, width):
    """The length of the border under an empty line, in twentieths of a point."""
    assert value(line._p.pPr, "w:pBdr/w:bottom") == "single"
    return width - 2 * int(value(line._p.pPr, "w:ind", "left"))


def kept(table):
    return [row.cells[0].paragraphs[0].paragraph_format.keep_with_next for row in table.rows]


@pytest.fixture(scope="module")
def letterhead():
    return word("<p>Một</p>", before=LETTERHEAD).tables[0]


def test_letterhead_has_issuer_and_nation_side_by_side(letterhead):
    looks = [
        [[(line.style.name, line.text) for line in cell.paragraphs if line.text] for cell in row.cells]
        for row in letterhead.rows
    ]
    assert looks == [
        [
            [("Cơ quan chủ quản", "UBND tỉnh\nVĩnh Long"), ("Cơ quan ban hành", "Sở Công Thương")],
            [("Quốc hiệu", "Cộng hòa xã hội chủ nghĩa Việt Nam"), ("Tiêu ngữ", "Độc lập - Tự do - Hạnh phúc")],
        ],
        [
            [("Số, ký hiệu", "Số: \u00a0....../TB-SCT"), ("Về việc", "V/v bổ sung hồ sơ")],
            [("Địa danh, ngày tháng", "Vĩnh Long, ngày 05 tháng 01 năm 2026")],
        ],
    ]


def test_letterhead_has_no_borders(letterhead):
    assert letterhead.style.name == "Bảng bố cục"
    assert letterhead._tbl.find(f".//{qn('w:tblBorders')}") is None


def test_rule_under_the_motto_is_as_long_as_the_text(letterhead):
    cell = letterhead.cell(0, 1)
    width = cell._tc.width.twips
    assert rule(cell.paragraphs[2], width) == pytest.approx(
        text_length("Độc lập - Tự do - Hạnh phúc", STYLES["Tiêu ngữ"]), abs=2
    )


def test_rule_under_the_agency_is_between_a_third_and_a_half(letterhead):
    cell = letterhead.cell(0, 0)
    width = cell._tc.width.twips - millimetres(3)
    share = rule(cell.paragraphs[2], width) / text_length("Sở Công Thương", STYLES["Cơ quan ban hành"])
    assert 1 / 3 < share < 1 / 2


def test_nation_fits_its_column(letterhead):
    assert (
        text_length("Cộng hòa xã hội chủ nghĩa Việt Nam", STYLES["Quốc hiệu"]) < letterhead.cell(0, 1)._tc.width.twips
    )


def test_title_has_kind_subject_and_rule():
    html = (
        '<h1 class="title"><span class="kind">Báo cáo</span> <span class="summary ruled">Sơ kết<br>năm 2026</span></h1>'
    )
    document = word(html)
    assert told(document) == [("Tên loại", "Báo cáo"), ("Trích yếu", "Sơ kết\nnăm 2026")]
    share = rule(document.paragraphs[2], TEXT_WIDTH) / text_length("năm 2026", STYLES["Trích yếu"])
    assert share == pytest.approx(0.36, abs=0.01)


def test_rule_under_a_long_subject_stays_on_the_page():
    html = (
        f'<h1 class="title"><span class="kind">Báo cáo</span><span class="summary ruled">{"Rất dài " * 40}</span></h1>'
    )
    assert 0 < rule(word(html).paragraphs[2], TEXT_WIDTH) < TEXT_WIDTH / 2


def test_closing_has_recipients_left_and_signature_right():
    received = (
        '<div class="recipients"><p class="head">Nơi nhận:</p><ul><li>- Như trên;</li><li>- Lưu: VT.</li></ul></div>'
    )
    document = word(f'<div class="closing">{received}{signature("Lê An", "KT. Giám đốc", "Phó Giám đốc")}</div>')
    [row] = document.tables[0].rows
    left, right = ([(line.style.name, line.text) for line in cell.paragraphs] for cell in row.cells)
    assert left == [
        ("Nơi nhận", "Nơi nhận:"),
        ("Danh sách nơi nhận", "- Như trên;"),
        ("Danh sách nơi nhận", "- Lưu: VT."),
    ]
    assert right == [("Chức vụ", "KT. Giám đốc"), ("Chức vụ", "Phó Giám đốc"), ("Họ tên", "Lê An")]
    assert row._tr.trPr.find(qn("w:cantSplit")) is not None


def test_signature_without_a_name_leaves_its_line():
    document = word(f'<div class="closing"><div class="recipients"></div>{signature("", "Giám đốc")}</div>')
    assert texts(document.tables[0]) == [["", "Giám đốc\n"]]


def test_pictures_of_hand_and_seal_stay_out():
    marks = (
        '<div class="marks"><img class="hand" src="data:," alt="Chữ ký"><img class="seal" src="data:," alt="Dấu"></div>'
    )
    document = word(f'<div class="closing"><div class="signature">{marks}<p class="name">An</p></div></div>')
    assert texts(document.tables[0]) == [["", "An"]]
    assert len(document.inline_shapes) == 0


@pytest.mark.parametrize(
    ("count", "css", "columns", "rows"), [(2, "", 2, 2), (3, "three", 3, 2), (4, "", 2, 4), (12, "many", 3, 8)]
)
def test_parties_stand_side_by_side_with_names_level(count, css, columns, rows):
    table = parties(count, css)
    assert (len(table.columns), len(table.rows)) == (columns, rows)
    assert [cell.text for cell in table.rows[0].cells][:2] == ["Bên 1\nGiám đốc", "Bên 2\nGiám đốc"]
    assert [cell.text for cell in table.rows[1].cells][:2] == ["Người 1", "Người 2"]


def test_up_to_four_parties_stay_on_one_page_and_twelve_in_whole_rows():
    assert kept(parties(4)) == [True, True, True, None]
    assert kept(parties(12, "many")) == [True, None] * 4


def test_five_parties_leave_the_last_place_empty():
    assert [cell.text for cell in parties(5, "many").rows[3].cells] == ["Người 4", "Người 5", ""]


def test_three_columns_have_smaller_letters():
    table = parties(3, "three")
    assert [table.cell(row, 0).paragraphs[0].style.name for row in (0, 1)] == ["Chức vụ, ba cột", "Họ tên, ba cột"]


def test_recipients_of_minutes_follow_the_signatures():
    received = '<div class="recipients"><p class="head">Nơi nhận:</p><ul><li>- Các bên;</li><li>- Lưu.</li></ul></div>'
    document = word(f'<div class="parties">{signature("An")}{signature("Bình")}</div>{received}')
    lines = [("Nơi nhận", "Nơi nhận:"), ("Danh sách nơi nhận", "- Các bên;"), ("Danh sách nơi nhận", "- Lưu.")]
    assert told(document) == lines
    kept = [find(document, text).paragraph_format.keep_with_next for text in ("An", "Các bên;", "Lưu.")]
    assert kept == [True, True, None]


def test_appendix_head_has_its_three_lines():
    head = '<p class="label">Phụ lục I</p><p class="name">Danh mục</p><p class="attached">(Kèm theo)</p>'
    document = word(f'<section class="appendix"><div class="appendix-head">{head}</div></section>')
    assert told(document) == [("Phụ lục", "Phụ lục I"), ("Tên phụ lục", "Danh mục"), ("Kèm theo", "(Kèm theo)")]


@pytest.mark.parametrize(("css", "width"), [("urgency", 30), ("urgency higher", 40), ("urgency plain", 20)])
def test_urgency_stands_in_a_frame_of_its_width(css, width):
    [line] = word(f'<p class="{css}">Khẩn</p>').paragraphs
    assert TEXT_WIDTH - int(value(line._p.pPr, "w:ind", "right")) == pytest.approx(millimetres(width), abs=1)
    assert value(line.style.element, "w:pPr/w:pBdr/w:top", "color") == "DD0000"
