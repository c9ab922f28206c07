"""Small answers that every room uses."""

from django.core.exceptions import ValidationError
from django.db import connection
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from khuyencong.money import format_vnd, parse_vnd, vnd_words


@require_GET
def read_amount(request):
    """The grouped number and the words of the amount being typed, or what is wrong with it.

    The field's own name is the parameter, whatever the form calls it.
    """
    text = next(iter(request.GET.values()), "")
    context = {"error": "", "grouped": "", "words": ""}
    if text.strip():
        try:
            amount = parse_vnd(text)
        except ValidationError as refusal:
            context["error"] = refusal.messages[0]
        else:
            context["grouped"], context["words"] = format_vnd(amount), vnd_words(amount)
    return render(request, "components/amount_words.html", context)


@require_GET
def healthz(request):
    """Alive, and the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
