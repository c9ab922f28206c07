"""Rows that workers share: each is taken under a claim that runs out, so that nothing is lost with a killed worker."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone


class ClaimQuerySet(models.QuerySet):
    def unfinished(self):
        """Rows with work left; each model says which."""
        raise NotImplementedError

    def free(self):
        """Unfinished rows that nobody works on: never begun, or begun by a worker that is gone."""
        return self.unfinished().filter(Q(claimed_until=None) | Q(claimed_until__lte=timezone.now()))


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
        return max(left, timedelta(0))


class LongWork(Claimable):
    """Work with a task of its own, `task` names it (“room.module.function”), called with the key of the row.

    A worker that starts queues every unfinished row again, see `khuyencong.claims.resume`.
    """

    class Meta:
        abstract = True
