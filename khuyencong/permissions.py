"""Predicates that every room shares: which records a person may act on, beyond seeing them."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q


def belongs_to(user, record) -> bool:
    """The record is kept by the person's own body, by its parent, or by a body under the same parent.

    A regional centre sees the records of its provinces but acts only on its own.
    """
    body, owner = user.organisation, record.owner
    if body is None:
        return False
    family = {body.pk, body.parent_id} - {None}
    return owner.pk in family or (owner.parent_id is not None and owner.parent_id in family)


def sight_of(user) -> tuple:
    """What decides on which records a person sees: the same for colleagues."""
    return user.is_superuser, user.organisation_id, sorted(user.province_ids)


def seen_by(user) -> tuple:
    """What decides on what a person sees and may do, beside who they are: the same for colleagues in one role."""
    return user.role, *sight_of(user), user.standing_in and user.standing_in.pk


def family_q(user) -> Q:
    """The records of `belongs_to` as a filter; nothing for a person without a body."""
    body = user.organisation
    if body is None:
        return Q(pk__in=())
    family = [pk for pk in (body.pk, body.parent_id) if pk]
    return Q(owner__in=family) | Q(owner__parent__in=family)


def outsider_refusal(user, record) -> str | None:
    """Why someone of another body may not act on a record they can read."""
    if belongs_to(user, record):
        return None
    return f"Hồ sơ do {record.owner} quản lý; ông/bà chỉ được xem."


def require(allowed: bool, message: str) -> None:
    """Raise PermissionDenied (403) with a sentence that the error page shows."""
    if not allowed:
        raise PermissionDenied(message)
