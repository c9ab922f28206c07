"""Rules of projects, one module per stretch of their life; views and loaders call these and nothing below."""

from projects.services.acceptance import accept, accept_project, reopen_acceptance
from projects.services.appraisal import appraise_project, reject_project, return_project
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
from projects.services.handover import complete_handover, delete_minutes, save_handover, save_minutes
from projects.services.inspections import resolve_inspection, save_inspection
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
    "Missing",
    "accept",
    "accept_project",
    "appraise_project",
    "approve_plan",
    "budget_position",
    "close_plan",
    "complete_handover",
    "confirm_progress_report",
    "create_project",
    "delete_draft",
    "delete_minutes",
    "missing_items",
    "move_project",
    "place_project",
    "rehearse_approval",
    "reject_project",
    "resolve_inspection",
    "reopen_acceptance",
    "return_plan",
    "return_project",
    "save_handover",
    "save_inspection",
    "save_minutes",
    "save_progress_report",
    "save_project",
    "set_beneficiaries",
    "set_cost_items",
    "set_funding",
    "start_project",
    "submit_plan",
    "submit_project",
    "withdraw_confirmation",
]
