"""Digital signatures inside PDFs, by pyHanko (ETSI EN 319 142: PAdES B-B, B-T with a time stamp). No database here.

Loading the engine takes a second or two: `signatures` does so only when something is signed or checked.
"""

from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile

from asn1crypto import pem
from asn1crypto.x509 import Certificate
from pkcs11.exceptions import PKCS11Error
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.pdf_utils.generic import IndirectObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, InnerScaling, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.diff_analysis.commons import compare_dicts
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError, UnacceptableSignerError
from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.timestamps import HTTPTimeStamper, TimestampRequestError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext

MM = 72 / 25.4
FIELD = "ChuKySoCoQuan"
# Certificates of Vietnamese authorities are marked for either or both.
SIGNING_USES = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False)

# What signing changes in the catalogue of a PDF; none of it shows anything but the signatures.
ROOT_MAY_CHANGE = frozenset({"/AcroForm", "/DSS", "/Extensions", "/Metadata", "/Perms", "/Version"})
# A signature may show its seal, not cover the text: so much of a page at most, all signatures of it together.
MOST_COVERED = 0.3
A4_AREA = 595 * 842
# The text of a signature in its own size.
AS_IT_IS = SimpleBoxLayoutRule(
    AxisAlignment.ALIGN_MIN, AxisAlignment.ALIGN_MIN, Margins.uniform(0), InnerScaling.NO_SCALING
)


class UnusableKeyError(Exception):
    """The organisation's key cannot be used: no file, wrong passphrase, no certificate. The message is Vietnamese."""


@dataclass(frozen=True)
class Token:
    """A PKCS#11 token; `certificate` and `key` are the labels on it, `key` empty when both carry the same one."""

    module: str
    label: str
    pin: str
    certificate: str
    key: str = ""


# Sign


@contextmanager
def file_signer(path: str, passphrase: str):
    """The signer of a PKCS#12 file. Raises UnusableKeyError."""
    try:
        content = Path(path).read_bytes()
    except OSError:
        raise UnusableKeyError(f"Không đọc được tệp chứng thư {path}.") from None
    try:
        signer = SimpleSigner.load_pkcs12_data(content, other_certs=(), passphrase=passphrase.encode() or None)
    except (ValueError, TypeError):
        raise UnusableKeyError(f"Không mở được tệp chứng thư {path}: sai mật khẩu hoặc tệp hỏng.") from None
    yield signer


@contextmanager
def token_signer(token: Token):
    """The signer of a token, logged in for as long as the block lasts. Raises UnusableKeyError."""
    try:
        session = open_pkcs11_session(token.module, token_criteria=TokenCriteria(token.label), user_pin=token.pin)
    except (OSError, RuntimeError, PKCS11Error):
        raise UnusableKeyError(
            f"Không mở được thiết bị ký số “{token.label}”: cắm thiết bị, kiểm tra mã PIN và trình điều khiển."
        ) from None
    try:
        yield PKCS11Signer(session, cert_label=token.certificate, key_label=token.key or token.certificate)
    except PKCS11Error:
        raise UnusableKeyError(
            f"Thiết bị ký số “{token.label}” không có chứng thư hoặc khóa “{token.certificate}”."
        ) from None
    finally:
        session.close()


def owner_of(signer) -> tuple[str, datetime, datetime]:
    """(whose certificate it is, valid from, valid to) of a signer."""
    certificate = signer.signing_cert
    return name_of(certificate), certificate.not_valid_before, certificate.not_valid_after


def sign(pdf: bytes, signer, *, stamp: bytes, width: float, height: float, right: float, top: float, tsa="") -> bytes:
    """The PDF with one more revision that holds the signature; what was there stays byte for byte.

    `stamp` is a PDF of one page that shows on the first page, `width` × `height` mm, its upper right corner `right` and
    `top` mm from that of the page. Raises UnusableKeyError when the key or the time stamp fails.
    """
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][0]
    while "/Kids" in page:
        page = page["/Kids"][0]
    box = page.get("/MediaBox") or page["/Parent"]["/MediaBox"]
    x, y = float(box[2]) - right * MM, float(box[3]) - top * MM
    field = SigFieldSpec(FIELD, on_page=0, box=tuple(map(round, (x - width * MM, y - height * MM, x, y))))
    metadata = PdfSignatureMetadata(field_name=FIELD, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES)
    with NamedTemporaryFile(suffix=".pdf") as shown:
        shown.write(stamp)
        shown.flush()
        style = StaticStampStyle.from_pdf_file(
            shown.name, border_width=0, background_opacity=1, background_layout=AS_IT_IS
        )
        machine = PdfSigner(
            metadata, signer, stamp_style=style, new_field_spec=field, timestamper=HTTPTimeStamper(tsa) if tsa else None
        )
        try:
            return machine.sign_pdf(writer).getvalue()
        except (SigningError, UnacceptableSignerError, TimestampRequestError, OSError, PKCS11Error) as error:
            raise UnusableKeyError(f"Không ký được: {error}") from error


# Check


@dataclass(frozen=True)
class Signature:
    """What one signature of a PDF says.

    `is_whole`: what it covers has not changed since; `is_last`: nothing was added behind it but further signatures;
    `is_trusted`: its certificate leads to one of the given roots; `stamped_by` names the trusted time-stamp
    authority, empty when the time is only the signer's own word.
    """

    signer: str
    issuer: str
    signed_at: datetime | None
    stamped_by: str
    is_whole: bool
    is_last: bool
    is_trusted: bool
    was_valid: bool


class UnreadablePdfError(Exception):
    """Not a PDF that can be looked through."""


def signatures_of(pdf: bytes, roots: Iterable[Certificate]) -> list[Signature]:
    """Every signature, the oldest first. Nothing is fetched from the network. Raises UnreadablePdfError."""
    roots = list(roots)
    try:
        reader = PdfFileReader(BytesIO(pdf), strict=False)
        return [_checked(found, roots) for found in reader.embedded_regular_signatures]
    except Exception as error:  # bytes of strangers make the engine and what it rests on raise anything
        raise UnreadablePdfError(str(error)) from error


def _checked(found, roots):
    # Trust is asked for at the moment of signing where a time is told: certificates run out, signatures stay.
    certificate = found.signer_cert
    moment = found.self_reported_timestamp
    context = ValidationContext(trust_roots=roots, allow_fetching=False, moment=moment, retroactive_revinfo=True)
    status = validate_pdf_signature(
        found, signer_validation_context=context, ts_validation_context=ValidationContext(trust_roots=roots),
        key_usage_settings=SIGNING_USES,
    )  # fmt: skip
    stamp = status.timestamp_validity
    # Anybody can stamp a time: one of an unknown authority is no more than the signer's word.
    is_stamped = bool(stamp and stamp.intact and stamp.valid and stamp.trusted)
    when = stamp.timestamp if is_stamped else moment
    return Signature(
        signer=name_of(certificate),
        issuer=certificate.issuer.native.get("common_name") or certificate.issuer.human_friendly,
        signed_at=when,
        stamped_by=name_of(stamp.signing_cert) if is_stamped else "",
        is_whole=status.intact and status.valid,
        is_last=status.coverage in (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION)
        and status.modification_level in (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES,
                                          ModificationLevel.FORM_FILLING),
        is_trusted=status.trusted,
        was_valid=when is None or certificate.not_valid_before <= when <= certificate.not_valid_after,
    )  # fmt: skip


def adds_only_signatures(pdf: bytes, original: bytes) -> bool:
    """Whether the PDF, up to its first signature, shows what the original showed and signature fields beside it.

    It may begin like the original byte for byte and yet show other pages. What comes behind the first signature,
    `signatures_of` tells (`is_last`).
    """
    try:
        reader = PdfFileReader(BytesIO(pdf), strict=False)
        base = PdfFileReader(BytesIO(original), strict=False).xrefs.total_revisions - 1
        first = reader.embedded_regular_signatures[0].signed_revision
        return _differ_by_signatures(reader, base, first)
    except Exception:  # bytes of strangers make the engine and what it rests on raise anything
        return False


def _differ_by_signatures(reader, base, last):
    """The engine compares signed revisions alone, and ours was not signed: so this is asked here, and more strictly."""
    old, new = reader.get_historical_resolver(base), reader.get_historical_resolver(last)
    revisions = range(base + 1, last + 1)
    changed = {ref for number in revisions for ref in reader.xrefs.explicit_refs_in_revision(number)
               if reader.xrefs.get_introducing_revision(ref) <= base}  # fmt: skip
    pages = _pages(new)
    if [page for page, _kept in _pages(old)] != [page for page, _kept in pages]:
        return False
    told = {new.root_ref, *_references(old.root, "/Metadata"), *_references(old.trailer_view, "/Info")}
    for page, before in _pages(old):
        after = new.get_object(page)
        if not compare_dicts(before, after, ignored=frozenset({"/Annots"}), raise_exc=False):
            return False
        if not _adds_signature_fields(before, after):
            return False
        told |= {page, *_references(before, "/Annots")}
    same_root = compare_dicts(old.root, new.root, ignored=ROOT_MAY_CHANGE, raise_exc=False)
    return same_root and changed <= told and "/XFA" not in new.root["/AcroForm"]


def _references(holder, key):
    found = holder.raw_get(key) if key in holder else None
    return {found.reference} if isinstance(found, IndirectObject) else set()


def _pages(resolver):
    """[(Reference, dictionary)] of the pages in their order."""
    found, left = [], [resolver.root.raw_get("/Pages").reference]
    while left:
        ref = left.pop(0)
        node = resolver.get_object(ref)
        if "/Kids" in node:
            kids = node["/Kids"]
            left = [kids.raw_get(index).reference for index in range(len(kids))] + left
        else:
            found.append((ref, node))
    return found


def _adds_signature_fields(before, after):
    """The notes that stood on the page still do; what came are fields of signatures that leave the page to be read."""
    kept, now = _notes(before), _notes(after)
    if now[: len(kept)] != kept:
        return False
    added = [note.get_object() for note in now[len(kept) :]]
    if any(note["/Subtype"] != "/Widget" or note["/FT"] != "/Sig" or {"/A", "/AA"} & set(note) for note in added):
        return False
    return sum(_area(note["/Rect"]) for note in added) <= MOST_COVERED * A4_AREA


def _notes(page):
    if "/Annots" not in page:
        return []
    notes = page["/Annots"]  # `get` would answer with a reference
    return [notes.raw_get(index) for index in range(len(notes))]


def _area(box):
    left, bottom, right, top = map(float, box)
    return abs(right - left) * abs(top - bottom)


def name_of(certificate: Certificate) -> str:
    """“Nguyễn Văn A, Sở Công Thương tỉnh Vĩnh Long”: the person or seal, then the body where it is another name."""
    names = certificate.subject.native
    told = [names.get("common_name"), names.get("organization_name")]
    return ", ".join(dict.fromkeys(name for name in told if isinstance(name, str) and name)) or "không rõ tên"


def certificates_in(folder: str) -> list[Certificate]:
    """The certificates in a folder, .pem, .crt, .cer or .der; none without a folder.

    Raises ValueError for a file that holds none.
    """
    paths = sorted(Path(folder).iterdir()) if folder and Path(folder).is_dir() else []
    found = []
    for path in paths:
        if path.suffix.lower() in (".pem", ".crt", ".cer", ".der"):
            found += [Certificate.load(block, strict=True) for block in _blocks(path.read_bytes())]
    return found


def _blocks(content):
    if not pem.detect(content):
        return [content]
    return [block for _kind, _headers, block in pem.unarmor(content, multiple=True)]
