"""Rules of projects, one module per stretch of their life; views and loaders call these and nothing below."""

from projects.services.acceptance import accept, accept_project, reopen_acceptance
from projects.services.amendments import (
    approve_amendment,
    delete_amendment,
    reject_amendment,
    return_amendment,
    save_amendment,
    submit_amendment,
)
from projects.services.appraisal import appraise_project, reject_project, return_project
from projects.services.carrying_over import (
    budget_by_year,
    carry_over,
    drop_carry_over,
    spent_by_year,
    unspent,
    unspent_total,
)
from projects.services.contracts import (
    SIGNABLE,
    add_appendix,
    cancel_contract,
    change_contract,
    drop_support_contract,
    projects_to_contract,
    save_support_contract,
    sign_contract,
)
from projects.services.duplicates import duplicates, duplicates_of
from projects.services.eligibility import eligibility
from projects.services.entry import (
    Missing,
    create_project,
    delete_draft,
    missing_items,
    save_project,
    set_beneficiaries,
    set_cost_items,
    set_funding,
    submit_project,
)
from projects.services.execution import start_project
from projects.services.follow_up import record_follow_up
from projects.services.handover import complete_handover, delete_minutes, save_handover, save_minutes
from projects.services.inspections import resolve_inspection, save_inspection
from projects.services.norms import (
    allow_over_norm,
    exception_refusal,
    findings_of,
    norm_findings,
    refuse_over_norm,
    withdraw_over_norm,
)
from projects.services.payments import change_payment, kind_refusal, pay, payment_position, void_payment
from projects.services.plan import (
    approve_plan,
    budget_position,
    close_plan,
    move_project,
    place_project,
    rehearse_approval,
    return_plan,
    submit_plan,
)
from projects.services.progress_reports import confirm_progress_report, save_progress_report, withdraw_confirmation

__all__ = [
    "SIGNABLE",
    "Missing",
    "accept",
    "accept_project",
    "add_appendix",
    "allow_over_norm",
    "appraise_project",
    "approve_amendment",
    "approve_plan",
    "budget_by_year",
    "budget_position",
    "cancel_contract",
    "carry_over",
    "change_contract",
    "change_payment",
    "close_plan",
    "complete_handover",
    "confirm_progress_report",
    "create_project",
    "delete_amendment",
    "delete_draft",
    "delete_minutes",
    "drop_carry_over",
    "drop_support_contract",
    "duplicates",
    "duplicates_of",
    "eligibility",
    "exception_refusal",
    "findings_of",
    "kind_refusal",
    "missing_items",
    "move_project",
    "norm_findings",
    "pay",
    "payment_position",
    "place_project",
    "projects_to_contract",
    "record_follow_up",
    "refuse_over_norm",
    "rehearse_approval",
    "reject_amendment",
    "reject_project",
    "reopen_acceptance",
    "resolve_inspection",
    "return_amendment",
    "return_plan",
    "return_project",
    "save_amendment",
    "save_handover",
    "save_inspection",
    "save_minutes",
    "save_progress_report",
    "save_project",
    "save_support_contract",
    "set_beneficiaries",
    "set_cost_items",
    "set_funding",
    "sign_contract",
    "spent_by_year",
    "start_project",
    "submit_amendment",
    "submit_plan",
    "submit_project",
    "unspent",
    "unspent_total",
    "void_payment",
    "withdraw_confirmation",
    "withdraw_over_norm",
]
