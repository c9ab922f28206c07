"""Charts of the tables of an evaluation report, on its page and on paper."""

from django import template

from programs.models import FundingSource, SourceCategory
from reports.evaluation import charts

register = template.Library()


@register.simple_tag
def charts_of(chapters, half=False):
    """{table key: [Chart]} of chapters that hold their tables under “tables”, as objects or as dicts.

    `half` draws them for half the width of a page.
    """
    found = {}
    for chapter in chapters:
        tables = chapter["tables"] if isinstance(chapter, dict) else chapter.tables
        found |= {table.key: table for table in tables}
    return charts.charts_of(found, counterpart_codes(), size=charts.HALF if half else charts.WHOLE)


def counterpart_codes() -> set[str]:
    """The sources of money that are counterpart."""
    return set(FundingSource.objects.filter(category=SourceCategory.COUNTERPART).values_list("code", flat=True))


@register.filter
def beside(drawn, key):
    """The charts of one table; [] for none."""
    return drawn.get(key, [])


@register.filter
def each_of(drawn):
    """All charts in their order."""
    return [chart for found in drawn.values() for chart in found]
