"""Text, lists and numbers of a Word file."""

import pytest
from docx.oxml.ns import qn

from khuyencong.word import NotUnderstoodWarning, to_docx
from khuyencong.word.numbering import point_label
from tests.khuyencong.word_files import find, numbers, opened, page, told, value, word

NO_BREAK_SPACE = "\u00a0"


def lines(main):
    return told(word(main))


@pytest.mark.parametrize(
    ("html", "style"),
    [
        ('<div class="grounds"><p>Câu</p></div>', "Căn cứ"),
        ('<div class="body"><p>Câu</p></div>', "Nội dung"),
        ('<div class="body"><p class="lead-in">Câu</p></div>', "Câu dẫn"),
        ('<div class="body"><p class="flush">Câu</p></div>', "Nội dung không thụt"),
        ('<div class="body"><p class="note">Câu</p></div>', "Ghi chú"),
        ('<div class="body"><p class="table-title">Câu</p></div>', "Tên bảng"),
        ('<div class="body"><p class="unit-line">Câu</p></div>', "Đơn vị tính"),
        ('<div class="body"><h2>Câu</h2></div>', "Đề mục"),
        ('<div class="body"><h2 class="article">Câu</h2></div>', "Điều"),
        ('<div class="body"><h2 class="chapter">Câu</h2></div>', "Chương"),
        ('<div class="body"><h3>Câu</h3></div>', "Tiểu mục"),
        ('<p class="authority">Câu</p>', "Thẩm quyền ban hành"),
        ('<p class="resolution">Câu</p>', "Lời ban hành"),
        ('<p class="addressee">Câu</p>', "Kính gửi"),
        ('<ul class="addressees"><li>Câu</li></ul>', "Nơi kính gửi"),
        ('<p class="urgency">Câu</p>', "Độ khẩn"),
        ('<p class="e-signature">Câu</p>', "Chữ ký số"),
        ('<section class="appendix"><p>Câu</p></section>', "Đoạn thường"),
        ('<section class="wide body"><p>Câu</p></section>', "Nội dung"),
        ('<div class="body">Câu</div>', "Nội dung"),
    ],
)
def test_paragraph_takes_the_style_of_its_element(html, style):
    assert lines(html) == [(style, "Câu")]


def test_white_space_of_the_template_is_not_printed():
    assert lines('<div class="body"><p>\n   Một\n  hai <strong> ba</strong> , bốn\n </p> </div>') == [
        ("Nội dung", "Một hai ba , bốn")
    ]


def test_lines_are_broken_where_the_paper_breaks_them():
    assert lines('<div class="body"><p>Một <br>\n hai<br></p></div>') == [("Nội dung", "Một\nhai")]


def test_marks_within_a_line_are_formatted():
    [line] = word('<div class="body"><p>Một <strong>hai <em>ba</em></strong><sup>4</sup></p></div>').paragraphs
    looks = [(run.text, run.bold, run.italic, run.font.superscript) for run in line.runs]
    assert looks == [
        ("Một ", None, None, None),
        ("hai ", True, None, None),
        ("ba", True, True, None),
        ("4",) + (None,) * 2 + (True,),
    ]


def test_end_of_text_is_written_out():
    assert lines('<div class="body"><p>Hết<span class="end">.</span></p></div>') == [("Nội dung", "Hết./.")]


def test_nowrap_text_cannot_be_broken():
    [line] = word('<div class="body"><p><span class="nowrap">số 05-HĐ ngày 1</span></p></div>').paragraphs
    assert line.text == f"số{NO_BREAK_SPACE}05-HĐ{NO_BREAK_SPACE}ngày{NO_BREAK_SPACE}1"
    assert len(list(line._p.iter(qn("w:noBreakHyphen")))) == 1


@pytest.mark.parametrize(
    ("text", "count"),
    [("đề án KC26-001", 1), ("TTLT-BTC-BCT", 0), ("2026 - 2030", 0), ("-50.000.000", 0), ("từ 2021-2025, Đ-9", 2)],
)
def test_hyphen_before_a_number_does_not_end_a_line(text, count):
    [line] = word(f'<div class="body"><p>{text}</p></div>').paragraphs
    assert line.text == text
    assert len(list(line._p.iter(qn("w:noBreakHyphen")))) == count


def test_negative_amount_stays_a_number_when_it_is_copied():
    html = '<table class="data"><tbody><tr><td class="amount">-50.000</td></tr></tbody></table>'
    [text] = word(html).tables[0]._tbl.iter(qn("w:t"))
    assert text.text == "-50.000"


def test_check_box_can_be_ticked():
    html = '<div class="body"><p><span class="check on"></span>Đủ</p><p><span class="check"></span>Thiếu</p></div>'
    body = word(html).element.body
    boxes = [box.get(qn("w14:val")) for box in body.iter(qn("w14:checked"))]
    assert boxes == ["1", "0"]
    assert [text.text for text in body.iter(qn("w:t")) if text.text.strip()] == ["☒", "Đủ", "☐", "Thiếu"]


def test_characters_that_a_word_file_cannot_hold_are_left_out():
    assert lines('<div class="body"><p>Tên\x0b dán\x1f từ nơi khác\x00</p></div>') == [
        ("Nội dung", "Tên dán từ nơi khác")
    ]


def test_clauses_are_counted_by_word_and_each_list_begins_anew():
    html = '<ol class="clauses"><li>Một</li><li>Hai</li></ol>'
    document = word(f'<div class="body">{html}<p>Giữa</p>{html}</div>')
    assert numbers(document) == [("1.", "Một"), ("2.", "Hai"), ("1.", "Một"), ("2.", "Hai")]
    assert {style for style, _ in told(document)} == {"Khoản", "Nội dung"}


def test_clauses_restart_in_the_numbering_part():
    html = '<ol class="clauses"><li>Một</li></ol>'
    root = word(f'<div class="body">{html}{html}</div>').part.numbering_part.element
    assert [value(num, "w:lvlOverride/w:startOverride") for num in root.num_lst] == ["1", "1"]


def test_points_carry_letters_of_the_vietnamese_alphabet():
    items = "".join(f"<li>điểm {number};</li>" for number in range(1, 25))
    labels = [text.split()[0] for _, text in lines(f'<div class="body"><ol class="points">{items}</ol></div>')]
    assert labels == [f"{letter})" for letter in "abcdđeghiklmnopqrstuvxy"] + ["aa)"]


def test_point_label_goes_on_behind_the_alphabet():
    assert [point_label(position) for position in (0, 4, 22, 23, 46)] == ["a)", "đ)", "y)", "aa)", "ba)"]


def test_points_stand_under_their_clause():
    html = '<ol class="clauses"><li>Lời <ol class="points"><li>x;</li><li>y.</li></ol></li><li><p>Hai</p></li></ol>'
    document = word(f'<div class="body">{html}</div>')
    assert told(document) == [("Khoản", "Lời"), ("Điểm", "a) x;"), ("Điểm", "b) y."), ("Khoản", "Hai")]
    assert numbers(document) == [("1.", "Lời"), ("2.", "Hai")]


def test_headings_of_minutes_number_themselves():
    headings = "<h2>Thành phần</h2><h2>Nội dung</h2><h3>Kết quả</h3><h3>Hồ sơ</h3><h2>Ý kiến</h2><h3>Một</h3>"
    document = word(f'<div class="body numbered">{headings}</div>')
    assert [sign for sign, _ in numbers(document)] == ["I.", "II.", "1.", "2.", "III.", "1."]


def test_typed_numbers_of_headings_stay_as_they_are():
    assert numbers(word('<div class="body"><h2>I. Căn cứ</h2></div>')) == []


def test_dashes_are_a_list():
    document = word('<div class="body"><ul class="dashes"><li>Một</li><li>Hai</li></ul></div>')
    assert numbers(document) == [("-", "Một"), ("-", "Hai")]


def test_chart_is_told_in_words():
    svg = '<svg viewBox="0 0 9 9"><title>Cột cao dần.</title><g><text>1</text></g></svg>'
    assert lines(f'<figure class="chart">{svg}<figcaption>Biểu đồ 1.</figcaption></figure>') == [
        ("Chú thích biểu đồ", "Cột cao dần."),
        ("Chú thích biểu đồ", "Biểu đồ 1."),
    ]


def test_markup_in_a_name_stays_text():
    assert lines('<div class="body"><p>Công ty &lt;w:b/&gt; &amp; Con</p></div>') == [
        ("Nội dung", "Công ty <w:b/> & Con")
    ]


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ('<p class="shiny">Chữ</p>', "p.shiny"),
        ("<blockquote>Chữ</blockquote>", "<blockquote>"),
        ("<ol><li>Chữ</li></ol>", "<ol> without a class of the kit"),
        ("<table><tr><td>Chữ</td></tr></table>", "<table> without the class data"),
        ('<table class="data"><colgroup><col class="c-none"></colgroup><tr><td>Chữ</td></tr></table>', "col.c-none"),
    ],
)
def test_what_is_not_known_is_told_and_stays_text(html, words):
    with pytest.warns(NotUnderstoodWarning, match=words):
        data = to_docx(page(f'<div class="body">{html}</div>'))
    assert find(opened(data), "Chữ")
