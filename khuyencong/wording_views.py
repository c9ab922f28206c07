"""Free text parts of papers: what is in force and since when, drafts, preview on real papers, publishing."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from khuyencong import print_settings as settings
from khuyencong.dates import short_date, today
from khuyencong.documents import drafting
from khuyencong.documents.kinds import KINDS
from khuyencong.documents.trial import FIRST, paper_with
from khuyencong.documents.wording import rows_in_force
from khuyencong.forms import add_refusal
from khuyencong.models import Wording, WordingStatus
from khuyencong.permissions import require
from khuyencong.print_setting_forms import WordingForm
from khuyencong.print_setting_views import shown_in_portal

EVERYONE = "chung"


@require_GET
def wording_list(request, body, kind):
    """The slots of a kind with the words in force today and where they come from."""
    place = _place(request, body, kind)
    rows = rows_in_force(place["kind"], place["body"], today())
    drafts = set()
    if place["may_set"]:
        open_ones = Wording.objects.filter(kind=kind, organisation=place["body"], status=WordingStatus.DRAFT)
        drafts = set(open_ones.values_list("slot", flat=True))
    slots = [
        _slot_row(slot, rows.get(slot.name), place["body"]) | {"has_draft": slot.name in drafts}
        for slot in place["kind"].slots
    ]
    return render(request, "print_settings/wording_list.html", {**place, "slots": slots})


@require_GET
def wording_slot(request, body, kind, slot):
    """One slot: what is in force, and every version that was."""
    place = _place(request, body, kind, slot)
    row = rows_in_force(place["kind"], place["body"], today()).get(slot)
    now = _slot_row(place["slot"], row, place["body"])
    versions = drafting.versions_of(place["kind"], place["slot"], place["body"])
    draft = drafting.draft_of(place["kind"], place["slot"], place["body"]) if place["may_set"] else None
    context = {**place, "now": now, "versions": versions, "draft": draft, "row": row, "today": today()}
    return render(request, "print_settings/wording_slot.html", context)


def wording_edit(request, body, kind, slot):
    """The draft of a slot; a new one begins with the words in force. Saving leads to the preview."""
    place = _place(request, body, kind, slot)
    require(place["may_set"], settings.ONLY_ADMINISTRATORS)
    draft = drafting.draft_of(place["kind"], place["slot"], place["body"])
    now = rows_in_force(place["kind"], place["body"], today()).get(slot)
    start = draft or Wording(text=now.text if now else place["slot"].default, valid_from=today())
    form = WordingForm(request.POST or None, instance=start, slot=place["slot"])
    if request.method == "POST" and form.is_valid():
        try:
            saved = drafting.save_draft(
                place["kind"], place["slot"], place["body"], by=request.user, text=form.cleaned_data["text"],
                valid_from=form.cleaned_data["valid_from"], follows_default=request.POST.get("act") == "default",
                expected_version=form.cleaned_data["version"],
            )  # fmt: skip
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            return redirect("wording_preview", saved.pk)
    placeholders = [{"token": f"{{{item.name}}}", "label": item.label} for item in place["kind"].placeholders]
    inherited = drafting.inherited_text(place["kind"], place["slot"], place["body"], today())
    context = {**place, "form": form, "draft": draft, "placeholders": placeholders, "inherited": inherited}
    return render(request, "print_settings/wording_form.html", context)


@require_GET
def wording_preview(request, pk):
    """The draft beside the words it follows, on up to three real papers; from here alone it is published."""
    draft, kind, slot = _draft(request, pk)
    now = rows_in_force(kind, draft.organisation, draft.valid_from).get(draft.slot)
    papers = [
        {"record": record, "url": _paper_url(draft, record, variant), "title": f"Văn bản của {record} với lời văn mới"}
        for record, variant in drafting.records_to_show(kind, draft.organisation, request.user)
    ]
    context = {
        "draft": draft, "kind": kind, "slot": slot, "old": now.text if now else slot.default, "papers": papers,
        "wanted": drafting.RECORDS_SHOWN, "seen": drafting.seen_mark(draft), "today": today(),
        "body_slug": draft.organisation_id or EVERYONE,
    }  # fmt: skip
    return render(request, "print_settings/wording_preview.html", context)


@shown_in_portal
def wording_paper(request, pk, record_pk):
    """A whole paper of a real record with the draft in its place, marked."""
    draft, kind, slot = _draft(request, pk)
    record = get_object_or_404(kind.records(request.user), pk=record_pk)
    variant = request.GET.get("lan", "")
    if variant not in dict(kind.variants(record)):
        raise Http404
    return HttpResponse(paper_with(kind, record, {slot.name: draft.text}, variant))


@require_POST
def wording_publish(request, pk):
    draft, kind, slot = _draft(request, pk)
    try:
        drafting.publish(draft, by=request.user, seen=request.POST.get("seen", ""))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("wording_preview", pk)
    messages.success(request, f"“{slot.label}” của {kind} dùng lời văn mới từ {short_date(draft.valid_from)}.")
    return redirect("wording_slot", draft.organisation_id or EVERYONE, kind.key, slot.name)


@require_POST
def wording_discard(request, pk):
    draft, kind, slot = _draft(request, pk)
    try:
        drafting.discard(draft, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"Đã bỏ bản soạn của “{slot.label}”.")
    return redirect("wording_slot", draft.organisation_id or EVERYONE, kind.key, slot.name)


def _paper_url(draft, record, variant):
    """The paper, opened where the new words begin."""
    address = reverse("wording_paper", args=[draft.pk, record.pk])
    query = f"?{urlencode({'lan': variant})}" if variant else ""
    return f"{address}{query}#{FIRST}"


def _place(request, body, kind, slot=None):
    """{body, body_slug, kind, slot, may_set}; what is not the person's, or is none of the kinds, is not found."""
    if kind not in KINDS or not KINDS[kind].slots:
        raise Http404
    found = None
    if body != EVERYONE:
        if not (body.isascii() and body.isdecimal()):
            raise Http404
        found = get_object_or_404(settings.house_of(request.user), pk=int(body))
    if slot is not None and slot not in {part.name for part in KINDS[kind].slots}:
        raise Http404
    return {
        "body": found, "body_slug": body, "kind": KINDS[kind], "slot": slot and KINDS[kind].slot(slot),
        "may_set": settings.may_set(request.user, found),
    }  # fmt: skip


def _slot_row(slot, row, body):
    """{slot, text, source: in words, since: date | None}."""
    if row is None:
        return {"slot": slot, "text": slot.default, "source": "Mặc định của cổng", "since": None}
    if row.organisation_id is None:
        source = "Chung cho mọi cơ quan"
    elif body and row.organisation_id == body.pk:
        source = "Riêng của cơ quan"
    else:
        source = f"Của {body.parent}"
    return {"slot": slot, "text": row.text, "source": source, "since": row.valid_from}


def _draft(request, pk):
    """(draft, kind, slot) for whoever keeps the wording; a published version is no draft any more."""
    draft = get_object_or_404(
        Wording.objects.select_related("organisation__parent", "created_by"), pk=pk, status="draft"
    )
    if draft.organisation and not settings.house_of(request.user).filter(pk=draft.organisation_id).exists():
        raise Http404
    require(settings.may_set(request.user, draft.organisation), settings.ONLY_ADMINISTRATORS)
    if draft.kind not in KINDS:
        raise Http404
    kind = KINDS[draft.kind]
    return draft, kind, kind.slot(draft.slot)
