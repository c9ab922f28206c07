"""The annex of a decision on a long plan: a file of its own with the sheet inside it, from the rows of the paper."""

from django.utils import timezone

from khuyencong.documents.annex import Annex, Cell, Column, Head, Row, foot_of
from khuyencong.documents.annex_sheet import AnnexSheet
from khuyencong.documents.kinds import Imprint
from khuyencong.money import format_vnd, vnd_words
from khuyencong.templatetags.vietnamese import lower_first
from khuyencong.xlsx import Column as SheetColumn
from khuyencong.xlsx import Group
from projects.documents.plan_rows import CATEGORY_NAMES, GROUP, LINE, PlanLine

# Millimetres of a wide page: STT, body, facilities; each amount has room for 999.999.999.999.
NUMBER, BODY, FACILITY, AMOUNT = 11, 34, 48, 30
BODIES = [
    "Đơn vị thực hiện; đơn vị phối hợp",
    "Đơn vị thụ hưởng, địa điểm; ngành, nghề; tiêu chí ưu tiên",
]


def plan_annex(filename: str, context: dict, categories, imprint: Imprint) -> Annex:
    """What `plan_decision` prints for a short plan as a section, from the same context. Amounts in đồng."""
    table, day = context["table"], imprint.dated_on or context["date"] or timezone.localdate()
    title = f"Phụ lục {lower_first(context['annex']['name'])}"
    sheet = AnnexSheet(_groups(table), _sheet_columns(categories), title=context["annex"]["name"], day=day)
    return Annex(
        filename=f"{filename}_phu-luc",
        day=day,
        title=title,
        author=" ".join(context["issuer"]["name"]),
        label="Phụ lục",
        name=context["annex"]["name"],
        attached=context["annex"]["attached"],
        columns=_columns(table),
        heads=_heads(table),
        rows=[row for printed in table.rows for row in _rows(printed, table)],
        unit_line="Đơn vị tính: đồng",
        closing=[f"Tổng kinh phí: {format_vnd(table.total)} đồng (bằng chữ: {vnd_words(table.total)})."],
        foot=foot_of(context),
        files=[(f"{filename}_phu-luc.xlsx", sheet.as_bytes())],
    )


def _columns(table):
    bodies = [] if table.is_tight else [Column(BODY), Column(FACILITY)]
    return [Column(NUMBER, "centre"), Column(), *bodies, *(Column(AMOUNT, "right") for _money in table.columns)]


def _heads(table):
    bodies = [] if table.is_tight else [Head(text, rowspan=2) for text in BODIES]
    first = [
        Head("STT", rowspan=2),
        Head("Tên đề án, nhiệm vụ; nội dung hoạt động; điểm, nhóm, cụ thể", rowspan=2),
        *bodies,
        Head("Kinh phí", colspan=len(table.columns)),
    ]
    return [first, [Head(column.label) for column in table.columns]]


def _rows(printed, table):
    """One row for a group or the total; two for a line, the second with its long texts."""
    amounts = [Cell(format_vnd(amount) if amount else "") for amount in printed.amounts]
    if printed.kind != LINE:
        label = f"{printed.label} ({printed.count} đề án, nhiệm vụ)"
        style = "group" if printed.kind == GROUP else "total"
        return [Row([Cell(printed.mark), Cell(label, table.name_span), *amounts], style)]
    line = printed.line
    name = _joined(f"{line.name} ({line.code})", line.content, lower_first(line.form))
    bodies = [] if table.is_tight else [Cell(_body(line)), Cell(_facilities(line))]
    return [
        Row([Cell(printed.mark), Cell(name), *bodies, *amounts], "leads"),
        Row([Cell(""), Cell(_details(line, table.is_tight), table.text_span)]),
    ]


def _body(line: PlanLine):
    return _joined(line.implementer, f"Phối hợp: {line.coordinator}" if line.coordinator else "")


def _facilities(line: PlanLine):
    places = f"{len(line.places)} cơ sở, nêu ở dòng dưới" if line.has_many_places else "\n".join(line.places)
    return _joined(places, line.industry, f"Ưu tiên: {line.priority}" if line.priority else "")


def _details(line: PlanLine, is_tight: bool):
    named = {
        "Đơn vị thực hiện": line.implementer if is_tight else "",
        "Phối hợp": line.coordinator if is_tight else "",
        "Đơn vị thụ hưởng, địa điểm": "; ".join(line.places) if is_tight or line.has_many_places else "",
        "Ngành, nghề": line.industry if is_tight else "",
        "Ưu tiên": line.priority if is_tight else "",
        "Mục tiêu, quy mô, nội dung chính": line.aims,
        "Thời gian": line.period,
        "Hiệu quả dự kiến": line.effect,
    }
    return " ".join(f"{label}: {' '.join(text.split()).rstrip('.')}." for label, text in named.items() if text)


def _joined(*texts):
    return "\n".join(text for text in texts if text)


def _sheet_columns(categories):
    """Columns of Mẫu số 2 (Thông tư 36/2013/TT-BCT, Điều 6)."""
    return (
        SheetColumn("Tên đề án, nhiệm vụ", lambda line: f"{line.name} ({line.code})"),
        SheetColumn("Nội dung hoạt động", lambda line: line.content),
        SheetColumn("Điểm, nhóm, cụ thể", lambda line: line.form),
        SheetColumn("Đơn vị thực hiện", lambda line: line.implementer),
        SheetColumn("Đơn vị phối hợp", lambda line: line.coordinator),
        SheetColumn("Đơn vị thụ hưởng, địa điểm", lambda line: "\n".join(line.places)),
        SheetColumn("Ngành, nghề", lambda line: line.industry),
        SheetColumn("Tiêu chí ưu tiên", lambda line: line.priority),
        SheetColumn("Mục tiêu, quy mô, nội dung chính", lambda line: line.aims),
        SheetColumn("Thời gian", lambda line: line.period),
        SheetColumn("Tổng số", lambda line: line.total, "vnd", total=True, group="Kinh phí"),
        *(_money(category) for category in categories),
        SheetColumn("Hiệu quả dự kiến", lambda line: line.effect),
    )


def _money(category):
    return SheetColumn(
        CATEGORY_NAMES[category], lambda line: line.amounts[category], "vnd", total=True, group="Kinh phí"
    )  # fmt: skip


def _groups(table):
    groups = []
    for row in table.rows:
        if row.kind == GROUP:
            groups.append(Group(row.label, []))
        elif row.kind == LINE:
            groups[-1].rows.append(row.line)
    return groups
