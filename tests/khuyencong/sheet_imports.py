"""Imports as far as their preview, without the pages."""

import io

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile

from khuyencong.imports.intake import save_columns, start_import
from khuyencong.imports.kinds import KINDS
from khuyencong.imports.preview import make_preview
from khuyencong.models import SheetImport


def book_of(head, *rows, before=(), title="Danh sách"):
    """The bytes of a workbook: lines above the table, its head, its rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in (*before, head, *rows):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def previewed(user, content, *, kind="co-so", name="danh sách.xlsx", given=None, **choices):
    """The import of a file with the columns as proposed, or as `choices` {letter: field key} says."""
    taken = start_import(KINDS[kind], SimpleUploadedFile(name, content), by=user)
    columns = {
        column["index"]: choices.get(column["letter"], column["field"] or "") for column in taken.layout["columns"]
    }
    save_columns(taken, columns, money_unit=taken.money_unit, given=given or {}, by=user)
    taken = SheetImport.objects.select_related("requested_by__organisation", "organisation").get(pk=taken.pk)
    if taken.status == "mapped":
        make_preview(taken)
    return taken


def facility_import(user):
    """One household that the portal does not have yet."""
    head = ("Tên cơ sở", "Xã, phường")
    return previewed(user, book_of(head, ("Hộ kinh doanh Từ tệp", "Xã Đồng Khởi, tỉnh Vĩnh Long")))
