"""Pages of papers, whatever their kind: prepare and issue, look at, print, find again, revoke."""

import logging
from dataclasses import dataclass
from urllib.parse import urlencode

from django.apps import apps
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from khuyencong.audit import record as tell
from khuyencong.dates import today
from khuyencong.document_forms import IssueForm, RegisterFilterForm, RevokeForm
from khuyencong.documents import pdf_response
from khuyencong.documents.codes import shown_code
from khuyencong.documents.data import data_of, differences
from khuyencong.documents.issuing import (
    Order,
    data_today,
    gaps_of,
    in_force,
    issue_order,
    number_ahead,
    paper_today,
    require_issuer,
    revoke,
    revoke_refusal,
)
from khuyencong.documents.kinds import KINDS, Imprint
from khuyencong.documents.later import issue_later
from khuyencong.files import bytes_of
from khuyencong.forms import add_refusal
from khuyencong.kept import kept
from khuyencong.lists import SummedListView
from khuyencong.models import AuditEntry, IssuedDocument, StoredFile
from khuyencong.together import rows_together

RECENT = 50

logger = logging.getLogger(__name__)


class DocumentListView(SummedListView):
    """The register: every issued paper that the person sees."""

    stays_within_sight = True

    def get_queryset(self):
        self.filter_form = RegisterFilterForm(self.request.GET, user=self.request.user)
        return self.filter_form.filter(IssuedDocument.objects.visible_to(self.request.user))

    def shown(self):
        return IssuedDocument.objects.select_related("issued_by").defer("data")

    def values_rest_on(self):
        return None

    def get_template_names(self):
        name = "_register_table" if self.request.htmx else "register"
        return [f"documents_panel/{name}.html"]


# Before issuing


@dataclass(frozen=True)
class Paper:
    """One paper of a record that the address names."""

    kind: object
    record: object
    variant: str
    label: str
    is_there: bool

    @property
    def home(self):
        return self.kind.home(self.record)

    @property
    def back_url(self):
        """The page of the record, or of the first that it concerns and that has one."""
        for row in (self.record, *self.kind.subjects(self.record)):
            if hasattr(row, "get_absolute_url"):
                return row.get_absolute_url()
        return reverse("document_register")

    def url(self, name):
        query = f"?{urlencode({'lan': self.variant})}" if self.variant else ""
        return reverse(name, args=[self.kind.key, self.record.pk]) + query

    def annex_urls(self):
        """Where the annexes of many rows that the draft has beside it are looked at."""
        if not self.is_there:
            return []
        address = self.url("document_draft_pdf")
        sign = "&" if self.variant else "?"
        count = self.kind.annex_count(self.record, Imprint(variant=self.variant))
        return [f"{address}{sign}phu-luc={number}" for number in range(1, count + 1)]

    def draft(self):
        """The Document with its mark; 404 while there is nothing to print."""
        if not self.is_there:
            raise Http404("Chưa có số liệu để lập văn bản này.")
        return self.kind.build(self.record, Imprint(variant=self.variant))


def asked_paper(request, kind, record_pk):
    """404 for an unknown kind, a record that the person does not see, a variant that it does not have."""
    kind = KINDS.get(kind)
    if kind is None:
        raise Http404("Cổng không lập loại văn bản này.")
    record = get_object_or_404(kind.records(request.user), pk=record_pk)
    kind.read(record)
    variants, asked = dict(kind.variants(record)), request.GET.get("lan", "")
    if asked not in variants and variants:
        raise Http404("Hồ sơ không có văn bản này.")
    return Paper(kind, record, asked, variants.get(asked, ""), asked in variants)


def document_prepare(request, kind, record_pk):
    """What is missing, the number that comes next, the day; then issue."""
    paper = asked_paper(request, kind, record_pk)
    kind, record = paper.kind, paper.record
    if refusal := kind.refusal(request.user, record):
        raise PermissionDenied(refusal)
    current = in_force(kind, record, paper.variant)
    ahead = number_ahead(kind, record, kind.day(record) or today())
    # Not `POST or None`: a paper that leaves no choice posts an empty form.
    data = request.POST if request.method == "POST" else None
    form = IssueForm(data, kind=kind, record=record, number_ahead=ahead, current=current)
    if form.is_valid():
        act = issue_later if kind.is_slow else issue_order
        try:
            made = act(Order.of(kind, record, request.user, variant=paper.variant, **form.order))
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            if not kind.is_slow:
                messages.success(request, _issued_words(made))
            return redirect(made)
    context = {
        "paper": paper,
        "form": form,
        "gaps": gaps_of(kind, record, Imprint(variant=paper.variant)),
        "current": current,
        "number": ahead,
        "own_number": kind.own_number(record),
        "day": kind.day(record),
        "preview_url": paper.url("document_preview"),
        "pdf_url": paper.url("document_draft_pdf"),
        "annex_urls": paper.annex_urls(),
        "word_url": paper.url("document_draft_word"),
    }
    return render(request, "documents_panel/prepare.html", context)


def _issued_words(document):
    number = f" số {document.number_text}" if document.number_text else ""
    version = f", bản {document.version}" if document.version > 1 else ""
    return (
        f"Đã phát hành {document.kind_label.lower()}{number}{version}: {document.page_count} trang, "
        f"mã tra cứu {shown_code(document.code)}."
    )


@require_GET
def document_preview(request, kind, record_pk):
    """The draft as a page of its own, set by the sheet of the PDF."""
    return HttpResponse(asked_paper(request, kind, record_pk).draft().render_html())


@require_GET
def document_draft_pdf(request, kind, record_pk):
    """The draft, or with `?phu-luc=1` its first annex of many rows."""
    paper = asked_paper(request, kind, record_pk)
    draft, inline = paper.draft(), "tai-ve" not in request.GET
    if annex := _asked_annex(request, draft.annexes):
        response = pdf_response(annex.print_out()[0], annex.filename, inline=inline)
    else:
        response = draft.as_response(inline=inline)
    if inline:
        _tell_draft(request, paper, "print", "In bản nháp")
    else:
        _tell_draft(request, paper, "download", "Tải bản nháp")
    return response


def _asked_annex(request, annexes):
    """The annex that the address counts from 1; None for the paper itself. 404 for one that is not there."""
    asked = request.GET.get("phu-luc")
    if asked is None:
        return None
    numbered = {str(number): annex for number, annex in enumerate(annexes, 1)}
    if asked not in numbered:
        raise Http404("Văn bản không có phụ lục này.")
    return numbered[asked]


@require_GET
def document_draft_word(request, kind, record_pk):
    """For Word: as issued, with a note that it is for drafting, while its record says the same; else a draft."""
    paper = asked_paper(request, kind, record_pk)
    document, label = paper.draft(), "Tải bản nháp Word"
    issued = in_force(paper.kind, paper.record, paper.variant)
    as_issued = issued and paper_today(issued, request.user)
    if as_issued and data_of(as_issued) == issued.data:
        document, label = as_issued, "Tải bản Word"
    response = document.as_word_response()
    _tell_draft(request, paper, "download", label)
    return response


def _tell_draft(request, paper, action, label):
    words = ", ".join(filter(None, [f"{paper.kind.label}: {paper.kind.title(paper.record)}", paper.label]))
    tell(request.user, f"document.{action}", label, paper.home, changes=[("Văn bản", "", words)])


# Issued


def visible_document(request, pk):
    documents = IssuedDocument.objects.visible_to(request.user).select_related(
        "issued_by", "closed_by", "file", "owner", "supersedes", "superseded_by"
    )  # fmt: skip
    return get_object_or_404(documents, pk=pk)


@require_GET
def document_detail(request, pk):
    document = visible_document(request, pk)
    versions = IssuedDocument.objects.filter(
        kind=document.kind, subject_type=document.subject_type, subject_id=document.subject_id,
        variant=document.variant,
    ).visible_to(request.user)  # fmt: skip
    is_open = document.is_in_force and revoke_refusal(document, request.user) is None
    context = {
        "document": document,
        "code": shown_code(document.code),
        "is_whole": _whole_bytes(document) is not None,
        "newer": getattr(document, "superseded_by", None),
        "versions": versions.select_related("issued_by").defer("data").order_by("-version"),
        "links": list(_linked(document, request.user)),
        "differences": _changed_since(document, request.user) if document.is_in_force else [],
        "is_open": is_open,
        "prepare_url": _prepare_url(document) if is_open else "",
        "entries": AuditEntry.objects.about(document).select_related("actor")[:RECENT],
    }
    return render(request, "documents_panel/detail.html", context)


def _changed_since(document, user):
    """What the paper would say differently today; the whole paper is made for it, once in each state of the data."""

    def compare():
        now = data_today(document, user)
        return differences(document.data, now) if now is not None else []

    return kept(("changed since issued", document.pk, user.pk), compare)


def _prepare_url(document):
    if document.kind not in KINDS:
        return ""
    query = f"?{urlencode({'lan': document.variant})}" if document.variant else ""
    return reverse("document_prepare", args=[document.kind, document.subject_id]) + query


def _linked(document, user):
    """(noun, words, address or "") of the records that the paper concerns; no address for what the person sees not."""
    links = list(document.links.all())
    asked = {}
    for label in {link.subject_type for link in links}:
        rows = apps.get_model(label)._default_manager.filter(
            pk__in=[link.subject_id for link in links if link.subject_type == label]
        )
        if hasattr(rows, "visible_to"):
            asked[label] = rows.visible_to(user)
    seen = {(label, row.pk): row for label, rows in rows_together(asked).items() for row in rows}
    for link in links:
        row = seen.get((link.subject_type, link.subject_id))
        noun = str(apps.get_model(link.subject_type)._meta.verbose_name)
        yield noun, link.subject_name, row.get_absolute_url() if hasattr(row, "get_absolute_url") else ""


def _whole_bytes(document):
    """The frozen PDF, or None when the stored bytes are gone or not those that were issued."""
    content = bytes_of(document.file, document.sha256)
    if content is None:
        logger.error("Issued document %s (%s): the stored PDF does not match its SHA-256.", document.pk, document)
    return content


@require_GET
def document_file(request, pk):
    """The PDF as it was issued, `?phu-luc=1` its first annex; `?tai-ve` saves it.

    What does not match its hash is not given out.
    """
    document = visible_document(request, pk)
    annex = _asked_annex(request, document.attachments)
    content = bytes_of(_annex_file(annex), annex["sha256"]) if annex else _whole_bytes(document)
    name = annex["name"] if annex else document.file.name
    if content is None:
        return render(request, "documents_panel/damaged.html", {"document": document}, status=500)
    is_download = "tai-ve" in request.GET
    action, label = ("download", "Tải văn bản") if is_download else ("print", "Mở bản in văn bản")
    tell(request.user, f"document.{action}", f"{label}, phụ lục" if annex else label, document)
    response = pdf_response(content, name.removesuffix(".pdf"), inline=not is_download)
    response["Cache-Control"] = "private, no-store"
    return response


def _annex_file(annex):
    return StoredFile.objects.get(pk=annex["file"])


def document_revoke(request, pk):
    document = visible_document(request, pk)
    require_issuer(document, request.user)
    if not document.is_in_force:
        messages.warning(request, f"Văn bản {document.get_status_display().lower()}, không thu hồi được nữa.")
        return redirect(document)
    form = RevokeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            revoke(document, request.user, form.cleaned_data["reason"])
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"Đã thu hồi {document}.")
            return redirect(document)
    context = {"document": document, "form": form, "link_count": document.links.count()}
    return render(request, "documents_panel/revoke.html", context)
