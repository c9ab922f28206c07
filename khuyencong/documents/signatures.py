"""Digital signatures of issued papers: signed with the organisation's key, or signed elsewhere and checked on upload.

The key comes from the environment (`settings.SIGNING`) and never enters the database; an issued PDF stays as it is,
the signed one is kept beside it.
"""

import hashlib
from contextlib import contextmanager
from pathlib import Path

import weasyprint
from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils import timezone

from khuyencong.audit import record
from khuyencong.documents.press import STATIC_PREFIX, StaticFetcher
from khuyencong.documents.scans import keeps
from khuyencong.documents.signed_copies import keep_copy
from khuyencong.file_kinds import PDF, kind_of
from khuyencong.files import MEGABYTE, atomic_with_files, bytes_of, clean_name, size_in_words
from khuyencong.models import CopyOrigin, IssuedDocument
from khuyencong.permissions import belongs_to, require
from khuyencong.text import quoted

# Where the text of the signature stands: in the top margin, above the head of the paper (mm).
STAMP = {"width": 105, "height": 14, "right": 15, "top": 4}
# What an upload may weigh above the paper itself: signatures, time stamps, pictures of seals.
MOST_ADDED = 20 * MEGABYTE


def _engine():
    """What signs and checks."""
    from khuyencong.documents import pdf_signatures  # noqa: PLC0415 -- a second or two, which only signing needs

    return pdf_signatures


def is_set_up() -> bool:
    """Whether the organisation has given the portal a key to sign with."""
    return bool(settings.SIGNING["pkcs12"] or settings.SIGNING["pkcs11_module"])


def sign_refusal(user, document) -> str | None:
    """Why the person may not sign the paper with the organisation's key, or None. Its state is not asked here."""
    if not is_set_up():
        return "Cổng chưa được cài chứng thư số của cơ quan."
    acting = {user.role} | ({"director"} if user.standing_in else set())
    if not acting & set(settings.SIGNING["roles"]):
        return "Chỉ người được giao ký số của cơ quan mới ký."
    if not belongs_to(user, document):
        return f"Văn bản do {document.owner} quản lý; ông/bà chỉ được xem."
    if settings.SIGNING["issuer"] not in ("", document.issuer_name):
        return f"Chứng thư số cài trong cổng là của {settings.SIGNING['issuer']}, không ký thay {document.issuer_name}."
    return None


# Sign


def sign_document(document, *, by):
    """Sign the frozen PDF with the organisation's key and keep it as a copy; the SignedCopy.

    Raises PermissionDenied; ValidationError: not in force, signed already, damaged, key or time stamp not at hand.
    """
    refusal = sign_refusal(by, document)
    require(refusal is None, refusal)
    _check_open(document)
    original = _original(document)
    try:
        signed = _signed(document, original)
    except _engine().UnusableKeyError as error:
        raise ValidationError(f"{error} Báo người quản trị.", code="key") from None
    findings = _findings(document, signed)
    return _keep_signed(document, signed, findings, by=by)


def _check_open(document):
    if not document.is_in_force:
        raise ValidationError(f"{document} {document.get_status_display().lower()}: không ký số nữa.", code="closed")
    if document.signed_copies.filter(origin=CopyOrigin.SIGNED_HERE, is_current=True).exists():
        raise ValidationError(f"{document} đã được ký số trong cổng.", code="twice")


def _original(document):
    content = bytes_of(document.file, document.sha256)
    if content is None:
        raise ValidationError(
            "Tệp của văn bản trong kho không còn hoặc không đúng mã băm đã ghi khi phát hành. Báo người quản trị.",
            code="damaged",
        )
    return content


def _signed(document, original):
    engine = _engine()
    with _signer() as signer:
        owner, valid_from, valid_to = engine.owner_of(signer)
        now = timezone.now()
        if not valid_from <= now <= valid_to:
            until = timezone.localtime(valid_to)
            raise engine.UnusableKeyError(f"Chứng thư số của {owner} không còn hiệu lực (đến {until:%d/%m/%Y}).")
        stamp = _stamp(document, owner, now)
        return engine.sign(original, signer, stamp=stamp, tsa=settings.SIGNING["tsa"], **STAMP)


@contextmanager
def _signer():
    engine, key = _engine(), settings.SIGNING
    if key["pkcs12"]:
        with engine.file_signer(key["pkcs12"], _secret()) as signer:
            yield signer
        return
    token = engine.Token(
        key["pkcs11_module"], key["pkcs11_token"], _secret(), key["pkcs11_certificate"], key["pkcs11_key"]
    )
    with engine.token_signer(token) as signer:
        yield signer


def _secret():
    """The passphrase or PIN; a file goes before the variable."""
    path = settings.SIGNING["passphrase_file"]
    if not path:
        return settings.SIGNING["passphrase"]
    try:
        return Path(path).read_text().rstrip("\r\n")
    except OSError:
        raise _engine().UnusableKeyError(f"Không đọc được tệp mật khẩu {path}.") from None


def _stamp(document, owner, at):
    """The text of the signature as a small PDF with the fonts of papers."""
    local = timezone.localtime(at)
    signed_at = f"{local:%d/%m/%Y %H:%M:%S} {local.isoformat()[-6:]}"  # with the time zone as ISO 8601 writes it
    context = {"number": document.number_text, "name": owner, "signed_at": signed_at}
    page = weasyprint.HTML(
        string=render_to_string("scans/signature_stamp.html", context), base_url=STATIC_PREFIX,
        url_fetcher=StaticFetcher(fail_on_errors=True),
    )  # fmt: skip
    return page.write_pdf()


# Check


def keep_upload(document, upload, *, by):
    """Check a PDF that was signed elsewhere and keep it as a copy of the paper; the SignedCopy.

    Raises PermissionDenied; ValidationError: another paper, changed, without a signature, with a broken one.
    """
    require(keeps(by, document), f"Văn bản do {document.owner} quản lý; ông/bà chỉ được xem.")
    name = clean_name(upload.name)
    if upload.size > document.file.size + MOST_ADDED:
        raise ValidationError(
            f"Tệp {quoted(name)} nặng {size_in_words(upload.size)}, hơn văn bản đã phát hành quá nhiều: ký trên đúng "
            "tệp PDF tải từ cổng rồi tải lên lại.",
            code="size",
        )
    if kind_of(upload.file, name) is not PDF:
        raise ValidationError(f"Tệp {quoted(name)} không phải PDF.", code="kind")
    pdf = upload.read()
    return _keep_signed(document, pdf, _findings(document, pdf), by=by, origin=CopyOrigin.UPLOADED)


def _findings(document, pdf):
    """[{tone, text}]: who signed, when, whether it is whole, ours and trusted, a Vietnamese sentence each.

    Raises ValidationError for a PDF that is not this paper with good signatures on it.
    """
    engine, original = _engine(), _original(document)
    if pdf == original:
        raise ValidationError("Tệp này chưa có chữ ký số: nó chính là văn bản đã phát hành.", code="unsigned")
    if hashlib.sha256(pdf[: len(original)]).hexdigest() != document.sha256:
        raise ValidationError(
            f"Tệp này không phải {document} do cổng phát hành: phần đầu của tệp không khớp mã băm "
            f"{document.sha256[:8]}…. Tải đúng PDF của văn bản từ cổng, ký số trên tệp đó rồi tải lên lại; không in ra "
            "rồi quét hay lưu thành tệp khác.",
            code="other",
        )
    try:
        signatures = engine.signatures_of(pdf, _roots())
    except engine.UnreadablePdfError:
        raise ValidationError("Không đọc được chữ ký số trong tệp: tệp hỏng.", code="damaged") from None
    if not signatures:
        raise ValidationError("Tệp này chưa có chữ ký số.", code="unsigned")
    if not engine.adds_only_signatures(pdf, original):
        raise ValidationError(
            "Tệp mở đầu đúng là văn bản này nhưng đã bị thêm, sửa nội dung ngoài chữ ký số. Ký lại trên PDF tải từ "
            "cổng.",
            code="changed",
        )
    broken = [signature.signer for signature in signatures if not signature.is_whole or not signature.is_last]
    if broken:
        raise ValidationError(
            f"Chữ ký số của {'; '.join(broken)} không còn đúng: nội dung đã bị sửa sau khi ký. Không nhận tệp này.",
            code="broken",
        )
    ours = f"Tệp mở đầu đúng từng byte là {document} do cổng phát hành (mã băm {document.sha256[:8]}…)."
    return [
        *(finding for signature in signatures for finding in _told(signature)),
        _finding("good", ours),
        *_annexes_told(document),
    ]


def _annexes_told(document):
    """A signature covers one file; annexes of many rows are files of their own."""
    if document.attachments:
        count = len(document.attachments)
        yield _finding("wait", f"{count} phụ lục ở tệp riêng không nằm trong bản ký số này.")


def _told(signature):
    yield _finding("good", f"{signature.signer} ký {_when(signature)}; nội dung còn nguyên từ lúc ký.")
    if not signature.was_valid:
        yield _finding("wait", f"Lúc ký, chứng thư của {signature.signer} không trong thời hạn hiệu lực.")
    if signature.is_trusted:
        yield _finding(
            "good",
            f"Chứng thư do {signature.issuer} cấp, nối tới gốc được tin cậy; chưa tra cứu việc thu hồi chứng thư.",
        )
    else:
        yield _finding(
            "wait",
            f"Chứng thư do {signature.issuer} cấp không nối tới gốc nào được cài là tin cậy: đối chiếu với nhà cung "
            "cấp chữ ký số trước khi dựa vào.",
        )


def _when(signature):
    if signature.signed_at is None:
        return "không ghi thời gian"
    at = timezone.localtime(signature.signed_at)
    source = f"dấu thời gian của {signature.stamped_by}" if signature.stamped_by else "giờ do máy ký ghi"
    return f"lúc {at:%H:%M:%S ngày %d/%m/%Y} ({source})"


def _finding(tone, text):
    return {"tone": tone, "text": text}


def _roots():
    try:
        return _engine().certificates_in(settings.SIGNING["roots"])
    except (ValueError, OSError):
        raise ValidationError(
            "Thư mục chứng thư gốc (SIGNING_ROOTS) có tệp không đọc được. Báo người quản trị.", code="roots"
        ) from None


# Keep


@atomic_with_files
def _keep_signed(document, pdf, findings, *, by, origin=CopyOrigin.SIGNED_HERE):
    document = IssuedDocument.objects.select_for_update(of=("self",)).select_related("file").get(pk=document.pk)
    fingerprint = hashlib.sha256(pdf).hexdigest()
    current = document.signed_copies.filter(origin=origin, is_current=True)
    if origin == CopyOrigin.SIGNED_HERE:
        _check_open(document)
    elif current.filter(fingerprint=fingerprint).exists():
        return current.get()
    current.update(is_current=False)
    copy = keep_copy(
        document, origin, pdf, by=by, pages=_pages(document), fingerprint=fingerprint,
        findings=findings,
    )  # fmt: skip
    signers = [finding["text"] for finding in findings[:1]]
    label = "Ký số văn bản" if origin == CopyOrigin.SIGNED_HERE else "Nhận bản ký số"
    record(by, "document.digital_copy", label, document, changes=[(copy.get_origin_display(), "", *signers)])
    return copy


def _pages(document):
    """The pages of the paper's own file; those of its annexes follow them."""
    annexed = sum(annex["pages"] for annex in document.attachments)
    return list(range(1, document.page_count - annexed + 1))
