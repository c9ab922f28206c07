"""Pages of a Word file: sections, numbers, foot, draft mark, and the file itself."""

import io
import re
import zipfile
from xml.etree import ElementTree

import pytest
from docx.oxml.ns import qn

from khuyencong.word import to_docx
from tests.khuyencong.word_files import DOT, find, names, opened, page, texts, value, word

FOOT = f'<div class="page-foot"><img class="qr" src="{DOT}" alt="Mã QR"><p>Dữ liệu mẫu.<br>Mã tra cứu: AB12.</p></div>'
DRAFT = '<div class="draft-mark"><p>BẢN NHÁP</p></div>'
TABLE = '<table class="data"><tbody><tr><td>a</td></tr></tbody></table>'
WIDE = f'<section class="wide body"><p>Ngang</p>{TABLE}</section>'
APPENDIX = f'<section class="appendix"><p>Phụ lục</p>{TABLE}</section>'
APPENDIX_WIDE = '<section class="appendix landscape"><p>Phụ lục ngang</p></section>'


def sections(document):
    """(landscape, number that it starts with, whether its first page differs) of each section."""
    return [
        (
            section.page_width > section.page_height,
            value(section._sectPr, "w:pgNumType", "start"),
            section.different_first_page_header_footer,
        )
        for section in document.sections
    ]


def fields(part):
    return [field.get(qn("w:instr")).strip() for field in part._element.iter(qn("w:fldSimple"))]


def marks(part):
    """What is written across the page."""
    return re.findall('string="(.*?)"', ElementTree.tostring(part._element, encoding="unicode"))


def test_page_is_a4_with_the_margins_of_the_decree():
    [section] = word("<p>Một</p>").sections
    lengths = ("page_width", "page_height", "top_margin", "right_margin", "bottom_margin", "left_margin")
    assert [round(getattr(section, length).mm) for length in lengths] == [210, 297, 20, 15, 22, 30]


def test_number_stands_in_the_head_from_page_2_on():
    [section] = word("<p>Một</p>").sections
    assert section.different_first_page_header_footer
    assert (fields(section.header), fields(section.first_page_header)) == (["PAGE"], [])
    assert section.header.paragraphs[0].style.name == "Số trang"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>Một</p>", [(False, None, True)]),
        (f"<p>Một</p>{WIDE}", [(False, None, True), (True, None, False)]),
        (f"<p>Một</p>{WIDE}<p>Hai</p>", [(False, None, True), (True, None, False), (False, None, False)]),
        (f"{WIDE}<p>Hai</p>", [(True, None, True), (False, None, False)]),
        (f"<p>Một</p>{WIDE}{WIDE}", [(False, None, True), (True, None, False), (True, None, False)]),
        (f"<p>Một</p>{APPENDIX}{APPENDIX}", [(False, None, True), (False, "1", True), (False, "1", True)]),
        (f"<p>Một</p>{WIDE}{APPENDIX_WIDE}", [(False, None, True), (True, None, False), (True, "1", True)]),
    ],
)
def test_pages_turn_and_appendices_count_anew(html, expected):
    assert sections(word(f'<div class="body">{html}</div>')) == expected


def test_every_section_has_the_head_and_foot_of_the_first():
    document = word(f"<p>Một</p>{WIDE}{APPENDIX}", before=FOOT)
    linked = [
        (section.header.is_linked_to_previous, section.footer.is_linked_to_previous) for section in document.sections
    ]
    assert linked == [(False, False), (True, True), (True, True)]


def test_table_on_a_wide_page_fills_it():
    document = word(f"<p>Một</p>{WIDE}")
    assert round(document.tables[0].columns[0].width.mm) == 252


def test_foot_holds_note_code_and_picture_on_every_page():
    [section] = word("<p>Một</p>", before=FOOT).sections
    for foot in (section.footer, section.first_page_footer):
        assert texts(foot.tables[0]) == [["Dữ liệu mẫu.\nMã tra cứu: AB12.", ""]]
        [picture] = foot._element.iter(qn("wp:docPr"))
        assert picture.get("descr") == "Mã QR"
        [extent] = foot._element.iter(qn("wp:extent"))
        assert round(int(extent.get("cx")) / 36000) == 14


def test_foot_without_picture_is_a_line():
    [section] = word("<p>Một</p>", before='<div class="page-foot"><p>Dữ liệu mẫu.</p></div>').sections
    assert [line.text for line in section.footer.paragraphs] == ["Dữ liệu mẫu."]
    assert section.footer.tables == []


@pytest.mark.parametrize(
    "source", ["https://example.vn/qr.png", "data:image/png;base64,AAAA", "data:image/svg+xml;base64,PHN2Zy8+", ""]
)
def test_picture_that_cannot_be_read_is_left_out(source):
    foot = f'<div class="page-foot"><img class="qr" src="{source}" alt="Mã QR"><p>Mã tra cứu: AB12.</p></div>'
    data = to_docx(page("<p>Một</p>", before=foot))
    assert opened(data).sections[0].footer.paragraphs[0].text == "Mã tra cứu: AB12."
    assert [name for name in names(data) if "media" in name] == []


def test_note_of_the_word_copy_comes_first_in_the_foot():
    [section] = opened(to_docx(page("<p>Một</p>", before=FOOT), note="Bản Word để soạn thảo.")).sections
    [[text, _]] = texts(section.footer.tables[0])
    assert text.split("\n") == ["Bản Word để soạn thảo.", "Dữ liệu mẫu.", "Mã tra cứu: AB12."]


def test_draft_mark_stands_across_every_page_of_a_draft_only():
    [draft] = word("<p>Một</p>", before=DRAFT).sections
    [fair] = word("<p>Một</p>").sections
    assert [marks(part) for part in (draft.header, draft.first_page_header)] == [["BẢN NHÁP"]] * 2
    assert [marks(part) for part in (fair.header, fair.first_page_header)] == [[], []]


def test_file_tells_its_title_author_and_language():
    properties = word("<p>Một</p>", title="Biên bản  số 03 &amp; phụ lục", author="Sở Công Thương").core_properties
    assert (properties.title, properties.author, properties.language) == (
        "Biên bản số 03 & phụ lục",
        "Sở Công Thương",
        "vi-VN",
    )


def test_same_page_gives_the_same_bytes():
    html = page(f"<p>Một</p>{WIDE}{APPENDIX}", before=FOOT + DRAFT)
    assert to_docx(html) == to_docx(html)


def test_file_holds_no_date_program_or_link_to_the_outside():
    data = to_docx(page("<p>Một</p>", before=FOOT))
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert [name for name in archive.namelist() if re.search("vba|theme|thumbnail|customXml|app.xml", name)] == []
    relations = b"".join(archive.read(name) for name in archive.namelist() if name.endswith(".rels"))
    assert b"External" not in relations
    assert b"<dcterms:" not in archive.read("docProps/core.xml")


def test_file_opens_without_compatibility_mode():
    settings = word("<p>Một</p>").settings.element
    assert value(settings, "w:compat/w:compatSetting") == "15"
    assert value(settings, "w:compat/w:compatSetting", "name") == "compatibilityMode"


def test_last_paragraph_goes_with_the_signature():
    closing = (
        '<div class="closing"><div class="recipients"></div><div class="signature"><p class="name">An</p></div></div>'
    )
    document = word(f'<div class="body"><p>Một</p><p>Hai</p></div>{closing}')
    assert [find(document, text).paragraph_format.keep_with_next for text in ("Một", "Hai")] == [None, True]


def test_last_row_of_a_table_goes_with_the_signatures():
    parties = '<div class="parties"><div class="signature"><p class="name">An</p></div></div>'
    table = '<table class="data"><tbody><tr><td>a</td></tr><tr><td>b</td></tr></tbody></table>'
    document = word(f"{table}{parties}")
    assert [find(document, text).paragraph_format.keep_with_next for text in ("a", "b")] == [None, True]
    assert document.paragraphs[0].paragraph_format.keep_with_next  # between the two tables
