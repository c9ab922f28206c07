"""What anyone with a phone may ask: is this paper genuine, superseded or revoked. No names, no amounts."""

from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from khuyencong.documents.codes import shown_code, typed_code
from khuyencong.models import IssuedDocument
from khuyencong.visits import limited


def public(view):
    """Decorator of these pages: read only, counted, kept by no cache and no search engine."""
    view = never_cache(require_safe(limited(view)))

    def unlisted(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return unlisted


@public
def verify_ask(request):
    """The form to type a code by hand."""
    typed = request.GET.get("ma", "")[:60]
    if code := typed_code(typed):
        return redirect("verify", code)
    return render(request, "documents_panel/verify_ask.html", {"typed": typed})


@public
def verify(request, code, page=None):
    """What the register says about a paper; `page` is the one whose QR was read."""
    found = typed_code(code[:60])
    document = found and IssuedDocument.objects.select_related("superseded_by").filter(code=found).first()
    if not document:
        context = {"code": code[:60]}
        return render(request, "documents_panel/verify_unknown.html", context, status=404)
    context = {
        "document": document,
        "code": shown_code(document.code),
        "page": page,
        "newer": getattr(document, "superseded_by", None),
    }
    return render(request, "documents_panel/verify.html", context)
