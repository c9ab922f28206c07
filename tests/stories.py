"""Stories told through the services, as people would act: a house of one province, and projects at each step."""

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

from khuyencong import delegations
from khuyencong.dates import today
from khuyencong.models import Delegation, OrganisationKind, Role
from programs import services as program_services
from programs.models import AnnualPlan, Norm, PastDecision, Program
from projects import services
from projects.models import Amendment, Contract, Inspection, ProgressReport, ProjectStatus, SupportContract
from projects.services.papers import save_photos
from projects.services.past_plans import submit_past_plan
from tests.factories import FacilityFactory, OrganisationFactory, UserFactory, content, source, vinh_long
from tests.khuyencong.uploads import picture, upload
from tests.memory import remembered


@remembered
def make_house(province=None, name="Vĩnh Long"):
    """A department with its centre in one province, and one person per role."""
    province = province or vinh_long()
    department = OrganisationFactory(
        kind=OrganisationKind.PROVINCIAL_DEPT, name=f"Sở Công Thương tỉnh {name}", symbol="SCT", place=name,
        areas=[province],
    )  # fmt: skip
    centre = OrganisationFactory(
        name=f"Trung tâm Khuyến công tỉnh {name}", parent=department, place=name, areas=[province]
    )
    return SimpleNamespace(
        province=province,
        department=department,
        centre=centre,
        officer=UserFactory(organisation=centre),
        second_officer=UserFactory(organisation=centre),
        reviewer=UserFactory(organisation=centre, role=Role.REVIEWER),
        second_reviewer=UserFactory(organisation=department, role=Role.REVIEWER),
        director=UserFactory(organisation=department, role=Role.DIRECTOR),
        second_director=UserFactory(organisation=department, role=Role.DIRECTOR),
        accountant=UserFactory(organisation=department, role=Role.ACCOUNTANT),
        viewer=UserFactory(organisation=department, role=Role.VIEWER),
    )


@remembered
def draft_plan(house, *, year=2026, budgets=None, program=None, round_no=None):
    """A plan in draft with envelopes per source code, default one billion of local money."""
    if program is None:
        program = Program.objects.filter(owner=house.centre).first() or program_services.save_program(
            Program(name="Chương trình khuyến công 2026-2030", area=house.province, period_start=2026, period_end=2030),
            by=house.reviewer,
        )  # fmt: skip
    plan = program_services.save_plan(
        AnnualPlan(
            program=program, year=year, round_no=round_no or program_services.next_round(program, year),
            name=f"Kế hoạch khuyến công địa phương năm {year}",
        ),
        by=house.reviewer,
    )  # fmt: skip
    amounts = {source(code): amount for code, amount in (budgets or {"KCDP": 1_000_000_000}).items()}
    return program_services.set_budget(plan, by=house.reviewer, amounts=amounts)


@remembered
def stated_plan(house):
    """A plan that was decided on paper before the portal, waiting for a director to compare it."""
    plan = draft_plan(house)
    PastDecision.objects.create(
        plan=plan, decision_number="9/QĐ-UBND", decision_on=date(plan.year, 1, 4), decision_issuer="UBND tỉnh",
        signer_name="Lê Văn Tám", signer_position="Phó Chủ tịch",
    )  # fmt: skip
    project = draft_project(house, plan, content=content())
    services.set_funding(project, by=house.officer, total_cost=1_000_000, amounts={source("KCDP"): 1_000_000})
    return submit_past_plan(plan, by=house.reviewer)


@remembered
def draft_project(house, plan, **fields):
    fields = {"name": "Ứng dụng máy móc tiên tiến trong sản xuất kẹo dừa", **fields}
    return services.create_project(plan, by=house.officer, **fields)


@remembered
def complete_project(house, plan, *, support=300_000_000, own=340_000_000, facility=None, **fields):
    """A draft with everything that submitting asks for: one facility, local support and its own money."""
    details = {
        "content": content(),
        "implementing_unit": house.centre,
        "starts_on": date(plan.year, 3, 1),
        "ends_on": date(plan.year, 11, 30),
        "necessity": "Máy cũ, năng suất thấp.",
        "objective": "Tăng công suất gấp đôi.",
        "activities": "Mua, lắp đặt, vận hành trong 6 tháng.",
        "economic_effect": "Doanh thu tăng 30%.",
    }
    project = draft_project(house, plan, **{**details, **fields})
    amounts = {source("KCDP"): support, source("COUNTERPART"): own}
    project = services.set_funding(project, by=house.officer, total_cost=support + own, amounts=amounts)
    facility = facility or FacilityFactory(created_by=house.officer)
    return services.set_beneficiaries(project, by=house.officer, rows=[(facility, "Máy nấu chân không", amounts)])


@remembered
def submitted_project(house, plan, **kwargs):
    return services.submit_project(complete_project(house, plan, **kwargs), by=house.officer)


@remembered
def appraised_project(house, plan, **kwargs):
    return services.appraise_project(submitted_project(house, plan, **kwargs), by=house.reviewer, opinion="Đạt.")


@remembered
def planned_project(house, plan, **kwargs):
    project = appraised_project(house, plan, **kwargs)
    return services.place_project(project, by=house.reviewer, status=ProjectStatus.IN_PLAN)


@remembered
def approve(house, plan, *, by=None, number="10/QĐ-UBND", **kwargs):
    return services.approve_plan(
        plan, by=by or house.director, decision_number=number, decision_on=date(plan.year, 1, 4),
        decision_issuer="UBND tỉnh Vĩnh Long", signer_name="Lê Văn Tám", signer_position="Phó Chủ tịch", **kwargs,
    )  # fmt: skip


@remembered
def approved_project(house, plan=None, *, decision="10/QĐ-UBND", **kwargs):
    """A project of its own plan, approved with it."""
    plan = plan or draft_plan(house)
    project = planned_project(house, plan, **kwargs)
    services.submit_plan(plan, by=house.reviewer)
    approve(house, plan, number=decision)
    project.refresh_from_db()
    return project


@remembered
def accepted_project(house, plan=None, **kwargs):
    project = services.start_project(approved_project(house, plan, **kwargs), by=house.officer)
    return services.accept_project(project, by=house.director, number="01/BBNT", accepted_on=date(2026, 11, 1))


@remembered
def delegation(house, deputy=None, **fields):
    """The director's deputy for a week from today."""
    values = {"deputy": deputy or house.second_reviewer, "valid_from": today(), "valid_to": today() + timedelta(days=7)}
    return delegations.delegate(Delegation(**values | fields), by=house.director)


def contract_of(*projects, number="15/HĐ-KC", **fields):
    """An unsaved contract between the department and the implementer of these projects."""
    plan, unit = projects[0].plan, projects[0].implementing_unit
    values = {
        "number": number, "signed_on": date(plan.year, 2, 1), "ends_on": date(plan.year, 12, 15),
        "party_a": unit.parent, "party_b": unit,
    }  # fmt: skip
    return Contract(plan=plan, **values | fields)


@remembered
def contracted_project(house, plan=None, **kwargs):
    """A project under a contract of its own, contracted as approved."""
    project = approved_project(house, plan, **kwargs)
    services.sign_contract(contract_of(project), by=house.accountant, projects=[project])
    project.refresh_from_db()
    return project


@remembered
def support_contract(house, project):
    """Between the implementer and the facility of a project."""
    row = SupportContract(
        beneficiary=project.beneficiaries.first(), number="02/HĐHT", signed_on=date(project.plan.year, 2, 10)
    )
    return services.save_support_contract(row, by=house.officer)


@remembered
def progress_report(house, project, *, month=5, volume="60", value=0):
    """A monthly report of the officer that nobody confirmed yet."""
    report = ProgressReport(
        project=project, month=date(project.plan.year, month, 1), volume_percent=Decimal(volume), value_done=value
    )
    return services.save_progress_report(report, by=house.officer)


@remembered
def confirmed_report(house, project, **figures):
    """A monthly report that the department confirmed."""
    return services.confirm_progress_report(progress_report(house, project, **figures), by=house.second_reviewer)


@remembered
def inspection(house, project, **fields):
    """A visit with a demand that is still open."""
    values = {
        "visited_on": date(project.plan.year, 5, 20), "members": "Lê Văn Tám, Sở Công Thương",
        "findings": "Máy chưa lắp xong.", "demands": "Lắp xong máy.",
        "demands_due_on": date(project.plan.year, 6, 30),
    }  # fmt: skip
    return services.save_inspection(Inspection(project=project, **values | fields), by=house.officer)


@remembered
def pay(house, project, amount, *, kind="advance", number="PC 01", on=None, code="KCDP", **fields):
    """A voucher of the accountant."""
    return services.pay(
        project, by=house.accountant, source=source(code), kind=kind, amount=amount, voucher_number=number,
        paid_on=on or date(project.plan.year, 6, 5), **fields,
    )  # fmt: skip


@remembered
def amendment(house, project, kind="coordinator", *, amounts=(), **fields):
    """A draft amendment of the officer, by default of the coordinating unit."""
    values = {"new_coordinating_units": "UBND xã"} if kind == "coordinator" else {}
    draft = Amendment(project=project, kind=kind, reason="Cơ sở đề nghị.", **values | fields)
    return services.save_amendment(draft, by=house.officer, amounts=amounts)


@remembered
def submitted_amendment(house, project, *args, **kwargs):
    return services.submit_amendment(amendment(house, project, *args, **kwargs), by=house.officer)


@remembered
def decide_amendment(house, amendment, *, number="99/QĐ-UBND", on=None, **kwargs):
    return services.approve_amendment(
        amendment, by=house.director, decision_number=number, decision_on=on or today(), signer_name="Lê Văn Tám",
        signer_position="Phó Chủ tịch", **kwargs,
    )  # fmt: skip


@remembered
def project_of_two_places(house, plan=None, *, number="10/QĐ-UBND"):
    """Under way: two facilities with 200 + 100 million of support, 200 + 140 of their own, and a machine each."""
    plan = plan or draft_plan(house)
    project = complete_project(house, plan)
    support, own = source("KCDP"), source("COUNTERPART")
    first, second = FacilityFactory(created_by=house.officer), FacilityFactory(created_by=house.officer)
    shares = [
        (first, "Máy nấu chân không", {support: 200_000_000, own: 200_000_000}),
        (second, "Máy sấy", {support: 100_000_000, own: 140_000_000}),
    ]
    project = services.set_beneficiaries(project, by=house.officer, rows=shares)
    cooking, drying = project.beneficiaries.all()
    machine = {"specification": "Việt Nam, 2026", "unit_name": "máy"}
    items = [
        {"name": "Máy nấu chân không", "quantity": Decimal(2), "unit_price": 200_000_000, "beneficiary": cooking},
        {"name": "Máy sấy", "quantity": Decimal(1), "unit_price": 240_000_000, "beneficiary": drying},
    ]
    project = services.set_cost_items(project, by=house.officer, rows=[machine | item for item in items])
    project = services.submit_project(project, by=house.officer)
    project = services.appraise_project(project, by=house.reviewer, opinion="Đạt.")
    services.place_project(project, by=house.reviewer, status=ProjectStatus.IN_PLAN)
    services.submit_plan(plan, by=house.reviewer)
    approve(house, plan, number=number)
    project.refresh_from_db()
    return services.start_project(project, by=house.officer)


@remembered
def norm_exception(house, plan):
    """A reviewer's reason for letting a submitted project go over a level of the province."""
    norm = Norm.objects.create(
        content=content(), scope="local", name="Máy móc", per_unit="cơ sở", basis="facility", is_verified=True,
        cap_amount=250_000_000, owner=house.department,
    )  # fmt: skip
    project = submitted_project(house, plan)
    beneficiary = project.beneficiaries.get()
    return services.allow_over_norm(project, norm, beneficiary, by=house.reviewer, reason="Dây chuyền đồng bộ.")


def photo(house, visit):
    """A picture of an inspection, as a paper of its project."""
    [paper], _repeated = save_photos(visit, by=house.officer, uploads=[upload(picture(), "hien-truong.jpg")])
    return paper
