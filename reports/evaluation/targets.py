"""What programmes set out to reach, as they set it on the last day of a selection."""

from dataclasses import dataclass
from decimal import Decimal

from khuyencong.models import AuditEntry
from programs.models import Indicator, Program, ProgramTarget
from reports.evaluation.selection import Selection, end_of

VALUE, SOURCE = "mục tiêu", "nguồn"


@dataclass(frozen=True)
class Target:
    program: Program
    indicator_id: int
    value: Decimal
    source: str


def targets_of(selection: Selection) -> list[Target]:
    """Of all programmes, the earlier period first. Of a past day before later changes, which the trail tells.

    What was first put down after that day counts all the same: a programme is often entered years after its decision.
    """
    rows = ProgramTarget.objects.filter(program__in=selection.programs)
    found = {(row.program_id, row.indicator_id): (row.value, row.source) for row in rows}
    if selection.is_of_the_past:
        found |= _before_changes(selection, found)
    programs = {program.pk: program for program in selection.programs}
    targets = [
        Target(programs[program], indicator, value, source) for (program, indicator), (value, source) in found.items()
    ]
    return sorted(targets, key=lambda row: (row.program.period_start, row.program.pk, row.indicator_id))


def _before_changes(selection, now):
    """{(programme, indicator): (value, source)} of targets that were changed or taken away since."""
    told = _told_before(selection)
    changed = {}
    for indicator in Indicator.objects.all():
        for program in selection.programs:
            key = program.pk, indicator.pk
            value = told.get((program.pk, f"{indicator}: {VALUE}"))
            source = told.get((program.pk, f"{indicator}: {SOURCE}"))
            stands, stood_by = now.get(key, (None, ""))
            value = stands if not value else Decimal(value.replace(".", "").replace(",", "."))
            if value is not None:
                changed[key] = value, stood_by if source is None else source
    return changed


def _told_before(selection):
    """{(programme, what): the words before its first change after the day}"""
    entries = AuditEntry.objects.filter(
        subject_type=Program._meta.label_lower, subject_id__in=[program.pk for program in selection.programs],
        action="program.set_targets", at__gte=end_of(selection.until),
    )  # fmt: skip
    told = {}
    for program, changes in entries.order_by("pk").values_list("subject_id", "changes"):
        for what, before, _after in changes:
            told.setdefault((program, what), before)
    return told
