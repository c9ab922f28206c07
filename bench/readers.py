"""A sheet of 20 columns read by one reader, in a process of its own: `python -m bench.readers ours FILE`.

Prints seconds and the MB of the largest process that took part, the portal itself included. Ours looks the archive
through, reads, and recognises the table; openpyxl only walks over the cells.
"""

import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import writers

READ_ROWS, LARGE_ROWS = 10_000, 100_000


def ours(path):
    import django  # noqa: PLC0415

    django.setup()
    from khuyencong.sheets import Field, open_workbook, recognise  # noqa: PLC0415

    fields = tuple(Field(f"c{at}", head, "text") for at, head in enumerate(writers.HEADS))

    def read():
        with open(path, "rb") as stream:
            [sheet] = open_workbook(stream, path).sheets
        return len(recognise(sheet, fields).data)

    return read


def openpyxl(path):
    from openpyxl import load_workbook  # noqa: PLC0415

    def read():
        book = load_workbook(path, read_only=True)
        return sum(1 for _row in book.active.iter_rows(values_only=True))

    return read


READERS = {"ours": ours, "openpyxl": openpyxl}


def measured(name: str, count: int) -> tuple[float, float]:
    """(seconds, MB) in a process of its own, of a sheet of so many rows."""
    with TemporaryDirectory() as folder:
        path = str(Path(folder, "sheet.xlsx"))
        with open(path, "wb") as stream:
            writers.xlsxwriter(count, stream)()
        command = [sys.executable, "-m", "bench.readers", name, path]
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    return float(told[0]), float(told[1])


if __name__ == "__main__":
    act = READERS[sys.argv[1]](sys.argv[2])
    started = time.perf_counter()
    act()
    seconds = time.perf_counter() - started
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    print(f"{seconds:.3f} {most:.1f}")
