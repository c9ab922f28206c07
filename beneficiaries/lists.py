"""Lists of facilities and of certified products as files: the filter form and rows of the screen, whoever writes."""

from beneficiaries.exporters import FacilityListExporter, ProductListExporter
from beneficiaries.forms import FacilityFilterForm
from beneficiaries.models import CertifiedProduct, Facility
from beneficiaries.product_forms import ProductFilterForm


def facility_list(user, query):
    """(exporter, number of rows) of what the person sees under a query string."""
    form = FacilityFilterForm(query, user=user)
    facilities = form.filter(Facility.objects.visible_to(user))
    described = "; ".join(words for _name, words in form.describe())
    exporter = FacilityListExporter(
        facilities.select_related("unit", "cluster", "industry", "updated_by"),
        subtitle_lines=[f"Bộ lọc: {described or 'không'}"],
        organisation=str(user.organisation or ""),
        printed_by=str(user),
    )
    return exporter, facilities.count()


def product_list(user, query):
    """(exporter, number of rows), as above."""
    form = ProductFilterForm(query, user=user)
    products = form.filter(CertifiedProduct.objects.visible_to(user))
    described = "; ".join(words for _name, words in form.describe())
    exporter = ProductListExporter(
        products.select_related("facility__unit"),
        subtitle_lines=[f"Bộ lọc: {described or 'không'}"],
        organisation=str(user.organisation or ""),
        printed_by=str(user),
    )
    return exporter, products.count()
