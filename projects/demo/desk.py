"""The desks of one body: how its people carry a plan and its projects through, every act by whoever may do it."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from beneficiaries.models import Facility, IndustrialCluster, Industry
from beneficiaries.services import save_facility
from khuyencong.dates import today
from khuyencong.models import Organisation, User
from programs import services as program_services
from programs.models import ActivityContent, AnnualPlan, FundingSource, Indicator, Program
from projects import services
from projects.demo.tables import Sketch, envelope, read, unit
from projects.demo.wording import dossier
from projects.models import BeneficiaryAmount, Project, ProjectStatus, TargetMode

OPINION = "Đúng nội dung, đối tượng được hỗ trợ; hồ sơ đủ, kinh phí hợp lý. Đề nghị hỗ trợ."


@dataclass(frozen=True)
class Decision:
    """What approves a plan; the signers are made up."""

    number: str
    on: date
    issuer: str
    signer: str
    position: str = "Phó Chủ tịch"


@dataclass(frozen=True)
class Desk:
    """One officer, one head of unit and one director; `implementer` carries the projects out."""

    officer: User
    reviewer: User
    director: User
    implementer: Organisation

    @cached_property
    def contents(self) -> dict[str, ActivityContent]:
        return {content.code: content for content in ActivityContent.objects.select_related("parent")}

    @cached_property
    def sources(self) -> dict[str, FundingSource]:
        return {source.code: source for source in FundingSource.objects.all()}

    def by_source(self, amounts) -> dict[FundingSource, int]:
        """{source code: đồng} as services take it."""
        return {self.sources[code]: amount for code, amount in amounts.items()}

    def open_program(self, program: Program, targets=()) -> Program:
        """`targets` are (indicator code, value, source)."""
        rows = [(Indicator.objects.get(code=code), value, source) for code, value, source in targets]
        return program_services.save_program(program, by=self.reviewer, targets=rows)

    def open_plan(self, plan: AnnualPlan, budgets, groups=()) -> AnnualPlan:
        """`budgets` are {source code: đồng}, `groups` (number, name, content code, note)."""
        plan = program_services.save_plan(plan, by=self.reviewer)
        plan = program_services.set_budget(plan, by=self.reviewer, amounts=self.by_source(budgets))
        if groups:
            rows = [(number, name, self.contents[code], note) for number, name, code, note in groups]
            plan = program_services.set_groups(plan, by=self.reviewer, groups=rows)
        return plan

    def open_plan_for(self, sketches, plan: AnnualPlan, groups=()) -> AnnualPlan:
        """A plan whose envelopes are just what its lines ask for."""
        return self.open_plan(plan, envelope(sketches), groups)

    def register(self, table) -> dict[str, Facility]:
        """Enter the made-up facilities of a data file: {key: facility}."""
        clusters = {cluster.name: cluster for cluster in IndustrialCluster.objects.all()}
        industries = {industry.code: industry for industry in Industry.objects.all()}
        facilities = {}
        for row in read(table):
            facility = Facility(
                name=row["name"],
                legal_form=row["legal_form"],
                tax_code=row["tax_code"] or None,
                unit=unit(row["division"], "commune", row["commune_code"]),
                address=row["address"],
                cluster=clusters.get(row["cluster"]),
                industry=industries[row["industry"]],
                products=row["products"],
                established_year=int(row["established_year"]),
                representative=row["representative"],
                representative_position=row["representative_position"],
                phone=row["phone"],
                labour_count=int(row["labour_count"]),
                capital=int(row["capital"]),
                is_exporter="exporter" in row["traits"],
                uses_local_material="local_material" in row["traits"],
                is_cleaner_production="cleaner_production" in row["traits"],
                is_sample=True,
            )
            facilities[row["key"]] = save_facility(facility, by=self.officer)
        return facilities

    def draft(self, plan, sketch: Sketch, facilities, *, by=None, **fields) -> Project:
        """A complete draft; without facilities it is drawn up for a group (Thông tư 36/2013, Điều 10)."""
        by = by or self.officer
        chosen = [facilities[key] for key in sketch.facilities]
        activity = self.contents[sketch.content]
        alone = chosen[0] if len(chosen) == 1 else None
        details = {
            "name": sketch.name,
            "content": activity,
            "kind": sketch.kind,
            "industry": chosen[0].industry if chosen else None,
            "target_mode": TargetMode.SPECIFIC if chosen else TargetMode.GROUP,
            "implementing_unit": self.implementer,
            "unit": alone.unit if alone else None,
            "place_note": "" if chosen else "Toàn tỉnh",
            "starts_on": sketch.starts_on,
            "ends_on": sketch.ends_on,
            "is_sample": True,
            **dossier(activity, starts_on=sketch.starts_on, ends_on=sketch.ends_on),
        }
        project = services.create_project(plan, by=by, **{**details, **fields})
        self.set_money(project, sketch.amounts, by=by)
        if chosen:
            rows = [
                (facility, item, self.by_source(share))
                for facility, item, share in zip(chosen, sketch.items, sketch.shares, strict=True)
            ]
            services.set_beneficiaries(project, by=by, rows=rows)
        return fresh(project)

    def set_money(self, project, amounts, *, by=None):
        """`amounts` are {source code: đồng}; what is not named is nothing."""
        services.set_funding(
            project, by=by or self.officer, total_cost=sum(amounts.values()), amounts=self.by_source(amounts)
        )

    def appraise(self, project, *, shares=None) -> Project:
        """`shares` are the appraised local amounts in the order of the facilities."""
        project = services.submit_project(project, by=project.created_by)
        rows = {}
        if shares:
            amounts = BeneficiaryAmount.objects.filter(beneficiary__project=project, source__code="KCDP")
            rows = dict(zip(amounts.order_by("beneficiary").values_list("pk", flat=True), shares, strict=True))
        return services.appraise_project(project, by=self.reviewer, opinion=OPINION, shares=rows)

    def place(self, project, status=ProjectStatus.IN_PLAN) -> Project:
        return services.place_project(project, by=self.reviewer, status=status)

    def plan_in(self, plan, sketch, facilities, **fields) -> Project:
        """From draft to the plan's list."""
        return self.place(self.appraise(self.draft(plan, sketch, facilities, **fields)))

    def submit(self, plan) -> AnnualPlan:
        return services.submit_plan(plan, by=self.reviewer)

    def approve(self, plan, decision: Decision, *, returned=None) -> AnnualPlan:
        return services.approve_plan(
            plan, by=self.director, decision_number=decision.number, decision_on=decision.on,
            decision_issuer=decision.issuer, signer_name=decision.signer, signer_position=decision.position,
            returned=returned,
        )  # fmt: skip

    def start(self, project) -> Project:
        return services.start_project(project, by=self.officer)

    def accept(self, project, accepted_on) -> Project:
        """Under the next number of the body; not in the future, whatever the machine's clock says the day is."""
        return services.accept_project(
            project, by=self.reviewer, number="", accepted_on=min(accepted_on, today()),
            conclusion="Hoàn thành khối lượng theo đề án được duyệt; máy móc, hồ sơ đủ, đúng quy cách.",
        )  # fmt: skip

    def carry_out(self, plan, sketches) -> None:
        """Start and accept the approved projects of a plan as far as their stories go; `sketches` are {pk: Sketch}."""
        rows = [(project, sketches[project.pk]) for project in plan.projects.approved().order_by("code")]
        for project, sketch in sorted(rows, key=lambda row: row[1].accepted_on or date.max):
            if sketch.fate in (ProjectStatus.IN_PROGRESS, ProjectStatus.ACCEPTED):
                project = self.start(project)
            if sketch.fate == ProjectStatus.ACCEPTED:
                self.accept(project, sketch.accepted_on)

    def close(self, plan) -> AnnualPlan:
        return services.close_plan(plan, by=self.director)

    def run_plan(self, plan, sketches, facilities, decision, **fields) -> AnnualPlan:
        """A plan without incidents: every line drawn up, approved, carried out as told."""
        told = {self.plan_in(plan, sketch, facilities, **fields).pk: sketch for sketch in sketches}
        plan = self.approve(self.submit(plan), decision)
        self.carry_out(plan, told)
        return plan


def fresh(project) -> Project:
    return Project.objects.select_related("plan__program", "owner", "created_by").get(pk=project.pk)


def sketches_of(table) -> dict[str, list[Sketch]]:
    """The projects of a data file: {plan key: sketches}."""
    plans = {}
    for row in read(table):
        plans.setdefault(row["plan"], []).append(Sketch.from_row(row))
    return plans
