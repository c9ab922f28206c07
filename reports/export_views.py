"""Lists that leave as Excel files: at once or by the worker, in the columns that the person chose."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import Http404, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from khuyencong.exports.columns import PARAMETER, default_keys, keys_for, known, moved, save_keys
from reports import jobs

# Lists whose columns can be chosen: (URL name of the file, URL name of the page). Those that stand under a record
# find it in the query: see `_addresses`.
LISTS = {
    "projects": ("projects_export", "projects:list"),
    "facilities": ("facilities_export", "beneficiaries:list"),
    "products": ("products_export", "beneficiaries:products"),
    "programs": ("programs_export", "programs:list"),
    "plans": ("plans_export", "projects:plan_list"),
    "contracts": ("contracts_export", "projects:contract_list"),
    "handovers": ("handovers_export", "projects:handover_list"),
    "register": ("register_export", "document_register"),
    "evaluations": ("evaluations_export", "evaluations"),
    "money": ("money_export", "money"),
    "timeline": ("history_export", "history"),
    "figure_rows": ("evaluation_rows_export", "evaluation_rows"),
}
# What names the record of such a list in the query: parameters in the order of the address.
RECORDS = {"timeline": ("ho-so", "so"), "figure_rows": ("bao-cao",)}


def export(request, kind, query=None):
    """A list with the filters and the order of the page it was called from; a long one is left to the worker.

    Reading never writes, so that a long list asks for a word first.
    """
    query = request.GET if query is None else query
    exporter, count = jobs.exporter_of(kind, request.user, query)
    if request.method == "POST":
        return redirect(jobs.start_export(kind, by=request.user, query=query.urlencode()))
    if count <= settings.EXPORT_ROWS_AT_ONCE:
        return exporter.as_response()
    context = {"title": exporter.title, "count": count, "columns": [column.header for column in exporter.columns]}
    return render(request, "reports/export_long.html", context)


@require_http_methods(["GET", "POST"])
def projects_export(request):
    return export(request, "projects")


@require_http_methods(["GET", "POST"])
def facilities_export(request):
    return export(request, "facilities")


@require_http_methods(["GET", "POST"])
def products_export(request):
    return export(request, "products")


@require_http_methods(["GET", "POST"])
def programs_export(request):
    return export(request, "programs")


@require_http_methods(["GET", "POST"])
def plans_export(request):
    return export(request, "plans")


@require_http_methods(["GET", "POST"])
def contracts_export(request):
    return export(request, "contracts")


@require_http_methods(["GET", "POST"])
def handovers_export(request):
    return export(request, "handovers")


@require_http_methods(["GET", "POST"])
def evaluations_export(request):
    return export(request, "evaluations")


@require_http_methods(["GET", "POST"])
def money_export(request):
    return export(request, "money")


@require_http_methods(["GET", "POST"])
def register_export(request):
    return export(request, "register")


@require_http_methods(["GET", "POST"])
def history_export(request, kind, pk):
    query = request.GET.copy()
    query["ho-so"], query["so"] = kind, str(pk)
    return export(request, "timeline", query)


@dataclass(frozen=True)
class Row:
    """One column on the page where columns are chosen."""

    key: str
    label: str
    is_chosen: bool
    is_first: bool
    is_last: bool


@require_http_methods(["GET", "POST"])
def export_columns(request, kind):
    """Tick and order the columns of a list. Each button sends the whole form, so that no script is needed.

    The query is the list's own and goes along to the file and back to the list; `cot` in it proposes columns.
    """
    if kind not in LISTS:
        raise Http404
    exporter, count = jobs.EXPORTS[kind](request.user, request.GET)
    to_file, to_list = _addresses(kind, request.GET)
    order, focus = keys_for(request.user, kind, exporter.known, request.GET), ""
    chosen = set(order)
    order += [column.key for column in exporter.known if column.key not in chosen]
    if request.method == "POST":
        act, _colon, focus = request.POST.get("act", "").partition(":")
        order = known(request.POST.getlist("order"), exporter.known) or order
        chosen = set(request.POST.getlist("chosen"))
        keys = [key for key in order if key in chosen]
        if act in ("up", "down"):
            order = moved(order, focus, -1 if act == "up" else 1)
        elif act == "reset":
            save_keys(request.user, kind, exporter.known, [])
            messages.success(request, "Đã trở về các cột có sẵn.")
            return redirect(_here(kind, request.GET))
        elif keys:
            save_keys(request.user, kind, exporter.known, keys)
            if act == "export":
                return redirect(to_file)
            messages.success(request, f"Đã lưu {len(keys)} cột; tệp Excel của danh sách này theo các cột đó.")
            return redirect(to_list)
    context = {
        "title": exporter.title,
        "count": count,
        "rows": _rows(order, chosen, exporter.known),
        "focus": focus,
        "is_empty": request.method == "POST" and not chosen,
        "chosen_count": len(chosen),
        "list_url": to_list,
        "share_url": _here(kind, request.GET, cot=",".join(key for key in order if key in chosen)),
        "is_default": [key for key in order if key in chosen] == default_keys(exporter.known),
    }
    return render(request, "reports/export_columns.html", context)


def _rows(order, chosen, known_columns):
    labels = {
        column.key: f"{column.group}: {column.header}" if column.group else column.header for column in known_columns
    }
    return [
        Row(key, labels[key], key in chosen, place == 0, place == len(order) - 1) for place, key in enumerate(order)
    ]


def _addresses(kind, query):
    """(address of the file, address of the list), each with the filter of the list and without columns."""
    names = RECORDS.get(kind, ())
    record = [query.get(name, "") for name in names]
    rest = query.copy()
    for name in (*names, PARAMETER):
        rest.pop(name, None)
    return tuple(
        f"{reverse(name, args=record)}?{rest.urlencode()}" if rest else reverse(name, args=record)
        for name in LISTS[kind]
    )


def _here(kind, query, **more):
    rest = QueryDict(query.urlencode(), mutable=True)
    rest.pop(PARAMETER, None)
    for name, value in more.items():
        rest[name] = value
    address = reverse("export_columns", args=[kind])
    return f"{address}?{rest.urlencode()}" if rest else address
