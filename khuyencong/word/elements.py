"""WordprocessingML by hand: elements in one line each, and lengths in twentieths of a point, as Word counts them."""

from functools import cache

from docx.oxml.ns import qn
from docx.oxml.parser import oxml_parser

TWIPS_PER_POINT = 20
TWIPS_PER_MM = 1440 / 25.4


def points(value: float) -> int:
    return round(value * TWIPS_PER_POINT)


def millimetres(value: float) -> int:
    return round(value * TWIPS_PER_MM)


def w(tag: str, *children, **attributes):
    """An element of the main namespace: `w("jc", val="center")`. Attributes that are None are left out."""
    element = oxml_parser.makeelement(_name(tag))
    for name, value in attributes.items():
        if value is not None:
            element.set(_name(name), str(value))
    element.extend(children)
    return element


def text(value: str):
    """The text of a run, its spaces kept."""
    element = w("t")
    element.text = value
    element.set(qn("xml:space"), "preserve")
    return element


def paragraph(style: str, *runs):
    """A paragraph; `style` is the identifier of a style, see `styles.identifier`."""
    return w("p", w("pPr", w("pStyle", val=style)), *runs)


@cache
def _name(tag):
    return qn(f"w:{tag}")
