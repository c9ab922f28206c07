"""What follows approval: contracts, payments, reports, acceptance, final accounts, stops."""

from collections import Counter as Numbers
from datetime import date, timedelta

from khuyencong.documents.numbers import number_text, symbol_of
from khuyencong.text import fold
from programs.models import AmendmentKind, Authority
from projects import workflow
from projects.demo.large import courses, words
from projects.demo.large.courses import moment
from projects.demo.large.projects import Told
from projects.demo.large.sheets import Sheet
from projects.demo.large.trail import Act, Subject
from projects.models import (
    Acceptance,
    AcceptanceAmount,
    AcceptanceMember,
    AcceptanceWork,
    Amendment,
    AmendmentStatus,
    Contract,
    ContractStatus,
    Disbursement,
    DisbursementKind,
    Liquidation,
    ProgressReport,
    Settlement,
    SettlementAmount,
    SettlementStatus,
    Voucher,
)

PAY = {
    DisbursementKind.ADVANCE: Act("payment.pay", "Tạm ứng"),
    DisbursementKind.PAYMENT: Act("payment.pay", "Thanh toán phần còn lại"),
}
REPORT = Act("project.progress_create", "Lập báo cáo tiến độ")
CONFIRM = Act("project.progress_confirm", "Xác nhận báo cáo tiến độ")
DECIDE = Act.of(workflow.APPROVE_AMENDMENT, AmendmentStatus.SUBMITTED, AmendmentStatus)
MADE = ("owner", "province", "created_by", "created_at", "updated_by", "updated_at")


class Execution:
    def __init__(self, rng, trail, sources, last_day):
        self.rng, self.trail, self.sources, self.last_day = rng, trail, sources, last_day
        sample = {"is_sample": True, "source_note": words.SAMPLE}
        self.contracts = Sheet(
            Contract, *MADE, "plan", "number", "signed_on", "starts_on", "ends_on", "party_a", "party_a_signer",
            "party_b", "status", "search_key", **sample,
        )  # fmt: skip
        self.payments = Sheet(
            Disbursement, *MADE, "project", "contract", "source", "kind", "amount", "voucher_number", "paid_on",
            "budget_year", **sample,
        )  # fmt: skip
        self.reports = Sheet(
            ProgressReport, *MADE, "project", "month", "volume_percent", "value_done", "expected_end_on",
            "confirmed_by", "confirmed_at", work_done="Đã đặt mua, lắp đặt theo tiến độ.", **sample,
        )  # fmt: skip
        self.acceptances = Sheet(
            Acceptance, "project", "number", "accepted_on", "venue", "organiser", "recorded_by", "recorded_at",
            conclusion="Hoàn thành khối lượng theo đề án được duyệt; máy móc, hồ sơ đủ, đúng quy cách.",
        )  # fmt: skip
        self.members = Sheet(AcceptanceMember, "acceptance", "name", "title", "body", "is_chair")
        self.works = Sheet(
            AcceptanceWork, "acceptance", "cost_item", "name", "amount", unit_name="gói", contracted_quantity=1,
            done_quantity=1, is_new=True,
        )  # fmt: skip
        self.accepted = Sheet(AcceptanceAmount, "acceptance", "source", "amount")
        self.settlements = Sheet(
            Settlement, *MADE, "contract", "number", "dated_on", "status", "submitted_by", "submitted_at",
            "approved_by", "approved_at", includes_other_sources=True, **sample,
        )  # fmt: skip
        self.put_up = Sheet(SettlementAmount, "settlement", "project", "source", "amount")
        self.vouchers = Sheet(
            Voucher, "settlement", "project", "source", "number", "dated_on", "amount",
            content="Chi theo dự toán được duyệt", payee=f"Nhà cung cấp theo hợp đồng ({words.SAMPLE})",
        )  # fmt: skip
        self.liquidations = Sheet(Liquidation, "contract", "number", "signed_on", "recorded_by", "recorded_at")
        self.amendments = Sheet(
            Amendment, *MADE, "project", "changes", "submitted_by", "submitted_at", "decision_number", "decision_on",
            "signer_name", "approved_by", "approved_at", number=1, kind=AmendmentKind.STOP.value,
            reason=f"Cơ sở chuyển nhượng, chủ mới không tiếp tục đầu tư ({words.SAMPLE}).",
            authority=Authority.PROVINCE.value, status=AmendmentStatus.APPROVED.value,
            signer_position="Phó Chủ tịch", **sample,
        )  # fmt: skip
        # Last number given: of contracts of a department's year, and of each series of papers.
        self.numbers = Numbers()

    @property
    def sheets(self):
        return [
            self.contracts, self.payments, self.reports, self.acceptances, self.members, self.works, self.accepted,
            self.settlements, self.put_up, self.vouchers, self.liquidations, self.amendments,
        ]  # fmt: skip

    def enter(self, told: Told) -> dict:
        """{"acceptance": (pk, number), "liquidation": number} of what there is of them."""
        made = {}
        if told.contract:
            self._contract(told)
        if told.reached(courses.ADVANCED):
            self._pay(told, DisbursementKind.ADVANCE, courses.ADVANCED, lambda line: line.advance)
        if told.reached(courses.REPORTED):
            self._report(told)
        if told.reached(courses.ACCEPTED):
            made["acceptance"] = self._accept(told)
        if told.reached(courses.SETTLING):
            self._settle(told)
        if told.reached(courses.PAID):
            self._pay(told, DisbursementKind.PAYMENT, courses.PAID, lambda line: line.paid - line.advance)
        if told.reached(courses.LIQUIDATED):
            made["liquidation"] = self._liquidate(told)
        if told.amendment:
            self._stop(told)
        return made

    def next_number(self, body, symbol: str, year: int) -> str:
        """As `khuyencong.documents.numbers.take_number` gives them."""
        key = f"document:{body.pk}:{symbol}:{year}"
        self.numbers[key] += 1
        return number_text(self.numbers[key], symbol)

    def _made(self, told, actor, at):
        return told.plan.house.department.pk, told.plan.house.unit.pk, actor, at, actor, at

    def _status(self, told):
        steps = ((courses.LIQUIDATED, "LIQUIDATED"), (courses.SETTLED, "SETTLED"), (courses.SETTLING, "SETTLING"))
        return next((ContractStatus[name] for step, name in steps if told.reached(step)), ContractStatus.SIGNED)

    def _contract(self, told):
        house, day = told.plan.house, told.days[courses.CONTRACTED]
        key = f"contract:{house.department.pk}:{day.year}"
        self.numbers[key] += 1
        number = f"{self.numbers[key]:02d}/{day.year}/HĐKC"
        at, actor = moment(self.rng, day, courses.CONTRACTED), house.people["ketoan"].pk
        parties = f"{house.department} {house.centre}"
        self.contracts.put(
            told.contract, *self._made(told, actor, at), told.plan.pk, number, day, day,
            max(told.course.ends_on, day) + timedelta(days=30), house.department.pk,
            house.people["giamdoc"].full_name, house.centre.pk, self._status(told).value,
            fold(f"{number} {parties}")[:500],
        )  # fmt: skip

    def _pay(self, told, kind, step, amount_of):
        day, actor = told.days[step], told.plan.house.people["ketoan"].pk
        at = moment(self.rng, day, step)
        for line in told.lines:
            amount = amount_of(line)
            if line.is_support and amount > 0:
                voucher = f"UNC {self.rng.randrange(1, 10**5):05d}"
                self.payments.add(
                    *self._made(told, actor, at), told.pk, told.contract, self.sources[line.source], kind.value, amount,
                    voucher, day, told.plan.round.year,
                )  # fmt: skip
                shown = f"{amount:,}".replace(",", ".")
                self.trail.tell(at, actor, PAY[kind], told.subject, [("Số tiền", "", f"{shown} đồng, {voucher}")])

    def _report(self, told):
        day, people = told.days[courses.REPORTED], told.plan.house.people
        at = moment(self.rng, day, courses.REPORTED)
        percent = self.rng.randrange(20, 95)
        total = sum(line.approved for line in told.lines)
        self.reports.add(
            *self._made(told, told.officer, at), told.pk, date(day.year, day.month, 1), percent, total * percent // 100,
            told.course.ends_on, people["truongphong"].pk, at + timedelta(minutes=5),
        )  # fmt: skip
        self.trail.tell(at, told.officer, REPORT, told.subject)
        self.trail.tell(at + timedelta(minutes=5), people["truongphong"].pk, CONFIRM, told.subject)

    def _accept(self, told):
        house, day = told.plan.house, told.days[courses.ACCEPTED]
        number = self.next_number(house.department, symbol_of("BB", house.department), day.year)
        venue = told.facilities[0].place.label if told.facilities else house.centre.short_name
        recorder, at = house.people["truongphong"], moment(self.rng, day, courses.ACCEPTED)
        pk = self.acceptances.add(told.pk, number, day, venue[:250], house.department.pk, recorder.pk, at)
        self.members.add(pk, recorder.full_name, recorder.position, house.department.name, True)
        self.members.add(pk, house.people["chuyenvien"].full_name, "Chuyên viên", house.centre.name, False)
        for facility in told.facilities[:2]:
            self.members.add(pk, words.person(self.rng), "Chủ cơ sở", facility.name, False)
        for item, name, amount in told.items:
            self.works.add(pk, item, name, amount)
        for line in told.lines:
            self.accepted.add(pk, self.sources[line.source], line.accepted)
        return pk, number

    def _settle(self, told):
        people, day = told.plan.house.people, told.days[courses.SETTLING]
        actor, at = people["ketoan"].pk, moment(self.rng, day, courses.SETTLING)
        is_settled = told.reached(courses.SETTLED)
        settled_at = moment(self.rng, told.days[courses.SETTLED], courses.SETTLED) if is_settled else None
        status = SettlementStatus.APPROVED if is_settled else SettlementStatus.SUBMITTED
        number = f"{self.rng.randrange(20, 900)}/TTKC-QT"
        pk = self.settlements.add(
            *self._made(told, actor, at), told.contract, number, day, status.value, actor, at,
            people["giamdoc"].pk if is_settled else None, settled_at,
        )  # fmt: skip
        for earlier, line in enumerate(told.lines, 1):
            source = self.sources[line.source]
            self.put_up.add(pk, told.pk, source, line.accepted)
            if line.accepted:
                spent_on = told.days[courses.ACCEPTED] - timedelta(days=earlier)
                self.vouchers.add(pk, told.pk, source, f"HĐ {self.rng.randrange(10**5):05d}", spent_on, line.accepted)

    def _liquidate(self, told):
        house, day = told.plan.house, told.days[courses.LIQUIDATED]
        number = self.next_number(house.department, symbol_of("BB", house.department), day.year)
        actor, at = house.people["ketoan"].pk, moment(self.rng, day, courses.LIQUIDATED)
        self.liquidations.add(told.contract, number, day, actor, at)
        return number

    def _stop(self, told):
        amendment, people, day = told.amendment, told.plan.house.people, told.days[courses.STOPPED]
        asked, at = moment(self.rng, day - timedelta(days=9), 0), moment(self.rng, day, courses.STOPPED)
        director = people["giamdoc"]
        changes = [["trạng thái", "Đang thực hiện", "Đã ngừng"]]
        self.amendments.put(
            amendment, *self._made(told, told.officer, asked), told.pk, changes, told.officer, asked,
            f"{1000 + amendment}/QĐ-UBND", day, director.full_name, director.pk, at,
        )  # fmt: skip
        subject = Subject(
            "projects.amendment", amendment, "Điều chỉnh lần 1: Ngừng triển khai", told.subject.province,
            told.subject.owner,
        )  # fmt: skip
        self.trail.tell(at, director.pk, DECIDE, subject)
