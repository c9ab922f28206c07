"""Pages of scans as pictures: drawn from a PDF or a photograph, their QR read, turned upright, bound as one PDF."""

import hashlib
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO

import pypdfium2
import zxingcpp
from django.core.exceptions import ValidationError
from PIL import Image, ImageChops, ImageFilter, ImageOps

from khuyencong.documents.codes import read_code
from khuyencong.file_kinds import PDF
from khuyencong.models import StoredFile
from khuyencong.text import quoted

# The long side of A4 in inches; a page of any size is drawn to it, so that none can ask for a huge picture.
LONG_SIDE = 297 / 25.4
POINTS = 72
# Enough to read the QR of nearly every page and to print the copy; the second one is for faint and small codes.
DPI, FINE_DPI = 200, 320
QUALITY = 72
# A blank page has a speck of dust at most; seen small and in grey, darker than its own paper by so much.
SEEN = (200, 280)
DARKER, SPECKS = 45, 4
# A seal or blue ink: so far apart lie red, green and blue in so many pixels of the small picture; paper's tint is less.
COLOURED, COLOURED_PIXELS = 60, 12

# The PDF engine may be used by one thread at a time.
_engine = threading.RLock()


@dataclass(frozen=True)
class Reading:
    """What a page says of itself. `code` is empty when no QR of ours was read; `page` None when it tells none.

    `turned_by` is how far the page lies turned clockwise (0, 90, 180, 270); `has_other_code` tells of a QR that is not
    ours.
    """

    code: str = ""
    page: int | None = None
    turned_by: int = 0
    has_other_code: bool = False
    is_blank: bool = False


def count_pages(stream, content_type: str, name: str) -> int:
    """Pages of an open PDF, 1 for a picture. Raises ValidationError: with a password, or damaged."""
    if content_type != PDF.content_type:
        return 1
    try:
        with _engine, pypdfium2.PdfDocument(stream) as pdf:
            count = len(pdf)
    except pypdfium2.PdfiumError:
        count = 0
    if not count:
        raise ValidationError(
            f"Tệp {quoted(name)} có mật khẩu hoặc đã hỏng. Bỏ mật khẩu, lưu lại thành PDF rồi tải lại.", code="damaged"
        )
    return count


class Drawer:
    """The pages of one stored file as pictures; a context manager, since the PDF stays open between pages."""

    def __init__(self, stored: StoredFile):
        self.stored = stored

    def __enter__(self):
        with self.stored.file.storage.open(self.stored.file.name) as stream:
            self.content = stream.read()
        self.pdf = None
        if self.stored.content_type == PDF.content_type:
            with _engine:
                self.pdf = pypdfium2.PdfDocument(self.content)
        return self

    def __exit__(self, *error):
        if self.pdf:
            with _engine:
                self.pdf.close()

    def draw(self, index: int, dpi: int = DPI) -> Image.Image:
        """One page in colour, its long side that of A4 at `dpi`; a picture with fewer points is not enlarged.

        Raises OSError when the page cannot be drawn.
        """
        side = round(LONG_SIDE * dpi)
        return self._picture(side) if self.pdf is None else self._page(index, side)

    def _page(self, index, side):
        try:
            with _engine:
                page = self.pdf[index]
                drawn = page.render(scale=side / max(page.get_size())).to_pil().convert("RGB")
                page.close()
        except (pypdfium2.PdfiumError, ValueError, ZeroDivisionError) as error:
            raise OSError(f"Page {index + 1} of stored file {self.stored.pk} cannot be drawn.") from error
        return drawn

    def _picture(self, side):
        try:
            with Image.open(BytesIO(self.content), formats=["JPEG", "PNG"]) as image:
                image.draft("RGB", (side, side))
                drawn = ImageOps.exif_transpose(image).convert("RGB")
        except (SyntaxError, ValueError) as error:
            raise OSError(f"Stored file {self.stored.pk} cannot be drawn.") from error
        drawn.thumbnail((side, side))
        return drawn


# Read


def read_page(draw: Callable[[int], Image.Image]) -> Reading:
    """Look for our QR: first quickly, then with more contrast, then in a finer picture. `draw(dpi)` gives the page."""
    found = []
    for picture, binarizer in _views(draw):
        codes = zxingcpp.read_barcodes(picture, formats=zxingcpp.QRCode, binarizer=binarizer)
        for code in codes:
            if told := read_code(code.text):
                return Reading(*told, turned_by=_turn(code.orientation))
        found += codes
        if not found and _is_blank(picture):
            return Reading(is_blank=True)
    return Reading(turned_by=_turn(found[0].orientation) if found else 0, has_other_code=bool(found))


def _views(draw):
    """The same page in grey and how to tell black from white in it, from the cheapest look to the dearest."""
    local, overall = zxingcpp.LocalAverage, zxingcpp.GlobalHistogram
    plain = draw(DPI).convert("L")
    yield plain, local
    yield plain, overall
    yield ImageOps.autocontrast(plain.filter(ImageFilter.MedianFilter(3)), cutoff=2), local
    fine = draw(FINE_DPI).convert("L")
    if max(fine.size) < LONG_SIDE * FINE_DPI * 0.9:
        fine = ImageOps.scale(fine, 2, Image.Resampling.BICUBIC)
    yield fine, local
    yield ImageOps.autocontrast(fine.filter(ImageFilter.GaussianBlur(1.5)), cutoff=2), local


def _turn(orientation):
    """Degrees as the reader tells them, such as -87, to the nearest quarter turn."""
    return round(orientation / 90) * 90 % 360


def _is_blank(grey):
    small = grey.resize(SEEN, Image.Resampling.BOX)
    counts = small.histogram()
    paper = max(range(256), key=counts.__getitem__)
    return sum(counts[: max(0, paper - DARKER)]) <= SPECKS


def picture_hash(picture: Image.Image) -> str:
    """SHA-256 of what is seen, whichever file it came in."""
    return hashlib.sha256(repr(picture.size).encode() + picture.tobytes()).hexdigest()


# Write


def upright(picture: Image.Image, turned_by: int) -> Image.Image:
    """`turned_by`: how far the page lies turned clockwise."""
    return picture.rotate(turned_by, expand=True) if turned_by else picture


def to_jpeg(picture: Image.Image, quality: int = QUALITY) -> bytes:
    """Small enough to keep; a page without coloured ink is kept in grey."""
    written = BytesIO()
    kept = picture if _is_coloured(picture) else picture.convert("L")
    kept.save(written, "JPEG", quality=quality, optimize=True)
    return written.getvalue()


def _is_coloured(picture):
    red, green, blue = picture.resize(SEEN, Image.Resampling.BOX).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    least = ImageChops.darker(ImageChops.darker(red, green), blue)
    return sum(ImageChops.subtract(most, least).histogram()[COLOURED:]) > COLOURED_PIXELS


def bind(pictures: Iterable[bytes]) -> bytes:
    """One PDF of JPEG pages, each with the long side of A4, in the given order."""
    with _engine, pypdfium2.PdfDocument.new() as pdf:
        for jpeg in pictures:
            with Image.open(BytesIO(jpeg)) as image:
                scale = LONG_SIDE * POINTS / max(image.size)
                width, height = (side * scale for side in image.size)
            shown = pypdfium2.PdfImage.new(pdf)
            shown.load_jpeg(BytesIO(jpeg), inline=True)
            shown.set_matrix(pypdfium2.PdfMatrix().scale(width, height))
            page = pdf.new_page(width, height)
            page.insert_obj(shown)
            page.gen_content()
            page.close()
        written = BytesIO()
        pdf.save(written)
    return written.getvalue()
