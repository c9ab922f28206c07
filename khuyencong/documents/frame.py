"""What every paper's context begins with: head, number, place and day, grounds, recipients, signature, marks."""

from khuyencong.dates import today
from khuyencong.documents.kinds import Imprint, Kind
from khuyencong.documents.letterheads import head_of, signature_of, signer_of
from khuyencong.documents.trial import mark
from khuyencong.documents.wording import PLACEHOLDER, fill, lines, tried_slots, values_of, wordings_for

SAMPLE_NOTE = "Dữ liệu mẫu: tên người, số hiệu và số liệu chi tiết là giả định."


def day_of(kind: Kind, record, imprint: Imprint):
    """The day whose settings count: the paper's own, else today."""
    return imprint.dated_on or kind.day(record) or today()


def frame(kind: Kind, record, imprint: Imprint, **overrides) -> dict:
    """The keys of `documents/base.html` and the wording of every slot under `words[slot]` (str, or [str] for a list).

    Slots named `grounds` and `recipients` also stand under those keys. `overrides` replace whole keys.
    """
    organisation, day = kind.issuer(record), day_of(kind, record, imprint)
    words = words_of(kind, record, organisation, day)
    if "signature" not in overrides:
        signer = imprint.signer or (signer_of(organisation, kind.key, day) if organisation else None)
        overrides["signature"] = signature_of(signer)
    return {
        "draft": imprint.draft,
        "verify": imprint.verify,
        "sample_note": SAMPLE_NOTE if kind.home(record).is_sample else "",
        "number_text": imprint.number_text or kind.own_number(record),
        "symbol": kind.symbol(record),
        "date": imprint.dated_on or kind.day(record),
        "grounds": words.get("grounds", []),
        "recipients": words.get("recipients", []),
        "words": words,
        **head_of(organisation, day),
        **overrides,
    }


def words_of(kind: Kind, record, organisation, day) -> dict:
    """{slot: text with the record's names and figures in it; [str] for a list}.

    A line of a list whose placeholder stands for nothing in this record is left out: no contract, no căn cứ.
    """
    values = values_of(kind, record)
    texts = wordings_for(kind, organisation, day)
    words = {slot.name: _words(slot, texts[slot.name], values) for slot in kind.slots}
    return words | {slot: mark(words[slot]) for slot in tried_slots(kind)}


def _words(slot, text, values):
    if not slot.is_list:
        return fill(text, values).strip()
    return [line for row in text.splitlines() if _says_all(row, values) for line in lines(fill(row, values))]


def _says_all(row, values):
    return all(values.get(name) != "" for name in PLACEHOLDER.findall(row))
