"""The shape of a check: rows that do not fit, scoped to what the reader sees, each told in a line."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Model, QuerySet

from khuyencong.models import User


@dataclass(frozen=True)
class Finding:
    """One record that does not fit: `url` is where it is mended."""

    subject: str
    url: str
    detail: str


@dataclass(frozen=True)
class Check:
    """`key` stands in addresses; `why` says what goes wrong because of it, `mend` what to do.

    `rows(user)` are the records that do not fit, of those the person sees; `tell` puts one into words.
    """

    key: str
    title: str
    why: str
    mend: str
    rows: Callable[[User], QuerySet]
    tell: Callable[[Model], Finding]
