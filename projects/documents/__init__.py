"""Papers of the project room, one module per family. Loading the package registers every kind."""

from projects.documents.acceptance import ACCEPTANCE_MINUTES, acceptance_minutes, parties_of
from projects.documents.amendments import AMENDMENT_DECISION, amendment_decision
from projects.documents.appraisal import APPRAISAL_SHEET, appraisal_sheet
from projects.documents.handover import (
    HANDOVER_MINUTES,
    bundle_name,
    bundle_title,
    handover_bundle,
    handover_minutes,
    number_of,
)
from projects.documents.letters import DOSSIER_REQUEST, PAPER_REMINDER, dossier_request, paper_reminder
from projects.documents.liquidation import LIQUIDATION_MINUTES, liquidation_minutes
from projects.documents.plan import (
    LINES_IN_DECISION,
    PLAN_DECISION,
    PLAN_REGISTRATION,
    PlanTable,
    decision_table,
    plan_decision,
    plan_registration,
)
from projects.documents.plan_rows import AnnexRow, PlanLine, annex_rows
from projects.documents.progress import PROGRESS_REPORT, progress_report
from projects.documents.progress_completion import COMPLETION_REPORT, completion_report
from projects.documents.progress_summary import PROGRESS_SUMMARY, progress_summary
from projects.documents.reconciliation import RECONCILIATION, reconciliation_table
from projects.documents.settlement import (
    PAYMENT_REQUEST,
    SETTLEMENT_TABLE,
    VOUCHER_LIST,
    payment_request,
    settlement_table,
)
from projects.documents.vouchers import voucher_list
from projects.handover_figures import Figures, Sums, Total, figures_of, sums_of

__all__ = [
    "AMENDMENT_DECISION",
    "APPRAISAL_SHEET",
    "amendment_decision",
    "appraisal_sheet",
    "ACCEPTANCE_MINUTES",
    "acceptance_minutes",
    "parties_of",
    "LIQUIDATION_MINUTES",
    "liquidation_minutes",
    "COMPLETION_REPORT",
    "PROGRESS_REPORT",
    "PROGRESS_SUMMARY",
    "completion_report",
    "progress_report",
    "progress_summary",
    "DOSSIER_REQUEST",
    "PAPER_REMINDER",
    "dossier_request",
    "paper_reminder",
    "PAYMENT_REQUEST",
    "RECONCILIATION",
    "SETTLEMENT_TABLE",
    "VOUCHER_LIST",
    "payment_request",
    "reconciliation_table",
    "settlement_table",
    "voucher_list",
    "LINES_IN_DECISION",
    "PLAN_DECISION",
    "PLAN_REGISTRATION",
    "AnnexRow",
    "PlanLine",
    "PlanTable",
    "annex_rows",
    "decision_table",
    "plan_decision",
    "plan_registration",
    "HANDOVER_MINUTES",
    "Figures",
    "Sums",
    "Total",
    "bundle_name",
    "bundle_title",
    "figures_of",
    "handover_bundle",
    "handover_minutes",
    "number_of",
    "sums_of",
]
