"""A sheet that came home: kept, held against what stands now, written once a person has confirmed it."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from khuyencong.audit import record
from khuyencong.exports import edit_sheet
from khuyencong.exports.edit_columns import Lists
from khuyencong.models import ReturnedSheet, ReturnStatus
from khuyencong.text import nfc

MOST_ROWS = 500
MOST_REMARKS = 200
MINE, THEIRS = "mine", "theirs"


class ChangedMeanwhileError(ValidationError):
    """Rows changed between the page and the confirmation; nothing was written."""


@dataclass
class CellDifference:
    """One cell: what went out, what came home, what stands now, as people read them.

    `state`: "plain" (only the sheet changed it), "conflict" (others changed it, too), "same" (it stands so already).
    """

    field: str
    label: str
    cell: str
    base: str
    mine: str
    theirs: str
    posted: str
    state: str
    keep: str = MINE
    error: str = ""


@dataclass
class RowDifference:
    """`refusal`: why the row cannot be changed at all; `error`: what is wrong with it as a whole."""

    pk: int
    line: int
    name: str
    url: str = ""
    refusal: str = ""
    error: str = ""
    is_changed_meanwhile: bool = False
    changed_by: str = ""
    cells: list = field(default_factory=list)

    @property
    def has_conflict(self):
        return any(cell.state == "conflict" for cell in self.cells)

    @property
    def is_bad(self):
        return bool(self.refusal or self.error or any(cell.error for cell in self.cells))

    @property
    def is_done(self):
        """Nothing is left to write: all of it stands so already."""
        return not self.refusal and all(cell.state == "same" for cell in self.cells)

    def changes(self):
        """{field: posted value} that is to be written."""
        return {
            cell.field: cell.posted
            for cell in self.cells
            if cell.state != "same" and not (cell.state == "conflict" and cell.keep == THEIRS)
        }


@transaction.atomic
def receive(upload, edit_lists, *, by):
    """Read an uploaded sheet and keep what differs; nothing else is written. Raises ValidationError."""
    returned = edit_sheet.read(upload.file, upload.name, edit_lists)
    if len(returned.rows) > MOST_ROWS:
        raise ValidationError(
            f"Tệp có {len(returned.rows)} dòng đã sửa; mỗi lần nhận nhiều nhất {MOST_ROWS} dòng. Lọc bớt rồi xuất, sửa "
            "thành nhiều tệp."
        )
    about = returned.about
    remarks = returned.remarks
    if len(remarks) > MOST_REMARKS:
        remarks = [*remarks[:MOST_REMARKS], f"… và {len(remarks) - MOST_REMARKS} điều khác."]
    return ReturnedSheet.objects.create(
        kind=about["kind"], name=nfc(upload.name)[:200], sha256=returned.sha256, uploaded_by=by,
        made_at=datetime.fromisoformat(about["at"]), made_by=about["by"][:200], row_count=returned.row_count,
        rows=returned.rows, refused=returned.refused[:MOST_REMARKS], remarks=remarks,
    )  # fmt: skip


def differences(returned, edit_list, user, *, keep=None):
    """RowDifferences of a sheet against what stands now. `keep`: {(pk, field): MINE or THEIRS} chosen so far."""
    columns = {column.field: column for column in edit_list.columns()}
    lists = Lists(columns.values())
    labels = {name: lists.labels(column) for name, column in columns.items()}
    found = edit_list.find(user, [row["pk"] for row in returned.rows])
    keep, differences = keep or {}, []
    for row in returned.rows:
        told = RowDifference(row["pk"], row["line"], row["name"])
        differences.append(told)
        instance = found.get(row["pk"])
        if instance is None:
            told.refusal = f"{edit_list.noun.capitalize()} này không còn, hoặc ông/bà không còn được xem."
            continue
        told.url, told.name = instance.get_absolute_url(), str(instance)
        told.refusal = edit_list.refusal(user, instance) or ""
        told.is_changed_meanwhile = instance.version != row["version"]
        told.changed_by = str(instance.updated_by) if told.is_changed_meanwhile else ""
        now = edit_list.posted(instance, columns.values())
        for cell in row["cells"]:
            if column := columns.get(cell["field"]):
                chosen = keep.get((row["pk"], column.field), "")
                told.cells.append(_cell_difference(cell, column, now[column.field], labels[column.field], chosen))
    return differences


def _cell_difference(cell, column, now, labels, chosen):
    base, mine = cell["base"], cell["mine"]
    state = "same" if nfc(now) == nfc(mine) else "plain" if nfc(now) == nfc(base) else "conflict"
    read = [column.readable(value, labels) for value in (base, mine, now)]
    keep = chosen if state == "conflict" else MINE
    return CellDifference(column.field, column.label, cell["cell"], *read, posted=mine, state=state, keep=keep)


def check(differences, edit_list, user):
    """Put to each row what the form of its page would say to the changes; nothing is saved."""
    found = edit_list.find(user, [row.pk for row in differences])
    for row in differences:
        if row.refusal or row.is_done or row.pk not in found:
            continue
        changes = row.changes()
        if changes:
            _tell(row, edit_list.errors(found[row.pk], changes, user))


def _tell(row, errors):
    cells = {cell.field: cell for cell in row.cells}
    for name, sentence in errors.items():
        if name in cells:
            cells[name].error = sentence
        else:
            row.error = " ".join(filter(None, [row.error, sentence]))


def digest_of(differences):
    """What the person saw of the rows as they stood; another digest means that they changed since."""
    seen = [[row.pk, row.refusal, [[cell.field, cell.theirs, cell.state] for cell in row.cells]] for row in differences]
    return hashlib.sha256(json.dumps(seen, ensure_ascii=False).encode()).hexdigest()[:32]


def confirm(returned, edit_list, *, by, chosen, keep, seen):
    """Write the chosen rows (keys), all of them or none; returns [(row name, number of cells)].

    Raises ChangedMeanwhileError; ValidationError with `.rows`, the RowDifferences with what was refused, when a row
    was not taken. A sheet that is finished is left alone and answers with what was written then.
    """
    rows = []
    try:
        with transaction.atomic():
            stored = ReturnedSheet.objects.select_for_update().get(pk=returned.pk)
            if not stored.is_open:
                return stored.written
            rows = differences(stored, edit_list, by, keep=keep)
            if digest_of(rows) != seen:
                raise ChangedMeanwhileError(
                    "Có người vừa sửa các dòng này sau khi ông/bà mở trang. Chưa ghi gì; xem lại bên dưới."
                )
            return _write(stored, edit_list, [row for row in rows if row.pk in chosen], by)
    except ValidationError as refusal:
        refusal.rows = rows
        raise


def _write(stored, edit_list, rows, by):
    if any(cell.state == "conflict" and not cell.keep for row in rows for cell in row.cells):
        raise ValidationError("Còn ô mà hai bên cùng sửa chưa chọn giữ bên nào; chưa ghi gì.")
    found = edit_list.find(by, [row.pk for row in rows])
    written, failed = [], 0
    for row in rows:
        changes = row.changes()
        if row.refusal:
            failed += 1
            continue
        if not changes or row.is_done:
            continue
        try:
            with transaction.atomic():
                edit_list.save(found[row.pk], changes, by)
        except PermissionDenied as refusal:
            row.refusal = str(refusal)
            failed += 1
        except ValidationError as refusal:
            _tell(row, errors_of(refusal))
            failed += 1
        else:
            written.append([row.name, len(changes)])
    if failed:
        raise ValidationError(
            f"{failed} dòng không ghi được, nên chưa ghi dòng nào. Bỏ chọn các dòng đó, hoặc sửa trong tệp rồi đưa lên "
            "lại."
        )
    if not written:
        raise ValidationError("Chưa chọn dòng nào có gì để ghi.")
    stored.status, stored.finished_at, stored.written = ReturnStatus.DONE, timezone.now(), written
    stored.save(update_fields=["status", "finished_at", "written"])
    record(
        by, "sheet.return", "Nhận tệp sửa ngoài máy", stored,
        reason=f"{stored.name}, SHA-256 {stored.sha256}", changes=[(name, "", f"{count} ô") for name, count in written],
    )  # fmt: skip
    return written


@transaction.atomic
def drop(returned):
    """Leave the sheet at that; what came of it earlier stays."""
    stored = ReturnedSheet.objects.select_for_update().get(pk=returned.pk)
    if stored.is_open:
        stored.status, stored.finished_at = ReturnStatus.DROPPED, timezone.now()
        stored.save(update_fields=["status", "finished_at"])


def errors_of(refusal):
    """{field or "": sentence} of a ValidationError."""
    if hasattr(refusal, "error_dict"):
        return {
            "" if name == "__all__" else name: " ".join(ValidationError(found).messages)
            for name, found in refusal.error_dict.items()
        }
    return {"": " ".join(refusal.messages)}
