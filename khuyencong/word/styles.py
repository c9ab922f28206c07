"""The named Word styles of a paper, with the sizes of Nghị định 30/2020/NĐ-CP, Phụ lục I, Mục V.

A clerk who changes a style changes it everywhere; nothing but what a computer had to measure is formatted by hand.
"""

from dataclasses import dataclass, replace

from khuyencong.text import fold
from khuyencong.word.elements import millimetres, points, w

FONT = "Times New Roman"
LANGUAGE = "vi-VN"
FIRST_LINE = millimetres(12.7)
# Word's single line is 1.15 of the size of Times New Roman, the sheet's lines are told in sizes.
SINGLE = 1.15
LINE_UNITS = 240
BLACK, GREY, RED = "auto", "333333", "DD0000"


@dataclass(frozen=True)
class Style:
    """A paragraph style. Sizes and gaps in points, `line` in sizes of the font, indents in millimetres.

    Lines of a style that stands `together` have their gaps only before the first and behind the last.
    """

    name: str
    size: float = 14
    bold: bool = False
    italic: bool = False
    caps: bool = False
    align: str = "left"
    first_line: bool = False
    left: float = 0
    right: float = 0
    before: float = 0
    after: float = 0
    line: float = 1.25
    keep_next: bool = False
    together: bool = False
    outline: int | None = None
    color: str = BLACK
    box: bool = False
    exact: float | None = None
    shown: bool = True

    @property
    def identifier(self) -> str:
        return identifier(self.name)


def identifier(name: str) -> str:
    """ "Địa danh, ngày tháng" -> "DiaDanhNgayThang"."""
    return "".join(word.capitalize() for word in fold(name).replace(",", " ").split())


BODY = Style("Nội dung", align="both", first_line=True, before=6)
CENTRED = Style("", align="center", line=SINGLE)
HEADING = replace(BODY, bold=True, keep_next=True)
HEAD_OF_TABLE = Style("", size=12, bold=True, align="center", line=SINGLE)
SIGNER = replace(CENTRED, bold=True, line=1.2)
NAME_GAP = millimetres(26) / 20

KIT = (
    # The letterhead
    replace(CENTRED, name="Quốc hiệu", size=12, bold=True, caps=True),
    replace(CENTRED, name="Tiêu ngữ", size=13, bold=True),
    replace(CENTRED, name="Cơ quan chủ quản", size=12, caps=True),
    replace(CENTRED, name="Cơ quan ban hành", size=12, bold=True, caps=True),
    replace(CENTRED, name="Số, ký hiệu", size=13, before=6),
    replace(CENTRED, name="Địa danh, ngày tháng", size=13, italic=True, before=6),
    replace(CENTRED, name="Về việc", size=12, before=6),
    Style("Độ khẩn", size=13, bold=True, caps=True, align="center", after=8.5, line=SINGLE, color=RED, box=True),
    Style("Chữ ký số", size=10, align="right", line=SINGLE, after=4),
    # The title
    replace(SIGNER, name="Tên loại", caps=True, before=6, keep_next=True, outline=0),
    replace(SIGNER, name="Trích yếu", left=9.5, right=9.5, keep_next=True),
    replace(SIGNER, name="Thẩm quyền ban hành", caps=True, before=12, after=6, line=1.25),
    replace(SIGNER, name="Lời ban hành", caps=True, before=10, after=4, line=1.25, keep_next=True),
    Style("Kính gửi", align="center", before=6, after=12),
    Style("Nơi kính gửi", left=46, after=12, together=True),
    # The text
    replace(BODY, name="Căn cứ", italic=True),
    BODY,
    replace(BODY, name="Nội dung không thụt", first_line=False),
    Style("Đoạn thường", before=6),
    replace(BODY, name="Câu dẫn", keep_next=True),
    replace(HEADING, name="Chương", caps=True, align="center", first_line=False, outline=1),
    replace(HEADING, name="Đề mục", caps=True, outline=1),
    replace(HEADING, name="Điều", outline=1),
    replace(HEADING, name="Tiểu mục", outline=2),
    replace(BODY, name="Khoản"),
    replace(BODY, name="Điểm"),
    replace(BODY, name="Gạch đầu dòng"),
    replace(BODY, name="Ghi chú", size=12, italic=True, first_line=False),
    # Tables and charts
    Style("Tên bảng", bold=True, align="center", before=10, keep_next=True),
    Style("Đơn vị tính", size=12, italic=True, align="right", before=2, after=4, keep_next=True),
    replace(HEAD_OF_TABLE, name="Đầu bảng"),
    replace(HEAD_OF_TABLE, name="Đầu bảng, nhỏ", size=11),
    replace(HEAD_OF_TABLE, name="Số cột", size=10, bold=False, italic=True),
    Style("Chú thích biểu đồ", size=12, italic=True, align="center", before=3, after=8),
    # The closing
    Style("Nơi nhận", size=12, bold=True, italic=True, line=SINGLE, before=1.5, keep_next=True),
    Style("Danh sách nơi nhận", size=11, line=SINGLE),
    replace(SIGNER, name="Chức vụ", caps=True),
    replace(SIGNER, name="Thể thức ký", size=13, bold=False, italic=True),
    replace(SIGNER, name="Họ tên", before=NAME_GAP),
    replace(SIGNER, name="Chức vụ, ba cột", size=13, caps=True),
    replace(SIGNER, name="Họ tên, ba cột", size=13, before=NAME_GAP),
    # Appendices
    replace(SIGNER, name="Phụ lục", keep_next=True, outline=0),
    replace(SIGNER, name="Tên phụ lục", caps=True, keep_next=True),
    replace(SIGNER, name="Kèm theo", size=13, bold=False, italic=True, after=8, keep_next=True),
    # Running parts
    Style("Số trang", align="center", line=1.0),
    Style("Chân trang", size=8.5, line=1.2, color=GREY),
    # Nothing is written in these: the rule under a line of text, the gap that Word wants behind a table
    Style("Dòng kẻ", size=2, exact=3, keep_next=True, shown=False),
    Style("Dòng trống", size=1, exact=1, shown=False),
)

ALIGNMENTS = {"": "left", ", giữa": "center", ", số": "right"}
CELL_KINDS = {
    "Ô bảng": {},
    "Ô nhóm": {"bold": True},
    "Ô cộng nhóm": {"bold": True, "italic": True},
    "Ô tổng": {"bold": True},
    "Ô thay đổi": {"bold": True},
}
CELLS = tuple(
    Style(f"{kind}{suffix}{smaller}", size=size, align=align, line=SINGLE, shown=kind == "Ô bảng", **look)
    for kind, look in CELL_KINDS.items()
    for suffix, align in ALIGNMENTS.items()
    for smaller, size in (("", 12), (", nhỏ", 11))
)
NORMAL = Style("Normal")
STYLES = {style.name: style for style in (NORMAL, *KIT, *CELLS)}

# Table styles
DATA_TABLE, SMALL_DATA_TABLE, LAYOUT_TABLE = "BangSoLieu", "BangSoLieuNho", "BangBoCuc"
# The sides of a cell, from the sheet: 1 mm above and below, 1.2 mm at the sides, 1 mm in a small table.
CELL_TOP, CELL_SIDE, SMALL_CELL_SIDE = millimetres(1), millimetres(1.2), millimetres(1)
HAIRLINE = 4  # eighths of a point


def write_styles(root) -> None:
    """Fill an emptied `w:styles` element."""
    root.append(_defaults())
    root.append(_built_in("Normal", "paragraph", w("qFormat"), w("pPr", _spacing(NORMAL))))
    root.append(_built_in("Default Paragraph Font", "character"))
    root.append(_built_in("Normal Table", "table", w("tblPr", w("tblInd", w=0, type="dxa"), _sides(0, 0))))
    root.append(_built_in("No List", "numbering"))
    root.extend(_paragraph_style(style) for style in STYLES.values() if style is not NORMAL)
    root.append(_table_style(DATA_TABLE, "Bảng số liệu", _sides(CELL_TOP, CELL_SIDE), _borders()))
    root.append(_table_style(SMALL_DATA_TABLE, "Bảng số liệu, nhỏ", _sides(CELL_TOP, SMALL_CELL_SIDE), _borders()))
    root.append(_table_style(LAYOUT_TABLE, "Bảng bố cục", _sides(0, 0)))


def _defaults():
    fonts = w("rFonts", ascii=FONT, hAnsi=FONT, eastAsia=FONT, cs=FONT)
    language = w("lang", val=LANGUAGE, eastAsia=LANGUAGE, bidi="ar-SA")
    run = w("rPr", fonts, *_size(NORMAL), language)
    return w("docDefaults", w("rPrDefault", run), w("pPrDefault", w("pPr")))


def _built_in(name, kind, *parts):
    return w("style", w("name", val=name), *parts, type=kind, default=1, styleId=name.replace(" ", ""))


def _paragraph_style(style):
    head = [w("name", val=style.name), w("basedOn", val="Normal")]
    # Behind a heading the clerk goes on with text.
    head += [w("next", val=BODY.identifier)] if style.outline is not None else []
    shown = [w("qFormat")] if style.shown else [w("semiHidden")]
    return w(
        "style",
        *head,
        *shown,
        w("pPr", *_paragraph_look(style)),
        w("rPr", *_letter_look(style)),
        type="paragraph",
        customStyle=1,
        styleId=style.identifier,
    )


def _paragraph_look(style):
    if style.keep_next:
        yield w("keepNext")
    if style.box:
        gaps = {"top": 3, "left": 1, "bottom": 3, "right": 1}  # points: 8 mm high, as the decree says
        yield w("pBdr", *(w(side, val="single", sz=8, space=gap, color=style.color) for side, gap in gaps.items()))
    yield _spacing(style)
    if style.left or style.right or style.first_line:
        first_line = FIRST_LINE if style.first_line else None
        yield w("ind", left=millimetres(style.left), right=millimetres(style.right), firstLine=first_line)
    if style.together:
        yield w("contextualSpacing")
    yield w("jc", val=style.align)
    if style.outline is not None:
        yield w("outlineLvl", val=style.outline)


def _spacing(style):
    if style.exact:
        line, rule = points(style.exact), "exact"
    else:
        line, rule = round(LINE_UNITS * style.line / SINGLE), "auto"
    return w("spacing", before=points(style.before), after=points(style.after), line=line, lineRule=rule)


def _letter_look(style):
    if style.bold:
        yield from (w("b"), w("bCs"))
    if style.italic:
        yield from (w("i"), w("iCs"))
    if style.caps:
        yield w("caps")
    if style.color != BLACK:
        yield w("color", val=style.color)
    yield from _size(style)


def _size(style):
    """Word counts letters in half points."""
    return w("sz", val=round(style.size * 2)), w("szCs", val=round(style.size * 2))


def _table_style(identifier, name, sides, *borders):
    return w(
        "style",
        w("name", val=name),
        w("basedOn", val="NormalTable"),
        w("tblPr", *borders, sides),
        type="table",
        customStyle=1,
        styleId=identifier,
    )


def _sides(top, side):
    lengths = {"top": top, "left": side, "bottom": top, "right": side}
    return w("tblCellMar", *(w(name, w=length, type="dxa") for name, length in lengths.items()))


def _borders():
    names = ("top", "left", "bottom", "right", "insideH", "insideV")
    return w("tblBorders", *(w(name, val="single", sz=HAIRLINE, space=0, color=BLACK) for name in names))
