"""Word refuses a file whose elements stand in another order than ISO/IEC 29500-1 gives; LibreOffice does not mind."""

import io
import random
import zipfile

import pytest
from docx.oxml.ns import qn
from lxml import etree

from khuyencong.word import to_docx
from khuyencong.word.convert import CLASSES, TAGS
from tests.khuyencong.documents.specimen import specimen
from tests.khuyencong.test_word_blocks import LETTERHEAD
from tests.khuyencong.test_word_page import DRAFT, FOOT, WIDE
from tests.khuyencong.test_word_tables import PLAN
from tests.khuyencong.word_files import page

ORDER = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore widowControl numPr pBdr shd spacing ind contextualSpacing jc "
    "outlineLvl rPr sectPr",
    "rPr": "rStyle rFonts b bCs i iCs caps smallCaps strike noProof vanish color spacing w kern position sz szCs "
    "highlight u vertAlign lang",
    "sectPr": "headerReference footerReference type pgSz pgMar pgNumType cols vAlign titlePg",
    "tblPr": "tblStyle tblW jc tblInd tblBorders shd tblLayout tblCellMar tblLook",
    "trPr": "cantSplit trHeight tblHeader",
    "tcPr": "tcW gridSpan vMerge tcBorders shd noWrap tcMar vAlign",
    "pBdr": "top left bottom right",
    "tcMar": "top left bottom right",
    "tblCellMar": "top left bottom right",
    "tblBorders": "top left bottom right insideH insideV",
    "style": "name basedOn next link uiPriority semiHidden qFormat pPr rPr tblPr",
    "docDefaults": "rPrDefault pPrDefault",
    "abstractNum": "nsid multiLevelType lvl",
    "lvl": "start numFmt pStyle suff lvlText lvlJc pPr rPr",
    "num": "abstractNumId lvlOverride",
    "numbering": "abstractNum num",
    "tbl": "tblPr tblGrid tr",
    "tr": "trPr tc",
    "tc": "tcPr p",
    "sdt": "sdtPr sdtContent",
    "settings": "defaultTabStop characterSpacingControl compat themeFontLang decimalSymbol listSeparator",
    "compat": "doNotExpandShiftReturn compatSetting",
    "styles": "docDefaults style",
}
PARAGRAPH_ORDER = [qn(f"w:{child}") for child in ORDER["pPr"].split()]
CONTENT_TAGS = sorted(TAGS - {"html", "head", "meta", "title", "link", "body"})
SMALL = page(
    f'<div class="body numbered"><h2>Một</h2><ol class="clauses"><li>a<ol class="points"><li>b</li></ol></li></ol>'
    f'<ul class="dashes"><li>c</li></ul><p class="urgency">Khẩn</p><p><span class="check on"></span>'
    f'<span class="blank">....</span> <strong>x<em>y</em></strong><sup>2</sup></p>{PLAN}</div>{WIDE}',
    before=LETTERHEAD + FOOT + DRAFT,
)


@pytest.fixture(scope="module", params=["small", "specimen"])
def parts(request):
    data = to_docx(SMALL if request.param == "small" else specimen())
    archive = zipfile.ZipFile(io.BytesIO(data))
    return [
        etree.fromstring(archive.read(name))
        for name in archive.namelist()
        if name.startswith("word/") and name.endswith(".xml")
    ]


def elements(parts, name):
    return [element for part in parts for element in part.iter(qn(f"w:{name}"))]


@pytest.mark.parametrize("name", ORDER)
def test_children_stand_in_the_order_of_the_standard(parts, name):
    order = [qn(f"w:{child}") for child in ORDER[name].split()]
    for element in elements(parts, name):
        places = [order.index(child.tag) for child in element]
        assert places == sorted(places)


def test_cells_and_body_end_with_a_paragraph(parts):
    assert {cell[-1].tag for cell in elements(parts, "tc")} == {qn("w:p")}
    [body] = elements(parts, "body")
    assert [body[-2].tag, body[-1].tag] == [qn("w:p"), qn("w:sectPr")]


def test_rows_fill_the_grid_of_their_table(parts):
    for table in elements(parts, "tbl"):
        columns = len(table.find(qn("w:tblGrid")))
        for row in table.iterchildren(qn("w:tr")):
            spans = [cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}") for cell in row.iterchildren(qn("w:tc"))]
            assert sum(1 if span is None else int(span.get(qn("w:val"))) for span in spans) == columns


def test_every_style_and_list_that_is_used_is_defined(parts):
    defined = {style.get(qn("w:styleId")) for style in elements(parts, "style")}
    used = {use.get(qn("w:val")) for name in ("pStyle", "tblStyle", "basedOn") for use in elements(parts, name)}
    assert used - defined == set()
    lists = {num.get(qn("w:numId")) for num in elements(parts, "num")}
    assert {use.get(qn("w:val")) for use in elements(parts, "numId")} - lists == set()


@pytest.mark.parametrize("seed", range(3))
def test_any_mixture_of_the_vocabulary_becomes_a_file_that_opens(seed, recwarn):
    """Templates nest in ways that nobody thought of; a clerk always gets a file, whatever it looks like."""
    chance = random.Random(seed)
    for _paper in range(15):
        data = to_docx(page("".join(mixture(chance, 5) for _part in range(6))))
        archive = zipfile.ZipFile(io.BytesIO(data))
        [body] = etree.fromstring(archive.read("word/document.xml"))
        assert body[-1].tag == qn("w:sectPr")
        assert {cell[-1].tag for cell in body.iter(qn("w:tc"))} <= {qn("w:p")}
        for properties in body.iter(qn("w:pPr")):
            places = [PARAGRAPH_ORDER.index(child.tag) for child in properties]
            assert places == sorted(places)


def mixture(chance, depth):
    """Elements and classes of the kit, one within the other as chance has it."""
    if depth == 0 or chance.random() < 0.25:
        return chance.choice(["chữ ", "\n", "&nbsp;", "&#11;", "<br>"])
    name, marks = chance.choice(CONTENT_TAGS), chance.sample(sorted(CLASSES), chance.randint(0, 2))
    spans = "".join(f' {span}="{chance.choice("0239x")}"' for span in ("colspan", "rowspan"))
    inside = "".join(mixture(chance, depth - 1) for _child in range(chance.randint(0, 4)))
    return f'<{name} class="{" ".join(marks)}"{spans}>{inside}</{name}>'
