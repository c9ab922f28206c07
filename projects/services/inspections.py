"""Visits of the department to a project, what they found and whether it was mended (TTLT 26/2014, Điều 9)."""

from django.core.exceptions import ValidationError
from django.db import transaction

from khuyencong.audit import field_changes, record
from khuyencong.dates import short_date, today
from khuyencong.permissions import require
from khuyencong.versions import bump_version
from projects import permissions
from projects.models import Inspection
from projects.services.locking import locked_project

VISIT_FIELDS = ("kind", "number", "visited_on", "members", "findings", "demands", "demands_due_on")


@transaction.atomic
def save_inspection(inspection, *, by, expected_version=None):
    """Record a visit or mend its record, until its demands are met.

    Raises PermissionDenied, ValidationError, StaleVersionError.
    """
    project = inspection.project = locked_project(inspection.project)
    refusal = permissions.inspection_refusal(by, project)
    require(refusal is None, refusal)
    stored = None
    if inspection.pk:
        stored = bump_version(inspection, by=by, expected_version=expected_version)
        if stored.resolved_on:
            raise ValidationError("Yêu cầu đã được khắc phục: biên bản kiểm tra này không sửa nữa.", code="state")
        inspection.version = stored.version
    else:
        inspection.created_by = by
    inspection.updated_by = by
    _check_day(project, "visited_on", inspection.visited_on)
    if inspection.demands.strip() and not inspection.demands_due_on:
        raise ValidationError({"demands_due_on": "Có yêu cầu khắc phục thì ghi hạn."})
    if inspection.demands_due_on and not inspection.demands.strip():
        raise ValidationError({"demands": "Ghi yêu cầu khắc phục, hoặc bỏ hạn."})
    inspection.full_clean(exclude=["owner", "province"])
    inspection.save()
    if changes := field_changes(stored, inspection, VISIT_FIELDS):
        action, label = ("edit", f"Sửa: {inspection}") if stored else ("create", str(inspection))
        record(by, f"project.inspection_{action}", label, project, changes=changes)
    return inspection


def _check_day(project, name, day):
    if day > today():
        raise ValidationError({name: "Ngày này chưa đến."})
    decided_on = project.plan.decision_on
    if decided_on and day < decided_on:
        decided = f"{short_date(decided_on)} ({project.plan.decision_number})"
        raise ValidationError({name: f"Không thể trước ngày phê duyệt kế hoạch {decided}."})


@transaction.atomic
def resolve_inspection(inspection, *, by, resolved_on, resolution, expected_version=None):
    """Record that what the visit demanded was done. Raises PermissionDenied, ValidationError, StaleVersionError."""
    project = locked_project(inspection.project)
    refusal = permissions.inspection_refusal(by, project)
    require(refusal is None, refusal)
    stored = bump_version(inspection, by=by, expected_version=expected_version)
    stored.project = project
    if not stored.demands:
        raise ValidationError("Lần kiểm tra này không có yêu cầu khắc phục.", code="state")
    if stored.resolved_on:
        raise ValidationError(f"Đã ghi khắc phục ngày {short_date(stored.resolved_on)}.", code="state")
    if not resolution.strip():
        raise ValidationError({"resolution": "Ghi đã khắc phục ra sao."})
    if resolved_on < stored.visited_on:
        raise ValidationError({"resolved_on": f"Không thể trước ngày kiểm tra {short_date(stored.visited_on)}."})
    _check_day(project, "resolved_on", resolved_on)
    before = Inspection(**{name: getattr(stored, name) for name in ("resolved_on", "resolution")})
    stored.resolved_on, stored.resolution = resolved_on, resolution.strip()
    stored.full_clean(exclude=["owner", "province"])
    stored.save()
    changes = field_changes(before, stored, ("resolved_on", "resolution"))
    record(by, "project.inspection_resolve", f"Đã khắc phục: {stored}", project, changes=changes)
    return stored
