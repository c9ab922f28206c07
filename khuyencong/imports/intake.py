"""Take a file in: keep it privately, find its sheet and its columns, have a person say which column is what."""

import hashlib
from collections import Counter
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.utils import timezone

from khuyencong.files import MEGABYTE, clean_name
from khuyencong.imports.kinds import KINDS
from khuyencong.imports.starting import start
from khuyencong.models import ColumnMemory, ImportStatus, SheetImport
from khuyencong.permissions import require
from khuyencong.sheets import open_workbook, recognise
from khuyencong.sheets.cells import shown
from khuyencong.text import fold, quoted

KEPT_FOR = timedelta(days=14)
MOST_MEGABYTES = 30
# What the page shows of a long list of rows that are not data.
MOST_SKIPPED = 300
LONGEST_TEXT = 120


def start_import(kind, upload, *, by):
    """Keep an UploadedFile and lay out its sheet; the same file of the same person that still waits is taken up.

    Raises PermissionDenied; ValidationError for a file that is refused, of which nothing stays.
    """
    drop_expired_imports()
    refusal = kind.may(by)
    require(refusal is None, refusal)
    name = clean_name(upload.name)
    _check_size(name, upload.size)
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    same = SheetImport.objects.visible_to(by).filter(kind=kind.key, sha256=digest.hexdigest())
    waiting = same.filter(status__in=(ImportStatus.UPLOADED, ImportStatus.MAPPED, ImportStatus.PREVIEWED)).first()
    if waiting:
        return waiting
    book = open_workbook(upload.file, name)
    taken = SheetImport(
        kind=kind.key, requested_by=by, organisation=by.organisation, name=name, size=upload.size,
        sha256=digest.hexdigest(), expires_at=timezone.now() + KEPT_FOR,
        sheets=[[sheet.name, len(sheet.rows), sheet.is_hidden] for sheet in book.sheets],
    )  # fmt: skip
    if not any(length for _name, length, _hidden in taken.sheets):
        raise ValidationError(f"Tệp {quoted(name)} không có dòng nào. Chọn lại đúng tệp.")
    found = _obvious_sheet(book, kind, taken)
    if found:
        _lay_out(taken, *found)
    _keep(taken, upload)
    return taken


def _check_size(name, size):
    if not size:
        raise ValidationError(f"Tệp {quoted(name)} rỗng (0 byte). Mở thử trên máy rồi chọn lại đúng tệp.")
    if size > MOST_MEGABYTES * MEGABYTE:
        raise ValidationError(f"Tệp {quoted(name)} lớn hơn {MOST_MEGABYTES} MB. Chia thành nhiều tệp rồi tải từng tệp.")


def _keep(taken, upload):
    ending = taken.name.rpartition(".")[2].lower()
    upload.file.seek(0)
    taken.file.save(f"{taken.sha256[:16]}.{ending}", File(upload.file), save=False)
    try:
        taken.save()
    except BaseException:
        taken.file.delete(save=False)
        raise


def _obvious_sheet(book, kind, taken):
    """(sheet, reading) of the visible sheet with most columns of this kind; None when a person has to say."""
    visible = [sheet for sheet in book.sheets if sheet.rows and not sheet.is_hidden]
    readings = [(sheet, recognise(sheet, kind.fields, remembered(kind, taken.organisation))) for sheet in visible]
    if len(readings) == 1:
        return readings[0]
    fitting = sorted((found for found in readings if _fits(found[1], kind)), key=_known_columns, reverse=True)
    is_clear = len(fitting) == 1 or (fitting and _known_columns(fitting[0]) > _known_columns(fitting[1]))
    return fitting[0] if is_clear else None


def _known_columns(found):
    return sum(column.certainty == "sure" for column in found[1].columns)


def _fits(reading, kind):
    return bool(reading.data) and any(reading.column_of(key) for key in kind.keys)


def remembered(kind, organisation):
    """{folded heading: field key} that the organisation chose before."""
    known = ColumnMemory.objects.filter(organisation=organisation, kind=kind.key).exclude(field="")
    keys = {column.key for column in kind.columns}
    return {memory.heading: memory.field for memory in known if memory.field in keys}


def choose_sheet(taken, name, *, head_row=None):
    """Lay out another sheet, or another table of it. Raises ValidationError when there is none of that name."""
    kind = KINDS[taken.kind]
    _require_open(taken)
    sheet = sheet_of(taken, name)
    _lay_out(taken, sheet, recognise(sheet, kind.fields, remembered(kind, taken.organisation), head_row), head_row)
    taken.status = ImportStatus.UPLOADED
    with transaction.atomic():
        taken.lines.all().delete()
        taken.save()
    return taken


def sheet_of(taken, name):
    """A sheet of the kept file. Raises ValidationError."""
    with taken.file.open("rb") as stream:
        book = open_workbook(stream, taken.name)
    sheet = next((sheet for sheet in book.sheets if sheet.name == name), None)
    if sheet is None:
        raise ValidationError(f"Tệp không có trang {quoted(name)}.")
    return sheet


def _lay_out(taken, sheet, reading, head_row=None):
    """What the page of columns shows of a reading; the lines themselves are read again for the preview."""
    skipped = [line for line in reading.lines if line.kind not in ("data", "blank")]
    taken.sheet_name, taken.money_unit = sheet.name, reading.money_unit
    taken.total_count = len(reading.data)
    taken.mapping = {}
    taken.layout = {
        "head_row": head_row,
        "head_rows": list(reading.head_rows),
        "tables": list(reading.tables),
        "remarks": list(reading.remarks),
        "unit_certainty": reading.unit_certainty,
        "unit_source": reading.unit_source,
        "columns": [
            {
                "index": column.index, "letter": column.letter, "heading": column.heading, "field": column.field_key,
                "certainty": column.certainty, "samples": list(column.samples[:3]), "unit": column.unit,
                "is_hidden": column.is_hidden,
            }
            for column in reading.columns
        ],
        "skipped_counts": dict(Counter(line.kind for line in skipped)),
        "skipped": [[line.number, line.kind, line.reason, _words(line)] for line in skipped[:MOST_SKIPPED]],
    }  # fmt: skip


def _words(line):
    """The first filled cells of a row, for a person to know it again."""
    words = " · ".join(dict.fromkeys(filter(None, map(shown, line.cells))))
    return words if len(words) <= LONGEST_TEXT else f"{words[:LONGEST_TEXT]}…"


def save_columns(taken, mapping, *, money_unit, given, by):
    """Keep which column is what, remember it for the organisation, and have the preview made.

    `mapping` is {column index: field key, "" for a column that is not taken}. Raises ValidationError.
    """
    kind = KINDS[taken.kind]
    _check_columns(kind, mapping)
    with transaction.atomic():
        taken = SheetImport.objects.select_for_update(of=("self",)).visible_to(by).get(pk=taken.pk)
        if taken.is_working:  # the second press of the button
            return taken
        _require_open(taken)
        _remember(taken, kind, mapping)
        taken.lines.all().delete()
        taken.mapping = {str(index): key for index, key in mapping.items()}
        taken.money_unit, taken.given = money_unit, given
        taken.status, taken.error, taken.done_count = ImportStatus.MAPPED, "", 0
        taken.total_count = max(taken.total_count, 1)
        taken.claimed_until, taken.attempts = None, 0
        taken.save()
        transaction.on_commit(lambda: start(taken))
    return taken


def _check_columns(kind, mapping):
    chosen = [key for key in mapping.values() if key]
    if twice := next((key for key in chosen if chosen.count(key) > 1), None):
        label = kind.column(twice).label
        raise ValidationError(f"Hai cột cùng được chọn là “{label}”: chỉ giữ một cột, cột kia chọn “Không lấy”.")
    if not set(kind.keys) & set(chosen):
        labels = " hoặc ".join(f"“{kind.column(key).label}”" for key in kind.keys)
        raise ValidationError(f"Chưa có cột nào là {labels}: chọn ở cột tương ứng của bảng.")


def _remember(taken, kind, mapping):
    headings = {column["index"]: fold(column["heading"])[:300] for column in taken.layout["columns"]}
    memories = {
        headings[index]: ColumnMemory(
            organisation=taken.organisation, kind=kind.key, heading=headings[index], field=key,
            remembered_at=timezone.now(),
        )
        for index, key in mapping.items()
        if headings.get(index)
    }  # fmt: skip
    ColumnMemory.objects.bulk_create(
        memories.values(), update_conflicts=True, unique_fields=["organisation", "kind", "heading"],
        update_fields=["field", "remembered_at"],
    )  # fmt: skip


def _require_open(taken):
    if not taken.is_open or not taken.file:
        raise ValidationError(f"Lần nhập này {taken.get_status_display().lower()}: tải tệp lên lại để nhập lần khác.")


def drop_expired_imports():
    """Remove files and lines whose time is over; what was written stays told in the trail."""
    for taken in SheetImport.objects.expired():
        taken.file.delete(save=False)
        taken.lines.all().delete()
        taken.status, taken.file = ImportStatus.EXPIRED, ""
        taken.save()
