"""Printed papers: a template and its data become a page on screen or an archival PDF.

Layout follows Decree 30/2020/NĐ-CP, Appendix I; it lives in `static/documents/document.css` and
`templates/documents/`. A PDF is PDF/A-3a (kept for decades) and PDF/UA-1 (readable by a screen
reader), carries its own fonts, and the same data always gives the same bytes.
"""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from mimetypes import guess_type
from pathlib import Path
from typing import Any

import pydyf
import weasyprint
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.http import content_disposition_header
from weasyprint.css.counters import CounterStyle
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from khuyencong.documents.annex import Annex
from khuyencong.documents.codes import code_text, qr_url, squares_of, typed_code
from khuyencong.word import CONTENT_TYPE as WORD_CONTENT_TYPE
from khuyencong.word import to_docx

# An https-style prefix, so that relative url() in the sheet resolves; .invalid never exists.
STATIC_PREFIX = "https://static.invalid/"
STYLESHEET = "documents/document.css"
ARCHIVAL = {"pdf_variant": "pdf/a-3a", "output_intent": "--srgb"}
COLOR_PROFILE = '@color-profile --srgb { src: url("documents/sRGB2014.icc"); components: r, g, b }'
# At the foot of the Word copy of an issued paper.
WORD_NOTE = "Bản Word để soạn thảo, không có giá trị pháp lý như bản phát hành."

# The identifier of PDF/UA-1 and, because PDF/A admits no property without its schema, the schema.
PDFUA_DESCRIPTIONS = b"""\
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfuaid:part>1</pdfuaid:part>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
</rdf:RDF>"""


@dataclass(frozen=True)
class Attached:
    """A file inside a PDF, as PDF/A-3 admits it; `at` is written into it, so the same `at` gives the same bytes.

    `relationship` to the paper as ISO 32000-2, 7.11.3 names it: Data, Source, Supplement.
    """

    name: str
    content: bytes
    description: str
    at: datetime
    relationship: str = "Data"

    def written(self) -> weasyprint.Attachment:
        return weasyprint.Attachment(
            file_obj=BytesIO(self.content), name=self.name, description=self.description, created=self.at,
            modified=self.at, relationship=self.relationship,
        )  # fmt: skip


@dataclass(frozen=True)
class Document:
    """One paper to print.

    `template_name` extends `documents/base.html`, whose head tells what every context holds;
    `filename` has no extension. The key `draft` of the context is the only home of the mark
    BẢN NHÁP: `as_draft()` sets it, screen and PDF read it. `verify` of the context, see `codes.verify_of`,
    puts a QR of its own at the foot of every page. `attached` are files inside the PDF, `annexes` files beside it.
    """

    template_name: str
    filename: str
    context: Mapping[str, Any]
    attached: tuple[Attached, ...] = ()
    annexes: tuple[Annex, ...] = ()

    def as_draft(self) -> "Document":
        """The same paper with BẢN NHÁP across every page and in its file name, and so its annexes."""
        return replace(
            self, filename=f"{self.filename}-ban-nhap", context={**self.context, "draft": True},
            annexes=tuple(annex.as_draft() for annex in self.annexes),
        )  # fmt: skip

    def render_html(self) -> str:
        """A complete page for the browser, with the very sheet that the PDF is made with."""
        return self._with_picture()._render(document_css=static(STYLESHEET))

    def render_pdf(self) -> bytes:
        """PDF/A-3a and PDF/UA-1. Raises RuntimeError when a picture of the paper cannot be had."""
        return self.print_out()[0]

    def print_out(self) -> tuple[bytes, int]:
        """The PDF and how many pages it has."""
        laid_out = self._lay_out()
        return _write(laid_out, self._codes(laid_out), self.attached), len(laid_out.pages)

    def as_response(self, *, inline: bool = True) -> HttpResponse:
        """The PDF, shown by the browser or, with `inline=False`, saved as a file."""
        return pdf_response(self.render_pdf(), self.filename, inline=inline)

    def render_docx(self) -> bytes:
        """The same paper as a Word file, made from the same HTML.

        An issued paper, which is one with `verify`, says on each page that this copy is for drafting. Its code is left
        out: that vouches for the PDF alone, and a scan of a changed copy must not find its way to the issued paper.
        """
        if not self.context.get("verify"):
            return to_docx(self._render(document_css=None))
        unvouched = replace(self, context={**self.context, "verify": None})
        return to_docx(unvouched._render(document_css=None), note=WORD_NOTE)

    def as_word_response(self) -> HttpResponse:
        """The Word file, to be saved."""
        return HttpResponse(
            self.render_docx(),
            headers={
                "Content-Type": WORD_CONTENT_TYPE,
                "Content-Disposition": content_disposition_header(True, f"{self.filename}.docx"),
                "X-Content-Type-Options": "nosniff",
            },
        )

    def _with_picture(self) -> "Document":
        """With the QR of page 1 as a picture, where nobody draws one on every page."""
        verify = self.context.get("verify")
        code = typed_code(verify["code"]) if verify else None
        if code is None:
            return self
        return replace(self, context={**self.context, "verify": {**verify, "qr": qr_url(code_text(code, 1))}})

    def _codes(self, laid_out: weasyprint.Document) -> list[str | None]:
        """What the QR of each page says."""
        verify = self.context.get("verify")
        code = typed_code(verify["code"]) if verify else None
        return [code and code_text(code, number) for number, _page in enumerate(laid_out.pages, start=1)]

    def _render(self, *, document_css: str | None) -> str:
        return render_to_string(self.template_name, {**self.context, "document_css": document_css})

    def _lay_out(self) -> weasyprint.Document:
        html = self._render(document_css=None)
        try:
            press = _press()
            return weasyprint.HTML(string=html, base_url=STATIC_PREFIX, url_fetcher=press.fetcher).render(
                stylesheets=[press.stylesheet],
                font_config=press.font_config,
                counter_style=press.counter_style,
                color_profiles=_color_profiles(press.fetcher),
                **ARCHIVAL,
            )
        except FatalURLFetchingError as error:
            # It is no Exception, so nothing above would catch it and answer.
            raise RuntimeError(f"Cannot print {self.filename}: {error}") from error


def merge(documents: Iterable[Document], *, title: str | None = None) -> bytes:
    """One PDF of several papers in the given order.

    Each paper keeps its own page numbers, its own QR and its own entry in the outline. The pages are joined
    before the file is written, so tags and archival claims hold for the whole; joining finished
    files would lose both. Without `title` the file is named after its first paper. Raises
    ValueError when there is nothing to print.
    """
    laid_out, codes, attached = [], [], []
    for document in documents:
        pages = document._lay_out()
        laid_out.append(pages)
        codes += document._codes(pages)
        attached += document.attached
    if not laid_out:
        raise ValueError("No document to merge.")
    whole = laid_out[0].copy([page for paper in laid_out for page in paper.pages])
    if title:
        whole.metadata.title = title
    return _write(whole, codes, attached)


def pdf_response(pdf: bytes, filename: str, *, inline: bool = True) -> HttpResponse:
    """Answer with a PDF; a Vietnamese `filename` (without extension) travels as RFC 5987 says."""
    return HttpResponse(
        pdf,
        headers={
            "Content-Type": "application/pdf",
            "Content-Disposition": content_disposition_header(not inline, f"{filename}.pdf"),
            "X-Content-Type-Options": "nosniff",
        },
    )


class StaticFetcher(URLFetcher):
    """Papers read our own static files and data: URLs: no network, no other local file."""

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        if url.startswith("data:"):
            return super().fetch(url, headers)
        # The finders refuse a path that climbs out of their folders.
        path = finders.find(url.removeprefix(STATIC_PREFIX)) if url.startswith(STATIC_PREFIX) else None
        if path is None:
            raise ValueError(f"Not a static file: {url}")
        # Without a content type WeasyPrint drops the sheet with no more than a log line.
        content_type = guess_type(path)[0] or "application/octet-stream"
        return URLFetcherResponse(url, Path(path).read_bytes(), {"Content-Type": content_type})


@dataclass(frozen=True)
class _Press:
    """What all papers of one thread are set with.

    The parts of a parsed sheet go together: without the counter styles the points of a clause come
    out as 1) 2) 3), without the fonts in another face.
    """

    fetcher: StaticFetcher
    font_config: FontConfiguration
    counter_style: CounterStyle
    stylesheet: weasyprint.CSS


_thread = threading.local()


def _press() -> _Press:
    """Parse the sheet and load the fonts once per thread.

    Not once per process: a FontConfiguration wraps a Pango font map, which belongs to the thread
    that made it, and the server answers requests in several threads.
    """
    if not hasattr(_thread, "press"):
        fetcher = StaticFetcher(fail_on_errors=True)
        font_config, counter_style = FontConfiguration(), CounterStyle()
        stylesheet = weasyprint.CSS(
            url=STATIC_PREFIX + STYLESHEET,
            url_fetcher=fetcher,
            font_config=font_config,
            counter_style=counter_style,
        )
        _thread.press = _Press(fetcher, font_config, counter_style, stylesheet)
    return _thread.press


def _color_profiles(fetcher: StaticFetcher) -> dict[str, Any]:
    """The colours that PDF/A asks for, read anew for each paper.

    A profile that has been written once is written with other bytes the next time; and the profile
    that the renderer would take by itself is left open.
    """
    profiles = {}
    weasyprint.CSS(string=COLOR_PROFILE, base_url=STATIC_PREFIX, url_fetcher=fetcher, color_profiles=profiles)
    return profiles


def _write(laid_out: weasyprint.Document, codes: list[str | None], attached: Iterable[Attached]) -> bytes:
    """The file; `codes` says for each page what its QR says, None for no QR."""

    def finish(_document: weasyprint.Document, pdf: pydyf.PDF) -> None:
        _declare_pdfua(pdf)
        _list_attachments_once(pdf)
        for page, code in zip(_pages(pdf), codes, strict=True):
            if code:
                _draw_code(pdf, page, code)

    # Their tree of names is to be in order.
    files = [part.written() for part in sorted(attached, key=lambda part: part.name)]
    return laid_out.write_pdf(finisher=finish, attachments=files, **ARCHIVAL)


def _declare_pdfua(pdf: pydyf.PDF) -> None:
    """Add the PDF/UA-1 identifier to the XMP packet.

    The renderer declares one variant at a time; the tags, title and language that PDF/UA asks for
    are already in the tagged PDF/A.
    """
    packet = _object(pdf, pdf.catalog["Metadata"]).stream
    packet[0] = packet[0].replace(b"</rdf:RDF>", PDFUA_DESCRIPTIONS, 1)


def _list_attachments_once(pdf: pydyf.PDF) -> None:
    """The renderer names each of them twice in the list of associated files."""
    if "AF" in pdf.catalog:
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))


def _pages(pdf: pydyf.PDF) -> list[pydyf.Dictionary]:
    return [_object(pdf, f"{number} 0 R") for number in pdf.pages["Kids"][::3]]


def _object(pdf: pydyf.PDF, reference: Any) -> Any:
    return pdf.objects[int(reference.split()[0])]


def _draw_code(pdf: pydyf.PDF, page: pydyf.Dictionary, text: str) -> None:
    """The QR of one page as black squares: part of the foot, so outside the tagged text.

    The renderer's own pictures are the same on every page; a page laid out anew for its code would cost half as much
    again. The page's axes point right and down here, in points.
    """
    content = _object(pdf, page["Contents"])
    _x, _y, width, height = page["MediaBox"]
    with content.artifact(), content.stacked():
        content.set_color_rgb(0, 0, 0)
        for square in squares_of(text, width, height):
            content.rectangle(*(round(size, 3) for size in square))
        content.fill()
