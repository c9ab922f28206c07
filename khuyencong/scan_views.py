"""Signed papers that come back: drop a pile, follow it, help with the pages that nobody could read."""

from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from khuyencong.documents import scan_placing, scans
from khuyencong.documents.scan_pictures import Drawer, to_jpeg, upright
from khuyencong.files import kept_private
from khuyencong.forms import FilesField, add_refusal
from khuyencong.lists import PER_PAGE, ListPaginator
from khuyencong.models import FOR_A_PERSON, IssuedDocument, PageStatus, ScanBatch, ScanPage
from khuyencong.permissions import require

ACCEPTED = ".pdf,.jpg,.jpeg,.png"
# Long sides of the two sizes in which a page is looked at, as dots to the inch of A4.
SMALL, LARGE = 45, 130
TONES = {PageStatus.MATCHED: "good"} | dict.fromkeys(FOR_A_PERSON, "wait")


class PileForm(forms.Form):
    files = FilesField(label="Các trang đã ký, đóng dấu", accept=ACCEPTED)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["files"].help_text = (
            f"PDF, JPG, PNG; mỗi lượt tối đa {settings.SCAN_MOST_FILES} tệp, {settings.SCAN_MOST_PAGES} trang, "
            f"{settings.REQUEST_MEGABYTES} MB. Để lộn thứ tự, lộn đầu, lẫn nhiều văn bản đều được."
        )


class PlaceForm(forms.Form):
    """Where a page belongs: one of the documents of its pile, or another one by its code or number."""

    document = forms.ChoiceField(label="Văn bản trong lượt này", required=False)
    other = forms.CharField(
        label="Văn bản khác", required=False, max_length=80,
        help_text="Mã tra cứu in ở chân trang (ví dụ 7K4MP-Q6XTC) hoặc số, ký hiệu (ví dụ 03/BB-TTKC).",
    )  # fmt: skip
    page_number = forms.IntegerField(label="Là trang số", min_value=1, max_value=9999)
    turned_by = forms.TypedChoiceField(
        label="Ảnh đang nằm", coerce=int, initial=0, required=False, empty_value=0,
        choices=[(0, "Đúng chiều"), (180, "Lộn đầu"), (90, "Nghiêng sang phải"), (270, "Nghiêng sang trái")],
    )  # fmt: skip
    replace = forms.BooleanField(label="Thay bản quét đang có của trang này", required=False)

    def __init__(self, *args, documents, **kwargs):
        super().__init__(*args, **kwargs)
        self.documents = {str(document.pk): document for document in documents}
        names = [(document.pk, _told(document, missing)) for document, missing in _gathered(documents)]
        self.fields["document"].choices = [("", "Chọn văn bản"), *names]

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("document") and not cleaned.get("other", "").strip() and not self.errors.get("document"):
            self.add_error("other", "Chọn văn bản trong lượt này hoặc ghi mã, số của văn bản khác.")
        return cleaned

    def chosen(self, by):
        """The document; a code or number that was typed goes before the list. Raises ValidationError."""
        typed = self.cleaned_data["other"].strip()
        if not typed:
            return self.documents[self.cleaned_data["document"]]
        try:
            return scan_placing.find_document(typed, by=by)
        except ValidationError as refusal:
            raise ValidationError({"other": refusal.error_list}) from None


def _told(document, missing):
    lack = f" – còn thiếu trang {', '.join(map(str, missing))}" if missing else " – đủ trang"
    return f"{document}{lack}"


def scan_list(request):
    """Drop a pile; the piles so far."""
    refusal = scans.scan_refusal(request.user)
    if request.method == "POST":
        require(refusal is None, refusal)
    form = PileForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if form.is_valid():
        try:
            batch = scans.start_batch(form.cleaned_data["files"], by=request.user)
        except ValidationError as fault:
            form.add_error("files", fault)
        else:
            messages.success(request, f"Đã nhận {batch.page_count} trang; cổng đang đọc mã của từng trang.")
            return redirect(batch)
    batches = ScanBatch.objects.visible_to(request.user).select_related("uploaded_by").order_by("-pk").annotate(
        read=Count("pages"),
        matched=Count("pages", filter=Q(pages__status=PageStatus.MATCHED)),
        waiting=Count("pages", filter=Q(pages__status__in=FOR_A_PERSON)),
    )  # fmt: skip
    page = ListPaginator(batches, PER_PAGE).page(request.GET.get("trang"))
    return render(request, "scans/scan_list.html", {"form": form, "refusal": refusal, "page": page})


@dataclass(frozen=True)
class ShownPage:
    """A page as this person may see it: a document that they do not see is not told of."""

    page: ScanPage
    document: IssuedDocument | None
    status: str
    tone: str

    @property
    def label(self):
        return PageStatus(self.status).label


def shown(pages, user):
    """[ShownPage] of pages with their document; one query."""
    pages = list(pages)
    ids = {page.document_id for page in pages if page.document_id}
    seen = set(IssuedDocument.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True)) if ids else ()
    rows = []
    for page in pages:
        hidden = page.document_id and page.document_id not in seen
        status = PageStatus.UNKNOWN if hidden else page.status
        document = None if hidden else page.document
        rows.append(ShownPage(page, document, status, TONES.get(status, "")))
    return rows


@require_GET
@vary_on_headers("HX-Request")
def scan_batch(request, pk):
    """How far the pile is, page by page; htmx asks again until it is over."""
    batch = get_object_or_404(ScanBatch.objects.visible_to(request.user).select_related("uploaded_by"), pk=pk)
    rows = shown(batch.pages.select_related("document", "file__file", "repeats__batch"), request.user)
    touched = {row.document.pk: row.document for row in rows if row.status == PageStatus.MATCHED}
    context = {
        "batch": batch,
        "rows": rows,
        "waiting": [row for row in rows if row.tone == "wait"] if batch.is_over else [],
        "matched": sum(row.status == PageStatus.MATCHED for row in rows),
        "documents": _gathered(touched.values()),
        "can_help": scans.scan_refusal(request.user) is None,
        "is_stalled": scans.is_stalled(batch),
    }
    return render(request, "scans/_batch.html" if request.htmx else "scans/scan_batch.html", context)


def _gathered(documents):
    """[(document, pages that are missing)]; one query for all."""
    there = {}
    rows = ScanPage.objects.filter(document__in=documents, status=PageStatus.MATCHED)
    for document, number in rows.values_list("document", "page_number"):
        there.setdefault(document, set()).add(number)
    return [
        (document, sorted(set(range(1, document.page_count + 1)) - there.get(document.pk, set())))
        for document in sorted(documents, key=str)
    ]


@require_POST
def scan_resume(request, pk):
    batch = get_object_or_404(ScanBatch.objects.visible_to(request.user), pk=pk)
    try:
        scans.resume_batch(batch, by=request.user)
    except ValidationError as refusal:
        messages.warning(request, refusal.messages[0])
    else:
        messages.success(request, "Đang đọc tiếp các trang còn lại.")
    return redirect(batch)


def visible_page(request, pk):
    pages = ScanPage.objects.filter(batch__in=ScanBatch.objects.visible_to(request.user))
    return get_object_or_404(pages.select_related("batch", "file__file", "document__owner", "repeats"), pk=pk)


@require_GET
def scan_picture(request, pk):
    """The page as it was read, turned upright; `?lon` shows it large."""
    page = visible_page(request, pk)
    try:
        with Drawer(page.file.file) as drawer:
            picture = drawer.draw(page.index, LARGE if "lon" in request.GET else SMALL)
    except OSError:
        raise Http404("Trang này không vẽ ra được.") from None
    return kept_private(HttpResponse(to_jpeg(upright(picture, page.turned_by)), content_type="image/jpeg"))


def scan_page(request, pk):
    """One page, large, and where it belongs; then the next one that waits for a person."""
    page = visible_page(request, pk)
    refusal = scans.scan_refusal(request.user)
    require(refusal is None, refusal)
    [row] = shown([page], request.user)
    near = IssuedDocument.objects.visible_to(request.user).filter(
        Q(scan_pages__batch=page.batch) | Q(pk=page.document_id)
    )
    documents = list(near.distinct().order_by("number_text", "pk").defer("data"))
    form = PlaceForm(request.POST or None, documents=documents, initial=_likely(row, documents))
    if form.is_valid():
        try:
            place = _place(request, page, form)
        except ValidationError as fault:
            add_refusal(form, fault)
        else:
            messages.success(request, f"Đã xếp vào {place}; bản đã ký đang được ghép lại.")
            return _next(page)
    context = {"row": row, "page": page, "form": form, "batch": page.batch}
    return render(request, "scans/scan_page.html", context)


def _likely(row, documents):
    """What the form begins with: where the page is now, else the only page that the pile lacks."""
    if row.document:
        return {"document": row.document.pk, "page_number": row.page.page_number}
    lacking = [(document.pk, number) for document, missing in _gathered(documents) for number in missing]
    return dict(zip(("document", "page_number"), lacking[0], strict=True)) if len(lacking) == 1 else {}


def _place(request, page, form):
    fields = form.cleaned_data
    placed = scan_placing.place_page(
        page, by=request.user, document=form.chosen(request.user), page_number=fields["page_number"],
        # The person sees the picture as the portal has turned it so far.
        turned_by=(page.turned_by + fields["turned_by"]) % 360, replace=fields["replace"],
    )  # fmt: skip
    return scan_placing.place_of(placed)


@require_POST
def scan_discard(request, pk):
    page = visible_page(request, pk)
    try:
        scan_placing.discard_page(page, by=request.user)
    except ValidationError as refusal:
        messages.warning(request, refusal.messages[0])
    else:
        messages.success(request, f"Đã bỏ qua {page}.")
    return _next(page)


def _next(page):
    """To the next page of the pile that waits, else to the pile."""
    waiting = page.batch.pages.filter(status__in=FOR_A_PERSON).exclude(pk=page.pk).first()
    return redirect("scan_page", waiting.pk) if waiting else redirect(page.batch)
