"""Parts of pages that belong to one person: the bar above a list, the way back to it."""

from django import template

from khuyencong.desk import drafts, lists, tour
from khuyencong.desk.person import desk_of

register = template.Library()


@register.inclusion_tag("desk/_list_bar.html", takes_context=True)
def list_bar(context, kind):
    """{% list_bar "projects" %}: filters in use that come off one by one, filters kept under a name, columns."""
    request, page = context["request"], lists.BY_KEY[kind]
    query = request.GET.copy()
    for name in (lists.PAGE, lists.ALL):
        query.pop(name, None)
    hidden = lists.hidden_columns(page, request.GET)
    saved = lists.filters_of(request.user, kind)
    current = lists.clean_query(query.urlencode()[: lists.LONGEST_QUERY])
    rest = [(name, value) for name, values in query.lists() for value in values if name != lists.SHOWN]
    return {
        "page": page,
        "chips": context.get("chips", ()),
        "query": query.urlencode(),
        "saved": saved,
        "current": next((row for row in saved if row.query == current), None),
        "columns": [(place, label, place not in hidden) for place, label in page.columns],
        "shown": request.GET.getlist(lists.SHOWN),
        "rest": rest,
        "csrf_token": context.get("csrf_token", ""),
    }


@register.simple_tag(takes_context=True)
def hidden_columns(context, kind):
    """Classes of the frame of a table whose columns the address leaves out."""
    places = lists.hidden_columns(lists.BY_KEY[kind], context["request"].GET)
    return "".join(f" hide-{place}" for place in places)


@register.simple_tag(takes_context=True)
def back_to(context, url_name, row=None):
    """{% back_to "projects:list" project.pk %}: the list with filter and page as last seen, at that row."""
    return lists.way_back(context.get("request"), url_name, row)


@register.inclusion_tag("desk/_draft_offer.html", takes_context=True)
def draft_offer(context):
    """What the person typed on this page and did not send; nothing while somebody else looks on, or after a post."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or request.method != "GET" or hasattr(request, "viewed_by"):
        return {}
    address = request.get_full_path()
    return {
        "draft": drafts.draft_at(user, address),
        "address": address,
        "csrf_token": context.get("csrf_token", ""),
    }


@register.inclusion_tag("desk/_tour_panel.html", takes_context=True)
def tour_panel(context):
    """The step of the tour that the address asks for; on the first page the offer, until the person ended it."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or hasattr(request, "viewed_by"):
        return {}
    steps = tour.steps_of(user)
    found = tour.step_at(user, request.GET.get(tour.STEP, ""))
    if not found:
        is_first_page = getattr(request.resolver_match, "view_name", "") == "home"
        is_offered = is_first_page and desk_of(user).tour_ended_at is None
        return {"is_offered": is_offered, "first": steps[0].url(1), "csrf_token": context.get("csrf_token", "")}
    number, step = found
    return {
        "number": number,
        "count": len(steps),
        "step": step,
        "before": steps[number - 2].url(number - 1) if number > 1 else "",
        "after": steps[number].url(number + 1) if number < len(steps) else "",
        "csrf_token": context.get("csrf_token", ""),
    }
