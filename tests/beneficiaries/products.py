"""Certified products for tests, entered as people do."""

from datetime import date

from beneficiaries import services
from beneficiaries.models import CertifiedProduct


def certified_product(house, facility, **fields):
    """Of the provincial vote of 2025, of the house's officer."""
    values = {
        "name": "Kẹo dừa sáp", "group": "food", "level": "province", "year": 2025,
        "decision_number": "881/QĐ-UBND", "decision_on": date(2025, 10, 15),
    }  # fmt: skip
    return services.save_product(CertifiedProduct(facility=facility, **values | fields), by=house.officer)
