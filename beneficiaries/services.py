"""Keep the register of facilities."""

from django.db import transaction

from beneficiaries import permissions
from beneficiaries.models import Facility
from khuyencong.permissions import require
from khuyencong.versions import save_record

FACILITY_FIELDS = (
    "name", "short_name", "legal_form", "tax_code", "license_number", "license_on", "license_issuer", "address",
    "unit", "cluster", "industry", "products", "established_year", "representative", "representative_position",
    "phone", "email", "labour_count", "capital", "revenue", "is_cleaner_production", "is_exporter",
    "uses_local_material", "is_outside_province", "note", "source_note",
)  # fmt: skip


@transaction.atomic
def save_facility(facility, *, by, expected_version=None):
    """Create or change a facility. Raises PermissionDenied, ValidationError, StaleVersionError.

    A near-duplicate name is not refused here: the form warns and asks, since two places may share a name.
    """
    if facility.pk:
        # Where it stands decides, not where the form would put it.
        stored = Facility.objects.select_related("owner").get(pk=facility.pk)
        require(permissions.can_edit_facility(by, stored), "Chỉ chuyên viên của tỉnh có cơ sở được sửa.")
    else:
        require(permissions.can_create_facility(by), "Chỉ chuyên viên, lãnh đạo phòng được thêm cơ sở.")
        facility.owner = by.organisation
    new = facility.pk is None
    return save_record(
        facility, by=by, action="facility.create" if new else "facility.edit",
        label="Thêm cơ sở" if new else "Sửa cơ sở", fields=FACILITY_FIELDS, expected_version=expected_version,
    )  # fmt: skip
