"""What projects state of their indicators, as they stated it on the last day of a selection."""

from django.db.models import BooleanField, Case, DecimalField, Exists, F, OuterRef, QuerySet, Subquery, When

from projects.models import IndicatorChange, ProjectIndicator
from reports.evaluation.selection import Selection, end_of


def stated(selection: Selection, column: str) -> tuple[QuerySet, str]:
    """(rows, name of the value): `column` is “planned” or “done”. Of a past day as it stood before later changes.

    What was first put down after that day counts by the day of the project, as minutes entered late do. Rows of a past
    day have `verified_then`, whether the value was checked against papers by then.
    """
    rows = ProjectIndicator.objects.all()
    if not selection.is_of_the_past:
        return rows, column
    later = IndicatorChange.objects.filter(
        project=OuterRef("project"), indicator=OuterRef("indicator"), changed_at__gte=end_of(selection.until)
    ).order_by("changed_at", "pk")
    came_later = later.filter(**{f"{column}_before": None})
    changed = ~Exists(came_later) & Exists(later)

    def then(before, now, field):
        first = Subquery(later.values(before)[:1])
        return Case(When(changed, then=first), default=F(now), output_field=field)

    rows = rows.annotate(
        value_then=then(f"{column}_before", column, DecimalField(max_digits=20, decimal_places=2)),
        verified_then=then("was_verified", "is_verified", BooleanField()),
    )
    return rows, "value_then"
