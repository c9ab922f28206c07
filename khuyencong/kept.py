"""Figures that cost a scan, and rows as pages show them, kept while nothing changes.

Every act on a record leaves a line in the trail, and the lines are chained: the hash of the last one names a state of
the data that never comes back. A figure is kept under it and under its own question, so that it is never older than
the last act; another day, another reader or another filter asks another question. Kept in the memory of each process.

What shows nothing but what one person may see, and what everybody may, is kept `within` that person's sight: acts of
other provinces and bodies change none of it (`khuyencong.audit.concerns_home_alone`). What rests on nothing but that
which everybody may see - rules, bodies, accounts - is kept `within` EVERYBODY: no act on a record changes it.
"""

import hashlib
from collections.abc import Callable
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any
from weakref import WeakValueDictionary

from django.core.cache import caches
from django.core.exceptions import EmptyResultSet
from django.db.models import Q, QuerySet

from khuyencong.dates import today
from khuyencong.models import LastAct, User

SECONDS = 60 * 60
WHOLE = (LastAct.ALL,)
# (state, value) of a province that has done nothing and of which there is nothing.
NOTHING = (None, None)


class Everybody:
    """Stands for a person who sees nothing but what everybody may."""


EVERYBODY = Everybody()

# What the page that is being read has asked already: {} or {part: hash of its last act, None without one}.
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


# {key: lock} of what is being made; what nobody waits for any more goes.
_making: WeakValueDictionary[str, Lock] = WeakValueDictionary()
_guard = Lock()


def state(within: User | Everybody | None = None) -> str | None:
    """The state of the data, or of what a person may see of them; None where no act names it. One question, by key."""
    parts = _parts_of(within)
    acts = _asked.get()
    if acts is None:
        acts = _last_acts(parts)
    elif not acts.keys() >= set(parts):
        # What is kept for everybody will be asked for on the same page.
        acts |= _last_acts((*parts, LastAct.EVERYBODYS))
    if acts[LastAct.ALL] is None:
        return None
    return acts[LastAct.ALL] if parts is WHOLE else " ".join(f"{part}: {acts[part]}" for part in parts[1:])


def _parts_of(person):
    """The whole, which tells whether anything was done yet, then each part that the person sees."""
    if person is EVERYBODY:
        return LastAct.ALL, LastAct.EVERYBODYS
    if person is None or person.sees_all_provinces:
        return WHOLE
    home = LastAct.parts_of(provinces=sorted(person.province_ids), owner=person.organisation_id)
    return LastAct.ALL, LastAct.EVERYBODYS, *home


def _last_acts(parts):
    rows = LastAct.objects.filter(part__in=parts).order_by("part")
    return dict.fromkeys(parts) | dict(rows.values_list("part", "hash"))


def kept(question: Any, make: Callable[[], Any], *, within: User | Everybody | None = None) -> Any:
    """What `make` gives, made once in each state of the data; `question` (its repr) says all that it depends on."""
    before = state(within)
    if before is None:
        return make()
    key = _key_of(question, before)
    found = caches["figures"].get(key)
    return _made_once(key, make) if found is None else found


def kept_by_province(question: Any, make: Callable[[list | None], dict]) -> dict:
    """{province: value}, of each made once in each state of its data: one province's act leaves the others' alone.

    `make(provinces)` answers for these at once, by key, or for all there are when given None; what lies in no province
    is that of None. For those who see the country: nothing in it may rest on who they are.
    """
    every = state(EVERYBODY)
    if every is None:
        return make(None)
    key = _key_of(question, every)
    with _alone(key):
        found = caches["figures"].get(key)
        states = _states_of_provinces()
        if found is None:
            made = make(None)
            found = {province: (states.get(province), made.get(province)) for province in {*states, *made}}
        else:
            gone = [province for province, now in states.items() if found.get(province, NOTHING)[0] != now]
            made = make(gone) if gone else {}
            found |= {province: (states[province], made.get(province)) for province in gone}
        caches["figures"].set(key, found, SECONDS)
    return {province: value for province, (_state, value) in found.items() if value is not None}


def _states_of_provinces():
    """{province: hash of its last act}; what lies in none of them changes with every act."""
    rows = LastAct.objects.filter(Q(part__startswith=LastAct.PROVINCE) | Q(part=LastAct.ALL)).order_by("part")
    return {
        None if part == LastAct.ALL else int(part.removeprefix(LastAct.PROVINCE)): digest
        for part, digest in rows.values_list("part", "hash")
    }


def in_provinces(rows: QuerySet, provinces: list | None, path: str = "province") -> QuerySet:
    """Of the rows those that `make` of `kept_by_province` is asked for."""
    if provinces is None:
        return rows
    there = Q(**{f"{path}__in": [province for province in provinces if province is not None]})
    return rows.filter(there | Q(**{f"{path}__isnull": True}) if None in provinces else there)


@contextmanager
def _alone(key):
    """Whoever asks for the same meanwhile waits: after an act all colleagues ask the same."""
    with _guard:
        making = _making.setdefault(key, Lock())
    with making:
        yield


def _key_of(question, before):
    return hashlib.sha256(repr((question, before, today())).encode()).hexdigest()


def _made_once(key, make):
    with _alone(key):
        found = caches["figures"].get(key)
        if found is None:
            # What is written meanwhile makes it younger than its key, never older; and nobody asks for that key again.
            found = make()
            caches["figures"].set(key, found, SECONDS)
        return found


def kept_of(
    rows: QuerySet, name: str, make: Callable[[], Any], *, in_order: bool = False, within: User | None = None
) -> Any:
    """The same for what is told of exactly these rows; `in_order` where their order is part of what is told."""
    try:
        sql, params = (rows if in_order else rows.order_by()).query.sql_with_params()
    except EmptyResultSet:
        return make()
    return kept((name, sql, tuple(map(str, params))), make, within=within)
