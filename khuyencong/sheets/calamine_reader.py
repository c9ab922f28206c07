"""Sheets of a workbook as plain rows, by calamine; also a program of its own, for files that may be large or odd.

Run apart it takes the file on its standard input and answers with pickled parts on its standard output. It has
so much memory and time and no more, and whatever a damaged file does to it, it does to nobody else. Imports
nothing of the portal, so that it starts quickly.
"""

import pickle
import resource
import sys

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

ROWS_AT_ONCE = 500
MOST_MEMORY = 900 * 1024 * 1024
MOST_SECONDS = 90


def parts(stream, most_cells):
    """("sheets", [(name, is visible)]), then of each sheet ("sheet", merged) and any number of ("rows", rows);
    or ("refused", "password" | "macro" | "damaged" | "large").

    Rows begin at row 1 and column A; merged ranges are ((top, left), (bottom, right)) from 0.
    """
    try:
        book = CalamineWorkbook.from_filelike(stream)
        about = book.sheets_metadata
        if any(sheet.typ in (SheetTypeEnum.MacroSheet, SheetTypeEnum.Vba) for sheet in about):
            yield "refused", "macro"
            return
        names = [sheet for sheet in about if sheet.typ == SheetTypeEnum.WorkSheet]
        yield "sheets", [(sheet.name, sheet.visible == SheetVisibleEnum.Visible) for sheet in names]
        for sheet in names:
            yield from _parts_of(book.get_sheet_by_name(sheet.name), most_cells)
    except PasswordError:
        yield "refused", "password"
    except (CalamineError, OSError, ValueError, OverflowError):
        yield "refused", "damaged"


def _parts_of(sheet, most_cells):
    if sheet.height * sheet.width > most_cells:
        yield "refused", "large"
        return
    yield "sheet", sheet.merged_cell_ranges or []
    margin = ("",) * (sheet.start[1] if sheet.start else 0)
    rows = []
    for row in sheet.iter_rows():
        rows.append(margin + tuple(row))
        if len(rows) == ROWS_AT_ONCE:
            yield "rows", rows
            rows = []
    yield "rows", rows


def main(most_cells):
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with open(sys.stdin.fileno(), "rb", closefd=False) as stream:
        for part in parts(stream, most_cells):
            pickle.dump(part, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)


if __name__ == "__main__":
    main(int(sys.argv[1]))
