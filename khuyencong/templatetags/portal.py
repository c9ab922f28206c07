"""Parts of pages that need a word of Python: icons, states, bars, error lists."""

from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html

register = template.Library()

# state value: (tone of portal.css, icon). The one table of tones for the whole portal.
TONES = {
    "draft": ("", "edit"),
    "submitted": ("waiting", "clock"),
    "returned": ("returned", "arrow-back"),
    "appraised": ("active", "check"),
    "in_plan": ("waiting", "clock"),
    "reserve": ("", "history"),
    "rejected": ("stopped", "stop"),
    "approved": ("done", "check"),
    "contracted": ("active", "document"),
    "signed": ("active", "document"),
    "in_progress": ("active", "progress"),
    "accepted": ("done", "check-circle"),
    "handed_over": ("done", "check-circle"),
    "settling": ("waiting", "clock"),
    "settled": ("done", "check-circle"),
    "liquidated": ("", "lock"),
    "cancelled": ("stopped", "stop"),
    "closed": ("", "lock"),
    "stopped": ("stopped", "stop"),
    "issued": ("done", "check-circle"),
    "superseded": ("", "history"),
    "revoked": ("stopped", "stop"),
}


@register.simple_tag
def icon(name):
    """An icon of the sprite; decoration only, the word beside it carries the meaning."""
    return _icon(_sprite(), name)


@lru_cache(maxsize=1)
def _sprite():
    """The address of the icons, the same as long as a process lives; a page has a hundred of them."""
    return static("icons.svg")


@lru_cache(maxsize=256)
def _icon(sprite, name):
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>', sprite, name
    )


@register.simple_tag
def status_badge(status, label, next_actor="", large=False):
    """{% status_badge project.status project.get_status_display next_actor %}: word, colour, icon, who acts next.

    In Python, not a template of its own: a list shows fifty of them.
    """
    return _badge(_sprite(), status, str(label), next_actor, large)


# By type, too: a text that is safe HTML and the same text that is not are two badges.
@lru_cache(maxsize=1024, typed=True)
def _badge(sprite, status, label, next_actor, large):
    tone, icon_name = TONES.get(status, ("", "info"))
    css = f"status{f' status--{tone}' if tone else ''}{' status--large' if large else ''}"
    badge = format_html('<span class="{}">{}{}</span>', css, _icon(sprite, icon_name), label)
    return format_html('{} <span class="next">{}</span>', badge, next_actor) if next_actor else badge


@register.inclusion_tag("components/bar.html")
def bar(spent=0, committed=0, total=0):
    """A bar of `spent` and `committed` (hatched) out of `total`; red and full when over. Needs a number beside it."""
    spent, committed, total = spent or 0, committed or 0, total or 0
    first, both = _tenths(spent, total), _tenths(spent + committed, total)
    return {"is_over": spent + committed > total, "first": _svg_percent(first), "second": _svg_percent(both - first)}


def _tenths(part, whole):
    """Tenths of a percent, 0 to 1000."""
    return min(part * 1000 // whole, 1000) if whole else 0


def _svg_percent(tenths):
    """704 -> "70.4%", as an attribute of SVG writes it; "" for nothing."""
    return f"{tenths // 10}.{tenths % 10}%" if tenths else ""


@register.inclusion_tag("components/error_summary.html")
def error_summary(*forms):
    """One list of links over all forms and formsets of the page; nothing when all is well."""
    errors = []
    for form in forms:
        errors += _errors_of(form)
    return {"errors": errors}


def _errors_of(form):
    if not form or not form.is_bound:  # a page names forms that it may lack
        return []
    if hasattr(form, "forms"):
        found = [("", text) for text in form.non_form_errors()]
        for row in form.forms:
            found += _errors_of(row)
        return found
    found = [("", text) for text in form.non_field_errors()]
    for field in form:
        found += [(field.id_for_label or field.auto_id, f"{field.label}: {text}") for text in field.errors]
    return found


@register.inclusion_tag("components/confirm_act.html", takes_context=True)
def confirm_act(context, url, label, told, *figures, icon="trash", css="", of="", act="", value="", back=""):
    """A POST that takes something away: `label` opens what it will do (`told` with its figures), then it is sent.

    `of` names the object for those who hear the button without its row; `act` is the last button where it is not
    `label`; `value` goes along as `act`, and the address `back`, where the person stands, as `next`.
    """
    return {
        "url": url,
        "label": label,
        "told": told.format(*figures),
        "icon": icon,
        "css": css,
        "of": of,
        "act": act or label,
        "value": value,
        "back": back,
        "csrf_token": context.get("csrf_token", ""),
    }


@register.inclusion_tag("components/filter_fold.html")
def filter_fold(form):
    """What follows the first field of a filter, folded on narrow screens unless some of it is in use or wrong."""
    return {"is_open": any(bound.data or bound.errors for bound in form.visible_fields()[1:])}


@register.inclusion_tag("components/sort_head.html", takes_context=True)
def sort_head(context, key, label, unit="", css=""):
    """A head cell that sorts by `key`; pressing again turns the order. Reads and keeps the query string."""
    request = context["request"]
    current = request.GET.get("sap-xep", context.get("default_sort", ""))
    descending = current == f"-{key}"
    ascending = current == key
    query = request.GET.copy()
    query["sap-xep"] = f"-{key}" if ascending else key
    query.pop("trang", None)
    order = "ascending" if ascending else "descending" if descending else ""
    return {"label": label, "unit": unit, "css": css, "query": query.urlencode(), "order": order}


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context, page, noun):
    """Pages of a list, `trang` in the query string; the filters stay."""
    query = context["request"].GET.copy()
    query.pop("trang", None)
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return {"page": page, "noun": noun, "numbers": list(numbers), "query": query.urlencode()}
