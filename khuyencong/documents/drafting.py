"""New words for a slot: drafted, tried on real papers, published from a day on. What was published never changes."""

from datetime import date

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from khuyencong.audit import field_changes, record
from khuyencong.dates import short_date, today
from khuyencong.documents.kinds import KINDS, Kind, Slot
from khuyencong.documents.wording import has_stray_braces, lines, rows_in_force, unknown_placeholders
from khuyencong.models import Organisation, Wording, WordingStatus
from khuyencong.print_settings import require_setter

MOST_LETTERS = 6000
MOST_LINES = 60
LONGEST_LINE = 500
RECORDS_SHOWN = 3
# How many of the newest records are asked whether they have a paper to show.
RECORDS_ASKED = 60
SALT = "wording seen on paper"
OVERTAKEN = "Người khác đã lưu bản soạn này sau khi ông/bà mở trang. Mở lại trang để xem bản mới."


def draft_of(kind: Kind, slot: Slot, organisation: Organisation | None) -> Wording | None:
    """The one draft that a body has of a slot."""
    return Wording.objects.filter(
        kind=kind.key, slot=slot.name, organisation=organisation, status=WordingStatus.DRAFT
    ).first()


def versions_of(kind: Kind, slot: Slot, organisation: Organisation | None):
    """What the body published for a slot, the one that counts last first."""
    rows = Wording.objects.filter(
        kind=kind.key, slot=slot.name, organisation=organisation, status=WordingStatus.PUBLISHED
    )
    return rows.select_related("created_by", "published_by").order_by("-valid_from", "-pk")


def inherited_text(kind: Kind, slot: Slot, organisation: Organisation | None, day: date) -> str:
    """The words that count for a body without any of its own."""
    if organisation is None:
        return slot.default
    above = rows_in_force(kind, organisation.parent, day).get(slot.name)
    return above.text if above else slot.default


@transaction.atomic
def save_draft(kind, slot, organisation, *, by, text, valid_from, follows_default=False, expected_version=None):
    """Begin or change the draft of a slot; its version rises, so what was seen on paper is to be seen again.

    With `follows_default` the body gives up its own words from that day on, and `text` is not read.
    `expected_version` is the version that the person saw, None for a new draft.
    Raises PermissionDenied, ValidationError.
    """
    require_setter(by, organisation)
    if organisation:
        Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    stored = draft_of(kind, slot, organisation)
    draft = stored and Wording.objects.select_for_update(of=("self",)).get(pk=stored.pk)
    if draft and draft.version != expected_version:
        raise ValidationError(OVERTAKEN)
    if follows_default:
        text = inherited_text(kind, slot, organisation, valid_from)
    else:
        check_text(kind, slot, text)
    if draft is None:
        draft = Wording(organisation=organisation, kind=kind.key, slot=slot.name, created_by=by, version=0)
    draft.text, draft.valid_from, draft.follows_default = text, valid_from, follows_default
    draft.version += 1
    draft.full_clean()
    try:
        with transaction.atomic():
            draft.save()
    except IntegrityError:
        # Two people began the draft of everyone's words at once: no body's row made them wait.
        raise ValidationError(OVERTAKEN) from None
    label = "Sửa bản soạn lời văn" if stored else "Soạn lời văn"
    record(by, "wording.draft", label, draft, changes=field_changes(stored, draft, ("text", "valid_from")))
    return draft


@transaction.atomic
def publish(draft, *, by, seen):
    """Let a draft count from its day on. `seen` is what the preview of exactly this version gave (`seen_mark`).

    Raises PermissionDenied, ValidationError.
    """
    require_setter(by, draft.organisation)
    draft = _locked_draft(draft)
    if not _was_seen(draft, seen):
        raise ValidationError(
            "Bản soạn đã đổi sau lần xem trước này, hoặc chưa được xem trước. Xem lại trên giấy rồi đưa vào dùng."
        )
    kind = KINDS[draft.kind]
    before = rows_in_force(kind, draft.organisation, draft.valid_from).get(draft.slot)
    old = before.text if before else kind.slot(draft.slot).default
    draft.status = WordingStatus.PUBLISHED
    draft.published_by, draft.published_at = by, timezone.now()
    draft.full_clean()
    draft.save()
    changes = [(kind.slot(draft.slot).label, old, draft.text), ("dùng từ ngày", "", short_date(draft.valid_from))]
    label = "Trở về lời văn mặc định" if draft.follows_default else "Đưa lời văn vào dùng"
    record(by, "wording.publish", label, draft, changes=changes)
    return draft


@transaction.atomic
def discard(draft, *, by):
    """Throw a draft away. Raises PermissionDenied, ValidationError when it is none any more."""
    require_setter(by, draft.organisation)
    draft = _locked_draft(draft)
    record(by, "wording.discard", "Bỏ bản soạn lời văn", draft, changes=[("lời văn", draft.text, "")])
    draft.delete()


def check_text(kind: Kind, slot: Slot, text: str):
    """Raise ValidationError for words that cannot stand on the paper; every refusal at once."""
    known = ", ".join(f"{{{placeholder.name}}}" for placeholder in kind.placeholders) or "không có ô nào"
    refusals = [
        f"Không có ô điền {{{name}}} ở loại văn bản này. Ô dùng được: {known}."
        for name in unknown_placeholders(kind, text)
    ]
    if has_stray_braces(text):
        refusals.append(
            "Dấu { } chỉ dùng cho ô điền, ví dụ {so_hop_dong}: chữ thường không dấu, số, gạch dưới, mỗi bên một dấu."
        )
    if len(text) > MOST_LETTERS:
        refusals.append(f"Lời văn dài {len(text)} ký tự; nhiều nhất {MOST_LETTERS}.")
    rows = text.splitlines()
    if len(rows) > MOST_LINES:
        refusals.append(f"Lời văn có {len(rows)} dòng; nhiều nhất {MOST_LINES}.")
    if slot.is_list and any(len(row) > LONGEST_LINE for row in rows):
        refusals.append(f"Mỗi dòng của danh sách nhiều nhất {LONGEST_LINE} ký tự.")
    if slot.is_list and text.strip() and not lines(text):
        refusals.append("Danh sách chỉ có dấu câu; ghi mỗi mục một dòng.")
    if refusals:
        raise ValidationError({"text": refusals})


def seen_mark(draft: Wording) -> str:
    """What the preview page gives along, so that only the version that was shown is published."""
    return signing.dumps([draft.pk, draft.version], salt=SALT)


def records_to_show(kind: Kind, organisation: Organisation | None, user) -> list[tuple]:
    """[(record, variant key)]: the newest three records of which the person may see a paper, the body's own first."""
    newest = list(kind.records(user).order_by("-pk")[:RECORDS_ASKED])
    if organisation is not None:
        newest.sort(key=lambda row: not _is_of(kind.issuer(row), organisation))
    shown = []
    for row in newest:
        if variants := kind.variants(row):
            shown.append((row, variants[-1][0]))
        if len(shown) == RECORDS_SHOWN:
            break
    return shown


def counts_for_papers_before_today(draft: Wording) -> bool:
    return draft.valid_from < today()


def _is_of(issuer, organisation):
    return issuer is not None and organisation.pk in (issuer.pk, issuer.parent_id)


def _locked_draft(draft):
    found = Wording.objects.select_for_update(of=("self",)).filter(pk=draft.pk, status=WordingStatus.DRAFT).first()
    if found is None:
        raise ValidationError("Bản soạn này đã được đưa vào dùng hoặc đã bỏ; lời văn đã dùng thì không sửa nữa.")
    return found


def _was_seen(draft, seen):
    try:
        return signing.loads(seen, salt=SALT) == [draft.pk, draft.version]
    except signing.BadSignature:
        return False
