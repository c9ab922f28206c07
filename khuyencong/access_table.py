"""Who may open and send what: the rows of khuyencong/data/access.txt, by which every address is walked in the tests."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "data" / "access.txt"
ROLES = ("officer", "reviewer", "director", "accountant", "viewer", "admin")
OPEN = (200, 302)


@dataclass(frozen=True)
class Rule:
    """Of one named address: the object that the walk asks for, what each role gets on GET, who may send."""

    about: str
    get: dict[str, int]
    takes_post: bool
    senders: frozenset[str]

    @property
    def openers(self) -> list[str]:
        return [role for role in ROLES if self.get[role] in OPEN]


@cache
def rules() -> dict[str, Rule]:
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return dict(map(_read, lines[1:]))


def _read(line):
    name, about, *rest = line.split()
    codes, senders = rest[: len(ROLES)], rest[len(ROLES) :]
    return name, Rule(
        about=about,
        get=dict(zip(ROLES, map(int, codes), strict=True)),
        takes_post=senders != ["none"],
        senders=frozenset(ROLES if senders == ["all"] else set(senders) - {"none"}),
    )
