"""Begin the work of an approved project."""

from django.db import transaction

from khuyencong.versions import save_moved
from projects import workflow
from projects.services.locking import locked_project


@transaction.atomic
def start_project(project, *, by):
    """Begin an approved project. Raises PermissionDenied, ValidationError."""
    project = locked_project(project)
    workflow.START_PROJECT.apply(project, by=by)
    return save_moved(project)
