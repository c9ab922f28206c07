"""The list of facilities as a file: the same filter form and rows as the screen, whoever writes it."""

from beneficiaries.exporters import FacilityListExporter
from beneficiaries.forms import FacilityFilterForm
from beneficiaries.models import Facility


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
