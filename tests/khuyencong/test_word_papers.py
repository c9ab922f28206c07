"""Whole papers as Word files, read back; and, where LibreOffice is installed, printed by it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from pypdf import PdfReader

from khuyencong.documents import Document
from khuyencong.word import to_docx
from khuyencong.word.convert import CLASSES, TAGS
from tests.khuyencong.documents.handover_minutes import bare_minutes, minutes
from tests.khuyencong.documents.specimen import LONG_NAME, specimen
from tests.khuyencong.word_files import find, numbers, opened, texts, told

A4 = (595, 842)
VERIFY = {"code": "7K4MP-Q6XTC", "address": "khuyencong.example.vn/kiem-tra"}
TEMPLATES = sorted(Path(settings.BASE_DIR, "templates/documents").glob("*.html"))


def paper(context, filename="2026_BBBG_DA-014"):
    return Document("documents/handover_minutes.html", filename, context)


@pytest.fixture(scope="module")
def hard():
    return opened(to_docx(specimen()))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_word_of_the_templates_is_known(template):
    """A new class or element needs its place in `khuyencong/word/convert.py`, or Word copies lose its look."""
    source = re.sub(r"{% comment %}.*?{% endcomment %}|{[{%].*?[%}]}", " ", template.read_text(), flags=re.DOTALL)
    source = re.sub(r"<svg.*?</svg>", "<svg></svg>", source, flags=re.DOTALL)
    elements = {name.lower() for name in re.findall(r"<([a-zA-Z]\w*)", source)}
    marks = {mark for group in re.findall(r'class="([^"]*)"', source) for mark in group.split()}
    unknown = {mark for mark in marks - CLASSES if not mark.startswith("c-")}
    assert (elements - TAGS, unknown) == (set(), set())


def test_minutes_have_their_parts_tables_and_figures():
    document = opened(paper(minutes()).render_docx())
    assert [f"{sign} {text}" for sign, text in numbers(document)][:4] == [
        "I. Thành phần",
        "II. Nội dung bàn giao",
        "1. Kết quả, sản phẩm",
        "2. Tài sản, máy móc, công trình",
    ]
    heads = [table.cell(0, 1).text for table in document.tables]
    assert heads[1:5] == ["Kết quả, sản phẩm", "Tài sản, công trình", "Tên hồ sơ, tài liệu", "Đơn vị thụ hưởng"]
    assert texts(document.tables[4])[-1][1:] == ["Tổng cộng 11 hợp đồng"] * 2 + [
        "5.368.000.000",
        "6.452.000.000",
        "11.820.000.000",
    ]
    assert told(document)[-1] == ("Danh sách nơi nhận", "- Lưu: VT, hồ sơ Dự án.")


def test_minutes_without_content_convert_too():
    document = opened(paper(bare_minutes()).render_docx())
    assert find(document, "Kết luận")


def test_minutes_with_a_wide_table_turn_the_page_and_back():
    context = minutes()
    context["asset_total"] = {"amount": 999_999_000_000_000, "at_least": False}
    document = opened(paper(context).render_docx())
    assert [section.page_width > section.page_height for section in document.sections] == [False, True, False]


def test_paper_that_lies_on_its_side_has_one_section():
    [section] = opened(paper(minutes(landscape=True, works=[], equipment=[], contracts=[])).render_docx()).sections
    assert section.page_width > section.page_height


def test_draft_and_fair_copy_have_the_same_text():
    fair, draft = paper(minutes()), paper(minutes()).as_draft()
    assert told(opened(fair.render_docx())) == told(opened(draft.render_docx()))
    assert b"".join(part.blob for part in opened(draft.render_docx()).part.package.parts).count(b"WaterMark") == 2


def test_word_copy_of_an_issued_paper_says_so_and_has_no_code():
    [section] = opened(paper(minutes(verify=VERIFY)).render_docx()).sections[:1]
    foot = "\n".join(line.text for line in section.footer.paragraphs)
    assert foot.startswith("Bản Word để soạn thảo, không có giá trị pháp lý như bản phát hành.")
    assert "7K4MP" not in foot
    assert section.footer.tables == []


def test_word_copy_before_issue_has_no_such_note():
    section = opened(paper(minutes()).render_docx()).sections[0]
    assert [line.text for line in section.footer.paragraphs] == [minutes()["sample_note"]]


def test_same_paper_gives_the_same_bytes():
    assert paper(minutes(verify=VERIFY)).render_docx() == paper(minutes(verify=VERIFY)).render_docx()


def test_as_word_response_is_saved_under_its_name():
    response = paper(minutes(), "Biên bản số 03").as_word_response()
    assert response["Content-Type"] == "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert response["Content-Disposition"] == (
        "attachment; filename*=utf-8''Bi%C3%AAn%20b%E1%BA%A3n%20s%E1%BB%91%2003.docx"
    )
    assert opened(response.content).core_properties.author == "Dự án Phát triển doanh nghiệp nhỏ và vừa"


def test_specimen_keeps_long_names_large_amounts_and_dots(hard):
    line = find(hard, "Số tiền:").text
    assert line.startswith(f"{LONG_NAME}. Số tiền: 999.999.000.000.000 đồng (Chín trăm chín mươi chín nghìn")
    assert line.endswith("Ngày: ngày ...... tháng ...... năm .......")


def test_specimen_numbers_clauses_around_24_points(hard):
    assert numbers(hard) == [("1.", "Các điểm:"), ("2.", "Khoản sau cùng.")]
    points = [text for style, text in told(hard) if style == "Điểm"]
    assert (points[0], points[4], points[23]) == ("a) điểm thứ 1;", "đ) điểm thứ 5;", "aa) điểm thứ 24;")


def test_specimen_has_an_outline(hard):
    outline = [(style, text) for style, text in told(hard) if style in {"Tên loại", "Chương", "Điều", "Phụ lục"}]
    assert outline == [
        ("Tên loại", "Trang mẫu"),
        ("Chương", "Chương I\nThành phần thể thức"),
        ("Điều", "Điều 1. Tên, số tiền, ngày"),
        ("Phụ lục", "Phụ lục I"),
        ("Phụ lục", "Phụ lục II"),
        ("Phụ lục", "Phụ lục III"),
    ]


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_prints_the_specimen(tmp_path):
    pages = printed(to_docx(specimen()), tmp_path)
    sizes = [(round(page.mediabox.width), round(page.mediabox.height)) for page in pages]
    lines = [page.extract_text().split() for page in pages]
    first = next(number for number, words in enumerate(lines) if words[:3] == ["Phụ", "lục", "I"])
    across = next(number for number, words in enumerate(lines) if words[:3] == ["Phụ", "lục", "II"])
    assert sizes == [A4] * across + [A4[::-1]] * (len(pages) - across)
    # The head of page 1 is empty, then the pages are counted; an appendix begins anew.
    assert [words[0] for words in lines[1:first]] == [str(number) for number in range(2, first + 1)]
    assert lines[first + 1][0] == lines[across + 1][0] == "2"
    last = next(words for words in lines if "ký./." in words)
    assert "Mẫu" in last[last.index("ký./.") :]


def printed(data, folder):
    """The pages of the PDF that LibreOffice makes, with the fonts of the kit in place of Times New Roman."""
    fonts = Path(finders.find("documents/fonts/LiberationSerif-Regular.ttf")).parent
    shutil.copytree(fonts, folder / ".fonts")
    (folder / "paper.docx").write_bytes(data)
    command = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", folder, folder / "paper.docx"]
    subprocess.run(command, env=os.environ | {"HOME": str(folder)}, check=True, capture_output=True, timeout=120)
    return PdfReader(folder / "paper.pdf").pages
