"""Save a record without overwriting what someone else saved meanwhile."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from khuyencong.audit import field_changes, record


class StaleVersionError(ValidationError):
    """Someone saved the record after the person opened it; `current` is the row as it stands now."""

    def __init__(self, current):
        self.current = current
        super().__init__(
            f"{current.updated_by} đã lưu hồ sơ này sau khi ông/bà mở trang. Chưa có gì bị ghi đè; "
            "xem các ô khác nhau bên dưới và chọn giá trị giữ lại.",
            code="stale",
        )


@transaction.atomic
def save_record(instance, *, by, action, label, fields, expected_version=None, more_changes=()):
    """Validate and save a Record with its audit entry; the row is locked and its version raised by one.

    `fields` are the model fields whose changes are told; `more_changes` adds changes of related rows.
    `expected_version` is the version the person saw (None for a new row or where nothing can be overwritten).
    Raises StaleVersionError, ValidationError.
    """
    stored = None
    if instance.pk:
        stored = type(instance)._default_manager.select_for_update(of=("self",)).get(pk=instance.pk)
        if expected_version is not None and stored.version != expected_version:
            raise StaleVersionError(stored)
        instance.version = stored.version + 1
    else:
        instance.created_by = by
    instance.updated_by = by
    _validate(instance)
    try:
        with transaction.atomic():
            instance.save()
    except IntegrityError:
        # Someone saved the same code or name a moment ago: asked again, the checks say which.
        _validate(instance)
        raise
    changes = [*field_changes(stored, instance, fields), *more_changes]
    if stored is None or changes:
        record(by, action, label, instance, changes=changes)
    return instance


def _validate(instance):
    instance.full_clean(exclude=["owner", "province"])


def save_moved(row):
    """Save a locked record after a move: its version rises, its own checks are asked. Raises ValidationError."""
    row.version += 1
    _validate(row)
    row.save()
    return row


def bump_version(instance, *, by, expected_version):
    """Lock a record whose related rows are about to change; raises StaleVersionError like `save_record`."""
    stored = type(instance)._default_manager.select_for_update(of=("self",)).get(pk=instance.pk)
    if expected_version is not None and stored.version != expected_version:
        raise StaleVersionError(stored)
    stored.version += 1
    stored.updated_by = by
    return stored
