"""What staff may put between braces: one name for one thing, in Vietnamese without marks, in every paper."""

import re

import pytest

from khuyencong.documents.kinds import KINDS
from khuyencong.documents.wording import has_stray_braces, unknown_placeholders

OURS = [kind for kind in KINDS.values() if kind.build.__module__.startswith("projects.")]
# Words of code that once stood in papers. A name that fits both tongues (thang, so_ban) is none of them.
ENGLISH = {
    "agency", "amendments", "appendices", "code", "contract", "copies", "date", "department", "issuer", "minutes",
    "month", "name", "number", "party", "plan", "project", "regulation", "settlement", "support", "year",
}  # fmt: skip
# Short names that could be several things.
TOO_SHORT = {"ma", "ten", "ke_hoach", "don_vi", "co_quan"}


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.key)
def test_default_words_know_their_placeholders(kind):
    assert {slot.name: unknown_placeholders(kind, slot.default) for slot in kind.slots} == {
        slot.name: [] for slot in kind.slots
    }
    assert not any(has_stray_braces(slot.default) for slot in kind.slots)


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.key)
def test_placeholders_are_vietnamese_and_say_what_they_are(kind):
    names = [placeholder.name for placeholder in kind.placeholders]
    assert len(set(names)) == len(names)
    assert not set(names) & TOO_SHORT
    assert not ENGLISH.intersection(*[re.findall("[a-z]+", " ".join(names).replace("_", " "))])


def test_what_has_one_label_has_one_name():
    found = {}
    for kind in OURS:
        for placeholder in kind.placeholders:
            found.setdefault(placeholder.label.lower(), set()).add(placeholder.name)
    assert {label: sorted(names) for label, names in found.items() if len(names) > 1} == {}
