"""Rows drawn of their values alone, and so only once for the same values.

A list of fifty rows spends most of its time on drawing what it drew a moment ago. A row's template is given a tuple of
everything that it shows and nothing besides, no request and no record: the same tuple is the same HTML, whoever reads
it and whatever was written meanwhile, and what changed is another tuple.
"""

from collections.abc import Hashable, Iterable
from functools import lru_cache

from django import template
from django.conf import settings
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# One to two kilobytes each: the lists and plans that twenty people have open.
MOST_KEPT = 4096


@register.simple_tag
def draw_rows(template_name: str, rows: Iterable[Hashable]) -> SafeString:
    """{% draw_rows "projects/_project_row.html" rows %}: each by the template, which knows it as `row`."""
    return mark_safe("".join(draw_row(template_name, row) for row in rows))  # noqa: S308 -- drawn by templates


@register.simple_tag
def draw_row(template_name: str, row: Hashable) -> SafeString:
    """One row: a named tuple of plain values, each always of the same type. Anew each time while developing."""
    return (_draw if settings.DEBUG else _drawn)(template_name, row)


def _draw(template_name, row):
    return get_template(template_name).template.render(template.Context({"row": row}))


_drawn = lru_cache(maxsize=MOST_KEPT)(_draw)
