"""Rows that workers share: each is taken under a claim that runs out, so that nothing is lost with a killed worker."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

CLAIM = timedelta(minutes=2)
# A claim that reaches further was made by a machine whose clock ran ahead: it would hold the row until that hour.
FURTHEST = 2 * CLAIM


class ClaimQuerySet(models.QuerySet):
    def unfinished(self):
        """Rows with work left; each model says which."""
        raise NotImplementedError

    def free(self):
        """Unfinished rows that nobody works on: never begun, or begun by a worker that is gone."""
        now = timezone.now()
        is_over = Q(claimed_until=None) | Q(claimed_until__lte=now) | Q(claimed_until__gt=now + FURTHEST)
        return self.unfinished().filter(is_over)


class Claimable(models.Model):
    claimed_until = models.DateTimeField("đang làm đến", null=True, editable=False)
    attempts = models.PositiveSmallIntegerField("số lần làm", default=0, editable=False)

    class Meta:
        abstract = True

    def give_up(self):
        """Close a row that has lost its worker too often; whoever calls saves it."""
        raise NotImplementedError

    @property
    def free_in(self):
        """How long the claim on it still runs."""
        left = self.claimed_until - timezone.now() if self.claimed_until else timedelta(0)
        return left if timedelta(0) < left <= FURTHEST else timedelta(0)


class LongWork(Claimable):
    """Work with a task of its own, `task` names it (“room.module.function”), called with the key of the row.

    A worker that starts queues every unfinished row again, see `khuyencong.claims.resume`.
    """

    class Meta:
        abstract = True
