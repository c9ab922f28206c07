"""Issue a paper: take its number, freeze PDF, data and hash, register it; replace or revoke what was issued.

The PDF takes up to a second to set, and a series is held by one person at a time. So the paper is set first, with the
number that comes next; then, under lock, number and data are asked again, and only when somebody was faster it is set
anew. The last try holds the lock throughout.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max, Model
from django.utils import timezone

from khuyencong.audit import record as tell
from khuyencong.dates import short_date, today
from khuyencong.documents.codes import new_code, verify_of
from khuyencong.documents.data import canonical, data_of, digest_of
from khuyencong.documents.kinds import DRAFT, KINDS, Imprint, Kind
from khuyencong.documents.letterheads import deputies_signing
from khuyencong.documents.numbers import (
    count_of,
    count_on,
    given_number,
    lock_series,
    next_number,
    series_of,
    take_number,
)
from khuyencong.documents.press import Attached, Document
from khuyencong.files import atomic_with_files, store_made
from khuyencong.models import DocumentLink, DocumentStatus, IssuedDocument, Signer, User
from khuyencong.permissions import outsider_refusal, require
from khuyencong.text import fold

UNLOCKED_TRIES = 2
DATA_NAME = "so-lieu.json"
UNSEEN = "Hồ sơ của văn bản này không còn, hoặc ông/bà không được xem."


@dataclass(frozen=True)
class Order:
    """What a person asks for: a paper of a record, the number typed by hand or "", the day or None, why again or ""."""

    kind: Kind
    record_pk: int
    by: User
    variant: str = ""
    number_text: str = ""
    dated_on: date | None = None
    reason: str = ""
    signer: Signer | None = None
    counts_on: bool = False

    @classmethod
    def of(cls, kind: Kind, record: Model, by: User, **words) -> "Order":
        """With the typed words as they count; TypeError for a word that is none of the fields."""
        typed = {name: words[name].strip() for name in ("number_text", "reason") if name in words}
        return cls(kind, record.pk, by, **words | typed)


@dataclass(frozen=True)
class SetAnnex:
    """An annex beside the paper, with the code of the paper on its pages."""

    name: str
    pdf: bytes
    page_count: int


@dataclass(frozen=True)
class Draft:
    """A paper ready to be registered, as its record stands now; `document` is None and `pdf` empty until it is set."""

    record: Model
    imprint: Imprint
    year: int
    current: IssuedDocument | None
    version: int
    takes_number: bool
    document: Document | None = None
    data: dict = field(default_factory=dict)
    pdf: bytes = b""
    page_count: int = 0
    annexes: tuple[SetAnnex, ...] = ()

    @property
    def likeness(self) -> tuple:
        """What must not have changed between setting and registering."""
        return self.imprint.number_text, self.version, self.current and self.current.pk, digest_of(self.data)


class Overtaken(Exception):
    """Somebody took the number or changed the record while the paper was set."""


def issue(
    kind: Kind, record: Model, by: User, *, code: str = "", progress: Callable[[int], None] | None = None, **words
) -> IssuedDocument:
    """`issue_order` of the words that an Order knows."""
    return issue_order(Order.of(kind, record, by, **words), code=code, progress=progress)


def issue_order(order: Order, *, code: str = "", progress: Callable[[int], None] | None = None) -> IssuedDocument:
    """Issue a paper of a record and return its row of the register; the one in force is superseded.

    `number_text` typed by hand goes before the next one of the series, which with `counts_on` goes on behind it; a
    record that holds its own number keeps it.
    `dated_on` defaults to the day of the record, else today. `reason` is asked when a paper is in force already.
    `code` is a new one unless it was drawn before; `progress` is told 1 when the data stand and 2 when the pages do.
    Raises PermissionDenied; ValidationError with everything that is missing.
    """
    code = code or new_code()
    progress = progress or (lambda step: None)
    for _try in range(UNLOCKED_TRIES):
        draft = prepare(order, code)
        progress(1)
        draft = set_pages(draft, code)
        progress(2)
        try:
            return _register(order, draft, code)
        except Overtaken:
            continue
    return _register(order, None, code)


def gaps_of(kind: Kind, record: Model, imprint: Imprint = DRAFT) -> list[str]:
    """What must be there before the paper can be issued, a sentence each; empty when nothing is missing."""
    if imprint.variant not in dict(kind.variants(record)):
        return ["Chưa có số liệu để lập văn bản này."]
    return kind.gaps(record, imprint)


def in_force(kind: Kind, record: Model, variant: str = "") -> IssuedDocument | None:
    """The paper that counts now."""
    return _issued(kind, record, variant).filter(status=DocumentStatus.ISSUED).first()


def number_ahead(kind: Kind, record: Model, day: date) -> str:
    """The number that the paper will carry when nobody is faster; empty for a paper without one."""
    if own := kind.own_number(record):
        return own
    organisation, symbol = kind.issuer(record), kind.symbol(record)
    return next_number(organisation, symbol, day.year) if organisation and symbol else ""


@transaction.atomic
def revoke(document: IssuedDocument, by: User, reason: str) -> IssuedDocument:
    """Declare an issued paper void. Raises PermissionDenied, ValidationError."""
    document = _locked_document(document)
    require_issuer(document, by)
    if not document.is_in_force:
        raise ValidationError(f"Văn bản {document.get_status_display().lower()}, không thu hồi được nữa.", code="state")
    if not reason.strip():
        raise ValidationError({"reason": "Nêu lý do thu hồi văn bản."})
    _close(document, DocumentStatus.REVOKED, by, reason.strip())
    tell(by, "document.revoke", "Thu hồi văn bản", document, before=DocumentStatus.ISSUED, after=document.status,
         reason=document.close_reason)  # fmt: skip
    return document


def revoke_refusal(document: IssuedDocument, by: User) -> str | None:
    """Why a person may not revoke or replace an issued paper: whoever may issue it may, too."""
    kind = KINDS.get(document.kind)
    record = kind and kind.records(by).filter(pk=document.subject_id).first()
    return kind.refusal(by, record) if record else outsider_refusal(by, document)


def require_issuer(document: IssuedDocument, by: User) -> None:
    """Raise PermissionDenied with the reason."""
    if refusal := revoke_refusal(document, by):
        raise PermissionDenied(refusal)


def paper_today(document: IssuedDocument, by: User) -> Document | None:
    """The paper as its record would print it today under the same number, day and code; None when the record is gone.

    Raises nothing that the builder does not: a record that lacks something prints as a draft does.
    """
    kind = KINDS.get(document.kind)
    record = kind and kind.records(by).filter(pk=document.subject_id).first()
    if record is None:
        return None
    kind.read(record)
    if document.variant not in dict(kind.variants(record)):
        return None
    day = document.dated_on or kind.day(record)
    imprint = Imprint(
        draft=False, number_text=document.number_text, dated_on=day, variant=document.variant,
        verify=verify_of(document.code), signer=_deputy_on(document, kind.issuer(record), day),
    )  # fmt: skip
    return kind.build(record, imprint)


def data_today(document: IssuedDocument, by: User) -> dict | None:
    """The data of `paper_today`, to be held against those that were frozen."""
    paper = paper_today(document, by)
    return paper and data_of(paper)


def _deputy_on(document, organisation, day):
    """The deputy who signs the paper, if it was issued for one."""
    name = (document.data.get("signature") or {}).get("name")
    if not (name and organisation and day):
        return None
    return next((signer for signer in deputies_signing(organisation, day) if signer.name == name), None)


# Before the lock


def check(order: Order, code: str) -> Draft:
    """What a paper will be, without its words and figures. Raises PermissionDenied, ValidationError."""
    kind = order.kind
    record = kind.records(order.by).filter(pk=order.record_pk).first()
    require(record is not None, UNSEEN)
    if refusal := kind.refusal(order.by, record):
        raise PermissionDenied(refusal)
    day = _day(order, record)
    number = _number(order, record, day)
    imprint = Imprint(
        draft=False, number_text=number, dated_on=day, verify=verify_of(code), variant=order.variant,
        signer=order.signer,
    )  # fmt: skip
    if gaps := gaps_of(kind, record, imprint):
        raise ValidationError(gaps, code="incomplete")
    current = in_force(kind, record, order.variant)
    if current and not order.reason:
        raise ValidationError({"reason": f"Nêu lý do thay thế {current}."})
    version = (_issued(kind, record, order.variant).aggregate(last=Max("version"))["last"] or 0) + 1
    takes_number = bool(number and not order.number_text and not kind.own_number(record))
    draft = Draft(record, imprint, day.year, current, version, takes_number)
    _check_number_free(kind, draft)
    return draft


def prepare(order: Order, code: str) -> Draft:
    """Everything of a paper but its pages. Raises PermissionDenied, ValidationError."""
    draft = check(order, code)
    document = order.kind.build(draft.record, draft.imprint)
    return replace(draft, document=document, data=data_of(document))


def set_pages(draft: Draft, code: str) -> Draft:
    """The same with its pages, which carry the data as a file."""
    kind_of_paper = {
        "code": code,
        "number": draft.imprint.number_text,
        "version": draft.version,
        "data": draft.data,
    }
    inside = Attached(DATA_NAME, canonical(kind_of_paper), "Số liệu của văn bản", _moment(draft.imprint.dated_on))
    document = replace(draft.document, attached=(*draft.document.attached, inside))
    pdf, page_count = document.print_out()
    annexes = []
    for annex in document.annexes:
        annex_pdf, pages = annex.print_out(code, first_page=page_count + 1)
        annexes.append(SetAnnex(f"{annex.filename}.pdf", annex_pdf, pages))
        page_count += pages
    return replace(draft, document=document, pdf=pdf, page_count=page_count, annexes=tuple(annexes))


def _day(order, record):
    own = order.kind.day(record)
    if own and order.dated_on and own != order.dated_on:
        raise ValidationError(
            {"dated_on": f"Ngày của văn bản theo hồ sơ là {short_date(own)}; sửa hồ sơ nếu ngày này sai."}
        )
    day = own or order.dated_on or today()
    if not own and day > today():
        raise ValidationError({"dated_on": f"Ngày {short_date(day)} chưa đến: phát hành vào ngày đó, hoặc sửa ngày."})
    return day


def _number(order, record, day):
    own, symbol, organisation = order.kind.own_number(record), order.kind.symbol(record), order.kind.issuer(record)
    if own:
        if order.number_text and order.number_text != own:
            raise ValidationError({"number_text": f"Hồ sơ đã có số {own}; để trống ô này."})
        return own
    if not (symbol and organisation):
        if order.number_text:
            raise ValidationError({"number_text": "Loại văn bản này không ghi số; để trống ô này."})
        return ""
    if not order.number_text:
        return next_number(organisation, symbol, day.year)
    try:
        return given_number(order.number_text, organisation, symbol, day.year)
    except ValidationError as refusal:
        raise ValidationError({"number_text": refusal}) from None


def _check_number_free(kind, draft):
    """A record's own number stands on one paper of the series and version only."""
    if not draft.imprint.number_text:
        return
    taken = IssuedDocument.objects.filter(
        series=_series(kind, draft), year=draft.year, number_text=draft.imprint.number_text, version=draft.version
    ).first()
    if taken:
        raise ValidationError(
            f"Số {taken.number_text} của năm {draft.year} đã ghi trên văn bản khác: {taken.title}. Sửa số trong hồ sơ "
            "này rồi phát hành."
        )


def _series(kind, draft):
    number = draft.imprint.number_text
    if not number:
        return ""
    symbol = kind.symbol(draft.record) or number.partition("/")[2]
    return series_of(kind.issuer(draft.record) or kind.issuer_name(draft.record), symbol)


def _issued(kind, record, variant):
    return IssuedDocument.objects.about(record).filter(kind=kind.key, variant=variant)


def _moment(day):
    return datetime.combine(day, time())


# Under lock


@atomic_with_files
def _register(order: Order, draft: Draft | None, code: str) -> IssuedDocument:
    """Write the row, or raise Overtaken when it is not the paper that was set; without `draft`, set it here."""
    _lock(order)
    now = prepare(order, code)
    if draft is None:
        draft = set_pages(now, code)
    elif now.likeness != draft.likeness:
        raise Overtaken
    kind, record = order.kind, now.record
    if draft.takes_number:
        _take(kind, record, draft)
    elif order.counts_on and order.number_text:
        count_on(kind.issuer(record), kind.symbol(record), draft.year, count_of(draft.imprint.number_text))
    if now.current:
        _supersede(now.current, order)
    subjects = list(kind.subjects(record))
    document = _row(order, record, draft, code)
    document.supersedes = now.current
    document.search_key = _search_key(document, subjects)
    document.full_clean(exclude=["owner", "province", "file", "issued_by", "data", "attachments"])
    document.save(force_insert=True)
    _link(document, subjects)
    _tell_issued(order, document, kind.home(record))
    return document


def _row(order, record, draft, code):
    """The unsaved row of the register, its files kept."""
    kind, imprint, home = order.kind, draft.imprint, order.kind.home(record)
    file = store_made(draft.pdf, name=f"{_file_name(draft)}.pdf", content_type="application/pdf", by=order.by)
    return IssuedDocument(
        kind=kind.key,
        kind_label=kind.label,
        title=kind.title(record)[:600],
        subject_type=record._meta.label_lower,
        subject_id=record.pk,
        subject_name=str(record)[:300],
        variant=order.variant,
        owner=home.owner,
        province=home.province,
        issuer_name=_issuer_name(kind, record, imprint.dated_on)[:250],
        series=_series(kind, draft),
        year=draft.year,
        number=count_of(imprint.number_text),
        number_text=imprint.number_text,
        version=draft.version,
        dated_on=_printed_day(draft),
        signer_name=_signers(draft.document.context)[:300],
        code=code,
        file=file,
        sha256=file.sha256,
        data=draft.data,
        page_count=draft.page_count,
        attachments=[_kept(annex, order.by) for annex in draft.annexes],
        issued_by=order.by,
        is_sample=home.is_sample,
    )


def _link(document, subjects):
    """Have the paper found by every record that it concerns, once each."""
    once = {(type(subject), subject.pk): subject for subject in subjects}
    DocumentLink.objects.bulk_create(
        DocumentLink(
            document=document, subject_type=subject._meta.label_lower, subject_id=subject.pk,
            subject_name=str(subject)[:300],
        )
        for subject in once.values()
    )  # fmt: skip


def _tell_issued(order, document, home):
    changes = [("Văn bản", "", f"{document}, bản {document.version}"), ("SHA-256", "", document.sha256)]
    if order.counts_on and order.number_text:
        changes.append(("Dãy số", "", f"đếm tiếp từ {document.number_text}"))
    tell(order.by, "document.issue", "Phát hành văn bản", document, after=document.status, reason=order.reason,
         changes=changes)  # fmt: skip
    tell(order.by, "document.issue", f"Phát hành {order.kind.label.lower()}"[:120], home, reason=order.reason,
         changes=changes[:1])  # fmt: skip


def lock_home(order: Order) -> Model:
    """Lock the record that the paper belongs to, inside a transaction; the record itself. Raises PermissionDenied."""
    record = order.kind.records(order.by).filter(pk=order.record_pk).first()
    require(record is not None, UNSEEN)
    home = order.kind.home(record)
    type(home)._base_manager.select_for_update(of=("self",)).get(pk=home.pk)
    return record


def _lock(order):
    """The record's home, then its series, in the order in which the other services lock."""
    record = lock_home(order)
    organisation, symbol = order.kind.issuer(record), order.kind.symbol(record)
    if organisation and symbol:
        lock_series(organisation, symbol, _day(order, record).year)


def _kept(annex, by):
    """An annex as the register keeps it: {name, file: pk of the StoredFile, sha256, pages}."""
    file = store_made(annex.pdf, name=annex.name, content_type="application/pdf", by=by)
    return {"name": file.name, "file": file.pk, "sha256": file.sha256, "pages": annex.page_count}


def _take(kind, record, draft):
    taken = take_number(kind.issuer(record), kind.symbol(record), draft.year)
    if taken != draft.imprint.number_text:
        raise Overtaken


def _supersede(current, order):
    current = _locked_document(current)
    _close(current, DocumentStatus.SUPERSEDED, order.by, order.reason)
    tell(order.by, "document.supersede", "Thay thế văn bản", current, before=DocumentStatus.ISSUED,
         after=current.status, reason=order.reason)  # fmt: skip


def _close(document, status, by, reason):
    document.status, document.closed_by, document.closed_at = status, by, timezone.now()
    document.close_reason = reason
    document.save(update_fields=["status", "closed_by", "closed_at", "close_reason"])


def _locked_document(document):
    rows = IssuedDocument.objects.select_for_update(of=("self",)).select_related("owner", "province")
    return rows.get(pk=document.pk)


def _file_name(draft):
    return draft.document.filename if draft.version == 1 else f"{draft.document.filename}_ban-{draft.version}"


def _issuer_name(kind, record, day):
    organisation = kind.issuer(record)
    return organisation.name_on(day) if organisation else kind.issuer_name(record)


def _printed_day(draft):
    """The day that stands on the paper; None where it leaves dots for it."""
    if "date" not in draft.document.context:
        return draft.imprint.dated_on
    return draft.document.context["date"] or None


def _signers(context: dict[str, Any]) -> str:
    blocks = [context.get("signature"), *(context.get("signatures") or [])]
    return "; ".join(dict.fromkeys(block["name"] for block in blocks if block and block.get("name")))


def _search_key(document, subjects):
    texts = [document.number_text, document.kind_label, document.title, document.subject_name, document.code]
    return fold(" ".join([*texts, *map(str, subjects)]))
