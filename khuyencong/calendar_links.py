"""The private link under which a calendar program reads one person's deadlines: given, renewed, taken back."""

import hashlib
import secrets

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from khuyencong.audit import record
from khuyencong.models import CalendarLink, User

# Bytes of chance in a link: 43 letters, not to be guessed.
SECRET_BYTES = 32


def link_of(user):
    """The person's link in force, or None; its secret is not kept."""
    return CalendarLink.objects.filter(user=user, revoked_at=None).first()


@transaction.atomic
def new_link(*, by) -> str:
    """Give the person a link, the old one ends; returns its secret, which nobody can read again."""
    _end(by)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    link = CalendarLink.objects.create(user=by, token_sha256=_digest(secret))
    record(by, "calendar.create", "Lập liên kết lịch", link)
    return secret


@transaction.atomic
def revoke_link(*, by) -> bool:
    """End the person's link at once; whether there was one."""
    link = _end(by)
    if link:
        record(by, "calendar.revoke", "Thu hồi liên kết lịch", link)
    return link is not None


def person_behind(secret):
    """The person of a link in force, None for a link that is unknown or ended or whose person is no longer active."""
    digest = _digest(secret)
    link = CalendarLink.objects.select_related("user__organisation").filter(token_sha256=digest).first()
    if link is None or not constant_time_compare(link.token_sha256, digest):
        return None
    return link.user if link.revoked_at is None and link.user.is_active else None


def _end(user):
    # The row lock makes two tabs wait for each other.
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    link = link_of(user)
    if link:
        link.revoked_at = timezone.now()
        link.save(update_fields=["revoked_at"])
    return link


def _digest(secret):
    return hashlib.sha256(secret.encode()).hexdigest()
