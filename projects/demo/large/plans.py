"""Programmes of five years and their annual plans, in as many rounds as a province needs."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from khuyencong.text import fold
from programs.models import AnnualPlan, Indicator, PlanBudget, PlanStatus, Program, ProgramTarget, Scope
from projects import workflow
from projects.demo.large import courses, words
from projects.demo.large.ground import House
from projects.demo.large.purses import SUPPORT
from projects.demo.large.sheets import Sheet
from projects.demo.large.trail import Act, Subject
from projects.demo.tables import MILLION

YEARS = 15
# No more projects than this in one round.
LARGEST_ROUND = 90
PERIODS = range(2006, 2101, 5)
MADE_PROGRAM = Act("program.create", "Lập chương trình")
MADE_PLAN = Act("plan.create", "Lập kế hoạch")
SET_BUDGET = Act("plan.set_budget", "Đặt dự toán theo nguồn")
SUBMIT = Act.of(workflow.SUBMIT_PLAN, PlanStatus.DRAFT, PlanStatus)
APPROVE = Act.of(workflow.APPROVE_PLAN, PlanStatus.SUBMITTED, PlanStatus)
CLOSE = Act.of(workflow.CLOSE_PLAN, PlanStatus.APPROVED, PlanStatus)


class Round(NamedTuple):
    """A round of a year's plan before anything is written."""

    house: House
    year: int
    number: int
    size: int
    decision_on: date
    status: PlanStatus


@dataclass
class Plan:
    """A plan with what its projects are going to need; `spent` collects {source: đồng approved}."""

    pk: int
    program: int
    name: str
    round: Round
    meetings: tuple[date, ...]
    is_troubled: bool
    decision_number: str = ""
    spent: dict = field(default_factory=dict)

    @property
    def house(self) -> House:
        return self.round.house

    @property
    def is_decided(self) -> bool:
        return bool(self.decision_number)

    @property
    def subject(self) -> Subject:
        house = self.house
        return Subject("programs.annualplan", self.pk, self.name, house.unit.pk, house.department.pk)


def rounds_of(house: House, sizes: dict[int, int], last_day: date) -> list[Round]:
    """`sizes` are {year: projects}; the last round of the running year waits, next year's plans are drafts."""
    found = []
    for year, size in sizes.items():
        count = -(-size // LARGEST_ROUND)
        for number in range(1, count + 1):
            part = size * number // count - size * (number - 1) // count
            day = date(year, 1, 8) + timedelta(days=(number - 1) * min(24, 220 // count))
            if day.year > last_day.year:
                status = PlanStatus.DRAFT
            elif year == last_day.year and 1 < count == number:
                status = PlanStatus.SUBMITTED
            else:
                status = PlanStatus.CLOSED if year < last_day.year - 2 else PlanStatus.APPROVED
            found.append(Round(house, year, number, part, day, status))
    return found


class Plans:
    def __init__(self, rng, trail, sources, last_day):
        self.rng, self.trail, self.sources, self.last_day = rng, trail, sources, last_day
        made = ("owner", "province", "created_by", "created_at", "updated_by", "updated_at")
        self.programs = Sheet(
            Program, *made, "name", "area", "period_start", "period_end", "goal", "decision_number", "decision_on",
            "decision_issuer", "search_key", is_sample=True, source_note=words.SAMPLE, scope=Scope.LOCAL.value,
        )  # fmt: skip
        self.targets = Sheet(ProgramTarget, "program", "indicator", "value", source=words.SAMPLE)
        self.plans = Sheet(
            AnnualPlan, *made, "program", "year", "round_no", "name", "status", "submitted_by", "submitted_at",
            "decision_number", "decision_on", "decision_issuer", "signer_name", "signer_position", "approved_by",
            "approved_at", "search_key", is_sample=True, source_note=words.SAMPLE,
        )  # fmt: skip
        self.budgets = Sheet(PlanBudget, "plan", "source", "amount")
        self.indicators = dict(Indicator.objects.values_list("code", "pk"))
        self.known = {}
        # {plan: {source code: đồng}}
        self.envelopes = {}

    @property
    def sheets(self):
        return [self.programs, self.targets, self.plans, self.budgets]

    def open(self, found: Round) -> Plan:
        """The plan of a round, in the programme of its time."""
        house, year, number, _size, day, status = found
        program = self._program(house, next(start for start in reversed(PERIODS) if start <= year))
        officer, reviewer, director = (house.people[who] for who in ("chuyenvien", "truongphong", "giamdoc"))
        name = f"Kế hoạch khuyến công địa phương năm {year} {house.title}"
        made_at = courses.moment(self.rng, min(day - timedelta(days=115), self.last_day), 0)
        submitted = status not in (PlanStatus.DRAFT,)
        is_decided = status in (PlanStatus.APPROVED, PlanStatus.CLOSED)
        submitted_at = courses.moment(self.rng, day - timedelta(days=6), 0) if submitted else None
        approved_at = courses.moment(self.rng, day, 3) if is_decided else None
        decision = f"{int(house.unit.code) * 10 + number}/QĐ-UBND" if is_decided else ""
        issuer = f"Ủy ban nhân dân {house.title}"
        pk = self.plans.add(
            house.department.pk, house.unit.pk, officer.pk, made_at, officer.pk, approved_at or submitted_at or made_at,
            program, year, number, name, status.value, reviewer.pk if submitted else None, submitted_at, decision,
            day if is_decided else None, issuer if is_decided else "", director.full_name if is_decided else "",
            "Phó Chủ tịch" if is_decided else "", director.pk if is_decided else None, approved_at,
            fold(f"{name} {year} {decision}"),
        )  # fmt: skip
        shown = f"{name}, đợt {number}" if number > 1 else name
        meetings = (
            day + timedelta(days=self.rng.randrange(200, 240)),
            day + timedelta(days=self.rng.randrange(310, 420)),
        )
        plan = Plan(pk, program, shown, found, meetings, self.rng.random() < 0.3, decision)
        self.trail.tell(made_at, officer.pk, MADE_PLAN, plan.subject, [("năm kế hoạch", "", str(year))])
        if submitted:
            self.trail.tell(submitted_at, reviewer.pk, SUBMIT, plan.subject)
        if is_decided:
            self.trail.tell(approved_at, director.pk, APPROVE, plan.subject, [("Số quyết định", "", decision)])
        if status == PlanStatus.CLOSED:
            closed_at = courses.moment(self.rng, date(year + 2, 12, 20), 0)
            self.trail.tell(closed_at, director.pk, CLOSE, plan.subject)
        return plan

    def budget(self, plan: Plan):
        """An envelope that what is approved fits in, up to a tenth larger."""
        envelope = self.envelopes[plan.pk] = {}
        for code in SUPPORT:
            if amount := plan.spent.get(code, 0):
                envelope[code] = max(int(amount * self.rng.uniform(1, 1.1)) // MILLION * MILLION, amount)
                self.budgets.add(plan.pk, self.sources[code], envelope[code])
        officer = plan.house.people["chuyenvien"].pk
        day = min(plan.round.decision_on - timedelta(days=20), self.last_day)
        self.trail.tell(courses.moment(self.rng, day, 1), officer, SET_BUDGET, plan.subject)

    def _program(self, house, start):
        if (house.unit.pk, start) in self.known:
            return self.known[house.unit.pk, start]
        officer = house.people["chuyenvien"].pk
        name = f"Chương trình khuyến công {house.title} giai đoạn {start}-{start + 4}"
        day = min(date(start - 1, 11, 20), self.last_day - timedelta(days=200))
        made_at = courses.moment(self.rng, day, 0)
        decision = f"{start + int(house.unit.code)}/QĐ-UBND"
        pk = self.programs.add(
            house.department.pk, house.unit.pk, officer, made_at, officer, made_at, name, house.unit.pk, start,
            start + 4, f"Phát triển công nghiệp nông thôn {house.title} ({words.SAMPLE}).", decision, day,
            f"Ủy ban nhân dân {house.title}", fold(f"{name} {decision} {house.unit}")[:700],
        )  # fmt: skip
        subject = Subject("programs.program", pk, name, house.unit.pk, house.department.pk)
        self.trail.tell(made_at, officer, MADE_PROGRAM, subject)
        self.known[house.unit.pk, start] = pk
        return pk

    def aim(self, counts: dict[int, int]):
        """Targets of each programme, near what it came to; `counts` are {programme: projects}."""
        for program, count in counts.items():
            aims = {"PRJ_COUNT": count, "FAC_COUNT": count, "MONEY_SUPPORT": count * 120 * MILLION}
            for code, amount in aims.items():
                value = int(amount * self.rng.uniform(0.9, 1.3))
                self.targets.add(
                    program, self.indicators[code], value // MILLION * MILLION if amount > MILLION else value
                )
