"""Write what a person confirmed: the rules are asked again under lock, and only what still is as shown is written.

In lots, each whole with its history, so that a killed worker's successor goes on where it stopped; or, when the
person wants all or nothing, all lots in one transaction.
"""

from itertools import chain

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from khuyencong.audit import record
from khuyencong.imports.kinds import KINDS, LOT
from khuyencong.imports.preview import restored
from khuyencong.imports.starting import start
from khuyencong.models import ImportLine, ImportMode, ImportStatus, SheetImport, Verdict
from khuyencong.money import format_vnd
from khuyencong.permissions import require

WRITTEN = (Verdict.NEW, Verdict.CHANGED)
MOVED = "Đã khác lúc xem trước (có người vừa sửa hoặc thêm hồ sơ này): chưa ghi. Tải tệp lên lại để xem và ghi nốt."


def confirm(taken, *, mode, by):
    """Have the new and changed lines written. Pressed twice, or in two tabs, it is done once.

    Raises PermissionDenied, ValidationError.
    """
    with transaction.atomic():
        taken = SheetImport.objects.select_for_update(of=("self",)).visible_to(by).get(pk=taken.pk)
        if taken.status in (ImportStatus.WRITING, ImportStatus.DONE):
            return taken
        if taken.status != ImportStatus.PREVIEWED:
            raise ValidationError("Lần nhập này chưa xem trước xong: đợi, hoặc chọn lại các cột.")
        refusal = KINDS[taken.kind].may(by)
        require(refusal is None, refusal)
        count = taken.lines.filter(verdict__in=WRITTEN).count()
        if not count:
            raise ValidationError("Không có dòng nào mới hoặc thay đổi: không có gì để ghi.")
        if mode == ImportMode.ALL:
            _require_whole(taken)
        taken.mode, taken.status, taken.error = mode, ImportStatus.WRITING, ""
        taken.done_count, taken.total_count = 0, count
        taken.claimed_until, taken.attempts = None, 0
        taken.save()
        transaction.on_commit(lambda: start(taken))
    return taken


def _require_whole(taken):
    if bad := taken.lines.filter(verdict__in=(Verdict.REFUSED, Verdict.DOUBTFUL)).count():
        raise ValidationError(
            f"Còn {format_vnd(bad)} dòng có lỗi hoặc chưa chọn: sửa tệp rồi tải lại, "
            f"hoặc chọn “{ImportMode.GOOD.label}”."
        )


def write_import(taken):
    """Write the lines that are not written yet, and close the import."""
    kind = KINDS[taken.kind]
    refusal = kind.may(taken.requested_by)
    require(refusal is None, refusal)
    examiner = kind.examiner(taken, locks=True)
    if taken.mode == ImportMode.ALL:
        with transaction.atomic():
            for rows in examiner.lots(_pending(taken, kind)):
                _write_lot(taken, examiner, rows)
            _close(taken, examiner)
        return
    for rows in examiner.lots(_pending(taken, kind)):
        with transaction.atomic():
            _write_lot(taken, examiner, rows)
    with transaction.atomic():
        _close(taken, examiner)


def _pending(taken, kind):
    """The rows still to be written, in the order of the sheet, read from the database lot by lot."""
    last = 0
    while lines := list(taken.lines.filter(verdict__in=WRITTEN, written_at=None, number__gt=last)[:LOT]):
        for line in lines:
            row = restored(line, kind)
            row.line = line
            yield row
        last = lines[-1].number


def _write_lot(taken, examiner, rows):
    """Judge the rows as they stand now, write those that still are what the preview showed."""
    # Whoever else came to write this import waits here, and finds the lines written.
    SheetImport.objects.select_for_update(of=("self",)).get(pk=taken.pk)
    left = set(taken.lines.filter(pk__in=[row.line.pk for row in rows], written_at=None).values_list("pk", flat=True))
    rows = [row for row in rows if row.line.pk in left]
    examiner.examine(rows)
    good = []
    for row in rows:
        if _is_as_shown(row):
            good.append(row)
        elif taken.mode == ImportMode.ALL:
            raise ValidationError(f"Dòng {row.number}: {MOVED}")
        else:
            _put_off(row)
    try:
        with transaction.atomic():
            examiner.write(good)
    except IntegrityError:
        raise ValidationError("Có người vừa ghi hồ sơ trùng với tệp này. Chọn lại cột để xem trước lần nữa.") from None
    _mark_written(taken, good)
    SheetImport.objects.filter(pk=taken.pk).update(done_count=taken.lines.exclude(written_at=None).count())


def _mark_written(taken, rows):
    if not rows:
        return
    # bulk_update builds a condition per row, which takes longer than writing the records.
    table = connection.ops.quote_name(ImportLine._meta.db_table)
    pairs = ", ".join(["(%s, %s)"] * len(rows))
    written = f"FROM (VALUES {pairs}) AS written WHERE {table}.id = written.column1"
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET record_id = written.column2, written_at = %s {written}",
            [timezone.now(), *chain.from_iterable((row.line.pk, row.record_id) for row in rows)],
        )


def _is_as_shown(row):
    line = row.line
    return (row.verdict, row.matched_id, row.matched_version) == (line.verdict, line.matched_id, line.matched_version)


def _put_off(row):
    if row.verdict == Verdict.UNCHANGED:
        row.line.verdict = Verdict.UNCHANGED
    else:
        sentences = [sentence for _key, sentence in row.errors] or [MOVED]
        row.line.verdict, row.line.errors = Verdict.REFUSED, [["", sentence] for sentence in sentences]
    row.line.save(update_fields=["verdict", "errors"])


def _close(taken, examiner):
    """The import is over: one entry of the trail with the hash of the file and the counts."""
    examiner.finish()
    counts = dict.fromkeys(WRITTEN, 0)
    for verdict in taken.lines.exclude(written_at=None).values_list("verdict", flat=True):
        counts[verdict] += 1
    told = [
        ("Tệp", "", taken.name),
        ("SHA-256", "", taken.sha256),
        ("Trang", "", taken.sheet_name),
        ("Thêm mới", "", format_vnd(counts[Verdict.NEW])),
        ("Thay đổi", "", format_vnd(counts[Verdict.CHANGED])),
    ]
    label = f"Nhập {KINDS[taken.kind].noun} từ tệp"
    record(taken.requested_by, "import.write", label, taken, changes=told)
    taken.status, taken.finished_at, taken.error = ImportStatus.DONE, timezone.now(), ""
    taken.done_count = sum(counts.values())
    taken.claimed_until, taken.attempts = None, 0
    taken.save()
