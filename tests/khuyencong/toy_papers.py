"""A paper about a programme: small, quick to set, with everything that a kind can have."""

from dataclasses import replace

from khuyencong.documents import Document
from khuyencong.documents.frame import frame
from khuyencong.documents.kinds import KINDS, Kind
from khuyencong.models import Role
from programs.models import Program

ONLY_REVIEWERS = "Chỉ lãnh đạo phòng phát hành tờ trình."


def build(program, imprint):
    context = frame(TOY, program, imprint) | {"title": program.name, "money": 4_500_000_000}
    document = Document("documents/base.html", f"2026_TTr_{program.pk}", context)
    return document.as_draft() if imprint.draft else document


def gaps(program, imprint):
    return [] if program.name else ["Ghi tên chương trình."]


TOY = Kind(
    key="toy",
    label="Tờ trình",
    model=Program,
    build=build,
    records=lambda user: Program.objects.visible_to(user).select_related("owner"),
    issuer=lambda program: program.owner,
    subjects=lambda program: [program],
    refusal=lambda user, program: None if user.role == Role.REVIEWER else ONLY_REVIEWERS,
    title=lambda program: f"Tờ trình về {program.name}",
    file_code="TTr",
    gaps=gaps,
    symbol=lambda program: "TTr-TTKC",
)


def register_toy(monkeypatch, **traits):
    """Registers the kind for one test, with other traits: own_number=…"""
    kind = replace(TOY, **traits)
    monkeypatch.setitem(KINDS, "toy", kind)
    return kind
