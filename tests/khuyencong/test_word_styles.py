"""The styles of a Word file hold what Nghị định 30/2020/NĐ-CP says of each element."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn

from khuyencong.word.styles import STYLES
from tests.khuyencong.word_files import value, word

CENTRE, BOTH, RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY, WD_ALIGN_PARAGRAPH.RIGHT
# Phụ lục I, Mục V: style, size, bold, italic, capitals, alignment.
DECREE = [
    ("Quốc hiệu", 12, True, None, True, CENTRE),
    ("Tiêu ngữ", 13, True, None, None, CENTRE),
    ("Cơ quan chủ quản", 12, None, None, True, CENTRE),
    ("Cơ quan ban hành", 12, True, None, True, CENTRE),
    ("Số, ký hiệu", 13, None, None, None, CENTRE),
    ("Địa danh, ngày tháng", 13, None, True, None, CENTRE),
    ("Về việc", 12, None, None, None, CENTRE),
    ("Độ khẩn", 13, True, None, True, CENTRE),
    ("Tên loại", 14, True, None, True, CENTRE),
    ("Trích yếu", 14, True, None, None, CENTRE),
    ("Căn cứ", 14, None, True, None, BOTH),
    ("Nội dung", 14, None, None, None, BOTH),
    ("Chương", 14, True, None, True, CENTRE),
    ("Đề mục", 14, True, None, True, BOTH),
    ("Tiểu mục", 14, True, None, None, BOTH),
    ("Điều", 14, True, None, None, BOTH),
    ("Khoản", 14, None, None, None, BOTH),
    ("Điểm", 14, None, None, None, BOTH),
    ("Đơn vị tính", 12, None, True, None, RIGHT),
    ("Ô bảng, số", 12, None, None, None, RIGHT),
    ("Nơi nhận", 12, True, True, None, WD_ALIGN_PARAGRAPH.LEFT),
    ("Danh sách nơi nhận", 11, None, None, None, WD_ALIGN_PARAGRAPH.LEFT),
    ("Chức vụ", 14, True, None, True, CENTRE),
    ("Họ tên", 14, True, None, None, CENTRE),
    ("Phụ lục", 14, True, None, None, CENTRE),
    ("Tên phụ lục", 14, True, None, True, CENTRE),
    ("Kèm theo", 13, None, True, None, CENTRE),
    ("Chữ ký số", 10, None, None, None, RIGHT),
    ("Số trang", 14, None, None, None, CENTRE),
]
# Style -> the rule of the sheet that sets the size of the same element in the PDF.
IN_THE_SHEET = {
    "Quốc hiệu": ".letterhead .country",
    "Tiêu ngữ": ".letterhead .motto",
    "Cơ quan chủ quản": ".letterhead .parent",
    "Cơ quan ban hành": ".letterhead .agency",
    "Số, ký hiệu": ".letterhead .number",
    "Địa danh, ngày tháng": ".letterhead .dateline",
    "Về việc": ".letterhead .subject",
    "Ghi chú": ".body p.note, .appendix p.note",
    "Đơn vị tính": ".body p.unit-line, .appendix p.unit-line",
    "Ô bảng": "table.data",
    "Ô bảng, nhỏ": ".data.small",
    "Số cột": ".data thead .column-numbers td",
    "Danh sách nơi nhận": ".recipients",
    "Nơi nhận": ".recipients .head",
    "Thể thức ký": ".signature .manner",
    "Họ tên, ba cột": ".parties.three, .parties.many",
    "Kèm theo": ".appendix-head .attached",
    "Chú thích biểu đồ": ".chart figcaption",
    "Chân trang": ".page-foot",
    "Chữ ký số": ".e-signature",
}


@pytest.fixture(scope="module")
def document():
    return word("<p>Một câu.</p>")


@pytest.mark.parametrize(("name", "size", "bold", "italic", "caps", "alignment"), DECREE)
def test_style_has_the_look_of_the_decree(document, name, size, bold, italic, caps, alignment):
    style = document.styles[name]
    look = (style.font.size.pt, style.font.bold, style.font.italic, style.font.all_caps)
    assert (*look, style.paragraph_format.alignment) == (size, bold, italic, caps, alignment)


@pytest.mark.parametrize(("name", "selector"), IN_THE_SHEET.items())
def test_style_is_as_large_as_in_the_pdf(name, selector):
    css = Path(finders.find("documents/document.css")).read_text()
    rule = re.search(rf"(?m)^\s*{re.escape(selector)} {{(.*?)}}", css, re.DOTALL)[1]
    assert STYLES[name].size == float(re.search(r"font-size: ([\d.]+)pt", rule)[1])


def test_text_is_indented_and_spaced_as_the_decree_says(document):
    text = document.styles["Nội dung"].paragraph_format
    assert round(text.first_line_indent.cm, 2) == 1.27
    assert text.space_before.pt == 6
    assert 1 <= text.line_spacing <= 1.5


def test_every_script_is_set_in_times_new_roman_and_proofed_as_vietnamese(document):
    defaults = document.styles.element.find(qn("w:docDefaults"))
    fonts = {
        side: value(defaults, "w:rPrDefault/w:rPr/w:rFonts", side) for side in ("ascii", "hAnsi", "eastAsia", "cs")
    }
    assert set(fonts.values()) == {"Times New Roman"}
    assert value(defaults, "w:rPrDefault/w:rPr/w:lang") == "vi-VN"


def test_headings_build_the_outline_of_the_paper(document):
    levels = {
        name: value(document.styles[name].element, "w:pPr/w:outlineLvl")
        for name in ("Tên loại", "Phụ lục", "Chương", "Điều", "Đề mục", "Tiểu mục", "Nội dung")
    }
    assert list(levels.values()) == ["0", "0", "1", "1", "1", "2", None]


def test_headings_never_stand_at_the_foot_of_a_page(document):
    for name in ("Tên loại", "Trích yếu", "Đề mục", "Tiểu mục", "Câu dẫn", "Tên bảng", "Đơn vị tính", "Phụ lục"):
        assert document.styles[name].paragraph_format.keep_with_next, name


def test_identifiers_of_styles_are_plain_letters_and_differ():
    identifiers = [style.identifier for style in STYLES.values()]
    assert len(set(identifiers)) == len(identifiers)
    assert all(re.fullmatch("[A-Za-z]+", identifier) for identifier in identifiers)
