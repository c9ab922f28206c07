"""What services ask about one project, each by itself; a page that shows the whole file asks for all of it at once.

Every answer is a list of rows in the order of the page (`khuyencong.together.Question`).
"""

from django.db.models import Exists, OuterRef

from khuyencong.documents.panels import ISSUED
from khuyencong.models import AuditEntry
from khuyencong.together import Question, pointing, read_together
from projects.models import AcceptanceWork, BeneficiaryAmount, Project, Settlement, SupportContract, Voucher

RECENT = 10


def _works(project):
    rows = AcceptanceWork.objects.filter(acceptance__project=project).select_related("acceptance", "cost_item")
    return rows.order_by("acceptance__accepted_on", "pk")


BENEFICIARIES = Question(
    "beneficiaries", lambda project: project.beneficiaries.with_amounts().select_related("facility__unit")
)
# Those that take part today.
SUPPORTED = Question(
    "supported",
    lambda project: project.beneficiaries.filter(withdrawn_by=None).select_related(
        "facility__unit", "facility__industry"
    ),
)
FUNDING = Question("funding", lambda project: project.funding_lines.select_related("source"))
# Facilities' amounts per source.
SHARES = Question(
    "shares", lambda project: BeneficiaryAmount.objects.filter(beneficiary__project=project).select_related("source")
)
COST_ITEMS = Question("cost_items", lambda project: project.cost_items.select_related("beneficiary__facility"))
INDICATORS = Question("indicators", lambda project: project.indicators.select_related("indicator"))
HANDOVERS = Question("handovers", lambda project: project.handovers.order_by("-held_on", "-pk"))
RETURNS = Question("returns", lambda project: project.returns.select_related("returned_by"))
ENTRIES = Question("entries", lambda project: AuditEntry.objects.about(project).of_changes().newest(RECENT))
ACCEPTANCES = Question("acceptances", lambda project: project.acceptances.all())
WORKS = Question("works", _works)
# Reports of progress, the latest month first.
REPORTS = Question("reports", lambda project: project.progress_reports.order_by("-month"))
SUPPORT_CONTRACTS = Question(
    "support_contracts", lambda project: SupportContract.objects.filter(beneficiary__project=project).order_by("pk")
)
# At the most one.
SETTLEMENT = Question(
    "settlement",
    lambda project: (
        Settlement.objects.filter(contract=project.contract_id)
        .select_related("contract")
        .annotate(has_vouchers=Exists(Voucher.objects.filter(settlement=OuterRef("pk"))))
    ),
    keys=("contract_id",),
)
# What a project points to: what its other questions rest on is read with it, the rest is asked with those.
JOINED = ("owner", "plan__program", "plan__owner", "content__parent", "contract")
POINTED = pointing(
    Project,
    {
        "group": (), "industry": (), "implementing_unit": (), "unit": ("province",), "reviewer": (),
        "created_by": (), "updated_by": (), "submitted_by": (), "approved_by": (),
    },
)  # fmt: skip
OF_EVERY_FILE = (BENEFICIARIES, FUNDING, COST_ITEMS, INDICATORS, HANDOVERS, ENTRIES, ISSUED)
OF_A_DRAFT = (SHARES, RETURNS)
ONCE_APPROVED = (ACCEPTANCES, WORKS, REPORTS, SUPPORT_CONTRACTS, SETTLEMENT)


def read_file(project, *more: Question) -> None:
    """One statement for what the page of a project in its state asks for, beside what only that page knows of."""
    by_state = (ONCE_APPROVED if project.is_approved else ()) + (OF_A_DRAFT if project.is_editable else ())
    read_together(project, *OF_EVERY_FILE, *by_state, *more)
    project.acceptance = final_acceptance(project) if project.is_approved else None


def final_acceptance(project):
    """The minutes in force that accepted the whole project, or None."""
    return next((row for row in ACCEPTANCES.of(project) if row.is_final and row.voided_at is None), None)
