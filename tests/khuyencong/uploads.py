"""Small files of every kind, sound and hostile, for tests of uploads."""

import struct
import zipfile
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook
from PIL import Image

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
MACRO_WORD = "application/vnd.ms-word.document.macroEnabled.main+xml"
MACRO_SHEET = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"


def picture(kind="JPEG", size=(64, 48)):
    written = BytesIO()
    Image.new("RGB", size, "#27408b").save(written, kind)
    return written.getvalue()


def archive(parts, *, compression=zipfile.ZIP_DEFLATED):
    written = BytesIO()
    with zipfile.ZipFile(written, "w", compression) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return written.getvalue()


def types(*kinds):
    """The list of parts of an Office file, as bytes."""
    overrides = "".join(f'<Override PartName="/p{n}" ContentType="{kind}"/>' for n, kind in enumerate(kinds))
    return f'<?xml version="1.0"?><Types xmlns="urn:t">{overrides}</Types>'.encode()


def docx(*kinds, main="word/document.xml", **parts):
    more = {name.replace("__", "/"): content for name, content in parts.items()}
    return archive({"[Content_Types].xml": types(*(kinds or [WORD])), main: "<w/>"} | more)


def xlsx():
    written = BytesIO()
    Workbook().save(written)
    return written.getvalue()


def lying_directory():
    """An archive whose end claims a list of parts of 2 GB."""
    whole = bytearray(docx())
    at = whole.rfind(b"PK\x05\x06")
    whole[at + 12 : at + 16] = struct.pack("<L", 2**31)
    return bytes(whole)


def upload(content=PDF, name="quyet-dinh.pdf"):
    return SimpleUploadedFile(name, content, content_type="application/pdf")
