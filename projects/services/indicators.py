"""What a project is to bring and what it brought: indicators planned at entry, done and verified at acceptance."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from khuyencong.audit import record, row_changes
from khuyencong.money import format_vnd
from khuyencong.permissions import require
from khuyencong.templatetags.vietnamese import quantity
from khuyencong.versions import save_moved
from programs.models import Indicator
from projects import workflow
from projects.models import DONE_PROJECT, IndicatorChange, ProjectIndicator
from projects.questions import INDICATORS
from projects.services.locking import locked_project


def figure(indicator, value) -> str:
    """A value as people write it, with its unit: “1.200.000.000 đồng”, “12,5 tấn”; "" of none."""
    if value is None:
        return ""
    written = format_vnd(int(value)) if indicator.is_money else quantity(value)
    return f"{written} {indicator.unit}"


def indicator_line(row) -> str:
    """A row in one line: “Việc làm mới: kế hoạch 12 người, thực hiện 10 người, đã kiểm chứng”."""
    parts = [
        row.planned is not None and f"kế hoạch {figure(row.indicator, row.planned)}",
        row.done is not None and f"thực hiện {figure(row.indicator, row.done)}",
        row.is_verified and "đã kiểm chứng",
        row.note,
    ]
    told = ", ".join(part for part in parts if part)
    return f"{row.indicator}: {told}" if told else str(row.indicator)


def indicator_rows(project) -> list:
    return INDICATORS.of(project)


def keep_planned(project, rows) -> list:
    """Replace what is planned, inside the caller's transaction; [(label, old, new)] of what changed.

    `rows` are unsaved ProjectIndicator rows with `planned` and `note`.
    """
    old = {row.indicator_id: row for row in indicator_rows(project)}
    before = [indicator_line(row) for row in old.values()]
    kept = []
    for row in rows:
        stored = old.pop(row.indicator_id, None) or ProjectIndicator(project=project, indicator=row.indicator)
        kept.append(_changed(stored, planned=row.planned, note=row.note))
    for row in old.values():
        row.delete()
    return row_changes("Chỉ tiêu", before, map(indicator_line, kept))


def keep_done(project, rows) -> list:
    """Put down what was done beside what was planned, inside the caller's transaction; [(label, old, new)].

    `rows` are unsaved ProjectIndicator rows with `done`, `is_verified` and `note`; what is planned stays.
    """
    old = {row.indicator_id: row for row in indicator_rows(project)}
    before = [indicator_line(row) for row in old.values()]
    for row in rows:
        stored = old.setdefault(row.indicator_id, ProjectIndicator(project=project, indicator=row.indicator))
        is_verified = row.is_verified and row.done is not None
        _changed(stored, done=row.done, is_verified=is_verified, note=row.note)
    return row_changes("Chỉ tiêu", before, map(indicator_line, old.values()))


def results_refusal(user, project) -> str | None:
    """Why a person may not put down results of an accepted project: whoever could accept it may."""
    move = workflow.ACCEPT_PROJECT
    return None if move.is_for(user) and not move.refusal(user, project) else move.why_not(user, project)


@transaction.atomic
def state_results(project, *, by, results, reason):
    """Put down results of a project that is accepted already: {Indicator: {"done", "is_verified", "note"}}.

    What is not named stays. Raises PermissionDenied, ValidationError.
    """
    project = locked_project(project)
    refusal = results_refusal(by, project)
    require(refusal is None, refusal)
    if project.status not in DONE_PROJECT:
        raise ValidationError("Kết quả ghi được khi đề án đã nghiệm thu.")
    stored = {row.indicator_id: row for row in indicator_rows(project)}
    rows = []
    for indicator, told in results.items():
        old = stored.get(indicator.pk) or ProjectIndicator(indicator=indicator)
        values = {name: told.get(name, getattr(old, name)) for name in ("done", "is_verified", "note")}
        rows.append(ProjectIndicator(indicator=indicator, **values))
    if changes := keep_done(project, rows):
        record(by, "project.state_results", "Ghi kết quả theo chỉ tiêu", project, reason=reason, changes=changes)
    project.updated_by = by
    return save_moved(project)


def _changed(row, **values):
    """Save a row with new values; what it said before is kept, the first time as well: then it said nothing."""
    before = IndicatorChange(
        project=row.project, indicator=row.indicator, planned_before=row.planned, done_before=row.done,
        was_verified=row.is_verified,
    )  # fmt: skip
    for name, value in values.items():
        setattr(row, name, value)
    row.full_clean()
    row.save()
    told = (before.planned_before, before.done_before, before.was_verified)
    if told != (row.planned, row.done, row.is_verified):
        before.save()
    return row


def offered_indicators(project, day) -> list:
    """The indicators of projects in force on a day, and those that the project has already."""
    used = Q(pk__in=project.indicators.values("indicator"))
    in_force = Indicator.objects.valid_on(day).filter(is_of_projects=True).values("pk")
    return list(Indicator.objects.filter(used | Q(pk__in=in_force)))
