"""Projects with their facilities, money, machines and indicators."""

from dataclasses import dataclass
from datetime import date, timedelta

from khuyencong.text import fold, sort_key
from programs.models import ActivityContent, Indicator
from projects import workflow
from projects.demo.large import courses, purses, words
from projects.demo.large.courses import Course, moment
from projects.demo.large.facilities import Known
from projects.demo.large.plans import Plan
from projects.demo.large.purses import Line
from projects.demo.large.sheets import Sheet
from projects.demo.large.trail import Act, Subject
from projects.demo.tables import MILLION, split
from projects.models import (
    Beneficiary,
    BeneficiaryAmount,
    CostItem,
    FollowUp,
    FollowUpRound,
    FollowUpValue,
    FundingLine,
    Project,
    ProjectIndicator,
    ProjectKind,
    ProjectReturn,
    ProjectStatus,
)

S = ProjectStatus
CREATE = Act("project.create", "Lập đề án")
SET_FUNDING = Act("project.set_funding", "Sửa kinh phí")
FOLLOW_UP = Act("project.follow_up", "Ghi theo dõi sau nghiệm thu")
# Step: who takes it, as what.
MOVES = {
    courses.SUBMITTED: ("officer", Act.of(workflow.SUBMIT_PROJECT, S.DRAFT, S)),
    courses.APPRAISED: ("truongphong", Act.of(workflow.APPRAISE_PROJECT, S.SUBMITTED, S)),
    courses.PLACED: ("truongphong", Act.of(workflow.PUT_IN_PLAN, S.APPRAISED, S)),
    courses.APPROVED: ("giamdoc", Act.of(workflow.APPROVE_PROJECT, S.IN_PLAN, S)),
    courses.CONTRACTED: ("ketoan", Act.of(workflow.SIGN_CONTRACT, S.APPROVED, S)),
    courses.STARTED: ("officer", Act.of(workflow.START_PROJECT, S.CONTRACTED, S)),
    courses.ACCEPTED: ("truongphong", Act.of(workflow.ACCEPT_PROJECT, S.IN_PROGRESS, S)),
    courses.HANDED_OVER: ("officer", Act.of(workflow.HAND_OVER_PROJECT, S.ACCEPTED, S)),
    courses.SETTLING: ("ketoan", Act.of(workflow.SETTLE_PROJECT, S.ACCEPTED, S)),
    courses.SETTLED: ("giamdoc", Act.of(workflow.APPROVE_SETTLED, S.SETTLING, S)),
    courses.LIQUIDATED: ("ketoan", Act.of(workflow.LIQUIDATE_PROJECT, S.SETTLED, S)),
    courses.REJECTED: ("truongphong", Act.of(workflow.REJECT_PROJECT, S.SUBMITTED, S)),
    courses.RESERVED: ("truongphong", Act.of(workflow.PUT_IN_RESERVE, S.APPRAISED, S)),
    courses.RETURNED: ("truongphong", Act.of(workflow.RETURN_PROJECT, S.SUBMITTED, S)),
    courses.STOPPED: ("giamdoc", Act.of(workflow.STOP_PROJECT, S.IN_PROGRESS, S)),
}
SETTLE_AFTER_MEETING = Act.of(workflow.SETTLE_PROJECT, S.HANDED_OVER, S)
EFFECTS = {"JOB_NEW": (1, 12), "JOB_KEPT": (3, 90), "LEARNER": (25, 70), "TRAINED": (20, 60), "CLASS": (1, 3)}
CERTIFIED = {"CERT_PROVINCE": (10, 40), "CERT_REGION": (1, 9), "CERT_NATION": (0, 3)}
# Revenue and value of output are told in million đồng.
YEARLY = (300, 9000)


@dataclass(slots=True)
class Told:
    """A project as the rest of its rows need it."""

    pk: int
    code: str
    name: str
    plan: Plan
    course: Course
    lines: list[Line]
    facilities: list[Known]
    officer: int
    work: words.Work
    contract: int | None
    amendment: int | None
    beneficiaries: list[int]
    items: list[tuple[int, str, int]]
    subject: Subject

    @property
    def days(self) -> dict[int, date]:
        return self.course.days

    def reached(self, step) -> bool:
        return step in self.course.days

    @property
    def status(self) -> ProjectStatus:
        return self.course.status


class Projects:
    """`contracts` and `amendments` hand out primary keys of rows that are written later."""

    def __init__(self, rng, trail, sources, last_day, contracts, amendments):
        self.rng, self.trail, self.sources, self.last_day = rng, trail, sources, last_day
        self.contracts, self.amendments = contracts, amendments
        contents = {content.code: content for content in ActivityContent.objects.select_related("parent")}
        self.contents = {work.content: contents[work.content] for work in words.WORKS}
        self.indicators = dict(Indicator.objects.values_list("code", "pk"))
        self.projects = Sheet(
            Project, "owner", "province", "created_by", "created_at", "updated_by", "updated_at", "version", "plan",
            "code", "kind", "name", "content", "industry", "is_key", "implementing_unit", "is_priority",
            "norm_quantity", "investor", "unit", "starts_on", "ends_on", "total_cost", "necessity", "objective",
            "scale", "activities", "economic_effect", "status", "submitted_by", "submitted_at", "reviewer",
            "appraised_at", "appraisal_opinion", "approved_by", "approved_at", "contract", "search_key", "sort_key",
            is_sample=True, source_note=words.SAMPLE,
        )  # fmt: skip
        self.returns = Sheet(
            ProjectReturn, "project", "returned_by", "returned_at", level=S.SUBMITTED.value,
            back_to=S.SUBMITTED.value, reason=f"Bổ sung báo giá máy móc ({words.SAMPLE}).", items=["du-toan"],
        )  # fmt: skip
        self.lines = Sheet(
            FundingLine, "project", "source", "requested_amount", "appraised_amount", "approved_amount",
            "contracted_amount", "paid_amount", "accepted_amount", "settled_amount", "amendment",
        )  # fmt: skip
        self.beneficiaries = Sheet(Beneficiary, "project", "facility", "item")
        self.shares = Sheet(
            BeneficiaryAmount, "beneficiary", "source", "requested_amount", "appraised_amount", "approved_amount",
            "amendment",
        )  # fmt: skip
        self.items = Sheet(
            CostItem, "project", "beneficiary", "name", "specification", "unit_name", "quantity", "unit_price", "amount"
        )
        self.values = Sheet(ProjectIndicator, "project", "indicator", "planned", "done", "is_verified")
        self.follow_ups = Sheet(
            FollowUp, "project", "round", "surveyed_on", "is_operating", "recorded_by", "recorded_at"
        )
        self.answers = Sheet(FollowUpValue, "follow_up", "indicator", "value")
        self.numbers = {}

    @property
    def sheets(self):
        return [
            self.projects, self.returns, self.lines, self.beneficiaries, self.shares, self.items, self.values,
            self.follow_ups, self.answers,
        ]  # fmt: skip

    def enter(self, plan: Plan, work: words.Work, course: Course, facilities: list[Known]) -> Told:
        rng, house = self.rng, plan.house
        lines = purses.filled(rng, work, len(facilities), course)
        product = facilities[0].product if facilities else rng.choice(words.TRADES["a"][1])
        machine = rng.choice(words.MACHINES)
        name = work.name.format(machine=machine[0].lower() + machine[1:], product=product)
        name = f"{name} tại {facilities[0].name}" if len(facilities) == 1 else f"{name} {house.title}"
        number = self.numbers[house.department.pk, plan.round.year] = self._next(house, plan.round.year)
        code = f"KC{plan.round.year % 100:02d}-{number:03d}"
        officer = house.people[rng.choice(("chuyenvien", "chuyenvien2"))].pk
        contract = self.contracts() if courses.CONTRACTED in course.days else None
        pk = self._project(plan, work, course, facilities, lines, name, code, officer, contract)
        subject = Subject("projects.project", pk, f"{code} {name}"[:300], house.unit.pk, house.department.pk)
        amendment = self.amendments() if courses.STOPPED in course.days else None
        told = Told(
            pk, code, name, plan, course, lines, facilities, officer, work, contract, amendment, [], [], subject
        )
        self._money(told)
        self._machines(told, machine)
        self._effects(told)
        self._tell(told)
        return told

    def _next(self, house, year):
        return self.numbers.get((house.department.pk, year), 0) + 1

    def _project(self, plan, work, course, facilities, lines, name, code, officer, contract):
        rng, house, days = self.rng, plan.house, course.days
        people = house.people
        at = {step: moment(rng, day, step) for step, day in days.items()}
        alone = facilities[0] if len(facilities) == 1 else None
        is_reviewed = courses.APPRAISED in days
        is_approved = courses.APPROVED in days
        status = course.status
        total = sum(line.approved if status == S.STOPPED else line.requested for line in lines)
        place = alone.place.key if alone else ""
        starts_on = days.get(courses.STARTED) or course.ends_on - timedelta(days=120)
        return self.projects.add(
            house.department.pk, house.unit.pk, officer, at[courses.CREATED], officer, max(at.values()),
            1 + len(days), plan.pk, code, (ProjectKind.TASK if work.is_task else ProjectKind.PROJECT).value, name,
            self.contents[work.content].pk, facilities[0].industry if facilities else None, rng.random() < 0.01,
            house.centre.pk, rng.random() < 0.25, len(facilities) or None, alone.name if alone else "",
            alone.place.pk if alone else None, starts_on, course.ends_on, total,
            f"Cơ sở cần đầu tư để nâng chất lượng, giảm hao hụt ({words.SAMPLE}).",
            f"Nâng năng suất khoảng {rng.randrange(10, 60)}%, giảm lao động nặng nhọc.",
            f"{max(len(facilities), 1)} đơn vị thụ hưởng.", "Khảo sát, mua sắm, lắp đặt, vận hành, nghiệm thu.",
            f"Doanh thu tăng khoảng {rng.randrange(5, 40)}%.", status.value,
            officer if courses.SUBMITTED in at else None, at.get(courses.SUBMITTED),
            people["truongphong"].pk if is_reviewed else None, at.get(courses.APPRAISED),
            "Hồ sơ đủ, dự toán phù hợp." if is_reviewed else "", people["giamdoc"].pk if is_approved else None,
            at.get(courses.APPROVED), contract,
            " ".join(filter(None, [fold(f"{code} {name}"), place, fold(plan.decision_number)])), sort_key(name)[:450],
        )  # fmt: skip

    def _money(self, told):
        item = told.work.name.partition(" {")[0]
        told.beneficiaries += [self.beneficiaries.add(told.pk, facility.pk, item) for facility in told.facilities]
        for line in told.lines:
            source = self.sources[line.source]
            self.lines.add(
                told.pk, source, line.requested, line.appraised, line.approved, line.contracted, line.paid,
                line.accepted, line.settled, told.amendment,
            )  # fmt: skip
            if line.approved is not None or told.status == S.IN_PLAN:
                spent, amount = told.plan.spent, line.appraised if line.approved is None else line.first_approved
                spent[line.source] = spent.get(line.source, 0) + amount
            for number, beneficiary in enumerate(told.beneficiaries):
                stages = (line.requested_shares, line.appraised_shares, line.approved_shares)
                self.shares.add(beneficiary, source, *(stage and stage[number] for stage in stages), told.amendment)
        if told.reached(courses.RETURNED):
            reviewer = told.plan.house.people["truongphong"].pk
            day = moment(self.rng, told.days[courses.RETURNED], courses.RETURNED)
            self.returns.add(told.pk, reviewer, day)

    def _machines(self, told, machine):
        """What the money buys adds up to all of it."""
        names = [machine] if told.facilities else ["Chi tổ chức thực hiện"]
        if self.rng.random() < 0.4:
            names.append("Phụ kiện, lắp đặt, chạy thử" if told.facilities else "Tài liệu, in ấn")
        parts = split(sum(line.requested for line in told.lines), len(names))
        for name, amount in zip(names, parts, strict=True):
            if amount:
                beneficiary = told.beneficiaries[0] if len(told.beneficiaries) == 1 else None
                unit_name = "máy" if name == machine else "gói"
                pk = self.items.add(
                    told.pk, beneficiary, name, f"Mới 100% ({words.SAMPLE})", unit_name, 1, amount, amount
                )
                told.items.append((pk, name, amount))

    def _effects(self, told):
        rng, is_done = self.rng, told.reached(courses.ACCEPTED)
        stated = {}
        for code in told.work.indicators:
            planned = self._planned(code, len(told.facilities))
            done = max(int(planned * rng.uniform(0.8, 1.25)), 0) if is_done else None
            self.values.add(told.pk, self.indicators[code], planned, done, is_done and rng.random() < 0.5)
            stated[code] = done
        if is_done and "REVENUE" in stated:
            self._follow_up(told, stated)

    def _planned(self, code, facilities):
        if code == "REVENUE":
            return self.rng.randrange(*YEARLY) * MILLION
        low, high = (EFFECTS | CERTIFIED).get(code, (max(facilities, 1), max(facilities, 1)))
        return self.rng.randint(low, high)

    def _follow_up(self, told, stated):
        officer = told.officer
        for number, later in ((FollowUpRound.FIRST, 190), (FollowUpRound.SECOND, 380)):
            day = told.days[courses.ACCEPTED] + timedelta(days=later)
            if day > self.last_day or self.rng.random() < 0.75:
                return
            at = moment(self.rng, day, 0)
            pk = self.follow_ups.add(told.pk, number.value, day, self.rng.random() < 0.96, officer, at)
            for code, value in stated.items():
                if code in ("JOB_KEPT", "REVENUE"):
                    self.answers.add(pk, self.indicators[code], int(value * self.rng.uniform(0.9, 1.2)))
            self.trail.tell(at, officer, FOLLOW_UP, told.subject)

    def _tell(self, told):
        rng, people = self.rng, told.plan.house.people
        created = moment(rng, told.days[courses.CREATED], courses.CREATED)
        total = sum(line.requested for line in told.lines)
        self.trail.tell(created, told.officer, CREATE, told.subject, [("tên", "", told.name)])
        shown = f"{total:,}".replace(",", ".")
        self.trail.tell(created, told.officer, SET_FUNDING, told.subject, [("Tổng dự toán", "", shown)])
        for step, day in told.days.items():
            if step in MOVES:
                who, act = MOVES[step]
                if step == courses.SETTLING and told.reached(courses.HANDED_OVER):
                    act = SETTLE_AFTER_MEETING
                actor = told.officer if who == "officer" else people[who].pk
                self.trail.tell(moment(rng, day, step), actor, act, told.subject)
