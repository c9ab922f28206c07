"""Scanned pages put to their documents by hand, or left out."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from khuyencong.audit import record
from khuyencong.documents.codes import shown_code, typed_code
from khuyencong.documents.scans import keeps, scan_refusal
from khuyencong.documents.signed_copies import put_together_later
from khuyencong.models import (
    IssuedDocument,
    PageStatus,
    ScanPage,
)
from khuyencong.permissions import require


@transaction.atomic
def place_page(page, *, by, document, page_number, turned_by, replace=False):
    """Put a page to a page of a document, whatever the portal made of it; the copies are put together anew.

    Raises PermissionDenied; ValidationError: no such page, taken by another scan (unless `replace`), or moved by
    somebody else at this moment.
    """
    page, left, document = _locked(page, by, document)
    if not 1 <= page_number <= document.page_count:
        raise ValidationError({"page_number": f"{document} có {document.page_count} trang: ghi từ 1 đến số đó."})
    holders = document.scan_pages.filter(status=PageStatus.MATCHED, page_number=page_number).exclude(pk=page.pk)
    if holders.exists() and not replace:
        raise ValidationError(
            f"Trang {page_number} của {document} đã có bản quét khác. Đánh dấu “Thay bản quét đang có” nếu trang này "
            "mới đúng.",
            code="taken",
        )
    now = f"trang {page_number}"
    changes = [(str(other), now, PageStatus.DOUBLED.label) for other in holders.select_related("file__file")]
    changes.append((str(page), place_of(page), now))
    holders.update(status=PageStatus.DOUBLED)
    if left and left != document:
        _tell_gone(page, left, str(document), by)
    page.status, page.document, page.page_number = PageStatus.MATCHED, document, page_number
    page.turned_by, page.repeats = turned_by, None
    page.placed_by, page.placed_at = by, timezone.now()
    page.full_clean()
    page.save()
    record(by, "document.scan_place", "Xếp trang quét vào văn bản", document, changes=changes)
    put_together_later({document.pk, left and left.pk}, by)
    return page


@transaction.atomic
def discard_page(page, *, by):
    """Leave a page out: it belongs to no document of the portal. Its picture stays with the pile.

    Raises PermissionDenied; ValidationError when somebody else moves it at this moment.
    """
    page, left, _none = _locked(page, by)
    discarded = PageStatus.DISCARDED.label
    if left:
        _tell_gone(page, left, discarded, by)
        put_together_later({left.pk}, by)
    else:
        changes = [(str(page), page.get_status_display(), discarded)]
        record(by, "scan.discard", "Bỏ trang quét", page.batch, changes=changes)
    page.status, page.document, page.page_number, page.repeats = PageStatus.DISCARDED, None, None, None
    page.placed_by, page.placed_at = by, timezone.now()
    page.save()
    return page


def _tell_gone(page, document, where, by):
    changes = [(str(page), f"trang {page.page_number}", where)]
    record(by, "document.scan_gone", "Lấy trang quét khỏi văn bản", document, changes=changes)


def _locked(page, by, document=None):
    """(page, the document that has it now, the one that is to have it), all locked.

    Documents before pages and in one order, so that people who swap pages never wait for each other.
    """
    refusal = scan_refusal(by)
    require(refusal is None, refusal)
    held = ScanPage.objects.values_list("document", flat=True).get(pk=page.pk)
    rows = IssuedDocument.objects.select_for_update(of=("self",)).select_related("owner").order_by("pk")
    documents = {row.pk: row for row in rows.filter(pk__in={held, document and document.pk} - {None})}
    pages = ScanPage.objects.select_for_update(of=("self",)).select_related("batch", "file__file", "document__owner")
    page = pages.get(pk=page.pk)
    if page.document_id != held:
        raise ValidationError("Có người vừa xếp lại trang này: tải lại trang để xem.", code="stale")
    left = documents[held] if page.status == PageStatus.MATCHED else None
    document = documents[document.pk] if document else None
    for touched in filter(None, (left, document)):
        require(keeps(by, touched), f"Văn bản do {touched.owner} quản lý; ông/bà chỉ được xem.")
    return page, left, document


def place_of(page):
    """“Biên bản nghiệm thu 03/BB-TTKC, trang 2”, or what became of the page."""
    if page.status == PageStatus.MATCHED:
        return f"{page.document}, trang {page.page_number}"
    return page.get_status_display()


def find_document(text, *, by):
    """The document that a person means by its code or its number, among those they see. Raises ValidationError."""
    documents = IssuedDocument.objects.visible_to(by)
    code = typed_code(text)
    found = list(documents.filter(code=code) if code else [])
    # SQLite knows no capital Đ.
    found = found or list(documents.filter(number_text__in=(text.strip(), text.strip().upper()))[:6])
    if not found:
        raise ValidationError("Không có văn bản nào mang mã hoặc số này trong phạm vi ông/bà được xem.")
    if len(found) > 1:
        told = "; ".join(f"{shown_code(document.code)} ({document.issuer_name}, {document.year})" for document in found)
        raise ValidationError(f"Nhiều văn bản mang số này: ghi mã tra cứu thay cho số. {told}.")
    return found[0]
