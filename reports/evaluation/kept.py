"""What a report page shows of its figures, kept; what leaves the portal is always counted anew.

A small report is counted when somebody asks, and kept while nothing changes. A large one is counted beforehand
(`reports.evaluation.keeping`) and shown with the moment of its count.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.cache import caches
from django.template.loader import render_to_string
from django.urls import reverse

from khuyencong.kept import SECONDS, kept
from reports.evaluation.charts import charts_of
from reports.evaluation.figures import Table
from reports.evaluation.frozen import table_from
from reports.evaluation.selection import Selection
from reports.evaluation.sentences import suggestions
from reports.evaluation.tables import TABLES, all_tables, table_of
from reports.models import Evaluation, KeptFigures, state_today
from reports.templatetags.charts import counterpart_codes


@dataclass(frozen=True)
class Drawn:
    """`tables` is {key: HTML of the charts and the table of a page}, `said` what the figures say of each text part."""

    tables: dict[str, str]
    said: dict[str, str]


def figures_of(report: Evaluation) -> KeptFigures | None:
    """The figures of a large report, without their tables; None for one that is counted when somebody asks."""
    return KeptFigures.objects.large().defer("tables").filter(evaluation=report).first()


def is_behind(figures: KeptFigures) -> bool:
    """Something happened since the count, or another day began."""
    return figures.counted != state_today()


def shown_table(report: Evaluation, selection: Selection, figures: KeptFigures | None, key: str) -> Table:
    """One whole table; of a large report as last counted."""
    if figures is None or figures.counted_at is None:
        return table_of(selection, key)
    return table_from(figures.tables[key])


def drawn_of(report: Evaluation, selection: Selection, figures: KeptFigures | None) -> Drawn:
    """Tables with their charts, ready for the page, and sentences."""
    if figures is None or figures.counted_at is None:
        return kept((*_question(selection), report.pk, report.version), lambda: _drawn(report, selection, None))
    # Counted once, they never change; the head of the report stands in the sentences.
    key = f"{report.pk}-{report.version}-{figures.counted_at.isoformat()}".replace(" ", "")
    found = caches["figures"].get(key)
    if found is None:
        found = _drawn(report, selection, figures)
        caches["figures"].set(key, found, SECONDS)
    return found


def _drawn(report, selection, figures):
    tables = all_tables(selection) if figures is None else {key: table_from(figures.tables[key]) for key in TABLES}
    return Drawn(_pages_of(report, tables), suggestions(report, selection, list(tables.values())))


def _pages_of(report, tables: Mapping[str, Table]):
    charts = charts_of(tables, counterpart_codes())
    addresses = {"rows_url": reverse("evaluation_rows", args=[report.pk]), "whole_url": report.get_absolute_url()}
    return {
        key: render_to_string(
            "evaluation/drawn.html", {"table": table, "charts": charts.get(key, ()), "is_whole": False, **addresses}
        )
        for key, table in tables.items()
    }


def _question(selection):
    user = selection.user
    seen = "all" if user.sees_all_provinces else (sorted(user.province_ids), user.organisation_id)
    return (
        "evaluation", [program.pk for program in selection.programs], selection.starts_on, selection.ends_on,
        str(selection.basis), selection.until, selection.scope, selection.place and selection.place.pk,
        str(selection.division), seen,
    )  # fmt: skip
