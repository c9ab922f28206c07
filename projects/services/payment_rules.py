"""What the rules of advances and payments allow for one project, per source, on a day. Sentences quote their clause."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import Q

from khuyencong.dates import month_label, short_date
from khuyencong.money import vnd
from khuyencong.templatetags.vietnamese import quantity
from programs.models import (
    AdvanceEvidence,
    AdvanceRule,
    DeadlineKey,
    DeadlineKind,
    DeadlineRule,
    RuleFigure,
    RuleFigureKey,
)
from projects.models import AcceptanceResult, DisbursementKind
from projects.questions import ACCEPTANCES, REPORTS

LATER_ADVANCES = "Thông tư 36/2013/TT-BCT, Điều 15 khoản 2"
REMAINING = "Thông tư 36/2013/TT-BCT, Điều 14"
REFUNDS = "Thông tư 36/2013/TT-BCT, Điều 12 khoản 6"
CARRYING_OVER = "Nghị định 45/2012/NĐ-CP, Điều 14 khoản 4"
MEASURES = {
    AdvanceEvidence.VOLUME: "khối lượng hạng mục được hỗ trợ",
    AdvanceEvidence.VALUE: "giá trị thực hiện trên tổng dự toán",
}


@dataclass(frozen=True)
class Limit:
    """What may have been paid in all (đồng, refunds taken off) once this voucher is in, and why.

    `refusal` says what is missing first; then the amount is 0. `advice` is a rule that nobody has verified yet:
    it is told and refuses nothing.
    """

    amount: int
    why: str
    refusal: str = ""
    advice: str = ""


def share(amount, percent):
    """That many percent of an amount, whole đồng, rounded down."""
    return int(amount * percent // 100)


class Terms:
    """Contract, acceptance, reports and rules of one project, read once."""

    def __init__(self, project):
        self.project = project
        self._rules = {}

    @cached_property
    def acceptances(self):
        """Minutes that accepted something, reopened ones too, by date."""
        return [row for row in ACCEPTANCES.of(self.project) if row.result != AcceptanceResult.FAIL]

    @cached_property
    def reports(self):
        """Confirmed progress reports, latest first."""
        return [row for row in REPORTS.of(self.project) if row.confirmed_at]

    @cached_property
    def carried(self):
        """{source pk: CarryOver}."""
        return {row.source_id: row for row in self.project.carry_overs.all()}

    def rules_on(self, day):
        """(AdvanceRule or None, RuleFigure of the cap or None) valid on a day."""
        if day not in self._rules:
            self._rules[day] = (self._advance_rule(day), self._cap(day))
        return self._rules[day]

    def _advance_rule(self, day):
        """The nearest rule: for the very kind of activity, then its content of Điều 4, then the row for the rest."""
        content, owner = self.project.content, self.project.owner
        near = [None, content and content.parent_id, content and content.pk]
        rules = AdvanceRule.objects.in_force(day, owner).filter(Q(content=None) | Q(content__in=filter(None, near)))
        return max(rules, key=lambda rule: (near.index(rule.content_id), *rule.rank(owner)), default=None)

    def _cap(self, day):
        caps = RuleFigure.objects.in_force(day, self.project.owner).filter(key=RuleFigureKey.ADVANCE_CAP)
        return max(caps, key=lambda cap: cap.rank(self.project.owner), default=None)

    @cached_property
    def spending_ends_on(self):
        """The last day on which money of the plan's year is paid unless it is carried over; None without a rule."""
        year_end = date(self.project.plan.year, 12, 31)
        rules = DeadlineRule.objects.in_force(year_end, self.project.owner).filter(
            Q(scope="") | Q(scope=self.project.plan.scope), key=DeadlineKey.LIQUIDATION, kind=DeadlineKind.YEARLY,
            is_verified=True,
        )  # fmt: skip
        rule = max(rules, key=lambda rule: rule.rank(self.project.owner), default=None)
        return rule and date(self.project.plan.year + rule.year_offset, rule.month, rule.day)

    @property
    def lasts_over_years(self):
        starts_on, ends_on = self.project.starts_on, self.project.ends_on
        return bool(starts_on and ends_on and starts_on.year < ends_on.year)

    def acceptances_on(self, day, *, reopened=False):
        return [row for row in self.acceptances if row.accepted_on <= day and (reopened or row.voided_at is None)]

    def report_for(self, day):
        """The confirmed report that speaks best for an advance on a day."""
        return next((report for report in self.reports if report.month <= day), None)

    # Advances

    def advance_limit(self, line, day, *, report=None, advanced=0, reopened=False) -> Limit:
        """What may have been advanced in all. `advanced` is what stands already; `report` the evidence given.

        `reopened` counts reopened minutes too: a voucher of their time rests on them.
        """
        rule, cap = self.rules_on(day)
        contracted = line.contracted_amount or 0
        accepted = self.acceptances_on(day, reopened=reopened)
        if rule and rule.evidence == AdvanceEvidence.ACCEPTANCE:
            return self._limit_on_acceptance(rule, line, accepted)
        if any(row.is_final for row in accepted):
            return Limit(0, "", f"Đề án đã nghiệm thu: ghi là thanh toán phần còn lại ({REMAINING}).")
        first = self._first_limit(rule, contracted, report)
        limit = self._later_limit(first, contracted, report) if advanced else first
        return _within_cap(limit, cap, contracted)

    def _limit_on_acceptance(self, rule, line, accepted):
        amount = share(line.contracted_amount or 0, rule.first_percent)
        if line.accepted_amount is not None:
            amount = min(amount, line.accepted_amount)
        why = f"{_percent(rule.first_percent)} giá trị hợp đồng, {vnd(amount)}, sau nghiệm thu ({rule.legal_source})"
        if accepted or not rule.is_verified:
            return Limit(amount, why, advice="" if accepted else _unverified(why))
        return Limit(0, why, f"Chưa có biên bản nghiệm thu: chỉ tạm ứng {why}.")

    def _first_limit(self, rule, contracted, report):
        if rule is None:
            return Limit(contracted, "chưa có quy định về mức tạm ứng, trong giá trị hợp đồng")
        amount = share(contracted, rule.first_percent)
        why = f"lần đầu {_percent(rule.first_percent)} giá trị hợp đồng, {vnd(amount)} ({rule.legal_source})"
        missing = self._missing_evidence(rule, report)
        if not rule.is_verified:
            return Limit(contracted, why, advice=_unverified(f"{why}{'; ' if missing else ''}{missing}"))
        return Limit(0, why, f"{missing}.") if missing else Limit(amount, why)

    def _missing_evidence(self, rule, report):
        """What the advance still needs, or nothing."""
        if rule.evidence not in MEASURES:
            return ""
        needed = f"{MEASURES[rule.evidence]} trên {_percent(rule.over_percent)} ({rule.legal_source})"
        if report is None:
            return f"Chưa tạm ứng được: cần báo cáo tiến độ được Sở xác nhận, {needed}"
        if rule.evidence == AdvanceEvidence.VOLUME:
            done, enough = _percent(report.volume_percent), report.volume_percent > rule.over_percent
        else:
            total = self.project.total_cost or 0
            done = f"{vnd(report.value_done)} trên {vnd(total)}"
            enough = report.value_done * 100 > rule.over_percent * total
        if enough:
            return ""
        return f"Chưa tạm ứng được: báo cáo {month_label(report.month)} ghi {done}, cần {needed}"

    def _later_limit(self, first, contracted, report):
        """A project over several years goes on by what is done; one within a year waits for its acceptance."""
        if not self.lasts_over_years or report is None:
            return first
        amount = share(contracted, report.volume_percent)
        if amount <= first.amount:
            return first
        done = f"khối lượng {_percent(report.volume_percent)} theo báo cáo {month_label(report.month)}"
        return Limit(amount, f"lần sau theo {done}, {vnd(amount)} ({LATER_ADVANCES})", advice=first.advice)

    # The remaining money

    def payable(self, line) -> Limit:
        """What may be paid in all once work is accepted: contracted, accepted, settled, whichever is least."""
        if not any(row.voided_at is None for row in self.acceptances):
            why = f"Chưa có biên bản nghiệm thu: nghiệm thu rồi mới thanh toán phần còn lại ({REMAINING})."
            return Limit(0, "", why)
        figures = [("giá trị hợp đồng", line.contracted_amount), ("số nghiệm thu", line.accepted_amount)]
        figures.append(("số quyết toán", line.settled_amount))
        name, amount = min((row for row in figures if row[1] is not None), key=lambda row: row[1])
        return Limit(amount, f"{name} {vnd(amount)} ({REMAINING})")

    # All vouchers of a source together

    def broken(self, line, entries, *, subject=None):
        """[(voucher, field, sentence)] of those that the rules of their day do not allow, taken in order of date.

        `subject` is the voucher being entered: it answers for acceptance as it stands today, the others for their
        own time.
        """
        found = []
        paid = advanced = 0
        by_year = defaultdict(int)
        for entry in sorted(entries, key=lambda row: (row.paid_on, row.pk is None, row.pk)):
            refusal = self._refusal(line, entry, paid, advanced, by_year, is_subject=entry is subject)
            if refusal:
                found.append((entry, *refusal))
            paid += entry.signed_amount
            by_year[entry.budget_year] += entry.signed_amount
            if entry.kind != DisbursementKind.PAYMENT:
                advanced = max(advanced + entry.signed_amount, 0)
        is_counted = _remaining(entries) or line.settled_amount is not None
        # Giving back in parts is right, though what is left of it still exceeds the limit.
        if is_counted and paid > line.paid_amount and (refusal := self._remaining_refusal(line, paid, subject)):
            found.append((subject, *refusal))
        return found

    def _refusal(self, line, entry, paid, advanced, by_year, *, is_subject):
        amount = entry.amount
        if entry.kind == DisbursementKind.REFUND:
            if amount > paid:
                return "amount", f"Hoàn trả {vnd(amount)} vượt số đã chi {vnd(paid)} ({REFUNDS})."
            in_year = by_year[entry.budget_year]
            if amount > in_year:
                return (
                    "amount",
                    f"Năm ngân sách {entry.budget_year} mới chi {vnd(in_year)}, không hoàn {vnd(amount)} được.",
                )
            return None
        contracted = line.contracted_amount or 0
        if paid + amount > contracted:
            left = f"đã chi {vnd(paid)}, còn {vnd(max(contracted - paid, 0))}"
            return "amount", f"{vnd(amount)} vượt giá trị hợp đồng {vnd(contracted)}: {left}."
        if refusal := self._year_refusal(line, entry, by_year):
            return refusal
        if entry.kind == DisbursementKind.ADVANCE:
            return self._advance_refusal(line, entry, paid, advanced, is_subject=is_subject)
        if not self.acceptances_on(entry.paid_on, reopened=not is_subject):
            return "kind", self._unaccepted(entry)
        return None

    def _unaccepted(self, entry):
        first = next((row for row in self.acceptances if row.voided_at is None), None)
        if first is None:
            return f"Chưa có biên bản nghiệm thu: nghiệm thu rồi mới thanh toán phần còn lại ({REMAINING})."
        accepted = f"{short_date(first.accepted_on)} ({first.number})"
        return f"Chứng từ ngày {short_date(entry.paid_on)} trước ngày nghiệm thu {accepted} ({REMAINING})."

    def _advance_refusal(self, line, entry, paid, advanced, *, is_subject):
        limit = self.advance_limit(
            line, entry.paid_on, report=entry.progress_report, advanced=advanced, reopened=not is_subject
        )
        if limit.refusal:
            return "progress_report" if "báo cáo" in limit.refusal else "kind", limit.refusal
        if paid + entry.amount > limit.amount:
            left = f"đã tạm ứng {vnd(paid)}, còn tạm ứng được {vnd(max(limit.amount - paid, 0))}"
            return "amount", f"Tạm ứng {vnd(entry.amount)} vượt mức {limit.why}: {left}."
        return None

    def _year_refusal(self, line, entry, by_year):
        """Money of the plan's year, and money carried over into the next, each within its own part."""
        year, carried = self.project.plan.year, self.carried.get(line.source_id)
        contracted, used = line.contracted_amount or 0, by_year[entry.budget_year]
        if carried and entry.budget_year == carried.to_year:
            if used + entry.amount > carried.amount:
                left = vnd(max(carried.amount - used, 0))
                return "amount", f"Số chuyển sang năm {carried.to_year} là {vnd(carried.amount)}, còn {left}."
            return None
        if entry.budget_year != year:
            return "budget_year", f"Chọn năm ngân sách {year}: chưa ghi chuyển nguồn sang năm khác ({CARRYING_OVER})."
        if carried and used + entry.amount > contracted - carried.amount:
            left = vnd(max(contracted - carried.amount - used, 0))
            moved = f"đã chuyển {vnd(carried.amount)} sang năm {carried.to_year}"
            return "amount", f"Năm ngân sách {year} còn {left}: {moved} theo {carried.decision_number}."
        last = self.spending_ends_on
        if last and entry.paid_on > last:
            return (
                "paid_on",
                f"Kinh phí năm {year} chi đến {short_date(last)}: ghi chuyển nguồn trước ({CARRYING_OVER}).",
            )
        return None

    def _remaining_refusal(self, line, paid, subject):
        """Once money was paid on acceptance, all that was paid stays within what was accepted."""
        limit = self.payable(line)
        if limit.refusal:
            return "kind", limit.refusal
        if paid > limit.amount:
            before = paid - (subject.signed_amount if subject else 0)
            left = f"đã chi {vnd(before)}, còn {vnd(max(limit.amount - before, 0))}"
            return "amount", f"Chi tất cả {vnd(paid)} vượt {limit.why}: {left}."
        return None


def _remaining(entries):
    """Whether money paid on acceptance has not been given back."""
    kinds = (DisbursementKind.PAYMENT, DisbursementKind.REFUND)
    return sum(entry.signed_amount for entry in entries if entry.kind in kinds) > 0


def _within_cap(limit, cap, contracted):
    if cap is None or limit.refusal:
        return limit
    amount = share(contracted, cap.value)
    why = f"trần {cap.value}% giá trị hợp đồng trước nghiệm thu, {vnd(amount)} ({cap.legal_source})"
    if not cap.is_verified:
        return Limit(limit.amount, limit.why, advice=limit.advice or _unverified(why))
    return Limit(amount, why, advice=limit.advice) if amount < limit.amount else limit


def _percent(value):
    return f"{quantity(value)}%"


def _unverified(why):
    return f"Quy định chưa đối chiếu văn bản nên cổng chỉ nhắc: {why}."
