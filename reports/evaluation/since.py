"""What moved since a report was issued: which figures, and the acts on the projects behind them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from khuyencong.models import AuditEntry, IssuedDocument
from projects.models import Project
from reports.evaluation.behind import behind
from reports.evaluation.figures import Figure
from reports.evaluation.frozen import Change, changes, on_day, tables_from
from reports.evaluation.selection import Selection
from reports.evaluation.tables import all_tables

# Beyond these the page says how many more there are.
MOST_FIGURES, MOST_ENTRIES = 200, 300
# Figures whose projects are looked up; each asks the database a few times.
MOST_TRACED = 40


@dataclass(frozen=True)
class Moved:
    """A figure that moved, with the projects behind it that somebody has touched since; [] when none is known."""

    change: Change
    projects: tuple[Project, ...]


@dataclass(frozen=True)
class Since:
    """`acts` is [(project, its entries)], the last touched first."""

    moved: tuple[Moved, ...]
    count: int
    acts: tuple[tuple[Project, tuple[AuditEntry, ...]], ...]
    entry_count: int

    @property
    def more_figures(self) -> int:
        return self.count - len(self.moved)

    @property
    def more_entries(self) -> int:
        return self.entry_count - sum(len(entries) for _project, entries in self.acts)


def changes_since(document: IssuedDocument, selection: Selection, printed_day: date) -> Since:
    """Compare an issued report with the selection; `printed_day` is the last day that its figures know."""
    found = changes(tables_from(document.data), all_tables(selection))
    entries, entry_count = _entries(document, selection)
    projects = {project.pk: project for project in _projects(selection, entries)}
    moved = []
    for number, change in enumerate(found[:MOST_FIGURES]):
        is_traced = projects and number < MOST_TRACED
        keys = _behind(change.figure, selection, printed_day, projects) if is_traced else set()
        moved.append(Moved(change, tuple(projects[pk] for pk in projects if pk in keys)))
    grouped = {}
    for entry in entries:
        grouped.setdefault(entry.subject_id, []).append(entry)
    acts = tuple((projects[pk], tuple(rows)) for pk, rows in grouped.items() if pk in projects)
    return Since(tuple(moved), len(found), acts, entry_count)


def _entries(document, selection):
    """The last acts on projects of these programmes since the paper was issued, and how many there are in all."""
    rows = AuditEntry.objects.of_changes().filter(
        subject_type=Project._meta.label_lower, subject_id__in=selection.projects().values("pk"),
        at__gt=document.issued_at,
    )  # fmt: skip
    found = list(rows.select_related("actor").order_by("-pk")[: MOST_ENTRIES + 1])
    return found[:MOST_ENTRIES], len(found) if len(found) <= MOST_ENTRIES else rows.count()


def _projects(selection, entries):
    keys = list(dict.fromkeys(entry.subject_id for entry in entries))
    found = selection.projects().in_bulk(keys)
    return [found[pk] for pk in keys if pk in found]


def _behind(figure: Figure, selection: Selection, printed_day: date, touched: Iterable[int]) -> set[int]:
    """Which of the touched projects stand behind the figure, now or as they stood on the printed day."""
    if not figure.rows:
        return set()
    days = {selection.until, printed_day}
    return set().union(*(_at(figure.rows, on_day(selection, day), list(touched)) for day in days))


def _at(query, selection, touched):
    try:
        parts = behind(selection, query).parts
    except (LookupError, ValueError):
        return set()
    found = set()
    for part in parts:
        path = part.project or "pk"
        if part.rows.model is Project or part.project:
            found |= set(part.rows.filter(**{f"{path}__in": touched}).order_by().values_list(path, flat=True))
    return found
