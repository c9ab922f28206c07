"""The head and the signature of a body's papers, by the settings valid on the paper's day."""

from datetime import date

from khuyencong.models import Delegation, Letterhead, Organisation, Signer

BLANK_SIGNATURE = dict.fromkeys(("party", "on_behalf", "mode", "capacity", "post", "manner", "name"), "")


def head_of(organisation: Organisation | None, day: date) -> dict:
    """{issuer: {parent: str with line breaks, name: [str]}, place: str} by the letterhead set for the day.

    Without one the names of the body and its parent on that day. One query, two more for former names.
    """
    if organisation is None:
        return {"issuer": {"parent": "", "name": []}, "place": ""}
    setting = Letterhead.objects.latest(day, organisation)
    if setting:
        return head_by(setting)
    parent = "\n".join(_names(organisation.parent, day)) if organisation.parent else ""
    return {"issuer": {"parent": parent, "name": _names(organisation, day)}, "place": organisation.place}


def head_by(setting: Letterhead) -> dict:
    """The same of one letterhead, stored or only typed."""
    issuer = {"parent": "\n".join(_lines(setting.parent_lines)), "name": _lines(setting.name_lines)}
    return {"issuer": issuer, "place": setting.place}


def signer_of(organisation: Organisation, kind: str, day: date) -> Signer | None:
    """Whoever signs this kind for the body on that day; one named for the kind goes before one for all."""
    signers = Signer.objects.in_force(day, organisation).filter(kind__in=("", kind))
    return max(signers, key=lambda row: (row.kind, row.valid_from or date.min, row.pk), default=None)


def deputies_signing(organisation: Organisation, day: date) -> list[Signer]:
    """Deputies whom a director of the body has given the right to sign on that day, as unsaved signers to choose from.

    None of them signs by itself: the director may still sign, and whoever issues the paper knows who does.
    """
    given = Delegation.objects.in_force(day).filter(director__organisation=organisation)
    return [
        Signer(
            organisation=organisation, name=row.deputy.full_name, post=row.deputy.position, mode=row.capacity,
            capacity=row.director.position or "Giám đốc",
        )
        for row in given.select_related("director", "deputy").order_by("valid_from", "pk")
    ]  # fmt: skip


def signature_of(signer: Signer | None, party: str = "", **parts) -> dict:
    """A block of `documents/_signature.html`; empty lines to sign by hand when nobody is set."""
    block = {**BLANK_SIGNATURE, "party": party, **parts}
    if signer is None:
        return block
    if signer.mode == "TM":
        return {**block, "on_behalf": signer.capacity, "post": signer.post, "name": signer.name}
    return {**block, "mode": signer.mode, "capacity": signer.capacity, "post": signer.post, "name": signer.name}


def _names(organisation, day):
    name = organisation.name_on(day)
    return organisation.letterhead_lines if name == organisation.name else [name]


def _lines(text):
    return [line.strip() for line in text.split("|") if line.strip()]
