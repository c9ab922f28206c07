"""Reading the spreadsheets that provinces really have: opened with care, recognised, read cell by cell.

Knows no models and no database. An import goes `open_workbook` -> a `Sheet` -> `recognise` -> lines of kind
"data", whose cells `khuyencong.sheets.cells` reads; `own_totals` compares what the sheet says of itself.
Rows are numbered as the sheet shows them, from 1; columns are counted from 0 and named by their letter.
"""

from khuyencong.sheets.reading import Field, Line, Reading, SheetColumn
from khuyencong.sheets.recognition import recognise
from khuyencong.sheets.totals import SheetTotal, own_totals
from khuyencong.sheets.workbook import Merged, Sheet, Workbook, open_workbook

__all__ = [
    "Field",
    "Line",
    "Merged",
    "Reading",
    "Sheet",
    "SheetColumn",
    "SheetTotal",
    "Workbook",
    "open_workbook",
    "own_totals",
    "recognise",
]
