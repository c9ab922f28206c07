"""The text of a paragraph: letters, line breaks and marks become runs."""

import re
from dataclasses import dataclass, replace

from docx.oxml import parse_xml

from khuyencong.word.elements import text, w

SPACES = re.compile(r"[ \t\n\r\f]+")
# What XML cannot hold, pasted with a name out of another program.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\ufffe\uffff]")
# Not the sign of a negative amount: a copy of that is still a number elsewhere.
WITHIN_A_WORD, BEFORE_A_NUMBER = re.compile(r"(?<=\w)-(?=\w)"), re.compile(r"(?<=\w)-(?=\d)")
NO_BREAK_SPACE = "\u00a0"
BOLD, ITALIC = {"strong", "b"}, {"em", "i"}
INLINE = BOLD | ITALIC | {"span", "br", "sup", "sub", "a"}
# Twentieths of a point between the dots of a line to fill in.
DOT_GAP = 34
END_OF_TEXT = "/."
# A box that can be ticked in Word.
CHECK_BOX = """\
<w:sdt xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"
 xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml">
<w:sdtPr><w14:checkbox><w14:checked w14:val="{checked}"/>
<w14:checkedState w14:val="2612" w14:font="MS Gothic"/><w14:uncheckedState w14:val="2610" w14:font="MS Gothic"/>
</w14:checkbox></w:sdtPr>
<w:sdtContent><w:r><w:rPr><w:rFonts w:ascii="MS Gothic" w:hAnsi="MS Gothic" w:eastAsia="MS Gothic"/></w:rPr>
<w:t>{sign}</w:t></w:r></w:sdtContent></w:sdt>"""


@dataclass(frozen=True)
class Look:
    """What a piece of text differs by from the style of its paragraph; `width` of its letters in per cent."""

    bold: bool = False
    italic: bool = False
    dots: bool = False
    whole: bool = False
    raised: str = ""
    width: int = 100


@dataclass(frozen=True)
class Piece:
    """A stretch of text in one look."""

    text: str
    look: Look


@dataclass(frozen=True)
class Box:
    """A check box."""

    checked: bool


class Break:
    """A new line in the same paragraph."""


BREAK = Break()
PLAIN = Look()


def classes(node) -> list[str]:
    return (node.get("class") or "").split()


def tag(node) -> str:
    """Without a namespace; "" for a comment."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def is_inline(node) -> bool:
    return tag(node) in INLINE


def read(nodes, look: Look = PLAIN) -> list:
    """Pieces, boxes and breaks of a row of nodes, each an element or a string, white space as a browser shows it."""
    return _tidy(list(_read(nodes, look)))


def content(node):
    """What stands in an element: its text, its children and the texts behind them."""
    if node.text:
        yield node.text
    for child in node:
        yield child
        if child.tail:
            yield child.tail


def lines(pieces) -> list[str]:
    """The text alone, line by line."""
    shown = "".join("\n" if piece is BREAK else getattr(piece, "text", "") for piece in pieces)
    return shown.split("\n")


def narrowed(pieces, width: int) -> list:
    """The same text in letters of so many per cent of their width."""
    return [
        replace(piece, look=replace(piece.look, width=width)) if isinstance(piece, Piece) else piece for piece in pieces
    ]


def runs(pieces) -> list:
    """The `w:r` elements of a paragraph."""
    return [run for piece in pieces for run in _runs_of(piece)]


def _read(nodes, look):
    for node in nodes:
        if isinstance(node, str):
            yield Piece(node, look)
        elif tag(node) == "br":
            yield BREAK
        elif tag(node):
            yield from _read_element(node, look)


def _read_element(node, look):
    marks = classes(node)
    if "check" in marks:
        yield from (Box("on" in marks), Piece(NO_BREAK_SPACE, look))
        return
    inside = _look_of(node, marks, look)
    if "detail" in marks:
        yield from (BREAK, *_read(content(node), inside), BREAK)
        return
    yield from _read(content(node), inside)
    if "end" in marks:
        yield Piece(END_OF_TEXT, look)


def _look_of(node, marks, look):
    name = tag(node)
    return replace(
        look,
        bold=look.bold or name in BOLD,
        italic=look.italic or name in ITALIC or "detail" in marks,
        dots=look.dots or "blank" in marks,
        whole=look.whole or "nowrap" in marks,
        raised={"sup": "superscript", "sub": "subscript"}.get(name, look.raised),
    )


def _tidy(pieces):
    """One space for several, none at either end of a line, no empty line from the layout of a template."""
    result, after_space = [], True
    for piece in pieces:
        if isinstance(piece, Piece):
            shown = SPACES.sub(" ", UNPRINTABLE.sub("", piece.text).replace("\v", " "))
            shown = shown.lstrip(" ") if after_space else shown
            if shown:
                result.append(Piece(shown, piece.look))
                after_space = shown.endswith(" ")
        elif piece is BREAK:
            _end_line(result)
            result.append(piece)
            after_space = True
        else:
            result.append(piece)
            after_space = False
    _end_line(result)
    while result and result[-1] is BREAK:
        result.pop()
    while result and result[0] is BREAK:
        result.pop(0)
    return result


def _end_line(result):
    """Take the space off the end of the last line."""
    while result and isinstance(result[-1], Piece) and result[-1].text.endswith(" "):
        last = result.pop()
        if shown := last.text.rstrip(" "):
            result.append(Piece(shown, last.look))


def _runs_of(piece):
    if piece is BREAK:
        yield w("r", w("br"))
    elif isinstance(piece, Box):
        yield parse_xml(CHECK_BOX.format(checked=int(piece.checked), sign="☒" if piece.checked else "☐"))
    else:
        look = list(_run_look(piece.look))
        yield w("r", *([w("rPr", *look)] if look else []), *_letters(piece))


def _run_look(look):
    if look.bold:
        yield from (w("b"), w("bCs"))
    if look.italic:
        yield from (w("i"), w("iCs"))
    if look.dots:
        yield w("spacing", val=DOT_GAP)
    if look.width != 100:
        yield w("w", val=look.width)
    if look.raised:
        yield w("vertAlign", val=look.raised)


def _letters(piece):
    """The text; Word does not break a line at a hyphen before a number ("KC26-001"), nor at any of what stays whole."""
    shown = piece.text.replace(" ", NO_BREAK_SPACE) if piece.look.whole else piece.text
    letters = []
    for position, part in enumerate((WITHIN_A_WORD if piece.look.whole else BEFORE_A_NUMBER).split(shown)):
        letters += [w("noBreakHyphen")] if position else []
        letters += [text(part)] if part else []
    return letters
