"""Tables in plain text: .csv and .txt, whatever parts their cells."""

import csv
import io
from collections import Counter

from khuyencong.sheets.encodings import decode
from khuyencong.sheets.refusals import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, refusal
from khuyencong.text import nfc

DELIMITERS = ";\t,|"
LINES_SAMPLED = 60
LONGEST_CELL = 100_000


def read_delimited(data: bytes) -> tuple[list[tuple], str]:
    """Rows of text cells (None for empty) and the name of the encoding. Raises ValidationError."""
    try:
        text, encoding = decode(data)
    except UnicodeError:
        raise refusal("text") from None
    if "\0" in text or text.lstrip()[:1] == "<":
        raise refusal("html" if "\0" not in text else "kind")
    csv.field_size_limit(LONGEST_CELL)
    lines = io.StringIO(text, newline="")
    first = text[: text.find("\n") + 1 or None].strip()
    if first.lower().startswith("sep=") and len(first) == 5:  # what Excel writes for itself
        delimiter = first[-1]
        lines.readline()
    else:
        delimiter = delimiter_of(text)
    return _rows(csv.reader(lines, delimiter=delimiter)), encoding


def delimiter_of(text: str) -> str:
    """The character that parts cells: the one found most evenly in the first lines."""
    sample = [line for line in io.StringIO(text[:200_000]).read().splitlines() if line.strip()][:LINES_SAMPLED]
    best, most = ",", 0
    for delimiter in DELIMITERS:
        try:
            counts = Counter(len(row) for row in csv.reader(sample, delimiter=delimiter) if len(row) > 1)
        except csv.Error:
            continue
        width, times = max(counts.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        score = times * 4 + min(width, 30)
        if times and score > most:
            best, most = delimiter, score
    return best


def _rows(reader):
    rows, filled, cells = [], 0, 0
    try:
        for row in reader:
            values = [nfc(cell) or None for cell in row] if any(row) else []
            while values and values[-1] is None:
                values.pop()
            if len(values) > MOST_COLUMNS:
                raise refusal("large")
            if not values and len(rows) - filled > MOST_ROWS:
                continue  # a long blank tail
            rows.append(tuple(values))
            if values:
                filled = len(rows)
                cells += len(values)
                if filled > MOST_ROWS or cells > MOST_CELLS:
                    raise refusal("large")
    except csv.Error:
        raise refusal("damaged") from None
    return rows[:filled]
