"""From the HTML of a paper to a Word file: each element of the document kit becomes what it is called in Word."""

import re
import warnings
from dataclasses import dataclass, field, replace

import tinyhtml5
from docx.oxml.ns import qn

from khuyencong.word import blocks, inline, numbering, page
from khuyencong.word.elements import millimetres, paragraph, points, w
from khuyencong.word.inline import classes, content, tag
from khuyencong.word.page import Foot, Section
from khuyencong.word.sheet import column_width
from khuyencong.word.styles import STYLES, identifier
from khuyencong.word.tables import data_table, keep_with_next

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PARAGRAPH, TABLE = qn("w:p"), qn("w:tbl")
COLUMN_MARK = re.compile(r"c-[\w-]+")

# Class of a paragraph -> its style.
PARAGRAPHS = {
    "authority": "Thẩm quyền ban hành",
    "resolution": "Lời ban hành",
    "addressee": "Kính gửi",
    "urgency": "Độ khẩn",
    "e-signature": "Chữ ký số",
    "table-title": "Tên bảng",
    "unit-line": "Đơn vị tính",
    "note": "Ghi chú",
    "lead-in": "Câu dẫn",
    "flush": "Nội dung không thụt",
    "article": "Điều",
    "chapter": "Chương",
}
HEADINGS = {"h2": "Đề mục", "h3": "Tiểu mục"}
APPENDIX_HEAD = {"label": "Phụ lục", "name": "Tên phụ lục", "attached": "Kèm theo"}
LISTS = {
    "clauses": ("Khoản", numbering.CLAUSES),
    "points": ("Điểm", None),
    "dashes": ("Gạch đầu dòng", numbering.DASHES),
    "addressees": ("Nơi kính gửi", None),
}
URGENCY_WIDTHS = {"higher": 40, "plain": 20}
URGENCY_WIDTH = 30
TABLE_GAP = 4

# The vocabulary of the kit. What is in none of these is told to whoever wrote the template.
CONTAINERS = {"body", "main", "section", "div", "header", "article"}
TAGS = (
    CONTAINERS
    | inline.INLINE
    | set(HEADINGS)
    | {"html", "head", "meta", "title", "link", "h1", "p", "ol", "ul", "li", "img", "figure", "figcaption", "svg"}
    | {"table", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td"}
)
CLASSES = (
    set(PARAGRAPHS)
    | set(blocks.LETTERHEAD)
    | set(APPENDIX_HEAD)
    | set(LISTS)
    | set(URGENCY_WIDTHS)
    | set(blocks.SIGNER_STYLES)
    | {"letterhead", "issuer", "nation", "title", "kind", "summary", "ruled", "ruled-full"}
    | {"grounds", "body", "numbered", "appendix", "landscape", "wide", "appendix-head", "chart"}
    | {"one-page", "charts", "slide"}
    | {"closing", "parties", "three", "many", "recipients", "head", "signature", "marks", "hand", "seal"}
    | {"data", "small", "roomy", "group", "leads", "subtotal", "total", "column-numbers", "changed", "amount", "wrap"}
    | {"centre", "end", "nowrap", "blank", "check", "on", "detail", "draft-mark", "page-foot", "qr"}
)


class NotUnderstoodWarning(UserWarning):
    """A paper holds what the Word copy shows as plain text only. Tests turn it into an error."""


def to_docx(html: str, *, note: str = "") -> bytes:
    """A paper of the document kit as a Word file; `note` is a line at the foot of every page of this copy alone.

    The same HTML gives the same bytes. What is not known becomes plain text, with a NotUnderstoodWarning that names it.
    """
    tree = tinyhtml5.parse(html, namespace_html_elements=False)
    document = page.new_file()
    page.set_properties(document, title=_title(tree), author=_author(tree))
    converter = _Converter(document)
    converter.read(tree.find("body"))
    converter.finish(note)
    unknown = sorted(set(_unknown_words(tree)) | set(converter.unknown))
    if unknown:
        warnings.warn(f"Not understood in the Word copy: {', '.join(unknown)}", NotUnderstoodWarning, stacklevel=2)
    return page.save(document)


@dataclass(frozen=True)
class _Around:
    """What a node stands in: the classes of all elements around it, and the list that counts its headings."""

    marks: frozenset = frozenset()
    headings: int | None = None

    @property
    def plain_style(self):
        """Of a paragraph without a class."""
        if "grounds" in self.marks:
            return "Căn cứ"
        return "Nội dung" if "body" in self.marks else "Đoạn thường"


@dataclass
class _Converter:
    """Writes the body of one file, block by block."""

    document: object
    unknown: list = field(default_factory=list)
    draft: str = ""
    foot: Foot = field(default_factory=Foot)

    def __post_init__(self):
        self.lists = numbering.Numbering(self.document.part.numbering_part.element)
        self.section = self.open_section = Section()
        self.finished = []  # (section, its blocks)
        self.blocks = []

    @property
    def width(self):
        """Of the text on the page that is being written."""
        return self.section.text_width

    def add(self, *new):
        """Write blocks, on a page of the kind that was last asked for."""
        if self.section is not self.open_section:
            self._turn()
        for block in new:
            if block.tag == TABLE and self.blocks and self.blocks[-1].tag == TABLE:
                self.blocks.append(_gap())
            self.blocks.append(block)

    def read(self, node, around=_Around()):
        """Write what stands in an element; text beside blocks becomes a paragraph of its own."""
        loose = []
        for item in content(node):
            if isinstance(item, str) or inline.is_inline(item):
                loose.append(item)
                continue
            self.write_loose(loose, around)
            loose = []
            if tag(item):
                self.write(item, around)
        self.write_loose(loose, around)

    def write_loose(self, nodes, around):
        if pieces := inline.read(nodes):
            self.add(paragraph(identifier(around.plain_style), *inline.runs(pieces)))

    def write(self, node, around):
        """Write one block by its class, else by its tag."""
        marks = set(classes(node))
        for mark, writer in self.writers().items():
            if mark in marks:
                writer(node, around)
                return
        name = tag(node)
        if name in {"p", "h1", *HEADINGS}:
            self.write_paragraph(node, around)
        elif name in {"ol", "ul"}:
            self.write_list(node, around)
        elif name == "table":
            self.write_table(node, around)
        else:
            if name not in CONTAINERS:
                self.unknown.append(f"<{name}> here")
            self.read(node, self.inside(node, around))

    def writers(self):
        """Class of a block -> what writes it; the first that fits counts."""
        return {
            "letterhead": lambda node, around: self.add(blocks.letterhead(node, self.width)),
            "title": lambda node, around: self.add(*blocks.title(node, self.width)),
            "appendix": self.write_appendix,
            "wide": self.write_wide,
            "appendix-head": self.write_appendix_head,
            "closing": lambda node, around: self.add_kept(blocks.closing(node, self.width)),
            "parties": lambda node, around: self.add_kept(blocks.parties(node, self.width)),
            "recipients": lambda node, around: self.add_kept(*blocks.recipients(node)),
            "chart": self.write_chart,
            "draft-mark": self.read_draft_mark,
            "page-foot": self.read_foot,
        }

    def inside(self, node, around):
        """The surroundings of what stands in a node."""
        headings = self.lists.new_list(numbering.HEADINGS) if "numbered" in classes(node) else around.headings
        return replace(around, marks=around.marks | set(classes(node)), headings=headings)

    def add_kept(self, *new):
        """Write blocks that never stand on a page without what is before them."""
        if self.blocks and self.section is self.open_section:
            last = self.blocks[-1]
            if last.tag == TABLE:
                self.blocks.append(_gap())
                keep_with_next([last[-1]])
            keep_with_next(self.blocks[-1:])
        self.add(*new)

    def write_paragraph(self, node, around):
        style = _style_of(node, around)
        pieces = inline.read(content(node))
        if not pieces:
            return
        line = paragraph(identifier(style), *inline.runs(pieces))
        if style == "Độ khẩn":
            _narrow(line, node, self.width)
        level = list(HEADINGS).index(tag(node)) if tag(node) in HEADINGS else None
        if around.headings and level is not None:
            numbering.count(line, around.headings, level)
        self.add(line)

    def write_list(self, node, around):
        mark = next((mark for mark in classes(node) if mark in LISTS), None)
        if mark is None:
            self.unknown.append(f"<{tag(node)}> without a class of the kit")
        style, kind = LISTS.get(mark, (around.plain_style, None))
        number = self.lists.new_list(kind) if kind else None
        for position, item in enumerate(child for child in node if tag(child) == "li"):
            label = f"{numbering.point_label(position)} " if mark == "points" else ""
            self.write_item(item, around, style, number, label)

    def write_item(self, item, around, style, number, label):
        """The text of an item, numbered once, and what stands under it."""
        text = []
        inner = self.inside(item, around)
        for part in content(item):
            if isinstance(part, str) or inline.is_inline(part):
                text.append(part)
                continue
            if self.write_item_text(text, style, number, label):
                number, label = None, ""
            text = []
            if tag(part) == "p" and not classes(part):
                if self.write_item_text(content(part), style, number, label):
                    number, label = None, ""
            elif tag(part):
                self.write(part, inner)
        self.write_item_text(text, style, number, label)

    def write_item_text(self, nodes, style, number, label):
        """Whether there was any text to write."""
        pieces = inline.read(nodes)
        if pieces:
            typed = [inline.Piece(label, inline.PLAIN)] if label else []
            line = paragraph(identifier(style), *inline.runs(typed + pieces))
            if number:
                numbering.count(line, number)
            self.add(line)
        return bool(pieces)

    def write_table(self, node, around):
        if "data" not in classes(node):
            self.unknown.append("<table> without the class data")
        # The page may have to be turned before it is known how wide the table gets.
        self.add()
        if self.blocks and self.blocks[-1].tag == PARAGRAPH:
            _open_gap(self.blocks[-1])
        self.add(data_table(node, around.marks, self.width))

    def write_appendix(self, node, around):
        self.section = Section(landscape="landscape" in classes(node), restart=True)
        self.read(node, self.inside(node, around))

    def write_wide(self, node, around):
        """A landscape page among upright ones; numbers run on."""
        upright = self.section
        self.section = Section(landscape=True)
        if tag(node) == "table":
            self.write_table(node, self.inside(node, around))
        else:
            self.read(node, self.inside(node, around))
        self.section = Section(landscape=upright.landscape)

    def write_appendix_head(self, node, around):
        for line in node:
            mark = next((mark for mark in classes(line) if mark in APPENDIX_HEAD), "attached")
            self.add(*blocks.lines_of(line, APPENDIX_HEAD[mark], self.width))

    def write_chart(self, node, around):
        """What the chart says, in words; the picture stays in the PDF."""
        titles = [part.text for part in node.iter() if tag(part) == "title" and part.text]
        captions = [part for part in node.iter() if tag(part) == "figcaption"]
        told = [inline.read([title]) for title in titles] + [inline.read(content(caption)) for caption in captions]
        self.add(*(paragraph(identifier("Chú thích biểu đồ"), *inline.runs(pieces)) for pieces in told))

    def read_draft_mark(self, node, around):
        self.draft = " ".join("".join(node.itertext()).split())

    def read_foot(self, node, around):
        pictures = blocks.marked(node, "qr")
        picture = pictures[0] if pictures else {}
        lines = tuple(inline.read(content(line)) for line in node if tag(line) == "p")
        self.foot = Foot(lines, picture.get("src", ""), picture.get("alt", ""))

    def finish(self, note):
        """Put the body together and give its first section the running parts."""
        if self.blocks and self.blocks[-1].tag == TABLE:
            self.blocks.append(_gap())
        foot = replace(self.foot, lines=((inline.read([note]),) if note else ()) + self.foot.lines)
        page.write_running_parts(self.document, watermark=self.draft, foot=foot)
        body = self.document.element.body
        references = [child for child in body.sectPr if child.tag.endswith("Reference")]
        body[:] = []
        parts = [*self.finished, (self.open_section, self.blocks)]
        for position, (section, written) in enumerate(parts):
            properties = page.section_properties(section, first=position == 0)
            if position == 0:
                properties[:0] = references
            body.extend(written)
            if position == len(parts) - 1:
                body.append(properties)
            else:
                written[-1].pPr.append(properties)

    def _turn(self):
        """Close the pages of one kind and begin those of another."""
        if self.blocks:
            if self.blocks[-1].tag == TABLE:
                self.blocks.append(_gap())
            self.finished.append((self.open_section, self.blocks))
            self.blocks = []
        self.open_section = self.section


def _style_of(node, around):
    for mark in classes(node):
        if mark in PARAGRAPHS:
            return PARAGRAPHS[mark]
    return HEADINGS.get(tag(node), "Tên loại" if tag(node) == "h1" else around.plain_style)


def _narrow(line, node, width):
    """The frame of an urgency mark is 30, 40 or 20 mm wide."""
    frame = next((URGENCY_WIDTHS[mark] for mark in classes(node) if mark in URGENCY_WIDTHS), URGENCY_WIDTH)
    line.pPr.append(w("ind", right=width - millimetres(frame)))


def _open_gap(line):
    """A table stands off what is above it, even where that style leaves nothing behind it."""
    style = next(style for style in STYLES.values() if style.identifier == line.pPr.pStyle.val)
    if style.after < TABLE_GAP:
        spacing = line.pPr.get_or_add_spacing()
        spacing.set(qn("w:after"), str(points(TABLE_GAP)))


def _gap():
    """Word needs a paragraph behind a table."""
    return paragraph(STYLES["Dòng trống"].identifier)


def _title(tree):
    return " ".join((tree.findtext("head/title") or "").split())


def _author(tree):
    return next((meta.get("content", "") for meta in tree.iter("meta") if meta.get("name") == "author"), "")


def _unknown_words(node):
    """Tags and classes outside the vocabulary, and widths of columns that the sheet does not have."""
    name = tag(node)
    if name and name not in TAGS:
        yield f"<{name}>"
    for mark in classes(node):
        if mark not in CLASSES and not (name == "col" and COLUMN_MARK.fullmatch(mark)):
            yield f"{name}.{mark}"
    if name == "col" and classes(node) and column_width(classes(node), set(), 12) is None:
        yield f"col.{'.'.join(classes(node))}"
    if name != "svg":
        for child in node:
            yield from _unknown_words(child)
