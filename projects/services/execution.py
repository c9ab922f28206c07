"""Carry out an approved project and record its acceptance."""

from django.core.exceptions import ValidationError
from django.db import transaction

from khuyencong.audit import money_change
from khuyencong.dates import short_date, today
from khuyencong.money import vnd
from projects import workflow
from projects.models import Acceptance
from projects.services.locking import locked_project


@transaction.atomic
def start_project(project, *, by):
    """Begin an approved project. Raises PermissionDenied, ValidationError."""
    project = locked_project(project)
    workflow.START_PROJECT.apply(project, by=by)
    return _save(project)


@transaction.atomic
def accept_project(project, *, by, number, accepted_on, conclusion="", amounts=None):
    """Record the acceptance minutes and the money done per source: {FundingSource pk: đồng}, default as approved.

    Support money accepted never exceeds what was approved; the facility's own may (TTLT 26/2014, Điều 8 khoản 3).
    Raises PermissionDenied, ValidationError.
    """
    project = locked_project(project)
    amounts = amounts or {}
    if accepted_on > today():
        raise ValidationError({"accepted_on": "Ngày nghiệm thu không thể ở tương lai."})
    decided_on = project.plan.decision_on
    if decided_on and accepted_on < decided_on:
        decided = f"{short_date(decided_on)} ({project.plan.decision_number})"
        raise ValidationError({"accepted_on": f"Ngày nghiệm thu không thể trước ngày phê duyệt kế hoạch {decided}."})
    changes = []
    for line in project.funding_lines.select_related("source"):
        amount = amounts.get(line.source_id, line.approved_amount)
        if line.source.is_support and amount is not None and amount > (line.approved_amount or 0):
            raise ValidationError(
                f"{line.source}: nghiệm thu {vnd(amount)} vượt số được duyệt {vnd(line.approved_amount or 0)}."
            )
        line.accepted_amount = amount
        changes += money_change(f"{line.source}: được duyệt → nghiệm thu", line.approved_amount, amount)
        line.save()
    workflow.ACCEPT_PROJECT.apply(project, by=by, changes=changes)
    acceptance = Acceptance(
        project=project, number=number.strip(), accepted_on=accepted_on, conclusion=conclusion, recorded_by=by
    )
    acceptance.full_clean()
    acceptance.save()
    return _save(project)


def _save(project):
    project.version += 1
    project.full_clean(exclude=["owner", "province"])
    project.save()
    return project
