"""Appraise a submitted project, return it with named items, or turn it down."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from khuyencong.audit import money_change
from khuyencong.money import vnd
from khuyencong.versions import StaleVersionError, save_moved
from projects import workflow
from projects.models import BeneficiaryAmount, ProjectReturn, ProjectStatus
from projects.services.locking import locked_project
from projects.services.norms import refuse_over_norm


@transaction.atomic
def appraise_project(project, *, by, opinion, amounts=None, shares=None, expected_version=None):
    """Record the appraisal: the figure per source, and per facility and source, each at most the requested one.

    `amounts` is {FundingSource pk: đồng}, `shares` {BeneficiaryAmount pk: đồng}; what is left out keeps the
    requested figure. Where facilities have shares, the line is their sum and `amounts` is not used for it.
    Raises PermissionDenied, ValidationError (also where a verified norm is exceeded without a reason that covers it),
    and StaleVersionError when the file is another than the one read.
    """
    project = locked_project(project)
    if expected_version not in (None, project.version) and workflow.APPRAISE_PROJECT.is_open_to(by, project):
        raise StaleVersionError(project)
    if not opinion.strip():
        raise ValidationError({"opinion": "Ghi ý kiến thẩm định."})
    share_rows = _appraise_shares(project, shares or {})
    changes = _appraise_lines(project, amounts or {}, share_rows)
    if workflow.APPRAISE_PROJECT.is_open_to(by, project):
        refuse_over_norm([project])
    # Asked before the reviewer is set: who may appraise depends on who returned the file.
    workflow.APPRAISE_PROJECT.apply(project, by=by, reason=opinion, changes=changes)
    project.reviewer, project.appraised_at, project.appraisal_opinion = by, timezone.now(), opinion.strip()
    return save_moved(project)


def _appraise_shares(project, shares):
    rows = list(
        BeneficiaryAmount.objects.filter(beneficiary__project=project).select_related("beneficiary__facility", "source")
    )
    for row in rows:
        row.appraised_amount = shares.get(row.pk, row.requested_amount)
        if row.appraised_amount > row.requested_amount:
            raise ValidationError(
                f"{row.beneficiary}, {row.source}: thẩm định {vnd(row.appraised_amount)} vượt đề nghị "
                f"{vnd(row.requested_amount)}; muốn tăng thì trả lại để lập lại đề nghị."
            )
        row.save()
    return rows


def _appraise_lines(project, amounts, share_rows):
    changes = []
    for line in project.funding_lines.select_related("source"):
        of_source = [row.appraised_amount for row in share_rows if row.source_id == line.source_id]
        amount = sum(of_source) if of_source else amounts.get(line.source_id, line.requested_amount)
        if amount > line.requested_amount:
            raise ValidationError(
                f"{line.source}: thẩm định {vnd(amount)} vượt đề nghị {vnd(line.requested_amount)}; "
                "muốn tăng thì trả lại để lập lại đề nghị."
            )
        line.appraised_amount = amount
        line.save()
        changes += money_change(f"{line.source}: đề nghị → thẩm định", line.requested_amount, amount)
    return changes


@transaction.atomic
def return_project(project, *, by, reason, items=()):
    """Send the file back with a reason and the named items; mended, it comes back to this step and person.

    `items` are names of form parts or fields. Raises PermissionDenied, ValidationError.
    """
    project = locked_project(project)
    level = project.status
    workflow.RETURN_PROJECT.apply(project, by=by, reason=reason)
    project.reviewer = by
    ProjectReturn.objects.create(
        project=project, returned_by=by, level=level, back_to=ProjectStatus.SUBMITTED, reason=reason.strip(),
        items=list(items),
    )  # fmt: skip
    return save_moved(project)


@transaction.atomic
def reject_project(project, *, by, reason):
    """Turn the project down with a reason. Raises PermissionDenied, ValidationError."""
    project = locked_project(project)
    workflow.REJECT_PROJECT.apply(project, by=by, reason=reason)
    project.reviewer = by
    return save_moved(project)
