"""The page: margins, sections, the number at its head, the foot, BẢN NHÁP, and the file that it is kept in.

Nghị định 30/2020/NĐ-CP, Phụ lục I: A4, 20/15/22/30 mm, the number centred in the top margin and not on page 1; an
appendix counts its own pages.
"""

import io
import re
import zipfile
from base64 import b64decode
from dataclasses import dataclass
from functools import cache

from docx import Document as open_document
from docx.image.exceptions import UnrecognizedImageError
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.shared import Mm

from khuyencong.word import inline
from khuyencong.word.elements import millimetres, paragraph, w
from khuyencong.word.styles import LANGUAGE, LAYOUT_TABLE, identifier, write_styles

SHORT_SIDE, LONG_SIDE = millimetres(210), millimetres(297)
TOP, RIGHT, BOTTOM, LEFT = (millimetres(length) for length in (20, 15, 22, 30))
# The number stands in the middle of the top margin, the foot leaves 6 mm for the printer.
HEADER_DISTANCE, FOOTER_DISTANCE = millimetres(7.5), millimetres(6)
QR_SIDE = 14
DATA_URL = re.compile(r"data:image/[\w.+-]+;base64,(.+)", re.DOTALL)
# The template of python-docx comes with a picture of itself, a theme and the styles of an American office.
UNWANTED = {RELATIONSHIP_TYPE.THUMBNAIL, RELATIONSHIP_TYPE.EXTENDED_PROPERTIES, RELATIONSHIP_TYPE.CUSTOM_XML}
UNWANTED_PARTS = {"stylesWithEffects", "theme", "fontTable", "webSettings", "customXml"}
EPOCH = (1980, 1, 1, 0, 0, 0)
COMPATIBILITY_URI = "http://schemas.microsoft.com/office/word"
# The very shape that Word's own "Watermark" makes, so that its "Remove Watermark" finds it.
WATERMARK = """\
<w:r xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml"
 xmlns:o="urn:schemas-microsoft-com:office:office"><w:rPr><w:noProof/></w:rPr><w:pict>
<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800" path="m@7,l@8,m@5,21600l@6,21600e">
<v:formulas><v:f eqn="sum #0 0 10800"/><v:f eqn="prod #0 2 1"/><v:f eqn="sum 21600 0 @1"/><v:f eqn="sum 0 0 @2"/>
<v:f eqn="sum 21600 0 @3"/><v:f eqn="if @0 @3 0"/><v:f eqn="if @0 21600 @1"/><v:f eqn="if @0 0 @2"/>
<v:f eqn="if @0 @4 21600"/><v:f eqn="mid @5 @6"/><v:f eqn="mid @8 @5"/><v:f eqn="mid @7 @8"/><v:f eqn="mid @6 @7"/>
<v:f eqn="sum @6 0 @5"/></v:formulas>
<v:path textpathok="t" o:connecttype="custom" o:connectlocs="@9,0;@10,10800;@11,21600;@12,10800"
 o:connectangles="270,180,90,0"/><v:textpath on="t" fitshape="t"/></v:shapetype>
<v:shape id="PowerPlusWaterMarkObject{number}" o:spid="_x0000_s{spid}" type="#_x0000_t136" alt="{words}"
 style="position:absolute;margin-left:0;margin-top:0;width:430pt;height:86pt;rotation:310;z-index:-251658752;\
mso-position-horizontal:center;mso-position-horizontal-relative:page;\
mso-position-vertical:center;mso-position-vertical-relative:page" o:allowincell="f" fillcolor="#e6e6e6" stroked="f">
<v:textpath style="font-family:&quot;Times New Roman&quot;;font-size:1pt;font-weight:bold" string="{words}"/>
</v:shape></w:pict></w:r>"""


@dataclass(frozen=True)
class Section:
    """Pages of one kind; `restart` for an appendix, whose first page is 1 and shows no number."""

    landscape: bool = False
    restart: bool = False

    @property
    def text_width(self) -> int:
        """Between the margins, in twentieths of a point."""
        return (LONG_SIDE if self.landscape else SHORT_SIDE) - LEFT - RIGHT


@dataclass(frozen=True)
class Foot:
    """What stands at the foot of every page: lines of pieces, and a picture (a data: URL) at the right."""

    lines: tuple = ()
    picture: str = ""
    picture_text: str = ""


def new_file():
    """An empty Word file with our styles and no other; a python-docx document."""
    return open_document(io.BytesIO(_empty_file()))


def set_properties(document, *, title: str, author: str) -> None:
    """What a person who moves between files sees; no date, so that the same data gives the same bytes."""
    properties = document.core_properties
    properties.title, properties.author, properties.language = title[:255], author[:255], LANGUAGE


def section_properties(section: Section, *, first: bool):
    """A `w:sectPr`. Head and foot of the first section hold for all that follow."""
    width, height = (LONG_SIDE, SHORT_SIDE) if section.landscape else (SHORT_SIDE, LONG_SIDE)
    distances = {"header": HEADER_DISTANCE, "footer": FOOTER_DISTANCE, "gutter": 0}
    return w(
        "sectPr",
        w("type", val="nextPage"),
        w("pgSz", w=width, h=height, orient="landscape" if section.landscape else None),
        w("pgMar", top=TOP, right=RIGHT, bottom=BOTTOM, left=LEFT, **distances),
        *([w("pgNumType", start=1)] if section.restart else []),
        *([w("titlePg")] if first or section.restart else []),
    )


def write_running_parts(document, *, watermark: str, foot: Foot) -> None:
    """Head and foot of the pages, with another head for the first page of a part, which shows no number."""
    section = document.sections[0]
    section.different_first_page_header_footer = True
    heads = ((section.header, [_page_number()]), (section.first_page_header, []))
    for number, (head, runs) in enumerate(heads, 1):
        mark = [parse_xml(WATERMARK.format(number=number, spid=2048 + number, words=watermark))] if watermark else []
        _replace(head, [paragraph(identifier("Số trang"), *runs, *mark)])
    for part in (section.footer, section.first_page_footer):
        _replace(part, _foot(part, foot))


def save(document) -> bytes:
    """The bytes of the file; the same content gives the same bytes, at whatever hour it is written."""
    written = io.BytesIO()
    document.save(written)
    return _without_dates(written.getvalue())


@cache
def _empty_file():
    """The template of python-docx, emptied once: its 880 kB of styles would be read for every paper."""
    document = open_document()
    package, main = document.part.package, document.part
    for rels in (package.rels, main.rels):
        for key, rel in list(rels.items()):
            if rel.reltype in UNWANTED or any(name in rel.reltype for name in UNWANTED_PARTS):
                del rels[key]
    for root in (document.styles.element, main.numbering_part.element, document.settings.element):
        root[:] = []
    write_styles(document.styles.element)
    document.settings.element.extend(_settings())
    properties = document.core_properties._element
    properties[:] = []
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _settings():
    """As Word 2013 and later writes them; a line ended by hand inside a justified paragraph is not stretched."""
    yield w("defaultTabStop", val=720)
    yield w("characterSpacingControl", val="doNotCompress")
    mode = w("compatSetting", name="compatibilityMode", uri=COMPATIBILITY_URI, val=15)
    yield w("compat", w("doNotExpandShiftReturn"), mode)
    yield w("themeFontLang", val=LANGUAGE)
    yield w("decimalSymbol", val=",")
    yield w("listSeparator", val=";")


def _page_number():
    return w("fldSimple", w("r", w("t")), instr=" PAGE ")


def _replace(part, blocks):
    root = part._element
    root[:] = blocks


def _foot(part, foot):
    style = identifier("Chân trang")
    texts = [paragraph(style, *inline.runs(line)) for line in foot.lines]
    picture = _picture(part, foot)
    if picture is None:
        return texts or [paragraph(style)]
    # Widths in fiftieths of a per cent follow a page that is turned.
    cells = [_cell(4550, texts or [paragraph(style)]), _cell(450, [picture])]
    head = w("tblPr", w("tblStyle", val=LAYOUT_TABLE), w("tblW", w=5000, type="pct"))
    width = Section().text_width
    grid = w("tblGrid", w("gridCol", w=width * 91 // 100), w("gridCol", w=width * 9 // 100))
    return [w("tbl", head, grid, w("tr", *cells)), paragraph(identifier("Dòng trống"))]


def _cell(width, blocks):
    return w("tc", w("tcPr", w("tcW", w=width, type="pct")), *blocks)


def _picture(part, foot):
    """The paragraph of the QR code; None when there is none or no picture can be read."""
    match = DATA_URL.fullmatch(foot.picture)
    if not match:
        return None
    holder = part.add_paragraph()
    try:
        shape = holder.add_run().add_picture(io.BytesIO(b64decode(match[1])), width=Mm(QR_SIDE), height=Mm(QR_SIDE))
    except (UnrecognizedImageError, ValueError):
        return None
    finally:
        part._element.remove(holder._p)
    shape._inline.docPr.set("descr", foot.picture_text)
    return paragraph(identifier("Chân trang"), *holder._p.r_lst)


def _without_dates(written):
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(written)) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return result.getvalue()
