"""Files are looked through before they are read: what opens gives plain rows, what attacks is refused in words."""

import io
import struct
import unicodedata
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from django.core.exceptions import ValidationError

from khuyencong.sheets import Merged, calamine_reader, encodings, open_workbook
from khuyencong.sheets.packed import PackedRows
from khuyencong.sheets.refusals import SENTENCES

FIXTURES = Path(__file__).parent / "sheets"
SHEET = "xl/worksheets/sheet1.xml"


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


PLAIN = workbook(["Tên", "Kinh phí"], ["a", 1], ["b", 2])


def changed(parts, data=PLAIN):
    """The workbook with parts replaced or added; a part may be a function of what it was."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = parts.get(name, old.read(name))
            new.writestr(name, part(old.read(name)) if callable(part) else part)
        for name in parts.keys() - set(old.namelist()):
            new.writestr(name, parts[name])
    return stream.getvalue()


def behind_rows(addition):
    return {SHEET: lambda part: part.replace(b"</sheetData>", addition + b"</sheetData>")}


def opened(data, name="bang.xlsx"):
    return open_workbook(io.BytesIO(data), name)


def compound_file(name, content=b"x" * 4096):
    """An old Office file holding one stream."""
    sector = 512
    count = len(content) // sector
    table = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 2 + count), 0xFFFFFFFE]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    header += struct.pack("<8I", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<I", 0)
    header += b"\xff" * (sector - len(header))

    def entry(label, kind, start, size):
        text = label.encode("utf-16-le") + b"\0\0"
        return (
            text.ljust(64, b"\0")
            + struct.pack("<HBB", len(text), kind, 1)
            + bytes(48)
            + struct.pack("<IQ", start, size)
        )

    fat = struct.pack(f"<{len(table)}I", *table).ljust(sector, b"\xff")
    entries = entry("Root Entry", 5, 0xFFFFFFFE, 0) + entry(name, 2, 2, len(content))
    return header + fat + entries.ljust(sector, b"\0") + content


def test_rows_begin_at_the_first_row_and_column_and_end_at_the_last_filled_cell():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["C3"], sheet["D4"], sheet["E4"] = "  Mỹ\n Tho ", 25_000_000.0, date(2018, 3, 5)
    sheet["B4"] = unicodedata.normalize("NFD", "Đề án")
    sheet.merge_cells("C3:E3")
    sheet.row_dimensions[4].hidden, sheet.column_dimensions["E"].hidden = True, True
    book.create_sheet("Ẩn").sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)

    found = opened(stream.getvalue())

    first, second = found.sheets
    assert (found.kind, found.encoding, found.remarks) == ("xlsx", "Unicode", ())
    assert first.rows == [(), (), (None, None, "Mỹ Tho"), (None, "Đề án", None, 25_000_000, date(2018, 3, 5))]
    assert type(first.rows[3][3]) is int
    assert first.merged == (Merged(3, 2, 3, 4),)
    assert (first.hidden_rows, first.hidden_columns) == ({4}, {4})
    assert [(sheet.name, sheet.is_hidden) for sheet in found.sheets] == [("Sheet", False), ("Ẩn", True)]
    assert second.rows == []


@pytest.mark.parametrize("ending", ["xls", "ods"])
def test_old_excel_and_libreoffice_read_like_the_new_excel(ending):
    name = f"list.{ending}"
    with (FIXTURES / name).open("rb") as stream:
        first, second = open_workbook(stream, name).sheets
    assert first.rows[1:6] == [
        ("TT", "Mã đề án", "Tên đề án", "Cơ sở thụ hưởng", "Ngày bắt đầu", "Tổng kinh phí"),
        (1, "DA-001", "Máy sấy", "Cơ sở Một", date(2018, 3, 5), 120.5),
        (None, "DA-002", None, "Cơ sở Hai", date(2018, 4, 6), 79.5),
        (3, "DA-003", "Máy ẩn", "Cơ sở Ba", date(2018, 5, 7), 1),
        (4, "0099", "Máy lỗi", "Cơ sở Bốn", "31/02/2018", "#DIV/0!"),
    ]
    assert (first.hidden_rows, first.hidden_columns) == ({5}, {1})
    assert set(first.merged) == {Merged(1, 0, 1, 5), Merged(3, 2, 4, 2)}
    assert (second.name, second.is_hidden) == ("Ẩn", True)


def test_errors_and_formulas_without_value_are_not_taken_for_empty():
    book = workbook(["Tên", "Kinh phí"], ["a", 1], ["b", "=1+1"])
    error = b'<c r="B2" t="e"><f>X9</f><v>#REF!</v></c>'
    data = changed({SHEET: lambda part: part.replace(b'<c r="B2" t="n"><v>1</v></c>', error)}, book)
    [sheet] = opened(data).sheets
    assert sheet.rows[1:] == [("a", "#REF!"), ("b",)]
    assert sheet.uncalculated == 1


def test_workbook_drawing_on_others_says_so_and_one_running_programs_is_refused():
    link = "xl/externalLinks/externalLink1.xml"
    book = opened(changed({link: b"<externalLink/>"}))
    assert "lấy số liệu từ 1 tệp khác" in book.remarks[0]
    assert book.sheets[0].remarks == book.remarks
    with pytest.raises(ValidationError) as refused:
        opened(changed({link: b'<externalLink><ddeLink ddeService="cmd"/></externalLink>'}))
    assert refused.value.code == "links"


def test_days_since_1904_are_told():
    data = changed({"xl/workbook.xml": lambda part: part.replace(b"<workbookPr/>", b'<workbookPr date1904="1"/>')})
    assert opened(data).sheets[0].since_1904


def test_a_million_blank_formatted_rows_are_left_out():
    blank = b"".join(b'<row r="%d" ht="15.75"/>' % number for number in range(4, 1_048_577))
    assert len(opened(changed(behind_rows(blank))).sheets[0].rows) == 3


PREFIXED = (
    b'<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>'
    b'<x:row r="1"><x:c r="A1"><x:v>7</x:v></x:c></x:row>%s</x:sheetData></x:worksheet>'
)


def test_cells_written_with_a_prefix_are_read():
    assert opened(changed({SHEET: PREFIXED % b""})).sheets[0].rows == [(7,)]


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "trong.xlsx", "empty"),
        (workbook(), "trong.xlsx", "empty"),
        (PLAIN[:-400], "cut.xlsx", "damaged"),
        (changed({SHEET: b"<worksheet><sheetData><row"}), "hong.xlsx", "damaged"),
        (changed({"xl/workbook.xml": b"<workbook"}), "hong.xlsx", "damaged"),
        (changed({"xl/bom.xml": bytes(60_000_000)}), "bom.xlsx", "bomb"),
        (changed({f"xl/x{number}.xml": b"" for number in range(3_001)}), "bom.xlsx", "bomb"),
        (changed({SHEET: lambda part: b'<!DOCTYPE l [<!ENTITY a "ha">]>' + part}), "cuoi.xlsx", "entities"),
        (changed({SHEET: lambda part: part.decode().encode("utf-16")}), "cuoi.xlsx", "damaged"),
        (changed({"xl/vbaProject.bin": b"x"}), "macro.xlsx", "macro"),
        (changed({"../x.xml": b"<x/>"}), "la.xlsx", "parts"),
        (changed(behind_rows(b'<row r="9"><c r="XFD1048576"><v>1</v></c></row>')), "xa.xlsx", "far"),
        (changed(behind_rows(b'<row r="200001"><c s="1" r="A200001"><v>1</v></c></row>')), "xa.xlsx", "far"),
        (changed({SHEET: PREFIXED % b'<x:row r="1048576"><x:c r="ZZZ1048576"/></x:row>'}), "xa.xlsx", "far"),
        (PLAIN, "bang.xlsm", "ending"),
        (PLAIN, "bang.csv", "ending"),
        (b"a;b\n1;2\n", "bang.xlsx", "ending"),
        (b"<html><table><tr><td>a</td></tr></table></html>", "bang.xls", "html"),
        (b"%PDF-1.7 ...", "bang.xlsx", "kind"),
        (changed({}, changed({"word/document.xml": b"<x/>"}, changed({}))).replace(b"xl/workbook", b"xl/workbxxk"),
         "van-ban.xlsx", "kind"),
        (compound_file("EncryptedPackage"), "khoa.xlsx", "password"),
        (compound_file("_VBA_PROJECT_CUR"), "macro.xls", "macro"),
        (compound_file("WordDocument"), "thu.xls", "kind"),
        (compound_file("Workbook")[:700], "hong.xls", "damaged"),
        (compound_file("Workbook", b"\x2f\x00\x02\x00\x00\x00".ljust(4096, b"\0")), "khoa.xls", "password"),
        (b"\x00\x01\x02\x9d" * 500, "rac.csv", "kind"),
        (bytes(range(128, 256)) * 9, "rac.csv", "text"),
        (b"a," * 400, "rong.csv", "large"),
        (b"a\n" * 120_001, "dai.csv", "large"),
    ],
)  # fmt: skip
def test_file_is_refused_with_what_to_do(data, name, code):
    with pytest.raises(ValidationError) as refused:
        opened(data, name)
    assert refused.value.code == code
    told = refused.value.messages[0]
    assert told.startswith(f"Tệp “{name}” ")
    assert told.endswith(".")
    if code in SENTENCES and code != "far":
        assert SENTENCES[code] in told


def ods(table):
    content = (
        '<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x"><office:body><office:spreadsheet>'
        f'<table:table table:name="A">{table}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    return stream.getvalue()


def test_libreoffice_cells_that_repeat_without_end_are_refused():
    cell = '<table:table-cell table:number-columns-repeated="9999" office:value-type="float" office:value="1"/>'
    with pytest.raises(ValidationError) as refused:
        opened(ods(f'<table:table-row table:number-rows-repeated="99999">{cell}</table:table-row>'), "bom.ods")
    assert refused.value.code == "far"


TEXT = "Tên đề án;Kinh phí;Ghi chú\nMáy sấy nông sản;25;\nĐường nội bộ cụm Bình Dương;1;có sự cố\n"
ROWS = [
    ("Tên đề án", "Kinh phí", "Ghi chú"),
    ("Máy sấy nông sản", "25"),
    ("Đường nội bộ cụm Bình Dương", "1", "có sự cố"),
]


def in_tcvn3(text):
    old = {chr(new): chr(code) for code, new in encodings.TCVN3.items() if isinstance(new, int)}
    old |= {new: chr(code) for code, new in encodings.TCVN3.items() if isinstance(new, str)}
    return "".join(old.get(letter, letter) for letter in text)


def in_vni(text):
    old = {new: code for code, new in encodings.VNI.items() if code in (code.lower(), code.upper())}
    return "".join(old.get(letter, letter) for letter in text)


def in_1258(text):
    """Windows-1258 writes a letter and its tone apart."""
    parts = []
    for letter in text:
        decomposed = unicodedata.normalize("NFD", letter)
        tone = "".join(mark for mark in decomposed if mark in "\u0300\u0301\u0303\u0309\u0323")
        plain = "".join(mark for mark in decomposed if mark not in tone)
        parts.append(unicodedata.normalize("NFC", plain) + tone)
    return "".join(parts).encode("cp1258")


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "UTF-8"),
        (TEXT.encode("utf-8-sig"), "UTF-8"),
        (TEXT.encode("utf-16"), "UTF-16"),
        (TEXT.encode("utf-16-le"), "UTF-16"),
        (in_1258(TEXT), "Windows-1258"),
        (in_tcvn3(TEXT).encode("latin-1"), "TCVN3 (ABC)"),
        (in_vni(TEXT).encode("cp1252"), "VNI"),
        (TEXT.replace(";", "\t").encode(), "UTF-8"),
        (("sep=;\n" + TEXT).encode(), "UTF-8"),
        (TEXT.replace(";", ",").encode(), "UTF-8"),
    ],
)
def test_text_file_is_read_in_every_encoding_and_delimiter(data, encoding):
    book = opened(data, "danh-sach.csv")
    assert (book.kind, book.encoding, book.sheets[0].rows) == ("csv", encoding, ROWS)


def test_text_file_keeps_its_row_numbers_and_quoted_line_breaks():
    rows = opened(b'a;b\n\n"x ""y""\nz";" 1 "\n;;\n', "a.txt").sheets[0].rows
    assert rows == [("a", "b"), (), ('x "y" z', "1")]


@pytest.mark.parametrize(("write", "encoding"), [(in_tcvn3, "TCVN3 (ABC)"), (in_vni, "VNI")])
def test_cells_in_old_fonts_become_unicode_and_unicode_stays(write, encoding):
    texts = ["Đơn vị thụ hưởng", "Công ty TNHH Sản xuất", "Sở Công Thương tỉnh Bắc Giang", "Lâm", "cụm công nghiệp"]
    book = opened(workbook([write(text) for text in texts], ["Đề án đã có Unicode", "plain", 5]))
    assert book.encoding == encoding
    assert book.remarks == (
        f"Chữ viết bằng bảng mã {encoding}, đã chuyển sang Unicode; xem lại vài tên trước khi nhập.",
    )
    assert book.sheets[0].rows == [tuple(texts), ("Đề án đã có Unicode", "plain", 5)]


def test_capitals_of_the_old_capital_fonts_come_back():
    assert encodings.from_tcvn3("TæNG CéNG") == "TỔNG CỘNG"
    assert encodings.from_tcvn3("Hµ Néi, UBND tØnh") == "Hà Nội, UBND tỉnh"


def test_unicode_sheet_is_not_mistaken_for_an_old_one():
    texts = ["Hoàng Lâm", "Cà Mau", "Tân Hòa", "Café", "Đắk Lắk"]
    book = opened(workbook(texts))
    assert (book.encoding, book.sheets[0].rows) == ("Unicode", [tuple(texts)])


def test_long_sheets_are_kept_packed_and_read_like_a_list():
    rows, packed = [(number, f"Máy {number}", date(2018, 3, 5)) for number in range(7_500)], PackedRows(3_000)
    rows[700] = ()
    for row in [*rows, (), ()]:
        packed.append(row)
    found = packed.finish(7_500, {(701, 1): "#REF!", (7_502, 0): "#N/A"})
    assert isinstance(found, PackedRows)
    rows[700] = (None, "#REF!")
    assert list(found) == [*rows, (), ("#N/A",)]
    assert (len(found), found[-1], found[6_999:7_001]) == (7_502, ("#N/A",), rows[6_999:7_001])
    with pytest.raises(IndexError):
        found[7_502]


def test_reader_that_dies_half_way_is_a_damaged_file(tmp_path, monkeypatch):
    program = tmp_path / "dies.py"
    program.write_text(
        "import os, pickle, sys\n"
        "sys.stdout.buffer.write(pickle.dumps(('sheets', [('A', True)])) + b'half a part')\n"
        "sys.stdout.flush()\n"
        "os.abort()\n"
    )
    monkeypatch.setattr(calamine_reader, "__file__", str(program))
    with (FIXTURES / "list.xls").open("rb") as stream, pytest.raises(ValidationError) as refused:
        open_workbook(stream, "list.xls")
    assert refused.value.code == "damaged"
