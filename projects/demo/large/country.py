"""All of it, province after province."""

import random
from collections import Counter as Tally
from datetime import UTC, date, datetime

from beneficiaries.models import Industry
from khuyencong.models import Counter
from khuyencong.search_index import suspended
from khuyencong.table_statistics import take_stock
from programs.models import FundingSource, PlanStatus
from projects.demo.large import courses, words
from projects.demo.large.execution import Execution
from projects.demo.large.facilities import Facilities
from projects.demo.large.ground import settle
from projects.demo.large.meetings import Meetings
from projects.demo.large.papers import Papers
from projects.demo.large.plans import YEARS, Plans, rounds_of
from projects.demo.large.projects import Projects
from projects.demo.large.sheets import finish, make_room
from projects.demo.large.snapshots import Snapshots
from projects.demo.large.trail import Trail

# Facilities for each project; some were supported several times, others never.
FACILITIES = 0.6
# Next year's projects, beside the thousand of this year: their plans are only begun.
NEXT_YEAR = 0.35
UNDECIDED = {PlanStatus.DRAFT: courses.IN_DRAFT, PlanStatus.SUBMITTED: courses.IN_WAITING}


class Country:
    """`last_day` is the last day that anything happened on; the same arguments give the same rows."""

    def __init__(self, projects: int, seed: int, last_day: date, tell=print):
        self.count, self.last_day, self.tell = projects, last_day, tell
        make_room()
        self.rng = random.Random(seed)
        self.first_year = last_day.year + 2 - YEARS
        self.trail = Trail(datetime(self.first_year, 1, 1, 0, 30, tzinfo=UTC))
        self.houses = settle(self.rng, self.trail)
        sources = {source.code: source for source in FundingSource.objects.all()}
        keys = {code: source.pk for code, source in sources.items()}
        by = self.houses[0].people["chuyenvien"]
        self.facilities = Facilities(self.rng, self.trail, dict(Industry.objects.values_list("code", "pk")))
        self.plans = Plans(self.rng, self.trail, keys, last_day)
        self.execution = Execution(self.rng, self.trail, keys, last_day)
        self.projects = Projects(
            self.rng, self.trail, keys, last_day, self.execution.contracts.reserve, self.execution.amendments.reserve
        )
        self.meetings = Meetings(self.rng, self.trail)
        self.snapshots = Snapshots(self.rng, sources, self.projects.contents)
        self.papers = Papers(self.rng, self.trail, by)

    @property
    def sheets(self):
        parts = (self.plans, self.execution, self.projects, self.meetings, self.snapshots, self.papers)
        return [self.facilities.sheet, *(sheet for part in parts for sheet in part.sheets)]

    def populate(self):
        with suspended():
            self._enter()
        take_stock()

    def _enter(self):
        weights = [house.weight for house in self.houses]
        shares = _divided(self.count, weights)
        of_programs = Tally()
        for house, share, count in zip(
            self.houses, shares, _divided(int(self.count * FACILITIES), weights), strict=True
        ):
            house.facilities = self.facilities.enter(house, max(count, 8), self.first_year)
            sizes = dict(zip(self._years(), _divided(share, self._weights()), strict=True))
            for found in rounds_of(house, sizes, self.last_day):
                plan = self.plans.open(found)
                of_programs[plan.program] += found.size
                self._fill(plan)
            self.tell(f"{house.unit.name}: {share} đề án, {len(house.facilities)} cơ sở")
        self.plans.aim(of_programs)
        finish(self.sheets)
        self.tell(f"Dấu vết: {len(self.trail.acts)} dòng")
        finish([self.trail.write()])
        self._count_on()

    def _years(self):
        return range(self.first_year, self.first_year + YEARS)

    def _weights(self):
        """A little more every year; of the next year not all is in yet."""
        return [*(1 + 0.04 * number for number in range(YEARS - 1)), NEXT_YEAR * (1 + 0.04 * YEARS)]

    def _fill(self, plan):
        works = self.rng.choices(words.WORKS, [work.weight for work in words.WORKS], k=plan.round.size)
        told = [self._project(plan, work) for work in works]
        self.plans.budget(plan)
        if plan.is_decided:
            self.snapshots.take(plan, told, self.plans.envelopes[plan.pk])
            self.papers.of_plan(plan)
            self.papers.of_meeting(self.meetings.hold(plan, told))

    def _project(self, plan, work):
        rng, day = self.rng, plan.round.decision_on
        if plan.is_decided:
            course = courses.decided(rng, day, plan.meetings, self.last_day, is_troubled=plan.is_troubled)
        else:
            course = courses.undecided(rng, min(day, self.last_day), UNDECIDED[plan.round.status], self.last_day)
        told = self.projects.enter(plan, work, course, self._receivers(plan.house, work))
        self.papers.of_project(told, self.execution.enter(told))
        return told

    def _receivers(self, house, work):
        """Mostly one; some facilities come back again and again."""
        if not work.facilities:
            return []
        count = 1 if self.rng.random() < 0.8 else self.rng.randint(1, work.facilities)
        places = {int(len(house.facilities) * self.rng.random() ** 1.8) for _number in range(count)}
        return [house.facilities[place] for place in sorted(places)]

    def _count_on(self):
        """The series of codes and numbers go on behind what was given."""
        Counter.objects.bulk_create(
            Counter(key=key, value=value)
            for key, value in self.execution.numbers.items()
            if key.startswith("document:")
        )
        Counter.objects.bulk_create(
            Counter(key=f"project:{owner}:KC{year}", value=value)
            for (owner, year), value in self.projects.numbers.items()
        )
        Counter.objects.bulk_create(
            Counter(key=f"document:{centre}:BB-TTKC:{year}", value=value)
            for (centre, year), value in self.meetings.numbers.items()
        )


def _divided(total: int, weights) -> list[int]:
    """Whole parts that add up to all of it, by weight; what is missing goes to those cut most."""
    exact = [total * weight / sum(weights) for weight in weights]
    parts = [int(part) for part in exact]
    order = sorted(range(len(parts)), key=lambda place: parts[place] - exact[place])
    for place in order[: total - sum(parts)]:
        parts[place] += 1
    return parts
