"""Signed copies of issued papers: fetch one, bring one that was signed elsewhere, sign with the organisation's key."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from khuyencong.documents import signatures
from khuyencong.documents.scans import keeps
from khuyencong.files import serve_file
from khuyencong.models import IssuedDocument, SignedCopy
from khuyencong.permissions import require


class SignedFileForm(forms.Form):
    file = forms.FileField(
        label="PDF đã ký số", widget=forms.FileInput(attrs={"accept": ".pdf"}),
        help_text="Tải PDF của văn bản từ cổng, ký số trên chính tệp đó rồi tải lên. Không in ra quét lại.",
    )  # fmt: skip


def visible_document(request, pk):
    documents = IssuedDocument.objects.visible_to(request.user).select_related("owner", "file")
    return get_object_or_404(documents, pk=pk)


@require_GET
def signed_copy_file(request, pk):
    """The signed copy, as a download that the paper's trail tells."""
    copies = SignedCopy.objects.visible_to(request.user).select_related("document", "file")
    copy = get_object_or_404(copies, pk=pk)
    return serve_file(copy.file, by=request.user, about=copy.document)


def signed_upload(request, pk):
    """Bring a PDF that was signed elsewhere; its check is told on the paper's page."""
    document = visible_document(request, pk)
    require(keeps(request.user, document), f"Văn bản do {document.owner} quản lý; ông/bà chỉ được xem.")
    form = SignedFileForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if form.is_valid():
        try:
            copy = signatures.keep_upload(document, form.cleaned_data["file"], by=request.user)
        except ValidationError as refusal:
            form.add_error("file", refusal)
        else:
            messages.success(request, f"Đã nhận bản ký số. {copy.findings[0]['text']}")
            return redirect(document)
    return render(request, "scans/signed_upload.html", {"form": form, "document": document})


@require_POST
def document_sign(request, pk):
    document = visible_document(request, pk)
    try:
        copy = signatures.sign_document(document, by=request.user)
    except ValidationError as refusal:
        messages.error(request, refusal.messages[0])
    else:
        messages.success(request, f"Đã ký số {document}. {copy.findings[0]['text']}")
    return redirect(document)
