"""Run inside the portal: work for the officers, told as JSON on the standard output."""

import json
from datetime import date

from beneficiaries.models import Facility
from khuyencong.documents.issuing import gaps_of, in_force
from khuyencong.documents.kinds import KINDS, Imprint
from khuyencong.models import User
from khuyencong.permissions import family_q
from programs.models import AnnualPlan, PaperStep, PlanStatus
from projects import services
from projects.documents import HANDOVER_MINUTES
from tests.factories import content, source

OFFICERS = ("chuyenvien", "chuyenvien2")
PASSWORD = "khuyencong"  # of the demo's accounts, which serve this machine alone
DRAFTS = 8
IN_A_PILE = 4


def made():
    """{username: what they have to do}; no two have the same draft or paper."""
    officers = [User.objects.get(username=name) for name in OFFICERS]
    plan = AnnualPlan.objects.visible_to(officers[0]).filter(family_q(officers[0])).get(status=PlanStatus.DRAFT)
    minutes = list(HANDOVER_MINUTES.records(officers[0]).order_by("-event__held_on", "pk").exclude(event__held_on=None))
    year = minutes[0].event.held_on.year
    papers = to_issue(officers[0])
    return {
        officer.username: {
            "password": PASSWORD,
            "project": {"plan": plan.pk, "kind": "project", "content": content().pk},
            "drafts": [complete(plan, officer, number) for number in range(DRAFTS)],
            "uploads": [complete(plan, officer, f"có tệp {number}") for number in range(1)],
            "paper": f"step-{PaperStep.SUBMIT}",
            "papers": papers[turn :: len(officers)],
            "pile": f"/van-ban/in-loat/?loai={HANDOVER_MINUTES.key}&nam={year}",
            "pile_papers": [f"{one.pk}:" for one in minutes if one.event.held_on.year == year][:IN_A_PILE],
        }
        for turn, officer in enumerate(officers)
    }


def complete(plan, officer, number):
    """The key of a draft with everything that submitting asks for."""
    project = services.create_project(
        plan, by=officer, kind="project", name=f"Đề án đủ hồ sơ {officer.username} {number}", content=content(),
        implementing_unit=officer.organisation, starts_on=date(plan.year, 3, 1), ends_on=date(plan.year, 11, 30),
        necessity="Máy cũ, năng suất thấp.", objective="Tăng công suất gấp đôi.",
        activities="Mua, lắp đặt, vận hành trong 6 tháng.", economic_effect="Doanh thu tăng 30%.",
    )  # fmt: skip
    amounts = {source("KCDP"): 300_000_000, source("COUNTERPART"): 340_000_000}
    project = services.set_funding(project, by=officer, total_cost=640_000_000, amounts=amounts)
    facility = Facility.objects.visible_to(officer).order_by("pk").first()
    return services.set_beneficiaries(project, by=officer, rows=[(facility, "Máy nấu chân không", amounts)]).pk


def to_issue(officer):
    """[[kind, key]] of papers without gaps that nobody has issued."""
    found = []
    for kind in KINDS.values():
        if kind.own_number is None or not kind.by_day:
            continue
        for record in kind.records(officer).order_by("pk"):
            if kind.refusal(officer, record) or gaps_of(kind, record, Imprint(variant="")):
                continue
            if dict(kind.variants(record)).keys() == {""} and in_force(kind, record, "") is None:
                found.append([kind.key, record.pk])
    return found


def main():
    print(json.dumps(made()))
