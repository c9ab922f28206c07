"""Workbooks of a body for official forms, each from one day to another; without one, the portal's own counts."""

import hashlib
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Q

from khuyencong.audit import record
from khuyencong.dates import short_date, today
from khuyencong.exports.form_books import check_book
from khuyencong.exports.form_defaults import default_book
from khuyencong.files import atomic_with_files, store_upload
from khuyencong.models import FormTemplate, Organisation
from khuyencong.print_settings import require_setter

MOST_MEGABYTES = 5


def template_for(organisation, kind, day) -> FormTemplate | None:
    """The workbook that counts for a body on a day: its own, else its parent's; the one that began last goes first."""
    if organisation is None:
        return None
    bodies = [key for key in (organisation.pk, organisation.parent_id) if key]
    found = FormTemplate.objects.filter(organisation__in=bodies, kind=kind.key, valid_from__lte=day)
    rows = found.filter(Q(valid_to=None) | Q(valid_to__gte=day)).select_related("file", "organisation")
    return max(rows, key=lambda row: (row.organisation_id == organisation.pk, row.valid_from, row.pk), default=None)


def book_for(organisation, kind, day) -> bytes:
    template = template_for(organisation, kind, day)
    if template is None:
        return default_book(kind)
    with template.file.file.open() as stream:
        return stream.read()


@atomic_with_files
def add_template(organisation, kind, upload, *, by, valid_from, note=""):
    """Check a workbook and let it count from a day on. Returns (FormTemplate, Check).

    Raises PermissionDenied; ValidationError when it is no workbook or the check finds a problem.
    """
    body = Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    require_setter(by, body)
    content = upload.read()
    if len(content) > MOST_MEGABYTES * 1024 * 1024:
        raise ValidationError(f"Tệp mẫu quá {MOST_MEGABYTES} MB.")
    check = check_book(content, upload.name, kind)
    if not check.is_good:
        raise ValidationError([*check.problems])
    digest = hashlib.sha256(content).hexdigest()
    twin = FormTemplate.objects.filter(
        organisation=body, kind=kind.key, valid_from=valid_from, valid_to=None, file__sha256=digest
    ).first()
    if twin:
        return twin, check
    stored = store_upload(SimpleUploadedFile(upload.name, content), by=by, limit_megabytes=MOST_MEGABYTES)
    template = FormTemplate(
        organisation=body, kind=kind.key, file=stored, note=note, valid_from=valid_from, created_by=by
    )
    template.full_clean()
    template.save()
    record(
        by, "form_template.add", "Đưa tệp mẫu biểu vào dùng", template, reason=f"SHA-256 {stored.sha256}",
        changes=[("Biểu mẫu", "", kind.title), ("Dùng từ ngày", "", short_date(valid_from))],
    )  # fmt: skip
    return template, check


@transaction.atomic
def end_template(template, *, by):
    """Go back to what counted before: the workbook ends with yesterday; one that has not begun is never used."""
    stored = FormTemplate.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=template.pk)
    require_setter(by, stored.organisation)
    last = today() - timedelta(days=1)
    if stored.valid_to and stored.valid_to <= last:
        return
    if stored.valid_from > last:
        changes = [("Dùng từ ngày", short_date(stored.valid_from), "")]
        record(by, "form_template.remove", "Bỏ tệp mẫu biểu", stored, changes=changes)
        stored.delete()
        return
    changes = [("Đến hết ngày", short_date(stored.valid_to) if stored.valid_to else "", short_date(last))]
    stored.valid_to = last
    stored.save(update_fields=["valid_to"])
    record(by, "form_template.end", "Thôi dùng tệp mẫu biểu", stored, changes=changes)
