"""100,000 rows of 20 columns written by one writer, in a process of its own: `python -m bench.writers ours 100000`.

Prints seconds and by how many MB the process grew. All get the same rows (12 texts, 4 dates, 4 amounts in đồng) from a
generator. XlsxWriter and openpyxl write bare cells, XlsxWriter with their formats; ours writes heads, STT, widths,
heights of rows, sums, filters and page set-up besides. `rust` runs where rustpy-xlsxwriter is installed: see
docs/decisions.md.
"""

import datetime
import resource
import subprocess
import sys
import time
from tempfile import TemporaryFile

ROWS, STOCK_ROWS, COLUMNS = 100_000, 20_000, 20
TEXTS, DATES = 12, 16  # columns before these are texts, then dates, then amounts
HEADS = [f"Cột {number}" for number in range(1, COLUMNS + 1)]
START = datetime.date(2026, 1, 1)


def rows(count):
    for number in range(count):
        yield [
            *(f"Đề án hỗ trợ máy móc thiết bị số {number}-{column}" for column in range(TEXTS)),
            *(START + datetime.timedelta(days=(number + column) % 900) for column in range(DATES - TEXTS)),
            *(number * 1_003 + column for column in range(COLUMNS - DATES)),
        ]


def ours(count, stream):
    import django  # noqa: PLC0415

    django.setup()
    from khuyencong.xlsx import Column, SheetExporter  # noqa: PLC0415

    def column(at):
        kind = "text" if at < TEXTS else "date" if at < DATES else "vnd"
        return Column(HEADS[at], lambda row: row[at], kind, total=kind == "vnd")

    exporter = type("Exporter", (SheetExporter,), {
        "title": "Đo tốc độ", "filename": "do", "columns": tuple(map(column, range(COLUMNS))),
    })  # fmt: skip
    return lambda: exporter(rows(count)).write(stream)


def xlsxwriter(count, stream):
    from xlsxwriter import Workbook  # noqa: PLC0415

    def write():
        book = Workbook(stream, {"constant_memory": True})
        sheet = book.add_worksheet()
        text, date, money = (book.add_format({"num_format": form}) for form in ("@", "dd/mm/yyyy", "#,##0"))
        for line, row in enumerate(rows(count)):
            for at, value in enumerate(row):
                if at < TEXTS:
                    sheet.write_string(line, at, value, text)
                elif at < DATES:
                    sheet.write_datetime(line, at, value, date)
                else:
                    sheet.write_number(line, at, value, money)
        book.close()

    return write


def openpyxl(count, stream):
    from openpyxl import Workbook  # noqa: PLC0415

    def write():
        book = Workbook(write_only=True)
        sheet = book.create_sheet()
        for row in rows(count):
            sheet.append(row)
        book.save(stream)

    return write


def stock(count, stream):
    """What django-import-export's own export does with its rows."""
    from tablib import Dataset  # noqa: PLC0415

    def write():
        found = Dataset(headers=HEADS)
        for row in rows(count):
            found.append(row)
        stream.write(found.export("xlsx"))

    return write


def rust(count, stream):
    from rustpy_xlsxwriter import write_worksheet  # noqa: PLC0415

    def write():
        lines = (dict(zip(HEADS, row, strict=True)) for row in rows(count))
        write_worksheet(lines, stream, datetime_format="dd/mm/yyyy")

    return write


WRITERS = {"ours": ours, "xlsxwriter": xlsxwriter, "openpyxl": openpyxl, "stock": stock, "rust": rust}


def grown():
    """The most memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(name: str, count: int) -> tuple[float, float]:
    """(seconds, MB that writing added) in a process of its own."""
    command = [sys.executable, "-m", "bench.writers", name, str(count)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    return float(told[0]), float(told[1])


if __name__ == "__main__":
    with TemporaryFile() as made:
        act = WRITERS[sys.argv[1]](int(sys.argv[2]), made)
        before, started = grown(), time.perf_counter()
        act()
        print(f"{time.perf_counter() - started:.3f} {max(grown() - before, 0.1):.1f}")
