"""Figures that cost a scan, and rows as pages show them, kept while nothing changes.

Every act on a record leaves a line in the trail, and the lines are chained: the hash of the last one names a state of
the data that never comes back. A figure is kept under it and under its own question, so that it is never older than
the last act; another day, another reader or another filter asks another question. Kept in the memory of each process.
"""

import hashlib
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.core.cache import caches
from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from khuyencong.dates import today
from khuyencong.models import AuditEntry

SECONDS = 60 * 60
# Who comes and goes changes no figure: without these a busy morning would keep nothing.
COMINGS = ("user.login", "user.logout", "user.login_failed", "user.code_failed")


# What the page that is being read has asked already: {} or {"state": hash}.
_asked: ContextVar[dict | None] = ContextVar("asked", default=None)


class OneStateMiddleware:
    """A page that is only read asks for the state of the data once, and shows all its figures of that one state."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        before = _asked.set({})
        try:
            return self.get_response(request)
        finally:
            _asked.reset(before)


def state() -> str | None:
    """The state of the data; None where the trail is empty and nothing names it. One question, by key."""
    asked = _asked.get()
    if asked is None:
        return _last_act()
    if "state" not in asked:
        asked["state"] = _last_act()
    return asked["state"]


def _last_act():
    acts = AuditEntry.objects.exclude(action__in=COMINGS)
    return acts.order_by("-pk").values_list("hash", flat=True).first()


def kept(question: Any, make: Callable[[], Any]) -> Any:
    """What `make` gives, made once in each state of the data; `question` (its repr) says all that it depends on."""
    before = state()
    if before is None:
        return make()
    key = hashlib.sha256(repr((question, before, today())).encode()).hexdigest()
    memory = caches["figures"]
    found = memory.get(key)
    if found is None:
        # What is written meanwhile makes it younger than its key, never older; and nobody asks for that key again.
        found = make()
        memory.set(key, found, SECONDS)
    return found


def kept_of(rows: QuerySet, name: str, make: Callable[[], Any], *, in_order: bool = False) -> Any:
    """The same for what is told of exactly these rows; `in_order` where their order is part of what is told."""
    try:
        sql, params = (rows if in_order else rows.order_by()).query.sql_with_params()
    except EmptyResultSet:
        return make()
    return kept((name, sql, tuple(map(str, params))), make)
