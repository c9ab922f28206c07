"""What a row of the facility list shows, as plain values for its template (templatetags/rows.py)."""

from collections.abc import Iterable
from typing import NamedTuple

from beneficiaries.models import Facility
from khuyencong.units import describe_today


class FacilityRow(NamedTuple):
    pk: int
    address: str
    name: str
    is_sample: bool
    legal_form: str
    products: str
    tax_code: str
    unit: str
    place_today: str
    industry: str
    labour_count: int | None
    representative: str
    phone: str


def facility_rows(facilities: Iterable[Facility]) -> list[FacilityRow]:
    """Of facilities with `unit`, its `later_links` and `industry`."""
    return [
        FacilityRow(
            facility.pk, facility.get_absolute_url(), str(facility), facility.is_sample,
            facility.get_legal_form_display(), facility.products, facility.tax_code or "", str(facility.unit),
            describe_today(facility.unit), facility.industry.short_name if facility.industry else "",
            facility.labour_count, facility.representative, facility.phone,
        )
        for facility in facilities
    ]  # fmt: skip
