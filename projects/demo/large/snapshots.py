"""Plans as they stood when they were approved, and again after projects of theirs were stopped."""

from datetime import date

from projects.demo.large import courses
from projects.demo.large.courses import moment
from projects.demo.large.plans import Plan
from projects.demo.large.projects import Told
from projects.demo.large.sheets import Sheet
from projects.models import (
    PlanSnapshot,
    PlanSnapshotAmount,
    PlanSnapshotLine,
    ProjectStatus,
    SnapshotPurpose,
)
from projects.services.plan import digest_of_snapshot


class Snapshots:
    """`sources` are {code: FundingSource}, `contents` {code: ActivityContent with its parent}."""

    def __init__(self, rng, sources, contents):
        self.rng, self.sources, self.contents = rng, sources, contents
        self.snapshots = Sheet(
            PlanSnapshot, "plan", "purpose", "number", "taken_at", "taken_by", "decision_number", "decision_on",
            "budgets", "sha256",
        )  # fmt: skip
        self.lines = Sheet(
            PlanSnapshotLine, "snapshot", "project", "status", "code", "name", "group_name", "content_name",
            "implementing_unit", "facilities",
        )  # fmt: skip
        self.amounts = Sheet(PlanSnapshotAmount, "line", "source", "requested_amount", "amount")

    @property
    def sheets(self):
        return [self.snapshots, self.lines, self.amounts]

    def take(self, plan: Plan, told: list[Told], budgets: dict):
        approved = [one for one in told if one.reached(courses.APPROVED)]
        decision = plan.decision_number, plan.round.decision_on
        self._take(plan, SnapshotPurpose.APPROVED, approved, budgets, decision, is_first=True)
        stops = [one.days[courses.STOPPED] for one in approved if one.reached(courses.STOPPED)]
        if stops:
            decision = f"{900 + plan.round.number}/QĐ-UBND", max(stops)
            self._take(plan, SnapshotPurpose.AMENDED, approved, budgets, decision, is_first=False)

    def _take(self, plan, purpose, projects, budgets, decision: tuple[str, date], *, is_first):
        number, day = decision
        snapshot = PlanSnapshot(purpose=purpose, number=1, decision_number=number, decision_on=day, budgets=budgets)
        rows = [self._line(plan, one, is_first) for one in projects]
        pk = self.snapshots.add(
            plan.pk, purpose.value, 1, moment(self.rng, day, courses.APPROVED), plan.house.people["giamdoc"].pk, number,
            day, budgets, digest_of_snapshot(snapshot, rows),
        )  # fmt: skip
        for line, amounts in rows:
            line_pk = self.lines.add(
                pk, line.project_id, line.status, line.code, line.name, line.group_name, line.content_name,
                line.implementing_unit, line.facilities,
            )  # fmt: skip
            for amount in amounts:
                self.amounts.add(line_pk, amount.source.pk, amount.requested_amount, amount.amount)

    def _line(self, plan, one, is_first):
        content = self.contents[one.work.content]
        is_stopped = one.reached(courses.STOPPED) and not is_first
        line = PlanSnapshotLine(
            project_id=one.pk, status=(ProjectStatus.STOPPED if is_stopped else ProjectStatus.APPROVED).value,
            code=one.code, name=one.name, group_name=content.heading.name, content_name=content.name,
            implementing_unit=plan.house.centre.name,
            facilities=[[facility.name, facility.place.label] for facility in one.facilities],
        )  # fmt: skip
        amounts = [
            PlanSnapshotAmount(
                source=self.sources[money.source], requested_amount=money.requested,
                amount=money.first_approved if is_first else money.approved,
            )
            for money in one.lines
        ]  # fmt: skip
        return line, amounts
