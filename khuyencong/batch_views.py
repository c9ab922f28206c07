"""Many papers in one go: pick them by kind and month, follow the work, fetch the files."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from khuyencong.dates import today
from khuyencong.documents.batches import retry_failed, start_batch
from khuyencong.documents.kinds import KINDS
from khuyencong.forms import VnDateField, add_refusal
from khuyencong.models import Batch, DocumentStatus, IssuedDocument, ItemStatus

# More than a person looks through before printing; a month narrows a longer list.
MOST_PAPERS = 500
RECENT = 10
MONTHS = [("", "Cả năm"), *((number, f"Tháng {number}") for number in range(1, 13))]


class PickForm(forms.Form):
    """Which papers: the words of the address."""

    loai = forms.ChoiceField(label="Loại văn bản")
    nam = forms.TypedChoiceField(label="Năm", coerce=int)
    thang = forms.TypedChoiceField(label="Tháng", required=False, choices=MONTHS, coerce=int, empty_value=None)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["loai"].choices = [(kind.key, kind.label) for kind in _dated_kinds()]
        self.fields["nam"].choices = [(year, year) for year in range(today().year + 1, today().year - 15, -1)]


class StartForm(forms.Form):
    dated_on = VnDateField(
        label="Ngày văn bản", required=False, help_text="Cho văn bản phát hành mới; trống thì theo hồ sơ hoặc hôm nay."
    )


def _dated_kinds():
    return [kind for kind in KINDS.values() if kind.by_day]


def batch_pick(request):
    """Papers of one kind and period to tick, and what to do with them."""
    pick = PickForm(request.GET if "loai" in request.GET else {"loai": _dated_kinds()[0].key, "nam": today().year})
    papers = _papers(request.user, pick) if pick.is_valid() else []
    start = StartForm(request.POST or None)
    if request.method == "POST" and start.is_valid():
        chosen = set(request.POST.getlist("paper"))
        try:
            batch = start_batch(
                [paper["what"] for paper in papers if paper["key"] in chosen], by=request.user,
                title=_title(pick.cleaned_data), issues=request.POST.get("act") == "issue",
                dated_on=start.cleaned_data["dated_on"],
            )  # fmt: skip
        except ValidationError as refusal:
            add_refusal(start, refusal)
        else:
            return redirect(batch)
    context = {
        "pick": pick, "start": start, "papers": papers, "is_cut": len(papers) == MOST_PAPERS,
        "recent": Batch.objects.visible_to(request.user).with_counts()[:RECENT],
    }  # fmt: skip
    return render(request, "batches/batch_pick.html", context)


def _papers(user, pick):
    """[{key, label, issued (IssuedDocument or None), what (kind, record, variant)}]."""
    kind, year, month = KINDS[pick.cleaned_data["loai"]], pick.cleaned_data["nam"], pick.cleaned_data["thang"]
    records = kind.records(user).filter(**{f"{kind.by_day}__year": year})
    if month:
        records = records.filter(**{f"{kind.by_day}__month": month})
    records = list(records.order_by(kind.by_day, "pk")[:MOST_PAPERS])
    issued = _issued(kind, records)
    papers = []
    for record in records:
        for variant, label in kind.variants(record):
            title = f"{kind.title(record)} ({label})" if label else kind.title(record)
            papers.append(
                {
                    "key": f"{record.pk}:{variant}", "label": title, "number": kind.own_number(record),
                    "day": kind.day(record), "issued": issued.get((record.pk, variant)),
                    "what": (kind, record, variant),
                }
            )  # fmt: skip
    return papers[:MOST_PAPERS]


def _issued(kind, records):
    found = IssuedDocument.objects.filter(
        kind=kind.key, subject_type=kind.model._meta.label_lower, subject_id__in=[record.pk for record in records],
        status=DocumentStatus.ISSUED,
    )  # fmt: skip
    return {(document.subject_id, document.variant): document for document in found}


def _title(chosen):
    period = f"tháng {chosen['thang']}/{chosen['nam']}" if chosen["thang"] else f"năm {chosen['nam']}"
    return f"{KINDS[chosen['loai']].label} {period}"


def batch_detail(request, pk):
    """How far the workers are; htmx asks again until it is over. Posting has the failed papers made again."""
    batch = get_object_or_404(Batch.objects.visible_to(request.user).with_counts(), pk=pk)
    if request.method == "POST":
        try:
            retry_failed(batch, by=request.user)
        except ValidationError as refusal:
            messages.warning(request, refusal.messages[0])
        return redirect(batch)
    failed = batch.items.filter(status=ItemStatus.FAILED)
    name = "batches/_batch.html" if request.htmx else "batches/batch_detail.html"
    return render(request, name, {"batch": batch, "failed": failed})


@require_GET
def batch_file(request, pk, what):
    """The pile as one PDF (`in`) or as ZIP (`zip`)."""
    batch = get_object_or_404(Batch.objects.visible_to(request.user), pk=pk)
    file, ending = (batch.merged, "pdf") if what == "in" else (batch.archive, "zip")
    if not file or batch.is_expired:
        raise Http404("Tệp đã hết hạn giữ.")
    answer = FileResponse(file.open(), as_attachment=True, filename=f"{batch.title.replace('/', '-')}.{ending}")
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
