"""Excel sheets that an office can check, print and sign.

A room names its columns in a `SheetExporter` and passes rows that are already scoped to the reader; titles,
number formats, sums, widths and page set-up live here. What a sheet promises:

- Money, numbers and dates are real numbers and dates. Text is always text: a value that starts with = + - @,
  a tab or a line break is an inline string in a cell of format Text, so no program takes it for a formula,
  not even after somebody has edited the cell.
- Every sum is `SUBTOTAL(9, rows)` with its exact value stored beside it. SUBTOTAL leaves out other SUBTOTALs,
  so the grand total may span the group rows without counting anything twice, and under a filter it adds up
  what is shown.
- Excel keeps 15 digits. A number beyond `MAX_NUMBER`, sums included, raises ValueError; nothing is rounded.
- None and "" are blank cells; 0 is written as 0. A sum over nothing is 0.
- Text is NFC, without characters that XML forbids, with \\n for every line break; what is longer than the
  32,767 characters of an Excel cell ends with "…".
- Rows are read once and go straight to a temporary file: memory does not grow with their number.
"""

from khuyencong.xlsx.columns import MAX_NUMBER, Column, Group
from khuyencong.xlsx.exporter import SheetExporter, workbook_response, write_workbook

__all__ = ["MAX_NUMBER", "Column", "Group", "SheetExporter", "workbook_response", "write_workbook"]
