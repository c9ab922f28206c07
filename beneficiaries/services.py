"""Keep the register of facilities."""

from datetime import date

from django.db import transaction

from beneficiaries import permissions
from beneficiaries.models import CertifiedProduct, Facility, FacilityAlias
from khuyencong.audit import record
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


@transaction.atomic
def add_alias(facility, *, by, tax_code="", name="", note=""):
    """Keep an earlier tax code or name of a facility, by which its old supports are found.

    Raises PermissionDenied, ValidationError.
    """
    facility = Facility.objects.select_for_update(of=("self",)).select_related("owner").get(pk=facility.pk)
    require(permissions.can_edit_facility(by, facility), "Chỉ chuyên viên của tỉnh có cơ sở được sửa.")
    alias = FacilityAlias(facility=facility, tax_code=tax_code, name=name, note=note)
    # Spaces and dots in a typed code are taken out before its length is looked at.
    alias.clean()
    alias.full_clean()
    alias.save()
    record(
        by, "facility.add_alias", "Thêm tên, mã số thuế cũ", facility, changes=[("Tên, mã số thuế cũ", "", str(alias))]
    )
    return alias


@transaction.atomic
def remove_alias(alias, *, by):
    """Take back an alias that was entered by mistake; the trail keeps it. Raises PermissionDenied."""
    facility = Facility.objects.select_related("owner").get(pk=alias.facility_id)
    require(permissions.can_edit_facility(by, facility), "Chỉ chuyên viên của tỉnh có cơ sở được sửa.")
    told = [("Tên, mã số thuế cũ", str(alias), "")]
    record(by, "facility.remove_alias", "Bỏ tên, mã số thuế cũ", facility, changes=told)
    alias.delete()


PRODUCT_FIELDS = (
    "facility", "name", "is_set", "group", "level", "year", "decision_number", "decision_on", "valid_until", "note",
    "source_note",
)  # fmt: skip
ONLY_PRODUCT_STAFF = "Chỉ chuyên viên, lãnh đạo phòng của tỉnh có cơ sở ghi được sản phẩm tiêu biểu của cơ sở đó."


@transaction.atomic
def save_product(product, *, by, expected_version=None):
    """Enter or mend a certified product; one without a last day gets that of the rule.

    Raises PermissionDenied, ValidationError, StaleVersionError.
    """
    if product.pk:
        stored = CertifiedProduct.objects.select_related("facility__owner").get(pk=product.pk)
        require(permissions.can_edit_facility(by, stored.facility), ONLY_PRODUCT_STAFF)
    else:
        product.owner = by.organisation
    require(permissions.can_edit_facility(by, product.facility), ONLY_PRODUCT_STAFF)
    if product.valid_until is None:
        product.valid_until = certificate_end(product.decision_on.year if product.decision_on else product.year)
    new = product.pk is None
    return save_record(
        product, by=by, action="product.create" if new else "product.edit",
        label="Ghi sản phẩm tiêu biểu" if new else "Sửa sản phẩm tiêu biểu", fields=PRODUCT_FIELDS,
        expected_version=expected_version,
    )  # fmt: skip


def certificate_end(year: int) -> date:
    """31 December of the third year, counting the year of issue (Thông tư 26/2014/TT-BCT, Điều 17 khoản 3)."""
    return date(year + 2, 12, 31)


@transaction.atomic
def remove_product(product, *, by):
    """Take back a product that was entered by mistake; the trail keeps it. Raises PermissionDenied."""
    product = CertifiedProduct.objects.select_for_update(of=("self",)).select_related("facility__owner").get(
        pk=product.pk
    )  # fmt: skip
    require(permissions.can_edit_facility(by, product.facility), ONLY_PRODUCT_STAFF)
    told = [("Sản phẩm tiêu biểu", str(product), "")]
    record(by, "facility.remove_product", "Bỏ sản phẩm tiêu biểu", product.facility, changes=told)
    product.delete()
