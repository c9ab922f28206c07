"""The workbook to fill in for a kind: locked heads, drop-downs, units, an example, the catalogues beside it."""

from io import BytesIO

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

ROWS = 2000
DATA, LISTS, GUIDE = "Nhập liệu", "Danh mục", "Hướng dẫn"
CODES = ("code", "phone", "tax_code")
WIDTHS = {"text": 28, **dict.fromkeys(CODES, 18), "money": 20, "date": 14, "year": 12, "count": 12, "decimal": 14}
FORMATS = {**dict.fromkeys(CODES, "@"), "text": "@", "money": "#,##0", "date": "dd/mm/yyyy", "count": "#,##0"}
UNITS = {"money": " (đồng)"}
# Excel's own limits of an input message.
LONGEST_TITLE, LONGEST_MESSAGE = 32, 255
RULES = {
    "date": ("date", {"criteria": ">", "value": 1}, "Gõ ngày/tháng/năm, ví dụ 05/06/2026."),
    "money": ("integer", {"criteria": ">=", "value": 0}, "Gõ số đồng, không có chữ."),
    "count": ("integer", {"criteria": ">=", "value": 0}, "Gõ một số nguyên từ 0 trở lên."),
    "year": ("integer", {"criteria": "between", "minimum": 1900, "maximum": 2100}, "Gõ bốn chữ số của năm."),
}  # fmt: skip


def template_workbook(kind, user):
    """A stream of the workbook, at its beginning."""
    stream = BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        book.set_properties({"title": f"Mẫu nhập {kind.label}"})
        styles = _styles(book)
        data, lists, guide = (book.add_worksheet(name) for name in (DATA, LISTS, GUIDE))
        listed = _write_lists(book, lists, kind, user, styles)
        _write_data(data, kind, styles, listed)
        _write_guide(guide, kind, styles)
    stream.seek(0)
    return stream


def _styles(book):
    font = {"font_name": "Times New Roman", "font_size": 12, "valign": "top"}
    head = font | {"bold": True, "text_wrap": True, "border": 1, "align": "center", "valign": "vcenter"}
    return {
        "head": book.add_format(head | {"bg_color": "#DCE6F4"}),
        "needed": book.add_format(head | {"bg_color": "#F9E3B4"}),
        "text": book.add_format(font | {"text_wrap": True}),
        "plain": book.add_format(font),
        "bold": book.add_format(font | {"bold": True}),
        **{
            kind: book.add_format(font | {"locked": False, "num_format": FORMATS.get(kind, "General")})
            for kind in (*WIDTHS, "choice")
        },
    }


def _write_lists(book, sheet, kind, user, styles):
    """One column per drop-down, named list_<key> for the validation to point at; the keys that have names."""
    at, listed = 0, set()
    for column in kind.columns:
        names = column.listed(user) if column.listed else []
        if not names:
            continue
        sheet.write_string(0, at, column.label, styles["head"])
        sheet.write_column(1, at, names, styles["text"])
        sheet.set_column(at, at, 36)
        letter = xl_col_to_name(at)
        book.define_name(f"list_{column.key}", f"='{LISTS}'!${letter}$2:${letter}${len(names) + 1}")
        listed.add(column.key)
        at += 1
    sheet.freeze_panes(1, 0)
    sheet.protect()
    return listed


def _write_data(sheet, kind, styles, listed):
    for at, column in enumerate(kind.columns):
        sort = column.field.kind
        sheet.write_string(0, at, column.label + UNITS.get(sort, ""), styles["needed" if column.is_needed else "head"])
        sheet.set_column(at, at, WIDTHS.get(sort, 28), styles[sort])
        _validate(sheet, at, column, listed)
    sheet.set_row(0, 48)
    sheet.freeze_panes(1, 1)
    sheet.protect(
        options={"format_columns": True, "format_rows": True, "sort": True, "autofilter": True, "insert_rows": True,
                 "delete_rows": True, "format_cells": True}
    )  # fmt: skip
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(0)
    sheet.activate()


def _validate(sheet, at, column, listed):
    hint = " ".join(filter(None, [column.hint, f"Ví dụ: {column.example}." if column.example else ""]))
    rule = {"validate": "any"}
    if column.key in listed:
        rule = {"validate": "list", "source": f"=list_{column.key}", "error_type": "warning"}
        rule |= {"error_title": "Không có trong danh mục", "error_message": "Chọn một tên trong trang Danh mục."}
    elif column.field.kind in RULES:
        validate, limits, words = RULES[column.field.kind]
        rule = {"validate": validate, **limits, "error_type": "warning", "error_title": "Xem lại ô này",
                "error_message": words}  # fmt: skip
    if hint:
        rule |= {"input_title": column.label[:LONGEST_TITLE], "input_message": hint[:LONGEST_MESSAGE]}
    if len(rule) > 1:
        sheet.data_validation(1, at, ROWS, at, rule)


def _write_guide(sheet, kind, styles):
    rows = [
        f"Mẫu nhập {kind.label}",
        f"Điền ở trang “{DATA}”, mỗi dòng một {kind.noun}; tiêu đề nền vàng là cột phải có. Giữ nguyên các tiêu đề.",
        "Thêm cột, thêm dòng cộng, dòng ghi chú đều được: cổng bỏ qua và nói rõ. Số tiền ghi bằng đồng.",
        "Ô để trống thì giữ nguyên giá trị đã có trên cổng. Nhập lại cùng tệp không sinh hồ sơ trùng.",
    ]
    for number, words in enumerate(rows):
        sheet.write_string(number, 0, words, styles["bold" if number == 0 else "plain"])
    head = len(rows) + 1
    for at, words in enumerate(("Cột", "Phải có", "Cách ghi", "Ví dụ")):
        sheet.write_string(head, at, words, styles["head"])
    for number, column in enumerate(kind.columns, head + 1):
        cells = (column.label, "có" if column.is_needed else "", column.hint, column.example)
        for at, words in enumerate(cells):
            sheet.write_string(number, at, words, styles["text"])
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 10)
    sheet.set_column(2, 2, 70)
    sheet.set_column(3, 3, 36)
    sheet.protect()
