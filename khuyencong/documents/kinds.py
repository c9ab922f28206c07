"""Which papers the portal makes: a room registers its kinds when it is loaded; pages, register and jobs read them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Model

from khuyencong.documents.press import Document
from khuyencong.models import Organisation, Signer
from khuyencong.models.documents import SLOT_NAMES


@dataclass(frozen=True)
class Slot:
    """A free text part that staff may word: `default` may hold `{placeholders}`; a list has one item a line."""

    name: str
    label: str
    default: str = ""
    help: str = ""
    is_list: bool = False


@dataclass(frozen=True)
class Placeholder:
    """What `{name}` stands for in the wording: `read(record)` gives the text."""

    name: str
    label: str
    read: Callable[[Model], str]


@dataclass(frozen=True)
class Imprint:
    """What issuing adds to a paper; the default is a draft.

    `number_text` is the whole “03/BB-TTKC”; `verify` {code, address} stands at the foot of every page with its QR.
    `variant` is one of the kind's `variants`, empty for a kind without any. `signer` goes before the one that is set
    for the body, such as one of `deputies_signing`.
    """

    draft: bool = True
    number_text: str = ""
    dated_on: date | None = None
    verify: dict | None = None
    variant: str = ""
    signer: Signer | None = None


DRAFT = Imprint()


def nothing(record, imprint) -> list[str]:
    """No gap: the paper may always be issued."""
    return []


def unnumbered(record) -> str:
    return ""


def alone(record) -> list[tuple[str, str]]:
    return [("", "")]


def itself(record) -> Model:
    return record


def no_day(record) -> date | None:
    return None


def read_nothing(record) -> None:
    """What is read is asked for one by one."""


def no_annexes(record, imprint) -> int:
    return 0


@dataclass(frozen=True)
class Kind:
    """One kind of paper.

    build(record, imprint)    the Document
    records(user)             the records that the person may see, as a queryset: whose paper it may be
    home(record)              the scoped record that it belongs to: owner, province, is_sample
    issuer(record)            the body whose head, place, signer and number series it takes; None when it is no body
                              of the portal (then `issuer_name`)
    subjects(record)          records that the paper concerns (project, facilities, plan, contract), the first one is
                              where its page leads back to
    refusal(user, record)     why the person may not issue it, or None; drafts may be printed by whoever sees the record
    roles, issuing_note       the roles whose people `refusal` lets issue, and what else it asks: for “Ai được làm gì”
    gaps(record, imprint)     what must be there before it is issued, a sentence each
    own_number(record)        the number that the record holds already ("10/QĐ-UBND"); then no series is asked
    symbol(record)            the symbol of its series ("BB-TTKC"); empty: the paper carries no number of its own
    day(record)               the day that it carries; None: the day of issue
    by_day                    lookup of the date by which many papers are picked; empty: never in a pile
    title(record)             trích yếu in one line, for register and file
    variants(record)          [(key, label)]: the papers of this kind that the record has beside each other, such as one
                              a month; [("", "")] for a single one, [] while there is nothing to print
    file_code                 in file names: 2026_BBNT_DA-014_ten
    read(record)              asks at once for what the rest of this asks for one by one: for pages, never for issuing
    annex_count(record, imprint)  how many annexes a long one has as files of its own (`Document.annexes`), told
                              without building it
    is_slow                   its figures and pages take so long that the worker issues it
    slots, placeholders       parts that staff may word
    """

    key: str
    label: str
    model: type[Model]
    build: Callable[[Model, Imprint], Document]
    records: Callable
    issuer: Callable[[Model], Organisation | None]
    subjects: Callable[[Model], Iterable[Model]]
    refusal: Callable
    title: Callable[[Model], str]
    file_code: str
    form: str = ""
    roles: tuple[str, ...] = ()
    issuing_note: str = ""
    home: Callable[[Model], Model] = itself
    variants: Callable[[Model], list[tuple[str, str]]] = alone
    gaps: Callable[[Model, Imprint], list[str]] = nothing
    own_number: Callable[[Model], str] = unnumbered
    symbol: Callable[[Model], str] = unnumbered
    day: Callable[[Model], date | None] = no_day
    by_day: str = ""
    issuer_name: Callable[[Model], str] | None = None
    annex_count: Callable[[Model, Imprint], int] = no_annexes
    read: Callable[[Model], None] = read_nothing
    is_slow: bool = False
    slots: tuple[Slot, ...] = ()
    placeholders: tuple[Placeholder, ...] = field(default=())

    def __str__(self):
        return self.label

    def slot(self, name: str) -> Slot:
        """Raises KeyError for a part that this paper does not have."""
        for slot in self.slots:
            if slot.name == name:
                return slot
        raise KeyError(f"{self.key} has no slot {name!r}")


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Add a kind. Raises ValueError when its key is taken."""
    if kind.key in KINDS:
        raise ValueError(f"Kind {kind.key!r} is registered already.")
    KINDS[kind.key] = kind
    SLOT_NAMES.update({(kind.key, slot.name): f"{kind.label}: {slot.label}" for slot in kind.slots})
    return kind


def kinds_of(record: Model) -> list[Kind]:
    """The papers that are made of a record, in the order of their registration."""
    return [kind for kind in KINDS.values() if isinstance(record, kind.model)]
