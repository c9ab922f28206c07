"""Issued papers of a few pages and what a scanner makes of them, for tests of scans and signatures."""

import hashlib
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from khuyencong.documents.codes import code_text, new_code, qr_of
from khuyencong.documents.scan_pictures import bind, to_jpeg
from khuyencong.documents.scans import start_batch
from khuyencong.documents.signed_copies import put_together
from khuyencong.models import IssuedDocument, PageStatus, ScanPage, StoredFile

# A4 at 150 dpi, and the side of the QR in the foot of a page.
A4, QR_SIDE = (1240, 1754), 90
PAPER, INK, SEAL = (250, 249, 244), (25, 25, 30), (205, 30, 40)


def issued(house, *, pages=2, number="03/BB-TTKC", pdf=None, **columns):
    """A row of the register with a PDF of its own, as issuing leaves it."""
    code = new_code()
    content = pdf or bind([to_jpeg(blank((210, 297)))] * pages)
    digest = hashlib.sha256(content).hexdigest()
    file = StoredFile(
        name="2026_BBNT_DA-014.pdf", content_type="application/pdf", size=len(content), sha256=digest,
        uploaded_by=house.officer,
    )  # fmt: skip
    file.file.save(digest[:32], ContentFile(content))
    values = {
        "kind": "acceptance", "kind_label": "Biên bản nghiệm thu", "title": "Nghiệm thu đề án", "subject_type": "x.y",
        "subject_id": IssuedDocument.objects.count() + 1, "subject_name": "Đề án", "owner": house.centre,
        "province": house.province, "issuer_name": str(house.centre), "year": 2026,
        "series": f"{house.centre.pk}|BB-TTKC",
        "number_text": number, "code": code, "file": file, "sha256": digest, "page_count": pages,
        "issued_by": house.officer, "search_key": "", **columns,
    }  # fmt: skip
    return IssuedDocument.objects.create(**values)


def blank(size=A4):
    return Image.new("RGB", size, PAPER)


def sheet(document, page, *, text=None):
    """One printed and signed page: lines of text, a seal, the QR at the foot."""
    picture = blank()
    draw = ImageDraw.Draw(picture)
    for row in range(24):
        draw.text((160, 160 + row * 44), f"{document.number_text} trang {page} dòng {row} " * 3, INK, font_size=22)
    draw.ellipse((760, 1290, 990, 1520), outline=SEAL, width=7)
    stamp(picture, text or code_text(document.code, page))
    return picture


def stamp(picture, text, at=(110, 1620)):
    code = qr_of(text)
    squares = [list(row) for row in code.matrix]
    small = Image.new("L", (len(squares), len(squares)))
    small.putdata([0 if dark else 255 for row in squares for dark in row])
    picture.paste(small.resize((QR_SIDE, QR_SIDE), Image.Resampling.BOX), at)


def jpeg(picture, name="trang.jpg", *, quality=80):
    written = BytesIO()
    picture.save(written, "JPEG", quality=quality)
    return SimpleUploadedFile(name, written.getvalue(), content_type="image/jpeg")


def pdf_of(pictures, name="ban-quet.pdf"):
    return SimpleUploadedFile(name, bind(to_jpeg(picture) for picture in pictures), content_type="application/pdf")


def scanned(document, by):
    """A pile of one page that went to page 1 of a document, and its signed copy: the ScanPage."""
    batch = start_batch([jpeg(blank((210, 297)))], by=by)
    place = {"batch": batch, "status": PageStatus.MATCHED, "document": document, "page_number": 1}
    # Where transactions really end, the pile has been read by now.
    page, _new = ScanPage.objects.update_or_create(file=batch.files.get(), index=0, defaults=place)
    put_together(document, by=by)
    return page
