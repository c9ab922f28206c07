"""The trail of everything that happened: collected in any order, chained in the order of time."""

from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple

from khuyencong.audit import FIRST_HASH, entry_hash, name_states
from khuyencong.models import AuditEntry, LastAct
from projects.demo.large.sheets import Sheet


class Subject(NamedTuple):
    """What an act was about, as the trail names it; made once for each record."""

    kind: str
    pk: int
    name: str
    province: int | None
    owner: int | None


class Act(NamedTuple):
    """An act as all records of a kind know it, with its states and their words."""

    action: str
    label: str
    before: str = ""
    after: str = ""
    before_label: str = ""
    after_label: str = ""

    @classmethod
    def of(cls, transition, before, states) -> "Act":
        """A transition of `projects.workflow`; `states` are the choices of the status."""
        after = transition.target
        words = [states(state).label if state else "" for state in (before, after)]
        return cls(transition.action, transition.label, str(before), str(after), *words)


@dataclass(slots=True)
class Entry:
    """What `entry_hash` reads of an AuditEntry."""

    previous_hash: str
    at: datetime
    actor_id: int
    action: str
    label: str
    subject_type: str
    subject_id: int
    subject_name: str
    province_id: int | None
    owner_id: int | None
    before: str
    after: str
    before_label: str
    after_label: str
    reason: str
    changes: list


class Trail:
    def __init__(self, first_moment):
        self.acts = []
        self.first_moment = first_moment

    def tell(self, at, actor, act, subject, changes=()):
        """`changes` are (label, old, new) in words."""
        self.acts.append((at, actor, act, subject, changes))

    def now(self, action, label, instance, actor):
        """Something of the very beginning."""
        subject = Subject(
            instance._meta.label_lower, instance.pk, str(instance)[:300], getattr(instance, "province_id", None),
            getattr(instance, "owner_id", None),
        )  # fmt: skip
        self.tell(self.first_moment, actor, Act(action, label), subject)

    def write(self) -> Sheet:
        """All of it, each row with the hash of the one before."""
        names = [name for name in Entry.__slots__ if name != "previous_hash"]
        fields = [name.removesuffix("_id") if name != "subject_id" else name for name in names]
        sheet = Sheet(AuditEntry, *fields, "previous_hash", "hash")
        last = AuditEntry.objects.order_by("-pk").values_list("hash", flat=True).first() or FIRST_HASH
        self.acts.sort(key=itemgetter(0))
        for at, actor, act, subject, changes in self.acts:
            changes = [list(change) for change in changes]
            entry = Entry(last, at, actor, act.action, act.label, *subject, *act[2:], "", changes)
            row = [getattr(entry, name) for name in names]
            sheet.add(*row, last, digest := entry_hash(entry))
            last = digest
        self.acts = []
        name_states({LastAct.ALL: last, LastAct.EVERYBODYS: last})
        return sheet
