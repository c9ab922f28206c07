"""What is typed and not sent yet: kept on the server while a person types, offered when they come back.

A draft belongs to one person and one page. It holds texts as a browser would post them; nothing reads it but the page
that it came from, where it is checked like anything typed.
"""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from khuyencong.desk.person import desk_of, keep
from khuyencong.models import EntryDraft, User

LONGEST_ADDRESS = 300
LARGEST = 300_000
MOST_DRAFTS = 40
KEPT_DAYS = 30
# Never kept: what proves who posts, and what nobody may read again.
LEFT_OUT = ("csrfmiddlewaretoken", "password", "old_password", "new_password1", "new_password2", "otp_token")


class OtherWindowError(Exception):
    """Another window of the same person has written the draft of this page; `draft` is that one."""

    def __init__(self, draft):
        super().__init__(draft)
        self.draft = draft


def pairs_of(data):
    """[[name, text], …] of posted data (QueryDict), in order, without what is never kept."""
    given = [(name, value) for name, values in data.lists() if name not in LEFT_OUT for value in values]
    return [[readable(name), readable(value)] for name, value in given]


def readable(text):
    """Without the character that PostgreSQL does not take."""
    return text.replace("\x00", "")


def is_own_page(address):
    """An address of this portal, without host: what a form may be sent back to."""
    is_local = (
        address.startswith("/")
        and address.isprintable()
        and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    )
    return is_local and len(address) <= LONGEST_ADDRESS


@transaction.atomic
def save_draft(user, address, pairs, *, title="", tab="", over=False, was_sent=False):
    """Keep what was typed on a page in the place of what was kept of it before.

    Raises ValidationError for what cannot be kept, OtherWindowError where another window (`tab`) wrote it, unless
    `over` says that this one takes over.
    """
    if not is_own_page(address):
        raise ValidationError("Trang này không tự lưu được.")
    if sum(len(name) + len(text) for name, text in pairs) > LARGEST:
        raise ValidationError("Nhiều chữ quá, cổng không tự lưu được: bấm Lưu để ghi.")
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    draft = EntryDraft.objects.filter(user=user, address=address).first()
    if draft and draft.tab != readable(tab)[:40] and not over:
        raise OtherWindowError(draft)
    draft = draft or EntryDraft(user=user, address=address)
    draft.data, draft.tab, draft.was_sent = pairs, readable(tab)[:40], was_sent
    draft.title, draft.saved_at = readable(title)[:200], timezone.now()
    draft.save()
    own = EntryDraft.objects.filter(user=user)
    own.filter(pk__in=list(own.values_list("pk", flat=True)[MOST_DRAFTS:])).delete()
    keep(user, draft_count=own.count())
    return draft


def draft_at(user, *addresses):
    """The draft of a page; who has none asks nothing."""
    if not desk_of(user).draft_count:
        return None
    return EntryDraft.objects.filter(user=user, address__in=addresses).first()


@transaction.atomic
def drop(user, **which):
    """Forget drafts of a person: of an address, or one by its key."""
    EntryDraft.objects.filter(user=user, **which).delete()
    keep(user, draft_count=EntryDraft.objects.filter(user=user).count())


def forget_old():
    """Drop drafts that nobody took up for a month."""
    old = EntryDraft.objects.filter(saved_at__lt=timezone.now() - timedelta(days=KEPT_DAYS))
    for user in User.objects.filter(pk__in=old.order_by().values("user")):
        drop(user, saved_at__lt=timezone.now() - timedelta(days=KEPT_DAYS))
