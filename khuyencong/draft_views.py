"""Entries under way: kept while typing, offered, looked at, sent again, dropped."""

from django.core.exceptions import ValidationError
from django.http import JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from khuyencong.desk import drafts
from khuyencong.models import EntryDraft

# Fields of a draft itself; all others are what was typed.
OWN = ("draft-address", "draft-title", "draft-tab", "draft-over")
# What belongs to the form rather than to the person.
HIDDEN_ENDS = ("-TOTAL_FORMS", "-INITIAL_FORMS", "-MIN_NUM_FORMS", "-MAX_NUM_FORMS")
ROWS_SHOWN_AGAIN = "xem-lai"


@require_POST
def draft_save(request):
    """Answers with the time; 409 where another window has the draft, 422 where it cannot be kept, and why."""
    pairs = [pair for pair in drafts.pairs_of(request.POST) if pair[0] not in OWN]
    try:
        draft = drafts.save_draft(
            request.user, request.POST.get("draft-address", ""), pairs, title=request.POST.get("draft-title", ""),
            tab=request.POST.get("draft-tab", ""), over=request.POST.get("draft-over") == "1",
        )  # fmt: skip
    except drafts.OtherWindowError as other:
        return JsonResponse({"saved": clock(other.draft.saved_at)}, status=409)
    except ValidationError as refusal:
        return JsonResponse({"told": " ".join(refusal.messages)}, status=422)
    return JsonResponse({"saved": clock(draft.saved_at)})


def clock(moment):
    """09:41, with the day when it was another one."""
    local = timezone.localtime(moment)
    return f"{local:%H:%M}" if local.date() == timezone.localdate() else f"{local:%H:%M %d/%m/%Y}"


@never_cache
@require_GET
def draft_session(request):
    """Who is signed in now, and the token that the page's forms need from here on."""
    return JsonResponse({"person": request.user.pk, "token": get_token(request)})


@require_GET
def draft_list(request):
    return render(request, "desk/draft_list.html", {"drafts": EntryDraft.objects.filter(user=request.user)})


@never_cache
@require_GET
def draft(request, pk):
    """What was typed, to send again or to drop."""
    kept = get_object_or_404(EntryDraft, pk=pk, user=request.user)
    context = {
        "draft": kept,
        "typed": [text for name, text in kept.data if text.strip() and not _is_inner(name)],
        "has_rows": any(name.endswith(HIDDEN_ENDS) for name, _text in kept.data),
        "show_again": ROWS_SHOWN_AGAIN,
    }
    return render(request, "desk/draft.html", context)


def _is_inner(name):
    return name.endswith(HIDDEN_ENDS) or name.startswith(("initial-", "seen-", "keep-")) or name in ("version", "row")


@never_cache
@require_GET
def draft_data(request, pk):
    kept = get_object_or_404(EntryDraft, pk=pk, user=request.user)
    return JsonResponse({"pairs": kept.data})


@require_POST
def draft_drop(request, pk):
    kept = get_object_or_404(EntryDraft, pk=pk, user=request.user)
    drafts.drop(request.user, pk=kept.pk)
    back = request.POST.get("next", "")
    is_own = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if is_own and back.startswith("/") else "drafts")
