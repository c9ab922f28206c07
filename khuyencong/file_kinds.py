"""What an uploaded file really is, read from its content; its name only has to agree.

Refusals are Vietnamese sentences that say what to do. Nothing is unpacked to the disk, no picture is decoded.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from xml.parsers import expat

from django.core.exceptions import ValidationError
from PIL import Image, UnidentifiedImageError

from khuyencong.text import quoted

ACCEPTED = "PDF, JPG, PNG, DOCX, XLSX"
HEAD_SIZE = 16
# A reader looks for the end of a PDF in its last kilobyte (ISO 32000-1, implementation note 18).
PDF_TAIL = 1024
# An A4 page at 600 dpi; a JPEG is only ever decoded small, so that a large photograph costs little.
MOST_PIXELS = {"PNG": 36_000_000, "JPEG": 64_000_000}
LONGEST_SIDE = 20_000
MOST_ENTRIES = 3_000
MOST_UNPACKED = 200 * 1024 * 1024
MOST_TYPES_SIZE = 2 * 1024 * 1024
# The end record of an archive with its longest comment, and the mark of one beyond 4 GB.
ZIP_TAIL = 22 + 65_535
ZIP64_MARK = b"PK\x06\x07"
MOST_DIRECTORY = 1024 * 1024
CHUNK = 64 * 1024
CONTENT_TYPES = "[Content_Types].xml"
# The main part; copies saved on line are numbered.
WORD_PART, SHEET_PART = re.compile(r"word/document\d*\.xml"), re.compile(r"xl/workbook\d*\.xml")
# Words of content types and of part names that carry programs.
MACROS = ("macroenabled", "vbaproject", "vbadata", "activex", "macrosheet", "intlmacro", "attachedtoolbars")


@dataclass(frozen=True)
class FileKind:
    """A kind of file that the portal keeps. `check(stream)` raises ValidationError where the content is not sound."""

    label: str
    endings: tuple[str, ...]
    content_type: str
    check: Callable
    is_image: bool = False


def kind_of(stream, name):
    """The FileKind of an open binary file, checked through; the stream is left at its beginning.

    Raises ValidationError: not one of the kinds, damaged, carrying programs, or named as something else.
    """
    try:
        kind = _sound_kind(stream)
    except ValidationError as refusal:
        raise ValidationError(f"Tệp {quoted(name)}: {refusal.messages[0]}", code=refusal.code) from None
    ending = ending_of(name)
    if ending and ending not in kind.endings:
        raise ValidationError(
            f"Tệp {quoted(name)} mang đuôi “.{ending}” nhưng nội dung là {kind.label}: kiểm tra có đúng tệp cần tải, "
            f"đổi đuôi thành “.{kind.endings[0]}” rồi tải lại.",
            code="ending",
        )
    stream.seek(0)
    return kind


def _sound_kind(stream):
    stream.seek(0)
    head = stream.read(HEAD_SIZE)
    kind = _kind_by_head(head, stream)
    if kind is None:
        raise ValidationError(_advice(head, stream), code="kind")
    stream.seek(0)
    kind.check(stream)
    return kind


def ending_of(name):
    """The ending of a file name in lower case, without its dot."""
    return PurePosixPath(name).suffix.lower().removeprefix(".")


def _kind_by_head(head, stream):
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"PK\x03\x04"):
        return _office_kind(stream)
    return None


def _office_kind(stream):
    """DOCX or XLSX by the main part inside, None for any other archive."""
    _check_directory(stream)
    try:
        with zipfile.ZipFile(stream) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, struct.error):
        return None
    if CONTENT_TYPES not in names:
        return None
    if any(map(WORD_PART.fullmatch, names)):
        return DOCX
    return XLSX if any(map(SHEET_PART.fullmatch, names)) else None


def _advice(head, stream):
    """What to do with a file of another kind."""
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "là tệp Word, Excel kiểu cũ hoặc có mật khẩu. Mở ra, bỏ mật khẩu, lưu lại thành .docx hoặc .xlsx."
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"hevc"):
        return "là ảnh HEIC của điện thoại. Đổi sang JPG (hoặc chụp ở chế độ “Tương thích nhất”) rồi tải lại."
    if head.startswith((b"GIF8", b"II*\x00", b"MM\x00*", b"BM")) or head[8:12] == b"WEBP":
        return "là ảnh loại khác. Lưu lại thành JPG hoặc PNG rồi tải lại."
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")):
        return "là tệp nén hoặc bị hỏng. Giải nén rồi tải từng tệp bên trong."
    stream.seek(0)
    if stream.read(CHUNK).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        return f"là trang web hoặc hình vẽ (HTML, XML, SVG), không nhận. In ra PDF rồi tải lại; cổng nhận {ACCEPTED}."
    return f"không phải {ACCEPTED}, hoặc đã hỏng. Mở thử trên máy, lưu lại thành PDF rồi tải lại."


# PDF


def _check_pdf(stream):
    """Header of a known version and an end that says where its table stands: cut or disguised files lack it."""
    head = stream.read(8)
    if head[5:7] not in (b"1.", b"2.") or not head[7:8].isdigit():
        raise ValidationError("không đọc được phần đầu của PDF. Quét hoặc xuất PDF lại.", code="damaged")
    size = stream.seek(0, 2)
    stream.seek(max(0, size - PDF_TAIL))
    tail = stream.read(PDF_TAIL)
    if b"startxref" not in tail or b"%%EOF" not in tail:
        raise ValidationError("PDF bị cắt, thiếu phần cuối. Chép lại từ bản gốc hoặc quét lại.", code="damaged")


# Pictures


def _check_image(expected):
    def check(stream):
        try:
            with Image.open(stream, formats=[expected]) as image:
                _check_size(image, MOST_PIXELS[expected])
                image.verify()
            stream.seek(0)
            if expected == "JPEG" and not _jpeg_ends(stream.read()):
                raise UnidentifiedImageError
        except ValidationError:
            raise
        except Image.DecompressionBombError:
            raise ValidationError(f"ảnh quá lớn. {_shrink(MOST_PIXELS[expected])}", code="dimensions") from None
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError, struct.error):
            raise ValidationError(
                "ảnh hỏng hoặc bị cắt, không mở được. Mở thử trên máy, lưu lại thành JPG rồi tải lại.", code="damaged"
            ) from None

    return check


def _jpeg_ends(data):
    """Whether a JPEG has its end mark. Decoding would not tell: the PDF engine has Pillow take cut ones."""
    at = 2
    while data[at : at + 1] == b"\xff" and at + 4 <= len(data):
        if data[at + 1] == 0xDA:  # the picture begins; inside it the end mark cannot occur
            return data.find(b"\xff\xd9", at) > 0
        fill = data[at + 1] == 0xFF
        at += 1 if fill else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False


def _check_size(image, most_pixels):
    if image.width * image.height > most_pixels or max(image.size) > LONGEST_SIDE:
        told = f"ảnh {image.width} × {image.height} điểm là quá lớn."
        raise ValidationError(f"{told} {_shrink(most_pixels)}", code="dimensions")


def _shrink(most_pixels):
    return (
        f"Thu nhỏ còn dưới {most_pixels // 1_000_000} triệu điểm ảnh, mỗi cạnh không quá {LONGEST_SIDE} điểm, "
        "rồi tải lại."
    )


# Word, Excel


def _check_office(main_type):
    def check(stream):
        try:
            with zipfile.ZipFile(stream) as archive:
                _check_entries(archive.infolist())
                _check_types(archive, main_type)
                _read_through(archive)
        except ValidationError:
            raise
        # Damage shows itself as any of these; RuntimeError is a part with a password.
        except (zipfile.BadZipFile, zlib.error, expat.ExpatError, RuntimeError, OSError, EOFError, ValueError,
                struct.error):  # fmt: skip
            raise ValidationError(
                "tệp hỏng hoặc có mật khẩu. Mở bằng Word, Excel, lưu lại rồi tải lên lại.", code="damaged"
            ) from None

    return check


def _check_directory(stream):
    """Refuse a huge list of parts before anything reads it into memory, and archives that need 64 bits."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - ZIP_TAIL))
    tail = stream.read(ZIP_TAIL)
    end = tail.rfind(b"PK\x05\x06")
    record = tail[end : end + 22]
    if ZIP64_MARK in tail or (len(record) == 22 and struct.unpack("<4s4H2LH", record)[5] > MOST_DIRECTORY):
        raise _bomb_refusal()
    stream.seek(0)


def _bomb_refusal():
    return ValidationError(
        f"bên trong quá lớn (hơn {MOST_ENTRIES} phần hoặc {MOST_UNPACKED // 1024 // 1024} MB khi giải nén). "
        "In ra PDF rồi tải lại.",
        code="bomb",
    )


def _check_entries(entries):
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise _bomb_refusal()
    names = [entry.filename for entry in entries]
    if len(set(names)) < len(names) or any(_is_stray(name) for name in names):
        raise ValidationError("tệp có phần lạ bên trong. Mở bằng Word, Excel, lưu lại rồi tải lên lại.", code="parts")
    if any(word in name.lower() for name in names for word in MACROS):
        raise _macro_refusal()


def _is_stray(name):
    return name.startswith(("/", "\\")) or "\\" in name or ":" in name or ".." in name.split("/") or "\0" in name


def _check_types(archive, main_type):
    """The list of parts names the expected main part and none that carries a program, however it is called."""
    if archive.getinfo(CONTENT_TYPES).file_size > MOST_TYPES_SIZE:
        raise zipfile.BadZipFile
    found = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda tag, attributes: found.append(attributes.get("ContentType", ""))
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.Parse(archive.read(CONTENT_TYPES), True)
    if any(word in kind.lower() for kind in found for word in MACROS):
        raise _macro_refusal()
    if main_type not in found:
        raise zipfile.BadZipFile


def _refuse_doctype(*details):
    raise zipfile.BadZipFile


def _macro_refusal():
    return ValidationError(
        "có macro (chương trình) bên trong, không nhận. Lưu lại thành .docx hoặc .xlsx không macro, hoặc in ra PDF.",
        code="macro",
    )


def _read_through(archive):
    """Unpack every part into nothing: a wrong length or checksum raises; the sum is bounded by now."""
    for entry in archive.infolist():
        with archive.open(entry) as part:
            while part.read(CHUNK):
                pass


_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = FileKind("PDF", ("pdf",), "application/pdf", _check_pdf)
JPEG = FileKind("ảnh JPG", ("jpg", "jpeg", "jpe", "jfif"), "image/jpeg", _check_image("JPEG"), is_image=True)
PNG = FileKind("ảnh PNG", ("png",), "image/png", _check_image("PNG"), is_image=True)
DOCX = FileKind("Word (DOCX)", ("docx",), _WORD, _check_office(f"{_WORD}.main+xml"))
XLSX = FileKind("Excel (XLSX)", ("xlsx",), _SHEET, _check_office(f"{_SHEET}.main+xml"))
KINDS = (PDF, JPEG, PNG, DOCX, XLSX)
