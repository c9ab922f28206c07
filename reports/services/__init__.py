"""What people do with evaluation reports."""

from reports.services.evaluations import (
    pick_phrases,
    remove_manual_figure,
    restore_suggestion,
    save_evaluation,
    save_manual_figure,
    save_text,
)

__all__ = [
    "pick_phrases",
    "remove_manual_figure",
    "restore_suggestion",
    "save_evaluation",
    "save_manual_figure",
    "save_text",
]
