"""Read the lines of a mapped sheet, have the kind judge them, keep what it says for a person to look at."""

import gc
from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from khuyencong.imports.intake import sheet_of
from khuyencong.imports.kinds import KINDS, Row
from khuyencong.models import Decision, ImportLine, ImportStatus, SheetImport, Verdict
from khuyencong.sheets import own_totals, recognise
from khuyencong.sheets.cells import lost_zeros, read_cell
from khuyencong.sheets.words import unmarked
from khuyencong.text import fold

MOST_LINES = 100_000


def make_preview(taken):
    """Judge every line of data; done again from the start when it was interrupted."""
    kind = KINDS[taken.kind]
    reading = read_sheet(taken, kind)
    # The cells of a long sheet stay to the end: the collector need not go through them again and again.
    gc.freeze()
    try:
        _judge_lines(taken, kind, reading)
    finally:
        gc.unfreeze()


def _judge_lines(taken, kind, reading):
    total = len(reading.data)
    if not total:
        raise ValidationError("Trang này không có dòng dữ liệu nào. Chọn trang khác, hoặc xem các dòng bị bỏ qua.")
    if total > MOST_LINES:
        raise ValidationError(f"Trang này có hơn {MOST_LINES} dòng. Chia thành nhiều tệp rồi tải từng tệp.")
    taken.lines.all().delete()
    SheetImport.objects.filter(pk=taken.pk).update(total_count=total)
    letters = {column.field_key: column.letter for column in reading.columns if column.field_key}
    examiner, done = kind.examiner(taken), 0
    for rows in examiner.lots(_rows(reading, kind)):
        examiner.examine(rows)
        ImportLine.objects.bulk_create([_line(taken, row, letters) for row in rows])
        done += len(rows)
        SheetImport.objects.filter(pk=taken.pk).update(done_count=done)
    taken.totals = [
        [total.number, kind.column(total.key).label, total.label, str(total.written), str(total.counted)]
        for total in own_totals(reading, [key for key in kind.counted if key in letters])
    ]
    taken.status, taken.total_count, taken.done_count, taken.error = ImportStatus.PREVIEWED, total, total, ""
    taken.claimed_until, taken.attempts = None, 0
    taken.save()


def read_sheet(taken, kind):
    """The Reading of the chosen sheet, with the columns and the unit of money that the person chose."""
    sheet = sheet_of(taken, taken.sheet_name)
    chosen = {int(index): key or None for index, key in taken.mapping.items()}
    headings = {column["index"]: fold(column["heading"]) for column in taken.layout["columns"]}
    known = {headings[index]: key for index, key in chosen.items() if key and headings.get(index)}
    reading = recognise(sheet, kind.fields, known, taken.layout.get("head_row"))
    reading = reading.assigned({column.index: chosen.get(column.index) for column in reading.columns})
    return replace(reading, money_unit=taken.money_unit)


def _rows(reading, kind):
    columns = [(column, kind.column(column.field_key).field) for column in reading.columns if column.field_key]
    readers = [(column.index, field.key, field.kind, _arguments(column, field, reading)) for column, field in columns]
    groups = _groups_of(reading) if kind.group_key else {}
    for line in reading.data:
        row = Row(line.number, {})
        for index, key, reads, arguments in readers:
            try:
                value = read_cell(line.cells[index], reads, **arguments)
            except ValueError as error:
                row.refuse(key, str(error))
            else:
                if value is not None:
                    row.values[key] = value
                if reads == "tax_code" and lost_zeros(line.cells[index], value):
                    row.remark(key, f"Thêm số 0 đầu mà bảng tính đã bỏ: đọc là {value} (số kiểm tra khớp).")
        if line.number in groups:
            row.values.setdefault(kind.group_key, groups[line.number])
        yield row


def _groups_of(reading):
    """{row number: the innermost group above it}, with the one around it where two groups are called the same."""
    paths = {line.number: tuple(map(unmarked, line.under)) for line in reading.data if line.under}
    places = {}
    for path in paths.values():
        places.setdefault(fold(path[-1]), set()).add(path)
    return {
        number: path[-1] if len(places[fold(path[-1])]) == 1 else " › ".join(path[-2:])
        for number, path in paths.items()
    }


def _arguments(column, field, reading):
    return {
        "unit": column.unit or reading.money_unit,
        "style": column.style,
        "spans": field.spans,
        "since_1904": reading.since_1904,
    }


def _line(taken, row, letters):
    told = row.errors or row.remarks
    errors = [[f"{letters[key]}{row.number}" if key in letters else "", sentence] for key, sentence in told]
    line = ImportLine(sheet_import=taken, number=row.number, values=stored(row.values))
    tell(line, row, errors)
    return line


def tell(line, row, errors):
    """Put what the rules say of a row on its line."""
    line.label, line.verdict, line.changes, line.errors = row.label[:300], row.verdict, row.changes, errors
    line.candidates = [list(candidate) for candidate in row.candidates] or line.candidates
    line.matched_id, line.matched_version = row.matched_id, row.matched_version


def stored(values):
    """Values as JSON keeps them."""
    return {key: str(value) if isinstance(value, date | Decimal) else value for key, value in values.items()}


def restored(line, kind):
    """The Row of a line as it was read, for the rules to be asked again."""
    readers = {"date": date.fromisoformat, "decimal": Decimal}
    values = {}
    for key, value in line.values.items():
        reader = readers.get(kind.column(key).field.kind)
        values[key] = reader(value) if reader else value
    return Row(line.number, values, decision=line.decision, chosen_id=line.chosen_id)


@transaction.atomic
def decide(taken, decisions):
    """Keep what a person says of doubtful lines, {line number: (Decision, pk or None)}, and judge these anew.

    Raises ValidationError when the preview is over, or for a record that was not offered.
    """
    taken = SheetImport.objects.select_for_update(of=("self",)).select_related("requested_by__organisation").get(
        pk=taken.pk
    )  # fmt: skip
    if taken.status != ImportStatus.PREVIEWED:
        raise ValidationError("Lần nhập này không còn chờ xác nhận: lựa chọn không được ghi lại.")
    kind = KINDS[taken.kind]
    examiner = kind.examiner(taken)
    lines = taken.lines.filter(number__in=decisions).exclude(candidates=[])
    for line in lines:
        line.decision, line.chosen_id = decisions[line.number]
        if line.decision == Decision.SAME and line.chosen_id not in [pk for pk, _name, _why in line.candidates if pk]:
            raise ValidationError(f"Dòng {line.number}: chọn một trong các hồ sơ được nêu.")
        row = restored(line, kind)
        if line.decision == Decision.LEAVE:
            row.verdict, row.label = Verdict.LEFT_OUT, line.label
        else:
            examiner.examine([row])
        # A doubtful line carries remarks alone, which stay.
        tell(line, row, [["", sentence] for _key, sentence in row.errors] or line.errors)
        line.save()
    return taken
