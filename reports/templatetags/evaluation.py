"""Tables of evaluation reports on pages and papers."""

from django import template

from reports.evaluation import shown

register = template.Library()
register.filter("brief", shown.brief)
register.filter("shown", shown.shown)
register.filter("sheets", shown.sheets)
register.filter("figure_words", shown.words)
