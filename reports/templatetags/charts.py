"""Charts of the tables of an evaluation report, on its page and on paper."""

from django import template

from programs.models import FundingSource, SourceCategory
from reports.evaluation import charts

register = template.Library()


@register.simple_tag
def charts_of(chapters):
    """{table key: [Chart]} of chapters that hold their tables under “tables”, as objects or as dicts."""
    found = {}
    for chapter in chapters:
        tables = chapter["tables"] if isinstance(chapter, dict) else chapter.tables
        found |= {table.key: table for table in tables}
    return charts.charts_of(found, counterpart_codes())


def counterpart_codes() -> set[str]:
    """The sources of money that are counterpart."""
    return set(FundingSource.objects.filter(category=SourceCategory.COUNTERPART).values_list("code", flat=True))


@register.filter
def beside(drawn, key):
    """The charts of one table; [] for none."""
    return drawn.get(key, [])
