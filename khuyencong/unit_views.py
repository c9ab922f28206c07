"""The page “Tra cứu đơn vị hành chính”, and the suggestions of every field that asks for a place."""

from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from khuyencong.models import UnitLevel
from khuyencong.units import describe_today, find_units, other_names, own_provinces

SUGGESTIONS = 12
RESULTS = 50
LONGEST_TEXT = 200


@require_GET
@vary_on_headers("HX-Request")
def unit_search(request):
    """Units by name, old or new, with where they are now; to htmx only the list of a look-up field.

    Those of the reader's own provinces come first. The page asks with `q`, a field under its own name; `cap` narrows
    to levels.
    """
    text = next((value for name, value in request.GET.items() if name != "cap"), "")[:LONGEST_TEXT].strip()
    levels = [level for level in request.GET.getlist("cap") if level in UnitLevel.values] or None
    near = own_provinces(request.user)
    if request.htmx:
        units = find_units(text, levels=levels, near=near, limit=SUGGESTIONS)
        return render(request, "components/options.html", {"options": [(unit.label, note_on(unit)) for unit in units]})
    units = find_units(text, levels=levels, near=near, limit=RESULTS + 1)
    context = {
        "text": text,
        "level": levels[0] if levels else "",
        "levels": UnitLevel.choices,
        "results": [(unit, describe_today(unit), other_names(unit)) for unit in units[:RESULTS]],
        "has_more": len(units) > RESULTS,
    }
    return render(request, "units/unit_search.html", context)


def note_on(unit):
    """What helps to choose: where the unit is now, or its other names."""
    return describe_today(unit) or "; ".join(other_names(unit))
