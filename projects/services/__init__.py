"""Rules of projects, one module per stretch of their life; views and loaders call these and nothing below."""

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
from projects.services.execution import accept_project, start_project
from projects.services.handover import complete_handover, delete_minutes, save_handover, save_minutes
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

__all__ = [
    "Missing",
    "accept_project",
    "appraise_project",
    "approve_plan",
    "budget_position",
    "close_plan",
    "complete_handover",
    "create_project",
    "delete_draft",
    "delete_minutes",
    "missing_items",
    "move_project",
    "place_project",
    "rehearse_approval",
    "reject_project",
    "return_plan",
    "return_project",
    "save_handover",
    "save_minutes",
    "save_project",
    "set_beneficiaries",
    "set_cost_items",
    "set_funding",
    "start_project",
    "submit_plan",
    "submit_project",
]
