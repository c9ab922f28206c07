"""What the page of a facility asks about it, all at once (`khuyencong.together.Question`)."""

from khuyencong.kept import kept
from khuyencong.models import AuditEntry
from khuyencong.together import Question, read_together
from programs.models import SourceCategory
from projects.models import Beneficiary, BeneficiaryAmount, ProjectStatus
from projects.models.project import TEXTS_OF_PROJECT

RECENT = 8


def _supports(facility):
    """Every project that names the facility, of any body and year, newest first; rejected ones apart."""
    rows = Beneficiary.objects.filter(facility=facility.pk).exclude(project__status=ProjectStatus.REJECTED)
    return (
        rows.select_related("project__plan", "project__content", "project__owner")
        .defer(*(f"project__{name}" for name in TEXTS_OF_PROJECT))
        .order_by("-project__plan__year", "project__code")
    )


SUPPORTS = Question("supports", _supports)
AMOUNTS = Question(
    "amounts",
    lambda facility: BeneficiaryAmount.objects.filter(beneficiary__facility=facility.pk).select_related("source"),
)
ALIASES = Question("aliases", lambda facility: facility.aliases.all())
PRODUCTS = Question("products", lambda facility: facility.certified_products.order_by("-year", "name", "level"))
ENTRIES = Question("entries", lambda facility: AuditEntry.objects.about(facility).newest(RECENT))
MERGES = Question("merges", lambda facility: facility.merges.filter(undone_at=None).select_related("gone", "merged_by"))
OF_PAGE = (ALIASES, PRODUCTS, ENTRIES, MERGES)


def read_facility(facility):
    """One statement for the page; returns the supports, read once in each state of the data.

    They have their `amounts_read`, and as `with_amounts` has them `support_amount` and `counterpart_amount`, in đồng.
    """
    supports = kept(("supports of the facility", facility.pk), lambda: _read_supports(facility))
    read_together(facility, *OF_PAGE)
    return supports


def _read_supports(facility):
    read_together(facility, SUPPORTS, AMOUNTS, *OF_PAGE)
    supports = SUPPORTS.of(facility)
    amounts = {row.pk: [] for row in supports}
    for amount in AMOUNTS.of(facility):
        if amount.beneficiary_id in amounts:
            amounts[amount.beneficiary_id].append(amount)
    for row in supports:
        row.amounts_read = amounts[row.pk]
        row.support_amount = sum(one.current_amount for one in row.amounts_read if one.source.is_support)
        own = (one for one in row.amounts_read if one.source.category == SourceCategory.COUNTERPART)
        row.counterpart_amount = sum(one.current_amount for one in own)
    return supports
