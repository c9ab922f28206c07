"""Tables of evaluation reports on pages and papers."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from reports.evaluation import shown

register = template.Library()
register.filter("brief", shown.brief)
register.filter("shown", shown.shown)
register.filter("sheets", shown.sheets)
register.filter("figure_words", shown.words)

NUMBER = format_html(' class="{}"', "number")
NOTHING = format_html(
    '<span aria-hidden="true">{}</span><span class="hidden-text">không có số liệu</span>', shown.NOTHING
)


@register.simple_tag
def figure_cells(cells: Iterable[shown.Cell], rows_url: str = "") -> SafeString:
    """The cells of a row, each figure a link to its rows; a tag, since a page has thousands of them."""
    return format_html_join(
        "", "<td{}>{}</td>", ((NUMBER if cell.is_number else "", _inside(cell, rows_url)) for cell in cells)
    )


def _inside(cell, rows_url):
    if cell.is_empty:
        return NOTHING
    if cell.query and rows_url:
        return format_html('<a href="{}?{}">{}</a>', rows_url, cell.query, cell.text)
    return cell.text
