"""The sheet inside an annex: the same rows, to be summed and filtered."""

from datetime import date, datetime, time
from io import BytesIO

from django.utils import timezone

from khuyencong.xlsx import Column, SheetExporter


class AnnexSheet(SheetExporter):
    """Of the paper's day, whenever it was made: the same rows give the same bytes."""

    filename = "phu-luc"
    sheet_name = "Phụ lục"
    unit_line = "Đơn vị tính: đồng"

    def __init__(self, rows, columns: tuple[Column, ...], *, title: str, day: date):
        self.title, self.columns = title, columns
        super().__init__(rows, printed_at=timezone.make_aware(datetime.combine(day, time())))

    def printed_line(self):
        return f"Theo phụ lục ngày {self.printed_at:%d/%m/%Y}"

    def as_bytes(self) -> bytes:
        stream = BytesIO()
        self.write(stream)
        return stream.getvalue()
