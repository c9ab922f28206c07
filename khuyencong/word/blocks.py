"""The blocks of the decree: letterhead, title, recipients and signatures.

Two columns are a table without borders here, as every clerk knows it from Word; the PDF, which a screen reader reads,
has none.
"""

from khuyencong.word import inline
from khuyencong.word.elements import millimetres, paragraph, points, w
from khuyencong.word.inline import classes, content, tag
from khuyencong.word.measures import text_length
from khuyencong.word.styles import STYLES, identifier
from khuyencong.word.tables import keep_with_next, layout_row, layout_table

LETTERHEAD = {
    "parent": "Cơ quan chủ quản",
    "agency": "Cơ quan ban hành",
    "country": "Quốc hiệu",
    "motto": "Tiêu ngữ",
    "number": "Số, ký hiệu",
    "dateline": "Địa danh, ngày tháng",
    "subject": "Về việc",
}
ISSUER_SHARE, RECIPIENTS_SHARE = 0.43, 0.45
ISSUER_GAP = millimetres(3)
# Under the name of the agency and the subject; the decree says a third to a half of the text.
RULE_SHARE = 0.36
RULE_WEIGHT = 6  # eighths of a point
GAP_BEHIND_LETTERHEAD, GAP_BEHIND_TITLE = points(12), points(12)
GAP_BEFORE_CLOSING, GAP_BEHIND_NAMES = points(14), points(12)
GAP_BETWEEN_SIGNERS, GAP_BESIDE_SIGNERS = millimetres(10), millimetres(3)
SIGNER_STYLES = {"party": "Chức vụ", "capacity": "Chức vụ", "manner": "Thể thức ký"}
NARROW = {"Chức vụ": "Chức vụ, ba cột", "Họ tên": "Họ tên, ba cột"}
# Up to so many parties, all signatures stay on one page: two rows of three.
WHOLE_PARTIES = 6


def marked(node, mark: str):
    """The elements below a node that have a class."""
    return [part for part in node.iter() if tag(part) and mark in classes(part)]


def lines_of(node, name: str, width: int, *, gap_behind: int = 0) -> list:
    """The paragraph of a node in the style of that name and, where the sheet draws one, the rule under it."""
    style, pieces = STYLES[name], inline.read(content(node))
    blocks = [paragraph(style.identifier, *inline.runs(pieces))]
    if share := _rule_share(node):
        room = width - millimetres(style.left + style.right)
        longest = max(text_length(line, style) for line in inline.lines(pieces))
        blocks.append(_rule(round(min(longest, room) * share), width, gap_behind))
    return blocks


def letterhead(node, width: int):
    """Issuer and nation, below them number and date level with each other."""
    left = round(width * ISSUER_SHARE)
    widths = [left, width - left]
    rooms = [left - ISSUER_GAP, width - left]
    cells = [[[], []], [[], []]]
    for child in node:
        for line in [child] if tag(child) == "p" else list(child):
            mark = next((mark for mark in classes(line) if mark in LETTERHEAD), "subject")
            row = 1 if mark in {"number", "dateline", "subject"} else 0
            side = 1 if mark in {"country", "motto", "dateline"} else 0
            cells[row][side] += lines_of(line, LETTERHEAD[mark], rooms[side])
    table = layout_table(widths)
    rows = [row for row in cells if any(row)]
    for row in rows:
        gap = GAP_BEHIND_LETTERHEAD if row is rows[-1] else 0
        table.append(layout_row(widths, row, right=ISSUER_GAP, bottom=gap))
    return table


def title(node, width: int) -> list:
    """Kind and subject of the paper."""
    blocks = []
    for part in node:
        if "kind" in classes(part):
            blocks += lines_of(part, "Tên loại", width)
        elif "summary" in classes(part):
            blocks += lines_of(part, "Trích yếu", width, gap_behind=GAP_BEHIND_TITLE)
    return blocks or lines_of(node, "Tên loại", width)


def recipients(node) -> list:
    """Nơi nhận and its list, in one piece; an empty one takes its place without words."""
    lines = [paragraph(identifier("Nơi nhận"), *_runs(head)) for head in marked(node, "head")]
    items = [item for item in node.iter() if tag(item) == "li"]
    lines += [paragraph(identifier("Danh sách nơi nhận"), *_runs(item)) for item in items]
    keep_with_next(lines[:-1])
    return lines


def closing(node, width: int):
    """Recipients left, signature right, in one row that stays whole."""
    left = round(width * RECIPIENTS_SHARE)
    widths = [left, width - left]
    received = [block for part in marked(node, "recipients") for block in recipients(part)]
    signed = [block for part in marked(node, "signature") for block in _signature(part)]
    table = layout_table(widths)
    table.append(layout_row(widths, [received, signed], top=GAP_BEFORE_CLOSING))
    return table


def parties(node, width: int):
    """Two signers side by side, or three; their names stand level, whatever is above them."""
    narrow = bool({"three", "many"} & set(classes(node)))
    signatures = marked(node, "signature")
    per_row = 3 if narrow else 2
    widths = [width // per_row] * per_row
    table = layout_table(widths)
    for start in range(0, len(signatures), per_row):
        blocks = [_signature(part, narrow=narrow) for part in signatures[start : start + per_row]]
        blocks += [[]] * (per_row - len(blocks))
        gap = GAP_BETWEEN_SIGNERS if start else GAP_BEFORE_CLOSING
        table.append(layout_row(widths, [above[:-1] for above in blocks], top=gap, right=GAP_BESIDE_SIGNERS))
        below = {"right": GAP_BESIDE_SIGNERS, "bottom": 0 if start + per_row < len(signatures) else GAP_BEHIND_NAMES}
        table.append(layout_row(widths, [above[-1:] for above in blocks], at_foot=True, **below))
    rows = list(table.iterchildren(w("tr").tag))
    keep_with_next(rows[:-1] if len(signatures) <= WHOLE_PARTIES else rows[::2])
    return table


def _signature(node, *, narrow=False):
    """Who signs, then the name. Pictures of hand and seal stay out: a file that can be changed must not carry them."""
    blocks, names = [], []
    for line in node:
        mark = next(iter(classes(line)), "")
        if mark == "name":
            names.append(_signer_line(line, "Họ tên", narrow))
        elif mark in SIGNER_STYLES:
            blocks.append(_signer_line(line, SIGNER_STYLES[mark], narrow))
    return blocks + (names or [paragraph(identifier("Họ tên"))])


def _signer_line(node, style, narrow):
    return paragraph(identifier(NARROW.get(style, style) if narrow else style), *_runs(node))


def _runs(node):
    return inline.runs(inline.read(content(node)))


def _rule_share(node):
    """Of the length of the text; 0 where there is no rule."""
    if marked(node, "ruled-full"):
        return 1
    return RULE_SHARE if marked(node, "ruled") else 0


def _rule(length, width, gap_behind):
    """An empty line with a border: it stays in the middle when the text above is mended."""
    side = max((width - length) // 2, 0)
    look = STYLES["Dòng kẻ"]
    line = paragraph(look.identifier)
    line.pPr.append(w("pBdr", w("bottom", val="single", sz=RULE_WEIGHT, space=0, color="auto")))
    if gap_behind:
        line.pPr.append(w("spacing", before=0, after=gap_behind, line=points(look.exact), lineRule="exact"))
    line.pPr.append(w("ind", left=side, right=side))
    return line
