"""How far a project has come by the last day that is told, and on which day it took each step."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from projects.models import ProjectStatus

# Steps of a project, in order; each moves it to a state, except those without one.
CREATED, SUBMITTED, APPRAISED, PLACED, APPROVED, CONTRACTED, STARTED, ADVANCED, REPORTED, ACCEPTED, HANDED_OVER = range(
    11
)
SETTLING, SETTLED, PAID, LIQUIDATED, REJECTED, RESERVED, RETURNED, STOPPED = range(11, 19)
STATES = {
    CREATED: ProjectStatus.DRAFT,
    SUBMITTED: ProjectStatus.SUBMITTED,
    APPRAISED: ProjectStatus.APPRAISED,
    PLACED: ProjectStatus.IN_PLAN,
    APPROVED: ProjectStatus.APPROVED,
    CONTRACTED: ProjectStatus.CONTRACTED,
    STARTED: ProjectStatus.IN_PROGRESS,
    ACCEPTED: ProjectStatus.ACCEPTED,
    HANDED_OVER: ProjectStatus.HANDED_OVER,
    SETTLING: ProjectStatus.SETTLING,
    SETTLED: ProjectStatus.SETTLED,
    LIQUIDATED: ProjectStatus.LIQUIDATED,
    REJECTED: ProjectStatus.REJECTED,
    RESERVED: ProjectStatus.RESERVE,
    RETURNED: ProjectStatus.RETURNED,
    STOPPED: ProjectStatus.STOPPED,
}
# What becomes of a hundred projects whose plan is not decided: in a draft, and in a plan that waits for its decision.
IN_DRAFT = ((CREATED, 25), (SUBMITTED, 30), (RETURNED, 5), (APPRAISED, 20), (PLACED, 20))
IN_WAITING = ((PLACED, 88), (RESERVED, 7), (REJECTED, 3), (RETURNED, 2))
EARLY = time(1)  # eight in the morning in Vietnam


@dataclass(slots=True)
class Course:
    days: dict[int, date]
    status: ProjectStatus
    ends_on: date

    def reached(self, step) -> bool:
        return step in self.days


def moment(rng, day: date, step: int) -> datetime:
    """Some time on a day; later steps of one day come later."""
    return datetime.combine(day, EARLY, UTC) + timedelta(minutes=24 * step + rng.randrange(24))


def decided(rng, decision_on: date, meetings, last_day: date, *, is_troubled: bool) -> Course:
    """Of a project in a decided plan; `meetings` are the days on which results are handed over."""
    days = _before(rng, decision_on)
    chance = rng.random()
    if chance < 0.025:
        days[REJECTED] = days.pop(APPRAISED)
        del days[PLACED]
        return _cut(days, last_day, decision_on + timedelta(days=200))
    days[APPROVED] = decision_on
    days[CONTRACTED] = decision_on + timedelta(days=rng.randrange(8, 40))
    days[STARTED] = days[CONTRACTED] + timedelta(days=rng.randrange(1, 15))
    days[ADVANCED] = days[STARTED] + timedelta(days=rng.randrange(5, 25))
    days[REPORTED] = days[STARTED] + timedelta(days=rng.randrange(32, 60))
    # One in ten takes into the next year.
    length = rng.randrange(300, 460) if rng.random() < 0.1 else rng.randrange(80, 230)
    accepted = days[STARTED] + timedelta(days=length)
    if is_troubled and chance > 0.94:
        days[STOPPED] = days[REPORTED] + timedelta(days=rng.randrange(10, 40))
        return _cut(days, last_day, accepted)
    days[ACCEPTED] = accepted
    meeting = next((day for day in meetings if day > accepted + timedelta(days=3)), None)
    if meeting and rng.random() < 0.5:
        days[HANDED_OVER] = meeting
    days[SETTLING] = max(accepted, days.get(HANDED_OVER, accepted)) + timedelta(days=rng.randrange(15, 100))
    days[SETTLED] = days[SETTLING] + timedelta(days=rng.randrange(10, 40))
    days[PAID] = days[SETTLED] + timedelta(days=rng.randrange(5, 20))
    days[LIQUIDATED] = days[PAID] + timedelta(days=rng.randrange(10, 60))
    return _cut(days, last_day, accepted)


def undecided(rng, wanted_on: date, fates, last_day: date) -> Course:
    """Of a project in a plan that waits or is being drafted."""
    fate = rng.choices([step for step, _weight in fates], [weight for _step, weight in fates])[0]
    days = _before(rng, wanted_on)
    if fate in (REJECTED, RESERVED, RETURNED):
        days[fate] = days.pop(PLACED)
        if fate != RESERVED:
            del days[APPRAISED]
    else:
        days = {step: day for step, day in days.items() if step <= fate}
    return _cut(days, last_day, wanted_on + timedelta(days=200))


def _before(rng, decision_on):
    created = decision_on - timedelta(days=rng.randrange(60, 110))
    submitted = created + timedelta(days=rng.randrange(2, 12))
    appraised = submitted + timedelta(days=rng.randrange(5, 20))
    return {CREATED: created, SUBMITTED: submitted, APPRAISED: appraised, PLACED: appraised + timedelta(days=3)}


def _cut(days, last_day, ends_on):
    days = {step: day for step, day in sorted(days.items(), key=lambda step: step[1]) if day <= last_day}
    states = [STATES[step] for step in days if step in STATES]
    return Course(days, states[-1], ends_on)
