"""How a body carries approved projects out: contracts, reports, vouchers, minutes, final accounts."""

from dataclasses import dataclass
from datetime import date

from khuyencong.dates import today
from khuyencong.models import User
from khuyencong.unit_names import name_in_sentence
from programs.models import PaperStep
from projects import services
from projects.demo.desk import Desk
from projects.models import (
    AcceptanceMember,
    AcceptanceWork,
    Amendment,
    Contract,
    DisbursementKind,
    FundingLine,
    Liquidation,
    Paper,
    ProgressReport,
    Project,
    Settlement,
    Voucher,
)
from projects.services import acceptance_prefill, papers, payments, settlement

SIGNER = "Trần Vĩnh Khang, Phó Giám đốc"
# Who comes to an acceptance for the department and for the implementer: name, post.
CHAIR = ("Phạm Thị Ngọc Lan", "Phó Trưởng phòng")
CARRIER = ("Trần Vĩnh Khang", "Phó Giám đốc")
# Deputy heads of the communes, each with its own.
COMMUNES = (
    "Nguyễn Văn Út", "Thạch Thị Sa Mươl", "Lê Thị Cẩm Tiên", "Huỳnh Văn Bé Tư", "Kim Sô Phi", "Trần Thị Ngọc Giàu",
    "Phan Hoài Nhớ", "Võ Minh Luân",
)  # fmt: skip
VENUE = "Hội trường Sở Công Thương tỉnh Vĩnh Long"
PAYEE = "Nhà cung cấp theo hợp đồng mua bán (dữ liệu mẫu)"


@dataclass
class Works:
    """A desk with its accountant; vouchers are numbered as they come."""

    desk: Desk
    accountant: User
    vouchers: int = 0

    def sign(self, plan, projects, number, signed_on, *, ends_on=None) -> Contract:
        body = self.desk.implementer
        contract = Contract(
            plan=plan, number=number, signed_on=signed_on, ends_on=ends_on or date(plan.year, 12, 31),
            party_a=self.desk.director.organisation, party_b=body, party_b_signer=SIGNER,
            party_a_signer=str(self.desk.director), is_sample=True,
        )  # fmt: skip
        return services.sign_contract(contract, by=self.accountant, projects=projects)

    def report(self, project, month, percent, *, confirmed=True, note="") -> ProgressReport:
        """What is done up to a month, in percent of work and of the estimate alike."""
        report = ProgressReport(
            project=project, month=month, volume_percent=percent, value_done=project.total_cost * percent // 100,
            work_done=note or "Đã đặt mua, lắp đặt máy móc theo tiến độ.", is_sample=True,
        )  # fmt: skip
        report = services.save_progress_report(report, by=project.created_by)
        return services.confirm_progress_report(report, by=self.desk.reviewer) if confirmed else report

    def advance(self, project, paid_on):
        """As much of each source as the rules let be advanced on that day."""
        self._bring_papers(project, PaperStep.ADVANCE, paid_on)
        for position in payments.payment_position(fresh(project), day=paid_on):
            amount = min(position.advance_left, position.contracted * 7 // 10)
            if amount:
                self._pay(project, position.source, DisbursementKind.ADVANCE, amount, paid_on)

    def pay_rest(self, project, paid_on):
        """What acceptance leaves to be paid of each source."""
        self._bring_papers(project, PaperStep.REMAINING, paid_on)
        for position in payments.payment_position(fresh(project), day=paid_on):
            if position.payable_left:
                self._pay(project, position.source, DisbursementKind.PAYMENT, position.payable_left, paid_on)

    def _pay(self, project, source, kind, amount, paid_on):
        self.vouchers += 1
        services.pay(
            fresh(project), by=self.accountant, source=source, kind=kind, amount=amount, paid_on=min(paid_on, today()),
            voucher_number=f"UNC {self.vouchers:03d}", source_note="dữ liệu mẫu",
        )  # fmt: skip

    def _bring_papers(self, project, step, day):
        """The papers that a step cannot do without, by number and date."""
        steps = papers.paper_list(fresh(project))
        needs = [need for row in steps if row.step == step for need in row.missing if need.holds_up]
        for number, need in enumerate(needs, 1):
            paper = Paper(
                project=project, step=step, rule=need.rule, name=need.rule.name, dated_on=min(day, today()),
                number=f"{number:02d}/{project.code}",
            )  # fmt: skip
            papers.save_paper(paper, by=project.created_by)

    def accept(self, project, accepted_on):
        """Minutes with members, quantities and money, as the files hold them, under the next number of the series."""
        project, accepted_on = fresh(project), min(accepted_on, today())
        places = list(project.beneficiaries.filter(withdrawn_by=None).select_related("facility__unit"))
        minutes = acceptance_prefill.new_acceptance(project)
        minutes.accepted_on = accepted_on
        minutes.venue = places[0].facility.full_address[:250] if len(places) == 1 else VENUE
        minutes.remarks = "Đúng mục tiêu, nội dung, tiến độ của đề án; hồ sơ, chứng từ đầy đủ."
        minutes.shortcomings = "Không."
        minutes.conclusion = "Hoàn thành khối lượng theo đề án được duyệt; máy móc, hồ sơ đủ, đúng quy cách."
        amounts = acceptance_prefill.amounts_left(project)
        services.accept(
            minutes, by=self.desk.reviewer, members=attending(project, places, accepted_on),
            works=acceptance_prefill.works_left(project) or _works_done(project, places, amounts), amounts=amounts,
        )  # fmt: skip

    def settle(self, contract, number, dated_on, *, until="submitted"):
        """Final accounts as accepted, one voucher a source; `until` is submitted, approved or liquidated."""
        dossier = Settlement(contract=contract, number=number, dated_on=min(dated_on, today()), is_sample=True)
        lines = FundingLine.objects.filter(project__contract=contract).select_related("source", "project")
        amounts = {(line.project_id, line.source_id): line.accepted_amount or 0 for line in lines}
        vouchers = [
            Voucher(
                project=line.project, source=line.source, number=f"HĐ {line.pk:05d}", dated_on=contract.signed_on,
                content="Chi theo dự toán được duyệt", payee=PAYEE, amount=line.accepted_amount,
            )
            for line in lines
            if line.source.is_support and line.accepted_amount
        ]  # fmt: skip
        dossier = settlement.save_settlement(dossier, by=self.accountant, amounts=amounts, vouchers=vouchers)
        for project in contract.projects.select_related("plan__program", "created_by"):
            self._bring_papers(project, PaperStep.SETTLEMENT, dossier.dated_on)
        dossier = settlement.submit_settlement(dossier, by=self.accountant)
        if until != "submitted":
            settlement.approve_settlement(dossier, by=self.desk.director)

    def liquidate(self, contract, number, signed_on):
        for project in contract.projects.select_related("plan__program", "created_by"):
            self._bring_papers(project, PaperStep.LIQUIDATION, signed_on)
        minutes = Liquidation(contract=contract, number=number, signed_on=min(signed_on, today()))
        settlement.liquidate_contract(minutes, by=self.accountant)

    def amend(self, project, kind, reason, *, decision=None, amounts=(), **fields) -> Amendment:
        """An amendment of the project's officer; with a decision (number, day, signer, post) it is carried out."""
        amendment = Amendment(project=project, kind=kind, reason=reason, is_sample=True, **fields)
        amendment = services.save_amendment(amendment, by=project.created_by, amounts=amounts)
        amendment = services.submit_amendment(amendment, by=project.created_by)
        if decision:
            number, day, signer, post = decision
            amendment = services.approve_amendment(
                amendment, by=self.desk.director, decision_number=number, decision_on=day,
                signer_name=signer, signer_position=post,
            )  # fmt: skip
        return amendment


def attending(project, places, day) -> list[AcceptanceMember]:
    """Department, implementer, facilities, and the commune where the work is in one place."""
    rows = [(*CHAIR, "Sở Công Thương"), (*CARRIER, project.implementing_unit.name_on(day))]
    rows += [
        (place.facility.representative, place.facility.representative_position, str(place.facility)[:200])
        for place in places
    ]
    if commune := _commune_of(places):
        body = f"Ủy ban nhân dân {name_in_sentence(commune.name)}"
        rows.append((COMMUNES[int(commune.code) % len(COMMUNES)], "Phó Chủ tịch", body))
    return [
        AcceptanceMember(name=name, title=title, body=body, is_chair=not number)
        for number, (name, title, body) in enumerate(rows)
    ]


def _commune_of(places):
    """The commune of today of a single place."""
    if len(places) != 1:
        return None
    unit = places[0].facility.unit
    heir = unit.later_links.select_related("successor").first()
    return heir.successor if heir else unit


def _works_done(project, places, amounts):
    """What a file without an estimate tells: each facility's machine, or the activity as a whole. Đồng."""
    if not places:
        return [_work(project.name, "hoạt động", sum(amounts.values()))]
    works = []
    for place in places:
        amount = sum(share.approved_amount or 0 for share in place.amounts.all())
        name, unit_name = (place.item, "bộ") if place.item else (project.name, "hoạt động")
        works.append(_work(name, unit_name, amount, is_new=project.content.code == "MACHINERY"))
    return works


def _work(name, unit_name, amount, *, is_new=False):
    return AcceptanceWork(
        name=f"{name[:1].upper()}{name[1:]}", unit_name=unit_name, contracted_quantity=1, done_quantity=1,
        amount=amount, is_new=is_new,
    )  # fmt: skip


def fresh(project) -> Project:
    rows = Project.objects.select_related(
        "plan__program", "owner__parent", "contract", "content", "created_by", "implementing_unit"
    )
    return rows.get(pk=project.pk)
