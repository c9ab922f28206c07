"""Small papers in the words of the document kit, turned into Word files and read back by python-docx."""

import io
import zipfile

from docx import Document
from docx.oxml.ns import qn

from khuyencong.word import to_docx

DOT = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


def page(main, *, before="", title="Giấy mẫu", author="Sở Công Thương"):
    """A whole page: `before` stands where letterhead and running parts do."""
    return (
        f'<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="author" content="{author}"></head><body>{before}<main>{main}</main></body></html>'
    )


def opened(data):
    return Document(io.BytesIO(data))


def word(main, **parts):
    """The Word file of a page, opened."""
    return opened(to_docx(page(main, **parts)))


def told(document):
    """(style, text) of every paragraph outside of tables that has words in it."""
    return [(line.style.name, line.text) for line in document.paragraphs if line.text]


def find(document, text):
    """The first paragraph with this text, inside tables, too."""
    return next(line for line in paragraphs(document) if text in line.text)


def paragraphs(document):
    inside = [line for table in document.tables for cell in cells(table) for line in cell.paragraphs]
    return [*document.paragraphs, *inside]


def cells(table):
    return [cell for row in table.rows for cell in row.cells]


def texts(table):
    """The text of each row, a merged cell told once for each column it takes."""
    return [[cell.text for cell in row.cells] for row in table.rows]


def value(element, path, attribute="val"):
    """Of the one element at a path such as "w:pPr/w:jc"; None when it is not there."""
    found = element.find("/".join(qn(step) for step in path.split("/")))
    return None if found is None else found.get(qn(f"w:{attribute}"))


def numbers(document):
    """The label that Word counts for each numbered paragraph: [("1.", text), ...], read from the numbering part."""
    root = document.part.numbering_part.element
    kinds = {num.numId: num.abstractNumId.val for num in root.num_lst}
    levels = {kind.get(qn("w:abstractNumId")): list(kind.iterchildren(qn("w:lvl"))) for kind in root}
    counts, result = {}, []
    for line in document.paragraphs:
        place = line._p.pPr.numPr if line._p.pPr is not None else None
        if place is None:
            continue
        number, level = place.numId.val, place.ilvl.val
        counted = counts.setdefault(number, {})
        counted[level] = counted.get(level, 0) + 1
        for deeper in [each for each in counted if each > level]:
            del counted[deeper]
        look = levels[str(kinds[number])][level]
        sign = value(look, "w:lvlText").replace(f"%{level + 1}", _written(counted[level], value(look, "w:numFmt")))
        result.append((sign, line.text))
    return result


def names(data):
    return zipfile.ZipFile(io.BytesIO(data)).namelist()


def _written(count, kind):
    return ["", "I", "II", "III", "IV", "V", "VI", "VII"][count] if kind == "upperRoman" else str(count)
