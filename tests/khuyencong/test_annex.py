"""Annexes of many rows: one file of its own, archival, with its sheet inside."""

import io
import re
import subprocess
from dataclasses import replace
from datetime import date

import pytest
from pypdf import PdfReader

from khuyencong.documents.annex import Annex, Cell, Column, Head, Row

LONG = "Ứng dụng máy móc tiên tiến trong sản xuất kẹo dừa " * 4
ROWS = [
    Row([Cell("I"), Cell("Nhóm máy móc"), Cell("999.999.000.000.000")], "group"),
    *(Row([Cell(str(number)), Cell(LONG), Cell("1.234.567.890")]) for number in range(1, 41)),
    Row([Cell(""), Cell("TỔNG CỘNG"), Cell("49.382.715.600")], "total"),
]
ANNEX = Annex(
    filename="2026_PL_ke-hoach",
    day=date(2026, 1, 5),
    title="Phụ lục Kế hoạch khuyến công năm 2026",
    author="Ủy ban nhân dân tỉnh Vĩnh Long",
    label="Phụ lục",
    name="Danh mục đề án khuyến công năm 2026",
    attached="(Kèm theo Quyết định số 10/QĐ-UBND)",
    columns=[Column(10, "centre"), Column(), Column(38, "right")],
    heads=[[Head("STT"), Head("Tên đề án"), Head("Kinh phí")], [Head(f"({n})", numbers=True) for n in (1, 2, 3)]],
    rows=ROWS,
    unit_line="Đơn vị tính: đồng",
    closing=["Bằng chữ: bốn mươi chín tỷ."],
    foot="Dữ liệu mẫu",
    files=[("phu-luc.xlsx", b"PK\x03\x04")],
)


@pytest.fixture(scope="module")
def pdf():
    return ANNEX.render_pdf()


def pages(pdf):
    found = PdfReader(io.BytesIO(pdf)).pages
    return [re.sub(r"\s+", " ", page.extract_text()) for page in found]


def test_annex_repeats_its_head_and_numbers_pages_from_the_second(pdf):
    texts = pages(pdf)
    assert len(texts) > 2
    assert all("STT Tên đề án Kinh phí" in text for text in texts)
    assert [bool(re.search(rf"(^| ){number}( |$)", text[:4])) for number, text in enumerate(texts, 1)] == [
        False, *[True] * (len(texts) - 1),
    ]  # fmt: skip
    whole = " ".join(texts)
    assert "DANH MỤC ĐỀ ÁN KHUYẾN CÔNG NĂM 2026" in whole
    assert "999.999.000.000.000" in whole
    assert whole.count("1.234.567.890") == 40
    assert "TỔNG CỘNG" in texts[-1]
    assert "BẢN NHÁP" not in whole
    assert "BẢN NHÁP" in pages(replace(ANNEX, draft=True).render_pdf())[0]


def test_annex_is_archival_tagged_and_lies_across(pdf):
    reader = PdfReader(io.BytesIO(pdf))
    packet = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in packet
    assert reader.trailer["/Root"]["/Lang"] == "vi"
    assert (
        reader.trailer["/Root"]["/MarkInfo"]["/Marked"] is True or reader.trailer["/Root"]["/MarkInfo"]["/Marked"].value
    )
    width, height = reader.pages[0].mediabox[2:]
    assert (round(float(width)), round(float(height))) == (842, 595)
    assert reader.attachments["phu-luc.xlsx"] == [b"PK\x03\x04"]
    assert reader.metadata.title == ANNEX.title


def test_annex_embeds_its_own_face_only(pdf, tmp_path):
    file = tmp_path / "annex.pdf"
    file.write_bytes(pdf)
    lines = subprocess.run(["pdffonts", file], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert lines
    assert all("LiberationSerif" in line and re.search(r"\byes yes yes\b", line) for line in lines)


def test_same_rows_give_the_same_bytes(pdf):
    assert ANNEX.render_pdf() == pdf


def test_annex_that_cannot_be_set_says_which():
    broken = replace(ANNEX, rows=[Row([Cell("1"), Cell("2"), Cell("3"), Cell("4", 9)])])
    with pytest.raises(RuntimeError, match="2026_PL_ke-hoach"):
        broken.render_pdf()
