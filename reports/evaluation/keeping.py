"""Figures of large reports, counted beforehand by the worker: again after acts, now and then (`KeptFigures`).

A worker that looks around takes up what is behind the state of the data, as it takes up work that was left.
"""

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from khuyencong.claims import claim, held, offer
from khuyencong.documents.data import plain
from reports.evaluation.content import selection_of
from reports.evaluation.moment import one_moment
from reports.evaluation.tables import all_tables
from reports.models import Evaluation, KeptFigures, state_today


def keep_for(evaluation: Evaluation) -> None:
    """Have the figures counted that this head asks for, if it is a large report; those of another head are dropped."""
    values = {"tables": None, "counted_at": None, "counted": "", "tried_at": None, "tried": ""}
    row, _is_new = KeptFigures.objects.update_or_create(evaluation=evaluation, defaults=values)
    if KeptFigures.objects.unfinished().filter(pk=row.pk).exists():
        transaction.on_commit(lambda: offer(row))


@task()
def keep_figures(pk: int) -> None:
    """Count the tables of a report as at one moment and keep them with its time."""
    for row in claim(KeptFigures.objects.filter(pk=pk)):
        with held(row):
            _count(row)


def _count(row):
    evaluation = Evaluation.objects.select_related("program", "place", "updated_by__organisation").get(
        pk=row.evaluation_id
    )
    with one_moment():
        state, moment = state_today(), timezone.now()
        tables = plain(all_tables(selection_of(evaluation)))
    # A head that was changed meanwhile asks for other figures: its own count follows.
    with transaction.atomic():
        head = Evaluation.objects.select_for_update(of=("self",)).get(pk=evaluation.pk)
        kept = KeptFigures.objects.filter(pk=row.pk)
        if head.version == evaluation.version:
            kept.update(tables=tables, counted_at=moment, counted=state, tried_at=moment, tried=state)
        kept.update(attempts=0, claimed_until=None)
