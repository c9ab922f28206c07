"""Papers are read back as others read them: by pypdf for structure, by poppler for fonts, words and places."""

import io
import shutil
import subprocess
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
import weasyprint
import zxingcpp
from django.core.exceptions import SuspiciousFileOperation
from django.utils.html import escape
from pypdf import PdfReader
from pypdfium2 import PdfDocument

from khuyencong.documents import STATIC_PREFIX, Attached, Document, StaticFetcher, merge, pdf_response
from tests.khuyencong.documents.handover_minutes import CONTRACTS, bare_minutes, contract, item, minutes, signature

MM = 72 / 25.4
LARGEST = 999_999_000_000_000
LONG_NAME = ("Dây chuyền sản xuất viên nén từ mùn cưa, vỏ dừa và trấu, sấy tầng sôi, ép trục đứng " * 3)[:200]
DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw=="

needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils is not installed")


class Word(NamedTuple):
    text: str
    left: float
    top: float
    right: float
    bottom: float


class Page(NamedTuple):
    width: float
    height: float
    words: list[Word]

    @property
    def text(self):
        return " ".join(word.text for word in self.words)

    def find(self, text):
        """The only word with this text."""
        [word] = [word for word in self.words if word.text == text]
        return word


def paper(context, filename="bien-ban"):
    return Document("documents/handover_minutes.html", filename, context)


def reader(pdf):
    return PdfReader(io.BytesIO(pdf))


def texts(pdf):
    """The text of each page on one line."""
    return [" ".join(page.extract_text().split()) for page in reader(pdf).pages]


def poppler(command, *options, pdf):
    """What a tool of poppler prints about a PDF."""
    return subprocess.run([command, *options], input=pdf, capture_output=True, check=True).stdout.decode()


def pages(pdf):
    """Every word with its place, in points from the top left corner."""
    tree = ElementTree.fromstring(poppler("pdftotext", "-bbox", "-", "-", pdf=pdf))
    html = "{http://www.w3.org/1999/xhtml}"
    return [
        Page(
            float(page.get("width")),
            float(page.get("height")),
            [
                Word(word.text, *(float(word.get(side)) for side in ("xMin", "yMin", "xMax", "yMax")))
                for word in page.iter(f"{html}word")
            ],
        )
        for page in tree.iter(f"{html}page")
    ]


def overlapping(page):
    """Pairs of words on one line that stand on each other, as in a column too narrow for its amount."""
    ordered = sorted(page.words, key=lambda word: word.left)
    return [
        (first.text, second.text)
        for position, first in enumerate(ordered)
        for second in ordered[position + 1 :]
        if second.left < first.right - 0.5 and abs(first.bottom - second.bottom) < 5
    ]


def outside(page):
    """Words beyond the margins of NĐ 30/2020/NĐ-CP: left 30 mm, right 15 mm."""
    return [word.text for word in page.words if word.left < 30 * MM - 0.5 or word.right > page.width - 15 * MM + 0.5]


def tags(pdf):
    """The roles of the structure tree in reading order."""
    found = []

    def visit(element):
        if isinstance(element, int):
            return
        element = element.get_object()
        if "/S" in element:
            found.append(element["/S"])
        for kid in element.get("/K", []):
            visit(kid)

    visit(reader(pdf).trailer["/Root"]["/StructTreeRoot"])
    return found


def outline(entries):
    """Titles of an outline, the entries below a title as a list behind it."""
    return [outline(entry) if isinstance(entry, list) else entry.title for entry in entries]


@pytest.fixture(scope="module")
def pdf():
    return paper(minutes()).render_pdf()


@pytest.fixture(scope="module")
def many_items():
    """The pages of minutes with 400 items."""
    items = [
        item(f"Máy số {number} có tên dài đến mức phải xuống dòng", spec=f"M-{number}.", quantity=Decimal(number))
        for number in range(1, 401)
    ]
    return texts(paper(bare_minutes(equipment=items)).render_pdf())


# The kit


def test_complaints_of_the_renderer_are_seen(caplog, renderer_complaints):
    html = f"<html lang=vi><title>x</title><p style='colour: red'><img src='{DOT}'>"
    weasyprint.HTML(string=html).write_pdf(pdf_variant="pdf/ua-1")
    assert [message.split(" ")[0] for message in renderer_complaints()] == ["Ignored", "Image"]
    caplog.clear()


def test_render_html_is_a_page_with_the_sheet_of_the_pdf():
    html = paper(minutes()).render_html()
    assert html.lstrip().startswith("<!DOCTYPE html>")
    assert '<link rel="stylesheet" href="/static/documents/document.css">' in html
    assert "static.invalid" not in html


def test_as_draft_marks_a_copy():
    document = paper(minutes(), "bien-ban-07")
    draft = document.as_draft()
    assert (draft.filename, draft.context["draft"]) == ("bien-ban-07-ban-nhap", True)
    assert (document.filename, document.context["draft"]) == ("bien-ban-07", False)


def test_draft_mark_stands_on_every_page_of_a_draft_only(pdf):
    draft = paper(bare_minutes(papers=minutes()["papers"])).as_draft()
    assert ["BẢN NHÁP" in text for text in texts(draft.render_pdf())] == [True, True]
    assert not any("BẢN NHÁP" in text for text in texts(pdf))
    assert "BẢN NHÁP" in draft.render_html()
    assert "BẢN NHÁP" not in paper(minutes()).render_html()


@pytest.mark.parametrize(("inline", "disposition"), [(True, "inline"), (False, "attachment")])
def test_as_response_names_the_file(inline, disposition):
    document = paper(bare_minutes(), "bien-ban-03")
    response = document.as_response(inline=inline)
    assert response.content == document.render_pdf()
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == f'{disposition}; filename="bien-ban-03.pdf"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_pdf_response_encodes_a_vietnamese_name():
    header = pdf_response(b"%PDF", "Biên bản").headers["Content-Disposition"]
    assert header == "inline; filename*=utf-8''Bi%C3%AAn%20b%E1%BA%A3n.pdf"


def test_fetcher_serves_static_files_with_their_type():
    response = StaticFetcher().fetch(f"{STATIC_PREFIX}documents/document.css")
    assert response.content_type == "text/css"
    assert b"@counter-style point" in response.read()


def test_fetcher_reads_data_urls():
    assert StaticFetcher().fetch("data:text/plain,abc").read() == b"abc"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "https://example.com/documents/document.css",
        "https://static.invalid.example.com/documents/document.css",
        "ftp://127.0.0.1/document.css",
        "file:///etc/passwd",
        "/etc/passwd",
        f"{STATIC_PREFIX}documents/none.css",
        f"{STATIC_PREFIX}/etc/passwd",
        f"{STATIC_PREFIX}../manage.py",
        f"{STATIC_PREFIX}documents/../../manage.py",
        f"{STATIC_PREFIX}documents/%2e%2e/%2e%2e/manage.py",
    ],
)
def test_fetcher_refuses_everything_else(url):
    with pytest.raises((ValueError, SuspiciousFileOperation)):
        StaticFetcher().fetch(url)


def test_render_pdf_fails_on_a_picture_from_elsewhere():
    foreign = signature("Đại diện bên nhận", "Đặng Hoàng Phúc", seal_image="http://127.0.0.1/dau.png")
    with pytest.raises(RuntimeError, match="Cannot print bien-ban: .*dau.png"):
        paper(bare_minutes(signatures=[foreign])).render_pdf()


def test_pdf_claims_archive_and_accessibility(pdf):
    root = reader(pdf).trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()
    ElementTree.fromstring(metadata)
    assert 'pdfaid:part="3" pdfaid:conformance="A"' in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert metadata.count("PDF/UA identification") == 1
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "vi"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert [intent["/S"] for intent in root["/OutputIntents"]] == ["/GTS_PDFA1"]
    assert reader(pdf).metadata.title == (
        "Biên bản số 03/BB-DASME bàn giao kết quả, đầu ra Dự án Phát triển doanh nghiệp nhỏ và vừa tỉnh Trà Vinh"
    )


def test_pdf_is_tagged_for_a_screen_reader(pdf):
    roles = tags(pdf)
    assert roles.count("/H1") == 1
    assert [role for role in roles if role in ("/H2", "/H3")] == ["/H2"] * 2 + ["/H3"] * 5 + ["/H2"] * 3
    assert roles.count("/LI") == roles.count("/LBody") > 0
    assert {"/Table", "/THead", "/TBody", "/TR", "/TH", "/TD", "/P"} <= set(roles)


@needs_poppler
def test_pdf_embeds_its_own_fonts_and_no_other(pdf):
    rows = [line.split() for line in poppler("pdffonts", "-", pdf=pdf).splitlines()[2:]]
    assert {row[0].partition("+")[2] for row in rows} == {
        "Document-Serif",
        "Document-Serif-Bold",
        "Document-Serif-Italic",
        "Document-Serif-Bold-Italic",
    }
    assert {tuple(row[-5:-2]) for row in rows} == {("yes", "yes", "yes")}  # embedded, subset, with Unicode


@needs_poppler
def test_pdf_keeps_vietnamese_letters():
    letters = "àáảãạ ăằắẳẵặ âầấẩẫậ èéẻẽẹ êềếểễệ ìíỉĩị òóỏõọ ôồốổỗộ ơờớởỡợ ùúủũụ ưừứửữự ỳýỷỹỵ đ m² m³ Ø ≥ ½ °C"
    printed = paper(bare_minutes(finance=f"{letters} {letters.upper()}")).render_pdf()
    text = " ".join(poppler("pdftotext", "-", "-", pdf=printed).split())
    assert f"{letters} {letters.upper()}" in text
    assert unicodedata.is_normalized("NFC", text)
    assert poppler("pdffonts", "-", pdf=printed).count("Document-Serif") == 4


def test_same_data_gives_the_same_bytes_in_every_thread():
    document = paper(bare_minutes(works=minutes()["works"]))
    with ThreadPoolExecutor(3) as threads:
        printed = [document.render_pdf(), *threads.map(lambda _: document.render_pdf(), range(6))]
    assert len(set(printed)) == 1


@needs_poppler
def test_page_number_is_centred_in_the_top_margin_from_page_2(pdf):
    in_margin = [[word for word in page.words if word.bottom < 20 * MM] for page in pages(pdf)]
    assert [[word.text for word in words] for words in in_margin] == [[], ["2"], ["3"], ["4"], ["5"]]
    for [number] in in_margin[1:]:
        assert (number.left + number.right) / 2 == pytest.approx((30 + 165 / 2) * MM, abs=0.5)


@needs_poppler
def test_letterhead_has_the_sizes_and_places_of_the_decree(pdf):
    first = pages(pdf)[0]
    country, agency, number = first.find("CỘNG"), first.words[0], first.find("03/BB-DASME")
    assert country.top == agency.top
    assert agency.right < first.width / 2 < country.right
    assert number.top > first.find("Hạnh").top
    assert outside(first) == []


# Bundles


def test_merge_counts_the_pages_of_each_paper():
    long, short = paper(bare_minutes(papers=minutes()["papers"])), paper(bare_minutes(number=4))
    of_long, of_short = texts(long.render_pdf()), texts(short.render_pdf())
    assert (len(of_long), len(of_short)) == (2, 1)
    assert texts(merge([long, short, long])) == [*of_long, *of_short, *of_long]


def test_merge_keeps_claims_tags_and_an_outline_entry_for_each_paper():
    receivers = ("Sở Công Thương", "Ủy ban nhân dân xã Long Đức")
    parties = [[{"label": "Bên nhận", "name": name, "address": "", "people": []}] for name in receivers]
    merged = merge(
        [
            paper(bare_minutes(number_text=f"{number:02d}/BB-DASME", parties=given))
            for number, given in enumerate(parties, start=1)
        ],
        title="Biên bản bàn giao ngày 12/12",
    )
    assert outline(reader(merged).outline) == [
        "Biên bản bàn giao số 01/BB-DASME - Sở Công Thương",
        ["I. Thành phần", "II. Kết luận"],
        "Biên bản bàn giao số 02/BB-DASME - Ủy ban nhân dân xã Long Đức",
        ["I. Thành phần", "II. Kết luận"],
    ]
    assert reader(merged).metadata.title == "Biên bản bàn giao ngày 12/12"
    assert tags(merged).count("/H1") == 2
    assert 'pdfaid:part="3"' in reader(merged).trailer["/Root"]["/Metadata"].get_data().decode()


def test_merge_of_one_paper_is_that_paper():
    assert merge([paper(bare_minutes())]) == paper(bare_minutes()).render_pdf()


def test_merge_of_nothing_is_refused():
    with pytest.raises(ValueError, match="No document"):
        merge([])


# Handover minutes


def test_minutes_number_their_parts(pdf):
    text = " ".join(texts(pdf))
    titles = (
        "I. THÀNH PHẦN",
        "1. Bên giao: Dự án SME Trà Vinh",
        "II. NỘI DUNG BÀN GIAO",
        "1. Kết quả, sản phẩm",
        "2. Tài sản, máy móc, công trình",
        "3. Hồ sơ, tài liệu",
        "4. Hợp đồng, nghĩa vụ chuyển giao",
        "5. Tài chính",
        "III. TÌNH TRẠNG KHI BÀN GIAO",
        "IV. TRÁCH NHIỆM CỦA CÁC BÊN",
        "V. KẾT LUẬN",
    )
    assert [text.count(title) for title in titles] == [1] * len(titles)
    assert sorted(titles, key=text.index) == list(titles)


@pytest.mark.parametrize(
    ("part", "title"),
    [
        ({"results": [item("Mẫu")]}, "1. Kết quả, sản phẩm"),
        ({"works": [item("Cầu")]}, "1. Tài sản, máy móc, công trình"),
        ({"equipment": [item("Máy")]}, "1. Tài sản, máy móc, công trình"),
        ({"papers": minutes()["papers"]}, "1. Hồ sơ, tài liệu"),
        (
            {"contracts": [contract(1, "A", 1, 2)], "contract_sources": ["Vốn dự án"]},
            "1. Hợp đồng, nghĩa vụ chuyển giao",
        ),
        ({"contracts": [contract(1, "A", 1, 2)]}, "1. Hợp đồng, nghĩa vụ chuyển giao"),
        ({"finance": "Không."}, "1. Tài chính"),
    ],
)
def test_minutes_with_one_part_number_it_1(part, title):
    text = " ".join(texts(paper(bare_minutes(**part)).render_pdf()))
    assert "I. NỘI DUNG BÀN GIAO Bên giao bàn giao" in text
    assert title in text
    assert "II. KẾT LUẬN" in text
    assert text.count("1. ") == 1


def test_minutes_without_content_have_no_empty_part():
    html = paper(bare_minutes(grounds=[], recipients=[], sample_note="")).render_html()
    assert html.count("<h2>") == 1
    assert not any(tag in html for tag in ("<h3>", "<table", 'class="grounds"', "Nơi nhận", 'class="page-foot"'))


def test_minutes_print_amounts_in_figures_and_words(pdf):
    text = " ".join(texts(pdf))
    assert "76.176.000.000 đồng (bằng chữ: Bảy mươi sáu tỷ một trăm bảy mươi sáu triệu đồng)." in text
    assert "11.820.000.000 đồng (bằng chữ: Mười một tỷ tám trăm hai mươi triệu đồng)." in text
    assert "trên 11.800.000.000 đồng (bằng chữ: Trên mười một tỷ tám trăm triệu đồng)." in text


def test_minutes_put_amounts_under_their_source(pdf):
    text = " ".join(texts(pdf))
    assert "Vốn dự án Vốn doanh nghiệp" in text
    assert "520.000.000 640.000.000 1.160.000.000" in text
    assert "Tổng cộng 11 hợp đồng 5.368.000.000 6.452.000.000 11.820.000.000" in text


def test_minutes_leave_dots_for_what_is_not_known():
    unknown = {"started_at": "...... giờ ...... phút", "venue": "", "number_text": "", "date": None, "month_day": None}
    [first, *_rest] = texts(paper(bare_minutes(**unknown)).render_pdf())
    assert "Số: ....../BB-DASME" in first
    assert "hồi ...... giờ ...... phút, ngày ...... tháng ...... năm ......, tại ......" in first
    assert "None" not in first


def test_minutes_tell_zero_from_nothing():
    items = [
        item(name, unit="cái", quantity=Decimal(2), amount=amount) for name, amount in (("Mẫu A", 0), ("Mẫu B", None))
    ]
    text, *_rest = texts(paper(bare_minutes(results=items)).render_pdf())
    assert "1 Mẫu A cái 2 0 2 Mẫu B cái 2 - " in text


def test_minutes_letter_the_points_of_a_duty(pdf):
    text = " ".join(texts(pdf))
    assert "1. Bên giao có trách nhiệm: a) Bàn giao đầy đủ" in text
    assert "d) Lưu trữ hồ sơ đã nhận theo quy định; đ) Báo cáo Ủy ban nhân dân tỉnh" in text
    assert "hằng năm. 3. Hai bên cùng giải quyết" in text


def test_minutes_know_day_and_month_without_a_year(pdf):
    assert "ngày 12 tháng 12 năm ......, tại Hội trường" in texts(pdf)[0]


def test_minutes_escape_what_people_typed():
    typed = "Máy <b>ép</b> & <script>alert(1)</script>"
    document = paper(bare_minutes(equipment=[item(typed)], subject=[typed], finance=typed, notes=[typed]))
    html = document.render_html()
    assert "<b>" not in html
    assert "<script" not in html
    assert html.count(escape(typed)) == 5  # title, subject, item, finance, note
    assert typed in texts(document.render_pdf())[0]


@needs_poppler
def test_minutes_hold_the_longest_name_and_the_largest_amount():
    total = {"amount": LARGEST, "at_least": False}
    row = item(
        LONG_NAME,
        spec="SX-VN-5T/2020-KHONG-CO-DAU-CACH",
        unit="dây chuyền",
        quantity=Decimal("1234567.89"),
        amount=LARGEST,
        source="Khuyến công quốc gia, đối ứng",
        condition="Mới 100%",
        note="Kèm tài liệu",
    )
    printed = paper(
        minutes(
            subject=[LONG_NAME],
            results=[row],
            result_total=total,
            works=[row],
            equipment=[],
            asset_total=total,
        )
    ).render_pdf()
    text = " ".join(texts(printed))
    assert text.count("999.999.000.000.000") == 6
    assert text.count("Chín trăm chín mươi chín nghìn chín trăm chín mươi chín tỷ đồng") == 2
    assert [overlapping(page) + outside(page) for page in pages(printed)] == [[] for _page in pages(printed)]


@needs_poppler
def test_minutes_turn_the_page_for_a_wide_table():
    sources = ["Khuyến công quốc gia", "Khuyến công địa phương", "Đối ứng", "Khác"]
    amounts = dict(zip(sources, (5_368_000_000, 0, 6_452_000_000, None), strict=True))
    contracts = [
        contract(number, name, 0, 0)
        | {"amounts": amounts, "total": 11_820_000_000, "paid": 5_368_000_000, "remaining": 6_452_000_000}
        for number, (name, _project, _own) in enumerate(CONTRACTS[:2], start=1)
    ]
    totals = {"amounts": amounts, "total": 11_820_000_000, "paid": 5_368_000_000, "remaining": 6_452_000_000}
    printed = pages(
        paper(
            bare_minutes(
                contract_sources=sources, contracts=contracts, contract_totals=totals, has_paid=True, condition="Tốt."
            )  # fmt: skip
        ).render_pdf()
    )
    assert [page.width > page.height for page in printed] == [False, True, False]
    assert [page.words[0].text for page in printed[1:]] == ["2", "3"]
    assert "đã giải ngân" in " ".join(printed[1].text.split())
    assert [overlapping(page) + outside(page) for page in printed] == [[], [], []]


@needs_poppler
def test_minutes_keep_every_word_of_the_sample_in_its_place(pdf):
    assert [overlapping(page) + outside(page) for page in pages(pdf)] == [[] for _page in pages(pdf)]


def test_table_repeats_its_head_on_every_page(many_items):
    assert len(many_items) > 20
    assert {text.count("STT Tài sản, công trình Ký hiệu, quy cách") for text in many_items} == {1}


def test_table_never_cuts_a_row(many_items):
    homes = [
        [
            page
            for page, text in enumerate(many_items)
            if f"số {number} có tên dài đến mức phải xuống dòng M-{number}." in text
        ]
        for number in range(1, 401)
    ]
    assert [len(home) for home in homes] == [1] * 400
    assert homes == sorted(homes)


@pytest.mark.parametrize("lines", range(8, 24, 2))
def test_signatures_stay_with_their_names_and_the_end_of_the_text(lines):
    document = paper(bare_minutes(finance="\n\n".join(f"Dòng {line}." for line in range(lines))))
    [last] = [text for text in texts(document.render_pdf()) if "ĐẠI DIỆN BÊN NHẬN" in text]
    assert all(name in last for name in ("Đặng Hoàng Phúc", "Lâm Thị Thu Nguyệt", "Huỳnh Quốc Việt"))
    assert "nhất trí và ký tên./." in last


@pytest.mark.parametrize("lines", [1, 4, 7, 10])
def test_twelve_signatures_are_never_split(lines):
    signatures = [
        signature(f"Đại diện bên {number}.", f"Nguyễn Văn Thứ {number}.", post="Chủ tịch Hội đồng quản trị")
        for number in range(1, 13)
    ]
    filling = "\n\n".join(f"Dòng {line}." for line in range(lines))
    printed = texts(paper(bare_minutes(signatures=signatures, finance=filling)).render_pdf())
    homes = [
        [page for page, text in enumerate(printed) if f"ĐẠI DIỆN BÊN {number}." in text and f"Thứ {number}." in text]
        for number in range(1, 13)
    ]
    assert [len(home) for home in homes] == [1] * 12
    assert "ĐẠI DIỆN BÊN 1." in next(text for text in printed if "ký tên./." in text)
    assert homes[-1] == homes[-6]  # the last row has the one before it on its page
    assert "Nơi nhận" in printed[homes[-1][0]]


@needs_poppler
def test_one_party_signs_at_the_right_of_the_recipients():
    given = minutes()
    document = paper(bare_minutes(parties=given["parties"][1:2], signatures=given["signatures"][:1]))
    [page] = pages(document.render_pdf())
    recipients, capacity = page.find("Nơi"), page.find("ĐẠI")
    assert recipients.left == pytest.approx(30 * MM, abs=0.5)
    assert capacity.left > page.width / 2
    assert capacity.top == pytest.approx(recipients.top, abs=3)
    assert "1. Bên nhận: Sở Công Thương tỉnh Trà Vinh" in page.text


def test_signatures_say_for_whom_they_stand():
    signatures = [
        signature("Bên A", "Lê Văn An", on_behalf="UBND xã", mode="KT", capacity="Chủ tịch", post="Phó Chủ tịch"),
        signature("Bên B", "Trần Thị Bé", mode="Q", post="Giám đốc", manner="(đã ký)"),
    ]
    [text] = texts(paper(bare_minutes(signatures=signatures)).render_pdf())
    assert "BÊN A TM. UBND XÃ KT. CHỦ TỊCH PHÓ CHỦ TỊCH Lê Văn An" in text
    assert "BÊN B Q. GIÁM ĐỐC (đã ký) Trần Thị Bé" in text


VERIFY = {"code": "7K4MP-Q6XTC", "address": "khuyencong.example.vn/kiem-tra"}


def codes_seen(pdf):
    """What a phone reads off each page, printed and scanned grey at 150 dpi."""
    return [
        [found.text for found in zxingcpp.read_barcodes(page.render(scale=150 / 72, grayscale=True).to_pil())]
        for page in PdfDocument(pdf)
    ]


def test_paper_for_checking_has_its_code_in_words_and_on_screen_as_a_picture():
    html = paper(bare_minutes(verify=VERIFY)).render_html()
    assert "Mã tra cứu: 7K4MP-Q6XTC. Quét mã hoặc vào khuyencong.example.vn/kiem-tra để kiểm tra văn bản." in html
    assert html.count('<img class="qr" src="data:image/png;base64,') == 1
    assert 'class="qr"' not in paper(bare_minutes()).render_html()


@needs_poppler
def test_each_page_says_its_number_in_its_own_code():
    sources = ["Khuyến công quốc gia", "Khuyến công địa phương", "Đối ứng", "Khác"]
    contracts = [contract(1, "Cơ sở A", 1, 2) | {"amounts": dict.fromkeys(sources, 1), "paid": 0, "remaining": 3}]
    upright_and_wide = paper(bare_minutes(verify=VERIFY, contract_sources=sources, contracts=contracts))
    second = paper(bare_minutes(verify={**VERIFY, "code": "AAAAA-CCCCC"}))
    without = paper(bare_minutes())
    printed = merge([upright_and_wide, without, second])
    first_pages = [[f"HTTP://LOCALHOST:8000/KT/7K4MPQ6XTC/{page}"] for page in (1, 2, 3)]
    assert codes_seen(printed) == [*first_pages, [], ["HTTP://LOCALHOST:8000/KT/AAAAACCCCC/1"]]
    assert "Mã tra cứu: 7K4MP-Q6XTC." in texts(printed)[1]
    assert [overlapping(page) + outside(page) for page in pages(printed)] == [[] for _page in pages(printed)]
    drawn = reader(printed).pages[1].get_contents().get_data().rpartition(b"/Artifact\nBMC\nq\n")[2]
    assert drawn.startswith(b"0 0 0 rg\n")
    assert drawn.endswith(b" re\nf\nQ\nEMC")


def test_file_inside_a_paper_keeps_its_bytes_and_claims():
    files = tuple(
        Attached(name, content, "Số liệu của văn bản", datetime(2026, 3, 5))
        for name, content in (("so-lieu.json", b'{"a": 1}'), ("phu-luc.json", b"[]"))
    )
    document = replace(paper(bare_minutes()), attached=files)
    printed = document.render_pdf()
    assert printed == document.render_pdf()
    assert reader(printed).attachments == {"phu-luc.json": [b"[]"], "so-lieu.json": [b'{"a": 1}']}
    root = reader(printed).trailer["/Root"]
    listed = [(entry.get_object()["/UF"], entry.get_object()["/AFRelationship"]) for entry in root["/AF"]]
    assert listed == [("phu-luc.json", "/Data"), ("so-lieu.json", "/Data")]
    assert root["/Names"]["/EmbeddedFiles"]["/Names"][::2] == ["phu-luc.json", "so-lieu.json"]
    metadata = root["/Metadata"].get_data().decode()
    assert 'pdfaid:part="3" pdfaid:conformance="A"' in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert len(reader(merge([document, paper(bare_minutes())])).attachments) == 2
