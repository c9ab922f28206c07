"""The money of a project, by source and by facility, through all its stages; whole đồng, mostly whole millions."""

from dataclasses import dataclass

from projects.demo.large.courses import ACCEPTED, ADVANCED, APPRAISED, APPROVED, CONTRACTED, PAID, SETTLED, STOPPED
from projects.demo.large.words import Work
from projects.demo.tables import MILLION, split

NATIONAL, LOCAL, COUNTERPART, OTHER = "KCQG", "KCDP", "COUNTERPART", "OTHER"
SUPPORT = (NATIONAL, LOCAL)


@dataclass(slots=True)
class Line:
    """One source: the figures of a FundingLine, and what each facility has of those that are divided."""

    source: str
    requested: int
    appraised: int | None = None
    approved: int | None = None
    first_approved: int | None = None
    contracted: int | None = None
    paid: int = 0
    accepted: int | None = None
    settled: int | None = None
    advance: int = 0
    requested_shares: list[int] | None = None
    appraised_shares: list[int] | None = None
    approved_shares: list[int] | None = None

    @property
    def is_support(self) -> bool:
        return self.source in SUPPORT


def filled(rng, work: Work, facilities: int, course) -> list[Line]:
    lines = [Line(source, amount) for source, amount in _asked(rng, work, facilities).items()]
    cut = rng.choice((0.8, 0.9)) if rng.random() < 0.25 else 1
    for line in lines:
        if facilities:
            line.requested_shares = split(line.requested, facilities)
        if course.reached(APPRAISED):
            _appraise(line, cut if line.is_support else 1)
        if course.reached(APPROVED):
            line.approved = line.first_approved = line.appraised
            line.approved_shares = line.appraised_shares
        if course.reached(CONTRACTED):
            line.contracted = line.approved
        if course.reached(ADVANCED) and line.is_support:
            line.advance = line.paid = _part(line.contracted, 0.5)
    if course.reached(STOPPED):
        for line in lines:
            _stop(line)
    elif course.reached(ACCEPTED):
        done = rng.uniform(0.92, 1) if rng.random() < 0.2 else 1
        for line in lines:
            _account(line, done, course)
    return lines


def _asked(rng, work, facilities):
    support = rng.randrange(work.support[0], work.support[1] + 1) * MILLION * max(facilities, 1)
    chance = rng.random()
    if chance < 0.84:
        asked = {LOCAL: support}
    elif chance < 0.95:
        asked = {NATIONAL: support}
    else:
        national = _part(support, 0.6)
        asked = {NATIONAL: national, LOCAL: support - national}
    if work.counterpart:
        asked[COUNTERPART] = _part(support, rng.uniform(*work.counterpart)) or MILLION
    if rng.random() < 0.03:
        asked[OTHER] = _part(support, 0.2)
    return {source: amount for source, amount in asked.items() if amount}


def _part(amount, part):
    return int(amount * part) // MILLION * MILLION


def _appraise(line, cut):
    if line.requested_shares:
        line.appraised_shares = [_part(share, cut) for share in line.requested_shares]
        line.appraised = sum(line.appraised_shares)
    else:
        line.appraised = _part(line.requested, cut)


def _stop(line):
    """What was paid stays, divided as it was; the rest of the division goes to the largest share."""
    kept, before = line.paid, line.approved
    if line.approved_shares:
        shares = [kept * share // before if before else 0 for share in line.approved_shares]
        shares[shares.index(max(shares))] += kept - sum(shares)
        line.approved_shares = shares
    line.approved = line.contracted = kept


def _account(line, done, course):
    line.accepted = _part(line.approved, done)
    if course.reached(SETTLED):
        line.settled = line.accepted
    if course.reached(PAID) and line.is_support:
        line.paid = line.settled
