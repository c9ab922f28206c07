"""The annex of a long list of vouchers: a file of its own with the sheet inside it, from the rows of the paper."""

from django.utils import timezone

from khuyencong.documents.annex import Annex, Cell, Column, Head, Row, foot_of
from khuyencong.documents.annex_sheet import AnnexSheet
from khuyencong.documents.kinds import Imprint
from khuyencong.money import format_vnd, vnd_words
from khuyencong.templatetags.vietnamese import roman, short_date
from khuyencong.xlsx import Column as SheetColumn
from khuyencong.xlsx import Group

# Millimetres of a wide page; each amount has room for 999.999.999.999.
NUMBER, CODE, DAY, AMOUNT, NOTE = 11, 26, 22, 30, 26
PARTS = {"amount": "Số tiền", "support": "Khuyến công", "own": "Đối ứng", "other": "Khác"}


def voucher_annex(filename: str, context: dict, imprint: Imprint) -> Annex:
    """What `voucher_list` prints for a short dossier as its table, from the same context. Amounts in đồng."""
    day = imprint.dated_on or context["date"] or timezone.localdate()
    name, money = f"Bảng kê {context['count']} chứng từ", _money_of(context)
    groups = [Group(group["name"], group["rows"]) for group in context["groups"]]
    sheet = AnnexSheet(groups, _sheet_columns(context, money), title=name, day=day)
    return Annex(
        filename=f"{filename}_phu-luc",
        day=day,
        title=f"Phụ lục {name[:1].lower()}{name[1:]}",
        author=" ".join(context["issuer"]["name"]),
        label="Phụ lục",
        name=name,
        attached=f"(Kèm theo bảng kê chứng từ đề nghị quyết toán, {context['subject'][0]})",
        columns=_columns(context, money),
        heads=[_heads(context, money)],
        rows=[row for number, group in enumerate(context["groups"], 1) for row in _rows(number, group, context, money)]
        + [_sum_row("", f"Tổng cộng {context['count']} chứng từ", context["total"], context, money, "total")],
        unit_line=AnnexSheet.unit_line,
        closing=[
            f"Tổng số tiền theo bảng kê: {format_vnd(context['total']['amount'])} đồng "
            f"(bằng chữ: {vnd_words(context['total']['amount'])})."
        ],
        foot=foot_of(context),
        files=[(f"{filename}_phu-luc.xlsx", sheet.as_bytes())],
    )


def _money_of(context):
    """The columns of money that the list has."""
    if not context["is_whole"]:
        return ["amount"]
    return ["amount", "support", "own", *(["other"] if context["columns"]["other"] else [])]


def _columns(context, money):
    note = [Column(NOTE)] if context["columns"]["note"] else []
    amounts = [Column(AMOUNT, "right") for _name in money]
    return [Column(NUMBER, "centre"), Column(CODE), Column(DAY, "centre"), Column(), Column(), *amounts, *note]


def _heads(context, money):
    texts = ["STT", "Số chứng từ", "Ngày", "Nội dung chi", "Đơn vị bán, nhận", *(PARTS[name] for name in money)]
    return [Head(text) for text in [*texts, *(["Ghi chú"] if context["columns"]["note"] else [])]]


def _rows(number, group, context, money):
    yield _sum_row(roman(number), group["name"], group["total"], context, money, "group")
    for place, row in enumerate(group["rows"], 1):
        content = "\n".join(filter(None, [row["content"], row["item"]]))
        texts = [str(place), row["number"], short_date(row["dated_on"]), content, row["payee"]]
        yield Row([Cell(text) for text in [*texts, *_amounts(row, money), *_note(row["note"], context)]])


def _sum_row(mark, label, sums, context, money, style):
    return Row([Cell(mark), Cell(label, 4), *map(Cell, [*_amounts(sums, money), *_note("", context)])], style)


def _amounts(row, money):
    return [format_vnd(row[name]) if row[name] else "" for name in money]


def _note(text, context):
    return [text] if context["columns"]["note"] else []


def _sheet_columns(context, money):
    return (
        SheetColumn("Số chứng từ", lambda row: row["number"]),
        SheetColumn("Ngày", lambda row: row["dated_on"], "date"),
        SheetColumn("Nội dung chi", lambda row: row["content"]),
        SheetColumn("Hạng mục", lambda row: row["item"]),
        SheetColumn("Đơn vị bán, nhận", lambda row: row["payee"]),
        *(SheetColumn(PARTS[name], lambda row, name=name: row[name], "vnd", total=True) for name in money),
        *([SheetColumn("Ghi chú", lambda row: row["note"])] if context["columns"]["note"] else []),
    )
