import io
from datetime import date

import openpyxl

from khuyencong.sheets import Field, open_workbook, recognise


def test_plain_workbook_is_read_and_its_columns_found():
    book = openpyxl.Workbook()
    book.active.append(["Mã đề án", "Kinh phí", "Ngày ký"])
    book.active.append(["DA-01", 25_000_000, date(2018, 3, 5)])
    stream = io.BytesIO()
    book.save(stream)

    [sheet] = open_workbook(stream, "de-an.xlsx").sheets
    reading = recognise(sheet, (Field("code", "Mã đề án", "code"), Field("cost", "Kinh phí", "money")))

    assert [column.field_key for column in reading.columns] == ["code", "cost", None]
    assert [line.cells for line in reading.data] == [("DA-01", 25_000_000, date(2018, 3, 5))]
