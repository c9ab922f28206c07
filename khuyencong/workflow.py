"""Moves between states: one table per model drives guards, buttons, tests and the help page."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError

from khuyencong.audit import record
from khuyencong.models import Role


def anyone(user, instance) -> None:
    """No refusal beyond role and state."""
    return


@dataclass(frozen=True)
class Transition:
    """A named move. `refusal(user, instance)` says in Vietnamese why this person may not, or None."""

    action: str
    label: str
    sources: tuple[str, ...]
    target: str
    roles: tuple[Role, ...]
    refusal: Callable = anyone
    needs_reason: bool = False
    note: str = ""

    def is_for(self, user) -> bool:
        """The move belongs to the person's role, or to the director whom the person stands in for today."""
        return user.role in self.roles or (Role.DIRECTOR in self.roles and user.standing_in is not None)

    def why_not(self, user, instance) -> str | None:
        """Why the person cannot make this move now, in words for the screen; None when they can."""
        if not self.is_for(user):
            names = ", ".join(Role(role).label for role in self.roles)
            return f"Việc “{self.label}” dành cho: {names}."
        if refusal := self.refusal(user, instance):
            return refusal
        if instance.status not in self.sources:
            return f"Không thể {self.label.lower()}: hồ sơ đang “{instance.get_status_display()}”."
        return None

    def is_open_to(self, user, instance) -> bool:
        return self.why_not(user, instance) is None

    def apply(self, instance, *, by, target=None, reason="", changes=()):
        """Check, move and audit. The caller holds the lock on a re-read row, fills its own fields and saves.

        Raises PermissionDenied (wrong role or person) or ValidationError (wrong state, no reason).
        """
        if not self.is_for(by) or self.refusal(by, instance):
            raise PermissionDenied(self.why_not(by, instance))
        if instance.status not in self.sources:
            raise ValidationError(self.why_not(by, instance), code="state")
        if self.needs_reason and not reason.strip():
            raise ValidationError({"reason": f"Nêu lý do {self.label.lower()}."})
        before, instance.status = instance.status, target or self.target
        record(
            by, self.action, self.label, instance,
            before=before, after=instance.status, reason=reason, changes=[*changes, *self._signed_for(by)],
        )  # fmt: skip

    def _signed_for(self, user):
        """For whom a deputy acted, as the trail tells it."""
        if user.role in self.roles:
            return []
        delegation = user.standing_in
        return [
            (
                "Ký",
                "",
                f"{delegation.capacity}. {delegation.director.position or Role.DIRECTOR.label} {delegation.director}",
            )
        ]
